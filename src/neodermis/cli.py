"""The same verbs in a terminal: a thin skin over the Python functions.

Results go to standard output, everything else to standard error; bad input ends with status 2 and one message.
Heavy modules are imported inside the commands, so that help is immediate.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from neodermis import DISCLAIMER
from neodermis.errors import InputError, NeodermisError, printable
from neodermis.waiting import PREPARING, progress, telling

if TYPE_CHECKING:
    from neodermis.care.words import Reader
    from neodermis.course import Course
    from neodermis.delivery import Deliveries
    from neodermis.evidence import Study
    from neodermis.inference.figures import Beside
    from neodermis.people import Case, Comparison, Explanation
    from neodermis.session import Injuries, Ledger
    from neodermis.treatment import Protocol

EXAMPLES: Final = (
    "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes",
    "5 sessions every 30 days: roller_mf8; cheek 1.5 mm, 8 passes",
    "3 sessions every 6 weeks: pen 12 x 0.25 mm; cheek 1.0 mm, 4 passes; periorbital 0.5 mm, 2 passes",
)

app = typer.Typer(
    name="neodermis",
    help="Treatment planning for microneedling (percutaneous collagen induction): predict the course of the skin "
    f"from a protocol and a patient.\n\n{DISCLAIMER}",
    epilog=f'Start with: neodermis simulate "{EXAMPLES[0]}"',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _say(text: str = "", *, err: bool = False) -> None:
    """Print lines with control characters escaped."""
    if err:
        PREPARING.close()
    typer.echo("\n".join(map(printable, text.split("\n"))), err=err)


Age = Annotated[str | None, typer.Option(metavar="YEARS", help="Age, 18 to 100.  [default: 45]")]
Sex = Annotated[str | None, typer.Option(metavar="SEX", help="female or male.  [default: female]")]
Phototype = Annotated[
    str | None,
    typer.Option(metavar="1-6", help="Fitzpatrick phototype.  [default: 3]"),
]
Exposed = Annotated[
    list[str] | None,
    typer.Option(
        "--exposure",
        metavar="NAME=VALUE",
        help='smoking=20/day, sun=high, "smoking=20/day; 0 from day 0"; repeatable; neodermis exposures lists them.',
    ),
]
Concerned = Annotated[
    list[str] | None,
    typer.Option(
        "--concern",
        metavar="NAME=SEVERITY",
        help="acne_scar=goodman_baron:3, thin_skin=0.2; repeatable; neodermis concerns lists them.",
    ),
]
PatientFile = Annotated[
    Path | None,
    typer.Option("--patient", metavar="FILE.toml", help="Read the patient from a file; options override it."),
]
CaseDraws = Annotated[
    str | None,
    typer.Option("--draws", metavar="N", help="Parameter draws; 1 gives the central course.  [default: 100]"),
]
CasePeople = Annotated[
    str | None,
    typer.Option("--people", metavar="N", help="Simulated people: between-person variability.  [default: 0]"),
]
CaseSeed = Annotated[str | None, typer.Option("--seed", metavar="N", help="Seed of the random draws.  [default: 0]")]
_CASE_HELP: Final = "A protocol sentence, or a file: a case, a consultation with a protocol, the JSON of a result"
CaseArgument = Annotated[
    str | None, typer.Argument(metavar="CASE", help=f"{_CASE_HELP}. Leave out for three examples.")
]
Draws = Annotated[str, typer.Option(metavar="N", help="Parameter draws; 1 gives the central course.")]
Seed = Annotated[str, typer.Option(metavar="N", help="Seed of the random draws.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="PARAMETER=VALUE", help="Fix a parameter; repeatable.")]
OwnDevice = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.toml", help="File of your own devices for use in the protocol; see neodermis devices example."
    ),
]
BeyondLimits = Annotated[
    bool,
    typer.Option("--beyond-limits", help="Allow depths beyond usual practice at a site; every output states this."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print only one JSON document.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"neodermis {version('neodermis')}")
        raise typer.Exit


@app.callback()
def _root(
    shown_version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


# ----------------------------------------------------------------------------------------------- simulate


@app.command(
    epilog=f'Example: neodermis simulate "{EXAMPLES[0]}" --age 45 --sex female --phototype 3 --plot course.png'
)
def simulate(
    protocol: CaseArgument = None,
    arm: Annotated[
        str | None,
        typer.Option(
            metavar="STUDY[:ARM]", help="Simulate an arm of a published study: a shipped id or a findings file."
        ),
    ] = None,
    age: Age = None,
    sex: Sex = None,
    phototype: Phototype = None,
    exposure: Exposed = None,
    concern: Concerned = None,
    patient: PatientFile = None,
    draws: CaseDraws = None,
    people: CasePeople = None,
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
        typer.Option(metavar="PROTOCOL", help="A second protocol at the same sites, to compare with the first."),
    ] = None,
    outcomes_only: Annotated[
        bool,
        typer.Option("--outcomes-only", help="Store population bands instead of each person, for large populations."),
    ] = False,
    seed: CaseSeed = None,
    until: Annotated[
        str | None, typer.Option(metavar="DAYS", help="Last day of the course.  [default: last session + 365]")
    ] = None,
    set_: Set = None,
    device: OwnDevice = None,
    beyond_limits: BeyondLimits = False,
    states: Annotated[
        bool,
        typer.Option("--states", help="Draw every state by time and depth (needs --plot or --json)."),
    ] = False,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the course: .png, .svg or .pdf.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Write the report as one HTML page.")] = None,
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
    as_json: AsJson = False,
) -> None:
    """Predict the course of a protocol, or of a published study arm and compare it with the published results."""
    if protocol is None and arm is None:
        others = (
            *(age, sex, phototype, exposure, concern, patient, like, compare_exposure, compare),
            *(draws, people, seed, until, set_, device, plot, report, netcdf, csv, save_case),
        )
        if as_json or beyond_limits or states or outcomes_only or everything or any(o is not None for o in others):
            raise InputError(
                "protocol", accepted="a protocol sentence, or --arm STUDY", next_step=f'for instance "{EXAMPLES[0]}"'
            )
        _say_examples("simulate", EXAMPLES)
        return
    from neodermis import report as reports

    person = _person(age, sex, phototype, exposure, concern, patient)
    changes = [_assignment("--compare-exposure", text) for text in compare_exposure or ()]
    if arm is not None and (protocol is not None or person or beyond_limits or device or like or changes or compare):
        raise InputError(
            "--arm",
            value=arm,
            accepted="no protocol, patient option, --like, --compare, --compare-exposure, --device or "
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
    files = [(kind, path) for kind, path in
             (("plot", plot), ("report", report), ("netcdf", netcdf), ("csv", csv), ("save-case", save_case))
             if path is not None]  # fmt: skip
    reports.check_outputs(files, read=[Path(path) for path in (protocol, compare, device, patient, arm, like) if path])
    beside = "--compare-exposure" if changes else "--compare" if compare is not None else None
    if changes and compare is not None:
        raise InputError(
            "--compare", value=compare, accepted="no --compare-exposure together with it",
            whose="these options: they exclude each other", next_step="leave one of them out",
        )  # fmt: skip
    if beside and any(kind != "plot" for kind, _ in files):
        raise InputError(
            beside, accepted="together with it only --plot or --json, no other file",
            whose="this option: there are several courses", next_step="run simulate for each, with its own file",
        )  # fmt: skip
    if beside and (states or like or outcomes_only or people not in (None, "0")):
        raise InputError(
            beside, accepted="no --states, --people, --like or --outcomes-only together with it",
            whose="this option: it compares a person with the same person", next_step="leave the others out",
        )  # fmt: skip
    from neodermis import people as who

    options = _given(
        draws=draws, people=people, outcomes_only=outcomes_only, seed=seed, until=until, set=_assignments(set_)
    )
    of_case = {**person, **options, **_given(device=device, beyond_limits=beyond_limits, like=like)}
    if beside:
        asked = _asked(protocol or "")
        with progress() as told:
            compared = (
                who.compare_exposures(asked, changes, progress=told, **of_case)
                if changes
                else who.compare_protocols(asked, _asked(compare or ""), progress=told, **of_case)
            )
        _show_comparison(compared, plot, as_json)
        return
    with progress() as told:
        if arm is not None:
            study, name = (arm, "") if os.path.isfile(arm) or ":" not in arm else arm.rsplit(":", 1)
            course = who.simulate_arm(study, name or None, progress=told, **options)
        else:
            course = who.simulate(_asked(protocol or ""), progress=told, **of_case)
    traced = []
    if states:
        traced = who.trace(course.ledger.case, until=float(course.time_day[-1]), beyond_limits=True)
    reports.write_all(course, [(kind, path) for kind, path in files if not (states and kind == "plot")])
    if states and plot is not None:
        reports.write_states_plot(traced, plot, course.protocol.sentence, reports.foot(course, central=True))
    if as_json:
        _echo_json(
            reports.document(course)
            | ({"states": {one.site: reports.states_document(one) for one in traced}} if states else {})
        )
    else:
        _show_course(course, everything)
    for warning in course.ledger.warnings:
        _say(f"note: {warning}", err=True)
    for _, path in files:
        _say(f"wrote {path}", err=True)


def _given(**options: Any) -> dict[str, Any]:
    """Options that were given, without those left out."""
    return {name: value for name, value in options.items() if value not in (None, False, {})}


def _consulted(document: Mapping[str, Any]) -> bool:
    """True if a document is a consultation: it has its tables and no protocol at the top level."""
    tables = ("concern", "history", "medication", "area", "consent", "plan", "preferences", "clinic", "today")
    asked = "patient" in document and not document.keys() - {"patient"}
    return "protocol" not in document and "case" not in document and (asked or any(name in document for name in tables))


def _asked(text: str) -> str | Case:
    """Case named by a CASE argument: a sentence, or the file at this path, recognised by its content."""
    if not os.path.exists(text) and not text.casefold().endswith((".json", ".toml")):
        return text
    from neodermis.documents import read_any
    from neodermis.people import read_saved

    document = read_any(Path(text))
    if not _consulted(document):
        return read_saved(document, text).case
    from neodermis.care.consultation import read_consultation

    one = read_consultation(Path(text))
    return one.case(one.today or date.today(), text)


def _say_examples(command: str, examples: Sequence[str]) -> None:
    _say("Enter a protocol sentence. Three examples:\n")
    for example in examples:
        _say(f'  neodermis {command} "{example}"')


#: Option → form of its value, and what to do where it has another.
_FORMS: Final = {
    "--set": ("PARAMETER=VALUE", "for instance --set labile_share=0.4; neodermis parameters lists the names"),
    "--exposure": ("NAME=VALUE", "for instance --exposure smoking=20/day; neodermis exposures lists the names"),
    "--compare-exposure": (
        "NAME=VALUE",
        "for instance --compare-exposure smoking=0; neodermis exposures lists the names",
    ),
    "--concern": ("NAME=SEVERITY", "for instance --concern striae=0.5; neodermis concerns lists the names"),
}


def _assignment(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if option == "--concern" and not equals and name.strip():
        return name.strip(), ""  # which concerns may go without a severity, their catalogue says
    if not equals or not name.strip() or not value.strip():
        form, advice = _FORMS[option]
        raise InputError(option, value=text, accepted=form, whose="the form of this option", next_step=advice)
    return name.strip(), value.strip()


def _assignments(given: Sequence[str] | None, option: str = "--set") -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given or ():
        name, value = _assignment(option, text)
        if name in found:
            raise InputError(
                option,
                value=text,
                accepted="each name once",
                whose="this option: one of the two values would be ignored",
                next_step=f"leave one of the values of {name} out",
            )
        found[name] = value
    return found


def _person(
    age: str | None,
    sex: str | None,
    phototype: str | None,
    exposure: Sequence[str] | None,
    concern: Sequence[str] | None,
    file: Path | None,
) -> dict[str, Any]:
    """Description of the patient: from the options, else from the file."""
    person: dict[str, Any] = {}
    if file is not None:
        from neodermis.documents import read_document
        from neodermis.people import read_patient

        if _consulted(read_document(file)):
            from neodermis.care.consultation import read_consultation

            one = read_consultation(file)
            person = one.person(one.today or date.today()).said
        else:
            person = read_patient(file)
        person = dict.fromkeys(("age", "sex", "phototype", "exposures", "concerns")) | person
    given = {"age": age, "sex": sex, "phototype": phototype}
    person |= {name: value for name, value in given.items() if value is not None}
    for name, option, texts in (("exposures", "--exposure", exposure), ("concerns", "--concern", concern)):
        if texts:
            from neodermis.names import spelled

            chosen = _assignments(texts, option)
            instead = {spelled(one) for one in chosen}
            kept = {one: value for one, value in (person.get(name) or {}).items() if spelled(one) not in instead}
            person[name] = {**kept, **chosen}
    return person


def _say_protocol(sentence: str, ledger: Ledger) -> None:
    """Print the simulated protocol, and the requested one if the device settings differ."""
    _say(sentence)
    if (asked := ledger.case.plan.sentence) != sentence:
        _say(f"requested: {asked}; the device is set to its deepest setting that does not exceed this depth")


def _show_course(course: Course, everything: bool = False) -> None:
    from neodermis import report as reports

    case = course.ledger.case
    _say_protocol(course.protocol.sentence, course.ledger)
    _say(
        reports.person_text(case.patient.said)
        + (f"; as in {case.study}" if case.study else "")
        + f"; {reports.counted(course.ledger.draws, 'draw', 'draws')}, "
        + f"{reports.counted(course.ledger.people, 'person', 'people')}, seed {course.ledger.seed}\n"
    )
    if case.exceeds:
        _say("BEYOND THE LIMITS OF PRACTICE\n")
    for line in reports.sentences(course):
        _say(f"- {line}")
    if course.observed:
        _table("Published results and predictions", *reports.observed_table(course.observed))
    for name, site in course.sites.items():
        header, rows = reports.measure_table(course, site, None if everything else reports.answering_outcomes(course))
        if rows:
            _table(f"Instruments and scales, {name}, in their units (median, 90 % credible interval)", header, rows)
        header, rows = reports.course_table(site, everything=everything)
        _table(f"Course, {name}: before treatment, then change from it (median, 90 % credible interval)", header, rows)
        _table(f"Sessions, {name}", *reports.session_table(site))
    if everything:
        _table("Not modelled in this version", *reports.not_modelled_table())
    else:
        _say(f"\nNot modelled in this version: {reports.not_modelled_labels()}.")
        _say("\nAdd --all for every other outcome.")
    if course.failed:
        _say(f"\n{reports.counted(course.failed, 'member', 'members')} failed and are excluded from all statistics:")
        for why, number in course.failures.items():
            _say(f"- {number}: {why}")
    _say(f"\n{DISCLAIMER}")


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print()
    console.print(table)


def _echo_json(content: object) -> None:
    typer.echo(json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False))


SESSIONS: Final = (
    "1 session: exceed; cheek 1.5 mm, 6 passes",
    "1 session: roller 192 x 1.5 mm x 0.25 mm; cheek 1.5 mm, 8 passes",
    "1 session: stamp 40 x 0.25 mm; periorbital 0.5 mm, 3 passes",
)


@app.command(epilog=f'Example: neodermis injure "{SESSIONS[0]}" --compare "{SESSIONS[1]}" --plot injury.png')
def injure(
    protocol: CaseArgument = None,
    compare: Annotated[
        str | None, typer.Option(metavar="PROTOCOL", help="A second protocol, to compare with the first.")
    ] = None,
    age: Age = None,
    sex: Sex = None,
    phototype: Phototype = None,
    exposure: Exposed = None,
    concern: Concerned = None,
    patient: PatientFile = None,
    anaesthetic: Annotated[
        str | None,
        typer.Option(
            metavar="WHICH",
            help="practice (topical above the usual depth), topical or none.  [default: practice]",
        ),
    ] = None,
    draws: CaseDraws = None,
    seed: CaseSeed = None,
    set_: Set = None,
    device: OwnDevice = None,
    beyond_limits: BeyondLimits = False,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the channels to scale, from above and in section: .png, .svg or .pdf."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Predict the injury of one session: channels, depth, injury by layer, bleeding, pain and duration."""
    if protocol is None:
        if (
            as_json
            or beyond_limits
            or any(
                other is not None
                for other in (compare, age, sex, phototype, exposure, concern, patient, set_, device, plot)
            )
        ):
            raise InputError("protocol", accepted="a protocol sentence", next_step=f'for instance "{SESSIONS[0]}"')
        _say_examples("injure", SESSIONS)
        return
    from neodermis import report as reports

    files = [("plot", plot)] if plot is not None else []
    reports.check_outputs(files, read=[Path(path) for path in (protocol, compare, device, patient) if path is not None])
    from neodermis import people as who

    options = _person(age, sex, phototype, exposure, concern, patient)
    options |= _given(
        anaesthetic=anaesthetic, draws=draws, seed=seed, set=_assignments(set_), beyond_limits=beyond_limits
    )
    asked = [_asked(given) for given in (protocol, compare) if given is not None]
    plans = [who.read(one, device) if isinstance(one, str) else one.plan for one in asked]
    own: Mapping[str, object] = {}
    if device is not None and compare is not None:  # one of the two may be a shipped device
        from neodermis.treatment import load_devices

        own = load_devices(device)
    used = [plan for plan in plans if plan.device.id in own] or plans
    runs: Sequence[Protocol | Case] = (
        plans if isinstance(asked[0], str) else [replace(asked[0], plan=plan) for plan in plans]
    )
    done = [
        who.injure(run, **options, **_given(device=device if plan in used else None))
        for run, plan in zip(runs, plans, strict=True)
    ]
    if plot is not None:
        reports.write_injury_plot(done[0], plot, *done[1:])
    if as_json:
        document = reports.injury_document(done[0])
        if compare is not None:
            document["compare"] = reports.injury_document(done[1])
        _echo_json(document)
    else:
        _show_injuries(done)
    for warning in dict.fromkeys(warning for one in done for warning in one.ledger.warnings):
        _say(f"note: {warning}", err=True)
    for _, path in files:
        _say(f"wrote {path}", err=True)


