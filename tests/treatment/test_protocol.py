"""Protocols as objects and as sentences: each exactly recoverable from the other."""

import time
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neodermis.errors import InputError, LimitError, SentenceError
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import (
    Application,
    Device,
    HomeUse,
    Pass,
    Phase,
    Protocol,
    _sentence,
    calendar,
    find_active,
    find_device,
    load_actives,
    load_devices,
    pen,
    read_protocol,
    roller,
    stamp,
)
from neodermis.treatment import active as active_module
from neodermis.treatment.active import MAX_AFTER_HOURS, MAX_GAP_DAYS, active_spellings
from neodermis.treatment.schedule import MAX_PHASES

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
        "count": 4,
        "interval_days": 35,
    }
    return Protocol(phases=(Phase(**(fields | change)),))  # type: ignore[arg-type]


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
    assert (protocol.phases[0].count, protocol.phases[0].interval_days) == (3, days)
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
    assert protocol.phases[0].device == find_device(device)
    assert protocol.sentence == f"1 session: {device}; cheek {depth} mm, 4 passes"


def test_rollers_and_stamps() -> None:
    own = read("1 session: roller 192 x 0,5 x 0.25 mm; cheek, ten passes")
    assert own.phases[0].device == roller(192, 0.5, 0.25)
    assert own.phases[0].treatments == (Pass(site="cheek", depth_mm=0.5, passes=10),)
    assert read("1 session: roller 192 x 500 µm x 0.25 mm; cheek 10 passes") == own
    assert read("1 session: roller_mf8; cheek 0 mm, 4 passes").phases[0].treatments[0].depth_mm == 0
    assert read("1 session: stamp 9 x 0.2 mm; Décolleté 1 mm, 0 passes").phases[0].device == stamp(9, 0.2)


LONG = "prp; home tretinoin 0.05 % daily, stop 5 days before, resume 7 days after; home sunscreen daily"


def test_actives_and_what_is_used_at_home() -> None:
    vitamin = read("4 sessions every 30 days: exceed; cheek 1.0 mm, 6 passes; l_ascorbic_acid 15 % after 24 hours")
    assert vitamin.actives == (Application(active="l_ascorbic_acid", percent=15, after_hours=24),)
    assert vitamin.home == ()
    assert vitamin.sentence == BEFORE + "l_ascorbic_acid 15 % after 24 h"
    plasma = read("4 sessions every 30 days: exceed; cheek 1.0 mm, 6 passes; " + LONG)
    assert plasma.actives == (Application(active="prp"),)
    assert plasma.home == (
        HomeUse(active="tretinoin", percent=0.05, stop_days=5, resume_days=7),
        HomeUse(active="sunscreen"),
    )
    assert plasma.sentence == BEFORE + LONG
    assert plasma == read(plasma.sentence) != vitamin


@pytest.mark.parametrize(
    ("words", "canonical"),
    [
        ("Vitamin C 15% after 24h.", "l_ascorbic_acid 15 % after 24 h"),
        ("L-Ascorbic Acid, 15,0 percent, after one day;", "l_ascorbic_acid 15 % after 24 h"),
        ("ascorbic_acid 12,5% after 0.5 hr", "l_ascorbic_acid 12.5 % after 0.5 h"),
        ("prp after 0 hours", "prp"),
        ("PRP after 1 hour", "prp after 1 h"),
        ("home Tretinoin 0,05%", "home tretinoin 0.05 % daily"),
        ("HOME TRETINOIN 0.05 % 3 TIMES WEEKLY", "home tretinoin 0.05 % 3 times a week"),
        ("home tretinoin 0.05%, 3x per week", "home tretinoin 0.05 % 3 times a week"),
        ("home tretinoin 0.05 % three times each week", "home tretinoin 0.05 % 3 times a week"),
        ("home tretinoin 0.05 % twice a week", "home tretinoin 0.05 % 2 times a week"),
        ("home tretinoin 0.05 % 3,5 times a week", "home tretinoin 0.05 % 3.5 times a week"),
        ("home sunscreen once a week", "home sunscreen weekly"),
        ("home sunscreen 1 time a week", "home sunscreen weekly"),
        ("home sunscreen every week", "home sunscreen weekly"),
        ("home sunscreen every day", "home sunscreen daily"),
        ("home sunscreen once daily", "home sunscreen daily"),
        ("home sunscreen seven times a week", "home sunscreen daily"),
        (
            "home sunscreen resume 1 week after stop 48 h before",
            "home sunscreen daily, stop 2 days before, resume 7 days after",
        ),
        ("home sunscreen weekly, stop 0 days before, resume 1 day after", "home sunscreen weekly, resume 1 day after"),
        ("home sunscreen daily; prp", "prp; home sunscreen daily"),
        ("prp; home prp", "prp; home prp daily"),
    ],
)
def test_forgiving_actives(words: str, canonical: str) -> None:
    protocol = read(BEFORE + words)
    assert protocol.sentence == BEFORE + canonical
    assert read(protocol.sentence) == protocol


