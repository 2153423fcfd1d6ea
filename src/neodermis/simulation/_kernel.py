"""The step in time as machine code, made from the equations themselves.

The equations are written once, in ``skin/``, for JAX.  Here they are traced for one member, and what they come to
(sums, products, quotients …) is written down as instructions for vectors of :data:`LANES` members, in loops over the
depth cells; LLVM makes machine code of it.  Nothing here knows any biology.

Why: compiled by JAX for a processor, a step is a hundred small loops, whose starts cost more than their work.  What
depends only on constants of a member is worked out once, and quotients by it become products.

Memory: rows of one vector each.  A number takes one row, a quantity by depth one row a cell, a matrix one an entry.

An example with two states, from the equations to the instructions
    A source is made at a constant rate and passes on to a sink by first order: ``x' = p − l x``, ``y' = l x``.  The
    equations come as a step, from which the midpoint rule is made: the state after ``h`` with the rates ``at`` a state.

    >>> def step(fixed, state, at, day, h):
    ...     p, l = fixed
    ...     x, y = state
    ...     passed_on = l * at[0]
    ...     return x + h * (p - passed_on), y + h * passed_on
    >>> def share(fixed, state):
    ...     return (state[0] / (state[0] + state[1]),)
    >>> program = written(step, share, constants=(0.0, 0.0), state=(0.0, 0.0), cells=1)

    JAX traces it for one member: two products, a difference, two products with ``h`` and two sums.  Each becomes one
    instruction for a vector of members.  What it takes is loaded from the row of its buffer where it is first used,
    ``l`` from row 1 of the constants and ``x`` from row 0 of the state ``at``:

    >>> carry = program.text.partition("@carry(")[2].partition("}")[0].splitlines()
    >>> print(*carry[2:9], sep=chr(10))
      %v1 = add i64 0, 1
      %v2 = getelementptr inbounds <8 x double>, ptr %constants, i64 %v1
      %v3 = load <8 x double>, ptr %v2, align 8
      %v4 = add i64 0, 0
      %v5 = getelementptr inbounds <8 x double>, ptr %at, i64 %v4
      %v6 = load <8 x double>, ptr %v5, align 8
      %v7 = fmul contract <8 x double> %v3, %v6
    >>> print(*(line for line in carry if "contract" in line or "store" in line), sep=chr(10))
      %v7 = fmul contract <8 x double> %v3, %v6
      %v11 = fsub contract <8 x double> %v10, %v7
      %v12 = fmul contract <8 x double> %h, %v11
      %v16 = fadd contract <8 x double> %v15, %v12
      %v17 = fmul contract <8 x double> %h, %v7
      %v21 = fadd contract <8 x double> %v20, %v17
      store <8 x double> %v16, ptr %v23, align 8
      store <8 x double> %v21, ptr %v25, align 8

    ``advance`` calls it twice a step, to the middle and over the whole.  Eight members, who begin with all in the
    source and differ in ``l``, over one day in steps of 0.01; the exact share that is left is ``exp(−l)``:

    >>> lost = np.linspace(0.0, 0.7, LANES)
    >>> machine = Machine("two states", lambda: program)
    >>> constants, state = rows((np.zeros(LANES), lost), LANES), rows((np.ones(LANES), np.zeros(LANES)), LANES)
    >>> seen = machine.advance(constants, machine.setup(constants), state, np.full(100, 0.01), 0.0)
    >>> seen.shape  # vectors, steps, readings, members
    (1, 100, 1, 8)
    >>> bool(np.allclose(seen[0, -1, 0], np.exp(-lost), rtol=1e-5))
    True
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from neodermis.arrays import jax_as_needed, leaves, rebuilt
from neodermis.lazy import numpy as np
from neodermis.simulation._machine import UNAVAILABLE, ByJax, Loaded, assembled, engine, fall_back, program
from neodermis.simulation._routine import FLAGS, INLINED, LANES, VECTOR, literal, rows, shaped, shapes, tree

_ALIAS: Final = ("convert_element_type", "broadcast_in_dim", "copy", "squeeze", "reshape")
_ARITHMETIC: Final = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv", "neg": "fneg"}
#: Functions that LLVM has, and how many numbers each takes.
_FUNCTIONS: Final = {
    "max": ("maximum", 2), "min": ("minimum", 2), "pow": ("pow", 2),
    "exp": ("exp", 1), "log": ("log", 1), "sqrt": ("sqrt", 1), "tanh": ("tanh", 1),
}  # fmt: skip
#: What is true is 1.0 here and what is false 0.0, so that it is kept and read as any number.
_COMPARISONS: Final = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_TRUTHS: Final = {"and": "mul", "or": "max"}
#: Operations over the depth: how they start, and how they take in one more cell.
_OVER_DEPTH: Final = {"reduce_sum": (0.0, "add"), "reduce_min": (float("inf"), "min")}


@dataclass(eq=False, slots=True)
class Value:
    """An operation and its result, or an input where ``operation`` is "input"."""

    operation: str
    operands: tuple[Value | float, ...]
    shape: tuple[int, ...]
    constant: bool
    phase: int = 0
    """Values of a phase can be worked out in one loop over the cells once those of earlier phases are known."""
    place: tuple[str, int] | None = None
    """Buffer and first row in which it lies."""


Operand = Value | float


class _Trace:
    """The operations of a function, in order, with whole powers written out."""

    def __init__(self, function: Callable[..., Any], arguments: Mapping[str, Any], cells: int) -> None:
        self.cells = cells
        trees = tuple(arguments.values())
        with jax_as_needed() as jax:
            traced = jax.make_jaxpr(lambda *flat: leaves(function(*rebuilt(trees, flat))))
            closed = traced(*map(np.zeros, shapes(trees)))
        self.values: list[Value] = []
        inputs: list[Operand] = []
        for name, argument in arguments.items():
            row = 0
            for shape in shapes(argument):
                inputs.append(Value("input", (), shape, name == "constants", place=(name, row)))
                row += math.prod(shape)
        self.results = self._walk(closed.jaxpr, closed.consts, inputs)

    def _walk(self, jaxpr: Any, consts: Sequence[Any], inputs: Sequence[Operand]) -> list[Operand]:
        known: dict[Any, Operand] = dict(zip(jaxpr.invars, inputs, strict=True))
        known |= {name: _number(value) for name, value in zip(jaxpr.constvars, consts, strict=True)}
        for equation in jaxpr.eqns:
            kind = equation.primitive.name
            given = [_number(atom.val) if hasattr(atom, "val") else known[atom] for atom in equation.invars]
            if kind in INLINED:
                inner = equation.params["jaxpr"] if "jaxpr" in equation.params else equation.params["call_jaxpr"]
                known |= dict(zip(equation.outvars, self._walk(inner.jaxpr, inner.consts, given), strict=True))
                continue
            (result,) = equation.outvars
            known[result] = self._operation(kind, given, result.aval.shape, equation.params)
        return [_number(atom.val) if hasattr(atom, "val") else known[atom] for atom in jaxpr.outvars]

    def _operation(self, kind: str, given: list[Operand], shape: tuple[int, ...], params: Mapping[str, Any]) -> Operand:
        if shape not in ((), (self.cells,)):
            raise NotImplementedError(f"the kernel takes numbers and profiles, not {kind!r} of shape {shape}")
        if kind == "convert_element_type" and params["new_dtype"] == np.bool_:
            return self._new("ne", (given[0], 0.0), shape)
        if kind == "convert_element_type" and not np.issubdtype(params["new_dtype"], np.floating):
            raise NotImplementedError("the kernel works with real numbers, and does not make whole ones of them")
        if kind in _ALIAS:
            return given[0]
        if kind in ("integer_pow", "square"):
            power, base = params.get("y", 2), given[0]
            if power == 0:
                return 1.0
            found = base
            for _ in range(abs(power) - 1):
                found = self._new("mul", (found, base), shape)
            return found if power > 0 else self._new("div", (1.0, found), shape)
        if kind == "dot_general":
            left, right = given
            assert isinstance(left, Value) and isinstance(right, Value)
            over = (((len(left.shape) - 1,), (0,)), ((), ()))
            if params["dimension_numbers"] != over or right.shape != (self.cells,) or {*left.shape} != {self.cells}:
                raise NotImplementedError("the kernel multiplies a matrix or a profile by a profile, and nothing else")
            if len(left.shape) == 1:
                return self._new("reduce_sum", (self._new("mul", (left, right), left.shape),), shape)
            return self._new("product", (left, right), shape)
        if kind == "div" and isinstance(given[1], Value) and given[1].constant and not _constant(given[0]):
            return self._new("mul", (given[0], self._new("div", (1.0, given[1]), given[1].shape)), shape)
        if kind == "not":
            return self._new("sub", (1.0, given[0]), shape)
        known = (*_ARITHMETIC, *_FUNCTIONS, *_COMPARISONS, *_OVER_DEPTH)
        if kind in known or (kind == "select_n" and len(given) == 3):
            return self._new(kind, tuple(given), shape)
        if kind in _TRUTHS:
            return self._new(_TRUTHS[kind], tuple(given), shape)
        raise NotImplementedError(f"the kernel has no operation {kind!r} yet: write it in kernel.py")

    def _new(self, kind: str, operands: tuple[Operand, ...], shape: tuple[int, ...]) -> Value:
        constant = all(_constant(operand) for operand in operands)
        value = Value(kind, operands, shape, constant)
        self.values.append(value)
        return value


def _number(value: Any) -> float:
    """A constant of the equations: one number, however it is shaped."""
    numbers = np.unique(np.asarray(value))
    if len(numbers) != 1:
        raise NotImplementedError("the kernel takes constants of one number only")
    return float(numbers[0])


def _constant(operand: Operand) -> bool:
    return not isinstance(operand, Value) or operand.constant


def _needed(results: Sequence[Operand]) -> set[Value]:
    found: set[Value] = set()
    stack = [result for result in results if isinstance(result, Value)]
    while stack:
        value = stack.pop()
        if value not in found:
            found.add(value)
            stack += [operand for operand in value.operands if isinstance(operand, Value)]
    return found


@dataclass
class _Function:
    """Instructions of one function: operations in phases, each phase numbers, then a loop over cells, then products."""

    name: str
    cells: int
    pointers: tuple[str, ...]
    vectors: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    names: dict[tuple[int, str], str] = field(default_factory=dict)
    count: int = 0
    scratch_rows: int = 0

    def write(
        self, values: Sequence[Value], stores: Sequence[tuple[Operand, str, int, tuple[int, ...]]]
    ) -> Iterator[str]:
        """The function's text; ``stores``: what is kept, in which buffer and row, in what shape."""
        for value in values:
            value.phase = max((self._ready(operand) for operand in value.operands), default=0)
        phases = 1 + max([v.phase for v in values] + [self._ready(kept) for kept, *_ in stores], default=0)
        # what a later phase or a product reads by cell is kept in scratch rows
        for value in values:
            for operand in value.operands:
                if (
                    isinstance(operand, Value)
                    and operand.place is None
                    and operand.shape == (self.cells,)
                    and (operand.phase < value.phase or operand.operation == "product" or value.operation == "product")
                ):
                    operand.place = ("scratch", self.scratch_rows)
                    self.scratch_rows += self.cells
        for kept, *_ in stores:
            if isinstance(kept, Value) and kept.operation == "product" and kept.place is None:
                kept.place = ("scratch", self.scratch_rows)
                self.scratch_rows += self.cells
        given = [f"ptr noalias %{p}" for p in (*self.pointers, "scratch")] + [f"{VECTOR} %{v}" for v in self.vectors]
        yield f"define internal void @{self.name}({', '.join(given)}) noinline {{"
        yield "start:"
        previous = "start"
        for phase in range(phases):
            previous = yield from self._phase(phase, previous, values, stores)
        yield "  ret void"
        yield "}"

    def _ready(self, operand: Operand) -> int:
        """Phase from which a value can be read."""
        if not isinstance(operand, Value):
            return 0
        return operand.phase + (operand.operation in _OVER_DEPTH or operand.operation == "product")

    def _phase(self, phase: int, previous: str, values: Sequence[Value], stores: Any) -> Generator[str, None, str]:
        mine = [value for value in values if value.phase == phase]
        deep = [
            v
            for v in mine
            if v.operation != "product" and (v.shape or v.operation in _OVER_DEPTH) and not _short(v, self.cells)
        ]
        products = [v for v in mine if v.operation == "product"]
        numbers = [v for v in mine if v not in deep and v not in products]
        kept = [s for s in stores if self._ready(s[0]) == phase]
        self.lines = []
        for value in numbers:
            self._compute(value, "")
        for what, buffer, row, shape in kept:
            if shape != (self.cells,):
                self._store(self._read(what, ""), buffer, row, "")
        yield from self.lines
        by_cell = [s for s in kept if s[3] == (self.cells,)]
        if deep or by_cell:
            # inputs that are numbers are read before the loop
            self.lines = []
            for value in deep:
                for operand in value.operands:
                    if isinstance(operand, Value) and not operand.shape:
                        self._read(operand, "")
            for what, *_ in by_cell:
                if isinstance(what, Value) and not what.shape:
                    self._read(what, "")
            yield from self.lines
            self.lines = []
            loop, sums = f"loop{phase}", [v for v in deep if v.operation in _OVER_DEPTH]
            for value in sums:
                self.names[id(value), ""] = self._fresh()
            for value in deep:
                self._compute(value, loop)
            for what, buffer, row, _ in by_cell:
                self._store(self._read(what, loop), buffer, row, loop)
            body = self.lines
            yield f"  br label %{loop}"
            yield f"{loop}:"
            yield f"  %i{loop} = phi i64 [0, %{previous}], [%n{loop}, %{loop}]"
            for value in sums:
                start, _ = _OVER_DEPTH[value.operation]
                after = self.names[id(value), ""]
                yield f"  {after}.before = phi {VECTOR} [{literal(start)}, %{previous}], [{after}, %{loop}]"
            yield from body
            yield f"  %n{loop} = add i64 %i{loop}, 1"
            yield f"  %more{loop} = icmp ult i64 %n{loop}, {self.cells}"
            yield f"  br i1 %more{loop}, label %{loop}, label %after{loop}"
            yield f"after{loop}:"
            previous = f"after{loop}"
        if products:
            previous = yield from self._products(phase, previous, products)
        return previous

    def _products(self, phase: int, previous: str, products: Sequence[Value]) -> Generator[str, None, str]:
        """All matrix products of a phase in one pair of loops, so that a matrix that several share is read once."""
        row, column, done = f"row{phase}", f"column{phase}", f"done{phase}"
        yield f"  br label %{row}"
        yield f"{row}:"
        yield f"  %i{row} = phi i64 [0, %{previous}], [%n{row}, %{done}]"
        yield f"  %f{row} = mul i64 %i{row}, {self.cells}"
        yield f"  br label %{column}"
        yield f"{column}:"
        yield f"  %i{column} = phi i64 [0, %{row}], [%n{column}, %{column}]"
        totals = [self._fresh() for _ in products]
        for total in totals:
            yield f"  {total}.before = phi {VECTOR} [{literal(0.0)}, %{row}], [{total}, %{column}]"
        yield f"  %e{row} = add i64 %f{row}, %i{column}"
        self.lines, matrices = [], {}
        for total, value in zip(totals, products, strict=True):
            matrix, vector = value.operands
            assert isinstance(matrix, Value) and isinstance(vector, Value)
            if matrix.place not in matrices:
                matrices[matrix.place] = self._load(matrix.place, f"%e{row}")
            one = self._fresh()
            self.lines.append(
                f"  {one} = fmul contract {VECTOR} {matrices[matrix.place]}, {self._load(vector.place, f'%i{column}')}"
            )
            self.lines.append(f"  {total} = fadd contract {VECTOR} {total}.before, {one}")
        yield from self.lines
        yield f"  %n{column} = add i64 %i{column}, 1"
        yield f"  %more{column} = icmp ult i64 %n{column}, {self.cells}"
        yield f"  br i1 %more{column}, label %{column}, label %{done}"
        yield f"{done}:"
        self.lines = []
        for total, value in zip(totals, products, strict=True):
            assert value.place is not None
            self._store_at(total, value.place, f"%i{row}")
        yield from self.lines
        yield f"  %n{row} = add i64 %i{row}, 1"
        yield f"  %more{row} = icmp ult i64 %n{row}, {self.cells}"
        yield f"  br i1 %more{row}, label %{row}, label %after{row}"
        yield f"after{row}:"
        return f"after{row}"

    def _fresh(self) -> str:
        self.count += 1
        return f"%v{self.count}"

    def _load(self, place: tuple[str, int] | None, index: str) -> str:
        assert place is not None
        at, address, found = self._fresh(), self._fresh(), self._fresh()
        self.lines.append(f"  {at} = add i64 {index}, {place[1]}")
        self.lines.append(f"  {address} = getelementptr inbounds {VECTOR}, ptr %{place[0]}, i64 {at}")
        self.lines.append(f"  {found} = load {VECTOR}, ptr {address}, align 8")
        return found

    def _store_at(self, what: str, place: tuple[str, int], index: str) -> None:
        at, address = self._fresh(), self._fresh()
        self.lines.append(f"  {at} = add i64 {index}, {place[1]}")
        self.lines.append(f"  {address} = getelementptr inbounds {VECTOR}, ptr %{place[0]}, i64 {at}")
        self.lines.append(f"  store {VECTOR} {what}, ptr {address}, align 8")

    def _store(self, what: str, buffer: str, row: int, loop: str) -> None:
        self._store_at(what, (buffer, row), f"%i{loop}" if loop else "0")

    def _read(self, operand: Operand, loop: str) -> str:
        """Name of a value's vector, loaded where it lies in memory; a quantity by depth at the loop's cell."""
        if not isinstance(operand, Value):
            return literal(operand)
        scope = loop if operand.shape == (self.cells,) else ""
        if (id(operand), scope) not in self.names:
            assert operand.place is not None, operand.operation
            if operand.place[0] in self.vectors:
                return f"%{operand.place[0]}"
            self.names[id(operand), scope] = self._load(operand.place, f"%i{loop}" if scope else "0")
        return self.names[id(operand), scope]

    def _compute(self, value: Value, loop: str) -> None:
        if value.operation in _OVER_DEPTH:
            start, step = _OVER_DEPTH[value.operation]
            (operand,) = value.operands
            if _short(value, self.cells):  # over rows that are no depth cells of the loop
                assert isinstance(operand, Value) and operand.place is not None
                total = literal(start)
                for row in range(operand.shape[0]):
                    more = self._load((operand.place[0], operand.place[1] + row), "0")
                    total = self._apply(step, [total, more], self._fresh())
                self.names[id(value), ""] = total
                return
            name = self.names[id(value), ""]
            self._apply(step, [f"{name}.before", self._read(operand, loop)], name)
            return
        scope = loop if value.shape == (self.cells,) else ""
        name = self._apply(value.operation, [self._read(operand, loop) for operand in value.operands], self._fresh())
        self.names[id(value), scope] = name
        if value.place is not None and value.place[0] == "scratch":
            self._store(name, *value.place, loop)

    def _apply(self, operation: str, operands: Sequence[str], name: str) -> str:
        if operation in _FUNCTIONS:
            typed = ", ".join(f"{VECTOR} {operand}" for operand in operands)
            self.lines.append(f"  {name} = call {VECTOR} @llvm.{_FUNCTIONS[operation][0]}.v{LANES}f64({typed})")
        elif operation in _COMPARISONS:
            compared = ", ".join(operands)
            self.lines.append(f"  {name}.holds = fcmp {_COMPARISONS[operation]} {VECTOR} {compared}")
            self.lines.append(f"  {name} = uitofp {FLAGS} {name}.holds to {VECTOR}")
        elif operation == "select_n":
            which, otherwise, then = operands
            self.lines.append(f"  {name}.holds = fcmp une {VECTOR} {which}, zeroinitializer")
            self.lines.append(f"  {name} = select {FLAGS} {name}.holds, {VECTOR} {then}, {VECTOR} {otherwise}")
        else:
            self.lines.append(f"  {name} = {_ARITHMETIC[operation]} contract {VECTOR} {', '.join(operands)}")
        return name


