"""Words of the protocol language in messages and repairs, by terminal of the grammar (``data/protocol.lark``)."""

from __future__ import annotations

from typing import Final

#: Terminal of the grammar → its name in messages, and its words.
WORDS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "SESSIONS": ("'sessions'", ("session", "sessions", "treatments")),
    "EVERY": ("'every' and an interval such as 5 weeks", ("every",)),
    "ADVERB": ("'daily', 'weekly', 'fortnightly' or 'monthly'", ("daily", "weekly", "fortnightly", "monthly")),
    "TIME_UNIT": ("'days', 'weeks' or 'months'", ("day", "days", "week", "weeks", "month", "months")),
    "APART": ("'apart'", ("apart",)),
    "INTERVALS": ("'intervals'", ("intervals",)),
    "OF": ("'of' and an interval such as 5 weeks", ("of",)),
    "FROM_DAY": ("'from day' and a day", ("from day",)),
    "COLON": ("':' and then the device", ()),
    "X": ("'x'", ()),
    "LENGTH_UNIT": ("'mm' or 'µm'", ("mm", "um", "cm", "microns")),
    "PASSES": ("'passes'", ("pass", "passes")),
    "LEVEL": ("'level' and a number", ("level",)),
    "ENERGY_UNIT": ("'mJ'", ("mj",)),
    "PULSES": ("'pulses'", ("pulse", "pulses")),
    "PERCENT": ("'%'", ("percent",)),
    "OFTEN": ("'once' or 'twice'", ("once", "twice")),
    "TIMES": ("'times'", ("times",)),
    "PER": ("'a week' or 'weekly'", ("weekly",)),
    "STOP": ("'stop' and days", ("stop",)),
    "RESUME": ("'resume' and days", ("resume",)),
    "BEFORE": ("'before'", ("before",)),
    "AFTER": ("'after'", ("after",)),
    "HOUR": ("'hours'", ("h", "hours")),
    "SEMICOLON": ("';'", ()),
    "$END": ("the end of the sentence", ()),
}
#: Terminal of the grammar → text that a repair inserts where it is missing.  A repair never inserts a number.
MISSING: Final[dict[str, tuple[str, ...]]] = {
    "SEMICOLON": (";",), "COLON": (":",), "SESSIONS": ("sessions",), "EVERY": ("every",), "APART": ("apart",),
    "INTERVALS": ("intervals",), "OF": ("of",), "TIME_UNIT": ("weeks", "days"), "X": ("x",),
    "LENGTH_UNIT": ("mm", "um"), "PASSES": ("passes",), "PERCENT": ("%",), "PER": ("a",), "BEFORE": ("before",),
    "AFTER": ("after",), "HOUR": ("h",),
}  # fmt: skip
UNITS: Final = frozenset({"LENGTH_UNIT", "PERCENT", "TIME_UNIT", "HOUR", "ENERGY_UNIT"})
#: Words for the settings of devices that heat.
OF_HEAT: Final = frozenset({"LEVEL", "ENERGY_UNIT", "PULSES"})
#: Words that a repair never removes, because they reverse the meaning.
TURNING: Final = frozenset(
    {"no", "not", "without", "except", "only", "sham", "never", "avoid", "half", "double", "each", "and", "or", "plus"}
)
#: Name in messages of words with several uses, by the kind of name expected at their place.
WORDS_AT: Final[dict[str, dict[str, tuple[str, tuple[str, ...]]]]] = {
    "part": {"AFTER": ("'after' and hours", ("after",))},
    "home": {"ADVERB": ("'daily' or 'weekly'", ("daily", "weekly")), "EVERY": ("'every day'", ("every",))},
}
