"""The report of whose skin it is: sentences, tables, documents and pictures say what the results hold, and no more."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.text import Text

import neodermis as nd
from neodermis import report
from neodermis.api import QUANTITIES, Comparison, Decades
from neodermis.api.course import population
from neodermis.errors import OutputError
from neodermis.people import Patient
from neodermis.people.exposure import NEVER
from neodermis.report import people as whose

ONE = "1 session: exceed; cheek 1 mm, 4 passes"
TWO = "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes; forehead 0.8 mm, 4 passes"
SMOKER = {"smoking": "20/day", "sun": "high"}


@cache
def compared(sentence: str = ONE, changes: int = 2, draws: int = 4, until: float | None = None) -> Comparison:
    several = [("smoking", "0"), ("sunscreen", "daily"), ("retinoid", "tretinoin"), ("sun", "low"), ("stress", "high")]
    return nd.compare_exposures(sentence, several[:changes], exposures=SMOKER, draws=draws, until=until)


@cache
def by_age(ages: tuple[float, ...] = (30, 50, 70), **options: Any) -> Decades:
    return nd.skin_by_age(ages, **({"draws": 20} | options))


def by_age_of_somebody_worn() -> Decades:
    worn = {"smoking": "20/day since 30; 0 since 45", "sun": "high", "alcohol": "14/week", "pollution": "high"}
    return nd.skin_by_age((25, 65), draws=1, exposures=worn, concerns={"wrinkle": "lemperle:3", "melasma": "mmasi:12"})


COMPARED = {
    "one": compared,
    "two sites": lambda: compared(TWO, 1, 2),
    "five changes": lambda: compared(ONE, 5, 1, 60.0),
    "a long sentence about the person": lambda: nd.compare_exposures(
        "4 sessions every 30 days: pen 12 x 0.25 mm; perioral 1.0 mm, 6 passes; cheek 1.5 mm, 6 passes; "
        "neck 0.5 mm, 3 passes",
        [("smoking", "0"), ("sunscreen", "daily")],
        draws=1,
        until=200,
        age=58,
        exposures={"smoking": "20/day since 30; 25/day since 40", "sun": "high", "alcohol": "14/week", "diet": "poor"},
        concerns={"acne_scar": "goodman_baron:3, ice_pick:50, boxcar:30, rolling:20", "wrinkle": "lemperle:3"},
    ),
    "short": lambda: compared(ONE, 1, 2, 10.0),
}
AGED = {
    "three": by_age,
    "worn": lambda: by_age_of_somebody_worn(),
    "one age": lambda: by_age((45,), draws=1),
    "people": lambda: by_age((30, 80), people=10),
    "men": lambda: by_age((30, 80), sex="male", site="face", draws=1),
}


# ----------------------------------------------------------------------------------------------- sentences, tables


@pytest.mark.parametrize("made", COMPARED.values(), ids=COMPARED)
def test_a_comparison_has_whole_sentences_and_rectangular_tables(made: Any) -> None:
    found = made()
    assert len(list(report.exposure_sentences(found))) == len(found.base.sites) * (len(found.changes) + 1)
    lines = list(report.comparison_sentences(found))
    for line in lines:
        assert line.endswith(".") and "nan" not in line and "  " not in line and "after :" not in line
    for site in found.base.sites:
        header, rows = report.exposure_table(found, site)
        assert len(rows) == 2 * len(found.changes)
        assert all(len(row) == len(header) == 2 + 2 * len(found.looked_at) for row in rows)
        assert all(isinstance(cell, str) and cell and "nan" not in cell for row in rows for cell in row)


def test_a_change_that_lowers_collagen_says_so() -> None:
    worse = nd.compare_exposures(ONE, [("smoking", "40/day")], draws=1, until=400)
    assert "untreated -" in next(iter(report.exposure_sentences(worse)))


@pytest.mark.parametrize("made", AGED.values(), ids=AGED)
def test_skin_by_age_has_whole_sentences_and_rectangular_tables(made: Any) -> None:
    found = made()
    header, rows = report.skin_table(found)
    assert [row[0] for row in rows] == [f"{age:g}" for age in found.ages]
    assert all(len(row) == len(header) and all(row) and "nan" not in " ".join(row) for row in rows)
    lines = list(report.skin_sentences(found))
    assert all(line.endswith(".") and "nan" not in line for line in lines)
    assert any("Menopause" in line for line in lines) == (
        found.patient.sex == "female" and found.ages[0] < 51 < found.ages[-1]
    )


@pytest.mark.parametrize("made", [*COMPARED.values(), *AGED.values()], ids=[*COMPARED, *AGED])
def test_documents_are_strict(made: Any) -> None:
    found = made()
    document = report.comparison_document(found) if isinstance(found, Comparison) else report.skin_document(found)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert {"patient", "draws", "seed", "assumed_share", "summary", "sources", "warnings"} <= set(document)
    assert 0 < document["assumed_share"] < 1 and document["sources"]


def test_the_document_of_ages_holds_what_was_found() -> None:
    found = by_age(people=10)
    document = report.skin_document(found)["quantities"]
    for name in QUANTITIES:
        assert document[name]["median"] == pytest.approx(np.median(found.values[name], axis=1), rel=1e-6)
        low, high = np.quantile(found.people[name], (0.05, 0.95), axis=1)
        assert document[name]["people_lower90"] == pytest.approx(low, rel=1e-6, abs=1e-12)
        assert document[name]["people_upper90"] == pytest.approx(high, rel=1e-6, abs=1e-12)


def test_the_document_of_a_comparison_holds_what_was_found() -> None:
    found = compared()
    for entry, change in zip(
        report.comparison_document(found)["compare_exposure"]["cheek"], found.changes, strict=True
    ):
        for part, by_year in entry["added"]["collagen_total"].items():
            for year, day in zip(("1", "10"), found.looked_at, strict=True):
                told = found.added(change, "cheek", "collagen_total", day, part)
                assert by_year[year] == told._asdict()


# ----------------------------------------------------------------------------------------------- the person in words


@pytest.mark.parametrize(
    ("patient", "text"),
    [
        (Patient(), "female, 45 years, phototype 3, menopause at 51 (not given)"),
        (Patient(sex="male", age=30.5), "male, 30.5 years, phototype 3"),
        (
            Patient(exposures={"menopause": "none", "vitamin_c": "topical"}, concerns={"thin_skin": "0.2"}),  # type: ignore[dict-item]  # text is read
            "female, 45 years, phototype 3, menopause none, vitamin c topical, thin skin 0.2",
        ),
    ],
    ids=str,
)
def test_a_person_is_said_in_one_line(patient: Patient, text: str) -> None:
    assert report.person_text(patient.said) == text


# ----------------------------------------------------------------------------------------------- pictures


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_pictures_are_written_in_each_format(ending: str, tmp_path: Path) -> None:
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending]
    before = plt.get_fignums()
    report.write_comparison_plot(compared(), tmp_path / f"compare.{ending}")
    report.write_skin_plot(by_age(), tmp_path / f"skin.{ending}")
    for name in ("compare", "skin"):
        assert (tmp_path / f"{name}.{ending}").read_bytes().startswith(start)
    assert len(list(tmp_path.iterdir())) == 2 and plt.get_fignums() == before


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        report.write_comparison_plot(compared(), tmp_path / "compare.gif")
    with pytest.raises(OutputError):
        report.write_skin_plot(by_age(), tmp_path / "skin")
    with pytest.raises(OutputError):
        report.write_people(population("general", 0).covariates(0, 2), tmp_path / "people.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("made", [*COMPARED.values(), *AGED.values()], ids=[*COMPARED, *AGED])
def test_nothing_runs_off_the_page(made: Any) -> None:
    found = made()
    figure = report.comparison_figure(found) if isinstance(found, Comparison) else whose.skin_figure(found)
    figure.draw_without_rendering()
    plt.close(figure)
    width, height = figure.get_size_inches() * figure.dpi
    titles = [ax._left_title for ax in figure.axes]
    written = [*figure.texts, *titles, *(axis.label for ax in figure.axes for axis in (ax.xaxis, ax.yaxis))]
    written += [text for ax in figure.axes if ax.get_legend() for text in ax.get_legend().get_texts()]
    for text in written:
        box = text.get_window_extent()
        if text.get_text():
            assert box.x0 >= -1 and box.x1 <= width + 1 and box.y0 >= -1 and box.y1 <= height + 1, text.get_text()
    heads = [Text.get_window_extent(text) for text in (*titles, *figure.texts)]
    heads += [legend.get_window_extent() for legend in figure.legends]
    over = [a.overlaps(b) for k, a in enumerate(heads) for b in heads[:k] if a.width and b.width]
    assert not any(over), "one title lies on another"
    if isinstance(found, Comparison):
        labels = {text.get_text().replace("\n", " ") for ax in figure.axes for text in ax.texts}
        assert {*found.labels} <= labels, "a case is not drawn"


# ----------------------------------------------------------------------------------------------- people as a table


def test_people_are_written_one_a_row(tmp_path: Path) -> None:
    drawn = population("general", 4).covariates(0, 300)
    report.write_people(drawn, tmp_path / "people.csv")
    with (tmp_path / "people.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 300
    for row, age, male, menopause in zip(rows, drawn.age, drawn.male, drawn.menopause, strict=True):
        assert float(row["age"]) == pytest.approx(age, abs=0.006)
        assert row["sex"] == ("male" if male else "female")
        assert (row["menopause_age"] == "") == (menopause == NEVER) == (row["sex"] == "male")
    assert list(tmp_path.iterdir()) == [tmp_path / "people.csv"]
