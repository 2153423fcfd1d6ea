"""What must be true before, during and after: whether a person may be treated, how to prepare, what to tell."""
