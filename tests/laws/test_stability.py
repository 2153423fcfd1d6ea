"""Rest is stable over the whole prior: loop gains at rest below 0.7, every mode decays.

Gains are computed from the equations, well mixed (diffusion only lowers them), not read off the parameters that
state them: at a gain of 0.9 decay is ten times slower, above 1 inflammation or activation would never end.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from tests.helpers import prior

from neodermis.evidence import load_parameters
from neodermis.simulation import session
from neodermis.skin import cascade, inflammation, repair, tissue
from neodermis.skin.cascade import SkinParameters
from neodermis.skin.tissue import Cells, SkinState, Surface

LIMIT = 0.7
MODES = 16 * 18 + 6


def resting(p: SkinParameters) -> Cells:
    zero, one = jnp.zeros(()), jnp.ones(())
    return Cells(*[zero] * len(Cells._fields))._replace(
        fibroblast=p.tissue.fibroblast_density,
        **dict.fromkeys(("capillary_density", "tropoelastin", "elastin", "hyaluronan"), one),
    )


def macrophage_gain(p: SkinParameters) -> Any:
    """d(steady M1)/d(M1) around M1 → signal → M1."""

    def around(m1: Any) -> Any:
        cells = resting(p)._replace(macrophage_inflammatory=m1)
        signal = inflammation.inflammatory_source(cells, p.inflammation) / p.inflammation.inflammatory_decay_rate
        made, loss = inflammation.turnover(cells, signal, p.inflammation).macrophage_inflammatory
        return made / loss

    return jax.jacfwd(around)(0.0)


def late(cells: Cells, p: SkinParameters) -> repair.Turnover:
    """Production and loss of fibroblasts and capillaries under the signals that these cells keep up, well mixed."""
    r, density = p.repair, p.tissue.fibroblast_density
    return repair.turnover(
        cells,
        repair.tgf_source(cells, density, r) / r.tgf_decay_rate,
        repair.tgf3_source(cells, r) / r.tgf_decay_rate,
        repair.vegf_source(cells, r) / r.vegf_decay_rate,
        1.0,
        density,
        r,
    )


def gain(name: str, at: float, p: SkinParameters) -> Any:
    """d(steady state)/d(state) around state → signals → state."""

    def around(value: Any) -> Any:
        made, loss = getattr(late(resting(p)._replace(**{name: value}), p), name)
        return made / loss

    return jax.jacfwd(around)(at)


#: Loops through one cell, and its value at rest.
LATE = {"activated": 0.0, "myofibroblast": 0.0, "capillary_density": 1.0}


def test_loop_gains_at_rest_stay_below_the_limit_over_the_whole_prior() -> None:
    p = prior(2000)
    gains = {"macrophage": np.asarray(jax.jit(jax.vmap(macrophage_gain))(p))}
    for name, at in LATE.items():
        gains[name] = np.asarray(jax.jit(jax.vmap(partial(gain, name, at)))(p))
    gains["fibroblast"] = np.asarray(jax.jit(jax.vmap(lambda q: gain("fibroblast", q.tissue.fibroblast_density, q)))(p))
    for name, values in gains.items():
        assert np.abs(values).max() < LIMIT, name
    # the parameters that state the gains mean what they say
    np.testing.assert_allclose(gains["macrophage"], p.inflammation.macrophage_loop_gain, rtol=1e-9)
    np.testing.assert_allclose(gains["activated"], p.repair.activation_loop_gain, rtol=1e-9)
    # self-recruitment starts with the square, the turn into myofibroblasts with the cube: neither acts at rest
    for name in ("myofibroblast", "capillary_density", "fibroblast"):
        np.testing.assert_allclose(gains[name], 0.0, atol=1e-12)


def test_myofibroblasts_recruit_themselves_over_a_fold_or_not_at_all() -> None:
    """One fixed point, rest; or three: rest, the fold and a scar.  Rest is stable, so a few myofibroblasts go.

    Well mixed, without a signal; resting fibroblasts follow (their balance is a quadratic with one root below F0).
    """
    shipped = load_parameters()
    central = session.skin_parameters(shipped.central(), shipped)
    p = jax.tree.map(lambda *leaves: np.concatenate(leaves), central, prior(2000))
    density, none = p.tissue.fibroblast_density, np.zeros(2001)
    zero = Cells(*[none] * len(Cells._fields))

    def turned(low: Any, many: Any) -> repair.Turnover:
        cells = zero._replace(fibroblast=low, myofibroblast=many)
        return repair.turnover(cells, none, none, none, 1.0, density, p.repair)

    @jax.jit
    def net(many: Any) -> Any:
        low, high = none, density
        for _ in range(60):
            middle = (low + high) / 2.0
            made, loss = turned(middle, many).fibroblast
            rising = made > loss * middle
            low, high = jnp.where(rising, middle, low), jnp.where(rising, high, middle)
        made, loss = turned(low, many).myofibroblast
        return made - loss * many

    most = np.asarray(p.repair.fibroblast_capacity * density)
    signs = np.sign(np.array([np.asarray(net(share * most)) for share in np.geomspace(1e-6, 1.0, 300)]))
    assert (signs[0] == -1).all() and (signs[-1] == -1).all()  # rest is stable, and there is no room for ever more
    crossings = (np.diff(signs, axis=0) != 0).sum(axis=0)
    assert set(crossings) <= {0, 2}
    assert (crossings == 2).mean() > 0.05  # so that the fold is looked at
    assert crossings[0] == 2, "the shipped central values have a fold: an overdose scars"


def test_every_mode_of_the_linearised_skin_column_decays() -> None:
    # the set points of scars stay where they are without activated fibroblasts: they have no mode of their own
    still = ("scar", "new_scar")
    moving = [name for name in Cells._fields if name not in still]

    def jacobian(p: SkinParameters) -> Any:
        person = cascade.unexposed(p, *(jnp.asarray(number) for number in (1.35, 45.0, 4.0, 0.0)))
        column = cascade.prepare(person, p, tissue.GRID)
        rest = column.rest

        def flow(deep: Any, surface: Any) -> tuple[Any, Any]:
            cells = rest.cells._replace(**dict(zip(moving, deep, strict=True)))
            above = Surface(*surface)
            here = cascade.rates(SkinState(cells, rest.matrix, above), jnp.zeros(()), column, p)
            change = [
                getattr(here.production, name) - getattr(here.loss, name) * getattr(cells, name) for name in moving
            ]
            outside = [
                q - loss * y for q, loss, y in zip(here.surface_production, here.surface_loss, above, strict=True)
            ]
            return jnp.stack(change), jnp.stack(outside)

        at = jnp.stack([getattr(rest.cells, name) for name in moving]), jnp.stack(rest.surface)
        assert at[0].size + at[1].size == MODES
        slopes = jax.jacfwd(flow, argnums=(0, 1))(*at)
        return jnp.block(
            [[slopes[i][j].reshape(at[i].size, at[j].size) for j in range(len(at))] for i in range(len(at))]
        )

    modes = np.linalg.eigvals(np.asarray(jax.jit(jax.vmap(jacobian))(prior(50))))
    assert modes.shape == (50, MODES)
    assert modes.real.max() < 0.0
