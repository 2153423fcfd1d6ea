"""Plans and updated forecasts in the background: one process after another, started by a thread of the server.

What was running when the server ended is queued again when it starts; a process whose server is gone ends itself.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import neodermis as nd
from neodermis.care.consultation import consultation_of
from neodermis.clinic.folder import VARIABLE
from neodermis.errors import NeodermisError
from neodermis.report.plan import side_by_side
from neodermis.report.update import forecast_table, measured_table, update_sentences

#: Time (s) between two looks at the queue, and between two entries of progress.
_LOOK: Final = 0.5
_LOG: Final = logging.getLogger(__name__)


def start() -> Callable[[], None]:
    """Work on the queue from now on, beginning with what an earlier server left; the function that stops it."""
    _queue_again()
    stopped = threading.Event()
    thread = threading.Thread(target=_supervise, args=(stopped,), name="neodermis-plans", daemon=True)
    thread.start()

    def stop() -> None:
        stopped.set()
        thread.join(timeout=5)

    return stop


def _queue_again() -> None:
    """Queue what was running: there is one server of the data, and no process of it runs at this moment."""
    from neodermis.clinic.models import PlanJob, UpdateJob

    PlanJob.objects.filter(state=PlanJob.RUNNING).update(state=PlanJob.QUEUED, scored=0, known=0)
    UpdateJob.objects.filter(state=PlanJob.RUNNING).update(state=PlanJob.QUEUED)


def _supervise(stopped: threading.Event) -> None:
    from django.db import Error, connection

    lost = False
    while not stopped.wait(_LOOK):
        try:
            if lost:
                _queue_again()
                lost = False
            _run_next(stopped)
        except Error as error:  # the database is lost; what is queued waits for it
            if not lost:
                _LOG.error("calculations wait for the database: %s", str(error).strip())
            lost = True
        finally:
            connection.close()


def _run_next(stopped: threading.Event) -> None:
    """Run the calculation that waits longest, if there is one, to its end or until the server stops."""
    from django.db import connection

    from neodermis.clinic.models import PlanJob, UpdateJob

    first = [
        each for kind in (PlanJob, UpdateJob)
        if (each := kind.objects.filter(state=PlanJob.QUEUED).order_by("asked_at").only("asked_at").first())
    ]  # fmt: skip
    connection.close()
    if not first:
        return
    job = min(first, key=lambda one: one.asked_at)
    waiting, rows = job.pk, type(job).objects
    process = subprocess.Popen([sys.executable, "-m", "neodermis.clinic.jobs", str(waiting)], env=_environment())
    while process.poll() is None:
        if stopped.wait(_LOOK):
            process.terminate()
            process.wait()
            rows.filter(pk=waiting, state=PlanJob.RUNNING).update(state=PlanJob.QUEUED)
            return
    left = rows.filter(pk=waiting, state__in=(PlanJob.QUEUED, PlanJob.RUNNING)).first()
    if left is not None:
        told = f"The calculation ended unexpectedly (status {process.returncode}). Start it again."
        left.end(state=PlanJob.FAILED, error=told)


def _environment() -> dict[str, str]:
    from django.conf import settings

    base = settings.FOLDER.parent if settings.DEMONSTRATION else settings.FOLDER
    return os.environ | {VARIABLE: str(base), "DJANGO_SETTINGS_MODULE": "neodermis.clinic.settings"}


def work(key: str) -> None:
    """Make the plan of a job and keep its result and reports, or update a forecast."""
    from neodermis.clinic.models import PlanJob, UpdateJob

    if UpdateJob.objects.filter(pk=key).exists():
        _update(key)
        return
    rows = PlanJob.objects.filter(pk=key)
    if not rows.filter(state=PlanJob.QUEUED).update(state=PlanJob.RUNNING):
        return
    job = rows.get()
    parent, told = os.getppid(), time.monotonic()

    def progress(scored: int, known: int) -> None:
        nonlocal told
        if os.getppid() != parent:  # the server is gone; the next one queues the job again
            os._exit(3)
        if time.monotonic() - told >= _LOOK:
            told = time.monotonic()
            rows.update(scored=scored, known=known)

    try:
        found = nd.plan(
            consultation_of(job.document), today=date.fromisoformat(job.document["today"]), progress=progress
        )  # fmt: skip
        document, reports = found.to_dict(), _reports(found)
        comparison = None
        if found.recommended is not None:
            table = side_by_side(found)
            comparison = [list(table.header), [list(row) for row in table.rows]]
    except NeodermisError as error:
        job.end(state=PlanJob.FAILED, error=str(error))
        return
    job.end(
        state=PlanJob.DONE, result=document, comparison=comparison, neodermis=version("neodermis"),
        report_html=reports["html"], report_pdf=reports["pdf"],
    )  # fmt: skip


def _update(key: str) -> None:
    """Update the forecast of a job and keep its result, tables and figure."""
    from neodermis.clinic.models import PlanJob, UpdateJob

    rows = UpdateJob.objects.filter(pk=key)
    if not rows.filter(state=PlanJob.QUEUED).update(state=PlanJob.RUNNING):
        return
    job = rows.get()
    try:
        done = nd.update(consultation_of(job.document), today=date.fromisoformat(job.document["today"]))
        shown: dict[str, Any] = {"sentences": [one.replace("**", "") for one in update_sentences(done)]}
        for name, (header, cells) in (("measured", measured_table(done)), ("forecast", forecast_table(done))):
            shown[name] = {"header": [*header], "rows": [[*row] for row in cells]}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "update.svg"
            done.plot(path)
            figure = path.read_bytes()
    except NeodermisError as error:
        job.end(state=PlanJob.FAILED, error=str(error))
        return
    job.end(
        state=PlanJob.DONE, result=done.to_dict(), shown=shown, figure=figure, neodermis=version("neodermis")
    )  # fmt: skip


def _reports(found: Any) -> dict[str, bytes]:
    """The report as HTML and PDF, under the letterhead of the clinic if there is one."""
    from neodermis.clinic.letterhead import letterhead_file

    with tempfile.TemporaryDirectory() as folder, letterhead_file() as letterhead:
        more = {} if letterhead is None else {"letterhead": letterhead}
        paths = {kind: Path(folder) / f"report.{kind}" for kind in ("html", "pdf")}
        for path in paths.values():
            found.report(path, **more)
        return {kind: path.read_bytes() for kind, path in paths.items()}


if __name__ == "__main__":
    import django

    os.umask(0o077)
    django.setup()
    work(sys.argv[1])
