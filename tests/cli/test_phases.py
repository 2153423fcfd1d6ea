"""A course of phases on the command line: every command takes it, files keep it, and bad phases exit with 2."""

from pathlib import Path

import pytest
from tests.cli.terminal import refused, run

from neodermis.care.consultation import example

PLAN = (
    "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes; "
    "then 2 sessions every 26 weeks: roller_mf8; cheek 1.5 mm, 4 passes; neck 0 mm, 0 passes"
)
FEW = ("--draws", "2", "--until", "420")


def test_a_course_of_phases_is_saved_run_again_and_written_to_every_file(tmp_path: Path) -> None:
    case, result, table, data = (tmp_path / name for name in ("case.json", "result.json", "c.csv", "c.nc"))
    files = ("--save-case", str(case), "--csv", str(table), "--netcdf", str(data), "--report", str(tmp_path / "c.html"))
    first = run("simulate", PLAN, *FEW, *files, "--json")
    assert first.json["protocol"] == PLAN
    days = [(one["day"], one["site"]) for one in first.json["sessions"]]
    assert days == [(0, "cheek"), (30, "cheek"), (212, "cheek"), (212, "neck"), (394, "cheek"), (394, "neck")]
    channels = [one["injury"]["channels_per_cm2"] for one in first.json["sessions"] if one["site"] == "cheek"]
    assert channels[0] == channels[1] != channels[2] == channels[3]
    assert run("simulate", str(case), "--json").json == first.json
    result.write_text(first.out, "utf-8")
    assert "the same numbers" in run("rerun", str(result)).err
    assert table.stat().st_size and data.stat().st_size and PLAN in (tmp_path / "c.html").read_text("utf-8")


def test_an_own_device_of_a_later_phase_travels_with_the_case(tmp_path: Path) -> None:
    own, case = tmp_path / "own.toml", tmp_path / "case.json"
    own.write_text(run("devices", "example").out, "utf-8")
    plan = "1 session: exceed; cheek 0.5 mm, 2 passes; then 1 session from day 20: my_pen; cheek 0.5 mm, 2 passes"
    few = ("--draws", "1", "--until", "40", "--device", str(own), "--save-case", str(case), "--json")
    first = run("simulate", plan, *few)
    own.unlink()
    assert run("simulate", str(case), "--json").json["outcomes"] == first.json["outcomes"]


@pytest.mark.parametrize(
    "words",
    [
        ("injure", PLAN, "--draws", "2"),
        ("deliver", "niacinamide", PLAN, "--draws", "2"),
        ("explain", "collagen_papillary", PLAN, "--day", "250"),
        ("care", "example", PLAN.replace("roller_mf8; cheek 1.5 mm", "exceed; cheek 0.5 mm"), "--draws", "2"),
        ("compare", PLAN, PLAN.replace("26 weeks", "20 weeks"), "--draws", "2"),
    ],
    ids=lambda words: words[0],
)
def test_other_commands_take_a_course_of_phases(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.status == 0 and done.out, done.err
    assert run(*words, "--json").json


def test_what_a_session_does_is_told_phase_by_phase() -> None:
    told = run("injure", PLAN, "--draws", "2")
    for words in ("cheek, phase 1: The needles enter", "cheek, phase 2: The needles enter", "neck, phase 2: Sham"):
        assert words in told.out
    text = run("simulate", PLAN, *FEW).out
    assert "A session of phase 1 takes" in text and "A session of phase 2 takes" in text
    single = run("injure", "1 session: exceed; cheek 1 mm, 4 passes", "--draws", "2").out
    assert "phase" not in single.partition("By layer")[0].replace("phototype", "")


def test_a_consultation_with_a_course_of_phases_is_screened_with_it(tmp_path: Path) -> None:
    file = tmp_path / "consultation.toml"
    head, mark, tail = example().partition("[plan]")
    file.write_text(f'{head}{mark}\nprotocol = "{PLAN}" {tail}', "utf-8")
    assert run("screen", str(file), "--json").json["overall"] in ("go", "adapt")
    assert run("simulate", str(file), "--draws", "1", "--until", "420", "--json").json["protocol"] == PLAN


@pytest.mark.parametrize(
    ("joint", "said"),
    [
        ("then 2 sessions every 30 days from day 20: exceed", ["'20'", "after the last session before it, 30"]),
        ("then 0 sessions every 30 days: exceed", ["sessions: 0", "1 to 60"]),
        ("and 2 sessions every 30 days from day 30: exceed", ["first day of phase 2", "day 30", "another first day"]),
        ("and 2 sessions every 30 days: exceed", ["'from day'"]),
        ("then 1 session: exceed", ["'from day' and a day"]),
        ("then 2 sessions every 30 days: exced", ["did you mean 'exceed'?"]),
    ],
)
@pytest.mark.usefixtures("no_work")
def test_a_phase_that_cannot_be_exits_with_2(joint: str, said: list[str]) -> None:
    first = "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes"
    refused(run("simulate", f"{first}; {joint}; cheek 1 mm, 4 passes"), *said)
