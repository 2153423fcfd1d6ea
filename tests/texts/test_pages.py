"""Pages for patients in another language: whole, without a word of English, readable and accessible."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.cli.terminal import EXCEED, run
from tests.texts.reading import GRADE, grade, together

import neodermis as nd
from neodermis.api import read
from neodermis.care.aftercare import Care, plan_care
from neodermis.care.circumstances import Circumstances
from neodermis.care.consultation import example
from neodermis.people import Patient
from neodermis.report.blocks import Columns, Heading, Note, Page, Paragraph, Points, References, Table
from neodermis.report.care import leaflet_page
from neodermis.report.full_report import course_report
from neodermis.report.html import html
from neodermis.report.letterhead import Letterhead
from neodermis.report.patient_page import patient_page, refused_page
from neodermis.texts import languages, load_texts

OTHERS = [language for language in languages() if language != "en"]
DAY, MOMENT = date(2026, 3, 2), datetime(2026, 11, 30, 14, 30)
#: Protocol, patient, circumstances, first session.  None of the circumstances is known in the first and the last.
CASES: dict[str, tuple[str, dict[str, Any], Circumstances, date]] = {
    "four sessions": ("4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes", {}, Circumstances(), DAY),
    "by the hour": (
        "3 sessions every 28 days: exceed; cheek 1.5 mm, 6 passes; prp; home retinol 0.3 % daily, stop 5 days before",
        {"phototype": 2}, Circumstances(hsv_history=True, hemisphere="north"), MOMENT,
    ),
    "dark skin": (
        "2 sessions every 42 days: exceed; face 1.0 mm, 4 passes; niacinamide 4 % after 2 hours; "
        "home niacinamide 4 % daily; home tretinoin 0.05 % daily",
        {"phototype": 5, "age": 60}, Circumstances(strong_retinoid=True, sensitive=True), DAY,
    ),
    "eyes, one session": ("1 session: exceed; periorbital 0.5 mm, 4 passes", {}, Circumstances(), MOMENT),
    "roller at home": ("6 sessions every 14 days: roller_c8; cheek, 6 passes", {}, Circumstances(), DAY),
    "abdomen": (
        "3 sessions every 30 days: exceed; abdomen 1.5 mm, 8 passes",
        {"sex": "female"}, Circumstances(anaesthetic="none_cooling", acids=False, retinoid=False), DAY,
    ),
}  # fmt: skip


@cache
def cared(name: str, language: str) -> Care:
    protocol, person, known, start = CASES[name]
    return plan_care(read(protocol), Patient(**person), start, circumstances=known, language=language)


def visible(page: Page, language: str) -> str:
    """Text of a page as read, without its sources, which keep their titles."""
    body = html(page, language=language).partition("<body>")[2]
    body = re.sub(r"<details class=\"sources\">.*?<table>.*?</details>", "", body, flags=re.DOTALL)
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)  # of a drawing
    labels = " ".join(re.findall(r'aria-label="([^"]*)"', body))
    return unescape(" ".join(f"{re.sub(r'<[^>]+>', ' ', body)} {labels}".split()))


@cache
def english() -> set[str]:
    """Parts of at least three words between the placeholders and stops of every English text."""
    found = set()
    for catalogue in languages_catalogues():
        for audience in ("patient", "practitioner") if catalogue in ("care", "screening") else ("patient",):
            for _, text in load_texts(catalogue, audience=audience).paths():  # type: ignore[arg-type]  # of two
                parts = re.split(r"\{[^}]*\}|[.,:;?!()*]", text)
                found |= {" ".join(part.casefold().split()) for part in parts if len(part.split()) >= 3}
    return found


def languages_catalogues() -> list[str]:
    return ["care", "names", "patient", "screening"]


#: Words that stand in every English page, and in none in German.
FUNCTION_WORDS = re.compile(r"\b(?:the|and|with|your|of|is|are|you|for|to|from|at|day|days|week|Mon|Tue|Wed|Thu|Sun)\b")


def assert_no_english(text: str) -> None:
    words = " ".join(re.sub(r"[.,:;?!()*]", " ", text).casefold().split())
    assert not [part for part in english() if part in words]
    assert not FUNCTION_WORDS.findall(text), FUNCTION_WORDS.findall(text)
    assert "{" not in text and "None" not in text


def test_an_english_page_would_be_found() -> None:
    assert len(english()) > 700
    with pytest.raises(AssertionError):
        assert_no_english(visible(leaflet_page(cared("four sessions", "en")), "en"))
    for one in ("Halten Sie Keep your skin clean", "Sitzung from Mo 1. März"):
        with pytest.raises(AssertionError):
            assert_no_english(one)


# ------------------------------------------------------------------------------------------------- leaflet


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", CASES)
def test_a_leaflet_in_another_language_has_no_english(name: str, language: str) -> None:
    page = leaflet_page(cared(name, language))
    text = visible(page, language)
    assert_no_english(text)
    draft = load_texts("care", language).draft
    assert draft and text.count(draft) == 1 and text.index(draft) < 200
    assert len(text.split()) > 500


@pytest.mark.parametrize("name", CASES)
def test_both_languages_say_the_same_on_the_same_days(name: str) -> None:
    one, other = cared(name, "en"), cared(name, "de")
    assert [(entry.id, entry.start, entry.end) for entry in one.entries] == [
        (entry.id, entry.start, entry.end) for entry in other.entries
    ]
    for here, there in zip(one.entries, other.entries, strict=True):
        assert ("patient" in here.texts) == ("patient" in there.texts)
        assert here.texts["practitioner"] == there.texts["practitioner"]
    assert [flag.id for flag in one.red_flags] == [flag.id for flag in other.red_flags]
    assert one.notes == other.notes and one.numbing == other.numbing


def test_the_cases_use_nearly_every_text_of_the_leaflet() -> None:
    used = {entry.id for name in CASES for entry in cared(name, "de").entries}
    known = set(load_texts("care", "de").table("item"))
    assert known - used <= {"active.allowed", "active.refused"}  # under the names of their products


def test_dates_and_numbers_have_the_german_form() -> None:
    text = visible(leaflet_page(cared("by the hour", "de")), "de")
    assert "Mo 30. November 2026, 14:30 Uhr" in text and "ab Mo 30. Nov., " in text and " 2027" in text
    assert not re.search(r"\d\.\d", text)  # a decimal point
    assert "28 Tage lang" in visible(leaflet_page(cared("dark skin", "de")), "de")


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", CASES)
def test_headings_are_in_order_and_the_language_is_stated(name: str, language: str) -> None:
    text = html(leaflet_page(cared(name, language)), language=language)
    assert f'<html lang="{language}">' in text
    levels = [int(level) for level in re.findall(r"<h(\d)", text)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def told(page: Page) -> dict[str, list[str]]:
    """Sentences of a leaflet by the heading above them; titles and dates of tables apart."""
    found: dict[str, list[str]] = {"": []}
    for block in page:
        lines = found[list(found)[-1]]
        if isinstance(block, Heading):
            found.setdefault(block.text, [])
        elif isinstance(block, Paragraph):
            lines.append(block.text.replace("*", "").replace("_", ""))
        elif isinstance(block, Points | Note):
            lines += [item.replace("*", "") for item in block.items]
        elif isinstance(block, Table) and not block.header:
            lines += [text for _, text in block.rows]
        else:
            assert isinstance(block, References | Table)
    return {name: lines for name, lines in found.items() if lines}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", CASES)
def test_a_leaflet_is_read_below_grade_eight(name: str, language: str) -> None:
    sections = told(leaflet_page(cared(name, language)))
    whole = [line for lines in sections.values() for line in lines]
    assert len(whole) > 40 and grade(together(whole), language) < GRADE - 2
    for heading, lines in sections.items():
        assert grade(together(lines), language) < GRADE, heading


# ------------------------------------------------------------------------------------------------- patient's page


@cache
def course() -> nd.Course:
    return nd.simulate(
        "3 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes", draws=4, age=40,
        concerns={"acne_scar": "goodman_baron:3", "dullness": 0.5},
    )  # fmt: skip


@pytest.mark.parametrize("language", OTHERS)
def test_the_patients_page_of_a_report_in_another_language_has_no_english(language: str) -> None:
    from neodermis.report import handout

    made = handout.of_course(course(), nd.injure(course().ledger.case, draws=4), language)
    assert made is not None
    page = patient_page(made, Letterhead(), language)
    text = visible(page, language)
    assert_no_english(text)
    assert load_texts("patient", language).draft in text and "Aknenarben" in text
    refused = refused_page([load_texts("screening", language).say("rule", "MINOR", "patient")], Letterhead(), language)
    assert_no_english(visible(refused, language))


def parts(page: Page) -> Iterator[list[str]]:
    """Sentences of a patient's page by heading, figures and single values apart."""
    lines: list[str] = []
    for block in page:
        if isinstance(block, Columns):
            yield lines
            lines = []
            for column in (block.left, block.right):
                yield from parts(column)
        elif isinstance(block, Heading):
            yield lines
            lines = []
        elif isinstance(block, Paragraph):
            lines.append(block.text.replace("*", "").replace("_", ""))
        elif isinstance(block, Points | Note):
            lines += [item.replace("*", "") for item in block.items]
        elif isinstance(block, Table):
            lines += [": ".join(row) for row in block.rows]
    yield lines


