"""Pattern of needle entries of one session on a square of skin, needle by needle, following the motion of the device.

``skin/needling.py`` counts entries per area in closed form; this module places each entry, and the two agree in the
mean over seeds.  The needle arrangement of pens and stamps is not published for any device and is assumed here, as are
the rotation and displacement of the head by the hand.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple, TypeAlias

from neodermis.errors import InputError
from neodermis.lazy import numpy as np
from neodermis.treatment.device import Kind

Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"

#: Angle from one seed of a sunflower to the next (Vogel 1979).
GOLDEN_ANGLE: Final = math.pi * (3.0 - math.sqrt(5.0))
#: Directions of the passes, in eighths of a turn: along, across, the two obliques, and again.
DIRECTIONS: Final = (0, 2, 1, 3)


class Pattern(NamedTuple):
    """Needle entries on a square of skin with one corner at the origin."""

    x_mm: Floats
    y_mm: Floats
    direction: Floats  # direction of motion of the device at each entry, rad from the x axis


def entry_pattern(
    kind: Kind,
    *,
    side_mm: float,
    passes: float,
    needles: float,
    lane_overlap: float,
    seed: int,
    frequency_hz: float = 0.0,
    glide_speed_mm_s: float = 0.0,
    head_width_mm: float = 0.0,
    drum_diameter_mm: float = 0.0,
    drum_width_mm: float = 0.0,
    set_depth_mm: float = 0.0,
    head_area_mm2: float = 0.0,
) -> Pattern:
    """Every entry of one session on a square of skin of ``side_mm``.

    A pass covers the whole square and more in parallel lanes with random offsets; the direction of the passes
    alternates between lengthwise, crosswise and oblique.  A fraction of a needle or pass applies to that fraction of
    the entries, drawn at random.

    pen
        needles on a disc of the width of the head in a sunflower arrangement (assumed), all inserted at each stroke,
        every ``glide_speed_mm_s / frequency_hz``; while the head moves by its own width, the hand turns it by a
        normal deviate of one radian (assumed).
    roller
        needles in staggered rows around the drum, with a spacing close to square (8 rows of 24 for 192 needles on a
        drum 20 mm wide and across), on the circle of their tips.
    stamp
        needles in staggered rows on a square head (assumed), placed on a grid of ``head_area_mm2 (1 − lane_overlap)``
        per placement; each placement is displaced by up to half the needle spacing, and rotated as much (assumed).

    Parameters
    ----------
    kind
        Kind of device; numbers of other kinds are ignored.
    side_mm
        Side of the square (mm).
    passes, needles
        Number of passes; number of needles of the head, of the whole drum, of the stamp.
    lane_overlap
        Overlap of a lane or placement with the previous one, as a share.
    seed
        The same seed gives the same pattern.
    frequency_hz, glide_speed_mm_s, head_width_mm
        Strokes per second, speed over the skin, width of the head: pens.
    drum_diameter_mm, drum_width_mm, set_depth_mm
        Diameter and width of the drum without needles, and needle length: rollers.
    head_area_mm2
        Area of the needle head: stamps.

    Raises
    ------
    InputError
        A number that this kind of device needs is not above zero, or the lanes overlap completely.
    """
    needed = {
        "pen": {"frequency_hz": frequency_hz, "glide_speed_mm_s": glide_speed_mm_s, "head_width_mm": head_width_mm},
        "roller": {"drum_diameter_mm": drum_diameter_mm, "drum_width_mm": drum_width_mm},
        "stamp": {"head_area_mm2": head_area_mm2},
    }[kind]
    for name, value in ({"side_mm": side_mm} | needed).items():
        if not 0 < value < math.inf:
            raise InputError(name, value=value, accepted=f"a number above 0: a {kind} has one")
    if not 0 <= lane_overlap < 1:
        raise InputError("lane_overlap", value=lane_overlap, accepted="0 or more, below 1")
    rng = np.random.default_rng(seed)
    reach = side_mm / math.sqrt(2.0)  # from the middle to a corner
    heads, rounds = math.ceil(needles), math.ceil(passes)
    parts: list[Floats] = [np.empty((0, 3))]
    for number in range(rounds if heads else 0):
        if kind == "pen":
            step = glide_speed_mm_s / frequency_hz
            along, across = _pen(heads, head_width_mm, step, head_width_mm * (1.0 - lane_overlap), reach, rng)
        elif kind == "roller":
            around, lane = drum_diameter_mm + 2.0 * set_depth_mm, drum_width_mm * (1.0 - lane_overlap)
            rows = _rows(heads, drum_width_mm, math.pi * drum_diameter_mm)
            along, across = _roller(rows, math.pi * around, drum_width_mm, lane, reach, rng)
        else:
            along, across = _stamp(heads, math.sqrt(head_area_mm2), math.sqrt(1.0 - lane_overlap), reach, rng)
        angle = DIRECTIONS[number % len(DIRECTIONS)] * math.pi / 4.0
        x = along * math.cos(angle) - across * math.sin(angle) + side_mm / 2.0
        y = along * math.sin(angle) + across * math.cos(angle) + side_mm / 2.0
        done = needles / heads * min(passes - number, 1.0)
        kept = (x >= 0) & (x < side_mm) & (y >= 0) & (y < side_mm) & (rng.random(len(x)) < done)
        parts.append(np.column_stack((x[kept], y[kept], np.full(int(kept.sum()), angle))))
    x, y, direction = np.concatenate(parts).T
    return Pattern(x, y, direction)


def _places(reach: float, pitch: float, phase: Floats) -> Floats:
    """Positions at a given pitch from −reach to reach, for each phase (0 to 1, along a new last axis)."""
    count = math.ceil(reach / pitch)
    return pitch * (np.arange(-count - 1, count + 1) + phase[..., None])


def _pen(
    needles: int, width: float, step: float, lane: float, reach: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Needle positions along and across the lanes of one pass."""
    reach = reach + width / 2.0
    middles = _places(reach, lane, rng.random(1))[0]
    strokes = _places(reach, step, rng.random(len(middles)))  # (lanes, strokes)
    # the head turns steadily between random angles, one for each of its widths
    at = (strokes - strokes.min()) / width
    knots = rng.standard_normal((len(middles), int(at.max()) + 2)).cumsum(axis=1)
    knots += 2.0 * math.pi * rng.random((len(middles), 1))
    whole = at.astype(int)
    before, after = (np.take_along_axis(knots, whole + k, axis=1) for k in (0, 1))
    turned = before + (at - whole) * (after - before)
    seed = np.arange(needles)
    radius = width / 2.0 * np.sqrt((seed + 0.5) / needles)
    angle = turned[..., None] + seed * GOLDEN_ANGLE
    along = strokes[..., None] + radius * np.cos(angle)
    across = middles[:, None, None] + radius * np.sin(angle)
    return along.ravel(), across.ravel()


