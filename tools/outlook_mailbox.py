"""Write minimal Outlook data files (.pst, Unicode, MS-PST): folders and messages as property contexts.

Only for specimens and tests: every node in one heap of at most one block, tables with the identifiers of their rows only.
Long values stand in nodes of their own. Attachments, and messages inside them, are nodes below a message (MS-PST section
2.2.2.8.3.3). Enough for libpff.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

STORE, NAMES, ROOT = 0x21, 0x61, 0x122
FOLDER, MESSAGE, ATTACHMENT, LONG = 0x02, 0x04, 0x05, 0x1F
"""Types of nodes: the low five bits of an identifier."""

PAGE, FIRST_PAGE, BLOCK_UNIT, TRAILER = 512, 0x4800, 64, 16
TEXT, TIME, NUMBER, BINARY, BOOLEAN, OBJECT = 0x1F, 0x40, 0x03, 0x102, 0x0B, 0x0D
ATTACHMENTS = 0x671
"""The node of the table of a message's attachments."""
HEAP_LIMIT, BLOCK_LIMIT = 3_580, 8_176
NAMED = struct.pack("<IHH", 0x8554, 2, 0)
"""One named property, because readers expect a list that is not empty."""

Value = str | int | bytes


@dataclass
class Node:
    """A folder, message or attachment: identifier, identifier of its parent, properties by (id, type), nodes below it."""

    nid: int
    parent: int
    properties: dict[tuple[int, int], Value] = field(default_factory=dict)
    below: list[Node] = field(default_factory=list)


