"""The model's answers on closure, water and delivery, against hand numbers and against the solution in time."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from docs import delivering
from typer.testing import CliRunner

from neodermis.cli import app
from neodermis.evidence import ParameterSet, load_parameters
from neodermis.evidence.delivery_figure import (
    DeliveryFigure,
    find_delivery_figure,
    load_delivery_figures,
    read_delivery_figures,
)
from neodermis.report.delivery_evidence import delivery_evidence_table, write_delivery_evidence_plot
from neodermis.simulation import _transport as transport
from neodermis.simulation._transport import Opening, Product
from neodermis.skin.delivery import Cells
from neodermis.studies.figures_delivery import (
    STEADY_CELLS,
    DeliveryRow,
    case_of,
    column,
    compare_delivery,
    delivery_counts,
    drawn_delivery,
    simulate_delivery,
    steady_flux,
)
from neodermis.studies.figures_injury import MISSES
from neodermis.uncertain import Distribution

SHIPPED = load_parameters()
CENTRAL: ParameterSet = replace(
    SHIPPED, parameters={p.name: replace(p, uncertainty=Distribution(kind="none")) for p in SHIPPED}
)
MEMBRANE = """
[[figure]]
id = "own"
source = "hoang-2015"
quantity = "{quantity}"
value = 1
unit = "{unit}"
condition = "by hand"
species = "none"

