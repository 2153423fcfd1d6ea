"""The page on screening and care: the rules and dated care as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from docs.pages import paragraph, point, table
from docs.people import command
from neodermis.care.advice import Item, load_care
from neodermis.care.catalogue import best_tier, load_texts
from neodermis.care.contradictions import load_pairs
from neodermis.care.hints import load_thesaurus
from neodermis.care.rules import OF_CATEGORY, RESULTS, Branch, Rule, load_rules
from neodermis.care.words import load_words

FOUR: Final = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
RULES: Final = load_rules().rules
WORDS: Final = load_words()
LIFTED: Final = {
    "none": "nobody",
    "practitioner_with_reason": "practitioner, with a reason",
    "prescriber": "prescriber",
}
ASKED: Final = {
    "absolute": "no", "relative": "refer: somebody else decides", "defer": "wait, until a date or a state",
    "precaution": "adapt: the plan changes", "info": "go: kept on record",
}  # fmt: skip


def page() -> Iterator[str]:
    yield from ("# Screening and care of a patient", "")
    yield paragraph("""`neodermis screen` reads a consultation and says whether this person may be treated, from when,
        and who may decide otherwise. `neodermis rules` lists what it goes by, `neodermis rules show ID` one rule with
        its sources. `neodermis care` dates what is done before, during and after every session of a course, and from
        when what is allowed again. It dates the plan as the rules adapt it and says first what they changed;
        `--as-given` dates the plan as it is written. Where no session may be given yet, it says what is needed first
        and dates nothing.""")
    yield ""
    yield from command(
        "neodermis screen --example > c.toml",
        "neodermis screen c.toml",
        f'neodermis care c.toml "{FOUR}" --ics care.ics',
    )
    yield paragraph(f"""From worst to best a verdict is {", ".join(RESULTS)}; the worst rule that holds decides. An
        answer that is `"unknown"` or left out is never read as no: where it could make a rule hold that says no, refer
        or wait, the verdict is ask; in care it counts as yes, but for the strength of a retinoid and the hemisphere, of
        which care says what it takes. With several devices at hand the one that allows most decides, of equals the
        first in
        the file, and a device's
        label goes before the rule. No prescribed drug is ever stopped: whoever prescribed it decides.""")
    yield ""
    yield paragraph("""What the protocol itself says is held to the same rules: the sites that it treats, the interval
        between sessions, products on open channels, and how long home retinoids and acids pause before a session.
        Every wish under `[preferences]` is compared with the dated plan.""")
    yield ""
    yield paragraph("""A later calendar file of the same consultation moves the events of an earlier one; events that it
        no longer has are to be deleted by hand. Events belong together by `record` under `[clinic]`, else by the name
        of the consultation file; the calendar holds only a hash of it. `--weekdays` moves sessions and visits from the
        weekend to Monday.""")
    yield ""
    yield paragraph("""Tiers: A regulator, label, maker's instructions or guideline; A2 the same through a third party;
        B review, trial or consensus; C narrative review, cohort, case or expert; D page of a clinic or seller: custom,
        no evidence found; policy, project: no source, a choice of this project. Nothing here rests on a page that a
        machine wrote. A rule's tier is that of its condition; its days have one of their own.""")
    yield from answers()
    yield from rules()
    yield from dated()
    yield ""
    yield "What public articles say of suitability and care, answered: [the ledger of claims](claims.md)."


def answers() -> Iterator[str]:
    """How the form is filled in, what its words mean, and which answers have to agree."""
    book = load_thesaurus()
    pairs = [pair for pair in load_pairs() if not pair.ask]
    yield from ("", "## The form", "")
    yield paragraph(f"""`neodermis screen --template` prints the empty form, every answer unknown;
        `neodermis screen --example` one of an invented person who was asked everything. A word of a patient or of a
        clinic's form that is no field here (a brand, an abbreviation, a lay word, in German, Spanish or French too) is
        answered with the fields that it belongs to, and `neodermis screen --explain WORD` says what it means:
        {len(book.by_key)} words of {len(book.meanings)} meanings are known. A date is read where it can be one day
        only: `2026-11-20`, `20.11.2026`, `11/20/2026`; `03/04/2026` is refused with both.""")
    yield ""
    yield from command("neodermis screen --template > c.toml", "neodermis screen --explain Marcumar")
    yield from ("### Answers that have to agree", "")
    yield paragraph(f"""Two answers that contradict each other are an error that names both: {len(pairs)} pairs are held
        to it. Where one of the two is unknown, the rules go by the other.""")
    yield ""
    for pair in pairs:
        first, second = (", ".join(f"`{path}`" for path in test.paths) for test in (pair.one, pair.other))
        yield point(f"{first} and {second}: {pair.why}")


