"""Reader of protocol sentences, and the errors for sentences that cannot be read."""

from __future__ import annotations

import difflib
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

import lark
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from neodermis import disk_cache
from neodermis.errors import InputError, SentenceError, shown
from neodermis.names import Question, plain, spelled
from neodermis.treatment._vocabulary import MISSING, OF_HEAT, TURNING, UNITS, WORDS, WORDS_AT
from neodermis.treatment.active import Application, HomeUse, active_spellings, load_actives
from neodermis.treatment.device import Device, device_names, load_devices, pen, roller, stamp, written
from neodermis.treatment.heat import (
    HeatDevice,
    HeatPass,
    HeatPhase,
    HeatProtocol,
    heat_device_names,
    load_heat_devices,
)
from neodermis.treatment.protocol import Note, Pass, Phase, Protocol, course_of
from neodermis.treatment.schedule import MAX_PHASES
from neodermis.units import convert

#: Longest accepted sentence, enough for every valid protocol: phases of 20 sites, 10 actives and 10 home uses.
MAX_SENTENCE: Final = 5000 * MAX_PHASES
_MAX_NUMBER: Final = 40
_WEEK: Final = convert(1.0, "week", "d")
#: Number of corrections that are tried before a sentence is refused without a proposal.
_MOST_REPAIRS: Final = 40
#: Characters of the sentence shown on either side of the word where reading stopped.
_AROUND: Final = 24

_NUMBER_WORDS: Final = {
    "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0,
    "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0, "eleven": 11.0, "twelve": 12.0,
}  # fmt: skip
#: Adverb → the interval it stands for.
_ADVERBS: Final = {
    "daily": (1.0, "day"),
    "weekly": (1.0, "week"),
    "fortnightly": (2.0, "week"),
    "monthly": (1.0, "month"),
}
#: Adverb with two meanings → wording of each meaning, the longer interval first.
_TWO_MEANINGS: Final = {
    "biweekly": ("every 2 weeks", "every 3.5 days"),
    "semiweekly": ("every 2 weeks", "every 3.5 days"),
    "bimonthly": ("every 2 months", "every 15 days"),
    "semimonthly": ("every 15 days", "every 2 months"),
}
_ORDINALS: Final = {"other": 2.0, "second": 2.0, "third": 3.0, "fourth": 4.0, "fifth": 5.0, "sixth": 6.0, "eighth": 8.0}
#: First letters of a unit of length → its size in mm.
_MILLIMETRES: Final = {"mm": "1", "milli": "1", "cm": "10", "centi": "10", "um": "0.001", "micro": "0.001"}
#: First letters of a unit of time → the unit.
_TIMES: Final = {"d": "day", "w": "week", "m": "month"}
#: Parts of a sentence in which the upper end of a range is the more cautious one; elsewhere it is the lower end.
_LONGER_IS_CAREFUL: Final = frozenset({"interval", "delay", "stop", "resume"})

#: Characters and the single ASCII character for each, so that positions in the text do not change.
_SIGNS: Final = str.maketrans(
    "\N{MULTIPLICATION SIGN}\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}\N{MINUS SIGN}\N{HYPHEN}\N{NON-BREAKING HYPHEN}"
    "\N{EN DASH}\N{EM DASH}\N{RIGHT SINGLE QUOTATION MARK}"
    "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\N{REGISTERED SIGN}\N{TRADE MARK SIGN}",
    "xuu-----'     ",
)

#: Smallest similarity of a name to the word that it replaces in a repair; "did you mean" accepts less similarity.
_NEAR: Final = 0.75
_ONE: Final = {"sessions": "session", "passes": "pass", "weeks": "week", "days": "day"}
_NUMBERS: Final = frozenset({"NUMBER", "SIGNED", "NUMBER_WORD"})
#: Maximum number of words of a name; the longest names have 7.
_MAX_WORDS: Final = 20
_OFTEN: Final = {"once": 1.0, "twice": 2.0}
#: Words that follow the name of an active without being part of it.
_AFTER_NAME: Final = frozenset({*_ADVERBS, *_OFTEN, "after", "every", "stop", "resume"})
_HOME: Final = re.compile(r"\s*home(?![a-z0-9_-])")
#: Words that can follow only the name of a site, and only that of an active.
_UNIT: Final = "(?:[muc]m|(?:milli|micro|centi)met(?:er|re)s?|microns?)"
_SITE_WORD: Final = re.compile(rf"(?<![a-z_-])(?:{_UNIT}|pass|passes)(?![a-z0-9_-])")
_A_DEPTH_AND_UNIT: Final = re.compile(rf"[0-9]\s*{_UNIT}\b")
_SESSION_WORD: Final = re.compile(r"(?:session|treatment|visit|appointment)s?\b")
_ACTIVE_WORD: Final = re.compile(r"%|(?<![a-z_-])(?:percent|after)(?![a-z0-9_-])")
#: Words that mark home use.
_AT_HOME: Final = re.compile(r"\b(?:daily|weekly|every|once|twice|times|stop|resume)\b")

#: Place of a name: after ``:``, first after the device, later, or after ``home``.
_Place = Literal["device", "site", "part", "home"]
_A_DEPTH: Final = "a depth such as 1.5 mm"
_OF_A_SITE: Final = "'passes' or 'mm' or 'µm'"
_A_PERCENTAGE: Final = "a percentage such as 15 %"
_INLINE_KINDS: Final = ("pen", "roller", "stamp")
_INLINE_FORMS: Final = "pen COUNT x DIAMETER mm, stamp COUNT x DIAMETER mm, roller COUNT x LENGTH mm x DIAMETER mm"


