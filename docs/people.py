"""The page on age, exposures and concerns: published figures, and the skin by decade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import neodermis
from docs.pages import table
from neodermis.course import SiteCourse
from neodermis.evidence import load_parameters
from neodermis.inference.ageing import DERIVED, NO_CHANGE, AgeingRow, ageing_counts, compare_ageing
from neodermis.people import QUANTITIES, Decades
from neodermis.report.ageing import Series, write_ageing_plot
from neodermis.session import Floats, Interval
from neodermis.wording import spread

AGES = (25, 35, 45, 55, 65, 75, 85)
SMOKE, SUN = {"smoking": "20/day"}, {"sun": "high"}


# ------------------------------------------------------------------------------------------------------------- runs


@cache
def _decades(sex: str, exposures: tuple[tuple[str, str], ...] = ()) -> Decades:
    return neodermis.skin_by_age(AGES, sex=sex, exposures=dict(exposures), draws=100)


def decades(sex: str, exposures: Mapping[str, str] | None = None) -> Decades:
    return _decades(sex, tuple((exposures or {}).items()))


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


def interval(values: Floats) -> Interval:
    """Median and 90 % where some values may be infinite."""
    return Interval(*(float(np.quantile(values, q, method="nearest")) for q in (0.5, 0.05, 0.95)))


def _clean(values: Floats) -> Floats:
    return np.where(np.abs(values) < 1e-9, 0.0, values)


def command(*lines: str) -> Iterator[str]:
    yield from ("```", *lines, "```", "")


# ------------------------------------------------------------------------------------------------------------- page


def page() -> Iterator[str]:
    yield "# Whose skin: age, exposures and concerns"
    yield ""
    yield (
        "Published figures beside the model, and the skin by decade. Woman "
        "of 45, phototype 3, cheek, menopause at 51, unless said otherwise; medians with 90 % intervals over 100 draws "
        "of what is not known, seed 0."
    )
    yield from figures()
    yield from by_decade()
    yield from ("", "What public articles say of age and lifestyle, answered: [the ledger of claims](claims.md).")


def figures() -> Iterator[str]:
    yield from ("", "## Published figures beside the model", "")
    found = rows()
    yield ageing_counts(found).sentence
    yield ""
    yield (
        "A number is inside where it lies in the 90 % credible interval of the answer, a range where the median lies "
        "in it; a sign is as published where nine in ten draws have it, no change where nine in ten change by less "
        f"than {NO_CHANGE:g} %. An answer to a sign is the change in %. A figure that parameters rest on is no test. "
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