def _short(value: Value, cells: int) -> bool:
    """Whether it sums over something else than the depth cells of the loop (layers of a few cells)."""
    (operand, *_) = value.operands
    return value.operation in _OVER_DEPTH and isinstance(operand, Value) and operand.shape not in ((), (cells,))


@dataclass(frozen=True)
class Program:
    """Text of a program for LLVM, and how many rows its buffers take."""

    text: str
    derived_rows: int
    scratch_rows: int
    readings: int


def written(step: Callable[..., Any], read: Callable[..., Any], *, constants: Any, state: Any, cells: int) -> Program:
    """Write ``advance``: over given steps, from a state, with readings at the end of each.

    Parameters
    ----------
    step
        ``step(constants, state, at, day, h)``: the state after ``h`` with the rates of the state ``at`` on ``day``.
    read
        ``read(constants, state)``: a tuple of numbers.
    constants, state
        Trees of arrays of one member, for their shapes.
    cells
        Number of cells of a quantity by depth.
    """
    number = np.zeros(())
    given = {"constants": constants, "state": state}
    carry = _Trace(step, given | {"at": state, "day": number, "h": number}, cells)
    look = _Trace(read, given, cells)
    readings = len(look.results)
    parts: dict[str, tuple[_Trace, tuple[str, ...], tuple[str, ...], list[tuple[int, ...]]]] = {
        "carry": (carry, ("state", "at", "new"), ("day", "h"), shapes(state)),
        "read": (look, ("state", "new"), (), [()] * readings),
    }
    text = [
        f"declare {VECTOR} @llvm.{name}.v{LANES}f64({', '.join([VECTOR] * count)})"
        for name, count in _FUNCTIONS.values()
    ]
    derived = scratch = 0
    for name, (trace, buffers, vectors, kept) in parts.items():
        live = _needed(trace.results)
        fixed = [value for value in trace.values if value in live and value.constant]
        varying = [value for value in trace.values if value in live and not value.constant]
        read_later = {operand for value in varying for operand in value.operands} | set(trace.results)
        places: list[tuple[Value, int]] = []
        for value in fixed:
            if value in read_later:
                places.append((value, derived))
                derived += int(np.prod(value.shape))
        setup = _Function(f"setup_{name}", cells, ("constants", "derived"), ())
        text += setup.write(fixed, [(value, "derived", row, value.shape) for value, row in places])
        for value in fixed:
            value.phase = 0  # known before the first loop of what follows
        for value, row in places:
            value.place = ("derived", row)
        rows = np.cumsum([0, *map(math.prod, kept)])
        body = _Function(name, cells, ("constants", "derived", *buffers), vectors)
        text += body.write(
            varying,
            [(found, "new", int(row), shape) for found, row, shape in zip(trace.results, rows[:-1], kept, strict=True)],
        )
        scratch = max(scratch, setup.scratch_rows, body.scratch_rows)
    rows_of_state = sum(int(np.prod(shape)) for shape in shapes(state))
    text += _main(rows_of_state, readings)
    return Program("\n".join(text), derived, scratch + 2 * rows_of_state, readings)


