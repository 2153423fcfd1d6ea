"""What every result can do: a summary, a picture, a table, files and a page, in Python and in a notebook.

The one place below ``report`` that calls it, and only when one of these methods is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class ResultMethods:
    """Methods of a result: of a course, a session, a delivery, an explanation, a comparison, a screening.

    Every file is written whole or not at all.  :class:`~neodermis.errors.OutputError` where it cannot be written or its
    ending is of another format, :class:`~neodermis.errors.InputError` where a result has no picture.

    Examples
    --------
    >>> import neodermis as nd
    >>> done = nd.injure("1 session: exceed; cheek 1.5 mm, 6 passes", draws=20)
    >>> done
    <Injuries: 1 session: exceed; cheek 1.5 mm, 6 passes; 20 draws>
    >>> done.to_dataframe().query("quantity == 'pain_vas'")["median"].item() > 0
    True
    """

    __slots__ = ()

    def summary(self) -> str:
        """The result in sentences, one a line: what the command line prints first."""
        from neodermis.report.results import summary

        return summary(self)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document of the command, as plain values."""
        document: dict[str, Any] = _shown(self).document(self)
        return document

    def to_dataframe(self) -> DataFrame:
        """The numbers as a tidy table: one row for each value with its 90 % interval, units in columns or names."""
        from neodermis.report.results import dataframe

        return dataframe(self)

    def plot(self, file: str | Path | None = None) -> Figure:
        """The picture as a matplotlib figure, which a notebook shows; written to a PNG, SVG or PDF file where asked."""
        from neodermis.report.results import figure

        return figure(self, file)

    def to_csv(self, file: str | Path) -> Path:
        """The table of :meth:`to_dataframe` as CSV, after lines marked ``#`` on what the numbers rest on."""
        from neodermis.report.results import write_table

        return write_table(self, file)

    def to_netcdf(self, file: str | Path) -> Path:
        """Every number as NetCDF-4 with units; of a course and a comparison, every draw."""
        from neodermis.report.results import write_dataset

        return write_dataset(self, file)

    def report(self, file: str | Path, *, letterhead: Path | str | None = None, language: str = "en") -> Path:
        """The result as one self-contained HTML page or one tagged PDF, by the suffix of the file.

        Parameters
        ----------
        file
            A path that ends in .html or .pdf.
        letterhead
            A file with name, contact and logo of a clinic, see :mod:`neodermis.report.letterhead`.
        language
            Language of the patient's page; the pages for the practitioner are in English.
        """
        from neodermis.report.results import write_report

        return write_report(self, file, letterhead, language)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {_shown(self).title(self)}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: sentences and the first table."""
        from neodermis.report.results import notebook_html

        return notebook_html(self)


class SectionMethods(ResultMethods):
    """Methods of a section: files that show it through time."""

    __slots__ = ()

    def to_html(self, file: str | Path) -> Path:
        """The section as one self-contained page that moves through time, with a slider, a legend and values."""
        from neodermis.report.results import write_section

        return write_section(self, file, "html")  # type: ignore[arg-type]  # the section itself

    def to_gif(self, file: str | Path) -> Path:
        """The section through time as an animated GIF; takes about a minute."""
        from neodermis.report.results import write_section

        return write_section(self, file, "gif")  # type: ignore[arg-type]

    def slide(self, file: str | Path, day: float) -> Path:
        """The section on a day (since the first session) as a slide, PNG; of a session's day the skin right after it.

        :class:`~neodermis.errors.InputError` for a day outside the section.
        """
        from neodermis.report.results import write_section

        return write_section(self, file, "png", day)  # type: ignore[arg-type]


def _shown(result: ResultMethods) -> Any:
    from neodermis.report.results import shown

    return shown(result)
