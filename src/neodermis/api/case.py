"""Case: a plan, a person and the numerics of a run in one value, which is all that a result depends on.

Every verb takes a case, or the keywords that make one; every result keeps its case, and the same case gives the same
numbers again.  A case is written as plain values (JSON) and read back to an equal case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypedDict, get_args

from neodermis.api.inputs import MAX_STREAMED, answerable, read, read_draws, read_horizon, within_limits
from neodermis.documents import is_number
from neodermis.errors import DataFileError, InputError, did_you_mean
from neodermis.evidence import ParameterSet, load_parameters
from neodermis.people.patient import Patient
from neodermis.simulation._machine import Engine, run_by
from neodermis.treatment import Device, Protocol, load_devices
from neodermis.treatment.anaesthetic import Anaesthetic, read_anaesthetic
from neodermis.treatment.device import NAME_PATTERN

#: Version of the case file format; a reader refuses a later one.
FORMAT: Final = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Numerics:
    """How much is computed: draws, people, seed and horizon.

    Raises
    ------
    InputError
        A number is outside its range.
    """

    draws: int = 100
    """Draws of the uncertain inputs (90 % credible interval); 1 is the central course."""
    people: int = 0
    """Number of people: between-person variability at central parameter values."""
    seed: int = 0
    """The same seed draws the same parameters and people."""
    until: float | None = None
    """Last day; a year after the last session where none is given."""
    outcomes_only: bool = False
    """Keep the bands of the people and not each of them."""
    engine: Engine = "llvm"
    """``llvm``, machine code made of the equations, or ``jax``, slower: the numbers agree but for rounding."""

    def __post_init__(self) -> None:
        # what a verb keeps sets its own, smaller range
        draws, seed = read_draws(self.draws, self.seed, most=MAX_STREAMED)
        people, _ = read_draws(self.people, self.seed, field="numerics.people", least=0, most=MAX_STREAMED)
        for name, value in {"draws": draws, "seed": seed, "people": people}.items():
            object.__setattr__(self, name, value)
        if self.engine not in get_args(Engine):
            raise InputError(
                field="numerics.engine", value=self.engine,
                accepted=" or ".join(get_args(Engine)), whose="this program",
                next_step="leave it out for the faster engine, llvm",
            )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Case:
    """A plan for a person, with the numerics and the parameters of a run.

    ``case.document`` is the case as plain values, which :func:`read_case` reads back to an equal case.

    Raises
    ------
    InputError
        A field is outside its range; names the field, the value and whose range it is.
    """

    plan: Protocol
    """The protocol as it was asked for; a run brings its depths to the settings of the device."""
    patient: Patient = field(default_factory=Patient)
    numerics: Numerics = field(default_factory=Numerics)
    parameters: ParameterSet = field(default_factory=load_parameters, repr=False)
    """The parameter set, before :attr:`set`."""
    set: Mapping[str, float] = field(default_factory=dict)
    """Parameters fixed by the caller, in the unit of the parameter set; text with a unit is read."""
    beyond_limits: bool = False
    """Allow depths beyond what practice allows at a site; every output then says so."""
    anaesthetic: str = "practice"
    """``practice``: a topical one beyond the depth from which one is given; ``topical``; ``none``; or a product of the
    catalogue and its minutes of contact, ``emla 45 min``."""
    like: str | None = None
    """Whom the people stand for: a study (id or findings file), or ``general``; None for people like the patient."""
    study: str | None = None
    """Id of the published study that the case is an arm of."""
    arm: str | None = None
    findings: str | None = None
    """The findings file of that study, where it is not a shipped one."""

    def __post_init__(self) -> None:
        given: Mapping[str, float | str] = self.set or {}
        fixed = self.parameters.set(given)
        object.__setattr__(self, "set", {name: fixed[name].value for name in given})
        if self.numerics.until is not None and self.study is None:
            until = read_horizon(self.numerics.until, self.plan)
            object.__setattr__(self, "numerics", replace(self.numerics, until=until))
        object.__setattr__(self, "anaesthetic", str(read_anaesthetic(self.anaesthetic)))

    @property
    def numbing(self) -> Anaesthetic:
        """The anaesthetic as it is applied."""
        return read_anaesthetic(self.anaesthetic)

    @contextmanager
    def solving(self) -> Iterator[None]:
        """Around a run: by the engine that was asked for; what fails at values that the caller set is told of them."""
        with run_by(self.numerics.engine), answerable(self.set):
            yield

    @cached_property
    def chosen(self) -> ParameterSet:
        """The parameter set with what the caller fixed."""
        return self.parameters.set(self.set)

    @property
    def horizon(self) -> float:
        """Last day of the course."""
        return read_horizon(self.numerics.until, self.plan)

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites of the plan."""
        return self.plan.sites

    def planned(self) -> tuple[Protocol, tuple[str, ...]]:
        """The protocol at the settings of its device, and sentences on what that changes and on limits it exceeds.

        Raises :class:`LimitError` where it goes beyond the limits of practice and :attr:`beyond_limits` is not set.
        """
        plan, changes = self.plan.at_settings()
        return plan, (*changes, *within_limits(plan, self.beyond_limits))

    @property
    def exceeds(self) -> bool:
        """Whether the plan goes beyond the limits of practice, which were lifted for it."""
        return self.beyond_limits and bool(within_limits(self.plan.at_settings()[0], True))

    def changed(self, **given: Any) -> Case:
        """The same case with other values of some keywords; the name of each is that of :func:`~neodermis.simulate`."""
        if given.pop("device", None) is not None:
            raise InputError(
                field="device", accepted="no value together with a case", whose="the case, which contains its device",
                next_step="leave it out, or give the protocol as a sentence",
            )  # fmt: skip
        kept: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        person, numbers, others = sorted_keywords(given)
        if person:
            kept["patient"] = patient_of(self.patient.said | person)
        kept["numerics"] = replace(self.numerics, **numbers)
        return Case(**kept | others)

    @property
    def document(self) -> dict[str, Any]:
        """The case as plain values; what is as usual and what does not apply are left out."""
        own = [one for one in self.plan.devices if not one.inline and load_devices().get(one.id) != one]
        usual = {"beyond_limits": False, "anaesthetic": "practice", "like": None, "study": None, "arm": None}
        usual_numbers = {"until": None, "outcomes_only": False, "engine": "llvm"}
        numerics = {
            name: value
            for name, value in asdict(self.numerics).items()
            if name not in usual_numbers or value != usual_numbers[name]
        }
        return {
            "format": FORMAT,
            "neodermis": version("neodermis"),
            "protocol": self.plan.sentence,
            **({"device": [asdict(device) for device in own]} if own else {}),
            "patient": self.patient.said,
            "numerics": numerics | {"people": self.numerics.people, "seed": self.numerics.seed},
            "parameters": {
                "name": self.parameters.name, "version": self.parameters.version, "sha256": self.parameters.sha256,
            },
            **({"set": dict(self.set)} if self.set else {}),
            **{name: getattr(self, name) for name in (*usual, "findings") if getattr(self, name) != usual.get(name)},
        }  # fmt: skip


