"""Planning: from a consultation to the plan to choose, its update after a follow-up, and what-if."""
