"""Reports: sentences, tables, JSON documents, files and figures.  The only subpackage that draws."""

from typing import TYPE_CHECKING

from neodermis.lazy import names_of

if TYPE_CHECKING:
    from neodermis.report.care import (
        care_disclaimer,
        care_document,
        care_page,
        difference_sentences,
        numbing_sentences,
        prepared_document,
        prepared_lines,
        write_calendar,
        write_leaflet,
    )
    from neodermis.report.cascade import states_document, states_figure, write_states_plot
    from neodermis.report.common import person_text
    from neodermis.report.comparison import (
        comparison_document,
        comparison_sentences,
        exposure_sentences,
        exposure_table,
    )
    from neodermis.report.comparison_picture import comparison_figure, write_comparison_plot
    from neodermis.report.couplings import cascade_figure, coupling_table, couplings_document, write_cascade_plot
    from neodermis.report.course import (
        course_table,
        document,
        measure_table,
        observed_entry,
        observed_table,
        sentences,
        write_all,
        write_csv,
    )
    from neodermis.report.course_figure import answering_outcomes, figure, foot
    from neodermis.report.delivery import delivery_document
    from neodermis.report.delivery_picture import write_delivery_plot
    from neodermis.report.evidence import write_study_plot
    from neodermis.report.explanation import explanation_document
    from neodermis.report.heat_picture import write_heat_plot
    from neodermis.report.injury import (
        comparison_table,
        depth_table,
        injury_document,
        injury_sentences,
        injury_table,
        session_entry,
    )
    from neodermis.report.injury_picture import injury_figure, write_injury_plot
    from neodermis.report.people import skin_document, skin_sentences, skin_table, write_people, write_skin_plot

__all__ = [
    "answering_outcomes",
    "care_disclaimer",
    "care_document",
    "care_page",
    "cascade_figure",
    "comparison_document",
    "comparison_figure",
    "comparison_sentences",
    "comparison_table",
    "coupling_table",
    "couplings_document",
    "course_table",
    "delivery_document",
    "depth_table",
    "difference_sentences",
    "document",
    "explanation_document",
    "exposure_sentences",
    "exposure_table",
    "figure",
    "foot",
    "injury_document",
    "injury_figure",
    "injury_sentences",
    "injury_table",
    "measure_table",
    "numbing_sentences",
    "observed_entry",
    "observed_table",
    "person_text",
    "prepared_document",
    "prepared_lines",
    "sentences",
    "session_entry",
    "skin_document",
    "skin_sentences",
    "skin_table",
    "states_document",
    "states_figure",
    "write_all",
    "write_calendar",
    "write_cascade_plot",
    "write_comparison_plot",
    "write_csv",
    "write_delivery_plot",
    "write_heat_plot",
    "write_injury_plot",
    "write_leaflet",
    "write_people",
    "write_skin_plot",
    "write_states_plot",
    "write_study_plot",
]

__getattr__ = names_of(__name__)
