"""Parameters: value, unit, uncertainty, between-person variability, status, sources and reason.

*Uncertainty* refers to the typical person; *variability* is the between-person variability around the typical person.
They are drawn separately and never combined.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, Literal

from neodermis.documents import is_number, parse_document, read_document
from neodermis.errors import DataFileError, InputError, UnknownNameError
from neodermis.lazy import numpy as np
from neodermis.uncertain import Distribution, Floats, stream
from neodermis.units import convert, dimension, read_number

Status = Literal["measured", "derived", "calibrated", "assumed", "set"]
STATUSES: Final[tuple[Status, ...]] = ("measured", "derived", "calibrated", "assumed")
NO_SPREAD: Final = Distribution(kind="none")
#: Largest accepted standard deviation of a logarithm: a factor of 150 at one, of a thousand million at four.
WIDEST: Final = 5.0
#: Added to the seed of parameters that are drawn again.
REDRAWN: Final = 1_000_003
#: Largest factor between a value set by the user and the value of the set.
FARTHEST: Final = 1000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One number of the model with its unit, uncertainty, variability, status and sources."""

    name: str
    mechanism: str
    value: float
    unit: str
    uncertainty: Distribution
    """Uncertainty of the typical person's value, around :attr:`value`."""
    variability: Distribution
    """Between-person variability, around :attr:`value`."""
    status: Status
    sources: tuple[str, ...]
    why: str
    prior: Distribution | None = None
    """Uncertainty before the calibration; None for a parameter that is not calibrated."""

    def __post_init__(self) -> None:
        for name in ("uncertainty", "variability"):
            if (one := getattr(self, name)).centre != self.value:
                object.__setattr__(self, name, replace(one, centre=self.value))

    @property
    def contraction(self) -> float | None:
        """Share of the prior variance removed by the calibration; None for a parameter that is not calibrated."""
        return None if self.prior is None else 1.0 - (self.uncertainty.a / self.prior.a) ** 2

    @property
    def assumed(self) -> bool:
        """Whether the number is an assumption: ``assumed``, or set by the user."""
        return self.status in ("assumed", "set")

    def settable(self) -> tuple[float, float]:
        """Smallest and largest value that a user may set: in the support, and within a factor of the value.

        The factor is :data:`FARTHEST`; for a share it applies to both ends.  No published number has a larger spread,
        and the solver is not verified beyond this range.
        """
        low, high = self.uncertainty.support
        if self.uncertainty.kind == "logit":
            return self.value / FARTHEST, 1.0 - (1.0 - self.value) / FARTHEST
        if self.uncertainty.kind in ("lognormal", "none"):
            ends = sorted((self.value / FARTHEST, self.value * FARTHEST))
            return max(low, ends[0]), min(high, ends[1])
        return low, high


@dataclass(frozen=True, eq=False)
class Joint:
    """Correlation of the draws of some parameters: scores z = F ε, ε independent standard normal; F F' is R."""

    names: tuple[str, ...]
    correlation: Sequence[Sequence[float]]

    @cached_property
    def factor(self) -> Floats:
        """F, lower triangular."""
        return np.linalg.cholesky(np.asarray(self.correlation))


