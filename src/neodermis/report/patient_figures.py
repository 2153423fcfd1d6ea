"""Figures for patients: icons of people for a share, and one plain course.

All words are those of the caller, in the language of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from neodermis.errors import InputError
from neodermis.report import style
from neodermis.report.style import Label, size_of
from neodermis.wording import number_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.path import Path as Outline

    from neodermis.simulation.session import Floats

#: Most icons of a figure: more cannot be counted.
MOST_ICONS: Final = 100
#: Width of an icon over its height, and room around it.
_SHAPE, _AIR = 0.46, 1.22


@dataclass(frozen=True, kw_only=True)
class IconWords:
    """Words of an icon array; an empty text is left out."""

    title: str = ""
    """Sentence above the icons, such as *Of 20 people like you, 13 see a change that matters*."""
    counted: str = ""
    """What the filled icons are."""
    others: str = ""
    """What the outlined icons are."""


def icon_array(
    of: int,
    total: int = 20,
    *,
    words: IconWords | None = None,
    fill: str = style.INK,
    outline: str = style.MUTED,
    per_row: int = 10,
    width_inches: float = style.REPORT_WIDTH,
    height_inches: float = 2.0,
) -> Figure:
    """People as icons in rows: those counted are filled, the others are outlines.

    Parameters
    ----------
    of
        People that are counted, from 0 to ``total``.
    total
        People in all, from 1 to :data:`MOST_ICONS`.
    words
        Title, and what filled and outlined icons are; without them only icons are drawn.
    fill, outline
        Colours of the filled icons and of the outlines.
    per_row
        Icons in a row.
    width_inches, height_inches
        Size of the figure.

    Raises
    ------
    InputError
        Where the numbers lie outside their ranges.
    """
    _whole("total", total, 1, MOST_ICONS)
    _whole("of", of, 0, total)
    _whole("per_row", per_row, 1, MOST_ICONS)
    told = words or IconWords()
    with style.styled() as plt:
        from matplotlib.patches import PathPatch
        from matplotlib.transforms import Affine2D

        fig: Figure = plt.figure(figsize=(width_inches, height_inches))
        size = 11.0
        title = style.wrap(told.title, width_inches - 0.2, size)
        head = style.high(len(title), size) + (0.14 if title else 0.04)
        if title:
            fig.text(0.1 / width_inches, 1.0 - 0.06 / height_inches, "\n".join(title), fontsize=size, va="top",
                     linespacing=1.15)  # fmt: skip
        rows = -(-total // per_row)
        aside = 2.1 if told.counted or told.others else 0.1
        room, tall = width_inches - aside - 0.1, height_inches - head - 0.08
        step = min(tall / rows, room / min(per_row, total) / (_SHAPE * _AIR * 1.25))
        icon, pitch = step / _AIR, step * _SHAPE * 1.25
        ax = fig.add_axes((0.0, 0.0, 1.0, 1.0))
        ax.set(xlim=(0.0, width_inches), ylim=(0.0, height_inches))
        ax.set_axis_off()
        top = height_inches - head
        person = _person()
        for number in range(total):
            row, column = divmod(number, per_row)
            at = Affine2D().scale(icon).translate(0.1 + pitch * (column + 0.5), top - step * (row + 1) + 0.1 * icon)
            edge, inner = (fill, fill) if number < of else (outline, "white")
            ax.add_artist(PathPatch(at.transform_path(person), facecolor=inner, edgecolor=edge, lw=1.1))
        left = 0.1 + pitch * min(per_row, total) + 0.3
        lines = [(fill, fill, told.counted), ("white", outline, told.others)]
        place = top - 0.12
        for inner, edge, text in lines:
            if not text:
                continue
            wrapped = style.wrap(text, width_inches - left - 0.35, style.SIZE)
            at = Affine2D().scale(0.3).translate(left, place - 0.27)
            ax.add_artist(PathPatch(at.transform_path(person), facecolor=inner, edgecolor=edge, lw=1.1))
            ax.text(left + 0.18, place, "\n".join(wrapped), va="top", fontsize=style.SIZE, linespacing=1.15)
            place -= max(style.high(len(wrapped)), 0.34) + 0.16
    return fig


def _whole(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high or value != int(value):
        raise InputError(
            field=f"icons.{name}", value=value, accepted=f"a whole number from {low} to {high}",
            whose="the icon array", next_step="give the number of people",
        )  # fmt: skip


def _person() -> Outline:
    """Outline of a person, one unit high, its feet at 0 and its middle at 0."""
    from matplotlib.path import Path

    head = Path.circle((0.0, 0.86), 0.125)
    half, leg, arm, shoulder, radius, hand, slit = 0.23, 0.135, 0.36, 0.70, 0.11, 0.05, 0.02
    move, line, curve, close = Path.MOVETO, Path.LINETO, Path.CURVE3, Path.CLOSEPOLY
    right: list[tuple[float, float, Any]] = [
        (half - radius, shoulder, line), (half, shoulder, curve), (half, shoulder - radius, curve), (half, arm, line),
        (half, arm - hand, curve), (half - hand, arm - hand, curve), (leg, arm - hand, line), (leg, 0.0, line),
        (slit, 0.0, line), (slit, 0.33, line),
    ]  # fmt: skip
    points = [(0.0, shoulder), *((x, y) for x, y, _ in right), *((-x, y) for x, y, _ in reversed(right))]
    # back along the other side: a curve has its control point in the middle whichever way it is drawn
    codes = [move, *(code for _, _, code in right), *[line] * 5, curve, curve, line, curve, curve]
    body = Path([*points, (0.0, shoulder)], [*codes, close])
    return Path.make_compound_path(head, body)


# ------------------------------------------------------------------------------------------------- the course


@dataclass(frozen=True, kw_only=True)
class CourseWords:
    """Words of a plain course."""

    value: str
    """What the axis of values shows, with its unit or range and which way is better."""
    time: str
    """What the axis of time shows, such as *months since the first session*."""
    treated: str
    untreated: str
    band: str
    before: str
    session: str
    """What the marks on the axis of time are."""
    title: str = ""


def simple_course(
    days: Floats,
    median: Floats,
    band: tuple[Floats, Floats],
    untreated: Floats,
    *,
    before: float,
    sessions: Sequence[float],
    words: CourseWords,
    scale: tuple[float, float] | None = None,
    number: Callable[[float], str] = number_text,
    width_inches: float = style.REPORT_WIDTH,
    height_inches: float = 3.0,
) -> Figure:
    """A plain course for patients: the expected value with a soft band, sessions, no treatment, and the value before.

    Parameters
    ----------
    days
        Times since the first session, days; the axis is in months.
    median, untreated
        Expected course with and without treatment, in the unit of the scale.
    band
        Lower and upper edge of the range that is drawn around ``median``.
    before
        Value before treatment.
    sessions
        Days of the sessions.
    words
        All texts, in the language of the page.
    scale
        Ends of the scale, for one with ends; ticks stay inside it.
    number
        Form of a number on the axis, as the language of the page writes it.
    width_inches, height_inches
        Size of the figure.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    low, high = band
    with style.styled() as plt:
        fig: Figure = plt.figure(figsize=(width_inches, height_inches))
        title = style.wrap(words.title, width_inches - 0.2, 11.0)
        value = style.wrap(words.value, width_inches - 0.2)
        head = style.high(len(title), 11.0) + style.high(len(value)) + (0.24 if title else 0.16)
        if title:
            fig.text(0.1 / width_inches, 1.0 - 0.06 / height_inches, "\n".join(title), fontsize=11.0, va="top",
                     linespacing=1.15)  # fmt: skip
        aside, left, foot = 1.75, 0.55, 0.52
        box = (left / width_inches, foot / height_inches, (width_inches - left - aside) / width_inches,
               (height_inches - foot - head) / height_inches)  # fmt: skip
        ax = fig.add_axes(box)
        ax.fill_between(days, low, high, color=style.BAND, alpha=0.6, lw=0, label=words.band)
        ax.plot(days, untreated, color=style.UNTREATED, lw=1.7, ls=style.DASHED, label=words.untreated)
        ax.plot(days, median, color=style.INK, lw=2.6, label=words.treated)
        # the marks of the sessions stand below the lowest value, the words on the value before beside it
        tall = box[3] * height_inches
        room = 0.26 / max(tall - 0.5, 0.5)
        bottom, top = style.limits([*low, *high, *untreated, before], below=max(0.14, room), above=max(0.12, room))
        ax.set_ylim(bottom, top)
        style.time_axis(ax, float(days[-1]))
        style.mark_sessions(ax, sessions, colour=style.TEXT, lines=False)
        ax.plot([0.0], [before], "o", ms=6.5, color=style.TEXT, zorder=7, clip_on=False, label=words.before)
        ax.annotate(
            words.before, (0.0, before), (7, 8), textcoords="offset points", fontsize=style.SIZE, va="center", zorder=7
        )
        ax.set_xlabel(words.time)
        ax.set_ylabel("\n".join(value), rotation=0, ha="left", va="bottom", linespacing=1.15)
        ax.yaxis.set_label_coords(-(left - 0.1) / size_of(ax)[0], 1.02)
        ticks = MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(bottom, top)
        ends = (bottom, top) if scale is None else (max(bottom, scale[0]), min(top, scale[1]))
        ax.set_yticks([tick for tick in ticks if ends[0] - 1e-9 <= tick <= ends[1] + 1e-9])
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
        end = len(days) - 1
        style.label_beside(
            ax,
            [
                Label(float(median[end]), words.treated, style.INK),
                Label(float(high[end] if high[end] - median[end] > median[end] - low[end] else low[end]), words.band,
                      "#3f6f9f"),
                Label(float(untreated[end]), words.untreated, style.UNTREATED),
                Label(bottom, f"▲ {words.session}", style.TEXT),
            ],
            room=aside,
            size=style.SIZE,
        )  # fmt: skip
    return fig
