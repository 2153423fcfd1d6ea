"""The consultation as a form, generated from the schema of a consultation: fields, what was entered, and faults.

An entry has the path of its answer as name (``history.pregnant``, ``concern.1.site``); an answer that is unknown is
left out of the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from neodermis.care.consultation import Consultation, check_today, consultation_of, consultation_schema, sites
from neodermis.care.hints import form
from neodermis.errors import InputError, shorter

Entered = dict[str, str]

UNKNOWN: Final = "unknown"
#: Tables in the order and under the headings of the page.
SECTIONS: Final = {
    "patient": "Patient", "exposures": "Lifestyle and exposures", "concern": "Concerns", "history": "History",
    "medication": "Medication", "area": "Skin to be treated", "consent": "Consent", "plan": "Agreed plan",
    "preferences": "Preferences", "goals": "Goals", "limits": "Limits", "clinic": "Clinic", "follow_up": "Follow-ups",
    "session": "Day of the session",
}  # fmt: skip
#: Names of questions that the schema words for a file.
_LABELS: Final = {
    "concern.name": "Concern", "concern.duration_years": "Duration (years)", "preferences.downtime_days":
    "Downtime that is acceptable (days)", "limits.downtime_days": "Downtime (days)", "limits.depth_mm": "Depth (mm)",
    "limits.interval_days": "Interval (days)", "limits.minutes": "Minutes of a session", "limits.pain_vas":
    "Pain (0 to 10)", "limits.pih_probability": "Probability of PIH", "limits.spare": "Sites to spare",
    "follow_up.day": "Day since the first session",
}  # fmt: skip
#: Tables of which there may be several, and empty rows that are offered.
REPEATED: Final = ("concern", "goals", "follow_up")
EMPTY_ROWS: Final = 2
_LISTS: Final = ("clinic.devices", "clinic.extra_rules", "limits.devices", "limits.spare", "plan.topical_during")
_TABLES: Final = ("clinic.prices", "limits.depth_mm")
_NUMBER: Final = re.compile(r"-?\d{1,9}([.,]\d{1,9})?")
_LONGEST: Final = {"plan.protocol": 4000}
_USUAL: Final = 300
_MOST_FAULTS: Final = 60


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question of the form."""

    path: str
    label: str
    hint: str
    kind: str
    """``yes_no``, ``choice`` or ``text``."""
    choices: tuple[str, ...] = ()
    numeric: bool = False
    suggestions: str = ""
    """Name of the list of suggestions."""


@cache
def fields() -> Mapping[str, tuple[Field, ...]]:
    """Questions by section."""
    schema = consultation_schema()
    found: dict[str, tuple[Field, ...]] = {}
    for section in SECTIONS:
        table = "patient" if section == "exposures" else section
        properties = schema["$defs"][_definition(schema["properties"][table])]["properties"]
        prefix = "patient.exposures." if section == "exposures" else f"{table}."
        paths = [path for path in form() if path.startswith(prefix) and path.count(".") == prefix.count(".")]
        found[section] = tuple(
            _field(path, {"type": "string"} if section == "exposures" else properties[path.rpartition(".")[2]])
            for path in paths
        )
    return found


def _definition(entry: Mapping[str, Any]) -> str:
    """Name of the table that an entry of the schema holds, alone, in a list, or not at all."""
    for one in (entry, entry.get("items", {}), *entry.get("anyOf", ()), *entry.get("allOf", ())):
        if "$ref" in one:
            return str(one["$ref"]).rpartition("/")[2]
    raise LookupError(f"no table: {entry}")


def _field(path: str, schema: Mapping[str, Any]) -> Field:
    name = path.rpartition(".")[2]
    label = schema.get("description") or _LABELS.get(path) or name.replace("_", " ").capitalize()
    several = [schema, *schema.get("anyOf", ())]
    choices = [word for one in several for word in one.get("enum", ()) if word != UNKNOWN]
    if choices == [True, False]:
        return Field(path=path, label=label, hint="", kind="yes_no")
    if "enum" in schema:
        return Field(path=path, label=label, hint="", kind="choice", choices=tuple(choices))
    suggestions = {
        "concern.name": "concerns", "concern.site": "sites", "goals.concern": "concerns", "goals.site": "sites",
        "goals.outcome": "outcomes", "follow_up.outcome": "outcomes", "follow_up.site": "sites",
    }.get(path, "")  # fmt: skip
    return Field(
        path=path, label=label, hint="" if suggestions else form()[path].replace('"', ""), kind="text",
        numeric=any(one.get("type") == "number" for one in several) or path.startswith("patient.exposures."),
        suggestions=suggestions,
    )  # fmt: skip


