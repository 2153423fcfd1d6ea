"""Consultation: the information of a clinic on a patient before treatment, read from a file.

Every answer may be ``"unknown"``; an answer that is left out is unknown, and unknown is never no. The form does not ask
for names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema

from neodermis.api.case import Case
from neodermis.api.inputs import read
from neodermis.care.contradictions import contradictions, settled
from neodermis.care.fields import (
    EXCLUDED,
    NONE,
    UNKNOWN,
    WHOSE,
    Day,
    Level,
    Past,
    Planned,
    Table,
    Text,
    YesNo,
    between,
    choice_schema,
    number_schema,
    one_of,
    refused,
    site_of,
    table_in,
    told,
)
from neodermis.care.hints import field_hint, meaning_of
from neodermis.care.prescription import (
    FollowUp,
    FollowUps,
    Goals,
    Limits,
    follow_up_faults,
    measured_at,
    prescription_faults,
)
from neodermis.care.rules import ADULT, load_rules
from neodermis.documents import parse_document, read_document
from neodermis.errors import DataFileError, InputError, UnknownNameError, did_you_mean
from neodermis.people.concern import Concern, find_concern, load_concerns, read_concern
from neodermis.people.exposure import find_exposure, load_exposures, read_exposure
from neodermis.people.patient import Patient
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import find_device
from neodermis.treatment.anaesthetic import read_anaesthetic

#: Kinds of device that a clinic may name instead of a device.
DEVICE_KINDS: Final = ("roller", "pen", "stamp", "frf", "home")
#: Name of the shipped consultation.
EXAMPLE: Final = "example"
#: Name of the price of a session with any device.
SESSION: Final = "session"
_OLDEST: Final = 120.0
_DEAREST: Final = 1e5

#: Value of an answer for the rules: unknown is None, and "never" means that the event has no date.
Answer: TypeAlias = bool | float | str | date | tuple[str, ...] | None

_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}
_DIABETES: Final = ("none", "controlled", "uncontrolled")
_ECZEMA: Final = ("none", "history", "active")
_ROSACEA: Final = ("none", "quiet", "flaring", "papulopustular")
_RETINOIDS: Final = ("none", "retinol", "adapalene", "trifarotene", "tretinoin", "tazarotene")
_DURING: Final = (
    "none", "sterile_saline", "sterile_hydrogel", "ha_sterile", "prp", "tranexamic_acid", "vitamin_c_serum",
    "cosmetic_serum", "growth_factor_cosmetic", "exosome", "essential_oil", "fragranced", "tinted_sunscreen",
)  # fmt: skip


def _during(value: object) -> tuple[str, ...] | None:
    if value is None or (isinstance(value, str) and value.strip().casefold() == UNKNOWN):
        return None
    given = [value] if isinstance(value, str) else value
    words = [str(one).strip().casefold().replace(" ", "_") for one in given] if isinstance(given, list) else [""]
    if not words or any(word not in _DURING for word in words) or (NONE in words and len(words) > 1):
        raise ValueError(f'{", ".join(_DURING)}, one or a list, or "unknown"')
    return tuple(words)


class Person(Table):
    """``[patient]``: description of the patient, without name or date of birth."""

    age: Annotated[float | None, between(0, _OLDEST, "years"), number_schema(0, _OLDEST)] = None
    sex: Annotated[str | None, one_of("female", "male"), choice_schema("female", "male")] = None
    phototype: Annotated[
        float | None,
        between(1, 6, "the Fitzpatrick scale", whole=True),
        BeforeValidator(lambda given: _ROMAN.get(str(given).strip().casefold(), given)),  # runs first
        number_schema(1, 6),
    ] = None
    exposures: dict[str, Level] = Field(default={})


class TreatmentRequest(Table):
    """``[[concern]]``: a requested treatment: concern, site, severity and duration."""

    name: str
    site: str
    severity: Level = UNKNOWN
    duration_years: Annotated[float | None, between(0, _OLDEST, "years"), number_schema(0, _OLDEST)] = None


class History(Table):
    """``[history]``: diseases, allergies, previous procedures and lifestyle."""

    allergy_gold: YesNo = None
    allergy_latex: YesNo = None
    allergy_local_anaesthetic: YesNo = None
    allergy_metal: YesNo = None
    allergy_other: YesNo = None
    allergy_paba: YesNo = None
    allergy_planned_topical: YesNo = None
    allergy_sulphonamide: YesNo = None
    anaphylaxis: YesNo = None
    acute_illness: YesNo = None
    anaemia: YesNo = None
    autoimmune_disease: YesNo = None
    bleeding_disorder: YesNo = None
    blood_borne_infection: YesNo = None
    breastfeeding: YesNo = None
    cancer_past: YesNo = None
    collagen_vascular: YesNo = None
    diabetes: Annotated[str | None, one_of(*_DIABETES), choice_schema(*_DIABETES)] = None
    epilepsy: YesNo = None
    eye: YesNo = None
    facial_palsy: YesNo = None
    fainting: YesNo = None
    g6pd_deficiency: YesNo = None
    granuloma: YesNo = None
    heart_disease: YesNo = None
    heart_valve: YesNo = None
    hepatic_disease: YesNo = None
    hypertension: YesNo = None
    immunosuppressed: YesNo = None
    implants: YesNo = None
    kidney_disease: YesNo = None
    lichen_planus: YesNo = None
    lung_disease: YesNo = None
    lupus: YesNo = None
    melasma: YesNo = None
    mental_health: YesNo = None
    methaemoglobinaemia: YesNo = None
    neuropathy: YesNo = None
    pacemaker: YesNo = None
    photosensitivity: YesNo = None
    pregnant: YesNo = None
    pseudocholinesterase_def: YesNo = None
    psoriasis: YesNo = None
    sarcoidosis: YesNo = None
    scleroderma: YesNo = None
    thyroid: YesNo = None
    trying_to_conceive: YesNo = None
    vitiligo: YesNo = None
    hsv_active: YesNo = None
    hsv_history: YesNo = None
    hypertrophic_scar: YesNo = None
    keloid: YesNo = None
    pih: YesNo = None
    poor_healing: YesNo = None
    sunburn_last: Past = None
    tan_last: Past = None
    filler: Past = None
    laser_ablative: Past = None
    laser_nonablative: Past = None
    microneedling_last: Past = None
    peel_deep: Past = None
    peel_superficial: Past = None
    surgery: Past = None
    threads: Past = None
    toxin: Past = None
    trauma_last: Past = None
    waxing: Past = None
    alcohol_last: Past = None
    home_needling: YesNo = None
    smoker: YesNo = None
    bdd_screen_positive: YesNo = None
    unrealistic_expectation: YesNo = None


class Medication(Table):
    """``[medication]``: current and past drugs and topical products."""

    antiarrhythmic: YesNo = None
    anticoagulant: YesNo = None
    antiplatelet: YesNo = None
    chemo_current: YesNo = None
    chemo_end: Past = None
    chemo_start: Planned = None
    exfoliant_last_use: Past = None
    glp1: YesNo = None
    high_dose_steroid: YesNo = None
    high_dose_steroid_end: Past = None
    high_dose_steroid_start: Planned = None
    hrt: YesNo = None
    isotretinoin_current: YesNo = None
    isotretinoin_last_dose: Past = None
    methaemoglobin_inducer: YesNo = None
    nsaid_last_dose: Past = None
    other: YesNo = None
    photosensitiser: YesNo = None
    radio_current: YesNo = None
    radio_end: Past = None
    radio_start: Planned = None
    topical_retinoid: Annotated[str | None, one_of(*_RETINOIDS), choice_schema(*_RETINOIDS)] = None
    topical_retinoid_last_use: Past = None


class Area(Table):
    """``[area]``: findings on the skin to be treated."""

    acne_grade: Annotated[float | None, between(0, 4, "the grade", whole=True), number_schema(0, 4)] = None
    acne_pustular: YesNo = None
    actinic_keratosis: YesNo = None
    active_infection: YesNo = None
    bruise_or_oedema: YesNo = None
    eczema: Annotated[str | None, one_of(*_ECZEMA), choice_schema(*_ECZEMA)] = None
    irradiated: YesNo = None
    open_wound: YesNo = None
    piercing: YesNo = None
    raised_moles: YesNo = None
    rash_or_irritation: YesNo = None
    rosacea: Annotated[str | None, one_of(*_ROSACEA), choice_schema(*_ROSACEA)] = None
    scar_age_days: Annotated[
        float | Literal["none"] | None, between(0, 40_000, "days", none=True), number_schema(0, 40_000, NONE)
    ] = None
    sensitive: YesNo = None
    skin_cancer: YesNo = None
    skin_cancer_treated_on: Past = None
    striae_age_days: Annotated[
        float | Literal["none"] | None, between(0, 40_000, "days", none=True), number_schema(0, 40_000, NONE)
    ] = None
    sunburn: YesNo = None
    suspicious_lesion: YesNo = None
    tattoo_or_pmu: YesNo = None
    vascular_lesion: YesNo = None
    warts: YesNo = None


class Consent(Table):
    """``[consent]``: signed consents; guardian and assent are asked for under 18."""

    treatment_signed: YesNo = None
    photo_clinical: YesNo = None
    guardian: YesNo = None
    assent: YesNo = None


class Plan(Table):
    """``[plan]``: the agreed protocol, and products used in the session."""

    protocol: Text = None
    first_session: Day = None
    """Day on which the agreed course began or begins; the preferred date of the patient is under ``[preferences]``."""
    topical_anaesthetic: YesNo = None
    anaesthetic: Text = None
    """The product and its contact time, for instance ``emla 45 min``."""
    topical_during: Annotated[
        tuple[str, ...] | None,
        BeforeValidator(_during),
        WithJsonSchema({"anyOf": [{"enum": [*_DURING, UNKNOWN]}, {"type": "array", "items": {"enum": [*_DURING]}}]}),
    ] = None

    @property
    def applied(self) -> str:
        """The anaesthetic of a session."""
        return self.anaesthetic or ("none" if self.topical_anaesthetic is False else "practice")

    @property
    def numbs(self) -> bool:
        """Whether a topical anaesthetic is named, so that its rules apply."""
        return self.anaesthetic is not None and read_anaesthetic(self.anaesthetic).name not in ("practice", "none")


class Preferences(Table):
    """``[preferences]``: available visits, days, budget and dates."""

    downtime_days: Annotated[float | None, between(0, 60, "days"), number_schema(0, 60)] = None
    visits: Annotated[float | None, between(1, 60, "visits", whole=True), number_schema(1, 60)] = None
    budget: Annotated[float | None, between(0, 1e6, "the clinic's currency"), number_schema(0, 1e6)] = None
    event: Day = None
    first_session: Day = None
    next_toxin: Planned = None
    next_filler: Planned = None


class Clinic(Table):
    """``[clinic]``: record, available devices, licence of the operator, and optional rules that the clinic applies."""

    record: Text = None
    """Record number of the clinic for this course, never a name; calendar entries keep their identity by it."""
    devices: list[str] = Field(default=[])
    operator_licence: Text = None
    extra_rules: list[str] = Field(default=[])
    prices: dict[str, Annotated[float | None, between(0, _DEAREST, "the clinic's currency")]] = Field(
        default={}, json_schema_extra={"additionalProperties": {"type": "number", "minimum": 0, "maximum": _DEAREST}}
    )
    """Price of a session, in the clinic's currency: ``session`` with any device, or by device."""

    @property
    def at_hand(self) -> tuple[str, ...]:
        """Ids of the available devices, and kinds named instead of a device, each once."""
        ids = (name if name in DEVICE_KINDS else find_device(name).id for name in self.devices)
        return tuple(dict.fromkeys(ids))

    def price_of(self, device: str) -> float | None:
        """Price of a session with a device; None if the clinic gives none."""
        prices = {name if name == SESSION else find_device(name).id: price for name, price in self.prices.items()}
        own = prices.get(device) if " " in device else prices.get(find_device(device).id)  # a sentence has no id
        return prices.get(SESSION) if own is None else own


