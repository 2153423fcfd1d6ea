"""One page, four renderers: every renderer says the same, each in its form."""

import itertools
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from matplotlib import pyplot as plt

from neodermis.report import blocks, html, markdown, terminal
from neodermis.report.blocks import (
    Block,
    Code,
    Figure,
    Fold,
    Heading,
    Note,
    Paragraph,
    Points,
    References,
    Table,
)

HOSTILE = "<script>alert(1)</script> \x1b[31m & [x](javascript:alert(1))"


def drawn() -> Any:
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    return fig


def page() -> list[Block]:
    """A page with every kind of block."""
    return [
        Heading("A title", 1),
        Paragraph("a sentence that stands out", "lead"),
        Heading("A section", 2, anchor="one", mark="supported", colour="#1b7a3d"),
        Points(["first `code`", "second **strong**", "third [a link](https://example.org/a)"]),
        Table("Numbers", ("name", "value"), [("one", "1 (0 to 2)"), ("two", "a|b"), ("", "no name")]),
        Table("", (), [("when", "what")]),
        Figure(drawn, "a line that rises", "images/line.png"),
        Note(["read this"], "Take care", tone="stop"),
        Note(["a remark"], "Notes"),
        Code(["neodermis simulate"]),
        References("2 sources", ("work", "year"), [("a work", "2001"), ("another", "2002")]),
        Fold("More", [Paragraph("folded away"), Points(["also folded"])]),
        Paragraph("computed with", "foot"),
    ]


class Elements(HTMLParser):
    """Elements of a page with their attributes, and whether each closes."""

    EMPTY = frozenset({"meta", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def said(block: Block) -> list[str]:
    """Every text of a block, without marks."""
    entry = blocks.document([block])[0]
    entry.pop("kind")

    def texts(value: Any) -> list[str]:
        if isinstance(value, str):
            return [blocks.plain(value)]
        if isinstance(value, (list, tuple)):
            return [text for part in value for text in texts(part)]
        return [text for name, part in value.items() if name != "kind" for text in texts(part)] if value else []

    look = {"tone", "colour", "anchor", "level", "small", "address"}
    return [t for name, value in entry.items() if name not in look for t in texts(value) if t]


def test_html_says_every_text_of_every_block() -> None:
    found = Elements(html.html(page()))
    told = found.text + " ".join(a.get("aria-label") or "" for _, a in found.found)
    assert not found.open
    for block in page():
        for text in said(block):
            assert text in told, text


def test_html_is_accessible_and_loads_nothing() -> None:
    found = Elements(html.html(page(), language="de"))
    tags = [tag for tag, _ in found.found]
    assert dict(found.found)["html"]["lang"] == "de" and tags.count("h1") == 1 and tags.count("main") == 1
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]
    assert all(later <= before + 1 for before, later in itertools.pairwise(levels))
    assert all(a.get("scope") in ("col", "row") for tag, a in found.found if tag == "th")
    assert all(a.get("aria-label") for tag, a in found.found if tag == "figure")
    assert all(a.get("tabindex") == "0" for tag, a in found.found if a.get("class") == "wide")
    assert not {"script", "link", "iframe", "object", "img", "metadata"} & set(tags)


def test_html_escapes_what_others_wrote() -> None:
    texts: list[Block] = [
        Heading(HOSTILE, 1), Paragraph(HOSTILE), Points([HOSTILE]), Table(HOSTILE, (HOSTILE,), [(HOSTILE,)]),
        Code([HOSTILE]), Note([HOSTILE], HOSTILE), Fold(HOSTILE, [Paragraph(HOSTILE)]), Figure(drawn, HOSTILE),
        References(HOSTILE, (HOSTILE,), [(HOSTILE,)]),
    ]  # fmt: skip
    found = Elements(html.html(texts))
    assert not {"script", "a"} & {tag for tag, _ in found.found}
    assert "<script>alert(1)</script>" in found.text and "\x1b" not in found.text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_terminal_fits_its_width_and_says_what_is_not_on_the_command_line(width: int) -> None:
    long = Table("Long", ("name", *map(str, range(9))), [("a row", *(["1.5 (0.015 to 2.4)"] * 9))])
    told = list(terminal.lines([*page(), long], width))
    tables = [line for line in terminal.lines([long, page()[4]], width)]
    assert all(len(line) <= width for line in tables) and all(line == line.rstrip() for line in told)
    text = "\n".join(told)
    for part in ("a sentence that stands out", "A section: supported", "- second strong", "a|b", "read this"):
        assert part in text
    for part in ("A title", "a line that rises", "a remark", "a work", "folded away", "computed with"):
        assert part not in text
    assert "Not printed here: More." in text
    whole = "\n".join(terminal.lines(page(), width, everything=True))
    assert all(part in whole for part in ("folded away", "a work", "computed with"))


def test_markdown_says_every_text_and_keeps_its_marks() -> None:
    text = markdown.markdown(page())
    for part in ("# A title", "## A section: supported", "- first `code`", "| two | a\\|b |", "```", "> read this",
                 "![a line that rises](images/line.png)", "[a link](https://example.org/a)"):  # fmt: skip
        assert part in text
    assert all(len(line) <= markdown.WIDTH for line in text.splitlines() if not line.startswith("|"))


def test_document_is_json_and_holds_the_order() -> None:
    held = json.loads(json.dumps(blocks.document(page()), allow_nan=False))
    assert [entry["kind"] for entry in held] == [type(block).__name__.lower() for block in page()]
    assert held[-2]["blocks"][0] == {"kind": "paragraph", "text": "folded away"}
    assert held[6]["alternative"] == "a line that rises" and "draw" not in held[6]


def test_a_table_without_a_header_names_its_values_in_every_form() -> None:
    rows = [("name", "exceed"), ("sources", "a work of some words that does not fit on one line"), ("", "another")]
    record = [Table("", (), rows)]
    told = list(terminal.lines(record, 40))
    assert told == [
        "name     exceed",
        "sources  a work of some words that does",
        "         not fit on one line",
        "         another",
    ]
    assert all(len(line) <= 20 for line in terminal.lines(record, 20))
    assert [line.count("|") for line in markdown.markdown(record).splitlines()] == [3] * 5
