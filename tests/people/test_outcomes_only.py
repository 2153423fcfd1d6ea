"""Bands of very many people in the same memory: the bands of the same people kept one by one."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.cli.terminal import run as run_command
from tests.helpers import PEN, UNTIL

import neodermis
from neodermis import uncertain
from neodermis.errors import InputError
from neodermis.evidence import load_parameters
from neodermis.report.course import document
from neodermis.simulation import course
from neodermis.simulation.course import SiteCourse
from neodermis.uncertain import Tally


def run(**how: Any) -> SiteCourse:
    return neodermis.simulate(PEN, draws=1, people=300, until=UNTIL, seed=3, **how).sites["cheek"]


def test_the_bands_are_those_of_the_same_people_kept_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    every = run()
    monkeypatch.setattr(course, "CROWD", 128)  # three crowds, the last one part empty
    only = run(outcomes_only=True)
    assert len(only.people["collagen_total"]) == 0 and len(every.people["collagen_total"]) == 300
    kept = {"people_band": every.people, "people_untreated_band": every.people_untreated}
    kept["people_change_band"] = {name: values / values[:, :1] for name, values in every.people.items()}
    for part, people in kept.items():
        for name, values in people.items():
            np.testing.assert_array_equal(getattr(every, part)[name], np.quantile(values, uncertain.QUANTILES, axis=0))
            for share, found in zip(uncertain.QUANTILES, getattr(only, part)[name], strict=True):
                low, high = np.quantile(values, (share - 2 / 300, share + 2 / 300), axis=0)  # two people either way
                bin_ = 2e-3 * np.ptp(values, axis=0) + 1e-9 * np.abs(values).max(axis=0)  # and what a number can hold
                assert ((found >= low - bin_) & (found <= high + bin_)).all(), f"{part} {name} {share}"
    assert only.numerical_error == every.numerical_error
    np.testing.assert_array_equal(only.central["collagen_total"], every.central["collagen_total"])


def test_people_are_the_same_in_any_portions() -> None:
    shipped = load_parameters()
    whole = shipped.draw(100, 5, "variability")
    parts = list(shipped.draws([30, 0, 45, 25], 5, "variability"))
    for name, values in whole.items():
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), values)


def test_a_tally_finds_quantiles_to_a_small_share_of_the_band() -> None:
    rng = np.random.default_rng(0)
    values = np.array([1.0, 50.0, 2e-3]) * np.exp(rng.normal(0.1, [0.4, 0.01, 1e-6], (20_000, 3)))
    tally = Tally()
    for part in np.array_split(values, 40):
        tally.add(part)
    exact = np.quantile(values, uncertain.QUANTILES, axis=0)
    for found, wanted in zip(tally.band(), exact, strict=True):
        assert (np.abs(found - wanted) <= 2e-3 * (exact[2] - exact[0])).all()


def test_people_who_are_all_alike_have_a_band_of_no_width() -> None:
    tally = Tally()
    tally.add(np.ones((0, 2)))
    assert tally.people == 0
    tally.add(np.ones((300, 2)))
    tally.add(np.ones((20, 2)))
    for edge in tally.band():
        np.testing.assert_array_equal(edge, 1.0)


def test_a_quantile_beyond_the_bins_is_no_number_and_not_the_edge() -> None:
    tally = Tally()
    tally.add(np.linspace(1.0, 2.0, 60)[:, None])
    tally.add(np.full((40, 1), 1e9))
    lower, median, upper = tally.band()
    assert 1.0 < lower[0] < 1.2 and 1.7 < median[0] < 2.0 and np.isnan(upper[0])


@pytest.mark.parametrize("only", [False, True])
def test_where_every_person_failed_there_is_no_band_and_the_files_can_be_written(only: bool) -> None:
    shipped = load_parameters()
    short = replace(shipped["mature_renewal_time"], value=9.0, variability=shipped["mature_renewal_time"].uncertainty)
    fast = replace(shipped, parameters={**shipped.parameters, short.name: short}).set({"labile_share": 0.05})
    found = neodermis.simulate(
        "1 session: exceed; cheek 1.5 mm, 6 passes", draws=1, people=1, seed=7, until=20, parameters=fast,
        outcomes_only=only,
    )  # fmt: skip
    assert found.failed == 1 and not found.sites["cheek"].people_band
    assert "collagen_total_people_median" not in found.dataset
    json.dumps(document(found), allow_nan=False)


@pytest.mark.parametrize("what", ["face 0.5 mm", "cheek 1.0 mm, 4 passes; forehead 0.5 mm"])
def test_progress_runs_once_to_its_end_over_zones_and_sites(what: str) -> None:
    told: list[tuple[int, int]] = []
    neodermis.simulate(
        f"1 session: exceed; {what}, 2 passes", draws=20, until=30.0, progress=lambda done, of: told.append((done, of))
    )
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1][0] == told[-1][1] == {of for _, of in told}.pop()


def test_very_many_people_are_refused_unless_only_their_bands_are_kept() -> None:
    with pytest.raises(InputError, match=r"10,000,000 with `outcomes_only`"):
        neodermis.simulate(PEN, draws=1, people=10_001)
    with pytest.raises(InputError, match="add `outcomes_only`"):
        neodermis.simulate(PEN, draws=1, people=20_000)
    with pytest.raises(InputError, match="add `people`"):
        neodermis.simulate(PEN, draws=1, outcomes_only=True)
    with pytest.raises(InputError, match="people"):
        neodermis.simulate(PEN, draws=1, people=10_000_001, outcomes_only=True)


def test_the_command_keeps_bands_alone() -> None:
    done = run_command("simulate", PEN, "--draws", "1", "--people", "40", "--until", "60", "--outcomes-only", "--json")
    entry = done.json["outcomes"]["collagen_total"]
    assert entry["people_lower90"][0] < entry["people_upper90"][0]


def test_who_failed_is_counted_with_a_sentence() -> None:
    """A labile pool that matures faster than it is made cannot rest; such people are told apart from the others."""
    shipped = load_parameters()
    short = replace(shipped["mature_renewal_time"], value=9.0, variability=shipped["mature_renewal_time"].uncertainty)
    fast = replace(shipped, parameters={**shipped.parameters, short.name: short}).set({"labile_share": 0.05})
    sites = []
    for only in (False, True):
        found = neodermis.simulate(PEN, draws=1, people=60, until=UNTIL, parameters=fast, outcomes_only=only)
        sites += found.sites.values()
        ((why, number),) = found.failures.items()
        assert "cannot rest" in why and number == found.failed and 0 < number < 60
    assert sites[0].failures == sites[1].failures
    assert sites[0].failed + len(sites[0].people["collagen_total"]) == 60
