"""The committed proof of the numerics is that of the shipped parameters, and a part of it is reproduced here.

The whole of it is ``python -m verification``.
"""

import json
from typing import Any

import jax
import numpy as np
import pytest
from verification import __main__ as proof
from verification import depth, plain
from verification.people import cases

from neodermis.evidence import load_parameters
from neodermis.skin import tissue

AGAIN = "docs/verification/numerics.json is of other parameters or another method; run: python -m verification"


@pytest.fixture(scope="module")
def kept() -> Any:
    return json.loads(proof.RESULTS.read_text("utf-8"))


def test_the_proof_is_whole_and_of_the_shipped_parameters(kept: Any) -> None:
    assert list(kept) == list(proof.SECTIONS), AGAIN
    shipped = load_parameters(calibrated=False).sha256
    for name, section in kept.items():
        assert section["sha256"] == shipped, f"{name}: {AGAIN}"


def test_the_page_is_written_from_the_kept_numbers(kept: Any) -> None:
    text = "\n".join(proof.lines(kept)) + "\n"
    assert proof.PAGE.read_text("utf-8") == text, "run: python -m verification --page-only"
    for name in kept:
        if proof.SECTIONS[name].draw:
            assert proof.picture(name).is_file()


def test_no_stated_bound_is_broken(kept: Any) -> None:
    broken = [v for part in proof.verdicts(kept).values() for v in part if v.met is False]
    assert not broken


@pytest.mark.slow
@pytest.mark.parametrize("who", [12, 16])
def test_people_of_the_proof_are_reproduced(kept: Any, who: int) -> None:
    """One roller and one pen: the differences come out again, within a factor of two or a ten-thousandth of the bound.

    Other machines round otherwise; a difference that grew threefold is another method.
    """
    people = kept["plain_model"]["people"]
    again = plain.compared(cases(len(people))[who])
    assert again["sentence"] == people[who]["sentence"], AGAIN
    for part, bound in (("states", plain.STATE_BOUND), ("outcomes", plain.OUTCOME_BOUND)):
        for name, value in again[part].items():
            assert value <= bound
            np.testing.assert_allclose(value, people[who][part][name], rtol=0.5, atol=1e-4 * bound, err_msg=AGAIN)


def test_fewer_people_are_the_first_of_more() -> None:
    assert cases(6) == cases(20)[:6]


def test_looped_signal_operators_are_the_shipped_ones() -> None:
    """The order in depth is measured with a loop in place of the shipped elimination, written out cell by cell."""
    rng = np.random.default_rng(0)
    given = rng.uniform(0.02, 0.2, 24), np.array([0.5, 3.0, 8.0]), np.array([10.0, 12.0, 30.0])
    looped, shipped = (jax.jit(each)(*given) for each in (depth.operators, tissue.signal_operators))
    np.testing.assert_allclose(looped, shipped, rtol=1e-11, atol=1e-18)