def test_sites_then_actives_of_every_kind() -> None:
    protocol = read(BEFORE + "upper lip 0.5 mm, 2 passes; arm 1 mm 3 passes; prp; tretinoin")
    assert [treatment.site for treatment in protocol.phases[0].treatments] == ["cheek", "upper_lip", "arm"]
    assert [use.active for use in protocol.actives] == ["prp", "tretinoin"]
    usual = find_active("tretinoin").usual_percent
    assert protocol.actives[1].percent == usual
    assert protocol.sentence.endswith(f"; prp; tretinoin {usual:g} %")


def test_a_single_session_has_no_gap_between_sessions() -> None:
    protocol = read(
        "1 session: exceed; cheek 1 mm, 1 pass; home tretinoin 0.05 % stop 30 days before, resume 30 days after"
    )
    assert protocol.home[0].stop_days == protocol.home[0].resume_days == 30


def test_the_parser_is_made_once() -> None:
    assert _sentence._parser() is _sentence._parser()


def test_names_of_sites_and_actives_differ() -> None:
    assert set(site_spellings()) & set(active_spellings()) == set()


@pytest.mark.parametrize("joint", ["_", " ", "-"])
def test_every_spelling_reads(joint: str) -> None:
    def whole(words: str) -> Protocol:
        return read_protocol(f"1 session: exceed; {words}", sites=site_spellings())

    for spelling, site in site_spellings().items():
        words = spelling.replace("_", joint)
        assert whole(f"{words} 1 mm, 1 pass").phases[0].treatments[0].site == site
        other = "cheek" if site != "cheek" else "arm"
        assert whole(f"{other} 1 mm, 1 pass; {words} 1 mm, 1 pass").phases[0].treatments[1].site == site
    for spelling, active in active_spellings().items():
        words = spelling.replace("_", joint)
        protocol = whole(f"cheek 1 mm, 1 pass; {words} after 2 h; home {words} twice a week, stop 3 days before")
        assert protocol.actives == (Application(active=active, after_hours=2),)
        assert protocol.home == (HomeUse(active=active, per_week=2, stop_days=3),)


def test_printing_is_shortest() -> None:
    protocol = course(treatments=(Pass(site="cheek", depth_mm=1.0, passes=1),), count=2, interval_days=7.0)
    assert str(protocol) == "2 sessions every week: pen 36 x 0.25 mm; cheek 1 mm, 1 pass"
    assert str(course(interval_days=1.5)).startswith("4 sessions every 1.5 days: ")
    assert str(course(interval_days=1)).startswith("4 sessions every day: ")
    assert str(course(interval_days=30)).startswith("4 sessions every 30 days: ")
    assert str(course(count=1, interval_days=0)).startswith("1 session: ")


