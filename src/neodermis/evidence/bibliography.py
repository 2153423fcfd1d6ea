"""Bibliography: one list of works for parameters, findings, devices, rules and care, and their citation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, get_args

from neodermis.documents import read_document
from neodermis.errors import DataFileError

#: Kinds of work; each has a file of its name in ``data/bibliography``.
Kind = Literal["article", "book", "clearance", "data", "guidance", "label", "manual", "page"]
#: BibTeX note of a work that is not a journal article.
_NAMED: Final[Mapping[str, str]] = {
    "article": "Article", "book": "Book or thesis", "clearance": "Clearance of a medical device",
    "data": "Data or code", "guidance": "Guidance", "label": "Drug label", "manual": "Manual", "page": "Web page",
}  # fmt: skip
#: Last entry of the authors if the copy that was read names only the first.
OTHERS: Final = "others"
#: TeX command characters, and their escaped form.
_TEX: Final = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
})  # fmt: skip
#: Characters that would end the value of a field in an address, which is otherwise written unchanged.
_URL: Final = str.maketrans({"\\": "%5C", "{": "%7B", "}": "%7D"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """A work on which the product is based; unverified fields are empty."""

    key: str
    kind: Kind
    printed_title: str = ""
    """Published title, or the name in the document itself if it has no title."""
    about: str = ""
    """Use of the work, in our own words."""
    authors: tuple[str, ...] = ()
    """Published authors: family name and initials, or the family name; :data:`OTHERS` at the end for *et al.*"""
    year: int | None = None
    journal: str = ""
    pages: str = ""
    """Volume, issue and pages, as published."""
    doi: str = ""
    pmid: str = ""
    address: str = ""
    """Address where it was read; empty for a document read as a file."""
    also_read: tuple[str, ...] = ()
    """Further addresses, such as copies and works that quote it."""
    species: str = ""
    tier: str = ""
    """Tier of a source of screening or care: A to E (see :data:`neodermis.care.tiers.TIERS`)."""
    via: str = ""
    """``copy`` for a third-party copy, ``clinic`` for the wording as quoted by a clinic."""
    aliases: tuple[str, ...] = ()
    """Keys in earlier versions."""

    @property
    def title_seen(self) -> bool:
        """Whether the title is the published one; otherwise it is our description, in brackets."""
        return bool(self.printed_title)

    @property
    def title(self) -> str:
        """The title, or a description of the work in brackets."""
        return self.printed_title or f"[{self.about[:1].upper()}{self.about[1:]}; title not found]"

    @property
    def by(self) -> str:
        """Up to three authors; empty where none was verified."""
        named = [name for name in self.authors if name != OTHERS]
        more = len(named) > 3 or OTHERS in self.authors
        return f"{', '.join(named[:1] if len(named) > 3 else named)}{' et al.' if more else ''}"

    @property
    def dated(self) -> str:
        """The year, or a statement that none was verified."""
        return f"{self.year}" if self.year else "year not found"

    @property
    def text(self) -> str:
        """The work in one line: authors, title, journal, year, pages, DOI, PMID, address."""
        end = "" if self.title[-1] in "?!.]" else "."
        issue = f"{self.journal} {self.dated}".strip() + (f";{self.pages}" if self.pages else "")
        ids = [f"DOI {self.doi}" if self.doi else "", f"PMID {self.pmid}" if self.pmid else "", self.address]
        who = f"{self.by.removesuffix('.')}. " if self.by else ""
        return f"{who}{self.title}{end} {issue}. {', '.join(part for part in ids if part)}".strip()

    @property
    def bibtex(self) -> str:
        """The work as a BibTeX entry with the verified fields; TeX command characters are escaped."""
        article = self.kind == "article" and self.journal and self.authors and self.year
        fields = {
            "author": " and ".join(_bibtex_name(name) for name in self.authors),
            "title": f"{{{self.title.translate(_TEX)}}}",
            "journal" if article else "howpublished": (self.journal or _NAMED[self.kind]).translate(_TEX),
            "year": f"{self.year or ''}",
            **_bibtex_pages(self.pages),
            "doi": self.doi.translate(_URL),
            "pmid": self.pmid,
            "url": self.address.translate(_URL),
            "note": self.about.translate(_TEX) if self.title_seen else "",
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        return "\n".join([f"@{'article' if article else 'misc'}{{{self.key},", *lines, "}"])


def _bibtex_name(name: str) -> str:
    """A name in BibTeX form: the part before the comma is the family name."""
    if name == OTHERS:
        return name
    found = re.fullmatch(r"(.+) ([A-Z]{1,4})", name)
    if found is None:
        return f"{{{name.translate(_TEX)}}}"
    return f"{found[1].translate(_TEX)}, {' '.join(f'{letter}.' for letter in found[2])}"


def _bibtex_pages(text: str) -> dict[str, str]:
    """``12(3):45-67`` as volume, number and pages; another form is kept as pages."""
    found = re.fullmatch(r"(\d+)(?:\(([\w-]+)\))?:(\w+)(?:-(\w+))?", text)
    if found is None:
        return {"pages": text.translate(_TEX)}
    last = f"--{found[4]}" if found[4] else ""
    return {"volume": found[1], "number": found[2] or "", "pages": found[3] + last}


class Bibliography(Mapping[str, Work]):
    """Works by key.  A key of an earlier version leads to its work and is not listed."""

    def __init__(self, works: Mapping[str, Work]) -> None:
        self._works = works
        self._kept = {alias: work.key for work in works.values() for alias in work.aliases}

    def __getitem__(self, key: str) -> Work:
        return self._works[self._kept.get(key, key)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._works)

    def __len__(self) -> int:
        return len(self._works)


@cache
def load_bibliography() -> Bibliography:
    """All shipped works, by key.  Raises :class:`DataFileError` for an entry with an unknown field."""
    found: dict[str, Work] = {}
    for kind in get_args(Kind):
        file = files("neodermis.evidence") / "data" / "bibliography" / f"{kind}.toml"
        for key, entry in read_document(file).items():
            authors, also_read, aliases = (tuple(entry.pop(name, ())) for name in ("authors", "also_read", "aliases"))
            try:
                work = Work(key=key, kind=kind, printed_title=entry.pop("title", ""), authors=authors,
                            also_read=also_read, aliases=aliases, **entry)  # fmt: skip
            except TypeError as error:
                raise DataFileError(file.name, key, str(error), accepted=", ".join(Work.__slots__[2:])) from error
            if key in found:
                raise DataFileError(file.name, key, "", accepted=f"a key that {found[key].kind}.toml does not have")
            found[key] = work
    return Bibliography(found)
