"""Plans keep their rules: limits before benefit, evidence for every setting, the lightest that is good enough."""

import json
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.care.consultations import edited
from tests.cli.terminal import run

from neodermis.care.consultation import Consultation, parse_consultation
from neodermis.care.suitability import screen
from neodermis.evidence import load_parameters
from neodermis.planning import plan as planning
from neodermis.planning.additions import unsized
from neodermis.planning.panel import panel
from neodermis.planning.plan import plan
from neodermis.planning.prescription import DEFAULT_PIH, prescribed
from neodermis.planning.prospects import MATTERS
from neodermis.planning.result import Plan
from neodermis.planning.scoring import WORTHWHILE, Goal, SiteModel, days_of, goal_gain
from neodermis.planning.search import SPLIT, upper_share
from neodermis.planning.space import Choices, Setting, choices
from neodermis.report.blocks import Note
from neodermis.report.plan import plan_page
from neodermis.simulation import readout
from neodermis.simulation.shared import SharedCourses
from neodermis.skin.outcomes import OUTCOMES
from neodermis.treatment import NeedlePattern, Pass, find_device
from neodermis.treatment.anaesthetic import read_anaesthetic

TODAY = date(2026, 11, 30)
SCARS = [{"name": "acne_scar", "site": "cheek", "severity": "goodman_baron:3"}]
#: Fewer draws and people than a plan is made with, where only its rules are looked at.
FEW = {"SEARCH": (24, 24, 1), "SCORED": (40, 20, 1)}


def consultation(**edits: Any) -> Consultation:
    """A consultation of acne scars at the cheek to which nothing speaks against."""
    given = {"concern": SCARS, "area.scar_age_days": 2000, "today": TODAY, "clinic.devices": ["exceed"]}
    return parse_consultation(edited(given | {name.replace("__", "."): value for name, value in edits.items()}))


