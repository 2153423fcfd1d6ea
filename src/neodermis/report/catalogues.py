"""Shipped catalogues: each entry as JSON values, and a table with the columns relevant to a choice.

Imports of a catalogue are deferred: printing the devices does not load the parameters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from neodermis.errors import InputError, UnknownNameError
from neodermis.report.blocks import Page, Table

if TYPE_CHECKING:
    from neodermis.evidence import ParameterSet
    from neodermis.treatment.device import LabelledCourse

Entry = dict[str, Any]
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One catalogue.

    Attributes
    ----------
    title
        Title of the table.
    names
        The names of the entries, in order.
    entry
        An entry by any of its names; an error for an unknown name gives the closest one.
    header, rows
        Columns of the table, and the rows of an entry.
    full
        Full view of an entry.
    document
        The JSON document of some entries.
    """

    title: Callable[[], str]
    names: Callable[[], Iterable[str]]
    entry: Callable[[str], Entry]
    header: Sequence[str]
    rows: Callable[[Entry], Rows]
    full: Callable[[Entry], Entry] = lambda entry: entry
    document: Callable[[list[Entry]], object] = lambda entries: entries

    def entries(self, filters: Mapping[str, str | None], find: str | None = None) -> list[Entry]:
        """Entries with these field values whose text contains the word.

        Raises
        ------
        InputError
            No entry has this value; names the closest and all values.  No text contains the word.
        """
        found = [self.entry(name) for name in self.names()]
        for field, value in filters.items():
            if value is not None:
                known = {str(entry[field]) for entry in found if field in entry}
                if value not in known:
                    raise UnknownNameError(field.replace("_", " "), value, known, field=f"filter.{field}")
                found = [entry for entry in found if str(entry.get(field)) == value]
        if find is not None:
            found = [one for one in found if find.casefold() in json.dumps(one, ensure_ascii=False).casefold()]
            if not found:
                raise InputError(
                    field="filter.find", value=find, accepted="a text of at least one entry", whose="this catalogue",
                    next_step="give a shorter part of the word, or leave it out for every entry",
                )  # fmt: skip
        return found

    def listing(self, entries: Sequence[Entry]) -> Page:
        """Page of a list of entries; the title gives their number if not all are listed."""
        title, count = self.title(), len([*self.names()])
        rows = [row for entry in entries for row in self.rows(entry)]
        return [Table(title if len(entries) == count else f"{title}: {len(entries)} of {count}", self.header, rows)]


def entry_page(entry: Entry) -> Page:
    """Page of one entry: the name of each field, and its values one below the other."""
    rows: list[tuple[str, str]] = []
    for name, value in entry.items():
        for number, item in enumerate(value if isinstance(value, list) else [value]):
            told = "; ".join(f"{k}: {v}" for k, v in item.items()) if isinstance(item, dict) else str(item)
            rows.append((name if number == 0 else "", told))
    return [Table("", (), rows)]


def _sources(keys: Iterable[str]) -> list[str]:
    from neodermis.evidence import load_bibliography

    known = load_bibliography()
    return [f"{key}: {known[key].text}" for key in keys]


def _parameters() -> ParameterSet:
    from neodermis.evidence import load_parameters

    return load_parameters()


def _printed(row: Any) -> Entry:
    """A record without the fields that its source does not report."""
    return {name: value for name, value in asdict(row).items() if value is not None}


def _text(value: Any, form: str = "g") -> str:
    """A number, or nothing without one."""
    return "" if value is None else f"{value:{form}}"


# ----------------------------------------------------------------------------------------------- treatment


def _actives() -> Iterable[str]:
    from neodermis.treatment.active import load_actives

    return load_actives()


