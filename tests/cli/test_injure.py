"""``neodermis injure``: the document, the words, the picture, two protocols side by side, own devices, bad input."""

from pathlib import Path
from typing import Any

import pytest
from tests.cli.terminal import ran_once, refused, run

PEN = "1 session: exceed; cheek 1.5 mm, 6 passes"
ROLLER = "1 session: roller 192 x 1.5 mm x 0.25 mm; cheek 1.5 mm, 8 passes"
HOME = "1 session: home_roller; cheek 0.25 mm, 8 passes"
STAMP = "1 session: stamp 40 x 0.25 mm; periorbital 0.5 mm, 3 passes"
FACE = "1 session: exceed; face 1 mm, 6 passes"
SHAM = "1 session: exceed; cheek 0 mm, 6 passes"


def document(*words: str) -> Any:
    return ran_once("injure", *words, "--json").json


@pytest.mark.parametrize("sentence", [PEN, ROLLER, HOME, STAMP, FACE, SHAM])
def test_a_session_is_described_by_the_keys_of_a_course(sentence: str) -> None:
    injured, course = document(sentence), ran_once("simulate", sentence, "--json").json
    (here,), (there,) = injured["sessions"], course["sessions"]
    # PIH needs the pigment of a course
    assert here.keys() | {"pih_probability"} == there.keys()
    assert here["injury"].keys() == there["injury"].keys()
    # the first session of a course meets the same skin, with the same draws
    for key in ("channels_per_cm2", "reached_depth_mm", "channel_diameter_um", "papillary_injury"):
        assert there["injury"][key] == pytest.approx(here["injury"][key], rel=1e-6)
    for key in ("pain_vas", "minutes", "erythema_hours"):
        assert there[key] == pytest.approx(here[key], rel=1e-6)
    for key in (
        "neodermis",
        "protocol",
        "patient",
        "draws",
        "seed",
        "parameters",
        "assumed_share",
        "warnings",
        "sources",
    ):
        assert injured[key] is not None
    assert injured["summary"]


def test_the_numbers_of_a_pen_and_a_roller_are_those_of_the_field() -> None:
    pen, roller = document(PEN)["sessions"][0], document(ROLLER)["sessions"][0]
    assert 1800 < pen["injury"]["channels_per_cm2"] < 8400
    assert 0.05 < pen["injury"]["papillary_injury"] < 0.25
    assert 90 < roller["injury"]["channels_per_cm2"] < 200
    assert 0.005 < roller["injury"]["papillary_injury"] < 0.03
    for session in (pen, roller):
        assert 0 < session["pain_vas"] < session["pain_vas_without_anaesthetic"] < 10
        assert max(session["injury"]["injured_fraction"]) < 1


def test_a_sham_does_nothing() -> None:
    session = document(SHAM)["sessions"][0]
    assert session["injury"]["channels_per_cm2"] == session["pain_vas"] == 0
    assert not any(session["injury"]["injured_fraction"])
    assert "spacing_mm" not in session["injury"]


def test_a_home_roller_hardly_reaches_the_dermis() -> None:
    ran = ran_once("injure", HOME, "--compare", PEN, "--json").json
    home, pen = ran["sessions"][0]["injury"], ran["compare"]["sessions"][0]["injury"]
    assert home["reach"]["reticular_dermis"] < 0.05 < 0.9 < pen["reach"]["reticular_dermis"]
    assert home["papillary_injury"] < pen["papillary_injury"] / 20


def test_the_text_says_what_a_practitioner_asks() -> None:
    text = ran_once("injure", PEN).out
    for word in ("times per cm²", "reach", "papillary", "bleeding", "pain", "minutes", "assumed"):
        assert word in text.lower(), word
    both = ran_once("injure", PEN, "--compare", ROLLER).out
    assert "Comparison (median" in both
    assert PEN in both and "roller 192" in both


def test_the_anaesthetic_is_a_choice() -> None:
    none = document(PEN, "--anaesthetic", "none")["sessions"][0]
    topical = document(PEN, "--anaesthetic", "topical")["sessions"][0]
    assert none["pain_vas"] > topical["pain_vas"]
    assert none["minutes"] < topical["minutes"]
    assert document(PEN)["sessions"][0]["anaesthetic"] == "topical"
    assert document(STAMP)["sessions"][0]["anaesthetic"] == "none"


def test_the_same_seed_repeats_and_another_does_not() -> None:
    assert run("injure", PEN, "--json", "--seed", "3").out == run("injure", PEN, "--json", "--seed", "3").out
    assert document(PEN, "--seed", "3") != document(PEN)


@pytest.mark.parametrize("name", ["injury.png", "injury.svg", "injury.pdf"])
def test_the_picture_is_written(folder: Path, name: str) -> None:
    ran = run("injure", ROLLER, "--draws", "5", "--plot", name)
    assert ran.status == 0, ran.err
    assert f"wrote {name}" in ran.err
    start = (folder / name).read_bytes()[:200]
    assert {"png": b"PNG", "svg": b"<?xml", "pdf": b"%PDF"}[name[-3:]] in start


