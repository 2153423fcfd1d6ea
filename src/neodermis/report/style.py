"""Style of every figure: type, colours and line styles, and helpers for pages, axes of time and direct labels.

A page is laid out in inches, so that a label has room beside the line that it names at every width of the page.
Lines differ in luminance or in line style as well as in hue, so that a figure can be read in grey and by readers who
do not see all colours.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from neodermis.lazy import numpy as np
from neodermis.report.common import headless

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# ------------------------------------------------------------------------------------------------- names

#: What a band over parameter draws is called, and that over the people of a population.
INTERVAL: Final = "90 % interval (parameter uncertainty)"
PEOPLE: Final = "between people"
#: What the interval over draws and people together is called.
BOTH: Final = "90 % interval (parameter uncertainty and between people)"
#: What the interval of a new reading or study is called.
PREDICTIVE: Final = "90 % predictive interval"

# ------------------------------------------------------------------------------------------------- colours and lines

TEXT, MUTED, FAINT = "#222222", "#595959", "#c8c8c8"
#: Treated course and its band; untreated course; between people; smallest change that matters; published results.
INK, BAND, UNTREATED, BETWEEN, THRESHOLD, POINT = "#12406e", "#a9c6e6", "#6f6f6f", "#a35f00", "#006b4c", "#b3261e"
#: Text about a band, whose own colour is too light for letters.
BAND_TEXT: Final = "#3d6d9e"
#: Notices, and results that miss or harm.
WARNING: Final = "#a3161a"
#: Solid, dashed and dotted lines, told apart at half size.
SOLID: Final = "-"
DASHED: Final = (0, (5, 2.2))
DOTTED: Final = (0, (1.2, 1.4))
DASH_DOT: Final = (0, (6, 1.6, 1.2, 1.6))


class Stroke(NamedTuple):
    """Colour and line style of one of several series."""

    colour: str
    dashes: Any


#: Series side by side, in order: the colours differ in luminance, and neighbours in line style.
STROKES: Final = (
    Stroke("#12406e", SOLID), Stroke("#d1600a", DASHED), Stroke("#1d9a78", DASH_DOT), Stroke("#7d3c98", DOTTED),
    Stroke("#111111", (0, (8, 2, 2, 2))), Stroke("#4fa3d8", SOLID), Stroke("#8a6d1d", (0, (3, 1, 1, 1, 1, 1))),
    Stroke("#c65b93", (0, (2.5, 3.0))),
)  # fmt: skip
#: Phases of healing.
PHASES: Final = {"inflammation": "#f0b9b2", "proliferation": "#f4dc9f", "remodelling": "#c3e2c6"}

# ------------------------------------------------------------------------------------------------- type

#: Points: text of a page, labels and ticks, and the least of any text.
SIZE, SMALL, LEAST = 9.5, 8.5, 8.0
#: Width of a page, and of one inside a report (inches).
WIDTH, REPORT_WIDTH = 9.2, 7.0
#: Mean width of a letter and distance of lines, as shares of the size of the type.
_LETTER, _LINE = 0.56, 1.25
#: Distance of lines of a text of several, as Matplotlib counts it.
LINE_SPACING: Final = 1.15

_SETTINGS: Final = {
    "font.family": "DejaVu Sans",  # it comes with Matplotlib
    "font.size": SIZE,
    "axes.labelsize": SIZE,
    "axes.titlesize": SIZE + 0.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 5.0,
    "axes.linewidth": 0.7,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": TEXT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": TEXT,
    "ytick.labelcolor": TEXT,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "text.color": TEXT,
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "hatch.linewidth": 0.5,
    "svg.fonttype": "path",
}


@contextmanager
def styled() -> Iterator[Any]:
    """``matplotlib.pyplot`` without a window and with the settings of every figure."""
    headless()
    from matplotlib import pyplot as plt

    with plt.rc_context(_SETTINGS):  # type: ignore[arg-type]  # names of settings
        yield plt


def letters(inches: float, size: float = SIZE) -> int:
    """Number of letters of a line of that length."""
    return max(int(72.0 * inches / (_LETTER * size)), 8)


def wrap(texts: str | Iterable[str], inches: float, size: float = SIZE) -> list[str]:
    """Texts wrapped to a width in inches, each from a line of its own; a no-break space stays inside its line."""
    every = [texts] if isinstance(texts, str) else texts
    width = letters(inches, size)
    return [
        line.replace("\u00a0", " ")
        for text in every
        for line in textwrap.wrap(text.replace(" %", "\u00a0%"), width, break_on_hyphens=False)
    ]


def high(lines: int, size: float = SIZE) -> float:
    """Height of lines of text (inches)."""
    return _LINE * size * lines / 72.0


# ------------------------------------------------------------------------------------------------- pages


@dataclass(frozen=True, kw_only=True)
class Margins:
    """Room around the panels of a page (inches)."""

    left: float = 0.95
    """Of each column, for its axis."""
    right: float = 2.05
    """Of each column, for the labels of its lines."""
    above: float = 0.14
    """Of each row, for its titles."""
    below: float = 0.22
    """Of each row but the last."""
    last: float = 0.5
    """Of the last row, for the axis that all share."""


class Sheet(NamedTuple):
    """A page: its figure, its panels by row and column, and the rooms above and below them."""

    figure: Figure
    axes: Any
    above: float
    """Upper edge of the room above the panels (inches from the lower edge of the page)."""
    below: float
    """Upper edge of the room below them."""

    def panel(self, left: float, top: float, width: float, height: float) -> Any:
        """A panel in one of the rooms; all in inches, ``top`` from the lower edge of the page."""
        wide, tall = self.figure.get_size_inches()
        return self.figure.add_axes((left / wide, (top - height) / tall, width / wide, height / tall))


def sheet(
    plt: Any,
    *,
    width: float,
    rows: Sequence[float],
    columns: Sequence[float] = (1.0,),
    title: Sequence[str] = (),
    foot: str = "",
    margins: Margins | Sequence[Margins] = Margins(),
    above: float = 0.0,
    below: float = 0.0,
) -> Sheet:
    """A page and its panels.

    Parameters
    ----------
    plt
        As :func:`styled` gives it.
    width
        Width of the page, inches.
    rows
        Heights of the panels of each row, inches.
    columns
        Relative widths of the columns.
    title
        Paragraphs above the panels, wrapped to the page.
    foot
        Line below the panels.
    margins
        Room around the panels; for each column its own where several are given.
    above, below
        Free rooms above and below the panels, inches.
    """
    each = [margins] * len(columns) if isinstance(margins, Margins) else list(margins)
    lines = wrap(title, width - 0.2, SIZE + 1.0)
    feet = wrap(foot.replace(" · ", "\u00a0· "), width - 0.2, LEAST)
    head = high(len(lines), SIZE + 1.0) + (0.1 if lines else 0.05)
    tail = high(len(feet), LEAST) + (0.12 if feet else 0.05)
    inner = [*([each[0].below] * (len(rows) - 1)), each[0].last] if rows else []
    height = head + above + sum(rows) + each[0].above * len(rows) + sum(inner) + below + tail
    figure = plt.figure(figsize=(width, height))
    room = width - sum(one.left + one.right for one in each)
    widths = [room * share / sum(columns) for share in columns]
    axes = np.empty((len(rows), len(columns)), dtype=object)
    top = height - head - above
    for row, (tall, gap) in enumerate(zip(rows, inner, strict=True)):
        top -= each[0].above + tall
        left = 0.0
        for column, wide in enumerate(widths):
            left += each[column].left
            box = (left / width, top / height, wide / width, tall / height)
            axes[row, column] = figure.add_axes(box)
            left += wide + each[column].right
        top -= gap
    if lines:
        figure.suptitle("\n".join(lines), fontsize=SIZE + 1.0, x=0.1 / width, y=1.0 - 0.07 / height, ha="left",
                        va="top", linespacing=_LINE - 0.05)  # fmt: skip
    if feet:
        figure.supxlabel("\n".join(feet), fontsize=LEAST, color=MUTED, x=0.1 / width, y=0.05 / height, ha="left",
                         va="bottom", linespacing=_LINE - 0.05)  # fmt: skip
    return Sheet(figure, axes, height - head, top)


def size_of(ax: Any) -> tuple[float, float]:
    """Width and height of a panel (inches)."""
    box, page = ax.get_position(), ax.figure.get_size_inches()
    return float(box.width * page[0]), float(box.height * page[1])


# ------------------------------------------------------------------------------------------------- axes of time

#: Days of a month and of a year.
MONTH, YEAR = 365.25 / 12.0, 365.25
#: From so many days on, time is drawn in months, and in years.
_MONTHS_FROM, _YEARS_FROM = 60.0, 3.0 * YEAR + 1.0
_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)


def time_unit(end: float) -> tuple[float, str]:
    """Days of the unit in which a course of that length (days) is drawn, and its name."""
    if end >= _YEARS_FROM:
        return YEAR, "years"
    return (MONTH, "months") if end >= _MONTHS_FROM else (1.0, "days")


def time_axis(
    ax: Any, end: float, *, since: str = "the first session", labels: bool = True, begin: float = 0.0
) -> None:
    """Axis of a panel whose data are in days, with ticks in months, in years for years and in days for weeks."""
    unit, name = time_unit(end)
    most = max(int(size_of(ax)[0] / 0.42), 2)
    steps = (1, 2, 5, 7, 10, 14) if name == "days" else _STEPS
    step = next((step for step in steps if (end - begin) / unit / step <= most), steps[-1])
    ticks = np.arange(np.ceil(begin / unit / step) * step, end / unit + 1e-9, step)
    ax.set_xticks(ticks * unit, [f"{tick:g}" for tick in ticks] if labels else [])
    ax.set_xlim(begin - 0.01 * (end - begin), end)
    if labels:
        ax.set_xlabel(f"{name} since {since}")


# ------------------------------------------------------------------------------------------------- direct labels


class Label(NamedTuple):
    """A label beside a panel: value on the axis that it belongs to, text, and colours of the text and of a square."""

    value: float
    text: str
    colour: str = TEXT
    swatch: str = ""
    """Colour of a square before the text, for an area; none where it is empty."""


def spread_out(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Middles closest to the wanted ones without overlap, in their order, inside the limits where there is room.

    Parameters
    ----------
    wanted
        Middles, ascending.
    heights
        Room that each takes, in the same unit.
    low, high
        Limits of the room for all.
    """
    groups: list[tuple[float, float, list[int]]] = []  # lower end, height, members
    for number, (at, tall) in enumerate(zip(wanted, heights, strict=True)):
        low_end, whole, members = at - tall / 2.0, tall, [number]
        while True:
            low_end = min(max(low_end, low), max(high - whole, low))
            if not groups or groups[-1][0] + groups[-1][1] <= low_end + 1e-12:
                break
            _, before, others = groups.pop()
            members, whole = [*others, *members], before + whole
            # the group stands where its members are nearest to what they want
            offset, ends = 0.0, []
            for member in members:
                ends.append(wanted[member] - heights[member] / 2.0 - offset)
                offset += heights[member]
            low_end = float(np.mean(ends))
        groups.append((low_end, whole, members))
    places = [0.0] * len(wanted)
    for low_end, _, members in groups:
        for member in members:
            places[member] = low_end + heights[member] / 2.0
            low_end += heights[member]
    return places


