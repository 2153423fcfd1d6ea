"""Notes of a result that hold for many runs alike, with their subject, by which a reader may group them."""

from __future__ import annotations

from typing import Final, Self

GEOMETRY: Final = "the device's geometry"
UNMODELLED: Final = "what is not modelled"
UNREPORTED: Final = "what the study does not report"
BORROWED: Final = "ranges of other concerns or devices"
ADAPTED: Final = "what the screening rules change with each device"


class Note(str):
    """A sentence of a result's warnings that is no news of this run alone.

    Attributes
    ----------
    about
        Its subject, as it stands after *notes on*.
    """

    about: str

    def __new__(cls, text: str, about: str) -> Self:
        """A note on a subject."""
        note = super().__new__(cls, text)
        note.about = about
        return note
