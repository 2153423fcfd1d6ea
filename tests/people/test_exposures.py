"""Exposures and concerns as a user writes them: what is read, what is refused and how, and what is said back."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import neodermis as nd
from neodermis.errors import AmbiguousNameError, InputError, UnknownNameError
from neodermis.names import spelled
from neodermis.people import Patient, find_concern, load_concerns, load_exposures
from neodermis.people import concern as concern_
from neodermis.people.concern import concern_names, read_concern
from neodermis.people.exposure import MENOPAUSE_AGE, NEVER, Exposure, Part, read_exposure
from neodermis.skin.exposures import CHANGES, Levels, levels_on

# ------------------------------------------------------------------------------------------------- levels

LEVELS = [
    ("smoking", "20/day", 20), ("smoking", "20", 20), ("smoking", 20, 20), ("smoking", " 20 a day ", 20),
    ("smoking", "0/day", 0),
    ("smoking", "140/week", 20), ("smoking", "20 per day", 20), ("smoking", "20 1/d", 20),
    ("smoking", "12,5/day", 12.5), ("smoking", "Never", 0), ("sun", "high", 2), ("sun", "1/day", 7),
    ("sun", "2 per week", 2), ("alcohol", "2/day", 14),
    ("sunscreen", "daily", 1), ("sunscreen", "sometimes", 0.3), ("sunscreen", 0.25, 0.25), ("menopause", "49", 49),
    ("menopause", "49 years", 49), ("menopause", "premenopausal", NEVER), ("hormone_therapy", "yes", 1),
    ("retinoid", "tretinoin", 1), ("steroid", "intermittent", 0.6), ("diet", "poor", 1), ("sleep", "good", 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "level"), LEVELS)
def test_a_level_is_read_as_people_write_it(name: str, text: Any, level: float) -> None:
    (part,) = read_exposure(name, text, 45).parts
    assert part.level == pytest.approx(level) and part.since_age is None and part.from_day is None


@pytest.mark.parametrize("name", ["smoking", " Smoking ", "SMOKING"])
def test_a_name_is_read_as_people_write_it(name: str) -> None:
    assert read_exposure(name, "1", 45).name == "smoking"
    assert read_exposure("Hormone therapy", "yes", 60).name == read_exposure("hormone-therapy", "yes", 60).name


def test_every_exposure_reads_its_example_and_its_words_and_says_them_again() -> None:
    for name, kind in load_exposures().items():
        for text in (kind.example, *kind.words):
            read = read_exposure(name, text, 45)
            assert read_exposure(name, read.sentence, 45) == read
        assert kind.low < kind.high and kind.label and kind.note.endswith(".")
        assert all(kind.low <= value <= kind.high or value == NEVER for value in kind.words.values())


REFUSED = [
    ("smoking", "-1", "-1", "0 to 100, cigarettes per day"), ("smoking", "101", "101", "0 to 100"),
    ("smoking", "20/month", "20/month", "0 to 100"),
    ("smoking", "a lot", "a lot", "or a word: none, never, no"), ("smoking", "", "", "VALUE since AGE"),
    ("smoking", "nan", "nan", "0 to 100"), ("smoking", "1e400", "1e400", "0 to 100"),
    ("smoking", True, "True", "0 to 100"),
    ("smoking", "20 packs", "20 packs", "0 to 100"), ("smoking", "1/0", "1/0", "0 to 100"),
    ("sun", "15", "15", "0 to 14"), ("sun", "3/day", "3/day", "0 to 14"), ("menopause", "20", "20", "30 to 62"),
    ("menopause", "63", "63", "30 to 62"), ("menopause", "51; 52 from day 0", "51; 52", "one age"),
    ("sunscreen", "1.01", "1.01", "0 to 1"), ("diabetes", "type 2", "type 2", "0 to 1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "shown", "accepted"), REFUSED)
def test_what_is_no_level_is_refused(name: str, text: Any, shown: str, accepted: str) -> None:
    with pytest.raises(InputError) as caught:
        read_exposure(name, text, 45)
    message = str(caught.value)
    assert name in caught.value.what and shown in message and accepted in message
    assert "do: " in message


@pytest.mark.parametrize(("given", "close"), [("smokng", "smoking"), ("sunscren", "sunscreen"), ("x" * 500, "alcohol")])
def test_an_unknown_exposure_gets_the_closest(given: str, close: str) -> None:
    with pytest.raises(UnknownNameError, match=close):
        read_exposure(given, "1", 45)
    with pytest.raises(UnknownNameError, match="exposure"):
        Patient(exposures={given: "1"})  # type: ignore[dict-item]  # text is read


# ------------------------------------------------------------------------------------------------- courses in time


def test_a_course_has_times() -> None:
    read = read_exposure("smoking", "10/day since age 20; 20/day since 30.5; 5/day from day -365; 0 FROM DAY 0", 45)
    assert read.parts == (Part(10, 20), Part(20, 30.5), Part(5, None, -365), Part(0, None, 0))
    assert [day for day, _ in read.days(45)] == [-25 * 365.25, -14.5 * 365.25, -365, 0]


def test_an_exposure_without_a_time_began_when_its_kind_does() -> None:
    assert read_exposure("smoking", "20/day", 45).days(45) == [(-27 * 365.25, 20)]
    for name, days in (("sunscreen", 365), ("retinoid", 365), ("steroid", 28), ("isotretinoin", 90)):
        assert read_exposure(name, "1", 45).days(45) == [(-days, 1)]


OUT_OF_TIME = {
    "later first": ("0 from day 0; 20/day since 30", "chronological order"),
    "the same day twice": ("20/day from day 0; 0 from day 0", "chronological order"),
    "no time after one": ("20/day since 30; 10/day", "chronological order"),
    "before the 18th birthday": ("20/day; 10/day since 17", "since the age of 18"),
    "after the first session": ("20/day since 46", "0 to 45"),
    "before birth": ("20/day from day -16437", "-16436.25 to 6000"),
    "after the longest course": ("20/day; 0 from day 6001", "6000"),
    "two times": ("20/day since 30 from day 0", "exposure smoking"),
    "a word for a day": ("20/day; 0 from day tomorrow", "exposure smoking"),
    "nothing after the sign": ("20/day;", "VALUE since AGE"),
    "signs alone": (";;", "VALUE since AGE"),
    "a line break": ("20/day\n; 0 from day 0\n\x00", "exposure smoking"),
    "too long": ("20/day; " * 40, "up to 200 characters"),
}


@pytest.mark.parametrize(("course", "accepted"), OUT_OF_TIME.values(), ids=OUT_OF_TIME)
def test_a_course_out_of_time_is_refused(course: str, accepted: str) -> None:
    with pytest.raises(InputError) as caught:
        Patient(age=45, exposures={"smoking": course})  # type: ignore[dict-item]  # text is read
    assert "smoking" in caught.value.what and accepted in str(caught.value) and len(str(caught.value)) < 1000


def person(**exposures: str) -> Patient:
    return Patient(age=45, exposures=exposures)  # type: ignore[arg-type]  # text is read


def test_who_stops_at_18_never_smoked() -> None:
    never = Patient(age=18, exposures={"smoking": "20/day; 0 from day 0"}).subject().life  # type: ignore[dict-item]
    assert levels_on(0.0, never).smoking == 0 and levels_on(-1.0, never).smoking == 0


def test_a_life_has_so_many_changes_and_no_more() -> None:
    steps = "; ".join(f"{level}/day since {19 + level}" for level in range(1, CHANGES))
    whole = person(smoking=steps)
    assert len({*whole.subject().life.change_day}) == CHANGES  # menopause, at 51, among them
    with pytest.raises(InputError, match=rf"(?s){CHANGES + 1} changes.*at most {CHANGES} over a lifetime"):
        person(smoking=f"{steps}; 0 from day 0")
    steady = person(
        smoking="20/day since 20; 20/day since 30; 5/day since 40; 0 from day 0", sunscreen="0; 1 from day 0"
    )
    assert {*steady.subject().life.change_day} <= {day * 365.25 for day in (-25, -5, 0, 6)}, "one that goes on is none"
    with pytest.raises(InputError, match=f"{CHANGES + 2} changes"):
        person(smoking=f"{steps}; 0 from day 0", sun="1; 2 from day 1")


@pytest.mark.parametrize(
    "others", [{"smoking": "20/day since 30; 0 since 40", "sun": "1 since 20; 0 since 42"}, {"sun": "1"}, {}], ids=str
)
def test_menopause_at_the_age_that_is_taken_anyway_changes_nothing(others: dict[str, str]) -> None:
    assert person(**others).subject() == person(**others, menopause=f"{MENOPAUSE_AGE:g}").subject()


@given(age=st.floats(18, 100), menopause=st.floats(30, 62))
def test_menopause_comes_on_its_day(age: float, menopause: float) -> None:
    life = Patient(age=age, exposures={"menopause": repr(menopause)}).subject().life  # type: ignore[dict-item]
    day = (menopause - age) * 365.25
    assert levels_on(day + 1e-6, life).postmenopausal == 1 and levels_on(day - 1e-3, life).postmenopausal == 0


def test_hormone_therapy_takes_menopause_back() -> None:
    treated = Patient(age=60, exposures={"hormone_therapy": "yes since 55; 0 from day 10"})  # type: ignore[dict-item]
    life = treated.subject().life
    for years, level in ((-10, 0), (-7, 1), (-4, 0)):
        assert levels_on(365.25 * years, life).postmenopausal == level
    assert levels_on(11, life).postmenopausal == 1


@pytest.mark.parametrize("name", ["menopause", "hormone_therapy"])
def test_men_have_neither_menopause_nor_its_therapy(name: str) -> None:
    value: Any = {"menopause": "51", "hormone_therapy": "yes"}[name]
    with pytest.raises(InputError, match=rf"(?s){name}.*for women only.*male"):
        Patient(sex="male", exposures={name: value})
    assert Patient(sex="male").menopause_age == NEVER


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(InputError, match=r"(?s)exposure smoking.*each name once"):
        Patient(exposures={"smoking": "20", "Smoking": "0"})  # type: ignore[dict-item]  # text is read
    with pytest.raises(InputError, match=r"(?s)concern striae.*each name once"):
        Patient(concerns={"striae": "0.2", " STRIAE": "0"})  # type: ignore[dict-item]  # text is read


@pytest.mark.parametrize("given", ["smoking", ["smoking"], 3, True])
def test_what_is_no_table_is_refused(given: Any) -> None:
    with pytest.raises(InputError, match="exposures"):
        Patient(exposures=given)
    with pytest.raises(InputError, match="concerns"):
        nd.simulate("1 session: exceed; cheek 1 mm, 4 passes", draws=1, concerns=given)


# ------------------------------------------------------------------------------------------------- concerns


def test_every_concern_reads_its_example_its_scales_and_its_share() -> None:
    for name, kind in load_concerns().items():
        assert 0 < read_concern(name, kind.example).severity <= kind.most
        assert read_concern(name, kind.most).severity == kind.most
        for scale, limits in kind.scales.items():
            low, none, top = limits[:3]
            assert read_concern(name, f"{scale}:{top:g}").severity == 1
            worst = read_concern(name, f"{scale.upper().replace('_', ' ')} : {low:g}")
            assert worst.severity == pytest.approx((low - none) / (limits.worst - none))
            for beyond in (low - 0.01, top + 0.01):
                with pytest.raises(InputError, match=rf"(?s){name}, {scale}.*{low:g} to {top:g}"):
                    read_concern(name, f"{scale}:{beyond:g}")
        with pytest.raises(InputError, match=name):
            read_concern(name, kind.most + 0.001)


def test_the_types_of_acne_scars_are_shares_of_a_hundred() -> None:
    some = read_concern("acne_scar", "goodman_baron:3 rolling=60% ice_pick=20%")
    usual = read_concern("acne_scar", "goodman_baron:3").types
    assert some.types == pytest.approx(
        {
            "rolling": 0.6 + 0.2 * usual["rolling"],
            "ice_pick": 0.2 + 0.2 * usual["ice_pick"],
            "boxcar": 0.2 * usual["boxcar"],
        }
    )
    assert read_concern("acne_scar", some.given).types == some.types
    read = read_concern("acne scar", "goodman_baron:3, ice_pick:50, Boxcar: 30%, rolling:20")
    assert read.severity == 0.75 and read.types == {"ice_pick": 0.5, "boxcar": 0.3, "rolling": 0.2}
    assert read_concern("acne_scar", "0.5, boxcar:100").types["boxcar"] == 1
    assert sum(read_concern("acne_scar", "0.5").types.values()) == pytest.approx(1)
    shallow = Patient(concerns={"acne_scar": "0.5, boxcar:100"}).subject().concerns  # type: ignore[dict-item]
    assert shallow.boxcar_share == 1 and shallow.acne_scar == 0.5


WRONG = {
    "unknown scale": ("acne_scar", "glogau:3", "goodman_baron 1 to 4"),
    "scale of another": ("striae", "vss:3", "a share of the worst from 0 to 1"),
    "no grade": ("acne_scar", "goodman_baron:", "goodman_baron 1 to 4"),
    "a word": ("striae", "severe", "0 to 1"),
    "too severe": ("thin_skin", "0.8", "0 to 0.7"),
    "sum above 100": ("acne_scar", "goodman_baron:3, ice_pick:50, boxcar:30, rolling:21", "together at most 100"),
    "a type twice": ("acne_scar", "goodman_baron:3, ice_pick:100, ice_pick:100", "each once"),
    "unknown type": ("acne_scar", "goodman_baron:3, keloid:100", "ice_pick, boxcar, rolling"),
    "no share": ("acne_scar", "goodman_baron:3, ice_pick", "ice_pick, boxcar, rolling"),
    "negative share": ("acne_scar", "goodman_baron:3, ice_pick:-50, boxcar:150", "together at most 100"),
    "types of what has none": ("burn_scar", "vss:3, ice_pick:100", "without types"),
    "too long": ("acne_scar", "goodman_baron:3, " + "ice_pick:50, " * 30, "up to 200 characters"),
    "nothing": ("striae", " ", "0 to 1"),
    "not a number": ("striae", "nan", "0 to 1"),
}


@pytest.mark.parametrize(("name", "text", "accepted"), WRONG.values(), ids=WRONG)
def test_what_is_no_severity_is_refused(name: str, text: str, accepted: str) -> None:
    with pytest.raises(InputError) as caught:
        Patient(concerns={name: text})  # type: ignore[dict-item]  # text is read
    message = str(caught.value)
    assert name in caught.value.what and accepted in message and "do: " in message and len(message) < 1000
    assert "none)" not in message and "scale: ;" not in message


def test_the_advice_on_types_can_be_followed() -> None:
    with pytest.raises(InputError) as caught:
        read_concern("acne_scar", "goodman_baron:3, keloid:100")
    advice = str(caught.value.next_step).removeprefix("for instance acne_scar=")
    assert sum(read_concern("acne_scar", advice).types.values()) == pytest.approx(1.0)


def test_an_unknown_concern_gets_the_closest() -> None:
    with pytest.raises(UnknownNameError, match="melasma"):
        Patient(concerns={"melsma": "0.2"})  # type: ignore[dict-item]  # text is read


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Acne scarring", "acne_scar"), ("acne scars", "acne_scar"), ("Wrinkles", "wrinkle"), ("fine lines", "wrinkle"),
        ("crow's feet", "wrinkle"), ("Crow\N{RIGHT SINGLE QUOTATION MARK}s-feet", "wrinkle"),
        ("stretch marks", "striae"), ("Large Pores", "pores"), ("enlarged pores", "pores"), ("oily skin", "oily_skin"),
        ("dark circles", "dark_circles"), ("hair loss", "hair_loss"), ("dark spots", "uneven_tone"),
        ("PIH", "uneven_tone"),
    ],
)  # fmt: skip
def test_concerns_have_the_names_that_people_use(written: str, name: str) -> None:
    assert find_concern(written).name == name


def test_every_name_of_a_concern_is_read() -> None:
    for name, kind in load_concerns().items():
        for written in (kind.name, kind.label, *kind.aliases):
            assert {find_concern(text).name for text in (written, written.upper(), written.replace(" ", "-"))} == {name}


@pytest.mark.parametrize("written", ["scars", "pigmentation", "aging", "Acne", "texture", "eye bags", "rosacea"])
def test_a_name_that_settles_nothing_is_asked_about(written: str) -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        find_concern(written)
    assert concern_names().questions[spelled(written)].why in str(caught.value)


def test_what_the_model_cannot_answer_is_read_without_a_severity_and_changes_no_state() -> None:
    unanswerable = {name for name, kind in load_concerns().items() if kind.cannot_answer}
    assert unanswerable == {"pores", "oily_skin", "dark_circles", "hair_loss"}
    for name in unanswerable:
        for severity in (None, "", "present", "unknown", 0.4):
            read = read_concern(name, severity)
            assert read.cannot_answer == load_concerns()[name].cannot_answer
            person = Patient(concerns={name: read})
            assert person.subject() == Patient().subject(), "the model has no state of it"
            assert Patient(**person.said) == person
            assert any(read.cannot_answer in line for line in concern_.off(person.concerns))
    with pytest.raises(InputError, match="striae"):
        read_concern("striae", None)
    assert read_concern("striae", 0.5).cannot_answer == ""


def test_one_scar_at_a_time() -> None:
    with pytest.raises(InputError, match=r"(?s)acne_scar, burn_scar.*one kind of scar"):
        Patient(concerns={"acne_scar": "0.2", "burn_scar": "0.2"})  # type: ignore[dict-item]  # text is read
    Patient(concerns={"acne_scar": "0", "burn_scar": "0.2", "melasma": "1"})  # type: ignore[dict-item]  # one is none


# ------------------------------------------------------------------------------------------------- said again

WORN = [name for name in load_exposures() if name != "menopause"]


@st.composite
def people(draw: st.DrawFn) -> Patient:
    """Anybody with up to three exposures, of several parts each, and concerns."""
    age = draw(st.floats(19, 100))
    exposures = {}
    for name in draw(st.lists(st.sampled_from(WORN), max_size=3, unique=True)):
        kind = load_exposures()[name]
        level = st.sampled_from([0.0, kind.high, *(float(v) for v in kind.words.values())]) | st.floats(0, kind.high)
        ages = sorted(draw(st.lists(st.floats(0, age - 1), max_size=1)))
        days = sorted(draw(st.lists(st.floats(0.001, 6000), max_size=1)))
        parts = [Part(draw(level), since_age=at) for at in ages] + [Part(draw(level), from_day=at) for at in days]
        exposures[name] = Exposure(name, tuple(parts or [Part(draw(level))]))
    concerns: dict[str, Any] = {name: repr(draw(st.floats(0, 0.7))) for name in ("thin_skin", "wrinkle")}
    concerns["acne_scar"] = (
        f"ecca:{draw(st.floats(0, 540))!r}, boxcar:{draw(st.sampled_from(['33.3', '0']))}, ice_pick:"
    )
    concerns["acne_scar"] += "66.7" if "33.3" in concerns["acne_scar"] else "100"
    if draw(st.booleans()):
        exposures["menopause"] = Exposure("menopause", (Part(draw(st.floats(30, 62) | st.just(NEVER))),))
    try:
        return Patient(age=age, phototype=draw(st.integers(1, 6)), exposures=exposures, concerns=concerns)
    except InputError as error:
        assume("changes" not in str(error))
        raise


@given(one=people())
def test_a_person_is_made_again_from_what_is_said(one: Patient) -> None:
    again = Patient(**one.said)
    assert again.said == one.said and again.age == one.age
    here, there = one.subject(), again.subject()
    assert here.concerns == there.concerns and here.life.change_day == there.life.change_day
    for a, b in zip(here.life.levels, there.life.levels, strict=True):
        assert a == pytest.approx(b, rel=1e-12)  # of a rate per week only the last digit may move


# ------------------------------------------------------------------------------------------------- changed


def test_a_change_holds_from_the_first_session_on() -> None:
    before = person(smoking="10/day since 20; 20/day since 30; 5/day from day 100", sun="high")
    after = before.changed("Smoking", "none")
    assert after.said["exposures"] == {"smoking": "10/day since 20; 20/day since 30; 0 from day 0", "sun": "high"}
    assert before.said["exposures"]["smoking"].endswith("5/day from day 100")
    assert person().changed("sunscreen", "daily").said["exposures"] == {"sunscreen": "0; daily from day 0"}
    assert person().changed("sunscreen", "daily", from_day=30.0).said["exposures"]["sunscreen"].endswith("from day 30")


@pytest.mark.parametrize("age", [18, 18.0001, 100])
def test_a_change_can_be_said_at_any_age(age: float) -> None:
    for name in WORN:
        for was in ({}, {name: load_exposures()[name].example}):
            changed = Patient(age=age, exposures=was).changed(name, "1")  # type: ignore[arg-type]  # text is read
            again = Patient(**changed.said)
            assert again.subject() == changed.subject()
            assert levels_on(0.0, again.subject().life) != Levels() or name in ("hormone_therapy", "hydration")


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("smoking", "10 since 30", "one level"),
        ("smoking", "10; 0 from day 3", "one level"),
        ("menopause", "55", "can be changed"),
        ("smoking", "-3", "0 to 100"),
        ("smokin", "3", "smoking"),
    ],
)
def test_what_is_no_change_is_refused(name: str, value: str, accepted: str) -> None:
    with pytest.raises(InputError, match=accepted):
        person().changed(name, value)


def test_a_man_cannot_be_given_hormone_therapy_by_a_change() -> None:
    with pytest.raises(InputError, match="women only"):
        Patient(sex="male").changed("hormone_therapy", "yes")
