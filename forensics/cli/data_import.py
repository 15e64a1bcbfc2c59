"""``data import``: a user's own dated data, taken in offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import Json


def data_import(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="MMDB, pfx2as, MRT dump, CSV ranges, Tor list, passive DNS.")
    ],
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="The day of the data; needed unless the data says its own.")
    ] = "",
    kind: Annotated[
        str,
        typer.Option(help="ip_asn, ip_country, registry_country, net_class or passive_dns; needed only in doubt."),
    ] = "",
    licence: Annotated[
        str, typer.Option(help="The licence that you have it under, such as CC-BY-4.0, or: unknown.")
    ] = "",
    attribution: Annotated[str, typer.Option(help="Whom the licence asks to be named, in the words it asks for.")] = "",
    id: Annotated[str, typer.Option("--id", help="Name of the snapshot; default: importer, day and digest.")] = "",  # noqa: A002 - the option's name
    list_name: Annotated[
        str, typer.Option("--list", help="What the list is called in classes, such as my-vpn-list.")
    ] = "",
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Write here instead of into your data folder.")
    ] = None,
    force_date: Annotated[
        bool, typer.Option("--force-date", help="Let --as-of hold although the data says another day; recorded.")
    ] = False,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Import although rows are not understood; counted and recorded.")
    ] = False,
    json: Json = False,
) -> None:
    """Make a dated snapshot of a file that you fetched yourself; look-ups and analyses use it from then on.

    Example: forensics data import routeviews-rv2-20200317-1200.pfx2as.gz --as-of 2020-03-17 --licence unknown
    """
    from forensics.pipeline import user_data

    with console.progress("Reading and checking"):
        done = user_data.import_file(
            user_data.Wish(
                path=file,
                as_of=as_of,
                kind=kind,
                licence=licence,
                attribution=attribution,
                id=id,
                list_name=list_name,
                to=to,
                force_date=force_date,
                skip_bad_rows=skip_bad_rows,
            )
        )
    if json:
        console.out_json(done.as_json())
    else:
        for line in done.lines():
            console.out(line)
