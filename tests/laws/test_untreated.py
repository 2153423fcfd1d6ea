"""No injury is the untreated course; with ageing off, rest is exact.

``untreated`` is computed apart from the solver: the baseline times exp(−r t).
"""

import numpy as np
import pytest
from tests.helpers import UNEXPOSED, drawn, members, path_of, read

import neodermis


@pytest.mark.parametrize(
    "sentence",
    [
        "3 sessions every 30 days: exceed; cheek 1.5 mm, 0 passes",
        "3 sessions every 30 days: exceed; cheek 0 mm, 6 passes",
        "3 sessions every 30 days: roller_mf8; cheek 1.5 mm, 0 passes",
        "3 sessions every 30 days: roller_mf8; cheek 0 mm, 8 passes",
        "3 sessions every 30 days: stamp 40 x 0.25 mm; cheek 0 mm, 8 passes",
    ],
)
def test_no_injury_is_the_untreated_course(sentence: str) -> None:
    site = neodermis.simulate(sentence, draws=24).sites["cheek"]
    for name in site.values:
        np.testing.assert_allclose(site.values[name], site.untreated[name], rtol=1e-6)
    assert site.phases == ()
    assert all(session.erythema_hours.upper90 == 0.0 for session in site.sessions)


def test_an_injury_is_not_the_untreated_course() -> None:
    """So that the test above can fail."""
    site = neodermis.simulate("3 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes", draws=1).sites["cheek"]
    for name in site.values:
        least = 5e-4 if name == "elastin" else 0.01  # elastin turns over in decades
        assert np.abs(site.values[name] / site.untreated[name] - 1.0).max() > least, name


def test_without_ageing_rest_is_exact() -> None:
    plan = read("2 sessions every 30 days: exceed; cheek 1.5 mm, 0 passes")
    rows = [row | {"collagen_loss_rate": 1e-9} for row in drawn(24)]
    path = path_of(members(plan, rows, patient=UNEXPOSED), plan.session_days, 3650.0)
    last = path.readings[-1]
    for name in ("collagen_1", "collagen_3", "collagen_papillary", "mature", "present", "dermal_thickness"):
        before = np.broadcast_to(getattr(path.whole, name)[:, :1], last.made.shape)
        np.testing.assert_allclose(getattr(last, name), before, rtol=1e-10)
    np.testing.assert_allclose(last.made, last.cleaved, rtol=1e-9)
    assert last.leukocytes.max() == last.repair_cells.max() == 0.0
