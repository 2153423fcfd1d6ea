"""The screening of a consultation, with the overrides that are in force."""

from __future__ import annotations

from dataclasses import dataclass

import neodermis as nd
from neodermis.care.consultation import consultation_of
from neodermis.care.overrides import with_overrides
from neodermis.care.suitability import Verdict
from neodermis.clinic.models import Consultation, Override


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The screening of a consultation before and after the overrides that are in force."""

    rules: Verdict
    """The verdict of all rules."""
    verdict: Verdict
    """The verdict that stands after the overrides."""
    overrides: tuple[Override, ...]
    """The overrides that changed it."""


def in_force(one: Consultation) -> dict[str, Override]:
    """Overrides that were signed for the answers of a consultation as they are now, by rule."""
    return {each.rule: each for each in one.overrides.filter(answers_version=one.version)}


def standing(one: Consultation) -> Standing:
    """The verdict that stands for a consultation after overrides; errors as :func:`neodermis.screen`.

    An override counts only for the answers for which it was signed, and only while its rule has the same result and
    may be overridden.
    """
    verdict = nd.screen(consultation_of(one.document), today=one.day)
    signed = in_force(one)
    after = with_overrides(verdict, {name: each.result for name, each in signed.items()})
    left = {each.rule.id for each in after.findings}
    lifted = (each.rule.id for each in verdict.findings if each.rule.id not in left)
    return Standing(rules=verdict, verdict=after, overrides=tuple(signed[name] for name in lifted))
