"""Page of a published study, and of published figures with the predictions of the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from neodermis.report.blocks import Block, Fold, Heading, Page, Paragraph, Points, Table

if TYPE_CHECKING:
    from neodermis.evidence import Finding, Study
    from neodermis.evidence.source import Arm
    from neodermis.simulation.course import Course
    from neodermis.studies.figures_injury import Beside


def study_page(study: Study, courses: Mapping[str, Course]) -> Page:
    """Page of a study: people, source, arms with unreported values and findings; predictions of simulated arms."""
    people = f"n = {study.n}" if isinstance(study.n, int) else "n not reported"
    page: list[Block] = [
        Heading(study.id, 1),
        Paragraph(f"{study.id}: {study.design}; {study.species}, {people}, grade {study.grade}", "lead"),
        Paragraph(study.population, "soft"),
        Paragraph(study.cited, "soft"),
    ]
    notes = ["for validation: none of its results is used in a fit"] if study.role != "fit" else []
    notes += [f"people: {study.people}, shared with other studies of this name"] if study.people != study.id else []
    notes += [f"caution: {caveat}" for caveat in study.caveats]
    page += [Points(notes)] if notes else []
    for arm in study.arms:
        page += _arm(study, arm, courses.get(arm.id))
    return page


def _arm(study: Study, arm: Arm, course: Course | None) -> Iterator[Block]:
    yield Heading(f"arm {arm.id}: {arm.protocol or arm.why_not}")
    notes = [f"rater: {arm.rater}"]
    notes += [f"people: {arm.people}"] if arm.people else []
    notes += [f"not simulated: {arm.why_not}"] if arm.why_not and arm.protocol else []
    yield Points([*notes, *(f"not reported: {assumed}" for assumed in arm.assumed.values())])
    header = ("outcome", "measured as", "day", "as published", "change from baseline")
    yield Table("Findings", header, [_finding_row(study, finding) for finding in arm.findings])
    if course is not None:
        from neodermis.report.course import observed_table

        yield Table("Published results and predictions", *observed_table(course.observed))


def _finding_row(study: Study, f: Finding) -> list[str]:
    """A published result in the terms of its file."""
    change = f.relative_change
    between = f.p_between and "{:g} to {:g}".format(*f.p_between)
    printed = {
        "change": f.change, "change, %": f.change_percent, "value": f.value, "baseline": f.baseline, "sd": f.sd,
        "se": f.se, "range": f.range, "interval": f.ci,
    }  # fmt: skip
    numbers = ", ".join(f"{k} {v}" for k, v in printed.items() if v is not None)
    shown = f"{numbers or f.direction}{f' {f.unit}' if f.unit else ''}"
    if f.p or between:
        shown += f", p {f.p or between}"
    if f.against is not None:
        shown += f", compared with {f.against}{', same people' if study.is_paired(f) else ''}"
    elif f.comparison is not None:
        shown += ", after compared with before"
    if f.n == "unknown":
        shown += ", n not reported"
    if f.after_last is not None:
        shown += f", {f.after_last:g} days after the last session"
    measured = [f.measure, f.threshold, f.scar_type and f"{f.scar_type.replace('_', '-')} scars"]
    if f.category is not None:
        rank, of = f.category
        measured.append(f"category {rank} of {of} or better{f', below {f.below_category}' if f.below_category else ''}")
    return [
        f.outcome, ", ".join(filter(None, measured)), f"{f.day:g}", shown,
        "" if change is None else f"{100 * change:+.1f} %",
    ]  # fmt: skip


def figures_page(
    rows: Sequence[Beside[Any, Any]], title: str, header: Sequence[str], table: Sequence[Sequence[str]], *told: str
) -> Page:
    """Page of published figures with predictions, followed by the figures that the model cannot predict."""
    rest = [(row.id, row.figure.published, row.why) for row in rows if row.model is None]
    return [
        Table(title, header, table),
        Fold("the figures that the model does not predict",
             [Table("Not predicted by the model", ("figure", "published", "reason"), rest)]),
        *map(Paragraph, told),
    ]  # fmt: skip
