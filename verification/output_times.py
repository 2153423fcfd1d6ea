"""Output times: results do not depend on the requested days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from docs.pages import paragraph, table
from tests.helpers import assemble

from neodermis.simulation.course import output_days
from neodermis.skin.outcomes import READ
from verification.people import cases
from verification.section import Results, Say, Section, Verdict, number
from verification.stepping import TOLERANCE, outcomes_on

#: Accepted difference with other output days: rounding.
DAYS_BOUND: Final = 1e-12
#: Accepted difference with a later horizon: twice what a run is accurate to (both runs may be off).
HORIZON_BOUND: Final = 2.0 * TOLERANCE


def measure(quick: bool, say: Say) -> dict[str, Any]:
    """Largest difference of each outcome, relative to its largest change or a hundredth of its baseline."""
    every = cases(2 if quick else 10, seed=5)
    found: dict[str, dict[str, float]] = {name: {"days": 0.0, "horizon": 0.0, "first": 0.0} for name in READ}
    for k, case in enumerate(every):
        say(f"{k + 1} of {len(every)}")
        plan, member = case.plan, case.member()
        rng = np.random.default_rng(k)
        few = np.unique([0.0, *plan.session_days, *rng.uniform(0.0, case.until, 9).round(3), case.until])
        many = np.unique([*few, *rng.uniform(0.0, case.until, 400)])
        longer = output_days(plan.session_days, case.until + 300.0)
        longer = np.unique([*longer, *few])
        runs = {"days": (member, many), "horizon": (member, longer), "first": (assemble(member, member), few)}
        asked, _ = outcomes_on(member, plan.session_days, few)
        for other, (members, days) in runs.items():
            there, _ = outcomes_on(members, plan.session_days, days)
            for name, rows in found.items():
                here = asked[name][0]
                scale = max(np.abs(here - here[0]).max(), 0.01 * abs(here[0]))
                apart = np.abs(there[name][0, np.searchsorted(days, few)] - here).max() / scale
                rows[other] = max(rows[other], float(apart))
    return {"people": len(every), "outcomes": found}


def verdicts(found: Results) -> list[Verdict]:
    rows = found["outcomes"]
    return [
        Verdict(what, f"<= {bound:g} of its largest change", number(top), top <= bound)
        for what, part, bound in (
            ("every outcome, other output days", "days", DAYS_BOUND),
            ("every outcome, with another member in the batch", "first", DAYS_BOUND),
            ("every outcome, a horizon 300 days later", "horizon", HORIZON_BOUND),
        )
        for top in [max(row[part] for row in rows.values())]
    ]


def lines(found: Results) -> Iterator[str]:
    yield paragraph(f"""{found["people"]} random people and protocols, each solved on a dozen days, on these and 400
        more, to a horizon 300 days later, and together with another member of the same batch. The steps depend on the
        sessions and the horizon only, so other output days change only rounding. A later horizon shifts the last steps
        before the earlier one and may require another halving. Its bound is twice the stated accuracy, because each of
        the two runs may differ from the exact solution by that accuracy.""")
    yield ""
    yield from table(
        ("outcome", "other output days", "another member", "later horizon"),
        (
            (f"`{name}`", number(row["days"]), number(row["first"]), number(row["horizon"]))
            for name, row in found["outcomes"].items()
        ),
    )


SECTION = Section(
    "output_times",
    "Output times",
    "The values on a day do not depend on the other requested days or on the horizon of the course.",
    measure,
    verdicts,
    lines,
)
