"""Meaning of the words of patients and forms for the consultation: hints for a wrong name, and explanations of a word.

A word of the thesaurus is answered by its meaning only.  Any other word is compared with field names and with the words
of the thesaurus, and only a spelling error counts: a similar name does not imply a similar meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

from neodermis.care.contradictions import said
from neodermis.care.rules import OF_CATEGORY, Test, load_rules
from neodermis.care.suitability import judge
from neodermis.documents import read_document
from neodermis.errors import DataFileError, InputError, near, printable, shorter
from neodermis.names import spelled
from neodermis.people.concern import concern_names, load_concerns
from neodermis.people.exposure import load_exposures

FILE: Final = "thesaurus.toml"
LANGUAGES: Final = ("de", "es", "fr")
_WHOSE: Final = "the thesaurus and the form of this version"
_LOOK: Final = (
    "the empty form (`template`) lists every question; `explain` gives the meaning of a word; "
    "leave out information that the form does not ask for"
)
#: Equivalent spellings: transcribed umlauts, and British and American English.
_SAME: Final = (("ae", "e"), ("oe", "e"), ("ue", "u"), ("sulph", "sulf"))
_DENIED: Final = ("no", "non", "not", "never", "without")
_LONGEST: Final = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """Meaning of a group of words for the form."""

    says: str
    terms: tuple[str, ...] = ()
    """English words."""
    foreign: Mapping[str, tuple[str, ...]]
    """Words by language."""
    fields: tuple[str, ...]
    """Paths of the answers, the most likely first; empty where the form does not ask."""
    value: Any = None
    """Value of the first field implied by the word; None where the word does not determine it."""
    ask: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Thesaurus:
    """Meanings by the key of each word, and the words that do not change a meaning."""

    meanings: tuple[Meaning, ...]
    by_key: Mapping[str, Meaning]
    spelled: Mapping[str, str]
    """Spelling of a word, by its key."""
    beside: frozenset[str]


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name, without capitals, accents, plural and national spelling."""
    plain = text[:_LONGEST].casefold()
    for letter, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("œ", "oe"), ("æ", "ae")):
        plain = plain.replace(letter, written)
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    plain = re.sub(r"['’.]", "", plain)
    for british, american in _SAME:
        plain = plain.replace(british, american)
    return tuple(_singular(word) for word in re.findall(r"[^\W_]+", plain))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _key(text: str) -> str:
    return "".join(words_of(text))


@cache
def load_thesaurus() -> Thesaurus:
    """The thesaurus.  Raises :class:`DataFileError` where an entry breaks the schema or a word has two meanings."""
    document = read_document(files("neodermis.care") / "data" / FILE)
    meanings: list[Meaning] = []
    by_key: dict[str, Meaning] = {}
    written: dict[str, str] = {}
    known = {"says", "terms", "fields", "value", "ask", "note", *LANGUAGES}
    for entry in document["meaning"]:
        if not {*entry} <= known or not {"says", "terms", "fields"} <= {*entry}:
            raise DataFileError(FILE, "meaning", ", ".join(entry), accepted=", ".join(sorted(known)))
        if bad := [path for path in entry["fields"] if path not in form()]:
            raise DataFileError(FILE, entry["says"], "fields", value=bad[0], accepted="a field of the form")
        one = Meaning(
            says=entry["says"],
            terms=tuple(entry["terms"]),
            foreign={language: tuple(entry[language]) for language in LANGUAGES if language in entry},
            fields=tuple(entry["fields"]),
            value=entry.get("value"),
            ask=entry.get("ask", ""),
            note=entry.get("note", ""),
        )
        meanings.append(one)
        for word in (*one.terms, *(word for some in one.foreign.values() for word in some)):
            if by_key.setdefault(_key(word), one) is not one:
                raise DataFileError(FILE, one.says, "terms", value=word, accepted="a word with only one meaning")
            written.setdefault(_key(word), word)
    return Thesaurus(
        meanings=tuple(meanings),
        by_key=by_key,
        spelled=written,
        beside=frozenset(part for word in document["beside"] for part in words_of(word)),
    )


