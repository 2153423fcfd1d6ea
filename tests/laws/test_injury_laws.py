"""Laws of one session, over draws of what we do not know: entries, reached depth, injury, pain, minutes, bleeding."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers import drawn, needling, prior, session_effects

import neodermis
from neodermis.simulation import session
from neodermis.simulation.session import SessionEffect, setting_draws
from neodermis.simulation.session_outcomes import REACTION
from neodermis.skin import injury, pain, tissue
from neodermis.skin.injury import Channels
from neodermis.skin.tissue import faces, load_sites
from neodermis.treatment import Device, Pass, Phase, Protocol, find_device, roller, stamp

QUICK = settings(deadline=None, derandomize=True, max_examples=50)  # the first call starts JAX
SESSIONS = settings(QUICK, max_examples=25)
DEVICES = {
    device.id: device
    for device in (
        find_device("exceed"),
        find_device("dr_pen_consumer"),
        find_device("roller_generic"),
        find_device("home_roller"),
        roller(540, 0.5, 0.2),
        stamp(40, 0.25),
        stamp(400, 0.25),  # so many needles that a hand is often the limit
    )
}
ANY_DEVICE = st.sampled_from(sorted(DEVICES)).map(DEVICES.__getitem__)
SITES = st.sampled_from(["cheek", "forehead", "abdomen"])  # over muscle, bone, fat
SEED = st.integers(0, 2**16)


def plan(device: Device, depth_mm: float, passes: int = 6, site: str = "cheek") -> Protocol:
    return Protocol(
        phases=(Phase(device=device, treatments=(Pass(site=site, depth_mm=depth_mm, passes=passes),), count=1),)
    )


def rows_of(given: Protocol, count: int, seed: int) -> list[dict[str, float]]:
    """Draws of the parameters and of what the device leaves open; the set depth is the one that is asked for."""
    open_ = setting_draws(given.at(given.sites[0]).sources[0], {}, count, seed)
    return [
        row | {name: float(values[1 + k]) for name, values in open_.items() if name != "set_depth_mm"}
        for k, row in enumerate(drawn(count, seed))
    ]


def depths_of(device: Device, count: int) -> list[float]:
    return sorted({round(float(z), 4) for z in np.linspace(max(device.depth_min_mm, 0.02), device.depth_max_mm, count)})


@st.composite
def plans(draw: st.DrawFn, *, passes: tuple[int, int] = (1, 40)) -> Protocol:
    device = draw(ANY_DEVICE)
    depth = draw(st.sampled_from(depths_of(device, 60)))
    return plan(device, depth, draw(st.integers(*passes)), draw(SITES))


def each(given: Protocol, name: str, values: Sequence[float], rows: list[dict[str, float]]) -> list[SessionEffect]:
    """The same members at each value of one number."""
    return [session_effects(given, [row | {name: value} for row in rows]) for value in values]


# ------------------------------------------------------------------------------------------------- reached depth


@pytest.mark.parametrize("name", sorted(DEVICES))
def test_a_deeper_setting_never_gives_a_shallower_result(name: str) -> None:
    device = DEVICES[name]
    reached, papillary = [], []
    for depth in depths_of(device, 60):
        given = plan(device, depth)
        done = session_effects(given, rows_of(given, 120, seed=1))
        reached.append(done.channels.reached_depth_mm)
        papillary.append(done.papillary_hit_density / done.entries.per_mm2)  # of an entry: a wide roller makes fewer
        assert (reached[-1] >= 0.0).all() and (reached[-1] <= depth).all()
    assert np.diff(reached, axis=0).min(initial=0.0) > -1e-8
    assert np.diff(papillary, axis=0).min(initial=0.0) > -1e-12


def test_a_roller_with_longer_needles_never_reaches_less() -> None:
    """However many its needles: a hand that cannot press them in does not press longer ones in less far."""
    for count in (192, 540, 1000):
        found = []
        for length in np.linspace(0.2, 3.0, 57).round(3):
            given = plan(roller(count, float(length), 0.25), float(length))
            found.append(session_effects(given, rows_of(given, 120, seed=1)).channels.reached_depth_mm)
        assert np.diff(found, axis=0).min() > -1e-9, count


@SESSIONS
@given(given=plans(), seed=SEED)
def test_no_needle_reaches_deeper_than_it_is_set(given: Protocol, seed: int) -> None:
    done = session_effects(given, rows_of(given, 60, seed))
    reached = done.channels.reached_depth_mm
    assert (reached >= 0.0).all() and (reached <= given.phases[0].treatments[0].depth_mm).all()
    assert np.isfinite(reached).all()


@SESSIONS
@given(given=plans(), seed=SEED)
def test_stiffer_ground_and_a_blunter_point_act_on_the_depth_as_they_must(given: Protocol, seed: int) -> None:
    # about one draw in eighty has skin that stretching softens, or bone softer than muscle
    rows = [row for row in rows_of(given, 20, seed) if min(row["stretch_stiffening"], row["bone_stiffening"]) >= 1.0]
    fat, muscle, bone = (
        session_effects(given, [row | {"over_fat": f, "over_bone": b} for row in rows]).channels.reached_depth_mm
        for f, b in ((1, 0), (0, 0), (0, 1))
    )
    assert (fat <= muscle + 1e-9).all() and (muscle <= bone + 1e-9).all()
    loose, held = (done.channels.reached_depth_mm for done in each(given, "stretched", (0.0, 1.0), rows))
    assert (loose <= held + 1e-9).all()
    sharp, blunt = (done.channels.reached_depth_mm for done in each(given, "needle_tip_radius_um", (2.0, 12.0), rows))
    assert (blunt <= sharp + 1e-9).all()


# ------------------------------------------------------------------------------------------------- entries


@SESSIONS
@given(given=plans(), counts=st.tuples(st.integers(1, 500), st.integers(1, 500)), seed=SEED)
def test_more_needles_on_the_same_area_never_make_fewer_channels(
    given: Protocol, counts: tuple[int, int], seed: int
) -> None:
    """Where they enter at all: the more needles share the force of a hand, the less of them it presses in."""
    fewer, more = each(given, "needles", sorted(counts), rows_of(given, 10, seed))
    assert (fewer.entries.per_mm2 <= more.entries.per_mm2).all()
    np.testing.assert_allclose(more.entries.per_mm2 * min(counts), fewer.entries.per_mm2 * max(counts), rtol=1e-12)
    assert (fewer.entries.in_contact <= more.entries.in_contact).all()
    for done in (fewer, more):
        entered = done.channels.reached_depth_mm > 0
        np.testing.assert_array_equal(done.channels.per_mm2, done.entries.per_mm2 * entered)


@SESSIONS
@given(speeds=st.tuples(st.floats(5.0, 60.0), st.floats(5.0, 60.0)), seed=SEED)
def test_a_pen_led_faster_makes_fewer_entries_and_more_drag(speeds: tuple[float, float], seed: int) -> None:
    given = plan(DEVICES["exceed"], 1.5)
    slow, fast = each(given, "pen_glide_speed", sorted(speeds), rows_of(given, 20, seed))
    assert (fast.channels.per_mm2 <= slow.channels.per_mm2).all()
    assert (fast.channels.sideways_mm >= slow.channels.sideways_mm).all()
    assert (fast.needling_minutes <= slow.needling_minutes).all()
    for done, speed in ((slow, min(speeds)), (fast, max(speeds))):  # strictly: both are in proportion to the speed
        np.testing.assert_allclose(done.channels.per_mm2 * speed, slow.channels.per_mm2 * min(speeds), rtol=1e-12)
        np.testing.assert_allclose(done.channels.sideways_mm / speed, slow.channels.sideways_mm / min(speeds))


# ------------------------------------------------------------------------------------------------- injury


@SESSIONS
@given(given=plans(), seed=SEED)
def test_passes_add_up_to_less_and_trauma_in_proportion(given: Protocol, seed: int) -> None:
    rows = rows_of(given, 12, seed)
    counts = (1, 2, 3, 6, 10, 20, 40)
    done = each(given, "passes", counts, rows)
    for name in ("injured", "void", "stretched"):
        shares = np.array([getattr(one.injury, name) for one in done])
        assert (np.diff(shares, axis=0) >= 0.0).all()
        each_pass = shares / np.reshape(counts, (-1, 1, 1))
        assert (np.diff(each_pass, axis=0)[each_pass[:-1] > 1e-9] < 0.0).all()
    hit_density = np.array([one.injury.hit_density / count for one, count in zip(done, counts, strict=True)])
    np.testing.assert_allclose(hit_density, np.broadcast_to(hit_density[0], hit_density.shape), rtol=1e-12)


@SESSIONS
@given(given=plans(), seed=SEED)
def test_shares_are_shares_and_what_is_killed_was_stretched(given: Protocol, seed: int) -> None:
    done = session_effects(given, rows_of(given, 60, seed))
    for share in (*done.injury[:3], done.open_share, done.papillary_injury, done.beyond, done.injury.bleeding):
        assert (share >= 0.0).all() and (share <= 1.0).all()
    assert (done.injury.injured <= done.injury.stretched).all()
    assert (done.injury.injured <= done.injury.hit_density).all()
    assert (done.entry_depths_mm <= done.channels.reached_depth_mm[:, None]).all()
    assert ((done.channels.per_mm2 > 0) == (done.channels.reached_depth_mm > 0)).all()  # a dent is no entry
    assert (np.diff(done.beyond, axis=1) <= 0.0).all()  # what reaches a layer has passed those above
    assert (np.diff(done.entry_depths_mm, axis=1) >= 0.0).all()


@SESSIONS
@given(given=plans(), seed=SEED)
def test_an_even_cover_is_one_minus_exp_of_the_hits(given: Protocol, seed: int) -> None:
    rows = rows_of(given, 20, seed)
    even, nearly, uneven = each(given, "coverage_unevenness", (0.0, 2e-4, 0.3), rows)
    np.testing.assert_allclose(even.injury.injured, -np.expm1(-even.injury.hit_density), rtol=1e-12)
    np.testing.assert_allclose(nearly.injury.injured, even.injury.injured, rtol=1e-6)
    np.testing.assert_array_equal(uneven.injury.hit_density, even.injury.hit_density)
    assert (uneven.injury.injured <= even.injury.injured).all()


@SESSIONS
@given(given=plans(), seed=SEED, sham=st.sampled_from([{"set_depth_mm": 0.0}, {"passes": 0.0}]))
def test_no_passes_or_no_depth_do_nothing(given: Protocol, seed: int, sham: dict[str, float]) -> None:
    done = session_effects(given, [row | sham for row in rows_of(given, 20, seed)])
    nothing = (
        done.channels.per_mm2, *done.injury[:4], done.papillary_injury, done.papillary_hit_density, done.open_share,
        done.bleeding_per_mm2, done.pain_vas, done.pain_vas_without, done.pain_block, *done.reaction,
    )  # fmt: skip
    assert all((values == 0.0).all() for values in nothing)
    if sham == {"set_depth_mm": 0.0}:
        for values in (done.channels.reached_depth_mm, done.channel_width_mm, done.beyond, done.entry_depths_mm):
            assert (values == 0.0).all()
    else:
        assert (done.needling_minutes == 0.0).all()
    assert (done.numbing_minutes == 0.0).all()


FACES = np.asarray([0.0, 0.02, 0.09, 0.15, 0.25, 0.4, 0.7, 1.1, 1.4, 2.4])
# subnormal depths are below what the compiled arithmetic keeps apart from zero
DENSITY, DEPTH, DRAG = (st.floats(0.0, top, allow_subnormal=False) for top in (1e3, 3.0, 1.5))
LOSS, UNEVENNESS = st.floats(0.01, 0.5), st.floats(0.0, 1.5)
WIDTH, TIP, TAPER = st.floats(0.03, 1.0), st.floats(0.0, 0.03), st.floats(0.05, 3.0)


def done_by(**change: Any) -> dict[str, np.ndarray]:
    usual = {
        "per_mm2": 20.0, "reached_depth_mm": 1.0, "depth_loss": 0.1, "unevenness": 0.3, "needle_diameter_mm": 0.25,
        "needle_tip_mm": 0.02, "needle_taper_mm": 1.0, "sideways_mm": 0.05,
    }  # fmt: skip
    made = Channels(**{name: np.asarray(value) for name, value in (usual | change).items()})
    p = injury.InjuryParameters(*(np.asarray(v[0]) for v in prior(1).injury))
    return {name: np.asarray(v) for name, v in injury.injury(made, FACES, FACES[5], p)._asdict().items()}


@QUICK
@given(
    given=st.fixed_dictionaries(
        {
            "per_mm2": DENSITY, "depth_loss": LOSS, "unevenness": UNEVENNESS, "needle_diameter_mm": WIDTH,
            "needle_tip_mm": TIP, "needle_taper_mm": TAPER, "sideways_mm": DRAG,
        }
    ),
    depths=st.tuples(DEPTH, DEPTH),
)  # fmt: skip
def test_deeper_channels_never_injure_less_and_nothing_below_them(
    given: dict[str, float], depths: tuple[float, float]
) -> None:
    shallow, deep = (done_by(reached_depth_mm=depth, **given) for depth in sorted(depths))
    for name in ("injured", "void", "stretched", "hit_density"):
        assert (shallow[name] <= deep[name] * (1.0 + 1e-9) + 1e-12).all(), name
        assert (deep[name][FACES[:-1] >= max(depths)] == 0.0).all(), name
        assert np.isfinite(deep[name]).all() and (shallow[name] >= 0.0).all()
    assert shallow["bleeding"] <= deep["bleeding"]


@QUICK
@given(low=st.floats(0.0, 1.0), high=st.floats(0.0, 1.0))
def test_drag_and_width_never_injure_less(low: float, high: float) -> None:
    low, high = sorted((low, high))
    for name, ends in (("sideways_mm", (low, high)), ("needle_diameter_mm", (0.05 + low, 0.05 + high))):
        less, more = (done_by(**{name: end}) for end in ends)
        assert all((less[key] <= more[key] * (1.0 + 1e-12)).all() for key in ("injured", "void", "hit_density"))


def test_faces_start_at_the_surface() -> None:
    np.testing.assert_allclose(np.asarray(faces(np.diff(FACES))), FACES)


@SESSIONS
@given(seed=SEED)
def test_entries_that_end_above_the_plexus_do_not_bleed(seed: int) -> None:
    """The plexus is the border of the papillary dermis; no entry is deeper than with the device held square."""
    given = plan(DEVICES["exceed"], 1.5)
    rows = rows_of(given, 30, seed)
    plexus = tissue.GRID.dermis.start + tissue.GRID.papillary
    shares = []
    for depth in (0.02, 0.05, 0.1, 0.3, 0.8, 1.5):
        done = session_effects(given, [row | {"set_depth_mm": depth} for row in rows])
        above = done.channels.reached_depth_mm <= done.depth_faces_mm[:, plexus]
        assert (done.injury.bleeding[above] == 0.0).all() and (done.bleeding_per_mm2[above] == 0.0).all()
        assert (done.injury.bleeding[~above] > 0.0).all()
        shares.append(done.injury.bleeding)
    assert (np.diff(shares, axis=0) >= 0.0).all()
    assert max(shares[0]) == 0.0 and np.median(shares[-1]) > 0.9


# ------------------------------------------------------------------------------------------------- pain, minutes


@QUICK
@given(
    lengths=st.tuples(st.floats(0.01, 3.0), st.floats(0.01, 3.0)),
    needles=st.tuples(st.floats(1.0, 1000.0), st.floats(1.0, 1000.0)),
    seed=SEED,
)
def test_pain_is_on_the_scale_and_rises_with_length_and_needles(
    lengths: tuple[float, float], needles: tuple[float, float], seed: int
) -> None:
    p = prior(20, seed).pain
    (short, long), (few, many) = sorted(lengths), sorted(needles)

    def vas(length: float, count: float, blocked: float) -> np.ndarray:
        return np.asarray(pain.pain_vas(np.asarray(length), np.asarray(count), np.asarray(blocked), p))

    low = vas(short, few, 1.0)
    assert (low > 0.0).all() and (vas(long, many, 0.0) < 10.0).all()
    assert (low <= vas(long, few, 1.0)).all() and (low <= vas(short, many, 1.0)).all()
    assert (low < vas(short, few, 0.0)).all()  # no draw of its effect, which is assumed, makes a cream hurt


#: Of a member: lidocaine with prilocaine for 45 minutes.
NUMBED = {"anaesthetic_strength": 1.0, "anaesthetic_half_time_min": 30.0, "anaesthetic_min": 45.0}


def test_an_anaesthetic_is_a_relief_with_every_device() -> None:
    for device in DEVICES.values():
        done = session_effects(plan(device, device.depth_max_mm), [NUMBED])
        assert 0.0 < done.pain_vas[0] < done.pain_vas_without[0] < 10.0


@SESSIONS
@given(given=plans(), seed=SEED, area=st.floats(1.0, 500.0))
def test_minutes_are_in_proportion_to_area_and_passes_after_the_cream(given: Protocol, seed: int, area: float) -> None:
    rows = rows_of(given, 10, seed)
    one, whole, double = (
        session_effects(given, [row | {"area_cm2": a, "passes": k} for row in rows]).needling_minutes
        for a, k in ((1.0, 1.0), (area, 5.0), (2.0 * area, 10.0))
    )
    np.testing.assert_allclose(whole, 5.0 * area * one, rtol=1e-12)
    np.testing.assert_allclose(double, 4.0 * whole, rtol=1e-12)
    for contact in (0.0, 45.0):
        numbed = {"area_cm2": area, "passes": 5.0, "anaesthetic_min": contact}
        done = session_effects(given, [row | numbed for row in rows])
        np.testing.assert_array_equal(done.needling_minutes, whole)
        np.testing.assert_array_equal(done.numbing_minutes, contact)


def test_practice_numbs_beyond_the_depth_and_not_at_it() -> None:
    for depth, numbed in ((0.3, False), (0.5, False), (0.501, True), (1.5, True)):
        given = plan(DEVICES["exceed"], depth)
        rows = rows_of(given, 5, 0)
        minutes = [row["numbing_time"] if numbed else 0.0 for row in rows]
        np.testing.assert_allclose(session_effects(given, rows).numbing_minutes, minutes, rtol=1e-9)
    for asked, expected in (("topical", "topical"), ("none", "none"), ("practice", "none")):
        made = neodermis.injure("1 session: exceed; cheek 0.3 mm, 4 passes", draws=1, anaesthetic=asked)
        assert made.sites["cheek"].session.anaesthetic == expected


# ------------------------------------------------------------------------------------------------- regions


def test_a_face_is_the_mean_of_its_zones_weighted_by_area() -> None:
    sites = load_sites()
    shares = sites["face"].zones
    sentence = "1 session: exceed; {} 0.75 mm, 4 passes"
    whole = neodermis.injure(sentence.format("face"), draws=1, beyond_limits=True).sites["face"].session
    zones = {
        name: neodermis.injure(sentence.format(name), draws=1, beyond_limits=True).sites[name].session
        for name in shares
    }
    for field in (
        "channels_per_cm2", "reached_depth_mm", "channel_diameter_um", "open_share", "papillary_injury",
        "papillary_hit_density", "bleeding_points_per_cm2", "pain_vas", "pain_vas_without", "needles_in_contact",
        *REACTION,
    ):  # fmt: skip
        mean = sum(share * getattr(zones[name], field).median for name, share in shares.items())
        assert getattr(whole, field).median == pytest.approx(mean, rel=1e-12), field
    for field in ("injured_fraction", "void_fraction", "stretched_fraction", "hit_density", "depth_faces_mm"):
        mean = sum(share * getattr(zones[name], field) for name, share in shares.items())
        np.testing.assert_allclose(getattr(whole, field), mean, rtol=1e-12)
    assert len({zone.papillary_injury.median for zone in zones.values()}) > 4  # so that a mean is something
    numbing = neodermis.load_parameters()["numbing_time"].value
    assert whole.minutes.median - numbing == pytest.approx(
        sum(zone.minutes.median - numbing for zone in zones.values()), rel=1e-9
    )
    assert whole.area_cm2 == pytest.approx(sum(zone.area_cm2 for zone in zones.values()))


def test_the_course_of_a_face_books_the_same_injury_as_the_session() -> None:
    sentence = "1 session: exceed; face 0.75 mm, 4 passes"
    alone = neodermis.injure(sentence, draws=30, seed=3, beyond_limits=True).sites["face"].session
    (booked,) = neodermis.simulate(sentence, draws=30, seed=3, until=5, beyond_limits=True).sites["face"].sessions
    for field in ("papillary_injury", "papillary_hit_density", "minutes", "pain_vas", *REACTION):
        np.testing.assert_allclose(getattr(booked, field), getattr(alone, field), rtol=1e-9)
    np.testing.assert_allclose(booked.injured_fraction, alone.injured_fraction, rtol=1e-9)


# ------------------------------------------------------------------------------------------------- derivatives


DERIVED = ("papillary_injury", "reached_depth_mm", "open_share", "pain_vas", "needling_minutes", "bleeding_per_mm2")


@cache
def derived(kind: str) -> tuple[Any, Any]:
    """Numbers of one member's session and their derivatives by all that goes into it, compiled without polish."""

    def of(member: Any) -> Any:
        done = session._needle_one(member, kind, tissue.GRID)
        found = done._asdict() | done.channels._asdict()
        return jax.numpy.stack([found[name] for name in DERIVED])

    one = member_of(plan(DEVICES[EXAMPLES[kind]], 0.5))
    plain = {"xla_backend_optimization_level": 0}
    function, slopes = (jax.jit(f).lower(one).compile(compiler_options=plain) for f in (of, jax.jacrev(of)))
    return function, slopes


