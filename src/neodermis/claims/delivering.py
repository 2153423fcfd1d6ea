"""Claims on what is put on needled skin, what is combined with needling, and the water of the skin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Final, Literal

import numpy as np

from neodermis.care.consultation import example, parse_consultation
from neodermis.care.rules import load_rules
from neodermis.care.suitability import Verdict, screen
from neodermis.claims.ledger import Answer, Claim, Evidence, Picture, Point, answers
from neodermis.claims.runs import (
    FOUR,
    LOOK,
    at,
    change,
    course,
    half_days,
    matters,
    paired,
    published,
    source,
)
from neodermis.claims.skin import IN_SUN, LONG, RETINOID, SUN, SUNSCREEN, sustained
from neodermis.course import SiteCourse
from neodermis.delivery import Delivery
from neodermis.evidence import load_bibliography
from neodermis.people import deliver
from neodermis.session import Interval
from neodermis.skin.outcomes import OUTCOMES
from neodermis.treatment import load_actives
from neodermis.wording import number_text, with_interval

SHALLOW: Final = "1 session: exceed; cheek 1.0 mm, 6 passes"
#: A regimen around the sessions, as clinics print its gaps.
HOME: Final = "home tretinoin 0.05 % daily, stop 5 days before, resume 7 days after; home sunscreen daily"
HOURS: Final = (0.0, 2.0, 6.0, 24.0, 48.0)
SMALL: Final = ("l_ascorbic_acid", "niacinamide", "tranexamic_acid", "ghk_cu")
#: Smallest differences that matter: % more of an active, points of % of a dose (assumed).
MORE: Final = 25.0
POINTS: Final = 10.0
#: Day of every screening.
TODAY: Final = date(2026, 11, 20)
NO_TRIAL: Final = "No trial has compared it with none after needling"


# ---------------------------------------------------------------------------------------------------------- delivery


@cache
def _given(active: str, hours: float = 0.0) -> Delivery:
    done = deliver(active, SHALLOW, after=hours, draws=100)
    return done.sites["cheek"][0]


def _gained(one: Delivery) -> Interval:
    """What channels add, in % of the dose."""
    assert one.put_on_ug_cm2 is not None  # doses here can run dry
    return Interval.of(100.0 * (one.draws["needled"] - one.draws["intact"]) / one.put_on_ug_cm2)


@answers("ABS-01")
def _channels(_: Claim) -> list[Point]:
    small = {name: _given(name) for name in SMALL}
    later = {hours: _given("l_ascorbic_acid", hours) for hours in HOURS}
    first = small["l_ascorbic_acid"].enhancement
    assert first is not None  # a small one
    effect = Interval(*(100.0 * (times - 1.0) for times in first))
    times = {one.dose.active.label: one.enhancement for one in small.values() if one.enhancement is not None}
    growth, large = _gained(_given("egf")), _gained(_given("hyaluronic_acid"))
    waited = ", ".join(
        f"{number_text(one.enhancement.median)} after {hours:g} h"
        for hours, one in later.items()
        if one.enhancement is not None
    )
    return [
        Point(
            words="more of small actives (vitamins, antioxidants) gets into living skin through channels",
            answer=Answer(
                words=f"L-ascorbic acid 15 % on for six hours: {with_interval(first)} times as much as without; "
                + ", ".join(f"{label} {number_text(each.median)}" for label, each in list(times.items())[1:])
                + f"; put on later: {waited}",
                command=f'neodermis deliver l_ascorbic_acid --percent 15 --compare 0,2,6,24,48 "{SHALLOW}"',
                effect=effect,
                unit="%",
                matters=MORE,
                picture=Picture.bars(times, "times as through intact skin"),
            ),
            published=(
                source("ornelas-2016", "B", "for", "lidocaine: less pain at 30 min than after sham, n = 21"),
                source("li-2010-dyclonine", "B", "for", "dyclonine acts sooner and more than after sham, n = 25"),
                source("luz-2017", "B", "for", "pain under anaesthetic 3.3 after a first roll, 5.2 without, n = 9"),
                source("emla-mn-2016", "B", "for", "pain under anaesthetic 2.1 after a roller, 5.9 without, n = 47"),
                source("mikolajewska-2010", "B", "for", "porphyrin from 2 and 8 % aminolevulinic acid rises, n = 14"),
                source("mikolajewska-2010", "B", "against", "porphyrin from 16 %: no more, n = 14"),
                source("wermeling-2008", "C", "for", "naltrexone reaches plasma through channels"),
                source("you-2010", "D", "for", "L-ascorbic acid: 10.5 times, rat"),
                source("li-2017-ti", "D", "for", "calcein: 27 times, rabbit"),
                source("nguyen-2016", "D", "for", "tiagabine: 6.7 times, pig"),
                source("nguyen-2016", "D", "against", "carbamazepine: 1.2 to 1.4 times, not significant, pig"),
                source("hoang-2015", "D", "against", "amantadine, pramipexole: 2.2 and 1.0, not significant, pig"),
            ),
            note="No closure of a pen's channels and no delivery through them has been measured in people. Vitamin C "
            "is not to go on open channels: granulomas after needling in 15 people, most with it (friedmann-2024).",
        ),
        Point(
            words="growth factors and other large molecules get in through channels",
            answer=Answer(
                words=f"epidermal growth factor in living skin or through: {with_interval(growth, signed=True)} points "
                f"of % of the dose over intact skin; hyaluronic acid of 1 MDa: {with_interval(large, signed=True)}",
                command=f'neodermis deliver egf "{SHALLOW}" --compare hyaluronic_acid',
                effect=growth,
                unit="% of the dose",
                matters=POINTS,
                picture=Picture.bars({"growth factor": growth, "hyaluronic acid": large}, "% of the dose more"),
            ),
            published=(
                source("mcallister-2003", "D", "for", "proteins and particles: orders of magnitude more, epidermis"),
                source("mohammed-2014", "D", "for", "peptides: 2 to 22 times, human skin ex vivo"),
                source("roller-dextran", "D", "for", "dextran of 4.4 kDa: more with longer needles, ex vivo"),
            ),
            note="In the laboratory only. Breakdown and binding in the skin are left out: what arrives whole is less.",
        ),
        Point(
            words="what is put on works harder with needling than without",
            answer=None,
            published=(
                *published("melanin_index", direction="decrease", shallow=True, only=("xu-2017-txa",)),
                source("bailey-melasma", "A", "for", "melasma: topical with needling better than alone, 12 studies"),
                source("zasada-2018", "B", "for", "vitamin C serum with needles: more water than without, n = 17"),
                source("ornelas-2016", "B", "for", "lidocaine acts sooner, n = 21"),
                source("li-2010-dyclonine", "B", "for", "dyclonine acts sooner and more, n = 25"),
                source("emla-mn-2016", "B", "for", "anaesthetic: pain of a laser 2.1 against 5.9, n = 47"),
            ),
            note="More of an active in the skin changes no rate of the model, since none was measured by amount. "
            "Needling alone fades melasma as well, so that not all of it is delivery.",
        ),
    ]


@answers("ABS-02")
def _boosting(_: Claim) -> list[Point]:
    scarred = {"age": 28, "phototype": 4, "concerns": {"acne_scar": "goodman_baron:3"}}
    plain, with_ = course(FOUR, **scarred), course(f"{FOUR}; prp", **scarred)
    here, there = paired(with_, plain, lambda site: at(site, "goodman_baron_grade", LOOK))
    grade = float(np.median(plain.values["goodman_baron_grade"][:, 0]))
    effect = Interval.of(100.0 * (here - there) / grade)
    bare, plasma = course(FOUR), course(f"{FOUR}; prp")
    mine, its = paired(plasma, bare, lambda site: at(site, "collagen_papillary", LOOK))
    others = {load_actives()[name].label: _adds(name) for name in ("hyaluronic_acid", "ghk_cu", "l_ascorbic_acid")}
    return [
        Point(
            words="platelet-rich plasma makes scars better than needling alone",
            answer=Answer(
                words=f"Goodman-Baron grade of acne scars, day {LOOK:g}, with plasma against without: "
                f"{with_interval(Interval.of(here - there), signed=True)} of {grade:.0f}, or "
                f"{with_interval(effect, unit='%', signed=True)}; papillary collagen "
                f"{with_interval(Interval.of(100.0 * (mine / its - 1.0)), unit='%', signed=True)}",
                command=f'neodermis simulate "{FOUR}" --age 28 --phototype 4 --concern acne_scar=goodman_baron:3 '
                f'--compare "{FOUR}; prp"',
                effect=effect,
                unit="% of the grade before",
                towards="lower",
                matters=POINTS,
                picture=Picture.course(
                    with_.time_day, with_.values["goodman_baron_grade"], plain.values["goodman_baron_grade"],
                    "Goodman-Baron grade, with and (line) without plasma",
                ),
            ),
            published=published("goodman_baron_grade", "scar_severity", direction="decrease", against=True,
                                only=("kang-2022", "el-domyati-2018")),
            note="Its content is measured; that it fills the channels is assumed. The published difference is a third "
            "of a grade; against saline it was not significant (see the catalogue of actives).",
        ),
        Point(
            words="growth factors add to what needling does",
            answer=None,
            published=(
                source("lee-2014", "A", "for", "pigment and wrinkles below those of the saline side, P < 0.05, n = 25"),
                source("liang-2022", "A", "for", "melanin and texture better than on the saline side, n = 28"),
            ),
            note="The trials put on conditioned media of stem cells, whose content is not printed; no rate of repair "
            "under a growth factor was measured, so that it changes nothing here.",
        ),
        Point(
            words="hyaluronic acid, peptides and vitamin C add to repair",
            answer=Answer(
                words="added to papillary collagen of needled skin: "
                + ", ".join(f"{label} {with_interval(each, unit='%')}" for label, each in others.items()),
                command=f'neodermis simulate "{FOUR}" --compare "{FOUR}; ghk_cu"',
                effect=others[load_actives()["ghk_cu"].label],
                unit="%",
                matters=POINTS,
                picture=Picture.bars(others, "papillary collagen, % more"),
            ),
            note="Hyaluronic acid acts on the surface's water; under peptides and vitamin C no rate of repair was "
            "measured, so that they are off. Known of skin that was not needled: 70 % of twenty women had more "
            "collagen under a copper peptide (ghk-cu-biopsy); its messages rise under vitamin C (nusgens-2001).",
        ),
    ]  # fmt: skip


def _adds(active: str) -> Interval:
    with_, bare = paired(course(f"{FOUR}; {active}"), course(FOUR), lambda site: at(site, "collagen_papillary", LOOK))
    return Interval.of(100.0 * (with_ / bare - 1.0))


# ------------------------------------------------------------------------------------------- with peels and lasers


#: What was done to the area before → the rule on it.
_BEFORE: Final[Mapping[str, str]] = {
    "peel_superficial": "PEEL-SUP",
    "peel_deep": "PEEL-DEEP",
    "laser_nonablative": "LASER-NA",
    "laser_ablative": "LASER-ABL",
}
_TOLD: Final[Mapping[str, str]] = {
    "peel_superficial": "light peel",
    "peel_deep": "deep peel",
    "laser_nonablative": "laser without ablation",
    "laser_ablative": "ablative laser",
}


def _wait(name: str) -> float:
    branch = load_rules().rules[_BEFORE[name]].branches[0]
    assert branch.wait is not None  # each of them waits
    return branch.wait.days


def _screened(name: str, days_ago: float) -> Verdict:
    """The shipped consultation with something done to the area some days ago."""
    day = TODAY - timedelta(days=int(days_ago))
    text, found = re.subn(rf"^{name} = [^#\n]*", f"{name} = {day} ", example(), flags=re.MULTILINE)
    if found != 1:
        raise ValueError(name)
    return screen(parse_consultation(text, "c.toml"), today=TODAY)


def _of_care(key: str, says: Literal["for", "against"], words: str) -> Evidence:
    """A work of screening and care as evidence: pages of clinics."""
    return Evidence(key=key, grade=load_bibliography()[key].tier[0], says=says, words=words)


def _combined(words: str, evidence: tuple[Evidence, ...], note: str) -> Point:
    return Point(words=words, answer=None, published=evidence, note=note)


@answers("ABS-03")
def _peels(_: Claim) -> list[Point]:
    checks = {}
    for name, told in _TOLD.items():
        days = _wait(name)
        checks[f"{told} half of that ago: wait"] = _screened(name, days / 2.0).overall == "wait"
        checks[f"{told} {days:g} days ago: may be treated"] = _screened(name, days).overall in ("go", "adapt")
    waits = {told: Interval(_wait(name), _wait(name), _wait(name)) for name, told in _TOLD.items()}
    deep = TODAY - timedelta(days=30)
    return [
        _combined(
            "a chemical peel adds to needling",
            (source("el-domyati-2018", "B", "for",
                    "acne scars: roller with trichloroacetic acid better than the roller, P = 0.011, n = 8"),),
            "A peel is not simulated in this version. In a trial of one against the other, needling improved 73 % of "
            "people by more than a grade, peels 33 % (ishfaq-2022).",
        ),
        _combined(
            "a laser adds to needling", (),
            "Lasers are not simulated in this version. Trials compare one with the other, none adds one to the other: "
            "scars as well as after a 1340 nm laser (cachafeiro-2016), worse than after Er:YAG (er-yag-mn-2017), burn "
            "scars better than after CO2 (iranjd-burn).",
        ),
        Point(
            words="they can be in one plan if they are kept weeks apart",
            answer=Answer(
                words="screening lets a session wait for days after: "
                + ", ".join(f"{told} {_wait(name):g}" for name, told in _TOLD.items()),
                command=f"neodermis screen --example | sed -E 's/^peel_deep = [^#]*/peel_deep = {deep} /' > c.toml; "
                f"neodermis screen c.toml --today {TODAY}",
                checks=checks,
                picture=Picture.bars(waits, "days to wait"),
            ),
            published=(
                _of_care("purely-boutique", "for", "30 days after a peel, light or deep"),
                _of_care("esthetik-mtl", "for", "three months after a deep peel or dermabrasion"),
                _of_care("aeterna", "for", "two weeks after a laser"),
                _of_care("filtered-skin", "for", "two weeks after a laser"),
            ),
            note="Habits of clinics; no trial has tried a distance. That of ablative lasers is carried over from deep "
            "peels. The published peel was put on in the session itself.",
        ),
    ]  # fmt: skip


@answers("ABS-04")
def _complementing(_: Claim) -> list[Point]:
    person = {"age": 40, "concerns": {"melasma": "mmasi:8"}}
    retinoid = "home tretinoin 0.1 % daily, stop 5 days before, resume 7 days after"
    plain, paler = course(FOUR, **person), course(f"{FOUR}; {retinoid}", **person)
    mine, its = paired(paler, plain, lambda site: at(site, "mmasi", LOOK))
    start = float(np.median(plain.values["mmasi"][:, 0]))
    return [
        Point(
            words="a moisturiser adds water to needled skin",
            answer=None,
            outcome="hydration",
            published=(
                source("dexpanthenol-emollients-2021", "C", "for", "+38 to +72 % in 28 days, dry skin, n = 126"),
                source("draelos-2021", "C", "for", "hyaluronan serum: +55 % in six weeks, n = 40"),
                source("pavicic-2011", "B", "for", "hyaluronan creams above vehicle in 60 days, n = 76"),
                source("glycerol-atopic-2008", "B", "for", "glycerol above vehicle, atopic skin, n = 24"),
                source("glycerol-atopic-2001", "B", "against", "glycerol no different from vehicle, n = 109"),
            ),
            note="Of skin that was not needled. It acts while it is used, and is not owed to needling.",
        ),
        _combined(
            "bioremodelling (hyaluronan or the like put into the skin) adds to needling",
            (
                source("seok-2016", "C", "for", "hyaluronan by a stamp of needles: more water at each visit, n = 6"),
                source("rfmn-polynucleotide", "A", "for",
                       "polynucleotides after radiofrequency needling: fewer wrinkles than with saline, n = 29"),
            ),
            "Injections and heat are not simulated in this version; neither trial is of plain needling.",
        ),
        Point(
            words="tretinoin at home adds to the fading of pigment",
            answer=Answer(
                words=f"mMASI of melasma from {start:.0f}, day {LOOK:g}: "
                f"{with_interval(Interval.of(mine))} with, {with_interval(Interval.of(its))} without; difference "
                f"{with_interval(Interval.of(mine - its), signed=True)}",
                command=f'neodermis simulate "{FOUR}" --age 40 --concern melasma=mmasi:8 '
                f'--compare "{FOUR}; {retinoid}"',
                effect=Interval.of(mine - its),
                unit="points",
                towards="lower",
                matters=OUTCOMES["mmasi"].smallest(start),
                picture=Picture.course(paler.time_day, paler.values["mmasi"], plain.values["mmasi"],
                                       "mMASI, with and (line) without"),
            ),
            published=(source("kimbrough-green-1994", "B", "for",
                              "melasma score -32 % under tretinoin 0.1 %, -10 % under vehicle, 40 weeks, n = 28"),),
            note="Of skin that was not needled. In six women the triple combination with needling did no more than the "
            "authors had seen of the cream alone (lima-2017).",
        ),
        _combined(
            "a brightening active put on with needling adds to needling alone",
            (
                source("farshi-2020", "B", "for", "bleaching solution: contrast of melasma lower, P 0.0001, n = 20"),
                source("saleh-2019", "B", "for", "tranexamic acid: melasma better than needling alone, n = 42"),
            ),
            "Tranexamic acid and hydroquinone have no sourced size and are off. Needling with tranexamic acid was "
            "better than routine treatment at four weeks and not later (txa-melasma-meta).",
        ),
    ]  # fmt: skip


@answers("ABS-05")
def _thermal(_: Claim) -> list[Point]:
    site = course(FOUR)
    gained = change(site, "collagen_total", LOOK)
    return [
        Point(
            words="needling, without heat, raises collagen",
            answer=Answer(
                words=f"collagen per skin area, day {LOOK:g}: {with_interval(gained, unit='%', signed=True)}",
                command=f'neodermis simulate "{FOUR}"',
                effect=gained,
                unit="%",
                matters=matters("collagen_total", site),
                picture=Picture.course(
                    site.time_day, site.values["collagen_total"], site.untreated["collagen_total"],
                    "Collagen, µg/mm²",
                ),
            ),
            published=published(
                "collagen_papillary", "collagen_total", "collagen_1", direction="increase", but=("lima-2017",)
            ),
        ),
        _combined(
            "lasers raise collagen",
            (
                source("striae-nafl-2019", "A", "for", "fractional laser, stretch marks: more fibres, n = 20"),
                source("orringer-2005", "C", "for", "procollagen message +47 and +84 % a week after"),
            ),
            "Heat is not simulated in this version.",
        ),
        _combined(
            "the two do so differently",
            (source("striae-nafl-2019", "A", "against", "collagen fibres: no difference between the sides"),),
            "Heat is not simulated in this version. Pain and days of recovery differ in trials, collagen did not.",
        ),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------- care and water


@answers("ABS-07")
def _regimen(_: Claim) -> list[Point]:
    def run(sentence: str, **exposures: str) -> SiteCourse:
        return course(sentence, until=LONG, exposures=exposures)

    command = f'neodermis simulate "{FOUR}" {{}}--compare "{FOUR}; {HOME}" --until {LONG:g}'
    kept, plain = run(f"{FOUR}; {HOME}", **SUN), run(FOUR, **SUN)
    own, alone = paired(kept, plain, half_days)
    effect = Interval.of(own - alone)
    return [
        sustained(
            "tretinoin and sunscreen at home keep collagen up longer", kept, plain, IN_SUN,
            command.format("--exposure sun=high "),
            (source(*SUNSCREEN), *(source(*one) for one in RETINOID)),
            f"{NO_TRIAL}: the published results are of skin that was not needled. The gaps around the sessions are "
            "those that clinics print.",
        ),
        Point(
            words="the gain of the sessions themselves lasts longer",
            answer=Answer(
                words="days to half of the gain over untreated skin with the same regimen: "
                f"{with_interval(Interval.of(own))} with, {with_interval(Interval.of(alone))} without; "
                f"{with_interval(effect, signed=True)}",
                command=command.format("--exposure sun=high "),
                effect=effect,
                unit="days",
                matters=30.0,
                picture=Picture.bars({"with": Interval.of(own), "without": Interval.of(alone)}, "days to half"),
            ),
            note="The regimen lifts skin that is not needled as well. " + NO_TRIAL + ".",
        ),
        sustained(
            "it does so in skin without sun too", run(f"{FOUR}; {HOME}"), run(FOUR), "skin without sun",
            command.format(""),
            note="It acts on what sun has done: whom a regimen is made for decides whether it does anything. "
            + NO_TRIAL + ".",
        ),
    ]  # fmt: skip
