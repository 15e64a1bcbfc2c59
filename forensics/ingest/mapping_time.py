"""Times as a mapping describes them: counts since 1970, ISO 8601, or spellings with ``%`` directives.

A spelling is compiled to a pattern of our own, so that the computer's language plays no part, every directive is
bounded, and the precision is what the spelling holds. Month names are English and those of the mapping's languages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import cache, lru_cache

from forensics.ingest import local_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError, to_utc
from forensics.ingest.local_time import Zone
from forensics.ingest.mapping import TimeRule
from forensics.model import UNDATED, Moment, Precision, ZoneBasis

MAX_TEXT = 200
"""Characters of a time; anything longer is no time."""

ISO = r"%Y-%m-%d[T ]%H:%M(?::%S(?:[.,]%f)?)?\s*(?:%Z|%z)?"
_ISO_NAME = "iso"
_LETTERS = r"[^\W\d_]{1,20}\.?"
_OFFSET = r"(?:(?:UTC|GMT)\s?)?[+\-\u2212]\d{1,2}(?::?\d\d)?"
DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d\d)",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "p": r"(?P<p>[AaPp]\.?\s?[Mm]\.?)",
    "b": rf"(?P<b>{_LETTERS})",
    "B": rf"(?P<B>{_LETTERS})",
    "a": _LETTERS,
    "A": _LETTERS,
    "z": rf"(?P<z>Z|{_OFFSET})(?:\s?\([^()]{{1,60}}\))?",
    "Z": r"(?P<Z>Z|UTC|GMT|UT|[A-Z]{3,5})",
    "%": "%",
}
"""What stands behind a ``%`` in a spelling, as in strptime. ``%a`` and ``%A`` are read over; ``%Z`` is UTC under
its names; any other abbreviation leaves the time without an instant, because CST and its like are no offsets. Behind an
offset a name in brackets is read over: browsers write ``GMT+0100 (Central European Standard Time)``, in any language."""

_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200e": None, "\u200f": None})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_MAX = 4_102_444_800  # 2100-01-01: a larger "second" is a unit error, not a date
_CENTURY = 69  # two-digit years: 69-99 are 19xx (POSIX strptime)
_NOON = 12
_UTC = {"Z", "UTC", "GMT", "UT"}


def complaint(spelling: str) -> str:
    """Return why a spelling is not accepted, or ""."""
    if spelling == _ISO_NAME:
        return ""
    unknown = [name for name in re.findall(r"%(.?)", spelling, re.DOTALL) if name not in DIRECTIVES]
    if unknown:
        return f"%{unknown[0]} is no directive; known are {', '.join('%' + name for name in DIRECTIVES)}"
    used = [name for name in re.findall(r"%(.)", spelling) if name not in "%aA"]
    twice = [name for name in used if used.count(name) > 1]
    if twice:
        return f"%{twice[0]} stands twice"
    if not {"d"} <= set(used) or not {"Y", "y"} & set(used) or not {"m", "b", "B"} & set(used):
        return "a date needs %d, one of %m %b %B, and one of %Y %y"
    return ""


@cache
def _pattern(spelling: str) -> re.Pattern[str]:
    if spelling == _ISO_NAME:
        return re.compile(re.sub(r"%(.)", lambda match: DIRECTIVES[match[1]], ISO))
    parts = re.split(r"(%.|\s+)", spelling)
    made = [
        DIRECTIVES[part[1]] if part.startswith("%") else r"\s+" if part.isspace() else re.escape(part)
        for part in parts
        if part
    ]
    return re.compile("".join(made), re.IGNORECASE)


@cache
def months(languages: tuple[str, ...]) -> dict[str, int]:
    """Return the month names of English and these languages (CLDR), folded, with and without a final dot."""
    from babel.dates import get_month_names

    found: dict[str, int] = {}
    for language in (*languages, "en"):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                names = get_month_names(width, context, locale=language)
                found |= {_folded(name): int(number) for number, name in names.items()}
    found.setdefault("sept", 9)
    return found


def _folded(name: str) -> str:
    return name.casefold().rstrip(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wall:
    """A time as written: the wall-clock time, the zone beside it ("" if none), and its precision."""

    naive: datetime
    zone: str
    precision: Precision


def read(rule: TimeRule, written: str, plain: str, evidence: Evidence) -> tuple[Moment, str]:
    """Return the instant of a time and a note for the detail ("" when there is nothing to say).

    ``written`` is the text as found, ``plain`` the same without quotes around it. What is in none of the spellings is
    a ``FieldError``.
    """
    cleaned = plain.translate(_SPACES).strip()
    if not cleaned:
        return UNDATED, ""
    if rule.unit and re.fullmatch(r"-?\d{1,20}(?:\.\d{1,12})?", cleaned):
        return Moment(utc=_count(cleaned, rule.unit), text=written, zone=ZoneBasis.EPOCH), ""
    wall = _wall(cleaned[: MAX_TEXT + 1], rule.spellings, rule.languages)
    if wall.zone.isalpha() and wall.zone not in _UTC:
        note = f"the zone {wall.zone} is an abbreviation, no offset, so no instant is given"
        return Moment(utc=None, text=written, precision=wall.precision), note
    if wall.zone:
        utc = to_utc(wall.naive, wall.zone, written)
        return Moment(utc=utc, text=written, zone=ZoneBasis.EXPLICIT, precision=wall.precision), ""
    zone = zone_of(rule, evidence)
    moment = local_time.instant(wall.naive, written, zone, wall.precision)
    return moment, "" if zone and zone.name == "UTC" else local_time.note(wall.naive, zone)


def zone_of(rule: TimeRule, evidence: Evidence) -> Zone | None:
    """Return the zone of times that none stands beside: the mapping's, what the export states, or the examiner's."""
    if rule.zone:
        basis = ZoneBasis.ASSUMED if rule.assumed else ZoneBasis.FORMAT_RULE
        return Zone(zone=fixed(rule.zone) or UTC, name=rule.zone, basis=basis, source=rule.ground)
    return local_time.zone_of(evidence, *rule.told)


@cache
def fixed(name: str) -> tzinfo | None:
    """Return the zone of ``UTC``, ``+hh:mm`` or an IANA name; ``None`` where there is no such zone."""
    if name == "UTC":
        return UTC
    match = re.fullmatch(r"([+-])(\d\d):(\d\d)", name)
    if match:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        valid = offset < timedelta(hours=24) and int(match[3]) < 60  # noqa: PLR2004 - hours of a day, minutes of an hour
        return timezone(offset if match[1] == "+" else -offset) if valid else None
    return local_time.named(name)


def _count(cleaned: str, unit: int) -> datetime:
    micros = int(Decimal(cleaned) * 1_000_000 / unit)
    if not 0 < micros < _EPOCH_MAX * 1_000_000:
        raise FieldError(f"out of range for a time between 1970 and 2100: {cleaned[:60]!r}")
    return _EPOCH + timedelta(microseconds=micros)


@lru_cache(maxsize=4_096)
def _wall(cleaned: str, spellings: tuple[str, ...], languages: tuple[str, ...]) -> _Wall:
    for spelling in spellings if len(cleaned) <= MAX_TEXT else ():
        match = _pattern(spelling).fullmatch(cleaned)
        found = _read(match.groupdict(), languages, cleaned) if match else None
        if found:
            return found
    raise FieldError(f"not a time in a spelling of the mapping: {cleaned[:60]!r}")


def _read(parts: dict[str, str | None], languages: tuple[str, ...], cleaned: str) -> _Wall | None:
    month = _month(parts, languages)
    clock = _hour(parts)
    if month is None or clock is None:
        return None
    year = int(parts.get("Y") or 0) or _century(int(parts.get("y") or 0))
    micro = int((parts.get("f") or "0")[:6].ljust(6, "0"))
    minute, second = parts.get("M"), parts.get("S")
    try:
        naive = datetime(year, month, int(parts["d"] or 0), clock, int(minute or 0), int(second or 0), micro)  # noqa: DTZ001 - the zone is applied by the caller
    except ValueError as error:
        raise FieldError(f"not a date in the calendar: {cleaned[:60]!r}") from error
    precision = Precision.SECOND if second else Precision.MINUTE if minute else Precision.DAY
    return _Wall(naive=naive, zone=_zone(parts), precision=precision)


def _month(parts: dict[str, str | None], languages: tuple[str, ...]) -> int | None:
    name = parts.get("b") or parts.get("B")
    return months(languages).get(_folded(name)) if name else int(parts.get("m") or 0)


def _hour(parts: dict[str, str | None]) -> int | None:
    """Return the hour of the day; ``None`` when a half day has an hour that it cannot have."""
    clock, half = int(parts.get("H") or parts.get("I") or 0), parts.get("p")
    if parts.get("I") and not 1 <= clock <= _NOON:
        return None
    if not half or (parts.get("H") and clock > _NOON):
        return clock
    return clock % _NOON + (_NOON if half[0] in "pP" else 0)


def _century(short: int) -> int:
    return 1900 + short if short >= _CENTURY else 2000 + short


def _zone(parts: dict[str, str | None]) -> str:
    """Return a zone as ``fields.to_utc`` takes it: ``UTC``, ``+hh``, ``+hhmm`` or ``+hh:mm``."""
    named = (parts.get("Z") or "").upper()
    if named and not parts.get("z"):
        return "UTC" if named in _UTC else named
    found = re.sub(r"(?i)^(?:UTC|GMT)\s?", "", (parts.get("z") or "").replace("\u2212", "-"))
    if found in {"", "Z", "z"}:
        return found.upper()
    return re.sub(r"^([+-])(\d)(?=:|$)", r"\g<1>0\2", found)
