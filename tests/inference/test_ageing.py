"""The model's answers on age and exposures, the page that tells them, and what is said of age."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from docs import people as page

import neodermis
from neodermis.api import QUANTITIES
from neodermis.evidence import load_parameters
from neodermis.evidence.ageing_figure import Ask, Who, find_ageing_figure, load_ageing_figures
from neodermis.people.exposure import load_exposures
from neodermis.report.ageing import PANELS, ageing_figure, published_points
from neodermis.skin.outcomes import OUTCOMES
from neodermis.studies.figures_ageing import AGEING_COLUMNS, AgeingRow, ageing_counts, ageing_table, compare_ageing
from neodermis.studies.figures_injury import MISSES

SHIPPED = load_parameters()
TEXT = (Path(page.__file__).parent / "reference" / "people.md").read_text("utf-8")
FOUR = "4 sessions every 30 days: exceed; cheek 1.5 mm, 6 passes"


@pytest.fixture(scope="module")
def rows() -> dict[str, AgeingRow]:
    return {row.id: row for row in page.rows()}


def judged(name: str, **published: Any) -> AgeingRow:
    blank: dict[str, Any] = {"value": None, "low": None, "high": None, "sign": None}
    (row,) = compare_ageing(SHIPPED, [replace(find_ageing_figure(name), **{**blank, **published})], draws=60)
    return row


def test_every_figure_that_is_asked_has_an_answer_and_no_other(rows: dict[str, AgeingRow]) -> None:
    assert list(rows) == [figure.id for figure in load_ageing_figures()]
    for row in rows.values():
        assert (row.model is None) == (row.figure.ask is None) == (row.verdict == "not asked") == bool(row.why)
        if row.model is not None:
            assert np.isfinite(row.model).all() and row.model.lower90 <= row.model.median <= row.model.upper90
            assert row.share is not None and 0.0 <= row.share <= 1.0 and row.answered
            assert row.missed == (row.verdict in MISSES)


def test_verdicts_are_what_they_are_called() -> None:
    model = judged("branchet-1990-men", value=1.0).model
    assert model is not None
    inside = judged("branchet-1990-men", value=model.median)
    assert inside.verdict == "inside" and inside.share == pytest.approx(0.5, abs=0.1)
    assert judged("branchet-1990-men", value=model.upper90 * 1.01).verdict == "outside"
    assert judged("branchet-1990-men", low=model.median * 0.9, high=model.median * 1.1).verdict == "inside"
    assert judged("branchet-1990-men", low=model.median * 1.01, high=model.upper90).verdict == "outside"
    assert judged("branchet-1990-men", high=model.median * 1.01).verdict == "bound kept"
    assert judged("branchet-1990-men", low=model.median * 1.01).verdict == "bound broken"
    for sign, verdict in (("decrease", "sign as published"), ("increase", "sign not as published"),
                          ("none", "sign not as published")):  # fmt: skip
        assert judged("thickness-90-arm", sign=sign).verdict == verdict
    assert judged("smokers-98-elastic", sign="none").verdict == "sign as published"


def test_answers_against_hand_numbers() -> None:
    """At the central parameters: a ratio of procollagen, an exponential loss, an inverse rate, a fall per exposure."""
    central = replace(SHIPPED, parameters={p.name: replace(p, uncertainty=_still()) for p in SHIPPED})

    def answer(name: str, **ask: Any) -> float:
        figure = find_ageing_figure(name)
        assert figure.ask is not None
        (row,) = compare_ageing(central, [replace(figure, ask=replace(figure.ask, **ask))], draws=2)
        assert row.model is not None
        return row.model.median

    years, loss = 50.0, SHIPPED["collagen_loss_rate"].value / 100.0
    assert answer("branchet-1990-men") == pytest.approx(1000.0 * (1.0 - np.exp(-loss * years)) / years, rel=1e-4)
    assert answer("varani-2006-in-tissue") == pytest.approx(100.0 * (SHIPPED["procollagen_aged"].value - 1.0), rel=1e-6)
    assert answer("shapiro-1991-time") == pytest.approx(1.0 / (SHIPPED["elastin_renewal_rate"].value * 365.25))
    assert answer("hughes-2013-odds") == pytest.approx(1.0 - SHIPPED["sunscreen_protection"].value)
    assert answer("jorgensen-1998-skin") == pytest.approx(SHIPPED["smoking_wound_ratio"].value, rel=1e-6)
    fall = -100.0 * SHIPPED["smoking_synthesis_1_fall"].value
    assert answer("knuutinen-2002-type-1") == pytest.approx(fall, rel=1e-6)
    assert answer("kiecolt-glaser-1995") == pytest.approx(1.0 + SHIPPED["stress_cover_slowing"].value)
    assert answer("savvas-untreated") == pytest.approx(100.0 * SHIPPED["type_3_share"].value, rel=1e-6)


def _still() -> Any:
    from neodermis.uncertain import Distribution

    return Distribution(kind="none")


def test_a_question_that_is_asked_twice_is_answered_alike_and_another_seed_otherwise() -> None:
    figure = find_ageing_figure("schwartz-1993-collagen")
    one, again, other = (
        compare_ageing(SHIPPED, [figure], draws=20, seed=seed)[0].model for seed in (0, 0, 1)
    )  # fmt: skip
    assert one == again and one != other


def test_both_sexes_are_their_mean() -> None:
    figure = find_ageing_figure("face-thickness-women")
    assert figure.ask is not None and figure.ask.person is not None

    def median(sex: Any) -> float:
        ask: Ask = replace(figure.ask, person=replace(figure.ask.person, sex=sex))  # type: ignore[type-var]
        row = compare_ageing(SHIPPED, [replace(figure, ask=ask)], draws=2, seed=3)[0]
        assert row.model is not None
        return row.model.median

    assert median("both") == pytest.approx((median("female") + median("male")) / 2.0)


def test_every_name_that_is_asked_is_one_of_the_model() -> None:
    from neodermis.studies.figures_ageing import DERIVED

    for figure in load_ageing_figures():
        if figure.ask is not None and figure.ask.of == "rest":
            assert figure.ask.name in {*QUANTITIES, *DERIVED}, figure.id
        if figure.ask is not None and figure.ask.of in ("untreated", "treated"):
            assert figure.ask.name in OUTCOMES, figure.id


def test_an_unknown_quantity_is_refused() -> None:
    ask = Ask(of="rest", name="beauty", give="value", person=Who(age=45, site="cheek"))
    with pytest.raises(KeyError):
        compare_ageing(SHIPPED, [replace(find_ageing_figure("face-thickness-women"), ask=ask)], draws=2)


def test_the_table_of_the_command_has_a_row_for_each_that_is_asked(rows: dict[str, AgeingRow]) -> None:
    printed = ageing_table(rows.values())
    assert [row[0] for row in printed] == [row.id for row in rows.values() if row.model is not None]
    assert all(len(row) == len(AGEING_COLUMNS) for row in printed)
    assert all((row[4] == row[4].upper()) == rows[row[0]].missed for row in printed)


def test_the_counts_on_the_page_are_those_of_the_shipped_parameters(rows: dict[str, AgeingRow]) -> None:
    """After a change of parameters or figures: ``python -m docs.build``."""
    counts = ageing_counts(rows.values())
    assert counts.answered + counts.not_answered == counts.figures == len(rows)
    assert 0 < counts.missed < counts.answered and counts.tests_missed <= counts.missed
    assert counts.sentence in " ".join(TEXT.split())
    for row in rows.values():
        (line,) = [line for line in TEXT.splitlines() if line.startswith(f"| `{row.id}` |")]
        if row.model is not None:
            assert f"| {f'**{row.verdict}**' if row.missed else row.verdict} |" in line, row.id


def test_a_figure_that_a_parameter_rests_on_is_never_called_a_test(rows: dict[str, AgeingRow]) -> None:
    for row in rows.values():
        assert row.is_test == (row.model is not None and not row.figure.used_for)
        if row.figure.used_for and row.model is not None:
            (line,) = [line for line in TEXT.splitlines() if line.startswith(f"| `{row.id}` |")]
            assert "| no: " in line


def test_the_picture_has_every_panel_and_the_published_points() -> None:
    series = [
        page.Series(label, neodermis.skin_by_age((25, 45, 65, 85), sex=label, draws=8)) for label in ("female", "male")
    ]
    drawn = ageing_figure(series, "Skin by age", "foot")
    titles = [title for ax in drawn.axes if (title := ax.get_title(loc="left"))]
    assert titles == list(PANELS.values())
    labelled = {text.get_text() for ax in drawn.axes for text in ax.texts}
    assert {"branchet-1990-men", "branchet-1990-women", "collagen-score-64", "elastic-71-number"} <= labelled
    points = {point.figure.id: point for point in published_points("dermal_thickness")}
    assert points["branchet-1990-men"].ratio == pytest.approx(1.0 - 0.06 * 5.0)
    assert points["thickness-90-forehead"].ratio is None
    from matplotlib import pyplot as plt

    plt.close(drawn)


# ------------------------------------------------------------------------------------------------- statements


def course(sentence: str = FOUR, **person: Any) -> Any:
    return neodermis.simulate(sentence, **{"age": 45, "draws": 30, "until": 455, **person}).sites["cheek"]


@pytest.mark.claim("SKIN-01")
def test_skin_01_collagen_declines_with_age() -> None:
    ages = (25, 45, 65, 85)
    women, men = (neodermis.skin_by_age(ages, sex=sex, draws=30).values["collagen_total"] for sex in ("female", "male"))
    assert (np.diff(women, axis=0) < 0).all() and (np.diff(men, axis=0) < 0).all()
    assert (women[3] / women[0] < men[3] / men[0]).all()  # menopause comes on top
    untreated = course().untreated["collagen_total"]
    assert (untreated[:, -1] < untreated[:, 0]).all()


@pytest.mark.claim("SKIN-02")
def test_skin_02_elastin_declines_with_age(rows: dict[str, AgeingRow]) -> None:
    elastin = neodermis.skin_by_age((25, 35, 60, 80), draws=30).values["elastin"]
    assert (elastin[0] == 1.0).all() and (np.diff(elastin[1:], axis=0) < 0).all() and (elastin > 0).all()
    assert rows["elastic-71-number"].missed


@pytest.mark.claim("SKIN-03")
def test_skin_03_each_exposure_changes_both_courses_or_is_off_and_listed() -> None:
    plain = course()
    for name, value in (("smoking", "20/day"), ("sun", "high"), ("steroid", "daily")):
        exposed = course(exposures={name: f"{value} from day 0"})
        for part in ("values", "untreated"):
            mine, other = (getattr(c, part)["collagen_papillary"][:, -1] for c in (exposed, plain))
            assert (mine < other).mean() > 0.95, (name, part)
    off = ("alcohol", "diet", "pollution", "sleep", "vitamin_c", "isotretinoin")
    for name in off:
        kind = load_exposures()[name]
        word = next((word for word, number in kind.words.items() if number == kind.high), f"{kind.high:g}")
        same = course(exposures={name: word}, draws=4)
        expected = course(draws=4)
        np.testing.assert_array_equal(same.values["collagen_papillary"], expected.values["collagen_papillary"])
        assert kind.note


@pytest.mark.claim("SKIN-04")
def test_skin_04_thin_skin_is_thicker_with_needling_than_without() -> None:
    thin = course(age=65, concerns={"thin_skin": "0.4"})
    treated, untreated = thin.values["dermal_thickness"], thin.untreated["dermal_thickness"]
    assert np.mean(treated[:, -1] > untreated[:, -1]) > 0.95
    sound = course(age=65)
    np.testing.assert_allclose(treated[:, 0], 0.6 * sound.values["dermal_thickness"][:, 0], rtol=1e-6)
