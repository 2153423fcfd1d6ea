"""What the form of the model cannot produce is declared once, and then no result holds a number of it."""

import csv
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neodermis
from neodermis import report
from neodermis.api.observation import not_asked
from neodermis.claims.ledger import Answer, Point, checked
from neodermis.errors import InputError
from neodermis.evidence import load_study, study_ids
from neodermis.evidence.reported import counted_people, reported
from neodermis.simulation.course import Course
from neodermis.skin.outcomes import NOT_MODELLED, OUTCOMES

#: From nearly nothing to far beyond practice, in the young and the old, the light and the dark.
EXTREMES: list[tuple[str, dict[str, Any]]] = [
    ("1 session: home_roller; cheek 0.25 mm, 2 passes", {"age": 20, "phototype": 1}),
    (
        "12 sessions every 7 days: exceed; cheek 1.5 mm, 12 passes",
        {"age": 45, "phototype": 6, "concerns": {"melasma": "mmasi:12", "acne_scar": "goodman_baron:4"}},
    ),
    (
        "8 sessions every 14 days: exceed; cheek 1.5 mm, 10 passes",
        {"age": 75, "sex": "male", "concerns": {"striae": "0.5", "uneven_tone": "0.5"}, "exposures": {"sun": "high"}},
    ),
    (
        "6 sessions every 30 days: roller_mf8; cheek, 10 passes",
        {"age": 30, "phototype": 5, "concerns": {"burn_scar": "vss:9"}, "exposures": {"smoking": "30/day"}},
    ),
]


@cache
def extreme(number: int) -> Course:
    sentence, who = EXTREMES[number]
    return neodermis.simulate(sentence, draws=12, beyond_limits=True, **who)


def test_every_outcome_with_a_number_can_change_for_long() -> None:
    """One that never does, whatever is done to whom, is a certainty of the form and has to be declared."""
    moves: dict[str, float] = {}
    for number in range(len(EXTREMES)):
        (site,) = extreme(number).sites.values()
        late = site.time_day >= site.last_session_day + 30.0
        for name, values in site.values.items():
            largest = np.abs(values[:, late] / site.untreated[name][:, late] - 1.0).max()
            moves[name] = max(moves.get(name, 0.0), float(largest))
    still = {name: move for name, move in moves.items() if move < 0.005}
    assert not still
    assert not set(moves) & set(NOT_MODELLED)


@pytest.mark.parametrize("number", range(len(EXTREMES)))
def test_no_result_holds_a_number_of_what_is_not_modelled(number: int, tmp_path: Path) -> None:
    course = extreme(number)
    document = json.loads(json.dumps(report.document(course)))
    assert document["not_modelled"].keys() == set(NOT_MODELLED)
    for name, entry in document["not_modelled"].items():
        assert entry["why"] == OUTCOMES[name].not_modelled
        found = reported(name)
        assert (found is None) == ("published" not in entry)
        if found is not None:
            assert entry["published"] == found.sentence and entry["sources"] == list(found.sources)
        for part in ("outcomes", "untreated"):
            assert name not in document[part]
        for session in document["sessions"]:
            assert name not in session
        assert name not in course.dataset.variables
    report.write_csv(course, tmp_path / "course.csv")
    lines = [line for line in (tmp_path / "course.csv").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert not {row["outcome"] for row in csv.DictReader(io.StringIO("\n".join(lines)))} & set(NOT_MODELLED)
    said = [line for line in document["summary"] if "PIH" in line and "of people like this" in line]
    assert len(said) == 1 and "dogra-2014" in said[0]


def test_the_published_rate_is_counted_from_the_findings_files() -> None:
    """Counted here a second time, from every file, by hand."""
    events = people = arms = 0
    for name in study_ids():
        study = load_study(name)
        if study.species != "human" or study.kind in ("pooled", "narrative"):
            continue
        for arm in study.arms:
            if arm.treatment != "needling":
                continue
            for finding in arm.findings:
                if finding.outcome == "pih_probability" and finding.unit == "count":
                    assert finding.value is not None and finding.n is not None
                    events, people, arms = events + int(finding.value), people + finding.n, arms + 1
    found = counted_people("pih_probability")
    assert found is not None and (found.events, found.people, found.arms) == (events, people, arms)
    assert events >= 15 and people >= 239 and arms >= 8
    sentence = reported("pih_probability")
    assert sentence is not None and f"{events} of {people} people" in sentence.sentence


def test_heat_and_light_do_not_count_as_needling() -> None:
    sources = {key for name in NOT_MODELLED if (found := reported(name)) is not None for key in found.sources}
    assert not sources & {"navyadevi-2024", "wu-2022", "nilforoushzadeh-2020", "rfmn-polynucleotide"}


def test_a_finding_of_it_is_not_asked_and_never_a_hit() -> None:
    for name in study_ids():
        study = load_study(name)
        for arm in study.arms:
            for finding in arm.findings:
                if finding.outcome in NOT_MODELLED:
                    assert not_asked(study, arm, finding)


def test_no_claim_rests_on_it() -> None:
    answer = Answer(words="", command="", checks={"it holds": True})
    for name in NOT_MODELLED:
        with pytest.raises(ValueError, match="not modelled"):
            checked(Point(words="", answer=answer, outcome=name))
    point = checked(Point(words="", answer=None, outcome="sebum"))
    assert point.verdict == "pending" and OUTCOMES["sebum"].not_modelled in point.reason


def test_it_cannot_be_explained() -> None:
    with pytest.raises(InputError, match="sebaceous"):
        neodermis.explain("sebum", 30, "1 session: exceed; cheek 1.0 mm, 4 passes")
