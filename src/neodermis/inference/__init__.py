"""Calibration: the fit of the parameters that published studies inform, and how good the forecast is."""
