"""The skin in section: what is drawn is what the states say, on one scale, in a file that needs nothing else."""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import neodermis as nd
from neodermis.api import Section, trace
from neodermis.errors import InputError, OutputError
from neodermis.report import section as report
from neodermis.report import section_figure as figures
from neodermis.skin.cascade import BY_DEPTH, ON_SURFACE
from neodermis.treatment import read_protocol

PEN = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
HOME = "3 sessions every 7 days: home_roller; cheek 0.25 mm, 8 passes"
SHAM = "1 session: exceed; cheek 0 mm, 6 passes"


@cache
def one() -> Section:
    return nd.section(PEN, until=120)


@cache
def two() -> Section:
    return nd.section(PEN, HOME)


@cache
def of(which: str) -> report.Scene:
    return report.scene(one() if which == "one" else two())


def frame_at(day: float, done: int) -> int:
    return next(k for k, frame in enumerate(of("one").frames) if frame == (day, (done,)))


# ------------------------------------------------------------------------------------------------- the data


def test_the_series_are_the_states_of_the_central_course() -> None:
    states = trace(PEN, until=120)[0]
    series = of("one").series[0]
    (jump,) = np.flatnonzero(np.diff(states.days) == 0)
    nodes = {frame_at(0.0, 1): 0, frame_at(30.0, 1): jump, frame_at(30.0, 2): jump + 1, frame_at(120.0, 2): -1}
    for frame, node in nodes.items():
        for name, values in series["by_depth"].items():
            assert values[frame] == pytest.approx(states.by_depth[name][node], abs=1e-12), name
        for name, values in series["surface"].items():
            assert values[frame] == pytest.approx(states.surface[name][node], abs=1e-12), name
    for k, frame in enumerate(of("one").frames):
        if frame.done == (1,):
            after = int(np.searchsorted(states.days[: jump + 1], frame.day))
            around = states.by_depth["neutrophil"][max(after - 1, 0) : after + 1]
            found = series["by_depth"]["neutrophil"][k]
            assert (found >= around.min(axis=0) - 1e-9).all() and (found <= around.max(axis=0) + 1e-9).all()


def test_it_begins_before_the_first_session() -> None:
    series = of("one").series[0]
    first = {name: values[0] for name, values in (series["by_depth"] | series["surface"] | series["closure"]).items()}
    assert of("one").frames[0].done == (0,)
    assert all((first[name] == 0).all() for name in ("neutrophil", "tgf", "damage", "activated"))
    assert all((first[name] == 1).all() for name in ("collagen_1", "collagen_3", "capillary_density", "elastin"))
    assert first["epidermis"] == 1 and first["geometric"] == 0 and first["unepithelialised_fraction"] == 0


def test_channels_close_by_their_half_times() -> None:
    closure = {
        name: hours.median for name, hours in nd.injure(PEN, draws=1).sites["cheek"].session.closure_hours.items()
    }
    detection = nd.load_parameters()["closure_detection"].value
    days = np.array([frame.day for frame in of("one").frames])
    part = [k for k, frame in enumerate(of("one").frames) if frame.done == (1,)]
    for name in ("geometric", "barrier"):
        shares = of("one").series[0]["closure"][name][part]
        assert shares[0] == 1.0 and (np.diff(shares) < 0).all()
        reached = np.interp(-np.log(detection), -np.log(shares), days[part])
        assert reached == pytest.approx(closure[name] / 24.0, rel=0.01)


def test_times_are_dense_after_every_session_and_hold_the_named_ones() -> None:
    days = [frame.day for frame in of("one").frames]
    assert all(day in days for day in report.MOMENTS.values() if day <= 120)
    for done, start in ((1, 0.0), (2, 30.0)):
        mine = [frame.day - start for frame in of("one").frames if frame.done == (done,)]
        assert mine == sorted(mine) and mine[0] == 0.0 and sum(day < 1.0 for day in mine) > 10


def test_every_element_is_a_declared_state_or_a_closure_and_has_its_label() -> None:
    for element in report.ELEMENTS:
        declared = BY_DEPTH.get(element.name) or ON_SURFACE.get(element.name)
        if declared is None:
            assert element.name in ("geometric", "barrier")
        else:
            assert element.label == declared.label
    names = [element.name for element in report.ELEMENTS]
    assert len(set(names)) == len(names)


