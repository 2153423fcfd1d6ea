"""64-bit floats before any equation is called."""

import pytest
from tests.helpers import start


@pytest.fixture(autouse=True, scope="session")
def _double_precision() -> None:
    start()
