"""Claims on devices and on the injury that they make."""

from __future__ import annotations

from typing import Final

import numpy as np

from neodermis.claims.ledger import Answer, Claim, Picture, Point, answers
from neodermis.claims.runs import FOUR, ONE, course, matters, published, session, source
from neodermis.course import SiteCourse
from neodermis.session import Floats, Interval
from neodermis.skin.tissue import load_sites
from neodermis.treatment import load_devices
from neodermis.wording import spread, with_interval

ROLLER: Final = "1 session: roller_mf8; cheek 1.5 mm, 8 passes"
STAMP: Final = "1 session: stamp 40 x 0.25 mm; cheek 1.5 mm, 6 passes"
HOME: Final = "1 session: home_roller; cheek 0.25 mm, 8 passes"
KINDS: Final = {"pen": ONE, "roller": ROLLER, "stamp": STAMP, "home roller": HOME}


def _percent(interval: Interval) -> Interval:
    return Interval(*(100.0 * value for value in interval))


@answers("DEV-01")
def _tools(_: Claim) -> list[Point]:
    devices = load_devices().values()
    rollers, pens = ([d for d in devices if d.kind == kind] for kind in ("roller", "pen"))
    most = max(d.needles.high for d in rollers if d.needles is not None)
    entries = {name: session(sentence).channels_per_cm2 for name, sentence in KINDS.items()}
    return [
        Point(
            words="rollers carry hundreds of needles, pens have a depth and a rate to set, and both run",
            answer=Answer(
                words=f"{len(rollers)} rollers (up to {most:.0f} needles), {len(pens)} pens in the catalogue; entries "
                + ", ".join(f"{name} {spread(found)}" for name, found in entries.items())
                + " per cm²",
                command="neodermis devices",
                checks={
                    "a roller with more than a hundred needles": most > 100,
                    "pens with a range of depths": all(d.depth_min_mm < d.depth_max_mm for d in pens),
                    "pens with a stroke rate": any(d.frequency_hz is not None for d in pens),
                    "every kind makes channels": all(found.lower90 > 0 for found in entries.values()),
                },
                picture=Picture.bars(entries, "entries per cm²"),
            ),
            published=(
                source("k180778", "B", "for", "official record: a pen of 6 needles, 0 to 1.5 mm"),
                source("den160029", "B", "for", "official record: a pen at 7000 strokes a minute, 0 to 2.5 mm"),
                source("medic8-roller", "D", "for", "rollers of 192 needles"),
            ),
        )
    ]


@answers("DEV-02")
def _channels(_: Claim) -> list[Point]:
    done = {name: session(KINDS[name]) for name in ("pen", "roller", "stamp")}
    pen = done["pen"]
    reach = {name: _percent(s.reach["reticular_dermis"]) for name, s in done.items()}
    injured = {name: _percent(s.papillary_injury) for name, s in done.items()}
    command = f'neodermis injure "{ONE}" --plot injury.png'
    site = course(FOUR)
    risk = site.scarring_risk or 0.0
    return [
        Point(
            words="channels are many",
            answer=Answer(
                words=f"{with_interval(pen.channels_per_cm2)} entries per cm² by a pen",
                command=command,
                effect=pen.channels_per_cm2,
                unit="per cm²",
                matters=100.0,
                picture=Picture.bars({name: s.channels_per_cm2 for name, s in done.items()}, "entries per cm²"),
            ),
            published=(
                source("dermaroller-slides", "D", "for", "a maker's slides: about 250 per cm² after 15 passes"),
                source("k180778", "B", "for", "official record: 100 to 150 strokes a second on 6 needles"),
            ),
        ),
        Point(
            words="channels are tiny: narrower than a quarter of a millimetre",
            answer=Answer(
                words=f"{with_interval(pen.channel_diameter_um)} um wide at the surface after recoil",
                command=command,
                effect=pen.channel_diameter_um,
                unit="um",
                towards="within",
                expected=(0.0, 250.0),
            ),
            published=(source("kalluri-2011", "D", "for", "71 um at the surface after needles of 140 um, rat"),),
        ),
        Point(
            words="channels are shallow: they stay above the reticular dermis",
            answer=Answer(
                words=f"{with_interval(reach['pen'])} % of a pen's entries reach the reticular dermis",
                command=command,
                effect=reach["pen"],
                unit="% of entries",
                towards="within",
                expected=(0.0, 10.0),
                picture=Picture.bars(reach, "% of entries that reach the reticular dermis"),
            ),
            published=(
                source("sasaki-2019", "C", "against", "channels of about the set 1.5 mm, histology of facelift skin"),
            ),
            note="documents call the injury shallow and superficial; what works reaches the dermis",
        ),
        Point(
            words="no damage is done: less than a hundredth of the papillary dermis is killed",
            answer=Answer(
                words=f"{with_interval(injured['pen'])} % of the papillary dermis is killed; that is how it works",
                command=command,
                effect=injured["pen"],
                unit="%",
                towards="within",
                expected=(0.0, 1.0),
                picture=Picture.bars(injured, "% of the papillary dermis killed"),
            ),
            published=(source("aust-2008-rats", "D", "for", "no epidermis lost a day after needling, rats"),),
        ),
        Point(
            words="a clinical course leaves no scar",
            answer=Answer(
                words=f"myofibroblasts stay in {100 * risk:.0f} % of the draws after four sessions",
                command=f'neodermis simulate "{FOUR}" --json',
                checks={"in fewer than one draw of twenty": risk < 0.05},
            ),
            published=(
                source("dogra-2014", "C", "against", "tram tracks in 2 of some 30 people"),
                source("juhasz-2020", "C", "for", "no serious adverse event in 1,845 people, radiofrequency included"),
            ),
        ),
    ]


