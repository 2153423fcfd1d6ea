"""Common parts of generated pages: tables, paragraphs, rounded results, and files that are written completely."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from neodermis.report.blocks import Table
from neodermis.report.markdown import filled as paragraph
from neodermis.report.markdown import table

__all__ = ["paragraph", "point", "put", "put_results", "rounded", "table", "tabled"]


def point(text: str) -> str:
    """One point of a list, with further lines indented."""
    return paragraph(f"- {text}").replace("\n", "\n  ")


def tabled(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """A table without a title, with every cell as text."""
    return Table("", tuple(header), [[str(cell) for cell in row] for row in rows])


def rounded(value: Any) -> Any:
    """Results for JSON: six significant digits, and None for a value that is not finite."""
    if isinstance(value, Mapping):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays
        return rounded(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def put(path: Path, text: str) -> None:
    """Write a file completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)


def put_results(path: Path, found: Mapping[str, Any]) -> None:
    """Write results as JSON with one value per line, so that versions can be compared."""
    put(path, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