def few(one: Consultation, **given: Any) -> Plan:
    """A plan by few draws and people."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in FEW.items():
            patch.setattr(planning, name, value)
        return plan(one, **given)


@cache
def scars() -> Plan:
    return few(consultation())


# ------------------------------------------------------------------------------------------------- members


def test_people_are_stratified_and_each_stands_for_as_many_draws_as_any_other() -> None:
    parameters = load_parameters()
    found = panel(parameters, draws=60, people=24, each=2, seed=3)
    assert found.size == 120 and found.draws == 60 and found.people == 24
    assert {*np.bincount(found.person.astype(int))} == {5} and {*np.bincount(found.draw.astype(int))} == {2}
    one = next(p for p in parameters if p.variability.kind == "lognormal")
    typical = parameters.draw(60, 3, "uncertainty")[one.name][found.draw]
    scores = np.sort(np.unique(np.round(np.log(found.values[one.name] / typical) / one.variability.a, 9)))
    # one person in each of 24 strata of the normal distribution
    from scipy.special import ndtr

    assert [*np.floor(24.0 * ndtr(scores))] == [*range(24)]
    alike = next(p.name for p in parameters if p.variability.known and not p.uncertainty.known)
    assert (found.values[alike] == parameters.draw(60, 3, "uncertainty")[alike][found.draw]).all()
    again = panel(parameters, draws=60, people=24, each=2, seed=3)
    assert all((again.values[name] == values).all() for name, values in found.values.items())


@pytest.mark.parametrize("exposures", [{}, {"smoking": "20/day"}])
def test_courses_that_share_their_first_sessions_are_those_that_are_solved_alone(exposures: dict[str, str]) -> None:
    patient = replace(consultation().person(TODAY), exposures=exposures)  # type: ignore[arg-type]  # read there
    members = panel(load_parameters(), draws=16, people=8, seed=0)
    source = NeedlePattern(find_device("exceed"), Pass(site="cheek", depth_mm=1.0, passes=4))
    made = {"skin": patient.skin("cheek"), "values": members.values, "parameters": members.parameters, "seed": 0}
    of = [tuple((30.0 * k, source) for k in range(count)) for count in (2, 4)]
    grown, alone = (SharedCourses(**made, until=600.0) for _ in range(2))  # type: ignore[arg-type]
    for sessions in of:
        kept = grown.predicted(sessions, days_of(sessions))
    fresh = alone.predicted(of[-1], days_of(of[-1]))
    exact = alone.predicted(of[-1], days_of(of[-1]), accurate=True)
    for name in ("goodman_baron_grade", "collagen_papillary", "melanin"):
        assert (kept.treated[name] == fresh.treated[name]).all()
        change = np.abs(exact.treated[name] - exact.treated[name][:, :1]).max()
        assert np.median(np.abs(fresh.treated[name] - exact.treated[name])) < 0.03 * change
    assert (fresh.scarred == exact.scarred).all()
    assert grown.solved < 1.6 * alone.solved  # four pieces and the end, and one end more
    assert isinstance(kept, readout.Predicted)


# ------------------------------------------------------------------------------------------------- limits first


def test_a_chance_of_pih_above_the_limit_is_refused_whatever_the_benefit() -> None:
    """Guardrail 1: limits before benefit; what would free a plan is told, and frees it."""
    dark = consultation(patient__phototype=6)
    found = few(dark)
    assert found.recommended is None and found.refusal and not found.alternatives
    (conflict,) = [one for one in found.conflicts if one.limit == "pih_probability"]
    assert conflict.given == DEFAULT_PIH < conflict.needed and conflict.alone
    wider = dark.model_copy(update={"limits": dark.limits.model_copy(update={"pih_probability": 0.95})})
    assert few(wider).recommended is not None


def test_no_recommended_or_alternative_plan_breaks_a_limit() -> None:
    one = consultation(limits={"visits": 4, "downtime_days": 2.7, "pih_probability": 0.2})
    found = few(one)
    assert found.recommended is not None
    for each in (found.recommended, *found.alternatives):
        assert each.burden["visits"] is not None and each.burden["visits"] <= 4
        assert each.downtime.median <= 2.7 and each.pih.upper90 <= 0.2 and each.scarring.upper90 <= 0.25


@pytest.mark.parametrize(
    ("limits", "broken"),
    [
        ({"visits": 1}, {"visits"}),
        ({"event": TODAY + timedelta(days=49)}, {"event"}),
        ({"budget": 100}, {"budget"}),
        ({"pain_vas": 0.1}, {"pain_vas"}),
        ({"minutes": 5}, {"minutes"}),
        ({"depth_mm": 0.3}, {"depth_mm cheek"}),
        ({"interval_days": [60, 90]}, {"interval_days"}),
        ({"visits": 1, "minutes": 5}, {"visits", "minutes"}),
    ],
)
def test_limits_that_no_plan_meets_are_told_with_the_least_change_of_each(
    limits: dict[str, Any], broken: set[str]
) -> None:
    found = few(consultation(limits=limits, clinic__prices={"session": 100}, plan__topical_anaesthetic=True))
    assert found.recommended is None and {one.limit for one in found.conflicts} == broken
    assert all(one.alone == (len(broken) == 1) for one in found.conflicts)
    text = "\n".join(found.to_dict()["summary"])
    assert "frees a plan" in text and all(one.plan in text for one in found.conflicts)


@pytest.mark.parametrize(("weeks", "past"), [(7, True), (16, False)])
def test_an_event_too_near_says_whether_a_plan_could_still_begin_in_time(weeks: int, past: bool) -> None:
    limits, wish = (
        {"event": TODAY + timedelta(weeks=weeks)},
        {"preferences__first_session": TODAY + timedelta(weeks=13)},
    )
    found = few(consultation(limits=limits, **({} if past else wish)))
    (one,) = found.conflicts
    assert one.past == past and ("which is past: begin after the event" in found.summary()) == past
    assert ("days earlier or after the event" in found.summary()) != past


# ------------------------------------------------------------------------------------------------- supported settings


def space(**edits: Any) -> tuple[Choices, Consultation]:
    one = consultation(**edits)
    found, _ = choices(find_device("exceed"), prescribed(one, TODAY).goals, one, TODAY)
    return found, one


def test_every_setting_lies_inside_evidence_site_device_and_rules() -> None:
    """Guardrail 3."""
    found, _ = space()
    (low, high), device = found.bounds["depth cheek"], find_device("exceed")
    assert all(low.value <= depth <= high.value <= device.depth_max_mm for depth in found.depths["cheek"])
    assert found.counts[0] >= 2 and min(found.intervals) >= 30.0  # the label's, by the rule INTERVAL
    assert all(bound.whose for pair in found.bounds.values() for bound in pair)
    shallow, dark = space(patient__phototype=5)
    assert max(shallow.passes["cheek"]) < max(found.passes["cheek"]) and min(shallow.intervals) >= 42.0
    heaviest = shallow.protocol(shallow.at(1.0))
    assert screen(dark, today=TODAY, device="exceed", protocol=heaviest).overall == "adapt"
    melasma, _ = space(concern=[{"name": "melasma", "site": "cheek", "severity": "mmasi:8"}], history__melasma=True)
    assert max(melasma.depths["cheek"]) <= 0.5


def test_a_plan_is_one_step_from_its_neighbours_and_never_outside() -> None:
    found, _ = space()
    seen, waiting = set[Setting](), [found.at(0.0)]
    while waiting:
        one = waiting.pop()
        seen.add(one)
        waiting += [near for near in found.neighbours(one) if near not in seen and near not in waiting]
    for one in seen:
        assert one.count in found.counts and (one.interval in found.intervals or one.count == 1)
        protocol = found.protocol(one)
        assert len(protocol.sessions) == one.count
        days = [day for day, _ in found.sessions(one, "cheek")]
        assert days == pytest.approx([session.day for session in protocol.sessions])
        given = [source.pass_ for _, source in found.sessions(one, "cheek")]
        assert given == [session.passes[0] for session in protocol.sessions]
    whole = len(found.counts) * len(found.depths["cheek"]) * len(found.passes["cheek"]) * len(found.intervals)
    assert len(seen) >= whole


def test_the_plan_that_hits_a_bound_says_which_and_none_is_the_heaviest() -> None:
    """Guardrail 7."""
    found = scars()
    assert found.recommended is not None and found.recommended.setting is not None
    chosen, _ = space()
    assert found.recommended.setting != chosen.at(1.0)
    assert found.recommended.setting.count == chosen.counts[0]
    assert any("is the least that may be proposed" in line for line in found.recommended.why)


# ------------------------------------------------------------------------------------------------- what is recommended


def test_the_lightest_plan_that_is_as_good_as_the_best_is_recommended() -> None:
    """Guardrail 4."""
    found = scars()
    assert found.recommended is not None
    intensive = next(one for one in found.alternatives if "intensive" in one.labels)
    mine, best = (found.marked[one.setting] for one in (found.recommended, intensive) if one.setting is not None)
    assert mine.lightness <= best.lightness
    gap = best.utility - mine.utility
    assert gap.mean() < 1.0 or np.quantile(gap, 0.05) <= 0.0
    assert not found.told_apart and "Evidence does not tell plans apart" in found.summary()


def test_the_lightest_plan_comes_near_a_change_that_matters_where_the_best_one_reaches_it() -> None:
    """Guardrail 4: of severe scars the deeper plans are expected to reach it, and the lightest of all is not."""
    severe = [{"name": "acne_scar", "site": "cheek", "severity": "goodman_baron:4 rolling=100%"}]
    found = few(consultation(concern=severe, patient__phototype=2, preferences__downtime_days=5))
    assert found.recommended is not None and found.recommended.setting is not None
    intensive, gentle = (
        next(one for one in found.alternatives if label in one.labels) for label in ("intensive", "gentle")
    )
    assert intensive.expected >= MATTERS > gentle.expected + WORTHWHILE
    assert found.recommended.expected >= intensive.expected - WORTHWHILE
    assert found.marked[found.recommended.setting].lightness <= found.marked[intensive.setting].lightness  # type: ignore[index]  # it has one
    assert found.recommended.setting != gentle.setting
    assert "a lighter plan falls further short" in found.recommended.why[0]


def test_a_plan_that_is_not_expected_to_matter_says_so_before_it_is_recommended() -> None:
    found = scars()
    (one,) = found.prospects
    assert found.recommended is not None and found.doubtful == (one,)
    assert one.recommended.expected == pytest.approx(found.recommended.expected) and not one.recommended.expects
    assert one.recommended.chance == found.recommended.without_harm["cheek"]["goodman_baron_grade"]
    assert one.nearest.expected == max(one.expected for one in (one.nearest, one.recommended))
    assert one.nearest.expected >= max(each.expected for each in found.alternatives) - 0.02 and not one.nearest.breaches
    first, second, *_ = found.to_dict()["summary"]
    assert first.startswith("No plan within your limits is expected to change Goodman-Baron grade at the cheek by an")
    assert one.nearest.protocol in first and second.startswith("Recommended: ")
    page = plan_page(found)
    assert page.index(next(block for block in page if isinstance(block, Note) and first in block.items)) == 1
    (entry,) = found.to_dict()["prospects"]
    assert entry["expected"] is False and entry["smallest_change"] == 1.0
    assert entry["recommended"]["probability"]["probability"] == one.recommended.chance.probability


def test_a_plan_beyond_the_limits_that_would_reach_it_is_named_with_what_it_needs() -> None:
    severe = [{"name": "acne_scar", "site": "cheek", "severity": "goodman_baron:4 rolling=100%"}]
    limits = {"depth_mm": 1.0}
    found = few(consultation(concern=severe, patient__phototype=2, preferences__visits=8, limits=limits))
    (one,) = found.prospects
    assert not one.nearest.expects and one.beyond is not None and one.beyond.expects
    assert {each.limit for each in one.beyond.breaches} == {"depth_mm cheek"}
    assert "Beyond your limits" in found.summary() and "needle depth (mm) at the cheek instead of 1" in found.summary()


def test_no_session_is_credited_with_more_than_the_one_before_and_splitting_gains_little() -> None:
    """Guardrail 5."""
    found = scars()
    for one in found.alternatives:
        gains = [each.mean for each in one.marginal]
        assert gains == sorted(gains, reverse=True) and len(gains) >= one.burden["visits"]  # type: ignore[operator]
        assert one.stop_after is not None and one.stop_after >= 2
    assert SPLIT == 1.1


def test_what_is_told_is_scored_in_fresh_draws_and_people() -> None:
    """Guardrail 6: at least 400 draws and 64 people, and the optimism of the search is told."""
    draws, people, each = planning.SCORED
    assert draws >= 400 and people >= 64 and planning.SEARCH[1] >= 24 and each >= 1
    found = scars()
    assert found.optimism is not None and "optimism of the search" in str(found.to_dict()["search"]) + _page(found)


def _page(found: Plan) -> str:
    return " ".join(getattr(block, "text", "") for block in plan_page(found))


def test_a_home_roller_has_no_benefit_of_other_studies_and_no_weight_shrinks_harm() -> None:
    """Guardrails 2 and 5."""
    found = scars()
    home, labelled = found.compared_with["home_roller"], found.compared_with["labelled"]
    assert home is not None and labelled is not None
    assert not home.spoken and home.expected < labelled.expected
    assert labelled.spoken == ("goodman_baron_grade",)  # 1.5 mm, as the pooled studies used
    assert labelled.pih.probability > home.pih.probability
    raw = [float(one.score.pih.mean()) for one in found.front]
    assert max(raw) > 0.0 and found.contrast_weight < 1.0


def test_a_target_stops_benefit_where_it_is_reached() -> None:
    goal = Goal(site="cheek", outcome="goodman_baron_grade", target=2.0)
    start = {goal.outcome: np.full(3, 3.0)}
    untreated = {goal.outcome: np.full((3, 2), 3.0)}
    treated = {goal.outcome: np.array([[2.5, 2.5], [2.0, 2.0], [1.0, 1.0]])}
    least = OUTCOMES[goal.outcome].smallest(3.0)
    gain = goal_gain(goal, start, treated, untreated).mean(axis=1) * least
    assert gain.tolist() == [0.5, 1.0, 1.0]


def test_of_a_goal_without_a_size_only_the_direction_is_used() -> None:
    striae = [{"name": "striae", "site": "thigh", "severity": 0.5}]
    found = few(consultation(concern=striae, area__scar_age_days="none", area__striae_age_days=1200))
    assert found.recommended is not None
    entry = found.to_dict()["recommended"]
    (told,) = entry["outcomes"].values()
    assert "median" not in told and 0.0 <= told["better_share"] <= 1.0 and told["direction_only"]
    assert not entry["benefit_without_harm"] and not entry["marginal_gain_per_session"]
    assert entry["benefit"]["unit"] == "share better than untreated" and not found.prospects
    assert found.summary().startswith("Whether any plan changes width of stretch marks at the thigh by an amount")


def test_the_upper_bound_of_a_share_is_that_of_clopper_and_pearson() -> None:
    assert upper_share(np.zeros(100)) == pytest.approx(1.0 - 0.05**0.01)
    assert upper_share(np.ones(10)) == 1.0
    rare = np.arange(100) < 5
    alone = upper_share(rare)
    assert 0.05 < alone < upper_share(rare, [np.arange(100) // 5]) < 1.0  # all five are one person
    assert upper_share(rare, [np.arange(100) % 50]) == pytest.approx(alone, abs=0.02)


def test_the_same_seed_gives_the_same_plan_and_an_early_end_a_whole_answer() -> None:
    first, again = (few(consultation()).to_dict() for _ in range(2))
    for one in (first, again):
        for name in ("seconds", "search_seconds", "solver_share"):
            one["search"].pop(name)
    assert json.dumps(first) == json.dumps(again)
    early = few(consultation(), seconds=0.0)
    assert early.search["finished"] is False and early.recommended is not None
    assert early.to_dict().keys() == first.keys()


def test_a_plan_of_the_users_own_is_scored_beside_the_others() -> None:
    found = few(consultation(), protocol="5 sessions every 4 weeks: skinpen; cheek 1.5 mm, 6 passes")
    yours = found.compared_with["yours"]
    assert yours is not None and yours.burden["visits"] == 5.0 and yours.benefit.median > 0.0
    assert "Your plan" in found.to_dataframe().plan.to_string() or yours.sentence in found.to_dataframe().plan.tolist()


def test_a_protocol_of_the_consultation_is_scored_where_it_treats_the_sites_of_the_goals() -> None:
    sentence = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
    assert few(consultation(plan__protocol=sentence)).compared_with["yours"] is not None
    both = [*SCARS, {"name": "wrinkle", "site": "forehead", "severity": "lemperle:2"}]
    other = few(consultation(concern=both, plan__protocol=sentence))
    assert "yours" not in other.compared_with and other.recommended is not None
    assert any("the sites of the goals" in warning for warning in other.warnings)


def test_goals_and_limits_may_be_a_file_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "goals.toml"
    file.write_text('[[goals]]\noutcome = "goodman_baron_grade"\ntarget = 2\n[limits]\nvisits = 3\n')
    found = few(consultation(), prescription=file)
    assert found.prescription is not None
    (goal,) = found.prescription.goals
    assert (goal.site, goal.target, found.prescription.limits.visits) == ("cheek", 2.0, 3)


def test_sites_are_scored_with_their_own_concerns_and_spared_ones_are_left_out() -> None:
    both = [*SCARS, {"name": "wrinkle", "site": "forehead", "severity": "lemperle:2"}]
    found = few(consultation(concern=both))
    assert found.sites == ("cheek", "forehead") and found.recommended is not None
    document = found.to_dict()["recommended"]
    assert set(document["outcomes"]) == {"cheek", "forehead"}
    assert "wrinkle_grade" in document["outcomes"]["forehead"]
    spared = few(consultation(concern=both, limits={"spare": ["forehead"]}))
    assert spared.sites == ("cheek",)


def test_members_of_one_site_are_those_of_another() -> None:
    """One person's skin heals alike at both sites: plans of two sites are compared in the same people."""
    members = panel(load_parameters(), draws=8, people=8, seed=0)
    patient = consultation().person(TODAY)
    models = [
        SiteModel(
            site=site, patient=patient, panel=members, goals=[], until=500.0, anaesthetic=read_anaesthetic("none")
        )
        for site in ("cheek", "chin")
    ]  # fmt: skip
    assert models[0].courses.values is models[1].courses.values


