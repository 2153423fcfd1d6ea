"""Uncertain numbers: the distribution that an input is drawn from, and the interval of a result over draws."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from neodermis.lazy import numpy as np

Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"

#: Standard normal quantile of 95 %: half a central 90 % credible interval.
Z90: Final = 1.6448536269514722


def stream(name: str, *seeds: int) -> np.random.Generator:
    """The random numbers of one named quantity: no other quantity changes them, whatever is added or left out."""
    return np.random.default_rng([*seeds, zlib.crc32(name.encode())])


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """The distribution of an uncertain number, around a central value ``c``.

    ========== =========================================== ==================
    kind       value                                       support
    ========== =========================================== ==================
    none       c                                           any number
    lognormal  c exp(a z)                                  above 0
    logit      1 / (1 + exp(−(logit c + a z)))             0 to 1, open
    uniform    a to b, each as likely                      a to b
    whole      whole numbers from a to b, each as likely   a to b
    switch     1 with probability a, else 0                0 or 1
    off        c: no size is sourced, and none is drawn    a to b
    ========== =========================================== ==================

    ``z`` is standard normal.  The median is ``c`` for lognormal and logit; of the other kinds ``c`` is the value used
    where one number is wanted.
    """

    kind: Literal["none", "lognormal", "logit", "uniform", "whole", "switch", "off"]
    a: float = 0.0
    b: float = 0.0
    centre: float = 1.0

    @classmethod
    def between(cls, low: float, high: float, *, centre: float | None = None, whole: bool = False) -> Distribution:
        """Evenly from ``low`` to ``high``, around their middle unless a centre is given; known where the two agree."""
        middle = (low + high) / 2.0 if centre is None else centre
        if low == high:
            return cls(kind="none", centre=middle)
        return cls(kind="whole" if whole else "uniform", a=low, b=high, centre=middle)

    @property
    def known(self) -> bool:
        """Whether nothing is drawn."""
        return self.kind in ("none", "off")

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """``n`` values; the first k of a longer draw are the draw of k."""
        if self.known:
            return np.full(n, self.centre)
        if self.kind in ("lognormal", "logit"):
            return np.asarray(self.at(rng.standard_normal(n)))
        u = rng.random(n)
        if self.kind == "switch":
            return (u < self.a).astype(float)
        if self.kind == "whole":
            return np.floor(self.a + (self.b - self.a + 1.0) * u)
        return self.a + (self.b - self.a) * u

    def scores(self, values: Floats) -> Floats:
        """Standard normal scores of values; lognormal and logit only."""
        odds = values if self.kind == "lognormal" else values / (1.0 - values)
        middle = self.centre if self.kind == "lognormal" else self.centre / (1.0 - self.centre)
        return np.asarray(np.log(odds / middle) / self.a)

    def moved(self, mean: float, sd: float) -> Distribution:
        """The distribution of the same kind whose scores here have this mean and standard deviation."""
        return replace(self, centre=float(self.at(mean, math.exp)), a=self.a * sd)

    def at(self, z: Any, exp: Callable[[Any], Any] | None = None) -> Any:
        """The value at a standard normal score or array, with ``exp`` for it, NumPy's by default; lognormal, logit."""
        exp = np.exp if exp is None else exp
        if self.kind == "lognormal":
            return self.centre * exp(self.a * z)
        return 1.0 / (1.0 + exp(-(math.log(self.centre / (1.0 - self.centre)) + self.a * z)))

    def ppf(self, share: Floats | float) -> Floats:
        """Quantiles: the smallest value with at least this share of the distribution at or below it (share 0 to 1)."""
        q = np.asarray(share, dtype=float)
        if self.known:
            return np.where((q >= 0.0) & (q <= 1.0), self.centre, np.nan)
        if self.kind in ("lognormal", "logit"):
            from scipy.special import ndtri  # here, since a start of the command line needs none

            with np.errstate(over="ignore"):  # the ends of the support
                return np.asarray(self.at(ndtri(q), np.exp))
        inside = (q >= 0.0) & (q <= 1.0)
        if self.kind == "switch":
            return np.where(inside, (q > 1.0 - self.a).astype(float), np.nan)
        if self.kind == "whole":
            count = self.b - self.a + 1.0
            steps = np.clip(np.ceil(np.round(count * q, 9)), 1.0, count)  # 0.1 of ten numbers is the first of them
            return np.where(inside, self.a + steps - 1.0, np.nan)
        return np.where(inside, self.a + (self.b - self.a) * q, np.nan)

    def logpdf(self, value: Floats | float) -> Floats:
        """Natural logarithm of the density, or of the probability where values are discrete; −∞ outside."""
        x = np.asarray(value, dtype=float)
        with np.errstate(all="ignore"):  # outside the support
            if self.known:
                found = np.where(x == self.centre, 0.0, -np.inf)
            elif self.kind == "switch":
                found = np.log(np.select([x == 1.0, x == 0.0], [self.a, 1.0 - self.a], 0.0))
            elif self.kind in ("uniform", "whole"):
                each = self.b - self.a + (1.0 if self.kind == "whole" else 0.0)
                held = (x >= self.a) & (x <= self.b) & ((self.kind == "uniform") | (x == np.floor(x)))
                found = np.where(held, -math.log(each), -np.inf)
            else:
                odds = self.kind == "logit"
                apart = np.log(x / (1.0 - x)) - math.log(self.centre / (1.0 - self.centre)) if odds else np.log(
                    x / self.centre
                )  # fmt: skip
                slope = np.log(x) + (np.log1p(-x) if odds else 0.0)
                density = -0.5 * (apart / self.a) ** 2 - math.log(self.a * math.sqrt(2.0 * math.pi)) - slope
                found = np.where((x > 0.0) & ((x < 1.0) | (not odds)), density, -np.inf)
        return np.asarray(found, dtype=float)

    def interval(self, share: float = 0.9) -> tuple[float, float]:
        """The central interval that holds a share of the distribution: 90 % unless another is given."""
        shares = 0.5 - share / 2.0, 0.5 + share / 2.0
        if self.known:
            return self.centre, self.centre
        if self.kind == "uniform":
            low, high = (self.a + (self.b - self.a) * q for q in shares)
        elif share == 0.9 and self.kind in ("lognormal", "logit"):  # in Python's floats: tables ask for many of them
            low, high = (self.at(z, math.exp) for z in (-Z90, Z90))
        elif self.kind == "switch":
            low, high = (float(q > 1.0 - self.a) for q in shares)
        else:
            low, high = self.ppf(np.array(shares))
        return float(low), float(high)

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest value that makes sense (limits of an open range included)."""
        ends = {"none": (-math.inf, math.inf), "lognormal": (0.0, math.inf)}
        return ends.get(self.kind, (0.0, 1.0) if self.kind in ("logit", "switch") else (self.a, self.b))

    def holds(self, value: float) -> bool:
        """Whether ``value`` lies in the support."""
        low, high = self.support
        if self.kind == "switch":
            return value in (low, high)
        if self.kind == "whole" and value != int(value):
            return False
        return low < value < high if self.kind in ("lognormal", "logit") else low <= value <= high

    def __str__(self) -> str:
        if self.kind in ("lognormal", "logit"):
            return f"{self.centre:g} (log-sd {self.a:g})"
        return f"{self.a:g} to {self.b:g}" if self.kind in ("uniform", "whole") else f"{self.centre:g}"


class Interval(NamedTuple):
    """A number with its 90 % credible interval over the draws of the uncertain parameters."""

    median: float
    lower90: float
    upper90: float

    @classmethod
    def of(cls, draws: Floats) -> Interval:
        """Median and central 90 % of finite draws."""
        if len(draws) == 1:
            return cls(*[float(draws[0])] * 3)
        lower, median, upper = np.quantile(draws, (0.05, 0.5, 0.95))
        return cls(float(median), float(lower), float(upper))


#: Edges of the central 90 %, and the median.
QUANTILES: Final = (0.05, 0.5, 0.95)


class Band(NamedTuple):
    """Median and central 90 % by day."""

    lower90: Floats
    median: Floats
    upper90: Floats

    @classmethod
    def of(cls, values: Floats) -> Band:
        """Of (members, days)."""
        return cls(*np.quantile(values, QUANTILES, axis=0))


class Tally:
    """Counts of an outcome by day, for quantiles over any number of people in the same memory.

    The first people set the bins: a thousandth of their range each, and as far again on either side.  Within a bin the
    quantile is interpolated; one beyond all bins is not a number.
    """

    BINS: Final = 3000

    def __init__(self) -> None:
        self.people = 0
        self._low = self._width = self._least = self._most = np.empty(0)
        self._counts = np.zeros((0, 0), dtype=np.uint32)

    def add(self, values: Floats) -> None:
        """More people, (people, days); none is no change."""
        if not len(values):
            return
        least, most = values.min(axis=0), values.max(axis=0)
        if not self.people:
            reach = most - least
            self._low, self._width = least - reach, np.where(reach > 0, 3.0 * reach / self.BINS, 1.0)
            self._least, self._most = least, most
            self._counts = np.zeros((len(least), self.BINS + 2), dtype=np.uint32)  # the outer two: beyond the bins
        self.people += len(values)
        self._least, self._most = np.minimum(self._least, least), np.maximum(self._most, most)
        bins = np.clip(np.floor((values - self._low) / self._width) + 1.0, 0, self.BINS + 1).astype(np.int64)
        bins += np.arange(values.shape[1]) * (self.BINS + 2)
        self._counts += np.bincount(bins.ravel(), minlength=self._counts.size).reshape(self._counts.shape).astype("u4")

    def band(self) -> Band:
        """Median and central 90 % by day."""
        below = np.cumsum(self._counts, axis=1, dtype=np.int64)
        rows = np.arange(len(below))
        found = []
        for share in QUANTILES:
            wanted = share * self.people
            at = (below >= wanted).argmax(axis=1)
            inside = (wanted - (below[rows, at] - self._counts[rows, at])) / np.maximum(self._counts[rows, at], 1)
            value = np.clip(self._low + (at - 1 + inside) * self._width, self._least, self._most)
            found.append(np.where((at > 0) & (at <= self.BINS), value, np.nan))
        return Band(*found)
