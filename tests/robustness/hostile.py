"""Inputs that nobody means and somebody gives: numbers, texts, sentences, files and paths; and what must come of them.

A command ends with status 2, one readable message and nothing written, or with status 0 and whole results.
"""

import json
import os
import re
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.cli.terminal import FINDINGS, Ran, refused, run, shows_only_text

from neodermis.evidence import load_parameters
from neodermis.people import load_concerns, load_exposures
from neodermis.treatment.active import active_spellings

#: Command → exit status → how many inputs ended so.
COUNTS: defaultdict[str, Counter[int]] = defaultdict(Counter)
#: Seconds within which a command of one draw and a short horizon answers, whatever it is given.
PATIENCE = 20.0

#: A person, as ``--patient`` reads one.
PERSON = """
age = 52
sex = "female"
phototype = 2

[exposures]
smoking = "20/day since 30; 0 from day 0"
sun = 1.5
menopause = "49"

[concerns]
acne_scar = "goodman_baron:3, ice_pick:50, boxcar:30, rolling:20"
wrinkle = 0.5
"""

#: Who the people of a study were, to be put under a findings file.
COHORT = """
[cohort]
age_mean = 45
age_sd = 8
age_range = [30, 60]
female_share = 0.9
phototypes = [2, 3]
smoker_share = 0.2
basis = "as printed"
"""

DEVICE = (files("neodermis.treatment") / "data" / "own_device.toml").read_text("utf-8")

# ------------------------------------------------------------------------------------------------- words

NUMBERS = [
    "0", "-0", "1", "2", "3", "3.5", "0.5", "1,5", "-1", "+1", "1.", ".5", "1e0", "1E1", "2e-1", "17.999999999",
    "18", "45 years",
    "100.00000001", "1e308", "-1e308", "1.8e308", "1e-308", "1e-320", "5e-324", "1e400", "-1e400", "1e-400",
    "1e9999999999",
    "nan", "NaN", "-nan", "inf", "-inf", "Infinity", "0x10", "0b1", "1_0", "1 0", "1 000", "1'000", "--1", "1e",
    "e1", "1-2",
    "9" * 40, "9" * 400, "9" * 4000, "0." + "0" * 400 + "1", "True", "None", "null", "1/2", "1/d", "1%", "1 mm",
    "1 kPa", "1 m9",
    "1 " + "m*" * 40 + "m", "\uff11\uff12", "\u0663", "\u00bd", "\u00b2", "1\u0301", "\u221e", "\u22121",
    "1\u00a0000", "1\u200b0",
    str(2**31), str(2**32), str(2**53 + 1), str(2**63), str(2**64), "", " ", "\t",
]  # fmt: skip
HOSTILE = [
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a\x07\x08\x08", "a\r\nb", "\x00", "a\x00b", "\u202eevil\u202c",
    "\u2066x\u2069",
    "\u200b\u200d\ufeff", "\u05d0\u05d1", "\udcff", "\ud800x", "e" + "\u0301" * 500, "\U0001f489" * 50, "\u3000",
    "%s%n{0}{value}",
    "[bold]x[/bold]", "$(id)", "`id`", "'; DROP", "$\\frac{$", "<script>", "../../x", "~", "-", "--", "-h",
    "@file", "x" * 3000,
    "\ufdfa" * 50, "\u0130", "\u1e9e", "\uff45\uff58\uff43\uff45\uff45\uff44", "CON", "\\", "\\u0000", "=", "==",
    ":", ";", ",",
]  # fmt: skip

numbers = st.sampled_from(NUMBERS) | st.floats().map(repr) | st.integers().map(str)
texts = st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=30) | numbers
#: What an option that counts is given: none of the thousands that are accepted, and take long.
counts = numbers.filter(lambda text: not re.fullmatch(r"\s*\+?\d{1,6}(\.0*)?(e\+?\d)?\s*", text, re.I) or len(text) < 2)

