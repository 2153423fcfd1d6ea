"""The design holds: one door to each outside thing, no numbers with a unit in code, one page per mechanism."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "neodermis"
MODULES = sorted(PACKAGE.rglob("*.py"))
SKIN = sorted(path for path in (PACKAGE / "skin").glob("*.py") if path.name != "__init__.py")
HEADINGS = ["Biology", "Equations", "Reads", "Writes", "Evidence"]


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


# ------------------------------------------------------------------------------------------------- numbers

#: Numbers that may stand in an equation, and why.  None of them has a dimension.
PLAIN = {
    0: "nothing; an index",
    1: "unity; an index",
    2: "halves, squares, half-times, a diameter of two radii",
    3: "the third of a cone; the exponent of the cooperative step",
    4: "π/4 of a diameter",
    0.5: "a half; the threshold of a switch",
    10: "a decimal power",
    24: "hours in a day",
    60: "seconds in a minute",
    100: "percent; mm² in cm²",
    1000: "µm in mm",
    365.25: "days in a year",
    1e-8: "a guard where a quotient turns 0/0",
}
#: Numbers that are allowed in one place only, and why.
PLACES = {
    ("skin/tissue.py", "Grid", 6): "cells of the papillary dermis: numerics",
    ("skin/tissue.py", "Grid", 12): "cells of the reticular dermis: numerics",
    ("skin/tissue.py", "RETICULAR_GRADING", 2.5): "growth of the cells with depth: numerics",
    ("skin/needling.py", "PARTS", 32): "parts of the bracket of the reached depth: numerics",
    ("skin/injury.py", "DEPTHS", 16): "depths that stand for the entries: numerics",
    ("treatment/pattern.py", "GOLDEN_ANGLE", 5): "√5 of the golden ratio",
    ("skin/exposures.py", "CHANGES", 6): "changes that a life may have: what is carried of it",
    ("skin/exposures.py", "STEPS", 160): "steps in which a life is reckoned: numerics",
    ("skin/exposures.py", "SHORTENING", 148): "how much shorter the last of them is than the first: numerics",
    ("skin/outcomes.py", "scarred", 0.1): "a share between two fates that lie orders of magnitude apart",
    ("skin/outcomes.py", "Outcome", 0.1): "a share, stated as assumed beside it",
    ("skin/epidermis.py", "set_point", 0.1): "a floor that only a dermis without collagen would reach",
    ("skin/injury.py", "influenced", 6.0): "Simpson's rule",
    ("skin/heat.py", "LEVELS", 6): "depths in a cell at which columns are measured: numerics",
    ("skin/heat.py", "coagulated_size_mm", 8.0): "π/8 of a paraboloid",
    ("skin/delivery.py", "LINE_MOLAR_MASS", 18): "published range of the line of permeabilities",
    ("skin/delivery.py", "LINE_MOLAR_MASS", 584): "published range of the line of permeabilities",
    ("skin/delivery.py", "LINE_LOG_KOW", 5): "published range of the line of permeabilities",
    ("skin/delivery.py", "hindrance", 2.104): "published polynomial of a sphere in a pore: no unit",
    ("skin/delivery.py", "hindrance", 2.09): "published polynomial of a sphere in a pore: no unit",
    ("skin/delivery.py", "hindrance", 0.95): "published polynomial of a sphere in a pore: no unit",
    ("skin/delivery.py", "hindrance", 5): "published polynomial of a sphere in a pore: no unit",
    ("skin/delivery.py", "Cells", 72): "cells of the stratum corneum: numerics",
    ("skin/delivery.py", "Cells", 6): "cells of the viable epidermis: numerics",
    ("skin/delivery.py", "Cells", 16): "cells of the reticular dermis: numerics",
    ("skin/delivery.py", "lag_hours", 6): "the lag of a slab, L²/6D",
    ("treatment/schedule.py", "MAX_INTERVAL_DAYS", 365): "what the sentence accepts",
    ("treatment/schedule.py", "MAX_SITES", 20): "what the sentence accepts",
    ("treatment/schedule.py", "MAX_PHASES", 8): "what the sentence accepts",
    ("treatment/anaesthetic.py", "MOST_MINUTES", 300): "what the text accepts",
    ("treatment/anaesthetic.py", "MAX_TEXT", 200): "what the text accepts",
    ("treatment/active.py", "MAX_AFTER_HOURS", 168): "what the sentence accepts",
    ("treatment/active.py", "MAX_GAP_DAYS", 30): "what the sentence accepts",
    ("treatment/active.py", "read_percent", 1e6): "how much less than the most is still some",
    ("treatment/device.py", "_SAME", 1e-9): "rounding of decimal fractions",
    ("treatment/_sentence.py", "MAX_SENTENCE", 5000): "length of a sentence that is read",
    ("treatment/_sentence.py", "_MAX_WORDS", 20): "words that are tried as one name",
    ("treatment/_sentence.py", "_MOST_REPAIRS", 40): "repairs of a sentence that are tried",
    ("treatment/_sentence.py", "_NEAR", 0.75): "how like a word a misspelling must be",
    ("treatment/_sentence.py", "_MAX_NUMBER", 40): "length of a number that is read",
    ("treatment/_sentence.py", "_Reading", 40): "length of a word in a message",
    ("treatment/_sentence.py", "_closest", 0.6): "how like a name a misspelling must be",
} | {("treatment/_sentence.py", "_NUMBER_WORDS", n): "words for numbers" for n in (5, 6, 7, 8, 9, 11, 12)}
PLACES |= {("treatment/_sentence.py", "_ORDINALS", n): "words for numbers" for n in (5, 6, 8)}


def numbers(path: Path) -> Iterator[tuple[str, float, int]]:
    """Numbers in a module with the top-level name they stand under and their line."""
    for statement in tree(path).body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        where = getattr(statement, "name", None) or getattr(target, "id", "")
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and type(node.value) in (int, float):
                yield where, node.value, node.lineno


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.parent.name in ("skin", "treatment")], ids=lambda path: name_of(path)
)
def test_no_number_with_a_unit_stands_in_code(path: Path) -> None:
    offenders = [
        f"{name_of(path)}:{line} {value} in {where}"
        for where, value, line in numbers(path)
        if value not in PLAIN and (name_of(path), where, value) not in PLACES
    ]
    assert offenders == []


def test_every_exception_is_still_needed() -> None:
    found = {(name_of(path), where, value) for path in MODULES for where, value, _ in numbers(path)}
    assert set(PLACES) - found == set()


# ------------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize("path", SKIN, ids=lambda path: path.stem)
def test_a_mechanism_opens_with_its_five_headings_in_order(path: Path) -> None:
    parts = re.split(rf"^({'|'.join(HEADINGS)})\b.*$", ast.get_docstring(tree(path)) or "", flags=re.MULTILINE)[1:]
    assert parts[::2] == HEADINGS
    assert all(body.strip() for body in parts[1::2])


@pytest.mark.parametrize("path", SKIN, ids=lambda path: path.stem)
def test_a_mechanism_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 600


# ------------------------------------------------------------------------------------------------- doors

TRANSFORMS = {"jit", "vmap", "pmap", "scan", "cond", "while_loop", "fori_loop", "lax", "custom_jvp", "custom_vjp"}


@cache
def imports(path: Path) -> set[str]:
    """Dotted names that a module imports, at any depth of its code."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


