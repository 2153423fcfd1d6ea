"""The page on age, exposures and concerns: figures, decades, and statements of the field answered by runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import neodermis
from docs.pages import table
from neodermis.course import SiteCourse
from neodermis.evidence import load_parameters
from neodermis.inference.ageing import DERIVED, NO_CHANGE, AgeingRow, ageing_counts, compare_ageing, quantity
from neodermis.people import QUANTITIES, Decades, trace
from neodermis.people.exposure import ExposureKind, load_exposures
from neodermis.report.ageing import Series, write_ageing_plot
from neodermis.report.common import number_text, spread
from neodermis.session import Floats, Interval

AGES = (25, 35, 45, 55, 65, 75, 85)
FOUR = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
ONE = "1 session: exceed; cheek 1.5 mm, 6 passes"
TWICE = "2 sessions every 365 days: exceed; cheek 1.5 mm, 6 passes"
LAST = 90.0
"""Day of the last of the four sessions."""
LONG = LAST + 3650.0
MONTH = 365.25 / 12.0
SMOKE, SUN = {"smoking": "20/day"}, {"sun": "high"}
#: A relative difference of less is none, when a factor is said to move something.
MOVES = 0.1
#: A time that is shorter by less is not faster.
FASTER = 0.05
VERDICTS = ("supported", "partly", "not supported", "contradicted", "no evidence")


# ------------------------------------------------------------------------------------------------------------- runs


@cache
def _decades(sex: str, exposures: tuple[tuple[str, str], ...] = ()) -> Decades:
    return neodermis.skin_by_age(AGES, sex=sex, exposures=dict(exposures), draws=100)


def decades(sex: str, exposures: Mapping[str, str] | None = None) -> Decades:
    return _decades(sex, tuple((exposures or {}).items()))


@cache
def _site(sentence: str, until: float, person: tuple[tuple[str, Any], ...]) -> SiteCourse:
    given = {name: dict(value) if isinstance(value, tuple) else value for name, value in person}
    return neodermis.simulate(sentence, **given, draws=100, until=until).sites["cheek"]


def site(sentence: str = FOUR, until: float = LAST + 1460.0, **person: Any) -> SiteCourse:
    """A course on the cheek, 100 draws; the same one is run once."""
    whole: dict[str, Any] = {"age": 45, **person}
    frozen = {name: tuple(value.items()) if isinstance(value, dict) else value for name, value in whole.items()}
    return _site(sentence, until, tuple(frozen.items()))


@cache
def rows() -> tuple[AgeingRow, ...]:
    return tuple(compare_ageing(load_parameters()))


def picture(path: Path) -> None:
    """Skin by age: women, men, and both under smoke and sun."""
    both = SMOKE | SUN
    women, men = (neodermis.skin_by_age(range(25, 86, 5), sex=sex, draws=100) for sex in ("female", "male"))
    series = [
        Series("women", women),
        Series("men", men),
        Series("women, 20 cigarettes a day and two exposures to the sun a week since 18",
               neodermis.skin_by_age(range(25, 86, 5), sex="female", exposures=both, draws=100)),
    ]  # fmt: skip
    foot = (
        "Cheek, phototype III, menopause at 51. Bands: central 90 % of what is not known of the typical person, 100 "
        "draws, over the same draw of an unexposed person of 25. Dotted: published changes, which start where the "
        "model is at their first age; ids are those of the table of figures. With age density is held constant; "
        "what smoke and sun take is density."
    )
    write_ageing_plot(series, path, "Skin by age, before any treatment", foot)


# ---------------------------------------------------------------------------------------------------------- numbers


def at(course: SiteCourse, values: Floats, day: float) -> Floats:
    return np.array([np.interp(day, course.time_day, row) for row in values])


def half_day(course: SiteCourse) -> Floats:
    """Days after the last session until half of the largest gain is left; infinite beyond the course."""
    return np.array([_after_top(course.time_day, row, row.max() / 2.0) for row in course.gain()]) - LAST


def back_months(course: SiteCourse) -> Floats:
    """Months after the last session until papillary collagen is as low as before treatment; infinite beyond it."""
    days = [_after_top(course.time_day, row, row[0]) for row in course.values["collagen_papillary"]]
    return (np.array(days) - LAST) / MONTH


def _after_top(days: Floats, row: Floats, level: float) -> float:
    top = int(row.argmax())
    below = np.flatnonzero(row[top:] < level)
    if not len(below):
        return float("inf")
    k = top + int(below[0])
    return float(np.interp(-level, [-row[k - 1], -row[k]], [days[k - 1], days[k]]))


def interval(values: Floats) -> Interval:
    """Median and 90 % where some values may be infinite."""
    return Interval(*(float(np.quantile(values, q, method="nearest")) for q in (0.5, 0.05, 0.95)))


def told(found: Interval, last: float, unit: str = "") -> str:
    """Interval with ``> last`` where the course ended first."""
    parts = [f"> {last:.0f}" if not np.isfinite(value) else number_text(value) for value in found]
    text = parts[0] if parts[1] == parts[2] else f"{parts[0]} ({parts[1]} to {parts[2]})"
    return f"{text} {unit}".rstrip()


def percent(values: Floats) -> str:
    """Shares as median and interval in %."""
    return spread(Interval.of(100.0 * _clean(values))) + " %"


def _clean(values: Floats) -> Floats:
    return np.where(np.abs(values) < 1e-9, 0.0, values)


def heading(claim: str, words: str) -> Iterator[str]:
    yield from ("", f"## {claim}: {words}", "")


def command(*lines: str) -> Iterator[str]:
    yield from ("```", *lines, "```", "")


def said(verdict: str, why: str) -> str:
    """A verdict of the five, and why."""
    if verdict not in VERDICTS:
        raise ValueError(verdict)
    return f"{verdict[0].upper()}{verdict[1:]}: {why}"


# ------------------------------------------------------------------------------------------------------------- page


def page() -> Iterator[str]:
    yield "# Whose skin: age, exposures and concerns"
    yield ""
    yield (
        "Published figures beside the model, the skin by decade, and statements of the field answered by a run. Woman "
        "of 45, phototype 3, cheek, menopause at 51, unless said otherwise; medians with 90 % intervals over 100 draws "
        "of what is not known, seed 0."
    )
    yield from figures()
    yield from by_decade()
    for part in (skin_01, skin_02, skin_03, skin_04, sch_07, abs_06, out_11):
        yield from part()


def figures() -> Iterator[str]:
    yield from ("", "## Published figures beside the model", "")
    found = rows()
    yield ageing_counts(found).sentence
    yield ""
    yield (
        "A number is inside where it lies in the 90 % interval of the answer, a range where the median lies in it; a "
        "sign is as published where nine in ten draws have it, no change where nine in ten change by less than "
        f"{NO_CHANGE:g} %. An answer to a sign is the change in %. A figure that parameters rest on is no test. "
        "Sources that contradict each other are both here, so that some must be missed; where a number can be read in "
        "two ways, both are asked and counted."
    )
    names = "; ".join(f"{name.replace('_', ' ')}: {words}" for name, words in DERIVED.items())
    yield from ("", f"Computed from the quantities at rest: {names}.", "")
    yield from table(
        ("figure", "what", "published", "model (90 %)", "verdict", "test", "asked as", "otherwise says"),
        (
            (
                f"`{row.id}`",
                f"{row.figure.quantity}; {row.figure.condition}",
                row.figure.published,
                row.answered,
                f"**{row.verdict}**" if row.missed else row.verdict,
                "yes" if row.is_test else f"no: {', '.join(row.figure.used_for)}",
                asked(row),
                ", ".join(row.figure.disputes),
            )
            for row in found
            if row.model is not None
        ),
    )
    yield from ("", "### Not asked", "")
    yield from table(
        ("figure", "what", "published", "why"),
        (
            (f"`{row.id}`", f"{row.figure.quantity}; {row.figure.condition}", row.figure.published, row.why)
            for row in found
            if row.model is None
        ),
    )


def asked(row: AgeingRow) -> str:
    """What the model was asked, in words."""
    ask = row.figure.ask
    assert ask is not None
    words = f"{ask.name or ask.of}, {ask.give}".replace("_", " ")
    if ask.person is not None:
        words += f": {who(ask.person)}"
    if ask.against is not None:
        words += f"; against {who(ask.against)}"
    if ask.protocol:
        words += f"; {ask.protocol}"
    if ask.day is not None:
        words += f"; day {ask.day:g}"
    return words + (f" ({ask.assumed})" if ask.assumed else "")


def who(person: Any) -> str:
    things = [f"{name}={value}" for name, value in {**person.exposures, **person.concerns}.items()]
    return ", ".join([f"{person.age:g} years", person.sex, person.site, *things])


def by_decade() -> Iterator[str]:
    yield from ("", "## Skin by decade", "", "![Skin by age](../images/ageing.png)")
    kinds: Sequence[tuple[str, str, dict[str, str], str]] = (
        ("Women", "female", {}, "neodermis skin --ages 25,35,45,55,65,75,85 --sex female"),
        ("Men", "male", {}, "neodermis skin --ages 25,35,45,55,65,75,85 --sex male"),
        ("Women who smoke 20 a day and have two exposures to the sun a week, since 18", "female", SMOKE | SUN,
         "neodermis skin --ages 25,35,45,55,65,75,85 --sex female --exposure smoking=20/day --exposure sun=high"),
        ("Men with the same", "male", SMOKE | SUN,
         "neodermis skin --ages 25,35,45,55,65,75,85 --sex male --exposure smoking=20/day --exposure sun=high"),
    )  # fmt: skip
    shown = ("collagen_total", "collagen_papillary", "dermal_thickness", "synthesis_1", "synthesis_1_papillary",
             "fragmented", "elastin", "epidermal_turnover")  # fmt: skip
    for label, sex, exposures, line in kinds:
        d = decades(sex, exposures)
        yield from ("", f"### {label}", "")
        yield from command(line)
        yield from table(
            ("quantity", "unit", *(f"{age}" for age in AGES)),
            (
                (QUANTITIES[name].label, QUANTITIES[name].unit,
                 *(spread(Interval.of(_clean(d.values[name][k]))) for k in range(len(AGES))))
                for name in shown
            ),
        )  # fmt: skip
    yield ""
    yield (
        "Synthesis is per volume. Where the dermis has thinned, what it makes is spread over less of it: under smoke "
        "and sun it falls per skin area and hardly, or not, per volume."
    )


def _over_25(name: str, sex: str, age: int, exposures: Mapping[str, str] | None = None) -> Interval:
    values = quantity(name, decades(sex, exposures).values)
    return Interval.of(values[AGES.index(age)] / values[0])


def skin_01() -> Iterator[str]:
    yield from heading("SKIN-01", "collagen gives skin strength and firmness, and declines with age")
    yield from command("neodermis skin --ages 25,45,65,85", f'neodermis simulate "{FOUR}" --age 45')
    yield from table(
        ("collagen over that at 25 years", "45", "65", "85"),
        (
            (sex, *(spread(_over_25("collagen_total", sex, age)) for age in (45, 65, 85)))
            for sex in ("female", "male")
        ),
    )  # fmt: skip
    yield ""
    untreated = site(until=LONG).untreated["collagen_total"]
    falls = untreated[:, -1] / untreated[:, 0] - 1.0
    yield f"Without treatment, collagen of the cheek changes by {percent(falls)} over {LONG / 365.25:.1f} years."
    yield ""
    by_age = [decades(sex).values["collagen_total"] for sex in ("female", "male")]
    declines = all((np.diff(values, axis=0) < 0.0).all() for values in by_age) and bool((falls < 0.0).all())
    score = next(row for row in rows() if row.id == "collagen-score-64")
    yield said(
        "partly" if declines else "contradicted",
        f"collagen {'falls' if declines else 'does not fall'} with age in every draw, from 25-34 to 65-74 years to "
        f"{score.answered} of it where {score.figure.published} was published ({score.verdict}). That it gives "
        "strength and firmness is not computed: no instrument for either is in this version.",
    )


def skin_02() -> Iterator[str]:
    yield from heading("SKIN-02", "elastin gives elasticity, and declines with age")
    yield from command("neodermis skin --ages 25,45,65,85")
    yield from table(
        ("elastin over that at 25 years", "45", "65", "85"),
        (
            (sex, *(spread(_over_25("elastin", sex, age)) for age in (45, 65, 85)))
            for sex in ("female", "male")
        ),
    )  # fmt: skip
    yield ""
    declines = _over_25("elastin", "female", 85).upper90 < 1.0
    against = [row for row in rows() if row.id in ("elastic-71-number", "elastic-71-area")]
    missed = sum(row.missed for row in against)
    yield said(
        ("partly" if missed else "supported") if declines else "contradicted",
        "in the model elastin falls from the forties on, because none of it is taken to be replaced from then on; a "
        f"series of 71 donors says otherwise on {missed} of {len(against)} counts (the number of fibres is the same at "
        "all ages, and their area rises). Elasticity has no instrument in this version.",
    )


#: A level of each exposure, the course that takes it up on the day of the first session, and what it is taken up in.
TAKEN_UP: Mapping[str, tuple[str, dict[str, str]]] = {
    "smoking": ("20/day", {}),
    "sun": ("high", {}),
    "sunscreen": ("daily", SUN),
    "retinoid": ("tretinoin", SUN),
    "hormone_therapy": ("yes", {}),
    "steroid": ("daily", {}),
    "diabetes": ("yes", {}),
    "stress": ("high", {}),
    "anticoagulant": ("yes", {}),
    "isotretinoin": ("yes", {}),
    "alcohol": ("14/week", {}),
    "diet": ("poor", {}),
    "sleep": ("poor", {}),
    "pollution": ("high", {}),
    "vitamin_c": ("topical", {}),
    "hydration": ("daily", {}),
}


#: Exposures through which actives act, answered on the page on delivery.
OF_ACTIVES = ("hyaluronan", "anti_inflammatory", "tranexamic_acid", "hydroquinone", "plasma")


def sized(kind: ExposureKind) -> bool:
    """Whether a size of it is sourced."""
    shipped = load_parameters()
    return bool(kind.sized_by) and any(shipped[name].uncertainty.kind != "off" for name in kind.sized_by)


def effect(name: str) -> dict[str, Floats]:
    """Papillary collagen with an exposure from the first session on over that without: untreated and treated."""
    level, base = TAKEN_UP[name]
    age = 55 if name == "hormone_therapy" else 45
    plain, with_it = (
        site(until=LONG, age=age, exposures=dict(each)) for each in (base, {**base, name: f"{level} from day 0"})
    )
    found = {}
    for part in ("untreated", "values"):
        for years in (1, 10):
            day = years * 365.0
            mine, other = (at(c, getattr(c, part)["collagen_papillary"], day) for c in (with_it, plain))
            found[f"{part} {years}"] = mine / other - 1.0
    return found


def skin_03() -> Iterator[str]:
    yield from heading(
        "SKIN-03", "sun, pollution, stress, smoking, alcohol, poor diet and poor skincare speed the loss"
    )
    yield from command(f'neodermis simulate "{FOUR}" --age 45 --compare-exposure smoking=20/day --until 3740',
                       "neodermis skin --ages 25,45,65 --exposure smoking=20/day")  # fmt: skip
    yield (
        "Papillary collagen with the exposure from the first session on over that without it; sunscreen and retinoid "
        "in skin with two exposures to the sun a week since 18, hormone therapy at 55."
    )
    yield ""
    catalogue = load_exposures()
    missing = [name for name in catalogue if name not in (*TAKEN_UP, *OF_ACTIVES) and name != "menopause"]
    if missing:
        raise ValueError(f"exposures without a run: {', '.join(missing)}")
    found = {name: effect(name) for name in TAKEN_UP if sized(catalogue[name])}
    keys = ("untreated 1", "untreated 10", "values 1", "values 10")
    yield from table(
        ("exposure", "untreated, 1 year", "untreated, 10 years", "treated, 1 year", "treated, 10 years", "acts on"),
        (
            (f"`{name}={TAKEN_UP[name][0]}`", *(percent(each[key]) for key in keys),
             ", ".join(catalogue[name].rates))
            for name, each in found.items()
        ),
    )  # fmt: skip
    plain, without = (
        neodermis.skin_by_age((50, 60), exposures=given, draws=100).values["collagen_papillary"]
        for given in ({"menopause": "51"}, {"menopause": "none"})
    )
    yield ""
    by_id = {row.id: row.answered for row in rows()}
    yield (
        f"Lasting stress takes {by_id['kiecolt-glaser-1995']} times as long to cover the channels, diabetes "
        f"{by_id['diabetes-closure']} longer; anticoagulants multiply the odds of bleeding by "
        f"{by_id['bleeding-odds']}. None of them changes collagen here."
    )
    yield ""
    lost = (plain[1] / plain[0]) / (without[1] / without[0]) - 1.0
    yield f"Menopause at 51, collagen at 60 over that without it: {percent(lost)}."
    off = [name for name in catalogue if name != "menopause" and not sized(catalogue[name])]
    yield from ("", "Off, because no size is sourced or no state reads it; `--set` turns on what has a parameter:", "")
    yield from table(
        ("exposure", "why", "parameter"),
        ((f"`{name}`", catalogue[name].note, ", ".join(catalogue[name].sized_by)) for name in off),
    )
    yield ""
    speeds = [name for name, each in found.items() if Interval.of(each["untreated 10"]).upper90 < 0.0]
    named = ("sun", "pollution", "stress", "smoking", "alcohol", "diet")
    count = sum(name in speeds for name in named)
    helped = [name for name in ("sunscreen", "retinoid") if Interval.of(found[name]["untreated 10"]).lower90 > 0.0]
    verdict = "supported" if count == len(named) else "partly" if count else "not supported"
    yield said(
        verdict,
        f"of {len(named)} named exposures {count} speed the loss of untreated skin in nineteen of twenty draws "
        f"({', '.join(name for name in named if name in speeds)}); "
        f"{', '.join(name for name in named if name in off)} have no sourced size on collagen and are off; stress acts "
        f"on the cover of channels alone. Skincare: {' and '.join(helped) or 'nothing'} slow"
        f"{'s' if len(helped) == 1 else ''} it in sunlit skin.",
    )


def skin_04() -> Iterator[str]:
    yield from heading("SKIN-04", "thin or fragile skin is strengthened over time")
    yield from command(f'neodermis simulate "{FOUR}" --age 65 --concern thin_skin=0.4 --until 1186')
    course = site(until=LAST + 1096.0, age=65, concerns={"thin_skin": "0.4"})
    days = (90.0, 270.0, 455.0, 1186.0)
    treated, untreated = course.values["dermal_thickness"], course.untreated["dermal_thickness"]
    yield from table(
        ("dermal thickness, mm", "before", *(f"day {day:g}" for day in days)),
        (
            (label, *(spread(Interval.of(at(course, values, day))) for day in (0.0, *days)))
            for label, values in (("needled", treated), ("not needled", untreated))
        ),
    )
    yield ""
    year = Interval.of(at(course, treated, 455.0) / at(course, untreated, 455.0) - 1.0)
    later = at(course, treated, 1186.0) / at(course, untreated, 1186.0) - 1.0
    back = at(course, treated, 1186.0) / treated[:, 0] - 1.0
    verdict = "supported" if year.lower90 > 0.1 else "partly" if year.lower90 > 0.0 else "not supported"
    yield said(
        verdict,
        f"a year after the last session the dermis is {spread(Interval(*(100 * v for v in year)))} % thicker than "
        f"without needling, two years later {percent(later)}; against before treatment it then stands at "
        f"{percent(back)}. A change of 10 % is the smallest taken to matter. How fragile skin is has no state.",
    )


def factors() -> list[tuple[str, str, SiteCourse]]:
    """What durability may go with: factor, level, course."""

    def course(**person: Any) -> SiteCourse:
        return site(**person)

    found = [("none", "woman of 45, phototype 3, four sessions", course())]
    found += [("phototype", f"{kind}, no sun", course(phototype=kind)) for kind in (1, 6)]
    found += [("sun", "two exposures a week since 18, phototype 3", course(exposures=SUN))]
    found += [("phototype in the sun", f"{kind}", course(exposures=SUN, phototype=kind)) for kind in (1, 6)]
    found += [("age", f"{age} years", course(age=age)) for age in (25, 65)]
    found += [("smoking", "20 a day since 18", course(exposures=SMOKE))]
    found += [("sessions", f"{n}", site(FOUR.replace("4 sessions", f"{n} sessions"))) for n in (2, 8)]
    return found


def sch_07() -> Iterator[str]:
    yield from heading("SCH-07", "how long it lasts depends on skin type, age, lifestyle and number of treatments")
    yield from command(f'neodermis simulate "{FOUR}" --age 65 --until 1550',
                       f'neodermis simulate "{FOUR}" --age 45 --exposure smoking=20/day --until 1550')  # fmt: skip
    found = factors()
    lines = []
    for factor, level, course in found:
        gain, last = course.gain(), course.last_session_day
        half = np.array([_after_top(course.time_day, row, row.max() / 2.0) for row in gain]) - last
        left = [course.left(days) for days in (180.0, 365.0)]
        lines.append((factor, level, course.peak()[0], [each for each in left if each is not None], interval(half)))
    yield from table(
        ("factor", "level", "largest gain of papillary collagen", "left after 180 days", "after 365 days",
         "days after the last session to half of it"),
        (
            (factor, level, percent_of(top), *(percent_of(each) for each in left), told(half, 1460.0))
            for factor, level, top, left, half in lines
        ),
    )  # fmt: skip
    yield ""
    base, in_the_sun = lines[0], next(line for line in lines if line[0] == "sun")

    def moved(factor: str, of: Callable[[Any], float]) -> bool:
        other = in_the_sun if factor == "phototype in the sun" else base
        return any(abs(of(line) / of(other) - 1.0) > MOVES for line in lines if line[0] == factor)

    apart = list(dict.fromkeys(line[0] for line in lines[1:]))
    lasts = {factor: moved(factor, lambda line: line[4].median) for factor in apart}
    size = {factor: moved(factor, lambda line: line[2].median) for factor in apart}
    named = {
        "skin type": lasts["phototype"] or lasts["phototype in the sun"],
        "age": lasts["age"],
        "lifestyle": lasts["smoking"] or lasts["sun"],
        "number of treatments": lasts["sessions"],
    }
    yes = [name for name, each in named.items() if each]
    no = [name for name, each in named.items() if not each]
    verdict = "supported" if len(yes) == len(named) else "partly" if yes else "not supported"
    changes = "; ".join(
        f"{factor}: size {'yes' if size[factor] else 'no'}, time to half {'yes' if lasts[factor] else 'no'}"
        for factor in lasts
    )
    yield said(
        verdict,
        f"the time to half of the gain moves by more than a tenth with {', '.join(yes) or 'nothing'}"
        f"{' and not with ' + ', '.join(no) if no else ''}. Moved by more than a tenth: {changes}. Skin type does "
        "nothing without sun. No trial of needling has compared durability between any of these.",
    )


def percent_of(found: Interval) -> str:
    return spread(Interval(*(100.0 * share for share in found))) + " %"


#: What is done from the first session on, in whom, and in place of what.
KEPT: Mapping[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "no smoking": ("20 a day since 18, and stops", {"smoking": "20/day"}, {"smoking": "20/day; 0 from day 0"}),
    "sunscreen": ("two exposures to the sun a week since 18", SUN, SUN | {"sunscreen": "daily from day 0"}),
    "retinoid": ("the same", SUN, SUN | {"retinoid": "tretinoin from day 0"}),
    "sunscreen and retinoid": (
        "the same", SUN, SUN | {"sunscreen": "daily from day 0", "retinoid": "tretinoin from day 0"}
    ),
    "all three": (
        "smokes and has the sun", SMOKE | SUN,
        {"smoking": "20/day; 0 from day 0", **SUN, "sunscreen": "daily from day 0", "retinoid": "tretinoin from day 0"},
    ),
}  # fmt: skip


def abs_06() -> Iterator[str]:
    yield from heading(
        "ABS-06",
        "sunscreen, vitamin C, retinoids, hydration, antioxidant diet, no smoking and little alcohol prolong results",
    )
    yield from command(
        f'neodermis simulate "{FOUR}" --age 45 --exposure smoking=20/day --compare-exposure smoking=0 --until 3740',
        f'neodermis simulate "{FOUR}" --age 45 --exposure sun=high --compare-exposure sunscreen=daily --until 3740',
    )
    yield (
        "Months after the last session until papillary collagen is as low as before treatment, with the ageing of "
        "those months in it; the same draws without and with it, ten years at most."
    )
    yield ""
    months = (LONG - LAST) / MONTH
    gained, lines = {}, []
    for name, (whom, before, after) in KEPT.items():
        plain, kept = (back_months(site(until=LONG, exposures=dict(each))) for each in (before, after))
        more = np.minimum(kept, months) - np.minimum(plain, months)
        gained[name] = Interval.of(_clean(more))
        open_ended = np.mean(~np.isfinite(kept))
        text = spread(gained[name]) + (f"; {100 * open_ended:.0f} % of draws not back in ten years, counted as then"
                                       if open_ended else "")  # fmt: skip
        halves = [half_day(site(until=LONG, exposures=dict(each))) for each in (before, after)]
        lines.append((name, whom, told(interval(plain), months), told(interval(kept), months), text,
                      " and ".join(told(interval(half), LONG - LAST) for half in halves)))  # fmt: skip
    yield from table(
        ("from the first session on", "in whom", "months without", "with", "months gained",
         "days to half of the gain over untreated skin of the same exposures, without and with"),
        lines,
    )  # fmt: skip
    catalogue = load_exposures()
    unsized = ("vitamin_c", "diet", "alcohol")
    yield from ("", "Without a sourced size, and off:", "")
    yield from table(("exposure", "why"), ((f"`{name}`", catalogue[name].note) for name in unsized))
    yield ""
    if any(sized(catalogue[name]) for name in unsized):
        raise ValueError("an exposure of ABS-06 has a size by now: run it")
    single = ("no smoking", "sunscreen", "retinoid")
    yes = [name for name in single if gained[name].lower90 > 0.0]
    some = [name for name in single if name not in yes and gained[name].median > 0.0]
    verdict = (
        "supported" if len(yes) == len(single) + len(unsized) + 1 else "partly" if yes or some else "not supported"
    )
    yield said(
        verdict,
        f"months are gained in nineteen of twenty draws with {', '.join(yes) or 'nothing'}"
        f"{', at the median with ' + ', '.join(some) if some else ''}; vitamin C, diet and alcohol: no evidence of a "
        "size; a moisturiser acts on water and leaves collagen alone. What is taken up also lifts skin that is not "
        "needled, so that part of the months is not owed to the sessions: see the days to half of the gain over such "
        "skin.",
    )


def fragmented(states: Any) -> Floats:
    found: Floats = states.layer_mean("fragmented", "papillary")
    return found


def recovery(days: Floats, values: Floats, start: float) -> float:
    """Days after ``start`` until a state that an insult raises is below a twentieth of the peak it then has."""
    later = (days >= start) & (days <= start + 300.0)
    rest = values[later][-1]
    rise, since = np.abs(values[later] - rest), days[later] - start
    top = int(rise.argmax())
    return float(since[top:][np.flatnonzero(rise[top:] < 0.05 * rise[top])[0]])


def out_11() -> Iterator[str]:
    yield from heading("OUT-11", "damaged skin (sun, age, blemishes) repairs faster and stays more resilient")
    yield from command(
        f'neodermis simulate "{FOUR}" --age 55 --concern photodamage=glogau:4 --until 1550',
        f'neodermis simulate "{TWICE}" --age 55 --concern photodamage=glogau:4 --states --plot insult.png',
    )
    hurt = {"photodamage": "glogau:4"}
    damaged, sound = site(age=55, concerns=hurt), site(age=55)
    (four,) = trace(FOUR, age=55, concerns=hurt, until=455.0)
    yield from table(
        ("papillary collagen of photodamaged skin over before", "day 90", "day 270", "day 455", "day 1550"),
        (
            (label, *(percent(at(damaged, values, day) / values[:, 0] - 1.0) for day in (90.0, 270.0, 455.0, 1550.0)))
            for label, values in (
                ("needled", damaged.values["collagen_papillary"]),
                ("not needled", damaged.untreated["collagen_papillary"]),
            )
        ),
    )
    yield ""
    share = [float(np.interp(day, four.days, fragmented(four))) for day in (0.0, 455.0)]
    yield (
        f"Largest gain {percent_of(damaged.peak()[0])} in photodamaged and {percent_of(sound.peak()[0])} in sound "
        f"skin; fragmented papillary collagen falls from {share[0]:.2f} to {share[1]:.2f} in fifteen months."
    )
    yield from (
        "",
        "One session as an insult, days until a twentieth of the rise is left; the later one on day 365:",
        "",
    )
    traced = {
        "sound, first": (trace(ONE, age=56, until=330.0)[0], 0.0),
        "photodamaged, first": (trace(ONE, age=56, concerns=hurt, until=330.0)[0], 0.0),
        "photodamaged, needled a year before": (trace(TWICE, age=55, concerns=hurt, until=700.0)[0], 365.0),
    }
    seen = {
        "uncovered channels": lambda s: s.surface["uncovered"],
        "damaged tissue": lambda s: s.layer_mean("damage", "papillary"),
        "neutrophils": lambda s: s.layer_mean("neutrophil", "papillary"),
        "inflammatory signal": lambda s: s.layer_mean("inflammatory", "papillary"),
        "activated fibroblasts": lambda s: s.layer_mean("activated", "papillary"),
    }
    times = {
        label: [recovery(*_from(states, get(states), start), start) for get in seen.values()]
        for label, (states, start) in traced.items()
    }
    yield from table(("skin", *seen), ((label, *(number_text(day) for day in days)) for label, days in times.items()))
    yield ""
    first, later, plain = (
        np.array(times[key]) for key in ("photodamaged, first", "photodamaged, needled a year before", "sound, first")
    )
    faster = int(((later / first - 1.0) < -FASTER).sum())
    slower = int(((later / first - 1.0) > FASTER).sum())
    unlike = int((np.abs(first / plain - 1.0) > FASTER).sum())
    values, rest = damaged.values["collagen_papillary"], damaged.untreated["collagen_papillary"]
    lasting = Interval.of(at(damaged, values, 455.0) / at(damaged, rest, 455.0) - 1.0)
    more = damaged.peak()[0].median > sound.peak()[0].median
    if faster > len(seen) / 2:
        verdict = "supported"
    elif lasting.lower90 > 0.0 and not slower:
        verdict = "partly"
    else:
        verdict = "contradicted" if slower > len(seen) / 2 else "not supported"
    yield said(
        verdict,
        f"photodamaged skin gains {'more' if more else 'no more'} collagen from needling, relative to what it has, and "
        f"a year after the last session is {percent_of(lasting)} above skin that was not needled. Repair itself is not "
        f"faster: after a later insult {faster} of {len(seen)} times are shorter by more than a twentieth, {slower} "
        f"longer; between photodamaged and sound skin {unlike} differ. Nothing in the model makes needled skin heal "
        "faster, and no study was found that inflicts a second wound.",
    )


def _from(states: Any, values: Floats, start: float) -> tuple[Floats, Floats]:
    """Times and values from right after a session on."""
    before = np.flatnonzero(states.days <= start)[-1]
    return states.days[before:], values[before:]
