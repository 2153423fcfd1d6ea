"""The fit of the law of penetration: a quick one agrees with what is shipped, and the page with its numbers."""

import json
import math
import tomllib
from typing import Any

import numpy as np
import pytest
from validation import penetration
from validation.penetration import FITTED, Fit, Sample

from neodermis.evidence import find_figure, load_parameters, read_parameters

KEPT: dict[str, Any] = json.loads(penetration.RESULTS.read_text("utf-8"))


@pytest.fixture(scope="module")
def quick() -> Sample:
    return penetration.sample(120_000, seed=7)


def test_what_is_shipped_is_what_a_quick_fit_finds(quick: Sample) -> None:
    """After a change of the law or of another of its numbers: ``python -m validation.penetration --write``."""
    w = penetration.weights(quick.log_likelihood())
    fit = Fit.of(quick, w)
    assert fit.effective > 80
    for name in FITTED:
        p = load_parameters()[name]
        error = p.uncertainty.a / math.sqrt(fit.effective)
        assert p.status == "calibrated" and p.uncertainty.kind == "lognormal"
        assert math.log(p.value / fit.median[name]) == pytest.approx(0.0, abs=4 * 1.25 * error)  # of a median
        assert p.uncertainty.a == pytest.approx(fit.log_sd[name], abs=4 * error)
    assert fit.correlation == pytest.approx(KEPT["main"]["fit"]["correlation"], abs=4 / math.sqrt(fit.effective))


def test_studies_left_out_are_predicted_as_on_the_page(quick: Sample) -> None:
    again = penetration.fitted(quick, seed=7)["left_out"]
    assert [row["figure"] for row in again] == list(penetration.FIGURES)
    for row, kept in zip(again, KEPT["main"]["left_out"], strict=True):
        width = kept["law"][2] - kept["law"][0]
        assert row["law"][1] == pytest.approx(kept["law"][1], abs=0.3 * width), row["figure"]


def test_the_page_is_its_numbers() -> None:
    assert penetration.PAGE.read_text("utf-8") == penetration.page(KEPT)


def test_the_shipped_entries_are_the_kept_fit() -> None:
    shipped = tomllib.loads(penetration.NEEDLING.read_text("utf-8"))
    for name in FITTED:
        kept = KEPT["shipped"][name]
        assert {key: shipped[name][key] for key in kept} == kept
        fit = KEPT["main"]["fit"]
        assert kept["value"] == pytest.approx(fit["median"][name], rel=0.01)
        assert kept["uncertainty"]["lognormal"] == pytest.approx(fit["log_sd"][name], rel=0.02)
    assert KEPT["main"]["fit"]["effective"] >= penetration.LEAST_EFFECTIVE
    assert {row["study"] for row in KEPT["main"]["left_out"]} == set(penetration.STUDIES)


def test_the_fit_never_starts_from_its_own_result() -> None:
    before = read_parameters(penetration.PRIOR.read_text("utf-8"), "prior")
    assert set(before) == set(FITTED)
    for name in FITTED:
        assert penetration.prior_set()[name] == before[name]
        assert before[name].status != "calibrated"
        assert KEPT["prior"][name] == {"median": before[name].value, "log_sd": before[name].uncertainty.a}
        assert load_parameters()[name].unit == before[name].unit


def test_weights_and_quantiles_are_those_of_a_known_posterior() -> None:
    """Prior and likelihood standard normal, observation 1: posterior normal with mean 1/2 and variance 1/2."""
    x = np.random.default_rng(0).standard_normal(400_000)
    w = penetration.weights(penetration.log_likelihood(find_figure("donnelly-2010-depth"), x - 1.0, 1.0, 1))
    low, median, high = penetration.quantiles(x, w)
    assert w.sum() == pytest.approx(1.0)
    assert (low, median, high) == pytest.approx(
        (0.5 - 1.645 * 0.5**0.5, 0.5, 0.5 + 1.645 * 0.5**0.5), abs=4 * 2.1 * 0.5**0.5 / penetration.effective(w) ** 0.5
    )


def test_a_bound_is_one_sided_and_two_figures_count_as_one() -> None:
    bound, depth = find_figure("lam-2008-share-pig"), find_figure("sasaki-2019-depth-0.5")
    likely = np.exp(penetration.log_likelihood(bound, np.array([-1.0, 0.0, 1.0]), 0.1, 1))
    assert likely == pytest.approx([1.0, 0.5, 0.0])
    off = np.array([0.07])
    two = 2.0 * penetration.log_likelihood(depth, off, 0.1, 2)
    assert two == pytest.approx(penetration.log_likelihood(depth, off, 0.1, 1))


def test_writing_changes_the_named_fields_alone() -> None:
    text = penetration.NEEDLING.read_text("utf-8")
    entries = {"puncture_dent": {"value": 1.5, "uncertainty": {"lognormal": 0.1}, "why": 'A "new" one.'}}
    done = penetration.updated(text, entries)
    before, after = tomllib.loads(text), tomllib.loads(done)
    before["puncture_dent"] |= entries["puncture_dent"]
    assert after == before and len(done.splitlines()) == len(text.splitlines())
    assert penetration.updated(text, {name: KEPT["shipped"][name] for name in FITTED}) == text
    with pytest.raises(ValueError, match="no entry"):
        penetration.updated(text, {"nothing": {"value": 1.0}})
    with pytest.raises(ValueError, match="0 lines"):
        penetration.updated(text, {"puncture_dent": {"weight": 1.0}})
