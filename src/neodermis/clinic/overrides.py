"""The screening page, and overrides of its rules by a practitioner."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from neodermis.care.overrides import may_override
from neodermis.clinic import audit
from neodermis.clinic.access import Right, access, rights_of
from neodermis.clinic.forms import SignedForm, printable_lines
from neodermis.clinic.models import Consultation, Override
from neodermis.clinic.screening import standing
from neodermis.clinic.views import by, found, told
from neodermis.errors import InputError


class OverrideForm(SignedForm):
    """Reason and signature of an override."""

    reason = forms.CharField(
        min_length=10, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}), validators=[printable_lines],
        help_text="At least 10 characters. It stays on record. Do not enter a name.",
    )  # fmt: skip
    field_order: ClassVar = ["reason", "password"]

    def __init__(self, request: HttpRequest, rule: str, *args: Any) -> None:
        super().__init__(request, *args, auto_id=f"{rule}-%s")


@access(GET=Right.READ)
def screening(request: HttpRequest, key: UUID) -> HttpResponse:
    """The verdict of the screening rules with reasons, sources, overrides and open questions."""
    one = found(Consultation, key)
    audit.viewed(by(request), one)
    return _page(request, one)


def _page(request: HttpRequest, one: Consultation, refused: dict[str, OverrideForm] | None = None) -> HttpResponse:
    """The page of a screening; with the form of an override that was refused, status 422."""
    more: dict[str, Any] = {}
    error = ""
    try:
        here = standing(one)
    except InputError as fault:
        error = str(fault)
    else:
        document, after = here.rules.to_dict(), here.verdict.to_dict()
        allowed = {each.rule.id for each in here.rules.findings if may_override(each)}
        allowed = allowed if Right.OVERRIDE in rights_of(request.user.roles) else set()
        signed = {each.rule: each for each in here.overrides}
        rules = []
        for each in document["rules"]:
            if each["result"] != "ask":
                form = (refused or {}).get(each["id"]) or OverrideForm(request, each["id"])
                may = each["id"] in allowed and each["id"] not in signed
                rules.append(each | {"signed": signed.get(each["id"]), "form": form if may else None})
        more = {
            "verdict": after, "all_rules": document["sentence"] if signed else "", "rules": rules,
            "questions": [(path, document["questions"][path]) for path in document["unanswered"]],
            "lapsed": [each for each in one.overrides.all() if each not in here.overrides],
        }  # fmt: skip
    return render(
        request, "clinic/screening.html",
        {"title": f"Screening of patient {one.patient.number}", "consultation": one, "patient": one.patient,
         "error": error, "refused": next(iter(refused or ()), ""), **more},
        status=422 if error or refused else 200,
    )  # fmt: skip


@access(POST=Right.OVERRIDE)
def override(request: HttpRequest, key: UUID, rule: str) -> HttpResponse:
    """Override a rule that advises, with a reason and the password; never one that forbids treatment."""
    one = found(Consultation, key)
    try:
        here = standing(one)
    except InputError as error:
        return told(request, 422, "Not overridden", *str(error).splitlines())
    finding = next((each for each in here.rules.findings if each.rule.id == rule), None)
    if finding is None:
        raise Http404
    if not may_override(finding):
        return told(
            request, 422, "Not overridden",
            "A practitioner may not override this rule: the screening says what it requires and who decides.",
        )  # fmt: skip
    if rule in {each.rule for each in here.overrides}:
        return redirect("screening", one.pk)  # signed a moment ago, by a double click or in another window
    if request.POST.get("opened") != f"{one.version}":
        return told(
            request, 409, "Not overridden",
            "The consultation was saved again while you had its screening open. Look at the screening again first.",
        )  # fmt: skip
    asked = OverrideForm(request, rule, request.POST)
    if not asked.is_valid():
        return _page(request, one, {rule: asked})
    words = next(each for each in here.rules.to_dict()["rules"] if each["id"] == rule)
    with transaction.atomic():
        current = found(Consultation, key)
        if current.version != one.version or one.overrides.filter(answers_version=one.version, rule=rule).exists():
            return redirect("screening", one.pk)
        Override(
            consultation=one, answers_version=one.version, rule=rule, condition=words["condition"],
            result=finding.result, sources=words["sources"], reason=asked.cleaned_data["reason"],
            account=request.user.username, day=date.today(), neodermis=version("neodermis"),
        ).write(by(request))  # fmt: skip
    messages.success(request, f"Rule {rule} is overridden for this consultation.")
    return redirect("screening", one.pk)
