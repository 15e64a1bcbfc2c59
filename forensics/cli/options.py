"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FORMS = ("table", "json", "jsonl", "csv")


def check_form(form: str) -> str:
    """Refuse an unknown output form."""
    if form not in FORMS:
        message = f"{form!r} is none of {', '.join(FORMS)}"
        raise typer.BadParameter(message, param_hint="--format")
    return form


def chosen(form: str, *, json: bool) -> str:
    """Return the form to print in: ``--json`` is short for ``--format json``."""
    return "json" if json else form


CasePath = Annotated[Path, typer.Argument(metavar="CASE", help="A case folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON (see docs/schemas) instead of words.")]
Form = Annotated[str, typer.Option("--format", help="table, json, jsonl or csv.", metavar="FORM", callback=check_form)]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", envvar="FORENSICS_KEY", help="Your signing key; without any, a one-time key is used."),
]
Language = Annotated[
    str, typer.Option("--lang", metavar="LANG", help="Language of the document, such as fr; English without it.")
]
Registries = Annotated[
    list[str] | None,
    typer.Option(
        "--registry",
        metavar="DIR|FILE|URL",
        help="A registry: folder, released .jsonl, .sqlite, or postgresql://… May be repeated; without it your own store.",
    ),
]
Snapshots = Annotated[
    list[Path] | None, typer.Option("--snapshot", help="A folder of further dated snapshots; may be repeated.")
]

NoUserData = Annotated[
    bool, typer.Option("--no-user-data", help="Leave out the snapshots of your own that `data import` made.")
]
OnlineClasses = Annotated[
    list[str] | None,
    typer.Option(
        "--online", metavar="CLASS", help="Open a class of look-ups: rdap, history, asn, ptr, vendor; repeatable."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Agree to the plan of look-ups without being asked (for scripts).")]
Understood = Annotated[
    bool, typer.Option("--i-understand", help="For ptr: the holder of the range, perhaps the adversary, sees it.")
]
ProxyUrl = Annotated[
    str,
    typer.Option(
        "--proxy", envvar="FORENSICS_PROXY", metavar="URL", help="Ask through socks5h://HOST:PORT (Tor: 9050)."
    ),
]
ServersFile = Annotated[
    Path | None, typer.Option("--servers", envvar="FORENSICS_SERVERS", help="Servers to ask instead (TOML).")
]
OnlineLimit = Annotated[int, typer.Option("--online-limit", help="Ask about this many addresses at most.")]


def snapshot_folders(given: list[Path] | None, *, no_user_data: bool) -> tuple[Path, ...]:
    """Return the folders of snapshots to use, and say which of the user's own are among them."""
    from forensics import console
    from forensics.pipeline import user_data

    at_hand = user_data.at_hand(tuple(given or ()), own=not no_user_data)
    if at_hand.told():
        console.say(at_hand.told())
    return at_hand.folders


def passphrase_for(key: Path | None) -> str | None:
    """Ask for the passphrase of an encrypted key, only where somebody can answer."""
    import sys

    from forensics.pipeline import sealing

    if sealing.needs_passphrase(key) and sys.stdin.isatty():
        return str(typer.prompt("Passphrase of your key", hide_input=True, err=True))
    return None
