"""Shipped ledger: computed once for a version, and read by the command, the documents and the tests.

Amounts, checks and published results are stored; verdicts, reasons and the results that would change them follow by
rule when the file is read, and are stored for readers without this package.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import numpy as np

from neodermis.claims.ledger import Answer, Evidence, Judged, Picture, Point, chosen
from neodermis.evidence import load_parameters
from neodermis.uncertain import Interval

#: Data folders and files, other than parameters, on which answers are based.
RESTS_ON: Final = (
    "evidence/data/findings", "claims/data/claims.toml", "claims/data/points", "claims/data/plans.toml",
    "treatment/data", "skin/data", "people/data", "care/data/rules.toml", "care/data/care.toml",
)  # fmt: skip
#: Relative difference up to which two computers give the same answer: above rounding and below every printed digit.
SAME: Final = 1e-6
#: The same for small plots, which are stored with fewer digits.
SAME_DRAWN: Final = 2e-3
#: Stored significant digits of a number, and of a number in a small plot.
FIGURES, DRAWN = 10, 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """Versions with which a ledger was computed."""

    version: str
    parameters: str
    """Name and version of the parameter set."""
    parameters_sha256: str
    evidence_sha256: str
    """Hash of the data in :data:`RESTS_ON`; a comment does not change it."""
    date: str

    @property
    def outdated(self) -> tuple[str, ...]:
        """Differences from this version that may change answers; empty without any."""
        here = made_now(self.date)
        names = {
            "version": "version",
            "parameters_sha256": "parameters",
            "evidence_sha256": "published results or rules",
        }
        return tuple(words for name, words in names.items() if getattr(self, name) != getattr(here, name))


def _data(place: Traversable) -> Iterator[tuple[str, Any]]:
    for one in sorted(place.iterdir(), key=lambda each: each.name) if place.is_dir() else (place,):
        if one.is_dir():
            yield from _data(one)
        elif one.name.endswith(".toml"):
            yield one.name, tomllib.loads(one.read_text("utf-8"))


def made_now(date: str) -> Made:
    """Versions with which a ledger would be computed now."""
    found = [list(_data(files("neodermis") / place)) for place in RESTS_ON]
    parameters = load_parameters()
    return Made(
        version=version("neodermis"),
        parameters=f"{parameters.name} {parameters.version}",
        parameters_sha256=parameters.sha256,
        evidence_sha256=hashlib.sha256(json.dumps(found, sort_keys=True, default=str).encode()).hexdigest(),
        date=date,
    )


# ----------------------------------------------------------------------------------------------------- writing


def _rounded(value: float, figures: int = FIGURES) -> float:
    return float(f"{value:.{figures}g}")


def _picture(picture: Picture) -> dict[str, Any]:
    series = {name: getattr(picture, name) for name in ("x", "median", "low", "high", "base")}
    kept: dict[str, Any] = {
        name: [_rounded(value, DRAWN) for value in values] for name, values in series.items() if values is not None
    }
    return kept | {"labels": list(picture.labels), "x_label": picture.x_label, "y_label": picture.y_label}


def _answer(answer: Answer) -> dict[str, Any]:
    entry: dict[str, Any] = {"words": answer.words, "command": answer.command, "state": answer.state}
    if answer.checks is not None:
        entry["checks"] = {words: bool(held) for words, held in answer.checks.items()}
    if answer.effect is not None:
        entry |= {
            "effect": [_rounded(value) for value in answer.effect], "unit": answer.unit, "towards": answer.towards,
            "expected": answer.expected, "matters": _rounded(answer.matters), "direction_only": answer.direction_only,
        }  # fmt: skip
    if answer.picture is not None:
        entry["picture"] = _picture(answer.picture)
    return entry


def _point(point: Point) -> dict[str, Any]:
    return {
        "words": point.words,
        "verdict": point.verdict,
        "reason": point.reason,
        "turning": point.turning,
        "outcome": point.outcome,
        "statistic": point.statistic,
        "day": point.day,
        "why_not": point.why_not,
        "note": point.note,
        "answer": None if point.answer is None else _answer(point.answer),
        "published": [{"key": e.key, "grade": e.grade, "says": e.says, "words": e.words} for e in point.published],
    }


def entry(row: Judged) -> dict[str, Any]:
    """A claim in the form of the file."""
    return {"id": row.claim.id, "points": [_point(point) for point in row.points], "verdict": row.verdict}


def text(rows: Iterable[Judged], date: str) -> str:
    """Content of the file: one line for each point, so that a comparison of versions shows changes."""
    made = made_now(date)
    head = json.dumps({name: getattr(made, name) for name in Made.__slots__}, ensure_ascii=False)
    claims = []
    for row in rows:
        kept = entry(row)
        points = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in kept["points"])
        claims.append(f'{{"id": "{kept["id"]}", "verdict": "{kept["verdict"]}", "points": [\n{points}\n]}}')
    joined = ",\n".join(claims)
    return f'{{"made": {head},\n"claims": [\n{joined}\n]}}\n'


# ----------------------------------------------------------------------------------------------------- reading


def _read_answer(kept: Mapping[str, Any]) -> Answer:
    picture = kept.get("picture")
    expected = kept.get("expected")
    given = {name: kept[name] for name in ("words", "command", "checks", "unit", "towards", "matters") if name in kept}
    return Answer(
        **given,
        effect=Interval(*kept["effect"]) if "effect" in kept else None,
        expected=None if expected is None else (expected[0], expected[1]),
        direction_only=kept.get("direction_only", False),
        picture=None if picture is None else _read_picture(picture),
    )


def _read_picture(kept: Mapping[str, Any]) -> Picture:
    series = {name: np.array(kept[name], float) for name in ("x", "median", "low", "high", "base") if name in kept}
    return Picture(**series, labels=tuple(kept["labels"]), x_label=kept["x_label"], y_label=kept["y_label"])


def _read_point(kept: Mapping[str, Any]) -> Point:
    return Point(
        words=kept["words"],
        answer=None if kept["answer"] is None else _read_answer(kept["answer"]),
        published=tuple(Evidence(**one) for one in kept["published"]),
        note=kept["note"],
        outcome=kept["outcome"],
        statistic=kept["statistic"],
        day=kept["day"],
        why_not=kept["why_not"],
    )


def path() -> Path:
    """Path of the file."""
    return Path(str(files("neodermis.claims") / "data" / "ledger.json"))


@cache
def document() -> Mapping[str, Any]:
    """Content of the file."""
    found: Mapping[str, Any] = json.loads(path().read_text("utf-8"))
    return found


@cache
def made() -> Made:
    """Versions with which the shipped ledger was computed."""
    return Made(**document()["made"])


def shipped(names: Sequence[str] = ()) -> list[Judged]:
    """Claims with the shipped answers, in the order of the list; all without ids.

    Raises :class:`UnknownNameError` with the closest id.
    """
    kept = {one["id"]: one for one in document()["claims"]}
    return [
        Judged(claim=claim, points=tuple(map(_read_point, kept[claim.id]["points"])))
        for claim in chosen(names)
        if claim.id in kept
    ]


# ---------------------------------------------------------------------------------------------------- comparing


def differences(row: Judged) -> tuple[str, ...]:
    """Differences of a recomputed claim from the shipped one, as ``point: field``; empty without any."""
    kept = next(iter(shipped([row.claim.id])), None)
    if kept is None or [point.words for point in row.points] != [point.words for point in kept.points]:
        return ("its points",)
    found = []
    for new, old in zip(entry(row)["points"], entry(kept)["points"], strict=True):
        found += [f"{new['words']}: {name}" for name in new if not _alike(new[name], old[name])]
    return tuple(found)


def _alike(new: Any, old: Any, same: float = SAME) -> bool:
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        return new.keys() == old.keys() and all(
            _alike(new[name], old[name], SAME_DRAWN if name == "picture" else same) for name in new
        )
    if isinstance(new, (list, tuple)) and isinstance(old, (list, tuple)):
        return len(new) == len(old) and all(_alike(one, other, same) for one, other in zip(new, old, strict=True))
    if type(new) is float and type(old) is float:
        return bool(np.isclose(new, old, rtol=same, atol=1e-9))
    return bool(new == old)
