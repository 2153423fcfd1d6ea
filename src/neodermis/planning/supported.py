"""Ranges of a protocol that published studies support: needle depth, passes, sessions and interval.

Rule
    For each concern and kind of device, the least and the greatest value that a study in people printed, over its arms
    with needles (depth and passes above 0), whether or not this version simulates them.  What a study did not print and
    its findings file assumes (``arm.assumed``) widens no range but that of the depth.  Results kept for
    validation are not used.
Ends
    Of three groups of people or more, the ends of a range are the least and the greatest value that two of them reach,
    so that no single study sets what may be proposed (:func:`supported`); the file keeps every value.
Kind of device
    Devices for use at home are kinds of their own.  An arm of which the kind was not printed counts for each kind that
    it may have been, and is marked: :attr:`Range.unstated`.
Concern
    Of an arm that is simulated with concerns these; else the concern of which alone its outcomes are answers.  An
    outcome that arms with another concern print as well, or that an instrument reads on any skin, names none.
Needle depth
    Few studies print it.  The range that a findings file assumes for its arms, with its basis, then counts as well, and
    is marked: :attr:`Range.assumed`.
Passes
    Hardly any study prints a number: then the usual number of the kind of device.

The table is derived from the findings files once (:func:`build`) and shipped, so that reading it opens one small file.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

from neodermis.errors import UnknownNameError
from neodermis.names import spelled
from neodermis.people.concern import find_concern, load_concerns
from neodermis.wording import counted

if TYPE_CHECKING:
    from neodermis.evidence import Arm, Study
    from neodermis.treatment import Device, Protocol

Number = Literal["depth_mm", "passes", "sessions", "interval_days"]
#: What is meant by each number.
WORDS: Final[Mapping[Number, str]] = {
    "depth_mm": "needle depth", "passes": "number of passes", "sessions": "number of sessions",
    "interval_days": "interval between sessions",
}  # fmt: skip
#: All arms, whatever their concern.
ANY: Final = "any"
#: Kind of device that most studies name, whose ranges are taken where there are none of another.
PEN: Final = "pen"
#: Basis of ranges from studies, and of passes that none printed.
PRINTED: Final = "printed by studies"
USUAL: Final = "usual number of the device"
#: What a findings file assumes where its study did not print it.
_ASSUMED: Final = "assumed"
#: Groups of people that must reach the ends of a range, so that no single study sets them.
SHARED_BY: Final = 2
#: Families of outcomes that an instrument reads on any skin, whatever it is treated for.
_OF_ANY_SKIN: Final = ("elasticity",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Least and greatest value that is supported: that two groups of people reach, where there are three or more."""

    low: float
    high: float
    studies: tuple[str, ...]
    """Ids of the studies that printed a value; none where :attr:`basis` is the usual number of the device."""
    groups: int = 0
    """Number of groups of people in them: several studies may be of the same people."""
    unstated: tuple[str, ...] = ()
    """Those among them that did not print which of several kinds of device was used."""
    basis: str = PRINTED
    sources: tuple[str, ...] = ()
    """Keys of the bibliography."""
    borrowed: str = ""
    """A sentence where the range is that of another concern or kind of device; empty where it is its own."""
    assumed: tuple[str, ...] = ()
    """Ids of the studies that did not print a value, and whose assumed range is part of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Supported:
    """What evidence supports for a concern and a kind of device."""

    concern: str
    kind: str
    depth_mm: Range
    passes: Range
    sessions: Range
    interval_days: Range

    @property
    def borrowed(self) -> tuple[str, ...]:
        """The sentences on ranges of another concern or kind of device."""
        return tuple(one.borrowed for name in WORDS if (one := getattr(self, name)).borrowed)

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the bibliography of all four ranges."""
        return tuple(dict.fromkeys(key for name in WORDS for key in getattr(self, name).sources))


class Row(NamedTuple):
    """A concern and a kind of device in the table: ranges as text, empty where no study printed one."""

    concern: str
    kind: str
    depth_mm: str
    passes: str
    sessions: str
    interval_days: str
    studies: tuple[str, ...]
    unstated: tuple[str, ...]
    """Those among the studies that did not print which of several kinds of device was used."""


def kind_of(device: Device) -> str:
    """Kind of a device as the table has it: devices for use at home are kinds of their own."""
    return f"home_{device.kind}" if device.home_use else device.kind


# ----------------------------------------------------------------------------------------------------- reading


def path() -> Path:
    """Path of the shipped table."""
    return Path(str(files("neodermis.planning") / "data" / "supported.json"))


