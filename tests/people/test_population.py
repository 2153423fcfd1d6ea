"""The virtual population: the same people however asked for, the shares and marginals that are printed, the courses."""

import math
import tomllib
from dataclasses import replace
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from tests.cli.terminal import SHORT

import neodermis as nd
from neodermis import uncertain
from neodermis.api.course import population
from neodermis.errors import InputError, UnknownNameError
from neodermis.evidence import Cohort, Parameter, load_bibliography, load_parameters, load_study, study_ids
from neodermis.people import Patient, VirtualPopulation
from neodermis.people.exposure import NEVER
from neodermis.people.population import FEWEST, POOL, Covariates, cohort_of, sources
from neodermis.simulation import course
from neodermis.skin.exposures import levels_on
from neodermis.uncertain import Distribution

MODEL = tomllib.loads((files("neodermis.people") / "data" / "population.toml").read_text("utf-8"))
WHOLE = population("general", 0).covariates(0, POOL)


def assert_same(some: Covariates, others: Covariates) -> None:
    for here, there in zip(some, others, strict=True):
        np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize("like", ["general", *study_ids()])
def test_people_are_the_same_however_many_at_a_time(like: str) -> None:
    found = population(like, 3)
    whole = found.covariates(0, 2000)
    assert_same(whole, population(like, 3).covariates(0, 2000))
    for first, count in ((0, 1), (0, 700), (700, 1300), (1999, 1), (512, 0)):
        assert_same(found.covariates(first, count), whole.take(slice(first, first + count)))
    assert not np.array_equal(whole.age, population(like, 4).covariates(0, 2000).age)


# ------------------------------------------------------------------------------------------------- who comes


def within(found: Any, share: float) -> None:
    """A share of people, within four standard errors of what is stated."""
    found = np.asarray(found)
    assert found.mean() == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / len(found)))


def test_sex_age_and_phototype_are_drawn_in_the_stated_shares() -> None:
    within(WHOLE.male == 0, MODEL["sex"]["female"])
    edges = MODEL["age"]["edges"]
    assert sum(MODEL["age"]["shares"]) == pytest.approx(1) and sum(MODEL["phototype"]["shares"]) == pytest.approx(1)
    for low, high, share in zip(edges, edges[1:], MODEL["age"]["shares"], strict=False):
        inside = (WHOLE.age >= low) & (WHOLE.age < high)
        within(inside, share)
        within(WHOLE.age[inside] < (low + high) / 2, 0.5)  # even within each
    for phototype, share in enumerate(MODEL["phototype"]["shares"], start=1):
        within(WHOLE.phototype == phototype, share)


def test_smokers_are_drawn_by_age_and_sex() -> None:
    smoke = MODEL["smoking"]
    ratio, smokes = smoke["men_over_women"], WHOLE.smoking > 0
    for low, high, share in zip(smoke["edges"], smoke["edges"][1:], smoke["shares"], strict=False):
        here = (WHOLE.age >= low) & (WHOLE.age < high)
        women = 2 * share / (1 + ratio)  # half of those who were asked are women
        within(smokes[here & (WHOLE.male == 0)], women)
        within(smokes[here & (WHOLE.male == 1)], women * ratio)
    logs = np.log(WHOLE.smoking[smokes] / smoke["cigarettes_median"])
    assert logs.mean() == pytest.approx(0, abs=4 * smoke["cigarettes_log_sd"] / math.sqrt(len(logs)))
    assert logs.std() == pytest.approx(smoke["cigarettes_log_sd"], rel=4 / math.sqrt(2 * len(logs)))


def test_sunscreen_and_sun_go_together() -> None:
    screen, sun = MODEL["sunscreen"], MODEL["sun"]
    uses, fair = WHOLE.sunscreen > 0, WHOLE.phototype <= 3
    for male, share in ((0, screen["women"]), (1, screen["men"])):
        within(uses[(WHOLE.male == male) & fair], share)
        within(uses[(WHOLE.male == male) & ~fair], share * screen["dark_over_fair"])
    logs = np.log(WHOLE.sun / sun["median"])
    error = sun["log_sd"] / math.sqrt(POOL)
    assert logs.mean() == pytest.approx(0, abs=4 * error) and np.median(logs) == pytest.approx(0, abs=6 * error)
    assert logs.std() == pytest.approx(sun["log_sd"], rel=0.02)  # a few are held to 14 a week
    assert np.corrcoef(logs, uses)[0, 1] == pytest.approx(sun["rank_correlation_with_sunscreen"], abs=0.02)


def test_menopause_comes_earlier_to_smokers_and_never_to_men() -> None:
    end = MODEL["menopause"]
    women = WHOLE.male == 0
    assert (WHOLE.menopause[~women] == NEVER).all()
    for smokes, mean in ((False, end["mean"]), (True, end["mean"] - end["earlier_for_smokers"])):
        ages = WHOLE.menopause[women & ((WHOLE.smoking > 0) == smokes)]
        assert ages.mean() == pytest.approx(mean, abs=4 * end["sd"] / math.sqrt(len(ages)))
        assert ages.std() == pytest.approx(end["sd"], rel=0.02)
        assert 30 <= ages.min() <= ages.max() <= 62