class _Choice(NamedTuple):
    """A choice that the user must make: reason, accepted values, and the edits that resolve it."""

    begin: int
    end: int
    why: str
    values: str
    edits: tuple[tuple[int, int, str], ...]


def read(
    sentence: str,
    *,
    sites: Mapping[str, str],
    site_questions: Mapping[str, Question],
    devices: Mapping[str, Device] | None,
) -> Protocol | HeatProtocol:
    """See :func:`neodermis.treatment.protocol.read_treatment`."""
    if len(sentence) > MAX_SENTENCE:
        raise SentenceError(
            "length of the protocol sentence",
            value=f"{len(sentence)} characters",
            accepted=f"at most {MAX_SENTENCE} characters",
            whose="this program",
            next_step="give one sentence, for instance " + _examples(sites)[0],
        )
    return _Reading(sentence, sites, site_questions, load_devices() if devices is None else devices).protocol()


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = (Path(__file__).with_name("data") / "protocol.lark").read_bytes()

    def made() -> bytes:
        tables = io.BytesIO()
        Lark(grammar.decode("utf-8"), parser="lalr", lexer="contextual").save(tables)
        return tables.getvalue()

    depends_on = {"content": disk_cache.digest(grammar), "lark": lark.__version__}
    return Lark.load(io.BytesIO(disk_cache.kept("grammar", depends_on, made)))


@lru_cache(maxsize=1)
def _joints() -> re.Pattern[str]:
    """Words of the grammar that begin a later phase."""
    (words,) = (terminal.pattern.value for terminal in _parser().terminals if terminal.name == "PHASE")
    return re.compile(words)


def _examples(sites: Mapping[str, str]) -> tuple[str, str]:
    known = set(sites.values())
    site = "cheek" if "cheek" in known or not known else min(known)
    return (
        f"'4 sessions every 5 weeks: pen 36 x 0.25 mm; {site} 1.5 mm, 4 passes'",
        f"'1 session: roller 192 x 0.5 mm x 0.25 mm; {site}, 10 passes'",
    )


