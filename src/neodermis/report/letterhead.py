"""Letterhead of a clinic: name, contact and logo for its reports, from a small file.

.. code-block:: toml

   name = "Clinic at the park"
   contact = ["1 Park Street", "Phone 01 234 567", "www.example.org"]
   phone = "01 234 567"      # printed where the patient is told to call
   logo = "logo.svg"         # png, jpg or svg, beside this file
   paper = "a4"              # or letter

Every line is optional.  No name of a person is asked for.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from neodermis.documents import read_document
from neodermis.errors import DataFileError
from neodermis.report import blocks
from neodermis.report.html import write_html
from neodermis.report.pdf import Paper, write_pdf

#: Largest logo, bytes: a report stays below 2 MB with it.
MAX_LOGO: Final = 300_000
#: Most lines of contact, and the most characters of a line: what fits above a page.
MAX_LINES, MAX_LENGTH = 6, 100
_KINDS: Final[dict[str, Literal["png", "jpg", "svg"]]] = {
    ".png": "png", ".jpg": "jpg", ".jpeg": "jpg", ".svg": "svg",
}  # fmt: skip
_PAPER: Final[dict[str, Paper]] = {"a4": "a4", "letter": "us-letter"}


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """What a clinic puts on its reports; without a name the head of the page is left out."""

    name: str = ""
    contact: tuple[str, ...] = ()
    phone: str = ""
    logo: bytes = b""
    kind: Literal["", "png", "jpg", "svg"] = ""
    paper: Paper = "a4"

    @property
    def head(self) -> list[blocks.Block]:
        """The head of the page."""
        if not (self.name or self.contact or self.logo):
            return []
        return [blocks.Letterhead(self.name, self.contact, self.logo, self.kind)]


def write_page(page: blocks.Page, path: Path, head: Letterhead, language: str = "en") -> None:
    """Write a page as tagged PDF or as HTML, by the suffix of the path."""
    if path.suffix.lower() == ".pdf":
        write_pdf(page, path, language=language, paper=head.paper)
    else:
        write_html(page, path, language=language)


def read_letterhead(file: str | Path | None) -> Letterhead:
    """The letterhead of a file; an empty one without a file.

    Raises
    ------
    DataFileError
        The file or the logo cannot be read, or a value is not accepted.
    """
    if file is None:
        return Letterhead()
    path = Path(file)
    given = read_document(path)

    def wrong(field: str, value: Any, accepted: str, next_step: str = "") -> DataFileError:
        return DataFileError(
            path.name, "", field, value=value, accepted=accepted, whose="the letterhead of a report",
            next_step=next_step or "correct the line, or leave it out",
        )  # fmt: skip

    known = ("name", "contact", "phone", "logo", "paper")
    for name in given:
        if name not in known:
            raise wrong(name, None, f"one of {', '.join(known)}", "leave it out")

    def text(field: str) -> str:
        value = given.get(field, "")
        if not isinstance(value, str) or len(value) > MAX_LENGTH or not value.isprintable():
            raise wrong(field, value, f"text of at most {MAX_LENGTH} characters in one line")
        return value.strip()

    contact = given.get("contact", [])
    if (
        not isinstance(contact, list)
        or len(contact) > MAX_LINES
        or not all(isinstance(line, str) and len(line) <= MAX_LENGTH and line.isprintable() for line in contact)
    ):
        raise wrong("contact", str(contact), f"a list of at most {MAX_LINES} lines of {MAX_LENGTH} characters")
    paper = text("paper") or "a4"
    if paper not in _PAPER:
        raise wrong("paper", paper, " or ".join(_PAPER))
    logo, kind = _logo(path, text("logo"), wrong) if text("logo") else (b"", "")
    return Letterhead(
        name=text("name"), contact=tuple(line.strip() for line in contact), phone=text("phone"), logo=logo,
        kind=kind, paper=_PAPER[paper],
    )  # fmt: skip


def _logo(path: Path, name: str, wrong: Any) -> tuple[bytes, Literal["", "png", "jpg", "svg"]]:
    """Content and format of the logo, which is tried here, so that a broken one is told before any computation."""
    file = path.parent / name
    kind = _KINDS.get(file.suffix.lower())
    if kind is None:
        raise wrong("logo", name, f"a file that ends in {', '.join(_KINDS)}")
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_LOGO + 1)
    except OSError as error:
        raise wrong("logo", name, f"a file that can be read ({error.strerror})", "check its path") from None
    if len(content) > MAX_LOGO:
        raise wrong("logo", name, f"an image of at most {MAX_LOGO // 1000} kB", "make the image smaller")
    try:
        _check_image(content, kind)
    except Exception:  # whatever a decoder says of a broken file
        raise wrong("logo", name, f"a whole image of the format {kind}", "save the image again") from None
    return content, kind


def _check_image(content: bytes, kind: str) -> None:
    """Decode an image.  Raises an error of the decoder where it is broken."""
    if kind != "svg":
        from PIL import Image

        with Image.open(io.BytesIO(content)) as image:
            if image.format != {"png": "PNG", "jpg": "JPEG"}[kind]:
                raise ValueError(image.format)
            image.load()
        return
    from xml.etree import ElementTree

    text = content.decode("utf-8")
    if "<!" in text.replace("<!--", "").replace("<!DOCTYPE svg", ""):
        raise ValueError("declarations")  # entities grow without end
    root = ElementTree.fromstring(text)
    if root.tag.rpartition("}")[2] != "svg":
        raise ValueError(root.tag)
    for each in root.iter():
        name = each.tag.rpartition("}")[2]
        links = (value for key, value in each.attrib.items() if key.rpartition("}")[2] in ("href", "src"))
        if name in ("script", "foreignObject") or any(not link.startswith(("#", "data:")) for link in links):
            raise ValueError("scripts and links to other files are not drawn")
