"""Failure census: many people far outside the stated spreads, under random protocols; who fails, and is told so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from docs.pages import paragraph, table
from tests.helpers import widened

import neodermis
from neodermis.errors import RunError
from neodermis.people import Patient
from neodermis.skin.tissue import load_sites
from neodermis.treatment import Pass, Phase, Protocol, find_device, pen, roller, stamp
from verification.people import complaints, lives
from verification.section import Results, Say, Section, Verdict
from verification.stepping import WIDENING

PROTOCOLS, PEOPLE = 40, 250


def protocols(count: int, seed: int = 0) -> Iterator[Protocol]:
    """Random protocols: every kind of device, a site, a depth that the device can be set to, 0 to 40 passes."""
    rng = np.random.default_rng(seed)
    devices = [find_device(name) for name in ("exceed", "skinpen_precision", "roller_mf8", "home_roller")]
    devices += [pen(36, 0.25), roller(540, 0.5, 0.2), stamp(40, 0.25)]
    sites = [site.id for site in load_sites().values() if site.limit_mm > 0 and not site.zones]
    for _ in range(count):
        device = devices[rng.integers(len(devices))]
        while True:
            depth = round(float(rng.uniform(device.depth_min_mm, device.depth_max_mm)), 2)
            if device.allows_depth(depth):
                break
            if device.depth_max_mm - device.depth_min_mm < 1e-9 or device.kind == "roller":
                depth = device.depth_max_mm
                break
        sessions = int(rng.integers(1, 7))
        phase = Phase(
            device=device,
            treatments=(Pass(site=str(rng.choice(sites)), depth_mm=depth, passes=int(rng.integers(0, 41))),),
            count=sessions,
            interval_days=int(rng.integers(1, 61)) if sessions > 1 else 0,
        )
        yield Protocol(phases=(phase,))


def whose(rng: np.random.Generator) -> dict[str, Any]:
    """A random person with random exposures and concerns, as :func:`neodermis.simulate` takes them."""
    patient = Patient(
        age=float(rng.integers(18, 90)),
        sex=str(rng.choice(["female", "male"])),  # type: ignore[arg-type]
        phototype=int(rng.integers(1, 7)),
    )
    said: dict[str, Any] = replace(patient, exposures=lives(rng, patient), concerns=complaints(rng)).said
    return said


def measure(quick: bool, say: Say) -> dict[str, Any]:
    """Simulate all of them with :func:`neodermis.simulate` and check every number."""
    wide, rng = widened(WIDENING), np.random.default_rng(1)
    number, each = (4, 60) if quick else (PROTOCOLS, PEOPLE)
    failures: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    silent = negative = solved = refused = 0
    errors: list[float] = []
    for k, protocol in enumerate(protocols(number)):
        say(f"{k + 1} of {number}: {protocol.sentence}")
        try:
            course = neodermis.simulate(
                protocol,
                **whose(rng),
                draws=each,
                seed=k,
                parameters=wide,
                beyond_limits=True,
            )
        except RunError as error:
            refused += 1
            rows.append({"protocol": protocol.sentence, "refused": str(error)})
            continue
        (site,) = course.sites.values()
        failures.update(site.failures)
        solved += len(next(iter(site.values.values())))
        silent += sum(int((~np.isfinite(values)).any(axis=1).sum()) for values in site.values.values())
        negative += sum(int((values < 0.0).any(axis=1).sum()) for values in site.values.values())
        errors.append(site.numerical_error)
        rows.append({"protocol": protocol.sentence, "failed": site.failed, "error": site.numerical_error})
    return {
        "people": number * each,
        "protocols": rows,
        "solved": solved,
        "failures": dict(failures),
        "silent": silent,
        "negative": negative,
        "refused": refused,
        "error": max(errors),
    }


def verdicts(found: Results) -> list[Verdict]:
    told = found["solved"] + sum(found["failures"].values())
    whole = found["people"] * (1 - found["refused"] / len(found["protocols"]))
    return [
        Verdict("values that are not numbers in solved members", "0", str(found["silent"]), found["silent"] == 0),
        Verdict("negative values in solved members", "0", str(found["negative"]), found["negative"] == 0),
        Verdict("people neither solved nor reported as failed", "0", f"{whole - told:.0f}", told == whole),
        Verdict(
            "largest error estimate of solved members",
            "<= 1e-3",
            f"{found['error']:.1e}",
            found["error"] <= 1e-3,
        ),
    ]


def lines(found: Results) -> Iterator[str]:
    failed = sum(found["failures"].values())
    yield paragraph(f"""{found["people"]} people in {len(found["protocols"])} random protocols (every kind of device,
        0 to 40 passes, 1 to 6 sessions, 1 to 60 days apart, all sites, ages 18 to 89, with and without exposures and
        concerns), each parameter drawn from {WIDENING:g} times its stated spread. {found["solved"]} were solved and
        {failed} ({100 * failed / found["people"]:.2f} %) failed with a reason; {found["refused"]} protocols were
        refused.""")
    yield ""
    if found["failures"]:
        yield from table(("reason", "people"), sorted(found["failures"].items(), key=lambda row: -row[1]))
        yield ""
    worst = sorted((row for row in found["protocols"] if "failed" in row), key=lambda row: -row["failed"])[:5]
    yield "Protocols with the most failures:"
    yield ""
    yield from table(("protocol", "failed"), ((f"`{row['protocol']}`", row["failed"]) for row in worst))


SECTION = Section(
    "census",
    "Failure census",
    f"No failure is silent: people drawn from {WIDENING:g} times the stated spreads with random protocols are either "
    "solved or counted with the reason.",
    measure,
    verdicts,
    lines,
)