class _Reading:
    """State of the reader for one sentence."""

    def __init__(
        self,
        sentence: str,
        sites: Mapping[str, str],
        site_questions: Mapping[str, Question],
        devices: Mapping[str, Device],
    ) -> None:
        self.sentence = unicodedata.normalize("NFC", sentence)
        self.text = "".join(map(plain, self.sentence.translate(_SIGNS)))
        self.sites, self.site_questions, self.devices = sites, site_questions, devices
        self.device_names = device_names(devices)
        self.notes: list[Note] = []
        self.repairing = False
        self.left = len(self.text)
        """Characters from where reading stopped to the end."""
        self.repairs: list[str] = []
        """The sentence with one change at this place, the most probable first; later parts may have further faults."""

    def protocol(self) -> Protocol | HeatProtocol:
        try:
            tree = _parser().parse(self.text)
        except UnexpectedInput as stop:
            raise self._stopped(stop) from None
        choices = sorted(self._settle(tree))
        phases: list[Phase | HeatPhase] = []
        joints = [None, *(token for token in _tokens(tree) if token.type == "PHASE")]
        for joint, part in zip(joints, _trees(tree), strict=True):
            phases.append(self._phase(part, joint, phases))
            if isinstance(phases[-1], HeatPhase) != isinstance(phases[0], HeatPhase):
                raise InputError(
                    "devices of a course", value=f"{phases[0].device.id}, {phases[-1].device.id}",
                    accepted="needles in every phase, or heat in every phase", whose="this version",
                    next_step="give each as a sentence of its own",
                )  # fmt: skip
        protocol = course_of(phases, tuple(dict.fromkeys(self.notes)))
        if choices:  # reported last, so that the proposed sentence can be read
            raise self._to_choose(choices)
        return protocol

    def _phase(self, tree: Tree[Token], joint: Token | None, before: Sequence[Phase | HeatPhase]) -> Phase | HeatPhase:
        """A later phase, joined to the earlier ones by ``joint``."""
        begins = _child(tree, "from_day")
        course, device_words, first, *parts = (part for part in _trees(tree) if part is not begins)
        sessions, interval = self._course(course, alone=joint is None)
        from_day = self._from_day(course, begins, joint, before, sessions, interval)
        device = self._device(device_words)
        if isinstance(device, HeatDevice):
            by_heat = tuple(self._heat(part) for part in (first, *parts))
            interval = interval if sessions > 1 else 0.0
            return HeatPhase(
                device=device, treatments=by_heat, count=sessions, interval_days=interval, from_day=from_day
            )
        treatments = [self._treatment(first, self._name(_trees(first)[0], "site"), device)]
        actives: list[Application] = []
        home: list[HomeUse] = []
        for part in parts:
            words = _trees(part)[0]
            name = self._name(words, "home" if part.data == "home" else "part")
            if part.data == "home":
                home.append(self._home_use(part, name))
            elif name not in self.sites:
                actives.append(self._application(part, name))
            elif actives or home:
                raise self._error(_tokens(words)[0], "an active or the end of the sentence: sites stand before actives")
            else:
                treatments.append(self._treatment(part, name, device))
        self.notes += self._of_passes(tree, [first, *parts][: len(treatments)], device)
        return Phase(
            device=device,
            treatments=tuple(treatments),
            count=sessions,
            interval_days=interval if sessions > 1 else 0.0,
            from_day=from_day,
            actives=tuple(actives),
            home=tuple(home),
        )

    def _from_day(
        self,
        course: Tree[Token],
        begins: Tree[Token] | None,
        joint: Token | None,
        before: Sequence[Phase | HeatPhase],
        sessions: int,
        interval: float,
    ) -> float | None:
        """First day of a phase where it is given, or where the phase has no interval."""
        if joint is None:
            if begins:
                raise self._error(_tokens(begins)[0], "':' and then the device: the first phase begins on day 0")
            return None
        last = course_of(before).last_day
        if begins is None:
            words = [*course.scan_values(lambda child: isinstance(child, Token))]
            end = max(token.end_pos or 0 for token in words)
            if "then" not in joint:
                raise self._error_at(end, self._word_end(end), "'from day' and the day of the first of these sessions")
            if sessions == 1 and not interval:
                raise self._error_at(end, self._word_end(end), "'from day' and a day: one session has no interval")
            return last + interval if sessions == 1 else None
        number = _numbers(begins)[0]
        day = self._number(number)
        if "then" in joint and day <= last:
            self.repairs.append(self._edited([(joint.start_pos or 0, joint.end_pos or 0, "; and ")]))
            raise self._error(number, f"a day after the last session before it, {written(last)}; or 'and' for 'then'")
        return day

    def _of_passes(self, tree: Tree[Token], parts: Sequence[Tree[Token]], device: Device) -> list[Note]:
        """Notes on passes that were left out at sites, and on pass patterns."""
        unsaid = [self.sites[self._name(_trees(one)[0], "site")] for one in parts if _child(one, "passes") is None]
        usual = device.usual_passes
        told = f"passes not given at {' and '.join(unsaid)}: {written(usual.middle)} used, the usual number for"
        notes = [Note(f"{told} {device.id} ({usual} passes; {usual.grounds})", usual.sources)] if unsaid else []
        patterns = dict.fromkeys(
            self.sentence[token.start_pos : token.end_pos].strip(" ,()") for token in _within(tree, "PATTERN")
        )
        return notes + [
            Note(f"{pattern!r} changes nothing in this version: of passes their number alone counts")
            for pattern in patterns
        ]

    # ------------------------------------------------------------------------------------------ parts of the sentence

    def _course(self, course: Tree[Token], alone: bool) -> tuple[int, float]:
        """Number of sessions and days from one to the next, 0 where the sentence gives no interval.

        The interval of a single session counts only in a later phase, where it sets the start; ``alone`` marks the
        first phase.
        """
        count, interval = _child(course, "count") or course, _child(course, "interval")
        sessions = self._whole(_numbers(count)[0], "sessions")
        if interval is None and course.data == "course":
            return sessions, 0.0
        words = _tokens(interval or course)
        days = self._interval(words, _numbers(interval) if interval else [])
        begin, end = words[0].start_pos or 0, words[-1].end_pos
        times = all(token.type != "SESSIONS" for token in _tokens(count)) and course.children[0] is count
        if interval and times and not _numbers(interval):
            expected = "'sessions' before it: 3 x weekly can mean three in a week"
            raise self._error_at(begin, words[0].end_pos or 0, expected, missing=["SESSIONS"])
        if sessions == 1 and alone:
            self.notes.append(Note(f"one session has no interval: {self.sentence[begin:end]!r} is left out"))
            return 1, 0.0
        return sessions, days

    def _interval(self, words: list[Token], numbers: list[Token]) -> float:
        """Days from one session to the next."""
        nth = 1.0
        for token in words:
            if token.type == "ADVERB":
                return convert(*_ADVERBS[token], "d")
            if token.type == "HYPHENED":
                return self._number(numbers[0]) * convert(*_ADVERBS[token[1:]], "d")
            if token.type == "OFTEN" and token != "once":
                raise self._error(token, "'once', or the days or weeks from one session to the next")
            if token.type == "ORDINAL":
                digits = re.match("[0-9]+", token)
                nth = float(digits[0]) if digits else _ORDINALS[token]
            if token.type == "TIME_UNIT":
                if not numbers and nth == 1.0 and token.endswith("s"):
                    one = token.removesuffix("s")
                    raise self._error(token, f"a number of {token}, or 'every {one}'", [one])
                return convert(self._number(numbers[0]) if numbers else nth, _time(token), "d")
        raise AssertionError(words)  # the grammar has no other interval

    def _device(self, words: Tree[Token]) -> Device | HeatDevice:
        if words.data == "named":
            (name,) = _trees(words)
            known = self._name(name, "device")
            if known not in self.device_names.spellings:
                return load_heat_devices()[heat_device_names().spellings[known]]
            return self.devices[self.device_names.spellings[known]]
        count = self._whole(_numbers(words)[0], "needles")
        lengths = self._lengths(words)
        if words.data == "roller":
            return roller(count, lengths[0], lengths[1])
        return (pen if words.data == "pen" else stamp)(count, lengths[0])

    def _lengths(self, words: Tree[Token]) -> list[float]:
        """Lengths in mm that follow an ``x``; a length without its own unit has the unit of the next one."""
        tokens = [token for token in _tokens(words) if token.type != "X"][2:]
        lengths: list[float] = []
        unit = "mm"
        for token in reversed(tokens):
            if token.type == "LENGTH_UNIT":
                unit = str(token)
            else:
                lengths.insert(0, self._length(token, unit))
        return lengths

    def _heat(self, part: Tree[Token]) -> HeatPass:
        """Treatment of a site by heat, with the settings that are given; the phase checks which the device has."""
        words = _trees(part)[0]
        if part.data == "home" or spelled(self.text[slice(*_extent(words))]) in active_spellings():
            raise self._error(_tokens(words)[0], "a site: an active with heat is not in this version")
        site = self.sites[self._name(words, "site")]
        given = {child.data: _numbers(child)[0] for child in _trees(part)[1:] if _numbers(child)}
        counts = {name: self._whole(given[name], name) for name in ("pulses", "passes") if name in given}
        settings = {"level": "level", "energy": "energy_mj", "dose": "density_pct"}
        found = {field: self._number(given[name]) for name, field in settings.items() if name in given}
        if "depth" in given:
            found["depth_mm"] = self._length(given["depth"], str(_within(part, "LENGTH_UNIT")[0]))
        return HeatPass(site=site, pulses=counts.get("pulses", 1), passes=counts.get("passes", 1), **found)

    def _treatment(self, part: Tree[Token], name: str, device: Device) -> Pass:
        if part.data == "by_heat":
            heat = _within(part, *OF_HEAT)[0]
            raise self._error(heat, f"{_OF_A_SITE}: {device.id} has needles alone, and no setting of heat")
        if part.data == "application" and (of_an_active := _trees(part)[1:]):
            if of_an_active[0].data == "dose":
                raise self._error(_tokens(of_an_active[0])[-1], _OF_A_SITE)
            raise self._error_after(_trees(part)[0], _A_DEPTH)
        words, passes = _child(part, "depth"), _child(part, "passes")
        count = self._whole(_numbers(passes)[0], "passes") if passes else int(device.usual_passes.middle)
        if words:
            depth = self._length(_numbers(words)[0], str(_within(words, "LENGTH_UNIT")[0]))
        elif device.depth_fixed:
            depth = device.needle_length_mm
        else:
            expected = f"{_A_DEPTH}; {device.id} reaches {device.depth_range}"
            expected += "; only a roller of one needle length may leave the depth out"
            raise self._error(_tokens(passes)[0], expected) if passes else self._error_after(_trees(part)[0], expected)
        return Pass(site=self.sites[name], depth_mm=depth, passes=count)

    def _application(self, part: Tree[Token], name: str) -> Application:
        if part.data != "application":
            raise self._error(_within(part, "LENGTH_UNIT", "PASSES", "PATTERN")[0], self._of_an_active(name))
        delay = _child(part, "delay")
        return Application(
            active=active_spellings()[name],
            percent=self._percent(part),
            after_hours=self._span(delay, "h") if delay and _numbers(delay) else 0.0,
        )

    def _home_use(self, part: Tree[Token], name: str) -> HomeUse:
        often, stop, resume = (_child(part, kind) for kind in ("frequency", "stop", "resume"))
        return HomeUse(
            active=active_spellings()[name],
            percent=self._percent(part),
            per_week=self._per_week(often) if often else _WEEK,
            stop_days=self._span(stop, "d") if stop else 0.0,
            resume_days=self._span(resume, "d") if resume else 0.0,
        )

    def _percent(self, part: Tree[Token]) -> float | None:
        dose = _child(part, "dose")
        return self._number(_numbers(dose)[0]) if dose else None

    def _span(self, words: Tree[Token], to: str) -> float:
        """A time in the unit ``to``."""
        unit = next(token for token in _tokens(words) if token.type in ("HOUR", "TIME_UNIT"))
        count = self._number(_numbers(words)[0])
        return convert(count, "h" if unit.type == "HOUR" else _time(unit), to)

    def _per_week(self, words: Tree[Token]) -> float:
        """Days of use in a week."""
        first, last = _tokens(words)[0], _tokens(words)[-1]
        count = self._number(first) if first.type in _NUMBERS else _OFTEN.get(first, 1.0)
        if first.type == "EVERY" and last.endswith("s"):
            raise self._error(last, f"'every {last.removesuffix('s')}'", [last.removesuffix("s")])
        unit = _ADVERBS.get(last) or (1.0, _time(last))
        if unit == (1.0, "week"):
            return count
        if unit != (1.0, "day"):
            raise self._error(last, "'daily', 'weekly' or a number of times a week")
        if count != 1:
            raise self._error(last, "'a week': use is counted in days a week, and 'daily' is the most")
        return _WEEK

    def _name(self, words: Tree[Token], place: _Place) -> str:
        """The known name that ``words`` spell."""
        tokens = _tokens(words)
        known, questions = self._known(place), self._questions(place)
        begin = tokens[0].start_pos or 0
        for length in range(min(len(tokens), _MAX_WORDS), 0, -1):
            end = tokens[length - 1].end_pos or 0
            key = spelled(self.text[begin:end])
            if key in questions:
                raise self._ask(questions[key], begin, end)
            if key in known:
                if length < len(tokens):
                    raise self._too_many(place, key, tokens[length].start_pos or 0, tokens[length].end_pos or 0)
                return key
        # only the words before a number belong to the name of a device, as in "pne 36 x 0.25 mm"
        numbered = (number for number, token in enumerate(tokens) if token.type in ("NUMBER", "SIGNED"))
        raise self._unknown(place, begin, tokens[max(next(numbered, len(tokens)), 1) - 1].end_pos or 0)

    def _questions(self, place: _Place) -> Mapping[str, Question]:
        """Names that need a question, by kind of place."""
        if place == "device":
            return self.device_names.questions
        return self.site_questions if place in ("site", "part") else {}

    def _known(self, place: _Place) -> Mapping[str, object]:
        """The names that are valid at a place, without the three words for unnamed devices."""
        if place == "device":
            return {**heat_device_names().spellings, **self.device_names.spellings}
        if place == "part":
            return {**active_spellings(), **self.sites}
        return self.sites if place == "site" else active_spellings()

    def _number(self, token: Token) -> float:
        digits = token.replace(",", ".")
        if token.type == "NUMBER_WORD":
            return _NUMBER_WORDS[token]
        if len(digits) > _MAX_NUMBER:
            raise self._error(token, f"a number of at most {_MAX_NUMBER} characters")
        if re.fullmatch(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}", token):
            raise self._error(token, "a number with one reading: a comma before three digits could divide thousands")
        value = float(digits)
        if not math.isfinite(value) or (value == 0 and re.search("[1-9]", re.sub("e.*", "", digits))):
            raise self._error(token, "a number that a computer can hold")
        return value

    def _whole(self, token: Token, what: str) -> int:
        value = self._number(token)
        if value != int(value):
            raise self._error(token, f"a whole number of {what}")
        return int(value)

    def _length(self, token: Token, unit: str) -> float:
        """A length in mm."""
        scale = Decimal(next(mm for start, mm in _MILLIMETRES.items() if unit.startswith(start)))
        if scale < 1 and re.fullmatch(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}", token):
            raise self._error(token, "micrometres with one reading: a point before three digits could divide thousands")
        value = self._number(token)
        # In decimal digits: multiplied by 0.001 as binary fractions, 700 µm would be 0.7000000000000001 mm.
        return value if scale == 1 else float(Decimal(repr(value)) * scale)

    # ------------------------------------------------------------------------------------- what the user has to choose

    def _settle(self, tree: Tree[Token]) -> list[_Choice]:
        """The choices to make; a provisional value for each lets the reader continue."""
        found = []
        for part in list(tree.iter_subtrees()):
            for at in range(len(part.children) - 1, -1, -1):
                child = part.children[at]
                if isinstance(child, Tree) and child.data.startswith("range"):
                    choice, part.children[at : at + 1] = self._of_range(child, part.data in _LONGER_IS_CAREFUL)
                    found.append(choice)
                elif isinstance(child, Token) and child.type == "AMBIGUOUS":
                    after = next((token for token in _tokens(part) if token.type == "SESSIONS"), child)
                    found.append(self._of_adverb(child, after))
                    part.children[at] = Token("ADVERB", "fortnightly")
        return found

    def _of_range(self, words: Tree[Token], longer: bool) -> tuple[_Choice, list[Token]]:
        """The choice within a range, and the tokens of the more cautious end."""
        numbers = [_unsigned(token) if number else token for number, token in enumerate(_numbers(words))]
        units = [token for token in _tokens(words) if token.type in ("LENGTH_UNIT", "TIME_UNIT", "HOUR")]
        ends = list(zip(numbers, units, strict=True)) if units else [(number,) for number in numbers]
        texts = [self.sentence[end[0].start_pos : end[-1].end_pos] for end in ends]
        if len({*units}) < 2:
            ends.sort(key=lambda end: self._number(end[0]))
        careful = list(ends[-1 if longer else 0])
        begin, end = numbers[0].start_pos or 0, (units or numbers)[-1].end_pos or 0
        text = self.sentence[careful[0].start_pos : careful[-1].end_pos]
        choice = _Choice(
            begin, end, "a range is not a plan", f"one value ({' or '.join(texts)})", ((begin, end, text),)
        )
        return choice, careful

    def _of_adverb(self, adverb: Token, sessions: Token) -> _Choice:
        """The choice between the two meanings of an adverb."""
        key = adverb.replace("-", "")
        begin, end = adverb.start_pos or 0, adverb.end_pos or 0
        first, other = _TWO_MEANINGS[key]
        edits: tuple[tuple[int, int, str], ...] = ((begin, end, first),)
        if (sessions.start_pos or 0) > begin:
            edits = ((begin, sessions.start_pos or 0, ""), (sessions.end_pos or 0, sessions.end_pos or 0, f" {first}"))
        also = " ('fortnightly')" if first == "every 2 weeks" else ""
        return _Choice(begin, end, f"{key!r} has two meanings", f"'{first}'{also} or '{other}'", edits)

    def _to_choose(self, choices: list[_Choice]) -> SentenceError:
        """Error for the first choice, with the user's sentence repeated for each value."""
        first = choices[0]
        self.left, self.repairs = -1, [self._edited(edit for one in choices for edit in one.edits)]
        return SentenceError(
            f"protocol sentence cannot be read: {first.why} (character {first.begin + 1})",
            value=self._marked(first.begin, first.end),
            accepted=first.values,
            next_step=f"choose one value, for instance '{self.repairs[0]}'",
        )

    def _ask(self, question: Question, begin: int, end: int) -> SentenceError:
        """Error for an ambiguous name."""
        self.left = len(self.text) - begin
        self.repairs = [self._edited([(begin, end, choice)]) for choice in question.choices]
        repaired = self._repaired()
        instance = f"; for instance '{repaired}'" if repaired else ""
        return SentenceError(
            f"protocol sentence is ambiguous at {shown(self.sentence[begin:end], 40)} (character {begin + 1})",
            value=self._marked(begin, end),
            accepted=", ".join(question.choices) or "another name",
            next_step=f"{question.why.removesuffix('.')}{instance}",
        )

    def _edited(self, edits: Iterable[tuple[int, int, str]]) -> str:
        """The user's sentence with replaced words."""
        text = self.sentence
        for begin, end, words in sorted(edits, reverse=True):
            text = text[:begin] + words + text[end:]
        return re.sub(r"\s+(?=[:;,])", "", " ".join(text.split()))

    def _repaired(self) -> str | None:
        """The user's sentence with the fewest changes that make it valid, if any are found.

        One change is made where the reader stopped, and the next where it stops again: later in the sentence, or at the
        same place.
        """
        if self.repairing:
            return None
        waiting, tried = [(self.left, False, sentence) for sentence in reversed(self.repairs)], 0
        while waiting and tried < _MOST_REPAIRS:
            left, stayed, sentence = waiting.pop()
            again = _Reading(sentence, self.sites, self.site_questions, self.devices)
            again.repairing, tried = True, tried + 1
            try:
                again.protocol()
            except SentenceError:
                stays = again.left == left
                if (again.left < left or (stays and not stayed)) and len(sentence) <= MAX_SENTENCE:
                    waiting += [(again.left, stays, one) for one in reversed(again.repairs)]
            except InputError:
                continue  # readable, but outside the limits: not a working example
            else:
                return sentence
        return None

    def _changed(self, begin: int, end: int, close: str | None, missing: Sequence[str], extra: bool) -> Iterator[str]:
        """The sentence with one change at the characters ``begin`` to ``end``, the most probable first."""
        unread = self.text[begin:end]
        if close and (close.startswith(unread) or _alike(close, spelled(unread)) >= _NEAR):
            yield self._edited([(begin, end, close)])
        before = len(self.text[:begin].rstrip())
        for terminal, word in [(one, word) for one in missing for word in MISSING.get(one, ())]:
            if word == "weeks" and re.search(r"\d{2}\s*$", self.text[:begin]):
                continue  # a count above nine means days
            if terminal in UNITS and unread[:1].isalpha():
                continue  # an unknown unit is never replaced by another
            if word in ";:" and self.text[before - 1 : before] in (",", ";", "."):
                yield self._edited([(before - 1, before, word)])
            if word in ";:" and unread in (",", ":", ".", "-"):
                yield self._edited([(begin, end, word)])
            one = re.search(r"(?<![0-9a-z.,-])(1|one)\s*$", self.text[:begin]) is not None
            yield self._edited([(before, begin, f" {_ONE.get(word, word) if one else word} ")])
        names = {*self.sites, *active_spellings()}
        if extra and not UNITS & {*missing} and unread not in TURNING and spelled(unread) not in names:
            yield self._edited([(begin, end, " ")])

    # --------------------------------------------------------------------------------------------------- the messages

    def _stopped(self, stop: UnexpectedInput) -> SentenceError:
        """Error for a sentence that the parser cannot continue."""
        at_end = isinstance(stop, UnexpectedToken) and stop.token.type == "$END"
        at = len(self.text) if at_end else stop.pos_in_stream or 0
        place, begin = self._place(at)
        known = {*self._known(place), *(_INLINE_KINDS if place == "device" else ())}
        # A part that does not begin with a known name is reported as such, regardless of where in it reading stopped.
        words = self._name_words(place, begin, at)
        prefixes = _prefixes([word for word, *_ in words])
        keys = [key for key in prefixes if key[0] in known]
        for name, length in reversed(prefixes):
            if name in self._questions(place) and length > max((known for _, known in keys), default=0):
                return self._ask(self._questions(place)[name], words[0][1], words[length - 1][2])
        if words and not keys:
            return self._unknown(place, words[0][1], words[-1][2])
        name, length = keys[-1] if keys else ("", 0)
        if length < len(words) and name not in _INLINE_KINDS:
            return self._too_many(place, name, *words[length][1:])
        # The grammar does not distinguish sites from actives: a part may have been read as the other kind before it
        # stopped.
        site = self._is_site(place, name)
        if place == "part" and (wrong := (_ACTIVE_WORD if site else _SITE_WORD).search(self.text, begin, at)):
            expected = _A_DEPTH if wrong[0] == "after" else _OF_A_SITE if site else self._of_an_active(name)
            return self._error_at(wrong.start(), wrong.end(), expected)
        accepts: set[str] = stop.interactive_parser.accepts()  # type: ignore[no-untyped-call]
        heats = self._heats(at)
        if heats is None:
            accepts = accepts - OF_HEAT
        elif place != "device":
            return self._error_at(at, self._word_end(at), f"the settings of {heats.id}, such as {heats.example}")
        # a number can be a word of a device's name, which is not what is missing there
        number = "NUMBER" in accepts and not (place == "device" and "NAME" in accepts)
        if site:
            begun = {"SEMICOLON"} if re.search("[0-9]", self.text[begin:at]) else set()
            accepts = accepts & ({"NUMBER"} | begun) if number else accepts - {"PERCENT"}
        elif "PER" in accepts:
            accepts = {"PER"}
        elif place in ("part", "home") and name:
            accepts = accepts - {"LENGTH_UNIT", "PASSES", "X"}
        accepted, candidates = list[str](), list[str]()
        for terminal, (meaning, spellings) in (WORDS | WORDS_AT.get(place, {})).items():
            if terminal == "TIME_UNIT" and place == "home" and "HOUR" not in accepts:
                meaning, spellings = "'day' or 'week'", ("day", "week")
            if terminal in accepts and not (terminal == "$END" and len(accepts) > 1):
                accepted.append(meaning)
                candidates += spellings
        if number:
            accepted[:0] = self._a_number(place, name, begin, at)
        elif "NAME" in accepts and "SEMICOLON" not in accepts:
            accepted.append(self._names(place))
            candidates += sorted(known)
        if place == "part" and name in active_spellings() and _AT_HOME.search(self.text[at:].partition(";")[0]):
            accepted.append("'home' before the name of what is used at home")
            self.repairs.append(self._edited([(words[0][1], words[0][1], "home ")]))
        if place in ("site", "part") and not words and self.text[:at].rstrip().endswith(";"):  # as in "1 mm; 6 passes"
            before = self.text.rfind(";", 0, at)
            self.repairs.append(self._edited([(before, before + 1, ",")]))
        missing = sorted(accepts, key=[*MISSING, *accepts].index)
        return self._error_at(at, self._word_end(at), " or ".join(accepted), candidates, missing, extra=True)

    def _start(self, at: int) -> int:
        """Start of the phase that contains the character ``at``."""
        return max((joint.end() for joint in _joints().finditer(self.text) if joint.end() <= at), default=0)

    def _place(self, at: int) -> tuple[_Place, int]:
        """Kind of name in the part that contains the character ``at``, and the start of that part."""
        start = self._start(at)
        begin = max(self.text.rfind(";", start, at), self.text.find(":", start, at), start - 1) + 1
        parts = self.text.count(";", start, at)
        if parts < 2:
            return ("site" if parts else "device"), begin
        home = _HOME.match(self.text, begin, at)
        return ("home", home.end()) if home else ("part", begin)

    def _heats(self, at: int) -> HeatDevice | None:
        """The device of the phase that contains the character ``at``, where it heats."""
        words = self.text[self._start(at) :].partition(":")[2].partition(";")[0]
        return load_heat_devices().get(heat_device_names().spellings.get(spelled(words), ""))

    def _name_words(self, place: _Place, begin: int, at: int) -> list[tuple[str, int, int]]:
        """Each word of the name at the beginning of a part that is read up to ``at``, with its place."""
        word = r"[a-z0-9(][a-z0-9_'.,()/&-]*" if place == "device" else "[a-z][a-z0-9_'-]*"
        begun = self.text.find(":", self._start(at), at) >= 0
        name = re.match(rf"\s*{word}(?:\s+{word})*", self.text[begin:at] if begun else "")
        words = [
            (word[0], begin + word.start(), begin + word.end()) for word in re.finditer(r"\S+", name[0] if name else "")
        ]
        end = next((number for number, (word, *_) in enumerate(words) if number and word in _AFTER_NAME), len(words))
        return words[:end]

    def _is_site(self, place: _Place, name: str) -> bool:
        return place in ("site", "part") and name in self.sites

    def _a_number(self, place: _Place, name: str, begin: int, at: int) -> list[str]:
        """Possible meanings of a number at the character ``at``."""
        read = self.text[begin:at]
        if place == "device":
            told = [*_SESSION_WORD.finditer(self.text[:at], self._start(at))]
            if not told:
                return ["a number of sessions"]
            if re.search(r"\bday\s*$", read):
                return ["a day"]
            return ["a number"] if self.text[told[-1].end() : at].strip(" ,") else []
        if self._is_site(place, name):
            return ["a number of passes" if _A_DEPTH_AND_UNIT.search(read) else _A_DEPTH]
        if read.split()[-1:] in (["after"], ["stop"], ["resume"]):
            return ["a number of hours" if place == "part" else "a number of days"]
        percentage = not re.search("%|percent", read) and self._takes_percent(name)
        times = ["a number of times a week"] if place == "home" else []
        return [_A_PERCENTAGE, *times] if percentage else times

    def _of_an_active(self, name: str) -> str:
        """Expected words where a part that begins with an active continues like a site."""
        wanted = "'%'" if self._takes_percent(name) else f"'after' and hours or ';' after {name}"
        return f"{wanted}: {name} is an active, not a site"

    def _takes_percent(self, name: str) -> bool:
        active = active_spellings().get(name)
        return active is None or load_actives()[active].most_percent is not None

    def _names(self, place: _Place) -> str:
        if place == "device":
            return f"a device: {', '.join(sorted(self.devices))}, or its name in the catalogue, {_INLINE_FORMS}"
        sites = f"a site: {', '.join(sorted(set(self.sites.values())))}"
        if place == "site":
            return sites
        actives = f"an active: {', '.join(sorted(load_actives()))}"
        return actives if place == "home" else f"{sites}; or {actives}; or 'home' and an active"

    def _unknown(self, place: _Place, begin: int, end: int) -> SentenceError:
        known = {*self._known(place), *self._questions(place), *(_INLINE_KINDS if place == "device" else ())}
        expected = self._names(place)
        words = self.text[begin:end].split()
        if place == "site" and (words[0] == "home" or any(key in active_spellings() for key, _ in _prefixes(words))):
            expected += "; actives stand after the sites"
        return self._error_at(begin, end, expected, known)

    def _too_many(self, place: _Place, name: str, begin: int, end: int) -> SentenceError:
        """Error for a word that follows a name and does not belong to it."""
        if place == "device":
            return self._error_at(begin, end, "';' and then a site", missing=["SEMICOLON"], extra=True)
        if self._is_site(place, name):
            return self._error_at(begin, end, _A_DEPTH, extra=True)
        percentage = [_A_PERCENTAGE] if self._takes_percent(name) else []
        if place == "part":
            return self._error_at(
                begin, end, " or ".join([*percentage, "'after' and hours", "';'"]), ["after"], extra=True
            )
        often = "'daily' or 'weekly' or a number of times a week or 'stop' and days or 'resume' and days or ';'"
        expected = " or ".join([*percentage, often])
        return self._error_at(begin, end, expected, ["daily", "weekly", "stop", "resume"], extra=True)

    def _error(self, token: Token, expected: str, candidates: Iterable[str] = ()) -> SentenceError:
        return self._error_at(token.start_pos or 0, token.end_pos or 0, expected, candidates)

    def _error_after(self, words: Tree[Token], expected: str) -> SentenceError:
        """Error for a missing part after ``words``."""
        end = _tokens(words)[-1].end_pos or 0
        at = end + len(self.text[end:]) - len(self.text[end:].lstrip())
        return self._error_at(at, self._word_end(at), expected)

    def _word_end(self, at: int) -> int:
        word = re.match(r"[^\s;:,]+|.?", self.text[at:], re.DOTALL)
        return at + len(word[0] if word else "")

    def _error_at(
        self,
        begin: int,
        end: int,
        expected: str,
        candidates: Iterable[str] = (),
        missing: Sequence[str] = (),
        *,
        extra: bool = False,
    ) -> SentenceError:
        """Error for the characters ``begin`` to ``end``, where reading stopped and ``expected`` was expected.

        A correction replaces them by one of the ``candidates``, inserts the ``missing`` terminals of the grammar, or
        removes them if they are ``extra``.
        """
        word = self.sentence[begin:end]
        where = shown(word, 40) if word.strip() else "the end of the sentence"
        close = _closest(spelled(self.text[begin:end]), candidates)
        self.left = len(self.text) - begin
        # a correction does not change any number
        self.repairs += [
            one for one in self._changed(begin, end, close, missing, extra) if _digits(one) == _digits(self.sentence)
        ]
        heats, repaired = self._heats(begin), self._repaired()
        examples = _examples(self.sites)
        if heats is not None:
            examples = (f"'1 session: {heats.id}; cheek {heats.example}'", examples[0])
        readable = f"your sentence with corrections: '{repaired}'; another valid sentence: {examples[0]}"
        return SentenceError(
            f"protocol sentence cannot be read: reading stopped at {where} (character {begin + 1})",
            value=self._marked(begin, end),
            accepted=expected,
            next_step=(f"did you mean {close!r}? " if close else "")
            + (readable if repaired else f"examples of valid sentences: {examples[0]} and {examples[1]}"),
        )

    def _marked(self, begin: int, end: int) -> str:
        """The sentence around the characters ``begin`` to ``end``, with these marked."""
        first, last = max(0, begin - _AROUND), min(len(self.sentence), end + _AROUND)
        marked = f"{self.sentence[first:begin]}»{self.sentence[begin:end][:_AROUND]}«{self.sentence[end:last]}"
        return f"{'…' if first else ''}{marked}{'…' if last < len(self.sentence) else ''}"