SENTENCES = [
    "1 session: exceed; cheek 1 mm, 4 passes",
    "2 sessions every 2 days: skinpen_precision; forehead 0,5mm, 2 passes; chin 300 um, 1 pass",
    "two sessions weekly: roller 192 x 0.5 mm x 0.25 mm; neck, 10 passes",
    "1 session: stamp 40 \u00d7 0.25 mm; perioral 0.5 mm, 3 passes",
    "1 session: pen 12 x 0.25 mm; face 0.5 mm, 4 passes",
    "1 session: exceed; cheek 0 mm, 0 passes",
    "3 treatments 4-6 weeks apart: Dr. Pen M8; t-zone 500 microns, 4 to 6 passes",
    "3 biweekly sessions: Dermapen 4; under eyes 0.05 cm, 2 passes",
    "3 visits at 4-week intervals: Exceed (amiea med); crow's feet 0.5 mm, 2 passes",
    "1 session: exceed; cheek 1 mm, 4 passes; prp; vitamin c 15 % after 24 h; home tretinoin daily, stop 5 days before",
]


@st.composite
def sentences(draw: st.DrawFn) -> str:
    """A sentence that can be read, with up to four words or signs changed, doubled, left out or put in."""
    pieces = re.findall(r"\s+|[^\s;:,]+|[;:,]", draw(st.sampled_from(SENTENCES)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(len(pieces) - 1, 0)))
        what = draw(st.sampled_from(["change", "change", "double", "leave", "put", "swap", "case"]))
        if what == "change" and pieces:
            pieces[at] = draw(texts)
        elif what == "double":
            pieces[at:at] = pieces[at : at + draw(st.integers(1, 9))] * draw(st.integers(1, 3))
        elif what == "leave":
            del pieces[at : at + draw(st.integers(1, 9))]
        elif what == "put":
            pieces.insert(at, draw(texts))
        elif what == "swap" and pieces:
            other = draw(st.integers(0, len(pieces) - 1))
            pieces[at], pieces[other] = pieces[other], pieces[at]
        elif pieces:
            pieces[at] = pieces[at].upper()
    return "".join(pieces)


# ------------------------------------------------------------------------------------------------- files

RAW = [
    b"", b"\x00", b"\x89PNG\r\n\x1a\n\xff\xfe\x00", b"\xff\xfe" + "id = 1".encode("utf-16-le"), b"a = " + b"[" * 5000,
    b"[" + b".".join([b"a"] * 3000) + b"]\n", b"a = " + b"{a=" * 2000 + b"1" + b"}" * 2000, b"n = " + b"9" * 5000,
    b"x = 1979-05-27T07:32:00Z", b"x = 1\nx = 2", b'x = "' + b"x" * 6000 + b'"', b'"\\u0000" = 1', b"#\n" * 150_000,
]  # fmt: skip
NAMES = ["x", '"\\u001b"', "value", "n"]
VALUES = [
    "true", "[]", "{}", "[1, 2]", '""', '"x"', '"\\u0000"', '"\\u202e\\u001b[31m"', "1979-05-27", "07:32:00",
    "nan", "-inf",
    "1e308", "-1e308", "1e-308", "5e-324", "1e400", "0", "-0.0", "-1", "1e9", "9" * 30, "9" * 5000, "0x10",
    "1_000", "[[[[1]]]]",
    '{ value = 1, unit = "mm" }', '{ low = 2, high = 1, unit = "mm" }', '"' + "y" * 6000 + '"', '"$\\\\frac{$"',
    '"1-1e309"',
]  # fmt: skip


def documents(shipped: str) -> SearchStrategy[bytes]:
    """A file that can be read, with values, lines, letters or its encoding changed; or one of another kind."""

    @st.composite
    def changed(draw: st.DrawFn) -> bytes:
        lines = shipped.split("\n")
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(lines) - 1))
            what = draw(st.sampled_from(["value", "value", "value", "leave", "double", "name", "letter"]))
            if what == "value":
                found = [*re.finditer(r'(?<== )("[^"]*"|-?[0-9.]+|true|false)', lines[at])]
                if found:
                    one = draw(st.sampled_from(found))
                    lines[at] = lines[at][: one.start()] + draw(st.sampled_from(VALUES)) + lines[at][one.end() :]
            elif what == "leave":
                lines[at] = ""
            elif what == "double":
                lines.insert(at, lines[at])
            elif what == "name":
                lines[at] = f"{draw(st.sampled_from(NAMES))} = {lines[at].partition(' = ')[2]}"
            else:
                put = draw(st.integers(0, len(lines[at])))
                lines[at] = (
                    lines[at][:put]
                    + draw(st.sampled_from(['"', "[", "]", "=", "\x00", "\x7f", "\u00fc"]))
                    + lines[at][put:]
                )
        written = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16"]))
        return draw(st.sampled_from(["\n", "\n", "\r\n"])).join(lines).encode(written, "replace")

    return changed() | changed() | changed() | st.sampled_from(RAW) | st.binary(max_size=200)