def active_entry(name: str) -> Entry:
    """One active, without unknown values."""
    from neodermis.report.delivery import source_keys
    from neodermis.treatment.active import find_active

    one = find_active(name)
    entry: Entry = {"id": one.id, "label": one.label, "aliases": list(one.aliases), "kind": one.kind}
    numbers = {
        "molar_mass_g_mol": one.molar_mass, "log_kow": one.log_kow, "solubility_mg_ml": one.solubility_mg_ml,
        "radius_nm": one.radius_nm, "usual_percent": one.usual_percent, "most_percent": one.most_percent,
        "plasma_limit_ug_ml": one.plasma_limit_ug_ml, "label_mg": one.label_mg, "label_cm2": one.label_cm2,
    }  # fmt: skip
    entry |= {name: value for name, value in numbers.items() if value is not None}
    if one.permeability_cm_h is not None:
        entry["permeability_cm_h"] = list(one.permeability_cm_h)
        entry["permeability_of"] = one.permeability_of
    texts = {"most_whose": one.most_whose, "systemic": one.systemic, "note": one.note}
    entry |= {name: text for name, text in texts.items() if text}
    return entry | {
        "open_skin": one.open_skin,
        "open_skin_why": one.open_skin_why,
        "effects": [
            {
                "on": effect.on, "grade": effect.grade, "sized": effect.sized, "note": effect.note,
                **({"through": effect.through} if effect.through else {}), "sources": list(effect.sources),
            }
            for effect in one.effects
        ],
        "sources": list(source_keys(one)),
    }  # fmt: skip


def _active_rows(entry: Entry) -> Rows:
    measured = entry.get("permeability_cm_h")
    return [
        (
            entry["id"],
            _text(entry.get("molar_mass_g_mol"), ".7g"),
            _text(entry.get("log_kow")),
            "" if measured is None else f"{measured[0]:.1e} to {measured[1]:.1e}",
            _text(entry.get("usual_percent")),
            entry["open_skin"],
            "; ".join(f"{one['on']}{'' if one['sized'] else ' (no size: off)'}" for one in entry["effects"]),
        )
    ]


def _devices() -> Iterable[str]:
    from neodermis.treatment import load_devices

    return load_devices()


def device_entry(name: str) -> Entry:
    """Show one device with the source of every number."""
    from neodermis.treatment import find_device

    device = find_device(name)
    spans = (
        "needles", "needle_diameter_mm", "needle_tip_radius_um", "needle_taper_mm", "frequency_hz", "head_width_mm",
        "drum_diameter_mm", "drum_width_mm", "head_area_mm2",
    )  # fmt: skip
    return {
        "id": device.id,
        "name": device.name,
        "aliases": list(device.aliases),
        "kind": device.kind,
        "depth": device.depth_range,
        "depth_whose": device.depth_basis,
        "settings": ", ".join(f"{setting:g}" for setting in device.settings_mm) + " mm"
        if device.settings_mm
        else "not known: any depth of the range is used",
        **({"settings_whose": device.settings_basis} if device.settings_mm else {}),
        **{
            span: f"{getattr(device, span)}" + (" (assumed)" if getattr(device, span).assumed else "")
            for span in spans
            if getattr(device, span) is not None
        },
        "usual_passes": f"{device.usual_passes.middle:g} ({device.usual_passes}; {device.usual_passes.grounds})",
        **({"labelled_course": _labelled(device.course)} if device.course else {}),
        "assumptions": device.assumptions(),
        "sources": _sources((*device.sources, *(device.course.sources if device.course else ()))),
    }


def _labelled(course: LabelledCourse) -> str:
    return f"{course.sessions} sessions every {course.interval_days:g} days ({course.basis})"


# ----------------------------------------------------------------------------------------------- skin and people


def _sites() -> Iterable[str]:
    from neodermis.skin.tissue import load_sites

    return load_sites()


def site_entry(name: str) -> Entry:
    """One site, with the thicknesses as published."""
    from neodermis.skin.tissue import find_site

    site = find_site(name)
    zones = {"zones": {name: round(share, 3) for name, share in site.zones.items()}}
    scars = {"scar_limit_mm": site.scar_limit_mm, "scar_limit_whose": site.scar_limit_whose}
    return {
        "id": site.id,
        "label": site.label,
        "aliases": list(site.aliases),
        **(zones if site.zones else {"under": site.under}),
        "limit_mm": site.limit_mm,
        "limit_whose": site.limit_whose,
        **({"excluded": site.excluded} if site.excluded else {}),
        **(scars if site.scar_limit_mm is not None else {}),
        "treated_area_cm2": site.treated_area_cm2,
        "treated_area_why": site.treated_area_why,
        **({"borrowed": site.borrowed} if site.borrowed else {}),
        "thickness": [_printed(row) for row in site.thickness],
        "reported": [_printed(row) for row in site.reported],
        "also_published": [dict(row) for row in site.also_published],
    }


def _outcomes() -> Iterable[str]:
    from neodermis.skin.outcomes import OUTCOMES

    return OUTCOMES


