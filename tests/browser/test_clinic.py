"""The clinic application in a browser: a consultation by keyboard, drafts, accessibility, valid HTML."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import expect
from tests.browser.checks import VIEWS, View, axe, vnu
from tests.clinic.test_serve import free_port

PROTOCOL = "3 sessions every 30 days: exceed; cheek 1 mm, 6 passes"
DESKTOP = View(1200, "light")


class Served(NamedTuple):
    """Address and password of a demonstration."""

    address: str
    password: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demonstration, served as a user serves it."""
    folder, port = tmp_path_factory.mktemp("clinic"), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "neodermis", "serve", "--demo", "--no-browser", "--port", str(port)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | {"NEODERMIS_DATA": str(folder)},
    )  # fmt: skip
    password = ""
    assert process.stdout is not None
    for line in process.stdout:
        password = password or (re.search(r"password (\S+)", line) or ["", ""])[1]
        if line.startswith("serving on"):
            break
    yield Served(f"http://localhost:{port}", password)
    process.kill()
    process.communicate()


@pytest.fixture
def opened(chromium: Any, served: Served) -> Iterator[Callable[..., Any]]:
    """Log in with a view: ``opened(view)`` gives the page.  The test fails where a page logs an error or leaves."""
    contexts, asked, errors = [], [], []

    def one(view: View, **settings: Any) -> Any:
        context = chromium.new_context(
            viewport={"width": view.width, "height": view.height}, color_scheme=view.scheme, **settings
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda each: asked.append(each.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        # a browser logs that an answer is a refusal, which some tests ask for
        page.on("console", lambda each: errors.append(each.text) if each.type == "error" and "Failed to load" not in
                each.text else None)  # fmt: skip
        page.goto(f"{served.address}/")
        page.get_by_label("Name").fill("demo")
        page.get_by_label("Password").fill(served.password)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Today")
        return page

    yield one
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith((served.address, "data:"))] == []
    assert errors == []


def finished_plan(page: Any, address: str) -> str:
    """Path of a plan of the second patient, whom the rules refuse, so that it is made at once."""
    page.goto(f"{address}/patients/?q=2")
    page.get_by_role("link", name="Patient 2", exact=True).click()
    page.get_by_role("link", name="screening").first.click()
    page.get_by_role("button", name="Make a plan").click()
    expect(page.get_by_role("heading", name="Report")).to_be_visible(timeout=60_000)
    return str(page.url).removeprefix(address)


def screens(page: Any, address: str) -> Iterator[str]:
    """Open every screen in turn; its name."""
    page.goto(f"{address}/patients/")
    patient = page.locator("tbody a").first.get_attribute("href")
    page.goto(address + patient)
    consultation = page.get_by_role("link", name="Consultation of").get_attribute("href")
    session = page.get_by_role("link", name="Session 1 of").get_attribute("href")
    page.goto(f"{address}/patients/?q=4")
    page.get_by_role("link", name="Patient 4", exact=True).click()
    course = page.get_by_role("link", name="Follow-ups").get_attribute("href")
    for name, path in {
        "today": "/", "patients": "/patients/", "none found": "/patients/?q=nothing", "patient": patient,
        "new patient": "/patients/new/", "change": f"{patient}change/", "consultation": consultation,
        "screening": f"{consultation}screening/",
        "changed": f"{consultation}changed/?protocol={PROTOCOL}",
        "record": f"{patient}record/", "follow-ups": course, "new follow-up": f"{course}new/",
        "session": session, "consent": f"{patient}consent/",
        "accounts": "/accounts/", "new account": "/accounts/new/", "trail": "/audit/",
        "settings": "/settings/", "letterhead": "/settings/letterhead/", "devices": "/settings/devices/",
        "own account": "/account/", "second factor": "/account/second-factor/",
        "plan": finished_plan(page, address), "not found": "/nothing/",
    }.items():  # fmt: skip
        page.goto(address + path)
        yield name


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.width}-{view.scheme}")
def test_every_screen_is_accessible_and_fits(opened: Any, served: Served, view: View) -> None:
    page = opened(view)
    for name in screens(page, served.address):
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= view.width, name
        assert page.evaluate("document.querySelectorAll('h1').length") == 1, name
        assert page.evaluate("[...document.scripts].every(one => one.src)"), name


def test_every_screen_is_valid(opened: Any, served: Served, tmp_path: Path) -> None:
    page = opened(DESKTOP)
    for number, _ in enumerate(screens(page, served.address)):
        path = tmp_path / f"{number}.html"
        path.write_text(page.request.get(page.url).text(), "utf-8")
    vnu(tmp_path)  # all files of the folder


