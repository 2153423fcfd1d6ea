"""A person: what is accepted, how it is read, and what it does to the skin."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neodermis.errors import InputError
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.simulation.session import dermis_reference_mm
from neodermis.skin.tissue import load_sites

ANYTHING = st.one_of(
    st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.just(10**400), st.just("9" * 5000),
    st.from_regex(r"\A\s*[-+]?[0-9]{1,3}([.,][0-9]{0,3})?\s*(years?|y|mm|)\s*\Z"),
)  # fmt: skip


def test_defaults() -> None:
    assert Patient() == Patient(age=45, sex="female", phototype=3)


@pytest.mark.parametrize(
    ("given", "age"), [(18, 18), (100, 100), ("45", 45), (" 61,5 ", 61.5), ("45 years", 45), ("24 months", None)]
)
def test_age_is_read_as_people_write_it(given: Any, age: float | None) -> None:
    if age is None:
        with pytest.raises(InputError, match=r"(?s)age.*18 to 100"):
            Patient(age=given)
    else:
        assert Patient(age=given).age == age


@pytest.mark.parametrize("given", [" Female", "FEMALE", "female"])
def test_sex_is_read_as_people_write_it(given: Any) -> None:
    assert Patient(sex=given).sex == "female"


@pytest.mark.parametrize(("given", "phototype"), [(1, 1), ("6", 6), ("III", 3), ("iv", 4), (2.0, 2)])
def test_phototype_is_read_as_people_write_it(given: Any, phototype: int) -> None:
    read = Patient(phototype=given).phototype
    assert read == phototype
    assert isinstance(read, int)


@given(given=ANYTHING)
def test_any_age_is_read_or_refused_by_name(given: Any) -> None:
    try:
        age = Patient(age=given).age
    except InputError as error:
        assert "age" in str(error)
        assert "18 to 100" in str(error) or "year" in str(error)
    else:
        assert 18 <= age <= 100


@given(given=ANYTHING)
def test_any_phototype_is_read_or_refused_by_name(given: Any) -> None:
    try:
        phototype = Patient(phototype=given).phototype
    except InputError as error:
        assert "phototype" in str(error)
    else:
        assert phototype in range(1, 7)


@given(given=ANYTHING)
def test_any_sex_is_read_or_refused_by_name(given: Any) -> None:
    try:
        sex = Patient(sex=given).sex
    except InputError as error:
        assert "sex" in str(error)
        assert "female or male" in str(error)
    else:
        assert sex in ("female", "male")


@pytest.mark.parametrize("sex", ["female", "male"])
@pytest.mark.parametrize("site", load_sites())
def test_skin_is_that_of_the_site_and_sex(site: str, sex: Any) -> None:
    skin = Patient(sex=sex, age=52).skin(site)
    assert skin.site.id == site
    assert skin.subject.age_years == 52 and skin.subject.male == (sex == "male")
    reference_mm = float(dermis_reference_mm(skin.site, skin.subject.male, load_parameters()))
    if skin.zones:  # a region is its zones
        assert [zone.site.id for _, zone in skin.zones] == list(skin.site.zones)
        assert all(zone == Patient(sex=sex, age=52).skin(zone.site.id) for _, zone in skin.zones)
        of = (
            share * dermis_reference_mm(zone.site, skin.subject.male, load_parameters()) for share, zone in skin.zones
        )
        assert reference_mm == pytest.approx(float(sum(of)))
        return
    rows = [row for row in skin.site.thickness if row.sex in (sex, "both")]
    assert rows
    # the thinnest that a row alone can mean, and the thickest: all of its skin
    thinnest = min(row.mean_mm - (0.2 if row.layer == "skin" else 0.0) for row in rows if row.layer != "epidermis")
    thickest = max(row.mean_mm for row in rows) + max(
        [row.mean_mm for row in rows if row.layer == "epidermis"], default=0
    )
    assert thinnest <= reference_mm < thickest


def test_a_site_without_a_thickness_of_its_own_says_whose_is_used() -> None:
    site = load_sites()["chin"]
    assert site.borrowed and "jawline" in site.borrowed
    assert site.thickness == load_sites()["jawline"].thickness


def test_the_shares_of_a_region_are_those_of_its_areas() -> None:
    sites = load_sites()
    regions = [site for site in sites.values() if site.zones]
    assert [region.id for region in regions] == ["face", "t_zone"]
    for region in regions:
        areas = {zone: sites[zone].treated_area_cm2 for zone in region.zones}
        assert region.treated_area_cm2 == pytest.approx(sum(areas.values()))
        assert region.zones == pytest.approx({zone: area / sum(areas.values()) for zone, area in areas.items()})
        assert region.limit_mm == min(sites[zone].limit_mm for zone in region.zones)
        assert not any(sites[zone].zones or sites[zone].excluded for zone in region.zones)


def test_an_excluded_site_allows_no_depth() -> None:
    for site in load_sites().values():
        assert (site.excluded is not None) == (site.limit_mm == 0)
        assert site.scar_limit_mm is None or site.scar_limit_mm >= site.limit_mm
        for row in site.reported:
            assert 0 <= row.low_mm <= row.high_mm
