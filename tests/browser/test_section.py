"""The skin in section in a browser: every element follows its own series alone; usable by keyboard; accessible."""

import json
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.checks import VIEWS, View, axe, vnu

import neodermis as nd
from neodermis.report.section import ELEMENTS

PEN = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
HOME = "3 sessions every 7 days: home_roller; cheek 0.25 mm, 8 passes"
DESKTOP = View(1200, "light")
DATA = re.compile(r'(<script type="application/json" id="data">)(.*?)(</script>)', re.DOTALL)
#: Elements that show in others: the slope of lines shows in lines.
WITH = {"alignment": ("alignment", "collagen_1")}
#: Pixels of each element alone, and the values in its row.
LOOK = """names => {
  const found = {}, canvas = document.querySelector("canvas[aria-label^=Section]");
  for (const [name, together] of Object.entries(names)) {
    section.only(...together);
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let hash = 7;
    for (let k = 0; k < pixels.length; k++) hash = (Math.imul(hash, 31) + pixels[k]) | 0;
    const row = document.querySelector(`tr[data-element=${name}]`);
    found[name] = [hash, [...row.querySelectorAll("td")].map(cell => cell.textContent).join("|")];
  }
  section.draw();
  return found;
}"""


@cache
def html(*cases: str) -> str:
    from neodermis.report.section import section_html

    return section_html(nd.section(*cases))


@pytest.fixture
def one(tmp_path: Path) -> Path:
    path = tmp_path / "one.html"
    path.write_text(html(PEN), "utf-8")
    return path


@pytest.fixture
def two(tmp_path: Path) -> Path:
    path = tmp_path / "two.html"
    path.write_text(html(PEN, HOME), "utf-8")
    return path


# ------------------------------------------------------------------------------------------------- what moves what


def looked(page: Any, day: float) -> dict[str, list[Any]]:
    names = {element.name: WITH.get(element.name, (element.name,)) for element in ELEMENTS}
    page.evaluate(f"section.show(section.frameOf({day}))")
    found: dict[str, list[Any]] = page.evaluate(LOOK, names)
    return found


def altered(text: str, name: str) -> str:
    """The page with one series changed at every time and depth."""
    data = json.loads(DATA.search(text)[2])
    element = next(one for one in data["elements"] if one["name"] == name)

    def other(value: Any) -> Any:
        return [other(one) for one in value] if isinstance(value, list) else 0.5 * value + 0.9 * element["peak"]

    for case in data["cases"]:
        case[element["where"]][name] = other(case[element["where"]][name])
    return DATA.sub(lambda found: found[1] + json.dumps(data).replace("<", "\\u003c") + found[3], text)


@pytest.fixture(scope="module")
def unaltered() -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("name", [element.name for element in ELEMENTS])
def test_an_element_is_moved_by_its_own_series_alone(
    name: str, one: Path, open_file, unaltered: dict[str, Any], tmp_path: Path
) -> None:
    if not unaltered:
        unaltered.update(looked(open_file(one, DESKTOP), 1.0))
    changed = tmp_path / "changed.html"
    changed.write_text(altered(html(PEN), name), "utf-8")
    now = looked(open_file(changed, DESKTOP), 1.0)
    for other, (pixels, row) in unaltered.items():
        if other == name:
            assert now[other][0] != pixels, "its drawing does not follow its series"
            assert now[other][1] != row, "its value does not follow its series"
        else:
            assert now[other][1] == row, f"the value of {other} changed too"
            shows_it = name in WITH.get(other, ())
            assert shows_it or now[other][0] == pixels, f"the drawing of {other} changed too"


def test_values_are_those_of_the_data(one: Path, open_file) -> None:
    page = open_file(one, DESKTOP)
    data = json.loads(DATA.search(html(PEN))[2])
    frame = data["time_day"].index(3)
    page.evaluate(f"section.show({frame})")
    (case,) = data["cases"]
    faces, cells = case["depth_faces_mm"], case["papillary_cells"]
    row = case["by_depth"]["neutrophil"][frame]
    heights = [below - above for above, below in pairwise(faces)]
    mean = sum(a * b for a, b in zip(row[:cells], heights[:cells], strict=True)) / sum(heights[:cells])
    shown = page.locator("tr[data-element=neutrophil] td").first.inner_text()
    assert float(shown) == pytest.approx(mean, abs=0.5)


def test_a_point_of_the_section_tells_its_values(one: Path, open_file) -> None:
    page = open_file(one, DESKTOP)
    page.evaluate("section.show(section.frameOf(1))")
    box = page.locator("canvas[aria-label^=Section]").bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    told = page.locator(".tip").inner_text()
    assert "reticular dermis" in told and "neutrophils: " in told and "mm" in told
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] - 40)
    assert page.locator(".tip").is_hidden()


def test_a_cleared_box_hides_its_element(one: Path, open_file) -> None:
    page = open_file(one, DESKTOP)
    page.evaluate("section.show(section.frameOf(1))")
    pixels = "(() => document.querySelector('canvas[aria-label^=Section]').toDataURL())()"
    before = page.evaluate(pixels)
    box = page.get_by_role("checkbox", name=re.compile("neutrophils"))
    box.uncheck()
    assert page.evaluate(pixels) != before
    box.check()
    assert page.evaluate(pixels) == before


