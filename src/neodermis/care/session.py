"""A session of a plan on its day: what is planned, what was done, and the screening on that day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from neodermis.api.inputs import read
from neodermis.care.consultation import Consultation
from neodermis.care.overrides import with_overrides
from neodermis.care.suitability import Verdict, screen_protocol, strictest
from neodermis.treatment import Protocol as Done
from neodermis.treatment import Session as Planned
from neodermis.treatment.anaesthetic import read_anaesthetic

__all__ = ["Done", "Planned", "done_session", "planned_sessions", "read_anaesthetic", "screen_session"]


@lru_cache(maxsize=256)  # a page of a session asks several times
def planned_sessions(sentence: str) -> tuple[Planned, ...]:
    """Every session of a protocol sentence, by day.

    Raises
    ------
    InputError
        As for the protocol of :func:`neodermis.simulate`.
    """
    return read(sentence).sessions


def done_session(sentence: str, number: int, settings: Mapping[str, tuple[float, int]]) -> Done:
    """One session as it was done, as a protocol of a single session; ``str`` gives its sentence.

    Parameters
    ----------
    sentence
        The planned protocol.
    number
        Which of its sessions, from 1.
    settings
        Depth (mm) and passes of each site that was treated; a site that is left out was not treated.

    Raises
    ------
    InputError
        A setting that the device or the protocol does not have.
    """
    whole = read(sentence)
    session = whole.sessions[number - 1]
    passes = tuple(
        replace(one, depth_mm=settings[one.site][0], passes=settings[one.site][1])
        for one in session.passes
        if one.site in settings
    )
    phase = replace(
        whole.phases[session.phase], treatments=passes, count=1, interval_days=0.0, from_day=None, home=()
    )  # fmt: skip
    return replace(whole, phases=(phase,), notes=())


def screen_session(
    done: Done, answers: Sequence[Consultation], *, day: date, last_session: date | None,
    overrides: Mapping[str, str],
) -> Verdict:  # fmt: skip
    """The strictest of the verdicts on several sets of answers for a session, after overrides.

    Parameters
    ----------
    done
        The session.
    answers
        The consultation as it is stored, and with the answers of the day.
    day
        Day of the session.
    last_session
        Day of the session before it, from which waiting periods count.
    overrides
        Result of each rule that a practitioner overrode for the first of the answers
        (:func:`~neodermis.care.overrides.with_overrides`); where another set answers a question of the rule in another
        way, the rule holds.
    """
    verdicts = []
    for one in answers:
        verdict = screen_protocol(one, done, today=day, last_session=last_session)
        asked = {each.rule.id: each.answers for each in verdict.findings}
        lifted = {
            rule: result for rule, result in overrides.items()
            if all(_answer(one, path) == _answer(answers[0], path) for path in asked.get(rule, ()))
        }  # fmt: skip
        verdicts.append(with_overrides(verdict, lifted))
    return strictest(verdicts)


def _answer(one: Consultation, path: str) -> Any:
    """The answer to a question of a consultation."""
    found: Any = one
    for name in path.split("."):
        found = getattr(found, name, None)
    return found