class Session(Table):
    """``[session]``: record of the day of the session, filled in on that day."""

    cartridge_lot: Text = None
    cartridge_expires: Day = None
    cartridge_reused: YesNo = None
    cartridge_sterile: YesNo = None


class Consultation(Table):
    """One consultation, as in its file."""

    today: Day = None
    patient: Person = Person()
    concern: list[TreatmentRequest] = Field(default=[], max_length=20)
    history: History = History()
    medication: Medication = Medication()
    area: Area = Area()
    consent: Consent = Consent()
    plan: Plan = Plan()
    preferences: Preferences = Preferences()
    clinic: Clinic = Clinic()
    goals: Goals = Field(default=[])
    limits: Limits = Limits()
    follow_up: FollowUps = Field(default=[])
    session: Session | None = None

    @property
    def sites(self) -> dict[str, tuple[str, ...]]:
        """Sites of each concern, by name of the catalogue."""
        found: dict[str, tuple[str, ...]] = {}
        for wish in self.concern:
            name = find_concern(wish.name).name
            found[name] = (*found.get(name, ()), site_of(wish.site))
        return found

    @property
    def effective_limits(self) -> Limits:
        """The limits, or the preferences where those are stricter."""
        wishes = self.preferences
        return self.limits.stricter(
            downtime_days=wishes.downtime_days, visits=wishes.visits, budget=wishes.budget, event=wishes.event
        )

    @property
    def measured(self) -> tuple[FollowUp, ...]:
        """The follow-ups, each with its day since the first session, site and rater."""
        first = self.plan.first_session
        return tuple(one.settled(first, measured_at(one.outcome, self.sites)) for one in self.follow_up)

    def answers(self) -> dict[str, Answer]:
        """All answers by path, including derived ones; unknown is None."""
        found: dict[str, Answer] = {
            f"{table}.{name}": value
            for table in ("history", "medication", "area", "consent", "plan", *(["session"] if self.session else []))
            for name, value in getattr(self, table)
            if f"{table}.{name}" != "plan.first_session"  # of the course, as follow-ups are
        }
        found |= {
            "patient.age": self.patient.age,
            "patient.phototype": self.patient.phototype,
            "clinic.operator_licence": self.clinic.operator_licence,
            "preferences.next_toxin": self.preferences.next_toxin,
            "preferences.next_filler": self.preferences.next_filler,
            "plan.zones": tuple(dict.fromkeys(site_of(wish.site) for wish in self.concern)) or None,
            "plan.concerns": tuple(dict.fromkeys(find_concern(wish.name).name for wish in self.concern)) or None,
        }
        return settled(found, self)

    def case(self, today: date, file: str = "the consultation") -> Case:
        """Plan of the consultation for its patient; :class:`DataFileError` without a plan."""
        if self.plan.protocol is None:
            raise DataFileError(
                file, "plan", "protocol", accepted="a protocol sentence, if the consultation is to be simulated",
                whose=WHOSE, next_step='add protocol = "1 session: …" under [plan], or give a sentence separately',
            )  # fmt: skip
        return Case(plan=read(self.plan.protocol), patient=self.person(today), anaesthetic=self.plan.applied)

    def person(self, today: date, site: str | None = None) -> Patient:
        """Patient whose course is predicted; unknown answers take the defaults of :class:`Patient`.

        With ``site``, only the concerns of that site are included.  Raises :class:`InputError` for a patient under 18,
        whose course is not predicted, or of unknown age.
        """
        age = self.patient.age
        if age is None or age < ADULT:
            raise InputError(
                "patient.age", value=UNKNOWN if age is None else f"{age:g}", accepted="18 to 100",
                whose="this program: it is based on studies of adults and predicts no course for patients under 18",
                next_step="ask for the age" if age is None else "use screen only; a prescriber decides on a scar",
            )  # fmt: skip
        exposures = {
            name: str(value)
            for name, value in self.patient.exposures.items()
            if str(value).strip().casefold() != UNKNOWN
        }
        named = {find_exposure(name).name for name in exposures}
        implied = {
            "anticoagulant": self.medication.anticoagulant or self.medication.antiplatelet,
            "hormone_therapy": self.medication.hrt and self.patient.sex != "male",
            "isotretinoin": self.medication.isotretinoin_current,
            "steroid": self.medication.high_dose_steroid,
            "diabetes": self.history.diabetes in ("controlled", "uncontrolled"),
        }
        exposures |= {name: "yes" for name, held in implied.items() if held and name not in named}
        last = self.medication.isotretinoin_last_dose
        if isinstance(last, date) and "isotretinoin" not in {*named, *exposures} and today > last:
            days = (today - last).days
            begun = find_exposure("isotretinoin").begun or 0.0
            exposures["isotretinoin"] = f"yes from day {-days - begun:g}; no from day {-days}"
        concerns: dict[str, Concern] = {}  # for a concern at several sites the most severe counts
        for wish in self.concern:
            graded = str(wish.severity).strip().casefold() != UNKNOWN or find_concern(wish.name).cannot_answer
            if graded and (site is None or site_of(wish.site) == site):
                read = read_concern(wish.name, wish.severity)
                if read.name not in concerns or read.severity > concerns[read.name].severity:
                    concerns[read.name] = read
        return Patient(
            age=age,
            sex="male" if self.patient.sex == "male" else "female",
            phototype=int(self.patient.phototype or 3),
            exposures=exposures,  # type: ignore[arg-type]  # text is read there
            concerns=concerns,
        )


