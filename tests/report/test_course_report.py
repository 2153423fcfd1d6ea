"""The picture and the tables of a course answer the person's concern first, and collagen after it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text

import neodermis as nd
from neodermis import report
from neodermis.people import load_concerns
from neodermis.people.concern import answering, only_direction
from neodermis.report.course_figure import drawn_outcomes
from neodermis.skin.outcomes import OUTCOMES

PLAN = "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes"
PLACES = "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes; forehead 0.8 mm, 4 passes"
#: Concerns as they are given, and what the picture shows of them, from the top.
SHOWN = {
    "none": ({}, ["Papillary collagen"]),
    "acne": ({"acne_scar": "goodman_baron:3"}, ["Goodman-Baron grade (0 to 4)", "Papillary collagen"]),
    "acne on another scale": ({"acne_scar": "ecca:150"}, ["ECCA score (0 to 540)", "Papillary collagen"]),
    "burn": ({"burn_scar": "posas:30"}, ["POSAS (6 to 60)", "Papillary collagen"]),
    "melasma": ({"melasma": "mmasi:12"}, ["mMASI (0 to 24)", "Papillary collagen"]),
    "wrinkles": ({"wrinkle": "lemperle:3"}, ["Wrinkle grade (0 to 5)", "Papillary collagen"]),
    "thin skin": ({"thin_skin": "0.3"}, ["Dermal thickness", "Papillary collagen"]),
    "two": (
        {"acne_scar": "goodman_baron:2", "melasma": "masi:10"},
        ["Goodman-Baron grade (0 to 4)", "MASI (0 to 48)", "Papillary collagen"],
    ),
    "direction only": ({"striae": "0.5"}, ["Papillary collagen"]),
    "no answer": ({"pores": "0.5"}, ["Papillary collagen"]),
}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Pictures are closed after each test."""
    yield
    from matplotlib import pyplot as plt

    plt.close("all")


def course(concerns: dict[str, str], plan: str = PLAN, **options: Any) -> nd.Course:
    return nd.simulate(plan, **{"draws": 3, "until": 120, "concerns": concerns, **options})


def labels(drawn: Any) -> list[str]:
    return [ax.get_ylabel() for ax in drawn.axes if ax.get_ylabel()]


@pytest.mark.parametrize(("concerns", "shown"), SHOWN.values(), ids=SHOWN)
def test_figure_shows_the_scale_of_the_concern_first(concerns: dict[str, str], shown: list[str]) -> None:
    said = labels(report.figure(course(concerns)))
    assert len(said) == len(shown)
    assert all(label.startswith(name) for label, name in zip(said, shown, strict=True))


@pytest.mark.parametrize("name", [name for name, kind in load_concerns().items() if kind.answers])
def test_no_panel_of_the_figure_has_numbers_of_which_only_the_direction_is_known(name: str) -> None:
    kind = load_concerns()[name]
    assert all(answer in OUTCOMES for answer in kind.answers)
    simulated = course({name: kind.example}, draws=1)
    (site,) = simulated.sites.values()
    drawn = drawn_outcomes(simulated, site)
    assert drawn[-1] == "collagen_papillary"
    assert not any(only_direction(each, [name]) for each in drawn)
    title = report.figure(simulated).get_suptitle()
    for answer in kind.answers:
        assert (f"{OUTCOMES[answer].label}: direction only" in title) == bool(
            only_direction(answer, [name]) and answer in site.values
        )


def test_figure_says_what_this_version_cannot_answer() -> None:
    assert "Enlarged pores: this version cannot answer" in report.figure(course({"pores": "0.5"})).get_suptitle()


@pytest.mark.parametrize(
    ("concerns", "line", "words"),
    [({"acne_scar": "goodman_baron:3"}, 2.0, "1 grade (assumed)"), ({"melasma": "mmasi:12"}, 10.8, "1.2 point"),
     ({}, 10.0, "10 % (assumed)")],
)  # fmt: skip
def test_figure_has_the_smallest_change_that_matters_as_a_line(
    concerns: dict[str, str], line: float, words: str
) -> None:
    ax = report.figure(course(concerns)).axes[0]
    (dashed,) = [one for one in ax.lines if one.get_label() == "smallest change that matters"]
    assert dashed.get_linestyle() == "--"
    assert np.allclose(dashed.get_ydata(), line)
    assert any(f"smallest change that matters: {words}" in text.get_text().replace("\n", " ") for text in ax.texts)
    low, high = ax.get_ylim()
    assert low < line < high
    assert "untreated, median" in [one.get_label() for one in ax.lines]


