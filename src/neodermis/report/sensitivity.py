"""Sensitivity indices as a document, blocks and a figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neodermis.report.blocks import Block, Heading, Page, Paragraph, Table
from neodermis.report.common import headless, write_figure
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


def sensitivity_figure(found: Sensitivities) -> Drawn:
    """Indices with their intervals, inputs above parameters."""
    from matplotlib import pyplot as plt

    headless()
    shown = [one for one in found.parameters if one.first >= LEAST][:10]
    fig, axes = plt.subplots(
        2, 1, figsize=(7.5, 1.6 + 0.28 * (len(found.inputs) + len(shown))), layout="constrained",
        height_ratios=(len(found.inputs), max(len(shown), 1)),
    )  # fmt: skip
    _draw(axes[0], found.inputs, "share of the variance over inputs, with interactions", total=True)
    _draw(axes[1], shown, "share of the variance over uncertain parameters, alone", total=False)
    label = OUTCOMES[found.outcome].label
    fig.suptitle(f"{label} on day {number_text(found.day)}: {found.case.plan.sentence}", fontsize=9)
    return fig


def _draw(ax: Any, rows: Sequence[Index], label: str, *, total: bool) -> None:
    for k, one in enumerate(rows):
        value, low, high = (
            (one.total, one.total_lower90, one.total_upper90) if total
            else (one.first, one.first_lower90, one.first_upper90)
        )  # fmt: skip
        ax.barh(k, max(value or 0.0, 0.0), color="#17406d" if one.correlation >= 0 else "#b3261e", height=0.6)
        ax.plot([max(low or 0.0, 0.0), max(high or 0.0, 0.0)], [k, k], color="#222222", lw=1.2)
    ax.set_yticks(range(len(rows)), [INPUTS.get(one.name, one.name.replace("_", " ")) for one in rows], fontsize=8)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0.0, 1.0)
    ax.set_xlabel(f"{label} (blue raises the outcome, red lowers it)", fontsize=8)
    ax.spines[["top", "right"]].set_visible(False)


def write_sensitivity_plot(found: Sensitivities, path: Path) -> None:
    """Write the figure as PNG, SVG or PDF."""
    write_figure(lambda: sensitivity_figure(found), path)