def counted() -> str:
    """How many rules there are, by category."""
    found = Counter(one.category for one in RULES.values())
    return ", ".join(f"{found[name]} {name}" for name in OF_CATEGORY)


def rules() -> Iterator[str]:
    waiting = [one for one in RULES.values() if one.wait is not None]
    off = [f"`{name}`" for name, one in RULES.items() if not one.active]
    several = [one for one in waiting if len({days for branch in one.branches for days, _ in reported(branch)}) > 1]
    yield from ("", "## Rules", "")
    named = f" Off until a clinic names it under `extra_rules`: {', '.join(off)}." if off else ""
    yield paragraph(f"""{len(RULES)} rules: {counted()}, by the first question of each.{named} {len(waiting)} make wait
        for a number of days; for {len(several)} of these more than one number was
        reported. `neodermis rules show ID` names the works.""")
    yield ""
    yield from (f"- {category}: {words}" for category, words in ASKED.items())
    yield ""
    yield from table(
        ("id", "condition", "category → result", "days and tier, used (reported)", "lifted by", "tier"),
        ((f"`{name}`", WORDS.rule[name].condition, *rule_row(one)) for name, one in RULES.items()),
    )
    yield from ("", "### Labels that say otherwise", "")
    for name, one in RULES.items():
        for branch in one.branches:
            for device, label in branch.label.items():
                change = [f"{label.category} → {OF_CATEGORY[label.category]}"] if label.category else []
                change += [f"{label.days:g} days"] if label.days is not None else []
                change += [f"lifted by: {LIFTED[label.override]}"] if label.override else []
                text = "; ".join([*change, *(t for t in (label.because, label.note) if t)])
                yield point(f"`{name}`, `{device}`: {text}")
    yield from ("", "### Where sources disagree", "")
    yield from (point(f"`{name}`: {one.disagreement}") for name, one in RULES.items() if one.disagreement)


def reported(branch: Branch) -> tuple[tuple[float, tuple[str, ...]], ...]:
    return branch.wait.reported if branch.wait is not None else ()


def rule_row(one: Rule) -> tuple[str, ...]:
    """Category, days, who lifts it, tier; what its further questions say differently behind a semicolon."""
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


def dated() -> Iterator[str]:
    items, texts = load_care().items, load_texts()
    timed = [one for one in items if one.span is not None]
    own = [one for one in timed if one.tier(one.value) == "project"]
    yield from ("", "## Dated care", "")
    yield paragraph(f"""{len(items)} items; for {len(timed)} of them sources give a time, and for {len(own)} of
        these the time that is used stands in none of them: a choice of this project. Hours count from the end of a
        session,
        days from its date. Almost every time is a habit of clinics without a trial. The range is of the time that
        decides;
        the tier is of the best source that gives the time used, or of the advice where no source gives a time.""")
    yield ""
    yield from table(
        ("item", "what", "from", "to", "sources give", "tier"),
        (
            (
                f"`{one.id}`", texts.say("item", one.id, "title", number=1, count=1, products="Products"),
                *used(one), time_of(one.span, one.unit) if one.span else "", one.tier(one.value),
            )
            for one in items
        ),
    )  # fmt: skip
    yield from ("", "### Other times for some", "")
    for one in items:
        for change in one.changes:
            because = texts.say("because", change.because, "practitioner")
            yield point(f"`{one.id}`: {time_of((abs(change.value),), one.unit)}; {because}")
        if one.not_before:
            yield point(f"`{one.id}`: not before the simulated closure of channels, as far as sources go")
    yield from ("", "### Where sources differ", "")
    for one in items:
        text = texts.find("item", one.id, "differ")
        if text:
            yield point(f"`{one.id}`: {text}")


def time_of(values: tuple[float, ...], unit: str) -> str:
    """A time or a range, in days where it is whole days and two at least."""
    low, high = min(values), max(values)
    if unit == "hours" and high >= 48 and low % 24 == 0 and high % 24 == 0:
        low, high, unit = low / 24, high / 24, "days"
    return f"{low:g} {unit[:-1] if low == 1 else unit}" if low == high else f"{low:g} to {high:g} {unit}"


def used(one: Item) -> tuple[str, str]:
    """From when to when, as it is used."""

    def told(value: float) -> str:
        if value == 0:
            return "the day" if one.unit == "days" else "the end of the session"
        return f"{time_of((abs(value),), one.unit)} {'before' if value < 0 else 'after'}"

    if one.kind == "session":
        return "the start", "the end of the session"
    return told(one.start), "" if one.kind in ("resume", "follow-up") else told(one.end)
