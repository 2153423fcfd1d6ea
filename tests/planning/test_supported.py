"""Ranges of proposed protocols are those that studies printed, each with its studies; what is borrowed says so."""

import json

import pytest

from neodermis.errors import InputError
from neodermis.evidence import load_bibliography, load_study
from neodermis.people import load_concerns
from neodermis.planning.supported import (
    ANY,
    PRINTED,
    USUAL,
    WORDS,
    build,
    document,
    kind_of,
    kinds,
    outdated,
    path,
    supported,
    table,
    text,
)
from neodermis.treatment import load_devices

EVERY = [(concern, kind) for concern in (*load_concerns(), ANY) for kind in kinds()]


def test_the_shipped_table_is_what_the_findings_files_say() -> None:
    shipped = json.loads(path().read_text("utf-8"))
    assert build(shipped["date"]) == shipped and not outdated(), "run: python3 tasks.py docs"
    assert text(shipped) == path().read_text("utf-8")


@pytest.mark.parametrize(
    ("study", "values"),
    [  # read by hand in the files
        ("al-chalabi-2020", {"sessions": [4], "interval_days": [42]}),  # depth of 1 to 2 mm is assumed
        ("iasj-split-depth", {"depth_mm": [1.5, 2.5], "sessions": [6], "interval_days": [14]}),
        ("pafmj-insulin", {"depth_mm": [2], "sessions": [3], "interval_days": [30]}),
        ("vitc-insulin-2022", {"sessions": [4]}),  # an interval of 14 to 30 days is assumed
        ("chu-2012", {"depth_mm": [1.5]}),  # of the pen; that of its roller is assumed
    ],
)
def test_acne_scars_by_pen_have_what_these_studies_printed_and_nothing_that_they_did_not(
    study: str, values: dict[str, list[float]]
) -> None:
    row = document()["supported"]["acne_scar"]["pen"]
    assert {number: row[number]["studies"][study] for number in row if study in row[number]["studies"]} == values
    assert all(study not in row[number]["unstated"] for number in row)


def test_the_ends_of_a_range_are_values_of_its_studies() -> None:
    depth = supported("acne scars", "pen").depth_mm
    assert (depth.low, depth.high, depth.borrowed) == (1.0, 2.0, "") and depth.basis.startswith(f"{PRINTED}; assumed")
    assert "tirmizi-2021" in depth.assumed and not {*depth.assumed} & {*depth.studies}
    for of_kind in document()["supported"].values():
        for entry in (one for each in of_kind.values() for one in each.values()):
            values = [value for each in entry["studies"].values() for value in each]
            assert not values or (entry["low"], entry["high"]) == (min(values), max(values))
            assert values or "assumed" in entry


def test_an_arm_whose_device_was_not_printed_counts_for_each_that_it_may_have_been_and_is_marked() -> None:
    for kind in ("pen", "roller"):
        melasma = supported("melasma", kind).sessions
        assert "saleh-2019" in melasma.unstated and "did not print the kind of device" in melasma.basis
    assert "saleh-2019" not in supported("melasma", "stamp").sessions.studies


def test_a_needle_length_that_is_part_of_an_assumed_roller_is_not_printed() -> None:
    assert "length are not reported" in load_study("dguv-burn-2019").arm("needling").assumed["device"].basis
    assert "dguv-burn-2019" not in supported("burn_scar", "roller").depth_mm.studies
    reported = supported("burn_scar", "roller").depth_mm  # needles of 3 mm, in three studies of the same people
    assert (len(reported.studies), reported.groups) == (3, 1) and "busch-elasticity" in reported.studies


def test_concerns_follow_from_outcomes_where_an_arm_has_none() -> None:
    assert "ablon-2018" in supported("wrinkle", "pen").sessions.studies  # Lemperle's grade
    assert "ablon-2018" in supported("laxity", "pen").sessions.studies
    rows = document()["supported"]
    kenkel = [name for name, kinds in rows.items() if "kenkel-2021" in kinds.get("pen", {})["sessions"]["studies"]]
    assert kenkel == [ANY]  # elasticity and stains, which are read on any skin


def test_passes_are_the_usual_ones_of_the_device_where_no_study_printed_them() -> None:
    passes = supported("acne_scar", "roller").passes
    usual = load_devices()["roller_generic"].usual_passes
    assert (passes.low, passes.high, passes.sources) == (usual.low, usual.high, usual.sources)
    assert passes.basis.startswith(USUAL) and not passes.studies and not passes.borrowed


def test_a_home_roller_has_no_range_of_another_device_without_a_word() -> None:
    home = kind_of(load_devices()["home_roller"])
    assert home == "home_roller" and home in kinds()
    for concern in (*load_concerns(), ANY):
        found = supported(concern, home)
        for number in set(WORDS) - {"passes"}:
            assert "with a home roller" in getattr(found, number).borrowed
            assert "with a pen, which is another kind of device" in getattr(found, number).borrowed
        assert len(found.borrowed) == 3


def test_a_borrowed_range_says_whose_it_is() -> None:
    own = supported(ANY, "roller")
    found = supported("dullness", "roller").interval_days
    assert found.borrowed == (
        "No study of dullness with a roller printed the interval between sessions: taken from studies of any concern "
        "with a roller."
    )
    assert (found.low, found.high) == (own.interval_days.low, own.interval_days.high) and not own.borrowed
    of_pen = supported("acne_scar", "stamp").depth_mm  # no study of acne scars used a stamp, others assume the depth
    assert of_pen.assumed == supported(ANY, "stamp").depth_mm.assumed and "with a stamp" in of_pen.borrowed


@pytest.mark.parametrize(("concern", "kind"), EVERY)
def test_every_range_is_ordered_positive_and_sourced(concern: str, kind: str) -> None:
    found, works = supported(concern, kind), load_bibliography()
    for number in WORDS:
        one = getattr(found, number)
        assert 0 < one.low <= one.high
        assert one.sources and all(key in works for key in one.sources)
        assert {*one.unstated} <= {*one.studies}
        assert all(load_study(name).role == "fit" for name in one.studies)
        assert all(load_study(name).species == "human" for name in one.studies)
    assert found.sources


def test_rows_are_in_the_order_of_the_catalogue_and_name_their_studies() -> None:
    rows = table()
    order = [*load_concerns(), ANY]
    assert [order.index(row.concern) for row in rows] == sorted(order.index(row.concern) for row in rows)
    assert all(row.studies and {*row.unstated} <= {*row.studies} for row in rows)
    acne = next(row for row in rows if (row.concern, row.kind) == ("acne_scar", "pen"))
    assert acne.depth_mm == "1.5 to 2.5 (3); assumed 1 to 2 (20)" and acne.passes == "4 to 10 (usual)"


def test_an_unknown_concern_or_kind_names_the_accepted_ones() -> None:
    with pytest.raises(InputError, match=r"acne_scar.*wrinkle"):
        supported("nothing of the kind", "pen")
    with pytest.raises(InputError, match="home_roller, pen, roller, stamp"):
        supported("wrinkle", "laser")
    with pytest.raises(InputError, match="its cause"):
        supported("scar", "pen")
