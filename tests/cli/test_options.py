"""One option has one meaning: fields of errors, quiet, notes, completion, and tables in the width that there is."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.terminal import COMMAND, EXCEED, SHORT, TOO_DEEP_HERE, ran_once, refused, run, run_alone
from tests.cli.test_process import COMMANDS

import neodermis as nd
from neodermis.cli.flags import option_of
from neodermis.errors import InputError
from neodermis.report.tables import table_lines

# ------------------------------------------------------------------------------------------------- fields

#: What is wrong → the words of the command, the call in Python, the field, and the option that the terminal names.
FIELDS: dict[str, tuple[tuple[str, ...], Callable[[], Any], str, str]] = {
    "age": (("simulate", SHORT, "--age", "12"), lambda: nd.simulate(SHORT, age=12), "patient.age", "--age"),
    "sex": (("injure", SHORT, "--sex", "x"), lambda: nd.injure(SHORT, sex="x"), "patient.sex", "--sex"),  # type: ignore[arg-type]
    "exposure": (
        ("simulate", SHORT, "--exposure", "smoking=999"),
        lambda: nd.simulate(SHORT, exposures={"smoking": "999"}),
        "patient.exposures.smoking", "--exposure smoking",
    ),
    "horizon": (("simulate", SHORT, "--until", "-3"), lambda: nd.simulate(SHORT, until=-3),
                "numerics.until", "--until"),
    "draws": (("deliver", "caffeine", SHORT, "--draws", "0"), lambda: nd.deliver("caffeine", SHORT, draws=0),
              "numerics.draws", "--draws"),
    "parameter": (
        ("simulate", SHORT, "--set", "labile_share=7"),
        lambda: nd.simulate(SHORT, set={"labile_share": 7}), "parameters.labile_share", "--set labile_share",
    ),
    "day": (("explain", "elastin", SHORT, "--day", "-1"), lambda: nd.explain("elastin", -1, SHORT), "day", "--day"),
    "contact": (("deliver", "caffeine", SHORT, "--for", "0"), lambda: nd.deliver("caffeine", SHORT, for_hours=0),
                "delivery.for_hours", "--for"),
    "depth": (("simulate", TOO_DEEP_HERE), lambda: nd.simulate(TOO_DEEP_HERE), "plan.depth_mm", ""),
    "sentence": (("simulate", "1 session: excede; cheek 1 mm"), lambda: nd.simulate("1 session: excede; cheek 1 mm"),
                 "plan", ""),
}  # fmt: skip


@pytest.mark.parametrize(("words", "call", "field", "option"), FIELDS.values(), ids=FIELDS)
def test_an_error_carries_its_field_and_the_terminal_names_the_option(
    words: tuple[str, ...], call: Callable[[], Any], field: str, option: str
) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.field == field
    assert not re.search(r"(?<!\w)--[a-z]", str(caught.value))
    assert option_of(field) == option
    refused(run(*words), *([f"error: {option}"] if option else []))
    told = run(*words, "--json")
    refused(told, f"field: {field}")
    assert not re.search(r"(?<!\w)--[a-z]", told.err)


def test_an_option_that_was_not_given_is_not_named(folder: Path) -> None:
    (folder / "young.toml").write_text("age = 12\n", "utf-8")
    ran = run("simulate", SHORT, "--patient", "young.toml")
    refused(ran, "age", "18 to 100")
    assert "--age" not in ran.err


def test_the_nearest_name_comes_before_the_list_which_is_complete() -> None:
    err = run("parameters", "show", "labile_shore").err
    assert err.index("did you mean 'labile_share'?") < err.index("accepted: ")
    names = [entry["name"] for entry in ran_once("parameters", "--json").json["parameters"]]
    assert all(name in err for name in names)


# ------------------------------------------------------------------------------------------------- one meaning


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_can_be_quiet(words: tuple[str, ...]) -> None:
    assert "--quiet" in ran_once(*words, "--help").out


@pytest.mark.parametrize("words", [("simulate", SHORT, "--draws", "1"), ("injure", SHORT, "--draws", "1")], ids=str)
def test_quiet_leaves_results_and_errors(words: tuple[str, ...], folder: Path) -> None:
    quiet = run(*words, "--quiet", "--exposure", "diet=poor", "--plot", "x.png")
    assert (quiet.status, quiet.err) == (0, "")
    assert quiet.out
    assert run(*words).err  # it holds for one command
    refused(run(*words, "--quiet", "--age", "12"), "--age")


def test_quiet_says_nothing_of_preparation(folder: Path) -> None:
    environment = {"NEODERMIS_CACHE": str(folder / "cache"), "XDG_CACHE_HOME": str(folder / "cache")}
    ran = run_alone("cascade", "--quiet", **environment)
    assert (ran.status, ran.err) == (0, "")


def test_notes_are_counted_on_one_line_and_printed_where_asked_for() -> None:
    words = ("injure", SHORT, "--draws", "1")
    counted = ran_once(*words)
    assert counted.err == "note: 4 notes on the device's geometry, 1 on what is not modelled: --notes prints them\n"
    every = ran_once(*words, "--notes")
    lines = [line.removeprefix("note: ") for line in every.err.splitlines()]
    assert sorted(lines) == sorted(ran_once(*words, "--json").json["warnings"])
    assert len(lines) == 5 and every.out == counted.out


def test_news_of_a_run_is_never_only_counted() -> None:
    ran = run("injure", TOO_DEEP_HERE, "--draws", "1", "--beyond-limits")
    assert "note: 1.2 mm at the periorbital is beyond 1 mm" in ran.err


RENAMED = {
    "audience of a screening": (("screen", "x.toml", "--for", "patient"), "--audience patient"),
    "audience of care": (("care", "example", EXCEED, "--for", "patient"), "--audience patient"),
    "device of a screening": (("screen", "x.toml", "--device", "exceed"), "--device-id exceed"),
    "times of a delivery": (("deliver", "caffeine", SHORT, "--compare", "2,6"), "--alternatives 2,6"),
}


@pytest.mark.parametrize(("words", "now"), RENAMED.values(), ids=RENAMED)
def test_an_option_of_another_meaning_is_answered_with_its_new_name(words: tuple[str, ...], now: str) -> None:
    refused(run(*words), words[-2], f"do: {now}")


@pytest.mark.parametrize(
    ("line", "offered"),
    [("neodermis sim", {"simulate"}), ("neodermis devices show ex", {"exceed", "exceed_unlimited"}),
     ("neodermis explain collagen_p", {"collagen_papillary"}), ("neodermis skin --site ch", {"cheek", "chin"}),
     ("neodermis simulate --notes --sa", {"--save-case"})],
)  # fmt: skip
def test_a_shell_completes_commands_options_and_names(line: str, offered: set[str]) -> None:
    words = line.split()
    asked = {"_NEODERMIS_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    code = f"import sys; sys.argv = ['neodermis']; {COMMAND[-1]}"
    ran = run_alone(command=(COMMAND[0], "-c", code), **asked)
    found = set(ran.out.split())
    assert offered & found and all(one.startswith(words[-1]) for one in found), ran


def test_help_offers_to_install_the_completion() -> None:
    assert "--install-completion" in ran_once("--help").out


# ------------------------------------------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [(("devices", "--kind", "roller"), "kind", "roller"), (("rules", "--category", "defer"), "category", "defer"),
     (("outcomes", "--better", "lower"), "better", "lower"), (("evidence", "--species", "human"), "species", "human")],
)  # fmt: skip
def test_a_filter_keeps_the_entries_of_a_value(words: tuple[str, ...], field: str, value: str) -> None:
    some, every = ran_once(*words, "--json").json, ran_once(words[0], "--json").json
    assert some == [entry for entry in every if entry[field] == value]
    assert 0 < len(some) < len(every)
    assert f"{len(some)} of {len(every)}" in ran_once(*words).out


def test_find_keeps_the_entries_with_a_text() -> None:
    found = ran_once("sites", "--find", "PERIORBITAL", "--json").json
    assert {"periorbital"} <= {entry["id"] for entry in found} < {e["id"] for e in ran_once("sites", "--json").json}
    refused(run("sites", "--find", "no such text"), "--find", "no such text")
    refused(run("devices", "--kind", "rollr"), "unknown kind", "did you mean 'roller'?")


# ------------------------------------------------------------------------------------------------- tables

WIDE = [("devices",), ("parameters",), ("rules",), ("outcomes",), ("evidence",), ("actives",), ("claims",)]


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("words", WIDE, ids=" ".join)
def test_a_table_fits_the_columns(words: tuple[str, ...], columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run(*words).out.splitlines()
    text = [line for line in lines if len(line) > columns and not re.search(r"[.:;] ", line)]
    assert text == [], text[0]
    assert not any(line != line.rstrip() for line in lines)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_tables_of_a_course_fit_the_columns(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run("simulate", SHORT, "--draws", "2", "--quiet").out.partition("Course, ")[2].partition("Not mod")[0]
    assert "day" in lines
    assert max(map(len, lines.splitlines())) <= columns


def test_a_piped_table_is_not_padded() -> None:
    for words in WIDE:
        lines = ran_once(*words).out.splitlines()
        assert not any(line != line.rstrip() for line in lines)
    assert "COLUMNS" not in os.environ


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 300])
def test_no_width_loses_or_breaks_a_word(width: int) -> None:
    header = ("name", "what it is", "")
    rows = [("one", "a text of several words, and some more of them", "12"), ("another_name", "short", "")]
    lines = list(table_lines("A title of some words", header, rows, width))
    assert max(map(len, lines)) <= width
    for row in rows:
        for word in " ".join(row).split():
            assert any(word in line for line in lines), (word, lines)
