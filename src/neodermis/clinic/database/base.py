"""PostgreSQL for Django, with one writer at a time: every transaction takes the same lock when it begins.

Records are checked and then written in one transaction, and entries of the audit trail are numbered without gaps: both
rest on one writer at a time, as SQLite has it.
"""

from __future__ import annotations

from typing import Final

from django.db.backends.postgresql import base

#: Lock of PostgreSQL that a transaction holds until it ends; the number means nothing.
_LOCK: Final = "SELECT pg_advisory_xact_lock(1852137587)"


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions come one after another."""

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)
        if not autocommit:
            with self.wrap_database_errors:
                self.connection.execute(_LOCK)
