"""The data folder of the clinic application: database, secret key and head of the audit trail."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from neodermis.errors import RunError

#: Environment variable that names another folder.
VARIABLE: Final = "NEODERMIS_DATA"
DATABASE: Final = "clinic.sqlite3"
DEMO: Final = "demo"
KEY: Final = "secret_key"
HEAD: Final = "audit_head.json"
#: Letterhead of reports, as for the report of a plan; the clinic may put one there.
LETTERHEAD: Final = "letterhead.toml"


def data_folder(*, demo: bool = False) -> Path:
    """The folder, which only its owner may read; made where it is missing.

    Raises :class:`~neodermis.errors.RunError` where it cannot be made or written.
    """
    from platformdirs import user_data_path

    given = os.environ.get(VARIABLE)
    base = Path(given) if given else Path(user_data_path("neodermis")) / "clinic"
    found = base / DEMO if demo else base
    try:
        base.parent.mkdir(parents=True, exist_ok=True)
        base.mkdir(exist_ok=True, mode=0o700)
        found.mkdir(exist_ok=True, mode=0o700)
        if not os.access(found, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise RunError(
            "data folder", value=str(found), accepted=f"a folder that can be written ({error.strerror or error})",
            whose="the operating system", next_step=f"set the environment variable {VARIABLE} to another folder",
        ) from error  # fmt: skip
    return found


def head_file(folder: Path) -> Path:
    """File of the last entry of the audit trail, outside the database."""
    return folder / HEAD


def owned_text(path: Path) -> str:
    """Text of a file with a secret, which only its owner may read from then on; empty where there is none."""
    try:
        text = path.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return text


def secret_key(folder: Path) -> str:
    """Key of the installation, which signs sessions; made at the first call, in a file that only its owner may read."""
    path = folder / KEY
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = owned_text(path)
        if len(key) < 50:
            raise RunError(
                "secret key", accepted="at least 50 characters", whose="this program",
                next_step=f"remove {path}; a new key is made and everyone logs in again",
            ) from None  # fmt: skip
        return key
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_urlsafe(64) + "\n")
    return path.read_text("ascii").strip()
