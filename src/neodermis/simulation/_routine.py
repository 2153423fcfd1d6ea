"""A function of one member as machine code, written out number by number: for what is not repeated step by step.

The equations are traced by JAX; every number of every array that they come to is one instruction for a vector of
:data:`LANES` members, so that cutting, joining and spreading arrays costs nothing.  Instructions come in the order in
which the results need them, in pieces of a bounded length, between which numbers are kept in rows of memory.
"""

from __future__ import annotations

import ctypes
import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from neodermis.arrays import jax_as_needed, leaves, mapped, rebuilt
from neodermis.lazy import numpy as np
from neodermis.simulation._machine import UNAVAILABLE, ByJax, Loaded, assembled, engine, fall_back, program

#: Members worked on at once: a vector register of the widest kind; processors with narrower ones take several.
LANES: Final = 8
VECTOR: Final = f"<{LANES} x double>"
FLAGS: Final = f"<{LANES} x i1>"
#: Instructions in a piece: the compiler's time grows faster than the length of what it looks at.
_PIECE: Final = 400

INLINED: Final = ("pjit", "jit", "closed_call", "custom_jvp_call", "custom_vjp_call")
#: Operations on numbers: how LLVM writes them, and NumPy's function for constants.
_NUMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "add": ("fadd contract", "add"), "sub": ("fsub contract", "subtract"), "mul": ("fmul contract", "multiply"),
    "div": ("fdiv contract", "divide"), "neg": ("fneg", "negative"), "max": ("call maximum", "maximum"),
    "min": ("call minimum", "minimum"), "sqrt": ("call sqrt", "sqrt"), "abs": ("call fabs", "abs"),
    "pow": ("each pow", "power"), "exp": ("each exp", "exp"), "log": ("each log", "log"),
    "expm1": ("each expm1", "expm1"), "log1p": ("each log1p", "log1p"), "sin": ("each sin", "sin"),
    "tan": ("each tan", "tan"), "acos": ("each acos", "arccos"), "tanh": ("each tanh", "tanh"),
    "lt": ("fcmp olt", "less"), "le": ("fcmp ole", "less_equal"), "gt": ("fcmp ogt", "greater"),
    "ge": ("fcmp oge", "greater_equal"), "eq": ("fcmp oeq", "equal"), "ne": ("fcmp une", "not_equal"),
    "and": ("and", "logical_and"), "or": ("or", "logical_or"), "not": ("xor", "logical_not"),
}  # fmt: skip
_TRUTHS: Final = ("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not")
_OVER: Final = {"reduce_sum": "add", "reduce_max": "max", "reduce_min": "min"}


@dataclass(eq=False, slots=True)
class _Number:
    """An instruction and its result, or an input of the function (operation "input": buffer and row)."""

    operation: str
    operands: tuple[Any, ...]
    truth: bool = False
    """Whether it is true or false, and no number."""


def _truth(operand: Any) -> bool:
    return operand.truth if isinstance(operand, _Number) else isinstance(operand, bool)


