"""``--states``, ``cascade`` and ``explain`` as a terminal runs them."""

from pathlib import Path
from typing import Any

import pytest
from tests.cli.terminal import ran_once, refused, run

from neodermis.skin.cascade import BY_DEPTH

ONE = "1 session: exceed; cheek 1.5 mm, 6 passes"


def explained(outcome: str, day: str, *words: str) -> Any:
    return ran_once("explain", outcome, "--day", day, ONE, *words, "--json").json


def test_states_are_in_the_document() -> None:
    states = ran_once("simulate", ONE, "--draws", "1", "--states", "--json").json["states"]["cheek"]
    assert set(states["by_depth"]) == set(BY_DEPTH)
    count = len(states["time_day"])
    assert 50 < count <= 200
    for entry in states["by_depth"].values():
        assert len(entry["values"]) == count
        assert all(len(row) == len(states["depth_mm"]) for row in entry["values"])


def test_states_are_drawn_instead_of_the_course(folder: Path) -> None:
    ran = run("simulate", ONE, "--draws", "1", "--states", "--plot", "states.png")
    assert ran.status == 0, ran.err
    assert (folder / "states.png").stat().st_size > 50_000
    refused(run("simulate", ONE, "--states"), "--states", "--plot")


def test_the_couplings_are_printed_and_drawn(folder: Path) -> None:
    ran = run("cascade", "--plot", "cascade.svg")
    assert ran.status == 0, ran.err
    assert (folder / "cascade.svg").is_file()
    assert "raises" in ran.out and "lowers" in ran.out
    couplings = ran_once("cascade", "--json").json["couplings"]
    found = {(c["read"], c["reader"]): c["sign"] for c in couplings}
    assert found["tgf", "activated"] in (1, "+", "raises")
    assert found["macrophage_repair", "inflammatory"] in (-1, "-", "lowers")


@pytest.mark.parametrize(
    ("day", "first", "sign"), [("3", {"neutrophils", "protease"}, -1), ("42", {"activated fibroblasts"}, 1)]
)
def test_an_outcome_is_explained_by_what_moves_it(day: str, first: set[str], sign: int) -> None:
    document = explained("collagen_papillary", day)
    largest = document["mechanisms"][0]
    assert largest["mechanism"] in first
    assert sign * largest["adds_percent"] > 0
    assert sign * document["change_percent"] > 0
    for entry in document["mechanisms"]:
        assert entry["adds_percent"] == pytest.approx(document["change_percent"] - entry["without_percent"])


def test_a_sham_is_explained_by_nothing() -> None:
    document = ran_once("explain", "elastin", "--day", "30", "1 session: exceed; cheek 0 mm, 6 passes", "--json").json
    assert document["change_percent"] == pytest.approx(0.0, abs=1e-9)
    assert "No mechanism has changed it" in " ".join(document["summary"])


def test_bad_questions_are_refused() -> None:
    refused(run("explain", "colagen_papillary", "--day", "3", ONE), "colagen_papillary", "collagen_papillary")
    refused(run("explain", "elastin", "--day", "-3", ONE), "--day", "-3")
    refused(run("explain", "elastin", "--day", "99999", ONE), "--day", "99999")
    refused(run("explain", "elastin", "--day", "3", "hello"), "'hello'")


def test_a_grade_is_explained_for_somebody_who_has_it() -> None:
    words = ("goodman_baron_grade", ONE, "--day", "42")
    entry = run("explain", *words, "--concern", "acne_scar=0.5", "--json").json
    assert entry["baseline"] == 2.0 and entry["value"] < entry["untreated"] == 2.0
    refused(run("explain", *words), "goodman_baron_grade", "add the concern")
    refused(run("explain", "pain_vas", ONE, "--day", "42"), "pain_vas", "belong to a session")


def test_the_risk_of_a_scar_is_in_the_document() -> None:
    clinical = ran_once("simulate", "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes", "--json").json
    assert 0.0 <= clinical["scarring_risk"] < 0.2
    short = ran_once("simulate", ONE, "--until", "100", "--json").json
    # a scar is told half a year after the last session, also of a course that is asked for less
    assert 0.0 <= short["scarring_risk"] < 0.2


def test_phototype_moves_pigment_and_the_closing_of_channels_alone() -> None:
    light, dark = (ran_once("simulate", ONE, "--draws", "1", "--phototype", p, "--states", "--json").json for p in "16")
    assert light["outcomes"].keys() == dark["outcomes"].keys()
    moved = {name for name, entry in light["outcomes"].items() if entry != dark["outcomes"][name]}
    read_from_them = {"melanin_index", "radiance", "roughness_ra", "texture_grade"}
    follow_closing = {"tewl", "hydration"}
    assert moved == {"melanin"} | read_from_them | follow_closing
    a, b = (document["states"]["cheek"]["surface"]["post_inflammatory_pigment"] for document in (light, dark))
    assert max(x - y for x, y in zip(_values(b), _values(a), strict=True)) > 0


def _values(entry: Any) -> list[float]:
    found: list[float] = entry["values"] if isinstance(entry, dict) else entry
    return found


def test_a_scar_is_named_and_lowers_the_start() -> None:
    plain = ran_once("simulate", ONE, "--draws", "1", "--json").json
    scarred = ran_once("simulate", ONE, "--draws", "1", "--concern", "acne_scar=0.5", "--json").json
    assert scarred["patient"]["concerns"] == {"acne_scar": "0.5"} and "concerns" not in plain["patient"]
    starts = [document["outcomes"]["collagen_papillary"]["baseline"] for document in (scarred, plain)]
    assert starts[0] < 0.9 * starts[1]
    assert "acne scar 0.5" in ran_once("simulate", ONE, "--draws", "1", "--concern", "acne_scar=0.5").out
    refused(run("simulate", ONE, "--concern", "acne_scar=2"), "acne_scar", "2", "0 to 1", "goodman_baron 1 to 4")
