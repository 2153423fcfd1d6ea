"""Fit of the sizes of thermal columns to published ones, device by device, and the table of zones around needles.

One energy by volume is fitted for each device by least squares on the logarithms of the printed sizes; the spread is
that of the residuals.  Every size is predicted once from the others of its device.  ``python -m validation.heat``
prints the page; ``--write`` writes the parameters, the table, the results and the page.
"""

from __future__ import annotations

import json
import math
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from docs.pages import paragraph, put, put_results, rounded, table

from neodermis.evidence import load_heat_parameters
from neodermis.simulation import heat as heating
from neodermis.skin import heat
from neodermis.treatment.heat import load_heat_devices
from validation.heat_transfer import line_zone

HERE: Final = Path(__file__).parent
SOURCE: Final = HERE.parent / "src" / "neodermis"
SIZES: Final = SOURCE / "evidence" / "data" / "heat_sizes.toml"
FITTED: Final = SOURCE / "evidence" / "data" / "heat" / "fitted.toml"
ZONES: Final = SOURCE / "skin" / "data" / "heat_zones.json"
RESULTS: Final = HERE / "heat.json"
PAGE: Final = HERE.parent / "docs" / "validation" / "heat.md"

#: Lengths of the pulse (s) and rises (K) of the table.
PULSES: Final = (0.01, 0.03, 0.1, 0.3, 1.0)
RISES: Final = tuple(float(f"{value:.5g}") for value in np.geomspace(2.0, 20_000.0, 49))
#: Standard deviation of a logarithm where one size alone is left: a factor of two either way at 90 %.
LONE: Final = 0.42


@dataclass(frozen=True)
class Fit:
    """One fitted number: its value, the spread of a further size around it, and what each size says."""

    name: str
    unit: str
    value: float
    spread: float
    """Standard deviation of the logarithm, of the residuals and of the mean together."""
    sources: tuple[str, ...]
    why: str
    rows: tuple[Mapping[str, Any], ...]
    """Size, printed, fitted, and predicted from the others (None where there is none), in µm."""


@cache
def sizes() -> tuple[Mapping[str, Any], ...]:
    """Published sizes."""
    return tuple(tomllib.loads(SIZES.read_text("utf-8"))["size"])


def of(device: str) -> list[Mapping[str, Any]]:
    """Sizes of a device that are fitted."""
    return [row for row in sizes() if row["device"] == device and row["use"] == "fit"]


def spread_of(logs: Sequence[float], fitted: int = 1) -> float:
    """Predictive standard deviation of a logarithm: of the residuals, and of the mean of so many of them."""
    free = len(logs) - fitted
    if free < 1:
        return LONE
    residual = math.sqrt(sum((one - float(np.mean(logs))) ** 2 for one in logs) / free)
    return residual * math.sqrt(1.0 + 1.0 / len(logs))


def known() -> Mapping[str, Any]:
    """Central parameters that are not fitted here, one member."""
    return {one.name: np.array([one.value]) for one in load_heat_parameters() if one.status != "calibrated"}


def physics() -> heat.HeatParameters:
    """Central physical parameters, one member."""
    return heating.physical(known())


def mean_fit(
    name: str, unit: str, rows: Sequence[tuple[str, float, float, float]], sources: Sequence[str], why: str
) -> Fit:
    """A number that sizes determine one by one: rows of (id, its logarithm, printed size, power of it in a size).

    The mean of the logarithms is the least-squares fit where every size has the same power.
    """
    logs = [log for _, log, _, _ in rows]
    mean = float(np.mean(logs))
    told = []
    for k, (id, log, printed, power) in enumerate(rows):
        others = [one for j, one in enumerate(logs) if j != k]
        told.append({
            "id": id, "printed_um": printed, "fitted_um": printed * math.exp(power * (mean - log)),
            "left_out_um": printed * math.exp(power * (float(np.mean(others)) - log)) if others else None,
        })  # fmt: skip
    return Fit(name, unit, math.exp(mean), spread_of(logs), tuple(dict.fromkeys(sources)), why, tuple(told))


def ablative(device: str) -> Fit:
    """Energy by volume of a CO2 device, from ablated depths: h = n (E − E₀)/(A z)."""
    one, p = load_heat_devices()[device], physics()
    rows = []
    for size in of(device):
        x = heating.central_column(one, known(), energy_mj=size["energy_mj"], density_pct=10.0)
        area = math.pi / 4.0 * float(x.spot_mm[0]) ** 2
        above = size["energy_mj"] - float(heat.ablation_threshold_mj(x, p)[0])
        depth = size["ablated_depth_um"]
        rows.append((size["id"], math.log(above / area / depth), depth, -1.0))
    why = "Energy of a pulse above the threshold, over the volume of the nominal spot and the printed depth."
    return mean_fit(f"column_energy_{device}", "J/mm3", rows, [r["source"] for r in of(device)], why)