def outcome_entry(name: str) -> Entry:
    """One outcome; for an outcome that is not modelled, with the published results."""
    from neodermis.skin.outcomes import find_outcome

    entry = {key: value for key, value in asdict(find_outcome(name)).items() if value not in ("", None, ())}
    if "not_modelled" in entry:
        from neodermis.evidence.reported import reported

        found = reported(name)
        entry |= {} if found is None else {"published": found.sentence, "sources": list(found.sources)}
    return entry


def _outcome_rows(entry: Entry) -> Rows:
    limits = "" if "range" not in entry else "{:g} to {:g}".format(*entry["range"])
    marks = {"direction_only": "direction only", "not_modelled": "not modelled in this version"}
    about = "; ".join([entry["definition"], *(mark for key, mark in marks.items() if entry.get(key))])
    return [(entry["name"], entry["kind"], entry.get("unit", ""), limits, entry["better"], about)]


def _unit(unit: str) -> str:
    return {"1": "", "1/d": " a day", "1/week": " a week", "year": " years"}.get(unit, f" {unit}")


def _size(name: str) -> str:
    """A parameter that sets the size of an effect, in one line."""
    one = _parameters()[name]
    off = " (off)" if one.uncertainty.kind == "off" else ""
    return f"{name}: {one.value:g}{_unit(one.unit)}, {one.status}{off}"


def _exposures() -> Iterable[str]:
    from neodermis.people import load_exposures

    return load_exposures()


def exposure_entry(name: str) -> Entry:
    """One exposure, with its sizes and their sources."""
    from neodermis.people import find_exposure

    kind, known = find_exposure(name), _parameters()
    off = all(known[size].uncertainty.kind == "off" for size in kind.sized_by)
    return {
        "name": kind.name,
        "label": kind.label,
        "of": kind.of,
        "accepted": f"{kind.low:g} to {kind.high:g}{_unit(kind.unit)}",
        "words": [word if number > kind.high else f"{word}: {number:g}" for word, number in kind.words.items()],
        "example": f"{kind.name}={kind.example}",
        "changes": list(kind.rates),
        "acts": "off: no sourced effect size" if off and kind.sized_by else "no effect in this model" if off else "yes",
        "sizes": [_size(size) for size in kind.sized_by],
        "sources": sorted({key for size in kind.sized_by for key in known[size].sources}),
        "note": kind.note,
    }


def _concerns() -> Iterable[str]:
    from neodermis.people import load_concerns

    return load_concerns()


def concern_entry(name: str) -> Entry:
    """Show one concern, with its scales and the state that a grade represents."""
    from neodermis.people import find_concern

    kind = find_concern(name)
    return {
        "name": kind.name,
        "label": kind.label,
        "aliases": list(kind.aliases),
        "state": kind.state or f"none; this version cannot predict it: {kind.cannot_answer}",
        "scales": [f"{name}: {scale.low:g} to {scale.top:g}" for name, scale in kind.scales.items()]
        + [f"share: 0 to {kind.most:g}"],
        "example": f"{kind.name}={kind.example}",
        "answers": list(kind.answers),
        "sizes": [_size(size) for size in kind.sized_by],
        **({"types": [f"{part}: {share:g} %" for part, share in kind.types.items()]} if kind.types else {}),
    }


def _concern_rows(entry: Entry) -> Rows:
    scales = [scale.partition(":")[0] for scale in entry["scales"]]
    return [(entry["example"], ", ".join(scales[:-1] or scales), entry["state"])]


# ----------------------------------------------------------------------------------------------- what is known


def parameter_entry(name: str) -> Entry:
    """Show one parameter, with the reason for its value."""
    p = _parameters()[name]
    calibrated: Entry = {}
    if p.prior is not None and p.contraction is not None:
        from neodermis.evidence.posterior import load_posterior

        informed = load_posterior().informed_by.get(name)
        calibrated = {
            "prior90": list(p.prior.interval()), "posterior90": list(p.uncertainty.interval()),
            "contraction": round(p.contraction, 3),
            "informed_by": list(informed) if informed else "prior: no study does",
        }  # fmt: skip
    return {
        "name": p.name,
        "mechanism": p.mechanism,
        "value": p.value,
        "unit": p.unit,
        "status": p.status,
        "uncertainty90": list(p.uncertainty.interval()),
        "variability90": list(p.variability.interval()),
        "sources": list(p.sources),
        "why": p.why,
        **calibrated,
    }


