"""Fit of the penetration law to the depths of five studies, each predicted from the other four.

``python -m validation.penetration [--draws 2000000] [--seed 0] [--write]``.  All parameters of the law and of the five
experiments are drawn from their assumed distributions, and each draw is weighted by its likelihood for the published
depths. Two parameters are fitted: the indentation at puncture and the stiffness of the foundation. The others are
marginalised. ``--write`` updates both in the shipped parameters and writes ``docs/validation/penetration.md`` with its
figure; ``--comparison-only`` updates the table of all published figures after other parameters have changed.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from docs.pages import paragraph, put, put_results, rounded, table
from scipy.special import log_ndtr

from neodermis.evidence import (
    Figure,
    ParameterSet,
    find_figure,
    load_bibliography,
    load_parameters,
    read_parameters,
)
from neodermis.studies.figures_injury import compare, drawn, numbers, simulate
from neodermis.uncertain import Distribution
from neodermis.units import convert

Floats = np.ndarray[Any, np.dtype[np.float64]]
HERE: Final = Path(__file__).parent
PRIOR: Final = HERE / "penetration_prior.toml"
RESULTS: Final = HERE / "penetration.json"
PAGE: Final = HERE.parent / "docs" / "validation" / "penetration.md"
PICTURE: Final = PAGE.with_suffix(".png")
NEEDLING: Final = HERE.parent / "src" / "neodermis" / "evidence" / "data" / "parameters" / "needling.toml"

FITTED: Final = ("puncture_dent", "foundation_stiffness")
#: Study → its figures, and how they are called in the tables.
STUDIES: Final = {
    "kalluri-2011": {"kalluri-2011-depth": "roller 0.77 mm, hairless rat"},
    "donnelly-2010": {"donnelly-2010-depth": "pressed array 0.6 mm, human"},
    "sasaki-2019": {
        "sasaki-2019-depth-0.5": "pen at 0.5 mm, human face",
        "sasaki-2019-depth-1.5": "pen at 1.5 mm, human face",
    },
    "lam-2008": {"lam-2008-share-pig": "steel needle below 1 mm, pig"},
    "donnelly-arrays-volunteers": {"donnelly-arrays-volunteers-depth": "array pressed gently, human"},
}
FIGURES: Final = tuple(name for figures in STUDIES.values() for name in figures)
#: What law and measurement may be out by, as a standard deviation of reached over set depth; and for comparison.
DISCREPANCY: Final = 0.10
OTHER_DISCREPANCIES: Final = (0.05, 0.20)
CHUNK: Final = 50_000
COMPARISON_DRAWS: Final = 4_000
#: Numbers that the fit moves by less are not listed (prior standard deviations).
SHOWN_SHIFT: Final = 0.1
GOOD: Final = ("inside", "bound kept")
#: A fit of fewer is not written.
LEAST_EFFECTIVE: Final = 1_000
#: Of a median and its 90 % credible interval.
LEVELS: Final = (0.05, 0.5, 0.95)


@cache
def prior_set() -> ParameterSet:
    """The shipped parameters, with the two fitted ones as they were before the fit."""
    shipped = load_parameters()
    before = read_parameters(PRIOR.read_text("utf-8"), PRIOR.name, load_bibliography())
    return shipped.merge(replace(shipped, name="prior of the fit", parameters=before))


# ---------------------------------------------------------------------------------------------------------- the draws


@dataclass(frozen=True)
class Moments:
    """Sums over all draws, plain and weighted by the fit to all five studies, of one number's logarithm."""

    plain: Floats  # n, Σx, Σx²
    weighted: Floats  # Σw, Σwx, Σwx², Σwxp, Σwxk
    rank: float  # correlation of ranks with the likelihood, first chunk


