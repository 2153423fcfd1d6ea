"""Texts use the standard terms of the field: home-made expressions do not come back."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Expression that must not appear → standard term.  Patterns are searched without regard to case and line breaks.
TERMS: dict[str, str] = {
    r"(?<!credible )(?<!predictive )(?<!confidence )(?<!\{kind\} )(?<!90 % )90 % intervals? (?:-?\d|low to high)": (
        "90 % credible, predictive or confidence interval"
    ),
    r"what (?:we do not know|is not known) of the|draws of what (?:we do not|is not) know": "90 % credible interval",
    r"how people differ": "between-person variability",
    r"before any fit": "prior predictive check",
    r"such a study would print|would have printed": "observation model; predicted result",
    r"in no mean\b": "excluded from all statistics",
    r"points of %": "percentage points",
    r"who reads whom": "couplings of the healing cascade",
    r"\bwoken\b|\bwaking of keratinocytes\b|awake keratinocytes": "keratinocyte activation",
    r"braking of synthesis": "inflammatory suppression of synthesis",
    r"dark marks?\b": "post-inflammatory hyperpigmentation (PIH); for patients: dark patches",
    r"kinder than": "a comparison with numbers or sources",
    r"what (?:it|a delivery|each dose) comes to": "the quantity by its name",
    r"(?:nobody|no one) has watched": "no measurement has been published",
    r"lesser fibres": "non-collagenous matrix",
    r"three clocks": "closure half-times",
    r"placed by trial": "set by trial",
    r"read second-hand": "from a secondary source",
    r"may lift (?:it|this)": "may override this rule",
}
#: Where a word is data and not text: aliases that patients use, and quotations.
EXCEPT: dict[str, tuple[str, ...]] = {
    r"dark marks?\b": ("people/data/concerns.toml", "care/data/thesaurus.toml"),
}


def texts() -> list[Path]:
    """Every text that is written by hand: source, data, templates, guides; generated pages follow from these."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs").glob("*.py")]
    found += [*(ROOT / "docs" / "decisions").glob("*.md"), *(ROOT / "validation").glob("*.py")]
    found += [p for ending in ("py", "toml", "html") for p in (ROOT / "src").rglob(f"*.{ending}")]
    return [path for path in found if "evidence/data/findings" not in path.as_posix()]


CONTENTS = {path.relative_to(ROOT).as_posix(): " ".join(path.read_text("utf-8").split()) for path in texts()}


def test_the_texts_are_found() -> None:
    assert len(CONTENTS) > 150 and "README.md" in CONTENTS and "src/neodermis/care/data/texts/en.toml" in CONTENTS


@pytest.mark.parametrize("pattern", TERMS)
def test_standard_terms_are_used(pattern: str) -> None:
    search = re.compile(pattern, re.IGNORECASE)
    found = {
        path: match[0]
        for path, text in CONTENTS.items()
        if not any(path.endswith(one) for one in EXCEPT.get(pattern, ())) and (match := search.search(text))
    }
    assert not found, f"write {TERMS[pattern]}: {found}"
