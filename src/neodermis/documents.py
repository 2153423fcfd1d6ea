"""Reading of the files that others write: TOML of a size that a person writes, held to what results can carry.

Devices, findings and parameters are read through here and nowhere else, so that a file that is too large, is not
text, is nested without end or holds a number without measure is answered in one way, before anything is computed.
A file is written whole or not at all.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, TypeGuard, TypeVar

from neodermis import disk_cache
from neodermis.errors import DataFileError, OutputError

Made = TypeVar("Made")

#: Data files below it are those of the program, which are read often and change with it alone.
SHIPPED: Final = Path(__file__).parent
#: Bytes of a file that is read: six times the largest one shipped; a hostile one of that size takes seconds to read.
MAX_FILE: Final = 250_000
#: Characters of one line: reading takes time in the square of a name's parts, which stand in one line.
MAX_LINE: Final = 2_000
#: Characters of one text: five times the longest one shipped; texts are printed with every result.
MAX_TEXT: Final = 1_500
#: Tables within tables: the shipped files have 5.
MAX_DEPTH: Final = 20
#: Size of a whole number: the largest that floating point holds exactly.
MAX_WHOLE: Final = 2**53


def read_document(path: Path | Traversable) -> dict[str, Any]:
    """The TOML document in an ordinary file; :class:`DataFileError` names the file and what is wrong with it."""
    file = str(path)

    def unreadable(why: str) -> DataFileError:
        return DataFileError(
            file, "", "", value=why, accepted="a readable file", whose="the operating system",
            next_step="check the path",
        )  # fmt: skip

    try:
        if isinstance(path, Path) and not stat.S_ISREG(path.stat().st_mode):
            raise unreadable("Is a directory" if path.is_dir() else "Is not an ordinary file")
        with path.open("rb") as stream:
            content = stream.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:  # a path with a null character is a ValueError
        raise unreadable(getattr(error, "strerror", None) or str(error)) from error
    if len(content) > MAX_FILE:
        raise DataFileError(
            file,
            "",
            "",
            value=f"more than {MAX_FILE:,} bytes",
            accepted=f"at most {MAX_FILE:,} bytes",
            whose="this program: six times the largest file shipped",
            next_step="split the file, or check that it is the intended file",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataFileError(
            file, f"byte {error.start}", "", accepted="text in UTF-8", whose="TOML 1.0",
            next_step="save the file as UTF-8",
        ) from error  # fmt: skip
    if SHIPPED in Path(file).parents:
        return disk_cache.kept("document", {"content": disk_cache.digest(content)}, lambda: parse_document(text, file))
    return parse_document(text, file)


#: Bytes of a result that is read back: ten times one with every state of a long course at 20 sites.
MAX_RESULT: Final = 200_000_000


def read_any(path: Path) -> dict[str, Any]:
    """The document in an ordinary file, JSON where its first character is ``{``, else TOML.

    Raises :class:`DataFileError`, as :func:`read_document`.
    """
    try:
        if not path.is_file():
            return read_document(path)  # which says why it cannot be read
        with path.open("rb") as stream:
            if not stream.read(200).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
                return read_document(path)
            stream.seek(0)
            content = stream.read(MAX_RESULT + 1)
    except (OSError, ValueError):
        return read_document(path)
    file = str(path)

    def wrong(accepted: str, place: str = "", next_step: str = "write it again") -> DataFileError:
        return DataFileError(file, place, "", accepted=accepted, whose="JSON, RFC 8259", next_step=next_step)

    def no_number(word: str) -> float:
        raise wrong(f"finite numbers, not {word}")

    if len(content) > MAX_RESULT:
        raise wrong(f"at most {MAX_RESULT:,} bytes", next_step="check that it is the intended file")
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_constant=no_number)
    except UnicodeDecodeError as error:
        raise wrong("text in UTF-8", f"byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise wrong("one whole JSON document", f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError:
        raise wrong("tables and lists that are not nested without end") from None
    except ValueError as error:  # a number of thousands of digits
        raise wrong("numbers of a size that a program reads") from error
    return dict(document)


def parse_document(text: str, file: str) -> dict[str, Any]:
    """The TOML document in a text; ``file`` is its name in messages, errors as :func:`read_document`."""
    long = next((number for number, line in enumerate(text.split("\n"), 1) if len(line) > MAX_LINE), None)
    if long is not None:
        raise DataFileError(
            file, f"line {long}", "", accepted=f"lines of at most {MAX_LINE:,} characters", whose="this program",
            next_step="break the line, or check that it is the intended file",
        )  # fmt: skip
    import tomllib  # here, since what is kept needs no reader

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataFileError(
            file, "syntax", "", value=str(error), accepted="TOML", whose="TOML 1.0", next_step=_repair(text, str(error))
        ) from error
    except RecursionError:
        raise DataFileError(file, "", "", accepted=f"at most {MAX_DEPTH} nested tables or lists") from None
    except ValueError as error:  # a number of thousands of digits
        raise DataFileError(file, "", "", accepted=f"whole numbers of at most {MAX_WHOLE:,} in size") from error
    _check(document, file)
    return document


def _repair(text: str, fault: str) -> str:
    """What to do about a fault of syntax: a date or a word without quotes is what people write most."""
    found = re.search(r"line (\d+)", fault)
    line = text.split("\n")[int(found[1]) - 1] if found else ""
    if date := re.search(r"=\s*(\d{1,4}[-./]\d{1,2}[-./]\d{1,4})\s*(?:#|$)", line, re.ASCII):
        return f'write the date as 2026-03-31, or put it in quotes: "{date[1]}"'
    if word := re.search(r"=\s*([A-Za-z][\w /-]{,60}?)\s*(?:#|$)", line, re.ASCII):
        plain = word[1].casefold()
        return f"write {plain}" if plain in ("true", "false") else f'put the text in quotes: "{word[1]}"'
    return "correct the line and load the file again"


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value of a document is a finite number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def read_entries(text: str, file: str, kind: str, make: Callable[[dict[str, Any], str], Made]) -> dict[str, Made]:
    """The tables ``[[kind]]`` of a document by id, each as ``make(table, file)`` reads it; ids must differ."""
    entries = parse_document(text, file).get(kind, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DataFileError(file, kind, "", accepted=f"tables [[{kind}]]")
    found: dict[str, Made] = {}
    for entry in entries:
        made = make(dict(entry), file)
        if entry["id"] in found:
            raise DataFileError(file, entry["id"], "id", value=entry["id"], accepted=f"an id that no other {kind} has")
        found[entry["id"]] = made
    return found


def _check(document: dict[str, Any], file: str) -> None:
    """Refuse what no schema looks at: depth, the size of texts and of whole numbers, null characters."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), document)]
    while waiting:
        place, value = waiting.pop()

        def wrong(accepted: str, place: tuple[str, ...] = place, value: Any = None) -> DataFileError:
            return DataFileError(file, ".".join(place[:MAX_DEPTH]), "", value=value, accepted=accepted)

        if len(place) > MAX_DEPTH:
            raise wrong(f"at most {MAX_DEPTH} nested tables or lists")
        if isinstance(value, int) and abs(value) > MAX_WHOLE:
            raise wrong(f"a whole number of at most {MAX_WHOLE:,} in size", value=value)
        if isinstance(value, str) and (len(value) > MAX_TEXT or "\0" in value):
            raise wrong(f"a text of at most {MAX_TEXT:,} characters, none of them null", value=value)
        entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inside in entries:
            name = str(key)
            if len(name) > MAX_TEXT or "\0" in name:
                raise wrong(f"names of at most {MAX_TEXT:,} characters, none of them null")
            waiting.append(((*place, name), inside))


def unwritable(path: Path, why: str) -> OutputError:
    """The error of a file that cannot be written, with what the operating system says."""
    return OutputError(
        "file cannot be written", value=str(path), accepted="a path in a folder that exists and can be written",
        whose=f"the operating system: {why}", next_step="give another path",
    )  # fmt: skip


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file that replaces ``path`` when the block succeeds.

    Raises :class:`OutputError` for a folder without write access.
    """
    import tempfile  # here, since reading needs no writer

    given, path = path, path.resolve()  # a link stays, and what it points to is replaced
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".neodermis-")
        os.close(handle)
        draft = Path(name)
        try:
            yield draft
            mask = os.umask(0)
            os.umask(mask)
            draft.chmod(0o666 & ~mask)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(given, error.strerror or str(error)) from error
