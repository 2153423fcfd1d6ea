"""Distribution: quantiles, densities and draws against scipy.stats, for every uncertain input that is shipped."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from neodermis.evidence import load_parameters, load_study, study_ids
from neodermis.simulation.session import open_numbers
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import NeedlePattern, Pass, load_devices, read_protocol
from neodermis.uncertain import Distribution, stream

SHARES = np.array([0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999])
SHIPPED = load_parameters()


def of_parameters() -> dict[str, Distribution]:
    return {
        f"{p.name}, {of}": getattr(p, of)
        for p in SHIPPED
        for of in ("uncertainty", "variability")
        if getattr(p, of).kind != "none"
    }


def of_devices() -> dict[str, Distribution]:
    sources = [
        NeedlePattern(device, Pass(site="cheek", depth_mm=device.depth_max_mm, passes=4))
        for device in load_devices().values()
    ]
    return {
        f"{source.device.id}, {name}": one
        for source in sources
        for name, one in open_numbers(source).items()
        if one.kind != "none"
    }


def of_arms() -> dict[str, Distribution]:
    found = {}
    for study in map(load_study, study_ids()):
        for arm in study.arms:
            if arm.ranges and not arm.why_not:
                plan = read_protocol(arm.protocol, sites=site_spellings())
                numbers = open_numbers(plan.at(plan.sites[0]).sources[0], arm.ranges)
                found |= {f"{study.id}:{arm.id}, {name}": numbers[name] for name in ("passes", "set_depth_mm")}
    return found


def known_to_scipy(one: Distribution) -> Any:
    """The same distribution as scipy has it; of the logit-normal, that of the logit."""
    if one.kind == "lognormal":
        return stats.lognorm(s=one.a, scale=one.centre)
    if one.kind == "logit":
        return stats.norm(math.log(one.centre / (1 - one.centre)), one.a)
    if one.kind == "uniform":
        return stats.uniform(one.a, one.b - one.a)
    return stats.randint(int(one.a), int(one.b) + 1) if one.kind == "whole" else stats.bernoulli(one.a)


def logit(share: Any) -> Any:
    return np.log(share / (1 - share))


@pytest.mark.parametrize("inputs", [of_parameters, of_devices, of_arms])
def test_every_uncertain_input_has_the_quantiles_and_densities_of_scipy(inputs: Any) -> None:
    found = inputs()
    assert len(found) > 4
    for name, one in found.items():
        if one.known:
            assert one.interval() == (one.centre, one.centre) and one.logpdf(one.centre) == 0.0, name
            continue
        theirs, values = known_to_scipy(one), one.ppf(SHARES)
        seen = logit(values) if one.kind == "logit" else values
        np.testing.assert_allclose(seen, theirs.ppf(SHARES), rtol=1e-9, atol=1e-12, err_msg=name)
        if one.kind == "logit":  # the density of x is that of its logit over x (1 − x)
            density = theirs.logpdf(seen) - np.log(values * (1 - values))
        else:
            density = theirs.logpmf(values) if one.kind in ("whole", "switch") else theirs.logpdf(values)
        np.testing.assert_allclose(one.logpdf(values), density, rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize(
    "one",
    [
        Distribution(kind="lognormal", a=0.4, centre=3.0),
        Distribution(kind="logit", a=0.7, centre=0.2),
        Distribution.between(2.0, 5.0),
        Distribution.between(2, 11, whole=True),
        Distribution(kind="switch", a=0.25, centre=0.0),
        Distribution.between(2, 11, whole=True, centre=4),
    ],
    ids=lambda one: one.kind,
)
def test_draws_follow_the_quantiles(one: Distribution) -> None:
    count = 40_000
    values = one.draw(count, stream("draws", 3))
    assert all(map(one.holds, (float(values.min()), float(values.max()))))
    for share in (0.05, 0.3, 0.5, 0.95):
        at = float(one.ppf(share))
        error = 4 * math.sqrt(share * (1 - share) / count)  # four standard errors
        assert np.mean(values < at) - error <= share <= np.mean(values <= at) + error
    low, high = one.interval(0.5)
    assert (low, high) == (float(one.ppf(0.25)), float(one.ppf(0.75)))


@pytest.mark.parametrize("one", [*of_parameters().values()][::12], ids=str)
def test_outside_the_support_there_is_no_density_and_outside_0_to_1_no_quantile(one: Distribution) -> None:
    low, high = one.support
    outside = [end for end in (low - 1.0, high + 1.0) if math.isfinite(end)]
    assert outside and (one.logpdf(np.array(outside)) == -np.inf).all()
    assert np.isnan(one.ppf(np.array([-0.1, 1.1]))).all()


def test_the_density_of_a_continuous_one_integrates_to_one() -> None:
    for one in (Distribution(kind="lognormal", a=0.6, centre=2.0), Distribution(kind="logit", a=1.1, centre=0.3)):
        ends = one.interval(1 - 1e-7)
        x = np.linspace(*ends, 400_001)
        assert np.trapezoid(np.exp(one.logpdf(x)), x) == pytest.approx(1.0, abs=1e-4)


def test_a_parameter_keeps_its_distributions_around_its_value() -> None:
    from dataclasses import replace

    one = SHIPPED["platelet_load"]
    moved = replace(one, value=2.0 * one.value)
    assert moved.uncertainty.centre == moved.value and moved.uncertainty.a == one.uncertainty.a
    assert moved.uncertainty.interval()[0] == pytest.approx(2.0 * one.uncertainty.interval()[0])


def test_streams_differ_by_name_and_seed_and_repeat() -> None:
    same = stream("depth", 1).random(4)
    np.testing.assert_array_equal(same, stream("depth", 1).random(4))
    assert not np.array_equal(same, stream("passes", 1).random(4))
    assert not np.array_equal(same, stream("depth", 2).random(4))
