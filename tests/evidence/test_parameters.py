"""The shipped parameters are sound, broken files are named to the field, and sets behave like values."""

import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neodermis.errors import DataFileError, InputError, UnknownNameError
from neodermis.evidence import Parameter, ParameterSet, load_bibliography, load_parameters, read_parameters
from neodermis.evidence.parameter import STATUSES
from neodermis.simulation import session
from neodermis.skin import cascade
from neodermis.uncertain import Distribution
from neodermis.units import dimension

SHIPPED = load_parameters()
FOLDER = Path(str(files("neodermis.evidence") / "data" / "parameters"))
#: Smallest number of draws whose quantiles are this sharp: standard error of a 5 % quantile, in spreads, is 0.015.
DRAWS = 20_000

#: Amounts that are a choice or a reference and not a guess, and whose.
CHOSEN = {
    "numbing_depth": "the clinic's, and --anaesthetic sets it",
    "alcohol_reference": "the unit of a size that is off: another reference would do, with another size set",
    "puncture_tip_radius": "the tip that puncture_dent is stated for: any other would do, with another dent",
}

GOOD = """
mechanism = "repair"

[activation_rate]
value = 0.16
unit = "1/d"
uncertainty = {lognormal = 0.25}
variability = "none"
status = "measured"
sources = ["babraj-2005"]
why = "Because."
"""


@pytest.fixture(params=SHIPPED, ids=lambda p: p.name)
def parameter(request: pytest.FixtureRequest) -> Iterator[Parameter]:
    yield request.param


def test_a_shipped_parameter_says_all_that_is_known(parameter: Parameter) -> None:
    p = parameter
    assert math.isfinite(p.value) and p.uncertainty.holds(p.value)
    assert p.variability.kind == "none" or p.variability.holds(p.value)
    dimension(p.unit)
    assert p.status in STATUSES
    assert p.why.strip() and p.why.endswith(".")
    assert p.sources or p.status not in ("measured", "derived")
    assert len(set(p.sources)) == len(p.sources) and set(p.sources) <= set(load_bibliography())
    if p.status == "assumed" and p.unit != "1" and p.name not in CHOSEN:
        assert p.uncertainty.kind != "none", "an assumed amount must say how uncertain it is"


@pytest.mark.parametrize("name", [p.name for p in SHIPPED if p.name.split("_of_")[0].endswith("_share")])
def test_a_share_is_drawn_between_zero_and_one(name: str) -> None:
    """More than all of it has no meaning: it would turn what is left negative."""
    for spread in (SHIPPED[name].uncertainty, SHIPPED[name].variability):
        low, high = spread.support if spread.kind != "none" else (SHIPPED[name].value,) * 2
        assert 0.0 <= low <= high <= 1.0


def test_the_shipped_set_is_what_the_mechanisms_declare() -> None:
    session.check_mechanisms(SHIPPED)
    assert {p.name: p.mechanism for p in SHIPPED} == {name: m for name, (m, _) in cascade.declarations().items()}
    assert SHIPPED.name and SHIPPED.version


def test_a_choice_is_not_drawn() -> None:
    assert all(SHIPPED[name].uncertainty.kind == SHIPPED[name].variability.kind == "none" for name in CHOSEN)


def test_a_good_file_is_read() -> None:
    (p,) = read_parameters(GOOD, "repair.toml", load_bibliography()).values()
    assert (p.name, p.mechanism, p.value, p.unit, p.status) == ("activation_rate", "repair", 0.16, "1/d", "measured")
    assert p.uncertainty == Distribution(kind="lognormal", a=0.25, centre=p.value) and p.variability == Distribution(
        kind="none", centre=p.value
    )


BROKEN = [
    ("value = 0.16\n", "", "value"),
    ('unit = "1/d"\n', "", "unit"),
    ('why = "Because."\n', "", "why"),
    ("uncertainty = {lognormal = 0.25}\n", "", "uncertainty"),
    ("value = 0.16", "value = nan", "value"),
    ("value = 0.16", "value = inf", "value"),
    ("value = 0.16", "value = -0.16", "value"),
    ("value = 0.16", 'value = "0.16"', "value"),
    ("value = 0.16", "value = true", "value"),
    ('unit = "1/d"', 'unit = "1/fortnight"', "unit"),
    ('unit = "1/d"', "unit = 7", "unit"),
    ('status = "measured"', 'status = "guessed"', "status"),
    ('status = "measured"', 'status = "set"', "status"),
    ('["babraj-2005"]', "[]", "sources"),
    ('["babraj-2005"]', '["nobody-1900"]', "sources"),
    ('["babraj-2005"]', '"babraj-2005"', "sources"),
    ('why = "Because."', 'why = " "', "why"),
    ("{lognormal = 0.25}", "{lognormal = -1}", "uncertainty"),
    ("{lognormal = 0.25}", "{normal = 1}", "uncertainty"),
    ("{lognormal = 0.25}", "{uniform = [2, 1]}", "uncertainty"),
    ("{lognormal = 0.25}", "{uniform = [0.2]}", "uncertainty"),
    ("{lognormal = 0.25}", "{uniform = [0.2, 0.4]}", "value"),
    ("{lognormal = 0.25}", "{switch = 2}", "uncertainty"),
    ("{lognormal = 0.25}", "{lognormal = nan}", "uncertainty"),
    ("{lognormal = 0.25}", '{lognormal = "wide"}', "uncertainty"),
    ('variability = "none"', 'variability = "some"', "variability"),
    ('why = "Because."', 'why = "Because."\nnote = "more"', "note"),
]


