"""Claims on the skin itself: collagen and elastin, what speeds their loss, how long a gain lasts, damaged skin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import numpy as np

from neodermis.claims.ledger import Answer, Claim, Evidence, Picture, Point, answers
from neodermis.claims.runs import (
    FOUR,
    ONE,
    course,
    falls_below,
    half_days,
    paired,
    source,
    states,
)
from neodermis.course import SiteCourse, States
from neodermis.people import Decades, skin_by_age
from neodermis.session import Floats, Interval
from neodermis.skin.outcomes import OUTCOMES
from neodermis.wording import with_interval

AGES: Final = (25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 85.0)
#: Ages that a loss with age is read between.
YOUNG, OLD = 25.0, 65.0
#: Last day of the longest course of four monthly sessions, and of one that is followed for four years.
LONG: Final = 3740.0
LAST: Final = 90.0
YEAR: Final = 365.0
MONTH: Final = 365.25 / 12.0
SMOKE: Final = {"smoking": "20/day"}
SUN: Final = {"sun": "high"}
#: Smallest differences that matter: % of what is compared, days and months of a gain (assumed).
PERCENT: Final = 10.0
DAYS: Final = 30.0
MONTHS: Final = 6.0
#: A gain of collagen that matters, as a share.
GAIN: Final = 0.1
#: A time that is shorter by less is not faster.
FASTER: Final = 0.05
IN_SUN: Final = "skin with two exposures to the sun a week since 18"
TWICE: Final = "2 sessions every 365 days: exceed; cheek 1.5 mm, 6 passes"


# ------------------------------------------------------------------------------------------------- shared by claims


def months_kept(site: SiteCourse) -> Floats:
    """Months after the last session until papillary collagen is as low as before treatment; at most the course."""
    days = [falls_below(site.time_day, row, row[0]) for row in site.values["collagen_papillary"]]
    return (np.array(days) - site.last_session_day) / MONTH


def days_above(site: SiteCourse) -> Floats:
    """Days after the last session until the gain over untreated skin no longer matters; at most the course."""
    found = []
    for row in site.gain():
        above = np.flatnonzero(row >= GAIN)
        found.append(max(0.0, site.time_day[above[-1]] - site.last_session_day) if len(above) else 0.0)
    return np.array(found)


def sustained(
    words: str, with_: SiteCourse, without: SiteCourse, whom: str, command: str,
    evidence: tuple[Evidence, ...] = (), note: str = "",
) -> Point:  # fmt: skip
    """The point that collagen stays above where it was before treatment for longer with a habit than without it."""
    kept, plain = paired(with_, without, months_kept)
    effect = Interval.of(_clean(kept - plain))
    return Point(
        words=words,
        answer=Answer(
            words=f"months after the last session until papillary collagen is as low as before, in {whom}: "
            f"{with_interval(Interval.of(plain))} without, {with_interval(Interval.of(kept))} with; gained: "
            f"{with_interval(effect, signed=True)}; counted to ten years",
            command=command,
            effect=effect,
            unit="months",
            matters=MONTHS,
            picture=_beside(with_, without, "values", "Papillary collagen, with and (line) without"),
        ),
        published=evidence,
        note=note,
    )


def _beside(one: SiteCourse, other: SiteCourse, part: str, label: str) -> Picture:
    rows, base = getattr(one, part)["collagen_papillary"], getattr(other, part)["collagen_papillary"]
    return Picture.course(one.time_day, rows, base, f"{label}, {OUTCOMES['collagen_papillary'].unit}")


def _clean(values: Floats) -> Floats:
    return np.where(np.abs(values) < 1e-6, 0.0, values)


# ------------------------------------------------------------------------------------------------------------ by age


@cache
def _decades(sex: str) -> Decades:
    return skin_by_age(AGES, sex=sex, draws=100)


def _of_young(name: str, sex: str, age: float) -> Interval:
    """Change of what skin at rest has from the young age to another, %."""
    one = _decades(sex)
    rows = one.values[name]
    return Interval.of(_clean(100.0 * (rows[one.ages.index(age)] / rows[one.ages.index(YOUNG)] - 1.0)))


def _falls_with_age(name: str, label: str) -> Answer:
    effect = _of_young(name, "female", OLD)
    rows = {f"{age:g}": _of_young(name, "female", age) for age in AGES[1:]}
    return Answer(
        words=f"{label} at {OLD:g} against {YOUNG:g} years: {with_interval(effect, unit='%')} in women, "
        f"{with_interval(_of_young(name, 'male', OLD), unit='%')} in men",
        command="neodermis skin --ages 25,35,45,55,65,75,85",
        effect=effect,
        unit="%",
        towards="lower",
        matters=PERCENT,
        picture=Picture.bars(rows, f"{label}, % from {YOUNG:g} years, women"),
    )


@answers("SKIN-01")
def _collagen(_: Claim) -> list[Point]:
    return [
        Point(
            words="collagen declines with age",
            answer=_falls_with_age("collagen_total", "collagen per skin area"),
            published=(
                source("reilly-2021", "B", "for", "collagen score 73 % at 25-34 and 55 % at 65-74 years, n = 64"),
                source("rong-2008", "B", "for", "total and type III collagen fall with age, n = 56"),
                source("marcos-garces-2014", "C", "for", "area of collagen falls with age in both layers, n = 45"),
                source("affinito-1999", "C", "for", "collagen I with years since menopause: r = -0.76, n = 18"),
                source("branchet-1990", "C", "for", "dermis of the inner arm: 6 % thinner a decade in both sexes"),
                source("meng-2022", "B", "for", "dermis of the cheek thins with age in men: r = -0.33, n = 118"),
                source("thickness-90", "B", "for", "skin of the extremities thins with age, n = 90"),
                source("thickness-90", "B", "against", "skin of forehead and buttock does not thin with age, n = 90"),
                source("collagen-area-71-donors", "B", "against", "area of bundles is the same at all ages, n = 71"),
            ),
            note="In the model thickness falls and density stays; series disagree on both. The rate of the fall rests "
            "on branchet-1990.",
        ),
    ]


@answers("SKIN-02")
def _elastin(_: Claim) -> list[Point]:
    ages = {age: course(ONE, age=age) for age in AGES[::2]}

    def r2(site: SiteCourse) -> Floats:
        return site.untreated["cutometer_r2"][:, 0]

    def change(one: SiteCourse, other: SiteCourse) -> Interval:
        mine, its = paired(one, other, r2)
        return Interval.of(100.0 * (mine / its - 1.0))

    by_age = {f"{age:g}": change(site, ages[YOUNG]) for age, site in ages.items() if age != YOUNG}
    lacking = change(course(ONE, concerns={"laxity": "alexiades:4"}), course(ONE))
    return [
        Point(
            words="elastin declines with age",
            answer=_falls_with_age("elastin", "elastin"),
            published=(
                source("stadler-1989", "C", "for", "review: elastic fibres begin to age at 40 to 50 years"),
                source("elastic-71-donors", "B", "against", "as many fibres at all ages, more area after 60, n = 71"),
            ),
            note="In the model none of it is replaced from the forties on, at the rate at which elastin of the lung is "
            "lost; none was measured in skin. A stain does not tell a fibre that works from one that does not.",
        ),
        Point(
            words="elasticity declines with age",
            answer=Answer(
                words=f"gross elasticity R2 of the cheek at {OLD:g} against {YOUNG:g} years: "
                f"{with_interval(by_age[f'{OLD:g}'], unit='%')}",
                command=f'neodermis simulate "{ONE}" --age {OLD:g} --json',
                effect=by_age[f"{OLD:g}"],
                unit="%",
                towards="lower",
                matters=PERCENT,
                picture=Picture.bars(by_age, f"R2, % from {YOUNG:g} years, women"),
            ),
            published=(
                source("ryu-2008", "B", "for", "R2, R5 and R7 fall with age, that of the face most, n = 96"),
                source("sumino-2004", "B", "for", "0.55 % a year after menopause, forearm, n = 176"),
                source("hojan-face", "C", "for", "falls with age round eyes, cheeks and lips"),
                source("ohshima-2013", "C", "for", "retraction R8 of the cheek with age: r = -0.60, n = 32"),
                source("physioage", "D", "for", "about 1 % a year, page of a seller"),
            ),
            note="The slope of suction with age is set by published falls, so that its size is no test.",
        ),
        Point(
            words="skin that lacks elastin is less elastic",
            answer=Answer(
                words="gross elasticity R2 of the laxest skin, which lacks elastin, against skin of the same age: "
                + with_interval(lacking, unit="%"),
                command=f'neodermis simulate "{ONE}" --concern laxity=alexiades:4 --json',
                effect=lacking,
                unit="%",
                towards="lower",
                matters=PERCENT,
            ),
            note="How much of elasticity is elastin's is assumed. After needling elasticity rose by 28 % with elastin "
            "unchanged (kenkel-2021).",
        ),
    ]


# --------------------------------------------------------------------------------------------------- what speeds it


def _speeds(
    words: str, exposures: Mapping[str, str], other: Mapping[str, str], flags: str, who: str,
    published: tuple[Evidence, ...] = (), note: str = "", slows: bool = False,
) -> Point:  # fmt: skip
    """The point that an exposure from the first day on adds to what untreated skin loses in ten years."""
    with_, without = (course(FOUR, until=LONG, exposures=dict(each)) for each in (exposures, other))

    def lost(site: SiteCourse) -> Floats:
        rows = site.untreated["collagen_papillary"]
        then = np.array([np.interp(10.0 * YEAR, site.time_day, row) for row in rows])
        return 1.0 - then / rows[:, 0]

    mine, its = paired(with_, without, lost)
    effect = Interval.of(_clean(100.0 * (mine / its - 1.0)))
    return Point(
        words=words,
        answer=Answer(
            words=f"papillary collagen that untreated skin loses from 45 to 55, {who}: "
            f"{with_interval(Interval.of(100.0 * its), unit='%')} without, "
            f"{with_interval(Interval.of(100.0 * mine), unit='%')} with: the loss changes by "
            f"{with_interval(effect, unit='%', signed=True)}",
            command=f'neodermis simulate "{FOUR}" {flags} --until {LONG:g}',
            effect=effect,
            unit="%",
            towards="lower" if slows else "higher",
            matters=PERCENT,
            picture=_beside(with_, without, "untreated", "Papillary collagen, with and (line) without"),
        ),
        published=published,
        note=note,
    )


@answers("SKIN-03")
def _speeding(_: Claim) -> list[Point]:
    unsized = {"stress": "high", "pollution": "high", "alcohol": "14/week", "diet": "poor"}
    return [
        _speeds(
            "sun speeds the loss of collagen", {"sun": "high from day 0"}, {},
            "--compare-exposure sun=high", "two exposures to the sun a week",
            (
                source("griffiths-1993", "B", "for", "collagen I formed in photodamaged skin: -56 %, n = 26"),
                source("fisher-1997", "B", "for", "breakdown of collagen after one exposure: +58 %, n = 59"),
                source("schwartz-1993", "C", "for", "collagen of sun-damaged skin: -21 %"),
                source("varani-2001", "C", "for", "procollagen I of photodamaged forearms: -57 %"),
                source("talwar-1995", "C", "for", "precursors in photodamaged forearms: -16 and -40 %"),
                source("fisher-2000", "C", "for", "procollagen falls for a day after ultraviolet light"),
                source("picp-57-adults", "B", "against", "propeptides after some days of light: as before, n = 57"),
            ),
            "How many exposures make how much damage is assumed.",
        ),
        _speeds(
            "smoking speeds the loss of collagen", {"smoking": "20/day from day 0"}, {},
            "--compare-exposure smoking=20/day", "20 cigarettes a day",
            (
                source("knuutinen-2002", "B", "for", "synthesis of collagen I -18 %, of III -22 %, n = 98"),
                source("smokers-twins", "C", "for", "smoking twin: skin a quarter thinner, n = 50, a newspaper"),
                source("smokers-98-men", "B", "against", "skin no thinner, at the cheek thicker, n = 98"),
            ),
            "Wrinkles are 2.9 times as frequent above 19 pack-years (wrinkles-pack-years) and 4.7 times above 50 "
            "(kadunce-1991), which is no measure of collagen.",
        ),
        _speeds(
            "without sunscreen the loss is faster: sunscreen slows it",
            SUN | {"sunscreen": "daily from day 0"}, SUN,
            "--exposure sun=high --compare-exposure sunscreen=daily", f"{IN_SUN}, with daily sunscreen",
            (
                source("hughes-2013", "A", "for", "odds of more skin ageing in 4.5 years: 0.76 (0.59-0.98), n = 903"),
                source("randhawa-2016", "D", "for", "grades 40 to 52 % better in a year, n = 32, paid by the maker"),
            ),
            "Poor skincare is read as none of the care that has a sourced size. The trial read the relief of the hand, "
            "not collagen, and the size of the answer rests on it.",
            slows=True,
        ),
        _speeds(
            "pollution, stress, alcohol and poor diet speed the loss of collagen",
            {name: f"{level} from day 0" for name, level in unsized.items()}, {},
            " ".join(f"--compare-exposure {name}={level}" for name, level in unsized.items()), "all four",
            note="Off, since nobody has measured collagen under them; stress slows the cover of channels alone. "
            "Published are looks: more lines with eight drinks a week in 3,267 women (goodman-2019), less photodamage "
            "with alcohol in 130 twins (alcohol-twins), a wrinkled look with diet in 4,025 (cosgrove-2007), spots with "
            "soot in 400 (vierkoetter-2010).",
        ),
    ]  # fmt: skip


# -------------------------------------------------------------------------------------------------- how long it lasts


def _depends(words: str, one: SiteCourse, other: SiteCourse, labels: tuple[str, str], asked: str, note: str) -> Point:
    """The point that how long a gain lasts differs between two levels of a factor, either way."""
    mine, its = paired(one, other, days_above)
    effect = Interval.of(mine - its)
    halves = [with_interval(Interval.of(half_days(site))) for site in (one, other)]
    rows = {label: Interval.of(days) for label, days in zip(labels, (mine, its), strict=True)}
    return Point(
        words=words,
        answer=Answer(
            words=f"days after the last session with {100 * GAIN:.0f} % more papillary collagen and above, {labels[0]} "
            f"against {labels[1]}: {with_interval(effect, signed=True)}; days to half of the gain "
            f"{halves[0]} and {halves[1]}; counted to four years",
            command=f"neodermis simulate {asked} --until {one.time_day[-1]:g}",
            effect=effect,
            unit="days",
            towards="higher" if effect.median >= 0.0 else "lower",
            matters=DAYS,
            picture=Picture.bars(rows, "days with a gain that matters"),
        ),
        note=note,
    )


@answers("SCH-07")
def _durability(_: Claim) -> list[Point]:
    def run(sessions: int = 4, **person: Any) -> SiteCourse:
        return course(FOUR.replace("4 ", f"{sessions} ", 1), until=30.0 * (sessions - 1) + 1460.0, **person)

    none = "No trial of needling has compared how long results last between such people."
    return [
        _depends(
            "how long it lasts depends on skin type",
            run(phototype=6, exposures=SUN), run(phototype=1, exposures=SUN), ("phototype 6", "phototype 1"),
            f'"{FOUR}" --phototype 6 --exposure sun=high',
            f"{none} In sunlit skin; without sun phototype changes nothing here.",
        ),
        _depends(
            "how long it lasts depends on age", run(age=65), run(age=25), ("65 years", "25 years"),
            f'"{FOUR}" --age 65', none,
        ),
        _depends(
            "how long it lasts depends on lifestyle", run(exposures=SMOKE), run(),
            ("20 cigarettes a day", "none"), f'"{FOUR}" --exposure smoking=20/day', none,
        ),
        _depends(
            "how long it lasts depends on the number of treatments", run(8), run(2), ("8 sessions", "2 sessions"),
            f'"{FOUR.replace("4 ", "8 ", 1)}"',
            "No trial of needling has compared how long results last by the number of sessions. More sessions make the "
            "gain larger, which then stays one that matters for longer.",
        ),
    ]  # fmt: skip


#: What tretinoin does to collagen, in skin that is not needled.
RETINOID: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("griffiths-1993", "B", "for", "collagen I formed in 10-12 months: +80 %, -14 % under vehicle, n = 29"),
    ("tretinoin-11-biopsies", "C", "for", "collagen I 1.25 times after ten months, n = 11"),
    ("tretinoin-band-2005", "C", "for", "papillary band of collagen doubles in six months, n = 34, open"),
    ("shao-2016", "C", "for", "procollagen I 1.8 times after four weeks of retinol"),
    ("kafi-2007", "C", "for", "procollagen I rises in 24 weeks of retinol, n = 4"),
    ("tretinoin-533", "B", "against", "nothing seen in the dermis after 24 weeks of 0.05 % and less, n = 533"),
)
SUNSCREEN: Final = ("hughes-2013", "A", "for", "odds of more skin ageing in 4.5 years: 0.76 (0.59-0.98), n = 903")


@answers("ABS-06")
def _prolonged(_: Claim) -> list[Point]:
    def run(**exposures: str) -> SiteCourse:
        return course(FOUR, until=LONG, exposures=exposures)

    def flags(before: str, change: str) -> str:
        return f'neodermis simulate "{FOUR}" {before}--compare-exposure {change} --until {LONG:g}'

    sunlit = run(sun="high")
    general = (
        "Nobody has compared it with none after needling: the published results are of skin that was not needled. It "
        "lifts such skin as well, so that not all of the months are owed to the sessions."
    )
    rest = {"vitamin_c": "topical from day 0", "diet": "poor; good from day 0", "alcohol": "14/week; 0 from day 0"}
    return [
        sustained(
            "daily sunscreen keeps collagen up longer", run(sun="high", sunscreen="daily from day 0"), sunlit, IN_SUN,
            flags("--exposure sun=high ", "sunscreen=daily"), (source(*SUNSCREEN),), general,
        ),
        sustained(
            "a retinoid keeps collagen up longer", run(sun="high", retinoid="tretinoin from day 0"), sunlit, IN_SUN,
            flags("--exposure sun=high ", "retinoid=tretinoin"), tuple(source(*one) for one in RETINOID),
            f"{general} Skin without photodamage does not answer in this model.",
        ),
        sustained(
            "not smoking keeps collagen up longer", run(smoking="20/day; 0 from day 0"), run(smoking="20/day"),
            "smokers of 20 a day since 18 who stop",
            flags("--exposure smoking=20/day ", "smoking=0"),
            (
                source("knuutinen-2002", "B", "for", "those who do not smoke make 18 % more collagen I, n = 98"),
                source("jorgensen-1998", "B", "for", "those who do not smoke lay down 1.8 times as much, n = 37"),
                source("sorensen-2006", "B", "against", "20 days without smoking change nothing of it, n = 39"),
                source("sorensen-2010", "B", "against", "12 weeks without smoking do not restore it, n = 48"),
            ),
            f"{general} How long synthesis takes to come back has not been measured.",
        ),
        sustained(
            "vitamin C, diet and little alcohol keep collagen up longer",
            course(FOUR, until=LONG, exposures=rest),
            course(FOUR, until=LONG, exposures={"diet": "poor", "alcohol": "14/week"}),
            "people with a poor diet and two drinks a day", flags("", "vitamin_c=topical"),
            note="Off: no size on collagen is sourced. Of vitamin C the direction is: messages of collagen rise on 5 % "
            "for six months, in ten women (nusgens-2001). An antioxidant diet has no trial on collagen.",
        ),
        sustained(
            "a moisturiser keeps collagen up longer", run(hydration="daily from day 0"), run(),
            "anyone", flags("", "hydration=daily"),
            note="A moisturiser acts on water and leaves collagen alone.",
        ),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------------ damaged skin


def _recovery(found: States, values: Floats, start: float) -> float:
    """Days after a session until a twentieth is left of the rise that it causes."""
    days = found.days
    first = int(np.flatnonzero(days <= start)[-1])  # right after the session
    window = (days >= start) & (days <= start + 300.0) & (np.arange(len(days)) >= first)
    since = days[window] - start
    rise = np.abs(values[window] - values[window][-1])
    top = int(rise.argmax())
    return float(since[top:][np.flatnonzero(rise[top:] < 0.05 * rise[top])[0]])


_SEEN: Final[Mapping[str, Callable[[States], Floats]]] = {
    "channels are covered sooner": lambda s: s.surface["unepithelialised_fraction"],
    "damaged tissue goes sooner": lambda s: s.layer_mean("damage", "papillary"),
    "neutrophils go sooner": lambda s: s.layer_mean("neutrophil", "papillary"),
    "the inflammatory signal goes sooner": lambda s: s.layer_mean("inflammatory", "papillary"),
    "activated fibroblasts go sooner": lambda s: s.layer_mean("activated", "papillary"),
}


@answers("OUT-11")
def _damaged(_: Claim) -> list[Point]:
    hurt = {"photodamage": "glogau:4"}
    first = states(ONE, age=56, concerns=hurt, until=330.0)
    later = states(TWICE, age=55, concerns=hurt, until=700.0)
    days = {name: (_recovery(later, of(later), YEAR), _recovery(first, of(first), 0.0)) for name, of in _SEEN.items()}
    changes = {name: 100.0 * (mine / its - 1.0) for name, (mine, its) in days.items()}
    return [
        Point(
            words="it heals a later injury faster",
            answer=Answer(
                words="days until a twentieth of the rise is left after a session a year later, against a first one: "
                + "; ".join(f"{name}: {mine:.1f} and {its:.1f}" for name, (mine, its) in days.items()),
                command=f'neodermis simulate "{TWICE}" --age 55 --concern photodamage=glogau:4 '
                "--states --plot insult.png",
                checks={name: mine / its - 1.0 < -FASTER for name, (mine, its) in days.items()},
                picture=Picture.bars(
                    {name: Interval(each, each, each) for name, each in changes.items()}, "change of the time, %"
                ),
            ),
            note="Nothing in the model makes needled skin heal faster, and no study was found that inflicts a second "
            "wound.",
        ),
    ]  # fmt: skip
