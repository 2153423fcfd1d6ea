"""Reference page of treatment by heat: model, devices, parameters and published sizes, from the code and its data."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import numpy as np

from docs.delivering import section
from docs.pages import tabled
from neodermis.evidence import load_heat_parameters
from neodermis.report.blocks import Block, Code, Heading, Paragraph
from neodermis.simulation import heat as heating
from neodermis.skin import heat
from neodermis.treatment.device import written
from neodermis.treatment.heat import HeatDevice, load_heat_devices


def page() -> Iterator[Block]:
    yield Heading("Treatment by heat", 1)
    yield Paragraph("""This page describes what one session of a device that heats does to the skin: needles with
        radiofrequency current, and fractional lasers that ablate or coagulate. `neodermis injure` computes it, and
        draws it to scale with `--plot`. How the skin answers in days and months is not in this version: `simulate`,
        `plan` and the other commands refuse a device that heats.""")
    yield Code(
        [
            'neodermis injure "1 session: secret_rf; cheek 1.5 mm, level 6"',
            'neodermis injure "1 session: er_yag_fractional; cheek 30 mJ, 15 %" --plot injury.png',
            'neodermis injure "3 sessions every 4 weeks: co2_fractional; cheek 30 mJ, 15 %, 2 pulses"',
            'neodermis injure "1 session: nafl_1340; cheek 30 mJ, 15 %" --json',
        ]
    )
    yield Heading("Model summary")
    yield Paragraph(section(heat, "Biology"))
    yield Code(section(heat, "Equations").splitlines())
    yield Heading("Devices")
    yield Paragraph(
        "Settings as a sentence gives them; what is not published is drawn from its range and cannot be set."
    )
    yield tabled(
        ("id", "name", "kind", "settings", "drawn from a range", "sources"),
        (
            (f"`{one.id}`", one.name, one.kind.replace("_", " "), _settings(one), _drawn(one), ", ".join(one.sources))
            for one in load_heat_devices().values()
        ),
    )
    yield Heading("Parameters")
    shipped = load_heat_parameters()
    assumed = sum(p.assumed for p in shipped)
    yield Paragraph(f"""Set {shipped.name} {shipped.version}: {len(shipped)} parameters, {assumed} of them assumed.
        Those that are calibrated are fitted to the sizes below
        ([fit](../validation/heat.md)).""")
    yield tabled(
        ("name", "value", "90 % uncertainty", "status", "reason", "sources"),
        (
            (f"`{p.name}`", f"{p.value:.3g} {p.unit}", "{:.3g} to {:.3g}".format(*p.uncertainty.interval()), p.status,
             p.why, ", ".join(p.sources))
            for p in shipped
        ),
    )  # fmt: skip
    yield Heading("Published sizes")
    yield Paragraph("""Depth and width in µm, as printed, with what the fitted model gives at central values. Sizes
        marked check were not fitted.""")
    yield tabled(
        ("size", "device", "energy, mJ", "printed: ablated, coagulated, width", "model", "use", "source"),
        (_size(row) for row in _sizes()),
    )
    yield Heading("Absorption of water and damage by heat")
    yield tabled(
        ("device", "wavelength, nm", "absorption, 1/cm", "depth at which a tenth of its light is left, µm"),
        (
            (f"`{one.id}`", f"{one.wavelength_nm:g}", f"{one.absorption_per_cm:g}",
             f"{1e4 * math.log(10.0) / one.absorption_per_cm:.3g}")
            for one in load_heat_devices().values() if one.absorption_per_cm and one.wavelength_nm
        ),
    )  # fmt: skip
    p = heating.physical(shipped.central())
    yield tabled(
        ("temperature held, °C", "cells die after, s"),
        ((f"{at:g}", f"{1.0 / float(heat.damage_rate(np.array([at + 273.15]), p)[0]):.3g}") for at in (50, 55, 60, 65)),
    )


def _settings(one: HeatDevice) -> str:
    return "; ".join(
        f"{name.replace('_', ' ')} {written(span.low)} to {written(span.high)}" + (" (assumed)" if span.assumed else "")
        for name, span in one.settings.items()
    )


def _drawn(one: HeatDevice) -> str:
    others = {name: span for name, span in one.spans.items() if name not in one.settings and span.low < span.high}
    return "; ".join(f"{name.replace('_', ' ')} {written(s.low)} to {written(s.high)}" for name, s in others.items())


def _sizes() -> list[dict[str, Any]]:
    place = files("neodermis.evidence") / "data" / "heat_sizes.toml"
    found: list[dict[str, Any]] = tomllib.loads(place.read_text("utf-8"))["size"]
    return found


def _size(row: dict[str, Any]) -> tuple[str, ...]:
    keys = ("ablated_depth_um", "coagulated_depth_um", "coagulated_width_um")
    printed = [f"{row[key]:g}" if key in row else "" for key in keys]
    device = load_heat_devices().get(row["device"])
    model = ["", "", ""]
    if device is not None and "energy_mj" in row:
        x = heating.central_column(device, energy_mj=row["energy_mj"], density_pct=10.0)
        s = heating.sizes_of(device, x, heating.physical(load_heat_parameters().central()))
        found = (s.ablated_depth_mm, s.coagulated_depth_mm, s.coagulated_width_mm)
        model = [f"{1e3 * float(one[0]):.0f}" if key in row else "" for key, one in zip(keys, found, strict=True)]
    told = [", ".join(one or "–" for one in of) if any(of) else "" for of in (printed, model)]
    return (
        row["id"], f"`{row['device']}`", f"{row['energy_mj']:g}" if "energy_mj" in row else "", *told, row["use"],
        row["source"],
    )  # fmt: skip
