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
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from docs.pages import paragraph, point, put, put_results, rounded, table

from neodermis.planning.panel import FRESH
from neodermis.planning.plan import SCORED, Plan, plan
from neodermis.planning.search import SAME, UPPER, Evaluator, Scored, search, upper_share
from neodermis.planning.space import Choices, Setting
from validation.consultations import CASES, Case, case
from validation.planning_bench import (
    APART,
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

Numbers = np.ndarray[Any, np.dtype[np.float64]]
HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "planning.json"
PAGE: Final = HERE.parent / "docs" / "validation" / "planning.md"
PICTURE: Final = PAGE.with_suffix(".png")

#: Draws and people in which plans are compared: each draw in some of the people.
COMPARED: Final = (200, 64, 2)
#: Random plans that each recommended plan is compared with.
RANDOM: Final = 200
#: Plans that are scored with one set of models, whose solved courses take memory.
BATCH: Final = 40
#: Seeds of the members in which the recommended and the most intensive plan are scored again.
MEMBERS: Final = tuple(FRESH + k for k in (0, 2, 3, 4, 5, 6))
#: Seeds of a planning.
SEEDS: Final = (0, 1)
#: The consultation and device of which all plans are scored, and the consultation with several sites.
ONE_SITE: Final = ("smoker", "dermapen_4")
SEVERAL: Final = "three"
#: Runs of NSGA-II and of random plans, and plans of each as a multiple of those of the search.
RUNS: Final = 5
MULTIPLE: Final = 4
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

    def held(setting: Setting, one: Scored) -> Beside:
        protocols = [bench.choices[setting.device].protocol(setting), first.recommended.protocol]  # type: ignore[union-attr]
        return beside(evaluator, bench.sentence(setting), one, base, protocols)

    random = [held(one, scores[one]) for one in drawn if one != base_setting]
    neighbours = [held(one, scores[one]) for one in near]
    best = max((one for one in scores.values() if not one.breaches), key=lambda one: one.benefit, default=base)
    lighter = [
        setting for setting in drawn
        if not scores[setting].breaches and scores[setting].lightness[:5] < base.lightness[:5]
        and not Gap.of(best.utility - scores[setting].utility, evaluator.panel).apart
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
            [labelled.protocol, first.recommended.protocol],
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
    middle = statistics.median(simulated)
    return made() | {
        "plan": planned, "simulate": middle, "simulate_least": min(simulated), "simulate_most": max(simulated),
        "help": statistics.median(helped), "times": max(planned) / middle, "limit": MOST_TIMES,
        "cores": os.cpu_count(),
    }  # fmt: skip


def clock(words: Sequence[str]) -> float:
    """Seconds that a command takes, start-up included."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "neodermis", *words], check=True, capture_output=True)
    return time.perf_counter() - began


# ---------------------------------------------------------------------------------------------------- the page


def missed(found: Mapping[str, Any]) -> Iterator[str]:
    """Failed checks, one sentence each."""
    cases = found["consultations"]["cases"]
    for name, one in cases.items():
        if one["recommended"][0] != one["recommended"][-1]:
            seeds = one.get("seeds")
            gap = "" if seeds is None else f", with a difference in expected benefit of {gap_text(seeds)}"
            yield f"`{name}`: seeds 0 and 1 lead to different plans{gap}."
        for what, rule in (
            ("rising", "a session is credited with more than the one before it"),
            ("splitting", "more sessions with the same passes are credited with over a tenth more"),
        ):
            guard = one.get("guards", {}).get(what)
            if guard and guard["broken"]:
                loss = (f", in {guard['after_loss']} of them after a session that is credited with a loss, and with "
                        "no gain itself" if guard["after_loss"] else "")  # fmt: skip
                yield (f"`{name}`: {rule} in {guard['broken']} of {guard['checked']} comparisons{loss} "
                       f"({'; '.join(guard['examples'][:2])}).")  # fmt: skip
        if one.get("left_off", {}).get("left_off"):
            off = one["left_off"]
            yield (f"`{name}`: {off['left_off']} of {off['plans']} scored plans belong on the trade-off and are not on "
                   f"it, among them {off['examples'][0]}; the largest benefit on it is {number(off['best_on_it'])}, "
                   f"of all scored plans {number(off['best'])}.")  # fmt: skip
        if one.get("at_the_top"):
            plans = "; ".join(dict.fromkeys(one["at_the_top"]))
            yield (f"`{name}`: a plan that is shown has the greatest depth, passes and number of sessions that may be "
                   f"chosen ({plans}).")  # fmt: skip
        if one.get("base_breaches"):
            limits = ", ".join(
                f"{each['limit'].replace('_', ' ')} {each['needed']:.3g} instead of {each['given']:.3g}"
                for each in one["base_breaches"]
            )
            yield f"`{name}`: the recommended plan breaks a limit in members of another seed ({limits})."
        marginal = one.get("marginal", [])
        if any(after > before + 1e-9 for before, after in pairwise(marginal)):
            yield f"`{name}`: the gain that is shown for each session rises."
        for where in ("random", "neighbours"):
            for rule, each in one.get(where, {}).get("broken", {}).items():
                plans = "; ".join(f"{sentence}: {gap_text(gap)}" for sentence, *gap in each["plans"][:2])
                yield (f"`{name}`, {'random plans' if where == 'random' else 'plans one setting away'}: "
                       f"{each['count']} {rule} ({plans}).")  # fmt: skip
        if one.get("random", {}).get("lighter_than_best"):
            plans = one["random"]["lighter_than_best"]
            yield (f"`{name}`: {len(plans)} random plans are lighter than the recommended one and cannot be told apart "
                   f"from the best ({plans[0]}).")  # fmt: skip
        if one.get("labelled", {}).get("broken"):
            yield f"`{name}`: the labelled course is {', '.join(one['labelled']['broken'])}."
    for name, one in found.get("members", {}).get("cases", {}).items():
        rows = one["members"]
        if 0 < (count := sum(row["apart"] for row in rows)) < len(rows):
            yield (f"`{name}`: in {count} of {len(rows)} sets of members the most intensive plan is better than the "
                   f"recommended one by more than rule 4 allows, by {spread(row['gap'][0] for row in rows)}: the "
                   "recommendation depends on chance.")  # fmt: skip
        for k, which in enumerate(("recommended", "most intensive")):
            some = [row["plans"][k] for row in rows]
            if 0 < (count := sum(bool(each["breaches"]) for each in some)) < len(some):
                limits = ", ".join(sorted({each.replace("_", " ") for one_of in some for each in one_of["breaches"]}))
                yield (f"`{name}`: the {which} plan breaks a limit ({limits}) in {count} of {len(some)} sets of "
                       "members.")  # fmt: skip
    for name, space in found.get("search", {}).get("spaces", {}).items():
        searches_of = space["searches"]
        ours = searches_of["search"]["hypervolume"][0]
        words = "one site" if name == "one" else "three sites"
        largest = searches_of["search"]["best_benefit"][0]
        if space["best"] - largest > SAME[0]:
            yield (f"{words}: the largest expected benefit that the search finds is {largest:.3f}; that of "
                   f"{space['best_plan']} is {space['best']:.3f}, within the same limits.")  # fmt: skip
        for rival in ("NSGA-II", "random"):
            mean = statistics.mean(searches_of[rival]["hypervolume"])
            if mean > ours:
                yield (f"{words}: {rival} reaches a hypervolume of {mean:.3f} on average with the same number of "
                       f"plans, the search {ours:.3f}.")  # fmt: skip
    timed = found.get("time")
    if timed and timed["times"] > timed["limit"]:
        yield f"A planning takes {timed['times']:.1f} times as long as a simulation; {timed['limit']} are allowed."


def spread(values: Iterable[float], form: str = ".2f") -> str:
    """Least and greatest of some numbers."""
    every = list(values)
    return f"{min(every):{form}} to {max(every):{form}}"


def gap_text(gap: Sequence[float]) -> str:
    """A difference with its interval."""
    mean, low, high = gap
    return f"{mean:+.2g} ({low:+.2g} to {high:+.2g})"


def stamp(part: Mapping[str, Any]) -> str:
    return f"Computed on {part['date']} with neodermis {part['neodermis']}."


def page(found: Mapping[str, Any]) -> str:
    """The page."""
    return "\n".join(lines(found)) + "\n"


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    part = found["consultations"]
    cases = part["cases"]
    planned = {name: one for name, one in cases.items() if "random" in one}
    guarded = {name: one for name, one in cases.items() if "guards" in one}
    yield "# Validation of planning"
    yield ""
    yield paragraph(
        f"{stamp(part)} `python -m validation.planning` plans the consultations of `validation/consultations.py` and "
        "checks two things. First, the rules of a recommendation must hold in people and parameter draws that no "
        "planning used. Second, the search must find the relevant plans. The page does not show that a plan works; "
        "that depends on the forecast ([scorecard](scorecard.md)). Benefits are in smallest changes that matter, with "
        "90 % credible intervals over the draws."
    )
    yield ""
    yield "## Failed checks"
    yield ""
    every = list(missed(found))
    yield from (point(one) for one in every)
    if not every:
        yield "None."
    yield ""
    yield f"![Random plans and the recommended plan, and hypervolume]({PICTURE.name})"
    yield ""
    yield "## Consultations"
    yield ""
    yield paragraph(
        "*Settings* is the number of plans that may be proposed. *Optimism* is the benefit of the best plan in the "
        "search minus its benefit in new members. *Seeds* states whether seeds 0 and 1 lead to the same recommended "
        "plan."
    )
    yield ""
    yield from table(
        ("", "consultation", "answer", "settings", "plans", "courses", "seconds", "solver", "optimism", "seeds"),
        (
            (f"`{name}`", one["words"], answer(one), one.get("settings", "–"), one["search"]["plans"] or "–",
             one["search"]["courses"] or "–", f"{one['search']['seconds']:.0f}",
             f"{100 * one['search']['solver_share']:.0f} %" if one["search"]["plans"] else "–",
             "–" if one["optimism"] is None else f"{one['optimism']:+.3f}",
             "same" if one["recommended"][0] == one["recommended"][-1] else "different")
            for name, one in cases.items()
        ),
    )  # fmt: skip
    yield ""
    yield "## Comparison of the recommended plan with other plans"
    yield ""
    yield paragraph(
        f"The recommended plan is compared with up to {RANDOM} random plans of all available devices (all plans if "
        "there are fewer), and with the plans that differ in one setting. The comparison uses "
        f"{part['members']} members of another seed, half as many as a planning, which increases the upper bound of "
        "the scarring risk. *Within limits* counts plans that break no limit, using upper bounds for harm. "
        "*Largest difference* is the largest mean difference in expected benefit of a plan "
        "within the limits, and *excludes 0* counts plans whose interval lies above 0. Rule 4 is broken by a plan that "
        "is better by more than 1 with an interval that excludes 0; this is checked for the expected benefit, for the "
        "mechanism alone, and for the mean of other studies alone (*constant*)."
    )
    yield ""
    largest = max(
        (max(each["random"]["largest"] or 0.0, each["random"]["largest_constant"] or 0.0) for each in planned.values()),
        default=0.0,
    )  # fmt: skip
    yield paragraph(
        f"The largest difference of all is {number(largest)}. " + (
            "No plan within the limits differs from the recommended one by more than 1. Rule 4 therefore selects the "
            "lightest plan in each of these consultations, so this check is weak."
            if largest <= 1.0 else "If it exceeds 1, its interval decides."
        )
    )  # fmt: skip
    yield ""
    yield from table(
        ("", "random plans", "within limits", "excludes 0", "largest difference", "largest under the constant",
         "rule 4 broken", "neighbours within limits", "excludes 0 ", "rule 4 broken "),
        (
            (f"`{name}`", one["random"]["plans"], one["random"]["feasible"], one["random"]["told_better"],
             number(one["random"]["largest"]), number(one["random"]["largest_constant"]),
             better(one["random"]["broken"]), f"{one['neighbours']['feasible']} of {one['neighbours']['plans']}",
             len(one["neighbours"]["told_better"]), better(one["neighbours"]["broken"]))
            for name, one in planned.items()
        ),
    )  # fmt: skip
    yield ""
    yield paragraph(
        "Difference between the labelled course of the device and the recommended plan. The labelled course has its "
        "number of sessions and interval, the greatest depth that may be proposed and the usual passes:"
    )
    yield ""
    yield from table(
        ("", "labelled course", "limits broken", "expected benefit", "mechanism", "constant"),
        (
            (f"`{name}`", one["labelled"]["sentence"],
             ", ".join(each.replace("_", " ") for each in one["labelled"]["breaches"]) or "none",
             gap_text(one["labelled"]["gap"]), gap_text(one["labelled"]["mechanism"]),
             gap_text(one["labelled"]["constant"]))
            for name, one in planned.items() if "labelled" in one
        ),
    )  # fmt: skip
    yield ""
    yield paragraph(
        "A lighter plan has fewer sessions, a smaller depth, a lighter first session or fewer passes, in this order. "
        "*Lighter, less harm* exceeds the limits by less than the recommended plan. *Lighter, equivalent* is within "
        "the limits and no worse than rule 4 allows, compared with the recommended plan and, in the next column, with "
        "the best scored plan. *As light* differs in downtime or benefit only."
    )
    yield ""
    yield from table(
        ("", "lighter, less harm", "lighter, equivalent", "lighter, equivalent to the best", "as light"),
        (
            (f"`{name}`", broken_by(one, "lighter with less harm"), broken_by(one, "lighter and not told apart"),
             len(one["random"]["lighter_than_best"]), broken_by(one, "as light, less downtime or better"))
            for name, one in planned.items()
        ),
    )  # fmt: skip
    yield ""
    if "members" in found:
        yield from member_lines(found["members"])
    yield "## Guards"
    yield ""
    yield paragraph(
        "No study shows that a later session adds more than an earlier one, or that splitting the same passes into "
        "more sessions adds much. The benefit credited to a plan is limited accordingly; the simulation alone would "
        f"credit more. The table covers all plans of the search and {RANDOM} random plans. *Runs of three* are plans "
        "that differ only in the number of sessions, by one each. *Ratio* is the largest ratio of the benefit of more "
        "sessions to that of fewer sessions with the same passes. The last columns give the simulated benefit of 16 "
        "passes at the greatest depth in 1, 2 and 4 sessions."
    )
    yield ""
    yield from table(
        ("", "runs of three", "broken", "broken by the simulation", "by at most", "splits", "broken ",
         "broken by the simulation ", "ratio", "1 x 16", "2 x 8", "4 x 4"),
        (
            (f"`{name}`",
             *(one["guards"]["rising"][key] for key in ("checked", "broken", "raw_broken")),
             f"{one['guards']['rising']['raw_most']:.3f}",
             *(one["guards"]["splitting"][key] for key in ("checked", "broken", "raw_broken")),
             f"{one['guards']['splitting']['raw_most']:.2f}" if one["guards"]["splitting"]["raw_most"] else "–",
             *(f"{value:.3f}" for value in one["split_raw"].values()))
            for name, one in guarded.items()
        ),
    )  # fmt: skip
    yield ""
    if "search" in found:
        yield from search_lines(found["search"])
    if "time" in found:
        timed = found["time"]
        yield "## Time"
        yield ""
        yield paragraph(
            f"{stamp(timed)} On {timed['cores']} cores, each command in a separate process, including start-up: "
            f"`neodermis plan` of the consultation with three sites takes {timed['plan'][0]:.0f} and "
            f"{timed['plan'][1]:.0f} s; `neodermis simulate` of three sites {timed['simulate']:.1f} s (median of 25, "
            f"{timed['simulate_least']:.1f} to {timed['simulate_most']:.1f}); `neodermis --help` {timed['help']:.2f} "
            f"s. The planning takes {timed['times']:.1f} times as long as the simulation; the limit is "
            f"{timed['limit']}."
        )
        yield ""
    yield paragraph("All numbers are in `validation/planning.json`.")


def member_lines(part: Mapping[str, Any]) -> Iterator[str]:
    """Results of two plans in several sets of members."""
    yield "## Other sets of members"
    yield ""
    yield paragraph(
        f"{stamp(part)} The reported results of a plan are computed with {part['size']} members. The recommended plan "
        f"(R) and the most intensive plan (I) are scored in {len(MEMBERS)} sets of this size, with the longer time "
        "steps of the search. The first set is that of the planning. Lowest and highest value over the sets:"
    )
    yield ""
    yield from table(
        ("", "benefit of I minus R", "distinguished", "scar of R: share", "upper bound", "scar of I: share",
         "upper bound ", "PIH of R: upper bound", "PIH of I: upper bound"),
        (
            (f"`{name}`", spread(row["gap"][0] for row in one["members"]),
             f"{sum(row['apart'] for row in one['members'])} of {len(one['members'])}",
             *(spread((row["plans"][k][key] for row in one["members"]), ".3f")
               for k, key in ((0, "scarred"), (0, "scar_bound"), (1, "scarred"), (1, "scar_bound"), (0, "pih_bound"),
                              (1, "pih_bound"))))
            for name, one in part["cases"].items()
        ),
    )  # fmt: skip
    yield ""


def search_lines(part: Mapping[str, Any]) -> Iterator[str]:
    """The search compared with other methods."""
    yield "## The search"
    yield ""
    yield paragraph(
        f"{stamp(part)} The search (Pareto local search) is compared with NSGA-II (pymoo {part['pymoo']}, integer "
        "coding, the limits as a constraint) and with random plans. All use the same scores and the same number of "
        "scored plans. The hypervolume of benefit, risk and burden is relative to that of all plans (one site: every "
        "plan of one device is scored) or of all plans found by any method (three sites); mean and range of "
        f"{RUNS} runs. *Largest benefit* is the largest expected benefit found within the limits, and the largest "
        "known; a constant shared by all plans is left out. The search determines when it ends, and its number of "
        "plans is the budget of all methods. *Own time* excludes the scoring. pymoo is not a dependency: if it is not "
        "installed, this part is not run and its numbers are those of the date above."
    )
    yield ""
    rows = []
    for name, space in part["spaces"].items():
        words = "one site" if name == "one" else "three sites"
        for of, one in space["searches"].items():
            values, reached = one["hypervolume"], one["reached"]
            spread = f" ({min(values):.3f} to {max(values):.3f})" if len(values) > 1 else ""
            got = [each for each in reached if each is not None]
            needs = "–" if of == "search" else (
                f"{statistics.median(got):.0f} plans, {len(got)} of {len(reached)} runs" if got else
                f"in no run, of {MULTIPLE * space['budget']} plans"
            )  # fmt: skip
            rows.append((
                words, f"{space['feasible']} of {space['space']}" if space["exhaustive"] else f"{space['space']}", of,
                space["budget"], f"{statistics.mean(values):.3f}{spread}", needs,
                f"{statistics.mean(one['best_benefit']):.3f} of {space['best']:.3f}",
                f"{1000 * one['seconds'] / one['plans']:.1f}", f"{one['own_per_1000']:.2f}",
            ))  # fmt: skip
    yield from table(
        ("", "plans within limits, of all", "search", "plans", "hypervolume", "the search's hypervolume is reached by",
         "largest benefit",
         "s per 1,000 plans", "own s per 1,000"),
        rows,
    )  # fmt: skip
    yield ""


def answer(one: Mapping[str, Any]) -> str:
    """The answer to a consultation, for a table cell."""
    if one["recommended"][0] is not None:
        return str(one["recommended"][0])
    told = [one["refusal"]]
    told += [
        f"{each['limit'].replace('_', ' ')} would have to be {each['needed']:.3g} instead of {each['given']:.3g}"
        for each in one["conflicts"]
    ]
    told += one["not_planned"]
    if not one["conflicts"] and not one["not_planned"]:
        told.append(one["verdict"])
    return "; ".join(each.rstrip(".") for each in told)


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2g}"


def better(rules: Mapping[str, Any]) -> str:
    """How many plans break rule 4: expected benefit, mechanism, constant."""
    return ", ".join(
        str(rules.get(name, {}).get("count", 0))
        for name in ("better", "better under the mechanism", "better under the constant")
    )


def broken_by(one: Mapping[str, Any], rule: str) -> int:
    return int(one["random"]["broken"].get(rule, {}).get("count", 0))


# ----------------------------------------------------------------------------------------------------- the picture


def draw(found: Mapping[str, Any], path: Path) -> None:
    """Random plans and the recommended plan of each consultation, and hypervolume by number of plans."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    cases = {name: one for name, one in found["consultations"]["cases"].items() if "random" in one}
    spaces = found.get("search", {}).get("spaces", {})
    count = len(cases) + len(spaces)
    figure, grid = plt.subplots(2, -(-count // 2), figsize=(12, 7), layout="constrained")
    axes = grid.flat[:count]
    for spare in grid.flat[count:]:
        spare.set_visible(False)
    for axis, (name, one) in zip(axes, cases.items(), strict=False):
        gaps = np.array([[float(each) for each in row.split()] for row in one["random"]["gaps"]])
        if len(gaps):
            rank = np.arange(len(gaps))
            axis.hlines(rank, gaps[:, 1], gaps[:, 2], color="#17406d", lw=0.5, alpha=0.5)
            axis.plot(gaps[:, 0], rank, ".", color="#17406d", ms=3)
        axis.axvline(0, color="#888888", lw=0.8)
        axis.axvline(1, color="#b3261e", lw=0.8, ls="--")
        axis.set_title(name, loc="left")
        axis.set_xlabel("benefit less that of the\nrecommended plan (90 %)")
        axis.set_yticks([])
    axes[0].set_ylabel("random plans within the limits")
    colours = {"search": "#17406d", "NSGA-II": "#1b7a3d", "random": "#b07d12"}
    for axis, (name, space) in zip(axes[len(cases) :], spaces.items(), strict=True):
        for of, one in space["searches"].items():
            axis.plot(one["curve"]["plans"], one["curve"]["share"], "-o", ms=3, color=colours[of], label=of)
        axis.axvline(space["budget"], color="#888888", lw=0.8, ls=":")
        axis.set_title("one site" if name == "one" else "three sites", loc="left")
        axis.set_xlabel("scored plans")
        axis.set_ylabel("hypervolume, share of the largest")
        axis.set_ylim(0, 1.05)
        axis.legend(frameon=False, fontsize=8)
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


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
