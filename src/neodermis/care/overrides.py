"""Overrides of screening rules: which findings a practitioner may override, and the verdict that then stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from neodermis.care.rules import RESULTS, Result
from neodermis.care.suitability import RuleFinding, Verdict

#: Results that an override can lift; a missing answer (``ask``) is answered instead, and ``no`` stands.
_LIFTED: Final[tuple[Result, ...]] = ("refer", "wait", "adapt")


def may_override(finding: RuleFinding) -> bool:
    """Whether a practitioner may override a finding with a reason on record.

    A finding that forbids treatment, a red flag, and a rule that only a prescriber or no one may override are not.
    """
    return (
        finding.override == "practitioner_with_reason"
        and finding.category != "absolute"
        and finding.result in _LIFTED
        and not finding.rule.red_flag
    )


def with_overrides(verdict: Verdict, overridden: Mapping[str, str]) -> Verdict:
    """Verdict that stands after overrides.

    Parameters
    ----------
    verdict
        Verdict of :func:`neodermis.screen`.
    overridden
        Rule id → result of the finding when it was overridden.  One that may not be overridden, or whose result is
        another one now, stands.

    Returns
    -------
    Verdict
        The verdict of the remaining findings.  A missing answer that holds the verdict still does, also where it
        belongs to an overridden rule.  :attr:`~neodermis.care.suitability.Verdict.devices` is empty: overrides are
        those of one device.
    """
    left = tuple(
        one for one in verdict.findings if not (may_override(one) and overridden.get(one.rule.id) == one.result)
    )
    results: list[Result] = [one.result for one in left]
    if verdict.unanswered:
        results.append("ask")
    overall: Result = min(results, key=RESULTS.index, default="go")
    dates = [one.until for one in left if one.until is not None and one.result in ("no", "refer", "wait")]
    until = max(dates) if dates and overall in ("no", "refer", "wait") else None
    return replace(verdict, findings=left, overall=overall, until=until, devices={})
