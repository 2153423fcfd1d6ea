"""Validation of the search for plans, and of the rules of a recommendation, on consultations of a clinic.

``python -m validation.planning [--only consultations members search time]`` plans every consultation of
:mod:`validation.consultations`, compares the recommended plan with other plans in members that no planning used;
compares
the search with NSGA-II and with random plans; and measures the time of a planning.  It writes
``docs/validation/planning.md`` with its figure and ``validation/planning.json``; parts that are not run keep their
recorded numbers.  NSGA-II is that of pymoo, which is no dependency: without it that part is not run.  Everything takes
about half an hour on two cores.  ``--page-only`` writes the page and the figure from the recorded numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from docs.pages import put, put_results, rounded

from neodermis.planning.plan import SCORED, Plan, plan
from neodermis.planning.prospects import falls_short
from neodermis.planning.search import UPPER, Evaluator, Scored, search, upper_share
from neodermis.planning.space import Choices, Setting
from validation.consultations import CASES, Case, case
from validation.planning_bench import (
    APART,
    MEMBERS,
    MULTIPLE,
    RANDOM,
    RUNS,
    Bench,
    Beside,
    Gap,
    at_the_top,
    beside,
    every_setting,
    number_of_settings,
    other,
    random_setting,
    rising,
    sentence_of,
    split_raw,
    splitting,
)
from validation.planning_page import PAGE, PICTURE, draw, missed, page

Numbers = np.ndarray[Any, np.dtype[np.float64]]
HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "planning.json"

#: Draws and people in which plans are compared: each draw in some of the people.
COMPARED: Final = (200, 64, 2)
#: Plans that are scored with one set of models, whose solved courses take memory.
BATCH: Final = 40
#: Seeds of a planning.
SEEDS: Final = (0, 1)
#: The consultation and device of which all plans are scored, and the consultation with several sites.
ONE_SITE: Final = ("smoker", "dermapen_4")
SEVERAL: Final = "three"
#: Times that a planning of three sites may take of a simulation of three sites.
MOST_TIMES: Final = 25
SIMULATED: Final = (
    "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes; perioral 0.75 mm, 4 passes; forehead 0.5 mm, 4 passes"
)
PARTS: Final = ("consultations", "members", "search", "time")


def made() -> dict[str, Any]:
    """When and with what a part was made."""
    return {"date": date.today().isoformat(), "neodermis": version("neodermis")}


# ------------------------------------------------------------------------------------------- each consultation


def consultations(names: Sequence[str]) -> dict[str, Any]:
    """Every consultation: what is planned, and whether the rules hold."""
    began = time.perf_counter()
    found = {}
    for each in CASES:
        if each.name in names:
            print(f"{each.name}: {each.words}", flush=True)
            found[each.name] = consultation(each)
    return made() | {"members": COMPARED[0] * COMPARED[2], "seconds": time.perf_counter() - began, "cases": found}


def consultation(each: Case) -> dict[str, Any]:
    """One consultation."""
    plans = [plan(each.consultation, seed=seed) for seed in SEEDS]
    first = plans[0]
    found: dict[str, Any] = {
        "words": each.words,
        "verdict": first.verdict.sentence(),
        "refusal": first.refusal,
        "not_planned": [one.why for one in first.prescription.not_planned] if first.prescription else [],
        "conflicts": [one._asdict() if hasattr(one, "_asdict") else vars(one) for one in first.conflicts],
        "search": dict(first.search),
        "optimism": first.optimism,
        "recommended": [None if one.recommended is None else one.recommended.sentence for one in plans],
    }
    if first.adapted is None:
        return found
    bench = Bench.of(first)
    found["settings"] = sum(map(number_of_settings, bench.choices.values()))
    again = bench.evaluator()
    result = search(again, list(bench.starts()))
    found["left_off"] = left_off(again, result.front)
    for setting in bench.random(RANDOM, 0):
        again.score(setting)
    found["guards"] = {"rising": rising(again)._asdict(), "splitting": splitting(again)._asdict()}
    found["split_raw"] = split_raw(again)
    if first.recommended is None:
        return found
    chosen = first.recommended
    assert chosen.setting is not None
    found["labels"] = {label: one.sentence for one in first.alternatives for label in one.labels}
    found["at_the_top"] = [
        one.sentence for one in (chosen, *first.alternatives)
        if one.setting is not None and at_the_top(bench.choices[one.setting.device], one.setting)
    ]  # fmt: skip
    found["marginal"] = [one.mean for one in chosen.marginal]
    return found | compared(bench, plans)


def left_off(of: Evaluator, front: Sequence[Scored]) -> dict[str, Any]:
    """Scored plans that some plan of the front does not beat, and whose neighbours were not tried."""
    from neodermis.planning.search import _beats

    on = {one.setting for one in front}
    missing = [
        one.setting for one in of.known.values()
        if one.setting not in on and not any(_beats(kept, one) for kept in front)
    ]  # fmt: skip
    missing.sort(key=lambda one: -of.score(one).benefit)
    feasible = [one for one in of.known.values() if not one.breaches]
    return {
        "plans": len(of.known), "left_off": len(missing),
        "examples": [sentence_of(of, one) for one in missing[:2]],
        "best": max((one.benefit for one in feasible), default=None),
        "best_on_it": max((one.benefit for one in front if not one.breaches), default=None),
    }  # fmt: skip


def compared(bench: Bench, plans: Sequence[Plan]) -> dict[str, Any]:
    """The recommended plan beside others, in members that no planning used."""
    first = plans[0]
    assert first.recommended is not None and first.recommended.setting is not None
    base_setting = first.recommended.setting
    near = [one for one in bench.choices[base_setting.device].neighbours(base_setting)]
    seeds = [one.recommended.setting for one in plans if one.recommended is not None and one.recommended.setting]
    drawn = bench.random(RANDOM, 0)
    scores: dict[Setting, Scored] = {}
    labelled = first.compared_with["labelled"]
    for setting, one in scored(bench, [base_setting, *seeds, *near, *drawn]):
        scores[setting] = one
    evaluator = bench.evaluator(size=COMPARED, seed=APART, final=True)
    base = evaluator.score(base_setting)
    intensive = next(one.setting for one in first.alternatives if "intensive" in one.labels)
    assert intensive is not None
    reach = evaluator.expected(evaluator.score(intensive))

    def held(setting: Setting, one: Scored) -> Beside:
        protocols = [bench.choices[setting.device].protocol(setting), first.recommended.protocol]  # type: ignore[union-attr]
        return beside(evaluator, bench.sentence(setting), one, base, protocols, reach)

    random = [held(one, scores[one]) for one in drawn if one != base_setting]
    neighbours = [held(one, scores[one]) for one in near]
    best = max((one for one in scores.values() if not one.breaches), key=lambda one: one.benefit, default=base)
    lighter = [
        setting for setting in drawn
        if not scores[setting].breaches and scores[setting].lightness[:5] < base.lightness[:5]
        and not Gap.of(best.utility - scores[setting].utility, evaluator.panel).apart
        and not falls_short(evaluator.expected(scores[setting]), evaluator.expected(best))
    ]  # fmt: skip
    found: dict[str, Any] = {
        "base_breaches": [one._asdict() for one in base.breaches],
        "pih": float(base.score.pih.mean()),
        "benefit": float(base.score.benefit.mean()),
        "random": {
            "plans": len(random),
            "feasible": sum(one.feasible for one in random),
            "told_better": sum(one.feasible and one.gap.low > 0 for one in random),
            "largest": max((one.gap.mean for one in random if one.feasible), default=None),
            "largest_constant": max((one.constant.mean for one in random if one.feasible), default=None),
            "broken": broken(random),
            "lighter_than_best": [bench.sentence(one) for one in lighter],
            "gaps": [" ".join(f"{each:.4g}" for each in one.gap) for one in
                     sorted(random, key=lambda one: one.gap.mean) if one.feasible],
        },
        "neighbours": {
            "plans": len(neighbours),
            "feasible": sum(one.feasible for one in neighbours),
            "told_better": [[one.sentence, *one.gap] for one in neighbours if one.feasible and one.gap.low > 0],
            "broken": broken(neighbours),
        },
        "seeds": [*Gap.of(scores[seeds[-1]].utility - base.utility, evaluator.panel)],
    }  # fmt: skip
    if labelled is not None:
        one = beside(
            evaluator, labelled.sentence, other(evaluator, labelled.protocol), base,
            [labelled.protocol, first.recommended.protocol], reach,
        )  # fmt: skip
        found["labelled"] = {
            "sentence": one.sentence, "breaches": one.breaches, "gap": [*one.gap], "mechanism": [*one.mechanism],
            "constant": [*one.constant], "broken": list(one.broken()),
        }  # fmt: skip
    return found


def scored(bench: Bench, settings: Sequence[Setting]) -> Iterator[tuple[Setting, Scored]]:
    """Plans in members that no planning used; a few at a time, since solved courses take memory."""
    ordered = sorted(dict.fromkeys(settings), key=lambda one: (one.device, one.sites, one.ramp, one.interval))
    for k in range(0, len(ordered), BATCH):
        evaluator = bench.evaluator(size=COMPARED, seed=APART, final=True)
        for setting in ordered[k : k + BATCH]:
            yield setting, evaluator.score(setting)


def broken(plans: Sequence[Beside]) -> dict[str, Any]:
    """Broken rules with the plans that break them: how many, and some."""
    count = Counter(rule for one in plans for rule in one.broken())
    return {
        rule: {
            "count": number,
            "plans": [[one.sentence, *one.gap] for one in plans if rule in one.broken()][:5],
        }
        for rule, number in count.items()
    }


# ---------------------------------------------------------------------------------------------- other members


def other_members() -> dict[str, Any]:
    """What is told of the recommended and the most intensive plan in members of several seeds."""
    began = time.perf_counter()
    found: dict[str, Any] = {}
    for each in CASES:
        one = plan(each.consultation)
        if one.recommended is None or one.recommended.setting is None:
            continue
        print(f"{each.name} in other members", flush=True)
        bench, base = Bench.of(one), one.recommended.setting
        heavy = next(other.setting for other in one.alternatives if "intensive" in other.labels)
        assert heavy is not None
        rows = []
        for seed in MEMBERS:
            evaluator = bench.evaluator(size=SCORED, seed=seed, final=True)
            light, best = evaluator.score(base), evaluator.score(heavy)
            gap = Gap.of(best.utility - light.utility, evaluator.panel)
            rows.append({
                "gap": [*gap], "apart": gap.apart,
                "plans": [
                    {
                        "scarred": float(scored_one.score.scarred.mean()),
                        "scar_bound": upper_share(scored_one.score.scarred),
                        "pih_bound": float(np.quantile(evaluator.panel.by_draw(scored_one.score.pih), UPPER)),
                        "breaches": [limit.limit for limit in scored_one.breaches],
                    }
                    for scored_one in (light, best)
                ],
            })  # fmt: skip
        found[each.name] = {"plans": [bench.sentence(base), bench.sentence(heavy)], "members": rows}
    return made() | {"size": SCORED[0] * SCORED[2], "seconds": time.perf_counter() - began, "cases": found}


# -------------------------------------------------------------------------------------------------- the search


@dataclass(kw_only=True)
class View:
    """Scores that are known already, so that the time of a search alone can be measured."""

    inner: Evaluator
    known: dict[Setting, Scored] = field(default_factory=dict)

    @property
    def choices(self) -> Mapping[str, Choices]:
        return self.inner.choices

    def score(self, setting: Setting) -> Scored:
        return self.known.setdefault(setting, self.inner.score(setting))


Search = Callable[[Any, Bench, int, int], None]


def by_search(of: Any, bench: Bench, most: int, seed: int) -> None:
    """The search of ``plan``; it ends by itself."""
    search(of, list(bench.starts()))


def by_chance(of: Any, bench: Bench, most: int, seed: int) -> None:
    """Random plans."""
    rng, devices = np.random.default_rng([seed, 7]), list(bench.choices.values())
    for _ in range(100 * most):
        if len(of.known) >= most:
            return
        of.score(random_setting(devices[rng.integers(len(devices))], rng))


def by_nsga2(of: Any, bench: Bench, most: int, seed: int) -> None:
    """NSGA-II on whole numbers: device, count, interval, ramp, depth and passes of each site."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.sampling.rnd import IntegerRandomSampling

    devices = list(bench.choices.values())
    sites = list(devices[0].depths)

    def most_of(lengths: Sequence[int]) -> int:
        return max(lengths) - 1

    upper = [len(devices) - 1, most_of([len(one.counts) for one in devices]),
             most_of([len(one.intervals) for one in devices]), 1]  # fmt: skip
    for site in sites:
        upper += [most_of([len(one.depths[site]) for one in devices]),
                  most_of([len(one.passes[site]) for one in devices])]  # fmt: skip

    def setting(code: Sequence[int]) -> Setting:
        one = devices[code[0]]

        def at(values: Sequence[Any], place: int) -> int:
            return min(int(place), len(values) - 1)

        chosen = [
            (site, at(one.depths[site], code[4 + 2 * k]), at(one.passes[site], code[5 + 2 * k]))
            for k, site in enumerate(sites)
        ]
        return one.sized(
            one.counts[at(one.counts, code[1])], one.intervals[at(one.intervals, code[2])], bool(code[3]), chosen
        )

    class Plans(Problem):  # type: ignore[misc]  # pymoo has no types
        def __init__(self) -> None:
            super().__init__(n_var=len(upper), n_obj=3, n_ieq_constr=1, xl=np.zeros(len(upper)), xu=np.array(upper),
                             vtype=int)  # fmt: skip

        def _evaluate(self, x: Any, out: Any, *args: Any, **more: Any) -> None:
            found = []
            for code in np.atleast_2d(x).astype(int):
                if len(of.known) >= most:
                    raise EnoughError
                found.append(of.score(setting(code)))
            out["F"] = np.array([objectives(one) for one in found])
            out["G"] = np.array([[one.breach] for one in found])

    algorithm = NSGA2(
        pop_size=12 if most < 200 else 24, sampling=IntegerRandomSampling(), eliminate_duplicates=True,
        crossover=SBX(prob=0.9, eta=3, vtype=float, repair=RoundingRepair()),
        mutation=PM(eta=3, vtype=float, repair=RoundingRepair()),
    )  # fmt: skip
    algorithm.setup(Plans(), termination=("n_gen", 200), seed=seed, verbose=False)
    try:
        while algorithm.has_next():
            algorithm.next()
    except EnoughError:
        return


