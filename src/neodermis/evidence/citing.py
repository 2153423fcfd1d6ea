"""Sources of a document: each work with its use, as text and as BibTeX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from neodermis.errors import InputError
from neodermis.evidence.bibliography import Work, load_bibliography

#: Fields that name a part of a document, the most specific first.
_NAMES: Final = ("title", "id", "product", "outcome", "name")


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """A work, and the parts of a result based on it."""

    key: str
    work: Work | None
    """None for a key outside the bibliography: a source in the user's own file."""
    reasons: tuple[str, ...]

    @property
    def text(self) -> str:
        """The work in one line."""
        return self.work.text if self.work else f"{self.key}: named by a file of the user's, not in the bibliography"


@dataclass(frozen=True)
class Citations:
    """Sources of a result, sorted by key."""

    rows: tuple[Citation, ...]

    def __iter__(self) -> Iterator[Citation]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Each work in one line, followed by its use."""
        told = []
        for number, one in enumerate(self.rows, start=1):
            told.append(f"[{number}] {one.text}")
            if one.reasons:
                told.append(f"    for: {', '.join(one.reasons)}")
        return tuple(told)

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)

    @property
    def bibtex(self) -> str:
        """The works as BibTeX; the user's own sources are left out, because their fields are unknown."""
        return "\n\n".join(one.work.bibtex for one in self.rows if one.work)

    def document(self) -> list[dict[str, Any]]:
        """The citations as plain values."""
        return [
            {"key": one.key, "title_seen": bool(one.work and one.work.title_seen), "text": one.text,
             "for": list(one.reasons), **({"bibtex": one.work.bibtex} if one.work else {})}
            for one in self.rows
        ]  # fmt: skip


def cited(document: Mapping[str, Any], of: str) -> Citations:
    """Sources of the JSON document of a result; ``of`` names the document in an error.

    Every key under ``sources`` counts, with its use according to the document, otherwise the part that contains it.
    Raises :class:`InputError` without any source.
    """
    known = load_bibliography()
    found: dict[str, list[str]] = {}
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, (list, tuple)):
            waiting.extend((place, inside) for inside in reversed(node))
        if not isinstance(node, Mapping):
            continue
        name = next((node[one] for one in _NAMES if isinstance(node.get(one), str)), place)
        sources = node.get("sources")
        for one in sources if isinstance(sources, (list, tuple)) else ():
            key, why = (one.get("key"), one.get("for")) if isinstance(one, Mapping) else (one, None)
            if isinstance(key, str):
                given = why if isinstance(why, (list, tuple)) else [name] if name else []
                kept = known[key].key if key in known else key
                found.setdefault(kept, []).extend(str(reason) for reason in given)
        waiting.extend((str(part), inside) for part, inside in reversed([*node.items()]) if part != "sources")
    if not found:
        raise InputError(
            field="sources", value=of, accepted="a document that names its sources", whose="this program",
            next_step="give what simulate, injure, deliver, care or screen prints as JSON",
        )  # fmt: skip
    return Citations(
        tuple(
            Citation(key=key, work=known.get(key), reasons=tuple(dict.fromkeys(why)))
            for key, why in sorted(found.items())
        )
    )