# Each sentence with what its message must say: where reading stopped, what was expected, the closest name.
UNREADABLE = [
    ("", ["end of the sentence", "character 1)", "a number of sessions"]),
    ("four", ["end of the sentence", "'sessions'"]),
    ("4 sesions every 5 weeks: exceed; cheek 1 mm, 4 passes", ["'sesions'", "character 3)", "did you mean 'sessions'"]),
    ("4 sessions ever 5 weeks: exceed; cheek 1 mm, 4 passes", ["'ever'", "'every' and", "did you mean 'every'"]),
    ("4 sessions every 5 weks: exceed; cheek 1 mm, 4 passes", ["'weks'", "'weeks'", "did you mean 'week"]),
    ("4 sessions every weeks: exceed; cheek 1 mm, 4 passes", ["'weeks'", "a number of weeks, or 'every week'"]),
    ("sessions: exceed; cheek 1 mm, 4 passes", ["'sessions'", "character 1)", "a number of sessions"]),
    ("1 session exceed; cheek 1 mm, 4 passes", ["'exceed'", "':' and then the device"]),
    ("1 session: exeed; cheek 1 mm, 4 passes", ["'exeed'", "character 12)", "a device", "did you mean 'exceed'"]),
    ("1 session: skinpn; cheek 1 mm, 4 passes", ["'skinpn'", "did you mean 'skinpen'"]),
    ("1 session: Dermapn 4; cheek 1 mm, 4 passes", ["'Dermapn'", "did you mean 'dermapen"]),
    ("1 session: exceed, cheek 1 mm, 4 passes", ["'cheek'", "';' and then a site"]),
    ("1 session: skinpen precision forte; cheek 1 mm, 4 passes", ["'forte'", "';' and then a site"]),
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
    ("1 session: exceed; cheek 1 m, 4 passes", ["'m'", "'mm' or 'µm'"]),
    ("3 sessions 4 weeks: exceed; cheek 1 mm, 4 passes", ["':'", "'apart'"]),
    ("3 sessions every other weks: exceed; cheek 1 mm, 4 passes", ["'weks'", "'weeks'", "did you mean 'week"]),
    ("3 sessions at 4 weeks: exceed; cheek 1 mm, 4 passes", ["':'", "'intervals'"]),
    ("1 session: exceed; cheek 1 mm, 4 pases", ["'pases'", "'passes'", "did you mean 'passes'"]),
    ("1 session: exceed; cheek 1 mm, 2.5 passes", ["'2.5'", "whole number of passes"]),
    ("1.5 sessions: exceed; cheek 1 mm, 2 passes", ["'1.5'", "whole number of sessions"]),
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
    ("x" * 10_000_000, ["10000000 characters", "40000"]),
    ("1 session: exceed; PRP", ["'PRP'", "character 20)", "a site: arm", "actives stand after the sites"]),
    ("1 session: exceed; home prp daily", ["'home prp'", "a site: arm", "actives stand after the sites"]),
]
BEFORE = "4 sessions every 30 days: exceed; cheek 1 mm, 6 passes; "
#: What follows those words, with the same.
UNREADABLE += [
    (BEFORE + words, message)
    for words, message in [
        ("prpp", ["'prpp'", "character 57)", "a site: arm", "an active: ", "'home' and an", "did you mean 'prp'?"]),
        ("forehed 1 mm, 4 passes", ["'forehed'", "a site: arm", "an active: ", "did you mean 'forehead'?"]),
        ("hom sunscreen daily", ["'hom sunscreen'", "an active: ", "did you mean 'sunscreen'?"]),
        ("home", ["end of the sentence", "an active: "]),
        ("home cheek", ["'cheek'", "an active: "]),
        ("home sunscren daily", ["'sunscren'", "an active: ", "did you mean 'sunscreen'?"]),
        ("home sunscreen dayly", ["'dayly'", "'daily' or 'weekly' or a number", "did you mean 'daily'?"]),
        ("prp; forehead 1 mm, 4 passes", ["'forehead'", "an active or the end", "sites stand before actives"]),
        ("home prp; forehead 1 mm, 4 passes", ["'forehead'", "sites stand before actives"]),
        ("forehead", ["end of the sentence", "a depth such as 1.5 mm"]),
        ("forehead; prp", ["';'", "a depth such as 1.5 mm"]),
        ("forehead after 24 h", ["'after'", "a depth such as 1.5 mm"]),
        ("forehead, after 24 h", ["','", "a depth such as 1.5 mm"]),
        ("forehead left 1 cm", ["'left'", "a depth such as 1.5 mm"]),
        ("forehead 5 %", ["'%'", "'passes' or 'mm' or 'µm'"]),
        ("forehead 1 inch", ["'inch'", "'mm' or 'µm' or 'passes'"]),
        ("vitamin c 1 cm, 4 passes", ["'cm'", "'%': vitamin_c is an active, not a site"]),
        ("forehead, 4 passes", ["'4'", "exceed reaches 0 to 1.5 mm"]),
        ("prp 1 mm, 4 passes", ["'mm'", "prp is an active, not a site"]),
        ("prp 4um more", ["'um'", "prp is an active, not a site"]),
        ("vitamin c 1 mm 4 pases", ["'mm'", "'%': vitamin_c is an active, not a site"]),
        ("forehead 5 % more", ["'%'", "'passes' or 'mm' or 'µm'"]),
        ("forehead after 1 mm", ["'after'", "a depth such as 1.5 mm"]),
        ("vitamin c 1 mm, 4 passes", ["'mm'", "'%': vitamin_c is an active, not a site"]),
        ("vitamin c 4 passes", ["'passes'", "'%': vitamin_c is an active, not a site"]),
        ("vitamin c 15", ["end of the sentence", "'%'"]),
        ("vitamin c 15 mg", ["'mg'", "'%'"]),
        ("vitamin c fresh 15 %", ["'fresh'", "a percentage such as 15 % or 'after' and hours or ';'"]),
        ("vitamin c 1,500 %", ["'1,500'", "thousands"]),
        ("15 % vitamin c", ["'15'", "an active: "]),
        ("prp aftr 24 hours", ["'aftr'", "'after' and hours", "did you mean 'after'?"]),
        ("prp after", ["end of the sentence", "a number of hours"]),
        ("prp after 24", ["end of the sentence", "'hours'"]),
        ("prp after 24 min", ["'min'", "'hours'"]),
        ("prp %", ["'%'", "'after' and hours or ';'"]),
        ("sunscreen daily", ["'daily'", "'home' before the name"]),
        ("vitamin c 15 % 3 times a week", ["'3'", "'home' before the name"]),
        ("home sunscreen twice daily", ["'daily'", "'a week'", "counted in days a week"]),
        ("home sunscreen 3 times a month", ["'month'", "'daily', 'weekly' or a number of times a week"]),
        ("home sunscreen monthly", ["'monthly'", "'daily', 'weekly' or a number of times a week"]),
        ("home sunscreen every 2 days", ["'2'", "'day' or 'week'"]),
        ("home sunscreen every weeks", ["'weeks'", "'every week'"]),
        ("home sunscreen 3 times", ["end of the sentence", "'a week' or 'weekly'"]),
        ("home tretinoin 0.05", ["end of the sentence", "'%' or 'times'"]),
        ("home tretinoin daily, 5 days before", ["'5'", "'stop' and days"]),
        ("home tretinoin stop", ["end of the sentence", "a number of days"]),
        ("home tretinoin stop 5", ["end of the sentence", "'days', 'weeks' or 'months'"]),
        ("home tretinoin stop 5 days", ["end of the sentence", "'before'"]),
        ("home tretinoin daily, resume 5 days before", ["'before'", "'after'"]),
        ("home tretinoin stop 5 days before, stop 6 days before", ["'stop'", "'resume' and days"]),
        ("home tretinoin daily weekly", ["'weekly'", "'stop' and days or 'resume' and days or ';'"]),
    ]
]


