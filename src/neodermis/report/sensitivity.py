"""Sensitivity indices as a document, blocks and a figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neodermis.report import style
from neodermis.report.blocks import Block, Heading, Page, Paragraph, Table
from neodermis.report.common import write_figure
from neodermis.skin.cascade import declarations
from neodermis.skin.outcomes import OUTCOMES
from neodermis.wording import lower_first, number_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

    from neodermis.api.sensitivity import Index, Sensitivities

#: Least share of the variance of a parameter that is listed.
LEAST = 0.01
#: Inputs as a reader knows them.
INPUTS = {
    "depth_mm": "needle depth, mm", "passes": "passes", "sessions": "sessions", "interval_days": "interval, days",
    "age": "age, years", "phototype": "phototype", "smoking": "cigarettes a day", "sun": "sun exposures a week",
    "sunscreen": "days with sunscreen, share",
}  # fmt: skip


def sensitivity_document(found: Sensitivities) -> dict[str, Any]:
    """The indices as JSON values."""

    def entry(one: Index, *, total: bool) -> dict[str, Any]:
        row = {"name": one.name, "first": one.first, "first_lower90": one.first_lower90,
               "first_upper90": one.first_upper90, "low": one.low, "high": one.high,
               "rank_correlation": one.correlation}  # fmt: skip
        ends = {"total": one.total, "lower90": one.total_lower90, "upper90": one.total_upper90}
        return row | (ends if total else {"lower90": one.first_lower90, "upper90": one.first_upper90})

    return {
        "outcome": found.outcome, "day": found.day, "protocol": found.case.plan.sentence,
        "inputs": [entry(one, total=True) for one in found.inputs],
        "parameters": [entry(one, total=False) for one in found.parameters],
        "courses": found.courses, "failed": found.failed, "seed": found.case.numerics.seed,
    }  # fmt: skip


def sensitivity_page(found: Sensitivities) -> Page:
    """The indices of inputs and of parameters."""
    return list(_blocks(found))


def _blocks(found: Sensitivities) -> Iterator[Block]:
    label = OUTCOMES[found.outcome].label
    yield Heading(f"Sensitivity: {lower_first(label)} on day {number_text(found.day)}", 1)
    yield Paragraph(found.case.plan.sentence, "lead")
    first = found.inputs[0]
    yield Paragraph(
        f"Over the range of each input in practice, {INPUTS[first.name].split(',')[0]} moves this outcome most: "
        f"{_percent(first.total)} of its variance, with its interactions. The outcome, over its start, is "
        f"{found.of_inputs[0]:.2f} with a standard deviation of {found.of_inputs[1]:.2f} over the inputs; what is not "
        f"known of the parameters gives it one of {found.of_parameters[1]:.2f} for this patient and protocol."
    )
    yield Table(
        "Inputs, each over its range in practice",
        ("input", "range", "alone", "with interactions (90 %)", "direction"),
        [
            (
                INPUTS[one.name], f"{number_text(one.low)} to {number_text(one.high)}", _percent(one.first),
                f"{_percent(one.total)} ({_percent(one.total_lower90)} to {_percent(one.total_upper90)})",
                _direction(one.correlation),
            )
            for one in found.inputs
        ],
    )  # fmt: skip
    known = declarations()
    yield Table(
        "Uncertain parameters, for this patient and protocol",
        ("parameter", "meaning", "alone (90 %)", "direction"),
        [
            (
                one.name, known[one.name][1].meaning if one.name in known else "",
                f"{_percent(one.first)} ({_percent(one.first_lower90)} to {_percent(one.first_upper90)})",
                _direction(one.correlation),
            )
            for one in found.parameters if one.first >= LEAST
        ],
    )  # fmt: skip
    yield Paragraph(
        f"Shares of the variance over {found.courses:,} courses ({found.failed} failed). Inputs: Sobol indices at "
        "central parameters. Parameters: first-order indices (RBD-FAST). An interval that reaches 0 says that the "
        "input may not matter; more courses narrow it.", "foot",
    )  # fmt: skip


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * max(share, 0.0):.0f} %"


def _direction(correlation: float) -> str:
    return "none" if abs(correlation) < 0.05 else "raises it" if correlation > 0 else "lowers it"


def sensitivity_figure(found: Sensitivities, width_inches: float | None = None) -> Drawn:
    """Indices with their intervals, inputs above parameters.

    Parameters
    ----------
    found
        The indices to draw.
    width_inches
        Width of the page.
    """
    shown = [one for one in found.parameters if one.first >= LEAST][:10]
    label = OUTCOMES[found.outcome].label
    rows = [0.27 * max(len(some), 1) + 0.15 for some in (found.inputs, shown)]
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width_inches or style.WIDTH, rows=rows,
            title=[f"{label} on day {number_text(found.day)}: {found.case.plan.sentence}"],
            foot="lines: 90 % interval of the index · dot: raises the outcome, triangle: lowers it · "
            f"{found.courses:,} courses · not a medical device",
            margins=style.Margins(left=2.4, right=0.55, above=0.34, below=0.55),
        )  # fmt: skip
        _draw(page.axes[0, 0], found.inputs, "Inputs over their range in practice, with interactions", total=True)
        _draw(page.axes[1, 0], shown, "Uncertain parameters, each alone", total=False)
    return page.figure


def _draw(ax: Any, rows: Sequence[Index], title: str, *, total: bool) -> None:
    for k, one in enumerate(rows):
        value, low, high = (
            (one.total, one.total_lower90, one.total_upper90) if total
            else (one.first, one.first_lower90, one.first_upper90)
        )  # fmt: skip
        raises = one.correlation >= 0
        colour = style.INK if raises else style.BETWEEN
        ends = [100.0 * max(end or 0.0, 0.0) for end in (low, high)]
        ax.plot(ends, [k, k], color=colour, lw=3.0, alpha=0.45, solid_capstyle="butt")
        ax.plot([100.0 * max(value or 0.0, 0.0)], [k], "o" if raises else "v", ms=6.5, mew=1.4, color=colour,
                mfc=colour if raises else "white")  # fmt: skip
    ax.set_yticks(range(len(rows)), [INPUTS.get(one.name, one.name.replace("_", " ")) for one in rows])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(-1.0, 100.0)
    ax.grid(axis="y", color="#ececec", lw=0.8)
    ax.set_axisbelow(True)
    ax.set_xlabel("share of the variance, %")
    ax.set_title(title)


def write_sensitivity_plot(found: Sensitivities, path: Path) -> None:
    """Write the figure as PNG, SVG or PDF."""
    write_figure(lambda: sensitivity_figure(found), path)
