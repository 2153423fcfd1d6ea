"""Names that are loaded when they are first used, so that a command imports what it needs and no more.

NumPy is one of them: most commands compute nothing.  So are the names that a package of the program gives.  It writes
its imports as ever, under ``if TYPE_CHECKING:``, for readers and type checkers; they are read from there.
A name must not be that of one of its modules.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any


class _Late(ModuleType):
    """A module that is imported when a name of it is first used."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self.__name__), name)
        setattr(self, name, found)
        return found


if TYPE_CHECKING:
    import numpy as numpy
else:
    numpy = _Late("numpy")


def names_of(package: str) -> Callable[[str], object]:
    """The ``__getattr__`` of a package."""

    @cache
    def homes() -> dict[str, str]:
        spec = sys.modules[package].__spec__
        source = spec.loader.get_source(package)  # type: ignore[union-attr]  # a package of Python files
        imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
        return {alias.name: node.module or "" for node in imports for alias in node.names}

    def get(name: str) -> object:
        home = "" if name.startswith("__") else homes().get(name, "")
        if not home.startswith("neodermis."):
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(home), name)
        setattr(sys.modules[package], name, found)
        return found

    return get
