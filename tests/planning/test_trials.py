"""Virtual trials: designs as data, randomisation, readings, analyses against closed forms, and the result's outputs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import neodermis as nd
from neodermis.errors import InputError
from neodermis.trials import power
from neodermis.trials.analysis import Readings, adjusted, analyse
from neodermis.trials.design import example, read_design
from neodermis.trials.trial import TrialResult, trial
from neodermis.uncertain import Interval

NEEDLING = {"id": "needling", "protocol": "1 session: exceed; cheek 1.5 mm, 6 passes"}
SHAM = {"id": "sham", "protocol": "1 session: exceed; cheek 0 mm, 6 passes"}
UNTREATED = {"id": "untreated", "protocol": "none"}


def design(**changed: Any) -> dict[str, Any]:
    outcome = {"name": "goodman_baron_grade", "day": 60, "analysis": "ancova", "rater": "blinded"}
    return {
        "design": "parallel", "people": 60, "control": "sham", "visits": {"days": [30, 60], "window": 5},
        "population": {"concerns": {"acne_scar": "goodman_baron:3"}, "severity_sd": 0.1},
        "arm": [NEEDLING, SHAM, UNTREATED], "outcome": [outcome],
    } | changed  # fmt: skip


def of(**changed: Any) -> dict[str, Any]:
    return {"name": "goodman_baron_grade", "day": 60, "analysis": "ancova"} | changed


@pytest.fixture(scope="module")
def parallel() -> TrialResult:
    return trial(design(
        eligibility={"age": [18, 60]}, randomisation={"block": 6, "strata": ["sex"]}, missed_visits=0.1,
        arm=[{**NEEDLING, "dropout": 0.4}, SHAM, UNTREATED],
        outcome=[
            of(rater="blinded", reading_error=0.2),
            of(rater="blinded", analysis="mixed model", role="secondary", reading_error=0.2),
            of(rater="self", analysis="risk difference", role="secondary", responder=0.5, reading_error=0.2),
            of(rater="unblinded", analysis="ordinal", role="secondary", reading_error=0.2),
        ],
    ))  # fmt: skip


@pytest.fixture(scope="module")
def sides() -> TrialResult:
    return trial(design(
        design="split-face", control="untreated", arm=[NEEDLING, UNTREATED], missing="last observation",
        people=30, missed_visits=0.3, outcome=[of(rater="blinded", analysis="paired t-test", reading_error=0.0)],
    ))  # fmt: skip


# ------------------------------------------------------------------------------------------------- trials


def test_every_assessed_person_is_excluded_or_randomised(parallel: TrialResult) -> None:
    flow = parallel.flow
    assert sum(flow.excluded.values()) + flow.randomised == flow.assessed == 60
    assert sum(arm.allocated for arm in flow.arms.values()) == flow.randomised
    assert all(arm.analysed <= arm.allocated - arm.lost for arm in flow.arms.values())
    assert flow.arms["needling"].lost > 0 == flow.arms["sham"].lost
    # blocks of six within two strata: arms differ by less than two blocks
    sizes = [arm.allocated for arm in flow.arms.values()]
    assert max(sizes) - min(sizes) <= 4


def test_a_trial_is_the_same_again_and_another_with_another_seed() -> None:
    small = design(people=12, arm=[NEEDLING, SHAM])
    one, same, other = trial(small), trial(small), trial(small, seed=1)
    assert one.estimates == same.estimates
    assert one.estimates[0].estimate != other.estimates[0].estimate


def test_a_sham_and_no_treatment_change_nothing_but_the_readings(parallel: TrialResult) -> None:
    simulated = {one.arm: one.simulated for one in parallel.estimates}
    assert simulated["untreated"] == pytest.approx(0.0, abs=1e-6)
    assert simulated["needling"] < -0.01


def test_a_rater_who_knows_the_arm_adds_bias_only_where_needles_enter(parallel: TrialResult) -> None:
    means = {
        (number, arm): parallel.change(number, arm, 1)[0]
        for number in (0, 2, 3)
        for arm in ("needling", "sham", "untreated")
    }
    assert means[3, "needling"] < means[0, "needling"] - 0.05  # unblinded
    assert abs(means[3, "untreated"] - means[0, "untreated"]) < 0.3  # reading error alone
    assert means[2, "sham"] < means[2, "untreated"] - 0.1  # the patient does not know a sham


def test_sides_of_a_person_are_paired_without_reading_error(sides: TrialResult) -> None:
    """With readings that have no error the effect is that of the simulation and the rater, and its spread is small."""
    one = sides.estimates[0]
    assert one.estimate is not None and one.lower is not None and one.upper is not None
    assert one.lower < one.estimate < one.upper < 0.0
    assert one.estimate == pytest.approx(one.simulated, rel=0.5)
    start = sides.baseline[0]
    assert np.array_equal(start[sides.rows_of("needling")], start[sides.rows_of("untreated")])


def test_the_last_observation_is_carried_forward(sides: TrialResult) -> None:
    assert np.isfinite(sides.readings[0]).all()
    assert sides.flow.arms["needling"].analysed == sides.flow.randomised
    # a person who missed every visit keeps the reading before treatment
    assert (sides.readings[0] == sides.baseline[0][:, None]).all(axis=1).any()


def test_readings_stay_on_the_scale_and_visits_in_their_window(parallel: TrialResult) -> None:
    readings = np.concatenate([parallel.readings[number].ravel() for number in range(4)])
    assert np.nanmin(readings) >= 0.0 and np.nanmax(readings) <= 4.0
    assert np.isnan(readings).any()
    assert np.abs(parallel.visit_day - np.array([30.0, 60.0])).max() <= 5.0


def test_secondary_outcomes_are_not_adjusted(parallel: TrialResult) -> None:
    assert all((one.p_adjusted is None) == (one.asked.role == "secondary") for one in parallel.estimates)
    primary = [one for one in parallel.estimates if one.asked.role == "primary"]
    assert all((one.p_adjusted or 0.0) >= (one.p or 0.0) for one in primary)


def test_adverse_events_are_counted_in_treated_arms_alone(parallel: TrialResult) -> None:
    assert set(parallel.events) == {"needling", "sham"}
    assert all(count == 0 for count, _ in parallel.events["sham"].values())


# ------------------------------------------------------------------------------------------------- analyses


def readings(shift: float, n: int = 60, visits: int = 2) -> Readings:
    rng = np.random.default_rng(4)
    treated, baseline = np.repeat([0.0, 1.0], n), rng.normal(3.0, 0.5, 2 * n)
    values = baseline[:, None] + rng.normal(0.0, 0.5, (2 * n, visits)) + shift * treated[:, None]
    gain = baseline - values[:, -1]
    return Readings(
        treated=treated, person=np.arange(2 * n), baseline=baseline, values=values, visit=visits - 1,
        responds=(gain > 0.2).astype(float),
    )  # fmt: skip


def test_the_t_test_is_that_of_welch() -> None:
    given = readings(-0.3)
    change, treated = given.values[:, -1] - given.baseline, given.treated > 0
    known = stats.ttest_ind(change[treated], change[~treated], equal_var=False)
    ends = known.confidence_interval(0.95)
    fit = analyse(given, "t-test", 0.05)
    assert fit is not None
    assert (fit.p, fit.lower, fit.upper) == pytest.approx((known.pvalue, ends.low, ends.high), rel=1e-9)


def test_the_paired_test_is_of_the_differences_within_people() -> None:
    given = readings(-0.3)
    pairs = Readings(**{**vars(given), "person": np.tile(np.arange(60), 2)})
    change = given.values[:, -1] - given.baseline
    known = stats.ttest_rel(change[60:], change[:60])
    fit = analyse(pairs, "paired t-test", 0.05)
    assert fit is not None and fit.p == pytest.approx(known.pvalue, rel=1e-9)


@pytest.mark.parametrize("analysis", ["ancova", "mixed model", "ordinal", "risk difference"])
def test_an_effect_is_found_in_its_direction_and_none_where_there_is_none(analysis: Any) -> None:
    with_effect, without = analyse(readings(-0.8), analysis, 0.05), analyse(readings(0.0), analysis, 0.05)
    assert with_effect is not None and without is not None
    null = 1.0 if analysis == "ordinal" else 0.0
    assert with_effect.p < 1e-3 and without.p > 0.01
    assert (with_effect.estimate > null) == (analysis == "risk difference")
    assert without.lower < null < without.upper


def test_too_few_readings_give_no_estimate() -> None:
    given = readings(-0.3)
    values = given.values.copy()
    values[2:60] = np.nan
    for analysis in ("t-test", "ancova", "mixed model", "risk difference"):
        assert analyse(Readings(**{**vars(given), "values": values}), analysis, 0.05) is None  # type: ignore[arg-type]


def test_holm_adjusts_the_smallest_most() -> None:
    assert adjusted([0.01, 0.04, 0.03], "holm", 0.05) == pytest.approx([0.03, 0.06, 0.06])
    assert adjusted([0.01, 0.04], "none", 0.05) == [0.01, 0.04]


# ------------------------------------------------------------------------------------------------- power


@pytest.fixture(scope="module")
def powered() -> TrialResult:
    """A small trial whose power is computed at two sizes, from few people, draws and trials."""
    few = {"SIZES": (6, 120), "DRAWS": 6, "POOL": 40, "TRIALS": 30}
    with pytest.MonkeyPatch.context() as patched:
        for name, value in few.items():
            patched.setattr(power, name, value)
        return trial(design(people=20, arm=[NEEDLING, SHAM], outcome=[of(name="collagen_papillary")]), power=True)


def test_more_people_show_an_effect_more_often(powered: TrialResult) -> None:
    found = powered.power
    assert found is not None and found.trials == 30
    small, large = found.sizes
    assert small.conditional.median < large.conditional.median
    assert small.assurance.median <= large.assurance.median <= found.ceiling + 0.2
    assert found.effect.lower90 < found.effect.median < found.effect.upper90
    assert found.effect == found.without_bias  # an instrument has none


def test_power_stands_in_the_document_and_the_sentences(powered: TrialResult) -> None:
    document = powered.to_dict()
    assert document["power"]["n"] == [6, 120] and set(document["effect"]) == {"collagen_papillary"}
    assert {"median", "lower90", "upper90"} <= set(document["effect"]["collagen_papillary"])
    assert "ceiling" in powered.summary()
    powered.plot()


@pytest.mark.parametrize(
    ("assurances", "smallest"), [((0.5, 0.85, 0.9), 20), ((0.9, 0.7, 0.9), 40), ((0.5, 0.6, 0.7), None)]
)
def test_the_smallest_number_reaches_the_assurance_with_every_larger_one(
    assurances: tuple[float, ...], smallest: int | None, powered: TrialResult
) -> None:
    sizes = tuple(
        power.Size(n, Interval(p, p, p), Interval(p, p, p)) for n, p in zip((10, 20, 40), assurances, strict=True)
    )
    assert powered.power is not None
    assert replace(powered.power, sizes=sizes).smallest_n == smallest


def test_what_differs_between_studies_and_is_shared_leaves_the_ratio_of_the_arms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without study × treatment, arms keep the ratio of their parameter draw, however far τ moves both."""
    monkeypatch.setattr(power, "INTERACTION", 0.0)
    drawn = object.__new__(power._Drawn)
    drawn.arms, drawn.active = ("needling", "sham"), {"needling": True, "sham": False}
    drawn.tau, drawn.bias = np.full(1, 0.5), {name: np.ones((1, 1)) for name in drawn.arms}
    drawn.relative = {"needling": np.full((1, 1), 0.8), "sham": np.full((1, 1), 1.0)}
    rng = np.random.default_rng(0)
    factors = [drawn.factors(rng, everything=True) for _ in range(50)]
    assert np.std([one["sham"] for one in factors]) > 0.2
    assert [float((one["needling"] / one["sham"])[0]) for one in factors] == pytest.approx([0.8] * 50)