def _show_inputs(done: Injuries | Deliveries) -> None:
    """The protocol, the person and the draws, above the rest."""
    from neodermis import report as reports

    _say_protocol(done.protocol.sentence, done.ledger)
    _say(
        f"{reports.person_text(done.ledger.case.patient.said)}; {reports.counted(done.ledger.draws, 'draw', 'draws')}, "
        f"seed {done.ledger.seed}\n"
    )
    if done.ledger.case.exceeds:
        _say("BEYOND THE LIMITS OF PRACTICE\n")


def _show_injuries(done: Sequence[Injuries]) -> None:
    from neodermis import report as reports

    for one in done:
        _show_inputs(one)
        for line in reports.injury_sentences(one):
            _say(f"- {line}")
        for site in one.sites.values():
            _table(f"By layer, {site.site}", *reports.depth_table(site))
        _say()
    if len(done) > 1:
        _table("Comparison (median, 90 % credible interval)", *reports.comparison_table(*done))
    else:
        for site in done[0].sites.values():
            _table(f"One session, {site.site} (median, 90 % credible interval)", *reports.injury_table(site))
    _say(f"\n{DISCLAIMER}")


@app.command(epilog="Example: neodermis rerun result.json")
def rerun(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT.json", help="A result of simulate, injure, deliver or explain, written with --json."
        ),
    ],
    everything: Annotated[bool, typer.Option("--all", help="Print every outcome of a course.")] = False,
    as_json: AsJson = False,
) -> None:
    """Repeat the run of a result from the case stored in it; a case file is simulated."""
    from neodermis import people as who
    from neodermis import report as reports
    from neodermis.course import Course
    from neodermis.session import Injuries

    saved = who.load(file)
    with progress() as told:
        done = who.rerun(saved, progress=told)
    document: dict[str, Any]
    if isinstance(done, Course):
        document = reports.document(done)
        _echo_json(document) if as_json else _show_course(done, everything)
    elif isinstance(done, Injuries):
        document = reports.injury_document(done)
        _echo_json(document) if as_json else _show_injuries([done])
    elif isinstance(done, who.Explanation):
        document = reports.explanation_document(done)
        _show_explanation(done, as_json)
    else:
        document = reports.delivery_document(done)
        _show_deliveries(done, as_json)
    if isinstance(done, Course | Injuries):
        for warning in done.ledger.warnings:
            _say(f"note: {warning}", err=True)
    if saved.command:
        apart = _moved(json.loads(json.dumps(document)), saved.document)
        same = f"the same numbers as in {file}"
        _say(f"note: numbers differ from those in {file}: {', '.join(apart)}" if apart else f"note: {same}", err=True)


