"""Claims on outcomes: what is graded and measured after a course."""

from __future__ import annotations

from typing import Any

import numpy as np

from neodermis.claims.ledger import Answer, Claim, Evidence, Picture, Point, answers
from neodermis.claims.points import Run
from neodermis.claims.runs import FOUR, change, course, findings, matters, told
from neodermis.claims.scheduling import still_falling
from neodermis.evidence import load_study
from neodermis.session import Interval
from neodermis.wording import with_interval


@answers("OUT-06")
def _tone(_: Claim) -> list[Point]:
    melasma = Run(concerns={"melasma": "mmasi:8"})
    year = melasma.course()
    back = change(year, "mmasi", year.last_session_day + 365.0)
    return [
        Point(
            words="it stays faded for a year",
            answer=Answer(
                words=f"mMASI {with_interval(back, unit='%', signed=True)} a year after the last session: the set "
                "point of the melanocytes is what it was",
                command=melasma.command("mmasi"),
                effect=back,
                unit="%",
                towards="lower",
                matters=matters("mmasi", year),
            ),
            published=_rebound(),
        ),
        Point(
            words="no post-inflammatory hyperpigmentation follows, phototype 5",
            answer=None,
            published=_hyperpigmentation(),
            outcome="pih_probability",
        ),
    ]


def _rebound() -> tuple[Evidence, ...]:
    """Pooled falls by week: whether the last is still as large as the largest."""
    study = load_study("txa-melasma-meta")
    falls = [f.change for arm in study.arms for f in arm.findings if f.change is not None]
    if not falls:
        return ()
    kept = falls[-1] <= 0.9 * min(falls)
    words = f"pooled falls by week: {', '.join(f'{fall:g}' for fall in falls)} points, with tranexamic acid"
    return (Evidence(key=study.id, grade=study.grade, says="for" if kept else "against", words=words),)


def _hyperpigmentation() -> tuple[Evidence, ...]:
    """Counts of post-inflammatory hyperpigmentation: for few where fewer than one person in twenty had it."""
    found = []
    for study, arm, finding in findings("pih_probability"):
        if finding.share is not None:
            says: Any = "for" if finding.share < 0.05 else "against"
            found.append(
                Evidence(key=study.id, grade=study.grade_of(finding), says=says, words=told(study, arm, finding))
            )
    return tuple(found)


@answers("OUT-10")
def _gradual(_: Claim) -> list[Point]:
    site = course(FOUR)
    rows = 100.0 * site.values["collagen_papillary"] / site.values["collagen_papillary"][:, :1]
    weekly = Interval.of(7.0 * np.abs(np.diff(rows, axis=1) / np.diff(site.time_day)).max(axis=1))
    rises = Interval.of(site.time_day[rows.argmax(axis=1)])
    return [
        Point(
            words="change is gradual: never more than a tenth a week",
            answer=Answer(
                words=f"papillary collagen moves by at most {with_interval(weekly, unit='% a week')}",
                command=f'neodermis simulate "{FOUR}"',
                effect=weekly,
                unit="% a week",
                towards="within",
                expected=(0.0, 10.0),
                picture=Picture.course(site.time_day, rows, None, "papillary collagen, % of start"),
            ),
        ),
        Point(
            words="it builds up over months",
            answer=Answer(
                words=f"largest on day {with_interval(rises)}",
                command=f'neodermis simulate "{FOUR}"',
                effect=rises,
                unit="days",
                towards="within",
                expected=(60.0, 365.0),
            ),
            published=still_falling(),
        ),
    ]
