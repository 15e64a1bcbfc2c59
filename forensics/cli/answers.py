"""``answers``: move recorded answers between an online machine and one that is not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import Json


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Recorded answers of online look-ups.", rich_markup_mode=None, no_args_is_help=True)
    group.command("export")(export)
    group.command("import")(import_)
    app.add_typer(group, name="answers")


def export(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="A case, or a folder of answers.")],
    output: Annotated[Path | None, typer.Option("--output", help="File to write.")] = None,
    json: Json = False,
) -> None:
    """Write the answers of a case as one file, for `forensics analyze --answers FILE` on another machine.

    The file names the addresses that were asked about: whoever has it learns which addresses the case is about.
    """
    from forensics.enrichment.answers_file import DISCLOSES
    from forensics.pipeline import answer_books

    path, number = answer_books.export(case, output)
    console.say(DISCLOSES)
    if json:
        console.out_json({"schema": "forensics/answers-file/1", "file": str(path), "replies": number})
    else:
        console.out(str(path))


def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Exported files, cases or folders of answers.")],
    json: Json = False,
) -> None:
    """Check exported answers and copy them into your own book; prints its folder, for `--answers`.

    No analysis uses that book unless you name it, and then only answers about addresses of the case are taken.
    """
    from forensics.pipeline import answer_books

    folder, number = answer_books.import_(files)
    if json:
        console.out_json({"schema": "forensics/answers-book/1", "folder": str(folder), "new": number})
    else:
        console.say(f"{number:,} new replies")
        console.out(str(folder))