#: Who compiles, and with what: the solver, its kernel and the transport step in time, nothing else does; a check of
#: the fit samples many data sets side by side.
COMPILERS = {
    "inference/checks.py": {"jit", "vmap"},
    "simulation/_machine.py": {"jit"},
    "simulation/_kernel.py": {"vmap", "scan", "lax"},
    "simulation/_routine.py": {"vmap"},
    "simulation/solver.py": {"vmap", "scan", "lax"},
    "simulation/_transport.py": {"scan", "lax", "cond"},
}
STEPPERS = ("simulation/_kernel.py", "simulation/solver.py", "simulation/_transport.py")
#: Who has a function traced, and with what settings.
TRACERS = {
    "simulation/_machine.py", "simulation/solver.py", "simulation/_transport.py", "inference/model.py", "arrays.py",
}  # fmt: skip


def test_few_compile_and_three_step_in_time() -> None:
    for path in MODULES:
        jax = any(name == "jax" or name.startswith("jax.") for name in imports(path))
        if not jax and "neodermis.arrays.jax_as_needed" not in imports(path):
            continue
        used = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
        used |= {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
        used |= {name.rpartition(".")[2] for name in imports(path) if name.startswith("jax")}
        assert used & TRANSFORMS <= COMPILERS.get(name_of(path), set()), name_of(path)
        assert ("jit" in used) == (name_of(path) in ("simulation/_machine.py", "inference/checks.py"))
        assert ("scan" in used) == (name_of(path) in STEPPERS)


def test_jax_is_imported_by_few_and_only_where_something_is_traced() -> None:
    for path in MODULES:
        jax = {name for name in imports(path) if name == "jax" or name.startswith(("jax.", "jaxlib"))}
        assert not jax or name_of(path) in TRACERS, name_of(path)
        at_once = [node for node in tree(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {alias.name for node in at_once for alias in node.names} | {
            getattr(node, "module", "") for node in at_once
        }
        assert not {name for name in names if name and name.partition(".")[0] == "jax"}, name_of(path)


@pytest.mark.parametrize(
    ("library", "doors"),
    [
        (
            "pydantic",
            {
                "evidence/source.py",
                "treatment/_schema.py",
                "treatment/_catalogue.py",
                "care/consultation.py",
                "care/fields.py",
                "care/prescription.py",
                "api/case.py",
                "trials/design.py",
            },
        ),
        ("lark", {"treatment/_sentence.py"}),
        # distributions; what studies print with which probability; the fit of the null curve; rank correlation; fits;
        # members of a plan
        (
            "scipy",
            {
                "uncertain.py",
                "api/statistics.py",
                "api/sensitivity.py",
                "studies/rivals.py",
                "inference/",
                "planning/",
            },
        ),
        ("numpyro", {"inference/"}),
        ("SALib", {"api/sensitivity.py"}),
        ("statsmodels", {"trials/analysis.py"}),
        ("typer", {"cli/"}),
        ("matplotlib", {"report/", "results.py"}),
        ("pandas", {"report/results.py", "results.py", "exports/tables.py"}),
        ("pyarrow", {"exports/tables.py", "trials/blocks.py"}),
        ("typst", {"report/pdf.py"}),
        ("babel", {"texts/"}),
    ],
)
def test_an_outside_library_has_one_door(library: str, doors: set[str]) -> None:
    users = {name_of(path) for path in MODULES if any(name.split(".")[0] == library for name in imports(path))}
    assert all(any(user == door or (door.endswith("/") and user.startswith(door)) for door in doors) for user in users)


#: An option of a command; a variable of a style sheet begins likewise.
FLAG = re.compile(r"(?<![\w(-])--[a-z][a-z-]*(?![a-z-]*:)")


def test_no_text_below_the_command_line_names_an_option() -> None:
    """Errors name a field, which the command line maps to its option; the claims print commands, by design."""
    found = []
    for path in MODULES:
        if not name_of(path).startswith(("cli/", "claims/")):
            texts = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Constant))
            found += [(name_of(path), text.lineno) for text in texts if FLAG.search(str(text.value))]
    for path in PACKAGE.rglob("data/**/*.toml"):
        found += [
            (name_of(path), text) for text in texts_of(tomllib.loads(path.read_text("utf-8"))) if FLAG.search(text)
        ]
    assert found == []


def texts_of(value: object) -> Iterator[str]:
    """Every text of a document, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inside in value.values() if isinstance(value, dict) else value:
            yield from texts_of(inside)


@pytest.mark.parametrize(
    ("text", "names"), [("add --draws 3", True), (":root { --ink: #1; color: var(--ink) }", False)]
)
def test_an_option_is_told_from_a_style(text: str, names: bool) -> None:
    assert bool(FLAG.search(text)) == names


def test_every_field_of_the_command_line_is_one_of_an_option() -> None:
    from neodermis.cli import app
    from neodermis.cli.flags import FLAGS

    command = typer.main.get_command(app)
    options: set[str] = set()
    waiting = [command]
    while waiting:
        one = waiting.pop()
        options |= {name for parameter in one.params for name in parameter.opts}
        waiting += getattr(one, "commands", {}).values()
    assert set(FLAGS.values()) <= options


def test_the_skin_knows_neither_the_evidence_nor_a_needle_after_the_injury() -> None:
    for path in SKIN:
        assert not any(name.startswith(("neodermis.evidence", "neodermis.treatment")) for name in imports(path))


def test_importing_does_no_work() -> None:
    code = "import sys, neodermis; dir(neodermis); print(*sorted(m.split('.')[0] for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "neodermis" in loaded
    assert loaded & {"jax", "jaxlib", "numpy", "scipy", "lark", "pydantic", "matplotlib", "xarray", "typer"} == set()


def test_every_public_name_is_there() -> None:
    import neodermis

    assert all(getattr(neodermis, name) is not None for name in neodermis.__all__)
    with pytest.raises(AttributeError):
        _ = neodermis.nothing  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------------- the checkout

#: A path of one machine, or a host that packages come from; written so that this file does not match itself.
MACHINE = re.compile(r"(?<![\w./-])/(?:work|root|home|Users)/(?!-)" + r"|\b[A-Z]:\\Users\b")
HOSTS = re.compile(
    r"://[^\s\"'<>)]*(?:/simple\b|:\d{4,5}\b)|(?:files\.python" + r"hosted|pypi\.)\w+|127\.0\.0\.\d|192\.168\."
)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    paths = [ROOT / name for name in names if name]
    if not paths:  # an unpacked archive
        paths = [p for p in ROOT.rglob("*") if not any(part.startswith(".") for part in p.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file()]


def test_no_tracked_text_names_a_machine() -> None:
    texts = 0
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # an image
        texts += 1
        for number, line in enumerate(text.splitlines(), start=1):
            assert not MACHINE.search(line) and not HOSTS.search(line), f"{path.relative_to(ROOT)}:{number}"
    assert texts > 40


@pytest.mark.parametrize(
    "line", ["see /" + "work/x", "cd /" + "root/a", '"/' + 'home/me/b"', "https://host:" + "3141/simple/"]
)
def test_the_search_for_machines_finds_them(line: str) -> None:
    assert MACHINE.search(line) or HOSTS.search(line)
