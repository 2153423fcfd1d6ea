"""The empty consultation form, generated from the fields of the form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

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
_WORDS: Final = {
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
        heading = {"concern": "# [[concern]]", "session": "# [session]"}.get(table, f"[{table}]")
        note = {"concern": _MANY, "session": _RECORD}.get(table)
        lines += ["", *([note] if note else []), heading]
        mark = "# " if note else ""
        for name in model.model_fields:
            path = f"{table}.{name}"
            if path == "patient.exposures":
                continue
            empty = "[]" if name in ("devices", "extra_rules") else f'"{UNKNOWN}"'
            lines += entry(path, name, empty, takes(model, name), mark)
        if table == "patient":
            lines += ["", "[patient.exposures]  # neodermis exposures show NAME gives details"]
            for name, kind in load_exposures().items():
                lines += entry("", name, f'"{UNKNOWN}"', f"{kind.label}: {kind.of}, for instance {kind.example}")
    return "\n".join(lines) + "\n"


def takes(model: Any, name: str) -> str:
    """Accepted values of a field other than unknown, from its schema."""
    if name in _WORDS:
        return _WORDS[name]
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