class _Trace:
    """The numbers that a function comes to: each array is one of NumPy, of constants and of :class:`_Number`."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], _Number] = {}

    def walk(self, jaxpr: Any, consts: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """Results of an expression of JAX's."""
        known: dict[Any, Any] = dict(zip(jaxpr.invars, inputs, strict=True))
        known |= {name: np.asarray(value) for name, value in zip(jaxpr.constvars, consts, strict=True)}

        def value(atom: Any) -> Any:
            return np.asarray(atom.val) if hasattr(atom, "val") else known[atom]

        for equation in jaxpr.eqns:
            given, about = [value(atom) for atom in equation.invars], dict(equation.params)
            if equation.primitive.name == "convert_element_type":
                about["old_dtype"] = equation.invars[0].aval.dtype
            if equation.primitive.name in INLINED:
                inner = about["jaxpr"] if "jaxpr" in about else about["call_jaxpr"]
                found = self.walk(inner.jaxpr, inner.consts, given)
            else:
                found = [self._operation(equation.primitive.name, given, about)]
            for variable, result in zip(equation.outvars, found, strict=True):
                if np.shape(result) != variable.aval.shape:
                    raise AssertionError(f"{equation.primitive.name}: {np.shape(result)}, not {variable.aval.shape}")
                known[variable] = result
        return [value(atom) for atom in jaxpr.outvars]

    def _operation(self, kind: str, given: list[Any], about: Mapping[str, Any]) -> Any:
        one: Any = given[0] if given else None
        match kind:
            case "copy" | "stop_gradient":
                return one
            case "reshape":
                return one.reshape(about["new_sizes"])
            case "squeeze":
                return one.squeeze(about["dimensions"])
            case "transpose":
                return one.transpose(about["permutation"])
            case "broadcast_in_dim":
                shape = [1] * len(about["shape"])
                for size, at in zip(one.shape, about["broadcast_dimensions"], strict=True):
                    shape[at] = size
                return np.broadcast_to(one.reshape(shape), about["shape"])
            case "rev":
                return np.flip(one, about["dimensions"])
            case "slice":
                strides = about["strides"] or [1] * one.ndim
                return one[tuple(map(slice, about["start_indices"], about["limit_indices"], strides))]
            case "concatenate":
                return np.concatenate([part.astype(object) for part in given], axis=about["dimension"])
            case "stack":
                return np.stack([part.astype(object) for part in given], axis=about["axis"])
            case "pad" if not any(map(any, about["padding_config"])):
                return one
            case "iota":
                lined = np.arange(about["shape"][about["dimension"]], dtype=float)
                shape = [1] * len(about["shape"])
                shape[about["dimension"]] = -1
                return np.broadcast_to(lined.reshape(shape), about["shape"])
            case "convert_element_type":
                cut = np.issubdtype(about["old_dtype"], np.floating) and np.issubdtype(about["new_dtype"], np.integer)
                if cut and one.dtype == object:
                    raise NotImplementedError("a routine works with real numbers, and does not make whole ones of them")
                return self._each(lambda x: self._converted(x, about["new_dtype"]), one)
            case "integer_pow" | "square":
                return self._each(lambda x: self._power(x, about.get("y", 2)), one)
            case "is_finite":
                return self._each(lambda x: self.new("lt", self.new("abs", x), float("inf")), one)
            case "select_n" if len(given) == 3:
                return self._each(self._selected, *given)
            case "cumsum":
                rows = list(np.moveaxis(one, about["axis"], 0))
                for k in range(1, len(rows)):
                    rows[k] = self._each(lambda a, b: self.new("add", a, b), rows[k - 1], rows[k])
                return np.stack([np.asarray(row, dtype=object) for row in rows], axis=about["axis"])
            case "dot_general":
                return self._product(given[0], given[1], about["dimension_numbers"])
        if kind in _OVER:
            return self._over(_OVER[kind], one, about["axes"])
        if kind in _NUMBERS:
            return self._each(lambda *operands: self.new(kind, *operands), *given)
        raise NotImplementedError(f"no routine has the operation {kind!r} yet: write it in routine.py")

    def _each(self, function: Callable[..., Any], *given: Any) -> Any:
        spread = np.broadcast_arrays(*given)
        found = np.empty(spread[0].shape, dtype=object)
        for at in np.ndindex(found.shape):
            found[at] = function(*(_plain(one[at]) for one in spread))
        return found

    def _over(self, kind: str, values: Any, axes: Sequence[int]) -> Any:
        kept = [axis for axis in range(values.ndim) if axis not in axes]
        rows = values.transpose([*kept, *axes]).reshape(*(values.shape[axis] for axis in kept), -1)
        found = rows[..., 0]
        for k in range(1, rows.shape[-1]):
            found = self._each(lambda a, b: self.new(kind, a, b), found, rows[..., k])
        return np.asarray(found, dtype=object)

    def _product(self, left: Any, right: Any, over: Any) -> Any:
        ((a,), (b,)), (batch, _) = over
        if batch:
            raise NotImplementedError("products of stacked matrices")
        rows, columns = np.moveaxis(left, a, -1), np.moveaxis(right, b, -1)
        wide = rows.reshape(*rows.shape[:-1], *[1] * (columns.ndim - 1), rows.shape[-1])
        return self._over("add", self._each(lambda x, y: self.new("mul", x, y), wide, columns), (wide.ndim - 1,))

    def _converted(self, x: Any, kind: Any) -> Any:
        if np.issubdtype(kind, np.bool_):
            return x if _truth(x) else self.new("ne", x, 0.0)
        if _truth(x):
            return self._selected(x, 0.0, 1.0)
        return x

    def _power(self, x: Any, power: int) -> Any:
        found = 1.0
        for _ in range(abs(power)):
            found = self.new("mul", found, x)
        return found if power >= 0 else self.new("div", 1.0, found)

    def _selected(self, which: Any, no: Any, yes: Any) -> Any:
        if isinstance(which, _Number):
            return no if no is yes else self._one("select", which, yes, no)
        return yes if which else no

    def new(self, kind: str, *given: Any) -> Any:
        """A number from others, worked out at once where all are constants."""
        if not any(isinstance(one, _Number) for one in given):
            with np.errstate(all="ignore"):
                return _plain(getattr(np, _NUMBERS[kind][1])(*given))
        if kind in ("mul", "div") and _is(given[1], 1.0):
            return given[0]
        if kind == "mul" and _is(given[0], 1.0):
            return given[1]
        return self._one(kind, *given)

    def _one(self, kind: str, *given: Any) -> _Number:
        key = (kind, *(id(one) if isinstance(one, _Number) else repr(one) for one in given))
        truth = kind in _TRUTHS or (kind == "select" and _truth(given[2]))
        return self._known.setdefault(key, _Number(kind, given, truth))