def test_every_source_of_the_population_is_known() -> None:
    assert sources() and set(sources()) <= set(load_bibliography())


# ------------------------------------------------------------------------------------------------- like a study

MARGINALS = {
    "age_mean": lambda people: people.age,
    "female_share": lambda people: 1.0 - people.male,
    "smoker_share": lambda people: (people.smoking > 0).astype(float),
}


def held_to(found: VirtualPopulation, cohort: Cohort) -> None:
    """The printed marginals: exactly by the weights, within sampling error in those who are drawn."""
    assert found.weights is not None
    assert (found.weights >= 0).all() and found.weights.sum() == pytest.approx(1, abs=1e-12)
    assert FEWEST <= found.effective <= POOL
    count = 20_000
    pool, drawn = population("general", found.seed).covariates(0, POOL), found.covariates(0, count)
    for name, of in MARGINALS.items():
        wanted = getattr(cohort, name)
        if wanted is not None:
            assert found.weights @ of(pool) == pytest.approx(wanted, abs=1e-6)
            spread = max(of(drawn).std(), 1e-9)
            assert of(drawn).mean() == pytest.approx(wanted, abs=4 * spread / math.sqrt(count))
    if cohort.age_sd is not None:
        assert math.sqrt(found.weights @ (pool.age - cohort.age_mean) ** 2) == pytest.approx(cohort.age_sd, abs=1e-6)
        assert drawn.age.std() == pytest.approx(cohort.age_sd, rel=0.04)
    if cohort.age_range is not None:
        assert cohort.age_range[0] <= drawn.age.min() <= drawn.age.max() <= cohort.age_range[1]
    if cohort.phototypes is not None:
        assert set(drawn.phototype) <= set(cohort.phototypes)


@pytest.mark.parametrize("seed", [0, 11])
@pytest.mark.parametrize("name", study_ids())
def test_a_population_has_the_printed_marginals_of_a_study(name: str, seed: int) -> None:
    study = load_study(name)
    held_to(population(name, seed), cohort_of(study, study.arm(None)))


COHORTS = {
    "everybody": Cohort(),
    "men": Cohort(female_share=0.0, age_mean=40, age_sd=8),
    "half women, a third smokers": Cohort(female_share=0.5, smoker_share=0.33, age_mean=60, age_range=(40, 75)),
    "dark skin": Cohort(phototypes=(5, 6), age_mean=35, age_sd=10, female_share=0.9),
}


@pytest.mark.parametrize("cohort", COHORTS.values(), ids=COHORTS)
def test_a_population_has_any_marginals_that_people_can_have(cohort: Cohort) -> None:
    held_to(VirtualPopulation.like(cohort, "own", 2), cohort)


NOBODY = {
    "older than all": Cohort(age_mean=95),
    "outside its own range": Cohort(age_range=(30, 40), age_mean=50),
    "wider than its range": Cohort(age_range=(30, 40), age_mean=35, age_sd=12),
    "few": Cohort(age_range=(79.9, 80), phototypes=(6,)),
    "the mean at the edge": Cohort(age_mean=18.01, age_sd=0.01),
}


@pytest.mark.parametrize("cohort", NOBODY.values(), ids=NOBODY)
def test_a_cohort_that_nobody_fits_is_refused(cohort: Cohort) -> None:
    with pytest.raises(InputError, match=r"(?s)people like: 'own'.*at least 100 of 100,000.*wider cohort"):
        VirtualPopulation.like(cohort, "own", 0)


def test_a_study_without_a_cohort_has_the_people_of_its_arm() -> None:
    study = load_study("lotfi-2013")
    cohort = cohort_of(replace(study, cohort=None), study.arm(None))
    assert (cohort.age_mean, cohort.female_share, cohort.phototypes) == (28, 1.0, (study.arm(None).phototype,))
    with pytest.raises(UnknownNameError):
        population("lotfi-2031", 0)
    with pytest.raises(UnknownNameError):
        population("x" * 3000, 0)


# ------------------------------------------------------------------------------------------------- in a course


def given(row: Covariates) -> Patient:
    """The person that a row stands for, in a user's words."""
    exposures = {
        "smoking": f"{row.smoking!r}/day since 18",
        "sun": f"{row.sun!r}/week since 18",
        "sunscreen": f"{row.sunscreen!r} since 18",
    }
    if not row.male:
        exposures["menopause"] = repr(float(row.menopause))
    return Patient(
        age=float(row.age), sex="male" if row.male else "female", phototype=int(row.phototype), exposures=exposures,  # type: ignore[arg-type]  # text is read
    )  # fmt: skip


