"""Why this result: sentences, tables, JSON documents, files and pictures.  The only part that draws."""

from neodermis.report.common import PLOT_ENDINGS, check_outputs
from neodermis.report.course import (
    course_table,
    document,
    figure,
    observed_table,
    sentences,
    session_table,
    write_all,
    write_csv,
    write_netcdf,
    write_page,
    write_plot,
)
from neodermis.report.injury import (
    comparison_table,
    depth_table,
    injury_document,
    injury_figure,
    injury_sentences,
    injury_table,
    session_entry,
    write_injury_plot,
)

__all__ = [
    "PLOT_ENDINGS",
    "check_outputs",
    "comparison_table",
    "course_table",
    "depth_table",
    "document",
    "figure",
    "injury_document",
    "injury_figure",
    "injury_sentences",
    "injury_table",
    "observed_table",
    "sentences",
    "session_entry",
    "session_table",
    "write_all",
    "write_csv",
    "write_injury_plot",
    "write_netcdf",
    "write_page",
    "write_plot",
]
