"""Calendar times as providers' pages write them, in any language: refused where they could mean two things.

``11 марта 2020 г., 04:58:07 GMT+04:00``, ``Mar 11, 2020 4:58:07 am``, ``2020. 3. 11. 오전 4:58:07``. A page is read in
two steps, because one row cannot say all: ``Dates.learn`` looks at the times of a whole page and decides its language
(a month name can be two months) and the order of ``03/11/2020`` (a row with a day above 12 tells); ``read`` then reads
one time. What stays ambiguous, or holds a word that belongs to no date, is a ``FieldError``; nothing is guessed:

* exactly one clock (or none: precision ``day``), one year of four digits between 1900 and 2100, one month, one day;
* a written day of the week must fit the date;
* with points (``11.03.2020``) the day comes first, as in every language of CLDR; with slashes or hyphens the page tells.

The zone is returned as written; ``zone_names.offset_of`` says what it is worth, ``moment`` applies it.
"""

# ruff: noqa: RUF001, RUF002 - times of other languages use their own letters

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from forensics.ingest import local_time
from forensics.ingest.calendar_names import INTERFACE_LANGUAGES, Token, names, plain, tokens
from forensics.ingest.fields import FieldError
from forensics.ingest.written_clocks import clock_of, take_clock
from forensics.ingest.zone_names import is_known, offset_of
from forensics.model import UNDATED, Moment, Precision, ZoneBasis

LENGTH_LIMIT = 120
"""Characters of a written time; the longest seen has 60."""
PHRASE_LIMIT = 4
"""Words of the longest month name."""

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|[A-Z]{2,5}|[+-]\d\d(?::?\d\d)?)?"
)
_EAST_ASIAN = re.compile(r"(?<!\d)(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]")
_MONTH_SIGN = re.compile(r"(?<!\d)(\d{1,2}) ?[月월]")
_PUNCTUATION = frozenset(" .,،、;:/-–()[]·|་،'’׳״॰፣‚")
_MONTHS_OF_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A time as written: the wall-clock time (naive), the zone's text ("" if none), and the precision."""

    wall: datetime
    zone_text: str
    precision: Precision


class _Day(NamedTuple):
    """What a written date is made of: numbers, what separates the first two, and words."""

    numbers: tuple[str, ...]
    separator: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """A written time cut into its parts: the clock read, the words of the date not yet."""

    clock: tuple[int, int, int, int]
    precision: Precision
    zone_text: str
    day: _Day


@dataclass(frozen=True, slots=True)
class Dates:
    """A reader for the times of one page.

    ``languages`` are those that explain all names seen on the page (none: not known); ``day_first`` is the order of
    ``03/11/2020`` (``None``: not known).
    """

    languages: frozenset[str] = frozenset()
    day_first: bool | None = None

    @classmethod
    def learn(cls, samples: Iterable[str], languages: Iterable[str] = ()) -> Dates:
        """Decide language and order from the times of a page; samples that are no times are passed over.

        ``languages`` are those that the caller knows the page to be in (CLDR codes, e.g. ``hr``).
        """
        known = frozenset(languages)
        spoken: list[frozenset[str]] = []
        orders: set[bool] = set()
        for sample in set(samples):
            try:
                day = _parts(sample).day
            except FieldError:
                continue
            spoken.append(_languages(day.words))
            if day.separator != "." and not any(word in names().months for word in day.words):
                dates = {order: _with_weekdays(day, spoken[-1], _numeric_days(day, order)) for order in (True, False)}
                orders |= {order for order, found in dates.items() if found and not dates[not order]}
        if not known:
            known = frozenset.intersection(*named) if (named := [have for have in spoken if have]) else frozenset()
        return cls(known & INTERFACE_LANGUAGES or known, orders.pop() if len(orders) == 1 else None)

    def read(self, text: str) -> Written:
        """Read one time; ``FieldError`` where it is none, or could be two."""
        return _read(text, self.languages, self.day_first)


@lru_cache(maxsize=4_096)
def _read(text: str, languages: frozenset[str], day_first: bool | None) -> Written:  # noqa: FBT001 - three states
    parts = _parts(text)
    days = _days(parts.day, languages, day_first)
    if len(days) != 1:
        reason = "a date that could be read in two ways" if days else "not a date in the calendar"
        raise FieldError(f"{reason}: {text[:60]!r}")
    hour, minute, second, micro = parts.clock
    ((year, month, day),) = days
    return Written(
        wall=datetime(year, month, day, hour, minute, second, micro),  # noqa: DTZ001 - the zone stands beside it
        zone_text=parts.zone_text,
        precision=parts.precision,
    )


