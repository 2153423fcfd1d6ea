"""Claims on who is suited, answered by screening."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from neodermis.care.rules import load_rules
from neodermis.care.suitability import adapted
from neodermis.claims.consulting import (
    SESSION,
    YESTERDAY,
    asked,
    by_screen,
    changed,
    few,
    screened,
    stays_away,
    works,
)
from neodermis.claims.ledger import Answer, Claim, Evidence, Picture, Point, answers
from neodermis.claims.runs import FOUR, ONE, course, findings, published, session, source, told
from neodermis.evidence import load_study
from neodermis.people import load_concerns, read
from neodermis.session import Interval
from neodermis.wording import spread

#: Dark marks in fewer people than this speak for treating dark skin.
FEW_MARKS: Final = 0.1
RULES: Final = load_rules().rules

AGEING: Final = ("wrinkle", "laxity", "acne_scar")
PIGMENT: Final = ("melasma", "uneven_tone")
SURFACE: Final = ("pores", "dullness")
PHOTOTYPES: Final = (1, 3, 6)


#: Concern → what the same person answers elsewhere on the form; a scar is as old as the concern of the example.
ALSO: Final = {"acne_scar": {"scar_age_days": "1826"}, "melasma": {"melasma": "true"}}


def _wish(name: str, phototype: int) -> dict[str, str]:
    return {"name": f'"{name}"', "severity": "0.3", "phototype": f"{phototype}", **ALSO.get(name, {})}


def _let_in(names: tuple[str, ...], phototypes: tuple[int, ...]) -> dict[str, bool]:
    return {
        f"{name.replace('_', ' ')} is let in": all(
            screened(_wish(name, kind)).overall in ("go", "adapt") for kind in phototypes
        )
        for name in names
    }


def _dark_marks() -> list[Evidence]:
    """How many people got dark marks, in series that took in phototypes IV and up."""
    rows = []
    for study, arm, finding in findings("pih_probability"):
        kinds = study.cohort.phototypes if study.cohort is not None else None
        if finding.share is None or kinds is None or max(kinds) < 4:
            continue
        says: Literal["for", "against"] = "for" if finding.share < FEW_MARKS else "against"
        kind = f"phototypes {min(kinds)} to {max(kinds)}"
        rows.append(Evidence(key=study.id, grade=study.grade, says=says, words=f"{told(study, arm, finding)}, {kind}"))
    return rows


@answers("SUIT-01")
def _everyone(_: Claim) -> list[Point]:
    sensitive, unknown = {"sensitive": "true"}, {"sensitive": '"unknown"'}
    dark = {"phototype": "6"}
    states = {name: bool(load_concerns()[name].state) for name in SURFACE}
    return [
        Point(
            words="ageing skin and acne scars may be treated",
            answer=asked(_let_in(AGEING, PHOTOTYPES), _wish("acne_scar", 3)),
            published=works(
                {"k180778": "cleared for wrinkles of the face", "den160029": "cleared for acne scars"},
                {},
                *published("wrinkle_grade", direction="decrease"),
                *published("goodman_baron_grade", direction="decrease"),
            ),
        ),
        Point(
            words="pigmented skin may be treated",
            answer=asked(_let_in(PIGMENT, PHOTOTYPES), _wish("melasma", 3)),
            published=few([
                *published("mmasi", direction="decrease", against=True, only=("bailey-melasma", "txa-melasma-meta")),
                *published("mmasi", "masi", direction="decrease"),
            ]),
            note="The trials needle beside a drug put on the skin; of needling alone none was read. Melasma often "
            f"comes back. {RULES['MELASMA'].disagreement}",
        ),
        Point(
            words="uneven texture, pores and dull skin may be treated",
            answer=asked(
                _let_in(SURFACE, PHOTOTYPES)
                | {f"{name} has a state that is simulated": there for name, there in states.items()},
                _wish("pores", 3),
            ),
            published=few([
                *published("texture_grade", direction="decrease"),
                *published("roughness_ra", direction="decrease"),
                *published("roughness_ra", direction="decrease", against=True),
                source("bont-pores", "D", "for", "pores of one woman under toxin on needled skin"),
            ]),
            note="No device is cleared for pores or dullness, and no published result on dullness was found.",
        ),
        Point(
            words="dark skin, phototypes 4 to 6, may be treated",
            answer=asked(
                _let_in((*AGEING, *PIGMENT, *SURFACE), (4, 5, 6)),
                dark,
            ),
            published=works(
                {"den160029": "label for acne scars names phototypes 1 to 6"},
                {"chu-2021": "dark skin is among the risks, 85 reports"}, *_dark_marks(),
            ),
            note=f"With settings of its own and a test area. {RULES['FST-HIGH'].disagreement} "
            "What the sun does to the pigment of treated skin is not simulated.",
        ),
        Point(
            words="sensitive skin may be treated, once it is tested",
            answer=asked(
                {
                    "let in, with a test area": screened(sensitive).overall == "adapt" and changed(sensitive),
                    "asked for where it is not known": "area.sensitive" in screened(unknown).worth_asking,
                },
                sensitive,
            ),
            note="One document calls sensitive skin suited, another wants it assessed first, which is what is done "
            "here; no study of sensitive skin was found.",
        ),
    ]  # fmt: skip


@answers("SUIT-02")
def _infection(_: Claim) -> list[Point]:
    infected, herpes = {"active_infection": "true"}, {"hsv_active": "true", "hsv_history": "true"}
    unknown, wound = {"active_infection": '"unknown"'}, {"open_wound": "true"}
    manual = "the maker's manual names it"
    return [
        Point(
            words="no session with an active infection",
            answer=asked(
                {
                    "an infection in the area keeps it away": stays_away(infected),
                    "so does a cold sore": stays_away(herpes),
                    "an unknown answer is asked for": screened(unknown).overall == "ask",
                },
                infected,
            ),
            published=works({
                "chu-2021": "more complications with an infection at the start, 85 reports",
                "exceed-manual-34": manual, "dermapen4-manual-23": manual, "jdd-2024": "a letter names it",
            }),
        ),
        Point(
            words="no session on an open wound",
            answer=asked(
                {
                    "a wound in the area keeps it away": stays_away(wound),
                    "so does a rash": stays_away({"rash_or_irritation": "true"}),
                },
                wound,
            ),
            published=works({
                "skinpen-consent": "contraindication of the label, as a clinic prints it", "exceed-manual-34": manual,
                "dermapen4-manual-23": manual,
            }),
            note="Nobody has needled open wounds in a trial: what there is are labels.",
        ),
    ]  # fmt: skip


@answers("SUIT-03")
def _inflamed(_: Claim) -> list[Point]:
    active, past, plaque = {"eczema": '"active"'}, {"eczema": '"history"'}, {"psoriasis": "true"}
    severe, mild, sensitive = {"acne_grade": "4"}, {"acne_grade": "1"}, {"sensitive": "true"}
    page, manual = "a clinic's list of reasons against", "a maker's manual names it"
    return [
        Point(
            words="active eczema or dermatitis is avoided, past eczema changes the plan",
            answer=asked({"active: avoided": stays_away(active), "past: changed": changed(past)}, active),
            published=works({"exceed-manual-34": manual, "dermida-5": manual}),
        ),
        Point(
            words="psoriasis is avoided or changes the plan",
            answer=asked({"avoided until a prescriber decides": stays_away(plaque)}, plaque),
            published=works({
                "skinpen-es-20": "a label: not tested, caution",
                "koebner-acupuncture": "new spots at needle points, a case",
                "purely-boutique": page, "sisu": page,
            }),
        ),
        Point(
            words="active acne is avoided or changes the plan",
            answer=asked({"strong: avoided": stays_away(severe), "mild: changed": changed(mild)}, severe),
            published=works({
                "exceed-manual-34": "any active acne in the area: contraindication",
                "dermapen4-manual-23": "acne of stages III and IV: not without a doctor",
                "jdd-2024": "a letter names active acne",
            }, {"kesty-goldberg-2020": "active acne is treated, by needling with radiofrequency"}),
            note=RULES["ACNE-MILD"].disagreement,
        ),
        Point(
            words="sensitive skin changes the plan",
            answer=asked({"changed, with a test area": changed(sensitive)}, sensitive),
            note="A choice of this project; no work on sensitive skin was found.",
        ),
    ]  # fmt: skip


@answers("SUIT-04")
def _bleeding(_: Claim) -> list[Point]:
    disorder, drug = {"bleeding_disorder": "true"}, {"anticoagulant": "true"}
    usual, thinned = session(ONE), session(ONE, exposures={"anticoagulant": "yes"})
    without, under = usual.bleeding_points_per_cm2, thinned.bleeding_points_per_cm2
    return [
        Point(
            words="no session with a disorder of clotting",
            answer=asked({"kept away": screened(disorder).overall == "no"}, disorder),
            published=works({
                "skinpen-consent": "contraindication of the label, as a clinic prints it",
                "exceed-manual-34": "the maker's manual names it",
                "dermapen4-manual-23": "the maker's manual names it",
            }),
        ),
        Point(
            words="a session under a blood thinner bleeds more",
            answer=Answer(
                words=f"bleeding points per cm²: {spread(under)} under an anticoagulant, {spread(without)} without",
                command=f'neodermis injure "{ONE}" --exposure anticoagulant=yes',
                checks={"more bleeding points in the median": under.median > without.median,
                        "at both ends of the interval": under.lower90 > without.lower90
                        and under.upper90 > without.upper90},
                picture=Picture.bars({"without": without, "anticoagulant": under}, "bleeding points, 1/cm²"),
            ),
            published=(
                source("mayo-bleeding", "B", "for", "skin surgery, pooled: 3.5 against 1.2 %, odds 2.63 (1.9 to 3.63)"),
                source("bleeding-by-drug", "B", "for",
                       "skin surgery, 1,373 people: odds 6.69 under warfarin, 2.0 (not significant) under aspirin"),
            ),
            note="The factor of the model is that of skin surgery, so the two are not independent; bleeding of needled "
            "skin under these drugs has not been counted.",
        ),
        Point(
            words="a blood thinner is a reason not to needle",
            answer=asked(
                {"no session before its prescriber has agreed": stays_away(drug),
                 "none after that either": RULES["ANTICOAG"].override != "prescriber"},
                drug,
            ),
            published=works(
                {"exceed-manual-34": "current blood thinners, aspirin among them: contraindication"},
                {"iyengar-2019": "review: skin surgery goes on with needed drugs",
                 "ucsd-anticoagulation": "a hospital's guidance: the drug goes on in skin surgery"},
            ),
            note=RULES["ANTICOAG"].disagreement,
        ),
    ]  # fmt: skip


PROCEDURES: Final = {
    "BOTOX": ("toxin", {"toxin": YESTERDAY}),
    "FILLER": ("filler", {"filler": YESTERDAY}),
    "SURGERY": ("surgery", {"surgery": YESTERDAY}),
    "PEEL-SUP": ("light peel", {"peel_superficial": YESTERDAY}),
    "PEEL-DEEP": ("deep peel", {"peel_deep": YESTERDAY}),
    "LASER-NA": ("light, laser without wounds", {"laser_nonablative": YESTERDAY}),
    "LASER-ABL": ("laser that removes skin", {"laser_ablative": YESTERDAY}),
    "INTERVAL": ("needling", {"microneedling_last": YESTERDAY}),
}
DRUGS: Final = {
    "ISOTRETINOIN": ("isotretinoin", {"isotretinoin_last_dose": YESTERDAY}),
    "RETINOID-TOPICAL": (
        "vitamin A cream", {"topical_retinoid": '"retinol"', "topical_retinoid_last_use": YESTERDAY},
    ),
}  # fmt: skip


def _waits(rows: Mapping[str, tuple[str, Mapping[str, str]]]) -> dict[str, bool]:
    return {
        f"a day after {words}: wait until a date": stays_away(edits) and screened(edits).until is not None
        for words, edits in rows.values()
    }


def _days(rows: Mapping[str, tuple[str, Mapping[str, str]]]) -> Picture:
    """Days that are used, between the fewest and the most that were reported."""
    shown = {}
    for name, (words, _) in rows.items():
        wait = RULES[name].wait
        assert wait is not None
        each = [wait.days, *(days for days, _ in wait.reported)]
        shown[words] = Interval(wait.days, min(each), max(each))
    return Picture.bars(shown, "days to wait: used, and as reported")


@answers("SUIT-05")
def _before(_: Claim) -> list[Point]:
    keloid, thick = {"keloid": "true"}, {"hypertrophic_scar": "true"}
    drug = DRUGS["ISOTRETINOIN"][1]
    return [
        Point(
            words="a tendency to keloids keeps a session away",
            answer=asked(
                {"keloid": stays_away(keloid), "thick scars, until somebody decides": stays_away(thick)}, keloid
            ),
            published=works(
                {"exceed-manual-34": "keloids or extreme susceptibility: contraindication",
                 "jdd-2024": "letter: contraindication",
                 "skin-of-colour-chapter": "chapter: relative contraindication"},
                {"juhasz-2020": "58 studies, needling of keloids among them, no serious event"},
            ),
            note=RULES["KELOID"].disagreement,
        ),
        Point(
            words="a recent procedure makes wait",
            answer=asked(_waits(PROCEDURES), PROCEDURES["FILLER"][1], _days(PROCEDURES)),
            published=works(
                {"exceed-manual-34": "filler: six months; surgery: twelve",
                 "esthetik-mtl": "toxin, filler, surgery, peels",
                 "aad-2024": "an expert: toxin and filler two weeks before",
                 "sisu": "two weeks after toxin and filler"},
                {"juhasz-2020": "one study of scars combined toxin and needling"},
                source("bont-pores", "D", "against", "one woman: toxin put on needled skin at once"),
            ),
            note=f"Reported days differ much: toxin, {RULES['BOTOX'].disagreement} Filler: "
            f"{RULES['FILLER'].disagreement}",
        ),
        Point(
            words="a recent course of isotretinoin makes wait",
            answer=asked(_waits({"ISOTRETINOIN": DRUGS["ISOTRETINOIN"]}), drug, _days(DRUGS)),
            published=works(
                {"skinpen-consent": "present use: contraindication of the label, as a clinic prints it",
                 "sisu": "a year", "kichi": "six months"},
                {"waldman-2017": "task force: too little evidence to delay light peels and lasers; needling not named",
                 "juhasz-2020": "one study needled during treatment",
                 "winkelmann-isotretinoin": "a dermatologist would needle during treatment"},
            ),
            note=RULES["ISOTRETINOIN"].disagreement,
        ),
    ]  # fmt: skip


@answers("SUIT-06")
def _teenagers(_: Claim) -> list[Point]:
    agreed = {"age": "17", "guardian": "true", "assent": "true"}
    scar = agreed | _wish("acne_scar", 3) | {"severity": "0.5"}
    alone = scar | {"guardian": "false"}
    return [
        Point(
            words="nobody under 18 is treated without a parent's consent",
            answer=asked({"refused, acne scars at 17": screened(alone).overall == "no"}, alone),
            note="A choice of this project; the works behind the rule speak of age, not of consent.",
        ),
        Point(
            words="with it, under professional guidance, a teenager may be treated",
            answer=asked(
                {
                    "a scar, where a prescriber agrees": screened(scar).overall == "refer",
                    "for looks": screened(agreed).overall not in ("no", "refer", "wait"),
                },
                scar,
            ),
            published=works(
                {"cohen-elbuluk-2016": "review: people from 15 on were treated, one with scars of chickenpox"},
                {"fda-microneedling": "devices cleared for people of 22 and over",
                 "den160029": "label: 22 and over"},
                source("jbsaps-65", load_study("jbsaps-65").grade, "for", "acne scars, people from 15 on, 65 in all"),
            ),
            note="This product is stricter: under 18 only a scar, on a prescriber's word, with consent of a guardian "
            f"and assent of the minor, and no course is predicted. {RULES['MINOR'].disagreement}",
        ),
    ]  # fmt: skip


@answers("SUIT-07")
def _consultation(_: Claim) -> list[Point]:
    unsigned, dark = {"treatment_signed": "false"}, {"phototype": "5"}
    visits = dark | {"visits": "2"}
    light_plan, dark_plan = adapted(read(FOUR), screened({})), adapted(read(FOUR), screened(dark))
    few_visits = adapted(read(FOUR), screened(visits))
    light, deep = course(FOUR), course(dark_plan.protocol.sentence, phototype=5)
    gains = [Interval(*(100.0 * each for each in site.peak()[0])) for site in (light, deep)]
    settings = dark_plan.protocol.treatments[0]
    return [
        Point(
            words="no session before risks and benefits were talked over",
            answer=asked({"refused without a signed consent": screened(unsigned).overall == "no"}, unsigned),
            published=works({
                "fda-microneedling-news": "FDA, as told: talk over benefits and risks first",
                "fda-rf-2025": "FDA, as told: serious complications, of radiofrequency",
            }),
        ),
        Point(
            words="skin type changes the plan",
            answer=Answer(
                words=f"phototype 5: {settings.depth_mm:g} mm, {settings.passes:g} passes, "
                f"{dark_plan.protocol.interval_days:g} days apart ({'; '.join(dark_plan.changes)}); largest gain of "
                f"papillary collagen {spread(gains[1])} %, with the plan of phototype 3 {spread(gains[0])} %",
                command=by_screen(dark),
                checks={"another protocol": light_plan.protocol != dark_plan.protocol},
                picture=Picture.bars(
                    {"phototype 3": gains[0], "phototype 5": gains[1]}, "largest gain of papillary collagen, %"
                ),
            ),
            published=works({
                "chu-2021": "dark skin is among the risks, 85 reports",
                "skin-of-colour-chapter": "chapter on skin of colour: a light hand, short needles",
                "dermapen4-manual-23": "the maker's manual names dark skin",
                "chandrashekar-2014": "six weeks apart in phototypes 3 to 5, with radiofrequency",
            }),
            note="How much shallower and how many fewer passes suit dark skin is assumed, and no trial has compared "
            "such a plan with the usual one.",
        ),
        Point(
            words="goals and the visits that a person can spare change the plan",
            answer=asked(
                {
                    "goals reach the simulated person": bool(dark_plan.patient.concerns),
                    "visits change the number of sessions": few_visits.protocol.sessions != dark_plan.protocol.sessions,
                },
                visits,
            ),
            note="Dated care compares visits, days off, budget and an event with the plan; they do not change it.",
        ),
    ]  # fmt: skip


RECORD: Final = {
    SESSION: "", "cartridge_lot": '"A1234"', "cartridge_expires": "2027-12-31", "cartridge_reused": "false",
    "cartridge_sterile": "true",
}  # fmt: skip
CARTRIDGE: Final = {
    "no lot": {"cartridge_lot": '"unknown"'},
    "expired": {"cartridge_expires": YESTERDAY},
    "used before": {"cartridge_reused": "true", "cartridge_sterile": "false"},
    "not sterile": {"cartridge_sterile": "false"},
}
UNLICENSED: Final = {"operator_licence": '"unknown"'}


def hygiene() -> Point:
    """A session goes with a sterile cartridge alone."""
    return Point(
        words="needles are sterile and used once",
        answer=asked(
            {
                f"refused, cartridge {lack}": screened(RECORD | edits).overall == "no"
                for lack, edits in CARTRIDGE.items()
            }
            | {"a complete record is let in": screened(RECORD).overall != "no"},
            RECORD | CARTRIDGE["used before"],
        ),
        published=works({
            "cdc-hiv-2024": "HIV passed on at a spa where needling was done with blood products",
            "k180778": "clearance, cited for a sterile cartridge used once",
            "den160029": "clearance, cited for a sterile cartridge used once",
            "mycobacteria-2025": "28 cases of infection after cosmetic procedures",
        }),
        note="That the record is true nobody here can see.",
    )  # fmt: skip


def licence(words: str) -> Point:
    """A session goes with a licence on record alone."""
    return Point(
        words=words,
        answer=asked({"refused without a licence on record": screened(RECORD | UNLICENSED).overall == "no"},
                     RECORD | UNLICENSED),
        published=works({"exceed-manual-35": "manual: names who may use the device"}),
        note="Training is not asked for, the licence is; that it is valid nobody here can see. No study compares "
        "licensed with other operators.",
    )  # fmt: skip


@answers("SUIT-08")
def _professional(_: Claim) -> list[Point]:
    return [licence("the operator holds a licence"), hygiene()]
