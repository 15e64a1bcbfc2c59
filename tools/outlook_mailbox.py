"""Write minimal Outlook data files (.pst, Unicode, MS-PST): folders and messages as property contexts.

Only for specimens and tests: one page of nodes, one page of blocks, every node in one heap of at most one block, tables
with the identifiers of their rows only, no encryption. Enough for libpff.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

STORE, NAMES, ROOT = 0x21, 0x61, 0x122
FOLDER, MESSAGE = 0x02, 0x04
"""Types of nodes: the low five bits of an identifier."""

PAGE, FIRST_PAGE, BLOCK_UNIT, TRAILER = 512, 0x4800, 64, 16
TEXT, TIME, NUMBER, BINARY, BOOLEAN = 0x1F, 0x40, 0x03, 0x102, 0x0B
HEAP_LIMIT = 3_580
NAMED = struct.pack("<IHH", 0x8554, 2, 0)
"""One named property, because readers expect a list that is not empty."""

Value = str | int | bytes


@dataclass
class Node:
    """A folder or message: identifier, identifier of its parent, properties by (id, type)."""

    nid: int
    parent: int
    properties: dict[tuple[int, int], Value] = field(default_factory=dict)


def crc(data: bytes) -> int:
    """Return the checksum of the format: CRC-32 without the inversions."""
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def _signature(offset: int, bid: int) -> int:
    mixed = (offset ^ bid) & 0xFFFFFFFF
    return (mixed >> 16 ^ mixed) & 0xFFFF


def data_file(nodes: list[Node]) -> bytes:
    """Return the bytes of a data file with these nodes; store, names and root folder are added."""
    fixed = [
        Node(STORE, 0, {(0x3001, TEXT): "Outlook data file", (0x35E0, BINARY): bytes(24)}),
        Node(NAMES, 0, {(1, NUMBER): 251, (2, BINARY): bytes(16), (3, BINARY): NAMED, (4, BINARY): bytes(4)}),
        Node(ROOT, ROOT, {(0x3001, TEXT): "", (0x3602, NUMBER): 0, (0x360A, BOOLEAN): 1}),
    ]
    heaps = {node.nid: (node.parent, heap(node.properties)) for node in (*fixed, *nodes)}
    for kind, distance in ((FOLDER, 11), (MESSAGE, 12)):  # the tables of a folder have its number and other types
        below = [node for node in nodes if node.nid & 0x1F == kind and node.parent in heaps]
        for parent in {node.parent for node in below}:
            heaps[parent + distance] = (0, table([node.nid for node in below if node.parent == parent]))
    everything = sorted(heaps.items())
    blocks, block_entries, node_entries = bytearray(), [], []
    start = FIRST_PAGE + 2 * PAGE
    for number, (nid, (parent, data)) in enumerate(everything, start=1):
        bid, offset = number * 4, start + len(blocks)
        size = -(-(len(data) + TRAILER) // BLOCK_UNIT) * BLOCK_UNIT
        trailer = struct.pack("<HHIQ", len(data), _signature(offset, bid), crc(data), bid)
        blocks += data.ljust(size - TRAILER, b"\x00") + trailer
        block_entries.append(struct.pack("<QQHHI", bid, offset, len(data), 2, 0))
        node_entries.append(struct.pack("<QQQII", nid, bid, 0, parent, 0))
    page_bid = 4 * (len(everything) + 10)
    node_page = _page(node_entries, 32, 0x81, FIRST_PAGE, page_bid)
    block_page = _page(block_entries, 24, 0x80, FIRST_PAGE + PAGE, page_bid + 4)
    end = start + len(blocks)
    head = _header(end, page_bid)
    return head.ljust(FIRST_PAGE, b"\x00") + node_page + block_page + bytes(blocks)


def _page(entries: list[bytes], size: int, kind: int, offset: int, bid: int) -> bytes:
    limit = 488 // size
    if len(entries) > limit:
        message = f"{len(entries)} entries, a page holds {limit}"
        raise ValueError(message)
    body = b"".join(entries).ljust(488, b"\x00") + struct.pack("<BBBBI", len(entries), limit, size, 0, 0)
    return body + struct.pack("<BBHIQ", kind, kind, _signature(offset, bid), crc(body), bid)


def _header(end: int, page_bid: int) -> bytes:
    root = struct.pack(
        "<IQQQQQQQQBBH",
        0, end, 0x4400, 0, 0, page_bid, FIRST_PAGE, page_bid + 4, FIRST_PAGE + PAGE, 0, 0, 0,
    )  # fmt: skip
    body = struct.pack("<2sHHBBII", b"SM", 23, 19, 1, 1, 0, 0)
    body += struct.pack("<QQI", 0, page_bid + 100, 1) + struct.pack("<32I", *[0x400] * 32) + bytes(8)
    body += root + bytes(4) + b"\xff" * 256 + struct.pack("<BBHQ", 0x80, 0, 0, page_bid + 200)
    return b"!BDN" + struct.pack("<I", crc(body[:471])) + body + struct.pack("<I", crc(body[:516])) + bytes(36)


def heap(properties: dict[tuple[int, int], Value]) -> bytes:
    """Return a heap with a property context."""
    allocations: list[bytes] = [b"", b""]  # the header and the records of the tree come first
    records = b""
    for (key, kind), value in sorted(properties.items()):
        if kind in {NUMBER, BOOLEAN}:
            records += struct.pack("<HHI", key, kind, int(value))
            continue
        data = value.encode("utf-16-le") if isinstance(value, str) else value
        data = struct.pack("<Q", data) if isinstance(data, int) else data
        if len(data) > HEAP_LIMIT:
            message = f"property {key:04X} is too long for the heap"
            raise ValueError(message)
        if data:
            allocations.append(data)
        records += struct.pack("<HHI", key, kind, len(allocations) << 5 if data else 0)
    allocations[0] = struct.pack("<BBBBI", 0xB5, 2, 6, 0, 0x40)
    allocations[1] = records
    return _heap(allocations, 0xBC)


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
