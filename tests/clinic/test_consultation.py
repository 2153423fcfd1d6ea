"""A consultation in the browser: saved as neodermis reads it, faults at their field, two writers, drafts."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from neodermis.care.consultation import consultation_of, example


@pytest.fixture
def form(migrated: Any) -> Any:
    from neodermis.clinic import form

    return form


def posted(one: Any, **changes: str) -> dict[str, str]:
    from neodermis.clinic import form

    names = {name.replace("__", "."): value for name, value in changes.items()}
    return {"opened": str(one.version), **form.entries_of(one.answers), **names}


def again(one: Any) -> Any:
    return type(one).objects.get(pk=one.pk)


def test_every_question_of_the_schema_is_asked(form: Any) -> None:
    from neodermis.care.hints import form as questions

    asked = {one.path for some in form.fields().values() for one in some}
    assert asked == set(questions())


def test_the_entries_of_a_complete_consultation_give_it_back(form: Any) -> None:
    document = tomllib.loads(example())
    day = document.pop("today", date.today())
    again = form.document_of(form.entries_of(document))
    assert consultation_of(again) == consultation_of(document)
    read, faults = form.read(form.entries_of(document), day)
    assert read is not None and not faults


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("patient.age", "300", "0 to 120"),
        ("patient.age", "old", "0 to 120"),
        ("history.pregnant", "maybe", "true, false"),
        ("history.filler", "2099-01-01", "a date up to"),
        ("history.filler", "31.13.2026", "2026-03-31"),
        ("concern.1.name", "wrinkel", "wrinkle"),
        ("concern.1.severity", "nan", "from 0 to 1"),
        ("patient.exposures.smoking", "lots", "cigarettes"),
        ("plan.protocol", "x" * 4001, "4000"),
        ("plan.anaesthetic", "a\x00b", "control characters"),
        ("clinic.devices", "no_such_device", "device"),
        ("limits.depth_mm", "cheek = deep", "depth"),
        ("clinic.prices", "session", "table"),
    ],
)
def test_a_fault_stands_at_its_field(form: Any, name: str, text: str, says: str) -> None:
    row = {"concern.1.name": "wrinkle", "concern.1.site": "cheek"}
    read, faults = form.read(row | {name: text}, date.today())
    assert read is None
    assert says in faults[name]
    assert set(faults) == {name}


def test_several_faults_are_told_at_once(form: Any) -> None:
    _, faults = form.read({"patient.age": "300", "area.acne_grade": "9", "history.eye": "perhaps"}, date.today())
    assert set(faults) == {"patient.age", "area.acne_grade", "history.eye"}


def test_two_answers_to_one_fact_are_caught(form: Any) -> None:
    _, faults = form.read({"history.smoker": "no", "patient.exposures.smoking": "20/day"}, date.today())
    assert len(faults) == 1


def test_a_save_stores_what_neodermis_reads(client: Any, consultation: Any) -> None:
    done = client("assistant").post(
        f"/consultations/{consultation.pk}/",
        posted(consultation, patient__age="29,5", history__pregnant="no", clinic__prices="session = 200"),
    )
    assert done.status_code == 302
    stored = again(consultation)
    assert stored.answers["patient"]["age"] == 29.5
    assert stored.answers["history"] == {"pregnant": False}
    assert stored.answers["clinic"]["prices"] == {"session": 200}
    assert consultation_of(stored.document).patient.age == 29.5


def test_a_refused_save_changes_nothing_and_loses_nothing(client: Any, consultation: Any) -> None:
    from neodermis.clinic.models import Draft

    one = client("assistant")
    done = one.post(f"/consultations/{consultation.pk}/", posted(consultation, patient__age="300"))
    assert done.status_code == 422
    page = done.content.decode()
    assert 'id="patient.age-fault"' in page and 'value="300"' in page
    assert again(consultation).version == consultation.version
    assert Draft.objects.get().entered["patient.age"] == "300"
    assert 'value="300"' in one.get(f"/consultations/{consultation.pk}/").content.decode()


def test_rows_can_be_added_and_emptied(client: Any, consultation: Any) -> None:
    one = client("assistant")
    new = {"concern.3.name": "melasma", "concern.3.site": "forehead", "concern.3.severity": "0.4"}
    one.post(f"/consultations/{consultation.pk}/", posted(consultation) | new)
    stored = again(consultation)
    assert [row["name"] for row in stored.answers["concern"]] == ["acne_scar", "melasma"]
    emptied = {name: "" for name in posted(stored) if name.startswith("concern.1.")}
    one.post(f"/consultations/{consultation.pk}/", posted(stored) | emptied)
    assert [row["name"] for row in again(consultation).answers["concern"]] == ["melasma"]


def test_a_draft_is_kept_shown_and_gone_after_a_save(client: Any, consultation: Any) -> None:
    from neodermis.clinic.models import Draft

    one, address = client("assistant"), f"/consultations/{consultation.pk}/"
    assert one.post(f"{address}draft/", posted(consultation, history__keloid="yes")).status_code == 200
    assert again(consultation).version == consultation.version
    assert "your draft" in one.get(address).content.decode()
    assert [each.consultation for each in one.get("/").context["drafts"]] == [consultation]
    one.post(address, posted(consultation, history__keloid="yes"))
    assert not Draft.objects.exists()
    one.post(f"{address}draft/", posted(again(consultation)))
    assert not Draft.objects.exists(), "what is stored needs no draft"


def test_a_draft_is_seen_by_its_account_alone(client: Any, consultation: Any) -> None:
    address = f"/consultations/{consultation.pk}/"
    client("assistant").post(f"{address}draft/", posted(consultation, patient__age="41"))
    assert 'value="41"' not in client("practitioner").get(address).content.decode()


def test_of_two_writers_the_second_is_told_and_overwrites_nothing(client: Any, consultation: Any) -> None:
    address = f"/consultations/{consultation.pk}/"
    first, second = client("assistant"), client("practitioner")
    opened = posted(consultation)
    first.post(address, opened | {"history.keloid": "yes", "patient.age": "40"})
    done = second.post(address, opened | {"history.pih": "yes", "patient.age": "50"})
    assert done.status_code == 409
    page = done.content.decode()
    assert "Somebody else saved: 40" in page
    stored = again(consultation)
    assert stored.answers["patient"]["age"] == 40 and "pih" not in stored.answers["history"]
    shown = {each.name: each.value for section in done.context["sections"] for each in section.entries}
    assert shown["history.keloid"] == "yes", "what only the first changed is taken over"
    assert shown["history.pih"] == "yes" and shown["patient.age"] == "50", "what the second entered is kept"
    assert done.context["opened"] == stored.version
    once_more = {"opened": str(stored.version)} | shown
    assert second.post(address, once_more).status_code == 302
    assert again(consultation).answers["history"] == {"keloid": True, "pih": True}


def test_the_verdict_is_that_of_neodermis(client: Any, consultation: Any) -> None:
    import neodermis as nd

    one = client("reader")
    page = one.get(f"/consultations/{consultation.pk}/screening/")
    verdict = nd.screen(consultation_of(consultation.document), today=consultation.day)
    assert verdict.sentence() in page.content.decode()
    assert [rule["id"] for rule in page.context["rules"]] == [
        each.rule.id for each in verdict.findings if each.result != "ask"
    ]
    assert len(page.context["questions"]) == len(verdict.unanswered) > 0


def test_pregnancy_is_refused_with_its_source(client: Any, consultation: Any) -> None:
    one = client("practitioner")
    done = one.post(
        f"/consultations/{consultation.pk}/", posted(consultation, history__pregnant="yes") | {"then": "screen"}
    )
    page = one.get(done.url).content.decode()
    assert "tier" in page and "Pregnan" in page


def test_an_export_is_a_file_that_the_commands_read(client: Any, consultation: Any, tmp_path: Any) -> None:
    from neodermis.care.consultation import read_consultation

    done = client("reader").get(f"/consultations/{consultation.pk}/export/")
    assert consultation_of(done.json()) == consultation_of(consultation.document)
    assert done["Content-Disposition"].endswith('.json"')
    assert read_consultation is not None


def test_merging_keeps_both_writers(form: Any) -> None:
    base = {"a": "1", "history.eye": "no", "concern.1.name": "wrinkle", "concern.1.site": "cheek"}
    stored = base | {"history.eye": "yes", "concern.1.site": "forehead"}
    mine = base | {"concern.1.name": "melasma"}
    result, both = form.merged(base, stored, mine)
    assert result["history.eye"] == "yes"
    assert result["concern.1.name"] == "melasma" and result["concern.1.site"] == "cheek"
    assert set(both) == {"concern"}