def _checked(one: Consultation, file: str) -> Iterator[DataFileError]:
    """Faults that involve several fields or a catalogue."""
    if one.plan.anaesthetic is not None:
        try:
            given = read_anaesthetic(one.plan.anaesthetic, field="plan.anaesthetic")
            planned = one.plan.topical_anaesthetic
            if planned is not None and given.name != "practice" and planned != (given.name != "none"):
                raise InputError(
                    "anaesthetic", value=one.plan.anaesthetic,
                    accepted="none" if not planned else "a product with its minutes, topical or practice",
                    whose=f"topical_anaesthetic = {str(planned).lower()} of the same table",
                    next_step="make the two answers agree, or leave one out",
                )  # fmt: skip
        except InputError as error:
            yield refused(file, "plan", "anaesthetic", error, one.plan.anaesthetic)
    seen: set[str] = set()
    for name, value in one.patient.exposures.items():
        try:
            kind = find_exposure(name)
            if kind.name in seen:
                raise InputError(name, value=name, accepted="each exposure once")
            seen.add(kind.name)
            if str(value).strip().casefold() != UNKNOWN:
                read_exposure(name, value, one.patient.age or ADULT)
        except UnknownNameError as error:
            error.next_step = field_hint(name, tuple(load_exposures()))
            yield refused(file, "patient.exposures", name, error, value)
        except InputError as error:
            yield refused(file, "patient.exposures", name, error, value)
    for number, wish in enumerate(one.concern, 1):
        field, value = "name", wish.name
        try:
            kind_name = find_concern(wish.name).name
            field, value = "site", wish.site
            if len(wish.site) > 200:
                raise InputError("site", accepted="a treatment site", whose="the catalogue of sites")
            site_of(wish.site)
            field, value = "severity", str(wish.severity)
            if str(wish.severity).strip().casefold() != UNKNOWN:
                read_concern(kind_name, wish.severity)
        except UnknownNameError as error:
            if field == "name" and meaning_of(wish.name) is not None:
                error.next_step = field_hint(wish.name, tuple(load_concerns()))
            yield refused(file, f"concern[{number}]", field, error, value)
        except InputError as error:
            yield refused(file, f"concern[{number}]", field, error, value)
    for name in one.clinic.devices:
        try:
            Clinic(devices=[name]).at_hand  # noqa: B018  # evaluated for its errors
        except InputError as error:
            unknown = isinstance(error, UnknownNameError)
            yield DataFileError(
                file, "clinic", "devices", value=name,
                accepted=f"a device of the catalogue, or {', '.join(DEVICE_KINDS)}" if unknown else error.accepted,
                whose="the catalogue of devices; neodermis devices lists them", next_step=error.next_step or "",
            )  # fmt: skip
    rules = load_rules().rules
    for name in one.clinic.extra_rules:
        if name not in rules:
            yield DataFileError(
                file, "clinic", "extra_rules", value=name, accepted="the id of a rule",
                whose="the screening rules; neodermis rules lists them",
                next_step=did_you_mean(name, rules),
            )  # fmt: skip
    twice: dict[tuple[str, str], int] = {}
    for number, wish in enumerate(one.concern, 1):
        first = twice.setdefault((find_concern(wish.name).name, site_of(wish.site)), number)
        if first != number:
            yield DataFileError(
                file, f"concern[{number}]", "name", value=wish.name,
                accepted=f"each concern of a site once; concern[{first}] is the same at this site", whose=WHOSE,
                next_step="leave one of the two out, or give another site",
            )  # fmt: skip
    priced: set[str] = set()
    for name, price in one.clinic.prices.items():
        try:
            id = name if name == SESSION else find_device(name).id
            if id in priced:
                raise InputError(name, accepted="one price for each device", next_step="leave one of the two out")
            priced.add(id)
        except InputError as error:
            if isinstance(error, UnknownNameError):
                error.accepted = f"{SESSION}, or a device of the catalogue"
            yield refused(file, "clinic.prices", name, error, price)
    yield from prescription_faults(one.goals, one.limits, file, one)
    yield from follow_up_faults(one, file)
    yield from contradictions(one, file, WHOSE)


