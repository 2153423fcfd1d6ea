"""Fields of a consultation file: reading of values, and errors for values that are not accepted.

Every reader accepts ``"unknown"`` for a value that is left out.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema

from neodermis.care.hints import field_hint, value_hint
from neodermis.dates import FORM, read_date
from neodermis.documents import is_number
from neodermis.errors import DataFileError, InputError
from neodermis.names import spelled
from neodermis.skin.tissue import find_site

UNKNOWN: Final = "unknown"
NEVER: Final = "never"
NONE: Final = "none"
WHOSE: Final = "the consultation form; neodermis screen writes one with `template`"
#: Tables of a prescription; they contain no answers.
PRESCRIBED: Final = ("goals", "limits", "follow_up")
#: Sites that may be requested and are never treated.
EXCLUDED: Final = ("lower_eyelid_inside_rim", "mucosa")
_EARLIEST: Final = date(1900, 1, 1)


def _yes_no(value: object) -> bool | None:
    if isinstance(value, bool) or value is None:
        return value
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word not in ("yes", "no", UNKNOWN):
        raise ValueError('true, false or "unknown"')
    return {"yes": True, "no": False}.get(word)


def _day(value: object) -> date | None:
    if isinstance(value, str) and value.strip().casefold() != UNKNOWN:
        try:
            value = read_date(value)
        except ValueError as error:
            raise ValueError(f"{error}, from {_EARLIEST} on") from None
    elif isinstance(value, str) or value is None:
        return None
    if not isinstance(value, date) or isinstance(value, datetime) or value < _EARLIEST:
        raise ValueError(f"{FORM}, from {_EARLIEST} on")
    return value


def _past(value: object) -> date | str | None:
    if isinstance(value, str) and value.strip().casefold() == NEVER:
        return NEVER
    try:
        return _day(value)
    except ValueError as error:
        raise ValueError(f'{error}, "never" or "unknown"') from None


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        raise ValueError('text, or "unknown"')
    word = value.strip()
    return None if word.casefold() in ("", UNKNOWN) else word


def _plain(value: object) -> str | float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("a number or text")
    return value


def between(
    low: float,
    high: float,
    unit: str,
    *,
    whole: bool = False,
    none: bool = False,
    above: bool = False,
    required: bool = False,
) -> BeforeValidator:
    """A number within limits; ``above``: the lower limit is excluded; ``required``: unknown is not accepted."""

    def read(value: object) -> float | str | None:
        word = value.strip().casefold() if isinstance(value, str) else ""
        if (word == UNKNOWN or value is None) and not required:
            return None
        if none and word == NONE:
            return NONE
        if is_number(value) and low <= value <= high and not (above and value == low) and (not whole or value % 1 == 0):
            return float(value)
        limits = f"above {low:g} and up to {high:g}" if above else f"from {low:g} to {high:g}"
        what = f"a {'whole ' if whole else ''}number of {unit} {limits}" + (', "none"' if none else "")
        raise ValueError(what if required else f'{what} or "unknown"')

    return BeforeValidator(read)


def number_schema(low: float, high: float, *words: str) -> WithJsonSchema:
    """Schema of :func:`between`, with the words that it also accepts."""
    return WithJsonSchema({"anyOf": [{"type": "number", "minimum": low, "maximum": high}, {"enum": [*words, UNKNOWN]}]})


def one_of(*choices: str) -> BeforeValidator:
    """One word of a list."""

    def read(value: object) -> str | None:
        word = value.strip().casefold().replace(" ", "_") if isinstance(value, str) else ""
        if word == UNKNOWN or value is None:
            return None
        if word not in choices:
            raise ValueError(f'{", ".join(choices)} or "unknown"')
        return word

    return BeforeValidator(read)


def choice_schema(*choices: str) -> WithJsonSchema:
    """Schema of :func:`one_of`."""
    return WithJsonSchema({"enum": [*choices, UNKNOWN]})


_DATE: Final = {"type": "string", "format": "date"}
YesNo: TypeAlias = Annotated[bool | None, BeforeValidator(_yes_no), WithJsonSchema({"enum": [True, False, UNKNOWN]})]
Past: TypeAlias = Annotated[
    date | Literal["never"] | None,
    BeforeValidator(_past),
    WithJsonSchema({"anyOf": [_DATE, {"enum": [NEVER, UNKNOWN]}]}),
]
#: A planned date, checked against the day of the screening; "never" means that nothing is planned.
Planned: TypeAlias = Past
Day: TypeAlias = Annotated[date | None, BeforeValidator(_day), WithJsonSchema({"anyOf": [_DATE, {"enum": [UNKNOWN]}]})]
Level: TypeAlias = Annotated[
    str | int | float, BeforeValidator(_plain), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]})
]
Text: TypeAlias = Annotated[str | None, BeforeValidator(_text), WithJsonSchema({"type": "string"})]


class Table(BaseModel):
    """One table of a file; an unknown field is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def table_in(annotation: Any) -> type[Table] | None:
    """The table in a field, alone or in a list; None for another field."""
    kinds = (annotation, *get_args(annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Table)), None)


