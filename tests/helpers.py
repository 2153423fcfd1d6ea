"""Shared by the tests of the science: members that differ from the central course by a row, solved at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from neodermis.evidence import ParameterSet, load_parameters
from neodermis.people import Patient
from neodermis.simulation import course, session, solver
from neodermis.simulation.session import Ensemble, SessionEffect, SessionInput, Subject
from neodermis.simulation.solver import Block, Members, Path, Schedule, Segment, Solution
from neodermis.skin import outcomes, tissue
from neodermis.skin.cascade import SkinParameters
from neodermis.skin.concerns import Concerns
from neodermis.skin.outcomes import Readings
from neodermis.skin.tissue import Grid, site_spellings
from neodermis.treatment import Protocol, read_protocol

#: The course that most tests look at.
PEN = "2 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"
UNTIL = 150.0
#: Nothing changes in time for her, however long: the menopause of other women of 45 comes at 51.
UNEXPOSED = Patient(exposures={"menopause": "none"})  # type: ignore[dict-item]  # read there
#: Someone whose rates are driven by much, some of which changes during a course.
EXPOSED = Patient(
    age=57,
    phototype=2,
    exposures={  # type: ignore[arg-type]  # read there
        "smoking": "20/day; 0 from day 10",
        "sun": "high",
        "sunscreen": "daily from day 0",
        "retinoid": "tretinoin from day 0",
    },
    concerns={"wrinkle": "0.6"},  # type: ignore[dict-item]
)
#: Readings that are amounts of collagen, µg/mm².
AMOUNTS = ("collagen_1", "collagen_3", "collagen_papillary", "mature", "made", "cleaved", "present")


def start() -> None:
    """64-bit floats, for tests that call the equations with JAX themselves."""
    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]


def read(sentence: str) -> Protocol:
    return read_protocol(sentence, sites=site_spellings())


#: What a row may say of whose skin it is: a whole :class:`~neodermis.people.Patient`, or a field of one; ``scar`` goes
#: through the whole dermis, ``exposures`` are as a user writes.
OF_SOMEONE = ("patient", "age", "phototype", "sex", "exposures", "scar", *Concerns._fields)


def subject(row: Mapping[str, Any], patient: Patient) -> Subject:
    """Whose skin a row is, starting from a patient."""
    patient = row.get("patient", patient)
    given = {name: row[name] for name in ("age", "phototype", "sex", "exposures") if name in row}
    who = replace(patient, **given).subject() if given else patient.subject()
    severities = {name: float(row[name]) for name in Concerns._fields if name in row}
    if "scar" in row:
        severities |= {"acne_scar": float(row["scar"]), "boxcar_share": 0.0, "ice_pick_share": 0.0}
    return who._replace(concerns=who.concerns._replace(**severities))


def people(rows: Sequence[Mapping[str, Any]], patient: Patient | None = None) -> Subject:
    """Whose skin each row is, every leaf an array."""
    each = (subject(row, patient or Patient()) for row in rows)
    return jax.tree.map(lambda *leaves: np.array(leaves, dtype=float), *each)


def draw_ensemble(
    plan: Protocol,
    rows: Sequence[Mapping[str, Any]] = ({},),
    *,
    parameters: ParameterSet | None = None,
    patient: Patient | None = None,
) -> Ensemble:
    """One member a row: its parameters, numbers of device and pass (``needles``, ``set_depth_mm`` …) or other inputs.

    A row overrides any of them by name; other inputs are the fields of :class:`SessionInput`, and whose skin it is, see
    :func:`someone`.
    """
    chosen = load_parameters() if parameters is None else parameters
    source = plan.at(plan.sites[0]).sources[0]
    given = session.setting_draws(source, {}, 0, 0)
    skin = (patient or Patient()).skin(plan.sites[0])
    values = {p.name: np.array([float(row.get(p.name, p.value)) for row in rows]) for p in chosen}
    inputs = {name: np.array([float(row.get(name, v[0])) for row in rows]) for name, v in given.items()}
    everyone = people(rows, patient)
    whole = session.assemble(values, [(source.device.kind, inputs)], skin, chosen, subject=everyone)
    ((share, place, (made,)),) = whole.parts
    others = {
        name: values for name, values in made._asdict().items() if name not in ("parameters", "setting", "person")
    }
    known = {*given, *others, *OF_SOMEONE, *(p.name for p in chosen)}
    assert all(name in known for row in rows for name in row), "a row names something that no member has"
    changed = {
        name: np.array([float(row.get(name, values[k])) for k, row in enumerate(rows)])
        for name, values in others.items()
    }
    return replace(whole, parts=(session.Part(share, place, (made._replace(**changed),)),))


def needling(plan: Protocol, rows: Sequence[Mapping[str, Any]] = ({},), **change: Any) -> SessionInput:
    """The session of each row, as :func:`batch`."""
    ((_, _, (made,)),) = draw_ensemble(plan, rows, **change).parts
    return made


def session_effects(plan: Protocol, rows: Sequence[Mapping[str, Any]] = ({},), **change: Any) -> SessionEffect:
    """One session for each row, as :func:`batch`."""
    return session.session_effect(needling(plan, rows, **change), plan.phases[0].device.kind)


def members(plan: Protocol, rows: Sequence[Mapping[str, Any]] = ({},), **change: Any) -> Members:
    """The course of each row, as :func:`batch`."""
    made = needling(plan, rows, **change)
    done = session.session_effect(made, plan.phases[0].device.kind)
    return Members(made.parameters, made.person, (done.channels,))


def drawn(count: int, seed: int = 0, *, parameters: ParameterSet | None = None) -> list[dict[str, float]]:
    """Rows of draws of what we do not know."""
    chosen = load_parameters() if parameters is None else parameters
    values = chosen.draw(count, seed, "uncertainty")
    return [{name: float(v[k]) for name, v in values.items()} for k in range(count)]


def widened(factor: float) -> ParameterSet:
    """The shipped set with its open-ended spreads ``factor`` times as wide; a range or a switch stays what it is."""
    shipped = load_parameters()
    wide = {
        p.name: replace(p, uncertainty=replace(p.uncertainty, a=p.uncertainty.a * factor))
        if p.uncertainty.kind in ("lognormal", "logit")
        else p
        for p in shipped
    }
    return replace(shipped, name="widened", parameters=wide)


def prior(count: int, seed: int = 0) -> SkinParameters:
    """Draws of what we do not know, as the mechanisms' tuples of arrays."""
    chosen = load_parameters()
    return session.skin_parameters(chosen.draw(count, seed, "uncertainty"), chosen)


