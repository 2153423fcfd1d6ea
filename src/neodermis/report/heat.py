"""Report of the injury by a session of heat: summary sentences, tables and the JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

from neodermis.report.common import Row, plain_list, run_entries
from neodermis.report.injury import LAYER_NAMES, short_spread
from neodermis.simulation.heat import EFFECTS, HeatInjuries, HeatSession, HeatSite
from neodermis.treatment.heat import KINDS
from neodermis.uncertain import Interval
from neodermis.wording import number_text, with_interval

#: Effect → its word in a table.
WORDS: Final = {"ablated": "ablated, %", "coagulated": "coagulated, %", "stressed": "stressed, %"}


def _said(interval: Interval, unit: str = "", scale: float = 1.0) -> str:
    """``median unit (90 % credible interval low to high)``; without the interval where all three read the same."""
    texts = {number_text(scale * value) for value in interval}
    return f"{texts.pop()} {unit}".rstrip() if len(texts) == 1 else with_interval(interval, scale=scale, unit=unit)


def heat_sentences(done: HeatInjuries) -> list[str]:
    """Summary sentences site by site, then what they rest on."""
    lines = []
    for name, site in done.sites.items():
        found = _site_sentences(site)
        lines += [f"{name}: {line}" if len(done.sites) > 1 else line for line in found]
    parameters = done.ledger.parameters
    assumed = sum(p.assumed for p in parameters)
    lines.append(
        f"{100 * done.ledger.assumed_share:.0f} % of the {len(parameters)} parameters of heat ({assumed}) are assumed: "
        "no measurement fixes them, and their spread is a judgement."
    )
    if done.ledger.draws == 1:
        lines.append("A single session with central parameter values: without draws there are no intervals.")
    return lines


def _site_sentences(site: HeatSite) -> Iterator[str]:
    s, (device, pass_) = site.session, site.source
    if pass_.sham:
        yield "Sham: a setting is 0, and no heat enters the skin."
        return
    passes = "" if pass_.passes == 1 else f" in each of {pass_.passes} passes"
    yield f"{KINDS[device.kind].capitalize()}: {_said(s.columns_per_cm2)} columns per cm²{passes}."
    if device.kind == "ablative_laser":
        yield (
            f"A column is ablated to {_said(s.ablated_depth_mm, 'mm')}, {_said(s.ablated_width_um, 'µm')} wide at the "
            f"surface; with its coagulated rim it is {_said(s.coagulated_depth_mm, 'mm')} deep and "
            f"{_said(s.coagulated_width_um, 'µm')} wide."
        )
        yield f"{_said(s.open_share, '%', 100.0)} of the surface is removed."
    elif device.kind == "coagulating_laser":
        yield (
            f"A column is coagulated to {_said(s.coagulated_depth_mm, 'mm')}, "
            f"{_said(s.coagulated_width_um, 'µm')} wide at the surface; nothing is removed."
        )
    else:
        yield (
            f"Around a needle tissue is coagulated between {_said(s.coagulated_top_mm, 'mm')} and "
            f"{_said(s.coagulated_depth_mm, 'mm')}, {_said(s.coagulated_width_um, 'µm')} across; 0 where the level is "
            "too low to kill."
        )
    papillary, reticular = s.layers["papillary_dermis"], s.layers["reticular_dermis"]
    yield (
        f"Of the papillary dermis {_said(papillary['ablated'], '%', 100.0)} is ablated and "
        f"{_said(papillary['coagulated'], '%', 100.0)} coagulated, of the reticular dermis "
        f"{_said(reticular['ablated'], '%', 100.0)} and {_said(reticular['coagulated'], '%', 100.0)}; "
        f"{_said(papillary['stressed'], '%', 100.0)} and {_said(reticular['stressed'], '%', 100.0)} are warmed and "
        "survive."
    )
    if device.notes:
        yield f"{device.name}: {device.notes}."


def heat_table(site: HeatSite) -> tuple[Row, list[Row]]:
    """Table of one session at a site: quantity, median with 90 % credible interval, unit."""
    s = site.session
    rows: list[Row] = [
        ("columns of one pass", short_spread(s.columns_per_cm2), "per cm²"),
        ("ablated depth", short_spread(s.ablated_depth_mm), "mm"),
        ("ablated width at the surface", short_spread(s.ablated_width_um), "µm"),
        ("upper end of the coagulated zone", short_spread(s.coagulated_top_mm), "mm"),
        ("lower end of the coagulated zone", short_spread(s.coagulated_depth_mm), "mm"),
        ("coagulated width", short_spread(s.coagulated_width_um), "µm"),
        ("width of the warmed zone", short_spread(s.stressed_width_um), "µm"),
        ("surface removed", short_spread(_percent(s.open_share)), "%"),
        ("settings", str(site.source.pass_), ""),
    ]
    return ("quantity", "value", "unit"), rows


def _percent(share: Interval) -> Interval:
    return Interval(*(100.0 * value for value in share))


def layer_table(site: HeatSite) -> tuple[Row, list[Row]]:
    """Table of the session by layer: depths, and shares ablated, coagulated and stressed with their intervals."""
    from neodermis.skin.tissue import layer_cells

    s = site.session
    rows: list[Row] = []
    for name, cells in layer_cells().items():
        faces = s.depth_faces_mm[cells.start : cells.stop + 1]
        shares = [short_spread(_percent(s.layers[name][effect])) for effect in EFFECTS]
        rows.append((LAYER_NAMES[name], f"{faces[0]:.2f} to {faces[-1]:.2f}", *shares))
    return ("layer", "depth, mm", *WORDS.values()), rows


def session_entry(session: HeatSession, day: float) -> dict[str, Any]:
    """One session at one site as JSON values: medians, 90 % credible intervals, profiles by depth."""
    entry: dict[str, Any] = {"day": day, "site": session.site, "area_cm2": session.area_cm2}
    for one in fields(session):
        value = getattr(session, one.name)
        if isinstance(value, Interval):
            entry[one.name] = value.median
            entry[f"{one.name}_90"] = plain_list([value.lower90, value.upper90])
    entry["layers"] = {
        layer: {
            key: value
            for effect, share in effects.items()
            for key, value in ((effect, share.median), (f"{effect}_90", plain_list([share.lower90, share.upper90])))
        }
        for layer, effects in session.layers.items()
    }
    for name in ("depth_mm", *(f"{effect}_fraction" for effect in EFFECTS)):
        entry[name] = plain_list(getattr(session, name))
    return entry


def heat_document(done: HeatInjuries) -> dict[str, Any]:
    """The JSON document of ``injure`` by heat; each session on skin before the first session."""
    ledger = done.ledger
    return {
        "neodermis": ledger.versions["neodermis"],
        "command": "injure",
        "injury": "heat",
        "protocol": done.protocol.sentence,
        "patient": dict(done.patient),
        **({"beyond_limits": True} if done.exceeds else {}),
        **run_entries(ledger),
        "summary": heat_sentences(done),
        "sessions": [
            session_entry(site.session, visit.day)
            for visit in done.protocol.visits
            for site in done.phases[visit.phase].sites.values()
        ],
    }
