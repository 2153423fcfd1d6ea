"""The report of a session: sentences, tables, JSON and picture say what the injuries hold, and no more."""

import json
import math
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neodermis as nd
from neodermis import report
from neodermis.errors import OutputError
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.report.injury import _finite
from neodermis.report.injury_picture import _apart
from neodermis.simulation import session_outcomes
from neodermis.simulation.session_outcomes import Injuries
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import read_protocol

PEN = "1 session: exceed; cheek 1.5 mm, 6 passes"
ROLLER = "1 session: roller 192 x 1.5 mm x 0.25 mm; cheek 1.5 mm, 8 passes"
STAMP = "1 session: stamp 40 x 0.25 mm; periorbital 0.5 mm, 3 passes"
HOME = "1 session: home_roller; cheek 0.25 mm, 8 passes"
TWO = "3 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes; forehead 1.0 mm, 4 passes"
FACE = "1 session: exceed; face 0.5 mm, 6 passes"
SHAM = "1 session: exceed; cheek 0 mm, 6 passes"
ALL = [PEN, ROLLER, STAMP, HOME, TWO, FACE, SHAM]


@cache
def done(sentence: str, **options: Any) -> Injuries:
    return nd.injure(sentence, **({"draws": 40} | options))


def said(sentence: str, **options: Any) -> str:
    return "\n".join(report.injury_sentences(done(sentence, **options)))


# ----------------------------------------------------------------------------------------------- sentences


def test_the_sentences_of_a_pen_give_each_answer_once() -> None:
    text = said(PEN)
    for part in (
        "times per cm², on average one per square",
        "Set to 1.5 mm, the needles reach",
        "below the surface",
        "of the papillary dermis is killed",
        "of the surface. This is an upper bound",
        "leeding is expected",
        "the share of entries that bleed is assumed",
        "of lidocaine 4 % cream, used",
        "without one it would be",
        "including topical anaesthesia",
        "The effective depth lies in the dermis",
        "are assumed: no measurement",
    ):
        assert text.count(part) == 1, part


@pytest.mark.parametrize("sentence", ALL)
def test_sentences_are_whole_and_finite(sentence: str) -> None:
    for line in report.injury_sentences(done(sentence)):
        assert line.endswith((".", "))")) and "nan" not in line and "inf " not in line
        assert "  " not in line and "%%" not in line


def test_a_sham_says_that_nothing_enters_and_no_more() -> None:
    text = said(SHAM)
    assert "no needle enters" in text
    assert "dermis" not in text and "bleeding" not in text


def test_each_site_is_named_where_there_are_several() -> None:
    lines = report.injury_sentences(done(TWO))
    assert all(sum(line.startswith(f"{site}: ") for line in lines) > 8 for site in ("cheek", "forehead"))
    assert not any(line.startswith("cheek") for line in report.injury_sentences(done(PEN)))


def test_a_home_device_says_whether_it_reaches_the_dermis() -> None:
    thick = nd.injure(
        "1 session: home_roller; cheek 0.2 mm, 8 passes", draws=40, set={"viable_epidermis_thickness": 280.0}
    )
    assert "needles do not reach the dermis" in " ".join(report.injury_sentences(thick))
    assert "just reach the top of the dermis" in said(HOME)
    assert "reach deep into the dermis" in said("1 session: home_roller; cheek 1 mm, 8 passes")
    assert "sold for home use" not in said(PEN)


def test_a_setting_near_the_fat_is_said_with_the_depth_of_the_dermis() -> None:
    bottom = float(done(PEN).sites["cheek"].session.depth_faces_mm[20])
    assert f"near or below the lower boundary of the dermis at this site ({bottom:.2g} mm at" in said(PEN)
    assert "near or below" not in said("1 session: exceed; cheek 0.5 mm, 6 passes")


def test_pain_beyond_the_stop_sign_is_said() -> None:
    assert "the usual limit at which a session is stopped" in said(PEN, anaesthetic="none")
    assert "of 10; no anaesthetic is used, as requested" in said(PEN, anaesthetic="none")
    assert "a session is stopped" not in said(HOME)