def assemble(*groups: Members) -> Members:
    """Groups of members (of different devices) as one batch."""
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *groups)


def block_of(batch: Members) -> Block:
    """One block of the batch, at rest."""
    return Block.begin(batch)


def walk(block: Block, pieces: Iterable[Segment]) -> Readings:
    """Solve one block over pieces of a course, from where it is; the readings at their end."""
    for piece in pieces:
        _, seen, _ = block.walk(piece)
    return Readings(*seen[:, :, -1])


def path_of(batch: Members, session_days: tuple[float, ...], until: float, halvings: int = 0) -> Path:
    """At most one block of members on the steps that are asked for, without error control."""
    path = solver.solve_block(batch, solver.segments(Schedule.of(session_days), until, halvings))
    count = batch.size
    sessions = jax.tree.map(lambda leaf: leaf[:count], path.sessions)
    return path._replace(seen=[seen[:, :count] for seen in path.seen], start=path.start[:, :count], sessions=sessions)


@dataclass(frozen=True)
class Solved:
    """A batch on its output days."""

    days: Any
    read: Readings
    solution: Solution

    def outcome(self, name: str) -> Any:
        return outcomes.values(name, self.read)

    def gain(self, loss_rate: Any, name: str = "collagen_papillary") -> Any:
        """Over the untreated course, minus one: (members, days)."""
        values = self.outcome(name)
        left = np.exp(-np.asarray(loss_rate)[:, None] / 100.0 / 365.25 * self.days)
        return values / outcomes.untreated(name, values[:, :1], left) - 1.0


def solved(
    batch: Members, session_days: tuple[float, ...], until: float, grid: Grid = tissue.GRID, days: Any = None
) -> Solved:
    days = course.output_days(session_days, until) if days is None else days
    solution = solver.solve(batch, Schedule.of(session_days), days, grid=grid)
    assert not solution.failure.any()
    return Solved(days, solution.read, solution)
