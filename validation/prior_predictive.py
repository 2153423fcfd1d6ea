"""Prior predictive check: every published finding in people, compared with its prediction.

``python -m validation.prior_predictive [--draws 200] [--seed 0]`` simulates every possible arm, compares the published
results with the predictions of the observation model, and writes ``docs/validation/prior_predictive.md`` with its
figure and ``validation/prior_predictive.json``.  Nothing is fitted, and every exclusion is listed with its reason.
``--page-only`` writes the page from the stored results.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from docs.pages import paragraph, point, put, put_results, rounded, table

from neodermis.evidence import load_parameters
from neodermis.evidence.reported import reported
from neodermis.report.course import published_text
from neodermis.simulation.course import Observed
from neodermis.skin.outcomes import NOT_MODELLED, OUTCOMES
from neodermis.skin.raters import RATERS
from neodermis.studies import scorecard
from neodermis.studies.scorecard import JUDGED_FROM, predict, too_good

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "prior_predictive.json"
PAGE: Final = HERE.parent / "docs" / "validation" / "prior_predictive.md"
PICTURE: Final = PAGE.with_suffix(".png")

#: Study and outcome → likely cause of a miss, in our judgement.
CAUSES: Final = {
    "aust-2008 epidermal_thickness": "deep needling after weeks of vitamins, and only the spinous layer was measured",
    "kenkel-2021 cutometer_r2": "different instrument, no control; the model has the slope of suction by age",
    "kenkel-2021 blood_flow": "one uncontrolled study; the set point of vessels follows the dermis slowly in the model",
    "jbsaps-65 global_improvement": "categories without cut-offs, and raters who report few moderate results",
    "salve-2021 global_improvement": "most people are in the lowest category; the model spreads people over several",
    "lotfi-2013 global_improvement": "categories without cut-offs; most people are in one of them",
    "alster-2020 global_improvement": "every person improved by half or more; the model predicts a smaller improvement",
    "ijord-2016 global_improvement": "most people rated excellent, without a blinded rater or a control",
    "majid-2009 global_improvement": "assessment by the patients, without a control",
}


def results(draws: int, seed: int) -> tuple[dict[str, Any], list[Observed]]:
    """Everything that the page prints, and the rows behind it."""
    began = time.perf_counter()
    rows = list(predict(draws=draws, seed=seed, parameters=load_parameters(calibrated=False)))
    asked = [row for row in rows if row.verdict != "not asked"]
    numbers, said = scorecard.numbers(rows), scorecard.statements(rows)
    inside = scorecard.coverage(rows)
    assert inside is not None
    beside = scorecard.beside_rivals(rows)
    parameters = load_parameters(calibrated=False)
    found = {
        "date": date.today().isoformat(),
        "neodermis": version("neodermis"),
        "parameters": f"{parameters.name} {parameters.version}",
        "sha256": parameters.sha256,
        "draws": draws,
        "seed": seed,
        "seconds": time.perf_counter() - began,
        "findings": len(rows),
        "people": scorecard.people_of(rows),
        "asked": len(asked),
        "asked_people": scorecard.people_of(asked),
        "numbers": {"numbers": len(numbers), "people": scorecard.people_of(numbers), "inside": inside.median,
                    "lower90": inside.lower90, "upper90": inside.upper90,
                    "inside_alike": scorecard.covered_alike(rows)},
        "statements": {"statements": len(said), "people": scorecard.people_of(said)},
        "by_family": [_group(each) for each in scorecard.by_family(beside)],
        "by_rater": [_group(each) for each in scorecard.by_rater(beside)],
        "by_device": [_group(each) for each in scorecard.by_device(beside)],
        "by_statement": [_group(each) for each in scorecard.by_statement(rows)],
        "by_contrast": [_group(each) for each in scorecard.by_contrast(rows)],
        "contrasts": [_contrast(each) for each in scorecard.contrasts(rows)],
        "by_outcome": [_group(each) for each in scorecard.by_outcome(rows)],
        "worst": [_row(row) | {"distance": scorecard.distance(row)} for row in scorecard.worst(rows, 10)],
        "missed": [_row(row) for row in scorecard.worst(rows, len(rows))],
        "unlikely": [_row(row) for row in scorecard.unlikely(rows)],
        "rows": [_row(row) for row in asked],
        "not_asked": dict(Counter(row.why for row in rows if row.verdict == "not asked").most_common()),
    }  # fmt: skip
    return rounded(found), rows


def _group(each: Any) -> dict[str, Any]:
    names = each._fields if hasattr(each, "_fields") else each.__dataclass_fields__
    found = {name: getattr(each, name) for name in names}
    return found | ({"judged": each.judged} if hasattr(each, "judged") else {})


def _contrast(each: scorecard.Contrast) -> dict[str, Any]:
    return {
        "kind": each.kind, "study": each.row.study, "arm": each.row.arm, "of": each.of, "against": each.against,
        "outcome": each.row.finding.outcome, "measure": each.row.finding.measure, "day": each.row.finding.day,
        "scar_type": each.row.finding.scar_type, "unit": each.row.unit, "published": each.published,
        "predicted": each.predicted,
    }  # fmt: skip


def _row(row: Observed) -> dict[str, Any]:
    assert row.printed is not None
    finding = row.finding
    return {
        "study": row.study, "arm": row.arm, "outcome": finding.outcome, "measure": finding.measure, "day": finding.day,
        "statistic": finding.statistic, "against": finding.against, "scar_type": finding.scar_type,
        "rater": row.rater, "unit": row.unit, "observed": row.observed, "direction": finding.direction,
        "p_between": finding.p_between, "predicted": list(row.printed), "share": row.share,
        "probability": row.probability, "verdict": row.verdict, "too_good": too_good(row),
        "threshold": finding.threshold, "published": published_text(row),
    }  # fmt: skip


def _number(value: float | None, form: str = "+.0f") -> str:
    return "–" if value is None else format(value, form)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _ahead(each: Mapping[str, Any], name: str) -> str:
    """Difference of errors with its interval, and the better predictor if the interval excludes 0."""
    if each[name] is None:
        return "–"
    mean, low, high = each[name]
    verdict = "model" if low > 0 else "rival" if high < 0 else "open"
    return f"{mean:+.1f} ({low:+.1f} to {high:+.1f}): {verdict}"


def _families(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Table of families, raters or devices and the simple predictors."""
    yield from table(
        ("", "numbers (groups)", "within 90 %", "compared (groups)", "model", "pooled mean", "null curve",
         "pooled minus model", "null minus model", "rank correlation"),
        (
            (g["name"], f"{g['numbers']} ({g['people']})", _percent(g["inside"]),
             f"{g['compared']} ({g['compared_people']})", _number(g["error_compared"], ".1f"),
             _number(g["error_pooled"], ".1f"), _number(g["error_null"], ".1f"),
             _ahead(g, "ahead_of_pooled") if g["judged"] else "too few to judge",
             _ahead(g, "ahead_of_null") if g["judged"] else "too few to judge",
             "too few" if g["rank"] is None
             else f"{g['rank']:+.2f}, null {_number(g['rank_null'], '+.2f')} ({g['protocols']} arms)")
            for g in groups
        ),
    )  # fmt: skip


