"""``attribute``: what-if on the assumptions of the ring model, and the table of how its ratio moves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from forensics import console
from forensics.cli.options import CasePath, Json
from forensics.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("attribute")(attribute)


def attribute(
    case: CasePath,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Suppose another assumption, such as pi0=0.03; repeatable."),
    ] = None,
    sharing: Annotated[
        str, typer.Option("--class", metavar="CLASS", help="Suppose a class of the address: dedicated, cgnat, vpn …")
    ] = "",
    population: Annotated[
        str,
        typer.Option("--population", metavar="N|users=N", help="Suppose so many addresses, or users, in the country."),
    ] = "",
    registry: Annotated[
        list[str] | None,
        typer.Option("--registry", metavar="DIR|FILE|URL", help="Compare with these registries instead; repeatable."),
    ] = None,
    table: Annotated[
        bool, typer.Option("--table", help="Print how the ratio of an exact hit moves with each premise.")
    ] = False,
    finding: Annotated[str, typer.Option("--finding", metavar="ID", help="For --table: which finding.")] = "",
    json: Json = False,
) -> None:
    """Judge a case again under other assumptions, in memory, and see the verdict move. Alone: list the assumptions.

    Nothing in the case changes, and nothing printed here is a finding.

    Example: forensics attribute case-2020-03 --set pi0=0.027 --class cgnat
    """
    from forensics.pipeline import attributing

    wanted = [*(settings or ()), *([f"class={sharing}"] if sharing else ())]
    wanted += [population if "=" in population else f"population={population}"] if population else []
    if table:
        if registry or sharing:
            where = "--registry" if registry else "--class"
            raise UsageError(
                "the table shows every class and size", where=where, hint="Leave it out, or --set registry=N"
            )
        name, moves = attributing.table(case, wanted, finding)
        _print(attributing.table_json(name, moves), attributing.table_lines(name, moves), json=json)
    elif wanted or registry:
        with console.progress("Judging again"):
            moved = attributing.what_if(case, wanted, registry or ())
        _print(moved.as_json(), moved.lines(), json=json)
    else:
        rows = attributing.assumptions()
        told = (f"{row['key']:<22}{row['value']}" for row in rows)
        _print({"schema": "forensics/assumptions/1", "assumptions": rows}, told, json=json)


def _print(document: dict[str, Any], lines: Iterable[str], *, json: bool) -> None:
    """Print the document, or the lines."""
    if json:
        console.out_json(document)
        return
    for line in lines:
        console.out(line)
