"""The page on screening and care: the rules and dated care as data, statements of the field answered by runs."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import neodermis
from docs.pages import paragraph, point, table
from docs.people import command, heading, said
from neodermis.care.advice import Item, load_care
from neodermis.care.aftercare import Entry
from neodermis.care.catalogue import best_tier, load_texts
from neodermis.care.consultation import example, parse_consultation
from neodermis.care.course import Prepared, care
from neodermis.care.rules import OF_CATEGORY, RESULTS, Branch, Rule, load_rules
from neodermis.care.suitability import Verdict, adapted, screen
from neodermis.care.words import load_words
from neodermis.errors import InputError
from neodermis.people import load_concerns, read
from neodermis.report.common import spread
from neodermis.skin.outcomes import OUTCOMES

#: Day of every screening, and of the first session of every course of care.
TODAY: Final = date(2026, 11, 20)
START: Final = date(2027, 3, 1)
FOUR: Final = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
DEPTHS: Final = (0.25, 0.5, 1.0, 1.5)
#: Pain below it is mild, of 10; a session of so many minutes is as the articles say; so are waits and make-up.
MILD: Final = 3.0
MINUTES: Final = (30, 60)
DAYS: Final = (3, 7)
HOURS: Final = (24, 48)
#: Tiers that are more than the page of a clinic or a seller.
STRONG: Final = ("A", "A2", "B", "C")
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

# ------------------------------------------------------------------------------------------------------------- runs


def edited(edits: Mapping[str, str]) -> str:
    """The shipped consultation with other answers, by name, as they stand in the file."""
    text = example()
    if SESSION in edits:
        head, mark, tail = text.partition("# [session]")
        text = head + re.sub(r"^# ", "", mark + tail, flags=re.MULTILINE)
    for name, value in edits.items():
        if name != SESSION:
            text, found = re.subn(rf"^(# )?{name} = [^#\n]*", f"{name} = {value} ", text, flags=re.MULTILINE)
            if not found:
                raise ValueError(name)
    return text


#: An edit that fills in the record of the session.
SESSION: Final = "session"


def to_file(edits: Mapping[str, str]) -> str:
    """The command that makes the same file."""
    if not edits:
        return "neodermis screen --example > c.toml"
    parts = ["/^# .session.$/,$ s/^# //"] if SESSION in edits else []
    parts += [f"s/^(# )?{name} = [^#]*/{name} = {value} /" for name, value in edits.items() if name != SESSION]
    return f"neodermis screen --example | sed -E '{'; '.join(parts)}' > c.toml"


def screened(edits: Mapping[str, str]) -> Verdict:
    return _screened(tuple(edits.items()))


@cache
def _screened(edits: tuple[tuple[str, str], ...]) -> Verdict:
    return screen(parse_consultation(edited(dict(edits)), "c.toml"), today=TODAY)


def by_screen(edits: Mapping[str, str]) -> Iterator[str]:
    """The commands of one screening."""
    yield from command(to_file(edits), f"neodermis screen c.toml --today {TODAY}")


def cared(sentence: str = FOUR, **edits: str) -> Prepared:
    return _cared(sentence, tuple(edits.items()))


@cache
def _cared(sentence: str, edits: tuple[tuple[str, str], ...]) -> Prepared:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.toml"
        path.write_text(edited(dict(edits)), encoding="utf-8")
        return care(path, sentence, start=START, today=TODAY, hemisphere="north", draws=100, seed=0)


def by_care(sentence: str, edits: Mapping[str, str]) -> Iterator[str]:
    """The commands of one course of care."""
    rest = f'"{sentence}" --start {START} --today {TODAY} --hemisphere north --for practitioner'
    if edits:
        yield from command(to_file(edits), f"neodermis care c.toml {rest}")
    else:
        yield from command(f"neodermis care example {rest}")


def entry(done: Prepared, name: str, session: int = 1) -> Entry:
    return next(one for one in done.care.entries if one.id == name and one.session == session)


def hours_after(done: Prepared, one: Entry) -> float:
    """Hours from the end of the first session; of an entry told by the day, to the hour of that end."""
    ends = done.care.begins[0] + timedelta(minutes=done.care.minutes)
    start = one.start if isinstance(one.start, datetime) else datetime.combine(one.start, ends.time())
    return (start - ends).total_seconds() / 3600.0


def days_before(one: Entry) -> int:
    return (START - (one.start.date() if isinstance(one.start, datetime) else one.start)).days


# --------------------------------------------------------------------------------------------------------- verdicts


def answered(points: Mapping[str, bool], sources: Iterable[str], note: str = "") -> Iterator[str]:
    """The verdict that follows from the points of a statement, and from what stands behind the product's answer."""
    kept = [name for name, holds in points.items() if holds]
    rest = [name for name, holds in points.items() if not holds]
    tier = best_tier(sources)
    if not kept:
        verdict = "not supported"
    elif rest:
        verdict = "partly"
    else:
        verdict = "supported" if tier in STRONG else "no evidence"
    why = []
    if kept:
        why.append(f"{'as stated: ' if rest else ''}{'; '.join(kept)}.")
    if rest:
        why.append(f"Not: {'; '.join(rest)}.")
    if tier != "project":
        why.append(f"Best source behind it: tier {tier}.")
    yield ""
    yield paragraph(said(verdict, " ".join([*why, *([note] if note else [])])))


