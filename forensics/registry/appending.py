"""Adding versions to a database, inside one transaction: what is new, what may follow, what stays a candidate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from forensics.errors import DataError
from forensics.registry.database import BLOCK, GENESIS, RECORD, VERSION
from forensics.registry.indicator import NETWORKS, blocks, canonical_indicator, span
from forensics.registry.lines import read_line
from forensics.registry.record import canonical_line, written
from forensics.registry.states import admitted, check_change
from forensics.registry.store import Appended

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from forensics.model import Record

_TOGETHER = 1000
_WHEN = ("version", "recorded_at", "superseded_at")


@dataclass(slots=True)
class _History:
    """The versions of one id that are in the store or about to be: their number in it, what each said, the last."""

    no: int
    said: set[bytes] = field(default_factory=set)
    last: Record | None = None


class Appending:
    """One transaction's additions. The caller holds the writers' lock."""

    def __init__(self, connection: Connection) -> None:
        """Find where the numbering and the chain go on."""
        self._connection = connection
        self._no = connection.execute(select(func.max(RECORD.c.no))).scalar() or 0
        head = connection.execute(
            select(VERSION.c.seq, VERSION.c.digest).order_by(VERSION.c.seq.desc()).limit(1)
        ).first()
        self._seq, self._digest = (head.seq, head.digest) if head else (0, GENESIS)
        self._seen: dict[str, int] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {"record": [], "version": [], "block": []}
        self._unchanged = 0
        self._held: list[str] = []

    def add(self, records: Iterable[Record]) -> Appended:
        """Add what is new."""
        before = self._seq
        for some in _chunks(records):
            histories = self._histories(some)
            for record in some:
                self._one(record, histories)
            self._flush()
        return Appended(added=self._seq - before, unchanged=self._unchanged, held=tuple(self._held))

    def _one(self, given: Record, histories: dict[str, _History]) -> None:
        if given.version <= self._seen.get(given.id, 0):
            what = f"version {given.version} of this id comes twice"
            raise DataError(what, where=f"record {given.id}", hint="Give every record an id of its own")
        self._seen[given.id] = given.version
        record, why = admitted(given)
        history = histories.get(record.id)
        if history is None:
            history = histories[record.id] = self._new(record)
        plain = written(record)
        said = _said(plain)
        last = history.last
        if last is not None and (
            _said(written(last)) == said or (record.version <= last.version and said in history.said)
        ):
            self._unchanged += 1
            return
        number = last.version + 1 if last else 1
        if record.version not in (1, number):
            what = f"version {record.version} arrives, but the store holds version {number - 1}"
            hint = "It was changed meanwhile: look the record up and change it again"
            raise DataError(what, where=f"record {record.id}", hint=hint)
        check_change(last, record)
        self._held += [why] if why else []
        history.last = record if record.version == number else replace(record, version=number)
        history.said.add(said)
        self._write(history.last, {**plain, "version": number}, history.no)

    def _new(self, record: Record) -> _History:
        if canonical_indicator(record.kind, record.network) != record.network:
            raise DataError("the indicator is not in canonical form", where=f"record {record.id}", hint="Correct it")
        self._no += 1
        self._rows["record"].append({"no": self._no, "id": record.id, "kind": record.kind, "network": record.network})
        if record.kind in NETWORKS:
            found = span(record.network)
            for first, length in blocks(found):
                self._rows["block"].append({"network": (found.version, first, length), "record_no": self._no})
        return _History(self._no)

    def _write(self, record: Record, plain: dict[str, Any], no: int) -> None:
        self._seq += 1
        line = canonical_line(plain)
        self._digest = chained(self._digest, line)
        self._rows["version"].append(
            {
                "record_no": no,
                "version": record.version,
                "seq": self._seq,
                "recorded_on": record.recorded_at,
                "state": record.state,
                "body": line.decode(),
                "digest": self._digest,
            }
        )

    def _histories(self, some: list[Record]) -> dict[str, _History]:
        """Return what the store holds of some ids."""
        wanted = sorted({record.id for record in some})
        rows = self._connection.execute(
            select(RECORD.c.no, VERSION.c.body)
            .join(VERSION, VERSION.c.record_no == RECORD.c.no)
            .where(RECORD.c.id.in_(wanted))
            .order_by(RECORD.c.no, VERSION.c.version)
        )
        found: dict[str, _History] = {}
        for row in rows:
            record = read_line(row.body)
            history = found.setdefault(record.id, _History(row.no))
            history.said.add(_said(written(record)))
            history.last = record
        return found

    def _flush(self) -> None:
        for table, name in ((RECORD, "record"), (VERSION, "version"), (BLOCK, "block")):
            if self._rows[name]:
                self._connection.execute(insert(table), self._rows[name])
                self._rows[name] = []


def chained(before: str, line: bytes) -> str:
    """Return the next digest of the chain: SHA-256 of the digest before (as hex text) and the line."""
    return hashlib.sha256(before.encode() + line).hexdigest()


def _said(plain: dict[str, Any]) -> bytes:
    """Return the digest of what a version says (as it is written), apart from when it was recorded."""
    kept = {key: value for key, value in plain.items() if key not in _WHEN}
    return hashlib.sha256(canonical_line(kept)).digest()


def _chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    rest = iter(records)
    while some := list(islice(rest, _TOGETHER)):
        yield some
