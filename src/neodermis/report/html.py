"""Blocks as one self-contained HTML page: no script, no external resources, for print and dark mode.

Accessibility: language, one title, headings in order, a scope for every table heading, a text for every figure.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterable, Iterator
from html import escape
from itertools import count
from pathlib import Path
from typing import Any, Final

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
from neodermis.report.common import closing

_STYLE: Final = """
:root { --ink: #1c2733; --soft: #55626f; --line: #dfe5ea; --accent: #17406d; --paper: #fff; --warn: #fff7e6;
  --warn-edge: #b8790a; --stop: #fdeceb; --stop-edge: #b3261e; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --soft: #a9b5c1; --line: #3a4550; --accent: #9cc4ee;
  --paper: #161b21; --warn: #33290f; --stop: #3d1a18; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink);
  background: var(--paper); margin: 0 auto; max-width: 64rem; padding: 1.6rem 1.2rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 .3rem; color: var(--accent); }
h2 { font-size: 1.1rem; margin: 1.7rem 0 .4rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
h3 { font-size: 1rem; margin: 1rem 0 .2rem; }
p { margin: .35rem 0; } .soft, .foot { color: var(--soft); font-size: .88rem; } .lead { font-weight: 600; }
ul { margin: .4rem 0; padding-left: 1.2rem; } li { margin: .2rem 0; } ul.lead { font-weight: 400; font-size: 1.03rem; }
figure { margin: .8rem 0; background: #fff; } figure svg { width: 100%; height: auto; display: block; }
figure.small { max-width: 19rem; } figure.natural svg { width: auto; max-width: 100%; }
.plain th { font-weight: 600; width: 14rem; text-wrap: balance; }
@media (max-width: 40rem) { .plain th { width: 8rem; } }
.wide { overflow-x: auto; margin: .9rem 0; }
table { border-collapse: collapse; font-size: .86rem; width: 100%; overflow-wrap: normal; }
caption { text-align: left; font-weight: 600; font-size: .95rem; padding: .2rem 0 .35rem; }
th, td { text-align: left; padding: .28rem .55rem; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; } tbody th { font-weight: 500; }
.box { background: var(--warn); border-left: 4px solid var(--warn-edge); padding: .5rem .9rem; margin: .7rem 0; }
.box.stop { background: var(--stop); border-color: var(--stop-edge); } .box ul { margin: .2rem 0; }
.mark { color: #fff; border-radius: .3rem; padding: .08rem .5rem; font-size: .8rem; font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .6rem; margin: .8rem 0; }
.facts div { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .7rem; }
.facts dt { color: var(--soft); font-size: .82rem; } .facts dd { margin: 0; font-size: 1.25rem; font-weight: 600;
  color: var(--accent); line-height: 1.25; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 0 2rem; }
header.clinic { display: flex; gap: 1rem; align-items: center; border-bottom: 2px solid var(--accent);
  padding-bottom: .6rem; margin-bottom: 1rem; }
header.clinic img { max-height: 4rem; max-width: 12rem; background: #fff; }
header.clinic p { margin: 0; font-size: .86rem; }
hr { border: 0; border-top: 2px solid var(--accent); margin: 2.5rem 0; }
details { margin: 1rem 0; } summary { cursor: pointer; font-weight: 600; }
code, pre { font-size: .82rem; overflow-wrap: anywhere; } pre { white-space: pre-wrap; } a { color: var(--accent); }
@media print { body { padding: 0; font-size: 11px; max-width: none; } details.sources { display: none; }
  hr { border: 0; margin: 0; break-after: page; }
  tr, figure, .box, .facts div { break-inside: avoid; } h2, h3 { break-after: avoid; } }
"""


def html(page: Iterable[Block], *, language: str = "en") -> str:
    """The page as one HTML document; its title is the first heading, followed by the lead paragraph."""
    blocks = list(page)
    opening = [one for one in blocks if not isinstance(one, Letterhead)][:2]
    named = [one for one in opening if isinstance(one, Heading | Paragraph)]
    told = [one.text for one in named if isinstance(one, Heading) or one.tone == "lead"]
    title = ": ".join(told)
    body = _own_names(fragment(blocks))
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def fragment(page: Iterable[Block]) -> str:
    """Blocks as HTML without a surrounding document."""
    lines: list[str] = []
    opened = 0
    for block in page:
        lines += _shown(block)
        if isinstance(block, Sheet) and block.language:
            lines.append(f'<div lang="{escape(block.language)}">')
            opened += 1
    return "\n".join([*lines, *["</div>"] * opened])


def write_html(page: Iterable[Block], path: Path, *, language: str = "en") -> None:
    """Write :func:`html` atomically."""
    text = html(page, language=language)
    with replacing(path) as draft:
        draft.write_text(text, "utf-8")


def _text(text: str) -> str:
    """A text without marks, escaped."""
    return escape(printable(plain(text)))


def inline(text: str) -> str:
    """A text with its marks as HTML; everything else is escaped."""
    parts, at = [], 0
    for found in MARKS.finditer(text):
        code, strong, words, address = found.groups()
        parts.append(escape(printable(text[at : found.start()])))
        parts.append(
            f"<code>{escape(printable(code))}</code>" if code else
            f"<strong>{escape(printable(strong))}</strong>" if strong else
            f'<a href="{escape(address)}">{escape(printable(words))}</a>'
        )  # fmt: skip
        at = found.end()
    return "".join([*parts, escape(printable(text[at:]))])


def _class(*names: str) -> str:
    told = " ".join(filter(None, names))
    return f' class="{told}"' if told else ""


def _heading(block: Heading) -> Iterator[str]:
    mark = f' <span class="mark" style="background: {block.colour}">{_text(block.mark)}</span>' if block.mark else ""
    anchor = f' id="{escape(block.anchor)}"' if block.anchor else ""
    yield f"<h{block.level}{anchor}>{inline(block.text)}{mark}</h{block.level}>"


def _paragraph(block: Paragraph) -> Iterator[str]:
    box = ("box", "stop") if block.tone == "stop" else ("box",) if block.tone == "warning" else (block.tone,)
    yield f"<p{_class(*box)}>{inline(block.text)}</p>"


def _points(block: Points) -> Iterator[str]:
    yield f"<ul{_class(block.tone)}>"
    yield from (f"<li>{inline(item)}</li>" for item in block.items)
    yield "</ul>"


def _table(block: Table | References) -> Iterator[str]:
    name = f' role="region" aria-label="{_text(block.title)}"' if block.title else ""
    yield f'<div class="wide{"" if block.header else " plain"}" tabindex="0"{name}><table>'
    if block.title:
        yield f"<caption>{inline(block.title)}</caption>"
    if block.header:
        cells = (f'<th scope="col">{inline(cell)}</th>' if cell else "<td></td>" for cell in block.header)
        yield f"<thead><tr>{''.join(cells)}</tr></thead>"
    yield "<tbody>"
    for first, *rest in block.rows:
        name = f'<th scope="row">{inline(first)}</th>' if first else "<td></td>"
        yield f"<tr>{name}{''.join(f'<td>{inline(cell)}</td>' for cell in rest)}</tr>"
    yield "</tbody></table></div>"


def svg(block: Figure) -> str:
    """The figure as an SVG element without the metadata of the drawing library."""
    from matplotlib import rc_context

    text = io.StringIO()
    with rc_context({"svg.fonttype": "none" if block.small else "path"}):
        closing(block.draw(), lambda drawn: drawn.savefig(text, format="svg"))
    drawn = text.getvalue()
    return re.sub(r"<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)


def _own_names(body: str) -> str:
    """A page in which each figure has names of its own: the drawing library gives those of letters in all alike.

    A name that nothing in its figure refers to is left out: groups may share it, and it may be no valid one.
    """
    figures = count(1)

    def renamed(found: re.Match[str]) -> str:
        prefix = f"f{next(figures)}-"
        used = set(re.findall(r"#([^\"')]+)[\"')]", found[0]))
        needed = re.sub(r'\sid="([^"]*)"', lambda name: name[0] if name[1] in used else "", found[0])
        return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}", needed)

    return re.sub(r"<svg.*?</svg>", renamed, body, flags=re.DOTALL)


def _figure(block: Figure) -> Iterator[str]:
    words = _text(block.alternative)
    size = _class("small" if block.small else "", "natural" if block.natural else "")
    yield f'<figure{size} role="img" aria-label="{words}">{svg(block)}</figure>'


def _note(block: Note) -> Iterator[str]:
    yield f"<div{_class('box', 'stop' if block.tone == 'stop' else '')}>"
    yield f"<p><strong>{inline(block.title)}</strong></p>" if block.title else ""
    if len(block.items) == 1:
        yield f"<p>{inline(block.items[0])}</p>"
    else:
        yield from _points(Points(block.items))
    yield "</div>"


def _fold(block: Fold) -> Iterator[str]:
    yield f"<details><summary>{inline(block.title[0].upper() + block.title[1:])}</summary>"
    yield from (line for inner in block.blocks for line in _shown(inner))
    yield "</details>"


def _references(block: References) -> Iterator[str]:
    yield f'<details class="sources"><summary>{inline(block.title)}</summary>'
    yield from _table(Table("", block.header, block.rows))
    yield "</details>"


def _code(block: Code) -> Iterator[str]:
    yield f"<pre>{chr(10).join(escape(printable(line)) for line in block.lines)}</pre>"


def _facts(block: Facts) -> Iterator[str]:
    cells = (f"<div><dt>{inline(what)}</dt><dd>{inline(value)}</dd></div>" for value, what in block.items)
    yield f'<dl class="facts">{"".join(cells)}</dl>'


def _columns(block: Columns) -> Iterator[str]:
    yield f'<div class="columns"><div>{fragment(block.left)}</div><div>{fragment(block.right)}</div></div>'


#: Format of a logo → its media type.
_MEDIA: Final = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}


def _letterhead(block: Letterhead) -> Iterator[str]:
    yield '<header class="clinic">'
    if block.logo:
        data = base64.b64encode(block.logo).decode()
        yield f'<img src="data:{_MEDIA[block.kind]};base64,{data}" alt="{_text(block.name)}">'
    lines = "".join(f"<p>{inline(line)}</p>" for line in block.lines)
    yield f"<div><p><strong>{inline(block.name)}</strong></p>{lines}</div></header>"


def _sheet(block: Sheet) -> Iterator[str]:
    yield "<hr>"


_RENDERERS: Final[dict[type, Callable[[Any], Iterator[str]]]] = {
    Heading: _heading, Paragraph: _paragraph, Points: _points, Code: _code, Table: _table, Figure: _figure,
    Note: _note, References: _references, Fold: _fold, Facts: _facts, Columns: _columns, Letterhead: _letterhead,
    Sheet: _sheet,
}  # fmt: skip


def _shown(block: Block) -> Iterator[str]:
    return _RENDERERS[type(block)](block)
