"""Reports of the care of a course: tables, JSON document, calendar file and patient leaflet.

This module presents the result of :func:`neodermis.care.aftercare.plan_care` and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis import DISCLAIMER
from neodermis.documents import replacing
from neodermis.evidence.bibliography import load_bibliography
from neodermis.report.blocks import Block, Heading, Note, Page, Paragraph, Points, References, Table
from neodermis.report.common import Row
from neodermis.texts import LANGUAGE

if TYPE_CHECKING:
    from neodermis.care.aftercare import Care, Check, Entry, RedFlag, Simulated
    from neodermis.care.course import Prepared
    from neodermis.texts import Audience, Texts

#: A line for handwriting.
_BLANK: Final = "_" * 30
#: Number of sessions side by side in one table, and the entries that have a row: those with their own day.
_BESIDE: Final = 6
_DATED: Final = ("pre-care", "session", "resume", "follow-up")


# ----------------------------------------------------------------------------------------------- dates and words


def day_text(care: Care, when: date | datetime, audience: Audience = "patient", *, year: bool = False) -> str:
    """A date in the language of the audience, with its time if any; the year unless it is that of the first session."""
    form = "moment" if isinstance(when, datetime) else "day"
    return care.texts[audience].day(when, f"{form}_year" if year or when.year != care.begins[0].year else form)


def when_text(care: Care, entry: Entry, audience: Audience = "patient") -> str:
    """Start and end in words."""
    texts, start = care.texts[audience], day_text(care, entry.start, audience)
    if entry.kind == "resume":
        return f"{texts.word('from')} {start}"
    if entry.end == entry.start:
        return start
    if isinstance(entry.end, datetime) and entry.end.date() == _day(entry.start):
        return f"{start} {texts.word('to')} {texts.day(entry.end, 'time')}"
    return f"{start} {texts.word('to')} {day_text(care, entry.end, audience)}"


def _day(when: date | datetime) -> date:
    return when.date() if isinstance(when, datetime) else when


def _told(care: Care, audience: Audience, number: int) -> list[Entry]:
    return [entry for entry in care.of_session(number) if audience in entry.texts]


def _simulated(care: Care, entry: Entry) -> str:
    return "; ".join(care.beside(name, entry, "short") for name in dict.fromkeys(one.name for one in entry.simulated))


# ----------------------------------------------------------------------------------------------- tables


def care_tables(care: Care, audience: Audience) -> Iterator[Table]:
    """Tables: the first session in full, entries of the whole course, then the dates of the other sessions."""
    say = care.texts[audience].say
    first = say(
        "page", "first", number=1, count=len(care.protocol.sessions), minutes=care.minutes,
        date=day_text(care, care.dates[0], audience, year=True),
    )  # fmt: skip
    yield Table(first, *_entry_table(care, audience, _told(care, audience, 1)))
    course = [*_told(care, audience, 0), *(_only_last(care, audience) if len(care.protocol.sessions) > 1 else ())]
    if course:
        yield Table(say("page", "course"), *_entry_table(care, audience, course))
    for numbers in _chunks(range(2, len(care.protocol.sessions) + 1)):
        yield Table(say("page", "later"), *later_table(care, audience, numbers))
    if audience == "practitioner":
        yield Table(say("page", "checklist"), *checklist_table(care))
    yield Table(say("page", "flags"), *flag_table(care, audience))


def care_page(care: Care, audience: Audience) -> Page:
    """Page of the dated care of a course: protocol, tables, and differences between the sessions.

    It follows :func:`prepared_lines`, which states that the texts of a language are a draft.
    """
    # a protocol is a sentence in English
    first = [Paragraph(care.protocol.sentence)] if care.texts[audience].language == LANGUAGE else []
    return [*first, *care_tables(care, audience), Points(closing_lines(care, audience))]


def care_disclaimer(texts: Texts) -> str:
    """What ends the text of ``neodermis care``: in English the notice of this program, else that of the patient."""
    return DISCLAIMER if texts.language == LANGUAGE else texts.say("page", "disclaimer")


def _only_last(care: Care, audience: Audience) -> list[Entry]:
    """Entries that follow the last session only: the result and its duration."""
    first = {entry.id for entry in care.of_session(1)}
    last = len(care.protocol.sessions)
    late = ("follow-up", "maintenance")
    return [entry for entry in _told(care, audience, last) if entry.id not in first and entry.kind in late]


def _chunks(numbers: range) -> Iterator[Sequence[int]]:
    for at in range(0, len(numbers), _BESIDE):
        yield numbers[at : at + _BESIDE]


def _entry_table(care: Care, audience: Audience, entries: Sequence[Entry]) -> tuple[Row, list[Row]]:
    say = care.texts[audience].say
    if audience == "patient":
        header: Row = ("", say("page", "when"), say("page", "what"))
        return header, [(say("kind", e.kind), when_text(care, e), e.texts[audience]) for e in entries]
    names = ("when", "what", "used", "given", "tier", "simulated")
    header = ("", *(say("page", name) for name in names))
    rows: list[Row] = [
        (
            say("kind", e.kind),
            when_text(care, e, audience),
            e.texts[audience],
            e.used,
            e.span,
            e.tier,
            _simulated(care, e),
        )
        for e in entries
    ]
    return header, rows


def later_table(care: Care, audience: Audience, numbers: Sequence[int]) -> tuple[Row, list[Row]]:
    """Dates of later sessions side by side; one row for each entry with its own day."""
    say = care.texts[audience].say
    by_number = {number: {entry.id: entry for entry in _told(care, audience, number)} for number in numbers}
    header: Row = ("", *(say("page", "session", numbers=number) for number in numbers))
    rows = []
    for entry in _told(care, audience, 1):
        if entry.kind in _DATED and any(entry.id in found for found in by_number.values()):
            dates = [found.get(entry.id) for found in by_number.values()]
            title = say("page", "session", numbers="").strip() if entry.kind == "session" else entry.titles[audience]
            rows.append((title, *("" if one is None else day_text(care, one.start, audience) for one in dates)))
    return header, rows


def differences(care: Care, audience: Audience) -> list[tuple[str, str]]:
    """Differences of later sessions from the first, other than dates: a sentence, with added texts."""
    texts = care.texts[audience]
    first = {entry.id: entry for entry in _told(care, audience, 1)}
    late = {entry.id for entry in _only_last(care, audience)}
    found: dict[tuple[str, str, str, str], list[int]] = {}
    for number in range(2, len(care.protocol.sessions) + 1):
        here = {entry.id: entry for entry in _told(care, audience, number)}
        for name, entry in here.items():
            title, text = entry.titles[audience], entry.texts[audience]
            if name not in first and name not in late:
                found.setdefault(("only", title, "", text), []).append(number)
            elif name in first and entry.time != first[name].time:
                used = "" if entry.time is None else texts.duration(entry.time)
                found.setdefault(("other", title, used, ""), []).append(number)
        for name, entry in first.items():
            if name not in here:
                found.setdefault(("without", entry.titles[audience], "", ""), []).append(number)
    return [
        (texts.say("page", kind, title=title, used=used, sessions=_sessions(texts, numbers)), text)
        for (kind, title, used, text), numbers in found.items()
    ]


def _sessions(texts: Texts, numbers: Sequence[int]) -> str:
    """``Session 3``, or ``Sessions 3, 4 and 5``."""
    told = texts.series([str(number) for number in numbers])
    return texts.say("page", "sessions_of" if len(numbers) > 1 else "session", numbers=told)


def difference_sentences(care: Care, audience: Audience) -> list[str]:
    """One sentence for each difference of later sessions from the first, with the sessions."""
    return [f"{sentence} {text}".rstrip() for sentence, text in differences(care, audience)]


def checklist_table(care: Care) -> tuple[Row, list[Row]]:
    """Steps and records of every session."""
    say = care.texts["practitioner"].say
    header: Row = ("", say("page", "what"), say("page", "required"), say("page", "record"))
    must = {True: say("page", "required"), False: ""}
    rows: list[Row] = [
        (say("phase", c.phase), c.texts["practitioner"], must[c.required], ", ".join(c.record)) for c in care.checklist
    ]
    return header, rows


def urgency_text(care: Care, flag: RedFlag, audience: Audience) -> str:
    """Urgency in the words of the reader."""
    return care.texts[audience].say("urgency" if audience == "patient" else "urgency_practitioner", flag.urgency)


def flag_table(care: Care, audience: Audience) -> tuple[Row, list[Row]]:
    """Red flags, the most urgent first."""
    say = care.texts[audience].say
    header: Row = (say("page", "when"), say("page", "what"))
    rows: list[Row] = [
        (urgency_text(care, f, audience), f.texts[audience]) for f in care.red_flags if audience in f.texts
    ]
    return header, rows


def numbing_sentences(care: Care) -> list[str]:
    """The anaesthetic, its application time, its dose for the area, and the maximum dose of a label."""
    one, say = care.numbing.chosen, care.texts["practitioner"].say
    values = {
        "most_grams": one.most_grams or 0, "most_area": one.most_area_cm2 or 0,
        "strength": care.numbing.unprescribed_percent, "depth": care.numbing.shallow_mm,
    }  # fmt: skip
    lines = [f"{say('page', 'numbing')}: {say('anaesthetic', one.id, 'name')}."]
    if one.minutes is not None:
        lines.append(say("dose", "minutes", low=one.minutes[0], high=one.minutes[1]))
        if one.minutes == one.minutes_atopic:
            lines.append(say("dose", "atopic", high=one.minutes[1]))
    grams = one.dose(care.numbing.area_cm2)
    if grams is not None and care.numbing.area_cm2:
        milligrams = ", ".join(f"{mg:g} mg {drug}" for drug, mg in one.milligrams(grams[1]).items())
        lines.append(say("dose", "grams", area=care.numbing.area_cm2, low=grams[0], high=grams[1], mg=milligrams))
    lines.append(say("anaesthetic", one.id, "practitioner", **values))
    if one.id != "none_cooling" and care.circumstances.anaesthetic_barred is None:
        lines.append(say("dose", "ask"))
    return [*lines, *care.numbing.warnings]


def closing_lines(care: Care, audience: Audience) -> list[str]:
    """Differences between the sessions; for a practitioner also the anaesthetic and the adverse event record."""
    lines = difference_sentences(care, audience)
    if audience == "practitioner":
        lines += numbing_sentences(care)
        lines += [care.texts[audience].say("record", name) for name in ("serious", "report")]
    return lines


# ----------------------------------------------------------------------------------------------- document


def care_document(care: Care, audience: Audience = "patient") -> dict[str, Any]:
    """The JSON document of ``care``; dates of all-day entries include the last day."""
    return {
        "protocol": care.protocol.sentence,
        "audience": audience,
        "language": care.texts[audience].language,
        "calendar": [_entry(care, entry, audience) for entry in care.entries if audience in entry.texts],
        "checklist": [_check(check) for check in care.checklist],
        "red_flags": [_flag(care, flag, audience) for flag in care.red_flags if audience in flag.texts],
        "anaesthesia": _numbing(care),
        "symptom_check": [{"id": s["id"], "question": care.texts[audience].say("symptom", s["id"]), "scale": s["scale"]}
                          for s in care.symptoms],
        "event_record": {key: list(value) for key, value in care.event_record.items()},
        "notes": list(care.notes),
        "sources": sources_table(care),
    }  # fmt: skip


def _numbing(care: Care) -> dict[str, Any]:
    """The anaesthetic as plain values; unknown values are absent."""
    numbing = care.numbing
    found = {
        "product": numbing.chosen.id,
        "area_cm2": numbing.area_cm2,
        "weight_kg": numbing.weight_kg,
        "minutes": numbing.chosen.minutes,
        "grams": numbing.chosen.dose(numbing.area_cm2),
        "most_grams": numbing.chosen.most_grams,
        "most_area_cm2": numbing.chosen.most_area_cm2,
        "sources": list(numbing.chosen.sources),
        "sentences": numbing_sentences(care),
    }
    return {name: value for name, value in found.items() if value is not None}


def _entry(care: Care, entry: Entry, audience: Audience) -> dict[str, Any]:
    return {
        "from": entry.start.isoformat(),
        "to": entry.end.isoformat(),
        "kind": entry.kind,
        "text": entry.texts[audience],
        "sources": list(entry.sources),
        "id": entry.id,
        "session": entry.session,
        "title": entry.titles[audience],
        "texts": dict(entry.texts),
        "used": entry.used,
        "sources_give": entry.span,
        "tier": entry.tier,
        "differ": entry.differ,
        "because": list(entry.because),
        "simulated": [_value(one) for one in entry.simulated],
    }


def _value(one: Simulated) -> dict[str, Any]:
    return {"name": one.name, **({"site": one.site} if one.site else {}), "unit": one.unit, **one.interval._asdict()}


def _check(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "phase": check.phase,
        "text": check.texts["practitioner"],
        "required": check.required,
        "record": list(check.record),
        "sources": list(check.sources),
    }


def _flag(care: Care, flag: RedFlag, audience: Audience) -> dict[str, Any]:
    return {
        "id": flag.id,
        "urgency": flag.urgency,
        "do": urgency_text(care, flag, audience),
        "text": flag.texts[audience],
        "from_hours": flag.hours[0],
        "to_hours": flag.hours[1],
        "sources": list(flag.sources),
    }


def sources_table(care: Care) -> list[dict[str, Any]]:
    """All sources of the care: authors, title, year, address, tier and use."""
    reasons: dict[str, list[str]] = {key: [] for key in sorted(care.sources)}
    for group in (care.entries, care.checklist, care.red_flags, care.numbing.options):
        for each in group:
            for key in each.sources:
                reasons[key].append(each.id)
    rows: list[dict[str, Any]] = []
    for key, why in reasons.items():
        one = load_bibliography()[key]
        row = {"key": one.key, "title": one.title, "authors": one.by, "year": one.year, "address": one.address,
               "tier": one.tier, "for": list(dict.fromkeys(why))}  # fmt: skip
        rows.append({name: value for name, value in row.items() if value not in (None, "")})
    return rows


# ----------------------------------------------------------------------------------------------- files


def write_calendar(care: Care, path: Path, audience: Audience = "patient", *, record: str, made: datetime) -> None:
    """Write the calendar file atomically.

    ``record`` and ``made`` as :func:`neodermis.care.calendar.to_icalendar`: a later file of the same record moves the
    events of an earlier one.
    """
    from neodermis.care.calendar import to_icalendar

    content = to_icalendar(care, audience, record=record, made=made)
    with replacing(path) as draft:
        draft.write_bytes(content)


def write_leaflet(care: Care, path: Path, letterhead: Path | None = None) -> None:
    """Write the patient's leaflet as one self-contained HTML page or one tagged PDF, by the suffix of the path."""
    from neodermis.report.letterhead import read_letterhead, write_page

    head = read_letterhead(letterhead)
    language = care.texts["patient"].language
    write_page([*head.head, *leaflet_page(care, head.phone)], path, head, language)


