"""Rest is stable over the whole prior: loop gains at rest below 0.7, every mode decays.

Gains are computed from the equations, well mixed (diffusion only lowers them), not read off the parameters that
state them: at a gain of 0.9 decay is ten times slower, above 1 inflammation or activation would never end.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from tests.helpers import prior

from neodermis.skin import cascade, inflammation, repair, tissue
from neodermis.skin.cascade import SkinParameters
from neodermis.skin.tissue import Cells, SkinState

LIMIT = 0.7


def resting(p: SkinParameters) -> Cells:
    zero = jnp.zeros(())
    return Cells(*[zero] * len(Cells._fields))._replace(fibroblast=p.tissue.fibroblast_density)


def macrophage_gain(p: SkinParameters) -> Any:
    """d(steady M1)/d(M1) around M1 → signal → M1."""

    def around(m1: Any) -> Any:
        cells = resting(p)._replace(macrophage_inflammatory=m1)
        signal = inflammation.inflammatory_source(cells, p.inflammation) / p.inflammation.inflammatory_decay_rate
        made, loss = inflammation.turnover(cells, signal, jnp.ones(()), p.inflammation).macrophage_inflammatory
        return made / loss

    return jax.jacfwd(around)(0.0)


def activation_gain(p: SkinParameters) -> Any:
    """d(steady A)/d(A) around A → TGF-β1 → A."""
    density = p.tissue.fibroblast_density

    def around(activated: Any) -> Any:
        cells = resting(p)._replace(activated=activated)
        tgf = repair.tgf_source(cells, density, p.repair) / p.repair.tgf_decay_rate
        made, loss = repair.turnover(cells, tgf, density, jnp.ones(()), p.repair).activated
        return made / loss

    return jax.jacfwd(around)(0.0)


def test_loop_gains_at_rest_stay_below_the_limit_over_the_whole_prior() -> None:
    p = prior(2000)
    macrophage = np.asarray(jax.jit(jax.vmap(macrophage_gain))(p))
    activation = np.asarray(jax.jit(jax.vmap(activation_gain))(p))
    assert macrophage.max() < LIMIT and activation.max() < LIMIT
    # the parameters that state the gains mean what they say
    np.testing.assert_allclose(macrophage, p.inflammation.macrophage_loop_gain, rtol=1e-9)
    np.testing.assert_allclose(activation, p.repair.activation_loop_gain, rtol=1e-9)


def test_every_mode_of_the_linearised_skin_column_decays() -> None:
    def jacobian(p: SkinParameters) -> Any:
        column = cascade.prepare(jnp.asarray(1.35), jnp.asarray(45.0), p, tissue.GRID)
        dermis = tissue.GRID.dermis

        def flow(values: Any) -> Any:
            cells = Cells(*(rest.at[dermis].set(new) for rest, new in zip(column.rest.cells, values, strict=True)))
            here = cascade.rates(SkinState(cells, column.rest.matrix), jnp.zeros(()), column, p)
            change = [q - loss * y for q, loss, y in zip(here.production, here.loss, cells, strict=True)]
            return jnp.stack(change)[:, dermis]

        rest = jnp.stack(column.rest.cells)[:, dermis]
        return jax.jacfwd(flow)(rest).reshape(rest.size, rest.size)

    modes = np.linalg.eigvals(np.asarray(jax.jit(jax.vmap(jacobian))(prior(50))))
    assert modes.shape == (50, 162)
    assert modes.real.max() < 0.0
