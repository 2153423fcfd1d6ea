"""Machine code of this processor, made by LLVM or by JAX, and kept on disk by :mod:`neodermis.disk_cache`.

A program depends on the sources of the equations and of what compiles them, the compiler's version, the processor's
name and what it can do.  What does not agree in all of it, or is damaged, is made anew and never executed.  Where the
folder cannot be written, every run compiles.
"""

from __future__ import annotations

import hashlib
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final, Literal

from neodermis import disk_cache
from neodermis.arrays import jax_as_needed, leaves, mapped, rebuilt
from neodermis.lazy import numpy as np
from neodermis.simulation import _compilation as compilation

#: Who works out what is solved: machine code that LLVM makes of the equations, or JAX.
Engine = Literal["llvm", "jax"]
#: What says that LLVM cannot do it here: no package of it, no such processor, an operation that it is not told yet.
UNAVAILABLE: Final = (ImportError, OSError, NotImplementedError, RuntimeError)
#: Sources that no program is made of: what only reads them, or runs what is made.
_NO_EQUATIONS: Final = ("care", "claims", "evidence", "inference", "people", "report", "templates", "treatment")


@cache
def _sources() -> str:
    """Checksum of every source that equations or compiler are made of, and of the data beside them."""
    found = hashlib.sha256()

    def walk(folder: Any) -> Iterator[Any]:
        for entry in sorted(folder.iterdir(), key=lambda entry: str(entry.name)):
            if entry.is_dir() and not entry.name.startswith((*_NO_EQUATIONS, "__")):
                yield from walk(entry)
            elif entry.name.endswith((".py", ".toml")):
                yield entry

    for entry in walk(files("neodermis")):
        found.update(entry.name.encode() + b"\0" + hashlib.sha256(entry.read_bytes()).digest())
    return found.hexdigest()


_engine: ContextVar[Engine] = ContextVar("engine", default="llvm")
_reasons: dict[str, None] = {}


def engine() -> Engine:
    """The engine of this thread."""
    return _engine.get()


@contextmanager
def run_by(name: Engine) -> Iterator[None]:
    """While this holds, what this thread begins to solve is solved by this engine."""
    before = _engine.set(name)
    try:
        yield
    finally:
        _engine.reset(before)


def fall_back(error: Exception) -> None:
    """Remember why JAX does what LLVM was asked for."""
    _reasons[f"{type(error).__name__}: {error}".split("\n")[0]] = None


def fallen_back() -> tuple[str, ...]:
    """One sentence for each reason for which JAX took the place of LLVM in this process."""
    return tuple(
        f"solved by JAX, which is slower and gives the same numbers: no machine code can be made here ({reason})"
        for reason in _reasons
    )


@cache
def _here() -> dict[str, str] | None:
    """What every program depends on; None where LLVM is missing, which alone knows the processor."""
    try:
        import llvmlite.binding as llvm
    except UNAVAILABLE:
        return None
    return {
        "sources": _sources(),
        "machine": platform.machine(),
        "packages": ", ".join(f"{name} {version(name)}" for name in ("jax", "jaxlib", "llvmlite", "numpy")),
        "compiler": ".".join(map(str, llvm.llvm_version_info)),
        "target": llvm.get_process_triple(),
        "processor": llvm.get_host_cpu_name(),
        "features": llvm.get_host_cpu_features().flatten(),
    }


#: Not empty while equations are exchanged for others.
_apart: list[bool] = []


@contextmanager
def apart() -> Iterator[None]:
    """While this holds, programs are neither read nor kept: for equations other than those of the sources."""
    _apart.append(True)
    try:
        yield
    finally:
        _apart.pop()


def program(name: str, make: Callable[[], tuple[Any, bytes]]) -> tuple[Any, bytes]:
    """What ``make`` returns, something to know about a program and its code, made once for this computer.

    ``name`` tells programs of the same sources apart.
    """
    if _apart:
        return make()
    here = _here()

    def told() -> tuple[Any, bytes]:
        folder, writable = disk_cache.folder()
        with compilation.told("" if writable or here is None else str(folder)):
            return make()

    return told() if here is None else disk_cache.kept("program", here | {"name": name}, told)


# ------------------------------------------------------------------------------------------------- by JAX


class ByJax:
    """A function of trees of arrays that JAX compiles, once for each shape of what it is given.

    ``name`` tells it apart from every other, as for :func:`program`.
    """

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self._name, self._function = name, function
        self._made: dict[Any, tuple[Any, Any]] = {}
        self._making = threading.Lock()

    def __call__(self, *given: Any) -> Any:
        """The result as NumPy's arrays."""
        arrays = [np.asarray(leaf, dtype=float) for leaf in leaves(given)]
        shapes = tuple(array.shape for array in arrays)
        with jax_as_needed():
            with self._making:
                if shapes not in self._made:
                    self._made[shapes] = self._compiled(given, arrays, f"{self._name} {shapes}")
            call, like = self._made[shapes]
            return rebuilt(like, [np.asarray(leaf) for leaf in call(*arrays)])

    def _compiled(self, given: Any, arrays: list[Any], name: str) -> tuple[Any, Any]:
        import jax
        from jax.experimental import serialize_executable

        results: list[Any] = []

        def flat(*those: Any) -> Any:
            made = self._function(*rebuilt(given, those))
            results.append(mapped(lambda _: 0, made))
            return leaves(made)

        def make() -> tuple[Any, bytes]:
            code, taken, given_back = serialize_executable.serialize(jax.jit(flat).lower(*arrays).compile())
            return (taken, given_back, results[-1]), code

        (taken, given_back, like), code = program(name, make)
        return serialize_executable.deserialize_and_load(code, taken, given_back, backend="cpu"), like


# ------------------------------------------------------------------------------------------------- by LLVM


def _target() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, jit=True
    )


def assembled(text: str) -> bytes:
    """An object file from LLVM's instructions."""
    import llvmlite.binding as llvm

    target = _target()
    module = llvm.parse_assembly(text)
    module.verify()
    passes = llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options(speed_level=3))
    passes.getModulePassManager().run(module, passes)
    made: bytes = target.emit_object(module)
    return made


class Loaded:
    """An object file in memory, whose functions can be called as long as this is kept."""

    def __init__(self, code: bytes) -> None:
        import llvmlite.binding as llvm

        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Of one of its functions."""
        found: int = self._engine.get_function_address(name)
        if not found:
            raise LookupError(f"the program has no function {name}")
        return found
