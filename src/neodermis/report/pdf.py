"""Blocks as one tagged PDF (PDF/UA-1): fonts embedded, text that can be selected, an alternative for every figure.

The page is written as a Typst document, whose texts are string literals only: nothing that a file or a user gives is
read as markup.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from neodermis.documents import replacing
from neodermis.errors import printable
from neodermis.report.blocks import (
    MARKS,
    Block,
    Code,
    Columns,
    Facts,
    Figure,
    Fold,
    Heading,
    Letterhead,
    Note,
    Paragraph,
    Points,
    References,
    Sheet,
    Table,
    plain,
)  # fmt: skip
from neodermis.report.html import svg

#: Sizes of paper.
Paper = Literal["a4", "us-letter"]

_STYLE: Final = """
#let ink = rgb("#1c2733"); #let soft = rgb("#55626f"); #let line-colour = rgb("#dfe5ea"); #let accent = rgb("#17406d")
#set text(font: ("DejaVu Sans", "Libertinus Serif"), size: 8.4pt, fill: ink, fallback: true)
#set par(leading: 0.58em, spacing: 0.75em, justify: false)
#show raw: set text(font: "DejaVu Sans Mono", size: 0.88em)
#show heading: set text(fill: accent)
#show heading.where(level: 1): it => block(below: 0.6em, text(size: 15pt, it.body))
#show heading.where(level: 2): it => block(above: 0.95em, below: 0.55em, width: 100%, sticky: true,
  stroke: (bottom: 0.6pt + line-colour), inset: (bottom: 3pt), text(size: 10.5pt, it.body))
#show heading.where(level: 3): it => block(above: 1em, below: 0.5em, sticky: true, text(size: 9.2pt, it.body))
#show link: set text(fill: accent)
#set list(indent: 0em, body-indent: 0.5em, spacing: 0.62em)
#let boxed(fill, edge, body) = block(fill: fill, stroke: (left: 2.5pt + edge), inset: (x: 7pt, y: 5pt), width: 100%,
  above: 0.7em, below: 0.7em, body)
#let warn(body) = boxed(rgb("#fff7e6"), rgb("#b8790a"), body)
#let stop(body) = boxed(rgb("#fdeceb"), rgb("#b3261e"), body)
#let fact(value, what) = block(stroke: 0.6pt + line-colour, radius: 3pt, inset: 6pt, width: 100%)[
  #text(size: 11.5pt, weight: "bold", fill: accent, value) \\
  #text(size: 7.4pt, fill: soft, what)]
