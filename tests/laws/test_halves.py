"""Two half courses are the whole course: all that matters later is in the carried state."""

import jax
import numpy as np
from tests.helpers import AMOUNTS, PEN, UNTIL, drawn, members, one_block, read, walk

from neodermis import course
from neodermis.course import _Segment, step_lengths

PLAN = read(PEN)
BLOCK = one_block(members(PLAN, [{}, *drawn(20, seed=5)]))
WHOLE = course._segments(PLAN.session_days, UNTIL, 0)


def cut(number: int, share: float) -> tuple[list[_Segment], list[_Segment]]:
    """The course cut at a step inside segment ``number``: a session of −1 is none."""
    segment = WHOLE[number]
    at = int(share * len(segment.steps))
    middle = float(segment.nodes[at])
    first = _Segment(segment.session, segment.start, middle, segment.steps[:at])
    second = _Segment(-1, middle, segment.end, segment.steps[at:])
    return [*WHOLE[:number], first], [second, *WHOLE[number + 1 :]]


def test_the_same_steps_in_two_halves_are_the_whole() -> None:
    whole, _ = walk(BLOCK, WHOLE)
    for number, share in ((0, 0.08), (0, 0.4), (1, 0.03), (1, 0.7)):
        first, second = cut(number, share)
        carry, _ = walk(BLOCK, first)
        if share == 0.08:  # while the channels close
            assert 0.1 < np.median(carry.state.surface.uncovered) < 0.99
        halves, _ = walk(BLOCK, second, carry)
        for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(halves), strict=True):
            np.testing.assert_allclose(np.asarray(b), np.asarray(a), rtol=1e-12, atol=1e-12)


def test_steps_made_anew_from_the_middle_agree_within_the_tolerance() -> None:
    _, start = walk(BLOCK, [_Segment(0, 0.0, 1e-9, np.array([1e-9]))])
    _, whole = walk(BLOCK, WHOLE)
    first, (second, *later) = cut(0, 0.5)
    anew = _Segment(-1, second.start, second.end, step_lengths(second.end - second.start))
    assert len(anew.steps) != len(second.steps)
    carry, _ = walk(BLOCK, first)
    _, halves = walk(BLOCK, [anew, *later], carry)
    for name in (*AMOUNTS, "dermal_thickness"):
        a, b, before = (getattr(one, name) for one in (whole, halves, start))
        assert np.abs(a - b).max() <= course.TOLERANCE * np.abs(a - before).max()
