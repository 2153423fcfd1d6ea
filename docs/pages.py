"""What every made page is written with: tables, paragraphs, rounded results, files that are written whole."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neodermis.report.markdown import filled as paragraph
from neodermis.report.markdown import table

__all__ = ["paragraph", "point", "put", "put_results", "rounded", "table"]


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
