"""Couplings of the healing cascade as a table, a JSON document and a signed matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis.report import style
from neodermis.report.cascade import state_name
from neodermis.report.common import Row, write_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neodermis.simulation.couplings import Coupling

#: The groups of states from cause to effect, each with its colour.
GROUPS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("Injury", "#dedede", ("platelet", "damage")),
    ("Inflammation", "#f3c9c4", (
        "neutrophil", "macrophage_inflammatory", "macrophage_repair", "inflammatory", "protease",
    )),
    ("Signals", "#eadcf0", ("tgf", "tgf3", "vegf")),
    ("Cells", "#f6e3b5", ("fibroblast", "activated", "myofibroblast", "capillary_set_point", "capillary_density")),
    ("Matrix", "#cfe6cf", (
        "synthesis_1", "synthesis_3", "collagen_cleavage", "collagen_maturation", "scar_rebuilding", "collagen",
        "fragmented", "tropoelastin", "elastin", "hyaluronan", "alignment", "scar", "new_scar",
    )),
    ("Epidermis", "#d3e0ef", (
        "unepithelialised_fraction", "activated_keratinocytes", "epidermis", "melanocyte_stimulation", "melanin",
        "post_inflammatory_pigment",
    )),
)  # fmt: skip
#: Colours of signs, apart in luminance as well.
RAISES, LOWERS = "#12406e", "#d1600a"
_GREY, _LINE = style.MUTED, "#e3e6ea"
#: Inches: one cell, and the room at each side of the matrix.
_CELL: Final = 0.32
_LEFT, _RIGHT, _TOP, _FOOT = 2.45, 4.55, 2.75, 0.75


def coupling_table(couplings: Sequence[Coupling]) -> tuple[Row, list[Row]]:
    """Couplings, one per row: whether more of the first state raises or lowers the second."""
    rows: list[Row] = [
        (
            state_name(c.read),
            _effect(c),
            state_name(c.reader),
            ", ".join(c.parameters),
            first_sources(c.sources) if c.sources else "assumed",
        )
        for c in couplings
    ]
    return ("more of", "effect", "on", "depends on", "sources"), rows


def _effect(coupling: Coupling) -> str:
    return "raises" if coupling.sign > 0 else "lowers"


def first_sources(sources: Sequence[str], shown: int = 3) -> str:
    """The first sources, and the number of further ones."""
    text = ", ".join(sources[:shown])
    return text if len(sources) <= shown else f"{text} and {len(sources) - shown} more"


def couplings_document(couplings: Sequence[Coupling]) -> dict[str, Any]:
    """Couplings as JSON values."""
    named = dict.fromkeys(name for c in couplings for name in (c.read, c.reader))
    return {
        "states": {name: state_name(name) for name in named},
        "couplings": [
            {
                "read": c.read,
                "reader": c.reader,
                "sign": int(c.sign),
                "effect": _effect(c),
                "parameters": list(c.parameters),
                "sources": list(c.sources),
            }
            for c in couplings
        ],
    }


def placed(names: set[str]) -> list[tuple[str, str]]:
    """The states of the matrix in order, each with the colour of its group; a state without a group comes last."""
    found = [(name, colour) for _, colour, group in GROUPS for name in group if name in names]
    return [*found, *((name, "#eeeeee") for name in sorted(names - {name for name, _ in found}))]


def cascade_figure(couplings: Sequence[Coupling]) -> Figure:
    """Signed matrix: a row for each acting state, a column for each affected state, sources at the end of the row.

    Sign by colour and glyph; a coupling whose parameters are all assumed is drawn as an outline.
    """
    from matplotlib.patches import Rectangle

    acting, reacting = (placed({getattr(c, end) for c in couplings}) for end in ("read", "reader"))
    row, column = ({name: k for k, (name, _) in enumerate(some)} for some in (acting, reacting))
    width, height = _CELL * len(reacting), _CELL * len(acting)
    page = (_LEFT + width + _RIGHT, _TOP + height + _FOOT)
    with style.styled() as plt:
        fig: Figure = plt.figure(figsize=page)
        ax = fig.add_axes((_LEFT / page[0], _FOOT / page[1], width / page[0], height / page[1]))
        ax.set(xlim=(0, len(reacting)), ylim=(len(acting), 0), xticks=range(len(reacting) + 1))
        ax.set_yticks(range(len(acting) + 1))
        ax.grid(color=_LINE, lw=0.8)
        ax.tick_params(length=0, labelbottom=False, labelleft=False)
        ax.spines[:].set(visible=True, color=_LINE)
        for name, colour in acting:
            at = row[name]
            ax.add_patch(Rectangle((-0.3, at), 0.3, 1, color=colour, lw=0, clip_on=False))
            ax.text(-0.45, at + 0.5, state_name(name), ha="right", va="center")
            rests = dict.fromkeys(key for c in couplings if c.read == name for key in c.sources)
            words = first_sources(list(rests)) if rests else "assumed"
            ax.text(len(reacting) + 0.35, at + 0.5, words, va="center", fontsize=style.SMALL, color=_GREY)
        for name, colour in reacting:
            at = column[name]
            ax.add_patch(Rectangle((at, -0.3), 1, 0.3, color=colour, lw=0, clip_on=False))
            ax.text(at + 0.35, -0.5, state_name(name), ha="left", va="bottom", rotation=50, rotation_mode="anchor")
        for c in couplings:
            _draw_coupling(ax, column[c.reader], row[c.read], c.sign, bool(c.sources), f"{c.read}>{c.reader}")
        above = 1 + (_TOP - 0.2) / height
        ax.text(-(_LEFT - 0.15) / _CELL, (1 - above) * len(acting), "Couplings of the healing cascade",
                fontsize=style.SIZE + 1.0, va="top")  # fmt: skip
        ax.text(-0.45, -0.55, "more of \u2193   acts on \u2192", ha="right", va="bottom", color=_GREY)
        ax.text(len(reacting) + _RIGHT / _CELL - 0.5, -0.55, "sources of the row", va="bottom", ha="right", color=_GREY)
        low = len(acting) + 0.35 / _CELL
        for left, sign, sourced, words in ((0, 1, True, "raises"), (3.4, -1, True, "lowers"),
                                         (6.8, 1, False, "size assumed, no source")):  # fmt: skip
            _draw_coupling(ax, left, low - 0.5, sign, sourced, None)
            ax.text(left + 1.15, low, words, va="center")
        ax.text(len(reacting) + _RIGHT / _CELL - 0.5, low, f"{len(couplings)} couplings, derived from the equations",
                va="center", ha="right", color=_GREY)  # fmt: skip
    return fig


def _draw_coupling(ax: Any, x: float, y: float, sign: int, sourced: bool, name: str | None) -> None:
    """A cell of the matrix: colour and glyph by sign, filled if any parameter has a source."""
    from matplotlib.patches import Rectangle

    colour = RAISES if sign > 0 else LOWERS
    ax.add_patch(
        Rectangle((x + 0.08, y + 0.08), 0.84, 0.84, fc=colour if sourced else "white", ec=colour, lw=1.2, gid=name,
                  clip_on=False, zorder=3)
    )  # fmt: skip
    ax.text(x + 0.5, y + 0.5, "+" if sign > 0 else "\u2212", ha="center", va="center_baseline", weight="bold",
            color="white" if sourced else colour, zorder=4)  # fmt: skip


def write_cascade_plot(couplings: Sequence[Coupling], path: Path) -> None:
    """Write the matrix as PNG, SVG or PDF, by the suffix of the path."""
    write_figure(lambda: cascade_figure(couplings), path)
