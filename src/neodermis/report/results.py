"""Display of results: page parts, document, and numbers as a tidy table; one entry for each kind of result."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from neodermis import DISCLAIMER
from neodermis.documents import replacing
from neodermis.errors import InputError, printable
from neodermis.exports.tables import write_netcdf
from neodermis.lazy import numpy as np
from neodermis.report import full_report, pages
from neodermis.report.blocks import Block, Heading, Note, Page, Paragraph, Points, Table
from neodermis.report.blocks import Figure as Picture
from neodermis.report.common import check_outputs, closing, save
from neodermis.uncertain import Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from neodermis.api import Comparison, Decades, Explanation, Section
    from neodermis.care.suitability import Verdict
    from neodermis.planning.result import Plan
    from neodermis.planning.update import Update
    from neodermis.report.letterhead import Letterhead
    from neodermis.simulation.course import Course
    from neodermis.simulation.delivery import Deliveries
    from neodermis.simulation.heat import HeatInjuries
    from neodermis.simulation.session import Ledger
    from neodermis.simulation.session_outcomes import Injuries
    from neodermis.treatment import Protocol
    from neodermis.trials.trial import TrialResult

#: A tidy table: how many columns name a row, header, rows.
Tidy = tuple[int, Sequence[str], Iterable[Sequence[object]]]
Kind = TypeVar("Kind", bound=Block)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Display of one kind of result."""

    title: Callable[[Any], str]
    """Title of the result in one line."""
    page: Callable[[Any], Page]
    document: Callable[[Any], dict[str, Any]]
    tidy: Callable[[Any], Tidy]
    rests_on: Callable[[Any], Iterable[str]]
    """Lines above a CSV table: case, draws, parameters, sources, warnings."""
    dataset: Callable[[Any], Any] | None = None
    """An xarray dataset; by default from the tidy table."""
    report: Callable[[Any, Letterhead, str], Page] | None = None
    """Page of a report, with a letterhead, in a language; by default that of ``page`` below the letterhead."""

    def report_page(self, result: Any, head: Letterhead, language: str) -> Page:
        """Page of the report of a result.  Raises :class:`InputError` for a language that it does not have."""
        if self.report is not None:
            return self.report(result, head, language)
        if language != "en":
            raise InputError(
                field="language", value=language, accepted="en", whose="this kind of result: its report has no "
                "page for a patient", next_step="leave the language out",
            )  # fmt: skip
        return [*head.head, *self.page(result)]


def shown(result: object) -> Shown:
    """Display of a result."""
    kinds = {
        "Course": _course, "Injuries": _injuries, "HeatInjuries": _heat, "Deliveries": _deliveries,
        "Explanation": _explanation, "Comparison": _comparison, "Decades": _decades, "Verdict": _verdict, "Plan": _plan,
        "Update": _update, "Section": _section, "TrialResult": _trial,
    }  # fmt: skip
    return kinds[type(result).__name__]()


def side_by_side(done: Sequence[Any]) -> Page:
    """Page of sessions of one kind of injury, one or two."""
    return pages.heat_page(done) if type(done[0]).__name__ == "HeatInjuries" else pages.injury_page(done)


# ------------------------------------------------------------------------------------------------- what methods do


def _first(page: Page, kind: type[Kind]) -> Kind | None:
    return next((block for block in page if isinstance(block, kind)), None)


def summary(result: object) -> str:
    """Summary sentences, one per line, after what must be read before them."""
    page = shown(result).page(result)
    points = _first(page, Points)
    before = takewhile(lambda block: block is not points, page)
    notes = [line for block in before if isinstance(block, Note) and block.tone == "stop" for line in block.items]
    return "\n".join([*notes, *(points.items if points is not None else ())])


def dataframe(result: object) -> DataFrame:
    """The tidy table of a result."""
    from pandas import DataFrame

    _, header, rows = shown(result).tidy(result)
    return DataFrame(list(rows), columns=list(header))


def figure(result: object, file: str | Path | None) -> Figure:
    """Figure of a result, closed, so that a notebook shows it once; written where a file is given."""
    picture = _first(shown(result).page(result), Picture)
    if picture is None:
        raise InputError(
            "plot", value=type(result).__name__, accepted="a result with a figure", whose="this kind of result",
            next_step="use summary(), to_dataframe() or report()",
        )  # fmt: skip
    if file is not None:
        check_outputs([("plot", Path(file))])
    drawn = picture.draw()
    closing(drawn, lambda one: None if file is None else save(one, Path(file)))
    return drawn