@pytest.mark.parametrize(("sentence", "words"), UNREADABLE, ids=lambda value: repr(value)[:60])
def test_sentences_that_cannot_be_read(sentence: str, words: list[str]) -> None:
    begin = time.perf_counter()
    with pytest.raises(SentenceError) as caught:
        read(sentence)
    assert time.perf_counter() - begin < SLOWEST / 1000
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
    ("1 session: exceed; cheek -1 mm, 4 passes", InputError, ["depth at cheek", "-1", "0 mm (sham) up to"]),
    ("1 session: exceed; cheek 1 mm, 41 passes", InputError, ["passes at cheek: 41", "0 to 40", "4 to 10"]),
    ("1 session: exceed; cheek 1 mm, 4 passes; cheeks 1 mm, 4 passes", InputError, ["site named twice", "'cheek'"]),
    ("1 session: pen 0 x 0.25 mm; cheek 1 mm, 4 passes", InputError, ["needles of the pen: 0", "1 to 1000"]),
    ("1 session: exceed; cheek 1.6 mm, 4 passes", LimitError, ["cheek", "exceed", "1.6 mm", "0 to 1.5 mm", "k180778"]),
    ("1 session: pen 12 x 0.25 mm; cheek 4 mm, 1 pass", LimitError, ["4 mm", "0 to 3 mm", "published pen"]),
    ("1 session: home_roller; cheek 0.1 mm, 1 pass", LimitError, ["0.1 mm", "0 mm (sham) or 0.2 to 1 mm", "home use"]),
    ("1 session: roller_mf8; cheek 1 mm, 1 pass", LimitError, ["1 mm", "0 mm (sham) or 1.5 mm", "schwarz-2011"]),
    (BEFORE + "prp; platelet rich plasma", InputError, ["active named twice: 'prp'", "each active once", "aliases"]),
    (BEFORE + "home vitamin c; home L-ascorbic acid", InputError, ["home active named twice: 'l_ascorbic_acid'"]),
    (BEFORE + "prp 5 %", InputError, ["prp, percent: 5", "no percentage", "leave it out"]),
    (BEFORE + "tretinoin 0 %", InputError, ["tretinoin, percent: 0", "give the concentration in the product"]),
    (BEFORE + "tretinoin 101 %", InputError, ["tretinoin, percent: 101"]),
    (BEFORE + "prp after -1 h", InputError, ["prp, hours after the session: -1", "0 to 168 h", "program's range"]),
    (BEFORE + "prp after 9 days", InputError, ["prp, hours after the session: 216", "0 to 168 h"]),
    (BEFORE + "home sunscreen 8 times a week", InputError, ["home sunscreen, days a week: 8", "1 to 7", "daily"]),
    (BEFORE + "home sunscreen stop 31 days before", InputError, ["home sunscreen, stop before: 31", "0 to 30 d"]),
    (
        BEFORE + "home tretinoin stop 20 days before, resume 10 days after",
        InputError,
        [
            "home tretinoin, stop before and resume after",
            "20 + 10",
            "less than the 30 days",
            "never be used",
            "shorten",
        ],
    ),
    (BEFORE + "home tretinoin stop 30 days before", InputError, ["30 + 0", "less than the 30 days"]),
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
        ({"count": 2.5}, "sessions"),
        ({"count": True}, "sessions"),
        ({"count": float("nan")}, "sessions"),
        ({"interval_days": float("inf")}, "interval"),
        ({"interval_days": "weekly"}, "interval"),
        ({"treatments": ()}, "number of sites"),
        ({"treatments": tuple(Pass(site=f"s{n}", depth_mm=1, passes=1) for n in range(21))}, "number of sites"),
        ({"actives": [Application(active="prp")] * 2}, "active named twice"),
        ({"home": [HomeUse(active="prp")] * 2}, "home active named twice"),
        ({"home": [HomeUse(active="prp", stop_days=21, resume_days=14)]}, "stop before and resume after"),
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
    assert assumed == protocol.phases[0].device.assumptions()
    roller = read("1 session: roller_mf8; cheek, 4 passes")
    assert roller.warnings() == roller.phases[0].device.assumptions()  # inside what was evaluated: assumptions alone


