"""Claims on the healing cascade."""

from __future__ import annotations

from typing import Final

import numpy as np

from neodermis.claims.ledger import Answer, Claim, Picture, Point, answers
from neodermis.claims.runs import FOUR, ONE, course, source, states
from neodermis.session import Interval

UNTIL: Final = 400.0
WATCH: Final = f'neodermis simulate "{ONE}" --states --plot cascade.png'


def _peak(name: str) -> tuple[float, float]:
    """Day of the peak of a state in the papillary dermis after one session, and its size over the end."""
    seen = states(ONE, until=UNTIL)
    values = seen.layer_mean(name, "papillary")
    top = int(np.abs(values - values[-1]).argmax())
    return float(seen.days[top]), float(values[top] - values[-1])


def _course_of(name: str, label: str) -> Picture:
    seen = states(ONE, until=UNTIL)
    shown = seen.days <= 60.0
    values = seen.layer_mean(name, "papillary")[shown]
    return Picture(x=seen.days[shown], median=values, low=values, high=values, y_label=label)


@answers("HEAL-01")
def _inflammation(_: Claim) -> list[Point]:
    names = ("platelet", "neutrophil", "macrophage_inflammatory", "macrophage_repair", "damage")
    days = {name: _peak(name) for name in names}
    told = ", ".join(f"{name.replace('_', ' ')} day {day:.2g}" for name, (day, _size) in days.items())
    platelets, neutrophils, macrophages, repair, _damage = (day for day, _size in days.values())
    return [
        Point(
            words="platelets, then neutrophils, then macrophages come in the first days",
            answer=Answer(
                words=f"peaks: {told}",
                command=WATCH,
                checks={
                    "platelet factors on the first day": platelets < 1.0,
                    "neutrophils within three days": 0.2 < neutrophils < 3.0,
                    "inflammatory macrophages after neutrophils": macrophages > neutrophils,
                    "repair macrophages last": repair > macrophages,
                },
                picture=_course_of("macrophage_inflammatory", "inflammatory macrophages per mm³"),
            ),
            published=(
                source("skibidy-curves", "D", "for", "time courses in mouse wounds of 4 to 6 mm"),
                source("schwarz-2011", "D", "for", "a maker's account of phases"),
            ),
            note="the order is built in; its times rest on wounds of mice, not on needled people",
        )
    ]


@answers("HEAL-02")
def _proliferation(_: Claim) -> list[Point]:
    grown = states(ONE)
    vessels = 100.0 * (float(np.interp(10.0, grown.days, grown.layer_mean("capillary_density", "dermis"))) - 1.0)
    return [
        Point(
            words="new vessels form",
            answer=Answer(
                words=f"capillary density {vessels:+.0f} % on day 10 of the central course",
                command=WATCH,
                checks={"capillaries at least a tenth denser on day 10": vessels >= 10.0},
            ),
            published=(source("dipietro-2013", "B", "for", "capillaries of healing wounds three times those of skin"),),
            note="blood flow months later is not modelled: it was measured below its start (-26 % face, -42 % neck) "
            "three months after four sessions",
        ),
    ]


@answers("HEAL-03")
def _remodelling(_: Claim) -> list[Point]:
    seen = states(FOUR, until=UNTIL)
    aligned = seen.layer_mean("alignment", "papillary")
    after = seen.days > 90.0
    top, end = float(aligned[after].max()), float(aligned[-1])
    return [
        Point(
            words="bundles reorganise over weeks",
            answer=Answer(
                words=f"parallel alignment falls from {top:.2g} after the sessions to {end:.2g}",
                command=WATCH,
                checks={"alignment is lost again": end < 0.5 * top or top < 1e-3},
            ),
            note="no time course of alignment after needling was found",
        ),
    ]


@answers("HEAL-04")
def _phases(_: Claim) -> list[Point]:
    phases = {phase.name: phase for phase in course(ONE).phases}
    told = "; ".join(
        f"{p.name} day {p.start_day:.2g} to {p.end_day:.3g}, peak {p.peak_day:.2g}" for p in phases.values()
    )
    first, second = phases["inflammation"], phases["proliferation"]
    starts = Interval(*(first.start_day * 24.0,) * 3)
    return [
        Point(
            words="healing starts almost at once",
            answer=Answer(
                words=told,
                command=f'neodermis simulate "{ONE}" --json',
                effect=starts,
                unit="hours",
                towards="within",
                expected=(0.0, 24.0),
            ),
            published=(
                source("stumpp-2009", "B", "for", "half of laser lesions under 0.5 mm covered after 10 to 22 h"),
            ),
        ),
        Point(
            words="fibroblasts act over days and weeks",
            answer=Answer(
                words=told,
                command=f'neodermis simulate "{ONE}" --json',
                effect=Interval(second.peak_day, second.peak_day, second.peak_day),
                unit="days",
                towards="within",
                expected=(2.0, 42.0),
                picture=_course_of("activated", "activated fibroblasts per mm³"),
            ),
            published=(
                source("orringer-2005", "B", "for", "procollagen message +47 and +84 % a week after laser"),
                source("haukipuro-1991", "B", "for", "procollagen of wound fluid rises from day 2 on"),
            ),
        ),
    ]
