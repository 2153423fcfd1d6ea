"""Non-collagenous matrix: tropoelastin, elastin, hyaluronan, and the alignment of collagen bundles.

Biology
    Activated fibroblasts produce tropoelastin and hyaluronan.  Elastin itself turns over in decades: elastin torn by a
    session or cleaved by protease is not replaced within a year.  Myofibroblasts align new bundles; turnover of
    labile collagen restores the basket-weave pattern.
Equations
    TE' = d_TE ((F + a_TE A)/F0 − TE)                               tropoelastin over rest
    E'  = k_E (TE − (X/X0) E)                                       elastin over rest;  X/X0 = 1 + excess
    H'  = d_H ((F + a_H A)/F0 − H)                                  hyaluronan over rest
    O'  = k_O Y/F0 (1 − O) − d_O (O − S − n)                        alignment: 0 at rest, 1 in a scar
    S'  = −ρ_S A/F0 (S − s S_0) − ω S                               what is left of a scar S_0; s the share that stays
    n'  = −ρ_S A/F0 n + ω (1 − n) ,  ω = ρ_O Y²/(Y_s² + Y²)         new scar
        activated fibroblasts remodel a scar, and what is released stays released; myofibroblasts that are many enough
        to persist turn tissue into scar, sound skin too.  The set point of alignment and collagen is S + n.
Reads
    fibroblasts, protease.
Writes
    TE, E, H, O, S, n.
Evidence
    elastin persists for 74 years (carbon dating, lung); after needling and laser tropoelastin rises, while elastin is
    reduced in two series and unchanged in one, so elastin is expected to change by −20 to +5 %.  No time course of
    hyaluronan or alignment after needling has been published: both are assumed.  Scar scores still improve between
    three and five months and at six months after the last session, so that release is not lost; its rate is assumed,
    with a wide spread.  The model does not reproduce the fall of elastin in two series: protease alone cleaves too
    little of a pool that turns over in decades.
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
    scar_release_rate: Annotated[
        Array, Declared("1/d", "rate at which activated fibroblasts at the resting fibroblast density release a scar")
    ]
    scar_remaining_share: Annotated[Array, Declared("1", "share of a scar that remodelling cannot release")]
    scar_formation_rate: Annotated[
        Array, Declared("1/d", "rate at which very many persisting myofibroblasts form a scar")
    ]


class Turnover(NamedTuple):
    """Production and first-order loss rate of each state; both are never negative."""

    tropoelastin: tuple[Array, Array]
    elastin: tuple[Array, Array]
    hyaluronan: tuple[Array, Array]
    alignment: tuple[Array, Array]
    scar: tuple[Array, Array]
    new_scar: tuple[Array, Array]


def _releasing(cells: Cells, resting_density: Array, p: FibresParameters) -> Array:
    return p.scar_release_rate * cells.activated / resting_density


def released(cells: Cells, scar_at_rest: Array, resting_density: Array, p: FibresParameters) -> Array:
    """Scar that remodelling releases, 1/d, without what turns into new scar."""
    return _releasing(cells, resting_density, p) * (cells.scar - p.scar_remaining_share * scar_at_rest)


def turnover(
    cells: Cells,
    scar_at_rest: Array,
    resting_density: Array,
    protease_at_rest: Array,
    myofibroblast_self_half: Array,
    p: FibresParameters,
) -> Turnover:
    """Production and loss of tropoelastin, elastin, hyaluronan, alignment and scar (equations above)."""

    def made(activated: Array) -> Array:
        return (cells.fibroblast + activated * cells.activated) / resting_density

    aligning = p.alignment_rate * cells.myofibroblast / resting_density
    many = (cells.myofibroblast / myofibroblast_self_half) ** 2
    forming = p.scar_formation_rate * many / (1.0 + many)
    releasing = _releasing(cells, resting_density, p)
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
        alignment=(aligning + p.alignment_loss_rate * (cells.scar + cells.new_scar), aligning + p.alignment_loss_rate),
        scar=(releasing * p.scar_remaining_share * scar_at_rest, releasing + forming),
        new_scar=(forming, releasing + forming),
    )
