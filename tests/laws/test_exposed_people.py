"""Laws of exposures and concerns: none is the closed form, no injury is the untreated course, a life goes on as it was.

Exposures act on named rates and on nothing else: no outcome is multiplied by one, which is read off the code.
"""

import ast
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from tests.helpers import EXPOSED, PEN, UNEXPOSED, UNTIL, drawn, members, needling, read

import neodermis
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.people.concern import load_concerns
from neodermis.people.exposure import load_exposures
from neodermis.simulation import course, solver
from neodermis.skin import ageing, exposures, outcomes
from neodermis.skin.exposures import ExposureParameters, FastModifiers, SlowModifiers
from neodermis.skin.outcomes import OF_BARRIER, READ

PLAN = read(PEN)
#: Outcomes that read pigment.
OF_PIGMENT = ("melanin", "melanin_index", "radiance")
SHAM = PEN.replace("6 passes", "0 passes")
SOURCE = Path(neodermis.__file__).parent


# ------------------------------------------------------------------------------------------------- without injury


def test_without_exposures_and_concerns_the_untreated_course_is_its_closed_form() -> None:
    """Amounts and thickness fall as exp(−r t), shares stay; the solved course of nobody hurt is the same."""
    rows = drawn(24, seed=4)
    batch = members(PLAN, rows, patient=UNEXPOSED)
    rate_time_course = batch.person.rate_time_course
    for held, unit in zip(
        (*rate_time_course.slow, *rate_time_course.quick), (*SlowModifiers(), *FastModifiers()), strict=True
    ):
        np.testing.assert_array_equal(held, unit)
    days = course.output_days(PLAN.session_days, 730.0)
    solution = solver.solve(batch, solver.UNTREATED, days)
    assert not solution.failure.any()
    left = np.exp(-np.asarray(ageing.loss_rate_per_day(batch.parameters.ageing))[:, None] * days)
    for name in READ:
        values = outcomes.values(name, solution.read)
        np.testing.assert_allclose(values, outcomes.untreated(name, values[:, :1], left), rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("who", [UNEXPOSED, Patient(sex="male", age=70)], ids=["woman", "man"])
def test_what_is_told_of_the_unexposed_without_treatment_is_the_closed_form(who: Patient) -> None:
    site = neodermis.simulate(PEN, draws=1, until=365.0, **who.said).sites["cheek"]
    days = course.output_days(PLAN.session_days, 365.0)
    left = np.exp(-load_parameters()["collagen_loss_rate"].value / 100.0 / 365.25 * days)
    for name in ("collagen_papillary", "collagen_total", "collagen_1", "collagen_3", "dermal_thickness", "stiffness"):
        np.testing.assert_allclose(site.untreated[name][0], site.untreated[name][0, 0] * left, rtol=1e-12, err_msg=name)
    for name, rest in (("tewl", load_parameters()["tewl_baseline"].value), ("hydration", 1.0)):
        bare = site.untreated[name]
        np.testing.assert_array_equal(bare, np.full_like(bare, rest), err_msg=name)


@pytest.mark.parametrize(
    "who",
    [
        EXPOSED,
        Patient(age=50.8, concerns={"acne_scar": "goodman_baron:3"}),  # type: ignore[dict-item]  # menopause within
        Patient(age=40, sex="male", exposures={"smoking": "20/day; 0 from day 45"}),  # type: ignore[dict-item]
        Patient(age=65, sex="male", concerns={"photodamage": "1", "laxity": "1"}),  # type: ignore[dict-item]
    ],
    ids=["much", "menopause", "stop", "photodamage"],
)
def test_no_injury_is_the_untreated_course_for_exposed_people(who: Patient) -> None:
    site = neodermis.simulate(SHAM, draws=16, until=UNTIL, **who.said).sites["cheek"]
    for name in site.values:
        # the two are solved on different steps, and pigment that falls for months feels it most
        close = 3e-5 if name in OF_PIGMENT else 1e-6
        np.testing.assert_allclose(site.values[name], site.untreated[name], rtol=close, err_msg=name)
    unexposed = neodermis.simulate(SHAM, draws=1, until=UNTIL, age=who.age, sex=who.sex).sites["cheek"]
    assert np.abs(site.central["collagen_papillary"] / unexposed.central["collagen_papillary"] - 1.0).max() > 1e-3


def test_what_exposures_do_is_nothing_to_the_unexposed() -> None:
    """Whatever their sizes, those that are off included."""
    moved = {
        p.name: p.uncertainty.b / 2.0 if p.uncertainty.kind == "off" else p.uncertainty.interval()[1]
        for p in load_parameters()
        # a scar that persisting myofibroblasts form lacks collagen as any does
        if p.mechanism in ("exposures", "concerns") and p.name != "scar_deficit"
    }
    days = course.output_days(PLAN.session_days, UNTIL)
    for who in (UNEXPOSED, Patient(age=30, phototype=5)):
        read_off = solver.solve(
            members(PLAN, [{}, moved], patient=who), solver.Schedule.of(PLAN.session_days), days
        ).read
        for name, values in read_off._asdict().items():
            np.testing.assert_array_equal(values[0], values[1], err_msg=name)


@pytest.mark.parametrize("who", [UNEXPOSED, EXPOSED], ids=["none", "much"])
def test_water_is_lost_after_a_session_alone(who: Patient) -> None:
    """Without a needle water loss and held water stay what they are; with one loss rises, and ends below its start."""
    sham, treated = (neodermis.simulate(p, draws=8, until=UNTIL, **who.said).sites["cheek"] for p in (SHAM, PEN))
    for name in OF_BARRIER:
        bare = sham.untreated[name]
        np.testing.assert_allclose(sham.values[name], bare, rtol=1e-5, err_msg=name)
        np.testing.assert_array_equal(treated.untreated[name], bare, err_msg=name)
        towards = -1.0 if name == "tewl" else 1.0
        assert np.median(towards * (treated.values[name][:, -1] - bare[:, -1])) > 0.0
    entered = treated.values["collagen_total"].max(axis=1) > 1.001 * sham.values["collagen_total"].max(axis=1)
    assert entered.sum() >= 6  # needles that never enter open nothing
    rise = treated.values["tewl"].max(axis=1) / sham.values["tewl"].max(axis=1)
    fall = treated.values["hydration"].min(axis=1) / sham.values["hydration"].min(axis=1)
    assert (rise[entered] > 1.01).all() and rise[~entered] == pytest.approx(1.0, abs=1e-5)
    assert (fall[entered] < 0.999).all() and fall[~entered] == pytest.approx(1.0, abs=1e-5)


# ------------------------------------------------------------------------------------------------- in time


@pytest.mark.parametrize(
    ("name", "always", "changed"),
    [
        ("smoking", "20/day", "20/day; 0 from day 150"),
        ("sun", "high", "high; 0 from day 150"),
        ("retinoid", "tretinoin", "tretinoin; 0 from day 150"),
        ("sunscreen", "daily", "daily; 0 from day 150"),
    ],
)
def test_a_change_on_the_last_day_changes_nothing_before_it(name: str, always: str, changed: str) -> None:
    given = {"sun": "high"}
    one, other, earlier = (
        neodermis.simulate(PEN, draws=1, until=UNTIL, exposures=given | {name: text}).sites["cheek"]
        for text in (always, changed, changed.replace("150", "20"))
    )
    moved = 0.0
    for outcome in one.central:
        np.testing.assert_allclose(other.central[outcome], one.central[outcome], rtol=1e-9, err_msg=outcome)
        np.testing.assert_allclose(other.untreated[outcome], one.untreated[outcome], rtol=1e-9, err_msg=outcome)
        moved = max(moved, float(np.abs(earlier.central[outcome] / one.central[outcome] - 1.0).max()))
    assert moved > 1e-4  # so that the test can fail


@pytest.mark.parametrize(("site", "reached"), [("thigh", False), ("cheek", True)])
def test_the_sun_does_nothing_where_clothes_are(site: str, reached: bool) -> None:
    plan = PEN.replace("cheek", site)
    none, sun = (
        neodermis.simulate(plan, draws=1, until=90.0, sex="male", exposures=given).sites[site].central
        for given in ({}, {"sun": "high"})
    )
    moved = {name: float(np.abs(sun[name] / none[name] - 1.0).max()) for name in none}
    assert (moved["collagen_papillary"] > 0.01) is reached
    assert reached or max(moved.values()) < 1e-12


def test_menopause_comes_at_its_age_however_the_numbers_round() -> None:
    rng = np.random.default_rng(0)
    for age, menopause in zip(
        rng.uniform(20.0, 80.0, 400).round(1), rng.uniform(44.0, 56.0, 400).round(2), strict=True
    ):
        life = Patient(age=float(age), exposures={"menopause": f"{menopause:g}"}).subject().life  # type: ignore[dict-item]
        assert [float(held.postmenopausal) for held in life.levels] == [0.0, *[1.0] * (len(life.levels) - 1)], (
            age,
            menopause,
        )
        assert life.change_day[0] == pytest.approx((menopause - age) * 365.25)


@pytest.mark.parametrize("age", [40.0, 50.0, 70.0])
@pytest.mark.parametrize("stop", [False, True])
def test_a_life_goes_on_in_the_course_as_it_was_before(age: float, stop: bool) -> None:
    """Five years solved without injury, and the pools that a life five years longer has left, agree."""
    years = 5.0
    smoking = "20/day; 0 from day {}" if stop else "20/day"
    given = {"sun": "high", "menopause": "47"}
    # the resting synthesis of a course is that of its first day, and must not differ between the two
    rows = [row | {"procollagen_aged": 1.0} for row in [{}, *drawn(8, seed=6)]]
    now, later = (
        needling(
            read(SHAM), rows,
            patient=Patient(age=age + after, exposures=given | {"smoking": smoking.format(-after * 365.25)}),
        )
        for after in (0.0, years)
    )  # fmt: skip
    batch = solver.Members(now.parameters, now.person)
    history = solver.solve_states(batch, solver.UNTREATED, years * 365.25)
    column, state = history.column, jax.tree.map(lambda leaf: np.asarray(leaf)[:, -1], history.moments.state)
    left = np.exp(-np.asarray(column.loss_rate_per_day) * years * 365.25)
    papillary = np.asarray(column.layers.papillary)[0] > 0
    for name in ("labile_1", "labile_3", "mature_1", "mature_3"):
        over = np.asarray(getattr(state.matrix, name)) / np.asarray(getattr(column.rest.matrix, name))
        before, after = getattr(now.person.prior_history, name), getattr(later.person.prior_history, name)
        for layer, cells in (("papillary", papillary), ("reticular", ~papillary)):
            solved = over[:, cells].mean(axis=1) / left * getattr(before, layer)
            kept = getattr(after, layer)
            largest = np.abs(1.0 - np.array([kept, getattr(before, layer)])).max(axis=0)
            assert (largest > 0.01).any()
            assert (np.abs(solved - kept) <= 0.01 * largest).all(), f"{name}, {layer}: {solved} {kept}"
    fragmented = np.asarray(state.cells.fragmented)[:, papillary].mean(axis=1)
    np.testing.assert_allclose(fragmented, later.person.prior_history.fragmented, rtol=0.01)


# ------------------------------------------------------------------------------------------------- read off the code

#: Names by which an exposure, its course or its effect could be read.
EXPOSURE = {
    "Levels", "Life", "Drives", "Driven", "ExposureParameters", "Lived",
    "levels", "life", "drives", "driven", "lived", *ExposureParameters._fields,
}  # fmt: skip


def reads_exposures(tree: ast.AST) -> list[str]:
    """Where a piece of code reads an exposure: imports, names, attributes and names in quotes."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            if (node.module or "").endswith("skin.exposures") or (
                (node.module or "").endswith("skin") and "exposures" in names
            ):
                found.append(f"line {node.lineno}: import of the exposures")
        elif isinstance(node, ast.Import) and any(alias.name.endswith("skin.exposures") for alias in node.names):
            found.append(f"line {node.lineno}: import of the exposures")
        name = getattr(node, "id", None) or getattr(node, "attr", None)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value
        if name in EXPOSURE:
            found.append(f"line {getattr(node, 'lineno', '?')}: {name}")
    return found


def test_no_outcome_and_no_page_reads_an_exposure() -> None:
    """An exposure acts on named rates; a multiplier on an outcome is refused."""
    files = [SOURCE / "skin" / "outcomes.py", *sorted((SOURCE / "report").rglob("*.py"))]
    assert len(files) > 1
    for file in files:
        assert not reads_exposures(ast.parse(file.read_text("utf-8"))), file
    functions = {
        node.name: node
        for node in ast.walk(ast.parse((SOURCE / "simulation" / "readout.py").read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    for name in ("read_outcomes", "elastin_left"):
        assert not reads_exposures(functions[name]), name
    # water loss and held water are states of the barrier, which moisturisers act on; it makes no other outcome
    made = functions["barrier_course"]
    assert reads_exposures(made)
    (returned,) = (node.value for node in ast.walk(made) if isinstance(node, ast.Return))
    assert isinstance(returned, ast.Dict)
    assert [ast.literal_eval(key) for key in returned.keys if key] == list(OF_BARRIER) == ["tewl", "hydration"]


@pytest.mark.parametrize(
    "code",
    [
        "def read(state, who): return state.collagen * 0.9 ** who.life.levels[0].smoking",
        "from neodermis.skin.exposures import levels_on",
        "from neodermis.skin import exposures",
        "def read(state, p): return state.collagen * (1 - p.smoking_synthesis_1_fall)",
        "def read(state, p): return state.collagen * getattr(p, 'smoking_wound_ratio')",
        "def read(state, life): return state.collagen * exposures.level_course('retinoid', 0.0, life)",
    ],
)
def test_a_multiplier_on_an_outcome_would_be_found(code: str) -> None:
    assert reads_exposures(ast.parse(code))


def test_every_kind_is_sized_by_parameters_that_exist() -> None:
    names = {p.name for p in load_parameters()}
    kinds: list[Any] = [*load_exposures().values(), *load_concerns().values()]
    for kind in kinds:
        assert set(kind.sized_by) <= names, kind.name
    # and every exposure that has rates says which parameters carry their size
    for kind in load_exposures().values():
        assert bool(kind.rates) == bool(kind.sized_by), kind.name


def test_no_change_makes_a_named_rate_negative() -> None:
    """Slow and quick changes on any days, in turn and at once: each rate stays between the values that hold."""
    rng = np.random.default_rng(3)
    courses = {
        "smoking": ("20/day", "0", "40/day"), "sun": ("none", "high"), "sunscreen": ("no", "daily"),
        "steroid": ("none", "daily"), "retinoid": ("none", "tretinoin"),
    }  # fmt: skip
    for _ in range(60):
        names = rng.choice(list(courses), 3, replace=False)
        given = {}
        for name in names:
            first, second = rng.choice(courses[name], 2, replace=False)
            given[name] = f"{first}; {second} from day {rng.choice([-60, -7, 0, 0, 5, 200])}"
        if any("from day -" in text and name in ("steroid",) for name, text in given.items()):
            continue  # a corticosteroid that is not timed begins four weeks before the first session
        batch = members(PLAN, drawn(4, seed=1), patient=Patient(age=40, sex="male", exposures=given))  # type: ignore[arg-type]
        for day in (0.0, 1.0, 10.0, 30.0, 60.0, 250.0, 3000.0):
            rate_time_course = batch.person.rate_time_course
            for value in exposures.summed(rate_time_course, exposures.shares_by(day, rate_time_course)):
                assert (np.asarray(value) >= 0.0).all(), (given, day)
