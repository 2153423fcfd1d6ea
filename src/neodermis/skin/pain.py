"""Pain during needling.

Biology
    Longer needles reach more nerve endings.  Several needles at once cause little more pain than one, because they are
    perceived as a single stimulus.  A topical anaesthetic reduces pain but does not abolish it.
Equations
    odds of the scale  u = y/(10 − y):
    u = u₀ (l/l₀)^a (n/n₀)^b · c,   c = 1 under a topical anaesthetic
    (for small y this is the published power law; y remains on the scale for any u).
Reads
    set depth, number of needles in the skin at one time, use of a topical anaesthetic.
Writes
    pain on the visual analogue scale, 0 to 10.
Evidence
    exponents from single insertions in ten volunteers without anaesthetic (sevenfold at three times the length, just
    over twofold at ten times the number of needles); level from rolling at 1.0 mm with an anaesthetic cream.  Pain
    depends on the needles in contact, not on the number of strokes.  No study gives pain by site, or the effect of an
    anaesthetic for a pen.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from neodermis.units import Array, Declared

#: Which anaesthetic: as practice gives it by depth, always, never.
Anaesthetic = Literal["practice", "topical", "none"]


class PainParameters(NamedTuple):
    """Level and exponents of pain."""

    pain_at_reference: Annotated[
        Array, Declared("1", "pain of the reference roller with a topical anaesthetic, as a share of the scale")
    ]
    pain_reference_length: Annotated[Array, Declared("mm", "needle length of the reference roller")]
    pain_reference_needles: Annotated[Array, Declared("1", "needles of the reference roller in the skin at one time")]
    pain_length_exponent: Annotated[Array, Declared("1", "exponent of needle length")]
    pain_count_exponent: Annotated[Array, Declared("1", "exponent of the number of needles in the skin at one time")]
    pain_odds_without_anaesthetic: Annotated[
        Array, Declared("1", "odds of the pain scale without topical anaesthetic, relative to with it")
    ]


def pain_odds(length_mm: Array, in_contact: Array, numbed: Array, p: PainParameters) -> Array:
    """Odds of the scale, the published power law; where pain is small its ratios are ratios of pain."""
    odds = p.pain_at_reference / (1.0 - p.pain_at_reference)
    odds = odds * (length_mm / p.pain_reference_length) ** p.pain_length_exponent
    odds = odds * (in_contact / p.pain_reference_needles) ** p.pain_count_exponent
    return odds * p.pain_odds_without_anaesthetic ** (1.0 - numbed)


def pain_vas(length_mm: Array, in_contact: Array, numbed: Array, p: PainParameters) -> Array:
    """Pain of a session, 0 to 10; ``numbed`` is 1 under a topical anaesthetic and 0 without.

    0 for a sham.  Lengths of 0.5 to 1.5 mm were tested; beyond, the power is extrapolated.
    """
    odds = pain_odds(length_mm, in_contact, numbed, p)
    return 10.0 * odds / (1.0 + odds)
