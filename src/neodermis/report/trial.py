"""A virtual trial as a document, blocks and a figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from neodermis.lazy import numpy as np
from neodermis.report import style
from neodermis.report.blocks import Block, Facts, Figure, Fold, Heading, Page, Paragraph, Points, Table
from neodermis.report.common import page_unit, run_entries
from neodermis.trials.power import TARGET
from neodermis.wording import counted, lower_first, percent_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

    from neodermis.trials.power import Power
    from neodermis.trials.trial import Estimate, TrialResult
    from neodermis.uncertain import Interval

#: Most outcomes that the figure draws.
DRAWN = 4
#: Reason of exclusion → its words.
_REASONS = {"sun": "sun exposure", "severity": "severity of the concern"}


def _p(value: float | None, alpha: float) -> str:
    """A p-value with the digits that keep it on its side of ``alpha``."""
    if value is None:
        return "–"
    if value < min(0.001, alpha):
        return "p < 0.001" if alpha >= 0.001 else f"p = {value:.1e}"
    digits = 3 if value < 0.1 else 2
    while (float(f"{value:.{digits}f}") < alpha) != (value < alpha) and digits < 12:
        digits += 1
    return f"p = {value:.{digits}f}"


def _judged(one: Estimate) -> float | None:
    """The p-value by which an estimate is judged."""
    return one.p if one.p_adjusted is None else one.p_adjusted


def _number(value: float | None, *, signed: bool = True) -> str:
    if value is None or not np.isfinite(value):
        return "–"
    return f"{value:+.2f}" if signed else f"{value:.2f}"


def _scale(one: Estimate) -> tuple[float, str]:
    """What an estimate is multiplied by on a page, and its unit there."""
    if one.asked.analysis == "risk difference":
        return 100.0, "percentage points"
    unit = page_unit(one.unit)
    return 1.0, "" if one.asked.analysis == "ordinal" else unit


def _interval(one: Estimate) -> str:
    """Estimate with its interval and unit."""
    if one.estimate is None or one.lower is None or one.upper is None:
        return "not estimated"
    factor, unit = _scale(one)
    signed = one.asked.analysis != "ordinal"
    numbers = [one.estimate, one.lower, one.upper]
    if factor != 1.0:
        middle, low, high = (f"{factor * number:+.0f}" for number in numbers)
    else:
        middle, low, high = (_number(number, signed=signed) for number in numbers)
    return f"{middle} {unit}".rstrip() + f" ({low} to {high})"


def _named(one: Estimate) -> str:
    return f"{one.asked.outcome.label}, day {one.asked.day:g}"


def _level(found: TrialResult) -> str:
    return f"{100 * (1 - found.design.data.alpha):g} % confidence interval"


# ------------------------------------------------------------------------------------------------- document


def trial_document(found: TrialResult) -> dict[str, Any]:
    """The trial as JSON values."""
    data, flow = found.design.data, found.flow
    return {
        "title": data.title, "design": data.design, "people": flow.assessed, "seed": found.seed,
        "arms": [
            {"id": one.id, "protocol": "none" if plan is None else plan.sentence, "control": one.id == data.control,
             "sham": found.design.is_sham(one.id), "ratio": one.ratio, "dropout": one.dropout}
            for one, plan in zip(data.arm, found.design.protocols.values(), strict=True)
        ],
        "flow": {
            "assessed": flow.assessed, "excluded": sum(flow.excluded.values()), "excluded_by": dict(flow.excluded),
            "eligible_share": flow.randomised / flow.assessed, "randomised": flow.randomised,
            "arms": {name: arm._asdict() for name, arm in flow.arms.items()},
        },
        "estimates": [_estimate(one, found.design.data.alpha) for one in found.estimates],
        "changes": [
            {"outcome": one.name, "rater": one.judge, "unit": one.outcome.unit, "arm": arm.id, "day": day, "mean": mean,
             "lower": _finite(low), "upper": _finite(high)}
            for number, one in ((number, data.outcome[number]) for number in found.different)
            for arm in data.arm
            for visit, day in enumerate(data.visits.days)
            for mean, low, high in [found.change(number, arm.id, visit)]
            if np.isfinite(mean)
        ],
        "responders": [
            {"outcome": one.name, "rater": one.judge, "day": one.day, "arm": arm.id,
             **dict(zip(("responders", "people"), found.responders(number, arm.id), strict=True))}
            for number, one in enumerate(data.outcome)
            for arm in data.arm
        ],
        **({} if found.power is None else _power_entries(found.power)),
        "adverse_events": {
            arm: {name: {"people": count, "of": of} for name, (count, of) in events.items()}
            for arm, events in found.events.items()
        },
        "confidence": 1.0 - data.alpha, "multiplicity": data.multiplicity, "missing": data.missing,
        **run_entries(found.ledger),
        "warnings": list(found.warnings),
    }  # fmt: skip


def _power_entries(power: Power) -> dict[str, Any]:
    """Predictive effect, power by size, and the smallest size."""
    sizes = power.sizes
    return {
        "effect": {power.asked.name: {"day": power.asked.day, "arm": power.arm, "against": power.against,
                                      "unit": power.asked.outcome.unit, **power.effect._asdict(),
                                      "without_rater_bias": power.without_bias._asdict()}},
        "power": {
            "n": [one.n for one in sizes], "power": [one.assurance.median for one in sizes],
            "lower90": [one.assurance.lower90 for one in sizes], "upper90": [one.assurance.upper90 for one in sizes],
            "conditional": [one.conditional.median for one in sizes], "trials": power.trials,
            "ceiling": power.ceiling,
        },
        "smallest_n": power.smallest_n,
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _estimate(one: Estimate, alpha: float) -> dict[str, Any]:
    return {
        "outcome": one.asked.name, "day": one.asked.day, "role": one.asked.role, "rater": one.asked.judge,
        "analysis": one.asked.analysis, "measure": one.measure, "unit": one.unit, "arm": one.arm,
        "against": one.against, "estimate": one.estimate, "lower": one.lower, "upper": one.upper, "p": one.p,
        "p_adjusted": one.p_adjusted, "significant": one.significant(alpha), "favours": one.favours,
        "simulated_difference": one.simulated, "analysed": list(one.analysed), "note": one.note,
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------- page


def trial_page(found: TrialResult) -> Page:
    """Blocks of a trial: conclusion, flow, effects, changes by visit, responders, adverse events."""
    return list(_blocks(found))


def _blocks(found: TrialResult) -> Iterator[Block]:
    from neodermis.report.pages import closing_blocks

    data, flow = found.design.data, found.flow
    yield Heading(data.title, 1)
    arms = "; ".join(f"{one.id}: {_protocol(found, one.id)}" for one in data.arm)
    yield Paragraph(arms, "lead")
    yield Paragraph(
        f"{data.design} trial in simulated people; control: {data.control}; "
        f"{counted(flow.randomised, 'person', 'people')} randomised; seed {found.seed}", "soft",
    )  # fmt: skip
    yield Points(list(_sentences(found)))
    yield Facts([
        (str(flow.assessed), "assessed"), (f"{100 * flow.randomised / flow.assessed:.0f} %", "eligible"),
        (str(flow.randomised), "randomised"),
    ])  # fmt: skip
    yield Figure(lambda: trial_figure(found), " ".join(_sentences(found)))
    yield Table(
        f"Effect of each arm against {data.control} ({_level(found)})",
        ("outcome", "role", "rater", "analysis", "arm", "effect", "p", "people", "simulated difference"),
        [
            (
                _named(one), one.asked.role, one.asked.judge, one.asked.analysis, one.arm, _interval(one),
                _p(_judged(one), data.alpha).removeprefix("p = ").removeprefix("p "),
                f"{one.analysed[0]} + {one.analysed[1]}",
                f"{one.simulated:+.2f} {page_unit(one.asked.outcome.unit)}".rstrip(),
            )
            for one in found.estimates
        ],
    )  # fmt: skip
    measures = dict.fromkeys(f"{one.asked.analysis}: {one.measure}" for one in found.estimates)
    yield Paragraph(
        f"What is estimated: {'; '.join(measures)}. The simulated difference is that of the mean level between the two "
        "arms in all randomised people, each simulated in both, without rater and reading error.",
        "foot",
    )  # fmt: skip
    yield Table("Flow of people (CONSORT)", ("", *(one.id for one in data.arm)), [
        (label, *(str(getattr(flow.arms[one.id], field)) for one in data.arm))
        for label, field in (
            ("allocated", "allocated"), ("lost to follow-up", "lost"), ("analysed, first primary outcome", "analysed"),
        )
    ])  # fmt: skip
    yield Table("Responders", ("outcome", "rater", "improvement from", *(one.id for one in data.arm)), [
        (f"{one.outcome.label}, day {one.day:g}", one.judge, _threshold(found, number),
         *(_share(*found.responders(number, arm.id)) for arm in data.arm))
        for number, one in enumerate(data.outcome)
    ])  # fmt: skip
    if found.power is not None:
        yield _power_table(found.power)
        yield Paragraph(
            "Assurance is the share of trials that show a significant effect in favour of the arm, over the "
            "uncertainty of the parameters and differences between studies. Conditional power is the same at central "
            "parameters in an average study. What differs between studies and is shared by their arms leaves a "
            "contrast as it is; the study × treatment effect has a prior of a third of that spread (half-normal, "
            f"assumed). In brackets: 90 % interval of simulation, {found.power.trials} trials of each size. Effects "
            "differ between studies, so that more people cannot lift assurance above its ceiling, "
            f"{percent_text(found.power.ceiling)}.", "foot",
        )  # fmt: skip
    names = list(next(iter(found.events.values())))
    yield Table("Adverse events", ("people with", *(one.id for one in data.arm)), [
        (name, *(_share(*found.events[one.id][name]) if one.id in found.events else "no session" for one in data.arm))
        for name in names
    ])  # fmt: skip
    yield Fold("mean change by visit", [_changes(found)])
    yield from closing_blocks(found.warnings, found.ledger)


def _protocol(found: TrialResult, arm: str) -> str:
    plan = found.design.protocols[arm]
    return "no treatment" if plan is None else plan.sentence + (" (sham)" if found.design.is_sham(arm) else "")


def _share(count: int, of: int) -> str:
    return f"{count} of {of}" + (f" ({100 * count / of:.0f} %)" if of else "")


def _threshold(found: TrialResult, number: int) -> str:
    asked = found.design.data.outcome[number]
    least = asked.responder or asked.outcome.smallest(float(np.median(found.baseline[number])))
    return f"{least:.2g} {page_unit(asked.outcome.unit)}".rstrip()


def _sentences(found: TrialResult) -> Iterator[str]:
    data, flow = found.design.data, found.flow
    for one in found.estimates:
        if one.asked.role != "primary":
            continue
        what = f"{lower_first(one.asked.outcome.label)} on day {one.asked.day:g}, {one.arm} against {one.against}"
        if one.estimate is None:
            yield f"Primary outcome, {what}: {one.note}."
            continue
        shown = f"{_interval(one)[:-1]}, {_level(found)}; {_p(_judged(one), data.alpha)})"
        conclusion = (
            f"this trial shows a difference in favour of {one.favours}" if one.significant(data.alpha)
            else "this trial shows no significant difference"
        )  # fmt: skip
        yield f"Primary outcome, {what}: {shown}; {conclusion}."
        unit = page_unit(one.asked.outcome.unit)
        yield (
            f"Without rater and reading error the mean differs by {one.simulated:+.2f} {unit}".rstrip()
            + " in the randomised people."
        )
    if found.power is not None:
        effect, unit = found.power.effect, page_unit(found.power.asked.outcome.unit)
        yield (
            f"Over the uncertainty of the parameters and studies the difference is {effect.median:+.2f} {unit} "
            f"({effect.lower90:+.2f} to {effect.upper90:+.2f}, 90 % predictive interval). {_smallest(found.power)}"
        )
        bare = found.power.without_bias
        if found.power.asked.judge in ("unblinded", "self"):
            yield (
                f"This rater is not blinded: without the bias of the rater the difference is {bare.median:+.2f} {unit} "
                f"({bare.lower90:+.2f} to {bare.upper90:+.2f}); the rest is no effect of the treatment."
            )
    why = ", ".join(f"{_REASONS.get(name, name)} {number}" for name, number in flow.excluded.items())
    yield (
        f"{flow.randomised} of {flow.assessed} assessed people are eligible "
        f"({100 * flow.randomised / flow.assessed:.0f} %)" + (f"; excluded by {why}." if why else ".")
    )


def _smallest(power: Power) -> str:
    """The smallest number of people for an assurance of the target, or why there is none."""
    goal, ceiling, most = percent_text(TARGET), percent_text(power.ceiling), power.sizes[-1].n
    if power.smallest_n is not None:
        return f"{power.smallest_n} people give an assurance of {goal} (ceiling {ceiling})."
    if power.ceiling < TARGET:
        return f"No number of people gives an assurance of {goal}: none; ceiling {ceiling}."
    return f"No number of people up to {most} gives an assurance of {goal}: none; ceiling {ceiling}."


def _power_table(power: Power) -> Table:
    def said(one: Interval) -> str:
        return f"{100 * one.median:.0f} % ({100 * one.lower90:.0f} to {100 * one.upper90:.0f})"

    return Table(
        f"Power, {lower_first(power.asked.outcome.label)} on day {power.asked.day:g}, {power.arm} against "
        f"{power.against}", ("people randomised", "conditional power", "assurance"),
        [(str(one.n), said(one.conditional), said(one.assurance)) for one in power.sizes],
    )  # fmt: skip


def _changes(found: TrialResult) -> Table:
    data = found.design.data
    return Table(
        f"Mean change from baseline ({_level(found)})",
        ("outcome", "rater", "arm", *(f"day {day:g}" for day in data.visits.days)),
        [
            (one.outcome.label, one.judge, arm.id, *(
                "{} ({} to {})".format(*map(_number, found.change(number, arm.id, visit)))
                for visit in range(len(data.visits.days))
            ))
            for number, one in ((number, data.outcome[number]) for number in found.different)
            for arm in data.arm
        ],
    )  # fmt: skip


def tidy_rows(found: TrialResult) -> Sequence[Sequence[object]]:
    """Rows of the estimates: outcome, day, rater, analysis, arm, against, unit, then the numbers."""
    return [
        (one.asked.name, one.asked.day, one.asked.judge, one.asked.analysis, one.arm, one.against, one.unit,
         one.estimate, one.lower, one.upper, one.p, one.p_adjusted, one.simulated)
        for one in found.estimates
    ]  # fmt: skip


#: Header of :func:`tidy_rows`.
TIDY = (
    "outcome", "day", "rater", "analysis", "arm", "against", "unit", "estimate", "lower", "upper", "p", "p_adjusted",
    "simulated_difference",
)  # fmt: skip


# ------------------------------------------------------------------------------------------------- figure


def trial_figure(found: TrialResult, width_inches: float | None = None) -> Drawn:
    """Mean change by visit in each arm, and the effects with their intervals, a row for each reading of an outcome.

    Parameters
    ----------
    found
        The trial to draw.
    width_inches
        Width of the page.
    """
    data = found.design.data
    rows = found.different[:DRAWN]
    width = width_inches or style.WIDTH
    margins = [
        style.Margins(left=0.85, right=1.0, above=0.36, below=0.36),
        style.Margins(left=0.85, right=0.2, above=0.36),
    ]
    panels = len(rows) + (found.power is not None)
    with style.styled() as plt:
        page = style.sheet(
            plt, width=width, rows=[2.1] * panels, columns=(1.25, 1.0), title=[data.title], margins=margins,
            foot=f"means and effects with their {_level(found)} · diamond: simulated difference without rater "
            f"and reading error · {found.flow.randomised} people randomised · seed {found.seed} · simulated people, "
            "not a medical device",
        )  # fmt: skip
        for place, number in enumerate(rows):
            last = place == len(rows) - 1
            _draw_means(page.axes[place, 0], found, number, last=last)
            _draw_effects(page.axes[place, 1], found, number)
        if found.power is not None:
            _draw_power(page.axes[-1, 0], found.power)
            _draw_predictive(page.axes[-1, 1], found.power)
    return page.figure


def _draw_means(ax: Any, found: TrialResult, number: int, *, last: bool) -> None:
    data, asked = found.design.data, found.design.data.outcome[number]
    days, labels, every = [0.0, *data.visits.days], [], [0.0]
    end = found.design.last_day
    for k, arm in enumerate(data.arm):
        stroke = style.STROKES[k]
        means = [(0.0, 0.0, 0.0), *(found.change(number, arm.id, visit) for visit in range(len(data.visits.days)))]
        middle, low, high = np.array(means).T
        at = np.array(days) + (k - (len(data.arm) - 1) / 2.0) * 0.012 * end * (np.array(days) > 0)
        ax.plot(at, middle, color=stroke.colour, ls=stroke.dashes, lw=1.8, marker="o", ms=4)
        ax.vlines(at, low, high, color=stroke.colour, lw=1.4)
        labels.append(style.Label(float(middle[-1]), arm.id, stroke.colour))
        every += [*low, *high, *middle]
    ax.axhline(0.0, color=style.FAINT, lw=0.8, zorder=0.5)
    ax.set_ylim(*style.limits(every))
    style.time_axis(ax, 1.04 * end, since="the first session", labels=last)
    ax.set_ylabel("\n".join(style.wrap(f"change, {page_unit(asked.outcome.unit) or '1'}", 1.9)))
    ax.set_title(f"{asked.outcome.label}, {_by(asked.judge, asked.readers)}")
    style.label_beside(ax, labels, room=1.0)


def _draw_power(ax: Any, power: Power) -> None:
    """Conditional power and assurance by the number of people, and the ceiling of assurance."""
    n, labels = [one.n for one in power.sizes], []
    for name, stroke in zip(("conditional", "assurance"), style.STROKES, strict=False):
        shares = [getattr(one, name) for one in power.sizes]
        low, high = ([100 * getattr(one, edge) for one in shares] for edge in ("lower90", "upper90"))
        middle = [100 * one.median for one in shares]
        ax.plot(n, middle, color=stroke.colour, ls=stroke.dashes, lw=1.8)
        ax.vlines(n, low, high, color=stroke.colour, lw=1.0)
        label = {"conditional": "conditional power"}.get(name, name)
        labels.append(style.Label(middle[-1], label, stroke.colour))
    ax.axhline(100 * power.ceiling, color=style.MUTED, lw=0.9, ls=style.DOTTED)
    labels.append(style.Label(100 * power.ceiling, "ceiling", style.MUTED))
    ax.set_ylim(0.0, 104.0)
    ax.set_xscale("log")
    ax.set_xticks([10, 20, 50, 100, 200, 400])
    style.plain_ticks(ax.xaxis)
    ax.set_xlabel("people randomised")
    ax.set_ylabel("trials that show the effect, %")
    ax.set_title(f"Power, {lower_first(power.asked.outcome.label)} on day {power.asked.day:g}")
    style.label_beside(ax, labels, room=1.0)


def _draw_predictive(ax: Any, power: Power) -> None:
    """The difference between the arms over parameter draws and studies, without sampling."""
    ax.plot([power.effect.lower90, power.effect.upper90], [0, 0], color=style.INK, lw=2.4, solid_capstyle="butt")
    ax.plot([power.effect.median], [0], "o", ms=6.5, color=style.INK)
    ax.axvline(0.0, color=style.MUTED, lw=0.9, ls=style.DOTTED)
    ax.set_yticks([0], [power.arm])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(0.6, -0.6)
    ax.set_xlim(*style.limits([0.0, power.effect.lower90, power.effect.upper90], below=0.08, above=0.08))
    ax.set_xlabel(f"difference, {page_unit(power.asked.outcome.unit) or '1'}, over studies")
    ax.set_title(style.PREDICTIVE)


def _by(judge: str, readers: int) -> str:
    one = {"instrument": "by instrument", "self": "read by the patient"}.get(judge, f"{judge} rater")
    return one if readers == 1 else f"mean of {readers} readings, {one}"


#: Measures that share an axis, in the order in which one of them is drawn.
_AXES = (("t-test", "paired t-test", "ancova", "mixed model"), ("risk difference",), ("ordinal",))


def _draw_effects(ax: Any, found: TrialResult, number: int) -> None:
    """Effects with their intervals on the axis of the first measure; others stand in the table."""
    asked = found.design.data.outcome[number]
    of_reading = [one for one in found.estimates if one.asked.reading == asked.reading and one.estimate is not None]
    groups = [(of, [one for one in of_reading if one.asked.analysis in of]) for of in _AXES]
    of, shown = next(((of, some) for of, some in groups if some), (_AXES[0], []))
    null = shown[0].null if shown else 0.0
    every, names = [null], []
    for k, one in enumerate(shown):
        factor = _scale(one)[0]
        middle, low, high = (factor * float(value or 0.0) for value in (one.estimate, one.lower, one.upper))
        colour = style.STROKES[[each.id for each in found.design.data.arm].index(one.arm)].colour
        ax.plot([low, high], [k, k], color=colour, lw=2.4, solid_capstyle="butt")
        ax.plot([middle], [k], "o", ms=6.5, color=colour)
        every += [low, high]
        if of == _AXES[0]:
            ax.plot([one.simulated], [k], "D", ms=6, mfc="white", mec=style.TEXT, mew=1.1, zorder=5)
            every.append(one.simulated)
        names.append(f"{one.arm}\nday {one.asked.day:g}")
    ax.axvline(null, color=style.MUTED, lw=0.9, ls=style.DOTTED)
    ax.set_yticks(range(len(shown)), names)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(max(len(shown), 1) - 0.4, -0.6)
    ax.set_xlim(*style.limits(every, below=0.08, above=0.08))
    which = f"{asked.outcome.better} is better"
    unit = page_unit(asked.outcome.unit) or "1"
    ax.set_xlabel({_AXES[0]: f"difference, {unit} ({which})", _AXES[1]: "more responders, percentage points"}.get(
        of, f"odds ratio of a higher grade ({which})"
    ))  # fmt: skip
    ax.set_title(f"Effect against {found.design.data.control}" if shown else "Not determined by the readings")
