"""The limits at the door, from both sides: sizes, what is no file, ranges, outputs over inputs, a narrow terminal."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.terminal import COMMAND, EXCEED, FINDINGS, SHORT, refused, run
from tests.robustness.hostile import DEVICE, listing

import neodermis as nd
from neodermis.api import read_draws
from neodermis.documents import MAX_DEPTH, MAX_FILE, MAX_LINE, MAX_TEXT, MAX_WHOLE, parse_document, read_document
from neodermis.errors import DataFileError, InputError, RunError, shown

OWN = "1 session: my_pen; cheek 1 mm, 4 passes"

# ------------------------------------------------------------------------------------------------- files

TOML = {
    "depth": ("a = " + "[" * MAX_DEPTH + "]" * MAX_DEPTH, "a = " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)),
    "text": (f'a = "{"x" * MAX_TEXT}"', f'a = "{"x" * (MAX_TEXT + 1)}"'),
    "name": (f"{'x' * MAX_TEXT} = 1", f"{'x' * (MAX_TEXT + 1)} = 1"),
    "whole number": (f"a = -{MAX_WHOLE}", f"a = {MAX_WHOLE + 1}"),
    "null in a text": ('a = "\\u0001"', 'a = "\\u0000"'),
    "null in a name": ('"\\u0001" = 1', '"\\u0000" = 1'),
    "digits": ("a = 1.5", "a = " + "9" * 10_000),
    "endless": ("a = []", "a = " + "[" * 100_000),
    "line": ("#" * MAX_LINE, "#" * (MAX_LINE + 1)),
    "deep name": ("[a.a.a]", "[" + ".".join("a" * 900) + "]"),
    "endless name": ("[a.a.a]", "[" + ".".join("a" * 100_000) + "]"),
}


@pytest.mark.parametrize(("inside", "outside"), TOML.values(), ids=TOML)
def test_a_document_is_held_to_what_a_person_writes(inside: str, outside: str) -> None:
    parse_document(inside, "own.toml")
    with pytest.raises(DataFileError, match=r"own\.toml") as caught:
        parse_document(outside, "own.toml")
    assert len(str(caught.value)) < 1500


def test_a_file_is_read_up_to_its_size_and_not_beyond(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    text = "a = 1\n" + "\n" * (MAX_FILE - 6)
    path.write_text(text, "utf-8")
    assert read_document(path) == {"a": 1}
    path.write_text(text + "\n", "utf-8")
    with pytest.raises(DataFileError, match="250,000 bytes"):
        read_document(path)


@pytest.mark.parametrize(
    "words", [["simulate", OWN, "--device"], ["simulate", "--arm"], ["evidence", "show"]], ids=" ".join
)
@pytest.mark.parametrize("path", ["/dev/zero", "pipe", ".", "big.toml", "locked.toml", "nowhere.toml"])
def test_what_is_no_file_to_read_is_refused_at_once(furnished: Path, words: list[str], path: str) -> None:
    (furnished / "big.toml").write_text("\n".join(f"k{k} = {k}" for k in range(600_000)), "utf-8")
    (furnished / "locked.toml").write_text("a = 1", "utf-8")
    (furnished / "locked.toml").chmod(0)
    began = time.monotonic()
    if path != "locked.toml" or not os.access(path, os.R_OK):  # whom no permission stops reads it and finds no device
        refused(run(*words, path), Path(path).name)
    assert time.monotonic() - began < 5.0


@pytest.mark.parametrize("change", ["\ufeff{}", "{}\r\n"], ids=["byte order mark", "carriage returns"])
def test_a_file_as_editors_save_it_is_read(furnished: Path, change: str) -> None:
    text = DEVICE.replace("\n", "\r\n") if "\r" in change else change.format(DEVICE)
    (furnished / "device.toml").write_bytes(text.encode())
    assert run("injure", OWN, "--draws", "1", "--device", "device.toml").status == 0


@pytest.mark.parametrize("word", ["x" * 4097, "x" * 10_000_000], ids=["just too long", "10 MB"])
@pytest.mark.parametrize(
    "before", [[], ["simulate"], ["simulate", SHORT], ["simulate", "--device"], ["devices", "show"]], ids=" ".join
)
def test_a_word_of_the_command_has_a_length(before: list[str], word: str) -> None:
    refused(run(*before, word), "length of a word", "4096")


# ------------------------------------------------------------------------------------------------- findings

STUDIES = {
    "number of no size": ("value = 1.1", "value = 1e300", ["value", "1e-12 to 1e+12"]),
    "number next to nothing": ("baseline = 1.0", "baseline = 1e-320", ["baseline", "1e-12 to 1e+12"]),
    "truth for a number": ("n = 12", "n = true", ["n", "True"]),
    "text for an age": ("age = 30", 'age = "30"', ["arm.0", "age", "'30'"]),
    "finding after the longest course": ("day = 30", "day = 4000", ["day of a finding", "4000", "3650"]),
    "two arms of one name": (
        "[[arm.finding]]", '[[arm]]\nid = "needling"\nprotocol = "x"\nrater = "self"\n[[arm.finding]]',
        ["arm", "of its own"],
    ),
    "null in the population": ('"adults"', '"a\\u0000b"', ["population", "none of them null"]),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "names"), STUDIES.values(), ids=STUDIES)
def test_findings_that_cannot_be_are_refused(furnished: Path, old: str, new: str, names: list[str]) -> None:
    assert old in FINDINGS
    (furnished / "study.toml").write_text(FINDINGS.replace(old, new, 1), "utf-8")
    before = listing(furnished)
    refused(run("simulate", "--arm", "study.toml", "--csv", "course.csv"), *names)
    assert listing(furnished) == before


def test_an_arm_runs_on_to_its_last_finding(furnished: Path) -> None:
    (furnished / "study.toml").write_text(FINDINGS.replace("day = 30", "day = 500"), "utf-8")
    ran = run("simulate", "--arm", "study.toml", "--draws", "1", "--json")
    assert ran.status == 0, ran.err
    assert ran.json["time_day"][-1] == 500
    assert ran.json["observed"][0]["predicted"] is not None
    refused(run("simulate", "--arm", "study.toml", "--until", "499"), "--until", "499", "at least 500")


# ------------------------------------------------------------------------------------------------- options

RANGES = {
    "--age": ["17.99999999", "100.00000001"],
    "--phototype": ["0", "7"],
    "--exposure": [
        "smoking=-1e-300",
        "smoking=100.0001/day",
        "smoking=701/week",
        "sun=14.00001",
        "menopause=29.999",
        "menopause=62.001",
        "sunscreen=1e-400",
        "smoking=20/day since 45.001",
        "smoking=20/day from day -16436.3",
        "smoking=0 from day 6000.001",
        "smoking=" + "1" * 201,
    ],
    "--concern": [
        "acne_scar=-1e-300",
        "acne_scar=1.0000000001",
        "striae=1e-400",
        "thin_skin=0.7000001",
        "acne_scar=goodman_baron:0.99",
        "acne_scar=goodman_baron:4.001",
        "burn_scar=posas:5.99",
        "acne_scar=ecca:1, ice_pick:100.6",
        "acne_scar=ecca:1, ice_pick:50, rolling:50.6",
    ],
    "--like": ["general"],
    "--draws": ["0", "10001", "1e308", "10000000", "100000000000000000000"],
    "--people": ["-1", "10001", "1e308", "10000000", "100000000000000000000"],
    "--seed": ["-1", "4294967296", "1e308"],
    "--until": ["90.99999", "3740.00001", "1e308", "1e-320"],
    "--set": ["labile_share=1", "activation_rate=1e308", "activation_rate=1e-320"],
}


@pytest.mark.parametrize(
    ("option", "value"), [(option, value) for option, values in RANGES.items() for value in values]
)
@pytest.mark.usefixtures("no_solving")
def test_a_value_just_outside_is_refused_before_any_work(furnished: Path, option: str, value: str) -> None:
    refused(run("simulate", EXCEED, f"{option}={value}", "--csv", "course.csv"), option.removeprefix("--"))
    assert not (furnished / "course.csv").exists()


@pytest.fixture
def no_solving(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("a course was solved")

    monkeypatch.setattr("neodermis.simulation.readout.solve", started)


def test_a_value_just_inside_is_accepted() -> None:
    for age in (18, 100):
        assert nd.Patient(age=age).age == age
    assert read_draws("100000", "4294967295") == (100_000, 2**32 - 1)
    assert read_draws("10000", "0", field="numerics.people", least=0, most=10_000) == (10_000, 0)
    short = nd.simulate(SHORT, draws=1, until=1, concerns={"acne_scar": "1"}, phototype=6)
    assert short.time_day[-1] == 1
    edges = {
        "smoking": "100/day since 0; 700/week since 45; 0 from day 6000", "sun": "14", "menopause": "30",
        "sunscreen": "1 from day -16436.25",
    }  # fmt: skip
    severe = {
        "acne_scar": "ecca:540, ice_pick:50, rolling:50.5",
        "thin_skin": "0.7",
        "wrinkle": "fitzpatrick_wrinkle:9",
    }
    nd.Patient(exposures=edges, concerns=severe)  # type: ignore[arg-type]  # text is read
    assert nd.Patient(exposures={"menopause": "62"}).menopause_age == 62  # type: ignore[dict-item]  # text is read
    for name in ("labile_share", "activation_rate"):
        for end in nd.load_parameters()[name].settable():
            assert nd.load_parameters().set({name: end})[name].value == end


@pytest.mark.parametrize("option", ["--draws", "--people"])
def test_a_huge_crowd_is_answered_with_a_number_that_takes_moments(option: str) -> None:
    refused(run("simulate", SHORT, option, "10000000"), option, "10000", "kept whole", "for instance 100")


@pytest.mark.parametrize(
    "words", [["simulate", SHORT, "--draws", "1"], ["explain", "elastin", SHORT]], ids=["simulate", "explain"]
)
def test_a_run_that_fails_at_values_set_is_bad_input(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RunError("numerical error of the course", next_step="report the command")

    for module in ("readout", "solver"):
        monkeypatch.setattr(f"neodermis.simulation.{module}.solve", fails)
    refused(run(*words, "--set", "labile_share=0.4"), "--set", "labile_share=0.4", "stated accuracy")
    assert run(*words).status == 1, "with nothing set it is the program that failed"


def test_a_whole_number_of_thousands_of_digits_is_shown_in_words() -> None:
    assert shown(10**5000) == "a whole number of about 5000 digits"
    with pytest.raises(InputError, match="about 5000 digits"):
        nd.Patient(age=10**5000)


# ------------------------------------------------------------------------------------------------- outputs

PAIRS = {
    "two outputs through a link": (["--csv", "taken", "--netcdf", "same"], "two outputs"),
    "the device file": (["--device", "device.toml", "--csv", "./folder/../device.toml"], "a file that is read"),
    "a loop of links": (["--csv", "loop"], "leads to itself"),
    "a link to nowhere": (["--csv", "dangling.csv"], "folder does not exist"),
    "a page called a picture": (["--report", "course.png"], "--report"),
    "a table called a page": (["--csv", "course.html"], "--csv"),
    "a full device": (["--csv", "/dev/full"], "not an ordinary file"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "name"), PAIRS.values(), ids=PAIRS)
@pytest.mark.usefixtures("no_solving")
def test_an_output_that_would_hurt_is_refused_before_any_work(furnished: Path, words: list[str], name: str) -> None:
    (furnished / "same").symlink_to("taken")
    before = listing(furnished)
    sentence = OWN if "--device" in words else SHORT
    refused(run("simulate", sentence, "--draws", "1", *words), name)
    assert listing(furnished) == before


def test_a_name_as_long_as_the_system_takes_is_written(furnished: Path) -> None:
    name = "x" * 251 + ".csv"
    assert run("simulate", SHORT, "--draws", "1", "--until", "9", "--csv", name).status == 0
    assert (furnished / name).read_text("utf-8").startswith("#")


# ------------------------------------------------------------------------------------------------- terminal

NARROW = """
import fcntl, os, pty, struct, sys, termios
child, screen = pty.fork()
if child == 0:
    os.environ.pop("COLUMNS", None)
    os.execv(sys.argv[1], sys.argv[1:])
fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 1, 1, 0, 0))
try:
    while os.read(screen, 65536):
        pass
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a terminal of its own")
@pytest.mark.parametrize(
    "words", [["--help"], ["devices"], ["parameters", "--mechanism", "pain"], ["simulate", "hello"]], ids=" ".join
)
def test_a_terminal_one_column_wide_will_do(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NARROW, *COMMAND, *words], timeout=120, check=False, env={**os.environ}
    )
    assert done.returncode == (2 if words == ["simulate", "hello"] else 0)
