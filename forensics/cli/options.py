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


def passphrase_for(key: Path | None) -> str | None:
    """Ask for the passphrase of an encrypted key, only where somebody can answer."""
    import sys

    from forensics.pipeline import sealing

    if sealing.needs_passphrase(key) and sys.stdin.isatty():
        return str(typer.prompt("Passphrase of your key", hide_input=True, err=True))
    return None
