"""Reference page of ageing, exposures and concerns: published figures, and skin by decade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import neodermis
from docs.pages import tabled
from neodermis.api import QUANTITIES, Decades
from neodermis.evidence import load_parameters
from neodermis.report.ageing import Series, ageing_figure
from neodermis.report.blocks import Block, Code, Figure, Heading, Paragraph
from neodermis.report.common import write_figure
from neodermis.simulation.course import SiteCourse
from neodermis.simulation.session import Floats, Interval
from neodermis.studies.figures_ageing import DERIVED, NO_CHANGE, AgeingRow, ageing_counts, compare_ageing
from neodermis.wording import spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

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


def drawn() -> Drawn:
    """Figure of skin by age: women, men, and smoking with sun exposure."""
    both = SMOKE | SUN
    women, men = (neodermis.skin_by_age(range(25, 86, 5), sex=sex, draws=100) for sex in ("female", "male"))
    series = [
        Series("women", women),
        Series("men", men),
        Series("women, 20 cigarettes per day and two sun exposures per week since age 18",
               neodermis.skin_by_age(range(25, 86, 5), sex="female", exposures=both, draws=100)),
    ]  # fmt: skip
    foot = (
        "Cheek, phototype III, menopause at 51. Bands: 90 % interval (parameter uncertainty) of a typical person, 100 "
        "draws, relative to the same draw of an unexposed person aged 25. Dotted: published changes, starting from the "
        "model at their first age; ids are those of the table of figures. Ageing keeps the density constant; smoking "
        "and sun exposure reduce it."
    )
    return ageing_figure(series, "Untreated skin by age", foot)


def picture(path: Path) -> None:
    write_figure(drawn, path)


# ---------------------------------------------------------------------------------------------------------- numbers


def at(course: SiteCourse, values: Floats, day: float) -> Floats:
    return np.array([np.interp(day, course.time_day, row) for row in values])


def interval(values: Floats) -> Interval:
    """Median and 90 % where some values may be infinite."""
    return Interval(*(float(np.quantile(values, q, method="nearest")) for q in (0.5, 0.05, 0.95)))


def _clean(values: Floats) -> Floats:
    return np.where(np.abs(values) < 1e-9, 0.0, values)


# ------------------------------------------------------------------------------------------------------------- page


def page() -> Iterator[Block]:
    yield Heading("Ageing, exposures and concerns", 1)
    yield Paragraph(
        "Comparison with published figures, and skin by decade. Woman of 45, phototype 3, cheek, menopause at 51, "
        "unless stated otherwise; medians with 90 % credible intervals over 100 parameter draws, seed 0."
    )
    yield from figures()
    yield from by_decade()
    yield Paragraph("[Claims](claims.md) tests what public articles state about age and lifestyle.")


def figures() -> Iterator[Block]:
    yield Heading("Comparison with published figures")
    found = rows()
    yield Paragraph(ageing_counts(found).sentence)
    yield Paragraph(
        "A published number is inside if it lies in the 90 % credible interval of the model, and a range if the median "
        "lies in it. A sign is as published if 90 % of the draws have it, and no change if 90 % of them change by less "
        f"than {NO_CHANGE:g} %. For a sign, the model gives the change in %. A figure that informs parameters is not a "
        "test. Contradictory sources are both listed, so some figures must be missed; a number with two "
        "interpretations is compared and counted twice."
    )
    names = "; ".join(f"{name.replace('_', ' ')}: {words}" for name, words in DERIVED.items())
    yield Paragraph(f"Derived from the quantities at rest: {names}.")
    yield tabled(
        ("figure", "quantity", "published", "model (90 %)", "verdict", "test", "simulated as", "contradicted by"),
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
    yield Heading("Not predicted", 3)
    yield tabled(
        ("figure", "quantity", "published", "reason"),
        (
            (f"`{row.id}`", f"{row.figure.quantity}; {row.figure.condition}", row.figure.published, row.why)
            for row in found
            if row.model is None
        ),
    )


def asked(row: AgeingRow) -> str:
    """Simulated case of a figure, in words."""
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


def by_decade() -> Iterator[Block]:
    yield Heading("Skin by decade")
    yield Figure(drawn, "Skin by age", "../images/ageing.png")
    kinds: Sequence[tuple[str, str, dict[str, str], str]] = (
        ("Women", "female", {}, "neodermis skin --ages 25,35,45,55,65,75,85 --sex female"),
        ("Men", "male", {}, "neodermis skin --ages 25,35,45,55,65,75,85 --sex male"),
        ("Women, 20 cigarettes per day and two sun exposures per week since age 18", "female", SMOKE | SUN,
         "neodermis skin --ages 25,35,45,55,65,75,85 --sex female --exposure smoking=20/day --exposure sun=high"),
        ("Men with the same exposures", "male", SMOKE | SUN,
         "neodermis skin --ages 25,35,45,55,65,75,85 --sex male --exposure smoking=20/day --exposure sun=high"),
    )  # fmt: skip
    shown = ("collagen_total", "collagen_papillary", "dermal_thickness", "synthesis_1", "synthesis_1_papillary",
             "fragmented", "elastin", "epidermal_turnover")  # fmt: skip
    for label, sex, exposures, line in kinds:
        d = decades(sex, exposures)
        yield Heading(label, 3)
        yield Code([line])
        yield tabled(
            ("quantity", "unit", *(f"{age}" for age in AGES)),
            (
                (QUANTITIES[name].label, QUANTITIES[name].unit,
                 *(spread(Interval.of(_clean(d.values[name][k]))) for k in range(len(AGES))))
                for name in shown
            ),
        )  # fmt: skip
    yield Paragraph(
        "Synthesis is given per volume. Since the dermis is thinner, synthesis with smoking and sun exposure falls per "
        "skin area, but hardly or not at all per volume."
    )
