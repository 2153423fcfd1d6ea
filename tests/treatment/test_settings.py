"""The depths that devices can be set to: what is used, never deeper than asked, and what is told."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neodermis.api import Case, read
from neodermis.errors import DataFileError, InputError, LimitError
from neodermis.evidence import load_bibliography
from neodermis.simulation.session import by_zones
from neodermis.treatment import Device, Protocol, find_device, load_devices
from neodermis.treatment import device as device_module

CATALOGUE = Path(device_module.__file__).with_name("data") / "devices.toml"
WITH_SETTINGS = [device for device in load_devices().values() if device.settings_mm]


def test_the_settings_are_those_that_were_published() -> None:
    skinpen = find_device("skinpen_precision")
    assert (0.0, *skinpen.settings_mm) == tuple(step * 0.25 for step in range(11)), "11 settings, 0 to 2.5 mm"
    assert skinpen.settings_basis.endswith("FDA De Novo record: skinpen-depth-summary, tier A2")
    dermapen = find_device("dermapen_4").settings_mm
    assert (len(dermapen), dermapen[:3], dermapen[-1]) == (29, (0.2, 0.3, 0.4), 3.0)
    assert find_device("exceed").settings_mm == (), "no clearance prints the steps of its dial"


def planned(plan: str | Protocol) -> tuple[Protocol, tuple[str, ...]]:
    return Case(plan=read(plan)).planned()


@pytest.mark.parametrize("device", WITH_SETTINGS, ids=lambda device: device.id)
def test_settings_are_sourced_and_inside_the_range(device: Device) -> None:
    assert ", tier " in device.settings_basis
    assert any(key in device.settings_basis for key in load_bibliography())
    assert all(device.allows_depth(setting) and device.settable(setting) == setting for setting in device.settings_mm)
    assert device.settings_mm[-1] == device.depth_max_mm


@given(st.sampled_from(WITH_SETTINGS), st.floats(0, 3))
def test_the_depth_set_is_a_setting_and_never_deeper(device: Device, asked: float) -> None:
    used = device.settable(asked)
    assert used in (0.0, *device.settings_mm)
    assert used <= asked + 1e-9
    assert not any(used < setting <= asked for setting in device.settings_mm), "the deepest of those"
    between = device.neighbours(asked)
    if between is None:
        assert asked - used <= 1e-9 or asked > device.depth_max_mm
    else:
        lower, upper = between
        assert (lower, upper) == (used, min(setting for setting in device.settings_mm if setting > used))
        assert lower < asked < upper


@given(st.sampled_from([device for device in load_devices().values() if not device.settings_mm]), st.floats(0, 3))
def test_without_known_settings_the_depth_is_the_one_asked_for(device: Device, asked: float) -> None:
    assert device.settable(asked) == asked
    assert device.neighbours(asked) is None


def test_a_depth_between_two_settings_is_told_and_the_lower_is_used() -> None:
    asked = read("1 session: skinpen_precision; cheek 1.1 mm, 4 passes; forehead 0.5 mm, 4 passes")
    plan, warnings = planned(asked)
    assert plan.sentence == "1 session: skinpen_precision; cheek 1 mm, 4 passes; forehead 0.5 mm, 4 passes"
    (told,) = warnings
    assert told.startswith("skinpen_precision: 1.1 mm at cheek lies between the settings 1.0 and 1.25 mm (11 settings")
    assert told.endswith(", tier A2); 1.0 mm is used, never deeper than asked")
    assert planned(plan) == (plan, ())


def test_an_arm_of_a_study_keeps_its_depth_and_the_note() -> None:
    told, *_ = read("1 session: skinpen_precision; cheek 1.1 mm, 4 passes").warnings()
    assert "between the settings 1.0 and 1.25 mm" in told
    assert told.endswith("1.1 mm is simulated, as given")


def test_the_limit_of_practice_is_that_of_the_depth_used() -> None:
    plan, (told,) = planned("1 session: skinpen_precision; forehead 1.1 mm, 4 passes")
    assert plan.phases[0].treatments[0].depth_mm == 1.0
    assert "1.0 and 1.25 mm" in told
    with pytest.raises(LimitError, match=r"1\.25 mm at the forehead is beyond 1 mm"):
        planned("1 session: skinpen_precision; forehead 1.3 mm, 4 passes")


def test_a_depth_below_every_setting_is_refused() -> None:
    with pytest.raises(LimitError) as caught:
        planned("1 session: skinpen_precision; cheek 0.1 mm, 4 passes")
    message = str(caught.value)
    assert all(
        words in message for words in ("0.1 mm", "0 mm (sham) or 0.25 mm", "skinpen-depth-summary", "0.25 mm if")
    )
    assert planned("1 session: skinpen_precision; cheek 0 mm, 4 passes")[0].phases[0].treatments[0].depth_mm == 0


def test_a_face_taken_apart_stands_at_settings() -> None:
    plan = by_zones(read("1 session: roller_generic; face 1.5 mm, 4 passes"))
    assert plan is not None
    assert all(one.depth_mm in plan.phases[0].device.settings_mm for one in plan.phases[0].treatments)


@pytest.mark.parametrize("settings", [(1.0, 0.5, 2.5), (0.0, 2.5), (-1.0, 2.5), (0.5, 2.0), (0.5, 3.0)])
def test_settings_ascend_to_the_greatest_depth(settings: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="settings"):
        replace(find_device("skinpen_precision"), settings_mm=settings)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("step = 0.25, ", "", ["device.skinpen_precision", "settings", "low, high and step"]),
        (
            "step = 0.25, ",
            "step = 0.3, ",
            ["device.skinpen_precision", "settings.step", "0.3", "whole number"],
        ),
        ("step = 0.25, ", "step = -0.25, ", ["device.skinpen_precision", "settings.step", "greater than 0"]),
        ('tier = "A2", ', "", ["device.skinpen_precision", "settings.tier", "required"]),
        ('tier = "A2", ', 'tier = "F", ', ["device.skinpen_precision", "settings.tier", "'A'"]),
        ("values = [0.2, 0.3,", "values = [0.3, 0.2,", ["device.roller_generic", "settings"]),
        ('tier = "B"\n', "", ["class.pen", "passes.tier", "required"]),
        ("middle = 6\nhigh = 10", "middle = 6.5\nhigh = 10", ["device.exceed", "passes", "6.5", "whole number"]),
        ('high = 10\nunit = "1"', 'high = 41\nunit = "1"', ["class.pen", "passes", "1 to 40"]),
        ("values = [0.2,", "step = 0.1, values = [0.2,", ["device.roller_generic", "settings", "either values"]),
    ],
)
def test_broken_settings(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    text = CATALOGUE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "devices.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        load_devices(file)
    assert all(word in str(caught.value) for word in words), str(caught.value)
