"""A sweep: each point is the course of its case, on the same draws, with labels, units and reasons."""

import json
from functools import cache
from typing import Any

import numpy as np
import pytest
import xarray

import neodermis as nd
from neodermis.api import Case
from neodermis.errors import InputError, UnknownNameError
from neodermis.people import Patient
from neodermis.treatment import read_protocol

PLAN = "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes"
TWO = "2 sessions every 30 days: exceed; cheek 1 mm, 4 passes; forehead 0.5 mm, 3 passes"
FEW: dict[str, Any] = {"draws": 3, "days": [0, 45, 100], "until": 120}
NAME = "collagen_papillary"


@cache
def swept(keep_draws: bool = False) -> xarray.Dataset:
    return nd.sweep(PLAN, depth_mm=[0.5, 1.5], interval_days=[20, 30], age=60, keep_draws=keep_draws, **FEW)


def test_a_point_is_the_course_of_its_case() -> None:
    alone = nd.simulate("2 sessions every 20 days: exceed; cheek 1.5 mm, 4 passes", draws=3, until=120, age=60)
    site, point = alone.sites["cheek"], {"depth_mm": 1.5, "interval_days": 20}
    here = swept().sel(point)
    for name in (NAME, "wrinkle_grade"):
        for number, statistic in enumerate(("median", "lower90", "upper90")):
            told = np.quantile(site.at(name, 45), (0.5, 0.05, 0.95))[number]
            assert here[name].sel(statistic=statistic, time_day=45).item() == pytest.approx(told)
    draws = swept(keep_draws=True).sel(point)
    np.testing.assert_allclose(draws[NAME].sel(time_day=45), site.at(NAME, 45))
    np.testing.assert_allclose(draws["pain_vas"], site.sessions[0].drawn["pain_vas"])
    assert draws["visits"].item() == 2 and here["protocol"].item() == alone.protocol.sentence
    assert here["failed"].item() == 0 and here["reason"].item() == ""
    bare = here[f"{NAME}_untreated"].sel(statistic="median", time_day=100).item()
    assert bare == pytest.approx(np.median([np.interp(100, site.time_day, row) for row in site.untreated[NAME]]))


def test_dimensions_coordinates_and_units_are_labelled() -> None:
    data = swept()
    assert data[NAME].dims == ("depth_mm", "interval_days", "statistic", "time_day")
    assert data["scarring_risk"].dims == ("depth_mm", "interval_days") and data["site"].item() == "cheek"
    assert data["minutes"].dims == ("depth_mm", "interval_days", "statistic")
    units = {"depth_mm": "mm", "interval_days": "d", "time_day": "d", NAME: "ug/mm2", "minutes": "min"}
    assert {name: data[name].attrs["units"] for name in units} == units
    assert json.loads(data.attrs["case"])["patient"]["age"] == 60 and data.attrs["draws"] == 3
    several = nd.sweep(TWO, outcomes=[NAME], draws=2, days=[90], **{"depth_mm.forehead": [0, 0.5]})
    assert several[NAME].dims == ("depth_mm.forehead", "site", "statistic", "time_day")
    gain = (several[NAME] - several[f"{NAME}_untreated"]).sel(statistic="median").squeeze()
    assert gain.sel(site="forehead").values[0] == pytest.approx(0, abs=1e-6) and gain.sel(site="forehead").values[1] > 0
    np.testing.assert_allclose(*gain.sel(site="cheek").values)


def test_every_point_has_the_same_draws() -> None:
    draws = swept(keep_draws=True)
    np.testing.assert_allclose(draws[NAME].sel(time_day=0).std(["depth_mm", "interval_days"]), 0, atol=1e-9)
    assert (draws[NAME].sel(time_day=45, depth_mm=1.5) > draws[NAME].sel(time_day=45, depth_mm=0.5)).all()


@pytest.mark.parametrize(
    ("name", "values", "unit"),
    [
        ("age", [30, 70], "year"),
        ("patient.age", (30, 70), "year"),
        ("sex", ["female", "male"], ""),
        ("phototype", np.array([2, 5]), "1"),
        ("passes", range(2, 6, 3), "1"),
        ("plan.sessions", [1, 3], "1"),
        ("device", ["exceed", "skinpen_precision"], ""),
        ("set.labile_share", [0.2, 0.4], "1"),
        ("exposures.smoking", ["0", "20/day"], "1/d"),
        ("concerns.wrinkle", ["lemperle:1", "lemperle:3"], ""),
    ],
    ids=str,
)
def test_every_kind_of_input_can_be_swept(name: str, values: Any, unit: str) -> None:
    points = dict(nd.sweep(PLAN, impossible="nan", outcomes=[NAME], draws=1, days=[60], until=90, **{name: values}))
    (swept_name,) = (one for one in points[NAME].dims if one not in ("statistic", "time_day"))
    assert swept_name == name.removeprefix("patient.").removeprefix("plan.")
    medians = points[NAME].sel(statistic="median").values.ravel()
    assert np.isfinite(medians).all()
    assert len({*medians}) == (1 if name == "phototype" else 2)


