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
    r"as a clinic prints (?:it|them)": "as quoted by a clinic",
    r"clinic custom\b": "clinical custom",
    r"how (?:much shallower|many fewer) was": "no source gives the reduction",
    r"the drug goes on\b|drugs? of which (?:it|they) goes? on": "the drug is continued",
    r"platform for radiofrequency": "radiofrequency and light platform",
    r"\bno active of this version": "not an active in this version",
    r"not in what was read|\bnot read;|\bnot seen;": "not found; not reported in the text that we read",
    r"n not printed|spread not printed|basis = \"not printed": "not reported",
    r"passing effects\b": "transient effects",
    r"\bpaid for by (?:the|a) maker": "funded by the manufacturer",
    r"nobody here can see": "the program cannot verify",
    r"\bkept away by|keeps? a session away|\bis let in\b": "excluded; accepted",
    r"makes? wait\b": "requires a waiting period",
    r"talked over": "discussed",
    r"graded (?:softer|milder|smoother)|echoes denser": "the outcome by its name, with rises or falls",
    r"changes nothing in this form": "does not affect the screening",
    r"(?:chemotherapy|surgery|filler|toxin) to come": "planned",
    r"disease of the (?:heart|liver|kidneys|lungs|nerves|thyroid)": "heart disease, liver disease and so on",
    r"a drug (?:against|for the) ": "the class of drugs by its name",
    r"scars that rise|blood that clots too easily|illness of the mind|skin that has lost its colour": "the diagnosis",
    r"messages? of (?:collagen|elastin)": "mRNA of collagen, of elastin",
    r"\bthe eve of the\b": "the day before",
    r"lives of their own": "the limitation by its cause",
    r"\bis not settled\b": "is ambiguous",
    r"owed to (?:needling|the sessions)": "due to",
    r"has no instrument (?:here|in this version)": "this version has no instrument for",
    r"form of a case|form of a consultation": "case file format; consultation form",
    r"what (?:stands|is said|is told) beside": "the thing by its name",
    r"beside the model": "compared with the model; and the result of the model",
    r"draws of what is (?:not known|assumed)": "draws of the uncertain parameters",
    r"pooled shells?\b": "pooled model",
    r"would make it (?:supported|partly|contradicted)": "would change the verdict to",
    r"; needed (?:is|are) |= \"needed (?:is|are) ": "a test requires",
    r"(?:is|are) therefore no test": "does therefore not test",
    r"\b(?:rose|rises?|synthesis|percent|%) under (?:a |an |the )?(?:vehicle|tretinoin|retinol|vitamin|copper)": "with",
    r"under (?:an |a )?(?:anticoagulant|blood thinner|warfarin|aspirin)\b": "with an anticoagulant, on warfarin",
    r"of what a study (?:did not print|printed)": "unreported values; reported values",
    r"easily hit\b|hits are cheap": "a weak test",
    r"(?:the|slow,?) plain model": "reference model; reference solution",
    r"made by `python": "computed by",
    r"(?:learnt|learned) apart": "estimated separately",
    r"pain of 10\b": "pain score (0 to 10)",
    r"steps? kept in|go on from the kept": "stored steps; continue",
    r"\b(?:title|year) not seen\b": "not found",
    r"as (?:its|the|their) (?:file|scale|sentence) has it": "from the file, the scale or the sentence",
}
#: Where a word is data and not text: aliases that patients use, and quotations.
EXCEPT: dict[str, tuple[str, ...]] = {
    r"dark marks?\b": ("people/data/concerns.toml", "care/data/thesaurus.toml"),
}


def texts() -> list[Path]:
    """Every text that is written by hand: source, data, templates, guides; generated pages follow from these."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs").glob("*.py")]
    found += [*(ROOT / "docs" / "decisions").glob("*.md"), *(ROOT / "docs" / "verification").glob("*.md")]
    found += [path for folder in ("validation", "verification") for path in (ROOT / folder).glob("*.py")]
    found += [p for ending in ("py", "toml", "html") for p in (ROOT / "src").rglob(f"*.{ending}")]
    return [path for path in found if "evidence/data/findings" not in path.as_posix()]


CONTENTS = {path.relative_to(ROOT).as_posix(): " ".join(path.read_text("utf-8").split()) for path in texts()}


def test_the_texts_are_found() -> None:
    assert len(CONTENTS) > 150 and "README.md" in CONTENTS and "src/neodermis/texts/data/en/screening.toml" in CONTENTS


@pytest.mark.parametrize("pattern", TERMS)
def test_standard_terms_are_used(pattern: str) -> None:
    search = re.compile(pattern, re.IGNORECASE)
    found = {
        path: match[0]
        for path, text in CONTENTS.items()
        if not any(path.endswith(one) for one in EXCEPT.get(pattern, ())) and (match := search.search(text))
    }
    assert not found, f"write {TERMS[pattern]}: {found}"