def site_of(name: str) -> str:
    """Id of a site, including sites that are never treated."""
    return spelled(name) if spelled(name) in EXCLUDED else find_site(name).id


#: Fields that are absent on purpose.
_NAMES: Final = ("name", "first_name", "last_name", "surname", "birthday", "date_of_birth", "email", "phone", "address")
#: Accepted values for faults that pydantic describes otherwise.
_PLAIN: Final = {"missing": "this field is required", "too_long": "at most 20 tables"}
_KINDS: Final = {
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table of names and values",
    "list_type": "a list",
    "string_type": "text",
    "tuple_type": "a list",
}


def _fields(form: type[Table], path: tuple[int | str, ...]) -> tuple[str, ...]:
    """Valid names of the table at this path of a file."""
    for part in path:
        if isinstance(part, str):
            form = table_in(form.model_fields[part].annotation) or form
    return tuple(form.model_fields)


def told(form: type[Table], file: str, error: ValidationError, whose: str = WHOSE) -> DataFileError:
    """First fault of a file as an error of this program."""
    fault = error.errors()[0]
    path = fault["loc"]
    kind = fault["type"]
    named = [f"[{number + 1}]" if isinstance(number, int) else number for number in path]
    if "exposures" in named:
        named, kind = named[:3], "exposure" if len(path) > 2 else kind
    if "concern" in named and "severity" in named:
        named, kind = named[:3], "severity"
    entry, field = ".".join(named[:-1]).replace(".[", "["), named[-1]
    accepted = _PLAIN.get(kind) or _KINDS.get(kind)
    next_step = 'correct the answer; write "unknown" if the answer is unknown'
    if kind == "extra_forbidden":
        known = _fields(form, path[:-1])
        here = f"in [{entry}]" if entry else "at the top of the file"
        if field.casefold() in _NAMES:
            accepted, next_step = f"no such field {here}: no name is asked for", "leave it out"
        else:
            accepted, next_step = f"a field that is {here}", field_hint(field, known)
    elif kind == "exposure":
        accepted = "a number or text, as for an exposure of a patient"
    elif kind == "severity":
        accepted = 'a share from 0 to 1, a grade such as "goodman_baron:3", or "unknown"'
    elif kind == "missing":
        next_step = "add it"
    elif path[0] in PRESCRIBED:
        next_step = "correct the value, or leave it out"
    value = fault["input"]
    if kind == "value_error" and isinstance(value, str):
        next_step = value_hint(".".join(str(part) for part in path if not isinstance(part, int)), value) or next_step
    scalar = isinstance(value, (str, int, float, date))
    shown = value if kind == "value_error" or (scalar and kind != "missing") else None
    return DataFileError(
        file, entry, field, value=shown, accepted=accepted or fault["msg"].removeprefix("Value error, "), whose=whose,
        next_step=next_step,
    )  # fmt: skip


def refused(file: str, entry: str, field: str, error: InputError, value: object = None) -> DataFileError:
    """An error of a reader, converted to an error of a field of a file."""
    accepted = error.accepted or str(error)
    if len(accepted) > 400:
        accepted = "a name of the catalogue"
    return DataFileError(
        file, entry, field, value=error.value if value is None else value, accepted=accepted,
        whose=error.whose or WHOSE, next_step=error.next_step or "correct it",
    )  # fmt: skip