@dataclass(frozen=True)
class Sample:
    """Draws from the prior with the model's answers to the five studies."""

    log_fitted: Mapping[str, Floats]
    answers: Mapping[str, Floats]
    """Figure → the model's answer in the published unit."""
    set_depth: Mapping[str, Floats]
    """Figure → set depth in the published unit; 1 where the figure is a share."""
    moments: Mapping[str, Moments]

    def misfit(self, name: str) -> Floats:
        """Answer less the published number, over the set depth."""
        figure = find_figure(name)
        published = figure.high if figure.value is None else figure.value
        assert published is not None
        misfit: Floats = (self.answers[name] - published) / self.set_depth[name]
        return misfit

    def log_likelihood(self, left_out: str | None = None, sd: float = DISCREPANCY) -> Floats:
        """Log-likelihood of every study but one, up to a constant."""
        total = np.zeros(len(self.log_fitted[FITTED[0]]))
        for study, figures in STUDIES.items():
            for name in figures:
                if study != left_out:
                    total = total + log_likelihood(find_figure(name), self.misfit(name), sd, len(figures))
        return total


def log_likelihood(figure: Figure, misfit: Floats, sd: float, figures_of_study: int) -> Floats:
    """Of one figure: normal, or one-sided for a bound; the figures of one study together count as one."""
    z = misfit / (sd * math.sqrt(figures_of_study))
    if figure.value is not None:
        return -0.5 * z**2
    return np.asarray(log_ndtr(-z))


def ranks(values: Floats) -> Floats:
    return np.argsort(np.argsort(values)).astype(float)


