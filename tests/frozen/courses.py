"""Twenty courses whose numbers are kept: a change of the code's structure must not move them.

``courses.json`` beside this file holds, of each course, outcomes on a few days (central, draws, people, untreated),
sessions, phases and failures.  A change of a *meaning* or of a parameter moves them, and says so: the file is then made
again with ``python -m tests.frozen`` and the reason stands in the message of that change.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

import neodermis as nd
from neodermis.evidence import load_parameters
from neodermis.simulation.course import Course

FILE: Final = Path(__file__).with_name("courses.json")
#: Share of the largest number of a row by which it may differ.  The machine code is built for the processor that it
#: runs on, and one with other vector instructions rounds in another order: without any of them
#: (``python -m tests.frozen --plain``) no row differs by more than 5e-15 from the same with all of them.
TOLERANCE: Final = 1e-12
#: Days on which outcomes are kept, and the last one.
DAYS: Final = (0.0, 14.0, 75.0)
#: Draws and people that are kept of a course.
ROWS: Final = 2

PEN: Final = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
ACTIVES: Final = (
    "l_ascorbic_acid 15 %; home retinol 0.3 %, stop 3 days before, resume 3 days after; home sunscreen daily"
)
FEW: Final = {"draws": 2, "until": 120}

#: Name → verb's arguments: the protocol (or the study and its arm) and the options.
COURSES: Final[Mapping[str, tuple[tuple[str, ...], Mapping[str, Any]]]] = {
    "one_session": (("1 session: exceed; cheek 1.5 mm, 6 passes",), {"draws": 2}),
    "central": ((PEN,), {"draws": 1, "until": 90}),
    "long": (("4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes",), {"draws": 2, "until": 1500}),
    "roller": (("3 sessions every 6 weeks: roller_mf8; cheek 1.5 mm, 8 passes",), FEW),
    "stamp": (("1 session: stamp 40 x 0.25 mm; periorbital 0.5 mm, 3 passes",), {"draws": 2, "until": 60}),
    "two_sites": (("2 sessions every 28 days: pen 12 x 0.25 mm; cheek 1 mm, 4 passes; neck 0.5 mm, 2 passes",), FEW),
    "face": (("2 sessions every 30 days: exceed; face 0.5 mm, 4 passes",), FEW | {"people": 2}),
    "sham": (("1 session: exceed; cheek 0 mm, 0 passes",), {"draws": 2, "until": 60}),
    "beyond_limits": (
        ("1 session: dermapen_4; periorbital 2 mm, 6 passes",),
        {"draws": 2, "until": 60, "beyond_limits": True},
    ),
    "smoker": (
        (PEN,),
        FEW
        | {
            "age": 62,
            "phototype": 2,
            "exposures": {"smoking": "20/day; 0 from day 10", "sun": "high", "sunscreen": "daily from day 0"},
        },
    ),
    "old_man": ((PEN,), FEW | {"age": 75, "sex": "male", "exposures": {"alcohol": "14/week"}}),
    "menopause": ((PEN,), FEW | {"age": 53, "exposures": {"menopause": "49"}, "concerns": {"wrinkle": "0.6"}}),
    "acne_scar": ((PEN,), FEW | {"age": 28, "phototype": 5, "concerns": {"acne_scar": "goodman_baron:3"}}),
    "striae": (
        ("3 sessions every 28 days: dermapen_4; abdomen 2 mm, 6 passes",),
        FEW | {"age": 33, "concerns": {"striae": "0.5"}},
    ),
    "retinol": ((f"{PEN}; {ACTIVES}",), FEW | {"exposures": {"sun": "high"}}),
    "panthenol": (
        ("1 session: exceed; cheek 1 mm, 6 passes; dexpanthenol 5 % after 2 hours",),
        {"draws": 2, "until": 60},
    ),
    "set": ((PEN,), FEW | {"set": {"labile_share": 0.4}}),
    "outcomes_only": ((PEN,), {"draws": 1, "people": 64, "until": 60, "outcomes_only": True, "seed": 3}),
    "failures": ((PEN,), {"draws": 1, "people": 60, "until": 60, "set": {"labile_share": 0.05}}),
    "arm": (("el-domyati-2015-ageing",), {"draws": 2, "seed": 1}),
    "arm_with_active": (("gul-vitc-melasma", "needling_vitamin_c"), {"draws": 2}),
}
#: A few that touch most of it, for the quick round.
QUICK: Final = ("central", "face", "smoker", "retinol")


def run(name: str, **others: Any) -> Course:
    """One of the courses, with other keywords beside its own."""
    (first, *more), options = COURSES[name]
    options = {**options, **others}
    verb: Callable[..., Course] = nd.simulate_arm if name.startswith("arm") else nd.simulate
    if name == "failures":  # of so fast a labile pool, some people's skin cannot rest
        shipped = load_parameters()
        short = shipped["mature_renewal_time"]
        short = replace(short, value=9.0, variability=short.uncertainty)
        options = {**options, "parameters": replace(shipped, parameters={**shipped.parameters, short.name: short})}
    return verb(first, *more, **options)


def numbers(course: Course) -> dict[str, list[float]]:
    """The numbers that are kept, rows by name."""
    found: dict[str, list[float]] = {"failed": [float(course.failed)]}
    for name, site in course.sites.items():
        days = [*(day for day in DAYS if day < site.time_day[-1]), float(site.time_day[-1])]
        parts = {"central": site.central, "draws": site.values, "untreated": site.untreated, "people": site.people}
        for part, values in parts.items():
            for outcome, rows in values.items():
                kept = np.atleast_2d(rows)[: 1 if part == "untreated" else ROWS]
                if len(kept):
                    row = [np.interp(days, site.time_day, one) for one in kept]
                    found[f"{name}/{part}/{outcome}"] = np.concatenate(row).tolist()
        for outcome, band in site.people_band.items():
            found[f"{name}/band/{outcome}"] = [float(edge[-1]) for edge in band]
        for number, session in enumerate(site.sessions):
            about = {
                "channels": session.channels_per_cm2, "reached": session.reached_depth_mm, "pain": session.pain_vas,
                "minutes": session.minutes, "redness": session.erythema_hours, "downtime": session.downtime_days,
                "papillary": session.papillary_injury, **session.closure_hours,
            }  # fmt: skip
            found |= {f"{name}/session {number}/{key}": [*map(float, value)] for key, value in about.items()}
            found[f"{name}/session {number}/injured"] = [float(value) for value in session.injured_fraction[::8]]
        found[f"{name}/phases"] = [float(day) for phase in site.phases for day in phase[1:]]
        found[f"{name}/scarred"] = [float(site.scarring_risk), float(site.people_scarred.sum())]
    found["observed"] = [
        float(value)
        for row in course.observed
        for value in (*(row.course or ()), *(row.printed or ()), *((row.share,) if row.share is not None else ()))
    ]
    return found


def farthest(found: Mapping[str, list[float]], kept: Mapping[str, list[float]]) -> tuple[float, str]:
    """The largest difference of all rows, as a share of the largest number of its row, and which row it is."""
    assert found.keys() == kept.keys(), sorted(found.keys() ^ kept.keys())
    worst = (0.0, "")
    for name, row in kept.items():
        here, there = np.array(found[name]), np.array(row)
        assert here.shape == there.shape and np.isfinite(here).all(), name
        top = float(np.abs(there).max(initial=0.0))
        apart = float(np.abs(here - there).max(initial=0.0))
        worst = max(worst, (apart / top if top else apart, name))
    return worst


def kept() -> dict[str, dict[str, Any]]:
    """The file: courses by name, and what they were made on."""
    document: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
    return document
