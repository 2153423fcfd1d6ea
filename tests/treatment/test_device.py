"""The device catalogue, its schema, and devices that a sentence describes."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from neodermis.errors import AmbiguousNameError, DataFileError, InputError, UnknownNameError
from neodermis.evidence import load_bibliography
from neodermis.treatment import Device, Span, find_device, load_devices, pen, roller, stamp
from neodermis.treatment import device as device_module

CATALOGUE = Path(device_module.__file__).with_name("data") / "devices.toml"

OWN_DEVICE = """
schema_version = 1

[sources.manual]
title = "Operating manual"
address = "https://example.org/manual"

[device.my_pen]
name = "My pen"
kind = "pen"
needles = { value = 12, unit = "needle", sources = ["manual"] }
needle_diameter = { value = 250, unit = "um", sources = ["manual"] }
depth = { low = 0.25, high = 2, unit = "mm", basis = "the device's maker", sources = ["manual"] }
"""


def exact(span: Span | None) -> float:
    assert span is not None
    assert span.low == span.middle == span.high
    assert not span.assumed
    return span.middle


def test_exceed_is_as_cleared() -> None:
    device = find_device("exceed")
    assert exact(device.needles) == 6
    assert exact(device.depth_tolerance_mm) == 0.15
    assert (device.depth_min_mm, device.depth_max_mm, device.needle_length_mm) == (0, 1.5, 1.5)
    assert device.frequency_hz is not None
    assert (device.frequency_hz.low, device.frequency_hz.high) == (100, 150)
    assert not device.frequency_hz.assumed
    assert device.needle_diameter_mm.assumed
    assert device.sources[0] == "k180778"


def test_skinpen_runs_on_its_class_where_nothing_is_published() -> None:
    device = find_device("SkinPen Precision")
    assert exact(device.frequency_hz) == pytest.approx(7000 / 60)
    assert (device.depth_max_mm, device.depth_evaluated_mm) == (2.5, 1.5)
    # the count of 14 stands on a general page alone (tier D), and is said to be assumed
    assert device.assumptions()[0] == (
        "skinpen_precision: needle count is not published; 14 used (assumed from a general page, tier D, which gives"
        " the depth otherwise than the clearance does)"
    )
    assert len(device.assumptions()) == 5  # diameter, tip and taper of the needles, and the head, are of its class too


def test_roller_mf8_is_published_but_for_the_point_of_its_needles() -> None:
    device = find_device("roller-MF8")
    assert exact(device.needles) == 192
    assert exact(device.needle_diameter_mm) == 0.25
    assert exact(device.drum_diameter_mm) == exact(device.drum_width_mm) == 20
    assert device.depth_fixed
    assert (device.depth_min_mm, device.depth_max_mm) == (1.5, 1.5)
    assert device.assumptions() == [
        "roller_mf8: radius of the needle's tip is not published; 4 to 12 µm used (assumed from the only published "
        "roller needle tips (4 um) up to three times their radius)",
        "roller_mf8: length of the needle's taper is not published; 0.6 to 1.4 mm used (assumed from ground points "
        "about three to five needle diameters long; no published value)",
    ]
    assert device.sources == ("schwarz-2011", "kalluri-2011")


def test_the_roller_of_the_channel_study_publishes_its_needles() -> None:
    """Kalluri 2011: needles 770 µm long, 140 µm wide at the base, 4 µm at the tip (radius)."""
    device = find_device("roller_770")
    assert exact(device.needle_tip_radius_um) == 4
    assert exact(device.needle_taper_mm) == device.needle_length_mm == 0.77
    assert exact(device.needle_diameter_mm) == 0.14


def test_home_roller_takes_its_length_from_the_depth() -> None:
    device = find_device("home_roller")
    assert device.home_use
    assert not device.depth_fixed
    assert [device.allows_depth(depth) for depth in (0, 0.1, 0.2, 1.0, 1.1)] == [True, False, True, True, False]
    assert device.needle_diameter_mm.middle == 0.07
    assert len(device.assumptions()) == 6


@pytest.mark.parametrize("device", load_devices().values(), ids=lambda device: device.id)
def test_every_number_has_a_source_or_says_assumed(device: Device) -> None:
    assert device.sources
    assert set(device.sources) <= set(load_bibliography())
    spans = [value for name in device.__slots__ if isinstance(value := getattr(device, name), Span)]
    assert all(span.sources or span.assumed for span in spans)
    assert len(device.assumptions()) == sum(span.assumed for span in spans)


def test_the_shipped_file_keeps_its_schema() -> None:
    assert load_devices(CATALOGUE) == load_devices()


def test_the_catalogue_is_read_once_and_cannot_be_changed() -> None:
    assert load_devices() is load_devices()
    with pytest.raises(TypeError):
        load_devices()["exceed"] = pen(12, 0.25)  # type: ignore[index]


def test_unknown_device_names_the_closest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'skinpen_precision'"):
        find_device("skinpen precisoin")
    with pytest.raises(UnknownNameError, match="use one of"):
        find_device("x" * 10_000_000)


def test_inline_devices() -> None:
    device = pen(36, 0.25)
    assert device.id == "pen 36 x 0.25 mm"
    assert device.inline
    assert exact(device.needles) == 36
    assert device.assumptions() == [
        "pen 36 x 0.25 mm: radius of the needle's tip is not part of the sentence; 4 to 20 µm used (assumed from the "
        "only published needle tip (4 um) up to five times its radius)",
        "pen 36 x 0.25 mm: length of the needle's taper is not part of the sentence; 0.6 to 1.4 mm used (assumed from "
        "ground points about three to five needle diameters long; no published value)",
        "pen 36 x 0.25 mm: stroke rate is not part of the sentence; 50 to 150 Hz used "
        "(assumed from a review of pens; the published stroke rates, 90 to 150 Hz, lie within this range)",
        "pen 36 x 0.25 mm: width of the head is not part of the sentence; 8 to 12 mm used (assumed from cartridges "
        "used around the eye; no published value)",
    ]
    assert device == pen(36, 0.25)
    assert hash(device) == hash(pen(36, 0.25))
    assert stamp(36, 0.2).head_area_mm2 is not None
    own = roller(540, 0.5, 0.2)
    assert own.id == "roller 540 x 0.5 mm x 0.2 mm"
    assert own.depth_fixed
    assert own.allows_depth(0)
    assert not own.allows_depth(0.4)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: pen(0, 0.25), ["needles of the pen", "0", "1 to 1000"]),
        (lambda: stamp(12, 5), ["needle diameter of the stamp", "5", "0.02 to 1 mm", "published needles"]),
        (lambda: roller(192, 8, 0.25), ["needle length of the roller", "8", "0.1 to 3 mm", "published rollers"]),
        (lambda: pen(12, float("nan")), ["needle diameter of the pen", "nan"]),
    ],
)
def test_inline_devices_outside_the_range(make, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as caught:
        make()
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"frequency_hz": None}, "frequency_hz"),
        ({"head_width_mm": None}, "head_width_mm"),
        ({"drum_width_mm": pen(1, 0.1).needles}, "drum_width_mm"),
        ({"needle_length_mm": 0.0}, "needles"),
        ({"depth_max_mm": -1.0}, "depth"),
        ({"depth_fixed": True}, "depth"),
    ],
)
def test_fields_of_a_device_fit_its_kind(change: dict[str, object], field: str) -> None:
    with pytest.raises(InputError, match=field):
        replace(pen(12, 0.25), **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("numbers", [(2, 1, 3), (1, 2, float("nan")), (1, 2, float("inf")), (-1, 0, 1)])
def test_a_span_is_in_order_and_finite(numbers: tuple[float, float, float]) -> None:
    low, middle, high = numbers
    with pytest.raises(InputError, match="range"):
        Span(low=low, middle=middle, high=high, assumed=False, basis="", sources=())


def test_an_assumption_says_what_it_rests_on() -> None:
    with pytest.raises(InputError, match="basis"):
        Span(low=1, middle=1, high=1, assumed=True, basis="", sources=())


def test_own_device_file(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(OWN_DEVICE, encoding="utf-8")
    (device,) = load_devices(file).values()
    assert exact(device.needle_diameter_mm) == 0.25
    for field in ("frequency_hz", "head_width_mm", "needle_tip_radius_um", "needle_taper_mm"):
        assert getattr(device, field) == getattr(pen(12, 0.25), field), "what a file leaves out is that of the class"
    assert find_device("My Pen", devices=load_devices(file)) is not None
    assert "manual" in device.sources
    unknown = tmp_path / "unknown.toml"
    unknown.write_text(OWN_DEVICE.replace('sources = ["manual"]', 'sources = ["nobody-1900"]'), encoding="utf-8")
    with pytest.raises(DataFileError, match="nobody-1900"):
        load_devices(unknown)


def test_names_of_own_devices_go_before_shipped_ones(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    aliases = 'name = "SkinPen"\naliases = ["Derma-Pen", "MP 16"]'
    file.write_text(OWN_DEVICE.replace('name = "My pen"', aliases), encoding="utf-8")
    both = {**load_devices(), **load_devices(file)}
    for name in ("my pen", "SKINPEN", "derma pen", "mp-16"):
        assert find_device(name, devices=both).id == "my_pen"
    with pytest.raises(AmbiguousNameError, match="dermapen_4"):
        find_device("dermapen", devices=both)  # a question stays for the spelling that no own device has
    assert find_device("SkinPen Precision", devices=both).id == "skinpen_precision"
    assert find_device("skinpen").id == "skinpen_precision"


def test_one_name_for_two_own_devices_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    second = OWN_DEVICE.partition("[device.my_pen]")[2].replace("My pen", "my PEN")
    file.write_text(OWN_DEVICE + "[device.other]" + second, encoding="utf-8")
    with pytest.raises(DataFileError, match=r"device\.other > aliases: 'my PEN'"):
        load_devices(file)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "My pen"\n', "", ["device.my_pen", "name", "required"]),
        ('kind = "pen"', 'kind = "laser"', ["device.my_pen", "kind", "laser", "'pen', 'roller'"]),
        ("value = 12", 'value = "twelve"', ["device.my_pen", "needles.value", "twelve", "number"]),
        ("value = 12", "value = true", ["device.my_pen", "needles.value", "number"]),
        ("value = 12", "value = nan", ["device.my_pen", "needles.value", "finite"]),
        ("value = 12", "low = 12", ["device.my_pen", "needles", "low and high"]),
        ("value = 12", "value = -12", ["device.my_pen", "needles", "'-12'", "from 1 to 1000"]),
        ("value = 12", "value = 0", ["device.my_pen", "needles", "'0'", "from 1 to 1000"]),
        ("value = 12", "low = 12, high = 2000", ["device.my_pen", "needles", "'12 to 2000'", "from 1 to 1000"]),
        ("value = 250", "value = 1e-308", ["device.my_pen", "needle_diameter", "'1e-311'", "from 0.02 to 1 mm"]),
        ("high = 2,", "high = 1e308,", ["device.my_pen", "depth", "from 0 to 10 mm"]),
        (
            "[device.my_pen]",
            '[accepted.needles]\nlow = 1\nhigh = 1e9\nunit = "needle"\n[device.my_pen]',
            ["accepted", "needles", "from 1 to 1000"],
        ),
        ('unit = "um"', 'unit = "inch"', ["device.my_pen", "needle_diameter.unit", "inch", "mm"]),
        ('unit = "um"', 'unit = "Hz"', ["device.my_pen", "needle_diameter.unit", "Hz", "dimension"]),
        ('["manual"] }\ndepth', '["book"] }\ndepth', ["device.my_pen", "needle_diameter.sources", "book"]),
        ('needle", sources = ["manual"]', 'needle"', ["device.my_pen", "needles", "assumed = true"]),
        ("kind =", "colour = 1\nkind =", ["device.my_pen", "colour", "no field of this name"]),
        ("device.my_pen", "device.'My pen'", ["device.My pen", "id", "lower-case"]),
        (
            '"pen"',
            '"stamp"\ndrum_width = { value = 2, unit = "cm", sources = ["manual"] }',
            ["device.my_pen", "drum_width"],
        ),
        ('kind = "pen"\nneedles', 'kind = "roller"\nneedle_count', ["device.my_pen", "needle_count"]),
        ("depth =", "needle_length =", ["device.my_pen", "depth", "largest depth setting"]),
        ("address =", "where =", ["sources.manual", "address"]),
        ("schema_version = 1", "schema_version = 2", ["schema_version", "1"]),
        ('name = "My pen"', 'name = "My pen', ["syntax", "line"]),
        ("[device.my_pen]", "[device.my_pen]\n[device.my_pen]", ["syntax", "line"]),
    ],
)
def test_broken_device_files(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    file = tmp_path / "broken.toml"
    assert old in OWN_DEVICE
    file.write_text(OWN_DEVICE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        load_devices(file)
    assert all(word in str(caught.value) for word in ["broken.toml", *words]), str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "pen"\nnotes', "notes", ["device.exceed", "kind", "required"]),
        ("value = 7000", 'value = "7000"', ["device.skinpen_precision", "frequency.value", "number"]),
        ('unit = "rpm"', 'unit = "bpm"', ["device.skinpen_precision", "frequency.unit", "bpm"]),
        ('basis = "pens with a published number of needles"', "", ["class.pen", "needles.basis"]),
        (
            'needles = { value = 192, unit = "needle", sources = ["schwarz-2011"] }\n',
            "",
            ["device.roller_mf8", "needles"],
        ),
    ],
)
def test_broken_copies_of_the_shipped_file(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    text = CATALOGUE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "devices.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        load_devices(file)
    assert all(word in str(caught.value) for word in ["devices.toml", *words]), str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="No such file"):
        load_devices(tmp_path / "absent.toml")
    with pytest.raises(DataFileError, match="directory"):
        load_devices(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(DataFileError, match="UTF-8"):
        load_devices(tmp_path / "latin.toml")


def test_importing_does_no_work() -> None:
    heavy = "import sys, neodermis.treatment; print(sorted({'lark', 'pydantic', 'tomllib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_reading_a_sentence_leaves_the_schema_unloaded() -> None:
    code = (
        "import sys; from neodermis.treatment import read_protocol;"
        "read_protocol('1 session: exceed; cheek 1 mm, 4 passes', sites={'cheek': 'cheek'});"
        "print('pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
