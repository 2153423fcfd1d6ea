"""A backup while the application writes, its restoration, and what is refused."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.clinic.test_serve import COMMAND, WRITER, environment

pytestmark = pytest.mark.sqlite
PASSPHRASE = "correct horse battery"


def run(folder: Path, *words: str, passphrase: str = PASSPHRASE) -> subprocess.CompletedProcess[str]:
    settings = environment(folder) | {"NEODERMIS_PASSPHRASE": passphrase}
    return subprocess.run([*COMMAND, "clinic", *words], env=settings, text=True, capture_output=True, timeout=120)


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(folder / "clinic.sqlite3")) as one:
        tables = [name for (name,) in one.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(one.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in tables}


@pytest.fixture
def filled(migrated: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "clinic.sqlite3").write_bytes(migrated.read_bytes())
    (folder / "letterhead.toml").write_text('name = "Clinic"\n')
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, "1"], env=environment(folder), text=True, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    for _ in range(30):
        process.stdout.readline()
    process.kill()
    process.communicate()
    return folder


def test_what_is_restored_equals_what_was_saved(filled: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "one.backup", tmp_path / "other"
    done = run(filled, "backup", str(file))
    assert done.returncode == 0, done.stderr
    assert PASSPHRASE not in done.stdout + done.stderr
    assert b"SQLite" not in file.read_bytes() and b"C12" not in file.read_bytes()
    done = run(other, "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert rows(other) == rows(filled)
    for name in ("secret_key", "audit_head.json", "letterhead.toml"):
        assert (other / name).read_bytes() == (filled / name).read_bytes()
    assert stat.S_IMODE((other / "secret_key").stat().st_mode) == 0o600
    assert run(other, "verify").returncode == 0
    assert sorted(path.name for path in filled.iterdir() if path.name.startswith(("tmp", "."))) == []


def test_a_backup_is_whole_while_the_application_writes(filled: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, "1000"], env=environment(filled), text=True, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    confirmed = {int(process.stdout.readline()) for _ in range(5)}
    file = tmp_path / "one.backup"
    assert run(filled, "backup", str(file)).returncode == 0
    process.kill()
    process.communicate()
    assert run(tmp_path / "other", "restore", str(file)).returncode == 0
    assert run(tmp_path / "other", "verify").returncode == 0
    with closing(sqlite3.connect(tmp_path / "other" / "clinic.sqlite3")) as one:
        assert confirmed <= {number for (number,) in one.execute("SELECT number FROM clinic_patient")}


@pytest.mark.parametrize("fault", ["passphrase", "truncated", "a byte", "at a block", "another file", "missing"])
def test_a_backup_that_cannot_be_trusted_is_refused(fault: str, filled: Path, tmp_path: Path) -> None:
    from neodermis.clinic import backup
    from neodermis.errors import InputError

    file = tmp_path / "one.backup"
    (filled / "letterhead.toml").write_bytes(os.urandom(2 << 20))  # more than one block
    backup.write_backup(filled, file, PASSPHRASE)
    content, block = file.read_bytes(), backup._BLOCK + backup._TAG
    head = len(backup._MARK) + backup._SALT
    assert len(content) > head + 2 * block
    given = PASSPHRASE
    if fault == "passphrase":
        given = "correct horse batterz"
    elif fault == "missing":
        file.unlink()
    else:
        file.write_bytes({
            "truncated": content[:-100], "a byte": content[:-50] + bytes([content[-50] ^ 1]) + content[-49:],
            "at a block": content[: head + 2 * block], "another file": b"PK" + content,
        }[fault])  # fmt: skip
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(InputError, match="backup cannot be used"):
        backup.restore_backup(other, file, given)
    assert [*other.iterdir()] == []


def test_nothing_is_overwritten_and_a_short_passphrase_refused(filled: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    short = run(filled, "backup", str(file), passphrase="short")
    assert short.returncode == 2 and "at least 12" in short.stderr and not file.exists()
    assert run(filled, "backup", str(file)).returncode == 0
    done = run(filled, "restore", str(file))
    assert done.returncode == 2 and "without a database" in done.stderr
    assert run(tmp_path / "none", "backup", str(file)).returncode == 2
