"""The parts of README.md that are computed: between ``<!-- made: NAME -->`` and ``<!-- end -->``.

The forecast's table rests on ``validation/prior_predictive.json``; the examples are run.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import neodermis
from docs.pages import paragraph, table
from neodermis.api import simulate_arm
from neodermis.evidence import load_bibliography, load_parameters, load_study
from neodermis.report.evidence import write_arms_plot
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.raters import FAMILIES
from neodermis.wording import lower_first, number_text, signed_text

ROOT: Final = Path(__file__).resolve().parents[1]
README: Final = ROOT / "README.md"
RESULTS: Final = ROOT / "validation" / "prior_predictive.json"
_PART: Final = re.compile(r"(?P<begin><!-- made: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
#: Characters of a line of printed output.
WIDTH: Final = 110


@cache
def kept() -> Mapping[str, Any]:
    """The results of the prior predictive check."""
    found: Mapping[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return found


# ----------------------------------------------------------------------------------------------- the forecast


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def forecast() -> Iterator[str]:
    """Coverage of the prior predictive check, and the table by family of outcomes."""
    whole, last = kept()["numbers"], kept()["by_family"][-1]
    ours, theirs = last["error_compared"], last["error_pooled"]
    closer = f"the pooled mean of other studies is {'closer' if theirs < ours else 'no closer'}"
    yield paragraph(
        f"**{100 * whole['inside']:.0f} % of the {whole['numbers']} published numbers** that the model predicts "
        f"(90 % confidence interval {100 * whole['lower90']:.0f} to {100 * whole['upper90']:.0f} %, {whole['people']} "
        "groups of people) lie within its 90 % predictive interval. The model was not fitted to them, and its "
        f"intervals are wide. On the {last['compared']} numbers that both predict, {closer}: a mean error of "
        f"{theirs:.1f} against {ours:.1f}."
    )
    yield ""
    yield from table(
        ("outcome", "numbers (groups)", "within 90 %", "model error", "pooled mean", "null curve", "compared"),
        (
            (
                each["name"], f"{each['numbers']} ({each['people']})", f"{100 * each['inside']:.0f} %",
                _number(each["error_compared"] if each["compared"] else each["error"]),
                _number(each["error_pooled"]), _number(each["error_null"]), each["compared"] or "–",
            )
            for each in kept()["by_family"]
        ),
    )  # fmt: skip
    yield ""
    yield paragraph(
        "Errors are in units of the smallest change that matters. The pooled mean is that of the other groups of "
        "people for the same outcome, and the null curve has five parameters fitted to them. The full rule is "
        "[below](#how-the-predictions-are-made)."
    )


def forecast_notes() -> Iterator[str]:
    """How the table of the forecast was computed, and what is not in it."""
    said = kept()["statements"]
    away = sum(number for why, number in kept()["not_asked"].items() if why.startswith("not modelled"))
    parameters = load_parameters()
    assumed = sum(p.assumed for p in parameters)
    score, base = (kept()["by_statement"][-1][name] for name in ("score", "score_base"))
    yield paragraph(
        "Errors in the table above are mean absolute differences between the predicted median and the published "
        "number, in units of the smallest change that matters (1 grade, 24 hours of erythema, 10 % of baseline, 10 % "
        "of people). The two rivals are trained on the published numbers of the other groups of people: the mean of "
        "the same outcome in the same unit, and a curve of five parameters in dose and time. All three errors are "
        "taken over the compared numbers, those that both rivals predict; otherwise (–) the model error is taken over "
        "all numbers. Each group of people has the same weight. Differences between sides and arms are in "
        "[a table of their own](docs/validation/prior_predictive.md). The table leaves out "
        f"{said['statements']} results that state only a direction or a significance: the mean logarithm of the "
        f"probability that the model gives them is {score:.2f}, and that of the base rate of such results {base:.2f} "
        f"(0 is the best). It also leaves out {away} results on outcomes that this version does not model. Of the "
        f"{len(parameters)} parameters {100 * assumed / len(parameters):.0f} % are assumed."
    )


# ----------------------------------------------------------------------------------------------- the picture


def _distance(row: Mapping[str, Any]) -> float:
    """How far a published number lies from the predicted median, over half the interval's width."""
    median, low, high = row["predicted"]
    return abs(sum(row["observed"]) / 2.0 - median) / max((high - low) / 2.0, 1.0)


