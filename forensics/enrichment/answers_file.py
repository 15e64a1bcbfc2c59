"""An answer book as one file, so that it can be carried from an online machine to one that is not.

A ZIP archive whose bytes depend on the answers alone: members stored, sorted, dated 1980-01-01. It holds ``manifest.json``,
``replies/<sha256>.json`` and ``raw/<sha256>``. On reading nothing is trusted: names, sizes and digests are checked before
anything is used, and no name of the archive is ever a path to write to.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from forensics.enrichment import records
from forensics.enrichment.answers import MAX_REPLIES, RAW, REPLIES
from forensics.enrichment.records import Record
from forensics.errors import DataError

SCHEMA = "forensics/answers/1"
MANIFEST = "manifest.json"
DISCLOSES = (
    "These answers name the addresses that were asked about, when, from where to whom, and what was answered. Whoever has this"
    " file learns which addresses the case is about."
)
_MEMBER = re.compile(r"manifest\.json|replies/[0-9a-f]{64}\.json|raw/[0-9a-f]{64}")
_MAX_RAW = 4_000_000
_MAX_WHOLE = 1_000_000_000
_STAMP = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of a book by name inside the book, checked; ``records`` are its replies."""

    records: Mapping[str, Record]
    folder: Path | None = None
    archive: Path | None = None

    def __len__(self) -> int:
        """Return how many replies there are."""
        return len(self.records)

    def of(self, record: Record) -> Iterator[tuple[str, bytes]]:
        """Yield the files of one reply, raw bytes first, each checked against its name."""
        if record.reply.sha256:
            yield f"{RAW}/{record.reply.sha256}", self._read(f"{RAW}/{record.reply.sha256}", record.reply.sha256)
        name = f"{REPLIES}/{record.name}.json"
        yield name, self._read(name, record.name)

    def _read(self, name: str, digest: str) -> bytes:
        where = str(self.folder or self.archive)
        try:
            if self.folder is not None:
                with (self.folder / name).open("rb") as stream:
                    data = stream.read(_MAX_RAW + 1)
            else:
                with zipfile.ZipFile(str(self.archive)) as archive, archive.open(name) as member:
                    data = member.read(_MAX_RAW + 1)
        except (OSError, KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise DataError(f"{name} is missing or damaged", where=where, hint=_HINT) from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise DataError(f"{name} does not have the digest of its name", where=where, hint=_HINT)
        return data


_HINT = "Export the answers again where they were sealed: forensics answers export"


def open_book(path: Path) -> Files:
    """Open an exported file, a book folder, or the book of a case; ``DataError`` where it is none or damaged."""
    if path.is_dir():
        folder = path / "answers" if (path / "answers").is_dir() else path
        if not (folder / REPLIES).is_dir():
            raise DataError("no recorded answers here", where=str(path), hint="Give an exported file, or a case")
        found = {}
        for item in sorted((folder / REPLIES).glob("*.json")):
            with item.open("rb") as stream:
                record = records.decode(stream.read(records.MAX_RECORD + 1), str(item))
            _require(record.name == item.stem, f"{item.name} does not have the digest of its name", path)
            found[record.name] = record
        return Files(records=found, folder=folder)
    return Files(records=_read_archive(path), archive=path)


def digest_of(names: Iterable[str]) -> str:
    """Return the digest of a book: of the names of its records, sorted."""
    return hashlib.sha256("".join(f"{name}\n" for name in sorted(names)).encode()).hexdigest()


def write(files: Iterator[tuple[str, bytes]], stream: BinaryIO, count: int, digest: str) -> None:
    """Write a book as one file; ``files`` sorted by name. Equal answers give equal bytes."""
    manifest = {"schema": SCHEMA, "replies": count, "digest": digest, "discloses": DISCLOSES}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        _put(archive, MANIFEST, (json.dumps(manifest, indent=2, sort_keys=True) + "\n").encode())
        for name, data in files:
            _put(archive, name, data)


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _STAMP)
    info.external_attr = 0o644 << 16
    info.create_system = 3
    archive.writestr(info, data)


def _read_archive(path: Path) -> dict[str, Record]:
    """Check the list of an archive before any member is read, then its replies."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            _require(len(names) <= 2 * MAX_REPLIES + 1, "too many members", path)
            _require(len(names) == len(set(names)), "a name stands twice", path)
            _require(MANIFEST in names, f"no {MANIFEST}: not a file of answers", path)
            for info in infos:
                _require(bool(_MEMBER.fullmatch(info.filename)), f"a strange name {info.filename[:80]!a}", path)
                _require(info.compress_type == zipfile.ZIP_STORED, f"{info.filename} is compressed", path)
                _require(not info.flag_bits & 1, f"{info.filename} is encrypted", path)
                _require(info.file_size == info.compress_size <= _MAX_RAW, f"{info.filename} is too large", path)
            _require(sum(info.file_size for info in infos) <= _MAX_WHOLE, "too large", path)
            found = {}
            for info in infos:
                if info.filename.startswith(f"{REPLIES}/"):
                    record = records.decode(archive.read(info)[: records.MAX_RECORD + 1], info.filename)
                    _require(
                        f"{REPLIES}/{record.name}.json" == info.filename, f"{info.filename} is not its digest", path
                    )
                    found[record.name] = record
            _check_whole(json.loads(archive.read(MANIFEST)), found, set(names), path)
    except (OSError, ValueError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise DataError("not a file of answers, or damaged", where=str(path), hint=_HINT) from error
    return found


def _check_whole(manifest: object, found: Mapping[str, Record], names: set[str], path: Path) -> None:
    """Refuse an archive that lacks a raw reply, holds one that nothing names, or is not what its manifest says."""
    raw = {f"{RAW}/{record.reply.sha256}" for record in found.values() if record.reply.sha256}
    held = {name for name in names if name.startswith(f"{RAW}/")}
    _require(raw == held, "raw replies are missing, or some belong to nothing", path)
    digest = digest_of(found)
    fits = isinstance(manifest, dict) and manifest.get("schema") == SCHEMA and manifest.get("digest") == digest
    _require(fits, "the manifest says something else", path)


def _require(condition: bool, what: str, path: Path) -> None:  # noqa: FBT001 - a guard
    if not condition:
        raise DataError(f"the answers cannot be used: {what}", where=str(path), hint=_HINT)