@cache
def form() -> Mapping[str, str]:
    """All fields of the form by path, with the accepted values other than unknown."""
    from neodermis.care.consultation import Consultation
    from neodermis.care.fields import table_in
    from neodermis.care.template import takes

    found: dict[str, str] = {}
    for table, entry in Consultation.model_fields.items():
        model = table_in(entry.annotation)
        for name in model.model_fields if model else ():
            if name == "exposures":
                found |= {
                    f"patient.exposures.{one}": f"{kind.of}, for instance {kind.example}"
                    for one, kind in load_exposures().items()
                }
            else:
                found[f"{table}.{name}"] = takes(model, name)
    return found


@cache
def _named() -> Mapping[str, tuple[str, ...]]:
    """Paths of the fields by the key of their name; a limit only if no answer has the same name."""
    from neodermis.care.fields import PRESCRIBED

    found: dict[str, tuple[str, ...]] = {}
    for path in form():
        table, _, name = path.rpartition(".")
        if table not in PRESCRIBED:
            found[_key(name)] = (*found.get(_key(name), ()), path)
    limits = {_key(path.rpartition(".")[2]): (path,) for path in form() if path.startswith("limits.")}
    return limits | found


def meaning_of(word: str) -> Meaning | None:
    """Meaning of a word for the form, or None: from the thesaurus, otherwise as a field, an exposure or a concern.

    Words that do not change a meaning, such as "history of", are ignored.
    """
    book = load_thesaurus()
    words = words_of(word)
    for some in (words, tuple(one for one in words if one not in book.beside)):
        key = "".join(some)
        fields = _named().get(key, ())
        if not fields and "." in word:
            fields = tuple(path for path in form() if path == word.strip().casefold())
        found = book.by_key.get(key)
        if found is not None:
            return replace(found, fields=tuple(dict.fromkeys((*found.fields, *fields)))) if found.fields else found
        if fields:
            return Meaning(says=_question(fields[0]) or fields[0], foreign={}, fields=fields)
        concern = concern_names().spellings.get(spelled(word))
        if concern is not None:
            says = f"the concern {load_concerns()[concern].label.lower()}"
            return Meaning(says=says, foreign={}, fields=("concern.name",), value=concern)
    return None


def close_to(word: str) -> tuple[str, ...]:
    """Field names and words of the thesaurus within a spelling error of a word."""
    candidates = {key: paths[0].rpartition(".")[2] for key, paths in _named().items()}
    for key, written in load_thesaurus().spelled.items():
        candidates.setdefault(key, written)
    words = words_of(word)
    if words and words[0] in _DENIED:  # "no diabetes" is not a spelling error of "diabetes"
        return ()
    key = "".join(words)
    digits = re.sub(r"\D", "", key)
    return tuple(candidates[one] for one in near(key, candidates) if re.sub(r"\D", "", one) == digits)


def _question(path: str) -> str:
    from neodermis.care.words import load_words

    if path.startswith("patient.exposures."):
        return load_exposures()[path.rpartition(".")[2]].label
    return load_words().question.get(path, "")


def _where(one: Meaning) -> str:
    """Fields of a meaning as a phrase, with the value of the first."""
    paths = [*one.fields]
    if one.value is not None and one.value is not True:
        paths[0] += f" = {said(one.value)}"
    # without an open question, the word answers all of them
    return f" {'or' if one.ask else 'and'} ".join((", ".join(paths[:-1]), paths[-1])) if len(paths) > 1 else paths[0]


def field_hint(word: str, names: tuple[str, ...]) -> str:
    """Advice for a name that a table does not have.

    Parameters
    ----------
    word
        The name that was written.
    names
        Names that the table may hold.
    """
    found = meaning_of(word)
    given = shorter(word, 40)
    if found is not None and not found.fields:
        return f"leave it out: {found.says} {found.note}"
    if found is not None:
        return f"for {given} use {_where(found)}" + (f"; ask: {found.ask}" if found.ask else "")
    close = near(word, names)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    others = [(one, meaning_of(one)) for one in close_to(word)]
    told = [f"{one!r} ({_where(meaning)})" for one, meaning in others if meaning is not None and meaning.fields]
    return f"did you mean {' or '.join(told)}?" if told else f"look for the question: {_LOOK}"


