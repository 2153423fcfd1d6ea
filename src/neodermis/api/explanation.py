"""Explanation of an outcome on a day: contribution of each mechanism, by switching it off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Unpack

from neodermis.api.case import Case, Given, Tracing, case_of
from neodermis.api.delivery import under_actives
from neodermis.errors import InputError
from neodermis.evidence import ParameterSet
from neodermis.lazy import numpy as np
from neodermis.people.regimen import unsized
from neodermis.results import ResultMethods
from neodermis.simulation import course, readout, session, solver, states
from neodermis.simulation.course import LONGEST_COURSE
from neodermis.simulation.states import HealingPhase, States
from neodermis.skin.cascade import SWITCHES
from neodermis.skin.outcomes import find_outcome
from neodermis.treatment import Protocol
from neodermis.units import read_number


class Share(NamedTuple):
    """Contribution of a mechanism: outcome with it minus outcome without it, relative to the untreated outcome."""

    mechanism: str
    states: tuple[str, ...]
    adds: float
    without: float
    """Change relative to untreated skin without the mechanism."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Explanation(ResultMethods):
    """An outcome on a day of the central course, and what each mechanism adds to it.

    Shares do not add up to the whole: mechanisms work through one another, and each is taken away alone.
    """

    protocol: Protocol
    site: str
    outcome: str
    day: float
    baseline: float
    value: float
    untreated: float
    change: float
    """Over the untreated outcome, minus one."""
    slope: float
    """Change of it per day on that day."""
    shares: tuple[Share, ...]
    """Largest first."""
    phases: tuple[HealingPhase, ...]
    case: Case
    """What was asked for."""
    warnings: tuple[str, ...] = ()

    @property
    def parameters(self) -> ParameterSet:
        """The parameters, with what was set."""
        return self.case.chosen

    @property
    def running(self) -> tuple[str, ...]:
        """Phases in progress on that day after the first session."""
        return tuple(phase.name for phase in self.phases if phase.start_day <= self.day <= phase.end_day)


def explain(outcome: str, day: float | str, protocol: str | Protocol | Case, **given: Unpack[Given]) -> Explanation:
    """Contributions of the mechanisms to an outcome on a day, from the central course with each switched off in turn.

    Of several sites the first is explained, of a region its largest zone.  Errors as
    :func:`~neodermis.api.simulate`; :class:`InputError` also where the day lies outside the course.

    Examples
    --------
    >>> import neodermis as nd
    >>> why = nd.explain("collagen_papillary", 42, "1 session: exceed; cheek 1.5 mm, 6 passes")
    >>> why.shares[0].mechanism
    'activated fibroblasts'
    """
    known = find_outcome(outcome)
    name = known.name
    if known.not_modelled:
        raise InputError(
            field="outcome", value=name, accepted="an outcome that this version models",
            whose=f"the catalogue of outcomes: {known.not_modelled}", next_step="neodermis outcomes lists them",
        )  # fmt: skip
    case = case_of(protocol, given, Given)
    plan, told = case.planned()
    last = plan.last_day + LONGEST_COURSE
    when = read_number(
        day, field="day", low=0.0, high=last, whose="the course and ten years after it", unit="d",
        next_step="give the day in days since the first session, for instance 42",
    )  # fmt: skip
    chosen = case.chosen
    session.check_mechanisms(chosen)
    treated = under_actives(plan, case.patient, chosen)
    at_site = plan.at(plan.sites[0])
    whole = treated.skin(plan.sites[0])
    skin = max(whole.parts, key=lambda part: part[0])[1]
    count = 1 + len(SWITCHES)
    values = {p.name: np.full(count, p.value) for p in chosen}
    for number, switch in enumerate(SWITCHES, start=1):
        for parameter, off in switch.off.items():
            values[parameter][number] = off
    made = session.assemble(values, session.source_draws(at_site.sources, others=count - 1), skin, chosen)
    until = max(when + 1.0, plan.last_day + 1.0)
    days = np.unique([0.0, max(when - 0.5, 0.0), when, when + 0.5, until])
    with case.solving():
        seen = readout.predict(made, readout.schedule_of(at_site), days)
        if seen.solution.failure.any():
            raise course.unsolved("the central course", seen.solution.failure)
        phases = states.first_phases(seen.members, count, source=at_site.which[0])
    if name not in seen.treated:
        raise InputError(
            field="outcome", value=name, accepted="an outcome with daily values in the course of this patient",
            whose="the catalogue; other outcomes belong to a session or to patients with another concern",
            next_step="neodermis outcomes lists them; add the concern, for instance acne_scar=0.5",
        )  # fmt: skip
    found, bare = seen.treated[name], seen.untreated[name]
    change = found / bare - 1.0
    at = int(np.searchsorted(days, when))
    before, after = max(at - 1, 0), at + 1
    shares = [
        Share(switch.name, switch.states, float(change[0, at] - change[k, at]), float(change[k, at]))
        for k, switch in enumerate(SWITCHES, start=1)
    ]
    return Explanation(
        protocol=plan,
        site=skin.site.id,
        outcome=name,
        day=when,
        baseline=float(found[0, 0]),
        value=float(found[0, at]),
        untreated=float(bare[0, at]),
        change=float(change[0, at]),
        slope=float((change[0, after] - change[0, before]) / (days[after] - days[before])),
        shares=tuple(sorted(shares, key=lambda share: -abs(share.adds))),
        phases=phases,
        case=case,
        warnings=(*told, *treated.unused(chosen, [skin.site.id]), *unsized(plan)),
    )


def trace(protocol: str | Protocol | Case, **given: Unpack[Tracing]) -> list[States]:
    """Every state of the central course by time and depth, one entry for each site; arguments as ``simulate``."""
    case = case_of(protocol, given, Tracing)
    plan, _ = case.planned()
    chosen = case.chosen
    session.check_mechanisms(chosen)
    treated = under_actives(plan, case.patient, chosen)
    found = []
    with case.solving():
        for site in plan.sites:
            one = states.trace(plan.at(site), treated.skin(site), chosen, until=case.horizon)
            if not all(np.isfinite(values).all() for values in one.by_depth.values()):
                raise course.unsolved("the central course", [solver.NOT_FINITE])
            found.append(one)
    return found
