"""Fibres beside collagen: tropoelastin, elastin, hyaluronan, and how collagen bundles lie.

Biology
    Activated fibroblasts make tropoelastin and hyaluronan.  Elastin itself turns over in decades: what a session
    tears or protease cuts is not made up for in a year.  Myofibroblasts pull new bundles into parallel; turnover
    of the labile collagen lets them go back to the basket weave.
Equations
    TE' = d_TE ((F + a_TE A)/F0 − TE)                               tropoelastin over rest
    E'  = k_E (TE − (X/X0) E)                                       elastin over rest;  X/X0 = 1 + excess
    H'  = d_H ((F + a_H A)/F0 − H)                                  hyaluronan over rest
    O'  = k_O Y/F0 (1 − O) − d_O (O − S)                            alignment: 0 at rest, 1 in a scar; S its set point
    S   moves at sessions only:  S → S (1 − κ φ)                     (in :mod:`neodermis.skin.injury`)
Reads
    fibroblasts, protease.
Writes
    TE, E, H, O; the set point S of a scar, which only a session moves.
Evidence
    elastin lasts 74 years (carbon dating, lung); tropoelastin rises after needling and laser while elastin is down
    in two series and unchanged in one, so its protein is expected between −20 and +5 %; neither hyaluronan nor
    alignment has a time course after needling: both are assumed.  The fall of elastin in two series is not
    reached here: protease alone cuts too little of a pool that turns over in decades.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from neodermis.skin.tissue import Cells
from neodermis.units import Array, Declared


class FibresParameters(NamedTuple):
    """Rates of the lesser fibres."""

    tropoelastin_activated: Annotated[Array, Declared("1", "tropoelastin of an activated over a resting fibroblast")]
    tropoelastin_loss_rate: Annotated[Array, Declared("1/d", "turnover of tropoelastin")]
    elastin_renewal_rate: Annotated[Array, Declared("1/d", "renewal of elastin at rest")]
    hyaluronan_activated: Annotated[Array, Declared("1", "hyaluronan of an activated over a resting fibroblast")]
    hyaluronan_loss_rate: Annotated[Array, Declared("1/d", "turnover of hyaluronan")]
    alignment_rate: Annotated[Array, Declared("1/d", "alignment by myofibroblasts at the resting fibroblast density")]
    alignment_loss_rate: Annotated[Array, Declared("1/d", "return of the bundles to the basket weave")]


class Turnover(NamedTuple):
    """Production and first-order loss rate of each state; both are never negative."""

    tropoelastin: tuple[Array, Array]
    elastin: tuple[Array, Array]
    hyaluronan: tuple[Array, Array]
    alignment: tuple[Array, Array]
    scar: tuple[Array, Array]


def turnover(cells: Cells, resting_density: Array, protease_at_rest: Array, p: FibresParameters) -> Turnover:
    """Production and loss of tropoelastin, elastin, hyaluronan and alignment (equations above)."""

    def made(activated: Array) -> Array:
        return (cells.fibroblast + activated * cells.activated) / resting_density

    aligning = p.alignment_rate * cells.myofibroblast / resting_density
    return Turnover(
        tropoelastin=(
            p.tropoelastin_loss_rate * made(p.tropoelastin_activated),
            p.tropoelastin_loss_rate,
        ),
        elastin=(
            p.elastin_renewal_rate * cells.tropoelastin,
            p.elastin_renewal_rate * (1.0 + cells.protease / protease_at_rest),
        ),
        hyaluronan=(p.hyaluronan_loss_rate * made(p.hyaluronan_activated), p.hyaluronan_loss_rate),
        alignment=(aligning + p.alignment_loss_rate * cells.scar, aligning + p.alignment_loss_rate),
        scar=(0.0, 0.0),
    )
