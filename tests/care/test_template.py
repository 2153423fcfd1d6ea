"""The empty form: every field is in it, with its question, and nothing in it is an answer."""

import re
import tomllib

import pytest
from tests.care.consultations import TODAY

from neodermis.care.consultation import Consultation, Session, TreatmentRequest, example, parse_consultation
from neodermis.care.hints import form
from neodermis.care.prescription import FollowUp, Goal
from neodermis.care.suitability import screen
from neodermis.care.template import template
from neodermis.care.words import load_words
from neodermis.people.exposure import load_exposures

FORM = tomllib.loads(template())
#: Tables that the example leaves open.
OPEN = ("preferences", "clinic", "limits")
#: Tables that are comments in the empty form, since they may be left out.
MARKED = {"concern": TreatmentRequest, "goals": Goal, "follow_up": FollowUp, "session": Session}


@pytest.mark.parametrize("path", form())
def test_every_field_of_the_form_is_in_it_unknown(path: str) -> None:
    *tables, name = path.split(".")
    if tables[0] in MARKED:
        assert re.search(rf'^# {name} = "unknown"  # .+$', template(), re.MULTILINE)
        return
    table = FORM
    for one in tables:
        table = table[one]
    assert table[name] in ("unknown", [], {})


def test_the_form_has_every_field_of_every_table_and_every_exposure() -> None:
    for table, field in Consultation.model_fields.items():
        for name in getattr(MARKED.get(table) or field.annotation, "model_fields", ()):
            assert name == "exposures" or f"{table}.{name}" in form()
    assert {*FORM["patient"]["exposures"]} == {*load_exposures()}


def test_questions_stand_over_their_fields() -> None:
    lines = template().splitlines()
    for path, question in load_words().question.items():
        if path.split(".")[0] in ("history", "medication", "area"):
            at = lines.index(f"# {question}")
            assert lines[at + 1].startswith(f"{path.split('.')[1]} = ")


def test_the_form_parses_and_asks_for_everything() -> None:
    one = parse_consultation(template())
    found = screen(one, today=TODAY)
    empty = screen(parse_consultation(""), today=TODAY)
    assert found.overall == "ask"
    assert (found.unanswered, found.worth_asking) == (empty.unanswered, empty.worth_asking)


def test_a_concern_without_its_marks_is_read() -> None:
    text = template().replace("# [[concern]]", "[[concern]]").replace("# # ", "# ")
    text = text.replace('# name = "unknown"', 'name = "pores"').replace('# site = "unknown"', 'site = "cheek"', 1)
    text = text.replace('# severity = "unknown"', 'severity = "unknown"').replace("# duration_years", "duration_years")
    assert parse_consultation(text).concern[0].site == "cheek"


def test_the_example_is_filled_in_and_the_form_is_not() -> None:
    asked = {(table, name) for table, some in FORM.items() for name in some if table not in OPEN}
    filled = tomllib.loads(example())
    later = {("consent", "guardian"), ("consent", "assent")}
    later |= {("plan", name) for name in ("protocol", "first_session", "anaesthetic")}
    assert {(table, name) for table, name in asked if name not in filled.get(table, {})} == later
    assert "unknown" not in {value for some in filled.values() if isinstance(some, dict) for value in some.values()
                             if isinstance(value, str)}  # fmt: skip
