"""``section`` as a terminal runs it: files, text, JSON, and what it refuses."""

from pathlib import Path

import pytest
from tests.cli.terminal import refused, run

ONE = "1 session: exceed; cheek 1.5 mm, 6 passes"
HOME = "1 session: home_roller; cheek 0.25 mm, 8 passes"


def test_it_writes_the_page_and_a_slide_and_prints_the_phases(tmp_path: Path) -> None:
    html, png = tmp_path / "a.html", tmp_path / "a.png"
    ran = run("section", ONE, HOME, "--html", str(html), "--png", str(png), "--day", "3", "--age", "60")
    assert ran.status == 0
    assert "Inflammation: " in ran.out and "60 years" in ran.out
    assert f"wrote {html}" in ran.err and f"wrote {png}" in ran.err
    assert html.stat().st_size < 1_000_000 and png.read_bytes().startswith(b"\x89PNG")


def test_two_patients_stand_beside_each_other(tmp_path: Path) -> None:
    cases = []
    for age in ("25", "65"):
        cases.append(str(tmp_path / f"{age}.json"))
        assert run("simulate", ONE, "--draws", "1", "--age", age, "--save-case", cases[-1]).status == 0
    document = run("section", *cases, "--json").json
    ages = [case["case"]["patient"]["age"] for case in document["cases"]]
    assert ages == [25, 65]
    assert document["cases"][0]["depth_faces_mm"][-1] > document["cases"][1]["depth_faces_mm"][-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((ONE, "--html", "nowhere/a.html"), ("nowhere/a.html", "give another path")),
        ((ONE, "--html", "a.png"), ("--html", ".html")),
        ((ONE, "--gif", "a.png"), ("--gif", ".gif")),
        ((ONE, "--png", "a.gif", "--day", "3"), ("--png", ".png")),
        ((ONE, "--png", "a.png"), ("--png and --day together",)),
        ((ONE, "--day", "3"), ("--png and --day together",)),
        ((ONE, "--png", "a.png", "--day", "400"), ("--day", "400", "0 to 365")),
        ((ONE, "--png", "a.png", "--day", "soon"), ("--day", "soon")),
        ((ONE, ONE, ONE), ("one case, or two",)),
        ((ONE, "1 session: exceed; forehead 0.5 mm, 6 passes"), ("sites", "forehead", "cheek")),
        ((ONE, "--site", "forehead"), ("--site", "forehead", "cheek")),
        ((ONE, "--until", "0"), ("--until",)),
        (("--html", "a.html"), ("protocol",)),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, tuple) else None,
)
def test_what_it_refuses(
    words: tuple[str, ...], said: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(run("section", *words), *said)
    assert list(tmp_path.iterdir()) == []


def test_without_a_case_it_prints_examples() -> None:
    ran = run("section")
    assert ran.out.count("neodermis section ") == 3
