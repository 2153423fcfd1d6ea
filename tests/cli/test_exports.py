"""Exports of every draw, read back by the libraries of others."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray
from tests.cli.terminal import SHORT, refused, run

import neodermis as nd
from neodermis.exports import tables
from neodermis.exports.tables import SCALES
from neodermis.skin.outcomes import OUTCOMES


def parquet() -> Any:
    """The reader of Parquet files, of the extra ``export``."""
    return pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed in this environment")


TWO_SITES = "1 session: exceed; cheek 1.5 mm, 6 passes; forehead 0.8 mm, 4 passes"


@pytest.fixture(scope="module")
def course() -> Any:
    return nd.simulate(TWO_SITES, draws=4, people=3, until=60)


@pytest.fixture(scope="module")
def dataset(course: Any) -> xarray.Dataset:
    found: xarray.Dataset = course.dataset
    return found


def rows(table: pd.DataFrame, site: str, member: str) -> pd.DataFrame:
    """One outcome of a site: members by days."""
    of = table[(table.site == site) & (table.member == member)]
    return of.pivot(index="number", columns="time_day", values="collagen_papillary")


def test_the_same_numbers_are_read_back_from_csv_and_parquet(
    course: Any, dataset: xarray.Dataset, tmp_path: Path
) -> None:
    parquet()
    tables.write_csv(dataset, tmp_path / "a.csv")
    tables.write_parquet(dataset, tmp_path / "a.parquet")
    read = {
        "csv": (pd.read_csv(tmp_path / "a.csv", comment="#"), 1e-7),
        "parquet": (pd.read_parquet(tmp_path / "a.parquet"), 1e-15),
    }
    for table, error in read.values():
        assert len(table) == 2 * (4 + 3) * len(course.time_day)
        for name, site in course.sites.items():
            for member, values in (("draw", site.values), ("person", site.people)):
                found = rows(table, name, member)
                assert list(found.columns) == pytest.approx(list(course.time_day))
                np.testing.assert_allclose(found.to_numpy(), values["collagen_papillary"], rtol=error)


def test_units_and_basis_are_in_the_metadata_of_parquet_and_above_the_csv(
    course: Any, dataset: xarray.Dataset, tmp_path: Path
) -> None:
    parquet()
    tables.write_csv(dataset, tmp_path / "a.csv")
    tables.write_parquet(dataset, tmp_path / "a.parquet")
    schema, text = parquet().read_schema(tmp_path / "a.parquet"), (tmp_path / "a.csv").read_text("utf-8")
    for name in course.sites["cheek"].values:
        assert schema.field(name).metadata[b"units"].decode() == OUTCOMES[name].unit
        assert f"# unit of {name}: {OUTCOMES[name].unit}\n" in text
    assert json.loads(schema.metadata[b"case"])["protocol"] == TWO_SITES
    assert course.ledger.parameters.sha256 in text


def test_netcdf_follows_the_conventions_and_becomes_inference_data(dataset: xarray.Dataset, tmp_path: Path) -> None:
    tables.write_netcdf(dataset, tmp_path / "a.nc")
    with xarray.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as data:
        assert data.attrs["Conventions"] == "CF-1.11"
        assert list(data["draw"].values) == list(dataset["draw"].values)
        assert data.sizes["person"] == len(data["person"]) == 3
        for name, variable in data.variables.items():
            assert variable.attrs.get("units") not in SCALES
            assert variable.dtype.kind != "f" or {"units", "long_name"} <= variable.attrs.keys(), name
        assert data["wrinkle_grade"].attrs["scale_unit"] == "grade"
        arviz = pytest.importorskip("arviz", reason="ArviZ is not part of the test environment")
        found = arviz.InferenceData(posterior_predictive=data.load().expand_dims("chain"))
        assert found.posterior_predictive.sizes["draw"] == 4


def test_a_draw_that_failed_at_one_site_is_left_out_at_all(course: Any) -> None:
    from dataclasses import replace

    cheek = course.sites["cheek"]
    kept = [1, 2, 3]
    fewer = replace(
        cheek, values={name: v[kept] for name, v in cheek.values.items()},
        untreated={name: v[kept] for name, v in cheek.untreated.items()},
        draw_numbers=tuple(cheek.draw_numbers[row] for row in kept),
    )  # fmt: skip
    found = replace(course, sites={**course.sites, "cheek": fewer}).dataset
    assert list(found["draw"].values) == list(fewer.draw_numbers)
    name = "collagen_papillary"
    for site in ("cheek", "forehead"):
        np.testing.assert_array_equal(found[name].sel(site=site), course.sites[site].values[name][kept])


def test_bad_formats_and_endings_are_refused_before_any_work(folder: Path, no_work: None) -> None:
    refused(run("export", "netcdff", SHORT, "a.nc"), "FORMAT", "netcdf")
    refused(run("export", "netcdf", SHORT, "a.csv"), "ends in .nc")
    assert list(folder.iterdir()) == []
