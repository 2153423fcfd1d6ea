"""Published figures on skin by age and with exposures, and the corresponding quantities of the model.

Each figure is compared with the model, contradictory figures included.  A figure without a corresponding state or
instrument of the model gives the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, get_args

from neodermis.documents import is_number, read_entries
from neodermis.errors import DataFileError, UnknownNameError
from neodermis.evidence.figure import Published, check_published
from neodermis.evidence.parameter import load_parameters

Sign = Literal["increase", "decrease", "none"]
#: Compared quantity: skin at rest, an untreated or a treated course, the time to re-epithelialise, a parameter.
Of = Literal["rest", "untreated", "treated", "cover_time", "parameter"]
#: Form of the result. From one state: ``value``, ``percent`` (× 100), ``one_minus``, ``one_minus_percent``,
#: ``years`` (one over a rate per day).  From two states: ``ratio``, ``change`` and ``loss`` (%), ``loss_per_decade`` (%
#: of the
#: first a decade), ``loss_per_year`` (%/year, compounding), ``sign``.
Give = Literal[
    "value", "percent", "one_minus", "one_minus_percent", "years",
    "ratio", "change", "loss", "loss_per_decade", "loss_per_year", "sign",
]  # fmt: skip
#: Forms that compare two states.
COMPARING: Final = ("ratio", "change", "loss", "loss_per_decade", "loss_per_year", "sign")
AGEING_FILE: Final = "ageing_figures.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Who:
    """A person in a comparison; ``sex`` ``both`` is the mean of a woman and a man."""

    age: float
    sex: Literal["female", "male", "both"] = "both"
    site: str
    phototype: int = 3
    exposures: Mapping[str, str] = field(default_factory=dict)
    concerns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """Quantity of the model that is compared."""

    of: Of
    name: str
    """Quantity of untreated skin, outcome of a course, or parameter; empty for the time to re-epithelialisation."""
    give: Give
    person: Who | None = None
    against: Who | None = None
    """The other person, or the same one at another age: denominator of a ratio, or start of a change."""
    protocol: str = ""
    day: float | None = None
    assumed: str = ""
    """How the model quantity represents the measurement, where the two differ."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgeingFigure(Published):
    """One published figure on age or exposures."""

    address: str = ""
    """Address where this figure was read, if not that of the source."""
    printed: str = ""
    """Published result that is not a single number."""
    derived: str = ""
    """Derivation of the number from the published ones."""
    disputes: tuple[str, ...] = ()
    """Figures that disagree."""
    ask: Ask | None = None

    @property
    def published(self) -> str:
        """The published figure in one phrase."""
        spread = f" (SD {self.sd:g})" if self.sd is not None else f" (SE {self.se:g})" if self.se is not None else ""
        if self.value is not None:
            number = f"{self.value:g}{spread}"
            if self.low is not None and self.high is not None:
                number += f" ({self.low:g} to {self.high:g})"
        elif self.low is not None and self.high is not None:
            number = f"{self.low:g} to {self.high:g}"
        elif self.high is not None:
            number = f"up to {self.high:g}"
        elif self.low is not None:
            number = f"{self.low:g} or more"
        else:
            return self.printed or ("no change" if self.sign == "none" else str(self.sign))
        number = number if self.unit in ("", "1") else f"{number} {self.unit}"
        return f"{number}; {self.printed}" if self.printed else number


@cache
def load_ageing_figures() -> tuple[AgeingFigure, ...]:
    """Every shipped figure on age and exposures, in the order of the file."""
    return read_ageing_figures((files("neodermis.evidence") / "data" / AGEING_FILE).read_text("utf-8"), AGEING_FILE)


def find_ageing_figure(name: str) -> AgeingFigure:
    """The shipped figure of this id; :class:`UnknownNameError` names the closest."""
    for figure in load_ageing_figures():
        if figure.id == name:
            return figure
    raise UnknownNameError("figure", name, [figure.id for figure in load_ageing_figures()])


