"""Bands of very many people in the same memory: the bands of the same people kept one by one."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.cli.terminal import run as run_command
from tests.helpers import PEN, UNTIL

import neodermis
from neodermis import course
from neodermis.course import SiteCourse, Tally
from neodermis.errors import InputError
from neodermis.evidence import load_parameters


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
            np.testing.assert_array_equal(getattr(every, part)[name], np.quantile(values, course.QUANTILES, axis=0))
            for share, found in zip(course.QUANTILES, getattr(only, part)[name], strict=True):
                low, high = np.quantile(values, (share - 2 / 300, share + 2 / 300), axis=0)  # two people either way
                assert ((found >= low * (1 - Tally.WIDTH)) & (found <= high * (1 + Tally.WIDTH))).all(), (
                    f"{part} {name} {share}"
                )
    assert only.numerical_error == every.numerical_error
    np.testing.assert_array_equal(only.central["collagen_total"], every.central["collagen_total"])


def test_people_are_the_same_in_any_portions() -> None:
    shipped = load_parameters()
    whole = shipped.draw(100, 5, "variability")
    parts = list(shipped.draws([30, 0, 45, 25], 5, "variability"))
    for name, values in whole.items():
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), values)


def test_a_tally_finds_quantiles_to_a_fraction_of_its_bins() -> None:
    rng = np.random.default_rng(0)
    central = np.array([1.0, 50.0, 2e-3])
    values = central * np.exp(rng.normal(0.1, 0.4, (20_000, 3)))
    tally = Tally(central)
    for part in np.array_split(values, 7):
        tally.add(part)
    for found, exact in zip(tally.band(), np.quantile(values, course.QUANTILES, axis=0), strict=True):
        np.testing.assert_allclose(found, exact, rtol=Tally.WIDTH / 4)


def test_a_quantile_beyond_the_bins_is_no_number_and_not_the_edge() -> None:
    tally = Tally(np.ones(1))
    tally.add(np.array([[1.0]] * 60 + [[1e9]] * 40))
    lower, median, upper = tally.band()
    assert lower[0] == pytest.approx(1.0, rel=Tally.WIDTH) and median[0] == pytest.approx(1.0, rel=Tally.WIDTH)
    assert np.isnan(upper[0])


def test_very_many_people_are_refused_unless_only_their_bands_are_kept() -> None:
    with pytest.raises(InputError, match=r"10,000,000 with --outcomes-only"):
        neodermis.simulate(PEN, draws=1, people=10_001)
    with pytest.raises(InputError, match="add --outcomes-only"):
        neodermis.simulate(PEN, draws=1, people=20_000)
    with pytest.raises(InputError, match="give --people N beside it"):
        neodermis.simulate(PEN, draws=1, outcomes_only=True)
    with pytest.raises(InputError, match="--people"):
        neodermis.simulate(PEN, draws=1, people=10_000_001, outcomes_only=True)


def test_the_command_keeps_bands_alone() -> None:
    done = run_command("simulate", PEN, "--draws", "1", "--people", "40", "--until", "60", "--outcomes-only", "--json")
    entry = done.json["outcomes"]["collagen_total"]
    assert entry["people_lower90"][0] < entry["people_upper90"][0]


def test_who_failed_is_counted_with_a_sentence() -> None:
    """A labile pool that matures faster than it is made cannot rest; such people are told apart from the others."""
    shipped = load_parameters()
    short = replace(shipped["mature_renewal_time"], value=6.0, variability=shipped["mature_renewal_time"].uncertainty)
    fast = replace(shipped, parameters={**shipped.parameters, short.name: short}).set({"labile_share": 0.05})
    sites = []
    for only in (False, True):
        found = neodermis.simulate(PEN, draws=1, people=60, until=UNTIL, parameters=fast, outcomes_only=only)
        sites += found.sites.values()
        ((why, number),) = found.failures.items()
        assert "cannot rest" in why and number == found.failed and 0 < number < 60
    assert sites[0].failures == sites[1].failures
    assert sites[0].failed + len(sites[0].people["collagen_total"]) == 60
