"""Patient: the clinic's view of a person, turned into the model's :class:`~neodermis.session.Skin`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from neodermis.errors import InputError
from neodermis.evidence import ParameterSet
from neodermis.session import Skin
from neodermis.skin.tissue import find_site
from neodermis.units import read_number

_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}


@dataclass(frozen=True, kw_only=True, slots=True)
class Patient:
    """A person, without name or date.

    Raises
    ------
    InputError
        A field is outside its range; names the field, the value, the range and whose range it is.
    """

    age: float = 45.0
    """Age at the first session, years (18 to 100)."""
    sex: Literal["female", "male"] = "female"
    phototype: int = 3
    """Fitzpatrick skin phototype, 1 to 6: the answer of the melanocytes to inflammation."""

    scar: float = 0.0
    """Severity of an atrophic scar that is treated, 0 (none) to 1: a set point that only sessions move."""

    def __post_init__(self) -> None:
        age = read_number(
            self.age,
            what="age",
            low=18,
            high=100,
            whose="this program's range: adults; the published cohorts it rests on are 18 to 75 years old",
            unit="year",
            next_step="give the age in years, for instance 45",
        )
        object.__setattr__(self, "age", age)
        sex = str(self.sex).strip().casefold()
        if sex not in ("female", "male"):
            raise InputError(
                "sex", value=self.sex, accepted="female or male", whose="the published thickness tables",
                next_step="give the one whose skin thickness should be used",
            )  # fmt: skip
        object.__setattr__(self, "sex", sex)
        given = self.phototype
        roman = _ROMAN.get(str(given).strip().casefold())
        phototype = roman or read_number(
            given,
            what="phototype",
            low=1,
            high=6,
            whose="the Fitzpatrick scale",
            whole=True,
            next_step="give a Fitzpatrick phototype from 1 to 6, for instance 3 or III",
        )
        object.__setattr__(self, "phototype", int(phototype))
        scar = read_number(
            self.scar,
            what="scar",
            low=0,
            high=1,
            whose="the model's scale, 0 for none and 1 for a full atrophic scar; no clinical grade is linked to it yet",
            next_step="give a share, for instance 0.5, or leave it out for unscarred skin",
        )
        object.__setattr__(self, "scar", scar)

    def skin(self, site: str, parameters: ParameterSet) -> Skin:
        """The person's skin at a site, zone by zone: published dermis thickness of the sex, corrected for age later."""
        place = find_site(site)
        zones = tuple((share, self.skin(name, parameters)) for name, share in place.zones.items())
        epidermis_um = sum(parameters[f"{part}_thickness"].value for part in ("stratum_corneum", "viable_epidermis"))
        dermis_mm = (
            sum(share * zone.dermis_reference_mm for share, zone in zones)
            if zones
            else place.dermis_mm(self.sex, epidermis_um / 1e3)
        )
        return Skin(
            site=place,
            dermis_reference_mm=dermis_mm,
            age_years=self.age,
            phototype=self.phototype,
            scar=self.scar,
            zones=zones,
        )
