"""Mappings as formats: from bytes to a ``Format``, and where mappings come from.

Mappings that come with the tool are the files ``mappings/<name>.toml``: no list mentions them, the file's name is the
format's. A user gives more with ``--mapping``; a package offers ``format_of(parse(…))`` in ``forensics.formats``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from forensics.errors import DataError, UsageError
from forensics.ingest import mapping_claims, mapping_event, mapping_rows
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.mapping import ExportMapping
from forensics.ingest.mapping_reading import parse
from forensics.model import Event

FOLDER = Path(__file__).with_name("mappings")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,100}")
PREFIX = "mapping:"
"""Before the name of a user's mapping, so that the ledger tells it from a format of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenMapping:
    """A mapping file of the user: its name, its bytes as given, and what they say."""

    name: str
    data: bytes
    mapping: ExportMapping

    @property
    def format_name(self) -> str:
        """The name under which the ledger and the rejections know it."""
        return PREFIX + self.name


@dataclass(frozen=True, slots=True)
class _Reader:
    """The three functions of a format, bound to a mapping."""

    mapping: ExportMapping

    def claims(self, evidence: Evidence) -> bool:
        return mapping_claims.claims(self.mapping, evidence)

    def rows(self, evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
        return mapping_rows.rows(self.mapping, evidence)

    def event(self, row: Row) -> Event | Unused:
        return mapping_event.event(self.mapping, row)


def format_of(mapping: ExportMapping) -> Format:
    """Return the format that reads what a mapping describes."""
    reader = _Reader(mapping)
    rules = (mapping.time, mapping.time_end)
    return Format(
        title=mapping.title,
        provider=mapping.provider,
        claims=reader.claims,
        rows=reader.rows,
        event=reader.event,
        needs=tuple(dict.fromkeys(name for rule in rules if rule for name in rule.told)),
        documentation=mapping.documentation,
    )


@cache
def shipped() -> dict[str, ExportMapping]:
    """Return the mappings that come with the tool, by name."""
    return {name: _shipped(path) for name, path in _paths(FOLDER).items()}


def shipped_as(name: str) -> ExportMapping | None:
    """Return one of them without reading the others, or None if none is called so."""
    path = _paths(FOLDER).get(name)
    return None if path is None else _shipped(path)


@cache
def _paths(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


@cache
def _shipped(path: Path) -> ExportMapping:
    return parse(path.read_bytes(), path.stem, f"mappings/{path.name}")


def given(paths: tuple[Path, ...]) -> tuple[GivenMapping, ...]:
    """Read the user's mapping files; a wrong or unreadable one stops before anything is made."""
    found: dict[str, GivenMapping] = {}
    for path in paths:
        name = path.name.removesuffix(".toml")
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"this name cannot stand in a case: {path.name!r}",
                hint="Rename the mapping file: letters, digits, _ and -, ending in .toml",
            )
        if name.casefold() in found:
            raise UsageError(f"two mappings are called {name!r}", hint="Rename one of the files")
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DataError(f"the mapping cannot be read ({error.strerror})", where=str(path)) from error
        found[name.casefold()] = GivenMapping(name=name, data=data, mapping=parse(data, name, path.name))
    return tuple(found.values())
