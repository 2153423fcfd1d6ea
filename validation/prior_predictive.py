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
from neodermis.simulation.course import Observed
from neodermis.skin.outcomes import NOT_MODELLED, OUTCOMES
from neodermis.skin.raters import RATERS
from neodermis.studies.scorecard import by_family, by_outcome, coverage, distance, group, predict, too_good, worst

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "prior_predictive.json"
PAGE: Final = HERE.parent / "docs" / "validation" / "prior_predictive.md"
PICTURE: Final = PAGE.with_suffix(".png")

#: Study and outcome → likely cause of a miss, in our judgement.
CAUSES: Final = {
    "aust-2008 epidermal_thickness": "deep needling after weeks of vitamins; the modelled epidermis returns to rest "
    "within weeks, and the study measured only the spinous layer",
    "kenkel-2021 cutometer_r2": "different instrument, no control; the model has the slope of suction by age",
    "sohag-2017 ecca_score": "a series with small effects: the model is too optimistic if the score counts depth and "
    "number, and so is its share of people with any fall",
    "salve-2021 scar_severity": "stretch marks hardly responded; the model treats them like acne scars",
    "jbsaps-65 scar_severity": "categories without cut-offs, and raters who report few moderate results",
    "dogra-2014 scar_severity": "categories without cut-offs; most people are in one of them",
    "lotfi-2013 scar_severity": "categories without cut-offs; most people are in one of them",
    "ijord-2016 scar_severity": "most people rated excellent, without a blinded rater or a control",
    "majid-2009 scar_severity": "assessment by the patients, without a control",
    "lotfi-2013 collagen_papillary": "stained fibres in scarred skin, without a control or a standard deviation",
    "lotfi-2013 collagen_3": "a silver stain is not type III alone, and the sentence was cut in the copy read",
    "theodorakopoulou-2024 melanin_index": "exosomes and light in addition to needling, without an effect in the model",
    "ablon-2018 texture_grade": "one unblinded rater; the initial texture of a face aged 55 is too low in the model",
}


def results(draws: int, seed: int) -> tuple[dict[str, Any], list[Observed]]:
    """Everything that the page prints, and the rows behind it."""
    began = time.perf_counter()
    rows = list(predict(draws=draws, seed=seed))
    asked = [row for row in rows if row.verdict != "not asked"]
    numbers, signs = ([row for row in asked if (row.observed is None) == sign] for sign in (False, True))
    inside = coverage(rows)
    assert inside is not None
    parameters = load_parameters()
    found = {
        "date": date.today().isoformat(),
        "neodermis": version("neodermis"),
        "parameters": f"{parameters.name} {parameters.version}",
        "sha256": parameters.sha256,
        "draws": draws,
        "seed": seed,
        "seconds": time.perf_counter() - began,
        "findings": len(rows),
        "studies": len({row.study for row in rows}),
        "numbers": {"numbers": len(numbers), "studies": len({row.study for row in numbers}), "inside": inside.median,
                    "lower90": inside.lower90, "upper90": inside.upper90},
        "signs": {"signs": len(signs), "studies": len({row.study for row in signs}),
                  "inside": group("signs", signs).inside},
        "by_family": [_group(each) for each in by_family(rows)],
        "by_outcome": [_group(each) for each in by_outcome(rows)],
        "by_rater": [_group(group(r, some)) for r in RATERS if (some := [row for row in asked if row.rater == r])],
        "worst": [_row(row) | {"distance": distance(row)} for row in worst(rows, 10)],
        "missed": [_row(row) for row in worst(rows, len(rows))],
        "rows": [_row(row) for row in asked],
        "not_asked": dict(Counter(row.why for row in rows if row.verdict == "not asked").most_common()),
    }  # fmt: skip
    return rounded(found), rows


def _group(each: Any) -> dict[str, Any]:
    return {name: getattr(each, name) for name in each.__dataclass_fields__}


def _row(row: Observed) -> dict[str, Any]:
    assert row.printed is not None
    finding = row.finding
    return {
        "study": row.study, "arm": row.arm, "outcome": finding.outcome, "measure": finding.measure, "day": finding.day,
        "rater": row.rater, "unit": row.unit, "observed": row.observed, "direction": finding.direction,
        "predicted": list(row.printed), "share": row.share, "verdict": row.verdict, "too_good": too_good(row),
        "threshold": finding.threshold,
    }  # fmt: skip


def _number(value: float | None, form: str = "+.0f") -> str:
    return "" if value is None else format(value, form)


