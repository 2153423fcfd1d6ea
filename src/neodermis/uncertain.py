"""A number that is not known exactly: with its interval over draws of what we do not know."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Interval(NamedTuple):
    """A number with its 90 % interval over the draws of what we do not know."""

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
