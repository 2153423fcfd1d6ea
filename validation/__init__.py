"""Validation: predictions beside what was published, misses included."""