class EnoughError(Exception):
    """All plans that may be scored are."""


SEARCHES: Final[Mapping[str, Search]] = {"search": by_search, "NSGA-II": by_nsga2, "random": by_chance}


def objectives(one: Scored) -> tuple[float, float, float]:
    """What is made small: benefit with the other sign, risk, burden."""
    return (-one.benefit, one.risk, one.burden)


def searches() -> dict[str, Any]:
    """The search beside NSGA-II and random plans, on one site and on several."""
    import pymoo

    began = time.perf_counter()
    name, device = ONE_SITE
    single = Bench.of(plan(case(name).consultation)).only(device)
    every = single.evaluator()
    for setting in every_setting(single.choices[device]):
        every.score(setting)
    found = {"one": rivals(single, every, every.known.values())}
    several = Bench.of(plan(case(SEVERAL).consultation))
    found["several"] = rivals(several, several.evaluator(), ())
    return made() | {"pymoo": pymoo.__version__, "seconds": time.perf_counter() - began, "spaces": found}


def rivals(bench: Bench, known: Evaluator, every: Any) -> dict[str, Any]:
    """Hypervolume of each search for the same number of scored plans, and what each takes."""
    from pymoo.indicators.hv import HV

    runs: dict[str, list[list[Scored]]] = {}
    cold = {}
    own = bench.again(known.models)
    by_search(own, bench, 0, 0)
    budget = len(own.known)
    for name, made_by in SEARCHES.items():
        new = bench.evaluator()
        began = time.perf_counter()
        made_by(new, bench, budget, 0)
        seconds = time.perf_counter() - began
        cold[name] = {"plans": len(new.known), "seconds": seconds,
                      "solver": sum(model.courses.seconds for model in new.models.values())}  # fmt: skip
        runs[name] = []
        for seed in range(1 if name == "search" else RUNS):
            of = bench.again(known.models)
            made_by(of, bench, MULTIPLE * budget, seed)
            runs[name].append(list(of.known.values()))
            print(f"  {name}, seed {seed}: {len(of.known)} plans", flush=True)
    for name, made_by in SEARCHES.items():
        view = View(inner=bench.again(known.models))
        for one in (one for each in runs[name] for one in each):
            view.inner.score(one.setting)
        began = time.perf_counter()
        made_by(view, bench, budget, 0)
        cold[name]["own_per_1000"] = 1000 * (time.perf_counter() - began) / len(view.known)
    whole = list(every) or [one for each in runs.values() for run in each for one in run]
    best = max((one for one in whole if not one.breaches), key=lambda one: one.benefit)
    values = np.array([objectives(one) for one in whole if not one.breaches])
    low, reach = values.min(axis=0), np.ptp(values, axis=0)
    reach = np.where(reach > 0, reach, 1.0)
    volume = HV(ref_point=np.full(3, 1.1))

    def covered(plans: Sequence[Scored]) -> float:
        front = np.array([objectives(one) for one in plans if not one.breaches]).reshape(-1, 3)
        return float(volume((front - low) / reach)) if len(front) else 0.0

    top = covered(whole)
    ours = covered(runs["search"][0]) / top
    steps = sorted({max(round(share * budget), 1) for share in (0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, MULTIPLE)})
    told = {}
    for name, each in runs.items():
        at = [step for step in steps if name != "search" or step <= budget]
        curves = [[covered(run[:step]) / top for step in at] for run in each]
        told[name] = cold[name] | {
            "hypervolume": [covered(run[:budget]) / top for run in each],
            "reached": [next((step for step in range(1, len(run) + 1) if covered(run[:step]) / top >= ours), None)
                        for run in each],
            "best_benefit": [max((one.benefit for one in run[:budget] if not one.breaches), default=None)
                             for run in each],
            "curve": {"plans": at, "share": np.mean(curves, axis=0).tolist()},
        }  # fmt: skip
    return {
        "space": sum(map(number_of_settings, bench.choices.values())),
        "exhaustive": bool(every),
        "feasible": len(values),
        "budget": budget,
        "best": best.benefit,
        "best_plan": bench.sentence(best.setting),
        "searches": told,
    }


