"""File operations of the commands: scoring a folder of findings, calibrating into a file, reading the shipped files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from neodermis.api import checked_study
from neodermis.errors import InputError, NeodermisError, UnknownNameError
from neodermis.evidence import Study, load_parameters
from neodermis.evidence.posterior import load_posterior
from neodermis.inference import calibration, model
from neodermis.inference.calibration import Told
from neodermis.inference.table import table
from neodermis.inference.validation import NothingToScore, Scorecard, document, scored, validate_studies
from neodermis.skin.raters import family_of
from neodermis.studies.scorecard import predict
from neodermis.uncertain import Floats
from neodermis.wording import counted

#: Families whose constants a quick calibration fits: no other family informs them.
QUICK: Final = ("session", "events")
#: Draws of a quick calibration; the standard errors of the studies do not require more.
QUICK_DRAWS: Final = 16
#: Accepted difference between a quick fit and the shipped one, in Monte Carlo errors of both.
WITHIN: Final = 4.0


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A scorecard with its document."""

    card: Scorecard | None
    """None if nothing could be scored."""
    document: Mapping[str, Any]


@cache
def _shipped_document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files("neodermis.evidence") / "data" / "scorecard.json").read_text("utf-8"))
    return found


def shipped(group: str | None = None) -> dict[str, Any]:
    """The scorecard of the shipped posterior, with each group of people left out; for one group, its numbers only.

    Raises :class:`UnknownNameError` for a group without a number.
    """
    found = _shipped_document()
    if group is None:
        return found
    groups = {f["people"] for f in found["findings"]}
    if group not in groups:
        raise UnknownNameError("group of people", group, groups, field="leave_out")
    kept = [f for f in found["findings"] if f["people"] == group]
    return {
        "made": {**found["made"], "what": f"{group}, predicted from all other groups of people"},
        "findings": kept, "summary": short_summary(kept),
    }  # fmt: skip


