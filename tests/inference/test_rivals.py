"""Rivals of the model: trained without the group that they predict, and able to find what is in the data."""

import numpy as np
import pytest

from neodermis.evidence import load_study, read_study
from neodermis.studies.rivals import (
    FEWEST,
    Number,
    curve,
    design,
    fit_null,
    group_weights,
    left_out,
    null_curve,
    pooled_mean,
    spearman,
)

#: A, γ, ln τ₁, ln(τ₂/τ₁), m.
TRUE = np.array([60.0, 0.4, np.log(25.0), np.log(15.0), 8.0])


def synthetic(groups: int, each: int, between: float, seed: int = 0, true: np.ndarray = TRUE) -> list[Number]:
    """Numbers of groups of people that differ from a curve, by dose over 20 and day."""
    rng = np.random.default_rng(seed)
    dose, day = rng.lognormal(0.0, 0.8, groups), rng.uniform(5.0, 400.0, (groups, each))
    apart = between * rng.standard_normal((groups, 1))
    values = curve(true, dose[:, None], day) + apart
    return [
        Number(f"g{g}", "scars", float(values[g, k]), 20.0 * float(dose[g]), float(day[g, k]))
        for g in range(groups)
        for k in range(each)
    ]


def test_null_curve_recovers_the_parameters_of_synthetic_data() -> None:
    numbers = synthetic(400, 3, 1.0)
    fitted = fit_null(numbers)
    # the dose of the data is over its own median
    size = TRUE[0] * (fitted.reference_dose / 20.0) ** TRUE[1]
    assert fitted.parameters[0] == pytest.approx(size, rel=0.15)
    assert np.all(np.abs(fitted.parameters[1:] - TRUE[1:]) <= np.array([0.05, 0.15, 0.2, 2.0]))
    assert fitted.spread == pytest.approx(1.0, rel=0.15) and 4.0 < fitted.used <= 5.0
    day, dose = np.array([20.0, 60.0, 150.0, 350.0]), np.array([0.5, 1.0, 2.0, 1.0])
    asked = [Number("new", "scars", 0.0, 20.0 * a, b) for a, b in zip(dose, day, strict=True)]
    assert fitted.predict(asked) == pytest.approx(curve(TRUE, dose, day), abs=1.5)


def test_few_data_are_held_by_the_priors() -> None:
    fitted = fit_null(synthetic(3, 1, 10.0))
    assert fitted.used < 3.0 and fitted.freedom >= 1.0 and np.isfinite(fitted.spread)


@pytest.mark.parametrize("rival", [pooled_mean, null_curve])
@pytest.mark.parametrize("groups", [6, 25])
def test_intervals_of_rivals_hold_nine_tenths_of_new_groups(rival, groups: int) -> None:  # type: ignore[no-untyped-def]
    flat = np.array([0.0, 0.4, np.log(25.0), np.log(15.0), 30.0])
    held = []
    for seed in range(60):
        numbers = synthetic(groups, 1, 12.0, seed, flat)
        found = left_out(numbers, rival)
        held += [
            f.interval.lower90 <= n.value <= f.interval.upper90
            for f, n in zip(found, numbers, strict=True)
            if f is not None
        ]
    assert float(np.mean(held)) == pytest.approx(0.9, abs=0.06)


def test_a_group_of_people_is_predicted_without_its_own_numbers() -> None:
    numbers = synthetic(5, 2, 5.0)
    moved = [n._replace(value=n.value + 1000.0) if n.people == "g2" else n for n in numbers]
    for rival in (pooled_mean, null_curve):
        before, after = left_out(numbers, rival), left_out(moved, rival)
        for number, one, other in zip(numbers, before, after, strict=True):
            assert one is not None and other is not None
            assert (one == other) == (number.people == "g2")


def test_pooled_mean_is_the_mean_of_the_other_groups_of_its_kind() -> None:
    numbers = [
        Number(people, kind, value, 1.0, 90.0)
        for people, kind, value in (
            ("a", "ecca", 10.0), ("a", "ecca", 30.0), ("b", "ecca", 50.0), ("c", "ecca", 70.0), ("a", "share", 40.0),
            ("b", "share", 1.0),
        )
    ]  # fmt: skip
    found = left_out(numbers, pooled_mean)
    assert [f and f.value for f in found] == [60.0, 60.0, 45.0, 35.0, None, None]
    assert FEWEST == 2
    one = found[0]
    assert one is not None
    # Student's interval of two means that are 20 apart
    assert one.interval.upper90 - one.value == pytest.approx(6.3138 * np.sqrt(200.0) * np.sqrt(1.5), rel=1e-3)


def test_groups_weigh_equally() -> None:
    numbers = synthetic(4, 1, 1.0) + synthetic(1, 6, 1.0)[1:]
    weight = group_weights(numbers)
    of = {name: sum(w for w, n in zip(weight, numbers, strict=True) if n.people == name) for name in ("g0", "g1")}
    assert of["g0"] == pytest.approx(of["g1"]) and weight.mean() == pytest.approx(1.0)


def test_a_curve_rises_then_falls_and_no_dose_does_nothing() -> None:
    day = np.linspace(0.0, 2000.0, 400)
    values = curve(TRUE, np.ones_like(day), day)
    assert values[0] == pytest.approx(8.0) and 0 < values.argmax() < 399 and values[-1] < values.max() - 30.0
    assert curve(TRUE, np.zeros_like(day), day) == pytest.approx(np.full_like(day, 8.0))


def test_design_of_an_arm() -> None:
    study = load_study("minh-2019")
    found = design(study, study.arm(None))
    assert found.people == "minh-2019" and found.device == "roller" and len(found.session_days) == 12
    assert found.dose(0.0) == found.passes * found.depth_mm
    assert found.dose(400.0) == pytest.approx(len(found.session_days) * found.dose(0.0))


def test_a_mixture_of_devices_is_of_no_kind() -> None:
    study = read_study(
        """
id = "own"
citation = "a study of one's own"
design = "open"
species = "human"
n = 20
population = "acne scars"
people = "cohort"
[[arm]]
id = "needling"
protocol = "3 sessions every 30 days: exceed; cheek 1.5 mm, 4 passes"
rater = "blinded"
concerns = {acne_scar = "goodman_baron:3"}
assumed = {device = {shares = {exceed = 0.6, roller_generic = 0.4}, basis = "not named"}}
""",
        "own.toml",
    )
    found = design(study, study.arm(None))
    assert (found.device, found.people) == ("mixed", "cohort")


def test_rank_correlation() -> None:
    assert spearman([1, 2, 3, 4], [10, 20, 25, 90]) == pytest.approx(1.0)
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1.0)
    assert spearman([1, 2, 3], [5, 5, 5]) is None
