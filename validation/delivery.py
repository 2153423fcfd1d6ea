"""Fit of the conducting share of open channels to published enhancement ratios of rollers, study by study.

One parameter is fitted, ``effective_open_share``, to six ratios of the flux through skin after a roller of solid
needles to the flux through intact skin, of five molecules in three studies. All other parameters, and the properties of
the rollers that the studies do not report, are drawn from their distributions.  ``python -m validation.delivery``
prints the page; ``--write`` writes the
parameter, the results, the page and the picture.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from docs.pages import paragraph, put, put_results, rounded, table

from neodermis.evidence import ParameterSet, load_bibliography, load_parameters, read_parameters
from neodermis.evidence.delivery_figure import DeliveryFigure, find_delivery_figure
from neodermis.studies.figures_delivery import drawn_delivery, simulate_delivery
from validation.penetration import effective, quantiles, updated, weights

Floats = np.ndarray[Any, np.dtype[np.float64]]
HERE: Final = Path(__file__).parent
PRIOR: Final = HERE / "delivery_prior.toml"
RESULTS: Final = HERE / "delivery.json"
PAGE: Final = HERE.parent / "docs" / "validation" / "delivery.md"
PICTURE: Final = PAGE.with_suffix(".png")
PARAMETERS: Final = HERE.parent / "src" / "neodermis" / "evidence" / "data" / "parameters" / "delivery.toml"

FITTED: Final = "effective_open_share"
#: Figure → its label in the tables.
FIGURES: Final = {
    "you-2010-enhancement": "ascorbic acid, polymer roller, rat",
    "hoang-2015-amantadine": "amantadine, steel roller, pig ear",
    "hoang-2015-pramipexole": "pramipexole, steel roller, pig ear",
    "nguyen-2016-tiagabine": "tiagabine, roller, pig",
    "nguyen-2016-carbamazepine-20": "carbamazepine in ethanol 20 %, roller, pig",
    "nguyen-2016-carbamazepine-30": "carbamazepine in ethanol 30 %, roller, pig",
}
#: Discrepancy of law and study (standard deviation of the logarithm, about a factor of two), and alternatives.
BETWEEN: Final = 0.7
OTHER_BETWEEN: Final = (0.4, 1.0)
#: Mechanisms whose parameters are used in the fit.
READ: Final = ("delivery", "tissue")
LEAST_EFFECTIVE: Final = 1_000
LEVELS: Final = (0.05, 0.5, 0.95)


@cache
def prior_set() -> ParameterSet:
    """The shipped parameters, with the prior of the fitted parameter."""
    shipped = load_parameters(calibrated=False)  # the fit is of the priors of all others
    before = read_parameters(PRIOR.read_text("utf-8"), PRIOR.name, load_bibliography())
    return shipped.merge(replace(shipped, name="prior of the fit", parameters=before))


def fingerprint() -> str:
    """Hash of the parameters that the fit rests on, the fitted one as it was before."""
    before = prior_set()
    return replace(before, parameters={p.name: p for p in before if p.mechanism in READ}).sha256


# ---------------------------------------------------------------------------------------------------------- the draws


@dataclass(frozen=True)
class Sample:
    """Draws from the prior with the model's answers to the figures."""

    share: Floats
    answers: Mapping[str, Floats]

    def log_likelihood(self, left_out: Sequence[str] = (), between: float = BETWEEN) -> Floats:
        """Log-likelihood of the figures but those left out, up to a constant."""
        total = np.zeros_like(self.share)
        for name, answer in self.answers.items():
            if name not in left_out:
                total = total + normal(name, answer, between)
        return total


def error(figure: DeliveryFigure) -> float:
    """Standard deviation of a published ratio's logarithm; 0 where none was printed."""
    assert figure.value is not None
    return 0.0 if figure.sd is None else math.sqrt(math.log1p((figure.sd / figure.value) ** 2))


def normal(name: str, answer: Floats, between: float) -> Floats:
    """Log-likelihood of one figure, log-normal, up to a constant."""
    figure = find_delivery_figure(name)
    assert figure.value is not None
    total = math.hypot(between, error(figure))
    found: Floats = -0.5 * ((np.log(answer) - math.log(figure.value)) / total) ** 2
    return found


def sample(draws: int, seed: int) -> Sample:
    """Draws from the prior, and the answers to each figure."""
    values = drawn_delivery(prior_set(), draws, seed)
    answers = {name: simulate_delivery(find_delivery_figure(name), values, prior_set(), seed) for name in FIGURES}
    return Sample(values[FITTED], answers)


# ------------------------------------------------------------------------------------------------------------ the fit