def test_calendar() -> None:
    assert calendar(course(), date(2027, 1, 1)) == [
        date(2027, 1, 1),
        date(2027, 2, 5),
        date(2027, 3, 12),
        date(2027, 4, 16),
    ]
    assert calendar(course(count=3, interval_days=1.5), date(2027, 1, 1))[1:] == [date(2027, 1, 3), date(2027, 1, 4)]
    with pytest.raises(InputError, match="start"):
        calendar(course(), date(9999, 12, 1))


def test_own_devices_can_be_named() -> None:
    own = {"my_pen": replace(find_device("exceed"), id="my_pen", name="My pen", aliases=())}
    assert (
        read_protocol("1 session: My Pen; cheek 1 mm, 1 pass", sites=SITES, devices=own).phases[0].device
        is own["my_pen"]
    )
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


def doses(name: str) -> st.SearchStrategy[float | None]:
    active = find_active(name)
    if active.most_percent is None:
        return st.none()
    most = active.most_percent
    if active.dissolved and active.solubility_mg_ml is not None:
        most = min(most, active.solubility_mg_ml / 10)
    return st.none() | st.floats(active.most_percent / 1e6, most)


names_of_actives = st.lists(st.sampled_from(sorted(load_actives())), unique=True, max_size=10)


@st.composite
def phases(draw: st.DrawFn, most: int = 60) -> Phase:
    device: Device = draw(devices)
    depths = st.just(0.0) | st.floats(device.depth_min_mm, device.depth_max_mm)
    names = draw(st.lists(st.sampled_from(sorted(set(SITES.values()))), min_size=1, unique=True))
    count = draw(st.integers(1, most))
    intervals = st.one_of(st.integers(1, 365), st.integers(1, 52).map(lambda weeks: 7.0 * weeks), st.floats(1, 365))
    interval = draw(intervals) if count > 1 else 0
    gaps = st.floats(0, min(MAX_GAP_DAYS, 0.49 * interval if count > 1 else MAX_GAP_DAYS)) | st.just(0)
    return Phase(
        device=device,
        treatments=tuple(Pass(site=name, depth_mm=draw(depths), passes=draw(st.integers(0, 40))) for name in names),
        count=count,
        interval_days=interval,
        actives=tuple(
            Application(active=name, percent=draw(doses(name)), after_hours=draw(st.floats(0, MAX_AFTER_HOURS)))
            for name in draw(names_of_actives)
        ),
        home=tuple(
            HomeUse(
                active=name,
                percent=draw(doses(name)),
                per_week=draw(st.integers(1, 7) | st.floats(1, 7)),
                stop_days=draw(gaps),
                resume_days=draw(gaps),
            )
            for name in draw(names_of_actives)
        ),
    )