def _is(operand: Any, number: float) -> bool:
    return not isinstance(operand, _Number | bool) and operand == number


def _plain(value: Any) -> Any:
    """An entry of an array: a number of the trace, true or false, or a float."""
    if isinstance(value, _Number):
        return value
    return bool(value) if isinstance(value, bool | np.bool_) else float(value)


def _in_order(results: Sequence[Any]) -> list[_Number]:
    """The numbers that results rest on, each after those that it needs and close to whoever needs it first."""
    done: dict[_Number, None] = {}
    stack = [(number, False) for number in reversed(results) if isinstance(number, _Number)]
    while stack:
        number, ready = stack.pop()
        if number in done or number.operation == "input":
            continue
        if ready:
            done[number] = None
        else:
            stack.append((number, True))
            stack += [(one, False) for one in reversed(number.operands) if isinstance(one, _Number)]
    return list(done)


def literal(number: float) -> str:
    """A vector of one number."""
    return f"splat (double 0x{struct.unpack('>Q', struct.pack('>d', number))[0]:016X})"


class _Writer:
    """The instructions of a routine as text."""

    def __init__(self, name: str, buffers: Sequence[str]) -> None:
        self.name, self.buffers = name, buffers
        self.scratch: dict[_Number, int] = {}
        self.used: set[tuple[str, int]] = set()

    def write(self, results: Sequence[Any]) -> Iterator[str]:
        """Pieces, the function that goes through them, and what they call."""
        order = _in_order(results)
        pieces = [order[at : at + _PIECE] for at in range(0, len(order), _PIECE)] or [[]]
        where = {number: k for k, piece in enumerate(pieces) for number in piece}
        stores: list[list[tuple[int, Any]]] = [[] for _ in pieces]
        for row, result in enumerate(results):
            stores[where.get(result, 0) if isinstance(result, _Number) else 0].append((row, result))
        for k, piece in enumerate(pieces):
            for number in piece:
                for one in number.operands:
                    if isinstance(one, _Number) and where.get(one, k) != k:
                        self.scratch.setdefault(one, len(self.scratch))
        given = ", ".join(f"ptr noalias %{name}" for name in (*self.buffers, "out", "scratch"))
        for k, piece in enumerate(pieces):
            yield f"define internal void @{self.name}.{k}({given}) noinline {{"
            yield from self._piece(piece, stores[k])
            yield "  ret void"
            yield "}"
        for function, count in sorted(self.used):
            yield from _lane_by_lane(function, count)
        self.pieces = len(pieces)

    def _piece(self, numbers: Sequence[_Number], stores: Sequence[tuple[int, Any]]) -> Iterator[str]:
        names: dict[_Number, str] = {}
        count = 0

        def fresh() -> str:
            nonlocal count
            count += 1
            return f"%v{count}"

        def at(buffer: str, row: int) -> tuple[str, str]:
            address = fresh()
            return address, f"  {address} = getelementptr inbounds {VECTOR}, ptr %{buffer}, i64 {row}"

        def read(operand: Any) -> Iterator[str]:
            if not isinstance(operand, _Number) or operand in names:
                return
            buffer, row = operand.operands if operand.operation == "input" else ("scratch", self.scratch[operand])
            address, line = at(buffer, row)
            names[operand] = fresh()
            yield line
            yield f"  {names[operand]} = load {VECTOR}, ptr {address}, align 8"
            if operand.truth:
                number, names[operand] = names[operand], fresh()
                yield f"  {names[operand]} = fcmp une {VECTOR} {number}, zeroinitializer"

        def name(operand: Any) -> str:
            if isinstance(operand, _Number):
                return names[operand]
            if isinstance(operand, bool):
                return f"splat (i1 {str(operand).lower()})"
            return literal(operand)

        def typed(operand: Any) -> str:
            return f"{FLAGS if _truth(operand) else VECTOR} {name(operand)}"

        def store(what: Any, buffer: str, row: int) -> Iterator[str]:
            yield from read(what)
            value = name(what)
            if _truth(what):
                value = fresh()
                yield f"  {value} = uitofp {typed(what)} to {VECTOR}"
            address, line = at(buffer, row)
            yield line
            yield f"  store {VECTOR} {value}, ptr {address}, align 8"

        for number in numbers:
            for operand in number.operands:
                yield from read(operand)
            given, made = number.operands, fresh()
            if number.operation == "select":
                yield f"  {made} = select {', '.join(map(typed, given))}"
            else:
                how, _, function = _NUMBERS[number.operation][0].partition(" ")
                if how == "each":
                    self.used.add((function, len(given)))
                    yield f"  {made} = call {VECTOR} @each.{function}({', '.join(map(typed, given))})"
                elif how == "call":
                    yield f"  {made} = call {VECTOR} @llvm.{function}.v{LANES}f64({', '.join(map(typed, given))})"
                else:
                    others = [*map(name, given[1:]), *(["splat (i1 true)"] if how == "xor" else [])]
                    yield f"  {made} = {how} {function} {', '.join([typed(given[0]), *others])}"
            names[number] = made
            if number in self.scratch:
                yield from store(number, "scratch", self.scratch[number])
        for row, result in stores:
            yield from store(result, "out", row)


