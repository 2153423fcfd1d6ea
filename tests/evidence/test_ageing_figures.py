"""Published figures on age and exposures: complete, found again, nothing asked that cannot be, disputes kept."""

from importlib.resources import files

import pytest

from neodermis.errors import DataFileError, UnknownNameError
from neodermis.evidence import load_bibliography, load_parameters
from neodermis.evidence.ageing_figure import (
    AGEING_FILE,
    COMPARING,
    find_ageing_figure,
    load_ageing_figures,
    read_ageing_figures,
)

FIGURES = load_ageing_figures()
TEXT = (files("neodermis.evidence") / "data" / AGEING_FILE).read_text("utf-8")
ONE = """
[[figure]]
id = "own"
source = "branchet-1990"
quantity = "loss of thickness a decade"
value = 6
unit = "%/decade"
condition = "upper inner arm"
species = "human"
used_for = ["collagen_loss_rate"]

[figure.ask]
of = "rest"
name = "dermal_thickness"
give = "loss_per_decade"
person = {age = 75, sex = "male", site = "arm"}
against = {age = 25}
"""


def test_every_figure_rests_on_a_source_that_is_listed_and_on_parameters_that_exist() -> None:
    assert len(FIGURES) > 180 and len({figure.id for figure in FIGURES}) == len(FIGURES)
    for figure in FIGURES:
        assert figure.source in load_bibliography(), figure.id
        assert set(figure.used_for) <= set(load_parameters().parameters), figure.id
        assert figure.published and figure.condition and figure.quantity
        assert figure.address.startswith("http") or not figure.address


def test_every_figure_is_asked_or_says_in_a_sentence_why_not() -> None:
    for figure in FIGURES:
        assert (figure.ask is None) == bool(figure.why_not), figure.id
        if figure.ask is None:
            assert figure.why_not.endswith(".") and len(figure.why_not.split()) >= 4, figure.id
    assert sum(figure.ask is not None for figure in FIGURES) > len(FIGURES) / 3


def test_what_rests_on_a_figure_rests_on_its_source() -> None:
    """A parameter that is said to rest on a figure cites the work, or another that the figure disputes or repeats."""
    cited = {name: set(parameter.sources) for name, parameter in load_parameters().parameters.items()}
    for figure in FIGURES:
        for name in figure.used_for:
            assert cited[name], (figure.id, name)
    resting = {name for figure in FIGURES for name in figure.used_for}
    sized = {
        parameter.name
        for parameter in load_parameters()
        if parameter.mechanism in ("ageing", "exposures") and parameter.status in ("measured", "derived")
    }
    elsewhere = {"young_donor_age", "aged_donor_age", "epidermal_slowing_age", "epidermal_slowing",
                 "melanocyte_loss_age", "melanocyte_loss", "retinoid_melanin_fall", "smoking_most"}  # fmt: skip
    assert sized - elsewhere <= resting


def test_sources_that_contradict_each_other_are_both_there() -> None:
    """Each pair is in the table, and one of the two says so."""
    pairs = [
        ("collagen-area-constant", "marcos-garces-papillary"),
        ("branchet-1990-men", "thickness-90-buttock"),
        ("menopause-review-five", "menopause-review-yearly"),
        ("smokers-98-thickness", "smokers-twins"),
        ("brincat-1983-implants", "keeps-wrinkles"),
        ("griffiths-1993-tretinoin", "tretinoin-11-10-months"),
        ("griffiths-1993-tretinoin", "tretinoin-11-6-months"),
        ("stadler-1989-age", "elastic-71-number"),
        ("goodman-2019-lines", "alcohol-twins"),
        ("fisher-2009-mmp1", "branchet-1990-men"),
        ("savvas-untreated", "reilly-2021-type-3"),
    ]
    for one, other in pairs:
        a, b = find_ageing_figure(one), find_ageing_figure(other)
        assert other in a.disputes or one in b.disputes, (one, other)


def test_numbers_as_printed() -> None:
    """Read again from the works, by hand."""
    assert find_ageing_figure("varani-2006-culture-old").value == 56
    assert find_ageing_figure("knuutinen-2002-type-3").value == -22
    assert find_ageing_figure("hughes-2013-odds").value == 0.76
    assert find_ageing_figure("brincat-1983-implants").published == "48 %"
    assert find_ageing_figure("menopause-review-five").published == "up to 30 %"
    assert find_ageing_figure("elastic-71-number").published == "no change"
    assert find_ageing_figure("kottner-breast").published == "2.3 (1.9 to 2.7) g/m2/h"
    ratio = find_ageing_figure("collagen-score-64").value
    assert ratio == pytest.approx(55.3 / 73.28, abs=5e-4)
    with pytest.raises(UnknownNameError, match="hughes-2013-odds"):
        find_ageing_figure("hughes-2013")


def test_an_ask_compares_what_it_says() -> None:
    (figure,) = read_ageing_figures(ONE, "own.toml")
    ask = figure.ask
    assert ask is not None and ask.person is not None and ask.against is not None
    assert ask.against.age == 25 and ask.against.sex == "male" and ask.against.site == "arm"
    for each in FIGURES:
        if each.ask is not None and each.ask.of == "rest":
            assert (each.ask.against is not None) == (each.ask.give in COMPARING), each.id


BROKEN = [
    ('"branchet-1990"', '"branchet-1890"', "source"),
    ("value = 6\n", "", "value"),
    ("value = 6", "value = nan", "value"),
    ('unit = "%/decade"\n', "", "unit"),
    ('"collagen_loss_rate"', '"collagen_gain_rate"', "used_for"),
    ('"loss_per_decade"', '"loss_per_fortnight"', "give"),
    ("against = {age = 25}", "", "against"),
    ("against = {age = 25}", 'against = {height = "25"}', "against"),
    ('of = "rest"', 'of = "parameter"', "name"),
    ('of = "rest"', 'of = "treated"', "protocol"),
    ('sex = "male"', 'sex = "other"', "sex"),
    ("[figure.ask]", 'why_not = "no state"\n\n[figure.ask]', "why_not"),
    ('species = "human"', 'species = "human"\ndisputes = ["nobody"]', "disputes"),
    ('species = "human"', 'species = "human"\ncolour = "red"', "colour"),
]


@pytest.mark.parametrize(
    ("old", "new", "field"), BROKEN, ids=[f"{field}-{k}" for k, (_, _, field) in enumerate(BROKEN)]
)
def test_a_broken_file_is_named_to_the_field(old: str, new: str, field: str) -> None:
    assert old in ONE
    with pytest.raises(DataFileError) as caught:
        read_ageing_figures(ONE.replace(old, new, 1), "own.toml")
    first = str(caught.value).splitlines()[0]
    assert first.startswith("own.toml > own") and field in first


def test_no_id_stands_twice() -> None:
    with pytest.raises(DataFileError, match="own"):
        read_ageing_figures(ONE + ONE, "own.toml")
    assert TEXT.count("[[figure]]") == len(FIGURES)
