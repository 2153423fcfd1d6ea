"""More needling never injures less."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers import prior

import neodermis
from neodermis.skin import injury
from neodermis.skin.injury import Channels
from neodermis.skin.tissue import faces

QUICK = settings(deadline=None, derandomize=True)  # the first call starts JAX
FACES = np.asarray([0.0, 0.02, 0.09, 0.15, 0.25, 0.4, 0.7, 1.1, 1.4, 2.4])
# subnormal depths are below what the compiled arithmetic keeps apart from zero
DENSITY, DIAMETER, DEPTH = (st.floats(0.0, top, allow_subnormal=False) for top in (1e4, 1.0, 3.0))


def injured(density: float, depth: float, diameter: float) -> np.ndarray:
    made = Channels(np.asarray(density), np.asarray(depth), np.asarray(diameter))
    return np.asarray(injury.injured_fraction(made, FACES))


@QUICK
@given(kind=st.sampled_from(["pen", "roller", "stamp"]), depths=st.tuples(DEPTH, DEPTH), seed=st.integers(0, 100))
def test_deeper_never_reaches_less(kind: str, depths: tuple[float, float], seed: int) -> None:
    p = prior(1, seed).injury
    reached = [float(injury.channels(kind, 1.0, depth, 0.2, p).reached_depth_mm[0]) for depth in sorted(depths)]  # type: ignore[arg-type]
    assert 0.0 <= reached[0] <= reached[1]
    assert all(share <= depth for share, depth in zip(reached, sorted(depths), strict=True))


@QUICK
@given(density=DENSITY, passes=st.tuples(st.integers(0, 40), st.integers(0, 40)), depth=DEPTH, diameter=DIAMETER)
def test_more_passes_never_injure_less(density: float, passes: tuple[int, int], depth: float, diameter: float) -> None:
    fewer, more = (injured(density * count, depth, diameter) for count in sorted(passes))
    assert (fewer <= more).all()


@QUICK
@given(density=DENSITY, depths=st.tuples(DEPTH, DEPTH), diameter=DIAMETER)
def test_deeper_never_injures_less_and_the_injured_share_is_a_share(
    density: float, depths: tuple[float, float], diameter: float
) -> None:
    shallow, deep = (injured(density, depth, diameter) for depth in sorted(depths))
    assert (shallow >= 0.0).all() and (deep <= 1.0).all()
    assert (shallow <= deep + 1e-12).all()  # the mean taper of a cell is a difference of cubes
    assert (deep[np.asarray(FACES[:-1]) >= max(depths)] == 0.0).all()


def test_faces_start_at_the_surface() -> None:
    np.testing.assert_allclose(np.asarray(faces(np.diff(FACES))), FACES)


def test_a_home_roller_gives_under_a_tenth_of_a_pen() -> None:
    gains = [
        float(neodermis.simulate(f"4 sessions every 30 days: {what}", draws=1).sites["cheek"].gain().max())
        for what in ("home_roller; cheek 0.25 mm, 8 passes", "exceed; cheek 1.5 mm, 6 passes")
    ]
    assert 0.0 < gains[0] < 0.1 * gains[1]