@cache
def document() -> Mapping[str, Any]:
    """Content of the shipped table."""
    found: Mapping[str, Any] = json.loads(path().read_text("utf-8"))
    return found


def kinds() -> tuple[str, ...]:
    """Kinds of device."""
    return tuple(document()["usual_passes"])


def supported(concern: str, kind: str) -> Supported:
    """Ranges for a concern (a name of the catalogue, or ``any``) and a kind of device.

    A range that no study of both printed is that of any concern with the same kind of device, else that of the concern
    with a pen, else that of any concern with a pen; ``borrowed`` says so.  Passes are then the usual ones of the kind.

    Raises
    ------
    InputError
        Unknown concern or kind of device; names the accepted ones.

    Examples
    --------
    >>> supported("acne scars", "pen").sessions.studies[0]
    'al-chalabi-2020'
    """
    known = ANY if spelled(concern) == ANY else find_concern(concern).name
    name = spelled(kind)
    if name not in kinds():
        raise UnknownNameError("kind of device", str(kind), kinds())
    return Supported(
        concern=known, kind=name, depth_mm=_range(known, name, "depth_mm"), passes=_range(known, name, "passes"),
        sessions=_range(known, name, "sessions"), interval_days=_range(known, name, "interval_days"),
    )  # fmt: skip


def table() -> list[Row]:
    """Rows of the table, in the order of the catalogue of concerns, the row of all of them last."""
    return [_row(concern, kind) for concern in (*load_concerns(), ANY) for kind in kinds() if _entries(concern, kind)]


def groups(studies: Iterable[str]) -> int:
    """Number of groups of people of some studies of the table."""
    return len({document()["people"].get(study, study) for study in studies})