def differs(text: str) -> Iterator[str]:
    """Where the documents and the product's rule differ."""
    yield from ("", paragraph(f"Where the articles and this product differ: {text}"))


def behind(*names: str) -> list[str]:
    """Works behind some rules."""
    return [key for name in names for key in RULES[name].sources]


def new_rules(found: Verdict) -> list[str]:
    """Rules that hold beyond those of the shipped consultation."""
    usual = {one.rule.id for one in screened({}).fired}
    return [f"{one.rule.id}: {one.result}" for one in found.fired if one.rule.id not in usual]


def until(found: Verdict) -> str:
    """The day, or the state, until which nothing is done."""
    if found.overall not in ("no", "refer", "wait"):
        return ""
    if found.until is not None:
        return f"{(found.until - TODAY).days} days: {found.until}"
    states = [WORDS.rule[one.rule.id].until for one in found.fired if one.result == found.overall and one.state]
    return "; ".join(text for text in states if text)


def by_device(found: Verdict) -> str:
    """Devices at hand under whose label it is otherwise."""
    told = []
    for name in found.devices:
        one = screen(found.consultation, today=TODAY, device=name)
        if (one.overall, one.until) != (found.overall, found.until):
            told.append(f"{name}: {one.overall}{f', {until(one)}' if one.until else ''}")
    return "; ".join(told)