def test_an_own_device_runs(folder: Path) -> None:
    (folder / "own.toml").write_text(run("devices", "example").out, "utf-8")
    sentence = "1 session: my_pen; cheek 1 mm, 4 passes"
    own = run("injure", sentence, "--device", "own.toml", "--json", "--draws", "5")
    assert own.status == 0, own.err
    assert own.json["sessions"][0]["injury"]["channels_per_cm2"] > 0
    assert any("my_pen" in warning for warning in own.json["warnings"])
    course = run("simulate", sentence, "--device", "own.toml", "--json", "--draws", "2")
    assert course.status == 0, course.err
    beside = run("injure", sentence, "--device", "own.toml", "--compare", PEN, "--json", "--draws", "5")
    assert beside.status == 0, beside.err
    refused(run("injure", sentence), "'my_pen'")
    refused(run("injure", PEN, "--device", "own.toml"), "--device", "exceed", "my_pen")
    refused(run("injure", sentence, "--device", "none.toml"), "none.toml")


BAD = {
    "no sentence": (("--json",), ["protocol"]),
    "beyond the site": (("1 session: exceed; brow 1.2 mm, 2 passes",), ["1.2 mm", "forehead", "--beyond-limits"]),
    "beyond a zone": (("1 session: exceed; face 1.5 mm, 4 passes",), ["forehead", "cheek 1.5 mm", "--beyond-limits"]),
    "beyond the device": (("1 session: exceed; cheek 2 mm, 2 passes",), ["exceed", "0 to 1.5 mm"]),
    "second beyond": ((PEN, "--compare", "1 session: exceed; cheek 2 mm, 2 passes"), ["exceed", "2 mm"]),
    "anaesthetic": ((PEN, "--anaesthetic", "gas"), ["--anaesthetic", "gas", "topical"]),
    "draws": ((PEN, "--draws", "0"), ["--draws", "0"]),
    "age": ((PEN, "--age", "7"), ["age", "7", "18"]),
    "plot": ((PEN, "--plot", "picture.gif"), ["--plot", ".png"]),
    "parameter": ((PEN, "--set", "killed_rin=3"), ["killed_rin", "necrotic_rim_thickness"]),
}  # fmt: skip


@pytest.mark.parametrize(("words", "names"), BAD.values(), ids=BAD)
def test_bad_input_is_refused(folder: Path, words: tuple[str, ...], names: list[str]) -> None:
    refused(run("injure", *words), *names)
    assert not list(folder.iterdir())


def test_beyond_the_limits_is_said_on_every_output() -> None:
    words = ("1 session: exceed; periorbital 1.2 mm, 2 passes", "--beyond-limits")
    assert "BEYOND THE LIMITS OF PRACTICE" in ran_once("injure", *words).out
    assert document(*words)["beyond_limits"] is True


def test_without_a_sentence_three_are_printed() -> None:
    assert ran_once("injure").out.count("neodermis injure") == 3


def test_a_face_is_its_zones() -> None:
    ran = ran_once("simulate", FACE, "--draws", "3", "--json").json
    assert ran["outcomes"]["collagen_papillary"]["median"][0] > 0
    assert ran_once("sites", "show", "face", "--json").json["zones"]["cheek"] == pytest.approx(60 / 190, abs=1e-3)


@pytest.mark.parametrize("command", [("injure",), ("simulate",), ("deliver", "niacinamide"), ("explain", "elastin")])
def test_a_depth_between_two_settings_is_told_where_it_is_used(command: tuple[str, ...]) -> None:
    asked, used = (f"1 session: skinpen_precision; cheek {mm} mm, 4 passes" for mm in ("1.1", "1"))
    words = (*command, *(["--day", "10"] if command[0] == "explain" else []), asked)
    words += () if command[0] == "explain" else ("--draws", "1")
    ran, shown = run(*words), run(*words, "--json").json
    assert ran.status == 0
    assert used in ran.out
    assert "1.1 mm at cheek lies between the settings 1.0 and 1.25 mm" in ran.err
    assert shown["protocol"] == used
    assert any("settings 1.0 and 1.25 mm" in warning for warning in shown["warnings"])
    if command[0] != "explain":
        assert f"requested: {asked}" in ran.out
        assert shown["protocol_asked"] == asked


@pytest.mark.parametrize("command", [("injure",), ("simulate",), ("compare",)])
@pytest.mark.parametrize("wrong", ["emla", "emla -5 min", "novocaine 20 min", "none 20 min"])
def test_an_anaesthetic_that_cannot_be_used_is_told_at_its_option(command: tuple[str, ...], wrong: str) -> None:
    cases = ["1 session: exceed; cheek 1 mm, 4 passes"] * (2 if command == ("compare",) else 1)
    ran = run(*command, *cases, "--draws", "1", "--anaesthetic", wrong)
    assert ran.status == 2
    assert ran.err.startswith(f"error: --anaesthetic: '{wrong}'") and "accepted:" in ran.err and "do:" in ran.err


def test_the_product_and_its_minutes_are_said_and_in_the_document() -> None:
    words = ("1 session: exceed; cheek 1.5 mm, 6 passes", "--anaesthetic", "EMLA 45 minutes", "--draws", "5")
    assert (
        "after 45 minutes of lidocaine 2.5 % with prilocaine 2.5 % cream, used as requested"
        in ran_once("injure", *words).out
    )
    for command, more in (("injure", ()), ("simulate", ("--until", "20"))):
        shown = ran_once(command, *words, *more, "--json").json
        session = shown["sessions"][0]
        assert session["anaesthetic_product"] == "emla" and session["anaesthetic_minutes"] == 45.0
        for name in ("oedema_hours", "flaking_days", "bruising_probability", "downtime_days", "erythema_hours"):
            low, high = session[f"{name}_90"]
            assert 0.0 < low <= session[name] <= high
