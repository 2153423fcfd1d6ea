"""Verification of the clinic application: ``python -m verification.clinic [NAME …] [--quick]``."""
