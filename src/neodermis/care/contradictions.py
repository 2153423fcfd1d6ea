"""Pairs of consultation answers on the same fact: contradictions, completion, and repeated questions.

The pairs are data (``contradictions.toml``), written with the tests of the screening rules.  They have three uses: two
contradictory answers are an error that names both; an unknown answer is completed from the other; and where both can be
true on different days, the weaker answer counts as unknown and is asked again.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from neodermis.care.rules import ADULT, Test, read_test
from neodermis.care.suitability import judge
from neodermis.documents import read_document
from neodermis.errors import DataFileError
from neodermis.names import spelled
from neodermis.people.concern import find_concern
from neodermis.people.exposure import find_exposure, read_exposure

if TYPE_CHECKING:
    from neodermis.care.consultation import Answer, Consultation

FILE: Final = "contradictions.toml"
_YEAR: Final = 365.25
#: Tolerance between an age in days and one in years, d: a fractional number of years is rounded to a month.
_MONTH: Final = 31.0
_KNOWN: Final = {"one", "other", "why", "do", "fills", "fills_from", "ask"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two tests that cannot both hold for one patient."""

    one: Test
    other: Test
    """The error refers to its first field."""
    why: str
    do: str
    fills: Any = None
    """Value of the second field if it is unknown and the first test holds; None: it stays unknown."""
    fills_from: str = ""
    """The fact that provides the value, instead of ``fills``."""
    ask: bool = False
    """Whether the second answer counts as unknown and is asked again, instead of being refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One answer: its value for a test, and its field and notation in the file."""

    value: Answer
    field: str
    said: object


@cache
def load_pairs() -> tuple[Pair, ...]:
    """Every pair.  Raises :class:`DataFileError` where an entry breaks the schema."""

    def wrong(what: str, accepted: str, value: object = None) -> DataFileError:
        return DataFileError(FILE, "pair", what, value=value, accepted=accepted)

    found = []
    for entry in read_document(files("neodermis.care") / "data" / FILE)["pair"]:
        for name in entry:
            if name not in _KNOWN:
                raise wrong(name, ", ".join(sorted(_KNOWN)))
        found.append(
            Pair(
                one=read_test(wrong, entry["one"]),
                other=read_test(wrong, entry["other"]),
                why=entry["why"],
                do=entry.get("do", "correct the one that is wrong"),
                fills=entry.get("fills"),
                fills_from=entry.get("fills_from", ""),
                ask=entry.get("ask", False),
            )
        )
    return tuple(found)


def facts(one: Consultation) -> dict[str, Fact]:
    """All known answers by path, with derived facts.

    Derived facts: ``patient.exposures.NAME``, the level on the day before the first session, and ``NAME.ever``, the
    highest level until then; ``patient.postmenopausal``; ``concern.NAME``, true for a named concern, by its catalogue
    name and by the alias in the file; ``concern.scar``, true if a concern is a scar other than stretch marks;
    ``concern.scar_age_days`` and ``concern.striae_age_days``, the age of the youngest; ``concern.scar_too_young`` and
    ``concern.striae_too_young``, true if the youngest in the area is older; ``concern.older_than_person``,
    ``area.scar_older_than_person`` and ``area.striae_older_than_person``.
    """
    found: dict[str, Fact] = {}
    for table in ("history", "medication", "area", "consent", "plan", "preferences", "session", "patient"):
        for name, value in getattr(one, table) or ():
            if value is not None and name != "exposures":
                found[f"{table}.{name}"] = Fact(value=value, field=f"{table}.{name}", said=value)
    found |= _exposures(one)
    found |= _concerns(one, found)
    return found


