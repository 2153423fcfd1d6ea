"""The report of the cascade: pictures, tables and JSON say what the states and the couplings hold, and no more."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.text import Text

from neodermis import report
from neodermis.evidence import load_parameters
from neodermis.report import cascade
from neodermis.report import couplings as matrix
from neodermis.simulation.couplings import Coupling, couplings
from neodermis.simulation.states import HealingPhase, States
from neodermis.skin.cascade import BY_DEPTH, ON_SURFACE
from neodermis.units import dimension

PHASES = (
    HealingPhase("inflammation", 0.05, 1.2, 7.6),
    HealingPhase("proliferation", 0.4, 9.7, 57.0),
    HealingPhase("remodelling", 3.8, 12.0, 124.0),
)


@cache
def found() -> tuple[Coupling, ...]:
    return tuple(couplings(load_parameters()))


def states(
    *, site: str = "cheek", sessions: int = 3, every: float = 28.0, until: float = 420.0, **fixed: Any
) -> States:
    """States of a smooth made-up course: what is drawn does not depend on the model."""
    given = tuple(every * k for k in range(sessions))
    ends = (*given[1:], until)
    days = np.concatenate(
        [start + (end - start) * np.linspace(0.0, 1.0, 90) ** 2 for start, end in zip(given, ends, strict=True)]
    )
    faces = np.linspace(0.0, 1.27, 19)
    height = np.exp(-faces[:-1])
    course = np.exp(-days / 20.0)[:, None] * height[None]
    values = {
        name: 1.0 + 0.3 * course if one.page_unit == "x rest" else (k + 1.0) * course
        for k, (name, one) in enumerate(BY_DEPTH.items())
    }
    surface = {name: 1.0 + 0.1 * course[:, 0] for name in ON_SURFACE}
    made: dict[str, Any] = {
        "site": site,
        "days": days,
        "session_days": given,
        "depth_faces_mm": faces,
        "papillary": 6,
        "by_depth": values,
        "surface": surface,
        "phases": PHASES,
        "rest_by_depth": {name: row[0] for name, row in values.items()},
        "rest_surface": {name: float(row[0]) for name, row in surface.items()},
        "rest_collagen": (np.ones(len(faces) - 1), np.ones(len(faces) - 1)),
        "epidermis_mm": (0.02, 0.06),
    }
    return States(**(made | fixed))


def untouched() -> States:
    """A sham: nothing happens."""
    made = states(sessions=1)
    still = {name: np.full_like(v, float(BY_DEPTH[name].page_unit == "x rest")) for name, v in made.by_depth.items()}
    flat = {name: np.ones_like(v) for name, v in made.surface.items()}
    return states(sessions=1, by_depth=still, surface=flat, phases=())


def texts(fig: Any) -> list[tuple[str, Any]]:
    """Every text that shows, with its box on the page."""
    fig.canvas.draw()
    renderer = fig.canvas.get_renderer()
    beyond = set()  # labels of ticks beyond the ends of an axis, which are not drawn
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if not low - 1e-9 <= tick.get_loc() <= high + 1e-9]
            beyond |= {label for tick in ticks for label in (tick.label1, tick.label2)}
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in fig.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in beyond
    ]


def assert_on_the_page(fig: Any) -> None:
    width, height = fig.canvas.get_width_height()
    for words, box in texts(fig):
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, words


# ----------------------------------------------------------------------------------------------- states


def test_what_is_drawn_exists_and_has_a_name() -> None:
    assert set(cascade.DRAWN) <= set(BY_DEPTH)
    assert {name for names, *_ in cascade._SURFACE for name in names} <= set(ON_SURFACE)
    for name, one in {**BY_DEPTH, **ON_SURFACE}.items():
        assert one.label and one.meaning and dimension(one.unit), name


@pytest.mark.parametrize(
    "listed",
    [
        [states()],
        [states(sessions=1, until=30.0)],
        [states(sessions=60, every=1.0, until=424.0)],
        [states(until=1400.0), states(site="forehead")],
        [untouched()],
    ],
    ids=["three", "short", "daily", "two sites", "sham"],
)
def test_no_word_leaves_the_page_or_lies_on_another(listed: list[States]) -> None:
    fig = report.states_figure(listed, "3 sessions every 28 days: exceed; cheek 1.5 mm, 6 passes", "a foot " * 30)
    try:
        assert_on_the_page(fig)
        boxes = [(words, box.padded(-1.0)) for words, box in texts(fig)]
        for number, (words, box) in enumerate(boxes):
            for other, second in boxes[number + 1 :]:
                assert not box.overlaps(second), (words, other)
    finally:
        plt.close(fig)


def test_the_page_says_phases_sessions_and_sites() -> None:
    fig = report.states_figure([states(), states(site="forehead")], "a title", "a foot")
    try:
        said = "\n".join(words for words, _ in texts(fig))
    finally:
        plt.close(fig)
    for part in (
        "a title",
        "a foot",
        "cheek",
        "not shown: forehead",
        "3 sessions",
        "inflammation: onset 0.05, peak 1.2, end 7.6 d",
        "remodelling: onset 3.8, peak 12, end 124 d",
    ):
        assert part in said


def test_a_map_shows_the_values_that_it_is_given() -> None:
    made = states(sessions=1)
    fig = report.states_figure([made], "t", "f")
    try:
        (ax,) = [a for a in fig.axes if a.get_title(loc="left") == "neutrophils"]
        (mesh,) = ax.collections
        shown = np.asarray(mesh.get_array())
        values = made.by_depth["neutrophil"]
        assert np.allclose(shown, ((values[1:] + values[:-1]) / 2).T)
    finally:
        plt.close(fig)


@pytest.mark.parametrize("sessions", [1, 3, 60])
def test_the_document_is_finite_thin_and_keeps_the_ends(sessions: int) -> None:
    made = states(sessions=sessions, every=1.0 if sessions == 60 else 28.0)
    made.by_depth["tgf"][5, 2] = np.nan
    held = json.loads(json.dumps(report.states_document(made), allow_nan=False))
    count = len(held["time_day"])
    assert count <= cascade.MOST_TIMES
    assert held["time_day"][0] == 0.0 and held["time_day"][-1] == made.days[-1]
    assert held["time_day"] == sorted(held["time_day"])
    for day in made.session_days[1:]:
        assert held["time_day"].count(day) == 2
    assert set(held["by_depth"]) == set(BY_DEPTH)
    for name, entry in held["by_depth"].items():
        assert entry["unit"] == BY_DEPTH[name].page_unit
        assert np.shape(entry["values"]) == (count, len(held["depth_mm"]))
    assert all(len(entry["values"]) == count for entry in held["surface"].values())
    assert held["phases"][0]["peak_day"] == 1.2
    assert held["depth_mm"] == sorted(held["depth_mm"]) and held["depth_mm"][0] > 0


# ----------------------------------------------------------------------------------------------- couplings


def cells(fig: Any) -> dict[str, Any]:
    """The cells of the matrix by the coupling that they draw."""
    return {patch.get_gid(): patch for patch in fig.axes[0].patches if patch.get_gid()}


def test_every_coupling_has_a_cell_of_its_sign() -> None:
    fig = report.cascade_figure(found())
    try:
        assert_on_the_page(fig)
        drawn = cells(fig)
        assert set(drawn) == {f"{c.read}>{c.reader}" for c in found()}
        for c in found():
            cell = drawn[f"{c.read}>{c.reader}"]
            assert to_hex(cell.get_edgecolor()) == (matrix.RAISES if c.sign > 0 else matrix.LOWERS)
            assert (to_hex(cell.get_facecolor()) == "#ffffff") == (not c.sources)
    finally:
        plt.close(fig)


def test_a_cell_stands_in_the_row_of_what_acts_and_the_column_of_what_it_acts_on() -> None:
    fig = report.cascade_figure(found())
    try:
        ax = fig.axes[0]
        fig.canvas.draw()
        for c in found():
            box = cells(fig)[f"{c.read}>{c.reader}"].get_window_extent()
            row = next(t for t in ax.texts if t.get_text() == cascade.state_name(c.read) and not t.get_rotation())
            column = next(t for t in ax.texts if t.get_text() == cascade.state_name(c.reader) and t.get_rotation())
            x, y = ax.transData.transform((column.get_position()[0], row.get_position()[1]))
            assert box.x0 < x < box.x1 and box.y0 < y < box.y1, (c.read, c.reader)
    finally:
        plt.close(fig)


def test_no_word_of_the_matrix_lies_on_another() -> None:
    fig = report.cascade_figure(found())
    try:
        fig.canvas.draw()
        level = [text for text in fig.axes[0].texts if not text.get_rotation()]
        boxes = [(text.get_text(), text.get_window_extent()) for text in level]
        for number, (words, box) in enumerate(boxes):
            for other, second in boxes[number + 1 :]:
                assert not box.overlaps(second), (words, other)
    finally:
        plt.close(fig)


def test_a_state_without_a_group_is_drawn_all_the_same() -> None:
    more = (*found(), Coupling("new_state", "damage", 1, (), ()), Coupling("melanin", "new_state", -1, (), ()))
    fig = report.cascade_figure(more)
    try:
        assert len(cells(fig)) == len(more)
        assert "new state" in {words for words, _ in texts(fig)}
        assert_on_the_page(fig)
    finally:
        plt.close(fig)


def test_the_table_says_each_coupling_in_words() -> None:
    some = [
        Coupling("damage", "neutrophil", -1, ("a", "b"), ("one", "two", "three", "four", "five")),
        Coupling("new_state", "tgf", 1, ("c",), ()),
    ]
    header, rows = report.coupling_table(some)
    assert all(len(row) == len(header) for row in rows)
    assert rows[0] == ("neutrophils", "lowers", "damage signal", "a, b", "one, two, three and 2 more")
    assert rows[1] == ("TGF-β1", "raises", "new state", "c", "assumed")
    assert len(report.coupling_table(found())[1]) == len(found())


def test_the_couplings_document_is_json() -> None:
    held = json.loads(json.dumps(report.couplings_document(found()), allow_nan=False))
    assert len(held["couplings"]) == len(found())
    for entry in held["couplings"]:
        assert {entry["read"], entry["reader"]} <= set(held["states"])
        assert entry["effect"] == ("raises" if entry["sign"] > 0 else "lowers")
        assert math.isfinite(entry["sign"]) and entry["parameters"]


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_the_pictures_are_written(tmp_path: Path, ending: str) -> None:
    report.write_cascade_plot(found(), tmp_path / f"cascade{ending}")
    report.write_states_plot([states(sessions=1)], tmp_path / f"states{ending}", "t", "f")
    assert all((tmp_path / f"{name}{ending}").stat().st_size > 10_000 for name in ("cascade", "states"))