def fit(made: Sample, left_out: Sequence[str] = (), between: float = BETWEEN) -> dict[str, Any]:
    """Posterior of the share: median, standard deviation of the logarithm, 90 % credible interval, effective draws."""
    w = weights(made.log_likelihood(left_out, between))
    logs = np.log(made.share / (1.0 - made.share))  # of a share that small, its logarithm
    mean = float(w @ logs)
    low, median, high = quantiles(made.share, w, LEVELS)
    return {
        "median": median, "log_sd": math.sqrt(float(w @ (logs - mean) ** 2)), "low": low, "high": high,
        "effective": effective(w),
    }  # fmt: skip


def predictions(made: Sample) -> list[dict[str, Any]]:
    """Each figure beside the prior, the posterior, and the posterior without it and without its study."""
    rows = []
    for name, label in FIGURES.items():
        figure = find_delivery_figure(name)
        study = [other for other in FIGURES if find_delivery_figure(other).source == figure.source]
        row: dict[str, Any] = {
            "figure": name, "source": figure.source, "label": label, "value": figure.value, "sd": figure.sd,
            "share": fit(made, [name])["median"],
        }  # fmt: skip
        answer = made.answers[name]
        for key, without in (("prior", list(FIGURES)), ("posterior", []), ("left_out", [name]), ("study_out", study)):
            row[key] = quantiles(answer, weights(made.log_likelihood(without)), LEVELS)
        low, _, high = row["left_out"]
        row["hit"] = low <= figure.value <= high if figure.value is not None else False
        rows.append(row)
    return rows


def results(draws: int, seed: int) -> tuple[dict[str, Any], Sample]:
    made = sample(draws, seed)
    found = fit(made)
    before = prior_set()[FITTED]
    sources = list(dict.fromkeys(find_delivery_figure(name).source for name in FIGURES))
    everything = {
        "date": date.today().isoformat(),
        "seed": seed,
        "draws": draws,
        "parameters": fingerprint(),
        "prior": {"median": before.value, "log_sd": before.uncertainty.a},
        "posterior": found,
        "between": BETWEEN,
        "other_between": [{"between": sd, **fit(made, between=sd)} for sd in OTHER_BETWEEN],
        "figures": predictions(made),
        "shipped": {
            "value": float(f"{found['median']:.2g}"),
            "uncertainty": {"logit": float(f"{found['log_sd']:.2g}")},
            "status": "calibrated",
            "sources": sources,
            "why": why(found, before.value),
        },
    }
    return rounded(everything), made


def why(found: Mapping[str, Any], before: float) -> str:
    return (
        f"Fitted to {len(FIGURES)} enhancements by rollers (five molecules, three studies in rat and pig) from a prior "
        f"of {before:g} with a spread of {prior_set()[FITTED].uncertainty.a:g}: docs/validation/delivery.md. Roller "
        "properties that the studies do not report enter as ranges, so this share includes their uncertainty."
    )


# ----------------------------------------------------------------------------------------------------------- the page


