"""The pattern of entries: its density is that of the closed forms, its cover near that of a Poisson pattern."""

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from tests.helpers import start

from neodermis.errors import InputError
from neodermis.skin import injury, needling
from neodermis.treatment.pattern import DIRECTIONS, Pattern, entry_pattern

PEN = {
    "passes": 6, "needles": 6, "frequency_hz": 125.0, "glide_speed_mm_s": 20.0, "head_width_mm": 9.0,
    "lane_overlap": 0.15,
}  # fmt: skip
ROLLER = {
    "passes": 8, "needles": 192, "drum_diameter_mm": 20.0, "drum_width_mm": 20.0, "set_depth_mm": 1.5,
    "lane_overlap": 0.15,
}  # fmt: skip
STAMP = {"passes": 6, "needles": 40, "head_area_mm2": 100.0, "lane_overlap": 0.15}
CASES = [
    pytest.param("pen", PEN, id="pen"),
    pytest.param("pen", PEN | {"needles": 16.5, "passes": 3, "frequency_hz": 113.7, "head_width_mm": 8.3}, id="pen-2"),
    pytest.param("pen", PEN | {"needles": 1, "passes": 2.5, "lane_overlap": 0.0}, id="one needle"),
    pytest.param("roller", ROLLER, id="roller"),
    pytest.param("roller", ROLLER | {"needles": 197, "drum_width_mm": 17.3, "passes": 3}, id="a prime number"),
    pytest.param("roller", ROLLER | {"needles": 540.25, "set_depth_mm": 0.25, "lane_overlap": 0.5}, id="roller-2"),
    pytest.param("stamp", STAMP, id="stamp"),
    pytest.param("stamp", STAMP | {"needles": 37.5, "passes": 1.2, "head_area_mm2": 61.0}, id="stamp-2"),
]


def closed_form(kind: str, numbers: Mapping[str, float]) -> float:
    """Entries per mm² by ``skin/needling.py``."""
    start()
    setting = needling.Setting(*(np.array(numbers.get(name, 0.0)) for name in needling.Setting._fields))
    given: dict[str, Any] = {name: np.array(1.0) for name in needling.NeedlingParameters._fields}
    given |= {
        "pen_glide_speed": np.array(numbers.get("glide_speed_mm_s", 1.0)),
        "lane_overlap": np.array(numbers["lane_overlap"]),
    }
    return float(needling.ENTRIES[kind](setting, needling.NeedlingParameters(**given)).per_mm2)


def near(pattern: Pattern, side: float, within: float, points: int, seed: int) -> float:
    """Share of random points, away from the edges, that have an entry within a distance."""
    rng = np.random.default_rng(seed)
    places = within + (side - 2 * within) * rng.random((points, 2))
    hit = np.zeros(points, dtype=bool)
    order = np.argsort(pattern.x_mm)
    x, y = pattern.x_mm[order], pattern.y_mm[order]
    first, last = np.searchsorted(x, [places[:, 0] - within, places[:, 0] + within])
    for k in range(points):
        near_x, near_y = x[first[k] : last[k]], y[first[k] : last[k]]
        hit[k] = bool(((near_x - places[k, 0]) ** 2 + (near_y - places[k, 1]) ** 2 < within**2).any())
    return float(hit.mean())


@pytest.mark.parametrize(("kind", "numbers"), CASES)
def test_entries_per_area_are_those_of_the_closed_form(kind: str, numbers: dict[str, float]) -> None:
    side = 7.0
    counts = np.array(
        [len(entry_pattern(kind, side_mm=side, seed=seed, **numbers).x_mm) for seed in range(300)]  # type: ignore[arg-type]
    )
    expected = closed_form(kind, numbers) * side**2
    error = counts.std(ddof=1) / math.sqrt(len(counts))
    assert abs(counts.mean() - expected) < 4 * error
    assert error < 0.05 * expected


@pytest.mark.parametrize(("kind", "numbers"), CASES)
def test_the_edges_of_the_square_are_as_dense_as_its_middle(kind: str, numbers: dict[str, float]) -> None:
    side, frame = 8.0, 1.0
    shares = []
    for seed in range(300):
        p = entry_pattern(kind, side_mm=side, seed=seed, **numbers)  # type: ignore[arg-type]
        assert min(p.x_mm.min(initial=0), p.y_mm.min(initial=0)) >= 0
        assert max(p.x_mm.max(initial=0), p.y_mm.max(initial=0)) < side
        inner = (np.abs(p.x_mm - side / 2) < side / 2 - frame) & (np.abs(p.y_mm - side / 2) < side / 2 - frame)
        shares.append((len(p.x_mm) - inner.sum(), inner.sum()))
    edge, middle = np.array(shares, dtype=float).T / [[side**2 - (side - 2) ** 2], [(side - 2) ** 2]]
    error = (edge - middle).std(ddof=1) / math.sqrt(len(edge))
    assert abs((edge - middle).mean()) < 4 * error


