"""Figures for patients count people and draw one course, in words that the caller gives."""

from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import PathPatch

from neodermis.errors import InputError
from neodermis.report import style
from neodermis.report.patient_figures import CourseWords, IconWords, icon_array, simple_course

WORDS = CourseWords(
    value="Narbengrad (0 bis 4)", time="Monate seit der ersten Sitzung", treated="mit Behandlung",
    untreated="ohne Behandlung", band="wahrscheinlicher Bereich", before="vorher", session="Sitzung",
)  # fmt: skip


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    from matplotlib import pyplot as plt

    plt.close("all")


@pytest.mark.parametrize(("of", "total"), [(13, 20), (0, 20), (20, 20), (1, 100), (1, 1)])
def test_icon_array_fills_as_many_people_as_are_counted(of: int, total: int) -> None:
    (ax,) = icon_array(of, total).axes
    people = [patch for patch in ax.patches if isinstance(patch, PathPatch)]
    filled = [patch for patch in people if patch.get_facecolor() == to_rgba(style.INK)]
    assert (len(filled), len(people)) == (of, total)
    # outlines are seen on white paper in grey, and every person stands on the page
    assert all(patch.get_edgecolor() != to_rgba("white") for patch in people)
    (left, bottom), (right, top) = ax.transData.inverted().transform(ax.figure.bbox.get_points())
    ends = np.vstack([patch.get_path().vertices for patch in people])
    assert (ends.min(axis=0) >= (left, bottom)).all() and (ends.max(axis=0) <= (right, top)).all()


def test_icon_array_has_only_the_words_of_the_caller() -> None:
    fig = icon_array(3, words=IconWords(title="Von 20 Menschen 3", counted="mit Flecken"))
    texts = [text.get_text() for text in [*fig.texts, *fig.axes[0].texts]]
    assert texts == ["Von 20 Menschen 3", "mit Flecken"]
    assert [text for text in icon_array(3).axes[0].texts] == []


@pytest.mark.parametrize(("of", "total"), [(-1, 20), (21, 20), (3, 0), (3, 101), (2.5, 20)])
def test_icon_array_refuses_numbers_that_are_no_people(of: float, total: int) -> None:
    with pytest.raises(InputError, match="a whole number from"):
        icon_array(of, total)  # type: ignore[arg-type]


@pytest.mark.parametrize(("width", "height"), [(style.REPORT_WIDTH, 3.0), (5.5, 3.0), (4.0, 1.8)])
def test_simple_course_has_the_words_of_the_caller_and_months_on_its_axis(width: float, height: float) -> None:
    days = np.linspace(0.0, 400.0, 50)
    median = 3.0 - 0.6 * days / 400.0
    fig = simple_course(
        days, median, (median - 0.5, median + 0.4), np.full(50, 3.0), before=3.0, sessions=[0.0, 30.0], words=WORDS,
        scale=(0.0, 4.0), number=lambda value: f"{value:g}".replace(".", ","), width_inches=width,
        height_inches=height,
    )  # fmt: skip
    (ax,) = fig.axes
    assert (ax.get_ylabel(), ax.get_xlabel()) == (WORDS.value, WORDS.time)
    said = {text.get_text().replace("\n", " ") for text in ax.texts}
    assert said == {"mit Behandlung", "ohne Behandlung", "wahrscheinlicher Bereich", "vorher", "▲ Sitzung"}
    months = [float(label.get_text()) for label in ax.get_xticklabels()]
    assert months[:1] == [0.0] and months[-1] == 12.0 and ax.get_xticks()[-1] == pytest.approx(12 * style.MONTH)
    assert any("," in label.get_text() for label in ax.get_yticklabels()) or height < 2.0
    assert [[*line.get_xdata()] for line in ax.lines if line.get_marker() == "^"] == [[0.0, 30.0]]
    fig.canvas.draw()
    boxes = [text.get_window_extent() for text in (*ax.texts, ax.yaxis.label, ax.xaxis.label)]
    for number, box in enumerate(boxes):
        assert fig.bbox.x0 <= box.x0 and box.x1 <= fig.bbox.x1 and fig.bbox.y0 <= box.y0 and box.y1 <= fig.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])