def _entries(concern: str, kind: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = document()["supported"].get(concern, {}).get(kind, {})
    return found


def _range(concern: str, kind: str, number: Number) -> Range:
    if number == "passes" and number not in _entries(concern, kind):
        usual = document()["usual_passes"][kind]
        return Range(
            low=usual["low"], high=usual["high"], studies=(), basis=f"{USUAL}: {usual['basis']}",
            sources=tuple(usual["sources"]),
        )  # fmt: skip
    places = [(concern, kind), (ANY, kind), (concern, PEN), (ANY, PEN)]
    place = next(one for one in places if number in _entries(*one))
    entry = _entries(*place)[number]
    studies, unstated = tuple(entry["studies"]), tuple(entry["unstated"])
    guessed = entry.get(_ASSUMED, {})
    basis = PRINTED if studies else ""
    if unstated:
        basis += f"; {len(unstated)} of {len(studies)} did not print the kind of device"
    if guessed:
        others = counted(len(guessed["studies"]), "study", "studies")
        basis += f"{'; ' if basis else ''}assumed of {others} that did not print it"
    least, most = _shared_ends([*entry["studies"].items(), *guessed.get("studies", {}).items()])
    return Range(
        low=least,
        high=most,
        studies=studies,
        groups=groups(studies),
        unstated=unstated,
        assumed=tuple(guessed.get("studies", ())),
        basis=basis,
        sources=tuple(dict.fromkeys(document()["sources"][study] for study in (*studies, *guessed.get("studies", ())))),
        borrowed="" if place == places[0] else _borrowed(places[0], place, number),
    )


def _shared_ends(values: Iterable[tuple[str, Sequence[float]]]) -> tuple[float, float]:
    """Least and greatest value that :data:`SHARED_BY` groups of people reach; of fewer than three groups the ends."""
    by_group: dict[str, list[float]] = {}
    for study, each in values:
        by_group.setdefault(document()["people"].get(study, study), []).extend(each)
    place = SHARED_BY - 1 if len(by_group) > SHARED_BY else 0
    low, high = sorted(map(min, by_group.values())), sorted(map(max, by_group.values()), reverse=True)
    return min(low[place], high[place]), max(low[place], high[place])


def _borrowed(asked: tuple[str, str], taken: tuple[str, str], number: Number) -> str:
    """The sentence that a range is of another concern or kind of device."""
    other = "" if taken[1] == asked[1] else ", which is another kind of device"
    return (
        f"No study of {_of(asked[0])} with a {_words(asked[1])} printed the {WORDS[number]}: taken from studies of "
        f"{_of(taken[0])} with a {_words(taken[1])}{other}."
    )


def _of(concern: str) -> str:
    return "any concern" if concern == ANY else find_concern(concern).label.lower()


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _row(concern: str, kind: str) -> Row:
    entries = _entries(concern, kind)
    every = sorted({study for entry in entries.values() for study in (*entry["studies"], *_guessed(entry))})
    stated = {study for entry in entries.values() for study in {*entry["studies"]} - {*entry["unstated"]}}
    stated |= {study for entry in entries.values() for study in _guessed(entry)}
    told = {number: _told(entries.get(number)) for number in WORDS}
    if not told["passes"]:
        told["passes"] = f"{_span(document()['usual_passes'][kind])} (usual)"
    return Row(
        concern=concern, kind=kind, **told, studies=tuple(every),
        unstated=tuple(study for study in every if study not in stated),
    )  # fmt: skip


def _guessed(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(entry.get(_ASSUMED, {}).get("studies", ()))


def _told(entry: Mapping[str, Any] | None) -> str:
    """A range with its number of groups of people whose study printed the kind of device, and of others."""
    if entry is None:
        return ""
    others = groups(entry["unstated"])
    stated = groups({*entry["studies"]} - {*entry["unstated"]})
    printed = f"{_span(entry)} ({stated}{f' + {others}' if others else ''})" if entry["studies"] else ""
    guessed = f"assumed {_span(entry[_ASSUMED])} ({groups(entry[_ASSUMED]['studies'])})" if _ASSUMED in entry else ""
    return "; ".join(filter(None, (printed, guessed)))


def _span(entry: Mapping[str, Any]) -> str:
    low, high = entry["low"], entry["high"]
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


# ---------------------------------------------------------------------------------------------------- deriving


class Printed(NamedTuple):
    """What one arm printed."""

    study: str
    concerns: tuple[str, ...]
    kinds: tuple[str, ...]
    """Kinds of device that it may have been treated with; more than one where the study did not print it."""
    values: Mapping[Number, Sequence[float]]
    depth_assumed: Sequence[float] = ()
    """Ends of the range of the needle depth that its file assumes."""


def build(date: str = "") -> dict[str, Any]:
    """The table as derived from the findings files; the date is that of today by default."""
    from neodermis.evidence import load_study

    arms = list(_printed())
    numbers: dict[str, dict[str, dict[str, Any]]] = {}
    for concern in (*load_concerns(), ANY):
        of_concern = [arm for arm in arms if concern == ANY or concern in arm.concerns]
        by_kind = {kind: _ranges([arm for arm in of_concern if kind in arm.kinds]) for kind in _usual_passes()}
        if found := {kind: ranges for kind, ranges in by_kind.items() if ranges}:
            numbers[concern] = found
    every = (one for entry in numbers[ANY].values() for one in entry.values())
    used = sorted({study for one in every for study in (*one["studies"], *_guessed(one))})
    return {
        "date": date or datetime.date.today().isoformat(),
        "version": version("neodermis"),
        "usual_passes": _usual_passes(),
        "sources": {study: load_study(study).source for study in used},
        "people": {study: load_study(study).people for study in used if load_study(study).people != study},
        "supported": numbers,
    }


def outdated() -> bool:
    """Whether the shipped table differs from what the findings files say."""
    return not path().is_file() or build(json.loads(path().read_text("utf-8"))["date"]) != dict(document())


def text(made: Mapping[str, Any]) -> str:
    """Content of the file: a line for each range, so that a comparison of versions shows changes."""
    return f"{_written(made)}\n"


def _written(value: object) -> str:
    nested = isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values())
    if not isinstance(value, Mapping) or not (nested and "low" not in value):
        return json.dumps(value, ensure_ascii=False)
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {_written(one)}" for name, one in value.items()) + "\n}"


def _usual_passes() -> dict[str, Any]:
    """Usual number of passes by kind of device: of its class, of devices for use at home their own."""
    from neodermis.treatment import load_devices
    from neodermis.treatment._catalogue import shipped
    from neodermis.treatment.device import Kind

    spans = {str(kind): shipped().classes[kind]["usual_passes"] for kind in get_args(Kind)}
    for device in load_devices().values():
        spans.setdefault(kind_of(device), device.usual_passes)
    return {
        kind: {"low": _plain(one.low), "high": _plain(one.high), "basis": one.basis, "sources": list(one.sources)}
        for kind, one in spans.items()
    }


