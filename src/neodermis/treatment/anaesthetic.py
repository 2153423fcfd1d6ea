"""Topical anaesthetics: the catalogue of products, and the product and contact time of a session.

Sentences such as ``emla 45 min`` name a product of the catalogue and the minutes of contact; ``practice``, ``topical``
and ``none`` describe the use without a product and a time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from neodermis.errors import DataFileError, InputError, did_you_mean
from neodermis.names import Names, spelled
from neodermis.treatment.device import Span, written
from neodermis.units import convert

SHIPPED: Final = Path(__file__).with_name("data") / "anaesthetics.toml"
#: Words that name no product: usual practice at the depth, the usual product, none.
WORDS: Final = ("practice", "topical", "none")
#: Longest accepted contact, minutes: labels report a decreasing effect beyond it.
MOST_MINUTES: Final = 300.0
#: Maximum number of characters of the text.
MAX_TEXT: Final = 200
_FIELD: Final = "anaesthetic"
_FORM: Final = re.compile(
    r"\s*(?P<name>.*?)(?:[\s,]+(?:for\s+)?(?P<minutes>[+-]?\d+(?:[.,]\d+)?)\s*(?P<unit>min|mins|minutes?|h|hours?))?\s*",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AnaestheticProduct:
    """One product of the catalogue."""

    id: str
    label: str
    aliases: tuple[str, ...]
    percent: Mapping[str, float]
    """Grams of each drug per 100 g of product."""
    strength: Span
    """Block after a very long contact, relative to that of lidocaine 2.5 % with prilocaine 2.5 %."""
    half_time_min: Span
    """Minutes of contact until half of this block is reached."""
    usual_minutes: tuple[float, float]
    sources: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Anaesthetic:
    """Anaesthetic applied before needling: a product with its contact time, or one of :data:`WORDS`.

    ``str`` of it is the text that :func:`read_anaesthetic` reads back.

    Examples
    --------
    >>> str(read_anaesthetic("EMLA, 45 minutes")), str(read_anaesthetic("none"))
    ('emla 45 min', 'none')
    """

    name: str = "practice"
    """Id of a product, or one of :data:`WORDS`."""
    minutes: float | None = None
    """Contact time; None for a word, with which the usual contact time is used."""

    def __str__(self) -> str:
        return self.name if self.minutes is None else f"{self.name} {written(self.minutes)} min"

    @property
    def product(self) -> AnaestheticProduct:
        """The product; for a word, the usual product in sessions that use one."""
        return load_anaesthetics()[usual_product() if self.name in WORDS else self.name]

    def used(self, deep: bool) -> bool:
        """Whether an anaesthetic is applied; ``deep``: the needles exceed the depth from which it is usual."""
        return deep if self.name == "practice" else self.name != "none"


PRACTICE: Final = Anaesthetic()


@cache
def _document() -> Mapping[str, Any]:
    from neodermis.documents import read_document  # imported here: not needed at import

    return read_document(SHIPPED)


@cache
def load_anaesthetics() -> Mapping[str, AnaestheticProduct]:
    """The catalogue, by id.  Raises :class:`DataFileError` where an entry breaks its schema."""
    return {name: _product(name, entry) for name, entry in _document()["product"].items()}


def usual_product() -> str:
    """Id of the product that is used if none is named."""
    return str(_document()["usual_product"])


def _product(name: str, entry: Mapping[str, Any]) -> AnaestheticProduct:
    try:
        sources, why = tuple(entry["sources"]), entry["why"]
        spans = [
            Span(
                low=float(entry[field]["low"]), middle=float(entry[field]["middle"]), high=float(entry[field]["high"]),
                assumed=True, basis=why, sources=sources,
            )
            for field in ("strength", "half_time")
        ]  # fmt: skip
        low, high = map(float, entry["usual"])
        return AnaestheticProduct(
            id=name, label=entry["label"], aliases=tuple(entry["aliases"]),
            percent={drug: float(share) for drug, share in entry["percent"].items()}, strength=spans[0],
            half_time_min=spans[1], usual_minutes=(low, high), sources=sources, why=why,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise DataFileError(
            SHIPPED.name, f"product.{name}", str(error), accepted="the fields at the top of the file"
        ) from error


@cache
def anaesthetic_names() -> Names:
    """Every name of a product."""
    return Names.of(
        _FIELD, SHIPPED.name, {one.id: (one.label, *one.aliases) for one in load_anaesthetics().values()}, {}
    )


def read_anaesthetic(given: object, *, field: str = _FIELD) -> Anaesthetic:
    """Anaesthetic from the text of a user: ``emla 45 min``, ``lidocaine 4 % 1 h``, ``topical``.

    Parameters
    ----------
    given
        Text, or an :class:`Anaesthetic`.
    field
        Path of the input, for messages.

    Raises
    ------
    InputError
        A product without minutes or with minutes outside 1 to 300, ``none`` with minutes, or an unknown product; names
        field, value, what is accepted and what to do.
    """
    if isinstance(given, Anaesthetic):
        given = str(given)
    what = field.rpartition(".")[2]
    text = given.strip() if isinstance(given, str) else ""
    accepted = f"{', '.join(WORDS)}, or a product with its minutes of contact, such as emla 45 min"

    def wrong(accepted: str, *, whose: str, next_step: str) -> InputError:
        return InputError(what, field=field, value=given, accepted=accepted, whose=whose, next_step=next_step)

    match = _FORM.fullmatch(text[:MAX_TEXT])
    if not text or match is None or len(text) > MAX_TEXT:
        raise wrong(accepted, whose="this program", next_step="leave it out for the anaesthetic usual at this depth")
    name = match["name"].casefold().strip(" ,")
    minutes = None if match["minutes"] is None else float(match["minutes"].replace(",", "."))
    if minutes is not None and match["unit"].casefold().startswith("h"):
        minutes = float(f"{convert(minutes, 'h', 'min'):.9g}")  # decimal fractions of a second are not exact
    if name in WORDS and minutes is None:
        return Anaesthetic(name)
    if name in WORDS and name != "topical":
        raise wrong(f"{name} without minutes", whose="this option", next_step=f"write {name}, or name a product")
    product = usual_product() if name == "topical" else _find(match["name"], wrong)
    low, high = load_anaesthetics()[product].usual_minutes
    example = f"{'topical' if name == 'topical' else product} {written(low)} min"
    if minutes is None:
        raise wrong(
            "minutes of contact after the product", whose=f"the catalogue; usual for it: {low:g} to {high:g} minutes",
            next_step=f'write for instance "{example}"',
        )  # fmt: skip
    if not 1.0 <= minutes <= MOST_MINUTES:
        raise wrong(
            f"1 to {MOST_MINUTES:g} minutes of contact", whose="this program's range: labels give up to 5 hours",
            next_step=f'write for instance "{example}", or none',
        )  # fmt: skip
    return Anaesthetic(product, minutes)


def find_product(name: str) -> AnaestheticProduct:
    """The product of this id or name; :class:`UnknownNameError` with the closest name otherwise."""
    return load_anaesthetics()[anaesthetic_names().find(name.replace("%", " "))]


def _find(name: str, wrong: Any) -> str:
    """Id of a product; an error that lists the catalogue otherwise."""
    products, spellings = load_anaesthetics(), anaesthetic_names().spellings
    key = spelled(name.replace("%", " "))
    if key in spellings:
        return spellings[key]
    head, _, number = key.rpartition("_")
    if head in spellings and number.isdigit():
        raise wrong(
            "minutes with their unit", whose="this option", next_step=f'write "{spellings[head]} {number} min"'
        )  # fmt: skip
    raise wrong(
        f"{', '.join((*WORDS, *products))}; a product with its minutes", whose="the catalogue of anaesthetics",
        next_step=did_you_mean(key, (*WORDS, *spellings)),
    )  # fmt: skip
