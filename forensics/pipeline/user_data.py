"""A user's own snapshots: where they lie, which are at hand, and how a file becomes one of them."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.enrichment import snapshots
from forensics.enrichment.bundle import MANIFEST_NAME, read_manifest
from forensics.enrichment.bundle_writer import Provenance, write_bundle, write_tables
from forensics.enrichment.importer import Imported, Options, importer_of
from forensics.enrichment.panel import WHOLE_V4
from forensics.enrichment.passive_dns import TABLE
from forensics.enrichment.source_file import SourceFile
from forensics.errors import DataError, StorageError, UsageError
from forensics.pipeline.clock import now
from forensics.pipeline.own_folder import user_folder

if TYPE_CHECKING:
    from forensics.enrichment.bundle import Manifest

UNKNOWN = "unknown"
OPEN_LICENCES = frozenset({
    "CC0-1.0", "PDDL-1.0", "CC-BY-4.0", "CC-BY-3.0", "CC-BY-SA-4.0", "CC-BY-SA-3.0", "ODbL-1.0", "ODC-By-1.0",
    "BSD-3-Clause", "MIT", "Apache-2.0",
})  # fmt: skip
"""SPDX identifiers under which data may be passed on. Whatever else the user writes counts as "not redistributable"."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_SHOWN = 20
WHOLE_TABLE = 1 << 30
"""Addresses that a whole IPv4 routing table announces at least: 1.4 thousand million in 2005, 2.8 in 2020."""


def folder() -> Path:
    """Return where a user's own snapshots lie: ``snapshots`` in the user's folder."""
    return user_folder() / "snapshots"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHand:
    """The folders that a command looks for snapshots in, and the ids of those that are in the user's own folder."""

    folders: tuple[Path, ...]
    own: Path | None = None
    ids: tuple[str, ...] = ()

    def told(self) -> str:
        """Say which snapshots of the user are at hand; "" if none is."""
        if not self.ids:
            return ""
        more = f" and {len(self.ids) - _SHOWN} more" if len(self.ids) > _SHOWN else ""
        listed = f"{', '.join(self.ids[:_SHOWN])}{more}"
        return f"Your own data in {self.own}: {listed} (--no-user-data leaves it out)"


