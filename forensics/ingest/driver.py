"""Recognise a member, read it, and account for every row.

The driver is the only place that catches what a row or a damaged member throws. It turns each failure into a
``Rejection`` with its place, keeps everything read before, and returns the member's line of the coverage ledger.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol, TypeVar

from forensics.event_table import event_schema, values_to_batch
from forensics.ingest.alike import Alike
from forensics.ingest.alike_records import AlikeRecords
from forensics.ingest.csv_rows import CsvRows
from forensics.ingest.evidence import DAMAGE, Evidence
from forensics.ingest.format import Batch, FieldError, Flaw, Format, ReadyRows, Row, Stated, Stretch, Unused, Values
from forensics.model import Event, MemberCoverage, Rejection
from forensics.sentence import template

if TYPE_CHECKING:
    import pyarrow as pa

    from forensics.ingest.record_caster import RecordCaster

T = TypeVar("T")

BATCH_ROWS = 16_384

_COLUMNS = tuple(item.name for item in dataclasses.fields(Event))
_values_of: Callable[[Event], Values] = attrgetter(*_COLUMNS)
_PLACE = _COLUMNS.index("place")


class Sink(Protocol):
    """Where the driver puts what it reads; the pipeline gives one that writes Parquet parts."""

    def events(self, batch: pa.RecordBatch) -> None:
        """Take a batch of events in evidence order."""

    def rejection(self, rejection: Rejection) -> None:
        """Take one rejection."""


DEFECT = "a defect of this tool, please report it"
"""How a rejection begins that no evidence, only a mistake of ours can cause; tests and fuzzing fail on it."""


def recognise(evidence: Evidence, formats: Mapping[str, Format]) -> tuple[str, ...]:
    """Return the names of the formats that claim the member; more than one is a defect of ours and is reported."""
    claimed: list[str] = []
    crashed: list[str] = []
    for name, candidate in formats.items():
        try:
            if (candidate.media or not evidence.is_media) and candidate.claims(evidence):
                claimed.append(name)
        except Exception:  # noqa: BLE001 - a crash over one member never stops the run: reading it tells the crash
            crashed.append(name)
    return tuple(claimed or crashed)


def statements(evidence: Evidence, chosen: Format) -> tuple[Stated, ...]:
    """Return what a member says about its whole export; damage says nothing (reading it will tell)."""
    if chosen.states is None:
        return ()
    try:
        return tuple(chosen.states(evidence))
    except Exception:  # noqa: BLE001 - damage or a crash says nothing here; reading the member tells it
        return ()


def read_member(
    evidence: Evidence, formats: Mapping[str, Format], sink: Sink, names: tuple[str, ...] | None = None
) -> MemberCoverage:
    """Read one member into the sink and return its coverage line; ``names`` are its claimants where already known."""
    if evidence.size == 0:
        return _idle(evidence, "not_used", template("empty file"))
    names = recognise(evidence, formats) if names is None else names
    if not names:
        return _idle(evidence, "unrecognised", template("no format recognises it"))
    ledger = _Ledger(evidence, names[0], sink)
    if len(names) > 1:
        ledger.flaw(Flaw(place="", reason=f"claimed by several formats ({', '.join(names)}); read by the first"))
    if formats[names[0]].batches is not None:
        ledger.run_bulk(formats[names[0]])
    else:
        ledger.run_rows(formats[names[0]])
    return ledger.close()


def _tried(event: Callable[[Row], Event | Unused], row: Row) -> Event | None:
    """Return the event of a row that stands in no evidence; whatever it throws says only that there is none."""
    try:
        meaning = event(row)
    except Exception:  # noqa: BLE001 - nothing of the evidence is lost: its own rows are read
        return None
    return meaning if isinstance(meaning, Event) else None


def _defect(place: str, error: Exception) -> Flaw:
    return Flaw(place=place, reason=f"{DEFECT}: {type(error).__name__}: {error}"[:300])


def _idle(evidence: Evidence, status: str, rule: str) -> MemberCoverage:
    return MemberCoverage(
        exhibit=evidence.exhibit,
        name=evidence.name,
        member=evidence.member,
        size=evidence.size,
        format="",
        status=status,
        rows=1,
        events=0,
        rejections=0,
        unused={rule: 1},
    )


class _Ledger:
    """Counts of one member while it is read."""

    def __init__(self, evidence: Evidence, name: str, sink: Sink) -> None:
        self.evidence = evidence
        self.name = name
        self.sink = sink
        self.held: list[Values] = []
        self.events = 0
        self.rejections = 0
        self.unused: Counter[str] = Counter()

    def run_rows(self, chosen: Format) -> None:
        """Drive the row lane."""
        if chosen.rows is None or chosen.event is None:
            return
        event, rows = chosen.event, chosen.rows(self.evidence)
        if isinstance(chosen.alike, Alike) and isinstance(rows, CsvRows):
            self._table(chosen.alike, event, rows)
        else:
            self._rows(event, rows, chosen.alike if isinstance(chosen.alike, AlikeRecords) else None)

    def _table(self, alike: Alike, event: Callable[[Row], Event | Unused], table: CsvRows) -> None:
        def account(found: Row | Flaw | Unused) -> Event | None:
            if isinstance(found, Row):
                return self._meaning(event, found)
            self._apart(found)
            return None

        from forensics.ingest.line_caster import LineCaster  # it needs NumPy and Arrow: only where rows are alike

        caster = LineCaster(self.evidence, table.tabled(alike), account)
        for found in self._guarded(caster.events()):
            if isinstance(found, Event):
                self._hold(found)
            elif isinstance(found, Flaw):
                self.flaw(found)
            else:
                at_once, one = partial(caster.batch, found), partial(caster.row, found)
                self._together(at_once, one, len(found), f"line:{found.first}")

    def _apart(self, found: Flaw | Unused) -> None:
        """Account for what is no row."""
        if isinstance(found, Flaw):
            self.flaw(found)
        else:
            self.unused[found.rule] += found.rows

    def _rows(
        self,
        event: Callable[[Row], Event | Unused],
        rows: Iterator[Row | Stretch | ReadyRows | Flaw | Unused],
        alike: AlikeRecords | None = None,
    ) -> None:
        meaning = partial(self._meaning, event)
        caster = self._caster(alike, event) if alike else None
        for row in self._guarded(rows):
            if isinstance(row, Row):
                self._hold(meaning(row))
            elif isinstance(row, ReadyRows):
                self._ready(row, event)
            elif isinstance(row, Flaw | Unused):
                self._apart(row)
            else:
                self._stretch(caster, row, meaning)

    def _ready(self, rows: ReadyRows, event: Callable[[Row], Event | Unused]) -> None:
        """Take rows that are ready; a crash over them has them read one by one."""
        try:
            values = rows.values()
        except Exception as error:  # noqa: BLE001 - a crash over some rows never costs them all
            warnings.warn(f"read one by one, please report it: {error!r}", RuntimeWarning, stacklevel=2)
            self._rows(event, rows.rows())
            return
        self.held += values
        self.events += len(values)
        if len(self.held) >= BATCH_ROWS:
            self._flush()

    def _caster(self, alike: AlikeRecords, event: Callable[[Row], Event | Unused]) -> RecordCaster:
        from forensics.ingest.record_caster import RecordCaster  # NumPy and Arrow, as above

        return RecordCaster(self.evidence, alike, partial(self._meaning, event), partial(_tried, event))

    def _stretch(self, caster: RecordCaster | None, rows: Stretch, meaning: Callable[[Row], Event | None]) -> None:
        def one(at: int) -> Event | None:
            return meaning(rows.row(at))

        if caster is not None:
            self._together(partial(caster.batch, rows), one, len(rows.values), f"{rows.list}/{rows.first}")
            return
        for at in range(len(rows.values)):
            self._hold(one(at))

    def _meaning(self, event: Callable[[Row], Event | Unused], row: Row) -> Event | None:
        """Return the event of a row, or account for the row otherwise."""
        try:
            meaning = event(row)
        except FieldError as error:
            self.flaw(Flaw(place=row.place, reason=str(error), excerpt=repr(dict(row.fields))[:200]))
            return None
        except Exception as error:  # noqa: BLE001 - a crash over one row never stops the run
            self.flaw(_defect(row.place, error))
            return None
        if isinstance(meaning, Unused):
            self.unused[meaning.rule] += meaning.rows
            return None
        return meaning

    def _hold(self, event: Event | None) -> None:
        if event is None:
            return
        self.held.append(_values_of(event))
        self.events += 1
        if len(self.held) >= BATCH_ROWS:
            self._flush()

    def _together(
        self, batch_of: Callable[[], pa.RecordBatch | None], one: Callable[[int], Event | None], rows: int, first: str
    ) -> None:
        """Take many rows at once, behind those that are held; a crash there has them read one by one."""
        self._flush()
        before = self.rejections, self.unused.total()
        try:
            batch = batch_of()
        except Exception as error:  # noqa: BLE001 - a crash over many rows never costs them all
            if before != (self.rejections, self.unused.total()):  # some are accounted for: say what is lost
                self.flaw(_defect(first, error))
                return
            warnings.warn(f"read one by one, please report it: {error!r}", RuntimeWarning, stacklevel=2)
            for at in range(rows):
                self._hold(one(at))
            return
        if batch is not None:
            self.sink.events(batch)
            self.events += batch.num_rows

    def run_bulk(self, chosen: Format) -> None:
        """Drive the bulk lane."""
        for batch in self._guarded(chosen.batches(self.evidence) if chosen.batches else iter(())):
            if not isinstance(batch, Batch):
                self.flaw(batch)
                continue
            self.sink.events(batch.events)
            self.events += batch.events.num_rows
            for rejection in batch.rejections:
                self.sink.rejection(rejection)
            self.rejections += len(batch.rejections)
            self.unused.update(batch.unused)

    def _guarded(self, rows: Iterator[T]) -> Iterator[T | Flaw]:
        """Pass rows on; a container or stream that breaks in the middle becomes a last flaw."""
        try:
            yield from rows
        except FieldError as error:
            yield Flaw(place="", reason=f"not readable as {self.name}: {error}")
        except DAMAGE as error:
            read = self.events + self.rejections + self.unused.total()
            yield Flaw(place="", reason=f"damaged after {read:,} rows: {type(error).__name__}: {error}"[:300])
        except Exception as error:  # noqa: BLE001 - a crash over one member never stops the run
            yield _defect("", error)

    def flaw(self, flaw: Flaw) -> None:
        """Reject a row or the rest of the member."""
        self.rejections += 1
        self.sink.rejection(
            Rejection(
                exhibit=self.evidence.exhibit,
                member=self.evidence.member,
                place=flaw.place,
                format=self.name,
                reason=flaw.reason,
                excerpt=flaw.excerpt[:200],
            )
        )

    def _flush(self) -> None:
        held, self.held = self.held, []
        if not held:
            return
        try:
            batch = values_to_batch(held, event_schema())
        except Exception as error:  # noqa: BLE001 - a value that no column holds costs its row, not the run
            if len(held) == 1:
                self.events -= 1
                self.flaw(_defect(held[0][_PLACE], error))
                return
            for part in (held[: len(held) // 2], held[len(held) // 2 :]):
                self.held = part
                self._flush()
            return
        self.sink.events(batch)

    def close(self) -> MemberCoverage:
        """Write what is held and return the member's line."""
        self._flush()
        return MemberCoverage(
            exhibit=self.evidence.exhibit,
            name=self.evidence.name,
            member=self.evidence.member,
            size=self.evidence.size,
            format=self.name,
            status="read",
            rows=self.events + self.rejections + self.unused.total(),
            events=self.events,
            rejections=self.rejections,
            unused=dict(sorted(self.unused.items())),
        )