devices, studies, persons = documents(DEVICE), documents(FINDINGS + COHORT), documents(PERSON)

PATHS = [
    "course.png", "course.svg", "course.pdf", "course.html", "course.csv", "course.nc", "COURSE.PNG", "course.gif",
    "course", "",
    ".", "..", "/", "folder", "folder/x.csv", "folder.png", "nowhere/x.png", "taken", "taken/x.csv", "taken.csv",
    "link.csv", "loop", "loop.png",
    "dangling.csv", "pipe", "/dev/null", "/dev/full", "/dev/zero", "x" * 251 + ".png", "x" * 300 + ".csv",
    "x/" * 600 + "y.nc", "device.toml",
    "study.toml", "person.toml",
    "a b.csv", "a\nb.csv", "\udcff.csv", "\udcff.png", "\u202e.html", "e" + "\u0301" * 40 + ".csv",
    "a\x00b.csv", "-.csv",
]  # fmt: skip
paths = st.sampled_from(PATHS) | texts.map(lambda text: text.replace("/", "_"))
given_files = (
    st.sampled_from(
        [*PATHS, "device.toml", "study.toml", "person.toml", "lotfi-2013", "study.toml:needling", "lotfi-2013:x"]
    )
    | paths
)


def furnish(folder: Path) -> None:
    """Put into an empty folder what :data:`PATHS` lead to."""
    (folder / "folder").mkdir()
    (folder / "folder.png").mkdir()
    for name in ("taken", "taken.csv"):
        (folder / name).write_text("of last week", "utf-8")
    for name, leads in (
        ("link.csv", "taken.csv"),
        ("loop", "loop"),
        ("loop.png", "loop.png"),
        ("dangling.csv", "nowhere/x"),
    ):
        (folder / name).symlink_to(leads)
    os.mkfifo(folder / "pipe")
    (folder / "device.toml").write_text(DEVICE, "utf-8")
    (folder / "study.toml").write_text(FINDINGS, "utf-8")
    (folder / "person.toml").write_text(PERSON, "utf-8")


# ------------------------------------------------------------------------------------------------- words of a command

PARAMETERS = [p.name for p in load_parameters()]


@st.composite
def assignments(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(PARAMETERS) | st.sampled_from(PARAMETERS) | texts)
    parameter = load_parameters().parameters.get(name)
    ends = [f"{end!r}" for end in parameter.settable()] if parameter else []
    sign, value = draw(st.sampled_from(["=", "=", "=", "", "==", " = "])), draw(numbers | st.sampled_from([*ends, "1"]))
    return name + sign + value


signs = st.sampled_from(["=", "=", "=", "=", "", "==", " = "])


def names_of(kinds: Iterable[str]) -> SearchStrategy[str]:
    known = sorted(kinds)
    return st.sampled_from(known) | st.sampled_from([name.upper().replace("_", " ") for name in known]) | texts


@st.composite
def courses(draw: st.DrawFn) -> str:
    """An exposure: a name and parts, each a level that may have a time; or nearly one."""
    parts = []
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3, 6]))):
        level = draw(st.sampled_from(["0", "1", "20/day", "high", "daily", "yes", "51", "0.3", "2 per week"]) | texts)
        age = draw(st.sampled_from(["18", "30", "40"]) | numbers)
        when = draw(st.sampled_from(["", "", " since {}", " from day {}", " since age {}", " until {}"]))
        parts.append(level + when.format(age))
    return draw(names_of(load_exposures())) + draw(signs) + draw(st.sampled_from(["; ", ";", ", "])).join(parts)


@st.composite
def severities(draw: st.DrawFn) -> str:
    """A concern: a name, a share or a grade of a scale, and types; or nearly one."""
    kind = draw(st.sampled_from(sorted(load_concerns())))
    scale = draw(st.sampled_from([*load_concerns()[kind].scales, "goodman_baron", "vss"]) | texts)
    value = draw(st.sampled_from(["0", "0.5", "1", "3"]) | numbers)
    given = draw(
        st.sampled_from(["{1}", "{1}", "{0}:{1}", "{0}: {1}", "{0}:{1}, ice_pick:50, rolling:50", "{1}, {0}:1"])
    )
    return draw(st.sampled_from([kind, kind, kind, kind.upper()]) | texts) + draw(signs) + given.format(scale, value)