@given(phases().map(lambda phase: Protocol(phases=(phase,))))
def test_any_protocol_reads_back_equal(protocol: Protocol) -> None:
    again = read(protocol.sentence)
    assert again == protocol
    assert again.sentence == protocol.sentence


@st.composite
def courses(draw: st.DrawFn) -> Protocol:
    """Phases that follow one another by themselves or on a day of their own, or lie between the sessions of others."""
    found = [draw(phases(12))]
    for phase in draw(st.lists(phases(12), min_size=1, max_size=3)):
        last = Protocol(phases=tuple(found)).last_day
        begins = draw(st.sampled_from(["after", "later", "between"]))
        if begins == "later" or phase.count == 1:
            phase = replace(phase, from_day=last + draw(st.integers(1, 400) | st.floats(1, 400)))
        elif begins == "between":
            phase = replace(phase, from_day=draw(st.floats(1, max(last, 1))))
        with suppress(InputError):  # two sessions on one day
            found = list(Protocol(phases=(*found, phase)).phases)
    return Protocol(phases=tuple(found))


@given(courses())
def test_any_course_of_phases_reads_back_equal(protocol: Protocol) -> None:
    again = read(protocol.sentence)
    assert again == protocol and again.sentence == protocol.sentence
    days = protocol.session_days
    assert days[0] == 0 and all(after - before >= 1 for before, after in pairwise(days))
    assert len(protocol.sessions) == sum(phase.count for phase in protocol.phases)
    for session in protocol.sessions:
        phase = protocol.phases[session.phase]
        assert (session.source, session.passes, session.actives) == (phase.device, phase.treatments, phase.actives)
    for site in protocol.sites:
        at = protocol.at(site)
        found = [(day, at.sources[which]) for day, which in zip(at.days, at.which, strict=True)]
        asked = [(s.day, (s.source, one)) for s in protocol.sessions for one in s.passes if one.site == site]
        assert found == asked and len(set(at.sources)) == len(at.sources)


