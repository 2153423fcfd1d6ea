"""What a command says while it compiles, and what it does where its output goes nowhere: each in its own process."""

import os
import pty
import shlex
import subprocess
from pathlib import Path

import pytest
from tests.cli.terminal import COMMAND, SHORT, Ran, run_alone
from tests.cli.test_process import COMMANDS

from neodermis import waiting

BEGINS, ENDS = "Preparing the model for this computer", "The model is prepared"
#: A command that compiles little, so that the tests are quick.
INJURE = ("injure", SHORT, "--draws", "1", "--json")
#: Commands that compile, each by another way into the model.
COMPILING = {
    "simulate": ("simulate", SHORT, "--draws", "1", "--json"),
    "explain": ("explain", "elastin", SHORT, "--json"),
    "skin": ("skin", "--ages", "45", "--draws", "1", "--json"),
    "deliver": ("deliver", "caffeine", SHORT, "--draws", "1", "--json"),
    "evidence": ("evidence", "delivery", "--draws", "2", "--json"),
}


def in_cache(folder: Path, *words: str) -> Ran:
    """A command whose cache of compiled code is in this folder."""
    place = str(folder)
    return run_alone(*words, XDG_CACHE_HOME=place, HOME=place, LOCALAPPDATA=place)


def told(ran: Ran) -> list[str]:
    """What is said of preparation, line by line."""
    return [line for line in ran.err.splitlines() if line.startswith((BEGINS, ENDS))]


@pytest.mark.slow
@pytest.mark.parametrize("words", COMPILING.values(), ids=COMPILING)
def test_empty_cache_is_told_once_and_a_full_one_never(words: tuple[str, ...], tmp_path: Path) -> None:
    first, second = in_cache(tmp_path, *words), in_cache(tmp_path, *words)
    lines = told(first)
    assert len(lines) % 2 == 0 and lines, first.err
    assert all(line.startswith(f"{BEGINS} (once, ") for line in lines[::2])
    assert all(line.startswith(f"{ENDS} (") for line in lines[1::2])
    assert first.status == second.status == 0
    assert told(second) == []
    assert first.json == second.json  # and so nothing else is on standard output


def test_cache_that_cannot_be_written_is_told_in_every_run(tmp_path: Path) -> None:
    place = tmp_path / "a file, not a folder"
    place.touch()
    for _ in range(2):
        ran = in_cache(place, *INJURE)
        assert ran.status == 0, ran.err
        begins, ends = told(ran)
        assert begins.startswith(f"{BEGINS} (in every run, since {place}")
        assert ends.startswith(ENDS)
        assert ran.json["sessions"]


def test_terminal_sees_the_seconds(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    with subprocess.Popen([*COMMAND, *INJURE], stdout=subprocess.DEVNULL, stderr=theirs, env=environment) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # how Linux says that the other side is closed
                break
            if not piece:
                break
            seen += piece
        os.close(ours)
        assert process.wait(timeout=60) == 0
    text = seen.decode("utf-8")
    assert f"\r{BEGINS} (once, about 20 s) … 0 s" in text
    assert text.count(f"\r{BEGINS}") > 3
    assert f"\r{ENDS} (" in text


def test_notice_waits_until_compilation_takes_long(capsys: pytest.CaptureFixture[str]) -> None:
    notice = waiting.Preparing()
    notice.begins("")
    notice.ends()
    notice.close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("words", [words for words in COMMANDS if words], ids=" ".join)
def test_closed_standard_output_is_an_error_that_says_so(words: tuple[str, ...]) -> None:
    command = f"exec {shlex.join([*COMMAND, *words])} >&-"
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: standard output is closed")


@pytest.mark.parametrize(
    "words",
    [("parameters", "--json"), ("parameters",), ("devices", "show", "exceed"), ("evidence", "bibtex"), INJURE,
     ("screen", "--example"), ("--help",)],
    ids=" ".join,
)  # fmt: skip
def test_full_disk_under_standard_output_is_an_error(words: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.returncode == 1, done.stderr
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr


def test_read_only_standard_output_is_an_error() -> None:
    with open(os.devnull) as nothing:
        done = subprocess.run(
            [*COMMAND, "devices"], stdout=nothing, stderr=subprocess.PIPE, text=True, timeout=60,
            check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
