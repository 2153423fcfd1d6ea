"""Claims on care around a session, on how it is felt and seen, and on equipment: dated care, simulated sessions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from neodermis.care.advice import load_care
from neodermis.care.course import Prepared
from neodermis.claims.consulting import (
    START,
    YESTERDAY,
    asked,
    by_care,
    cared,
    entry,
    few,
    lasted,
    reported,
    screened,
    works,
)
from neodermis.claims.ledger import Answer, Claim, Picture, Point, answers
from neodermis.claims.runs import ONE, session, source
from neodermis.claims.screening import hygiene, licence
from neodermis.errors import InputError
from neodermis.session import Interval, SessionInjury
from neodermis.wording import spread, with_interval

DEPTHS: Final = (0.25, 0.5, 1.0, 1.5)
#: Pain up to it is mild, of 10; minutes of a session as the documents have them; shortly is within a day.
MILD: Final = (0.0, 3.0)
MINUTES: Final = (30.0, 60.0)
SHORTLY: Final = 24.0
#: How far a needle may be off what is set, mm: what a clearance allows its protrusion.
TOLERANCE: Final = 0.15
#: Words that would stop a prescribed drug.
STOPS: Final = re.compile(r"(stop|discontinue|pause)\w* (your |the |a |every )?(blood thinner|anticoag|medicine)", re.I)
ITEMS: Final = {one.id: one for one in load_care().items}

# ------------------------------------------------------------------------------------------------------------ shared


def _one(depth_mm: float) -> str:
    return f"1 session: exceed; cheek {depth_mm:g} mm, 6 passes"


def _by_depth(unit: str, value: Callable[[SessionInjury], Interval], **options: object) -> Picture:
    return Picture.bars({f"{mm:g} mm": value(session(_one(mm), **options)) for mm in DEPTHS}, unit)


def _depths(value: Callable[[SessionInjury], Interval], **options: object) -> str:
    return "; ".join(f"{mm:g} mm: {spread(value(session(_one(mm), **options)))}" for mm in DEPTHS)


def _hours_after(done: Prepared, name: str) -> float:
    """Hours from the end of the first session; of an entry told by the day, to the hour of that end."""
    ends = done.care.begins[0] + timedelta(minutes=done.care.minutes)
    start = entry(done, name).start
    moment = start if isinstance(start, datetime) else datetime.combine(start, ends.time())
    return (moment - ends).total_seconds() / 3600.0


def _days_before(done: Prepared, name: str) -> int:
    start = entry(done, name).start
    day: date = start.date() if isinstance(start, datetime) else start
    return (START - day).days


def _dated(words: str, checks: dict[str, bool], command: str, picture: Picture | None = None) -> Answer:
    return Answer(words=words, command=command, checks=checks, picture=picture)


def _times(names: tuple[str, ...], used: Callable[[str], float]) -> Picture:
    """Times that are used, between the first and the last that sources give."""
    shown = {}
    for name in names:
        item, value = ITEMS[name], used(name)
        low, high = item.span or (value, value)
        shown[name.partition(".")[2]] = Interval(value, min(low, value), max(high, value))
    return Picture.bars(shown, f"{ITEMS[names[0]].unit}: used, and as sources give")


# ------------------------------------------------------------------------------------------------------------ before


@answers("CARE-01")
def _preparation(claim: Claim) -> list[Point]:
    edits = {
        "topical_retinoid": '"retinol"', "topical_retinoid_last_use": YESTERDAY, "exfoliant_last_use": YESTERDAY,
    }  # fmt: skip
    done, command = cared(**edits), by_care(**edits)
    first, last = claim.expect["retinoid_sun_days"]
    names = ("pre.retinoid", "pre.acids", "pre.sun")
    days = {name: _days_before(done, name) for name in names}
    taken = entry(done, "pre.prescribed")
    required = {one.id for one in done.care.checklist if one.required}

    def within(low: float, high: float) -> bool:
        return first <= low and high <= last

    return [
        Point(
            words=f"retinoids and acids are left off for {first:g} to {last:g} days before",
            answer=_dated(
                f"the calendar leaves retinoids off for {days['pre.retinoid']} days, acids for {days['pre.acids']}",
                {"retinoids": within(days["pre.retinoid"], days["pre.retinoid"]),
                 "acids": within(days["pre.acids"], days["pre.acids"])},
                command, _times(names, lambda name: float(days[name])),
            ),
            published=few([*reported(ITEMS["pre.retinoid"], within), *reported(ITEMS["pre.acids"], within)]),
            note=f"{entry(done, 'pre.retinoid').differ} What a retinoid does to needled skin is not simulated.",
        ),
        Point(
            words="sun is avoided in the week before",
            answer=_dated(
                f"the calendar keeps strong sun off for {days['pre.sun']} days before",
                {"for the week at least": days["pre.sun"] >= last}, command,
            ),
            published=few(reported(ITEMS["pre.sun"], lambda low, _: low >= last)),
            note=entry(done, "pre.sun").differ,
        ),
        Point(
            words="a week without sun is enough", answer=None,
            published=few(reported(ITEMS["pre.sun"], lambda _, high: high <= last)),
            note="Sun and the pigment of treated skin are not joined in what is simulated.",
        ),
        Point(
            words="the skin is cleansed before",
            answer=_dated(
                "the checklist of a session requires it, and the calendar asks to come with clean skin",
                {"on the checklist": "cleanse" in required,
                 "in the calendar": any(one.id == "pre.clean_skin" for one in done.care.entries)},
                command,
            ),
            published=works({"dermapen4-manual-23": "the maker's manual asks for it"}),
        ),
        Point(
            words="blood thinners are discontinued before",
            answer=_dated(
                f"the calendar says: “{taken.texts['practitioner']}”",
                {"the calendar stops them": any(STOPS.search(text) for text in taken.texts.values())},
                command,
            ),
            published=works(
                {"exceed-manual-34": "current blood thinners rule a session out"},
                {"iyengar-2019": "review: skin surgery goes on with needed drugs",
                 "ucsd-anticoagulation": "a hospital's guidance: the drug goes on in skin surgery"},
            ),
            note=f"The document says: as advised. {taken.differ}",
        ),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ during


@answers("CARE-02")
def _session(_: Claim) -> list[Point]:
    places = ("cheek 0.25 mm", "cheek 1.5 mm", "face 1 mm")
    runs = {place: cared(f"1 session: exceed; {place}, 6 passes") for place in places}
    done = cared()
    required = {one.id: one for one in done.care.checklist if one.required}
    minutes = {place: run.injuries.minutes for place, run in runs.items()}
    told = "; ".join(f"{place}: {spread(one)}" for place, one in minutes.items())
    return [
        Point(
            words="the skin is cleansed and the needles are sterile",
            answer=_dated(
                f"the checklist requires: “{required['cleanse'].texts['practitioner']}” and "
                f"“{required['cartridge'].texts['practitioner']}”",
                {"cleansing": "cleanse" in required, "a sterile cartridge": "cartridge" in required}, by_care(),
            ),
            published=works({
                "cdc-hiv-2024": "HIV passed on at a spa where needling was done with blood products",
                "k180778": "clearance, cited for a sterile cartridge used once",
                "den160029": "clearance, cited for a sterile cartridge used once",
                "dermapen4-manual-23": "the maker's manual asks for clean skin",
            }),
        ),
        Point(
            words="the skin is numbed with a cream",
            answer=_dated(
                "the calendar numbs with: " + "; ".join(
                    f"{place}: {run.care.numbing.chosen.id.replace('_', ' ')}" for place, run in runs.items()
                ),
                {place: run.care.numbing.chosen.id != "none_cooling" for place, run in runs.items()}, by_care(),
            ),
            published=works(
                {"emla-smpc-uk": "label: dose and time before minor procedures on skin",
                 "sobanko-anaesthetics": "review of creams for procedures on skin"},
                {},
                source("aad-2018", "D", "for", "one expert: it is needed, for scars above all"),
                source("aad-2018", "D", "against", "another: many need none for 0.2 to 1 mm"),
            ),
            note="The documents name no limit of the anaesthetic; regulators warn of strong creams on large areas.",
        ),
        Point(
            words="a session takes 30 to 60 minutes",
            answer=Answer(
                words=f"minutes with numbing, simulated: {told}", command=f'neodermis injure "{_one(1.5)}"',
                effect=minutes["cheek 1.5 mm"], unit="min", towards="within", expected=MINUTES,
                picture=Picture.bars(minutes, "minutes"),
            ),
            note="Most of it is waiting for the cream, a shallow session goes without. No study that was read prints "
            "how long its sessions took.",
        ),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- after


GENTLE: Final = ("wash gently", "plain cream", "sunscreen")


@answers("CARE-03")
def _aftercare(claim: Claim) -> list[Point]:
    done, command = cared(), by_care()
    low, high = claim.expect["hours"]
    gentle = entry(done, "after.days_1_3")
    makeup, sun = ITEMS["resume.makeup"], ITEMS["resume.sun"]
    closed = session(ONE).closure_hours["geometric"]

    # make-up is compared with closed channels: what goes on before may go in
    def closing(one: SessionInjury) -> Interval:
        return one.closure_hours["geometric"]

    return [
        Point(
            words="washed gently, plain cream and sunscreen in the first days",
            answer=_dated(
                f"the calendar says: “{gentle.texts['patient']}”",
                {word: word in gentle.texts["patient"].casefold() for word in GENTLE},
                command,
            ),
            published=works(
                {"jdd-2024": "a letter, on the first days", "renew-laser": "a clinic's directions",
                 "kt-skin": "a clinic's directions"},
                {},
                source("wessollek-2023", "D", "for", "skin models: closed by 24 h under an ointment, by 48 h without"),
            ),
            note=entry(done, "resume.sunscreen").differ,
        ),
        Point(
            words=f"make-up can go on after {low:g} to {high:g} hours",
            answer=Answer(
                words=f"channels are closed after {with_interval(closed, unit='h')} at 1.5 mm ({_depths(closing)}); "
                f"the calendar allows make-up after {entry(done, 'resume.makeup').used}",
                command=f'neodermis injure "{ONE}"',
                effect=closed, unit="h", towards="within", expected=(0.0, high),
                picture=_by_depth("hours until channels are closed", closing),
            ),
            published=few([
                *reported(makeup, lambda first, last: low <= first and last <= high),
                source("wessollek-2023", "D", "for", "skin models: open at 24 h, closed by 48 h"),
                source("sasaki-2019", "C", "against", "pen at 0.5 and 1.5 mm: water loss is still raised at 48 h"),
            ]),
            note=f"When make-up is safe was not tried. {entry(done, 'resume.makeup').differ}",
        ),
        Point(
            words=f"direct sun is avoided for the first {high:g} hours",
            answer=_dated(
                f"the calendar keeps direct sun off for {entry(done, 'resume.sun').used}",
                {"for as long at least": _hours_after(done, "resume.sun") >= high}, command,
                _times(("resume.makeup", "resume.sun", "resume.sunscreen"), lambda name: _hours_after(done, name)),
            ),
            published=few(reported(sun, lambda first, _: first >= high)),
        ),
        Point(
            words=f"after {high:g} hours the sun does no more harm than before", answer=None,
            published=few(reported(sun, lambda _, last: last <= high)),
            note=f"Sun and the pigment of treated skin are not joined in what is simulated. "
            f"{entry(done, 'resume.sun').differ}",
        ),
    ]  # fmt: skip


#: What studies of every device and depth report together.
WEEK: Final = {"chu-2021": "passing effects last up to 7 days, 85 reports, 2805 people"}


@answers("CARE-04")
def _redness(claim: Claim) -> list[Point]:
    low, high = claim.expect["hours"]
    red = session(ONE).erythema_hours
    done = cared(ONE)
    bruise = entry(done, "normal.bruise")
    bleeds = session(ONE).bleeding_points_per_cm2

    def redness(one: SessionInjury) -> Interval:
        return one.erythema_hours

    same = all(session(_one(mm)).erythema_hours == session(_one(mm), phototype=5).erythema_hours for mm in DEPTHS)
    swollen = lasted(high, "erythema_hours", "downtime_days", only=("hkjdv-2018", "svenning-2019"))
    return [
        Point(
            words=f"redness is gone within {high:g} hours",
            answer=Answer(
                words=f"{with_interval(red, unit='h')} at 1.5 mm; by depth, h: {_depths(redness)}",
                command=f'neodermis injure "{ONE}"',
                effect=red, unit="h", towards="within", expected=(low, high),
                picture=_by_depth("hours of redness", redness),
            ),
            published=works(
                {}, WEEK, *lasted(high, "erythema_hours"), *lasted(high, "downtime_days", only=("svenning-2019",)),
            ),
            note="Hours of two studies, hkjdv-2018 and minh-2019, set the model's fading, so they are no test of it. "
            f"{entry(done, 'normal.redness').differ}"
            + (" Phototype changes no hour of what is simulated." if same else ""),
        ),
        Point(
            words=f"swelling is gone within {high:g} hours", answer=None,
            published=works({}, WEEK, *swollen),
            note=f"Swelling is not simulated; the calendar gives it {entry(done, 'normal.swelling').used}.",
        ),
        Point(
            words="a small bruise is possible",
            answer=_dated(
                f"vessels open: {spread(bleeds)} bleeding points per cm²; the calendar names a bruise as normal for "
                f"{bruise.used}",
                {"vessels open in a session": bleeds.lower90 > 0, "named as normal": bool(bruise.texts.get("patient"))},
                by_care(ONE),
            ),
            published=works({"chu-2021": "cited for passing effects, a bruise among them, up to 7 days"}),
            note="Bruises themselves are not simulated.",
        ),
    ]  # fmt: skip


@answers("CARE-05")
def _discomfort(_: Claim) -> list[Point]:
    numbed = {mm: session(_one(mm), anaesthetic="topical") for mm in DEPTHS}
    shallow, deep = numbed[0.5], numbed[1.5]

    def pain(one: SessionInjury) -> Interval:
        return one.pain_vas

    def command(mm: float) -> str:
        return f'neodermis injure "{_one(mm)}" --anaesthetic topical'

    both = (f"{mm:g} mm: {spread(one.pain_vas)}, {spread(one.pain_vas_without)}" for mm, one in numbed.items())
    limit = f"mild is up to {MILD[1]:g} of 10, a limit of this project"
    return [
        Point(
            words="a numbing cream lowers the pain",
            answer=_dated(
                f"of 10, under a cream and without: {'; '.join(both)}",
                {f"{mm:g} mm": one.pain_vas.median < one.pain_vas_without.median for mm, one in numbed.items()},
                command(1.5),
            ),
            note="No study that was read sets needling under a cream against needling without one.",
        ),
        Point(
            words="with the cream, needling to 0.5 mm is mild",
            answer=Answer(
                words=f"pain of 10: {spread(shallow.pain_vas)} at 0.5 mm, {spread(numbed[0.25].pain_vas)} at 0.25 mm; "
                f"{limit}",
                command=command(0.5), effect=shallow.pain_vas, unit="points", towards="within", expected=MILD,
            ),
            published=few([source("aad-2018", "D", "for", "one expert: many need no cream for 0.2 to 1 mm")]),
        ),
        Point(
            words="with the cream, needling to 1.5 mm is mild",
            answer=Answer(
                words=f"pain of 10: {spread(deep.pain_vas)} at 1.5 mm, {spread(numbed[1.0].pain_vas)} at 1 mm; {limit}",
                command=command(1.5), effect=deep.pain_vas, unit="points", towards="within", expected=MILD,
                picture=_by_depth("pain of 10 under a cream", pain, anaesthetic="topical"),
            ),
            published=few([
                source("luz-2017", "B", "against",
                       "1.0 mm roller under a cream: 5.2 of 10, 3.3 after a short roll, n = 9"),
                source("striae-nafl-2019", "A", "against",
                       "stretch marks: 5.2 of 10, n = 20; whether numbed is not printed"),
                source("rfmn-polynucleotide", "A", "for",
                       "crow's feet, needles with radiofrequency: 2.2 of 10, n = 29; whether numbed is not printed"),
            ]),
            note="The level of the model rests on the roller study; the trial of stretch marks is no part of it.",
        ),
    ]  # fmt: skip


@answers("CARE-06")
def _daily_life(_: Claim) -> list[Point]:
    done = cared()
    names = ("resume.wash", "resume.daily", "resume.exercise", "resume.pool")
    hours = {name: _hours_after(done, name) for name in names}
    one = session(ONE)

    def downtime(of: SessionInjury) -> Interval:
        return of.downtime_days

    def by_then(first: float, _: float) -> bool:
        return first <= SHORTLY

    return [
        Point(
            words="washing is possible within a day",
            answer=_dated(
                f"the calendar allows it after {entry(done, 'resume.wash').used}",
                {"washing": hours["resume.wash"] <= SHORTLY}, by_care(), _times(names, lambda name: hours[name]),
            ),
            published=few(reported(ITEMS["resume.wash"], by_then)),
        ),
        Point(
            words="work and daily life go on within a day",
            answer=_dated(
                f"the calendar allows them after {entry(done, 'resume.daily').used}",
                {"work and daily life": hours["resume.daily"] <= SHORTLY}, by_care(),
            ),
            # the safety review gives how long after-effects last, not when people went back
            published=few(row for row in reported(ITEMS["resume.daily"], by_then) if row.key not in WEEK),
            note=entry(done, "resume.daily").differ,
        ),
        Point(
            words="sport and pool go on within a day",
            answer=_dated(
                f"the calendar allows sport after {entry(done, 'resume.exercise').used}, the pool after "
                f"{entry(done, 'resume.pool').used}",
                {"sport": hours["resume.exercise"] <= SHORTLY, "pool": hours["resume.pool"] <= SHORTLY}, by_care(),
            ),
            published=few([*reported(ITEMS["resume.pool"], by_then), *reported(ITEMS["resume.exercise"], by_then)]),
        ),
        Point(
            words="nothing is seen any more after two days",
            answer=Answer(
                words=f"redness gone and channels closed after {with_interval(one.downtime_days, unit='days')} at "
                f"1.5 mm; by depth, days: {_depths(downtime)}; redness alone {spread(one.erythema_hours)} h",
                command=f'neodermis injure "{ONE}"',
                effect=one.downtime_days, unit="d", towards="within", expected=(0.0, 2.0),
                picture=_by_depth("days until redness is gone and channels are closed", downtime),
            ),
            published=works({}, WEEK, *lasted(48.0, "downtime_days", "erythema_hours")),
            note="Closed channels are not seen: what is seen may end before. The trial of stretch marks counted all "
            "adverse events together.",
        ),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------- equipment, operator


@answers("DEV-05")
def _equipment(_: Claim) -> list[Point]:
    beyond, eyelid = "1 session: exceed; periorbital 1.5 mm, 2 passes", {"site": '"upper_eyelid"'}
    refused = ""
    try:
        cared(beyond)
    except InputError as error:
        refused = str(error)

    def off(of: SessionInjury, mm: float) -> Interval:
        return Interval(*(each - mm for each in of.reached_depth_mm))

    reached = {mm: session(_one(mm)).reached_depth_mm for mm in DEPTHS}
    return [
        hygiene(),
        Point(
            words="needles reach the depth that is set",
            answer=Answer(
                words="reached by half of the entries, mm: "
                + "; ".join(f"set to {mm:g}: {spread(one)}" for mm, one in reached.items()),
                command=f'neodermis injure "{ONE}"',
                effect=off(session(ONE), 1.5), unit="mm", towards="within", expected=(-TOLERANCE, TOLERANCE),
                picture=Picture.bars({f"set to {mm:g} mm": one for mm, one in reached.items()}, "mm reached"),
            ),
            published=few([
                source("sasaki-2019", "C", "for", "pen at 0.5 and 1.5 mm: channels nearly as deep as set, one person"),
                source("k180778", "C", "for", "clearance: needles protrude as set, within 0.15 mm"),
                source("lam-2008", "D", "against", "pig skin: less than half of a travel below 1 mm is buried"),
                source("kalluri-2011", "D", "against", "rats: channels of 0.15 mm by a roller of 0.77 mm"),
            ]),
            note="A dial says how far a needle protrudes; skin yields before it. The model's depth rests on the same "
            "works.",
        ),
        Point(
            words="settings that are not safe are refused",
            answer=asked(
                {"a depth beyond the limit of the site": bool(refused), "the eyelid": screened(eyelid).overall == "no"},
                eyelid,
            ),
            published=works(
                {"skinpen-consent": "label, as a clinic prints it: not inside the rim of the eye",
                 "safety-chapter": "a chapter names it"},
                {},
                source("skinpen-depth-summary", "D", "for", "distributor: safety beyond 1.5 mm was not evaluated"),
            ),
            note=f"The depth is refused with: {refused.partition(chr(10))[0]}",
        ),
        licence("the operator is trained and holds a licence"),
    ]  # fmt: skip
