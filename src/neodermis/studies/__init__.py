"""Published studies with arms that can be simulated, and their predictions."""
