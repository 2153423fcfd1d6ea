"""What is worked out once for a computer and kept on disk, in the user's cache folder: machine code, parsed data files.

An entry is kept with everything that it depends on.  What does not agree in all of it, or whose checksum is wrong, is
worked out anew and never used.  Where the folder cannot be written, every run works it out.  Nothing that a user gives
is kept, only what is made of the program's own files.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

Made = TypeVar("Made")

#: First bytes of an entry; the checksum of all that follows it comes next.
_MARK: Final = b"neodermis entry 2\n"
#: Entries older than this are removed when another is written: those of earlier versions, above all.
_DAYS: Final = 180


class Entry(NamedTuple):
    """An entry as it lies on disk."""

    depends_on: dict[str, str]
    content: Any


@cache
def folder() -> tuple[Path, bool]:
    """Where entries are kept, and whether that can be written."""
    from platformdirs import user_cache_path

    found = user_cache_path("neodermis") / "compiled"
    try:
        found.mkdir(parents=True, exist_ok=True)
        return found, os.access(found, os.W_OK)
    except OSError:
        return found, False


def digest(content: bytes) -> str:
    """Checksum by which a file is told from every other."""
    return hashlib.sha256(content).hexdigest()


def kept(kind: str, depends_on: Mapping[str, str], make: Callable[[], Made]) -> Made:
    """What ``make`` returns, made once for this computer and Python, and for each ``kind`` and ``depends_on``."""
    rests_on = {"kind": kind, "python": sys.implementation.cache_tag or "", **depends_on}
    where, writable = folder()
    path = where / f"{digest(repr(sorted(rests_on.items())).encode())[:32]}.{kind}"
    entry = read(path, rests_on)
    if entry is not None:
        found: Made = entry.content
        return found
    made = make()
    if writable:
        try:
            write(path, Entry(rests_on, made))
        except OSError:  # a full disk, for instance: what was made serves all the same, and the next run tries again
            folder.cache_clear()
    return made


def read(path: Path, depends_on: Mapping[str, str]) -> Entry | None:
    """The entry in a file; None where there is none, it is damaged, or it depends on anything else."""
    try:
        found = path.read_bytes()
    except OSError:
        return None
    sum_ends = len(_MARK) + hashlib.sha256().digest_size
    body = found[sum_ends:]
    if found[:sum_ends] != _MARK + hashlib.sha256(body).digest():
        return None
    entry: Entry = pickle.loads(body)  # whole, and written by this program
    return entry if entry.depends_on == depends_on else None


def write(path: Path, entry: Entry) -> None:
    """Keep an entry: whoever reads at the same time sees all of it or none."""
    import tempfile

    for old in path.parent.glob("*.*"):
        if old.stat().st_mtime < time.time() - _DAYS * 86_400:
            old.unlink(missing_ok=True)
    body = pickle.dumps(entry)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MARK + hashlib.sha256(body).digest() + body)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
