"""The report of a course in a browser: accessible, self-contained and valid."""

from pathlib import Path

import pytest
from tests.browser.checks import VIEWS, View, axe, vnu

import neodermis as nd


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the shipped demonstration, of fewer draws."""
    return nd.simulate_arm("lotfi-2013", draws=10).report(tmp_path_factory.mktemp("course") / "course.html")


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.width}-{view.scheme}")
def test_it_is_accessible_and_asks_for_nothing(report: Path, open_file, view: View) -> None:
    page = open_file(report, view)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= view.width


def test_it_is_valid(report: Path) -> None:
    vnu(report)