def test_actives_with_a_sized_effect_are_told_beside_the_plan_and_the_others_are_named() -> None:
    found = scars()
    (plasma,) = [one for one in found.additions if "platelet-rich plasma" in one.what]
    assert set(plasma.changes) == {("cheek", "goodman_baron_grade")} and "compared with saline" in plasma.published
    text = found.summary()
    (told,) = [line for line in text.splitlines() if line.startswith("Beside the needles, platelet-rich plasma")]
    assert "would change Goodman-Baron grade at the cheek by" in told and "Published: scar grade −0.32" in told
    (line,) = [line for line in text.splitlines() if line.startswith("Not part of any plan")]
    assert "exosomes" in line and "Goodman-Baron grade depends on" in line and "Tranexamic" not in line
    for name in ("mmasi", "wrinkle_grade"):
        assert not {*unsized(name)} & {"Platelet-rich plasma", "Tretinoin", "Glycolic acid"}


def test_a_kind_of_device_is_planned_with_a_device_in_the_middle_of_its_class() -> None:
    found = few(consultation(clinic__devices=["pen"], clinic__prices={"session": 90}))
    assert found.recommended is not None and found.recommended.burden["cost"]
    (device,) = found.recommended.protocol.devices
    assert device.inline and device.kind == "pen" and device.id in found.recommended.sentence
    assert any(device.id in line and "assumed" in line for line in found.warnings)
    assert "case" in found.to_dict()