class Given(TypedDict, total=False):
    """Keywords that make a case."""

    age: float | str
    sex: str
    phototype: int | str
    exposures: Mapping[str, str] | None
    concerns: Mapping[str, str] | None
    parameters: ParameterSet | None
    set: Mapping[str, float | str] | None
    device: Path | None
    beyond_limits: bool
    engine: str


class Drawn(Given, total=False):
    """Those of a run with draws."""

    draws: int | str
    seed: int | str


class Injuring(Drawn, total=False):
    """Those of ``injure``."""

    anaesthetic: str


class Delivering(Drawn, total=False):
    """Those of ``deliver``."""

    people: int | str


class Tracing(Given, total=False):
    """Those of ``trace``."""

    until: float | str | None


class Simulating(Delivering, Tracing, total=False):
    """Those of ``simulate``."""

    anaesthetic: str
    outcomes_only: bool
    like: str | Path | None


#: Keywords of a person and of the numerics.
PERSON: Final = ("age", "sex", "phototype", "exposures", "concerns")
NUMBERS: Final = ("draws", "people", "seed", "until", "outcomes_only", "engine")


def case_of(protocol: str | Protocol | Case, given: Mapping[str, Any], keywords: type) -> Case:
    """The case of a verb: as it is given, with other values of some keywords, or made from a protocol and keywords.

    ``keywords`` are those that the verb takes, a :class:`Given`; any other is a :class:`TypeError`.
    """
    unknown = sorted(given.keys() - keywords.__annotations__.keys())
    if unknown:
        known = ", ".join(sorted(keywords.__annotations__))
        raise TypeError(f"unexpected keyword {unknown[0]!r}; this verb takes {known}")
    if isinstance(protocol, Case):
        return protocol.changed(**given) if given else protocol
    device = given.get("device")
    plan = read(protocol, device)
    if device is not None and not {one.id for one in plan.devices} & {*(own := load_devices(device))}:
        raise InputError(
            field="device",
            value=str(device),
            accepted=f"a file that defines {' or '.join(one.id for one in plan.devices)}, as the protocol; it defines "
            + ", ".join(own),
            whose="the protocol, which names another device",
            next_step="name a device of the file in the protocol, or leave `device` out",
        )
    person, numbers, others = sorted_keywords(given)
    return Case(plan=plan, patient=patient_of(person), numerics=Numerics(**numbers), **others)