def _ranges(arms: Sequence[Printed]) -> dict[str, Any]:
    """Range of each number that an arm printed, with the distinct values of each study."""
    found: dict[str, Any] = {}
    for number in WORDS:
        values: dict[str, set[float]] = {}
        stated = set()
        for arm in arms:
            if arm.values.get(number):
                values.setdefault(arm.study, set()).update(arm.values[number])
                stated |= {arm.study} if len(arm.kinds) == 1 else set()
        guessed: dict[str, tuple[float, float]] = {}
        for arm in arms if number == "depth_mm" else ():
            if arm.depth_assumed:
                ends = (*arm.depth_assumed, *guessed.get(arm.study, ()))
                guessed[arm.study] = min(ends), max(ends)
        if values:
            every = {value for each in values.values() for value in each}
            found[number] = {
                "low": _plain(min(every)), "high": _plain(max(every)),
                "studies": {study: [*map(_plain, sorted(each))] for study, each in sorted(values.items())},
                "unstated": sorted({*values} - stated),
            }  # fmt: skip
        elif guessed:
            found[number] = {"studies": {}, "unstated": []}
        if guessed:
            found[number][_ASSUMED] = {
                "low": _plain(min(low for low, _ in guessed.values())),
                "high": _plain(max(high for _, high in guessed.values())),
                "studies": {study: [*map(_plain, ends)] for study, ends in sorted(guessed.items())},
            }  # fmt: skip
    return found


def _plain(value: float) -> float:
    """A whole number without a fraction, as JSON writes it."""
    return int(value) if value == int(value) else value


def _printed() -> Iterator[Printed]:
    """What the arms with needles of studies in people printed."""
    from neodermis.api.unprinted import devices_of
    from neodermis.evidence import load_study, study_ids
    from neodermis.skin.tissue import site_spellings
    from neodermis.treatment import read_protocol

    every = [load_study(name) for name in study_ids()]
    studies = [study for study in every if study.role == "fit" and study.species == "human"]
    naming = _naming(studies)
    for study in studies:
        for arm in study.arms:
            if not arm.protocol or arm.treatment != "needling":
                continue
            plan = read_protocol(arm.protocol, sites=site_spellings())
            depths = sorted({one.depth_mm for phase in plan.phases for one in phase.treatments if one.passes})
            if not any(depths):
                continue
            yield Printed(
                study=study.id,
                concerns=_concerns_of(study, arm, naming),
                kinds=tuple(dict.fromkeys(map(kind_of, devices_of(arm, plan)))),
                values=_values(arm, plan),
                depth_assumed=_assumed_depth(arm),
            )


def _values(arm: Arm, plan: Protocol) -> dict[Number, list[float]]:
    """The numbers of a protocol that its study printed."""
    passes = [one for phase in plan.phases for one in phase.treatments if one.depth_mm > 0 and one.passes > 0]
    found: dict[Number, list[float]] = {
        "depth_mm": [] if _length_unknown(arm) else [one.depth_mm for one in passes],
        "passes": [one.passes for one in passes],
        "sessions": [sum(phase.count for phase in plan.phases)],
        "interval_days": [phase.interval_days for phase in plan.phases if phase.count > 1],
    }
    return {number: values for number, values in found.items() if number not in arm.assumed}


def _assumed_depth(arm: Arm) -> tuple[float, ...]:
    """Ends of the range of the needle depth that a findings file assumes; none where the study printed it."""
    one = arm.assumed.get("depth_mm")
    return () if one is None or one.low is None or one.high is None else (one.low, one.high)


def _length_unknown(arm: Arm) -> bool:
    """Whether the needle length is part of an assumed device: a roller's depth is not assumed beside it."""
    return "device" in arm.assumed and "length are not reported" in arm.assumed["device"].basis


def _naming(studies: Sequence[Study]) -> dict[str, str]:
    """Outcomes that name a concern, and the concern."""
    from neodermis.skin.raters import family_of

    concerns = load_concerns().values()
    answered = {outcome: [one.name for one in concerns if outcome in one.answers] for one in concerns
                for outcome in one.answers}  # fmt: skip
    named = {
        outcome: names[0]
        for outcome, names in answered.items()
        if len(names) == 1 and family_of(outcome) not in _OF_ANY_SKIN
    }
    for study in studies:
        for arm in study.arms:
            with_concern = {find_concern(name).name for name in arm.concerns}
            for finding in arm.findings:
                if with_concern and named.get(finding.outcome) not in with_concern:
                    named.pop(finding.outcome, None)
    return named


def _concerns_of(study: Study, arm: Arm, naming: Mapping[str, str]) -> tuple[str, ...]:
    """Concerns of an arm: those that it is simulated with, else those that its outcomes and comparisons name."""
    if arm.concerns:
        return tuple(find_concern(name).name for name in arm.concerns)
    outcomes = [
        finding.outcome for one in study.arms for finding in one.findings if arm.id in (one.id, finding.against)
    ]
    return tuple(dict.fromkeys(naming[outcome] for outcome in outcomes if outcome in naming))
