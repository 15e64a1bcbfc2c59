"""Registries as files: a folder for people, or one canonical file for cases and releases.

A folder holds ``registry.toml`` (schema, name, version, published, licence, maintainer, description, sample),
``sources.toml`` (``[[source]]`` tables) and ``records/*.toml``. A record file holds ``[[record]]`` tables and may hold
one ``[shared]`` table whose keys every record of that file has unless it says otherwise: twenty addresses of one report
stay readable.

Within an id, versions follow each other in record time; a record that says no ``version`` is numbered in that order.

A file (``*.jsonl``) holds the manifest and then one record a line, in canonical JSON. Both forms of one registry have
the same content, and the SHA-256 of the file is its digest, the release that a case names: a stranger checks it with
``sha256sum``. A registry of schema 1 keeps its schema and so its digest; its records are upgraded in memory only.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.errors import DataError, StorageError
from forensics.model import Record, Source
from forensics.registry.fields import Fields, fault
from forensics.registry.lines import read_line, write_canonical
from forensics.registry.record import SCHEMA, as_first, canonical_line, is_sound, parse_record, parse_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FIRST_SCHEMA = "forensics/registry/1"
PUBLISHED = Path(__file__).with_name("data") / "published"
_MANIFEST, _SOURCES, _RECORDS = "registry.toml", "sources.toml", "records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A registry: what it says about itself, every version of its records by id, and its digest (SHA-256, hex).

    ``sample`` marks fiction and travels into every report. ``folder`` is where it was read from; it is no part of it.
    ``schema`` is the one that its canonical file has.
    """

    name: str
    version: str
    published: date
    licence: str
    maintainer: str
    description: str
    sample: bool
    digest: str
    records: tuple[Record, ...]
    folder: Path = field(compare=False)
    schema: str = SCHEMA


def published() -> Registry:
    """Return the bundled registry of published indicators, which is used by default."""
    return load(PUBLISHED)


def load(path: Path) -> Registry:
    """Read a registry from a folder or from a canonical file.

    Raises:
        DataError: naming file, record and key; also when a file is not in canonical form, or when two versions of a
            record are current on one day of record time.
    """
    if path.is_dir():
        return assembled(*_from_folder(path), path)
    data = _read(path)
    registry = _beyond_doubt(data, path) or assembled(*_from_lines(data, path.name), path)
    if registry.digest != hashlib.sha256(data).hexdigest():  # that of the canonical bytes
        message = "the registry file is not in canonical form, so its digest names nothing"
        raise DataError(message, where=path.name, hint="Take the file as it was released")
    return registry


def _beyond_doubt(data: bytes, path: Path) -> Registry | None:
    """Return the registry of a canonical file of sound records; of any other nothing, for the slow reading to say why."""
    first, *lines = data.split(b"\n")
    head = _manifest(_json(first, f"{path.name}: line 1"), f"{path.name}: line 1")
    try:
        records = [read_line(line) for line in lines if line] if head["schema"] == SCHEMA else []
    except DataError:
        return None
    if not records or not all(map(is_sound, records)):
        return None
    found = assembled(head, records, path)
    return found if found.digest == hashlib.sha256(data).hexdigest() else None


def write(registry: Registry, folder: Path) -> Path:
    """Write the canonical file into a folder under the name of its digest, and return its path. The write is atomic.

    Raises:
        StorageError: the folder cannot be written.
    """
    target = folder / f"{registry.digest}.jsonl"
    partial = target.with_name(f".{target.name}.tmp")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(canonical(registry))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        message = f"cannot write the registry release: {error.strerror}"
        raise StorageError(message, where=target.name, hint="Free space or check permissions") from error
    return target


def canonical(registry: Registry) -> bytes:
    """Return the canonical bytes: the manifest's line, then the records by id and version."""
    head = {
        "name": registry.name,
        "version": registry.version,
        "published": registry.published,
        "licence": registry.licence,
        "maintainer": registry.maintainer,
        "description": registry.description,
        "sample": registry.sample,
        "schema": registry.schema,
    }
    return b"".join(_lines(head, registry.records))


def assembled(head: Mapping[str, Any], records: Iterable[Record], path: Path) -> Registry:
    """Return the registry of a manifest (the keys of ``canonical``) and records in any order, numbered and digested.

    Raises:
        DataError: two versions of a record are current on one day, or have one number.
    """
    ordered = _numbered(records, path.name)
    digest = hashlib.sha256()
    for line in _lines(head, ordered):
        digest.update(line)
    return Registry(**head, digest=digest.hexdigest(), records=ordered, folder=path)


