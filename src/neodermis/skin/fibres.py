"""Non-collagenous matrix: tropoelastin, elastin, hyaluronan, and the alignment of collagen bundles.

Biology
    Activated fibroblasts produce tropoelastin and hyaluronan.  Elastin itself turns over in decades: elastin torn by a
    session or cleaved by protease is not replaced within a year.  Myofibroblasts align new bundles; turnover of
    labile collagen restores the basket-weave pattern.
Equations
    TE' = d_TE ((F + a_TE A)/F0 − TE)                               tropoelastin over rest
    E'  = k_E (TE − (X/X0) E)                                       elastin over rest;  X/X0 = 1 + excess
    H'  = d_H ((F + a_H A)/F0 − H)                                  hyaluronan over rest
    O'  = k_O Y/F0 (1 − O) − d_O (O − S)                            alignment: 0 at rest, 1 in a scar; S its set point
    S   changes only at sessions:  S → S (1 − κ φ)                     (in :mod:`neodermis.skin.injury`)
Reads
    fibroblasts, protease.
Writes
    TE, E, H, O; the set point S of a scar, which only a session changes.
Evidence
    elastin persists for 74 years (carbon dating, lung); after needling and laser tropoelastin rises, while elastin is
    reduced in two series and unchanged in one, so elastin is expected to change by −20 to +5 %.  No time course of
    hyaluronan or alignment after needling has been published: both are assumed.  The model does not reproduce the fall
    of elastin in two series: protease alone cleaves too little of a pool that turns over in decades.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from neodermis.skin.tissue import Cells
from neodermis.units import Array, Declared


class FibresParameters(NamedTuple):
    """Rates of the non-collagenous matrix."""

    tropoelastin_activated: Annotated[
        Array, Declared("1", "tropoelastin production of an activated relative to a resting fibroblast")
    ]
    tropoelastin_loss_rate: Annotated[Array, Declared("1/d", "turnover rate of tropoelastin")]
    elastin_renewal_rate: Annotated[Array, Declared("1/d", "renewal rate of elastin at rest")]
    hyaluronan_activated: Annotated[
        Array, Declared("1", "hyaluronan production of an activated relative to a resting fibroblast")
    ]
    hyaluronan_loss_rate: Annotated[Array, Declared("1/d", "turnover rate of hyaluronan")]
    alignment_rate: Annotated[Array, Declared("1/d", "alignment by myofibroblasts at the resting fibroblast density")]
    alignment_loss_rate: Annotated[Array, Declared("1/d", "rate of return of bundles to the basket weave")]


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
