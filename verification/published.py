"""Published models from which parts of the cascade were taken, solved by SciPy and by the steps of the product.

Each is written as production and first-order loss of every state, the form in which ``course`` steps; numbers and
sources are in ``published.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import jax
import numpy as np
from docs.pages import paragraph, point, table
from jax import lax
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, minimize_scalar

from verification.section import Results, Say, Section, Verdict, figure_with, keep, number
from verification.stepping import relaxed

Numbers = Mapping[str, float]
#: Of states and numbers: production and first-order loss of every state.
Rates = Callable[[Any, Numbers], tuple[tuple[Any, ...], tuple[Any, ...]]]
MODELS: Final[dict[str, dict[str, Any]]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
#: Accepted difference between SciPy and the product's rule, as a share of each state's peak.
BOUND: Final = 1e-4


def cooper(y: Any, p: Numbers) -> Any:
    """Pathogen, debris, macrophages, neutrophils; without hormones.

    M* = M/(1 + (N/Ninf)²);  R1 = kmpt Pt + kmp P + kmm M + kmn N;  R2 = knpt Pt + knp P
    P'  = kpg P (1 − P/pinf) − kpb sb P/(mub + kbp P) − kpn P N − kpm P M*
    Pt' = mun N − (kptn N (1 + slip ken N) + kptm M* + mupt) Pt
    M'  = smr R1/(mumr + R1) − mum M;   N' = snr R2/(munr + R2) − (mun + knm M*) N
    """
    P, Pt, M, N = y
    active = M / (1.0 + (N / p["Ninf"]) ** 2)
    r1 = p["kmpt"] * Pt + p["kmp"] * P + p["kmm"] * M + p["kmn"] * N
    r2 = p["knpt"] * Pt + p["knp"] * P
    by_neutrophils = p["kptn"] * N * (1.0 + p.get("slip", 0.0) * p["ken"] * N)
    killing = p["kpb"] * p["sb"] / (p["mub"] + p["kbp"] * P) + p["kpn"] * N + p["kpm"] * active
    made = (p["kpg"] * P, p["mun"] * N, p["smr"] * r1 / (p["mumr"] + r1), p["snr"] * r2 / (p["munr"] + r2))
    return made, (
        p["kpg"] * P / p["pinf"] + killing, by_neutrophils + p["kptm"] * active + p["mupt"], p["mum"] + 0.0 * M,
        p["mun"] + p["knm"] * active,
    )  # fmt: skip


def waugh(y: Any, p: Numbers) -> Any:
    """Inflammatory and repair macrophages, TGF-β;  K(T) = τ1 T³ + τ2 T² + τ3 T + τ4, τ1 < 0.

    φI' = α K(T) + k1 k2 φI (1 − k3 (φI + φR)) − d1 φI;  φR' with 1 − α;  T' = k4 φI − d2 T
    """
    inflammatory, repair, tgf = y
    come = p["tau2"] * tgf**2 + p["tau3"] * tgf + p["tau4"]
    kept_out = -p["tau1"] * tgf**3
    grow, sampler = p["k1"] * p["k2"], p["k1"] * p["k2"] * p["k3"] * (inflammatory + repair)
    shares = (p["alpha"], 1.0 - p["alpha"])
    made = tuple(share * come + grow * cells for share, cells in zip(shares, (inflammatory, repair), strict=True))
    lost = tuple(
        p["d1"] + sampler + share * kept_out / cells
        for share, cells in zip(shares, (inflammatory, repair), strict=True)
    )
    return (*made, p["k4"] * inflammatory), (*lost, p["d2"] + 0.0 * tgf)


def adler(y: Any, p: Numbers) -> Any:
    """Myofibroblasts, macrophages, CSF1, PDGF, with an influx of macrophages.

    F' = F (λ1 P/(k + P) (1 − F/K) − μ1);  M' = influx + M (λ2 C/(k + C) − μ2)
    C' = β1 F − α1 M C/(k + C) − γ C;  P' = β2 M + β3 F − α2 F P/(k + P) − γ P
    """
    F, M, C, P = y
    grow = p["lambda1"] * P / (p["k"] + P)
    made = (
        grow * F, p.get("influx", 0.0) + p["lambda2"] * C / (p["k"] + C) * M, p["beta1"] * F,
        p["beta2"] * M + p["beta3"] * F,
    )  # fmt: skip
    return made, (
        grow * F / p["K"] + p["mu1"], p["mu2"] + 0.0 * M, p["alpha1"] * M / (p["k"] + C) + p["gamma"],
        p["alpha2"] * F / (p["k"] + P) + p["gamma"],
    )  # fmt: skip


RATES: Final[dict[str, Rates]] = {"cooper_2015": cooper, "waugh_sherratt_2006": waugh, "adler_2020": adler}
#: What is changed on the way: from which day on, and which numbers.
Plan = list[tuple[float, Numbers]]


def start_of(name: str) -> Any:
    return np.array(list(MODELS[name]["start"].values()))


def by_scipy(name: str, plan: Plan, days: Any, start: Any = None) -> Any:
    """States on given days, (days, states): LSODA to 1e-10, started anew where a number changes."""
    y, found = start_of(name) if start is None else np.asarray(start), []
    for k, (begin, numbers) in enumerate(plan):
        last = k + 1 == len(plan)
        end = days[-1] if last else plan[k + 1][0]

        def change(t: float, y: Any, p: Numbers = numbers) -> Any:
            made, lost = RATES[name](y, p)
            return np.array(made) - np.array(lost) * y

        here = days[(days >= begin) & ((days < end) | last)]
        path = solve_ivp(
            change,
            (begin, end),
            y,
            method="LSODA",
            t_eval=np.unique([*here, end]),
            rtol=1e-10,
            atol=1e-10,
            max_step=1.0,
        )
        if not path.success:
            raise RuntimeError(path.message)
        found += list(path.y.T[: len(here)])
        y = path.y[:, -1]
    return np.array(found)


def by_product(name: str, plan: Plan, days: Any, step: float) -> Any:
    """The same with the steps of the product: production and loss constant over a step, at its middle; equal steps."""
    keys = sorted({key for _, numbers in plan for key in numbers})
    steps = round(float(days[-1]) / step)
    which = np.searchsorted([begin for begin, _ in plan], (np.arange(steps) + 0.5) * step) - 1
    values = np.array([[numbers.get(key, 0.0) for key in keys] for _, numbers in plan])[which]

    def forward(y: Any, given: Any) -> tuple[Any, Any]:
        p = dict(zip(keys, given, strict=True))

        def after(at: Any, h: float) -> tuple[Any, ...]:
            made, lost = RATES[name](at, p)
            return tuple(relaxed(*each, h) for each in zip(y, made, lost, strict=True))

        y = after(after(y, step / 2.0), step)
        return y, jax.numpy.stack(y)

    start = tuple(map(float, start_of(name)))
    _, path = jax.jit(lambda given: lax.scan(forward, start, given))(values)
    path = np.concatenate([np.array(start)[None], np.asarray(path)])
    return path[np.round(days / step).astype(int)]


def fixed(name: str, y: Any, numbers: Numbers, within: tuple[int, ...] = ()) -> tuple[float, bool]:
    """How far a state is from rest (largest rate over production), and whether it is stable by its eigenvalues.

    ``within`` keeps to some of the states, where the others stay at zero.
    """

    def change(y: Any) -> Any:
        made, lost = RATES[name](y, numbers)
        return jax.numpy.stack([m - rate * each for m, rate, each in zip(made, lost, y, strict=True)])

    y = jax.numpy.asarray(y, float)
    made, _ = RATES[name](y, numbers)
    left = max(abs(float(c)) / max(abs(float(m)), 1e-12) for c, m in zip(change(y), made, strict=True))
    kept = list(within or range(len(y)))
    return left, bool(np.linalg.eigvals(np.asarray(jax.jacfwd(change)(y))[np.ix_(kept, kept)]).real.max() < 0)


# --------------------------------------------------------------------------------------------------- what is checked


def check(what: str, printed: str, here: str, met: bool | None, source: str) -> dict[str, Any]:
    return {"what": what, "printed": printed, "here": here, "met": met, "source": source}


def check_cooper() -> list[dict[str, Any]]:
    model = MODELS["cooper_2015"]
    p, printed = model["numbers"], model["printed"]
    days = np.linspace(0.0, 200.0, 4001)
    alone = by_scipy("cooper_2015", [(0.0, p)], days)
    with_pathogen = [printed["pathogen"], *start_of("cooper_2015")[1:]]
    infected = by_scipy("cooper_2015", [(0.0, p)], days, with_pathogen)
    after = np.array([0.0, printed["after"]])
    slip = by_scipy("cooper_2015", [(0.0, {**p, "slip": 1.0})], after, with_pathogen)[-1]
    clean = by_scipy("cooper_2015", [(0.0, p)], after, with_pathogen)[-1]
    near = abs(slip[1] - printed["debris"]) < 1e-4 and abs(slip[2] - printed["macrophages"]) < 1e-4
    _, stable = fixed("cooper_2015", np.zeros(4), p)
    top_n, top_m = (float(days[alone[:, k].argmax()]) for k in (3, 2))
    left = max(float(path[-1, k] / path[:, k].max()) for path in (alone, infected) for k in (1, 2, 3))
    loop = p["snr"] * p["knpt"] / p["munr"] / p["mupt"]
    return [
        check("the healthy state is stable", "asked of every accepted parameter set", "stable" if stable else "not",
              stable, "conference abstract of the authors"),
        check("leukocytes rise and return to rest, without pathogen and with it", "return to health",
              f"{left:.1e} of the peak left on day 200", left < 1e-2, "abstract; stability above"),
        check("neutrophils peak before macrophages", "order of the phases",
              f"day {top_n:.2f} and day {top_m:.2f}", top_n < top_m, "abstract"),
        check(f"debris and macrophages on day {printed['after']:g} of the file's own run, slip included",
              f"{printed['debris']:.4f}; {printed['macrophages']:.4f}",
              f"{slip[1]:.4f}; {slip[2]:.4f} ({clean[1]:.4f}; {clean[2]:.4f} without the slip)", near,
              "another simulator's run of the file"),
        check("times of the peaks against the accepted ranges", "in the paper", "not checked", None,
              "not in what could be read"),
        check("why the return is slow: gain of the loop debris - neutrophil - debris", "not stated",
              f"{loop:.2f}", None, "computed here; ours has no such loop"),
    ]  # fmt: skip


def check_waugh() -> list[dict[str, Any]]:
    model = MODELS["waugh_sherratt_2006"]
    p, printed, name = model["numbers"], model["printed"], "waugh_sherratt_2006"
    days = np.linspace(0.0, 40.0, 401)
    healing = by_scipy(name, [(0.0, {**p, "alpha": printed["normal_alpha"]})], days)
    diabetic = by_scipy(name, [(0.0, p)], days)
    treated = by_scipy(name, [(0.0, p), (printed["treated_on_day"], {**p, "alpha": printed["treated_alpha"]})], days)

    def steady(alpha: float) -> Any:
        """Levels of TGF-β at which both macrophages and TGF-β rest (equation 6 of the paper)."""
        grow = p["k1"] * p["k2"]
        r = grow * p["k3"] * p["d2"] ** 2 / (p["k4"] * alpha) ** 2
        q = (p["d1"] - grow) * p["d2"] / (p["k4"] * alpha)
        roots = np.roots([p["tau1"], p["tau2"] - r, p["tau3"] - q, p["tau4"]])
        return np.sort(roots[(abs(roots.imag) < 1e-9) & (roots.real > 0)].real)

    def states(alpha: float) -> list[tuple[float, bool]]:
        found = []
        for tgf in steady(alpha):
            inflammatory = p["d2"] * tgf / p["k4"]
            y = [inflammatory, inflammatory * (1.0 - alpha) / alpha, tgf]
            found.append(fixed(name, y, {**p, "alpha": alpha}))
        return found

    # where two of three steady states meet: the discriminant of the cubic changes its sign
    low, high = 0.5, 0.8
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (low, middle) if len(steady(middle)) == 3 else (middle, high)
    turn = float(steady(high)[1:].mean())
    three = [stable for _, stable in states(0.8)]
    cusp = (-p["tau4"] / p["tau1"]) ** (1.0 / 3.0)
    most = minimize_scalar(
        lambda t: -(p["tau1"] * t**3 + p["tau2"] * t**2 + p["tau3"] * t), bounds=(1.0, 9.0), method="bounded"
    ).x
    end = diabetic[-1]
    tgf = start_of(name)[2]
    first = sum(p[f"tau{power}"] * tgf ** (4 - power) for power in (1, 2, 3, 4))
    ranges = [printed[f"diabetic_{key}"] for key in ("phi_I", "phi_R", "tgf")]
    healed, mended = (float(path[-1, :2].sum()) for path in (healing, treated))
    begun = float(start_of(name)[:2].sum())
    text = "section 4.1"
    return [
        check("macrophages in a normal wound, day 40", "near zero", f"{healed:.1f} cells/mm3 of {begun:.0f}",
              healed < 0.05 * begun, "figure 2"),
        check("migration at the start", f"{printed['first_migration']:g}", f"{first:.2f}",
              abs(first - printed["first_migration"]) < 0.005, "BioModels file"),
        check("both macrophages and TGF-beta in a diabetic wound, day 40",
              "; ".join(f"{low:g} to {high:g}" for low, high in ranges) + ", within a tenth, as read off",
              "; ".join(f"{value:.3g}" for value in end),
              all(0.9 * low <= value <= 1.1 * high for value, (low, high) in zip(end, ranges, strict=True)),
              "figure 2"),
        check("steady states at alpha 0.8", "stable, unstable, stable",
              ", ".join("stable" if s else "unstable" for s in three), three == [True, False, True], "section 4"),
        check("steady states at alpha 0.5", "one", str(len(states(0.5))), len(states(0.5)) == 1, text),
        check("alpha at which one becomes three", f"{printed['turning_alpha']:g}", f"{high:.4f}",
              abs(high - printed["turning_alpha"]) <= 0.005, text),
        check("TGF-beta there, within 2 %", f"{printed['turning_tgf']:g} pg/mm3",
              f"{turn:.3f} ({100 * (turn / printed['turning_tgf'] - 1):+.1f} %)",
              abs(turn / printed["turning_tgf"] - 1) <= 0.02, "section 5.1"),
        check("TGF-beta at the cusp", f"{printed['cusp_tgf']:g} pg/mm3", f"{cusp:.3f}",
              abs(cusp - printed["cusp_tgf"]) <= 0.005, text),
        check("TGF-beta of the largest migration", f"about {printed['migration_peak_tgf']:g} pg/mm3", f"{most:.2f}",
              bool(abs(most - printed["migration_peak_tgf"]) <= 0.3), "section 3"),
        check("alpha lowered to 0.2 on day 10, macrophages on day 40", "healed; some 1200 untreated",
              f"{mended:.0f} cells/mm3; {end[:2].sum():.0f} untreated", mended < 0.05 * end[:2].sum(), "figure 4"),
    ]  # fmt: skip


def adler_rest(p: Numbers) -> dict[str, tuple[Any, str]]:
    """Fixed points of the circuit beside nothing: name → (F, M, C, P), and how stable it is.

    With steady growth factors: P/(k + P) = μ1/(λ1 (1 − F/K)), and where there are macrophages C = k μ2/(λ2 − μ2).
    """
    k, csf = p["k"], p["k"] * p["mu2"] / (p["lambda2"] - p["mu2"])
    largest = p["K"] * (1.0 - p["mu1"] / p["lambda1"])

    def state(F: float, hot: bool) -> list[float]:
        bound = p["mu1"] / (p["lambda1"] * (1.0 - F / p["K"]))
        macrophages = (p["beta1"] * F - p["gamma"] * csf) / (p["alpha1"] * csf / (k + csf)) if hot else 0.0
        return [F, macrophages, csf if hot else p["beta1"] * F / p["gamma"], k * bound / (1.0 - bound)]

    def missing(F: float, hot: bool) -> float:
        _, M, _, pdgf = state(F, hot)
        return p["beta2"] * M + p["beta3"] * F - p["alpha2"] * F * pdgf / (k + pdgf) - p["gamma"] * pdgf

    found = {}
    for kind, hot in (("cold", False), ("hot", True)):
        grid = np.concatenate([np.geomspace(10.0, 0.5 * largest, 4000), np.linspace(0.5, 1.0 - 1e-9, 4000) * largest])
        values = [missing(F, hot) for F in grid]
        roots = [
            float(brentq(missing, a, b, args=(hot,)))
            for a, b, u, v in zip(grid, grid[1:], values, values[1:], strict=False)
            if u * v < 0 and state(a, hot)[1] >= 0
        ]
        for root in roots:
            y = state(root, hot)
            words = "stable" if fixed("adler_2020", y, p)[1] else "unstable"
            if words == "unstable" and not hot and fixed("adler_2020", y, p, (0, 2, 3))[1]:
                words = "stable while no macrophage comes"
            found[f"{kind} fibrosis" if root == roots[-1] else f"{kind} threshold"] = (y, words)
    return found


def pulses(p: Numbers, spans: list[tuple[float, float]]) -> Plan:
    """The circuit with macrophages flowing in from day to day of each span."""
    plan: Plan = []
    for begin, end in spans:
        plan += [(begin, {**p, "influx": p["pulse"]}), (end, {**p, "influx": 0.0})]
    return plan


def check_adler() -> list[dict[str, Any]]:
    model = MODELS["adler_2020"]
    p, printed = model["numbers"], model["printed"]
    short, apart, long = (printed[key] for key in ("pulse_days", "apart_days", "long_days"))
    days = np.array([0.0, 40.0, 80.0, 400.0])

    def scarred(p: Numbers, spans: list[tuple[float, float]]) -> bool:
        return bool(by_scipy("adler_2020", pulses(p, spans), days)[-1, 0] > 1e5)

    courses = {"one pulse": [(0.0, short)], "two pulses": [(0.0, short), (apart, apart + short)],
               "one long pulse": [(0.0, long)]}  # fmt: skip
    pairs = ((p["k"], p["pulse"]), (printed["other_k"], printed["other_pulse"]))
    fates = {
        pair: {name: scarred({**p, "k": pair[0], "pulse": pair[1]}, spans) for name, spans in courses.items()}
        for pair in pairs
    }
    expected = {"one pulse": False, "two pulses": True, "one long pulse": True}
    low, high = short, 200.0
    while high - low > 0.25:
        middle = (low + high) / 2.0
        low, high = (middle, high) if scarred(p, [(0.0, short), (middle, middle + short)]) else (low, middle)
    rests = {k: adler_rest({**p, "k": k}) for k, _ in pairs}
    hot = rests[printed["other_k"]]["hot fibrosis"][0]
    near = max(abs(hot[0] / printed["hot_F"] - 1.0), abs(hot[1] / printed["hot_M"] - 1.0))
    rows = []
    for k, rest in rests.items():
        here = "; ".join(f"{label} F {y[0]:.3g}, M {y[1]:.3g} ({stable})" for label, (y, stable) in rest.items())
        rows.append(
            check(f"two fibroses beside healing, k {k:g}", "hot with many macrophages, cold without, and healing",
                  here, [rest[f"{kind} fibrosis"][1][:6] for kind in ("hot", "cold")] == ["stable"] * 2, "abstract")
        )  # fmt: skip
    words = {True: "scar", False: "healing"}
    for (k, inflow), fate in fates.items():
        rows.append(
            check(f"one pulse of {short:g} d; two, {apart:g} d apart; one of {long:g} d; k {k:g}, {inflow:g} cells/d",
                  "healing; scar; scar", "; ".join(words[fate[name]] for name in courses), fate == expected,
                  "abstract (brief heals, repeated or prolonged scars); lengths from a re-implementation")
        )  # fmt: skip
    return [
        *rows,
        check("hot fixed point, k 6e8", f"F {printed['hot_F']:.0f}, M {printed['hot_M']:.0f}",
              f"F {hot[0]:.0f}, M {hot[1]:.0f}", near < 1e-3, "another re-implementation"),
        check("two pulses far enough apart heal: the window", "limited, length not read",
              f"scars up to {low:.1f} d from start to start, k 1e9", high < 199.0, "abstract"),
        check("time of scar maturation, senescence, depletion of macrophages", "in the paper", "not checked", None,
              "not in what could be read"),
    ]  # fmt: skip


CHECKS: Final = {"cooper_2015": check_cooper, "waugh_sherratt_2006": check_waugh, "adler_2020": check_adler}


def plan_of(name: str) -> Plan:
    """The run in which SciPy and the steps of the product are compared."""
    p = MODELS[name]["numbers"]
    if name != "adler_2020":
        return [(0.0, p)]
    printed = MODELS[name]["printed"]
    apart, short = printed["apart_days"], printed["pulse_days"]
    return pulses(p, [(0.0, short), (apart, apart + short)])


def measure(quick: bool, say: Say) -> dict[str, Any]:
    jax.config.update("jax_enable_x64", True)  # for what is worked out with JAX here
    found = {}
    for name, model in MODELS.items():
        say(name)
        days, plan, step = np.arange(0.0, model["span"] + 0.1, 0.25), plan_of(name), model["step"]
        exact = by_scipy(name, plan, days)
        peak = np.maximum(np.abs(exact).max(axis=0), 1e-12)
        coarse, fine = (np.abs(by_product(name, plan, days, h) - exact).max(axis=0) / peak for h in (2.0 * step, step))
        found[name] = {
            "states": {
                state: {"coarse": coarse[k], "fine": fine[k]}
                for k, state in enumerate(model["start"])
                if np.abs(exact[:, k]).max() > 0
            },
            "checks": CHECKS[name](),
            "days": days,
            "path": {state: exact[:, k] / peak[k] for k, state in enumerate(model["start"])},
        }
    return {"models": found}


def verdicts(found: Results) -> list[Verdict]:
    verdict = []
    for name, model in found["models"].items():
        state = max(model["states"], key=lambda s: model["states"][s]["fine"])
        top = model["states"][state]["fine"]
        verdict.append(Verdict(f"{MODELS[name]['name']}: SciPy and the steps of the product",
                               f"<= {BOUND:g} of the peak", f"{number(top)} ({state})", top <= BOUND))  # fmt: skip
        judged = [row for row in model["checks"] if row["met"] is not None]
        good = sum(row["met"] for row in judged)
        verdict.append(Verdict(f"{MODELS[name]['name']}: published behaviour", f"{len(judged)} of {len(judged)}",
                               f"{good} of {len(judged)}", good == len(judged)))  # fmt: skip
    return verdict


def lines(found: Results) -> Iterator[str]:
    words = {True: "met", False: "**MISSED**", None: ""}
    for name, results in found["models"].items():
        model = MODELS[name]
        yield from (f"### {model['name'][0].upper()}{model['name'][1:]}", "")
        yield paragraph(f"{model['cites']}. Read: {model['read_at']}. {model.get('note', '')}")
        yield ""
        yield point(f"**Taken over**: {model['taken_over']}")
        yield point(f"**Differences**: {model['departs']}")
        yield ""
        yield from table(
            ("quantity", "published", "here", "", "source"),
            ((row["what"], row["printed"], row["here"], words[row["met"]], row["source"]) for row in results["checks"]),
        )
        yield ""
        yield from table(
            ("state", f"steps of {2 * model['step']:g} d", f"steps of {model['step']:g} d", "order"),
            (
                (f"`{state}`", number(row["coarse"]), number(row["fine"]),
                 f"{np.log2(row['coarse'] / row['fine']):.2f}" if row["fine"] > 1e-9 else "-")
                for state, row in results["states"].items()
            ),
        )  # fmt: skip
        yield ""
        yield paragraph(f"""Difference between SciPy (LSODA) and the steps of the product over {model["span"]:g} days,
            relative to the peak of each state.""")
        yield ""


def draw(found: Results, to: Path) -> None:
    figure, axes = figure_with(len(found["models"]), width=4.8, height=3.8)
    for axis, (name, model) in zip(axes, found["models"].items(), strict=True):
        for state, values in model["path"].items():
            if any(values):
                axis.plot(model["days"], values, label=state)
        axis.set_title(MODELS[name]["name"], fontsize=9)
        axis.set_xlabel("days")
        axis.set_ylabel("relative to the peak")
        axis.legend(frameon=False, fontsize=8, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.16))
        axis.grid(alpha=0.3)
    keep(figure, to)


SECTION = Section(
    "published_models",
    "Published models",
    "Models from which parts of the cascade were taken, with their published parameters, by SciPy and by the product.",
    measure,
    verdicts,
    lines,
    draw,
)
