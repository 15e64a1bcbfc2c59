r"""Lines of a WhatsApp chat export (``_chat.txt``): which begin a message, when, by whom, and which WhatsApp wrote.

Two layouts: ``[11.03.20, 04:58:07] Name: text`` (iPhone, with seconds; what WhatsApp itself wrote begins with U+200E) and
``3/11/20, 4:58 AM - Name: text`` (Android, no seconds; what WhatsApp itself wrote has no name). Date and time follow the
phone's language: order, separators, halves of the day, own digits, invisible marks, narrow spaces. Every other line goes
on with the message before it.

The order of day and month is decided once per file: by dates that can be read in one way only; else by the order of the
messages, if only one reading goes forward in time. Otherwise it stays undecided and no instant is stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from forensics.ingest import local_time
from forensics.ingest.calendar_names import plain
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.text_lines import Line, lines
from forensics.ingest.written_times import Dates, Written
from forensics.model import Moment

MARK = "\u200e"
MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
MAX_DATES = 20_000
"""Dates of one file that are looked at to decide their order; a chat of fifty years has fewer."""

_DATE = r"\d{1,4}\.?[./\-\u200f\u060c ]{1,3}\d{1,2}\.?[./\-\u200f\u060c ]{1,3}\d{1,4}\.?"
_BEFORE, _AFTER = r"(?:[^\d\[\]:]{1,14}?)?", r"(?:[^\d\[\]:]{1,12}?)?"
_SECONDS = rf"{_BEFORE}\d{{1,2}}[:.]\d{{2}}[:.]\d{{2}}{_AFTER}"
_MINUTES = rf"{_BEFORE}\d{{1,2}}[:.]\d{{2}}{_AFTER}"
_IPHONE = re.compile(rf"[{MARKS}]*\[[{MARKS}]*(?P<date>{_DATE})[,،]?\s*(?P<clock>{_SECONDS})\]\s?(?P<rest>.*)")
_ANDROID = re.compile(rf"[{MARKS}]*(?P<date>{_DATE})[,،]?\s+(?P<clock>{_MINUTES})\s[-–]\s(?P<rest>.*)")  # noqa: RUF001
_SENDER = re.compile(r"(?P<name>[^:]{1,100}?)\s?: ?(?P<text>.*)")
_ATTACHMENT = re.compile(rf"^{MARK}<|\.[A-Za-z0-9]{{2,5}}\s*(?:•|{MARK}|$)")
"""A file in a message is named behind the same mark: its name is the sender's, not WhatsApp's."""
_SHORT_YEAR = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{2})(\.?)")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST = 4_000
_SHOWN = 30
_NEEDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The first line of a message: where, when as written, the name before the colon and the text as found.

    ``by_whatsapp`` tells a line that WhatsApp wrote, as far as the layout tells it.
    """

    number: int
    written: str
    date_as_found: str
    clock_as_found: str
    name_as_found: str
    said: str
    by_whatsapp: bool

    @property
    def date(self) -> str:
        """The date in one spelling: no invisible marks, ASCII digits, a year of four digits."""
        return one_date(self.date_as_found)

    @property
    def stamp(self) -> str:
        """Date and time in one spelling."""
        return f"{self.date} {plain(self.clock_as_found)}"

    @property
    def name(self) -> str:
        """The name in one spelling."""
        return plain(self.name_as_found)

    @property
    def text(self) -> str:
        """The text in one spelling."""
        return plain(self.said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How the times of one file are read, and on what ground the order of day and month was decided."""

    dates: Dates
    ground: str


def message(line: Line) -> Message | None:
    """Return the message that a line begins, or ``None`` where it goes on with the one before."""
    text = line.text[:_LONGEST]
    iphone = _IPHONE.fullmatch(text)
    match = iphone or _ANDROID.fullmatch(text)
    if match is None:
        return None
    named = _SENDER.fullmatch(match["rest"].lstrip())
    said = named["text"] if named else match["rest"]
    own = named is None or (iphone is not None and said.startswith(MARK) and not _ATTACHMENT.search(said))
    return Message(
        number=line.number,
        written=text[match.start("date") : match.end("clock")],
        date_as_found=match["date"],
        clock_as_found=match["clock"],
        name_as_found=named["name"] if named else "",
        said=said,
        by_whatsapp=own,
    )


def is_chat(evidence: Evidence) -> bool:
    """Whether the file begins like a chat export and goes on like one.

    Logs of programs look alike: they write ``[2020-03-11 04:58:07] name: text``. That spelling counts only where
    WhatsApp's invisible mark stands somewhere.
    """
    head = [
        Line(number=number, text=text.rstrip("\r"), length=len(text))
        for number, text in enumerate(evidence.text_head.split("\n")[:_SHOWN], start=1)
        if text.strip()
    ]
    found = [message(line) for line in head]
    if not found or found[0] is None:
        return False
    first = found[0]
    is_like_log = "[" in head[0].text[:3] and _ISO_DATE.fullmatch(first.date) and "," not in head[0].text[:14]
    if is_like_log and MARK not in evidence.text_head:
        return False
    return len(head) == 1 or sum(item is not None for item in found) >= _NEEDED


def messages(evidence: Evidence) -> Iterator[Message]:
    """Yield every message's first line."""
    return (found for line in lines(evidence) if (found := message(line)) is not None)


@lru_cache(maxsize=4_096)  # a chat has many messages a day
def one_date(found: str) -> str:
    """Write a date in one spelling; a year of two digits with four (``11.03.20`` is of 2020: WhatsApp began in 2009)."""
    date = plain(found)
    match = _SHORT_YEAR.fullmatch(date)
    return f"{match[1]}{match[2]}{match[3]}{match[2]}20{match[4]}{match[5]}" if match else date


def clock_of(found: Iterable[Message]) -> Clock:
    """Decide once per file how its dates are read."""
    dates: list[str] = []
    for item in found:
        date = item.date
        if len(dates) < MAX_DATES and (not dates or dates[-1] != date):
            dates.append(date)
    learnt = Dates.learn(dates)
    if learnt.day_first is not None:
        return Clock(dates=learnt, ground="order of day and month told by a day above 12 in this file")
    forward = [order for order in (True, False) if _goes_forward(dates, day_first=order)]
    if len(forward) == 1:
        ground = "order of day and month told by the order of the messages in this file"
        return Clock(dates=Dates(learnt.languages, forward[0]), ground=ground)
    return Clock(dates=learnt, ground="")


def _goes_forward(dates: list[str], *, day_first: bool) -> bool:
    """Whether the dates, read in one order, never go back by more than a day."""
    reader = Dates(day_first=day_first)
    days = [written.wall for date in dates if (written := _read(reader, date)) is not None]
    return len(days) > 1 and all((before - after).days <= 1 for before, after in pairwise(days))


def _read(reader: Dates, text: str) -> Written | None:
    try:
        return reader.read(text)
    except FieldError:
        return None


def moment(item: Message, clock: Clock, zone: local_time.Zone | None) -> tuple[Moment, str]:
    """Return the time of a message and what is to be said of it."""
    try:
        written = clock.dates.read(item.stamp)
    except FieldError as error:
        return Moment(utc=None, text=item.written), f"no instant: {error}"
    wall: datetime = written.wall
    ground = clock.ground if not re.match(r"\d{4}|\d{1,2}\.", item.date) else ""
    said = "; ".join(part for part in (local_time.note(wall, zone), ground) if part)
    return local_time.instant(wall, item.written, zone, written.precision), said