# ------------------------------------------------------------------------------------------------- the scene


@pytest.mark.parametrize("name", ["neutrophil", "macrophage_repair", "activated", "fibroblast"])
def test_marks_stand_for_the_cells_of_the_slice(name: str) -> None:
    scene, case = of("one"), one().cases[0]
    series = scene.series[0]["by_depth"][name]
    heights = np.diff(case.states.depth_faces_mm)
    frame = int((series @ heights).argmax())
    cells = float(series[frame] @ heights) * scene.width_mm * report.SLICE_MM
    seen = figures.shown_marks(scene, case, 0, name, frame)
    stand_for = scene.per_mark[name] * report.SLICE_MM
    assert len(seen.x) * stand_for == pytest.approx(cells, abs=len(heights) * stand_for * 0.6)
    assert len(seen.x) > 10
    none = figures.shown_marks(scene, case, 0, "neutrophil", 0)
    assert len(none.x) == 0


def test_lines_above_rest_follow_the_gain_of_collagen() -> None:
    scene, case = of("one"), one().cases[0]
    rest, late = (figures.shown_marks(scene, case, 0, "collagen_1", k) for k in (0, frame_at(90.0, 2)))
    weights = np.diff(case.states.depth_faces_mm)
    gain = float(np.average(scene.series[0]["by_depth"]["collagen_1"][frame_at(90.0, 2)], weights=weights)) - 1.0
    assert not rest.above.any()
    assert late.above.sum() / len(rest.x) == pytest.approx(gain, rel=0.2)


def test_channels_are_those_of_the_session() -> None:
    session = nd.injure(PEN, draws=1).sites["cheek"].session
    for made in of("one").channels[0]:
        assert made["per_cm2"] == pytest.approx(session.channels_per_cm2.median)
        assert 1000 * made["width_mm"] == pytest.approx(session.channel_diameter_um.median)
        count = made["per_cm2"] / 100 * made["slice_mm"] * of("one").width_mm
        assert len(made["shown"]) == pytest.approx(count, abs=1.0)
        assert all(0 < channel["x"] < of("one").width_mm for channel in made["shown"])
    first, second = of("one").channels[0]
    assert first["shown"] != second["shown"]
    block = first["block"]  # the sessions have one device, hence one block
    assert "block" not in second
    assert len(block["entries"]) == pytest.approx(first["per_cm2"] / 100 * block["side_mm"] ** 2, rel=0.25)
    near = [entry for entry in block["entries"] if abs(entry[1] - block["level_mm"]) < first["slice_mm"] / 2]
    assert {round(entry[0], 2) for entry in near} <= {round(channel["x"], 2) for channel in first["shown"]}


def test_two_cases_have_the_same_scales() -> None:
    scene = of("two")
    home = scene.channels[1][0]
    assert home["slice_mm"] == pytest.approx((home["per_cm2"] / 100) ** -0.5)  # as far apart as in the skin
    for element in report.ELEMENTS:
        each = [float(np.max(series[element.where][element.name])) for series in scene.series]
        assert scene.peak[element.name] == max(each)
    days = {frame.day for frame in scene.frames}
    assert {0.0, 7.0, 14.0, 30.0} <= days and max(days) == two().until == 395.0
    assert sum(frame.day == 14.0 for frame in scene.frames) == 2  # before and after a session of one of them
    assert {frame.done for frame in scene.frames if frame.day == 14.0} == {(1, 2), (1, 3)}


def test_thickness_of_the_skin_is_to_scale() -> None:
    from neodermis.api import Case
    from neodermis.people import Patient

    sentence = read_protocol(PEN, sites={"cheek": "cheek"})
    young, old = (Case(plan=sentence, patient=Patient(age=age)) for age in (25, 65))
    seen = nd.section(young, old, until=60)
    thick = [case.states.depth_faces_mm[-1] for case in seen.cases]
    assert thick[0] > 1.3 * thick[1]
    assert report.scene(seen).bottom_mm > thick[0]
    assert seen.until == 60


