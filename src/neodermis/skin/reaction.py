"""Visible reaction to a session: redness, swelling, bruising and flaking, and the downtime that they cause.

Biology
    Injury widens the vessels around each channel (redness) and makes them leak (swelling), most where the channel
    crosses the plexus below the papillary dermis.  Such channels bleed; blood that stays in the tissue is a bruise.
    Each channel leaves a plug of dead epidermis, which dries and flakes off.  Loose skin around the eyes swells and
    bruises more.
Equations
    area of influence of a channel that is drawn over a path s:  a(r) = π r² + 2 r s
    areas that overlap at random cover  c = 1 − exp(−n a(r))  of the surface
    n_e, n_p, n_v channels that end in the epidermis, in the papillary dermis, beyond the plexus; n_b points that bleed
    redness    t = T_r c(r_r),  n = g (n_e + n_p) + n_v + g_b n_b
    swelling   t = T_s f c(r_s),  n = g n_p + n_v          f of loose skin, else 1
    flaking    t = T_f c(w/2 + r_f),  n = n_e + n_p + n_v   w width of a channel at the surface
    downtime   the longer of redness and flaking
    bruising   p = P o/(1 − P + P o) (1 − exp(−n_b/N)),   o odds of loose skin, else 1
Reads
    channels per area by the layer that they reach, their width and path at the surface, points of bleeding; the site.
Writes
    hours of redness, swelling, flaking and downtime, probability of a bruise.
Evidence
    redness for 3-6 hours in one roller series, 1-2 days in another, 24-72 hours in instructions for patients; side
    effects together for 3 days after needling of stretch marks.  In a split face with 2.5 mm needles, redness and
    swelling were slightly more apparent after the roller than after the pen.  No study counts channels, varies their
    number or reports the spread between people of redness or swelling: the radii are assumed.
"""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.units import Array, Declared


class ReactionParameters(NamedTuple):
    """Durations where the whole surface reacts, and how far around a channel it does."""

    redness_time: Annotated[Array, Declared("h", "duration of visible redness where all of the surface is red")]
    redness_radius: Annotated[Array, Declared("mm", "distance around a channel over which skin is red")]
    shallow_reaction_share: Annotated[
        Array, Declared("1", "reaction to a channel that ends above the plexus, relative to one that crosses it")
    ]
    bleeding_redness: Annotated[
        Array, Declared("1", "additional redness of a channel that bleeds, relative to one that does not")
    ]
    swelling_time: Annotated[Array, Declared("h", "duration of visible swelling where all of the surface swells")]
    swelling_radius: Annotated[Array, Declared("mm", "distance around a channel over which skin swells")]
    loose_skin_swelling: Annotated[
        Array, Declared("1", "duration of swelling of loose skin around the eyes, relative to other skin")
    ]
    flaking_time: Annotated[Array, Declared("h", "duration of crusts and flaking where all of the surface flakes")]
    flaking_rim: Annotated[Array, Declared("mm", "width of the rim of epidermis that is shed around a channel")]
    bruising_largest: Annotated[Array, Declared("1", "probability of a bruise where a session bleeds everywhere")]
    bruising_bleeding: Annotated[
        Array, Declared("1/mm2", "bleeding points per area at which bruising has 63 % of its largest probability")
    ]
    loose_skin_bruising_odds: Annotated[
        Array, Declared("1", "odds of a bruise of loose skin around the eyes, relative to other skin")
    ]


class Hits(NamedTuple):
    """What a session does to one area, as far as the visible reaction depends on it."""

    epidermal_per_mm2: Annotated[Array, Declared("1/mm2", "channels that end in the epidermis")]
    papillary_per_mm2: Annotated[Array, Declared("1/mm2", "channels that end in the papillary dermis")]
    plexus_per_mm2: Annotated[Array, Declared("1/mm2", "channels that cross the plexus below it")]
    bleeding_per_mm2: Annotated[Array, Declared("1/mm2", "points that bleed to the surface")]
    width_mm: Annotated[Array, Declared("mm", "width of a channel at the surface")]
    path_mm: Annotated[Array, Declared("mm", "path of a needle along the surface while it is in the skin")]
    loose: Array  # 1 where the skin is loose, around the eyes, else 0


class Reaction(NamedTuple):
    """Visible reaction to a session; all 0 after a sham."""

    erythema_hours: Annotated[Array, Declared("h", "duration of visible redness")]
    oedema_hours: Annotated[Array, Declared("h", "duration of visible swelling")]
    flaking_hours: Annotated[Array, Declared("h", "duration of crusts and flaking")]
    downtime_hours: Annotated[Array, Declared("h", "until redness and flaking are over")]
    bruising_probability: Annotated[Array, Declared("1", "probability of a bruise")]


def covered(per_mm2: Array, radius_mm: Array, path_mm: Array) -> Array:
    """Share of the surface within a radius of a channel, or of the path that it was drawn along: 0 to 1, saturating."""
    return -jnp.expm1(-per_mm2 * (math.pi * radius_mm**2 + 2.0 * radius_mm * path_mm))


def reaction(hits: Hits, p: ReactionParameters) -> Reaction:
    """Redness, swelling, flaking, downtime and bruising of one session (equations above)."""
    channels = hits.epidermal_per_mm2 + hits.papillary_per_mm2 + hits.plexus_per_mm2
    leaking = p.shallow_reaction_share * hits.papillary_per_mm2 + hits.plexus_per_mm2
    red = p.shallow_reaction_share * hits.epidermal_per_mm2 + leaking + p.bleeding_redness * hits.bleeding_per_mm2
    erythema_hours = p.redness_time * covered(red, p.redness_radius, hits.path_mm)
    flaking_hours = p.flaking_time * covered(channels, hits.width_mm / 2.0 + p.flaking_rim, hits.path_mm)
    swollen = covered(leaking, p.swelling_radius, hits.path_mm)
    odds = p.bruising_largest / (1.0 - p.bruising_largest) * p.loose_skin_bruising_odds**hits.loose
    return Reaction(
        erythema_hours=erythema_hours,
        oedema_hours=p.swelling_time * p.loose_skin_swelling**hits.loose * swollen,
        flaking_hours=flaking_hours,
        downtime_hours=jnp.maximum(erythema_hours, flaking_hours),
        bruising_probability=odds / (1.0 + odds) * -jnp.expm1(-hits.bleeding_per_mm2 / p.bruising_bleeding),
    )
