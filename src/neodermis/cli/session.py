"""Commands on one session: injure and deliver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from neodermis.cli.options import (
    CASE_HELP,
    SESSIONS,
    AsJson,
    CaseArgument,
    Model,
    Notes,
    Numbers,
    Numbing,
    Person,
    Plot,
    command,
    given,
    names_of,
    outputs,
    read_case,
    renamed,
    without,
)
from neodermis.cli.printing import say_after, say_examples, show
from neodermis.errors import InputError

if TYPE_CHECKING:
    from neodermis.api import Case
    from neodermis.treatment import Protocol as Plan


@command(f'Example: neodermis injure "{SESSIONS[0]}" --compare "{SESSIONS[1]}" --plot injury.png')
def injure(
    protocol: CaseArgument = None,
    compare: Annotated[
        str | None, typer.Option(metavar="PROTOCOL", help="A second protocol, to compare with the first.")
    ] = None,
    *,
    who: Person,
    anaesthetic: Numbing = None,
    numbers: Annotated[Numbers, without("people")],
    model: Model,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the channels to scale, from above and in section: .png, .svg or .pdf."),
    ] = None,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Predict the injury of one session: channels, depth, injury by layer, bleeding, pain and duration.

    Of a device that heats (secret_rf, co2_fractional, er_yag_fractional, nafl_1340 and others): ablated and coagulated
    columns, and shares of the layers.
    """
    if protocol is None:
        if any((compare, anaesthetic, plot, as_json)) or (who, numbers, model) != (Person(), Numbers(), Model()):
            raise InputError("protocol", accepted="a protocol sentence", next_step=f'for instance "{SESSIONS[0]}"')
        say_examples("injure", "a protocol sentence", (f'"{one}"' for one in SESSIONS))
        return
    files = outputs([protocol, compare, model.device, who.patient], plot=plot)
    from neodermis import api
    from neodermis import report as reports
    from neodermis.treatment import HeatProtocol, Protocol

    device, changed = model.device, model.given
    changed.pop("device", None)
    options = who.given | numbers.given | changed | given(anaesthetic=anaesthetic)
    asked = [read_case(one) for one in (protocol, compare) if one is not None]
    read = [api.read_any(one, device) if isinstance(one, str) else one.plan for one in asked]
    plans = [plan for plan in read if isinstance(plan, Protocol)]
    by_heat = [plan for plan in read if isinstance(plan, HeatProtocol)]
    if by_heat:
        if plans:
            raise InputError(
                "--compare", value=f"{plans[0].sentence} and {by_heat[0].sentence}",
                accepted="two sessions by needles, or two by heat", whose="this command",
                next_step="ask for each of the two alone",
            )  # fmt: skip
        heated = [api.injure(plan, **options, **given(device=device)) for plan in by_heat]
        if plot is not None:
            reports.write_heat_plot(heated, plot)
        show(heated, as_json)
        say_after((warning for one in heated for warning in one.ledger.warnings), files, notes=notes)
        return
    own: Mapping[str, object] = {}
    if device is not None and compare is not None:  # one of the two may be a shipped device
        from neodermis.treatment import load_devices

        own = load_devices(device)
    used = [plan for plan in plans if any(one.id in own for one in plan.devices)] or plans
    runs: Sequence[Plan | Case] = (
        plans if isinstance(asked[0], str) else [replace(asked[0], plan=plan) for plan in plans]
    )
    done = [
        api.injure(run, **options, **given(device=device if plan in used else None))
        for run, plan in zip(runs, plans, strict=True)
    ]
    if plot is not None:
        reports.write_injury_plot(done[0], plot, *done[1:])
    show(done, as_json)
    say_after((warning for one in done for warning in one.ledger.warnings), files, notes=notes)


DELIVERIES: Final = (
    'l_ascorbic_acid --percent 15 --after 0 --for 6 "1 session: exceed; cheek 1.0 mm, 6 passes"',
    'niacinamide --percent 4 --alternatives 0,2,6,24,48 "1 session: exceed; cheek 0.5 mm, 6 passes"',
    'hyaluronic_acid --percent 1 --sterile "1 session: roller 192 x 0.5 mm x 0.25 mm; cheek, 8 passes"',
)


@command(f"Example: neodermis deliver {DELIVERIES[0]} --plot delivery.png")
def deliver(
    active: Annotated[
        str | None,
        typer.Argument(
            autocompletion=names_of("actives"),
            help="An active; neodermis actives lists them. Leave out for three examples.",
        ),
    ] = None,
    protocol: Annotated[
        str | None, typer.Argument(metavar="CASE", help=f"{CASE_HELP}; its first session counts.")
    ] = None,
    percent: Annotated[
        str | None,
        typer.Option(
            metavar="C", help="Concentration of the active, g per 100 mL of product.  [default: the usual one]"
        ),
    ] = None,
    after: Annotated[str, typer.Option(metavar="HOURS", help="Time from the session to the application.")] = "0",
    for_: Annotated[str, typer.Option("--for", metavar="HOURS", help="Time until the product is washed off.")] = "6",
    dose: Annotated[
        str, typer.Option(metavar="MG/CM2", help="Amount of product per skin area; endless: an inexhaustible layer.")
    ] = "2",
    occluded: Annotated[bool, typer.Option("--occluded", help="The product is covered by a patch or film.")] = False,
    sterile: Annotated[
        bool, typer.Option("--sterile", help="The product is sterile and made for use on broken skin.")
    ] = False,
    weight: Annotated[str, typer.Option(metavar="KG", help="Body weight, for the plasma level.")] = "60",
    alternatives: Annotated[
        str | None,
        typer.Option(metavar="HOURS|ACTIVES", help="Other times (0,2,6,24,48) or actives, for comparison."),
    ] = None,
    compare: Annotated[str | None, typer.Option("--compare", hidden=True)] = None,
    *,
    who: Person,
    numbers: Numbers,
    model: Model,
    plot: Plot = None,
    notes: Notes = False,
    as_json: AsJson = False,
) -> None:
    """Predict the delivery of an active after a session, through channels and intact skin: amounts, depth, advice.

    Needling devices are not labelled for the delivery of products.
    """
    renamed("--compare", compare, "a second protocol", "--alternatives")
    if active is None and protocol is None and not as_json and plot is None:
        say_examples("deliver", "an active and a protocol sentence", DELIVERIES)
        return
    if active is None or protocol is None:
        raise InputError(
            "protocol" if active is not None else "active", accepted="an active, then a protocol sentence",
            next_step=f"for instance neodermis deliver {DELIVERIES[0]}",
        )  # fmt: skip
    files = outputs([protocol, model.device, who.patient], plot=plot)
    from neodermis import api
    from neodermis import report as reports

    done = api.deliver(
        active, read_case(protocol), percent=percent, after=after, for_hours=for_, dose=dose, occluded=occluded,
        sterile=sterile, weight=weight, compare=alternatives or "", **numbers.given, **model.given, **who.given,
    )  # fmt: skip
    if plot is not None:
        reports.write_delivery_plot(done, plot)
    show(done, as_json)
    say_after(done.ledger.warnings, files, notes=notes)
