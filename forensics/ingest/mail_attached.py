"""Messages inside a message: what was forwarded as an attachment, or returned as undeliverable (RFC 2046 section 5.2.1).

A phishing mail that somebody sends on for examination, and the spam that comes back to an account that was misused, are
evidence of their own: their hops are theirs, and never those of the message around them. The parts are cut out of the
bytes as they stand, so signatures of the inner message can be verified; base64 and quoted-printable are undone.
"""

from __future__ import annotations

import binascii
import quopri
import re
from typing import TYPE_CHECKING, NamedTuple

from forensics.ingest.mail_headers import HeaderBlock, block_of
from forensics.ingest.mail_words import decode_words

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ATTACHED = 100
"""Messages inside one message that are read."""

MAX_PARTS = 1_000
DEPTH = 6

_BOUNDARY = re.compile(r"boundary\s*=\s*(?:\"([^\"]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE)
_MESSAGES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers")
_SAVED = re.compile(r"\bname\*?[0-9]*\*?\s*=\s*[^;]{0,300}\.eml\b", re.IGNORECASE)
"""How programs attach a message as if it were any file."""


_MIXED = ("multipart/mixed", "multipart/digest", "multipart/signed", "message/rfc822")
NEAR = 64 * 1024
"""Bytes of a message in a mailbox that are searched for the beginning of another."""


class Attached(NamedTuple):
    """A message inside another: its number (``2``, or ``2.1`` inside the second), its bytes; ``flaw`` says what is wrong."""

    number: str
    data: bytes
    flaw: str = ""


def attached(block: HeaderBlock, data: bytes) -> Iterator[Attached]:
    """Yield the messages inside a message, in order, each before what it holds itself."""
    left = [MAX_PARTS]
    for count, item in enumerate(_inside(block, data, "", left), start=1):
        if count > MAX_ATTACHED:
            yield Attached(item.number, b"", f"more than {MAX_ATTACHED} attached messages: not read on")
            return
        yield item
    if left[0] <= 0:
        yield Attached("0", b"", f"a message of more than {MAX_PARTS} parts: not read on")


def seems_to_hold(block: HeaderBlock, data: bytes) -> bool:
    """Whether another message seems to begin near the top of one: a cheap question, asked of every one of a mailbox."""
    kind = block.first("content-type")[:16].lower()
    if kind.startswith("multipart/report"):
        return data.find(b"rfc822", block.body, NEAR) >= 0
    return kind.startswith(_MIXED) and data.find(b"message/rfc822", 0, NEAR) >= 0


def _inside(block: HeaderBlock, data: bytes, number: str, left: list[int]) -> Iterator[Attached]:
    place = 0
    for part, body in _parts(block, data, left, DEPTH):
        found = _message(part, body)
        if found is None:
            continue
        place += 1
        own = f"{number}.{place}" if number else str(place)
        yield Attached(own, found)
        if own.count(".") < DEPTH:
            yield from _inside(block_of(found), found, own, left)


def _parts(block: HeaderBlock, data: bytes, left: list[int], depth: int) -> Iterator[tuple[HeaderBlock, bytes]]:
    """Yield the parts that hold no parts themselves, with their bodies as they stand; a message holds its own."""
    kind = block.first("content-type")
    if not kind.lower().startswith("multipart/"):
        yield block, data[block.body :]
        return
    match = _BOUNDARY.search(kind)
    if match is None or depth <= 0:
        return
    for piece in _pieces(data[block.body :], (match[1] or match[2]).encode("utf-8", "surrogateescape")):
        left[0] -= 1
        if left[0] < 0:
            return
        # a part without fields begins with the blank line that ends them
        part = HeaderBlock(body=len(piece) - len(piece.lstrip(b"\r\n"))) if piece[:1] in b"\r\n" else block_of(piece)
        yield from _parts(part, piece, left, depth - 1)


def _pieces(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Yield what stands between the lines of a boundary; what is cut off runs to the end."""
    line = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*\r?(?=\n|\Z)")
    start = -1
    for match in line.finditer(body):
        if start >= 0:
            yield body[start : match.start()]
        if match[1]:
            return
        start = match.end() + 1
    if start >= 0:
        yield body[start:]


def _message(part: HeaderBlock, body: bytes) -> bytes | None:
    """Return the message that a part holds, its transfer encoding undone; ``None`` where it holds none."""
    kind = part.first("content-type").lower()
    if not kind.startswith(_MESSAGES):
        named = f"{part.first('content-type')};{part.first('content-disposition')}"
        if kind.startswith(("text/", "multipart/")) or not _SAVED.search(decode_words(named)):
            return None
    encoding = part.first("content-transfer-encoding").strip().lower()
    found = body
    if encoding == "base64":
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        whole = letters[:-1] if len(letters) % 4 == 1 else letters  # cut off
        found = binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    elif encoding == "quoted-printable":
        found = quopri.decodestring(body)
    found = found.lstrip(b"\r\n")
    return found if block_of(found).names else None
