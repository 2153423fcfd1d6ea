"""One compiled function serves every course, one each kind of device; blocks in several threads never lock up.

Each runs in a process of its own, with an empty compilation cache: what other tests compiled must not count.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from neodermis.simulation._transport import BLOCKS

pytestmark = pytest.mark.slow

WATCHED = """
import json, jax
from neodermis.simulation import _compilation as compilation
by_jax, begun = [], []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, seconds, **about: event == "/jax/core/compile/backend_compile_duration"
    and by_jax.append(about.get("fun_name", "?"))
)
compilation.listen(begun.append, lambda: None)
import neodermis
"""
PROTOCOLS = f"""{WATCHED}
devices = ["exceed; cheek {{d}} mm", "skinpen_precision; face {{d}} mm", "pen 36 x 0.25 mm; forehead {{d}} mm",
           "roller 540 x 0.5 mm x 0.2 mm; cheek", "stamp 40 x 0.25 mm; cheek {{d}} mm"]
solved = []
for k in range(20):
    n = 1 + k % 3
    times = f"{{n}} sessions every {{5 + 2 * k}} days" if n > 1 else "1 session"
    what = devices[k % len(devices)].format(d=round(0.25 + 0.03 * k, 2))
    last = (n - 1) * (5 + 2 * k)
    course = neodermis.simulate(f"{{times}}: {{what}}, {{1 + k}} passes", draws=30 if k == 7 else 1, people=k % 4,
                                seed=k, age=20 + 3 * k, beyond_limits=True, until=None if k == 3 else last + 5 + 3 * k)
    solved.append(course.protocol.sentence)
    neodermis.injure(course.protocol, draws=1 + 50 * (k % 4), seed=k, beyond_limits=True)
print(json.dumps({{"compiled": len(begun), "by_jax": by_jax, "protocols": len(set(solved))}}))
"""
DELIVERIES = f"""{WATCHED}
for k, draws in enumerate([1, 2, 9, 15, 30, 62, 100]):
    plan = f"1 session: exceed; cheek {{0.5 + 0.1 * k}} mm, {{2 + k}} passes"
    neodermis.deliver(["caffeine", "insulin"][k % 2], plan, draws=draws, for_hours=0.5 + k, age=20 + k,
                      dose=["2", "endless"][k % 2])
print(json.dumps({{"compiled": len(begun), "by_jax": by_jax}}))
"""
THREADS = """
import os
os.cpu_count = lambda: 8  # more threads than cores
import neodermis
site = neodermis.simulate("3 sessions every 20 days: exceed; cheek 1.5 mm, 6 passes", draws=200).sites["cheek"]
print(len(site.values["collagen_papillary"]))
"""


def fresh(code: str, cache: Path) -> str:
    environment = os.environ | {"XDG_CACHE_HOME": str(cache), "HOME": str(cache), "LOCALAPPDATA": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_twenty_protocols_need_one_compilation_and_one_for_each_kind_of_device(tmp_path: Path) -> None:
    found = json.loads(fresh(PROTOCOLS, tmp_path))
    assert found["protocols"] == 20
    assert found["compiled"] == 3 + 4  # the kinds of device; start, readings before it, session and steps of a course
    assert found["by_jax"] == []


def test_deliveries_need_one_compilation_for_each_size_of_a_block(tmp_path: Path) -> None:
    found = json.loads(fresh(DELIVERIES, tmp_path))
    assert found["compiled"] == len(BLOCKS) + 1  # and one kind of device
    assert len(found["by_jax"]) == len(BLOCKS)


def test_more_threads_than_cores_do_not_deadlock(tmp_path: Path) -> None:
    assert fresh(THREADS, tmp_path).strip() == "200"
