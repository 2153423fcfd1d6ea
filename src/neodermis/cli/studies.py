"""Commands on what was published: claims, cite, and the studies and figures under evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neodermis.cli.catalogues import GROUPS, asks_json
from neodermis.cli.options import AsJson, Draws, Everything, Plot, Seed, Set, assignments, command, outputs
from neodermis.cli.printing import remark, say, say_after, say_json, say_page
from neodermis.errors import InputError
from neodermis.waiting import progress

if TYPE_CHECKING:
    from neodermis.evidence import Study
    from neodermis.simulation.course import Course
    from neodermis.studies.figures_injury import Beside

evidence = GROUPS["evidence"]


@command("Example: neodermis claims OUT-01 OUT-05 --html claims.html")
def claims(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Claims by id; all by default.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the claims as one HTML page.")] = None,
    recompute: Annotated[
        bool,
        typer.Option(
            "--recompute",
            help="Simulate every answer again (about a minute for all) and compare it with the shipped one.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List common claims about microneedling, tested by simulation and against published results."""
    from neodermis.claims import ledger, shipped
    from neodermis.claims.record import differences, made, made_now
    from neodermis.report import claims as page

    outputs(html=html)
    made_with, changed = made(), made().outdated
    if changed:
        remark(f"note: the shipped answers are of {made_with.date}; {' and '.join(changed)} changed since.  "
            "neodermis claims --recompute repeats the simulations")  # fmt: skip
    differing: list[str] = []
    if recompute:
        with progress() as told:
            rows = list(ledger(names or (), told))
        made_with = made_now(date.today().isoformat())
        differing = [f"{row.claim.id}, {where}" for row in rows for where in differences(row)]
    else:
        rows = shipped(names or ())
    if html is not None:
        page.write_claims_page(rows, html, made_with)
    if as_json:
        say_json(page.claims_document(rows, made_with))
    else:
        for row in rows if names else ():
            say_page(page.claim_blocks(row))
        if not names:
            say_page(page.claims_blocks(rows))
        say_page(page.count_blocks(rows))
        if html is not None:
            say(f"\n{html.resolve()}")
    if differing:
        typer.echo("\n".join(["These differ from the shipped answers:", *differing]), err=True)
        raise typer.Exit(1)
    if recompute:
        remark("All answers equal the shipped ones.")


