"""The calibration: from published findings to a posterior file, in stored steps that can be continued.

Steps
    solve       every arm in draws from the priors; one file a study
    emulate     the link of each number as a function of the scores of the fitted parameters
    fit         the mechanism and the constants of the pooled model, by NUTS
    leave out   one group of people at a time, both again; one file a group
    weigh       λ of each family from the groups that were left out
Evidence
    findings with the role "fit" alone; results that are validation never enter.  A range of a session's outcome, a sign
    and a significance statement are scored, and not fitted.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from neodermis.errors import InputError
from neodermis.evidence import ParameterSet, Study, load_parameters, load_study, study_ids
from neodermis.evidence.posterior import APART, INFORMED, WIDE
from neodermis.inference import emulator, model
from neodermis.inference.forecast import GRID, Shell, crps, mean_weight, printed
from neodermis.inference.model import Problem, Rival
from neodermis.inference.table import Line, least_change, lines, linked_draws, table
from neodermis.simulation.course import Observed
from neodermis.studies.rivals import Design, design
from neodermis.studies.scorecard import JUDGED_FROM, contrasts, predict
from neodermis.uncertain import Floats

#: Version of the posteriors that this program writes.
VERSION: Final = "1"
#: Block → the parameters of the mechanism that are fitted in it.  Blocks share none.
BLOCKS: Final[Mapping[str, tuple[str, ...]]] = {
    "dose and dermis": (
        "influence_radius", "response_damage", "synthesis_1_activated", "activation_rate", "activation_tgf_half",
        "deactivation_rate", "crosslinking_drive",
    ),
    "scars": ("scar_release_rate", "scar_mendable_share", "raised_scar_mendable_share"),
    "new scars": (
        "myofibroblast_tgf_half", "myofibroblast_self_half", "myofibroblast_loss_rate", "tgf_from_macrophage",
        "macrophage_recruitment", "inflammatory_from_neutrophil",
    ),
    "wrinkles": ("wrinkle_repair",),
    "histology": ("stain_response",),
    "epidermis": ("epidermal_set_point_response",),
    "pigment": (
        "shedding_response", "melanocyte_stimulation_rate", "melanocyte_stimulation_loss_rate",
        "post_inflammatory_pigment_limit",
    ),
    "barrier and redness": ("capillary_remodelling_rate", "redness_time"),
    "pain and downtime": ("pain_at_reference", "flaking_time"),
}  # fmt: skip
#: Draws from the priors, draws of each chain, chains, and draws of a forecast.
DRAWS, KEPT, CHAINS, FORECAST = 1000, 600, 4, 800
#: Smallest number of draws to which the emulator is fitted.
FEWEST_DRAWS: Final = 200
#: Draws of each chain, and chains, of a fit without one group.
KEPT_LEFT_OUT, CHAINS_LEFT_OUT = 300, 2
#: Level relative to the baseline above which the scar of the typical person counts as worse: beyond the solver error.
WORSE: Final = 1.03
#: Factor by which the effect of a group of people on a parameter must exceed chance to count as informing it.
NOISE: Final = 2.5

Told = Callable[[str, int, int], None]


class Calibrated(NamedTuple):
    """Result of a calibration."""

    document: dict[str, Any]
    """Document of the posterior."""
    problem: Problem
    shells: dict[Rival, Shell]
    """Forecasts of each group of people without it."""
    weights: dict[str, Any]
    rows: list[Observed]


def usable() -> None:
    """Raise :class:`InputError` if the libraries of the fit are not installed."""
    try:
        import numpyro  # noqa: F401
    except ImportError as error:
        raise InputError(
            field="calibrate", value="the library numpyro is not installed",
            accepted="an installation with the extra inference", whose="calibration; forecasts do not need it",
            next_step="pip install 'neodermis[inference]'",
        ) from error  # fmt: skip


def used_studies() -> list[Study]:
    """The shipped studies that a fit may use, in people."""
    every = (load_study(name) for name in study_ids())
    return [study for study in every if study.role == "fit" and study.species == "human"]


def evidence_hash(studies: Sequence[Study]) -> str:
    """Hash of the content of the studies."""
    return hashlib.sha256("\n".join(repr(study) for study in studies).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Work:
    """A folder in which the steps of a calibration are stored."""

    folder: Path
    key: str
    """Key of priors, evidence, version, draws and seed; stored steps with another key are not used."""

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """The stored result of this name, or a new result, which is then stored."""
        path = self.folder / f"{name}-{self.key}.pickle"
        if path.is_file():
            try:
                return pickle.loads(path.read_bytes())
            except (EOFError, pickle.UnpicklingError, AttributeError, ImportError, TypeError):
                path.unlink()  # incomplete, or of another version: computed again
        made = make()
        draft = path.with_suffix(".part")
        draft.write_bytes(pickle.dumps(made))
        draft.replace(path)
        return made


def work_in(folder: Path, parameters: ParameterSet, studies: Sequence[Study], draws: int, seed: int) -> Work:
    """The work folder of one calibration; created if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    told = "|".join([parameters.sha256, evidence_hash(studies), version("neodermis"), VERSION, str(draws), str(seed)])
    return Work(folder=folder, key=hashlib.sha256(told.encode()).hexdigest()[:12])


