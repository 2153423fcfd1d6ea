"""Runs behind the answers: a course, session, delivery, screening or dated care, each solved once, with its command.

The printed command follows from the run.
"""

from __future__ import annotations

import re
import shlex
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from neodermis.api import Decades, deliver, injure, read, simulate, skin_by_age, trace
from neodermis.care.aftercare import Entry
from neodermis.care.consultation import example, parse_consultation
from neodermis.care.course import Prepared, care
from neodermis.care.suitability import Verdict, screen
from neodermis.errors import DataFileError
from neodermis.simulation.course import SiteCourse
from neodermis.simulation.delivery import Delivery
from neodermis.simulation.session_outcomes import SessionInjury
from neodermis.simulation.states import States

PLANS: Final = "plans.toml"
#: Parameter draws of every run.
DRAWS: Final = 100
#: Outcomes that a course always prints; the others are printed on request.
PRINTED: Final = ("collagen_papillary", "collagen_total", "dermal_thickness", "pih_probability")
#: Ages of untreated skin.
AGES: Final = (25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 85.0)
#: Day of every screening, and start of every dated course; with a time, so that hours after a session are hours.
TODAY: Final = date(2026, 11, 20)
START: Final = "2027-03-01T10:00"
#: End of the text of an exposure that changes at the first session.
FROM_NOW: Final = " from day 0"
#: The part of a consultation file that is completely commented out.
SESSION: Final = "# [session]"


@cache
def _named() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("neodermis.claims") / "data" / PLANS).read_text("utf-8"))


def _find(kind: str, name: str) -> Any:
    found = _named()[kind]
    if name not in found:
        raise DataFileError(PLANS, kind, name, accepted=", ".join(found))
    return found[name]


def plan(name: str) -> str:
    """A protocol sentence by its name."""
    return str(_find("plans", name))


def _frozen(value: Any) -> Any:
    return tuple(sorted((k, _frozen(v)) for k, v in value.items())) if isinstance(value, Mapping) else value


