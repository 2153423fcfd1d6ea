"""Report of patients: description, effect of a change of exposure, and untreated skin by age."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis.lazy import numpy as np
from neodermis.people.comparison import PARTS, YEAR, Change, Comparison
from neodermis.people.decades import QUANTITIES, Decades
from neodermis.people.exposure import NEVER
from neodermis.people.population import Covariates
from neodermis.report.common import (
    Row,
    case_entries,
    check_outputs,
    closing,
    person_text,
    plain_list,
    replacing,
    save,
    wrapped,
)
from neodermis.report.course_figure import MAIN, draw_threshold, drawn_outcomes, foot, not_drawn, panel
from neodermis.skin.outcomes import OUTCOMES
from neodermis.uncertain import Interval
from neodermis.wording import number_text, spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# --------------------------------------------------------------------------------------------- changes of exposure


def exposure_sentences(compared: Comparison) -> Iterator[str]:
    """Summary sentences on the effect of a change of exposure or of another protocol."""
    for change in compared.changes:
        if compared.protocols:
            yield f"Compared, as {change.label}: {change.course.protocol.sentence}"
    base, last = compared.base, float(compared.base.time_day[-1])
    for site in base.sites:
        where = f"{site}: " if len(base.sites) > 1 else ""
        for change in compared.changes:
            told = []
            for part in PARTS:
                adds = [compared.added(change, site, MAIN, day, part) for day in compared.looked_at]
                told.append(f"{part} " + " and ".join(_percent(one) for one in adds))
            after = " and ".join(map(_after, compared.looked_at))
            yield f"{where}Effect of {change.label} on papillary collagen after {after}: {'; '.join(told)}."
        now = compared.kept(None, site, MAIN)
        kept = "; ".join(f"{_days(compared.kept(c, site, MAIN), last, base)} with {c.label}" for c in compared.changes)
        first = "with the first protocol" if compared.protocols else "without the change"
        yield (
            f"{where}At least half of the peak gain remains for {_days(now, last, base)} after the last session "
            f"{first}; {kept}."
        )
    share = 100 * base.ledger.assumed_share
    yield f"{share:.0f} % of the {len(base.ledger.parameters)} parameters are assumed; courses share each draw."


def _after(day: float) -> str:
    return {YEAR: "one year", 10.0 * YEAR: "ten years"}.get(day, f"{day:g} days")


def _percent(interval: Interval) -> str:
    median, low, high = (number_text(100 * value, signed=True) for value in interval)
    if interval.lower90 == interval.upper90:
        return f"{median} %"
    return f"{median} % (90 % credible interval {low} to {high})"


def _days(interval: Interval, last: float, base: Any) -> str:
    end = last - max(base.protocol.session_days)
    texts = [f"{'more than ' if value >= end - 1 else ''}{number_text(value / 30.4)}" for value in interval]
    if interval.lower90 == interval.upper90:
        return f"{texts[0]} months"
    return f"{texts[0]} months (90 % credible interval {texts[1]} to {texts[2]})"


def exposure_table(compared: Comparison, site: str) -> tuple[Row, list[Row]]:
    """Table of the effect of each change on collagen (%), untreated and treated, by year."""
    days = compared.looked_at
    names = (MAIN, "collagen_total")
    header = (
        "change",
        "part",
        *(f"{OUTCOMES[name].label}, {_after(day)}" for name in names for day in days),
    )
    rows: list[Row] = []
    for change in compared.changes:
        for part in PARTS:
            cells = [
                spread(Interval(*(100 * v for v in compared.added(change, site, name, day, part)))) + " %"
                for name in names
                for day in days
            ]
            rows.append((change.label, part, *cells))
    return header, rows


def comparison_document(compared: Comparison) -> dict[str, Any]:
    """The ``simulate --compare-exposure --json`` document."""
    base = compared.base

    def entry(change: Change, site: str) -> dict[str, Any]:
        return {
            "change": change.course.protocol.sentence if compared.protocols else change.label,
            "added": {
                name: {
                    part: {
                        f"{day / YEAR:g}": compared.added(change, site, name, day, part)._asdict()
                        for day in compared.looked_at
                    }
                    for part in PARTS
                }
                for name in (MAIN, "collagen_total", "dermal_thickness")
            },
            "half_left_days": compared.kept(change, site, MAIN)._asdict(),
            "failed": change.course.failed,
        }

    return {
        "neodermis": base.ledger.versions["neodermis"],
        "command": "compare",
        **case_entries(base.protocol, base.ledger.case),
        "draws": base.ledger.draws,
        "seed": base.ledger.seed,
        "assumed_share": base.ledger.assumed_share,
        "summary": list(exposure_sentences(compared)),
        "half_left_days": {site: compared.kept(None, site, MAIN)._asdict() for site in base.sites},
        **{
            "compare" if compared.protocols else "compare_exposure": {
                site: [entry(change, site) for change in compared.changes] for site in base.sites
            }
        },
        "sources": [{"key": key, "for": list(reasons)} for key, reasons in base.ledger.sources.items()],
        "warnings": list(base.ledger.warnings),
        "failed": base.failed,
    }


#: As things are, and as many changes as there can be, all together among them.
_COLOURS: Final = ("#1b4f72", "#b35900", "#1e7a46", "#7d3c98", "#a93226", "#616a6b", "#0e7c86")


def comparison_figure(compared: Comparison) -> Figure:
    """The scale of the person's concern, then papillary collagen, with each change.

    What changes of exposure do to untreated skin stands beside it; protocols leave untreated skin as it is.
    """
    from matplotlib import pyplot as plt

    sites = list(compared.base.sites)
    first = "the first protocol" if compared.protocols else "without the change"
    unit, title = (1.0, "days") if compared.protocols else (YEAR, "years")
    panels = [
        [(name, "values") for name in drawn_outcomes(compared.base, site)[:-1]]
        + ([] if compared.protocols else [(MAIN, "untreated")])
        + [(MAIN, "values")]
        for site in compared.base.sites.values()
    ]
    columns = max(map(len, panels))
    with plt.rc_context(
        {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "path"}
    ):
        size = (max(4.9 * columns + 1.8, 9.2), 0.9 + 4.4 * len(sites))
        fig, axes = plt.subplots(len(sites), columns, figsize=size, squeeze=False, layout="constrained")
        courses = [(first, compared.base), *compared.changes]
        for row, site, shown in zip(axes, sites, panels, strict=True):
            for ax in row[len(shown) :]:
                ax.set_axis_off()
            for ax, (name, part) in zip(row, shown, strict=False):
                for colour, (label, one) in zip(_COLOURS, courses, strict=False):
                    found = panel(one.sites[site], one, name)
                    values = found.untreated if part == "untreated" else found.draws
                    low, median, high = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
                    days = one.time_day / unit
                    ax.plot(days, median, color=colour, lw=1.8, label=label)
                    if label == first and one.ledger.draws > 1:
                        of_it = "90 % credible interval\nof the first curve"
                        ax.fill_between(days, low, high, color=colour, alpha=0.15, lw=0, label=of_it)
                begun = panel(compared.base.sites[site], compared.base, name)
                ax.axhline(begun.start, color="#bbbbbb", lw=0.6, zorder=0)
                if part == "values" and begun.threshold is not None:
                    draw_threshold(ax, begun.threshold, begun.least)
                ax.set_xlim(0, days[-1])
                ax.set_xlabel(f"{title} since the first session")
                ax.set_ylabel(begun.label, fontsize=9.5)
                ax.set_title(f"{site}, {'untreated' if part == 'untreated' else 'treated'}", fontsize=10, loc="left")
                if part == "values":
                    for session in compared.base.sites[site].sessions:
                        ax.plot(
                            session.day / unit, 0.008, marker="^", ms=5, color="#444444", clip_on=False, ls="none",
                            transform=ax.get_xaxis_transform(),
                        )  # fmt: skip
        person = compared.base.ledger.case.patient.said
        handles: dict[str, Any] = {}
        for ax in axes.flat:
            lines, labels = ax.get_legend_handles_labels()
            handles |= dict(zip((label.replace(" and ", "\nand ") for label in labels), lines, strict=True))
        fig.legend(handles.values(), handles.keys(), frameon=False, fontsize=8, loc="outside right center")
        width = round(11.3 * size[0])
        seconds = [f"{c.label}: {c.course.protocol.sentence}" for c in compared.changes if compared.protocols]
        told = [compared.base.protocol.sentence, *seconds, person_text(person), *not_drawn(compared.base)]
        fig.suptitle("\n".join(wrapped(line, width) for line in told), fontsize=10.5, x=0.01, ha="left")
        fig.supxlabel(foot(compared.base), fontsize=7.5, color="#666666")
    return fig


def write_comparison_plot(compared: Comparison, path: Path) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path."""
    check_outputs([("plot", path)])
    closing(comparison_figure(compared), lambda drawn: save(drawn, path))


