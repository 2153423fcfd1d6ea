"""``plan``: from a consultation to the plan to choose, with what it rests on.

Rules
    1. Limits come first: the upper ends of the 90 % intervals of PIH and of a scar, and the limits of the consultation.
       No benefit offsets a breach.
    2. Plans are ranked by expected benefit over draws and people.  That of a plan is that of a forecast (mean of other
       studies and simulation, weighted); in the ranking, differences between plans have the weight that published
       contrasts give them.  Harm is not shrunk.
    3. Every setting stays inside what evidence supports (:mod:`neodermis.planning.supported`), and inside the limits of
       site, device and screening rules.
    4. The lightest plan is recommended that cannot be told apart from the best: by less than the smallest change that
       matters, or by a difference whose 90 % interval includes 0.  Where the best one is expected to reach a change
       that matters, so must that one be, or fall short of the best one by less than a quarter of such a change.
    5. What is told of a plan is scored in fresh draws and people; the recommended one is solved to the shipped
       tolerance.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from neodermis.api.case import Case
from neodermis.api.inputs import read
from neodermis.care.advice import load_care
from neodermis.care.course import NOT_YET
from neodermis.care.prescription import read_prescription
from neodermis.care.rules import ADULT
from neodermis.care.suitability import Verdict, screen, screened_as, strictest, unadapted
from neodermis.errors import InputError, LimitError
from neodermis.evidence.posterior import Posterior, load_posterior
from neodermis.notes import ADAPTED, Note
from neodermis.people.patient import Patient
from neodermis.planning import longterm
from neodermis.planning.additions import changes
from neodermis.planning.panel import FRESH, Panel, panel
from neodermis.planning.prescription import CUSTOM, Prescription, prescribed
from neodermis.planning.prospects import MATTERS, Chance, chance, falls_short, prospects, without_harm
from neodermis.planning.result import (
    Addition,
    Conflict,
    Deviation,
    Marginal,
    OutcomeForecast,
    Plan,
    Planned,
)
from neodermis.planning.scoring import (
    LOOKS,
    WORTHWHILE,
    Goal,
    PlanScore,
    SiteModel,
    SiteScore,
    plan_score,
    sessions_at,
)
from neodermis.planning.search import SAME, UPPER, Breach, Evaluator, Scored, Told, search, upper_share
from neodermis.planning.space import MOST_SESSIONS, Choices, Setting, choices
from neodermis.simulation.session import Floats, structured
from neodermis.simulation.shared import Sessions
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.raters import RaterParameters, family_of, offset
from neodermis.skin.tissue import find_site
from neodermis.treatment import Device, NeedlePattern, Pass, Phase, Protocol, find_device, of_kind
from neodermis.treatment.anaesthetic import read_anaesthetic
from neodermis.uncertain import Interval
from neodermis.wording import with_interval

if TYPE_CHECKING:
    from neodermis.care.consultation import Consultation

#: Draws and people in which plans are searched: each draw in one person.
SEARCH: Final = (48, 24, 1)
#: Draws and people in which what is told is scored: each draw in some of the people.
SCORED: Final = (400, 64, 2)
#: Plans that are tried at most as the lightest that cannot be told apart from the best.
MOST_TRIED: Final = 12
#: An example of home use, for comparison: device, sessions, interval (d), depth (mm).
HOME: Final = ("home_roller", 12, 7.0, 0.25)
#: Kinds of device that no device stands for, and why.
_NO_DEVICE: Final = {
    "home": "devices for use at home are compared with",
    "frf": "needles with radiofrequency are not simulated",
}
#: What is told of the duration of a result beside the goals.
COLLAGEN: Final = "collagen_papillary"
#: Devices that are planned with where the clinic names none.
USUAL_DEVICES: Final = ("exceed", "skinpen_precision")


def plan(
    consultation: Consultation | Path | str,
    *,
    today: date | None = None,
    clock: date | None = None,
    seed: int = 0,
    seconds: float | None = None,
    prescription: Path | str | None = None,
    protocol: str | Protocol | None = None,
    progress: Told | None = None,
) -> Plan:
    """Plans for the patient of a consultation: three on the trade-off, and the one to choose.

    Parameters
    ----------
    consultation
        The consultation, its file, or ``example`` for the shipped one; its goals, limits and devices at hand.
    today
        Day of the screening; by default that of the consultation, else ``clock``.
    clock
        Current date of the caller.
    seed
        The same seed gives the same plan.
    seconds
        Ends the search early; the result says so.  What is found by then is still scored in fresh draws and people.
    prescription
        File of goals and limits that take the place of those of the consultation.
    protocol
        A plan of your own for the same sites, scored beside the others, without the limits of evidence; by default that
        of the consultation.
    progress
        Called with plans whose neighbours were tried, and plans known of.

    Raises
    ------
    InputError
        The consultation cannot be used; the message names the field, the value and what is accepted.
    """
    from neodermis.care.consultation import check_today, consulted, screening_day

    begun = time.monotonic()
    one, _ = consulted(consultation)
    day = screening_day(one, today, clock)
    if prescription is not None:
        goals, limits = read_prescription(Path(prescription), one)
        one = one.model_copy(update={"goals": goals, "limits": limits})
    check_today(one, day)
    verdict = screen(one, today=day)
    nothing = partial(Plan, verdict=verdict, consultation=one, today=day, first=day, seed=seed)
    if one.patient.age is not None and one.patient.age < ADULT:
        return nothing(refusal="no plan is made for a patient under 18: a prescriber decides on a scar")
    if verdict.overall in NOT_YET and not _waits(verdict):
        return nothing(refusal="the screening rules allow no session yet")
    if one.patient.phototype is None:  # the usual one would pass a limit that the patient's own may break
        return nothing(refusal="the phototype is unknown, on which the chance of PIH depends: ask for it")
    wanted = prescribed(one, day)
    if not wanted.goals:
        return nothing(refusal="none of the concerns can be planned for", prescription=wanted)
    own, left_out = None, ""
    if protocol is not None:
        own = _own(protocol, wanted)
    elif one.plan.protocol is not None:
        try:
            own = _own(one.plan.protocol, wanted)
        except InputError as error:  # it was not asked for here
            left_out = f"the protocol of the consultation is not scored: {' '.join(str(error).split())}"
    planner = _Planner(one, day, verdict, wanted, seed, seconds, progress, begun, own)
    if left_out:
        planner.warnings[left_out] = None
    return planner.plan()


def _own(given: str | Protocol, wanted: Prescription) -> Protocol:
    """A plan of the user's own, at the settings of its device; it has to treat the sites of the goals."""
    found, _ = read(given).at_settings()
    Case(plan=found).planned()  # for its errors
    if {*found.sites} != {*wanted.sites}:
        raise InputError(
            field="protocol", value=", ".join(found.sites),
            accepted=f"the sites of the goals: {', '.join(wanted.sites)}",
            whose="the plan, which is compared site by site",
            next_step="name these sites in the protocol, or leave it out",
        )  # fmt: skip
    return found


