"""Calibrate the shipped posterior, and write its scorecard page: ``python -m validation.calibration [--resume]``.

Every group of people is left out once; this takes about an hour on two cores. Finished steps are stored in
``calibration/``, which is not committed.  ``--page-only`` writes the page from the shipped files.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from docs.pages import paragraph, put, put_results, rounded, table

from neodermis.evidence import load_parameters
from neodermis.evidence.posterior import INFORMED, load_posterior, shipped_path
from neodermis.inference import calibration, checks, folder, model
from neodermis.report.markdown import markdown
from neodermis.report.scorecard import scorecard_page, write_scorecard_picture

ROOT: Final = Path(__file__).resolve().parents[1]
WORK: Final = ROOT / "calibration"
PAGE: Final = ROOT / "docs" / "validation" / "scorecard.md"
PICTURE: Final = PAGE.with_suffix(".png")
SCORECARD: Final = shipped_path().with_name("scorecard.json")
CHECKS: Final = Path(__file__).with_name("calibration_checks.json")
#: Variants whose left-out scores were seen, for the scorecard: scores are optimistic for choices based on them.
LOOKS: Final = """The left-out scores were inspected twice. The first calibration had 16 parameters of the
    mechanism and used importance weights for the left-out groups, whose Pareto shape values were not reliable (CRPS
    1.89 for the mean of other studies, 1.94 for the mechanism, 1.78 for equal weights). The second is this
    calibration, with the parameters of new scars and a separate fit for each group. No prior, model form or link was
    changed between the two because of a score. However, corrections of the model form were derived from the same
    studies, so the left-out scores are optimistic."""


def scorecard() -> dict[str, Any]:
    """The shipped scorecard."""
    found: dict[str, Any] = json.loads(SCORECARD.read_text("utf-8"))
    return found


def page() -> str:
    """The scorecard, followed by the results of the calibration and its convergence."""
    blocks = list(scorecard_page(scorecard(), picture=PICTURE.name))
    return markdown(blocks) + "\n" + "\n".join(_posterior()) + "\n"


def _posterior() -> Iterator[str]:
    kept, parameters = load_posterior(), load_parameters()
    calibrated = sorted((p for p in parameters if p.contraction is not None), key=lambda p: -(p.contraction or 0.0))
    informed = kept.informed_by
    yield "## Prior and posterior"
    yield ""
    yield paragraph(f"""{len(calibrated)} parameters are fitted. {len(informed)} of them are informed by the studies:
        their contraction, the reduction of the prior variance as a share, is {INFORMED:g} or more. The others stay
        close to their priors and are marked *prior*. All further parameters keep their priors.""")
    yield ""
    yield from table(
        ("parameter", "prior, 90 %", "posterior, 90 %", "contraction", "informed by"),
        (
            (
                f"`{p.name}`", _interval((p.prior or p.uncertainty).interval()), _interval(p.uncertainty.interval()),
                f"{p.contraction:.2f}", ", ".join(informed.get(p.name, ())) or "prior",
            )
            for p in calibrated
        ),
    )  # fmt: skip
    yield from ("", "## Correlated parameters", "")
    yield paragraph("""Posterior correlations of 0.3 or more. Two parameters that explain the same results are not
        identified individually. Uncontrolled series cannot separate rater bias from the biology of scars.""")
    yield ""
    correlation, names = kept.mechanism.correlation, kept.mechanism.names
    pairs = [(correlation[a][b], names[a], names[b])
             for a in range(len(names)) for b in range(a) if abs(correlation[a][b]) >= 0.3]  # fmt: skip
    yield from table(
        ("parameter", "parameter", "correlation"),
        ((f"`{one}`", f"`{two}`", f"{r:+.2f}") for r, one, two in sorted(pairs, key=lambda pair: -abs(pair[0]))),
    )
    yield from ("", "## Weight of the mechanism", "")
    yield paragraph("""λ is estimated for each family from groups of people that were left out. Families with fewer
        than eight groups share one value (`few`). The value for contrasts within studies is estimated separately, from
        the differences between arms, types of scar and times.""")
    yield ""
    yield from table(
        ("family", "λ", "groups"),
        ((name, f"{each['weight']:.2f}", each["groups"]) for name, each in kept.weights.items()),
    )
    yield from ("", "## Inspection of the left-out scores", "")
    yield paragraph(LOOKS)
    yield from ("", "## Convergence", "")
    yield from table(
        ("fit", "draws", "largest R-hat", "fewest effective draws", "divergences"),
        (
            (name, each["draws"], f"{each['r_hat']:.3f}", each["effective_draws"], each["divergences"])
            for name, each in kept.about["diagnostics"].items()
        ),
    )
    yield from _checks()
    yield ""
    errors = kept.about["diagnostics"]["mechanism"]["emulator_error"]
    yield paragraph(
        "The mechanism is fitted through an emulator. Its held-out error, relative to the spread of the draws: "
        + ", ".join(f"{name} {value:.2f}" for name, value in errors.items())
        + ". The emulator error is part of the likelihood."
    )


def checked(prepared: calibration.Prepared, replicates: int) -> dict[str, Any]:
    """The checks of a fit: about half an hour; replicates are stored steps, too."""
    one, rank = prepared.problem, checks.ranker(prepared.problem)
    ranks = []
    for start in range(0, replicates, checks.BESIDE):
        seeds = range(start, min(start + checks.BESIDE, replicates))
        ranks.append(prepared.work.kept(f"ranks-{start}-{seeds.stop}", partial(rank, seeds)))
        _told("replicates", seeds.stop, replicates)
    fits = [model.sampled(one, "mechanism", seed=seed, draws=600, chains=4, warmup=600) for seed in (0, 1)]
    first, second = (fit["z"].reshape(-1, len(one.names)) for fit in fits)
    return {
        "date": date.today().isoformat(), "neodermis": version("neodermis"),
        "simulation_based": checks.uniformity(np.concatenate(ranks), one.names) if ranks else None,
        "seeds": checks.seeds_apart(first, second, one.names),
        "posterior_predicted": checks.posterior_predicted(one, fits[0]),
        "power_scaling": {str(alpha): checks.power_scaled(one, fits[0], alpha) for alpha in (0.8, 1.25)},
    }  # fmt: skip


def _checks() -> Iterator[str]:
    """The checks of the fit, where they were run."""
    if not CHECKS.is_file():
        return
    found = json.loads(CHECKS.read_text("utf-8"))
    s, seeds, power = found["simulation_based"], found["seeds"], found["power_scaling"]
    yield from ("", "## Checks of the fit", "")
    if s is None:
        yield paragraph("Simulation-based calibration was not run for this posterior; `--replicates 100` runs it.")
    else:
        verdict = "uniform" if s["accepted"] else "NOT uniform"
        yield paragraph(f"""Simulation-based calibration: {s["replicates"]} data sets were drawn from the statistical
            model and fitted; the ranks of the true values are {verdict} (smallest p-value of {s["parameters"]}
            parameters {s["smallest_p"]:.3f}, `{s["of"]}`; accepted from {0.05 / s["parameters"]:.4f}).""")
    yield ""
    yield paragraph(f"""{found["date"]}, by `python -m validation.calibration --checks`. Two seeds differ by at most
        {seeds["largest"]:.2f} posterior standard deviations (`{seeds["of"]}`).""")
    yield ""
    yield paragraph("""Posterior prediction: share of data sets, drawn from the posterior with every study as a new
        one, whose mean, and whose standard deviation, of the numbers of a family is above that of the published
        numbers. A level is relative to the baseline, so that a lower one of a severity is an improvement. Below 0.05 or
        above 0.95 the model and the published numbers disagree.""")
    yield ""
    yield from table(
        ("family, kind of number", "numbers", "mean", "standard deviation"),
        (
            (family, each["numbers"], f"{each['mean']:.2f}", f"{each['spread']:.2f}")
            for family, each in found["posterior_predicted"].items()
        ),
    )
    yield ""
    yield paragraph("""Power-scaling: shift of the posterior mean of a score, in its standard deviations, when the
        likelihood has less weight (power 0.8) or more weight (1.25). A parameter that does not shift is determined by
        its prior; a large shift indicates that it depends on few studies.""")
    yield ""
    moved = {name: (power["0.8"][name], power["1.25"][name]) for name in power["0.8"] if name != "effective_draws"}
    first = sorted(moved, key=lambda name: -max(map(abs, moved[name])))[:10]
    yield from table(
        ("parameter", "power 0.8", "power 1.25"),
        ((f"`{name}`", f"{moved[name][0]:+.2f}", f"{moved[name][1]:+.2f}") for name in first),
    )


def _interval(ends: tuple[float, float]) -> str:
    return "{:.3g} to {:.3g}".format(*ends)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m validation.calibration", description=__doc__)
    parser.add_argument("--checks", action="store_true", help="check the fit, in about half an hour")
    parser.add_argument(
        "--replicates",
        type=int,
        default=checks.REPLICATES,
        help="data sets that are drawn from the model and fitted; 0 for none",
    )
    parser.add_argument("--page-only", action="store_true", help="write the page from the shipped files")
    parser.add_argument("--draws", type=int, default=calibration.DRAWS)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(words)
    if given.checks:
        prepared = calibration.prepare(WORK, draws=given.draws, seed=given.seed, told=_told)
        put_results(CHECKS, rounded(checked(prepared, given.replicates)))
    elif not given.page_only:
        made = ROOT / "posterior.json"
        folder.calibrate(made, WORK, draws=given.draws, seed=given.seed, told=_told)
        made.replace(shipped_path())
        folder.scorecard_beside(made).replace(SCORECARD)
        load_posterior.cache_clear()
    put(PAGE, page())
    write_scorecard_picture(scorecard(), PICTURE)


def _told(what: str, done: int, total: int) -> None:
    print(f"{what}: {done} of {total}", flush=True)


if __name__ == "__main__":
    main()
