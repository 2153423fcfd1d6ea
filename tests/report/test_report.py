"""The report to hand over: one page for the patient, the rest for the practitioner, as HTML and as tagged PDF."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pypdf
import pytest
from tests.care.consultations import edited
from tests.cli.terminal import run
from tests.planning.test_plan import TODAY, consultation, few, scars

import neodermis as nd
from neodermis.errors import DataFileError, OutputError
from neodermis.report import full_report, handout
from neodermis.report.blocks import Facts, Figure, Heading, Note, Paragraph, Points, Sheet, Table, document
from neodermis.report.letterhead import MAX_LOGO, Letterhead, read_letterhead
from neodermis.report.patient_page import patient_page
from neodermis.report.pdf import pdf, widths
from neodermis.report.plan import plan_document

ONE: Final = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
LOGO: Final = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


@cache
def course() -> nd.Course:
    return nd.simulate(ONE, draws=12, concerns={"acne_scar": "goodman_baron:3"})


@cache
def pages() -> dict[str, Any]:
    """Reports of a course and a plan, as blocks."""
    head = Letterhead(name="Clinic", contact=("1 Park Street",), phone="01 234")
    return {
        "course": full_report.course_report(course(), head),
        "plan": full_report.plan_report(scars(), head),
    }


@cache
def made(name: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf(pages()[name])))


def text_of(reader: pypdf.PdfReader, most: int | None = None) -> str:
    """Text of the pages, with line ends as spaces."""
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages[:most])


def flat(blocks: Any) -> Iterator[Any]:
    for block in blocks:
        yield block
        for inner in ("blocks", "left", "right"):
            yield from flat(getattr(block, inner, ()))


def figures(name: str) -> list[Figure]:
    return [block for block in flat(pages()[name]) if isinstance(block, Figure)]


# ------------------------------------------------------------------------------------------------- PDF


@pytest.mark.parametrize("name", ["course", "plan"])
def test_the_pdf_is_tagged_with_a_title_a_language_and_embedded_fonts(name: str) -> None:
    reader = made(name)
    root: Any = reader.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"]) and "/StructTreeRoot" in root and root["/Lang"] == "en"
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    assert reader.metadata is not None and reader.metadata.title
    assert b"pdfuaid" in root["/Metadata"].get_data()
    fonts = {}
    for page in reader.pages:
        for font in (page["/Resources"].get("/Font") or {}).values():  # type: ignore[attr-defined]
            for each in font.get_object().get("/DescendantFonts", [font.get_object()]):
                descriptor = each.get_object()["/FontDescriptor"]
                fonts[descriptor["/FontName"]] = any(key.startswith("/FontFile") for key in descriptor)
    assert fonts and all(fonts.values())


@pytest.mark.parametrize("name", ["course", "plan"])
def test_every_figure_of_the_pdf_has_its_alternative(name: str) -> None:
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            if node.get("/S") == "/Figure":
                found.append(str(node.get("/Alt", "")))
            if "/K" in node and "/Pg" not in node.get("/K", {}):
                walk(node["/K"])

    walk(made(name).trailer["/Root"]["/StructTreeRoot"])  # type: ignore[index]
    wanted = [block.alternative for block in figures(name)]
    assert wanted and sorted(found) == sorted(wanted)


def test_texts_of_the_pdf_can_be_selected() -> None:
    told = text_of(made("course"))
    for block in flat(pages()["course"]):
        if isinstance(block, Heading):
            assert " ".join(block.text.split()) in told
    assert "Phone" not in told or "01 234" in told


def test_nothing_that_is_given_is_read_as_markup() -> None:
    hostile = '#read("/etc/passwd") $x$ *bold* _it_ `raw` @ref <label> \\ " // [a] = b'
    blocks = [
        Heading("T", 1),
        Paragraph(hostile),
        Table(hostile, ("a", hostile), [(hostile, hostile)]),
        Points([hostile]),
    ]
    told = text_of(pypdf.PdfReader(io.BytesIO(pdf(blocks))))
    assert told.count("passwd") == 6 and told.count("$x$") == 6


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_paper(paper: Any) -> None:
    (page,) = pypdf.PdfReader(io.BytesIO(pdf([Heading("T", 1)], paper=paper))).pages
    size = (595, 842) if paper == "a4" else (612, 792)
    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == size


def test_columns_are_as_wide_as_what_they_hold() -> None:
    narrow, wide = widths(("a", "b"), [("1", "many words of a long text " * 4)])
    assert narrow < wide


# ------------------------------------------------------------------------------------------------- the same numbers


@pytest.mark.parametrize("name", ["course", "plan"])
def test_html_and_pdf_give_the_same_numbers(name: str) -> None:
    from neodermis.report.html import html

    page = pages()[name]
    shown = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", html(page), flags=re.DOTALL)
    of_html, of_pdf = (re.sub(r"\s|\u200b", "", text) for text in (shown, text_of(made(name))))
    for block in flat(page):
        if isinstance(block, Table) and block.header and len(block.rows) < 40:
            for row in block.rows:
                for cell in row[1:]:
                    for number in re.findall(r"[+-]?\d+(?:\.\d+)?", cell):
                        assert number in of_html and number in of_pdf


def test_the_page_for_the_patient_gives_the_numbers_of_the_document() -> None:
    found = plan_document(scars())["recommended"]
    (site,) = (
        found["outcomes"].values() if "median" not in next(iter(found["outcomes"].values())) else [found["outcomes"]]
    )
    one = site["goodman_baron_grade"] if "goodman_baron_grade" in site else found["outcomes"]["goodman_baron_grade"]
    told = text_of(made("plan"), 2)
    bare = one["without_rater_bias"]
    for value in (bare["median"], bare["lower90"], bare["upper90"], bare["untreated"], bare["at_12_months"]["median"]):
        assert f"{float(f'{value:.2g}'):g}" in told
    chance = found["benefit_without_harm"]["goodman_baron_grade"]["probability"]
    count = round(20 * chance)
    assert (f"about {count}" if count else "fewer than 1") in told


def test_the_terminal_and_the_report_give_the_same_tables() -> None:
    from neodermis.report.plan import plan_page

    report = {(block.title, *map(tuple, block.rows)) for block in flat(pages()["plan"]) if isinstance(block, Table)}
    terminal = [block for block in flat(plan_page(scars())) if isinstance(block, Table)]
    assert len(terminal) >= 3
    for block in terminal:
        assert (block.title, *map(tuple, block.rows)) in report


def test_the_figure_of_the_trade_off_has_its_table() -> None:
    found = scars()
    (table,) = (
        block for block in flat(pages()["plan"]) if isinstance(block, Table) and "on the trade-off" in block.title
    )
    kept = [one for one in found.front if not one.breaches] or found.front
    assert len(table.rows) == len(kept) and {row[0] for row in table.rows} <= {*found.front_sentences}
    assert len(found.front_sentences) == len(found.front)


def test_the_report_of_a_plan_tells_its_assumptions() -> None:
    notes = [item for block in flat(pages()["plan"]) if isinstance(block, Note) for item in block.items]
    assert {*scars().warnings} <= {*notes} and any("not published" in note for note in notes)


# ------------------------------------------------------------------------------------------------- for the patient


def test_the_first_page_is_for_the_patient_alone() -> None:
    for name in ("course", "plan"):
        page = pages()[name]
        before = page[: next(number for number, block in enumerate(page) if isinstance(block, Sheet))]
        titles = [block.text for block in flat(before) if isinstance(block, Heading)]
        assert titles[0] in ("Your treatment plan", "What this course may do for your skin") and len(titles) == 7
        words = " ".join(str(one) for one in document(before))
        for jargon in ("PIH", "credible", "posterior", "rater", "Goodman", "λ", "papillary", "erythema", "VAS"):
            assert jargon not in words
        assert any(isinstance(block, Note) and block.tone == "stop" for block in flat(before))
        assert "01 234" in words


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_one_sheet_of_paper_is_enough_for_one_concern(paper: Any) -> None:
    for name in ("course", "plan"):
        reader = pypdf.PdfReader(io.BytesIO(pdf(pages()[name], paper=paper)))
        assert "For the practitioner" in reader.pages[1].extract_text()


@pytest.mark.parametrize(
    ("chance", "told"),
    [
        (0.0, "fewer than 1"),
        (0.02, "fewer than 1"),
        (0.06, "about **1** is"),
        (0.5, "about **10** are"),
        (1.0, "about **20** are"),
    ],
)
def test_of_how_many_people_is_never_a_false_zero(chance: float, told: str) -> None:
    one = handout.of_plan(scars())
    assert one is not None
    from dataclasses import replace

    first = replace(one.expected[0], chance=handout.Share(chance, chance, chance))
    page = patient_page(replace(one, expected=(first,)), Letterhead())
    words = [block.text for block in flat(page) if isinstance(block, Paragraph)]
    assert any(told in text for text in words)
    assert any("too small to matter" in text for text in words) == (chance < 0.5)


@pytest.mark.parametrize(
    ("share", "told"),
    [
        ((0.0, 0.0, 0.0), "fewer than 1 in 100"),
        ((0.004, 0.0, 0.12), "up to 12 in 100"),
        ((0.2, 0.1, 0.3), "about 20 in 100"),
    ],
)
def test_risks_are_frequencies_of_a_hundred_people(share: Any, told: str) -> None:
    from dataclasses import replace

    one = handout.of_plan(scars())
    assert one is not None
    page = patient_page(replace(one, pih=handout.Share(*share)), Letterhead())
    (table,) = (block for block in flat(page) if isinstance(block, Table))
    assert told in table.rows[0][1]


def test_draws_that_failed_are_told_on_the_first_page() -> None:
    from dataclasses import replace

    one = handout.of_course(course(), nd.injure(course().ledger.case, draws=12))
    assert one is not None
    told = [
        block.text for block in patient_page(replace(one, failed=0.1), Letterhead()) if isinstance(block, Paragraph)
    ]
    assert any("10 %" in text and "left out" in text for text in told)
    assert not any(
        "left out" in block.text for block in patient_page(one, Letterhead()) if isinstance(block, Paragraph)
    )


def test_a_course_without_needles_promises_nothing() -> None:
    sham = nd.simulate("2 sessions every 30 days: exceed; cheek 0 mm, 6 passes", draws=5, concerns={"pores": "0.5"})
    page = full_report.course_report(sham, Letterhead())
    words = " ".join(str(one) for one in document(page[: next(n for n, b in enumerate(page) if isinstance(b, Sheet))]))
    assert "No needles are used" in words and "collagen" not in words and "Large pores: needles cannot" in words
    (facts,) = (block for block in page if isinstance(block, Facts))
    assert "red or flaky skin" not in dict(facts.items).values()


def test_a_course_of_a_study_has_no_page_for_a_patient() -> None:
    arm = nd.simulate_arm("lotfi-2013", draws=3)
    assert not any(isinstance(block, Facts | Sheet) for block in full_report.course_report(arm, Letterhead()))


# ------------------------------------------------------------------------------------------------- a refusal


def test_the_report_of_a_refusal_says_no_and_why_and_forecasts_nothing(tmp_path: Path) -> None:
    found = few(consultation(**{"history__pregnant": True}))
    assert found.recommended is None
    path = found.report(tmp_path / "no.pdf", letterhead=None)
    told = text_of(pypdf.PdfReader(path))
    assert "No treatment for now" in told and "of 20 people" not in told and "in 100 people" not in told
    page = full_report.plan_report(found, Letterhead())
    assert not any(isinstance(block, Figure | Facts) for block in page)
    (note,) = (block for block in page if isinstance(block, Note) and block.tone == "stop")
    assert note.items


def test_the_command_writes_the_report_of_a_refusal_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(edited({"history.pregnant": True, "today": TODAY}), "utf-8")
    report, picture = tmp_path / "r.html", tmp_path / "p.png"
    done = run("plan", str(file), "--report", str(report))
    assert done.status == 0 and "No treatment for now" in report.read_text("utf-8")
    report.unlink()
    done = run("plan", str(file), "--report", str(report), "--plot", str(picture))
    assert done.status == 1 and report.exists() and not picture.exists()


# ------------------------------------------------------------------------------------------------- the letterhead


def written(folder: Path, text: str) -> Path:
    (folder / "logo.svg").write_text(LOGO, "utf-8")
    (folder / "clinic.toml").write_text(text, "utf-8")
    return folder / "clinic.toml"


def test_the_letterhead_stands_on_top_in_both_formats(tmp_path: Path) -> None:
    head = written(
        tmp_path,
        'name = "Clinic <b>&"\ncontact = ["1 Park Street"]\nphone = "01 234"\nlogo = "logo.svg"\npaper = "letter"',
    )
    read = read_letterhead(head)
    assert read.paper == "us-letter" and read.kind == "svg" and read.logo
    page = course().report(tmp_path / "c.html", letterhead=head).read_text("utf-8")
    assert "Clinic &lt;b&gt;&amp;" in page and "data:image/svg+xml;base64," in page and "01 234" in page
    reader = pypdf.PdfReader(course().report(tmp_path / "c.pdf", letterhead=head))
    assert "Clinic <b>&" in reader.pages[0].extract_text() and float(reader.pages[0].mediabox.width) == 612


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("title = 'x'", "title"),
        ("name = 3", "name"),
        (f"name = '{'x' * 101}'", "name"),
        ('name = "a\\nb"', "name"),
        ("contact = 'x'", "contact"),
        ("contact = ['a', 3]", "contact"),
        ("contact = ['1', '2', '3', '4', '5', '6', '7']", "contact"),
        ("paper = 'a5'", "paper"),
        ("paper = ['a4']", "paper"),
        ("logo = 'none.png'", "logo"),
        ("logo = 'clinic.toml'", "logo"),
        ("logo = 'broken.png'", "logo"),
        ("logo = 'other.jpg'", "logo"),
        ("logo = 'script.svg'", "logo"),
        ("logo = 'link.svg'", "logo"),
        ("logo = 'bomb.svg'", "logo"),
        ("logo = 'large.png'", "logo"),
    ],
)
def test_a_broken_letterhead_is_refused_before_anything_is_computed(text: str, field: str, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (tmp_path / "other.jpg").write_bytes(b"GIF89a")
    (tmp_path / "large.png").write_bytes(b"0" * (MAX_LOGO + 1))
    (tmp_path / "script.svg").write_text(LOGO.replace("<rect", "<script>1</script><rect"), "utf-8")
    (tmp_path / "link.svg").write_text(LOGO.replace("<rect", '<image href="http://example.org/x.png"/><rect'), "utf-8")
    (tmp_path / "bomb.svg").write_text(f'<!DOCTYPE svg [<!ENTITY a "a">]>{LOGO}', "utf-8")
    with pytest.raises(DataFileError) as error:
        read_letterhead(written(tmp_path, text))
    assert error.value.field == field and error.value.accepted and error.value.next_step
    report = tmp_path / "c.html"
    done = run("simulate", ONE, "--report", str(report), "--letterhead", str(tmp_path / "clinic.toml"))
    assert done.status == 2 and field in done.err and "Traceback" not in done.err and not report.exists()


# ------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("name", ["c.doc", "c", "c.png", "c.pdf.txt"])
def test_a_report_of_an_unknown_format_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\.html, \.htm, \.pdf"):
        course().report(tmp_path / name)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--letterhead", "x.toml"), "--report FILE together with it"),
        (("--language", "de"), "--report FILE together with it"),
        (("--report", "c.html", "--language", "xx"), "en"),
        (("--report", "c.html", "--letterhead", "none.toml"), "a readable file"),
        (("--report", "nowhere/c.pdf"), "a folder that exists"),
        (("--report", "/dev/full"), ".html"),
    ],
)
def test_options_of_a_report(words: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("simulate", ONE, *words)
    assert done.status == 2 and told in done.err and "Traceback" not in done.err
    assert [*tmp_path.iterdir()] == []


def test_a_result_without_a_patient_has_a_report_in_english_only(tmp_path: Path) -> None:
    injuries = nd.injure("1 session: exceed; cheek 1 mm, 4 passes", draws=3)
    assert injuries.report(tmp_path / "i.pdf").stat().st_size > 10_000
    with pytest.raises(nd.errors.InputError, match="language"):
        injuries.report(tmp_path / "d.pdf", language="de")
    assert json.dumps(document(pages()["plan"]))


@pytest.mark.parametrize(("use", "loaded"), [("pass", ()), ("done.report('c.html')", ("matplotlib",)),
                                             ("done.report('c.pdf')", ("matplotlib", "typst"))])  # fmt: skip
def test_what_draws_is_loaded_only_when_it_is_used(use: str, loaded: tuple[str, ...], tmp_path: Path) -> None:
    code = (
        f"import sys, neodermis as nd; done = nd.simulate({ONE!r}, draws=3); done.summary(); done.to_dict(); {use};"
        "print(*sorted({m.split('.')[0] for m in sys.modules} & {'matplotlib', 'typst'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert tuple(done.stdout.split()) == loaded


# ------------------------------------------------------------------------------------------------- the leaflet


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_leaflet_is_written_as_pdf_under_the_letterhead(language: str, tmp_path: Path) -> None:
    head, leaflet = written(tmp_path, 'name = "Clinic"\nphone = "01 234"'), tmp_path / "l.pdf"
    plan = "2 sessions every 4 weeks: exceed; cheek 1 mm, 4 passes"
    words = ("--start", "2027-03-01", "--draws", "3", "--language", language)
    done = run("care", "example", plan, *words, "--leaflet", str(leaflet), "--letterhead", str(head))
    assert done.status == 0, done.err
    reader = pypdf.PdfReader(leaflet)
    told = text_of(reader)
    assert reader.trailer["/Root"]["/Lang"] == language  # type: ignore[index]
    assert "Clinic" in told and "01 234" in told and "____" not in told
    done = run("care", "example", plan, "--letterhead", str(head))
    assert done.status == 2 and "--leaflet FILE together with it" in done.err
    done = run("care", "example", plan, "--leaflet", str(tmp_path / "l.txt"))
    assert done.status == 2 and ".pdf" in done.err


def test_comparisons_and_updates_stand_under_the_letterhead(tmp_path: Path) -> None:
    head, report = written(tmp_path, 'name = "Clinic"'), tmp_path / "c.pdf"
    done = run(
        "compare", ONE, ONE.replace("1.5", "1"), "--draws", "3", "--report", str(report), "--letterhead", str(head)
    )
    assert done.status == 0 and "Clinic" in text_of(pypdf.PdfReader(report), 1)
    done = run("simulate", ONE, "--compare", ONE.replace("1.5", "1"), "--draws", "3", "--report", str(report),
               "--letterhead", str(head))  # fmt: skip
    assert done.status == 0 and "Clinic" in text_of(pypdf.PdfReader(report), 1)
    done = run("simulate", ONE, "--compare", ONE, "--draws", "3", "--report", str(report), "--language", "de")
    assert done.status == 2 and "language" in done.err
