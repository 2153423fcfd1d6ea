"""What is said of delivery and of actives, as far as the simulation goes: each run is made here."""

from typing import Any

import numpy as np
import pytest

import neodermis
from neodermis.treatment import load_actives

ONE = "1 session: exceed; cheek 1.0 mm, 6 passes"
FOUR = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
HOME = "home tretinoin 0.05 % daily, stop 5 days before, resume 7 days after; home sunscreen daily"
NAMED = ("hyaluronic_acid", "ghk_cu", "l_ascorbic_acid", "egf", "prp")


def given(active: str, hours: float = 0.0) -> Any:
    return neodermis.deliver(active, ONE, after=hours).sites["cheek"][0]


def course(sentence: str, **person: Any) -> Any:
    return neodermis.simulate(sentence, **{"draws": 30, "until": 455, **person}).sites["cheek"]


@pytest.mark.claim("ABS-01")
def test_abs_01_more_gets_in_and_less_with_every_hour_and_every_dalton() -> None:
    by_hour = [given("l_ascorbic_acid", hours) for hours in (0.0, 2.0, 6.0, 24.0, 48.0)]
    times = [one.enhancement.median for one in by_hour if one.enhancement is not None]
    assert times[0] > 1.25 and (np.diff(times) <= 0).all() and times[-1] == pytest.approx(1.0, abs=1e-6)
    through = [given(name) for name in ("egf", "hyaluronic_acid_small", "hyaluronic_acid", "exosomes")]
    put_on = [one.put_on_ug_cm2 for one in through]
    shares = [one.amount_ug_cm2.median / amount for one, amount in zip(through, put_on, strict=True) if amount]
    assert (np.diff(shares) < 0).all()
    assert all(one.enhancement is None for one in through)  # no multiple above 1 kDa


@pytest.mark.claim("ABS-02")
def test_abs_02_plasma_adds_and_what_has_no_size_adds_nothing() -> None:
    plain = course(FOUR)
    for name in NAMED:
        with_ = course(f"{FOUR}; {name}")
        mine, other = (site.values["collagen_papillary"] for site in (with_, plain))
        sized = any(e.sized and e.through != "hyaluronan" for e in load_actives()[name].effects)
        if sized:
            assert name == "prp"
            assert with_.draw_numbers == plain.draw_numbers
            assert np.mean(mine[:, -1] >= other[:, -1]) > 0.95 and np.median(mine[:, -1] / other[:, -1]) > 1.005
        else:
            np.testing.assert_array_equal(mine, other)


@pytest.mark.claim("ABS-07")
def test_abs_07_a_regimen_keeps_collagen_up_where_there_is_sun_and_nowhere_else() -> None:
    for exposures, longer in (({"sun": "high"}, True), ({}, False)):
        found = neodermis.compare(FOUR, f"{FOUR}; {HOME}", exposures=exposures, draws=30, until=1550)
        kept = [found.kept(change, "cheek", "collagen_papillary").median for change in (None, found.changes[0])]
        assert (kept[1] > kept[0] + 30.0) == longer
        if not longer:
            base, with_ = found.base.sites["cheek"], found.changes[0].course.sites["cheek"]
            np.testing.assert_allclose(with_.values["collagen_papillary"], base.values["collagen_papillary"], rtol=1e-3)


@pytest.mark.claim("OUT-07")
def test_out_07_water_loss_rises_for_days_and_only_a_moisturiser_lasts() -> None:
    plain, moist = course(FOUR), course(f"{FOUR}; home moisturiser daily")

    def on(site: Any, name: str, day: float) -> Any:
        return np.array([np.interp(day, site.time_day, row) / row[0] - 1.0 for row in site.values[name]])

    # in a few draws no needle enters
    assert np.mean(on(plain, "tewl", 1.0) > 0) > 0.9 and np.mean(on(plain, "hydration", 1.0) < 0) > 0.9
    assert np.median(on(plain, "tewl", 14.0)) < 0.01
    # what remains is the thicker epidermis, a small part of what a moisturiser does
    assert 0.0 < np.median(on(plain, "hydration", 300.0)) < 0.05
    assert (on(moist, "hydration", 300.0) > 0.1).all()
