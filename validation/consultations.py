"""Consultations as a clinic brings them, made from the shipped example by changing answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from neodermis.care.consultation import Consultation, example, parse_consultation


@dataclass(frozen=True, kw_only=True)
class Case:
    """A consultation: what differs from the example."""

    name: str
    words: str
    concerns: str
    """The tables of concerns, instead of those of the example."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Key and value, as TOML."""
    tables: str = ""
    """Tables that the example does not have."""

    @property
    def text(self) -> str:
        """The consultation as a file."""
        found = example()
        first, after = found.index("[[concern]]"), found.index("[history]")
        found = f"{found[:first]}{self.concerns}\n{found[after:]}"
        for key, value in ({"today": TODAY} | dict(self.answers)).items():
            found, changed = re.subn(rf"(?m)^(# )?{key} *=.*$", f"{key} = {value}", found, count=1)
            if not changed:
                raise ValueError(f"{self.name}: the example has no answer {key}")
        return f"{found}\n{self.tables}"

    @property
    def consultation(self) -> Consultation:
        """The consultation as it is read."""
        return parse_consultation(self.text, f"{self.name}.toml")


def _concern(name: str, site: str, severity: str) -> str:
    return f'[[concern]]\nname = "{name}"\nsite = "{site}"\nseverity = {severity}\n'


#: Day of the screening.
TODAY: Final = "2026-11-30"
_SCARS: Final = _concern("acne_scar", "cheek", '"goodman_baron:3 rolling=60% ice_pick=40%"')
_SCARRED: Final = {
    "age": "27", "sex": '"male"', "phototype": "5", "isotretinoin_last_dose": "2026-09-10", "scar_age_days": "2500",
}  # fmt: skip
_DULL: Final = _concern("dullness", "forehead", "0.3")

CASES: Final = (
    Case(
        name="smoker",
        words="smoker of 58 with perioral lines, phototype II, 20 cigarettes a day, no sunscreen",
        concerns=_concern("wrinkle", "perioral", '"lemperle:3"'),
        answers={"age": "58", "phototype": "2", "smoking": '"20/day since 20"', "smoker": "true",
                 "sunscreen": '"none"'},
    ),
    Case(
        name="scars-early",
        words="rolling and ice-pick acne scars, phototype V, isotretinoin stopped 81 days ago",
        concerns=_SCARS, answers=_SCARRED,
    ),
    Case(
        name="scars",
        words="the same patient after the waiting time, default limits",
        concerns=_SCARS, answers=_SCARRED | {"today": "2027-03-31"},
    ),
    Case(
        name="scars-raised",
        words="the same, with a limit on PIH of 0.7",
        concerns=_SCARS, answers=_SCARRED | {"today": "2027-03-31"}, tables="[limits]\npih_probability = 0.7\n",
    ),
    Case(
        name="scars-light",
        words="severe rolling acne scars at 30, phototype II, up to six visits and five days of downtime",
        concerns=_concern("acne_scar", "cheek", '"goodman_baron:4 rolling=100%"'),
        answers={"age": "30", "phototype": "2", "scar_age_days": "2500", "visits": "6", "downtime_days": "5"},
    ),
    Case(
        name="melasma",
        words="melasma at 38, phototype IV, much sun",
        concerns=_concern("melasma", "cheek", '"mmasi:8"'),
        answers={"age": "38", "phototype": "4", "melasma": "true", "sun": '"high"'},
    ),
    Case(
        name="striae",
        words="striae on the thighs at 31",
        concerns=_concern("striae", "thigh", "0.5"), answers={"age": "31", "striae_age_days": "1200"},
    ),
    Case(
        name="pores",
        words="enlarged pores at 30",
        concerns=_concern("pores", "cheek", '"present"'), answers={"age": "30"},
    ),
    Case(
        name="bride",
        words="acne scars and a dull forehead at 29, a wedding in seven weeks",
        concerns=_concern("acne_scar", "cheek", '"goodman_baron:2"') + _DULL,
        answers={"age": "29", "event": "2027-01-18", "scar_age_days": "2500"},
    ),
    Case(
        name="three",
        words="three sites at 45: acne scars of the cheeks, perioral lines, a dull forehead",
        concerns=_concern("acne_scar", "cheek", '"goodman_baron:3"') + _concern("wrinkle", "perioral", '"lemperle:2"')
        + _DULL,
        answers={"scar_age_days": "2500"},
    ),
)  # fmt: skip


def case(name: str) -> Case:
    """A consultation by its name."""
    return next(one for one in CASES if one.name == name)