def _rows(needles: int, width: float, length: float) -> tuple[Floats, Floats]:
    """Needles in staggered rows over a rectangle: positions along its length and across its width, as shares of each.

    Equal rows where their spacing is within a factor of two of square; else rows that differ by one needle.
    """
    square = math.sqrt(needles * width / length)
    equal = [rows for rows in range(1, needles + 1) if needles % rows == 0]
    rows = min(equal, key=lambda rows: abs(math.log(rows / square)))
    if not 0.5 <= (rows / square) ** 2 <= 2.0:
        rows = min(max(round(square), 1), needles)
    row = np.arange(needles) % rows
    in_row = (needles - 1 - row) // rows + 1
    return (np.arange(needles) // rows + row % 2 / 2.0) / in_row, (row + 0.5) / rows


def _roller(
    rows: tuple[Floats, Floats], turn: float, width: float, lane: float, reach: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Needle positions along and across the lanes of one pass; ``turn`` is the circumference at the tips."""
    middles = _places(reach + width / 2.0, lane, rng.random(1))[0]
    turns = _places(reach + turn, turn, rng.random(len(middles)))  # (lanes, turns)
    along = turns[..., None] + turn * rows[0]
    across = middles[:, None, None] + width * (rows[1] - 0.5) + np.zeros_like(along)
    return along.ravel(), across.ravel()


def _stamp(needles: int, side: float, share: float, reach: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Needle positions along and across the grid of one pass; ``share`` is the step as a share of the side."""
    pitch = side * share
    off = side / math.sqrt(needles)  # from needle to needle
    beyond = reach + side + off
    middles = np.stack(np.meshgrid(*_places(beyond, pitch, rng.random(2)), indexing="ij"), axis=-1)
    shift = off * (rng.random(middles.shape) - 0.5)
    turn = (off / side * (rng.random(middles.shape[:-1]) - 0.5))[..., None]
    along, across = (side * (share_of - 0.5) for share_of in _rows(needles, side, side))
    u = middles[..., 0:1] + shift[..., 0:1] + along * np.cos(turn) - across * np.sin(turn)
    v = middles[..., 1:2] + shift[..., 1:2] + along * np.sin(turn) + across * np.cos(turn)
    return u.ravel(), v.ravel()
