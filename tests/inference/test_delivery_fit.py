"""The fit of what conducts: a quick one agrees with what is shipped, and the page with its numbers."""

import json
import math
import tomllib
from typing import Any

import numpy as np
import pytest
from validation import delivery as fitting
from validation.delivery import FIGURES, FITTED, Sample

from neodermis.evidence import load_parameters, read_parameters
from neodermis.evidence.delivery_figure import load_delivery_figures

KEPT: dict[str, Any] = json.loads(fitting.RESULTS.read_text("utf-8"))


@pytest.fixture(scope="module")
def quick() -> Sample:
    return fitting.sample(4_000, seed=7)


def test_what_is_shipped_is_the_kept_fit() -> None:
    """After a change of the law or of another of its numbers: ``python -m validation.delivery --write``."""
    shipped = tomllib.loads(fitting.PARAMETERS.read_text("utf-8"))[FITTED]
    assert {key: shipped[key] for key in KEPT["shipped"]} == KEPT["shipped"]
    assert shipped["value"] == pytest.approx(KEPT["posterior"]["median"], rel=0.02)
    assert shipped["uncertainty"]["logit"] == pytest.approx(KEPT["posterior"]["log_sd"], rel=0.02)
    assert load_parameters()[FITTED].status == "calibrated"
    assert KEPT["parameters"] == fitting.fingerprint()
    assert KEPT["posterior"]["effective"] >= fitting.LEAST_EFFECTIVE


def test_a_quick_fit_finds_the_same(quick: Sample) -> None:
    found, kept = fitting.fit(quick), KEPT["posterior"]
    error = kept["log_sd"] / math.sqrt(found["effective"])
    assert found["effective"] > 100
    assert math.log(found["median"] / kept["median"]) == pytest.approx(0.0, abs=4 * 1.25 * error)
    assert found["log_sd"] == pytest.approx(kept["log_sd"], abs=4 * error)


def test_figures_left_out_are_predicted_as_on_the_page(quick: Sample) -> None:
    for row, kept in zip(fitting.predictions(quick), KEPT["figures"], strict=True):
        assert row["figure"] == kept["figure"]
        width = math.log(kept["left_out"][2] / kept["left_out"][0])
        assert math.log(row["left_out"][1] / kept["left_out"][1]) == pytest.approx(0.0, abs=0.25 * width)


def test_the_fit_is_of_the_figures_that_say_so_and_of_no_other() -> None:
    assert set(FIGURES) == {figure.id for figure in load_delivery_figures() if FITTED in figure.used_for}
    assert [row["figure"] for row in KEPT["figures"]] == list(FIGURES)


def test_the_page_is_its_numbers() -> None:
    assert fitting.PAGE.read_text("utf-8") == fitting.page(KEPT)


def test_the_fit_never_starts_from_its_own_result() -> None:
    before = read_parameters(fitting.PRIOR.read_text("utf-8"), "prior")
    assert set(before) == {FITTED} and before[FITTED].status != "calibrated"
    assert fitting.prior_set()[FITTED] == before[FITTED]
    assert KEPT["prior"] == {"median": before[FITTED].value, "log_sd": before[FITTED].uncertainty.a}
    assert load_parameters()[FITTED].unit == before[FITTED].unit


def test_the_likelihood_is_log_normal_with_both_errors() -> None:
    """A ratio of 1 is 1 standard deviation off where the published one lies that far in the logarithm."""
    value, sd = 6.74, 3.87
    total = math.hypot(0.7, math.sqrt(math.log1p((sd / value) ** 2)))
    off = np.array([value * math.exp(total)])
    assert fitting.normal("nguyen-2016-tiagabine", off, 0.7) == pytest.approx([-0.5])
    assert fitting.normal("you-2010-enhancement", np.array([10.54 * math.exp(0.7)]), 0.7) == pytest.approx([-0.5])
