"""What an arm did not print is drawn: mixtures by their shares, ranges evenly, each draw as if it alone were said."""

from pathlib import Path

import numpy as np
import pytest

from neodermis.api import simulate_arm
from neodermis.api.observation import PEOPLE
from neodermis.errors import DataFileError
from neodermis.evidence import read_study
from neodermis.simulation.course import SiteCourse
from neodermis.skin.raters import RATERS

DRAWS = 12
STUDY = """
id = "own"
citation = "a trial"
design = "split-face"
species = "human"
n = 20
population = "scars"

[[arm]]
id = "needling"
protocol = "3 sessions every 30 days: pen 12 x 0.25 mm; cheek 1.5 mm, 6 passes"
rater = "blinded"
age = 30
phototype = 4
sex = "female"
concerns = {acne_scar = "goodman_baron:3"}

[arm.assumed]
basis = "not printed"
ASSUMED

[[arm.finding]]
outcome = "goodman_baron_grade"
day = 90
after_last = 30
statistic = "mean"
change = -0.4
unit = "grade"
direction = "decrease"
locator = "abstract"
"""
DEVICES = (
    'device = {shares = {"pen 12 x 0.25 mm" = 0.75, "roller 192 x 1 mm x 0.25 mm" = 0.25}, basis = "none is named"}'
)


def of(assumed: str = "", old: str = "\0", new: str = "", *, draws: int = DRAWS, findings: bool = True) -> SiteCourse:
    text = STUDY if findings else STUDY[: STUDY.index("[[arm.finding]]")]
    study = read_study(text.replace("ASSUMED", assumed).replace(old, new), "own.toml")
    course = simulate_arm(study, draws=draws, seed=3, until=320)
    assert not course.failures
    return course.sites["cheek"]


def grade(site: SiteCourse, day: float = 110.0) -> np.ndarray:
    return site.at("goodman_baron_grade", day)


def test_a_mixture_of_devices_has_each_by_its_share_and_each_draw_is_that_device_alone() -> None:
    mixed = of(DEVICES)
    of_roller = mixed.drawn["device"] == 1.0
    assert of_roller.sum() == 3 and mixed.draw_numbers == tuple(range(1, DRAWS + 1))
    pen, roller = of(), of("", "pen 12 x 0.25 mm; cheek 1.5 mm", "roller 192 x 1 mm x 0.25 mm; cheek")
    np.testing.assert_allclose(grade(mixed)[~of_roller], grade(pen)[~of_roller], rtol=1e-12)
    np.testing.assert_allclose(grade(mixed)[of_roller], grade(roller)[of_roller], rtol=1e-12)
    assert set(mixed.drawn["set_depth_mm"][of_roller]) == {1.0}
    for rows in (*mixed.values.values(), *mixed.untreated.values()):
        assert rows.shape == (DRAWS, len(mixed.time_day))
    np.testing.assert_allclose(mixed.central["goodman_baron_grade"], pen.central["goodman_baron_grade"])


def test_sessions_and_interval_take_few_values_and_each_draw_is_that_course() -> None:
    drawn = of('sessions = "1-6"\ninterval_days = "14-44"\n')
    sessions, interval = drawn.drawn["sessions"], drawn.drawn["interval_days"]
    assert {*sessions} == {2.0, 4.0, 5.0}  # the middles of 1 and 2, 3 and 4, 5 and 6
    assert {*interval} == {19.0, 29.0, 39.0}
    assert all((sessions == each).sum() == 4 for each in {*sessions})
    last = drawn.drawn["last_session_day"]
    np.testing.assert_allclose(last, (sessions - 1.0) * interval)
    k = int(np.flatnonzero(interval != 29.0)[0])
    course = f"{sessions[k]:g} sessions every {interval[k]:g} days"
    alone = of("", "3 sessions every 30 days", course, findings=False)
    # on the same days of output only: these are those of every course beside its own sessions
    day = float(np.intersect1d(drawn.time_day, alone.time_day)[-1])
    assert grade(drawn, day)[k] == pytest.approx(grade(alone, day)[k], rel=1e-9)
    # of the draws those with a third session
    assert [len(one.drawn["pain_vas"]) for one in drawn.sessions] == [
        int((sessions > number).sum()) for number in range(3)
    ]


def test_each_draw_is_of_its_own_person() -> None:
    drawn = of('age = "20-60"\nphototype = "2-5"\nconcern = "2-4"\nsmoking = "0-20"\n')
    age, kind, scar, smoking = (drawn.drawn[name] for name in ("age", "phototype", "concern", "smoking"))
    assert {*kind} == {2.0, 3.0, 4.0, 5.0} and len({*age}) == DRAWS
    for values, (low, high) in ((age, (20, 60)), (scar, (2, 4)), (smoking, (0, 20))):
        # one in each twelfth of the range
        np.testing.assert_allclose(np.sort(values), low + (high - low) * (np.arange(DRAWS) + 0.5) / DRAWS)
    start = drawn.values["goodman_baron_grade"][:, 0]
    np.testing.assert_allclose(start, scar, rtol=1e-8)
    study = STUDY.replace("ASSUMED", "")
    for old, new in (
        ("age = 30", f"age = {age[4]:.10g}"), ("phototype = 4", f"phototype = {kind[4]:.0f}"),
        ("goodman_baron:3", f"goodman_baron:{scar[4]:.10g}"),
        ("[arm.assumed]", f'exposures = {{smoking = "{smoking[4]:.10g}/day"}}\n[arm.assumed]'),
    ):  # fmt: skip
        study = study.replace(old, new, 1)
    alone = simulate_arm(read_study(study, "own.toml"), draws=DRAWS, seed=3, until=320).sites["cheek"]
    assert grade(drawn)[4] == pytest.approx(grade(alone)[4], rel=1e-9)


