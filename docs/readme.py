"""The parts of README.md that are computed: between ``<!-- made: NAME -->`` and ``<!-- end -->``.

The forecast's table rests on the shipped scorecard; the examples are run.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import neodermis
from docs.pages import paragraph, table
from neodermis.evidence import load_parameters
from neodermis.evidence.posterior import load_posterior
from neodermis.inference.folder import shipped as scorecard
from neodermis.report.scorecard import headline
from neodermis.studies.scorecard import JUDGED_FROM, TITLES

ROOT: Final = Path(__file__).resolve().parents[1]
README: Final = ROOT / "README.md"
_PART: Final = re.compile(r"(?P<begin><!-- made: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
#: Characters of a line of printed output.
WIDTH: Final = 110


# ----------------------------------------------------------------------------------------------- the forecast


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def forecast() -> Iterator[str]:
    """The scorecard in three sentences, and its table by family of outcomes."""
    card = scorecard()
    yield paragraph(" ".join(headline(card)).replace("Of ", "**Of ", 1).replace(" interval:", " interval**:", 1))
    yield ""
    rows = [*((TITLES[name], each) for name, each in card["summary"]["by_family"].items()), ("All", card["summary"])]
    yield from table(
        ("outcome", "numbers (groups)", "within 90 %", "error", "mean of other studies", "simulation alone", "λ"),
        (
            (
                title, f"{each['n']} ({each['n_people_groups']})", f"{100 * each['coverage90']:.0f} %",
                *(_number(each[f"mean_abs_error{end}"]) for end in ("", "_pooled_mean", "_mechanism")),
                f"{each['mechanism_weight']:.2f}",
            )
            for title, each in rows
        ),
    )  # fmt: skip
    yield ""
    yield paragraph(f"""Errors are in units of the smallest change that matters. λ is the weight of the simulation in
        the forecast of a study, learnt from the other groups of people; families of fewer than {JUDGED_FROM} groups are
        too few to judge. The misses come first on the [scorecard](docs/validation/scorecard.md); the full rule is
        [below](#how-the-predictions-are-made).""")


def forecast_notes() -> Iterator[str]:
    """How the table of the forecast was computed, and what is not in it."""
    card, parameters = scorecard(), load_parameters()
    assumed = sum(p.assumed for p in parameters)
    informed = load_posterior().informed_by
    groups, untested = card["summary"]["n_people_groups"], len(card["summary"]["not_testable"])
    yield paragraph(f"""Each of the {groups} groups of people is predicted by a fit to all others, as a new study: with
        heterogeneity between studies, its rater, its people and their readings. Errors are mean absolute differences
        between the forecast's median and the published number, in units of the smallest change that matters (1 grade,
        24 hours of erythema, 10 % of baseline, 10 % of people). Each group of people has the same weight. The mean of
        other studies is fitted with the same raters, heterogeneity and priors. Differences between sides and arms are
        in [a table of their own](docs/validation/prior_predictive.md), where results that state only a direction or a
        significance are scored. {untested} results are not tested, each with its reason. Studies inform {len(informed)}
        parameters; of all {len(parameters)} parameters {100 * assumed / len(parameters):.0f} % are assumed.""")


# ----------------------------------------------------------------------------------------------- the picture


def picture(path: Path) -> None:
    """Write the figure of the first example, as its command draws it."""
    (command,) = EXAMPLES["simulate"]
    with tempfile.TemporaryDirectory() as folder:
        _run([*shlex.split(command), "--plot", str(path)], Path(folder))


def patient_page(path: Path) -> None:
    """Write the patient's page of the first example's report as a picture."""
    import neodermis.report.pdf
    from neodermis.report.full_report import course_report
    from neodermis.report.letterhead import Letterhead

    course = neodermis.simulate(
        _PLAN.strip('"'), age=28, phototype=4, concerns={"acne_scar": "goodman_baron:3"}
    )  # fmt: skip
    page = course_report(course, Letterhead(name="Clinic at the park", contact=("1 Park Street",), phone="01 234 567"))
    path.write_bytes(neodermis.report.pdf.first_sheet(page))


def shown() -> Iterator[str]:
    """The picture and its caption."""
    yield (
        "![Predicted course of a patient with acne scars: grade of the scars and papillary collagen over time, with "
        "90 % credible intervals, the untreated course and the sessions](docs/images/forecast.png)"
    )
    yield ""
    yield paragraph(
        "*What `neodermis simulate … --plot course.png` draws for the example below: the grade of acne scars and the "
        "papillary collagen of a patient over four sessions and the year after, beside the untreated course.*"
    )


# ----------------------------------------------------------------------------------------------- examples

#: Example → the commands as they are printed, and those that are run (the last one's output is shown).
_PLAN: Final = '"4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"'
EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "simulate": (f"neodermis simulate {_PLAN} --age 28 --phototype 4 --concern acne_scar=goodman_baron:3",),
    "plan": ("neodermis plan --example > patient.toml", "neodermis plan patient.toml"),
    "screen": ("neodermis screen --example > patient.toml", "neodermis screen patient.toml"),
    "deliver": ('neodermis deliver niacinamide --percent 4 --after 2 "1 session: exceed; cheek 0.5 mm, 4 passes"',),
}
#: Lines of output that are shown of each.
SHOWN: Final[Mapping[str, int]] = {"simulate": 9, "plan": 9, "screen": 5, "deliver": 6}


def output(name: str, folder: Path) -> str:
    """What the last command of an example prints on standard output; files are written into ``folder``."""
    printed = ""
    for command in EXAMPLES[name]:
        words, _, file = command.partition(" > ")
        printed = _run(shlex.split(words), folder)
        if file:
            (folder / file).write_text(printed, "utf-8")
    return printed


def _run(words: Sequence[str], folder: Path) -> str:
    """What a command prints on standard output."""
    environment = os.environ | {"PYTHONPATH": str(Path(neodermis.__file__).parents[1])}  # this one, from any folder
    run = [sys.executable, "-m", *words]
    return subprocess.run(run, capture_output=True, encoding="utf-8", check=True, cwd=folder, env=environment).stdout


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