def leaflet_page(care: Care, phone: str = "") -> Page:
    """Patient leaflet: when to call for help, what to do before and after, what is normal, dates, sources.

    ``phone`` of the clinic; without one a line is left to write it on.
    """
    texts = care.texts["patient"]
    say = texts.say

    def part(name: str, entries: Iterable[Entry]) -> Iterator[Block]:
        yield Heading(say("page", name))
        yield Table("", (), [(when_text(care, entry), entry.texts["patient"]) for entry in entries])

    first = [entry for entry in care.entries if "patient" in entry.texts and entry.session == 1]
    rest = [*_told(care, "patient", 0), *(_only_last(care, "patient") if len(care.protocol.sessions) > 1 else ())]

    def of(*kinds: str, whole: bool = False) -> list[Entry]:
        return [entry for entry in (*first, *(rest if whole else ())) if entry.kind in kinds]

    minutes = care.numbing.chosen.minutes
    begins = " · ".join(day_text(care, begin, year=True) for begin in care.dates)
    numbing = (
        say("page", "numbing_minutes", low=minutes[0], high=minutes[1]) if minutes else say("page", "numbing_none")
    )
    page: list[Block] = [
        Heading(say("page", "title"), 1),
        *([Paragraph(texts.draft, "warning")] if texts.draft else []),
        Paragraph(f"{say('page', 'sessions')}: **{begins}**. {say('page', 'minutes', minutes=care.minutes)}"),
        Paragraph(f"{say('page', 'phone')}: {f'**{phone}**' if phone else _BLANK}"),
        *([Paragraph(say("page", "of_first"), "soft")] if len(care.protocol.sessions) > 1 else []),
        Heading(say("page", "flags")),
        *(Note(lines, words, "stop" if urgency in ("emergency", "same_day") else "warning")
          for urgency, words, lines in _by_urgency(care)),
        *part("before", of("pre-care")),
        Heading(say("page", "day")),
        Points([check.texts["patient"] for check in care.checklist if "patient" in check.texts]),
        Paragraph(numbing),
        *part("after", of("aftercare", whole=True)),
        *part("normal", of("normal", whole=True)),
        *part("resume", of("resume")),
        *part("follow", of("follow-up", "maintenance", whole=True)),
    ]  # fmt: skip
    if later := [
        later_table(care, "patient", numbers) for numbers in _chunks(range(2, len(care.protocol.sessions) + 1))
    ]:
        page.append(Heading(say("page", "later")))
        page += [Table("", header, rows) for header, rows in later]
        if differ := differences(care, "patient"):
            page.append(Points([f"**{line}** {text}".rstrip() for line, text in differ]))
    rows = [
        (f"{one['authors']}: {one['title']}" if "authors" in one else one["title"], str(one.get("year", "")),
         one.get("tier", ""), f"`{one['address']}`" if "address" in one else "")
        for one in sources_table(care)
    ]  # fmt: skip
    sources = References(say("page", "sources", count=len(rows)), (), rows)
    return [*page, sources, Paragraph(say("page", "disclaimer"), "soft")]


