"""Claims on outcomes: what is graded and measured after a course."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neodermis.evidence import load_study
from neodermis.inference.claims.healing import STRIAE
from neodermis.inference.claims.ledger import Answer, Claim, Evidence, Picture, Point, answers
from neodermis.inference.claims.runs import FOUR, LOOK, change, course, findings, matters, published, told
from neodermis.inference.claims.scheduling import still_falling
from neodermis.session import Interval
from neodermis.skin.outcomes import OUTCOMES
from neodermis.wording import with_interval


def measured(
    name: str, words: str, options: Mapping[str, object] | None = None, flags: str = "", note: str = ""
) -> Point:
    """The point that an outcome is better two months after a course of four sessions."""
    outcome = OUTCOMES[name]
    rises = outcome.better == "higher"
    found = published(name, direction="increase" if rises else "decrease")
    if outcome.not_modelled:
        return Point(words=words, answer=None, published=found, note=note, outcome=name)
    site = course(FOUR, **(options or {}))
    effect = change(site, name, LOOK)
    least = matters(name, site)
    shown = with_interval(effect, unit="%", signed=True)
    only = f"; direction only: {outcome.direction_only}" if outcome.direction_only else ""
    return Point(
        words=words,
        answer=Answer(
            words=f"{outcome.label}, day {LOOK:g}: {shown} of baseline; {least:.0f} % matters{only}",
            command=f'neodermis simulate "{FOUR}"{flags}',
            effect=effect,
            unit="%",
            towards="higher" if rises else "lower",
            matters=least,
            direction_only=bool(outcome.direction_only),
            picture=Picture.course(site.time_day, site.values[name], site.untreated[name], outcome.label),
        ),
        published=found,
        note=note,
        outcome=name,
    )


@answers("OUT-01")
def _wrinkles(_: Claim) -> list[Point]:
    return [
        measured("wrinkle_grade", "wrinkles are graded softer", {"age": 55}, " --age 55"),
        measured("wrinkle_depth", "wrinkles measure shallower", {"age": 55}, " --age 55"),
    ]


@answers("OUT-02")
def _texture(_: Claim) -> list[Point]:
    return [
        measured("roughness_ra", "texture measures smoother"),
        measured("texture_grade", "texture is graded smoother", {"age": 55}, " --age 55"),
    ]


@answers("OUT-03")
def _firmness(_: Claim) -> list[Point]:
    return [
        measured("cutometer_r2", "elasticity under suction rises"),
        measured("laxity_grade", "sagging is graded less", {"age": 55}, " --age 55"),
        measured("dermal_density", "the dermis echoes denser"),
    ]


@answers("OUT-04")
def _pores(_: Claim) -> list[Point]:
    return [measured("pore_diameter", "pores are narrower", note="one person, under a toxin as well")]


@answers("OUT-05")
def _scars(_: Claim) -> list[Point]:
    acne, striae = {"acne_scar": "goodman_baron:3"}, {"striae": "0.5"}
    return [
        measured(
            "goodman_baron_grade",
            "acne scars are graded milder",
            {"concerns": acne},
            " --concern acne_scar=goodman_baron:3",
        ),
        measured(
            "goodman_baron_score",
            "acne scars score fewer points",
            {"concerns": acne},
            " --concern acne_scar=goodman_baron:3",
            note="scores fall most where raters knew and least where they were blinded",
        ),
        _beside_untreated(),
        _striae(striae),
    ]


def _beside_untreated() -> Point:
    """Thick scars against an untreated part of the same scar: the one controlled result."""
    sentence = "3 sessions every 30 days: skinstylus; abdomen 2 mm, 6 passes"
    site = course(sentence, concerns={"hypertrophic_scar": "vss:7"})
    effect = change(site, "scar_severity", LOOK)
    return Point(
        words="scars improve more than an untreated part of the same scar",
        answer=Answer(
            words=f"severity, day {LOOK:g}: {with_interval(effect, unit='%', signed=True)}; untreated it stays",
            command=f'neodermis simulate "{sentence}" --concern hypertrophic_scar=vss:7',
            effect=effect,
            unit="%",
            towards="lower",
            matters=matters("scar_severity", site),
        ),
        published=published("scar_severity", direction="decrease", only=("skinstylus-2020",)),
    )


def _striae(concern: Mapping[str, str]) -> Point:
    sentence = "4 sessions every 30 days: exceed; abdomen 1.5 mm, 6 passes"
    site = course(sentence, concerns=concern)
    effect = change(site, "scar_severity", LOOK)
    least = matters("scar_severity", site)
    return Point(
        words="stretch marks soften",
        answer=Answer(
            words=f"their severity, day {LOOK:g}: {with_interval(effect, unit='%', signed=True)} of baseline",
            command=f'neodermis simulate "{sentence}" --concern striae=0.5',
            effect=effect,
            unit="%",
            towards="lower",
            matters=least,
            picture=Picture.course(
                site.time_day, site.values["scar_severity"], site.untreated["scar_severity"], "severity, 0 to 1"
            ),
        ),
        published=published("scar_severity", direction="decrease", only=STRIAE),
        note="of two studies that graded stretch marks one saw poor responses in nearly all people, who were content",
    )


@answers("OUT-06")
def _tone(_: Claim) -> list[Point]:
    spots, melasma = {"uneven_tone": "0.5"}, {"melasma": "mmasi:8"}
    year = course(FOUR, concerns=melasma)
    back = change(year, "mmasi", year.last_session_day + 365.0)
    return [
        measured("melanin_contrast", "spots and uneven tone fade", {"concerns": spots}, " --concern uneven_tone=0.5"),
        measured(
            "mmasi",
            "melasma fades",
            {"concerns": melasma},
            " --concern melasma=mmasi:8",
            note="pooled trials are of needling with tranexamic acid; needling alone has one instrumented series",
        ),
        Point(
            words="it stays faded for a year",
            answer=Answer(
                words=f"mMASI {with_interval(back, unit='%', signed=True)} a year after the last session: the set "
                "point of the melanocytes is what it was",
                command=f'neodermis simulate "{FOUR}" --concern melasma=mmasi:8',
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


@answers("OUT-08")
def _sebum(_: Claim) -> list[Point]:
    return [
        measured(
            "sebum",
            "oil is balanced: sebum falls",
            note="nothing joins needling to the sebaceous gland here; sebum in the model falls with age in women alone",
        )
    ]


@answers("OUT-09")
def _radiance(_: Claim) -> list[Point]:
    return [measured("radiance", "skin is more radiant two months on")]


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
