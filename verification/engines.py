"""Other engines: the model as an SBML document, solved by independent simulators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from docs.pages import paragraph, table

from verification.section import Results, Say, Section, Verdict, number

#: Accepted difference of a state, as a share of its peak change, and of an outcome, of its largest change.
BOUND: Final = 1e-3
#: Whose course it is: with exposures that change during it, and concerns, so that every term is there.
PERSON: Final[dict[str, Any]] = {
    "age": 55.0,
    "exposures": {"smoking": "20/day; 0 from day 0", "sun": "high", "retinoid": "tretinoin from day 0"},
    "concerns": {"acne_scar": "0.5", "melasma": "0.5"},
}


def measure(quick: bool, say: Say) -> dict[str, Any]:
    """Engine → state or outcome → difference, and the faults that libsbml finds in the document."""
    from verification import sbml

    say("compiling and comparing")
    short = "1 session: exceed; cheek 1.5 mm, 6 passes"
    return sbml.compare(short, until=20.0, engines=("COPASI",), **PERSON) if quick else sbml.compare(**PERSON)


def verdicts(found: Results) -> list[Verdict]:
    rows = [Verdict("errors in the SBML document", "0", str(len(found["problems"])), not found["problems"])]
    for engine, name in found["versions"].items():
        for part, what, of in (
            ("fine", "every state by depth, fine steps", "its peak"),
            ("outcomes", "every outcome as shipped", "its largest change"),
        ):
            worst, top = max(found[part][engine].items(), key=lambda item: item[1])
            rows.append(Verdict(f"{what}: {name}", f"<= {BOUND:g} of {of}", f"{number(top)} ({worst})", top <= BOUND))
    return rows


def lines(found: Results) -> Iterator[str]:
    yield paragraph(f"""`{found["protocol"]}`, for a postmenopausal woman of 55 who smoked 20 cigarettes per day and
        stops, with high sun exposure, tretinoin from the first session onwards, acne scars and melasma, to day
        {found["until_day"]:g}. Both engines use a relative tolerance of {found["relative_tolerance"]:g}. Depth cells
        are compartments, states are species and signals are assignment rules. Sessions are events that compute the
        injury from the current state of the skin. `python -m verification.sbml --write FILE.xml` writes the
        document.""")
    yield ""
    engines = list(found["versions"])
    yield from table(
        ("state", *(f"{found['versions'][name]}, {what}" for name in engines for what in ("fine steps", "as shipped"))),
        (
            (state, *(number(found[part][name][state]) for name in engines for part in ("fine", "shipped")))
            for state in found["fine"][engines[0]]
        ),
    )
    yield ""
    yield from table(
        ("outcome, as shipped", *(found["versions"][name] for name in engines)),
        (
            (f"`{outcome}`", *(number(found["outcomes"][name][outcome]) for name in engines))
            for outcome in found["outcomes"][engines[0]]
        ),
    )


SECTION = Section(
    "other_engines",
    "Other engines",
    "The model as an SBML document, solved by simulators that are independent of this program.",
    measure,
    verdicts,
    lines,
)