def moment(written: Written, text: str, zone: local_time.Zone | None = None) -> Moment:
    """State the instant: by the written offset, else by ``zone``; ``utc=None`` where neither says one.

    An ambiguous abbreviation counts as an offset only if it is one of ``zone``'s own; one that contradicts or is
    unknown gives no instant, because the page says something that is not understood.
    """
    if not written.zone_text:
        return local_time.instant(written.wall, text, zone, written.precision)
    ahead = offset_of(written.zone_text, written.wall, zone.zone if zone else None)
    if ahead is None:
        return Moment(utc=None, text=text, precision=written.precision)
    try:
        utc = (written.wall - ahead).replace(tzinfo=UTC)
    except OverflowError as error:
        raise FieldError(f"not a date in the calendar: {text[:60]!r}") from error
    return Moment(utc=utc, text=text, zone=ZoneBasis.EXPLICIT, precision=written.precision)


def stated(text: str) -> Moment:
    """Read a single time with its own zone, without a page to learn from; one that is unreadable keeps its text."""
    if not text.strip():
        return UNDATED
    try:
        return moment(Dates().read(text), text)
    except FieldError:
        return Moment(utc=None, text=text)


@lru_cache(maxsize=4_096)
def _parts(text: str) -> _Parts:
    shown = plain(text[: LENGTH_LIMIT + 1]) if len(text) <= LENGTH_LIMIT else ""
    if not shown:
        raise FieldError(f"no written time: {text[:60]!r}")
    iso = _ISO.fullmatch(shown)
    if iso and (not iso[8] or not iso[8].isalpha() or is_known(iso[8])):  # ``AM`` is no zone
        return _iso(iso)
    clock, rest, zone_text = take_clock(shown)
    day = _day_of(rest)
    if day is None:
        raise FieldError(f"not a time in a known spelling: {text[:60]!r}")
    return _Parts(clock=clock[0], precision=clock[1], zone_text=zone_text, day=day)


def _iso(match: re.Match[str]) -> _Parts:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    return _Parts(
        clock=clock_of(hour, minute, second, fraction, ""),
        precision=Precision.SECOND if second else Precision.MINUTE,
        zone_text=zone or "",
        day=_Day((year, month, day), "-", ()),
    )


@lru_cache(maxsize=4_096)  # a day has many times
def _day_of(rest: str) -> _Day | None:
    """Return what a date is made of; ``None`` where a word or a sign stands that no date has."""
    numbers, rest = _east_asian(rest)
    asian = bool(numbers)
    found = list(tokens(rest))
    known = names()
    words: list[str] = []
    covered = 0
    at = 0
    while at < len(found):
        size, word = _phrase_at(found, at)
        if size and word not in known.months and word not in known.weekdays:
            word = ""
        if not size and not found[at].is_number:
            return None
        if word:
            words.append(word)
        elif not size:
            numbers.append(found[at].text)
        covered += max(size, 1)
        at += max(size, 1)
    between = itertools.pairwise(
        [0, *itertools.chain.from_iterable((item.start, item.end) for item in found), len(rest)]
    )
    if any(set(rest[start:end]) - _PUNCTUATION for start, end in itertools.islice(between, 0, None, 2)):
        return None
    digits = [item for item in found if item.is_number]
    separator = rest[digits[0].end : digits[1].start].strip(" ") if len(digits) > 1 else ""
    return _Day(tuple(numbers), "年" if asian else separator, tuple(words))


def _east_asian(rest: str) -> tuple[list[str], str]:
    """Take year, month and day out that are marked by signs (``2020年3月11日``, ``3월 02, 2026``); return what is left."""
    whole = _EAST_ASIAN.search(rest)
    if whole:
        return list(whole.groups()), f"{rest[: whole.start()]} {rest[whole.end() :]}"
    month = _MONTH_SIGN.search(rest)
    if not month:
        return [], rest
    left = f"{rest[: month.start()]} {rest[month.end() :]}"
    others = sorted(re.findall(r"\d+", left), key=len, reverse=True)
    if len(others) != 2:  # noqa: PLR2004 - a year and a day
        return [], rest
    return [others[0], month[1], others[1]], re.sub(r"\d+", " ", left)


