"""Write minimal ``winmail.dat`` files (TNEF, MS-OXTNEF): properties of a message, and attachments.

Only for specimens and tests.
"""

from __future__ import annotations

import struct

INTERFACE = bytes.fromhex("0703020000000000c000000000000046")
"""IID_IMessage, which stands before an attached message (MS-OXTNEF section 2.1.3.5)."""

Part = tuple[str, bytes, bool]
"""An attachment: name, content, whether the content is the stream of a message."""


def tnef(
    texts: dict[int, str], times: dict[int, int] | None = None, parts: tuple[Part, ...] = (), flags: int = 1
) -> bytes:
    """Return a stream: texts by property id, times as FILETIME."""
    found = [_text(key, value) for key, value in texts.items()]
    found += [struct.pack("<HHQ", 0x40, key, value) for key, value in (times or {}).items()]
    found += [struct.pack("<HHI", 0x03, 0x0E07, flags), _named(), struct.pack("<HHII", 0x1003, 0x5902, 1, 7)]
    data = b"\x78\x9f\x3e\x22" + b"\x01\x00"
    data += _attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    data += _attribute(1, 0x00069007, struct.pack("<II", 1251, 0))
    data += _attribute(1, 0x00069003, struct.pack("<I", len(found)) + b"".join(found))
    for name, content, is_message in parts:
        values = [_text(0x3707, name), struct.pack("<HHI", 0x03, 0x3705, 5 if is_message else 1)]
        if is_message:
            held = INTERFACE + content
            values.append(struct.pack("<HHII", 0x0D, 0x3701, 1, len(held)) + _padded(held))
        data += _attribute(2, 0x00069002, bytes(14)) + _attribute(
            2, 0x00018010, name.encode("cp1251", "replace") + b"\x00"
        )
        if not is_message:
            data += _attribute(2, 0x0006800F, content)
        data += _attribute(2, 0x00069005, struct.pack("<I", len(values)) + b"".join(values))
    return data


def _attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _text(key: int, value: str) -> bytes:
    data = value.encode("utf-16-le") + b"\x00\x00"
    return struct.pack("<HHII", 0x1F, key, 1, len(data)) + _padded(data)


def _named() -> bytes:
    """Return a property with a name of its own, which readers must step over."""
    name = "x-own\x00".encode("utf-16-le")
    value = struct.pack("<II", 1, 2) + b"y\x00\x00\x00"
    return struct.pack("<HH", 0x1E, 0x8001) + bytes(16) + struct.pack("<II", 1, len(name)) + _padded(name) + value


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
