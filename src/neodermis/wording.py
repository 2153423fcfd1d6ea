"""How a number is written, alone and with its interval."""

from __future__ import annotations

import math

from neodermis.uncertain import Interval


def number_text(value: float, *, signed: bool = False) -> str:
    """A number to two significant figures, or whole above 10: no more than the model knows."""
    if signed and value >= 0.005:
        return f"+{number_text(value)}"
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 9.95:
        return f"{value:.0f}"
    if abs(value) < 0.005:
        return "0"
    return f"{value:.2g}"


def with_interval(
    interval: Interval, *, scale: float = 1.0, unit: str = "", signed: bool = False, kind: str = "credible"
) -> str:
    """``median unit (90 % credible interval low to high)``, or the number alone where there is no interval."""
    median, low, high = (number_text(scale * value, signed=signed) for value in interval)
    if interval.lower90 == interval.upper90:
        return f"{median} {unit}".rstrip()
    return f"{median} {unit} (90 % {kind} interval {low} to {high})".replace("  ", " ")


def percent_text(share: float) -> str:
    """A share as a whole per cent; below 1 and above 99 %, but for none and all, as less and more than that."""
    if 0.0 < share < 0.01:
        return "less than 1 %"
    return "more than 99 %" if 0.99 < share < 1.0 else f"{100.0 * share:.0f} %"


def signed_text(value: float) -> str:
    """A change in %, to a tenth and with its sign; no sign where it rounds to nothing."""
    text = f"{value:+.1f}"
    return "0.0" if float(text) == 0.0 else text


def counted(number: int, one: str, several: str) -> str:
    """``1 person``, ``2 people``."""
    return f"{number} {one if number == 1 else several}"


def lower_first(label: str) -> str:
    """A label inside a sentence: without its capital, abbreviations and names of scales apart."""
    return label if label[1:2].isupper() or "-" in label.split()[0] else f"{label[0].lower()}{label[1:]}"


def spread(interval: Interval, *, least: float | None = None) -> str:
    """``median (low to high)`` for a table; a number between 0 and ``least`` as less than that, not as none."""
    median, low, high = (
        f"<{least:g}" if least is not None and 0.0 < value < least else number_text(value) for value in interval
    )
    return median if interval.lower90 == interval.upper90 else f"{median} ({low} to {high})"
