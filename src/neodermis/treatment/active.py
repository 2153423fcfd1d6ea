"""Actives: products applied to the skin, at a session to open channels or at home between sessions.

The catalogue holds the properties of a molecule or product (molar mass, lipophilicity, solubility, measured
permeability), its usual concentration, the published results in needled skin, and the named rate of the healing skin on
which it acts, with the grade of that evidence.  An active without a sourced effect size has no effect and states this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, get_args

from neodermis.errors import DataFileError, InputError
from neodermis.names import Names
from neodermis.treatment.device import written
from neodermis.units import convert, read_number

#: ``molecule`` diffuses; ``mixture`` has no single molar mass (platelets, vesicles); ``product`` acts on the surface.
Kind = Literal["molecule", "mixture", "product"]
#: Safety of a product on skin with open channels.
OpenSkin = Literal["sterile only", "never", "prescriber"]
SHIPPED: Final = Path(__file__).with_name("data") / "actives.toml"
_CATALOGUE: Final = "the catalogue of actives; neodermis actives show NAME says more"

#: Latest application after a session, and longest pauses of a home regimen around one.
MAX_AFTER_HOURS: Final = 168.0
MAX_GAP_DAYS: Final = 30.0

#: Days per week of daily use.
_WEEK: Final = convert(1.0, "week", "d")


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """An effect of an active on a named rate or state.

    Attributes
    ----------
    on
        The rate or state.
    through
        Exposure that represents the effect, or ``"platelets"``; empty where the model has none.
    level
        Level of that exposure under daily use, or at a session a month, in the unit of the exposure.
    per
        Basis of the level: a day of use, a session, or monthly sessions.
    sized
        Whether the effect size is sourced; otherwise there is no effect.
    grade
        Kind of study behind it.
    """

    on: str
    through: str
    level: float
    per: Literal["day", "session", "month"]
    sized: bool
    grade: str
    sources: tuple[str, ...]
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Active:
    """One active of the catalogue; a property that was not found is None."""

    id: str
    label: str
    aliases: tuple[str, ...]
    kind: Kind
    molar_mass: float | None
    """Molar mass, g/mol."""
    log_kow: float | None
    permeability_cm_h: tuple[float, float] | None
    """Smallest and largest permeability measured on intact human skin, cm/h."""
    permeability_of: str
    solubility_mg_ml: float | None
    """Solubility in water, mg/mL; None where no limit was found."""
    radius_nm: float | None
    """Hydrodynamic radius of a non-compact molecule, nm."""
    dissolved: bool
    """True for a solution, whose concentration cannot exceed the solubility; False for an emulsion or suspension."""
    usual_percent: float | None
    most_percent: float | None
    most_whose: str
    open_skin: OpenSkin
    open_skin_why: str
    systemic: str
    """Effect that limits the systemic dose; empty where none was found."""
    plasma_limit_ug_ml: float | None
    """Lowest plasma level at which toxic signs were observed, µg/mL."""
    distribution_l_kg: float | None
    label_mg: float | None
    """Maximum dose of a label on intact adult skin, mg."""
    label_cm2: float | None
    """Maximum area of the label, cm²."""
    followed_as: str
    """Active that represents a mixture in the delivery model; empty where the active represents itself."""
    effects: tuple[Effect, ...]
    sources: tuple[str, ...]
    note: str

    @property
    def acts(self) -> tuple[Effect, ...]:
        """Effects with a sourced size."""
        return tuple(effect for effect in self.effects if effect.sized)


_NUMBERS: Final = (
    "molar_mass", "log_kow", "solubility_mg_ml", "radius_nm", "usual_percent", "most_percent", "plasma_limit_ug_ml",
    "distribution_l_kg", "label_mg", "label_cm2",
)  # fmt: skip
_TEXTS: Final = ("permeability_of", "most_whose", "systemic", "followed_as", "note")


@cache
def load_actives() -> Mapping[str, Active]:
    """The catalogue, by id.  Raises :class:`DataFileError` where an entry breaks its schema."""
    from neodermis.documents import read_document  # imported here: not needed at import

    return {name: _active(name, entry) for name, entry in read_document(SHIPPED).items()}


def _active(name: str, entry: Mapping[str, Any]) -> Active:
    from neodermis.documents import is_number

    def wrong(field: str, accepted: str) -> DataFileError:
        return DataFileError(SHIPPED.name, name, field, value=entry.get(field), accepted=accepted)

    known = {*Active.__slots__} - {"id", "effects"} | {"effect"}
    for field in entry:
        if field not in known:
            raise wrong(field, ", ".join(sorted(known)))
    for field in ("label", "kind", "open_skin", "open_skin_why"):
        if not isinstance(entry.get(field), str):
            raise wrong(field, "text")
    if entry["kind"] not in get_args(Kind):
        raise wrong("kind", ", ".join(get_args(Kind)))
    if entry["open_skin"] not in get_args(OpenSkin):
        raise wrong("open_skin", ", ".join(get_args(OpenSkin)))
    if entry["kind"] == "molecule" and not is_number(entry.get("molar_mass")):
        raise wrong("molar_mass", "g/mol, for a molecule")
    for field in _NUMBERS:
        if field in entry and not is_number(entry[field]):
            raise wrong(field, "a finite number")
    measured = entry.get("permeability_cm_h")
    if measured is not None and not (
        isinstance(measured, list)
        and len(measured) == 2
        and all(map(is_number, measured))
        and 0 < measured[0] <= measured[1]
    ):
        raise wrong("permeability_cm_h", "the smallest and the largest measured, cm/h")
    effects = []
    for effect in entry.get("effect", ()):
        try:
            effects.append(
                Effect(
                    on=effect["on"], through=effect.get("through", ""), level=float(effect.get("level", 1.0)),
                    per=effect.get("per", "day"), sized=effect["sized"], grade=effect["grade"],
                    sources=tuple(effect.get("sources", ())), note=effect["note"],
                )
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise wrong("effect", f"all fields of an effect ({error})") from error
    texts: dict[str, Any] = {field: entry.get(field, "") for field in _TEXTS}
    numbers: dict[str, Any] = {field: None if entry.get(field) is None else float(entry[field]) for field in _NUMBERS}
    return Active(
        id=name,
        label=entry["label"],
        aliases=tuple(entry.get("aliases", ())),
        kind=entry["kind"],
        permeability_cm_h=None if measured is None else (float(measured[0]), float(measured[1])),
        dissolved=entry.get("dissolved", False),
        open_skin=entry["open_skin"],
        open_skin_why=entry["open_skin_why"],
        effects=tuple(effects),
        sources=tuple(entry.get("sources", ())),
        **numbers,
        **texts,
    )


@cache
def active_spellings() -> Mapping[str, str]:
    """Every accepted spelling of an active (lower case, words joined by ``_``) and the id it stands for."""
    known = {one.id: one.aliases for one in load_actives().values()}
    return Names.of("active", SHIPPED.name, known, {}).spellings


def find_active(name: str) -> Active:
    """The active of this id or alias; :class:`UnknownNameError` with the closest name otherwise."""
    return load_actives()[Names(kind="active", spellings=active_spellings(), questions={}).find(name)]


def read_percent(active: Active, percent: object) -> float | None:
    """A concentration in percent within the range available for the active; None where it has none.

    Raises :class:`InputError` at 0 or below, above the highest available concentration, or above the solubility.
    """
    if active.most_percent is None:
        if percent is not None:
            raise InputError(
                f"{active.id}, percent", value=percent, accepted="no percentage", whose=_CATALOGUE,
                next_step=f"leave it out: {active.label} is applied undiluted",
            )  # fmt: skip
        return None
    if percent is None:
        return active.usual_percent
    high, whose = active.most_percent, active.most_whose or _CATALOGUE
    dissolves = None if active.solubility_mg_ml is None else active.solubility_mg_ml / 10  # g per 100 mL
    if active.dissolved and dissolves is not None and dissolves < high:
        high, whose = dissolves, "its solubility in water"
    usual = f", usually {active.usual_percent:g} %" if active.usual_percent is not None else ""
    return read_number(
        percent, what=f"{active.id}, percent", low=active.most_percent / 1e6, high=high, unit="%", whose=whose,
        next_step=f"give the concentration in the product{usual}",
    )  # fmt: skip


def read_hours(value: object, active: str) -> float:
    """Hours after a session, within the accepted range."""
    return read_number(
        value, what=f"{active}, hours after the session", low=0.0, high=MAX_AFTER_HOURS, unit="h",
        whose="this program's range: one week, by which time all channels have closed",
        next_step="give hours, for instance after 24 h",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """An active applied after each session.

    Raises
    ------
    InputError
        An unknown active, a percentage or a time outside its range.
    """

    active: str
    """Id of the active; an alias is accepted."""
    percent: float | None = None
    """Concentration, g per 100 mL; None for an active without one or for the usual concentration."""
    after_hours: float = 0.0
    """Time after the session, h."""

    def __post_init__(self) -> None:
        one = find_active(self.active)
        object.__setattr__(self, "active", one.id)
        object.__setattr__(self, "percent", read_percent(one, self.percent))
        object.__setattr__(self, "after_hours", read_hours(self.after_hours, one.id))

    def __str__(self) -> str:
        return _dose(self.active, self.percent) + (f" after {written(self.after_hours)} h" if self.after_hours else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeUse:
    """An active used at home from the first session of its phase, with a pause around every session.

    Raises
    ------
    InputError
        An unknown active, a percentage, a frequency or a gap outside its range.
    """

    active: str
    percent: float | None = None
    per_week: float = _WEEK
    """Days of use per week, at most 7."""
    stop_days: float = 0.0
    """Days before each session without use."""
    resume_days: float = 0.0
    """Days after each session without use."""

    def __post_init__(self) -> None:
        one = find_active(self.active)
        object.__setattr__(self, "active", one.id)
        object.__setattr__(self, "percent", read_percent(one, self.percent))
        times = read_number(
            self.per_week, what=f"home {one.id}, days a week", low=1.0, high=_WEEK, whose="the week",
            next_step="give daily, weekly or N times a week",
        )  # fmt: skip
        object.__setattr__(self, "per_week", times)
        for name, what in (("stop_days", "stop before"), ("resume_days", "resume after")):
            gap = read_number(
                getattr(self, name), what=f"home {one.id}, {what}", low=0.0, high=MAX_GAP_DAYS, unit="d",
                whose="this program's range; clinics advise 2 to 14 days", next_step="give days, for instance 5",
            )  # fmt: skip
            object.__setattr__(self, name, gap)

    def __str__(self) -> str:
        if self.per_week == _WEEK:
            often = "daily"
        else:
            often = "weekly" if self.per_week == 1 else f"{written(self.per_week)} times a week"
        stop = f", stop {_days(self.stop_days)} before" if self.stop_days else ""
        resume = f", resume {_days(self.resume_days)} after" if self.resume_days else ""
        return f"home {_dose(self.active, self.percent)} {often}{stop}{resume}"

    def share(self, session_days: tuple[float, ...]) -> float:
        """Use during the course relative to daily use, as a share of the days between sessions."""
        gaps = [after - before for before, after in pairwise(session_days)]
        if not gaps:
            return self.per_week / _WEEK
        left_off = sum(min(self.stop_days + self.resume_days, gap) for gap in gaps) / sum(gaps)
        return self.per_week / _WEEK * (1.0 - left_off)


def _dose(active: str, percent: float | None) -> str:
    return active if percent is None else f"{active} {written(percent)} %"


def _days(days: float) -> str:
    return f"{written(days)} {'day' if days == 1 else 'days'}"
