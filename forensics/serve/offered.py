"""Collections: one for each marking, its objects in the order in which this server first offered them.

TAXII pages and resumes by the time at which an object was added to the server (TAXII 2.1 section 3.4). A record has days
only, and an import may bring old ones; so the server keeps a ledger of its own: a version that it has never offered gets a
time later than every time given before. A client that resumes where it stopped can miss nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from forensics.errors import DataError, StorageError
from forensics.registry.lines import write_canonical
from forensics.serve import stix
from forensics.serve.sight import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from forensics.model import Record
    from forensics.serve.sight import Sight
    from forensics.serve.stix import Object

_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """One version of an object, and when the server first offered it (UTC, unique within the collection)."""

    at: datetime
    version: str
    value: Object

    @property
    def id(self) -> str:
        """The id of the object."""
        return str(self.value["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """The objects of the records of one marking, by the time they were added."""

    id: str
    tlp: str
    records: int
    objects: tuple[Added, ...]

    def after(self, moment: datetime | None) -> Sequence[Added]:
        """Return what was added later than a moment."""
        return (
            self.objects
            if moment is None
            else self.objects[bisect_right(self.objects, moment, key=lambda one: one.at) :]
        )


def collection_id(tlp: str) -> str:
    """Return the id of the collection of a marking, the same on every server."""
    return str(uuid.uuid5(NAMESPACE, f"collection:{tlp}"))


class Ledger:
    """When each version was first offered: a file of JSON lines that is only added to."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        """Read nothing yet."""
        self._path, self._now = path, now
        self._held: dict[str, datetime] | None = None
        self._last = datetime.min.replace(tzinfo=UTC)

    def times(self, wanted: Iterable[tuple[str, int]]) -> list[datetime]:
        """Return the first of as many consecutive microseconds as each key needs; new keys get later ones.

        Raises:
            DataError: the ledger is damaged.
            StorageError: it cannot be written.
        """
        held = self._held if self._held is not None else self._read()
        found: list[datetime] = []
        fresh: list[str] = []
        for key, count in wanted:
            at = held.get(key)
            if at is None:
                at = max(self._now(), self._last + _STEP)
                self._last = at + count * _STEP
                held[key] = at
                fresh.append(json.dumps({"at": text_of(at), "count": count, "key": key}) + "\n")
            found.append(at)
        if fresh:
            self._append("".join(fresh).encode())
        return found

    def _read(self) -> dict[str, datetime]:
        self._held = {}
        try:
            lines = self._path.read_text(encoding="ascii").splitlines() if self._path.exists() else []
            for line in lines:
                item = json.loads(line)
                at = datetime.fromisoformat(item["at"])
                self._held.setdefault(item["key"], at)
                self._last = max(self._last, at + int(item["count"]) * _STEP)
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._held = None
            hint = "Delete the file: clients then read every collection from the beginning"
            raise DataError("the ledger of the TAXII server is damaged", where=self._path.name, hint=hint) from error
        return self._held

    def _append(self, lines: bytes) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._held = None
            raise StorageError(
                f"cannot be written: {error.strerror}", where=self._path.name, hint="Free space or check permissions"
            ) from error


def collection_of(sight: Sight, ledger: Ledger) -> Collection:
    """Return the collection of a sight's own marking: what it shows of that marking, and nothing below or above."""
    tlp = sight.tlp
    made: list[tuple[str, list[Object]]] = []
    ids = 0
    names: set[str] = set()
    for registry in sight.registries:
        for _, held in groupby(registry.records, key=lambda record: record.id):
            versions = [record for record in held if record.tlp == tlp]
            ids += bool(versions)
            if versions:
                names.add(registry.maintainer)
            objects = stix.objects_of(versions, registry.maintainer, tlp)
            made += [(_key(tlp, record), new) for record, new in zip(versions, objects, strict=True)]
    if not made:
        return Collection(id=collection_id(tlp), tlp=tlp, records=0, objects=())
    made.insert(0, (f"marking:{tlp}", [stix.marking(tlp)]))
    made[1:1] = [(f"identity:{tlp}:{_short(name)}", [stix.identity(name, tlp)]) for name in sorted(names)]
    times = ledger.times((key, len(objects)) for key, objects in made)
    added = sorted(
        (
            Added(at=at + place * _STEP, version=_version(value, at), value=value)
            for at, (_, objects) in zip(times, made, strict=True)
            for place, value in enumerate(objects)
        ),
        key=lambda one: one.at,
    )
    return Collection(id=collection_id(tlp), tlp=tlp, records=ids, objects=tuple(_once(added)))


def text_of(moment: datetime) -> str:
    """Return a TAXII timestamp (RFC 3339, UTC, microseconds)."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _version(value: Object, at: datetime) -> str:
    """Return what TAXII calls the version: when an object was modified, created, or else added (section 3.4.1)."""
    return str(value.get("modified") or value.get("created") or text_of(at))


def _once(added: Iterable[Added]) -> Iterable[Added]:
    """Yield every version of an object once: two records may name one address."""
    seen: set[tuple[str, str]] = set()
    for one in added:
        key = (one.id, one.version if "modified" in one.value else "")
        if key not in seen:
            seen.add(key)
            yield one


def _key(tlp: str, record: Record) -> str:
    said = replace(record, superseded_at=None)  # that a version has a successor is told by the successor
    return f"record:{tlp}:{hashlib.sha256(write_canonical(said)).hexdigest()}"


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
