"""Evidence tiers of the sources of screening and care."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from neodermis.evidence.bibliography import load_bibliography

#: From the strongest to the weakest; ``project`` is an assumption of this project.
TIERS: Final = ("A", "A2", "B", "C", "D", "E", "project")


def best_tier(sources: Iterable[str]) -> str:
    """Strongest tier of some sources; ``project`` without sources."""
    known = load_bibliography()
    return min((known[key].tier for key in sources), key=TIERS.index, default="project")