# ------------------------------------------------------------------------------------------------- outputs


def test_outputs_of_a_trial_agree(parallel: TrialResult, tmp_path: Path) -> None:
    document = json.loads(json.dumps(parallel.to_dict(), allow_nan=False))
    first = document["estimates"][0]
    assert first["estimate"] == parallel.estimates[0].estimate and first["outcome"] == "goodman_baron_grade"
    assert parallel.to_dataframe()["estimate"].iloc[0] == first["estimate"]
    data = parallel.dataset
    assert dict(data.sizes) == {"row": parallel.flow.randomised, "visit": 2}
    assert "Primary outcome" in parallel.summary() and "eligible" in parallel.summary()
    assert parallel.report(tmp_path / "trial.html").read_text("utf-8").count("Flow of people (CONSORT)") >= 1
    parallel.plot(tmp_path / "trial.png")
    assert (tmp_path / "trial.png").stat().st_size > 10_000


def test_the_example_reads_and_every_field_of_it_is_checked() -> None:
    plan = read_design("example")
    assert plan.is_sham("sham") and not plan.is_sham("needling")
    assert plan.compared == ("needling",) and plan.site == "cheek"
    assert "neodermis trial" in example()
    assert nd.trial is trial


# ------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"outcome": [of(name="goodman_baron_grad")]}, ["goodman_baron_grad", "goodman_baron_grade"]),
        ({"outcome": [of(name="pih_probability")]}, ["pih_probability", "read at visits"]),
        ({"outcome": [of(analysis="paired t-test")]}, ["paired t-test", "pairs", "ancova"]),
        ({"outcome": [of(day=61)]}, ["61", "30, 60"]),
        ({"outcome": [of(rater="instrument")]}, ["instrument", "blinded"]),
        ({"outcome": [of(name="dermal_density", analysis="ordinal")]}, ["ordinal", "grades"]),
        ({"outcome": [of(role="secondary")]}, ["primary"]),
        ({"arm": [{"id": "needling"}, SHAM]}, ["protocol", "required"]),
        ({"arm": [{"id": "needling", "protocol": "4 sesions"}, SHAM]}, ["arm[1]", "protocol"]),
        ({"arm": [NEEDLING]}, ["arm", "at least 2"]),
        ({"arm": [{**NEEDLING, "dropout": -0.1}, SHAM]}, ["dropout", "-0.1", "from 0"]),
        ({"arm": [UNTREATED, {**UNTREATED, "id": "sham"}]}, ["at least one arm with a protocol"]),
        ({"control": "shame"}, ["shame", "sham"]),
        ({"people": 0}, ["people", "from 1"]),
        ({"design": "crossover"}, ["crossover", "parallel", "split-face"]),
        ({"powers": 3}, ["powers", "a field of this table"]),
        ({"eligibility": {"age": [40, 30]}}, ["age", "lower end first"]),
        ({"eligibility": {"age": 18}}, ["age", "a list in brackets"]),
        ({"visits": {"days": [30, 60], "window": 20}}, ["window", "15"]),
        ({"randomisation": {"block": 4}}, ["block", "a multiple of 3"]),
        ({"population": {"concerns": {"acne_scar": "goodman_baron:9"}}}, ["concerns", "goodman_baron"]),
        ({"design": "split-face"}, ["two arms"]),
    ],
)  # fmt: skip
def test_bad_input_is_told_with_its_field(changed: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(InputError) as told:
        trial(design(**changed))
    text = str(told.value)
    assert all(word in text for word in words), text
    assert "do:" in text and "accepted:" in text


def test_impossible_eligibility_is_told_with_the_share() -> None:
    with pytest.raises(InputError, match=r"0 of 60 assessed people \(0 %\)") as told:
        trial(design(eligibility={"age": [99, 100]}))
    assert "excluded by age 60" in str(told.value)


def test_an_outcome_of_a_concern_that_nobody_has_is_refused() -> None:
    with pytest.raises(InputError, match="needs a concern"):
        trial(design(population={}, people=12, arm=[NEEDLING, SHAM]))