@pytest.mark.parametrize("language", languages())
def test_the_patients_page_of_a_report_is_read_below_grade_eight(language: str) -> None:
    from neodermis.report import handout

    made = handout.of_course(course(), nd.injure(course().ledger.case, draws=4), language)
    assert made is not None
    found = [lines for lines in parts(patient_page(made, Letterhead(), language)) if lines]
    assert len(found) >= 7 and len([line for lines in found for line in lines]) > 20
    assert grade(together([line for lines in found for line in lines]), language) < GRADE - 2
    for lines in found:
        if sum(len(line.split()) for line in lines) > 15:  # a value of a few words has no grade
            assert grade(together(lines), language) < GRADE, lines


def test_the_practitioners_part_of_a_report_states_its_own_language() -> None:
    text = html(course_report(course(), Letterhead(), "de"), language="de")
    first, english_part = text.split('<div lang="en">')
    assert '<html lang="de">' in first and "For the practitioner" not in first
    assert "For the practitioner" in english_part and english_part.count("<div") < english_part.count("</div>")
    assert '<div lang="en">' not in html(leaflet_page(cared("four sessions", "de")), language="de")


# ------------------------------------------------------------------------------------------------- command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


ON = ("--start", "2027-03-01", "--hemisphere", "north", "--draws", "4", "--language", "de")


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [
        ("pregnant = false", "pregnant = true", "Noch nicht."),
        ("pregnant = false", "", "Noch nicht."),
        ("phototype = 3 ", "phototype = 5 ", "Ja, wir können beginnen."),
    ],
)
def test_care_prints_and_writes_german_without_a_word_of_english(folder: Path, old: str, new: str, first: str) -> None:
    text = example()
    assert old in text
    (folder / "c.toml").write_text(text.replace(old, new, 1), "utf-8")
    ran = run("care", "c.toml", EXCEED, *ON)
    assert ran.status == 0 and first in ran.out.splitlines()[2]
    assert_no_english(ran.out)
    assert ran.out.startswith("Entwurf, nicht ärztlich geprüft\n")
    if first.startswith("Ja"):
        ran = run("care", "c.toml", EXCEED, *ON, "--audience", "practitioner", "--leaflet", "m.html", "--ics", "m.ics")
        assert ran.status == 0 and "Erythema" in ran.out
        leaflet = (folder / "m.html").read_text("utf-8")
        assert "Ihr Microneedling" in leaflet and "Entwurf, nicht ärztlich geprüft" in leaflet
        calendar = run("care", "c.toml", EXCEED, *ON, "--ics", "p.ics")
        events = (folder / "p.ics").read_text("utf-8").replace("\r\n ", "")
        assert calendar.status == 0 and "SUMMARY:Nicht sonnen\\, nicht bräunen" in events
        assert "SUMMARY:No sunbathing" in (folder / "m.ics").read_text("utf-8").replace("\r\n ", "")


