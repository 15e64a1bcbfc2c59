"""``letter``: requests to preserve data, written from the unexplained addresses of a case. Nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import CasePath, Language
from forensics.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("letter")(letter)


def letter(
    case: CasePath,
    to: Annotated[str, typer.Option("--to", help="isp, platform, police or tsa.")],
    address: Annotated[list[str] | None, typer.Option("--address", help="Only this address; repeatable.")] = None,
    form: Annotated[str, typer.Option("--format", help="text, html or pdf; a PDF needs --output.")] = "text",
    lang: Language = "",
    output: Annotated[Path | None, typer.Option("--output", help="A folder; one file per letter.")] = None,
) -> None:
    """Write letters that ask networks, platforms or an authority to keep records, or a TSA to confirm its tokens.

    Nothing is sent. The owner's own addresses never get into a letter. Example: forensics letter CASE --to isp
    """
    from forensics.pipeline import letters
    from forensics.report.language import speech_of

    if form == "pdf" and output is None:
        raise UsageError("a PDF goes into a file", where="--format", hint="Name a folder: --output FOLDER")
    files = letters.write_letters(case, to, address or (), form, speech_of(lang))
    console.say(letters.notes()[to])
    if output is not None:
        for path in letters.save(files, output):
            console.out(str(path))
        return
    for number, data in enumerate(files.values()):
        if number:
            console.out("\n" + "~" * 78 + "\n")
        console.out(data.decode().rstrip("\n"))
