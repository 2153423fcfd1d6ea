"""Two half courses are the whole course: all that matters later is in the carried state."""

import numpy as np
from tests.helpers import AMOUNTS, PEN, UNTIL, block_of, drawn, members, read, walk

from neodermis.simulation import solver
from neodermis.simulation.solver import Schedule, Segment, segments, step_lengths

PLAN = read(PEN)
BATCH = members(PLAN, [{}, *drawn(20, seed=5)])
WHOLE = segments(Schedule.of(PLAN.session_days), UNTIL, halvings=1)


def cut(number: int, share: float) -> tuple[list[Segment], list[Segment]]:
    """The course cut at a step inside piece ``number``."""
    piece = WHOLE[number]
    at = int(share * len(piece.steps))
    middle = float(piece.nodes[at])
    first = Segment(piece.start, middle, piece.steps[:at])
    second = Segment(middle, piece.end, piece.steps[at:], source=None)
    return [*WHOLE[:number], first], [second, *WHOLE[number + 1 :]]


def test_the_same_steps_in_two_halves_are_the_whole() -> None:
    whole = block_of(BATCH)
    walk(whole, WHOLE)
    for number, share in ((0, 0.08), (0, 0.4), (1, 0.03), (1, 0.7)):
        first, second = cut(number, share)
        halves = block_of(BATCH)
        middle = walk(halves, first)
        if share == 0.08:  # while the channels close
            assert 0.1 < np.median(middle.unepithelialised_fraction) < 0.99
        walk(halves, second)
        np.testing.assert_allclose(halves.state, whole.state, rtol=1e-12, atol=1e-12)


def test_steps_made_anew_from_the_middle_agree_within_the_tolerance() -> None:
    """The error of the steps without extrapolation, which the halves of a course do not have."""
    start = block_of(BATCH)
    before, _, _ = start.walk(WHOLE[0])
    whole = walk(block_of(BATCH), WHOLE)
    first, (second, *later) = cut(0, 0.5)
    anew = Segment(second.start, second.end, step_lengths(second.end - second.start, halvings=1), source=None)
    assert len(anew.steps) != len(second.steps)
    block = block_of(BATCH)
    walk(block, first)
    halves = walk(block, [anew, *later])
    resting = dict(zip(whole._fields, before[:, :, 0], strict=True))
    for name in (*AMOUNTS, "dermal_thickness"):
        a, b = getattr(whole, name), getattr(halves, name)
        allowed = solver.EXTRAPOLATION_GAIN * solver.TOLERANCE
        assert np.abs(a - b).max() <= allowed * np.abs(a - resting[name]).max()
