"""Typed getters: from what a row holds to frozen values, refusing instead of guessing.

Every getter raises ``FieldError`` naming the field and the text as found; nothing here defaults, rounds or "fixes".
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
import socket
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from forensics.model import NO_ADDRESS, UNDATED, AddressForm, AddressSeen, Moment, Precision, ZoneBasis


class FieldError(ValueError):
    """A field of a row is not what the format says it is. It costs the row, never the run."""


EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_EPOCH_MAX_SECONDS = 4_102_444_800  # 2100-01-01: a larger "second" is a unit error, not a date
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2003": " ", "\u2009": " ", "\u200e": None, "\u200f": None})
_ENGLISH_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?"
)
_ENGLISH = re.compile(
    r"([A-Za-z]{3})[a-z]*\.? (\d{1,2}), (\d{4}),? (?:at )?(\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AaPp])\.?[Mm]\.?)?\s*(UTC|GMT|Z)?"
)


_COUNT = re.compile(r"-?\d{1,20}(\.0+)?")
_BRACKETED = re.compile(r"\[([^\]]*)\](?::(\d{1,5}))?")
_WITH_PORT = re.compile(r"([^:]*):(\d{1,5})")
_LENGTH = re.compile(r"[0-9]{1,3}")
_DOTS = 3
_NO_ADDRESS_TEXTS = frozenset({"N/A", "-", "NONE", "NULL", "UNKNOWN"})


def text(found: Mapping[str, Any], *keys: str) -> str:
    """Return the first field among ``keys`` that holds a non-empty scalar, as text; "" if none does."""
    for key in keys:
        value = found.get(key)
        if value is None:
            continue
        if isinstance(value, str):
            if value and not value.isspace():
                return value
        elif isinstance(value, bool):
            return "true" if value else "false"
        elif isinstance(value, int | float):
            return repr(value)
    return ""


def part(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object under a key; an empty one where there is none."""
    value = found.get(key)
    return value if isinstance(value, Mapping) else {}


def need(found: Mapping[str, Any], *keys: str) -> str:
    """Return ``text`` or raise ``FieldError`` when it is missing or empty."""
    value = text(found, *keys)
    if not value:
        message = f"{keys[0]!r} is missing or empty"
        raise FieldError(message)
    return value


