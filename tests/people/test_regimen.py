"""Actives of a protocol: the parts of exposures they become, what changes nothing, what is said and refused."""

from typing import Any

import numpy as np
import pytest

import neodermis as nd
from neodermis import report
from neodermis.api.delivery import MOST_COMPARED, delivered_share
from neodermis.api.inputs import read
from neodermis.errors import InputError, UnknownNameError
from neodermis.evidence import load_parameters
from neodermis.people import Patient, regimen
from neodermis.treatment.active import load_actives

ONE = "1 session: exceed; cheek 1 mm, 6 passes"
TWO = "2 sessions every 30 days: exceed; cheek 1 mm, 6 passes"
FAR = "4 sessions every 60 days: exceed; cheek 1 mm, 6 passes"

# ------------------------------------------------------------------------------------------------- parts

#: protocol, what the person is exposed to, and what becomes of it; a quarter of what is put on later gets in
PARTS: list[tuple[str, dict[str, str], dict[str, str]]] = [
    (f"{ONE}; home tretinoin daily", {}, {"retinoid": "0; tretinoin from day 0"}),
    (f"{ONE}; home tretinoin 3.5 times a week", {}, {"retinoid": "0; retinol from day 0"}),
    (
        f"{ONE}; home tretinoin daily, stop 5 days before, resume 7 days after", {},
        {"retinoid": "0; 0 from day 0; tretinoin from day 7"},
    ),
    (
        f"{TWO}; home tretinoin daily, stop 5 days before, resume 7 days after", {},
        {"retinoid": "0; 0.6 from day 0; tretinoin from day 37"},
    ),
    (f"{TWO}; home tretinoin daily, stop 6 days before", {}, {"retinoid": "0; 0.8 from day 0; tretinoin from day 30"}),
    (f"{TWO}; home tretinoin daily", {"retinoid": "retinol since 30"},
     {"retinoid": "retinol since 30; tretinoin from day 0"}),
    (f"{TWO}; home tretinoin daily; home retinol daily", {}, {"retinoid": "0; tretinoin from day 0"}),
    (
        f"{TWO}; home tretinoin daily, resume 24 days after; home retinol daily", {},
        {"retinoid": "0; retinol from day 0; tretinoin from day 54"},
    ),
    (f"{TWO}; home sunscreen daily; home zinc oxide weekly", {"sunscreen": "sometimes; 0.5 from day 10"},
     {"sunscreen": "sometimes; daily from day 0"}),
    (f"{ONE}; prp", {}, {"plasma": "0; yes from day 0; 0 from day 30"}),
    (f"{TWO}; prp", {}, {"plasma": "0; yes from day 0; 0 from day 60"}),
    (f"{FAR}; prp", {}, {"plasma": "0; yes from day 0; 0 from day 210"}),
    (f"{TWO}; tranexamic acid after 2 h", {}, {"tranexamic_acid": "0; 0.25 from day 0; 0 from day 60"}),
    (f"{TWO}; moisturiser", {}, {"hydration": f"0; {1 / 30:g} from day 0; 0 from day 31"}),
    # what is used anyway goes on beside what is put on at a session
    (f"{TWO}; moisturiser", {"hydration": "daily"}, {"hydration": "daily; daily from day 0"}),
    (f"{TWO}; sunscreen", {"sunscreen": "sometimes; 0 from day 10"},
     {"sunscreen": f"sometimes; sometimes from day 0; {1 / 30:g} from day 10; 0 from day 31"}),
    (f"{ONE}; niacinamide; home sunscreen daily", {"smoking": "20/day"},
     {"smoking": "20/day", "hydration": "0; daily from day 0; 0 from day 1", "sunscreen": "0; daily from day 0"}),
    (f"{ONE}; lidocaine; home caffeine daily", {}, {}),
]  # fmt: skip


def course_of(patient: Patient, name: str) -> list[tuple[float, float]]:
    """Days and levels, without what goes on."""
    found: list[tuple[float, float]] = []
    for day, level in patient.exposures[name].days(patient.age):
        if not found or found[-1][1] != level:
            found.append((day, level))
    return found


