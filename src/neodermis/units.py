"""One unit system, and reading of text with units at the edge.

Inside the program every quantity is a bare float in one of these units: day, mm, µg (matrix), ng/mL
(signals), kPa, cells/mm³, degrees of freedom without unit as ``1``.  A declared unit is a product of
known symbols, for instance ``"pg/cell/d"`` or ``"mm3/cell/d"``; :func:`convert` changes a published
value into the declared unit and refuses a change of dimension.

A full unit library was measured and left out: it costs more start-up time than the whole command line,
and nothing inside the solver carries units.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, TypeAlias, get_type_hints

from neodermis.errors import InputError

#: A NumPy or a JAX array of floats, or one float: the equations are plain arithmetic and take each.
Array: TypeAlias = Any

#: Base dimensions, in the order of the exponents in :class:`Dimension`.
BASES: Final = ("time", "length", "mass", "cell", "temperature")

_DAY, _MM, _UG = (1.0, 0.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0, 0.0)
_KPA = (-2.0, -1.0, 1.0, 0.0, 0.0)  # mass / (length time²)
# kPa = 1e3 kg/(m s²) in µg, mm, day: 1e3 · 1e9 µg / (1e3 mm · (1/86400 d)²)
_KPA_FACTOR = 1e9 * 86400.0**2

#: symbol → (exponents, factor to day, mm, µg, cell, K)
_SYMBOLS: Final[dict[str, tuple[tuple[float, ...], float]]] = {
    "1": ((0.0,) * 5, 1.0),
    "%": ((0.0,) * 5, 0.01),
    "s": (_DAY, 1 / 86400),
    "min": (_DAY, 1 / 1440),
    "h": (_DAY, 1 / 24),
    "d": (_DAY, 1.0),
    "week": (_DAY, 7.0),
    "month": (_DAY, 30.0),  # as clinical studies count follow-up
    "year": (_DAY, 365.25),
    "Hz": ((-1.0, 0.0, 0.0, 0.0, 0.0), 86400.0),
    "um": (_MM, 1e-3),
    "mm": (_MM, 1.0),
    "cm": (_MM, 10.0),
    "m": (_MM, 1e3),
    "mL": ((0.0, 3.0, 0.0, 0.0, 0.0), 1e3),
    "L": ((0.0, 3.0, 0.0, 0.0, 0.0), 1e6),
    "pg": (_UG, 1e-6),
    "ng": (_UG, 1e-3),
    "ug": (_UG, 1.0),
    "mg": (_UG, 1e3),
    "g": (_UG, 1e6),
    "Pa": (_KPA, _KPA_FACTOR * 1e-3),
    "kPa": (_KPA, _KPA_FACTOR),
    "MPa": (_KPA, _KPA_FACTOR * 1e3),
    "N": ((-2.0, 1.0, 1.0, 0.0, 0.0), _KPA_FACTOR * 1e3),  # MPa mm2
    "mJ": ((-2.0, 2.0, 1.0, 0.0, 0.0), _KPA_FACTOR * 1e3),  # N mm
    "J": ((-2.0, 2.0, 1.0, 0.0, 0.0), _KPA_FACTOR * 1e6),
    "W": ((-3.0, 2.0, 1.0, 0.0, 0.0), _KPA_FACTOR * 1e6 * 86400.0),
    "K": ((0.0, 0.0, 0.0, 0.0, 1.0), 1.0),
    "cell": ((0.0, 0.0, 0.0, 1.0, 0.0), 1.0),
    "channel": ((0.0,) * 5, 1.0),
    "needle": ((0.0,) * 5, 1.0),
}
_ALIASES: Final = {
    "µ": "u", "μ": "u", "²": "2", "³": "3", "·": "*", "cells": "cell", "day": "d", "days": "d",
    "weeks": "week", "months": "month", "years": "year", "y": "year", "hour": "h", "hours": "h", "channels": "channel",
    "needles": "needle", "ml": "mL", "hz": "Hz",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dimension:
    """Exponents of :data:`BASES` and the factor to the program's base units."""

    exponents: tuple[float, ...]
    factor: float


