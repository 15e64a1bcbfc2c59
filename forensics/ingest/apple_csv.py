"""Tables of Apple's privacy export: headers found anywhere near the top, notes below, times without a zone.

Apple writes times like a database (``2026-03-11 02:49:39``), without a zone; public readers take them as UTC, which no
documentation of Apple confirms: the zone is a rule of the format, unverified. ``03-11-2026 02:49:39`` (month first) is
known from a public reader. A time in another spelling costs its row nothing: its text is kept without an instant.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from forensics.ingest import fields, stated_times
from forensics.ingest.csv_rows import csv_rows
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Row, Unused
from forensics.model import UNDATED, Moment, ZoneBasis

PROVIDER = "apple"
SERVICE = "Apple Account"
ACCOUNT = "apple.account"
"""The fact that the account's own table states about its export: the Apple ID."""
NOTE_UTC = "Apple writes no zone; read as UTC, as public readers do (unverified)"
SHOWN = 30
"""Lines from the top among which a header may stand."""

_MONTH_FIRST = re.compile(r"(\d{2})-(\d{2})-(\d{4}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?)")
_ABSENT = frozenset({"n/a", "na", "none", "null", "-", "--", "not available"})
_ONE_CELL = "1 cells under"


def plain(name: str) -> str:
    """Spell a column's name the same way in all files: lower case, single spaces."""
    return " ".join(re.sub(r"[_-]", " ", name.replace("\ufeff", "")).lower().split())


def names(cells: tuple[str, ...]) -> frozenset[str]:
    """Return the plain names of a header's cells."""
    return frozenset(plain(cell) for cell in cells if cell.strip())


def has_header(evidence: Evidence, is_header: Callable[[tuple[str, ...]], bool]) -> bool:
    """Whether one of the first lines is the header; notes may stand above it."""
    if (
        evidence.is_json
        or "," not in evidence.text_head
        or (b"\x00" in evidence.head and evidence.head[:2] not in (b"\xff\xfe", b"\xfe\xff"))
    ):
        return False
    return any(map(is_header, _first_cells(evidence.text_head)))


@lru_cache(maxsize=2)  # several formats ask the same of a member
def _first_cells(head: str) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys(_cells(line) for line in islice(head.splitlines(), SHOWN)))


def _cells(line: str) -> tuple[str, ...]:
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line[:20_000]]), []))
    except csv.Error:
        return ()


def rows(evidence: Evidence, is_header: Callable[[tuple[str, ...]], bool]) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per record with plain column names; notes of one cell below the header are left out by rule."""
    for row in csv_rows(evidence, is_header):
        if isinstance(row, Flaw) and row.reason.startswith(_ONE_CELL) and not _holds_data(row.excerpt):
            yield Unused(rule="note in the table that is no record")
        else:
            yield row


def _holds_data(line: str) -> bool:
    parts = re.split(r"[\s,;\"]+", line)
    return any(fields.parse_ip(part) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", part[:10]) for part in parts)


def columns(row: Row) -> Mapping[str, str]:
    """Return the cells by plain column name; cells that say "N/A" are empty."""
    return {
        plain(name): "" if str(value).strip().lower() in _ABSENT else str(value) for name, value in row.fields.items()
    }


def cell(found: Mapping[str, str], *wanted: str) -> str:
    """Return the first of these columns that is filled."""
    return next((found[name].strip() for name in wanted if found.get(name, "").strip()), "")


def rest(row: Row, *shown: str) -> dict[str, Any]:
    """Return the cells that no column of the event shows, under their names as found."""
    return {name: value for name, value in row.fields.items() if plain(name) not in shown}


def time(written: str) -> Moment:
    """Read a time of these tables; a spelling that is not known keeps its text only."""
    if not written.strip():
        return UNDATED
    match = _MONTH_FIRST.fullmatch(written.strip())
    iso = f"{match[3]}-{match[1]}-{match[2]} {match[4]}" if match else written
    try:
        moment = stated_times.read(iso, bare_zone=ZoneBasis.FORMAT_RULE)
    except FieldError:
        return Moment(utc=None, text=written)
    return Moment(utc=moment.utc, text=written, zone=moment.zone, precision=moment.precision)


def time_note(*moments: Moment) -> str:
    """Say on what ground times of these tables are UTC, or that one could not be read."""
    unread = [moment.text for moment in moments if moment.text and moment.utc is None]
    if unread:
        return f"not a time in a known spelling: {unread[0][:60]!r}"
    return NOTE_UTC if any(moment.zone is ZoneBasis.FORMAT_RULE for moment in moments) else ""


def account_of(row: Row, found: Mapping[str, str]) -> str:
    """Return the Apple ID: of the row itself, else as the account's own table of the same export states it."""
    own = cell(found, "apple id", "apple account", "apple id email", "apple account email")
    told = row.evidence.told.get(ACCOUNT)
    return own or (told.value if told else "")