def _phrase_at(found: list[Token], at: int) -> tuple[int, str]:
    """Return the size of the longest name or filler that begins here, and its key; (0, "") for a number."""
    known = names()
    for size in range(min(PHRASE_LIMIT, len(found) - at), 1 if found[at].is_number else 0, -1):
        key = " ".join(token.text for token in found[at : at + size])
        if key in known.months or key in known.weekdays or (size == 1 and key in known.fillers):
            return size, key
    return 0, ""


def _languages(words: tuple[str, ...]) -> frozenset[str]:
    """Return the languages that have all these names."""
    if not words:
        return frozenset()
    known = names()
    spoken: frozenset[str] | None = None
    for word in words:
        have = frozenset(known.months.get(word, {})) | frozenset(known.weekdays.get(word, {}))
        spoken = have if spoken is None else spoken & have
    return spoken or frozenset()


@lru_cache(maxsize=4_096)
def _days(day: _Day, languages: frozenset[str], day_first: bool | None) -> frozenset[tuple[int, int, int]]:  # noqa: FBT001
    """Return every date that these parts can be."""
    spoken = _languages(day.words)
    if day.words and not spoken:
        return frozenset()
    chosen = spoken & languages or spoken & INTERFACE_LANGUAGES or spoken
    if not any(word in names().months for word in day.words):
        return frozenset(_with_weekdays(day, chosen, _numeric_days(day, day_first)))
    found: set[tuple[int, int, int]] = set()
    for language in chosen:
        found |= _named(day, language)
    if not found:  # the only name is a day of the week that is also a month somewhere
        found = _with_weekdays(day, chosen, _numeric_days(day, day_first))
    return frozenset(found)


def _named(day: _Day, language: str) -> set[tuple[int, int, int]]:
    """Return the dates that the words say in one language: one of them is the month, the others days of the week."""
    known = names()
    year_and_day = sorted(day.numbers, key=len, reverse=True)
    if len(year_and_day) != 2:  # noqa: PLR2004 - a year and a day
        return set()
    found: set[tuple[int, int, int]] = set()
    for at, word in enumerate(day.words):
        month = known.months.get(word, {}).get(language)
        others = (*day.words[:at], *day.words[at + 1 :])
        weekdays = [known.weekdays.get(other, {}).get(language) for other in others]
        date = _date(year_and_day[0], str(month), year_and_day[1]) if month and None not in weekdays else None
        if date and all(said == _weekday(date) for said in weekdays):
            found.add(date)
    return found


def _numeric_days(day: _Day, day_first: bool | None) -> set[tuple[int, int, int]]:  # noqa: FBT001 - three states
    orders = (True,) if day.separator == "." else (True, False) if day_first is None else (day_first,)
    return {date for order in orders if (date := _numeric(day, day_first=order))}


def _numeric(day: _Day, *, day_first: bool) -> tuple[int, int, int] | None:
    if len(day.numbers) != 3:  # noqa: PLR2004 - year, month, day
        return None
    first, second, third = day.numbers
    if len(first) == 4:  # noqa: PLR2004 - a year
        return _date(first, second, third)
    return _date(third, second, first) if day_first else _date(third, first, second)


def _with_weekdays(day: _Day, languages: frozenset[str], dates: set[tuple[int, int, int]]) -> set[tuple[int, int, int]]:
    """Keep the dates that fit the written days of the week."""
    said = [
        {number for language, number in names().weekdays.get(word, {}).items() if language in languages}
        for word in day.words
    ]
    return {date for date in dates if all(_weekday(date) in days for days in said)}


def _weekday(date: tuple[int, int, int]) -> int:
    return datetime(*date, tzinfo=UTC).weekday()


def _date(year: str, month: str, day: str) -> tuple[int, int, int] | None:
    """Return a date of the Gregorian calendar in 1900-2100; other calendars' years (2563, 1398) are none."""
    if len(year) != 4 or not 1900 <= int(year) <= 2100 or len(day) > 2 or int(month) > _MONTHS_OF_YEAR:  # noqa: PLR2004
        return None
    try:
        datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None
    return int(year), int(month), int(day)