def class_energy(fits: Sequence[Fit]) -> Fit:
    """Energy by volume of the class of CO2 lasers: mean of its devices, with the spread between them."""
    rows = [(one.name.removeprefix("column_energy_"), math.log(one.value), math.nan, -1.0) for one in fits]
    apart = math.exp(abs(rows[0][1] - rows[1][1]))
    why = f"Mean of the logarithms of two devices of the class, which differ by a factor of {apart:.1f}."
    found = mean_fit("column_energy_co2", "J/mm3", rows, [key for one in fits for key in one.sources], why)
    return Fit(found.name, found.unit, found.value, found.spread, found.sources, found.why, ())


def rim() -> Fit:
    """Rim below a CO2 column over the way of heat in a pulse of middle length: (r − 1/µ)/√(4 α t)."""
    p, rows = physics(), []
    for device in ("eco2_120", "eco2_300"):
        for size in of(device):
            x = heating.central_column(
                load_heat_devices()[device], known(), energy_mj=size["energy_mj"], density_pct=10.0
            )
            printed = size["coagulated_depth_um"] - size["ablated_depth_um"]
            reach = 1.0 / float(x.absorption_per_mm[0])
            way = math.sqrt(4.0 * float(heat.diffusivity(p)[0]) * float(x.pulse_s[0]))
            rows.append((f"{size['id']} rim", math.log((printed / 1e3 - reach) / way), float(printed), 1.0))
    why = (
        "Coagulated less ablated depth, over the way of heat in a pulse of 1 ms; the pulse is not published, so that"
        " the spread holds its effect."
    )
    return mean_fit("rim_spread_co2", "1", rows, ["eco2-depths"], why)


def non_ablative() -> tuple[Fit, Fit]:
    """Energy by volume and slenderness of 1550 nm columns, by linear least squares on ln depth and ln width."""
    p = physics()
    device = load_heat_devices()["fraxel_1550"]
    named, shape = of("fraxel_1550")
    x = heating.central_column(device, known(), energy_mj=named["energy_mj"], density_pct=10.0)
    above = named["energy_mj"] - float(heat.coagulation_threshold_mj(x, p)[0])
    # ln D = ½ ln(8/π E/h) + ½ ln κ;  ln w = ¼ ln(8/π E/h) − ¼ ln κ;  ln D − 2 ln w = ln κ
    reached = math.log(8.0 / math.pi * above)
    design = np.array([[-0.5, 0.5], [-0.25, -0.25], [0.0, 1.0]])
    printed = [named["coagulated_depth_um"], named["coagulated_width_um"], shape["coagulated_depth_um"]]
    across = shape["coagulated_width_um"] / 1e3
    seen = np.array([
        math.log(printed[0] / 1e3) - 0.5 * reached,
        math.log(printed[1] / 1e3) - 0.25 * reached,
        math.log(printed[2] / 1e3) - 2.0 * math.log(across),
    ])  # fmt: skip
    solution = np.linalg.lstsq(design, seen, rcond=None)[0]
    residual = seen - design @ solution
    scatter = math.sqrt(float(residual @ residual) / 1.0)
    covariance = np.linalg.inv(design.T @ design)
    told = []
    for k, id in enumerate(("fraxel-40 depth", "fraxel-40 width", "prototype-shape depth at its width")):
        rest = [j for j in range(3) if j != k]
        alone = np.linalg.solve(design[rest], seen[rest])
        told.append({
            "id": id, "printed_um": float(printed[k]), "fitted_um": printed[k] * math.exp(-residual[k]),
            "left_out_um": printed[k] * math.exp(float(design[k] @ alone) - seen[k]),
        })  # fmt: skip
    spread = [math.sqrt(scatter**2 * covariance[k, k] + scatter**2) for k in range(2)]
    sources = ("bedi-2007", "nafl-prototypes")
    warming = heat.lethal_temperature(x.pulse_s, p) - p.skin_temperature
    times = math.exp(solution[0]) / float((p.volumetric_heat * warming)[0])
    energy = Fit(
        "column_energy_nafl", "J/mm3", math.exp(solution[0]) / 1e3, spread[0], sources,
        f"Energy of a pulse over the volume of the column; {times:.0f} times the heat that coagulates it, since light"
        " scatters and heat spreads.", tuple(told),
    )  # fmt: skip
    slender = Fit(
        "column_slenderness", "1/mm", math.exp(solution[1]), spread[1], sources,
        "Depth of a column over its width squared: the same within a fifth of a column of 300 µm and one of 1 mm.", (),
    )  # fmt: skip
    return energy, slender


