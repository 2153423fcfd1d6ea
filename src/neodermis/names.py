"""Names as people write them: one normaliser for every catalogue, aliases, and names that are asked about.

A name that stands for several entries, or for one of them only under a condition, is never guessed: it has a
:class:`Question` in the catalogue's file (``[ask.KEY]``: ``names``, ``why``, ``choices``), which is put to the user.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from neodermis.errors import AmbiguousNameError, DataFileError, UnknownNameError, did_you_mean

#: Characters of a name that are read: looking for the nearest name takes time in the length.
MAX_NAME: Final = 200
#: Signs that are no part of a name, and those that part its words.
_DROPPED: Final = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}\N{REGISTERED SIGN}\N{TRADE MARK SIGN}]")
_JOINTS: Final = re.compile(r"[\s_./(),&\-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}]+")


def plain(character: str) -> str:
    """ASCII lower case of a Latin letter with or without an accent; anything else as it is.

    ``str.lower`` is not used on whole texts: it can change their length, and it and case-blind patterns read
    some letters of other scripts as ASCII ones.
    """
    base = unicodedata.normalize("NFD", character)[0]
    return base.lower() if base.isascii() and base.isalpha() else character


def spelled(name: object) -> str:
    """A name as the catalogues spell it: lower case, without accents, its words joined by ``_``.

    Examples
    --------
    >>> spelled("SkinPen® Precision"), spelled("Dr. Pen"), spelled("crow's-feet"), spelled("Décolleté")
    ('skinpen_precision', 'dr_pen', 'crows_feet', 'decollete')
    """
    text = unicodedata.normalize("NFC", str(name)[:MAX_NAME])
    return _JOINTS.sub("_", _DROPPED.sub("", "".join(map(plain, text)))).strip("_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask where a name does not settle the entry.

    Attributes
    ----------
    why
        What the name leaves open, and what to ask; a full sentence.
    choices
        Names of the catalogue among which the answer is; empty where there is none.
    """

    why: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one catalogue.

    Attributes
    ----------
    kind
        What the catalogue lists, for messages: ``device``.
    spellings
        Every accepted spelling (see :func:`spelled`) and the id that it stands for.
    questions
        Spellings that are answered with a question.
    """

    kind: str
    spellings: Mapping[str, str]
    questions: Mapping[str, Question]

    @classmethod
    def of(
        cls, kind: str, file: object, entries: Mapping[str, Iterable[str]], asked: Mapping[str, Mapping[str, Any]]
    ) -> Names:
        """Names of entries (id → further names) and of the questions of a file.

        Raises
        ------
        DataFileError
            One spelling for two entries, or a question about a name that is settled or with an unknown choice.
        """
        spellings: dict[str, str] = {}
        for id, names in entries.items():
            for name in (id, *names):
                if spellings.setdefault(spelled(name), id) != id:
                    accepted = f"a name of one {kind}; {spellings[spelled(name)]} has this one"
                    raise DataFileError(file, f"{kind}.{id}", "aliases", value=name, accepted=accepted)
        questions: dict[str, Question] = {}
        for key, entry in asked.items():
            question = Question(why=entry["why"], choices=tuple(entry["choices"]))
            for name in entry["names"]:
                if spelled(name) in spellings:
                    accepted = f"a name that no {kind} has"
                    raise DataFileError(file, f"ask.{key}", "names", value=name, accepted=accepted)
                questions[spelled(name)] = question
            for choice in question.choices:
                if choice not in entries:
                    raise DataFileError(file, f"ask.{key}", "choices", value=choice, accepted=f"the id of a {kind}")
        return cls(kind=kind, spellings=spellings, questions=questions)

    def find(self, name: object) -> str:
        """The id that a name stands for.

        Raises
        ------
        AmbiguousNameError
            The name stands for several entries, or needs an answer first; names the choices.
        UnknownNameError
            No entry has this name; names the closest one.
        """
        key = spelled(name)
        if key in self.questions:
            raise ambiguous(self.kind, str(name), self.questions[key])
        if key not in self.spellings:
            known = [*self.spellings, *self.questions]
            raise UnknownNameError(
                self.kind, str(name), set(self.spellings.values()), next_step=did_you_mean(key, known)
            )
        return self.spellings[key]


def ambiguous(kind: str, name: str, question: Question) -> AmbiguousNameError:
    """The error that puts a question."""
    return AmbiguousNameError(kind, name, question.choices, why=question.why)
