"""Laws of pain and of the visible reaction: each input acts in its direction, a sham does nothing, all saturates."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers import prior

import neodermis as nd
from neodermis.skin import pain, reaction
from neodermis.skin.reaction import Hits, Reaction
from neodermis.treatment.anaesthetic import load_anaesthetics, read_anaesthetic

QUICK = settings(deadline=None, derandomize=True, max_examples=50)
SEED = st.integers(0, 10_000)
PER_MM2 = st.floats(0.0, 100.0)
PEN = "1 session: exceed; cheek 1.5 mm, 6 passes"


def reacted(seed: int, **changed: float) -> Reaction:
    """The reaction of some draws to a session of ten channels per mm² in each layer."""
    usual = {name: 10.0 for name in Hits._fields} | {"bleeding_per_mm2": 0.3, "width_mm": 0.1, "path_mm": 0.1}
    hits = Hits(**{name: np.full(10, value) for name, value in (usual | {"loose": 0.0} | changed).items()})
    return Reaction(*map(np.asarray, reaction.reaction(hits, prior(10, seed).reaction)))


#: Channels and bleeding, of which more is more of the reaction; width and path too.
DOSES = ("epidermal_per_mm2", "papillary_per_mm2", "plexus_per_mm2", "bleeding_per_mm2", "width_mm", "path_mm")
#: What a dose cannot change.
APART = {
    "epidermal_per_mm2": {"oedema_hours", "bruising_probability"},
    "papillary_per_mm2": {"bruising_probability"},
    "plexus_per_mm2": {"bruising_probability"},
    "bleeding_per_mm2": {"oedema_hours", "flaking_hours"},
    "width_mm": {"erythema_hours", "oedema_hours", "bruising_probability"},
    "path_mm": {"bruising_probability"},
}


@QUICK
@given(dose=st.sampled_from(DOSES), low=st.floats(0.0, 0.5), more=st.floats(0.001, 0.5), seed=SEED)
def test_more_of_a_dose_is_more_of_each_reaction_it_acts_on(dose: str, low: float, more: float, seed: int) -> None:
    few = {name: 0.05 for name in DOSES}  # far from saturation, where a difference can be told
    less, many = reacted(seed, **few | {dose: low}), reacted(seed, **few | {dose: low + more})
    for name, one, other in zip(Reaction._fields, less, many, strict=True):
        assert (other >= one).all(), name
        if name in APART[dose]:
            np.testing.assert_array_equal(one, other)
        elif name != "downtime_hours":  # of which the shorter part moves nothing
            assert (other > one).all(), name


@QUICK
@given(seed=SEED, doses=st.tuples(PER_MM2, PER_MM2, PER_MM2, PER_MM2), loose=st.sampled_from([0.0, 1.0]))
def test_a_reaction_is_bounded_by_its_largest(seed: int, doses: tuple[float, ...], loose: float) -> None:
    p = prior(10, seed).reaction
    done = reacted(seed, **dict(zip(DOSES, doses, strict=False)), loose=loose)
    assert (done.erythema_hours <= p.redness_time).all()
    assert (done.oedema_hours <= p.swelling_time * p.loose_skin_swelling**loose * (1.0 + 1e-12)).all()
    assert (done.flaking_hours <= p.flaking_time).all()
    assert ((done.bruising_probability >= 0.0) & (done.bruising_probability < 1.0)).all()
    np.testing.assert_array_equal(done.downtime_hours, np.maximum(done.erythema_hours, done.flaking_hours))


@QUICK
@given(seed=SEED)
def test_twice_the_channels_are_less_than_twice_the_reaction(seed: int) -> None:
    dense = {name: 2.0 * 10.0 for name in ("epidermal_per_mm2", "papillary_per_mm2", "plexus_per_mm2")}
    one, two = reacted(seed), reacted(seed, bleeding_per_mm2=0.6, **dense)
    for name in ("erythema_hours", "oedema_hours", "flaking_hours", "bruising_probability"):
        assert (getattr(two, name) < 2.0 * getattr(one, name)).all(), name


@QUICK
@given(seed=SEED)
def test_no_channel_is_no_reaction_and_loose_skin_swells_and_bruises_more(seed: int) -> None:
    nothing = reacted(seed, **dict.fromkeys(("epidermal_per_mm2", "papillary_per_mm2", "plexus_per_mm2"), 0.0),
                      bleeding_per_mm2=0.0)  # fmt: skip
    assert all((values == 0.0).all() for values in nothing)
    firm, loose = reacted(seed), reacted(seed, loose=1.0)
    p = prior(10, seed).reaction
    np.testing.assert_array_equal(firm.erythema_hours, loose.erythema_hours)
    assert ((loose.oedema_hours > firm.oedema_hours) == (p.loose_skin_swelling > 1.0)).all()
    assert ((loose.bruising_probability > firm.bruising_probability) == (p.loose_skin_bruising_odds > 1.0)).all()


def test_channels_that_lie_far_apart_cover_their_own_areas() -> None:
    """The limit of few channels: the sum of the areas, each a disc drawn along a path."""
    few, radius, path = np.asarray(1e-6), np.asarray(0.5), np.asarray(0.3)
    area = np.pi * 0.5**2 + 2.0 * 0.5 * 0.3
    np.testing.assert_allclose(reaction.covered(few, radius, path), 1e-6 * area, rtol=1e-6)
    assert reaction.covered(np.asarray(1e6), radius, path) == 1.0


# ------------------------------------------------------------------------------------------------- pain


@QUICK
@given(minutes=st.tuples(st.floats(0.0, 300.0), st.floats(0.0, 300.0)), product=st.sampled_from([*load_anaesthetics()]))
def test_a_longer_contact_blocks_more_and_never_more_than_the_product_can(
    minutes: tuple[float, float], product: str
) -> None:
    one, (short, long) = load_anaesthetics()[product], sorted(minutes)
    blocks = [float(pain.block(one.strength.middle, one.half_time_min.middle, np.asarray(t))) for t in (0, short, long)]
    assert 0.0 == blocks[0] <= blocks[1] <= blocks[2] <= one.strength.middle
    half = float(pain.block(one.strength.middle, one.half_time_min.middle, np.asarray(one.half_time_min.middle)))
    assert half == pytest.approx(one.strength.middle / 2.0)


@QUICK
@given(seed=SEED, length=st.floats(0.01, 5.0))
def test_pain_saturates_in_length_and_follows_the_power_of_short_needles(seed: int, length: float) -> None:
    p = prior(10, seed).pain
    share = np.asarray(pain.length_share(np.asarray(length), p))
    assert ((share > 0.0) & (share <= 1.0)).all()
    assert (np.asarray(pain.length_share(np.asarray(1.1 * length), p)) >= share).all()
    tiny = 1e-4 * p.pain_length_saturation
    np.testing.assert_allclose(
        pain.length_share(3.0 * tiny, p) / pain.length_share(tiny, p), 3.0**p.pain_length_exponent, rtol=1e-4
    )


def _pain(anaesthetic: str, sentence: str = PEN) -> Any:
    session = next(iter(nd.injure(sentence, draws=60, seed=4, anaesthetic=anaesthetic).sites.values())).session
    assert session.people["pain_vas"].shape == (0,)  # nobody was asked for
    return session


def test_an_anaesthetic_lowers_pain_by_its_minutes_in_every_draw_and_changes_nothing_else() -> None:
    none, short, long = map(_pain, ("none", "emla 20 min", "emla 90 min"))
    assert (none.drawn["pain_vas"] > short.drawn["pain_vas"]).all()
    assert (short.drawn["pain_vas"] > long.drawn["pain_vas"]).all()
    for name in ("erythema_hours", "oedema_hours", "flaking_days", "downtime_days", "bruising_probability"):
        np.testing.assert_array_equal(none.drawn[name], long.drawn[name])
    assert none.pain_vas_without == short.pain_vas_without == long.pain_vas_without == none.pain_vas
    assert (none.anaesthetic, none.anaesthetic_product, none.anaesthetic_minutes.median) == ("none", "", 0.0)
    assert (long.anaesthetic, long.anaesthetic_product, long.anaesthetic_minutes.median) == ("topical", "emla", 90.0)
    assert long.minutes.median - none.minutes.median == pytest.approx(90.0)


@pytest.mark.parametrize("product", [*load_anaesthetics()])
def test_each_product_is_a_relief_and_its_strength_is_drawn(product: str) -> None:
    given, none = _pain(f"{product} 60 min"), _pain("none")
    assert (given.drawn["pain_vas"] < none.drawn["pain_vas"]).all()
    assert given.anaesthetic_product == product
    # a product whose numbers are ranges spreads more than its centre alone would
    relief = given.drawn["pain_vas"] - none.drawn["pain_vas"]
    assert np.ptp(relief) > 0.0


def test_the_words_take_the_usual_product_for_the_time_of_practice() -> None:
    topical, practice = _pain("topical"), _pain("practice")
    assert (topical.pain_vas, topical.minutes) == (practice.pain_vas, practice.minutes)
    assert topical.anaesthetic_product == read_anaesthetic("topical").product.id == "lidocaine_4"
    shallow = "1 session: exceed; cheek 0.3 mm, 4 passes"
    assert _pain("practice", shallow).anaesthetic == "none" and _pain("topical", shallow).anaesthetic == "topical"


def test_a_course_has_the_pain_of_its_anaesthetic_and_the_same_skin() -> None:
    one, other = (nd.simulate(PEN, draws=4, until=30, anaesthetic=given) for given in ("emla 60 min", "none"))
    here, there = one.sites["cheek"], other.sites["cheek"]
    assert (here.sessions[0].drawn["pain_vas"] < there.sessions[0].drawn["pain_vas"]).all()
    for name, values in here.values.items():
        np.testing.assert_array_equal(values, there.values[name])
    assert one.ledger.case.document["anaesthetic"] == "emla 60 min"
    assert "emla-label" in one.ledger.sources and "emla-label" not in other.ledger.sources


def test_rollers_redden_about_as_long_as_pens_and_home_rollers_less() -> None:
    """A roller had slightly more redness than a pen at the same length; it had a third of it before doses saturated."""
    red = {
        name: nd.injure(f"1 session: {what}", draws=1).sites["cheek"].session.erythema_hours.median
        for name, what in {
            "pen": "exceed; cheek 1.5 mm, 6 passes",
            "roller": "roller 192 x 1.5 mm x 0.25 mm; cheek 1.5 mm, 8 passes",
            "home": "home_roller; cheek 0.25 mm, 8 passes",
        }.items()
    }
    assert 0.75 < red["roller"] / red["pen"] < 1.25
    assert red["home"] < 0.5 * red["roller"]
