"""Plans in the background: made, compared, adopted, reported; restarted, refused and failed."""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.planning.test_plan import FEW

from neodermis.care.consultation import example


@pytest.fixture
def suited(consultation: Any) -> Any:
    """A consultation of acne scars at one site that can be planned."""
    from neodermis.clinic.audit import Origin

    shipped = tomllib.loads(example())
    scars = [{"name": "acne_scar", "site": "cheek", "severity": "goodman_baron:3"}]
    consultation.answers = {name: value for name, value in shipped.items() if name not in ("today", "goals")} | {
        "concern": scars, "area": shipped["area"] | {"scar_age_days": 2000}
    }  # fmt: skip
    return consultation.write(Origin("test", ""))


@pytest.fixture
def job(suited: Any) -> Any:
    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import PlanJob

    return PlanJob(consultation=suited, document=suited.document, asked_by="test").ask(Origin("test", ""))


def again(job: Any) -> Any:
    return type(job).objects.get(pk=job.pk)


def until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("not within a minute")


def test_a_plan_is_made_compared_adopted_and_reported(job: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from neodermis.clinic import audit, jobs
    from neodermis.clinic.models import Course
    from neodermis.planning import plan as planning

    for name, value in FEW.items():
        monkeypatch.setattr(planning, name, value)
    jobs.work(str(job.pk))
    done = again(job)
    assert done.state == "done", done.error
    one, address = client("practitioner"), f"/plans/{job.pk}/"
    page = one.get(address)
    text = page.content.decode()
    adoptable = {each["protocol"] for each in page.context["plans"] if each["adoptable"]}
    assert adoptable == {each["protocol"] for each in done.result["alternatives"]} and adoptable
    assert any(each["recommended"] for each in page.context["plans"])
    assert all(f"<td>{cell}</td>" in text for cell in done.comparison[1][0][1:])
    assert "PIH" in text and "(recommended)" in text
    assert one.get(f"{address}report.pdf").content.startswith(b"%PDF")
    report = one.get(f"{address}report.html")
    assert report["Content-Disposition"].startswith("attachment") and b"<html" in report.content
    assert one.post(f"{address}adopt/", {"protocol": "another"}).status_code == 422
    protocol = done.result["recommended"]["protocol"]
    assert one.post(f"{address}adopt/", {"protocol": protocol}).status_code == 302
    course = Course.objects.get()
    assert course.protocol == protocol and course.plan in done.result["alternatives"]
    assert protocol in one.get(f"/patients/{job.consultation.patient_id}/").content.decode()
    leaflet = one.get(f"/courses/{course.pk}/leaflet.pdf")
    assert leaflet.content.startswith(b"%PDF")
    calendar = one.get(f"/courses/{course.pk}/care.ics").content.decode()
    assert all(f"DTSTART;VALUE=DATE:{each['date'].replace('-', '')}" in calendar for each in course.plan["sessions"])
    assert [*audit.verify()] == []


def test_the_server_makes_a_plan_in_a_process_of_its_own(consultation: Any, client: Any) -> None:
    from neodermis.clinic import jobs
    from neodermis.clinic.models import PlanJob

    one = client("practitioner")
    asked = one.post(f"/consultations/{consultation.pk}/plans/")
    twice = one.post(f"/consultations/{consultation.pk}/plans/")
    assert asked["Location"] == twice["Location"], "a second click starts no second plan"
    assert "waits for its turn" in one.get(asked["Location"]).content.decode()
    stop = jobs.start()
    try:
        until(lambda: not PlanJob.objects.get().waiting)
    finally:
        stop()
    page = one.get(asked["Location"]).content.decode()
    assert "the screening rules allow no session yet" in page
    assert one.get(f"{asked['Location']}report.pdf").content.startswith(b"%PDF")


def test_what_was_running_is_made_again_after_a_restart(consultation: Any) -> None:
    from neodermis.clinic import jobs
    from neodermis.clinic.models import PlanJob

    PlanJob.objects.create(
        consultation=consultation, document=consultation.document, asked_by="test", state="running", scored=5, known=9
    )
    stop = jobs.start()
    try:
        until(lambda: PlanJob.objects.get().state == "done")
    finally:
        stop()


def test_a_process_whose_server_is_killed_ends(job: Any) -> None:
    from neodermis.clinic import jobs

    code = (
        "import os, sys, time, django\ndjango.setup()\nfrom neodermis.clinic import jobs\njobs.start()\n"
        "print('started', flush=True)\ntime.sleep(300)\n"
    )
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=jobs._environment())
    try:
        until(lambda: again(job).scored > 0)
    finally:
        server.kill()
        server.communicate()
    time.sleep(4)  # the process looks for its server at every step of the search
    seen = again(job)
    time.sleep(3)
    assert again(job).scored == seen.scored and again(job).state == "running", "nobody works on it any more"


