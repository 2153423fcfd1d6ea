"""How sure: the model's answers beside what was published."""

from neodermis.inference.figures import Row, Verdict, answer, compare, drawn, numbers, simulate

__all__ = ["Row", "Verdict", "answer", "compare", "drawn", "numbers", "simulate"]
