"""Sentences of heat: read back equal, refuse what the device lacks with field, value, range and next step."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neodermis.api.inputs import read, read_any
from neodermis.errors import InputError, SentenceError
from neodermis.treatment import HeatPass, HeatPhase, HeatProtocol, Protocol, load_heat_devices
from neodermis.treatment.heat import SETTINGS_OF

DEVICES = load_heat_devices()


@pytest.mark.parametrize(
    ("said", "canonical"),
    [
        ("1 session: secret_rf; cheek 1.5 mm, level 6", None),
        ("3 sessions every 4 weeks: er_yag_fractional; cheek 30 mJ, 15 %", None),
        ("1 session: Secret RF; cheek at 1500 um, level 6", "1 session: secret_rf; cheek 1.5 mm, level 6"),
        ("one session: CO2 laser; cheek 30 mJ with 15 percent, 2 stacked pulses, 3 passes",
         "1 session: co2_fractional; cheek 30 mJ, 15 %, 2 pulses, 3 passes"),
        ("1 session: nafl_1340; cheek 30 mJ, 15 %; forehead 0 mJ, 10 %", None),
        ("1 session: nafl_1340; cheek 30 mJ, 15 %; then 2 sessions every week from day 9: eco2_120; cheek 90 mJ, 5 %",
         None),
    ],
)  # fmt: skip
def test_a_sentence_of_heat_is_read_and_printed(said: str, canonical: str | None) -> None:
    found = read_any(said)
    assert isinstance(found, HeatProtocol)
    assert str(found) == (canonical or said)
    assert read_any(str(found)) == found


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(DEVICES)), st.data())
def test_any_settings_of_a_device_read_back_equal(id: str, data: st.DataObject) -> None:
    device = DEVICES[id]
    drawn = {
        name: data.draw(
            st.integers(1, 10).map(float) if name == "level" else st.floats(span.low, span.high, allow_subnormal=False)
        )
        for name, span in device.settings.items()
    }
    one = HeatPass(site="cheek", passes=data.draw(st.integers(1, 8)), **drawn)
    plan = HeatProtocol(phases=(HeatPhase(device=device, treatments=(one,), count=1),))
    assert read_any(plan.sentence) == plan


@pytest.mark.parametrize(
    ("said", "value", "accepted"),
    [
        ("co2_fractional; cheek 30 mJ, 150 %", "150 %", "1 to 40 %"),
        ("co2_fractional; cheek 300 mJ, 15 %", "300 mJ", "5 to 160 mJ"),
        ("co2_fractional; cheek 30 mJ", None, "1 to 40 %"),
        ("co2_fractional; cheek", None, "5 to 160 mJ"),
        ("co2_fractional; cheek 1.5 mm, 6 passes", "1.5 mm", "energy of a pulse and density"),
        ("co2_fractional; cheek 30 mJ, 15 %, 9 pulses", "9", "from 1 to 3"),
        ("secret_rf; cheek 30 mJ, 15 %", "30 mJ", "depth and level"),
        ("secret_rf; cheek 5 mm, level 6", "5 mm", "0.5 to 3.5 mm"),
        ("secret_rf; cheek 1.5 mm, level 11", "level 11", "1 to 10"),
        ("secret_rf; cheek 1.5 mm, level 2.5", "level 2.5", "a whole number"),
        ("nafl_1340; cheek 30 mJ, 15 %, 2 pulses", "2", "1"),
    ],
)
def test_a_setting_that_the_device_lacks_is_refused(said: str, value: str | None, accepted: str) -> None:
    with pytest.raises(InputError) as found:
        read_any(f"1 session: {said}")
    error = found.value
    assert error.field == "plan" and error.exit_status == 2
    assert (None if error.value is None else str(error.value)) == value
    assert accepted in str(error.accepted) and error.whose and error.next_step


@pytest.mark.parametrize("said", ["cheek 30 mJ, 15 %", "cheek 1.5 mm, level 6"])
def test_needles_have_no_setting_of_heat(said: str) -> None:
    with pytest.raises(SentenceError, match="needles alone"):
        read_any(f"1 session: exceed; {said}")


def test_needles_and_heat_are_courses_of_their_own() -> None:
    with pytest.raises(InputError, match="sentence of its own"):
        read_any("1 session: exceed; cheek 1 mm, 4 passes; then 1 session from day 30: secret_rf; cheek 1 mm, level 3")
    with pytest.raises(SentenceError, match="active with heat"):
        read_any("1 session: secret_rf; cheek 1.5 mm, level 6; niacinamide 4 %")


def test_the_reader_of_needles_refuses_heat_and_says_what_can_be_asked() -> None:
    with pytest.raises(InputError, match=r"injure \"1 session: secret_rf; cheek 1.5 mm, level 6\"") as found:
        read("1 session: secret_rf; cheek 1.5 mm, level 6")
    assert found.value.field == "plan"
    assert isinstance(read_any("1 session: exceed; cheek 1 mm, 4 passes"), Protocol)


def test_a_misspelled_device_and_unit_are_told() -> None:
    with pytest.raises(SentenceError, match="did you mean 'er_yag_fractional'"):
        read_any("1 session: er_yag_fractionl; cheek 30 mJ, 15 %")
    with pytest.raises(SentenceError) as found:
        read_any("1 session: co2_fractional; cheek 30 J, 15 %")
    assert "settings of co2_fractional" in str(found.value) and "mJ" in str(found.value)


@pytest.mark.parametrize("id", sorted(DEVICES))
def test_every_device_has_the_settings_of_its_kind_and_an_example_that_works(id: str) -> None:
    device = DEVICES[id]
    assert [*device.settings] == [*SETTINGS_OF[device.kind]]
    assert read_any(f"1 session: {id}; cheek {device.example}")
    assert all(span.basis for span in device.spans.values())
