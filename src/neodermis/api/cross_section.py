"""The skin in section through time: states by depth and channels of one case, or of two beside each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Unpack

from neodermis.api.case import Case, Tracing, case_of
from neodermis.api.delivery import under_actives
from neodermis.api.inputs import read_horizon
from neodermis.errors import InputError
from neodermis.lazy import numpy as np
from neodermis.results import SectionMethods
from neodermis.simulation import course, session, solver, states
from neodermis.simulation.session import SessionEffect, SessionInput
from neodermis.simulation.states import States
from neodermis.skin.barrier import ClosureHalfTimes
from neodermis.skin.tissue import find_site
from neodermis.treatment import Device, Protocol

#: Days that a section follows at least: a year after the first session.
LEAST_DAYS: Final = 365.0
#: Most cases beside each other.
MOST_CASES: Final = 2


@dataclass(frozen=True, kw_only=True)
class SectionSource:
    """A source of injury of a course: what goes into a session with it and what comes out, of the central member."""

    device: Device
    given: SessionInput
    done: SessionEffect
    half_times: ClosureHalfTimes
    """Of the closure of its channels in air, h."""


@dataclass(frozen=True, kw_only=True)
class SectionCase:
    """One case of a section: its states by time and depth, and the channels of each session."""

    label: str
    """A or B beside another case; empty alone."""
    case: Case
    plan: Protocol
    """The protocol at the settings of its device."""
    states: States
    sources: tuple[SectionSource, ...]
    which: tuple[int, ...]
    """Index of the source of each session."""
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class Section(SectionMethods):
    """The central course of one site by time and depth, of one case or of two, with the channels that needles make.

    ``to_html(file)`` writes the page that moves through time, ``to_gif(file)`` a film, ``slide(file, day)`` one day;
    ``plot()`` draws the section at several times.
    """

    cases: tuple[SectionCase, ...]
    until: float
    """Last day, since the first session."""

    @property
    def site(self) -> str:
        """The site; of a region its largest zone."""
        return self.cases[0].states.site

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know, each once."""
        return tuple(dict.fromkeys(note for one in self.cases for note in one.notes))


def section(
    case: str | Protocol | Case, *others: str | Protocol | Case, site: str | None = None, **given: Unpack[Tracing]
) -> Section:
    """The skin in section through time: the central course by depth, and its channels, of one case or of two.

    Parameters
    ----------
    case, others
        Protocol sentences, objects or cases; at most one beside the first, at the same sites.  A protocol beside a case
        takes its person and parameters.
    site
        The site that is drawn, by default the first of the protocol; of a region its largest zone is drawn.
    given
        As :func:`~neodermis.api.simulate`, for every case.  ``until`` is by default a year after the last session, and
        at least a year after the first one.

    Raises
    ------
    InputError
        As :func:`~neodermis.api.simulate`; also for more than two cases, other sites, or a site that is not treated.

    Examples
    --------
    >>> import neodermis as nd
    >>> seen = nd.section("1 session: exceed; cheek 1.5 mm, 6 passes")
    >>> seen.site, seen.until
    ('cheek', 365.0)
    >>> page = seen.to_html("section.html")  # doctest: +SKIP
    """
    asked = (case, *others)
    if len(asked) > MOST_CASES:
        raise InputError(
            field="cases", value=f"{len(asked)}", accepted="one case, or two beside each other",
            whose="the page, which has room for two", next_step="leave the others out, or write a second page",
        )  # fmt: skip
    cases = _cases(asked, given)
    first = cases[0]
    if sorted(first.sites) != sorted(cases[-1].sites):
        raise InputError(
            "sites of case B", field="cases.plan", value=", ".join(cases[-1].sites),
            accepted=f"the sites of the first case: {', '.join(first.sites)}",
            whose="a section, which shows one site in both cases", next_step="use the same sites in both cases",
        )  # fmt: skip
    chosen = first.sites[0] if site is None else find_site(site).id
    if chosen not in first.sites:
        raise InputError(
            field="site", value=chosen, accepted=", ".join(first.sites), whose="the protocol: the sites that it treats",
            next_step="choose one of them, or leave it out for the first",
        )  # fmt: skip
    planned = [one.planned() for one in cases]  # their errors come before any course
    until = _until(cases, given.get("until"))
    labels = ("",) if len(cases) == 1 else ("A", "B")
    return Section(
        cases=tuple(
            _seen(one, plan, told, label, chosen, until)
            for one, (plan, told), label in zip(cases, planned, labels, strict=True)
        ),
        until=until,
    )


def _cases(asked: tuple[str | Protocol | Case, ...], given: Tracing) -> list[Case]:
    """The cases; a protocol takes person, parameters and limits of a case beside it, else those of the keywords."""
    person = next((one for one in asked if isinstance(one, Case)), None)
    found = []
    for one in asked:
        if isinstance(one, Case) or person is None:
            found.append(case_of(one, given, Tracing))
        else:
            bare = replace(person, plan=case_of(one, {}, Tracing).plan, study=None, arm=None, findings=None)
            found.append(case_of(bare, given, Tracing))
    return found


def _until(cases: list[Case], asked: float | str | None) -> float:
    """Last day of the section, which every course must allow."""
    latest = max(cases, key=lambda one: one.plan.last_day).plan
    if asked is not None:
        return min(read_horizon(asked, one.plan) for one in cases)
    return max(LEAST_DAYS, read_horizon(None, latest), *(one.horizon for one in cases))


def _seen(case: Case, plan: Protocol, told: tuple[str, ...], label: str, site: str, until: float) -> SectionCase:
    """One case of a section."""
    chosen = case.chosen
    session.check_mechanisms(chosen)
    treated = under_actives(plan, case.patient, chosen)
    at = plan.at(site)
    skin = treated.skin(site)
    with case.solving():
        found = states.trace(at, skin, chosen, until=until)
        if not all(np.isfinite(values).all() for values in found.by_depth.values()):
            raise course.unsolved("the central course", [solver.NOT_FINITE])
        made = session.draw_ensemble(at.sources, skin, chosen, anaesthetic=case.numbing)
        part = max(made.parts, key=lambda part: part.share)
        one = replace(made, parts=(part,))
        (effects,) = one.session_effects()
    sources = tuple(
        SectionSource(device=source.device, given=into, done=out, half_times=session.closure_half_times(one, out))
        for source, into, out in zip(at.sources, part.sessions, effects, strict=True)
    )
    notes = list(told)
    if len(case.sites) > 1:
        notes.append(f"site shown: {site}; not shown: {', '.join(name for name in case.sites if name != site)}")
    if len(made.parts) > 1:
        notes.append(f"{site}: its largest zone, {part.skin.site.id}, is shown ({100 * part.share:.0f} % of the area)")
    return SectionCase(
        label=label, case=case, plan=plan, states=found, sources=sources, which=at.which,
        notes=(*notes, *treated.unused(chosen, [part.skin.site.id])),
    )  # fmt: skip
