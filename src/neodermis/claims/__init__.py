"""Claims about microneedling and their answers: the shipped ledger, and its points as data."""

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