def _exposures(one: Consultation) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    age = one.patient.age or ADULT
    for name, said in one.patient.exposures.items():
        if str(said).strip().casefold() == "unknown":
            continue
        kind = find_exposure(name)
        course = read_exposure(kind.name, said, age)
        begun = [part.level for (day, _), part in zip(course.days(age), course.parts, strict=True) if day < 0]
        past = begun or [course.parts[0].level]
        at = f"patient.exposures.{kind.name}"
        found[at] = Fact(value=past[-1], field=at, said=said)
        found[f"{at}.ever"] = Fact(value=max(past), field=at, said=said)
        if kind.name == "menopause" and one.patient.age is not None:
            over = past[-1] <= one.patient.age
            found["patient.postmenopausal"] = Fact(value=over, field=at, said=said)
    return found


def _concerns(one: Consultation, known: Mapping[str, Fact]) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    ages: dict[str, list[tuple[float, Fact]]] = {"scar": [], "striae": []}
    for number, wish in enumerate(one.concern, 1):
        kind = find_concern(wish.name)
        named = Fact(value=True, field=f"concern[{number}].name", said=wish.name)
        for name in (kind.name, spelled(wish.name)):
            found.setdefault(f"concern.{name}", named)
        what = "striae" if kind.name == "striae" else "scar" if kind.scar else ""
        if what:
            found.setdefault(f"concern.{what}", named)
        years = wish.duration_years
        if years is None:
            continue
        given = Fact(value=True, field=f"concern[{number}].duration_years", said=years)
        if one.patient.age is not None and years >= one.patient.age + 1.0:
            found["concern.older_than_person"] = given
        if what:
            ages[what].append((years, given))
    for what, some in ages.items():
        area = known.get(f"area.{what}_age_days")
        if some:
            years, given = min(some, key=lambda each: each[0])
            found[f"concern.{what}_age_days"] = Fact(value=years * _YEAR, field=given.field, said=years)
            rounded = _YEAR if years == int(years) else _MONTH  # "2" may be two years and eleven months
            if area is not None and isinstance(area.value, float) and area.value > years * _YEAR + rounded:
                found[f"concern.{what}_too_young"] = given
        longest = (one.patient.age + 1.0) * _YEAR if one.patient.age is not None else math.inf
        if area is not None and isinstance(area.value, float) and area.value >= longest:
            found[f"area.{what}_older_than_person"] = replace(area, value=True)
    return found


def _both(pair: Pair, known: Mapping[str, Fact]) -> bool:
    return _holds(pair.one, known) and _holds(pair.other, known)


def _holds(test: Test, known: Mapping[str, Fact]) -> bool:
    answers: defaultdict[str, Answer] = defaultdict(lambda: None, {path: fact.value for path, fact in known.items()})
    return judge(test, answers, date.min, None).holds is True  # no test of a pair counts days


def contradictions(one: Consultation, file: str, whose: str) -> Iterator[DataFileError]:
    """Errors of contradictory pairs: each names both fields with their answers, and the correction."""
    known = facts(one)
    for pair in load_pairs():
        if pair.ask or not _both(pair, known):
            continue
        main, *others = (known[path] for path in (*pair.other.paths, *pair.one.paths) if path in known)
        entry, _, field = main.field.rpartition(".")
        beside = {fact.field: f"{fact.field} = {said(fact.said)}" for fact in others}
        yield DataFileError(
            file, entry, field,
            value=("yes" if main.said else "no") if isinstance(main.said, bool) else main.said,
            accepted=f"an answer that agrees with {' and '.join(beside.values())}: {pair.why}",
            whose=whose, next_step=pair.do,
        )  # fmt: skip


def settled(answers: dict[str, Answer], one: Consultation) -> dict[str, Answer]:
    """Answers of a consultation, with unknown ones completed from the other answer of a pair."""
    known = facts(one)
    found = dict(answers)
    for pair in load_pairs():
        path = pair.other.path
        if pair.ask:
            if _both(pair, known):
                found[path] = None
        elif path and found.get(path) is None and _holds(pair.one, known):
            if pair.fills_from:
                found[path] = known[pair.fills_from].value if pair.fills_from in known else None
            elif pair.fills is not None:
                found[path] = pair.fills
    return found


def said(value: object) -> str:
    """An answer in the notation of the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"{value:g}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(said, value))}]"
    return str(value) if isinstance(value, date) else f'"{value}"'
