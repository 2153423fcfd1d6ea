"""Page for the patient: what, when, what it may change, what it will not do, what may go wrong, when to call.

All words are those of the catalogue ``patient`` of :mod:`neodermis.texts`; all numbers are those of a
:class:`~neodermis.report.handout.Handout`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from neodermis.report.blocks import Block, Columns, Facts, Figure, Heading, Note, Page, Paragraph, Points, Table, Tone
from neodermis.report.letterhead import Letterhead
from neodermis.skin.outcomes import OUTCOMES
from neodermis.texts import Texts, load_texts
from neodermis.wording import number_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

    from neodermis.report.handout import Expected, Handout, Share

#: People of the icon array, and of a frequency.
PEOPLE, HUNDRED = 20, 100
#: Outcomes that are drawn.
MOST_DRAWN: Final = 2
#: Row of the table of weeks → entries of the care whose texts stand in it.
_WEEKS: Final = {
    "day": ("after.clinic",),
    "first": ("normal.redness", "normal.swelling", "after.days_1_3"),
    "second": ("normal.dry", "after.days_4_7"),
    "weeks": ("after.weeks_2_4",),
}
#: Share of a scale up to which a concern counts as gone.
_GONE: Final = 0.02
#: Urgencies of the warning signs: of the same day, and later.
_URGENT: Final = ("emergency", "same_day")
_LATER: Final = ("within_3_days", "next_visit")


def patient_page(told: Handout, head: Letterhead, language: str = "en") -> Page:
    """The page for the patient, to be printed on one or two sheets."""
    texts = load_texts("patient", language)
    say = texts.say
    page: list[Block] = [*head.head, Heading(say("page", "title" if told.dated else "title_course"), 1)]
    if texts.draft:
        page.append(Paragraph(texts.draft, "warning"))
    page.append(Paragraph(say("page", "made"), "soft"))
    page += [Facts([*_facts(told, texts)]), Heading(say("page", "what")), *_what(told, texts)]
    if told.failed:
        page.append(Paragraph(say("page", "failed", share=_percent(told.failed, texts)), "warning"))
    page += [Heading(say("page", "change")), *_change(told, texts)]
    page += [Columns(
        [Heading(say("page", "limits")), Points([*_limits(told, texts)])],
        [Heading(say("page", "risks")), *_risks(told, texts)],
    )]  # fmt: skip
    page.append(Columns(
        [Heading(say("page", "weeks")), Points([f"**{when}:** {text}" for when, text in _weeks(told, texts)])],
        [Heading(say("page", "call")), *_call(told, head, texts)],
    ))  # fmt: skip
    return page


def refused_page(reasons: Sequence[str], head: Letterhead, language: str = "en") -> Page:
    """The page for a patient for whom no session is planned: no, and why; nothing is forecast."""
    texts = load_texts("patient", language)
    say = texts.say
    return [
        *head.head, Heading(say("page", "title_refused"), 1),
        *([Paragraph(texts.draft, "warning")] if texts.draft else []),
        Heading(say("page", "reasons")), Note(reasons, tone="stop"), Paragraph(say("page", "talk")),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------- what and when


def _facts(told: Handout, texts: Texts) -> Iterator[tuple[str, str]]:
    say, count = texts.say, len(told.protocol.sessions)
    yield f"{count}", say("fact", "visits", count=count)
    if told.intervals:
        weeks = all(days % 7 == 0 for days in told.intervals)
        values = [days // 7 if weeks else days for days in told.intervals]
        most = say("fact", "between_weeks", weeks=values[-1]) if weeks else say("fact", "between", days=values[-1])
        word = texts.word("to")
        yield most if len(values) == 1 else f"{values[0]} {word} {most}", say("fact", "between_what")
    yield say("fact", "minutes", minutes=round(told.minutes)), say("fact", "minutes_what")
    yield say("fact", "pain", pain=round(told.pain)), say("fact", "pain_what")
    if told.downtime_days > 0:
        yield say("fact", "downtime", days=max(round(told.downtime_days), 1)), say("fact", "downtime_what")


def _what(told: Handout, texts: Texts) -> Iterator[Block]:
    say, sites = texts.say, told.sites
    kinds = dict.fromkeys(device.kind for device in told.protocol.devices)
    if told.sham:
        yield Paragraph(say("page", "device_none"))
        return
    every = sorted({depth for depths in sites.values() for depth in depths})
    device = f" {texts.word('and')} ".join(say("device", kind) for kind in kinds)
    yield Paragraph(say("page", "device", device=device, depth=_span(every, texts)))
    yield Paragraph(" · ".join(
        say("page", "zone", site=_site(site, texts), depth=_span(depths, texts)) for site, depths in sites.items()
    ))  # fmt: skip
    if told.dated:
        days = " · ".join(texts.day(begin) for begin in told.care.dates)
        yield Paragraph(say("page", "dates", dates=f"**{days}**"))


def _weeks(told: Handout, texts: Texts) -> Iterator[tuple[str, str]]:
    entries = {entry.id: entry for entry in told.care.entries if entry.session == 1 and "patient" in entry.texts}
    before = [entry.titles["patient"] for entry in entries.values() if entry.kind == "pre-care"]
    if before:
        yield texts.say("week", "before"), f"{'. '.join(before)}."
    for row, ids in _WEEKS.items():
        found = [entries[name].texts["patient"] for name in ids if name in entries]
        if found:
            yield texts.say("week", row), " ".join(found)
    if not told.sham:
        yield texts.say("week", "later"), texts.say("week", "later_text")
    yield texts.say("week", "judge", months=told.look_months), texts.say("week", "judge_text")


# ------------------------------------------------------------------------------------------------- what it may change


def _change(told: Handout, texts: Texts) -> Iterator[Block]:
    sized = [each for each in told.expected if not each.direction_only]
    for each in sized[:MOST_DRAWN]:
        words = [Paragraph(text) for text in _expected(told, each, texts)]
        pictures = []
        if each.chance is not None:
            count = round(PEOPLE * each.chance.value)
            pictures.append(Figure(
                partial(_icons, count, texts), texts.say("expected", "icons", count=count), natural=True
            ))  # fmt: skip
        pictures.append(Figure(partial(_picture, told, each, texts), _alternative(told, each, texts), natural=True))
        yield Columns([*words, *pictures[:-1]], pictures[-1:])
    rest = [" ".join(_expected(told, each, texts)) for each in sized[MOST_DRAWN:]]
    rest += [_direction(each, texts) for each in told.expected if each.direction_only]
    if rest:
        yield Points(rest)


def _expected(told: Handout, each: Expected, texts: Texts) -> Iterator[str]:
    """What is expected of one outcome: of how many people first, then the values."""
    say = texts.say
    if each.chance is not None:
        count, low, high = (round(PEOPLE * value) for value in each.chance)
        name = "of_people" if told.of_people else "of_chance"
        if count == 0:
            name += "_none"
        elif told.of_people and low == high:
            name += "_sure"
        yield say("expected", name, count=count, low=low, high=high)
        if each.chance.value < 0.5:
            yield say("expected", "few" if told.of_people else "few_chance")
    what = say("outcome", each.outcome, "scale")
    values = {
        "before": _value(each.before.median, texts), "after": _value(each.after.median, texts),
        "low": _value(each.after.lower90, texts), "high": _value(each.after.upper90, texts),
        "later": "" if each.later is None else _value(each.later.median, texts),
        "untreated": _value(each.untreated, texts),
    }  # fmt: skip
    site = _site(each.site, texts)
    name = "change" if each.later is not None else "change_soon"
    told_of = say("expected", name, scale=what, months=told.look_months, **values)
    least = say("expected", "matters", least=_value(each.least, texts))
    yield f"**{say('outcome', each.outcome, 'name')}, {site}.** {told_of} {least}"


def _direction(each: Expected, texts: Texts) -> str:
    where = {"outcome": texts.say("outcome", each.outcome, "name"), "site": _site(each.site, texts)}
    if OUTCOMES[each.outcome].better == "neither":
        return texts.say("expected", "direction", **where)
    return texts.say("expected", "direction_better", count=round(PEOPLE * each.better), **where)


def _alternative(told: Handout, each: Expected, texts: Texts) -> str:
    return texts.say(
        "expected", "picture", outcome=texts.say("outcome", each.outcome, "name"), site=_site(each.site, texts),
        months=told.look_months,
    )  # fmt: skip


def _icons(count: int, texts: Texts) -> Picture:
    from neodermis.report.patient_figures import IconWords, icon_array

    words = IconWords(counted=texts.say("expected", "icon_good"), others=texts.say("expected", "icon_others"))
    return icon_array(count, PEOPLE, words=words, width_inches=4.6, height_inches=0.95)


def _picture(told: Handout, each: Expected, texts: Texts) -> Picture:
    from neodermis.report.patient_figures import CourseWords, simple_course

    say, outcome, drawn = texts.say, OUTCOMES[each.outcome], each.drawn
    name = "axis_value" if outcome.better == "lower" else "axis_value_more"
    words = CourseWords(
        value=say("expected", name, outcome=say("outcome", each.outcome, "name")),
        time=say("expected", "axis_time"), treated=say("expected", "axis_treated"),
        untreated=say("expected", "axis_untreated"),
        band=say("expected", "axis_range" if told.of_people else "axis_range_chance"),
        before=say("expected", "axis_before"), session=say("expected", "axis_session"),
    )  # fmt: skip
    return simple_course(
        drawn.days, drawn.median, (drawn.lower90, drawn.upper90), drawn.untreated, before=each.before.median,
        sessions=[session.day for session in told.protocol.sessions
                  if each.site in {one.site for one in session.passes}],
        words=words, scale=outcome.range, number=partial(_value, texts=texts), width_inches=4.6, height_inches=2.25,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- limits and risks


def _limits(told: Handout, texts: Texts) -> Iterator[str]:
    say = texts.say
    best: dict[str, float] = {}
    for each in told.expected:
        outcome = OUTCOMES[each.outcome]
        if not each.direction_only and outcome.range is not None and outcome.better == "lower":
            least = min(each.after.lower90, each.before.median if each.later is None else each.later.lower90)
            best[each.outcome] = min(least, best.get(each.outcome, least))
    for name, value in best.items():
        low, high = OUTCOMES[name].range or (0.0, 0.0)
        if value > low + _GONE * (high - low):
            yield say("not", "not_gone", concern=say("outcome", name, "concern"), best=_value(value, texts))
    for name in told.not_answered:
        concern = say("concern", name)
        yield say("not", "not_planned", concern=concern[0].upper() + concern[1:])
    yield say("not", "slow")
    if told.fades:
        yield say("not", "fades")
    yield say("not", "sun")


def _risks(told: Handout, texts: Texts) -> Iterator[Block]:
    say = texts.say
    bruise = told.bruise
    rows = [
        (say("risk", "pih"), _often(told.pih, texts)),
        (say("risk", "scar"), _often(told.scar, texts)),
        (say("risk", "bruise"), _often((bruise, bruise, bruise), texts)),
        (say("risk", "infection"), say("risk", "unknown")),
    ]
    yield Table("", (), rows)
    yield Paragraph(say("risk", "assumed"))


def _often(share: Share | tuple[float, float, float], texts: Texts) -> str:
    """A probability as a frequency in a hundred people; below 1 never 0."""
    value, low, high = share
    count, most = round(HUNDRED * value), max(round(HUNDRED * high), 1)
    if low == high or count == most:
        return texts.say("risk", "often_sure", count=count) if count else texts.say("risk", "rare_sure")
    return texts.say("risk", "often" if count else "rare", count=count, high=most)


def _call(told: Handout, head: Letterhead, texts: Texts) -> Iterator[Block]:
    phone = head.phone
    yield Paragraph(
        texts.say("page", "phone", phone=f"**{phone}**") if phone else texts.say("page", "phone_blank", blank="_" * 30)
    )
    yield from _flags(told, _URGENT, "stop")
    yield from _flags(told, _LATER, "warning")


def _flags(told: Handout, urgencies: Iterable[str], tone: Tone) -> Iterator[Note]:
    """Warning signs by urgency."""
    for name in urgencies:
        lines = [flag.texts["patient"] for flag in told.care.red_flags
                 if flag.urgency == name and "patient" in flag.texts]  # fmt: skip
        if lines:
            yield Note([" ".join(lines)], told.care.texts["patient"].say("urgency", name), tone)


# ------------------------------------------------------------------------------------------------- words of values


def _value(value: float, texts: Texts) -> str:
    """A number to two significant figures in the form of the language."""
    return texts.number(float(number_text(value)))


def _percent(share: float, texts: Texts) -> str:
    return f"{texts.number(float(number_text(100.0 * share)))} %"


def _span(values: Iterable[float], texts: Texts) -> str:
    every = list(values)
    low, high = texts.number(every[0]), texts.number(every[-1])
    return low if low == high else f"{low} {texts.word('to')} {high}"


def _site(name: str, texts: Texts) -> str:
    return load_texts("names", texts.language).say("site", name)
