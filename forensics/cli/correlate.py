"""``correlate``: what several cases have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import Json
from forensics.errors import UsageError


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
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text, json, html or pdf; the last two need --out.")
    ] = "text",
    json: Json = False,
) -> None:
    """Find addresses, networks, devices and sequences that unexplained sessions of several cases share, and weigh them.

    Cases are named by pseudonyms; addresses of any owner are never compared. Nothing is sent.

    Example: forensics correlate case-2020-03 case-2021-03
    """
    from forensics.pipeline import correlation_page, correlation_told
    from forensics.pipeline.correlating import correlate as compare

    wanted = "json" if json else form
    if wanted not in correlation_page.FORMS:
        raise UsageError("this form is not known", where=form, hint=f"--format {', '.join(correlation_page.FORMS)}")
    if out is None and wanted in ("html", "pdf"):
        raise UsageError("a page goes into a file", where="--format", hint="Name it: --out FILE")
    with console.progress("Comparing cases"):
        found = compare(cases, unverified=unverified)
    if out is not None:
        correlation_page.write(out, correlation_page.FORMS[wanted](found, names))
        console.out(str(out))
    elif wanted == "json":
        console.out_json(correlation_told.as_json(found, names=names))
    else:
        for line in correlation_told.lines(found, names=names):
            console.out(line)
