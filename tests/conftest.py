"""What every test folder shares: which tests are slow, and which run in one process, since they share results.

The quick round leaves the slow ones out; CI runs all of them.
"""

from pathlib import Path
from typing import Any, Final

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

HERE: Final = Path(__file__).parent
#: Folders and files whose tests solve many courses, start processes or draw pages; single tests elsewhere are marked.
SLOW: Final = (
    "browser",
    "cli",
    "clinic",
    "frozen",
    "inference/test_ageing.py",
    "inference/test_cascade_page.py",
    "inference/test_delivery.py",
    "inference/test_delivery_claims.py",
    "inference/test_documents.py",
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
    "planning/test_plan.py",
    "planning/test_update.py",
    "report",
    "robustness",
)


#: Files whose tests look at results that are computed once for all of them; those of any other file are a group alone.
TOGETHER: Final = {
    "documents": (
        "inference/test_ageing.py", "inference/test_delivery.py", "inference/test_documents.py",
        "people/test_readme.py",
    ),
}  # fmt: skip


def missing() -> list[str]:
    """What the lists above name and is not there."""
    named = (*SLOW, *(name for names in TOGETHER.values() for name in names))
    return [name for name in named if not (HERE / name).exists()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of :data:`SLOW`, and put files with slow ones first, so that none runs alone last."""
    if names := missing():
        raise pytest.UsageError(f"tests/conftest.py names what is not there: {', '.join(names)}")
    slow = [HERE / name for name in SLOW]
    for item in items:
        if any(place in (item.path, *item.path.parents) for place in slow):
            item.add_marker(pytest.mark.slow)
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


class ByFile(LoadScopeScheduling):
    """A file of tests, or files of :data:`TOGETHER`, in one process: they share courses, which each process solves."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((group for group, names in TOGETHER.items() if file.endswith(names)), file)


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist nobody calls it
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Schedule by :class:`ByFile`."""
    return ByFile(config, log)


@pytest.fixture(autouse=True)
def no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Output is not cut to the width of a terminal, whichever the tests are started from."""
    monkeypatch.delenv("COLUMNS", raising=False)
