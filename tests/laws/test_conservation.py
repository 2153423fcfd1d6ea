"""No state turns negative, and every microgram of collagen is made, present or cleaved."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.helpers import PEN, UNTIL, drawn, members, path_of, prior, read, widened

import neodermis
from neodermis.errors import NeodermisError
from neodermis.simulation import course
from neodermis.skin import ageing, cascade, concerns, exposures, matrix
from neodermis.treatment import Device, Pass, Phase, Protocol, find_device, pen, roller, stamp

#: 24 draws and the two central members fill one block of the compiled function.
ONE_BLOCK = 24
SOLVES = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def devices() -> st.SearchStrategy[Device]:
    shipped = [find_device(name) for name in ("exceed", "skinpen_precision", "roller_mf8", "home_roller")]
    described = [pen(36, 0.25), roller(540, 0.5, 0.2), stamp(40, 0.25)]
    return st.sampled_from(shipped + described)


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    device = draw(devices())
    depths = st.floats(device.depth_min_mm, device.depth_max_mm).map(lambda depth: round(depth, 2))
    sessions = draw(st.integers(1, 6))
    phase = Phase(
        device=device,
        treatments=(
            Pass(
                site=draw(st.sampled_from(["cheek", "forehead", "periorbital", "neck"])),
                depth_mm=draw(depths.filter(device.allows_depth)),
                passes=draw(st.integers(0, 40)),
            ),
        ),
        count=sessions,
        interval_days=draw(st.integers(1, 60)) if sessions > 1 else 0,
    )
    return Protocol(phases=(phase,))


@SOLVES
@given(plan=protocols(), seed=st.integers(0, 2**32 - 1))
def test_nothing_is_negative_and_collagen_is_conserved(plan: Protocol, seed: int) -> None:
    path = path_of(members(plan, drawn(ONE_BLOCK, seed)), plan.session_days, plan.last_day + 120.0)
    start = path.whole.present[:, :1]
    for readings in path.readings:
        assert readings.lowest.min() >= 0.0
        balance = readings.made - readings.cleaved - (readings.present - start)
        assert np.abs(balance).max() <= 1e-6 * readings.made.max()
    assert readings.made[:, -1].min() > 0.0


def test_untreated_synthesis_is_its_closed_form() -> None:
    """The books' own entry: s₀ H ∫ exp(−r t) dt, from the parameters alone."""
    plan, rows = read(PEN.replace("6 passes", "0 passes")), drawn(ONE_BLOCK, seed=3)
    batch = members(plan, rows)
    path = path_of(batch, plan.session_days, UNTIL)
    days, made = path.nodes[1], path.readings[1].made
    for k, row in enumerate(rows):
        rate = row["collagen_loss_rate"] / 100.0 / 365.25
        synthesis = row["collagen_synthesis_rate"] / 100.0 * 24.0
        # of the young; this person is 45
        years = (45.0 - row["young_donor_age"]) / (row["aged_donor_age"] - row["young_donor_age"])
        synthesis *= row["procollagen_aged"] ** years
        # under the second reading the rate is of all collagen, under the first of its labile share
        share = 1.0 if row["synthesis_rate_of_all_collagen"] else row["labile_share"]
        mass = row["collagen_concentration"] * path.whole.dermal_thickness[k, 0]
        np.testing.assert_allclose(made[k], synthesis * share * mass * -np.expm1(-rate * days) / rate, rtol=1e-9)


@pytest.mark.parametrize(("age", "share"), [(18.0, 0.0), (45.0, 0.0), (60.0, 0.0), (75.0, 5e-4), (100.0, 2e-3)])
def test_no_draw_cleaves_backwards(age: float, share: float) -> None:
    """Cleavage is what the resting identities leave over; it must stay positive over the whole prior.

    Where age has slowed synthesis most, a few draws have no resting state; they are no number and count as failed.
    """
    p = prior(20_000)
    p = cascade.individual(np.full(20_000, age), exposures.Levels(), concerns.NONE, p)
    rates = matrix.collagen_rates(ageing.loss_rate_per_day(p.ageing), p.matrix)
    assert np.mean(~(np.array(rates) > 0.0).all(axis=0)) <= share


def test_values_without_a_resting_state_are_refused() -> None:
    """Where maturation alone takes more than is made, rest would need cleavage that makes collagen."""
    with pytest.raises(NeodermisError):
        neodermis.simulate(PEN, draws=1, until=UNTIL, set={"labile_share": 0.01, "mature_renewal_time": 0.05})


@pytest.fixture(scope="module")
def wild() -> list[course.SiteCourse]:
    """Draws from five times the stated spreads."""
    wide = widened(5.0)
    courses = (neodermis.simulate(PEN, draws=ONE_BLOCK, seed=seed, until=UNTIL, parameters=wide) for seed in range(3))
    return [site for one in courses for site in one.sites.values()]


def test_five_times_the_spreads_gives_finite_values_or_counted_failures(wild: list[course.SiteCourse]) -> None:
    for site in wild:
        assert all(np.isfinite(values).all() for values in site.values.values())
        assert site.failed + len(site.values["collagen_papillary"]) == ONE_BLOCK


def test_five_times_the_spreads_puts_no_negative_amount_into_a_mean(wild: list[course.SiteCourse]) -> None:
    for site in wild:
        assert all(values.min() >= 0.0 for values in site.values.values())
