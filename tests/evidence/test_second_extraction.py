"""Two readers took the same numbers from the same publications, or say where they read them differently.

The second reader's table stands beside this file.  Its rows are paired with the entries of the findings files and
compared both ways: a number of either that the other has not, or has otherwise, is a disagreement.
"""

import copy
import math
import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from neodermis.skin.tissue import site_spellings
from neodermis.treatment import read_protocol

HERE = Path(__file__).parent
DATA = Path(str(files("neodermis.evidence") / "data"))
SECOND = tomllib.loads((HERE / "second_extraction.toml").read_text("utf-8"))
STUDIES: dict[str, dict[str, Any]] = {study["id"]: study for study in SECOND["study"]}
WITH_FINDINGS = [name for name, study in STUDIES.items() if "findings" in study]
WITH_FIGURES = [name for name, study in STUDIES.items() if "figures" in study]

#: Numbers of an entry, each compared where either reader has it.
NUMBERS = (
    "baseline", "baseline_sd", "value", "sd", "se", "change", "change_percent", "ci", "ci_level", "n", "p",
    "at_least", "below",
)  # fmt: skip
#: Numbers that a reader may leave to arithmetic, as they follow from others.
FOLLOW = {"change": ("baseline", "value"), "change_percent": ("baseline", "value")}
#: Half of the last printed place of a number that one of the readers worked out: the share is of a count.
ROUNDED = {"change": 0.006, "change_percent": 0.06, "value": 0.07}
WORDS = {"higher": "increase", "lower": "decrease"}
#: Ways to say the same: a result without a size, or a share of people.
COMPARED = {"before and after": "before_after", "between the sides": "sides", "between the arms": "arms"}
KIND = {"test": "sign", "mode": "sign", "count": "share"}


class Difference(NamedTuple):
    """One field of one result that the readers have otherwise; None where a reader has nothing."""

    study: str
    arm: str
    measure: str
    field: str
    first: Any
    second: Any


def load(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / "findings" / f"{STUDIES[name]['findings']}.toml").read_text("utf-8"))


def p_of(finding: dict[str, Any]) -> list[float] | None:
    """Low and high of a p-value as printed; of two that contradict each other, all four."""
    between = finding.get("p_between")
    text = str(finding.get("p", "")).replace(" ", "")
    if between is not None:
        printed = p_of({"p": text}) or between
        return list(between) if list(between) == list(printed) else [*between, *printed]
    words = {"": None, "significant": [0.0, 0.05], "n.s.": [0.05, 1.0]}
    if text in words:
        return words[text]
    number = float(text.lstrip("<"))
    return [0.0 if text.startswith("<") else number, number]


