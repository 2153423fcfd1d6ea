"""Blocks as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from neodermis.report.blocks import (
    Block,
    Code,
    Columns,
    Facts,
    Figure,
    Fold,
    Heading,
    Letterhead,
    Note,
    Paragraph,
    Points,
    References,
    Sheet,
    Table,
)  # fmt: skip

#: Characters of a line.
WIDTH = 120


def markdown(page: Iterable[Block]) -> str:
    """The page as text with blocks separated by empty lines."""
    return "\n\n".join("\n".join(_lines(block)) for block in page) + "\n"


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"{'#' * block.level} {block.text}" + (f": {block.mark}" if block.mark else "")
    elif isinstance(block, Paragraph):
        yield filled(block.text)
    elif isinstance(block, Points):
        yield from (filled(f"- {item}", "  ") for item in block.items)
    elif isinstance(block, Facts):
        yield from (f"- {what}: **{value}**" for value, what in block.items)
    elif isinstance(block, Columns):
        yield markdown([*block.left, *block.right]).rstrip("\n")
    elif isinstance(block, Letterhead):
        yield " · ".join([f"**{block.name}**", *block.lines])
    elif isinstance(block, Sheet):
        yield "---"
    elif isinstance(block, Code):
        yield from ("```", *block.lines, "```")
    elif isinstance(block, Note):
        yield from (filled(f"> {item}", "> ") for item in (*filter(None, [block.title]), *block.items))
    elif isinstance(block, Figure):
        yield f"![{block.alternative}]({block.address})"
    elif isinstance(block, Fold):
        yield from (f"### {block.title}", "", markdown(block.blocks).rstrip("\n"))
    elif isinstance(block, Table | References):
        yield from (f"**{block.title}**", "") if block.title else ()
        yield from table(block.header or [""] * len(block.rows[0]), block.rows)


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The lines of a table."""
    names = list(header)
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"


def filled(text: str, further: str = "") -> str:
    """One paragraph, wrapped to at most :data:`WIDTH` characters."""
    return textwrap.fill(
        " ".join(text.split()), WIDTH, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )
