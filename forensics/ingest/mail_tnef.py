"""Read ``winmail.dat`` (TNEF, MS-OXTNEF): what Outlook wraps attachments in when it writes to other programs.

A stream of attributes (section 2.1.2): those of the message first, then of each attachment in turn. MAPI properties stand
in two of them (attMsgProps, attAttachment). An attached message is a property of its own, a TNEF stream again behind the
sixteen bytes of an interface id (section 2.1.3.5); an attached .eml or .msg is a file of bytes. All of it was written by the
sender's program: the properties are the sender's word, and what is inside is the word of whoever attached it.

Bounded: attributes and properties are counted, nothing is copied but what is kept, and a damaged length ends the stream.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from forensics.ingest.mail_properties import FLAGS, HEADERS, HTML, TEXTS, TIMES, Properties, Stored, charset_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_ATTRIBUTES = 5_000
MAX_PROPERTIES = 5_000
"""Of one message or attachment."""

DEPTH = 5
_HEAD = 6  # signature and key
_MESSAGE_PROPERTIES, _ATTACHMENT_PROPERTIES, _NEW_ATTACHMENT = 0x9003, 0x9005, 0x9002
_CONTENT, _TITLE, _CODEPAGE = 0x800F, 0x8010, 0x9007
_ATTRIBUTE, _CHECKSUM = 9, 2
_OLD_FIELDS = {0x8004: 0x0037, 0x8009: 0x1035}
"""Attributes of old programs that write no properties: subject, Message-ID."""

_OBJECT, _STRING, _WIDE, _BINARY, _NUMBER, _TIME, _MANY = 0x0D, 0x1E, 0x1F, 0x102, 0x03, 0x40, 0x1000
_VARIABLE = (_OBJECT, _STRING, _WIDE, _BINARY)
_WIDTHS = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_NAMED = 0x8000
_DATA = 0x3701
_NAMES = (0x3707, 0x3704, 0x3001)
_INTERFACE = 16
_OUTLOOK_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Found = dict[tuple[int, int], bytes]
"""The values of properties by id and type, as bytes."""


class _Attribute(NamedTuple):
    level: int
    name: int
    data: memoryview


def is_tnef(head: bytes) -> bool:
    """Whether the file begins as one, with the attribute that all have first: a version, at the level of the message."""
    return head.startswith(SIGNATURE) and head[6:7] == b"\x01" and head[9:11] in (b"\x08\x00", b"\x07\x00", b"\x06\x00")


def read_tnef(data: bytes, place: str, depth: int = DEPTH) -> Iterator[Stored]:
    """Yield the message of a stream (place as given), then those inside it; files that hold messages as bytes."""
    message: Found = {}
    parts: list[tuple[Found, memoryview]] = []
    page = 1252
    for item in _attributes(data):
        if item.name == _CODEPAGE and len(item.data) >= 4:  # noqa: PLR2004 - a number
            page = struct.unpack_from("<I", item.data)[0]
        elif item.name == _MESSAGE_PROPERTIES and item.level == 1:
            message = {**message, **_properties(item.data)}
        elif item.name in _OLD_FIELDS and item.level == 1:
            message.setdefault((_OLD_FIELDS[item.name], _STRING), bytes(item.data))
        elif item.name == _NEW_ATTACHMENT:
            parts.append(({}, memoryview(b"")))
        elif parts and item.name in {_ATTACHMENT_PROPERTIES, _TITLE}:
            old = {} if item.name == _ATTACHMENT_PROPERTIES else {(0x3704, _STRING): bytes(item.data)}
            found = _properties(item.data) if item.name == _ATTACHMENT_PROPERTIES else {}
            parts[-1] = ({**old, **parts[-1][0], **found}, parts[-1][1])
        elif parts and item.name == _CONTENT:
            parts[-1] = (parts[-1][0], item.data)
    charset = charset_of(page)
    named = tuple(_name(found, charset) for found, _ in parts)
    yield Stored(place, _message(message, charset, tuple(name for name in named if name)))
    for number, (found, content) in enumerate(parts, start=1):
        yield from _inside(found, content, f"{place}/attachment/{number}", _name(found, charset), depth)


def tells_headers(item: Stored) -> bool:
    """Whether a stream holds the transport headers of its message, which programs seldom put into it."""
    return item.properties is not None and HEADERS in item.properties.texts


def _inside(found: Found, content: memoryview, place: str, name: str, depth: int) -> Iterator[Stored]:
    held = found.get((_DATA, _OBJECT), b"")
    if held[_INTERFACE : _INTERFACE + 4] == SIGNATURE:
        if depth > 0:
            yield from read_tnef(held[_INTERFACE:], place, depth - 1)
        return
    data = bytes(content) or found.get((_DATA, _BINARY), b"")
    if data.startswith(_OUTLOOK_FILE) or name.lower().endswith((".eml", ".msg")):
        yield Stored(place, None, data)


def _attributes(data: bytes) -> Iterator[_Attribute]:
    view, at = memoryview(data), _HEAD
    for _ in range(MAX_ATTRIBUTES):
        if at + _ATTRIBUTE > len(data):
            return
        level, name, _kind, length = struct.unpack_from("<BHHI", data, at)
        at += _ATTRIBUTE
        if level not in (1, 2):
            return
        yield _Attribute(level, name, view[at : at + length])
        at += length + _CHECKSUM


def _properties(data: memoryview) -> Found:
    """Read a list of properties (section 2.1.3.4); what follows a damaged one is not read."""
    found: Found = {}
    count = struct.unpack_from("<I", data)[0] if len(data) >= 4 else 0  # noqa: PLR2004 - a number
    at = 4
    for _ in range(min(count, MAX_PROPERTIES)):
        if at + 4 > len(data):
            break
        kind, key = struct.unpack_from("<HH", data, at)
        at += 4
        if key >= _NAMED:
            at = _behind_name(data, at)
        values, at = _values(data, at, kind)
        if at < 0:
            break
        if values and not kind & _MANY:
            found.setdefault((key, kind), values[0])
    return found


def _behind_name(data: memoryview, at: int) -> int:
    """Return where the value of a named property begins: behind a GUID and a number, or a string."""
    if at + 24 > len(data):
        return len(data)
    kind, number = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (_padded(number) if kind == 1 else 0)


def _values(data: memoryview, at: int, kind: int) -> tuple[list[bytes], int]:
    """Return the values of a property and where the next begins, -1 where that cannot be told."""
    plain, count = kind & ~_MANY, 1
    if plain in _VARIABLE or kind & _MANY:
        if at + 4 > len(data):
            return [], -1
        count, at = struct.unpack_from("<I", data, at)[0], at + 4
    values: list[bytes] = []
    for number in range(count):
        width = _WIDTHS.get(plain, -1)
        length = width
        if plain in _VARIABLE:
            if at + 4 > len(data):
                return values, -1
            width, at = struct.unpack_from("<I", data, at)[0], at + 4
            length = _padded(width)
        if width < 0 or at + width > len(data):
            return values, -1
        if number == 0:
            values.append(bytes(data[at : at + width]))
        at += length
    return values, at


def _padded(length: int) -> int:
    return length + (-length % 4)


def _message(found: Found, charset: str, attachments: tuple[str, ...]) -> Properties:
    return Properties(
        texts={key: text for key in TEXTS if (text := _text(found, key, charset))},
        times={
            key: int.from_bytes(value, "little")
            for (key, kind), value in found.items()
            if kind == _TIME and key in TIMES
        },
        numbers={
            key: int.from_bytes(value, "little")
            for (key, kind), value in found.items()
            if (key, kind) == (FLAGS, _NUMBER)
        },
        html=found.get((HTML, _BINARY), b""),
        attachments=attachments,
    )


def _text(found: Found, key: int, charset: str) -> str:
    wide, narrow = found.get((key, _WIDE)), found.get((key, _STRING))
    if wide is not None:
        return wide.decode("utf-16-le", "backslashreplace").rstrip("\x00")
    if narrow is None:
        return ""
    return narrow.rstrip(b"\x00").decode(charset, "backslashreplace")


def _name(found: Found, charset: str) -> str:
    return next((text for key in _NAMES if (text := _text(found, key, charset))), "")
