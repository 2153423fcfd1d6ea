"""What emerges from the cascade: the single session again agrees with the kept numbers, and the page with them."""

import json
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from validation import cascade
from validation.cascade import ROWS, Move, Row

from neodermis.evidence import load_bibliography, load_parameters

KEPT: dict[str, Any] = json.loads(cascade.RESULTS.read_text("utf-8"))


def test_one_session_gives_the_kept_numbers() -> None:
    """After a change of the model or of a parameter: ``python -m validation.cascade``."""
    who = cascade.group(cascade.ONE, cascade.repeated(1))
    with ThreadPoolExecutor(1) as pool:
        done = cascade.solved(who, 365.0, pool)
    again = cascade.of_one_session(done, who.session_effects.reaction.erythema_hours)
    assert len(again) > 30
    assert again == pytest.approx({name: KEPT["numbers"][name] for name in again}, rel=1e-3, abs=1e-4)
    verdicts = {row["id"]: row["met"] for row in KEPT["rows"]}
    alone = [row for row in ROWS if row.held and all(key in again for key, _, _ in row.held)]
    assert len(alone) >= 16
    assert {row.id: cascade.met(row, again) for row in alone} == {row.id: verdicts[row.id] for row in alone}


def test_the_kept_numbers_are_of_the_shipped_parameters() -> None:
    assert KEPT["sha256"] == load_parameters().sha256


def test_the_page_is_its_numbers() -> None:
    assert cascade.PAGE.read_text("utf-8") == cascade.page(KEPT)


def test_every_row_is_kept_with_its_numbers_and_real_sources() -> None:
    assert [row["id"] for row in KEPT["rows"]] == [row.id for row in ROWS]
    numbers = {name: math.nan if value is None else value for name, value in KEPT["numbers"].items()}
    for row, kept in zip(ROWS, KEPT["rows"], strict=True):
        assert cascade.met(row, numbers) == kept["met"]
        assert set(row.anchor) <= set(load_bibliography())
        if kept["met"] is False:
            assert row.if_missed, f"{row.name} is missed and its page does not say why"


def test_no_assumed_parameter_turns_more_than_a_quarter_of_the_rows() -> None:
    held = sum(row["met"] is not None for row in KEPT["rows"])
    asked = {p.name for p in load_parameters() if p.status in ("assumed", "calibrated")} - set(KEPT["not_moved"])
    assert {entry["name"] for entry in KEPT["robustness"]} == asked
    assert KEPT["robustness"][0]["turned"] == max(entry["turned"] for entry in KEPT["robustness"])
    assert KEPT["robustness"][0]["turned"] <= cascade.MOST_TURNED * held


def test_peak_crossing_and_half_life_of_known_curves() -> None:
    days = np.linspace(0.0, 10.0, 101)
    assert cascade.top(days, 3.0 - (days - 4.03) ** 2) == pytest.approx((4.03, 3.0))
    assert cascade.falls_to(days, 10.0 - days, 2.55) == pytest.approx(7.45)
    assert math.isnan(cascade.falls_to(days, days + 1.0, 0.5))
    assert cascade.half_after_peak(days, np.exp(-days / 2.0)) == pytest.approx(2 * math.log(2), abs=1e-3)
    peak, day, half = cascade.of_course(days, 0.3 * np.minimum(days / 4.0, 2.0 - days / 4.0), last=1.0)
    assert (peak, day, half) == pytest.approx((30.0, 3.0, 5.0), abs=0.2)


def test_a_parameter_that_turns_a_row_is_named_and_ranked() -> None:
    row = next(r for r in ROWS if r.id == "untreated")
    which = [Move("a", "assumed", -0.2), Move("a", "assumed", 0.2), Move("b", "measured", 0.2)]
    central = {key: 1.0 for r in ROWS for key, _, _ in r.held} | {"half_lost_day": 1.0, row.main: 0.8}
    moved = [central | {row.main: value} for value in (0.5, 0.9, 2.0)]
    (only,) = cascade.robustness(central, which, moved)
    assert only["name"] == "a" and only["down"] == ["untreated"] and only["up"] == [] and only["turned"] == 1
    first, second = cascade.sensitivity(row, central, which, moved)
    assert (first["name"], first["down"], first["up"]) == ("b", None, pytest.approx(150.0))
    assert (second["name"], second["down"], second["up"]) == ("a", pytest.approx(-37.5), pytest.approx(12.5))


def test_a_number_outside_its_range_or_missing_misses_the_row() -> None:
    row = Row("x", "x", "", (), "", "x", (("x", 0.0, 1.0),))
    assert [cascade.met(row, {"x": value}) for value in (0.0, 1.0, 1.1, math.nan)] == [True, True, False, False]
    assert cascade.met(Row("x", "x", "", (), "", "x", ()), {}) is None