@cache
def suggestions() -> Mapping[str, tuple[str, ...]]:
    """Names of the catalogues that entries of the form are completed from."""
    from neodermis.report.catalogues import CATALOGUES

    return {
        "concerns": tuple(CATALOGUES["concerns"].names()), "sites": tuple(sites()),
        "outcomes": tuple(CATALOGUES["outcomes"].names()),
    }  # fmt: skip


@cache
def _of_path() -> Mapping[str, Field]:
    return {one.path: one for some in fields().values() for one in some}


def path_of(name: str) -> str:
    """Path of the question that an entry answers: ``concern.1.site`` answers ``concern.site``."""
    return re.sub(r"\.\d+\.", ".", name)


# ------------------------------------------------------------------------------------------------- what was entered


def entered(posted: Mapping[str, str]) -> Entered:
    """Known entries of a posted form, with its rows counted from 1 without a gap."""
    given = {name: value.strip() for name, value in posted.items() if path_of(name) in _of_path()}
    found = {name: value for name, value in given.items() if name.partition(".")[0] not in REPEATED}
    for table in REPEATED:
        rows = sorted({int(name.split(".")[1]) for name in given if re.fullmatch(rf"{table}\.\d{{1,2}}\.\w+", name)})
        filled = [row for row in rows if any(given.get(name) for name in _row(table, row))]
        for number, row in enumerate(filled, 1):
            found |= {
                new: given.get(old, "")
                for new, old in zip(_row(table, number), _row(table, row), strict=True)
            }  # fmt: skip
    return found


def _row(table: str, number: int) -> list[str]:
    return [f"{table}.{number}.{one.path.rpartition('.')[2]}" for one in fields()[table]]


def filled(flat: Mapping[str, str]) -> Entered:
    """The entries that answer something."""
    return {name: value for name, value in flat.items() if value and value.casefold() != UNKNOWN}


def rows_in(flat: Mapping[str, str], table: str) -> int:
    """Rows of a repeated table."""
    return max((int(name.split(".")[1]) for name in flat if name.startswith(f"{table}.")), default=0)


def document_of(flat: Mapping[str, str]) -> dict[str, Any]:
    """The document of a consultation, without its day."""
    document: dict[str, Any] = {}
    for name, text in flat.items():
        if text == "" or text.casefold() == UNKNOWN:
            continue
        *tables, field = name.split(".")
        if tables[0] in REPEATED:
            rows = document.setdefault(tables[0], [])
            while len(rows) < int(tables[1]):
                rows.append({})
            rows[int(tables[1]) - 1][field] = _value(name, text)
            continue
        table = document
        for part in tables:
            table = table.setdefault(part, {})
        table[field] = _value(name, text)
    return document


def _value(name: str, text: str) -> Any:
    one = _of_path()[path_of(name)]
    if one.kind == "yes_no" and text in ("yes", "no"):
        return text == "yes"
    if one.path in _LISTS:
        return [part for part in (part.strip() for part in text.split(",")) if part]
    if one.path in _TABLES and "=" in text:
        pairs = [part.split("=", 1) for part in text.split(",") if part.strip()]
        return {pair[0].strip(): _number(pair[-1].strip()) for pair in pairs}
    if one.path == "limits.interval_days" and "," in text:
        return [_number(part.strip()) for part in text.split(",")]
    return _number(text) if one.numeric else text


def _number(text: str) -> float | str:
    if not _NUMBER.fullmatch(text):
        return text
    value = float(text.replace(",", "."))
    return int(value) if value.is_integer() else value


def entries_of(document: Mapping[str, Any], prefix: str = "") -> Entered:
    """The entries of a stored document."""
    found: Entered = {}
    for name, value in document.items():
        path = f"{prefix}{name}"
        if name in REPEATED and not prefix:
            for number, row in enumerate(value, 1):
                found |= {one: "" for one in _row(name, number)} | entries_of(row, f"{name}.{number}.")
        elif isinstance(value, Mapping) and path not in _TABLES:
            found |= entries_of(value, f"{path}.")
        elif path_of(path) in _of_path():
            found[path] = _text(value)
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {_text(one)}" for name, one in value.items())
    return ", ".join(map(_text, value)) if isinstance(value, (list, tuple)) else str(value)


# ------------------------------------------------------------------------------------------------- faults


def read(flat: Mapping[str, str], day: date) -> tuple[Consultation | None, dict[str, str]]:
    """The consultation of some entries, or what stands against it: a message by name of the entry."""
    faults = {name: told for name, text in flat.items() if (told := unreadable(name, text))}
    document = {"today": day.isoformat()} | document_of({one: v for one, v in flat.items() if one not in faults})
    given = deepcopy(document)
    while len(faults) < _MOST_FAULTS:
        try:
            one = consultation_of(document)
            check_today(one, day)
        except InputError as error:
            name = re.sub(r"\[(\d+)\]", r".\1", error.field)
            name = next((known for known in (name, *_parents(name)) if path_of(known) in _of_path()), name)
            if name in faults or not _drop(document, name):
                return None, faults | {name if name in flat else "": fault_text(error)}
            faults[name] = fault_text(error)
        else:
            return (one if given == document and not faults else None), faults
    return None, faults