def label_beside(ax: Any, labels: Iterable[Label], *, room: float, size: float = SMALL, gap: float = 0.16) -> None:
    """Labels to the right of a panel, each at the height of its value, apart, with a line to it.

    Parameters
    ----------
    ax
        A panel whose limits are set.
    labels
        Labels; texts are wrapped to the room.
    room
        Width to the right of the panel, inches.
    size
        Size of the type, points.
    gap
        Distance of the text from the panel, inches.
    """
    width, tall = size_of(ax)
    bottom, top = ax.get_ylim()
    shown = [(label, "\n".join(wrap(label.text, room - gap - 0.05, size))) for label in labels]
    at = [float(np.clip((label.value - bottom) / (top - bottom), 0.0, 1.0)) * tall for label, _ in shown]
    order = sorted(range(len(shown)), key=lambda number: at[number])
    heights = [high(shown[number][1].count("\n") + 1, size) + 0.03 for number in order]
    places = spread_out([at[number] for number in order], heights, -0.12, tall + 0.12)
    leaders = []
    for number, place in zip(order, places, strict=True):
        label, text = shown[number]
        left = gap + (0.12 if label.swatch else 0.0)
        ax.text(
            1.0 + left / width, place / tall, text, fontsize=size, color=label.colour, va="center", linespacing=1.1,
            transform=ax.transAxes,
        )  # fmt: skip
        leaders.append([(1.0 + 0.01 / width, at[number] / tall), (1.0 + (gap - 0.03) / width, place / tall)])
        if label.swatch:
            ax.plot([1.0 + gap / width], [place / tall], "s", ms=7, color=label.swatch, mec=TEXT, mew=0.5,
                    transform=ax.transAxes, clip_on=False)  # fmt: skip
    from matplotlib.collections import LineCollection

    colours = [shown[number][0].colour for number in order]
    ax.add_artist(LineCollection(leaders, colors=colours, lw=0.7, transform=ax.transAxes, clip_on=False))


