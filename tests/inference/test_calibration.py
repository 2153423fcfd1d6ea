"""The calibration: draws that go together, the posterior file, the emulator, the statistical model, and its weights."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from neodermis.errors import DataFileError, InputError
from neodermis.evidence import load_parameters
from neodermis.evidence.parameter import Joint
from neodermis.evidence.posterior import INFORMED, load_posterior, read_posterior, shipped_path
from neodermis.inference import calibration, emulator, forecast
from neodermis.inference.table import link
from neodermis.uncertain import Distribution

PRIOR = load_parameters(calibrated=False)
SHIPPED = load_parameters()
NAMES = ("rater_unblinded", "scar_release_rate", "influence_radius")

# ------------------------------------------------------------------------------------------------- draws


def scores(parameters: Any, n: int = 4000) -> Any:
    drawn = parameters.draw(n, 3, "uncertainty")
    return np.array([parameters[name].uncertainty.scores(drawn[name]) for name in NAMES])


def together(correlation: Any) -> Any:
    own = {name: replace(PRIOR[name], prior=PRIOR[name].uncertainty) for name in NAMES}
    return replace(PRIOR, parameters={**PRIOR.parameters, **own}, joint=Joint(NAMES, correlation))


def test_without_correlation_the_draws_are_those_of_each() -> None:
    np.testing.assert_allclose(scores(together(np.eye(3))), scores(PRIOR), rtol=1e-12)


def test_draws_have_the_correlation_and_the_spread_of_each() -> None:
    wanted = np.array([[1.0, 0.8, 0.0], [0.8, 1.0, -0.3], [0.0, -0.3, 1.0]])
    z = scores(together(wanted))
    np.testing.assert_allclose(np.corrcoef(z), wanted, atol=0.05)
    np.testing.assert_allclose(z.std(axis=1), 1.0, atol=0.04)


def test_others_are_drawn_as_before_and_the_first_of_more_are_fewer() -> None:
    one = together([[1.0, 0.8, 0.0], [0.8, 1.0, 0.0], [0.0, 0.0, 1.0]])
    few, many, prior = (each.draw(n, 3, "uncertainty") for each, n in ((one, 5), (one, 50), (PRIOR, 5)))
    for name in PRIOR.parameters:
        np.testing.assert_array_equal(few[name], many[name][:5])
        if name not in NAMES:
            np.testing.assert_array_equal(few[name], prior[name])


def test_a_parameter_that_is_set_is_not_drawn() -> None:
    drawn = SHIPPED.set({"rater_unblinded": 0.1}).draw(20, 0, "uncertainty")
    assert (drawn["rater_unblinded"] == 0.1).all()
    assert drawn["rater_self"].std() > 0


@pytest.mark.parametrize("kind", ["lognormal", "logit"])
def test_scores_and_values_invert_each_other(kind: Any) -> None:
    one = Distribution(kind=kind, a=0.7, centre=0.3)
    z = np.linspace(-3, 3, 13)
    np.testing.assert_allclose(one.scores(one.at(z)), z, atol=1e-12)
    moved = one.moved(0.5, 0.4)
    np.testing.assert_allclose(one.scores(moved.at(z)), 0.5 + 0.4 * z, atol=1e-12)


# ------------------------------------------------------------------------------------------------- the posterior file


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shipped_path().read_text("utf-8"))
    return found


def test_the_shipped_posterior_is_of_the_shipped_priors_and_studies() -> None:
    kept = load_posterior()
    assert kept.about["prior"]["sha256"] == PRIOR.sha256, "run: python -m validation.calibration"
    studies = calibration.used_studies()
    assert kept.about["evidence"]["sha256"] == calibration.evidence_hash(studies), (
        "run: python -m validation.calibration"
    )
    assert all(study.role == "fit" for study in studies)


def test_the_shipped_parameters_are_the_posterior() -> None:
    kept = load_posterior()
    drawn = SHIPPED.draw(6000, 1, "uncertainty")
    z = np.array([PRIOR[name].uncertainty.scores(drawn[name]) for name in kept.mechanism.names])
    np.testing.assert_allclose(z.mean(axis=1), kept.mechanism.mean, atol=0.06)
    np.testing.assert_allclose(np.cov(z), kept.mechanism.covariance, atol=0.08)
    assert {p.name for p in SHIPPED if p.contraction is not None} == {*kept.mechanism.names}
    for p in SHIPPED:
        if p.contraction is None:
            assert p == PRIOR[p.name]  # nothing unfitted looks known
        else:
            assert (p.status == "calibrated") == (p.name in kept.informed_by), p.name
            assert p.status != "calibrated" or p.contraction >= INFORMED


def test_the_chains_of_the_shipped_posterior_agree() -> None:
    for name, each in load_posterior().about["diagnostics"].items():
        assert each["r_hat"] < 1.02, name
        assert each["effective_draws"] > 400, name
        assert each["divergences"] <= 0.005 * each["draws"], name


@pytest.mark.parametrize(
    ("edit", "names"),
    [
        (lambda d: d.pop("weights"), "weights"),
        (lambda d: d["mechanism"].pop("mean"), "mean"),
        (lambda d: d["mechanism"]["covariance"].pop(), "covariance"),
        (lambda d: d["mechanism"]["covariance"][0].__setitem__(0, -1.0), "positive definite"),
        (lambda d: d["mechanism"]["names"].__setitem__(0, d["mechanism"]["names"][1]), "different names"),
    ],
    ids=["no weights", "no mean", "a row short", "not positive", "twice the same"],
)
def test_a_wrong_posterior_names_the_file_and_the_field(edit: Any, names: str) -> None:
    wrong = document()
    edit(wrong)
    with pytest.raises(DataFileError, match=names) as error:
        read_posterior(wrong, "own.json")
    assert "own.json" in str(error.value)


def test_a_posterior_of_other_priors_is_refused() -> None:
    wrong = document()
    wrong["prior"]["sha256"] = "0" * 64
    with pytest.raises(DataFileError, match="calibrate again"):
        read_posterior(wrong, "own.json").of(PRIOR)


def test_unknown_block() -> None:
    with pytest.raises(InputError, match="dose and dermis"):
        calibration.chosen_parameters(["scar"])


def test_blocks_share_no_parameter_and_each_has_scores() -> None:
    every = [name for names in calibration.BLOCKS.values() for name in names]
    assert len(every) == len({*every})
    assert all(PRIOR[name].uncertainty.kind in ("lognormal", "logit") for name in every)


# ------------------------------------------------------------------------------------------------- the pieces


def test_the_link_of_a_level_is_its_logarithm_and_of_a_chance_its_log_odds() -> None:
    assert link(0.5, np.inf) == pytest.approx(np.log(0.5))
    assert link(0.2, 1.0) == pytest.approx(np.log(0.2 / 0.8))
    assert np.isfinite(link(0.0, 1.0)) and np.isfinite(link(1.0, 1.0))


def test_the_emulator_finds_what_moves_a_row_and_leaves_the_rest() -> None:
    rng = np.random.default_rng(0)
    z, hidden = rng.standard_normal((800, 12)), rng.standard_normal(800)
    eta = np.array(
        [0.3 * z[:, 0] - 0.2 * z[:, 1] ** 2 + 0.1 * z[:, 0] * z[:, 3] + 0.2 * hidden, 0.5 * z[:, 5] + 0.2 * hidden]
    )
    eta[0, :50] = np.nan
    made = emulator.fitted(z, eta)
    assert made.error == pytest.approx([0.2, 0.2], abs=0.05)
    told = np.asarray(emulator.features(z)) @ made.weights.T
    assert np.corrcoef(told[100:, 0], (eta[0] - 0.2 * hidden)[100:])[0, 1] > 0.95
    # both rows share what is hidden: one factor has it
    shared = made.factors @ made.factors.T
    assert shared[0, 1] == pytest.approx(0.04, abs=0.01)


def test_the_chance_of_a_scar_follows_its_parameter() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal((2000, 3))
    does = rng.random(2000) < 1.0 / (1.0 + np.exp(2.0 - 1.5 * z[:, 1]))
    made = emulator.chance(z, does)
    assert made.slopes[1] == pytest.approx(1.5, abs=0.25)
    assert np.abs(made.slopes[[0, 2]]).max() < 0.2
    assert float(made.log_not(np.array([0.0, 3.0, 0.0]))) < float(made.log_not(np.zeros(3))) < 0.0


def test_crps_of_a_normal_forecast_is_the_published_formula() -> None:
    draws = norm.ppf((np.arange(4000) + 0.5) / 4000)[:, None] * 2.0 + 1.0
    y, mean, sd = 2.5, 1.0, 2.0
    w = (y - mean) / sd
    exact = sd * (w * (2.0 * norm.cdf(w) - 1.0) + 2.0 * norm.pdf(w) - 1.0 / np.sqrt(np.pi))
    assert forecast.crps(draws, np.array([y]))[0] == pytest.approx(exact, rel=2e-3)


def test_the_interval_score_is_the_width_and_a_fine_for_a_miss() -> None:
    draws = np.linspace(0.0, 1.0, 1001)[:, None].repeat(2, axis=1)
    inside, missed = forecast.interval_score(draws, np.array([0.5, 1.05]))
    assert inside == pytest.approx(0.9, abs=1e-3)
    assert missed == pytest.approx(0.9 + 20.0 * 0.1, abs=1e-2)


@pytest.mark.parametrize(("best", "groups"), [(0.0, 12), (1.0, 12), (0.5, 12)])
def test_the_weight_lies_near_the_best_of_the_grid(best: float, groups: int) -> None:
    loss = 1.0 + 4.0 * (forecast.GRID - best) ** 2
    found = forecast.mean_weight(np.repeat(loss[:, None], groups, axis=1))
    assert abs(found - best) < 0.2
    # of one group little is learnt
    assert abs(forecast.mean_weight(loss[:, None]) - 0.5) < abs(best - 0.5) + 1e-9


def test_what_is_kept_is_used_again_and_what_is_cut_off_is_made_again(tmp_path: Path) -> None:
    work, made = calibration.Work(folder=tmp_path, key="k"), []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [work.kept("a", make), work.kept("a", make)] == [1, 1]
    (tmp_path / "a-k.pickle").write_bytes(b"\x80")
    assert work.kept("a", make) == 2
    assert calibration.Work(folder=tmp_path, key="other").kept("a", make) == 3
