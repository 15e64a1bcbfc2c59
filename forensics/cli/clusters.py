"""``clusters``: what hangs together in one case."""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import CasePath
from forensics.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("clusters")(clusters)


def clusters(
    case: CasePath,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table, json or gexf.")] = "table",
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write here instead of to stdout.")
    ] = None,
) -> None:
    """Show which sessions and records hang together, by which edges, and what would split them. Nothing is sent.

    Networks, publications and shared addresses join nothing. Nothing in the case changes.

    Example: forensics clusters case-2020-03 --format gexf --output case.gexf
    """
    from forensics.pipeline import clusters_told

    if format_ not in clusters_told.FORMATS:
        raise UsageError(f"no format {format_[:20]!r}", where="--format", hint=", ".join(clusters_told.FORMATS))
    with console.progress("Judging again"):
        found = clusters_told.of_case(case)
    if output is None and format_ == "json":
        console.out_json(clusters_told.as_json(found))
        return
    if format_ == "json":
        text = json_text.dumps(clusters_told.as_json(found), indent=2, ensure_ascii=False) + "\n"
    elif format_ == "gexf":
        text = clusters_told.gexf(found)
    else:
        text = "\n".join(clusters_told.lines(found)) + "\n"
    if output is None:
        console.out(text.removesuffix("\n"))
        return
    clusters_told.write(output, text)
    console.out(str(output))
