"""``analyze`` and ``demo``: from evidence to a sealed case and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.online import wish
from forensics.cli.options import (
    Json,
    KeyFile,
    NoUserData,
    OnlineClasses,
    OnlineLimit,
    ProxyUrl,
    Registries,
    ServersFile,
    Snapshots,
    Understood,
    Yes,
    passphrase_for,
    snapshot_folders,
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("analyze")(analyze)
    app.command("demo")(demo)


def analyze(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Exports: files, folders, archives, or - .")],
    case: Annotated[Path | None, typer.Option("--case", help="Folder for the new case.")] = None,
    owner: Annotated[Path | None, typer.Option("--owner", help="What the owner declares (TOML).")] = None,
    mapping: Annotated[
        list[Path] | None, typer.Option("--mapping", help="Read tables that this file describes (TOML); repeatable.")
    ] = None,
    registry: Registries = None,
    snapshot: Snapshots = None,
    no_user_data: NoUserData = False,
    as_of: Annotated[str, typer.Option("--as-of", help="Context as of: event, latest, or a date.")] = "event",
    assume_zone: Annotated[
        str,
        typer.Option("--assume-zone", metavar="ZONE", help="Zone of times that state none, such as Asia/Baku; marked."),
    ] = "",
    assume_year: Annotated[
        str, typer.Option("--assume-year", metavar="YEAR", help="Year of a log's last line where no line states one.")
    ] = "",
    dkim_keys: Annotated[
        Path | None, typer.Option("--dkim-keys", help="Public keys of mail signers (TOML or zone-file lines).")
    ] = None,
    key: KeyFile = None,
    title: Annotated[str, typer.Option(help="Title of the case.")] = "",
    reference: Annotated[str, typer.Option(help="Your reference number.")] = "",
    examiner: Annotated[str, typer.Option(help="Who examines: name or role.")] = "",
    organisation: Annotated[str, typer.Option(help="Domain of your organisation.")] = "",
    mandate: Annotated[str, typer.Option(help="Who asked for this, and for what.")] = "",
    authority: Annotated[str, typer.Option(help="Consent or authority it rests on.")] = "",
    pap: Annotated[
        str, typer.Option("--pap", metavar="MARK", help="What may be asked online: RED, AMBER, GREEN or CLEAR.")
    ] = "AMBER",
    online: OnlineClasses = None,
    yes: Yes = False,
    i_understand: Understood = False,
    proxy: ProxyUrl = "",
    servers: ServersFile = None,
    online_limit: OnlineLimit = 200,
    answers: Annotated[
        list[Path] | None,
        typer.Option("--answers", help="Recorded answers: an exported file, a case, or a book; repeatable."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 5 when rows were not understood.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Make no case: show what of each file is understood, and how.")
    ] = False,
    json: Json = False,
) -> None:
    """Read evidence, seal it in a case folder, and tell what it shows. Nothing is sent unless you open a class of look-ups.

    Example: forensics analyze takeout.zip facebook.zip --owner owner.toml --case case-2020-03
    """
    from forensics.enrichment.policy import protection
    from forensics.pipeline.analyze import analyze
    from forensics.pipeline.registries import chosen
    from forensics.pipeline.request import Request, assumptions

    request = Request(
        paths=tuple(paths),
        case=case,
        owner=owner,
        mappings=tuple(mapping or ()),
        registries=chosen(registry or ()),
        snapshots=snapshot_folders(snapshot, no_user_data=no_user_data),
        as_of=as_of,
        dkim_keys=dkim_keys,
        key=key,
        passphrase=passphrase_for(key),
        examiner=assumptions(assume_zone, assume_year),
        stated={
            "title": title,
            "reference": reference,
            "examiner": examiner,
            "organisation": organisation,
            "mandate": mandate,
            "authority": authority,
            "pap": protection(pap),
        },
        online=wish(online, yes, i_understand, proxy, servers, online_limit),
        answers=tuple(answers or ()),
    )
    if explain:
        from forensics.pipeline.explaining import explain as explained

        told = explained(request)
        if json:
            console.out_json(told.as_json())
        else:
            told.tell(console)
        return
    with console.progress("Reading, sealing and analysing"):
        outcome = analyze(request)
    if json:
        console.out_json(outcome.as_json())
    else:
        outcome.tell(console)
    outcome.check_online()
    outcome.check_strict(strict=strict)


def demo(
    case: Annotated[Path | None, typer.Option("--case", help="Folder for the demonstration case.")] = None,
    key: KeyFile = None,
    json: Json = False,
) -> None:
    """Run a complete fictional case: four providers, a takeover, two foreign addresses, a known one among them."""
    from forensics.pipeline.analyze import analyze
    from forensics.pipeline.request import demonstration

    request = demonstration(case, key, passphrase_for(key))
    console.say(f"A fictional case: forensics {request.command_line()}")
    with console.progress("Analysing the sample case"):
        outcome = analyze(request)
    if json:
        console.out_json(outcome.as_json())
    else:
        outcome.tell(console)