def epoch(found: Mapping[str, Any], *keys: str, unit: int = 1) -> Moment:
    """Read a count of seconds (or 1/unit seconds) since 1970 UTC; absent is ``UNDATED``; 0 or out of range refuses."""
    first = found.get(keys[0])
    if unit == 1 and type(first) is int and 0 < first < _EPOCH_MAX_SECONDS:  # nearly all, and no other reading exists
        return Moment(utc=EPOCH_START + timedelta(0, first), text=str(first), zone=ZoneBasis.EPOCH)
    written = text(found, *keys).strip()
    if not written:
        return UNDATED
    if not _COUNT.fullmatch(written):
        message = f"{keys[0]!r} is no count of seconds since 1970: {written[:60]!r}"
        raise FieldError(message)
    count = int(written.split(".")[0])
    seconds, rest = divmod(count, unit)
    if not 0 < seconds < _EPOCH_MAX_SECONDS:
        message = f"{keys[0]!r} is out of range for a time between 1970 and 2100: {written[:60]!r}"
        raise FieldError(message)
    moment = EPOCH_START + timedelta(seconds=seconds, microseconds=rest * (1_000_000 // unit))
    return Moment(utc=moment, text=written, zone=ZoneBasis.EPOCH)


def instant(written: str, *, bare_zone: ZoneBasis = ZoneBasis.NONE) -> Moment:
    """Read ISO 8601 or English written times, e.g. ``2026-03-11 02:49:39 UTC`` or ``Jun 15, 2026, 7:40:10 AM UTC``.

    A time without a zone refuses, unless ``bare_zone`` says on what ground it is UTC (``FORMAT_RULE``: the format's
    documentation says so; ``ASSUMED``: nothing does). The ground is kept in the result.
    """
    cleaned = written.translate(_SPACES).strip()
    if not cleaned:
        return UNDATED
    parts = _iso_parts(cleaned) or _english_parts(cleaned)
    if parts is None:
        message = f"not a time in a known spelling: {written[:60]!r}"
        raise FieldError(message)
    naive, zone, precision = parts
    if not zone and bare_zone is ZoneBasis.NONE:
        message = f"a time without a zone: {written[:60]!r}"
        raise FieldError(message)
    basis = ZoneBasis.EXPLICIT if zone else bare_zone
    return Moment(utc=to_utc(naive, zone, written), text=written, zone=basis, precision=precision)


def to_utc(naive: datetime, zone: str, written: str) -> datetime:
    """Apply a written zone (``Z``, ``UTC``, ``GMT``, ``""``, ``+hh:mm``, ``+hhmm``, ``+hh``) to a wall-clock time."""
    if zone in {"", "Z", "UTC", "GMT"}:
        return naive.replace(tzinfo=UTC)
    offset = zone_offset(zone)
    if offset is None:
        message = f"not a zone offset: {written[:60]!r}"
        raise FieldError(message)
    try:
        return (naive - offset).replace(tzinfo=UTC)
    except OverflowError as error:
        message = f"not a date in the calendar: {written[:60]!r}"
        raise FieldError(message) from error


@lru_cache(maxsize=512)  # the world has few
def zone_offset(zone: str) -> timedelta | None:
    """Return how far a zone's clocks are ahead of UTC; ``None`` for a day and more, or 60 minutes and more beside hours."""
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset >= timedelta(hours=24) or int(digits[2:]) > 59:  # noqa: PLR2004 - minutes of an hour
        return None
    return offset if zone[0] == "+" else -offset


def _iso_parts(cleaned: str) -> tuple[datetime, str, Precision] | None:
    match = _ISO.fullmatch(cleaned)
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    naive = _calendar(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro, cleaned)
    return naive, zone or "", Precision.SECOND if second else Precision.MINUTE


def _english_parts(cleaned: str) -> tuple[datetime, str, Precision] | None:
    match = _ENGLISH.fullmatch(cleaned)
    if not match:
        return None
    name, day, year, hour, minute, second, half, zone = match.groups()
    month = _ENGLISH_MONTHS.get(name.lower())
    if month is None:
        return None
    clock = int(hour)
    if half:
        if not 1 <= clock <= 12:  # noqa: PLR2004 - hours of a half day
            return None
        clock = clock % 12 + (12 if half in "pP" else 0)
    naive = _calendar(int(year), month, int(day), clock, int(minute), int(second or 0), 0, cleaned)
    return naive, zone or "", Precision.SECOND if second else Precision.MINUTE


def _calendar(  # noqa: PLR0913, PLR0917 - the parts of a calendar time
    year: int, month: int, day: int, hour: int, minute: int, second: int, micro: int, written: str
) -> datetime:
    try:
        return datetime(year, month, day, hour, minute, second, micro)  # noqa: DTZ001 - zone applied by the caller
    except ValueError as error:
        message = f"not a date in the calendar: {written[:60]!r}"
        raise FieldError(message) from error


@lru_cache(maxsize=16_384)  # a person's logs name few addresses many times
def address(written: str) -> AddressSeen:
    """Read an address as providers write it: ``a.b.c.d``, ``a.b.c.d:port``, ``[v6]:port``, v4-mapped, zone id, names.

    The canonical form is RFC 5952 for IPv6 and the unwrapped IPv4 address for v4-mapped ones. Only strict spellings
    count (no octal, hex or short forms); what is no address keeps its text with form ``hostname`` or ``masked``. A host
    in the spelling of networks (``a.b.c.d/32``, ``v6/128``) is that address; a wider network is ``masked``.
    """
    if written.count(".") == _DOTS and ":" not in written and _is_v4(written):
        return AddressSeen(address=written, text=written, form=AddressForm.V4)
    found = written.strip()
    if not found or found.upper() in _NO_ADDRESS_TEXTS:
        return AddressSeen(address=None, text=written) if written else NO_ADDRESS
    plain, slash, length = found.partition("/")
    inside = parse_ip(plain) if slash and _LENGTH.fullmatch(length) else None
    if inside is not None and int(length) <= inside.max_prefixlen:
        if int(length) < inside.max_prefixlen:
            return AddressSeen(address=None, text=written, form=AddressForm.MASKED)
        found = plain
    host, port = split_port(found)
    value = parse_ip(host)
    if value is None:
        form = AddressForm.MASKED if re.search(r"[*xX]{1,3}(?=[.:]|$)", host) and "." in host else AddressForm.HOSTNAME
        return AddressSeen(address=None, port=port, text=written, form=form)
    if isinstance(value, ipaddress.IPv6Address) and value.ipv4_mapped is not None:
        return AddressSeen(address=str(value.ipv4_mapped), port=port, text=written, form=AddressForm.V4_MAPPED)
    form = AddressForm.V4 if value.version == 4 else AddressForm.V6  # noqa: PLR2004 - IP version
    return AddressSeen(address=str(value), port=port, text=written, form=form)


def shortened(seen: AddressSeen) -> AddressSeen:
    """Read an address of a provider that sets the last part to 0: a network, never one subscriber; it counts as masked."""
    value = ipaddress.ip_address(seen.address) if seen.address else None
    if value is None or int(value) & (0xFF if value.version == 4 else 2**64 - 1):  # noqa: PLR2004 - IP version
        return seen
    return AddressSeen(address=None, port=seen.port, text=seen.text, form=AddressForm.MASKED)


def _is_v4(written: str) -> bool:
    """Whether a text is an IPv4 address in the one spelling that ``inet_pton`` takes (no leading zeros, no spaces)."""
    try:
        socket.inet_pton(socket.AF_INET, written)
    except (OSError, ValueError):
        return False
    return True


def split_port(found: str) -> tuple[str, int | None]:
    """Split ``host:port`` and ``[host]:port``; a bare IPv6 address keeps all its groups."""
    match = _BRACKETED.fullmatch(found)
    if not match and found.count(":") == 1:
        match = _WITH_PORT.fullmatch(found)
    if not match or (match[2] and int(match[2]) > 65_535):  # noqa: PLR2004 - largest port
        return found, None
    return match[1], int(match[2]) if match[2] else None


def parse_ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Parse strictly: ``inet_pton`` spellings only; an IPv6 zone id (``%eth0``) is dropped."""
    bare = host.split("%", 1)[0] if ":" in host else host
    try:
        if ":" in bare:
            return ipaddress.IPv6Address(socket.inet_pton(socket.AF_INET6, bare))
        return ipaddress.IPv4Address(socket.inet_pton(socket.AF_INET, bare))
    except (OSError, ValueError):
        return None


_ENCODER = msgspec.json.Encoder(order="sorted", enc_hook=str)
_PLAIN = frozenset({str, int, bool, type(None)})
_KEYS = frozenset({str})
_EMPTY: tuple[object, ...] = ("", (), [], {})


def detail(values: Mapping[str, Any]) -> str:
    """Encode the rest of a row as JSON text: keys sorted, empty values dropped, no NaN."""
    kept = {key: value for key, value in values.items() if value or (value is not None and value not in _EMPTY)}
    if not kept:
        return "{}"
    if not _PLAIN.issuperset(map(type, kept.values())) and not _is_plain(kept.values()):
        kept = {key: _finite(value) for key, value in kept.items()}
    try:
        return _ENCODER.encode(kept).decode()
    except UnicodeEncodeError:  # lone surrogates, which JSON can name and UTF-8 cannot hold
        return json.dumps(kept, sort_keys=True, separators=(",", ":"), default=str)


def plain_detail(values: Mapping[str, Any]) -> str:
    """Encode as ``detail`` what holds texts, whole numbers, lists and maps by text only: nothing is looked for in it."""
    kept = {key: value for key, value in values.items() if value or (value is not None and value not in _EMPTY)}
    try:
        return _ENCODER.encode(kept).decode()
    except UnicodeEncodeError:
        return detail(kept)


MAX_DEPTH = 100
"""Levels of nesting that a detail may have; evidence beyond that is a trap for readers, not a record."""


def _is_plain(values: Collection[Any]) -> bool:
    """Whether values hold nothing that ``_finite`` would change or refuse: most do not, and asking is cheap."""
    level = [values]
    for _ in range(MAX_DEPTH):
        below: list[Collection[Any]] = []
        for held in level:
            for value in held:
                kind = type(value)
                if kind in _PLAIN:
                    continue
                if kind is list:
                    below.append(value)
                elif kind is dict and _KEYS.issuperset(map(type, value)):
                    below.append(value.values())
                else:
                    return False
        if not below:
            return True
        level = below
    return False


def _finite(value: Any, depth: int = 0) -> Any:
    if type(value) in _PLAIN:
        return value
    if depth > MAX_DEPTH:
        message = f"nested deeper than {MAX_DEPTH} levels"
        raise FieldError(message)
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if type(value) is dict:
        return {str(key): inner if type(inner) in _PLAIN else _finite(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, Mapping):
        return {str(key): _finite(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [inner if type(inner) in _PLAIN else _finite(inner, depth + 1) for inner in value]
    return value


def repair_mojibake(value: str) -> str:
    r"""Undo Meta's escaping of UTF-8 bytes as ``\\u00XX``: latin-1 out, UTF-8 in, all or nothing per string.

    Text with characters beyond U+00FF, or that is correct latin-1 already, comes back unchanged. cp1252 would differ in
    0x80-0x9F and is wrong here.
    """
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value
