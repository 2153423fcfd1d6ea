"""The shipped studies load and run as sentences, broken findings are named to the field."""

from importlib.resources import files
from pathlib import Path

import pytest

import neodermis
from neodermis.api import checked_study
from neodermis.errors import DataFileError, UnknownNameError
from neodermis.evidence import load_bibliography, load_parameters, load_study, read_study, study_ids
from neodermis.people.concern import read_concern
from neodermis.skin.tissue import site_spellings
from neodermis.treatment import read_protocol

FOLDER = Path(str(files("neodermis.evidence") / "data" / "findings"))
FIGURES = [FOLDER.parent / name for name in ("figures.toml", "ageing_figures.toml", "delivery_figures.toml")]
MINH = (FOLDER / "minh-2019.toml").read_text("utf-8")


def test_findings_are_of_the_catalogue_in_units_of_their_outcomes_and_each_is_used_once() -> None:
    studies = [checked_study(name) for name in study_ids()]
    assert len(studies) >= 60 and sum(study.species == "human" for study in studies) >= 55
    parameters = {p.name for p in load_parameters()}
    for study in studies:
        assert set(study.pools) <= set(study_ids())
        for arm in study.arms:
            for finding in arm.findings:
                assert set(finding.used_for) <= parameters
                if finding.share is not None:
                    assert 0 <= finding.share <= 1


def test_a_pooled_study_is_never_asked_beside_the_trials_it_pools() -> None:
    for name in study_ids():
        study = load_study(name)
        if study.kind == "pooled":
            assert all(arm.why_not for arm in study.arms), name


def test_a_device_that_no_study_names_and_a_rater_that_none_tells_are_mixtures() -> None:
    for name in study_ids():
        study = load_study(name)
        for arm in study.simulable if study.species == "human" else ():
            device = arm.assumed.get("device")
            if device is not None and (
                "unnamed device" in device.basis or device.basis.startswith("device not reported")
            ):
                assert device.shares is not None, (name, arm.id)
            if "rater not reported" in study.caveats:
                assert arm.assumed["rater"].shares is not None, (name, arm.id)


def test_repeated_times_of_one_measure_are_one_series() -> None:
    for name in study_ids():
        for arm in load_study(name).arms:
            times: dict[tuple[object, ...], set[str]] = {}
            for f in arm.findings:
                if f.statistic == "mean" and f.against is None and not (f.why_not or arm.why_not):
                    times.setdefault((f.outcome, f.measure), set()).add(f.series or f"alone {f.day}")
            assert all(len(series) == 1 for series in times.values()), (name, arm.id)