def _groups(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from table(
        ("", "studies", "findings", "within 90 %", "numbers", "of these within", "bias", "width"),
        (
            (f"`{g['name']}`", g["studies"], g["findings"], f"{100 * g['inside']:.0f} %", g["numbers"],
             "" if g["numbers_inside"] is None else f"{100 * g['numbers_inside']:.0f} %", _number(g["bias"]),
             _number(g["width"], ".0f"))
            for g in groups
        ),
    )  # fmt: skip


def _published(row: Mapping[str, Any]) -> str:
    if row["observed"] is None:
        return f"{row['direction']}"
    low, high = row["observed"]
    number = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
    return f"{number} {row['unit']}"


def _predicted(row: Mapping[str, Any]) -> str:
    median, low, high = row["predicted"]
    text = f"{median:.3g} ({low:.3g} to {high:.3g})"
    return text if row["observed"] is not None else f"{text}; predicted in {100 * row['share']:.0f} % of the draws"


def _reported(name: str) -> str:
    found = reported(name)
    return "The evidence contains no published result." if found is None else f"Published: {found.sentence}."


def _cause(row: Mapping[str, Any]) -> str:
    return CAUSES.get(f"{row['study']} {row['outcome']}", "not yet examined")


def page(found: Mapping[str, Any]) -> str:
    """The page."""
    whole, numbers, signs = found["by_outcome"][-1], found["numbers"], found["signs"]
    lines = [
        "# Prior predictive check", "",
        paragraph(
            f"Made {found['date']} with neodermis {found['neodermis']}, parameters {found['parameters']}, "
            f"{found['draws']} draws, seed {found['seed']}: `python -m validation.prior_predictive` "
            f"({found['seconds']:.0f} s)."
        ), "",
        paragraph(
            f"The model predicts {whole['findings']} findings of {whole['studies']} studies, out of "
            f"{found['findings']} findings of {found['studies']} studies. Each arm is simulated with its protocol, "
            "people and times. The observation model adds rater bias, between-person variability, reading error, "
            "sample size and, for a share of people, the threshold. Studies have equal weight, and repeated times "
            "of one arm count once. A sign is within the interval if at least 5 % of the predicted results have it,"
            " which is a weak test; the share of the numbers is the stronger test. Nothing is fitted. The intervals"
            " do not include further between-study heterogeneity."
        ), "",
        paragraph(
            f"**{100 * numbers['inside']:.0f} % of the {numbers['numbers']} numbers (90 % confidence interval "
            f"{100 * numbers['lower90']:.0f} to {100 * numbers['upper90']:.0f} %, by bootstrap over the "
            f"{numbers['studies']} studies) lie within their 90 % predictive interval.** Of the {signs['signs']} "
            f"signs {100 * signs['inside']:.0f} % do. The mean bias is {_number(whole['bias'], '+.1f')} percentage "
            f"points, and the intervals are {_number(whole['width'], '.0f')} percentage points wide, which accounts "
            "for most of the agreement. A positive bias means that the model predicts a larger improvement than was"
            " observed. Biases and widths refer only to results in % (of baseline, or of people)."
        ), "",
        f"![Published against predicted]({PICTURE.name})", "",
        "## Numbers by family of outcomes", "",
        paragraph(
            "Errors are mean absolute differences between the predicted median and the published number, in units "
            "of the smallest change that matters (of the scale, else 10 % of baseline; for a share of people 10 %)."
            " The reference predicts the mean of the other studies of the same outcome in the same unit, whatever "
            "category a share counts; compared numbers are those with a reference."
        ), "",
        *table(
            ("", "numbers", "studies", "within 90 %", "error", "compared", "error of these", "reference error"),
            (
                (f["name"], f["numbers"], f["studies"], f"{100 * f['inside']:.0f} %", _number(f["error"], ".1f"),
                 f["compared"], _number(f["error_compared"], ".1f"), _number(f["error_constant"], ".1f"))
                for f in found["by_family"]
            ),
        ), "",
        "## By outcome", "", *_groups(found["by_outcome"]), "",
        "## By rater", "", *_groups(found["by_rater"]), "",
        "## The ten worst misses", "",
        paragraph("Ranked by distance from the interval over half its width. The causes are our judgement."), "",
        *table(
            ("study", "finding", "day", "rater", "published", "predicted (90 %)", "likely cause"),
            (
                (f"`{r['study']}` {r['arm']}", f"`{r['outcome']}`: {r['threshold'] or r['measure']}", f"{r['day']:g}",
                 r["rater"], _published(r), _predicted(r),
                 _cause(r))
                for r in found["worst"]
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
                (f"`{r['study']}` {r['arm']}", f"`{r['outcome']}`, day {r['day']:g}", _published(r), _predicted(r),
                 _cause(r))
                for r in found["missed"]
            ),
        ), "",
        "## Not predicted", "",
        *(point(f"{number}: {why}") for why, number in found["not_asked"].items()), "",
    ]  # fmt: skip
    return "\n".join(lines)


def draw(rows: Sequence[Observed], path: Path) -> None:
    """Published against predicted, change in % of baseline and shares of people, by rater."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    colours = dict(zip(RATERS, ("#17406d", "#1b7a3d", "#b07d12", "#b3261e"), strict=True))
    fig, axes = plt.subplots(1, 2, figsize=(11, 5.2), layout="constrained")
    titles = {"% of baseline": "change of a mean", "% of people": "share of people"}
    for ax, (unit, title) in zip(axes, titles.items(), strict=True):
        shown = [r for r in rows if r.unit == unit and r.observed is not None and r.printed is not None]
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
    whole = found["by_outcome"][-1]
    print(f"{100 * whole['numbers_inside']:.0f} % of {whole['numbers']} numbers inside; {RESULTS.name}, {PAGE.name}, "
          f"{PICTURE.name} in {found['seconds']:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
