"""What a time stamp says (RFC 3161), read from its DER bytes without believing it; and how its bytes are asked for.

Only what is needed is read: status, hash, imprint, time, accuracy, nonce, policy. ``timestamp_chain`` checks signature
and certificates. Lengths are definite (DER); every place is found by its position, so nesting cannot run away.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from forensics.errors import TamperError

MAX_RESPONSE = 65_536
HASHES = {
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}
"""Object identifier (content bytes) → name of the hash (NIST, joint-iso-itu-t 2.16.840.1.101.3.4.2)."""

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_SEQUENCE, _INTEGER, _OCTETS, _OBJECT, _TIME = 0x30, 0x02, 0x04, 0x06, 0x18
_LONG_TAG = 0x1F  # X.690, section 8.1.2.4
_EXPLICIT_0, _IMPLICIT_0, _IMPLICIT_1 = 0xA0, 0x80, 0x81
_GENERALIZED = re.compile(rb"([0-9]{14})(?:\.([0-9]{0,5}[1-9]))?Z")
STATUSES = {
    1: "granted with changes",
    2: "rejected",
    3: "waiting",
    4: "revocation warning",
    5: "revocation notice",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """``time`` is aware, UTC; ``accuracy`` how far off it may be by the authority's own words (zero: not stated)."""

    hash: str
    imprint: bytes
    time: datetime
    accuracy: timedelta
    nonce: int | None
    policy: str

    @property
    def before(self) -> datetime:
        """The latest moment at which what was stamped may first have existed."""
        return self.time + self.accuracy

    @property
    def after(self) -> datetime:
        """The earliest moment at which the token may have been made."""
        return self.time - self.accuracy

    def covers(self, data: bytes) -> bool:
        """Say whether the token is over these bytes."""
        return hashlib.new(self.hash, data).digest() == self.imprint


@dataclass(frozen=True, slots=True)
class _Element:
    """One DER element inside ``data``: tag, and where it, its content and its end lie."""

    data: bytes
    tag: int
    start: int
    body: int
    end: int

    @property
    def content(self) -> bytes:
        return self.data[self.body : self.end]

    @property
    def whole(self) -> bytes:
        return self.data[self.start : self.end]

    def parts(self) -> list[_Element]:
        found, at = [], self.body
        while at < self.end:
            element = _element(self.data, at, self.end)
            found.append(element)
            at = element.end
        return found


def _element(data: bytes, at: int, limit: int) -> _Element:
    _require(at + 2 <= limit and data[at] & _LONG_TAG != _LONG_TAG, "it ends early, or holds a tag of many bytes")
    length, body = data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        _require(1 <= count <= 3 and body + count <= limit, "a length is indefinite or too large")  # noqa: PLR2004 - X.690, 8.1.3
        length, body = int.from_bytes(data[body : body + count], "big"), body + count
    _require(body + length <= limit, "an element is longer than what holds it")
    return _Element(data, data[at], at, body, body + length)


def read_response(data: bytes) -> Token:
    """Return what a time-stamp response says; ``TamperError`` where it is none, or the authority refused."""
    _require(len(data) <= MAX_RESPONSE, f"it is longer than {MAX_RESPONSE} bytes")
    response = _element(data, 0, len(data))
    _require(response.tag == _SEQUENCE and response.end == len(data), "it is not one response")
    parts = response.parts()
    _require(bool(parts) and parts[0].tag == _SEQUENCE, "it has no status")
    status = _integer(_nth(parts[0].parts(), 0, _INTEGER))
    _require(status == 0, f"the authority answered: {STATUSES.get(status, 'unknown status')}")
    info = _element(content := _info(_signed_data(data)), 0, len(content))
    _require(info.tag == _SEQUENCE and info.end == len(content), "its content is not one statement")
    return _token(info.parts())


def nonce_of_request(data: bytes) -> int | None:
    """Return the nonce of a time-stamp request (RFC 3161, section 2.4.1): the integer after version and imprint."""
    request = _element(data, 0, len(data))
    _require(request.tag == _SEQUENCE and request.end == len(data), "it is no request")
    return next((_integer(part) for part in request.parts()[2:] if part.tag == _INTEGER), None)