def solved(
    work: Work, studies: Sequence[Study], parameters: ParameterSet, draws: int, seed: int, told: Told
) -> list[Observed]:
    """Every finding with its draws from the priors, study by study."""
    rows: list[Observed] = []
    for number, study in enumerate(studies, start=1):
        solve = partial(predict, [study], draws=draws, seed=seed, parameters=parameters)
        rows += work.kept(f"study-{study.id}", _listed(solve))
        told("studies solved", number, len(studies))
    return rows


def _listed(make: Callable[[], Iterable[Observed]]) -> Callable[[], list[Observed]]:
    return lambda: list(make())


def fitted_lines(rows: Sequence[Observed]) -> list[Line]:
    """The numbers that enter the likelihood, without ranges of outcomes of a session."""
    return [line for line in lines(rows) if line.row.finding.statistic != "range"]


def problem_of(
    rows: Sequence[Observed], parameters: ParameterSet, fitted: Sequence[str], draws: int, seed: int
) -> Problem:
    """The statistical problem, with its emulator.

    Draws in which a published arm scars the typical person are separate.
    """
    found = fitted_lines(rows)
    drawn = parameters.draw(draws, seed, "uncertainty")
    scores = np.array([parameters[name].uncertainty.scores(drawn[name]) for name in fitted]).T
    eta = linked_draws(found, draws)
    of_scars = np.array([line.family == "scars" for line in found])
    worse = (np.nan_to_num(eta[of_scars], nan=0.0) > np.log(WORSE)).any(axis=0)
    chance = emulator.chance(scores, worse)
    eta[:, worse] = np.nan
    return model.problem(table(found, parameters), emulator.fitted(scores, eta), chance, parameters, fitted)


