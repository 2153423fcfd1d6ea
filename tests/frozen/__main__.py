"""Make the numbers of the frozen courses again, or compare them on this processor.

``python -m tests.frozen`` writes ``courses.json``; ``--check`` prints how far each course is from it; ``--plain`` does
the same with machine code for the plainest processor of this kind, which shows what another processor changes.
"""

import json
import sys

from tests.frozen import courses


def main(words: list[str]) -> None:
    if "--plain" in words:
        import llvmlite.binding as llvm

        llvm.get_host_cpu_name = lambda: "x86-64"
        llvm.get_host_cpu_features = llvm.FeatureMap
    elif "--check" not in words:
        made = {name: courses.numbers(courses.run(name)) for name in courses.COURSES}
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(rows)}" for name, rows in made.items())
        text = f"{{\n{lines}\n}}\n"
        courses.FILE.write_text(text, "utf-8")
        print(f"wrote {courses.FILE}, {len(text):,} bytes")
        return
    for name, rows in courses.kept().items():
        apart, where = courses.farthest(courses.numbers(courses.run(name)), rows)
        print(f"{name:16} {apart:.1e} {where}")


main(sys.argv[1:])