@pytest.fixture
def long_actives(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A catalogue of more actives than a protocol may have, their names as long as names can be."""
    names = [f"{'a' * 38}{number:02d}" for number in range(11)]
    made = {name: replace(find_active("l_ascorbic_acid"), id=name, aliases=(), most_percent=30.0) for name in names}
    for module in (active_module, _sentence):
        monkeypatch.setattr(module, "load_actives", lambda: made)
        monkeypatch.setattr(module, "active_spellings", lambda: dict(zip(names, names, strict=True)))
    return names


def test_at_most_ten_actives_each(long_actives: list[str]) -> None:
    with pytest.raises(InputError, match=r"number of actives: 11\n  accepted: at most 10"):
        course(actives=[Application(active=name) for name in long_actives])
    with pytest.raises(InputError, match=r"number of home actives: 11\n  accepted: at most 10"):
        course(home=[HomeUse(active=name) for name in long_actives])


def test_the_longest_protocol_reads_back_equal(long_actives: list[str]) -> None:
    names = [f"{'s' * 38}{number:02d}" for number in range(20)]
    long = 1.0000000000000002e-05
    phase = Phase(
        device=roller(1000, 1.2345678901234567, 0.12345678901234568),
        treatments=tuple(Pass(site=name, depth_mm=1.2345678901234567, passes=40) for name in names),
        count=60 // MAX_PHASES,
        interval_days=123.45678901234567,
        actives=tuple(
            Application(active=name, percent=1.2345678901234567e-04, after_hours=1.2345678901234567e-300)
            for name in long_actives[:10]
        ),
        home=tuple(
            HomeUse(
                active=name,
                percent=1.2345678901234567e-04,
                per_week=1.2345678901234567,
                stop_days=1.2345678901234567e-300,
                resume_days=1.2345678901234567e-300,
            )
            for name in long_actives[:10]
        ),
    )
    protocol = Protocol(
        phases=(phase, *(replace(phase, from_day=k * 1234.5678901234567) for k in range(1, MAX_PHASES)))
    )
    assert len(protocol.sentence) < _sentence.MAX_SENTENCE
    assert read_protocol(protocol.sentence, sites=dict(zip(names, names, strict=True))) == protocol
    tiny = course(treatments=(Pass(site="cheek", depth_mm=long, passes=1),))
    assert read(tiny.sentence) == tiny


VOCABULARY = (
    "1 4 0.25 1,5 nan sessions session every weeks months monthly : ; , . x × mm µm % pen roller stamp exceed "
    "roller_mf8 cheek upper lip passes pass -1 1e9 four every\x00 ٣ 𝟛 PRP home tretinoin vitamin c sunscreen after h "
    "hours daily times a week twice stop days before resume treatments apart other wks biweekly at intervals of to "
    "or - – -6 (amiea ) . ' cm microns under eyes dermapen t-zone Dr. q4w q x3 depth with cross-hatched star pattern"
)
WORDS = st.sampled_from(VOCABULARY.split())
#: Milliseconds that reading may take, repairs of the sentence included.
SLOWEST = 2000


@pytest.mark.slow
@settings(max_examples=300, deadline=SLOWEST)
@given(st.text(max_size=300) | st.lists(WORDS, max_size=25).map(" ".join) | st.lists(WORDS, max_size=25).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        protocol = read(text)
    except InputError as error:
        assert str(error)
    else:
        assert read(protocol.sentence) == protocol


#: What stands after the sites is where most words of the language are.
PARTS = st.lists(WORDS, max_size=12).map(lambda words: BEFORE + " ".join(words))


@settings(max_examples=300, deadline=SLOWEST)
@given(PARTS)
def test_any_words_after_the_sites_are_read_or_refused(text: str) -> None:
    try:
        protocol = read(text)
    except InputError as error:
        assert str(error)
    else:
        assert read(protocol.sentence) == protocol


@settings(deadline=SLOWEST)
@given(st.sampled_from([EXAMPLE, BEFORE + LONG]), st.data(), st.text(max_size=4) | WORDS)
def test_a_damaged_sentence_is_read_or_refused(whole: str, data: st.DataObject, text: str) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    try:
        protocol = read(whole[:at] + text + whole[at + 1 :])
    except InputError as error:
        assert str(error)
    else:
        assert read(protocol.sentence) == protocol
