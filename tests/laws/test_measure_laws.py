"""Every parameter of the links to instruments and scales, and of the judges, acts in its direction."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import neodermis
from neodermis.api import simulate_arm
from neodermis.api.observation import by_day
from neodermis.evidence import load_parameters, read_study
from neodermis.simulation.course import SiteCourse
from neodermis.skin import raters
from neodermis.uncertain import Band

UP, DOWN = 1, -1
SHIPPED = load_parameters()
LEAST = 1e-4
TWO = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
SCAR, THICK, STRIAE = {"acne_scar": "goodman_baron:3"}, {"burn_scar": "vss:7"}, {"striae": "0.5"}
#: parameter → outcome, when ("start", "change" to day 90 or "day 3" over it), sign from its 5 % to its 95 %, person
MEASURES: dict[str, tuple[str, str, int, dict[str, Any]]] = {
    "youth_age": ("wrinkle_grade", "change", DOWN, {}),  # the less is lacking, the larger a share is made good
    "old_age": ("cutometer_r2", "change", DOWN, {}),  # the same fall over more years is a smaller slope
    "least_deficit": ("wrinkle_grade", "change", UP, {}),
    "ageing_sign_age": ("wrinkle_grade", "start", DOWN, {}),
    "ageing_sign_width": ("wrinkle_grade", "start", UP, {}),  # at 45, before the middle
    "wrinkle_of_age": ("wrinkle_grade", "start", UP, {}),
    "laxity_of_age": ("laxity_grade", "start", UP, {}),
    "texture_of_age": ("texture_grade", "start", UP, {}),
    "wrinkle_collagen_share": ("wrinkle_grade", "change", DOWN, {}),
    "wrinkle_repair": ("wrinkle_grade", "change", DOWN, {}),
    "laxity_repair": ("laxity_grade", "change", DOWN, {}),
    "texture_repair": ("texture_grade", "change", DOWN, {}),
    "scar_mendable_share": ("goodman_baron_grade", "change", DOWN, SCAR),
    "ice_pick_mendable": ("scar_severity_ice_pick", "change", DOWN, SCAR),
    "striae_mendable_share": ("striae_width", "change", DOWN, STRIAE),
    "raised_scar_mendable_share": ("vss", "change", DOWN, THICK),
    "new_scar_reading_fall": ("cutometer_r2", "scarred", DOWN, {}),
    "wrinkle_depth_of_severest": ("wrinkle_depth", "start", UP, {}),
    "striae_width_of_severest": ("striae_width", "start", UP, STRIAE),
    "goodman_baron_score_of_severest": ("goodman_baron_score", "start", UP, {"acne_scar": "0.75"}),
    "ecca_of_severest": ("ecca_score", "start", UP, SCAR),
    "roughness_rest": ("roughness_ra", "start", UP, {}),
    "roughness_collagen": ("roughness_ra", "change", DOWN, {}),
    "roughness_water": ("roughness_ra", "day 3", UP, {}),  # skin is dry after a session
    "roughness_crosslinks": ("roughness_ra", "change", DOWN, {}),
    "elasticity_elastin_share": ("cutometer_r2", "change", DOWN, {}),  # elastin is not renewed
    "r2_young": ("cutometer_r2", "start", UP, {}),
    "r2_old": ("cutometer_r2", "change", DOWN, {}),
    "r5_young": ("cutometer_r5", "start", UP, {}),
    "r5_old": ("cutometer_r5", "change", DOWN, {}),
    "r7_young": ("cutometer_r7", "start", UP, {}),
    "r7_old": ("cutometer_r7", "change", DOWN, {}),
    "stain_rest": ("collagen_area", "start", UP, {}),
    "stain_response": ("collagen_area", "change", UP, {}),
    "echo_rest": ("dermal_density", "start", UP, {}),
    "echo_response": ("dermal_density", "change", UP, {}),
    "melanin_index_bare": ("melanin_index", "start", UP, {}),
    "melanin_index_per_type": ("melanin_index", "start", UP, {}),
    "radiance_turnover": ("radiance", "day 3", UP, {}),  # of a thicker epidermis
    "radiance_melanin": ("radiance", "change", UP, {}),
}
RATERS = ("rater_blinded", "rater_unblinded", "rater_self", "rater_time")
#: Of studies and judgements; the tests below name what each does.
STUDIES = (
    "judgement_scatter", "judgement_cut", "satisfaction_cut", "heterogeneity_arms", "heterogeneity_sides",
    *(f"heterogeneity_{name}" for name in (
        "scars", "ageing", "pigment", "instruments", "histology", "barrier", "session", "events",
    )),
)  # fmt: skip
#: Parameters that have no spread, and why; they are moved by a fifth either way.
FIXED = {
    "goodman_baron_score_of_severest": "the points of the one cohort whose grades were printed",
    "melanin_index_bare": "where the line through the two indices starts",
}


@cache
def ends(name: str) -> tuple[float, float]:
    p = SHIPPED[name]
    return (0.8 * p.value, 1.2 * p.value) if name in FIXED else p.uncertainty.interval()


def course(name: str, value: float, concerns: dict[str, str]) -> SiteCourse:
    scarring = {"myofibroblast_rate": 0.6} if name == "new_scar_reading_fall" else {}
    given = {name: value} | scarring
    return neodermis.simulate(TWO, draws=1, until=120.0, concerns=concerns, phototype=2, set=given).sites["cheek"]


def read(site: SiteCourse, outcome: str, when: str) -> float:
    values = site.central[outcome]
    if when == "scarred":  # of a course that ends in a scar
        return float(values[-1])
    if when == "start":
        return float(values[0])
    day = 90.0 if when == "change" else 3.0
    return float(np.interp(day, site.time_day, values) / values[0] - 1.0)


@pytest.mark.parametrize("name", MEASURES)
def test_a_link_acts_in_its_direction(name: str) -> None:
    outcome, when, sign, concerns = MEASURES[name]
    low, high = (read(course(name, value, concerns), outcome, when) for value in ends(name))
    assert sign * (high - low) > LEAST * max(abs(low), abs(high)) > 0, f"{outcome} {low:.6g} → {high:.6g}"


@pytest.mark.parametrize("name", RATERS)
def test_a_judge_prints_more_improvement(name: str) -> None:
    text = """