def unreadable(name: str, text: str) -> str:
    """Why an entry cannot be kept; empty where it can."""
    most = _LONGEST.get(path_of(name), _USUAL)
    if len(text) > most:
        return f"Accepted: at most {most} characters; this has {len(text)}."
    return "" if text.isprintable() else "Accepted: text on one line without control characters."


def _parents(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _drop(document: dict[str, Any], name: str) -> bool:
    """Leave an answer out of a document; whether it was there."""
    *tables, field = name.split(".")
    table: Any = document
    for part in tables:
        table = table[int(part) - 1] if isinstance(table, list) else table.get(part)
        if not table:
            return False
    if not isinstance(table, dict) or field not in table:
        return False
    del table[field]
    if tables[0] in REPEATED:  # a row without one of its answers is no row
        document[tables[0]] = [row for row in document[tables[0]] if row is not table]
    return True


def fault_text(error: InputError) -> str:
    """An error of neodermis as the text beside its field."""
    accepted = f"Accepted: {error.accepted}." if error.accepted else error.what
    step = error.next_step or ""
    told = f"{accepted} {step[:1].upper()}{step[1:]}".strip()
    return shorter(told if told.endswith((".", "?")) else f"{told}.", 600)


# ------------------------------------------------------------------------------------------------- two writers


def merged(base: Entered, stored: Entered, mine: Entered) -> tuple[Entered, dict[str, str]]:
    """Entries of two writers, and where both changed the same answer what the other one wrote.

    An answer that only one of them changed is that writer's; the rows of a repeated table count as one answer.
    """
    result: Entered = {}
    both: dict[str, str] = {}
    units: dict[str, list[str]] = {}
    for name in dict.fromkeys([*mine, *stored, *base]):
        table = name.partition(".")[0]
        units.setdefault(table if table in REPEATED else name, []).append(name)
    for unit, names in units.items():
        before, theirs, ours = ({n: one[n] for n in names if one.get(n)} for one in (base, stored, mine))
        if unit not in REPEATED and not any(n in mine for n in names):  # the page did not ask for it
            ours = before
        chosen = theirs if ours == before else ours
        result |= chosen
        if theirs not in (before, ours) and ours != before:
            both[unit] = "; ".join(theirs.values()) or UNKNOWN
    return result, both


# ------------------------------------------------------------------------------------------------- the page


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One question as the page shows it."""

    name: str
    field: Field
    value: str
    fault: str = ""
    needed: bool = False
    stored: str = ""
    """What another writer saved meanwhile, where both changed the answer."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """Questions of one table: rows of it, or those that matter and the further ones."""

    id: str
    title: str
    rows: tuple[tuple[Entry, ...], ...]
    matter: tuple[Entry, ...]
    further: tuple[Entry, ...]
    stored: str = ""

    @property
    def one(self) -> str:
        """What one row is."""
        return self.title.removesuffix("s")

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them."""
        return (*self.matter, *self.further, *(one for row in self.rows for one in row))

    @property
    def names(self) -> frozenset[str]:
        """Names of all entries."""
        return frozenset(one.name for one in self.entries)

    @property
    def faults(self) -> int:
        """Entries that are not accepted."""
        return sum(bool(one.fault) for one in self.entries)

    @property
    def needed(self) -> int:
        """Open questions that hold up the verdict."""
        return sum(one.needed and not one.value for one in self.entries)


def shown(
    section: str, flat: Mapping[str, str], faults: Mapping[str, str], stored: Mapping[str, str], needed: set[str]
) -> Section:
    """A section with what was entered: first the questions that are answered or hold up the verdict."""

    def entry(name: str, field: Field) -> Entry:
        value = flat.get(name, "")
        return Entry(
            name=name, field=field, value="" if value.casefold() == UNKNOWN else value, fault=faults.get(name, ""),
            needed=field.path in needed, stored=stored.get(name, ""),
        )  # fmt: skip

    asked = fields()[section]
    if section in REPEATED:
        count = rows_in(flat, section) + EMPTY_ROWS
        rows = tuple(
            tuple(entry(name, one) for name, one in zip(_row(section, number), asked, strict=True))
            for number in range(1, count + 1)
        )
        return Section(
            id=section, title=SECTIONS[section], rows=rows, matter=(), further=(), stored=stored.get(section, "")
        )
    entries = [entry(one.path, one) for one in asked]
    many = len(entries) > 8
    matter = tuple(one for one in entries if not many or one.value or one.needed or one.fault or one.stored)
    further = tuple(one for one in entries if one not in matter)
    return Section(id=section, title=SECTIONS[section], rows=(), matter=matter, further=further)
