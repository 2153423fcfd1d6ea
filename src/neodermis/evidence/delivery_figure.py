"""Published figures on channel closure, skin water and delivery, with the experiment in terms of the model.

Each figure is compared with the model.  Where the study does not report an input of the model, the set-up gives a range
and its basis; a figure that the model cannot predict states the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, get_args

from neodermis.documents import read_entries
from neodermis.errors import DataFileError, UnknownNameError
from neodermis.evidence.figure import Inputs, Published, Sign, check_published, read_amount
from neodermis.uncertain import Distribution

DELIVERY_FILE: Final = "delivery_figures.toml"

#: Quantity that the model computes → its unit.
DELIVERY_QUANTITIES: Final = {
    "closure_electrical": "h",
    "closure_geometric": "h",
    "closure_barrier": "h",
    "electrical_half_time": "h",
    "water_loss": "g/m2/h",
    "tewl_rise": "g/m2/h",
    "tewl_change": "g/m2/h",
    "hydration_change": "1",
    "enhancement": "1",
    "skin_enhancement": "1",
    "permeability": "cm/h",
    "flux": "ug/cm2/h",
    "absorbed_share": "1",
    "passed_share": "1",
    "retained_share": "1",
    "passed": "ug/cm2",
    "retained": "ug/cm2",
    "lag": "h",
    "tissue_diffusivity": "um2/s",
    "dermal_clearance": "1/h",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliverySetup(Inputs):
    """Experiment of a study as inputs of the model; inputs that do not affect the answer are left out."""

    channels_per_cm2: Distribution | None = None
    """Channel density, 1/cm²; None without channels."""
    channel_width_um: Distribution | None = None
    """Channel width after withdrawal of the needle and recoil of the skin, µm."""
    depth_mm: Distribution | None = None
    """Depth of the channels, mm."""
    age_years: Distribution | None = None
    phototype: Distribution | None = None
    anti_inflammatory: bool = False
    moisturiser: bool = False
    hyaluronan: bool = False
    sessions: Distribution | None = None
    interval_days: Distribution | None = None
    hours: Distribution | None = None
    """Time since the last session, or since application of the product, h."""
    active: str = ""
    """Active of the catalogue; otherwise the three properties of a molecule that follow."""
    molar_mass: Distribution | None = None
    log_kow: Distribution | None = None
    """Lipophilicity of the form in the product; without it the lipid path is closed."""
    radius_nm: Distribution | None = None
    percent: Distribution | None = None
    dose_mg_cm2: Distribution | None = None
    """Dose, mg/cm²; None for an infinite dose."""
    dissolved: bool = False
    """Whether the vehicle dissolves the whole dose, independent of the solubility in water."""
    occluded: bool = False
    emulsion: bool = False
    in_vitro: bool = False
    """A receptor below the skin, no blood flow, and channels that do not close."""
    corneum_um: Distribution | None = None
    dermis_mm: Distribution | None = None
    """Dermis below the epidermis in vitro, mm."""
    read_as: str = ""
    """Unit of a number with an unreported unit, or with another name for the unit of the model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryFigure(Published):
    """One published number on channel closure, skin water or delivery."""

    derived: str = ""
    """Derivation of the number from the published ones."""
    setup: DeliverySetup | None = None
    against: DeliverySetup | None = None
    """Denominator of a ratio, or start of a change."""

    @property
    def is_sign(self) -> bool:
        """Whether only a direction was published."""
        return self.value is None and self.low is None and self.high is None


@cache
def load_delivery_figures() -> tuple[DeliveryFigure, ...]:
    """All shipped figures on closure, water and delivery, in the order of the file."""
    return read_delivery_figures(
        (files("neodermis.evidence") / "data" / DELIVERY_FILE).read_text("utf-8"), DELIVERY_FILE
    )


def find_delivery_figure(name: str) -> DeliveryFigure:
    """The shipped figure of this id; :class:`UnknownNameError` names the closest."""
    for figure in load_delivery_figures():
        if figure.id == name:
            return figure
    raise UnknownNameError("figure", name, [figure.id for figure in load_delivery_figures()])


def read_delivery_figures(text: str, file: str) -> tuple[DeliveryFigure, ...]:
    """Figures from the text of a file; :class:`DataFileError` names the file, the entry and the field."""
    return tuple(read_entries(text, file, "figure", _figure).values())


def _figure(entry: dict[str, Any], file: str) -> DeliveryFigure:
    name = str(entry.get("id", ""))

    def wrong(field: str, accepted: str) -> DataFileError:
        return DataFileError(file, name, field, value=entry.get(field), accepted=accepted)

    check_published(entry, file, DeliveryFigure, "setup", tables=("setup", "against"), signs=get_args(Sign))
    made: dict[str, Any] = {}
    if "setup" in entry:
        if entry["quantity"] not in DELIVERY_QUANTITIES:
            raise wrong("quantity", ", ".join(DELIVERY_QUANTITIES))
        made["setup"] = _setup(entry["setup"], f"{name} > setup", file)
    if "against" in entry:
        if "setup" not in made:
            raise wrong("against", "a figure that has a set-up")
        other = _setup(entry["against"], f"{name} > against", file)
        made["against"] = replace(made["setup"], **{key: getattr(other, key) for key in entry["against"]})
    return DeliveryFigure(**{**entry, "used_for": tuple(entry.get("used_for", ())), **made})


_TRUTHS: Final = ("anti_inflammatory", "moisturiser", "hyaluronan", "dissolved", "occluded", "emulsion", "in_vitro")
_TEXTS: Final = ("active", "read_as")
#: Numbers that may be 0 or less.
_SIGNED: Final = ("log_kow",)


def _setup(table: Any, entry: str, file: str) -> DeliverySetup:
    known = [f.name for f in fields(DeliverySetup)]
    if not isinstance(table, dict):
        raise DataFileError(file, entry, "", value=table, accepted="a table of a set-up")
    given: dict[str, Any] = {"assumed": {}}
    for field, value in table.items():
        if field not in known:
            raise DataFileError(file, entry, field, value=value, accepted=", ".join(known))
        if field == "assumed":
            if any(key not in known or not isinstance(basis, str) or not basis for key, basis in value.items()):
                raise DataFileError(file, entry, field, value=value, accepted="a basis for inputs of a set-up")
            given[field] = dict(value)
        elif field in _TRUTHS or field in _TEXTS:
            kind, accepted = (bool, "true or false") if field in _TRUTHS else (str, "text")
            if not isinstance(value, kind):
                raise DataFileError(file, entry, field, value=value, accepted=accepted)
            given[field] = value
        else:
            given[field] = read_amount(value, (file, entry, field), signed=field in _SIGNED)
    return DeliverySetup(**given)
