"""Circumstances of a patient on which care depends, from a consultation or as given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias

from neodermis.care.advice import load_care
from neodermis.errors import InputError
from neodermis.treatment.anaesthetic import WORDS, read_anaesthetic

if TYPE_CHECKING:
    from neodermis.care.consultation import Consultation, Plan

Hemisphere: TypeAlias = Literal["north", "south", "tropics"]
HEMISPHERES: Final[tuple[Hemisphere, ...]] = ("north", "south", "tropics")


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """Circumstances on which care depends besides age, phototype and exposures; None is unknown and counts as yes.

    Raises
    ------
    InputError
        An unknown hemisphere or anaesthetic, or a weight outside the adult range.
    """

    retinoid: bool | None = None
    """Topical retinoid on the treated skin."""
    strong_retinoid: bool | None = None
    """The retinoid is tretinoin or tazarotene; unknown counts as no, since the longer pause is for known use."""
    sensitive: bool | None = None
    """Sensitive skin in the treated area."""
    acids: bool | None = None
    blood_thinner: bool | None = None
    hsv_history: bool | None = None
    """History of facial cold sores."""
    pih_history: bool | None = None
    """History of post-inflammatory hyperpigmentation."""
    anaesthetic_barred: bool | None = None
    """Allergy, disease or drug that excludes a topical anaesthetic."""
    eczema: bool | None = False
    """Current or past eczema of the area."""
    anaesthetic: str | None = None
    """Id of the anaesthetic; None for the usual one at the depth."""
    contact_minutes: float | None = None
    """Planned contact of that anaesthetic; None where only its label is known."""
    weight_kg: float | None = None
    hemisphere: Hemisphere | None = None
    redness_only: bool = False
    """A rule requires erythema, before any bleeding, as the end point."""
    test_area: bool = False
    """A rule requires a test area."""

    def __post_init__(self) -> None:
        for name, known in (("hemisphere", HEMISPHERES), ("anaesthetic", tuple(load_care().anaesthetics))):
            given = getattr(self, name)
            if given is not None and given not in known:
                raise InputError(
                    name, value=given, accepted=", ".join(known), whose="this program", next_step=f"give {known[0]}"
                )
        if self.weight_kg is not None and not 25 <= self.weight_kg <= 350:
            raise InputError(
                "weight", value=self.weight_kg, accepted="25 to 350 kg", whose="this program's range: adults",
                next_step="give the weight in kg, or leave it out",
            )  # fmt: skip

    @classmethod
    def of(cls, one: Consultation, *, hemisphere: Hemisphere | None = None, weight_kg: float | None = None) -> Self:
        """Circumstances from a consultation."""
        history, drugs = one.history, one.medication
        retinoid, exfoliant = drugs.topical_retinoid, drugs.exfoliant_last_use
        dark = one.patient.phototype is None  # unknown is not light
        melasma = history.melasma or any(wish.name.strip().casefold() == "melasma" for wish in one.concern)
        return cls(
            retinoid=None if retinoid is None else retinoid != "none",
            strong_retinoid=retinoid in ("tretinoin", "tazarotene"),
            sensitive=one.area.sensitive,
            acids=None if exfoliant is None else exfoliant != "never",
            blood_thinner=_any(drugs.anticoagulant, drugs.antiplatelet),
            hsv_history=_any(history.hsv_history, history.hsv_active),
            pih_history=_any(history.pih, melasma or False, None if dark else False),
            anaesthetic_barred=_any(
                history.allergy_local_anaesthetic, history.hepatic_disease, history.methaemoglobinaemia,
                history.pseudocholinesterase_def, history.allergy_sulphonamide, history.allergy_paba,
                history.g6pd_deficiency, history.pregnant, history.breastfeeding, drugs.antiarrhythmic,
                drugs.methaemoglobin_inducer,
            ),
            eczema=None if one.area.eczema is None else one.area.eczema != "none",
            anaesthetic=_product(one.plan),
            contact_minutes=None if one.plan.anaesthetic is None else read_anaesthetic(one.plan.anaesthetic).minutes,
            weight_kg=weight_kg,
            hemisphere=hemisphere,
        )  # fmt: skip

    @property
    def unknown(self) -> list[str]:
        """Names of the unanswered questions that count as yes."""
        asked = ("retinoid", "sensitive", "acids", "blood_thinner", "hsv_history", "pih_history", "anaesthetic_barred",
                 "eczema")  # fmt: skip
        return [name for name in asked if getattr(self, name) is None]


def _product(plan: Plan) -> str | None:
    """Id of the planned anaesthetic in the care catalogue; None if usual practice determines it."""
    name = "none" if plan.topical_anaesthetic is False else "practice"
    if plan.anaesthetic is not None:
        name = read_anaesthetic(plan.anaesthetic).name
    return "none_cooling" if name == "none" else None if name in WORDS else name


def _any(*answers: bool | None) -> bool | None:
    """Yes if one answer is yes, no if all are no, otherwise unknown."""
    if any(answers):
        return True
    return None if None in answers else False
