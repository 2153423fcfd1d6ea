"""Report to hand over: the page for the patient, then the pages for the practitioner, from the blocks of a result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from neodermis import DISCLAIMER
from neodermis.report import handout
from neodermis.report.blocks import Block, Figure, Fold, Heading, Note, Page, Paragraph, Points, Sheet, Table
from neodermis.report.common import site_name
from neodermis.report.face_map import Zone, face_map
from neodermis.report.letterhead import Letterhead
from neodermis.report.nearest import nearest_blocks
from neodermis.report.patient_page import patient_page, refused_page
from neodermis.report.style import REPORT_WIDTH
from neodermis.texts import LANGUAGE

if TYPE_CHECKING:
    from neodermis.planning.result import Plan
    from neodermis.simulation.course import Course
    from neodermis.simulation.session_outcomes import Injuries
    from neodermis.treatment import Protocol

_FOR_PRACTITIONER = "For the practitioner"


def course_report(course: Course, head: Letterhead, language: str = LANGUAGE) -> Page:
    """Report of a course: the patient's page, and the course.  That of a study's arm has no patient."""
    from neodermis.api import injure
    from neodermis.report.pages import course_page

    case = course.ledger.case
    if case.study:
        return [*head.head, *course_page(course)]
    injuries = injure(case, draws=course.ledger.draws)
    told = handout.of_course(course, injuries, language)
    return [*patient_page(told, head, language), Sheet(LANGUAGE), *_course_parts(course, injuries)]


def _course_parts(course: Course, injuries: Injuries) -> Iterator[Block]:
    from neodermis.report import course as of
    from neodermis.report.injury import injury_table
    from neodermis.report.pages import course_page

    opening, drawn, tables = _around_figure(course_page(course))
    yield Heading(_FOR_PRACTITIONER)
    yield from (
        Heading(block.text, 3) if isinstance(block, Heading) else block
        for block in opening if not isinstance(block, Points)
    )  # fmt: skip
    yield from _courses(course, drawn.alternative)
    yield Points(of.answer_sentences(course), "lead")
    yield Heading("Studies nearest to this course", 3)
    yield from nearest_blocks(course)
    yield Heading("Zones", 3)
    yield _zones(course.protocol)
    yield from _injury(injuries)
    yield Points(of.session_sentences(course))
    for label, each in injuries.sites.items():
        yield Table(f"One session, {label} (median, 90 % credible interval)", *injury_table(each))
    yield Heading("Collagen", 3)
    yield Points(of.collagen_sentences(course))
    yield Heading("Uncertainty", 3)
    yield Points(of.basis_sentences(course))
    yield Heading("Numbers", 3)
    yield from tables


def _courses(course: Course, alternative: str) -> Iterator[Block]:
    """The course of each site, which fits on a sheet of paper."""
    from neodermis.report.course_figure import figure

    for name, site in course.sites.items():
        one = replace(course, sites={name: site})
        if len(course.sites) > 1:
            yield Paragraph(f"**{site_name(name).capitalize()}**")
        yield Figure(partial(figure, one, REPORT_WIDTH), f"{site_name(name)}: {alternative}")


def _around_figure(page: Page) -> tuple[list[Block], Figure, list[Block]]:
    """What stands before the first figure of a page, the figure, and what follows it."""
    at = next(number for number, block in enumerate(page) if isinstance(block, Figure))
    figure = page[at]
    assert isinstance(figure, Figure)
    return [*page[:at]], figure, [*page[at + 1 :]]


def _at(injuries: Injuries, label: str) -> Injuries:
    """The same at one of the sites of one of the phases."""
    phases = [
        replace(phase, sites={name: site})
        for phase in injuries.phases for name, site in phase.sites.items() if site.label == label
    ]  # fmt: skip
    return replace(injuries, phases=tuple(phases))


def _zones(protocol: Protocol) -> Figure:
    """The treated zones on a schematic of the face or the body."""
    zones = dict.fromkeys(
        Zone(site=one.site, depth_mm=one.depth_mm, passes=one.passes)
        for session in protocol.sessions for one in session.passes
    )  # fmt: skip
    told = "; ".join(f"{site_name(one.site)} {one.depth_mm:g} mm, {one.passes} passes" for one in zones)
    return Figure(
        lambda: face_map([*zones], caption="Schematic: where the zones lie, not their size. Depth setting × passes."),
        f"Treated zones on a schematic front view: {told}.",
    )


def _injury(injuries: Injuries) -> Iterator[Block]:
    """The first session in this skin, drawn to scale."""
    from neodermis.report.injury_picture import injury_figure

    yield Heading("Injury to scale", 3)
    for label in injuries.sites:
        one = _at(injuries, label)
        yield Figure(partial(injury_figure, one, width_inches=REPORT_WIDTH), f"{label}: {_INJURY}")


_INJURY = (
    "The channels of the first session to scale, from above and in section, with the share of tissue injured by depth. "
    "The sentences give the numbers."
)


def plan_report(found: Plan, head: Letterhead, language: str = LANGUAGE) -> Page:
    """Report of a plan: the patient's page, then the plan with what it rests on.

    Where no session is planned, the first page says no and why, and nothing is forecast.
    """
    from neodermis.report import plan as of

    told = handout.of_plan(found, language)
    page = refused_page(_reasons(found, language), head, language) if told is None else patient_page(
        told, head, language
    )  # fmt: skip
    page = [*page, Sheet(LANGUAGE), Heading(_FOR_PRACTITIONER), *of.answer(found)]
    if found.recommended is None:
        return [*page, Paragraph(DISCLAIMER)]
    return [*page, *_plan_parts(found)]


def _reasons(found: Plan, language: str) -> list[str]:
    """Why no session is planned, in the words for a patient."""
    from neodermis.texts import load_texts

    gates = [one for one in found.verdict.findings if one.result in ("no", "refer", "wait", "ask")]
    if not gates:
        done = found.care_in(language)
        if done is not None and done.refusal:
            return [done.refusal_for("patient")]
        return [load_texts("patient", language).say("page", "no_plan")]
    say = load_texts("screening", language).say
    told = [say("rule", one.rule.id, "patient") for one in gates]
    return list(dict.fromkeys([found.verdict.sentence("patient", language), *told]))


def _plan_parts(found: Plan) -> Iterator[Block]:
    from neodermis.api import simulate
    from neodermis.report import course as course_of
    from neodermis.report import plan as of
    from neodermis.report.care import care_tables, closing_lines
    from neodermis.report.injury import injury_sentences
    from neodermis.report.pages import sources
    from neodermis.report.plan_figure import plan_figure

    assert found.adapted is not None
    course = simulate(of.case_of(found), parameters=found.adapted.parameters)  # rates as the rules change them
    yield Heading("Plan by zone", 3)
    yield _zones(course.protocol)
    yield from of.sessions(found)
    done = found.care
    if done is not None and done.dated is not None:
        yield from _injury(done.injuries)
        yield Points(injury_sentences(done.injuries))
    yield Heading("Course of each concern", 3)
    yield Paragraph(
        "Course of the recommended plan in the typical person like this patient, without rater bias; the plan above is "
        "scored over people like this patient, which makes its intervals wider.", "soft"
    )  # fmt: skip
    yield from _courses(course, _COURSE)
    yield Heading("Studies nearest to this plan", 3)
    yield from nearest_blocks(course)
    yield Heading("Alternatives", 3)
    yield of.side_by_side(found)
    yield replace(of.trade_off(found), draw=partial(plan_figure, found, REPORT_WIDTH))
    yield Fold("Plans on the trade-off", [of.front_table(found)])
    yield Heading("Gain of each session", 3)
    yield from of.gains(found)
    yield Heading("Uncertainty", 3)
    yield Points(course_of.basis_sentences(course))
    if done is not None and done.dated is not None:
        yield Heading("Calendar and checklist", 3)
        yield from care_tables(done.care, "practitioner")
        yield Points(closing_lines(done.care, "practitioner"))
    yield Heading("Ten years", 3)
    yield from of.ten_years(found)
    yield Fold("Plans that cannot be told apart", [*of.indistinguishable(found)])
    yield Note([*dict.fromkeys([*found.warnings, *course.ledger.warnings])], "Assumptions and notes")
    yield sources({"sources": [
        *({"key": key, "for": ["plan"]} for key in of.sources(found)),
        *({"key": key, "for": why} for key, why in course.ledger.sources.items()),
    ]})  # fmt: skip
    yield Paragraph(DISCLAIMER)
    yield Paragraph(of.effort(found), "foot")


_COURSE = (
    "Scale of each concern and papillary collagen against time since the first session, with 90 % intervals, untreated "
    "skin and the smallest change that matters. The table of plans gives the numbers."
)
