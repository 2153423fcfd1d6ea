"""The audit trail: who did what, when and from where, with what was before and after.

Each entry carries the hash of the one before it, and the last number and hash are kept in a file outside the database.
:func:`verify` finds entries that were changed, removed or added behind the application's back, and records that are not
as their last entry says.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from neodermis.clinic.folder import head_file
from neodermis.documents import replacing

if TYPE_CHECKING:
    from neodermis.clinic.models import AuditEntry, Job, Record

#: What the first entry carries in the place of a hash.
START: Final = "0" * 64
_FIELDS: Final = ("number", "at", "account", "origin", "action", "kind", "key", "before", "after", "previous")
_LOCK: Final = threading.Lock()
_LOG: Final = logging.getLogger(__name__)


class Origin(NamedTuple):
    """Who acts, and from where."""

    account: str
    address: str

    @classmethod
    def of(cls, request: HttpRequest) -> Origin:
        """The account and the address of a request."""
        user = request.user
        return cls(user.username if user.is_authenticated else "", request.META.get("REMOTE_ADDR", ""))


class Head(NamedTuple):
    """Last entry of the trail."""

    number: int
    hash: str


def plain(value: Any) -> Any:
    """A value of a field as JSON has it."""
    return str(value) if isinstance(value, (UUID, date, datetime)) else value


def hash_of(entry: AuditEntry) -> str:
    """SHA-256 of an entry with the hash of the one before it."""
    document = [getattr(entry, name) for name in _FIELDS]
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def append(by: Origin, action: str, record: Record | Job, *, before: Any = None, after: Any = None) -> None:
    """Add an entry, in the transaction of what it tells; the head follows when the transaction is committed."""
    from neodermis.clinic.models import AuditEntry

    with transaction.atomic():
        last = AuditEntry.objects.order_by("-number").first()
        entry = AuditEntry(
            number=1 if last is None else last.number + 1, at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            account=by.account, origin=by.address, action=action, kind=record._meta.model_name, key=str(record.pk),
            before=before, after=after, previous=START if last is None else last.hash,
        )  # fmt: skip
        entry.hash = hash_of(entry)
        entry.insert()
        head = Head(entry.number, entry.hash)
        transaction.on_commit(lambda: _keep(head))


def viewed(by: Origin, record: Record) -> None:
    """Enter that a record was shown."""
    append(by, "viewed", record)


def read_head(path: Path) -> Head | None:
    """The head that is kept; None without one.  Raises :class:`ValueError` for a file that is none."""
    try:
        found = json.loads(path.read_text("ascii"))
        return Head(int(found["number"]), str(found["hash"]))
    except FileNotFoundError:
        return None
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error


def _keep(head: Head) -> None:
    """Keep a head, where the trail still holds the one kept before: a shortened trail does not replace it."""
    from neodermis.clinic.models import AuditEntry

    path = head_file(settings.FOLDER)
    with _LOCK:
        try:
            kept = read_head(path)
        except ValueError:
            _LOG.error("the head of the audit trail cannot be read: %s", path)
            return
        if kept is not None and kept.number >= head.number:
            if kept.number == head.number and kept.hash != head.hash:
                _LOG.error("the audit trail does not hold the head that is kept; run: neodermis clinic verify")
            return
        if kept is not None and not AuditEntry.objects.filter(number=kept.number, hash=kept.hash).exists():
            _LOG.error("the audit trail does not hold the head that is kept; run: neodermis clinic verify")
            return
        with replacing(path) as draft, draft.open("w", encoding="ascii") as out:
            out.write(json.dumps(head._asdict()))
            out.flush()
            os.fsync(out.fileno())  # on the disk before it replaces the one before
        path.chmod(0o600)


def _readable(rows: Iterator[Any]) -> Iterator[Any]:
    """The rows, and a text in the place of the first that cannot be read."""
    try:
        yield from rows
    except ValueError as error:
        yield str(error)


def _as_kept(row: Record | Job) -> dict[str, Any]:
    """A row as an entry gives it back."""
    found: dict[str, Any] = json.loads(json.dumps(row.state() if callable(row.state) else row.kept()))
    return found


def verify() -> Iterator[str]:
    """Every fault of the trail and of the records, in a sentence; none where all is as it was written."""
    from neodermis.clinic.models import JOBS, RECORDS, AuditEntry

    previous, number = START, 0
    last_state: dict[tuple[str, str], Any] = {}
    path = head_file(settings.FOLDER)
    try:
        head = read_head(path)
    except ValueError:
        head = None
        yield f"The file of the head cannot be read: {path}."
    else:
        if head is None and AuditEntry.objects.exists():
            yield f"The file of the head is missing: {path}."
    at_head = None
    entries = _readable(AuditEntry.objects.order_by("number").iterator(chunk_size=500))
    for entry in entries:
        if isinstance(entry, str):
            yield f"The trail cannot be read after entry {number}: {entry}."
            break
        number += 1
        if entry.number != number:
            yield f"Entry {number} is missing: it was removed."
            number = entry.number
        elif entry.previous != previous:
            yield f"Entry {entry.number} does not follow the one before it: that one was changed or replaced."
        if hash_of(entry) != entry.hash:
            yield f"Entry {entry.number} was changed."
        previous = entry.hash
        if head is not None and entry.number == head.number:
            at_head = entry.hash
        if entry.after is not None:
            last_state[entry.kind, entry.key] = entry.after
    if head is not None and at_head is None:
        yield f"The newest entries are missing: the trail ends at {number}, and {head.number} were written."
    elif head is not None and at_head != head.hash:
        yield f"Entry {head.number} is not the one that was written: the newest entries were replaced."
    kinds: tuple[type[Record] | type[Job], ...] = (*RECORDS, *JOBS)
    for kind in kinds:
        name, empty = str(kind._meta.model_name), _as_kept(kind())
        for record in _readable(kind.objects.iterator()):
            if isinstance(record, str):
                yield f"A row of {name} cannot be read, so that it was not written by the application: {record}."
                last_state = {key: state for key, state in last_state.items() if key[0] != name}
                break
            told = last_state.pop((name, str(record.pk)), None)
            if told is None:
                yield f"{name} {record.pk} was added without an entry of the trail."
                continue
            now = _as_kept(record)
            before = {key: empty.get(key) for key in now} | told  # a field that a later version added has its default
            if changed := sorted(key for key in {**before, **now} if before.get(key) != now.get(key)):
                yield f"{name} {record.pk} was changed without an entry of the trail: {', '.join(changed)}."
    for name, key in last_state:
        yield f"{name} {key} was removed without an entry of the trail."