def prepared_document(done: Prepared, audience: Audience = "patient") -> dict[str, Any]:
    """The JSON document of ``care`` of a consultation: screening and changes first, then the dated care.

    Where no session is allowed, ``calendar`` is empty and ``needed`` lists the requirements.
    """
    from neodermis.care.telling import needed

    verdict, language = done.verdict, done.texts[audience].language
    found: dict[str, Any] = {
        "screening": {
            "overall": verdict.overall,
            **({"until": verdict.until.isoformat()} if verdict.until else {}),
            "sentence": verdict.sentence(audience, language),
            "warning": done.refusal_for(audience),
        },
        "given": done.given.sentence,
        "protocol": done.protocol.sentence,
        "changed": list(done.changed),
        "as_given": done.as_given,
        "steps": list(done.steps),
        "forecast": list(done.forecast),
    }
    read_as = [note.text for note in done.given.notes]
    if done.dated is None:
        empty: dict[str, Any] = {"calendar": [], "checklist": [], "red_flags": [], "notes": read_as, "wishes": []}
        return (
            found | {"audience": audience, "language": language, "needed": needed(verdict, audience, language)} | empty
        )
    warnings = list(done.injuries.ledger.warnings)
    own = care_document(done.care, audience)
    wishes = done.dated.wishes[audience]
    notes = [*read_as, *wishes, *done.dated.begun[audience], *own["notes"]]
    return found | own | {"notes": notes, "wishes": list(wishes), "warnings": warnings}


def prepared_lines(done: Prepared, audience: Audience = "patient") -> Iterator[str]:
    """Text of ``neodermis care`` before any date: verdict, changes of the plan, and requirements."""
    from neodermis.care.telling import verdict_lines

    if draft := done.texts[audience].draft:
        yield from (draft, "")
    yield from done.opening(audience)
    if done.dated is None:
        _, *rest = verdict_lines(done.verdict, audience, done.texts[audience].language)
        yield from rest


def _by_urgency(care: Care) -> list[tuple[str, str, list[str]]]:
    found: dict[str, list[str]] = {}
    for flag in care.red_flags:
        if "patient" in flag.texts:
            found.setdefault(flag.urgency, []).append(flag.texts["patient"])
    return [(urgency, care.texts["patient"].say("urgency", urgency), lines) for urgency, lines in found.items()]
