"""The command of virtual trials: designs that are refused, with nothing written, and the printed example."""

from pathlib import Path

import pytest
from tests.cli.terminal import refused, run

from neodermis.report.trial import _p
from neodermis.trials.design import example

OUTPUTS = [word for kind in ("--plot=t.png", "--report=t.html", "--netcdf=t.nc", "--csv=t.csv") for word in [kind]]

#: What is changed in the example, and what the message must name.
WRONG = {
    "unknown outcome": (
        'name = "goodman_baron_grade"\nrole = "primary"', 'name = "goodman_baron_grad"\nrole = "primary"',
        ["outcome[1]", "'goodman_baron_grad'", "goodman_baron_grade", "neodermis outcomes"],
    ),
    "arm without protocol": (
        'protocol = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"\n', "",
        ["arm[1]", "protocol", "required", "trial example"],
    ),
    "negative drop-out": ("dropout = 0.10 ", "dropout = -0.10 ", ["arm[1]", "dropout", "-0.1", "from 0", "below 1"]),
    "nobody": ("people = 80 ", "people = 0 ", ["people", "0", "from 1"]),
    "impossible eligibility": ("age = [18, 50] ", "age = [99, 100] ", ["0 of 80", "(0 %)", "age 80", "widen"]),
    "analysis that does not fit": (
        'analysis = "ancova" ', 'analysis = "paired t-test" ', ["outcome[1]", "analysis", "have no pairs", "ancova"],
    ),
    "not TOML": ("[visits]", "[visits", ["t.toml"]),
}  # fmt: skip


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(("old", "new", "names"), WRONG.values(), ids=WRONG)
def test_design_is_refused_and_nothing_is_written(folder: Path, old: str, new: str, names: list[str]) -> None:
    assert old in example()
    (folder / "t.toml").write_text(example().replace(old, new, 1), "utf-8")
    refused(run("trial", "t.toml", *OUTPUTS), *names)
    assert [path.name for path in folder.iterdir()] == ["t.toml"]


OPTIONS = {
    "no people": (["--people", "0"], ["--people", "'0'", "1 to"]),
    "half a person": (["--people", "1.5"], ["--people", "1.5", "whole"]),
    "seed": (["--seed", "-1"], ["--seed", "-1"]),
    "find": (["--find", "power"], ["--find", "'power'", "--find n"]),
    "figure": (["--plot", "t.gif"], ["t.gif", ".png"]),
    "no folder": (["--csv", "nowhere/t.csv"], ["nowhere"]),
    "resume without a folder": (["--resume"], ["--resume", "--results FOLDER"]),
    "no workers": (["--workers", "0"], ["--workers", "'0'", "1 to"]),
    "example of a file": (["--example"], ["--example", "no file"]),
}


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(("words", "names"), OPTIONS.values(), ids=OPTIONS)
def test_option_is_refused_and_nothing_is_written(folder: Path, words: list[str], names: list[str]) -> None:
    (folder / "t.toml").write_text(example(), "utf-8")
    refused(run("trial", "t.toml", *words), *names)
    assert [path.name for path in folder.iterdir()] == ["t.toml"]


def test_missing_designs_are_refused(folder: Path) -> None:
    refused(run("trial"), "--example")
    refused(run("trial", "nowhere.toml"), "nowhere.toml")
    refused(run("trial", "--example", "--people", "3"), "--example", "no other option")
    assert not list(folder.iterdir())


def test_the_example_is_printed_by_option_and_by_name() -> None:
    assert run("trial", "--example").out == run("trial", "example").out == example()


@pytest.mark.parametrize(
    ("p", "alpha", "shown"),
    [
        (0.0499, 0.05, "p = 0.0499"), (0.0501, 0.05, "p = 0.050"), (0.049996, 0.05, "p = 0.049996"),
        (0.05, 0.05, "p = 0.050"), (0.03, 0.05, "p = 0.030"), (0.0996, 0.1, "p = 0.0996"), (0.2, 0.05, "p = 0.20"),
        (0.0004, 0.05, "p < 0.001"), (0.0004, 0.0002, "p = 0.0004"), (0.00004, 0.0002, "p = 4.0e-05"),
    ],
)  # fmt: skip
def test_a_p_value_is_printed_on_its_side_of_alpha(p: float, alpha: float, shown: str) -> None:
    assert _p(p, alpha) == shown
