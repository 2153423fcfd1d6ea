"""The README: its example runs, its commands run, and what it says of the results is what they say."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from docs import readme
from tests.cli.terminal import ran_once, run

README = Path(__file__).parents[2] / "README.md"


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [text for said, text in fenced if said == language]


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


def test_table_has_every_family_and_the_headline_its_figures() -> None:
    text = " ".join("\n".join([*readme.forecast(), *readme.forecast_notes()]).split())
    whole = readme.scorecard()["summary"]
    said = re.search(r"\*\*Of (\d+) published numbers \((\d+) groups of people\).* (\d+) % lie inside the 90 %", text)
    assert said
    assert [int(k) for k in said.groups()] == [whole["n"], whole["n_people_groups"], round(100 * whole["coverage90"])]
    for name, each in whole["by_family"].items():
        counted = f"{each['n']} ({each['n_people_groups']})"
        assert f"| {readme.TITLES[name]} | {counted} | {100 * each['coverage90']:.0f} % |" in text
    parameters = ran_once("parameters", "--json").json["parameters"]
    assumed = sum(entry["status"] == "assumed" for entry in parameters)
    assert f"of all {len(parameters)} parameters {100 * assumed / len(parameters):.0f} % are assumed" in text


def test_picture_is_that_of_the_example(tmp_path: Path) -> None:
    first, _, rest = README.read_text("utf-8").partition("\n## ")
    assert first.count("![") == 1 and "docs/images/forecast.png" in first
    assert all((README.parent / name).is_file() for name in re.findall(r'src="([^"]+)"', rest))
    readme.picture(tmp_path / "forecast.png")
    assert (tmp_path / "forecast.png").stat().st_size > 20_000


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", README.read_text("utf-8")):
        assert (README.parent / target).exists(), target
