"""``screen`` and ``rules`` in a terminal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.terminal import refused, run

CASES = Path(__file__).resolve().parents[1] / "care" / "cases"
ORDER = ("no", "refer", "wait", "ask", "adapt", "go")


@pytest.fixture
def example(folder: Path) -> Path:
    path = folder / "c.toml"
    path.write_text(run("screen", "--example").out, "utf-8")
    return path


def edit(path: Path, *changes: tuple[str, str]) -> str:
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return str(path)


def test_the_example_screens(example: Path) -> None:
    ran = run("screen", str(example))
    assert ran.status == 0 and not ran.err
    assert ran.out.startswith("Adapt: ")


@pytest.mark.parametrize(
    ("old", "new", "overall"),
    [
        ("keloid = false", "keloid = true", "no"),
        ("psoriasis = false", "psoriasis = true", "refer"),
        ('filler = "never"', "filler = 2026-11-15", "wait"),
        ("lupus = false", 'lupus = "unknown"', "ask"),
        ("piercing = false", "piercing = true", "adapt"),
        ("topical_anaesthetic = true", "topical_anaesthetic = false", "go"),
    ],
)
def test_every_verdict_ends_with_status_0(example: Path, old: str, new: str, overall: str) -> None:
    path = edit(example, (old, new))
    ran = run("screen", path, "--today", "2026-11-20", "--json")
    assert ran.status == 0
    found = json.loads(ran.out)
    assert found["overall"] == overall
    assert (found["until"] is not None) == (overall == "wait")
    assert bool(found["unanswered"]) == (overall == "ask")
    results = [one["result"] for one in found["rules"]]
    assert results == sorted(results, key=ORDER.index)
    for one in found["rules"]:
        assert {"id", "result", "until", "why", "override", "tier", "sources"} <= {*one}
        assert all({"key", "title", "tier"} <= {*source} for source in one["sources"])
    assert run("screen", path, "--today", "2026-11-20").out.lower().startswith(overall)


def test_the_text_says_verdict_then_rules_by_severity_then_questions(example: Path) -> None:
    path = edit(
        example, ('filler = "never"', "filler = 2026-11-15"), ("psoriasis = false", "psoriasis = true"),
        ("lupus = false", 'lupus = "unknown"'),
    )  # fmt: skip
    text = run("screen", path, "--today", "2026-11-20", "--device-id", "dermapen_4").out
    places = [text.index(part) for part in (
        "Refer:", "Counted from 20 November 2026", "- PSORIASIS", "- FILLER", "not before 29 November 2026",
        "- ANAES-DOSE", "Questions still open (1)", "[history.lupus]", "Checked on the day",
    )]  # fmt: skip
    assert places == sorted(places)
    assert "the prescriber may override this rule; tier A; sources: skinpen-es-20 (A), optimas-58 (A), koebner" in text


def test_for_the_patient_it_is_short_and_without_the_apparatus() -> None:
    ran = run("screen", str(CASES / "melasma_anticoagulant.toml"), "--audience", "patient")
    assert ran.out.startswith("Not yet. A doctor has to decide first.")
    assert "Keep taking it" in ran.out
    assert "tier" not in ran.out and "ANTICOAG" not in ran.out
    strict = run("screen", str(CASES / "melasma_anticoagulant.toml"), "--audience", "patient", "--device-id", "exceed")
    assert strict.out.startswith("No, we cannot treat you here.")
    assert "The maker of our device" in strict.out


def test_today_comes_from_the_option_the_file_or_the_computer(example: Path) -> None:
    found = json.loads(run("screen", str(example), "--json").out)
    assert len(found["today"]) == 10
    path = edit(example, ("# today = 2026-03-31", "today = 2026-03-31"))
    assert json.loads(run("screen", path, "--json").out)["today"] == "2026-03-31"
    assert json.loads(run("screen", path, "--json", "--today", "2027-01-01").out)["today"] == "2027-01-01"


@pytest.mark.parametrize("day", ["20.11.2026", "11/20/2026", "20/11/2026", "2026/11/20", "20-11-2026"])
def test_a_day_in_the_form_of_a_country_is_read_where_it_can_be_one_day_only(example: Path, day: str) -> None:
    assert json.loads(run("screen", str(example), "--json", "--today", day).out)["today"] == "2026-11-20"


def test_a_date_without_quotes_is_told_how_to_write_it(example: Path) -> None:
    refused(
        run("screen", edit(example, ('filler = "never"', "filler = 20.11.2026"))),
        "syntax", 'write the date as 2026-03-31, or put it in quotes: "20.11.2026"',
    )  # fmt: skip
    refused(run("screen", edit(example, ("filler = 20.11.2026", "filler = never"))), 'put the text in quotes: "never"')
    refused(run("screen", edit(example, ("filler = never", "filler = False"))), "write false")


def test_the_template_is_empty_and_asks(folder: Path) -> None:
    path = folder / "form.toml"
    path.write_text(run("screen", "--template").out, "utf-8")
    found = json.loads(run("screen", str(path), "--json").out)
    assert found["overall"] == "ask" and len(found["unanswered"]) > 50


def test_a_contradiction_put_into_the_example_is_an_error(example: Path) -> None:
    text = edit(example, ('name = "wrinkle"', 'name = "melasma"'), ("lemperle:2", "mmasi:12"))
    refused(run("screen", text), "history > melasma", "'no'", 'concern[1].name = "melasma"')
    refused(run("care", text, "1 session: exceed; cheek 1.5 mm, 6 passes"), "history > melasma")


def test_a_word_is_explained_as_text_and_as_a_document() -> None:
    ran = run("screen", "--explain", "Marcumar")
    assert ran.status == 0 and "medication.anticoagulant: true" in ran.out and "ANTICOAG (refer)" in ran.out
    found = json.loads(run("screen", "--explain", "quimioterapia", "--json").out)
    assert found["fields"][0]["field"] == "medication.chemo_current"
    assert {"takes", "question", "rules"} <= {*found["fields"][0]} and found["ask"]


def test_the_schema_is_one_document() -> None:
    schema = json.loads(run("screen", "--schema").out)
    assert schema["title"] == "Consultation"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], ["FILE.toml, --example, --template, --schema, --explain"]),
        (["--example", "--template"], ["'--example and --template'", "one of"]),
        (["FILE", "--template"], ["'a file and --template'"]),
        (["--template", "--json"], ["field: template", "no other option"]),
        (["--explain", "melanoma", "--today", "2026-11-20"], ["--explain", "no other option"]),
        (["--explain", "gobbledygook"], ["--explain", "'gobbledygook'", "try another word"]),
        (["--explain", "keliod"], ["'keliod'", "did you mean 'keloid'?"]),
        (["FILE", "--today", "03/04/2026"], ["--today", "2026-03-04 or 2026-04-03"]),
        (["FILE", "--today", "20.11.26"], ["--today", "'20.11.26'", "four digits"]),
        (["--example", "--schema"], ["one of"]),
        (["--example", "--json"], ["example", "no other option"]),
        (["nothing.toml"], ["nothing.toml"]),
        (["FILE", "--today", "soon"], ["--today", "'soon'"]),
        (["FILE", "--audience", "me"], ["--audience", "'me'", "practitioner or patient"]),
        (["FILE", "--for", "patient"], ["--for", "--audience patient"]),
        (["FILE", "--device", "exceed"], ["--device", "--device-id exceed"]),
        (["FILE", "--device-id", "exced"], ["'exced'", "did you mean 'exceed'?"]),
    ],
)
def test_bad_words_are_refused(example: Path, words: list[str], names: list[str]) -> None:
    refused(run("screen", *(str(example) if word == "FILE" else word for word in words)), *names)


def test_a_bad_answer_is_refused(example: Path) -> None:
    refused(run("screen", edit(example, ("keloid = false", 'keloid = "perhaps"'))), "keloid", "'perhaps'")


def test_rules_are_listed_and_filtered() -> None:
    every = json.loads(run("rules", "--json").out)
    assert len(every) == 97
    counts = {
        name: len(json.loads(run("rules", "--category", name, "--json").out))
        for name in ("absolute", "relative", "defer", "precaution", "info")
    }
    assert sum(counts.values()) == 97
    assert "ISOTRETINOIN" in run("rules", "--category", "relative").out
    assert "FILLER" not in run("rules", "--category", "relative").out
    refused(run("rules", "--category", "absolut"), "unknown category", "'absolut'", "precaution")


def test_a_rule_is_explained_with_its_sources_and_their_disagreement() -> None:
    text = run("rules", "show", "isotretinoin").out
    for part in (
        "180", "days: 0; tier: A", "days: 150; tier: A", "days: 365; tier: A2", "acsi-2017 (A)", "disagreement",
        "waldman-2017", "prescriber", "skinpen_precision",
    ):  # fmt: skip
        assert part in text
    entry = json.loads(run("rules", "show", "FILLER", "--json").out)
    assert (
        entry["days"] == 14
        and {"device": "exceed", "days": 180, "because": "manual, p. 34: six months"} in entry["labels"]
    )
    refused(run("rules", "show", "FILER"), "did you mean 'filler'?")


def test_help_does_not_wait_for_the_rules() -> None:
    code = (
        "import sys\nsys.argv = ['neodermis', 'screen', '--help']\nfrom neodermis.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"jax", "numpy", "neodermis.care", "neodermis.people"} & {*done.stderr.split()}
