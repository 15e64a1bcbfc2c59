"""``export``: what a case holds, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import CasePath
from forensics.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("export")(export)


def export(
    case: CasePath,
    form: Annotated[str, typer.Argument(metavar="FORM", help="tables: CSV, JSON Lines and a workbook.")],
    output: Annotated[Path, typer.Option("--output", help="A folder that does not exist yet.")],
    spreadsheet_safe: Annotated[
        bool, typer.Option("--spreadsheet-safe", help="CSV in which no cell can be run as a formula.")
    ] = False,
) -> None:
    """Write events, sessions, addresses, findings, exhibits and rejections for other programs.

    They hold everything, the owner's data too: `forensics share` is for what may leave the house. Example: forensics
    export CASE tables --output tables/
    """
    from forensics.pipeline.tables import write_tables

    if form != "tables":
        raise UsageError(f"no form is called {form!r}", where="FORM", hint="Choose: tables")
    written = write_tables(case, output, safe=spreadsheet_safe)
    for name, count in written.rows.items():
        console.say(f"{name}: {count:,} rows")
    if written.cut:
        console.say(
            f"{written.cut:,} cells are too long for a workbook and cut there; CSV and JSON Lines have all of it"
        )
    for path in written.files:
        console.out(str(path))
