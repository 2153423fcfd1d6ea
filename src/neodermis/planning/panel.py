"""People like one patient, each with a draw of what is uncertain: the members in which plans are compared.

Equations   (u: score of the uncertain value of the typical person; v: score of a person around it)
    lognormal   value = c e^(a u) e^(b v) ;   logit   value = expit(logit c + a u + b v)
A draw is one set of parameter values of the typical person, from the posterior; a person is one set of scores v.  Each
parameter is stratified over the people (Latin hypercube), since few people have to stand for all.  Every plan is
simulated in the same members (common random numbers), so that a difference is that of the plans and not of chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy.special import expit, logit, ndtri

from neodermis.evidence import ParameterSet
from neodermis.uncertain import Floats, stream

Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"

#: Added to the seed of the members in which the finalists are scored again.
FRESH: int = 7_919


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """Members: a draw and a person each."""

    parameters: ParameterSet
    values: Mapping[str, Floats]
    """Parameters by name, member by member, in the units of the set."""
    draw: Numbers
    """Number of the draw of each member."""
    person: Numbers
    """Number of the person of each member."""
    seed: int

    @property
    def size(self) -> int:
        """How many members."""
        return len(self.draw)

    @property
    def draws(self) -> int:
        """How many different draws."""
        return len(np.unique(self.draw))

    @property
    def people(self) -> int:
        """How many different people."""
        return len(np.unique(self.person))

    def by_draw(self, values: Floats) -> Floats:
        """Mean over the people of each draw."""
        _, place = np.unique(self.draw, return_inverse=True)
        found: Floats = np.bincount(place, values) / np.bincount(place)
        return found


def panel(parameters: ParameterSet, *, draws: int, people: int, each: int = 1, seed: int) -> Panel:
    """Members of an incomplete cross of draws and people: every draw in ``each`` people, every person equally often.

    Parameters
    ----------
    parameters
        The parameter set, with its posterior.
    draws, people
        How many of each; ``draws * each`` members in all.
    each
        People of each draw, at most ``people``.
    seed
        The same seed gives the same members.
    """
    rng = stream("panel", seed)
    turns = -(-draws * each // people)
    # people in turns of a new order each, so that each is used equally often and meets other draws
    person = np.concatenate([rng.permutation(people) for _ in range(turns)])[: draws * each]
    draw = np.tile(np.arange(draws), each)
    typical = parameters.draw(draws, seed, "uncertainty")
    values = {}
    for p in parameters:
        spread, centre = p.variability, typical[p.name][draw]
        if spread.known:
            values[p.name] = centre
            continue
        own = stream(f"person:{p.name}", seed)
        share = (own.permutation(people) + own.random(people)) / people
        if spread.kind == "lognormal":
            values[p.name] = centre * np.exp(spread.a * ndtri(share)[person])
        elif spread.kind == "logit":
            values[p.name] = expit(logit(centre) + spread.a * ndtri(share)[person])
        else:
            values[p.name] = spread.ppf(share)[person]
    return Panel(parameters=parameters, values=values, draw=draw, person=person, seed=seed)