def test_bleeding_follows_its_number() -> None:
    assert "No pinpoint bleeding is expected" in said(HOME)
    assert "Scattered pinpoint bleeding is expected" in said(ROLLER)
    assert "\nPinpoint bleeding is expected" in said(PEN)


def test_one_central_session_has_no_intervals() -> None:
    text = said(PEN, draws=1)
    assert "interval" not in text.replace("there are no intervals", "")


# ----------------------------------------------------------------------------------------------- JSON


@pytest.mark.parametrize("sentence", ALL)
def test_the_document_is_strict_json_without_empty_values(sentence: str) -> None:
    text = json.dumps(report.injury_document(done(sentence)), allow_nan=False)
    assert "null" not in text
    back = json.loads(text)
    assert back["protocol"] == done(sentence).protocol.sentence
    for key in (
        "neodermis",
        "draws",
        "seed",
        "parameters",
        "versions",
        "assumed_share",
        "summary",
        "sources",
        "warnings",
    ):
        assert key in back
    assert [(e["day"], e["site"]) for e in back["sessions"]] == [
        (day, site) for day in done(sentence).protocol.session_days for site in done(sentence).sites
    ]


def test_an_entry_holds_what_the_session_holds() -> None:
    s = done(PEN).sites["cheek"].session
    entry = report.session_entry(s)
    injury = entry["injury"]
    assert injury["channels_per_cm2"] == s.channels_per_cm2.median
    assert injury["reached_depth_mm_90"] == pytest.approx([s.reached_depth_mm.lower90, s.reached_depth_mm.upper90])
    assert list(injury["entry_depth_mm"]) == ["5", "25", "50", "75", "95"]
    assert np.allclose(injury["injured_fraction"], s.injured_fraction)
    lengths = {
        len(injury[k]) for k in ("depth_mm", "injured_fraction", "void_fraction", "stretched_fraction", "hit_density")
    }
    assert lengths == {len(s.depth_mm)}
    assert set(injury["reach"]) == {"viable_epidermis", "papillary_dermis", "reticular_dermis", "fat"}
    assert entry["anaesthetic"] == "topical" and entry["pain_vas"] < entry["pain_vas_without_anaesthetic"]
    assert entry["minutes_90"][0] <= entry["minutes"] <= entry["minutes_90"][1]
    assert "spacing_mm" in injury
    assert "spacing_mm" not in report.session_entry(done(SHAM).sites["cheek"].session)["injury"]


def test_values_that_are_not_finite_are_left_out() -> None:
    assert _finite({"a": math.nan, "b": [1.0, math.inf], "c": [2.0], "d": {"e": math.inf, "f": 0}}) == {
        "c": [2.0],
        "d": {"f": 0},
    }


def test_a_run_without_a_patient_is_reported_all_the_same(tmp_path: Path) -> None:
    plan, parameters = read_protocol(PEN, sites=site_spellings()), load_parameters()
    bare = session_outcomes.injure(plan, {"cheek": Patient().skin("cheek")}, parameters, draws=5)
    assert "patient" not in report.injury_document(bare)
    assert report.injury_sentences(bare)
    report.write_injury_plot(bare, tmp_path / "bare.png")


# ----------------------------------------------------------------------------------------------- tables


@pytest.mark.parametrize("sentence", ALL)
def test_tables_are_rectangular(sentence: str) -> None:
    for site in done(sentence).sites.values():
        for header, rows in (report.injury_table(site), report.depth_table(site)):
            assert rows and all(len(row) == len(header) and all(isinstance(cell, str) for cell in row) for row in rows)
        assert len(report.depth_table(site)[1]) == 5


def test_the_layers_join_and_their_shares_are_means() -> None:
    site = done(ROLLER).sites["cheek"]
    _, rows = report.depth_table(site)
    for above, below in pairwise(rows):
        assert above[1].split(" to ")[1] == below[1].split(" to ")[0]
    injured = 100 * site.session.injured_fraction[2:8].mean()  # six equal cells
    assert float(rows[2][3]) == pytest.approx(injured, rel=0.1)