def _extent(tree: Tree[Token]) -> tuple[int, int]:
    """First and last character of a part of the sentence."""
    tokens = _tokens(tree)
    return tokens[0].start_pos or 0, tokens[-1].end_pos or 0


def _closest(word: str, candidates: Iterable[str]) -> str | None:
    """The most probable candidate: one that continues ``word`` (a shortened name), or the nearest in spelling."""
    names = sorted(candidates) if isinstance(candidates, Set) else list(dict.fromkeys(candidates))
    longer = [name for name in names if word and name.startswith(f"{word}_")]
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.6)
    ratios = [_alike(name, word) for name in close]
    # of equally similar candidates the first one: mm before um
    near = sorted((name for name, ratio in zip(close, ratios, strict=True) if ratio == ratios[0]), key=names.index)
    return next(iter(longer + near), None)


def _alike(name: str, word: str) -> float:
    """Similarity of two words, from 0 (nothing in common) to 1 (identical)."""
    return difflib.SequenceMatcher(None, name, word).ratio()


def _prefixes(words: list[str]) -> list[tuple[str, int]]:
    """The first one, two … of ``words`` as a name, each with the number of words."""
    return [(spelled(" ".join(words[:length])), length) for length in range(1, min(len(words), _MAX_WORDS) + 1)]


def _digits(text: str) -> list[str]:
    return [sign for sign in text if sign.isdecimal()]


def _child(tree: Tree[Token], kind: str) -> Tree[Token] | None:
    return next((child for child in _trees(tree) if child.data == kind), None)


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in tree.children if isinstance(child, Tree)]


def _tokens(tree: Tree[Token]) -> list[Token]:
    return [child for child in tree.children if isinstance(child, Token)]


def _within(tree: Tree[Token], *types: str) -> list[Token]:
    """Tokens of the given types at any depth, in the order of the sentence."""
    found = tree.scan_values(lambda child: isinstance(child, Token) and child.type in types)
    return sorted(found, key=lambda token: token.start_pos or 0)


def _numbers(tree: Tree[Token]) -> list[Token]:
    return [token for token in _tokens(tree) if token.type in _NUMBERS]


def _unsigned(token: Token) -> Token:
    """The number after the hyphen of a range."""
    if token.type != "SIGNED":
        return token
    return Token("NUMBER", token[1:], start_pos=(token.start_pos or 0) + 1, end_pos=token.end_pos)


def _time(unit: str) -> str:
    """Unit of time of a word such as ``wks``."""
    return next(name for start, name in _TIMES.items() if unit.removeprefix("-").startswith(start))