@dataclass(frozen=True, kw_only=True)
class ParameterSet:
    """A named, versioned, hashed collection of parameters."""

    name: str
    version: str
    parameters: Mapping[str, Parameter] = field(repr=False)
    joint: Joint | None = field(default=None, repr=False, compare=False)
    """Correlation of the uncertainties of calibrated parameters; all others are independent."""

    @property
    def sha256(self) -> str:
        """Hash of everything in the set; two sets with the same hash give the same results."""
        content = {
            name: [p.value, p.unit, _spread_entry(p.uncertainty), _spread_entry(p.variability), p.status]
            for name, p in sorted(self.parameters.items())
        }
        if self.joint is not None:
            content["joint"] = [list(self.joint.names), [list(row) for row in self.joint.correlation]]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def __getitem__(self, name: str) -> Parameter:
        if name not in self.parameters:
            raise UnknownNameError("parameter", name, self.parameters, field=f"parameters.{name}")
        return self.parameters[name]

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.parameters.values())

    def __len__(self) -> int:
        return len(self.parameters)

    def merge(self, other: ParameterSet) -> ParameterSet:
        """The set with the parameters of ``other`` in place of its own."""
        return replace(
            self,
            name=f"{self.name}+{other.name}",
            parameters={**self.parameters, **other.parameters},
        )

    def diff(self, other: ParameterSet) -> dict[str, tuple[Parameter | None, Parameter | None]]:
        """Parameters that differ between the two sets: name → (here, there)."""
        names = sorted({*self.parameters, *other.parameters})
        pairs = {name: (self.parameters.get(name), other.parameters.get(name)) for name in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    def set(self, assignments: Mapping[str, str | float]) -> ParameterSet:
        """The set with values fixed by the user: no uncertainty, status ``set``.

        Raises :class:`InputError` for an unknown name, an unreadable value, another dimension, or a value
        outside :meth:`Parameter.settable`.
        """
        changed = dict(self.parameters)
        for name, given in assignments.items():
            old = self[name]
            low, high = old.settable()
            whose = f"the support of this parameter, mechanism {old.mechanism}, within a factor of {FARTHEST:g}"
            advice = f"give a value such as {name}={old.value:g}; neodermis parameters show {name} gives its source"
            value = read_number(
                given, field=f"parameters.{name}", low=low, high=high, whose=whose, unit=old.unit, next_step=advice
            )
            if not old.uncertainty.holds(value):
                raise InputError(
                    field=f"parameters.{name}", value=given, accepted=f"{low:g} or {high:g}", whose=whose,
                    next_step=advice,
                )  # fmt: skip
            changed[name] = replace(
                old, value=value, uncertainty=NO_SPREAD, status="set", sources=(), why="set by the user",
                prior=None,
            )  # fmt: skip
        if not assignments:
            return self
        return replace(self, name=f"{self.name} with {len(assignments)} set by the user", parameters=changed)

    def central(self, n: int = 1) -> dict[str, Floats]:
        """The central value of every parameter, repeated ``n`` times."""
        return {p.name: np.full(n, p.value) for p in self}

    def draw(self, n: int, seed: int, of: Literal["uncertainty", "variability"]) -> dict[str, Floats]:
        """``n`` draws of every parameter, from its uncertainty or its between-person variability.

        Each parameter has its own stream, so adding one never changes the others, and the first k of n draws equal a
        draw of k.
        """
        return next(self.draws([n], seed, of))

    def draws(
        self, counts: Iterable[int], seed: int, of: Literal["uncertainty", "variability"]
    ) -> Iterator[dict[str, Floats]]:
        """One long draw, returned in parts of these sizes."""
        streams: dict[str, np.random.Generator] = {}  # created only when needed: creation is slow
        for n in counts:
            if n and not streams:
                joint = () if self.joint is None else self.joint.names  # all of them, since others depend on them
                streams = {name: stream(f"{of}:{name}", seed) for name in {*self.parameters, *joint}}
            drawn = self._together(n, streams) if n and of == "uncertainty" else {}
            yield {
                p.name: drawn[p.name] if p.name in drawn else getattr(p, of).draw(n, streams[p.name])
                if n else np.empty(0)
                for p in self
            }  # fmt: skip

    def _together(self, n: int, streams: Mapping[str, np.random.Generator]) -> dict[str, Floats]:
        """Draws of the correlated parameters, each from its own stream; without those set by the user."""
        if self.joint is None:
            return {}
        own = [streams[name].standard_normal(n) for name in self.joint.names]
        # summed one by one, so that the first of more draws are identical to the last digit
        scores = [sum(f * each for f, each in zip(row, own, strict=True)) for row in self.joint.factor.tolist()]
        return {
            name: self[name].uncertainty.at(z)
            for name, z in zip(self.joint.names, scores, strict=True)
            if name in self.parameters and self[name].prior is not None and not self[name].uncertainty.known
        }

    def redrawn(self, n: int, seed: int) -> dict[str, Floats]:
        """As ``draw(n, seed, "uncertainty")`` for the assumed parameters; all others are drawn again."""
        kept, anew = self.draw(n, seed, "uncertainty"), self.draw(n, seed + REDRAWN, "uncertainty")
        return {p.name: (kept if p.assumed else anew)[p.name] for p in self}

    def assumed_share(self) -> float:
        """Share of the parameters that are assumed."""
        return sum(p.assumed for p in self) / len(self)


def _spread_entry(spread: Distribution) -> list[object]:
    return [spread.kind, spread.a, spread.b]


def _read_spread(table: object, where: tuple[str, str, str]) -> Distribution:
    file, entry, name = where
    accepted = (
        '"none", {lognormal = sd}, {logit = sd}, {uniform = [low, high]}, {switch = probability} or '
        "{off = [low, high]}, "
        f"sd above 0 and at most {WIDEST:g}"
    )
    if table == "none":
        return NO_SPREAD
    if isinstance(table, dict) and len(table) == 1:
        (kind, given), *_ = table.items()
        ends = [float(end) for end in (given if isinstance(given, list) else [given]) if is_number(end)]
        if kind in ("lognormal", "logit") and len(ends) == 1 and 0 < ends[0] <= WIDEST:
            return Distribution(kind=kind, a=ends[0])
        if kind in ("uniform", "off") and len(ends) == 2 and ends[0] < ends[1]:
            return Distribution(kind=kind, a=ends[0], b=ends[1])
        if kind == "switch" and len(ends) == 1 and 0 <= ends[0] <= 1:
            return Distribution(kind="switch", a=ends[0])
    raise DataFileError(file, entry, name, value=table, accepted=accepted)


_FIELDS: Final = ("value", "unit", "uncertainty", "variability", "status", "sources", "why")


def read_parameters(text: str, file: str, known_sources: Mapping[str, object] | None = None) -> dict[str, Parameter]:
    """Parameters of one TOML file, checked field by field.

    Raises :class:`DataFileError` that names the file, the entry and the field.
    """
    return _parameters(parse_document(text, file), file, known_sources)


def _parameters(
    document: dict[str, Any], file: str, known_sources: Mapping[str, object] | None
) -> dict[str, Parameter]:
    mechanism = document.pop("mechanism", None)
    if not isinstance(mechanism, str):
        raise DataFileError(file, "", "mechanism", value=mechanism, accepted="the name of a mechanism")
    parameters: dict[str, Parameter] = {}
    for name, entry in document.items():
        if not isinstance(entry, dict):
            raise DataFileError(file, name, "", value=entry, accepted="a table of a parameter")
        for missing in (f for f in _FIELDS if f not in entry):
            raise DataFileError(file, name, missing, accepted="this field must be given")
        for extra in (f for f in entry if f not in _FIELDS):
            raise DataFileError(file, name, extra, accepted=", ".join(_FIELDS))
        value, status, sources = entry["value"], entry["status"], entry["sources"]
        if not is_number(value):
            raise DataFileError(file, name, "value", value=value, accepted="a finite number")
        try:
            dimension(str(entry["unit"]))
        except InputError as error:
            raise DataFileError(file, name, "unit", value=entry["unit"], accepted="a unit") from error
        if status not in STATUSES:
            raise DataFileError(file, name, "status", value=status, accepted=", ".join(STATUSES))
        named = isinstance(sources, list) and all(isinstance(key, str) for key in sources)
        if not named or (status in ("measured", "derived") and not sources):
            raise DataFileError(
                file, name, "sources", value=sources, accepted="source keys; at least one where measured or derived"
            )
        for key in sources:
            if known_sources is not None and key not in known_sources:
                raise DataFileError(file, name, "sources", value=key, accepted="the key of a work in the bibliography")
        if not isinstance(entry["why"], str) or not entry["why"].strip():
            raise DataFileError(file, name, "why", value=entry["why"], accepted="one sentence")
        spreads = [_read_spread(entry[kind], (file, name, kind)) for kind in ("uncertainty", "variability")]
        for spread in spreads:
            if not spread.holds(float(value)):
                raise DataFileError(file, name, "value", value=value, accepted=f"inside the support of {spread.kind}")
        parameters[name] = Parameter(
            name=name,
            mechanism=mechanism,
            value=float(value),
            unit=entry["unit"],
            uncertainty=spreads[0],
            variability=spreads[1],
            status=status,
            sources=tuple(sources),
            why=" ".join(entry["why"].split()),
        )
    return parameters


def load_parameters(folder: Traversable | Path | None = None, *, calibrated: bool = True) -> ParameterSet:
    """The shipped parameter set, or the set in a folder of the same layout (``set.toml``, one file per mechanism).

    ``calibrated``: the shipped set with its posterior; without it, the priors.
    """
    if folder is None:
        return _calibrated() if calibrated else _shipped()
    from neodermis.evidence.bibliography import load_bibliography  # the shipped set does not need it

    return _load(folder, load_bibliography())


@cache
def load_heat_parameters() -> ParameterSet:
    """The parameters of injury by heat: a set of its own, which no course by needles rests on."""
    return _load(files("neodermis.evidence") / "data" / "heat", None)


@cache
def _shipped() -> ParameterSet:
    # the tests check that its sources are in the bibliography, which would take longer to read than the set
    return _load(files("neodermis.evidence") / "data" / "parameters", None)


@cache
def _calibrated() -> ParameterSet:
    from neodermis.evidence.posterior import load_posterior

    return load_posterior().of(_shipped())


def _load(folder: Traversable | Path, known_sources: Mapping[str, object] | None) -> ParameterSet:
    head = read_document(folder / "set.toml")
    for entry in ("name", "version"):
        if not isinstance(head.get(entry), str):
            raise DataFileError("set.toml", "", entry, value=head.get(entry), accepted="text")
    parameters: dict[str, Parameter] = {}
    for path in sorted((p for p in folder.iterdir() if p.name.endswith(".toml")), key=lambda p: p.name):
        if path.name == "set.toml":
            continue
        for name, parameter in _parameters(read_document(path), path.name, known_sources).items():
            if name in parameters:
                raise DataFileError(path.name, name, "", accepted=f"a name not used in {parameters[name].mechanism}")
            parameters[name] = parameter
    return ParameterSet(name=head["name"], version=head["version"], parameters=parameters)


def in_unit(parameter: Parameter, unit: str) -> float:
    """Factor from the parameter's own unit to ``unit``; a change of dimension is an :class:`InputError`."""
    return convert(1.0, parameter.unit, unit, what=f"parameter {parameter.name} ({parameter.mechanism}.toml)")
