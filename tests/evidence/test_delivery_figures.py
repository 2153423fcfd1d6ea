"""Figures on closure, water and delivery: everything printed is there, and every broken file is named to the field."""

from importlib.resources import files

import pytest

from neodermis.errors import DataFileError, UnknownNameError
from neodermis.evidence import load_bibliography, load_parameters
from neodermis.evidence.delivery_figure import (
    DELIVERY_FILE,
    DELIVERY_QUANTITIES,
    find_delivery_figure,
    load_delivery_figures,
    read_delivery_figures,
)
from neodermis.treatment.active import load_actives
from neodermis.units import convert

FIGURES = load_delivery_figures()
TEXT = (files("neodermis.evidence") / "data" / DELIVERY_FILE).read_text("utf-8")
ONE = """
[[figure]]
id = "own"
source = "hoang-2015"
quantity = "enhancement"
value = 2.19
unit = "1"
condition = "roller"
species = "pig"
used_for = ["effective_open_share"]

[figure.setup]
molar_mass = 151.25
log_kow = [-2.0, -0.9]
channels_per_cm2 = [50, 250]
channel_width_um = 50
depth_mm = 0.3
in_vitro = true
dermis_mm = 0.5

[figure.setup.assumed]
channels_per_cm2 = "not read"

[figure.against]
channel_width_um = 25
"""


def test_every_figure_rests_on_a_source_that_is_listed_and_on_parameters_that_exist() -> None:
    assert len(FIGURES) > 200 and len({figure.id for figure in FIGURES}) == len(FIGURES) == TEXT.count("[[figure]]")
    for figure in FIGURES:
        assert figure.source in load_bibliography(), figure.id
        assert load_bibliography()[figure.source].address.startswith("http"), figure.source
        assert set(figure.used_for) <= set(load_parameters().parameters), figure.id
        assert figure.published and figure.condition and figure.quantity


def test_every_figure_has_a_set_up_or_says_in_a_sentence_why_not() -> None:
    for figure in FIGURES:
        assert (figure.setup is None) == bool(figure.why_not), figure.id
        if figure.setup is None:
            assert figure.why_not.endswith(".") and len(figure.why_not.split()) >= 4, figure.id
            continue
        assert not figure.setup.active or figure.setup.active in load_actives(), figure.id
        if not figure.is_sign and figure.against is None:
            unit = figure.setup.read_as or figure.unit
            if unit not in ("umol/cm2", "%"):
                convert(1.0, DELIVERY_QUANTITIES[figure.quantity], unit, what=figure.id)
    assert sum(figure.setup is not None for figure in FIGURES) > len(FIGURES) / 2


def test_what_rests_on_a_figure_cites_its_source() -> None:
    cited = {name: set(parameter.sources) for name, parameter in load_parameters().parameters.items()}
    for figure in FIGURES:
        for name in figure.used_for:
            assert figure.source in cited[name] or not cited[name], (figure.id, name)


def test_a_range_has_a_basis() -> None:
    """What is drawn was not printed, and says where it comes from."""
    for figure in FIGURES:
        for setup in (figure.setup, figure.against):
            for name, amount in () if setup is None else setup.amounts.items():
                assert amount.known or name in setup.assumed or name in figure.setup.assumed, (figure.id, name)


def test_rollers_of_the_fit_are_described_alike() -> None:
    fitted = [figure for figure in FIGURES if "effective_open_share" in figure.used_for]
    assert len(fitted) == 6 and len({figure.source for figure in fitted}) == 3
    drums = {(f.setup.channels_per_cm2, f.setup.channel_width_um, f.setup.depth_mm) for f in fitted if f.setup}
    assert len(drums) == 1


def test_numbers_as_printed() -> None:
    """Read again from what was extracted, by hand."""
    assert find_delivery_figure("ogunjimi-2021-abdomen").published == "63.09 (SD 13.13) h"
    assert find_delivery_figure("ogunjimi-2020-black").value == 66.5
    assert find_delivery_figure("gupta-2011-air").published == "< 2 h"
    assert find_delivery_figure("you-2010-enhancement").value == 10.54
    assert find_delivery_figure("hoang-2015-amantadine").value == pytest.approx(49.04 / 22.38, abs=5e-3)
    assert find_delivery_figure("nguyen-2016-tiagabine").value == pytest.approx(86.42 / 12.83, abs=5e-3)
    assert find_delivery_figure("hoang-2015-pramipexole").value == pytest.approx(134.04 / 134.83, abs=5e-3)
    assert find_delivery_figure("ghk-cu-permeability").value == 2.43e-4
    assert find_delivery_figure("niacinamide-ph74").published == "2.05 (SD 0.51) %"
    assert find_delivery_figure("wessollek-2023-untreated").published == "24 to 48 h"
    assert find_delivery_figure("xu-2017-water").published == "no change"
    with pytest.raises(UnknownNameError, match="tanno-2000"):
        find_delivery_figure("tanno-2001")


def test_an_other_set_up_differs_in_what_it_says() -> None:
    (figure,) = read_delivery_figures(ONE, "own.toml")
    assert figure.setup is not None and figure.against is not None
    assert figure.against.channel_width_um is not None and figure.against.channel_width_um.centre == 25
    assert figure.against.molar_mass == figure.setup.molar_mass and figure.against.in_vitro
    assert figure.setup.log_kow is not None and figure.setup.log_kow.a == -2


BROKEN = [
    ('"hoang-2015"', '"hoang-1915"', "source"),
    ('"enhancement"', '"improvement"', "quantity"),
    ("value = 2.19\n", "", "value"),
    ("value = 2.19", "value = nan", "value"),
    ('unit = "1"\n', "", "unit"),
    ('"effective_open_share"', '"effective_shut_share"', "used_for"),
    ("depth_mm = 0.3", "depth_mm = -0.3", "depth_mm"),
    ("channels_per_cm2 = [50, 250]", "channels_per_cm2 = [250, 50]", "channels_per_cm2"),
    ("in_vitro = true", 'in_vitro = "yes"', "in_vitro"),
    ("molar_mass = 151.25", "active = 3", "active"),
    ("molar_mass = 151.25", "mass = 151.25", "mass"),
    ('channels_per_cm2 = "not read"', 'colour = "not read"', "assumed"),
    ("[figure.setup]", 'why_not = "no state"\n\n[figure.setup]', "why_not"),
    ('species = "pig"', 'species = "pig"\nsign = "up"', "sign"),
    ('species = "pig"', 'species = "pig"\ncolour = "red"', "colour"),
]


@pytest.mark.parametrize(
    ("old", "new", "field"), BROKEN, ids=[f"{field}-{k}" for k, (_, _, field) in enumerate(BROKEN)]
)
def test_a_broken_file_is_named_to_the_field(old: str, new: str, field: str) -> None:
    assert old in ONE
    with pytest.raises(DataFileError) as caught:
        read_delivery_figures(ONE.replace(old, new, 1), "own.toml")
    first = str(caught.value).splitlines()[0]
    assert first.startswith("own.toml > own") and field in first
