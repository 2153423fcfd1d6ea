"""The commands that score the forecast: the shipped scorecard, a folder of findings, and what is refused."""

import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.terminal import FINDINGS as FILE
from tests.cli.terminal import run

from neodermis.evidence import load_study

FINDINGS = Path(str(files("neodermis.evidence") / "data" / "findings"))
#: Means with a rater, shares by category, and an adverse event.
STUDIES = ("minh-2019", "co2-vs-mn-2024", "dogra-2014")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("findings")
    for name in STUDIES:
        shutil.copy(FINDINGS / f"{name}.toml", made)
    return made


@pytest.fixture(scope="module")
def scored(folder: Path) -> Any:
    ran = run("validate", "--findings", str(folder), "--draws", "40", "--json")
    assert ran.status == 0, ran.err
    return ran.json


# ------------------------------------------------------------------------------------------------- shipped


def test_the_shipped_scorecard_is_told_misses_first_and_dated() -> None:
    ran = run("validate")
    assert ran.status == 0
    card = run("validate", "--json").json
    missed = [f for f in card["findings"] if not f["inside"]]
    worst = max(missed, key=lambda f: f["error"])
    assert card["made"]["date"] in ran.out and worst["study"] in ran.out
    assert ran.out.index("Misses") < ran.out.index("Scores by family of outcomes")
    assert card["summary"]["n"] == len(card["findings"]) >= 80


def test_the_shipped_summary_follows_from_its_findings() -> None:
    card = run("validate", "--json").json
    groups = {f["people"] for f in card["findings"]}
    assert card["summary"]["n_people_groups"] == len(groups)
    by_family = card["summary"]["by_family"].values()
    assert sum(each["n"] for each in by_family) == card["summary"]["n"]
    assert min(f["error"] for f in card["findings"]) >= 0.0
    inside = np.mean([f["inside"] for f in card["findings"]])
    assert abs(inside - card["summary"]["coverage90"]) < 0.15  # which weighs groups of people alike


def test_no_forecast_is_much_worse_than_the_mean_of_other_studies() -> None:
    """The stated limits: 1.05 of the pooled shell's overall, 1.10 in each family of at least eight groups."""
    s = run("validate", "--json").json["summary"]
    for score in ("crps", "mean_abs_error", "interval_score"):
        assert s[score] <= 1.05 * s[f"{score}_pooled_mean"], score
    for name, family in s["by_family"].items():
        if family["n_people_groups"] >= 8:
            assert family["crps"] <= 1.10 * family["crps_pooled_mean"], name


def test_one_group_left_out_and_an_unknown_one() -> None:
    card = run("validate", "--leave-out", "minh-2019", "--json").json
    assert {f["people"] for f in card["findings"]} == {"minh-2019"}
    assert "Published numbers and forecasts" in run("validate", "--leave-out", "minh-2019").out
    ran = run("validate", "--leave-out", "minh-2018")
    assert ran.status == 2 and "minh-2019" in ran.err


# ------------------------------------------------------------------------------------------------- a folder


def test_every_number_of_a_folder_is_scored_as_of_a_new_study(scored: Any) -> None:
    assert {f["study"] for f in scored["findings"]} == {*STUDIES}
    s = scored["summary"]
    for name in ("", "_no_effect", "_pooled_mean", "_mechanism"):
        assert s[f"mean_abs_error{name}"] >= 0.0 and s[f"interval_score{name}"] > 0.0 and s[f"crps{name}"] > 0.0
    assert 0.0 <= s["coverage50"] <= s["coverage80"] <= s["coverage90"] <= 1.0
    for f in scored["findings"]:
        assert f["lower90"] <= f["predicted"] <= f["upper90"]
        assert f["inside"] == (f["lower90"] - 1e-6 <= f["observed"] <= f["upper90"] + 1e-6)
        finding = [one for arm in load_study(f["study"]).arms for one in arm.findings if one.outcome == f["outcome"]]
        assert finding and 0.0 <= f["mechanism_weight"] <= 1.0
    away = {(one["study"], one["outcome"]) for one in s["not_testable"]}
    assert away and all(one["why"] for one in s["not_testable"])


def test_the_same_seed_gives_the_same_scorecard(folder: Path, scored: Any) -> None:
    again = run("validate", "--findings", str(folder), "--draws", "40", "--json").json
    assert again["findings"] == scored["findings"]


def test_page_and_picture(folder: Path, tmp_path: Path) -> None:
    page, picture = tmp_path / "card.html", tmp_path / "card.png"
    words = ("--findings", str(folder), "--draws", "10", "--report", str(page), "--plot", str(picture))
    ran = run("validate", *words)
    assert ran.status == 0, ran.err
    text = page.read_text("utf-8")
    assert "<svg" in text and "minh-2019" in text and "Not testable" in text
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_broken_file_is_listed_or_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "own")
    (tmp_path / "own" / "broken.toml").write_text("id = 3\n", "utf-8")
    unknown = (FINDINGS / "dogra-2014.toml").read_text("utf-8").replace("scar_severity", "scar_severness")
    (tmp_path / "own" / "unknown.toml").write_text(unknown, "utf-8")
    words = ("validate", "--findings", str(tmp_path / "own"), "--draws", "10", "--json")
    away = {one["study"]: one["why"] for one in run(*words).json["summary"]["not_testable"]}
    assert "broken.toml" in away and "scar_severness" in away["unknown.toml"]
    ran = run(*words, "--strict")
    assert ran.status == 2 and "broken.toml" in ran.err and "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--findings", "nowhere"), "a folder that exists"),
        (("--findings", "EMPTY"), "findings files"),
        (("--posterior", "own.json"), "--findings"),
        (("--findings", "FOLDER", "--posterior", "nowhere.json"), "nowhere.json"),
        (("--findings", "FOLDER", "--draws", "none"), "none"),
    ],
)
def test_refused(words: tuple[str, ...], told: str, folder: Path, tmp_path: Path) -> None:
    places = {"EMPTY": str(tmp_path), "FOLDER": str(folder)}
    ran = run("validate", *(places.get(word, word) for word in words))
    assert ran.status == 2 and told in ran.err and not ran.out


