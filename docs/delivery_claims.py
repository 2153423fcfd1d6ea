"""What the field says of delivery and of actives, each statement answered by a run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import numpy as np

import neodermis
from docs.pages import table
from docs.people import SUN, command, half_day, heading, interval, said, told
from neodermis.delivery import Delivery
from neodermis.report.common import spread
from neodermis.session import Interval
from neodermis.treatment import load_actives

ONE: Final = "1 session: exceed; cheek 1.0 mm, 6 passes"
FOUR: Final = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
#: A regimen around the sessions, as clinics print its gaps.
HOME: Final = "home tretinoin 0.05 % daily, stop 5 days before, resume 7 days after; home sunscreen daily"
HOURS: Final = (0, 2, 6, 24, 48)
MOLECULES: Final = (
    "glycolic_acid", "niacinamide", "l_ascorbic_acid", "tranexamic_acid", "caffeine", "ghk_cu", "egf",
    "hyaluronic_acid_small", "hyaluronic_acid", "exosomes",
)  # fmt: skip
#: Actives that the statement names, or that stand for what it names.
NAMED: Final = {
    "hyaluronic acid": "hyaluronic_acid",
    "peptides": "ghk_cu",
    "antioxidants, vitamin C": "l_ascorbic_acid",
    "growth factors": "egf",
    "platelet-rich plasma": "prp",
}
#: Days to the end of a course with a regimen.
LONG: Final = 1550


def few(value: float) -> str:
    """Two figures; below a hundred thousandth nothing."""
    return "0" if abs(value) < 1e-5 else f"{value:.2g}" if abs(value) < 9.95 else f"{value:.0f}"


def shown(found: Interval, scale: float = 1.0) -> str:
    low, middle, high = (few(scale * value) for value in (found.lower90, found.median, found.upper90))
    return middle if low == high else f"{middle} ({low} to {high})"


@cache
def given(active: str, hours: float = 0.0, sentence: str = ONE) -> Delivery:
    done = neodermis.deliver(active, sentence, after=hours)
    return done.sites["cheek"][0]


@cache
def course(sentence: str, **options: Any) -> Any:
    person = {"exposures": dict(options.pop("exposures", ()))}
    return neodermis.simulate(sentence, until=LONG, **person, **options).sites["cheek"]


def statements() -> Iterator[str]:
    yield from ("", "## Statements of the field", "")
    yield (
        "Each answered by a run. "
        "Woman of 45, phototype 3, cheek; medians with 90 % intervals over 100 draws of what is not known, seed 0. A "
        "delivery is 2 mg/cm² of the usual product for six hours."
    )
    for part in (abs_01, abs_02, abs_07, out_07):
        yield from part()


def abs_01() -> Iterator[str]:
    yield from heading(
        "ABS-01", "microchannels let serums, vitamins, antioxidants and growth factors go deeper and work harder"
    )
    yield from command(
        f'neodermis deliver l_ascorbic_acid --percent 15 --compare 0,2,6,24,48 "{ONE}" --plot delivery.png',
        f'neodermis deliver niacinamide --compare caffeine,ghk_cu,egf,hyaluronic_acid "{ONE}"',
    )
    small = [given(active) for active in MOLECULES]
    yield from table(
        ("active", "g/mol", "in living skin or through, µg/cm²", "without channels", "times", "nine tenths above, mm"),
        (
            (
                one.dose.active.label, f"{one.dose.active.molar_mass:.6g}", shown(one.amount_ug_cm2),
                shown(one.intact_ug_cm2), "above 1 kDa" if one.enhancement is None else shown(one.enhancement),
                "" if one.reached_mm is None else shown(one.reached_mm),
            )
            for one in small
        ),
    )  # fmt: skip
    yield ""
    later = [given("l_ascorbic_acid", float(hours)) for hours in HOURS]
    yield from table(
        ("L-ascorbic acid 15 %, hours after the session", "conduction left, %", "times as through intact skin"),
        (
            (f"{hours}", spread(Interval(*(100.0 * share for share in one.conducting))), spread(one.enhancement))
            for hours, one in zip(HOURS, later, strict=True)
            if one.enhancement is not None
        ),
    )
    yield ""
    more = [one.dose.active.label for one in small if one.enhancement is not None and one.enhancement.lower90 > 1.25]
    late = next((hours for hours, one in zip(HOURS, later, strict=True) if one.enhancement.median < 1.1), None)  # type: ignore[union-attr]  # a small one
    sized = [
        one.label
        for one in load_actives().values()
        if one.kind == "molecule" and any(e.through and e.sized for e in one.effects)
    ]
    verdict = "partly" if more else "not supported"
    yield said(
        verdict,
        f"more gets in, surely for {', '.join(more) or 'none'}; the help is gone when it is put on "
        f"{late} h after the session or later. That it then works harder is not shown: of what is delivered only "
        f"{', '.join(sized)} have an effect of a sourced size, and none of those sizes comes from channels. No "
        "closure and no delivery through the channels of a pen has been measured, and needling devices are not "
        "labelled for it.",
    )


def abs_02() -> Iterator[str]:
    yield from heading(
        "ABS-02", "hyaluronic acid, peptides, antioxidants, vitamin C, growth factors and PRP boost healing"
    )
    plain = course(FOUR)
    year = plain.last_session_day + 365.0
    yield from command(*(f'neodermis simulate "{FOUR}" --compare "{FOUR}; {name}"' for name in ("prp", "ghk_cu")))
    moved, lines = {}, []
    for words, name in NAMED.items():
        with_ = course(f"{FOUR}; {name}")
        both = sorted(set(plain.draw_numbers) & set(with_.draw_numbers))
        rows = [dict(zip(one.draw_numbers, one.values["collagen_papillary"], strict=True)) for one in (plain, with_)]
        added = np.array(
            [
                np.interp(year, with_.time_day, rows[1][k]) / np.interp(year, plain.time_day, rows[0][k]) - 1.0
                for k in both
            ]
        )
        moved[words] = interval(added)
        active = load_actives()[name]
        grades = "; ".join(f"{effect.on}: {effect.grade}" for effect in active.effects)
        lines.append((words, f"`{name}`", shown(moved[words], 100.0) + " %", grades))
    yield from table(("named", "active", "adds to papillary collagen after a year", "evidence"), lines)
    yield ""
    yes = [words for words, found in moved.items() if found.lower90 > 0.0]
    none = [words for words, found in moved.items() if found.median == 0.0]
    verdict = "partly" if yes else "no evidence" if len(none) == len(moved) else "not supported"
    yield said(
        verdict,
        f"healing is changed by {', '.join(yes) or 'nothing'}; {', '.join(none)} change no collagen here, since no "
        "rate under them was measured. Of platelet-rich plasma the content is measured and that it fills the channels "
        "is assumed; scars are graded 0.32 better than after needling alone in a pooled analysis, and no different "
        "from saline in a controlled trial, so a size is not settled. Hyaluronic acid acts on the surface's water.",
    )


def abs_07() -> Iterator[str]:
    yield from heading("ABS-07", "a personalised skincare regimen around treatments sustains results")
    yield from command(f'neodermis simulate "{FOUR}" --exposure sun=high --compare "{FOUR}; {HOME}" --until {LONG}')
    people: dict[str, dict[str, str]] = {"two exposures to the sun a week": SUN, "no sun": {}}
    gained, lines = {}, []
    for words, exposures in people.items():
        found = neodermis.compare_protocols(FOUR, f"{FOUR}; {HOME}", exposures=exposures, until=LONG)
        base, with_ = found.base.sites["cheek"], found.changes[0].course.sites["cheek"]
        days = [found.kept(change, "cheek", "collagen_papillary") for change in (None, found.changes[0])]
        gained[words] = days[1].median - days[0].median
        own = [interval(half_day(site)) for site in (base, with_)]
        end = LONG - base.last_session_day
        lines.append((words, *(told(each, end) for each in (*days, *own))))
    yield from table(
        ("in whom", "days to half of the gain without", "with tretinoin and sunscreen at home",
         "over untreated skin of the same habits, without", "with"),
        lines,
    )  # fmt: skip
    yield ""
    yes = [words for words, more in gained.items() if more > 1.0]
    verdict = "partly" if yes else "not supported"
    yield said(
        verdict,
        f"papillary collagen stays up longer with it in {', '.join(yes) or 'nobody'}; it acts on what sun has done, "
        "and where there is none it changes nothing. It lifts skin that is not needled as well: over untreated skin "
        "with the same regimen the gain of the sessions lasts as long without it. The gaps around the sessions are "
        "those that clinics print (2 to 14 days before, 2 to 10 after), on no trial; no trial has compared a home "
        "regimen with none after needling.",
    )


def out_07() -> Iterator[str]:
    yield from heading("OUT-07", "hydration improves, barrier strengthens")
    yield from command(f'neodermis simulate "{FOUR}; home moisturiser daily" --json')
    plain, moist = course(FOUR), course(f"{FOUR}; home moisturiser daily")
    days = (1.0, 2.0, 3.0, 7.0, 120.0)

    def over(site: Any, name: str, day: float) -> Interval:
        rows = site.values[name]
        return interval(np.array([np.interp(day, site.time_day, row) / row[0] - 1.0 for row in rows]))

    yield from table(
        ("change from before treatment, %", *(f"day {day:g}" for day in days)),
        (
            (f"{label}{words}", *(shown(over(site, name, day), 100.0) for day in days))
            for label, name in (("water loss", "tewl"), ("held water", "hydration"))
            for words, site in (("", plain), (", with a moisturiser", moist))
        ),
    )
    yield ""
    worse = over(plain, "tewl", 1.0).lower90 > 0.0
    lasting = over(plain, "hydration", 120.0).lower90 > 1e-3 or over(plain, "tewl", 120.0).upper90 < -1e-3
    helped = over(moist, "hydration", 120.0).lower90 > 0.0
    verdict = "supported" if lasting else "partly" if helped else "not supported"
    yield said(
        verdict,
        f"{'for days water loss rises and less water is held' if worse else 'water loss does not rise'}; needling "
        f"itself leaves {'a' if lasting else 'no'} lasting change"
        f"{'; under a moisturiser more water is held while it is used' if helped else ''}. Published: water loss 3.3 "
        "and 2.2 units lower a month after four sessions with platelet-rich plasma or tranexamic acid, 18 % lower "
        "three months after needling with heat, no difference between needled and sham sides in a controlled trial; "
        "which this model does not make, since nothing says by what.",
    )
