"""Published figures on channels, force and pain, compared with the model.

The prediction of a figure is drawn over the uncertain inputs: the parameters, and the values of the set-up that the
study does not report.  It does not include between-person variability or the error of the study.  Parameters have the
same draws for every figure, and unreported values the same draws for all figures of one study.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, Literal, NamedTuple, Self, TypeVar

import numpy as np

from neodermis.evidence import Figure, ParameterSet, Setup, in_unit, load_figures
from neodermis.evidence.ageing_figure import AgeingFigure
from neodermis.evidence.delivery_figure import DeliveryFigure
from neodermis.simulation.session import Interval
from neodermis.skin import injury, needling, pain
from neodermis.skin.injury import Channels, InjuryParameters
from neodermis.skin.needling import Entries, NeedlingParameters, Setting, Tissue
from neodermis.skin.pain import PainParameters
from neodermis.skin.tissue import TissueParameters
from neodermis.uncertain import Distribution, Floats, stream
from neodermis.units import convert, declared

Verdict = Literal["inside", "missed", "bound kept", "bound broken", "no answer"]
Published = TypeVar("Published", Figure, AgeingFigure, DeliveryFigure)
Judged = TypeVar("Judged", bound=str)

#: Verdicts of a miss.
MISSES: Final = ("missed", "outside", "bound broken", "direction wrong", "sign not as published")
#: Mechanisms whose parameters the predictions use.
_READ: Final[dict[str, type]] = {
    "needling": NeedlingParameters,
    "injury": InjuryParameters,
    "pain": PainParameters,
    "tissue": TissueParameters,
}
#: Quantity → unit of the prediction; a scale has no other unit.
UNITS: Final = {
    "reached_depth": "mm",
    "reached_share": "1",
    "channel_width": "mm",
    "channels_per_area": "1/mm2",
    "insertion_force": "N",
    "insertion_force_change": "1",
    "pain_score": "VAS 0-10",
    "pain_ratio": "1",
}


class _Case(NamedTuple):
    """One set-up with every number drawn."""

    setting: Setting
    entries: Entries
    tissue: Tissue
    needling: NeedlingParameters
    numbed: Floats


def drawn(parameters: ParameterSet, draws: int, seed: int) -> dict[str, Floats]:
    """Parameter draws used by the predictions, by name."""
    return read_by(parameters, _READ).draw(draws, seed, "uncertainty")


def numbers(figure: Figure, setup: Setup, draws: int, seed: int) -> dict[str, Floats]:
    """Draws of the numbers of a set-up, by name; the figures of one study have the same draws of the same range."""
    given = drawn_amounts(figure.source, setup.amounts, draws, seed)
    given["numbed"] = {
        "topical": np.ones(draws),
        "none": np.zeros(draws),
        "unknown": (stream(f"{figure.source}:numbed", seed).random(draws) < 0.5).astype(float),
    }[setup.anaesthetic]
    return given


def drawn_amounts(source: str, amounts: Mapping[str, Distribution], draws: int, seed: int) -> dict[str, Floats]:
    """Draws of the numbers of a set-up, by name; the same range of the same study is drawn alike."""

    def draw(name: str, amount: Distribution) -> Floats:
        numbers = stream(f"{source}:{name}", seed)
        if amount.kind == "lognormal":
            numbers.random(draws)  # as in the draws that the shipped parameters of penetration were fitted with
        return amount.draw(draws, numbers)

    return {name: draw(name, amount) for name, amount in amounts.items()}


def mechanisms(values: Mapping[str, Floats], parameters: ParameterSet, read: Mapping[str, type]) -> dict[str, Any]:
    """The parameters of each mechanism in its declared units, from values by name."""
    return {
        mechanism: structure(
            **{
                name: values[name] * in_unit(parameters[name], declaration.unit)
                for name, declaration in declared(structure).items()
            }
        )
        for mechanism, structure in read.items()
    }


def simulate(figure: Figure, values: Mapping[str, Floats], parameters: ParameterSet, seed: int) -> Floats:
    """The model's answer to a figure for each draw of the parameters, in the published unit.

    Parameters
    ----------
    figure
        A figure that has a set-up and a quantity in :data:`UNITS`.
    values
        Parameters by name, as :func:`drawn` gives them.
    parameters
        The set that ``values`` were drawn from, for their units.
    seed
        Seed of the open numbers of the set-up.
    """
    if figure.setup is None:
        raise ValueError(f"{figure.id} has no set-up: {figure.why_not}")
    count = len(next(iter(values.values())))
    parts = mechanisms(values, parameters, _READ)
    ask = _QUANTITIES[figure.quantity]
    answers: Floats = np.asarray(ask(_case(figure.setup, numbers(figure, figure.setup, count, seed), parts), parts))
    if figure.against is not None:
        before = _case(figure.against, numbers(figure, figure.against, count, seed), parts)
        answers = answers / np.asarray(ask(before, parts)) - (figure.quantity in _CHANGES)
    unit = UNITS[figure.quantity]
    if unit != figure.unit:
        answers = answers * convert(1.0, unit, figure.unit, what=figure.id)
    if not np.isfinite(answers).all():
        raise ValueError(f"{figure.id}: the set-up leaves out a number that the answer depends on")
    return answers


def answer(figure: Figure, parameters: ParameterSet, *, draws: int = 400, seed: int = 0) -> Interval | None:
    """The model's answer to a figure in the published unit, with its 90 % credible interval; None where it has none."""
    if figure.setup is None:
        return None
    return Interval.of(simulate(figure, drawn(parameters, draws, seed), parameters, seed))


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside(Generic[Published, Judged]):
    """A published figure of any kind, compared with the model."""

    figure: Published
    model: Interval | None
    verdict: Judged
    share: float | None
    """Share of draws below a published number, inside a published range, or on the correct side of a bound or of
    zero."""

    @property
    def id(self) -> str:
        """Id of the figure."""
        return self.figure.id

    @property
    def why(self) -> str:
        """Reason why there is no prediction."""
        return self.figure.why_not

    @property
    def is_test(self) -> bool:
        """Whether there is a prediction and the figure informs no parameter."""
        return self.model is not None and not self.figure.used_for

    @property
    def missed(self) -> bool:
        """Whether the prediction misses the published result."""
        return self.verdict in MISSES


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Numbers of figures, predictions, misses and tests."""

    figures: int
    answered: int
    missed: int
    tests: int
    tests_missed: int

    @property
    def not_answered(self) -> int:
        """Number of figures without a prediction."""
        return self.figures - self.answered

    @classmethod
    def of(cls, rows: Iterable[Beside[Any, Any]]) -> Self:
        """Number of missed tests."""
        kept = list(rows)
        answered = [row for row in kept if row.model is not None]
        tests = [row for row in answered if row.is_test]
        return cls(
            figures=len(kept),
            answered=len(answered),
            missed=sum(row.missed for row in answered),
            tests=len(tests),
            tests_missed=sum(row.missed for row in tests),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Row(Beside[Figure, Verdict]):
    """A published figure on channels, force or pain, compared with the model."""

    over_published: float | None
    """Median prediction relative to the published number."""


def compare(
    parameters: ParameterSet, figures: Iterable[Figure] | None = None, *, draws: int = 400, seed: int = 0
) -> list[Row]:
    """Every figure, compared with the model.

    A published number is *inside* where it lies in the 90 % credible interval of the answer, a published range where
    the median answer lies in it; a bound is *kept* where the median answer does.
    """
    values = drawn(parameters, draws, seed)
    rows = []
    for figure in load_figures() if figures is None else figures:
        if figure.setup is None:
            rows.append(Row(figure=figure, model=None, verdict="no answer", share=None, over_published=None))
            continue
        answers = simulate(figure, values, parameters, seed)
        model = Interval.of(answers)
        verdict, share = judged(figure, answers)
        rows.append(
            Row(
                figure=figure,
                model=model,
                verdict=verdict,
                share=share,
                over_published=model.median / figure.value if figure.value else None,
            )
        )
    return rows


def judged(figure: Figure | DeliveryFigure, answers: Floats) -> tuple[Verdict, float]:
    """Verdict on the predictions of a published number, range or bound, and the share of draws behind it."""
    model, low, high = Interval.of(answers), figure.low, figure.high
    if figure.value is not None:
        inside = model.lower90 <= figure.value <= model.upper90
        return ("inside" if inside else "missed"), float(np.mean(answers < figure.value))
    right = np.ones(len(answers), dtype=bool)
    right &= True if low is None else answers >= low
    right &= True if high is None else answers <= high
    median = (low is None or model.median >= low) and (high is None or model.median <= high)
    if low is not None and high is not None:
        return ("inside" if median else "missed"), float(np.mean(right))
    return ("bound kept" if median else "bound broken"), float(np.mean(right))


# ------------------------------------------------------------------------------------------------ one quantity each


def read_by(parameters: ParameterSet, read: Mapping[str, type]) -> ParameterSet:
    """The parameters of these mechanisms only."""
    return replace(parameters, parameters={p.name: p for p in parameters if p.mechanism in read})


def _case(setup: Setup, given: Mapping[str, Floats], parts: Mapping[str, Any]) -> _Case:
    count = len(given["numbed"])
    missing, same = np.full(count, np.nan), np.ones(count)
    p: NeedlingParameters = parts["needling"]
    p = p._replace(
        hand_force=p.hand_force * given.get("hand_force_share", same),
        pressing_speed=given.get("pressing_speed_mm_s", p.pressing_speed),
    )
    met: TissueParameters = parts["tissue"]
    person = (met.stratum_corneum_thickness + met.viable_epidermis_thickness) / 1e3
    x = Setting(*(given.get(name, missing) for name in Setting._fields))
    return _Case(
        setting=x,
        entries=needling.ENTRIES[setup.kind](x, p),
        tissue=Tissue(
            epidermis_mm=given.get("epidermis_mm", person),
            foundation=given.get("foundation", same),
            over_bone=same * (setup.under == "bone"),
            over_fat=same * (setup.under == "fat"),
            stretched=same * setup.stretched,
        ),
        needling=p,
        numbed=given["numbed"],
    )


def _reached_depth(done: _Case, parts: Mapping[str, Any]) -> Any:
    return needling.reached_depth_mm(done.setting, done.entries, done.tissue, done.needling)


def _reached_share(done: _Case, parts: Mapping[str, Any]) -> Any:
    return _reached_depth(done, parts) / done.setting.set_depth_mm


def _channel_width(done: _Case, parts: Mapping[str, Any]) -> Any:
    x = done.setting
    zero = np.zeros_like(done.numbed)
    made = Channels(
        per_mm2=zero,
        reached_depth_mm=_reached_depth(done, parts),
        depth_loss=zero,
        unevenness=zero,
        needle_diameter_mm=x.needle_diameter_mm,
        needle_tip_mm=2.0 * x.needle_tip_radius_um / 1e3,
        needle_taper_mm=x.needle_taper_mm,
        sideways_mm=zero,
    )
    return injury.surface_width_mm(made) * parts["injury"].channel_recoil_ratio


def _channels_per_area(done: _Case, parts: Mapping[str, Any]) -> Any:
    return done.entries.per_mm2


def _insertion_force(done: _Case, parts: Mapping[str, Any]) -> Any:
    """Puncture force: the resistance before insertion, which depends only on the tip and the speed."""
    tip_mm = 2.0 * done.setting.needle_tip_radius_um / 1e3
    # a straight needle as wide as its tip: opening of the hole behind the tip is not included
    x = done.setting._replace(needle_diameter_mm=tip_mm, needle_taper_mm=np.ones_like(tip_mm))
    nowhere = np.zeros_like(done.numbed)
    return needling.resistance(nowhere, x, done.entries, done.tissue, done.needling)[0]


def _pain_score(done: _Case, parts: Mapping[str, Any]) -> Any:
    blocked = done.numbed * parts["pain"].pain_reference_block
    return pain.pain_vas(done.setting.set_depth_mm, done.entries.in_contact, blocked, parts["pain"])


def _pain_odds(done: _Case, parts: Mapping[str, Any]) -> Any:
    """Ratios were measured on single insertions with little pain, for which the odds on the scale equal the pain."""
    blocked = done.numbed * parts["pain"].pain_reference_block
    return pain.pain_odds(done.setting.set_depth_mm, done.entries.in_contact, blocked, parts["pain"])


_QUANTITIES: Final = {
    "reached_depth": _reached_depth,
    "reached_share": _reached_share,
    "channel_width": _channel_width,
    "channels_per_area": _channels_per_area,
    "insertion_force": _insertion_force,
    "insertion_force_change": _insertion_force,
    "pain_score": _pain_score,
    "pain_ratio": _pain_odds,
}
#: Quantities that compare two set-ups: their quotient, or their relative change.
_CHANGES: Final = ("insertion_force_change",)