actives = st.sampled_from(["niacinamide", "niacinamide", "caffeine"]) | names_of(active_spellings())
doses_beside = st.lists(numbers | actives, max_size=10).map(",".join)
OPTIONS: dict[str, SearchStrategy[str]] = {
    "--exposure": courses(), "--concern": severities(), "--compare-exposure": courses(), "--patient": given_files,
    "--like": st.sampled_from(["general", "General", "lotfi-2013", "ablon-2018", "minh-2019:x"]) | given_files,
    "--ages": st.lists(st.sampled_from(["18", "25", "45", "100"]) | texts, max_size=4).map(",".join),
    "--site": st.sampled_from(["cheek", "Face", "scalp"]) | texts,
    "--age": texts, "--sex": st.sampled_from(["male", "F", "FEMALE", "x"]) | texts,
    "--phototype": st.sampled_from(["iv", "7"]) | texts,
    "--seed": texts, "--set": assignments(), "--draws": counts, "--until": numbers,
    "--device": given_files,
    "--day": texts, "--anaesthetic": st.sampled_from(["topical", "none", "TOPICAL"]) | texts, "--compare": sentences(),
    "--folder": paths, "--status": st.sampled_from(["assumed", "set"]) | texts,
    "--mechanism": st.sampled_from(["matrix", "skin"]) | texts,
    "--percent": numbers | st.sampled_from(["4", "0.1", "25", "4 %"]), "--after": numbers, "--for": numbers,
    "--dose": numbers | st.sampled_from(["endless", "ENDLESS", "2 mg/cm2"]), "--alternatives": doses_beside,
    "--people": counts, "--plot": paths, "--report": paths, "--netcdf": paths, "--csv": paths,
}  # fmt: skip
FLAGS = ["--json", "--states", "--beyond-limits", "--all"]
OUTPUTS = {"--plot", "--report", "--netcdf", "--csv"}


@st.composite
def options(draw: st.DrawFn, names: Sequence[str], flags: Sequence[str], most: int = 3) -> list[str]:
    """Some options of a command, some of them twice, now and then one that it does not have."""
    words: list[str] = []
    for name in draw(st.lists(st.sampled_from(names), max_size=most)) if names else []:
        value = draw(OPTIONS[name])
        words += [f"{name}={value}"] if draw(st.booleans()) else [name, value]
    words += draw(st.lists(st.sampled_from(flags), max_size=2)) if flags else []
    odd = draw(st.integers(0, 19))
    return words + ([draw(texts)] if odd == 0 else [f"--{draw(texts)}"] if odd == 1 else [])


# ------------------------------------------------------------------------------------------------- what must come of it


def listing(folder: Path) -> dict[str, bytes]:
    """Every ordinary file below a folder."""
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def judged(command: str, folder: Path, *words: str) -> Ran:
    """Run a command and hold what it leaves to the rule of this module."""
    before = listing(folder)
    began = time.monotonic()
    if hasattr(signal, "SIGALRM"):
        signal.alarm(60)
    ran = run(*words)
    if hasattr(signal, "SIGALRM"):
        signal.alarm(0)
    seconds = time.monotonic() - began
    COUNTS[command][ran.status] += 1
    after = listing(folder)
    changed = {name for name in after if after[name] != before.get(name)}
    if seconds > PATIENCE:
        pytest.fail(f"{seconds:.0f} s for {words!a}")
    if ran.status != 0:
        refused(ran)
        assert after == before, f"refused, and yet written: {changed}"
    else:
        assert "Traceback" not in ran.err
        assert not any(Path(name).name.startswith(".neodermis-") or not after[name] for name in changed), changed
        if "--json" in words and ran.out.startswith(("{", "[")):
            assert ran.json is not None
    assert shows_only_text(ran.err), ran.err[:300]
    return ran


def strict(text: str) -> object:
    """A JSON document without NaN or infinities."""

    def unknown(name: str) -> object:
        raise ValueError(name)

    return json.loads(text, parse_constant=unknown)
