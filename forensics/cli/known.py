"""``registry``: known infrastructure, as of a date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli import curate, releases, serve
from forensics.cli.options import Form, Json, NoUserData, Registries, Snapshots, chosen, snapshot_folders


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="The registry of known infrastructure.", rich_markup_mode=None, no_args_is_help=True)
    group.command("lookup")(lookup)
    group.command("list")(listing)
    group.command("import")(import_)
    curate.register(group)
    releases.register(group)
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
    from forensics.pipeline import registry_queries

    folders = snapshot_folders(snapshot, no_user_data=no_user_data)
    answer = registry_queries.registry_lookup(
        query, at, known_at, tuple(registry or ()), folders, neighbours=neighbours
    )
    if json:
        console.out_json(answer)
    else:
        for line in registry_queries.registry_text(answer):
            console.out(line)


def listing(registry: Registries = None, form: Form = "table", json: Json = False) -> None:
    """All records with their network, window, state and source; on stderr the pulled releases that are in use."""
    from forensics.pipeline import registry_queries

    if not registry:
        for line in registry_queries.releases_in_use():
            console.say(line)

    form = chosen(form, json=json)
    columns, rows = registry_queries.registry_list(tuple(registry or ()), brief=form == "table")
    console.rows(rows, columns, form)


def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files or folders of a collection.")],
    registry: Annotated[
        str,
        typer.Option("--registry", help="The store to add to: FILE.sqlite or postgresql://…; without it, your own."),
    ] = "",
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="A TOML file that says what the columns of a CSV mean.")
    ] = None,
    source_date: Annotated[
        str, typer.Option("--source-date", help="Day on which it was published, where the data does not say.")
    ] = "",
    licence: Annotated[str, typer.Option("--licence", help="Licence of the collection, where you know better.")] = "",
    tlp: Annotated[str, typer.Option("--tlp", help="Marking (TLP 2.0); a stricter one in the data holds.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    json: Json = False,
) -> None:
    """Take published indicators into a registry as candidates, with their reports, dates and licences.

    Example: forensics registry import targetedthreats --dry-run
    """
    from forensics.pipeline import importing

    request = importing.ImportRequest(
        paths=tuple(paths),
        registry=registry,
        mapping=mapping,
        source_date=source_date,
        licence=licence,
        tlp=tlp,
        dry_run=dry_run,
    )
    ledger, answer = importing.run(request)
    if json:
        console.out_json(answer)
    else:
        for line in importing.in_words(ledger, answer):
            console.out(line)
