"""The model's answers to published figures: their numbers, units and verdicts."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neodermis.evidence import Figure, ParameterSet, Setup, find_figure, load_figures, load_parameters
from neodermis.simulation.session import Interval
from neodermis.studies.figures_injury import UNITS, Row, answer, compare, drawn, numbers, simulate
from neodermis.uncertain import Distribution

SHIPPED = load_parameters()
ANSWERABLE = [figure for figure in load_figures() if figure.setup is not None]
RESULTS = Path(__file__).resolve().parents[2] / "validation" / "penetration.json"


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    return {row.id: row for row in compare(SHIPPED)}


def with_setup(figure: Figure, **changes: Any) -> Figure:
    assert figure.setup is not None
    return replace(figure, setup=replace(figure.setup, **changes))


def fixed(value: float) -> Distribution:
    return Distribution(kind="none", centre=value)


def test_every_figure_with_a_setup_has_an_answer_and_no_other(rows: dict[str, Row]) -> None:
    assert list(rows) == [figure.id for figure in load_figures()]
    for row in rows.values():
        assert (row.model is None) == (row.figure.setup is None) == (row.verdict == "no answer") == bool(row.why)
        if row.model is not None:
            assert np.isfinite(row.model).all() and row.model.lower90 <= row.model.median <= row.model.upper90
            assert row.share is not None and 0.0 <= row.share <= 1.0
            assert row.figure.quantity in UNITS


def test_an_answer_is_the_one_of_the_table_and_repeats(rows: dict[str, Row]) -> None:
    for name in ("kalluri-2011-depth", "gill-2008-length", "dermaroller-slides-density"):
        assert answer(find_figure(name), SHIPPED) == rows[name].model
    assert answer(find_figure("kalluri-2011-depth"), SHIPPED, seed=1) != rows["kalluri-2011-depth"].model
    assert answer(find_figure("lam-2008-share-rubber"), SHIPPED) is None


def test_figures_of_one_study_share_their_draws() -> None:
    """The same needles made both depths, the same animals depth and width."""
    for one, other in (
        ("sasaki-2019-depth-0.5", "sasaki-2019-depth-1.5"),
        ("kalluri-2011-depth", "kalluri-2011-width"),
    ):
        a, b = (numbers(f, f.setup, 50, 3) for f in map(find_figure, (one, other)) if f.setup is not None)
        for name in set(a) - {"set_depth_mm"}:
            np.testing.assert_array_equal(a[name], b[name])
    apart = find_figure("donnelly-2010-depth")
    assert apart.setup is not None
    tips = numbers(apart, apart.setup, 50, 3)["needle_tip_radius_um"]
    pen = find_figure("sasaki-2019-depth-0.5")
    assert pen.setup is not None
    assert abs(np.corrcoef(tips, numbers(pen, pen.setup, 50, 3)["needle_tip_radius_um"])[0, 1]) < 0.5


# ------------------------------------------------------------------------------------------- closed forms by hand


def central(figure: Figure) -> float:
    """The answer where every parameter has its central value and every open number is given."""
    return float(simulate(figure, SHIPPED.central(), SHIPPED, 0)[0])


def test_channels_of_a_roller_are_needles_over_the_area_of_a_turn() -> None:
    figure = with_setup(
        find_figure("dermaroller-slides-density"), drum_diameter_mm=fixed(20.0), drum_width_mm=fixed(20.0)
    )
    turn_cm2 = np.pi * 2.04 * 2.0 * (1.0 - SHIPPED["lane_overlap"].value)
    assert central(figure) == pytest.approx(15 * 192 / turn_cm2)


def test_the_force_that_pierces_is_the_pressure_over_the_tip() -> None:
    figure = with_setup(find_figure("olatunji-2013-force-30um-0.5"), needle_tip_radius_um=fixed(8.0))
    force = SHIPPED["puncture_dent"].value * SHIPPED["foundation_stiffness"].value  # of the reference tip
    assert central(figure) == pytest.approx(force * (8.0 / SHIPPED["puncture_tip_radius"].value) ** 2)


def test_a_change_is_relative_to_the_other_setup() -> None:
    slow = with_setup(find_figure("olatunji-2013-force-30um-0.5"), needle_tip_radius_um=fixed(8.0))
    fast = with_setup(find_figure("olatunji-2013-force-30um-1.0"), needle_tip_radius_um=fixed(8.0))
    assert central(find_figure("olatunji-2013-speed")) == pytest.approx(central(fast) / central(slow) - 1.0)


def test_a_channel_at_full_depth_is_the_base_after_recoil() -> None:
    """A foundation without give: the needle goes in to its base, and so does the cone."""
    figure = with_setup(find_figure("kalluri-2011-width"), foundation=fixed(1e9), hand_force_share=fixed(1e9))
    assert central(figure) == pytest.approx(140.0 * SHIPPED["channel_recoil_ratio"].value, rel=1e-3)
    depth = with_setup(find_figure("kalluri-2011-depth"), foundation=fixed(1e9), hand_force_share=fixed(1e9))
    assert central(depth) == pytest.approx(770.0, rel=1e-3)


def test_depth_follows_the_setup_the_right_way() -> None:
    figure = find_figure("donnelly-arrays-volunteers-depth")
    given = with_setup(
        figure,
        needles=fixed(50), needle_diameter_mm=fixed(0.25), needle_tip_radius_um=fixed(6.0),
        set_depth_mm=fixed(0.6), needle_taper_mm=fixed(0.6), hand_force_share=fixed(1.0),
    )  # fmt: skip
    base = central(given)
    assert 0.0 < base < 600.0
    assert central(with_setup(given, needle_tip_radius_um=fixed(8.0))) < base
    assert central(with_setup(given, hand_force_share=fixed(0.1))) < base
    assert central(with_setup(given, foundation=fixed(0.7))) < base < central(with_setup(given, stretched=True))
    assert central(with_setup(given, under="fat")) < base < central(with_setup(given, under="bone"))
    assert central(with_setup(given, epidermis_mm=fixed(0.2))) < base


def test_an_anaesthetic_that_is_not_named_is_given_to_half_of_the_draws() -> None:
    figure = find_figure("striae-nafl-2019-needling")
    values = drawn(SHIPPED, 400, 0)
    both = simulate(figure, values, SHIPPED, 0)
    apart = [simulate(with_setup(figure, anaesthetic=given), values, SHIPPED, 0) for given in ("topical", "none")]
    assert (apart[0] < apart[1]).mean() > 0.98  # the odds are log-normal: a few draws say that a cream hurts
    assert np.isclose(both, apart[0]).mean() == pytest.approx(0.5, abs=0.1)  # four standard errors
    assert (np.isclose(both, apart[0]) | np.isclose(both, apart[1])).all()


# ------------------------------------------------------------------------------------------------------- verdicts


def judged(**published: Any) -> Row:
    figure = Figure(
        id="density", source="dermaroller-slides", quantity="channels_per_area", unit="1/cm2", condition="a roller",
        species="human", setup=find_figure("dermaroller-slides-density").setup, **published,
    )  # fmt: skip
    (row,) = compare(SHIPPED, [figure], draws=200)
    return row


def test_verdicts_are_what_they_are_called() -> None:
    model = judged(value=1.0).model
    assert isinstance(model, Interval)
    assert judged(value=model.median).verdict == "inside" and judged(value=model.median).over_published == 1.0
    assert judged(value=model.upper90 * 1.01).verdict == judged(value=model.lower90 * 0.99).verdict == "missed"
    assert judged(low=model.median * 0.99, high=model.median * 1.01).verdict == "inside"
    # overlap with the interval is not enough for a range
    assert judged(low=model.median * 1.01, high=model.upper90).verdict == "missed"
    assert judged(high=model.median * 1.01).verdict == judged(low=model.median * 0.99).verdict == "bound kept"
    assert judged(high=model.median * 0.99).verdict == judged(low=model.median * 1.01).verdict == "bound broken"
    assert judged(high=model.upper90).share == pytest.approx(0.95, abs=0.006)
    assert judged(value=1.0).is_test and not judged(value=1.0, used_for=("lane_overlap",)).is_test


def test_another_unit_gives_the_same_verdict() -> None:
    figure = find_figure("donnelly-2010-depth")
    um, mm = compare(SHIPPED, [figure, replace(figure, value=0.46, unit="mm")])
    assert um.model is not None and mm.model is not None
    assert um.model.median == pytest.approx(1e3 * mm.model.median) and um.verdict == mm.verdict


def test_a_setup_that_leaves_out_what_matters_is_refused() -> None:
    figure = replace(find_figure("donnelly-2010-depth"), setup=Setup(kind="stamp", needles=fixed(9), assumed={}))
    with pytest.raises(ValueError, match="leaves out"):
        answer(figure, SHIPPED)
    with pytest.raises(ValueError, match="no set-up"):
        simulate(find_figure("lam-2008-share-rubber"), SHIPPED.central(), SHIPPED, 0)


def test_the_verdicts_on_the_page_are_those_of_the_shipped_parameters() -> None:
    """After a change of parameters: ``python -m validation.penetration --comparison-only``."""
    kept = {row["figure"]: row for row in json.loads(RESULTS.read_text("utf-8"))["comparison"]}
    now: ParameterSet = SHIPPED
    for row in compare(now, draws=4_000):
        assert kept[row.id]["verdict"] == row.verdict, row.id
        if row.model is not None:
            np.testing.assert_allclose(kept[row.id]["model"], row.model, rtol=1e-4, atol=1e-9, err_msg=row.id)


@pytest.mark.parametrize("figure", ANSWERABLE, ids=lambda figure: figure.id)
def test_nothing_is_drawn_that_the_answer_does_not_need(figure: Figure) -> None:
    """Fixing an open number changes the answers; one that changes none does not belong in the set-up."""
    assert figure.setup is not None
    values = drawn(SHIPPED, 200, 0)
    before = simulate(figure, values, SHIPPED, 0)
    for name, amount in figure.setup.amounts.items():
        if not amount.known:
            after = simulate(
                with_setup(figure, **{name: fixed(amount.ppf(1.0 if amount.b else 0.9) * 1.5)}), values, SHIPPED, 0
            )
            assert (after != before).any(), name
