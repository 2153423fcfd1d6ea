"""Tables as lines of text of a given width; without rich or NumPy, because every catalogue prints one."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from neodermis.errors import printable

#: Between two columns.
_GAP: Final = "  "


def table_lines(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """A table of at most ``width`` characters per line, without trailing blanks.

    Columns are as wide as their longest cell if that fits; otherwise the widest columns are narrowed and their cells
    wrapped.  If they do not fit without breaking words, each row becomes a block with one line for each column.
    """
    yield from textwrap.wrap(title, width)
    yield ""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = _widths([header, *cells], width - 1)
    if widths is None:
        for row in cells:
            for name, cell in zip(header, row, strict=True):
                if cell:
                    told = textwrap.wrap(f"{name}: {cell}" if name else cell, width - 3, break_on_hyphens=False)
                    yield from (f" {'  ' if number else ''}{line}" for number, line in enumerate(told))
            yield ""
        return
    yield from _row(header, widths)
    yield " " + "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))
    for row in cells:
        yield from _row(row, widths)


def record_lines(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Named values: the name, then its value, wrapped beside it or below a name that leaves no room."""
    cells = [[printable(cell) for cell in row] for row in rows]
    indent = max((len(name) for name, *_ in cells), default=0) + len(_GAP)
    if indent > width // 3:
        indent = 2 * len(_GAP)
    for name, *values in cells:
        told = textwrap.wrap(": ".join(filter(None, values)), width - indent, break_on_hyphens=False) or [""]
        if len(name) + len(_GAP) > indent:
            yield name
            name = ""
        yield from (f"{name if k == 0 else '':{indent}}{line}".rstrip() for k, line in enumerate(told))


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Letters of each column; ``None`` where words would have to be broken."""
    columns = list(zip(*rows, strict=True))
    natural = [max(1, *map(len, column)) for column in columns]
    words = [max((len(word) for cell in column for word in cell.split()), default=1) for column in columns]
    room = width - len(_GAP) * (len(columns) - 1)
    if sum(words) > room:
        return None
    cap = max(natural)
    while sum(found := [max(low, min(most, cap)) for low, most in zip(words, natural, strict=True)]) > room:
        cap -= 1
    return found


def _row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    folded = [textwrap.wrap(cell, most, break_on_hyphens=False) for cell, most in zip(cells, widths, strict=True)]
    for number in range(max(1, *map(len, folded))):
        parts = [(lines[number] if number < len(lines) else "").ljust(most)
                 for lines, most in zip(folded, widths, strict=True)]  # fmt: skip
        yield f" {_GAP.join(parts)}".rstrip()