def test_screening_answers_a_patient_in_german(folder: Path) -> None:
    text = example()
    for old, new, first in (
        ("pregnant = false", "pregnant = true", "Noch nicht."),
        ("keloid = false", "keloid = true", "Nein, wir können Sie hier nicht behandeln."),
        ("isotretinoin_current = false", "", "Noch nicht. Wir müssen zuerst noch etwas mehr wissen."),
    ):
        assert old in text
        (folder / "c.toml").write_text(text.replace(old, new, 1), "utf-8")
        ran = run("screen", "c.toml", "--audience", "patient", "--language", "de")
        lines = ran.out.splitlines()
        assert ran.status == 0 and lines[0] == "Entwurf, nicht ärztlich geprüft" and lines[2].startswith(first), ran.out
        assert_no_english(ran.out)
    ran = run("screen", "c.toml", "--language", "de")
    assert ran.status == 2 and "en for the practitioner" in ran.err
    assert run("screen", "--template", "--language", "de").status == 2


def test_a_language_that_is_not_shipped_or_not_used_is_refused(folder: Path) -> None:
    for options, accepted in (
        (("--language", "fr"), "de, en"),
        (("--language", "de", "--audience", "practitioner"), "en for the practitioner"),
    ):
        ran = run("care", "example", EXCEED, *options)
        assert ran.status == 2 and accepted in ran.err and "Traceback" not in ran.err and "do:" in ran.err
    for command in ("care", "screen", "simulate", "plan"):
        assert "Entwurf, nicht ärztlich geprüft" in " ".join(run(command, "--help").out.replace("│", " ").split())