@command(
    "The file is the output of a command: neodermis simulate ... --json > result.json.  "
    "Example: neodermis cite result.json --bibtex works.bib"
)
def cite(
    result: Annotated[Path, typer.Argument(metavar="RESULT.json", help="The output of a command with --json.")],
    bibtex: Annotated[
        str | None, typer.Option("--bibtex", metavar="FILE", help="Write the works as BibTeX; - prints them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the works that a result rests on and what each supports, as text, BibTeX or JSON."""
    from neodermis.documents import read_any, replacing
    from neodermis.evidence.citing import cited

    files = outputs([result], bibtex=None if bibtex in (None, "-") else Path(bibtex or ""))
    found = cited(read_any(result), str(result))
    for _, file in files:
        with replacing(file) as draft:
            draft.write_text(found.bibtex + "\n", "utf-8")
    if as_json:
        say_json(found.document())
    else:
        say(found.bibtex if bibtex == "-" else found.text)
    say_after(files=files)


@command("Example: neodermis evidence show minh-2019 --plot minh.png", on=evidence, name="show")
def _show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A study, or the path of a findings file.")],
    plot: Annotated[Path | None, typer.Option(help="Draw the study and its prediction.")] = None,
    draws: Annotated[str, typer.Option(help="Parameter draws.")] = "100",
    seed: Seed = "0",
    as_json: AsJson = False,
) -> None:
    """One study: arms, values not reported, published findings; with a plot, the predicted results."""
    from neodermis.api import checked_study
    from neodermis.report.catalogues import study_entry

    study = checked_study(name)
    courses = {} if plot is None else _beside_prediction(study, plot, draws, seed)
    if asks_json(context, as_json):
        from neodermis.report import observed_entry

        beside = [observed_entry(row) for course in courses.values() for row in course.observed]
        say_json({**study_entry(name), **({"beside": beside} if courses else {})})
        return
    from neodermis.report.study import study_page

    say_page(study_page(study, courses))
    if plot is not None:
        say(f"\n{plot.resolve()}")


def _beside_prediction(study: Study, plot: Path, draws: str, seed: str) -> dict[str, Course]:
    """Simulate the arms of a study and draw them with the published results."""
    from neodermis.api import simulate_arm
    from neodermis.report import write_study_plot

    outputs(plot=plot)
    arms = study.simulable if study.species == "human" else ()
    if not arms:
        raise InputError(
            "--plot", value=str(plot), accepted="a study with an arm that can be simulated", whose=study.id,
            next_step="leave --plot out: the findings are printed without it",
        )  # fmt: skip
    with progress() as told:
        courses = {
            arm.id: simulate_arm(study, arm.id, draws=draws, seed=seed, scatter=True, progress=told) for arm in arms
        }
    write_study_plot(study, courses, plot)
    return courses


def _without_nothing(value: Any) -> Any:
    """A record without empty fields, at any depth."""
    if isinstance(value, Mapping):
        return {key: _without_nothing(item) for key, item in value.items() if item is not None}
    return [_without_nothing(item) for item in value] if isinstance(value, (list, tuple)) else value


def _beside(row: Beside[Any, Any]) -> Any:
    """Record of a published figure and the model prediction."""
    from dataclasses import asdict

    model = None if row.model is None else row.model._asdict()
    return _without_nothing({**asdict(row.figure), "model": model, "verdict": row.verdict, "test": row.is_test})


@command("Example: neodermis evidence figures", on=evidence, name="figures")
def _figures(
    context: typer.Context,
    draws: Draws = "400",
    seed: Seed = "0",
    set_: Set = None,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Compare published figures on channels, depth, force and pain with the model, misses included."""
    from neodermis.api import read_draws
    from neodermis.evidence import load_parameters
    from neodermis.report.study import figures_page
    from neodermis.studies.figures_injury import compare

    count, start = read_draws(draws, seed)
    rows = compare(load_parameters().set(assignments(set_)), draws=count, seed=start)
    if asks_json(context, as_json):
        say_json([_beside(row) for row in rows])
        return
    asked = [row for row in rows if row.model is not None]
    table = [
        (row.id, row.figure.quantity.replace("_", " "), row.figure.tissue, row.figure.published,
         f"{row.model.median:.3g} ({row.model.lower90:.3g} to {row.model.upper90:.3g})",
         row.verdict.upper() if row.missed else row.verdict, ", ".join(row.figure.used_for) or "testing only")
        for row in asked if row.model is not None
    ]  # fmt: skip
    missed, tests = sum(row.missed for row in asked), sum(row.is_test for row in asked)
    header = ("figure", "quantity", "tissue", "published", "model (90 %)", "verdict", "used for")
    told = f"""{len(rows)} figures; the model predicts {len(asked)} and misses {missed} of them. A wide interval is a
        weak test, and all but {tests} also inform parameters. See docs/validation/penetration.md."""
    page = figures_page(rows, "Published figures and model predictions", header, table, told)
    say_page(page, everything=everything)


@command("Example: neodermis evidence ageing", on=evidence, name="ageing")
def _ageing(
    context: typer.Context,
    draws: Draws = "100",
    seed: Seed = "0",
    set_: Set = None,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Compare published figures on ageing and exposures with the model, misses included."""
    from neodermis.api import read_draws
    from neodermis.evidence import load_parameters
    from neodermis.report.study import figures_page
    from neodermis.studies.figures_ageing import AGEING_COLUMNS, ageing_counts, ageing_table, compare_ageing

    count, start = read_draws(draws, seed)
    rows = compare_ageing(load_parameters().set(assignments(set_)), draws=count, seed=start)
    if asks_json(context, as_json):
        say_json([_beside(row) for row in rows])
        return
    title = "Published figures on ageing and exposures, and model predictions"
    page = figures_page(rows, title, AGEING_COLUMNS, ageing_table(rows), ageing_counts(rows).sentence)
    say_page(page, everything=everything)


@command("Example: neodermis evidence delivery --plot figures.png", on=evidence, name="delivery")
def _delivery(
    context: typer.Context,
    draws: Draws = "200",
    seed: Seed = "0",
    set_: Set = None,
    everything: Everything = False,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Compare published figures on channel closure, water loss and delivery with the model, misses first."""
    from neodermis.api import read_draws
    from neodermis.evidence import load_parameters
    from neodermis.report import delivery_evidence as page
    from neodermis.report.study import figures_page
    from neodermis.studies.figures_delivery import compare_delivery, delivery_counts

    outputs(plot=plot)
    count, start = read_draws(draws, seed)
    rows = compare_delivery(load_parameters().set(assignments(set_)), draws=count, seed=start)
    if plot is not None:
        page.write_delivery_evidence_plot(rows, plot)
    if asks_json(context, as_json):
        say_json([_beside(row) for row in rows])
        return
    shown = figures_page(
        rows, "Published figures on channel closure, water loss and delivery", page.DELIVERY_COLUMNS,
        page.delivery_evidence_table(rows), delivery_counts(rows).sentence,
        "Fit of the conducting share: docs/validation/delivery.md.",
    )  # fmt: skip
    say_page(shown, everything=everything)


@command("Example: neodermis evidence schema", on=evidence, name="schema")
def _schema() -> None:
    """Print the JSON Schema of a findings file."""
    from neodermis.evidence import findings_schema

    say_json(findings_schema())


@command("Example: neodermis evidence bibtex", on=evidence, name="bibtex")
def _bibtex() -> None:
    """Print the bibliography as BibTeX, with the fields that were verified in each work."""
    from neodermis.evidence import load_bibliography

    for work in load_bibliography().values():
        say(work.bibtex)
