"""Reference page of screening and care: rules and scheduled care."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from docs.pages import tabled
from neodermis.care.advice import Item, load_care
from neodermis.care.contradictions import load_pairs
from neodermis.care.hints import load_thesaurus
from neodermis.care.rules import OF_CATEGORY, RESULTS, Branch, Label, Rule, load_rules
from neodermis.care.tiers import best_tier
from neodermis.care.words import load_words
from neodermis.report.blocks import Block, Code, Heading, Paragraph, Points
from neodermis.texts import load_texts

FOUR: Final = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
RULES: Final = load_rules().rules
WORDS: Final = load_words()
LIFTED: Final = {
    "none": "no one",
    "practitioner_with_reason": "practitioner, with a reason",
    "prescriber": "prescriber",
}
ASKED: Final = {
    "absolute": "no", "relative": "refer: another person decides", "defer": "wait until a date or a state",
    "precaution": "adapt: the plan changes", "info": "go: recorded",
}  # fmt: skip


def page() -> Iterator[Block]:
    yield Heading("Screening and care", 1)
    yield Paragraph("""`neodermis screen` reads a consultation and reports whether the patient may be treated, from
        which date, and who may override the decision. `neodermis rules` lists the rules, and `neodermis rules show
        ID` shows one with its sources. `neodermis care` schedules the preparation, the sessions, the aftercare and
        the return to activities. It schedules the plan as adapted by the rules and first states the changes;
        `--as-given` schedules the plan as written. If no session is allowed yet, it states what is needed first and
        schedules nothing.""")
    yield Code([
        "neodermis screen --example > c.toml", "neodermis screen c.toml",
        f'neodermis care c.toml "{FOUR}" --ics care.ics',
    ])  # fmt: skip
    yield Paragraph(f"""The verdicts, from worst to best, are {", ".join(RESULTS)}; the worst rule that applies decides.
        An answer that is `"unknown"` or left out is never taken as no: if it could trigger a rule with the result no,
        refer or wait, the verdict is ask. Care treats it as yes, except for the strength of a retinoid and the
        hemisphere, for which care states its assumption. With several devices, the most permissive one decides, and
        the first in the file among equals; the label of a device takes precedence over the rule. No prescribed drug is
        ever stopped: its prescriber decides.""")
    yield Paragraph("""The same rules apply to the protocol: treated sites, interval between sessions, products on open
        channels, and pauses of home retinoids and acids before a session. Every preference under `[preferences]` is
        compared with the scheduled plan.""")
    yield Paragraph("""A later calendar file of the same consultation moves the events of an earlier one; delete by hand
        the events that it no longer contains. Events are linked by `record` under `[clinic]`, otherwise by the name of
        the consultation file; the calendar contains only a hash of it. `--weekdays` moves sessions and visits from the
        weekend to Monday.""")
    yield Paragraph("""Tiers: A regulator, label, manufacturer's instructions or guideline; A2 the same through a third
        party; B review, trial or consensus; C narrative review, cohort, case or expert; D page of a clinic or seller
        (custom, no evidence found); policy, project: no source, our choice. No machine-written page is used as a
        source. The tier of a rule is that of its condition; its waiting period has a separate tier.""")
    yield from answers()
    yield from rules()
    yield from dated()
    yield Paragraph("[Claims](claims.md) tests what public articles state about suitability and care.")


def answers() -> Iterator[Block]:
    """Section on the consultation form: values, vocabulary and consistent answers."""
    book = load_thesaurus()
    pairs = [pair for pair in load_pairs() if not pair.ask]
    yield Heading("Consultation form")
    yield Paragraph(f"""`neodermis screen --template` prints a blank form with every answer unknown, and `neodermis
        screen --example` a completed form of a fictitious patient. If a word used by a patient or a clinic is not a
        field of the form (a brand, an abbreviation, a lay term, also in German, Spanish or French), the message names
        the fields that it belongs to; `neodermis screen --explain WORD` explains it. {len(book.by_key)} words with
        {len(book.meanings)} meanings are known. Unambiguous dates are read: `2026-11-20`, `20.11.2026`, `11/20/2026`;
        `03/04/2026` is refused, and the message gives both readings.""")
    yield Code(["neodermis screen --template > c.toml", "neodermis screen --explain Marcumar"])
    yield Heading("Consistent answers", 3)
    yield Paragraph(f"""Two contradictory answers are an error that names both: {len(pairs)} pairs are checked. If one
        of the two is unknown, the rules use the other.""")
    paths = [[", ".join(f"`{path}`" for path in test.paths) for test in (pair.one, pair.other)] for pair in pairs]
    yield Points([
        f"{first} and {second}: {pair.why}" for (first, second), pair in zip(paths, pairs, strict=True)
    ])  # fmt: skip


def counted() -> str:
    """Number of rules by category."""
    found = Counter(one.category for one in RULES.values())
    return ", ".join(f"{found[name]} {name}" for name in OF_CATEGORY)


def rules() -> Iterator[Block]:
    waiting = [one for one in RULES.values() if one.wait is not None]
    off = [f"`{name}`" for name, one in RULES.items() if not one.active]
    several = [one for one in waiting if len({days for branch in one.branches for days, _ in reported(branch)}) > 1]
    yield Heading("Rules")
    named = f" Off by default, activated under `extra_rules`: {', '.join(off)}." if off else ""
    yield Paragraph(f"""{len(RULES)} rules: {counted()}, by the first question of each.{named} {len(waiting)} have a
        waiting period in days; for {len(several)} of these, sources report more than one number.
        `neodermis rules show ID` names the works.""")
    yield Points([f"{category}: {words}" for category, words in ASKED.items()])
    yield tabled(
        ("id", "condition", "category → result", "days and tier, used (reported)", "overridden by", "tier"),
        ((f"`{name}`", WORDS.rule[name].condition, *rule_row(one)) for name, one in RULES.items()),
    )
    yield Heading("Device labels that differ", 3)
    yield Points([
        f"`{name}`, `{device}`: {label_text(label)}"
        for name, one in RULES.items() for branch in one.branches for device, label in branch.label.items()
    ])  # fmt: skip
    yield Heading("Where sources disagree", 3)
    yield Points([f"`{name}`: {one.disagreement}" for name, one in RULES.items() if one.disagreement])


def label_text(label: Label) -> str:
    """Difference between the label of a device and the rule."""
    change = [f"{label.category} → {OF_CATEGORY[label.category]}"] if label.category else []
    change += [f"{label.days:g} days"] if label.days is not None else []
    change += [f"overridden by: {LIFTED[label.override]}"] if label.override else []
    return "; ".join([*change, *filter(None, (label.because, label.note))])


def reported(branch: Branch) -> tuple[tuple[float, tuple[str, ...]], ...]:
    return branch.wait.reported if branch.wait is not None else ()


def rule_row(one: Rule) -> tuple[str, ...]:
    """Category, days, override and tier; values of further questions that differ follow after a semicolon."""
    results, waits, roles = [], [], []
    for branch in one.branches:
        why = f" ({branch.why})" if branch.why else ""
        results.append(f"{branch.category} → {OF_CATEGORY[branch.category]}{why}")
        roles.append(LIFTED[branch.override])
        if branch.wait is not None:
            given = ", ".join(f"{days:g} {best_tier(keys)}" for days, keys in branch.wait.reported)
            waits.append(f"{branch.wait.days:g} {best_tier(branch.wait.sources)}{f' ({given})' if given else ''}")
    about = WORDS.word["support"][one.support]
    tier = f"{one.tier}, {about}" if about else one.tier
    return "; ".join(results), "; ".join(waits), "; ".join(dict.fromkeys(roles)), tier


def dated() -> Iterator[Block]:
    items, texts = load_care().items, load_texts("care", audience="practitioner")
    timed = [one for one in items if one.span is not None]
    own = [one for one in timed if one.tier(one.value) == "project"]
    yield Heading("Scheduled care")
    yield Paragraph(f"""{len(items)} items. Sources give a time for {len(timed)} of them; for {len(own)} of these we
        chose a time that no source gives. Hours count from the end of a session, days from its date. Almost all times
        reflect clinical habit, without a trial. The range refers to the time that decides; the tier is that of the
        best source for the time used, or of the advice if no source gives a time.""")
    yield tabled(
        ("item", "what", "from", "to", "sources give", "tier"),
        (
            (
                f"`{one.id}`", texts.say("item", one.id, "title", number=1, count=1, products="Products"),
                *used(one), time_of(one.span, one.unit) if one.span else "", one.tier(one.value),
            )
            for one in items
        ),
    )  # fmt: skip
    yield Heading("Times that depend on the patient", 3)
    told = []
    for one in items:
        for change in one.changes:
            because = texts.say("because", change.because, "practitioner")
            told.append(f"`{one.id}`: {time_of((abs(change.value),), one.unit)}; {because}")
        if one.not_before:
            told.append(f"`{one.id}`: not before the simulated closure of channels, within the range of the sources")
    yield Points(told)
    yield Heading("Where sources differ", 3)
    differ = {one.id: texts.find("item", one.id, "differ") for one in items}
    yield Points([f"`{name}`: {text}" for name, text in differ.items() if text])


def time_of(values: tuple[float, ...], unit: str) -> str:
    """Time or range, in days if it is a whole number of at least two days."""
    low, high = min(values), max(values)
    if unit == "hours" and high >= 48 and low % 24 == 0 and high % 24 == 0:
        low, high, unit = low / 24, high / 24, "days"
    return f"{low:g} {unit[:-1] if low == 1 else unit}" if low == high else f"{low:g} to {high:g} {unit}"


def used(one: Item) -> tuple[str, str]:
    """Start and end of an item, as used."""

    def told(value: float) -> str:
        if value == 0:
            return "the day" if one.unit == "days" else "the end of the session"
        return f"{time_of((abs(value),), one.unit)} {'before' if value < 0 else 'after'}"

    if one.kind == "session":
        return "the start", "the end of the session"
    return told(one.start), "" if one.kind in ("resume", "follow-up") else told(one.end)