# --------------------------------------------------------------------------------------------------- skin by age

#: Quantities of the table; the document has all.
_SHOWN: Final = (
    "collagen_total", "collagen_papillary", "dermal_thickness", "synthesis_1", "elastin", "fragmented",
    "epidermal_turnover",
)  # fmt: skip


def skin_sentences(found: Decades) -> Iterator[str]:
    """Summary sentences on the change between the first and the last age."""
    first, last = found.ages[0], found.ages[-1]
    if first == last:
        return
    for name, what in (
        ("collagen_total", "dermal collagen"),
        ("collagen_papillary", "papillary collagen"),
        ("dermal_thickness", "dermal thickness"),
        ("synthesis_1", "type I collagen synthesis"),
        ("elastin", "elastin"),
    ):
        ratio = found.interval(name, last, over=first)
        yield (
            f"From {first:g} to {last:g} years, {what} changes by "
            f"{_percent(Interval(*(value - 1 for value in ratio)))} without treatment."
        )
    menopause = found.patient.menopause_age
    if first < menopause < last and menopause < NEVER:
        yield f"Menopause is at {menopause:g} years."
    assumed = 100 * found.ledger.assumed_share
    yield f"{assumed:.0f} % of the {len(found.ledger.parameters)} parameters are assumed."


def skin_table(found: Decades) -> tuple[Row, list[Row]]:
    """Table of the quantities of untreated skin by age."""
    header = ("age", *(f"{QUANTITIES[name].label}, {_unit(QUANTITIES[name].unit)}".rstrip(", ") for name in _SHOWN))
    rows = [(f"{age:g}", *(spread(found.interval(name, age)) for name in _SHOWN)) for age in found.ages]
    return header, rows


