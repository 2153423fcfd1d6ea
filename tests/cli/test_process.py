"""The command as a process: help at once, a closed pipe, any terminal's encoding, the installed script."""

import json
import re
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.cli.terminal import COMMAND, EXCEED, SHORT, Ran, ran_once, refused, run, run_alone

from neodermis.cli import app


def commands() -> dict[tuple[str, ...], Any]:
    """Every command and group, by the words that call it."""

    def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        yield words, command
        for name, inside in getattr(command, "commands", {}).items():
            yield from walk(inside, (*words, name))

    return dict(walk(typer.main.get_command(app), ()))


COMMANDS = commands()


def helped(*words: str) -> str:
    return " ".join(ran_once(*words, "--help").out.split())


def read_one_line(*words: str) -> Ran:
    """``neodermis WORDS | head -1``."""
    with subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        return Ran(process.wait(timeout=60), line.decode("utf-8"), err.decode("utf-8", "replace"))


# ------------------------------------------------------------------------------------------------- help


def test_commands_are_those_that_work() -> None:
    assert {words[0] for words in COMMANDS if words} == {
        "simulate", "injure", "skin", "people", "cascade", "explain", "demo", "devices", "sites", "outcomes",
        "exposures", "concerns", "parameters", "evidence", "actives", "deliver", "screen", "rules", "care", "claims",
        "cite", "rerun", "compare", "validate", "calibrate", "sensitivity", "plan", "update", "section",
        "serve", "clinic", "trial", "export",
    }  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_has_an_example(words: tuple[str, ...]) -> None:
    text = helped(*words)
    assert "Usage: " in text
    assert f"neodermis {' '.join(words)}".strip() in text.partition("Options:")[2]


#: Commands that serve until they are stopped, or work on the data of a clinic: tests/clinic runs them.
OF_A_CLINIC = {words for words in COMMANDS if words[:1] in {("serve",), ("clinic",)}}


@pytest.mark.parametrize(
    "words", [words for words in COMMANDS if words not in {(), ("demo",)} | OF_A_CLINIC], ids=" ".join
)
def test_example_in_the_help_runs(words: tuple[str, ...], folder: Path) -> None:
    _, found, example = helped(*words).rpartition("Example: neodermis ")
    assert found
    draws = ["--draws", "1"] if words == ("simulate",) else []
    result = {"command": "injure", "case": {"protocol": SHORT}, "sources": [{"key": "ablon-2018", "for": ["depth"]}]}
    (folder / "result.json").write_text(json.dumps(result), "utf-8")
    if words == ("trial",):
        (folder / "t.toml").write_text(run("trial", "example").out, "utf-8")
    ran = run(*shlex.split(example), *draws)
    assert ran.status == 0, ran.err
    assert ran.out


#: The commands that print a document or a format of their own, or nothing but that they serve.
OTHER_FORMATS = {("serve",), ("evidence", "schema"), ("evidence", "bibtex"), ("devices", "example")}


@pytest.mark.parametrize(
    "words",
    [words for words, command in COMMANDS.items() if not hasattr(command, "commands") and words not in OTHER_FORMATS],
    ids=" ".join,
)
def test_every_command_takes_json(words: tuple[str, ...]) -> None:
    assert "--json" in helped(*words)


def test_help_is_shown_without_arguments() -> None:
    bare = run()
    assert bare.status in (0, 2)
    text = bare.out + bare.err
    for words in COMMANDS:
        assert words[:1] == () or words[0] in text
    assert "Traceback" not in text


def test_short_help_is_the_same() -> None:
    assert ran_once("-h").out == ran_once("--help").out


def test_help_of_simulate_states_the_defaults() -> None:
    text = helped("simulate")
    for said in ("[default: 45]", "[default: female]", "[default: 3]", "[default: 100]", "[default: 0]"):
        assert said in text


def test_version_is_printed() -> None:
    assert re.fullmatch(r"neodermis \d+\.\d+\.\d+\S*\n", ran_once("--version").out)


# --------------------------------------------------------------------------------------- what a command imports

