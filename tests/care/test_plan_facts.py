"""What a protocol says is held to the rules by which the person is screened."""

from typing import Any

import pytest
from tests.care.consultations import TODAY, consultation, rule

from neodermis.api import read
from neodermis.care.advice import load_care
from neodermis.care.plan_facts import NO_PROTOCOL, plan_facts
from neodermis.care.suitability import Adapted, Verdict, adapted, screen
from neodermis.treatment.active import find_active, load_actives

SESSION = "1 session: exceed; cheek 1.0 mm, 4 passes"
ACTIVES = [*load_actives().values()]


def screened(sentence: str, edits: dict[str, Any] | None = None, closed_hours: float = 0.0) -> Verdict:
    plan = read(sentence)
    one = consultation(edits)
    return screen(one, today=TODAY, device=plan.phases[0].device.id, protocol=plan, closed_hours=closed_hours)


def under(sentence: str, edits: dict[str, Any] | None = None) -> Adapted:
    return adapted(read(sentence), screened(sentence, edits))


@pytest.mark.parametrize("active", [one.id for one in ACTIVES if one.open_skin == "never"])
def test_every_unsterile_active_on_open_channels_rules_the_session_out(active: str) -> None:
    found = screened(f"{SESSION}; {active}")
    assert found.overall == "no"
    one = rule(found, "TOPICAL-NONSTERILE")
    assert one is not None and active in one.because and "open channels" in one.because
    left = adapted(read(f"{SESSION}; {active}"), found)
    assert not left.protocol.actives and any(active in change for change in left.changes)


@pytest.mark.parametrize("active", [one.id for one in ACTIVES if one.open_skin == "prescriber"])
def test_a_drug_on_open_channels_is_for_the_prescriber(active: str) -> None:
    found = screened(f"{SESSION}; {active}")
    assert found.overall == "refer"
    one = rule(found, "TOPICAL-NONSTERILE")
    assert one is not None and (one.result, one.override) == ("refer", "prescriber")


@pytest.mark.parametrize("active", [one.id for one in ACTIVES if one.open_skin == "sterile only"])
def test_what_is_made_for_open_skin_is_not_ruled_out(active: str) -> None:
    assert rule(screened(f"{SESSION}; {active}"), "TOPICAL-NONSTERILE") is None


def test_channels_are_open_for_a_day_or_for_the_simulated_time() -> None:
    hours = load_care().open_channel_hours
    early, late = (f"{SESSION}; l_ascorbic_acid after {at:g} hours" for at in (hours - 1, hours + 6))
    assert screened(early).overall == "no"
    assert screened(late).overall == "go"
    assert screened(late, closed_hours=hours + 7).overall == "no"
    assert not adapted(read(late), screened(late, closed_hours=hours + 7)).protocol.actives


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("4 sessions every week: dermapen_4; cheek 1.5 mm, 6 passes", 28),
        ("4 sessions every 27 days: dermapen_4; cheek 0.75 mm, 6 passes", 28),
        ("4 sessions every 28 days: dermapen_4; cheek 1.5 mm, 6 passes", None),
        ("4 sessions every week: dermapen_4; cheek 0.5 mm, 6 passes", 14),
        ("4 sessions every 2 weeks: dermapen_4; cheek 0.25 mm, 6 passes", None),
    ],
)
def test_sessions_that_follow_too_soon_are_set_apart(sentence: str, days: float | None) -> None:
    found = screened(sentence)
    one = rule(found, "INTERVAL")
    done = adapted(read(sentence), found)
    if days is None:
        assert one is None and done.protocol == read(sentence)
        return
    assert one is not None and one.result == "adapt" and "repeats sessions" in one.because
    assert done.protocol.phases[0].interval_days == days
    assert done.changes == (
        f"{days} days between sessions instead of {read(sentence).phases[0].interval_days:g} (INTERVAL)",
    )


def test_the_interval_is_counted_by_the_device_that_has_days_of_its_own() -> None:
    sentence = "4 sessions every week: exceed; cheek 1.5 mm, 6 passes"
    found = rule(screened(sentence), "INTERVAL")
    assert found is not None
    label = found.rule.label.get("exceed")
    expected = 28 if label is None or label.days is None else label.days
    assert under(sentence).protocol.phases[0].interval_days == expected


@pytest.mark.parametrize(
    ("home", "edits", "expected"),
    [
        ("retinol daily, stop 2 days before", {}, "home retinol 0.3 % daily, stop 5 days before"),
        ("retinol daily, stop 5 days before", {}, None),
        ("tretinoin daily", {}, "stop 5 days before"),
        ("tretinoin daily, stop 5 days before", {"area.sensitive": True}, "stop 7 days before"),
        ("glycolic_acid daily, stop 1 day before", {}, "stop 5 days before"),
        ("niacinamide daily", {}, None),
    ],
)
def test_home_use_pauses_as_before_the_first_session(home: str, edits: dict[str, Any], expected: str | None) -> None:
    sentence = f"3 sessions every 5 weeks: dermapen_4; cheek 1 mm, 4 passes; home {home}"
    done = under(sentence, edits)
    if expected is None:
        assert done.protocol == read(sentence)
    else:
        (use,) = done.protocol.home
        assert str(use).endswith(expected.removeprefix("home retinol 0.3 % daily, "))
        assert any(change.startswith(f"home {use.active}: paused") for change in done.changes)


def test_home_use_that_no_pause_fits_is_left_out() -> None:
    plan = "3 sessions every 2 weeks: dermapen_4; cheek 0.5 mm, 4 passes; home retinol daily, resume 10 days after"
    done = under(plan)
    assert not done.protocol.home and any("retinol" in change and "left out" in change for change in done.changes)


def test_sites_of_the_protocol_count_beside_those_of_the_concerns() -> None:
    edits = {"concern": [{"name": "striae", "site": "abdomen"}], "history.hsv_history": True}
    on_face = "1 session: exceed; upper_lip 0.5 mm, 4 passes"
    assert rule(screened("1 session: exceed; abdomen 1 mm, 4 passes", edits), "HSV-HISTORY") is None
    assert rule(screened(on_face, edits), "HSV-HISTORY") is not None


def test_an_anaesthetic_in_the_sentence_counts_as_planned() -> None:
    assert rule(screened(SESSION), "ANAES-DOSE") is None
    assert rule(screened(f"{SESSION}; lidocaine"), "ANAES-DOSE") is not None


def test_without_a_protocol_nothing_of_it_is_asked() -> None:
    found = screen(consultation(), today=TODAY)
    assert found.overall == "go" and not {*found.worth_asking} & {*NO_PROTOCOL}
    assert plan_facts(None, 24.0).sites == ()


def test_every_adapted_plan_is_one_that_the_rules_no_longer_change() -> None:
    sentence = f"6 sessions weekly: dermapen_4; cheek 1.5 mm, 8 passes; {ACTIVES[0].id}; home tretinoin daily"
    assert find_active(ACTIVES[0].id).open_skin == "never"
    done = under(sentence, {"patient.phototype": 5})
    again = screen(consultation({"patient.phototype": 5}), today=TODAY, device="dermapen_4", protocol=done.protocol)
    assert rule(again, "INTERVAL") is None and rule(again, "TOPICAL-NONSTERILE") is None
    assert rule(again, "RETINOID-TOPICAL") is None