@pytest.mark.parametrize(
    ("old", "new", "where", "told"),
    [
        ('outcome = "goodman_baron_grade"', 'outcome = "goodmann_grade"', ["arm.0.finding.0", "outcome"], "goodman"),
        ('unit = "grade"', 'unit = "mm"', ["arm.0.finding.0", "unit"], "same dimension as grade"),
        ("n = 31\ndirection", "n = -31\ndirection", ["arm.0.finding.0", "n"], "greater than or equal to 1"),
        ("day = 90", "day = -7", ["arm.0.finding.0", "day"], "first session"),
        ('statistic = "mean"', 'statistic = "share"', ["arm.0.finding.0", "threshold"], "as printed"),
    ],
    ids=["unknown outcome", "unit that does not convert", "negative n", "day before the first session",
         "share without threshold"],
)  # fmt: skip
def test_a_wrong_finding_is_answered_with_what_is_accepted(
    old: str, new: str, where: list[str], told: str, tmp_path: Path
) -> None:
    own = tmp_path / "own.toml"
    assert old in MINH
    own.write_text(MINH.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        checked_study(str(own))
    first = str(caught.value).splitlines()[0]
    assert all(part in first for part in where) and told in str(caught.value)
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("name", study_ids())
def test_a_study_is_complete_and_its_arms_are_sentences(name: str) -> None:
    study = load_study(name)
    assert study.id == name and (study.n == "unknown" or study.n > 0) and study.arms
    named = {finding.against for arm in study.arms for finding in arm.findings}
    for arm in study.arms:
        if arm.protocol:
            plan = read_protocol(arm.protocol, sites=site_spellings())
            assert read_protocol(plan.sentence, sites=site_spellings()) == plan
        assert arm.protocol or arm.why_not
        # an arm that cannot be simulated has results, or is another side, or the study has no result of an outcome here
        assert arm.findings or arm.id in named or not arm.why_not or not any(one.findings for one in study.arms)
        assert all(finding.locator for finding in arm.findings)
        for name, severity in arm.concerns.items():
            read_concern(name, severity)
        assert all(assumed.basis for assumed in arm.assumed.values())
        for field, (low, high) in arm.ranges.items():
            assert low <= getattr(plan.phases[0].treatments[0], field) <= high


def test_changes_against_hand_numbers() -> None:
    """Minh: 3.29 → 1.77 is −1.52/3.29 = −46.2 %; Lotfi prints 53.2 % itself; Ablon's grades have no baseline."""
    minh = {f.day: f for f in load_study("minh-2019").arm(None).findings if f.outcome == "goodman_baron_grade"}
    assert minh[150.0].relative_change == pytest.approx(-0.4620, abs=5e-5)
    assert minh[90.0].relative_change == pytest.approx(2.23 / 3.29 - 1.0)
    lotfi = load_study("lotfi-2013").arm("needling").findings
    assert lotfi[0].relative_change == pytest.approx(0.532)
    assert [f.relative_change for f in lotfi if f.statistic == "share"] == [None, None]
    assert all(f.relative_change is None for f in load_study("ablon-2018").arm(None).findings)


def test_a_change_in_units_is_a_share_of_its_baseline() -> None:
    text = MINH.replace("value = 1.77\n", "change = -0.329\n")
    assert text != MINH
    finding = next(f for f in read_study(text, "own.toml").arm(None).findings if f.change is not None)
    assert finding.relative_change == pytest.approx(-0.1)


BROKEN = [
    ('unit = "grade"', 'unit = "grades"', ["arm.0.finding.0", "unit"]),
    ('unit = "grade"', 'unit = "furlong"', ["arm.0.finding.0", "unit"]),
    ("day = 90", "day = -1", ["arm.0.finding.0", "day"]),
    ("day = 90", 'day = "soon"', ["arm.0.finding.0", "day"]),
    ('direction = "decrease"', 'direction = "better"', ["arm.0.finding.0", "direction"]),
    ('statistic = "mean"', 'statistic = "average"', ["arm.0.finding.0", "statistic"]),
    ("sd = 0.56", "sd = nan", ["arm.0.finding.0", "sd"]),
    ("sd = 0.56", "spread = 0.56", ["arm.0.finding.0", "spread"]),
    ('locator = "abstract, results"\n', "", ["arm.0.finding.0", "locator"]),
    ("n = 31", "n = 0", ["n"]),
    ("age = 25\nsex", "age = 250\nsex", ["arm.0", "age"]),
    ("phototype = 4\n", "phototype = 7\n", ["arm.0", "phototype"]),
    ('species = "human"', 'species = "martian"', ["species"]),
    ('source = "minh-2019"\n', "", ["source"]),
    ("[arm.assumed.passes]", "[arm.assumed.colour]", ["arm.0.assumed.colour"]),
    ("[[arm]]", "[[arm", []),
]


@pytest.mark.parametrize(("old", "new", "where"), BROKEN, ids=lambda text: str(text).strip()[:30])
def test_a_broken_findings_file_is_named_to_the_field(old: str, new: str, where: list[str]) -> None:
    assert old in MINH
    with pytest.raises(DataFileError) as caught:
        read_study(MINH.replace(old, new, 1), "own.toml")
    assert str(caught.value).splitlines()[0].startswith(" > ".join(["own.toml", *where]))
    assert caught.value.exit_status == 2 and caught.value.accepted


def test_a_study_in_a_file_is_read_and_an_unknown_one_named(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(MINH.replace('id = "minh-2019"', 'id = "own"', 1), encoding="utf-8")
    assert load_study(str(own)).id == "own"
    with pytest.raises(UnknownNameError, match="lotfi-2013"):
        load_study("lotfi-2014")
    with pytest.raises(UnknownNameError, match="path of a findings file"):
        load_study(str(tmp_path / "nothing.toml"))
    with pytest.raises(UnknownNameError):
        load_study("minh-2019").arm("placebo")


def test_a_published_arm_is_predicted_beside_what_it_observed() -> None:
    """What the study did not report is drawn from its range, and said; a stained share is an area, not a mass."""
    course = neodermis.simulate_arm("lotfi-2013", draws=24)
    collagen = next(row for row in course.observed if row.finding.outcome == "collagen_area")
    assert collagen.observed == pytest.approx((53.2, 53.2)) and collagen.study == "lotfi-2013"
    assert collagen.printed is not None and collagen.course is not None
    assert collagen.printed.lower90 <= collagen.printed.median <= collagen.printed.upper90
    assert collagen.printed.upper90 - collagen.printed.lower90 > 0
    passes = course.sites["cheek"].drawn["passes"]
    assert set(passes) <= set(range(4, 16)) and len(set(passes)) > 5
    assert any("did not print: passes 4 to 15" in warning for warning in course.ledger.warnings)
    assert course.ledger.people == 0  # those drawn for the scatter are not those that were asked for
    asked = {row.finding.outcome for row in course.observed if row.verdict != "not asked"}
    assert asked == {"collagen_area", "collagen_3", "global_improvement"}


def test_every_result_names_the_sources_it_rests_on() -> None:
    course = neodermis.simulate("1 session: exceed; cheek 1 mm, 4 passes", draws=1, until=60)
    cited = set(course.ledger.sources)
    assert {key for p in load_parameters() for key in p.sources} <= cited
    assert cited <= set(load_bibliography())
    assert course.ledger.parameters.sha256 == load_parameters().sha256