def _thawed(options: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {name: dict(value) if isinstance(value, tuple) else value for name, value in options}


@cache
def _course(sentence: str, options: tuple[tuple[str, Any], ...]) -> SiteCourse:
    return next(iter(simulate(sentence, **{"draws": DRAWS, **_thawed(options)}).sites.values()))


@cache
def _session(sentence: str, options: tuple[tuple[str, Any], ...]) -> SessionInjury:
    return next(iter(injure(read(sentence), **{"draws": DRAWS, **_thawed(options)}).sites.values())).session


@cache
def _states(sentence: str, options: tuple[tuple[str, Any], ...]) -> States:
    return trace(sentence, **_thawed(options))[0]


@cache
def _delivery(sentence: str, active: str, after: float) -> Delivery:
    return next(iter(deliver(active, sentence, after=after, draws=DRAWS).sites.values()))[0]


@cache
def _decades(sex: str) -> Decades:
    return skin_by_age(AGES, sex=sex, draws=DRAWS)


@cache
def _screened(text: str) -> Verdict:
    return screen(parse_consultation(text, "c.toml"), today=TODAY)


@cache
def _cared(sentence: str, text: str) -> Prepared:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.toml"
        path.write_text(text, encoding="utf-8")
        return care(path, sentence, start=START, today=TODAY, hemisphere="north", draws=DRAWS, seed=0)


def answers_of(edits: Mapping[str, Any]) -> dict[str, str]:
    """Consultation answers in the notation of the file; ``base`` names answers to start from."""
    given = {**(answers_of(_find("consultations", edits["base"])) if "base" in edits else {})}
    for name, value in edits.items():
        if name != "base":
            given[name] = str(value).lower() if isinstance(value, bool) else str(value)
            if isinstance(value, str):
                given[name] = f'"{value}"'
    return given


def _recorded(given: Mapping[str, str]) -> bool:
    """Whether the session record, a comment in the example, is filled in."""
    record = example().partition(SESSION)[2]
    return any(f"# {name} = " in record for name in given)


def consultation(edits: Mapping[str, Any]) -> str:
    """The shipped consultation with other answers."""
    text, given = example(), answers_of(edits)
    if _recorded(given):
        head, mark, tail = text.partition(SESSION)
        text = head + re.sub(r"^# ", "", mark + tail, flags=re.MULTILINE)
    for name, value in given.items():
        text, found = re.subn(rf"^{_begins(name)} = [^#\n]*", f"{name} = {value} ", text, flags=re.MULTILINE)
        if not found:
            raise DataFileError("points", "edits", name, accepted="fields of a consultation")
    return text


def _begins(name: str) -> str:
    """What the line of an answer begins with: what the example leaves out stands in a comment."""
    return name if re.search(rf"^{name} = ", example(), flags=re.MULTILINE) else f"(# )?{name}"


def _to_file(edits: Mapping[str, Any]) -> str:
    """A shell command that writes the same file."""
    given = answers_of(edits)
    parts = ["/^# .session.$/,$ s/^# //"] if _recorded(given) else []
    parts += [f"s/^{_begins(name)} = [^#]*/{name} = {value} /" for name, value in given.items()]
    changed = f" | sed -E '{'; '.join(parts)}'" if parts else ""
    return f"neodermis screen --example{changed} > c.toml"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a given kind; by default a woman of 45 years, phototype 3."""

    of: str = "course"
    """Kind: ``course``, ``session``, ``states``, ``delivery``, ``skin``, ``screening``, ``care``, or a catalogue."""
    plan: str = ""
    """Name of a plan in the file; by default four sessions for a course, one for a session."""
    age: float | None = None
    sex: str | None = None
    phototype: int | None = None
    exposures: Mapping[str, str] = field(default_factory=dict)
    concerns: Mapping[str, str] = field(default_factory=dict)
    anaesthetic: str | None = None
    until: float | None = None
    active: str = ""
    after: float = 0.0
    """Time from the session to the application of the active, h."""
    beside: str = ""
    """Hours, or another active, for comparison by the delivery command."""
    edits: Mapping[str, Any] = field(default_factory=dict)
    """Answers that differ from the shipped consultation."""

    @property
    def sentence(self) -> str:
        """The protocol."""
        return plan(self.plan or ("one" if self.of in ("session", "states") else "four"))

    @property
    def options(self) -> dict[str, Any]:
        """Patient and last day, where given."""
        names = ("age", "sex", "phototype", "exposures", "concerns", "anaesthetic", "until")
        return {name: value for name in names if (value := getattr(self, name))}

    def course(self) -> SiteCourse:
        """The course of the first site."""
        return _course(self.sentence, _frozen(self.options))

    def session(self) -> SessionInjury:
        """Session at the first site."""
        return _session(self.sentence, _frozen(self.options))

    def states(self) -> States:
        """All states of the central course at the first site."""
        return _states(self.sentence, _frozen(self.options))

    def delivery(self) -> Delivery:
        """Delivery of an active at the first site."""
        return _delivery(self.sentence, self.active, self.after)

    def skin(self) -> Decades:
        """Untreated skin by age."""
        return _decades(self.sex or "female")

    def screening(self) -> Verdict:
        """Verdict on the shipped consultation with the answers of this run."""
        return _screened(consultation(self.edits))

    def care(self) -> Prepared:
        """Dated care of the plan."""
        return _cared(self.sentence, consultation(self.edits))

    # ------------------------------------------------------------------------------------------------ the command

    def command(self, outcome: str = "", other: Run | None = None) -> str:
        """A command that reproduces this run and its comparison, and prints the outcome."""
        if self.of == "skin":
            return f"neodermis skin --ages {','.join(f'{age:g}' for age in AGES)}"
        if self.of == "screening":
            return f"{_to_file(self.edits)} && neodermis screen c.toml --today {TODAY}"
        if self.of == "care":
            first, file = (f"{_to_file(self.edits)} && ", "c.toml") if self.edits else ("", "example")
            when = f"--start {START} --today {TODAY} --hemisphere north"
            return f'{first}neodermis care {file} "{self.sentence}" {when} --audience practitioner'
        if self.of == "delivery":
            beside = f" --alternatives {self.beside}" if self.beside else ""
            return f'neodermis deliver {self.active} "{self.sentence}"{beside}'
        if self.of == "session":
            return " ".join([f'neodermis injure "{self.sentence}"', *_flags(self.options), *self._plan_beside(other)])
        if self.of == "states":
            words = [f'neodermis simulate "{self.sentence}"', *_flags(self.options), "--states --plot cascade.png"]
            return " ".join(words)
        if self.of == "course":
            return self._course_command(outcome, other)
        return f"neodermis {self.of}"

    def _course_command(self, outcome: str, other: Run | None) -> str:
        changed = self._changed(other)
        options = {**self.options, **({"exposures": dict(other.exposures)} if changed and other is not None else {})}
        words = [f'neodermis simulate "{self.sentence}"', *_flags(options)]
        words += [f"--compare-exposure {shlex.quote(f'{name}={value}')}" for name, value in changed.items()]
        shown = not outcome or outcome in PRINTED
        return " ".join([*words, *self._plan_beside(other), *([] if shown else ["--all"])])

    def _plan_beside(self, other: Run | None) -> list[str]:
        return [f'--compare "{other.sentence}"'] if other is not None and other.sentence != self.sentence else []

    def _changed(self, other: Run | None) -> dict[str, str]:
        """Exposures that this run, but not the other, changes from the first session onwards."""
        if other is None:
            return {}
        return {
            name: value.rpartition(";")[2].strip().removesuffix(FROM_NOW)
            for name, value in self.exposures.items()
            if value.endswith(FROM_NOW) and other.exposures.get(name) != value
        }


RUN_FIELDS: Final = {one.name for one in fields(Run)}


def _flags(options: Mapping[str, Any]) -> list[str]:
    words = []
    for name, value in options.items():
        if isinstance(value, Mapping):
            words += [f"--{name.removesuffix('s')} {shlex.quote(f'{one}={given}')}" for one, given in value.items()]
        else:
            words.append(f"--{name} {value:g}" if isinstance(value, int | float) else f"--{name} {shlex.quote(value)}")
    return words


def entry(done: Prepared, name: str) -> Entry:
    """An entry of the first session's calendar."""
    return next(one for one in done.care.entries if one.id == name and one.session == 1)


def new_rules(found: Verdict) -> list[str]:
    """Rules that hold beyond those of the shipped consultation."""
    usual = {one.rule.id for one in Run(of="screening").screening().findings}
    return [one.rule.id for one in found.findings if one.rule.id not in usual]
