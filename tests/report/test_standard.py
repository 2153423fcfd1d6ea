"""Every figure keeps one standard: units on axes, labels beside lines, names of intervals, legible type, grey print."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text

import neodermis as nd
from neodermis.api import compare, compare_exposures, trace
from neodermis.report import style

PLAN = "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes"
SHALLOW = PLAN.replace("1 mm", "0.5 mm")
PLACES = "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes; forehead 0.8 mm, 4 passes"
PHASED = f"{PLAN}; then 2 sessions every 20 days: exceed; cheek 0.5 mm, 2 passes"
SCARS = {"acne_scar": "goodman_baron:3"}
MANY = {"acne_scar": "goodman_baron:2", "melasma": "mmasi:12", "wrinkle": "lemperle:3", "pores": "0.5"}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    from matplotlib import pyplot as plt

    plt.close("all")


def course(plan: str = PLAN, width: float | None = None, **options: Any) -> Any:
    from neodermis.report.course_figure import figure

    return figure(nd.simulate(plan, **({"draws": 3, "until": 150} | options)), width)


def compared(*plans: str, width: float | None = None, **options: Any) -> Any:
    from neodermis.report.comparison_picture import comparison_figure

    return comparison_figure(compare(*plans, **({"draws": 3, "until": 150} | options)), width)


def exposed(width: float | None = None) -> Any:
    from neodermis.report.comparison_picture import comparison_figure

    found = compare_exposures(PLAN, [("smoking", "0")], draws=2, exposures={"smoking": "20/day"})
    return comparison_figure(found, width)


def arm(width: float | None = None) -> Any:
    from neodermis.report.course_figure import figure

    return figure(nd.simulate_arm("lotfi-2013", draws=3), width)


def study(width: float | None = None) -> Any:
    from neodermis.report.evidence import study_figure

    found = nd.load_study("minh-2019")
    return study_figure(found, {
        one.id: nd.simulate_arm(found, one.id, draws=4, scatter=True) for one in found.simulable
    }, width)  # fmt: skip


def injury(width: float | None = None) -> Any:
    from neodermis.report.injury_picture import injury_figure

    return injury_figure(nd.injure(PLAN, draws=4), width_inches=width)


def delivery(width: float | None = None) -> Any:
    from neodermis.report.delivery_picture import delivery_figure

    return delivery_figure(nd.deliver("niacinamide", "1 session: exceed; cheek 0.5 mm, 4 passes", draws=3), width)


def skin(width: float | None = None) -> Any:
    from neodermis.report.people import skin_figure

    return skin_figure(nd.skin_by_age((30, 50, 70), draws=4, people=4), width)


def ageing(width: float | None = None) -> Any:
    from neodermis.report.ageing import Series, ageing_figure

    series = [Series(sex, nd.skin_by_age((25, 55, 85), sex=sex, draws=3)) for sex in ("female", "male")]
    return ageing_figure(series, "Untreated skin", "foot", width)


def explanation(width: float | None = None) -> Any:
    from neodermis.report.explanation import explanation_figure

    return explanation_figure(nd.explain("collagen_papillary", 60, PLAN), width)


def sensitivity(width: float | None = None) -> Any:
    from types import SimpleNamespace

    from neodermis.report.sensitivity import sensitivity_figure

    one = SimpleNamespace(name="depth_mm", correlation=0.5, total=0.4, total_lower90=0.2, total_upper90=0.6, first=0.3,
                          first_lower90=0.1, first_upper90=0.5)  # fmt: skip
    other = SimpleNamespace(**{**vars(one), "name": "age", "correlation": -0.5})
    found = SimpleNamespace(outcome="collagen_papillary", day=90.0, inputs=[one, other], parameters=[one, other],
                            courses=60, case=nd.simulate(PLAN, draws=1).ledger.case)  # fmt: skip
    return sensitivity_figure(found, width)  # type: ignore[arg-type]  # what the figure reads of one


def scorecard(width: float | None = None) -> Any:
    from neodermis.inference import folder
    from neodermis.report.scorecard import scorecard_figure

    document = folder.shipped()
    return scorecard_figure(document | {"findings": document["findings"][:12]}, width)


def couplings(width: float | None = None) -> Any:
    from neodermis.report.couplings import cascade_figure
    from neodermis.simulation.couplings import couplings as found

    return cascade_figure(found(nd.load_parameters()))


def states(width: float | None = None) -> Any:
    from neodermis.report.cascade import states_figure

    return states_figure(trace(nd.simulate(PLAN, draws=1).ledger.case, until=60.0), PLAN, "foot")


def claims(width: float | None = None) -> Any:
    from neodermis.claims.record import shipped
    from neodermis.report.claims import claims_figure

    return claims_figure(shipped()[:6], 3)


def published(width: float | None = None) -> Any:
    from neodermis.evidence.delivery_figure import load_delivery_figures
    from neodermis.report.delivery_evidence import delivery_evidence_figure
    from neodermis.studies.figures_delivery import compare_delivery

    return delivery_evidence_figure(
        compare_delivery(nd.load_parameters(), load_delivery_figures()[:30], draws=4), width
    )


@cache
def _consultation() -> Any:
    from tests.planning.test_update import consultation

    return consultation(today=date(2026, 11, 20))


def update(width: float | None = None) -> Any:
    from neodermis.report.update_figure import update_figure

    reading = {"outcome": "goodman_baron_grade", "value": 2.0, "day": 40.0, "rater": "blinded"}
    return update_figure(nd.update(_consultation(), PLAN, measured=[reading]), width)


def plan(width: float | None = None) -> Any:
    from tests.planning.test_plan import scars

    from neodermis.report.plan_figure import plan_figure

    return plan_figure(scars(), width)


#: Figures whose page keeps to the width that is asked for.
WIDE: dict[str, Callable[..., Any]] = {
    "course": lambda width=None: course(width=width, people=4, concerns=SCARS),
    "course of phases": lambda width=None: course(PHASED, width),
    "course of two sites": lambda width=None: course(PLACES, width, concerns={"wrinkle": "lemperle:3"}),
    "course of many concerns": lambda width=None: course(width=width, concerns=MANY),
    "course of weeks": lambda width=None: course("1 session: exceed; cheek 1 mm, 4 passes", width, until=14),
    "course of an arm": arm,
    "comparison": lambda width=None: compared(PLAN, PHASED, SHALLOW, width=width, concerns=SCARS),
    "comparison of two sites": lambda width=None: compared(PLACES, PLACES.replace("0.8 mm", "0.5 mm"), width=width),
    "exposures": exposed, "study": study, "delivery": delivery, "skin": skin, "ageing": ageing,
    "explanation": explanation, "sensitivity": sensitivity, "scorecard": scorecard, "update": update,
    "published delivery": published,
    "plan": plan, "injury": injury,
}  # fmt: skip
#: Figures of one size.
FIXED: dict[str, Callable[..., Any]] = {
    "couplings": couplings, "states": states, "claims": claims
}  # fmt: skip
EVERY = [(name, draw, None) for name, draw in (WIDE | FIXED).items()]
NARROW = [(name, draw, style.REPORT_WIDTH) for name, draw in WIDE.items()]
CASES = [pytest.param(*case, id=f"{case[0]}{', narrow' if case[2] else ''}") for case in EVERY + NARROW]


def words_of(fig: Any) -> list[Text]:
    """Texts that are drawn: ticks beyond the limits of an axis are not."""
    hidden: set[int] = set()
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            drawn = {id(tick.label1) for tick in axis._update_ticks()} if ax.axison else set()
            hidden |= {id(text) for text in axis.get_ticklabels(which="both")} - drawn
    found = fig.findobj(Text)
    return [text for text in found if text.get_text().strip() and text.get_visible() and id(text) not in hidden]


@pytest.mark.parametrize(("name", "draw", "width"), CASES)
def test_every_figure_keeps_the_standard(name: str, draw: Callable[..., Any], width: float | None) -> None:
    fig = draw(width) if width else draw()
    if width:
        assert fig.get_size_inches()[0] == width
    fig.draw_without_rendering()
    shown = [ax for ax in fig.axes if ax.axison and ax.get_visible()]
    _axes_have_labels(shown)
    _legends_lie_beside_the_data(fig, shown)
    words = words_of(fig)
    assert min(text.get_fontsize() for text in words) >= style.LEAST
    assert not any("credible interval" in text.get_text().replace("\n", " ") for text in words)
    _titles_stand_free(fig, shown)
    page = fig.bbox
    for text in words:
        box = text.get_window_extent()
        if text.get_figure() is fig and box.width:
            assert page.x0 - 2 <= box.x0 and box.x1 <= page.x1 + 2, text.get_text()
            assert page.y0 - 2 <= box.y0 and box.y1 <= page.y1 + 2, text.get_text()


def _axes_have_labels(shown: list[Any]) -> None:
    """Numbers on an axis have a label or a title that says what they are."""
    for ax in shown:
        for axis in (ax.xaxis, ax.yaxis):
            numbers = [text.get_text() for text in axis.get_ticklabels() if text.get_text() and text.get_visible()]
            if any(text.replace("−", "-").lstrip("-").replace(".", "").isdigit() for text in numbers):
                titles = [axis.get_label_text(), *(ax.get_title(loc=side) for side in ("left", "center", "right"))]
                bar = ax.get_label() == "<colorbar>" or ax.get_label() == "inset_axes"
                # the axis of a map and of a depth is named once for the column
                column = any("depth" in text.get_text() for text in ax.figure.texts)
                assert any(titles) or bar or column, (ax, numbers)


def _legends_lie_beside_the_data(fig: Any, shown: list[Any]) -> None:
    legends = [*fig.legends, *(ax.get_legend() for ax in fig.axes if ax.get_legend() is not None)]
    for legend in legends:
        box = legend.get_window_extent()
        assert not any(box.overlaps(ax.get_window_extent().shrunk(0.99, 0.99)) for ax in shown)


def _titles_stand_free(fig: Any, shown: list[Any]) -> None:
    for ax in shown:
        heads = [
            Text.get_window_extent(text) for text in (ax._left_title, ax.title, ax._right_title) if text.get_text()
        ]
        assert not any(one.overlaps(other) for number, one in enumerate(heads) for other in heads[number + 1 :])
    if fig._suptitle is not None:
        box = fig._suptitle.get_window_extent()
        assert not any(box.shrunk(1.0, 0.95).overlaps(ax.get_window_extent()) for ax in shown)
        others = [text for ax in shown for text in (ax._left_title, ax.title, *ax.texts) if text.get_text()]
        assert not any(box.shrunk(1.0, 0.95).overlaps(Text.get_window_extent(text)) for text in others)


def test_intervals_have_their_names_and_courses_are_in_months() -> None:
    fig = WIDE["course"]()
    said = {text.get_text().replace("\n", " ") for ax in fig.axes for text in ax.texts}
    assert {"90 % interval (parameter uncertainty)", "between people"} <= said
    assert (style.INTERVAL, style.PEOPLE) == ("90 % interval (parameter uncertainty)", "between people")
    assert fig.axes[-1].get_xlabel() == "months since the first session"
    assert WIDE["course of weeks"]().axes[-1].get_xlabel() == "days since the first session"


@pytest.mark.parametrize("name", ["course", "comparison", "update"])
def test_lines_of_a_panel_differ_in_grey_or_in_line_style(name: str) -> None:
    from matplotlib.colors import to_rgb

    for ax in WIDE[name]().axes:
        lines = [line for line in ax.lines if line.get_label()[:1] != "_" and line.get_linestyle() != "None"]
        for number, one in enumerate(lines):
            for other in lines[number + 1 :]:
                grey = [float(np.dot(to_rgb(line.get_color()), (0.2126, 0.7152, 0.0722))) for line in (one, other)]
                same = one._dash_pattern == other._dash_pattern and one.get_marker() == other.get_marker()
                assert not same or abs(grey[0] - grey[1]) > 0.15, (one, other)
