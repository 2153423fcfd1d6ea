"""Write the reference pages from the code and its data; ``--check`` fails where a committed page differs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

from neodermis.evidence import load_parameters, load_sources, load_study, study_ids
from neodermis.skin.cascade import MECHANISMS, declarations
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.tissue import load_sites
from neodermis.treatment import load_devices, load_references

FOLDER = Path(__file__).parent / "reference"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"


def model() -> Iterator[str]:
    yield "# The model, module by module"
    for name in ("tissue", "ageing", "injury", "inflammation", "repair", "matrix", "cascade", "outcomes"):
        head, _, body = (import_module(f"neodermis.skin.{name}").__doc__ or "").partition("\n")
        yield from ("", f"## skin/{name}.py", "", head, "", "```", body.strip("\n"), "```")


def parameters() -> Iterator[str]:
    shipped = load_parameters()
    assumed = sum(p.assumed for p in shipped)
    yield "# Parameters"
    yield ""
    yield f"Set {shipped.name} {shipped.version}: {len(shipped)} parameters, {assumed} of them assumed."
    for mechanism in MECHANISMS:
        yield from ("", f"## {mechanism}", "")
        yield from table(
            ("name", "meaning", "value", "90 % uncertainty", "90 % of people", "status", "why", "sources"),
            (
                (
                    f"`{p.name}`",
                    declarations()[p.name][1].meaning,
                    f"{p.value:g} {p.unit}",
                    "{:.3g} to {:.3g}".format(*p.uncertainty.interval90(p.value)),
                    "{:.3g} to {:.3g}".format(*p.variability.interval90(p.value)),
                    p.status,
                    p.why,
                    ", ".join(p.sources),
                )
                for p in shipped
                if p.mechanism == mechanism
            ),
        )


def catalogues() -> Iterator[str]:
    yield from ("# Devices, sites, outcomes", "", "## Devices", "")
    yield from table(
        ("id", "name", "kind", "depth", "needles", "diameter, mm", "stroke rate, Hz", "assumed"),
        (
            (f"`{d.id}`", d.name, d.kind, d.depth_range, d.needles, d.needle_diameter_mm, d.frequency_hz or "",
             "; ".join(d.assumptions()))
            for d in load_devices().values()
        ),
    )  # fmt: skip
    yield from ("", "## Sites", "")
    yield from table(
        ("id", "label", "aliases", "limit of practice, mm", "dermis of a woman, of a man at 35, mm", "area, cm²"),
        (
            (
                f"`{s.id}`",
                s.label,
                ", ".join(s.aliases),
                s.limit_mm,
                f"{s.dermis_mm('female', EPIDERMIS_MM):.2f}, {s.dermis_mm('male', EPIDERMIS_MM):.2f}",
                s.treated_area_cm2,
            )
            for s in load_sites().values()
        ),
    )
    yield from ("", "## Outcomes", "")
    yield from table(
        ("name", "unit", "better", "definition", "instrument", "smallest change that matters"),
        (
            (f"`{o.name}`", o.unit, o.better, o.definition, o.instrument,
             f"{o.smallest_change:g}, {o.smallest_change_whose}")
            for o in OUTCOMES.values()
        ),
    )  # fmt: skip


def evidence() -> Iterator[str]:
    yield "# Evidence"
    for name in study_ids():
        study = load_study(name)
        yield from ("", f"## {study.id}", "", f"{study.design}; {study.species}, n = {study.n}. {study.population}.")
        for arm in study.arms:
            yield from ("", f"Arm `{arm.id}`: `{arm.protocol}`", "")
            yield from (f"- not printed: {assumed}" for assumed in arm.assumed)
            yield ""
            yield from table(
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
    yield from ("", "## Sources", "")
    works = {s.key: (s.key, s.year or "", s.doi, s.address, s.about) for s in load_sources().values()}
    works |= {r.key: (r.key, r.year or "", r.doi or "", r.address, r.title) for r in load_references().values()}
    yield from table(("key", "year", "DOI", "read at", "about"), (works[key] for key in sorted(works)))


_SHIPPED = load_parameters()
EPIDERMIS_MM = (_SHIPPED["stratum_corneum_thickness"].value + _SHIPPED["viable_epidermis_thickness"].value) / 1e3
PAGES = {"model.md": model, "parameters.md": parameters, "catalogues.md": catalogues, "evidence.md": evidence}


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = []
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        text = "\n".join(page()) + "\n"
        path = FOLDER / name
        if check and (not path.is_file() or path.read_text("utf-8") != text):
            stale.append(name)
        elif not check:
            path.write_text(text, "utf-8")
    if stale:
        print(f"docs/reference differs from the code: {', '.join(stale)}; run: python3 tasks.py docs", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
