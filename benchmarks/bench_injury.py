"""Speed of one session beside a plain loop with SciPy's brentq on the same equations, in one run: times and ratios.

``python3 tasks.py bench``.  The peer is the reference model of ``verification/reference.py``: channels, penetration
and killed tissue by depth, member by member; the program computes void, stretch, bleeding, pain and minutes as well.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from benchmarks.bench_course import process, seconds
from verification.reference import channels, injured, numbers

import neodermis as nd
from neodermis.people import Patient
from neodermis.simulation import session
from neodermis.simulation.session import BLOCK, SessionInput
from neodermis.treatment import Protocol

#: Most that a session may take once compiled, for one member or for a full block (seconds).
LIMIT: Final = 0.005
SENTENCES: Final = (
    "1 session: exceed; cheek 1.5 mm, 6 passes",
    "1 session: roller_mf8; cheek 1.5 mm, 10 passes",
    "1 session: stamp 40 x 0.25 mm; cheek 1.5 mm, 4 passes",
)


def members(plan: Protocol, draws: int) -> SessionInput:
    """The central member, or that many draws."""
    shipped, (pass_,) = nd.load_parameters(), plan.phases[0].treatments
    skin = Patient().skin(pass_.site)
    made = session.draw_ensemble(plan.at(pass_.site).sources, skin, shipped, draws=max(draws - 1, 0))
    return made.parts[0].sessions[0]


def slow_session(plan: Protocol, count: int) -> float:
    """That many draws of one session, one after the other, with SciPy: seconds."""
    (pass_,) = plan.phases[0].treatments
    drawn = nd.load_parameters().draw(count, 0, "uncertainty")
    rows = [{name: float(values[k]) for name, values in drawn.items()} for k in range(count)]
    x = numbers(plan.phases[0].device, pass_.depth_mm, pass_.passes)
    z = session.session_effect(members(plan, 0), plan.phases[0].device.kind).depth_faces_mm[0]

    def loop() -> None:
        for v in rows:
            injured(v, channels(plan.phases[0].device.kind, v, x), z)

    return seconds(loop, 3)


def main() -> int:
    """Print the times; 1 where a compiled session takes longer than its limit."""
    late = False
    print(f"{os.cpu_count()} cores; limit {1e3 * LIMIT:g} ms a call")
    print(f"{'':<56} {'ms':>8} {'us/member':>10} {'x SciPy, each member':>21}")
    for sentence in SENTENCES:
        plan = nd.injure(sentence, draws=1).protocol
        slow = slow_session(plan, 16) / 16
        print(f"{sentence}")
        for name, draws in (("one member", 0), (f"a block of {BLOCK} draws", BLOCK)):
            batch, count = members(plan, draws), max(draws, 1)
            session.session_effect(batch, plan.phases[0].device.kind)  # compiled from here on
            wall = seconds(lambda b=batch, k=plan.phases[0].device.kind: session.session_effect(b, k), 50)
            late |= wall > LIMIT
            print(f"  {name:<54} {1e3 * wall:8.2f} {1e6 * wall / count:10.1f} {count * slow / wall:21.1f}")
        print(f"  {'SciPy brentq and plain Python, one member':<54} {1e3 * slow:8.2f} {1e6 * slow:10.1f} {1.0:21.1f}")
    hundred = seconds(lambda: nd.injure(SENTENCES[0], draws=100), 5)
    print(f"{'injure, 100 draws, in process':<56} {1e3 * hundred:8.1f}")
    print(f"{'injure, 100 draws, whole process, warm':<56} {1e3 * process('injure', SENTENCES[0]):8.1f}")
    print(f"{Path(__file__).name}: {'over' if late else 'within'} the limit")
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
