"""Protocols as objects and as sentences: each exactly recoverable from the other."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neodermis.errors import InputError, LimitError, SentenceError
from neodermis.treatment import (
    Device,
    Pass,
    Protocol,
    calendar,
    find_device,
    load_devices,
    pen,
    read_protocol,
    roller,
    stamp,
)

SITES = {
    "cheek": "cheek",
    "cheeks": "cheek",
    "forehead": "forehead",
    "periorbital": "periorbital_outside_rim",
    "periorbital_outside_rim": "periorbital_outside_rim",
    "upper_lip": "upper_lip",
    "decollete": "decollete",
    "arm": "arm",
}
EXAMPLE = "4 sessions every 5 weeks: pen 36 x 0.25 mm; cheek 1.5 mm, 4 passes; upper_lip 0.5 mm, 2 passes"


def read(sentence: str) -> Protocol:
    return read_protocol(sentence, sites=SITES)


def course(**change: object) -> Protocol:
    fields: dict[str, object] = {
        "device": pen(36, 0.25),
        "treatments": (
            Pass(site="cheek", depth_mm=1.5, passes=4),
            Pass(site="upper_lip", depth_mm=0.5, passes=2),
        ),
        "sessions": 4,
        "interval_days": 35,
    }
    return Protocol(**(fields | change))  # type: ignore[arg-type]


def test_the_example_reads_and_prints_back() -> None:
    protocol = read(EXAMPLE)
    assert protocol == course()
    assert protocol.sentence == str(protocol) == EXAMPLE
    assert protocol.session_days == (0, 35, 70, 105)
    assert protocol.last_day == 105


@pytest.mark.parametrize(
    "sentence",
    [
        "4 SESSIONS EVERY 5 WEEKS: PEN 36 X 0.25 MM; CHEEK 1.5 MM, 4 PASSES; UPPER_LIP 0.5 MM, 2 PASSES",
        "four sessions every five weeks: pen 36×0,25mm; cheek 1,5mm, four passes; Upper Lip 0,5 mm two passes.",
        "4 sessions every 35 days: pen 36*0.25 mm; cheeks 1500 µm, 4 passes; upper-lip 500um, 2 passes;",
        "  4   session every 5 week :pen 36x250 µm;cheek 1.50 mm,4 pass;upper\tlip .5 mm,2 pass ; .\n",
        "4 sessions every 5.0 weeks: pen 36 × 0.250 mm; cheek 1.5 mm 4 passes; upper lip 0.5\u00a0mm 2 passes",
        "4.0 sessions every 5 weeks: pen 36 x 2.5e-1 mm; cheek +1.5 mm, 4 passes; upper lip 0.5 μm",
    ],
)
def test_forgiving_spellings(sentence: str) -> None:
    if sentence.endswith("μm"):
        sentence = sentence.replace("0.5 μm", "500 μm, 2 passes")
    assert read(sentence) == course()


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("3 sessions every month", 30),
        ("3 sessions monthly", 30),
        ("3 monthly sessions", 30),
        ("3 sessions every 1,5 months", 45),
        ("3 weekly sessions", 7),
        ("3 sessions weekly", 7),
        ("3 sessions every week", 7),
        ("3 sessions fortnightly", 14),
        ("3 sessions every two weeks", 14),
        ("3 sessions daily", 1),
        ("three sessions every 17.3 days", 17.3),
    ],
)
def test_intervals(words: str, days: float) -> None:
    protocol = read(f"{words}: exceed; cheek 1 mm, 1 pass")
    assert (protocol.sessions, protocol.interval_days) == (3, days)
    assert read(protocol.sentence) == protocol


@pytest.mark.parametrize(
    ("words", "device"),
    [
        ("SkinPen Precision", "skinpen_precision"),
        ("SkinPen-Precision", "skinpen_precision"),
        ("Roller MF8", "roller_mf8"),
        ("roller-mf8", "roller_mf8"),
        ("EXCEED", "exceed"),
        ("home roller", "home_roller"),
    ],
)
def test_device_spellings(words: str, device: str) -> None:
    depth = 1 if device == "home_roller" else 1.5
    protocol = read(f"1 session: {words}; cheek {depth} mm, 4 passes")
    assert protocol.device == find_device(device)
    assert protocol.sentence == f"1 session: {device}; cheek {depth} mm, 4 passes"


def test_rollers_and_stamps() -> None:
    own = read("1 session: roller 192 x 0,5 x 0.25 mm; cheek, ten passes")
    assert own.device == roller(192, 0.5, 0.25)
    assert own.treatments == (Pass(site="cheek", depth_mm=0.5, passes=10),)
    assert read("1 session: roller 192 x 500 µm x 0.25 mm; cheek 10 passes") == own
    assert read("1 session: roller_mf8; cheek 0 mm, 4 passes").treatments[0].depth_mm == 0
    assert read("1 session: stamp 9 x 0.2 mm; Décolleté 1 mm, 0 passes").device == stamp(9, 0.2)


def test_printing_is_shortest() -> None:
    protocol = course(treatments=(Pass(site="cheek", depth_mm=1.0, passes=1),), sessions=2, interval_days=7.0)
    assert str(protocol) == "2 sessions every week: pen 36 x 0.25 mm; cheek 1 mm, 1 pass"
    assert str(course(interval_days=1.5)).startswith("4 sessions every 1.5 days: ")
    assert str(course(interval_days=1)).startswith("4 sessions every day: ")
    assert str(course(interval_days=30)).startswith("4 sessions every 30 days: ")
    assert str(course(sessions=1, interval_days=0)).startswith("1 session: ")


# Each sentence with what its message must say: where reading stopped, what was expected, the closest name.
UNREADABLE = [
    ("", ["end of the sentence", "character 1)", "a number of sessions"]),
    ("four", ["end of the sentence", "'sessions'"]),
    ("4 sesions every 5 weeks: exceed; cheek 1 mm, 4 passes", ["'sesions'", "character 3)", "did you mean 'sessions'"]),
    ("4 sessions ever 5 weeks: exceed; cheek 1 mm, 4 passes", ["'ever'", "'every' and", "did you mean 'every'"]),
    ("4 sessions every 5 weks: exceed; cheek 1 mm, 4 passes", ["'weks'", "'weeks'", "did you mean 'week"]),
    ("4 sessions biweekly: exceed; cheek 1 mm, 4 passes", ["'biweekly'", "'fortnightly'"]),
    ("4 sessions every weeks: exceed; cheek 1 mm, 4 passes", ["'weeks'", "a number of weeks, or 'every week'"]),
    ("sessions: exceed; cheek 1 mm, 4 passes", ["'sessions'", "character 1)", "a number of sessions"]),
    ("1 session exceed; cheek 1 mm, 4 passes", ["'exceed'", "':' and then the device"]),
    ("1 session: exeed; cheek 1 mm, 4 passes", ["'exeed'", "character 12)", "a device", "did you mean 'exceed'"]),
    ("1 session: skinpen; cheek 1 mm, 4 passes", ["'skinpen'", "did you mean 'skinpen_precision'"]),
    ("1 session: pne 36 x 0.25 mm; cheek 1 mm, 4 passes", ["'pne'", "pen COUNT x DIAMETER mm", "did you mean 'pen'"]),
    ("1 session: exceed plus; cheek 1 mm, 4 passes", ["'plus'", "';' and then a site"]),
    ("1 session: exceed 6; cheek 1 mm, 4 passes", ["'6'", "';'"]),
    ("1 session: ; cheek 1 mm, 4 passes", ["';'", "a device: "]),
    ("1 session: pen 36 x 0.25; cheek 1 mm, 4 passes", ["';'", "'mm' or 'µm'"]),
    ("1 session: pen 36 0.25 mm; cheek 1 mm, 4 passes", ["'0.25'", "'x'"]),
    ("1 session: pen 3.5 x 0.25 mm; cheek 1 mm, 4 passes", ["'3.5'", "whole number of needles"]),
    ("1 session: exceed", ["end of the sentence", "character 18)", "';'"]),
    ("1 session: exceed;", ["end of the sentence", "a site: arm"]),
    ("1 session: exceed; chek 1 mm, 4 passes", ["'chek'", "character 20)", "a site", "did you mean 'cheek'"]),
    ("1 session: exceed; chek", ["'chek'", "a site", "did you mean 'cheek'"]),
    ("1 session: exceed; uper lip 1 mm, 4 passes", ["'uper lip'", "did you mean 'upper_lip'"]),
    ("1 session: exceed; 1 mm cheek, 4 passes", ["'1'", "a site"]),
    ("1 session: exceed; cheek left 1 mm, 4 passes", ["'left'", "a depth such as 1.5 mm"]),
    ("1 session: exceed; cheek", ["end of the sentence", "a depth such as 1.5 mm"]),
    ("1 session: exceed; cheek, 4 passes", ["'4'", "a depth such as 1.5 mm", "exceed reaches 0 to 1.5 mm"]),
    ("1 session: exceed; cheek 1, 4 passes", ["','", "'mm' or 'µm'"]),
    ("1 session: exceed; cheek 1 cm, 4 passes", ["'cm'", "'mm' or 'µm'"]),
    ("1 session: exceed; cheek 1 mm", ["end of the sentence", "a number of passes"]),
    ("1 session: exceed; cheek 1 mm, 4 pases", ["'pases'", "'passes'", "did you mean 'passes'"]),
    ("1 session: exceed; cheek 1 mm, 2.5 passes", ["'2.5'", "whole number of passes"]),
    ("1.5 sessions: exceed; cheek 1 mm, 2 passes", ["'1.5'", "whole number of sessions"]),
    ("1 session: exceed; cheek 1-1.5 mm, 4 passes", ["'-1.5'", "'mm' or 'µm'"]),
    ("1 session: exceed; cheek 1 mm, 4 passes, arm", ["','", "';'"]),
    ("1 session: exceed; cheek 1,000 µm, 4 passes", ["'1,000'", "thousands"]),
    ("1 session: exceed; cheek 1.000 µm, 4 passes", ["'1.000'", "thousands"]),
    ("1 session: exceed; cheek nan mm, 4 passes", ["'nan'", "a depth such as 1.5 mm"]),
    ("1 session: exceed; cheek inf mm, 4 passes", ["'inf'", "a depth such as 1.5 mm"]),
    ("1 session: exceed; cheek 1e999 mm, 4 passes", ["'1e999'", "a number"]),
    ("1 session: exceed; cheek 1e-999 mm, 4 passes", ["'1e-999'", "a number"]),
    ("1 session: exceed; cheek " + "9" * 400 + " mm, 4 passes", ["'999", "at most 40 characters"]),
    ("9" * 400 + " sessions: exceed; cheek 1 mm, 4 passes", ["'999", "at most 40 characters"]),
    ("1 session: exceed; cheek ٣ mm, 4 passes", ["'٣'", "character 26)", "a depth such as 1.5 mm"]),
    ("1 session: exceed; cheek １ mm, 4 passes", ["'１'", "a depth such as 1.5 mm"]),
    ("1 \u017fe\u017f\u017fion: exceed; cheek 1 mm, 4 passes", ["'ſeſſion:'".removesuffix(":'"), "'sessions'"]),
    ("1 session: exceed\x00; cheek 1 mm, 4 passes", [r"'\x00'", "';'"]),
    ("1 session: exceed; cheek 1 mm, 4 passes\x1b[31m", [r"'\x1b[31m'"]),
    ("\ud800", ["\\ud800", "a number of sessions"]),
    (
        "1 session: exceed; cheek 1 mm, 4 passes; hyaluronic acid 1 %",
        ["'%'", "actives are not modelled", "leave the part"],
    ),
    ("1 session: exceed; cheek 1 mm, 4 passes; PRP", ["'PRP'", "a site", "actives are not modelled", "leave the part"]),
    ("x" * 10_000_000, ["10000000 characters", "2000"]),
]


@pytest.mark.parametrize(("sentence", "words"), UNREADABLE, ids=lambda value: repr(value)[:60])
def test_sentences_that_cannot_be_read(sentence: str, words: list[str]) -> None:
    begin = time.perf_counter()
    with pytest.raises(SentenceError) as caught:
        read(sentence)
    assert time.perf_counter() - begin < 2
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "4 sessions every 5 weeks: pen 36 x 0.25 mm; cheek 1.5 mm, 4 passes" in message
    assert all(line.isprintable() for line in message.split("\n"))


@pytest.mark.parametrize("sites", [SITES, {"nose": "nose"}, {"hand": "hand", "arm": "arm"}])
def test_the_sentences_in_a_message_can_be_read(sites: dict[str, str]) -> None:
    with pytest.raises(SentenceError) as caught:
        read_protocol("?", sites=sites)
    examples = [part for part in str(caught.value).split("'") if "session" in part and ";" in part]
    assert len(examples) == 2
    for example in examples:
        assert read_protocol(example, sites=sites)


# Each sentence that reads but asks for too much: the field, the value, the range and whose range it is.
BEYOND = [
    ("0 sessions: exceed; cheek 1 mm, 4 passes", InputError, ["sessions: 0", "1 to 60", "this program's range"]),
    ("200 sessions every week: exceed; cheek 1 mm, 4 passes", InputError, ["sessions: 200", "1 to 60", "12 weekly"]),
    ("-4 sessions every week: exceed; cheek 1 mm, 4 passes", InputError, ["sessions: -4", "1 to 60"]),
    ("4 sessions: exceed; cheek 1 mm, 4 passes", InputError, ["interval", "1 to 365", "every 5 weeks"]),
    ("4 sessions every 0 days: exceed; cheek 1 mm, 4 passes", InputError, ["interval", ": 0", "1 to 365", "program's"]),
    ("4 sessions every 13 months: exceed; cheek 1 mm, 4 passes", InputError, ["interval", "390", "1 to 365"]),
    ("1 session every 4 weeks: exceed; cheek 1 mm, 4 passes", InputError, ["interval", "28", "single session"]),
    ("1 session: exceed; cheek -1 mm, 4 passes", InputError, ["depth at cheek", "-1", "0 mm (sham) or more"]),
    ("1 session: exceed; cheek 1 mm, 41 passes", InputError, ["passes at cheek: 41", "0 to 40", "4 to 10"]),
    ("1 session: exceed; cheek 1 mm, 4 passes; cheeks 1 mm, 4 passes", InputError, ["site named twice", "'cheek'"]),
    ("1 session: pen 0 x 0.25 mm; cheek 1 mm, 4 passes", InputError, ["needles of the pen: 0", "1 to 1000"]),
    ("1 session: exceed; cheek 1.6 mm, 4 passes", LimitError, ["cheek", "exceed", "1.6 mm", "0 to 1.5 mm", "k180778"]),
    ("1 session: pen 12 x 0.25 mm; cheek 4 mm, 1 pass", LimitError, ["4 mm", "0 to 3 mm", "published pen"]),
    ("1 session: home_roller; cheek 0.1 mm, 1 pass", LimitError, ["0.1 mm", "0 mm (sham) or 0.2 to 1 mm", "at home"]),
    ("1 session: roller_mf8; cheek 1 mm, 1 pass", LimitError, ["1 mm", "0 mm (sham) or 1.5 mm", "schwarz-2011"]),
]


@pytest.mark.parametrize(("sentence", "kind", "words"), BEYOND, ids=lambda value: str(value)[:60])
def test_numbers_out_of_range(sentence: str, kind: type[InputError], words: list[str]) -> None:
    with pytest.raises(kind) as caught:
        read(sentence)
    assert not isinstance(caught.value, SentenceError)
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sessions": 2.5}, "sessions"),
        ({"sessions": True}, "sessions"),
        ({"sessions": float("nan")}, "sessions"),
        ({"interval_days": float("inf")}, "interval"),
        ({"interval_days": "weekly"}, "interval"),
        ({"treatments": ()}, "number of sites"),
        ({"treatments": tuple(Pass(site=f"s{n}", depth_mm=1, passes=1) for n in range(21))}, "number of sites"),
    ],
)
def test_objects_are_checked_as_sentences_are(change: dict[str, object], field: str) -> None:
    with pytest.raises(InputError, match=field):
        course(**change)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"depth_mm": float("nan")}, "depth at cheek"),
        ({"depth_mm": float("inf")}, "depth at cheek"),
        ({"depth_mm": "deep"}, "depth at cheek"),
        ({"depth_mm": True}, "depth at cheek"),
        ({"passes": -1}, "passes at cheek"),
        ({"passes": 1.5}, "passes at cheek"),
        ({"site": "Upper lip"}, "site"),
        ({"site": None}, "site"),
    ],
)
def test_passes_are_checked(change: dict[str, object], field: str) -> None:
    with pytest.raises(InputError, match=field):
        Pass(**({"site": "cheek", "depth_mm": 1.0, "passes": 2} | change))  # type: ignore[arg-type]


def test_warnings_name_assumptions_and_depths_never_evaluated() -> None:
    protocol = read("1 session: skinpen precision; cheek 2 mm, 4 passes; arm 1.5 mm, 4 passes")
    deep, *assumed = protocol.warnings()
    assert deep == (
        "skinpen_precision: 2 mm at cheek is deeper than 1.5 mm, the greatest depth whose safety and effectiveness"
        " were evaluated"
    )
    assert assumed == protocol.device.assumptions()
    roller = read("1 session: roller_mf8; cheek, 4 passes")
    assert roller.warnings() == roller.device.assumptions()  # inside what was evaluated: assumptions alone


def test_calendar() -> None:
    assert calendar(course(), date(2027, 1, 1)) == [
        date(2027, 1, 1),
        date(2027, 2, 5),
        date(2027, 3, 12),
        date(2027, 4, 16),
    ]
    assert calendar(course(sessions=3, interval_days=1.5), date(2027, 1, 1))[1:] == [date(2027, 1, 3), date(2027, 1, 4)]
    with pytest.raises(InputError, match="start"):
        calendar(course(), date(9999, 12, 1))


def test_own_devices_can_be_named() -> None:
    own = {"my_pen": find_device("exceed")}
    assert read_protocol("1 session: My Pen; cheek 1 mm, 1 pass", sites=SITES, devices=own).device is own["my_pen"]
    with pytest.raises(SentenceError, match="a device: my_pen"):
        read_protocol("1 session: exceed; cheek 1 mm, 1 pass", sites=SITES, devices=own)


# ------------------------------------------------------------------------------------------------------- properties

diameters = st.floats(0.02, 1.0)
counts = st.integers(1, 1000)
devices = st.one_of(
    st.sampled_from(sorted(load_devices())).map(find_device),
    st.builds(pen, counts, diameters),
    st.builds(stamp, counts, diameters),
    st.builds(roller, counts, st.floats(0.1, 3.0), diameters),
)


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    device: Device = draw(devices)
    depths = st.just(0.0) | st.floats(device.depth_min_mm, device.depth_max_mm)
    names = draw(st.lists(st.sampled_from(sorted(set(SITES.values()))), min_size=1, unique=True))
    sessions = draw(st.integers(1, 60))
    intervals = st.one_of(st.integers(1, 365), st.integers(1, 52).map(lambda weeks: 7.0 * weeks), st.floats(1, 365))
    return Protocol(
        device=device,
        treatments=tuple(Pass(site=name, depth_mm=draw(depths), passes=draw(st.integers(0, 40))) for name in names),
        sessions=sessions,
        interval_days=draw(intervals) if sessions > 1 else 0,
    )


@given(protocols())
def test_any_protocol_reads_back_equal(protocol: Protocol) -> None:
    again = read(protocol.sentence)
    assert again == protocol
    assert again.sentence == protocol.sentence


def test_the_longest_protocol_reads_back_equal() -> None:
    names = [f"{'s' * 38}{number:02d}" for number in range(20)]
    long = 1.0000000000000002e-05
    protocol = Protocol(
        device=roller(1000, 1.2345678901234567, 0.12345678901234568),
        treatments=tuple(Pass(site=name, depth_mm=1.2345678901234567, passes=40) for name in names),
        sessions=60,
        interval_days=123.45678901234567,
    )
    assert read_protocol(protocol.sentence, sites=dict(zip(names, names, strict=True))) == protocol
    tiny = course(treatments=(Pass(site="cheek", depth_mm=long, passes=1),))
    assert read(tiny.sentence) == tiny


VOCABULARY = (
    "1 4 0.25 1,5 nan sessions session every weeks months monthly : ; , . x × mm µm % pen roller stamp exceed "
    "roller_mf8 cheek upper lip passes pass -1 1e9 four every\x00 ٣ 𝟛 PRP"
)
WORDS = st.sampled_from(VOCABULARY.split())


@settings(max_examples=300)
@given(st.text(max_size=300) | st.lists(WORDS, max_size=25).map(" ".join) | st.lists(WORDS, max_size=25).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        protocol = read(text)
    except InputError as error:
        assert str(error)
    else:
        assert read(protocol.sentence) == protocol


@given(st.integers(0, len(EXAMPLE) - 1), st.text(max_size=4))
def test_a_damaged_sentence_is_read_or_refused(at: int, text: str) -> None:
    try:
        protocol = read(EXAMPLE[:at] + text + EXAMPLE[at + 1 :])
    except InputError as error:
        assert str(error)
    else:
        assert read(protocol.sentence) == protocol
