"""Options that several commands share, each declared once, and the readers of what was given.

A parameter of a command whose type is an option group becomes the options of the group (:func:`command`)::

    @command("Example: neodermis explain ...")
    def explain(outcome: str, who: Person, model: Model, as_json: AsJson = False) -> None: ...
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args, get_origin, get_type_hints

import typer

from neodermis import DISCLAIMER
from neodermis.errors import InputError
from neodermis.waiting import PREPARING

if TYPE_CHECKING:
    from neodermis.api import Case

#: A session sentence to copy; the first is that of the examples.
PROTOCOLS: Final = (
    "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes",
    "5 sessions every 30 days: roller_mf8; cheek 1.5 mm, 8 passes",
    "3 sessions every 6 weeks: pen 12 x 0.25 mm; cheek 1.0 mm, 4 passes; periorbital 0.5 mm, 2 passes",
)
SESSIONS: Final = (
    "1 session: exceed; cheek 1.5 mm, 6 passes",
    "1 session: roller 192 x 1.5 mm x 0.25 mm; cheek 1.5 mm, 8 passes",
    "1 session: stamp 40 x 0.25 mm; periorbital 0.5 mm, 3 passes",
)
CASE_HELP: Final = "A protocol sentence, or a file: a case, a consultation with a protocol, the JSON of a result"

app = typer.Typer(
    name="neodermis",
    help="Treatment planning for microneedling (percutaneous collagen induction): predict the course of the skin "
    f"from a protocol and a patient.\n\n{DISCLAIMER}",
    epilog=f'Start with: neodermis simulate "{PROTOCOLS[0]}"',
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def names_of(catalogue: str) -> Callable[[str], list[str]]:
    """The completion of a name of a catalogue in a shell."""

    def complete(incomplete: str) -> list[str]:
        from neodermis.report.catalogues import CATALOGUES

        return [name for name in CATALOGUES[catalogue].names() if name.startswith(incomplete)]

    return complete


# ----------------------------------------------------------------------------------------------- single options

CaseArgument = Annotated[str | None, typer.Argument(metavar="CASE", help=f"{CASE_HELP}. Leave out for three examples.")]
Draws = Annotated[str, typer.Option(metavar="N", help="Parameter draws; 1 gives the central course.")]
Seed = Annotated[str, typer.Option(metavar="N", help="Seed of the random draws.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PARAMETER=VALUE", autocompletion=names_of("parameters"), help="Fix a parameter; repeatable."
    ),
]
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
Numbing = Annotated[
    str | None,
    typer.Option(
        "--anaesthetic",
        metavar="WHICH",
        help='practice (topical above the usual depth), topical, none, or a product and its minutes, "emla 45 min"; '
        "it changes pain and minutes.  [default: practice]",
    ),
]
Plot = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figure: .png, .svg or .pdf.")]
LetterheadFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE.toml", help="Name, contact, phone, logo and paper of the clinic, for the printed page."),
]
Notes = Annotated[bool, typer.Option("--notes", help="Print every note instead of their number by subject.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print only one JSON document.")]
Everything = Annotated[
    bool, typer.Option("--all", help="Also list figures that the model cannot predict, with the reason.")
]


def _hush(wanted: bool) -> bool:
    PREPARING.quiet |= wanted
    return wanted


#: Languages of what a patient reads, for help.
_LANGUAGES: Final = "en, or de (German; Entwurf, nicht ärztlich geprüft: a draft, not reviewed by a clinician)."
#: Language of what a patient reads.
Language = Annotated[
    str, typer.Option("--language", metavar="LANGUAGE", help=f"Language of the texts for the patient: {_LANGUAGES}")
]
#: Every command has it.
Quiet = Annotated[
    bool, typer.Option("--quiet", help="No progress and no notes, only results and errors.", callback=_hush)
]


# ----------------------------------------------------------------------------------------------- option groups


class Group:
    """A dataclass whose fields are options of a command."""

    @property
    def given(self) -> dict[str, Any]:
        """The given options as keywords of the verbs; options left out are absent."""
        return given(**{field.name: getattr(self, field.name) for field in fields(self)})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Group):
    """The patient, by options or from a file."""

    age: Annotated[str | None, typer.Option(metavar="YEARS", help="Age, 18 to 100.  [default: 45]")] = None
    sex: Annotated[str | None, typer.Option(metavar="SEX", help="female or male.  [default: female]")] = None
    phototype: Annotated[str | None, typer.Option(metavar="1-6", help="Fitzpatrick phototype.  [default: 3]")] = None
    exposure: Annotated[
        list[str] | None,
        typer.Option(
            "--exposure",
            autocompletion=names_of("exposures"),
            metavar="NAME=VALUE",
            help='smoking=20/day, sun=high, "smoking=20/day; 0 from day 0"; repeatable; '
            "neodermis exposures lists them.",
        ),
    ] = None
    concern: Annotated[
        list[str] | None,
        typer.Option(
            "--concern",
            autocompletion=names_of("concerns"),
            metavar="NAME=SEVERITY",
            help="acne_scar=goodman_baron:3, thin_skin=0.2; repeatable; neodermis concerns lists them.",
        ),
    ] = None
    patient: Annotated[
        Path | None,
        typer.Option("--patient", metavar="FILE.toml", help="Read the patient from a file; options override it."),
    ] = None

    @property
    def given(self) -> dict[str, Any]:
        """Description of the patient: from the options, else from the file."""
        person = {} if self.patient is None else _of_file(self.patient)
        person |= given(age=self.age, sex=self.sex, phototype=self.phototype)
        for name, option, texts in (
            ("exposures", "--exposure", self.exposure),
            ("concerns", "--concern", self.concern),
        ):
            if texts:
                from neodermis.names import spelled

                chosen = assignments(texts, option)
                instead = {spelled(one) for one in chosen}
                kept = {one: value for one, value in (person.get(name) or {}).items() if spelled(one) not in instead}
                person[name] = {**kept, **chosen}
        return person


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers(Group):
    """Numbers of draws."""

    draws: Annotated[
        str | None,
        typer.Option(metavar="N", help="Parameter draws; 1 gives the central course.  [default: 100]"),
    ] = None
    people: Annotated[
        str | None, typer.Option(metavar="N", help="Simulated people: between-person variability.  [default: 0]")
    ] = None
    seed: Annotated[str | None, typer.Option(metavar="N", help="Seed of the random draws.  [default: 0]")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Group):
    """Changes of parameters, devices and limits."""

    set: Set = None
    device: OwnDevice = None
    beyond_limits: BeyondLimits = False

    @property
    def given(self) -> dict[str, Any]:
        """The given options, with the parameters by name."""
        return given(set=assignments(self.set), device=self.device, beyond_limits=self.beyond_limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting(Group):
    """The report to hand over."""

    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the report to hand over: .html (one file, no script) or tagged .pdf."),
    ] = None
    letterhead: LetterheadFile = None
    language: Annotated[
        str | None,
        typer.Option(metavar="LANGUAGE", help=f"Language of the patient's page: {_LANGUAGES}  [default: en]"),
    ] = None

    def check(self) -> dict[str, Any]:
        """The options of the report, read once before anything is computed, so that a broken file is told then."""
        check_letterhead(self.letterhead, self.report, "--report")
        if self.language is not None:
            _needs("--language", self.language, self.report, "--report")
            from neodermis.texts import load_texts

            load_texts("patient", self.language)
        return given(letterhead=self.letterhead, language=self.language)


def check_letterhead(letterhead: Path | None, page: Path | None, option: str) -> None:
    """Read a letterhead once before anything is computed; refuse one without the page that it is for."""
    if letterhead is not None:
        _needs("--letterhead", str(letterhead), page, option)
        from neodermis.report.letterhead import read_letterhead

        read_letterhead(letterhead)


def _needs(name: str, value: str, page: Path | None, option: str) -> None:
    if page is None:
        raise InputError(
            name, value=value, accepted=f"{option} FILE together with it", whose="this option: it is part of that page",
            next_step=f"for instance {option} {option[2:]}.pdf",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Without:
    """Marks a group of which a command lacks some options."""

    names: tuple[str, ...]


def without(*names: str) -> Without:
    """For ``Annotated[Group, without("people")]``."""
    return Without(names)


def command(epilog: str, *, on: typer.Typer = app, name: str | None = None) -> Callable[[Any], Any]:
    """Make a function a command, with its option groups as options."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        on.command(name, epilog=epilog)(laid_out(function))
        return function

    return register