def _lane_by_lane(function: str, count: int) -> Iterator[str]:
    """A function of the C library for each member of a vector."""
    letters = "ab"[:count]
    yield f"declare double @{function}({', '.join(['double'] * count)})"
    yield f"define internal {VECTOR} @each.{function}({', '.join(f'{VECTOR} %{x}' for x in letters)}) noinline {{"
    last = "poison"
    for k in range(LANES):
        for x in letters:
            yield f"  %{x}{k} = extractelement {VECTOR} %{x}, i64 {k}"
        yield f"  %f{k} = call double @{function}({', '.join(f'double %{x}{k}' for x in letters)})"
        yield f"  %r{k} = insertelement {VECTOR} {last}, double %f{k}, i64 {k}"
        last = f"%r{k}"
    yield f"  ret {VECTOR} {last}"
    yield "}"


@dataclass(frozen=True)
class Shape:
    """Stands for an array in a tree."""

    shape: tuple[int, ...] = ()


def shapes(tree: Any) -> list[tuple[int, ...]]:
    """Shapes of the leaves of a tree of one member: numbers, arrays or :class:`Shape`."""
    return [leaf.shape if isinstance(leaf, Shape) else np.shape(leaf) for leaf in leaves(tree)]


def shaped(tree: Any) -> Any:
    """The tree with :class:`Shape` in place of each number and array."""
    return mapped(lambda leaf: leaf if isinstance(leaf, Shape) else Shape(np.shape(leaf)), tree)