def at_hand(given: tuple[Path, ...], *, own: bool) -> AtHand:
    """Return the folders given by the user, and the user's own folder if there is one and it is wanted.

    Raises:
        DataError: a snapshot in the user's own folder is damaged.
    """
    place = folder()
    if not own or not place.is_dir():
        return AtHand(folders=given)
    ids = tuple(table.manifest.id for table in snapshots.load(place, embedded=False))
    return AtHand(folders=(*given, place), own=place, ids=ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user says about a file to import; "" where nothing was said."""

    path: Path
    as_of: str = ""
    kind: str = ""
    licence: str = ""
    attribution: str = ""
    id: str = ""
    list_name: str = ""
    to: Path | None = None
    force_date: bool = False
    skip_bad_rows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of an import."""

    manifest: Manifest
    folder: Path
    importer: str
    made: Imported
    notes: tuple[str, ...]
    known: bool

    def as_json(self) -> dict[str, Any]:
        """Return the documented object."""
        ledger, manifest = self.made.ledger, self.manifest
        return {
            "schema": "forensics/import/1",
            "id": manifest.id,
            "kind": manifest.kind,
            "importer": self.importer,
            "as_of": manifest.as_of.isoformat(),
            "as_of_stated": self.made.as_of.isoformat() if self.made.as_of else None,
            "folder": str(self.folder),
            "licence": manifest.licence,
            "redistributable": manifest.redistributable,
            "source_sha256": manifest.source_sha256,
            "bundle_sha256": manifest.bundle_sha256,
            "rows": ledger.rows,
            "rows_v4": manifest.rows_v4,
            "rows_v6": manifest.rows_v6,
            "unused": dict(ledger.unused),
            "rejections": ledger.rejections,
            "rejected": [{"place": item.place, "reason": item.reason} for item in ledger.rejected],
            "notes": list(self.notes),
            "known": self.known,
        }

    def lines(self) -> list[str]:
        """Say the same in words."""
        ledger, manifest = self.made.ledger, self.manifest
        what = "names seen with" if manifest.kind == "passive_dns" else "ranges of"
        lines = [
            f"{'Already here' if self.known else 'Imported'}: {manifest.id}, {manifest.kind} as of {manifest.as_of}",
            f"    {ledger.rows} rows read; {manifest.rows_v4} {what} IPv4, {manifest.rows_v6} of IPv6 addresses",
            f"    licence: {manifest.licence}{'' if manifest.redistributable else ' (not to be passed on)'}",
            f"    in {self.folder}",
        ]
        lines += [f"    left out: {count} {rule}" for rule, count in ledger.unused.items()]
        lines += [f"    rejected: {item.place}: {item.reason}" for item in ledger.rejected[:_SHOWN]]
        return [*lines, *(f"    note: {note}" for note in self.notes)]


def import_file(wish: Wish) -> Done:
    """Read a file, check it, and write it as a snapshot into the user's own folder.

    Raises:
        UsageError: a date, licence, kind or id is missing or wrong.
        DataError: the file is damaged, is not recognised, or has rows that are not understood.
        StorageError: the snapshot cannot be written.
    """
    stated = _day(wish.as_of)
    if not wish.licence.strip():
        hint = f"Give --licence with its licence as an SPDX identifier or in words, or --licence {UNKNOWN}"
        raise UsageError("under which licence did you get this file?", where=wish.path.name, hint=hint)
    source = SourceFile(wish.path)
    name, importer = importer_of(source)
    made = importer.read(source, Options(kind=wish.kind, list_name=_slug_of(wish.list_name), day=stated))
    as_of, notes = _dated(source, made, stated, forced=wish.force_date)
    _check_rows(source, made, skip=wish.skip_bad_rows)
    provenance = _provenance(wish, source, made, as_of, (name, importer.title))
    notes += _coverage(made)
    if source.unfinished:
        notes.append("the last line has no line end: compare the file's digest, it may have been cut off")
    target = (wish.to or folder()) / provenance.id
    manifest, known = _written(target, provenance, made)
    return Done(
        manifest=manifest,
        folder=target,
        importer=name,
        made=made,
        notes=(*notes, *made.ledger.warnings),
        known=known,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"no date: {text!r}", where="--as-of", hint="Write YYYY-MM-DD") from error


def _slug_of(text: str) -> str:
    """Refuse a list name that is more than one word of plain letters."""
    if text and not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,59}", text):
        raise UsageError(
            f"not a name for a list: {text[:60]!r}", where="--list", hint="Write small letters, such as my-vpn-list"
        )
    return text


def _dated(source: SourceFile, made: Imported, stated: date | None, *, forced: bool) -> tuple[date, list[str]]:
    """Return the day of the data and what there is to say about it: never silently another day than the data's own."""
    if made.as_of is None and stated is None:
        hint = "Give --as-of YYYY-MM-DD: the day on which this was the state of things"
        hint += f"; its name says {made.named_day}" if made.named_day else ""
        raise UsageError("the file does not say of which day it is", where=source.name, hint=hint)
    notes = []
    if made.as_of is not None and stated is not None and stated != made.as_of:
        if not forced:
            hint = "Leave --as-of away, or add --force-date if you know better than the file"
            raise UsageError(f"the data says {made.as_of}, you say {stated}", where=source.name, hint=hint)
        notes.append(f"dated {stated} by your word; the data says {made.as_of}")
    day = stated or made.as_of
    if day is None:  # told apart above
        raise AssertionError
    if made.named_day is not None and made.named_day != day:
        notes.append(f"the file's name says {made.named_day}, not {day}: check which one is right")
    if day > now().date():
        notes.append(f"{day} lies in the future")
    return day, notes


