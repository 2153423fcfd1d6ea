"""Report of the injury by a session: summary sentences, tables and the JSON document.

This module computes only ratios of two injuries, draw by draw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

from neodermis.lazy import numpy as np
from neodermis.report.common import Row, case_entries, plain_list, run_entries
from neodermis.simulation.session import (
    LAYERS,
    Floats,
    Interval,
    SessionEffect,
    weighted,
)
from neodermis.simulation.session_outcomes import REACTION, Injuries, SessionInjury, SiteInjury
from neodermis.skin.tissue import GRID, layer_cells
from neodermis.treatment import Device
from neodermis.treatment.anaesthetic import load_anaesthetics
from neodermis.wording import number_text, spread, with_interval

#: Names of the layers from the surface downwards.
LAYER_NAMES: Final = {
    "stratum_corneum": "stratum corneum",
    "viable_epidermis": "viable epidermis",
    "papillary_dermis": "papillary dermis",
    "reticular_dermis": "reticular dermis",
    "fat": "fat",
}
#: Pain score at which clinicians stop.
PAIN_STOP: Final = 7.0
#: Bleeding points per cm² for the words "no bleeding" and "bleeding all over"; used in texts only.
BLEEDING_WORDS: Final = (0.5, 10.0)
#: Share of the channels in the fat from which a text warns that the setting is too deep.
FAT_WARNING: Final = 0.10
#: Names of the quantiles of the depths.
_QUANTILES: Final = ("5", "25", "50", "75", "95")


# ----------------------------------------------------------------------------------------------- plain sentences


def injury_sentences(injuries: Injuries) -> list[str]:
    """Summary sentences site by site, then the share of assumed parameters."""
    lines = []
    for name, site in injuries.sites.items():
        found = _site_sentences(site, injuries)
        lines += [f"{name}: {line}" if len(injuries.sites) > 1 else line for line in found]
    for number, phase in enumerate(injuries.phases, 1):
        if len(phase.sites) > 1:
            whole = "The whole session" if len(injuries.phases) == 1 else f"The whole session of phase {number}"
            minutes = _said(phase.minutes, "minutes")
            lines.append(f"{whole} takes {minutes}, with one period of topical anaesthesia for all sites.")
    parameters = injuries.ledger.parameters
    assumed = sum(p.assumed for p in parameters)
    lines.append(
        f"{100 * injuries.ledger.assumed_share:.0f} % of the {len(parameters)} parameters ({assumed}) are assumed: "
        "no measurement fixes them, and their spread is a judgement."
    )
    if injuries.ledger.draws == 1:
        lines.append("A single session with central parameter values: without draws there are no intervals.")
    return lines


def _said(interval: Interval, unit: str = "", scale: float = 1.0) -> str:
    """``median unit (90 % credible interval low to high)``; without the interval where all three read the same."""
    if number_text(scale * interval.median) == "1":
        unit = unit.removesuffix("s")
    texts = {number_text(scale * value) for value in interval}
    if len(texts) == 1:
        return f"{texts.pop()} {unit}".rstrip()
    return with_interval(interval, scale=scale, unit=unit)


def _percent(interval: Interval) -> str:
    return _said(interval, "%", 100.0)


def _site_sentences(site: SiteInjury, injuries: Injuries) -> Iterator[str]:
    s, device = site.session, site.source.device
    if s.channels_per_cm2.median <= 0:
        yield "Sham: no needle enters the skin."
        yield f"The session takes {_said(s.minutes, 'minutes')}."
        return
    yield from _entry_sentences(site, device)
    yield (
        f"{_percent(s.papillary_injury)} of the papillary dermis is killed. Immediately afterwards, channels take up "
        f"{_percent(s.open_share)} of the surface. This is an upper bound, since each new channel compresses its "
        "neighbours."
    )
    yield _bleeding_sentence(s, injuries)
    yield from _pain_sentences(s, injuries)
    numbing = ", including topical anaesthesia" if s.anaesthetic == "topical" else ", without anaesthesia"
    yield f"A session takes {_said(s.minutes, 'minutes')} in the chair for {s.area_cm2:.0f} cm²{numbing}."
    yield from reaction_sentences(s)
    yield closure_sentence(s)


def reaction_sentences(session: SessionInjury, after: str = "") -> Iterator[str]:
    """Redness, swelling, flaking, downtime and the probability of a bruise; ``after``: of which session, in words."""
    s = session
    yield (
        f"Redness lasts {_said(s.erythema_hours, 'hours')}{after}, swelling {_said(s.oedema_hours, 'hours')} and "
        f"flaking {_said(s.flaking_days, 'days')}; downtime is {_said(s.downtime_days, 'days')}."
    )
    yield f"The probability of a bruise is {_percent(s.bruising_probability)}."


def closure_sentence(session: SessionInjury) -> str:
    """Closure times of the channels: electrical, geometric and barrier recovery."""
    closed = session.closure_hours
    return (
        f"In air, the channels conduct for {_said(closed['electrical'], 'hours')}. They are closed after "
        f"{_said(closed['geometric'], 'hours')}, and the barrier has recovered after "
        f"{_said(closed['barrier'], 'hours')}. These times were measured after microneedle arrays and rollers; none "
        "was measured after a pen."
    )


def _entry_sentences(site: SiteInjury, device: Device) -> Iterator[str]:
    s, dial = site.session, site.source.pass_.depth_mm
    each = "" if s.spacing_mm is None else f", on average one per square with sides of {_said(s.spacing_mm, 'mm')}"
    yield f"The needles enter {_said(s.channels_per_cm2)} times per cm²{each}."
    ends = _ends(site)
    outside = 1.0 - _share_inside(site)
    fate = max(ends, key=lambda name: ends[name])
    if s.reached_depth_mm.median <= 0:
        yield (
            f"Set to {dial:g} mm, the needles are expected to indent the skin without piercing it "
            f"(90 % credible interval of the depth 0 to {number_text(s.reached_depth_mm.upper90)} mm)."
        )
    else:
        largest = f"the largest share of the entries ({100 * ends[fate]:.0f} %) ends"
        most = "most entries end" if ends[fate] > 0.5 else largest
        yield (
            f"Set to {dial:g} mm, the needles reach {_said(s.reached_depth_mm, 'mm')} below the surface; {most} "
            f"in the {LAYER_NAMES[fate]}."
        )
    reach = s.reach
    reached = [
        f"{_percent(reach[name])} of the entries reach the {LAYER_NAMES[name]}" if number == 0 else
        f"{_percent(reach[name])} the {LAYER_NAMES[name]}"
        for number, name in enumerate(LAYERS[1:])
    ]  # fmt: skip
    yield f"{', '.join(reached[:-1])} and {reached[-1]}."
    dermal = reach["papillary_dermis"].median
    if device.home_use:
        if dermal > 0.5:
            deep = reach["reticular_dermis"].median > 0.05
            yield (
                "This device is sold for home use, but at this setting its needles reach deep into the dermis."
                if deep
                else "This device is sold for home use: its needles open the barrier and just reach the top of the "
                "dermis, which is hardly injured."
            )
        elif reach["papillary_dermis"].upper90 > 0.5:
            yield "This device is sold for home use; its needles should stay above the dermis but may reach it."
        else:
            yield "This device is sold for home use; at this setting its needles do not reach the dermis."
    elif reach["fat"].median > 0.5:
        yield "The effective depth lies below the dermis."
    elif dermal > 0.5:
        yield "The effective depth lies in the dermis, not in the epidermis alone."
    elif reach["papillary_dermis"].upper90 <= 0.5:
        yield "The effective depth lies above the dermis: the needles do not reach collagen."
    if outside > 0.005 and s.reached_depth_mm.median > 0:
        yield (
            f"In {100 * outside:.0f} % of the draws the skin is indented but not pierced: the force of the hand and "
            "the sharpness of the tips are not published."
        )
    fat = float(_draws(site, lambda done: done.beyond[:, LAYERS.index("fat")]).mean())
    if fat > FAT_WARNING:
        bottom = float(s.depth_faces_mm[GRID.dermis.stop])
        yield (
            f"The setting is near or below the lower boundary of the dermis at this site ({bottom:.2g} mm at central "
            f"values; its published thickness is uncertain): over all draws {100 * fat:.0f} % of the entries reach the "
            "fat."
        )


def _bleeding_sentence(s: SessionInjury, injuries: Injuries) -> str:
    points = s.bleeding_points_per_cm2
    none, all_over = BLEEDING_WORDS
    if points.median < none:
        words = "No pinpoint bleeding is expected"
        if points.upper90 >= none:
            words += ", though scattered points are possible"
    else:
        words = (
            "Scattered pinpoint bleeding is expected" if points.median < all_over else "Pinpoint bleeding is expected"
        )
    share = injuries.ledger.parameters["bleeding_share"]
    rests = " (the share of entries that bleed is assumed; no count has been published)" if share.assumed else ""
    return f"{words}: {_said(points)} points per cm²{rests}."


def _pain_sentences(s: SessionInjury, injuries: Injuries) -> Iterator[str]:
    asked = injuries.ledger.request is not None and injuries.ledger.case.anaesthetic != "practice"
    why = "as requested" if asked else "as is usual at this depth"
    if s.anaesthetic == "topical":
        felt, product = s.pain_vas, load_anaesthetics()[s.anaesthetic_product].label
        yield (
            f"Pain is {_said(felt)} of 10 after {_said(s.anaesthetic_minutes, 'minutes')} of {product}, used {why}; "
            f"without one it would be {_said(s.pain_vas_without)}."
        )
    else:
        felt = s.pain_vas_without
        yield f"Pain is {_said(felt)} of 10; no anaesthetic is used, {why}."
    if felt.median > PAIN_STOP:
        yield f"That is above {PAIN_STOP:.0f} of 10, the usual limit at which a session is stopped."
    elif felt.upper90 > PAIN_STOP:
        yield f"It may exceed {PAIN_STOP:.0f} of 10, the usual limit at which a session is stopped."


# ----------------------------------------------------------------------------------------------- numbers by draw


def _draws(site: SiteInjury, of: Callable[[SessionEffect], Any]) -> Floats:
    """A result over the draws (the central member where there are none), zones weighted by area."""
    values = np.asarray(of(weighted(site.batch.shares, site.session_effects)), dtype=float)
    return values[1:] if len(values) > 1 else values


def _ends(site: SiteInjury) -> dict[str, float]:
    """Share of the channels that end in each layer, over all draws."""
    beyond = _draws(site, lambda done: done.beyond).mean(axis=0)
    edges = [1.0, *beyond, 0.0]
    return {name: float(edges[k] - edges[k + 1]) for k, name in enumerate(LAYER_NAMES)}


def _share_inside(site: SiteInjury) -> float:
    """Share of the draws and of the area in which the needles pierce the skin at all."""
    parts = [np.asarray(done.channels.reached_depth_mm) > 0 for done in site.session_effects]
    return sum(
        w * float((part[1:] if len(part) > 1 else part).mean())
        for w, part in zip(site.batch.shares, parts, strict=True)
    )


def short_spread(interval: Interval) -> str:
    """``median (low to high)``; one number where all three are equal."""
    texts = {number_text(value) for value in interval}
    return texts.pop() if len(texts) == 1 else spread(interval)


class _Quantity(NamedTuple):
    """A row of the tables: quantity, unit and draws."""

    label: str
    unit: str
    of: Callable[[SessionEffect], Any]


def _reach(k: int) -> Callable[[SessionEffect], Any]:
    return lambda done: 100.0 * done.beyond[:, k]


_QUANTITIES: Final = (
    _Quantity("entries", "per cm²", lambda done: 100.0 * done.channels.per_mm2),
    _Quantity("depth reached by half of the entries", "mm", lambda done: done.median_depth_mm),
    *(_Quantity(f"entries that reach the {LAYER_NAMES[name]}", "%", _reach(k)) for k, name in enumerate(LAYERS) if k),
    _Quantity("channel width at the surface", "µm", lambda done: 1e3 * done.channel_width_mm),
    _Quantity("surface open immediately after", "%", lambda done: 100.0 * done.open_share),
    _Quantity("papillary dermis killed", "%", lambda done: 100.0 * done.papillary_injury),
    _Quantity("bleeding points (share assumed)", "per cm²", lambda done: 100.0 * done.bleeding_per_mm2),
    _Quantity("needles in the skin at one time", "", lambda done: done.entries.in_contact),
    _Quantity("pain", "of 10", lambda done: done.pain_vas),
    _Quantity("pain without anaesthetic", "of 10", lambda done: done.pain_vas_without),
    _Quantity("time in the chair", "min", lambda done: done.needling_minutes + done.numbing_minutes),
    _Quantity("redness", "h", lambda done: done.reaction.erythema_hours),
    _Quantity("swelling", "h", lambda done: done.reaction.oedema_hours),
    _Quantity("flaking", "days", lambda done: done.reaction.flaking_hours / 24.0),
    _Quantity("downtime", "days", lambda done: done.reaction.downtime_hours / 24.0),
    _Quantity("probability of a bruise", "%", lambda done: 100.0 * done.reaction.bruising_probability),
)


def _shown(values: Any) -> str:
    """Median and interval over draws; empty where some are not finite."""
    array = np.asarray(values, dtype=float)
    return short_spread(Interval.of(array)) if np.isfinite(array).all() else ""


def injury_table(site: SiteInjury) -> tuple[Row, list[Row]]:
    """Table of one session at a site: quantity, median with 90 % credible interval, unit."""
    rows: list[Row] = [(q.label, _shown(_draws(site, q.of)), q.unit) for q in _QUANTITIES]
    if site.session.spacing_mm is not None:
        rows.insert(1, ("spacing", short_spread(site.session.spacing_mm), "mm"))
    rows.append(("topical anaesthetic", site.session.anaesthetic_product or "none", ""))
    return ("quantity", "value", "unit"), rows


def depth_table(site: SiteInjury) -> tuple[Row, list[Row]]:
    """Table of the session by layer at central values: depths, and mean shares killed, open and stretched.

    The share of the entries that reach a layer has its 90 % credible interval.
    """
    s = site.session
    header = ("layer", "depth, mm", "entries that reach it, %", "killed, %", "open, %", "stretched, %")
    some = s.channels_per_cm2.median > 0
    pierced = 100.0 * _draws(site, lambda done: done.channels.reached_depth_mm > 0)
    reached = {"stratum_corneum": _shown(pierced) if some else "0"}
    reached |= {name: short_spread(Interval(*(100.0 * share for share in s.reach[name]))) for name in LAYERS}
    rows: list[Row] = []
    for name, cells in layer_cells().items():
        faces = s.depth_faces_mm[cells.start : cells.stop + 1]
        thickness = np.diff(faces)
        means = [
            number_text(100.0 * float((profile[cells] * thickness).sum() / thickness.sum()))
            for profile in (s.injured_fraction, s.void_fraction, s.stretched_fraction)
        ]
        depths = f"{faces[0]:.2f} to {faces[-1]:.2f}"
        rows.append((LAYER_NAMES[name], depths, reached[name], *means))
    return header, rows


def comparison_table(a: Injuries, b: Injuries) -> tuple[Row, list[Row]]:
    """Two sessions side by side: quantity, A, B, and B over A (draw by draw where both have the same draws).

    Sites of the same name are compared; two protocols of one site each are compared even for different sites.
    """
    header = ("quantity", "A", "B", "B over A")
    rows: list[Row] = [("protocol", a.protocol.sentence, b.protocol.sentence, "")]
    common = [name for name in a.sites if name in b.sites]
    pairs = [(name, name) for name in common]
    if not common and len(a.sites) == len(b.sites) == 1:
        pairs = [(next(iter(a.sites)), next(iter(b.sites)))]
        rows.append(("site", *pairs[0], ""))
    paired = (a.ledger.seed, a.ledger.draws) == (b.ledger.seed, b.ledger.draws)
    for one, other in pairs:
        for q in _QUANTITIES:
            x, y = _draws(a.sites[one], q.of), _draws(b.sites[other], q.of)
            label = f"{q.label}, {q.unit}" if q.unit else q.label
            if len(pairs) > 1:
                label = f"{one}: {label}"
            rows.append((label, _shown(x), _shown(y), _ratio(x, y, paired)))
    alone = [name for both in (a, b) for name in both.sites if name not in {n for pair in pairs for n in pair}]
    if alone:
        rows.append(("not compared", *(", ".join(n for n in alone if n in both.sites) for both in (a, b)), ""))
    return header, rows


def _ratio(x: Floats, y: Floats, paired: bool) -> str:
    """B over A; empty where A is zero or almost never positive."""
    if not np.median(x) > 1e-9:
        return ""
    if not paired or not (x > 0).all():
        return number_text(float(np.median(y) / np.median(x)))
    return short_spread(Interval.of(y / x))


# ----------------------------------------------------------------------------------------------- JSON


def session_entry(session: SessionInjury) -> dict[str, Any]:
    """One session at one site as JSON values: medians, 90 % credible intervals, profiles by depth."""

    def ends(interval: Interval) -> list[float]:
        return plain_list([interval.lower90, interval.upper90])

    injury: dict[str, Any] = {"channels_per_cm2": session.channels_per_cm2.median}
    injury["channels_per_cm2_90"] = ends(session.channels_per_cm2)
    if session.spacing_mm is not None:
        injury["spacing_mm"] = session.spacing_mm.median
        injury["spacing_mm_90"] = ends(session.spacing_mm)
    injury |= {
        "channel_diameter_um": session.channel_diameter_um.median,
        "channel_diameter_um_90": ends(session.channel_diameter_um),
        "reached_depth_mm": session.reached_depth_mm.median,
        "reached_depth_mm_90": ends(session.reached_depth_mm),
        "entry_depth_mm": dict(zip(_QUANTILES, plain_list(session.entry_depth_mm), strict=True)),
        "reach": {name: interval.median for name, interval in session.reach.items()},
        "reach_90": {name: ends(interval) for name, interval in session.reach.items()},
        "open_share": session.open_share.median,
        "open_share_90": ends(session.open_share),
        "papillary_injury": session.papillary_injury.median,
        "papillary_injury_90": ends(session.papillary_injury),
        "bleeding_points_per_cm2": session.bleeding_points_per_cm2.median,
        "bleeding_points_per_cm2_90": ends(session.bleeding_points_per_cm2),
        "depth_mm": plain_list(session.depth_mm),
        "injured_fraction": plain_list(session.injured_fraction),
        "void_fraction": plain_list(session.void_fraction),
        "stretched_fraction": plain_list(session.stretched_fraction),
        "hit_density": plain_list(session.hit_density),
    }
    entry = {
        "day": session.day,
        "site": session.site,
        "injury": injury,
        "anaesthetic": session.anaesthetic,
        **(
            {
                "anaesthetic_product": session.anaesthetic_product,
                "anaesthetic_minutes": session.anaesthetic_minutes.median,
            }
            if session.anaesthetic == "topical"
            else {}
        ),
        "pain_vas": session.pain_vas.median,
        "pain_vas_90": ends(session.pain_vas),
        "pain_vas_without_anaesthetic": session.pain_vas_without.median,
        "minutes": session.minutes.median,
        "minutes_90": ends(session.minutes),
        "closure_hours": {name: hours.median for name, hours in session.closure_hours.items()},
        "closure_hours_90": {name: ends(hours) for name, hours in session.closure_hours.items()},
        **{
            key: value
            for name in REACTION
            for key, value in ((name, getattr(session, name).median), (f"{name}_90", ends(getattr(session, name))))
        },
        **({} if session.pih_probability is None else {"pih_probability": session.pih_probability._asdict()}),
    }
    whole: dict[str, Any] = _finite(entry)
    return whole


def _finite(value: Any) -> Any:
    """The value without non-finite entries; a list that contains one is left out."""
    if isinstance(value, dict):
        kept = {key: _finite(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None}
    if isinstance(value, list):
        return None if any(_finite(item) is None for item in value) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def injury_document(injuries: Injuries) -> dict[str, Any]:
    """The JSON document of ``injure``; each session on skin before the first session."""
    ledger = injuries.ledger
    return {
        "neodermis": ledger.versions["neodermis"],
        "command": "injure",
        **case_entries(injuries.protocol, ledger.request),
        **({} if ledger.request is None else {"anaesthetic": ledger.case.anaesthetic}),
        **run_entries(ledger),
        "summary": injury_sentences(injuries),
        "sessions": [
            session_entry(replace(site.session, day=session.day))
            for session in injuries.protocol.sessions
            for site in injuries.phases[session.phase].sites.values()
        ],
    }  # fmt: skip
