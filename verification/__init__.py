"""Minutes-long checks of the solver, beside the quick tests."""