def _unit(unit: str) -> str:
    return {"1": "", "ug/mm2": "µg/mm²", "ug/mm3/d": "µg/mm³/d"}.get(unit, unit)


def skin_document(found: Decades) -> dict[str, Any]:
    """The ``skin --json`` document."""
    quantities = {}
    for name, about in QUANTITIES.items():
        rows = found.values[name]
        lower, median, upper = np.quantile(rows, (0.05, 0.5, 0.95), axis=1)
        entry: dict[str, Any] = {
            "unit": about.unit,
            "definition": about.meaning,
            "median": plain_list(median),
            "lower90": plain_list(lower),
            "upper90": plain_list(upper),
        }
        if found.people[name].shape[1]:
            low, high = np.quantile(found.people[name], (0.05, 0.95), axis=1)
            entry |= {"people_lower90": plain_list(low), "people_upper90": plain_list(high)}
        quantities[name] = entry
    return {
        "neodermis": found.ledger.versions["neodermis"],
        "patient": {name: value for name, value in found.patient.said.items() if name != "age"},
        "site": found.site,
        "age": list(found.ages),
        "draws": found.ledger.draws,
        "people": found.ledger.people,
        "seed": found.ledger.seed,
        "assumed_share": found.ledger.assumed_share,
        "summary": list(skin_sentences(found)),
        "quantities": quantities,
        "sources": [{"key": key, "for": list(reasons)} for key, reasons in found.ledger.sources.items()],
        "warnings": list(found.ledger.warnings),
    }


