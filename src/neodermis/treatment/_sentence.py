"""Reading of protocol sentences, and what to say about one that cannot be read."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Container, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from neodermis.errors import SentenceError, shown
from neodermis.treatment.device import Device, load_devices, pen, roller, stamp
from neodermis.treatment.protocol import Pass, Protocol
from neodermis.units import convert

MAX_SENTENCE: Final = 2000
_MAX_NUMBER: Final = 40
_UM_PER_MM: Final = 1000
#: Characters of the sentence shown on either side of the word where reading stopped.
_AROUND: Final = 24

_NUMBER_WORDS: Final = {
    "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0,
    "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0, "eleven": 11.0, "twelve": 12.0,
}  # fmt: skip
#: Adverb → the interval it stands for.  "Biweekly" has two meanings and is not read.
_ADVERBS: Final = {
    "daily": (1.0, "day"),
    "weekly": (1.0, "week"),
    "fortnightly": (2.0, "week"),
    "monthly": (1.0, "month"),
}

#: Signs that stand for an ASCII one, one for one: positions in the text stay those in the sentence.
_SIGNS: Final = str.maketrans(
    "\N{MULTIPLICATION SIGN}\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}\N{MINUS SIGN}\N{HYPHEN}\N{NON-BREAKING HYPHEN}"
    "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}",
    "xuu---   ",
)

#: Terminal of the grammar → what to call it, and the words it stands for.
_WORDS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "SESSIONS": ("'sessions'", ("session", "sessions")),
    "EVERY": ("'every' and an interval such as 5 weeks", ("every",)),
    "ADVERB": ("'daily', 'weekly', 'fortnightly' or 'monthly'", ("daily", "weekly", "fortnightly", "monthly")),
    "TIME_UNIT": ("'days', 'weeks' or 'months'", ("day", "days", "week", "weeks", "month", "months")),
    "COLON": ("':' and then the device", ()),
    "X": ("'x'", ()),
    "LENGTH_UNIT": ("'mm' or 'µm'", ("mm", "um")),
    "PASSES": ("'passes'", ("pass", "passes")),
    "SEMICOLON": ("';'", ()),
    "$END": ("the end of the sentence", ()),
}
_INLINE_KINDS: Final = ("pen", "roller", "stamp")
_INLINE_FORMS: Final = "pen COUNT x DIAMETER mm, stamp COUNT x DIAMETER mm, roller COUNT x LENGTH mm x DIAMETER mm"
_NO_ACTIVES: Final = "actives are not modelled in this version: leave the part out"


def read(sentence: str, *, sites: Mapping[str, str], devices: Mapping[str, Device] | None) -> Protocol:
    """See :func:`neodermis.treatment.protocol.read_protocol`."""
    if len(sentence) > MAX_SENTENCE:
        raise SentenceError(
            "length of the protocol sentence",
            value=f"{len(sentence)} characters",
            accepted=f"at most {MAX_SENTENCE} characters",
            whose="this program",
            next_step="give one sentence, for instance " + _examples(sites)[0],
        )
    return _Reading(sentence, sites, load_devices() if devices is None else devices).protocol()


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = Path(__file__).with_name("data") / "protocol.lark"
    return Lark(grammar.read_text(encoding="utf-8"), parser="lalr", lexer="contextual")


def _examples(sites: Mapping[str, str]) -> tuple[str, str]:
    known = set(sites.values())
    site = "cheek" if "cheek" in known or not known else min(known)
    return (
        f"'4 sessions every 5 weeks: pen 36 x 0.25 mm; {site} 1.5 mm, 4 passes'",
        f"'1 session: roller 192 x 0.5 mm x 0.25 mm; {site}, 10 passes'",
    )


def _plain(character: str) -> str:
    """ASCII lower case of a Latin letter with or without an accent; anything else as it is.

    ``str.lower`` is not used on whole texts: it can change their length, and it and case-blind patterns read
    some letters of other scripts as ASCII ones.
    """
    base = unicodedata.normalize("NFD", character)[0]
    return base.lower() if base.isascii() and base.isalpha() else character


class _Reading:
    """One sentence while it is read."""

    def __init__(self, sentence: str, sites: Mapping[str, str], devices: Mapping[str, Device]) -> None:
        self.sentence = unicodedata.normalize("NFC", sentence)
        self.text = "".join(map(_plain, self.sentence.translate(_SIGNS)))
        self.sites, self.devices = sites, devices

    def protocol(self) -> Protocol:
        try:
            tree = _parser().parse(self.text)
        except UnexpectedInput as stop:
            raise self._stopped(stop) from None
        course, device_words, *parts = _trees(tree)
        sessions, interval = self._course(course)
        device = self._device(device_words)
        treatments = tuple(self._treatment(part, device) for part in parts)
        return Protocol(device=device, treatments=treatments, sessions=sessions, interval_days=interval)

    # ------------------------------------------------------------------------------------------ parts of the sentence

    def _course(self, course: Tree[Token]) -> tuple[int, float]:
        """Number of sessions and days from one to the next, 0 where the sentence gives no interval."""
        numbers = _numbers(course)
        sessions = self._whole(numbers[0], "sessions")
        for token in _tokens(course):
            if token.type == "ADVERB":
                count, unit = _ADVERBS[token]
                return sessions, convert(count, unit, "d")
            if token.type == "TIME_UNIT":
                if len(numbers) == 1 and token.endswith("s"):
                    raise self._error(token, f"a number of {token}, or 'every {token.removesuffix('s')}'")
                count = self._number(numbers[1]) if len(numbers) > 1 else 1.0
                return sessions, convert(count, token.removesuffix("s"), "d")
        return sessions, 0.0

    def _device(self, words: Tree[Token]) -> Device:
        if words.data == "named":
            (name,) = _trees(words)
            return self.devices[self._name(name, self.devices, "device", "';' and then a site")]
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

    def _treatment(self, part: Tree[Token], device: Device) -> Pass:
        (name,) = _trees(part)
        site = self.sites[self._name(name, self.sites, "site", "a depth such as 1.5 mm")]
        tokens = list(_tokens(part))
        passes = self._whole(tokens[-2], "passes")
        if part.data == "at_depth":
            depth = self._length(tokens[0], str(tokens[1]))
        elif device.depth_fixed:
            depth = device.needle_length_mm
        else:
            expected = f"a depth such as 1.5 mm; {device.id} reaches {device.depth_range}"
            raise self._error(tokens[0], f"{expected}; only a roller of one needle length may leave the depth out")
        return Pass(site=site, depth_mm=depth, passes=passes)

    def _name(self, words: Tree[Token], known: Container[str], kind: str, then: str) -> str:
        """The known name that ``words`` spell."""
        tokens = list(_tokens(words))
        for length in range(len(tokens), 0, -1):
            key = "_".join(tokens[:length]).replace("-", "_")
            if key in known:
                if length < len(tokens):
                    raise self._error(tokens[length], then)
                return key
        raise self._unknown(kind, tokens[0].start_pos or 0, tokens[-1].end_pos or 0)

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
        if unit == "um" and re.fullmatch(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}", token):
            raise self._error(token, "micrometres with one reading: a point before three digits could divide thousands")
        value = self._number(token)
        # Divided rather than multiplied by 0.001, which would read 700 µm as 0.7000000000000001 mm.
        return value / _UM_PER_MM if unit == "um" else value

    # --------------------------------------------------------------------------------------------------- the messages

    def _stopped(self, stop: UnexpectedInput) -> SentenceError:
        """The parser could not go on."""
        at_end = isinstance(stop, UnexpectedToken) and stop.token.type == "$END"
        at = len(self.text) if at_end else stop.pos_in_stream or 0
        begin = max(self.text.rfind(";", 0, at), self.text.rfind(":", 0, at)) + 1
        in_site = ";" in self.text[:at]
        if in_site and self.text[at : at + 1] == "%":
            return self._error_at(at, at + 1, f"the end of the sentence or another site; {_NO_ACTIVES}")
        # A part that does not begin with a known name is reported as such, wherever in it reading stopped.
        kind, known = ("site", self.sites) if in_site else ("device", [*self.devices, *_INLINE_KINDS])
        name = re.match(r"\s*([a-z][a-z0-9_-]*(?:\s+[a-z][a-z0-9_-]*)*)", self.text[begin:at] if begin else "")
        if name and not any(key in known for key in _prefixes(name[1])):
            return self._unknown(kind, begin + name.start(1), begin + name.end(1))
        accepts: set[str] = stop.interactive_parser.accepts()  # type: ignore[no-untyped-call]
        expected, candidates = [], list[str]()
        for terminal, (words, spellings) in _WORDS.items():
            if terminal in accepts and not (terminal == "$END" and len(accepts) > 1):
                expected.append(words)
                candidates += spellings
        if "NUMBER" in accepts:
            after_depth = re.search(r"[0-9]\s*[mu]m\b", self.text[begin:at])
            if in_site:
                expected.insert(0, "a number of passes" if after_depth else "a depth such as 1.5 mm")
            else:
                expected.insert(0, "a number" if "session" in self.text[:at] else "a number of sessions")
        elif "NAME" in accepts and "SEMICOLON" not in accepts:
            expected.append(self._names(kind))
            candidates += known
        word = re.match(r"[^\s;:,]+|.?", self.text[at:], re.DOTALL)
        return self._error_at(at, at + len(word[0] if word else ""), " or ".join(expected), candidates)

    def _names(self, kind: str) -> str:
        if kind == "device":
            return f"a device: {', '.join(sorted(self.devices))}, {_INLINE_FORMS}"
        return f"a site: {', '.join(sorted(set(self.sites.values())))}"

    def _unknown(self, kind: str, begin: int, end: int) -> SentenceError:
        known = [*self.devices, *_INLINE_KINDS] if kind == "device" else self.sites
        hint = f"; if an active is meant, {_NO_ACTIVES}" if kind == "site" else ""
        return self._error_at(begin, end, self._names(kind) + hint, known)

    def _error(self, token: Token, expected: str) -> SentenceError:
        return self._error_at(token.start_pos or 0, token.end_pos or 0, expected)

    def _error_at(self, begin: int, end: int, expected: str, candidates: Iterable[str] = ()) -> SentenceError:
        """Reading stopped at the characters ``begin`` to ``end``, where ``expected`` should stand."""
        word = self.sentence[begin:end]
        where = shown(word, 40) if word.strip() else "the end of the sentence"
        first, last = max(0, begin - _AROUND), min(len(self.sentence), end + _AROUND)
        marked = f"{self.sentence[first:begin]}»{word[:_AROUND]}«{self.sentence[end:last]}"
        excerpt = f"{'…' if first else ''}{marked}{'…' if last < len(self.sentence) else ''}"
        spelled = re.sub(r"[\s-]+", "_", self.text[begin:end])
        close = _closest(spelled, candidates)
        examples = _examples(self.sites)
        return SentenceError(
            f"protocol sentence cannot be read: reading stopped at {where} (character {begin + 1})",
            value=excerpt,
            accepted=expected,
            next_step=(f"did you mean {close!r}? " if close else "")
            + f"these can be read: {examples[0]} and {examples[1]}",
        )


def _closest(word: str, candidates: Iterable[str]) -> str | None:
    """The likeliest candidate: one that goes on after ``word`` (a shortened name), else the nearest in spelling."""
    names = sorted(set(candidates))
    longer = [name for name in names if word and name.startswith(f"{word}_")]
    return next(iter(longer + difflib.get_close_matches(word, names, n=1, cutoff=0.6)), None)


def _prefixes(name: str) -> list[str]:
    words = re.split(r"[\s-]+", name)
    return ["_".join(words[:length]) for length in range(1, len(words) + 1)]


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in tree.children if isinstance(child, Tree)]


def _tokens(tree: Tree[Token]) -> list[Token]:
    return [child for child in tree.children if isinstance(child, Token)]


def _numbers(tree: Tree[Token]) -> list[Token]:
    return [token for token in _tokens(tree) if token.type in ("NUMBER", "NUMBER_WORD")]
