"""Notice of compilation: whoever waits is told when it begins and ends.

Nothing here knows what is compiled, and nothing is printed here; the command line listens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Called when compilation begins: with the folder that cannot be written, so that every run compiles, else nothing.
Begins = Callable[[str], None]
#: Called when one function is compiled; others may follow.
Ends = Callable[[], None]

_listeners: list[tuple[Begins, Ends]] = []


def listen(begins: Begins, ends: Ends) -> Callable[[], None]:
    """Be told of every compilation from now on; returns what ends that.

    ``ends`` follows every ``begins``.  Code that is in the cache is read, and nobody is told of it.  Both may be
    called from any thread.
    """
    _listeners.append((begins, ends))
    return lambda: _listeners.remove((begins, ends))


@contextmanager
def told(unwritable: str) -> Iterator[None]:
    """Tell everybody that compilation begins, and that it has ended; ``unwritable``: as for :data:`Begins`."""
    for begins, _ in tuple(_listeners):
        begins(unwritable)
    try:
        yield
    finally:
        for _, ends in tuple(_listeners):
            ends()