def write_table(result: object, file: str | Path) -> Path:
    """The tidy table as CSV."""
    path = Path(file)
    check_outputs([("csv", path)])
    of = shown(result)
    named, header, rows = of.tidy(result)
    text = io.StringIO()
    for line in of.rests_on(result):
        text.write(f"# {printable(line)}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        numbers = [f"{value:.8g}" if isinstance(value, float) else value for value in row[named:]]
        writer.writerow([*row[:named], *numbers])  # what names a row stays exact, days among it
    with replacing(path) as draft:
        draft.write_text(text.getvalue(), "utf-8")
    return path


def write_dataset(result: object, file: str | Path) -> Path:
    """The dataset of a result as NetCDF-4."""
    path = Path(file)
    check_outputs([("netcdf", path)])
    of = shown(result)
    if of.dataset is not None:
        found = of.dataset(result)
    else:
        named, header, _ = of.tidy(result)
        found = dataframe(result).set_index(list(header[:named])).to_xarray()
        found.attrs = {"title": of.title(result), "rests_on": "\n".join(of.rests_on(result))}
    write_netcdf(found, path)
    return path


def write_report(result: object, file: str | Path, letterhead: Path | str | None = None, language: str = "en") -> Path:
    """Write the report of a result by the suffix of the path: self-contained HTML without script, or tagged PDF."""
    from neodermis.report.letterhead import read_letterhead, write_page

    path = Path(file)
    check_outputs([("report", path)])
    head = read_letterhead(letterhead)
    write_page(shown(result).report_page(result, head, language), path, head, language)
    return path


def write_section(section: Section, file: str | Path, kind: Literal["html", "png", "gif"], day: object = None) -> Path:
    """Write a section as a page that moves through time, one day of it as a slide, or all of it as a film."""
    from neodermis.report import section_figure
    from neodermis.report.section import write_section_page

    path = Path(file)
    if kind == "html":
        write_section_page(section, path)
    elif kind == "png":
        section_figure.write_section_slide(section, path, str(day))
    else:
        section_figure.write_section_gif(section, path)
    return path


def notebook_html(result: object) -> str:
    """Title, sentences and the first table, for notebooks."""
    from neodermis.report.html import fragment

    of = shown(result)
    page = of.page(result)
    parts = [Heading(of.title(result), 4), _first(page, Points), _first(page, Table), Paragraph(DISCLAIMER, "foot")]
    return fragment(block for block in parts if block is not None)


# ------------------------------------------------------------------------------------------------- kinds of result


def _rests_on(ledger: Ledger, protocol: Protocol | None = None) -> Iterator[str]:
    """Basis of the numbers of a result, line by line."""
    yield f"neodermis {ledger.versions['neodermis']}; {DISCLAIMER}"
    if protocol is not None:
        yield f"protocol: {protocol.sentence}"
    if ledger.request is not None:
        yield f"case: {json.dumps(ledger.request.document)}"
    yield f"draws {ledger.draws}, people {ledger.people}, seed {ledger.seed}, assumed share {ledger.assumed_share:.2f}"
    yield f"parameters: {ledger.parameters.name} {ledger.parameters.version} sha256 {ledger.parameters.sha256}"
    yield f"sources: {', '.join(ledger.sources)}"
    yield from (f"warning: {warning}" for warning in ledger.warnings)


def _draws(ledger: Ledger) -> str:
    return "central course" if ledger.draws == 1 else f"{ledger.draws} draws"


def _intervals(one: object) -> Iterator[tuple[str, Interval]]:
    """All intervals of a result, by name; in a group, by name and entry."""
    for field in fields(one):  # type: ignore[arg-type]  # a dataclass
        value = getattr(one, field.name)
        if isinstance(value, Interval):
            yield field.name, value
        elif isinstance(value, dict):
            yield from ((f"{field.name}_{key}", each) for key, each in value.items() if isinstance(each, Interval))


def _course() -> Shown:
    from neodermis.report.course import document
    from neodermis.skin.outcomes import NOT_MODELLED, OUTCOMES
    from neodermis.uncertain import Band

    def tidy(course: Course) -> Tidy:
        edges = ("median", "lower90", "upper90")
        bare = ("untreated", *(f"untreated_{edge}" for edge in edges[1:]))
        people = ("people", "people_untreated") if course.ledger.people else ()
        of_people = (f"{of}_{edge}" for of in people for edge in Band._fields)
        header = ["site", "day", "outcome", "unit", *edges, *bare, *of_people]

        def rows() -> Iterator[Sequence[object]]:
            for name, site in course.sites.items():
                for key in site.values:
                    columns = [
                        *np.quantile(site.values[key], (0.5, 0.05, 0.95), axis=0),
                        *np.quantile(site.untreated[key], (0.5, 0.05, 0.95), axis=0),
                        *site.people_band.get(key, ()),
                        *site.people_untreated_band.get(key, ()),
                    ]
                    for number, day in enumerate(site.time_day):
                        yield name, float(day), key, OUTCOMES[key].unit, *(float(column[number]) for column in columns)

        return 3, header, rows()

    def rests_on(course: Course) -> Iterator[str]:
        yield from _rests_on(course.ledger, course.protocol)
        yield from (f"not modelled: {name}: {OUTCOMES[name].not_modelled}" for name in NOT_MODELLED)

    return Shown(
        title=lambda one: f"{one.protocol.sentence}; {_draws(one.ledger)}, day 0 to {one.time_day[-1]:g}",
        page=pages.course_page, report=full_report.course_report, document=document, tidy=tidy, rests_on=rests_on,
        dataset=lambda one: one.dataset,
    )  # fmt: skip


def _injuries() -> Shown:
    from neodermis.report.injury import injury_document

    def tidy(injuries: Injuries) -> Tidy:
        return 2, ("site", "quantity", "median", "lower90", "upper90"), [
            (name, quantity, *interval)
            for name, site in injuries.sites.items()
            for quantity, interval in _intervals(site.session)
        ]  # fmt: skip

    return Shown(
        title=lambda one: f"{one.protocol.sentence}; {_draws(one.ledger)}", page=lambda one: pages.injury_page([one]),
        document=injury_document, tidy=tidy, rests_on=lambda one: _rests_on(one.ledger, one.protocol),
    )  # fmt: skip


def _heat() -> Shown:
    from neodermis.report.heat import heat_document

    def tidy(done: HeatInjuries) -> Tidy:
        rows = [
            (name, quantity, *interval)
            for name, site in done.sites.items()
            for quantity, interval in (
                *_intervals(site.session),
                *((f"{effect} {layer}", share) for layer, effects in site.session.layers.items()
                  for effect, share in effects.items()),
            )
        ]  # fmt: skip
        return 2, ("site", "quantity", "median", "lower90", "upper90"), rows

    def rests_on(done: HeatInjuries) -> Iterator[str]:
        yield from _rests_on(done.ledger)
        yield f"protocol: {done.protocol.sentence}; patient: {json.dumps(dict(done.patient))}"

    return Shown(
        title=lambda one: f"{one.protocol.sentence}; {_draws(one.ledger)}", page=lambda one: pages.heat_page([one]),
        document=heat_document, tidy=tidy, rests_on=rests_on,
    )  # fmt: skip


def _deliveries() -> Shown:
    from neodermis.report.delivery import delivery_document

    def tidy(done: Deliveries) -> Tidy:
        return 4, ("site", "dose", "active", "quantity", "median", "lower90", "upper90"), [
            (name, number, one.dose.active.id, quantity, *interval)
            for name, found in done.sites.items()
            for number, one in enumerate(found)
            for quantity, interval in _intervals(one)
        ]  # fmt: skip

    def title(done: Deliveries) -> str:
        actives = ", ".join(dict.fromkeys(dose.active.id for dose in done.doses))
        return f"{actives} after {done.protocol.sentence}; {_draws(done.ledger)}"

    return Shown(
        title=title, page=pages.delivery_page, document=delivery_document, tidy=tidy,
        rests_on=lambda one: _rests_on(one.ledger, one.protocol),
    )  # fmt: skip


def _explanation() -> Shown:
    from neodermis.report.explanation import explanation_document

    def tidy(why: Explanation) -> Tidy:
        return 1, ("mechanism", "adds_percent", "without_percent"), [
            (share.mechanism, 100.0 * share.adds, 100.0 * share.without) for share in why.shares
        ]  # fmt: skip

    def rests_on(why: Explanation) -> Iterator[str]:
        yield f"case: {json.dumps(why.case.document)}"
        yield f"parameters: {why.parameters.name} {why.parameters.version} sha256 {why.parameters.sha256}"
        yield from (f"warning: {warning}" for warning in why.warnings)

    return Shown(
        title=lambda why: f"{why.outcome} on day {why.day:g} of {why.protocol.sentence}, {why.site}",
        page=pages.explanation_page, document=explanation_document, tidy=tidy, rests_on=rests_on,
    )  # fmt: skip


def _comparison() -> Shown:
    from neodermis.report import comparison as report

    def title(compared: Comparison) -> str:
        cases = zip(compared.labels, compared.courses, strict=True)
        plans = " | ".join(f"{label}: {one.protocol.sentence}" for label, one in cases)
        return f"{'; '.join(compared.labels) if compared.exposures else plans}; {_draws(compared.base.ledger)}"

    def rests_on(compared: Comparison) -> Iterator[str]:
        for label, one in zip(compared.labels, compared.cases, strict=True):
            yield f"case {label}: {json.dumps(one.document)}"
        yield from (line for line in _rests_on(compared.base.ledger) if not line.startswith(("case", "warning")))
        yield f"compared on day {compared.day:g}; differences are from {compared.labels[0]}, on the same draws"
        yield from (f"warning: {note}" for note in compared.warnings)

    return Shown(
        title=title, page=pages.comparison_page, document=report.comparison_document,
        tidy=lambda one: (4, *report.comparison_frame(one)), rests_on=rests_on, dataset=lambda one: one.dataset,
    )  # fmt: skip


def _decades() -> Shown:
    from neodermis.api.untreated import QUANTITIES
    from neodermis.report.people import skin_document

    def tidy(found: Decades) -> Tidy:
        return 2, ("age", "quantity", "unit", "median", "lower90", "upper90"), [
            (age, name, about.unit, *found.interval(name, age))
            for age in found.ages
            for name, about in QUANTITIES.items()
        ]  # fmt: skip

    def title(found: Decades) -> str:
        return f"untreated {found.site} at {', '.join(f'{age:g}' for age in found.ages)} years; {_draws(found.ledger)}"

    return Shown(
        title=title, page=pages.skin_page, document=skin_document, tidy=tidy,
        rests_on=lambda found: _rests_on(found.ledger),
    )  # fmt: skip


def _verdict() -> Shown:
    from neodermis.care.telling import verdict_document

    def tidy(verdict: Verdict) -> Tidy:
        table = _first(pages.verdict_page(verdict), Table)
        assert table is not None
        return 1, table.header, table.rows

    def rests_on(verdict: Verdict) -> Iterator[str]:
        yield f"sources: {', '.join(dict.fromkeys(key for one in verdict.findings for key in one.rule.sources))}"

    return Shown(
        title=lambda verdict: f"screening on {verdict.today.isoformat()}: {verdict.overall}",
        page=pages.verdict_page, document=verdict_document, tidy=tidy, rests_on=rests_on,
    )  # fmt: skip


def _plan() -> Shown:
    from neodermis.report import plan as report

    def rests_on(found: Plan) -> Iterator[str]:
        yield f"sources: {', '.join(report.sources(found))}"
        yield from (f"warning: {warning}" for warning in found.warnings)

    return Shown(
        title=lambda found: f"plan on {found.today.isoformat()}: "
        + (found.refusal if found.recommended is None else found.recommended.sentence),
        page=report.plan_page, report=full_report.plan_report, document=report.plan_document, tidy=report.tidy,
        rests_on=rests_on,
    )  # fmt: skip


def _update() -> Shown:
    from neodermis.report import update as report

    def rests_on(done: Update) -> Iterator[str]:
        yield from (line for line in _rests_on(done.ledger, done.protocol) if not line.startswith("draws"))
        yield f"members {done.members}, seed {done.seed}, effective draws {done.effective_draws:.1f}"
        yield from (f"warning: {warning}" for warning in done.warnings)

    return Shown(
        title=lambda done: f"{done.protocol.sentence}, after day {done.last_measured:g}: {done.advice}",
        page=report.update_page, document=report.update_document,
        tidy=lambda done: (
            5, ("site", "outcome", "day", "stage", "unit", "median", "lower90", "upper90"), report.update_rows(done)
        ),
        rests_on=rests_on,
    )  # fmt: skip


def _section() -> Shown:
    from neodermis.report import section as report

    def rests_on(seen: Section) -> Iterator[str]:
        for one in seen.cases:
            yield f"case{f' {one.label}' if one.label else ''}: {json.dumps(one.case.document)}"
        chosen = seen.cases[0].case.chosen
        yield f"parameters: {chosen.name} {chosen.version} sha256 {chosen.sha256}"
        yield from (f"warning: {warning}" for warning in seen.warnings)

    return Shown(
        title=lambda seen: f"{' | '.join(one.plan.sentence for one in seen.cases)}; central course in section",
        page=report.section_page, document=report.section_document,
        tidy=lambda seen: (5, report.TIDY, report.tidy_rows(seen)), rests_on=rests_on,
    )  # fmt: skip


def _trial() -> Shown:
    from neodermis.report import trial as report

    def rests_on(found: TrialResult) -> Iterator[str]:
        yield from (line for line in _rests_on(found.ledger) if not line.startswith(("case", "draws", "warning")))
        yield f"design: {found.design.data.model_dump_json(exclude_unset=True)}"
        yield f"people {found.flow.assessed}, seed {found.seed}"
        yield from (f"warning: {warning}" for warning in found.warnings)

    return Shown(
        title=lambda found: f"{found.design.data.title}; {found.flow.randomised} people randomised",
        page=report.trial_page, document=report.trial_document,
        tidy=lambda found: (7, report.TIDY, report.tidy_rows(found)), rests_on=rests_on,
        dataset=lambda found: found.dataset,
    )  # fmt: skip
