"""Cases side by side: differences on the same draws, harm, burden, and whose person a protocol is for."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import neodermis as nd
from neodermis.api import Case, Comparison
from neodermis.api.comparison import BURDEN
from neodermis.errors import DataFileError, InputError
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.treatment import read_protocol

DEEP = "2 sessions every 30 days: exceed; cheek 1.5 mm, 4 passes"
SHALLOW = "3 sessions every 20 days: exceed; cheek 0.5 mm, 4 passes"
SCARRED: dict[str, Any] = {"age": 30, "concerns": {"acne_scar": "goodman_baron:3"}}
NAME = "collagen_papillary"


@cache
def compared() -> Comparison:
    return nd.compare(SHALLOW, DEEP, draws=6, until=200, **SCARRED)


def test_the_difference_is_that_of_each_draw() -> None:
    found = compared()
    alone = [nd.simulate(one, draws=6, until=200, **SCARRED).sites["cheek"] for one in (SHALLOW, DEEP)]
    assert found.day == 100.0 and found.draw_numbers == alone[0].draw_numbers == alone[1].draw_numbers
    for name in (NAME, "goodman_baron_grade"):
        apart = alone[1].at(name, 100.0) - alone[0].at(name, 100.0)
        assert found.difference(1, "cheek", name) == pytest.approx(tuple(np.quantile(apart, (0.5, 0.05, 0.95))))
        bare = np.array([np.interp(100.0, alone[1].time_day, row) for row in alone[1].untreated[name]])
        over = alone[1].at(name, 100.0) - bare
        assert found.against_untreated(1, "cheek", name) == pytest.approx(tuple(np.quantile(over, (0.5, 0.05, 0.95))))
    # the response saturates as the areas of influence overlap: a draw may have more from a shallow session more
    assert found.difference(1, "cheek", NAME).median > 0


def test_the_same_case_differs_by_nothing() -> None:
    same = nd.compare(DEEP, DEEP, draws=3, until=120)
    for name in same.outcomes("cheek"):
        assert same.difference(1, "cheek", name) == (0.0, 0.0, 0.0)
    assert all((same.burden(0)[name] == same.burden(1)[name]).all() for name in BURDEN)


def test_common_draws_narrow_the_difference() -> None:
    found = compared()
    alone, other = (found.values(case, "cheek", NAME, found.day) for case in (0, 1))
    assert np.std(other - alone) < np.sqrt(np.var(other) + np.var(alone))


def test_burden_adds_up_what_injure_says_of_one_session() -> None:
    found = compared()
    shallow, deep = found.burden(0), found.burden(1)
    assert (shallow["visits"] == 3).all() and (deep["visits"] == 2).all()
    one = nd.injure(DEEP, draws=6, **SCARRED)
    assert np.median(deep["minutes_per_visit"]) == pytest.approx(one.minutes.median)
    assert np.median(deep["minutes"]) == pytest.approx(2 * one.minutes.median)
    assert np.median(deep["pain_vas"]) == pytest.approx(one.sites["cheek"].session.pain_vas.median)
    assert np.median(deep["closure_hours_barrier"]) == pytest.approx(
        found.courses[1].sites["cheek"].sessions[0].closure_hours["barrier"].median
    )
    # the shallow sessions are given without a cream, so their pain is not below that of the deep ones in every draw
    for name in ("erythema_hours", "oedema_hours", "bruising_probability"):
        assert (deep[name] >= shallow[name]).all() and (deep[name] > shallow[name]).any()


def test_sites_of_a_visit_share_one_numbing() -> None:
    plan = "1 session: exceed; cheek 1.5 mm, 4 passes; forehead 1 mm, 4 passes"
    found = nd.compare(plan, plan, draws=4, until=30)
    assert np.median(found.burden(0)["minutes"]) == pytest.approx(nd.injure(plan, draws=4).minutes.median)


def test_a_draw_that_fails_in_one_case_is_excluded_from_both() -> None:
    found = compared()
    base = found.courses[1]
    site = base.sites["cheek"]
    gone = {part: {name: rows[1:] for name, rows in getattr(site, part).items()} for part in ("values", "untreated")}
    worse = replace(site, draw_numbers=site.draw_numbers[1:], scarred=site.scarred[1:], failures={"x": 1}, **gone)
    session = [replace(one, drawn={name: rows[1:] for name, rows in one.drawn.items()}) for one in site.sessions]
    broken = replace(
        found, courses=(found.courses[0], replace(base, sites={"cheek": replace(worse, sessions=tuple(session))}))
    )
    assert broken.draw_numbers == site.draw_numbers[1:] and broken.failed == 1
    assert any("excluded from all statistics" in note for note in broken.warnings)
    for case in (0, 1):
        kept = found.values(case, "cheek", NAME, 50.0)[1:]
        np.testing.assert_array_equal(broken.values(case, "cheek", NAME, 50.0), kept)
        assert len(broken.burden(case)["minutes"]) == 5


def test_a_protocol_takes_the_person_of_the_first_case() -> None:
    case = Case(plan=read(DEEP), patient=Patient(age=70, sex="male"), set={"labile_share": 0.3})
    for given in ((SHALLOW, case), (case, SHALLOW)):
        found = nd.compare(*given, draws=2, until=100)
        assert not found.across_patients and {(one.patient.age, one.patient.sex) for one in found.cases} == {
            (70.0, "male")
        }
        assert all(one.set == {"labile_share": 0.3} for one in found.cases)
    older = nd.compare(case, SHALLOW, draws=1, until=100, age=80)
    assert [one.patient.age for one in older.cases] == [80, 80]


def test_people_may_differ_and_it_is_said() -> None:
    young, old = (Case(plan=read(DEEP), patient=Patient(age=age)) for age in (30, 70))
    found = nd.compare(young, old, draws=2, until=100, labels=["30 years", "70 years"])
    assert found.across_patients and "different people" in found.warnings[0]
    assert found.labels == ("30 years", "70 years")
    assert not compared().across_patients and not any("different people" in note for note in compared().warnings)


def test_numerics_are_those_of_the_first_case() -> None:
    first, other = (
        Case(plan=read(DEEP), numerics=nd.Numerics(draws=draws, seed=seed)) for draws, seed in ((2, 5), (9, 1))
    )
    found = nd.compare(first, other, until=100)
    assert {(one.ledger.draws, one.ledger.seed) for one in found.courses} == {(2, 5)}
    for name in found.outcomes("cheek"):
        assert found.difference(1, "cheek", name) == (0.0, 0.0, 0.0)


def test_more_than_two_are_compared_with_the_first() -> None:
    plans = [DEEP.replace("1.5 mm", f"{depth} mm") for depth in (0.5, 1, 1.5)]
    found = nd.compare(*plans, draws=3, until=120, day=90)
    assert found.labels == ("A", "B", "C") and found.day == 90.0
    gains = [found.difference(case, "cheek", NAME).median for case in (1, 2)]
    assert 0 < gains[0] < gains[1]


def test_a_day_and_the_horizon_are_of_the_longest_course() -> None:
    long = "4 sessions every 60 days: exceed; cheek 1 mm, 4 passes"
    found = nd.compare(DEEP, long, draws=1)
    assert found.day == 180.0 + 60.0 and found.end == 180.0 + 365.0
    assert all(one.time_day[-1] == found.end for one in found.courses)


def test_the_dataset_holds_every_draw() -> None:
    found = compared()
    data = found.dataset
    assert dict(data.sizes) == {"site": 1, "case": 2, "draw": 6, "time_day": len(found.time_day)}
    assert data[NAME].attrs["units"] == "ug/mm2" and data["burden_minutes"].attrs["units"] == "min"
    apart = (data[NAME].sel(case="B") - data[NAME].sel(case="A")).sel(time_day=100.0).median().item()
    assert apart == pytest.approx(found.difference(1, "cheek", NAME).median)


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        ((DEEP,), {}, "2 to 8 cases"),
        ((DEEP,) * 9, {}, "2 to 8 cases"),
        ((DEEP, DEEP), {"labels": ["a", "a"]}, "2 different names"),
        ((DEEP, DEEP), {"labels": ["a"]}, "2 different names"),
        ((DEEP, DEEP.replace("cheek", "neck")), {}, "the sites of the first case: cheek"),
        ((DEEP, DEEP), {"day": 999, "until": 100}, "day: '999'|day: 999"),
        ((DEEP, DEEP), {"until": 29}, "until"),
        ((DEEP, DEEP.replace("1.5 mm", "9 mm")), {}, "9 mm"),
        ((DEEP, DEEP), {"age": 12}, "age"),
    ],
    ids=str,
)
def test_what_cannot_be_compared_is_refused_before_any_course(
    given: tuple[str, ...], options: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("a course was solved")

    monkeypatch.setattr("neodermis.simulation.course.simulate", started)
    with pytest.raises(InputError, match=words):
        nd.compare(*given, **options)


def test_a_comparison_runs_again_from_its_document_and_from_itself() -> None:
    found = nd.compare(SHALLOW, DEEP, draws=2, until=120, day=70, labels=["half", "whole"], **SCARRED)
    exposures = nd.compare_exposures(DEEP, [("smoking", "0")], exposures={"smoking": "20/day"}, draws=2, until=120)
    for one in (found, exposures):
        for again in (nd.rerun(json.loads(json.dumps(one.to_dict()))), nd.rerun(one)):
            assert again.to_dict() == one.to_dict()
    other = nd.rerun({**found.to_dict(), "neodermis": "0.0.1"})
    assert "made by neodermis 0.0.1" in other.warnings[0]
    with pytest.raises(DataFileError, match="cases"):
        nd.rerun({**found.to_dict(), "cases": [1]})


def test_an_unknown_keyword_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="unexpected keyword 'depth'"):
        nd.compare(DEEP, SHALLOW, depth=3)


def test_arms_of_studies_can_be_compared() -> None:
    arm = nd.simulate_arm("el-domyati-2015-ageing", draws=2).ledger.case
    found = nd.compare(arm, arm.plan, draws=2)
    assert found.cases[0].study and not found.cases[1].study
    assert found.day <= found.end == min(one.time_day[-1] for one in found.courses)


def read(sentence: str) -> Any:
    return read_protocol(sentence, sites={"cheek": "cheek"})


def test_the_parameters_of_the_cases_are_kept() -> None:
    assert compared().cases[0].parameters == load_parameters()


def test_phases_of_other_devices_add_up() -> None:
    """A course of phases costs what its phases cost; a site of one phase alone is counted where it is treated."""
    phases = f"{DEEP}; then 1 session from day 90: skinpen_precision; forehead 0.5 mm, 4 passes"
    found = nd.compare(phases, phases, draws=3, until=150)
    cost = found.burden(0)
    assert (cost["visits"] == 3).all()
    pen = "1 session: skinpen_precision; forehead 0.5 mm, 4 passes"
    deep, other = (nd.injure(plan, draws=3).minutes.median for plan in (DEEP, pen))
    assert np.median(cost["minutes"]) == pytest.approx(2 * deep + other, rel=0.05)
