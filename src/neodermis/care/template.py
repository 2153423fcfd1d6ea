"""The empty consultation form, generated from the fields of the form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, get_origin

from neodermis.care.consultation import DEVICE_KINDS, Consultation
from neodermis.care.contradictions import said
from neodermis.care.fields import UNKNOWN, table_in
from neodermis.care.words import load_words
from neodermis.people.exposure import load_exposures

#: Header of the empty form, and comments above its optional tables.
_HEAD: Final = """\
# A consultation: data on a patient before treatment.  Fill it in, then run: neodermis screen FILE
#
# Replace "unknown" by the answer where it is known; unknown never counts as no.  Yes and no are true and false.
# A date is 2026-03-31, or "never" if it did not happen.  No name is requested: store the file under a number assigned
# by the clinic.  The help of neodermis screen shows how to print a completed form."""
_MANY: Final = "# One table for each concern, without #; neodermis concerns and neodermis sites list the names."
_RECORD: Final = "# The record of the session, completed on the day; without it the record is not checked."
_GOALS: Final = "# What the course is to improve: a table for each goal, without #; default: every concern."
_LIMITS: Final = "# What no session and no course may exceed; where a preference says the same, the stricter counts."
_MEASURED: Final = "# What has been measured since the first session, a table for each, without #."
_NOTES: Final = {
    "concern": _MANY, "goals": _GOALS, "limits": _LIMITS, "follow_up": _MEASURED, "session": _RECORD,
}  # fmt: skip
_WORDS: Final = {
    "Goal.concern": "one of the concerns above",
    "Goal.site": "default: every site of it",
    "Goal.weight": "above 0, up to 100; 1 if left out",
    "Goal.target": "only of an outcome, in its unit",
    "Limits.devices": "names of the catalogue (neodermis devices), of those at the clinic",
    "Limits.spare": "sites that are not to be treated",
    "Limits.interval_days": "7 to 365, or a list of shortest and longest: [28, 42]",
    "Limits.depth_mm": "up to 3, or by site: {cheek = 1.5}",
    "FollowUp.day": "days since the first session, instead of the date",
    "FollowUp.date": "2026-03-31; needs first_session under [plan]",
    "FollowUp.value": "in the unit of the outcome",
    "FollowUp.site": "may be left out if the concerns have one site",
    "outcome": "neodermis outcomes lists them",
    "prices": "{session = 200, exceed = 250}: with any device, or with one",
    "devices": f"names of the catalogue (neodermis devices), or {', '.join(DEVICE_KINDS)}",
    "extra_rules": "rules that are off by default (neodermis rules)",
    "name": "neodermis concerns lists them",
    "site": "neodermis sites lists them",
    "severity": 'a share of the worst severity from 0 to 1, or a grade such as "goodman_baron:3"',
}


def template() -> str:
    """The empty form: every field with its question and accepted values, and every answer unknown.

    It is generated from the fields of the form and the catalogue of exposures, so that it is always complete.
    """
    asked, lines = load_words().question, [*_HEAD.splitlines()]

    def entry(path: str, name: str, value: str, accepted: str, mark: str = "") -> Iterator[str]:
        question = asked.get(path, "")
        yield from ([f"{mark}# {question}"] if question else [])
        yield f"{mark}{name} = {value}" + (f"  # {accepted}" if accepted else "")

    for table, field in Consultation.model_fields.items():
        model = table_in(field.annotation)
        if model is None:
            lines += ["", *entry(table, table, f'"{UNKNOWN}"', takes(Consultation, table), "# ")]
            continue
        several, note = get_origin(field.annotation) is list, _NOTES.get(table)
        mark = "# " if several or table == "session" else ""
        lines += ["", *([note] if note else []), f"{mark}[[{table}]]" if several else f"{mark}[{table}]"]
        for name in model.model_fields:
            path = f"{table}.{name}"
            if path == "patient.exposures":
                continue
            empty = {"devices": "[]", "extra_rules": "[]", "spare": "[]", "prices": "{}"}.get(name, f'"{UNKNOWN}"')
            lines += entry(path, name, empty, takes(model, name), mark)
        if table == "patient":
            lines += ["", "[patient.exposures]  # neodermis exposures show NAME gives details"]
            for name, kind in load_exposures().items():
                lines += entry("", name, f'"{UNKNOWN}"', f"{kind.label}: {kind.of}, for instance {kind.example}")
    return "\n".join(lines) + "\n"


def takes(model: Any, name: str) -> str:
    """Accepted values of a field other than unknown, from its schema."""
    if said_so := _WORDS.get(f"{model.__name__}.{name}") or _WORDS.get(name):
        return said_so
    schema = model.model_json_schema()["properties"][name]
    found: list[str] = []
    for one in schema.get("anyOf", [schema]):
        words = [said(word) for word in one.get("enum", ()) if word != UNKNOWN]
        if "enum" in one:
            found += words
        elif one.get("format") == "date":
            found.append("2026-03-31")
        elif one.get("type") == "array":
            found.append("or a list of them")
        elif "minimum" in one:
            found.append(f"{one['minimum']:.10g} to {one['maximum']:.10g}")
        else:
            found.append({"string": "text"}.get(one.get("type", ""), "a number"))
    return ", ".join(found)
