"""What the commands that may go online share: the wish, and asking for consent where somebody can answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from forensics import console

if TYPE_CHECKING:
    from forensics.enrichment.plan import LookupPlan
    from forensics.pipeline.online import Consent, Online


def wish(
    classes: list[str] | None, yes: bool, understood: bool, proxy: str, servers: Path | None, limit: int
) -> Online | None:
    """Return what the options open, or ``None`` where nothing was opened."""
    if not classes:
        return None
    from forensics.pipeline import online

    return online.wish(
        classes,
        consent=_consent(yes),
        understood=understood,
        proxy=proxy,
        settings=servers,
        limit=limit,
        told=lambda done, whole: console.progressed(f"Looking up: {done} of {whole} addresses"),
    )


def _consent(yes: bool) -> Consent:
    """Return who agrees: ``--yes``, else the person at the terminal, else nobody."""
    import sys

    from forensics.pipeline import online

    if yes:
        return lambda _: "--yes"
    return _asked if sys.stdin.isatty() and sys.stderr.isatty() else online.nobody_agrees


def _asked(plan: LookupPlan) -> str:
    with console.paused():
        for line in plan.lines():
            console.complain(line)  # also under --quiet: nobody agrees to what they have not seen
        agreed = typer.confirm("Send these questions?", default=False, err=True)
    return "asked at the terminal" if agreed else ""