def test_a_case_is_swept_with_its_person_and_numerics() -> None:
    case = Case(
        plan=read_protocol(PLAN, sites={"cheek": "cheek"}), patient=Patient(age=70, sex="male"),
        numerics=nd.Numerics(draws=2, seed=7),
    )  # fmt: skip
    data = nd.sweep(case, passes=[4], days=[60])
    alone = nd.simulate(case)
    told = data[NAME].sel(passes=4, statistic="median", time_day=60).item()
    assert told == pytest.approx(np.median(alone.sites["cheek"].at(NAME, 60))) and data.attrs["seed"] == 7


PHASES = f"{PLAN}; then 2 sessions every 20 days: exceed; cheek 0.5 mm, 4 passes"


def test_a_phase_can_be_swept_alone_and_the_burden_counts_all() -> None:
    data = nd.sweep(PHASES, draws=1, days=[150], **{"phases.2.sessions": [2, 3], "phases.2.depth_mm": [0.25, 0.5]})
    assert data[NAME].dims[:2] == ("phases.2.sessions", "phases.2.depth_mm")
    assert data["visits"].sel({"phases.2.sessions": 3}).values.tolist() == [5.0, 5.0]
    assert "2 sessions every 30 days: exceed; cheek 1 mm" in data["protocol"].values[0, 0]
    assert "then 3 sessions every 20 days: exceed; cheek 0.25 mm" in data["protocol"].values[1, 0]
    assert data["phases.2.depth_mm"].attrs["units"] == "mm"
    whole = nd.sweep(PHASES, depth_mm=[0.5], draws=1, days=[150])
    assert whole["protocol"].values[0].count("cheek 0.5 mm") == 2
    with pytest.raises(InputError, match=r"phases\.1\.sessions"):
        nd.sweep(PHASES, sessions=[2, 3], draws=1)


def test_what_cannot_be_done_is_an_error_that_names_the_point_or_nan_with_the_reason() -> None:
    words: Any = {"depth_mm": [1.0, 1.5, 9.0], "draws": 1, "days": [60]}
    with pytest.raises(InputError, match=r"point depth_mm=9.0 of the sweep") as caught:
        nd.sweep(PLAN, **words)
    assert 'impossible="nan"' in str(caught.value)
    data = nd.sweep(PLAN, impossible="nan", **words)
    values = data[NAME].sel(statistic="median", time_day=60)
    assert np.isfinite(values.sel(depth_mm=[1.0, 1.5])).all() and np.isnan(values.sel(depth_mm=9.0))
    assert "depth" in data["reason"].sel(depth_mm=9.0).item() and data["reason"].sel(depth_mm=1.0).item() == ""
    deep = PLAN.replace("cheek 1 mm", "periorbital 0.5 mm")
    with pytest.raises(InputError, match=r"depth_mm=1\.5"):
        nd.sweep(deep, depth_mm=[0.5, 1.5], draws=1)
    beyond = nd.sweep(deep, depth_mm=[0.5, 1.5], draws=1, days=[60], beyond_limits=True)
    assert np.isfinite(beyond[NAME]).all()
    with pytest.raises(InputError, match="and 1 more of 2 points"):
        nd.sweep(PLAN, impossible="nan", age=[3, 12])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dept_mm": [1]}, "did you mean 'depth_mm'"),
        ({"patient.phototyp": [4]}, "did you mean 'phototype'"),
        ({"set.labile_shar": [0.3]}, "labile_share"),
        ({"exposures.smokin": ["0"]}, "smoking"),
        ({"depth_mm.chek": [1]}, "depth_mm.cheek"),
        ({}, "1 to 2,000 points"),
        ({"age": []}, "one value or more"),
        ({"age": [40, 40]}, "each once"),
        ({"age": list(np.linspace(20, 90, 2001))}, "2001 points"),
        ({"age": [40], "days": [5000]}, "days"),
        ({"age": [40], "outcomes": ["collagen_papilary"]}, "collagen_papillary"),
        ({"age": [40], "impossible": "skip"}, "error or nan"),
    ],
    ids=str,
)
def test_bad_input_is_refused_before_any_course(
    given: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("a course was solved")

    monkeypatch.setattr("neodermis.simulation.course.simulate", started)
    with pytest.raises((InputError, UnknownNameError)) as caught:
        nd.sweep(PLAN, **given)
    assert words in str(caught.value)


def test_progress_counts_the_points() -> None:
    told: list[tuple[int, int]] = []
    nd.sweep(PLAN, age=[30, 40], draws=1, days=[60], progress=lambda *done: told.append(done))
    assert told == [(1, 2), (2, 2)]
