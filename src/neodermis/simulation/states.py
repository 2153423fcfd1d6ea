"""Every state of one course by time and depth, and the phases of healing after its first session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from neodermis.arrays import mapped
from neodermis.evidence import ParameterSet
from neodermis.lazy import numpy as np
from neodermis.simulation.readout import departs, loss_per_day, members_of, schedule_of
from neodermis.simulation.session import Floats, Skin, draw_ensemble
from neodermis.simulation.solver import UNTREATED, Members, Schedule, segments, solve_block, solve_states
from neodermis.skin import exposures, tissue
from neodermis.skin.cascade import BY_DEPTH, CollagenOverRest, Signals
from neodermis.skin.outcomes import Readings
from neodermis.skin.tissue import Grid
from neodermis.treatment.protocol import SiteSchedule

#: Days over which the answer to one session is followed.
ANSWER: Final = 365.0


class HealingPhase(NamedTuple):
    """A phase of the first session's answer (days after it)."""

    name: str
    start_day: float
    peak_day: float
    end_day: float


def first_phases(
    members: Members, count: int, shares: tuple[float, ...] = (1.0,), source: int = 0, grid: Grid = tissue.GRID
) -> tuple[HealingPhase, ...]:
    """Phases of the answer of the first member to one session alone; of a region, of the mean over its zones.

    Peak where the reading is largest, start and end where it passes a tenth of its peak; empty without injury.
    """
    alone = mapped(lambda leaf: np.asarray(leaf)[::count], members)
    path = solve_block(alone, segments(Schedule.of((0.0,), source), ANSWER, halvings=1), grid)
    days = path.nodes[0]
    seen = Readings(*np.tensordot(path.seen[0][:, : len(shares)], shares, axes=(1, 0)))
    unhurt = seen.mature[0] * np.exp(-float(np.dot(shares, loss_per_day(alone))) * days)
    if departs(alone, float(days[-1])):
        bare = solve_block(alone, segments(UNTREATED, ANSWER, halvings=1), grid)
        unhurt = Readings(*np.tensordot(bare.seen[0][:, : len(shares)], shares, axes=(1, 0))).mature
    courses = {
        "inflammation": seen.leukocytes,
        "proliferation": seen.repair_cells,
        "remodelling": np.gradient(seen.mature - unhurt, days),
    }
    found = []
    for name, values in courses.items():
        top = int(values.argmax())
        if values[top] <= 0:
            return ()
        below = np.flatnonzero(values < 0.1 * values[top])
        before, after = below[below < top], below[below > top]
        start = before[-1] + 1 if len(before) else 0
        end = after[0] if len(after) else len(days) - 1
        found.append(HealingPhase(name, float(days[start]), float(days[top]), float(days[end])))
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class States:
    """Everything that the central course of one site goes through, by time and depth.

    ``by_depth[name]`` is (times, dermal cells), in the unit that :data:`BY_DEPTH` declares; ``surface[name]`` is
    (times,), as :data:`~neodermis.skin.cascade.ON_SURFACE` declares.
    """

    site: str
    days: Floats
    """Times of the steps; the day of a later session stands twice, before it and right after it."""
    session_days: tuple[float, ...]
    depth_faces_mm: Floats
    """Faces of the dermal cells at rest, from the top of the dermis down: (cells + 1)."""
    papillary: int
    """How many of the cells are papillary."""
    by_depth: Mapping[str, Floats]
    surface: Mapping[str, Floats]
    phases: tuple[HealingPhase, ...]
    """Of the first session's answer."""
    rest_by_depth: Mapping[str, Floats]
    """Every entry of ``by_depth`` before the first session: (dermal cells,)."""
    rest_surface: Mapping[str, float]
    """Every entry of ``surface`` before the first session."""
    rest_collagen: tuple[Floats, Floats]
    """Collagen I and III before the first session, µg/mm³: (dermal cells,)."""
    epidermis_mm: tuple[float, float]
    """Thickness of the stratum corneum and of the viable epidermis before the first session."""

    def layer_mean(self, name: str, layer: Literal["papillary", "reticular", "dermis"]) -> Floats:
        """Mean of a state over a layer, by time."""
        part = {
            "papillary": slice(0, self.papillary),
            "reticular": slice(self.papillary, None),
            "dermis": slice(None),
        }[layer]
        weights = np.diff(self.depth_faces_mm)[part]
        mean: Floats = np.average(self.by_depth[name][:, part], axis=1, weights=weights)
        return mean


def trace(
    at: SiteSchedule,
    skin: Skin,
    parameters: ParameterSet,
    *,
    until: float,
) -> States:
    """Every state of the central course at one site; a region is traced at its largest zone."""
    made = draw_ensemble(at.sources, skin, parameters)
    part = max(made.parts, key=lambda part: part.share)
    one = replace(made, parts=(part,))
    members = members_of(one, one.session_effects())
    history = solve_states(members, schedule_of(at), until)
    moments, column = mapped(lambda leaf: leaf[0], (history.moments, history.column))

    left = np.exp(-column.loss_rate_per_day * history.days)[:, None]
    rest, matrix_now = column.rest.matrix, moments.state.matrix
    start = exposures.summed(column.rate_time_course, exposures.shares_by(0.0, column.rate_time_course))
    held = exposures.resting_synthesis(start, column.rest.cells.fragmented, members.parameters.exposures)
    made_at_rest = [
        column.collagen.renewal * pool[None] * e[None] * left
        for pool, e in zip(column.resting_labile, held, strict=True)
    ]
    by_depth = {**moments.state.cells._asdict(), **moments.signals._asdict()}
    by_depth |= CollagenOverRest(
        synthesis_1=moments.synthesis_1 / made_at_rest[0],
        synthesis_3=moments.synthesis_3 / made_at_rest[1],
        collagen_1=(matrix_now.labile_1 + matrix_now.mature_1) / (rest.labile_1 + rest.mature_1),
        collagen_3=(matrix_now.labile_3 + matrix_now.mature_3) / (rest.labile_3 + rest.mature_3),
        mature=(matrix_now.mature_1 + matrix_now.mature_3) / (rest.mature_1 + rest.mature_3),
    )._asdict()
    # before the first session: no signal above rest, and as much collagen as at rest
    none, one = np.zeros_like(rest.labile_1), np.ones_like(rest.labile_1)
    resting = dict.fromkeys(Signals._fields, none) | column.rest.cells._asdict()
    resting |= dict.fromkeys(CollagenOverRest._fields, one)
    return States(
        site=part.skin.site.id,
        days=history.days,
        session_days=at.days,
        depth_faces_mm=np.concatenate([[0.0], np.cumsum(column.layers.dermis)]),
        papillary=tissue.GRID.papillary,
        by_depth={name: by_depth[name] for name in BY_DEPTH},
        surface={name: np.asarray(values) for name, values in moments.state.surface._asdict().items()},
        phases=first_phases(members, 1, source=at.which[0]),
        rest_by_depth={name: resting[name] for name in BY_DEPTH},
        rest_surface={name: float(value) for name, value in column.rest.surface._asdict().items()},
        rest_collagen=(rest.labile_1 + rest.mature_1, rest.labile_3 + rest.mature_3),
        epidermis_mm=(float(column.layers.corneum.sum()), float(column.layers.living.sum())),
    )
