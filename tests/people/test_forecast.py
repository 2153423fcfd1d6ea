"""``simulate`` and ``simulate_arm`` from Python: the same verbs, the same answers, the same messages."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray
from tests.cli.terminal import EXCEED, FINDINGS, SHORT, TOO_DEEP_HERE, TWO_SITES

import neodermis as nd
from neodermis.evidence import load_study
from neodermis.simulation.course import output_days
from neodermis.simulation.solver import TOLERANCE
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import read_protocol


@pytest.fixture
def findings(tmp_path: Path) -> Callable[..., str]:
    def write(old: str = "", new: str = "") -> str:
        path = tmp_path / "own.toml"
        path.write_text(FINDINGS.replace(old, new, 1) if old else FINDINGS, "utf-8")
        return str(path)

    return write


def test_names_of_the_package_are_there() -> None:
    for name in nd.__all__:
        assert getattr(nd, name) is not None
        assert name in dir(nd)
    with pytest.raises(AttributeError, match="simulat_arm"):
        nd.simulat_arm  # noqa: B018


def test_course_is_an_xarray_dataset() -> None:
    course = nd.simulate(EXCEED, age=45, draws=1)
    data = course.dataset
    assert isinstance(data, xarray.Dataset)
    assert set(course.sites["cheek"].values) <= set(data)
    assert data["collagen_papillary"].sizes == {"site": 1, "draw": 1, "time_day": len(course.time_day)}
    assert all(data[name].attrs["units"] == OUTCOMES[name].unit for name in course.sites["cheek"].values)
    assert data.attrs["parameters_sha256"] == course.ledger.parameters.sha256
    assert bool(np.isfinite(data.to_array()).all())


def test_protocol_may_be_the_object() -> None:
    plan = read_protocol(SHORT, sites=site_spellings())
    assert nd.simulate(plan, draws=1).dataset.identical(nd.simulate(SHORT, draws=1).dataset)


def test_two_sites_share_one_dataset() -> None:
    data = nd.simulate(TWO_SITES, draws=3, people=2).dataset
    assert list(data["site"].values) == ["cheek", "periorbital"]
    assert data["collagen_total_people"].sizes["person"] == 2


def test_text_and_numbers_read_the_same() -> None:
    words = nd.simulate(SHORT, age="45 years", phototype="III", draws="2", people="1", seed="3", until="60 days")
    numbers = nd.simulate(SHORT, age=45, phototype=3, draws=2, people=1, seed=3, until=60)
    assert words.dataset.identical(numbers.dataset)


def test_ledger_says_what_went_in() -> None:
    ledger = nd.simulate(SHORT, age=33, draws=2, seed=4, set={"labile_share": 0.4}).ledger
    assert ledger.case.plan.sentence == SHORT
    assert ledger.case.patient == nd.Patient(age=33)
    assert ledger.case.set == {"labile_share": 0.4}
    assert (ledger.seed, ledger.draws, ledger.people) == (4, 2, 0)
    assert ledger.parameters["labile_share"].status == "set"
    assert {"neodermis", "jax", "numpy", "python"} <= set(ledger.versions)


def test_set_parameter_has_no_spread_left() -> None:
    site = nd.simulate(SHORT, draws=5, set={"labile_share": 0.4}).sites["cheek"]
    assert set(site.drawn["labile_share"]) == {0.4}
    assert len(set(site.drawn["mature_renewal_time"])) == 5


def test_first_draws_of_many_are_the_draws_of_few() -> None:
    few, many = nd.simulate(SHORT, draws=3, until=30), nd.simulate(SHORT, draws=30, until=30)
    name = "collagen_papillary"
    assert (many.sites["cheek"].drawn["labile_share"][:3] == few.sites["cheek"].drawn["labile_share"]).all()
    # the steps in time are chosen on other members
    assert many.sites["cheek"].values[name][:3] == pytest.approx(few.sites["cheek"].values[name], rel=TOLERANCE)


def test_own_parameter_set_is_used() -> None:
    own = nd.load_parameters().set({"labile_share": 0.5})
    course = nd.simulate(SHORT, draws=1, parameters=own)
    assert course.ledger.parameters.sha256 == own.sha256
    assert course.dataset.attrs["parameters_sha256"] != nd.load_parameters().sha256


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    nd.simulate(SHORT, draws=60, until=10, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


BAD: dict[str, dict[str, Any]] = {
    "age": {"age": math.nan},
    "age ": {"age": 10**400},
    "age of a lot of digits": {"age": "1" * 400},
    "age is true": {"age": True},
    "sex": {"sex": "x"},
    "phototype": {"phototype": 7},
    "draws": {"draws": 0},
    "draws ": {"draws": 10**400},
    "people": {"people": -1},
    "seed": {"seed": 1.5},
    "until": {"until": math.inf},
    "until ": {"until": 0},
    "labile_share": {"set": {"labile_share": math.nan}},
    "labile_share ": {"set": {"labile_share": "0.4 mm"}},
    "labile_shore": {"set": {"labile_shore": 0.4}},
}


@pytest.mark.parametrize("field", BAD)
def test_bad_value_is_an_input_error_that_names_it(field: str) -> None:
    with pytest.raises(nd.InputError, match=field.split()[0]) as caught:
        nd.simulate(SHORT, **{"draws": 1, **BAD[field]})
    assert caught.value.accepted
    assert caught.value.next_step


@pytest.mark.parametrize("sentence", ["", "hello", "\x00", "1 session"], ids=ascii)
def test_what_is_no_sentence_is_an_input_error(sentence: str) -> None:
    with pytest.raises(nd.InputError):
        nd.simulate(sentence, draws=1)


def test_limit_of_practice_is_an_input_error_unless_allowed() -> None:
    with pytest.raises(nd.InputError, match="beyond_limits"):
        nd.simulate(TOO_DEEP_HERE, draws=1)
    course = nd.simulate(TOO_DEEP_HERE, draws=1, beyond_limits=True)
    assert course.ledger.case.exceeds
    assert "1.2 mm at the periorbital" in course.ledger.warnings[0]


# ------------------------------------------------------------------------------------------------- arms


def test_arm_draws_what_the_study_did_not_print() -> None:
    course = nd.simulate_arm("lotfi-2013", draws=60, until=180)
    passes = course.sites["cheek"].drawn["passes"]
    assert set(passes) <= set(range(4, 16))
    assert len(set(passes)) > 6
    assert sum("did not print" in warning for warning in course.ledger.warnings) == len(
        load_study("lotfi-2013").arms[0].assumed
    )


def test_central_course_of_an_arm_is_its_sentence() -> None:
    study = load_study("lotfi-2013")
    arm = nd.simulate_arm(study, draws=1, until=180)
    concerns = {"acne_scar": "goodman_baron:3"}
    assert study.arms[0].concerns == concerns
    plain = nd.simulate(study.arms[0].protocol, age=28, phototype=4, concerns=concerns, draws=1, until=180)
    name = "collagen_papillary"
    assert arm.sites["cheek"].values[name] == pytest.approx(plain.sites["cheek"].values[name], rel=1e-9)


def test_arm_is_read_from_a_file(findings: Callable[..., str]) -> None:
    course = nd.simulate_arm(findings(), "needling", draws=1)
    (row,) = course.observed
    assert (row.finding.outcome, row.finding.day, row.study) == ("dermal_thickness", 30, "own-study")
    assert row.observed == pytest.approx((10, 10))
    assert row.printed is not None


def test_path_of_a_file_may_be_a_path(findings: Callable[..., str]) -> None:
    assert nd.simulate_arm(Path(findings()), draws=1).ledger.case.study == "own-study"  # type: ignore[arg-type]


def test_changed_file_is_read_again(findings: Callable[..., str]) -> None:
    before = nd.simulate_arm(findings(), draws=1).observed[0].observed
    after = nd.simulate_arm(findings("value = 1.1", "value = 1.3"), draws=1).observed[0].observed
    assert before == pytest.approx((10, 10))
    assert after == pytest.approx((30, 30))


def test_finding_that_is_not_asked_is_kept_and_predicted_by_nothing() -> None:
    rows = nd.simulate_arm("lotfi-2013", draws=1, until=180).observed
    assert len(rows) == len(load_study("lotfi-2013").arms[0].findings)
    (epidermis,) = [row for row in rows if row.finding.outcome == "epidermal_thickness"]
    assert epidermis.printed is None and epidermis.why


def test_observed_change_is_that_of_the_course(findings: Callable[..., str]) -> None:
    course = nd.simulate_arm(findings(), draws=30)
    (row,) = course.observed
    site = course.sites["cheek"]
    at = int(np.flatnonzero(site.time_day == 30)[0])
    change = 100 * (site.values["dermal_thickness"][:, at] / site.values["dermal_thickness"][:, 0] - 1)
    assert row.course is not None and row.printed is not None
    assert row.course.median == pytest.approx(np.median(change))
    assert (row.course.lower90, row.course.upper90) == pytest.approx(tuple(np.quantile(change, (0.05, 0.95))))
    assert row.printed.upper90 - row.printed.lower90 > row.course.upper90 - row.course.lower90  # people, readings


@pytest.mark.parametrize("sessions", [(0.0,), (0.0, 30.0, 60.0), tuple(k * 10.1 for k in range(4)), (0.0, 7.0)])
def test_output_days_hold_every_session(sessions: tuple[float, ...]) -> None:
    days = output_days(sessions, sessions[-1] + 365)
    assert set(sessions) <= set(days)
    assert days[-1] == sessions[-1] + 365
    assert (np.diff(days) > 0).all()


def test_the_variance_that_rests_on_assumed_numbers() -> None:
    """All of it where everything else is fixed, nothing where all that is assumed is fixed, and a share in between."""
    plan = "2 sessions every 30 days: exceed; cheek 1 mm, 6 passes"
    shipped = nd.load_parameters()
    fixed = {p.name: p.value for p in shipped if not p.assumed and p.uncertainty.kind != "none"}
    assumed = nd.simulate(plan, draws=40, until=120, set=fixed).sites["cheek"].variance_assumed
    both = nd.simulate(plan, draws=40, until=120).sites["cheek"].variance_assumed
    assert 0.2 < both["collagen_papillary"] < 0.97
    assert assumed["collagen_papillary"] == pytest.approx(1.0, abs=1e-3)  # set by the user counts; coarse steps
    assert nd.simulate(plan, draws=10, until=120).sites["cheek"].variance_assumed == {}
    assert nd.simulate(plan, draws=40, until=60).sites["cheek"].variance_assumed == {}
