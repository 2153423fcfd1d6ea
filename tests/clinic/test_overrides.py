"""Overrides of screening rules: who may sign, which rules, and for how long one counts."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.clinic.conftest import PASSWORD

from neodermis.care.consultation import example

REASON = "Seen with the second dermatologist; the patient insists and understands."


@pytest.fixture
def advised(consultation: Any) -> Any:
    """A consultation with rules that a practitioner may override, and one that nobody may."""
    from neodermis.clinic.audit import Origin

    shipped = {name: value for name, value in tomllib.loads(example()).items() if name != "today"}
    consultation.day = date(2026, 11, 20)
    consultation.answers = shipped | {"history": {"keloid": True, "toxin": "2026-11-18"}}
    return consultation.write(Origin("test", ""))


def open_rules(one: Any) -> list[str]:
    from neodermis.care.overrides import may_override
    from neodermis.clinic.overrides import standing

    return [each.rule.id for each in standing(one).rules.findings if may_override(each)]


def sign(client: Any, one: Any, rule: str, **more: str) -> Any:
    entered = {"opened": f"{one.version}", "reason": REASON, "password": PASSWORD} | more
    return client.post(f"/consultations/{one.pk}/screening/{rule}/override/", entered)


def test_an_override_is_signed_shown_kept_and_lapses(advised: Any, client: Any) -> None:
    from neodermis.clinic import audit
    from neodermis.clinic.models import Consultation, Override
    from neodermis.clinic.overrides import standing

    one, rule = client("practitioner"), open_rules(advised)[0]
    address = f"/consultations/{advised.pk}/screening/"
    assert f'Sign the override<span class="away"> of {rule}' in one.get(address).content.decode()
    assert sign(one, advised, rule)["Location"] == address
    assert sign(one, advised, rule)["Location"] == address, "a double click signs once"
    kept = Override.objects.get()
    assert (kept.rule, kept.reason, kept.account, kept.answers_version) == (rule, REASON, "practitioner", 2)
    assert kept.sources and kept.condition and not kept.lapsed
    here = standing(advised)
    assert [each.rule for each in here.overrides] == [rule]
    assert rule not in [each.rule.id for each in here.verdict.findings]
    assert here.verdict.overall == here.rules.overall == "no", "the rule that forbids stands"
    page = one.get(address).content.decode()
    assert REASON in page and "Before them:" in page
    assert [*audit.verify()] == []
    Consultation.objects.get().write(audit.Origin("test", ""))
    changed = Consultation.objects.get()
    assert standing(changed).overrides == () and Override.objects.get().lapsed
    assert "Overrides that no longer count" in one.get(address).content.decode()
    assert sign(one, advised, rule).status_code == 409, "the page that was open is of the earlier answers"
    assert sign(one, changed, rule).status_code == 302 and Override.objects.count() == 2


def test_a_rule_that_forbids_is_never_overridden(advised: Any, client: Any) -> None:
    from neodermis.clinic.models import Override
    from neodermis.clinic.overrides import standing

    one = client("practitioner")
    closed = {each.result: each.rule.id for each in standing(advised).rules.findings
              if each.rule.id not in open_rules(advised)}  # fmt: skip
    assert "no" in closed and len(closed) > 1
    for rule in closed.values():
        assert sign(one, advised, rule).status_code == 422, rule
    assert sign(one, advised, "NO-SUCH-RULE").status_code == 404
    assert not Override.objects.exists()


def test_faults_stand_at_their_field_and_sign_nothing(advised: Any, client: Any) -> None:
    from neodermis.clinic.models import Override

    one, rule = client("practitioner"), open_rules(advised)[0]
    done = sign(one, advised, rule, password="another sentence")
    page = done.content.decode()
    assert done.status_code == 422 and "not the password of your account" in page and REASON in page
    assert "another sentence" not in page
    assert f'id="{rule}-password_error"' in page

    @settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.one_of(st.text(max_size=9), st.just("x" * 2_001), st.just("long enough\x07 but rings")))
    def check(reason: str) -> None:
        done = sign(one, advised, rule, reason=reason)
        assert done.status_code == 422 and f'id="{rule}-reason_error"' in done.content.decode()

    check()
    assert not Override.objects.exists()