# ---------------------------------------------------------------------------------------------------- the time


def times() -> dict[str, Any]:
    """A planning of three sites beside simulations of three sites, each a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "three.toml"
        file.write_text(case(SEVERAL).text, encoding="utf-8")
        clock(["simulate", SIMULATED])  # whatever is made once for a computer is made
        simulated = [clock(["simulate", SIMULATED]) for _ in range(12)]
        planned = [clock(["plan", str(file)])]
        simulated += [clock(["simulate", SIMULATED]) for _ in range(13)]
        planned.append(clock(["plan", str(file)]))
        helped = [clock(["--help"]) for _ in range(5)]
    walls, processor = ([each[k] for each in simulated] for k in (0, 1))
    middle = statistics.median(walls)
    return made() | {
        "plan": [each[0] for each in planned], "simulate": middle, "simulate_least": min(walls),
        "simulate_most": max(walls), "help": statistics.median(each[0] for each in helped),
        "times": max(each[0] for each in planned) / middle, "limit": MOST_TIMES, "cores": os.cpu_count(),
        "processor": {
            "plan": max(each[1] for each in planned), "simulate": statistics.median(processor),
            "times": max(each[1] for each in planned) / statistics.median(processor),
        },
    }  # fmt: skip


def clock(words: Sequence[str]) -> tuple[float, float]:
    """Seconds that a command takes, start-up included: by the clock, and of the processor."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "neodermis", *words], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, used