def read_ageing_figures(text: str, file: str) -> tuple[AgeingFigure, ...]:
    """Figures from the text of a file; :class:`DataFileError` names the file, the entry and the field."""
    found = read_entries(text, file, "figure", _figure)
    for figure in found.values():
        if not set(figure.disputes) <= set(found):
            raise DataFileError(
                file, figure.id, "disputes", value=figure.disputes, accepted="ids of figures of this file"
            )
    return tuple(found.values())


_NAMES: Final = ("used_for", "disputes")


def _figure(entry: dict[str, Any], file: str) -> AgeingFigure:
    name = str(entry.get("id", ""))

    def wrong(what: str, accepted: str) -> DataFileError:
        return DataFileError(file, name, what, value=entry.get(what), accepted=accepted)

    check_published(
        entry, file, AgeingFigure, "ask", tables=("ask",), lists=_NAMES, signs=get_args(Sign), texts=("printed",)
    )
    made: dict[str, Any] = {what: tuple(entry.get(what, ())) for what in _NAMES}
    if "ask" in entry:
        made["ask"] = _ask(entry["ask"], f"{name} > ask", file)
        if (made["ask"].give == "sign") and "sign" not in entry:
            raise wrong("sign", "the published sign, which is asked for")
        if made["ask"].give != "sign" and not {"value", "low", "high"} & set(entry):
            raise wrong("value", "the published number, which is asked for")
    return AgeingFigure(**{**entry, **made})


_WORDS: Final = {"of": get_args(Of), "give": get_args(Give)}


def _ask(table: Any, entry: str, file: str) -> Ask:
    def wrong(what: str, accepted: str) -> DataFileError:
        value = table.get(what) if isinstance(table, dict) else table
        return DataFileError(file, entry, what, value=value, accepted=accepted)

    known = [f.name for f in fields(Ask)]
    if not isinstance(table, dict) or not set(table) <= set(known):
        raise wrong("", ", ".join(known))
    given = {"name": "", **table}
    for what, words in _WORDS.items():
        if given.get(what) not in words:
            raise wrong(what, ", ".join(words))
    for what in ("name", "protocol", "assumed"):
        if not isinstance(given.get(what, ""), str):
            raise wrong(what, "text")
    of, give = given["of"], given["give"]
    if of == "parameter":
        if given["name"] not in load_parameters(calibrated=False).parameters or give in COMPARING:
            raise wrong("name", "a parameter, as it stands")
        return Ask(**given)
    if "person" not in given:
        raise wrong("person", "a person")
    given["person"] = _who(given["person"], f"{entry} > person", file)
    if "against" in given:
        other = given["against"]
        changed = _who({"age": given["person"].age, "site": given["person"].site, **other}, f"{entry} > against", file)
        given["against"] = replace(given["person"], **{key: getattr(changed, key) for key in other})
    within_a_course = of in ("untreated", "treated") and "against" not in given
    if (give in COMPARING) != ("against" in given or within_a_course):
        raise wrong("against", "another person where two are compared, and none where they are not")
    if of == "treated" and "protocol" not in given:
        raise wrong("protocol", "the sentence of a protocol")
    if of in ("untreated", "treated") and not is_number(given.get("day", 0.0)):
        raise wrong("day", "a day of the course")
    return Ask(**given)


def _who(table: Any, entry: str, file: str) -> Who:
    known = {f.name for f in fields(Who)}
    if not isinstance(table, dict) or not set(table) <= known:
        raise DataFileError(file, entry, "", value=table, accepted=", ".join(sorted(known)))
    if not is_number(table.get("age")) or not isinstance(table.get("site"), str):
        raise DataFileError(file, entry, "age", value=table, accepted="an age and a site")
    if table.get("sex", "both") not in ("female", "male", "both"):
        raise DataFileError(file, entry, "sex", value=table["sex"], accepted="female, male, both")
    for what in ("exposures", "concerns"):
        if not all(isinstance(value, str) for value in table.get(what, {}).values()):
            raise DataFileError(file, entry, what, value=table[what], accepted="texts by name")
    return Who(**table)
