"""Untreated skin by age, from ageing and exposures alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from neodermis.api.inputs import MAX_STORED, answerable, read_draws
from neodermis.errors import InputError, RunError, concerning
from neodermis.evidence import ParameterSet, load_parameters
from neodermis.lazy import numpy as np
from neodermis.people.patient import Patient, who
from neodermis.results import ResultMethods
from neodermis.simulation import readout, session, solver
from neodermis.simulation.session import Floats, Interval, Ledger, concatenate
from neodermis.simulation.solver import Members
from neodermis.skin import exposures as exposed
from neodermis.skin import outcomes
from neodermis.skin.cascade import SkinParameters
from neodermis.skin.exposures import ExposureParameters
from neodermis.skin.tissue import find_site
from neodermis.units import Declared, read_number

#: Ages of one answer.
MOST_AGES: Final = 50


#: Name → what it is.
QUANTITIES: Final = {
    "collagen_total": Declared("ug/mm2", "collagen I and III, mass per skin area, whole dermis", "Dermal collagen"),
    "collagen_papillary": Declared("ug/mm2", "the same of the papillary dermis", "Papillary collagen"),
    "collagen_3_share": Declared("1", "type III over types I and III, whole dermis", "Type III share"),
    "labile_share": Declared("1", "collagen that is not cross-linked, over all, whole dermis", "Labile share"),
    "dermal_thickness": Declared("mm", "papillary and reticular dermis", "Dermal thickness"),
    "papillary_thickness": Declared("mm", "papillary dermis", "Papillary thickness"),
    "synthesis_1": Declared("ug/mm3/d", "made at rest per volume, mean of the dermis", "Type I synthesis"),
    "synthesis_3": Declared("ug/mm3/d", "made at rest per volume, mean of the dermis", "Type III synthesis"),
    "synthesis_1_papillary": Declared("ug/mm3/d", "the same of the papillary dermis", "Papillary type I synthesis"),
    "synthesis_1_activated": Declared(
        "ug/mm3/d", "were all resting fibroblasts of the dermis activated", "Type I synthesis, activated"
    ),
    "cleavage_papillary": Declared("1", "at rest, over that of the unexposed", "Papillary cleavage"),
    "fragmented": Declared("1", "share of the papillary collagen", "Fragmented collagen"),
    "elastin": Declared("1", "over that of a young adult", "Elastin"),
    "epidermal_turnover": Declared("d", "time in which the epidermis renews itself", "Epidermal turnover"),
    "melanocyte_stimulation_rate": Declared(
        "1/d", "rate of melanocyte stimulation at saturating inflammation, phototype III", "Melanocyte stimulation"
    ),
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Decades(ResultMethods):
    """The skin of one person at several ages; ``values[name]`` is (ages, draws), ``people[name]`` (ages, people).

    ``central[name]`` is (ages,), at the central parameters.
    """

    site: str
    patient: Patient
    """At the last of the ages."""
    ages: tuple[float, ...]
    central: Mapping[str, Floats]
    values: Mapping[str, Floats]
    people: Mapping[str, Floats]
    ledger: Ledger

    def interval(self, name: str, age: float, over: float | None = None) -> Interval:
        """A quantity at an age, or its ratio to that at another age, draw by draw."""
        at = self.values[name][self.ages.index(age)]
        return Interval.of(at if over is None else at / self.values[name][self.ages.index(over)])


def at_rest(
    patient: Patient, site: str, parameters: ParameterSet, *, draws: int = 0, people: int = 0, seed: int = 0
) -> dict[str, Floats]:
    """Every quantity of :data:`QUANTITIES` before treatment: the central member, parameter draws, people.

    A member that cannot rest is not a number.
    """
    epistemic = parameters.draw(draws, seed, "uncertainty")
    between = parameters.draw(people, seed, "variability")
    values = {p.name: np.concatenate([[p.value], epistemic[p.name], between[p.name]]) for p in parameters}
    subject = concatenate((patient.subject(), 1 + draws + people))
    p, person = session.individuals(find_site(site), subject, values, parameters)
    column, read = solver.at_rest(Members(p, person))
    now = exposed.summed(person.rate_time_course, exposed.shares_by(0.0, person.rate_time_course))
    found = {name: np.asarray(getattr(read, name)) for name in ("collagen_papillary", "dermal_thickness")}
    found |= {name: np.asarray(outcomes.values(name, read)) for name in ("collagen_total", "collagen_3_share")}
    rests = np.isfinite(np.asarray(column.collagen.labile_cleavage))  # a course tells the others apart by the same
    return {name: np.where(rests, value, np.nan) for name, value in (found | _rates(p, column, now, subject)).items()}


def _rates(p: SkinParameters, column: Any, now: exposed.RateModifiers, subject: session.Subject) -> dict[str, Floats]:
    def by_depth(value: Any) -> Any:
        return np.asarray(value)[..., None]

    weight, papillary = column.layers.dermis, column.layers.papillary
    fragmented = column.rest.cells.fragmented
    wide, sizes = exposed.RateModifiers(*map(by_depth, now)), ExposureParameters(*map(by_depth, p.exposures))
    held = exposed.resting_synthesis(wide, fragmented, sizes)
    made = [by_depth(column.collagen.renewal * pool) * e for pool, e in zip(column.resting_labile, held, strict=True)]
    cleavage = exposed.resting_cleavage(wide, fragmented, papillary, sizes)
    pools = column.rest.matrix
    activated = p.matrix.synthesis_1_activated * now.synthesis_activated
    first = column.collagen.renewal * column.resting_labile[0]  # the same at every depth

    def mean(values: Any, part: Any = 1.0) -> Floats:
        found: Floats = (values * weight * part).sum(-1) / (weight * part).sum(-1)
        return found

    return {
        "papillary_thickness": (weight * papillary).sum(-1),
        "labile_share": mean(pools.labile_1 + pools.labile_3) / mean(pools.collagen),
        "synthesis_1": mean(made[0]),
        "synthesis_3": mean(made[1]),
        "synthesis_1_papillary": mean(made[0], papillary),
        "synthesis_1_activated": first * activated,
        "cleavage_papillary": mean(cleavage, papillary),
        "fragmented": mean(fragmented, papillary),
        "elastin": readout.elastin_left(np.zeros(1), subject, p)[:, 0],
        "epidermal_turnover": p.epidermis.epidermal_turnover_time,
        "melanocyte_stimulation_rate": p.epidermis.melanocyte_stimulation_rate,
    }


def skin_by_age(
    ages: Sequence[float | str] = (25, 35, 45, 55, 65, 75, 85),
    *,
    sex: str = "female",
    phototype: int | str = 3,
    site: str = "cheek",
    exposures: Mapping[str, str] | None = None,
    concerns: Mapping[str, str] | None = None,
    draws: int | str = 100,
    people: int | str = 0,
    seed: int | str = 0,
    parameters: ParameterSet | None = None,
    set: Mapping[str, float | str] | None = None,
) -> Decades:
    """Untreated skin of a patient by age, from ageing and exposures alone.

    Courses of exposures are read at each age: at 25, what is given ``since 30`` has not begun, and ``"20/day; 0 from
    day -1000"`` is someone who stopped a thousand days before that age.  Errors as :func:`~neodermis.api.simulate`.

    Examples
    --------
    >>> import neodermis as nd
    >>> d = nd.skin_by_age((25, 75), draws=1)
    >>> bool(d.central["collagen_total"][1] < d.central["collagen_total"][0])
    True
    """
    n_draws, the_seed = read_draws(draws, seed, most=MAX_STORED)
    n_people, _ = read_draws(people, seed, field="numerics.people", least=0, most=MAX_STORED)
    with concerning("site"):
        site = find_site(site).id
    chosen = (load_parameters() if parameters is None else parameters).set(set or {})
    session.check_mechanisms(chosen)
    read = sorted({_age(age) for age in ages})
    if not 1 <= len(read) <= MOST_AGES:
        raise InputError(
            field="ages", value=f"{len(read)} ages", accepted=f"1 to {MOST_AGES} ages", whose="this program",
            next_step="give fewer, for instance 25,45,65",
        )  # fmt: skip
    oldest = who(read[-1], sex, phototype, exposures, concerns)
    persons = [who(age, sex, phototype, _so_far(oldest, age), oldest.concerns) for age in read]
    unknown = n_draws if n_draws > 1 else 0
    with answerable(set):
        found = [at_rest(one, site, chosen, draws=unknown, people=n_people, seed=the_seed) for one in persons]
        rows = {name: np.stack([one[name] for one in found]) for name in QUANTITIES}
        good: Any = np.isfinite(np.stack(list(rows.values()))).all(axis=(0, 1))
        index = np.arange(len(good))
        drawn = (index >= 1) & (index <= unknown) & good if unknown else index == 0
        if not good[0] or not drawn.any():
            raise RunError(
                "the skin at rest: it cannot rest with the central values, or with any that were drawn",
                next_step="use values closer to the defaults for the fixed parameters or the patient",
            )
    lost = int((~good).sum())
    failed = (f"{lost} of {len(good)} draws and people cannot rest at one of the ages; they are in no band",)
    skins = {site: persons[0].skin(site)}
    return Decades(
        site=find_site(site).id,
        patient=oldest,
        ages=tuple(read),
        central={name: row[:, 0] for name, row in rows.items()},
        values={name: row[:, drawn] for name, row in rows.items()},
        people={name: row[:, (index > unknown) & good] for name, row in rows.items()},
        ledger=session.ledger(
            None, skins, chosen, draws=n_draws, people=n_people, seed=the_seed,
            case=None,
            warnings=(*oldest.unused(chosen, [site]), *(failed if lost else ())),
        ),
    )  # fmt: skip


def _so_far(oldest: Patient, age: float) -> dict[str, str]:
    """The exposures of the oldest person that had begun by an age."""
    begun = {
        name: one._replace(parts=tuple(part for part in one.parts if part.since_age is None or part.since_age <= age))
        for name, one in oldest.exposures.items()
    }
    return {name: one.sentence for name, one in begun.items() if one.parts}


def _age(given: float | str) -> float:
    return read_number(
        given, field="ages", low=18, high=100, whose="this program's range: adults", unit="year",
        next_step="give ages in years, for instance 25,45,65",
    )  # fmt: skip
