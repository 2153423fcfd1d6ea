"""What every job reads alike: the protocol and its limits, numbers of draws, the horizon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from neodermis.errors import InputError, LimitError, RunError
from neodermis.skin.tissue import site_names
from neodermis.treatment import Device, HeatProtocol, Protocol, load_devices, read_protocol, read_treatment
from neodermis.units import read_number

_RANGE = "this program's range"
#: Draws or people of one course: each is kept whole, in nearly 1 MB.
MAX_STORED: Final = 10_000
#: People of whom only the bands are kept.
MAX_STREAMED: Final = 10_000_000
#: Draws of what one session does, which keep a few numbers each.
MOST_DRAWS: Final = 100_000
#: Days that a course runs on after its last session, at least.
SHORTEST_COURSE: Final = 1.0


def read_draws(
    draws: int | str,
    seed: int | str,
    *,
    field: str = "numerics.draws",
    least: int = 1,
    most: int = MOST_DRAWS,
    unkept: bool = False,
) -> tuple[int, int]:
    """A number of draws (or of people) and the seed they start from, each held to its range.

    ``unkept`` where more can be asked for once their courses are not kept.
    """
    whose, next_step = _RANGE, "give a whole number, for instance 100"
    if most == MAX_STORED:
        whose += ", each being kept whole"
    if unkept:
        whose += f"; {MAX_STREAMED:,} with `outcomes_only`"
        next_step = f"add `outcomes_only` for more than {MAX_STORED:,}, or {next_step}"
    count = read_number(draws, field=field, low=least, high=most, whose=whose, whole=True, next_step=next_step)
    start = read_number(
        seed, field="numerics.seed", low=0, high=2**32 - 1, whose=_RANGE, whole=True,
        next_step="give a whole number, for instance 1",
    )  # fmt: skip
    return int(count), int(start)


def read_horizon(until: float | str | None, plan: Protocol) -> float:
    """Last day of a course, a year after its last session where none is given."""
    from neodermis.simulation import course

    if until is None:
        return plan.last_day + course.FOLLOW_UP
    return read_number(
        until,
        field="numerics.until",
        low=plan.last_day + SHORTEST_COURSE,
        high=plan.last_day + course.LONGEST_COURSE,
        whose=f"a day to ten years after the last session, which is on day {plan.last_day:g}",
        unit="d",
        next_step="leave it out for a year after the last session",
    )


@contextmanager
def answerable(assignments: Mapping[str, float | str] | None) -> Iterator[None]:
    """Around a run: where it fails at values that the caller set, an :class:`InputError` that names them."""
    try:
        yield
    except RunError as error:
        if not assignments:
            raise
        raise InputError(
            field="parameters",
            value=", ".join(f"{name}={value}" for name, value in assignments.items()),
            accepted="values at which the equations can be solved to the stated accuracy",
            whose=f"the solver: {error.what}",
            next_step="use values closer to the defaults; neodermis parameters show NAME gives their 90 % ranges",
        ) from error


def read(sentence: str | Protocol, device: Path | Mapping[str, Device] | None = None) -> Protocol:
    """A protocol from its sentence, which may name devices beside the shipped ones, of an own file or by id.

    Errors as :func:`~neodermis.treatment.read_protocol` and :func:`~neodermis.treatment.load_devices`.
    """
    return sentence if isinstance(sentence, Protocol) else read_protocol(sentence, **_names(device))


def read_any(
    sentence: str | Protocol | HeatProtocol, device: Path | Mapping[str, Device] | None = None
) -> Protocol | HeatProtocol:
    """A protocol of needles or of heat from its sentence; arguments and errors as :func:`read`."""
    return read_treatment(sentence, **_names(device)) if isinstance(sentence, str) else sentence


def _names(device: Path | Mapping[str, Device] | None) -> dict[str, Any]:
    """What a sentence may name."""
    known = device if isinstance(device, Mapping) or device is None else {**load_devices(), **load_devices(device)}
    sites = site_names()
    return {"sites": sites.spellings, "site_questions": sites.questions, "devices": known}


def within_limits(plan: Protocol | HeatProtocol, beyond_limits: bool) -> tuple[str, ...]:
    """Sentences on depths beyond the limits of practice; an error unless they were asked for."""
    from neodermis.simulation import session

    warnings = session.limits_exceeded(plan)
    if warnings and not beyond_limits:
        inside = session.by_zones(plan) if isinstance(plan, Protocol) else None
        instead = f'give each zone its depth: "{inside}"' if inside else "give a smaller depth"
        raise LimitError(
            warnings[0],
            field="plan.depth_mm",
            accepted="a depth up to that limit",
            whose="clinical practice at this site",
            next_step=f"{instead}, or add `beyond_limits` to continue anyway",
        )
    return tuple(warnings)
