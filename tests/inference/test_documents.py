"""Every page that is written from the code and its data is what they say; ``docs.build --check`` asks the same."""

import pytest
from docs import build, readme

from neodermis.report.markdown import markdown


@pytest.mark.parametrize("name", build.PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    kept = (build.FOLDER / name).read_text("utf-8")
    assert kept == markdown(build.PAGES[name]()), "run: python3 tasks.py docs"


def test_the_computed_parts_of_the_readme_are_those_of_this_version() -> None:
    assert readme.README.read_text("utf-8") == readme.text(), "run: python3 tasks.py docs"
