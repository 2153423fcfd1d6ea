"""The people of a trial, solved some at a time: kept in memory, or in files from which a stopped trial continues.

A block is some people in every arm with a protocol: the level of each outcome on their own visits and on the planned
days, and adverse events.  It depends on the design, the parameters and the numbers of its people alone, so that a trial
is the same to the last digit whatever the size of the blocks, the number of processes, and how often it was stopped.
A file of a folder is written beside its place and renamed when it is whole; it carries the version, the parameters and
the design it is of, and is refused by a trial with others.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from neodermis.api.course import people_of
from neodermis.errors import InputError, OutputError
from neodermis.evidence import ParameterSet
from neodermis.simulation.session import Floats
from neodermis.trials.design import TrialDesign, read_design
from neodermis.trials.enrolment import Enrolled, case_of_arm, enrolled
from neodermis.uncertain import stream

#: People of a block.
BLOCK: Final = 256
#: Most people of a trial whose blocks are kept in memory.
MOST_IN_MEMORY: Final = 10_000
#: Adverse events: a probability, then whether they occur.
EVENTS: Final = ("bruised", "pigmented", "scarred")
_ENDING: Final = ".parquet"
_KEY: Final = b"neodermis"
Columns: TypeAlias = Mapping[str, Any]


def visit_days(plan: TrialDesign, first: int, count: int) -> Floats:
    """Day of each visit of some people, (people, visits): the planned one, early or late within the window."""
    planned, rng = np.array(plan.data.visits.days), stream("trial:visits", plan.data.seed)
    rng.bit_generator.advance(first * len(planned))  # type: ignore[attr-defined]  # of the default generator
    found: Floats = planned + plan.data.visits.window * rng.uniform(-1.0, 1.0, (count, len(planned)))
    return found


def level_name(arm: str, outcome: str, visit: int) -> str:
    """Column of the level of an outcome on a visit of the person; visit 0 is before treatment."""
    return f"{arm}:{outcome}:{visit}"


def planned_name(arm: str, outcome: str, visit: int) -> str:
    """Column of the same on the planned day."""
    return f"{arm}:{outcome}:planned:{visit}"


def solve_block(plan: TrialDesign, people: Enrolled, parameters: ParameterSet, first: int, count: int) -> Columns:
    """Columns of the enrolled people from number ``first`` on; ``solved`` says whose course could be computed."""
    when = visit_days(plan, first, count)
    own = np.concatenate([np.zeros((count, 1)), when], axis=1)
    planned = np.broadcast_to(np.array([0.0, *plan.data.visits.days]), own.shape)
    names = list(dict.fromkeys(one.name for one in plan.data.outcome))
    columns: dict[str, Any] = {"solved": np.ones(count, dtype=bool)}
    untreated: dict[str, Floats] | None = None

    def put(arm: str, time: Floats, values: Mapping[str, Floats]) -> None:
        for days, name_of in ((own, level_name), (planned, planned_name)):
            for name in names:
                rows = np.array([np.interp(on, time, row) for on, row in zip(days, values[name], strict=True)])
                columns.update({name_of(arm, name, visit): rows[:, visit] for visit in range(rows.shape[1])})

    for arm, protocol in plan.protocols.items():
        if protocol is None:
            continue
        found = people_of(case_of_arm(plan, protocol, parameters), people, first, count)
        columns["solved"] &= found.solved
        put(arm, found.time_day, found.treated)
        columns |= {
            f"{arm}:bruised": found.bruised,
            f"{arm}:pigmented": found.pigmented,
            f"{arm}:scarred": found.scarred,
        }
        if untreated is None:
            untreated = {"time": found.time_day, **{name: found.untreated[name] for name in names}}
    assert untreated is not None  # a design has an arm with a protocol
    for arm, protocol in plan.protocols.items():
        if protocol is None:
            put(arm, untreated["time"], untreated)
    return columns


# ------------------------------------------------------------------------------------------------- records


class Record(ABC):
    """Columns of all enrolled people, in their order, without those whose course could not be computed."""

    @abstractmethod
    def read(self, name: str) -> Any:
        """A column of all enrolled people."""

    @cached_property
    def kept(self) -> Any:
        """Numbers of the people whose course could be computed in every arm."""
        return np.flatnonzero(self.read("solved"))

    def column(self, name: str) -> Any:
        """A column of those people."""
        return self.read(name)[self.kept]

    def levels(self, arm: str, outcome: str, visits: int) -> Floats:
        """Level of an outcome before treatment and on each of the visits, (people, 1 + visits)."""
        return np.stack([self.column(level_name(arm, outcome, visit)) for visit in range(visits + 1)], axis=1)


@dataclass(frozen=True)
class InMemory(Record):
    """Columns of blocks in memory."""

    blocks: dict[int, Columns]

    def read(self, name: str) -> Any:
        """A column of all enrolled people."""
        return np.concatenate([self.blocks[first][name] for first in sorted(self.blocks)])


@dataclass(frozen=True)
class InFolder(Record):
    """Columns in the files of a folder: memory holds the one that is asked for."""

    files: tuple[Path, ...]

    def read(self, name: str) -> Any:
        """A column of all enrolled people."""
        from pyarrow import parquet

        return np.concatenate([
            parquet.read_table(file, columns=[name]).column(0).to_numpy() for file in self.files
        ])  # fmt: skip


def mark_of(plan: TrialDesign, parameters: ParameterSet) -> dict[str, str]:
    """What the blocks of a trial depend on."""
    design = plan.data.model_dump(mode="json", exclude={"title"})
    text = json.dumps(design, sort_keys=True)
    return {
        "version": version("neodermis"), "parameters": parameters.sha256,
        "design": hashlib.sha256(text.encode()).hexdigest(),
    }  # fmt: skip


def file_of(folder: Path, first: int, count: int) -> Path:
    """File of a block."""
    return folder / f"people-{first:09d}-{first + count:09d}{_ENDING}"


def write_block(folder: Path, first: int, count: int, columns: Columns, mark: Mapping[str, str]) -> None:
    """Write a block: whoever reads at the same time sees all of it or none."""
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table(dict(columns)).replace_schema_metadata({_KEY: json.dumps(mark)})
    path = file_of(folder, first, count)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        parquet.write_table(table, part)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(
            field="trial.results", value=str(path), accepted="a folder with room that can be written",
            whose="the operating system",
            next_step=f"{error.strerror or error}; free it, or name another folder",
        ) from error  # fmt: skip


def finished(folder: Path, mark: Mapping[str, str]) -> dict[int, int]:
    """Blocks of a folder that are whole: first person → count.

    Raises :class:`InputError` where one is of another version, other parameters or another design.
    """
    import pyarrow
    from pyarrow import parquet

    found: dict[int, int] = {}
    for path in sorted(folder.glob(f"people-*{_ENDING}")):
        try:
            first, end = (int(part) for part in path.stem.split("-")[1:])
            about = parquet.read_schema(path).metadata or {}
            own = json.loads(about.get(_KEY, b"{}"))
        except (ValueError, OSError, pyarrow.ArrowException):
            continue  # not whole, or not a block: its people are solved again
        if differs := [name for name, value in mark.items() if own.get(name) != value]:
            raise InputError(
                field="trial.results", value=path.name, accepted=f"blocks of the same {' and '.join(mark)}",
                whose=f"the folder {folder}, whose block is of another {' and '.join(differs)}",
                next_step="name another folder, or give the same design, people and seed",
            )  # fmt: skip
        found[first] = end - first
    return found


def missing_of(people: int, done: Mapping[int, int], block: int) -> list[tuple[int, int]]:
    """Blocks that are still to be solved, at most of a size: (first, count)."""
    gaps, at = [], 0
    for first in sorted(done):
        gaps.append((at, first))
        at = first + done[first]
    return [
        (start, min(block, end - start)) for begin, end in [*gaps, (at, people)] for start in range(begin, end, block)
    ]


# ------------------------------------------------------------------------------------------------- all blocks


def record(
    plan: TrialDesign,
    people: Enrolled,
    parameters: ParameterSet,
    *,
    folder: Path | None = None,
    resume: bool = False,
    workers: int = 1,
    block: int = BLOCK,
    progress: Callable[[int, int], None] | None = None,
) -> Record:
    """Solve all enrolled people in every arm.

    Parameters
    ----------
    folder
        Where blocks are kept as files; None: in memory.
    resume
        Continue with the blocks that the folder has.
    workers
        Processes.  One uses every core; more are of use where a machine has many.
    block
        People solved at a time; memory grows with it, the result does not depend on it.
    progress
        Told people done, and in all.

    Raises
    ------
    InputError
        The folder has blocks without ``resume``, or of another trial.
    """
    count, mark = len(people.people.age), mark_of(plan, parameters)
    done = {} if folder is None else _begun(folder, mark, resume)
    todo = missing_of(count, done, block)
    kept: dict[int, Columns] = {}
    so_far = sum(done.values())
    solving = _one_by_one if workers == 1 or len(todo) < 2 else _by_processes
    if progress is not None and done:
        progress(so_far, count)
    for first, size, columns in solving(plan, people, parameters, todo, folder, mark, workers):
        if columns is not None:
            kept[first] = columns
        so_far += size
        if progress is not None:
            progress(so_far, count)
    if folder is None:
        return InMemory(kept)
    whole = finished(folder, mark)
    return InFolder(tuple(file_of(folder, first, whole[first]) for first in sorted(whole)))


def _begun(folder: Path, mark: Mapping[str, str], resume: bool) -> dict[int, int]:
    """The blocks of a folder, which is made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            field="trial.results", value=str(folder), accepted="a folder that can be written",
            whose="the operating system",
            next_step=f"{error.strerror}; name another folder",
        ) from error  # fmt: skip
    found = sorted(folder.glob(f"people-*{_ENDING}"))
    if found and not resume:
        raise InputError(
            field="trial.results", value=str(folder), accepted="an empty folder, or `resume`",
            whose="this trial: blocks of two trials cannot be combined",
            next_step="add `resume` to continue from the stored blocks, or name another folder",
        )  # fmt: skip
    for part in folder.glob(".people-*.part"):
        part.unlink(missing_ok=True)  # of a run that was killed
    return finished(folder, mark)


