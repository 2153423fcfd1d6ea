"""Published figures: the shipped file is sound, a broken one is named to the field."""

from collections.abc import Iterator

import numpy as np
import pytest

from neodermis.errors import DataFileError, UnknownNameError
from neodermis.evidence import (
    Figure,
    find_figure,
    load_bibliography,
    load_figures,
    load_parameters,
    read_figures,
)
from neodermis.uncertain import Distribution

SHIPPED = load_figures()

GOOD = """
[[figure]]
id = "one"
source = "gill-2008"
quantity = "pain_ratio"
value = 7
unit = "1"
sd = 0.5
n = 10
condition = "three times the length"
species = "human"
used_for = ["pain_length_exponent"]

[figure.setup]
kind = "stamp"
set_depth_mm = [0.4, 0.5]
needles = 1
anaesthetic = "none"
foundation = {median = 0.5, log_sd = 0.3}
stretched = true

[figure.setup.assumed]
set_depth_mm = "not seen"

[figure.against]
set_depth_mm = 1.45
"""


@pytest.fixture(params=SHIPPED, ids=lambda figure: figure.id)
def figure(request: pytest.FixtureRequest) -> Iterator[Figure]:
    yield request.param


def test_a_shipped_figure_says_what_was_published_and_on_what(figure: Figure) -> None:
    assert figure.source in load_bibliography()
    assert figure.condition.strip() and figure.published
    assert (figure.setup is None) == bool(figure.why_not)
    assert set(figure.used_for) <= set(load_parameters().parameters)
    for given in (figure.setup, figure.against):
        if given is not None:
            assert set(given.assumed) <= {*given.amounts, "kind", "under", "stretched", "anaesthetic"}
            # what is drawn was not printed, and says on what basis it is drawn
            assert all(amount.known or name in given.assumed for name, amount in given.amounts.items())


def test_figures_are_counted() -> None:
    assert len(SHIPPED) == 82 and len({figure.id for figure in SHIPPED}) == 82
    assert sum(figure.setup is not None for figure in SHIPPED) == 19


def test_a_length_that_was_not_printed_is_assumed_and_said() -> None:
    setup = find_figure("donnelly-arrays-volunteers-depth").setup
    assert setup is not None and setup.set_depth_mm == Distribution.between(0.5, 0.7)
    assert "0.6 mm" in setup.assumed["set_depth_mm"]


def test_a_good_file_is_read() -> None:
    (figure,) = read_figures(GOOD, "figures.toml")
    assert figure.published == "7 (SD 0.5)" and figure.n == 10 and figure.used_for == ("pain_length_exponent",)
    assert figure.setup is not None and figure.against is not None
    assert figure.setup.set_depth_mm == Distribution.between(0.4, 0.5) and figure.setup.stretched
    assert figure.setup.foundation == Distribution(kind="lognormal", a=0.3, centre=0.5)
    assert figure.against.set_depth_mm == Distribution(kind="none", centre=1.45)
    assert figure.against.needles == figure.setup.needles and figure.against.stretched


@pytest.mark.parametrize(
    ("given", "published"),
    [
        ("low = 5\nhigh = 40\nunit = '%'", "5 to 40 %"),
        ("high = 0.5\nunit = '1'", "< 0.5"),
        ("low = 0.03\nunit = 'N'", "> 0.03 N"),
        ("value = 5.23\nse = 0.31\nunit = 'VAS 0-10'", "5.23 (SE 0.31) VAS 0-10"),
        ("sign = 'increase'", "increase"),
    ],
)
def test_a_figure_is_shown_as_printed(given: str, published: str) -> None:
    (figure,) = read_figures(GOOD.replace('value = 7\nunit = "1"\nsd = 0.5', given), "figures.toml")
    assert figure.published == published


BROKEN = [
    ('source = "gill-2008"', 'source = "nobody-1900"', "one > source"),
    ('condition = "three times the length"\n', "", "one > condition"),
    ('species = "human"', 'species = ""', "one > species"),
    ("value = 7", "value = nan", "one > value"),
    ("value = 7", "value = true", "one > value"),
    ('value = 7\nunit = "1"', 'unit = "1"', "one > value"),
    ('unit = "1"\n', "", "one > unit"),
    ("value = 7", "low = 9\nhigh = 7", "one > low"),
    ("sd = 0.5", 'sign = "upward"', "one > sign"),
    ("sd = 0.5", 'where = "page 3"', "one > where"),
    ('["pain_length_exponent"]', '["pain_exponent"]', "one > used_for"),
    ("sd = 0.5", 'why_not = "no"', "one > why_not"),
    ('kind = "stamp"', 'kind = "laser"', "one > setup > kind"),
    ('kind = "stamp"\n', "", "one > setup > kind"),
    ("needles = 1", "needles = 0", "one > setup > needles"),
    ("needles = 1", "needles = [9, 4]", "one > setup > needles"),
    ("needles = 1", "pins = 1", "one > setup > pins"),
    ("log_sd = 0.3", "log_sd = 0", "one > setup > foundation"),
    ("stretched = true", "stretched = 1", "one > setup > stretched"),
    ('set_depth_mm = "not seen"', 'passes = "not seen"', "one > setup > assumed"),
    ("set_depth_mm = 1.45", "depth = 1.45", "one > against > depth"),
]


@pytest.mark.parametrize(("old", "new", "where"), BROKEN, ids=[f"{b[2]}: {b[1]}"[:40] for b in BROKEN])
def test_a_broken_entry_is_named(old: str, new: str, where: str) -> None:
    assert old in GOOD
    with pytest.raises(DataFileError) as caught:
        read_figures(GOOD.replace(old, new, 1), "figures.toml")
    assert str(caught.value).splitlines()[0].startswith(f"figures.toml > {where}")
    assert caught.value.accepted


def test_an_id_stands_once() -> None:
    with pytest.raises(DataFileError, match="one > id"):
        read_figures(GOOD + GOOD, "figures.toml")


def test_a_file_that_is_not_toml_is_named() -> None:
    with pytest.raises(DataFileError, match=r"^figures\.toml"):
        read_figures("[[figure", "figures.toml")


def test_an_unknown_figure_gets_the_closest() -> None:
    with pytest.raises(UnknownNameError, match="kalluri-2011-depth"):
        find_figure("kaluri-2011-depth")


@pytest.mark.parametrize("whole", [False, True])
def test_an_amount_is_drawn_over_its_range(whole: bool) -> None:
    values = Distribution.between(2, 5, whole=whole).draw(4_000, np.random.default_rng(0))
    if whole:
        assert set(values) == {2.0, 3.0, 4.0, 5.0}
    assert 2.0 <= values.min() < 2.1 and 4.9 < values.max() <= 5.0
    assert values.mean() == pytest.approx(3.5, abs=0.08)  # four standard errors
    spread = np.log(Distribution(kind="lognormal", a=0.7, centre=0.1).draw(4_000, np.random.default_rng(0)))
    assert spread.mean() == pytest.approx(np.log(0.1), abs=0.045) and spread.std() == pytest.approx(0.7, abs=0.032)