def _moved(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[str]:
    """Entries of a result that differ from those of the file, except versions and notes."""
    told = ("neodermis", "versions", "warnings", "case", "compare", "states")
    return [name for name, value in now.items() if name in then and name not in told and then[name] != value]


DELIVERIES: Final = (
    'l_ascorbic_acid --percent 15 --after 0 --for 6 "1 session: exceed; cheek 1.0 mm, 6 passes"',
    'niacinamide --percent 4 --compare 0,2,6,24,48 "1 session: exceed; cheek 0.5 mm, 6 passes"',
    'hyaluronic_acid --percent 1 --sterile "1 session: roller 192 x 0.5 mm x 0.25 mm; cheek, 8 passes"',
)


@app.command(epilog=f"Example: neodermis deliver {DELIVERIES[0]} --plot delivery.png")
def deliver(
    active: Annotated[
        str | None, typer.Argument(help="An active; neodermis actives lists them. Leave out for three examples.")
    ] = None,
    protocol: Annotated[
        str | None, typer.Argument(metavar="CASE", help=f"{_CASE_HELP}; its first session counts.")
    ] = None,
    percent: Annotated[
        str | None,
        typer.Option(
            metavar="C", help="Concentration of the active, g per 100 mL of product.  [default: the usual one]"
        ),
    ] = None,
    after: Annotated[str, typer.Option(metavar="HOURS", help="Time from the session to the application.")] = "0",
    for_: Annotated[str, typer.Option("--for", metavar="HOURS", help="Time until the product is washed off.")] = "6",
    dose: Annotated[
        str, typer.Option(metavar="MG/CM2", help="Amount of product per skin area; endless: an inexhaustible layer.")
    ] = "2",
    occluded: Annotated[bool, typer.Option("--occluded", help="The product is covered by a patch or film.")] = False,
    sterile: Annotated[
        bool, typer.Option("--sterile", help="The product is sterile and made for use on broken skin.")
    ] = False,
    weight: Annotated[str, typer.Option(metavar="KG", help="Body weight, for the plasma level.")] = "60",
    compare: Annotated[
        str | None,
        typer.Option(metavar="HOURS|ACTIVES", help="Other times (0,2,6,24,48) or actives, for comparison."),
    ] = None,
    age: Age = None,
    sex: Sex = None,
    phototype: Phototype = None,
    exposure: Exposed = None,
    concern: Concerned = None,
    patient: PatientFile = None,
    draws: CaseDraws = None,
    people: CasePeople = None,
    seed: CaseSeed = None,
    set_: Set = None,
    device: OwnDevice = None,
    beyond_limits: BeyondLimits = False,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figure: .png, .svg or .pdf.")] = None,
    as_json: AsJson = False,
) -> None:
    """What of an active gets into the skin after a session, through channels and beside them: amounts, depth, advice.

    Needling devices are not labelled for the delivery of products.
    """
    if active is None and protocol is None and not as_json and plot is None:
        _say("Enter an active and a protocol sentence. Three examples:\n")
        for example in DELIVERIES:
            _say(f"  neodermis deliver {example}")
        return
    if active is None or protocol is None:
        raise InputError(
            "protocol" if active is not None else "active", accepted="an active, then a protocol sentence",
            next_step=f"for instance neodermis deliver {DELIVERIES[0]}",
        )  # fmt: skip
    from neodermis import report as reports

    files = [("plot", plot)] if plot is not None else []
    reports.check_outputs(files, read=[Path(path) for path in (protocol, device, patient) if path is not None])
    from neodermis import people as who

    options = _given(draws=draws, people=people, seed=seed, set=_assignments(set_), device=device)
    options |= _given(beyond_limits=beyond_limits) | _person(age, sex, phototype, exposure, concern, patient)
    done = who.deliver(
        active, _asked(protocol), percent=percent, after=after, for_hours=for_, dose=dose, occluded=occluded,
        sterile=sterile, weight=weight, compare=compare or "", **options,
    )  # fmt: skip
    if plot is not None:
        reports.write_delivery_plot(done, plot)
    _show_deliveries(done, as_json)
    for _, path in files:
        _say(f"wrote {path}", err=True)


def _show_deliveries(done: Deliveries, as_json: bool) -> None:
    from neodermis import report as reports

    if as_json:
        _echo_json(reports.delivery_document(done))
    else:
        _show_inputs(done)
        for line in reports.delivery_sentences(done):
            _say(f"- {line}")
        for site, found in done.sites.items():
            _table(f"Doses, {site} (median, 90 % credible interval)", *reports.dose_table(found))
            _table(
                f"By layer, {site}, first dose: µg/cm², without channels in brackets", *reports.layer_table(found[0])
            )
        _say(f"\n{DISCLAIMER}")
    for warning in done.ledger.warnings:
        _say(f"note: {warning}", err=True)


def _show_comparison(compared: Comparison, plot: Path | None, as_json: bool) -> None:
    from neodermis import report as reports

    base = compared.base
    if plot is not None:
        reports.write_comparison_plot(compared, plot)
    if as_json:
        _echo_json(reports.comparison_document(compared))
    else:
        person = base.ledger.case.patient.said
        _say_protocol(base.protocol.sentence, base.ledger)
        _say(f"{reports.person_text(person)}; {reports.counted(base.ledger.draws, 'draw', 'draws')}\n")
        for line in reports.exposure_sentences(compared):
            _say(f"- {line}")
        for site in base.sites:
            _table(
                f"Effect of each change, {site} (median, 90 % credible interval)",
                *reports.exposure_table(compared, site),
            )
        _say(f"\n{DISCLAIMER}")
    for warning in dict.fromkeys(
        w for one in (base, *(c.course for c in compared.changes)) for w in one.ledger.warnings
    ):
        _say(f"note: {warning}", err=True)
    if plot is not None:
        _say(f"wrote {plot}", err=True)


@app.command(epilog="Example: neodermis skin --ages 25,45,65 --sex female --exposure sun=moderate --plot skin.png")
def skin(
    ages: Annotated[str, typer.Option(metavar="YEARS,...", help="Ages to predict.")] = "25,35,45,55,65,75,85",
    sex: Sex = None,
    phototype: Phototype = None,
    site: Annotated[str, typer.Option(metavar="SITE", help="neodermis sites lists them.")] = "cheek",
    exposure: Exposed = None,
    concern: Concerned = None,
    draws: Draws = "100",
    people: Annotated[str, typer.Option(metavar="N", help="Simulated people: between-person variability.")] = "0",
    seed: Seed = "0",
    set_: Set = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figure: .png, .svg or .pdf.")] = None,
    as_json: AsJson = False,
) -> None:
    """Predict untreated skin by age, from ageing and exposures alone."""
    from neodermis import report as reports

    files = [("plot", plot)] if plot is not None else []
    reports.check_outputs(files)
    from neodermis import people as who

    found = who.skin_by_age(
        [age.strip() for age in ages.split(",")],
        site=site, draws=draws, people=people, seed=seed, set=_assignments(set_),
        **_person(None, sex, phototype, exposure, concern, None),
    )  # fmt: skip
    if plot is not None:
        reports.write_skin_plot(found, plot)
    if as_json:
        _echo_json(reports.skin_document(found))
    else:
        person = found.patient.said
        _say(f"{reports.person_text({**person, 'age': None})}; {found.site}, untreated\n")
        for line in reports.skin_sentences(found):
            _say(f"- {line}")
        _table("By age (median, 90 % credible interval)", *reports.skin_table(found))
        _say(f"\n{DISCLAIMER}")
    for warning in found.ledger.warnings:
        _say(f"note: {warning}", err=True)
    for _, path in files:
        _say(f"wrote {path}", err=True)


@app.command(epilog="Example: neodermis people --like lotfi-2013 --people 500")
def people(
    like: Annotated[
        str, typer.Option(metavar="STUDY", help="A study, STUDY:ARM, a findings file, or general.")
    ] = "general",
    count: Annotated[str, typer.Option("--people", metavar="N", help="Number of people to draw.")] = "500",
    seed: Seed = "0",
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the people as CSV, one per row.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draw a virtual population and compare it with the cohort to which it is weighted."""
    from neodermis import report as reports

    files = [("csv", csv)] if csv is not None else []
    reports.check_outputs(files, read=[Path(like)] if os.path.isfile(like) else [])
    from neodermis import people as who
    from neodermis.people import forecast

    number, start = who.read_draws(count, seed, what="--people", most=1_000_000)
    found = forecast.population(like, start)
    if csv is not None:
        reports.write_people(found.covariates(0, number), csv)
    header = ("covariate", "as published", f"the {number:,} drawn", "general population")
    rows = found.marginals(number)
    if as_json:
        _echo_json(
            {
                "like": found.name,
                "people": number,
                "seed": start,
                **({"effective": found.effective} if found.weights is not None else {}),
                "marginals": [dict(zip(header, row, strict=True)) for row in rows],
            }
        )
    else:
        _table(f"People like {found.name}", header, rows)
        if found.weights is not None:
            _say(f"effective sample size of the weights: {found.effective:,.0f} people")
    for path in files:
        _say(f"wrote {path[1]}", err=True)


@app.command(epilog="Example: neodermis cascade --plot cascade.png")
def cascade(
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the couplings: .png, .svg or .pdf.")] = None,
    set_: Set = None,
    as_json: AsJson = False,
) -> None:
    """List the couplings of the healing cascade with sign and source, derived from the equations."""
    from neodermis import report as reports

    files = [("plot", plot)] if plot is not None else []
    reports.check_outputs(files)
    from neodermis.couplings import couplings
    from neodermis.evidence import load_parameters

    found = couplings(load_parameters().set(_assignments(set_)))
    if plot is not None:
        reports.write_cascade_plot(found, plot)
    if as_json:
        _echo_json(reports.couplings_document(found))
    else:
        _table("Couplings of the healing cascade", *reports.coupling_table(found))
    for _, path in files:
        _say(f"wrote {path}", err=True)


@app.command(
    epilog="The file is the output of a command: neodermis simulate ... --json > result.json.  "
    "Example: neodermis cite result.json --bibtex works.bib"
)
def cite(
    result: Annotated[Path, typer.Argument(metavar="RESULT.json", help="The output of a command with --json.")],
    bibtex: Annotated[
        str | None, typer.Option("--bibtex", metavar="FILE", help="Write the works as BibTeX; - prints them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the works that a result rests on and what each supports, as text, BibTeX or JSON."""
    from neodermis.documents import read_any
    from neodermis.evidence.citing import cited
    from neodermis.report.common import check_outputs, replacing

    file = None if bibtex is None or bibtex == "-" else Path(bibtex)
    check_outputs([("bibtex", file)] if file is not None else [], read=[result])
    found = cited(read_any(result), str(result))
    if file is not None:
        with replacing(file) as draft:
            draft.write_text(found.bibtex + "\n", "utf-8")
    if as_json:
        _echo_json(found.document())
    else:
        _say(found.bibtex if bibtex == "-" else found.text)
    if file is not None:
        _say(f"wrote {file}", err=True)


@app.command(epilog=f'Example: neodermis explain collagen_papillary --day 42 "{SESSIONS[0]}"')
def explain(
    outcome: Annotated[str, typer.Argument(help="An outcome; neodermis outcomes lists them.")],
    protocol: Annotated[str, typer.Argument(metavar="CASE", help=f"{_CASE_HELP}.")],
    day: Annotated[str, typer.Option(metavar="DAY", help="Days since the first session.")] = "42",
    age: Age = None,
    sex: Sex = None,
    phototype: Phototype = None,
    exposure: Exposed = None,
    concern: Concerned = None,
    patient: PatientFile = None,
    set_: Set = None,
    device: OwnDevice = None,
    beyond_limits: BeyondLimits = False,
    as_json: AsJson = False,
) -> None:
    """Explain an outcome on a given day by switching off each mechanism of the cascade in turn."""
    from neodermis import people as who

    options = _person(age, sex, phototype, exposure, concern, patient)
    options |= _given(set=_assignments(set_), device=device, beyond_limits=beyond_limits)
    _show_explanation(who.explain(outcome, day, _asked(protocol), **options), as_json)


def _show_explanation(why: Explanation, as_json: bool) -> None:
    from neodermis import report as reports

    if as_json:
        _echo_json(reports.explanation_document(why) | {"warnings": list(why.warnings)})
    else:
        _say(why.protocol.sentence)
        _say(f"{reports.person_text(why.case.patient.said)}\n")
        for line in reports.explanation_sentences(why):
            _say(f"- {line}")
        _table(f"Contribution of each mechanism on day {why.day:g}, percentage points", *reports.explanation_table(why))
        _say(f"\n{DISCLAIMER}")
    for warning in why.warnings:
        _say(f"note: {warning}", err=True)


@app.command(
    epilog="Save the output (> consultation.toml), edit it and screen it.  Example: neodermis screen --example"
)
def screen(
    file: Annotated[Path | None, typer.Argument(metavar="FILE.toml", help="A consultation.")] = None,
    example: Annotated[bool, typer.Option("--example", help="Print a complete, commented consultation.")] = False,
    template: Annotated[bool, typer.Option("--template", help="Print a blank form with every answer unknown.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a consultation.")] = False,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", metavar="WORD", help="Find the field that a word used by a patient or a form belongs to."
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(metavar="ID", help="A device, or roller, pen, stamp, frf, home.  [default: those in the file]"),
    ] = None,
    today: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Day from which waiting periods count.  [default: that of the file, else today]"
        ),
    ] = None,
    reader: Annotated[
        str, typer.Option("--for", metavar="WHOM", help="Reader: practitioner, or patient (short and plain).")
    ] = "practitioner",
    as_json: AsJson = False,
) -> None:
    """Screen a consultation: verdict of every rule with its sources, and the questions still open."""
    asked = {"--example": example, "--template": template, "--schema": schema, "--explain": explain is not None}
    chosen = [name for name, given in asked.items() if given]
    if len(chosen) + (file is not None) != 1:
        raise InputError(
            "screen", value=" and ".join([*(["a file"] if file else []), *chosen]) or None,
            accepted=f"one of FILE.toml, {', '.join(asked)}", whose="this command",
            next_step="neodermis screen --template > one.toml, fill it in, then neodermis screen one.toml",
        )  # fmt: skip
    if file is None and ((as_json and (example or template)) or device or today or reader != "practitioner"):
        raise InputError(
            chosen[0],
            accepted="no other option together with it",
            whose="this command",
            next_step="leave the others out",
        )
    if reader not in ("practitioner", "patient"):
        raise InputError(
            "--for", value=reader, accepted="practitioner or patient", whose="this option",
            next_step="leave it out for the practitioner",
        )  # fmt: skip
    from neodermis.care import consultation, suitability, telling

    if example:
        typer.echo(consultation.example().rstrip("\n"))
        return
    if template:
        from neodermis.care.template import template as empty

        typer.echo(empty().rstrip("\n"))
        return
    if schema:
        _echo_json(consultation.consultation_schema())
        return
    if explain is not None:
        from neodermis.care import hints

        if as_json:
            _echo_json(hints.explained(explain))
            return
        for line in hints.explained_lines(explain):
            _say(line)
        return
    assert file is not None
    one = consultation.read_consultation(file)
    verdict = suitability.screen(one, today=_day(today, one.today), device=device)
    if as_json:
        _echo_json(telling.verdict_document(verdict))
        return
    whom: Reader = "patient" if reader == "patient" else "practitioner"
    for line in telling.verdict_lines(verdict, whom):
        _say(line)
    _say(f"\n{DISCLAIMER}")