#: Future dates: plans, preferences and limits.
_AHEAD: Final = (
    "limits.event",
    "medication.chemo_start", "medication.high_dose_steroid_start", "medication.radio_start", "preferences.event",
    "preferences.first_session", "preferences.next_filler", "preferences.next_toxin",
)  # fmt: skip


def check_today(one: Consultation, today: date, file: str = "the consultation") -> None:
    """Check past and future dates against the day of the screening.

    Raises :class:`DataFileError` for a past date or a follow-up after that day, and for a planned date before it.
    """
    for number, each in enumerate(one.measured, 1):
        first = one.plan.first_session
        since = None if first is None else (today - first).days
        if (each.date is not None and each.date > today) or (
            since is not None and each.day is not None and each.day > since
        ):
            raise DataFileError(
                file, f"follow_up[{number}]", "date" if each.date else "day",
                value=each.date or f"{each.day:g}",
                accepted=f"a day up to {today}, the day of the screening: a follow-up is a past measurement"
                + ("" if each.date else f"; the first session is of {first}"),
                whose=WHOSE, next_step="correct the day or first_session of [plan], or give another `today`",
            )  # fmt: skip
    for table in ("history", "medication", "area", "preferences", "limits"):
        for name, value in getattr(one, table):
            if not isinstance(value, date):
                continue
            if f"{table}.{name}" in _AHEAD:
                if value < today:
                    raise DataFileError(
                        file, table, name, value=value, whose=WHOSE,
                        accepted=f"a date from {today} onwards, the day of the screening",
                        next_step="give a future date, another `today`, or leave it out; current and past events have "
                        "other answers",
                    )  # fmt: skip
            elif value > today:
                raise DataFileError(
                    file, table, name, value=value, accepted=f"a date up to {today}, the day of the screening",
                    whose=WHOSE, next_step="give the date of the event, or another `today`",
                )  # fmt: skip


