"""One bibliography: what is cited is there, what is there is cited, and each work is told whole and safely."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest

from neodermis.care.advice import load_care
from neodermis.care.rules import load_rules
from neodermis.evidence import (
    Work,
    load_bibliography,
    load_heat_parameters,
    load_parameters,
    load_study,
    study_ids,
)
from neodermis.evidence.bibliography import OTHERS, Kind
from neodermis.skin.tissue import load_sites
from neodermis.treatment import load_devices, load_heat_devices
from neodermis.treatment.active import load_actives
from neodermis.treatment.anaesthetic import load_anaesthetics

DATA = Path(str(files("neodermis.evidence") / "data"))
WORKS = load_bibliography()
KNOWN = {*WORKS, *(alias for work in WORKS.values() for alias in work.aliases)}
#: Works that were read at one address, and why.
ONE_ADDRESS = {
    frozenset(
        {"fisher-2009", "grove-kligman-1983", "murad-1981", "ortonne-1990", "shin-2019", "zmitek-2024"}
    ): "quoted",
    frozenset({"cooper-2015", "waugh-sherratt-2006"}): "two models of one repository",
    frozenset({"logd74-set", "physprop-set"}): "two tables of one repository",
    frozenset({"sccs-retinol", "sccs-salicylic"}): "the committee's page of all opinions",
    frozenset({"clinic-numbing-times", "emla-label"}): "a label, and what clinics give beside it",
    frozenset({"isotretinoin-us-guide", "winkelmann-isotretinoin"}): "a label as an answer quotes it, and the answer",
}


def strings(node: Any) -> Iterator[str]:
    """Every text of a document."""
    if isinstance(node, dict):
        for inside in node.values():
            yield from strings(inside)
    elif isinstance(node, list):
        for inside in node:
            yield from strings(inside)
    elif isinstance(node, str):
        yield node


def document(package: str, name: str) -> dict[str, Any]:
    return tomllib.loads((files(package) / "data" / name).read_text("utf-8"))


def cited() -> dict[str, set[str]]:
    """Keys by what rests on them."""
    sites, care = load_sites().values(), load_care()
    return {
        "parameters": {key for p in load_parameters() for key in p.sources},
        "sites": {row.source for site in sites for row in (*site.thickness, *site.reported)}
        | {row["source"] for site in sites for row in site.also_published},
        "findings": {load_study(name).source for name in study_ids()},
        "figures": {
            figure["source"]
            for name in ("figures.toml", "ageing_figures.toml", "delivery_figures.toml")
            for figure in tomllib.loads((DATA / name).read_text("utf-8"))["figure"]
        },
        "actives": {key for one in load_actives().values() for each in (one, *one.effects) for key in each.sources},
        "devices": {key for device in load_devices().values() for key in device.sources},
        "heat": {key for p in load_heat_parameters() for key in p.sources}
        | {key for device in load_heat_devices().values() for key in device.sources}
        | {row["source"] for row in tomllib.loads((DATA / "heat_sizes.toml").read_text("utf-8"))["size"]},
        "anaesthetics": {key for one in load_anaesthetics().values() for key in one.sources},
        "people": {text for text in strings(document("neodermis.people", "population.toml")) if text in KNOWN},
        "rules": {key for one in load_rules().rules.values() for key in one.sources}
        | {use.source for use in load_rules().labelled}
        | {
            key
            for one in load_rules().rules.values()
            for branch in one.branches
            if branch.wait is not None
            for _, keys in branch.wait.reported
            for key in keys
        },
        "care": {key for item in care.items for key in item.all_sources()}
        | {key for one in (*care.checks, *care.flags) for key in one.get("sources", ())}
        | {key for one in care.anaesthetics.values() for key in one.sources},
        "claims": {text for text in strings(document("neodermis.claims", "claims.toml")) if text in KNOWN},
    }


CITED = cited()


@pytest.mark.parametrize("what", CITED)
def test_every_key_that_is_used_leads_to_a_work_under_its_own_key(what: str) -> None:
    assert CITED[what] - set(WORKS) == set()
    assert CITED[what] or what == "claims"


def test_no_work_is_kept_that_nothing_rests_on() -> None:
    # a class of devices and what is not of a device, a rule's effect and its label cite beside those that were counted
    more = "\n".join(
        (files(package) / "data" / name).read_text("utf-8")
        for package, name in (
            ("neodermis.treatment", "devices.toml"),
            ("neodermis.care", "rules.toml"),
            ("neodermis.care", "care.toml"),
        )
    )
    unused = {key for key in WORKS if key not in set().union(*CITED.values())}
    assert {key for key in unused if f'"{key}"' not in more} == set()


def test_a_work_of_the_evidence_says_in_whom_it_was_measured() -> None:
    evidence = CITED["parameters"] | CITED["sites"] | CITED["findings"] | CITED["figures"] | CITED["actives"]
    evidence |= CITED["anaesthetics"] | CITED["heat"]
    assert [key for key in sorted(evidence) if not WORKS[key].species] == []


def test_a_work_of_screening_and_care_has_a_tier() -> None:
    assert [key for key in sorted(CITED["rules"] | CITED["care"]) if not WORKS[key].tier] == []


@pytest.mark.parametrize("work", WORKS.values(), ids=lambda work: work.key)
def test_a_work_can_be_found_again(work: Work) -> None:
    assert work.kind in get_args(Kind)
    assert work.title and (work.title_seen or work.about)
    assert work.title_seen != (work.title.startswith("[") and work.title.endswith("; title not found]"))
    assert "not printed" not in work.title
    assert work.year is None or 1900 < work.year < 2100
    assert work.dated == (str(work.year) if work.year else "year not found")
    assert work.doi or work.pmid or work.address or work.key.startswith("article-") or work.via == "copy"
    assert not work.doi or re.fullmatch(r"10\.\d{4,9}/\S+", work.doi)
    assert not work.pmid or re.fullmatch(r"\d{5,9}", work.pmid)
    assert OTHERS not in work.authors[:-1] and work.authors != (OTHERS,)
    assert all(name.strip() == name and name for name in work.authors)
    assert work.text.count(work.title) == 1


def test_most_works_of_journals_have_their_authors_and_title() -> None:
    articles = [work for work in WORKS.values() if work.kind == "article"]
    seen = [work for work in articles if work.title_seen]
    assert len(seen) >= 150 and len([work for work in articles if work.authors]) >= 130


def test_old_keys_lead_to_their_work_and_are_not_listed() -> None:
    aliases = {alias: work for work in WORKS.values() for alias in work.aliases}
    assert len(aliases) == sum(len(work.aliases) for work in WORKS.values()) >= 20
    for alias, work in aliases.items():
        assert alias in WORKS and WORKS[alias] is work and alias not in set(WORKS)
    assert "nobody-1900" not in WORKS and WORKS.get("nobody-1900") is None


def test_no_work_is_there_twice() -> None:
    for identity in ("doi", "pmid"):
        seen = [getattr(work, identity).lower() for work in WORKS.values() if getattr(work, identity)]
        assert sorted(seen) == sorted(set(seen))
    at: dict[str, set[str]] = {}
    for work in WORKS.values():
        if work.address:
            plain = re.sub(r"^https?://(www\.)?", "", work.address).rstrip("/").lower()
            at.setdefault(plain, set()).add(work.key)
    assert {frozenset(keys) for keys in at.values() if len(keys) > 1} == set(ONE_ADDRESS)


# ------------------------------------------------------------------------------------------------- BibTeX


def parse_bibtex(text: str) -> list[tuple[str, str, dict[str, str]]]:
    """Entries as (type, key, fields), by the grammar of BibTeX: braces balance, no field comes twice."""
    entries, place = [], 0

    def take(pattern: str) -> re.Match[str]:
        nonlocal place
        found = re.compile(pattern).match(text, place)
        assert found is not None, text[place : place + 80]
        place = found.end()
        return found

    while place < len(text):
        kind, key = take(r"\s*@(\w+)\{([^\s,{}#%~\\\"']+),").groups()
        fields: dict[str, str] = {}
        while not re.compile(r"\s*\}").match(text, place):
            name = take(r"\s*(\w+)\s*=\s*\{")[1]
            start, depth = place, 1
            while depth:
                escaped = text[place] == "\\"
                depth += 0 if escaped else {"{": 1, "}": -1}.get(text[place], 0)
                place += 2 if escaped else 1
                assert place <= len(text)
            assert name not in fields and place - 1 > start
            fields[name] = text[start : place - 1]
            take(r",")
        take(r"\s*\}\s*")
        entries.append((kind, key, fields))
    return entries


#: Signs that TeX would read as a command, where no backslash stands before them.
COMMAND = re.compile(r"(?<!\\)[$&#%_]|[\^~]")
VERBATIM = ("url", "doi")


def test_the_bibliography_is_bibtex() -> None:
    entries = parse_bibtex("\n".join(work.bibtex for work in WORKS.values()))
    assert [key for _, key, _ in entries] == list(WORKS)
    for kind, key, fields in entries:
        needed = {"author", "title", "journal", "year"} if kind == "article" else {"title", "howpublished"}
        assert kind in ("article", "misc") and needed <= set(fields), key
        for name, value in fields.items():
            if name in VERBATIM:
                assert not set("{}\\") & set(value), key
            else:
                assert not COMMAND.search(value), (key, value)
        assert fields.get("year", "1999").isdecimal()


def test_what_tex_reads_as_a_command_is_escaped() -> None:
    hostile = r"100 % of R&D_a #1 {x} \input{y} $z$ a~b^c"
    work = Work(key="x-2000", kind="article", printed_title=hostile, about=hostile, authors=("Al Chalabi", "Meng Y",
                "Fligiel SEG", OTHERS), year=2000, journal="A & B", pages="12(3):45-67",
                address="https://e.org/{a}_b%20c")  # fmt: skip
    ((kind, key, fields),) = parse_bibtex(work.bibtex)
    assert (kind, key) == ("article", "x-2000")
    assert fields["author"] == "{Al Chalabi} and Meng, Y. and Fligiel, S. E. G. and others"
    assert (fields["volume"], fields["number"], fields["pages"]) == ("12", "3", "45--67")
    assert fields["url"] == "https://e.org/%7Ba%7D_b%20c" and fields["journal"] == r"A \& B"
    assert not COMMAND.search(fields["title"]) and r"\textbackslash{}input\{y\}" in fields["title"]
    ((kind, _, fields),) = parse_bibtex(replace(work, authors=(), pages="S1:e1, e2").bibtex)
    assert kind == "misc" and fields["howpublished"] == r"A \& B" and fields["pages"] == "S1:e1, e2"


def test_a_work_in_one_line() -> None:
    assert WORKS["juhasz-2020"].text.startswith(
        "Juhasz, Cohen. Microneedling for the Treatment of Scars: An Update for Clinicians. "
        "Clin Cosmet Investig Dermatol 2020;13:997-1003. DOI 10.2147/CCID.S267192, PMID 33376377, https://"
    )
    assert WORKS["xu-2017-epidermis"].by == "Xu H et al."
    work = WORKS["striae-alba-2023"]
    assert not work.title_seen and work.title.endswith("; title not found]") and work.by == ""