def sample(draws: int, seed: int, *, show: bool = False) -> Sample:
    """Draw from the prior in chunks, which bounds the memory, and answer the five studies."""
    from rich.progress import track

    prior = prior_set()
    chunks = max(1, -(-draws // CHUNK))
    each = -(-draws // chunks)
    kept: dict[str, list[Floats]] = {}
    sums: dict[str, list[Any]] = {}
    steps = track(range(chunks), description="drawing", disable=not show, transient=True)
    for chunk in steps:
        stream = seed + 1_000 * chunk
        values = drawn(prior, each, stream)
        logs = {p.name: np.log(values[p.name]) for p in prior if p.mechanism in ("needling", "tissue")}
        answers, depths = {}, {}
        for name in FIGURES:
            figure = find_figure(name)
            assert figure.setup is not None
            answers[name] = simulate(figure, values, prior, stream)
            given = numbers(figure, figure.setup, each, stream)
            share = figure.quantity == "reached_share"
            depths[name] = np.ones(each) if share else given["set_depth_mm"] * convert(1.0, "mm", figure.unit)
            logs |= {
                f"{figure.source}: {key}": np.log(given[key])
                for key, amount in figure.setup.amounts.items()
                if not amount.known
            }
        part = Sample(log_fitted={name: logs[name] for name in FITTED}, answers=answers, set_depth=depths, moments={})
        weight = np.exp(part.log_likelihood())
        p, k = (logs[name] for name in FITTED)
        for name, x in logs.items():
            if np.ptp(x) == 0:
                continue
            plain, weighted, _ = sums.setdefault(name, [np.zeros(3), np.zeros(5), 0.0])
            plain += (len(x), x.sum(), (x**2).sum())
            weighted += (weight.sum(), weight @ x, weight @ x**2, weight @ (x * p), weight @ (x * k))
            if chunk == 0:
                sums[name][2] = float(np.corrcoef(ranks(weight), ranks(x))[0, 1])
        for kind, columns in (("fitted", part.log_fitted), ("answer", answers), ("depth", depths)):
            for name, x in columns.items():
                kept.setdefault(f"{kind} {name}", []).append(x.astype(np.float32))
    joined = {key: np.concatenate(parts).astype(float) for key, parts in kept.items()}
    return Sample(
        log_fitted={name: joined[f"fitted {name}"] for name in FITTED},
        answers={name: joined[f"answer {name}"] for name in FIGURES},
        set_depth={name: joined[f"depth {name}"] for name in FIGURES},
        moments={name: Moments(*given) for name, given in sums.items()},
    )


# ------------------------------------------------------------------------------------------------------------ the fit


def weights(log_likelihood: Floats) -> Floats:
    """Weights of the draws, which sum to 1."""
    w = np.exp(log_likelihood - log_likelihood.max())
    return np.asarray(w / w.sum())


def effective(w: Floats) -> float:
    """Effective number of equally weighted draws."""
    return float(1.0 / np.sum(w**2))


def quantiles(values: Floats, w: Floats, levels: Sequence[float] = LEVELS) -> list[float]:
    """Weighted quantiles."""
    order = np.argsort(values)
    below = np.cumsum(w[order])
    return [float(v) for v in values[order][np.searchsorted(below / below[-1], levels)]]


@dataclass(frozen=True)
class Fit:
    """What a fit says of the two numbers."""

    median: dict[str, float]
    log_sd: dict[str, float]
    correlation: float
    effective: float

    @classmethod
    def of(cls, drawn: Sample, w: Floats) -> Fit:
        """The fit of weighted draws."""
        means = {name: float(w @ drawn.log_fitted[name]) for name in FITTED}
        off = {name: drawn.log_fitted[name] - means[name] for name in FITTED}
        sd = {name: float(np.sqrt(w @ off[name] ** 2)) for name in FITTED}
        together = float(w @ (off[FITTED[0]] * off[FITTED[1]])) / (sd[FITTED[0]] * sd[FITTED[1]])
        median = {name: math.exp(quantiles(drawn.log_fitted[name], w, [0.5])[0]) for name in FITTED}
        return cls(median=median, log_sd=sd, correlation=together, effective=effective(w))


def predictions(drawn: Sample, w: Floats, study: str, sd: float, seed: int) -> Iterator[dict[str, Any]]:
    """What weighted draws say of the figures of a study: the law alone, and with what it may be out by."""
    rng = np.random.default_rng([seed, 1])
    for name, label in STUDIES[study].items():
        figure, answers = find_figure(name), drawn.answers[name]
        law = quantiles(answers, w)
        out_by = sd * drawn.set_depth[name] * rng.standard_normal(len(answers))
        around = quantiles(np.maximum(answers + out_by, 0.0), w)  # no depth is measured below 0
        hit = [
            low <= figure.value <= high if figure.value is not None else median < (figure.high or 0.0)
            for low, median, high in (law, around)
        ]
        yield {
            "figure": name, "label": label, "published": figure.published, "unit": figure.unit,
            "value": figure.value, "high": figure.high, "set_depth": float(np.median(drawn.set_depth[name])),
            "law": law, "with_discrepancy": around, "hit": hit[0], "hit_with_discrepancy": hit[1],
            "share_within_bound": float(w @ (answers < figure.high)) if figure.high is not None else None,
        }  # fmt: skip


def fitted(drawn: Sample, seed: int, sd: float = DISCREPANCY) -> dict[str, Any]:
    """The fit to all five studies, and each study from the other four."""
    everything = weights(drawn.log_likelihood(sd=sd))
    left_out, within = [], []
    for study in STUDIES:
        w = weights(drawn.log_likelihood(left_out=study, sd=sd))
        fit = vars(Fit.of(drawn, w))
        left_out += [{"study": study, "fit": fit, **row} for row in predictions(drawn, w, study, sd, seed)]
        within += [{"study": study, **row} for row in predictions(drawn, everything, study, sd, seed)]
    return {"sd": sd, "fit": vars(Fit.of(drawn, everything)), "left_out": left_out, "within": within}


def dominance(drawn: Sample) -> list[dict[str, Any]]:
    """How far the fit moves and narrows each number, and what it trades the two fitted ones against."""
    both = {name: drawn.moments[name].weighted for name in FITTED}
    centre = {name: (s[1] / s[0], math.sqrt(s[2] / s[0] - (s[1] / s[0]) ** 2)) for name, s in both.items()}
    rows = []
    for name, sums in drawn.moments.items():
        n, x, xx = sums.plain
        total, wx, wxx, wxp, wxk = sums.weighted
        mean, sd = x / n, math.sqrt(xx / n - (x / n) ** 2)
        after = wx / total
        after_sd = math.sqrt(wxx / total - after**2)
        trade = [
            (cross / total - after * middle) / (after_sd * spread)
            for cross, (middle, spread) in zip((wxp, wxk), centre.values(), strict=True)
        ]
        rows.append({
            "number": name, "shift": (after - mean) / sd, "narrowed": 1.0 - after_sd / sd,
            "with_dent": trade[0], "with_stiffness": trade[1], "rank_with_likelihood": sums.rank,
        })  # fmt: skip
    return sorted(rows, key=lambda row: -abs(row["shift"]))


# --------------------------------------------------------------------------------------------- what is kept of it all


def posterior_entries(fit: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The two parameters as they are shipped: rounded, with their words."""
    prior = prior_set()
    studies = [find_figure(name).source for name in FIGURES]
    entries = {}
    for name, other in zip(FITTED, reversed(FITTED), strict=True):
        before = prior[name]
        entries[name] = {
            "value": float(f"{fit['median'][name]:.3g}"),
            "uncertainty": {"lognormal": float(f"{fit['log_sd'][name]:.2g}")},
            "status": "calibrated",
            "sources": [*before.sources, *dict.fromkeys(studies)],
            "why": (
                f"Fitted to the depths of five studies from a prior of {before.value:g} {before.unit} (log-sd "
                f"{before.uncertainty.a:g}); all other parameters keep their priors. The correlation of "
                f"{fit['correlation']:.1f} with {other} is neglected by independent draws."
            ),
        }
    return entries


def updated(text: str, entries: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a parameter file with some fields of some entries replaced, and nothing else changed."""

    def toml(value: object) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
        return json.dumps(value)

    for name, values in entries.items():
        head, opened, rest = text.partition(f"[{name}]\n")
        if not opened:
            raise ValueError(f"no entry {name}")
        body, closed, tail = rest.partition("\n[")
        for key, value in values.items():
            line = f"{key} = {toml(value)}"
            body, count = re.subn(rf"^{key} = .*$", line.replace("\\", r"\\"), body, flags=re.MULTILINE)
            if count != 1:
                raise ValueError(f"{name}: {count} lines of {key}")
        text = head + opened + body + closed + tail
    return text


def shipped_with(entries: Mapping[str, Mapping[str, Any]]) -> ParameterSet:
    """The shipped set with the two fitted entries put in."""
    shipped = load_parameters()
    changed = {
        name: replace(
            shipped[name],
            value=entry["value"],
            uncertainty=Distribution(kind="lognormal", a=entry["uncertainty"]["lognormal"]),
            status="calibrated",
        )
        for name, entry in entries.items()
    }
    return replace(shipped, parameters={**shipped.parameters, **changed})


def comparison(parameters: ParameterSet) -> list[dict[str, Any]]:
    """Every published figure with the result of the model."""
    return [
        {
            "figure": row.id, "source": row.figure.source, "quantity": row.figure.quantity,
            "published": row.figure.published, "unit": row.figure.unit, "value": row.figure.value,
            "model": list(row.model) if row.model else None,
            "verdict": row.verdict, "share": row.share, "over_published": row.over_published,
            "used_for": list(row.figure.used_for), "why": row.why,
        }
        for row in compare(parameters, draws=COMPARISON_DRAWS)
    ]  # fmt: skip


def together(parameters: ParameterSet) -> dict[str, Any]:
    """Channel width of one study in the draws that give its published depth."""
    depth, width = find_figure("kalluri-2011-depth"), find_figure("kalluri-2011-width")
    assert depth.value is not None and depth.sd is not None and width.value is not None
    values = drawn(parameters, CHUNK, 0)
    near = np.abs(simulate(depth, values, parameters, 0) - depth.value) < 2.0 * depth.sd
    low, median, high = np.quantile(simulate(width, values, parameters, 0)[near], LEVELS)
    return {
        "depth": depth.published, "width": width.published, "share": float(near.mean()),
        "width_then": [float(low), float(median), float(high)], "inside": bool(low <= width.value <= high),
    }  # fmt: skip


def results(draws: int, seed: int, *, show: bool = False) -> tuple[dict[str, Any], Sample]:
    """All results shown on the page."""
    made = sample(draws, seed, show=show)
    main = fitted(made, seed)
    entries = posterior_entries(main["fit"])
    prior = prior_set()
    found = {
        "date": date.today().isoformat(),
        "version": version("neodermis"),
        "draws": len(made.log_fitted[FITTED[0]]),
        "seed": seed,
        "prior": {name: {"median": prior[name].value, "log_sd": prior[name].uncertainty.a} for name in FITTED},
        "units": {name: prior[name].unit for name in FITTED},
        "main": main,
        "other": [fitted(made, seed, sd) for sd in OTHER_DISCREPANCIES],
        "numbers": dominance(made),
        "shipped": entries,
        "comparison": comparison(shipped_with(entries)),
        "together": together(shipped_with(entries)),
    }
    return rounded(found), made


# ----------------------------------------------------------------------------------------------------------- the page


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def span(three: Sequence[float]) -> str:
    """Median with its 90 % credible interval, given as lower, median, upper."""
    low, median, high = three
    return f"{number(median)} ({number(low)} to {number(high)})"


def verdict(hit: bool, row: Mapping[str, Any]) -> str:
    """For a number, hit or MISS; for a bound, kept or BROKEN, with the share of draws that keep it."""
    if row["value"] is not None:
        return "hit" if hit else "MISS"
    return f"{'kept' if hit else 'BROKEN'} ({row['share_within_bound']:.0%} of draws)"


def hits(rows: Sequence[Mapping[str, Any]], key: str = "hit") -> str:
    return f"{sum(row[key] for row in rows)} of {len(rows)}"


def page(found: Mapping[str, Any]) -> str:
    """The page, from the results."""
    return "\n".join(lines(found)) + "\n"


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    case = found["main"]
    fit, left_out, sd = case["fit"], case["left_out"], case["sd"]
    answered = [row for row in found["comparison"] if row["model"]]
    unanswered = [row for row in found["comparison"] if not row["model"]]
    tests = [row for row in answered if not row["used_for"]]

    yield "# Validation of needle penetration against published depths"
    yield ""
    yield paragraph(f"""{found["date"]}, version {found["version"]}; computed by
        `python -m validation.penetration --write` (seed {found["seed"]}, {found["draws"]:,} draws).""")
    yield ""
    yield paragraph("**Summary.** " + conclusion(found))
    yield ""
    yield "![The two fitted parameters; five studies, each predicted from the other four](penetration.png)"

    yield from ("", "## Fitted parameters and data", "")
    yield paragraph(f"""In the law (`skin/needling.py`), a needle indents the skin until the force at its tip punctures
        it. The indentation reduces the depth that is reached. Two parameters of the law are fitted: the indentation at
        which a tip of 10 um punctures the skin, and the stiffness of the foundation. All other parameters, and the
        details that the five studies do not report, are drawn from their assumed distributions and marginalised.
        A draw is weighted by a normal likelihood of the ratio of reached to set depth, with a standard deviation of
        {sd:g}. This standard deviation represents model discrepancy, differences between people and measurement error.
        A published bound has a one-sided likelihood. Two depths of one study count as one study.""")

    yield from ("", "## Each study predicted from the other four", "")
    yield from table(
        ("study", "experiment", "published", "law alone", "", f"with {sd:g} of the set depth (SD)", "",
         "effective draws"),
        [
            (
                row["study"], row["label"], row["published"],
                span(row["law"]), verdict(row["hit"], row),
                span(row["with_discrepancy"]), verdict(row["hit_with_discrepancy"], row),
                f"{row['fit']['effective']:.0f}",
            )
            for row in left_out
        ],
    )  # fmt: skip
    yield ""
    yield paragraph("""Median and 90 % credible interval in the published unit. A number is hit if it lies in the
        interval; a bound is kept if the median keeps it. In this law, skin that resists is always indented, so a needle
        never fully reaches its set depth. The law alone therefore misses a published depth equal to the set depth,
        however small the difference.""")

    yield from ("", "## Fit to all five studies", "")
    yield from table(
        ("parameter", "unit", "prior: median, log-sd", "posterior: median, log-sd", "90 % interval",
         "reduction of log-sd"),
        [
            (
                f"`{name}`", found["units"][name],
                f"{found['prior'][name]['median']:g}, {found['prior'][name]['log_sd']:g}",
                f"{number(fit['median'][name])}, {fit['log_sd'][name]:.2f}",
                " to ".join(number(fit["median"][name] * math.exp(z * fit["log_sd"][name])) for z in (-1.645, 1.645)),
                f"{1 - fit['log_sd'][name] / found['prior'][name]['log_sd']:.0%}",
            )
            for name in FITTED
        ],
    )  # fmt: skip
    yield ""
    yield paragraph(f"""Effective draws: {fit["effective"]:.0f}. Correlation of the two logarithms:
        {fit["correlation"]:.2f}. Depths constrain the indentation better than the force, so the law is parametrised by
        indentation and stiffness. These can be drawn independently, like all shipped parameters. The puncture pressure
        is their product divided by the area of the reference tip: {pressure(fit["median"]):.0f} MPa.""")
    yield ""
    yield "Effect of the assumed discrepancy:"
    yield ""
    yield from table(
        (
            "standard deviation", *(f"`{name}`: median, log-sd" for name in FITTED), "correlation", "effective draws",
            "left-out figures hit: law alone", "with the discrepancy",
        ),
        [
            (
                f"{each['sd']:g}",
                *(f"{number(each['fit']['median'][name])}, {each['fit']['log_sd'][name]:.2f}" for name in FITTED),
                f"{each['fit']['correlation']:.2f}", f"{each['fit']['effective']:.0f}",
                hits(each["left_out"]), hits(each["left_out"], "hit_with_discrepancy"),
            )
            for each in sorted([case, *found["other"]], key=lambda each: float(each["sd"]))
        ],
    )  # fmt: skip

    yield from ("", "## Parameters that the five studies do not identify", "")
    yield paragraph("""The fit shifts parameters that have not been measured as far as the two fitted parameters.
        *Shift* is in standard deviations of the prior, on the logarithmic scale. *Correlation* is that with each of the
        two fitted parameters in the posterior. *Rank correlation* is that with the likelihood of a draw, over the
        prior. Only the two fitted parameters are shipped; all others keep their priors.""")
    yield ""
    yield from table(
        ("parameter", "shift", "reduction of log-sd", *(f"correlation with `{name}`" for name in FITTED),
         "rank correlation"),
        [
            (
                row["number"], f"{row['shift']:+.2f}", f"{row['narrowed']:.0%}",
                f"{row['with_dent']:+.2f}", f"{row['with_stiffness']:+.2f}", f"{row['rank_with_likelihood']:+.2f}",
            )
            for row in found["numbers"] if abs(row["shift"]) >= SHOWN_SHIFT
        ],
    )  # fmt: skip
    yield ""
    few = sum(abs(row["shift"]) < SHOWN_SHIFT for row in found["numbers"])
    yield f"The other {few} parameters shift by less than {SHOWN_SHIFT:g} standard deviations."

    yield from ("", "## Fit and shipped parameters", "")
    yield paragraph("""Predictions of the joint posterior, including its tissues, needle tips and hand forces, and of
        the two shipped parameters, which are rounded and independent, with all other parameters at their priors.""")
    yield ""
    shipped = {row["figure"]: row for row in found["comparison"]}
    yield from table(
        ("study", "experiment", "published", "joint posterior", "as shipped"),
        [
            (row["study"], row["label"], row["published"], span(row["law"]), model_span(shipped[row["figure"]]))
            for row in case["within"]
        ],
    )

    yield from ("", "## All published figures and model results", "")
    yield paragraph(f"""Of {len(found["comparison"])} figures on channels, forces and pain, the model can predict
        {len(answered)}. {good(answered)} are inside the interval or keep their bound, and
        {len(answered) - good(answered)} are missed. Only {len(tests)} are tests, because the others inform parameters;
        of the tests, {good(tests)} are inside or kept. A published number is inside if it lies in the 90 % credible
        interval of the model, and a range if the median lies in it. A bound is kept if the median keeps it. Agreement
        with a wide interval is a weak test. *Share* is the share of draws below a published number, inside a range or
        within a bound. The interval covers the uncertainty of the parameters and of the experiment, not the error of
        the study.""")
    yield ""
    yield from table(
        ("figure", "quantity", "published", "model", "verdict", "share", "median over published", "informs"),
        [
            (
                row["figure"], row["quantity"], row["published"], model_span(row),
                row["verdict"] if row["verdict"] in GOOD else row["verdict"].upper(), f"{row['share']:.2f}",
                "" if row["over_published"] is None else f"{row['over_published']:.2f}",
                ", ".join(row["used_for"]) or "none: a test",
            )
            for row in answered
        ],
    )  # fmt: skip
    both = found["together"]
    yield from ("", "### Two figures of one study", "")
    yield paragraph(f"""The depth and the width of the channels of one roller in one kind of skin are each inside the
        interval above, because each interval is wide. Jointly they are
        {"also inside" if both["inside"] else "not"}: {"INSIDE" if both["inside"] else "MISSED"}. In the draws with the
        published depth ({both["depth"]}, within two standard deviations; {100 * both["share"]:.1f} % of the draws), the
        channel is {span(both["width_then"])} um wide, whereas {both["width"]} was published. A rigid cone 140 um wide
        at its base is too narrow at that depth, even before recoil.""")
    yield from ("", f"### The {len(unanswered)} figures without a prediction", "")
    yield from table(
        ("figure", "quantity", "published", "reason"),
        [(row["figure"], row["quantity"], row["published"], row["why"]) for row in unanswered],
    )


def good(rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(row["verdict"] in GOOD for row in rows)


def model_span(row: Mapping[str, Any]) -> str:
    median, low, high = row["model"]
    return span((low, median, high))


def pressure(median: Mapping[str, float]) -> float:
    """Puncture pressure (MPa) from the medians of the two fitted parameters."""
    tip_mm = load_parameters()["puncture_tip_radius"].value / 1e3
    return median["puncture_dent"] * median["foundation_stiffness"] / (math.pi * tip_mm**2)


def conclusion(found: Mapping[str, Any]) -> str:
    case = found["main"]
    rows = {row["figure"]: row for row in case["left_out"]}
    wide = [row for row in rows.values() if row["hit"] and (row["law"][2] - row["law"][0]) > row["set_depth"] / 2]
    rat = rows["kalluri-2011-depth"]
    narrowed = [1 - case["fit"]["log_sd"][name] / found["prior"][name]["log_sd"] for name in FITTED]
    moved = [row for row in found["numbers"] if row["number"] not in FITTED][:3]
    return f"""Predicting each study from the other four, a law with two fitted parameters hits
        {hits(case["left_out"])} published numbers ({hits(case["left_out"], "hit_with_discrepancy")} with the assumed
        discrepancy). {len(wide)} of the hits are weak tests: the interval is wider than half of the set depth. The
        depth in loose rat skin is predicted as {number(rat["law"][1])} um and was measured as {rat["value"]:g} um;
        the human, pig and array data do not constrain the softness of that skin. All five studies can be described
        together, but only if parameters that have not been measured shift as far
        ({"; ".join(row["number"] for row in moved)}). The fit reduces the logarithmic standard deviation of the
        indentation by {100 * narrowed[0]:.0f} % and that of the foundation stiffness by only
        {100 * narrowed[1]:.0f} %. The law has therefore not been shown to predict a sixth device. Read a reached depth
        as an interval, and note its width."""


# -------------------------------------------------------------------------------------------------------- the picture


def draw(found: Mapping[str, Any], made: Sample, to: Path) -> None:
    """Prior and posterior; five studies, each from the other four."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5.2), layout="constrained")
    angle = np.linspace(0.0, 2.0 * np.pi, 200)
    w = weights(made.log_likelihood())
    take = np.random.default_rng(found["seed"]).choice(len(w), 1_500, p=w)
    left.loglog(
        *(np.exp(made.log_fitted[name][take]) for name in FITTED),
        "o", color="tab:blue", alpha=0.45, markeredgewidth=0, markersize=3, label="posterior, draws",
    )  # fmt: skip
    ninety = math.sqrt(-2.0 * math.log(0.1))
    for label, style, centre, spread in (
        ("prior, 90 %", {"color": "0.5"}, [found["prior"][n]["median"] for n in FITTED],
         [found["prior"][n]["log_sd"] for n in FITTED]),
        ("as shipped (independent), 90 %", {"color": "tab:blue", "linestyle": "--"},
         [found["shipped"][n]["value"] for n in FITTED],
         [found["shipped"][n]["uncertainty"]["lognormal"] for n in FITTED]),
    ):  # fmt: skip
        x = centre[0] * np.exp(ninety * spread[0] * np.cos(angle))
        y = centre[1] * np.exp(ninety * spread[1] * np.sin(angle))
        left.loglog(x, y, label=label, **style)
        left.loglog(*centre, "o", color=style["color"], markersize=6)
    left.set_xlabel("indentation at puncture (mm)")
    left.set_ylabel("stiffness of the foundation (N/mm)")
    left.set_title(f"Fit to five studies: correlation {found['main']['fit']['correlation']:.2f}")
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3, frameon=False, fontsize=9, markerscale=2)

    rows = found["main"]["left_out"][::-1]
    for y, row in enumerate(rows):
        for key, shift, colour, label in (
            ("law", 0.12, "tab:blue", "predicted from the other four: law alone"),
            ("with_discrepancy", -0.12, "tab:orange", "with the assumed discrepancy"),
        ):
            low, median, high = (value / row["set_depth"] for value in row[key])
            right.plot([low, high], [y + shift] * 2, color=colour, linewidth=2.5, label=label if y == 0 else None)
            right.plot(median, y + shift, "o", color=colour, markersize=6)
        if row["value"] is None:
            right.plot(row["high"], y, "k", marker=8, markersize=11, linestyle="none", label="published bound")
        else:
            right.plot(row["value"] / row["set_depth"], y, "kD", markersize=7, label="published" if y == 0 else None)
        outcome = verdict(row["hit"], row).split(" (")[0]
        right.text(1.33, y, outcome, va="center", color="tab:red" if outcome.isupper() else "0.3")
    right.set_ylim(-0.5, len(rows) - 0.2)
    right.text(1.33, len(rows) - 0.45, "law alone:", va="center", color="0.3", fontsize=9)
    right.set_yticks(range(len(rows)), [row["label"] for row in rows])
    right.set_xlim(-0.1, 1.6)
    right.set_xlabel("reached over set depth")
    right.set_title("Each study predicted from the other four")
    right.axvline(0, color="0.8", zorder=0)
    right.axvline(1, color="0.8", zorder=0)
    right.legend(loc="upper center", bbox_to_anchor=(0.4, -0.13), ncols=2, frameon=False, fontsize=9)
    to.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(to, dpi=130, metadata={"Software": None})
    plt.close(figure)


# ------------------------------------------------------------------------------------------------------------- verbs


def keep(found: Mapping[str, Any]) -> None:
    put_results(RESULTS, found)
    put(PAGE, page(found))


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m validation.penetration", description=__doc__)
    parser.add_argument("--draws", type=int, default=2_000_000, help="draws from the prior (default 2000000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="write parameters, page, figure and results")
    parser.add_argument("--comparison-only", action="store_true", help="renew the table of figures, without a fit")
    given = parser.parse_args(words)
    if given.comparison_only:
        now = {"comparison": comparison(load_parameters()), "together": together(load_parameters())}
        keep({**json.loads(RESULTS.read_text("utf-8")), **rounded(now)})
        return
    found, made = results(given.draws, given.seed, show=sys.stderr.isatty())
    if not given.write:
        print(page(found))
        return
    if found["main"]["fit"]["effective"] < LEAST_EFFECTIVE:
        sys.exit(f"effective draws {found['main']['fit']['effective']:.0f} < {LEAST_EFFECTIVE}: give more --draws")
    put(NEEDLING, updated(NEEDLING.read_text("utf-8"), found["shipped"]))
    keep(found)
    draw(found, made, PICTURE)
    print(f"{NEEDLING.name}, {RESULTS.name}, {PAGE.name}, {PICTURE.name}")


if __name__ == "__main__":
    main()
