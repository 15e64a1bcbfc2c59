"""Messages attached to a message in an Outlook data file: as messages of their own, or as the bytes of .eml and .msg files.

The properties of a node stand in a heap (MS-PST section 2.3.1) as a tree from property to value (2.3.3): small values in
the record, others in the heap, long ones in a node below. An attachment says how it is kept (PidTagAttachMethod).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from forensics.ingest.mail_properties import FLAGS, HTML, TEXTS, TIMES, Properties, Stored
from forensics.ingest.mail_pst_nodes import DATA_LIMIT, MOST, Node, Nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PROPERTIES = 5_000
MAX_ATTACHED = 100
DEPTH = 5
_ATTACHMENT = 0x05
_METHOD, _DATA = 0x3705, 0x3701
_NAMES = (0x3707, 0x3704, 0x3001)
_AS_MESSAGE = 5
_SAVED = (".eml", ".msg", "winmail.dat")
_CONTEXT, _TREE = 0xBC, 0xB5
_NUMBERS = {0x02: 2, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 1}
"""Types whose values stand in the record, and their bytes."""

_OBJECT, _STRING, _WIDE, _BINARY, _NUMBER, _TIME = 0x0D, 0x1E, 0x1F, 0x102, 0x03, 0x40

Found = dict[tuple[int, int], bytes]
"""The values of properties by id and type, as bytes."""


def is_message(method: int, name: str) -> bool:
    """Whether an attachment is, or seems to hold, a message."""
    return method == _AS_MESSAGE or name.lower().endswith(_SAVED)


def inside(nodes: Nodes, number: int, place: str) -> Iterator[Stored]:
    """Yield the messages attached to the message with this number."""
    if nodes.unread:
        yield Stored(place, None, flaw=nodes.unread)
        return
    nodes.left = MOST
    node = nodes.node(number)
    for count, item in enumerate(_attached(nodes, node, place, DEPTH) if node is not None else (), start=1):
        if count > MAX_ATTACHED:
            yield Stored(item.place, None, flaw=f"more than {MAX_ATTACHED} attached messages: not read on")
            return
        yield item
    if nodes.left <= 0:
        yield Stored(place, None, flaw=f"attached messages are read to {MOST >> 20} MiB only")


def _attached(nodes: Nodes, message: Node, place: str, depth: int) -> Iterator[Stored]:
    parts = [(key, node) for key, node in sorted(nodes.below(message).items()) if key & 0x1F == _ATTACHMENT]
    for index, (_, node) in enumerate(parts[:MAX_ATTACHED], start=1):
        found = _properties(nodes, node)
        where = f"{place}/attachment/{index}"
        method = int.from_bytes(found.get((_METHOD, _NUMBER), b""), "little")
        name = _name(found)
        if not is_message(method, name):
            continue
        if method != _AS_MESSAGE:
            yield Stored(where, None, found.get((_DATA, _BINARY), b""))
            continue
        yield from _embedded(nodes, node, found, where, depth)
    if len(parts) > MAX_ATTACHED:
        yield Stored(place, None, flaw=f"more than {MAX_ATTACHED} attachments: not read on")


def _embedded(nodes: Nodes, part: Node, found: Found, place: str, depth: int) -> Iterator[Stored]:
    """Yield a message that an attachment is (its node stands below that of the attachment), and what it holds."""
    held = found.get((_DATA, _OBJECT), b"")
    number = struct.unpack_from("<I", held)[0] if len(held) >= 4 else 0  # noqa: PLR2004 - the number of a node
    node = nodes.below(part).get(number)
    values = _properties(nodes, node) if node is not None else {}
    if node is None or not values or depth <= 0:
        why = (
            f"messages nested deeper than {DEPTH}: not read" if node is not None and values else "not found in the file"
        )
        yield Stored(place, None, flaw=f"an attached message: {why}")
        return
    yield Stored(place, _message(values))
    yield from _attached(nodes, node, place, depth - 1)


def _message(found: Found) -> Properties:
    return Properties(
        texts={key: text for key in TEXTS if (text := _text(found, key))},
        times={
            key: int.from_bytes(value[:8], "little")
            for (key, kind), value in found.items()
            if kind == _TIME and key in TIMES
        },
        numbers={FLAGS: int.from_bytes(found.get((FLAGS, _NUMBER), b""), "little")},
        html=found.get((HTML, _BINARY), b""),
    )


def _name(found: Found) -> str:
    return next((text for key in _NAMES if (text := _text(found, key))), "")


def _text(found: Found, key: int) -> str:
    wide, narrow = found.get((key, _WIDE)), found.get((key, _STRING), b"")
    if wide is not None:
        return wide.decode("utf-16-le", "backslashreplace").rstrip("\x00")
    return narrow.rstrip(b"\x00").decode("cp1252", "backslashreplace")


def _properties(nodes: Nodes, node: Node) -> Found:
    """Read the properties of a node; what is damaged is left out."""
    blocks = nodes.blocks(node)
    if not blocks or len(blocks[0]) < 12 or blocks[0][3] != _CONTEXT:  # noqa: PLR2004 - the head of a heap
        return {}
    tree = _allocated(blocks, struct.unpack_from("<I", blocks[0], 4)[0])
    if len(tree) < 8 or tree[:3] != bytes((_TREE, 2, 6)):  # noqa: PLR2004 - the head of a tree
        return {}
    records = _records(blocks, struct.unpack_from("<I", tree, 4)[0], tree[3])
    below = nodes.below(node)
    room = DATA_LIMIT
    wanted = {*TEXTS, *TIMES, FLAGS, HTML, _METHOD, _DATA, *_NAMES}
    found: Found = {}
    for at in range(0, min(len(records), 8 * MAX_PROPERTIES) - 7, 8):
        key, kind, value = struct.unpack_from("<HHI", records, at)
        if key not in wanted:
            continue
        if kind in _NUMBERS:
            found[key, kind] = records[at + 4 : at + 4 + _NUMBERS[kind]]
        elif value & 0x1F == 0:
            found[key, kind] = _allocated(blocks, value) if value else b""
        elif value in below and room > 0:
            found[key, kind] = b"".join(nodes.blocks(below[value]))
            room -= len(found[key, kind])
    return found


def _records(blocks: list[bytes], root: int, levels: int) -> bytes:
    """Return the records of a tree, joined; of higher levels each names the next by its place in the heap."""
    places = [root]
    for _ in range(min(levels, 4)):
        rows = [_allocated(blocks, place) for place in places[:MAX_PROPERTIES]]
        places = [struct.unpack_from("<I", row, at + 2)[0] for row in rows for at in range(0, len(row) - 5, 6)]
    return b"".join([_allocated(blocks, place) for place in places[:MAX_PROPERTIES]])


def _allocated(blocks: list[bytes], place: int) -> bytes:
    """Return a piece of the heap: its number within a block (from 1) and the number of the block."""
    number, block = (place >> 5) & 0x7FF, place >> 16
    if not number or block >= len(blocks) or len(blocks[block]) < 4:  # noqa: PLR2004 - the head of a block
        return b""
    data = blocks[block]
    at = struct.unpack_from("<H", data)[0] + 4 + 2 * (number - 1)
    if at + 4 > len(data):
        return b""
    start, end = struct.unpack_from("<HH", data, at)
    return data[start:end]