@pytest.mark.parametrize(
    "options", [{}, {"people": 3}, {"plan": PLACES, "people": 3}, {"plan": PLACES, "draws": 1}], ids=str
)
@pytest.mark.parametrize("concerns", [{}, {"acne_scar": "goodman_baron:3"}, SHOWN["two"][0]], ids=str)
def test_no_words_of_the_figure_overlap_or_leave_the_page(concerns: dict[str, str], options: dict[str, Any]) -> None:
    drawn = report.figure(course(concerns, **options))
    drawn.canvas.draw()
    page = drawn.bbox
    blocks = [drawn._suptitle.get_window_extent(), drawn._supxlabel.get_window_extent()]
    blocks += [ax.get_tightbbox() for ax in drawn.axes if ax.get_ylabel()]
    words = [Text.get_window_extent(text) for ax in drawn.axes for text in ax.texts]
    for some in (blocks, words):
        for number, block in enumerate(some):
            assert page.x0 <= block.x0 and block.x1 <= page.x1 + 1 and page.y0 <= block.y0 and block.y1 <= page.y1
            for other in some[number + 1 :]:
                assert not block.shrunk(0.98, 0.98).overlaps(other.shrunk(0.98, 0.98))


def test_answering_takes_the_scale_that_was_given_first() -> None:
    assert answering({}) == ()
    assert answering({"acne_scar": "ecca:150, rolling:100"})[:2] == ("ecca_score", "goodman_baron_grade")
    assert answering({"melasma": "0.5", "acne_scar": "goodman_baron_score:20"})[:4] == (
        "mmasi", "masi", "melanin_contrast", "goodman_baron_score",
    )  # fmt: skip


def test_table_has_the_rows_that_answer_and_everything_where_asked() -> None:
    simulated = course({"acne_scar": "goodman_baron:3"})
    (site,) = simulated.sites.values()
    _, rows = report.measure_table(simulated, site, report.answering_outcomes(simulated))
    assert [row[0] for row in rows] == [
        "Goodman-Baron grade", "Goodman-Baron score", "ECCA score",
        "Severity of rolling scars", "Severity of boxcar scars", "Severity of ice-pick scars",
    ]  # fmt: skip
    _, whole = report.measure_table(simulated, site)
    assert set(rows) < set(whole)
    few, others = (report.course_table(site, others=others)[0] for others in (False, True))
    # every outcome of the course stands in one table
    shown = [*(row[0] for row in whole), *few[1:-1], *others[1:-1]]
    assert sorted(shown) == sorted(OUTCOMES[name].label for name in site.values)
    assert set(few) & set(others) == {"day", "Untreated collagen"} and len(others) > 3
    assert {"Papillary collagen", "Dermal collagen", "Untreated collagen"} <= set(few)


def test_comparison_figure_shows_the_scale_of_the_concern_first() -> None:
    from neodermis.api import compare, compare_exposures

    options: dict[str, Any] = {"draws": 3, "until": 120, "concerns": {"acne_scar": "goodman_baron:3"}}
    protocols = compare(PLAN, PLAN.replace("1 mm", "0.5 mm"), **options)
    said = labels(report.comparison_figure(protocols))
    assert [label.split(" (")[0].split(",")[0] for label in said] == [
        "Goodman-Baron grade", "difference from A", "Papillary collagen", "difference from A",
    ]  # fmt: skip
    exposures = compare_exposures(PLAN, [("smoking", "20/day")], draws=2, concerns=options["concerns"])
    figure = report.comparison_figure(exposures)
    drawn = [ax for ax in figure.axes if ax.get_ylabel()]
    above, below = drawn[::2], drawn[1::2]
    assert [ax.get_title(loc="left") for ax in above] == ["cheek, treated", "cheek, untreated", "cheek, treated"]
    assert all(ax.get_ylabel().startswith("difference from without the change") for ax in below) and len(below) == 3


def test_comparison_figure_names_the_protocols_and_shows_harm_and_burden() -> None:
    from neodermis.api import compare

    found = compare(PLAN, PLAN.replace("2 sessions every 30", "3 sessions every 20"), draws=3, until=120)
    figure = report.comparison_figure(found)
    texts = [text.get_text().replace("\n", " ") for ax in figure.axes for text in ax.texts]
    for label, one in zip(found.labels, found.courses, strict=True):
        assert f"{label}: {one.protocol.sentence}" in texts and label in texts
    titles = [ax.get_title(loc="left").replace("\n", " ") for ax in figure.axes]
    for said in ("PIH", "End in a scar", "Downtime", "Pain", "In the chair", "Visits"):
        (costs,) = [ax for ax, title in zip(figure.axes, titles, strict=True) if title.startswith(said)]
        assert len(costs.texts) == len(found.labels)
    visits = figure.axes[titles.index("Visits")]
    assert [text.get_text() for text in visits.texts] == ["2", "3"]
    # every protocol has the marks of its own sessions
    courses = next(ax for ax in figure.axes if ax.get_ylabel().startswith("Papillary"))
    marks = [line for line in courses.lines if line.get_marker() == "^"]
    assert [[*line.get_xdata()] for line in marks] == [[*one.protocol.session_days] for one in found.courses]
    assert len({line.get_color() for line in marks}) == len(marks)