# ------------------------------------------------------------------------------------------------------- verbs


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m validation.planning", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to run (default all)")
    parser.add_argument("--page-only", action="store_true", help="write the page from the recorded numbers")
    parser.add_argument("--case", nargs="+", choices=[one.name for one in CASES], help="consultations to run again")
    given = parser.parse_args(words)
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    if not given.page_only:
        if "consultations" in given.only:
            new = consultations(given.case or [one.name for one in CASES])
            before = found.get("consultations", {}).get("cases", {}) if given.case else {}
            known = before | new["cases"]
            new["cases"] = {one.name: known[one.name] for one in CASES if one.name in known}
            found["consultations"] = new
        if "members" in given.only:
            found["members"] = other_members()
        if "search" in given.only:
            if find_spec("pymoo") is None:
                print("pymoo is not installed: the comparison of searches keeps its recorded numbers")
            else:
                found["search"] = searches()
        if "time" in given.only:
            found["time"] = times()
        found = rounded({name: found[name] for name in PARTS if name in found})
        put_results(RESULTS, found)
    put(PAGE, page(found))
    draw(found, PICTURE)
    print(f"{len(list(missed(found)))} missed; {RESULTS.name}, {PAGE.name}, {PICTURE.name}")


if __name__ == "__main__":
    main()