def rows() -> list[Covariates]:
    """A woman before menopause, one after it, a man, and a smoker."""
    kinds = [
        (WHOLE.male == 0) & (WHOLE.age < WHOLE.menopause - 4) & (WHOLE.sunscreen > 0),
        (WHOLE.male == 0) & (WHOLE.age > WHOLE.menopause + 2),
        WHOLE.male == 1,
        (WHOLE.smoking > 5) & (WHOLE.age > 30),
    ]
    return [Covariates(*(float(v[np.flatnonzero(kind)[0]]) for v in WHOLE)) for kind in kinds]  # type: ignore[arg-type]


def test_a_row_is_the_person_with_those_exposures() -> None:
    for row in rows():
        one, other = Covariates(*(np.array([v]) for v in row)).subject(), given(row).subject()
        assert (one.age_years[0], one.male[0], one.phototype[0]) == (other.age_years, other.male, other.phototype)
        for years in (-60, -30, -10, -1, 0, 5, 10):
            day = max(365.25 * years, -(row.age - 18) * 365.25)
            assert [float(np.squeeze(v)) for v in levels_on(day, one.life)] == pytest.approx(
                [float(v) for v in levels_on(day, other.life)], rel=1e-12
            )
        assert float(np.squeeze(one.life.since_age)) == pytest.approx(other.life.since_age)


def test_a_row_has_the_course_of_the_person_with_those_exposures() -> None:
    central = load_parameters()
    alike = replace(central, parameters={p.name: _unvaried(p) for p in central})  # biology is everybody's
    for row in rows():
        told = nd.simulate(SHORT, **given(row).said, draws=1, until=60, parameters=alike)
        plan, skin = told.protocol, Patient().skin("cheek")
        drawn = course.simulate(
            plan, {"cheek": skin}, alike, draws=1, people=1, seed=0, until=60.0,
            sampler=lambda first, count, row=row: Covariates(*(np.full(count, v) for v in row)).subject(),
        )  # fmt: skip
        for name, values in told.sites["cheek"].central.items():
            person = drawn.sites["cheek"].people[name]
            np.testing.assert_allclose(person[0], values, rtol=1e-9)


def _unvaried(parameter: Parameter) -> Parameter:
    return replace(parameter, variability=Distribution(kind="none"))


LIKE = {"draws": 1, "seed": 5, "until": 80, "like": "lotfi-2013"}


def test_the_bands_of_a_population_are_those_of_its_people(monkeypatch: pytest.MonkeyPatch) -> None:
    every = nd.simulate(SHORT, **LIKE, people=300).sites["cheek"]  # type: ignore[arg-type]
    monkeypatch.setattr(course, "CROWD", 128)
    only = nd.simulate(SHORT, **LIKE, people=300, outcomes_only=True).sites["cheek"]  # type: ignore[arg-type]
    for name, values in every.people.items():
        for share, found in zip(uncertain.QUANTILES, only.people_band[name], strict=True):
            low, high = np.quantile(values, (share - 2 / 300, share + 2 / 300), axis=0)
            bin_ = 2e-3 * np.ptp(values, axis=0)
            assert ((found >= low - bin_) & (found <= high + bin_)).all(), name
    few = nd.simulate(SHORT, **LIKE, people=40).sites["cheek"]  # type: ignore[arg-type]
    for name, values in few.people.items():
        np.testing.assert_allclose(values, every.people[name][:40], rtol=1e-9)  # the first of more


def test_people_like_a_study_say_whom_they_stand_for() -> None:
    told = nd.simulate(SHORT, **LIKE, people=20)  # type: ignore[arg-type]
    assert told.ledger.case.like == "lotfi-2013"
    warnings = " ".join(told.ledger.warnings)
    assert "weighted to the cohort of lotfi-2013" in warnings and "assumed of the population" in warnings
    assert set(sources()) <= set(told.ledger.sources)
    everybody = nd.simulate(SHORT, **(LIKE | {"like": "general"}), people=20)  # type: ignore[arg-type]
    assert "general population" in " ".join(everybody.ledger.warnings)
    a, b = (one.sites["cheek"].people["collagen_total"][:, 0] for one in (told, everybody))
    assert a.mean() > b.mean(), "the study's people are younger"


def test_a_population_needs_people() -> None:
    for people in (0, "0"):
        with pytest.raises(InputError, match="like"):
            nd.simulate(SHORT, draws=1, like="general", people=people)
    with pytest.raises(InputError, match="add `outcomes_only`"):
        nd.simulate(SHORT, draws=1, like="general", people=10_000_000)
    with pytest.raises(InputError, match="people"):
        nd.simulate(SHORT, draws=1, like="general", people=10_000_001, outcomes_only=True)
    with pytest.raises(UnknownNameError, match="lotfi-2013"):
        nd.simulate(SHORT, draws=1, like="lotfi-2014", people=5)
