"""The frozen courses: a change of structure moves none of their numbers."""

import pytest
from tests.frozen import courses

KEPT = courses.kept()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in courses.QUICK else pytest.mark.slow) for name in courses.COURSES]
)
def test_frozen_course_does_not_move(name: str) -> None:
    apart, where = courses.farthest(courses.numbers(courses.run(name)), KEPT[name])
    assert apart <= courses.TOLERANCE, f"{where} moved by {apart:.1e}"


def test_frozen_courses_cover_what_they_are_to_guard() -> None:
    assert KEPT.keys() == courses.COURSES.keys() and len(KEPT) >= 20
    assert KEPT["failures"]["failed"][0] > 0
    assert any("/band/" in name for name in KEPT["outcomes_only"])
    assert sum(len(row) for rows in KEPT.values() for row in rows.values()) > 3000


def test_a_number_that_moves_is_seen() -> None:
    rows = KEPT["central"]
    name = next(name for name in rows if name.endswith("collagen_total"))
    moved = {**rows, name: [rows[name][0] * (1 + 1e-11), *rows[name][1:]]}
    apart, where = courses.farthest(moved, rows)
    assert where == name and apart > courses.TOLERANCE
