"""Commands on people and the model itself: skin, people, cascade."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from neodermis.cli.options import (
    AsJson,
    Notes,
    Numbers,
    Person,
    Plot,
    Seed,
    Set,
    assignments,
    command,
    names_of,
    outputs,
    without,
)
from neodermis.cli.printing import say_after, say_json, say_page, show


@command("Example: neodermis skin --ages 25,45,65 --sex female --exposure sun=moderate --plot skin.png")
def skin(
    ages: Annotated[str, typer.Option(metavar="YEARS,...", help="Ages to predict.")] = "25,35,45,55,65,75,85",
    *,
    who: Annotated[Person, without("age", "patient")],
    site: Annotated[
        str, typer.Option(metavar="SITE", autocompletion=names_of("sites"), help="neodermis sites lists them.")
    ] = "cheek",
    numbers: Numbers,
    set_: Set = None,
    plot: Plot = None,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Predict untreated skin by age, from ageing and exposures alone."""
    files = outputs(plot=plot)
    from neodermis import api
    from neodermis import report as reports

    years = [age.strip() for age in ages.split(",")]
    found = api.skin_by_age(years, site=site, set=assignments(set_), **numbers.given, **who.given)
    if plot is not None:
        reports.write_skin_plot(found, plot)
    show(found, as_json)
    say_after(found.ledger.warnings, files, notes=notes)


@command("Example: neodermis people --like lotfi-2013 --people 500")
def people(
    like: Annotated[
        str, typer.Option(metavar="STUDY", help="A study, STUDY:ARM, a findings file, or general.")
    ] = "general",
    count: Annotated[str, typer.Option("--people", metavar="N", help="Number of people to draw.")] = "500",
    seed: Seed = "0",
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the people as CSV, one per row.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draw a virtual population and compare it with the cohort to which it is weighted."""
    files = outputs([like] if os.path.isfile(like) else [], csv=csv)
    from neodermis import api
    from neodermis import report as reports
    from neodermis.api import course as forecast
    from neodermis.report.people import population_page

    number, start = api.read_draws(count, seed, field="numerics.people", most=1_000_000)
    found = forecast.population(like, start)
    if csv is not None:
        reports.write_people(found.covariates(0, number), csv)
    header = ("covariate", "as published", f"the {number:,} drawn", "general population")
    rows = found.marginals(number)
    if as_json:
        say_json(
            {
                "like": found.name,
                "people": number,
                "seed": start,
                **({"effective": found.effective} if found.weights is not None else {}),
                "marginals": [dict(zip(header, row, strict=True)) for row in rows],
            }
        )
    else:
        say_page(population_page(found, header, rows))
    say_after(files=files)


@command("Example: neodermis cascade --plot cascade.png")
def cascade(plot: Plot = None, set_: Set = None, as_json: AsJson = False) -> None:
    """List the couplings of the healing cascade with sign and source, derived from the equations."""
    files = outputs(plot=plot)
    from neodermis import report as reports
    from neodermis.evidence import load_parameters
    from neodermis.report.blocks import Table
    from neodermis.simulation.couplings import couplings

    found = couplings(load_parameters().set(assignments(set_)))
    if plot is not None:
        reports.write_cascade_plot(found, plot)
    if as_json:
        say_json(reports.couplings_document(found))
    else:
        say_page([Table("Couplings of the healing cascade", *reports.coupling_table(found))])
    say_after(files=files)
