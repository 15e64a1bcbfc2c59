"""Times on Meta's HTML pages: read in the page's language, placed only where a zone is known.

Facebook renders in the zone that the account is set to, Instagram at eight hours behind UTC all year; neither writes a
zone beside the time. So the caller says which zone applies, and without one the text is kept and no instant is stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from forensics.ingest import local_time, meta_values, written_times
from forensics.ingest.fields import FieldError
from forensics.model import Moment, Precision, ZoneBasis

if TYPE_CHECKING:
    from forensics.ingest.local_time import Zone
    from forensics.ingest.meta_html import Block

TIME_LIMIT = 80
"""Characters of a written time on these pages."""

_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.]\d\d(?!\d)|\d ?[時时시] ?\d|(?<!\d)\d{1,2} ?[hH] ?\d\d(?!\d)")
_DAY_LIMIT = 40
_DATE = re.compile(r"(?=.*(?<!\d)(?:19|20)\d\d(?!\d))(?=.*(?<!\d)\d{1,2}(?!\d))[\w .,/-]+")
_YEAR = re.compile(r"(?<![\d.])(?:19|20)\d\d(?!\d)")
ISO_TITLE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)? ?(?:Z|[+-]\d\d:?\d\d)", re.ASCII)
"""A time with its offset, which Instagram writes as the title of a login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """One time of a record: its label ("" for the one below the record), the wall clock, and what can be stated."""

    label: str
    wall: datetime
    moment: Moment
    note: str


def is_time(value: str) -> bool:
    """Whether a value is written like a time of day on a date, in any language."""
    return (
        len(value) <= TIME_LIMIT
        and bool(_YEAR.search(value) and _CLOCK.search(value))
        and not meta_values.is_client(value)
        and not meta_values.is_address(value)
    )


def is_day(value: str) -> bool:
    """Whether a value is written like a date without a time of day, in any language."""
    return len(value) <= _DAY_LIMIT and bool(_DATE.fullmatch(value)) and not is_time(value)


def learn(blocks: Iterable[Block]) -> written_times.Dates:
    """Decide the language and the order of dates from the first blocks of a page."""
    return written_times.Dates.learn(_texts(blocks))


def has_seconds(dates: written_times.Dates, blocks: Iterable[Block]) -> bool:
    """Whether a time of these blocks is written with seconds, other than in ISO 8601."""
    found, _ = read_all(dates, (("", text) for text in _texts(blocks) if not ISO_TITLE.fullmatch(text)), None)
    return any(time.moment.precision is Precision.SECOND for time in found)


def _texts(blocks: Iterable[Block]) -> Iterator[str]:
    texts = (text for block in blocks for text in (*block.stamps, *(pair.value for pair in block.pairs)))
    return (text for text in texts if is_time(text))


def read(dates: written_times.Dates, text: str, label: str, zone: Zone | None) -> Time:
    """Read one time; ``FieldError`` where it is none or could be two."""
    written = dates.read(text)
    moment = written_times.moment(written, text, zone)
    explicit = moment.zone is ZoneBasis.EXPLICIT
    note = "" if explicit else local_time.note(written.wall, zone)
    if written.zone_text and not explicit:
        note = f"the zone {written.zone_text!r} beside the time says no single offset"
    return Time(label=label, wall=written.wall, moment=moment, note=note)


def read_all(
    dates: written_times.Dates, texts: Iterable[tuple[str, str]], zone: Zone | None
) -> tuple[tuple[Time, ...], tuple[str, ...]]:
    """Read (label, text) pairs; return the times, and the reasons of those that could not be read."""
    found: list[Time] = []
    problems: list[str] = []
    for label, text in texts:
        try:
            found.append(read(dates, text, label, zone))
        except FieldError as error:
            problems.append(str(error))
    return tuple(found), tuple(problems)
