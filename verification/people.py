"""Random people under random protocols, for the product and for the plain model alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from tests.helpers import members, read

from neodermis.errors import NeodermisError
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.skin.tissue import load_sites, reference_age_years
from neodermis.treatment import Protocol
from verification import reference
from verification.stepping import Members

DEVICES: Final = ("exceed", "pen 36 x 0.25 mm", "roller_generic", "roller_mf8", "stamp 40 x 0.25 mm")
SITES: Final = ("cheek", "forehead", "periorbital", "neck", "abdomen", "thigh")


@dataclass(frozen=True)
class Case:
    """One person under one protocol; the protocol's sentence holds device, site, depth and passes."""

    sentence: str
    until: float
    patient: Patient
    drawn: str
    """Whether the parameters are a draw of how people differ or of what is not known."""
    values: Mapping[str, float]

    @property
    def plan(self) -> Protocol:
        return read(self.sentence)

    def member(self) -> Members:
        """For the product."""
        return members(self.plan, [dict(self.values)], patient=self.patient)

    def column(self) -> tuple[reference.Column, reference.Channels]:
        """For the plain model: the skin, and what one session leaves in it."""
        plan, values = self.plan, dict(self.values)
        pass_ = plan.treatments[0]
        skin = self.patient.skin(pass_.site, load_parameters())
        column = reference.Column(
            values,
            skin.dermis_reference_mm,
            self.patient.age,
            reference_age_years(),
            float(self.patient.phototype),
            self.patient.scar,
        )
        inputs = reference.numbers(plan.device, pass_.depth_mm, pass_.passes)
        return column, reference.channels(plan.device.kind, values, inputs, skin.site.under)


def cases(count: int, seed: int = 0) -> list[Case]:
    """People and protocols, the same for the same seed, the first of more the same as of fewer.

    Every second one is a draw of how people differ, the others of what is not known; a draw that has no resting
    state (a labile pool that would mature faster than it is made) is left out, as it is by the product.
    """
    shipped = load_parameters()
    draws = {kind: shipped.draw(4 * count, seed, kind) for kind in ("variability", "uncertainty")}
    found: list[Case] = []
    for k in range(4 * count):
        if len(found) == count:
            break
        rng = np.random.default_rng((seed, k))
        kind = ("variability", "uncertainty")[len(found) % 2]
        values = {name: float(column[k]) for name, column in draws[kind].items()}
        sessions, interval = int(rng.integers(1, 5)), int(rng.integers(7, 61))
        site, device = str(rng.choice(SITES)), DEVICES[len(found) % len(DEVICES)]
        depth = min(float(rng.choice([0.5, 1.0, 1.5, 2.0])), load_sites()[site].limit_mm)
        times = f"{sessions} sessions every {interval} days" if sessions > 1 else "1 session"
        passes = int(rng.integers(2, 13))
        patient = Patient(
            age=float(rng.integers(20, 81)),
            sex=str(rng.choice(["female", "male"])),  # type: ignore[arg-type]
            phototype=int(rng.integers(1, 7)),
            scar=float(rng.choice([0.0, 0.0, 0.4, 0.8])),
        )
        sentence = f"{times}: {device}; {site} {depth:g} mm, {passes} passes"
        try:
            last = read(sentence).last_day
        except NeodermisError:
            continue
        case = Case(sentence, last + float(rng.integers(60, 181)), patient, kind, values)
        column, _ = case.column()
        if column.k_c > 0:
            found.append(case)
    return found


def shown(case: Case) -> dict[str, Any]:
    """The case as the results keep it."""
    who = case.patient
    return {
        "sentence": case.sentence, "until": case.until, "age": who.age, "sex": who.sex, "phototype": who.phototype,
        "scar": who.scar, "drawn": case.drawn,
    }  # fmt: skip
