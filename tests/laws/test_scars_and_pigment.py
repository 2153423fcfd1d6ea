"""What published courses of scars, pigment and old skin ask of the form, whatever the values."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from tests.helpers import drawn, members, read

import neodermis
from neodermis.evidence import load_parameters
from neodermis.simulation import solver
from neodermis.simulation.course import SiteCourse
from neodermis.skin import epidermis
from neodermis.skin.outcomes import OUTCOMES

SHIPPED = load_parameters()
PEN = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
ROLLER = "5 sessions every 30 days: roller_mf8; cheek 1.5 mm, 8 passes"
HARDEST = "12 sessions every 7 days: exceed; cheek 1.5 mm, 12 passes"
ACNE = {"acne_scar": "goodman_baron:3"}


@cache
def _course(protocol: str, draws: int, given: tuple[tuple[str, Any], ...]) -> SiteCourse:
    kept = {name: dict(value) if isinstance(value, tuple) else value for name, value in given}
    return next(iter(neodermis.simulate(protocol, draws=draws, **kept).sites.values()))


def course(protocol: str, draws: int = 24, **given: Any) -> SiteCourse:
    frozen = {name: tuple(value.items()) if isinstance(value, dict) else value for name, value in given.items()}
    return _course(protocol, draws, tuple(frozen.items()))


def relative(site: SiteCourse, name: str, after: float) -> Any:
    return site.change(name, site.last_session_day + after)


# ------------------------------------------------------------------------------------------------- scars


@pytest.mark.parametrize("protocol", [PEN, ROLLER])
def test_a_scar_is_released_in_part_and_stays_released(protocol: str) -> None:
    site = course(protocol, concerns=ACNE)
    early, late = (relative(site, "goodman_baron_grade", day) for day in (60.0, 365.0))
    kept = ~site.scarred
    # in a draw whose needles only dent the skin nothing is released
    assert (early[kept] <= 0.0).all() and (early[kept] > -0.6).all() and np.median(early[kept]) < -0.02
    assert (late[kept] <= early[kept] + 1e-3).all()
    gain = site.gain()[kept]
    assert (gain[:, -1] < gain.max(axis=1)).all()  # while the collagen gain fades


def test_severity_and_deficit_of_a_scar_leave_its_relative_change() -> None:
    """A grade compares a scar with the skin beside it, so that what a full scar lacks cancels."""
    graded = [course(PEN, concerns={"acne_scar": f"goodman_baron:{grade}"}) for grade in (1, 4)]
    graded += [course(PEN, concerns=ACNE, set={"scar_deficit": deficit}) for deficit in (0.1, 0.7)]
    first, *others = (relative(site, "scar_severity", 60.0) for site in graded)
    for other in others:  # the skin stretches with its collagen; a new scar is as bad at any grade
        assert np.quantile(np.abs(other - first), 0.9) < 0.02


def test_types_of_scars_are_read_over_their_own_depth_and_ice_pick_scars_answer_least() -> None:
    site = course(PEN, concerns=ACNE)
    rolling, boxcar, ice_pick = (
        np.median(relative(site, f"scar_severity_{kind}", 60.0)) for kind in ("rolling", "boxcar", "ice_pick")
    )
    assert ice_pick > max(rolling, boxcar)
    mixed = course(PEN, concerns={"acne_scar": "goodman_baron:3 rolling=60% ice_pick=40%"})
    of_types = [relative(mixed, f"scar_severity_{kind}", 60.0) for kind in ("rolling", "ice_pick")]
    np.testing.assert_allclose(relative(mixed, "scar_severity", 60.0), 0.6 * of_types[0] + 0.4 * of_types[1])
    # of unknown type is the usual mix
    half = course(PEN, concerns={"acne_scar": "goodman_baron:3 rolling=50%"})
    usual = relative(site, "scar_severity", 60.0)
    found = relative(half, "scar_severity", 60.0)
    np.testing.assert_allclose(found, 0.5 * relative(half, "scar_severity_rolling", 60.0) + 0.5 * usual)


#: Scales and instruments on which a scar is worse; echo density also falls with the water that sound repair binds.
SCALES = tuple(
    name
    for name, outcome in OUTCOMES.items()
    if outcome.kind == "measure" and outcome.better != "neither" and name != "dermal_density"
)


@pytest.mark.parametrize("concerns", [{}, ACNE, {"burn_scar": "vss:7"}, {"melasma": "mmasi:8"}, {"striae": "0.5"}],
                         ids=lambda given: next(iter(given), "sound"))  # fmt: skip
def test_a_scarred_person_is_worse_on_every_scale_than_the_same_person_unscarred(concerns: dict[str, str]) -> None:
    """Person by person, half a year after the last session, against the same draw without self-recruitment."""
    given = {"concerns": concerns} if concerns else {}
    scarred = course(HARDEST, draws=56, **given)
    sound = course(HARDEST, draws=56, set={"myofibroblast_self_rate": 1e-4}, **given)
    both = sorted({*scarred.draw_numbers} & {*sound.draw_numbers})
    rows = [[list(site.draw_numbers).index(k) for k in both] for site in (scarred, sound)]
    ends = scarred.scarred[rows[0]]
    assert ends.sum() >= 4 and not sound.scarred.any()
    seen = 0
    for name in SCALES:
        if name in scarred.values:
            with_, without = (
                site.values[name][row, -1][ends] for site, row in zip((scarred, sound), rows, strict=True)
            )
            towards = 1.0 if OUTCOMES[name].better == "lower" else -1.0
            assert (towards * (with_ - without) > 0.0).all(), name
            seen += 1
    assert seen >= 9


# ------------------------------------------------------------------------------------------------- pigment


def pih(protocol: str = PEN, draws: int = 40, **given: Any) -> float:
    return float(np.median(course(protocol, draws, **given).pih))


def test_pih_rises_with_phototype_dose_and_sun() -> None:
    by_type = [pih(phototype=phototype) for phototype in range(1, 7)]
    assert by_type == sorted(by_type) and by_type[-1] > 20.0 * max(by_type[1], 1e-6)
    dose = [pih(f"{n} sessions every 14 days: exceed; cheek 1.5 mm, 6 passes", phototype=5) for n in (2, 4, 8)]
    assert dose == sorted(dose) and dose[2] > dose[0]
    depth = [pih(f"1 session: exceed; cheek {mm} mm, 6 passes", phototype=5) for mm in (0.3, 0.8, 1.5)]
    assert depth == sorted(depth) and depth[2] > depth[0]
    sun = [pih(phototype=5, exposures={"sun": level}) for level in ("none", "high")]
    assert sun[1] > sun[0]


def test_pih_of_phototype_i_stays_below_one_per_cent_in_the_hardest_course() -> None:
    assert pih(HARDEST, 100, phototype=1) < 0.01
    assert float(course(HARDEST, 100, phototype=1).pih.mean()) < 0.01


def test_pih_is_seen_one_to_four_weeks_after_a_session_and_fades_in_months() -> None:
    """Of people in whom it is seen, by draw and by susceptibility: median onset 7 to 25 days, gone in 1 to 6 months."""
    plan, rows = read("1 session: exceed; cheek 1.5 mm, 6 passes"), drawn(56, seed=0)
    made = members(plan, [row | {"phototype": 5} for row in rows])
    days = np.arange(0.0, 366.0)
    seen = solver.solve(made, solver.Schedule.of((0.0,)), days).read.post_inflammatory_pigment
    limit = np.asarray(epidermis.pih_limit(made.parameters.epidermis))
    onset, gone = [], []
    people = np.exp(norm.ppf((np.arange(200) + 0.5) / 200.0) * SHIPPED["pih_susceptibility"].variability.a)
    for row, least in zip(seen, limit, strict=True):
        dark = row * people[:, None] > least
        for each in dark[dark.any(axis=1)]:
            onset.append(days[each.argmax()])
            gone.append(days[len(days) - 1 - each[::-1].argmax()])
    assert len(onset) > 100
    assert 7.0 <= np.median(onset) <= 25.0
    assert 30.0 <= np.median(gone) <= 183.0


def test_the_median_person_lightens_slightly_and_melasma_relapses_to_its_set_point() -> None:
    plain = course(PEN, phototype=3)
    trough = np.median(plain.values["melanin"].min(axis=1) / plain.values["melanin"][:, 0])
    assert 0.8 < trough < 0.995
    spots = course(PEN, concerns={"melasma": "mmasi:8"}, phototype=3)
    soon, late = (np.median(relative(spots, "melanin_contrast", day)) for day in (14.0, 365.0))
    assert -0.5 < soon < 0.0 and late == pytest.approx(0.0, abs=0.02)


# ------------------------------------------------------------------------------------------------- age, dose, others


def test_old_and_photodamaged_skin_does_not_answer_best() -> None:
    gains = [np.median(course(PEN, age=age, sex="male").gain().max(axis=1)) for age in (20, 45, 75)]
    assert gains == sorted(gains, reverse=True)
    sun = [np.median(course(PEN, exposures={"sun": level}).gain().max(axis=1)) for level in ("none", "high")]
    assert sun[1] < sun[0]


def test_the_response_saturates_with_passes_and_device() -> None:
    """A pen makes twenty times a roller's channels; no trial supports several times its effect."""
    pen, roller = (np.median(course(protocol).gain().max(axis=1)) for protocol in (PEN, ROLLER))
    assert 1.0 < pen / roller < 3.0
    few, many = (
        np.median(course(f"4 sessions every 30 days: exceed; cheek 1.5 mm, {n} passes").gain().max(axis=1))
        for n in (3, 12)
    )
    assert few / many == pytest.approx(1.0, abs=0.25)
    home = np.median(course("12 sessions every 7 days: home_roller; cheek 0.2 mm, 8 passes").gain().max(axis=1))
    assert home < 0.2 * pen


def test_blood_flow_water_loss_and_the_epidermis_keep_a_slow_set_point() -> None:
    site = course(PEN)
    assert np.median(relative(site, "blood_flow", 90.0)) < 0.0
    assert np.median(relative(site, "tewl", 365.0)) < 0.0 < np.median(relative(site, "epidermal_thickness", 365.0))
    assert np.median(relative(site, "hydration", 365.0)) > 0.0


def test_smoking_beyond_the_range_of_its_data_counts_no_more() -> None:
    least, most, beyond = (
        course(PEN, draws=1, exposures={"smoking": f"{n}/day"}).central["collagen_papillary"].max()
        for n in (10, 20, 40)
    )
    assert least > most == beyond