def rows_of(tree: Any) -> int:
    """How many rows a tree of one member takes."""
    return sum(map(math.prod, shapes(tree)))


class Routine:
    """A function of trees of one member as machine code, for many members.

    Parameters
    ----------
    name
        Tells it apart from every other, in the cache of compiled code: it names all that the function is made with.
    function
        From trees to one tree; traced only where the code is not in the cache.
    inputs
        The trees that it takes, of numbers, arrays or :class:`Shape`.
    """

    def __init__(self, name: str, function: Callable[..., Any], *inputs: Any) -> None:
        def make() -> tuple[Any, bytes]:
            text, about = _written(function, inputs)
            return about, assembled(text)

        (self.result, self._scratch, self._taken), code = program(name, make)
        self._loaded = Loaded(code)
        self._rows = rows_of(self.result)
        pointer = ctypes.c_void_p
        self._call = ctypes.CFUNCTYPE(None, *[pointer] * (len(inputs) + 2), ctypes.c_int64)(
            self._loaded.address("routine")
        )

    def __call__(self, *given: Any) -> Any:
        """Rows of the results from rows of what is taken, each (vectors, rows, LANES); from any thread."""
        given = tuple(np.ascontiguousarray(one, dtype=float) for one in given)
        vectors = len(given[0])
        for one, rows in zip(given, self._taken, strict=True):
            if one.shape != (vectors, rows, LANES):
                raise ValueError(f"the routine takes {(vectors, rows, LANES)}, not {one.shape}")
        found, scratch = np.empty((vectors, self._rows, LANES)), np.empty((max(self._scratch, 1), LANES))
        self._call(*(one.ctypes.data for one in given), found.ctypes.data, scratch.ctypes.data, vectors)
        return found


class JaxRoutine:
    """The same by JAX: the engine of those who want it, and of computers on which LLVM makes no machine code."""

    def __init__(self, name: str, function: Callable[..., Any], *inputs: Any) -> None:
        self._inputs = shaped(inputs)
        with jax_as_needed() as jax:
            found = jax.eval_shape(function, *mapped(lambda leaf: np.zeros(leaf.shape), self._inputs))
            self._run = ByJax(f"{name} by JAX", jax.vmap(function))
        self.result = mapped(lambda leaf: Shape(leaf.shape), found)

    def __call__(self, *given: Any) -> Any:
        """As :meth:`Routine.__call__`."""
        count = len(given[0]) * LANES
        return rows(self._run(*(tree(one, like) for one, like in zip(given, self._inputs, strict=True))), count)


def routine(name: str, function: Callable[..., Any], *inputs: Any) -> Routine | JaxRoutine:
    """A function of trees of one member for many members, by the engine of this thread; see :class:`Routine`."""
    if engine() == "llvm":
        try:
            return Routine(name, function, *inputs)
        except UNAVAILABLE as error:
            fall_back(error)
    return JaxRoutine(name, function, *inputs)


