"""Backup of the data folder as one encrypted file, while the application runs, and its restoration.

The file is an archive of database, secret key, head of the audit trail and letterhead; of a database of PostgreSQL
the rows as a SQLite file with the same tables, so that a backup of one can be restored into the other. It is in
blocks of AES-256-GCM under a key that scrypt derives from a passphrase. The last block is marked, so that a truncated
file is refused.
"""

from __future__ import annotations

import io
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from neodermis.clinic import database
from neodermis.clinic.folder import DATABASE, HEAD, KEY, LETTERHEAD
from neodermis.documents import replacing
from neodermis.errors import InputError

_MARK: Final = b"neodermis clinic backup 1\n"
_SALT: Final = 16
_BLOCK: Final = 1 << 20
_TAG: Final = 16
#: Fewest characters of a passphrase.
SHORTEST: Final = 12
_FILES: Final = (DATABASE, KEY, HEAD, LETTERHEAD)


def write_backup(folder: Path, file: Path, passphrase: str, *, demo: bool = False) -> None:
    """Write the backup of a data folder, whole or not at all.

    Raises
    ------
    InputError
        There is no database, the passphrase is too short, or the file cannot be written.
    """
    _check(passphrase)
    if not database.check(folder, demo=demo):
        raise InputError(
            "data folder", value=str(folder), accepted="a data folder of the clinic application with its database",
            whose="this command", next_step="run neodermis serve once",
        )  # fmt: skip
    with tempfile.TemporaryDirectory(dir=folder) as place, replacing(file) as draft:
        # the head first: it may be behind the database, and never ahead of it
        kept = {name: (folder / name).read_bytes() for name in _FILES[1:] if (folder / name).is_file()}
        snapshot = Path(place) / DATABASE
        if database.address(folder, demo=demo):
            with _copied(snapshot):
                database.copy_rows(database.READER, database.SNAPSHOT)
        else:
            with (
                closing(sqlite3.connect(folder / DATABASE, timeout=30)) as source,
                closing(sqlite3.connect(snapshot)) as target,
            ):
                source.backup(target)
        archive = Path(place) / "archive"
        with tarfile.open(archive, "w") as tar:
            tar.add(snapshot, DATABASE)
            for name, content in kept.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        salt = os.urandom(_SALT)
        with archive.open("rb") as plain, draft.open("wb") as out:
            out.write(_MARK + salt)
            out.writelines(_sealed(plain, passphrase, salt))
            out.flush()
            os.fsync(out.fileno())


def restore_backup(folder: Path, file: Path, passphrase: str, *, demo: bool = False) -> None:
    """Restore a backup into a data folder without a database.

    Raises
    ------
    InputError
        There is a database with entries, or the file is no backup, is damaged or truncated, or has another passphrase.
    """
    server = database.address(folder, demo=demo)
    if database.check(folder, demo=demo) if server else (folder / DATABASE).exists():
        raise InputError(
            "database", value=database.shown(server) if server else str(folder), whose="this command",
            accepted="a new database of PostgreSQL without tables" if server else "a folder without a database",
            next_step="make a new one with createdb and name it in the address" if server else
            "move its files away first, or set NEODERMIS_DATA to another folder",
        )  # fmt: skip
    with tempfile.TemporaryDirectory(dir=folder) as place:
        archive = Path(place) / "archive"
        with archive.open("wb") as out:
            out.writelines(_opened(file, passphrase))
        try:
            with tarfile.open(archive) as tar:
                for entry in tar:
                    content = tar.extractfile(entry) if entry.name in _FILES and entry.isfile() else None
                    if content is None:
                        raise _unusable(file, f"an unknown entry {entry.name}")
                    with open(Path(place) / entry.name, "wb") as restored:
                        while block := content.read(_BLOCK):
                            restored.write(block)
        except tarfile.TarError as error:
            raise _unusable(file, str(error)) from error
        if not (Path(place) / DATABASE).is_file():
            raise _unusable(file, "it has no database")
        if server:
            with _copied(Path(place) / DATABASE, tables=True):
                database.copy_rows(database.SNAPSHOT, "default")
            (Path(place) / DATABASE).unlink()
        for name in (*_FILES[1:], DATABASE):  # the database last: without it a folder counts as empty
            path = Path(place) / name
            if path.is_file():
                path.chmod(0o600)
                path.replace(folder / name)


@contextmanager
def _copied(snapshot: Path, *, tables: bool = False) -> Iterator[None]:
    """A SQLite file with the tables of this version as a connection, beside that to PostgreSQL, with ``tables`` too."""
    from neodermis.clinic.launch import migrate, set_up

    set_up()
    from django.db import connections

    one = connections[database.SNAPSHOT]
    one.settings_dict["NAME"] = str(snapshot)
    try:
        migrate(database.SNAPSHOT)
        if tables:
            migrate()
        yield
    finally:
        connections.close_all()


def _check(passphrase: str) -> None:
    if len(passphrase) < SHORTEST:
        raise InputError(
            "passphrase", value=f"{len(passphrase)} characters", accepted=f"at least {SHORTEST} characters",
            whose="this program", next_step="choose a longer one, and keep it apart from the file",
        )  # fmt: skip


def _unusable(file: Path, why: str) -> InputError:
    return InputError(
        "backup cannot be used", value=str(file), accepted="a whole backup of this program with its passphrase "
        f"({why})", whose="this program", next_step="check the passphrase, or take another copy of the file",
    )  # fmt: skip


def _cipher(passphrase: str, salt: bytes) -> object:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode()))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _sealed(plain: io.BufferedReader, passphrase: str, salt: bytes) -> Iterator[bytes]:
    """The blocks of an archive, encrypted; the nonce of each tells its place and whether it is the last."""
    cipher, number = _cipher(passphrase, salt), 0
    block = plain.read(_BLOCK)
    while True:
        following = plain.read(_BLOCK)
        yield cipher.encrypt(_nonce(number, not following), block, _MARK + salt)  # type: ignore[attr-defined]
        if not following:
            return
        block, number = following, number + 1


def _opened(file: Path, passphrase: str) -> Iterator[bytes]:
    """The blocks of a backup in plain; :class:`InputError` where one is not as it was written."""
    from cryptography.exceptions import InvalidTag

    try:
        stream = file.open("rb")
    except OSError as error:
        raise _unusable(file, error.strerror or str(error)) from error
    with stream:
        mark, salt = stream.read(len(_MARK)), stream.read(_SALT)
        if mark != _MARK or len(salt) < _SALT:
            raise _unusable(file, "it does not begin as one")
        cipher, number = _cipher(passphrase, salt), 0
        block = stream.read(_BLOCK + _TAG)
        while True:
            following = stream.read(_BLOCK + _TAG)
            try:
                yield cipher.decrypt(_nonce(number, not following), block, _MARK + salt)  # type: ignore[attr-defined]
            except InvalidTag:
                raise _unusable(file, "another passphrase, or the file is damaged or truncated") from None
            if not following:
                return
            block, number = following, number + 1
