"""A plan of several phases under the rules and in dated care: the strictest of them, and each session as it is."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from tests.care.consultations import TODAY, consultation
from tests.care.test_aftercare import NOTHING, entry, injured
from tests.care.test_plan_facts import screened, under

from neodermis.api import read
from neodermis.care.aftercare import Care, plan_care, session_dates
from neodermis.care.plan_facts import plan_facts
from neodermis.care.suitability import adapted_protocol, screen, strictest
from neodermis.errors import LimitError
from neodermis.people import Patient

FIRST = "2 sessions every 30 days: skinpen_precision; cheek 1.5 mm, 6 passes"
LATER = "then 2 sessions every 14 days: exceed; forehead 0.5 mm, 4 passes; dexpanthenol 5 % after 30 hours"
HOME = f"{FIRST}; home tretinoin 0.05 % daily, stop 5 days before, resume 7 days after; {LATER}"
PHASES = f"{FIRST}; {LATER}"
DARK = {"patient.phototype": 5}


def cared(sentence: str, *, start: date = date(2027, 3, 1), weekdays: bool = False, simulated: bool = False) -> Care:
    phases = injured(sentence).phases if simulated else ()
    return plan_care(
        read(sentence), Patient(phototype=3), start, circumstances=NOTHING, weekdays=weekdays, phases=phases
    )


def test_the_strictest_of_the_phases_is_held_to_the_rules() -> None:
    facts = plan_facts(read(HOME), 24.0)
    assert facts.answers["plan.depth_mm"] == 1.5 and facts.answers["plan.interval_days"] == 14
    assert facts.answers["plan.home_strong_retinoid_stop_days"] == 5
    assert facts.sites == ("cheek", "forehead")
    assert "as near as 14 days" in facts.words["plan.interval_days"]
    near = f"{FIRST}; and 1 session from day 20: exceed; cheek 0.5 mm, 4 passes"
    assert plan_facts(read(near), 24.0).answers["plan.interval_days"] == 10


def test_the_rules_change_every_phase() -> None:
    plain, done = under(PHASES), under(PHASES, DARK)
    assert plain.protocol.phases[1].interval_days >= 14
    for before, after in zip(read(PHASES).phases, done.protocol.phases, strict=True):
        assert after.interval_days == 42 and after.device == before.device
        assert [one.passes for one in after.treatments] == [one.passes * 3 // 4 for one in before.treatments]
    assert done.protocol.phases[0].treatments[0].depth_mm < 1.5
    days = done.protocol.session_days
    assert all(later - before == 42 for before, later in pairwise(days))
    # a phase that begins on a day of its own follows as far apart
    moved = under(f"{FIRST}; then 1 session from day 45: exceed; forehead 0.5 mm, 4 passes", DARK)
    assert moved.protocol.session_days == (0, 42, 84) and any("instead of 15" in line for line in moved.changes)


def test_phases_between_one_another_are_refused_where_the_rules_keep_sessions_apart() -> None:
    plan = f"{FIRST}; and 1 session from day 15: exceed; cheek 0.5 mm, 4 passes"
    with pytest.raises(LimitError, match="sessions of two phases") as caught:
        adapted_protocol(read(plan), screened(plan, DARK))
    assert "42 days apart" in str(caught.value) and "'then' instead of 'and'" in str(caught.value)


def test_of_several_devices_what_weighs_most_counts() -> None:
    one = consultation({"patient.phototype": 6})
    each = [screen(one, today=TODAY, device=name, protocol=read(PHASES)) for name in ("skinpen_precision", "exceed")]
    both = strictest(each)
    assert {finding.rule.id for finding in both.findings} == {f.rule.id for v in each for f in v.findings}
    assert both.overall in {verdict.overall for verdict in each}
    assert strictest(each[:1]) == each[0] and strictest([*each, *each]).findings == both.findings


def test_each_session_is_cared_for_as_its_phase_does() -> None:
    care = cared(PHASES, simulated=True)
    assert [begin.date() for begin in care.begins] == [date(2027, 3, 1) + timedelta(d) for d in (0, 30, 44, 58)]
    pain = {n: [one.site for one in entry(care, "session", n).simulated] for n in (1, 3)}
    assert "forehead" not in pain[1] and "cheek" not in pain[3] and "forehead" in pain[3]
    deep, shallow = (entry(care, "resume.makeup", number) for number in (1, 3))
    assert max(s.interval.median for s in deep.simulated) >= max(s.interval.median for s in shallow.simulated)
    put_on = {one.session for one in care.entries if one.id == "active.dexpanthenol"}
    assert put_on == {3, 4}
    (settings,) = [check.texts["practitioner"] for check in care.checklist if "SkinPen" in str(check.texts)]
    assert "1.5 mm" in settings and "forehead 0.5 mm" in settings and "3, 4" in settings
    alone = cared(FIRST, simulated=True)
    assert [e.start for e in care.of_session(1)] == [e.start for e in alone.of_session(1)]
    assert {e.id for e in care.of_session(4)} >= {e.id for e in alone.of_session(2) if e.kind == "follow-up"}


def test_home_use_stops_before_the_first_session_of_the_next_phase_and_is_not_resumed_after_it() -> None:
    care = cared(HOME)
    stops = [entry(care, "pre.retinoid", number).start for number in (1, 2, 3)]
    assert stops == [begin.date() - timedelta(days=5) for begin in care.begins[:3]]
    assert entry(care, "pre.retinoid", 3).because and not entry(care, "pre.retinoid", 4).because


def test_working_days_keep_the_gaps_of_the_phases() -> None:
    plan = read(PHASES)
    days = session_dates(plan, date(2027, 3, 6), weekdays=True)  # a Saturday
    assert all(day.weekday() < 5 for day in days)
    gaps = [(after - before).days for before, after in pairwise(days)]
    assert all(gap >= least for gap, least in zip(gaps, (30, 14, 14), strict=True))
