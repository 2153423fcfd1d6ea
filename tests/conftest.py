"""What every test folder shares: which tests are slow, so that the quick round leaves them out.

CI runs all of them.
"""

from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
#: Folders and files whose tests solve many courses, start processes or draw pages; single tests elsewhere are marked.
SLOW: Final = (
    "cli",
    "frozen",
    "inference/test_ageing.py",
    "inference/test_cascade_page.py",
    "inference/test_delivery.py",
    "inference/test_delivery_claims.py",
    "inference/test_penetration_fit.py",
    "laws",
    "numerics",
    "people/test_case.py",
    "people/test_decades.py",
    "people/test_forecast.py",
    "people/test_observing.py",
    "people/test_outcomes_only.py",
    "people/test_population.py",
    "people/test_readme.py",
    "report",
    "robustness",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of :data:`SLOW`."""
    slow = [HERE / name for name in SLOW]
    if missing := [str(place) for place in slow if not place.exists()]:
        raise pytest.UsageError(f"SLOW in tests/conftest.py names what is not there: {', '.join(missing)}")
    for item in items:
        if any(place in (item.path, *item.path.parents) for place in slow):
            item.add_marker(pytest.mark.slow)