def _day(text: str | None, stated: date | None) -> date:
    """The requested day, else the stated one, else today."""
    if text is None:
        return stated or date.today()
    from neodermis.dates import read_date

    try:
        return read_date(text)
    except ValueError as error:
        raise InputError(
            "--today", value=text, accepted=str(error), whose="the calendar",
            next_step="leave it out for today's date",
        ) from error  # fmt: skip


@app.command(epilog="Example: neodermis demo --folder .")
def demo(
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for the files.")] = Path("."),
    as_json: AsJson = False,
) -> None:
    """Run the shipped example, a published study arm; write course.png and course.html and print both paths."""
    from neodermis import people as who
    from neodermis import report as reports

    picture, page = folder / "course.png", folder / "course.html"
    files = [("plot", picture), ("report", page)]
    reports.check_outputs(files)
    with progress() as told:
        course = who.simulate_arm("lotfi-2013", progress=told)
    reports.write_all(course, files)
    if as_json:
        _echo_json(reports.document(course))
        return
    for line in reports.sentences(course):
        _say(f"- {line}")
    _table("Published results and predictions", *reports.observed_table(course.observed))
    _say(f"\n{picture.resolve()}\n{page.resolve()}")


@app.command(epilog="Example: neodermis claims OUT-01 OUT-05 --html claims.html")
def claims(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Claims by id; all by default.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the claims as one HTML page.")] = None,
    recompute: Annotated[
        bool,
        typer.Option(
            "--recompute",
            help="Simulate every answer again (about a minute for all) and compare it with the shipped one.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List common claims about microneedling, tested by simulation and against published results."""
    from neodermis.claims import ledger, shipped
    from neodermis.claims.record import differences, made, made_now
    from neodermis.report import claims as page
    from neodermis.report import common

    common.check_outputs([("html", html)] if html is not None else [])
    made_with, changed = made(), made().outdated
    if changed:
        _say(f"note: the shipped answers are of {made_with.date}; {' and '.join(changed)} changed since.  "
             "neodermis claims --recompute repeats the simulations", err=True)  # fmt: skip
    differing: list[str] = []
    if recompute:
        with progress() as told:
            rows = list(ledger(names or (), told))
        made_with = made_now(date.today().isoformat())
        differing = [f"{row.claim.id}, {where}" for row in rows for where in differences(row)]
    else:
        rows = shipped(names or ())
    if html is not None:
        page.write_claims_page(rows, html, made_with)
    if as_json:
        _echo_json(page.claims_document(rows, made_with))
    else:
        for row in rows if names else ():
            _say(f"{row.claim.id}: {row.claim.claim}")
            for point in row.points:
                _say("\n" + "\n".join(page.point_lines(point)))
            _say(f"\ntogether: {page.together(row)}\n")
        if not names:
            _table("Claims", *page.claims_table(rows))
            _say()
        points = ", ".join(f"{number} {verdict}" for verdict, number in page.point_counts(rows).items())
        _say(f"{page.counts_text(rows)}\nof their points: {points}")
        _say("A claim is supported only by both simulation and evidence; neodermis claims ID shows them.")
        if html is not None:
            _say(f"\n{html.resolve()}")
    if recompute:
        _say("\n".join(["These differ from the shipped answers:", *differing]) if differing
             else "All answers equal the shipped ones.", err=True)  # fmt: skip
    if differing:
        raise typer.Exit(1)


@app.command(epilog=f'Example: neodermis care example "{EXAMPLES[0]}" --start 2027-03-01 --ics care.ics')
def care(
    consultation: Annotated[
        Path, typer.Argument(help="A consultation file (neodermis screen --example writes one), or example.")
    ],
    protocol: Annotated[str, typer.Argument(help="A protocol sentence.")],
    start: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="First session: 2027-03-01 or 2027-03-01T14:30.  [default: that of the file, else in four weeks]",
        ),
    ] = None,
    for_: Annotated[str, typer.Option("--for", metavar="WHO", help="Reader: patient or practitioner.")] = "patient",
    hemisphere: Annotated[
        str | None,
        typer.Option(metavar="WHERE", help="north, south or tropics.  [default: strong sun in every month]"),
    ] = None,
    weight: Annotated[
        str | None, typer.Option(metavar="KG", help="Body weight, recorded with the anaesthetic dose.")
    ] = None,
    today: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day of the screening.  [default: that of the file, else today]"),
    ] = None,
    draws: Draws = "100",
    seed: Seed = "0",
    device: OwnDevice = None,
    beyond_limits: BeyondLimits = False,
    as_given: Annotated[
        bool,
        typer.Option(
            "--as-given", help="Schedule the plan as given; the changes asked for by the rules are printed first."
        ),
    ] = False,
    weekdays: Annotated[
        bool,
        typer.Option(
            "--weekdays",
            help="Sessions from Monday to Friday only: one on a weekend moves to Monday, and later ones follow.",
        ),
    ] = False,
    ics: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.ics",
            help="Write the calendar.  A later file of the same consultation moves the events of an earlier one; "
            "delete by hand the events that it no longer contains.",
        ),
    ] = None,
    leaflet: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write the leaflet for the patient.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Dated care of the plan that the rules allow: before, checklist, after by hour and day, red flags, follow-up.

    The plan is adapted by the screening rules first.  Where no session may be given yet, the verdict and what is
    needed first are printed and nothing is dated; --ics and --leaflet then write nothing, with exit status 1.
    Calendar events keep their identity by [clinic] record of the consultation, else by the name of its file.
    """
    from neodermis import report as reports

    files = [(kind, path) for kind, path in (("ics", ics), ("leaflet", leaflet)) if path is not None]
    reports.check_outputs(files, read=[path for path in (consultation, device) if path is not None])
    if for_ not in ("patient", "practitioner"):
        raise InputError(
            "--for", value=for_, accepted="patient or practitioner", whose="the readers for whom care has texts",
            next_step="leave it out for the texts for patients",
        )  # fmt: skip
    from neodermis.care.calendar import made_now
    from neodermis.care.course import care as cared_for

    audience: Reader = "patient" if for_ == "patient" else "practitioner"
    made = None if ics is None else made_now()  # a wrong SOURCE_DATE_EPOCH is told before anything is computed
    done = cared_for(
        consultation, protocol, start=start, hemisphere=hemisphere, weight_kg=weight, as_given=as_given,
        weekdays=weekdays, draws=draws, seed=seed, device=device, beyond_limits=beyond_limits,
        today=None if today is None else _day(today, None), clock=date.today(),
    )  # fmt: skip
    if done.dated is not None:
        if ics is not None and made is not None:
            reports.write_calendar(done.care, ics, audience, record=done.record, made=made)
        if leaflet is not None:
            reports.write_leaflet(done.care, leaflet)
    if as_json:
        _echo_json(reports.prepared_document(done, audience))
    else:
        for line in reports.prepared_lines(done, audience):
            _say(line)
        if done.dated is not None:
            _say(f"\n{done.care.protocol.sentence}")
            for title, header, rows in reports.care_tables(done.care, audience):
                _table(title, header, rows)
            for line in reports.closing_lines(done.care, audience):
                _say(f"- {line}")
        _say(f"\n{DISCLAIMER}")
    if done.dated is None:
        if files:
            done.care  # noqa: B018  # raises with the reason: nothing was written
        return
    for note in (*done.care.notes, *done.injuries.ledger.warnings):
        _say(f"note: {note}", err=True)
    for _, path in files:
        _say(f"wrote {path}", err=True)


# ----------------------------------------------------------------------------------------------- catalogues


def _catalogue(name: str, about: str) -> typer.Typer:
    group = typer.Typer(help=about, invoke_without_command=True, rich_markup_mode=None)
    app.add_typer(group, name=name)
    return group


def _listed(context: typer.Context, as_json: bool) -> bool:
    """Whether the group itself is to be printed; ``--json`` before a subcommand holds for it too."""
    context.obj = as_json
    return context.invoked_subcommand is None


def _show(entry: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        _echo_json(entry)
        return
    width = max(map(len, entry))
    for name, value in entry.items():
        values = value if isinstance(value, list) else [value]
        for number, item in enumerate(values):
            text = "; ".join(f"{k}: {v}" for k, v in item.items()) if isinstance(item, dict) else str(item)
            _say(f"{name if number == 0 else '':{width}}  {text}")


actives = _catalogue("actives", "Actives: products applied to the skin, their effects, their safety on open channels.")


@actives.callback(epilog="Example: neodermis actives show l_ascorbic_acid")
def _actives(context: typer.Context, as_json: AsJson = False) -> None:
    """List the actives."""
    if _listed(context, as_json):
        from neodermis import report as reports
        from neodermis.treatment import load_actives

        entries = [reports.active_entry(one) for one in load_actives().values()]
        if as_json:
            _echo_json(entries)
            return
        _table("Actives", *reports.active_table())


@actives.command("show", epilog="Example: neodermis actives show l_ascorbic_acid")
def _actives_show(context: typer.Context, name: str, as_json: AsJson = False) -> None:
    """Show one active: properties, limits, safety, effects with the grade of the evidence, sources."""
    from neodermis import report as reports
    from neodermis.evidence import load_bibliography
    from neodermis.treatment import find_active

    entry = reports.active_entry(find_active(name))
    known = load_bibliography()
    _show(entry | {"sources": [f"{key}: {known[key].text}" for key in entry["sources"]]}, as_json or context.obj)


devices = _catalogue("devices", "Devices: geometry, depth range, sources.")


def _device_entry(name: str) -> dict[str, object]:
    from neodermis.evidence import load_bibliography
    from neodermis.treatment import find_device

    device = find_device(name)
    spans = (
        "needles", "needle_diameter_mm", "needle_tip_radius_um", "needle_taper_mm", "frequency_hz", "head_width_mm",
        "drum_diameter_mm", "drum_width_mm", "head_area_mm2",
    )  # fmt: skip
    return {
        "id": device.id,
        "name": device.name,
        "aliases": list(device.aliases),
        "kind": device.kind,
        "depth": device.depth_range,
        "depth_whose": device.depth_basis,
        "settings": ", ".join(f"{setting:g}" for setting in device.settings_mm) + " mm"
        if device.settings_mm
        else "not known: any depth of the range is used",
        **({"settings_whose": device.settings_basis} if device.settings_mm else {}),
        **{
            span: f"{getattr(device, span)}" + (" (assumed)" if getattr(device, span).assumed else "")
            for span in spans
            if getattr(device, span) is not None
        },
        "usual_passes": f"{device.usual_passes.middle:g} ({device.usual_passes}; {device.usual_passes.grounds})",
        "assumptions": device.assumptions(),
        "sources": [f"{key}: {load_bibliography()[key].text}" for key in device.sources],
    }


@devices.callback(epilog="Example: neodermis devices show exceed")
def _devices(context: typer.Context, as_json: AsJson = False) -> None:
    """List the devices."""
    if _listed(context, as_json):
        from neodermis.treatment import load_devices

        entries = [_device_entry(name) for name in load_devices()]
        if as_json:
            _echo_json(entries)
            return
        rows = [[str(e[k]) for k in ("id", "name", "kind", "depth", "needles", "needle_diameter_mm")] for e in entries]
        _table("Devices", ("id", "name", "kind", "depth", "needles", "diameter, mm"), rows)


@devices.command("show", epilog="Example: neodermis devices show exceed")
def _devices_show(context: typer.Context, name: str, as_json: AsJson = False) -> None:
    """Show one device with the source of every number."""
    _show(_device_entry(name), as_json or context.obj)


@devices.command("example", epilog="Example: neodermis devices example")
def _devices_example() -> None:
    """Print a commented device file; save it (> my_devices.toml), edit it and pass it to --device."""
    from importlib.resources import files

    _say((files("neodermis.treatment") / "data" / "own_device.toml").read_text("utf-8").rstrip("\n"))


sites = _catalogue("sites", "Treatment sites: published thickness, usual limit of depth, area.")


def _site_entry(name: str) -> dict[str, object]:
    from neodermis.skin.tissue import find_site

    site = find_site(name)
    return {
        "id": site.id,
        "label": site.label,
        "aliases": list(site.aliases),
        **(
            {"zones": {name: round(share, 3) for name, share in site.zones.items()}}
            if site.zones
            else {"under": site.under}
        ),
        "limit_mm": site.limit_mm,
        "limit_whose": site.limit_whose,
        **({"excluded": site.excluded} if site.excluded else {}),
        **(
            {"scar_limit_mm": site.scar_limit_mm, "scar_limit_whose": site.scar_limit_whose}
            if site.scar_limit_mm is not None
            else {}
        ),
        "treated_area_cm2": site.treated_area_cm2,
        "treated_area_why": site.treated_area_why,
        **({"borrowed": site.borrowed} if site.borrowed else {}),
        "thickness": [_printed(row) for row in site.thickness],
        "reported": [_printed(row) for row in site.reported],
        "also_published": [dict(row) for row in site.also_published],
    }


def _printed(row: Any) -> dict[str, object]:
    """A record without the fields that its source does not report."""
    from dataclasses import asdict

    return {name: value for name, value in asdict(row).items() if value is not None}


@sites.callback(epilog="Example: neodermis sites show cheek")
def _sites(context: typer.Context, as_json: AsJson = False) -> None:
    """List the sites."""
    if _listed(context, as_json):
        from neodermis.skin.tissue import find_site, load_sites

        entries = [_site_entry(name) for name in load_sites()]
        if as_json:
            _echo_json(entries)
            return
        rows = [
            [str(e["id"]), str(e["label"]), ", ".join(find_site(str(e["id"])).aliases), f"{e['limit_mm']:g} mm"]
            for e in entries
        ]
        _table("Sites", ("id", "label", "also called", "usual limit of depth"), rows)


@sites.command("show", epilog="Example: neodermis sites show cheek")
def _sites_show(context: typer.Context, name: str, as_json: AsJson = False) -> None:
    """One site, with the thicknesses as published."""
    _show(_site_entry(name), as_json or context.obj)


outcomes = _catalogue("outcomes", "Outcomes: definition, unit, measurement.")


def _outcome_entry(name: str) -> dict[str, object]:
    from dataclasses import asdict

    from neodermis.skin.outcomes import find_outcome

    entry = {key: value for key, value in asdict(find_outcome(name)).items() if value not in ("", None, ())}
    if "not_modelled" in entry:
        from neodermis.evidence.reported import reported

        found = reported(name)
        entry |= {} if found is None else {"published": found.sentence, "sources": list(found.sources)}
    return entry


@outcomes.callback(epilog="Example: neodermis outcomes show goodman_baron_grade")
def _outcomes(context: typer.Context, as_json: AsJson = False) -> None:
    """List the outcomes."""
    if _listed(context, as_json):
        from neodermis.skin.outcomes import OUTCOMES

        entries = [_outcome_entry(name) for name in OUTCOMES]
        if as_json:
            _echo_json(entries)
            return
        rows = []
        for outcome in OUTCOMES.values():
            limits = "" if outcome.range is None else f"{outcome.range[0]:g} to {outcome.range[1]:g}"
            marks = ("direction only", outcome.direction_only), ("not modelled in this version", outcome.not_modelled)
            about = "; ".join([outcome.definition, *(mark for mark, why in marks if why)])
            rows.append([outcome.name, outcome.kind, outcome.unit, limits, outcome.better, about])
        _table("Outcomes", ("name", "kind", "unit", "range", "better", "definition"), rows)


@outcomes.command("show", epilog="Example: neodermis outcomes show goodman_baron_grade")
def _outcomes_show(context: typer.Context, name: str, as_json: AsJson = False) -> None:
    """One outcome."""
    _show(_outcome_entry(name), as_json or context.obj)


exposures = _catalogue("exposures", "Exposures of a patient: accepted values, effects and their sizes.")


def _unit(unit: str) -> str:
    return {"1": "", "1/d": " a day", "1/week": " a week", "year": " years"}.get(unit, f" {unit}")


def _exposure_entry(name: str) -> dict[str, object]:
    from neodermis.evidence import load_parameters
    from neodermis.people import find_exposure

    kind, known = find_exposure(name), load_parameters()
    sizes = [
        f"{size}: {known[size].value:g}{_unit(known[size].unit)}, {known[size].status}"
        + (" (off)" if known[size].uncertainty.kind == "off" else "")
        for size in kind.sized_by
    ]
    off = all(known[size].uncertainty.kind == "off" for size in kind.sized_by)
    return {
        "name": kind.name,
        "label": kind.label,
        "of": kind.of,
        "accepted": f"{kind.low:g} to {kind.high:g}{_unit(kind.unit)}",
        "words": [word if number > kind.high else f"{word}: {number:g}" for word, number in kind.words.items()],
        "example": f"{kind.name}={kind.example}",
        "changes": list(kind.rates),
        "acts": "off: no sourced effect size" if off and kind.sized_by else "no effect in this model" if off else "yes",
        "sizes": sizes,
        "sources": sorted({key for size in kind.sized_by for key in known[size].sources}),
        "note": kind.note,
    }


@exposures.callback(epilog="Example: neodermis exposures show smoking")
def _exposures(context: typer.Context, as_json: AsJson = False) -> None:
    """List the exposures."""
    if _listed(context, as_json):
        from neodermis.people import load_exposures

        entries = [_exposure_entry(name) for name in load_exposures()]
        if as_json:
            _echo_json(entries)
            return
        kinds = load_exposures()
        rows = [
            [str(e["example"]), str(e["of"]), "; ".join(kinds[str(e["name"])].rates), str(e["acts"])] for e in entries
        ]
        _table("Exposures", ("example", "unit", "acts on", "active"), rows)


@exposures.command("show", epilog="Example: neodermis exposures show smoking")
def _exposures_show(context: typer.Context, name: str, as_json: AsJson = False) -> None:
    """One exposure, with its sizes and their sources."""
    _show(_exposure_entry(name), as_json or context.obj)


concerns = _catalogue("concerns", "Concerns: scales of severity, and the tissue state that represents them.")


def _concern_entry(name: str) -> dict[str, object]:
    from neodermis.evidence import load_parameters
    from neodermis.people import find_concern

    kind, known = find_concern(name), load_parameters()
    return {
        "name": kind.name,
        "label": kind.label,
        "aliases": list(kind.aliases),
        "state": kind.state or f"none; this version cannot predict it: {kind.cannot_answer}",
        "scales": [f"{name}: {scale.low:g} to {scale.top:g}" for name, scale in kind.scales.items()]
        + [f"share: 0 to {kind.most:g}"],
        "example": f"{kind.name}={kind.example}",
        "answers": list(kind.answers),
        "sizes": [
            f"{size}: {known[size].value:g}{_unit(known[size].unit)}, {known[size].status}" for size in kind.sized_by
        ],
        **({"types": [f"{part}: {share:g} %" for part, share in kind.types.items()]} if kind.types else {}),
    }


@concerns.callback(epilog="Example: neodermis concerns show acne_scar")
def _concerns(context: typer.Context, as_json: AsJson = False) -> None:
    """List the concerns."""
    if _listed(context, as_json):
        from neodermis.people import load_concerns

        entries = [_concern_entry(name) for name in load_concerns()]
        if as_json:
            _echo_json(entries)
            return
        scales = {name: ", ".join(kind.scales) or "share" for name, kind in load_concerns().items()}
        rows = [[str(e["example"]), scales[str(e["name"])], str(e["state"])] for e in entries]
        _table("Concerns", ("example", "scales", "represented by"), rows)


@concerns.command("show", epilog="Example: neodermis concerns show acne_scar")
def _concerns_show(context: typer.Context, name: str, as_json: AsJson = False) -> None:
    """Show one concern, with its scales and the state that a grade represents."""
    _show(_concern_entry(name), as_json or context.obj)


parameters = _catalogue("parameters", "Parameters: value, unit, spread, status, sources, reason.")


def _parameter_entry(name: str) -> dict[str, object]:
    from neodermis.evidence import load_parameters

    p = load_parameters()[name]
    return {
        "name": p.name,
        "mechanism": p.mechanism,
        "value": p.value,
        "unit": p.unit,
        "status": p.status,
        "uncertainty90": list(p.uncertainty.interval()),
        "variability90": list(p.variability.interval()),
        "sources": list(p.sources),
        "why": p.why,
    }


@parameters.callback(epilog="Example: neodermis parameters --status assumed --mechanism matrix")
def _parameters(
    context: typer.Context,
    status: Annotated[str | None, typer.Option(help="measured, derived, calibrated or assumed.")] = None,
    mechanism: Annotated[
        str | None,
        typer.Option(help="A mechanism of the model, for instance matrix."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the parameters."""
    if not _listed(context, as_json):
        return
    from neodermis.errors import UnknownNameError
    from neodermis.evidence import load_parameters

    shipped = load_parameters()
    for kind, given, known in (
        ("status", status, {p.status for p in shipped}),
        ("mechanism", mechanism, {p.mechanism for p in shipped}),
    ):
        if given is not None and given not in known:
            raise UnknownNameError(kind, given, known)
    chosen = [
        p for p in shipped if (status is None or p.status == status) and (mechanism is None or p.mechanism == mechanism)
    ]
    if as_json:
        _echo_json(
            {
                "name": shipped.name,
                "version": shipped.version,
                "sha256": shipped.sha256,
                "parameters": [_parameter_entry(p.name) for p in chosen],
            }
        )
        return
    rows = [
        [
            p.name,
            p.mechanism,
            f"{p.value:g} {p.unit}",
            "{:.3g} to {:.3g}".format(*p.uncertainty.interval()),
            p.status,
            ", ".join(p.sources),
        ]
        for p in chosen
    ]
    _table(
        f"{len(chosen)} of {len(shipped)} parameters of set {shipped.name} {shipped.version}",
        ("name", "mechanism", "value", "90 % uncertainty", "status", "sources"),
        rows,
    )