def _main(rows: int, readings: int) -> Iterator[str]:
    """The two functions that are called from outside, over blocks of LANES members that lie one after the other."""
    yield "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"
    yield from (
        "define void @setup(ptr %constants, ptr %derived, ptr %scratch) {",
        "  call void @setup_carry(ptr %constants, ptr %derived, ptr %scratch)",
        "  call void @setup_read(ptr %constants, ptr %derived, ptr %scratch)",
        "  ret void",
        "}",
        "define void @advance(ptr %constants, ptr %derived, ptr %state, ptr %steps, i64 %count, double %start, "
        "ptr %readings, ptr %scratch) {",
        "entry:",
        f"  %middle = getelementptr {VECTOR}, ptr %scratch, i64 0",
        f"  %other = getelementptr {VECTOR}, ptr %scratch, i64 {rows}",
        f"  %rest = getelementptr {VECTOR}, ptr %scratch, i64 {2 * rows}",
        "  br label %step",
        "step:",
        "  %k = phi i64 [0, %entry], [%k.next, %step]",
        "  %day = phi double [%start, %entry], [%day.next, %step]",
        "  %now = phi ptr [%state, %entry], [%next, %step]",
        "  %next = phi ptr [%other, %entry], [%now, %step]",
        "  %h.at = getelementptr double, ptr %steps, i64 %k",
        "  %h = load double, ptr %h.at",
        "  %half = fmul double %h, 0.5",
        "  %day.middle = fadd double %day, %half",
        "  %day.next = fadd double %day, %h",
    )
    for name in ("h", "half", "day", "day.middle"):
        yield f"  %{name}.one = insertelement {VECTOR} poison, double %{name}, i64 0"
        yield f"  %{name}.all = shufflevector {VECTOR} %{name}.one, {VECTOR} poison, <{LANES} x i32> zeroinitializer"
    carry = "  call void @carry(ptr %constants, ptr %derived, ptr %now, ptr {at}, ptr {new}, ptr %rest, "
    carry += f"{VECTOR} {{day}}, {VECTOR} {{h}})"
    yield carry.format(at="%now", new="%middle", day="%day.all", h="%half.all")
    yield carry.format(at="%middle", new="%next", day="%day.middle.all", h="%h.all")
    yield from (
        f"  %row = mul i64 %k, {readings}",
        f"  %out = getelementptr {VECTOR}, ptr %readings, i64 %row",
        "  call void @read(ptr %constants, ptr %derived, ptr %next, ptr %out, ptr %rest)",
        "  %k.next = add i64 %k, 1",
        "  %more = icmp ult i64 %k.next, %count",
        "  br i1 %more, label %step, label %done",
        "done:",
        f"  call void @llvm.memcpy.p0.p0.i64(ptr %state, ptr %next, i64 {rows * LANES * 8}, i1 false)",
        "  ret void",
        "}",
    )