[figure.setup]
molar_mass = 200
log_kow = 1
percent = 1
hours = 48
in_vitro = true
dermis_mm = 0.4
{more}
"""
HOLES = "channels_per_cm2 = 200\nchannel_width_um = 60\ndepth_mm = 0.25"


@pytest.fixture(scope="module")
def rows() -> dict[str, DeliveryRow]:
    return {row.id: row for row in delivering.rows()}


def own(quantity: str, unit: str, more: str = "") -> DeliveryFigure:
    (figure,) = read_delivery_figures(MEMBRANE.format(quantity=quantity, unit=unit, more=more), "own.toml")
    return figure


def central(figure: DeliveryFigure) -> float:
    (row,) = compare_delivery(CENTRAL, [figure], draws=2)
    assert row.model is not None
    return row.model.median


def judged(name: str, **published: Any) -> DeliveryRow:
    blank: dict[str, Any] = {"value": None, "low": None, "high": None, "sign": None}
    (row,) = compare_delivery(SHIPPED, [replace(find_delivery_figure(name), **{**blank, **published})])
    return row


def test_every_figure_with_a_set_up_has_an_answer_and_no_other(rows: dict[str, DeliveryRow]) -> None:
    assert list(rows) == [figure.id for figure in load_delivery_figures()]
    for row in rows.values():
        assert (row.model is None) == (row.figure.setup is None) == (row.verdict == "no answer") == bool(row.why)
        if row.model is not None:
            assert np.isfinite(row.model).all() and row.model.lower90 <= row.model.median <= row.model.upper90
            assert row.share is not None and 0.0 <= row.share <= 1.0 and row.answered
            assert row.missed == (row.verdict in MISSES)


def test_verdicts_are_what_they_are_called() -> None:
    name = "mannitol-1"
    model = judged(name, value=1.0).model
    assert model is not None
    assert judged(name, value=model.median).verdict == "inside"
    assert judged(name, value=model.upper90 * 1.01).verdict == "missed"
    assert judged(name, low=model.median * 0.9, high=model.median * 1.1).verdict == "inside"
    assert judged(name, low=model.median * 1.01, high=model.upper90).verdict == "missed"
    assert judged(name, high=model.median * 1.01).verdict == "bound kept"
    assert judged(name, low=model.median * 1.01).verdict == "bound broken"
    for sign, verdict in (("increase", "right"), ("decrease", "wrong"), ("none", "wrong")):
        assert judged("kelchen-2016-air", sign=sign).verdict == f"direction {verdict}"
    assert judged("xu-2017-water", sign="none").verdict == "direction right"
    missed = judged(name, low=model.median * 2.0, high=model.median * 3.0)
    assert missed.over_published == pytest.approx(0.5)


def test_a_lasting_fall_of_water_loss_is_missed(rows: dict[str, DeliveryRow]) -> None:
    """The model has no better barrier than before, and says so."""
    for name in ("prp-txa-plasma", "prp-txa-tranexamic"):
        row = rows[name]
        assert row.model is not None and row.model.median == pytest.approx(0.0, abs=1e-3) and row.missed
    assert rows["cheng-2022-hydration"].verdict == "direction wrong"


def test_closure_against_hand_numbers() -> None:
    p = {name: SHIPPED[name].value for name in SHIPPED.parameters}
    long = math.log2(1.0 / p["closure_detection"])
    assert central(find_delivery_figure("gupta-2011-air")) == pytest.approx(p["electrical_half_time"] * long)
    abdomen = find_delivery_figure("ogunjimi-2021-abdomen")
    assert central(abdomen) == pytest.approx(p["electrical_occluded_half_time"] * long)
    deep = (0.3 / p["closure_depth"]) ** p["closure_depth_power"]
    assert central(find_delivery_figure("donnelly-2014-water")) == pytest.approx(p["barrier_half_time"] * deep * long)
    days = central(find_delivery_figure("brogden-2013-diclofenac"))
    hours = p["electrical_occluded_half_time"] * long * p["closure_anti_inflammatory_slowing"]
    assert days == pytest.approx(hours / 24.0)
    slower = math.exp(p["closure_age_slowing"] * (77.3 - 25.6))
    assert central(find_delivery_figure("kelchen-2016-air")) == pytest.approx(100.0 * (slower - 1.0))


def test_water_against_hand_numbers() -> None:
    p = {name: SHIPPED[name].value for name in SHIPPED.parameters}
    assert central(find_delivery_figure("tanno-2000")) == pytest.approx(-100.0 * p["tewl_moisturiser_fall"])
    six_weeks = find_delivery_figure("draelos-2021-six-weeks")
    assert central(six_weeks) == pytest.approx(100.0 * p["hydration_hyaluronan_rise"])
    figure = own("tewl_rise", "g/m2/h", HOLES.replace("0.25", "0.5"))
    opened = -math.expm1(-2.0 * math.pi / 4.0 * 0.06**2)
    left = 2.0 ** (-48.0 / (p["barrier_half_time"] * (0.5 / p["closure_depth"]) ** p["closure_depth_power"]))
    assert central(figure) == pytest.approx((p["tewl_open"] - p["tewl_baseline"]) * opened * left)


def test_permeability_against_hand_numbers() -> None:
    p = {name: SHIPPED[name].value for name in SHIPPED.parameters}
    polar = p["polar_permeability"] * math.sqrt(100.0 / 182.17)
    assert central(find_delivery_figure("mannitol-1")) == pytest.approx(polar)
    line = 10.0 ** (
        p["permeability_intercept"]
        + p["permeability_lipophilicity"] * -0.07
        - p["permeability_size"] * 194.19
    )  # fmt: skip
    polar = p["polar_permeability"] * math.sqrt(100.0 / 194.19)
    found = central(find_delivery_figure("caffeine-1"))
    assert found == pytest.approx(p["permeability_scale"] * line + polar, rel=1e-6), "the measured one is not used"
    diffusivity = p["tissue_diffusivity"] * 700.0 ** -p["tissue_diffusivity_power"] * 1e6 / 3600.0
    assert central(find_delivery_figure("wei-2018-dermis")) == pytest.approx(diffusivity)


def solved(figure: DeliveryFigure, *, channels: bool) -> tuple[float, float]:
    """Closed steady flux, and what leaves below late in the solution in time (mm/h, both of 1 µg/mm³)."""
    assert figure.setup is not None
    values = drawn_delivery(CENTRAL, 2, 0)
    case = case_of(figure, figure.setup, values, CENTRAL, 0)
    steady = steady_flux(column(case, STEADY_CELLS, channels=channels))
    made = column(case, Cells(corneum=24, epidermis=6, papillary=10, reticular=16), channels=channels)
    ones = np.ones(2)
    product = Product(ones, ones, ones, np.inf * ones, ones)
    nodes = transport.schedule(400.0, 400.0, (80, 0))
    found = transport.solve(made, product, Opening(np.inf * ones, 0.0 * ones), nodes, 400.0)
    late = (found.deeper[-1] - found.deeper[-10]) / (nodes[-1] - nodes[-10])
    return float(steady[0]), float(late[0])


@pytest.mark.parametrize("channels", [False, True], ids=["intact", "needled"])
def test_the_steady_flux_is_that_of_the_solution_in_time(channels: bool) -> None:
    steady, late = solved(own("enhancement", "1", HOLES), channels=channels)
    assert steady == pytest.approx(late, rel=2e-3)


def test_the_flux_through_intact_skin_is_that_of_resistances_in_series() -> None:
    """Lipid and polar path side by side, then living skin: the polar path meets its first cell's middle."""
    p = {name: SHIPPED[name].value for name in SHIPPED.parameters}
    line = p["permeability_intercept"] + p["permeability_lipophilicity"] - p["permeability_size"] * 200.0
    both = p["permeability_scale"] * 10.0**line + p["polar_permeability"] * math.sqrt(0.5)
    living = p["viable_epidermis_thickness"] / 1e3 + 0.4
    through = p["tissue_diffusivity"] * 2.0 ** -p["tissue_diffusivity_power"] / living / 10.0  # cm/h
    flux = central(own("flux", "ug/cm2/h"))
    assert flux == pytest.approx(1e4 / (1.0 / both + 1.0 / through), rel=5e-3)  # 1 % is 10⁴ µg/cm³