@parameters.command("show", epilog="Example: neodermis parameters show labile_share")
def _parameters_show(context: typer.Context, name: str, as_json: AsJson = False) -> None:
    """Show one parameter, with the reason for its value."""
    _show(_parameter_entry(name), as_json or context.obj)


rules = _catalogue("rules", "Screening rules: conditions, waiting periods, who may override them, sources.")
Category = Annotated[
    str | None,
    typer.Option(metavar="WHICH", help="Only absolute, relative, defer, precaution or info."),
]


@rules.callback(epilog="Example: neodermis rules --category defer")
def _rules(context: typer.Context, category: Category = None, as_json: AsJson = False) -> None:
    """List the rules."""
    if not _listed(context, as_json):
        return
    from neodermis.care import telling
    from neodermis.care.rules import OF_CATEGORY, load_rules

    if category is not None and category not in OF_CATEGORY:
        raise InputError(
            "--category", value=category, accepted=", ".join(OF_CATEGORY), whose="the screening rules",
            next_step="leave it out for all of them",
        )  # fmt: skip
    chosen = [rule for rule in load_rules().rules.values() if category in (None, rule.category)]
    entries = [telling.rule_document(rule) for rule in chosen]
    if as_json:
        _echo_json(entries)
        return
    rows = [
        [
            *(str(entry[key]) for key in ("id", "condition", "category")),
            f"{entry['days']:g}" if "days" in entry else "",
            *(str(entry[key]) for key in ("override", "tier")),
            "" if entry["active"] else "off",
        ]
        for entry in entries
    ]
    _table("Screening rules", ("id", "condition", "category", "days", "overridden by", "tier", ""), rows)