def in_order(data: bytes) -> bytes:
    """Return the response with the certificates of its token in the order that DER asks of a set.

    Many authorities send them as they please. They are not signed, so that their order says nothing; but strict
    readers refuse a reply for it.
    """
    bag = next((part for part in _signed_data(data) if part.tag == _EXPLICIT_0), None)
    if bag is None:
        return data
    return data[: bag.body] + b"".join(sorted(part.whole for part in bag.parts())) + data[bag.end :]


def _signed_data(data: bytes) -> list[_Element]:
    """Return the parts of SignedData (RFC 5652, section 5.1) of a response."""
    parts = _element(data, 0, len(data)).parts()
    content = _nth(parts, 1, _SEQUENCE).parts()
    _require(_nth(content, 0, _OBJECT).content == SIGNED_DATA, "its token is not signed data")
    inner = _nth(_nth(content, 1, _EXPLICIT_0).parts(), 0, _SEQUENCE)
    return inner.parts()


def _info(parts: list[_Element]) -> bytes:
    content = _nth(parts, 2, _SEQUENCE).parts()
    _require(_nth(content, 0, _OBJECT).content == TST_INFO, "its token is no time stamp")
    return _nth(_nth(content, 1, _EXPLICIT_0).parts(), 0, _OCTETS).content


def _token(parts: list[_Element]) -> Token:
    """Read TSTInfo (RFC 3161, section 2.4.2)."""
    policy = _nth(parts, 1, _OBJECT).content
    imprint = _nth(parts, 2, _SEQUENCE).parts()
    name = HASHES.get(_nth(_nth(imprint, 0, _SEQUENCE).parts(), 0, _OBJECT).content, "")
    digest = _nth(imprint, 1, _OCTETS).content
    _require(bool(name), "its hash is none of SHA-256, SHA-384, SHA-512")
    _require(len(digest) == hashlib.new(name).digest_size, "its imprint has the wrong length")
    accuracy, nonce = timedelta(), None
    for part in parts[5:]:
        if part.tag == _SEQUENCE:
            accuracy = _accuracy(part)
        elif part.tag == _INTEGER:
            nonce = _integer(part)
    return Token(
        hash=name,
        imprint=digest,
        time=_time(_nth(parts, 4, _TIME).content),
        accuracy=accuracy,
        nonce=nonce,
        policy=_dotted(policy),
    )


def _accuracy(element: _Element) -> timedelta:
    total = timedelta()
    units = {
        _INTEGER: timedelta(seconds=1),
        _IMPLICIT_0: timedelta(milliseconds=1),
        _IMPLICIT_1: timedelta(microseconds=1),
    }
    for part in element.parts():
        number = int.from_bytes(part.content, "big")
        _require(part.tag in units and number < 10**9, "its accuracy is out of range")
        total += units[part.tag] * number
    return total


def _time(text: bytes) -> datetime:
    """Read GeneralizedTime as RFC 3161 asks for it: seconds, perhaps a fraction, and Z."""
    found = _GENERALIZED.fullmatch(text)
    try:
        if found:
            whole = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
            return whole + timedelta(microseconds=int((found[2] or b"0").ljust(6, b"0")))
    except ValueError:
        pass
    message = "the time stamp cannot be read: its time is none"
    raise TamperError(message)


def _integer(element: _Element) -> int:
    _require(1 <= len(element.content) <= 64, "an integer is out of range")  # noqa: PLR2004 - far above any nonce
    return int.from_bytes(element.content, "big", signed=True)


def _dotted(content: bytes) -> str:
    numbers, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2) if numbers else 0
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]])) if numbers else ""


def _nth(parts: list[_Element], index: int, tag: int) -> _Element:
    _require(index < len(parts) and parts[index].tag == tag, "a part is missing or of another kind")
    return parts[index]


def _require(condition: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        message = f"the time stamp cannot be read: {what}"
        raise TamperError(message)
