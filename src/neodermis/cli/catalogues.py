"""Catalogue commands: each lists its entries, all or filtered, and shows one; generated from one table."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import typer

from neodermis.cli.options import AsJson, app, command, laid_out, names_of
from neodermis.cli.printing import say, say_json, say_page


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The commands of a catalogue.

    Attributes
    ----------
    about
        Help of the group.
    one
        Help of ``show``; empty where the catalogue has one of its own.
    example
        A name to show.
    filters
        Field of an entry → help of the option that filters by it.
    """

    about: str
    one: str = ""
    example: str
    filters: dict[str, str] = field(default_factory=dict)


TABLE: Final = {
    "actives": Commands(
        about="Actives: products applied to the skin, their effects, their safety on open channels.",
        one="Show one active: properties, limits, safety, effects with the grade of the evidence, sources.",
        example="l_ascorbic_acid",
        filters={"open_skin": "Only those with this safety through open channels: never, for instance."},
    ),
    "devices": Commands(
        about="Devices: geometry, depth range, sources.", one="Show one device with the source of every number.",
        example="exceed", filters={"kind": "Only pen, roller or stamp."},
    ),
    "sites": Commands(
        about="Treatment sites: published thickness, usual limit of depth, area.",
        one="Show one site, with the thicknesses as published.", example="cheek",
    ),
    "outcomes": Commands(
        about="Outcomes: definition, unit, measurement.", one="Show one outcome.",
        example="goodman_baron_grade",
        filters={"kind": "Only those of this kind.", "better": "Only those that are better higher, lower or neither."},
    ),
    "exposures": Commands(
        about="Exposures of a patient: accepted values, effects and their sizes.",
        one="Show one exposure, with its sizes and their sources.", example="smoking",
    ),
    "concerns": Commands(
        about="Concerns: scales of severity, and the tissue state that represents them.",
        one="Show one concern, with its scales and the state that a grade represents.", example="acne_scar",
    ),
    "parameters": Commands(
        about="Parameters: value, unit, spread, status, sources, reason.",
        one="Show one parameter, with the reason for its value.",
        example="labile_share",
        filters={
            "status": "Only measured, derived, calibrated or assumed.",
            "mechanism": "Only those of a mechanism of the model, for instance matrix.",
        },
    ),
    "rules": Commands(
        about="Screening rules: conditions, waiting periods, who may override them, sources.",
        one="Show one rule: condition, reason, waiting period, reported ranges, device labels, sources.",
        example="ISOTRETINOIN", filters={"category": "Only absolute, relative, defer, precaution or info."},
    ),
    "evidence": Commands(
        about="Evidence: published studies with arms that can be simulated, and the sources.", example="lotfi-2013",
        filters={"species": "Only studies of this species, for instance human."},
    ),
}  # fmt: skip

Find = Annotated[str | None, typer.Option(metavar="TEXT", help="Only entries in which this text occurs.")]


def asks_json(context: typer.Context, as_json: bool) -> bool:
    """Whether JSON is asked for; ``--json`` before a subcommand holds for it too."""
    return as_json or bool(context.obj)


def _group(name: str, commands: Commands) -> typer.Typer:
    group = typer.Typer(help=commands.about, invoke_without_command=True, rich_markup_mode=None)
    example = f"neodermis {name} show {commands.example}"

    def listed(context: typer.Context, find: str | None, as_json: bool, **filters: str | None) -> None:
        context.obj = as_json
        if context.invoked_subcommand is not None:
            return
        from neodermis.report.catalogues import CATALOGUES

        catalogue = CATALOGUES[name]
        entries = catalogue.entries(filters, find)
        if as_json:
            say_json(catalogue.document(entries))
            return
        say_page(catalogue.listing(entries))

    options = {
        one: Annotated[str | None, typer.Option(metavar=one.partition("_")[0].upper(), help=told)]
        for one, told in commands.filters.items()
    }
    group.callback(epilog=f"Example: {example}")(
        _with(listed, context=typer.Context, **options, find=Find, as_json=AsJson)
    )
    if commands.one:

        def show(context: typer.Context, name_: str, as_json: bool) -> None:
            from neodermis.report.catalogues import CATALOGUES, entry_page

            entry = CATALOGUES[name].full(CATALOGUES[name].entry(name_))
            say_json(entry) if asks_json(context, as_json) else say_page(entry_page(entry))

        argument = Annotated[str, typer.Argument(metavar="NAME", autocompletion=names_of(name))]
        group.command("show", help=commands.one, epilog=f"Example: {example}")(
            _with(show, context=typer.Context, name_=argument, as_json=AsJson)
        )
    app.add_typer(group, name=name)
    return group


def _with(function: Callable[..., None], **annotations: Any) -> Callable[..., None]:
    """A function with these parameters in its signature, for the option parser."""
    defaults = {"as_json": False, "context": inspect.Parameter.empty, "name_": inspect.Parameter.empty}
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(one, inspect.Parameter.KEYWORD_ONLY, default=defaults.get(one), annotation=annotation)
            for one, annotation in annotations.items()
        ]
    )
    return laid_out(function)


#: The group of commands of each catalogue.
GROUPS: Final = {name: _group(name, commands) for name, commands in TABLE.items()}


@command("Example: neodermis devices example", on=GROUPS["devices"], name="example")
def _own_device() -> None:
    """Print a commented device file; save it (> my_devices.toml), edit it and pass it to --device."""
    from importlib.resources import files

    say((files("neodermis.treatment") / "data" / "own_device.toml").read_text("utf-8").rstrip("\n"))
