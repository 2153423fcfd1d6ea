"""Errors: the wrong input, the accepted values, the source of the limit, and the next step.

Errors caused by input are :class:`InputError` (exit status 2); errors inside the program are :class:`RunError` (exit
status 1). No other error is raised deliberately.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

#: First words of a next step that gives the nearest name.
_NEAREST: Final = "did you mean"
#: Maximum number of characters of a name that are compared; the time grows with its square.
_LONGEST: Final = 80


class NeodermisError(Exception):
    """Base class of all errors that neodermis raises deliberately.

    Parameters
    ----------
    what
        The wrong field, word or file, as the user wrote it; by default the last part of ``field``.
    field
        Path of the wrong input: ``patient.age``, ``numerics.until``, ``plan.depth_mm``. The command line maps it to an
        option, a form to a box; empty if no single input is wrong. In the texts, a word in backquotes is the Python
        name of an input: ```outcomes_only```.
    value
        The wrong value (``None`` without one, for instance for a missing field).
    accepted
        Accepted values, in words.
    whose
        Origin of the limit: a source, a device manufacturer, a published data range, this program.
    next_step
        Correction in one sentence.
    """

    exit_status = 1

    def __init__(
        self,
        what: str = "",
        *,
        field: str = "",
        value: object = None,
        accepted: str | None = None,
        whose: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.what, self.field = what or field.rpartition(".")[2], field
        self.value, self.accepted, self.whose, self.next_step = value, accepted, whose, next_step
        super().__init__(str(self))

    def __str__(self) -> str:
        head = self.what if self.value is None else f"{self.what}: {shown(self.value)}"
        accepted = f"  accepted: {self.accepted}" + (f" ({self.whose})" if self.whose else "") if self.accepted else ""
        advice = f"  do: {self.next_step}" if self.next_step else ""
        # the nearest name comes before the list of all names
        lines = (head, advice, accepted) if (self.next_step or "").startswith(_NEAREST) else (head, accepted, advice)
        return "\n".join(printable(line) for line in lines if line)


@contextmanager
def concerning(field: str) -> Iterator[None]:
    """Assign errors inside the block to this field, unless they name another."""
    try:
        yield
    except NeodermisError as error:
        error.field = error.field or field
        raise


class InputError(NeodermisError):
    """An input cannot be used."""

    exit_status = 2


class SentenceError(InputError):
    """A protocol sentence cannot be read."""


class UnknownNameError(InputError):
    """A name is not in the catalogue."""

    def __init__(
        self, kind: str, name: str, known: Iterable[str], *, next_step: str | None = None, field: str = ""
    ) -> None:
        names = sorted(known)
        super().__init__(
            f"unknown {kind}",
            field=field,
            value=name,
            accepted=", ".join(names),
            whose="the catalogue shipped with this version",
            next_step=next_step or did_you_mean(name, names),
        )


class AmbiguousNameError(InputError):
    """A name refers to several entries of a catalogue, or requires a question."""

    def __init__(self, kind: str, name: str, choices: Iterable[str], *, why: str) -> None:
        named = ", ".join(choices)
        super().__init__(
            f"ambiguous {kind}",
            value=name,
            accepted=named or f"another {kind}",
            whose="the catalogue shipped with this version",
            next_step=why,
        )


class LimitError(InputError):
    """A value exceeds the range of a device or the limit of practice at a site."""


class DataFileError(InputError):
    """A data file breaks its schema; names the file, the entry and the field."""

    def __init__(
        self,
        file: object,
        entry: str,
        field: str,
        *,
        value: object = None,
        accepted: str | None = None,
        whose: str = "the schema of this kind of file",
        next_step: str = "correct the entry and load the file again",
    ) -> None:
        where = " > ".join(shorter(part) for part in (str(file), entry, field) if part)
        path = ".".join(part for part in (entry, field) if part)
        super().__init__(where, field=path, value=value, accepted=accepted, whose=whose, next_step=next_step)


class OutputError(InputError):
    """A result cannot be written to the requested path."""


class RunError(NeodermisError):
    """The program failed for a reason other than its input."""


def shown(value: object, width: int = 80) -> str:
    """``value`` as a short, single-line, printable text for a message."""
    if isinstance(value, int) and value.bit_length() > 4 * width:  # Python does not convert thousands of digits
        return f"a whole number of about {round(value.bit_length() * math.log10(2))} digits"
    text = printable(repr(value[: width + 1]) if isinstance(value, str) else str(value)[: width + 1])
    return shorter(text, width)


def shorter(text: str, width: int = 300) -> str:
    """``text``, cut to a readable length."""
    return text if len(text) <= width else text[: width - 1] + "…"


def printable(text: str) -> str:
    """``text`` on one line, with terminal control characters escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def edit_distance(one: str, other: str) -> int:
    """Smallest number of insertions, deletions, substitutions and adjacent transpositions between two words.

    Notes
    -----
    Optimal string alignment, the restricted form of the Damerau-Levenshtein distance.
    """
    before: list[int] = []
    row: list[int] = [*range(len(other) + 1)]
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost: int = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + int(letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def near(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known names within a spelling error: the nearest, at most one edit for 5 or more letters, two for 9 or more.

    A weaker similarity does not imply a similar meaning: *melanoma* is not *melasma*. *hypo-* is never taken for

    *hyper-*.
    """
    word = _joined(name)[:_LONGEST]
    most = min(2, (len(word) - 1) // 4)
    found: dict[int, list[str]] = {}
    for one in known:
        other = _joined(one)
        opposed = {word[:4], other[:4]} == {"hypo", "hype"}
        if abs(len(word) - len(other)) <= most and not opposed:
            found.setdefault(edit_distance(word, other), []).append(one)
    nearest = min(found, default=most + 1)
    return tuple(dict.fromkeys(found[nearest])) if nearest <= most else ()


def _joined(name: str) -> str:
    """A name in lower case with ``_`` between its words."""
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """One sentence with the known names within a spelling error, or a reference to the accepted names."""
    close = near(name, sorted(known))
    return f"{_NEAREST} {' or '.join(map(repr, close))}?" if close else "use one of the accepted names"