def value_hint(path: str, given: str) -> str:
    """Advice for a word that a field does not accept; empty where the word is unknown."""
    found = meaning_of(given)
    if found is not None and path in found.fields:
        if found.fields[0] == path and found.value is not None:
            return f"write {said(found.value)} ({shorter(given, 40)} is {found.says})"
        return f"ask: {found.ask}" if found.ask else ""
    if found is not None and found.fields:
        return f"for {shorter(given, 40)} use {_where(found)}"
    if found is not None:
        return ""
    choices = [one.strip('"') for one in form().get(path, "").split(", ") if one.startswith('"')]
    close = near(given, choices)
    return f"did you mean {' or '.join(map(repr, close))}?" if close else ""


# ------------------------------------------------------------------------------------------------- explanations


def _leaves(test: Test) -> Iterator[Test]:
    if test.path:
        yield test
    for part in test.parts:
        yield from _leaves(part)


def following(path: str, value: object) -> list[dict[str, str]]:
    """Rules that an answer can trigger, each with result and condition; with None, all rules that use the answer."""
    from neodermis.care.words import load_words

    told, found = load_words().rule, []
    day = date.max.replace(year=2999)  # recent events, and events that are about to begin
    for rule in load_rules().rules.values():
        for branch in rule.branches:
            leaves = [leaf for leaf in _leaves(branch.when) if leaf.path == path]
            if leaves and (
                value is None or any(judge(leaf, {path: value}, day, branch.wait or rule.wait).holds for leaf in leaves)  # type: ignore[dict-item]
            ):
                result = OF_CATEGORY[branch.category] + ("" if rule.active else ", off by default")
                found.append({"id": rule.id, "result": result, "condition": told[rule.id].condition})
                break
    return found


def explained(word: str) -> dict[str, object]:
    """Meaning of a word for the form: fields, accepted values, rules that follow, and open questions.

    Raises :class:`InputError` for an unknown word, with words within a spelling error of it.
    """
    found = meaning_of(word)
    if found is None:
        close = close_to(word)
        raise InputError(
            field="word", value=word, accepted="a word used by patients or forms, or the name of a field", whose=_WHOSE,
            next_step=f"did you mean {' or '.join(map(repr, close))}?" if close
            else "try another word; the empty form (`template`) lists every question",
        )  # fmt: skip
    fields = []
    for number, path in enumerate(found.fields):
        value = found.value if number == 0 else None
        held = True if value is None and form()[path] == "true, false" else value
        fields.append(
            {"field": path, "question": _question(path), "takes": form()[path]}
            | ({"value": value} if value is not None else {})
            | {"rules": following(path, held)}
        )
    document: dict[str, object] = {"word": word, "meaning": found.says, "fields": fields}
    document |= {"ask": found.ask} if found.ask else {}
    document |= {"note": found.note} if found.note else {}
    return document | {"words": [*found.terms], "languages": {name: [*some] for name, some in found.foreign.items()}}


def explained_lines(word: str) -> Iterator[str]:
    """The result of :func:`explained` as text."""
    found: Any = explained(word)
    yield f"{printable(shorter(word, 60))}: {found['meaning']}"
    for one in found["fields"]:
        yield ""
        yield f"- {one['field']}: " + (said(one["value"]) if "value" in one else one["takes"])
        if one["question"]:
            yield f"    {one['question']}"
        for rule in one["rules"]:
            yield f"    {rule['id']} ({rule['result']}): {rule['condition']}"
        if not one["rules"]:
            yield "    no rule of screening asks for it"
    yield ""
    if found.get("ask"):
        yield f"Ask: {found['ask']}."
    if found.get("note"):
        yield f"Note: {found['note']}."
    others = [*found["words"], *(one for some in found["languages"].values() for one in some)]
    if others:
        yield f"The same: {', '.join(dict.fromkeys(others))}"