EXAMPLES = {"pen": "exceed", "roller": "roller_generic", "stamp": "stamp 40 x 0.25 mm"}


def member_of(given: Protocol) -> Any:
    return jax.tree.map(lambda leaf: leaf[0], needling(given))


@pytest.mark.parametrize(("kind", "speed"), [("pen", "pen_glide_speed"), ("roller", "roller_speed")])
def test_derivatives_are_those_of_central_differences(kind: str, speed: str) -> None:
    """Injury and reached depth by depth, passes and speed, through the search for the depth."""
    function, slopes = derived(kind)
    for depth in (0.4, 0.8, 1.2, 1.45):
        one = member_of(plan(DEVICES[EXAMPLES[kind]], depth))
        exact = slopes(one)
        for part, name in (("setting", "set_depth_mm"), ("setting", "passes"), ("needling", speed)):

            def moved(share: float, one: Any = one, part: str = part, name: str = name) -> Any:
                whole = one if part == "setting" else one.parameters
                inner = getattr(whole, part)._replace(**{name: getattr(getattr(whole, part), name) * (1.0 + share)})
                new = whole._replace(**{part: inner})
                return np.asarray(function(new if part == "setting" else one._replace(parameters=new)))

            base = float(getattr(one.setting if part == "setting" else one.parameters.needling, name))
            differences = (moved(1e-5) - moved(-1e-5)) / (2e-5 * base)
            slope = getattr(exact.setting if part == "setting" else exact.parameters.needling, name)
            np.testing.assert_allclose(slope, differences, rtol=1e-4, atol=1e-8, err_msg=f"{depth} {name}")
        assert exact.setting.set_depth_mm[1] > 0.5  # not all zeros
        assert exact.setting.passes[0] > 0.0


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_derivative_by_any_input_is_finite(kind: str) -> None:
    """A calibration that follows slopes needs all of them; a hidden 0 · ∞ would be not a number."""
    exact = derived(kind)[1](member_of(plan(DEVICES[EXAMPLES[kind]], 1.0)))
    slopes = jax.tree_util.tree_leaves_with_path(exact)
    assert [jax.tree_util.keystr(path) for path, slope in slopes if not np.isfinite(slope).all()] == []


# ------------------------------------------------------------------------------------------------- course


def test_a_home_roller_gives_under_a_tenth_of_a_pen() -> None:
    gains = [
        float(neodermis.simulate(f"4 sessions every 30 days: {what}", draws=1).sites["cheek"].gain().max())
        for what in ("home_roller; cheek 0.25 mm, 8 passes", "exceed; cheek 1.5 mm, 6 passes")
    ]
    assert 0.0 < gains[0] < 0.1 * gains[1]
