"""``data``: the dated snapshots that addresses are told from. Nothing here sends a packet."""

from __future__ import annotations

import typer

from forensics import console
from forensics.cli.data_import import data_import
from forensics.cli.options import Form, Json, NoUserData, Snapshots, chosen, snapshot_folders
from forensics.errors import TamperError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    data = typer.Typer(
        help="Dated snapshots: who announced an address, its country, its kind of network.",
        rich_markup_mode=None,
        no_args_is_help=True,
    )
    data.command("list")(listed)
    data.command("verify")(verify)
    data.command("import")(data_import)
    app.add_typer(data, name="data")


def listed(
    snapshot: Snapshots = None, no_user_data: NoUserData = False, form: Form = "table", json: Json = False
) -> None:
    """Snapshots in use: what, as of when, how many ranges, under which licence; with --json also source and digests.

    Whom to name for each: forensics --licences
    """
    from forensics.pipeline import dated_data

    form = chosen(form, json=json)
    columns, rows = dated_data.snapshots(snapshot_folders(snapshot, no_user_data=no_user_data), brief=form == "table")
    console.rows(rows, columns, form)


def verify(
    snapshot: Snapshots = None, no_user_data: NoUserData = False, form: Form = "table", json: Json = False
) -> None:
    """Compare every snapshot's tables with the digests in its manifest. Exit 4 when one is damaged.

    That the digests are the right ones shows a rebuild from the pinned packages: docs/snapshots.md
    """
    from forensics.pipeline import dated_data

    form = chosen(form, json=json)
    columns, rows = dated_data.verified(snapshot_folders(snapshot, no_user_data=no_user_data), brief=form == "table")
    console.rows(rows, columns, form)
    damaged = [row for row in rows if row["state"] != "ok"]
    for row in damaged:
        console.complain(row["problem"])
    console.say(f"{len(rows) - len(damaged)} of {len(rows)} snapshots are as their manifests say. {dated_data.REBUILD}")
    if damaged:
        raise TamperError("snapshots are damaged", where=damaged[0]["id"], hint="Install or import them again")
