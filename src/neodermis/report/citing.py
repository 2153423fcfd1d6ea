"""Sources of a result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from neodermis.documents import read_any
from neodermis.errors import InputError
from neodermis.evidence.citing import Citations, cited


def cite(result: object) -> Citations:
    """Sources of a result: each work with its use; ``.text`` and ``.bibtex`` give formatted lists.

    Parameters
    ----------
    result
        A course, injuries, deliveries, a verdict or dated care; the JSON document
        that their command prints; or the path of a file that holds one.

    Raises
    ------
    DataFileError
        The file cannot be read, or is not JSON.
    InputError
        It is not a result, or names no sources.
    """
    if isinstance(result, (str, Path)):
        return cited(read_any(Path(result)), str(result))
    if isinstance(result, Mapping):
        return cited(result, "the document")
    from neodermis import report
    from neodermis.care.aftercare import Care
    from neodermis.care.course import Prepared
    from neodermis.care.suitability import Verdict
    from neodermis.care.telling import verdict_document
    from neodermis.simulation.delivery import Deliveries

    told = type(result).__name__
    if isinstance(result, Verdict):
        return cited(verdict_document(result), told)
    if isinstance(result, Care):
        return cited(report.care_document(result), told)
    if isinstance(result, Prepared):
        return cited(report.prepared_document(result), told)
    if isinstance(result, Deliveries):
        return cited(report.delivery_document(result), told)
    if hasattr(result, "ledger"):
        sources = [{"key": key, "for": why} for key, why in result.ledger.sources.items()]
        return cited({"sources": sources}, told)
    raise InputError(
        "result", value=told, accepted="a course, injuries, deliveries, a verdict, care, their document or its file",
        whose="neodermis.cite", next_step="give the result itself",
    )  # fmt: skip
