"""``injure`` by heat: the person and the numerics read as for needles, what says nothing of heat refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from neodermis.api.case import Injuring, Numerics, patient_of, sorted_keywords
from neodermis.api.inputs import read_draws, within_limits
from neodermis.errors import InputError
from neodermis.notes import UNMODELLED, Note
from neodermis.simulation.heat import HeatInjuries, injure_by_heat
from neodermis.treatment import HeatProtocol

#: Keyword that a session by heat does not take → why.
_NOT_OF_HEAT: Final = {
    "anaesthetic": "pain by heat is not in this version",
    "parameters": "the parameters of heat are a set of their own",
    "set": "the parameters of heat are a set of their own",
    "device": "own devices have needles",
}
#: What a reader of any result by heat must know.
NOT_IN_HEAT: Final = Note(
    "not in this version for heat: how the skin answers in days and months, pain, redness, downtime, pigmentation "
    "after inflammation, closure, screening; phototype, fat and blood flow change nothing in the columns; watts, "
    "milliseconds, insulation and frequency are ranges",
    UNMODELLED,
)


def injured_by_heat(plan: HeatProtocol, given: Mapping[str, Any]) -> HeatInjuries:
    """What one session of a protocol by heat does; keywords as :func:`~neodermis.injure`.

    Raises
    ------
    InputError
        A keyword that says nothing of heat, or a value that cannot be used.
    """
    unknown = sorted(given.keys() - Injuring.__annotations__.keys())
    if unknown:
        raise TypeError(
            f"unexpected keyword {unknown[0]!r}; this verb takes {', '.join(sorted(Injuring.__annotations__))}"
        )
    for name, why in _NOT_OF_HEAT.items():
        if given.get(name):
            raise InputError(
                field=name, value=str(given[name]), accepted="nothing for a device that heats", whose=why,
                next_step=f"leave it out, or name a device with needles alone in place of {plan.phases[0].device.id}",
            )  # fmt: skip
    person, numbers, others = sorted_keywords(given)
    patient, numerics = patient_of(person), Numerics(**numbers)
    read_draws(numerics.draws, numerics.seed)
    beyond = within_limits(plan, bool(others.get("beyond_limits")))
    return injure_by_heat(
        plan,
        {site: patient.skin(site) for site in plan.sites},
        patient=patient.said,
        draws=numerics.draws,
        seed=numerics.seed,
        warnings=(*beyond, NOT_IN_HEAT),
        exceeds=bool(beyond),
    )