def label_above(ax: Any, labels: Iterable[Label], *, size: float = LEAST, gap: float = 0.1) -> None:
    """Short labels above a panel, each at its value on the horizontal axis, apart, with a line to it.

    Parameters
    ----------
    ax
        A panel whose limits and scale are set.
    labels
        Labels of one line each; their values are on the horizontal axis.
    size
        Size of the type, points.
    gap
        Distance of the text from the panel, inches.
    """
    from matplotlib.collections import LineCollection

    width, tall = size_of(ax)
    across = ax.transData + ax.transAxes.inverted()
    shown = sorted(labels, key=lambda label: label.value)
    at = [float(np.clip(across.transform((label.value, ax.get_ylim()[0]))[0], 0.0, 1.0)) * width for label in shown]
    widths = [_LETTER * size / 72.0 * (len(label.text) + 1) for label in shown]
    places = spread_out(at, widths, -0.3, width + 0.3)
    leaders = []
    for label, here, place in zip(shown, at, places, strict=True):
        ax.text(place / width, 1.0 + gap / tall, label.text, fontsize=size, color=label.colour, ha="center",
                va="bottom", transform=ax.transAxes)  # fmt: skip
        leaders.append([(here / width, 1.0), (place / width, 1.0 + (gap - 0.02) / tall)])
    colours = [label.colour for label in shown]
    ax.add_artist(LineCollection(leaders, colors=colours, lw=0.7, transform=ax.transAxes, clip_on=False))


