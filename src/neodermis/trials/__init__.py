"""Virtual trials: the design of a controlled trial as data, and the trial in simulated people."""