@rules.command("show", epilog="Example: neodermis rules show ISOTRETINOIN")
def _rules_show(context: typer.Context, name: str, as_json: AsJson = False) -> None:
    """Show one rule: condition, reason, waiting period, reported ranges, device labels, sources."""
    from neodermis.care import telling
    from neodermis.care.rules import find_rule

    _show(telling.rule_document(find_rule(name)), as_json or context.obj)


evidence = _catalogue("evidence", "Evidence: published studies with arms that can be simulated, and the sources.")


def _study_entry(name: str) -> dict[str, object]:
    from dataclasses import asdict

    from neodermis.people import checked_study

    study = checked_study(name)
    return {**asdict(study), "cited": study.cited}


@evidence.callback(epilog="Example: neodermis evidence show lotfi-2013")
def _evidence(context: typer.Context, as_json: AsJson = False) -> None:
    """List the studies."""
    if not _listed(context, as_json):
        return
    from neodermis.evidence import load_study, study_ids

    if as_json:
        _echo_json([_study_entry(name) for name in study_ids()])
        return
    rows = []
    for name in study_ids():
        study = load_study(name)
        rows += [
            [study.id, arm.id, str(study.n), study.design, arm.protocol, str(len(arm.findings))] for arm in study.arms
        ]
    _table("Studies", ("study", "arm", "n", "design", "protocol", "findings"), rows)


