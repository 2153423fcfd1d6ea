"""Calibration: fit of the parameters that published studies inform, and validation of the forecast."""