def number(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 10 else f"{value:.0f}"


def span(three: Sequence[float]) -> str:
    low, median, high = three
    return f"{number(median)} ({number(low)} to {number(high)})"


def page(found: Mapping[str, Any]) -> str:
    """The page, from the results."""
    return "\n".join(lines(found)) + "\n"


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    before, after = found["prior"], found["posterior"]
    rows = found["figures"]
    hit = [row for row in rows if row["hit"]]
    others = ", ".join(
        f"with {each['between']:g} the median is {number(each['median'])} and the spread {each['log_sd']:.2f}"
        for each in found["other_between"]
    )
    yield from ("# Conducting share of open channels: fit to six enhancement ratios of rollers", "")
    yield paragraph(f"""{found["date"]}; computed by `python -m validation.delivery --write`, {found["draws"]} draws,
        seed
        {found["seed"]}. Parameters of the fit: `{found["parameters"][:16]}`.""")
    yield from ("", "![Prior, posterior and the six figures](delivery.png)", "")
    yield paragraph(f"""The area that needles open would conduct far more than has been measured. The law therefore has
        one parameter for the share of this area that conducts. It is fitted by importance weighting of prior draws to
        {len(rows)} published ratios of the flux through skin after a roller of solid needles to the flux through intact
        skin. Prior: median
        {number(before["median"])}, standard deviation of the logarithm {before["log_sd"]:g}. Posterior: median
        {number(after["median"])} ({number(after["low"])} to {number(after["high"])}), standard deviation of the
        logarithm {after["log_sd"]:.2f}; {after["effective"]:.0f} effective draws.""")
    yield ""
    yield paragraph(f"""The likelihood is log-normal. The published standard deviations are taken as the error of a
        ratio, because the number of specimens was not found. A discrepancy of law and study is added, with a standard
        deviation of the logarithm of {found["between"]:g}, about a factor of two (alternatives: {others}). All other
        inputs are drawn:
        permeability of intact skin, diffusion and thicknesses. The rollers are not described in the texts that we
        read; they are drawn with 50 to 250 channels per cm², 30 to 80 µm wide and 0.15 to 1 mm deep. The ratio is that
        of steady-state fluxes in vitro.""")
    yield ""
    yield from table(
        ("figure", "published", "with the prior", "with the posterior", "without this figure", "without its study",
         "conducting share without it", "predicted without it"),
        [
            (
                row["label"], number(row["value"]) + ("" if row["sd"] is None else f" (SD {number(row['sd'])})"),
                span(row["prior"]), span(row["posterior"]), span(row["left_out"]), span(row["study_out"]),
                number(row["share"]), "inside" if row["hit"] else "OUTSIDE",
            )
            for row in rows
        ],
    )  # fmt: skip
    yield ""
    missed = [row["label"] for row in rows if not row["hit"]]
    yield paragraph(f"""When left out, {len(hit)} of {len(rows)} figures lie inside the 90 % credible interval predicted
        from the others (law alone){"; outside: " + "; ".join(missed) if missed else ""}. The intervals are wide, so
        agreement is a weak test. The law cannot give a ratio below 1, because channels only add a path. The studies
        disagree by more than their own errors: of two molecules of about the same size, one gains tenfold and the other
        nothing.""")
    yield ""
    yield paragraph("""Limitations: the studies used rollers on rat and pig skin in vitro; they include no pen, no human
        skin and no large molecule. Enhancement by arrays, of labelled peptides and of tranexamic acid is not in the
        fit and serves as a test: [figures on delivery](../reference/delivery.md).""")


def draw(found: Mapping[str, Any], made: Sample, to: Path) -> None:
    """Prior and posterior; the six figures with their predictions."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(12.5, 4.8), layout="constrained", width_ratios=(1, 1.6))
    bins = np.linspace(-11.0, 0.5, 60)
    logs = np.log(made.share)
    left.hist(logs, bins, density=True, color="0.8", label="prior")
    w = weights(made.log_likelihood())
    left.hist(logs, bins, weights=w, density=True, histtype="step", color="tab:blue", lw=1.8, label="posterior")
    ticks = np.array([1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    left.set_xticks(np.log(ticks), [f"{tick:g}" for tick in ticks])
    left.set_xlabel("share of the open area that conducts")
    left.set_yticks([])
    left.legend(frameon=False)
    rows = found["figures"][::-1]
    for y, row in enumerate(rows):
        for key, shift, colour, label in (
            ("prior", 0.2, "0.6", "with the prior"), ("posterior", 0.0, "tab:blue", "with the posterior"),
            ("left_out", -0.2, "tab:orange", "without this figure"),
        ):  # fmt: skip
            low, median, high = row[key]
            right.plot([low, high], [y + shift] * 2, color=colour, lw=2.2, label=label if y == 0 else None)
            right.plot(median, y + shift, "o", color=colour, ms=5)
        right.plot(row["value"], y, "kD", ms=7, label="published" if y == 0 else None)
    right.set_xscale("log")
    right.set_xticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
    right.set_yticks(range(len(rows)), [row["label"] for row in rows])
    right.set_xlabel("flux after a roller relative to intact skin")
    right.axvline(1.0, color="0.85", zorder=0)
    right.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.4, -0.12), ncols=4)
    to.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(to, dpi=130, metadata={"Software": None})
    plt.close(figure)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m validation.delivery", description=__doc__)
    parser.add_argument("--draws", type=int, default=40_000, help="draws from the prior (default 40000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="write the parameter, page, picture and results")
    given = parser.parse_args(words)
    found, made = results(given.draws, given.seed)
    if not given.write:
        print(page(found))
        return
    if found["posterior"]["effective"] < LEAST_EFFECTIVE:
        sys.exit(f"effective draws {found['posterior']['effective']:.0f} < {LEAST_EFFECTIVE}: give more --draws")
    put(PARAMETERS, updated(PARAMETERS.read_text("utf-8"), {FITTED: found["shipped"]}))
    put_results(RESULTS, found)
    put(PAGE, page(json.loads(RESULTS.read_text("utf-8"))))
    draw(found, made, PICTURE)
    print(f"{PARAMETERS.name}, {RESULTS.name}, {PAGE.name}, {PICTURE.name}")


if __name__ == "__main__":
    main()