def answers(rows: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What each answer leads to."""
    yield from table(
        ("answer", "verdict", "rules that it makes hold", "days until, or state", "otherwise by device"),
        (
            (words, found.overall, ", ".join(new_rules(found)), until(found), by_device(found))
            for words, found in ((words, screened(edits)) for words, edits in rows.items())
        ),
    )


def lifted(name: str) -> str:
    return LIFTED[RULES[name].override]


def stays_away(edits: Mapping[str, str]) -> bool:
    return screened(edits).overall in ("no", "refer", "wait")


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


# ------------------------------------------------------------------------------------------------------------- page


def page() -> Iterator[str]:
    yield from ("# Screening and care: may I, how do I prepare, what do I tell her", "")
    yield paragraph("""`neodermis screen` reads a consultation and says whether this person may be treated, from when,
        and who may decide otherwise. `neodermis rules` lists what it goes by, `neodermis rules show ID` one rule with
        its sources. `neodermis care` dates what is done before, during and after every session of a course, and from
        when what is allowed again.""")
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
    yield paragraph("""Tiers: A regulator, label or maker's instructions; A2 the same through a third party; B review,
        trial or consensus; C narrative review, cohort or case; D page of a clinic or seller; E machine-written;
        U, policy, project: no source, a choice of this project. A rule's tier is that of its condition, not of its
        days.""")
    yield from rules()
    yield from dated()
    yield from ("", "## Statements of the field", "")
    yield paragraph(f"""Each answered by a run: the shipped consultation (woman of 45, phototype 3, lines of the
        cheek) with the answers that are named, screened on {TODAY}; care from {START} in the north; medians with
        90 % intervals over 100 draws of what is not known, seed 0. A statement is supported where every point of it
        is what the run gives and a work of tier A to C stands behind the product's answer, partly where some points
        are, not supported
        where none is; where nothing but pages of clinics is behind it, there is no evidence. That says whether this
        product agrees, not that a trial has tested it.""")
    for part in (suit_01, suit_02, suit_03, suit_04, suit_05, suit_06, suit_07, suit_08, care_01, care_02, care_03,
                 care_04, care_05, care_06, dev_05):  # fmt: skip
        yield from part()


def counted() -> str:
    """How many rules there are, by category."""
    found = Counter(one.category for one in RULES.values())
    return ", ".join(f"{found[name]} {name}" for name in OF_CATEGORY)


def rules() -> Iterator[str]:
    waiting = [one for one in RULES.values() if one.wait is not None]
    off = [f"`{name}`" for name, one in RULES.items() if not one.active]
    several = [one for one in waiting if len({days for branch in one.branches for days, _ in reported(branch)}) > 1]
    yield from ("", "## Rules", "")
    yield paragraph(f"""{len(RULES)} rules: {counted()}, by the first question of each. Off until a clinic names
        it under `extra_rules`: {", ".join(off)}. {len(waiting)} make wait for a number of days; for {len(several)} of
        these more than one number was reported. `neodermis rules show ID` names the works.""")
    yield ""
    yield from (f"- {category}: {words}" for category, words in ASKED.items())
    yield ""
    yield from table(
        ("id", "condition", "category → result", "days, used (reported)", "lifted by", "tier"),
        ((f"`{name}`", WORDS.rule[name].condition, *rule_row(one)) for name, one in RULES.items()),
    )
    yield from ("", "### Labels that say otherwise", "")
    for name, one in RULES.items():
        for device, label in one.label.items():
            change = [f"{label.category} → {OF_CATEGORY[label.category]}"] if label.category else []
            change += [f"{label.days:g} days"] if label.days is not None else []
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
            given = ", ".join(f"{days:g}" for days, _ in branch.wait.reported)
            waits.append(f"{branch.wait.days:g}{f' ({given})' if given else ''}")
    return "; ".join(results), "; ".join(waits), "; ".join(dict.fromkeys(roles)), one.tier


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


# ----------------------------------------------------------------------------------------------------- who is suited


def suit_01() -> Iterator[str]:
    yield from heading(
        "SUIT-01", "suits ageing skin, scars, pigment, uneven texture, pores, dullness; most tones, even sensitive skin"
    )
    named = ("wrinkle", "laxity", "acne_scar", "melasma", "uneven_tone", "pores", "dullness")
    edits = {"name": '"acne_scar"', "severity": "0.3", "phototype": "6"}
    yield from by_screen(edits)
    kinds = (1, 3, 6)
    found = {
        name: [screened({"name": f'"{name}"', "severity": "0.3", "phototype": f"{kind}"}) for kind in kinds]
        for name in named
    }
    states = {name: load_concerns()[name].state for name in named}
    labels = {name: sorted({one.device for one in load_rules().labelled if name in one.concerns}) for name in named}
    yield from table(
        ("concern", *(f"phototype {kind}" for kind in kinds), "simulated as", "devices with a label for it"),
        (
            (f"`{name}`", *(one.overall for one in found[name]), states[name] or "nothing", ", ".join(labels[name]))
            for name in named
        ),
    )
    yield ""
    sensitive, unasked = screened({"sensitive": "true"}), screened({"sensitive": '"unknown"'})
    dark = {one.split(":")[0] for row in found.values() for one in new_rules(row[-1])}
    yield (
        f"Sensitive skin: {sensitive.overall} ({', '.join(new_rules(sensitive))}); sensitivity unknown: "
        f"{'worth asking' if 'area.sensitive' in unasked.worth_asking else 'not asked'}."
    )
    without = [name for name in named if not states[name]]
    unlabelled = [name for name in named if not labels[name]]
    points = {
        "every concern is let in, in every phototype": all(
            one.overall in ("go", "adapt") for row in found.values() for one in row
        ),
        "sensitive skin is let in, with changes": sensitive.overall == "adapt",
        "unknown sensitivity is asked for": "area.sensitive" in unasked.worth_asking,
        f"a simulated state for {', '.join(without) or 'each concern'}": not without,
        f"a device's label for {', '.join(unlabelled) or 'each concern'}": not unlabelled,
    }
    sources = [*behind("FST-HIGH", "ECZEMA"), *(one.source for one in load_rules().labelled)]
    yield from answered(points, sources, f"Phototype 6 makes hold: {', '.join(sorted(dark))}.")
    yield from differs(
        "one article says that sensitive skin is suited, another that sensitivity is to be assessed; here it is asked "
        f"for and tested first, and dark skin has settings of its own. {RULES['FST-HIGH'].disagreement}"
    )


def suit_02() -> Iterator[str]:
    yield from heading("SUIT-02", "not with an active infection or an open wound")
    rows = {
        "infection in the area": {"active_infection": "true"},
        "open wound": {"open_wound": "true"},
        "cold sore now": {"hsv_active": "true"},
        "infection not known": {"active_infection": '"unknown"'},
    }
    yield from by_screen(rows["open wound"])
    yield from answers(rows)
    points = {f"{words} keeps a session away": stays_away(rows[words]) for words in list(rows)[:3]}
    points["an unknown answer is asked for"] = screened(rows["infection not known"]).overall == "ask"
    yield from answered(points, behind("SKIN-INFECT", "SKIN-OPEN", "HSV-ACTIVE"))
    yield from differs("in nothing but detail; cold sores are added, and a session is possible once the skin is well.")


def suit_03() -> Iterator[str]:
    yield from heading("SUIT-03", "eczema, psoriasis, dermatitis, active acne, sensitive skin: avoid or customise")
    rows = {
        "eczema, active": {"eczema": '"active"'},
        "eczema, past": {"eczema": '"history"'},
        "psoriasis": {"psoriasis": "true"},
        "rash, irritated skin": {"rash_or_irritation": "true"},
        "acne of grade 4": {"acne_grade": "4"},
        "acne of grade 1": {"acne_grade": "1"},
        "sensitive skin": {"sensitive": "true"},
        "rosacea, flaring": {"rosacea": '"flaring"'},
        "rosacea, quiet": {"rosacea": '"quiet"'},
    }
    yield from by_screen(rows["eczema, active"])
    yield from answers(rows)

    def changed(edits: Mapping[str, str]) -> bool:
        usual = {one.rule.id for one in screened({}).fired}
        return any(one.effects for one in screened(edits).fired if one.rule.id not in usual)

    points = {
        f"{words}: {'avoided' if stays_away(edits) else 'the plan changes'}": stays_away(edits) or changed(edits)
        for words, edits in rows.items()
    }
    yield from answered(points, behind("ECZEMA", "SKIN-OPEN", "ACNE-SEVERE", "ACNE-MILD", "ROSACEA-FLARE"))
    yield from differs(
        "the articles say avoid or customise of all alike; here the state of the skin decides which. Psoriasis rests "
        f"on {'pages of clinics alone' if best_tier(behind('PSORIASIS')) == 'D' else 'more than pages of clinics'}. "
        f"{RULES['ACNE-MILD'].disagreement}"
    )


def suit_04() -> Iterator[str]:
    yield from heading("SUIT-04", "clotting disorders, anticoagulants and blood thinners")
    rows = {
        "bleeding or clotting disorder": {"bleeding_disorder": "true"},
        "anticoagulant": {"anticoagulant": "true"},
        "prescribed aspirin, clopidogrel": {"antiplatelet": "true"},
        "anticoagulant not known": {"anticoagulant": '"unknown"'},
    }
    yield from by_screen(rows["anticoagulant"])
    yield from answers(rows)
    words = WORDS.rule["ANTICOAG"]
    yield ""
    yield paragraph(f"Told to the patient: “{words.patient}” To the practitioner: “{words.practitioner}”")
    points: dict[str, bool] = {f"{name} keeps a session away": stays_away(rows[name]) for name in list(rows)[:3]}
    points["the prescriber decides about the drug"] = RULES["ANTICOAG"].override == "prescriber"
    points["an unknown answer is asked for"] = screened(rows["anticoagulant not known"]).overall == "ask"
    yield from answered(points, behind("ANTICOAG", "BLEEDING"))
    yield from differs(
        "one article says to discontinue blood thinners as advised; this product never advises to stop a prescribed "
        f"drug. {RULES['ANTICOAG'].disagreement}"
    )


def suit_05() -> Iterator[str]:
    yield from heading("SUIT-05", "keloid tendency, recent procedures and medications")
    yesterday = ago(1)
    dates = {
        "BOTOX": ("botulinum toxin", {"toxin": yesterday}),
        "FILLER": ("filler", {"filler": yesterday}),
        "SURGERY": ("surgery", {"surgery": yesterday}),
        "PEEL-SUP": ("light peel", {"peel_superficial": yesterday}),
        "PEEL-DEEP": ("deep peel", {"peel_deep": yesterday}),
        "LASER-NA": ("light or laser without wounds", {"laser_nonablative": yesterday}),
        "LASER-ABL": ("laser that removes skin", {"laser_ablative": yesterday}),
        "INTERVAL": ("needling", {"microneedling_last": yesterday}),
        "ISOTRETINOIN": ("isotretinoin", {"isotretinoin_last_dose": yesterday}),
        "RETINOID-TOPICAL": (
            "vitamin A cream", {"topical_retinoid": '"retinol"', "topical_retinoid_last_use": yesterday},
        ),
    }  # fmt: skip
    scars = {"keloid": {"keloid": "true"}, "tendency to thick scars": {"hypertrophic_scar": "true"}}
    yield from by_screen(dates["FILLER"][1])
    yield from answers(scars | {f"{words}, a day ago": edits for words, edits in dates.values()})
    points = {f"{words} keeps a session away": stays_away(edits) for words, edits in scars.items()}
    held = [words for words, edits in dates.values() if stays_away(edits) and screened(edits).until]
    points[f"{len(held)} of {len(dates)} procedures and drugs make wait until a date"] = len(held) == len(dates)
    waits = [RULES[name].wait for name in dates]
    spans = [[days for days, _ in one.reported] for one in waits if one is not None]
    wide = max((max(one) / min(one) for one in spans if one and min(one) > 0), default=1.0)
    weak = [name for name in dates if RULES[name].tier == "D"]
    yield from answered(
        points, behind("KELOID", "HYPERTROPHIC", *dates),
        f"The waits are weak: of one event reported days differ up to {wide:.0f} times, and {len(weak)} of "
        f"{len(dates)} conditions rest on pages of clinics ({', '.join(f'`{name}`' for name in weak)}).",
    )  # fmt: skip
    yield from differs(
        f"the articles give no days. {RULES['KELOID'].disagreement} {RULES['ISOTRETINOIN'].disagreement}"
    )


def suit_06() -> Iterator[str]:
    yield from heading("SUIT-06", "teenagers only under professional guidance and with a parent's consent")
    agreed = {"age": "17", "guardian": "true", "assent": "true"}
    scar = {"name": '"acne_scar"', "severity": "0.5"}
    rows = {
        "17, acne scars, both agree": agreed | scar,
        "17, acne scars, no guardian": agreed | scar | {"guardian": "false"},
        "17, wrinkles, both agree": agreed,
        "18, wrinkles": {"age": "18"},
    }
    yield from by_screen(rows["17, acne scars, both agree"])
    yield from answers(rows)
    scarred, alone, cosmetic, adult = (screened(edits) for edits in rows.values())
    points = {
        "without a parent's consent there is no session": alone.overall == "no",
        "with it a professional decides": scarred.overall == "refer",
        "a cosmetic session on consent": cosmetic.overall not in ("no", "refer"),
    }
    yield from answered(points, behind("MINOR"), f"At 18: {adult.overall}.")
    yield from differs(
        f"this product is stricter: under 18 only a scar is treated, on a prescriber's word, with consent of a "
        f"guardian and assent of the minor, and no course is predicted. {RULES['MINOR'].disagreement}"
    )


def suit_07() -> Iterator[str]:
    yield from heading("SUIT-07", "a consultation on skin type, goals and number of sessions ends in a personal plan")
    dark = {"phototype": "5"}
    yield from by_screen(dark)
    yield "What the rules change is simulated from Python, where `neodermis.simulate` takes the changed plan:"
    yield from ("", "```python", "from datetime import date", "from pathlib import Path", "", "import neodermis as nd",
                "from neodermis.care.suitability import adapted", "",
                f'verdict = nd.screen(Path("c.toml"), today=date({TODAY.year}, {TODAY.month}, {TODAY.day}))',
                f'plan = adapted(nd.people.read("{FOUR}"), verdict)',
                "course = nd.simulate(plan.protocol, **plan.patient.said, parameters=plan.parameters, until=270)",
                "```", "")  # fmt: skip
    plans = {"phototype 3": {}, "phototype 5": dark,
             "phototype 5, 20 cigarettes a day": dark | {"smoking": '"20/day"', "smoker": "true"},

             "phototype 5, two visits": dark | {"visits": "2"}}  # fmt: skip
    done = {words: adapted(read(FOUR), screened(edits)) for words, edits in plans.items()}
    gains = {}
    for words, plan in done.items():
        course = neodermis.simulate(
            plan.protocol, **plan.patient.said, parameters=plan.parameters, draws=GAIN_DRAWS, until=270
        )
        gains[words] = course.sites["cheek"].peak()[0]
    yield from table(
        ("person", "sessions", "days apart", "depth, mm", "passes", "goals",
         f"largest gain of papillary collagen, {GAIN_DRAWS} draws"),
        (
            (
                words, plan.protocol.sessions, f"{plan.protocol.interval_days:g}",
                f"{plan.protocol.treatments[0].depth_mm:g}", plan.protocol.treatments[0].passes,
                ", ".join(plan.patient.concerns), percent(gains[words]),
            )
            for words, plan in done.items()
        ),
    )  # fmt: skip
    light, deep, _, two = done.values()
    points = {
        "skin type changes the plan": light.protocol != deep.protocol,
        "goals reach the simulated person": bool(deep.patient.concerns),
        "the plan has an expected course": all(one.median != 0.0 for one in gains.values()),
        "a plan that heeds the visits that a person can spare": two.protocol.sessions != deep.protocol.sessions,
    }
    changes = "; ".join(deep.changes)
    yield from answered(points, behind("FST-HIGH"), f"Changed for phototype 5: {changes}.")
    yield from differs(
        "visits, days off and budget are asked for and weigh nothing yet; how much shallower and how many fewer passes "
        "suit dark skin is assumed."
    )


#: Draws of the courses of SUIT-07, which show a direction.
GAIN_DRAWS: Final = 50


def percent(found: Any) -> str:
    return spread(type(found)(*(100.0 * each for each in found))) + " %"


RECORD: Final = {
    SESSION: "", "cartridge_lot": '"A1234"', "cartridge_expires": "2027-12-31", "cartridge_reused": "false",
    "cartridge_sterile": "true",
}  # fmt: skip
LACKS: Final = {
    "nothing": {},
    "operator's licence not on record": {"operator_licence": '"unknown"'},
    "no lot of the cartridge": {"cartridge_lot": '"unknown"'},
    "cartridge expired": {"cartridge_expires": ago(1)},
    "cartridge used before": {"cartridge_reused": "true"},
    "cartridge not sterile": {"cartridge_sterile": "false"},
}


def records() -> dict[str, bool]:
    """Whether a session is refused, by what its record lacks."""
    found = {words: screened(RECORD | edits).overall == "no" for words, edits in LACKS.items()}
    return {f"refused: {words}": found[words] for words in list(LACKS)[1:]} | {
        "a complete record is let in": not found["nothing"]
    }


def suit_08() -> Iterator[str]:
    yield from heading("SUIT-08", "choose a licensed professional with hygienic equipment")
    yield from by_screen(RECORD | LACKS["operator's licence not on record"])
    yield from answers({f"lacks: {words}": RECORD | edits for words, edits in LACKS.items()})
    told = [one for one in cared().care.checklist if "patient" in one.texts]
    yield from ("", "The patient's leaflet says what to look for:", "")
    yield from (point(one.texts["patient"]) for one in told)
    words = " ".join(one.texts["patient"] for one in told)
    points = records() | {
        "the patient is told to ask for a licence": "licence" in words,
        "and to watch a new needle head being opened": "needle" in words and "new" in words,
    }
    yield from answered(points, behind("DEVICE-LOT"))
    yield from differs("in nothing; that a licence is valid, or a cartridge sterile, is taken from the record.")


# -------------------------------------------------------------------------------------------------------------- care


def care_01() -> Iterator[str]:
    yield from heading(
        "CARE-01",
        "before: no retinoids, exfoliants or sun for 3 to 7 days; cleanse; discontinue blood thinners as advised",
    )
    edits = {"topical_retinoid": '"retinol"', "topical_retinoid_last_use": ago(1), "exfoliant_last_use": ago(1),
             "anticoagulant": "true"}  # fmt: skip
    yield from by_care(FOUR, edits)
    done, strong = cared(**edits), cared(**{**edits, "topical_retinoid": '"tretinoin"', "sensitive": "true"})
    dark = cared(**edits, phototype="5")
    shown = ("pre.prescribed", "pre.sun", "pre.retinoid", "pre.acids", "pre.clean_skin")
    yield from entries(done, shown)
    days = {name: days_before(entry(done, name)) for name in shown}
    weaned = "; ".join(entry(done, name).texts["patient"] for name in ("pre.prescribed",))
    stops = bool(
        re.search(r"(stop|discontinue|pause)\w* (your |the |a )?(blood thinner|anticoag|medicine)", weaned, re.I)
    )
    first, last = DAYS
    points = {
        f"retinoid {days['pre.retinoid']} days": first <= days["pre.retinoid"] <= last,
        f"acids {days['pre.acids']} days": first <= days["pre.acids"] <= last,
        f"sun {days['pre.sun']} days, no longer than stated"
        if days["pre.sun"] <= last
        else f"sun, {days['pre.sun']} days here": first <= days["pre.sun"] <= last,
        "cleansing": any(one.id == "cleanse" and one.required for one in done.care.checklist),
        "blood thinners stopped": stops,
    }
    sources = [key for name in shown for key in entry(done, name).sources]
    yield from answered(
        points, sources,
        f"Tretinoin on sensitive skin: {days_before(entry(strong, 'pre.retinoid'))} days; sun before a session of "
        f"phototype 5: {days_before(entry(dark, 'pre.sun'))} days. No trial of any of these "
        f"gaps was found. Screening of this person with this device, which stands above the calendar: "
        f"{done.verdict.overall}.",
    )  # fmt: skip
    yield from differs(
        f"{entry(done, 'pre.prescribed').differ} {entry(done, 'pre.sun').differ} {entry(done, 'pre.retinoid').differ}"
    )


BESIDE: Final = {"geometric": "channels closed after", "barrier": "barrier closed after"}


def entries(done: Prepared, names: Iterable[str]) -> Iterator[str]:
    """What is advised, when, what sources give, and what is simulated beside it."""
    rows = []
    for name in names:
        one = entry(done, name)
        moment = f"{one.start:%Y-%m-%d %H:%M}" if isinstance(one.start, datetime) else f"{one.start}"
        beside = "; ".join(
            f"{BESIDE.get(each.name, each.name)} {spread(each.interval)} {each.unit}" for each in one.simulated
        )
        rows.append((f"`{name}` {one.titles.get('practitioner', '')}", one.used, moment, one.span, one.tier, beside))
    yield from table(("item", "used", "from", "sources give", "tier", "simulated"), rows)


def care_02() -> Iterator[str]:
    yield from heading("CARE-02", "during: cleanse, topical anaesthetic, sterile device, 30 to 60 minutes")
    yield from by_care(FOUR, {})
    places = ("cheek 0.25 mm", "cheek 1 mm", "cheek 1.5 mm", "face 1 mm")
    settings = [f"1 session: exceed; {at}, 6 passes" for at in places]
    runs = {sentence: cared(sentence) for sentence in settings}
    yield from table(
        ("session", "numbed with", "area, cm²", "minutes, simulated", "minutes in the calendar"),
        (
            (
                f"`{sentence}`", run.care.numbing.chosen.id, f"{run.care.numbing.area_cm2:g}",
                spread(run.injuries.minutes), run.care.minutes,
            )
            for sentence, run in runs.items()
        ),
    )  # fmt: skip
    yield from ("", "Limits of the anaesthetics, by their labels:", "")
    area = cared().care.numbing.area_cm2
    rows = []
    for one in load_care().anaesthetics.values():
        dose = one.dose(area)
        rows.append(
            (
                f"`{one.id}`", ", ".join(f"{drug} {share:g} %" for drug, share in one.percent.items()),
                "" if one.minutes is None else "{:g} to {:g}".format(*one.minutes),
                "none given" if dose is None else "{:g} to {:g} g".format(*dose),
                "none given" if one.most_grams is None else f"{one.most_grams:g} g on {one.most_area_cm2:g} cm²",
            )
        )  # fmt: skip
    yield from table(("product", "drugs", "minutes", f"dose on {area:g} cm²", "largest dose"), rows)
    required = {one.id for one in cared().care.checklist if one.required}
    low, high = MINUTES
    points: dict[str, bool] = {
        "cleansing is on the checklist": "cleanse" in required,
        "so is a sealed cartridge with lot and expiry": "cartridge" in required,
        "so are numbing and its dose": {"numb", "numb_off"} <= required,
    }
    for sentence, run in runs.items():
        words = f"{run.care.minutes} minutes, {sentence.partition('; ')[2].partition(',')[0]}"
        points[words] = low <= run.care.minutes <= high
    sources = [
        key for one in cared().care.checklist if one.id in ("cleanse", "cartridge", "numb") for key in one.sources
    ]
    yield from answered(
        points, sources, "A shallow session goes without numbing, which is most of the time of the others."
    )
    yield from differs(
        "the articles name no limit of the anaesthetic; where a label gives none, none is worked out, and weight is "
        "kept on record alone."
    )


def care_03() -> Iterator[str]:
    yield from heading(
        "CARE-03", "after: clean, moisturise, gentle products, sunscreen; no make-up or direct sun for 24 to 48 hours"
    )
    yield from by_care(FOUR, {})
    shallow, done = cared("1 session: exceed; cheek 0.25 mm, 6 passes"), cared()
    shown = ("resume.wash", "resume.sunscreen", "resume.makeup", "resume.sun")
    yield from entries(done, shown)
    low, high = HOURS
    makeup = {f"{mm} mm": (run, entry(run, "resume.makeup")) for mm, run in ((0.25, shallow), (1.5, done))}
    sun = hours_after(done, entry(done, "resume.sun"))
    gentle = entry(done, "after.days_1_3").texts["patient"]
    points = {
        "wash gently, plain cream, sunscreen in the first days": all(
            word in gentle.casefold() for word in ("wash", "cream", "sunscreen")
        ),
        **{
            f"make-up from {one.used} after {mm}": low <= hours_after(run, one) <= high
            for mm, (run, one) in makeup.items()
        },
        f"sun from {sun / 24:.0f} days": low <= sun <= high,
        "a simulated risk of pigment from sun after a session": "pih_probability" in OUTCOMES,
    }
    sources = [key for name in (*shown, "after.days_1_3") for key in entry(done, name).sources]
    why = "; ".join(entry(done, "resume.makeup").because) or "nothing"
    yield from answered(points, sources, f"What moves make-up at 1.5 mm: {why}.")
    yield from differs(
        f"{entry(done, 'resume.makeup').differ} {entry(done, 'resume.sun').differ} "
        f"{entry(done, 'resume.sunscreen').differ}"
    )


def care_04() -> Iterator[str]:
    yield from heading(
        "CARE-04", "redness and mild swelling settle within hours, a day or two; minor bruising is possible"
    )
    yield from by_care("1 session: exceed; cheek 1.5 mm, 6 passes", {})
    runs = {}
    for mm in DEPTHS:
        for kind in (3, 5):
            done = cared(f"1 session: exceed; cheek {mm:g} mm, 6 passes", phototype=f"{kind}")
            runs[mm, kind] = done, entry(done, "normal.redness").simulated[0].interval
    yield from table(
        ("set depth, mm", "hours of redness, phototype 3", "phototype 5"),
        ((f"{mm:g}", *(spread(runs[mm, kind][1]) for kind in (3, 5))) for mm in DEPTHS),
    )
    done = runs[1.5, 3][0]
    swelling, bruise, red = (entry(done, f"normal.{name}") for name in ("swelling", "bruise", "redness"))
    longest = max(one.median for _, one in runs.values())
    upper = max(one.upper90 for _, one in runs.values())
    high = HOURS[1]
    points = {
        f"redness: {longest:.0f} h at most in the median": longest <= high,
        f"redness: {upper:.0f} h at most in nineteen of twenty draws": upper <= high,
        f"bruising is named as normal for {bruise.used or 'some days'}": bool(bruise.texts.get("patient")),
        f"a simulated course of swelling (advice alone: {swelling.used})": bool(swelling.simulated),
    }
    sources = [key for one in (swelling, bruise, red) for key in one.sources]
    same = all(runs[mm, 3][1] == runs[mm, 5][1] for mm in DEPTHS)
    yield from answered(points, sources, "Phototype changes no hour of it." if same else "Phototype changes it.")
    yield from differs(f"the calendar gives redness {red.used}. {red.differ}")


def care_05() -> Iterator[str]:
    yield from heading("CARE-05", "mild discomfort with numbing cream")
    sentence = "1 session: exceed; cheek 1.5 mm, 6 passes"
    yield from command(f'neodermis injure "{sentence}" --anaesthetic topical')
    found = {}
    for mm in DEPTHS:
        done = neodermis.injure(f"1 session: exceed; cheek {mm:g} mm, 6 passes", anaesthetic="topical")
        found[mm] = next(iter(done.sites.values())).session
    yield from table(
        ("set depth, mm", "pain of 10 under a cream", "without", "the calendar numbs with"),
        (
            (
                f"{mm:g}", spread(one.pain_vas), spread(one.pain_vas_without),
                cared(f"1 session: exceed; cheek {mm:g} mm, 6 passes").care.numbing.chosen.id,
            )
            for mm, one in found.items()
        ),
    )  # fmt: skip
    points = {f"{one.pain_vas.median:.1f} of 10 at {mm:g} mm": one.pain_vas.median < MILD for mm, one in found.items()}
    points["the cream lowers it at every depth"] = all(
        one.pain_vas.median < one.pain_vas_without.median for one in found.values()
    )
    yield from answered(
        points,
        (),
        f"Mild: below {MILD:g} of 10. The level rests on one study of a 1.0 mm roller under a cream.",
    )
    yield from differs("the leaflet promises no mild session; it stands with the number beside the session.")


def care_06() -> Iterator[str]:
    yield from heading("CARE-06", "most daily activities resume shortly after")
    yield from by_care(FOUR, {})
    runs = {mm: cared(f"1 session: exceed; cheek {mm:g} mm, 6 passes") for mm in DEPTHS}
    names = ("resume.wash", "resume.daily", "resume.exercise", "resume.pool")
    yield from table(
        ("set depth, mm", *(f"`{name}`" for name in names), "redness, h"),
        (
            (
                f"{mm:g}", *(entry(run, name).used for name in names),
                spread(entry(run, "normal.redness").simulated[0].interval),
            )
            for mm, run in runs.items()
        ),
    )  # fmt: skip
    daily = entry(runs[1.5], "resume.daily")
    hours = {mm: hours_after(run, entry(run, "resume.daily")) for mm, run in runs.items()}
    red = [mm for mm, run in runs.items() if entry(run, "normal.redness").simulated[0].interval.median > hours[mm]]
    away = [name for name in names[2:] if hours_after(runs[1.5], entry(runs[1.5], name)) > HOURS[0]]
    points = {
        f"work and daily life from {max(hours.values()):g} h": max(hours.values()) <= HOURS[0],
        "no redness by then"
        + (f" (still red in the median at {', '.join(f'{mm:g}' for mm in red)} mm)" if red else ""): not red,
        "sport and pool by then" + (f" (later: {', '.join(f'`{name}`' for name in away)})" if away else ""): not away,
    }
    yield from answered(points, daily.sources, f"The time used for daily life: tier {daily.tier}.")
    yield from differs(f"{daily.differ} Sources give {daily.span}; the {daily.used} used stand between them.")


def dev_05() -> Iterator[str]:
    yield from heading(
        "DEV-05", "sterile, medical-grade equipment, accurate depth, safe protocols, a trained and licensed operator"
    )
    beyond = "1 session: exceed; periorbital 1.5 mm, 2 passes"
    yield from command(
        to_file(RECORD | LACKS["cartridge used before"]),
        f"neodermis screen c.toml --today {TODAY}",
        f'neodermis care example "{beyond}" --start {START}',
    )
    yield "Records as under SUIT-08."
    refused = ""
    try:
        cared(beyond)
    except InputError as error:
        refused = str(error)
    yield from ("", "```", f"error: {refused}", "```", "")
    eyelid = screened({"site": '"upper_eyelid"'})
    done = cared("1 session: exceed; cheek 1.5 mm, 6 passes")
    session = next(iter(done.injuries.sites.values())).session
    reached = session.reached_depth_mm
    off = abs(reached.median / 1.5 - 1.0)
    yield (
        f"Eyelid: {eyelid.overall} ({', '.join(new_rules(eyelid))}). Set to 1.5 mm, half of the entries of a pen reach "
        f"{spread(reached)} mm or more."
    )
    required = {one.id for one in done.care.checklist if one.required}
    points = records() | {
        "refused: a depth beyond the site's limit": bool(refused),
        "refused: the eyelid": eyelid.overall == "no",
        "a cleared device on the checklist": "device" in required,
        f"depth within a tenth of the dial (off by {100 * off:.0f} % in the median)": off <= 0.1,
    }
    yield from answered(points, [*behind("DEVICE-LOT", "ORBITAL")])
    yield from differs("training is not asked for, the licence is; that the record is true nobody here can see.")