def test_a_posterior_of_other_priors_is_refused(folder: Path, tmp_path: Path) -> None:
    kept = json.loads((FINDINGS.parent / "posterior.json").read_text("utf-8"))
    kept["prior"]["sha256"] = "0" * 64
    (tmp_path / "own.json").write_text(json.dumps(kept), "utf-8")
    ran = run("validate", "--findings", str(folder), "--posterior", str(tmp_path / "own.json"))
    assert ran.status == 2 and "calibrate again" in ran.err


# ------------------------------------------------------------------------------------------------- calibrate


def test_calibrate_refuses_an_unknown_block_and_kept_steps(tmp_path: Path) -> None:
    ran = run("calibrate", "--draws", "5", "--work", str(tmp_path / "none"), "--out", str(tmp_path / "own.json"))
    assert ran.status == 2 and "at least 200" in ran.err
    ran = run("calibrate", "--blocks", "scar", "--work", str(tmp_path / "work"))
    assert ran.status == 2 and "dose and dermis" in ran.err
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "study-x.pickle").write_bytes(b"")
    ran = run("calibrate", "--work", str(tmp_path / "work"), "--out", str(tmp_path / "posterior.json"))
    assert ran.status == 2 and "--resume" in ran.err and not (tmp_path / "posterior.json").exists()


@pytest.mark.slow
def test_a_quick_calibration_reproduces_the_shipped_posterior() -> None:
    found = run("calibrate", "--quick", "--json")
    assert found.status == 0, found.err
    assert found.json["reproduced"] and len(found.json["compared"]) >= 6


# ------------------------------------------------------------------------------------------------- sensitivity

PLAN = "4 sessions every 30 days: exceed; cheek 1 mm, 6 passes"


@pytest.fixture(scope="module")
def indices() -> Any:
    ran = run("sensitivity", "collagen_papillary", PLAN, "--courses", "700", "--json")
    assert ran.status == 0, ran.err
    return ran.json


def test_what_moves_collagen_has_its_direction(indices: Any) -> None:
    by_name = {one["name"]: one for one in indices["inputs"]}
    assert {*by_name} >= {"depth_mm", "sessions", "interval_days", "passes", "age", "phototype", "smoking", "sun"}
    assert by_name["depth_mm"]["rank_correlation"] > 0.2 and by_name["sessions"]["rank_correlation"] > 0.1
    assert by_name["age"]["rank_correlation"] < -0.1
    assert by_name["depth_mm"]["total"] > by_name["sunscreen"]["total"]
    for one in indices["inputs"]:
        assert one["lower90"] <= one["total"] <= one["upper90"]
    first = indices["parameters"][0]
    assert first["first"] > 0.05 and first["name"] in {"synthesis_1_activated", "response_damage", "deactivation_rate"}
    assert indices["courses"] <= 700 and indices["failed"] <= 7


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("collagen", PLAN), "collagen_papillary"),
        (("goodman_baron_grade", PLAN), "acne_scar"),
        (("collagen_papillary", f"{PLAN}; then 2 sessions every 90 days: exceed; cheek 1 mm, 4 passes"), "one phase"),
        (("collagen_papillary", PLAN, "--courses", "3"), "200"),
        (("collagen_papillary", PLAN, "--day", "20"), "last session"),
    ],
)
def test_sensitivity_refuses(words: tuple[str, ...], told: str) -> None:
    ran = run("sensitivity", *words)
    assert ran.status == 2 and told in ran.err and "Traceback" not in ran.err


# ------------------------------------------------------------------------------------------------- what was studied


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ("4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes", True),
        ("4 sessions every 30 days: exceed; cheek 0 mm, 6 passes", False),
        ("4 sessions every 30 days: exceed; cheek 1.5 mm, 0 passes", False),
        ("4 sessions every 30 days: home_roller; cheek 0.25 mm, 8 passes", False),
        ("1 session: exceed; cheek 1.5 mm, 6 passes", False),
    ],
)
def test_the_mean_of_studies_is_told_of_protocols_that_studies_used(plan: str, told: bool) -> None:
    found = run("simulate", plan, "--concern", "acne_scar=goodman_baron:3", "--draws", "8", "--json").json
    assert ("study_forecast" in found) == told
    if told:
        one = found["study_forecast"]["goodman_baron_grade"]
        ends = sorted(one[part]["median"] for part in ("other_studies", "simulated"))
        assert ends[0] - 1.0 <= one["forecast"]["median"] <= ends[1] + 1.0


def test_a_sham_is_not_forecast_by_the_mean_of_treated_people(tmp_path: Path) -> None:
    for name, depth in (("sham", "0 mm"), ("needled", "1 mm")):
        text = FILE.replace("own-study", name).replace("cheek 1 mm", f"cheek {depth}")
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    card = run("validate", "--findings", str(tmp_path), "--draws", "10", "--json").json
    weight = {f["study"]: f["mechanism_weight"] for f in card["findings"]}
    assert weight["sham"] == 1.0 > weight["needled"]
