"""Findings beside their predictions: weights, scores, and a part of the kept results found again."""

import json
from pathlib import Path

import numpy as np
import pytest

from neodermis.evidence import load_study
from neodermis.inference.predictive import by_outcome, distance, predict, too_good, weights, worst

KEPT = json.loads((Path(__file__).parents[2] / "validation" / "prior_predictive.json").read_text("utf-8"))
STUDIES = ("minh-2019", "kenkel-2021")


@pytest.fixture(scope="module")
def rows() -> list:  # type: ignore[type-arg]
    return list(predict([load_study(name) for name in STUDIES], draws=KEPT["draws"], seed=KEPT["seed"]))


def test_a_part_of_the_kept_results_is_found_again(rows: list) -> None:  # type: ignore[type-arg]
    for row in rows:
        if row.verdict == "not asked":
            continue
        (kept,) = [
            each
            for each in KEPT["rows"]
            if (each["study"], each["arm"], each["outcome"], each["measure"], each["day"], each["threshold"])
            == (row.study, row.arm, row.finding.outcome, row.finding.measure, row.finding.day, row.finding.threshold)
        ]
        assert kept["verdict"] == row.verdict
        assert kept["predicted"] == pytest.approx(list(row.printed), rel=1e-3, abs=1e-3)


def test_studies_weigh_equally_and_a_series_once(rows: list) -> None:  # type: ignore[type-arg]
    asked = [row for row in rows if row.verdict != "not asked"]
    weight = weights(asked)
    assert weight.sum() == pytest.approx(1.0)
    of = {name: sum(w for w, row in zip(weight, asked, strict=True) if row.study == name) for name in STUDIES}
    assert of["minh-2019"] == pytest.approx(of["kenkel-2021"])
    series: dict[str, float] = {}
    for w, row in zip(weight, asked, strict=True):
        if row.study == "minh-2019":
            series[row.finding.outcome] = series.get(row.finding.outcome, 0.0) + w
    assert np.ptp(list(series.values())) < 1e-12  # three times of one score count as one


def test_misses_lie_outside_and_the_worst_come_first(rows: list) -> None:  # type: ignore[type-arg]
    missed = worst(rows)
    assert missed and all(row.verdict == "missed" for row in missed)
    numbers = [distance(row) for row in missed if row.observed is not None]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] > 0
    assert all(distance(row) == 0.0 for row in rows if row.verdict == "inside")


def test_too_good_is_towards_benefit(rows: list) -> None:  # type: ignore[type-arg]
    (grade,) = [row for row in rows if row.finding.outcome == "goodman_baron_grade" and row.finding.day == 150.0]
    assert too_good(grade) == pytest.approx(grade.observed[0] - grade.printed.median)  # lower is better


def test_groups_cover_what_was_asked(rows: list) -> None:  # type: ignore[type-arg]
    groups = by_outcome(rows)
    assert groups[-1].name == "all" and groups[-1].studies == 2
    assert sum(each.findings for each in groups[:-1]) == groups[-1].findings
    assert all(0.0 <= each.inside <= 1.0 for each in groups)


def test_every_miss_of_the_kept_results_has_a_cause() -> None:
    from validation.prior_predictive import CAUSES, CONTRADICTED

    missed = {f"{row['study']} {row['outcome']}" for row in KEPT["missed"]}
    assert missed == set(CAUSES)
    assert set(CONTRADICTED) <= missed and len(CONTRADICTED) >= 3
