"""Helpers of the style of figures: labels stand apart, and time is told in a fitting unit."""

from itertools import pairwise

import pytest

from neodermis.report import style


@pytest.mark.parametrize(
    ("wanted", "heights"),
    [([1.0, 1.0, 1.0], [1.0, 1.0, 1.0]), ([0.0, 5.0, 5.1, 9.9], [1.0, 2.0, 1.0, 1.0]), ([9.0, 9.5, 10.0], [2.0] * 3)],
)
def test_labels_are_spread_without_overlap_and_in_order(wanted: list[float], heights: list[float]) -> None:
    places = style.spread_out(wanted, heights, 0.0, 10.0)
    ends = [(at - tall / 2, at + tall / 2) for at, tall in zip(places, heights, strict=True)]
    assert ends[0][0] >= -1e-9 and ends[-1][1] <= 10.0 + 1e-9
    assert all(one[1] <= other[0] + 1e-9 for one, other in pairwise(ends))


def test_labels_with_room_stand_where_they_belong() -> None:
    assert style.spread_out([1.0, 4.0, 8.0], [1.0, 1.0, 1.0], 0.0, 10.0) == pytest.approx([1.0, 4.0, 8.0])


@pytest.mark.parametrize(("end", "name"), [(21.0, "days"), (59.0, "days"), (90.0, "months"), (455.0, "months"),
                                           (3650.0, "years")])  # fmt: skip
def test_time_is_in_days_for_weeks_in_months_for_courses_and_in_years_for_years(end: float, name: str) -> None:
    assert style.time_unit(end)[1] == name
    with style.styled() as plt:
        figure, axes, *_ = style.sheet(plt, width=style.WIDTH, rows=[2.0])
        style.time_axis(axes[0, 0], end)
        ticks = [float(label.get_text()) for label in axes[0, 0].get_xticklabels()]
        assert axes[0, 0].get_xlabel() == f"{name} since the first session"
        assert 3 <= len(ticks) <= 16 and all(tick == int(tick) for tick in ticks)
        plt.close(figure)


def test_series_differ_in_luminance_or_in_line_style() -> None:
    from matplotlib.colors import to_rgb

    def luminance(colour: str) -> float:
        return sum(share * value for share, value in zip((0.2126, 0.7152, 0.0722), to_rgb(colour), strict=True))

    for number, one in enumerate(style.STROKES):
        for other in style.STROKES[number + 1 :]:
            assert one.dashes != other.dashes or abs(luminance(one.colour) - luminance(other.colour)) > 0.2
    assert luminance(style.BAND) - luminance(style.INK) > 0.4