class _Blocks:
    """The blocks of a file in order, each with its entry; ``encoding`` is a table from byte to byte as stored."""

    def __init__(self, start: int, encoding: bytes) -> None:
        self.start, self.encoding, self.data, self.entries = start, encoding, bytearray(), [b""]

    def add(self, data: bytes, *, internal: bool = False) -> int:
        """Write a block and return its identifier; bit 1 marks blocks that list others (MS-PST section 2.2.2.2)."""
        bid = len(self.entries) * 4 | (2 if internal else 0)
        data = data if internal or not self.encoding else data.translate(self.encoding)
        offset = self.start + len(self.data)
        size = -(-(len(data) + TRAILER) // BLOCK_UNIT) * BLOCK_UNIT
        trailer = struct.pack("<HHIQ", len(data), _signature(offset, bid), crc(data), bid)
        self.data += data.ljust(size - TRAILER, b"\x00") + trailer
        self.entries.append(struct.pack("<QQHHI", bid, offset, len(data), 2, 0))
        return bid

    def tree(self, data: bytes) -> int:
        """Write data of any length: a block, or several and one that lists them (MS-PST section 2.2.2.8.3.2)."""
        pieces = [data[at : at + BLOCK_LIMIT] for at in range(0, len(data), BLOCK_LIMIT)] or [b""]
        if len(pieces) == 1:
            return self.add(data)
        listed = [struct.pack("<Q", self.add(piece)) for piece in pieces]
        return self.add(struct.pack("<BBHI", 1, 1, len(listed), len(data)) + b"".join(listed), internal=True)

    def below(self, nodes: list[Node], long: dict[int, bytes]) -> int:
        """Write the nodes and long values below one, return the identifier of their list; 0 where there are none."""
        if not nodes and not long:
            return 0
        parts = [node.nid for node in nodes if node.nid & 0x1F == ATTACHMENT]
        found = {nid: (self.tree(data), 0) for nid, data in long.items()}
        for node in nodes:
            data, more = heap(node.properties)
            found[node.nid] = (self.add(data), self.below(node.below, more))
        if parts:
            found[ATTACHMENTS] = (self.add(table(parts)), 0)
        listed = [struct.pack("<QQQ", nid, data, more) for nid, (data, more) in sorted(found.items())]
        return self.add(struct.pack("<BBHI", 2, 0, len(listed), 0) + b"".join(listed), internal=True)


def crc(data: bytes) -> int:
    """Return the checksum of the format: CRC-32 without the inversions."""
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def _signature(offset: int, bid: int) -> int:
    mixed = (offset ^ bid) & 0xFFFFFFFF
    return (mixed >> 16 ^ mixed) & 0xFFFF


def data_file(nodes: list[Node], encoding: bytes = b"") -> bytes:
    """Return the bytes of a data file with these nodes; store, names and root folder are added."""
    fixed = [
        Node(STORE, 0, {(0x3001, TEXT): "Outlook data file", (0x35E0, BINARY): bytes(24)}),
        Node(NAMES, 0, {(1, NUMBER): 251, (2, BINARY): bytes(16), (3, BINARY): NAMED, (4, BINARY): bytes(4)}),
        Node(ROOT, ROOT, {(0x3001, TEXT): "", (0x3602, NUMBER): 0, (0x360A, BOOLEAN): 1}),
    ]
    heaps = {node.nid: (node.parent, *heap(node.properties), node.below) for node in (*fixed, *nodes)}
    for kind, distance in ((FOLDER, 11), (MESSAGE, 12)):  # the tables of a folder have its number and other types
        below = [node for node in nodes if node.nid & 0x1F == kind and node.parent in heaps]
        for parent in {node.parent for node in below}:
            heaps[parent + distance] = (0, table([node.nid for node in below if node.parent == parent]), {}, [])
    blocks, node_entries = _Blocks(FIRST_PAGE + 2 * PAGE, encoding), []
    for nid, (parent, data, long, more) in sorted(heaps.items()):
        node_entries.append(struct.pack("<QQQII", nid, blocks.add(data), blocks.below(more, long), parent, 0))
    page_bid = 4 * (len(blocks.entries) + 9)
    lower = bytearray()  # pages below the first, where one does not hold all
    node_page = _pages(node_entries, 32, 0x81, FIRST_PAGE, page_bid, blocks, lower)
    block_page = _pages(blocks.entries[1:], 24, 0x80, FIRST_PAGE + PAGE, page_bid + 4, blocks, lower)
    blocks.data += lower
    end = blocks.start + len(blocks.data)
    head = _header(end, page_bid, 1 if encoding else 0)
    return head.ljust(FIRST_PAGE, b"\x00") + node_page + block_page + bytes(blocks.data)


def _pages(  # noqa: PLR0913, PLR0917 - what a tree of pages needs
    entries: list[bytes], size: int, kind: int, offset: int, bid: int, blocks: _Blocks, lower: bytearray
) -> bytes:
    """Return the first page of a tree; where one is too small, the pages below it are added behind the blocks."""
    limit = 488 // size
    if len(entries) <= limit:
        return _page(entries, size, kind, offset, bid)
    lower += b"\x00" * (-(blocks.start + len(blocks.data) + len(lower)) % PAGE)
    names = []
    for at in range(0, len(entries), limit):
        place, number = blocks.start + len(blocks.data) + len(lower), bid + 400 + 8 * (at + 1)
        lower += _page(entries[at : at + limit], size, kind, place, number)
        names.append(entries[at][:8] + struct.pack("<QQ", number, place))
    return _page(names, 24, kind, offset, bid, 1)


def _page(entries: list[bytes], size: int, kind: int, offset: int, bid: int, level: int = 0) -> bytes:
    limit = 488 // size
    body = b"".join(entries).ljust(488, b"\x00") + struct.pack("<BBBBI", len(entries), limit, size, level, 0)
    return body + struct.pack("<BBHIQ", kind, kind, _signature(offset, bid), crc(body), bid)


def _header(end: int, page_bid: int, encoded: int) -> bytes:
    root = struct.pack(
        "<IQQQQQQQQBBH",
        0, end, 0x4400, 0, 0, page_bid, FIRST_PAGE, page_bid + 4, FIRST_PAGE + PAGE, 0, 0, 0,
    )  # fmt: skip
    body = struct.pack("<2sHHBBII", b"SM", 23, 19, 1, 1, 0, 0)
    body += struct.pack("<QQI", 0, page_bid + 100, 1) + struct.pack("<32I", *[0x400] * 32) + bytes(8)
    body += root + bytes(4) + b"\xff" * 256 + struct.pack("<BBHQ", 0x80, encoded, 0, page_bid + 200)
    return b"!BDN" + struct.pack("<I", crc(body[:471])) + body + struct.pack("<I", crc(body[:516])) + bytes(36)


def heap(properties: dict[tuple[int, int], Value]) -> tuple[bytes, dict[int, bytes]]:
    """Return a heap with a property context, and the values that are too long for it, by the numbers of their nodes."""
    long: dict[int, bytes] = {}
    allocations: list[bytes] = [b"", b""]  # the header and the records of the tree come first
    records = b""
    for (key, kind), value in sorted(properties.items()):
        if kind == OBJECT:  # the node that holds it, and its size
            allocations.append(struct.pack("<II", int(value), 0))
            records += struct.pack("<HHI", key, kind, len(allocations) << 5)
            continue
        if kind in {NUMBER, BOOLEAN}:
            records += struct.pack("<HHI", key, kind, int(value))
            continue
        data = value.encode("utf-16-le") if isinstance(value, str) else value
        data = struct.pack("<Q", data) if isinstance(data, int) else data
        if len(data) > HEAP_LIMIT:
            nid = (0x800 + len(long)) << 5 | LONG
            long[nid] = data
            records += struct.pack("<HHI", key, kind, nid)
            continue
        if data:
            allocations.append(data)
        records += struct.pack("<HHI", key, kind, len(allocations) << 5 if data else 0)
    allocations[0] = struct.pack("<BBBBI", 0xB5, 2, 6, 0, 0x40)
    allocations[1] = records
    return _heap(allocations, 0xBC), long


def table(rows: list[int]) -> bytes:
    """Return a heap with a table context of two columns: the identifiers of the rows' nodes, and a version."""
    columns = struct.pack("<IHBB", 0x67F20003, 0, 4, 0) + struct.pack("<IHBB", 0x67F30003, 4, 4, 1)
    info = struct.pack("<BBHHHHIII", 0x7C, 2, 8, 8, 8, 9, 0x40, 0x80, 0) + columns
    index = b"".join(struct.pack("<II", nid, number) for number, nid in enumerate(sorted(rows)))
    matrix = b"".join(struct.pack("<IIB", nid, 1, 0xC0) for nid in sorted(rows))
    return _heap([info, struct.pack("<BBBBI", 0xB5, 4, 4, 0, 0x60), index, matrix], 0x7C)


def _heap(allocations: list[bytes], kind: int) -> bytes:
    offsets, body = [12], b""
    for data in allocations:
        body += data
        offsets.append(12 + len(body))
    body += b"\x00" * (len(body) % 2)
    page_map = struct.pack(f"<HH{len(offsets)}H", len(allocations), 0, *offsets)
    return struct.pack("<HBBII", 12 + len(body), 0xEC, kind, 0x20, 0) + body + page_map


def folder(number: int, parent: int, name: str) -> Node:
    """Return a folder; ``number`` counts them."""
    return Node(number << 5 | FOLDER, parent, {(0x3001, TEXT): name, (0x3602, NUMBER): 0, (0x360A, BOOLEAN): 0})


def message(number: int, parent: int, texts: dict[int, str], times: dict[int, int], flags: int = 1) -> Node:
    """Return a message: texts by property id, times as FILETIME."""
    properties: dict[tuple[int, int], Value] = {(key, TEXT): text for key, text in texts.items()}
    properties |= {(key, TIME): count for key, count in times.items()}
    return Node(number << 5 | MESSAGE, parent, properties | {(0x0E07, NUMBER): flags})


def attached(number: int, name: str, data: bytes) -> Node:
    """Return a file attached to a message."""
    properties: dict[tuple[int, int], Value] = {(0x3705, NUMBER): 1, (0x3707, TEXT): name, (0x3701, BINARY): data}
    return Node(number << 5 | ATTACHMENT, 0, properties)


def embedded(number: int, inner: Node, name: str = "") -> Node:
    """Return a message attached to a message as what it is."""
    properties: dict[tuple[int, int], Value] = {(0x3705, NUMBER): 5, (0x3001, TEXT): name, (0x3701, OBJECT): inner.nid}
    return Node(number << 5 | ATTACHMENT, 0, properties, [inner])