# ------------------------------------------------------------------------------------------------- machine code


class Machine:
    """The steps as machine code of this processor, from the cache of compiled code or made by ``make``."""

    def __init__(self, name: str, make: Callable[[], Program]) -> None:
        def compiled() -> tuple[Any, bytes]:
            made = make()
            return replace(made, text=""), assembled(made.text)

        self._made, code = program(name, compiled)
        self._loaded = Loaded(code)
        pointer, address = ctypes.c_void_p, self._loaded.address
        self._setup = ctypes.CFUNCTYPE(None, *[pointer] * 3)(address("setup"))
        self._advance = ctypes.CFUNCTYPE(
            None, *[pointer] * 4, ctypes.c_int64, ctypes.c_double, *[pointer] * 2
        )(address("advance"))  # fmt: skip

    def setup(self, constants: Any) -> Any:
        """What depends on the constants alone: (blocks, rows, LANES) → (blocks, rows, LANES)."""
        blocks, scratch = len(constants), np.empty((self._made.scratch_rows, LANES))
        derived = np.empty((blocks, self._made.derived_rows, LANES))
        for given, found in zip(constants, derived, strict=True):
            self._setup(given.ctypes.data, found.ctypes.data, scratch.ctypes.data)
        return derived

    def advance(self, constants: Any, derived: Any, state: Any, steps: Any, start: float) -> Any:
        """Take the steps; ``state`` is changed in place; the readings at their ends: (blocks, steps, readings, LANES).

        May be called from several threads at once.
        """
        steps = np.ascontiguousarray(steps, dtype=float)
        readings = np.empty((len(state), len(steps), self._made.readings, LANES))
        scratch = np.empty((self._made.scratch_rows, LANES))
        for block in range(len(state)):
            self._advance(
                constants[block].ctypes.data, derived[block].ctypes.data, state[block].ctypes.data, steps.ctypes.data,
                len(steps), start, readings[block].ctypes.data, scratch.ctypes.data,
            )  # fmt: skip
        return readings


