"""The model written as SBML and solved by another program agrees with the product, state by state and by depth.

``python -m verification.sbml`` prints the whole table, over a longer course and by libRoadRunner too, which takes
minutes to compile the document.
"""

from typing import Any

from verification import engines, sbml

TWO = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"


def largest(by_engine: dict[str, dict[str, float]]) -> float:
    return max(max(shares.values()) for shares in by_engine.values())


def agree(found: dict[str, Any]) -> bool:
    """Whether the document is consistent, and states and outcomes are those of the product."""
    return found["problems"] == [] and max(largest(found["fine"]), largest(found["outcomes"])) < sbml.TOLERANCE


def test_copasi_agrees_with_the_product_over_two_sessions() -> None:
    """Without exposures and concerns."""
    assert agree(sbml.compare(TWO, until=60.0, engines=("COPASI",)))


def test_copasi_agrees_where_rates_change_in_time() -> None:
    """With all that changes a rate in time."""
    assert agree(sbml.compare(TWO, until=60.0, engines=("COPASI",), **engines.PERSON))
