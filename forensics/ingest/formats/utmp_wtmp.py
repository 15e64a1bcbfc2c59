"""Linux login records (``wtmp``, ``btmp``, ``utmp``): who was on which terminal, from where, and when the machine started.

What it is: binary records of fixed size. ``wtmp`` holds sign-ins, sign-offs, starts, stops and changes of the clock;
``utmp`` who is signed in now; ``btmp`` refused sign-ins. The records are alike, so the file's *name* tells: sign-ins of a file
so named are failed logins and marked as such. Whatever the name, a record of the terminal ``ssh:notty`` is a refused
sign-in: sshd writes it nowhere else. A sign-off names the terminal, not the user; rows are not paired here.

How to obtain: as root copy ``/var/log/wtmp*``, ``/var/log/btmp*``, ``/run/utmp``. Copy the files; the output of ``last`` and
``lastb`` cuts names and addresses.

Time: seconds and microseconds since 1970 UTC. ``OLD_TIME`` and ``NEW_TIME`` records show that the clock was set.

Versions: 384 bytes (glibc with 32-bit times: x86 and most others), 400 bytes (64-bit times: aarch64, riscv64), both byte
orders. Debian 13 and openSUSE keep databases instead (``login_database``). Anyone with root rights can change these files
without a trace; zeroed records are a known sign of that and are counted.

Retention: commonly one rotated month of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.login_record_events import record_event
from forensics.ingest.utmp_records import Record, layout_of, record_of
from forensics.model import Event, Moment, ZoneBasis

_START = datetime(1970, 1, 1, tzinfo=UTC)


def claims(evidence: Evidence) -> bool:
    """Recognise the records by their structure."""
    return layout_of(evidence.head, evidence.size) is not None


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per record."""
    layout = layout_of(evidence.head, evidence.size)
    if layout is None:
        raise FieldError("no layout of login records fits")
    failed = "btmp" in evidence.basename.lower()
    with evidence.open() as stream:
        offset = 0
        for cell in iter(partial(stream.read, layout.size), b""):
            place = f"bytes:{offset}-{offset + len(cell)}"
            offset += len(cell)
            if len(cell) < layout.size:
                yield Flaw(place=place, reason="the last record is cut", excerpt=cell[:60].hex())
            elif not any(cell):
                yield Unused(rule="record of zeros")
            else:
                record = record_of(cell, layout)
                yield Row(evidence=evidence, place=place, fields={"record": record, "failed": failed})


def event(row: Row) -> Event | Unused:
    """Say what one record means."""
    record: Record = row.fields["record"]
    return record_event(row, record, _moment(record), named=row.fields["failed"])


def _moment(record: Record) -> Moment:
    seconds = f"{record.seconds}.{record.micros:06d}"
    if record.seconds is None or not 0 < record.seconds < 4_102_444_800:  # noqa: PLR2004 - the years 1970 to 2100
        return Moment(utc=None, text=seconds)
    return Moment(
        utc=_START + timedelta(seconds=record.seconds, microseconds=record.micros), text=seconds, zone=ZoneBasis.EPOCH
    )


FORMAT = Format(title="Linux login records (wtmp, btmp, utmp)", provider="linux", claims=claims, rows=rows, event=event)
