"""What every made page is written with: tables, paragraphs, rounded results, files that are written whole."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a table."""
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"


def paragraph(text: str) -> str:
    """One paragraph, broken into lines of at most 120 characters."""
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)


def point(text: str) -> str:
    """One point of a list, its further lines set in."""
    return paragraph(f"- {text}").replace("\n", "\n  ")


def rounded(value: Any) -> Any:
    """Results as JSON holds them: six significant digits, and None where there is no number."""
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
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)


def put_results(path: Path, found: Mapping[str, Any]) -> None:
    """Write results as JSON that a person can read and compare line by line."""
    put(path, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
