"""Texts for people: one catalogue for each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from neodermis.documents import read_document
from neodermis.errors import DataFileError

#: Audiences.
Reader = Literal["practitioner", "patient"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleWords:
    """Texts of one rule."""

    condition: str
    why: str
    practitioner: str
    patient: str
    until: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The catalogue of one language."""

    verdict: Mapping[str, Mapping[str, str]]
    result: Mapping[str, str]
    word: Mapping[str, Any]
    question: Mapping[str, str]
    """Questions by path of the answer in the consultation."""
    rule: Mapping[str, RuleWords]

    def day(self, when: date) -> str:
        """A date in readable form."""
        return f"{when.day} {self.word['month'][when.month - 1]} {when.year}"


LANGUAGE: Final = "en"


@cache
def load_words(language: str = LANGUAGE) -> Words:
    """The catalogue of a language.  Raises :class:`DataFileError` where an entry breaks its schema."""
    document = read_document(files("neodermis.care") / "data" / "texts" / f"{language}.toml")
    try:
        return Words(
            verdict=document["verdict"],
            result=document["result"],
            word=document["word"],
            question={f"{table}.{name}": text for table, some in document["question"].items()
                      for name, text in some.items()},
            rule={name: RuleWords(**entry) for name, entry in document["rule"].items()},
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise DataFileError(
            f"{language}.toml", "", str(error), accepted="the fields of a catalogue of words"
        ) from error