def _waits(verdict: Verdict) -> bool:
    """Whether all that stands against a session is a date."""
    standing = [each for each in verdict.findings if each.result in NOT_YET]
    return verdict.until is not None and all(one.result == "wait" and not one.state for one in standing)


def first_day(one: Consultation, today: date, verdict: Verdict) -> date:
    """Day of the first session: as wished, else after the usual preparation; never before the rules allow it."""
    wished = one.preferences.first_session or today + timedelta(days=load_care().lead_days)
    return max(wished, verdict.until or wished)


# --------------------------------------------------------------------------------------------------- one planning


class _Planner:
    """The steps of one planning, in order."""

    def __init__(
        self, one: Consultation, today: date, verdict: Verdict, wanted: Prescription, seed: int,
        seconds: float | None, progress: Told | None, begun: float, own: Protocol | None,
    ) -> None:  # fmt: skip
        self.one, self.today, self.verdict, self.wanted, self.seed = one, today, verdict, wanted, seed
        self.seconds, self.progress, self.begun, self.own = seconds, progress, begun, own
        self.posterior: Posterior = load_posterior()
        self.warnings: dict[str, None] = {}
        self.left_out: list[str] = []

    # ------------------------------------------------------------------------------------------------ before

    def _devices(self) -> Iterator[Device]:
        """Devices that may be planned with."""
        from neodermis.care.consultation import DEVICE_KINDS

        named = self.wanted.limits.devices or self.one.clinic.at_hand
        if not named:
            named = USUAL_DEVICES
            self._warn(f"the clinic names no device: planned with {' and '.join(named)}")
        for name in named:
            device = of_kind(name) if name in DEVICE_KINDS else find_device(name)
            if device is None:
                self._leave_out(
                    name, _NO_DEVICE.get(name, "the needles of its kind are not published: name the device")
                )
            elif device.home_use:
                self._leave_out(device.id, _NO_DEVICE["home"])
            else:
                if name in DEVICE_KINDS:
                    self._warn(
                        f"{name} is a kind of device: planned with {device.id}, a device in the middle of its class "
                        "(assumed); name the device to plan with its own needles and depths"
                    )
                yield device

    def _leave_out(self, device: str, why: str) -> None:
        """A device that is not planned with."""
        self.left_out.append(f"{device} is not planned with: {why.rstrip('.')}")
        self._warn(self.left_out[-1])

    @property
    def contrast(self) -> float:
        """Weight of a simulated difference between plans, λ_c."""
        return self.searched.contrast

    def _warn(self, text: str) -> None:
        self.warnings[text] = None

    def _choices(self) -> tuple[dict[str, Choices], list[Verdict]]:
        """What may be proposed with each device that the rules allow."""
        found, verdicts = {}, []
        for device in self._devices():
            of_device = screen(self.one, today=self.today, device=screened_as(device))
            if of_device.overall in NOT_YET and not _waits(of_device):
                self._leave_out(device.id, of_device.sentence())
                continue
            try:
                found[device.id], verdict = choices(device, self.wanted.goals, self.one, self.today)
            except LimitError as error:
                self._leave_out(device.id, " ".join(str(error).split()))
                continue
            verdicts.append(replace(of_device, findings=verdict.findings))
            for remark in found[device.id].remarks:
                self._warn(remark if isinstance(remark, Note) else Note(f"{device.id}: {remark}", ADAPTED))
        return found, verdicts

    def _evaluator(self, members: Panel, halvings: int, *, final: bool) -> Evaluator:
        longest = [each.intervals[-1] * min(each.counts[-1] + 1, MOST_SESSIONS) for each in self.choices.values()]
        until = longterm.YEAR + max(*longest, HOME[1] * HOME[2], 0.0 if self.own is None else self.own.last_day)
        models = {site: self._model(site, self._patient(site), members, until, halvings) for site in self.wanted.sites}
        return Evaluator(
            prescription=self.wanted, models=models, choices=self.choices, first=self.first, final=final,
            posterior=self.posterior,
        )  # fmt: skip

    def _model(self, site: str, patient: Patient, members: Panel, until: float, halvings: int) -> SiteModel:
        return SiteModel(
            site=site, patient=patient, panel=members, goals=[goal for goal in self.wanted.goals if goal.site == site],
            until=until, anaesthetic=self.numbing, halvings=halvings,
        )  # fmt: skip

    def _patient(self, site: str) -> Patient:
        """The patient as the rules adapt the forecast, with the concerns of a site."""
        return replace(self.adapted.patient, concerns=self.one.person(self.today, site).concerns)

    # ------------------------------------------------------------------------------------------------ planning

    def plan(self) -> Plan:
        """The steps in order."""
        self.choices, verdicts = self._choices()
        if not self.choices:
            self.first = self.today
            return self._result(refusal=f"no device at hand can be planned with; {'; '.join(self.left_out)}")
        # a plan may need any of the devices, so that the latest of their waiting periods counts
        self.first = max(first_day(self.one, self.today, each) for each in (self.verdict, *verdicts))
        any_plan = next(iter(self.choices.values()))
        self.adapted = unadapted(any_plan.protocol(any_plan.at(0.0)), strictest(verdicts))
        barred = self.adapted.anaesthetic == "none"
        self.numbing = read_anaesthetic("none" if barred else self.one.plan.applied)
        parameters = self.adapted.parameters
        draws, people, each = SEARCH
        self.searched = self._evaluator(
            panel(parameters, draws=draws, people=people, each=each, seed=self.seed), -1, final=False
        )
        starts = [setting for one in self.choices.values() for setting in one.starts()]
        found = search(self.searched, starts, seconds=self.seconds, progress=self.progress)
        self.found = found
        feasible = [one for one in self.searched.known.values() if not one.breaches]
        draws, people, each = SCORED
        members = panel(parameters, draws=draws, people=people, each=each, seed=self.seed + FRESH)
        self.fresh = self._evaluator(members, 0, final=True)
        if not feasible:
            return self._none("no plan meets every limit")
        chosen = self._chosen(feasible)
        if chosen is None:
            return self._none("no plan meets the limits on harm in fresh draws and people")
        best, recommended = chosen
        device = self.choices[recommended.setting.device]
        protocol = device.protocol(recommended.setting)
        verdict = screen(self.one, today=self.today, device=screened_as(device.device), protocol=protocol)
        if verdict.overall in NOT_YET and not _waits(verdict):
            self.verdict = verdict
            why = "the screening rules refuse the plan that was found"
            return self._result(refusal=why, adapted=self.adapted, search=self._effort())
        self.verdict = replace(verdict, devices=self.verdict.devices)
        return self._told(feasible, best, recommended)

    def _none(self, why: str) -> Plan:
        """The result where no plan meets the limits: what stands against it."""
        return self._result(
            refusal=why, conflicts=tuple(self._conflicts()), front=self.found.front, adapted=self.adapted,
            search=self._effort(), contrast_weight=self.contrast,
        )  # fmt: skip

    def _result(self, **told: Any) -> Plan:
        """The result with what was found."""
        return Plan(
            verdict=self.verdict, prescription=self.wanted, consultation=self.one, today=self.today, first=self.first,
            seed=self.seed, warnings=tuple(self.warnings), **told,
        )  # fmt: skip

    def apart(self, better: Scored, other: Scored, members: Panel) -> bool:
        """Whether a plan is better than another by more than cannot be told: rule 4."""
        gap = better.utility - other.utility
        lower = float(np.quantile(members.by_draw(gap), 1.0 - UPPER))
        return float(gap.mean()) > 1.0 and lower > 0.0

    def _chosen(self, feasible: Sequence[Scored]) -> tuple[Scored, Scored] | None:
        """The best plan and the one to recommend, both scored in fresh draws and people; None where none holds."""
        light = sorted(feasible, key=lambda one: one.lightness)
        if self._holds(light) is None:
            return None
        # of plans that are as good the lightest: a site without a goal of known size adds nothing
        best = self._holds(sorted(feasible, key=lambda one: (-round(one.benefit / SAME[0]), one.lightness)))
        best = best or self._holds(light)
        assert best is not None
        searched = self.searched.score(best.setting)
        reach, of_best = self.searched.expected(searched), self.fresh.expected(best)
        likely = [
            one for one in light
            if self._may_hold(one) and not self.apart(searched, one, self.searched.panel)
            and not falls_short(self.searched.expected(one), reach)
        ]  # fmt: skip
        for one in likely[:MOST_TRIED]:
            again = self.fresh.score(one.setting)
            if again.breaches or self.apart(best, again, self.fresh.panel):
                continue
            if not falls_short(self.fresh.expected(again), of_best):
                return best, again
        return best, best

    def _holds(self, ordered: Sequence[Scored]) -> Scored | None:
        """The first plan that breaks no limit in fresh draws and people."""
        tried = 0
        for one in ordered:
            if not self._may_hold(one):
                continue
            again = self.fresh.score(one.setting)
            if not again.breaches:
                return again
            tried += 1
            if tried == MOST_TRIED:
                break
        return None

    def _may_hold(self, one: Scored) -> bool:
        """Whether a plan may keep the limit on PIH, by the upper bounds of the plans that were scored again.

        The bound of a plan is taken to be as many times the expected share as it is at least among those.
        """
        known = [
            float(np.quantile(self.fresh.panel.by_draw(again.score.pih), UPPER)) / mean
            for setting, again in self.fresh.known.items()
            if setting in self.searched.known and (mean := float(self.searched.known[setting].score.pih.mean())) > 1e-6
        ]
        return not known or min(known) * float(one.score.pih.mean()) <= self.wanted.pih[0]

    def _conflicts(self) -> Iterator[Conflict]:
        """Limits that no plan meets with the others: the least change of one alone that frees a plan, else together.

        Of the plans that come nearest, as they are in fresh draws and people.
        """
        every = sorted(
            self.searched.known.values(), key=lambda one: (len(one.breaches), one.breach, one.lightness)
        )  # fmt: skip
        nearest_of = {tuple(each.limit for each in one.breaches): one for one in reversed(every)}
        near = dict.fromkeys(one.setting for one in (*every[:3], *nearest_of.values()))
        known = [self.fresh.score(setting) for setting in list(near)[:MOST_TRIED]]
        known = [one for one in known if one.breaches] or every[:1]
        alone: dict[str, tuple[Breach, Scored]] = {}
        for one in known:
            if len(one.breaches) == 1:
                (breach,) = one.breaches
                if breach.limit not in alone or breach.share < alone[breach.limit][0].share:
                    alone[breach.limit] = breach, one
        if alone:
            for breach, one in sorted(alone.values(), key=lambda each: each[0].share):
                yield self._conflict(breach, one, alone=True)
            return
        nearest = min(known, key=lambda one: (len(one.breaches), one.breach, one.lightness))
        for breach in nearest.breaches:
            yield self._conflict(breach, nearest, alone=False)

    def _conflict(self, breach: Breach, one: Scored, *, alone: bool) -> Conflict:
        whose = {"pih_probability": self.wanted.pih, "scarring_risk": self.wanted.scarring}.get(breach.limit)
        return Conflict(
            **breach._asdict(), alone=alone, plan=self._sentence(one.setting),
            whose=CUSTOM if whose is not None and whose[1] == CUSTOM else "",
            past=breach.limit == "event" and self.first - timedelta(days=breach.needed - breach.given) < self.today,
        )  # fmt: skip

    def _sentence(self, setting: Setting) -> str:
        return self.choices[setting.device].protocol(setting).sentence

    # ------------------------------------------------------------------------------------------------ what is told

    def _told(self, feasible: Sequence[Scored], best: Scored, chosen: Scored) -> Plan:
        """The result for a chosen plan."""
        standard = self._standard(feasible, best, chosen)
        roles = {"gentle": self._gentle(feasible, chosen), "standard": standard, "intensive": best}
        others = self.fresh.others(chosen.score)
        plans: dict[Setting, Planned] = {}
        for setting in dict.fromkeys((chosen.setting, *(one.setting for one in roles.values()))):
            labels = tuple(name for name, one in roles.items() if one.setting == setting)
            plans[setting] = self._planned(setting, labels, chosen)
        ranked = self._reasons(plans, best, chosen)
        searched, members = self.searched.score(chosen.setting), self.searched.panel
        rivals = [one for one in self.found.front if not one.breaches and one.setting != chosen.setting]
        worse = {one.setting for one in rivals if self.apart(searched, one, members)}
        indistinct = [
            self._sentence(one.setting) for one in rivals
            if one.setting not in worse and not self.apart(one, searched, members)
        ]  # fmt: skip
        additions, better = self._additions(chosen.setting)
        maintenance, decades = self._longterm(chosen.setting, better)
        optimism = float(self.searched.score(best.setting).score.benefit.mean() - best.score.benefit.mean())
        return self._result(
            recommended=ranked[chosen.setting],
            prospects=tuple(prospects(self.searched, self.fresh, chosen, ranked[chosen.setting], self._holds)),
            alternatives=tuple(ranked[setting] for setting in dict.fromkeys(one.setting for one in roles.values())),
            compared_with=self._compared(chosen),
            indistinguishable=tuple(indistinct),
            front_sentences=tuple(self._sentence(one.setting) for one in self.found.front),
            deviations=tuple(self._deviations(chosen)),
            additions=additions,
            maintenance=maintenance,
            ten_years=decades,
            front=self.found.front,
            ranges=self.choices[chosen.setting.device].bounds,
            marked={setting: self.searched.score(setting) for setting in ranked},
            told_apart=0 < len(worse) == len(rivals),
            contrast_weight=self.contrast,
            studies_weight=tuple(zip(others.goals, others.weights, strict=True)),
            optimism=optimism,
            search=self._effort(),
            adapted=self.adapted,
        )

    def _gentle(self, feasible: Sequence[Scored], chosen: Scored) -> Scored:
        """The lightest plan that holds."""
        found = self._holds(sorted(feasible, key=lambda one: one.lightness))
        return chosen if found is None else found

    def _standard(self, feasible: Sequence[Scored], best: Scored, chosen: Scored) -> Scored:
        """The plan on the trade-off that is nearest to the best in benefit, risk and burden at once."""
        front = [one for one in self.found.front if not one.breaches] or list(feasible)
        values = np.array([[-one.benefit, one.risk, one.burden] for one in front])
        low, reach = values.min(axis=0), np.ptp(values, axis=0)
        distance = np.linalg.norm((values - low) / np.where(reach > 0, reach, 1.0), axis=1)
        ordered = [front[k] for k in np.argsort(distance, kind="stable")]
        between = [one for one in ordered if one.setting not in (best.setting, chosen.setting)]
        found = self._holds(between or ordered)
        return chosen if found is None else found

    def _planned(self, setting: Setting, labels: tuple[str, ...], base: Scored) -> Planned:
        """What is told of a plan, in fresh draws and people; of the recommended one solved to the shipped tolerance."""
        chosen, accurate = self.choices[setting.device], setting == base.setting
        sites = {
            site: self.fresh.models[site].score(chosen.sessions(setting, site), accurate=accurate)
            for site, _, _ in setting.sites
        }
        score = plan_score(self.wanted.goals, sites, setting.count)
        protocol = chosen.protocol(setting)
        told = self._of(protocol, score, setting, labels)
        sized = any(not goal.direction_only for goal in self.wanted.goals)
        marginal = tuple(self._marginal(setting)) if sized else ()
        least = setting.count if accurate else chosen.counts[0]
        return replace(told, marginal=marginal, stop_after=_stop(least, marginal))

    def _of(self, protocol: Protocol, score: PlanScore, setting: Setting | None, labels: tuple[str, ...]) -> Planned:
        members = self.fresh.panel
        others = self.fresh.others(score)
        last = protocol.last_day
        outcomes: dict[str, dict[str, OutcomeForecast]] = {}
        without: dict[str, dict[str, Chance]] = {}
        gains: dict[str, dict[str, float]] = {}
        for goal in others.goals:
            simulated = score.sites[goal.site].gain[goal.outcome]
            gains.setdefault(goal.site, {})[goal.outcome] = float(others.gain(goal, protocol, simulated).mean())
        for goal in self.wanted.goals:
            site = score.sites.get(goal.site)
            if site is None:
                continue
            outcomes.setdefault(goal.site, {})[goal.outcome] = self._outcome(goal, site, last, members)
            if not goal.direction_only:
                without.setdefault(goal.site, {})[goal.outcome] = without_harm(goal, site, score, members)
        price = None if setting is None else self.wanted.price(setting.device)
        visits = len(protocol.sessions)
        dates = tuple(self.first + timedelta(days=round(day)) for day in protocol.session_days)
        numbs = any(float(np.median(one.cost["numbing_minutes"])) > 0 for one in score.sites.values())
        deepest = max(one.depth_mm for phase in protocol.phases for one in phase.treatments)
        redness = any("erythema" in step for step in self.adapted.steps) or deepest < load_care().depths["pinpoint"]
        return Planned(
            labels=labels,
            protocol=protocol,
            setting=setting,
            outcomes=outcomes,
            benefit=Interval.of(score.benefit),
            lower_tail=float(np.sort(score.benefit)[: max(len(score.benefit) // 5, 1)].mean()),
            expected=float(others.expected(protocol, score).mean()),
            gains=gains,
            spoken=tuple(
                goal.outcome
                for goal, weight in zip(others.goals, others.weights, strict=True)
                if weight < 1.0 and others.speaks(goal, protocol)
            ),
            without_harm=without,
            pih=chance(score.pih, members),
            scarring=Chance(
                float(score.scarred.mean()), 0.0, upper_share(score.scarred, (members.person, members.draw))
            ),
            burden={
                "visits": float(visits),
                "minutes": round(float(np.median(score.minutes)), 1),
                "minutes_in_all": round(visits * float(np.median(score.minutes)), 1),
                "downtime_days": round(float(np.median(score.downtime_days)), 2),
                "pain_vas": round(float(np.median(score.pain_vas)), 2),
                "cost": None if price is None else round(visits * price, 2),
            },
            pain=Interval.of(score.pain_vas),
            downtime=Interval.of(score.downtime_days),
            failed=int(np.any([one.failed for one in score.sites.values()], axis=0).sum()),
            dates=dates,
            anaesthetic=("topical" if numbs else "none"),
            end_point="even redness, without bleeding" if redness else "even redness to fine pinpoint bleeding",
        )

    def _outcome(self, goal: Goal, site: SiteScore, last: float, members: Panel) -> OutcomeForecast:
        """An outcome in the unit that clinics use, as a blinded rater would grade it."""
        outcome, treated = OUTCOMES[goal.outcome], site.treated[goal.outcome]
        bias = np.zeros_like(treated)
        if outcome.raters and outcome.better == "lower":
            values = {name: members.values[name] for name in RaterParameters._fields}
            p: RaterParameters = structured(RaterParameters, values, members.parameters)
            bias = np.stack([offset("blinded", last + look, p) for look in LOOKS], axis=1)
        graded = treated * np.exp(-bias)
        sign = 1.0 if outcome.better == "higher" else -1.0
        return OutcomeForecast(
            day=last + LOOKS[0],
            start=Interval.of(site.start[goal.outcome]),
            graded=Interval.of(graded[:, 0]),
            later=Interval.of(graded[:, 1]),
            untreated=Interval.of(site.untreated[goal.outcome][:, 0] * np.exp(-bias[:, 0])),
            bare_untreated=float(np.median(site.untreated[goal.outcome][:, 0])),
            bare_untreated_later=float(np.median(site.untreated[goal.outcome][:, 1])),
            bare=Interval.of(treated[:, 0]),
            bare_later=Interval.of(treated[:, 1]),
            direction_only=goal.direction_only,
            better=float(np.mean(sign * (treated[:, 0] - site.untreated[goal.outcome][:, 0]) > 0)),
        )

    def _benefit_of(self, sessions: Mapping[str, Sessions], visits: int) -> Floats:
        """Benefit of any course at the sites, in fresh draws and people."""
        sites = {site: self.fresh.models[site].score(each) for site, each in sessions.items()}
        return plan_score(self.wanted.goals, sites, visits).benefit

    def _by_count(self, setting: Setting) -> list[Floats]:
        """Benefit of none, one, two … sessions of a plan, up to one more than it may have."""
        chosen = self.choices[setting.device]
        most = min(max(chosen.counts[-1], setting.count) + 1, MOST_SESSIONS + 1)
        interval = setting.interval or chosen.intervals[0]
        found = [np.zeros(self.fresh.panel.size)]
        for count in range(1, most + 1):
            one = replace(setting, count=count, interval=interval)
            found.append(self._benefit_of({site: chosen.sessions(one, site) for site, _, _ in one.sites}, count))
        return found

    def _marginal(self, setting: Setting) -> Iterator[Marginal]:
        """Gain of each session over the course without it, with the weight of differences between protocols."""
        members = self.fresh.panel
        credited = np.inf
        for count, (before, after) in enumerate(pairwise(self._by_count(setting)), 1):
            gain = self.contrast * (after - before)
            credited = min(credited, float(gain.mean()))
            yield Marginal(count, Interval.of(members.by_draw(gain)), credited)

    def _reasons(self, plans: Mapping[Setting, Planned], best: Scored, chosen: Scored) -> dict[Setting, Planned]:
        """The plans with why each is what it is."""
        members = self.fresh.panel
        found = {}
        for setting, planned in plans.items():
            why = []
            if setting == chosen.setting:
                gap = best.utility - chosen.utility
                if setting == best.setting:
                    sized = any(not goal.direction_only for goal in self.wanted.goals)
                    why.append(
                        "It has the largest expected benefit of all plans within the limits."
                        if sized
                        else "No other plan within the limits is better than no treatment more often."
                    )
                else:
                    apart = Interval.of(members.by_draw(gap))._replace(median=float(gap.mean()))
                    reaches = self.fresh.expected(best) >= MATTERS
                    also = "; a lighter plan falls further short of a change that matters" if reaches else ""
                    why.append(
                        "It is the lightest plan whose expected benefit cannot be told from the largest one "
                        f"({self._sentence(best.setting)}), or falls short of it by less than the smallest change that "
                        f"matters: by {with_interval(apart)} of it{also}."
                    )
            why += [f"At a limit: {line}." for line in self.choices[setting.device].at_bounds(setting)]
            found[setting] = replace(planned, why=tuple(why))
        return found

    # ------------------------------------------------------------------------------------------------ beside it

    def _compared(self, chosen: Scored) -> dict[str, Planned | None]:
        """The device's labelled course and a home roller; nothing at all is told by the untreated outcomes."""
        device = self.choices[chosen.setting.device].device
        course = device.course
        sessions, interval = (course.sessions, course.interval_days) if course is not None else (4, 30.0)
        bounds = self.choices[device.id].bounds
        labelled = tuple(
            Pass(
                site=site,
                depth_mm=self.choices[device.id].depths[site][-1],
                passes=min(int(device.usual_passes.middle), int(bounds[f"passes {site}"][1].value)),
            )
            for site in self.wanted.sites
        )
        protocol = Protocol(
            phases=(Phase(device=device, treatments=labelled, count=sessions, interval_days=interval),)
        )  # fmt: skip
        home, count, days, depth = HOME
        roller = find_device(home)
        at_home = tuple(
            Pass(site=site, depth_mm=min(depth, find_site(site).limit_mm), passes=int(roller.usual_passes.middle))
            for site in self.wanted.sites
        )
        by_roller = Protocol(phases=(Phase(device=roller, treatments=at_home, count=count, interval_days=days),))
        label = "labelled course" if course is not None else "usual course"
        named = {"home_roller": (by_roller, "home roller"), "labelled": (protocol, label)}
        if self.own is not None:
            named = {"yours": (self.own, "your plan"), **named}
        told = {name: self._of(one, self._score(one), None, (words,)) for name, (one, words) in named.items()}
        return {**({"yours": told.pop("yours")} if self.own is not None else {}), "nothing": None, **told}

    def _score(self, protocol: Protocol) -> PlanScore:
        """Any protocol in fresh draws and people."""
        sites = {site: self.fresh.models[site].score(sessions_at(protocol, site)) for site in self.wanted.sites}
        return plan_score(self.wanted.goals, sites, len(protocol.sessions))

    def _deviations(self, chosen: Scored) -> Iterator[Deviation]:
        """What departing from the plan would change."""
        setting, base = chosen.setting, chosen.score.benefit
        if all(goal.direction_only for goal in self.wanted.goals):
            return
        members = self.fresh.panel
        of = self.choices[setting.device]
        given = {site: of.sessions(setting, site) for site, _, _ in setting.sites}

        def told(what: str, sessions: Mapping[str, Sessions], visits: int) -> Deviation:
            gap = self.contrast * (self._benefit_of(sessions, visits) - base)
            return Deviation(what, Interval.of(members.by_draw(gap)))

        def apart(days: float) -> dict[str, Sessions]:
            return {
                site: tuple((days * k, source) for k, (_, source) in enumerate(each)) for site, each in given.items()
            }

        if setting.count > 1:
            for weeks in (3, 8):
                if 7.0 * weeks != setting.interval:
                    yield told(f"sessions {weeks} weeks apart", apart(7.0 * weeks), setting.count)
            missed = {site: (*each[:-2], each[-1]) if len(each) > 2 else each[:1] for site, each in given.items()}
            yield told("one session missed", missed, setting.count - 1)
        halved = {
            site: tuple(
                (day, NeedlePattern(one.device, replace(one.pass_, passes=max(one.pass_.passes // 2, 1))))
                for day, one in each
            )
            for site, each in given.items()
        }
        yield told("half the passes", halved, setting.count)

    def _additions(self, setting: Setting) -> tuple[tuple[Addition, ...], dict[str, SiteModel]]:
        """What each change beside the needles would add, and the skin with all that go on after the course."""
        found, better = [], {}
        every = list(changes(self.adapted.patient, self.one))
        of, members = self.choices[setting.device], self.searched.panel
        ten = longterm.YEARS[-1] * longterm.YEAR
        for name, level, what, _, published in every:
            gains = {}
            for site in self.wanted.sites:
                model = self._model(site, self._patient(site).changed(name, level), members, self.searched.models[
                    site].until, -1)  # fmt: skip
                sessions = of.sessions(setting, site)
                now, then = self.searched.models[site].score(sessions), model.score(sessions)
                for goal in model.goals:
                    if name == "retinoid" and family_of(goal.outcome) == "pigment":
                        continue  # it lightens the skin beside a patch too, which the contrast does not know
                    change = then.treated[goal.outcome][:, 1] - now.treated[goal.outcome][:, 1]
                    gains[site, goal.outcome] = Interval.of(change)
            scarred = any(family_of(outcome) == "scars" for _, outcome in gains)
            found.append(Addition(what, gains, published if scarred else ""))
        lasting = [each for each in every if each.lasting]
        if lasting:
            for site in self.wanted.sites:
                patient = self._patient(site)
                for each in lasting:
                    patient = patient.changed(each.exposure, each.level)
                better[site] = self._model(site, patient, members, ten, -1)
        return tuple(found), better

    def _longterm(
        self, setting: Setting, better: Mapping[str, SiteModel]
    ) -> tuple[dict[str, longterm.Maintenance], dict[str, tuple[longterm.Decade, ...]]]:
        """Maintenance of the first goal of each site, and ten years of it and of papillary collagen."""
        of, members = self.choices[setting.device], self.searched.panel
        kept, decades = {}, {}
        for site in self.wanted.sites:
            sessions = of.sessions(setting, site)
            model = self._model(site, self._patient(site), members, longterm.YEARS[-1] * longterm.YEAR, -1)
            model.courses.source(sessions[0][1])
            if site in better:
                better[site].courses.source(sessions[0][1])
            first = next(goal.outcome for goal in self.wanted.goals if goal.site == site)
            # where no change of the goal matters, of papillary collagen, by which the duration of results is told
            one = longterm.maintenance(model, sessions, first) or longterm.maintenance(model, sessions, COLLAGEN)
            if one is not None:
                kept[site] = one
            decades[site] = tuple(
                longterm.decade(model, better.get(site), sessions, outcome, None if one is None else one.interval_days)
                for outcome in dict.fromkeys((first, COLLAGEN))
            )
        return kept, decades

    def _effort(self) -> dict[str, Any]:
        """Plans, courses and time of the search."""
        models = [*self.searched.models.values(), *self.fresh.models.values()]
        seconds = time.monotonic() - self.begun
        return {
            "plans": self.found.plans,
            "courses": sum(model.scored for model in models),
            "members": {"search": SEARCH[0] * SEARCH[2], "scored": SCORED[0] * SCORED[2]},
            "seconds": round(seconds, 2),
            "search_seconds": round(self.found.seconds, 2),
            "solver_share": round(min(sum(model.courses.seconds for model in models) / max(seconds, 1e-9), 1.0), 3),
            "finished": self.found.finished,
        }


def _stop(least: int, marginal: Sequence[Marginal]) -> int:
    """Sessions after which one more is expected to add less than is worth it; ``least`` sessions or more."""
    gains = {one.session: one.mean for one in marginal}
    if not gains:  # of a change whose size is not known the fewest that studies used
        return least
    return next((n for n in range(least, max(gains)) if gains[n + 1] < WORTHWHILE), max(gains))
