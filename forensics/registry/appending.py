"""Adding versions to a database, inside one transaction: what is new, what may follow, what stays a candidate."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from dataclasses import fields as columns
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from forensics.errors import DataError
from forensics.model import Record
from forensics.registry.casting import Cast, Version, line_of, whole
from forensics.registry.database import GENESIS, RECORD, VERSION, among
from forensics.registry.indicator import NETWORKS, blocks, canonical_indicator, span
from forensics.registry.lines import read_line, write_bytes
from forensics.registry.row_writing import NewRows
from forensics.registry.states import admitted, check_change
from forensics.registry.store import Appended

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

_TOGETHER = 1000
_WRITTEN_TOGETHER = 5000
"""So many versions are written at once: the more, the more of them share a page of an index."""
_BITS = {4: 32, 6: 128}
_HELD = (
    "SELECT r.no, v.body FROM registry_record r JOIN registry_version v ON v.record_no = r.no WHERE r.id {}"
    " ORDER BY r.no, v.version"
)


@dataclass(slots=True)
class _History:
    """The versions of one id that are in the store or about to be: their number in it, what each said, the last."""

    no: int
    said: list[Record] = field(default_factory=list)

    @property
    def last(self) -> Record | None:
        """The version that the next one follows."""
        return self.said[-1] if self.said else None


class Appending:
    """One transaction's additions. The caller holds the writers' lock."""

    def __init__(self, connection: Connection) -> None:
        """Find where the numbering and the chain go on."""
        self._connection = connection
        self._no = connection.execute(select(func.max(RECORD.c.no))).scalar() or 0
        head = connection.execute(
            select(VERSION.c.seq, VERSION.c.digest).order_by(VERSION.c.seq.desc()).limit(1)
        ).first()
        self._seq: int = head.seq if head else 0
        self._digest: str = head.digest if head else GENESIS
        self._seen: dict[str, int] = {}
        self._rows = NewRows()
        self._unchanged = 0
        self._held: list[str] = []

    def add(self, records: Iterable[Version]) -> Appended:
        """Add what is new."""
        before = self._seq
        for some in _chunks(records):
            names = {record.id for record in some}
            if not names.isdisjoint(self._seen):
                self._rows.write(self._connection)  # an earlier version of the same id may be waiting
            histories = self._histories(names)
            for record in some:
                self._one(record, histories)
            if len(self._rows.versions) >= _WRITTEN_TOGETHER:
                self._rows.write(self._connection)
        self._rows.write(self._connection)
        return Appended(added=self._seq - before, unchanged=self._unchanged, held=tuple(self._held))

    def _one(self, given: Version, histories: dict[str, _History]) -> None:
        name, before = given.id, self._seen.get(given.id, 0)
        if given.version <= before:
            what = f"version {given.version} of this id comes twice"
            raise DataError(what, where=f"record {name}", hint="Give every record an id of its own")
        self._seen[name] = given.version
        if name not in histories:
            if isinstance(given, Cast) and given.mould.enters and not before:
                self._first(given)
                return
            if before:  # a cast, whose row is waiting
                self._rows.write(self._connection)
                histories |= self._histories({name})
        self._follow(whole(given), histories)

    def _follow(self, given: Record, histories: dict[str, _History]) -> None:
        """Add a version after those that are there, if it says anything else."""
        record, why = admitted(given)
        history = histories.get(record.id)
        if history is None:
            history = histories[record.id] = _History(self._numbered(record.id, record.kind, record.network))
        last = history.last
        if last is not None:
            # A later version may go back to what an earlier one said; a proposal that was made before is no news.
            earlier = history.said if record.version <= last.version else [last]
            if any(_says(one) == _says(record) for one in earlier):
                self._unchanged += 1
                return
        number = last.version + 1 if last else 1
        if record.version not in (1, number):
            what = f"version {record.version} arrives, but the store holds version {number - 1}"
            hint = "It was changed meanwhile: look the record up and change it again"
            raise DataError(what, where=f"record {record.id}", hint=hint)
        check_change(last, record)
        if why:
            self._held.append(why)
        if record.version != number:
            record = replace(record, version=number)
        history.said.append(record)
        self._write(history.no, record, write_bytes(record))

    def _first(self, cast: Cast) -> None:
        """Add the first version of an id as its cast: there is nothing to compare it with, so nobody asks for its record."""
        no = self._numbered(cast.id, cast.kind, cast.network)
        self._write(no, cast.mould.record, line_of(cast))

    def _numbered(self, name: str, kind: str, network: str) -> int:
        """Give a new id its number."""
        if canonical_indicator(kind, network) != network:
            raise DataError("the indicator is not in canonical form", where=f"record {name}", hint="Correct it")
        self._no += 1
        self._rows.records.append((self._no, name, kind, network))
        if kind in NETWORKS:
            found = span(network)
            if found.first == found.last:
                self._rows.blocks.append(((found.version, found.first, _BITS[found.version]), self._no))
            else:
                self._rows.blocks += [((found.version, *block), self._no) for block in blocks(found)]
        return self._no

    def _write(self, no: int, record: Record, line: bytes) -> None:
        """Add the row of a version; ``record`` may be another that casts of this line are made from."""
        self._seq += 1
        self._digest = _chained(self._digest, line)
        day = record.recorded_at.isoformat()
        row = (no, record.version, self._seq, day, record.state, line.decode(), self._digest)
        self._rows.versions.append(row)

    def _histories(self, names: set[str]) -> dict[str, _History]:
        """Return what the store holds of some ids."""
        found: dict[str, _History] = {}
        for row in among(self._connection, _HELD, sorted(names)):
            record = read_line(row.body)
            history = found.setdefault(record.id, _History(row.no))
            history.said.append(record)
        return found


def chained(before: str, line: str) -> str:
    """Return the next digest of the chain: SHA-256 of the digest before (as hex text) and the line."""
    return _chained(before, line.encode())


def _chained(before: str, line: bytes) -> str:
    return hashlib.sha256(before.encode() + line).hexdigest()


_RECORDING = ("version", "recorded_at", "superseded_at")
_says = attrgetter(*(column.name for column in columns(Record) if column.name not in _RECORDING))
"""What a version says, apart from when it was recorded."""


def _chunks(records: Iterable[Version]) -> Iterator[list[Version]]:
    rest = iter(records)
    while some := list(islice(rest, _TOGETHER)):
        yield some
