"""Skin by age, and what exposures do: which way each goes, what is off, what a change adds."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.cli.terminal import SHORT

import neodermis as nd
from neodermis.api import QUANTITIES, Comparison, Decades
from neodermis.api.comparison import MOST_CHANGES, PARTS
from neodermis.api.untreated import MOST_AGES
from neodermis.errors import InputError
from neodermis.evidence import load_parameters
from neodermis.people import load_exposures

AGES = (25, 35, 45, 55, 65, 75, 85)


def central(*, ages: Any = AGES, **who: Any) -> Decades:
    return nd.skin_by_age(ages, draws=1, **who)


# ------------------------------------------------------------------------------------------------- by age


@pytest.mark.parametrize("sex", ["female", "male"])
@pytest.mark.parametrize("site", ["cheek", "forehead", "face", "buttock"])
def test_collagen_falls_with_every_decade(sex: str, site: str) -> None:
    found = central(sex=sex, site=site)
    assert set(found.central) == set(QUANTITIES)
    for name in ("collagen_total", "collagen_papillary", "dermal_thickness", "synthesis_1"):
        assert (np.diff(found.central[name]) < 0).all(), name
    elastin = found.central["elastin"]
    assert (np.diff(elastin) <= 0).all() and elastin[0] == 1 > elastin[-1]
    assert (np.diff(found.central["epidermal_turnover"]) >= 0).all()
    assert all(np.isfinite(values).all() and (values >= 0).all() for values in found.central.values())


def test_women_fall_behind_men_after_menopause_and_not_before() -> None:
    women, men = (central(ages=(30, 50, 52, 60, 70), sex=sex).central["collagen_total"] for sex in ("female", "male"))
    ratio = women / men
    np.testing.assert_allclose(ratio[1], ratio[0], rtol=1e-9)
    assert (np.diff(ratio[1:]) < 0).all()
    kept = central(ages=(70,), exposures={"hormone_therapy": "yes since 51"}).central["collagen_total"]
    late = central(ages=(70,), exposures={"menopause": "60"}).central["collagen_total"]
    assert women[-1] < late[0] < kept[0]
    never = central(ages=(70,), exposures={"menopause": "none"}).central["collagen_total"]
    np.testing.assert_allclose(kept, never, rtol=1e-3)


LOWER = [
    {"smoking": "20/day"}, {"sun": "high"}, {"sun": "moderate"}, {"steroid": "daily since 20"},
    {"smoking": "20/day since 30", "sun": "high"},
]  # fmt: skip


@pytest.mark.parametrize("exposures", LOWER, ids=str)
def test_exposures_lower_collagen_and_more_so_with_the_years(exposures: dict[str, str]) -> None:
    plain, exposed = central(), central(exposures=exposures)
    ratio = exposed.central["collagen_papillary"] / plain.central["collagen_papillary"]
    assert (ratio <= 1).all() and (np.diff(ratio[:4]) < 1e-9).all() and ratio[-1] < min(ratio[0], 0.99)


def test_more_is_worse_and_less_since_is_better() -> None:
    for name, levels in (
        ("smoking", ["0", "5/day", "10/day", "20/day", "20/day; 0 from day -3650"]),
        ("sun", ["none", "low", "moderate", "high"]),
    ):
        values = [
            float(central(ages=(60,), exposures={name: level}).central["collagen_papillary"][0]) for level in levels
        ]
        assert all(a > b for a, b in pairwise(values[:4]))
        if len(values) > 4:
            assert values[3] < values[4] < values[0]
    covered, bare = (central(ages=(60,), site=s, exposures={"sun": "high"}) for s in ("buttock", "cheek"))
    assert covered.central["fragmented"][0] == 0 < bare.central["fragmented"][0]
    screened = central(ages=(60,), exposures={"sun": "high", "sunscreen": "daily since 18"})
    assert 0 < screened.central["fragmented"][0] < bare.central["fragmented"][0]


def test_bands_of_draws_and_of_people() -> None:
    found = nd.skin_by_age((30, 60), draws=60, people=40, seed=2)
    for name in QUANTITIES:
        assert found.values[name].shape == (2, 60) and found.people[name].shape == (2, 40)
    here = found.interval("collagen_total", 60)
    assert here.lower90 < here.median < here.upper90
    assert np.ptp(found.people["collagen_total"][0]) > 0
    over = found.interval("collagen_total", 60, over=30)
    assert over.upper90 < 1, "every draw falls"
    more = nd.skin_by_age((30, 60), draws=80, seed=2)
    for name in QUANTITIES:
        np.testing.assert_array_equal(more.values[name][:, :60], found.values[name])
        np.testing.assert_array_equal(more.central[name], found.central[name])


def test_what_is_given_since_an_age_had_not_begun_before_it() -> None:
    found = central(ages=(25, 29.9, 50), exposures={"smoking": "20/day since 30; 0 since 40", "sun": "low since 50"})
    plain = central(ages=(25, 29.9, 50))
    for name in QUANTITIES:
        np.testing.assert_array_equal(found.central[name][:2], plain.central[name][:2])
    assert found.central["collagen_total"][2] < plain.central["collagen_total"][2]
    assert found.patient.said["exposures"] == {"smoking": "20/day since 30; 0 since 40", "sun": "low since 50"}
    with pytest.raises(InputError, match="since"):
        central(ages=(25, 29), exposures={"smoking": "20/day since 30"})


def test_ages_are_read_sorted_and_once() -> None:
    assert central(ages=("60 years", 30, "30", 30.0)).ages == (30.0, 60.0)
    for wrong in (17.9, "x", 101, "", float("nan")):
        with pytest.raises(InputError, match="ages"):
            central(ages=(45, wrong))
    with pytest.raises(InputError, match=f"1 to {MOST_AGES} ages"):
        central(ages=())
    with pytest.raises(InputError, match=f"1 to {MOST_AGES} ages"):
        central(ages=np.linspace(20, 90, MOST_AGES + 1))
    with pytest.raises(InputError, match="10000") as told:
        central(people=10_001)
    assert "outcomes_only" not in str(told.value)  # skin at rest has no such option


def test_skin_that_cannot_rest_is_told() -> None:
    shipped = load_parameters()
    short = replace(shipped["mature_renewal_time"], value=6.0)
    with pytest.raises(InputError, match="cannot rest"):
        nd.skin_by_age((45,), draws=1, set={"labile_share": 0.05, "mature_renewal_time": 6})
    wide = replace(short, value=9.0, uncertainty=shipped["mature_renewal_time"].uncertainty)
    some = replace(shipped, parameters={**shipped.parameters, wide.name: wide}).set({"labile_share": 0.05})
    found = nd.skin_by_age((45,), draws=60, parameters=some)
    assert 0 < found.values["collagen_total"].shape[1] < 60
    assert "cannot rest" in " ".join(found.ledger.warnings)
    course = nd.simulate(SHORT, draws=60, until=20, parameters=some)
    assert course.failed == 60 - found.values["collagen_total"].shape[1]


# ------------------------------------------------------------------------------------------------- what is off

OFF = {
    name: kind
    for name, kind in load_exposures().items()
    if all(load_parameters()[size].uncertainty.kind == "off" for size in kind.sized_by)
}


def test_what_is_off_has_no_sourced_size() -> None:
    assert set(OFF) == {
        "alcohol", "diet", "sleep", "pollution", "vitamin_c", "isotretinoin", "tranexamic_acid", "hydroquinone",
    }  # fmt: skip
    assert all(kind.sized_by for kind in load_exposures().values())
    for kind in OFF.values():
        for size in kind.sized_by:
            assert load_parameters()[size].value == 0 and load_parameters()[size].status == "assumed"


@pytest.mark.parametrize("name", OFF)
def test_an_exposure_without_a_sourced_size_changes_nothing_and_says_so(name: str) -> None:
    worn = {name: load_exposures()[name].example}
    plain, exposed = (nd.simulate(SHORT, draws=3, people=2, until=60, exposures=e) for e in ({}, worn))
    for outcome in plain.sites["cheek"].values:
        for part in ("values", "people", "untreated"):
            here, there = (getattr(one.sites["cheek"], part)[outcome] for one in (plain, exposed))
            np.testing.assert_array_equal(here, there)
    assert any(w.startswith(f"{name}=") and "changes nothing" in w for w in exposed.ledger.warnings)
    injured = nd.injure(SHORT, draws=1, exposures=worn)
    assert any("changes nothing" in w for w in injured.ledger.warnings)
    at_rest = nd.skin_by_age((45,), draws=1, exposures=worn)
    assert any("changes nothing" in w for w in at_rest.ledger.warnings)
    assert any("changes nothing" in w for w in nd.explain("elastin", 5, SHORT, exposures=worn).warnings)


#: What else than collagen an exposure that is off acts on once it is set.
ON_PIGMENT = ("tranexamic_acid", "hydroquinone")


@pytest.mark.parametrize("name", OFF)
def test_it_acts_once_its_size_is_set(name: str) -> None:
    (size,) = OFF[name].sized_by
    worn, turned = {name: OFF[name].example}, {size: "0.3"}
    plain, exposed = (nd.simulate(SHORT, draws=1, until=60, exposures=e, set=turned) for e in ({}, worn))
    assert not any("changes nothing" in w for w in exposed.ledger.warnings)
    outcome, other = ("melanin", "collagen_total") if name in ON_PIGMENT else ("collagen_total", "melanin")
    here, there = (one.sites["cheek"].values[outcome][0] for one in (plain, exposed))
    assert np.abs(there / here - 1).max() > 1e-4
    one, two = (each.sites["cheek"].values[other] for each in (plain, exposed))
    np.testing.assert_allclose(one, two, rtol=1e-5)  # the steps may differ, nothing else
    less = np.sign((there - here)[-1])
    assert less == (1 if name == "vitamin_c" else -1)


def test_a_concern_without_a_state_says_so() -> None:
    told = nd.simulate(SHORT, draws=1, until=20, concerns={"pores": "0.5"})
    assert any("concern pores changes nothing" in w for w in told.ledger.warnings)
    plain = nd.simulate(SHORT, draws=1, until=20)
    np.testing.assert_array_equal(
        told.sites["cheek"].values["collagen_total"], plain.sites["cheek"].values["collagen_total"]
    )


# ------------------------------------------------------------------------------------------------- comparisons


def compared(changes: Any, **options: Any) -> Comparison:
    return nd.compare_exposures(SHORT, changes, **({"draws": 4, "until": 400} | options))


def test_no_change_adds_nothing() -> None:
    for exposures in ({}, {"smoking": "20/day", "sun": "high"}):
        same = compared([("smoking", exposures.get("smoking", "0"))], exposures=exposures)
        for part in PARTS:
            for day in (0, 100, 400):
                np.testing.assert_allclose(
                    same.added(same.changes[0], "cheek", "collagen_papillary", day, part), 0, atol=1e-12
                )
        assert same.kept(None, "cheek", "collagen_papillary") == pytest.approx(
            same.kept(same.changes[0], "cheek", "collagen_papillary")
        )


def test_a_change_is_seen_in_pairs_of_draws() -> None:
    stops = compared([("smoking", "0")], exposures={"smoking": "20/day"})
    (change,) = stops.changes
    base, other = (one.sites["cheek"] for one in (stops.base, change.course))
    assert base.draw_numbers == other.draw_numbers and change.label == "smoking=0"
    at = int(np.searchsorted(stops.base.time_day, 300.0))
    day = float(stops.base.time_day[at])
    for part, values in (("treated", "values"), ("untreated", "untreated")):
        pairs = getattr(other, values)["collagen_total"][:, at] / getattr(base, values)["collagen_total"][:, at] - 1
        told = stops.added(change, "cheek", "collagen_total", day, part)  # type: ignore[arg-type]
        assert told == pytest.approx(tuple(np.quantile(pairs, (0.5, 0.05, 0.95))))
        assert told.lower90 > 0
    for name in base.values:
        np.testing.assert_array_equal(base.values[name][:, 0], other.values[name][:, 0])  # the past is the same


def test_several_changes_come_alone_and_together() -> None:
    both = compared([("smoking", "0"), ("sunscreen", "daily")], exposures={"smoking": "20/day", "sun": "high"}, draws=1)
    labels = [change.label for change in both.changes]
    assert labels == ["smoking=0", "sunscreen=daily", "smoking=0 and sunscreen=daily"]
    one, two, all_ = (both.added(c, "cheek", "collagen_papillary", 365.0, "untreated").median for c in both.changes)
    assert 0 < max(one, two) < all_
    levels = compared([("smoking", "10/day"), ("smoking", "0")], exposures={"smoking": "20/day"}, draws=1)
    assert [change.label for change in levels.changes] == ["smoking=10/day", "smoking=0"]


def test_a_comparison_runs_ten_years_and_is_looked_at_then() -> None:
    for sentence in (SHORT, "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes"):
        long = nd.compare_exposures(sentence, [("smoking", "10/day")], draws=1)
        assert long.looked_at == (365.0, 3650.0)
    assert compared([("smoking", "10/day")], draws=1, until=50).looked_at == (50.0,)
    assert compared([("sunscreen", "daily")], age=18, draws=1).changes[0].course.failed == 0


@pytest.mark.parametrize("changes", [[], [("smoking", str(n)) for n in range(MOST_CHANGES + 1)]], ids=len)
def test_as_many_changes_as_can_be_read(changes: list[tuple[str, str]]) -> None:
    with pytest.raises(InputError, match=f"1 to {MOST_CHANGES} changes"):
        compared(changes)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("smoking", "ten", "0 to 100"), ("menopause", "50", "can be changed"), ("yoga", "1", "exposure"),
     ("smoking", "0 from day 3", "one level")],
)  # fmt: skip
def test_what_is_no_change_is_refused_before_any_course(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("a course was solved")

    monkeypatch.setattr("neodermis.simulation.course.simulate", started)
    with pytest.raises(InputError, match=words):
        compared([("sun", "low"), (name, value)])