@pytest.mark.parametrize(("plan", "given", "wanted"), PARTS, ids=lambda value: str(value)[-50:])
def test_actives_become_parts_of_exposures(plan: str, given: dict[str, str], wanted: dict[str, str]) -> None:
    found = regimen.with_actives(read(plan), Patient(exposures=given), lambda _: 0.25)  # type: ignore[arg-type]
    expected = Patient(exposures=wanted)  # type: ignore[arg-type]  # read there
    assert set(found.exposures) == set(expected.exposures)
    for name in wanted:
        here, there = course_of(found, name), course_of(expected, name)
        assert [day for day, _ in here] == pytest.approx([day for day, _ in there]), name
        assert [level for _, level in here] == pytest.approx([level for _, level in there], rel=1e-5), name


def test_what_is_put_on_later_counts_by_what_gets_in() -> None:
    plan, patient = read(f"{ONE}; tranexamic acid after 2 h; prp after 2 h"), Patient()
    share = delivered_share(plan, patient, load_parameters())
    later, mixture = (share(one) for one in plan.actives)
    told = nd.deliver("tranexamic_acid", ONE, compare="2", draws=1).sites["cheek"]
    assert later == told[1].amount_ug_cm2.median / told[0].amount_ug_cm2.median
    factor = nd.deliver("tgf_beta", ONE, compare="2", draws=1).sites["cheek"]
    assert mixture == factor[1].amount_ug_cm2.median / factor[0].amount_ug_cm2.median
    assert 0.0 < later < 1.0 and 0.0 < mixture < 1.0


def test_more_actives_than_a_life_carries_are_refused() -> None:
    with pytest.raises(InputError, match=r"protocol, actives") as caught:
        nd.simulate(f"{TWO}; prp; niacinamide; diclofenac; tranexamic acid", draws=1, exposures={"sun": "low since 30"})
    assert "name fewer actives" in str(caught.value)


# ------------------------------------------------------------------------------------------------- courses

SUNNY = {"age": 50, "sex": "male", "exposures": {"sun": "high"}, "until": 400, "draws": 4}


@pytest.mark.parametrize(
    "what",
    ["home hydroquinone daily", "home vitamin c daily", "tranexamic acid", "home glycolic acid daily", "ghk-cu; egf",
     "home niacinamide daily"],
)  # fmt: skip
def test_what_has_no_size_leaves_collagen_bit_for_bit(what: str) -> None:
    plain, worn = (nd.simulate(plan, draws=3, until=60) for plan in (ONE, f"{ONE}; {what}"))
    unsized = any(not active.acts for active in load_actives().values() if active.id in worn.protocol.sentence)
    for name in plain.sites["cheek"].values:
        of_water = name in ("roughness_ra", "texture_grade", "tewl", "hydration")
        if name in ("melanin", "melanin_index", "radiance") or (of_water and "niacinamide" in what):
            continue
        here, there = (one.sites["cheek"].values[name] for one in (plain, worn))
        if what == "home hydroquinone daily":  # its exposure may have the steps cut otherwise
            np.testing.assert_allclose(here, there, rtol=1e-5)
        else:
            np.testing.assert_array_equal(here, there, err_msg=name)
    if unsized:
        assert any("change" in warning for warning in worn.ledger.warnings)


def test_a_retinoid_at_home_makes_more_collagen_in_sunned_skin_and_keeps_it_for_longer() -> None:
    both = nd.compare(TWO, f"{TWO}; home tretinoin daily", **SUNNY | {"draws": 6, "until": 1500})
    (change,) = both.changes
    assert not both.exposures and change.course.protocol.home
    added = both.added(change, "cheek", "collagen_papillary", 400.0, "treated")
    assert added.lower90 > 0.005
    kept = [both.kept(one, "cheek", "collagen_papillary").median for one in (None, change)]
    assert kept[1] > 1.05 * kept[0]
    melanin = [one.sites["cheek"].central["melanin"][-1] for one in (both.base, change.course)]
    assert melanin[1] < 0.9 * melanin[0]


def test_gaps_around_sessions_count_as_less_use() -> None:
    """Against the gaps as changes of their own: within a twentieth of what the retinoid itself does."""
    plan = "2 sessions every 60 days: exceed; cheek 1 mm, 6 passes"
    person = SUNNY | {"draws": 1, "age": 40}
    home = "home tretinoin daily, stop 5 days before, resume 10 days after"
    gaps = "0; 1 from day 10; 0 from day 55; 1 from day 70"
    exposures = {"sun": "high"}
    bare, averaged = (nd.simulate(one, **person) for one in (plan, f"{plan}; {home}"))
    exact = nd.simulate(plan, **person | {"exposures": exposures | {"retinoid": gaps}})
    for name, bound in (("collagen_papillary", 0.05), ("melanin", 0.1)):
        none, mean, true = (one.sites["cheek"].central[name] for one in (bare, averaged, exact))
        does = np.abs(true - none).max()
        assert does > 1e-3 * none[0]
        assert 0.0 < np.abs(mean - true).max() < bound * does, (name, np.abs(mean - true).max() / does)