def test_the_same_seed_gives_the_same_pattern_and_another_seed_another() -> None:
    one, same, other = (entry_pattern("pen", side_mm=5.0, seed=seed, **PEN) for seed in (3, 3, 4))  # type: ignore[arg-type]
    for a, b in zip(one, same, strict=True):
        assert np.array_equal(a, b)
    assert not np.array_equal(one.x_mm[:50], other.x_mm[:50])


def test_the_passes_go_along_across_and_obliquely() -> None:
    p = entry_pattern("roller", side_mm=10.0, seed=0, **ROLLER)  # type: ignore[arg-type]
    assert np.allclose(sorted(set(p.direction)), np.array(sorted(DIRECTIONS)) * math.pi / 4)


def test_a_drum_of_192_needles_has_eight_rows_of_24() -> None:
    p = entry_pattern("roller", side_mm=60.0, seed=1, **(ROLLER | {"passes": 1, "lane_overlap": 0.0}))  # type: ignore[arg-type]
    rows = np.unique(p.y_mm.round(6))
    assert np.allclose(np.diff(rows), 20.0 / 8)
    first, second = (np.sort(p.x_mm[np.isclose(p.y_mm, row)]) for row in rows[8:10])
    step = math.pi * 23.0 / 24
    assert np.allclose(np.diff(first), step)
    assert np.isclose(((second[0] - first[0]) / step) % 1, 0.5)  # staggered


@pytest.mark.parametrize("nothing", [{"passes": 0}, {"needles": 0}])
def test_no_pass_or_no_needle_makes_no_entry(nothing: dict[str, float]) -> None:
    assert len(entry_pattern("pen", side_mm=5.0, seed=0, **(PEN | nothing)).x_mm) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "given", "named"),
    [
        ("pen", PEN | {"head_width_mm": 0.0}, "head_width_mm"),
        ("roller", ROLLER | {"drum_width_mm": -1.0}, "drum_width_mm"),
        ("stamp", STAMP | {"lane_overlap": 1.0}, "lane_overlap"),
        ("stamp", STAMP | {"head_area_mm2": math.inf}, "head_area_mm2"),
    ],
)
def test_a_number_that_the_device_needs_is_named(kind: str, given: dict[str, float], named: str) -> None:
    with pytest.raises(InputError, match=named):
        entry_pattern(kind, side_mm=5.0, seed=0, **given)  # type: ignore[arg-type]


def test_a_square_centimetre_of_8000_entries_is_drawn_in_well_under_a_second() -> None:
    start = time.perf_counter()
    p = entry_pattern("pen", side_mm=10.0, seed=0, **(PEN | {"needles": 16}))  # type: ignore[arg-type]
    took = time.perf_counter() - start
    assert len(p.x_mm) > 7000
    assert took < 0.5


@pytest.mark.slow
def test_killed_rims_of_a_poisson_pattern_cover_what_the_closed_form_says() -> None:
    """Monte Carlo: rings of killed tissue round channels that lie at random."""
    start()
    side, per_mm2, hole, rim = 10.0, 25.0, 0.07, 0.01
    rng = np.random.default_rng(5)
    shares, formula = [], float(injury.covered(np.array(per_mm2 * math.pi * (2 * hole + rim) * rim), np.array(0.0)))
    for _ in range(8):
        at = side * rng.random((rng.poisson(per_mm2 * side**2), 2))
        points = 0.2 + (side - 0.4) * rng.random((4000, 2))
        apart = np.hypot(points[:, None, 0] - at[None, :, 0], points[:, None, 1] - at[None, :, 1])
        shares.append(((apart >= hole) & (apart < hole + rim)).any(axis=1).mean())
    error = np.std(shares, ddof=1) / math.sqrt(len(shares))
    assert abs(np.mean(shares) - formula) < 4 * error
    assert error < 0.05 * formula


@pytest.mark.parametrize(
    ("kind", "numbers", "width"), [("pen", PEN, 0.145), ("roller", ROLLER, 0.125)], ids=["pen, 6 passes", "roller, 8"]
)
def test_the_cover_of_the_kinematic_pattern_is_near_the_poisson_formula(
    kind: str, numbers: dict[str, float], width: float
) -> None:
    """Entries of a pen lie in lines and those of a roller in rows, so a little more or less is covered."""
    start()
    poisson = float(injury.covered(np.array(closed_form(kind, numbers) * math.pi / 4 * width**2), np.array(0.0)))
    covers = [
        near(entry_pattern(kind, side_mm=10.0, seed=seed, **numbers), 10.0, width / 2, 4000, seed)  # type: ignore[arg-type]
        for seed in range(12)
    ]
    assert np.mean(covers) == pytest.approx(poisson, rel=0.25)
    print(f"{kind}: cover {np.mean(covers):.4f} (SD {np.std(covers):.4f}), Poisson {poisson:.4f}")
