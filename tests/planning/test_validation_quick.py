"""The checks of ``python -m validation.planning`` on one small consultation: a recommended plan and its credit."""

import pytest
from validation.consultations import CASES, case
from validation.planning_bench import (
    APART,
    Bench,
    beside,
    every_setting,
    number_of_settings,
    rising,
    splitting,
)

from neodermis.planning.plan import plan
from neodermis.planning.search import search

pytestmark = pytest.mark.slow  # plans a consultation, and scores 21 plans in other members

#: Draws and people in which plans are compared here.
FEW = (60, 30, 2)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench.of(plan(case("melasma").consultation))


def test_no_random_plan_is_better_or_lighter_than_the_rules_allow(bench: Bench) -> None:
    chosen = bench.plan.recommended
    assert chosen is not None and chosen.setting is not None
    evaluator = bench.evaluator(size=FEW, seed=APART, final=True)
    base = evaluator.score(chosen.setting)
    reach = max(one.expected for one in bench.plan.alternatives)
    drawn = bench.random(20, 0)
    assert len(drawn) == 20
    for one in drawn:
        protocols = [bench.choices[one.device].protocol(one), chosen.protocol]
        found = beside(evaluator, bench.sentence(one), evaluator.score(one), base, protocols, reach)
        broken = [rule for rule in found.broken() if rule != "as light, less downtime or better"]
        assert not broken, (found.sentence, broken, found.gap)


def test_the_bench_scores_a_plan_as_the_planning_does(bench: Bench) -> None:
    evaluator = bench.evaluator()
    for setting, found in bench.plan.marked.items():
        assert evaluator.score(setting).benefit == pytest.approx(found.benefit, abs=1e-12)


def test_a_session_is_credited_with_no_more_than_the_one_before_it_and_splitting_with_a_tenth(bench: Bench) -> None:
    evaluator = bench.evaluator()
    search(evaluator, list(bench.starts()))
    for one in bench.random(60, 1):
        evaluator.score(one)
    assert splitting(evaluator).broken == 0
    assert rising(evaluator).broken == 0


def test_the_number_of_plans_is_that_of_the_enumeration(bench: Bench) -> None:
    for one in bench.choices.values():
        assert len(every_setting(one)) == number_of_settings(one)


@pytest.mark.parametrize("each", CASES, ids=lambda one: one.name)
def test_every_consultation_is_read(each) -> None:
    assert each.consultation.today is not None