#let fitted(body) = layout(size => {
  let share = size.height / measure(block(width: size.width, body)).height
  if share < 1 and share > 0.87 {
    scale(100% * share, reflow: true, origin: top + left, block(width: size.width / share, body))
  } else { body }
})
#let name(body) = text(fill: soft, weight: "bold", body)
#let told(title, size, widths, header, ..cells) = {
  if title != none { block(above: 1em, below: 0.5em, sticky: true, strong(title)) }
  set text(size: size)
  table(columns: widths, stroke: (x, y) => (bottom: 0.5pt + line-colour), inset: (x: 3pt, y: 2.6pt),
    align: left + top, ..if header == none { () } else { (table.header(..header),) }, ..cells)
}
"""


def pdf(page: Iterable[Block], *, language: str = "en", paper: Paper = "a4") -> bytes:
    """The page as one PDF document; its title is the first heading.

    Parameters
    ----------
    page
        Blocks in reading order; the first heading is of level 1.
    language
        Language of the texts, as a code of ISO 639-1.
    paper
        ``a4`` or ``us-letter``.
    """
    return _compiled(page, language, paper, format="pdf", pdf_standards="ua-1")


def first_sheet(
    page: Iterable[Block], *, language: str = "en", paper: Paper = "a4", dots_per_inch: float = 110
) -> bytes:
    """The first sheet of :func:`pdf` as a PNG image."""
    return _compiled(page, language, paper, format="png", ppi=dots_per_inch)


def _compiled(page: Iterable[Block], language: str, paper: Paper, **how: Any) -> bytes:
    """The page as Typst makes it; of several images the first."""
    import matplotlib
    import typst

    blocks = list(page)
    title = next((plain(one.text) for one in blocks if isinstance(one, Heading)), "neodermis")
    with tempfile.TemporaryDirectory(prefix="neodermis-") as folder:
        writer = _Writer(Path(folder))
        first = next((number for number, block in enumerate(blocks) if isinstance(block, Sheet)), 0)
        body = "\n".join(writer.lines(blocks[first:]))
        if first:  # what ends with a sheet is made to fit it where it exceeds it by little
            body = f"#fitted{writer.content(blocks[:first])};\n{body}"
        source = (
            f"#set document(title: {_string(title)}, date: none)\n"
            f'#set page(paper: "{paper}", margin: (x: 1.6cm, top: 1.1cm, bottom: 1.3cm), footer: context '
            'align(center, text(size: 7pt, fill: rgb("#55626f"), '
            f"[#{_string(title)}; · #counter(page).display() / #counter(page).final().first()])))\n"
            f"{_STYLE}\n#set text(lang: {_string(language)})\n{body}\n"
        )
        (Path(folder) / "page.typ").write_text(source, "utf-8")
        fonts = typst.Fonts(
            include_system_fonts=False, font_paths=[Path(matplotlib.get_data_path()) / "fonts" / "ttf"]
        )  # the fonts of the figures
        made = typst.compile(Path(folder) / "page.typ", root=Path(folder), font_paths=fonts, timestamp=0, **how)
    return bytes(made[0] if isinstance(made, list) else made)


def write_pdf(page: Iterable[Block], path: Path, *, language: str = "en", paper: Paper = "a4") -> None:
    """Write :func:`pdf` atomically."""
    made = pdf(page, language=language, paper=paper)
    with replacing(path) as draft:
        draft.write_bytes(made)


def _string(text: str) -> str:
    """A text as a string literal of Typst."""
    text = printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def _inline(text: str) -> str:
    """A text with its marks as content, in code mode."""
    parts, at = [], 0
    for found in MARKS.finditer(text):
        code, strong, words, address = found.groups()
        parts.append(f"#{_string(text[at : found.start()])};" if found.start() > at else "")
        parts.append(
            f"#raw({_breakable(_string(code))});" if code else
            f"#strong({_string(strong)});" if strong else
            f"#link({_string(address)})[#{_string(words)}];" if address.startswith("http") else
            f"#{_string(words)};"
        )  # fmt: skip
        at = found.end()
    parts.append(f"#{_string(text[at:])};" if at < len(text) else "")
    return f"[{''.join(parts)}]"


def _breakable(code: str) -> str:
    """A string literal of code with places where a long word may be broken."""
    return re.sub(r"([/_.,=&?-])(?=\w)", "\\1\u200b", code)


#: Height of the tallest figure over the width of the text: that of a page of either paper.
_TALLEST: Final = 1.3


def _height_over_width(drawn: str) -> float:
    """Height of an SVG figure over its width."""
    found = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', drawn)
    return float(found[2]) / float(found[1]) if found else 1.0


#: Least and greatest weight of a column, and the greatest of the names of rows, in characters.
_NARROW, _WIDE, _NAMES = 4.0, 46.0, 30.0


def widths(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """Relative widths of the columns: no less than the longest word, and less than in proportion to the longest text.

    The first column, which names the rows, has the width of its longest text where that is short.
    """
    columns = zip(*([header] if header else []), *rows, strict=False)
    found = []
    for number, column in enumerate(columns):
        texts = [plain(cell) for cell in column]
        word = max((len(each) for text in texts for each in text.split()), default=0)
        longest = max(map(len, texts), default=0)
        weight = max(2.2 * longest**0.6, min(longest, _NAMES) if number == 0 else 0.0)
        found.append(min(max(_NARROW, word, weight), _WIDE))
    return found


class _Writer:
    """Lines of a Typst document; figures are files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files = folder, 0

    def lines(self, blocks: Iterable[Block]) -> Iterator[str]:
        for block in blocks:
            yield from _RENDERERS[type(block)](self, block)

    def content(self, blocks: Iterable[Block]) -> str:
        """Blocks as one piece of content."""
        return "[\n" + "\n".join(self.lines(blocks)) + "\n]"

    def file(self, content: bytes, ending: str) -> str:
        """Path of a new file for the document."""
        self.files += 1
        name = f"{self.files}.{ending}"
        (self.folder / name).write_bytes(content)
        return name

    def heading(self, block: Heading) -> Iterator[str]:
        mark = (
            f"#h(0.5em)#box(fill: rgb({_string(block.colour)}), radius: 2pt, inset: (x: 4pt, y: 2pt), "
            f'text(size: 7.5pt, fill: white, {_string(block.mark)}));'
            if block.mark and block.colour else
            f"#{_string(f': {block.mark}')};" if block.mark else ""
        )  # fmt: skip
        yield f"#heading(level: {block.level})[#{_inline(block.text)};{mark}];"

    def paragraph(self, block: Paragraph) -> Iterator[str]:
        text = _inline(block.text)
        yield {
            "lead": f"#par(strong({text}));",
            "soft": f"#par(text(fill: soft, size: 0.92em, {text}));",
            "foot": f"#par(text(fill: soft, size: 0.82em, {text}));",
            "warning": f"#warn({text});",
            "stop": f"#stop({text});",
        }.get(block.tone, f"#par({text});")

    def points(self, block: Points) -> Iterator[str]:
        yield f"#list({', '.join(map(_inline, block.items))});"

    def code(self, block: Code) -> Iterator[str]:
        yield f"#raw({_string(chr(10).join(block.lines))}, block: true);"

    def table(self, block: Table | References, size: float | None = None) -> Iterator[str]:
        rows = [list(row) for row in block.rows]
        if not rows:
            return
        columns = len(block.header or rows[0])
        size = size or (7.6 if columns < 6 else 6.6 if columns < 9 else 5.6)
        title = _inline(block.title) if block.title else "none"
        header = (
            "none" if not block.header else
            f"({', '.join(f'name({_inline(cell)})' for cell in block.header)},)"
        )  # fmt: skip
        shares = ", ".join(f"{each:.1f}fr" for each in widths(block.header, rows))
        if columns == 2 and not block.header and max(len(plain(row[0])) for row in rows) <= _NAMES:
            shares = "auto, 1fr"  # words, and what they mean
        cells = ", ".join(_inline(cell) for row in rows for cell in (*row, *([""] * (columns - len(row)))))
        yield f"#told({title}, {size}pt, ({shares},), {header}, {cells});"

    def figure(self, block: Figure) -> Iterator[str]:
        drawn = svg(block)
        name = self.file(drawn.encode(), "svg")
        size = "width: 42%" if block.small else "width: 100%"
        if (tall := _height_over_width(drawn)) > _TALLEST:
            size = f"width: {100.0 * _TALLEST / tall:.0f}%"  # of a page, which no figure exceeds
        yield f'#align(center, image("{name}", {size}, alt: {_string(plain(block.alternative))}));'

    def note(self, block: Note) -> Iterator[str]:
        inner: list[Block] = [Paragraph(block.title, "lead")] if block.title else []
        inner += [Paragraph(block.items[0])] if len(block.items) == 1 else [Points(block.items)]
        yield f"#{'stop' if block.tone == 'stop' else 'warn'}({self.content(inner)});"

    def references(self, block: References) -> Iterator[str]:
        yield from self.heading(Heading(block.title))
        yield from self.table(Table("", block.header, block.rows), 5.6)

    def fold(self, block: Fold) -> Iterator[str]:
        yield from self.heading(Heading(block.title[0].upper() + block.title[1:]))
        yield from self.lines(block.blocks)

    def facts(self, block: Facts) -> Iterator[str]:
        cells = ", ".join(f"fact({_inline(value)}, {_inline(what)})" for value, what in block.items)
        columns = min(len(block.items), 6)
        yield f"#grid(columns: (1fr,) * {columns}, gutter: 5pt, {cells});"

    def columns(self, block: Columns) -> Iterator[str]:
        yield (
            f"#grid(columns: (1fr, 1fr), column-gutter: 14pt, {self.content(block.left)}, {self.content(block.right)});"
        )

    def letterhead(self, block: Letterhead) -> Iterator[str]:
        lines = " ".join(f"#linebreak();#text(size: 7.6pt, fill: soft, {_inline(line)});" for line in block.lines)
        told = f'[#text(size: 11pt, weight: "bold", {_inline(block.name)});{lines}]'
        if block.logo:
            name = self.file(block.logo, block.kind)
            logo = f'image("{name}", height: 1cm, fit: "contain", alt: {_string(block.name)})'
            told = f"grid(columns: (auto, 1fr), column-gutter: 10pt, align: horizon, {logo}, {told})"
        yield (f"#block(width: 100%, stroke: (bottom: 1pt + accent), inset: (bottom: 4pt), below: 0.9em, {told});")

    def sheet(self, block: Sheet) -> Iterator[str]:
        yield "#pagebreak(weak: true);"
        if block.language:
            yield f"#set text(lang: {_string(block.language)})"


_RENDERERS: Final[dict[type, Callable[[_Writer, Any], Iterator[str]]]] = {
    Heading: _Writer.heading, Paragraph: _Writer.paragraph, Points: _Writer.points, Code: _Writer.code,
    Table: _Writer.table, Figure: _Writer.figure, Note: _Writer.note, References: _Writer.references,
    Fold: _Writer.fold, Facts: _Writer.facts, Columns: _Writer.columns, Letterhead: _Writer.letterhead,
    Sheet: _Writer.sheet,
}  # fmt: skip
