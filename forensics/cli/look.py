"""``lookup``, ``formats``, ``guide`` and ``shape``: questions that need no case. Nothing here sends a packet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import Form, Json, NoUserData, Snapshots, chosen, snapshot_folders


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("lookup")(lookup)
    app.command("formats")(formats)
    app.command("guide")(guide)
    app.command("shape")(shape)


def lookup(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS")],
    at: Annotated[str, typer.Option("--at", help="Day of interest (YYYY-MM-DD); default: latest data.")] = "latest",
    snapshot: Snapshots = None,
    no_user_data: NoUserData = False,
    json: Json = False,
) -> None:
    """What is known about addresses as of a day, offline.

    Example: forensics lookup 85.132.24.10 --at 2020-03-17
    """
    from forensics.pipeline import context_rows

    rows = context_rows.lookup(addresses, at, snapshot_folders(snapshot, no_user_data=no_user_data))
    if json:
        console.out_json(rows)
    else:
        for row in rows:
            console.out(context_rows.lookup_text(row))


def formats(form: Form = "table", json: Json = False) -> None:
    """Exports that are read: provider, eras, how to obtain each, and which clock its times follow."""
    from forensics.pipeline import describing

    form = chosen(form, json=json)
    columns, rows = describing.formats(brief=form == "table")
    console.rows(rows, columns, form)


def guide(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="Such as google, facebook, telegram.")],
    json: Json = False,
) -> None:
    """How the account holder obtains the right export: format, language, boxes, how soon.

    Example: forensics guide google
    """
    from forensics.pipeline import describing

    found = describing.guide(provider)
    if json:
        console.out_json(found)
    else:
        for line in describing.guide_text(found):
            console.out(line)


def shape(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that no format recognises.")],
    reveal: Annotated[
        list[str] | None, typer.Option("--reveal", metavar="KEY", help="Show this withheld key or column name, too.")
    ] = None,
    json: Json = False,
) -> None:
    """The anonymised shape of a file: keys, types and counts, no values. Safe to send, to get a format added.

    Names that are no usual field names are withheld, because they may be data; --reveal shows those you have checked.
    """
    from forensics.pipeline import describing

    found = describing.shape(file, tuple(reveal or ()))
    if json:
        console.out_json(found)
    else:
        for line in describing.shape_text(found):
            console.out(line)