def test_a_process_that_dies_is_told(job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from neodermis.clinic import jobs

    monkeypatch.setattr(sys, "executable", "/bin/false")
    stop = jobs.start()
    try:
        until(lambda: not again(job).waiting)
    finally:
        stop()
    assert again(job).state == "failed" and "Start it again" in again(job).error


def test_a_changed_consultation_makes_its_plan_outdated(job: Any, client: Any, suited: Any) -> None:
    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Course

    comparison = [["", "Gentle"], [["protocol", "p"]]]
    type(job).objects.update(state="done", result={"alternatives": [{"protocol": "p"}]}, comparison=comparison)
    suited.answers = {**suited.answers, "patient": {"age": 50}}
    suited.write(Origin("test", ""))
    one = client("practitioner")
    page = one.get(f"/plans/{job.pk}/").content.decode()
    assert "was changed after this plan" in page and "Adopt" not in page
    done = one.post(f"/plans/{job.pk}/adopt/", {"protocol": "p"})
    assert done.status_code == 409 and not Course.objects.exists()


def test_a_consultation_that_cannot_be_read_is_told(job: Any) -> None:
    from neodermis.clinic import jobs

    type(job).objects.update(document={"today": date.today().isoformat(), "patient": {"age": 300}})
    jobs.work(str(job.pk))
    assert again(job).state == "failed" and "patient > age" in again(job).error


def test_the_first_page_shows_the_next_session_of_the_latest_plan(consultation: Any, client: Any) -> None:
    from datetime import timedelta

    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Course

    today = date.today()

    def adopted(day: date, *sessions: int) -> Any:
        dates = [{"date": (today + timedelta(days=one)).isoformat()} for one in sessions]
        return Course(
            patient=consultation.patient, consultation=consultation, day=day, neodermis="0", protocol="a protocol",
            plan={"sessions": dates},
        ).write(Origin("test", ""))  # fmt: skip

    adopted(today - timedelta(days=9), 1)
    one = client("reader")
    assert [at for at, _ in one.get("/").context["due"]] == [(today + timedelta(days=1)).isoformat()]
    adopted(today, -2, 5, 33)
    assert [at for at, _ in one.get("/").context["due"]] == [(today + timedelta(days=5)).isoformat()]
    assert "a protocol" not in client("administrator").get("/").content.decode()


def test_no_care_is_dated_while_the_rules_allow_no_session(consultation: Any, client: Any) -> None:
    from neodermis.clinic.audit import Origin
    from neodermis.clinic.models import Course

    course = Course(
        patient=consultation.patient, consultation=consultation, day=consultation.day, neodermis="0",
        protocol="1 session: exceed; cheek 1 mm, 6 passes", plan={"sessions": [{"date": "2099-01-01"}]},
    ).write(Origin("test", ""))  # fmt: skip
    done = client("reader").get(f"/courses/{course.pk}/leaflet.pdf")
    assert done.status_code == 422 and "do not allow a session yet" in done.content.decode()
