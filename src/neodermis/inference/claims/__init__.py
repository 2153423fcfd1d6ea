"""Claims of the field, answered: the ledger, and a module for each kind of claim."""

from neodermis.inference.claims import caring, delivering, healing, measuring, needling, scheduling, screening, skin
from neodermis.inference.claims.ledger import (
    ANSWERS,
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

__all__ = [
    "ANSWERS",
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
]
#: The modules that answer; importing them is what fills :data:`ANSWERS`.
MODULES = (caring, delivering, healing, measuring, needling, scheduling, screening, skin)
