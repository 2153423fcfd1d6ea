"""Claims on sessions, intervals, when results come and how long they last."""

from __future__ import annotations

from typing import Final

import numpy as np

from neodermis.claims.ledger import Answer, Claim, Evidence, Picture, Point, answers
from neodermis.claims.points import Run
from neodermis.claims.runs import (
    FOUR,
    ONE,
    change,
    course,
    half_days,
    published,
    session,
    source,
)
from neodermis.evidence import load_study
from neodermis.session import Interval
from neodermis.wording import with_interval

MONTH: Final = 365.25 / 12.0
#: A course that is followed for long.
LONG: Final = 90.0 + 1460.0


def _every(days: int, count: int = 4) -> str:
    return f"{count} sessions every {days} days: exceed; cheek 1.5 mm, 6 passes"


@answers("SCH-01")
def _number(_: Claim) -> list[Point]:
    left = course(FOUR).left(365.0)
    assert left is not None
    kept = Interval(*(100.0 * share for share in left))
    return [
        Point(
            words="the result is lasting: at least half of it is there a year later",
            answer=Answer(
                words=f"{with_interval(kept, unit='%')} of the gain is left a year after the last of four sessions",
                command=f'neodermis simulate "{FOUR}"',
                effect=kept,
                unit="% of the gain",
                towards="within",
                expected=(50.0, 100.0),
            ),
            published=published("epidermal_thickness", direction="increase", only=("aust-2008",)),
            note="the one finding a year on is of the epidermis, after deep needling with vitamins",
        ),
    ]


@answers("SCH-03")
def _onset(claim: Claim) -> list[Point]:
    day, share = course(ONE).first_change(0.05)
    weeks = tuple(7.0 * week for week in claim.expect["collagen_weeks"])
    return [
        Point(
            words="collagen over several weeks",
            answer=Answer(
                words="a gain of 5 % never shows"
                if day is None
                else f"a gain of 5 % shows on day {with_interval(day)}, in {100 * share:.0f} % of the draws",
                command=f'neodermis simulate "{ONE}"',
                effect=day or Interval(np.inf, np.inf, np.inf),
                unit="days",
                towards="within",
                expected=(weeks[0], weeks[1]),
            ),
            published=published("collagen_1", "collagen_papillary", direction="increase"),
        ),
    ]


def still_falling() -> tuple[Evidence, ...]:
    """Scores that kept falling after the last session, from the one study that printed several times."""
    study = load_study("minh-2019")
    rows = [f for f in study.arms[0].findings if f.outcome == "goodman_baron_grade" and f.relative_change is not None]
    first, last = rows[0], rows[-1]
    falls = (last.relative_change or 0.0) < (first.relative_change or 0.0)
    words = (
        f"grade {100 * (first.relative_change or 0):+.0f} % at the last session, "
        f"{100 * (last.relative_change or 0):+.0f} % "
        f"two months on, unblinded"
    )
    return (Evidence(key=study.id, grade=study.grade, says="for" if falls else "against", words=words),)


@answers("SCH-04")
def _goes_on(claim: Claim) -> list[Point]:
    site = course(FOUR, until=LONG)
    _, day = site.peak()
    after = Interval(*((d - site.last_session_day) / MONTH for d in day))
    return [
        Point(
            words="the gain goes on rising for one to six months after the last session",
            answer=Answer(
                words=f"papillary collagen peaks {with_interval(after, unit='months')} after the last of four sessions",
                command=f'neodermis simulate "{FOUR}"',
                effect=after,
                unit="months",
                towards="within",
                expected=claim.expect["months_after_last"],
                picture=Picture.course(
                    site.time_day,
                    site.values["collagen_papillary"],
                    site.untreated["collagen_papillary"],
                    "papillary collagen, µg/mm²",
                    until=500,
                ),
            ),
            published=still_falling(),
        )
    ]


