"""Published results nearest to a protocol: alike first, none kept for validation, what was not printed said."""

import pytest

import neodermis as nd
from neodermis.api.inputs import read
from neodermis.evidence import load_study
from neodermis.people.concern import answering
from neodermis.report.blocks import Figure, Paragraph, Table
from neodermis.report.nearest import nearest_blocks
from neodermis.studies.nearest import nearest

SCARS = answering({"acne_scar": "goodman_baron:3"})


@pytest.mark.parametrize("most", [1, 4, 50])
def test_the_nearest_come_first_and_each_arm_once(most: int) -> None:
    found = nearest(SCARS, read("4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"), most)
    assert 0 < len(found) <= most
    assert [one.distance for one in found] == sorted(one.distance for one in found)
    assert len({(one.study, one.arm) for one in found}) == len(found)
    for one in found:
        study = load_study(one.study)
        assert study.role == "fit" and study.species == "human"
        assert one.outcome in SCARS and -1.0 <= one.change < 5.0


def test_the_protocol_of_a_study_is_nearest_to_itself() -> None:
    whole = nearest(SCARS, read("3 sessions every 30 days: dermapen_4; cheek 2 mm, 6 passes"), 50)
    for one in whole[:5]:
        again = nearest(SCARS, read(one.protocol), 50)
        assert next(each for each in again if (each.study, each.arm) == (one.study, one.arm)).distance == 0.0


def test_deeper_or_more_sessions_are_farther() -> None:
    def distance(protocol: str) -> float:
        found = nearest(SCARS, read(protocol), 50)
        return next(one.distance for one in found if one.study == "afra-2018")

    base = distance("4 sessions every 4 weeks: roller_mf8; cheek 1.5 mm, 8 passes")
    assert base == 0.0
    assert distance("8 sessions every 4 weeks: roller_mf8; cheek 1.5 mm, 8 passes") > base
    assert distance("4 sessions every 4 weeks: exceed; cheek 1.5 mm, 8 passes") > base
    assert distance("4 sessions every 4 weeks: exceed; cheek 0.5 mm, 8 passes") > distance(
        "4 sessions every 4 weeks: exceed; cheek 1 mm, 8 passes"
    )


def test_a_protocol_without_needles_has_no_neighbour() -> None:
    assert nearest(SCARS, read("4 sessions every 30 days: exceed; cheek 0 mm, 6 passes")) == ()


def test_the_blocks_name_each_study_with_what_was_assumed_of_it() -> None:
    course = nd.simulate(
        "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes", draws=5, concerns={"acne_scar": "goodman_baron:3"}
    )
    figure, table = nearest_blocks(course)
    assert isinstance(figure, Figure) and isinstance(table, Table)
    shown = nearest(SCARS, course.protocol)
    assert [row[0] for row in table.rows] == [f"{one.study}, {one.arm}" for one in shown]
    for row, one in zip(table.rows, shown, strict=True):
        assert ("assumed" in row[1]) == bool(one.assumed)
    drawn = figure.draw()
    assert len(drawn.axes[0].get_yticks()) == len(shown) + 2


def test_an_outcome_that_no_study_reports_is_said() -> None:
    course = nd.simulate("1 session: exceed; cheek 1 mm, 4 passes", draws=3, concerns={"wrinkle": "lemperle:3"})
    found = [*nearest_blocks(course)]
    assert all(isinstance(block, Paragraph) and "No published study" in block.text for block in found)
