"""The first lines of a course: physically possible numbers, harm beside benefit, and what cannot be answered first."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neodermis
from neodermis import report
from neodermis.skin.outcomes import OUTCOMES
from neodermis.wording import percent_text

NUMBER = r"[-+]?\d+(?:\.\d+)?"
#: What a line says → the range of each of its numbers.
RANGES: list[tuple[str, float, float]] = [
    (rf"({NUMBER}) %(?: \(90 % credible interval ({NUMBER}) to ({NUMBER})\))? of that gain remains", 0.0, 100.0),
    (rf"(?:[Ii]n|scar: in|than) (?:the )?({NUMBER}) % of (?:the draws|people)", 0.0, 100.0),
    (rf"({NUMBER}) (?:minutes|hours)(?: \(90 % credible interval ({NUMBER}) to ({NUMBER})\))?", 0.0, 1e4),
    (rf"on day ({NUMBER})(?: \(90 % credible interval ({NUMBER}) to ({NUMBER})\))?", 0.0, 4000.0),
    (rf"at ({NUMBER}) %(?: \(90 % credible interval ({NUMBER}) to ({NUMBER})\))? in papillary", -100.0, 1000.0),
]
SCALE = re.compile(rf"^(.+?) \(({NUMBER}) to ({NUMBER})\): (.*?) after the last session", re.DOTALL)


def check(lines: list[str]) -> None:
    for line in lines:
        assert not re.search(r"\d[eE][-+]?\d|nan|inf\b", line.replace("inflammation", "")), line
        for pattern, low, high in RANGES:
            for match in re.finditer(pattern, line):
                for number in filter(None, match.groups()):
                    assert low <= float(number) <= high, line
        scale = SCALE.match(line)
        if scale:
            low, high = float(scale[2]), float(scale[3])
            told = re.sub(r"\b(?:90 % credible interval|\d+ days)", "", scale[4])
            for number in re.findall(NUMBER, told):
                assert low <= float(number) <= high, line


CONCERNS = [
    {}, {"melasma": "mmasi:12"}, {"acne_scar": "goodman_baron:3"}, {"acne_scar": "ecca:60"}, {"striae": "0.5"},
    {"burn_scar": "vss:7"}, {"wrinkle": "lemperle:3"}, {"uneven_tone": "0.4"}, {"laxity": "alexiades:2"},
    {"pores": "0.5"}, {"dullness": "0.5"}, {"photodamage": "glogau:3"}, {"thin_skin": "0.3"},
]  # fmt: skip


@st.composite
def weak(draw: Any) -> tuple[str, dict[str, Any]]:
    """A course that does little: home rollers, short needles, few passes."""
    device, depth = draw(st.sampled_from([("home_roller", 0.2), ("home_roller", 0.3), ("exceed", 0.0), ("exceed", 0.1),
                                          ("exceed", 0.25), ("exceed", 0.5), ("dermapen_4", 0.3), ("roller_cit8", 0.5),
                                          ("exceed", 0.8)]))  # fmt: skip
    passes, sessions = draw(st.integers(0, 4)), draw(st.integers(1, 8))
    interval = draw(st.sampled_from([1, 7, 14, 28, 42]))
    often = f"{sessions} sessions every {interval} days" if sessions > 1 else "1 session"
    site = draw(st.sampled_from(["cheek", "periorbital", "abdomen"]))
    who = {
        "age": draw(st.integers(18, 80)), "sex": draw(st.sampled_from(["female", "male"])),
        "phototype": draw(st.integers(1, 6)), "concerns": draw(st.sampled_from(CONCERNS)),
    }  # fmt: skip
    return f"{often}: {device}; {site} {depth} mm, {passes} passes", who


@settings(max_examples=25, deadline=None)
@given(weak())
def test_no_headline_number_is_outside_its_physical_range(case: tuple[str, dict[str, Any]]) -> None:
    sentence, who = case
    check(report.sentences(neodermis.simulate(sentence, draws=24, beyond_limits=True, **who)))


def test_a_ratio_to_almost_no_gain_is_not_told() -> None:
    course = neodermis.simulate(
        "4 sessions every 30 days: exceed; cheek 0.5 mm, 4 passes",
        age=38,
        phototype=5,
        concerns={"melasma": "mmasi:12"},
    )
    lines = report.sentences(course)
    check(lines)
    left = [line for line in lines if "of that gain remains" in line]
    assert left and all("of the draws with a gain that matters" in line for line in left)
    (site,) = course.sites.values()
    top = site.gain().max(axis=1)
    matters = top >= OUTCOMES["collagen_papillary"].smallest_change
    assert 0 < matters.sum() < len(matters)
    kept = site.left(180.0)
    assert kept is not None and 0.0 <= kept.lower90 <= kept.upper90 <= 1.0


def test_without_a_gain_that_matters_nothing_is_left_of_it() -> None:
    site = neodermis.simulate("1 session: home_roller; cheek 0.2 mm, 1 pass", draws=12).sites["cheek"]
    assert site.left(180.0) is None


DEEP = "6 sessions every 14 days: dermapen_4; cheek 2.5 mm, 10 passes"


def deep(**who: Any) -> Any:
    return neodermis.simulate(DEEP, beyond_limits=True, concerns={"acne_scar": "goodman_baron:3"}, **who).sites["cheek"]


def test_a_scar_is_never_an_improvement() -> None:
    site = deep(draws=60, people=40)
    assert 0.1 < site.scarring_risk <= 1.0 and site.scarring_risk == site.scarred.mean()
    # a scar forms over weeks, in which the skin may still be better than before: it is read at the end
    for name in ("goodman_baron_grade", "scar_severity", "wrinkle_grade", "roughness_ra"):
        scarred = site.values[name][site.scarred]
        assert (scarred[:, -1] > scarred[:, 0]).all(), name
    assert not site.improved("goodman_baron_grade", site.last_session_day + 60.0)[site.scarred].any()
    for name in ("cutometer_r2", "dermal_density"):
        scarred = site.values[name][site.scarred]
        assert (scarred[:, -1] < scarred[:, 0]).all(), name
    share = site.responders("goodman_baron_grade", site.last_session_day + 60.0)
    assert share is not None and share <= 1.0 - site.people_scarred.mean()


def test_a_short_course_hides_no_scar() -> None:
    """Whether a course ends in a scar does not depend on how long somebody looks."""
    long, short = deep(draws=40), deep(draws=40, until=71.0)
    np.testing.assert_array_equal(long.scarred, short.scarred)
    day = 70.0  # of the last session, which both courses have
    for name in ("goodman_baron_grade", "collagen_papillary"):
        np.testing.assert_allclose(long.at(name, day), short.at(name, day), rtol=2e-3)


def test_deeper_is_not_simply_better() -> None:
    """The line says who improves without a scar, and the scars themselves stand beside it."""
    course = neodermis.simulate(DEEP, beyond_limits=True, concerns={"acne_scar": "goodman_baron:3"})
    lines = report.sentences(course)
    (site,) = course.sites.values()
    share = site.improved("goodman_baron_grade", site.last_session_day + 60.0).mean()
    assert f"without a scar: in {percent_text(float(share))} of the draws." in " ".join(lines)
    assert any(line.startswith("Scarring:") for line in lines[:5])


@pytest.mark.parametrize("concern", ["pores", "oily_skin", "dark_circles", "hair_loss"])
def test_what_cannot_be_answered_is_said_first(concern: str) -> None:
    lines = report.sentences(
        neodermis.simulate(
            "3 sessions every 30 days: exceed; cheek 1.0 mm, 6 passes", draws=8, concerns={concern: "present"}
        )
    )
    assert lines[0].startswith("This version cannot predict") and "Published:" in lines[0]
    assert not any("Wrinkle" in line or "wrinkle" in line for line in lines)


FOUR = "4 sessions every 30 days: exceed; cheek 0.5 mm, 4 passes"


def test_melasma_comes_back_in_the_headline() -> None:
    lines = report.sentences(neodermis.simulate(FOUR, draws=40, phototype=4, concerns={"melasma": "mmasi:12"}))
    assert lines[0].startswith("mMASI") and "365 days after" in lines[0] and lines[1].startswith("Relapse:")


def test_only_an_improvement_can_relapse() -> None:
    """Stimulated melanocytes of a dark skin darken melasma for weeks: its fading is no relapse."""
    course = neodermis.simulate(
        FOUR.replace("0.5 mm", "1.5 mm"), draws=40, phototype=6, concerns={"melasma": "mmasi:12"}
    )
    site = course.sites["cheek"]
    assert np.median(site.at("mmasi", site.last_session_day + 60.0)) > np.median(site.values["mmasi"][:, 0])
    assert "Relapse" not in " ".join(report.sentences(course))


def test_stretch_marks_are_told_by_direction_only() -> None:
    course = neodermis.simulate(
        "4 sessions every 30 days: exceed; abdomen 1.5 mm, 6 passes", draws=24, concerns={"striae": "0.5"}
    )
    lines = report.sentences(course)
    assert "direction only" in lines[0] and "Improvement" not in " ".join(lines)
    rows = {row[0]: row for row in report.measure_table(course, course.sites["abdomen"])[1]}
    assert rows[OUTCOMES["scar_severity"].label][1] == "direction only"
    entry = report.document(course)["outcomes"]["scar_severity"]
    assert "direction_only" in entry


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (0.004, "less than 1 %"), (0.1, "10 %"), (0.996, "more than 99 %"), (1.0, "100 %")],
)
def test_shares_are_written_without_exponents(share: float, text: str) -> None:
    assert percent_text(share) == text