def test_a_comparison_with_itself_has_ratios_of_one() -> None:
    header, rows = report.comparison_table(done(PEN), done(PEN))
    assert header == ("quantity", "A", "B", "B over A")
    assert {row[3] for row in rows} <= {"", "1"}
    assert sum(row[3] == "1" for row in rows) > 8


def test_a_comparison_pairs_the_draws() -> None:
    rows = {
        row[0]: row for row in report.comparison_table(done(PEN), done("1 session: exceed; cheek 1.5 mm, 3 passes"))[1]
    }
    assert rows["entries, per cm²"][3] == "0.5"  # in every draw, although the entries themselves are uncertain
    assert "(" in rows["entries, per cm²"][1]


def test_a_comparison_of_other_sites_says_which() -> None:
    rows = {row[0]: row for row in report.comparison_table(done(PEN), done(STAMP))[1]}
    assert rows["site"][1:3] == ("cheek", "periorbital")
    rows = {row[0]: row for row in report.comparison_table(done(TWO), done(PEN))[1]}
    assert rows["not compared"][1:3] == ("forehead", "")
    assert report.comparison_table(done(PEN), done(SHAM))[1][1][3] == "0"
    assert report.comparison_table(done(SHAM), done(PEN))[1][1][3] == ""


# ----------------------------------------------------------------------------------------------- picture


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_picture_is_written_in_each_format(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"injury.{ending}"
    report.write_injury_plot(done(PEN), path, done(ROLLER))
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending]
    assert path.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [path]


def test_another_ending_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        report.write_injury_plot(done(PEN), tmp_path / "injury.jpg")


def drawn(*injuries: Injuries) -> Any:
    from matplotlib import pyplot as plt

    figure = report.injury_figure(*injuries)
    figure.draw_without_rendering()
    plt.close(figure)
    return figure


@pytest.mark.parametrize("sentence", ALL)
def test_nothing_runs_off_the_page_and_no_label_lies_on_another(sentence: str) -> None:
    from matplotlib.text import Text

    figure = drawn(done(sentence))
    width, height = figure.get_size_inches() * figure.dpi
    for text in figure.findobj(lambda artist: hasattr(artist, "get_text") and artist.get_text()):
        box = text.get_window_extent()
        if text.get_visible() and box.width:
            assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height, text.get_text()
    for ax in figure.axes[1::4]:  # names of the layers, beside the section
        boxes = [Text.get_window_extent(text) for text in ax.texts if text.get_ha() == "right"]  # without its line
        assert len(boxes) == 7
        over = [a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k]]
        assert not any(over)


def test_the_section_is_to_scale() -> None:
    figure = drawn(done(PEN), done(ROLLER))
    for ax in figure.axes[1::4]:
        box = ax.get_window_extent()
        (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
        assert box.width / (right - left) == pytest.approx(box.height / (bottom - top), rel=1e-6)
    first, second = figure.axes[1].get_ylim(), figure.axes[5].get_ylim()
    assert first == second == figure.axes[2].get_ylim() == figure.axes[3].get_ylim()
    assert figure.axes[0].get_xlim() == figure.axes[4].get_xlim()


def test_a_region_is_drawn_at_its_largest_zone_and_says_so() -> None:
    texts = [text.get_text() for text in drawn(done(FACE)).texts]
    assert any("drawn: cheek" in text for text in texts)


def test_a_depth_beyond_the_limits_is_said_on_the_picture() -> None:
    beyond = nd.injure("1 session: dermapen_4; cheek 3.0 mm, 6 passes", beyond_limits=True, draws=5)
    assert "BEYOND THE LIMITS OF PRACTICE" in [text.get_text() for text in drawn(beyond).texts]
    assert report.injury_document(beyond)["beyond_limits"] is True


def test_the_same_seed_draws_the_same_picture(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        report.write_injury_plot(done(HOME), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_labels_are_set_apart_in_their_order() -> None:
    places = _apart([0.0, 0.01, 0.02, 1.0], 0.1, -1.0, 2.0)
    assert places == sorted(places)
    assert min(np.diff(places)) > 0.099
