"""``correlate``: what several cases have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import Json


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("correlate")(correlate)


def correlate(
    cases: Annotated[
        list[Path], typer.Argument(metavar="CASE…", help="Case folders, or folders with evidence/ and owner.toml.")
    ],
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Compare cases that do not verify, too, and mark them.")
    ] = False,
    names: Annotated[
        bool, typer.Option("--names", help="Print what the cases are called beside their pseudonyms.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write here instead of to stdout.")] = None,
    json: Json = False,
) -> None:
    """Find addresses, networks, devices and sequences that unexplained sessions of several cases share, and weigh them.

    Cases are named by pseudonyms; addresses of any owner are never compared. Nothing is sent.

    Example: forensics correlate case-2020-03 case-2021-03
    """
    from forensics.pipeline import correlation_told
    from forensics.pipeline.correlating import correlate as compare

    with console.progress("Comparing cases"):
        found = compare(cases, unverified=unverified)
    if out is not None:
        correlation_told.write(found, out, names=names, json=json)
        console.out(str(out))
    elif json:
        console.out_json(correlation_told.as_json(found, names=names))
    else:
        for line in correlation_told.lines(found, names=names):
            console.out(line)
