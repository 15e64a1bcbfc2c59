"""Messages inside a message: what was forwarded as an attachment, or returned as undeliverable (RFC 2046 section 5.2.1).

A phishing mail that somebody sends on for examination, and the spam that comes back to an account that was misused, are
evidence of their own: their hops are theirs, and never those of the message around them. The parts are cut out of the
bytes as they stand, so signatures of the inner message can be verified; base64 and quoted-printable are undone.

What stands in a report (RFC 6522: bounces, complaints, receipts), or behind the line that old servers write above the
copy in a bounce, is ``returned``: a message that was sent, and that the account which got the report did not receive.
"""

from __future__ import annotations

import binascii
import quopri
import re
from typing import TYPE_CHECKING, NamedTuple

from forensics.ingest.mail_headers import HeaderBlock, block_of
from forensics.ingest.mail_signed import content_of
from forensics.ingest.mail_tnef import SIGNATURE
from forensics.ingest.mail_words import decode_words

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ATTACHED = 100
"""Messages inside one message that are read."""

MAX_PARTS = 1_000
DEPTH = 6
NEAR = 64 * 1024
"""Bytes of a message in a mailbox that are searched for the beginning of another."""

OUTLOOK, TNEF = "outlook", "tnef"
"""Containers of messages: an .msg file, and the ``winmail.dat`` in which Outlook packs attachments (MS-OXTNEF)."""