def sorted_keywords(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Keywords of the person, of the numerics, and the others that say something, without the device."""
    person = {name: given[name] for name in PERSON if name in given}
    numbers = {name: given[name] for name in NUMBERS if name in given}
    others = {
        name: str(value) if name == "like" else value
        for name, value in given.items()
        if value is not None and name not in (*PERSON, *NUMBERS, "device")
    }
    return person, numbers, others


def patient_of(said: Mapping[str, Any]) -> Patient:
    """A person; what is None is as usual."""
    return Patient(**{name: value for name, value in said.items() if value is not None})


# ------------------------------------------------------------------------------------------------- read back


_TABLES: Final = ("patient", "numerics", "set", "parameters")
_OTHERS: Final = ("beyond_limits", "anaesthetic", "like", "study", "arm", "findings")
_NAMES: Final = ("format", "neodermis", "protocol", "device", *_TABLES, *_OTHERS)


def read_case(document: Mapping[str, Any], file: str = "case", parameters: ParameterSet | None = None) -> Case:
    """A case from its plain values, as :attr:`Case.document` writes them or as a person does.

    Only ``protocol`` must be given.  A written case names its parameter set by hash: one made with another set is
    refused, since its numbers would differ, unless that set is given.

    Raises
    ------
    DataFileError
        A field is unknown or cannot be used, or the case was written by a later version; names the file and the field.
    """
    known = load_parameters() if parameters is None else parameters

    def wrong(name: str, accepted: str, *, value: object = None, next_step: str = "correct it") -> DataFileError:
        return DataFileError(
            file, "", name, value=value if isinstance(value, (str, int, float)) else None, accepted=accepted,
            whose="the case file format; simulate writes one with `save_case`", next_step=next_step,
        )  # fmt: skip

    for name in document:
        if name not in _NAMES:
            raise wrong(name, f"a field of a case: {', '.join(_NAMES)}", next_step=did_you_mean(name, _NAMES))
    if document.get("format", FORMAT) != FORMAT:
        raise wrong(
            "format", f"{FORMAT}, the form that this version reads", value=document["format"],
            next_step=f"read it with neodermis {document.get('neodermis', 'of the version that wrote it')}",
        )  # fmt: skip
    for name in _TABLES:
        if not isinstance(document.get(name, {}), Mapping):
            raise wrong(name, "a table of names and values", value=document[name])
    own = document.get("device", [])
    own = [own] if isinstance(own, Mapping) else own
    if not isinstance(own, list) or not all(isinstance(entry, Mapping) for entry in own):
        raise wrong("device", "a table of a device, or a list of them", value=document["device"])
    for name in ("protocol", "anaesthetic", "like", "study", "arm", "findings"):
        if not isinstance(document.get(name, ""), str):
            raise wrong(name, "text", value=document[name])
    if not document.get("protocol"):
        raise wrong("protocol", "a protocol sentence", next_step='add it, for instance protocol = "1 session: …"')
    if not isinstance(document.get("beyond_limits", False), bool):
        raise wrong("beyond_limits", "true or false", value=document["beyond_limits"])
    for table, names in (("patient", PERSON), ("numerics", NUMBERS)):
        for name in document.get(table, {}):
            if name not in names:
                raise wrong(f"{table}.{name}", f"{', '.join(names)}", next_step=did_you_mean(name, names))
    numbers = document.get("numerics", {})
    if not isinstance(numbers.get("outcomes_only", False), bool):
        raise wrong("numerics.outcomes_only", "true or false", value=numbers["outcomes_only"])
    for name, value in document.get("set", {}).items():
        if not is_number(value) and not isinstance(value, str):
            raise wrong(f"set.{name}", "a number, or text with a unit", value=value)
    made_with = document.get("parameters", {}).get("sha256", known.sha256)
    if made_with != known.sha256:
        raise wrong(
            "parameters.sha256", f"{known.sha256[:12]}…, the parameter set {known.name} {known.version}",
            value=str(made_with)[:12],
            next_step="its numbers come from another parameter set: run it with the neodermis version that made it"
            f" ({document.get('neodermis', 'not stated')}), or remove the parameters entry to use this version's",
        )  # fmt: skip
    with _told(file):
        devices = {**load_devices(), **{device.id: device for device in (_device(entry, file) for entry in own)}}
        said = document.get("patient", {})
        return Case(
            plan=read(document["protocol"], devices),
            patient=patient_of(said),
            numerics=Numerics(**numbers),
            parameters=known,
            **{name: document[name] for name in (*_OTHERS, "set") if document.get(name) is not None},
        )


@contextmanager
def _told(file: str) -> Iterator[None]:
    """Errors of what a file says name the file."""
    try:
        yield
    except DataFileError:
        raise
    except InputError as error:
        raise DataFileError(
            file, "", error.what.lstrip("-"), value=error.value, accepted=error.accepted,
            whose=error.whose or "the case file format", next_step=error.next_step or "correct it",
        ) from error  # fmt: skip


def _device(entry: Mapping[str, Any], file: str) -> Device:
    """A device as a written case holds it, field by field."""
    from pydantic import TypeAdapter, ValidationError

    try:
        device = TypeAdapter(Device).validate_python(dict(entry))
    except ValidationError as error:
        fault = error.errors()[0]
        raise DataFileError(
            file, "device", ".".join(map(str, fault["loc"])), accepted=fault["msg"],
            next_step="write the case again with `save_case`",
        ) from error  # fmt: skip
    if not NAME_PATTERN.fullmatch(device.id):
        raise DataFileError(
            file, "device", "id", value=device.id,
            accepted="an id of at most 40 lower-case letters, digits and _, starting with a letter",
        )  # fmt: skip
    return device
