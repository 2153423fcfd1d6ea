"""Notice of compilation, at the one place where JAX compiles: whoever waits is told when it begins and ends.

Nothing here knows what is compiled, and nothing is printed here; the command line listens.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

#: Called when compilation begins: with the folder that cannot be written, so that every run compiles, else nothing.
Begins = Callable[[str], None]
#: Called when one function is compiled; others may follow.
Ends = Callable[[], None]

_listeners: list[tuple[Begins, Ends]] = []
#: The logger that says, before it compiles, that a function is not in the cache of compiled code; and its words.
_LOGGER, _MISS = "jax._src.compiler", "PERSISTENT COMPILATION CACHE MISS"
#: Events that JAX records right before and right after a function is compiled or read from the cache.
_LOWERED: Final = "/jax/core/compile/jaxpr_to_mlir_module_duration"
_COMPILED: Final = "/jax/core/compile/backend_compile_duration"


def listen(begins: Begins, ends: Ends) -> Callable[[], None]:
    """Be told of every compilation from now on; returns what ends that.

    ``ends`` follows every ``begins``, but not where compilation fails.  Code that is in the cache is read, and nobody
    is told of it.  Both may be called from any thread.
    """
    _listeners.append((begins, ends))
    return lambda: _listeners.remove((begins, ends))


class Watch(logging.Filter):
    """What hears JAX compile: with a cache by its log of misses, without one by its events.

    As a filter it keeps back what it alone wanted to be logged.

    Parameters
    ----------
    monitoring
        ``jax.monitoring``, which is not imported here so that the command line starts at once.
    unwritable
        The folder of the cache where it cannot be written; empty where it can.
    """

    def __init__(self, monitoring: Any, unwritable: str = "") -> None:
        super().__init__()
        self.compiling, self.unwritable = False, unwritable
        logger = logging.getLogger(_LOGGER)
        self.wanted = logger.getEffectiveLevel()
        monitoring.register_event_duration_secs_listener(self.heard)
        if not unwritable:
            logger.addFilter(self)
            logger.setLevel(logging.DEBUG)

    def filter(self, record: logging.LogRecord) -> bool:
        """Hear of a miss; pass on what would have been logged anyway."""
        if str(record.msg).startswith(_MISS):
            self.begin()
        return record.levelno >= self.wanted

    def heard(self, event: str, _seconds: float, **_about: Any) -> None:
        """Hear of an event."""
        if event == _LOWERED and self.unwritable:
            self.begin()
        elif event == _COMPILED and self.compiling:
            self.compiling = False
            for _, ends in tuple(_listeners):
                ends()

    def begin(self) -> None:
        """Tell everybody."""
        self.compiling = True
        for begins, _ in tuple(_listeners):
            begins(self.unwritable)
