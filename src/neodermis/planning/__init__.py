"""Proposed protocols: what may be proposed, and on what evidence."""