@evidence.command("show", epilog="Example: neodermis evidence show minh-2019 --plot minh.png")
def _evidence_show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A study, or the path of a findings file.")],
    plot: Annotated[Path | None, typer.Option(help="Draw the study and its prediction.")] = None,
    draws: Annotated[str, typer.Option(help="Parameter draws.")] = "100",
    seed: Seed = "0",
    as_json: AsJson = False,
) -> None:
    """One study: arms, values not reported, published findings; with a plot, the predicted results."""
    from neodermis.people import checked_study

    as_json = as_json or bool(context.obj)
    study = checked_study(name)
    courses = {} if plot is None else _beside_prediction(study, plot, draws, seed)
    if as_json:
        from neodermis.report import observed_entry

        beside = [observed_entry(row) for course in courses.values() for row in course.observed]
        _echo_json({**_study_entry(name), **({"beside": beside} if courses else {})})
        return
    _say(f"{study.id}: {study.design}; {study.species}, n = {study.n}, grade {study.grade}\n{study.population}")
    _say(study.cited)
    for caveat in study.caveats:
        _say(f"  caution: {caveat}")
    for arm in study.arms:
        _say(f"\narm {arm.id}: {arm.protocol or arm.why_not}\n  rater: {arm.rater}")
        if arm.why_not and arm.protocol:
            _say(f"  not simulated: {arm.why_not}")
        for assumed in arm.assumed:
            _say(f"  not reported: {assumed}")
        rows = []
        for f in arm.findings:
            change = f.relative_change
            printed = {
                "change": f.change, "change, %": f.change_percent, "value": f.value, "baseline": f.baseline,
                "sd": f.sd, "se": f.se, "range": f.range, "interval": f.ci, "p": f.p or None,
            }  # fmt: skip
            numbers = ", ".join(f"{k} {v}" for k, v in printed.items() if v is not None)
            against = f" against {f.against}" if f.against else ""
            rows.append(
                [f.outcome, f"{f.measure}{f', {f.threshold}' if f.threshold else ''}", f"{f.day:g}",
                 f"{numbers or f.direction}{f' {f.unit}' if f.unit else ''}{against}",
                 "" if change is None else f"{100 * change:+.1f} %"]
            )  # fmt: skip
        _table("Findings", ("outcome", "measured as", "day", "as published", "change from baseline"), rows)
        if arm.id in courses:
            from neodermis.report import observed_table

            _table("Published results and predictions", *observed_table(courses[arm.id].observed))
    if plot is not None:
        _say(f"\n{plot.resolve()}")


