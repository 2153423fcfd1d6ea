"""Reports in a browser: accessible, self-contained and valid; that of a study has no page for a patient."""

from pathlib import Path
from typing import Final

import pytest
from tests.browser.checks import VIEWS, View, axe, vnu
from tests.planning.test_plan import consultation, few, scars

import neodermis as nd

#: Kind of report → largest size, bytes.
MOST: Final = 2_000_000


@pytest.fixture(scope="module", params=["study", "course", "plan", "refusal"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the shipped demonstration, of a course, of a plan and of a refusal, of few draws."""
    made = {
        "study": lambda: nd.simulate_arm("lotfi-2013", draws=10),
        "course": lambda: nd.simulate(
            "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes; forehead 1 mm, 4 passes", draws=10,
            concerns={"acne_scar": "goodman_baron:3", "melasma": "mmasi:12"},
        ),
        "plan": scars,
        "refusal": lambda: few(consultation(history__pregnant=True)),
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("report")
    head = folder / "clinic.toml"
    head.write_text('name = "Clinic at the park"\ncontact = ["1 Park Street"]\nphone = "01 234"\n', "utf-8")
    return made[request.param]().report(folder / "report.html", letterhead=head)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.width}-{view.scheme}")
def test_it_is_accessible_and_asks_for_nothing(report: Path, open_file, view: View) -> None:
    page = open_file(report, view)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= view.width
    assert page.evaluate("document.scripts.length") == 0
    assert page.evaluate("document.querySelectorAll('h1').length") == 1


def test_it_is_valid_and_small(report: Path) -> None:
    vnu(report)
    assert report.stat().st_size < MOST