def left_out_fits(work: Work, one: Problem, seed: int, told: Told) -> dict[str, dict[Rival, dict[str, Floats]]]:
    """Draws of both models without each group of people, two groups at a time."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    found: dict[str, dict[Rival, dict[str, Floats]]] = {}
    names = list(one.table.names)

    def keep(name: str, fits: Any) -> None:
        found[name] = work.kept(f"without-{name}", lambda: fits)
        told("groups left out", len(found), len(names))

    missing = [name for name in names if not (work.folder / f"without-{name}-{work.key}.pickle").is_file()]
    for name in names:
        if name not in missing:
            keep(name, None)
    if missing:
        with ProcessPoolExecutor(2, mp_context=get_context("spawn"), max_tasks_per_child=4) as pool:
            running = {pool.submit(without, one, name, seed): name for name in missing}
            try:
                for done in as_completed(running):
                    keep(running[done], done.result())
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return found


def without(one: Problem, name: str, seed: int) -> dict[Rival, dict[str, Floats]]:
    """Draws of the shared unknowns, from fits without one group of people."""
    use = np.where(one.table.people == one.table.names.index(name), 0.0, 1.0)
    return {
        rival: shared(
            model.sampled(one, rival, use=use, seed=seed, draws=KEPT_LEFT_OUT, chains=CHAINS_LEFT_OUT, warmup=400)
        )
        for rival in ("mechanism", "pooled")
    }


def shared(x: Mapping[str, Floats]) -> dict[str, Floats]:
    """Draws of the shared unknowns, of all chains."""
    return {
        name: value.reshape(-1, value.shape[-1])
        for name, value in x.items() if name in ("z", "nu", "family", "key")
    }  # fmt: skip


def shells(one: Problem, fits: Mapping[str, Mapping[Rival, Mapping[str, Floats]]], seed: int) -> dict[Rival, Shell]:
    """Draws of both forecasts of every row, without its group."""
    found: dict[Rival, Shell] = {}
    rng = np.random.default_rng(seed)
    rivals: tuple[Rival, Rival] = ("mechanism", "pooled")
    for rival in rivals:
        eta = np.empty((FORECAST, one.table.size))
        scores = np.empty((FORECAST, one.table.size, len(one.names)))
        for g, name in enumerate(one.table.names):
            rows, x = np.flatnonzero(one.table.people == g), fits[name][rival]
            taken = rng.choice(len(x["z"]), FORECAST)
            if rival == "mechanism":
                noise = rng.standard_normal((FORECAST, one.table.size)) * one.emulator.rest
                every = np.asarray(emulator.features(x["z"][taken][:, : len(one.fitted)])) @ one.emulator.weights.T
                every = every + x["nu"][taken] @ one.emulator.factors.T + noise
            else:
                by_key = one.centre[one.family] + WIDE * x["family"][taken][:, one.family]
                every = (by_key + APART * x["key"][taken])[:, one.key]
            eta[:, rows], scores[:, rows] = every[:, rows], x["z"][taken][:, None]
        found[rival] = Shell(eta, scores)
    return found


def group_scores(one: Problem, draws: Floats) -> Floats:
    """CRPS of each row in smallest changes that matter."""
    return np.asarray(crps(draws, one.table.published) / np.array([least_change(line) for line in one.table.lines]))


def weighed(one: Problem, drawn: Mapping[Rival, Shell], seed: int, told: Told) -> dict[str, Any]:
    """λ of each family, and of each family without each of its groups."""
    t = one.table
    every = []
    for k, weight in enumerate(GRID, start=1):
        made = printed(t, one.priors, drawn["mechanism"], drawn["pooled"], weight, seed)
        every.append(group_scores(one, made))
        told("weights tried", k, len(GRID))
    scores, families = np.array(every), np.array([line.family for line in t.lines])
    groups = {name: len(set(t.people[families == name])) for name in dict.fromkeys(families)}
    few = [name for name, count in groups.items() if count < JUDGED_FROM]
    found = {name: _weight(scores, t.people, families == name) for name in groups if name not in few}
    if few:
        found["few"] = _weight(scores, t.people, np.isin(families, few))
    return found | ({} if few else {"few": _weight(scores, t.people, families != "")})


def _weight(scores: Floats, people: Any, chosen: Any) -> dict[str, Any]:
    of_people = sorted(set(people[chosen]))
    by_group = np.array([scores[:, chosen & (people == g)].mean(axis=1) for g in of_people]).T
    return {
        "weight": round(mean_weight(by_group), 3),
        "groups": len(of_people),
        "without": {int(g): round(mean_weight(np.delete(by_group, k, axis=1)), 3) for k, g in enumerate(of_people)}
        if len(of_people) > 1 else {},
    }  # fmt: skip


def row_weights(one: Problem, weights: Mapping[str, Any]) -> Floats:
    """λ of each row, estimated from the other groups of people."""
    found = []
    for line, g in zip(one.table.lines, one.table.people, strict=True):
        of = weights.get(line.family, weights["few"])
        found.append(of["without"].get(int(g), of["weight"]))
    return np.array(found)


def contrast_weight(rows: Sequence[Observed]) -> dict[str, Any]:
    """λ of contrasts within studies: slope through 0 of published on predicted differences, studies equal, in [0, 1].

    In smallest changes that matter, with a prior of N(½, ½²) on the slope and the spread of the differences.
    """
    every = [each for each in contrasts(rows) if each.least is not None]
    people = sorted({each.row.people for each in every})
    if not every:
        return {"weight": 0.5, "groups": 0, "without": {}}
    x = np.array([each.predicted / (each.least or 1.0) for each in every])
    y = np.array([each.published / (each.least or 1.0) for each in every])
    count = {name: sum(each.row.people == name for each in every) for name in people}
    w = np.array([1.0 / count[each.row.people] for each in every])
    spread = float((w * y**2).sum() / w.sum())
    slope = float(((w * x * y).sum() / spread + 0.5 / 0.25) / ((w * x**2).sum() / spread + 1.0 / 0.25))
    return {"weight": round(min(max(slope, 0.0), 1.0), 3), "groups": len(people), "without": {}}


def moments(draws: Floats) -> dict[str, Any]:
    """Mean and covariance of draws, (draws, quantities)."""
    return {"mean": np.round(draws.mean(axis=0), 4).tolist(), "covariance": np.round(np.cov(draws.T), 5).tolist()}


def posterior_document(
    one: Problem,
    fits: Mapping[Rival, Mapping[str, Floats]],
    left: Mapping[str, Mapping[Rival, Mapping[str, Floats]]],
    weights: Mapping[str, Any],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """The posterior file: moments of the draws, weights, and the studies that inform each parameter."""
    z = shared(fits["mechanism"])["z"]
    pooled = shared(fits["pooled"])
    constants = np.concatenate([pooled["family"], pooled["key"], pooled["z"][:, len(one.fitted) :]], axis=1)
    names = [*(f"family:{name}" for name in one.families), *(f"outcome:{name}" for name in one.keys),
             *one.names[len(one.fitted) :]]  # fmt: skip
    return {
        "version": VERSION, "date": date.today().isoformat(), "neodermis": version("neodermis"), **about,
        "mechanism": {"names": list(one.names), **moments(z)},
        "pooled": {"names": names, **moments(constants),
                   "centres": dict(zip(one.families, np.round(one.centre, 4).tolist(), strict=True))},
        "weights": {name: {"weight": each["weight"], "groups": each["groups"]} for name, each in weights.items()},
        "designs": designs(one),
        "informed_by": (informed := dict(informing(one, z, left))),
        "sources": {name: list(dict.fromkeys(load_study(study).source for study in studies))
                    for name, studies in informed.items()},
        "diagnostics": {rival: diagnosed(one, rival, fits[rival]) for rival in ("mechanism", "pooled")},
    }  # fmt: skip


def designs(one: Problem) -> dict[str, dict[str, list[float]]]:
    """Range of needle depth and of the number of sessions of the fitted arms, by family."""
    found: dict[str, list[Design]] = {}
    for line in one.table.lines:
        study = load_study(line.row.study)
        found.setdefault(line.family, []).append(design(study, study.arm(line.row.arm)))
    return {
        family: {
            "depth_mm": [min(d.depth_mm for d in every), max(d.depth_mm for d in every)],
            "sessions": [min(len(d.session_days) for d in every), max(len(d.session_days) for d in every)],
        }
        for family, every in found.items()
    }  # fmt: skip


def informing(
    one: Problem, z: Floats, left: Mapping[str, Mapping[Rival, Mapping[str, Floats]]]
) -> Iterator[tuple[str, list[str]]]:
    """Studies that inform each calibrated parameter: at most three, whose omission changes its mean most.

    A change counts if it exceeds :data:`NOISE` times the change by chance, a robust standard deviation of all changes.
    A parameter without such a study is not called informed.
    """
    studies = {name: sorted({line.row.study for line in one.table.lines if line.row.people == name}) for name in left}
    for k, name in enumerate(one.names):
        if 1.0 - z[:, k].var() < INFORMED:
            continue
        moves = {group: abs(x["mechanism"]["z"][:, k].mean() - z[:, k].mean()) for group, x in left.items()}
        floor = NOISE * 1.4826 * float(np.median([*moves.values()]))
        first = [group for group in sorted(moves, key=lambda group: -moves[group])[:3] if moves[group] > floor]
        if first:
            yield name, [study for group in first for study in studies[group]]


def diagnosed(one: Problem, rival: Rival, x: Mapping[str, Floats]) -> dict[str, Any]:
    """Convergence of the chains: largest R-hat and smallest effective number of draws of the shared unknowns."""
    from numpyro.diagnostics import summary

    names = ("z", "nu") if rival == "mechanism" else ("z", "family", "key")
    found = summary({name: np.asarray(x[name]) for name in names}, prob=0.9)
    return {
        "r_hat": round(max(float(np.max(each["r_hat"])) for each in found.values()), 4),
        "effective_draws": round(min(float(np.min(each["n_eff"])) for each in found.values())),
        "divergences": int(x["diverging"]), "draws": int(np.prod(x["z"].shape[:2])),
        "emulator_error": {
            family: round(float(np.median([
                one.emulator.error[k] / max(one.emulator.spread[k], 1e-9)
                for k, line in enumerate(one.table.lines) if line.family == family
            ])), 3)
            for family in dict.fromkeys(line.family for line in one.table.lines)
        },
    }  # fmt: skip


def chosen_parameters(blocks: Sequence[str] | None) -> tuple[str, ...]:
    """Parameters of some blocks, of all by default; an unknown block is an :class:`InputError`."""
    for name in blocks or ():
        if name not in BLOCKS:
            raise InputError(
                field="blocks", value=name, accepted=", ".join(BLOCKS), whose="the blocks of parameters",
                next_step="name blocks from this list",
            )  # fmt: skip
    return tuple(name for block in (blocks or BLOCKS) for name in BLOCKS[block])


class Prepared(NamedTuple):
    """What a calibration fits, and the work folder with its stored steps."""

    problem: Problem
    rows: list[Observed]
    work: Work
    about: dict[str, Any]


def prepare(
    folder: Path,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    blocks: Sequence[str] | None = None,
    told: Told = lambda *_: None,
) -> Prepared:
    """Solve the studies and make the problem to fit in a work folder, continuing from its stored steps."""
    usable()
    if draws < FEWEST_DRAWS:
        raise InputError(
            field="numerics.draws", value=draws, accepted=f"at least {FEWEST_DRAWS}", whose="the emulator of the fit",
            next_step=f"{DRAWS} is the default",
        )  # fmt: skip
    parameters, studies = load_parameters(calibrated=False), used_studies()
    fitted = chosen_parameters(blocks)
    work = work_in(folder, parameters, studies, draws, seed)
    rows = solved(work, studies, parameters, draws, seed, told)
    one: Problem = work.kept(f"problem-{_short(fitted)}", lambda: problem_of(rows, parameters, fitted, draws, seed))
    about = {
        "prior": {"name": parameters.name, "version": parameters.version, "sha256": parameters.sha256},
        "evidence": {"studies": len(studies), "groups": len(one.table.names), "numbers": one.table.size,
                     "sha256": evidence_hash(studies)},
        "seed": seed,
    }  # fmt: skip
    return Prepared(one, rows, Work(folder=work.folder, key=f"{work.key}-{_short(fitted)}"), about)


def calibrate(
    folder: Path,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    blocks: Sequence[str] | None = None,
    told: Told = lambda *_: None,
) -> Calibrated:
    """Calibrate in a work folder, continuing from its stored steps."""
    one, rows, within, about = prepare(folder, draws=draws, seed=seed, blocks=blocks, told=told)
    fits: dict[Rival, dict[str, Floats]] = {}
    rivals: tuple[Rival, Rival] = ("mechanism", "pooled")
    for k, rival in enumerate(rivals, start=1):
        fit = partial(model.sampled, one, rival, seed=seed, draws=KEPT, chains=CHAINS, warmup=600)
        fits[rival] = within.kept(f"fit-{rival}", fit)
        told("fits", k, len(rivals))
    left = left_out_fits(within, one, seed, told)
    drawn = shells(one, left, seed)
    weights = weighed(one, drawn, seed, told)
    weights["contrasts"] = contrast_weight(rows)
    document = posterior_document(one, fits, left, weights, about)
    return Calibrated(document, one, drawn, weights, rows)


def _short(names: Sequence[str]) -> str:
    return hashlib.sha256("|".join(names).encode()).hexdigest()[:6]


def write(document: Mapping[str, Any], path: Path) -> None:
    """Write a posterior as JSON, with one list of numbers per line."""
    text = json.dumps(document, indent=1)
    path.write_text(_compact(text) + "\n", "utf-8")


def _compact(text: str) -> str:
    """Lists of numbers on one line."""
    import re

    return re.sub(r"\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