def test_channels_add_in_proportion_to_the_share_that_conducts() -> None:
    values = drawn_delivery(CENTRAL, 2, 0)
    figure = own("enhancement", "1", HOLES)
    gains = []
    for factor in (1.0, 2.0):
        share = {**values, "effective_open_share": factor * values["effective_open_share"]}
        gains.append(simulate_delivery(figure, share, CENTRAL, 0)[0] - 1.0)
    assert gains[0] > 0.0 and gains[1] == pytest.approx(2.0 * gains[0], rel=0.05)


def test_a_set_up_that_lacks_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves out a number"):
        central(own("closure_geometric", "h"))


def test_a_question_that_is_asked_twice_is_answered_alike_and_another_seed_otherwise() -> None:
    figure = find_delivery_figure("li-2017-calcein")
    one, again, other = (compare_delivery(SHIPPED, [figure], draws=20, seed=seed)[0].model for seed in (0, 0, 1))
    assert one == again and one != other


def test_counts_and_tables_are_of_the_rows(rows: dict[str, DeliveryRow], tmp_path: Path) -> None:
    counts = delivery_counts(rows.values())
    assert counts.figures == len(rows) and str(counts.tests_missed) in counts.sentence
    assert 0 < counts.tests_missed <= counts.missed < counts.answered
    table = delivery_evidence_table(rows.values())
    assert len(table) == counts.answered
    assert all(row[4].isupper() for row in table[: counts.missed])
    assert not any(row[4].isupper() for row in table[counts.missed :])
    write_delivery_evidence_plot(list(rows.values()), tmp_path / "figures.png")
    assert (tmp_path / "figures.png").read_bytes().startswith(b"\x89PNG")


def test_the_command_prints_them() -> None:
    done = CliRunner().invoke(app, ["evidence", "delivery", "--draws", "20", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert len(found) == len(load_delivery_figures())
    (one,) = (row for row in found if row["id"] == "prp-txa-plasma")
    assert one["verdict"] == "missed" and one["test"]
