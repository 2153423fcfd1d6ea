"""Pages in a browser: files open in an installed Chromium, without a network.

The tests are skipped only where there is no Chromium; ``python3 tasks.py test`` installs one where it may.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import sync_playwright
from tests.browser.checks import View

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running Chromium."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"there is no browser ({', '.join(NAMES)}); install one, on Debian with: apt-get install chromium")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def open_file(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open a local HTML file in a view: ``open_file(path, View(390, "dark"))`` gives the page.

    The test fails where a page asks for anything but its own file, logs an error or throws one.
    """
    contexts, asked, errors = [], [], []

    def opened(path: Path, view: View, **settings: Any) -> Any:
        context = chromium.new_context(
            viewport={"width": view.width, "height": view.height}, color_scheme=view.scheme, **settings
        )
        contexts.append(context)
        page = context.new_page()
        address = path.resolve().as_uri()
        # what a page holds itself is asked for by "data:" and "blob:"
        page.on("request", lambda one: None if one.url.split("#")[0] == address else asked.append(one.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [one for one in asked if not one.startswith(("data:", "blob:"))] == []
    assert errors == []