def _outcomes(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from table(
        ("", "groups", "numbers", "within 90 %", "bias", "width", "signs and tests", "log score"),
        (
            (f"`{g['name']}`", g["people"], g["numbers"] or "–", _percent(g["inside"]), _number(g["bias"]),
             _number(g["width"], ".0f"), g["statements"] or "–", _number(g["score"], ".2f"))
            for g in groups
        ),
    )  # fmt: skip


def _statements(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from table(
        ("", "results (groups)", "model", "base rate", "model minus base rate", "say “better”"),
        (
            (g["name"], f"{g['results']} ({g['people']})", f"{g['score']:.2f}", f"{g['score_base']:.2f}",
             "{:+.2f} ({:+.2f} to {:+.2f})".format(*g["ahead"])
             + ("" if g["people"] >= JUDGED_FROM else "; too few to judge"), _percent(g["improves"]))
            for g in groups
        ),
    )  # fmt: skip


def _contrasted(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from table(
        ("", "numbers (groups)", "direction right", "model", "no difference", "no difference minus model",
         "signs and tests", "log score", "base rate"),
        (
            (g["name"], f"{g['numbers']} ({g['people']})" if g["numbers"] else "–", _percent(g["right"]),
             _number(g["error"], ".1f"), _number(g["error_none"], ".1f"),
             "–" if not g["numbers"] else _ahead(g, "ahead") if g["people"] >= JUDGED_FROM else "too few to judge",
             g["statements"] or "–", _number(g["score"], ".2f"), _number(g["score_base"], ".2f"))
            for g in groups
        ),
    )  # fmt: skip


def _predicted(row: Mapping[str, Any]) -> str:
    median, low, high = row["predicted"]
    return f"{median:.3g} ({low:.3g} to {high:.3g})"


def _reported(name: str) -> str:
    found = reported(name)
    return "The evidence contains no published result." if found is None else f"Published: {found.sentence}."


def _cause(row: Mapping[str, Any]) -> str:
    return CAUSES.get(f"{row['study']} {row['outcome']}", "not yet examined")


def page(found: Mapping[str, Any]) -> str:
    """The page."""
    whole, numbers, family = found["by_outcome"][-1], found["numbers"], found["by_family"][-1]
    lines = [
        "# Prior predictive check", "",
        paragraph(
            f"Computed on {found['date']} with neodermis {found['neodermis']}, parameters {found['parameters']}, "
            f"{found['draws']} draws, seed {found['seed']}: `python -m validation.prior_predictive` "
            f"({found['seconds']:.0f} s)."
        ), "",
        paragraph(
            f"The model predicts {found['asked']} findings of {found['asked_people']} groups of people, out of "
            f"{found['findings']} findings of {found['people']} groups. A group of people is a study, or several "
            "studies of the same people. Each arm is simulated with its protocol, people and times; values that a "
            "study does not report are drawn from a stated range. The observation model adds rater bias, between-study "
            "heterogeneity, between-person variability, reading error, sample size and, for a share of people, the "
            "threshold or the category. Groups of people have equal weight, and repeated times of one arm count once."
        ), "",
        paragraph(
            "Nothing is fitted to these findings. However, the model form and the spread of its parameters were chosen "
            "with knowledge of them, so the scores are optimistic."
        ), "",
        paragraph(
            f"**{100 * numbers['inside']:.0f} % of the {numbers['numbers']} numbers (90 % confidence interval "
            f"{100 * numbers['lower90']:.0f} to {100 * numbers['upper90']:.0f} %, by bootstrap over "
            f"{numbers['people']} groups of people) lie within their 90 % predictive interval.** Without between-study "
            f"heterogeneity it is {_percent(numbers['inside_alike'])}. The intervals are "
            f"{_number(whole['width'], '.0f')} percentage points wide on average, which accounts for most of the "
            f"agreement. The mean bias is {_number(whole['bias'], '+.1f')} percentage points; a positive bias means "
            "that the model predicts a larger improvement than was observed. Bias and width refer only to results in % "
            "(of baseline, or of people)."
        ), "",
        paragraph(_headline(family)), "",
        f"![Published and predicted results]({PICTURE.name})", "",
        "## Comparison with two simple predictors", "",
        paragraph(
            "Errors are mean absolute differences between the predicted median and the published number, in units of "
            "the smallest change that matters (of the scale, otherwise 10 % of baseline; for a share of people 10 %). "
            "Each simple predictor predicts a group of people from the published numbers of the other groups; the "
            "model uses none of them. The *pooled mean* is the mean of the other groups, for the same outcome in the "
            "same unit. The *null curve* has five parameters, gain = A dose^γ (exp(−t/τ₂) − exp(−t/τ₁)) + m, with dose "
            "= sessions until day t × passes × needle depth; it is fitted by family and unit, with weak priors. A "
            f"number is compared if both simple predictors predict it. Errors are ranked only for {JUDGED_FROM} or "
            "more groups of people: *model* or *rival* is given only if the 90 % confidence interval of the "
            "difference, by bootstrap over groups of people, excludes 0. The rank correlation (Spearman) between "
            "predicted and published numbers is computed across protocols, with one value for each arm, within family "
            "and unit. A mean of the other groups correlates negatively with the published numbers, because a high "
            "number is excluded from its own mean. The correlation of the null curve can therefore be below 0 for this "
            "reason alone. The predictive intervals of the simple predictors contain "
            f"{_percent(family['inside_pooled'])} (pooled mean) and {_percent(family['inside_null'])} (null curve) of "
            "the compared numbers. Differences between sides or arms are in a separate table."
        ), "",
        "By family of outcomes:", "", *_families(found["by_family"]), "",
        "By rater:", "", *_families(found["by_rater"]), "",
        "By kind of device:", "", *_families(found["by_device"]), "",
        "## Signs and significance statements", "",
        paragraph(
            "A sign is scored by the probability Φ(μ/√(SE² + τ²)) that a study reports it: μ is the predicted effect, "
            "SE the standard error of a study of its size, τ the between-study heterogeneity. A significance statement "
            "is scored by the probability that |z| of the reported comparison lies in the reported range of p-values "
            "and has the reported direction; an exact p-value counts as above or below 5 %. “No change” without a "
            "p-value counts as not significant. Scores are means of the natural logarithm of the probability, with a "
            "minimum of 1 %; 0 is the best score and −0.69 that of a coin toss. The base rate is the share of the same "
            "statement (better, worse, no change) in the other groups of people. It corresponds to the prediction that "
            "treatment always improves. The last column is the share of statements for which that prediction is "
            "correct."
        ), "",
        *_statements(found["by_statement"]), "",
        "## Contrasts within studies", "",
        paragraph(
            "Uncontrolled changes from before to after cannot rank protocols, because the differences between studies "
            "exceed those between protocols. Differences within a study can rank them: between sides of one person, "
            "arms, types of scar, and repeated times. Arms of one study that each report the same outcome form a "
            "separate row. Errors are in smallest changes that matter and are compared with the prediction of no "
            "difference. Products without an effect in the model are included; for these the model predicts no "
            "difference."
        ), "",
        *_contrasted(found["by_contrast"]), "",
        *table(
            ("study", "contrast", "outcome", "published", "predicted"),
            (
                (f"`{c['study']}` {c['arm']}", f"{c['kind']}: {c['of']} minus {c['against']}",
                 f"`{c['outcome']}`, {c['measure']}, day {c['day']:g}",
                 f"{c['published']:+.3g} {c['unit']}", f"{c['predicted']:+.3g}")
                for c in found["contrasts"]
            ),
        ), "",
        "## By outcome", "", *_outcomes(found["by_outcome"]), "",
        "## The ten worst misses", "",
        paragraph("Ranked by distance from the interval relative to half its width. The causes are our judgement."), "",
        *table(
            ("study", "finding", "day", "rater", "published", "predicted (90 %)", "likely cause"),
            (
                (f"`{r['study']}` {r['arm']}", f"`{r['outcome']}`: {r['threshold'] or r['measure']}", f"{r['day']:g}",
                 r["rater"], r["published"], _predicted(r), _cause(r))
                for r in found["worst"]
            ),
        ), "",
        "## The least likely signs and significance statements", "",
        *table(
            ("study", "finding", "published", "predicted effect (90 %)", "probability"),
            (
                (f"`{r['study']}` {r['arm']}", f"`{r['outcome']}`, day {r['day']:g}", r["published"],
                 f"{_predicted(r)} {r['unit']}", f"{100 * r['probability']:.1f} %")
                for r in found["unlikely"]
            ),
        ), "",
        "## Not modelled", "",
        paragraph(
            "Outcomes that the model structure cannot produce are not predicted and never count as hits. Published "
            "results of needling are listed with them."
        ), "",
        *(point(f"`{name}`: {OUTCOMES[name].not_modelled}. {_reported(name)}") for name in NOT_MODELLED), "",
        "## All misses", "",
        *table(
            ("study", "finding", "published", "predicted (90 %)", "likely cause"),
            (
                (f"`{r['study']}` {r['arm']}", f"`{r['outcome']}`, day {r['day']:g}", r["published"], _predicted(r),
                 _cause(r))
                for r in found["missed"]
            ),
        ), "",
        "## Not predicted", "",
        *(point(f"{number}: {why}") for why, number in found["not_asked"].items()), "",
    ]  # fmt: skip
    return "\n".join(lines)


def _headline(family: Mapping[str, Any]) -> str:
    """Error of the model compared with the simple predictors, in a sentence."""
    told = []
    for name, rival in (("ahead_of_pooled", "the pooled mean"), ("ahead_of_null", "the null curve")):
        _, low, high = family[name]
        word = "smaller than" if low > 0 else "larger than" if high < 0 else "not distinguishable from"
        told.append(f"{word} that of {rival} ({family[name.replace('ahead_of', 'error')]:.1f})")
    return (
        f"On the {family['compared']} numbers that all three predict, the mean error of the model is "
        f"{family['error_compared']:.1f} smallest changes that matter: {told[0]} and {told[1]}."
    )


def draw(rows: Sequence[Observed], path: Path) -> None:
    """Published and predicted results: change in % of baseline and shares of people, by rater."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    colours = dict(zip(RATERS, ("#17406d", "#1b7a3d", "#b07d12", "#b3261e"), strict=True))
    fig, axes = plt.subplots(1, 2, figsize=(11, 5.2), layout="constrained")
    titles = {"% of baseline": "change of a mean", "% of people": "share of people"}
    for ax, (unit, title) in zip(axes, titles.items(), strict=True):
        shown = [r for r in rows if r.unit == unit and r.observed is not None and r.finding.against is None]
        for rater, colour in colours.items():
            some = [r for r in shown if r.rater == rater]
            if not some:
                continue
            x = [sum(r.observed or (0.0, 0.0)) / 2.0 for r in some]
            bands = [r.printed for r in some if r.printed]
            reach = [[b.median - b.lower90 for b in bands], [b.upper90 - b.median for b in bands]]
            middle = [b.median for b in bands]
            ax.errorbar(x, middle, yerr=reach, fmt="o", ms=4, lw=0.8, color=colour, alpha=0.8, label=rater)
        ends = (-105, 110) if unit == "% of baseline" else (-3, 103)
        ax.plot(ends, ends, color="#888888", lw=0.8, ls="--")
        ax.set_xlim(*ends)
        ax.set_xlabel(f"published, {unit}")
        ax.set_ylabel(f"predicted study result, {unit} (90 %)")
        ax.set_title(title, loc="left")
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, title="judged by", fontsize=8)
    fig.savefig(path, dpi=110)
    plt.close(fig)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m validation.prior_predictive", description=__doc__)
    parser.add_argument("--draws", type=int, default=200, help="parameter draws (default 200)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--page-only", action="store_true", help="write the page from the stored results")
    given = parser.parse_args(words)
    if given.page_only:
        put(PAGE, page(json.loads(RESULTS.read_text("utf-8"))))
        return
    found, rows = results(given.draws, given.seed)
    put_results(RESULTS, found)
    put(PAGE, page(found))
    draw(rows, PICTURE)
    print(f"{100 * found['numbers']['inside']:.0f} % of {found['numbers']['numbers']} numbers inside; {RESULTS.name}, "
          f"{PAGE.name}, {PICTURE.name} in {found['seconds']:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
