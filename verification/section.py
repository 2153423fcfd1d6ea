"""Common parts of the sections of ``python -m verification``: text, verdicts and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

#: Function that reports the current task.
Say = Callable[[str], None]
Results = Mapping[str, Any]


class Verdict(NamedTuple):
    """One stated bound and the measured value."""

    what: str
    bound: str
    measured: str
    met: bool | None
    """None if nothing could be measured."""


@dataclass(frozen=True)
class Section:
    """One section. ``measure`` computes plain results, from which text, verdicts and figure follow."""

    name: str
    title: str
    about: str
    measure: Callable[[bool, Say], dict[str, Any]]
    """Arguments: whether the run is quick, and the function that reports progress."""
    verdicts: Callable[[Results], list[Verdict]]
    lines: Callable[[Results], Iterator[str]]
    draw: Callable[[Results, Path], None] | None = None


def number(value: float | None) -> str:
    """A small number for a table."""
    if value is None:
        return "-"
    return "0" if value == 0 else f"{value:.1e}"


def figure_with(panels: int, width: float = 5.0, height: float = 4.0) -> tuple[Any, Any]:
    """A figure with panels in a row, and its axes as a list."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, panels, figsize=(width * panels, height), layout="constrained", squeeze=False)
    return figure, list(axes[0])


def keep(figure: Any, to: Path) -> None:
    """Write a picture without anything that changes from run to run."""
    from matplotlib import pyplot as plt

    to.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(to, dpi=110, metadata={"Software": None})
    plt.close(figure)


def orders_drawn(axis: Any, steps: Sequence[float], errors: Mapping[str, Sequence[float]], order: float) -> None:
    """Errors against step on logarithmic axes, with the slope that the order asks for."""
    top = 0.0
    for name, values in errors.items():
        axis.loglog(steps[: len(values)], values, "o-", markersize=3, linewidth=1, label=name)
        top = max(top, values[0])
    ideal = [2.0 * top * (step / steps[0]) ** order for step in steps]
    axis.loglog(steps, ideal, "k--", linewidth=1, label=f"order {order:g}")
    axis.set_xticks(steps, ["1" if step == 1.0 else f"1/{1.0 / step:g}" for step in steps])
    axis.minorticks_off()
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, fontsize=7, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.14))
