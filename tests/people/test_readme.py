"""The README: its example runs, its commands run, and what it says of the results is what they say."""

import contextlib
import io
import json
import re
import shlex
from pathlib import Path

import pytest
from tests.cli.terminal import ran_once, run

from neodermis.inference.claims import VERDICTS

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
    rows = ran_once("simulate", "--arm", "lotfi-2013", "--json").json["observed"]
    row = next(one for one in rows if one["outcome"] == "collagen_papillary")
    said = re.search(r"observed \+(\d+) %, predicted \+(\d+) %, 90 % interval ([+-]?\d+) to \+(\d+) %", text)
    assert said
    found = [round(row[key]) for key in ("value", "predicted", "lower90", "upper90")]
    assert [int(number) for number in said.groups()] == found
    kept = json.loads((README.parent / "validation" / "prior_predictive.json").read_text("utf-8"))["by_outcome"][-1]
    inside, numbers = (round(100 * kept[name]) for name in ("inside", "numbers_inside"))
    assert f"of {kept['findings']} findings in people {inside} % lie inside" in text
    assert f"of the {kept['numbers']} numbers {numbers} %" in text
    claims = (README.parent / "docs" / "reference" / "claims.md").read_text("utf-8")
    counts = re.search(r"^\| claims \| ([\d |]*) \|$", claims, re.MULTILINE)
    assert counts
    for number, verdict in zip(counts[1].split(" | "), VERDICTS, strict=True):
        assert f"{number} {verdict}" in text
