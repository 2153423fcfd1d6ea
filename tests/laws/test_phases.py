"""A course of phases: each session does what its own phase says, and equal phases are one course."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from tests.helpers import UNEXPOSED, read

import neodermis as nd
from neodermis.evidence import load_parameters
from neodermis.simulation import readout, session
from neodermis.simulation.course import Course
from neodermis.simulation.solver import Schedule

EXCEED = "exceed; cheek 1.5 mm, 6 passes"
ROLLER = "roller_mf8; cheek 1.5 mm, 8 passes"
SHAM = "exceed; cheek 0 mm, 0 passes"
ACTIVES = "l_ascorbic_acid 15 %; home retinol 0.3 %, stop 3 days before, resume 3 days after; home sunscreen daily"
FEW: Mapping[str, Any] = {"draws": 3, "seed": 2}


def run(sentence: str, **given: Any) -> Course:
    return nd.simulate(sentence, **{**FEW, "until": 200, **given})


def farthest(one: Course, other: Course, sites: Mapping[str, str] | None = None) -> float:
    """The largest difference of any outcome, over its largest value."""
    worst = 0.0
    for name, site in one.sites.items():
        there = other.sites[(sites or {}).get(name, name)]
        for part in ("values", "untreated"):
            for outcome, rows in getattr(site, part).items():
                apart = np.abs(rows - getattr(there, part)[outcome]).max()
                worst = max(worst, float(apart / np.abs(rows).max()) if apart else 0.0)
    return worst


@pytest.mark.parametrize("what", [EXCEED, f"{EXCEED}; {ACTIVES}", "exceed; face 0.5 mm, 4 passes"])
@pytest.mark.parametrize("joint", ["then 2 sessions every 30 days", "then 2 sessions every 30 days from day 60"])
def test_two_equal_phases_are_the_single_course(what: str, joint: str) -> None:
    exposures = {"sun": "high"} if "home" in what else {}
    whole = run(f"4 sessions every 30 days: {what}", exposures=exposures, draws=2)
    parts = run(f"2 sessions every 30 days: {what}; {joint}: {what}", exposures=exposures, draws=2)
    assert farthest(whole, parts) <= 1e-12
    for name, site in whole.sites.items():
        assert [s.minutes for s in site.sessions] == [s.minutes for s in parts.sites[name].sessions]
        assert site.phases == parts.sites[name].phases


def test_sessions_between_others_are_the_course_at_half_the_interval() -> None:
    whole = run(f"4 sessions every 30 days: {EXCEED}")
    parts = run(f"2 sessions every 60 days: {EXCEED}; and 2 sessions every 60 days from day 30: {EXCEED}")
    assert farthest(whole, parts) <= 1e-12


def test_a_phase_without_passes_adds_nothing() -> None:
    """To the accuracy of the steps, which begin anew at each session."""
    alone = run(f"2 sessions every 30 days: {EXCEED}")
    with_sham = run(f"2 sessions every 30 days: {EXCEED}; then 2 sessions every 30 days: {SHAM}")
    a, b = (
        np.array([np.interp((30.0, 90.0, 150.0, 200.0), one.time_day, row) for row in one.sites["cheek"].gain()])
        for one in (alone, with_sham)
    )
    np.testing.assert_allclose(a, b, atol=2e-3 * a.max())
    assert a.max() > 0.05
    assert [s.channels_per_cm2.median for s in with_sham.sites["cheek"].sessions[2:]] == [0.0, 0.0]


def test_a_site_of_the_second_phase_alone_begins_its_course_then() -> None:
    """Of somebody whose skin stays the same but for age: the neck 90 days later is the neck of a course of its own."""
    neck = "exceed; neck 0.75 mm, 4 passes"
    plan = f"1 session: {EXCEED}; then 2 sessions every 30 days from day 90: {neck}"
    # old cells answer an injury less, by the age at the first session of the course
    ageless = {"procollagen_aged_cells": 0.999}
    whole = run(plan, until=330, exposures=UNEXPOSED.said["exposures"], draws=1, set=ageless)
    alone = run(
        f"2 sessions every 30 days: {neck}", until=240, exposures=UNEXPOSED.said["exposures"], draws=1,
        age=45 + 90 / 365.25, set=ageless,
    )  # fmt: skip
    late, own = whole.sites["neck"], alone.sites["neck"]
    assert [one.day for one in late.sessions] == [90.0, 120.0] and whole.protocol.session_days == (0.0, 90.0, 120.0)
    days = np.array([0.0, 5.0, 30.0, 60.0, 120.0, 240.0])
    gains = (np.interp(days + shift, one.time_day, one.gain()[0]) for one, shift in ((late, 90.0), (own, 0.0)))
    a, b = gains
    np.testing.assert_allclose(a, b, atol=6e-3 * b.max())  # the dermis is that of two ages, 0.2 % apart
    assert np.abs(late.gain()[:, late.time_day <= 90.0]).max() < 1e-12 and b.max() > 0.02
    assert np.ptp(late.values["tewl"][0][late.time_day <= 90.0]) < 1e-4 < np.ptp(late.values["tewl"][0])
    assert late.phases
    assert late.last_session_day == 120.0 and whole.sites["cheek"].last_session_day == 0.0


def test_each_session_does_what_its_phase_says() -> None:
    """Devices, depths, sites and passes of every phase, drawn alike: each is that of the same session alone."""
    phases = ["1 session: dermapen_4; cheek 1.5 mm, 4 passes; neck 0.5 mm, 2 passes", f"1 session: {ROLLER}"]
    later = "1 session from day 40: exceed; cheek 1 mm, 6 passes"
    done = nd.injure(f"{phases[0]}; then {phases[1].replace('session', 'session from day 20')}; then {later}", draws=8)
    alone = [nd.injure(one, draws=8) for one in (*phases, "1 session: exceed; cheek 1 mm, 6 passes")]
    assert [one.days for one in done.phases] == [(0.0,), (20.0,), (40.0,)]
    for phase, one in zip(done.phases, alone, strict=True):
        assert phase.minutes == one.minutes and list(phase.sites) == list(one.sites)
        for name, site in phase.sites.items():
            assert site.session.channels_per_cm2 == one.sites[name].session.channels_per_cm2
            np.testing.assert_array_equal(site.session.injured_fraction, one.sites[name].session.injured_fraction)
    whole = nd.simulate(done.protocol, draws=8, until=60)
    for booked, phase in zip(whole.sites["cheek"].sessions, done.phases, strict=True):
        assert booked.channels_per_cm2 == phase.sites["cheek"].session.channels_per_cm2
        assert booked.pain_vas == phase.sites["cheek"].session.pain_vas
    # what is drawn of a later source has a name of its own
    drawn = whole.sites["cheek"].drawn
    assert {"needle_tip_radius_um", "needle_tip_radius_um, phase 2", "needle_tip_radius_um, phase 3"} <= drawn.keys()
    assert "needle_tip_radius_um, phase 2" not in whole.sites["neck"].drawn


def test_people_in_bands_are_those_that_are_kept() -> None:
    plan = f"2 sessions every 30 days: {EXCEED}; then 1 session from day 90: {ROLLER}"
    kept, bands = (run(plan, draws=1, people=24, until=120, outcomes_only=only) for only in (False, True))
    for name in ("collagen_papillary", "dermal_thickness"):
        one, other = (run_.sites["cheek"].people_band[name] for run_ in (kept, bands))
        np.testing.assert_allclose(one.median, other.median, rtol=2e-2)


def test_predict_gives_the_same_from_the_same_and_needs_no_protocol() -> None:
    plan = read(f"1 session: {EXCEED}; then 1 session from day 40: {ROLLER}")
    at, days = plan.at("cheek"), np.linspace(0.0, 300.0, 61)
    made = session.draw_ensemble(at.sources, nd.Patient().skin("cheek"), load_parameters(), draws=2)
    first = readout.predict(made, readout.schedule_of(at), days)
    again = readout.predict(made, Schedule((0.0, 40.0), (0, 1)), days)
    other = readout.predict(made, Schedule((0.0, 40.0), (1, 0)), days)
    for name, values in first.treated.items():
        np.testing.assert_array_equal(values, again.treated[name])
        assert values.shape == (3, 61)
    assert not np.allclose(first.treated["collagen_papillary"], other.treated["collagen_papillary"], rtol=1e-4)
    none = readout.predict(made, Schedule((0.0,), (None,)), days)
    np.testing.assert_allclose(none.treated["collagen_total"], none.untreated["collagen_total"], rtol=1e-6)
    assert not none.solution.sessions and not none.scarred.any()


def test_an_explanation_is_of_the_course_that_is_simulated() -> None:
    plan = f"2 sessions every 30 days: {EXCEED}; then 1 session from day 90: {ROLLER}"
    why, whole = nd.explain("collagen_papillary", 120, plan), run(plan, draws=1)
    site = whole.sites["cheek"]
    assert why.value == pytest.approx(np.interp(120, site.time_day, site.central["collagen_papillary"]), rel=1e-4)
    assert why.phases == site.phases
    late = nd.explain("collagen_papillary", 120, f"2 sessions every 30 days: {EXCEED}")
    assert why.change > late.change
