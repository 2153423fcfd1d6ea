"""What a changed plan does, for sliders: the numbers of a simulation in the same draws, in a fraction of its time."""

import time

import numpy as np
import pytest

import neodermis as nd
from neodermis.errors import InputError
from neodermis.planning import what_if as module
from neodermis.planning.what_if import MOST_SKINS, WhatIf, what_if

PLAN = "4 sessions every 30 days: exceed; cheek 1 mm, 6 passes"
SCARS = {"acne_scar": "goodman_baron:3"}
#: Largest difference of a median from that of a simulation, as a share of the change.
TOLERANCE = 0.03


def same(one: WhatIf, other: WhatIf) -> bool:
    return one.outcomes == other.outcomes and one.day == other.day


@pytest.mark.parametrize("changes", [{}, {"depth_mm": 1.5}, {"sessions": 6}, {"interval_days": 45, "passes": 3}])
def test_medians_and_intervals_are_those_of_a_simulation_in_the_same_draws(changes: dict[str, float]) -> None:
    found = what_if(PLAN, concerns=SCARS, **changes)
    course = nd.simulate(found.protocol, draws=24, concerns=SCARS)
    site = course.sites["cheek"]
    grade, collagen, pih = found.outcomes["cheek"]
    assert [one.outcome for one in (grade, collagen, pih)] == [
        "goodman_baron_grade", "collagen_papillary", "pih_probability",
    ]  # fmt: skip
    assert found.day == course.protocol.last_day + 90.0
    for one in (grade, collagen):
        there = np.quantile(site.at(one.outcome, found.day), (0.5, 0.05, 0.95))
        change = abs(there[0] - np.median(site.values[one.outcome][:, 0]))
        assert np.abs(np.array(one.treated) - there)[0] < TOLERANCE * change
        assert one.treated.lower90 == pytest.approx(there[1], rel=0.02)
        assert one.treated.upper90 == pytest.approx(there[2], rel=0.02)
    assert pih.treated.median == pytest.approx(np.median(site.pih), rel=0.1) and pih.untreated is None


def test_a_plan_that_is_edited_by_hand_has_the_numbers_of_the_changed_one() -> None:
    edited = what_if(PLAN.replace("1 mm", "1.5 mm").replace("4 sessions", "3 sessions"), concerns=SCARS)
    assert same(edited, what_if(PLAN, concerns=SCARS, depth_mm=1.5, sessions=3))


def test_the_order_of_calls_changes_nothing_and_few_skins_are_kept() -> None:
    module._SKINS.clear()
    first = what_if(PLAN, age=30)
    assert not first.reused
    for age in (40, 50, 60, 70):
        what_if(PLAN, age=age, sessions=2)
    assert len(module._SKINS) == MOST_SKINS
    deep = what_if(PLAN, age=70, depth_mm=1.5)
    again = what_if(PLAN, age=30)
    assert deep.reused and not again.reused and same(first, again)
    assert not same(again, what_if(PLAN, age=30, seed=1))


def test_deeper_needles_raise_collagen_and_text_says_so_with_the_time() -> None:
    shallow, deep = (what_if(PLAN, depth_mm=depth).outcomes["cheek"][1] for depth in (0.5, 1.5))
    assert deep.treated.median > shallow.treated.median > (shallow.untreated or deep.treated).median
    text = str(what_if(PLAN, concerns=SCARS, day=200))
    assert "day 200" in text and "Goodman-Baron grade" in text and text.endswith(" ms")


def test_sites_have_outcomes_of_their_own() -> None:
    found = what_if("3 sessions every 6 weeks: exceed; cheek 1 mm, 4 passes; periorbital 0.5 mm, 2 passes")
    assert set(found.outcomes) == {"cheek", "periorbital"}
    found = what_if(found.case, **{"depth_mm.cheek": 1.5})
    assert "cheek 1.5 mm" in found.protocol.sentence and "periorbital 0.5 mm" in found.protocol.sentence


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"depht_mm": 1.0}, "did you mean 'depth_mm'"),
        ({"depth_mm.chin": 1.0}, "did you mean|accepted: depth_mm"),
        ({"depth_mm": 9.0}, "0 to 1.5 mm"),
        ({"draws": 1}, "2 to 1000|2 to 1,000"),
        ({"day": -1}, "ten years after the last"),
        ({"device": "no_such"}, "unknown device"),
    ],
)
def test_what_cannot_be_changed_says_what_can(changes: dict[str, float], text: str) -> None:
    with pytest.raises(InputError, match=text):
        what_if(PLAN, **changes)


def test_a_site_that_is_first_treated_later_is_left_to_simulate() -> None:
    plan = f"{PLAN}; then 2 sessions every 30 days: exceed; forehead 0.8 mm, 4 passes"
    with pytest.raises(InputError, match="from the first session on"):
        what_if(plan)


@pytest.mark.slow
def test_it_takes_at_most_half_the_time_of_a_simulation() -> None:
    def best(call: object, times: int = 5) -> float:
        took = []
        for number in range(times):
            begun = time.perf_counter()
            call(number)  # type: ignore[operator]  # a function of the number of the run
            took.append(time.perf_counter() - begun)
        return min(took)

    depths = (0.7, 0.8, 0.9, 1.1, 1.2, 1.3)
    nd.simulate(PLAN, draws=24, concerns=SCARS)
    what_if(PLAN, concerns=SCARS)
    whole = best(lambda k: nd.simulate(PLAN.replace("1 mm", f"{depths[k]} mm"), draws=24, concerns=SCARS))
    moved = best(lambda k: what_if(PLAN, concerns=SCARS, depth_mm=depths[k]))
    fresh = best(lambda k: what_if(PLAN, concerns=SCARS, seed=k + 1))
    assert moved <= 0.5 * whole and fresh <= 0.5 * whole, f"{moved:.3f} and {fresh:.3f} of {whole:.3f} s"
