"""The README: its example runs, its commands run, and what it says of the results is what they say."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from tests.cli.terminal import ran_once, run

README = Path(__file__).parents[2] / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_python_example_runs() -> None:
    (example,) = blocks("python")
    assert example.startswith("import neodermis as nd\n")
    assert len([line for line in example.splitlines() if line.strip()]) <= 10
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "README.md", "exec"), {})
    lines = printed.getvalue().splitlines()
    assert len(lines) == example.count("print(")
    assert not re.search(r"\b(nan|None)\b", printed.getvalue())


COMMANDS = [line for block in blocks("") for line in block.splitlines() if line.startswith("neodermis ")]


@pytest.mark.parametrize("command", COMMANDS)
def test_command_runs(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command, comments=True)[1:]
    ran = run(*words) if "--plot" in words else ran_once(*words)
    assert ran.status == 0, ran.err
    assert ran.out


def test_set_up_comes_first() -> None:
    first = blocks("")[0]
    assert "python3 tasks.py demo" in first
    assert "python3 tasks.py test" in first


def test_numbers_are_those_of_this_version() -> None:
    text = " ".join(README.read_text("utf-8").split())
    parameters = ran_once("parameters", "--json").json["parameters"]
    assumed = sum(entry["status"] == "assumed" for entry in parameters)
    assert f"{100 * assumed / len(parameters):.0f} % of the {len(parameters)} parameters are assumed" in text
    row, epidermis = ran_once("simulate", "--arm", "lotfi-2013", "--json").json["observed"]
    assert "epidermis: observed +50 %, predicted none" in text
    assert epidermis["value"] == 50 and round(epidermis["predicted"]) == 0
    said = re.search(r"observed \+(\d+) %, predicted \+(\d+) %, 90 % interval \+?(-?\d+) to \+(\d+) %", text)
    assert said
    found = [round(row[key]) for key in ("value", "predicted", "lower90", "upper90")]
    assert [int(number) for number in said.groups()] == found