def _beside_prediction(study: Study, plot: Path, draws: str, seed: str) -> dict[str, Course]:
    """Simulate the arms of a study and draw them with the published results."""
    from neodermis import report as reports
    from neodermis.people import simulate_arm

    reports.check_outputs([("plot", plot)])
    arms = study.simulable if study.species == "human" else ()
    if not arms:
        raise InputError(
            "--plot", value=str(plot), accepted="a study with an arm that can be simulated", whose=study.id,
            next_step="leave --plot out: the findings are printed without it",
        )  # fmt: skip
    with progress() as told:
        courses = {
            arm.id: simulate_arm(study, arm.id, draws=draws, seed=seed, scatter=True, progress=told) for arm in arms
        }
    reports.write_study_plot(study, courses, plot)
    return courses


@evidence.command("figures", epilog="Example: neodermis evidence figures")
def _evidence_figures(
    context: typer.Context,
    draws: Draws = "400",
    seed: Seed = "0",
    set_: Set = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also list figures that the model cannot predict, with the reason.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare published figures on channels, depth, force and pain with the model, misses included."""
    from neodermis.evidence import load_parameters
    from neodermis.inference.figures import compare
    from neodermis.people import read_draws

    count, start = read_draws(draws, seed)
    rows = compare(load_parameters().set(_assignments(set_)), draws=count, seed=start)
    if as_json or context.obj:
        _echo_json([_beside(row) for row in rows])
        return
    asked = [row for row in rows if row.model is not None]
    _table(
        "Published figures and model predictions",
        ("figure", "quantity", "tissue", "published", "model (90 %)", "verdict", "used for"),
        [
            (
                row.id,
                row.figure.quantity.replace("_", " "),
                row.figure.tissue,
                row.figure.published,
                f"{row.model.median:.3g} ({row.model.lower90:.3g} to {row.model.upper90:.3g})",
                row.verdict.upper() if row.missed else row.verdict,
                ", ".join(row.figure.used_for) or "testing only",
            )
            for row in asked
            if row.model is not None
        ],
    )
    if everything:
        _not_asked(rows)
    missed = sum(row.missed for row in asked)
    tests = [row for row in asked if row.is_test]
    _say(
        f"{len(rows)} figures; the model predicts {len(asked)} and misses {missed} of them. A wide interval is a weak "
        f"test, and all but {len(tests)} also inform parameters. See docs/validation/penetration.md."
    )


def _without_nothing(value: Any) -> Any:
    """A record without empty fields, at any depth."""
    if isinstance(value, Mapping):
        return {key: _without_nothing(item) for key, item in value.items() if item is not None}
    return [_without_nothing(item) for item in value] if isinstance(value, (list, tuple)) else value


def _beside(row: Beside[Any, Any]) -> Any:
    """Record of a published figure and the model prediction."""
    from dataclasses import asdict

    model = None if row.model is None else row.model._asdict()
    return _without_nothing({**asdict(row.figure), "model": model, "verdict": row.verdict, "test": row.is_test})


def _not_asked(rows: Sequence[Beside[Any, Any]]) -> None:
    """Print the figures that the model cannot predict, with the reason."""
    rest = [(row.id, row.figure.published, row.why) for row in rows if row.model is None]
    _table("Not predicted by the model", ("figure", "published", "why"), rest)


@evidence.command("ageing", epilog="Example: neodermis evidence ageing")
def _evidence_ageing(
    context: typer.Context,
    draws: Draws = "100",
    seed: Seed = "0",
    set_: Set = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also list figures that the model cannot predict, with the reason.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare published figures on ageing and exposures with the model, misses included."""
    from neodermis.evidence import load_parameters
    from neodermis.inference.ageing import AGEING_COLUMNS, ageing_counts, ageing_table, compare_ageing
    from neodermis.people import read_draws

    count, start = read_draws(draws, seed)
    rows = compare_ageing(load_parameters().set(_assignments(set_)), draws=count, seed=start)
    if as_json or context.obj:
        _echo_json([_beside(row) for row in rows])
        return
    _table("Published figures on ageing and exposures, and model predictions", AGEING_COLUMNS, ageing_table(rows))
    if everything:
        _not_asked(rows)
    _say(ageing_counts(rows).sentence)


@evidence.command("delivery", epilog="Example: neodermis evidence delivery --plot figures.png")
def _evidence_delivery(
    context: typer.Context,
    draws: Draws = "200",
    seed: Seed = "0",
    set_: Set = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also list figures that the model cannot predict, with the reason.")
    ] = False,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figure: .png, .svg or .pdf.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare published figures on channel closure, water loss and delivery with the model, misses first."""
    from neodermis.evidence import load_parameters
    from neodermis.inference.delivery import compare_delivery, delivery_counts
    from neodermis.people import read_draws
    from neodermis.report import common, delivery_evidence

    if plot is not None:
        common.check_outputs([("plot", plot)])
    count, start = read_draws(draws, seed)
    rows = compare_delivery(load_parameters().set(_assignments(set_)), draws=count, seed=start)
    if plot is not None:
        delivery_evidence.write_delivery_evidence_plot(rows, plot)
    if as_json or context.obj:
        _echo_json([_beside(row) for row in rows])
        return
    table = delivery_evidence.delivery_evidence_table(rows)
    _table("Published figures on channel closure, water loss and delivery", delivery_evidence.DELIVERY_COLUMNS, table)
    if everything:
        _not_asked(rows)
    _say(delivery_counts(rows).sentence)
    _say("Fit of the conducting share: docs/validation/delivery.md.")


@evidence.command("schema", epilog="Example: neodermis evidence schema")
def _evidence_schema() -> None:
    """Print the JSON Schema of a findings file."""
    from neodermis.evidence import findings_schema

    _echo_json(findings_schema())


@evidence.command("bibtex", epilog="Example: neodermis evidence bibtex")
def _evidence_bibtex() -> None:
    """Print the bibliography as BibTeX, with the fields that were verified in each work."""
    from neodermis.evidence import load_bibliography

    for work in load_bibliography().values():
        _say(work.bibtex)


# ----------------------------------------------------------------------------------------------- entry


#: Characters of one word of the command line.
MAX_WORD: Final = 4096
#: What the option reader raises on words that it cannot read; it prints them as they are, so we print them.
UNREADABLE: Final[Any] = typer.BadParameter.__base__


def main() -> None:
    """Run the command line; exit status 0, 2 for invalid input, 1 for an internal failure."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.stderr is None:  # closed by the caller
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # for the life of the process
    if sys.stdout is None:
        # nothing could be printed, and the next file that is opened would take the number of standard output
        sys.stderr.write(
            "error: standard output is closed, so the result cannot be printed; to discard it, redirect it to the "
            f"null device ({os.devnull})\n"
        )
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        for word in sys.argv[1:]:
            if len(word) > MAX_WORD:
                raise InputError(
                    "length of a word of the command", value=f"{len(word)} characters",
                    accepted=f"at most {MAX_WORD} characters", whose="this program: the longest path that systems take",
                    next_step="give what is that long in a file, or not at all",
                )  # fmt: skip
        with telling():
            status = app(standalone_mode=False)
        sys.stdout.flush()  # a full disk is told here and not when Python has ended
        sys.exit(status)
    except UNREADABLE as error:
        message = io.StringIO()
        error.show(message)
        _say(message.getvalue().rstrip("\n"), err=True)
        sys.exit(2)
    except NeodermisError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_status)
    except OSError as error:  # a full disk under standard output, for instance
        typer.echo(f"error: {error.strerror or error}", err=True)
        sys.exit(1)
