"""Verdicts and rules as text and as plain documents, for practitioner and patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from neodermis.care.rules import GATES, OF_CATEGORY, Branch, Effect, Label, Rule
from neodermis.care.suitability import RuleFinding, Verdict
from neodermis.care.tiers import best_tier
from neodermis.care.words import Words, load_words
from neodermis.evidence.bibliography import load_bibliography
from neodermis.texts import LANGUAGE, Audience, Texts, load_texts


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


def verdict_document(verdict: Verdict) -> dict[str, object]:
    """A verdict as the JSON document of ``screen``."""
    told = load_words()
    return {
        "overall": verdict.overall,
        "until": verdict.until.isoformat() if verdict.until else None,
        "unanswered": [*verdict.unanswered],
        "rules": [_fired_document(one, told) for one in verdict.findings],
        "today": verdict.today.isoformat(),
        "device": verdict.device,
        "devices": dict(verdict.devices),
        "sentence": verdict.sentence("practitioner"),
        "sentence_patient": verdict.sentence("patient"),
        "worth_asking": [*verdict.worth_asking],
        "questions": {path: _question(told.texts, path) for path in (*verdict.unanswered, *verdict.worth_asking)},
        "at_the_session": [*verdict.later],
        "notes": verdict.notes(),
    }


#: Derived answers → the question that is asked.
_ASKED_AS: Final = {
    "plan.device_class": "clinic.devices",
    "plan.includes_face": "concern.site",
    "plan.outside_label": "patient.phototype",
    "plan.zones": "concern.site",
}


def _question(texts: Texts, path: str) -> str:
    return texts.say("question", *_ASKED_AS.get(path, path).split("."))


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


def rule_document(rule: Rule) -> dict[str, object]:
    """A rule with texts, days, labels and sources, as ``neodermis rules show`` prints it; without empty fields."""
    told = load_words().rule[rule.id]
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
        "support": load_words().word["support"][rule.support],
        "disagreement": rule.disagreement,
        "sources": [source_document(key) for key in rule.sources],
    }
    return {name: value for name, value in document.items() if value not in (None, "", [])}


def verdict_lines(verdict: Verdict, reader: Audience = "practitioner", language: str = LANGUAGE) -> Iterator[str]:
    """A verdict as text: overall verdict, findings with the most severe first, open questions.

    For a practitioner in English; in another language the device of the verdict is left out for a patient.
    """
    texts = load_texts("screening", language, reader)
    say = texts.say
    yield verdict.sentence(reader, language)
    for note in verdict.notes(language):
        yield f"- {note}"
    yield ""
    devices = ", ".join(f"{name}: {one}" for name, one in verdict.devices.items()) if language == LANGUAGE else ""
    yield say("word", "day", today=verdict.today) + (
        load_words().word["with_device"].format(device=devices) if devices else ""
    )
    for result, group in groupby((one for one in verdict.findings if one.result != "ask"), key=lambda one: one.result):
        yield ""
        yield say("result", result)
        for one in group:
            yield from _patient_lines(one, texts) if reader == "patient" else _practitioner_lines(one, load_words())
    open_questions = [("open", verdict.unanswered)]
    if reader == "practitioner":
        open_questions.append(("worth_asking", verdict.worth_asking))
    for title, paths in open_questions:
        if paths:
            yield ""
            yield f"{say('word', title)} ({len(paths)})"
            for path in paths:
                yield f"- {_question(texts, path)}" + (f"  [{path}]" if reader == "practitioner" else "")
    if verdict.findings and reader == "practitioner":
        yield ""
        yield say("word", "more")
    if verdict.later and reader == "practitioner":
        yield ""
        yield f"{say('word', 'session_later')}: {', '.join(verdict.later)}"


def needed(verdict: Verdict, reader: Audience = "practitioner", language: str = LANGUAGE) -> list[dict[str, object]]:
    """Requirements before a session: rules against it, then unanswered questions."""
    texts = load_texts("screening", language, reader)
    standing = [one for one in verdict.findings if one.result in ("no", "refer", "wait")]
    rows: list[dict[str, object]] = [
        {
            "id": one.rule.id,
            "result": one.result,
            **({"until": one.until.isoformat()} if one.until else {}),
            "text": texts.say("rule", one.rule.id, reader),
            "because": one.because,
        }
        for one in standing
    ]
    return rows + [{"id": path, "result": "ask", "text": _question(texts, path)} for path in verdict.unanswered]


def _patient_lines(one: RuleFinding, texts: Texts) -> Iterator[str]:
    until = texts.say("word", "not_before", until=one.until) if one.until else ""
    stricter = f" {texts.say('word', 'label_patient')}" if one.label and one.result == "no" else ""
    yield f"- {texts.say('rule', one.rule.id, 'patient')}{stricter}" + (f" ({until})" if until else "")


def _practitioner_lines(one: RuleFinding, words: Words) -> Iterator[str]:
    told, say = words.rule[one.rule.id], words.word
    yield f"- {one.rule.id}: {told.condition}"
    yield f"    {told.practitioner}"
    yield f"    {say['why']}: {told.why}" + (f" ({one.because})" if one.because else "")
    times = [words.texts.say("word", "not_before", until=one.until)] if one.until else []
    if one.state and told.until and one.result in ("refer", "wait"):
        times.append(f"{say['until']} {told.until}")
    if times:
        yield f"    {'; '.join(times)}"
    about = say["support"][one.rule.support]
    yield (
        f"    {say['override_' + one.override]}; {say['tier']} {one.rule.tier}{f', {about}' if about else ''}; "
        f"{say['sources']}: {cited(one.rule.sources) or say['no_source']}"
    )
