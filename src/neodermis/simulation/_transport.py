"""Steps of delivery in time: a product on the skin, the cells of the column below it, blood and what lies deeper.

Equations
    κ u' = Σ conductance · difference − cleared · u;   M' = −Σ g (c − u)   (product, µg/mm²)
    c = min(M/V, solubility),  V = V₀ (r + (1 − r) 2^(−t/τ)) while its water evaporates;  c fixed for an endless product
Method
    finite volumes by depth; in time the trapezoidal rule and the second backward difference in one step (TR-BDF2:
    second order, L-stable), on steps that grow from the moment of application and again from washing off; a step that
    would draw a product below nothing is one of Euler's instead.  Each stage is one tridiagonal elimination with two
    right-hand sides; the product, which meets many cells, is a border of it and is solved for in closed form,
    saturated or not.  Amounts are carried, so that what leaves one place enters another.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.arrays import mapped
from neodermis.lazy import numpy as np
from neodermis.simulation._machine import ByJax
from neodermis.simulation.session import Floats
from neodermis.skin.barrier import open_share
from neodermis.skin.delivery import Column

#: Steps while the product is on the skin, and after.
STEPS: Final = (120, 60)
#: Growth of the steps: the last over the first.
GROWTH: Final = 1e5
#: Members stepped together: the smallest of these that holds them, or several of the last.
BLOCKS: Final = (1, 16, 128)

_GAMMA: Final = 2.0 - math.sqrt(2.0)
_OWN, _OTHER = _GAMMA / 2.0, math.sqrt(2.0) / 4.0


class Product(NamedTuple):
    """What is put on the skin, member by member."""

    concentration: Any  # of its water, µg/mm³
    film_mm: Any  # thickness as put on, times what it holds over what its water does
    residue: Any  # share of it that does not evaporate
    evaporation_hours: Any  # time in which half of the rest does; infinite under a patch
    endless: Any  # 1 where its concentration does not change, else 0


class Opening(NamedTuple):
    """How far the channels conduct, member by member."""

    half_time_hours: Any
    since_hours: Any  # from the session to the application


class Amounts(NamedTuple):
    """Where everything is at each node of time: (nodes, members), with a last axis of cells for ``cells``."""

    hours: Floats
    """Since the application, (nodes,)."""
    product: Floats
    washed: Floats
    cells: Floats
    """µg/mm² in each cell, the stratum corneum first."""
    cleared: Floats
    """To blood and lymph."""
    deeper: Floats
    """To the tissue below the dermis."""
    put_on: Floats
    """(members,): with an endless product what it has given stands in ``product`` as a loss."""


class _State(NamedTuple):
    product: Any  # (members,)
    washed: Any
    cells: Any  # (cells, members)
    cleared: Any
    deeper: Any


class _Step(NamedTuple):
    start: Any
    length: Any
    on: Any  # 1 while the product is on
    wash: Any  # 1 in the step that begins with washing off


def schedule(contact: float, until: float, steps: tuple[int, int] = STEPS) -> Floats:
    """Nodes in time (hours): growing steps from the application, and from washing off to the end."""

    def grown(length: float, count: int) -> Floats:
        """``count`` steps that grow evenly in proportion, the last GROWTH times the first but for few steps."""
        part = np.arange(count + 1) / count
        return length * np.expm1(math.log(GROWTH) * part) / (GROWTH - 1.0)

    nodes = [grown(contact, steps[0])]
    if until > contact:
        nodes.append(contact + grown(until - contact, steps[1])[1:])
    return np.concatenate(nodes)


def _eliminate(below: Any, diagonal: Any, above: Any, right: Any) -> Any:
    """Solve tridiagonal systems, (cells, members), for several right-hand sides, (cells, sides, members)."""

    def down(carry: Any, row: Any) -> Any:
        last, solved = carry
        lower, middle, upper, value = row
        pivot = 1.0 / (middle - lower * last)
        now = (upper * pivot, (value - lower * solved) * pivot)
        return now, now

    def up(after: Any, row: Any) -> Any:
        ratio, value = row
        now = value - ratio * after
        return now, now

    import jax

    empty = jnp.zeros_like(right[0])
    _, (ratios, values) = jax.lax.scan(down, (empty[0], empty), (below, diagonal, above, right))
    return jax.lax.scan(up, empty, (ratios, values), reverse=True)[1]


def _march(column: Column, product: Product, opening: Opening, steps: _Step) -> Any:
    """All nodes after the first, cells first and members last."""
    import jax

    given = mapped(lambda leaf: jnp.moveaxis(leaf, -1, 0) if leaf.ndim == 2 else leaf, column)
    none = jnp.zeros_like(given.top)[None]
    inner = jnp.concatenate([given.between, none]) + jnp.concatenate([none, given.between])
    lost = inner.at[-1].add(given.bottom) + given.cleared
    first = jnp.zeros_like(given.shunt).at[0].set(given.top)
    volume_0 = product.film_mm

    def volume(t: Any) -> Any:
        left = open_share(t, product.evaporation_hours)
        return volume_0 * (product.residue + (1.0 - product.residue) * left)

    def contact(t: Any, on: Any) -> Any:
        conducting = open_share(opening.since_hours + t, opening.half_time_hours)
        return on * (first + given.shunt + given.channel * conducting)

    def drive(amount: Any, t: Any) -> Any:
        dissolved = jnp.minimum(amount / volume(t), given.solubility)
        return jnp.where(product.endless > 0, jnp.minimum(product.concentration, given.solubility), dissolved)

    def change(state: _State, t: Any, on: Any) -> _State:
        u, g = state.cells / given.capacity, contact(t, on)
        c = drive(state.product, t)
        flow = given.between * (u[:-1] - u[1:])
        moved = jnp.concatenate([none, flow]) - jnp.concatenate([flow, none])
        taken = g * (c - u)
        cleared = given.cleared * u
        deeper = given.bottom * u[-1]
        cells = (moved + taken - cleared).at[-1].add(-deeper)
        return _State(-taken.sum(0), 0.0 * state.washed, cells, cleared.sum(0), deeper)

    def stage(right: _State, weight: Any, t: Any, on: Any) -> _State:
        """The state y with  y = right + weight · change(y)."""
        g = contact(t, on)
        diagonal = 1.0 + weight * (lost + g) / given.capacity
        # in amounts: the coupling of a cell to its neighbour reads the neighbour's own capacity
        above = -weight * jnp.concatenate([given.between, none]) / jnp.concatenate([given.capacity[1:], none + 1.0])
        below = -weight * jnp.concatenate([none, given.between]) / jnp.concatenate([none + 1.0, given.capacity[:-1]])
        solved = _eliminate(below, diagonal, above, jnp.stack([right.cells, weight * g], axis=1))
        free, per_c = solved[:, 0], solved[:, 1]
        back = (g * free / given.capacity).sum(0)
        net = g.sum(0) - (g * per_c / given.capacity).sum(0)
        held = right.product + weight * back
        room = volume(t)
        loose = held / (1.0 + weight * net / room)
        most = jnp.where(product.endless > 0, jnp.minimum(product.concentration, given.solubility), given.solubility)
        bounded = (product.endless > 0) | (loose / room > given.solubility)
        c = jnp.where(bounded, most, loose / room)
        cells = free + c * per_c
        u = cells / given.capacity
        return _State(
            product=jnp.where(bounded, held - weight * most * net, loose),
            washed=right.washed,
            cells=cells,
            cleared=right.cleared + weight * (given.cleared * u).sum(0),
            deeper=right.deeper + weight * given.bottom * u[-1],
        )

    def one(state: _State, step: _Step) -> Any:
        off = state.product * step.wash
        state = state._replace(product=state.product - off, washed=state.washed + off)
        h, t = step.length, step.start
        start = change(state, t, step.on)
        right = mapped(lambda y, f: y + _OWN * h * f, state, start)
        middle = stage(right, _OWN * h, t + _GAMMA * h, step.on)
        slope = mapped(lambda y, r: (y - r) / (_OWN * h), middle, right)
        right = mapped(lambda y, f, m: y + _OTHER * h * (f + m), state, start, slope)
        end = stage(right, _OWN * h, t + h, step.on)
        # where a product would be drawn below nothing within the step, the step is one of Euler's, which cannot
        below = ((middle.product < 0) | (end.product < 0)) & (product.endless == 0)

        def of_euler() -> _State:
            short = stage(state, h, t + h, step.on)
            found: _State = mapped(lambda y, other: jnp.where(below, other, y), end, short)
            return found

        end = jax.lax.cond(below.any(), of_euler, lambda: end)
        return end, end

    nothing = jnp.zeros_like(product.film_mm)
    put_on = jnp.where(product.endless > 0, 0.0, product.concentration * product.film_mm)
    begin = _State(put_on, nothing, jnp.zeros_like(given.capacity), nothing, nothing)
    return put_on, jax.lax.scan(one, begin, steps)[1]


_RUN: Final = ByJax("transport", _march)


def solve(column: Column, product: Product, opening: Opening, nodes: Floats, contact: float) -> Amounts:
    """Amounts of all members at the nodes of :func:`schedule`; the product is washed off after ``contact`` hours.

    Every leaf of ``column``, ``product`` and ``opening`` has the members as its first axis.
    """
    count = len(product.film_mm)
    size = next((size for size in BLOCKS if size >= count), BLOCKS[-1])
    index = np.minimum(np.arange(-(-count // size) * size), count - 1)  # the last block is filled with its last
    starts = nodes[:-1]
    on = starts < contact
    wash = np.concatenate([[False], on[:-1] & ~on[1:]])
    steps = _Step(starts, np.diff(nodes), on.astype(float), wash.astype(float))
    blocks = []
    for at in range(0, len(index), size):
        take = index[at : at + size]
        some = mapped(lambda leaf, take=take: np.asarray(leaf, dtype=float)[take], (column, product, opening))
        blocks.append(_RUN(*some, steps))
    put_on = np.concatenate([one[0] for one in blocks])[:count]
    states = [one[1] for one in blocks]

    def whole(name: str) -> Floats:
        joined: Floats = np.concatenate([getattr(state, name) for state in states], axis=-1)[..., :count]
        return joined

    def from_start(values: Floats, start: Any = 0.0) -> Floats:
        return np.concatenate([np.broadcast_to(start, values.shape[1:])[None], values])

    return Amounts(
        hours=nodes,
        product=from_start(whole("product"), put_on),
        washed=from_start(whole("washed")),
        cells=np.moveaxis(from_start(whole("cells")), 1, 2),
        cleared=from_start(whole("cleared")),
        deeper=from_start(whole("deeper")),
        put_on=put_on,
    )
