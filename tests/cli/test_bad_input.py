"""Bad input: status 2, one message that names the word and says what to do, nothing printed, nothing half written."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from tests.cli.terminal import EXCEED, FINDINGS, SHORT, TOO_DEEP_HERE, refused, run, run_alone, shows_only_text
from xarray import Dataset

from neodermis.evidence import load_parameters

OUTPUTS = {"--plot": "course.png", "--report": "course.html", "--netcdf": "course.nc", "--csv": "course.csv"}
EVERY_OUTPUT = [word for pair in OUTPUTS.items() for word in pair]


def listing(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# ------------------------------------------------------------------------------------------------- sentences

SENTENCES = {
    "no sentence": ("hello", ["'hello'", "a number of sessions"]),
    "empty": ("", ["the end of the sentence"]),
    "stops early": ("4 sessions every", ["the end of the sentence"]),
    "word misspelled": ("4 sesions every 30 days: exceed; cheek 1 mm, 4 passes", ["'sesions'", "'sessions'"]),
    "no device": ("1 session: ; cheek 1 mm, 4 passes", ["';'", "exceed"]),
    "unknown device": ("1 session: quaxil; cheek 1 mm, 4 passes", ["'quaxil'", "exceed", "skinpen_precision"]),
    "device misspelled": ("1 session: exced; cheek 1 mm, 4 passes", ["'exced'", "did you mean 'exceed'?"]),
    "unknown site": ("1 session: exceed; elbow 1 mm, 4 passes", ["'elbow'", "a site: ", "cheek, ", "forehead, "]),
    "site misspelled": ("1 session: exceed; cheeek 1 mm, 4 passes", ["'cheeek'", "did you mean 'cheek'?"]),
    "site twice": ("1 session: exceed; cheek 1 mm, 4 passes; midface 1 mm, 2 passes", ["twice", "'cheek'"]),
    "a range": ("3 sessions every 4-6 weeks: exceed; cheek 1 mm, 4 passes", ["not a plan", "(4 or 6)", "6 weeks"]),
    "two meanings": ("3 sessions biweekly: exceed; cheek 1 mm, 4 passes", ["two meanings", "'every 2 weeks'"]),
    "a device not settled": ("1 session: Dr. Pen; cheek 1 mm, 4 passes", ["Dr. Pen", "dr_pen_510k", "dr_pen_consumer"]),
    "a site not settled": ("1 session: exceed; under eyes 1 mm, 4 passes", ["under eyes", "the rim", "periorbital"]),
    "below every setting": (
        "1 session: skinpen; cheek 0.1 mm, 4 passes", ["0.1 mm", "0 mm (sham) or 0.25 mm", "depth-summary"],
    ),
    "beyond the device": ("1 session: exceed; cheek 2 mm, 4 passes", ["cheek", "exceed", "2 mm", "0 to 1.5 mm"]),
    "not the roller's needle": ("1 session: roller_mf8; cheek 0.7 mm, 4 passes", ["roller_mf8", "0.7 mm"]),
    "beyond the site": (TOO_DEEP_HERE, ["1.2 mm", "periorbital", "1 mm", "--beyond-limits"]),
    "one site of two beyond": (
        "1 session: exceed; cheek 1.5 mm, 4 passes; brow 1.5 mm, 4 passes",
        ["1.5 mm", "forehead", "--beyond-limits"],
    ),
    "depth nan": ("1 session: exceed; cheek nan mm, 4 passes", ["nan"]),
    "depth below 0": ("1 session: exceed; cheek -1 mm, 4 passes", ["-1", "cheek"]),
    "depth without unit": ("1 session: exceed; cheek 1, 4 passes", ["','", "'mm'"]),
    "0 sessions": ("0 sessions every 30 days: exceed; cheek 1 mm, 4 passes", ["sessions: 0", "1 to 60"]),
    "200 sessions": ("200 sessions every 30 days: exceed; cheek 1 mm, 4 passes", ["sessions: 200", "1 to 60"]),
    "half a session": ("1.5 sessions every 30 days: exceed; cheek 1 mm, 4 passes", ["'1.5'", "whole number"]),
    "interval 0": ("4 sessions every 0 days: exceed; cheek 1 mm, 4 passes", ["interval", ": 0", "1 to 365"]),
    "interval of years": ("4 sessions every 1000 days: exceed; cheek 1 mm, 4 passes", ["interval", "1000", "365"]),
    "no interval": ("4 sessions: exceed; cheek 1 mm, 4 passes", ["interval", "every 5 weeks"]),
    "interval nan": ("4 sessions every nan days: exceed; cheek 1 mm, 4 passes", ["'nan'"]),
    "50 passes": ("1 session: exceed; cheek 1 mm, 50 passes", ["passes at cheek", "50", "0 to 40"]),
    "number too large": ("1 session: exceed; cheek 1e999 mm, 4 passes", ["'1e999'"]),
}  # fmt: skip


@pytest.mark.parametrize(("sentence", "names"), SENTENCES.values(), ids=SENTENCES)
@pytest.mark.usefixtures("no_work")
def test_sentence_is_refused(folder: Path, sentence: str, names: list[str]) -> None:
    refused(run("simulate", sentence, *EVERY_OUTPUT), *names)
    assert not listing(folder)


def test_every_refused_sentence_is_answered_with_two_that_can_be_read() -> None:
    ran = run("simulate", "hello")
    offered = ran.err.partition("examples of valid sentences: ")[2].split("'")[1::2]
    assert len(offered) == 2
    for sentence in offered:
        assert run("simulate", sentence, "--draws", "1").status == 0


# --------------------------------------------------------------------------------------------------- options

HUGE = "1" + "0" * 400
OPTIONS = [
    *(("--age", value, ["age", "18 to 100"]) for value in ("0", "130", "17.9", "-45", "abc", "nan", "inf", "")),
    ("--age", HUGE, ["age", "18 to 100"]),
    ("--age", "45 mm", ["age", "45 mm", "year"]),
    ("--sex", "x", ["sex", "'x'", "female or male"]),
    ("--sex", "", ["sex", "female or male"]),
    *(("--phototype", value, ["phototype", f"'{value}'", "1 to 6"]) for value in ("7", "0", "2.5", "VII", "nan", "-3")),
    *(("--draws", value, ["--draws", f"'{value}'", "from 1 to"]) for value in ("0", "-1", "1.5", "ten", "nan", "")),
    ("--draws", str(10**12), ["--draws", str(10**12)]),
    ("--draws", HUGE, ["--draws", "from 1 to"]),
    *(("--people", value, ["--people", f"'{value}'", "from 0 to"]) for value in ("-1", "2.5", "x", str(10**12))),
    *(("--seed", value, ["--seed", f"'{value}'", "from 0 to"]) for value in ("-1", "0.5", "x", str(2**32))),
    *(("--until", value, ["--until", f"'{value}'"]) for value in ("nan", "inf", "1e300", "soon", "-5", "")),
    ("--until", "30", ["--until", "30", "after the last session", "90"]),
    ("--until", "90", ["--until", "90", "after the last session"]),
    ("--until", "3741", ["--until", "3741"]),
    ("--until", "400 mm", ["--until", "mm'", " d"]),
    ("--set", "labile_shore=0.4", ["parameter", "'labile_shore'", "did you mean 'labile_share'?"]),
    ("--set", "labile_share", ["--set", "'labile_share'", "PARAMETER=VALUE"]),
    ("--set", "labile_share=", ["--set", "'labile_share='", "PARAMETER=VALUE"]),
    ("--set", "=0.4", ["--set", "'=0.4'", "PARAMETER=VALUE"]),
    *(("--set", f"labile_share={value}", ["--set labile_share", f"'{value}'", "0.00033 to 0.99933"])
      for value in ("0", "1", "2", "-1", "nan", "inf", "much", "1e-400", "0x1p-1", "0_4", "\uff10.4")),
    *(("--set", f"activation_rate={value}", ["--set activation_rate", "factor of 1000"])
      for value in ("0", "1e308", "1e-320", "-1")),
    ("--set", "synthesis_rate_of_all_collagen=0.5", ["synthesis_rate_of_all_collagen", "0 or 1"]),
    ("--set", "labile_share=0.4 mm", ["--set labile_share", "mm'"]),
    ("--set", "mature_renewal_time=15 kPa", ["--set mature_renewal_time", "kPa'", "year"]),
    ("--set", "mature_renewal_time=15 moons", ["--set mature_renewal_time", "moons'", "year"]),
]  # fmt: skip


@pytest.mark.parametrize(("option", "value", "names"), OPTIONS, ids=[f"{o}={v[:24]}" for o, v, _ in OPTIONS])
def test_value_is_refused(folder: Path, option: str, value: str, names: list[str]) -> None:
    refused(run("simulate", EXCEED, f"{option}={value}", *EVERY_OUTPUT), *names)
    assert not listing(folder)


@pytest.mark.parametrize("draws", ["0", "-1", "x"])
def test_value_is_refused_beside_an_arm_too(folder: Path, draws: str) -> None:
    refused(run("simulate", "--arm", "lotfi-2013", "--draws", draws, *EVERY_OUTPUT), "--draws", draws)
    assert not listing(folder)


def test_horizon_before_the_last_finding_is_refused(folder: Path) -> None:
    words = ("simulate", "--arm", "lotfi-2013", "--until", "150", "--draws", "1", *EVERY_OUTPUT)
    refused(run(*words), "--until", "150", "176")
    assert not listing(folder)


USAGE = {
    "unknown option": (["simulate", SHORT, "--agee", "45"], ["--agee"]),
    "option without value": (["simulate", SHORT, "--age"], ["--age"]),
    "two sentences": (["simulate", SHORT, SHORT], ["unexpected extra argument"]),
    "unknown command": (["simulat", SHORT], ["'simulat'"]),
    "unknown subcommand": (["devices", "exceed"], ["'exceed'"]),
    "name missing": (["devices", "show"], ["NAME"]),
    "JSON without a sentence": (["simulate", "--json"], ["protocol", "arm STUDY"]),
}


@pytest.mark.parametrize(("words", "names"), USAGE.values(), ids=USAGE)
def test_usage_is_refused(folder: Path, words: list[str], names: list[str]) -> None:
    refused(run(*words), *names)
    assert not listing(folder)


CATALOGUES = {
    "devices": ["devices", "show", "exced"],
    "sites": ["sites", "show", "cheeek"],
    "outcomes": ["outcomes", "show", "collagen_papilary"],
    "parameters": ["parameters", "show", "labile_shore"],
    "evidence": ["evidence", "show", "lotfi-2014"],
    "status": ["parameters", "--status", "asumed"],
    "mechanism": ["parameters", "--mechanism", "matirx"],
}


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("words", CATALOGUES.values(), ids=CATALOGUES)
def test_unknown_catalogue_name_is_refused(words: list[str], as_json: bool) -> None:
    ran = run(*words, *(["--json"] if as_json else []))
    refused(ran, f"'{words[-1]}'", "did you mean '")


# ------------------------------------------------------------------------------------------------- findings files

BROKEN_FINDINGS = {
    "not TOML": ('id = "own-study"', 'id = "own-study', ["TOML", "line 2"]),
    "unknown unit": ('unit = "mm"', 'unit = "furlong"', ["arm.0.finding.0", "unit", "'furlong'"]),
    "unit of another dimension": ('unit = "mm"', 'unit = "h"', ["arm.0.finding.0", "unit", "'h'"]),
    "no unit": ('unit = "mm"\n', "", ["arm.0", "finding", "unit"]),
    "unknown field": ("measure = ", "mesure = ", ["arm.0.finding.0", "me"]),
    "field at the top": ('species = "human"', 'species = "human"\ncolour = "red"', ["colour", "'red'"]),
    "missing field": ('direction = "increase"\n', "", ["arm.0.finding.0", "direction"]),
    "wrong word": ('direction = "increase"', 'direction = "up"', ["direction", "'up'", "increase"]),
    "text for a number": ("day = 30", 'day = "later"', ["arm.0.finding.0", "day", "'later'"]),
    "nan": ("day = 30", "day = nan", ["arm.0.finding.0", "day", "nan"]),
    "age of a child": ("age = 30", "age = 3", ["arm.0", "age", "3"]),
    "n of 0": ("n = 12", "n = 0", ["n", "0"]),
    "no arm": (FINDINGS[FINDINGS.index("[[arm]]") :], "", ["arm"]),
    "assumed both ways": (
        "[[arm.finding]]", '[arm.assumed.passes]\nvalue = 4\nlow = 2\nhigh = 6\nbasis = "x"\n[[arm.finding]]',
        ["arm.0.assumed", "passes", "either value, or low and high"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("words", [["simulate", "--arm"], ["evidence", "show"]], ids=["simulate", "evidence"])
@pytest.mark.parametrize(("old", "new", "names"), BROKEN_FINDINGS.values(), ids=BROKEN_FINDINGS)
def test_broken_findings_file_is_refused(
    folder: Path, findings: Callable[..., str], words: list[str], old: str, new: str, names: list[str]
) -> None:
    outputs = EVERY_OUTPUT if words[0] == "simulate" else []
    refused(run(*words, findings(old, new), *outputs), "own.toml", *names)
    assert not listing(folder)


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("exceed; cheek", "exced; cheek", ["'exced'", "did you mean 'exceed'?"]),
        ("cheek 1 mm", "cheek 2 mm", ["cheek", "2 mm", "0 to 1.5 mm"]),
    ],
    ids=["unknown device", "beyond the device"],
)
def test_findings_file_with_a_bad_sentence_is_refused(
    folder: Path, findings: Callable[..., str], old: str, new: str, names: list[str]
) -> None:
    refused(run("simulate", "--arm", findings(old, new), *EVERY_OUTPUT), *names)
    assert not listing(folder)


@pytest.mark.parametrize("words", [["simulate", "--arm"], ["evidence", "show"]], ids=["simulate", "evidence"])
def test_findings_file_that_is_no_text_is_refused(tmp_path: Path, words: list[str]) -> None:
    path = tmp_path / "picture.toml"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe\x00")
    refused(run(*words, str(path)), "picture.toml")


ARMS = {
    "missing file": (["./nowhere.toml"], ["nowhere.toml"]),
    "folder": (["."], ["'.'"]),
    "folder with slash": (["./"], ["'./'"]),
    "unknown study": (["lotfi-2014"], ["study", "'lotfi-2014'", "did you mean 'lotfi-2013'?"]),
    "empty": ([""], ["study", "lotfi-2013"]),
    "unknown arm": (["lotfi-2013:sham"], ["arm of lotfi-2013", "'sham'", "needling"]),
    "beside a protocol": (["lotfi-2013", SHORT], ["--arm", "lotfi-2013", "protocol"]),
    "beside an age": (["lotfi-2013", "--age", "45"], ["--arm", "patient option"]),
    "beside a sex": (["lotfi-2013", "--sex", "male"], ["--arm", "patient option"]),
    "beside a phototype": (["lotfi-2013", "--phototype", "3"], ["--arm", "patient option"]),
    "beside beyond-limits": (["lotfi-2013", "--beyond-limits"], ["--arm", "--beyond-limits"]),
}


@pytest.mark.parametrize(("words", "names"), ARMS.values(), ids=ARMS)
@pytest.mark.usefixtures("no_work")
def test_arm_is_refused(folder: Path, words: list[str], names: list[str]) -> None:
    refused(run("simulate", "--arm", *words, *EVERY_OUTPUT), *names)
    assert not listing(folder)


def test_unknown_arm_of_a_file_is_refused(findings: Callable[..., str]) -> None:
    refused(run("simulate", "--arm", f"{findings()}:sham"), "own-study", "'sham'", "needling")


# --------------------------------------------------------------------------------------------------- output paths


@pytest.mark.parametrize("option", OUTPUTS)
@pytest.mark.parametrize("words", [[SHORT], ["--arm", "lotfi-2013"]], ids=["protocol", "arm"])
@pytest.mark.usefixtures("no_work")
def test_output_in_a_missing_folder_is_refused(folder: Path, option: str, words: list[str]) -> None:
    path = f"nowhere/{OUTPUTS[option]}"
    refused(run("simulate", *words, option, path), path, "folder")
    assert not listing(folder)


@pytest.mark.parametrize("option", OUTPUTS)
@pytest.mark.usefixtures("no_work")
def test_output_that_is_a_folder_is_refused(folder: Path, option: str) -> None:
    (folder / OUTPUTS[option]).mkdir()
    refused(run("simulate", SHORT, option, OUTPUTS[option]), OUTPUTS[option], "folder")
    assert not list((folder / OUTPUTS[option]).iterdir())


@pytest.mark.parametrize("option", OUTPUTS)
@pytest.mark.usefixtures("no_work")
def test_output_in_a_file_taken_for_a_folder_is_refused(folder: Path, option: str) -> None:
    (folder / "notes").write_text("kept", "utf-8")
    refused(run("simulate", SHORT, option, f"notes/{OUTPUTS[option]}"), f"notes/{OUTPUTS[option]}")
    assert listing(folder) == {"notes": b"kept"}


@pytest.mark.parametrize("option", OUTPUTS)
@pytest.mark.usefixtures("no_work")
def test_output_in_a_read_only_folder_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    closed = folder / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    if os.access(closed, os.W_OK):  # whom no permission stops is told here what others are told
        monkeypatch.setattr(os, "access", lambda path, mode, **_: "closed" not in str(path))
    refused(run("simulate", SHORT, option, f"closed/{OUTPUTS[option]}"), f"closed/{OUTPUTS[option]}", "written")
    assert not list(closed.iterdir())


@pytest.mark.parametrize("option", OUTPUTS)
@pytest.mark.usefixtures("no_work")
def test_output_with_too_long_a_name_is_refused(folder: Path, option: str) -> None:
    path = "x" * 300 + Path(OUTPUTS[option]).suffix
    refused(run("simulate", SHORT, option, path), "x" * 40)
    assert not listing(folder)


@pytest.mark.parametrize("name", ["course.gif", "course", "course.", ".png", "course.png.txt"])
@pytest.mark.usefixtures("no_work")
def test_plot_of_another_kind_is_refused(folder: Path, name: str) -> None:
    refused(run("simulate", SHORT, "--plot", name, "--csv", "course.csv"), "--plot", name, ".png, .svg, .pdf")
    assert not listing(folder)


if hasattr(os, "mkfifo"):

    def test_output_to_what_is_no_ordinary_file_does_not_replace_it(folder: Path) -> None:
        """A named pipe stands here for /dev/null and /dev/stdout: what the system owns stays what it is."""
        pipe = folder / "pipe"
        os.mkfifo(pipe)
        held = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        done = threading.Event()

        def drain() -> None:
            while not done.wait(0.005):
                try:
                    os.read(held, 1 << 16)
                except BlockingIOError:
                    continue

        reader = threading.Thread(target=drain, daemon=True)
        reader.start()
        try:
            ran = run("simulate", SHORT, "--draws", "1", "--csv", "pipe")
        finally:
            done.set()
            reader.join()
            os.close(held)
        assert "Traceback" not in ran.err
        assert ran.status in (0, 2)
        assert pipe.is_fifo()


def test_demo_into_a_missing_folder_is_refused(folder: Path) -> None:
    refused(run("demo", "--folder", "nowhere"), "nowhere")
    assert not listing(folder)


def half_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the disk is full: each writer gets out a few bytes and no more."""

    def text(path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    def drawn(_: Figure, path: object, **__: object) -> None:
        if isinstance(path, Path):
            text(path)

    monkeypatch.setattr(Path, "write_text", text)
    monkeypatch.setattr(Figure, "savefig", drawn)
    monkeypatch.setattr(Dataset, "to_netcdf", lambda _, path, **__: text(Path(path)))


@pytest.mark.parametrize("option", ["--plot", "--netcdf", "--csv"])
def test_full_disk_leaves_nothing_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    (folder / OUTPUTS[option]).write_text("of last week", "utf-8")
    half_written(monkeypatch)
    ran = run("simulate", SHORT, "--draws", "1", option, OUTPUTS[option])
    refused(ran, OUTPUTS[option], "No space left on device")
    assert listing(folder) == {OUTPUTS[option]: b"of last week"}


def test_full_disk_leaves_no_half_page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    refused(run("simulate", SHORT, "--draws", "1", "--report", "course.html"), "course.html", "No space left")
    assert not listing(folder)


# --------------------------------------------------------------------------------------------------- hostile text

HOSTILE = {
    "colours": "\x1b[31mred\x1b[0m",
    "window title": "\x1b]0;title\x07",
    "bell and backspace": "a\x07\x08\x08",
    "line breaks": "a\r\nb",
    "null": "a\x00b",
    "right to left": "\u202eevil\u202c \u05d0\u05d1",
    "byte that is no text": "\udcff",
    "emoji": "\N{SYRINGE}" * 50,
    "combining": "e" + "\u0301" * 3000,
    "percent": "%s%n{0}{value}[bold]",
    "1 MB": "x" * 1_000_000,
    "1 MB of digits": "9" * 1_000_000,
}
PLACES: dict[str, Callable[[str], list[str]]] = {
    "sentence": lambda text: ["simulate", text],
    "device": lambda text: ["simulate", f"1 session: {text}; cheek 1 mm, 4 passes"],
    "site": lambda text: ["simulate", f"1 session: exceed; {text} 1 mm, 4 passes"],
    "after the sentence": lambda text: ["simulate", f"{SHORT}; {text}"],
    "age": lambda text: ["simulate", SHORT, f"--age={text}"],
    "age's unit": lambda text: ["simulate", SHORT, f"--age=45 {text}"],
    "sex": lambda text: ["simulate", SHORT, f"--sex={text}"],
    "phototype": lambda text: ["simulate", SHORT, f"--phototype={text}"],
    "draws": lambda text: ["simulate", SHORT, f"--draws={text}"],
    "parameter": lambda text: ["simulate", SHORT, f"--set={text}=1"],
    "parameter's value": lambda text: ["simulate", SHORT, f"--set=labile_share={text}"],
    "no assignment": lambda text: ["simulate", SHORT, f"--set={text}"],
    "study": lambda text: ["simulate", f"--arm={text}"],
    "file": lambda text: ["simulate", f"--arm=./{text}.toml"],
    "arm": lambda text: ["simulate", f"--arm=lotfi-2013:{text}"],
    "device's name": lambda text: ["devices", "show", text],
    "site's name": lambda text: ["sites", "show", text],
    "outcome's name": lambda text: ["outcomes", "show", text],
    "parameter's name": lambda text: ["parameters", "show", text],
    "study's name": lambda text: ["evidence", "show", text],
    "study's file": lambda text: ["evidence", "show", f"./{text}.toml"],
    "status": lambda text: ["parameters", f"--status={text}"],
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.usefixtures("no_work")
def test_hostile_text_is_refused(folder: Path, place: str, text: str) -> None:
    ran = run(*PLACES[place](text))
    refused(ran)
    if not shows_only_text(ran.err):
        pytest.fail(f"a message steers the terminal: {ran.err!a:.2000}")
    assert not listing(folder)


def test_hostile_bytes_are_refused() -> None:
    ran = run_alone("devices", "show", b"\xff\xfe\x1b[31m")
    refused(ran, "\\udcff")
    assert shows_only_text(ran.err)


def test_hostile_findings_file_cannot_steer_the_terminal(findings: Callable[..., str]) -> None:
    path = findings('population = "adults"', 'population = "adults \\u001b]0;title\\u0007 \\u202e"')
    for words in (["simulate", "--arm", path, "--draws", "1"], ["evidence", "show", path]):
        ran = run(*words)
        assert ran.status == 0
        assert shows_only_text(ran.out), words
        assert shows_only_text(ran.err), words


def test_hostile_field_of_a_findings_file_cannot_steer_the_terminal(findings: Callable[..., str]) -> None:
    ran = run("simulate", "--arm", findings("n = 12", '"a\\u001b]0;title\\u0007" = 12'))
    refused(ran, "own.toml")
    assert shows_only_text(ran.err)


@pytest.mark.parametrize("end", [0, 1], ids=["smallest", "largest"])
@pytest.mark.parametrize("name", ["activation_rate", "mature_renewal_time", "collagen_concentration"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_absurd_but_permitted_parameter_ends_in_a_course_or_in_a_message(name: str, end: int) -> None:
    value = load_parameters()[name].settable()[end]
    ran = run("simulate", SHORT, "--draws", "1", "--until", "60", "--set", f"{name}={value!r}", "--json")
    if ran.status == 0:
        assert ran.json["outcomes"]
    else:
        refused(ran, "field: parameters", name)


def test_two_outputs_at_one_path_are_refused(folder: Path) -> None:
    refused(run("simulate", SHORT, "--draws", "1", "--csv", "same", "--netcdf", "same"), "same", "two outputs")
    assert not listing(folder)


def test_a_parameter_set_twice_is_refused(folder: Path) -> None:
    refused(run("simulate", SHORT, "--set", "labile_share=0.3", "--set", "labile_share=0.4"), "labile_share", "once")


def test_options_without_a_protocol_are_refused(folder: Path) -> None:
    refused(run("simulate", "--age", "30"), "protocol")
