"""Claims on the healing cascade."""

from __future__ import annotations

from typing import Final

import numpy as np

from neodermis.inference.claims.ledger import Answer, Claim, Picture, Point, answers
from neodermis.inference.claims.runs import FOUR, LOOK, ONE, at, change, course, matters, published, source, states
from neodermis.session import Interval
from neodermis.wording import with_interval

UNTIL: Final = 400.0
#: Studies of thick scars, and of stretch marks.
THICK: Final = ("skinstylus-2020", "iranjd-burn", "svenning-2019", "postburn-triamcinolone")
STRIAE: Final = ("salve-2021", "mohamed-ali-2017", "striae-nafl-2019", "schwarz-2011")
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
    site = course(ONE)
    tropo = change(site, "tropoelastin", 30.0)
    elastin = change(course(FOUR), "elastin", LOOK)
    made = Interval.of(
        100.0 * (at(course(FOUR), "collagen_papillary", LOOK) / course(FOUR).values["collagen_papillary"][:, 0] - 1.0)
    )
    grown = states(ONE)
    vessels = 100.0 * (float(np.interp(10.0, grown.days, grown.layer_mean("vessel", "dermis"))) - 1.0)
    return [
        Point(
            words="fibroblasts make collagen",
            answer=Answer(
                words=f"papillary collagen {with_interval(made, unit='%', signed=True)} two months after four sessions",
                command=f'neodermis simulate "{FOUR}"',
                effect=made,
                unit="%",
                matters=matters("collagen_papillary", site),
                picture=Picture.course(
                    course(FOUR).time_day,
                    course(FOUR).values["collagen_papillary"],
                    course(FOUR).untreated["collagen_papillary"],
                    "papillary collagen, µg/mm²",
                ),
            ),
            published=published(
                "collagen_1", "collagen_3", "collagen_papillary", "collagen_total", direction="increase"
            ),
        ),
        Point(
            words="fibroblasts make tropoelastin",
            answer=Answer(
                words=f"tropoelastin {with_interval(tropo, unit='%', signed=True)} on day 30",
                command=WATCH,
                effect=tropo,
                unit="%",
                matters=10.0,
            ),
            published=published("tropoelastin", direction="increase"),
        ),
        Point(
            words="elastin rises",
            answer=Answer(
                words=f"elastin {with_interval(elastin, unit='%', signed=True)} two months after four sessions",
                command=f'neodermis simulate "{FOUR}" --json',
                effect=elastin,
                unit="%",
                matters=10.0,
                picture=Picture.course(
                    course(FOUR).time_day,
                    course(FOUR).values["elastin"],
                    course(FOUR).untreated["elastin"],
                    "elastin over young skin",
                ),
            ),
            published=published("elastin", direction="increase"),
            note="documents promise new elastin; stained sections show less of it, or no change",
        ),
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
    site = course(FOUR)
    bound = change(site, "stiffness", 365.0)
    seen = states(FOUR, until=UNTIL)
    aligned = seen.layer_mean("alignment", "papillary")
    after = seen.days > 90.0
    top, end = float(aligned[after].max()), float(aligned[-1])
    return [
        Point(
            words="fibres mature and strengthen: cross-linked collagen rises over months",
            answer=Answer(
                words=f"cross-linked collagen {with_interval(bound, unit='%', signed=True)} a year on",
                command=f'neodermis simulate "{FOUR}" --json',
                effect=bound,
                unit="%",
                matters=matters("stiffness", site),
                picture=Picture.course(
                    site.time_day,
                    site.values["stiffness"],
                    site.untreated["stiffness"],
                    "cross-linked collagen over its start",
                ),
            ),
            published=(source("excision-reexcision", "B", "for", "cross-links of scars six months after excision"),),
            note="most new collagen is labile and goes again; the published cross-links are of excised wounds",
        ),
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


@answers("HEAL-05")
def _turnover(_: Claim) -> list[Point]:
    site = course(ONE)
    thick, melanin = change(site, "epidermal_thickness", 7.0), change(site, "melanin", 30.0)
    bright = change(site, "radiance", 14.0)
    return [
        Point(
            words="the epidermis thickens and renews faster within a week",
            answer=Answer(
                words=f"epidermis {with_interval(thick, unit='%', signed=True)} on day 7",
                command=f'neodermis simulate "{ONE}"',
                effect=thick,
                unit="%",
                matters=matters("epidermal_thickness", site),
                picture=Picture.course(
                    site.time_day,
                    site.values["epidermal_thickness"],
                    site.untreated["epidermal_thickness"],
                    "epidermis, µm",
                    until=60,
                ),
            ),
            published=published("epidermal_thickness", direction="increase"),
            note="studies look weeks to a year later, when the model's epidermis is thin again",
        ),
        Point(
            words="pigment is shed with it",
            answer=Answer(
                words=f"melanin {with_interval(melanin, unit='%', signed=True)} on day 30",
                command=f'neodermis simulate "{ONE}" --json',
                effect=melanin,
                unit="%",
                towards="lower",
                matters=matters("melanin", site),
            ),
            published=published("melanin_index", direction="decrease", but=("xu-2017-txa",)),
        ),
        Point(
            words="fresher skin appears",
            answer=Answer(
                words=f"radiance {with_interval(bright, unit='%', signed=True)} on day 14; direction only",
                command=f'neodermis simulate "{ONE}" --json',
                effect=bright,
                direction_only=True,
                unit="%",
                matters=matters("radiance", site),
            ),
            published=published("radiance", direction="increase"),
        ),
    ]


@answers("HEAL-06")
def _scars(_: Claim) -> list[Point]:
    scar = {"acne_scar": "goodman_baron:3"}
    site = course(FOUR, concerns=scar)
    grade = change(site, "scar_severity", LOOK)
    thick = course(FOUR, concerns={"burn_scar": "vss:7"})
    burn = change(thick, "vss", LOOK)
    flags = " --concern acne_scar=goodman_baron:3"
    return [
        Point(
            words="atrophic scars fill: their grade falls over sessions",
            answer=Answer(
                words=f"severity {with_interval(grade, unit='%', signed=True)} two months after four sessions",
                command=f'neodermis simulate "{FOUR}"{flags}',
                effect=grade,
                unit="%",
                towards="lower",
                matters=matters("scar_severity", site),
                picture=Picture.course(
                    site.time_day,
                    site.values["goodman_baron_grade"],
                    site.untreated["goodman_baron_grade"],
                    "Goodman-Baron grade",
                ),
            ),
            published=published(
                "scar_severity",
                "goodman_baron_grade",
                "goodman_baron_score",
                "ecca_score",
                direction="decrease",
                but=(*THICK, *STRIAE),
            ),
        ),
        Point(
            words="thick scars are broken down",
            answer=Answer(
                words=f"scale {with_interval(burn, unit='%', signed=True)} two months after four sessions",
                command=f'neodermis simulate "{FOUR}" --concern burn_scar=vss:7',
                effect=burn,
                unit="%",
                towards="lower",
                matters=matters("vss", thick),
                picture=Picture.course(
                    thick.time_day, thick.values["vss"], thick.untreated["vss"], "Vancouver Scar Scale"
                ),
            ),
            published=published("vss", "scar_severity", direction="decrease", only=THICK),
        ),
    ]
