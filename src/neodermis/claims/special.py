"""Answers that the point files cannot describe: each function adds checks, texts, published results or a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import numpy as np

from neodermis.api import read, simulate
from neodermis.care.advice import load_care
from neodermis.care.rules import load_rules
from neodermis.care.suitability import adapted
from neodermis.claims.ledger import Evidence, Picture
from neodermis.claims.readings import Amount, Reading
from neodermis.claims.runs import TODAY, Run, plan
from neodermis.errors import InputError
from neodermis.evidence import load_study
from neodermis.simulation.session import Floats, Interval
from neodermis.simulation.states import States
from neodermis.skin.tissue import load_sites
from neodermis.treatment import load_devices


@dataclass(frozen=True, kw_only=True)
class Special:
    """Additions of a function to its point."""

    values: Mapping[str, Any] = field(default_factory=dict)
    """Values for the texts of the point, by name."""
    checks: Mapping[str, bool] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    picture: Picture | None = None


# ---------------------------------------------------------------------------------------------------------- pictures


def times(names: Sequence[str], read: Reading) -> Picture:
    """Times in the calendar, between the first and the last time that sources give."""
    items, shown = {item.id: item for item in load_care().items}, {}
    for name in names:
        value = read.but(name=name).interval().median
        low, high = items[name].span or (value, value)
        shown[name.partition(".")[2]] = Interval(value, min(low, value), max(high, value))
    return Picture.bars(shown, f"{items[names[0]].unit}: used, and range of the sources")


def waits(rules: Mapping[str, str]) -> Picture:
    """Waiting periods in days, between the shortest and the longest reported."""
    shown = {}
    for words, name in rules.items():
        wait = load_rules().rules[name].wait
        assert wait is not None  # each of them waits
        each = [wait.days, *(days for days, _ in wait.reported)]
        shown[words] = Interval(wait.days, min(each), max(each))
    return Picture.bars(shown, "waiting period, days: used, and reported range")


# --------------------------------------------------------------------------------------------------------- functions


def tools() -> Special:
    """Rollers and pens of the catalogue, and channels per cm² by kind of device."""
    devices = load_devices().values()
    rollers, pens = ([d for d in devices if d.kind == kind] for kind in ("roller", "pen"))
    most = max(d.needles.high for d in rollers if d.needles is not None)
    kinds = {"pen": "one", "roller": "roller", "stamp": "stamp", "home roller": "home"}
    entries = {name: Run(of="session", plan=one).session().channels_per_cm2 for name, one in kinds.items()}
    return Special(
        values={
            "rollers": len(rollers), "most": most, "pens": len(pens),
            "entries": ", ".join(f"{name} {Amount(found):spread}" for name, found in entries.items()),
        },
        checks={
            "a roller with more than a hundred needles": most > 100,
            "pens with a range of depths": all(d.depth_min_mm < d.depth_max_mm for d in pens),
            "pens with a stroke rate": any(d.frequency_hz is not None for d in pens),
            "every kind makes channels": all(found.lower90 > 0 for found in entries.values()),
        },
        picture=Picture.bars(entries, "channels per cm²"),
    )  # fmt: skip


def limits() -> Special:
    """Depth limits of the sites."""
    found = {site.limit_mm for site in load_sites().values() if not site.zones}
    return Special(
        values={"count": len(found), "least": min(found), "most": max(found)},
        checks={"sites have different depth limits": len(found) > 1},
    )


def still_falling() -> Special:
    """Scores that continued to fall after the last session, from the only study that reports several times."""
    study = load_study("minh-2019")
    rows = [f for f in study.arms[0].findings if f.outcome == "goodman_baron_grade" and f.relative_change is not None]
    first, last = (100.0 * (row.relative_change or 0.0) for row in (rows[0], rows[-1]))
    words = f"grade {first:+.0f} % at the last session, {last:+.0f} % two months later, unblinded"
    found = Evidence(key=study.id, grade=study.grade, says="for" if last < first else "against", words=words)
    return Special(evidence=(found,))


def rebound() -> Special:
    """Pooled decreases by week: whether the last is still close to the largest."""
    study = load_study("txa-melasma-meta")
    falls = [f.change for arm in study.arms for f in arm.findings if f.change is not None]
    words = f"pooled decreases by week: {', '.join(f'{fall:g}' for fall in falls)} points, with tranexamic acid"
    kept = falls[-1] <= 0.9 * min(falls)
    return Special(
        evidence=(Evidence(key=study.id, grade=study.grade, says="for" if kept else "against", words=words),)
    )


def _recovery(found: States, values: Floats, start: float) -> float:
    """Time after a session until 5 % of the rise that it causes remains, d."""
    days = found.days
    first = int(np.flatnonzero(days <= start)[-1])  # immediately after the session
    window = (days >= start) & (days <= start + 300.0) & (np.arange(len(days)) >= first)
    since = days[window] - start
    rise = np.abs(values[window] - values[window][-1])
    top = int(rise.argmax())
    return float(since[top:][np.flatnonzero(rise[top:] < 0.05 * rise[top])[0]])


#: Smallest relative shortening of a time that counts as faster.
FASTER: Final = 0.05
_SEEN: Final[Mapping[str, Callable[[States], Floats]]] = {
    "channels re-epithelialise earlier": lambda s: s.surface["unepithelialised_fraction"],
    "damaged tissue is cleared earlier": lambda s: s.layer_mean("damage", "papillary"),
    "neutrophils disappear earlier": lambda s: s.layer_mean("neutrophil", "papillary"),
    "the inflammatory signal disappears earlier": lambda s: s.layer_mean("inflammatory", "papillary"),
    "activated fibroblasts disappear earlier": lambda s: s.layer_mean("activated", "papillary"),
}


def second_injury() -> Special:
    """Recovery times of a second and of a first session at the same age, in photodamaged skin."""
    hurt = {"photodamage": "glogau:4"}
    first = Run(of="states", age=56, concerns=hurt, until=330.0).states()
    later = Run(of="states", plan="two_yearly", age=55, concerns=hurt, until=700.0).states()
    days = {name: (_recovery(later, of(later), 365.0), _recovery(first, of(first), 0.0)) for name, of in _SEEN.items()}
    changes = {name: mine / its - 1.0 for name, (mine, its) in days.items()}
    return Special(
        values={"days": "; ".join(f"{name}: {mine:.1f} and {its:.1f}" for name, (mine, its) in days.items())},
        checks={name: change < -FASTER for name, change in changes.items()},
        picture=Picture.bars(
            {name: Interval(*(100.0 * change,) * 3) for name, change in changes.items()}, "change of the time, %"
        ),
    )


#: Previous procedure → its field of the consultation and its rule.
BEFORE: Final[Mapping[str, tuple[str, str]]] = {
    "superficial peel": ("peel_superficial", "PEEL-SUP"),
    "deep peel": ("peel_deep", "PEEL-DEEP"),
    "non-ablative laser": ("laser_nonablative", "LASER-NA"),
    "ablative laser": ("laser_ablative", "LASER-ABL"),
}


def apart() -> Special:
    """Whether the screening requires the waiting period of each rule, and no longer one."""
    checks, shown = {}, {}
    for told, (name, rule) in BEFORE.items():
        wait = load_rules().rules[rule].branches[0].wait
        assert wait is not None  # each of them waits
        shown[told] = wait.days
        half, whole = (
            Run(of="screening", edits={name: TODAY - timedelta(days=int(days))}).screening().overall
            for days in (wait.days / 2.0, wait.days)
        )
        checks[f"{told}, half of the waiting period ago: wait"] = half == "wait"
        checks[f"{told}, {wait.days:g} days ago: treatment is possible"] = whole in ("go", "adapt")
    return Special(
        values={"waits": ", ".join(f"{told} {days:g}" for told, days in shown.items())},
        checks=checks,
        picture=Picture.bars({told: Interval(*(days,) * 3) for told, days in shown.items()}, "waiting period, days"),
    )


def _plan_for(**edits: Any) -> Any:
    return adapted(read(plan("four")), Run(of="screening", edits=edits).screening())


def by_skin_type() -> Special:
    """Plans for phototypes 3 and 5, and the largest collagen gain of each."""
    light, dark = _plan_for(), _plan_for(phototype=5)
    deep = simulate(dark.protocol.sentence, phototype=5, draws=100).sites
    gains = [
        Interval(*(100.0 * each for each in site.peak()[0])) for site in (Run().course(), next(iter(deep.values())))
    ]
    settings = dark.protocol.phases[0].treatments[0]
    return Special(
        values={
            "settings": f"{settings.depth_mm:g} mm, {settings.passes:g} passes, "
            f"{dark.protocol.phases[0].interval_days:g} days apart",
            "changes": "; ".join(dark.changes), "light": Amount(gains[0]), "dark": Amount(gains[1]),
        },
        checks={"phototype changes the protocol": light.protocol != dark.protocol},
        picture=Picture.bars({"phototype 3": gains[0], "phototype 5": gains[1]},
                             "largest gain of papillary collagen, %"),
    )  # fmt: skip


def by_wishes() -> Special:
    """Effects of goals and available visits on the plan."""
    dark, few = _plan_for(phototype=5), _plan_for(phototype=5, visits=2)
    return Special(
        checks={
            "goals enter the simulated patient": bool(dark.patient.concerns),
            "available visits change the number of sessions": few.protocol.session_days != dark.protocol.session_days,
        }
    )


def refused() -> Special:
    """The error for a depth beyond the limit of the site."""
    message = ""
    try:
        Run(of="care", plan="beyond").care()
    except InputError as error:
        message = str(error)
    return Special(
        values={"refusal": message.partition("\n")[0]},
        checks={"a depth beyond the limit of the site is refused": bool(message)},
    )


def numbed() -> Special:
    """The anaesthetic in the calendar, by site and depth."""
    places = {"cheek 0.25 mm": "once_hair", "cheek 1.5 mm": "one", "face 1 mm": "face"}
    chosen = {place: Run(of="care", plan=name).care().care.numbing.chosen.id for place, name in places.items()}
    return Special(
        values={"chosen": "; ".join(f"{place}: {name.replace('_', ' ')}" for place, name in chosen.items())},
        checks={place: name != "none_cooling" for place, name in chosen.items()},
    )


FUNCTIONS: Final[Mapping[str, Callable[[], Special]]] = {
    function.__name__: function
    for function in (
        tools, limits, still_falling, rebound, second_injury, apart, by_skin_type, by_wishes, refused, numbed,
    )
}  # fmt: skip
