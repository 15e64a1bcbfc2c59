"""The content of an opaque-signed S/MIME message (RFC 8551 section 3.5.2): a MIME entity inside a signature container.

Such a message (``application/pkcs7-mime; smime-type=signed-data``) has its true body, attached messages included, inside
a CMS SignedData (RFC 5652 section 5.1), written in DER or, with lengths that are not told, in BER (X.690 section 8.1.3.6).
The signature itself is not verified: a certificate says who signed the body, and nothing of the way of the message.
What is encrypted has no content here.
"""

from __future__ import annotations

from typing import NamedTuple

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_SEQUENCE, _OBJECT, _OCTETS, _OCTETS_PARTS, _EXPLICIT = 0x30, 0x06, 0x04, 0x24, 0xA0
MAX_ELEMENTS = 100_000
"""Elements that are looked at: programs that stream write the content in pieces of a KiB or so."""

DEPTH = 4


class _Element(NamedTuple):
    """Tag, where the content begins and ends (-1: at the end-of-contents octets), all as offsets."""

    tag: int
    start: int
    end: int


def content_of(data: bytes) -> bytes:
    """Return the MIME entity inside a SignedData, b"" where there is none that can be read."""
    budget = [MAX_ELEMENTS]
    whole = _element(data, 0, len(data))
    info = _children(data, whole, _SEQUENCE, budget, 2)
    if len(info) < 2 or not _is(data, info[0], _SIGNED_DATA):  # noqa: PLR2004 - type and content
        return b""
    signed = _children(data, _first(data, info[1], _EXPLICIT, budget), _SEQUENCE, budget, 3)
    if len(signed) < 3:  # noqa: PLR2004 - version, digest algorithms, what was signed
        return b""
    inner = _children(data, signed[2], _SEQUENCE, budget, 2)
    if len(inner) < 2 or not _is(data, inner[0], _DATA):  # noqa: PLR2004 - as above
        return b""
    octets = _first(data, inner[1], _EXPLICIT, budget)
    return b"" if octets is None else b"".join(_octets(data, octets, budget, DEPTH))


def _element(data: bytes, at: int, limit: int) -> _Element | None:
    """Read the head of one element; ``None`` where it is none (tags of more than one byte occur nowhere here)."""
    if at + 2 > limit or data[at] & 0x1F == 0x1F:  # noqa: PLR2004 - a tag of several bytes
        return None
    tag, length = data[at], data[at + 1]
    if length == 0x80:  # noqa: PLR2004 - not told
        return _Element(tag, at + 2, -1)
    if length < 0x80:  # noqa: PLR2004 - short form
        return _Element(tag, at + 2, min(limit, at + 2 + length))
    count = length & 0x7F
    if count > 8 or at + 2 + count > limit:  # noqa: PLR2004 - bytes of a length
        return None
    start = at + 2 + count
    return _Element(tag, start, min(limit, start + int.from_bytes(data[at + 2 : start], "big")))


def _within(data: bytes, around: _Element | None, budget: list[int], most: int) -> list[_Element]:
    """Return the first elements inside one, at most so many; the end of each that does not tell it is found."""
    found: list[_Element] = []
    if around is None:
        return found
    limit = len(data) if around.end < 0 else around.end
    at = around.start
    while len(found) < most and budget[0] > 0 and at < limit:
        budget[0] -= 1
        item = _element(data, at, limit)
        if item is None or (around.end < 0 and item.tag == 0 and item.start == item.end):
            break
        found.append(item)
        if len(found) == most:
            break
        at = _behind(data, item, limit, budget)
    return found


def _behind(data: bytes, item: _Element, limit: int, budget: list[int]) -> int:
    """Return where an element ends, its end-of-contents octets included."""
    if item.end >= 0:
        return item.end
    at, open_ = item.start, 1
    while open_ and budget[0] > 0 and at < limit:
        budget[0] -= 1
        inner = _element(data, at, limit)
        if inner is None:
            return limit
        if inner.end < 0:
            open_ += 1
            at = inner.start
        else:
            open_ -= inner.tag == 0 and inner.start == inner.end
            at = inner.end
    return at


def _children(data: bytes, around: _Element | None, tag: int, budget: list[int], most: int) -> list[_Element]:
    return _within(data, around, budget, most) if around is not None and around.tag == tag else []


def _first(data: bytes, around: _Element, tag: int, budget: list[int]) -> _Element | None:
    return next(iter(_children(data, around, tag, budget, 1)), None)


def _is(data: bytes, item: _Element, name: bytes) -> bool:
    return item.tag == _OBJECT and data[item.start : item.end] == name


def _octets(data: bytes, item: _Element, budget: list[int], depth: int) -> list[bytes]:
    """Return the pieces of an octet string, written at once or in parts."""
    if item.tag == _OCTETS and item.end >= 0:
        return [data[item.start : item.end]]
    if item.tag != _OCTETS_PARTS or depth <= 0:
        return []
    parts = _within(data, item, budget, MAX_ELEMENTS)
    return [piece for part in parts for piece in _octets(data, part, budget, depth - 1)]
