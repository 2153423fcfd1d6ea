"""Texts in several languages: complete, of the same meaning where a test can tell, and readable."""

import re
from collections import Counter, defaultdict
from datetime import date, datetime

import pytest
from tests.texts.reading import GRADE, filled, grade, placeholders, syllables, together

from neodermis.api import read
from neodermis.care.aftercare import plan_care
from neodermis.errors import DataFileError, InputError, UnknownNameError
from neodermis.people import Patient
from neodermis.skin.tissue import load_sites
from neodermis.texts import Duration, Texts, languages, load_texts
from neodermis.treatment.active import load_actives

OTHERS = [language for language in languages() if language != "en"]
CATALOGUES = ["care", "names", "patient", "screening"]
PAIRS = [(catalogue, language) for catalogue in CATALOGUES for language in OTHERS]

# ------------------------------------------------------------------------------------------------- the mechanism


def of(language: str, **texts: str) -> Texts:
    return Texts(language, "test", texts, {"form": {"day_year": "ccc d. MMMM y"}, "unit": {}, "word": {"and": "und"}})


def test_numbers_dates_and_plural_forms_are_those_of_the_language() -> None:
    german = of("de", a="{x}", b="{x:.2f} mm", c="{x:# Tag|# Tage}", d="bis {x}")
    assert german.say("a", x=1.5) == "1,5" and german.say("a", x=2000) == "2000" and german.say("b", x=1.5) == "1,50 mm"
    assert [german.say("c", x=x) for x in (1, 1.0, 2, 0, 1.5)] == ["1 Tag", "1 Tag", "2 Tage", "0 Tage", "1,5 Tage"]
    assert german.say("d", x=date(2026, 3, 2)) == "bis Mo 2. März 2026"
    assert german.series(["a"]) == "a" and german.series(["a", "b", "c"]) == "a, b und c" and german.series([]) == ""
    english, forms = of("en", a="{x}", c="{x:# day|# days}"), load_texts("forms")
    assert english.say("a", x=1.5) == "1.5" and english.say("c", x=1) == "1 day"
    assert forms.day(datetime(2026, 9, 3, 14, 5), "moment_year") == "Thu 3 Sep 2026 14:05"
    assert load_texts("forms", "de").day(datetime(2026, 9, 3, 14, 5), "time") == "14:05 Uhr"
    assert [forms.duration(Duration(value, "hours")) for value in (1, 24, 48, 60)] == [
        "1 hour", "24 hours", "2 days", "60 hours",
    ]  # fmt: skip


def test_russian_has_three_forms_for_whole_numbers_and_one_for_fractions() -> None:
    # plural rules of Unicode CLDR: one, few, many, other
    russian = of("ru", a="{x:# день|# дня|# дней|# дня}")
    assert [russian.say("a", x=x) for x in (1, 3, 5, 21)] == ["1 день", "3 дня", "5 дней", "21 день"]


def test_what_a_catalogue_does_not_have_is_an_error_and_no_text_of_another_language() -> None:
    with pytest.raises(DataFileError, match=r"de/care\.toml"):
        load_texts("care", "de").say("item", "resume.toxin", "practitioner")
    assert load_texts("care", "de").find("item", "resume.toxin", "practitioner") == ""
    with pytest.raises(DataFileError, match="2 forms: one, other"):
        of("de", a="{x:# Tag}").say("a", x=1)
    with pytest.raises(InputError, match="day_year"):
        of("de").day(date(2026, 3, 2), "short")
    with pytest.raises(UnknownNameError, match="accepted: de, en"):
        load_texts("care", "fr")
    with pytest.raises(UnknownNameError, match="practitioner"):
        load_texts("care", "de", "practitioner")
    with pytest.raises(UnknownNameError, match="unknown language"):
        plan_care(read("1 session: exceed; cheek 0.5 mm, 4 passes"), Patient(), date(2027, 3, 1), language="fr")


def test_every_site_and_product_has_a_plain_name() -> None:
    for language in languages("names"):
        names = load_texts("names", language)
        assert set(names.table("site")) == set(names.table("at_site")) == set(load_sites())
        assert set(names.table("active")) == set(load_actives())


# ------------------------------------------------------------------------------------------------- complete


@pytest.mark.parametrize(("catalogue", "language"), PAIRS)
def test_a_language_has_every_text_with_the_same_placeholders(catalogue: str, language: str) -> None:
    english, other = (dict(load_texts(catalogue, name).paths()) for name in ("en", language))
    assert len(english) > 80 and set(other) == set(english)
    for path, text in english.items():
        assert placeholders(other[path]) == placeholders(text), path
        assert bool(other[path]) == bool(text) and "\n" not in other[path], path


def test_the_same_catalogues_are_there_in_every_language() -> None:
    assert OTHERS == ["de"]
    for catalogue in CATALOGUES:
        assert languages(catalogue) == languages()
    for language in languages():
        forms = load_texts("forms", language)
        assert set(forms.table("form")) == set(load_texts("forms").table("form"))
        assert bool(forms.draft) == (language != "en")


