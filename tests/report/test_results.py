"""Methods of results: what a notebook shows, tables, files and pages say what the result holds, for each kind."""

import csv
import json
import re
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray

import neodermis as nd
from neodermis.care.consultation import example, read_consultation
from neodermis.care.suitability import screen
from neodermis.errors import InputError, OutputError

PLAN = "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes"
MADE = {
    "course": lambda: nd.simulate(PLAN, draws=3, until=100, concerns={"acne_scar": "goodman_baron:3"}),
    "course with people": lambda: nd.simulate(PLAN, draws=2, people=3, until=60),
    "central course at two sites": lambda: nd.simulate(f"{PLAN}; forehead 0.5 mm, 3 passes", draws=1, until=60),
    "injury": lambda: nd.injure(PLAN, draws=5),
    "delivery": lambda: nd.deliver("niacinamide", PLAN, percent=4, compare=[2, 24], draws=3),
    "explanation": lambda: nd.explain("collagen_papillary", 42, PLAN),
    "comparison": lambda: nd.compare(PLAN, PLAN.replace("1 mm", "0.5 mm"), draws=3, until=100),
    "exposures": lambda: nd.compare_exposures(PLAN, [("smoking", "20/day")], draws=2, until=100),
    "ages": lambda: nd.skin_by_age((30, 60), draws=3),
    "screening": lambda: screened(),
}
PICTURED = [name for name in MADE if name != "screening"]


@cache
def screened() -> Any:
    import tempfile

    file = Path(tempfile.mkdtemp(), "one.toml")
    file.write_text(example(), "utf-8")
    one = read_consultation(file)
    return screen(one, today=date(2026, 3, 31))


@cache
def made(name: str) -> Any:
    return MADE[name]()


class Tags(HTMLParser):
    """Whether the tags of a page close one another, and what it says."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.tables: list[list[int]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta", "use", "br"):
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append(0)
        if tag in ("td", "th"):
            self.tables[-1][-1] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("name", MADE)
def test_a_notebook_shows_sentences_and_a_table(name: str) -> None:
    result = made(name)
    page = Tags(result._repr_html_())
    said = " ".join(page.text)
    assert page.open == [] and "Not a medical device" in said and "nan" not in said.casefold().split()
    assert len(page.tables) == 1 and len({*page.tables[0]}) == 1 and len(page.tables[0]) > 1
    assert next(line.strip("- ") for line in result.summary().splitlines() if line) in said.replace("  ", " ")


@pytest.mark.parametrize("name", MADE)
def test_the_repr_is_one_line_that_names_the_kind_and_what_was_asked(name: str) -> None:
    result = made(name)
    assert repr(result).startswith(f"<{type(result).__name__}: ") and "\n" not in repr(result)
    assert len(repr(result)) < 260 and ("exceed" in repr(result) or name in ("exposures", "ages", "screening"))


@pytest.mark.parametrize("name", MADE)
def test_a_table_is_tidy_and_its_csv_says_the_same(name: str, tmp_path: Path) -> None:
    result = made(name)
    frame = result.to_dataframe()
    assert len(frame) and not frame.duplicated().any()
    assert result.to_csv(tmp_path / "one.csv") == tmp_path / "one.csv"
    lines = (tmp_path / "one.csv").read_text("utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [*rows[0]] == [*frame.columns] and len(rows) == len(frame)
    for column in frame.columns:
        if frame[column].dtype == float:
            np.testing.assert_allclose([float(row[column]) for row in rows], frame[column], rtol=1e-7)
    assert any(line.startswith("# ") for line in lines)


@pytest.mark.parametrize("name", MADE)
def test_files_are_written_and_can_be_read(name: str, tmp_path: Path) -> None:
    result = made(name)
    result.to_netcdf(tmp_path / "one.nc")
    with xarray.open_dataset(tmp_path / "one.nc", engine="h5netcdf") as data:
        assert data.data_vars and data.attrs
    result.report(tmp_path / "one.html")
    page = (tmp_path / "one.html").read_text("utf-8")
    assert page.startswith("<!") and not re.search(r"<script|<link|<img|src=|@import|url\(http", page)
    assert json.loads(json.dumps(result.to_dict())) == result.to_dict()


@pytest.mark.parametrize("name", PICTURED)
def test_a_picture_is_a_figure_and_a_file(name: str, tmp_path: Path) -> None:
    from matplotlib import pyplot as plt

    before = plt.get_fignums()
    figure = made(name).plot(tmp_path / "one.png")
    assert figure.axes and (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    assert plt.get_fignums() == before, "a notebook would show it twice"


def test_a_result_without_a_picture_says_so() -> None:
    with pytest.raises(InputError, match=r"use summary\(\)"):
        made("screening").plot()


def test_another_ending_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    for write, wrong in (("plot", "a.gif"), ("to_csv", "a.png"), ("to_netcdf", "a.csv"), ("report", "a.csv")):
        with pytest.raises(OutputError):
            getattr(made("injury"), write)(tmp_path / wrong)
    assert not list(tmp_path.iterdir())


def test_the_numbers_of_a_table_are_those_of_the_result() -> None:
    course = made("course")
    frame = course.to_dataframe().set_index(["site", "outcome", "day"])
    row = frame.loc[("cheek", "goodman_baron_grade", 30.0)]
    values = course.sites["cheek"].at("goodman_baron_grade", 30.0)
    assert row["median"] == pytest.approx(np.median(values)) and row["upper90"] == pytest.approx(
        np.quantile(values, 0.95)
    )
    compared = made("comparison")
    table = compared.to_dataframe().query("case == 'B' and day == 90 and outcome == 'collagen_papillary'")
    assert table["difference_median"].item() == pytest.approx(
        compared.difference(1, "cheek", "collagen_papillary").median
    )