def needles() -> Fit:
    """Energy by length of a needle at the highest level, from zones across, with a pulse of 100 ms."""
    p, table_ = physics(), zones()
    rows = []
    energies = np.geomspace(0.02, 200.0, 400)
    one = heating.central_column(load_heat_devices()["secret_rf"], known(), depth_mm=1.5, level=10.0)
    x = heat.Column(*(np.repeat(value, len(energies)) for value in one))
    x = x._replace(energy_mj=x.bare_mm * energies, pulse_s=np.full(len(energies), 0.1))
    curve = 2e3 * np.asarray(heat.zone_radius_mm(x, table_, p))
    some = curve > 0
    for size in of("rf_needles"):
        wanted = size["coagulated_width_um"]
        log = float(np.interp(math.log(wanted), np.log(curve[some]), np.log(energies[some])))
        rows.append((size["id"], log - math.log(size["level_share"]), float(wanted), 0.5))
    why = (
        "Energy that makes the printed zones with a pulse of 100 ms, the energy in proportion to the level; the three"
        " sizes differ fourfold and name no watts. Frequency and insulation act in a known direction, by no known size."
    )
    sources = ["manuskiatti-2016", "mnrf-imaging-2019", "wootten-2020"]
    return mean_fit("line_energy_rf", "mJ/mm", rows, sources, why)


@cache
def zones() -> heat.Zones:
    """The table of the line source, worked out."""
    p = physics()
    start, frequency, activation = (
        float(value[0]) for value in (p.skin_temperature, p.damage_frequency, p.damage_activation)
    )
    rows = [line_zone(np.array(RISES), pulse, start, math.log(frequency), activation) for pulse in PULSES]
    return heat.Zones(np.array(PULSES), np.array(RISES), np.array(rows))


def fits() -> list[Fit]:
    """Every fitted number."""
    devices = [ablative("eco2_120"), ablative("eco2_300")]
    return [*devices, class_energy(devices), rim(), *non_ablative(), needles()]


def fitted_document(found: Sequence[Fit]) -> str:
    """The parameter file."""
    lines = ["# Written by python -m validation.heat --write; the sizes: heat_sizes.toml.", 'mechanism = "heat"', ""]
    for one in found:
        lines += [
            f"[{one.name}]", f"value = {one.value:.4g}", f'unit = "{one.unit}"',
            f"uncertainty = {{lognormal = {one.spread:.3g}}}", 'variability = "none"', 'status = "calibrated"',
            f"sources = {json.dumps(list(one.sources))}", f"why = {json.dumps(one.why, ensure_ascii=False)}", "",
        ]  # fmt: skip
    return "\n".join(lines)


def results(found: Sequence[Fit], today: str) -> dict[str, Any]:
    """What the fit found."""
    return rounded({
        "made": today,
        "fits": {one.name: {"value": one.value, "unit": one.unit, "spread": one.spread, "rows": list(one.rows)}
                 for one in found},
    })  # fmt: skip


def page(found: Mapping[str, Any]) -> str:
    """The page of the fit."""
    rows = []
    errors = []
    for name, one in found["fits"].items():
        for row in one["rows"]:
            left = row["left_out_um"]
            errors += [] if left is None else [abs(math.log(left / row["printed_um"]))]
            rows.append((
                f"`{name}`", row["id"], f"{row['printed_um']:.0f}", f"{row['fitted_um']:.0f}",
                "" if left is None else f"{left:.0f} ({100 * (left / row['printed_um'] - 1):+.0f} %)",
            ))  # fmt: skip
    middle = math.exp(float(np.median(errors)))
    lines = [
        "# Sizes of thermal columns against published ones", "",
        paragraph("""One number of each device is fitted to its printed sizes by least squares on their logarithms
            (`python -m validation.heat --write`). Each size is also predicted from the others of its device; the last
            column is that prediction and its error."""), "",
        *table(("number", "value", "standard deviation of its logarithm"),
               [(f"`{name}`", f"{one['value']:.3g} {one['unit']}", f"{one['spread']:.2f}")
                for name, one in found["fits"].items()]), "",
        *table(("number", "size", "printed, µm", "fitted, µm", "left out, µm"), rows), "",
        paragraph(f"""Half of the sizes that were left out are missed by a factor of more than {middle:.2f}. The spread
            of each number holds these errors, so that the intervals of a prediction do. A tip of 1 mm of the CO2 laser
            is no device here: its ablated depth did not rise from 60 to 220 mJ, which no column of this form
            does."""), "",
        f"Made {found['made']}.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the page, or write everything."""
    write = "--write" in sys.argv[1:]
    found = fits()
    told = results(found, date.today().isoformat())
    if write:
        table_ = zones()
        put(FITTED, fitted_document(found))
        put(ZONES, json.dumps(rounded({name: value for name, value in table_._asdict().items()})) + "\n")
        put_results(RESULTS, told)
        put(PAGE, page(told))
    print(page(told))


if __name__ == "__main__":
    main()