@pytest.mark.parametrize(
    ("kind", "why"), [("frf", "radiofrequency"), ("home", "at home"), ("stamp", "not published: name the device")]
)
def test_a_kind_that_no_device_stands_for_is_refused_with_the_reason(kind: str, why: str) -> None:
    found = few(consultation(clinic__devices=[kind]))
    assert found.recommended is None and found.refusal.startswith("no device at hand can be planned with; ")
    assert why in found.refusal and kind in found.refusal


# ------------------------------------------------------------------------------------------------- not planned


def test_what_cannot_be_planned_for_says_why_with_what_was_published() -> None:
    pores = [{"name": "pores", "site": "cheek", "severity": "present"}]
    found = few(consultation(concern=pores, area__scar_age_days="none"))
    assert found.recommended is None
    (why,) = found.to_dict()["not_planned"]
    assert "hair follicles" in why["why"] and "1 study" in why["published"] and why["sources"]


@pytest.mark.parametrize(
    ("edits", "overall"),
    [
        ({"medication__isotretinoin_last_dose": date(2026, 10, 1)}, "refer"),
        ({"area__active_infection": True}, "wait"),
        ({"history__pregnant": True}, None),
        ({"history__keloid": "unknown"}, "ask"),
        ({"patient__phototype": "unknown"}, None),
    ],
)
def test_without_a_session_by_the_rules_nothing_is_recommended(edits: dict[str, Any], overall: str | None) -> None:
    found = few(consultation(**edits))
    assert found.recommended is None and found.refusal
    document = found.to_dict()
    assert document["recommended"] is None and document["calendar"] == [] and document["summary"]
    assert overall is None or document["screening"]["overall"] == overall


