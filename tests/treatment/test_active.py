"""The catalogue of actives, and what is put on or used at home of them."""

from collections import Counter
from pathlib import Path

import pytest

from neodermis.errors import DataFileError, InputError, UnknownNameError
from neodermis.treatment import Active, Application, HomeUse, active, find_active, load_actives
from neodermis.treatment.active import active_spellings, read_percent
from neodermis.treatment.device import NAME_PATTERN

ACTIVES = sorted(load_actives())


@pytest.mark.parametrize("name", ACTIVES)
def test_an_entry_of_the_catalogue_is_whole(name: str) -> None:
    one = load_actives()[name]
    assert one.id == name
    assert all(NAME_PATTERN.fullmatch(spelling) for spelling in (one.id, *one.aliases))
    assert one.label and one.open_skin_why
    assert read_percent(one, one.usual_percent) == one.usual_percent
    assert set(one.acts) <= set(one.effects)


def test_no_spelling_stands_for_two() -> None:
    spellings = Counter(spelling for one in load_actives().values() for spelling in (one.id, *one.aliases))
    assert [spelling for spelling, times in spellings.items() if times > 1] == []
    assert set(spellings) == set(active_spellings())


@pytest.mark.parametrize("name", ["l_ascorbic_acid", "L-Ascorbic Acid", " vitamin C ", "ASCORBIC_ACID"])
def test_an_active_is_found_by_its_spellings(name: str) -> None:
    assert find_active(name) is load_actives()["l_ascorbic_acid"]


@pytest.mark.parametrize("name", ["tretinion", "", "x" * 100_000, 3])
def test_an_unknown_active_is_refused(name: str) -> None:
    with pytest.raises(UnknownNameError, match="unknown active"):
        find_active(name)


def test_the_closest_active_is_named() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'tretinoin'"):
        Application(active="tretinion")
    with pytest.raises(UnknownNameError, match="did you mean 'sunscreen'"):
        HomeUse(active="sunscren")


# ------------------------------------------------------------------------------------------------ percentages


def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **fields: str) -> Active:
    """A catalogue of one active, its fields as TOML."""
    entry = {
        "label": "'One'", "kind": "'molecule'", "molar_mass": "200", "open_skin": "'never'", "open_skin_why": "'why'",
    } | fields  # fmt: skip
    file = tmp_path / "actives.toml"
    file.write_text("[one]\n" + "\n".join(f"{name} = {value}" for name, value in entry.items() if value), "utf-8")
    monkeypatch.setattr(active, "SHIPPED", file)
    found: Active = load_actives.__wrapped__()["one"]
    return found


def test_a_percentage_is_held_to_what_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made(tmp_path, monkeypatch, usual_percent="5", most_percent="20", most_whose="'what is sold'")
    assert read_percent(one, None) == 5
    assert read_percent(one, 20) == read_percent(one, "20 %") == read_percent(one, "20,0") == 20
    for wrong in (0, -1, 20.1, float("nan"), "5 mm", True):
        with pytest.raises(InputError, match=r"one, percent") as caught:
            read_percent(one, wrong)
        assert "to 20 % (what is sold)" in str(caught.value)
        assert "usually 5 %" in str(caught.value)


def test_no_more_can_be_in_a_solution_than_dissolves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"usual_percent": "1", "most_percent": "20", "solubility_mg_ml": "50"}
    solution = made(tmp_path, monkeypatch, **limits, dissolved="true")
    assert read_percent(solution, 5) == 5
    with pytest.raises(InputError, match=r"to 5 % \(its solubility in water\)"):
        read_percent(solution, 5.1)
    assert read_percent(made(tmp_path, monkeypatch, **limits), 20) == 20  # an emulsion or suspension


def test_what_has_no_percentage_takes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made(tmp_path, monkeypatch, kind="'mixture'", molar_mass="")
    assert read_percent(one, None) is None
    with pytest.raises(InputError, match="no percentage"):
        read_percent(one, 5)
    unusual = made(tmp_path, monkeypatch, most_percent="5")
    assert read_percent(unusual, None) is None
    with pytest.raises(InputError, match=r"give the concentration in the product$"):
        read_percent(unusual, 6)


