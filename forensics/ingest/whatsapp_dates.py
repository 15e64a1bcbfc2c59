"""The dates of a WhatsApp chat export: in which order year, month and day stand, decided once per file.

The phone's language decides the order and no line names it: ``3/4/21`` may be March, April, or a year 2003. An order is
kept only if it makes a date of the calendar since 2009, when WhatsApp began, of every date in the file. If several are
left, the one is taken in which alone the messages go forward in time. If none is left, somebody may have pasted messages
that were copied on another phone: in a file of many dates the order is kept that fits all but one in a hundred, where every
other fails ten times as often; the lines that it does not fit state no instant. Dates with points and without spaces
(``11.03.20``) have the day first in every language of CLDR. What stays open states no instant.

A phone may count years of the Buddhist (``3/18/2565 BE``, in Thailand without the letters) or the Japanese calendar
(``R4/3/18``); an iPhone writes them into its exports, as the test data of a public chat reader show. Years of two digits
are read as 2009 to 2051: from 52 on, they may as well be Buddhist (2552 is 2009). Dates with the name of a month are read
by themselves; old Android exports leave out the year of dates in the year of the export, which gives no instant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from forensics.ingest import local_time
from forensics.ingest.fields import FieldError
from forensics.ingest.written_times import Dates
from forensics.model import Moment

MAX_DATES = 20_000
"""Changes of the date in one file that are looked at; a chat of fifty years has fewer."""
FIRST_YEAR, LAST_YEAR = 2009, 2051

BUDDHIST = 543
"""Years that the Buddhist calendar of Thailand is ahead."""
_ERAS = {"H": 1988, "R": 2018}
"""Year before the first of Heisei (1989) and Reiwa (2019)."""
_NUMBERS = re.compile(r"([HR]?)(\d+)")
_NAMED = re.compile(r"[^\W\d_]{3}")
_YEAR = re.compile(r"\d{4}")
_POINTS = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{2}|\d{4})\.?")
_ORDERS = ("dmy", "mdy", "ymd")
_TOLD = "order of day, month and year told by the dates of this file"
_MOSTLY = (
    "order of day, month and year told by the dates of this file, but for lines that seem to be copied from elsewhere"
)
_MANY, _HUNDREDTH, _TENFOLD = 100, 100, 10
_FORWARD = "order of day, month and year told by the sequence of the messages in this file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How the dates of one file are read: ``dmy``, ``mdy``, ``ymd``, or "" where it stays open; and on what ground."""

    order: str = ""
    ground: str = ""


def order_of(found: Iterable[str]) -> Order:
    """Decide the order for the dates of a file, given in the sequence of its messages."""
    dates: list[str] = []
    for written in found:
        if len(dates) < MAX_DATES and (not dates or dates[-1] != written):
            dates.append(written)
    readable = [written for written in dates if any(day_of(written, order) for order in _ORDERS)]
    possible = [order for order in _ORDERS if readable and all(day_of(written, order) for written in readable)]
    if len(possible) == 1:
        return Order(order=possible[0], ground=_TOLD)
    if not possible:
        return _order_of_most(readable)
    forward = [order for order in possible if _goes_forward(readable, order)]
    if not forward:  # the notice about encryption stands first and may be younger than what follows
        forward = [order for order in possible if _goes_forward(readable[1:], order)]
    return Order(order=forward[0], ground=_FORWARD) if len(forward) == 1 else Order()


def _order_of_most(dates: list[str]) -> Order:
    """Return the order that fits nearly all of many dates, where no other comes near it."""
    misfits = {order: sum(day_of(written, order) is None for written in dates) for order in _ORDERS}
    fewest, next_best = sorted(_ORDERS, key=lambda order: misfits[order])[:2]
    is_clear = misfits[fewest] * _HUNDREDTH <= len(dates) and misfits[next_best] >= misfits[fewest] * _TENFOLD
    return Order(order=fewest, ground=_MOSTLY) if len(dates) >= _MANY and is_clear else Order()


def _goes_forward(dates: list[str], order: str) -> bool:
    """Whether the dates, read in one order, never go back by more than a day."""
    days = [day for written in dates if (day := day_of(written, order))]
    return len(set(days)) > 1 and all((before - after).days <= 1 for before, after in pairwise(days))


@lru_cache(maxsize=16_384)
def day_of(written: str, order: str) -> date | None:
    """Read a date in one order; ``None`` where that gives no day of the calendar since WhatsApp began."""
    numbers = _NUMBERS.findall(written)
    if len(numbers) != len(order) or (_POINTS.fullmatch(written) and order != "dmy"):
        return None
    parts = dict(zip(order, numbers, strict=True))
    if any(era or len(digits) > 2 for era, digits in (parts["m"], parts["d"])):  # noqa: PLR2004 - digits
        return None
    year = _year(*parts["y"], is_buddhist=written.endswith("BE"))
    try:
        return date(year, int(parts["m"][1]), int(parts["d"][1])) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def _year(era: str, digits: str, *, is_buddhist: bool) -> int:
    """Return the year of the Gregorian calendar; 0 where it is none of the spellings."""
    number = int(digits)
    if era:
        return _ERAS[era] + number
    if len(digits) not in {2, 4}:
        return 0
    if is_buddhist or number >= FIRST_YEAR + BUDDHIST:
        return number + (2500 if len(digits) == 2 else 0) - BUDDHIST  # noqa: PLR2004 - digits of a year
    return number + (2000 if len(digits) == 2 else 0)  # noqa: PLR2004 - digits of a year


def calendar_of(written: str) -> str:
    """Say by which calendar a numeric date counts its year, where that is not the Gregorian."""
    years = [(era, int(digits)) for era, digits in _NUMBERS.findall(written)]
    if any(era for era, _ in years):
        return "its year is of the Japanese calendar"
    buddhist = written.endswith("BE") or any(year >= FIRST_YEAR + BUDDHIST for _, year in years)
    return "its year is of the Buddhist calendar" if buddhist else ""


def moment(written: str, day: str, clock: str, order: Order, zone: local_time.Zone | None) -> tuple[Moment, str]:
    """Return the time of a message, ``written`` as found, and what is to be said of it."""
    if _NAMED.search(day):
        return _named(written, day, clock, zone)
    days = {found for name in ((order.order,) if order.order else _ORDERS) if (found := day_of(day, name))}
    if len(days) != 1:
        reason = "its date can be read in several ways" if days else "its date is not in the calendar"
        return Moment(utc=None, text=written), f"no instant: {reason}"
    try:
        read = Dates().read(f"{days.pop():%d.%m.%Y} {clock}")  # not as ISO 8601, where letters behind a time are a zone
    except FieldError as error:
        return Moment(utc=None, text=written), f"no instant: {error}"
    ground = "" if _POINTS.fullmatch(day) or _YEAR.match(day) else order.ground
    said = "; ".join(part for part in (local_time.note(read.wall, zone), ground, calendar_of(day)) if part)
    return local_time.instant(read.wall, written, zone, read.precision), said


def _named(written: str, day: str, clock: str, zone: local_time.Zone | None) -> tuple[Moment, str]:
    """Return the time of a message whose date names the month."""
    if not _YEAR.search(day):
        return Moment(utc=None, text=written), "no instant: the export leaves out the year of its own year's dates"
    try:
        read = Dates().read(f"{day} {clock}")
    except FieldError as error:
        return Moment(utc=None, text=written), f"no instant: {error}"
    return local_time.instant(read.wall, written, zone, read.precision), local_time.note(read.wall, zone)
