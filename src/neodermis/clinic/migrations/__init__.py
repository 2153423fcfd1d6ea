"""The database of the clinic application, version by version."""
