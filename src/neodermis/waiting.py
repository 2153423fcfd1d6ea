"""What a command says on standard error while it works: preparation of the model, and progress of a simulation.

On a terminal one line that counts; elsewhere one line when preparation begins and one when it ends.  Nothing is said
where the compiled model is read from the cache and no terminal is there.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from neodermis.simulation import _compilation as compilation

if TYPE_CHECKING:
    from neodermis.simulation.solver import Progress

#: Compilation (s) from which on it is told: the small functions of an empty cache take less.
TOLD_FROM: Final = 0.3
#: Time (s) without compilation after which the model counts as prepared.
QUIET: Final = 1.0
#: Time (s) between two looks at the clock.
TICK: Final = 0.1


class Preparing:
    """Tells standard error that the model is being compiled, how long it has taken, and when it is done."""

    def __init__(self) -> None:
        self.quiet = False
        """Whether nothing is said but errors."""
        self.above_bar = False
        """Whether a bar is drawn below, so that lines cannot be written over."""
        self._lock = threading.Lock()
        self._running = self._compiling = self._said = False
        self._begun = self._since = self._ended = self._spent = 0.0
        self._unwritable = ""

    def begins(self, unwritable: str) -> None:
        """A function is about to be compiled."""
        with self._lock:
            self._compiling, self._since, self._unwritable = True, time.monotonic(), unwritable
            if self._running:
                return
            self._running, self._said, self._begun, self._spent = True, False, self._since, 0.0
        threading.Thread(target=self._watch, daemon=True, name="neodermis-preparing").start()

    def ends(self) -> None:
        """It is compiled."""
        with self._lock:
            self._compiling, self._ended = False, time.monotonic()
            self._spent += self._ended - self._since

    def close(self) -> None:
        """Say now that it is done, where that is so and has not been said: something else is about to be printed."""
        with self._lock:
            if self._running and not self._compiling:
                self._done()

    def _watch(self) -> None:
        while True:
            time.sleep(TICK)
            with self._lock:
                if not self._running:
                    return
                now = time.monotonic()
                if not self._compiling and now - self._ended > QUIET:
                    self._done()
                elif self._said or (self._compiling and self._spent + now - self._since > TOLD_FROM):
                    self._say(now - self._begun)

    @property
    def _live(self) -> bool:
        return sys.stderr.isatty() and not self.above_bar

    def _say(self, seconds: float) -> None:
        if self.quiet:
            return
        often = f"in every run, since {self._unwritable} cannot be written" if self._unwritable else "once"
        line = f"Preparing the model for this computer ({often}, about 20 s) …"
        if self._live:
            sys.stderr.write(f"\r{line} {seconds:.0f} s\x1b[K")
        elif not self._said:
            sys.stderr.write(f"{line}\n")
        self._said = True
        sys.stderr.flush()

    def _done(self) -> None:
        self._running = False
        if self._said:
            line = f"The model is prepared ({self._ended - self._begun:.0f} s)."
            sys.stderr.write(f"\r{line}\x1b[K\n" if self._live else f"{line}\n")
            sys.stderr.flush()


#: The notice of this process.
PREPARING: Final = Preparing()


@contextmanager
def telling() -> Iterator[None]:
    """While this holds, compilation is told on standard error, unless the command asks for quiet."""
    PREPARING.quiet = False
    stop = compilation.listen(PREPARING.begins, PREPARING.ends)
    try:
        yield
    finally:
        PREPARING.close()
        stop()


@contextmanager
def progress(doing: str = "simulating", what: str = "people and draws") -> Iterator[Progress | None]:
    """A bar on a terminal's standard error, from the first of ``what`` that is done on; nothing elsewhere."""
    if PREPARING.quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    bar = Bar(console=Console(stderr=True), transient=True)
    task = bar.add_task(doing, total=None)

    def told(done: int, total: int) -> None:
        if not PREPARING.above_bar:
            PREPARING.close()
            PREPARING.above_bar = True
            bar.start()
        bar.update(task, completed=done, total=total, description=f"{done:,} of {total:,} {what}")

    try:
        yield told
    finally:
        bar.stop()
        PREPARING.above_bar = False
