"""``registry``: known infrastructure, as of a date."""

from __future__ import annotations

from typing import Annotated

import typer

from forensics import console
from forensics.cli import curate, serve
from forensics.cli.options import Form, Json, NoUserData, Registries, Snapshots, chosen, snapshot_folders


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="The registry of known infrastructure.", rich_markup_mode=None, no_args_is_help=True)
    group.command("lookup")(lookup)
    group.command("list")(listing)
    curate.register(group)
    serve.register(group)
    app.add_typer(group, name="registry")


def lookup(
    query: Annotated[str, typer.Argument(metavar="ADDRESS|CIDR|RANGE|ASN|NAME")],
    at: Annotated[str, typer.Option("--at", help="Day of interest (YYYY-MM-DD).")] = "",
    known_at: Annotated[str, typer.Option("--known-at", help="Only what was on record on this day.")] = "",
    registry: Registries = None,
    snapshot: Snapshots = None,
    no_user_data: NoUserData = False,
    neighbours: Annotated[bool, typer.Option("--neighbours", help="Also records in the same /24 (IPv6: /48).")] = False,
    json: Json = False,
) -> None:
    """What is on record about an address, prefix, range, AS, domain or hash: whole registries, matched on this machine.

    Example: forensics registry lookup 85.132.78.164 --at 2017-03-01
    """
    from forensics.pipeline import queries

    folders = snapshot_folders(snapshot, no_user_data=no_user_data)
    answer = queries.registry_lookup(query, at, known_at, tuple(registry or ()), folders, neighbours=neighbours)
    if json:
        console.out_json(answer)
    else:
        for line in queries.registry_text(answer):
            console.out(line)


def listing(registry: Registries = None, form: Form = "table", json: Json = False) -> None:
    """All records with their network, window, state and source."""
    from forensics.pipeline import queries

    form = chosen(form, json=json)
    columns, rows = queries.registry_list(tuple(registry or ()), brief=form == "table")
    console.rows(rows, columns, form)
