"""Texts in one catalogue per language: the one home of what a page says in more than one language.

A catalogue is ``data/LANGUAGE/NAME.toml``: ``care`` for the leaflet and the calendar of a patient, ``screening`` for
verdicts and rules, ``patient`` for the patient's page of a report, ``names`` for sites and products in plain words, and
``forms`` for the forms of dates and the mark of a draft.  A catalogue in another language has the entries of the
English one with the same placeholders: nothing falls back to another language.  What a practitioner reads is added by
``data/LANGUAGE/practitioner/NAME.toml``, which exists in English only.

    >>> from datetime import date
    >>> load_texts("forms", "de").day(date(2026, 3, 2))
    'Mo 2. März 2026'

A text may contain placeholders of the values that are passed to :meth:`Texts.say`:

``{name}``
    A text as it is, a number with the decimal sign of the language, a date with its weekday and year, a
    :class:`Duration` with its unit.
``{name:.1f}``
    A number in a format of Python, with the decimal sign of the language.
``{name:# day|# days}``
    The form for this number; ``#`` is the number itself.  There is one form for each plural category of the language,
    in the order of the Unicode CLDR (zero, one, two, few, many, other): English and German have one and other.
``{name:day}``
    A date in a form of ``forms.toml``, in the pattern letters of Unicode CLDR.

References
----------
Unicode Common Locale Data Repository, as shipped with Babel.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from neodermis.documents import read_document
from neodermis.errors import DataFileError, InputError, UnknownNameError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from babel import Locale

#: Reader of a text.
Audience: TypeAlias = Literal["patient", "practitioner"]

#: Language of a text unless another is asked for, and the language of all texts for a practitioner.
LANGUAGE: Final = "en"
#: Plural categories in the order of the Unicode CLDR.
_CATEGORIES: Final[tuple[str, ...]] = ("zero", "one", "two", "few", "many", "other")
_PRACTITIONER: Final = "practitioner"
_HOURS_OF_A_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration in whole units, as a text says it: two days or more are told in days."""

    value: float
    unit: Literal["hours", "days"]

    @property
    def told(self) -> tuple[float, Literal["hours", "days"]]:
        """Value and unit as told: 48 hours are 2 days, 24 hours are 24 hours."""
        if self.unit == "hours" and self.value >= 2 * _HOURS_OF_A_DAY and self.value % _HOURS_OF_A_DAY == 0:
            return self.value / _HOURS_OF_A_DAY, "days"
        return self.value, self.unit


