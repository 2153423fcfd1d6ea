"""Injury against geometry and published counts."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.spatial import cKDTree
from tests.helpers import members, prior, read

from neodermis import course
from neodermis.evidence import load_parameters
from neodermis.skin import injury
from neodermis.skin.injury import Channels
from neodermis.treatment import find_device


def roller_entries_per_cm2(passes: int) -> float:
    device = find_device("roller_mf8")
    assert device.drum_diameter_mm is not None and device.drum_width_mm is not None
    per_mm2 = injury.entries_per_mm2_roller(
        device.needles.middle, 1.5, device.drum_diameter_mm.middle, device.drum_width_mm.middle, passes
    )
    return float(per_mm2) * 100.0


def test_a_roller_of_192_needles_makes_thirteen_entries_per_cm2_and_pass() -> None:
    """192 needles of 1.5 mm on a drum of 2 cm by 2 cm (Schwarz 2011): 192 / (π · 2.3 cm · 2 cm)."""
    assert roller_entries_per_cm2(1) == pytest.approx(192 / (math.pi * 2.3 * 2.0), rel=1e-12)
    assert roller_entries_per_cm2(1) == pytest.approx(13.3, abs=0.05)


def test_fifteen_passes_come_near_the_published_250_per_cm2() -> None:
    """Order of size only: descriptions of rollers print 250 holes per cm² after 15 passes, for no one model."""
    assert 250 / 1.5 < roller_entries_per_cm2(15) < 250 * 1.5


def test_a_pen_spends_its_strokes_on_the_area_it_glides_over() -> None:
    """6 needles at 125 strokes a second over 1.5 cm² a second: 500 entries per cm² and pass."""
    p = load_parameters()["pen_coverage_rate"]
    assert (p.value, p.unit) == (1.5, "cm2/s")
    plan = read("1 session: exceed; cheek 1.5 mm, 4 passes")
    batch = members(plan, [{"needles": 6, "frequency_hz": 125}])
    assert batch.channels.per_mm2[0] * 100.0 == pytest.approx(4 * 500.0)


def test_recoil_is_the_published_channel_over_the_published_needle() -> None:
    """Channels 70.7 (SD 9.9) µm wide from needles 140 µm at the base (Kalluri 2011)."""
    p = load_parameters()["channel_recoil_ratio"]
    assert "kalluri-2011" in p.sources
    assert abs(p.value - 70.7 / 140.0) < 9.9 / 140.0


def test_the_cover_is_that_of_a_cone_in_each_cell() -> None:
    """φ = 1 − exp(−N ⟨a⟩) with ⟨a⟩ by quadrature; a cell that the tip ends in counts in part."""
    faces = np.array([0.0, 0.02, 0.1, 0.3, 0.55, 0.9, 1.3])
    made = Channels(np.asarray(20.0), np.asarray(0.8), np.asarray(0.13))
    phi = np.asarray(injury.injured_fraction(made, faces))
    for k, (top, bottom) in enumerate(pairwise(faces)):

        def area(z: float) -> float:
            return math.pi / 4.0 * (0.13 * max(1.0 - z / 0.8, 0.0)) ** 2

        mean = quad(area, top, bottom, points=[0.8] if top < 0.8 < bottom else None)[0] / (bottom - top)
        assert phi[k] == pytest.approx(1.0 - math.exp(-20.0 * mean), rel=1e-9, abs=1e-15)


def test_the_cover_is_that_of_discs_thrown_at_random() -> None:
    """Share of random points inside one disc or more, at one depth of the cone; overlap makes it less than N a."""
    rng = np.random.default_rng(2)
    side, density, width = 40.0, 60.0, 0.125
    discs = rng.random((rng.poisson(density * side**2), 2)) * side
    nearest, _ = cKDTree(discs, boxsize=side).query(rng.random((40_000, 2)) * side)
    made = Channels(np.asarray(density), np.asarray(1e6), np.asarray(width))  # so deep that it does not taper
    phi = float(injury.injured_fraction(made, np.array([0.0, 0.1]))[0])
    assert phi == pytest.approx(1.0 - math.exp(-density * math.pi / 4.0 * width**2), rel=1e-5)
    assert np.mean(nearest < width / 2.0) == pytest.approx(phi, abs=4.0 * math.sqrt(phi * (1.0 - phi) / 40_000))


def test_a_clinical_session_stays_inside_the_stated_bounds_of_injury() -> None:
    """Every draw of what we do not know keeps the share of killed tissue a share, at the strongest usual setting."""
    plan = read("1 session: exceed; cheek 1.5 mm, 10 passes")
    p = prior(200).injury
    x = course._device_draws(plan.device, plan.treatments[0], {}, 199, 0)
    made = course._channels(plan.device, x, p)
    faces = np.array([0.0, 0.02, 0.09, 0.4, 1.4])
    for k in range(200):
        one = Channels(*(np.asarray(np.broadcast_to(np.asarray(v), 200)[k]) for v in made))
        phi = np.asarray(injury.injured_fraction(one, faces))
        assert (phi >= 0).all() and (phi < 1).all() and (np.diff(phi) <= 0).all()