def test_platelets_put_on_act_only_with_channels() -> None:
    with_, without = (
        nd.simulate(f"1 session: exceed; cheek {mm} mm, 6 passes; prp", draws=1, until=60).sites["cheek"]
        for mm in (1, 0)
    )
    bare, none = (
        nd.simulate(f"1 session: exceed; cheek {mm} mm, 6 passes", draws=1, until=60).sites["cheek"] for mm in (1, 0)
    )
    name = "collagen_papillary"
    assert with_.central[name][-1] > bare.central[name][-1] * 1.001
    np.testing.assert_allclose(without.central[name], none.central[name], rtol=1e-9)


def test_people_like_a_cohort_cannot_have_a_regimen_yet() -> None:
    for words in ("home sunscreen daily", "prp"):
        with pytest.raises(InputError, match="like") as caught:
            nd.simulate(f"{ONE}; {words}", like="general", people=2, draws=1)
        assert "remove the actives" in str(caught.value)


def test_protocols_of_other_sites_are_not_compared() -> None:
    with pytest.raises(InputError, match="the sites of the first case: cheek"):
        nd.compare(ONE, ONE.replace("cheek", "forehead"), draws=1)


# ------------------------------------------------------------------------------------------------- what is said


@pytest.mark.parametrize("active", ["l_ascorbic_acid 15 %", "tranexamic acid", "lidocaine", "prp", "niacinamide"])
def test_what_is_put_into_open_channels_is_warned_of_and_later_not(active: str) -> None:
    shallow = ONE.replace("1 mm", "0.25 mm")
    now, late = (
        nd.simulate(f"{shallow}; {active}{when}", draws=10, until=20, age=30).ledger.warnings
        for when in ("", " after 168 h")
    )
    told = [warning for warning in now if "at once:" in warning]
    assert len(told) == 1 and "channels close in about" in told[0]
    assert not any("channels close" in warning for warning in late)
    for warnings in (now, late):
        assert any("not labelled" in warning for warning in warnings)
    assert not any("labelled" in warning for warning in nd.simulate(ONE, draws=1, until=20).ledger.warnings)


def test_sources_of_actives_are_those_of_the_course() -> None:
    told = nd.simulate(f"{ONE}; prp; home tretinoin daily", draws=1, until=20).ledger.sources
    for name in ("prp", "tretinoin"):
        for key in load_actives()[name].sources:
            assert any(name in why for why in told[key])


# ------------------------------------------------------------------------------------------------- deliver


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"percent": 0}, ["niacinamide, percent: 0", "25 %", "usually 4 %"]),
    ({"percent": 400}, ["niacinamide, percent: 400", "25 %"]),
    ({"percent": -4}, ["niacinamide, percent: -4"]),
    ({"percent": "x"}, ["niacinamide, percent: 'x'"]),
    ({"percent": float("nan")}, ["niacinamide, percent"]),
    ({"after": -1}, ["hours after the session: -1", "0 to 168 h"]),
    ({"after": 169}, ["hours after the session: 169", "0 to 168 h"]),
    ({"for_hours": 0}, ["for_hours: 0", "168 h"]),
    ({"for_hours": 200}, ["for_hours: 200", "168 h"]),
    ({"dose": 0}, ["dose: 0", "0.01 to 1000", "endless"]),
    ({"dose": 1e9}, ["dose", "0.01 to 1000"]),
    ({"compare": "-1"}, ["compare", "'-1'", "0 to 168 h"]),
    ({"compare": "2,500"}, ["compare", "500"]),
    ({"compare": "caffein"}, ["did you mean 'caffeine'"]),
    ({"compare": "prp"}, ["a mixture without one molar mass"]),
    ({"compare": ",".join(str(n) for n in range(MOST_COMPARED + 1))}, [f"at most {MOST_COMPARED}"]),
    ({"draws": 0}, ["draws: 0"]),
    ({"age": 17}, ["age: 17"]),
    ({"protocol": "1 session: exceed; cheek 4 mm, 6 passes"}, ["4 mm"]),
    ({"protocol": "1 session"}, ["end of the sentence"]),
]


