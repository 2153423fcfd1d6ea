"""The letterhead of the clinic as the file that reports of neodermis read."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from neodermis.clinic.folder import LETTERHEAD
from neodermis.clinic.models import Practice


def write_letterhead(folder: Path, values: Mapping[str, Any], logo: bytes | None, logo_name: str) -> Path:
    """Write a letterhead and its logo into a folder; the file."""
    told = {name: value for name, value in values.items() if value}
    if logo is not None:
        (folder / logo_name).write_bytes(logo)
        told["logo"] = logo_name
    path = folder / LETTERHEAD
    lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in told.items())
    path.write_text("".join(lines), "utf-8")  # a text or list of texts in JSON is one in TOML
    return path


@contextmanager
def letterhead_file() -> Iterator[Path | None]:
    """The letterhead of the settings; without one the file in the data folder, or None."""
    practice = Practice.current()
    values = {"name": practice.name, "contact": practice.contact, "phone": practice.phone}
    if practice.logo is None and not any(values.values()):
        own = settings.FOLDER / LETTERHEAD
        yield own if own.exists() else None
        return
    with tempfile.TemporaryDirectory() as folder:
        logo = None if practice.logo is None else bytes(practice.logo)
        yield write_letterhead(Path(folder), values | {"paper": practice.paper}, logo, practice.logo_name)
