"""What answers on screening and care share: edited copies of the shipped consultation, and the works behind rules.

A check says whether this product's rules do what is claimed.  That they are right rests on the works behind them,
which are graded here by what they are: guidance, series, opinion.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final, Literal

from neodermis.care.advice import Item
from neodermis.care.aftercare import Entry
from neodermis.care.consultation import example, parse_consultation
from neodermis.care.course import Prepared, care
from neodermis.care.suitability import Verdict, screen
from neodermis.claims.ledger import Answer, Evidence, Picture
from neodermis.claims.runs import DRAWS, FOUR, findings
from neodermis.evidence import load_bibliography, load_study, study_ids
from neodermis.units import convert

#: Day of every screening, and of the first session of every course of care.
TODAY: Final = date(2026, 11, 20)
START: Final = date(2027, 3, 1)
#: With the time of day, so that hours after a session are told as hours.
START_AT: Final = f"{START}T10:00"
#: The day before the screening, as a file has it.
YESTERDAY: Final = (TODAY - timedelta(days=1)).isoformat()
#: At most so many published results a point.
ROWS: Final = 6
#: An edit that fills in the record of the session.
SESSION: Final = "session"

# -------------------------------------------------------------------------------------------------------- evidence

#: Grade of a work behind a rule, by its tier: an official record or guidance is worth a controlled study of what it
#: rules on, the same through a third party less; a review is worth the series it reads, the rest is opinion or habit.
BY_TIER: Final = {"A": "B", "A2": "C", "B": "C", "C": "D", "D": "D"}
#: Works of tier A that a maker wrote.
MANUALS: Final = (
    "exceed-manual-34", "exceed-manual-35", "dermapen4-manual-23", "dermida-5", "da-works-23", "skinpen-es-20",
    "skinpen-study-5", "optimas-58", "morpheus8-28",
)  # fmt: skip


def work(key: str, says: Literal["for", "against"], words: str) -> Evidence:
    """A work behind a rule or a dated item as evidence; a machine-written one is none."""
    tier = load_bibliography()[key].tier
    if key in MANUALS:
        grade = "D"
    elif key in study_ids():
        grade = load_study(key).grade
    else:
        grade = BY_TIER[tier]
    return Evidence(key=key, grade=grade, says=says, words=words)


def works(
    agree: Mapping[str, str] | None = None, oppose: Mapping[str, str] | None = None, *more: Evidence
) -> tuple[Evidence, ...]:
    """Works for and against by key, with what each says, and other evidence; the best grades first."""
    rows = [work(key, "for", words) for key, words in (agree or {}).items()]
    rows += [work(key, "against", words) for key, words in (oppose or {}).items()]
    return few([*rows, *more])


def few(rows: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """One row for each side of each work, the best grades first."""
    each: dict[tuple[str, str], Evidence] = {}
    for row in rows:
        each.setdefault((row.key, row.says), row)
    return tuple(sorted(each.values(), key=lambda row: row.grade)[:ROWS])


def time_text(low: float, high: float, unit: str) -> str:
    """A time or a range."""
    number = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    return f"{number} {unit.removesuffix('s') if low == high == 1 else unit}"


def reported(item: Item, holds: Callable[[float, float], bool]) -> Iterator[Evidence]:
    """What works give as the time of an item, but for the documents that make the claims and what a machine wrote."""
    known = load_bibliography()
    for row in item.reported:
        low, high = min(row.at), max(row.at)
        for key in row.sources:
            if not key.startswith("article-") and known[key].tier != "E":
                says: Literal["for", "against"] = "for" if holds(low, high) else "against"
                yield work(key, says, f"gives {time_text(low, high, item.unit)}")


def lasted(hours: float, *outcomes: str, only: Iterable[str] = ()) -> list[Evidence]:
    """How long studies saw after-effects, against a time within which they are to be over."""
    rows = []
    shown = tuple(only)
    for study, _, finding in findings(*outcomes):
        last = finding.range[1] if finding.range is not None else finding.value
        if finding.against is not None or last is None or finding.unit is None or (shown and study.id not in shown):
            continue
        says: Literal["for", "against"] = "for" if convert(last, finding.unit, "h") <= hours else "against"
        low, high = finding.range or (last, last)
        number = time_text(low, high, finding.unit)
        words = f"{finding.measure}: {'mean ' if finding.range is None else ''}{number}, n = {finding.n or study.n}"
        rows.append(Evidence(key=study.id, grade=study.grade, says=says, words=words))
    return rows


# -------------------------------------------------------------------------------------------------------- screening


def edited(edits: Mapping[str, str]) -> str:
    """The shipped consultation with other answers, by name, as they stand in the file."""
    text = example()
    if SESSION in edits:
        head, mark, tail = text.partition("# [session]")
        text = head + re.sub(r"^# ", "", mark + tail, flags=re.MULTILINE)
    for name, value in edits.items():
        if name != SESSION:
            text, found = re.subn(rf"^(# )?{name} = [^#\n]*", f"{name} = {value} ", text, flags=re.MULTILINE)
            if not found:
                raise KeyError(name)
    return text


def to_file(edits: Mapping[str, str]) -> str:
    """The command that makes the same file."""
    if not edits:
        return "neodermis screen --example > c.toml"
    parts = ["/^# .session.$/,$ s/^# //"] if SESSION in edits else []
    parts += [f"s/^(# )?{name} = [^#]*/{name} = {value} /" for name, value in edits.items() if name != SESSION]
    return f"neodermis screen --example | sed -E '{'; '.join(parts)}' > c.toml"


def screened(edits: Mapping[str, str]) -> Verdict:
    """The verdict on the shipped consultation with other answers."""
    return _screened(tuple(edits.items()))


@cache
def _screened(edits: tuple[tuple[str, str], ...]) -> Verdict:
    return screen(parse_consultation(edited(dict(edits)), "c.toml"), today=TODAY)


def by_screen(edits: Mapping[str, str]) -> str:
    """The command of one screening."""
    return f"{to_file(edits)} && neodermis screen c.toml --today {TODAY}"


def stays_away(edits: Mapping[str, str]) -> bool:
    """Whether nobody is needled with these answers."""
    return screened(edits).overall in ("no", "refer", "wait")


def new_rules(found: Verdict) -> list[str]:
    """Rules that hold beyond those of the shipped consultation."""
    usual = {one.rule.id for one in screened({}).findings}
    return [one.rule.id for one in found.findings if one.rule.id not in usual]


def changed(edits: Mapping[str, str]) -> bool:
    """Whether a rule that these answers make hold changes the plan."""
    new = new_rules(screened(edits))
    return any(one.effects for one in screened(edits).findings if one.rule.id in new)


def asked(checks: Mapping[str, bool], edits: Mapping[str, str], picture: Picture | None = None) -> Answer:
    """An answer of yes and no, with the verdict of the screening that its command shows."""
    found = screened(edits)
    holds = ", ".join(new_rules(found)) or "no further rule"
    counted = "; ".join(f"{words}: {'yes' if yes else 'no'}" for words, yes in checks.items())
    return Answer(
        words=f"{counted}. Screened with the command: {found.overall} ({holds})", command=by_screen(edits),
        checks=checks, picture=picture,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- care


def cared(sentence: str = FOUR, **edits: str) -> Prepared:
    """Dated care of a course for the person of the shipped consultation with other answers."""
    return _cared(sentence, tuple(edits.items()))


@cache
def _cared(sentence: str, edits: tuple[tuple[str, str], ...]) -> Prepared:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.toml"
        path.write_text(edited(dict(edits)), encoding="utf-8")
        return care(path, sentence, start=START_AT, today=TODAY, hemisphere="north", draws=DRAWS, seed=0)


def by_care(sentence: str = FOUR, **edits: str) -> str:
    """The command of one course of care."""
    rest = f'"{sentence}" --start {START_AT} --today {TODAY} --hemisphere north --for practitioner'
    return f"{to_file(edits)} && neodermis care c.toml {rest}" if edits else f"neodermis care example {rest}"


def entry(done: Prepared, name: str) -> Entry:
    """An entry of the first session."""
    return next(one for one in done.care.entries if one.id == name and one.session == 1)
