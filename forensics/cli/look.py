"""``lookup``, ``formats`` and ``data``: questions that need no case. Nothing here sends a packet."""

from __future__ import annotations

from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import Form, Json, Snapshots, chosen


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("lookup")(lookup)
    app.command("formats")(formats)
    data = typer.Typer(
        help="Dated snapshots of who announced which address.", rich_markup_mode=None, no_args_is_help=True
    )
    data.command("list")(data_list)
    app.add_typer(data, name="data")


def lookup(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS")],
    at: Annotated[str, typer.Option("--at", help="Day of interest (YYYY-MM-DD); default: latest data.")] = "latest",
    snapshot: Snapshots = None,
    json: Json = False,
) -> None:
    """What is known about addresses as of a day, offline.

    Example: forensics lookup 85.132.24.10 --at 2020-03-17
    """
    from forensics.pipeline import queries

    rows = queries.lookup(addresses, at, tuple(snapshot or ()))
    if json:
        console.out_json(rows)
    else:
        for row in rows:
            console.out(queries.lookup_text(row))


def formats(form: Form = "table", json: Json = False) -> None:
    """Exports that are read, and how to obtain them."""
    from forensics.pipeline import queries

    form = chosen(form, json=json)
    columns, rows = queries.formats(brief=form == "table")
    console.rows(rows, columns, form)


def data_list(snapshot: Snapshots = None, form: Form = "table", json: Json = False) -> None:
    """Snapshots in use: what, as of when, from where, under which licence."""
    from forensics.pipeline import queries

    form = chosen(form, json=json)
    columns, rows = queries.snapshots(tuple(snapshot or ()), brief=form == "table")
    console.rows(rows, columns, form)