def test_an_anaesthetic_is_drawn_by_its_share_and_its_minutes() -> None:
    cream = 'anaesthetic = {shares = {emla = 0.75, none = 0.25}, basis = "not told"}\nanaesthetic_minutes = "15-75"\n'
    drawn, without, always = of(cream), of('anaesthetic = "none"'), of('anaesthetic = "emla"\nanaesthetic_minutes = 45')
    numbed, minutes = drawn.drawn["anaesthetic"] == 0.0, drawn.drawn["anaesthetic_minutes"]
    assert numbed.sum() == 9 and {*minutes} == {25.0, 45.0, 65.0}
    mixed, none, all_ = (site.sessions[0].drawn["pain_vas"] for site in (drawn, without, always))
    np.testing.assert_allclose(mixed[~numbed], none[~numbed])
    np.testing.assert_allclose(mixed[numbed & (minutes == 45.0)], all_[numbed & (minutes == 45.0)])
    assert (mixed[numbed & (minutes == 65.0)] < all_[numbed & (minutes == 65.0)]).all()
    np.testing.assert_allclose(grade(drawn), grade(without))  # it changes pain, not the course


def test_a_rater_is_drawn_by_its_share_for_the_observation_model() -> None:
    site = of('rater = {shares = {blinded = 0.75, unblinded = 0.25}, basis = "blinding is not told"}')
    assert sorted(RATERS[int(number)] for number in site.drawn["rater"]) == ["blinded"] * 9 + ["unblinded"] * 3
    assert "rater" not in of().drawn


def test_both_sides_have_the_same_of_what_both_leave_open() -> None:
    ranges = 'age = "20-60"\nsessions = "2-4"\ndepth_mm = "1-2"\n'
    one, other = of(ranges), of(ranges, "6 passes", "12 passes")
    for name in ("age", "sessions", "set_depth_mm"):
        np.testing.assert_array_equal(one.drawn[name], other.drawn[name])
    assert (one.drawn["passes"] == 6.0).all() and (other.drawn["passes"] == 12.0).all()


def test_no_more_members_are_solved_than_without_variants() -> None:
    told: list[tuple[int, int]] = []
    study = read_study(STUDY.replace("ASSUMED", f'{DEVICES}\nsessions = "2-4"\n'), "own.toml")
    simulate_arm(study, draws=DRAWS, seed=3, until=320, progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (1 + DRAWS + PEOPLE,) * 2


def test_the_central_course_is_that_of_the_sentence_alone() -> None:
    open_ = of(f'{DEVICES}\nsessions = "2-6"\nage = "20-60"\n', draws=1)
    assert "device" not in open_.drawn and len(open_.sessions) == 3
    said = of(draws=1)
    np.testing.assert_allclose(open_.central["goodman_baron_grade"], said.central["goodman_baron_grade"])


WRONG = {
    "a device of no catalogue": (
        'device = {shares = {"pen 12 x 0.25 mm" = 0.5, exeed = 0.5}, basis = ""}', "device", "exceed"),
    "a sentence with another device": (
        'device = {shares = {exceed = 0.5, roller_mf8 = 0.5}, basis = ""}', "device", "most probable"),
    "depths beyond the device": ('depth_mm = "1-9"', "depth_mm", "0 to 3 mm"),
    "a depth beside the sentence": ('depth_mm = "2-3"', "depth_mm", "middle of the range"),
    "more sessions than any course": ('sessions = "1-80"', "sessions", "1 to 60"),
    "sessions beside the sentence": ('sessions = "4-6"', "sessions", "middle of the range"),
    "more passes than any": ('passes = "4-60"', "passes", "0 to 40"),
    "more than anybody smokes": ('smoking = "0-190"', "smoking", "cigarettes"),
    "an anaesthetic of no catalogue": (
        'anaesthetic = {shares = {elma = 0.5, none = 0.5}, basis = ""}', "anaesthetic", "emla"),
    "an anaesthetic that nobody knows": ('anaesthetic = "elma"', "anaesthetic", "emla"),
    "an anaesthetic for a day": (
        'anaesthetic = "emla"\nanaesthetic_minutes = "60-900"', "anaesthetic_minutes", "1 to 300 minutes"),
    "a grade beyond its scale": ('concern = "2-9"', "concern", "1 to 4"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_drawn_is_named_before_anything_is_solved(what: str) -> None:
    assumed, field, told = WRONG[what]
    with pytest.raises(DataFileError) as caught:
        of(assumed)
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"own > arm needling, assumed > {field}") and told in str(caught.value)
    assert caught.value.exit_status == 2 and caught.value.next_step


def test_sessions_without_an_interval_and_a_wrong_day_after_the_last_are_named() -> None:
    with pytest.raises(DataFileError, match="interval between sessions"):
        of('sessions = "1-3"', "3 sessions every 30 days", "1 session")
    with pytest.raises(DataFileError, match="after_last"):
        of("", "after_last = 30", "after_last = 60")


def test_the_command_line_exits_with_2(tmp_path: Path) -> None:
    from tests.cli.terminal import run

    own = tmp_path / "own.toml"
    own.write_text(STUDY.replace("ASSUMED", 'sessions = "4-6"'), encoding="utf-8")
    shown = run("simulate", "--arm", str(own), "--draws", "2")
    assert shown.status == 2 and "assumed > sessions" in shown.err and "Traceback" not in shown.err