# -------------------------------------------------------------------------------------------------- the schema


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"colour": "'red'"}, "colour"),
        ({"id": "'two'"}, "id"),
        ({"label": "3"}, "label"),
        ({"open_skin_why": ""}, "open_skin_why"),
        ({"kind": "'plant'"}, "kind"),
        ({"open_skin": "'always'"}, "open_skin"),
        ({"molar_mass": ""}, "molar_mass"),
        ({"log_kow": "'high'"}, "log_kow"),
        ({"log_kow": "nan"}, "log_kow"),
        ({"permeability_cm_h": "[1e-3]"}, "permeability_cm_h"),
        ({"permeability_cm_h": "[2e-3, 1e-3]"}, "permeability_cm_h"),
        ({"effect": "[{ on = 'collagen' }]"}, "effect"),
    ],
)
def test_an_entry_that_breaks_the_schema_is_named(
    fields: dict[str, str], field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataFileError, match=f"actives.toml > one > {field}"):
        made(tmp_path, monkeypatch, **fields)


def test_effects_with_a_size_are_what_acts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    effect = "{{ on = '{}', sized = {}, grade = 'trial', note = '' }}"
    both = f"[{effect.format('collagen', 'true')}, {effect.format('pigment', 'false')}]"
    one = made(tmp_path, monkeypatch, effect=both, permeability_cm_h="[1e-3, 2e-3]")
    assert [effect.on for effect in one.effects] == ["collagen", "pigment"]
    assert [effect.on for effect in one.acts] == ["collagen"]
    assert one.effects[0].level == 1
    assert one.permeability_cm_h == (0.001, 0.002)


# ------------------------------------------------------------------------------------------------------ what is used


def test_an_application_is_whole_and_prints() -> None:
    usual = find_active("l_ascorbic_acid").usual_percent
    plain = Application(active="Vitamin C")
    assert (plain.active, plain.percent, plain.after_hours) == ("l_ascorbic_acid", usual, 0)
    assert str(plain) == f"l_ascorbic_acid {usual:g} %"
    assert str(Application(active="prp")) == "prp"
    assert str(Application(active="prp", after_hours=24)) == "prp after 24 h"
    assert Application(active="prp", after_hours="1 d") == Application(active="prp", after_hours=24)  # type: ignore[arg-type]


def test_home_use_is_whole_and_prints() -> None:
    assert str(HomeUse(active="sunscreen")) == "home sunscreen daily"
    assert str(HomeUse(active="sunscreen", per_week=1)) == "home sunscreen weekly"
    assert str(HomeUse(active="sunscreen", per_week=3)) == "home sunscreen 3 times a week"
    assert str(HomeUse(active="tretinoin", percent=0.05, stop_days=1, resume_days=7)) == (
        "home tretinoin 0.05 % daily, stop 1 day before, resume 7 days after"
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"per_week": 0}, "days a week"),
        ({"per_week": 7.1}, "days a week"),
        ({"stop_days": -1}, "stop before"),
        ({"stop_days": 31}, "stop before"),
        ({"resume_days": float("inf")}, "resume after"),
        ({"percent": 5}, "percent"),
    ],
)
def test_home_use_is_held_to_its_range(change: dict[str, float], field: str) -> None:
    with pytest.raises(InputError, match=field):
        HomeUse(active="sunscreen" if "percent" not in change else "prp", **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("hours", [-1, 169, float("nan"), "soon"])
def test_hours_are_held_to_their_range(hours: float) -> None:
    with pytest.raises(InputError, match="prp, hours after the session"):
        Application(active="prp", after_hours=hours)


def test_the_share_of_days_on_which_it_is_used() -> None:
    daily = HomeUse(active="sunscreen")
    assert daily.share((0,)) == daily.share((0, 30, 60)) == 1
    assert HomeUse(active="sunscreen", per_week=3.5).share((0, 30)) == 0.5
    gaps = HomeUse(active="sunscreen", stop_days=5, resume_days=10)
    assert gaps.share((0, 30)) == 0.5
    assert gaps.share((0, 10)) == 0
    assert gaps.share((0,)) == 1
