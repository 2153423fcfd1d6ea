"""The model written as SBML and solved by other programs agrees with the product, state by state and by depth.

``python -m verification.sbml`` prints the whole table, over a longer course.
"""

from typing import Any

import pytest
from verification import engines, sbml

ONE = "1 session: exceed; cheek 1.5 mm, 6 passes"
TWO = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"


def largest(by_engine: dict[str, dict[str, float]]) -> float:
    return max(max(shares.values()) for shares in by_engine.values())


def test_the_document_has_no_error_and_copasi_agrees_with_the_product() -> None:
    found = sbml.compare(ONE, until=20.0, engines=("COPASI",), **engines.PERSON)
    assert found["problems"] == []
    assert largest(found["fine"]) < sbml.TOLERANCE
    assert largest(found["outcomes"]) < sbml.TOLERANCE


@pytest.mark.slow  # libRoadRunner takes its time to compile the document
@pytest.mark.parametrize("person", [{}, engines.PERSON], ids=["plain", "exposed"])
def test_both_programs_agree_with_the_product_over_two_sessions(person: dict[str, Any]) -> None:
    """Without exposures and concerns, and with all that changes a rate in time."""
    pytest.importorskip("roadrunner", reason="libRoadRunner has no wheel for this platform")
    found = sbml.compare(TWO, until=60.0, **person)
    assert set(found["fine"]) == set(sbml.ENGINES)
    assert largest(found["fine"]) < sbml.TOLERANCE
