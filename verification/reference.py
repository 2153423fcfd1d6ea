"""A slow, plain model beside the fast one: the equations in the heads of ``skin/*.py``, typed a second time.

``python -m verification.reference`` solves ten random people with both and prints the largest difference of each
outcome as a share of its largest change.  Nothing of the product is called here but its catalogue and its parameter
values: geometry, injury, signals, right-hand side and time stepping (SciPy's DOP853, steps chosen by its own error
control, signals solved anew at each evaluation) are this file's.  The depth cells are those of the product, since
they are part of what is checked; what they cost is measured by doubling them in ``tests/laws``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import exp, log, pi
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import solve_banded

Values = dict[str, float]
PAPILLARY, RETICULAR, FAT = 6, 12, 4
CELLS = 2 + PAPILLARY + RETICULAR + FAT
DERMIS = slice(2, 2 + PAPILLARY + RETICULAR)
YEAR = 365.25
STATES = ("D", "P", "N", "M1", "M2", "X", "F", "A", "Y", "L1", "L3", "G1", "G3", "made", "cleaved")


@dataclass(frozen=True)
class Channels:
    """What one session leaves: entries per mm², reached depth and wounded width (mm)."""

    per_mm2: float
    reached_mm: float
    width_mm: float


def pen_channels(
    v: Values, *, needles: float, hertz: float, diameter_mm: float, depth_mm: float, passes: int
) -> Channels:
    """A gliding pen: strokes per second over mm² per second."""
    return Channels(
        per_mm2=needles * hertz * passes / (v["pen_coverage_rate"] * 100.0),
        reached_mm=depth_mm * v["pen_reached_share"],
        width_mm=diameter_mm * v["channel_recoil_ratio"],
    )


class Column:
    """One person's skin: geometry and everything that stays fixed."""

    def __init__(self, v: Values, dermis_mm: float, age: float, reference_age: float) -> None:
        self.v = v
        self.r = v["collagen_loss_rate"] / 100.0 / YEAR
        dermis = dermis_mm * v["dermis_thickness_factor"] * exp(-self.r * (age - reference_age) * YEAR)
        papillary = dermis * v["papillary_share_of_dermis"]
        grade = 2.5 ** (np.arange(RETICULAR) / (RETICULAR - 1))
        self.h = np.concatenate(
            [
                [v["stratum_corneum_thickness"] / 1000.0, v["viable_epidermis_thickness"] / 1000.0],
                np.full(PAPILLARY, papillary / PAPILLARY),
                (dermis - papillary) * grade / grade.sum(),
                np.full(FAT, v["fat_depth"] / FAT),
            ]
        )
        f, c = v["labile_share"], v["collagen_concentration"]
        q = v["collagen_synthesis_rate"] * 24.0 / 100.0
        self.q = q / f if v["synthesis_rate_of_all_collagen"] == 1.0 else q
        rho = log(2.0) / (v["mature_renewal_time"] * YEAR)
        self.m0 = rho * (1.0 - f) / f
        self.k_c = self.q + self.r - self.m0
        self.k_m = rho + self.r
        share = {"1": 1.0 - v["type_3_share"], "3": v["type_3_share"]}
        self.labile = {i: c * share[i] * f for i in share}
        self.mature = {i: c * share[i] * (1.0 - f) for i in share}
        k_i, k_exit = (
            v["inflammatory_decay_rate"],
            v["macrophage_conversion_rate"] + v["inflammatory_macrophage_loss_rate"],
        )
        self.p_im = v["macrophage_loop_gain"] * k_i * v["macrophage_signal_half"] * k_exit / v["macrophage_recruitment"]
        self.p_ta = (
            v["activation_loop_gain"] * v["tgf_decay_rate"] * v["activation_tgf_half"] * v["deactivation_rate"]
            / (v["activation_rate"] * v["fibroblast_density"])
        )  # fmt: skip
        self.bands = {
            "I": self._bands(v["inflammatory_diffusivity"], k_i),
            "T": self._bands(v["tgf_diffusivity"], v["tgf_decay_rate"]),
        }

    def _bands(self, diffusivity: float, decay: float) -> Any:
        """(∇(D∇) − k) by finite volumes: closed at the surface, zero at the bottom of the fat."""
        between = diffusivity / ((self.h[1:] + self.h[:-1]) / 2.0)
        bands = np.zeros((3, CELLS))
        bands[0, 1:] = between
        bands[2, :-1] = between
        bands[1] = -decay * self.h
        bands[1, :-1] -= between
        bands[1, 1:] -= between
        bands[1, -1] -= diffusivity / (self.h[-1] / 2.0)
        return bands

    def signal(self, name: str, source: Any) -> Any:
        """Steady signal in the dermis of a source in the dermis."""
        whole = np.zeros(CELLS)
        whole[DERMIS] = source * self.h[DERMIS]
        return solve_banded((1, 1), self.bands[name], -whole)[DERMIS]

    def rest(self) -> Any:
        y = np.zeros((len(STATES), PAPILLARY + RETICULAR))
        y[STATES.index("F")] = self.v["fibroblast_density"]
        for i in "13":
            y[STATES.index(f"L{i}")] = self.labile[i]
            y[STATES.index(f"G{i}")] = self.mature[i]
        return y

    def wounded(self, y: Any, channels: Channels) -> Any:
        """The jump at a session."""
        v = self.v
        s = dict(zip(STATES, y.copy(), strict=True))
        present = s["L1"] + s["L3"] + s["G1"] + s["G3"]
        h = self.h.copy()
        h[DERMIS] *= present / v["collagen_concentration"]
        z = np.concatenate([[0.0], np.cumsum(h)])
        if channels.reached_mm > 0:
            # ∫ (1 − z/z_r)² dz, from face to face
            integral = -channels.reached_mm / 3.0 * (1.0 - np.minimum(z / channels.reached_mm, 1.0)) ** 3
            area = pi / 4.0 * channels.width_mm**2 * np.diff(integral) / h
        else:
            area = np.zeros(CELLS)
        phi = (1.0 - np.exp(-channels.per_mm2 * area))[DERMIS]
        s["D"] = s["D"] + phi * (1.0 - s["D"])
        s["P"] = s["P"] + v["platelet_load"] * phi
        for name in "FAY":
            s[name] = s[name] * (1.0 - v["killed_cell_share"] * phi)
        s["cleaved"] = s["cleaved"] + v["torn_matrix_share"] * phi * present
        for name in ("L1", "L3", "G1", "G3"):
            s[name] = s[name] * (1.0 - v["torn_matrix_share"] * phi)
        return np.array([s[name] for name in STATES])

    def change(self, t: float, flat: Any) -> Any:
        v = self.v
        D, P, N, M1, M2, X, F, A, Y, L1, L3, G1, G3, _, _ = flat.reshape(len(STATES), -1)
        F0 = v["fibroblast_density"]
        calm = 1.0 / (1.0 + M2 / v["repair_macrophage_damping"])
        inflam = self.signal(
            "I", v["inflammatory_from_damage"] * D + (v["inflammatory_from_neutrophil"] * N + self.p_im * M1) * calm
        )
        tgf = self.signal("T", v["tgf_from_macrophage"] * (M1 + M2) + self.p_ta * (A + Y))
        al = D / v["neutrophil_damage_half"] + P / v["neutrophil_platelet_half"]
        u = tgf / v["activation_tgf_half"] + P / v["activation_platelet_half"]
        s = u / (1.0 + u)
        to_m2 = v["macrophage_conversion_rate"]
        hill = tgf**3 / (v["myofibroblast_tgf_half"] ** 3 + tgf**3)
        to_y = v["myofibroblast_rate"] * hill * A
        activation, back = v["activation_rate"] * s * F, v["deactivation_rate"] * A
        room = 1.0 - (F + A + Y) / (v["fibroblast_capacity"] * F0)
        excess = 1.0 + X / v["protease_at_rest"]
        m = self.m0 * (1.0 + v["crosslinking_drive"] * A / F0)
        brake = exp(-self.r * t) / (1.0 + inflam / v["synthesis_inflammatory_half"])
        a1 = v["synthesis_1_activated"]
        made = {
            i: self.q * self.labile[i] * brake * (F + a * A + v["synthesis_myofibroblast"] * Y) / F0
            for i, a in (("1", a1), ("3", a1 * v["synthesis_3_over_1"]))
        }
        cut = {"L1": self.k_c * excess * L1, "L3": self.k_c * excess * L3}
        cut |= {"G1": self.k_m * excess * G1, "G3": self.k_m * excess * G3}
        return np.concatenate([
            -(v["debris_clearance_rate"] + v["debris_clearance_by_neutrophils"] * N
              + v["debris_clearance_by_macrophages"] * (M1 + M2)) * D,
            -v["platelet_loss_rate"] * P,
            v["neutrophil_recruitment"] * al / (1.0 + al) - v["neutrophil_loss_rate"] * N,
            v["macrophage_recruitment"] * inflam / (v["macrophage_signal_half"] + inflam)
            - (to_m2 + v["inflammatory_macrophage_loss_rate"]) * M1,
            to_m2 * M1 - v["repair_macrophage_loss_rate"] * M2,
            v["protease_from_neutrophil"] * N + v["protease_from_macrophage"] * M1 - v["protease_loss_rate"] * X,
            v["fibroblast_relaxation_rate"] * (F0 - F) + back - activation,
            activation + v["proliferation_rate"] * s * A * room - back - to_y,
            to_y - v["myofibroblast_loss_rate"] * Y,
            made["1"] - cut["L1"] - m * L1,
            made["3"] - cut["L3"] - m * L3,
            m * L1 - cut["G1"],
            m * L3 - cut["G3"],
            made["1"] + made["3"],
            sum(cut.values()),
        ])  # fmt: skip

    def outcomes(self, y: Any) -> Values:
        s = dict(zip(STATES, y.reshape(len(STATES), -1), strict=True))
        h = self.h[DERMIS]
        one, three = ((s["L1"] + s["G1"]) * h, (s["L3"] + s["G3"]) * h)
        both = one + three
        return {
            "collagen_papillary": both[:PAPILLARY].sum(),
            "collagen_total": both.sum(),
            "collagen_1": one.sum(),
            "collagen_3": three.sum(),
            "collagen_3_share": three.sum() / both.sum(),
            "dermal_thickness": both.sum() / self.v["collagen_concentration"],
            "made": (s["made"] * h).sum(),
            "cleaved": (s["cleaved"] * h).sum(),
        }


