"""``neodermis cite``: what a result rests on, from the documents of all commands, as text, BibTeX and JSON."""

import json
from datetime import date
from pathlib import Path

import pytest
from tests.cli.terminal import SHORT, refused, run
from tests.evidence.test_bibliography import parse_bibtex

import neodermis as nd
from neodermis.care.aftercare import plan_care
from neodermis.care.consultation import example, parse_consultation
from neodermis.evidence import load_bibliography, load_parameters

CARE = ("care", "example", SHORT, "--start", "2027-03-01", "--json")


@pytest.mark.parametrize(
    "words",
    [
        ("simulate", SHORT, "--draws", "2", "--until", "60", "--json"),
        ("injure", SHORT, "--draws", "2", "--json"),
        ("deliver", "l_ascorbic_acid", SHORT, "--draws", "2", "--json"),
        CARE,
    ],
    ids=lambda words: words[0],
)
def test_a_result_of_every_command_is_cited(words: tuple[str, ...], folder: Path) -> None:
    ran = run(*words)
    assert ran.status == 0, ran.err
    (folder / "result.json").write_text(ran.out, "utf-8")
    shown = run("cite", "result.json", "--bibtex", "works.bib")
    assert shown.status == 0 and "wrote works.bib" in shown.err
    rows = run("cite", "result.json", "--json").json
    assert len(rows) > 5 and all(row["for"] for row in rows)
    for number, row in enumerate(rows, start=1):
        assert f"[{number}] {row['text']}\n" in shown.out
    keys = {row["key"] for row in rows}
    assert keys <= set(load_bibliography())
    assert [key for _, key, _ in parse_bibtex((folder / "works.bib").read_text("utf-8"))] == sorted(keys)
    printed = run("cite", "result.json", "--bibtex", "-").out
    assert printed == (folder / "works.bib").read_text("utf-8")
    named = [source["key"] for source in json.loads(ran.out)["sources"]]
    assert set(named) <= keys


def test_a_screening_is_cited_by_rule(folder: Path) -> None:
    (folder / "one.toml").write_text(example(), "utf-8")
    ran = run("screen", "one.toml", "--today", "2026-11-20", "--json")
    (folder / "result.json").write_text(ran.out, "utf-8")
    rules = {rule["id"]: {one["key"] for one in rule["sources"]} for rule in ran.json["rules"]}
    rows = {row["key"]: row["for"] for row in run("cite", "result.json", "--json").json}
    assert any(rules.values())
    for name, keys in rules.items():
        assert all(name in rows[key] for key in keys)


def test_the_same_in_python(tmp_path: Path) -> None:
    course = nd.simulate(SHORT, draws=2, until=60)
    found = nd.cite(course)
    assert {one.key for one in found} == set(course.ledger.sources) and len(found) == len(course.ledger.sources)
    reasons = {one.key: one.reasons for one in found}
    for parameter in load_parameters():
        assert all(parameter.name in reasons[key] for key in parameter.sources)
    assert found.text.startswith("[1] ") and parse_bibtex(found.bibtex)
    care = plan_care(course.protocol, nd.Patient(), date(2027, 3, 1))
    assert {one.key for one in nd.cite(care)} >= set(care.sources)
    verdict = nd.screen(parse_consultation(example(), "c.toml"), today=date(2026, 11, 20))
    assert {key for one in verdict.findings for key in one.rule.sources} <= {one.key for one in nd.cite(verdict)}
    injuries = nd.injure(SHORT, draws=2)
    assert {one.key for one in nd.cite(injuries)} == set(injuries.ledger.sources)
    with pytest.raises(nd.InputError, match="Patient"):
        nd.cite(nd.Patient())


def test_an_old_key_and_an_unknown_one_are_told() -> None:
    found = nd.cite({"sources": [{"key": "exceed-k180778", "for": ["depth"]}, {"key": "k180778", "for": ["needles"]},
                                 {"key": "my_datasheet", "for": ["geometry of My pen"]}]})  # fmt: skip
    assert [(one.key, one.reasons) for one in found] == [
        ("k180778", ("depth", "needles")), ("my_datasheet", ("geometry of My pen",))
    ]  # fmt: skip
    assert "named by a file of the user's" in found.text
    assert [key for _, key, _ in parse_bibtex(found.bibtex)] == ["k180778"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "names its sources"), (b"{", "one whole JSON document"), (b"[1]", ""), (b"{}", "names its sources"),
        (b'{"sources": []}', "names its sources"), (b'{"sources": [1, null, {"key": 2}]}', "names its sources"),
        (b'{"sources": {"key": "ablon-2018"}}', "names its sources"), (b"\xff\xfe\x00", "UTF-8"),
        (b'{"a": NaN}', "finite"), (b'{"a":' * 900 + b"1" + b"}" * 900, ""), (b'{"a":' + b"[" * 100_000, ""),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused(content: bytes, told: str, folder: Path) -> None:
    (folder / "result.json").write_bytes(content)
    ran = run("cite", "result.json")
    assert ran.status == 2 and "Traceback" not in ran.err and not ran.out
    assert "result.json" in ran.err and told in ran.err


def test_paths_are_refused_before_anything_is_read(folder: Path) -> None:
    refused(run("cite", "nowhere.json"), "nowhere.json")
    refused(run("cite", "."), ".", "directory")
    (folder / "result.json").write_text('{"sources": [{"key": "ablon-2018", "for": ["x"]}]}', "utf-8")
    refused(run("cite", "result.json", "--bibtex", "nowhere/works.bib"), "nowhere/works.bib", "folder")
    refused(run("cite", "result.json", "--bibtex", "result.json"), "result.json", ".bib")
    (folder / "result.bib").write_bytes((folder / "result.json").read_bytes())
    refused(run("cite", "result.bib", "--bibtex", "result.bib"), "result.bib", "reads that file")
    assert (folder / "result.json").read_text("utf-8").startswith('{"sources"')
    shown = run("cite", "result.json")
    assert shown.status == 0 and shown.out.startswith("[1] Ablon. Safety and Effectiveness")


def test_pages_show_works_and_not_bare_keys(folder: Path) -> None:
    assert run("simulate", SHORT, "--draws", "2", "--until", "60", "--report", "course.html").status == 0
    page = (folder / "course.html").read_text("utf-8")
    resting = page.partition("References: ")[2]
    assert "Ghadially R et al.: The aged epidermal permeability barrier." in resting and "J Clin Invest" in resting
    assert resting.count("<tr>") - 1 == len(nd.simulate(SHORT, draws=2, until=60).ledger.sources)
    assert run("claims", "SUIT-01", "--html", "claims.html").status == 0
    assert "FDA De Novo DEN160029" in (folder / "claims.html").read_text("utf-8")
    assert run(*CARE[:-1], "--leaflet", "leaflet.html").status == 0
    leaflet = (folder / "leaflet.html").read_text("utf-8")
    assert "Gowda, Healey, Ezaldein et al.: A Systematic Review" in leaflet or "Gowda et al.: A Systematic" in leaflet
