"""A page is a list of blocks: what it says, without how it looks.

One renderer each makes a terminal's lines (:mod:`~neodermis.report.terminal`), a self-contained HTML page
(:mod:`~neodermis.report.html`) and Markdown (:mod:`~neodermis.report.markdown`) of the same list;
:func:`document` gives it as JSON.  A text may hold three marks of Markdown and no others: ```code```, ``**strong**``
and ``[words](address)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

Tone = Literal["", "lead", "soft", "foot", "warning", "stop"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the title of the page and stands once."""

    text: str
    level: int = 2
    anchor: str = ""
    """Name by which a link on the page finds it."""
    mark: str = ""
    """A word beside it, such as a verdict."""
    colour: str = ""
    """Colour of the mark."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; ``lead`` stands out, ``soft`` steps back, ``foot`` is how a page was computed."""

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
    """Lines to copy or to read as they are."""

    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row names the row.  Without a header it has no line of names."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture that is drawn when a renderer shows it, with the words that stand for it."""

    draw: Callable[[], Drawn]
    alternative: str
    address: str = ""
    """Where the file of the picture lies beside a page that cannot hold it."""
    small: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What has to be read with the page: sentences in a box."""

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
    """What only some readers want: closed at first on a page; printed where everything is asked for."""

    title: str
    blocks: Sequence[Block]


Block = Heading | Paragraph | Points | Code | Table | Figure | Note | References | Fold
Page = Sequence[Block]

#: The three marks of a text: code, strong, link.
MARKS: Final = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\(((?:https?://|#)[^)\s]*|[\w./-][^):\s]*)\)")


def plain(text: str) -> str:
    """A text without its marks."""
    return MARKS.sub(lambda found: found[1] or found[2] or found[3], text)


def document(page: Iterable[Block]) -> list[dict[str, Any]]:
    """The blocks as JSON takes them: ``kind`` and the fields; of a figure the words that stand for it."""
    return [_entry(block) for block in page]


def _entry(block: Block) -> dict[str, Any]:
    if isinstance(block, Fold):
        return {"kind": "fold", "title": block.title, "blocks": document(block.blocks)}
    fields: Mapping[str, Any] = (
        {"alternative": block.alternative} if isinstance(block, Figure) else asdict(block)
    )  # fmt: skip
    return {"kind": type(block).__name__.lower(), **{name: value for name, value in fields.items() if value}}
