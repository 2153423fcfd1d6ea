"""What no word of the points' files says: each function adds checks, words, published results or a picture to one."""

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
    """What a function adds to its point."""

    values: Mapping[str, Any] = field(default_factory=dict)
    """For the words that are told."""
    checks: Mapping[str, bool] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    picture: Picture | None = None


# ---------------------------------------------------------------------------------------------------------- pictures


def times(names: Sequence[str], read: Reading) -> Picture:
    """Times of the calendar that are used, between the first and the last that sources give."""
    items, shown = {item.id: item for item in load_care().items}, {}
    for name in names:
        value = read.but(name=name).interval().median
        low, high = items[name].span or (value, value)
        shown[name.partition(".")[2]] = Interval(value, min(low, value), max(high, value))
    return Picture.bars(shown, f"{items[names[0]].unit}: used, and as sources give")


def waits(rules: Mapping[str, str]) -> Picture:
    """Days to wait that are used, between the fewest and the most that were reported."""
    shown = {}
    for words, name in rules.items():
        wait = load_rules().rules[name].wait
        assert wait is not None  # each of them waits
        each = [wait.days, *(days for days, _ in wait.reported)]
        shown[words] = Interval(wait.days, min(each), max(each))
    return Picture.bars(shown, "days to wait: used, and as reported")


# --------------------------------------------------------------------------------------------------------- functions


def tools() -> Special:
    """Rollers and pens of the catalogue, and entries by each kind."""
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
        picture=Picture.bars(entries, "entries per cm²"),
    )  # fmt: skip


def limits() -> Special:
    """Limits of depth over the sites."""
    found = {site.limit_mm for site in load_sites().values() if not site.zones}
    return Special(
        values={"count": len(found), "least": min(found), "most": max(found)},
        checks={"sites have limits of their own": len(found) > 1},
    )


def still_falling() -> Special:
    """Scores that kept falling after the last session, from the one study that printed several times."""
    study = load_study("minh-2019")
    rows = [f for f in study.arms[0].findings if f.outcome == "goodman_baron_grade" and f.relative_change is not None]
    first, last = (100.0 * (row.relative_change or 0.0) for row in (rows[0], rows[-1]))
    words = f"grade {first:+.0f} % at the last session, {last:+.0f} % two months on, unblinded"
    found = Evidence(key=study.id, grade=study.grade, says="for" if last < first else "against", words=words)
    return Special(evidence=(found,))


def rebound() -> Special:
    """Pooled falls by week: whether the last is still as large as the largest."""
    study = load_study("txa-melasma-meta")
    falls = [f.change for arm in study.arms for f in arm.findings if f.change is not None]
    words = f"pooled falls by week: {', '.join(f'{fall:g}' for fall in falls)} points, with tranexamic acid"
    kept = falls[-1] <= 0.9 * min(falls)
    return Special(
        evidence=(Evidence(key=study.id, grade=study.grade, says="for" if kept else "against", words=words),)
    )


def _recovery(found: States, values: Floats, start: float) -> float:
    """Days after a session until a twentieth is left of the rise that it causes."""
    days = found.days
    first = int(np.flatnonzero(days <= start)[-1])  # right after the session
    window = (days >= start) & (days <= start + 300.0) & (np.arange(len(days)) >= first)
    since = days[window] - start
    rise = np.abs(values[window] - values[window][-1])
    top = int(rise.argmax())
    return float(since[top:][np.flatnonzero(rise[top:] < 0.05 * rise[top])[0]])


#: A time that is shorter by less is not faster.
FASTER: Final = 0.05
_SEEN: Final[Mapping[str, Callable[[States], Floats]]] = {
    "channels are covered sooner": lambda s: s.surface["unepithelialised_fraction"],
    "damaged tissue goes sooner": lambda s: s.layer_mean("damage", "papillary"),
    "neutrophils go sooner": lambda s: s.layer_mean("neutrophil", "papillary"),
    "the inflammatory signal goes sooner": lambda s: s.layer_mean("inflammatory", "papillary"),
    "activated fibroblasts go sooner": lambda s: s.layer_mean("activated", "papillary"),
}


def second_injury() -> Special:
    """A later session beside a first one at the same age, in photodamaged skin: which of the answers is over sooner."""
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


#: What was done to the area before, as it is told, its field on the form and the rule on it.
BEFORE: Final[Mapping[str, tuple[str, str]]] = {
    "light peel": ("peel_superficial", "PEEL-SUP"),
    "deep peel": ("peel_deep", "PEEL-DEEP"),
    "laser without ablation": ("laser_nonablative", "LASER-NA"),
    "ablative laser": ("laser_ablative", "LASER-ABL"),
}


def apart() -> Special:
    """Whether screening lets a session wait for as long as each rule says, and no longer."""
    checks, shown = {}, {}
    for told, (name, rule) in BEFORE.items():
        wait = load_rules().rules[rule].branches[0].wait
        assert wait is not None  # each of them waits
        shown[told] = wait.days
        half, whole = (
            Run(of="screening", edits={name: TODAY - timedelta(days=int(days))}).screening().overall
            for days in (wait.days / 2.0, wait.days)
        )
        checks[f"{told} half of that ago: wait"] = half == "wait"
        checks[f"{told} {wait.days:g} days ago: may be treated"] = whole in ("go", "adapt")
    return Special(
        values={"waits": ", ".join(f"{told} {days:g}" for told, days in shown.items())},
        checks=checks,
        picture=Picture.bars({told: Interval(*(days,) * 3) for told, days in shown.items()}, "days to wait"),
    )


def _plan_for(**edits: Any) -> Any:
    return adapted(read(plan("four")), Run(of="screening", edits=edits).screening())


def by_skin_type() -> Special:
    """The plan of dark skin beside that of light skin, and what each makes."""
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
        checks={"another protocol": light.protocol != dark.protocol},
        picture=Picture.bars({"phototype 3": gains[0], "phototype 5": gains[1]},
                             "largest gain of papillary collagen, %"),
    )  # fmt: skip


def by_wishes() -> Special:
    """What goals and visits change."""
    dark, few = _plan_for(phototype=5), _plan_for(phototype=5, visits=2)
    return Special(
        checks={
            "goals reach the simulated person": bool(dark.patient.concerns),
            "visits change the number of sessions": few.protocol.session_days != dark.protocol.session_days,
        }
    )


def refused() -> Special:
    """A depth beyond the limit of the site."""
    message = ""
    try:
        Run(of="care", plan="beyond").care()
    except InputError as error:
        message = str(error)
    return Special(
        values={"refusal": message.partition("\n")[0]}, checks={"a depth beyond the limit of the site": bool(message)}
    )


def numbed() -> Special:
    """What the calendar numbs with, by place and depth."""
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