#: Steps in one call of JAX: a last call is filled up with steps of no length, which change nothing.
CHUNK: Final = 64


class JaxMachine:
    """The same by JAX: what :class:`Machine` does, for ``step`` and ``read`` as :func:`written` takes them."""

    def __init__(
        self, name: str, step: Callable[..., Any], read: Callable[..., Any], *, constants: Any, state: Any
    ) -> None:
        def walk(fixed: Any, now: Any, day: Any, steps: Any) -> Any:
            def one(before: Any, h: Any) -> Any:
                at, day = before
                middle = step(fixed, at, at, day, h / 2.0)
                after = step(fixed, at, middle, day + h / 2.0, h)
                return (after, day + h), tuple(read(fixed, after))

            (after, _), seen = jax.lax.scan(one, (now, day), steps)
            return after, seen

        with jax_as_needed() as jax:
            self._walk = ByJax(f"{name} by JAX", jax.vmap(walk, in_axes=(0, 0, None, None)))
        self._constants, self._state = shaped(constants), shaped(state)

    def setup(self, constants: Any) -> Any:
        """Nothing is worked out beforehand."""
        return constants[:, :0]

    def advance(self, constants: Any, derived: Any, state: Any, steps: Any, start: float) -> Any:
        """As :meth:`Machine.advance`."""
        count, found = len(state) * LANES, []
        fixed, now = tree(constants, self._constants), tree(state, self._state)
        for at in range(0, len(steps), CHUNK):
            part = np.asarray(steps[at : at + CHUNK], dtype=float)
            padded = np.pad(part, (0, CHUNK - len(part)))
            now, seen = self._walk(fixed, now, start + float(np.sum(steps[:at])), padded)
            found.append(np.stack(seen)[:, :, : len(part)])
        state[...] = rows(now, count)
        readings = np.concatenate(found, axis=2)  # (readings, members, steps)
        return np.ascontiguousarray(readings.reshape(len(readings), -1, LANES, len(steps)).transpose(1, 3, 0, 2))


def stepping(
    name: str, step: Callable[..., Any], read: Callable[..., Any], *, constants: Any, state: Any, cells: int
) -> Machine | JaxMachine:
    """The steps by the engine of this thread; arguments as :func:`written`."""
    if engine() == "llvm":
        try:
            return Machine(name, lambda: written(step, read, constants=constants, state=state, cells=cells))
        except UNAVAILABLE as error:
            fall_back(error)
    return JaxMachine(name, step, read, constants=constants, state=state)
