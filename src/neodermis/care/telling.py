"""Verdicts and rules as text and as plain documents, for practitioner and patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from neodermis.care.catalogue import best_tier
from neodermis.care.rules import GATES, OF_CATEGORY, Branch, Effect, Label, Rule
from neodermis.care.suitability import RuleFinding, Verdict
from neodermis.care.words import Reader, Words, load_words
from neodermis.evidence.bibliography import load_bibliography


def source_document(key: str) -> dict[str, object]:
    """A source as plain values."""
    one = load_bibliography()[key]
    return {
        "key": one.key,
        "title": one.title,
        **({"year": one.year} if one.year else {}),
        **({"address": one.address} if one.address else {}),
        "tier": one.tier,
        **({"via": one.via} if one.via else {}),
    }


def cited(keys: Iterable[str]) -> str:
    """Source keys, each with its tier."""
    return ", ".join(f"{key} ({load_bibliography()[key].tier})" for key in keys)


def _told(one: Effect | Label) -> dict[str, object]:
    """An effect or label as plain values, without empty fields."""
    found = {name: getattr(one, name) for name in one.__slots__ if name != "when"}
    return {name: value for name, value in found.items() if value not in (None, "", ())}


def verdict_document(verdict: Verdict, words: Words | None = None) -> dict[str, object]:
    """A verdict as the JSON document of ``screen``."""
    told = words or load_words()
    return {
        "overall": verdict.overall,
        "until": verdict.until.isoformat() if verdict.until else None,
        "unanswered": [*verdict.unanswered],
        "rules": [_fired_document(one, told) for one in verdict.findings],
        "today": verdict.today.isoformat(),
        "device": verdict.device,
        "devices": dict(verdict.devices),
        "sentence": verdict.sentence("practitioner", told),
        "sentence_patient": verdict.sentence("patient", told),
        "worth_asking": [*verdict.worth_asking],
        "questions": {path: _question(told, path) for path in (*verdict.unanswered, *verdict.worth_asking)},
        "at_the_session": [*verdict.later],
        "notes": verdict.notes(told),
    }


#: Answers that follow from others → what is asked.
_ASKED_AS: Final = {
    "plan.device_class": "clinic.devices",
    "plan.includes_face": "concern.site",
    "plan.outside_label": "patient.phototype",
    "plan.zones": "concern.site",
}


def _question(words: Words, path: str) -> str:
    return words.question[_ASKED_AS.get(path, path)]


def _fired_document(one: RuleFinding, words: Words) -> dict[str, object]:
    told = words.rule[one.rule.id]
    return {
        "id": one.rule.id,
        "result": one.result,
        "until": one.until.isoformat() if one.until else None,
        "until_state": told.until if one.state and one.result in ("refer", "wait") else "",
        "condition": told.condition,
        "why": told.why,
        "practitioner": told.practitioner,
        "patient": told.patient,
        "because": one.because,
        "category": one.category,
        "override": one.override,
        "tier": one.rule.tier,
        "support": words.word["support"][one.rule.support],
        "scope": one.rule.scope,
        "red_flag": one.rule.red_flag,
        "answers": [*one.answers],
        "effects": [_told(effect) for effect in one.effects],
        "sources": [source_document(key) for key in one.rule.sources],
        "disagreement": one.rule.disagreement,
    }


def _branch(one: Branch) -> dict[str, object]:
    """A branch of a rule as plain values, without empty fields."""
    found: dict[str, object] = {
        "category": one.category,
        "asks": ", ".join(one.when.paths),
        "why": one.why,
        "override": one.override,
        "unanswered": one.unanswered if one.category in GATES else "",
    }
    if one.wait:
        found |= {"days": one.wait.days, "days_tier": best_tier(one.wait.sources)}
    labels = [
        f"{name}: {', '.join(str(value) for value in _told(label).values())}" for name, label in one.label.items()
    ]
    return {name: value for name, value in (found | {"labels": "; ".join(labels)}).items() if value not in ("", None)}


def rule_document(rule: Rule, words: Words | None = None) -> dict[str, object]:
    """A rule with texts, days, labels and sources, as ``neodermis rules show`` prints it; without empty fields."""
    told = (words or load_words()).rule[rule.id]
    days = rule.wait
    document: dict[str, object] = {
        "id": rule.id,
        "condition": told.condition,
        "category": rule.category,
        "result": OF_CATEGORY[rule.category],
        "scope": rule.scope,
        "devices": [*rule.devices],
        "asks": [*rule.paths],
        "practitioner": told.practitioner,
        "patient": told.patient,
        "why": told.why,
        "until": told.until,
        "days": days.days if days else None,
        "days_why": days.why if days else "",
        "days_tier": best_tier(days.sources) if days else "",
        "days_reported": [
            {"days": n, "tier": best_tier(keys), "sources": cited(keys)} for n, keys in (days.reported if days else ())
        ],
        "branches": [_branch(one) for one in rule.branches[1:]],
        "override": rule.override,
        "unanswered": rule.branches[0].unanswered if rule.category in GATES else "",
        "labels": [{"device": name} | _told(one) for name, one in rule.label.items()],
        "effects": [_told(effect) for effect in rule.effects],
        "active": rule.active,
        "tier": rule.tier,
        "support": (words or load_words()).word["support"][rule.support],
        "disagreement": rule.disagreement,
        "sources": [source_document(key) for key in rule.sources],
    }
    return {name: value for name, value in document.items() if value not in (None, "", [])}


def verdict_lines(verdict: Verdict, reader: Reader = "practitioner", words: Words | None = None) -> Iterator[str]:
    """A verdict as text: overall verdict, findings with the most severe first, open questions."""
    told = words or load_words()
    say = told.word
    yield verdict.sentence(reader, told)
    for note in verdict.notes(told):
        yield f"- {note}"
    yield ""
    yield say["day"].format(today=told.day(verdict.today)) + (
        say["with_device"].format(device=", ".join(f"{name}: {one}" for name, one in verdict.devices.items()))
        if verdict.devices
        else ""
    )
    for result, group in groupby((one for one in verdict.findings if one.result != "ask"), key=lambda one: one.result):
        yield ""
        yield told.result[result]
        for one in group:
            yield from _patient_lines(one, told) if reader == "patient" else _practitioner_lines(one, told)
    for title, paths in ((say["open"], verdict.unanswered), (say["worth_asking"], verdict.worth_asking)):
        if paths and (reader == "practitioner" or paths is verdict.unanswered):
            yield ""
            yield f"{title} ({len(paths)})"
            for path in paths:
                yield f"- {_question(told, path)}" + (f"  [{path}]" if reader == "practitioner" else "")
    if verdict.findings and reader == "practitioner":
        yield ""
        yield say["more"]
    if verdict.later and reader == "practitioner":
        yield ""
        yield f"{say['session_later']}: {', '.join(verdict.later)}"


def needed(verdict: Verdict, reader: Reader = "practitioner", words: Words | None = None) -> list[dict[str, object]]:
    """Requirements before a session: rules against it, then unanswered questions."""
    told = words or load_words()
    standing = [one for one in verdict.findings if one.result in ("no", "refer", "wait")]
    rows: list[dict[str, object]] = [
        {
            "id": one.rule.id,
            "result": one.result,
            **({"until": one.until.isoformat()} if one.until else {}),
            "text": told.rule[one.rule.id].patient if reader == "patient" else told.rule[one.rule.id].practitioner,
            "because": one.because,
        }
        for one in standing
    ]
    return rows + [{"id": path, "result": "ask", "text": _question(told, path)} for path in verdict.unanswered]


def _patient_lines(one: RuleFinding, words: Words) -> Iterator[str]:
    until = words.word["not_before"].format(until=words.day(one.until)) if one.until else ""
    stricter = f" {words.word['label_patient']}" if one.label and one.result == "no" else ""
    yield f"- {words.rule[one.rule.id].patient}{stricter}" + (f" ({until})" if until else "")


def _practitioner_lines(one: RuleFinding, words: Words) -> Iterator[str]:
    told, say = words.rule[one.rule.id], words.word
    yield f"- {one.rule.id}: {told.condition}"
    yield f"    {told.practitioner}"
    yield f"    {say['why']}: {told.why}" + (f" ({one.because})" if one.because else "")
    times = [say["not_before"].format(until=words.day(one.until))] if one.until else []
    if one.state and told.until and one.result in ("refer", "wait"):
        times.append(f"{say['until']} {told.until}")
    if times:
        yield f"    {'; '.join(times)}"
    about = say["support"][one.rule.support]
    yield (
        f"    {say['override_' + one.override]}; {say['tier']} {one.rule.tier}{f', {about}' if about else ''}; "
        f"{say['sources']}: {cited(one.rule.sources) or say['no_source']}"
    )