id = "own"
citation = "a study of one's own"
design = "open"
species = "human"
n = 1000000
population = "acne scars"
[[arm]]
id = "needling"
protocol = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
rater = "self"
concerns = {acne_scar = "goodman_baron:3"}
[[arm.finding]]
outcome = "goodman_baron_grade"
day = 90
statistic = "mean"
baseline = 3.0
value = 2.0
unit = "grade"
direction = "decrease"
locator = "table"
"""
    printed = []
    for value in ends(name):
        row = simulate_arm(read_study(text, "own.toml"), draws=1, set={name: value}).observed[0]
        assert row.printed is not None and row.course is not None
        printed.append(row.printed.median)
    sign = UP if name == "rater_time" else DOWN  # the slower it comes, the less of it is there by then
    assert sign * (printed[1] - printed[0]) > LEAST * abs(printed[0])


OWN = """
id = "own"
citation = "a study of one's own"
design = "split face"
species = "human"
n = 20
population = "acne scars"
[[arm]]
id = "needling"
protocol = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
rater = "blinded"
phototype = 5
concerns = {acne_scar = "goodman_baron:3"}
[[arm.finding]]
day = 90
locator = "table"
RESULT
[[arm]]
id = "untreated"
protocol = "1 session: exceed; cheek 0 mm, 0 passes"
rater = "blinded"
concerns = {acne_scar = "goodman_baron:3"}
"""
JUDGED = """outcome = "OUTCOME"
statistic = "share"
threshold = "good"
unit = "%"
value = 30
category = [4, 4]
direction = "increase"
"""
PAIN = """outcome = "pain_vas"
statistic = "mean"
unit = "point"
value = 4
direction = "none"
"""
PIH = """outcome = "pih_probability"
statistic = "share"
threshold = "any"
unit = "count"
value = 3
n = 2000
direction = "increase"
"""
BESIDE = """outcome = "scar_severity"
statistic = "mean"
change_percent = -20
direction = "decrease"
against = "untreated"
"""


def printed_width(name: str, value: float, result: str) -> float:
    """Width of the interval of a result with a parameter set to a value."""
    row = simulate_arm(read_study(OWN.replace("RESULT", result), "own.toml"), "needling", draws=40, set={name: value})
    found = row.observed[0].printed
    assert found is not None
    return found.upper90 - found.lower90


def share(name: str, value: float, result: str) -> float:
    row = simulate_arm(read_study(OWN.replace("RESULT", result), "own.toml"), "needling", draws=1, set={name: value})
    found = row.observed[0].course
    assert found is not None
    return found.median


@cache
def treated() -> SiteCourse:
    return neodermis.simulate(TWO, draws=40, until=120.0, concerns={"acne_scar": "goodman_baron:3"}).sites["cheek"]


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("heterogeneity_scars", "goodman_baron_grade"),
        ("heterogeneity_ageing", "wrinkle_grade"),
        ("heterogeneity_instruments", "melanin_index"),
        ("heterogeneity_histology", "collagen_papillary"),
        ("heterogeneity_barrier", "tewl"),
    ],
)
def test_studies_that_differ_more_print_a_wider_band(name: str, outcome: str) -> None:
    site, widths = treated(), []
    for value in ends(name):
        drawn = {**site.drawn, name: np.full(len(site.draw_numbers), value)}
        alike = Band(*[np.zeros_like(site.time_day)] * 3)  # people who do not differ
        kept = replace(site, drawn=drawn, people={}, people_change_band={outcome: alike})
        _, band = by_day(kept, outcome, "instrument", 20, SHIPPED)
        widths.append(float(band.upper90[-1] - band.lower90[-1]))
    assert widths[1] > 1.02 * widths[0]


def test_heterogeneity_of_pigment_pain_and_events_is_their_own() -> None:
    values = {name: np.array([0.01 * k]) for k, name in enumerate(raters.RaterParameters._fields)}
    p = raters.RaterParameters(**values)
    for name, outcome in (("pigment", "mmasi"), ("session", "downtime_days"), ("events", "pih_probability")):
        assert raters.heterogeneity(outcome, p) == values[f"heterogeneity_{name}"]
    for name, result in (("heterogeneity_session", PAIN), ("heterogeneity_events", PIH)):
        low, high = (printed_width(name, value, result) for value in ends(name))
        assert high > low


@pytest.mark.parametrize(("name", "paired"), [("heterogeneity_sides", "true"), ("heterogeneity_arms", "false")])
def test_arms_that_share_more_differ_less(name: str, paired: str) -> None:
    low, high = (printed_width(name, value, f"{BESIDE}\npaired = {paired}") for value in ends(name))
    assert high < low


def test_judgements_scatter_and_satisfaction_comes_earlier() -> None:
    best = JUDGED.replace("OUTCOME", "global_improvement")
    low, high = (share("judgement_scatter", value, best) for value in ends("judgement_scatter"))
    assert high > low  # more reach the highest category where judgements scatter
    satisfied = JUDGED.replace("OUTCOME", "satisfaction")
    low, high = (share("satisfaction_cut", value, satisfied) for value in ends("satisfaction_cut"))
    assert high < low  # fewer are satisfied where it takes more
    good = best.replace("[4, 4]", "[3, 4]")
    low, high = (printed_width("judgement_cut", value, good) for value in ends("judgement_cut"))
    assert high > low


def test_the_table_has_every_parameter_of_the_measures_and_of_the_judges() -> None:
    assert set(MEASURES) == {p.name for p in SHIPPED if p.mechanism == "measures"}
    assert {*RATERS, *STUDIES} == {p.name for p in SHIPPED if p.mechanism == "raters"}
    fixed = {p.name for p in SHIPPED if p.mechanism in ("measures", "raters") and p.uncertainty.kind == "none"}
    assert fixed == set(FIXED)
