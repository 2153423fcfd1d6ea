"""The checks find what they look for: a request, an error, an inaccessible element, invalid HTML."""

from pathlib import Path

import pytest
from tests.browser.checks import VIEWS, axe, vnu

GOOD = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>A page</title></head>
<body><main><h1>A page</h1>{}</main></body>
</html>
"""


def page(folder: Path, body: str) -> Path:
    path = folder / "page.html"
    path.write_text(GOOD.format(body), "utf-8")
    return path


def test_a_good_page_passes(tmp_path: Path, open_file) -> None:
    path = page(tmp_path, "<p>Text.</p>")
    axe(open_file(path, VIEWS[0]))
    vnu(path)


def test_an_image_without_text_is_found(tmp_path: Path, open_file) -> None:
    path = page(tmp_path, '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">')
    with pytest.raises(AssertionError, match="image-alt"):
        axe(open_file(path, VIEWS[0]))


def test_faint_text_is_found(tmp_path: Path, open_file) -> None:
    path = page(tmp_path, '<p style="color: #bbb; background: #fff">Text.</p>')
    with pytest.raises(AssertionError, match="color-contrast"):
        axe(open_file(path, VIEWS[0]))


def test_an_element_in_the_wrong_place_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="not allowed"):
        vnu(page(tmp_path, "<ul><p>Text.</p></ul>"))


@pytest.mark.parametrize(
    "body", ['<img src="beside.png" alt="">', "<script>throw new Error('broken')</script>"], ids=["request", "error"]
)
def test_what_a_page_must_not_do_is_found(tmp_path: Path, chromium, body: str) -> None:
    from tests.browser import conftest

    opening = conftest.open_file.__wrapped__(chromium)
    opened = next(opening)
    opened(page(tmp_path, body), VIEWS[0])
    with pytest.raises(AssertionError):
        next(opening)