@answers("SCH-05")
def _lasts(claim: Claim) -> list[Point]:
    site = course(FOUR, until=LONG)
    months = Interval.of(half_days(site) / MONTH)
    return [
        Point(
            words="half of the gain is lost after 6 to 12 months",
            answer=Answer(
                words=f"half of the peak gain is lost {with_interval(months, unit='months')} after the last session",
                command=f'neodermis simulate "{FOUR}" --until {LONG:g}',
                effect=months,
                unit="months",
                towards="within",
                expected=claim.expect["months"],
                picture=Picture.course(site.time_day, 100.0 * site.gain(), None, "% more papillary collagen"),
            ),
            note="no study followed skin after needling alone long enough to see a gain go",
        )
    ]


@answers("SCH-06")
def _maintenance(claim: Claim) -> list[Point]:
    points = []
    for months in claim.expect["months"]:
        days = round(months * MONTH)
        sentence = _every(days, 6)
        site = course(sentence)
        gain = site.gain()
        before = np.array([np.interp(site.last_session_day, site.time_day, row) for row in gain])
        top = np.array([row[site.time_day > site.last_session_day - days].max() for row in gain])
        kept = Interval.of(100.0 * before[top > 0] / top[top > 0])
        points.append(
            Point(
                words=f"a session every {months:g} months holds at least half of the gain",
                answer=Answer(
                    words=f"{with_interval(kept, unit='%')} of the gain is left when the next session comes",
                    command=f'neodermis simulate "{sentence}"',
                    effect=kept,
                    unit="% of the gain",
                    towards="within",
                    expected=(50.0, 100.0),
                    picture=Picture.course(site.time_day, 100.0 * gain, None, "% more papillary collagen"),
                ),
                note="sessions at this interval from the start; documents differ, 6 to 12 months or once a year",
            )
        )
    return points


@answers("SCH-08")
def _minutes(claim: Claim) -> list[Point]:
    sites = {
        "cheek": ONE,
        "face": "1 session: exceed; face 1 mm, 6 passes",
        "abdomen": "1 session: exceed; abdomen 1 mm, 6 passes",
    }
    found = {name: session(sentence).minutes for name, sentence in sites.items()}
    return [
        Point(
            words="a session of the face takes 30 to 60 minutes",
            answer=Answer(
                words=f"{with_interval(found['face'], unit='minutes')}, numbing included",
                command=f'neodermis injure "{sites["face"]}"',
                effect=found["face"],
                unit="minutes",
                towards="within",
                expected=claim.expect["minutes"],
                picture=Picture.bars(found, "minutes"),
            ),
            published=(
                source("clinic-numbing-times", "D", "for", "clinics numb for 20 to 60 minutes"),
                source("emla-label", "C", "against", "label of the cream: at least 60 minutes before the first stroke"),
            ),
            note="most of the time is numbing; the label of the usual cream alone asks for an hour",
        ),
        Point(
            words="the time grows with the area",
            answer=Answer(
                words=f"cheek {with_interval(found['cheek'])}, abdomen {with_interval(found['abdomen'])} minutes",
                command=f'neodermis injure "{sites["abdomen"]}"',
                effect=Interval(*(a - c for a, c in zip(found["abdomen"], found["cheek"], strict=True))),
                unit="minutes",
                matters=5.0,
            ),
        ),
    ]


@answers("SCH-09")
def _decade(_: Claim) -> list[Point]:
    run = Run(plan="yearly", until=3650.0)
    site = run.course()
    wrinkle = Interval(*(value for value in change(site, "wrinkle_grade", 3650.0, percent=False)))
    bare = float(np.median(site.untreated["wrinkle_grade"][:, -1] - site.untreated["wrinkle_grade"][:, 0]))
    return [
        Point(
            words="the signs of ageing come later",
            answer=Answer(
                words=f"wrinkle grade {with_interval(wrinkle, signed=True)} in ten years, untreated {bare:+.2g}",
                command=run.command("wrinkle_grade"),
                effect=Interval(*(value - bare for value in wrinkle)),
                unit="grades",
                towards="lower",
                matters=0.5,
            ),
        ),
    ]