#: The option reader itself: it brings pydantic as soon as a command has options.
READER = {"typer", "annotated_doc", "shellingham", "click"}
OPTIONED = READER | {"pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"}
#: Where data files are kept as they were parsed.
KEPT = {"platformdirs"}
#: What a course needs: NumPy for numbers, LLVM to load its machine code from the user's cache folder.
COURSE = {"numpy", "llvmlite", "platformdirs"}
#: JAX, and what it brings: only where the equations are traced, differentiated or run by it.
BY_JAX = COURSE | {"jax", "jaxlib", "ml_dtypes", "opt_einsum", "pygments"}
#: Words → third-party modules that they may import; ``None`` for the package alone.  A module that is not in the list
#: of a command costs its start-up time: a heavy one is imported where it is used.
MAY_IMPORT: dict[tuple[str, ...] | None, set[str]] = {
    None: set(),
    ("--help",): READER,
    ("simulate", "--help"): OPTIONED,
    ("simulate",): OPTIONED,
    ("devices",): OPTIONED | KEPT,
    ("devices", "show", "exceed"): OPTIONED | KEPT,
    ("actives",): OPTIONED | KEPT,
    ("parameters",): OPTIONED | KEPT,
    ("parameters", "show", "labile_share"): OPTIONED | KEPT,
    ("evidence",): OPTIONED | KEPT,
    ("evidence", "schema"): OPTIONED,
    ("sites",): OPTIONED | KEPT,
    ("rules",): OPTIONED | KEPT,
    ("screen", "--example"): OPTIONED | KEPT,
    ("outcomes",): OPTIONED | KEPT,
    ("exposures",): OPTIONED | KEPT,
    ("exposures", "show", "smoking"): OPTIONED | KEPT,
    ("concerns",): OPTIONED | KEPT,
    ("concerns", "show", "acne_scar"): OPTIONED | KEPT,
    ("people", "--people", "10"): OPTIONED | KEPT | {"numpy"},
    ("skin", "--draws", "1", "--ages", "45"): OPTIONED | COURSE,
    ("evidence", "show", "lotfi-2013"): OPTIONED | KEPT,
    ("evidence", "figures", "--draws", "1"): OPTIONED | BY_JAX,
    ("cascade",): OPTIONED | BY_JAX,
    ("simulate", "hello"): OPTIONED | KEPT | {"lark"},
    ("injure", SHORT, "--draws", "1"): OPTIONED | {"lark"} | COURSE,
    ("explain", "elastin", SHORT): OPTIONED | {"lark"} | COURSE,
    ("simulate", SHORT, "--draws", "1"): OPTIONED | {"lark"} | COURSE,
    ("simulate", SHORT, "--draws", "1", "--json"): OPTIONED | {"lark"} | COURSE,
}


@pytest.mark.parametrize("words", MAY_IMPORT, ids=lambda words: "import" if words is None else " ".join(words))
def test_a_command_imports_no_more_than_it_needs(words: tuple[str, ...] | None, folder: Path) -> None:
    """Start-up time by what is imported, which a test can tell from one machine to the next."""
    command = "from neodermis.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass"
    look = (
        f"import sys\nbefore = set(sys.modules)\n{'import neodermis' if words is None else command}\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)\n"
        "print('loaded:', *sorted(name for name in new if not name.startswith('_') and not name.startswith('cython')))"
    )
    if words is not None and "llvmlite" in MAY_IMPORT[words]:
        run_alone(*words)  # what is not in the cache of compiled code is traced
    ran = run_alone(*(words or ()), command=(sys.executable, "-c", look))
    loaded = set(ran.out.rpartition("loaded:")[2].split())
    assert "neodermis" in loaded, ran.err
    assert loaded - {"neodermis"} <= MAY_IMPORT[words]


# ------------------------------------------------------------------------------------------------- as a process


def test_installed_script_runs() -> None:
    scripts = Path(sysconfig.get_path("scripts"))
    (script,) = [path for path in scripts.glob("neodermis*") if path.stem == "neodermis"]
    assert run_alone("--version", command=[str(script)]).out == ran_once("--version").out


def test_process_prints_what_it_prints_here_whatever_the_folder_and_the_colours(folder: Path) -> None:
    words = ("simulate", SHORT, "--draws", "2")
    run(*words)  # what is compiled for the first time is told, and this is about the rest
    alone = run_alone(*words, NO_COLOR="1")
    assert alone.status == 0
    assert alone == run(*words)


def test_process_refuses_as_here() -> None:
    words = ("parameters", "show", "labile_shore")
    refused(run_alone(*words), "'labile_shore'", "did you mean 'labile_share'?")
    assert run_alone(*words) == run(*words)


@pytest.mark.parametrize(
    "words",
    [["parameters"], ["parameters", "--json"]],
    ids=["table", "document"],
)  # fmt: skip
def test_closed_pipe_ends_quietly(words: list[str]) -> None:
    ran = read_one_line(*words)
    assert ran.out.endswith("\n")
    assert not re.search("Traceback|Error|Broken|Exception", ran.err), ran.err
    assert all(line.startswith("note: ") for line in ran.err.splitlines())


@pytest.mark.parametrize(
    ("words", "line"),
    [(["parameters"], None), (["simulate", EXCEED, "--draws", "1", "--json"], "{\n")],
    ids=["table", "course"],
)
def test_closed_pipe_in_a_shell_ends_quietly(words: list[str], line: str | None) -> None:
    command = f"{shlex.join([*COMMAND, *words])} | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    assert len(done.stdout.splitlines()) == 1
    assert line in (None, done.stdout)
    assert not re.search("Traceback|Error|Broken|Exception", done.stderr), done.stderr


@pytest.mark.parametrize(
    ("words", "encoding"),
    [(["simulate", SHORT, "--draws", "1"], "ascii"), (["devices", "show", "exceed"], "ascii"),
     (["parameters"], "cp1252")],
    ids=["text", "entry", "table"],
)  # fmt: skip
def test_any_encoding_of_the_terminal_will_do(words: list[str], encoding: str) -> None:
    ran = run_alone(*words, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert "Traceback" not in ran.err, ran.err[-500:]
    assert ran.status == 0
    assert ran.out
