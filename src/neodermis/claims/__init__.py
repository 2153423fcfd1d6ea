"""Claims of the field, answered: the ledger as it is shipped, and its points as data."""

from neodermis.claims.ledger import (
    VERDICTS,
    Answer,
    Claim,
    Evidence,
    Judged,
    Picture,
    Point,
    combined,
    documents,
    judge,
    judged,
    ledger,
    load_claims,
)
from neodermis.claims.record import shipped

__all__ = [
    "VERDICTS",
    "Answer",
    "Claim",
    "Evidence",
    "Judged",
    "Picture",
    "Point",
    "combined",
    "documents",
    "judge",
    "judged",
    "ledger",
    "load_claims",
    "shipped",
]