# ------------------------------------------------------------------------------------------------- time


def test_the_slider_and_the_space_bar(one: Path, open_file) -> None:
    page = open_file(one, DESKTOP)
    slider = page.get_by_role("slider", name="Time")
    page.get_by_role("button", name="before").click()
    assert page.locator("#when").inner_text() == "Before treatment"
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "At the end of session 1"
    page.keyboard.press("End")
    assert slider.input_value() == slider.get_attribute("max")
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_text("Pause")
    expect(slider).to_have_value(re.compile("^([5-9]|[1-9][0-9]+)$"))
    page.keyboard.press("Space")
    stopped = slider.input_value()
    page.wait_for_timeout(400)
    assert slider.input_value() == stopped
    assert page.locator("#play").inner_text() == "Play"


def test_without_motion_it_goes_from_one_named_time_to_the_next(one: Path, open_file) -> None:
    page = open_file(one, DESKTOP, reduced_motion="reduce")
    page.get_by_role("button", name="3 d", exact=True).click()
    start = page.get_by_role("slider", name="Time").input_value()
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("slider", name="Time")).not_to_have_value(start)
    assert "10 days after session 1" in page.locator("#when").inner_text()


def test_named_times_sessions_and_phases_are_told(one: Path, open_file) -> None:
    page = open_file(one, DESKTOP)
    page.get_by_role("button", name="10 d", exact=True).click()
    assert page.locator("#when").inner_text() == "Day 10: 10 days after session 1"
    assert "proliferation" in page.locator(".now").inner_text()
    marks = page.locator("#axis path").count()
    assert marks == 2
    told = page.locator("#axis text").all_text_contents()
    for phase in json.loads(DATA.search(html(PEN))[2])["cases"][0]["phases"]:
        assert any(re.match(rf"{phase['name']}: [\d.]+ (h|days) to [\d.]+ days", text) for text in told)
        assert phase["name"] in page.locator(".facts").last.inner_text()


def test_a_frame_is_drawn_fast(one: Path, open_file) -> None:
    """Under 16 ms on a free machine; more is allowed here, where other work may go on."""
    page = open_file(one, DESKTOP)
    took = page.evaluate(
        "() => Array.from({length: section.frames}, (_, k) => { const t = performance.now(); section.show(k);"
        " return performance.now() - t; })"
    )
    assert median(took) < 40


# ------------------------------------------------------------------------------------------------- the block

BLOCK = "canvas[aria-label^='Block of skin']"


def block_at(page: Any, day: float, angle: int) -> str:
    page.evaluate(f"section.show(section.frameOf({day}))")
    page.get_by_role("slider", name="Angle").fill(str(angle))
    picture: str = page.evaluate(f'document.querySelector("{BLOCK}").toDataURL()')
    return picture


def test_a_block_turns_and_its_channels_close(one: Path, open_file) -> None:
    page = open_file(one, DESKTOP)
    page.locator("#block summary").click()
    seen = {(day, angle): block_at(page, day, angle) for day in (0.0035, 1, 29) for angle in (-30, 40)}
    assert len(set(seen.values())) == 6
    page.get_by_role("slider", name="Angle").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("slider", name="Angle").input_value() == "45"
    page.get_by_role("button", name="Turn").click()
    expect(page.get_by_role("slider", name="Angle")).not_to_have_value("45")
    page.get_by_role("button", name="Stop").click()
    stopped = page.get_by_role("slider", name="Angle").input_value()
    page.wait_for_timeout(300)
    assert page.get_by_role("slider", name="Angle").input_value() == stopped


def test_without_motion_a_block_turns_by_steps(one: Path, open_file) -> None:
    page = open_file(one, DESKTOP, reduced_motion="reduce")
    page.locator("#block summary").click()
    page.get_by_role("button", name="Turn").click()
    page.wait_for_timeout(300)
    assert page.get_by_role("slider", name="Angle").input_value() == "0"


# ------------------------------------------------------------------------------------------------- access


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.width}-{view.scheme}")
@pytest.mark.parametrize("which", ["one", "two"])
def test_it_is_accessible_and_asks_for_nothing(which: str, view: View, open_file, request) -> None:
    page = open_file(request.getfixturevalue(which), view)
    page.evaluate(
        "section.show(section.frameOf(3)); "
        "for (const id of ['depths', 'block']) document.getElementById(id).open = true"
    )
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= view.width
    small = page.evaluate(
        "() => [...document.querySelectorAll('button, input')].filter(one => { const box = one.getBoundingClientRect();"
        " return box.width < 24 || box.height < 24; }).map(one => one.id || one.textContent)"
    )
    assert small == []


def test_both_cases_are_drawn_on_one_scale(two: Path, open_file) -> None:
    page = open_file(two, DESKTOP)
    sizes = page.evaluate(
        "[...document.querySelectorAll('canvas[aria-label^=Section]')].map(one => [one.width, one.height])"
    )
    assert len(sizes) == 2 and sizes[0] == sizes[1]
    assert page.locator("#values thead th").all_inner_texts() == ["Element", "A", "B"]


@pytest.mark.parametrize("which", ["one", "two"])
def test_it_is_valid(which: str, request) -> None:
    vnu(request.getfixturevalue(which))
