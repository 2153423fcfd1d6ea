"""Blocks as lines for a terminal, in its width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from neodermis.report.blocks import (
    Block,
    Code,
    Columns,
    Facts,
    Fold,
    Heading,
    Note,
    Paragraph,
    Points,
    References,
    Table,
    plain,
)  # fmt: skip
from neodermis.report.tables import record_lines, table_lines


def lines(page: Iterable[Block], width: int, *, everything: bool = False, more: str = "") -> Iterator[str]:
    """The page for a reader who has just typed the command.

    Parts that the command line gives elsewhere are left out (the title; notes, which go to standard error; figures,
    which go to files).  Folded parts, sources and the computation are printed only with ``everything``; ``more`` is the
    option for it.
    """
    for number, block in enumerate(page):
        if isinstance(block, Heading):
            if block.level > 1:
                yield from ("", plain(block.text) + (f": {block.mark}" if block.mark else ""))
        elif isinstance(block, Paragraph):
            if block.tone != "foot" or everything:
                yield from _apart(block, [plain(block.text)])
        elif isinstance(block, Points):
            yield from _apart(block, [f"- {plain(item)}" for item in block.items])
        elif isinstance(block, Facts):
            yield from ("", *(f"{plain(what)}: {plain(value)}" for value, what in block.items))
        elif isinstance(block, Columns):
            yield from lines([*block.left, *block.right], width, everything=everything, more=more)
        elif isinstance(block, Code):
            yield from ("", *(f"  {line}" for line in block.lines))
        elif isinstance(block, Note):
            if block.tone == "stop":
                yield from ("", *(plain(item) for item in block.items))
        elif isinstance(block, Table) and not block.header:
            yield from ("",) if number else ()
            yield from record_lines([[plain(cell) for cell in row] for row in block.rows], width)
        elif isinstance(block, Table) or (isinstance(block, References) and everything):
            rows = [[plain(cell) for cell in row] for row in block.rows]
            yield from ("", *table_lines(plain(block.title), block.header, rows, width))
        elif isinstance(block, Fold):
            if everything:
                yield from lines(block.blocks, width, everything=True)
            else:
                yield from ("", f"{f'Add {more} for' if more else 'Not printed here:'} {plain(block.title)}.")


def _apart(block: Paragraph | Points, told: Iterable[str]) -> Iterator[str]:
    """A text, preceded by an empty line unless it opens the page."""
    if isinstance(block, Points) or block.tone not in ("lead", "soft"):
        yield ""
    yield from told
