"""Concerns: the catalogue, and severities on clinical scales.

``acne_scar=goodman_baron:3`` is grade 3 of that scale, ``striae=0.5`` is half of the worst severity.  Acne scars may
add the shares of their types: ``acne_scar=goodman_baron:3 rolling=60% ice_pick=40%``; the rest is of unknown type and
has the usual composition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from neodermis.documents import read_document
from neodermis.errors import DataFileError, InputError
from neodermis.evidence import load_parameters
from neodermis.names import Names, spelled
from neodermis.people.exposure import plain
from neodermis.skin.concerns import Concerns
from neodermis.skin.outcomes import OUTCOMES
from neodermis.units import read_number

_WHOSE: Final = "the catalogue of concerns; neodermis concerns show NAME gives details"
#: Severity of a concern without a grade, which is allowed only for a concern that the model cannot predict.
PRESENT: Final = "present"
#: Maximum number of characters of a severity.
MAX_SEVERITY: Final = 200


class Scale(NamedTuple):
    """Clinical scale: lowest grade, grade for none, and highest grade."""

    low: float
    none: float
    top: float
    severest: str = ""
    """Parameter with the grade of the most severe state, if that is not the top grade; higher grades count as it."""

    @property
    def worst(self) -> float:
        """Grade of the most severe state."""
        return load_parameters(calibrated=False)[self.severest].value if self.severest else self.top


@dataclass(frozen=True, kw_only=True, slots=True)
class ConcernKind:
    """One concern of the catalogue."""

    name: str
    label: str
    state: str
    """Tissue state before treatment that represents the concern; empty if the model has none."""
    aliases: tuple[str, ...]
    """Other names used by clinics and patients."""
    sized_by: tuple[str, ...]
    scales: Mapping[str, Scale]
    answers: tuple[str, ...] = ()
    """Outcomes that measure it, in display order; none if it cannot be predicted."""
    most: float = 1.0
    """Largest severity as a share."""
    types: Mapping[str, float] = field(default_factory=dict)
    types_why: str = ""
    scar: bool = False
    direction_only: str = ""
    """Reason why only the direction of its change may be interpreted; empty if its size may be, too."""
    cannot_answer: str = ""
    """Reason why this version cannot predict an effect on it, as a sentence; empty if it can."""

    @property
    def example(self) -> str:
        """An example of a severity."""
        for name, scale in self.scales.items():
            return f"{name}:{round((scale.low + scale.top) / 2 + 0.1):g}"
        return "0.5"


class Concern(NamedTuple):
    """One concern of a patient: severity (0 to 1), the severity as given, and the share of each type."""

    name: str
    severity: float
    given: str
    types: Mapping[str, float]
    beyond: bool = False
    """Whether the given grade exceeds that of the most severe state, which is then used."""

    @property
    def cannot_answer(self) -> str:
        """Reason why this version cannot predict an effect on it, as a sentence; empty if it can."""
        return load_concerns()[self.name].cannot_answer


@cache
def _file() -> Mapping[str, Mapping[str, Any]]:
    return read_document(files("neodermis.people") / "data" / "concerns.toml")


@cache
def load_concerns() -> Mapping[str, ConcernKind]:
    """The catalogue of concerns, by name.  Raises :class:`DataFileError` where an entry breaks its schema."""
    found = {}
    for name, entry in _file()["concern"].items():
        try:
            lists = {key: tuple(entry.get(key, ())) for key in ("aliases", "answers", "sized_by")}
            scales = {scale: Scale(**limits) for scale, limits in entry["scales"].items()}
            kind = ConcernKind(**{**entry, **lists, "name": name, "scales": scales})
        except (TypeError, KeyError) as error:
            raise DataFileError("concerns.toml", name, str(error), accepted="the fields of a concern") from error
        if bool(kind.state) == bool(kind.cannot_answer) or (kind.state and not kind.answers):
            raise DataFileError(
                "concerns.toml", name, "state", accepted="a state and its answers, or why there is none: cannot_answer"
            )
        found[name] = kind
    return found


@cache
def concern_names() -> Names:
    """Every name of a concern, and the names that need a question."""
    known = {name: kind.aliases for name, kind in load_concerns().items()}
    return Names.of("concern", "concerns.toml", known, _file()["ask"])


def find_concern(name: str) -> ConcernKind:
    """The concern of this name or alias.

    Raises
    ------
    AmbiguousNameError
        The name is that of several concerns.
    UnknownNameError
        No concern has this name; names the closest one.
    """
    return load_concerns()[concern_names().find(name)]


def read_concern(name: str, severity: object) -> Concern:
    """A concern from user input; a concern that the model cannot predict may be given without a severity.

    Raises :class:`InputError` for an unknown name or scale, or a grade outside the scale.
    """
    kind = find_concern(name)
    what, text = f"concern {kind.name}", "" if severity is None else str(severity).strip()
    if kind.cannot_answer and text.casefold() in ("", PRESENT, "unknown"):
        return Concern(kind.name, kind.most, PRESENT, {})
    if len(text) > MAX_SEVERITY:
        raise InputError(
            what, value=text, accepted=f"up to {MAX_SEVERITY} characters", whose="this program",
            next_step=f"for instance {kind.name}={kind.example}",
        )  # fmt: skip
    first, *others = re.split(r"[,;]\s*(?=[A-Za-z])|(?<=[\d%])\s+(?=[A-Za-z])", text)
    types, mix = _types(kind, others, text)
    match = re.fullmatch(r"(\w[\w -]*?)\s*:\s*(.+)", first, re.ASCII)
    if match is None:
        try:
            share = read_number(first, what=what, low=0, high=kind.most, whose="")
        except InputError as error:
            scales = f"; or a grade of a scale: {_scales(kind)}" if kind.scales else ""
            raise InputError(
                what, value=text, accepted=f"a share of the worst from 0 to {kind.most:g}{scales}", whose=_WHOSE,
                next_step=f"for instance {kind.name}={kind.example}",
            ) from error  # fmt: skip
        return Concern(kind.name, share, f"{plain(share)}{mix}", types)
    spelling = spelled(match[1])
    if spelling not in kind.scales:
        scales = f"a grade of a scale: {_scales(kind)}; or " if kind.scales else ""
        raise InputError(
            what, value=text, accepted=f"{scales}a share of the worst from 0 to {kind.most:g}",
            whose=_WHOSE, next_step=f"for instance {kind.name}={kind.example}",
        )  # fmt: skip
    scale = kind.scales[spelling]
    grade = read_number(
        match[2], what=f"{what}, {spelling}", low=scale.low, high=scale.top, whose=f"the scale {spelling}",
        next_step=f"for instance {kind.name}={kind.example}",
    )  # fmt: skip
    share = (grade - scale.none) / (scale.worst - scale.none)
    return Concern(kind.name, min(share, 1.0), f"{spelling}:{plain(grade)}{mix}", types, beyond=share > 1.0)


def _scales(kind: ConcernKind) -> str:
    return ", ".join(f"{name} {scale.low:g} to {scale.top:g}" for name, scale in kind.scales.items())


def _types(kind: ConcernKind, given: list[str], text: str) -> tuple[dict[str, float], str]:
    """Share of each type, and the input for them in readable form."""
    usual = sum(kind.types.values())
    parts, said = {name: share / usual for name, share in kind.types.items()}, ""
    if given:
        example = " ".join(f"{name}={share:g}%" for name, share in list(zip(kind.types, (40, 25, 35), strict=False)))
        what = f"concern {kind.name}"
        wrong = InputError(
            what, value=text,
            accepted=f"shares of {', '.join(kind.types)} in per cent, each once, together at most 100; "
            "the rest is of unknown type"
            if kind.types
            else "one severity without types",
            whose=_WHOSE, next_step=f"for instance {kind.name}={kind.example} {example}".strip(),
        )  # fmt: skip
        digits: dict[str, str] = {}
        for one in given:
            match = re.fullmatch(r"([A-Za-z_ -]+?)\s*[:=]\s*(\d+(?:[.,]\d+)?)\s*%?", one, re.ASCII)
            name = spelled(match[1]) if match else ""
            name = {"icepick": "ice_pick", "box_car": "boxcar"}.get(name, name)
            if match is None or name in digits or name not in kind.types:
                raise wrong
            digits[name] = match[2].replace(",", ".")
        known = {name: float(share) / 100.0 for name, share in digits.items()}
        unknown = 1.0 - sum(known.values())
        if unknown < -0.005:
            raise wrong
        parts = {name: known.get(name, 0.0) + max(unknown, 0.0) * share for name, share in parts.items()}
        said = "".join(f" {name}={share}%" for name, share in digits.items())
    whole = sum(parts.values())
    return {name: share / whole for name, share in parts.items()}, said


def answering(concerns: Mapping[str, object]) -> tuple[str, ...]:
    """Outcomes that measure the concerns (name → as given), starting with the scale on which each was given."""
    found: list[str] = []
    for name, given in concerns.items():
        kind = find_concern(name)
        found += [*_on_scale(kind, str(given).partition(":")[0]), *kind.answers]
    return tuple(dict.fromkeys(found))


def _on_scale(kind: ConcernKind, scale: str) -> list[str]:
    """The outcome that is read on a scale, if the concern has one."""
    return [one for one in kind.answers if one in (scale, f"{scale}_grade", f"{scale}_score")][:1]


def graded(concern: Concern) -> tuple[str, float] | None:
    """The outcome on whose scale a concern was graded, with the grade; None without one."""
    scale, _, grade = concern.given.partition(":")
    on_it = _on_scale(find_concern(concern.name), scale)
    return (on_it[0], float(grade.split()[0])) if on_it and grade else None


def only_direction(outcome: str, concerns: Iterable[str]) -> str:
    """Reason why only the direction of an outcome may be interpreted with these concerns; empty if its size may be."""
    kinds = map(find_concern, concerns)
    of_concern = [kind.direction_only for kind in kinds if outcome in kind.answers and kind.direction_only]
    return OUTCOMES[outcome].direction_only or (of_concern[0] if of_concern else "")


def severities(concerns: Mapping[str, Concern]) -> Concerns:
    """Severities as initial states of the model.

    Raises :class:`InputError` for two kinds of scar: a site has one.
    """
    scars = [name for name, concern in concerns.items() if find_concern(name).scar and concern.severity > 0]
    if len(scars) > 1:
        raise InputError(
            "concerns", value=", ".join(scars), accepted="one kind of scar at a time",
            whose="this version: a site has one kind of scar", next_step="simulate one after the other",
        )  # fmt: skip
    held = {name: one.severity for name, one in concerns.items() if name in Concerns._fields}
    thick = sum(concerns[name].severity for name in ("hypertrophic_scar", "burn_scar") if name in concerns)
    types = concerns["acne_scar"].types if "acne_scar" in concerns else {"boxcar": 0.0, "ice_pick": 0.0}
    return Concerns(**held, raised_scar=thick, boxcar_share=types["boxcar"], ice_pick_share=types["ice_pick"])


def off(concerns: Mapping[str, Concern]) -> list[str]:
    """Concerns that the model cannot predict, and grades above the severest state."""
    return [
        f"concern {name} changes nothing: {one.cannot_answer}"
        for name, one in concerns.items()
        if one.severity and one.cannot_answer
    ] + [
        f"concern {name}: {one.given} counts more than the severest scars of this kind; those are taken"
        for name, one in concerns.items()
        if one.beyond
    ]
