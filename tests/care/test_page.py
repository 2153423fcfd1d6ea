"""The page on screening and care: a verdict for every statement, and counts that are those of the data."""

import re
from functools import cache
from pathlib import Path

import pytest
from docs import caring
from docs.people import VERDICTS

from neodermis.care.advice import load_care
from neodermis.care.rules import OF_CATEGORY, load_rules

CLAIMS = [*(f"SUIT-0{n}" for n in range(1, 9)), *(f"CARE-0{n}" for n in range(1, 7)), "DEV-05"]
KEPT = Path(caring.__file__).parent / "reference" / "care.md"


@cache
def text() -> str:
    return "\n".join(caring.page()) + "\n"


def rows(heading: str) -> list[str]:
    """Rows of the first table of a section."""
    section = text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = re.search(r"^\|---.*\n((?:\|.*\n)+)", section, re.MULTILINE)
    assert table
    return table[1].splitlines()


@pytest.mark.parametrize("claim", CLAIMS)
def test_each_statement_has_a_run_and_one_verdict(claim: str) -> None:
    (section,) = re.findall(rf"^## {claim}: .*?(?=^## |\Z)", text(), flags=re.S | re.M)
    words = "|".join(f"{one[0].upper()}{one[1:]}" for one in VERDICTS)
    (verdict,) = re.findall(rf"^({words}): ", section, flags=re.M)
    assert verdict.lower() in VERDICTS
    assert "\n```\nneodermis " in section
    assert "\nWhere the articles and this product differ: " in section


def test_counts_are_those_of_the_data() -> None:
    shipped, items = load_rules().rules, load_care().items
    assert len(rows("Rules")) == len(shipped) and len(rows("Dated care")) == len(items)
    assert f"{len(shipped)} rules:" in text() and f"{len(items)} items;" in text()
    assert f"{len(shipped)} rules" in (KEPT.parents[2] / "README.md").read_text("utf-8")
    for category in OF_CATEGORY:
        count = sum(one.category == category for one in shipped.values())
        assert f"{count} {category}" in " ".join(text().split())
    assert all(f"| `{name}` |" in text() for name in shipped)
    assert all(f"- `{name}`: " in text() for name, one in shipped.items() if one.disagreement)


@pytest.mark.parametrize(
    ("points", "sources", "verdict"),
    [
        ({"a": True, "b": True}, ["exceed-manual-34"], "Supported"),
        ({"a": True, "b": True}, ["kt-skin"], "No evidence"),
        ({"a": True, "b": False}, ["exceed-manual-34"], "Partly"),
        ({"a": False}, ["exceed-manual-34"], "Not supported"),
    ],
)
def test_a_verdict_follows_from_its_points_and_sources(
    points: dict[str, bool], sources: list[str], verdict: str
) -> None:
    assert f"\n{verdict}: " in "\n".join(caring.answered(points, sources))


def test_an_edit_changes_one_answer_and_an_unknown_name_is_refused() -> None:
    assert "\nkeloid = true" in caring.edited({"keloid": "true"})
    assert caring.screened({"keloid": "true"}).overall == "no"
    with pytest.raises(ValueError, match="koloid"):
        caring.edited({"koloid": "true"})


def test_the_page_is_that_of_the_code() -> None:
    assert KEPT.read_text("utf-8") == text()
