"""Page as a list of blocks: its content without its appearance.

Renderers convert the same list to terminal lines (:mod:`~neodermis.report.terminal`), a self-contained HTML page
(:mod:`~neodermis.report.html`), a tagged PDF (:mod:`~neodermis.report.pdf`) and Markdown
(:mod:`~neodermis.report.markdown`); :func:`document` gives it as JSON.
A text may contain three Markdown marks only: ```code```, ``**strong**`` and ``[words](address)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

Tone = Literal["", "lead", "soft", "foot", "warning", "stop"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the page title and occurs once."""

    text: str
    level: int = 2
    anchor: str = ""
    """Name for links within the page."""
    mark: str = ""
    """A word after the heading, such as a verdict."""
    colour: str = ""
    """Colour of the mark."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; ``lead`` is emphasised, ``soft`` is subdued, ``foot`` states how a page was computed."""

    text: str
    tone: Tone = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", " ".join(self.text.split()))  # as written over several lines of code


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    items: Sequence[str]
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of code or output, unchanged."""

    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row names the row.  Without a header it has no header row."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that is drawn when it is rendered, with its text alternative."""

    draw: Callable[[], Drawn]
    alternative: str
    address: str = ""
    """Path of the image file for a page that cannot contain it."""
    small: bool = False
    natural: bool = False
    """Drawn no larger than it was made, for figures beside a text."""


@dataclass(frozen=True, slots=True)
class Note:
    """Sentences in a box that must be read with the page."""

    items: Sequence[str]
    title: str = ""
    tone: Tone = "warning"


@dataclass(frozen=True, slots=True)
class References:
    """References of a page: key, work, year, use, and version read."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Fold:
    """Details: collapsed at first on a page; printed where everything is requested."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts to be seen at a glance: a value in large type, and below it what it is."""

    items: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Two groups of blocks side by side where the page is wide enough."""

    left: Sequence[Block]
    right: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Head of a clinic's page: name, lines of contact, and a logo."""

    name: str
    lines: Sequence[str] = ()
    logo: bytes = b""
    kind: Literal["", "png", "jpg", "svg"] = ""
    """Format of the logo."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What follows begins on a new sheet of paper, and on a screen after a line."""

    language: str = ""
    """Language of all that follows; empty for that of the page."""


Block = (
    Heading
    | Paragraph
    | Points
    | Code
    | Table
    | Figure
    | Note
    | References
    | Fold
    | Facts
    | Columns
    | Letterhead
    | Sheet
)
Page = Sequence[Block]

#: The three marks of a text: code, strong, link.
MARKS: Final = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\(((?:https?://|#)[^)\s]*|[\w./-][^):\s]*)\)")


def plain(text: str) -> str:
    """A text without its marks."""
    return MARKS.sub(lambda found: found[1] or found[2] or found[3], text)


def document(page: Iterable[Block]) -> list[dict[str, Any]]:
    """The blocks as JSON values: ``kind`` and the fields; for a figure its text alternative."""
    return [_entry(block) for block in page]


def _entry(block: Block) -> dict[str, Any]:
    if isinstance(block, Fold):
        return {"kind": "fold", "title": block.title, "blocks": document(block.blocks)}
    if isinstance(block, Columns):
        return {"kind": "columns", "left": document(block.left), "right": document(block.right)}
    values: Mapping[str, Any] = (
        {"alternative": block.alternative} if isinstance(block, Figure) else
        {"name": block.name, "lines": list(block.lines)} if isinstance(block, Letterhead) else
        {one.name: getattr(block, one.name) for one in fields(block)}
    )  # fmt: skip
    return {"kind": type(block).__name__.lower(), **{name: value for name, value in values.items() if value}}