def plain_ticks(axis: Any) -> None:
    """Numbers on a logarithmic axis as decimals, not as powers."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_major_formatter(
        FuncFormatter(lambda value, _: np.format_float_positional(value, trim="-", precision=3, fractional=False))
    )
    axis.set_minor_formatter(NullFormatter())


def label_room(width: float) -> float:
    """Room for the labels beside the panels of a page of that width (inches)."""
    return float(np.clip(0.24 * width, 1.35, 2.05))


def session_label(ax: Any, count: int, colour: str = TEXT) -> Label:
    """Label of the marks of sessions at the foot of a panel whose limits are set."""
    return Label(ax.get_ylim()[0], "▲ session" if count == 1 else "▲ sessions", colour)


def mark_sessions(ax: Any, days: Sequence[float], *, colour: str = "#444444", lane: int = 0, lines: bool = True,
                  top: float = 1.0) -> None:  # fmt: skip
    """A mark on the axis for each session, and a fine line up to ``top`` (share of the panel)."""
    if lines:
        ax.vlines(days, 0.0, top, color=FAINT, lw=0.7, zorder=0.5, transform=ax.get_xaxis_transform())
    ax.plot(
        days, [0.012 + 0.045 * lane] * len(days), marker="^", ms=5.5, color=colour, transform=ax.get_xaxis_transform(),
        clip_on=False, ls="none", zorder=6, label="session",
    )  # fmt: skip


def limits(values: Iterable[float], *, below: float = 0.07, above: float = 0.06) -> tuple[float, float]:
    """Limits of an axis around values, with room below and above as shares of their range."""
    every = np.array([value for value in values if np.isfinite(value)])
    low, top = (float(every.min()), float(every.max())) if every.size else (0.0, 1.0)
    tall = top - low or abs(top) or 1.0
    return low - below * tall, top + above * tall


def ticks_from(ax: Any, low: float) -> None:
    """No ticks below the lowest value of a panel whose limits are set: marks of sessions have that room."""
    bottom, top = ax.get_ylim()
    ax.set_yticks([tick for tick in ax.get_yticks() if low - 0.02 * (top - bottom) <= tick <= top])