@pytest.mark.parametrize(("old", "new", "field"), BROKEN, ids=lambda text: text.strip()[:30])
def test_a_broken_entry_is_named(old: str, new: str, field: str) -> None:
    assert old in GOOD
    with pytest.raises(DataFileError) as caught:
        read_parameters(GOOD.replace(old, new), "repair.toml", load_bibliography())
    assert str(caught.value).splitlines()[0].startswith(f"repair.toml > activation_rate > {field}")
    assert caught.value.exit_status == 2 and caught.value.accepted


@pytest.mark.parametrize("text", ["[activation_rate", "a = \n", GOOD + GOOD.partition("\n\n")[2]])
def test_a_file_that_is_not_toml_is_named(text: str) -> None:
    """The last one names an entry twice."""
    with pytest.raises(DataFileError, match=r"^repair\.toml"):
        read_parameters(text, "repair.toml")


@pytest.mark.parametrize("text", [GOOD.replace('mechanism = "repair"', ""), GOOD.replace('"repair"', "3")])
def test_a_file_without_its_mechanism_is_named(text: str) -> None:
    with pytest.raises(DataFileError, match=r"^repair\.toml > mechanism"):
        read_parameters(text, "repair.toml")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "parameters"))


def test_a_copy_of_the_shipped_folder_is_the_shipped_set(copied: Path) -> None:
    assert load_parameters(copied).sha256 == load_parameters(calibrated=False).sha256 != SHIPPED.sha256


def test_a_name_in_two_files_names_both(copied: Path) -> None:
    entry = (copied / "ageing.toml").read_text("utf-8").partition("\n\n")[2]
    with (copied / "matrix.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{entry}")
    with pytest.raises(DataFileError) as caught:
        load_parameters(copied)
    assert "matrix.toml > collagen_loss_rate" in str(caught.value) and "ageing" in str(caught.value)


def without(name: str) -> ParameterSet:
    return replace(SHIPPED, parameters={p.name: p for p in SHIPPED if p.name != name})


def changed(name: str, **fields: Any) -> ParameterSet:
    return replace(SHIPPED, parameters=dict(SHIPPED.parameters) | {name: replace(SHIPPED[name], **fields)})


@pytest.mark.parametrize(
    ("broken", "places"),
    [
        (without("platelet_load"), ("platelet_load", "skin/injury.py", "injury.toml")),
        (changed("platelet_load", mechanism="repair"), ("platelet_load", "skin/injury.py", "mechanism repair")),
        (changed("platelet_load", unit="ng"), ("platelet_load", "injury.toml", "ng/mL")),
        (
            SHIPPED.merge(replace(SHIPPED, parameters={"blood": replace(SHIPPED["platelet_load"], name="blood")})),
            ("parameter blood", "injury.toml", "skin/injury.py"),
        ),
    ],
)
def test_a_set_that_does_not_fit_names_both_places(broken: ParameterSet, places: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        session.check_mechanisms(broken)
    assert all(place in str(caught.value) for place in places), str(caught.value)


def test_another_unit_of_the_same_dimension_is_converted() -> None:
    other = changed("platelet_load", unit="ug/mL", value=0.06)
    session.check_mechanisms(other)
    p = session.skin_parameters(other.central(), other).injury
    assert p.platelet_load[0] == pytest.approx(60.0)


# ------------------------------------------------------------------------------------------------- sets as values


def test_set_fixes_a_value_and_says_so() -> None:
    done = SHIPPED.set({"platelet_load": "0.05 ug/mL", "labile_share": 0.4})
    p = done["platelet_load"]
    assert (p.value, p.status, p.uncertainty.kind, p.sources) == (pytest.approx(50.0), "set", "none", ())
    assert p.assumed and done["labile_share"].value == 0.4
    assert p.variability == replace(SHIPPED["platelet_load"].variability, centre=p.value)
    assert SHIPPED["platelet_load"].value == 60.0 and SHIPPED.set({}) is SHIPPED
    assert done.name != SHIPPED.name and done.sha256 != SHIPPED.sha256


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("platelet_load", "60 mm"),
        ("platelet_load", "much"),
        ("platelet_load", -1.0),
        ("platelet_load", 0.0),
        ("platelet_load", math.nan),
        ("labile_share", 1.0),
        ("macrophage_loop_gain", 0.9),
        ("synthesis_rate_of_all_collagen", 2),
    ],
)
def test_set_refuses_what_has_no_meaning(name: str, given: object) -> None:
    with pytest.raises(InputError):
        SHIPPED.set({name: given})  # type: ignore[dict-item]