def _written(function: Callable[..., Any], inputs: Sequence[Any]) -> tuple[str, tuple[Any, int, list[int]]]:
    """The text of a routine; its result, its rows of scratch, and the rows of what it takes."""
    with jax_as_needed() as jax:

        def flat(*arrays: Any) -> Any:
            made = function(*rebuilt(inputs, arrays))
            results.append(mapped(lambda leaf: Shape(np.shape(leaf)), made))
            return leaves(made)

        results: list[Any] = []
        closed = jax.make_jaxpr(flat)(*map(np.zeros, shapes(inputs)))
    names, arrays = [f"in{k}" for k in range(len(inputs))], []
    for name, tree in zip(names, inputs, strict=True):
        row = 0
        for shape in shapes(tree):
            array = np.empty(shape, dtype=object)
            for at in np.ndindex(shape):
                array[at] = _Number("input", (name, row))
                row += 1
            arrays.append(array)
    found = _Trace().walk(closed.jaxpr, closed.consts, arrays)
    numbers = [_plain(number) for array in found for number in np.asarray(array, dtype=object).ravel()]
    writer = _Writer("piece", names)
    text = [*writer.write(numbers)]
    text += [
        f"declare {VECTOR} @llvm.{name}.v{LANES}f64({', '.join([VECTOR] * count)})"
        for name, count in (("maximum", 2), ("minimum", 2), ("sqrt", 1), ("fabs", 1))
    ]
    taken = [rows_of(tree) for tree in inputs]
    text += _main(writer, taken, len(numbers))
    return "\n".join(text), (results[-1], len(writer.scratch), taken)


def _main(writer: _Writer, taken: Sequence[int], given: int) -> Iterator[str]:
    """The function that is called from outside, over vectors of members that lie one after the other."""
    moving = dict(zip((*writer.buffers, "out"), (*taken, given), strict=True))
    yield f"define void @routine({', '.join(f'ptr %{name}' for name in (*moving, 'scratch'))}, i64 %count) {{"
    yield "entry:"
    yield "  br label %vector"
    yield "vector:"
    yield "  %k = phi i64 [0, %entry], [%next, %vector]"
    for name, rows in moving.items():
        yield f"  %{name}.at = mul i64 %k, {rows}"
        yield f"  %{name}.here = getelementptr {VECTOR}, ptr %{name}, i64 %{name}.at"
    given_to = ", ".join([*(f"ptr %{name}.here" for name in moving), "ptr %scratch"])
    for k in range(writer.pieces):
        yield f"  call void @{writer.name}.{k}({given_to})"
    yield "  %next = add i64 %k, 1"
    yield "  %more = icmp ult i64 %next, %count"
    yield "  br i1 %more, label %vector, label %done"
    yield "done:"
    yield "  ret void"
    yield "}"


# ------------------------------------------------------------------------------------------------- rows and trees


def rows(tree: Any, count: int) -> Any:
    """A tree of arrays with the members first, as rows: (vectors, rows, LANES); filled up with copies of the last."""
    arrays = (np.asarray(leaf, dtype=float) for leaf in leaves(tree))
    spread = (
        one if one.shape[:1] == (count,) else np.broadcast_to(one, (count, *one.shape[1:])) for one in arrays
    )  # fmt: skip
    flat = np.concatenate([one.reshape(count, -1) for one in spread], axis=1)
    filled = flat[np.minimum(np.arange(-(-count // LANES) * LANES), count - 1)]
    return np.ascontiguousarray(filled.reshape(-1, LANES, flat.shape[1]).transpose(0, 2, 1))


def tree(of_rows: Any, like: Any) -> Any:
    """The tree that rows lay out, members first; ``like``: a tree of one member's :class:`Shape`."""
    flat = of_rows.transpose(1, 0, 2).reshape(of_rows.shape[1], -1)
    ends = np.cumsum([*map(math.prod, shapes(like))])
    parts = np.split(flat, ends[:-1])
    return rebuilt(
        like,
        [np.ascontiguousarray(part.T).reshape(-1, *leaf.shape) for part, leaf in zip(parts, leaves(like), strict=True)],
    )
