"""Sentences in the words that clinics print: what is read, what is asked back, and the user's own sentence repaired."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neodermis as nd
from neodermis.api import read
from neodermis.care.consultation import parse_consultation
from neodermis.errors import AmbiguousNameError, DataFileError, InputError, SentenceError
from neodermis.names import spelled
from neodermis.skin.tissue import Site, find_site, load_sites, site_names
from neodermis.treatment import Device, find_device, load_devices
from neodermis.treatment.device import device_names

FIRST = "3 sessions every 4 weeks: exceed; cheek 1.5 mm, 6 passes"

#: A sentence as clinics, manuals and shops print it, and the one that it is.
PRINTED = [
    ("3 treatments every 4 weeks: exceed; cheek 1.5 mm, 6 passes", FIRST),
    ("3 sessions 4 weeks apart: exceed; cheek 1.5 mm, 6 passes", FIRST),
    ("3 sessions every 4 wks: exceed; cheek 1.5 mm, 6 passes", FIRST),
    ("3 sessions every other week: exceed; cheek 0.5 mm, 6 passes",
     "3 sessions every 2 weeks: exceed; cheek 0.5 mm, 6 passes"),
    ("3 sessions every 4 weeks: Dermapen 4; cheek 1.5 mm, 6 passes", FIRST.replace("exceed", "dermapen_4")),
    ("3 sessions every 4 weeks: skinpen; cheek 1.5 mm, 6 passes", FIRST.replace("exceed", "skinpen_precision")),
    ("1 session: Dermaroller MF-8; cheek, 6 passes", "1 session: roller_mf8; cheek 1.5 mm, 6 passes"),
    ("3 sessions every 4 weeks: exceed; cheek 1500 microns, 6 passes", FIRST),
    ("3 sessions every 4 weeks: exceed; cheek 0.15 cm, 6 passes", FIRST),
    ("3 Treatments, 4 weeks apart: Exceed (amiea med); cheeks 1,5 mm, 6 passes", FIRST),
    ("3 visits at 4-week intervals: EXCEED (MT.DERM); cheek 1.5 millimetres, 6 passes", FIRST),
    ("3 sessions at intervals of four weeks: amiea Exceed; cheek 1500 micrometers, 6 passes", FIRST),
    ("3 appointments every 4th week: exceed; cheek 1500\N{MICRO SIGN}m, 6 passes", FIRST),
    ("3 sessions every fourth week: exceed; cheek .15cm, 6 passes", FIRST),
    ("3 sessions 1 mth apart: exceed; cheek 1.5 mm, 6 passes", FIRST.replace("4 weeks", "30 days")),
    ("3 sessions every second month: exceed; cheek 1.5 mm, 6 passes", FIRST.replace("4 weeks", "60 days")),
    ("3 fortnightly treatments: exceed; cheek 1.5 mm, 6 passes", FIRST.replace("4 weeks", "2 weeks")),
    ("1 session: SkinPen\N{REGISTERED SIGN} Precision; Crow\N{RIGHT SINGLE QUOTATION MARK}s feet 0.5 mm, 2 passes",
     "1 session: skinpen_precision; periorbital 0.5 mm, 2 passes"),
    ("1 session: Dr.pen Microneedling System; T-zone 0.5 mm, 2 passes; nasolabial folds 1 mm, 2 passes",
     "1 session: dr_pen_510k; t_zone 0.5 mm, 2 passes; nasolabial_fold 1 mm, 2 passes"),
    ("1 session: Dr. Pen M8; cheekbones 0.5 mm, 2 passes; knees 0.5 mm, 2 passes",
     "1 session: dr_pen_consumer; malar 0.5 mm, 2 passes; knee 0.5 mm, 2 passes"),
    ("1 session: 192-needle roller; hips 1.5 mm, 2 passes; breast 1 mm, 2 passes",
     "1 session: roller_generic; hip 1.5 mm, 2 passes; breast 1 mm, 2 passes"),
    ("1 session: DermaRoller with needles of 0.37 mm; cheek, 4 passes",
     "1 session: roller_370; cheek 0.37 mm, 4 passes"),
    ("q4wks x 3: exceed; cheek at 1.5 mm, 6 pass", FIRST),
    ("3 x q4w: exceed; cheek 1.5mm depth, passes: 6", FIRST),
    ("x3 q4weeks: exceed; cheek depth 1.5 mm x 6 passes", FIRST),
    ("every 4 weeks x 3: exceed; cheek depth: 1.5 mm with 6 passes", FIRST),
    ("every 4 weeks for three treatments: exceed; cheek, 6 passes at 1.5 mm deep", FIRST),
    ("3 x q. 30 d: exceed; cheek 1.5 mm, 6 passes", FIRST.replace("4 weeks", "30 days")),
    ("3 sessions, once a month: exceed; cheek 1.5 mm, 6 passes", FIRST.replace("4 weeks", "30 days")),
    ("monthly x 3: exceed; cheek 1.5 mm, 6 passes", FIRST.replace("4 weeks", "30 days")),
    ("3 sessions once every 4 weeks: exceed; cheek 1.5 mm, 6 passes, cross-hatched", FIRST),
    ("3 x sessions weekly: exceed; cheek 1.5 mm, 6 cross-hatch passes", FIRST.replace("4 weeks", "week")),
    ("3 sessions 4-weekly: exceed; cheek 1.5 mm, 6 passes", FIRST),
    ("3 treatments (every 4 weeks): exceed; cheek 1.5 mm, 6 passes; PRP at once", FIRST + "; prp"),
    ("1 session every 30 days: exceed; cheek 1.5 mm, 6 passes", "1 session: exceed; cheek 1.5 mm, 6 passes"),
    ("1 session: roller_mf8; cheek", "1 session: roller_mf8; cheek 1.5 mm, 8 passes"),
    ("1 session: exceed; cheek 1 mm; forehead .5 mm; prp after 2 d",
     "1 session: exceed; cheek 1 mm, 6 passes; forehead 0.5 mm, 6 passes; prp after 48 h"),
]  # fmt: skip


@pytest.mark.parametrize(("printed", "meant"), PRINTED)
def test_sentences_of_clinics_are_read_as_meant(printed: str, meant: str) -> None:
    plan = read(printed)
    assert plan.sentence == meant
    assert read(meant) == plan


@given(st.integers(1, 9999), st.sampled_from([1, 10, 100]))
def test_a_length_is_the_same_in_every_unit(hundredths: int, scale: int) -> None:
    """0.07 cm is 0.7 mm to the last digit, and prints so."""
    um = hundredths * scale % 1500 or 700
    written = {"mm": um / 1000, "cm": um / 10_000, "microns": um, "um": um}
    plans = {read(f"1 session: exceed; cheek {value!r} {unit}, 4 passes").sentence for unit, value in written.items()}
    assert plans == {f"1 session: exceed; cheek {um / 1000:g} mm, 4 passes"}


# ----------------------------------------------------------------------------------------------------------- ranges


def repaired(error: SentenceError) -> str:
    found = re.search(r"for instance '(.*)'$", str(error.next_step))
    assert found, error
    return found[1]


RANGES = [
    ("3 sessions every 4-6 weeks: exceed; cheek 1.5 mm, 6 passes", "4 or 6", "every 6 weeks"),
    ("3 sessions every 4 to 6 weeks: exceed; cheek 1.5 mm, 6 passes", "4 or 6", "every 6 weeks"),
    ("3 sessions 4 \N{EN DASH} 6 wks apart: exceed; cheek 1.5 mm, 6 passes", "4 or 6", "6 wks apart"),
    ("3 sessions every 4 weeks to 6 weeks: exceed; cheek 1 mm, 6 passes", "4 weeks or 6 weeks", "every 6 weeks"),
    ("3 sessions at 4-6 week intervals: exceed; cheek 1 mm, 6 passes", "4 or 6", "at 6 week intervals"),
    ("3-4 sessions monthly: exceed; cheek 1.5 mm, 6 passes", "3 or 4", "3 sessions monthly"),
    ("Three or four sessions monthly: exceed; cheek 1.5 mm, 6 passes", "Three or four", "Three sessions monthly"),
    ("1 session: exceed; cheek 1.0-1.5 mm, 6 passes", "1.0 or 1.5", "cheek 1.0 mm, 6"),
    ("1 session: exceed; cheek 1mm-1.5mm, 6 passes", "1mm or 1.5mm", "cheek 1mm, 6"),
    ("1 session: exceed; cheek 1 mm, 4\N{EN DASH}6 passes", "4 or 6", "1 mm, 4 passes"),
    ("1 session: exceed; cheek 1 mm, 6-4 passes", "6 or 4", "1 mm, 4 passes"),
    ("1 session: exceed; cheek 1 mm, 4 passes; prp after 2-4 h", "2 or 4", "prp after 4 h"),
    ("1 session: exceed; cheek 1 mm, 4 passes; home sunscreen 2-3 times a week", "2 or 3", "sunscreen 2 times"),
    ("1 session: exceed; cheek 1 mm, 4 passes; home tretinoin stop 3-5 days before", "3 or 5", "stop 5 days"),
    ("1 session: roller 192 x 0.5-1 mm x 0.25 mm; cheek, 4 passes", "0.5 or 1", "192 x 0.5 mm x"),
]


@pytest.mark.parametrize(("sentence", "values", "kept"), RANGES)
def test_a_range_is_answered_with_the_careful_value(sentence: str, values: str, kept: str) -> None:
    with pytest.raises(SentenceError, match="a range is not a plan") as caught:
        read(sentence)
    assert caught.value.accepted == f"one value ({values})"
    assert kept in repaired(caught.value)
    assert read(repaired(caught.value))


@given(st.data())
def test_every_repaired_sentence_can_be_read(data: st.DataObject) -> None:
    def number(low: int, high: int) -> str:
        first = data.draw(st.integers(low, high))
        join = data.draw(st.sampled_from(["-", " - ", "\N{EN DASH}", " to ", " or "]))
        return f"{first}{join}{first + 1}" if data.draw(st.booleans()) else str(first)

    words = (number(2, 9), number(1, 8), number(1, 30))
    sentence = "{} sessions every {} weeks: exceed; cheek 1 mm, {} passes".format(*words)
    if not any("-" in word or "\N{EN DASH}" in word or " " in word for word in words):
        assert read(sentence)
        return
    with pytest.raises(SentenceError) as caught:
        read(sentence)
    plan = read(repaired(caught.value))
    fewest, _, passes = (int(re.findall("[0-9]+", word)[0]) for word in words)
    longest = int(re.findall("[0-9]+", words[1])[-1])
    (phase,) = plan.phases
    assert (phase.count, phase.interval_days, phase.treatments[0].passes) == (fewest, 7.0 * longest, passes)


def test_what_else_is_wrong_is_told_before_the_range() -> None:
    with pytest.raises(SentenceError, match="did you mean 'cheek'"):
        read("3 sessions every 4-6 weeks: exceed; chek 1.5 mm, 6 passes")


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("3 sessions biweekly", "3 sessions every 2 weeks:"),
        ("3 bi-weekly sessions", "3 sessions every 2 weeks:"),
        ("3 bimonthly sessions", "3 sessions every 2 months:"),
        ("3 sessions semi-monthly", "3 sessions every 15 days:"),
    ],
)
def test_an_adverb_with_two_meanings_is_asked_about(words: str, kept: str) -> None:
    with pytest.raises(SentenceError, match="two meanings") as caught:
        read(f"{words}: exceed; cheek 1 mm, 6 passes")
    assert repaired(caught.value).startswith(kept)
    assert read(repaired(caught.value))


# ------------------------------------------------------------------------------------------- what was decided, told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("cheek 1 mm, 6 passes", []),
        ("cheek 1 mm", ["passes not given at cheek: 6 used, the usual number for exceed (4 to 10 passes; needling of"
                        " scars in 58 studies: juhasz-2020, tier B)"]),
        ("cheek 1 mm; forehead 1 mm, 2 passes; chin 1 mm", ["passes not given at cheek and chin: 6 used, the usual"]),
        ("cheek 1 mm, 6 passes, cross-hatched", ["'cross-hatched' changes nothing in this version"]),
        ("cheek 1 mm, 6 passes (Star pattern)", ["'Star pattern' changes nothing in this version"]),
        ("cheek 1 mm in a star pattern", ["passes not given", "'in a star pattern' changes nothing"]),
    ],
)  # fmt: skip
def test_what_the_reader_decided_is_told(words: str, told: list[str]) -> None:
    plan = read(f"2 sessions every 4 weeks: exceed; {words}")
    assert len(plan.notes) == len(told)
    for note, text in zip(plan.notes, told, strict=True):
        assert note.text.startswith(text)
        assert note.text in plan.warnings()
    again = read(plan.sentence)
    assert (again, hash(again), again.notes) == (plan, hash(plan), ()), "notes are no part of what is done"


def test_an_interval_of_one_session_is_left_out_and_told() -> None:
    (note,) = read("1 session every 30 days: exceed; cheek 1 mm, 6 passes").notes
    assert note.text == "one session has no interval: 'every 30 days' is left out"


def test_the_usual_passes_stand_in_the_ledger_with_their_source() -> None:
    given, usual = (
        nd.injure(f"1 session: exceed; cheek 1 mm{passes}", draws=1).ledger for passes in (", 6 passes", "")
    )
    assert "juhasz-2020" not in given.sources
    assert usual.sources["juhasz-2020"] == ("usual number of passes",)
    assert any("passes not given at cheek: 6 used" in warning for warning in usual.warnings)
    assert usual.case.plan.sentence == given.case.plan.sentence == "1 session: exceed; cheek 1 mm, 6 passes"


@pytest.mark.parametrize("device", load_devices().values(), ids=lambda device: device.id)
def test_every_device_has_a_usual_number_of_passes_inside_its_range(device: Device) -> None:
    usual = device.usual_passes
    assert 1 <= usual.low <= usual.middle <= usual.high
    assert usual.middle == int(usual.middle)
    assert usual.sources
    assert usual.grounds.endswith(f", tier {usual.tier}")
    assert not set(usual.sources) & {"juhasz-2020"} & set(device.sources), "no part of what the device is made of"


@pytest.mark.parametrize(
    "device", [one for one in load_devices().values() if not one.depth_fixed], ids=lambda one: one.id
)
def test_a_depth_that_the_device_does_not_fix_is_asked_for(device: Device) -> None:
    for words in ("cheek", "cheek, 6 passes", "cheek, cross-hatched"):
        with pytest.raises(SentenceError) as caught:
            read(f"1 session: {device.id}; {words}")
        assert "a depth such as 1.5 mm" in str(caught.value.accepted)
        assert f"{device.id} reaches {device.depth_range}" in str(caught.value.accepted)


# --------------------------------------------------------------------------------- the user's own sentence, repaired

REPAIRED = [
    ("3 sesions every 4 weeks: exceed; cheek 1.5 mm, 6 passes", FIRST),
    ("3 sessions ever 4 weeks exceed, chek 1.5 mm, 6 pases", FIRST),
    ("3 sessions every 4 weeks with exceed; cheek 1.5, 6 passes", FIRST),
    ("3 sessions every 4: exceed: cheek 1.5 mm, 6 passes", FIRST),
    ("3 sessions 4 weeks: exceed; cheek 1.5 mm, 6 passes", FIRST.replace("every 4 weeks", "4 weeks apart")),
    ("3 sessions every 4 weeks: exceed; cheek 1.5 m, 6 passes", FIRST),
    ("3 sessions every 4 weeks: exceed forte; cheek 1.5 mm, 6 passes", FIRST),
    ("3 sessions every 4 weeks: exceed; cheek 1.5 mm, 6 passes, forehead 1 mm, 2 passes",
     FIRST + "; forehead 1 mm, 2 passes"),
    ("3 sessions every 4 weeks: exceed; cheek 1.5 mm, 6 passes; sunscreen daily", FIRST + "; home sunscreen daily"),
    ("3 sessions every 4 weeks: exceed; cheek 1.5 mm, 6 passes; prp after 24", FIRST + "; prp after 24 h"),
    ("3 sessions every 4-6 weeks: exceed; chek 1.5 mm, 6 passes", FIRST.replace("4 weeks", "6 weeks")),
    ("3 sessions every 4 weeks: exceed; cheek 1.5 mm; 6 passes", FIRST),
    ("3 sessions every 4 weeks: exceed; cheek 1.5 mm, 6 passes + prp", FIRST + "; prp"),
    ("1 single session: exceed; cheek 1.5 mm, 6 passes", "1 session: exceed; cheek 1.5 mm, 6 passes"),
    ("3 x weekly: exceed; cheek 1.5 mm, 6 passes", FIRST.replace("sessions every 4 weeks", "x sessions weekly")),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "whole"), REPAIRED)
def test_a_sentence_is_answered_with_itself_repaired(sentence: str, whole: str) -> None:
    with pytest.raises(SentenceError) as caught:
        read(sentence)
    found = re.search("your sentence with corrections: '(.*)'; another valid sentence: ", str(caught.value.next_step))
    assert found, caught.value
    assert found[1] == whole
    assert read(whole)


@pytest.mark.parametrize(
    "words",
    [
        "exceed; cheek 1 inch, 6 passes",  # a unit is never taken for another one
        "exceed; cheek 1.5 mm, no passes",  # nor is a word left out that turns what is said
        "exceed; cheek 1.5 mm, 2.5 passes",  # nor a number made
        "exceed; cheek and forehead 1 mm, 6 passes",  # nor a site left out
        "exceed; cheek, forehead 1 mm, 6 passes",
        "exceed; left cheek 1 mm, 6 passes",  # nor a side
        "exceed; cheek 1 mm, two passes in each direction",
        "exceed; cheek 1 mm, double pass",
        "exceed; cheek",
        "exceed; chek 9 mm, 6 passes",  # nor a sentence given that would be refused
        "?",
    ],
)
def test_where_no_repair_is_safe_none_is_offered(words: str) -> None:
    with pytest.raises(SentenceError) as caught:
        read(f"3 sessions every 4 weeks: {words}")
    assert "repaired" not in str(caught.value)
    assert str(caught.value.next_step).count("examples of valid sentences: '4 sessions every 5 weeks") == 1


DAMAGE = st.sampled_from(["", " ", ",", ";", ":", "x", "with", "sesion", "mm", "6", "prpp"])


@settings(deadline=2000)
@given(st.integers(0, len(FIRST) - 1), DAMAGE, st.integers(0, len(FIRST) - 1), DAMAGE)
def test_every_repair_can_be_read_and_makes_no_number(first: int, one: str, second: int, other: str) -> None:
    text = FIRST[:first] + one + FIRST[first + 1 :]
    text = text[:second] + other + text[second + 1 :]
    try:
        read(text)
    except SentenceError as error:
        found = re.search("your sentence with corrections: '(.*)'; another", str(error.next_step))
        if found:
            assert read(found[1])
            assert re.findall("[0-9.]*[0-9]", found[1]) == re.findall("[0-9.]*[0-9]", text)
    except InputError:
        pass


# ----------------------------------------------------------------------------------------------------------- phases

SECOND = "2 sessions every 26 weeks: exceed; cheek 1.0 mm, 4 passes"


@pytest.mark.parametrize("joint", ["; then ", "; Then: ", ", then ", ". Then ", "; and then ", " then ", ";then "])
def test_a_second_phase_follows_the_first_by_its_own_interval(joint: str) -> None:
    plan = read(FIRST + joint + SECOND)
    assert plan.session_days == (0, 28, 56, 238, 420)
    assert plan.sentence == f"{read(FIRST)}; then {read(SECOND)}" and read(plan.sentence) == plan
    assert [plan.alone(k) for k in (0, 1)] == [read(FIRST), read(SECOND)]


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("; then 2 sessions every 26 weeks from day 100", (0, 28, 56, 100, 282)),
        ("; then 2 sessions every 26 weeks, starting on day 100", (0, 28, 56, 100, 282)),
        ("; then 1 session from day 100", (0, 28, 56, 100)),
        ("; then 1 session every 26 weeks", (0, 28, 56, 238)),
        ("; and 2 sessions every 4 weeks from day 14", (0, 14, 28, 42, 56)),
        ("; and 2 sessions every 26 weeks from day 100", (0, 28, 56, 100, 282)),
        ("; then q4wks x 2", (0, 28, 56, 84, 112)),
        ("; then two monthly sessions", (0, 28, 56, 86, 116)),
    ],
)
def test_when_a_phase_begins(words: str, days: tuple[float, ...]) -> None:
    plan = read(f"{FIRST}{words}: pen 12 x 0.25 mm; neck 0.5 mm, 2 passes; prp; home sunscreen daily")
    assert plan.session_days == days
    assert read(plan.sentence) == plan
    assert plan.sites == ("cheek", "neck") and not plan.phases[0].actives and plan.phases[1].home
    assert "left out" not in " ".join(note.text for note in plan.notes)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("; then 2 sessions monthly from day 50", ["'50'", "a day after the last session before it, 56", "; and 2"]),
        ("; and 2 sessions monthly", ["'from day' and the day of the first of these sessions"]),
        ("; then 1 session", ["'from day' and a day: one session has no interval"]),
        ("; then 0 sessions monthly", ["sessions: 0", "from 1 to 60"]),
        ("; then 60 sessions monthly", ["sessions: 63", "60 in all phases together"]),
        ("; and 2 sessions every 14 days from day 14", ["first day of phase 2", "day 28 and on day 28", "first day"]),
        ("; and 1 session from day 0.5", ["first day of a phase: 0.5", "from 1 to", "from day 120"]),
        ("; and 1 session from day 27.5", ["first day of phase 2", "on day 27.5 and on day 28", "at least 1 day"]),
        ("; then 2 sesions monthly", ["'sesions'", "did you mean 'sessions'?", "2 sessions monthly: exceed"]),
        ("; then", ["a number of sessions"]),
        ("; then 2 sessions monthly from day", ["a day"]),
    ],
)
def test_a_phase_that_cannot_be(words: str, said: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read(f"{FIRST}{words}: exceed; cheek 1 mm, 4 passes")
    assert caught.value.exit_status == 2
    assert all(part in str(caught.value) for part in said), str(caught.value)


def test_the_first_phase_begins_on_day_0_and_there_are_8_at_most() -> None:
    with pytest.raises(SentenceError, match="the first phase begins on day 0"):
        read(FIRST.replace(":", " from day 3:"))
    seven = "".join(f"; then 1 session from day {100 * k}: exceed; cheek 1 mm, 4 passes" for k in range(1, 8))
    assert len(read(FIRST + seven).phases) == 8
    with pytest.raises(InputError, match=r"number of phases: 9\n  accepted: 1 to 8"):
        read(f"{FIRST}{seven}; then {SECOND}")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("; then 2 sessions monthly: exced; cheek 1 mm, 4 passes", "exceed"),
        ("; then 2 sessions monthly: exceed; chek 1 mm, 4 passes", "cheek"),
        ("; then 2 sessions monthly: exceed; cheek 1 mm, 4 pases", "passes"),
        ("; then 2 sessions monthly exceed; cheek 1 mm, 4 passes", "monthly: exceed"),
    ],
)
def test_a_later_phase_is_repaired_like_the_first(wrong: str, right: str) -> None:
    with pytest.raises(SentenceError) as caught:
        read(FIRST + wrong)
    (again,) = re.findall(r"your sentence with corrections: '([^']*)'", str(caught.value))
    assert right in again.partition("then")[2] and len(read(again).phases) == 2


# ------------------------------------------------------------------------------------------------------------ names


def spellings_of(name: str) -> set[str]:
    return {name, name.upper(), name.lower(), name.replace(" ", "-"), name.replace("-", " "), spelled(name)}


@pytest.mark.parametrize("device", load_devices().values(), ids=lambda device: device.id)
def test_every_printed_name_of_a_device_is_read_everywhere(device: Device) -> None:
    depth = 0 if device.depth_min_mm else 0.5
    for name in (device.id, device.name, *device.aliases):
        for written in spellings_of(name):
            assert find_device(written) is device
            assert read(f"1 session: {written}; cheek {depth} mm, 2 passes").phases[0].device is device, written
    one = parse_consultation(f"[clinic]\ndevices = ['{device.name}', '{device.id}', 'pen']\n", "clinic.toml")
    assert one.clinic.at_hand == (device.id, "pen")


@pytest.mark.parametrize("name", device_names().questions)
def test_a_name_of_several_devices_is_asked_about_everywhere(name: str) -> None:
    question = device_names().questions[name]
    with pytest.raises(AmbiguousNameError) as caught:
        find_device(name)
    assert question.why in str(caught.value)
    with pytest.raises(SentenceError, match="is ambiguous") as asked:
        read(f"1 session: {name.replace('_', ' ')}; cheek 0.5 mm, 2 passes")
    message = str(asked.value)
    assert question.why.removesuffix(".") in message
    assert all(choice in message for choice in question.choices)
    for choice in question.choices:
        assert find_device(choice).id == choice
    if name not in ("roller", "pen", "stamp"):  # kinds, which a clinic may name
        with pytest.raises(DataFileError) as refused:
            parse_consultation(f"[clinic]\ndevices = ['{name}']\n", "clinic.toml")
        assert question.why in str(refused.value)


def test_an_unknown_device_of_a_clinic_gets_the_closest() -> None:
    with pytest.raises(DataFileError, match="did you mean 'skinpen'"):
        parse_consultation("[clinic]\ndevices = ['skinpn']\n", "clinic.toml")


@pytest.mark.parametrize("name", site_names().questions)
def test_a_name_that_does_not_settle_the_site_is_asked_about(name: str) -> None:
    question = site_names().questions[name]
    words = name.replace("_", " ")
    with pytest.raises(AmbiguousNameError):
        find_site(words)
    for before in ("", "cheek 1 mm, 2 passes; "):
        with pytest.raises(SentenceError, match="is ambiguous") as caught:
            read(f"1 session: exceed; {before}{words} 0.5 mm, 2 passes")
        assert question.why in str(caught.value)
        if question.choices:
            assert read(repaired(caught.value)).phases[0].treatments[-1].site == question.choices[0]


def test_under_the_eyes_is_never_inside_the_orbital_rim() -> None:
    with pytest.raises(SentenceError) as caught:
        read("3 sessions every 4 weeks: exceed; under eyes 0.5 mm, 2 passes")
    assert "inside the orbital rim is never needled" in str(caught.value)
    assert repaired(caught.value) == "3 sessions every 4 weeks: exceed; periorbital 0.5 mm, 2 passes"
    assert find_site("lower eyelid").excluded


@pytest.mark.parametrize("site", load_sites().values(), ids=lambda site: site.id)
def test_every_name_of_a_site_finds_it(site: Site) -> None:
    for name in (site.id, site.label, *site.aliases):
        assert all(find_site(written) is site for written in spellings_of(name))
