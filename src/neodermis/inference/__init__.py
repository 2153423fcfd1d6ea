"""How sure: the model's answers beside what was published, and the ledger of claims."""