@cache
def chosen() -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Study, arm and outcome of the panels: of scars and collagen the arm met at most times, and the worst missed."""
    drawn = {*FAMILIES["scars"], *FAMILIES["histology"]}
    arms: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in kept()["rows"]:
        if row["observed"] and row["unit"] == "% of baseline" and not row["scar_type"]:
            arms.setdefault((row["study"], row["arm"], row["outcome"]), []).append(row)
    met = {key: rows for key, rows in arms.items()
           if key[2] in drawn and all(row["verdict"] == "inside" for row in rows)}  # fmt: skip
    missed = {key: rows for key, rows in arms.items() if all(row["verdict"] == "missed" for row in rows)}
    best = max(met, key=lambda key: (len({row["day"] for row in met[key]}), -max(map(_distance, met[key]))))
    worst = max(missed, key=lambda key: max(map(_distance, missed[key])))
    return best, worst


def picture(path: Path) -> None:
    """Write the figure of an arm that the model predicts and an arm that it misses."""
    panels = []
    for title, (name, arm, outcome) in zip(("predicted", "missed"), chosen(), strict=True):
        study = load_study(name)
        course = simulate_arm(study, arm, draws=kept()["draws"], seed=kept()["seed"], scatter=True)
        panels.append((f"{title}: {name}", study, arm, course, outcome))
    write_arms_plot(panels, path)


def _told(key: tuple[str, str, str]) -> str:
    """An arm of the picture in words, with the last result."""
    name, _, outcome = key
    row = max(
        (r for r in kept()["rows"] if (r["study"], r["arm"], r["outcome"]) == key and r["observed"]),
        key=lambda r: r["day"],
    )
    study = load_study(name)
    source = load_bibliography()[study.source]
    address = f"https://doi.org/{source.doi}" if source.doi else source.address
    label = f"[{name}]({address})" if address.startswith("https://") else name
    median, low, high = (signed_text(value) for value in row["predicted"])
    return (
        f"{label}, {lower_first(OUTCOMES[outcome].label)} on day {number_text(row['day'])}: published "
        f"{signed_text(sum(row['observed']) / 2.0)} %, predicted {median} % "
        f"(90 % predictive interval {low} to {high} %)"
    )


def shown() -> Iterator[str]:
    """The picture and its caption."""
    met, missed = chosen()
    yield (
        "![Two published study arms: change in the outcome over time, with the 90 % predictive interval and the "
        "published results, which lie within it on the left and outside it on the right](docs/images/forecast.png)"
    )
    yield ""
    yield paragraph(
        f"*A published result that the model predicts, and one that it misses. Left: {_told(met)}. Right: "
        f"{_told(missed)}. Error bars: 90 % confidence interval of the published mean, where the study gives a "
        "standard deviation.*"
    )


# ----------------------------------------------------------------------------------------------- examples

#: Example → the commands as they are printed, and those that are run (the last one's output is shown).
_PLAN: Final = '"4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"'
EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "simulate": (f"neodermis simulate {_PLAN} --age 28 --phototype 4 --concern acne_scar=goodman_baron:3",),
    "screen": ("neodermis screen --example > patient.toml", "neodermis screen patient.toml"),
    "deliver": ('neodermis deliver niacinamide --percent 4 --after 2 "1 session: exceed; cheek 0.5 mm, 4 passes"',),
}
#: Lines of output that are shown of each.
SHOWN: Final[Mapping[str, int]] = {"simulate": 9, "screen": 5, "deliver": 6}


def output(name: str, folder: Path) -> str:
    """What the last command of an example prints on standard output; files are written into ``folder``."""
    printed = ""
    environment = os.environ | {"PYTHONPATH": str(Path(neodermis.__file__).parents[1])}  # this one, from any folder
    for command in EXAMPLES[name]:
        words, _, file = command.partition(" > ")
        run = [sys.executable, "-m", *shlex.split(words)]
        done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=folder, env=environment)
        printed = done.stdout
        if file:
            (folder / file).write_text(printed, "utf-8")
    return printed


def example(name: str) -> Iterator[str]:
    """The commands and the first lines of what the last one prints, without those that name a date.

    The year in the name of a source is no date: the risks cite such sources and must not be missing here.
    """
    with tempfile.TemporaryDirectory() as folder:
        lines = output(name, Path(folder)).splitlines()
    told = [line for line in lines if line.strip() and not re.search(r"(?<!-)\b20\d\d\b(?!-)", line)]
    yield "```console"
    yield from (f"$ {command}" for command in EXAMPLES[name])
    for line in told[: SHOWN[name]]:
        yield from textwrap.wrap(line, WIDTH, subsequent_indent="    ", break_on_hyphens=False) or [""]
    yield "…"
    yield "```"


# ----------------------------------------------------------------------------------------------- the file

PARTS: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "picture": shown,
    "forecast": forecast,
    "forecast-notes": forecast_notes,
    **{f"example-{name}": lambda name=name: example(name) for name in EXAMPLES},  # type: ignore[misc]
}


def text() -> str:
    """README.md with every computed part computed again."""

    def made(part: re.Match[str]) -> str:
        return f"{part['begin']}{chr(10).join(PARTS[part['name']]())}\n{part['end']}"

    found = _PART.sub(made, README.read_text("utf-8"))
    missing = [name for name in PARTS if f"<!-- made: {name} -->" not in found]
    if missing:
        raise ValueError(f"README.md has no part {', '.join(missing)}")
    return found
