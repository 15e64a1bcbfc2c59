"""Questions about known infrastructure, of no case: what registries say, what they hold, which pulled releases are in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from forensics.errors import UsageError
from forensics.pipeline import held_releases
from forensics.pipeline import registries as known_registries
from forensics.pipeline.queries import Table
from forensics.pipeline.request import as_of_day


def registry_lookup(
    query: str,
    at: str,
    known_at: str,
    registries: Sequence[str],
    folders: tuple[Path, ...],
    *,
    neighbours: bool = False,
) -> dict[str, Any]:
    """Return the documented answer of ``registry lookup``; without registries the user's own store is asked, too."""
    named = known_registries.chosen(registries)
    days = _optional_day(at), _optional_day(known_at)
    return known_registries.lookup(query, *days, named, folders, neighbours=neighbours)


def _optional_day(text: str) -> date | None:
    found = as_of_day(text) if text else None
    if found is not None and not isinstance(found, date):
        raise UsageError(f"no date: {text!r}", hint="Write YYYY-MM-DD")
    return found


def registry_text(answer: Mapping[str, Any]) -> list[str]:
    """Say the answer of a registry look-up in words."""
    return known_registries.told(answer)


def releases_in_use() -> list[str]:
    """Say which pulled releases are used where no registry is named."""
    found = [(have, have.manifest()) for have in held_releases.all_held()]
    return [
        f"In use: {item.name} release {item.sequence} (version {item.version}, {item.published}), {have.path}"
        for have, item in found
    ]


def registry_list(registries: Sequence[str], *, brief: bool) -> Table:
    """Return all records of the registries at hand."""
    return known_registries.listing(known_registries.chosen(registries), brief=brief)