def laid_out(function: Callable[..., None]) -> Callable[..., None]:
    """A function with the options of its groups as parameters, regrouped when it is called."""
    groups: dict[str, tuple[type[Group], list[str]]] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        kind: Any = parameter.annotation
        left_out: tuple[str, ...] = ()
        if get_origin(kind) is Annotated:
            base, *marks = get_args(kind)
            kind, left_out = base, tuple(name for mark in marks if isinstance(mark, Without) for name in mark.names)
        if not (isinstance(kind, type) and issubclass(kind, Group)):
            parameters.append(parameter)
            continue
        hints = get_type_hints(kind, include_extras=True)
        options = [field for field in fields(kind) if field.name not in left_out]  # type: ignore[arg-type]
        groups[parameter.name] = kind, [field.name for field in options]
        parameters += [
            inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
            )
            for field in options
            if field.default is not MISSING
        ]

    def called(*, quiet: bool = False, **values: Any) -> None:
        gathered = {name: kind(**{one: values.pop(one) for one in names}) for name, (kind, names) in groups.items()}
        function(**gathered, **values)

    ordered = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    ordered.append(inspect.Parameter("quiet", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Quiet))
    called.__name__, called.__doc__ = function.__name__, function.__doc__
    called.__annotations__ = {one.name: one.annotation for one in ordered}
    called.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]
    return called


