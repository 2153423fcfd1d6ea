"""Pain during needling, and its relief by a topical anaesthetic.

Biology
    Longer needles reach more nerve endings, until those of the dermis are all reached.  Several needles at once cause
    little more pain than one, because they are perceived as a single stimulus.  A topical anaesthetic enters the skin
    within minutes to an hour; it reduces pain but does not abolish it.
Equations
    odds of the scale  u = y/(10 − y):
    u = u₀ s(l)/s(l₀) (n/n₀)^b K^(B₀ − B),   s(l) = 1 − exp(−(l/L)^a)
    block by an anaesthetic after t minutes  B = q (1 − 2^(−t/h)),  0 without
    (for small y and short needles this is the published power law; y remains on the scale for any u).
Reads
    set depth, number of needles in the skin at one time; strength q, half-time h and minutes t of the anaesthetic.
Writes
    pain on the visual analogue scale, 0 to 10.
Evidence
    slope of short needles and effect of their number from single insertions in ten volunteers without anaesthetic
    (sevenfold at three times the length, just over twofold at ten times the needles); under a cream the score is 5.2 at
    1.0 mm, 5.4 at 1.25 mm and 5.4 at 2.5 mm, so that length saturates.  Lidocaine with prilocaine for 60 minutes lowers
    the odds of the scale 2.6 fold against placebo, for 20 minutes not measurably.  Pain depends on the needles in
    contact, not on the number of strokes.  No study separates the site from the product that was used there, so pain
    does not depend on the site.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from neodermis.arrays import functions as jnp
from neodermis.units import Array, Declared


class PainParameters(NamedTuple):
    """Level of pain, and effects of length, number of needles and anaesthetic."""

    pain_at_reference: Annotated[
        Array, Declared("1", "pain of the reference roller with a topical anaesthetic, as a share of the scale")
    ]
    pain_reference_length: Annotated[Array, Declared("mm", "needle length of the reference roller")]
    pain_reference_needles: Annotated[Array, Declared("1", "needles of the reference roller in the skin at one time")]
    pain_reference_block: Annotated[
        Array, Declared("1", "block by the anaesthetic of the reference roller, relative to a complete one")
    ]
    pain_length_exponent: Annotated[Array, Declared("1", "exponent of needle length for short needles")]
    pain_length_saturation: Annotated[
        Array, Declared("mm", "needle length at which pain without limit of the scale is 63 % of its largest")
    ]
    pain_count_exponent: Annotated[Array, Declared("1", "exponent of the number of needles in the skin at one time")]
    pain_odds_without_anaesthetic: Annotated[
        Array, Declared("1", "odds of the pain scale without anaesthetic, relative to a complete block")
    ]


def block(strength: Array, half_time_min: Array, minutes: Array) -> Array:
    """Block by a topical anaesthetic: 1 is the complete one of lidocaine 2.5 % with prilocaine 2.5 %.

    ``strength`` is relative to that cream, ``half_time_min`` and ``minutes`` of contact in minutes; 0 without contact.
    """
    return -strength * jnp.expm1(-jnp.log(2.0) * minutes / half_time_min)


def length_share(length_mm: Array, p: PainParameters) -> Array:
    """Odds at a needle length, relative to those of very long needles: 0 to 1, rising."""
    return -jnp.expm1(-((length_mm / p.pain_length_saturation) ** p.pain_length_exponent))


def pain_odds(length_mm: Array, in_contact: Array, blocked: Array, p: PainParameters) -> Array:
    """Odds of the scale; where pain is small its ratios are ratios of pain."""
    odds = p.pain_at_reference / (1.0 - p.pain_at_reference)
    odds = odds * length_share(length_mm, p) / length_share(p.pain_reference_length, p)
    odds = odds * (in_contact / p.pain_reference_needles) ** p.pain_count_exponent
    return odds * p.pain_odds_without_anaesthetic ** (p.pain_reference_block - blocked)


def pain_vas(length_mm: Array, in_contact: Array, blocked: Array, p: PainParameters) -> Array:
    """Pain of a session, 0 to 10; ``blocked`` is that of :func:`block`.

    0 for a sham.  Lengths of 0.5 to 2.5 mm were tested.
    """
    odds = pain_odds(length_mm, in_contact, blocked, p)
    return 10.0 * odds / (1.0 + odds)
