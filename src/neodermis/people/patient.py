"""Patient: the clinical description, converted to the model's :class:`~neodermis.simulation.session.Skin`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from neodermis.documents import read_document
from neodermis.errors import DataFileError, InputError, concerning
from neodermis.people import concern as concern_
from neodermis.people import exposure as exposure_
from neodermis.people.concern import Concern, read_concern
from neodermis.people.exposure import MENOPAUSE_AGE, NEVER, Exposure, Part, find_exposure, read_exposure
from neodermis.skin.tissue import find_site
from neodermis.units import read_number

if TYPE_CHECKING:
    from neodermis.simulation.session import Skin, Subject

_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}


@dataclass(frozen=True, kw_only=True, slots=True)
class Patient:
    """A patient, without name or date.

    Raises
    ------
    InputError
        A field is outside its range, or two are incompatible; names the field, the value and the source of the range.
    """

    age: float = 45.0
    """Age at the first session, years (18 to 100)."""
    sex: Literal["female", "male"] = "female"
    phototype: int = 3
    """Fitzpatrick skin phototype, 1 to 6: sets the response of pigment to inflammation and of the skin to sun."""
    exposures: Mapping[str, Exposure] = field(default_factory=dict)
    """Time courses of exposures by name; text such as ``"20/day; 0 from day 0"`` is accepted."""
    concerns: Mapping[str, Concern] = field(default_factory=dict)
    """Severities by name; text such as ``"goodman_baron:3"`` is accepted."""

    def __post_init__(self) -> None:
        age = read_number(
            self.age,
            field="patient.age",
            low=18,
            high=100,
            whose="this program's range: adults; the published cohorts behind it are 18 to 75 years old",
            unit="year",
            next_step="give the age in years, for instance 45",
        )
        sex = str(self.sex).strip().casefold()
        if sex not in ("female", "male"):
            raise InputError(
                field="patient.sex", value=self.sex, accepted="female or male", whose="the published thickness tables",
                next_step="give the one whose skin thickness should be used",
            )  # fmt: skip
        given = self.phototype
        roman = _ROMAN.get(str(given).strip().casefold())
        phototype = roman or read_number(
            given,
            field="patient.phototype",
            low=1,
            high=6,
            whose="the Fitzpatrick scale",
            whole=True,
            next_step="give a Fitzpatrick phototype from 1 to 6, for instance 3 or III",
        )
        exposures: dict[str, Exposure] = {}
        for name, course in _table(self.exposures, "exposures").items():
            with concerning(f"patient.exposures.{name}"):
                one = course if isinstance(course, Exposure) else read_exposure(name, course, age)
            _once(one.name, exposures, "exposure")
            exposures[one.name] = one
        concerns: dict[str, Concern] = {}
        for name, severity in _table(self.concerns, "concerns").items():
            with concerning(f"patient.concerns.{name}"):
                found = severity if isinstance(severity, Concern) else read_concern(name, severity)
            _once(found.name, concerns, "concern")
            concerns[found.name] = found
        for name in ("menopause", "hormone_therapy"):
            if sex == "male" and name in exposures:
                raise InputError(
                    f"exposure {name}", field=f"patient.exposures.{name}", value=exposures[name].sentence,
                    accepted="this exposure for women only",
                    whose="the person, who is male", next_step="leave it out",
                )  # fmt: skip
        values = {"age": age, "sex": sex, "phototype": int(phototype), "exposures": exposures, "concerns": concerns}
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self.subject()  # raises an error for incompatible fields

    @property
    def menopause_age(self) -> float:
        """Age at menopause, years; 999 if it does not occur."""
        if self.sex == "male":
            return NEVER
        given = self.exposures.get("menopause")
        return MENOPAUSE_AGE if given is None else given.parts[0].level

    @property
    def said(self) -> dict[str, Any]:
        """The patient as plain values that read back as an equal patient."""
        plain: dict[str, Any] = {"age": self.age, "sex": self.sex, "phototype": self.phototype}
        if self.exposures:
            plain["exposures"] = {name: one.sentence for name, one in self.exposures.items()}
        if self.concerns:
            plain["concerns"] = {name: one.given for name, one in self.concerns.items()}
        return plain

    def changed(self, name: str, value: object, from_day: float = 0.0) -> Patient:
        """The same patient with another level of an exposure from a day of the course onwards."""
        new = read_exposure(name, value, self.age)
        level = find_exposure(new.name).said(new.parts[0].level)
        if len(new.parts) > 1 or new.parts[0].since_age is not None or new.parts[0].from_day is not None:
            raise InputError(
                field="changes", value=f"{name}={value}", accepted="one level, constant from the first session onwards",
                whose="this option", next_step=f"for instance {new.name}={level}",
            )  # fmt: skip
        if new.name == "menopause":
            raise InputError(
                field="changes", value=f"{name}={value}", accepted="an exposure that can be changed",
                whose="the catalogue of exposures", next_step="compare hormone_therapy=yes instead",
            )  # fmt: skip
        old = self.exposures.get(new.name)
        held = old or Exposure(new.name, (Part(0.0),))
        before = tuple(part for part, (day, _) in zip(held.parts, held.days(self.age), strict=True) if day < from_day)
        parts = (*before, Part(new.parts[0].level, from_day=from_day))
        return replace(self, exposures={**self.exposures, new.name: Exposure(new.name, parts)})

    def subject(self) -> Subject:
        """The patient in terms of the model."""
        from neodermis.simulation.session import Subject

        return Subject(
            age_years=self.age,
            male=float(self.sex == "male"),
            phototype=float(self.phototype),
            life=exposure_.life(self.exposures, self.menopause_age, self.age),
            concerns=concern_.severities(self.concerns),
        )

    def skin(self, site: str) -> Skin:
        """Skin of the patient at a site, zone by zone."""
        from neodermis.simulation.session import Skin

        place = find_site(site)
        return Skin(
            site=place,
            subject=self.subject(),
            zones=tuple((share, self.skin(name)) for name, share in place.zones.items()),
        )

    def unused(self, parameters: Any, sites: Iterable[str]) -> list[str]:
        """Sentences on inputs without an effect, for treatment at these sites."""
        covered = [name for name in sites if find_site(name).covered]
        shaded = [f"sun changes nothing at the {name}, which is taken to be covered" for name in covered]
        sunny = "sun" in self.exposures and any(part.level for part in self.exposures["sun"].parts)
        return [
            *exposure_.off(self.exposures, parameters),
            *concern_.off(self.concerns),
            *(shaded if sunny else ()),
        ]


def _table(given: object, what: str) -> Mapping[str, object]:
    if not isinstance(given, Mapping):
        raise InputError(
            what, value=str(given), accepted="a value for each name", whose="the description of a patient",
            next_step=f'for instance {what}={{"{"smoking" if what == "exposures" else "striae"}": "0"}}',
        )  # fmt: skip
    return given


def _once(name: str, read: Mapping[str, object], what: str) -> None:
    if name in read:
        raise InputError(
            f"{what} {name}", accepted="each name once", whose="the person: one of two values would be ignored",
            next_step="leave one of them out",
        )  # fmt: skip


def read_patient(path: Path) -> dict[str, Any]:
    """A patient from a file: age, sex, phototype, and tables of exposures and concerns.

    Raises :class:`DataFileError` that names the field, and the errors of :class:`Patient`.
    """
    document = read_document(path)
    found: dict[str, Any] = {}
    for name, value in document.items():
        if name in ("age", "sex", "phototype") and isinstance(value, (int, float, str)) and not isinstance(value, bool):
            found[name] = value
        elif name in ("exposures", "concerns") and isinstance(value, dict):
            for entry, given in value.items():
                if not isinstance(given, (int, float, str)) or isinstance(given, bool):
                    raise DataFileError(
                        path.name, name, entry, value=given, accepted="a number or text, as for the option of this name"
                    )
            found[name] = {entry: str(given) for entry, given in value.items()}
        else:
            raise DataFileError(
                path.name, "", name, value=value if isinstance(value, (int, float, str)) else None,
                accepted="age, sex, phototype (numbers or text), and the tables exposures and concerns",
            )  # fmt: skip
    return found


def who(
    age: float | str,
    sex: str,
    phototype: int | str,
    exposures: Mapping[str, object] | None,
    concerns: Mapping[str, object] | None,
) -> Patient:
    """A patient from user input."""
    return Patient(age=age, sex=sex, phototype=phototype, exposures=exposures or {}, concerns=concerns or {})  # type: ignore[arg-type]  # checked there