# ----------------------------------------------------------------------------------------------- readers


def renamed(old: str, value: object, means: str, new: str) -> None:
    """Error for an option with another meaning in other commands, with its name in this command."""
    if value is not None:
        raise InputError(
            old, value=value, accepted=f"no such option here: {old} is {means}", whose="the options of all commands",
            next_step=f"{new} {value}",
        )  # fmt: skip


def given(**options: Any) -> dict[str, Any]:
    """Options that were given, without those left out."""
    return {name: value for name, value in options.items() if value not in (None, False, {})}


#: Option → form of its value, and what to do where it has another.
_FORMS: Final = {
    "--set": ("PARAMETER=VALUE", "for instance --set labile_share=0.4; neodermis parameters lists the names"),
    "--exposure": ("NAME=VALUE", "for instance --exposure smoking=20/day; neodermis exposures lists the names"),
    "--compare-exposure": (
        "NAME=VALUE",
        "for instance --compare-exposure smoking=0; neodermis exposures lists the names",
    ),
    "--measured": (
        "OUTCOME=VALUE",
        "for instance --measured goodman_baron_grade=2 --day 90; neodermis outcomes lists the names",
    ),
    "--concern": ("NAME=SEVERITY", "for instance --concern striae=0.5; neodermis concerns lists the names"),
}


def assignment(option: str, text: str) -> tuple[str, str]:
    """Name and value of ``NAME=VALUE``."""
    name, equals, value = text.partition("=")
    if option == "--concern" and not equals and name.strip():
        return name.strip(), ""  # which concerns may go without a severity, their catalogue says
    if not equals or not name.strip() or not value.strip():
        form, advice = _FORMS[option]
        raise InputError(option, value=text, accepted=form, whose="the form of this option", next_step=advice)
    return name.strip(), value.strip()


def assignments(texts: Sequence[str] | None, option: str = "--set") -> dict[str, str]:
    """Values by name of an option that is repeated; each name once."""
    found: dict[str, str] = {}
    for text in texts or ():
        name, value = assignment(option, text)
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


def _consulted(document: Mapping[str, Any]) -> bool:
    """True if a document is a consultation: it has its tables and no protocol at the top level."""
    tables = ("concern", "history", "medication", "area", "consent", "plan", "preferences", "clinic", "today")
    asked = "patient" in document and not document.keys() - {"patient"}
    return "protocol" not in document and "case" not in document and (asked or any(name in document for name in tables))


def _of_file(file: Path) -> dict[str, Any]:
    """Patient of a patient file or of a consultation; missing values are ``None``."""
    from neodermis.documents import read_document
    from neodermis.people import read_patient

    if _consulted(read_document(file)):
        from neodermis.care.consultation import read_consultation

        one = read_consultation(file)
        person = one.person(one.today or date.today()).said
    else:
        person = read_patient(file)
    return dict.fromkeys(("age", "sex", "phototype", "exposures", "concerns")) | person


def read_case(text: str) -> str | Case:
    """Case named by a CASE argument: a sentence, or the file at this path, recognised by its content."""
    if not os.path.exists(text) and not text.casefold().endswith((".json", ".toml")):
        return text
    from neodermis.api import read_saved
    from neodermis.documents import read_any

    document = read_any(Path(text))
    if not _consulted(document):
        return read_saved(document, text).case
    from neodermis.care.consultation import read_consultation

    one = read_consultation(Path(text))
    return one.case(one.today or date.today(), text)


def outputs(read: Sequence[str | Path | None] = (), **files: Path | None) -> list[tuple[str, Path]]:
    """Files to write, by kind; refuses one that cannot be written, or that the command reads."""
    from neodermis.report.common import check_outputs

    wanted = [(kind.replace("_", "-"), path) for kind, path in files.items() if path is not None]
    if wanted:
        check_outputs(wanted, read=[Path(path) for path in read if path is not None])
    return wanted
