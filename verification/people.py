"""Random people under random protocols, for the product and for the reference solution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from tests.helpers import members, needling, read, subject

from neodermis.errors import NeodermisError
from neodermis.evidence import load_parameters
from neodermis.people import Patient
from neodermis.skin.cascade import Person
from neodermis.skin.tissue import find_site, load_sites, reference_age_years
from neodermis.treatment import Protocol
from verification import reference
from verification.stepping import Members

DEVICES: Final = ("exceed", "pen 36 x 0.25 mm", "roller_generic", "roller_mf8", "stamp 40 x 0.25 mm")
SITES: Final = ("cheek", "forehead", "periorbital", "neck", "abdomen", "thigh")


def human(patient: Patient, site: str, person: Person, row: Mapping[str, float] | None = None) -> reference.Human:
    """A person for the reference model: exposures and concerns as given, and the resulting initial states.

    ``person`` is one member of the product, whose pools before treatment and published thickness are taken; ``row``
    is what a test changes of the patient.
    """
    who = subject(row or {}, patient)
    levels = [{name: float(value) for name, value in held._asdict().items()} for held in who.life.levels]
    parts = {"L1": "labile_1", "L3": "labile_3", "G1": "mature_1", "G3": "mature_3"}
    prior_history = {name: getattr(person.prior_history, part) for name, part in parts.items()}
    return reference.Human(
        dermis_mm=float(np.squeeze(person.dermis_reference_mm)),
        age=float(who.age_years),
        reference_age=reference_age_years(),
        phototype=float(who.phototype),
        levels=tuple(levels),
        change_days=tuple(float(day) for day in who.life.change_day),
        quick=tuple(float(quick) for quick in who.life.quick),
        open_to_sun=float(not find_site(site).covered),
        concerns={name: float(value) for name, value in who.concerns._asdict().items()},
        prior_history={name: (float(np.squeeze(p)), float(np.squeeze(r))) for name, (p, r) in prior_history.items()},
        fragmented=float(np.squeeze(person.prior_history.fragmented)),
        thinned=float(np.squeeze(person.thinned)),
    )


@dataclass(frozen=True)
class Case:
    """One person under one protocol; the protocol's sentence holds device, site, depth and passes."""

    sentence: str
    until: float
    patient: Patient
    drawn: str
    """Whether the parameters are a draw of between-person variability or of uncertainty."""
    values: Mapping[str, float]

    @property
    def plan(self) -> Protocol:
        return read(self.sentence)

    def member(self) -> Members:
        """For the product."""
        return members(self.plan, [dict(self.values)], patient=self.patient)

    def column(self) -> tuple[reference.Column, reference.Channels]:
        """For the reference model: the skin, and the injury by one session."""
        plan, values = self.plan, dict(self.values)
        pass_ = plan.phases[0].treatments[0]
        person = needling(plan, [values], patient=self.patient).person
        column = reference.Column(values, human(self.patient, pass_.site, person))
        inputs = reference.numbers(plan.phases[0].device, pass_.depth_mm, pass_.passes)
        return column, reference.channels(plan.phases[0].device.kind, values, inputs, find_site(pass_.site).under)


def cases(count: int, seed: int = 0) -> list[Case]:
    """People and protocols; the same for the same seed, and the first ones do not depend on their number.

    Every second one is a draw of the between-person variability, the others of the uncertainty.  A draw without a
    resting state (a labile pool that would mature faster than it is synthesised) is left out, as in the product.
    """
    shipped = load_parameters(calibrated=False)
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
        )
        patient = replace(patient, exposures=lives(rng, patient), concerns=complaints(rng))
        sentence = f"{times}: {device}; {site} {depth:g} mm, {passes} passes"
        try:
            last = read(sentence).last_day
        except NeodermisError:
            continue
        case = Case(sentence, last + float(rng.integers(60, 181)), patient, kind, values)
        anyone = reference.Human(1.0, patient.age, reference_age_years())
        if reference.Pools.of(reference.aged(values, anyone)).k_c > 0:
            found.append(case)
    return found


def lives(rng: np.random.Generator, patient: Patient) -> Any:
    """Random exposures, of each kind that changes a rate in time; a third of the people have none."""
    if rng.random() < 1 / 3:
        return {}
    stop = f"; 0 from day {rng.choice([-900, 0, 25])}"
    often = float(rng.integers(5, 31))
    given: dict[str, str] = {
        "smoking": str(rng.choice(["", f"{often:g}/day", f"{often:g}/day since {patient.age - 4:g}{stop}"])),
        "sun": str(rng.choice(["", "low", "moderate", "high"])),
        "sunscreen": str(rng.choice(["", "daily", "0; 0.5 from day 10"])),
        "retinoid": str(rng.choice(["", "tretinoin", "retinol from day 14"])),
        "steroid": str(rng.choice(["", "", "", "daily"])),
        "stress": str(rng.choice(["", "high"])),
        "diabetes": str(rng.choice(["", "", "yes"])),
    }
    if patient.sex == "female":
        given["menopause"] = str(rng.choice(["", "none", "44", "51"]))
        given["hormone_therapy"] = str(rng.choice(["", "", "yes"]))
    given = {name: course for name, course in given.items() if course}
    for name in ("steroid", "stress", "diabetes", "hormone_therapy", "retinoid", "sunscreen"):  # a life holds four
        try:
            replace(patient, exposures=given)  # type: ignore[arg-type]  # read there
            break
        except NeodermisError:
            given.pop(name, None)
    return given


def complaints(rng: np.random.Generator) -> Any:
    """Random concerns, at most one scar among them."""
    scar = str(rng.choice(["", "", "acne_scar", "striae", "hypertrophic_scar"]))
    given = {scar: str(rng.choice([0.4, 0.8]))} if scar else {}
    if scar == "acne_scar":
        given[scar] = "goodman_baron:3, ice_pick:20, boxcar:70, rolling:10"
    for name in ("wrinkle", "photodamage", "laxity", "thin_skin", "melasma", "dullness"):
        if rng.random() < 0.2:
            given[name] = f"{rng.uniform(0.2, 0.7):.2f}"
    return given


def shown(case: Case) -> dict[str, Any]:
    """The case as the results keep it."""
    who = case.patient
    return {
        "sentence": case.sentence, "until": case.until, "age": who.age, "sex": who.sex, "phototype": who.phototype,
        "exposures": who.said.get("exposures", {}), "concerns": who.said.get("concerns", {}), "drawn": case.drawn,
    }  # fmt: skip
