"""Write the reference pages from the code and its data: ``python -m docs.build``.

``--check`` fails where a committed page differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from PIL import Image

from docs import answering, caring, delivering, heating, people, planning, readme
from docs.pages import put, tabled
from neodermis.api import section
from neodermis.claims.record import made as ledger_of
from neodermis.evidence import load_bibliography, load_parameters, load_study, study_ids
from neodermis.names import Names
from neodermis.people import load_concerns, load_exposures
from neodermis.people.concern import concern_names
from neodermis.planning import supported
from neodermis.report.blocks import Block, Code, Heading, Paragraph, Points
from neodermis.report.markdown import markdown
from neodermis.skin.cascade import MECHANISMS, READOUT_MECHANISMS, declarations
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.tissue import load_sites, site_names
from neodermis.treatment import load_devices
from neodermis.treatment.device import device_names

FOLDER = Path(__file__).parent / "reference"


def model() -> Iterator[Block]:
    yield Heading("Model", 1)
    for name in (*MECHANISMS, *READOUT_MECHANISMS, "cascade", "outcomes"):
        head, _, body = (import_module(f"neodermis.skin.{name}").__doc__ or "").partition("\n")
        yield from (Heading(f"skin/{name}.py"), Paragraph(head), Code(body.strip("\n").split("\n")))


def parameters() -> Iterator[Block]:
    shipped = load_parameters()
    assumed = sum(p.assumed for p in shipped)
    yield Heading("Parameters", 1)
    yield Paragraph(f"Set {shipped.name} {shipped.version}: {len(shipped)} parameters, {assumed} of them assumed.")
    for mechanism in (*MECHANISMS, *READOUT_MECHANISMS):
        yield Heading(mechanism)
        yield tabled(
            ("name", "meaning", "value", "90 % uncertainty", "90 % of people", "status", "reason", "sources"),
            (
                (
                    f"`{p.name}`",
                    declarations()[p.name][1].meaning,
                    f"{p.value:g} {p.unit}",
                    "{:.3g} to {:.3g}".format(*p.uncertainty.interval()),
                    "{:.3g} to {:.3g}".format(*p.variability.interval()),
                    p.status,
                    p.why,
                    ", ".join(p.sources),
                )
                for p in shipped
                if p.mechanism == mechanism
            ),
        )


def _asked(names: Names) -> Iterator[Block]:
    """Ambiguous names, and the question asked for each."""
    yield Paragraph("Ambiguous names are answered with a question:")
    told = []
    for question in dict.fromkeys(names.questions.values()):
        asked = ", ".join(name.replace("_", " ") for name, one in names.questions.items() if one == question)
        choices = f" ({', '.join(f'`{choice}`' for choice in question.choices)})" if question.choices else ""
        told.append(f"{asked}: {question.why.removesuffix('.')}{choices}.")
    yield Points(told)


def catalogues() -> Iterator[Block]:
    yield from (Heading("Devices, sites, exposures, concerns, outcomes", 1), Heading("Devices"))
    yield tabled(
        ("id", "name", "also called", "kind", "depth", "settings, mm", "source of settings",
         "needles", "diameter, mm", "tip radius, µm", "stroke rate, Hz", "assumed"),
        (
            (f"`{d.id}`", d.name, ", ".join(d.aliases), d.kind, d.depth_range,
             ", ".join(f"{setting:g}" for setting in d.settings_mm), d.settings_basis,
             d.needles, d.needle_diameter_mm, d.needle_tip_radius_um,
             d.frequency_hz or "", "; ".join(d.assumptions()))
            for d in load_devices().values()
        ),
    )  # fmt: skip
    yield from _asked(device_names())
    yield Heading("Sites")
    yield tabled(
        (
            "id",
            "label",
            "aliases",
            "usual limit of depth, mm",
            "dermis of a woman, of a man at 35, mm",
            "over",
            "area, cm²",
        ),
        (
            (
                f"`{s.id}`",
                s.label,
                ", ".join(s.aliases),
                s.limit_mm,
                f"{s.dermis_mm('female', EPIDERMIS_MM):.2f}, {s.dermis_mm('male', EPIDERMIS_MM):.2f}",
                s.under,
                s.treated_area_cm2,
            )
            for s in load_sites().values()
            if not s.zones
        ),
    )
    for s in load_sites().values():
        if s.zones:
            zones = ", ".join(f"{name} {100 * share:.0f} %" for name, share in s.zones.items())
            yield Paragraph(f"Region `{s.id}` ({', '.join(s.aliases)}), {s.treated_area_cm2:g} cm²: {zones}.")
    yield from _asked(site_names())
    yield Heading("Exposures")
    shipped = load_parameters()
    yield tabled(
        ("exposure", "unit", "accepted", "words", "acts on", "size from", "note"),
        (
            (f"`{e.name}={e.example}`", e.of, f"{e.low:g} to {e.high:g}", ", ".join(e.words), "; ".join(e.rates),
             ", ".join(f"`{p}`" + (" (off)" if shipped[p].uncertainty.kind == "off" else "") for p in e.sized_by),
             e.note)
            for e in load_exposures().values()
        ),
    )  # fmt: skip
    yield Heading("Concerns")
    yield tabled(
        ("concern", "also called", "scales, lowest to highest", "represented by", "size from"),
        (
            (f"`{c.name}={c.example}`", ", ".join(c.aliases),
             "; ".join([*(f"{name} {scale.low:g} to {scale.top:g}" for name, scale in c.scales.items()), "share"]),
             c.state or f"nothing in this version: {c.cannot_answer}", ", ".join(f"`{p}`" for p in c.sized_by))
            for c in load_concerns().values()
        ),
    )  # fmt: skip
    yield from _asked(concern_names())
    yield Heading("Outcomes")
    yield tabled(
        ("name", "kind", "unit", "range", "better", "definition", "instrument or scale", "raters", "derived from",
         "smallest change that matters", "error of one reading", "reason for direction only", "licence"),
        (
            (f"`{o.name}`", o.kind, o.unit, "" if o.range is None else f"{o.range[0]:g} to {o.range[1]:g}", o.better,
             o.definition, o.instrument, ", ".join(o.raters), o.link,
             f"{o.smallest_change:g}{' of baseline' if o.smallest_change_of == 'baseline' else ''}, "
             f"{o.smallest_change_whose}",
             f"{o.error:g}{' of baseline' if o.error_of == 'baseline' else ''}" if o.error else "",
             o.direction_only, o.licence)
            for o in OUTCOMES.values()
        ),
    )  # fmt: skip


def evidence() -> Iterator[Block]:
    yield Heading("Evidence", 1)
    for name in study_ids():
        study = load_study(name)
        yield Heading(study.id)
        people = f"n = {study.n}" if isinstance(study.n, int) else "n not reported"
        about = f"{study.design}; {study.species}, {people}. {study.population}."
        yield Paragraph(f"{about[:1].upper()}{about[1:]}")
        for arm in study.arms:
            treatment = f"`{arm.protocol}`" if arm.protocol else f"not simulated; {arm.why_not}"
            yield Paragraph(f"Arm `{arm.id}`: {treatment}")
            if arm.assumed:
                yield Points([f"not reported: {assumed}" for assumed in arm.assumed])
            yield tabled(
                ("outcome", "measured as", "day", "change from baseline", "locator"),
                (
                    (
                        f.outcome,
                        f.measure,
                        f"{f.day:g}",
                        "" if f.relative_change is None else f"{100 * f.relative_change:+.1f} %",
                        f.locator,
                    )
                    for f in arm.findings
                ),
            )
    yield Heading("Sources")
    works = load_bibliography()
    yield tabled(
        ("key", "authors", "title", "journal", "year", "DOI", "read at", "about"),
        (
            (w.key, w.by, w.title, w.journal, w.year or "", w.doi, w.address, w.about if w.title_seen else "")
            for w in (works[key] for key in sorted(works))
        ),
    )


_SHIPPED = load_parameters()
EPIDERMIS_MM = (_SHIPPED["stratum_corneum_thickness"].value + _SHIPPED["viable_epidermis_thickness"].value) / 1e3
PAGES = {
    "model.md": model,
    "parameters.md": parameters,
    "catalogues.md": catalogues,
    "evidence.md": evidence,
    "people.md": people.page,
    "delivery.md": delivering.page,
    "energies.md": heating.page,
    "care.md": caring.page,
    "claims.md": answering.page,
    "planning.md": planning.page,
}


def section_picture(path: Path) -> None:
    """The skin in section at several times of a course."""
    section("4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes").plot(path)
    with Image.open(path) as drawn:  # smaller than a figure for print
        small = drawn.convert("RGB").resize((1400, round(1400 * drawn.height / drawn.width)), Image.Resampling.LANCZOS)
    small.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)


PICTURES = {
    "ageing.png": people.picture, "delivery_figures.png": delivering.picture, "claims.png": answering.picture,
    "forecast.png": readme.picture,
    "patient_page.png": readme.patient_page,
    "section.png": section_picture,
}  # fmt: skip


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = ["src/neodermis/claims/data/ledger.json"] if check and ledger_of().outdated else []
    stale += ["src/neodermis/planning/data/supported.json"] if check and supported.outdated() else []
    if not check:
        answering.answer()
        planning.derive()
    for name, page in PAGES.items():
        text = markdown(page())
        path = FOLDER / name
        if check and (not path.is_file() or path.read_text("utf-8") != text):
            stale.append(name)
        elif not check:
            put(path, text)
    wanted = readme.text()
    if check and readme.README.read_text("utf-8") != wanted:
        stale.append("README.md")
    if not check:
        put(readme.README, wanted)
        for name, draw in PICTURES.items():
            draw(FOLDER.parent / "images" / name)
    if stale:
        print(f"these differ from the code: {', '.join(stale)}; run: python3 tasks.py docs", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
