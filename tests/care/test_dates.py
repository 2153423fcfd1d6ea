"""Dates as people write them: read where they can be one day only, refused with the days they can be elsewhere."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neodermis.care.course import _start
from neodermis.dates import read_date, read_moment
from neodermis.errors import InputError

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    "text",
    ["2026-11-20", " 2026-11-20 ", "2026/11/20", "2026.11.20", "20.11.2026", "20/11/2026", "11/20/2026", "20-11-2026",
     "11-20-2026"],
)  # fmt: skip
def test_a_date_that_can_be_one_day_only_is_read(text: str) -> None:
    assert read_date(text) == DAY


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("03/04/2026", "2026-03-04 or 2026-04-03"),
        ("3-4-2026", "2026-03-04 or 2026-04-03"),
        ("20.11.26", "four digits"),
        ("11/20/26", "four digits"),
        ("11.20.2026", "day.month.year"),
        ("31/31/2026", "2026-03-31"),
        ("2026-02-30", "2026-03-31"),
        ("2026-13-01", "2026-03-31"),
        ("20.11/2026", "2026-03-31"),
        ("20 November 2026", "2026-03-31"),
        ("²0.11.2026", "2026-03-31"),
        ("", "2026-03-31"),
        ("tomorrow", "2026-03-31"),
    ],
)
def test_any_other_is_refused_with_what_is_accepted(text: str, accepted: str) -> None:
    with pytest.raises(ValueError, match=accepted):
        read_date(text)


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)))
def test_every_day_is_read_in_its_forms_and_never_as_another(day: date) -> None:
    assert read_date(day.isoformat()) == read_date(f"{day:%d.%m.%Y}") == read_date(f"{day:%Y/%m/%d}") == day
    for text in (f"{day:%d/%m/%Y}", f"{day:%m/%d/%Y}"):
        if day.day > 12 or day.day == day.month:
            assert read_date(text) == day
        else:
            with pytest.raises(ValueError, match=day.isoformat()):
                read_date(text)


def test_a_time_of_day_may_follow() -> None:
    for text in ("2027-03-01T14:30", "2027-03-01 14:30", "01.03.2027 14:30"):
        assert read_moment(text) == datetime(2027, 3, 1, 14, 30)
    assert read_moment("01.03.2027") == date(2027, 3, 1)
    for text in ("2027-03-01T14:30Z", "2027-03-01T25:00", "2027-03-01T"):
        with pytest.raises(ValueError):
            read_moment(text)


def test_the_first_session_is_read_alike() -> None:
    assert _start("20.11.2026") == _start("11/20/2026") == DAY
    with pytest.raises(InputError, match="2026-03-04 or 2026-04-03"):
        _start("03/04/2026")
