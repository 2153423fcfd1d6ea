"""The biology, in causal order: tissue, ageing, injury, inflammation, repair, matrix, outcomes."""
