"""Probability of what a study prints: closed forms against studies that are simulated."""

import numpy as np
import pytest

from neodermis.api.statistics import (
    LEVEL,
    below,
    chance_of_sign,
    chance_of_test,
    counted_share,
    normal_scores,
    z_range,
)

#: Effect, standard deviation of one person, people, between-study heterogeneity.
STUDIES = [
    (-0.3, 0.5, 20, 0.1),
    (0.05, 0.4, 30, 0.2),
    (0.0, 1.0, 12, 0.0),
    (-0.6, 0.3, 50, 0.25),
]
#: Statement: range of p, direction.
STATEMENTS = [
    ((0.0, 0.05), "decrease"),
    ((0.0, 0.001), "decrease"),
    ((0.01, 0.05), "increase"),
    ((0.05, 1.0), "none"),
    ((0.05, 1.0), "decrease"),
    ((0.0, 0.05), "none"),
]
#: Simulated studies: the standard error of a share is at most 0.0012.
COUNT = 180_000


def printed_z(effect: float, person: float, n: int, between: float, rng: np.random.Generator) -> np.ndarray:
    """The z of studies whose true effect differs and whose mean scatters; the people's spread is known."""
    true = effect + between * rng.standard_normal(COUNT)
    return (true + person / np.sqrt(n) * rng.standard_normal(COUNT)) / (person / np.sqrt(n))


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_significance_has_the_probability_that_simulated_studies_print_it(study: tuple, statement: tuple) -> None:  # type: ignore[type-arg]
    from scipy.stats import norm

    effect, person, n, between = study
    (low, high), direction = statement
    z = printed_z(effect, person, n, between, np.random.default_rng(7))
    p = 2.0 * norm.sf(np.abs(z))
    way = {"increase": z > 0, "decrease": z < 0, "none": np.full(COUNT, True)}[direction]
    share = float(np.mean((p >= low) & (p <= high) & way))
    one = np.array([effect]), np.array([person / np.sqrt(n)]), np.array([between])
    assert chance_of_test(*one, (low, high), direction) == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize("study", STUDIES)
def test_sign_has_the_probability_that_simulated_studies_print_it(study: tuple) -> None:  # type: ignore[type-arg]
    effect, person, n, between = study
    z = printed_z(effect, person, n, between, np.random.default_rng(3))
    one = np.array([effect]), np.array([person / np.sqrt(n)]), np.array([between])
    assert chance_of_sign(*one, "increase") == pytest.approx(float(np.mean(z > 0)), abs=0.005)
    assert chance_of_sign(*one, "decrease") == pytest.approx(float(np.mean(z < 0)), abs=0.005)
    assert chance_of_sign(*one, "none") == pytest.approx(float(np.mean(np.abs(z) < 1.959964)), abs=0.005)


def test_predicted_probabilities_of_significance_are_calibrated() -> None:
    """Effects drawn from a prior: among studies, those that print significance are as many as predicted, by tenths."""
    rng = np.random.default_rng(11)
    effect, error, between = rng.normal(-0.2, 0.3, 4000), rng.uniform(0.03, 0.3, 4000), 0.15
    predicted = np.array([
        chance_of_test(np.array([m]), np.array([s]), np.array([between]), (0.0, 0.05), "decrease")
        for m, s in zip(effect, error, strict=True)
    ])  # fmt: skip
    z = (effect + np.hypot(error, between) * rng.standard_normal(4000)) / error
    printed = z < -1.959964
    for low in np.arange(0.0, 1.0, 0.2):
        some = (predicted >= low) & (predicted < low + 0.2)
        error_of_share = 4.0 * np.sqrt(0.25 / some.sum())
        assert float(printed[some].mean()) == pytest.approx(float(predicted[some].mean()), abs=error_of_share)


def test_draws_of_the_parameters_are_averaged() -> None:
    effect, error, between = np.array([-0.4, 0.1]), np.array([0.1, 0.1]), np.array([0.1, 0.2])
    whole = chance_of_sign(effect, error, between, "decrease")
    each = [chance_of_sign(effect[k : k + 1], error[k : k + 1], between[k : k + 1], "decrease") for k in (0, 1)]
    assert whole == pytest.approx(np.mean(each))


def test_statements_exclude_one_another_and_leave_nothing_out() -> None:
    one = np.array([-0.2]), np.array([0.15]), np.array([0.1])
    ranges = ((0.0, 0.01), (0.01, 0.05), (0.05, 1.0))
    assert sum(chance_of_test(*one, r, way) for r in ranges for way in ("increase", "decrease")) == pytest.approx(1.0)


def test_range_of_p_is_a_range_of_z() -> None:
    assert z_range((0.0, 0.05)) == pytest.approx((1.959964, np.inf))
    assert z_range((0.05, 1.0)) == pytest.approx((0.0, 1.959964))
    assert z_range((0.001, 0.05)) == pytest.approx((1.959964, 3.290527))
    # an exact p-value stands for its side of the level
    assert z_range((0.03, 0.03)) == z_range((0.0, LEVEL)) and z_range((0.26, 0.26)) == z_range((LEVEL, 1.0))


def test_normal_scores_are_normal_with_a_median_of_nothing() -> None:
    scores = normal_scores(2000, np.random.default_rng(0))
    assert np.median(scores) == pytest.approx(0.0, abs=1e-3) and scores.std() == pytest.approx(1.0, abs=0.01)
    assert normal_scores(1, np.random.default_rng(0)) == pytest.approx([0.0])
    assert np.abs(np.corrcoef(scores, normal_scores(2000, np.random.default_rng(1)))[0, 1]) < 0.1


def test_without_spread_a_probability_is_a_step() -> None:
    assert below(0.0, np.array([-1.0, 0.0, 1.0]), 0.0) == pytest.approx([1.0, 0.5, 0.0])


def test_counted_shares_scatter_as_people_who_are_counted() -> None:
    quantile = below(normal_scores(40_000, np.random.default_rng(2)), 0.0, 1.0)
    shares = counted_share(np.full(40_000, 0.3), np.full(40_000, 25.0), quantile)
    assert shares.mean() == pytest.approx(0.3, abs=0.002)
    assert shares.std() == pytest.approx(np.sqrt(0.3 * 0.7 / 25.0), rel=0.02)
    assert set(np.round(25.0 * shares, 9)) <= set(range(26))
