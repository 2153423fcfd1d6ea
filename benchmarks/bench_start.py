"""Time from the shell to the answer, beside that of ``--help`` in the same run; ``python -m benchmarks.bench_start``.

Whole processes, one command after the other, round by round, so that a busy machine slows all of them alike.  A first
round, which is not counted, makes what is kept: machine code and parsed data files in the user's cache folder, and
Python's own.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

PROTOCOL: Final = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
#: Command → most times of ``--help`` that it may take.
COMMANDS: Final[dict[tuple[str, ...], float]] = {
    ("--help",): 1.0,
    ("screen", "--example"): 3.0,
    ("devices",): 3.0,
    ("sites",): 3.0,
    ("actives",): 3.0,
    ("outcomes",): 3.0,
    ("parameters",): 3.0,
    ("evidence",): 3.0,
    ("rules",): 3.0,
    ("simulate", PROTOCOL): 8.0,
}
#: What a simulation needs of others, each by what only it imports: statement → name.
PARTS: Final = {
    "pass": "Python",
    "import typer.main, typer._adapters": "option reader",
    "import numpy": "NumPy",
    "import llvmlite.binding": "LLVM",
    "import lark": "parser",
    "import rich.table, rich.console": "tables",
    "import neodermis.api.course": "the model, with NumPy",
    "from neodermis.simulation.solver import _engine, tissue; _engine(tissue.GRID)": "the same and its machine code",
    "import jax.numpy": "JAX, not needed",
}


def run(words: Sequence[str]) -> tuple[float, float]:
    """Wall and processor seconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, *words], check=True, capture_output=True, env=environment)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables; 1 where a command takes more than it may, by processor time."""
    given = sys.argv[1:] if arguments is None else arguments
    rounds = int(given[0]) if given else 5
    calls = {words: ["-m", "neodermis", *words] for words in COMMANDS}
    for call in calls.values():
        run(call)
    times = [{words: run(call) for words, call in calls.items()} for _ in range(rounds)]
    over = 0
    print(f"{rounds} rounds; ratios are medians over the rounds")
    print(f"{'':<20} {'wall s':>7} {'cpu s':>7} {'× wall':>7} {'× cpu':>7}  at most")
    for words, most in COMMANDS.items():
        wall, cpu = (statistics.median(one[words][k] for one in times) for k in (0, 1))
        by_wall, by_cpu = (statistics.median(one[words][k] / one["--help",][k] for one in times) for k in (0, 1))
        over += by_cpu > most
        print(f"{' '.join(words)[:20]:<20} {wall:7.2f} {cpu:7.2f} {by_wall:7.1f} {by_cpu:7.1f}  {most:g}")
    print("\nwhat a simulation imports, each alone in a process")
    for statement, name in PARTS.items():
        print(f"{name:<32} {min(run(['-c', statement])[1] for _ in range(rounds)):7.2f} cpu s")
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