WORDS = {
    "en": ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
    "de": ["zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"],
}
ORDINALS = {"vierten": 4}


def numbers(text: str, language: str) -> Counter[float]:
    """Numbers of a text, in digits and in words; a word for 1 is an article as well and is not read."""
    found = [float(one.replace(",", ".")) for one in re.findall(r"\d+(?:[.,]\d+)?", re.sub(r"\{[^}]*\}", "", text))]
    for word in re.findall(r"[^\W\d_]+", text.casefold()):
        if word in WORDS[language]:
            found.append(WORDS[language].index(word) + 2)
        found += [ORDINALS[word]] if word in ORDINALS else []
    return Counter(found)


@pytest.mark.parametrize(("catalogue", "language"), PAIRS)
def test_numbers_are_the_same_in_every_language(catalogue: str, language: str) -> None:
    english, other = (dict(load_texts(catalogue, name).paths()) for name in ("en", language))
    found = {path: (numbers(text, "en"), numbers(other[path], language)) for path, text in english.items()}
    assert not {path: both for path, both in found.items() if both[0] != both[1]}
    if catalogue != "names":
        assert sum(bool(both[0]) for both in found.values()) > 15


# ------------------------------------------------------------------------------------------------- safe


#: Words of what is never said of a prescribed drug.
STOP = {"en": r"\b(?:stop|leave (?:it|them|one) out|use no)\b", "de": r"\b(?:weglassen|lassen sie|absetzen)\b"}
ASK = {"en": r"\bask\b", "de": r"\bfragen sie\b"}
#: What a drug or a product of a prescriber is called.
PRESCRIBED = {"en": r"a doctor (?:give|gave|ordered|told)|did a doctor", "de": "verordnet"}


@pytest.mark.parametrize("language", languages())
def test_where_something_is_left_out_a_prescribed_product_is_asked_about_or_continued(language: str) -> None:
    texts = load_texts("care", language)
    for name in ("pre.retinoid", "pre.acids", "resume.acids", "resume.retinoid"):
        text = texts.say("item", name, "patient", value="5").casefold()
        assert re.search(PRESCRIBED[language], text) and re.search(ASK[language], text), name
    for catalogue in ("care", "screening"):
        for path, text in load_texts(catalogue, language).paths():
            if path[-1] == "patient" and re.search(STOP[language], text.casefold()) and "5 " in text:
                assert re.search(PRESCRIBED[language], text.casefold()), path


# ------------------------------------------------------------------------------------------------- readable


def groups(catalogue: str, language: str) -> dict[str, list[str]]:
    """Texts of a catalogue by their table, titles apart."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, text in load_texts(catalogue, language).paths():
        found[f"{path[0]} {path[-1]}" if path[0] == "item" else path[0]].append(filled(text))
    return found


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("catalogue", ["care", "screening"])
def test_every_group_of_texts_is_below_grade_eight(catalogue: str, language: str) -> None:
    # [kind] and [result] are single words, which have no sentences to count
    grades = {name: grade(together(texts), language) for name, texts in groups(catalogue, language).items()}
    grades = {name: value for name, value in grades.items() if name not in ("kind", "result")}
    assert len(grades) >= 4 and max(grades.values()) < GRADE, grades


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("catalogue", ["care", "screening"])
def test_every_text_for_a_patient_is_below_grade_eight(catalogue: str, language: str) -> None:
    told = {path: filled(text) for path, text in load_texts(catalogue, language).paths() if path[-1] == "patient"}
    grades = {path: grade(text, language) for path, text in told.items() if len(text.split()) > 5}
    assert len(grades) > 60
    assert max(grades.values()) < GRADE, {path: value for path, value in grades.items() if value >= GRADE}


def test_syllables_are_those_of_a_dictionary_and_of_german_spelling() -> None:
    english = {"skin": 1, "clinic": 2, "redness": 2, "needle": 2, "medicine": 3, "make-up": 2, "30": 1}
    german = {"Haut": 1, "Sitzung": 2, "Betäubungscreme": 5, "Leute": 2, "Ärztin": 2, "Säure": 2, "neue": 2, "oder": 2}
    assert {word: syllables(word, "en") for word in english} == english
    assert {word: syllables(word, "de") for word in german} == german


def test_the_grade_tells_plain_from_hard_text() -> None:
    # a published example: 13 words, 24 syllables, 1 sentence
    assert grade("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.", "en") == (
        pytest.approx(11.3, abs=0.05)
    )
    assert grade("Keep your skin clean. Wear a hat.", "en") < 2
    assert grade("Photoprotection mitigates post-inflammatory hyperpigmentation considerably.", "en") > 15
    assert grade("Halten Sie Ihre Haut sauber. Tragen Sie einen Hut.", "de") < 4
    assert grade("Photoprotektive Maßnahmen vermindern postinflammatorische Hyperpigmentierungen erheblich.", "de") > 12
