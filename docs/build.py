"""Write the reference pages from the code and its data: ``python -m docs.build``.

``--check`` fails where a committed page differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np

import neodermis
from docs import caring, delivering, people
from docs.pages import put, table
from neodermis.evidence import load_parameters, load_sources, load_study, study_ids
from neodermis.people import load_concerns, load_exposures, trace
from neodermis.report.common import spread
from neodermis.session import Interval, SessionInjury
from neodermis.skin.cascade import MECHANISMS, declarations
from neodermis.skin.outcomes import OUTCOMES
from neodermis.skin.tissue import load_sites
from neodermis.treatment import load_devices, load_references

FOLDER = Path(__file__).parent / "reference"


def model() -> Iterator[str]:
    yield "# The model, module by module"
    for name in (*MECHANISMS, "cascade", "outcomes"):
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
    yield from ("# Devices, sites, exposures, concerns, outcomes", "", "## Devices", "")
    yield from table(
        ("id", "name", "kind", "depth", "needles", "diameter, mm", "tip radius, µm", "stroke rate, Hz", "assumed"),
        (
            (f"`{d.id}`", d.name, d.kind, d.depth_range, d.needles, d.needle_diameter_mm, d.needle_tip_radius_um,
             d.frequency_hz or "", "; ".join(d.assumptions()))
            for d in load_devices().values()
        ),
    )  # fmt: skip
    yield from ("", "## Sites", "")
    yield from table(
        (
            "id",
            "label",
            "aliases",
            "limit of practice, mm",
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
    yield ""
    for s in load_sites().values():
        if s.zones:
            zones = ", ".join(f"{name} {100 * share:.0f} %" for name, share in s.zones.items())
            yield f"Region `{s.id}` ({', '.join(s.aliases)}), {s.treated_area_cm2:g} cm²: {zones}."
    yield from ("", "## Exposures", "")
    shipped = load_parameters()
    yield from table(
        ("exposure", "counts", "accepted", "words", "changes", "sized by", "note"),
        (
            (f"`{e.name}={e.example}`", e.of, f"{e.low:g} to {e.high:g}", ", ".join(e.words), "; ".join(e.rates),
             ", ".join(f"`{p}`" + (" (off)" if shipped[p].uncertainty.kind == "off" else "") for p in e.sized_by),
             e.note)
            for e in load_exposures().values()
        ),
    )  # fmt: skip
    yield from ("", "## Concerns", "")
    yield from table(
        ("concern", "scales, lowest to top", "what it becomes", "sized by"),
        (
            (f"`{c.name}={c.example}`",
             "; ".join([*(f"{name} {low:g} to {top:g}" for name, (low, _, top) in c.scales.items()), "share"]),
             c.state or "nothing in this version", ", ".join(f"`{p}`" for p in c.sized_by))
            for c in load_concerns().values()
        ),
    )  # fmt: skip
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


def injuries() -> Iterator[str]:
    """What the field says of devices, each statement answered by a run."""
    yield "# What devices do: statements of the field, answered by a run"
    yield ""
    yield "Woman of 45, phototype 3; medians with 90 % intervals over 100 draws, seed 0; the command stands above."
    pen, roller, home = (
        "1 session: exceed; cheek 1.5 mm, 6 passes",
        "1 session: roller_mf8; cheek 1.5 mm, 8 passes",
        "1 session: home_roller; cheek 0.25 mm, 8 passes",
    )
    stamp = "1 session: stamp 40 x 0.25 mm; cheek 1.5 mm, 6 passes"
    done = {sentence: only(neodermis.injure(sentence)) for sentence in (pen, roller, stamp, home)}

    yield from heading(
        "DEV-01", "tools are rollers with hundreds of needles and electric pens of adjustable depth and speed"
    )
    kinds = [d.kind for d in load_devices().values()]
    yield from command("neodermis devices")
    listed = ", ".join(f"{kinds.count(kind)} {kind}s" for kind in dict.fromkeys(kinds))
    yield f"Supported: {listed} in the catalogue, with sources; what a maker does not publish is a stated range."
    yield "A stamp is described in a sentence. Pens, rollers and stamps all run, below."

    yield from heading("DEV-02", "fine needles make many tiny, shallow, controlled channels, too small to cause damage")
    yield from command(f'neodermis injure "{pen}" --plot injury.png')
    yield from table(
        ("session", "entries per cm²", "channel, µm", "nine in ten entries end between, mm", "entries that reach the "
         "reticular dermis", "papillary dermis killed", "surface open right after"),
        (
            (f"`{sentence}`", spread(s.channels_per_cm2), spread(s.channel_diameter_um),
             f"{s.entry_depth_mm[0]:.2g} and {s.entry_depth_mm[-1]:.2g}", percent(s.reach["reticular_dermis"]),
             percent(s.papillary_injury), percent(s.open_share))
            for sentence, s in done.items()
        ),
    )  # fmt: skip
    yield ""
    yield (
        "Partly. Many and tiny: yes. Shallow: no, at effective settings most entries pass the papillary dermis. "
        "Controlled: the spread of depth is wide. Damage: a rim is killed, that is how it works; scars and pigment are "
        "not in this version."
    )

    yield from heading(
        "DEV-03", "depth is adjusted to area and concern; depth and frequency set how much collagen is made"
    )
    yield from command('neodermis simulate "4 sessions every 30 days: exceed; cheek 1 mm, 6 passes"')
    yield "Largest gain of papillary collagen over untreated skin, central course:"
    yield ""
    depths, numbers = (0.25, 0.5, 1.0, 1.5), (1, 2, 4, 6, 8)
    rows = []
    for depth in depths:
        cells = []
        for number in numbers:
            course = f"{number} sessions every 30 days" if number > 1 else "1 session"
            run = neodermis.simulate(f"{course}: exceed; cheek {depth:g} mm, 6 passes", draws=1)
            cells.append(f"{100 * run.sites['cheek'].peak()[0].median:+.0f} %")
        rows.append((f"{depth:g} mm", *cells))
    yield from table(("set depth", *(f"{n} session{'s' * (n > 1)}" for n in numbers)), rows)
    yield ""
    yield (
        "Partly. Gain grows with depth and with sessions, each adding less than the one before. Harmful returns do not "
        "show in this range: this version has no scarring."
    )

    yield from heading("DEV-04", "home devices lack precision, may irritate and cannot reach effective depth")
    yield from command(f'neodermis injure "{home}" --compare "{pen}"')
    yield from table(
        ("", "home roller 0.25 mm", "pen 1.5 mm"),
        (
            (
                "entries that reach the papillary dermis",
                *(percent(done[k].reach["papillary_dermis"]) for k in (home, pen)),
            ),
            (
                "entries that reach the reticular dermis",
                *(percent(done[k].reach["reticular_dermis"]) for k in (home, pen)),
            ),
            ("papillary dermis killed", *(percent(done[k].papillary_injury) for k in (home, pen))),
            ("surface open right after", *(percent(done[k].open_share) for k in (home, pen))),
            ("redness, hours", *(spread(done[k].erythema_hours) for k in (home, pen))),
        ),
    )
    yield ""
    yield (
        "Supported for depth: the barrier is opened (so applied products pass), the dermis is hardly hurt. The "
        "interval says how unsure the depth of a hand-pressed roller is; that home use irritates more is not simulated."
    )

    yield from heading("DEV-05", "accurate depth control, safe protocols")
    beyond = "1 session: exceed; periorbital 1.5 mm, 2 passes"
    yield from command(f'neodermis injure "{beyond}"')
    try:
        neodermis.injure(beyond)
    except neodermis.InputError as error:
        yield from ("```", f"error: {error}", "```", "")
    s = done[pen]
    yield (
        "Partly: a depth beyond the site's limit is refused, and errors of depth reach the "
        "result. Set to 1.5 mm (the maker allows 0.15 mm either way), a pen reaches "
        f"{spread(s.reached_depth_mm)} mm with half of its entries and kills {percent(s.papillary_injury)} of the "
        "papillary dermis. Sterility and licence are records: [care](care.md)."
    )

    yield from heading("SCH-08", "a session takes 30 to 60 minutes by area")
    yield from command('neodermis injure "1 session: exceed; face 1 mm, 6 passes"')
    settings = (("periorbital", 0.5), ("cheek", 1), ("face", 1), ("neck", 1), ("abdomen", 1))
    areas = [(site, only(neodermis.injure(f"1 session: exceed; {site} {mm} mm, 6 passes"))) for site, mm in settings]
    yield from table(
        ("site", "area, cm²", "anaesthetic", "minutes, numbing included"),
        ((site, f"{a.area_cm2:g}", a.anaesthetic, spread(a.minutes)) for site, a in areas),
    )
    yield ""
    yield "Supported from the cheek to the trunk under a topical anaesthetic, most of it numbing; minutes without one."

    yield from heading("CARE-05", "mild discomfort with numbing cream")
    yield from command('neodermis injure "1 session: exceed; cheek 1 mm, 6 passes" --anaesthetic topical')
    pains = [(mm, only(neodermis.injure(f"1 session: exceed; cheek {mm} mm, 6 passes", anaesthetic="topical")))
             for mm in (0.25, 0.5, 1.0, 1.5)]  # fmt: skip
    yield from table(
        ("set depth, mm", "pain of 10 under a cream", "without"),
        ((f"{mm:g}", spread(a.pain_vas), spread(a.pain_vas_without)) for mm, a in pains),
    )
    yield ""
    yield (
        "Partly: mild at 0.5 mm, moderate from 1 mm on. The level rests on one study of a 1.0 mm roller under a cream "
        "(5.2 of 10), the growth with length on single needles without any."
    )


def healing() -> Iterator[str]:
    """What the field says of healing, each statement answered by a run."""
    one, four = "1 session: exceed; cheek 1.5 mm, 6 passes", "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
    yield "# How skin heals: statements of the field, answered by a run"
    yield ""
    yield "Woman of 45, phototype 3, cheek; single numbers are central, intervals 90 % over 100 draws, seed 0."
    course, long_course = (neodermis.simulate(sentence).sites["cheek"] for sentence in (one, four))
    (states,) = trace(one, until=400.0)

    def peak(name: str) -> str:
        values = states.layer_mean(name, "papillary")
        return f"day {states.days[abs(values - values[-1]).argmax()]:.2g}"

    yield from heading("HEAL-01", "phase 1, inflammation: platelets and growth factors, immune cells clean the site")
    yield from command(f'neodermis simulate "{one}" --states --plot cascade.png')
    peaks = ("platelet", "neutrophil", "macrophage_inflammatory", "macrophage_repair", "damage")
    yield from table(("state, papillary dermis", "peak"), ((name.replace("_", " "), peak(name)) for name in peaks))
    yield from ("", "Supported, by construction in kind and by what the rates rest on in time.")

    yield from heading(
        "HEAL-02", "phase 2, proliferation: activated fibroblasts make collagen and elastin; new vessels form"
    )
    yield from command("neodermis cascade --plot cascade.png")
    peaks = ("activated", "myofibroblast", "vessel", "synthesis_1", "synthesis_3", "tropoelastin")
    yield from table(("state, papillary dermis", "peak"), ((name.replace("_", " "), peak(name)) for name in peaks))
    elastin = 100.0 * (states.layer_mean("elastin", "dermis").min() - 1.0)
    yield ""
    yield (
        "Partly: fibroblasts, collagen, vessels and tropoelastin yes; elastin itself does not rise (lowest "
        f"{elastin:.1g} %), and two of three published series find it lower."
    )

    yield from heading("HEAL-03", "phase 3, remodelling: fibres mature, reorganise and strengthen over weeks to months")
    yield from command(f'neodermis explain collagen_papillary "{one}" --day 180')
    mature = 100.0 * (states.layer_mean("mature", "dermis") - 1.0)
    yield f"Partly: mature collagen ends {mature[-1]:+.1g} % a year on; most new collagen is labile and goes again."

    yield from heading("HEAL-04", "healing starts almost at once; fibroblasts act over days and weeks")
    yield from command(f'neodermis simulate "{one}" --json')
    yield from table(
        ("phase", "starts, day", "peak", "ends"),
        ((p.name, f"{p.start_day:.2g}", f"{p.peak_day:.2g}", f"{p.end_day:.3g}") for p in course.phases),
    )
    yield from ("", "Supported.")

    yield from heading("HEAL-05", "cell turnover rises: dull cells shed, fresher skin appears")
    yield from command(f'neodermis explain epidermal_thickness "{one}" --day 7')
    thick = states.surface["epidermis"]
    yield (
        f"Partly: the epidermis is {100 * (thick.max() - 1):.0f} % thicker on day {states.days[thick.argmax()]:.2g}, "
        f"and melanin falls by {100 * (1 - states.surface['melanin'].min()):.1g} %; radiance has no model yet."
    )

    yield from heading("HEAL-06", "scar tissue is broken down and remodelled towards normal skin")
    eight = "8 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
    yield from command(f'neodermis simulate "{eight}" --concern acne_scar=0.5 --states --plot scar.png')
    half = {"acne_scar": "0.5"}
    (before, after) = (trace(eight, concerns=half, until=600.0)[0].layer_mean("scar", "papillary")[k] for k in (0, -1))
    yield (
        f"Partly: an atrophic scar of 0.5 is a set point here; the first of eight sessions leaves {before:.2g} of it, "
        f"the last {after:.2g}. How much a needle frees is assumed."
    )

    yield from heading("SCH-02", "sessions 4 to 6 weeks apart")
    yield from command('neodermis simulate "4 sessions every 28 days: exceed; cheek 1.5 mm, 6 passes"')
    sweep = []
    for days in (7, 14, 28, 42, 56):
        run = neodermis.simulate(f"4 sessions every {days} days: exceed; cheek 1.5 mm, 6 passes", draws=1)
        sweep.append((f"{days}", f"{100 * run.sites['cheek'].peak()[0].median:+.0f} %"))
    yield from table(("days between sessions", "largest gain of papillary collagen"), sweep)
    yield from (
        "",
        "Direction only: a week gives less, and the optimum is flat; no trial compares intervals against a sham.",
    )

    yield from heading("SCH-03", "texture and glow improve within days, collagen over several weeks")
    yield from command(f'neodermis simulate "{one}"')
    day, share = course.first_change(0.05)
    shown = "never" if day is None else f"day {spread(day)}, in {100 * share:.0f} % of the draws"
    yield f"Partly: a collagen gain of 5 % shows on {shown}; texture and glow have no model in this version."

    yield from heading("SCH-04", "improvement goes on for weeks to months after the last session")
    yield from command(f'neodermis simulate "{four}"')
    size, day = long_course.peak()
    after = Interval(*(d - long_course.last_session_day for d in day))
    yield f"Supported: the gain ({percent(size)}) peaks {spread(after)} days after the last of four sessions."

    yield from heading("SCH-05", "renewal lasts about 6 to 12 months")
    kept = [long_course.left(days) for days in (180.0, 365.0)]
    half, year = (percent(each) for each in kept if each is not None)
    yield f"Partly: of the peak gain {half} is left after 180 days and {year} after a year: half is lost within months."

    yield from heading("OUT-10", "gradual, natural-looking change rather than sudden")
    gain = long_course.central["collagen_papillary"] / long_course.central["collagen_papillary"][0]
    rate = 100.0 * abs(np.diff(gain) / np.diff(long_course.time_day)).max() * 7.0
    yield f"Supported: papillary collagen never moves by more than {rate:.1g} % a week in a course of four sessions."

    yield from heading("CARE-04", "redness settles within hours to a couple of days")
    yield from command(f'neodermis injure "{one}"')
    settings = [
        (mm, only(neodermis.injure(f"1 session: exceed; cheek {mm} mm, 6 passes"))) for mm in (0.25, 0.5, 1.0, 1.5)
    ]
    yield from table(
        ("set depth, mm", "hours of redness"), ((f"{mm:g}", spread(s.erythema_hours)) for mm, s in settings)
    )
    yield from ("", "Partly: redness, in the median; swelling and bruising are not in this version.")


def only(done: neodermis.Injuries) -> SessionInjury:
    return next(iter(done.sites.values())).session


def heading(claim: str, words: str) -> Iterator[str]:
    yield from ("", f"## {claim}: {words}", "")


def command(line: str) -> Iterator[str]:
    yield from ("```", line, "```", "")


def percent(interval: Interval) -> str:
    return spread(Interval(*(100.0 * share for share in interval))) + " %"


_SHIPPED = load_parameters()
EPIDERMIS_MM = (_SHIPPED["stratum_corneum_thickness"].value + _SHIPPED["viable_epidermis_thickness"].value) / 1e3
PAGES = {
    "model.md": model,
    "parameters.md": parameters,
    "catalogues.md": catalogues,
    "evidence.md": evidence,
    "injury.md": injuries,
    "healing.md": healing,
    "people.md": people.page,
    "delivery.md": delivering.page,
    "care.md": caring.page,
}
PICTURES = {"ageing.png": people.picture, "delivery_figures.png": delivering.picture}


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = []
    for name, page in PAGES.items():
        text = "\n".join(page()) + "\n"
        path = FOLDER / name
        if check and (not path.is_file() or path.read_text("utf-8") != text):
            stale.append(name)
        elif not check:
            put(path, text)
    if not check:
        for name, draw in PICTURES.items():
            draw(FOLDER.parent / "images" / name)
    if stale:
        print(f"docs/reference differs from the code: {', '.join(stale)}; run: python3 tasks.py docs", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
