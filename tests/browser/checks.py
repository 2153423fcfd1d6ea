"""Checks of a written page: accessibility rules (axe-core) and validity of the HTML (Nu Html Checker).

Both programs are npm packages; ``package.json`` beside this file pins them and ``python3 tasks.py test`` installs them.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

HERE: Final = Path(__file__).parent
PACKAGES: Final = HERE / "node_modules"
INSTALL: Final = "install it with: npm ci --ignore-scripts --prefix tests/browser"
#: Rules of the Web Content Accessibility Guidelines 2.2 to level AA.
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")


class View(NamedTuple):
    """Width of a window in CSS pixels, and colour scheme."""

    width: int
    scheme: str

    @property
    def height(self) -> int:
        """Height that goes with the width, CSS pixels."""
        return 844 if self.width < 600 else 800


#: A phone and a desktop, light and dark.
VIEWS: Final = tuple(View(width, scheme) for width in (390, 1200) for scheme in ("light", "dark"))


def package(name: str, file: str) -> Path:
    """A file of an npm package; without the package the test is skipped."""
    found = PACKAGES / name / file
    if not found.is_file():
        pytest.skip(f"the npm package {name} is missing; {INSTALL}")
    return found


def axe(page: Any) -> None:
    """Assert that an open page breaks none of :data:`RULES`."""
    page.evaluate(package("axe-core", "axe.min.js").read_text("utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", list(RULES)
    )
    assert found["passes"], "axe-core applied no rule"
    broken = [
        f"{one['id']}: {one['help']}: {node['html'][:160]} ({node['failureSummary']})"
        for one in found["violations"]
        for node in one["nodes"]
    ]
    assert not broken, "\n".join(broken)


def vnu(path: Path) -> None:
    """Assert that a file is valid HTML; the test is skipped without Java, in which the checker runs."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("the validator of HTML needs Java; install it with: apt-get install default-jre-headless")
    checker = package("vnu-jar", "build/dist/vnu.jar")
    done = subprocess.run(
        [java, "-jar", checker, "--stdout", "--format", "json", "--exit-zero-always", path],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    told = [one for one in json.loads(done.stdout)["messages"] if one["type"] != "info" or "subType" in one]
    assert not told, "\n".join(f"{one.get('lastLine')}: {one['message']}: {one.get('extract', '')}" for one in told)
