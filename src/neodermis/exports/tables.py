"""Every draw of a dataset as NetCDF by the CF conventions, as CSV and as Parquet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neodermis.documents import replacing
from neodermis.errors import InputError, printable

if TYPE_CHECKING:
    from xarray import Dataset

#: The conventions that a file names.
CONVENTIONS: Final = "CF-1.11"
#: Units of scales, which UDUNITS does not know or takes for something else: dimensionless there, and named beside it.
SCALES: Final = ("grade", "point")


def conforming(dataset: Dataset) -> Dataset:
    """A dataset with the attributes of the CF conventions: units that UDUNITS reads.

    The unit of a scale (grade, point) becomes ``1``, with the scale in the attribute ``scale_unit``.  The names of
    sites and cases stay coordinates of text, by which a reader selects; the conventions call them labels.
    """
    found = dataset.copy()
    for variable in found.variables.values():
        unit = variable.attrs.get("units")
        if unit in SCALES:
            variable.attrs |= {"units": "1", "scale_unit": unit}
    found.attrs = {
        "Conventions": CONVENTIONS,
        "institution": "neodermis contributors",
        "source": f"neodermis {version('neodermis')}, simulation",
        **{name: value for name, value in found.attrs.items() if value is not None},
    }
    return found


def write_netcdf(dataset: Dataset, path: Path) -> None:
    """Write a dataset as NetCDF-4 by the CF conventions.  Raises :class:`OutputError` for a path without access."""
    with replacing(path) as draft:
        found = conforming(dataset)
        exact = {name: {"_FillValue": None} for name in found.coords if found[name].dtype.kind == "f"}
        found.to_netcdf(draft, engine="h5netcdf", encoding=exact)


def _frames(dataset: Dataset) -> Iterator[Any]:
    """Tables of a course, site by site: rows of every draw, then of every person, on every day."""
    import pandas as pd

    for site in dataset["site"].values:
        one = dataset.sel(site=site)
        for member, ending in (("draw", ""), ("person", "_people")):
            names = {
                name: str(name).removesuffix(ending)
                for name, variable in one.data_vars.items()
                if variable.dims == (member, "time_day") and str(name).endswith(ending)
            }
            if names:
                frame = one[list(names)].rename(names).to_dataframe().reset_index()
                frame = frame.rename(columns={member: "number"}).drop(columns="site")
                head = pd.DataFrame({"site": str(site), "member": member}, index=frame.index)
                yield head.join(frame)


def table(dataset: Dataset) -> Any:
    """Every draw and every person of a course as one pandas table.

    Columns ``site``, ``member`` (draw or person), ``number``, ``time_day``, then one for each outcome and, of draws,
    one for each outcome untreated.  Units are attributes of the dataset's variables.
    """
    import pandas as pd

    return pd.concat(_frames(conforming(dataset)), ignore_index=True)


def _units(dataset: Dataset, columns: list[str]) -> dict[str, str]:
    """Unit of each column that has one, a scale by its name."""
    attributes = {name: dataset[name].attrs for name in columns if name in dataset.variables}
    return {name: about.get("scale_unit", about["units"]) for name, about in attributes.items() if "units" in about}


def write_csv(dataset: Dataset, path: Path) -> None:
    """Write the table of every draw as CSV, after lines marked ``#`` on its basis and the unit of each column."""
    found, whole = conforming(dataset), table(dataset)
    with replacing(path) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        for name, value in found.attrs.items():
            for line in str(value).split("\n"):
                out.write(f"# {name}: {printable(line)}\n")
        for name, unit in _units(found, list(whole.columns)).items():
            out.write(f"# unit of {name}: {unit}\n")
        whole.to_csv(out, index=False, float_format="%.8g", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)


def check_parquet() -> None:
    """:class:`InputError` where the library that writes Parquet is not installed."""
    try:
        import pyarrow.parquet  # noqa: F401  # asked for before anything is computed
    except ImportError:
        raise InputError(
            "export parquet", value="the library pyarrow is not installed", accepted="an installation with it",
            whose="the Parquet format", next_step="pip install 'neodermis[export]', or export csv or netcdf",
        ) from None  # fmt: skip


def write_parquet(dataset: Dataset, path: Path) -> None:
    """Write the table of every draw as Parquet, with the unit of each column and the basis in its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = conforming(dataset)
    whole = pa.Table.from_pandas(table(dataset), preserve_index=False)
    units = _units(found, whole.column_names)
    fields = [
        field.with_metadata({"units": units[field.name]}) if field.name in units else field for field in whole.schema
    ]
    about = {name: str(value) for name, value in found.attrs.items()}
    schema = pa.schema(fields, metadata={**(whole.schema.metadata or {}), **{k.encode(): v for k, v in about.items()}})
    with replacing(path) as draft:
        pq.write_table(whole.cast(schema).replace_schema_metadata(schema.metadata), draft, compression="zstd")


WRITERS: Final = {"csv": write_csv, "parquet": write_parquet, "netcdf": write_netcdf}
