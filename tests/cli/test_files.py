"""The files that a course leaves: picture, page, CSV, NetCDF; each whole, each saying what it rests on."""

import csv
import json
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray
from matplotlib.text import Text
from tests.cli.terminal import EXCEED, SHORT, TOO_DEEP_HERE, TWO_SITES, Ran, run

import neodermis as nd
from neodermis import report
from neodermis.report import style

COLUMNS = ["site", "day", "outcome", "unit", "median", "lower90", "upper90", "untreated", "untreated_lower90",
           "untreated_upper90"]  # fmt: skip
PEOPLE = ["people_lower90", "people_median", "people_upper90"]
FILES = ("course.png", "course.html", "course.csv", "course.nc")


def leave(folder: Path, *words: str) -> Ran:
    options = ("--plot", "--report", "--csv", "--netcdf")
    outputs = [word for option, name in zip(options, FILES, strict=True) for word in (option, str(folder / name))]
    ran = run("simulate", *words, *outputs, "--json")
    assert ran.status == 0, ran.err
    return ran


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The folder with every file of one course, and its JSON document."""
    folder = tmp_path_factory.mktemp("course")
    return folder, leave(folder, EXCEED, "--draws", "20", "--people", "4").json


@pytest.fixture(scope="module")
def too_deep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("too_deep")
    leave(folder, TOO_DEEP_HERE, "--beyond-limits", "--draws", "1")
    return folder


def read_csv(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The lines on what the numbers rest on, and the rows."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    assert lines[: len(head)] == head
    rows = csv.DictReader(lines[len(head) :])
    names = list(rows.fieldnames or ())
    assert names[: len(COLUMNS)] == COLUMNS
    assert names[len(COLUMNS) :] in ([], [*PEOPLE, *(name.replace("people", "people_untreated") for name in PEOPLE)])
    return head, list(rows)


# ------------------------------------------------------------------------------------------------- all of them


def test_only_the_files_asked_for_are_left(left: tuple[Path, Any]) -> None:
    assert {path.name for path in left[0].iterdir()} == set(FILES)


def test_files_written_are_named_on_standard_error(folder: Path) -> None:
    ran = run("simulate", SHORT, "--draws", "1", "--csv", "course.csv", "--json")
    assert "wrote course.csv" in ran.err
    assert ran.json["draws"] == 1
    assert [path.name for path in folder.iterdir()] == ["course.csv"]


def test_a_file_of_before_is_replaced(folder: Path) -> None:
    (folder / "course.csv").write_text("of last week", "utf-8")
    assert run("simulate", SHORT, "--draws", "1", "--csv", "course.csv").status == 0
    assert read_csv(folder / "course.csv")[1]


def test_same_command_writes_the_same_csv(folder: Path) -> None:
    for name in ("a.csv", "b.csv"):
        run("simulate", SHORT, "--draws", "10", "--csv", name)
    assert (folder / "a.csv").read_bytes() == (folder / "b.csv").read_bytes()


# ------------------------------------------------------------------------------------------------- picture


@pytest.mark.parametrize("name", ["course.png", "course.svg", "course.pdf", "COURSE.PNG"])
def test_picture_is_of_the_kind_that_its_name_says(folder: Path, name: str) -> None:
    assert run("simulate", SHORT, "--draws", "1", "--plot", name).status == 0
    content = (folder / name).read_bytes()
    assert len(content) > 5000
    if name.lower().endswith("png"):
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", content[16:24])
        assert width > 1000
        assert height > 500
    elif name.endswith("svg"):
        assert ET.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
    else:
        assert content.startswith(b"%PDF-")
        assert content.rstrip().endswith(b"%%EOF")


def test_picture_names_the_protocol_and_what_lies_beyond_the_limits() -> None:
    drawn = report.figure(nd.simulate(TOO_DEEP_HERE, draws=1, beyond_limits=True))
    assert TOO_DEEP_HERE in drawn.get_suptitle()
    assert "BEYOND THE LIMITS" in drawn.get_suptitle()
    assert "BEYOND" not in report.figure(nd.simulate(SHORT, draws=1)).get_suptitle()


def test_picture_shows_what_was_published() -> None:
    drawn = report.figure(nd.simulate_arm("lotfi-2013", draws=2))
    scale, area, fibres, collagen = drawn.axes
    labels = [text.get_text().replace("\n", " ") for ax in drawn.axes for text in ax.texts]
    for said in ("treated", "untreated", "session", "published: lotfi-2013, n = 30", style.INTERVAL):
        assert any(said in label for label in labels), said
    assert scale.get_ylabel().startswith("Goodman-Baron grade")
    for published, name in ((area, "Stained collagen area"), (fibres, "Type III collagen")):
        assert published.get_ylabel().startswith(name) and len(published.containers) == 1  # its point
    words = [text.get_text().split()[0] for text in collagen.texts if "(first session)" in text.get_text()]
    assert words == ["inflammation", "proliferation", "remodelling"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("until", [1, 20, 60])
def test_picture_of_a_short_course_keeps_all_inside(until: int) -> None:
    drawn = report.figure(nd.simulate(SHORT, draws=2, people=1, until=until))
    drawn.canvas.draw()
    (axes,) = drawn.axes
    places = [Text.get_window_extent(text) for text in axes.texts]
    for number, place in enumerate(places):
        assert place.x1 <= drawn.bbox.x1 and place.y0 >= drawn.bbox.y0, axes.texts[number].get_text()
        assert not any(place.overlaps(other) for other in places[number + 1 :]), axes.texts[number].get_text()
    assert "· 1 person ·" in drawn.get_supxlabel()


def test_picture_of_states_says_that_it_is_the_central_course() -> None:
    course = nd.simulate(SHORT, draws=2, people=1, until=5)
    assert report.foot(course).startswith("2 draws · 1 person · ")
    assert report.foot(course, central=True).startswith("central course · ")


def test_picture_has_a_panel_for_each_site() -> None:
    cheek, periorbital = report.figure(nd.simulate(TWO_SITES, draws=2)).axes
    assert cheek.get_ylabel().startswith("cheek: papillary collagen")
    assert periorbital.get_ylabel().startswith("periorbital: papillary collagen")


# ------------------------------------------------------------------------------------------------- page


class Page(HTMLParser):
    """What a page loads, and whether its elements close."""

    VOID = frozenset({"meta", "br", "img", "hr", "link", "input", "source"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        self._look(attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._look(attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def _look(self, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            assert not name.startswith("on"), name
            if name in ("src", "href", "xlink:href", "srcset", "data", "action", "formaction", "poster", "background"):
                self.addresses.append(value or "")
            if name == "style" and "url(" in (value or ""):
                self.addresses += [part.split(")")[0].strip("'\"") for part in (value or "").split("url(")[1:]]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_page_is_whole_and_loads_nothing(left: tuple[Path, Any]) -> None:
    text = (left[0] / "course.html").read_text("utf-8")
    page = Page(text)
    assert not page.open
    assert text.startswith("<!DOCTYPE html>")
    assert page.tags.count("svg") > 1
    assert not {"script", "link", "iframe", "object", "embed", "base", "img", "form"} & set(page.tags)
    assert all(address.startswith(("#", "data:")) for address in page.addresses)
    assert "@import" not in text
    assert "url(http" not in text.replace("'", "").replace('"', "")


def test_page_says_what_it_shows_and_rests_on(left: tuple[Path, Any]) -> None:
    folder, document = left
    text = Page((folder / "course.html").read_text("utf-8")).text
    assert text.startswith("What this course may do for your skin")
    assert text.index("For the practitioner") < text.index("Predicted course of microneedling") < text.index(EXCEED)
    for line in (*document["summary"], *document["warnings"]):
        assert " ".join(line.split()) in text
    for said in ("Not a medical device", "female, 45 years, phototype 3", "20 draws", document["parameters"]["sha256"]):
        assert said in text
    for source in document["sources"]:
        assert source["key"] in text
    assert "beyond the limits" not in text


def test_page_tells_the_patient_in_words_before_any_picture_or_table(left: tuple[Path, Any]) -> None:
    text = (left[0] / "course.html").read_text("utf-8")
    at = [text.index(words) for words in ("What we plan", "of a change that matters", "<svg", "<table")]
    assert at == sorted(at)
    assert text.index("For the practitioner") < text.index("A session takes")


def test_page_says_what_lies_beyond_the_limits(too_deep: Path) -> None:
    assert "exceeds the usual limits of depth" in Page((too_deep / "course.html").read_text("utf-8")).text


def test_page_escapes_what_others_wrote(folder: Path, findings: Callable[..., str]) -> None:
    path = findings('population = "adults"', "population = '<script>alert(1)</script><img src=\"http://x\">'")
    assert run("simulate", "--arm", path, "--draws", "1", "--report", "course.html").status == 0
    page = Page((folder / "course.html").read_text("utf-8"))
    assert not {"script", "img"} & set(page.tags)
    assert "<script>alert(1)</script>" in page.text


# ------------------------------------------------------------------------------------------------- CSV


def test_csv_holds_the_numbers_of_the_json(left: tuple[Path, Any]) -> None:
    folder, document = left
    _, rows = read_csv(folder / "course.csv")
    assert len(rows) == len(document["outcomes"]) * len(document["time_day"])
    for name, entry in document["outcomes"].items():
        mine = [row for row in rows if row["outcome"] == name]
        without = document["untreated"][name]
        assert {(row["site"], row["unit"]) for row in mine} == {("cheek", entry["unit"])}
        for key in ("median", "lower90", "upper90"):
            assert [float(row[key]) for row in mine] == entry[key]
        for column, key in (
            ("untreated", "median"), ("untreated_lower90", "lower90"), ("untreated_upper90", "upper90"),
        ):  # fmt: skip
            assert [float(row[column]) for row in mine] == without[key]
        for key in PEOPLE:
            assert [float(row[key]) for row in mine] == entry[key]
            assert [float(row[key.replace("people", "people_untreated")]) for row in mine] == without[key]


def test_csv_days_are_those_of_the_json(left: tuple[Path, Any]) -> None:
    folder, document = left
    _, rows = read_csv(folder / "course.csv")
    assert [float(row["day"]) for row in rows if row["outcome"] == "collagen_total"] == document["time_day"]


def test_csv_says_what_it_rests_on(left: tuple[Path, Any]) -> None:
    folder, document = left
    text = "".join(read_csv(folder / "course.csv")[0])
    for said in (
        EXCEED, document["parameters"]["sha256"], "seed 0", "draws 20", "Not a medical device", '"age": 45',
        *document["warnings"],
    ):  # fmt: skip
        assert said in text


def test_csv_has_every_site(folder: Path) -> None:
    assert run("simulate", TWO_SITES, "--draws", "1", "--csv", "course.csv").status == 0
    assert {row["site"] for row in read_csv(folder / "course.csv")[1]} == {"cheek", "periorbital"}


def test_csv_says_what_lies_beyond_the_limits(too_deep: Path, left: tuple[Path, Any]) -> None:
    head = "".join(read_csv(too_deep / "course.csv")[0])
    assert '"beyond_limits": true' in head
    assert "is beyond 1 mm" in head
    assert '"beyond_limits": true' not in "".join(read_csv(left[0] / "course.csv")[0])


def test_csv_keeps_lines_of_others_in_its_head(folder: Path, findings: Callable[..., str]) -> None:
    path = findings('population = "adults"', 'population = """adults,\nboth sexes"""')
    assert run("simulate", "--arm", path, "--draws", "1", "--csv", "course.csv").status == 0
    head, rows = read_csv(folder / "course.csv")
    assert "both sexes" in "".join(head)
    assert {row["site"] for row in rows} == {"cheek"}


# ------------------------------------------------------------------------------------------------- NetCDF


def test_netcdf_holds_every_draw(left: tuple[Path, Any]) -> None:
    folder, document = left
    with xarray.open_dataset(folder / "course.nc", engine="h5netcdf") as data:
        assert dict(data.sizes) == {"site": 1, "draw": 20, "person": 4, "time_day": len(document["time_day"])}
        assert data["time_day"].values == pytest.approx(np.array(document["time_day"]), rel=1e-7)
        assert data["time_day"].attrs["units"] == "d"
        assert list(data["site"].values) == ["cheek"]
        for name, entry in document["outcomes"].items():
            assert data[name].dims == ("site", "draw", "time_day")
            about, bare = data[name].attrs, data[f"{name}_untreated"].attrs
            assert about.get("scale_unit", about["units"]) == bare.get("scale_unit", bare["units"]) == entry["unit"]
            assert data[f"{name}_people"].dims == ("site", "person", "time_day")
            lower, median, upper = np.quantile(data[name].sel(site="cheek"), (0.05, 0.5, 0.95), axis=0)
            for mine, key in ((lower, "lower90"), (median, "median"), (upper, "upper90")):
                assert mine == pytest.approx(np.array(entry[key]), rel=1e-7)


def test_netcdf_says_what_it_rests_on(left: tuple[Path, Any]) -> None:
    folder, document = left
    with xarray.open_dataset(folder / "course.nc", engine="h5netcdf") as data:
        about = dict(data.attrs)
    assert about["parameters_sha256"] == document["parameters"]["sha256"]
    assert about["protocol"] == EXCEED
    assert about["seed"] == 0
    assert about["assumed_share"] == pytest.approx(document["assumed_share"])
    assert list(np.atleast_1d(about["session_day"])) == [0, 30, 60, 90]
    for source in document["sources"]:
        assert source["key"] in about["sources"]


def test_netcdf_says_for_whom_and_with_what_warning(left: tuple[Path, Any]) -> None:
    folder, document = left
    with xarray.open_dataset(folder / "course.nc", engine="h5netcdf") as data:
        said = json.dumps({name: str(value) for name, value in data.attrs.items()}, ensure_ascii=False)
    assert "female" in said
    assert "45" in said
    for warning in document["warnings"]:
        assert warning in said


def test_netcdf_says_what_lies_beyond_the_limits(too_deep: Path) -> None:
    with xarray.open_dataset(too_deep / "course.nc", engine="h5netcdf") as data:
        said = " ".join(f"{name} {value}" for name, value in data.attrs.items()).casefold()
    assert "beyond" in said.replace("_", " ")
    assert "limit" in said


# ------------------------------------------------------------------------------------------------- demo


def test_demo_leaves_picture_and_page_and_prints_both_paths(folder: Path) -> None:
    (folder / "out").mkdir()
    ran = run("demo", "--folder", "out")
    assert ran.status == 0, ran.err
    paths = [Path(line) for line in ran.out.splitlines()[-2:]]
    assert paths == [(folder / "out" / name).resolve() for name in ("course.png", "course.html")]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    page = Page(paths[1].read_text("utf-8"))
    assert "svg" in page.tags
    assert "lotfi-2013" in page.text
    assert {path.name for path in (folder / "out").iterdir()} == {"course.png", "course.html"}
    assert ran.out.startswith("- ")
