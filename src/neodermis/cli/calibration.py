"""Commands on how good the forecast is and what it rests on: validate, calibrate, sensitivity."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neodermis.cli.options import (
    CASE_HELP,
    PROTOCOLS,
    AsJson,
    Draws,
    Model,
    Person,
    Plot,
    Seed,
    command,
    names_of,
    outputs,
    read_case,
)
from neodermis.cli.printing import remark, say, say_after, say_json, say_page
from neodermis.errors import InputError

if TYPE_CHECKING:
    from neodermis.inference.folder import Scored


@command("With --findings DIR your own studies are scored.  Example: neodermis validate --report scorecard.html")
def validate(
    findings: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of findings files to score; without it, the shipped scorecard."),
    ] = None,
    leave_out: Annotated[
        str | None,
        typer.Option(metavar="GROUP", help="One group of people of the shipped studies, predicted from all others."),
    ] = None,
    posterior: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Posterior to score, as calibrate writes it; the shipped one.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a folder with a file that cannot be read.")] = False,
    draws: Draws = "200",
    seed: Seed = "0",
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the scorecard as one HTML page.")] = None,
    plot: Plot = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also list every number and the results that cannot be tested.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score the forecast on published studies, each predicted as new, and compare it with the mean of other studies."""
    from neodermis.api import read_draws
    from neodermis.inference import folder
    from neodermis.report.html import write_html
    from neodermis.report.scorecard import scorecard_page, write_scorecard_picture

    outputs(report=report, plot=plot)
    if findings is None:
        if posterior is not None:
            raise InputError(
                "--posterior", value=str(posterior), accepted="together with --findings DIR", whose="this command",
                next_step="the scorecard of a calibration is in the folder of its posterior",
            )  # fmt: skip
        document: Mapping[str, Any] = folder.shipped(leave_out)
    else:
        count, start = read_draws(draws, seed)
        found: Scored = folder.validate(
            findings, posterior=posterior, strict=strict, draws=count, seed=start, progress=_steps("studies")
        )
        document = found.document
    if report is not None:
        write_html(scorecard_page(document), report)
    if plot is not None:
        write_scorecard_picture(document, plot)
    if as_json:
        say_json(document)
        return
    say_page(scorecard_page(document, everything=everything))
    say_after(files=[("scorecard", path) for path in (report, plot) if path is not None])


@command("A whole calibration takes about an hour.  Example: neodermis calibrate --quick")
def calibrate(
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Posterior to write; its scorecard goes into the same folder.")
    ] = Path("posterior.json"),
    work: Annotated[Path, typer.Option(metavar="DIR", help="Folder in which finished steps are stored.")] = Path(
        "calibration"
    ),
    blocks: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Blocks of parameters to fit, separated by commas.  [default: all]"),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="About a minute: fit a small subset and compare it with the shipped posterior."),
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Continue from the steps in the work folder.")] = False,
    draws: Draws = "1000",
    seed: Seed = "0",
    as_json: AsJson = False,
) -> None:
    """Fit the parameters that published studies inform, and write a posterior; the shipped one is not changed."""
    from neodermis.api import read_draws
    from neodermis.inference import calibration, folder

    count, start = read_draws(draws, seed)
    calibration.usable()
    if quick:
        found = folder.quick_check(seed=start, told=_told)
        if as_json:
            say_json(found)
        else:
            for row in found["compared"]:
                say(f"{row['name']}: {row['mean']:.3f} (shipped {row['shipped']:.3f}, error {row['error']:.3f})")
            say("The quick fit reproduces the shipped posterior." if found["reproduced"] else
                "The quick fit differs from the shipped posterior.")  # fmt: skip
        if not found["reproduced"]:
            raise typer.Exit(1)
        return
    outputs(out=out)
    chosen = [name.strip() for name in blocks.split(",")] if blocks else None
    calibration.chosen_parameters(chosen)
    if not resume and work.is_dir() and any(work.glob("*.pickle")):
        raise InputError(
            "--work", value=str(work), accepted="an empty folder, or --resume",
            whose="this command: steps of two calibrations cannot be combined",
            next_step="add --resume to continue from the stored steps, or name another folder",
        )  # fmt: skip
    try:
        written = folder.calibrate(out, work, draws=count, seed=start, blocks=chosen, told=_told)
    except KeyboardInterrupt:
        remark(f"stopped; finished steps are stored in {work}: add --resume to continue")
        raise typer.Exit(130) from None
    if as_json:
        say_json(written)
    else:
        for name, each in written["weights"].items():
            say(f"weight of the mechanism, {name}: {each['weight']:.2f} ({each['groups']} groups of people)")
        say(f"\n{out.resolve()}\n{folder.scorecard_beside(out).resolve()}")


def _steps(what: str) -> Callable[[int, int], None]:
    return lambda done, total: _told(what, done, total)


_began: dict[str, float] = {}


def _told(what: str, done: int, total: int) -> None:
    """One line that counts on a terminal, with the time that is left."""
    import time

    if not sys.stderr.isatty():
        if done == total:
            remark(f"{what}: {total}")
        return
    began = _began.setdefault(what, time.monotonic())
    left = (time.monotonic() - began) / done * (total - done)
    end = "\n" if done == total else ""
    sys.stderr.write(f"\r{what}: {done} of {total}, about {left / 60.0:.0f} min left   {end}")
    sys.stderr.flush()


@command(f'Example: neodermis sensitivity collagen_papillary "{PROTOCOLS[0]}" --courses 500')
def sensitivity(
    outcome: Annotated[
        str,
        typer.Argument(metavar="OUTCOME", autocompletion=names_of("outcomes"), help="neodermis outcomes lists them."),
    ],
    case: Annotated[str, typer.Argument(metavar="CASE", help=f"{CASE_HELP}.")],
    *,
    day: Annotated[
        str | None, typer.Option(metavar="DAY", help="Day that is analysed.  [default: last session + 60]")
    ] = None,
    courses: Annotated[
        str, typer.Option(metavar="N", help="Courses to solve; more courses give narrower intervals.")
    ] = "6000",
    who: Person,
    seed: Seed = "0",
    model: Model,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Show which inputs and uncertain parameters influence an outcome, for a patient and a protocol."""
    from neodermis.api.sensitivity import FEWEST, MOST
    from neodermis.api.sensitivity import sensitivity as analyse
    from neodermis.report import sensitivity as page
    from neodermis.units import read_number
    from neodermis.waiting import progress

    files = outputs([case, model.device, who.patient], plot=plot)
    count = read_number(courses, field="courses", low=FEWEST, high=MOST, whose="the analysis", unit="1",
                        next_step="6000 is the default")  # fmt: skip
    on = None if day is None else read_number(
        day, field="day", low=0.0, high=36500.0, whose="the analysis", unit="d",
        next_step="give the day since the first session, for instance 150",
    )  # fmt: skip
    with progress() as told:
        found = analyse(
            outcome, read_case(case), day=on, courses=int(count), progress=told, seed=seed, **who.given, **model.given
        )
    if plot is not None:
        page.write_sensitivity_plot(found, plot)
    if as_json:
        say_json(page.sensitivity_document(found))
    else:
        say_page(page.sensitivity_page(found))
        say_after(files=files)
