"""Commands on a consultation: screen and care."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from neodermis import DISCLAIMER
from neodermis.cli.options import (
    PROTOCOLS,
    AsJson,
    BeyondLimits,
    Language,
    LetterheadFile,
    Notes,
    Numbers,
    OwnDevice,
    check_letterhead,
    command,
    names_of,
    outputs,
    renamed,
    without,
)
from neodermis.cli.printing import say, say_after, say_json, say_page
from neodermis.errors import InputError

if TYPE_CHECKING:
    from neodermis.texts import Audience as Reader

AUDIENCES: Final[tuple[Reader, ...]] = ("practitioner", "patient")
Audience = Annotated[
    str, typer.Option(metavar="WHO", help="Audience of the texts: practitioner, or patient (short and plain).")
]
#: What was ``--for`` here is answered with the new name.
Old = Annotated[str | None, typer.Option("--for", hidden=True)]


@command("Save the output (> consultation.toml), edit it and screen it.  Example: neodermis screen --example")
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
    device_id: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            autocompletion=names_of("devices"),
            help="A device, or roller, pen, stamp, frf, home.  [default: those in the file]",
        ),
    ] = None,
    device: Annotated[str | None, typer.Option("--device", hidden=True)] = None,
    today: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Day from which waiting periods count.  [default: that of the file, else today]"
        ),
    ] = None,
    audience: Audience = "practitioner",
    language: Language = "en",
    for_: Old = None,
    as_json: AsJson = False,
) -> None:
    """Screen a consultation: verdict of every rule with its sources, and the questions still open.

    --language is for --audience patient; texts for the practitioner are in English.
    """
    renamed("--device", device, "a file of your own devices", "--device-id")
    renamed("--for", for_, "the hours of contact in deliver", "--audience")
    asked = {"--example": example, "--template": template, "--schema": schema, "--explain": explain is not None}
    chosen = [name for name, given in asked.items() if given]
    if len(chosen) + (file is not None) != 1:
        raise InputError(
            "screen", value=" and ".join([*(["a file"] if file else []), *chosen]) or None,
            accepted=f"one of FILE.toml, {', '.join(asked)}", whose="this command",
            next_step="neodermis screen --template > one.toml, fill it in, then neodermis screen one.toml",
        )  # fmt: skip
    other = device_id or today or audience != "practitioner" or language != "en"
    if file is None and ((as_json and (example or template)) or other):
        raise InputError(
            chosen[0],
            accepted="no other option together with it",
            whose="this command",
            next_step="leave the others out",
        )
    whom = _reader(audience)
    _check_language(language, whom)
    from neodermis.care import consultation, suitability, telling

    if example:
        typer.echo(consultation.example().rstrip("\n"))
    elif template:
        from neodermis.care.template import template as empty

        typer.echo(empty().rstrip("\n"))
    elif schema:
        say_json(consultation.consultation_schema())
    elif explain is not None:
        from neodermis.care import hints

        say_json(hints.explained(explain)) if as_json else say("\n".join(hints.explained_lines(explain)))
    elif file is not None:
        one = consultation.read_consultation(file)
        verdict = suitability.screen(one, today=day_of(today, one.today), device=device_id)
        if as_json:
            say_json(telling.verdict_document(verdict))
        else:
            from neodermis.texts import LANGUAGE, load_texts

            texts = load_texts("care", language)
            lines = [*([texts.draft, ""] if texts.draft else []), *telling.verdict_lines(verdict, whom, language)]
            say("\n".join(lines))
            say(f"\n{DISCLAIMER if language == LANGUAGE else texts.say('page', 'disclaimer')}")


def _reader(word: str) -> Reader:
    """Audience of the texts."""
    for one in AUDIENCES:
        if word == one:
            return one
    raise InputError(
        field="audience", value=word, accepted=" or ".join(AUDIENCES), whose="this option", next_step="leave it out"
    )


def _check_language(language: str, reader: Reader, leaflet: Path | None = None) -> None:
    """Error for a language that is not shipped, or that no text of this command would be in."""
    from neodermis.texts import LANGUAGE, load_texts

    load_texts("care", language)
    if language != LANGUAGE and reader == "practitioner" and leaflet is None:
        raise InputError(
            field="language", value=language, accepted=f"{LANGUAGE} for the practitioner", whose="this version",
            next_step="leave it out, or take --audience patient",
        )  # fmt: skip


def day_of(text: str | None, stated: date | None) -> date:
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


@command(f'Example: neodermis care example "{PROTOCOLS[0]}" --start 2027-03-01 --ics care.ics')
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
    audience: Audience = "patient",
    language: Language = "en",
    for_: Old = None,
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
    *,
    numbers: Annotated[Numbers, without("people")],
    device: OwnDevice = None,
    beyond_limits: BeyondLimits = False,
    as_given: Annotated[
        bool,
        typer.Option(
            "--as-given", help="Schedule the plan as given; the changes that the rules require are printed first."
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
        Path | None, typer.Option(metavar="FILE", help="Write the leaflet for the patient: .html or tagged .pdf.")
    ] = None,
    letterhead: LetterheadFile = None,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Schedule the care of a plan under the rules: preparation, checklist, aftercare by hour and day, follow-up.

    The screening rules first adapt the plan.  Where no session is allowed yet, the verdict and the requirements are
    printed and nothing is dated; --ics and --leaflet then write nothing, with exit status 1. Calendar events keep their
    identity by [clinic] record of the consultation, else by the name of its file. Texts for the practitioner are in
    English; --language sets that of the leaflet and of the texts and the calendar for the patient.
    """
    renamed("--for", for_, "the hours of contact in deliver", "--audience")
    files = outputs([consultation, device, letterhead], ics=ics, leaflet=leaflet)
    check_letterhead(letterhead, leaflet, "--leaflet")
    whom = _reader(audience)
    _check_language(language, whom, leaflet)
    from neodermis import report as reports
    from neodermis.care.calendar import made_now
    from neodermis.care.course import care as cared_for

    made = None if ics is None else made_now()  # a wrong SOURCE_DATE_EPOCH is told before anything is computed
    done = cared_for(
        consultation, protocol, start=start, hemisphere=hemisphere, weight_kg=weight, as_given=as_given,
        weekdays=weekdays, **numbers.given, device=device, beyond_limits=beyond_limits,
        today=None if today is None else day_of(today, None), clock=date.today(), language=language,
    )  # fmt: skip
    if done.dated is not None:
        if ics is not None and made is not None:
            reports.write_calendar(done.care, ics, whom, record=done.record, made=made)
        if leaflet is not None:
            reports.write_leaflet(done.care, leaflet, letterhead)
    if as_json:
        say_json(reports.prepared_document(done, whom))
    else:
        say("\n".join(reports.prepared_lines(done, whom)))
        if done.dated is not None:
            say_page(reports.care_page(done.care, whom))
        say(f"\n{reports.care_disclaimer(done.texts[whom])}")
    if done.dated is None:
        if files:
            done.care  # noqa: B018  # raises with the reason: nothing was written
        return
    say_after((*done.care.notes, *done.injuries.ledger.warnings), files, notes=notes)
