"""Doubling the depth grid moves collagen by under 2 % of its largest gain."""

import numpy as np
from tests.helpers import PEN, UNTIL, members, read, solved

from neodermis.skin.tissue import Grid


def test_twice_the_depth_cells_give_the_same_gain() -> None:
    plan = read(PEN)
    batch = members(plan, [{"set_depth_mm": 1.5}, {"set_depth_mm": 0.5}])
    loss = batch.parameters.ageing.collagen_loss_rate
    coarse, fine = (solved(batch, plan.session_days, UNTIL, grid) for grid in (Grid(), Grid().finer(2)))
    for name in ("collagen_papillary", "collagen_total"):
        a, b = coarse.gain(loss, name), fine.gain(loss, name)
        moved = np.abs(a - b).max(axis=1) / np.abs(b).max(axis=1)
        assert (moved > 0).all()  # two grids, not one
        assert (moved < 0.02).all(), f"{name}: {moved}"
