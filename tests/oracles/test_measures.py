"""Links from the state to instruments and scales, against closed forms and the figures that they rest on."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neodermis
from neodermis.evidence import load_parameters
from neodermis.people.concern import read_concern
from neodermis.simulation.session import structured
from neodermis.skin import ageing, measures, raters
from neodermis.skin.ageing import AgeingParameters
from neodermis.skin.measures import MeasureParameters, graded
from neodermis.skin.outcomes import OUTCOMES

SHIPPED = load_parameters()
CENTRAL = {p.name: np.array([[p.value]]) for p in SHIPPED}
P: MeasureParameters = structured(MeasureParameters, CENTRAL, SHIPPED)
BY_AGE: AgeingParameters = structured(AgeingParameters, CENTRAL, SHIPPED)
RENEWAL = CENTRAL["elastin_renewal_rate"] / 1.0
shares = st.floats(0.0, 1.0)
rate_time_course = st.floats(-20.0, 20.0)


def test_a_grade_starts_where_it_starts_and_falls_by_the_share_made_good() -> None:
    assert graded(np.array(0.6), np.array(0.0)) == 0.6
    assert graded(np.array(0.6), np.array(np.log(2.0))) == pytest.approx(0.3)
    assert graded(np.array(0.6), np.array(np.inf)) == 0.0
    assert graded(np.array(0.6), np.array(np.inf), np.array(0.5)) == pytest.approx(0.3)  # half of it cannot be mended


def test_its_slope_at_the_start_is_the_same_on_both_sides() -> None:
    start, step = np.array(0.4), 1e-6
    up, down = ((graded(start, np.array(x)) - start) / x for x in (step, -step))
    assert up == pytest.approx(-0.4, rel=1e-4) and down == pytest.approx(-0.4, rel=1e-4)


@given(start=shares, one=rate_time_course, other=rate_time_course, part=shares)
def test_a_grade_stays_on_its_scale_and_never_rises_with_the_drive(
    start: float, one: float, other: float, part: float
) -> None:
    low, high = sorted((one, other))
    worse, better = (float(graded(np.array(start), np.array(x), np.array(part))) for x in (low, high))
    assert 0.0 <= better <= worse + 1e-12 <= 1.0 + 1e-9


def test_suction_reads_the_published_ends_of_its_range_in_the_young_and_in_the_old() -> None:
    for age, kept in ((25.0, "young"), (70.0, "old")):
        rest = measures.at_rest(np.array([[age]]), np.zeros((1, 1)), RENEWAL, P, BY_AGE)
        elastin = ageing.elastin(np.array([[age]]), RENEWAL, BY_AGE)
        share = P.elasticity_elastin_share
        index = share * np.log(elastin) + (1.0 - share) * rest.young
        for name, ends in (("r2", (0.82, 0.66)), ("r5", (0.92, 0.60)), ("r7", (0.52, 0.37))):
            young, old = getattr(P, f"{name}_young"), getattr(P, f"{name}_old")
            read = float(measures._suction(young, old, index, rest).item())
            assert read == pytest.approx(ends[kept == "old"], abs=1e-9)


def test_phototypes_part_at_the_published_melanin_indices() -> None:
    for phototype, index in ((3.5, 42.0), (4.5, 47.0)):
        assert float((P.melanin_index_bare + P.melanin_index_per_type * phototype).item()) == pytest.approx(index)


def test_a_cohort_of_mean_grade_three_and_two_fifths_scores_as_published() -> None:
    assert read_concern("acne_scar", "goodman_baron_score:16.39").severity == pytest.approx(3.4 / 4.0, rel=2e-3)
    above = read_concern("acne_scar", "goodman_baron_score:40")
    assert above.severity == 1.0 and above.beyond


def test_half_of_the_signs_of_ageing_have_come_at_fifty() -> None:
    signs = [
        float(measures.at_rest(np.array([[age]]), np.zeros((1, 1)), RENEWAL, P, BY_AGE).sign.item())
        for age in (40.0, 50.0, 60.0)
    ]
    assert signs == pytest.approx([0.119, 0.5, 0.881], abs=1e-3)


def test_instruments_add_nothing_and_each_judge_adds_to_the_one_before() -> None:
    p = structured(raters.RaterParameters, CENTRAL, SHIPPED)
    added = [float(np.asarray(raters.offset(name, 1e6, p)).item()) for name in raters.RATERS]
    assert added[0] == 0.0 and added == sorted(added) and added[1] < added[2] < added[3]
    at_once = [float(np.asarray(raters.offset(name, 0.0, p)).item()) for name in raters.RATERS]
    assert at_once == [0.0] * 4
    half = float(np.asarray(raters.offset("self", SHIPPED["rater_time"].value, p)).item())
    assert half == pytest.approx(added[3] / 2.0)


COURSE: dict[str, Any] = {"draws": 1, "until": 200.0}
TWO = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
SHAM = "1 session: exceed; cheek 1.5 mm, 0 passes"


def test_a_sham_changes_no_measure() -> None:
    for concern in ({"acne_scar": "0.6", "melasma": "0.5"}, {"burn_scar": "vss:7"}):
        site = neodermis.simulate(SHAM, concerns=concern, **COURSE).sites["cheek"]
        for name in site.values:
            assert site.values[name] == pytest.approx(site.untreated[name], rel=1e-6, abs=1e-9), name


def test_measures_of_a_concern_are_there_only_with_it() -> None:
    plain = neodermis.simulate(TWO, **COURSE).sites["cheek"]
    scarred = neodermis.simulate(TWO, concerns={"acne_scar": "goodman_baron:3"}, **COURSE).sites["cheek"]
    striae = neodermis.simulate(TWO, concerns={"striae": "0.5"}, **COURSE).sites["cheek"]
    spots = neodermis.simulate(TWO, concerns={"melasma": "mmasi:8"}, **COURSE).sites["cheek"]
    of_scars = {"scar_severity", "goodman_baron_grade", "goodman_baron_score", "ecca_score"}
    of_scars |= {f"scar_severity_{kind}" for kind in ("rolling", "boxcar", "ice_pick")}
    assert set(scarred.values) - set(plain.values) == of_scars
    assert set(striae.values) - set(plain.values) == {"scar_severity", "striae_width"}
    assert set(spots.values) - set(plain.values) == {"melanin_contrast", "mmasi", "masi"}
    assert scarred.values["goodman_baron_grade"][0, 0] == 3.0
    assert spots.values["mmasi"][0, 0] == pytest.approx(8.0)


def test_grades_go_the_way_of_the_collagen_and_stay_on_their_scales() -> None:
    site = neodermis.simulate(TWO, concerns={"acne_scar": "goodman_baron:3"}, age=55, **COURSE).sites["cheek"]
    gain = site.gain()[0]
    grade = site.values["goodman_baron_grade"][0]
    rising = np.diff(gain) > 1e-9
    assert (np.diff(grade)[rising] < 0).all() and rising.any()
    for name, values in site.values.items():
        limits = OUTCOMES[name].range
        if limits is not None:
            assert limits[0] - 1e-9 <= values.min() and values.max() <= limits[1] + 1e-9, name
    assert site.values["wrinkle_grade"][0, -1] < site.untreated["wrinkle_grade"][0, -1]
    assert site.values["cutometer_r2"][0].max() > site.values["cutometer_r2"][0, 0]


def test_every_outcome_says_what_it_is() -> None:
    for outcome in OUTCOMES.values():
        assert outcome.definition and outcome.instrument and outcome.unit
        assert outcome.smallest_change > 0 and outcome.smallest_change_whose
        if outcome.kind == "measure":
            assert outcome.link
        if outcome.raters and outcome.unit in ("grade", "point"):
            assert outcome.range is not None
