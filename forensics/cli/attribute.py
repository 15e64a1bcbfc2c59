"""``attribute``: what-if on the assumptions of the ring model, and the table of how its ratio moves."""

from __future__ import annotations

from typing import Annotated

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
        str, typer.Option("--population", metavar="N|users=N", help="Suppose so many addresses, or users, in the country.")
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
        if registry:
            raise UsageError("--table is about the registries of the case", where="--registry", hint="Set registry=SIZE")
        name, found = attributing.table(case, wanted, finding)
        if json:
            console.out_json(attributing.table_json(name, found))
        else:
            for line in attributing.table_lines(name, found):
                console.out(line)
    elif wanted or registry:
        with console.progress("Judging again"):
            moved = attributing.what_if(case, wanted, registry or ())
        if json:
            console.out_json(moved.as_json())
        else:
            for line in moved.lines():
                console.out(line)
    else:
        columns, rows = attributing.assumptions()
        console.rows(rows, columns, "json" if json else "table")
