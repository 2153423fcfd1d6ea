"""Why this result: sentences, tables, JSON documents, files and pictures.  The only part that draws."""

from typing import TYPE_CHECKING

from neodermis.lazy import names_of

if TYPE_CHECKING:
    from neodermis.report.care import (
        care_document,
        care_tables,
        checklist_table,
        closing_lines,
        difference_sentences,
        flag_table,
        numbing_sentences,
        prepared_document,
        prepared_lines,
        write_calendar,
        write_leaflet,
    )
    from neodermis.report.cascade import states_document, states_figure, write_states_plot
    from neodermis.report.claims import (
        claims_document,
        claims_table,
        counts_text,
        point_counts,
        point_lines,
        verdict_counts,
        write_claims_page,
        write_claims_picture,
    )
    from neodermis.report.common import PLOT_ENDINGS, check_outputs, person_text
    from neodermis.report.comparison import (
        case_lines,
        comparison_document,
        comparison_figure,
        comparison_sentences,
        comparison_tables,
        exposure_sentences,
        exposure_table,
        write_comparison_plot,
    )
    from neodermis.report.couplings import cascade_figure, coupling_table, couplings_document, write_cascade_plot
    from neodermis.report.course import (
        course_table,
        document,
        measure_table,
        not_modelled_labels,
        not_modelled_table,
        observed_entry,
        observed_table,
        sentences,
        session_table,
        write_all,
        write_csv,
        write_netcdf,
        write_page,
    )
    from neodermis.report.course_figure import answering_outcomes, figure, foot, write_plot
    from neodermis.report.delivery import (
        delivery_document,
        delivery_figure,
        delivery_sentences,
        dose_table,
        layer_table,
        source_keys,
        write_delivery_plot,
    )
    from neodermis.report.evidence import study_figure, write_study_plot
    from neodermis.report.explanation import explanation_document, explanation_sentences, explanation_table
    from neodermis.report.injury import (
        comparison_table,
        depth_table,
        injury_document,
        injury_sentences,
        injury_table,
        session_entry,
    )
    from neodermis.report.injury_picture import injury_figure, write_injury_plot
    from neodermis.report.people import (
        skin_document,
        skin_figure,
        skin_sentences,
        skin_table,
        write_people,
        write_skin_plot,
    )
    from neodermis.wording import counted

__all__ = [
    "PLOT_ENDINGS",
    "answering_outcomes",
    "care_document",
    "care_tables",
    "cascade_figure",
    "case_lines",
    "check_outputs",
    "checklist_table",
    "claims_document",
    "claims_table",
    "closing_lines",
    "comparison_document",
    "comparison_figure",
    "comparison_sentences",
    "comparison_table",
    "comparison_tables",
    "counted",
    "counts_text",
    "coupling_table",
    "couplings_document",
    "course_table",
    "delivery_document",
    "delivery_figure",
    "delivery_sentences",
    "depth_table",
    "difference_sentences",
    "document",
    "dose_table",
    "explanation_document",
    "explanation_sentences",
    "explanation_table",
    "exposure_sentences",
    "exposure_table",
    "figure",
    "flag_table",
    "foot",
    "injury_document",
    "injury_figure",
    "injury_sentences",
    "injury_table",
    "layer_table",
    "measure_table",
    "not_modelled_labels",
    "not_modelled_table",
    "numbing_sentences",
    "observed_entry",
    "observed_table",
    "person_text",
    "point_counts",
    "point_lines",
    "prepared_document",
    "prepared_lines",
    "sentences",
    "session_entry",
    "session_table",
    "skin_document",
    "skin_figure",
    "skin_sentences",
    "skin_table",
    "source_keys",
    "states_document",
    "states_figure",
    "study_figure",
    "verdict_counts",
    "write_all",
    "write_calendar",
    "write_cascade_plot",
    "write_claims_page",
    "write_claims_picture",
    "write_comparison_plot",
    "write_csv",
    "write_delivery_plot",
    "write_injury_plot",
    "write_leaflet",
    "write_netcdf",
    "write_page",
    "write_people",
    "write_plot",
    "write_skin_plot",
    "write_states_plot",
    "write_study_plot",
]

__getattr__ = names_of(__name__)
