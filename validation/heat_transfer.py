"""Heat in skin as a partial differential equation: the judge of the closed forms, and the source of their table.

A small implicit solution in one dimension, plane or radial, with perfusion (Pennes) and thermal damage along each cell;
and the exact solution of a line source, from which the table of zones around needles is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from scipy.linalg import solve_banded
from scipy.special import exp1

Floats = np.ndarray[Any, np.dtype[np.float64]]
CELSIUS: Final = 273.15


@dataclass(frozen=True, kw_only=True)
class Heated:
    """Temperatures and damage after a time, and where the energy went."""

    middle_mm: Floats
    kelvin: Floats
    damage: Floats
    peak_kelvin: Floats
    history: Floats
    """Temperature of each cell at the asked times."""
    damages: Floats
    """Damage of each cell at the asked times."""
    imbalance: float
    """Energy given, less what was stored, carried out and perfused away, over the energy given."""


def solve_heat(
    faces_mm: Floats,
    *,
    conductivity: Floats,
    volumetric_heat: Floats,
    perfusion: Floats | float = 0.0,
    start: Floats | float,
    surface: float | None = None,
    core: float,
    power: Callable[[float], Floats] | None = None,
    steps: Floats,
    damage_rate: Callable[[Floats], Floats],
    radial: bool,
    at: tuple[float, ...] = (),
) -> Heated:
    """Temperature by implicit steps of a finite-volume grid; units mJ, mm, s, K.

    ``perfusion`` is the heat that blood carries, mJ/(mm³ s K), to blood at ``core``.  The first face is insulated, or
    at ``surface``; the last is at ``core``.  ``power`` by cell in mJ/(mm³ s) at a time.
    """
    middle = (faces_mm[1:] + faces_mm[:-1]) / 2.0
    volume = np.pi * np.diff(faces_mm**2) if radial else np.diff(faces_mm)
    area = 2.0 * np.pi * faces_mm if radial else np.ones_like(faces_mm)
    half = np.diff(faces_mm) / 2.0 / conductivity
    link = area[1:-1] / (half[1:] + half[:-1])
    first = 0.0 if surface is None else area[0] / half[0]
    last = area[-1] / half[-1]
    blood = perfusion * np.ones_like(middle) * volume
    store = volumetric_heat * volume * np.ones_like(middle)
    kelvin = start * np.ones_like(middle)
    began = kelvin.copy()
    damage, peak = np.zeros_like(middle), kelvin.copy()
    given = carried = time = 0.0
    history, damages, wanted = [], [], list(at)
    for step in steps:
        main = store / step + blood
        main[:-1] += link
        main[1:] += link
        main[0] += first
        main[-1] += last
        heat = np.zeros_like(middle) if power is None else power(time + step / 2.0) * volume
        right = store / step * kelvin + blood * core + heat
        right[0] += first * (surface or 0.0)
        right[-1] += last * core
        new = solve_banded((1, 1), np.array([[0.0, *-link], main, [*-link, 0.0]]), right)
        into = first * ((surface or 0.0) - new[0]) if surface is not None else 0.0
        given += step * (heat.sum() + into)
        carried += step * (last * (new[-1] - core) + (blood * (new - core)).sum())
        damage += step * damage_rate((new + kelvin) / 2.0)
        kelvin = new
        peak = np.maximum(peak, kelvin)
        time += step
        while wanted and time >= wanted[0] * (1.0 - 1e-9):
            history.append(kelvin.copy())
            damages.append(damage.copy())
            wanted.pop(0)
    stored = (store * (kelvin - began)).sum()
    imbalance = abs(given - stored - carried) / max(abs(given), 1e-300)
    return Heated(
        middle_mm=middle, kelvin=kelvin, damage=damage, peak_kelvin=peak, history=np.array(history),
        damages=np.array(damages),
        imbalance=float(imbalance),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- the line source


def line_rise(scaled_radius: Floats, times: Floats) -> Floats:
    """Rise of temperature of a line source over q/(4π k t_p), by radius over √(4 α t_p) and time over t_p."""
    square = np.asarray(scaled_radius)[:, None] ** 2
    during = exp1(square / times)
    after = np.where(times > 1.0, exp1(square / np.where(times > 1.0, times - 1.0, 1.0)), 0.0)
    return np.asarray(during - after)


#: Times over the length of the pulse at which damage is summed: fine around its end.
TIMES: Final = np.concatenate([np.linspace(0.01, 1.0, 100), 1.0 + np.geomspace(1e-3, 60.0, 160)])


@cache
def _line() -> tuple[Floats, Floats]:
    """Radii over √(4 α t_p), and the rise there by time."""
    radius = np.geomspace(0.003, 30.0, 500)
    return radius, line_rise(radius, TIMES)


def line_zone(rise: Floats, pulse_s: float, start: float, log_frequency: float, activation: float) -> Floats:
    """Radius of Ω = 1 over √(4 α t_p), by q/(4π k t_p) in K; 0 where nothing dies."""
    radius, shape = _line()
    found = []
    for one in rise:
        kelvin = start + one * shape
        rate = np.exp(np.minimum(log_frequency - activation / kelvin, 300.0))
        damage = pulse_s * np.trapezoid(rate, TIMES, axis=1)
        dead = np.flatnonzero(damage >= 1.0)
        if not len(dead) or dead[-1] + 1 == len(radius):
            found.append(0.0 if not len(dead) else np.nan)
            continue
        k = dead[-1]
        low, high = np.log(damage[k]), np.log(max(damage[k + 1], 1e-300))
        share = low / (low - high)
        found.append(float(np.exp((1 - share) * np.log(radius[k]) + share * np.log(radius[k + 1]))))
    return np.array(found)