def test_an_unknown_name_gets_the_closest() -> None:
    with pytest.raises(UnknownNameError, match="platelet_load"):
        SHIPPED.set({"platelet_laod": 1})
    with pytest.raises(UnknownNameError):
        SHIPPED["nothing"]


def test_a_switch_is_one_or_the_other() -> None:
    """A value between two readings is neither of them."""
    with pytest.raises(InputError):
        SHIPPED.set({"synthesis_rate_of_all_collagen": 0.4})


def test_merge_puts_the_other_set_over_this_one() -> None:
    other = replace(SHIPPED, name="own", parameters={"platelet_load": replace(SHIPPED["platelet_load"], value=50.0)})
    both = SHIPPED.merge(other)
    assert len(both) == len(SHIPPED) and both["platelet_load"].value == 50.0
    assert both["labile_share"] == SHIPPED["labile_share"]
    assert SHIPPED.name in both.name and "own" in both.name


def test_diff_is_what_differs() -> None:
    assert SHIPPED.diff(SHIPPED) == {}
    other = SHIPPED.set({"platelet_load": 50.0})
    assert SHIPPED.diff(other) == {"platelet_load": (SHIPPED["platelet_load"], other["platelet_load"])}
    assert SHIPPED.diff(without("labile_share")) == {"labile_share": (SHIPPED["labile_share"], None)}


@pytest.mark.parametrize(
    "fields",
    [
        {"value": 60.0 * (1 + 1e-15)},
        {"unit": "ug/L"},
        {"uncertainty": Distribution(kind="lognormal", a=0.41)},
        {"variability": Distribution(kind="none")},
        {"status": "measured"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_the_hash_changes_with_any_value(fields: dict[str, Any]) -> None:
    assert changed("platelet_load", **fields).sha256 != SHIPPED.sha256


def test_the_hash_does_not_depend_on_order() -> None:
    backwards = replace(SHIPPED, parameters=dict(reversed(list(SHIPPED.parameters.items()))))
    assert list(backwards) != list(SHIPPED) and backwards.sha256 == SHIPPED.sha256


def test_the_assumed_share_counts_what_was_assumed_or_set() -> None:
    before = sum(p.status == "assumed" for p in SHIPPED)
    assert SHIPPED.assumed_share() == before / len(SHIPPED)
    measured = next(p.name for p in SHIPPED if p.status == "measured")
    assert SHIPPED.set({measured: SHIPPED[measured].value}).assumed_share() == (before + 1) / len(SHIPPED)


# ------------------------------------------------------------------------------------------------- draws


@pytest.fixture(scope="module")
def many() -> dict[str, dict[str, Any]]:
    return {of: SHIPPED.draw(DRAWS, 7, of) for of in ("uncertainty", "variability")}  # type: ignore[arg-type]


@pytest.mark.parametrize("of", ["uncertainty", "variability"])
def test_draws_have_the_stated_spread(of: str, parameter: Parameter, many: dict[str, dict[str, Any]]) -> None:
    spread: Distribution = getattr(parameter, of)
    values = many[of][parameter.name]
    assert values.shape == (DRAWS,) and np.isfinite(values).all()
    assert all(spread.holds(float(v)) for v in (values.min(), values.max()))
    if spread.kind in ("none", "off"):
        assert (values == parameter.value).all()
    elif spread.kind == "switch":
        assert set(values) == {0.0, 1.0}
        assert values.mean() == pytest.approx(spread.a, abs=4 * math.sqrt(spread.a * (1 - spread.a) / DRAWS))
    else:
        low, high = spread.interval()
        middle = (spread.a + spread.b) / 2 if spread.kind == "uniform" else parameter.value
        assert low < middle < high
        for share, quantile in ((0.05, low), (0.5, middle), (0.95, high)):
            # four standard errors of the share below
            assert np.mean(values < quantile) == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / DRAWS))


def test_streams_of_parameters_are_independent(many: dict[str, dict[str, Any]]) -> None:
    """Adding a parameter never changes another, and no two move together but those that were calibrated."""
    drawn = many["uncertainty"]
    fewer = without("platelet_load").draw(50, 7, "uncertainty")
    for name, values in fewer.items():
        np.testing.assert_allclose(values, drawn[name][:50], rtol=1e-14)
    varying = np.array([v for name, v in drawn.items() if np.ptp(v) > 0 and SHIPPED[name].prior is None])
    ranks = np.argsort(np.argsort(varying, axis=1), axis=1)
    related = np.corrcoef(ranks) - np.eye(len(ranks))
    assert np.abs(related).max() < 5.0 / math.sqrt(DRAWS)
    assert not np.array_equal(many["uncertainty"]["platelet_load"], many["variability"]["platelet_load"])
