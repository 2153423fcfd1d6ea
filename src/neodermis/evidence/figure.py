"""Published figures: single numbers on channels, forces and pain, with the experiment in terms of the model.

Each figure is compared with the model.  Where the study does not report an input of the model, the set-up gives a range
and its basis; a figure that the model cannot predict states the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from neodermis.documents import is_number, read_entries
from neodermis.errors import DataFileError, UnknownNameError
from neodermis.evidence.bibliography import load_bibliography
from neodermis.evidence.parameter import load_parameters
from neodermis.lazy import numpy as np
from neodermis.uncertain import Distribution

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Sign = Literal["increase", "decrease", "none", "present"]
Kind = Literal["pen", "roller", "stamp"]
Under = Literal["muscle", "bone", "fat"]
Given = Literal["topical", "none", "unknown"]
FILE: Final = "figures.toml"
#: Numbers of a set-up that are whole.
COUNTED: Final = ("needles", "passes", "sessions")


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """Inputs of the model set by a study."""

    assumed: Mapping[str, str]
    """Inputs that the study does not report, each with the basis of its range."""

    @property
    def amounts(self) -> dict[str, Distribution]:
        """All given numbers, by name."""
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in given.items() if isinstance(value, Distribution)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup(Inputs):
    """Experiment of a study as inputs of the model; inputs that do not affect the answer are left out."""

    kind: Kind
    under: Under = "muscle"
    stretched: bool = False
    anaesthetic: Given = "unknown"
    set_depth_mm: Distribution | None = None
    passes: Distribution | None = None
    needles: Distribution | None = None
    needle_diameter_mm: Distribution | None = None
    needle_tip_radius_um: Distribution | None = None
    needle_taper_mm: Distribution | None = None
    frequency_hz: Distribution | None = None
    head_width_mm: Distribution | None = None
    head_area_mm2: Distribution | None = None
    drum_diameter_mm: Distribution | None = None
    drum_width_mm: Distribution | None = None
    pressing_speed_mm_s: Distribution | None = None
    epidermis_mm: Distribution | None = None
    foundation: Distribution | None = None
    """Stiffness below the needle relative to unstretched human skin over muscle."""
    hand_force_share: Distribution | None = None
    """Hand force relative to the usual force."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """One published number; ``low`` alone is a lower bound, ``high`` alone an upper bound."""

    id: str
    source: str
    quantity: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    sd: float | None = None
    se: float | None = None
    n: int | None = None
    sign: Sign | None = None
    condition: str
    species: str
    method: str = ""
    used_for: tuple[str, ...] = ()
    """Parameters that are based on the figure, which therefore does not test them."""
    why_not: str = ""
    """Reason why the model does not predict it; empty where it does."""

    @property
    def published(self) -> str:
        """The published figure in one phrase."""
        number = printed(self.value, self.low, self.high, self.unit, sd=self.sd, se=self.se)
        return number or ("no change" if self.sign == "none" else str(self.sign or ""))


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure(Published):
    """One published number on channels, forces or pain."""

    n_of: str = ""
    tissue: str = ""
    setup: Setup | None = None
    against: Setup | None = None
    """Denominator of a ratio, or start of a change."""


def printed(
    value: float | None, low: float | None, high: float | None, unit: str, *, sd: float | None, se: float | None
) -> str:
    """A published number with spread, range or bound, and unit; empty without a number."""
    spread = f" (SD {sd:g})" if sd is not None else f" (SE {se:g})" if se is not None else ""
    if value is not None:
        number = f"{value:g}{spread}"
    elif low is not None and high is not None:
        number = f"{low:g} to {high:g}"
    elif high is not None:
        number = f"< {high:g}"
    elif low is not None:
        number = f"> {low:g}"
    else:
        return ""
    return number if unit in ("", "1") else f"{number} {unit}"


@cache
def load_figures() -> tuple[Figure, ...]:
    """All shipped figures, in the order of the file."""
    return read_figures((files("neodermis.evidence") / "data" / FILE).read_text("utf-8"), FILE)


def find_figure(name: str) -> Figure:
    """The shipped figure of this id; :class:`UnknownNameError` names the closest."""
    for figure in load_figures():
        if figure.id == name:
            return figure
    raise UnknownNameError("figure", name, [figure.id for figure in load_figures()])


def read_figures(text: str, file: str) -> tuple[Figure, ...]:
    """Figures from the text of a file; :class:`DataFileError` names the file, the entry and the field."""
    return tuple(read_entries(text, file, "figure", _figure).values())


_REQUIRED: Final = ("id", "source", "quantity", "condition", "species")
_NUMBERS: Final = ("value", "low", "high", "sd", "se", "n")


def check_published(
    entry: Mapping[str, Any],
    file: str,
    kind: type[DataclassInstance],
    asked: str,
    *,
    tables: tuple[str, ...],
    lists: tuple[str, ...] = ("used_for",),
    signs: tuple[str, ...],
    texts: tuple[str, ...] = (),
) -> None:
    """Check the fields common to all files of published figures; :class:`DataFileError` names the field.

    Parameters
    ----------
    kind
        The dataclass that the entry becomes.
    asked
        Field with the corresponding model quantity; an entry has it or ``why_not``.
    tables, lists
        Fields that are tables, which are not checked here, and lists of names.
    signs
        Accepted signs.
    texts
        Fields that replace a number where none was published.
    """
    known = [f.name for f in fields(kind)]

    def wrong(field: str, accepted: str) -> DataFileError:
        return DataFileError(file, str(entry.get("id", "")), field, value=entry.get(field), accepted=accepted)

    for field, value in entry.items():
        if field not in known:
            raise wrong(field, ", ".join(known))
        if field in _NUMBERS:
            if not is_number(value):
                raise wrong(field, "a finite number")
        elif field in lists:
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise wrong(field, "a list of names")
        elif field not in tables and not (isinstance(value, str) and value.strip()):
            raise wrong(field, "text")
    for field in _REQUIRED:
        if field not in entry:
            raise wrong(field, "this field must be given")
    if entry["source"] not in load_bibliography():
        raise wrong("source", "the key of a work in the bibliography")
    if any(item not in load_parameters(calibrated=False).parameters for item in entry.get("used_for", ())):
        raise wrong("used_for", "names of parameters")
    if "sign" in entry and entry["sign"] not in signs:
        raise wrong("sign", ", ".join(signs))
    if not {"value", "low", "high", "sign", *texts} & set(entry):
        raise wrong("value", "a value, low or high, a sign" + "".join(f", or {text}" for text in texts))
    if {"value", "low", "high"} & set(entry) and "unit" not in entry:
        raise wrong("unit", "the unit as printed")
    if "low" in entry and "high" in entry and not entry["low"] < entry["high"]:
        raise wrong("low", "less than high")
    if (asked in entry) == ("why_not" in entry):
        raise wrong("why_not", "either what the model is asked or why it is not")


def _figure(entry: dict[str, Any], file: str) -> Figure:
    name = str(entry.get("id", ""))
    check_published(entry, file, Figure, "setup", tables=("setup", "against"), signs=get_args(Sign))
    made: dict[str, Any] = {}
    if "setup" in entry:
        made["setup"] = _setup(entry["setup"], f"{name} > setup", file)
    if "against" in entry:
        if "setup" not in made:
            raise DataFileError(file, name, "against", value=entry["against"], accepted="a figure that has a set-up")
        other = _setup({"kind": made["setup"].kind, **entry["against"]}, f"{name} > against", file)
        made["against"] = replace(made["setup"], **{key: getattr(other, key) for key in entry["against"]})
    return Figure(**{**entry, "used_for": tuple(entry.get("used_for", ())), **made})


_WORDS: Final = {"kind": get_args(Kind), "under": get_args(Under), "anaesthetic": get_args(Given)}


def _setup(table: Mapping[str, Any], entry: str, file: str) -> Setup:
    given: dict[str, Any] = {"assumed": {}}
    known = [f.name for f in fields(Setup)]
    for field, value in table.items():
        if field not in known:
            raise DataFileError(file, entry, field, value=value, accepted=", ".join(known))
        if field == "assumed":
            if any(key not in table or not isinstance(basis, str) or not basis for key, basis in value.items()):
                raise DataFileError(file, entry, field, value=value, accepted="a basis for inputs of this set-up")
            given[field] = dict(value)
        elif field in _WORDS:
            if value not in _WORDS[field]:
                raise DataFileError(file, entry, field, value=value, accepted=", ".join(_WORDS[field]))
            given[field] = value
        elif field == "stretched":
            if not isinstance(value, bool):
                raise DataFileError(file, entry, field, value=value, accepted="true or false")
            given[field] = value
        else:
            given[field] = read_amount(value, (file, entry, field))
    if "kind" not in given:
        raise DataFileError(file, entry, "kind", accepted=", ".join(_WORDS["kind"]))
    return Setup(**given)


def read_amount(value: object, where: tuple[str, str, str], *, signed: bool = False) -> Distribution:
    """A number of a set-up, which may be 0 or negative only where it is ``signed``."""
    least = -np.inf if signed else 0.0
    if is_number(value) and value > least:
        return Distribution(kind="none", centre=float(value))
    if isinstance(value, list) and len(value) == 2 and all(map(is_number, value)) and least < value[0] < value[1]:
        return Distribution.between(float(value[0]), float(value[1]), whole=where[2] in COUNTED)
    if isinstance(value, dict) and set(value) == {"median", "log_sd"} and all(map(is_number, value.values())):
        middle, log_sd = float(value["median"]), float(value["log_sd"])
        if middle > 0 and log_sd > 0:
            return Distribution(kind="lognormal", a=log_sd, centre=middle)
    number = "a number" if signed else "a number above 0"
    raise DataFileError(*where, value=value, accepted=f"{number}, [low, high] or {{median, log_sd}}")
