"""People of a trial in blocks: the same trial whatever their size, their files, and how often it was stopped."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neodermis.errors import InputError, OutputError
from neodermis.evidence import load_parameters
from neodermis.trials import blocks
from neodermis.trials.blocks import Columns, InFolder, InMemory, Record, missing_of, record
from neodermis.trials.design import read_design
from neodermis.trials.enrolment import enrolled
from neodermis.trials.trial import trial

DESIGN: dict[str, Any] = {
    "design": "parallel", "people": 14, "control": "untreated", "visits": {"days": [30, 60], "window": 5},
    "population": {"concerns": {"acne_scar": "goodman_baron:3"}, "severity_sd": 0.1},
    "eligibility": {"age": [18, 60]},
    "arm": [
        {"id": "needling", "protocol": "1 session: exceed; cheek 1.5 mm, 6 passes"},
        {"id": "untreated", "protocol": "none"},
    ],
    "outcome": [{"name": "goodman_baron_grade", "day": 60, "analysis": "t-test", "rater": "blinded"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def whole() -> InMemory:
    """All people at once."""
    return recorded()  # type: ignore[return-value]  # without a folder


def recorded(folder: Path | None = None, **options: Any) -> Record:
    plan = read_design(DESIGN)
    return record(plan, enrolled(plan)[0], load_parameters(), folder=folder, **options)


def equal(one: Record, other: Record, names: Columns) -> bool:
    return all(np.array_equal(one.read(name), other.read(name)) for name in names)


def test_people_are_the_same_to_the_last_digit_whatever_the_size_of_a_block(whole: InMemory, tmp_path: Path) -> None:
    names = whole.blocks[0]
    assert len(whole.kept) >= 8
    told: list[tuple[int, int]] = []
    small = recorded(tmp_path, block=3, progress=lambda *both: told.append(both))
    assert isinstance(small, InFolder) and len(small.files) > 2
    assert equal(whole, small, names)
    assert told[-1] == (len(whole.read("solved")),) * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in small.files)


def test_a_worker_solves_the_same_block_and_refuses_another_version(whole: InMemory) -> None:
    plan, parameters = read_design(DESIGN), load_parameters()
    document, mark = json.dumps(DESIGN), blocks.mark_of(plan, parameters)
    found = blocks.work(document, parameters, 2, 4, None, mark)
    assert found is not None
    assert all(np.array_equal(found[name], whole.read(name)[2:6]) for name in whole.blocks[0])
    with pytest.raises(InputError, match=r"another version"):
        blocks.work(document, parameters, 2, 4, None, mark | {"version": "0.0.1"})


def test_a_stopped_trial_continues_with_its_blocks(
    whole: InMemory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block is taken from memory, so that only their files are tested."""
    every, asked = whole.blocks[0], []

    def stop_at(person: int) -> None:
        def solve(plan: Any, people: Any, parameters: Any, first: int, count: int) -> Columns:
            if first >= person:
                raise KeyboardInterrupt
            asked.append((first, count))
            return {name: values[first : first + count] for name, values in every.items()}

        monkeypatch.setattr(blocks, "solve_block", solve)

    stop_at(6)
    with pytest.raises(KeyboardInterrupt):
        recorded(tmp_path, block=3)
    assert asked == [(0, 3), (3, 3)]
    (tmp_path / ".people-000000006-000000009.parquet.1.part").write_bytes(b"of a run that was killed")
    (tmp_path / "people-000000006-000000009.parquet").write_bytes(b"PAR1 a disk that was full")
    stop_at(1000)
    asked.clear()
    with pytest.raises(InputError, match="an empty folder"):
        recorded(tmp_path, block=3)
    again = recorded(tmp_path, block=4, resume=True)
    assert asked[0] == (6, 4)  # what is whole is not solved again
    assert equal(whole, again, every)
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(InputError, match="another design"):
        trial(DESIGN, seed=1, results=tmp_path, resume=True)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="a folder that can be written"):
        recorded(tmp_path / "file")


@pytest.mark.parametrize(("done", "block"), [({}, 4), ({0: 4}, 4), ({3: 2, 8: 1}, 2), ({0: 10}, 3)])
def test_every_person_is_in_one_block(done: dict[int, int], block: int) -> None:
    def numbers() -> Iterator[int]:
        for first, count in [*done.items(), *missing_of(10, done, block)]:
            yield from range(first, first + count)

    assert sorted(numbers()) == list(range(10))
    assert all(count <= block for _, count in missing_of(10, done, block))


def test_more_people_than_fit_in_memory_need_a_folder() -> None:
    with pytest.raises(InputError, match="a folder"):
        trial(DESIGN | {"eligibility": {}}, people=20_000)