_OUTLOOK_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOUNDARY = re.compile(r"boundary\s*=\s*(?:\"([^\"]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE)
_REPORT_TYPE = re.compile(r"report-type\s*=\s*\"?([a-z-]{1,40})", re.IGNORECASE)
_MESSAGES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers")
_STATUS = ("message/global-delivery-status", "message/global-disposition-notification")
_REPORTS = ("message/delivery-status", "message/feedback-report", "message/disposition-notification", *_STATUS)
_SAVED = re.compile(r"\bname\*?[0-9]*\*?\s*=\s*[^;]{0,300}\.(?:eml|msg)\b", re.IGNORECASE)
"""How programs attach a message as if it were any file."""

_PACKED = re.compile(r"\bname\*?[0-9]*\*?\s*=\s*[^;]{0,300}\bwin(?:mail|dat)[^;]{0,20}\.dat\b", re.IGNORECASE)
_SIGNED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_MIXED = ("multipart/mixed", "multipart/signed", "multipart/related", "multipart/alternative", "message/")
_HINTS = (b"message/rfc822", b"message/global", b"ms-tnef", b".eml", b".msg")
_COPY = re.compile(
    rb"(?im)^[ \t]{0,3}-{3,60}[ \t](?:this is a copy of (?:the|your) message|below this line is a copy of the message"
    rb"|original message follows|the header and body of the original message|unsent message follows)[^\n]{0,80}\n"
)
"""What servers without reports write above the copy in a bounce: Exim, qmail, older ones."""

_REPORT_LINES = 40


class Attached(NamedTuple):
    """A message inside another: its number (``2``, or ``2.1`` inside the second), its bytes; ``flaw`` says what is wrong.

    ``form`` names a container (``outlook``, ``tnef``) where the bytes are not the message itself. ``returned`` says of
    what kind the report is that it came back in, and ``report`` holds the lines that the report states about it.
    """

    number: str
    data: bytes
    flaw: str = ""
    form: str = ""
    returned: str = ""
    report: tuple[str, ...] = ()


class _Part(NamedTuple):
    """A part that holds no parts: fields, body as it stands, the type of what is around it, and of the report."""

    block: HeaderBlock
    body: bytes
    around: str = ""
    report: str = ""


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
    kind = block.first("content-type")[:40].lower()
    if kind.startswith("multipart/report"):
        return data.find(b"rfc822", block.body, NEAR) >= 0 or data.find(b"message/global", block.body, NEAR) >= 0
    if kind.startswith(_MIXED):
        return any(data.find(hint, 0, NEAR) >= 0 for hint in _HINTS)
    if kind.startswith(("multipart/digest", "application/ms-tnef", *_SIGNED)):
        return True
    return not kind.startswith("multipart/") and _is_bounce(block)


def _is_bounce(block: HeaderBlock) -> bool:
    """Whether a mail server seems to have written the message; one that says so falsely gains nothing by it."""
    return "x-failed-recipients" in block.names or "mailer-daemon" in block.first("from")[:200].lower()


def _inside(block: HeaderBlock, data: bytes, number: str, left: list[int]) -> Iterator[Attached]:
    place = 0
    told: tuple[str, ...] = ()
    bounce = "bounce" if _is_bounce(block) else ""
    for part in _parts(_Part(block, data[block.body :], report=bounce), left, DEPTH):
        if part.report and part.block.first("content-type").lower().startswith(_REPORTS):
            told = _stated(part.body)
            continue
        found = _message(part)
        if found is None and part.block is block:
            found = _copy(part.body) if bounce else None
        if found is None:
            continue
        place += 1
        own = f"{number}.{place}" if number else str(place)
        form, message = found
        yield Attached(own, message, form=form, returned=part.report, report=told if part.report else ())
        if not form and own.count(".") < DEPTH:
            yield from _inside(block_of(message), message, own, left)


def _parts(part: _Part, left: list[int], depth: int) -> Iterator[_Part]:
    """Yield the parts that hold no parts themselves, with their bodies as they stand; a message holds its own."""
    kind = part.block.first("content-type")
    plain = kind.lower()
    if plain.startswith(_SIGNED) and depth > 0:
        entity = content_of(_decoded(part))
        if entity:
            left[0] -= 1
            yield from _parts(_part_of(entity, "", part.report), left, depth - 1)
        return
    if not plain.startswith("multipart/"):
        yield part
        return
    match = _BOUNDARY.search(kind)
    if match is None or depth <= 0:
        return
    named = _REPORT_TYPE.search(kind)
    report = (named[1].lower() if named else "report") if plain.startswith("multipart/report") else part.report
    for piece in _pieces(part.body, (match[1] or match[2]).encode("utf-8", "surrogateescape")):
        left[0] -= 1
        if left[0] < 0:
            return
        yield from _parts(_part_of(piece, plain.partition(";")[0].strip(), report), left, depth - 1)


def _part_of(piece: bytes, around: str, report: str) -> _Part:
    # a part without fields begins with the blank line that ends them
    begins = len(piece) - len(piece.lstrip(b"\r\n"))
    block = HeaderBlock(body=begins) if piece[:1] in b"\r\n" else block_of(piece)
    return _Part(block, piece[block.body :], around, report)


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


def _message(part: _Part) -> tuple[str, bytes] | None:
    """Return the message that a part holds, its transfer encoding undone, and its form; ``None`` where it holds none."""
    kind = part.block.first("content-type").lower()
    default = part.around == "multipart/digest" and not kind  # RFC 2046 section 5.1.5
    named = decode_words(f"{part.block.first('content-type')};{part.block.first('content-disposition')}")
    packed = kind.startswith("application/ms-tnef") or _PACKED.search(named) is not None
    saved = kind.startswith("application/vnd.ms-outlook") or _SAVED.search(named) is not None
    if not (default or kind.startswith(_MESSAGES) or packed or saved):
        return None
    found = _decoded(part)
    if packed:
        return (TNEF, found) if found.startswith(SIGNATURE) else None
    if found.startswith(_OUTLOOK_FILE):
        return OUTLOOK, found
    found = found.lstrip(b"\r\n")
    return ("", found) if block_of(found).names else None


def _decoded(part: _Part) -> bytes:
    encoding = part.block.first("content-transfer-encoding").strip().lower()
    if encoding == "base64":
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", part.body)
        whole = letters[:-1] if len(letters) % 4 == 1 else letters  # cut off
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    return quopri.decodestring(part.body) if encoding == "quoted-printable" else part.body


def _copy(body: bytes) -> tuple[str, bytes] | None:
    """Return the copy of a message in a bounce of a server that writes no reports."""
    mark = _COPY.search(body)
    if mark is None:
        return None
    found = body[mark.end() :].lstrip(b"-\r\n\t ")
    names = block_of(found).names
    return ("", found) if "from" in names or "received" in names else None


def _stated(body: bytes) -> tuple[str, ...]:
    """Return the lines of the part of a report that is made for programs (RFC 3464, RFC 5965)."""
    text = body[:20_000].decode("utf-8", "backslashreplace")
    lines = (" ".join(line.split()) for line in re.sub(r"\r?\n[ \t]+", " ", text).splitlines())
    return tuple([line[:500] for line in lines if line][:_REPORT_LINES])
