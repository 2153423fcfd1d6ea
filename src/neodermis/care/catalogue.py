"""Texts of dated care, one catalogue for each language, and the evidence tiers of sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from neodermis.documents import read_document
from neodermis.errors import DataFileError, UnknownNameError
from neodermis.evidence.bibliography import load_bibliography

#: From the strongest to the weakest; ``project`` is an assumption of this project.
TIERS: Final = ("A", "A2", "B", "C", "D", "E", "project")


class Texts:
    """Texts of one language, by path, with values inserted."""

    def __init__(self, language: str, texts: Mapping[str, Any]) -> None:
        self.language, self._texts = language, texts

    def find(self, *path: str, **values: object) -> str:
        """The text at a path, or an empty text."""
        found: Any = self._texts
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        text = str(found).format(**values) if isinstance(found, str) else ""
        for many, one in self._texts.get("after_one", {}).items():
            text = re.sub(rf"(?<![\d.,-])1 {many}\b", f"1 {one}", text)
        return text

    def say(self, *path: str, **values: object) -> str:
        """The text at a path; :class:`DataFileError` if the language has none."""
        text = self.find(*path, **values)
        if not text:
            raise DataFileError(f"care_{self.language}.toml", ".".join(path), "", accepted="a text")
        return text


@cache
def load_texts(language: str = "en") -> Texts:
    """Texts of a language; :class:`UnknownNameError` without a catalogue of it."""
    folder = files("neodermis.care") / "data" / "texts"
    shipped = {path.name[5:-5]: path for path in folder.iterdir() if path.name.startswith("care_")}
    if language not in shipped:
        raise UnknownNameError("language", language, shipped)
    return Texts(language, read_document(shipped[language]))


def best_tier(sources: Iterable[str]) -> str:
    """Strongest tier of some sources; ``project`` without sources."""
    known = load_bibliography()
    return min((known[key].tier for key in sources), key=TIERS.index, default="project")
