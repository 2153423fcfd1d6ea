"""The prescription: goals, limits, prices and follow-ups are read, or refused by one clear error."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.care.consultations import TODAY, ahead, written
from tests.care.test_consultation import LEAVES, VALUES, plain

from neodermis.care.consultation import Consultation, consultation_schema, example, parse_consultation
from neodermis.care.hints import field_hint, form
from neodermis.care.prescription import (
    FollowUp,
    Goal,
    Limits,
    read_prescription,
    write_prescription,
)
from neodermis.care.suitability import screen
from neodermis.errors import DataFileError, InputError, OutputError

SESSION = "[plan]\nfirst_session = 2026-10-01\n"
#: Concerns of the example: wrinkle at the cheek (lemperle:2), dullness at the forehead.
SCARS = """
[[concern]]
name = "acne_scar"
site = "temple"
severity = "goodman_baron:3"
[area]
scar_age_days = 4000
"""


def read(fragment: str) -> Consultation:
    """The example with a fragment added; a table that the example has is completed."""
    document = tomllib.loads(example())
    for name, table in tomllib.loads(fragment).items():
        if isinstance(table, dict) and isinstance(document.get(name), dict):
            document[name] |= table
        elif name == "concern":
            document[name] += table
        else:
            document[name] = table
    return parse_consultation(written(document), "case.toml")


def measured(lines: str, plan: str = SESSION) -> str:
    return f'{plan}[[follow_up]]\noutcome = "wrinkle_grade"\nsite = "cheek"\nvalue = 1\n{lines}\n'


#: Fragment → field of the error, and what the message names.
BAD: dict[str, tuple[str, str, list[str]]] = {
    "a goal of nothing": ("[goals]\nweight = 2", "goals[1].concern", ["exactly one of the two", "name one"]),
    "a goal of both": (
        '[goals]\nconcern = "wrinkle"\noutcome = "wrinkle_grade"', "goals[1].outcome", ["exactly one of the two"]
    ),
    "a goal misspelled": ('[goals]\nconcern = "wrinkel"', "goals[1].concern", ["'wrinkel'", "did you mean 'wrinkle'?"]),
    "a goal not of the person": (
        '[goals]\nconcern = "striae"', "goals[1].concern", ["'striae'", "wrinkle, dullness", "[[concern]]"]
    ),
    "a goal without prediction": (
        '[goals]\nconcern = "pores"\n[[concern]]\nname = "pores"\nsite = "chin"', "goals[1].concern",
        ["'pores'", "hair follicles"]
    ),
    "an outcome misspelled": (
        '[goals]\noutcome = "wrinkle_grad"', "goals[1].outcome",
        ["'wrinkle_grad'", "did you mean 'wrinkle_grade'?", "neodermis outcomes"]
    ),
    "an outcome neither better": ('[goals]\noutcome = "melanin"', "goals[1].outcome", ["'melanin'", "neither"]),
    "an outcome of a session": (
        '[goals]\noutcome = "downtime_days"', "goals[1].outcome", ["single session", "set downtime_days under [limits]"]
    ),
    "an outcome of many": ('[goals]\noutcome = "responder_share"', "goals[1].outcome", ["many patients"]),
    "an outcome not modelled": (
        '[goals]\noutcome = "pore_diameter"', "goals[1].outcome", ["'pore_diameter'", "no hair follicles"]
    ),
    "a goal at a site unknown": ('[goals]\nconcern = "wrinkle"\nsite = "elbow"', "goals[1].site", ["'elbow'"]),
    "a goal at another site": (
        '[goals]\nconcern = "wrinkle"\nsite = "forehead"', "goals[1].site", ["'forehead'", "a site of wrinkle: cheek"]
    ),
    "an outcome at another site": (
        '[goals]\noutcome = "wrinkle_grade"\nsite = "neck"', "goals[1].site", ["'neck'", "cheek, forehead"]
    ),
    "a goal at a spared site": (
        '[goals]\nconcern = "wrinkle"\n[limits]\nspare = ["cheek"]', "goals[1].concern", ["'wrinkle'", "spare = cheek"]
    ),
    "a weight of 0": ('[goals]\nconcern = "wrinkle"\nweight = 0', "goals[1].weight", ["0", "above 0 and up to 100"]),
    "a weight of 101": ('[goals]\nconcern = "wrinkle"\nweight = 101', "goals[1].weight", ["101", "up to 100"]),
    "a weight in words": ('[goals]\nconcern = "wrinkle"\nweight = "high"', "goals[1].weight", ["'high'"]),
    "a target of a concern": (
        '[goals]\nconcern = "wrinkle"\ntarget = 1', "goals[1].target", ["names a concern", "wrinkle_grade"]
    ),
    "a target beyond the scale": (
        '[goals]\noutcome = "wrinkle_grade"\ntarget = 7', "goals[1].target", ["'7'", "from 0 to 5"]
    ),
    "a target in words": ('[goals]\noutcome = "wrinkle_grade"\ntarget = "low"', "goals[1].target", ["'low'"]),
    "a target no better": (
        f'[goals]\noutcome = "goodman_baron_grade"\ntarget = 3{SCARS}', "goals[1].target",
        ["'3'", "lower than 3", "goodman_baron:3 of acne_scar at temple", "lower is better"]
    ),
    "the same goal twice": (
        '[[goals]]\nconcern = "wrinkle"\n[[goals]]\nconcern = "Fine lines"\nsite = "cheek"', "goals[2].concern",
        ["'wrinkle'", "goals[1] is the same"]
    ),
    "a field of a goal misspelled": (
        '[goals]\nconcern = "wrinkle"\nwieght = 2', "goals[1].wieght", ["wieght", "did you mean 'weight'?"]
    ),
    "goals no table": ("goals = 3", "goals", ["3", "a list"]),
    "too many goals": ('[[goals]]\nconcern = "wrinkle"\n' * 21, "goals", ["at most 20"]),
    "a limit misspelled": ("[limits]\npain = 3\npian_vas = 3", "limits.pain", ["in [limits]"]),
    "downtime of 61 days": ("[limits]\ndowntime_days = 61", "limits.downtime_days", ["61", "0 to 60"]),
    "half a visit": ("[limits]\nvisits = 1.5", "limits.visits", ["1.5", "whole"]),
    "a budget below 0": ("[limits]\nbudget = -5", "limits.budget", ["-5", "0 to 1e+06"]),
    "an event in words": ('[limits]\nevent = "May"', "limits.event", ["'May'", "2026-03-31"]),
    "an event in the past": ("[limits]\nevent = 2026-11-19", "limits.event", ["2026-11-19", "from 2026-11-20"]),
    "pain of 11": ("[limits]\npain_vas = 11", "limits.pain_vas", ["11", "0 to 10"]),
    "a session of 4 minutes": ("[limits]\nminutes = 4", "limits.minutes", ["4", "5 to 480"]),
    "a probability of 0": ("[limits]\npih_probability = 0", "limits.pih_probability", ["0", "above 0 and up to 1"]),
    "a risk in per cent": ("[limits]\nscarring_risk = 5", "limits.scarring_risk", ["5", "up to 1"]),
    "13 sessions": ("[limits]\nsessions = 13", "limits.sessions", ["13", "1 to 12"]),
    "an interval of a day": ("[limits]\ninterval_days = 1", "limits.interval_days", ["1", "7 to 365"]),
    "an interval reversed": ("[limits]\ninterval_days = [42, 28]", "limits.interval_days", ["[42, 28]", "shortest"]),
    "an interval of three": ("[limits]\ninterval_days = [28, 35, 42]", "limits.interval_days", ["[28, 35, 42]"]),
    "a depth of 0": ("[limits]\ndepth_mm = 0", "limits.depth_mm", ["0", "above 0 and up to 3"]),
    "a depth of 4 mm": ("[limits]\ndepth_mm = {cheek = 4}", "limits.depth_mm", ["{'cheek': 4}", "up to 3"]),
    "a depth twice": ("[limits]\ndepth_mm = {cheek = 1, Cheek = 2}", "limits.depth_mm", ["each once"]),
    "a depth at a site unknown": (
        "[limits]\ndepth_mm = {foreheed = 1}", "limits.depth_mm", ["'foreheed'", "did you mean 'forehead'"]
    ),
    "a depth at another site": ("[limits]\ndepth_mm = {neck = 1}", "limits.depth_mm", ["'neck'", "cheek, forehead"]),
    "a device unknown": ('[limits]\ndevices = ["exced"]', "limits.devices", ["'exced'", "did you mean 'exceed'?"]),
    "a device not at hand": (
        '[limits]\ndevices = ["skinstylus"]', "limits.devices", ["'skinstylus'", "dermapen_4", "[clinic] devices"]
    ),
    "devices no list": ('[limits]\ndevices = "exceed"', "limits.devices", ["'exceed'", "a list"]),
    "another site spared": ('[limits]\nspare = ["neck"]', "limits.spare", ["'neck'", "cheek, forehead"]),
    "a spared site unknown": ('[limits]\nspare = ["elbow"]', "limits.spare", ["'elbow'"]),
    "every site spared": ('[limits]\nspare = ["forehead", "cheek"]', "limits.spare", ["all but one", "plan no treat"]),
    "limits no table": ("limits = 3", "limits", ["3", "a table"]),
    "a price of no device": (
        "[clinic]\nprices = {exced = 200}", "clinic.prices.exced", ["200", "session, or a device", "'exceed'"]
    ),
    "a price below 0": ("[clinic]\nprices = {session = -1}", "clinic.prices.session", ["-1", "0 to 100000"]),
    "a price twice": ("[clinic]\nprices = {exceed = 2, Exceed = 3}", "clinic.prices.Exceed", ["one price"]),
    "prices no table": ("[clinic]\nprices = 200", "clinic.prices", ["200", "a table of names and values"]),
    "a follow-up of nothing": ("[[follow_up]]\nvalue = 1\nday = 3", "follow_up[1].outcome", ["required", "add it"]),
    "a follow-up without value": (
        '[[follow_up]]\noutcome = "wrinkle_grade"\nday = 3', "follow_up[1].value", ["required"]
    ),
    "a value unknown": (measured("").replace("= 1", '= "unknown"'), "follow_up[1].value", ["'unknown'", "a number"]),
    "a follow-up misspelled": (
        measured("day = 3").replace("_grade", "_grad"), "follow_up[1].outcome", ["did you mean 'wrinkle_grade'?"]
    ),
    "a follow-up of a session": (
        measured("day = 3").replace("wrinkle_grade", "pain_vas"), "follow_up[1].outcome", ["single session"]
    ),
    "a value off the scale": (measured("day = 3").replace("= 1", "= 9"), "follow_up[1].value", ["'9'", "0 to 5"]),
    "no day": (measured(""), "follow_up[1].day", ["exactly one of the two", "give one"]),
    "a day and a date": (
        measured("day = 3\ndate = 2026-10-20"), "follow_up[1].date", ["exactly one of the two", "leave one out"]
    ),
    "day 0": (measured("day = 0"), "follow_up[1].day", ["0", "above 0"]),
    "a date without first session": (
        measured("date = 2026-10-20", plan=""), "follow_up[1].date", ["first_session under [plan]"]
    ),
    "a date before the first session": (
        measured("date = 2026-09-20"), "follow_up[1].date", ["2026-09-20", "follow-up before the first session"]
    ),
    "a date to come": (measured("date = 2026-11-21"), "follow_up[1].date", ["2026-11-21", "up to 2026-11-20"]),
    "a day to come": (measured("day = 51"), "follow_up[1].day", ["'51'", "up to 2026-11-20", "2026-10-01"]),
    "a follow-up without site": (
        measured("day = 3").replace('site = "cheek"', "").replace("wrinkle_grade", "cutometer_r7"),
        "follow_up[1].site",
        ["cheek, forehead", "give the site"],
    ),
    "a follow-up elsewhere": (measured("day = 3").replace('"cheek"', '"neck"'), "follow_up[1].site", ["'neck'"]),
    "a rater unknown": (
        measured('day = 3\nrater = "nurse"'), "follow_up[1].rater", ["'nurse'", "instrument, blinded, unblinded, self"]
    ),
    "a rater of another outcome": (
        measured('day = 3\nrater = "instrument"'), "follow_up[1].rater",
        ["'instrument'", "blinded, unblinded, self for wrinkle_grade"]
    ),
    "a follow-up twice": (
        measured("day = 19") + measured("date = 2026-10-20", plan=""), "follow_up[2].outcome",
        ["follow_up[1] is the same"]
    ),
    "the first session in words": ('[plan]\nfirst_session = "soon"', "plan.first_session", ["'soon'"]),
}  # fmt: skip


def test_there_are_many_bad_fragments() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize(("fragment", "field", "names"), BAD.values(), ids=BAD)
def test_a_bad_fragment_is_answered_by_one_clear_error(fragment: str, field: str, names: list[str]) -> None:
    with pytest.raises(InputError) as raised:
        screen(read(fragment), today=TODAY)
    error = raised.value
    assert error.field == field and error.exit_status == 2
    assert all(name in str(error) for name in names), str(error)
    assert error.accepted and error.whose and error.next_step
    assert "Input should" not in str(error) and len(str(error)) < 900


# ------------------------------------------------------------------------------------------------- what is read


def test_names_are_read_as_ids_and_one_table_as_a_list() -> None:
    one = read('[goals]\nconcern = "Fine lines"\nsite = " Cheek "')
    assert one.goals == [Goal(concern="wrinkle", site="cheek")] and one.goals[0].weight == 1.0
    two = read('[[goals]]\noutcome = "Wrinkle grade"\ntarget = 1\n[[goals]]\nconcern = "dullness"\nweight = 0.25')
    assert two.goals == [Goal(outcome="wrinkle_grade", target=1.0), Goal(concern="dullness", weight=0.25)]
    assert read(f'[goals]\noutcome = "goodman_baron_score"\ntarget = 10{SCARS}').goals[0].target == 10.0
    assert not read("").goals and read("").limits == Limits()


def test_limits_take_numbers_lists_tables_and_unknown() -> None:
    one = read(
        '[limits]\ninterval_days = 30\ndepth_mm = {Cheek = 1.5}\ndevices = ["Exceed", "exceed"]\nspare = ["forehead"]\n'
        'pain_vas = "unknown"\nsessions = 3'
    ).limits
    assert one.interval_days == (30.0, 30.0) and one.pain_vas is None and one.sessions == 3.0
    assert one.devices == ("exceed",) and one.spare == ("forehead",)
    assert (one.depth_at("cheek"), one.depth_at("forehead")) == (1.5, None)
    assert read("[limits]\ndepth_mm = 1\ninterval_days = [28, 42]").limits.depth_at("forehead") == 1.0


def test_a_kind_of_device_at_hand_stands_for_its_devices() -> None:
    assert read('[limits]\ndevices = ["skinstylus"]\n[clinic]\ndevices = ["pen"]').limits.devices == ("skinstylus",)


def test_the_stricter_of_limits_and_preferences_counts() -> None:
    one = read(
        "[preferences]\ndowntime_days = 3\nvisits = 4\nbudget = 500\nevent = 2027-05-01\n"
        "[limits]\ndowntime_days = 2\nvisits = 6\nevent = 2027-03-01\npain_vas = 5"
    )
    found = one.effective_limits
    assert (found.downtime_days, found.visits, found.budget, found.pain_vas) == (2.0, 4.0, 500.0, 5.0)
    assert found.event == date(2027, 3, 1)
    assert one.limits.budget is None
    assert read("").effective_limits == Limits(downtime_days=3.0, visits=4.0)


def test_a_price_is_that_of_the_device_else_of_any_session() -> None:
    clinic = read('[clinic]\nprices = {session = 200, "Exceed" = 250, dermapen_4 = "unknown"}').clinic
    assert (clinic.price_of("exceed"), clinic.price_of("dermapen_4")) == (250.0, 200.0)
    assert read("").clinic.price_of("exceed") is None
    assert read("[clinic]\nprices = {exceed = 0, session = 9}").clinic.price_of("exceed") == 0.0


def test_follow_ups_have_a_day_a_site_and_a_rater() -> None:
    one = read(measured("date = 2026-10-20") + measured('day = 40\nrater = "self"', plan=""))
    assert [(each.day, each.site, each.rater) for each in one.measured] == [
        (19.0, "cheek", "blinded"), (40.0, "cheek", "self"),
    ]  # fmt: skip
    assert one.follow_up[0].day is None
    alone = parse_consultation(
        '[[concern]]\nname = "thin_skin"\nsite = "Neck"\n'
        '[follow_up]\noutcome = "dermal_thickness"\nvalue = 1.4\nday = 30'
    )
    assert alone.measured == (
        FollowUp(outcome="dermal_thickness", value=1.4, day=30.0, site="neck", rater="instrument"),
    )


def test_a_measurement_of_today_and_a_course_to_come_are_read() -> None:
    screen(read(measured("day = 50")), today=TODAY)
    screen(read(measured("date = 2026-11-20")), today=TODAY)
    screen(read("[plan]\nfirst_session = 2030-01-01"), today=TODAY)
    screen(read(f"[limits]\nevent = {ahead(0)}"), today=TODAY)


def test_a_prescription_is_no_answer_and_changes_no_verdict() -> None:
    full = read(
        measured("day = 3") + '[goals]\nconcern = "wrinkle"\n[limits]\npain_vas = 1\n[clinic]\nprices = {session = 1}'
    )
    assert full.answers() == read("").answers()
    one, two = screen(full, today=TODAY), screen(read(""), today=TODAY)
    assert (one.overall, one.findings) == (two.overall, two.findings)


# ------------------------------------------------------------------------------------------------- example and form


def test_the_commented_tables_of_the_example_are_read() -> None:
    head, tail = example().split("# What the course is to improve", 1)
    tables = tail.split("# Completed on the day", 1)[0]
    found = re.sub(r"^# (?=\[|\w+ = )", "", "# " + tables, flags=re.MULTILINE)
    one = parse_consultation(head + found.replace("# [[goals]]", "[[goals]]"))
    assert len(one.goals) == 2 and len(one.follow_up) == 1
    left_out = {name for name, value in one.limits if value in (None, ())}
    assert not left_out
    assert screen(one, today=TODAY).overall == "adapt"


def test_the_schema_describes_the_tables() -> None:
    schema = consultation_schema()
    assert {"Goal", "Limits", "FollowUp"} <= {*schema["$defs"]}
    assert schema["$defs"]["Goal"]["properties"]["weight"]["description"].startswith("How much does this goal count")
    assert schema["properties"]["goals"]["maxItems"] == 20


def test_words_of_other_tables_are_not_answered_by_a_goal() -> None:
    assert "goals" not in field_hint("weight", ("age",)) and "follow_up" not in field_hint("value", ("age",))
    assert field_hint("pih_probability", ("visits",)) == "for pih_probability use limits.pih_probability"
    assert field_hint("downtime_days", ("age",)) == "for downtime_days use preferences.downtime_days"
    assert {"goals.target", "limits.spare", "follow_up.rater", "clinic.prices"} <= {*form()}


# ------------------------------------------------------------------------------------------------- a file of its own

GOALS = [
    Goal(concern="acne_scar", site="cheek", weight=0.1 + 0.2),
    Goal(outcome="vss", target=2.5),
    Goal(outcome="tewl"),
]
LIMITS = Limits(
    downtime_days=2.0, visits=3.0, budget=1e6, event=date(2027, 1, 31), pain_vas=4.5, minutes=45.0,
    pih_probability=1e-7, scarring_risk=1 / 3, sessions=4.0, interval_days=(28.0, 42.5),
    depth_mm={"cheek": 1.5, "neck": 0.5}, devices=("exceed", "skinpen_precision"), spare=("nose_tip",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("goals", "limits"),
    [(GOALS, LIMITS), ([], Limits()), ([], Limits(depth_mm=0.5, interval_days=(30.0, 30.0))), (GOALS[1:], Limits())],
)
def test_what_is_written_is_read_back_exactly(tmp_path: Path, goals: list[Goal], limits: Limits) -> None:
    path = tmp_path / "wanted.toml"
    path.write_text("old", "utf-8")
    write_prescription(goals, limits, path)
    assert read_prescription(path) == (goals, limits)
    assert [one.name for one in tmp_path.iterdir()] == ["wanted.toml"]


def test_a_file_of_its_own_is_checked_alone_and_against_a_consultation(tmp_path: Path) -> None:
    path = tmp_path / "wanted.toml"
    path.write_text('[goals]\nconcern = "striae"', "utf-8")
    assert read_prescription(path)[0] == [Goal(concern="striae")]
    with pytest.raises(DataFileError, match=r"wanted\.toml > goals\[1\] > concern"):
        read_prescription(path, read(""))
    for text, names in [
        ("[patient]\nage = 40", "at the top of the file"), ("[limits]\nvisits = 0", "1 to 60"), ("[limits", "syntax"),
        ('[limits]\nspare = ["elbow"]', "elbow"), ('[goals]\noutcome = "sebum"', "sebaceous"),
    ]:  # fmt: skip
        path.write_text(text, "utf-8")
        with pytest.raises(DataFileError, match=names):
            read_prescription(path)


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "wanted.toml"
    with pytest.raises(DataFileError, match="unicorn"):
        write_prescription([Goal(concern="unicorn")], Limits(), path)
    assert not path.exists()
    with pytest.raises(OutputError):
        write_prescription([], Limits(), tmp_path / "none" / "wanted.toml")


# ------------------------------------------------------------------------------------------------- anything at all

KNOWN = st.sampled_from([
    "wrinkle", "dullness", "cheek", "forehead", "lower_eyelid_inside_rim", "wrinkle_grade", "tewl", "exceed", "blinded",
    1, 2.5, 30, date(2026, 10, 20), date(9999, 12, 31),
])  # fmt: skip
ANY = KNOWN | VALUES | st.lists(KNOWN | LEAVES, max_size=3)


def table(model: type[Goal] | type[Limits] | type[FollowUp]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from([*model.model_fields, "nothing"]), ANY, max_size=5)


@settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    goals=st.lists(table(Goal), max_size=3) | table(Goal) | ANY,
    limits=table(Limits),
    follow_up=st.lists(table(FollowUp), max_size=3),
    prices=ANY,
    first=KNOWN,
)
def test_anything_is_read_or_refused(goals: Any, limits: Any, follow_up: Any, prices: Any, first: Any) -> None:
    document = tomllib.loads(example()) | {
        "goals": plain(goals), "limits": plain(limits), "follow_up": plain(follow_up),
    }  # fmt: skip
    document["clinic"]["prices"], document["plan"]["first_session"] = plain(prices), plain(first)
    try:
        one = parse_consultation(written(document))
        assert one.effective_limits and len(one.measured) == len(one.follow_up)
        screen(one, today=TODAY)
    except InputError as error:
        assert error.accepted