def parse_consultation(text: str, file: str = "consultation") -> Consultation:
    """A consultation from TOML text; errors as :func:`read_consultation`."""
    return consultation_of(parse_document(text, file), file)


def read_consultation(path: Path) -> Consultation:
    """A consultation from a file.

    Raises
    ------
    DataFileError
        The file cannot be read, or the form does not accept an answer; names the field, the value and what is
        accepted.
    """
    return consultation_of(read_document(path), path.name)


def consultation_of(document: Mapping[str, Any], file: str = "consultation") -> Consultation:
    """A consultation from its document, as TOML or JSON gives it; errors as :func:`read_consultation`."""
    try:
        one = Consultation.model_validate(document)
    except ValidationError as error:
        raise told(Consultation, file, error) from None
    for fault in _checked(one, file):
        raise fault
    return one


@cache
def consultation_schema() -> dict[str, Any]:
    """JSON Schema of a consultation file, with the question of each answer."""
    from neodermis.care.words import load_words

    schema = Consultation.model_json_schema()
    asked = load_words().question
    tables = {table_in(field.annotation): name for name, field in Consultation.model_fields.items()}
    of_class = {table.__name__: name for table, name in tables.items() if table is not None}
    for name, table in schema["$defs"].items():
        for field, entry in table["properties"].items():
            path = f"{of_class[name]}.{field}"
            if path in asked:
                entry["description"] = asked[path]
    return schema


def consulted(given: Consultation | Path | str) -> tuple[Consultation, str]:
    """The consultation of a caller, and the name of its file; ``example`` is the shipped one.

    A file of that name in the working folder takes precedence.  Errors as :func:`read_consultation`.
    """
    if not isinstance(given, (str, Path)):
        return given, "the consultation"
    path = Path(given)
    if str(given) == EXAMPLE and not path.exists():
        return parse_consultation(example(), EXAMPLE), EXAMPLE
    return read_consultation(path), path.name


def screening_day(one: Consultation, today: date | None, clock: date | None) -> date:
    """Day of the screening: as given, otherwise of the consultation, otherwise of the clock.

    An error if none is known.
    """
    day = today or one.today or clock
    if day is None:
        raise InputError(
            field="today", accepted="the day of the screening", whose="the rules, which count days since an event",
            next_step="give today = 2026-03-31 in the file, or `today`",
        )  # fmt: skip
    return day


def example() -> str:
    """A complete, commented consultation file."""
    return (files("neodermis.care") / "data" / "example.toml").read_text("utf-8")


def sites() -> list[str]:
    """Valid site names of a concern."""
    return sorted({*site_spellings().values(), *EXCLUDED})
