"""``registry serve``, ``feed`` and ``token``: the registry for others, each up to what they may see."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import Form, Json, NoUserData, Registries, Snapshots, chosen, snapshot_folders

Tlp = Annotated[str, typer.Option("--tlp", help="Up to which marking: CLEAR, GREEN, AMBER, AMBER+STRICT, RED.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Who uses the token; it appears in the audit log.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this module to the group."""
    group.command("serve")(serve)
    group.command("feed")(feed)
    token = typer.Typer(help="Tokens of the clients of `registry serve`.", rich_markup_mode=None, no_args_is_help=True)
    token.command("new")(token_new)
    token.command("list")(token_list)
    token.command("revoke")(token_revoke)
    group.add_typer(token, name="token")


def serve(
    registry: Registries = None,
    tlp: Tlp = "CLEAR",
    host: Annotated[
        str, typer.Option(help="Address to listen on; other than loopback needs tokens and TLS.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8765,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its key (PEM).")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A proxy in front speaks TLS; then every request needs a token.")
    ] = False,
    host_name: Annotated[
        list[str] | None, typer.Option("--host-name", metavar="NAME", help="A name that clients write; repeatable.")
    ] = None,
    public_url: Annotated[
        str, typer.Option("--public-url", metavar="URL", help="The address that clients reach the server by.")
    ] = "",
    audit: Annotated[
        Path | None, typer.Option("--audit", metavar="FILE", help="Add a line per request to this file.")
    ] = None,
    pap: Annotated[
        str,
        typer.Option(help="RED: the log never holds what was asked; AMBER: a keyed digest; GREEN, CLEAR: the text."),
    ] = "RED",
    rate: Annotated[
        int, typer.Option(min=10, max=1_000_000, help="Requests and list entries per client and minute.")
    ] = 3000,
    snapshot: Snapshots = None,
    no_user_data: NoUserData = False,
) -> None:
    """Serve the registry: a page, a JSON API and TAXII 2.1. Loopback by default; read-only; nothing is sent out.

    Example: forensics registry serve --tlp AMBER
    """
    from forensics.pipeline import serving

    folders = snapshot_folders(snapshot, no_user_data=no_user_data)
    listening = serving.listening(
        host=host, port=port, certificate=tls_cert, key=tls_key, behind_proxy=behind_proxy, names=tuple(host_name or ()),
        public=public_url,
    )  # fmt: skip
    service = serving.Service(
        registries=tuple(registry or ()),
        folders=folders,
        listening=listening,
        tlp=tlp,
        pap=pap,
        audit=audit,
        per_minute=rate,
    )
    serving.serve(service, console.say)


def feed(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files.")],
    registry: Registries = None,
    tlp: Tlp = "CLEAR",
    json: Json = False,
) -> None:
    """Write a static feed: MISP, STIX 2.1, CSV and a plain list, for a web server or a USB stick.

    Example: forensics registry feed --out feed --tlp GREEN
    """
    from forensics.pipeline import serving

    answer = serving.write_feed(out, tuple(registry or ()), tlp)
    if json:
        console.out_json(answer)
        return
    console.out(f"{answer['records']:,} records up to TLP:{answer['tlp']} in {out}")
    for item in answer["files"]:
        console.out(f"  {item['name']}  {item['bytes']:,} bytes")


def token_new(name: Name, tlp: Tlp = "GREEN", json: Json = False) -> None:
    """Make a token for a client. It is printed once and kept nowhere: only its digest is.

    Example: forensics registry token new partner-lab --tlp GREEN
    """
    from forensics.pipeline import serving

    made = serving.new_token(name, tlp)
    if json:
        console.out_json(made)
        return
    console.out(made["token"])
    console.say(f"{name} sees records up to TLP:{tlp}. Keep the token now: it cannot be shown again.")


def token_list(form: Form = "table", json: Json = False) -> None:
    """The tokens, without their secrets."""
    from forensics.pipeline import serving

    console.rows(serving.token_rows(), ("name", "tlp", "created"), chosen(form, json=json))


def token_revoke(name: Name) -> None:
    """End a token at once, also on a running server."""
    from forensics.pipeline import serving

    serving.tokens().revoke(name)
    console.say(f"{name} can no longer connect")