def _check_rows(source: SourceFile, made: Imported, *, skip: bool) -> None:
    """Refuse a file with rows that are not understood, unless the user says otherwise, and a file without any row."""
    ledger = made.ledger
    held = made.names_seen.num_rows if made.names_seen is not None else len(made.v4 or ()) + len(made.v6 or ())
    first = "; ".join(f"{item.place}: {item.reason}" for item in ledger.rejected[:5])
    if ledger.rejections and not skip:
        hint = "Mend the file, or give --skip-bad-rows: then the wider prefix around a skipped row answers in its place"
        raise DataError(f"{ledger.rejections} rows are not understood ({first})", where=source.name, hint=hint)
    if not held:
        raise DataError(f"nothing to import in {ledger.rows} rows {f'({first})' if first else ''}", where=source.name)


def _coverage(made: Imported) -> list[str]:
    """Say what a table of origins does not cover, because a gap in it will be told as "not announced"."""
    if made.kind != "ip_asn" or made.v4 is None or made.v6 is None:
        return []
    notes = [f"holds no IPv{family} ranges" for family, held in ((4, made.v4), (6, made.v6)) if not len(held)]
    addresses = int(made.v4.sizes().sum())
    if 0 < addresses < WHOLE_TABLE:
        share = f"{100 * addresses / (1 << 32):.3g} %"
        silence = "counts as not announced" if len(made.v4) >= WHOLE_V4 else "is left to other snapshots"
        notes.append(f"covers {share} of IPv4, far from a whole routing table: what is not in it {silence}")
    return notes


def _provenance(wish: Wish, source: SourceFile, made: Imported, as_of: date, importer: tuple[str, str]) -> Provenance:
    """Return what the manifest says beside the tables."""
    name, title = importer
    licence = wish.licence.strip()
    given = wish.id or f"{name.replace('_', '-')}-{as_of}-{source.sha256[:8]}"
    if not _ID.fullmatch(given):
        raise UsageError(f"not an id: {given[:60]!r}", where="--id", hint="Write letters, digits, dots and hyphens")
    said = [f"{title}: {source.name}"]
    if made.as_of is not None and made.as_of != as_of:
        said.append(f"dated by the user's word, the data says {made.as_of}")
    if made.ledger.rejections:
        said.append(f"{made.ledger.rejections} of {made.ledger.rows} rows were not understood and skipped")
    return Provenance(
        id=given,
        kind=made.kind,
        as_of=as_of,
        published=None,
        source="; ".join(said),
        source_package=source.name,
        source_version="",
        source_sha256=source.sha256,
        licence=licence[:200],
        attribution=wish.attribution.strip()[:1000],
        redistributable=licence in OPEN_LICENCES,
    )


def _written(target: Path, provenance: Provenance, made: Imported) -> tuple[Manifest, bool]:
    """Write a snapshot under its name in one step; return its manifest and whether the very same one was there."""
    if any(table.manifest.id == provenance.id for table in snapshots.load()):
        raise UsageError("an embedded snapshot has this id", where=provenance.id, hint="Give another one with --id")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".import-") as work:
            fresh = Path(work) / "new"
            manifest = _tables(fresh, provenance, made)
            if (target / MANIFEST_NAME).exists() and read_manifest(target / MANIFEST_NAME) == manifest:
                return manifest, True
            if target.exists():
                raise UsageError("there is another snapshot with this id", where=str(target), hint="Give another --id")
            shutil.move(fresh, target)
    except OSError as error:
        raise StorageError(f"the snapshot cannot be written ({error.strerror})", where=str(target)) from error
    return manifest, False


def _tables(place: Path, provenance: Provenance, made: Imported) -> Manifest:
    """Write the tables and the manifest."""
    if made.names_seen is not None:
        v4 = sum(family == 4 for family in made.names_seen["family"].to_pylist())  # noqa: PLR2004 - IPv4
        rows = (v4, made.names_seen.num_rows - v4)
        return write_tables(place, provenance, {TABLE: made.names_seen}, rows=rows)
    if made.v4 is None or made.v6 is None:
        raise DataError("the importer made no table", where=provenance.source_package, hint="This is a defect of ours")
    return write_bundle(place, provenance, made.v4, made.v6, made.names)