class Texts:
    """Texts of one catalogue in one language."""

    def __init__(
        self,
        language: str,
        catalogue: str,
        texts: Mapping[str, Any],
        forms: Mapping[str, Any],
        audience: Audience = "patient",
    ) -> None:
        self.language, self.catalogue, self.audience = language, catalogue, audience
        self._texts, self._forms = texts, forms
        self._writer = _Writer(self)

    def find(self, *path: str, **values: object) -> str:
        """The text at a path with values inserted, or an empty text where the catalogue has none."""
        found: Any = self._texts
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if not isinstance(found, str):
            return ""
        return self._writer.vformat(found, (), values)

    def say(self, *path: str, **values: object) -> str:
        """The text at a path with values inserted.

        Raises
        ------
        DataFileError
            The catalogue of this language has no such text.
        """
        text = self.find(*path, **values)
        if not text:
            raise DataFileError(f"{self.language}/{self.catalogue}.toml", ".".join(path), "", accepted="a text")
        return text

    def table(self, name: str) -> Mapping[str, Any]:
        """The entries below a name as the catalogue has them, with their placeholders."""
        found: Mapping[str, Any] = self._texts[name]
        return found

    def paths(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Path and text of every entry, with its placeholders."""
        yield from _walk(self._texts, ())

    @property
    def draft(self) -> str:
        """Mark of a language whose texts no clinician has reviewed; empty for the language of the project."""
        return str(self._forms.get("draft", ""))

    # ---------------------------------------------------------------- forms of the language

    def number(self, value: float, spec: str = "g") -> str:
        """A number in a format of Python, with the decimal sign of the language and no sign between thousands."""
        from babel.numbers import get_decimal_symbol

        text = format(value, spec)
        return text if value != value or value in (float("inf"), -float("inf")) else text.replace(
            ".", get_decimal_symbol(self._locale)
        )  # fmt: skip

    def day(self, when: date | datetime, form: str = "day_year") -> str:
        """A date, or a time of day, in a form of the language: ``day``, ``day_year``, ``long`` or ``time``."""
        from babel.dates import format_datetime

        pattern = self._forms["form"].get(form)
        if pattern is None:
            raise InputError(
                "form", value=form, accepted=", ".join(self._forms["form"]),
                whose=f"texts/data/{self.language}/forms.toml", next_step="use one of these forms",
            )  # fmt: skip
        moment = when if isinstance(when, datetime) else datetime.combine(when, datetime.min.time())
        return str(format_datetime(moment, pattern, locale=self._locale))

    def duration(self, value: Duration) -> str:
        """A duration with its unit, singular or plural."""
        number, unit = value.told
        return self._writer.vformat(self._forms["unit"][unit], (), {"value": number})

    def word(self, name: str) -> str:
        """A word that pages put between values: ``and``, ``to``, ``from``."""
        return str(self._forms["word"][name])

    def series(self, items: Sequence[str]) -> str:
        """``a, b and c`` in the language."""
        *most, last = items or [""]
        return f"{', '.join(most)} {self.word('and')} {last}" if most else last

    def plural(self, value: float, forms: Sequence[str]) -> str:
        """The form for a number; ``#`` in it is the number.

        Raises :class:`DataFileError` unless there is one form for each plural category of the language.
        """
        rule = self._locale.plural_form
        known = [name for name in _CATEGORIES if name in rule.tags or name == "other"]
        if len(forms) != len(known):
            raise DataFileError(
                f"{self.language}/{self.catalogue}.toml", "|".join(forms), "", value=len(forms),
                accepted=f"{len(known)} forms: {', '.join(known)}", whose="the plural rules of Unicode CLDR",
            )  # fmt: skip
        whole = int(value) if float(value).is_integer() else Decimal(f"{value:g}")
        return forms[known.index(rule(whole))].replace("#", self.number(value))

    @property
    def _locale(self) -> Locale:
        return _locale(self.language)


class _Writer(string.Formatter):
    """Placeholders of a text filled with values in the forms of its language."""

    def __init__(self, texts: Texts) -> None:
        self._of = texts

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec or format_spec.startswith("# "):
            return self._of.plural(value, format_spec.split("|"))
        if isinstance(value, Duration):
            return self._of.duration(value)
        if isinstance(value, date):
            return self._of.day(value, format_spec or "day_year")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._of.number(value, format_spec or ("d" if isinstance(value, int) else "g"))
        return format(value, format_spec)


def languages(catalogue: str = "care") -> tuple[str, ...]:
    """Languages in which a catalogue is shipped, English first."""
    found = sorted(folder.name for folder in _data().iterdir() if (folder / f"{catalogue}.toml").is_file())
    return tuple(sorted(found, key=lambda name: name != LANGUAGE))


@cache
def load_texts(catalogue: str, language: str = LANGUAGE, audience: Audience = "patient") -> Texts:
    """Texts of a catalogue for an audience; a practitioner's contain the patient's of the same language.

    Raises
    ------
    UnknownNameError
        The catalogue is not shipped in this language, or not for this audience.
    """
    if language not in languages(catalogue):
        raise UnknownNameError("language", language, languages(catalogue), field="language")
    forms, texts = (read_document(_data() / language / f"{name}.toml") for name in ("forms", catalogue))
    if audience == "practitioner":
        path = _data() / language / _PRACTITIONER / f"{catalogue}.toml"
        if not path.is_file():
            raise UnknownNameError("language of the texts for a practitioner", language, [LANGUAGE], field="language")
        texts = _joined(texts, read_document(path))
    return Texts(language, catalogue, texts, forms, audience)


@cache
def _locale(language: str) -> Locale:
    from babel import Locale

    return Locale.parse(language)


def _data() -> Traversable:
    return files("neodermis.texts") / "data"


def _joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two catalogues as one."""
    found = dict(one)
    for name, value in other.items():
        inside = found.get(name)
        found[name] = _joined(inside, value) if isinstance(inside, Mapping) and isinstance(value, Mapping) else value
    return found


def _walk(texts: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in texts.items():
        if isinstance(value, Mapping):
            yield from _walk(value, (*path, name))
        else:
            yield (*path, name), str(value)
