"""What can be changed beside the needles: exposures, and actives whose effect has a published size.

An active with a sized effect is no setting of the search: the needles of a plan do not depend on it, so that what it
adds is told beside the recommended plan.  One without a size changes nothing in the model, and is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from neodermis.people.patient import Patient
from neodermis.skin.raters import family_of
from neodermis.treatment import find_active, load_actives

if TYPE_CHECKING:
    from neodermis.care.consultation import Consultation

#: What an active acts on, by the family of outcomes that it would change: of pigment, and of any other.
_PIGMENT: Final = ("melanocyte activity",)
_DERMIS: Final = ("resting synthesis of collagen I and III", "synthesis of collagen", "repair")
#: The active that is applied in sessions and has a sized effect, and the exposure through which it acts.
_IN_SESSION: Final = ("prp", "plasma")


class Change(NamedTuple):
    """A change beside the needles."""

    exposure: str
    level: str
    what: str
    lasting: bool = True
    """Whether it goes on after the course, so that it changes the years after it."""
    published: str = ""
    """What trials of it report of a scar grade."""


def changes(patient: Patient, one: Consultation) -> Iterator[Change]:
    """What could be changed in a patient: smoking, sunscreen, a retinoid, and platelet-rich plasma in each session."""
    held = {name: exposure.parts[-1].level for name, exposure in patient.exposures.items()}
    if held.get("smoking", 0.0) > 0:
        yield Change("smoking", "0", "stopping smoking")
    if held.get("sunscreen", 0.0) < 1.0:
        yield Change("sunscreen", "daily", "daily sunscreen")
    bars = (one.history.pregnant, one.history.breastfeeding, one.history.trying_to_conceive)
    if not held.get("retinoid") and not any(answer is not False for answer in bars):
        yield Change("retinoid", "tretinoin", "a retinoid at home (tretinoin; a prescriber decides)")
    active, exposure = _IN_SESSION
    if not held.get(exposure):
        (effect,) = (each for each in find_active(active).effects if each.sized)
        yield Change(
            exposure, f"{effect.level:g}", "platelet-rich plasma in each session (the patient's own, sterile)",
            lasting=False, published=effect.note,
        )  # fmt: skip


def unsized(outcome: str) -> tuple[str, ...]:
    """Actives that act on what an outcome depends on, by an amount that no study gives; those found without effect not.

    Examples
    --------
    >>> unsized("mmasi")
    ('Niacinamide', 'Tranexamic acid', 'Hydroquinone', 'Azelaic acid')
    """
    meant = _PIGMENT if family_of(outcome) == "pigment" else _DERMIS
    return tuple(
        re.sub(r" \(.*\)", "", active.label)
        for active in load_actives().values()
        for effect in active.effects
        if effect.on in meant and not effect.sized and not effect.grade.rpartition(": ")[2].startswith("no")
    )