def new_patient(page: Any, address: str) -> None:
    page.goto(f"{address}/patients/new/")
    page.get_by_label("Year of birth").fill("1990")
    page.get_by_label("Sex").select_option("female")
    page.get_by_label("Fitzpatrick phototype").select_option("3")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="New consultation").click()


def test_a_patient_is_entered_and_screened_by_keyboard_alone(opened: Any, served: Served) -> None:
    page = opened(DESKTOP)
    keys = page.keyboard

    def to(words: str) -> None:
        """Go on with the Tab key to an element with these words."""
        for _ in range(400):
            keys.press("Tab")
            if words in page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText"):
                return
        raise AssertionError(f"no way to {words} by keyboard")

    to("New patient")
    keys.press("Enter")
    page.wait_for_url("**/patients/new/")
    to("Year of birth")
    keys.type("1985")
    to("Fitzpatrick phototype")
    keys.type("4")
    to("Save")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/patients/[0-9a-f-]{36}/$"))
    to("New consultation")
    keys.press("Enter")
    page.wait_for_url("**/consultations/**")
    to("Concern")
    keys.press("Tab")
    page.locator("[id='concern.1.name']").focus()
    keys.type("acne_scar")
    to("Which site is to be treated?")
    keys.type("cheek")
    to("Save and screen")
    keys.press("Enter")
    page.wait_for_url("**/screening/")
    expect(page.locator(".verdict")).to_be_visible()


def test_a_fault_is_told_and_a_corrected_answer_saved(opened: Any, served: Served) -> None:
    page = opened(DESKTOP)
    new_patient(page, served.address)
    age = page.get_by_label("How old is the patient?")
    age.fill("300")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("1 answer is not accepted")
    expect(age).to_have_attribute("aria-invalid", "true")
    age.fill("36")
    page.get_by_role("button", name="Save and screen").click()
    page.wait_for_url("**/screening/")


def test_what_is_typed_is_kept_as_a_draft_in_two_windows(opened: Any, served: Served) -> None:
    page = opened(DESKTOP)
    new_patient(page, served.address)
    address = page.url
    page.get_by_label("How old is the patient?").fill("41")
    expect(page.locator("#draft-state")).to_contain_text("Draft kept")
    page.goto(f"{served.address}/")
    page.goto(address)
    expect(page.get_by_label("How old is the patient?")).to_have_value("41")
    other = opened(VIEWS[1])
    other.goto(address)
    expect(other.get_by_label("How old is the patient?")).to_have_value("41")
    other.get_by_label("How old is the patient?").fill("42")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_role("status").first).to_have_text("Saved.")
    page.get_by_label("How old is the patient?").fill("43")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else saved this consultation")
    expect(page.get_by_text("Somebody else saved: 42.")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").first).to_have_text("Saved.")
    expect(page.get_by_label("How old is the patient?")).to_have_value("43")


def test_what_is_typed_after_the_session_ended_is_told_and_sent_again(opened: Any, served: Served) -> None:
    page = opened(DESKTOP)
    new_patient(page, served.address)
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("How old is the patient?").fill("44")
    expect(page.locator("#draft-state")).to_contain_text("Not kept: your session has ended.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Name").fill("demo")
    page.get_by_label("Password").fill(served.password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_label("How old is the patient?")).to_have_value("44")


def test_it_works_without_javascript(opened: Any, served: Served) -> None:
    page = opened(DESKTOP, java_script_enabled=False)
    new_patient(page, served.address)
    page.get_by_label("How old is the patient?").fill("37")
    page.get_by_role("button", name="Save and screen").click()
    page.wait_for_url("**/screening/")
    expect(page.locator(".verdict")).to_be_visible()


def test_a_slider_draws_a_new_curve(opened: Any, served: Served) -> None:
    page = opened(DESKTOP)
    page.goto(f"{served.address}/patients/?q=1")
    page.get_by_role("link", name="Patient 1", exact=True).click()
    page.get_by_role("link", name="screening").first.click()
    page.goto(page.url.replace("screening", "changed") + f"?protocol={PROTOCOL}")
    curve = page.locator(".curve.after")
    before = curve.get_attribute("points")
    page.get_by_label("Depth, cheek").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    # every other setting is as in the protocol
    expect(page.locator("#answer strong")).to_have_text(PROTOCOL.replace("1 mm", "1.2 mm"))
    expect(page.locator(".curve.before")).to_be_visible()
    assert curve.get_attribute("points") != before