_Solved: TypeAlias = Iterator[tuple[int, int, Columns | None]]


def _one_by_one(
    plan: TrialDesign, people: Enrolled, parameters: ParameterSet, todo: list[tuple[int, int]], folder: Path | None,
    mark: Mapping[str, str], _: int,
) -> _Solved:  # fmt: skip
    for first, size in todo:
        columns = solve_block(plan, people, parameters, first, size)
        if folder is not None:
            write_block(folder, first, size, columns, mark)
        yield first, size, columns if folder is None else None


def _by_processes(
    plan: TrialDesign, _: Enrolled, parameters: ParameterSet, todo: list[tuple[int, int]], folder: Path | None,
    mark: Mapping[str, str], workers: int,
) -> _Solved:  # fmt: skip
    document = json.dumps(plan.data.model_dump(mode="json", exclude_unset=True))
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_ignore_interrupt)
    running = {
        pool.submit(work, document, parameters, first, size, folder, mark): (first, size) for first, size in todo
    }
    try:
        for one in as_completed(running):
            yield *running.pop(one), one.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in active_children():
            process.terminate()  # its block is not whole, and is solved again
        raise
    pool.shutdown()


def _ignore_interrupt() -> None:
    """Ctrl-C is for the process that started the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@lru_cache(maxsize=2)
def _read(document: str) -> tuple[TrialDesign, Enrolled]:
    plan = read_design(json.loads(document))
    return plan, enrolled(plan)[0]


def work(
    document: str, parameters: ParameterSet, first: int, size: int, folder: Path | None, mark: Mapping[str, str]
) -> Columns | None:
    """Solve a block in a process of its own; it refuses a trial of another version or with other parameters.

    Returns the columns, or None where they are written to the folder.
    """
    plan, people = _read(document)
    if (own := mark_of(plan, parameters)) != mark:
        differs = " and ".join(name for name, value in mark.items() if own[name] != value)
        raise InputError(
            "worker", value=own["version"], accepted=f"the same {' and '.join(mark)} as the trial",
            whose=f"this worker, which has another {differs}", next_step="install the same version for every worker",
        )  # fmt: skip
    columns = solve_block(plan, people, parameters, first, size)
    if folder is None:
        return columns
    write_block(folder, first, size, columns, mark)
    return None