def solve(column: Column, channels: Channels, session_days: tuple[float, ...], days: Any, rtol: float = 1e-7) -> Any:
    """Outcomes on given days, each before a session of that day: name → (days,)."""
    found: list[tuple[float, Values]] = []
    y = column.rest()
    if days[0] == session_days[0]:
        found.append((days[0], column.outcomes(y)))
    for start, end in zip(session_days, (*session_days[1:], days[-1]), strict=True):
        y = column.wounded(y, channels)
        wanted = days[(days > start) & (days <= end)]
        stops = np.unique([*wanted, end])
        path = solve_ivp(column.change, (start, end), y.ravel(), method="DOP853", t_eval=stops, rtol=rtol, atol=rtol)
        if not path.success:
            raise RuntimeError(path.message)
        found += [(day, column.outcomes(row)) for day, row in zip(path.t, path.y.T, strict=True) if day in wanted]
        y = path.y[:, -1].reshape(len(STATES), -1)
    return {name: np.array([values[name] for _, values in found]) for name in found[0][1]}


def difference(fast: Any, slow: Any) -> float:
    """Largest difference over the largest change, of one outcome."""
    return float(np.abs(fast - slow).max() / np.abs(slow - slow[0]).max())


def main(people: int = 10) -> int:
    """Solve random people with both models; 1 where an outcome differs by more than the stated tolerance."""
    import neodermis
    from neodermis.evidence import load_parameters
    from neodermis.people import Patient
    from neodermis.skin.tissue import reference_age_years

    shipped, tolerance, worst = load_parameters(), 1e-3, 0.0
    drawn = shipped.draw(people, 0, "variability")
    rng = np.random.default_rng(0)
    print(f"{'age':>4} {'protocol':<62} {'largest difference, share of the largest change':<50}")
    for k in range(people):
        age = float(rng.integers(20, 80))
        depth, passes = float(rng.choice([0.5, 1.0, 1.5])), int(rng.integers(2, 10))
        sessions, interval = int(rng.integers(1, 5)), int(rng.integers(14, 60))
        times = f"{sessions} sessions every {interval} days" if sessions > 1 else "1 session"
        sentence = f"{times}: exceed; cheek {depth:g} mm, {passes} passes"
        course = neodermis.simulate(sentence, age=age, draws=1, people=people)
        site, device = course.sites["cheek"], course.protocol.device
        assert site.failed == 0 and device.frequency_hz is not None
        v = {name: float(values[k]) for name, values in drawn.items()}
        reference = Patient(age=age).skin("cheek", shipped).dermis_reference_mm
        slow = solve(
            Column(v, reference, age, reference_age_years()),
            pen_channels(
                v,
                needles=device.needles.middle,
                hertz=device.frequency_hz.middle,
                diameter_mm=device.needle_diameter_mm.middle,
                depth_mm=depth,
                passes=passes,
            ),
            course.protocol.session_days,
            site.time_day,
        )
        found = {name: difference(values[k], slow[name]) for name, values in site.people.items()}
        name = max(found, key=lambda outcome: found[outcome])
        worst = max(worst, found[name])
        print(f"{age:4.0f} {sentence:<62} {found[name]:.1e} ({name})", flush=True)
    print(f"largest of {people}: {worst:.1e}; accepted: {tolerance:.0e}")
    return int(worst > tolerance)


if __name__ == "__main__":
    sys.exit(main())
