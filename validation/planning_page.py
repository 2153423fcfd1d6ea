"""The page and the figure of :mod:`validation.planning`, from its recorded numbers: what is missed comes first."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from docs.pages import paragraph, point, table

from neodermis.planning.search import SAME
from validation.planning_bench import MEMBERS, MULTIPLE, RANDOM, RUNS

PAGE: Final = Path(__file__).parent.parent / "docs" / "validation" / "planning.md"
PICTURE: Final = PAGE.with_suffix(".png")

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
            "No plan within the limits differs from the recommended one by more than 1, so this "
            "check is weak."
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
        "the best scored plan; a plan that falls a quarter or more short of the best one, where that one is expected "
        "to reach a change that matters, is left out. *As light* differs in downtime or benefit only."
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
        timed, processor = found["time"], found["time"].get("processor")
        yield "## Time"
        yield ""
        yield paragraph(
            f"{stamp(timed)} On {timed['cores']} cores, each command in a separate process, including start-up: "
            f"`neodermis plan` of the consultation with three sites takes {timed['plan'][0]:.0f} and "
            f"{timed['plan'][1]:.0f} s; `neodermis simulate` of three sites {timed['simulate']:.1f} s (median of 25, "
            f"{timed['simulate_least']:.1f} to {timed['simulate_most']:.1f}); `neodermis --help` {timed['help']:.2f} "
            f"s. The planning takes {timed['times']:.1f} times as long as the simulation; the limit is "
            f"{timed['limit']}."
            + (
                f" In processor time, {processor['plan']:.0f} s against {processor['simulate']:.1f} s: "
                f"{processor['times']:.1f} times."
                if processor
                else ""
            )
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
