"""Texts of the screening for a practitioner, in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from neodermis.errors import DataFileError
from neodermis.texts import Texts, load_texts


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
    """The catalogue of the screening."""

    result: Mapping[str, str]
    word: Mapping[str, Any]
    question: Mapping[str, str]
    """Questions by path of the answer in the consultation."""
    rule: Mapping[str, RuleWords]
    texts: Texts

    def day(self, when: date) -> str:
        """A date in readable form."""
        return self.texts.day(when, "long")


@cache
def load_words() -> Words:
    """The catalogue of the screening; :class:`DataFileError` where an entry breaks its schema."""
    texts = load_texts("screening", audience="practitioner")
    try:
        return Words(
            result=texts.table("result"),
            word=texts.table("word"),
            question={f"{table}.{name}": text for table, some in texts.table("question").items()
                      for name, text in some.items()},
            rule={name: RuleWords(**entry) for name, entry in texts.table("rule").items()},
            texts=texts,
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise DataFileError("screening.toml", "", str(error), accepted="the fields of a catalogue of words") from error