def _parameter_rows(entry: Entry) -> Rows:
    interval = "{:.3g} to {:.3g}".format(*entry["uncertainty90"])
    value, sources = f"{entry['value']:g} {entry['unit']}", ", ".join(entry["sources"])
    return [(entry["name"], entry["mechanism"], value, interval, entry["status"], sources)]


def _rules() -> Iterable[str]:
    from neodermis.care.rules import load_rules

    return load_rules().rules


def _rule_entry(name: str) -> Entry:
    from neodermis.care.rules import find_rule
    from neodermis.care.telling import rule_document

    return rule_document(find_rule(name))


def _rule_rows(entry: Entry) -> Rows:
    named = (str(entry[key]) for key in ("id", "condition", "category"))
    after = (str(entry[key]) for key in ("override", "tier"))
    return [(*named, _text(entry.get("days")), *after, "" if entry["active"] else "off")]


def _studies() -> Iterable[str]:
    from neodermis.evidence import study_ids

    return study_ids()


def study_entry(name: str) -> Entry:
    """One study, by shipped id or findings file; only a file is checked against the catalogue of outcomes here."""
    from neodermis.evidence import load_study, study_ids

    if name in study_ids():
        study = load_study(name)
    else:
        from neodermis.api import checked_study  # loads the model, which a list of studies does not need

        study = checked_study(name)
    return {**asdict(study), "cited": study.cited}


def _study_rows(entry: Entry) -> Rows:
    return [
        (entry["id"], arm["id"], str(entry["n"]), entry["design"], arm["protocol"], str(len(arm["findings"])))
        for arm in entry["arms"]
    ]


def _fields(*names: str) -> Callable[[Entry], Rows]:
    """A row with some fields of an entry."""

    def rows(entry: Entry) -> Rows:
        values = [entry.get(name, "") for name in names]
        return [["; ".join(value) if isinstance(value, list) else str(value) for value in values]]

    return rows


CATALOGUES: Final[Mapping[str, Catalogue]] = {
    "actives": Catalogue(
        title=lambda: "Actives", names=_actives, entry=active_entry,
        header=("id", "g/mol", "log Kow", "permeability, cm/h", "usual %", "open channels", "acts on"),
        rows=_active_rows, full=lambda entry: entry | {"sources": _sources(entry["sources"])},
    ),
    "devices": Catalogue(
        title=lambda: "Devices", names=_devices, entry=device_entry,
        header=("id", "name", "kind", "depth", "needles", "diameter, mm"),
        rows=_fields("id", "name", "kind", "depth", "needles", "needle_diameter_mm"),
    ),
    "sites": Catalogue(
        title=lambda: "Sites", names=_sites, entry=site_entry,
        header=("id", "label", "also called", "usual limit of depth"),
        rows=lambda entry: [
            (entry["id"], entry["label"], ", ".join(entry["aliases"]), f"{entry['limit_mm']:g} mm")
        ],
    ),
    "outcomes": Catalogue(
        title=lambda: "Outcomes", names=_outcomes, entry=outcome_entry,
        header=("name", "kind", "unit", "range", "better", "definition"), rows=_outcome_rows,
    ),
    "exposures": Catalogue(
        title=lambda: "Exposures", names=_exposures, entry=exposure_entry,
        header=("example", "unit", "acts on", "active"), rows=_fields("example", "of", "changes", "acts"),
    ),
    "concerns": Catalogue(
        title=lambda: "Concerns", names=_concerns, entry=concern_entry,
        header=("example", "scales", "represented by"), rows=_concern_rows,
    ),
    "parameters": Catalogue(
        title=lambda: "Parameters of set {0.name} {0.version}".format(_parameters()),
        names=lambda: [one.name for one in _parameters()], entry=parameter_entry,
        header=("name", "mechanism", "value", "90 % uncertainty", "status", "sources"), rows=_parameter_rows,
        document=lambda entries: {
            **{name: getattr(_parameters(), name) for name in ("name", "version", "sha256")}, "parameters": entries
        },
    ),
    "rules": Catalogue(
        title=lambda: "Screening rules", names=_rules, entry=_rule_entry,
        header=("id", "condition", "category", "days", "overridden by", "tier", ""), rows=_rule_rows,
    ),
    "evidence": Catalogue(
        title=lambda: "Studies", names=_studies, entry=study_entry,
        header=("study", "arm", "n", "design", "protocol", "findings"), rows=_study_rows,
    ),
}  # fmt: skip