@lru_cache(maxsize=512)
def dimension(unit: str) -> Dimension:
    """Dimension of a unit written as symbols joined by ``/`` and ``*`` (``"1/d"``, ``"ug/mm3"``).

    Raises
    ------
    InputError
        A symbol is not known.
    """
    text = unit.strip()
    for written, plain in _ALIASES.items():
        if not written.isalpha() or written in "µμ":
            text = text.replace(written, plain)
    exponents, factor = [0.0] * len(BASES), 1.0
    sign = 1
    for token in re.split(r"([*/])", text.replace(" ", "*") if " " in text else text):
        if token in "*/" and token:
            sign = 1 if token == "*" else -1
            continue
        match = re.fullmatch(r"(%|1|[A-Za-z]+)(-?\d)?", token)
        symbol = _ALIASES.get(match[1], match[1]) if match else ""
        if not match or symbol not in _SYMBOLS:
            raise InputError(
                "unknown unit",
                value=unit,
                accepted="products of " + ", ".join(_SYMBOLS) + " joined by / and *",
                whose="the unit system of this program",
                next_step="write the unit with these symbols, for instance pg/cell/d",
            )
        power = sign * int(match[2] or 1)
        base, scale = _SYMBOLS[symbol]
        exponents = [old + power * new for old, new in zip(exponents, base, strict=True)]
        factor *= scale**power
    return Dimension(tuple(exponents), factor)


def convert(value: float, unit: str, to: str, *, what: str = "value") -> float:
    """``value`` given in ``unit``, expressed in the unit ``to``; a change of dimension is an :class:`InputError`."""
    source, target = dimension(unit), dimension(to)
    if source.exponents != target.exponents:
        raise InputError(
            f"unit of {what}",
            value=unit,
            accepted=f"a unit of the same dimension as {to}",
            whose="the declaration of this quantity",
            next_step=f"give it in {to}",
        )
    return value * (source.factor / target.factor)


def read_number(
    text: object,
    *,
    what: str = "",
    field: str = "",
    low: float,
    high: float,
    whose: str,
    unit: str = "1",
    whole: bool = False,
    next_step: str | None = None,
) -> float:
    """Read a number, with or without its unit, from what a user wrote, and hold it to a range.

    Decimal comma and decimal point are both read; text with a unit is converted to ``unit``.  A text
    that is not a finite number, has another dimension, or lies outside ``low`` to ``high`` raises
    :class:`InputError` that names the field, the value, the range and whose range it is.
    """
    symbol = {"1": "", "year": " years"}.get(unit, f" {unit}")
    kind = "a whole number" if whole else "a number"
    bounds = f"from {low:.10g}" if math.isinf(high) else f"from {low:.10g} to {high:.10g}"
    accepted = f"{kind} {bounds}{symbol}"
    what = what or field.rpartition(".")[2]
    advice = next_step or f"give {what} as {kind}, for instance {example(low, high, whole)}"
    wrong = InputError(what, field=field, value=text, accepted=accepted, whose=whose, next_step=advice)
    written = ""
    if isinstance(text, bool):
        raise wrong
    if isinstance(text, (int, float)):
        try:
            value = float(text)
        except OverflowError:
            raise wrong from None
    else:
        match = re.fullmatch(
            r"\s*([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*([A-Za-z%µμ].*?|1/.*?)?\s*", str(text)[:100], re.ASCII
        )
        if match is None or len(str(text)) > 100:
            raise wrong
        value = float(match[1].replace(",", "."))
        written = re.split("[eE]", match[1])[0]
        if match[2]:
            try:
                value = convert(value, match[2], unit, what=what)
            except InputError as error:
                raise wrong from error
    vanished = value == 0 and re.search("[1-9]", written)  # a number too small for a float
    if vanished or not math.isfinite(value) or not low <= value <= high or (whole and value != int(value)):
        raise wrong
    return value


def example(low: float, high: float, whole: bool) -> str:
    """A plain number inside a range, for messages."""
    if math.isinf(high):
        return f"{max(low, 1.0):g}"
    middle = (low + high) / 2
    return f"{round(middle)}" if whole or middle >= 10 else f"{middle:g}"


@dataclass(frozen=True, slots=True)
class Declared:
    """What a mechanism declares about a number: its unit, its meaning, and how a page names it and its unit."""

    unit: str
    meaning: str
    label: str = ""
    shown: str = ""
    """Unit as a page prints it, where it is another (``x rest``)."""

    @property
    def page_unit(self) -> str:
        """The unit as a page prints it."""
        return self.shown or self.unit


@cache
def declared(structure: type) -> Mapping[str, Declared]:
    """Name → declaration of every field of a tuple that has one: parameters, states, signals, readings, results."""
    hints = get_type_hints(structure, include_extras=True)
    found = {
        name: [n for n in getattr(hint, "__metadata__", ()) if isinstance(n, Declared)] for name, hint in hints.items()
    }
    return {name: notes[0] for name, notes in found.items() if notes}