def gain_after(site: SiteCourse, days: float = 60.0) -> Floats:
    """Papillary collagen over untreated, %, some days after the last session, draw by draw."""
    day = site.last_session_day + days
    return 100.0 * np.array([np.interp(day, site.time_day, row) for row in site.gain()])


@answers("DEV-03")
def _doses(_: Claim) -> list[Point]:
    limits = {site.limit_mm for site in load_sites().values() if not site.zones}
    return [
        Point(
            words="depth is set by area",
            answer=Answer(
                words=f"{len(limits)} limits of depth over the sites, {min(limits):g} to {max(limits):g} mm",
                command="neodermis sites",
                checks={"sites have limits of their own": len(limits) > 1},
            ),
            published=(
                source("cosmetics-2025", "D", "for", "0.2 mm at the eye to 0.5 mm on the cheek, one study's methods"),
                source("depth-guide-glow", "D", "for", "a seller's table by area"),
            ),
        ),
    ]


@answers("DEV-04")
def _home(_: Claim) -> list[Point]:
    home, pen = session(HOME), session(ONE)
    opened = _percent(home.open_share)
    many = "4 sessions every 30 days: home_roller; cheek 0.25 mm, 8 passes"
    gain = Interval.of(gain_after(course(many)))
    least = matters("collagen_papillary", course(FOUR))
    red = home.erythema_hours
    return [
        Point(
            words="home rollers do not reach an effective depth: no collagen that matters",
            answer=Answer(
                words=f"four sessions at 0.25 mm: papillary collagen {with_interval(gain, unit='%', signed=True)}",
                command=f'neodermis simulate "{many}"',
                effect=gain,
                unit="%",
                towards="within",
                expected=(-least, least),
                picture=Picture.bars(
                    {"home roller": gain, "pen": Interval.of(gain_after(course(FOUR)))}, "% more papillary collagen"
                ),
            ),
            published=published("roughness_ra", "cutometer_r2", direction="none", shallow=True, only=("xu-2017-txa",)),
            note="the published array is 0.25 mm and weekly, against a sham device",
        ),
        Point(
            words="home rollers open the barrier all the same",
            answer=Answer(
                words=f"{with_interval(opened)} % of the surface is open right after",
                command=f'neodermis injure "{HOME}"',
                effect=opened,
                unit="%",
                matters=0.05,
                picture=Picture.bars({"home roller": opened, "pen": _percent(pen.open_share)}, "% of the surface open"),
            ),
            published=(
                source("bal-2008", "B", "for", "water loss rises after arrays of 0.2 and 0.4 mm, 18 volunteers"),
                source("kalluri-2011", "D", "for", "dye enters after 0.37 mm, rats"),
            ),
        ),
        Point(
            words="home rollers may irritate",
            answer=Answer(
                words=f"redness for {with_interval(red, unit='hours')}",
                command=f'neodermis injure "{HOME}"',
                effect=red,
                unit="hours",
                matters=1.0,
            ),
            published=(source("bal-2008", "B", "for", "redness after arrays of 0.2 and 0.4 mm, gone within 2 h"),),
            note="dirt, wrong strokes and daily use are what documents mean; none of them is simulated",
        ),
        Point(
            words="home devices lack precision: depth spreads further than a pen's",
            answer=Answer(
                words=f"depth reached {with_interval(home.reached_depth_mm, unit='mm')} set to 0.25, a pen's "
                f"{with_interval(pen.reached_depth_mm, unit='mm')} set to 1.5",
                command=f'neodermis injure "{HOME}" --compare "{ONE}"',
                effect=_ratio(home.reached_depth_mm, pen.reached_depth_mm),
                unit="times as wide",
                towards="higher",
                matters=1.0,
            ),
        ),
    ]


def _ratio(one: Interval, other: Interval) -> Interval:
    """Relative width of an interval over that of another."""
    ratio = ((one.upper90 - one.lower90) / max(one.median, 0.01)) / ((other.upper90 - other.lower90) / other.median)
    return Interval(ratio, ratio, ratio)