def short_summary(findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Count, coverage and errors of some findings."""
    return {
        "n": len(findings), "n_studies": len({f["study"] for f in findings}),
        "coverage90": float(np.mean([f["inside"] for f in findings])),
        "mean_abs_error": float(np.mean([f["error"] for f in findings])),
        "mean_abs_error_pooled_mean": float(np.mean([f["error_pooled_mean"] for f in findings])),
        "not_testable": [],
    }  # fmt: skip


def read_folder(path: Path, *, strict: bool = False) -> tuple[list[Study], list[dict[str, str]]]:
    """The studies of a folder, and the files that cannot be read with the reason.

    Raises :class:`InputError` for a path that is no folder, a folder without findings files, and with ``strict`` for a
    file that cannot be read.
    """
    if not path.is_dir():
        raise InputError(
            "findings", value=str(path), accepted="a folder that exists", whose="the operating system",
            next_step="give the folder that contains the findings files",
        )  # fmt: skip
    found, broken = [], []
    for file in sorted(path.glob("*.toml")):
        try:
            found.append(checked_study(file))
        except NeodermisError as error:
            if strict:
                raise
            broken.append({"study": file.name, "why": " ".join(str(error).split())})
    if not found:
        raise InputError(
            "findings", value=str(path), accepted="a folder with findings files (*.toml) that can be read",
            whose="this command: " + ("; ".join(f"{one['study']}: {one['why']}" for one in broken) or "it has none"),
            next_step="neodermis evidence schema prints the schema of a findings file",
        )  # fmt: skip
    return found, broken


def validate(
    findings: Path | str,
    *,
    posterior: Path | str | None = None,
    strict: bool = False,
    draws: int = 200,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Scored:
    """Score a posterior on a folder of findings files, each study predicted as a new one.

    Parameters
    ----------
    findings
        Folder of findings files (TOML), in the form of ``neodermis evidence schema``.
    posterior
        File that :func:`calibrate` wrote; the shipped posterior by default.
    strict
        Whether a file that cannot be read is an error; else it is listed as not testable.
    draws, seed
        Parameter draws of each arm, and their seed.

    Raises :class:`InputError` and :class:`DataFileError` as :func:`read_folder` and :func:`load_posterior`.
    """
    used = load_posterior(None if posterior is None else Path(posterior))
    parameters = used.of(load_parameters(calibrated=False))
    studies, broken = read_folder(Path(findings), strict=strict)
    made = {
        "what": f"{counted(len(studies), 'study', 'studies')} of {Path(findings).name}, each predicted as a new one",
        "date": date.today().isoformat(), "neodermis": version("neodermis"), "posterior": used.version,
        "sha256": used.sha256, "draws": draws, "seed": seed,
    }  # fmt: skip
    try:
        card = validate_studies(studies, used, parameters, draws=draws, seed=seed, progress=progress)
    except NothingToScore as nothing:
        raise InputError(
            "findings", value=str(findings), accepted="a folder with a number that can be predicted",
            whose="; ".join(sorted({row.why for row in nothing.rows if row.why})[:5]) or "this command",
            next_step="neodermis outcomes lists what is modelled",
        ) from nothing  # fmt: skip
    found = document(card)
    found["summary"]["not_testable"] += broken
    return Scored(card=card, document={"made": made, **found})


def scorecard_beside(out: Path) -> Path:
    """Path of the scorecard of a posterior."""
    return out.with_suffix(".scorecard.json")


def calibrate(
    out: Path,
    work: Path,
    *,
    draws: int = calibration.DRAWS,
    seed: int = 0,
    blocks: Sequence[str] | None = None,
    told: Told = lambda *_: None,
) -> dict[str, Any]:
    """Calibrate in a work folder, and write the posterior and its scorecard; returns the posterior's document.

    Raises :class:`InputError` without the libraries of the fit, and for an unknown block.
    """
    done = calibration.calibrate(work, draws=draws, seed=seed, blocks=blocks, told=told)
    one = done.problem
    card = scored(
        done.rows, one.table.lines, one.table, one.priors, done.shells["mechanism"], done.shells["pooled"],
        calibration.row_weights(one, done.weights), seed,
    )  # fmt: skip
    made = {
        "what": "Every group of people predicted from all others", "date": done.document["date"],
        "neodermis": done.document["neodermis"], "posterior": done.document["version"], "seed": seed,
    }  # fmt: skip
    for content, path in ((done.document, out), ({"made": made, **document(card)}, scorecard_beside(out))):
        draft = path.with_suffix(".part")
        calibration.write(content, draft)
        draft.replace(path)
    return done.document


def quick_check(*, seed: int = 0, told: Told = lambda *_: None) -> dict[str, Any]:
    """Fit the constants of outcomes of a session and of adverse events again, and compare them with the shipped ones.

    No other family informs them, so the subset has the same posterior as the whole.
    """
    shipped_posterior, parameters = load_posterior(), load_parameters(calibrated=False)
    rows = []
    studies = [study for study in calibration.used_studies() if _of_quick(study)]
    for number, study in enumerate(studies, start=1):
        rows += list(predict([study], draws=QUICK_DRAWS, seed=seed, parameters=parameters))
        told("studies solved", number, len(studies))
    found = [line for line in calibration.fitted_lines(rows) if line.family in QUICK]
    one = model.without_mechanism(table(found, parameters), parameters, shipped_posterior.centres)
    x = model.sampled(one, "pooled", seed=seed, draws=500, chains=2, warmup=400)
    draws = {f"family:{name}": x["family"][..., k] for k, name in enumerate(one.families)}
    draws |= {f"outcome:{name}": x["key"][..., k] for k, name in enumerate(one.keys)}
    draws |= {name: x["z"][..., one.names.index(name)] for name in ("heterogeneity_session", "heterogeneity_events")}
    compared = [_compared(name, value, shipped_posterior.pooled) for name, value in draws.items()]
    return {"compared": compared, "reproduced": all(each["within"] for each in compared)}


def _of_quick(study: Study) -> bool:
    return any(
        family_of(finding.outcome) in QUICK and finding.statistic in ("mean", "share", "median")
        for arm in study.arms for finding in arm.findings
    )  # fmt: skip


def _compared(name: str, draws: Floats, kept: Any) -> dict[str, Any]:
    from numpyro.diagnostics import effective_sample_size

    k = kept.names.index(name)
    count = max(float(effective_sample_size(draws)), 10.0)
    error = float(np.hypot(draws.std() / np.sqrt(count), np.sqrt(kept.covariance[k][k] / count)))
    apart = abs(float(draws.mean() - kept.mean[k]))
    return {
        "name": name, "mean": float(draws.mean()), "shipped": float(kept.mean[k]), "error": error,
        "within": apart <= WITHIN * error,
    }  # fmt: skip
