"""Commands on the course of a protocol: simulate, explain, rerun, demo."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from neodermis.cli.options import (
    CASE_HELP,
    PROTOCOLS,
    SESSIONS,
    AsJson,
    CaseArgument,
    Model,
    Notes,
    Numbers,
    Numbing,
    Person,
    Reporting,
    assignment,
    command,
    given,
    names_of,
    outputs,
    read_case,
)
from neodermis.cli.printing import say, say_after, say_examples, say_json, say_page, show
from neodermis.errors import InputError
from neodermis.waiting import progress


@command(f'Example: neodermis simulate "{PROTOCOLS[0]}" --age 45 --sex female --phototype 3 --plot course.png')
def simulate(
    protocol: CaseArgument = None,
    arm: Annotated[
        str | None,
        typer.Option(
            metavar="STUDY[:ARM]", help="Simulate an arm of a published study: a shipped id or a findings file."
        ),
    ] = None,
    *,
    who: Person,
    numbers: Numbers,
    like: Annotated[
        str | None,
        typer.Option(
            metavar="STUDY", help="Population to draw from: the cohort of a study, or general (all who seek treatment)."
        ),
    ] = None,
    compare_exposure: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Effect of changing an exposure from the first session on, over ten years; repeatable.",
        ),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(metavar="CASE", help="A second case at the same sites, to compare with the first."),
    ] = None,
    outcomes_only: Annotated[
        bool,
        typer.Option("--outcomes-only", help="Store population bands instead of each person, for large populations."),
    ] = False,
    until: Annotated[
        str | None, typer.Option(metavar="DAYS", help="Last day of the course.  [default: last session + 365]")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(metavar="ENGINE", help="llvm or jax (slower); the numbers agree to rounding.  [default: llvm]"),
    ] = None,
    anaesthetic: Numbing = None,
    model: Model,
    states: Annotated[
        bool,
        typer.Option("--states", help="Draw every state by time and depth (needs --plot or --json)."),
    ] = False,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the course: .png, .svg or .pdf.")] = None,
    reporting: Reporting,
    netcdf: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every draw as NetCDF.")] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write medians and 90 % credible intervals by day as CSV.")
    ] = None,
    save_case: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Write the case, which reproduces these numbers."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Print every outcome, not only those of the concern; --json always has all.")
    ] = False,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Predict the course of a protocol, or of a published study arm and compare it with the published results."""
    if protocol is None and arm is None:
        written = (plot, reporting.report, netcdf, csv, save_case)
        others = (
            like,
            compare_exposure,
            compare,
            outcomes_only,
            until,
            engine,
            anaesthetic,
            states,
            everything,
            notes,
            as_json,
        )
        if any((anaesthetic, *others, *written)) or (who, numbers, model) != (Person(), Numbers(), Model()):
            raise InputError(
                "protocol", accepted="a protocol sentence, or --arm STUDY", next_step=f'for instance "{PROTOCOLS[0]}"'
            )
        say_examples("simulate", "a protocol sentence", (f'"{one}"' for one in PROTOCOLS))
        return
    person = who.given
    changes = [assignment("--compare-exposure", text) for text in compare_exposure or ()]
    if arm is not None and (
        protocol is not None
        or person
        or model.beyond_limits
        or model.device
        or like
        or changes
        or compare
        or anaesthetic
    ):
        raise InputError(
            "--arm",
            value=arm,
            accepted="no protocol, patient option, --like, --compare, --compare-exposure, --anaesthetic, --device or "
            "--beyond-limits together with it",
            whose="this option: an arm has its own protocol and people",
            next_step="leave the others out, or leave --arm out",
        )
    if states and plot is None and not as_json:
        raise InputError(
            "--states",
            accepted="--plot FILE or --json together with it",
            whose="this option: its result is not part of the text output",
            next_step="for instance --states --plot cascade.png",
        )
    files = outputs(
        [protocol, compare, model.device, who.patient, arm, like, reporting.letterhead],
        plot=plot, report=reporting.report, netcdf=netcdf, csv=csv, save_case=save_case,
    )  # fmt: skip
    beside = "--compare-exposure" if changes else "--compare" if compare is not None else None
    if changes and compare is not None:
        raise InputError(
            "--compare", value=compare, accepted="no --compare-exposure together with it",
            whose="these options: they exclude each other", next_step="leave one of them out",
        )  # fmt: skip
    if beside and save_case is not None:
        raise InputError(
            beside, accepted="no --save-case together with it", whose="this option: there are several cases",
            next_step="run simulate for each, with its own file",
        )  # fmt: skip
    if beside and (states or like or outcomes_only or numbers.people not in (None, "0")):
        raise InputError(
            beside, accepted="no --states, --people, --like or --outcomes-only together with it",
            whose="this option: it compares courses of the same person", next_step="leave the others out",
        )  # fmt: skip
    from neodermis import api
    from neodermis import report as reports

    on_report = reporting.check()
    options = numbers.given | given(outcomes_only=outcomes_only, until=until, engine=engine)
    of_case = person | options | model.given | given(like=like, anaesthetic=anaesthetic)
    if beside:
        from neodermis.cli.compare import show_comparison

        asked = read_case(protocol or "")
        with progress() as told:
            compared = (
                api.compare_exposures(asked, changes, progress=told, **of_case)
                if changes
                else api.compare(asked, read_case(compare or ""), progress=told, **of_case)
            )
        show_comparison(compared, files, on_report, everything, notes, as_json)
        return
    with progress() as told:
        if arm is not None:
            study, name = (arm, "") if os.path.isfile(arm) or ":" not in arm else arm.rsplit(":", 1)
            course = api.simulate_arm(study, name or None, progress=told, **options, **model.given)
        else:
            course = api.simulate(read_case(protocol or ""), progress=told, **of_case)
    traced = []
    if states:
        traced = api.trace(course.ledger.case, until=float(course.time_day[-1]), beyond_limits=True)
    reports.write_all(course, [(kind, path) for kind, path in files if not (states and kind == "plot")], **on_report)
    if states and plot is not None:
        reports.write_states_plot(traced, plot, course.protocol.sentence, reports.foot(course, central=True))
    if as_json:
        say_json(
            reports.document(course)
            | ({"states": {one.site: reports.states_document(one) for one in traced}} if states else {})
        )
    else:
        show(course, False, everything=everything)
    say_after(course.ledger.warnings, files, notes=notes)