@pytest.mark.parametrize(("change", "words"), REFUSED, ids=str)
def test_what_cannot_be_delivered_is_refused(
    change: dict[str, Any], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("a delivery was solved")

    monkeypatch.setattr("neodermis.simulation._transport.solve", started)
    with pytest.raises(InputError) as caught:
        nd.deliver("niacinamide", **{"protocol": ONE} | change)
    for word in words:
        assert word in str(caught.value)
    assert "do: " in str(caught.value)


@pytest.mark.parametrize(
    ("active", "words"),
    [
        ("niacinamid", ["did you mean 'niacinamide'?"]),
        ("prp", ["a mixture without one molar mass", "a molecule: "]),
        ("sunscreen", ["acts on the surface", "a molecule: "]),
        ("", ["unknown active"]),
    ],
)
def test_what_is_no_molecule_is_refused(active: str, words: list[str]) -> None:
    with pytest.raises((InputError, UnknownNameError)) as caught:
        nd.deliver(active, ONE)
    for word in words:
        assert word in str(caught.value)


def test_a_solution_holds_no_more_than_dissolves(monkeypatch: pytest.MonkeyPatch) -> None:
    one = load_actives()["niacinamide"]
    object.__setattr__(one, "solubility_mg_ml", 100.0)
    try:
        with pytest.raises(InputError, match="its solubility in water") as caught:
            nd.deliver("niacinamide", ONE, percent=11)
        assert "to 10 %" in str(caught.value)
        nd.deliver("niacinamide", ONE, percent=10, draws=1)
    finally:
        object.__setattr__(one, "solubility_mg_ml", 500.0)
    suspended = load_actives()["azelaic_acid"]
    assert not suspended.dissolved and suspended.solubility_mg_ml < suspended.usual_percent * 10  # type: ignore[operator]
    nd.deliver("azelaic_acid", ONE, draws=1)


def test_the_document_of_a_delivery() -> None:
    told = report.delivery_document(nd.deliver("caffeine", ONE, draws=5, compare="2,niacinamide"))
    for name in ("enhancement", "amount_ug_cm2", "systemic_ug"):
        assert set(told[name]) == {"median", "lower90", "upper90"}
        assert told[name]["lower90"] <= told[name]["median"] <= told[name]["upper90"]
    assert told["active"] == "caffeine" and told["advice"] and told["warnings"] and told["summary"]
    times, depths = len(told["time_hour"]), len(told["depth_mm"])
    assert np.array(told["concentration_ug_ml"]).shape == (times, depths)
    assert told["time_hour"][0] == 0 and told["time_hour"][-1] == pytest.approx(24)
    assert (np.diff(told["time_hour"]) > 0).all() and (np.diff(told["depth_mm"]) > 0).all()
    assert set(told["closure_hours"]) == {"electrical", "geometric", "barrier"}
    assert {entry["key"] for entry in told["sources"]} >= {*load_actives()["caffeine"].sources, "huskindb-2020"}
    assert [(one["active"], one["after_hours"]) for one in told["compare"]] == [("caffeine", 2.0), ("niacinamide", 0.0)]
    # what lies in the cells is what is told by layer
    thick = np.diff(nd.deliver("caffeine", ONE, draws=1).sites["cheek"][0].depth_faces_mm)
    central = report.delivery_document(nd.deliver("caffeine", ONE, draws=1))
    held = np.array(central["concentration_ug_ml"]) @ thick / 10.0
    layers = ("stratum_corneum", "viable_epidermis", "papillary_dermis", "reticular_dermis")
    np.testing.assert_allclose(held, sum(np.array(central["by_layer_ug_cm2"][name]) for name in layers), rtol=1e-5)


@pytest.mark.parametrize(("active", "told"), [("ghk_cu", True), ("insulin", False), ("hyaluronic_acid", False)])
def test_no_enhancement_is_told_above_a_kilodalton(active: str, told: bool) -> None:
    document = report.delivery_document(nd.deliver(active, ONE, draws=3))
    assert ("enhancement" in document) is told
    assert document["amount_ug_cm2"]["median"] > 0
    assert any("above 1 kDa" in line for line in document["summary"]) is not told


def test_compared_doses_come_once() -> None:
    done = nd.deliver(
        "niacinamide", ONE, draws=1, compare=[0, "0 h", 2, "2 hours", "vitamin b3", "caffeine", "Caffeine"]
    )
    assert [(one.active.id, one.after_hours) for one in done.doses] == [
        ("niacinamide", 0.0), ("niacinamide", 2.0), ("caffeine", 0.0),
    ]  # fmt: skip
