"""Pages of the results: blocks in reading order, for every renderer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from neodermis import DISCLAIMER
from neodermis.evidence.citing import cited
from neodermis.report.blocks import Block, Figure, Fold, Heading, Note, Page, Paragraph, Points, References, Table
from neodermis.report.common import person_text
from neodermis.wording import counted

if TYPE_CHECKING:
    from neodermis.api import Comparison, Decades, Explanation
    from neodermis.care.suitability import Verdict
    from neodermis.simulation.course import Course
    from neodermis.simulation.delivery import Deliveries
    from neodermis.simulation.heat import HeatInjuries
    from neodermis.simulation.session import Ledger
    from neodermis.simulation.session_outcomes import Injuries
    from neodermis.treatment import Protocol

_SPREAD = "(median, 90 % credible interval)"


def _opening(title: str, protocol: Protocol, ledger: Ledger, *, exceeds: bool = False) -> Iterator[Block]:
    """Title, protocol, patient and draws; requested protocol if the device settings differ; exceeded limits."""
    case = ledger.case
    yield Heading(title, 1)
    yield Paragraph(protocol.sentence, "lead")
    if (asked := case.plan.sentence) != protocol.sentence:
        yield Paragraph(
            f"requested: {asked}; the device is set to its deepest setting that does not exceed this depth", "soft"
        )
    told = [person_text(case.patient.said)]
    told += [f"as in {case.study}, {case.arm}" if case.arm else f"as in {case.study}"] if case.study else []
    told += [", ".join([
        counted(ledger.draws, "draw", "draws"),
        counted(ledger.people, "person", "people"), f"seed {ledger.seed}",
    ])]  # fmt: skip
    yield Paragraph("; ".join(told), "soft")
    if exceeds:
        yield Note(["BEYOND THE LIMITS OF PRACTICE: this protocol exceeds the usual limits of depth."], tone="stop")


def closing_blocks(warnings: Iterable[str], ledger: Ledger | None = None, *further: str) -> Iterator[Block]:
    """Notes, sources, disclaimer and versions."""
    if told := list(dict.fromkeys(warnings)):
        yield Note(told, "Notes")
    if ledger is not None:
        yield sources({"sources": [{"key": key, "for": why} for key, why in ledger.sources.items()]})
    yield Paragraph(DISCLAIMER)
    if ledger is not None:
        parameters = ledger.parameters
        versions = [f"{name} {number}" for name, number in ledger.versions.items()]
        told = [*versions, *further, f"parameters {parameters.name} {parameters.version}, `{parameters.sha256}`",
                f"printed {date.today().isoformat()}"]  # fmt: skip
        yield Paragraph(" · ".join(told), "foot")


def sources(document: Mapping[str, Any]) -> References:
    """References of a document: work and key, year, use, and version read."""
    rows = []
    for one in cited(document, "the page"):
        work = one.work
        if work is None:
            rows.append((one.text, "", ", ".join(one.reasons).replace("_", " "), ""))
            continue
        title = f"{f'{work.by}: ' if work.by else ''}{work.title}{f', {work.journal}' if work.journal else ''}"
        where = work.doi or work.address
        rows.append((
            f"{title} `{one.key}`", str(work.year or "not found"), ", ".join(one.reasons).replace("_", " "),
            f"`{where}`" if where else "",
        ))  # fmt: skip
    header = ("work", "year", "used for", "version read")
    return References(f"References: {counted(len(rows), 'source', 'sources')}", header, rows)


def course_page(course: Course) -> Page:
    """Page of a course: summary, figure, scales, collagen, sessions, outcomes not modelled, sources."""
    from neodermis.report import course as of
    from neodermis.report.course_figure import answering_outcomes, drawn_outcomes, figure
    from neodermis.skin.outcomes import OUTCOMES

    ledger, answers = course.ledger, answering_outcomes(course)
    page: list[Block] = [
        *_opening("Predicted course of microneedling", course.protocol, ledger, exceeds=ledger.case.exceeds)
    ]
    page.append(Points(of.sentences(course), "lead"))
    drawn = dict.fromkeys(OUTCOMES[name].label for site in course.sites.values()
                          for name in drawn_outcomes(course, site))  # fmt: skip
    page.append(
        Figure(
            lambda: figure(course),
            f"{', '.join(drawn)} against months since the first session: median, 90 % interval (parameter "
            "uncertainty), untreated course, and the smallest change that matters. The tables give the numbers.",
        )
    )
    if course.observed:
        page.append(Table("Published results and predictions", *of.observed_table(course.observed)))
    others: list[Block] = []
    for name, site in course.sites.items():
        scales = f"Instruments and scales, {name}, in their units {_SPREAD}, without rater bias"
        header, rows = of.measure_table(course, site, answers)
        page += [Table(scales, header, rows)] if rows else []
        changes = f"{name}: before treatment, then change from it {_SPREAD}"
        page.append(Table(f"Course, {changes}", *of.course_table(site)))
        page.append(Table(f"Sessions, {name}", *of.session_table(site)))
        rest = [each for each in site.values if each not in answers]
        title = f"Other outcomes, {name}, in their units {_SPREAD}, without rater bias"
        others.append(Table(title, *of.measure_table(course, site, rest)))
        others.append(Table(f"Other states, {changes}", *of.course_table(site, others=True)))
    page.append(Paragraph(f"Not modelled in this version: {of.not_modelled_labels()}."))
    others.append(Table("Not modelled in this version", *of.not_modelled_table()))
    page.append(Fold("every other outcome", others))
    if course.failed:
        failed = f"{counted(course.failed, 'member', 'members')} failed and are excluded from all statistics:"
        page += [Paragraph(failed, "warning"), Points([f"{number}: {why}" for why, number in course.failures.items()])]
    error = max(site.numerical_error for site in course.sites.values())
    return [*page, *closing_blocks(ledger.warnings, ledger, f"numerical error {error:.1e} of the largest change")]


def injury_page(done: Sequence[Injuries]) -> Page:
    """Page of the injury by one session, or of the comparison of two."""
    from neodermis.report import injury as of
    from neodermis.report.injury_picture import injury_figure

    page: list[Block] = []
    for one in done:
        page += _opening("Injury by one session", one.protocol, one.ledger, exceeds=one.ledger.case.exceeds)
        page.append(Points(of.injury_sentences(one), "lead"))
        page += [Table(f"By layer, {site.label}", *of.depth_table(site)) for site in one.sites.values()]
    page.append(
        Figure(
            lambda: injury_figure(*done),
            "The channels to scale, from above and in section, with the shares of tissue injured and the depths of the "
            "entries. The tables give the numbers.",
        )
    )
    if len(done) > 1:
        page.append(Table(f"Comparison {_SPREAD}", *of.comparison_table(*done)))
    else:
        page += [
            Table(f"One session, {site.label} {_SPREAD}", *of.injury_table(site)) for site in done[0].sites.values()
        ]
    return [*page, *closing_blocks([w for one in done for w in one.ledger.warnings], done[0].ledger)]


def heat_page(done: Sequence[HeatInjuries]) -> Page:
    """Page of the injury by one session of heat, or of several one after the other."""
    from neodermis.report import heat as of
    from neodermis.report.heat_picture import heat_figure

    page: list[Block] = []
    for one in done:
        page += [Heading("Injury by one session of heat", 1), Paragraph(one.protocol.sentence, "lead")]
        told = f"{counted(one.ledger.draws, 'draw', 'draws')}, seed {one.ledger.seed}"
        page.append(Paragraph(f"{person_text(one.patient)}; {told}", "soft"))
        if one.exceeds:
            page.append(
                Note(["BEYOND THE LIMITS OF PRACTICE: this protocol exceeds the usual limits of depth."], tone="stop")
            )
        page.append(Points(of.heat_sentences(one), "lead"))
        page += [Table(f"By layer, {site.label} {_SPREAD}", *of.layer_table(site)) for site in one.sites.values()]
    page.append(
        Figure(
            lambda: heat_figure(done),
            "Ablated, coagulated and warmed columns to scale, from above and in section, and shares of the tissue by "
            "depth. The tables give the numbers.",
        )
    )
    page += [
        Table(f"One session, {site.label} {_SPREAD}", *of.heat_table(site))
        for one in done
        for site in one.sites.values()
    ]
    return [*page, *closing_blocks([w for one in done for w in one.ledger.warnings], done[0].ledger)]


def delivery_page(done: Deliveries) -> Page:
    """Page of a delivery: advice, amounts, comparison of doses, and distribution over time."""
    from neodermis.report import delivery as of
    from neodermis.report.delivery_picture import delivery_figure

    page: list[Block] = [
        *_opening("Delivery through needle channels", done.protocol, done.ledger, exceeds=done.ledger.case.exceeds)
    ]
    page.append(Points(of.delivery_sentences(done), "lead"))
    page.append(
        Figure(
            lambda: delivery_figure(done),
            "Depth profiles, amounts by time with and without channels, and the doses compared. The tables give "
            "the numbers.",
        )
    )
    for site, found in done.sites.items():
        page.append(Table(f"Doses, {site} {_SPREAD}", *of.dose_table(found)))
        by_layer = f"By layer, {site}, first dose: µg/cm², without channels in brackets"
        page.append(Table(by_layer, *of.layer_table(found[0])))
    return [*page, *closing_blocks(done.ledger.warnings, done.ledger)]


def comparison_page(compared: Comparison, *, everything: bool = False) -> Page:
    """Page of compared cases: answers, harm and burden with differences on the same draws, effects of exposures."""
    from neodermis.report import comparison as of
    from neodermis.report.comparison_picture import comparison_figure

    ledger = compared.base.ledger
    page: list[Block] = [Heading("Cases compared", 1), *(Paragraph(line, "lead") for line in of.case_lines(compared))]
    page.append(
        Paragraph(f"{counted(ledger.draws, 'draw', 'draws')}, seed {ledger.seed}, the same for every case", "soft")
    )
    if any(one.exceeds for one in compared.cases):
        page.append(Note(["BEYOND THE LIMITS OF PRACTICE: a protocol exceeds the usual limits of depth."], tone="stop"))
    page.append(Points([*of.comparison_sentences(compared)], "lead"))
    words = (
        "Every case against months, beside it the difference from the first case with its 90 % interval (parameter "
        "uncertainty), and below harm and burden. The tables give the numbers."
    )
    page.append(Figure(lambda: comparison_figure(compared), words))
    page += [Table(*table) for table in of.comparison_tables(compared, everything=everything)]
    return [*page, *closing_blocks(compared.warnings, ledger)]


def skin_page(found: Decades) -> Page:
    """Page of untreated skin by age."""
    from neodermis.report import people as of

    return [
        Heading("Untreated skin by age", 1),
        Paragraph(f"{person_text({**found.patient.said, 'age': None})}; {found.site}, untreated", "soft"),
        Points([*of.skin_sentences(found)], "lead"),
        Figure(lambda: of.skin_figure(found), "Quantities of untreated skin by age; the table gives the numbers."),
        Table(f"By age {_SPREAD}", *of.skin_table(found)),
        *closing_blocks(found.ledger.warnings, found.ledger),
    ]


def explanation_page(why: Explanation) -> Page:
    """Page of the explanation of an outcome on a day."""
    from neodermis.report import explanation as of

    return [
        Heading(f"Explanation of {why.outcome.replace('_', ' ')}", 1),
        Paragraph(why.protocol.sentence, "lead"),
        Paragraph(person_text(why.case.patient.said), "soft"),
        Points(of.explanation_sentences(why), "lead"),
        Figure(lambda: of.explanation_figure(why), "Contribution of each mechanism; the table gives the numbers."),
        Table(f"Contribution of each mechanism on day {why.day:g}, percentage points", *of.explanation_table(why)),
        *closing_blocks(why.warnings),
    ]


def verdict_page(verdict: Verdict) -> Page:
    """Page of a screening: verdict, open questions, and each rule that applies."""
    from neodermis.care import telling

    rules: Any = telling.verdict_document(verdict)["rules"]
    rows = [(one["id"], one["result"], one.get("until") or "", one["why"]) for one in rules]
    lines = [line.removeprefix("- ") for line in telling.verdict_lines(verdict) if line]
    return [
        Heading("Screening", 1),
        Paragraph(f"{verdict.overall}, on {verdict.today.isoformat()}", "lead"),
        Points(lines, "lead"),
        Table("Rules that apply", ("rule", "result", "until", "reason"), rows),
        *closing_blocks(()),
    ]