@command(f'Example: neodermis explain collagen_papillary --day 42 "{SESSIONS[0]}"')
def explain(
    outcome: Annotated[
        str, typer.Argument(autocompletion=names_of("outcomes"), help="An outcome; neodermis outcomes lists them.")
    ],
    protocol: Annotated[str, typer.Argument(metavar="CASE", help=f"{CASE_HELP}.")],
    day: Annotated[str, typer.Option(metavar="DAY", help="Days since the first session.")] = "42",
    *,
    who: Person,
    model: Model,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Explain an outcome on a given day by switching off each mechanism of the cascade in turn."""
    from neodermis import api

    why = api.explain(outcome, day, read_case(protocol), **who.given, **model.given)
    show(why, as_json)
    say_after(why.warnings, notes=notes)


@command("Example: neodermis rerun result.json")
def rerun(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT.json",
            help="A result of simulate, injure, deliver, explain or compare, written with --json.",
        ),
    ],
    everything: Annotated[bool, typer.Option("--all", help="Print every outcome of a course.")] = False,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Repeat the run of a result from the case stored in it; a case file is simulated."""
    from neodermis import api
    from neodermis.cli.printing import document_of

    saved = api.load(file)
    with progress() as told:
        done = api.rerun(saved, progress=told)
    show(done, as_json, everything=everything)
    about = done if isinstance(done, api.Explanation | api.Comparison) else done.ledger
    say_after(about.warnings, notes=notes)
    if saved.command:
        apart = _moved(json.loads(json.dumps(document_of(done))), saved.document)
        differ = f"numbers differ from those in {file}: {', '.join(apart)}"
        say_after([differ if apart else f"the same numbers as in {file}"])


def _moved(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[str]:
    """Entries of a result that differ from those of the file, except versions and notes."""
    told = ("neodermis", "versions", "warnings", "case", "compare", "states")
    return [name for name, value in now.items() if name in then and name not in told and then[name] != value]


@command("Example: neodermis demo --folder .")
def demo(
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for the files.")] = Path("."),
    as_json: AsJson = False,
) -> None:
    """Run the shipped example, a published study arm; write course.png and course.html and print both paths."""
    from neodermis import api
    from neodermis import report as reports
    from neodermis.report.blocks import Points, Table

    files = outputs(plot=folder / "course.png", report=folder / "course.html")
    with progress() as told:
        course = api.simulate_arm("lotfi-2013", progress=told)
    reports.write_all(course, files)
    if as_json:
        say_json(reports.document(course))
        return
    say_page([
        Points([*reports.sentences(course)]),
        Table("Published results and predictions", *reports.observed_table(course.observed)),
    ])  # fmt: skip
    say("\n" + "\n".join(str(path.resolve()) for _, path in files))