def skin_figure(found: Decades) -> Figure:
    """Figure of collagen, thickness, synthesis, elastin, fragmentation and turnover by age."""
    from matplotlib import pyplot as plt

    ages = np.array(found.ages)
    names = ("collagen_total", "collagen_papillary", "dermal_thickness", "synthesis_1", "elastin", "fragmented")
    with plt.rc_context(
        {"font.size": 9.5, "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "path"}
    ):
        fig, axes = plt.subplots(2, 3, figsize=(10.4, 6.0), layout="constrained")
        for ax, name in zip(axes.flat, names, strict=True):
            low, median, high = np.quantile(found.values[name], (0.05, 0.5, 0.95), axis=1)
            if found.values[name].shape[1] > 1:
                ax.fill_between(ages, low, high, color="#9dc3e6", alpha=0.55, lw=0, label="90 % credible interval")
            if found.people[name].shape[1]:
                edges = np.quantile(found.people[name], (0.05, 0.95), axis=1)
                for edge, label in zip(edges, ("90 % of people", None), strict=True):
                    ax.plot(ages, edge, color="#1b4f72", lw=0.9, ls=(0, (1, 1.5)), label=label)
            ax.plot(ages, median, color="#1b4f72", lw=2, marker="o", ms=3, label="median")
            ax.set_ylim(bottom=0)
            ax.set_title(
                f"{QUANTITIES[name].label}, {_unit(QUANTITIES[name].unit)}".rstrip(", "), fontsize=9.5, loc="left"
            )
            menopause = found.patient.menopause_age
            if ages[0] < menopause < ages[-1]:
                ax.axvline(menopause, color="#888888", lw=0.8, ls=":", label="menopause")
        for ax in axes[-1]:
            ax.set_xlabel("age, years")
        axes[1, 1].legend(frameon=False, fontsize=7.5, loc="lower left")
        person = {**found.patient.said, "age": None}
        title = wrapped(f"Untreated skin: {person_text(person)}, {found.site}")
        fig.suptitle(title, fontsize=10.5, x=0.01, ha="left")
        fig.supxlabel(
            f"{100 * found.ledger.assumed_share:.0f} % of the parameters are assumed; neodermis "
            f"{found.ledger.versions['neodermis']}, {found.ledger.draws} draws, seed {found.ledger.seed}",
            fontsize=7.5, color="#666666",
        )  # fmt: skip
    return fig


def write_skin_plot(found: Decades, path: Path) -> None:
    """Write the figure as PNG, SVG or PDF, by the suffix of the path."""
    check_outputs([("plot", path)])
    closing(skin_figure(found), lambda drawn: save(drawn, path))


# ----------------------------------------------------------------------------------------------------- population


def write_people(people: Covariates, path: Path) -> None:
    """Write one row per person: age, sex, phototype, smoking, sun, sunscreen and age at menopause."""
    check_outputs([("csv", path)])
    with replacing(path) as draft, draft.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(
            ("age", "sex", "phototype", "cigarettes_per_day", "sun_per_week", "sunscreen_share", "menopause_age")
        )
        for age, male, phototype, smoking, sun, screen, menopause in zip(*people, strict=True):
            end = "" if menopause >= NEVER else f"{menopause:.2f}"
            row = (f"{age:.2f}", "male" if male else "female", f"{phototype:g}", f"{smoking:.2f}", f"{sun:.3f}")
            out.writerow((*row, f"{screen:g}", end))