def test_a_waiting_period_moves_the_first_session() -> None:
    found = few(consultation(history__peel_superficial=TODAY - timedelta(days=2)))
    assert found.recommended is not None
    assert found.verdict.until is None or found.recommended.dates[0] >= found.verdict.until
    assert found.recommended.dates[0] == found.first


# ------------------------------------------------------------------------------------------------- the command


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plan") / "c.toml"
    path.write_text(
        edited({"concern": SCARS, "area.scar_age_days": 2000, "today": TODAY, "clinic.devices": ["exceed"]})
    )
    return path


def test_the_command_plans_a_consultation_and_writes_what_is_asked(file: Path, tmp_path: Path) -> None:
    picture, page, calendar = (tmp_path / name for name in ("p.png", "p.html", "p.ics"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in FEW.items():
            patch.setattr(planning, name, value)
        ran = run("plan", str(file), "--json", "--plot", str(picture), "--report", str(page), "--ics", str(calendar))
    assert ran.status == 0, ran.err
    found = ran.json
    wanted = {"screening", "recommended", "alternatives", "compared_with", "indistinguishable", "conflicts",
              "maintenance", "ten_years", "calendar", "search"}  # fmt: skip
    assert wanted <= found.keys() and {"nothing", "home_roller", "labelled"} <= found["compared_with"].keys()
    one = found["recommended"]
    assert {"protocol", "outcomes", "benefit_without_harm", "risk", "burden", "why", "marginal_gain_per_session",
            "stop_after"} <= one.keys()  # fmt: skip
    grade = one["outcomes"]["goodman_baron_grade"]
    assert grade["lower90"] <= grade["median"] <= grade["upper90"] < grade["untreated"] + 0.5
    assert {"pih", "scar"} == one["risk"].keys() and {"visits", "minutes", "downtime_days", "pain_vas"} <= one[
        "burden"
    ].keys()
    assert {"plans", "courses", "seconds", "solver_share", "seed", "finished"} <= found["search"].keys()
    assert (
        picture.stat().st_size > 10_000
        and "Recommended" in page.read_text("utf-8")
        and "BEGIN:VEVENT" in calendar.read_text("utf-8")
    )
    assert "null" not in json.dumps({name: found[name] for name in wanted - {"screening"}})
    assert any(entry["kind"] == "session" for entry in found["calendar"])


def test_the_example_is_printed_and_planned_from(tmp_path: Path) -> None:
    ran = run("plan", "--example")
    assert ran.status == 0 and "[[goals]]" in ran.out and "[limits]" in ran.out


def test_nothing_is_written_where_nothing_is_recommended(file: Path, tmp_path: Path) -> None:
    barred = tmp_path / "barred.toml"
    barred.write_text(file.read_text("utf-8").replace('"active_infection" = false', '"active_infection" = true'))
    assert run("plan", str(barred)).status == 0
    ran = run("plan", str(barred), "--ics", str(tmp_path / "x.ics"))
    assert ran.status == 1 and "screening" in ran.err and not (tmp_path / "x.ics").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "FILE.toml or --example"),
        (("c.toml", "--example"), "FILE.toml or --example"),
        (("missing.toml",), "missing.toml"),
        (("FILE", "--seconds", "-1"), "--seconds"),
        (("FILE", "--seed", "one"), "--seed"),
        (("FILE", "--today", "yesterday"), "--today"),
        (("FILE", "--protocol", "4 sessions"), "protocol"),
        (("FILE", "--protocol", "1 session: exceed; chin 1 mm, 4 passes"), "the sites of the goals"),
        (("FILE", "--prescription", "missing.toml"), "missing.toml"),
        (("FILE", "--plot", "x.doc"), "--plot"),
    ],
)
def test_what_cannot_be_used_is_told(file: Path, words: tuple[str, ...], told: str) -> None:
    ran = run("plan", *(str(file) if word == "FILE" else word for word in words))
    assert ran.status == 2 and told in ran.err and "Traceback" not in ran.err
