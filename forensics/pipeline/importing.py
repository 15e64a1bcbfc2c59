"""``registry import``: paths in, a store added to, the ledger out. No packet leaves."""

from __future__ import annotations

import gc
import ipaddress
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from forensics.enrichment.special_purpose import first_bytes, special_purpose
from forensics.errors import DataError, EvidenceError, UsageError
from forensics.pipeline import clock
from forensics.registry import csv_columns, importing
from forensics.registry.fields import clean
from forensics.registry.import_ledger import IMPORTED, KNOWN, REFUSED, UPDATED, Ledger, as_json, told
from forensics.registry.importer import Terms
from forensics.registry.offered import Offered
from forensics.registry.record import TLP

SCHEMA: Final = "forensics/registry-import/1"
_MOST_FILES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What the user asks for. ``registry`` "" is the user's own store; ``source_date`` and ``tlp`` are as written."""

    paths: tuple[Path, ...]
    registry: str = ""
    mapping: Path | None = None
    source_date: str = ""
    licence: str = ""
    tlp: str = ""
    dry_run: bool = False


def special(network: str) -> str:
    """Return why an address or prefix (canonical text) belongs to no host of the Internet, or ""."""
    first, dot, _ = network.partition(".")
    if dot and first.isdecimal() and "/" not in network and int(first) not in first_bytes(4):
        return ""
    for end in _ends(network):
        found = special_purpose(end)
        if found is not None:
            return f"special-purpose address: {found.text}"
    return ""


def _ends(network: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...]:
    if "/" not in network:
        return (ipaddress.ip_address(network),)
    block = ipaddress.ip_network(network)
    return block.network_address, block.broadcast_address


def offered(paths: Sequence[Path]) -> tuple[list[Offered], list[Offered]]:
    """Return the files of the paths in order of name, and the files beside single files, which only explain them.

    A folder is walked whole; hidden files and folders, and symbolic links out of it, are left out. Names are relative to
    the path that was given; of several paths each is named by its last part.

    Raises:
        EvidenceError: a path does not exist or cannot be read.
    """
    found: dict[Path, Offered] = {}
    explaining: dict[Path, Offered] = {}
    for path in paths:
        before = f"{path.resolve().name}/" if len(paths) > 1 and path.is_dir() else ""
        if path.is_dir():
            for file in _walked(path):
                found.setdefault(file.resolve(), Offered(file, f"{before}{file.relative_to(path).as_posix()}"))
        elif path.is_file():
            found.setdefault(path.resolve(), Offered(path, path.name))
            for file in _walked(path.parent, deep=False):
                explaining.setdefault(file.resolve(), Offered(file, file.name))
        else:
            raise EvidenceError("there is no such file or folder", where=str(path), hint="Name a file or a folder")
    beside = [item for key, item in explaining.items() if key not in found]
    return sorted(found.values(), key=lambda item: item.name), sorted(beside, key=lambda item: item.name)


def _walked(folder: Path, *, deep: bool = True) -> Iterator[Path]:
    count = 0
    try:
        for root, folders, names in os.walk(folder, onerror=_refuse):
            folders[:] = sorted(name for name in folders if not name.startswith(".")) if deep else []
            for name in sorted(names):
                path = Path(root, name)
                if name.startswith(".") or path.is_symlink() or not path.is_file():
                    continue
                count += 1
                if count > _MOST_FILES:
                    raise EvidenceError(
                        f"more than {_MOST_FILES:,} files", where=str(folder), hint="Import a part of it"
                    )
                yield path
    except OSError as error:
        raise EvidenceError(f"cannot be read: {error.strerror}", where=str(folder), hint="Check permissions") from error


def _refuse(error: OSError) -> None:
    raise error


def run(request: ImportRequest) -> tuple[Ledger, dict[str, Any]]:
    """Import and return the ledger and what ``--json`` prints.

    Raises:
        UsageError: an option has no meaning.
        EvidenceError: a path cannot be read.
        DataError: the mapping is not understood, or two importers claim one file.
        StorageError: the store cannot be written.
    """
    from forensics.pipeline.registry_store import adding_to

    today = clock.now().date()
    terms = _terms(request, today)
    files, beside = offered(request.paths)
    if not files:
        raise EvidenceError("no file to import", where=str(request.paths[0]), hint="Name a file or a folder with files")
    with adding_to(request.registry) as (shelf, name):
        target: importing.Shelf = importing.DryShelf(under=shelf) if request.dry_run else shelf
        with _no_cycles():
            ledger = importing.run(files, target, terms, today, explained_by=beside)
    answer = {"schema": SCHEMA, "registry": name, "recorded_at": today.isoformat(), "dry_run": request.dry_run}
    return ledger, {**answer, **as_json(ledger), "says": says(ledger, name, dry=request.dry_run)}


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Let the collector of cycles rest: an import makes millions of values and no cycles, and it would scan them all."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _terms(request: ImportRequest, today: date) -> Terms:
    tlp = request.tlp.upper().removeprefix("TLP:")
    if tlp and tlp not in TLP:
        raise UsageError(f"{request.tlp[:40]!r} is no marking of TLP 2.0", hint=f"One of {', '.join(TLP)}")
    try:
        day = date.fromisoformat(request.source_date) if request.source_date else None
    except ValueError as error:
        raise UsageError(f"{request.source_date[:40]!r} is no day", hint="Write --source-date YYYY-MM-DD") from error
    if day and day > today:
        raise UsageError(
            f"the source would be published in the future: {day}", hint="Write the day on which it was published"
        )
    try:
        licence = clean(request.licence, "--licence")
    except DataError as error:
        raise UsageError(error.what, where="--licence", hint="Write a licence in one line") from error
    columns = csv_columns.load(request.mapping) if request.mapping else None
    return Terms(retrieved_at=today, special=special, source_date=day, licence=licence, tlp=tlp, columns=columns)


def says(ledger: Ledger, name: str, *, dry: bool) -> str:
    """Return the import in one sentence."""
    would = "would be " if dry else ""
    new, more, known = (ledger.total(outcome) for outcome in (IMPORTED, UPDATED, KNOWN))
    done = f"{new:,} {would}imported, {more:,} {would}added to records, {known:,} already known"
    return f"{ledger.entries:,} entries read: {done}, {ledger.total(REFUSED):,} refused; registry {name}"


def in_words(ledger: Ledger, answer: dict[str, Any]) -> list[str]:
    """Return the lines for people."""
    lines = [*told(ledger), answer["says"]]
    if ledger.total("imported") or ledger.total("updated"):
        lines.append("Nothing of this supports a finding before a person has reviewed it and made it an indicator.")
    return lines
