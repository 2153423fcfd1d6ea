"""The page on screening and care: counts that are those of the data."""

import re
from functools import cache

from docs import caring

from neodermis.care.advice import load_care
from neodermis.care.rules import OF_CATEGORY, load_rules
from neodermis.report.markdown import markdown


@cache
def text() -> str:
    return markdown(caring.page())


def rows(heading: str) -> list[str]:
    """Rows of the first table of a section."""
    section = text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = re.search(r"^\|---.*\n((?:\|.*\n)+)", section, re.MULTILINE)
    assert table
    return table[1].splitlines()


def test_counts_are_those_of_the_data() -> None:
    shipped, items = load_rules().rules, load_care().items
    assert len(rows("Rules")) == len(shipped) and len(rows("Scheduled care")) == len(items)
    assert f"{len(shipped)} rules:" in text() and f"{len(items)} items." in text()
    for category in OF_CATEGORY:
        count = sum(one.category == category for one in shipped.values())
        assert f"{count} {category}" in " ".join(text().split())
    assert all(f"| `{name}` |" in text() for name in shipped)
    assert all(f"- `{name}`: " in text() for name, one in shipped.items() if one.disagreement)
