"""The scorecard of the forecast as blocks and as a figure: misses first, then families beside the rivals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from neodermis.report import style
from neodermis.report.blocks import Block, Figure, Heading, Page, Paragraph, Table
from neodermis.report.common import page_unit, write_figure
from neodermis.skin.outcomes import OUTCOMES
from neodermis.studies.scorecard import JUDGED_FROM, TITLES
from neodermis.wording import lower_first, number_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

#: Unit → its form on an axis.
_UNITS: Final = {"d": "days", "point": "points", "grade": "grades", "% of baseline": "change in % of baseline"}
#: Rows of a picture: the studies with the largest errors are drawn.
MOST_DRAWN: Final = 60


def _one(value: float | None, form: str = ".2f") -> str:
    return "–" if value is None else format(value, form)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def headline(document: Mapping[str, Any]) -> list[str]:
    """The scorecard in three sentences: coverage, error compared with the mean of other studies, and limits."""
    s = document["summary"]
    low, high = s["coverage90_range"]
    in_range = "within" if low <= s["coverage90"] <= high else "OUTSIDE"
    ahead = s["crps_ahead_of_pooled_mean"]
    beats = "better than" if ahead and ahead[1] > 0 else "worse than" if ahead and ahead[2] < 0 else "no different from"
    many = s["n_people_groups"]
    groups = f"{many} group{'s' if many != 1 else ''} of people"
    return [
        f"Of {s['n']} published numbers ({groups}), each predicted as that of a new study, "
        f"{_percent(s['coverage90'])} lie inside the 90 % predictive interval: {in_range} the {_percent(low)} to "
        f"{_percent(high)} expected of a calibrated forecast.",
        f"Mean absolute error: forecast {_one(s['mean_abs_error'])}, mean of other studies "
        f"{_one(s['mean_abs_error_pooled_mean'])}, simulation alone {_one(s['mean_abs_error_mechanism'])}, no effect "
        f"{_one(s['mean_abs_error_no_effect'])}, in the smallest change that matters.",
        f"By CRPS the forecast is {beats} the mean of other studies (difference {_one(ahead[0])}, 90 % confidence "
        f"interval {_one(ahead[1])} to {_one(ahead[2])})."
        if ahead and many >= JUDGED_FROM
        else f"With fewer than {JUDGED_FROM} groups of people, the two cannot be ranked.",
    ]  # fmt: skip


def family_table(document: Mapping[str, Any]) -> Table:
    """Scores by family; families of few groups are too few to judge."""
    rows = [("All", document["summary"]), *(
        (TITLES[name], each) for name, each in document["summary"]["by_family"].items()
    )]  # fmt: skip
    return Table(
        "Scores by family",
        ("outcomes", "numbers (groups)", "inside 50/80/90 %", "error", "pooled mean", "simulation", "CRPS",
         "pooled mean", "interval score", "pooled mean", "λ", ""),
        [
            (
                title, f"{s['n']} ({s['n_people_groups']})",
                " / ".join(f"{100 * (s[f'coverage{k}'] or 0):.0f}" for k in (50, 80, 90)),
                _one(s["mean_abs_error"]), _one(s["mean_abs_error_pooled_mean"]), _one(s["mean_abs_error_mechanism"]),
                _one(s["crps"]), _one(s["crps_pooled_mean"]), _one(s["interval_score"], ".1f"),
                _one(s["interval_score_pooled_mean"], ".1f"), _one(s["mechanism_weight"]),
                "" if s["n_people_groups"] >= JUDGED_FROM else "too few to judge",
            )
            for title, s in rows
        ],
    )  # fmt: skip


def finding_table(title: str, findings: Sequence[Mapping[str, Any]]) -> Table:
    """Published numbers and their forecasts."""

    def published(value: Any) -> str:
        return number_text(value) if not isinstance(value, list) else " to ".join(map(number_text, value))

    return Table(
        title,
        ("study", "arm", "outcome", "day", "rater", "published", "forecast (90 %)", "unit", "error"),
        [
            (
                f["study"], f["arm"], OUTCOMES[f["outcome"]].label, number_text(f["day"]), f["rater"],
                published(f["observed"]),
                f"{number_text(f['predicted'])} ({number_text(f['lower90'])} to {number_text(f['upper90'])})",
                f["unit"], _one(f["error"], ".1f"),
            )
            for f in findings
        ],
    )  # fmt: skip


def scorecard_page(document: Mapping[str, Any], *, everything: bool = True, picture: str = "") -> Page:
    """The scorecard: headline, misses, families, picture, all results, and what cannot be tested.

    ``picture``: path of the figure for a page that cannot contain it.
    """
    return list(_blocks(document, everything, picture))


def _blocks(document: Mapping[str, Any], everything: bool, picture: str) -> Iterator[Block]:
    made = document["made"]
    yield Heading("Scorecard of the forecast", 1)
    yield Paragraph(
        f"{made['what']}. {made['date']}, neodermis {made['neodermis']}, posterior {made['posterior']}.", "lead"
    )
    findings = sorted(document["findings"], key=lambda f: -f["error"])
    if "by_family" not in document["summary"]:  # of one group of people
        s = document["summary"]
        yield Paragraph(f"Mean absolute error: forecast {_one(s['mean_abs_error'])}, mean of other studies "
                        f"{_one(s['mean_abs_error_pooled_mean'])}, in the smallest change that matters.")  # fmt: skip
        yield finding_table("Published numbers and forecasts", findings)
        return
    for sentence in headline(document):
        yield Paragraph(sentence)
    missed = [f for f in findings if not f["inside"]]
    yield Heading("Misses")
    if missed:
        yield finding_table("Published numbers outside the 90 % predictive interval, worst first", missed)
    else:
        yield Paragraph("No published number lies outside its 90 % predictive interval.")
    yield Heading("Scores by family of outcomes")
    yield family_table(document)
    yield Paragraph("""Every study is predicted as a new study, with its own study effect, rater, sample of people and
        reading error. All groups of people have equal weight. Errors, CRPS (continuous ranked probability score) and
        interval scores are in units of the smallest change that matters; lower is better. λ is the weight of the
        simulation: 0 is the mean of other studies, 1 the simulation.""")
    if everything:
        yield Figure(
            lambda: scorecard_figure(document),
            "Published numbers and their forecasts with 90 % predictive intervals",
            picture,
        )
        yield Heading("All numbers")
        yield finding_table("Published numbers and forecasts", findings)
    away = document["summary"]["not_testable"]
    if away and everything:
        yield Heading("Not testable")
        yield Table(
            "Results without a forecast",
            ("study", "arm", "outcome", "day", "reason"),
            [(a["study"], a.get("arm", ""), a.get("outcome", ""), number_text(a["day"]) if "day" in a else "", a["why"])
             for a in away],
        )  # fmt: skip
    elif away:
        yield Paragraph(f"{len(away)} results cannot be tested; the full list gives the reasons.", "soft")
    if looks := made.get("looks"):
        yield Paragraph(looks, "foot")


def scorecard_figure(document: Mapping[str, Any], width_inches: float | None = None) -> Drawn:
    """Forecast and published number of each result, in a panel for each unit.

    Parameters
    ----------
    document
        The scorecard.
    width_inches
        Width of the page.
    """
    findings = sorted(document["findings"], key=lambda f: (f["outcome"], f["study"], f["day"]))
    if len(findings) > MOST_DRAWN:
        kept = {id(f) for f in sorted(findings, key=lambda f: -f["error"])[:MOST_DRAWN]}
        findings = [f for f in findings if id(f) in kept]
    units = list(dict.fromkeys(f["unit"] for f in findings))
    by_unit = [[f for f in findings if f["unit"] == unit] for unit in units]
    made = document["made"]
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width_inches or style.WIDTH, rows=[0.185 * len(rows) + 0.12 for rows in by_unit],
            title=["Published numbers and forecasts, each as of a new study"], below=0.0,
            foot=f"bar: {style.PREDICTIVE} · line: median · dot: published, filled inside the interval, open where it "
            f"is missed · the {len(findings)} largest errors of {len(document['findings'])} · neodermis "
            f"{made['neodermis']}, posterior {made['posterior']} · not a medical device",
            margins=style.Margins(left=3.75, right=0.25, below=0.55, last=0.6),
        )  # fmt: skip
        for ax, unit, rows in zip(page.axes[:, 0], units, by_unit, strict=True):
            _draw_findings(ax, unit, rows)
    return page.figure


def _draw_findings(ax: Any, unit: str, rows: Sequence[Mapping[str, Any]]) -> None:
    for k, f in enumerate(rows):
        inside = f["inside"]
        colour = style.INK if inside else style.POINT
        ax.plot([f["lower90"], f["upper90"]], [k, k], color=colour, lw=3.0, alpha=0.35, solid_capstyle="butt")
        ax.plot([f["predicted"]], [k], "|", color=colour, ms=8, mew=1.6)
        ax.plot(np.atleast_1d(f["observed"]), np.full(np.size(f["observed"]), k), "o", color=colour, ms=4.8,
                mfc=colour if inside else "white", mew=1.3)  # fmt: skip
    ax.set_yticks(range(len(rows)), [f"{f['study']}, {lower_first(OUTCOMES[f['outcome']].label)}" for f in rows],
                  fontsize=style.LEAST)  # fmt: skip
    for text, f in zip(ax.get_yticklabels(), rows, strict=True):
        text.set_color(style.TEXT if f["inside"] else style.POINT)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    label = f"published and forecast, {_UNITS.get(unit, page_unit(unit))}"
    ax.set_xlabel("\n".join(style.wrap(label, style.size_of(ax)[0])))


def write_scorecard_picture(document: Mapping[str, Any], path: Path) -> None:
    """Write the figure as PNG, SVG or PDF."""
    write_figure(lambda: scorecard_figure(document), path)