def entries(file: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The results of a findings file, in the words of the second table."""
    for arm in file["arm"]:
        for finding in arm.get("finding", ()):
            entry = {
                key: finding[key] for key in (*NUMBERS, "day", "scar_type", "direction", "outcome") if key in finding
            }
            against = finding.get("against")
            entry["arm"] = f"{arm['id']} against {against}" if against else arm["id"]
            entry["kind"] = KIND.get(finding["statistic"], finding["statistic"])
            entry["measure"] = finding.get("measure", finding["outcome"])
            entry["rater"] = finding.get("rater", arm["rater"])
            entry["n"] = finding.get("n", file["n"])
            entry["p"] = p_of(finding)
            # a cut that was printed is one number, not a range of what it may have been
            for cut in ("at_least", "below"):
                low, high = finding.get(cut, (-math.inf, math.inf))
                entry[cut] = low if low == high and low >= 0 else None
            entry["comparison"] = finding.get("comparison")
            if "range" in finding:
                entry["value"] = list(finding["range"])
            entry["counted"] = finding.get("unit") == "count"
            if entry["counted"]:
                entry["value"] = 100.0 * finding["value"] / entry["n"]
            yield entry


def rows(name: str) -> Iterator[dict[str, Any]]:
    """The results that the second reader took from a study."""
    study = STUDIES[name]
    for row in SECOND["results"]:
        if row["study"] == name:
            row = dict(row)
            row["printed"] = row["arm"]
            row["arm"] = study["arms"][row["arm"]]
            row["kind"] = KIND.get(row["statistic"], row["statistic"])
            row["counted"] = row["statistic"] == "count"
            if row["counted"]:
                row["value"] = 100.0 * row["value"] / row["n"]
            yield row


def as_read(entry: dict[str, Any], field: str) -> Any:
    """A number of an entry, or what follows for it from the other numbers."""
    if entry.get(field) is None and all(entry.get(part) is not None for part in FOLLOW.get(field, ("absent",))):
        change = entry["value"] - entry["baseline"]
        return change if field == "change" else 100.0 * change / entry["baseline"]
    return entry.get(field)


def same(first: Any, second: Any, rounding: float = 0.0) -> bool:
    """Whether two readings are the same, but for the rounding of one that was worked out."""
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, str) or isinstance(second, str) or first is None or second is None:
        return bool(first == second)
    return math.isclose(first, second, rel_tol=1e-9, abs_tol=rounding)


def differences(name: str, entry: dict[str, Any], row: dict[str, Any]) -> list[Difference]:
    found: list[tuple[Any, ...]] = []
    for field in NUMBERS:
        first, second = as_read(entry, field), as_read(row, field)
        worked_out = field in FOLLOW and (field not in entry or field not in row)
        rounding = ROUNDED.get(field, 0.0) if worked_out or entry["counted"] != row["counted"] else 0.0
        if not same(first, second, rounding):
            found.append((field, first, second))
    if entry["kind"] != row["kind"]:
        found.append(("statistic", entry["kind"], row["kind"]))
    low, high = row.get("day_range", [row.get("day")] * 2)
    if not low <= entry["day"] <= high:
        found.append(("day", entry["day"], row.get("day_range", low)))
    way = WORDS.get(row.get("direction", ""), row.get("direction"))
    if way == "improved":
        way = "increase" if entry["outcome"] in ("global_improvement", "satisfaction") else "decrease"
    if way is not None and entry["direction"] != way:
        found.append(("direction", entry["direction"], way))
    of_what = COMPARED.get(row.get("p_of", ""), row.get("p_of"))
    if entry["comparison"] is not None and entry["comparison"] != of_what:
        found.append(("comparison", entry["comparison"], of_what))
    if row["arm"] == "any":
        found.append(("arm", entry["arm"], "not named"))
    if "rater" in row and entry["rater"] != row["rater"]:
        found.append(("rater", entry["rater"], row["rater"]))
    return [Difference(name, row["printed"], row["measure"], *each) for each in found]


def may_be(entry: dict[str, Any], row: dict[str, Any]) -> bool:
    outcomes = row["outcome"] if isinstance(row["outcome"], list) else [row["outcome"]]
    same_arm = row["arm"] in ("any", entry["arm"])
    return same_arm and entry.get("scar_type") == row.get("scar_type") and entry["outcome"] in outcomes


def compared(name: str, file: dict[str, Any]) -> list[Difference]:
    """What the readers have differently in a study, after each result is paired with the one closest to it."""
    first, second = list(entries(file)), list(rows(name))
    pairs = sorted(
        (len(differences(name, entry, row)), i, j)
        for i, entry in enumerate(first)
        for j, row in enumerate(second)
        if may_be(entry, row)
    )
    paired: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in paired and j not in paired.values():
            paired[i] = j
    found = [each for i, j in paired.items() for each in differences(name, first[i], second[j])]
    for i, entry in enumerate(first):
        if i not in paired:
            found.append(Difference(name, entry["arm"], entry["measure"], "result", entry["outcome"], None))
    for j, row in enumerate(second):
        if j not in paired.values():
            found.append(Difference(name, row["printed"], row["measure"], "result", None, row["outcome"]))
    return found + of_the_protocols(name, file)


def of_the_protocols(name: str, file: dict[str, Any]) -> list[Difference]:
    """Sessions, interval and needle length: as printed in the sentence of each arm, or named as assumed."""
    study = STUDIES[name]
    found: list[tuple[Any, ...]] = []
    for arm in file["arm"]:
        if not arm.get("protocol"):
            continue
        protocol, assumed = read_protocol(arm["protocol"], sites=site_spellings()), arm.get("assumed", {})
        days = protocol.session_days
        depth = max(part.depth_mm for phase in protocol.phases for part in phase.treatments)
        gaps = {later - earlier for earlier, later in pairwise(days)}
        said = {"sessions": len(days), "interval_days": gaps.pop() if len(gaps) == 1 else None}
        for field, first in said.items():
            low, high = study.get("sessions_range", [1, math.inf]) if field == "sessions" else (0, math.inf)
            second = study.get(field)
            if second is not None and (first != second or field in assumed):
                found.append((arm["id"], field, first, second))
            if second is None and first is not None and (field not in assumed or not low <= first <= high):
                found.append((arm["id"], field, first, "not printed"))
        if "needle_mm" in study:
            deepest = assumed.get("depth_mm", {}).get("high", depth)
            if max(depth, deepest) > study["needle_mm"]:
                found.append((arm["id"], "needle_mm", max(depth, deepest), study["needle_mm"]))
        elif "depth_mm" not in assumed and not ("device" in assumed and protocol.phases[0].device.depth_fixed):
            found.append((arm["id"], "needle_mm", depth, "not printed"))
        kinds = {phase.device.kind for phase in protocol.phases}
        if study["device"] in ("roller", "pen") and kinds != {study["device"]}:
            found.append((arm["id"], "device", sorted(kinds), study["device"]))
        if study["device"] == "not printed" and "device" not in assumed:
            found.append((arm["id"], "device", sorted(kinds), "not printed"))
    return [Difference(name, arm, "protocol", *each) for arm, *each in found]


def figures() -> dict[str, dict[str, Any]]:
    """Published figures outside the findings files, by id."""
    both = ("figures.toml", "delivery_figures.toml")
    return {each["id"]: each for name in both for each in tomllib.loads((DATA / name).read_text("utf-8"))["figure"]}


def compared_figures(name: str, known: dict[str, dict[str, Any]]) -> list[Difference]:
    """The same for results that are kept as figures, not as findings of an arm."""
    found = []
    for row in rows(name):
        figure = known[row["arm"]]
        first = {**figure, "value": [figure["low"], figure["high"]] if "low" in figure else figure.get("value")}
        found += [
            Difference(name, row["printed"], row["measure"], field, first.get(field), row.get(field))
            for field in ("value", "sd", "se", "n")
            if not same(first.get(field), row.get(field))
        ]
        if row.get("direction") == "none" and figure.get("sign") != "none":
            found.append(Difference(name, row["printed"], row["measure"], "direction", figure.get("sign"), "none"))
    return found


def listed(name: str) -> list[Difference]:
    """Disagreements of a study that the publication does not settle."""
    fields = Difference._fields
    return [
        Difference(*(each.get(field) for field in fields))
        for each in SECOND.get("unresolved", ())
        if each["study"] == name
    ]


def key(difference: Difference) -> tuple[str, ...]:
    return tuple(map(repr, difference))


@pytest.mark.parametrize("name", WITH_FINDINGS)
def test_both_readers_have_the_same_numbers_but_for_those_listed(name: str) -> None:
    assert sorted(compared(name, load(name)), key=key) == sorted(listed(name), key=key)


@pytest.mark.parametrize("name", WITH_FIGURES)
def test_both_readers_have_the_same_numbers_in_the_figures(name: str) -> None:
    assert sorted(compared_figures(name, figures()), key=key) == sorted(listed(name), key=key)


def numbers_in(file: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, Any]]:
    """Each published number of a findings file, and an altered one."""
    for arm in file["arm"]:
        for finding in arm.get("finding", ()):
            for field in (*NUMBERS, "range", "p_between", "day"):
                old = finding.get(field)
                if field in ("at_least", "below") and old is not None and (old[0] < 0 or old[0] != old[1]):
                    continue  # a range of what the cut may have been is no printed number
                if field == "day":
                    yield finding, field, old + 1000.0
                elif isinstance(old, list):
                    yield finding, field, [old[0], old[1] * 1.05 + 0.001]
                elif isinstance(old, int | float):
                    yield finding, field, old - 1 if field in ("n", "value") and old >= 1 else old * 1.02 + 0.1
                elif field == "p" and re.search(r"\d", str(old)):
                    yield finding, field, str(old).replace("0", "9", 1).replace(".", ".7", 1)


@pytest.mark.parametrize("name", WITH_FINDINGS)
def test_a_number_altered_in_a_findings_file_is_noticed(name: str) -> None:
    known = sorted(listed(name), key=key)
    file = load(name)
    for finding, field, other in numbers_in(file):
        kept = copy.deepcopy(finding)
        finding[field] = other
        assert sorted(compared(name, file), key=key) != known, (finding["outcome"], field, kept[field], other)
        finding.clear()
        finding.update(kept)


@pytest.mark.parametrize("name", WITH_FIGURES)
def test_a_figure_altered_is_noticed(name: str) -> None:
    known = figures()
    for row in rows(name):
        for field in ("value", "low", "high", "sd", "n"):
            figure = known[row["arm"]]
            if field in figure:
                altered = {**known, row["arm"]: {**figure, field: figure[field] * 1.02}}
                assert compared_figures(name, altered), (row["arm"], field)


def test_the_second_reader_took_twenty_studies_old_and_new_and_says_why_readings_stay_apart() -> None:
    assert set(WITH_FINDINGS) | set(WITH_FIGURES) == set(STUDIES) == {row["study"] for row in SECOND["results"]}
    assert len(STUDIES) >= 20
    for each in SECOND.get("unresolved", ()):
        assert each["study"] in STUDIES and each["why"]