def _lines(head: Mapping[str, Any], records: Iterable[Record]) -> Iterator[bytes]:
    first = head["schema"] == FIRST_SCHEMA
    yield canonical_line({**head, "published": head["published"].isoformat()})
    for record in records:
        yield canonical_line(as_first(record)) if first else write_canonical(record)


def _numbered(records: Iterable[Record], name: str) -> tuple[Record, ...]:
    ordered = sorted(records, key=lambda record: (record.id, record.recorded_at, record.version))
    for index, (earlier, later) in enumerate(pairwise(ordered)):
        if earlier.id != later.id:
            continue
        if earlier.superseded_at is None or earlier.superseded_at > later.recorded_at:
            raise fault(f"{name}: record {later.id}", "two versions of the record are current on the same day")
        if later.version <= earlier.version:
            if later.version != 1:
                raise fault(f"{name}: record {later.id}", f"two versions of the record have the number {later.version}")
            ordered[index + 1] = replace(later, version=earlier.version + 1)
    return tuple(ordered)


def _from_folder(folder: Path) -> tuple[dict[str, Any], list[Record]]:
    head = _manifest(_toml(folder / _MANIFEST), f"{folder.name}/{_MANIFEST}")
    sources = _shared_sources(folder)
    records: list[Record] = []
    for file in sorted((folder / _RECORDS).glob("*.toml")):
        records += _record_file(file, f"{folder.name}/{_RECORDS}/{file.name}", sources, head["schema"])
    if not records:
        raise fault(f"{folder.name}/{_RECORDS}", "the registry holds no records")
    return head, records


def _record_file(file: Path, where: str, sources: Mapping[str, Source], schema: str) -> list[Record]:
    table = Fields(_toml(file), where)
    shared = table.take("shared") if table.has("shared") else {}
    if not isinstance(shared, dict):
        raise fault(f"{where}: shared", "expected a table")
    records: list[Record] = []
    for index, item in enumerate(table.items("record")):
        if not isinstance(item, dict):
            raise fault(f"{where}: record[{index}]", "expected a table")
        name = f"{where}: record {str(item.get('id', index))[:80]}"
        records.append(parse_record({**shared, **item}, name, sources, schema=schema))
    table.done()
    return records


def _shared_sources(folder: Path) -> dict[str, Source]:
    path = folder / _SOURCES
    where = f"{folder.name}/{_SOURCES}"
    table = Fields(_toml(path) if path.exists() else {"source": []}, where)
    found: dict[str, Source] = {}
    for index, item in enumerate(table.items("source")):
        source = parse_source(item, f"{where}: source[{index}]")
        if source.id in found:
            raise fault(f"{where}: source[{index}]", f"the id {source.id!r} is taken")
        found[source.id] = source
    table.done()
    return found


def _from_lines(data: bytes, name: str) -> tuple[dict[str, Any], list[Record]]:
    first, *lines = data.split(b"\n")
    head = _manifest(_json(first, f"{name}: line 1"), f"{name}: line 1")
    records = [
        parse_record(_json(line, f"{name}: line {number}"), f"{name}: line {number}", schema=head["schema"])
        for number, line in enumerate(lines, start=2)
        if line
    ]
    return head, records


def _manifest(found: dict[str, Any], where: str) -> dict[str, Any]:
    table = Fields(found, where)
    schema = table.text("schema")
    if schema not in (FIRST_SCHEMA, SCHEMA):
        raise fault(f"{where}: schema", f"this is no registry of schema {SCHEMA!r} or {FIRST_SCHEMA!r}")
    texts = {key: table.text(key) for key in ("name", "version", "licence", "maintainer", "description")}
    head = {**texts, "schema": schema, "published": table.day("published"), "sample": table.flag("sample")}
    table.done()
    return head


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"cannot read the registry: {error.strerror}"
        raise DataError(message, where=path.name, hint="Name a registry folder or a released .jsonl file") from error


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"not a TOML file: {error}"
        raise DataError(message, where=path.name, hint="Correct the registry file") from error


def _json(line: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise fault(where, f"not a line of JSON: {error}") from error
    if not isinstance(found, dict):
        raise fault(where, "expected a JSON object")
    return found