def test_a_sham_shows_skin_at_rest() -> None:
    seen = nd.section(SHAM)
    scene = report.scene(seen)
    assert scene.channels[0][0]["shown"] == []
    assert scene.peak["neutrophil"] == 0 and scene.peak["geometric"] == 0
    assert "no injury" in seen.summary()
    assert len(report.section_html(seen)) > 1e5


# ------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("which", [one, two])
def test_the_page_is_small_and_holds_all_it_needs(which, tmp_path: Path) -> None:
    path = which().to_html(tmp_path / "section.html")
    text = path.read_text("utf-8")
    assert path.stat().st_size < 1_000_000
    assert "://" not in re.sub(r"http://www\.w3\.org/2000/svg", "", text)
    assert not re.search(r"<(?:img|link|iframe|object)\b|\bsrc=|@import|url\(", text)
    assert "<!--" not in text.replace("<!DOCTYPE", "")
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])
    assert data == json.loads(json.dumps(report.section_document(which())))


def test_the_document_holds_the_series_to_four_digits() -> None:
    document, series = report.section_document(one()), of("one").series[0]
    case = document["cases"][0]
    for where, names in series.items():
        for name, values in names.items():
            peak = of("one").peak[name]
            assert np.array(case[where][name]) == pytest.approx(values, rel=6e-4, abs=1.1e-5 * peak), name
    assert one().to_dict() == document


def test_text_and_table() -> None:
    assert "peak on day" in one().summary()
    table = one().to_dataframe()
    assert set(table.columns) == set(report.TIDY)
    row = table.query("state == 'neutrophil' and day == 1.0 and sessions == 1")
    assert len(row) == len(one().cases[0].states.depth_faces_mm) - 1
    assert row["value"].max() > 100
    assert re.match(r"<Section: 2 sessions every 30 days.*>", repr(one()))


def test_pictures(tmp_path: Path) -> None:
    for which in (one, two):
        path = which().slide(tmp_path / "slide.png", 3)
        with Image.open(path) as image:
            assert image.width / image.height == pytest.approx(16 / 9, rel=0.01)
            assert len(image.convert("RGB").getcolors(2**24)) > 500
    film = tmp_path / "film.gif"
    told: list[tuple[int, int]] = []
    figures.write_section_gif(one(), film, lambda done, whole: told.append((done, whole)), most=3)
    with Image.open(film) as image:
        assert image.n_frames == 3
    assert told == [(1, 3), (2, 3), (3, 3)]
    drawn = two().plot(tmp_path / "page.png")
    assert len([ax for ax in drawn.axes if ax.get_title(loc="left")]) == 8


def test_a_slide_of_a_session_day_shows_the_skin_right_after_it() -> None:
    scene = report.scene(one(), (30.0, 41.5))
    assert any(frame.day == 41.5 for frame in scene.frames)
    after = max(k for k, frame in enumerate(scene.frames) if frame.day == 30.0)
    assert figures.time_text(one(), scene.frames[after]) == "Day 30: 0 min after session 2"
    assert figures.time_text(one(), scene.frames[0]) == "Before treatment"


# ------------------------------------------------------------------------------------------------- refused


def test_what_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    for call, said in (
        (lambda: nd.section(PEN, PEN, PEN), "one case, or two"),
        (
            lambda: nd.section(PEN, PEN.replace("cheek", "forehead").replace("1.5", "0.5")),
            "the sites of the first case",
        ),
        (lambda: nd.section(PEN, site="forehead"), "cheek"),
        (lambda: nd.section(PEN, until=10), "ten years after the last session"),
        (lambda: one().slide(tmp_path / "a.png", 121), "0 to 120"),
        (lambda: one().slide(tmp_path / "a.png", -1), "0 to 120"),
    ):
        with pytest.raises(InputError, match=said):
            call()
    for call in (
        lambda: one().to_html(tmp_path / "a.png"),
        lambda: one().to_gif(tmp_path / "a.html"),
        lambda: one().slide(tmp_path / "a.svg", 3),
        lambda: one().to_html(tmp_path / "nowhere" / "a.html"),
    ):
        with pytest.raises(OutputError):
            call()
    assert list(tmp_path.iterdir()) == []
