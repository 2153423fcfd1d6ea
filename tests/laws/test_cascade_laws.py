"""Laws of the whole right-hand side: rest is exact, nothing is negative, and the couplings are as declared."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.helpers import EXPOSED, PEN, UNEXPOSED, UNTIL, drawn, members, path_of, read, widened
from tests.laws.test_conservation import ONE_BLOCK, protocols

from neodermis.evidence import load_parameters
from neodermis.simulation import session, solver
from neodermis.simulation.couplings import Coupling, couplings
from neodermis.skin import cascade, outcomes
from neodermis.skin.cascade import Signals, Sources
from neodermis.skin.tissue import Cells, Grid, SkinState, Surface
from neodermis.treatment import Protocol

PLAN = read(PEN)
SHIPPED = load_parameters()
BOOKS = ("cumulative_synthesis_1", "cumulative_synthesis_3", "cumulative_degradation_1", "cumulative_degradation_3")

# ------------------------------------------------------------------------------------------------- rest


@pytest.fixture(scope="module")
def still() -> dict[str, Any]:
    """State at the end of ten years without an injury, with ageing and without, over draws; the state at rest."""
    plan = read("2 sessions every 30 days: exceed; cheek 1.5 mm, 0 passes")
    found = {}
    for name, change in (("ageing", {}), ("none", {"collagen_loss_rate": 0.0})):
        batch = members(plan, [row | change for row in drawn(ONE_BLOCK, seed=9)], patient=UNEXPOSED)
        history = solver.solve_states(batch, solver.Schedule.of(plan.session_days), 3650.0)
        found[name] = history.column, jax.tree.map(lambda leaf: leaf[:, -1], history.moments.state)
    return found


def test_without_ageing_every_state_of_rest_is_exact_over_ten_years(still: dict[str, Any]) -> None:
    column, state = still["none"]
    for part in ("cells", "surface", "matrix"):
        for name, after in getattr(state, part)._asdict().items():
            if name not in BOOKS:
                before = getattr(getattr(column.rest, part), name)
                np.testing.assert_allclose(after, before, rtol=1e-12, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(state.matrix.cumulative_synthesis_1, state.matrix.cumulative_degradation_1, rtol=1e-9)
    np.testing.assert_allclose(state.matrix.cumulative_synthesis_3, state.matrix.cumulative_degradation_3, rtol=1e-9)


def test_no_injury_is_the_untreated_course_for_every_state(still: dict[str, Any]) -> None:
    """Collagen falls with age; cells, signals, lesser fibres and the epidermis stay."""
    column, state = still["ageing"]
    for part in ("cells", "surface"):
        for name, after in getattr(state, part)._asdict().items():
            before = getattr(getattr(column.rest, part), name)
            # the set point of the epidermis follows collagen, and so the error of its steps
            exact = 1e-5 if name == "epidermis" else 1e-12
            np.testing.assert_allclose(after, before, rtol=exact, atol=1e-12, err_msg=name)
    left = np.exp(-column.loss_rate_per_day * 3650.0)[:, None]
    for name in ("labile_1", "labile_3", "mature_1", "mature_3"):
        before, after = getattr(column.rest.matrix, name), getattr(state.matrix, name)
        np.testing.assert_allclose(after, before * left, rtol=1e-5, err_msg=name)


# ------------------------------------------------------------------------------------------------- signs


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(plan=protocols(), seed=st.integers(0, 2**32 - 1), phototype=st.integers(1, 6), exposed=st.booleans())
def test_no_state_turns_negative_at_five_times_the_spreads(
    plan: Protocol, seed: int, phototype: int, exposed: bool
) -> None:
    rows = [row | {"phototype": phototype} for row in drawn(ONE_BLOCK, seed, parameters=widened(5.0))]
    batch = members(plan, rows, patient=EXPOSED if exposed else None)
    path = path_of(batch, plan.session_days, plan.last_day + 90.0)
    finite = [np.isfinite(readings.lowest).all(axis=1) for readings in path.readings]
    assert np.mean(finite) > 0.5
    for readings, good in zip(path.readings, finite, strict=True):
        assert readings.lowest[good].min() >= 0.0
        assert readings.unepithelialised_fraction[good].max() <= 1.0 and readings.alignment[good].max() <= 1.0


# ------------------------------------------------------------------------------------------------- watch


def test_what_is_watched_is_what_is_solved() -> None:
    batch = members(PLAN, [{}, *drawn(5, seed=3)])
    path = path_of(batch, PLAN.session_days, UNTIL)
    history = solver.solve_states(batch, solver.Schedule.of(PLAN.session_days), UNTIL, halvings=0)
    np.testing.assert_allclose(history.days, np.concatenate(path.nodes), rtol=1e-12)
    read_off = jax.jit(
        jax.vmap(
            lambda states, column: jax.vmap(
                lambda state: outcomes.read(state, column.layers, column.rest, column.shallow)
            )(states)
        )
    )
    seen = read_off(history.moments.state, history.column)
    for name, values in seen._asdict().items():
        solved = np.concatenate([getattr(readings, name) for readings in path.readings], axis=1)
        np.testing.assert_allclose(values, solved, rtol=1e-10, atol=1e-11, err_msg=name)


def test_watched_signals_are_zero_before_the_first_session_and_the_synthesis_that_of_rest() -> None:
    plan = read(PEN.replace("6 passes", "0 passes"))
    history = solver.solve_states(members(plan), solver.Schedule.of(plan.session_days), UNTIL)
    assert all((np.asarray(signal) == 0.0).all() for signal in history.moments.signals)
    column, left = history.column, np.exp(-history.column.loss_rate_per_day[0] * history.days)[:, None]
    at_rest = column.collagen.renewal[0] * column.resting_labile[0][0] * left
    np.testing.assert_allclose(history.moments.synthesis_1[0], np.broadcast_to(at_rest, (len(left), 18)), rtol=1e-9)


# ------------------------------------------------------------------------------------------------- couplings

ONE_CELL = Grid(1, 1, 1, 1, 1)
PAPILLARY = 0
STATES = [*Cells._fields, *Surface._fields, *Sources._fields]
READS = [*STATES, "collagen"]
READERS = [*STATES, "synthesis_1", "synthesis_3", "collagen_cleavage", "collagen_maturation", "scar_rebuilding"]


@cache
def found() -> list[Coupling]:
    return couplings(SHIPPED)


def column_of(p: Any) -> Any:
    """One cell a layer of someone with sun, fragments and a scar."""
    person = cascade.unexposed(p, *(jnp.asarray(number) for number in (1.6, 60.0, 5.0, 0.3)))
    quick = person.rate_time_course.quick._replace(uv_cleavage=0.3, fragmentation=2e-4)
    return cascade.prepare(person._replace(rate_time_course=person.rate_time_course._replace(quick=quick)), p, ONE_CELL)


@cache
def net_rates() -> Any:
    """Net rates of a papillary cell, the signals' sources and the collagen's turnover, from all that is read."""
    p = jax.tree.map(lambda leaf: leaf[0], session.skin_parameters(SHIPPED.central(), SHIPPED))
    column = column_of(p)

    def net(values: dict[str, Any]) -> dict[str, Any]:
        everywhere = {name: value * jnp.ones(ONE_CELL.dermal_cells) for name, value in values.items()}
        cells = Cells(**{name: everywhere[name] for name in Cells._fields})
        surface = Surface(**{name: values[name] for name in Surface._fields})
        now = Signals(*(everywhere[name] for name in Sources._fields), epidermal=values["inflammatory"])
        pools = ("labile_1", "labile_3", "mature_1", "mature_3")
        held = {name: getattr(column.rest.matrix, name) * values["collagen"] for name in pools}
        state = SkinState(cells, column.rest.matrix._replace(**held), surface)
        here = cascade.rates(state, jnp.asarray(100.0), column, p, given=now)
        out = {
            name: (getattr(here.production, name) - getattr(here.loss, name) * value)[PAPILLARY]
            for name, value in cells._asdict().items()
        }
        out |= {
            name: getattr(here.surface_production, name) - getattr(here.surface_loss, name) * value
            for name, value in surface._asdict().items()
        }
        out |= {name: v[PAPILLARY] for name, v in cascade.signal_sources(cells, p)._asdict().items()}
        made = here.collagen
        return out | {
            "synthesis_1": made.synthesis_1[PAPILLARY],
            "synthesis_3": made.synthesis_3[PAPILLARY],
            "collagen_cleavage": made.labile_cleavage[PAPILLARY],
            "collagen_maturation": made.maturation[PAPILLARY],
            "scar_rebuilding": made.filling[PAPILLARY],
        }

    return jax.jit(net)


def probe(seed: int) -> dict[str, float]:
    """A state in which everything is present: that of a wound in its second week, a tenth this way or that."""
    density = SHIPPED["fibroblast_density"].value
    by_state = dict.fromkeys(READS, 1.1) | dict.fromkeys(Sources._fields, 0.6)
    # at little TGF-β1 the sign that activated fibroblasts have for myofibroblasts turns: they then only take the room
    by_state |= {"tgf": 1.5}
    by_state |= dict.fromkeys(("neutrophil", "macrophage_inflammatory", "macrophage_repair"), 300.0)
    by_state |= {"fibroblast": 0.75 * density, "activated": 0.12 * density, "myofibroblast": 0.03 * density}
    by_state |= {
        "damage": 0.05,
        "platelet": 1.0,
        "protease": 3.0,
        "alignment": 0.2,
        "scar": 0.2,
        "new_scar": 0.1,
        "unepithelialised_fraction": 0.3,
        "activated_keratinocytes": 0.2,
    }
    rng = np.random.default_rng(seed)
    return {name: value * rng.uniform(0.9, 1.1) for name, value in by_state.items()}


@pytest.mark.parametrize("seed", range(2))
def test_every_coupling_is_a_finite_difference_of_the_rates_in_another_state(seed: int) -> None:
    """Each that is named has its sign there, and each that moves a rate is named."""
    here, net = probe(seed), net_rates()
    named = {(one.reader, one.read): one.sign for one in found()}
    assert len(named) == len(found())
    assert all(reader in READERS and read in READS and sign in (-1, 1) for (reader, read), sign in named.items())
    for read_ in READS:
        step = 1e-5 * here[read_]
        up, down = (net(here | {read_: here[read_] + change}) for change in (step, -step))
        for reader in READERS:
            if reader == read_:
                continue
            difference = float(up[reader] - down[reader])
            rounding = 1e-12 * max(1.0, abs(float(up[reader])))
            sign = int(np.sign(difference)) if abs(difference) > rounding else 0
            assert sign == named.get((reader, read_), 0), f"{reader} reads {read_}: {difference:.3g}"


def test_every_coupling_names_the_parameters_it_moves_with_and_their_sources() -> None:
    for one in found():
        assert one.parameters, one
        assert set(one.sources) == {key for name in one.parameters for key in SHIPPED[name].sources}
    used = {name for one in found() for name in one.parameters}
    for name in ("tgf3_half", "capillary_vegf_half", "myofibroblast_self_rate", "tropoelastin_activated",
                 "hyaluronan_activated", "alignment_rate", "epidermal_wound_half", "melanocyte_stimulation_rate",
                 "scar_release_rate", "scar_formation_rate", "capillary_remodelling_rate",
                 "shedding_response"):  # fmt: skip
        assert name in used


def test_every_state_is_read_by_another_but_for_the_ends() -> None:
    """What nothing reads would mean nothing: these alone are ends, and are outcomes or readings; what is off is set."""
    off = {p.name: p.uncertainty.b / 2.0 for p in SHIPPED if p.uncertainty.kind == "off"}
    ends = set(READS) - {one.read for one in couplings(SHIPPED.set(off))}
    assert ends == {"capillary_density", "elastin", "hyaluronan", "alignment", "unepithelialised_fraction", "epidermis",
                    "melanin", "post_inflammatory_pigment"}  # fmt: skip


def test_after_the_injury_nothing_reads_a_needle() -> None:
    needle = {
        name for name, (mechanism, _) in cascade.declarations().items() if mechanism in ("needling", "injury", "pain")
    }
    assert not needle & {name for one in found() for name in one.parameters}
    p = session.skin_parameters(SHIPPED.central(), SHIPPED)
    nothing = p._replace(
        **{
            mechanism: jax.tree.map(lambda leaf: leaf * np.nan, getattr(p, mechanism))
            for mechanism in ("needling", "injury", "pain")
        }
    )

    def net(p: Any) -> Any:
        column = column_of(p)
        here = probe(0)
        cells = Cells(*(here[name] * jnp.ones(ONE_CELL.dermal_cells) for name in Cells._fields))
        surface = Surface(*(jnp.asarray(here[name]) for name in Surface._fields))
        return cascade.rates(SkinState(cells, column.rest.matrix, surface), jnp.asarray(9.0), column, p)

    for a, b in zip(*(jax.tree.leaves(jax.jit(jax.vmap(net))(q)) for q in (p, nothing)), strict=True):
        np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------------------------------------- scars


def test_a_scar_is_a_set_point_that_remodelling_releases() -> None:
    """Left alone, collagen and alignment of a scar stay for ten years; sessions release it, and it stays released."""
    sham, plan = (
        "1 session: exceed; cheek 1.5 mm, 0 passes",
        "{} sessions every 30 days: exceed; cheek 1.5 mm, 6 passes",
    )
    fixed = [{"scar": 0.7, "collagen_loss_rate": 0.0}]
    still = solver.solve_states(
        members(read(sham), fixed, patient=UNEXPOSED), solver.Schedule.of((0.0,)), 3650.0
    ).moments.state
    assert np.ptp(still.matrix.collagen, axis=1).max() < 1e-9 * still.matrix.collagen.max()
    assert np.ptp(still.cells.alignment, axis=1).max() == pytest.approx(0.0, abs=1e-12)
    left, collagen = [0.7], []
    for count in (2, 4, 8):
        sessions = read(plan.format(count))
        after = solver.solve_states(
            members(sessions, fixed, patient=UNEXPOSED),
            solver.Schedule.of(sessions.session_days),
            sessions.last_day + 1500.0,
        )
        scar, bundles = after.moments.state.cells.scar[0, -1], after.moments.state.cells.alignment[0, -1]
        inside = scar > 0
        left.append(float(scar[inside].mean()))
        assert (bundles[inside] < 0.7).all()
        collagen.append(float(after.moments.state.matrix.collagen[0, -1].sum()))
    assert left == sorted(left, reverse=True) and len(set(left)) == len(left)
    assert collagen == sorted(collagen) and collagen[0] > float(still.matrix.collagen[0, -1].sum())
