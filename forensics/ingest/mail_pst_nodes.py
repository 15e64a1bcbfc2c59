"""Read single nodes of an Outlook data file (MS-PST): their data, and the nodes below them.

libpff reads folders and messages, but does not hand out a message that is attached to another: Outlook keeps it as a node
below the attachment's (section 2.4.6.2.2). Here a node is looked up by its number in the tree of nodes (2.2.2.7.7.4), its
blocks in the tree of blocks (2.2.2.7.7.3). Read are Unicode files with pages of 512 bytes, plain or in the encoding that
Outlook uses unless told otherwise (section 5.1, no secret in it); older and newer forms are said to be not read.

Bounded: trees are walked to a depth, lists and data are cut off at limits, and a cycle runs into them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 512
DATA_LIMIT = 16 * 1024 * 1024
"""Bytes of one node that are read."""

MAX_NODES = 10_000
"""Nodes below one."""

MOST = 256 * 1024 * 1024
"""Bytes that are read for one message and all that is attached to it: in a hostile file, lists name themselves."""

MAX_LEVELS = 8
_PAGES_KEPT = 256
_HEAD, _LARGEST = 564, 8_192
_UNICODE, _NEWER = 23, 36
_PLAIN, _PERMUTED = 0, 1
_LIST = 2  # bit of a block's number: it lists others
_BLOCK_TREE, _NODE_TREE = 0x80, 0x81
_DECODED = bytes.fromhex(
    "47f1b4e60b6a7248854e9eebe2f89453e0bba002e85a09abdbe3bac67cc310dd39059630f53760828cc9134a6b1df3fb"
    "8f2697ca911701c4322d6e3195ffd923d1005e79dc443b1a28c5615720903d83b943be67d2464276c06d5b7eb20f1629"
    "3ca903540dda5ddff6b7c762cd8d06d3695c86d614f7a56675acb1e94521700c879f74a4224c6fbf1f56aa2eb3783350"
    "b0a392bccf191ca763cb1e4d3e4b1b9b4fe7f0eead3ab55904ea40552551e57a893868527bfc27aed7bdfa07f4cc8e5f"
    "ef359c842b15d5773449b6120a7f7188fd9d18417d93d8582ccefe24afdeb836c8a180a69998a82f0e816573e4c2a28a"
    "d4e111d0088b2af2ed9a643fc16cf9ec"
)
"""Byte as stored → byte (section 5.1, the third of the tables)."""


class Node(NamedTuple):
    """The numbers of the blocks that hold a node's data, and of the list of nodes below it (0: none)."""

    data: int
    below: int


class Nodes:
    """The nodes of an open file. ``unread`` says why this form of the file is not read, "" where it is."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read the header; the stream stays somebody else's, and every reading puts it back where it was."""
        self._stream = stream
        self._pages: dict[int, bytes] = {}
        self.left = MOST
        head = self._read(0, _HEAD)
        version = struct.unpack_from("<H", head, 10)[0] if len(head) == _HEAD else 0
        self._encoding = head[513] if len(head) == _HEAD else 0
        self._node_root, self._block_root = struct.unpack_from("<Q8xQ", head, 224) if len(head) == _HEAD else (0, 0)
        self.unread = ""
        if not _UNICODE <= version < _NEWER:
            self.unread = f"in a file of version {version}, attached messages are not read"
        elif self._encoding not in (_PLAIN, _PERMUTED):
            self.unread = "in a file that Outlook encoded strongly, attached messages are not read"

    def node(self, number: int) -> Node | None:
        """Look a node up by its number."""
        found = None if self.unread else self._leaf(self._node_root, number, _NODE_TREE, 32)
        return None if found is None else Node(*struct.unpack_from("<QQ", found, 8))

    def below(self, node: Node) -> dict[int, Node]:
        """Return the nodes below one by their numbers."""
        return {} if not node.below else dict(self._listed(node.below, 1))

    def blocks(self, node: Node) -> list[bytes]:
        """Return the data of a node, block by block, as far as the limit goes."""
        return list(self._tree(node.data, MAX_LEVELS, [DATA_LIMIT]))

    def _listed(self, number: int, depth: int) -> Iterator[tuple[int, Node]]:
        raw = self._block(number)
        if len(raw) < 8 or raw[0] != _LIST:  # noqa: PLR2004 - the head of a list
            return
        level, count = raw[1], struct.unpack_from("<H", raw, 2)[0]
        size = 24 if level == 0 else 16
        for index in range(min(count, (len(raw) - 8) // size, MAX_NODES)):
            at = 8 + index * size
            if level == 0:
                key, data, more = struct.unpack_from("<QQQ", raw, at)
                yield key & 0xFFFFFFFF, Node(data, more)
            elif depth > 0:
                yield from self._listed(struct.unpack_from("<Q", raw, at + 8)[0], depth - 1)

    def _tree(self, number: int, depth: int, left: list[int]) -> Iterator[bytes]:
        """Yield the blocks of data behind a number: one, or those that a block lists (2.2.2.8.3.2)."""
        raw = self._block(number) if number and left[0] > 0 else b""
        if not number & _LIST:
            if raw:
                left[0] -= len(raw)
                yield raw.translate(_DECODED) if self._encoding == _PERMUTED else raw
            return
        if len(raw) < 8 or raw[0] != 1 or depth <= 0:  # noqa: PLR2004 - the head of a list
            return
        count = min(struct.unpack_from("<H", raw, 2)[0], (len(raw) - 8) // 8)
        for index in range(count):
            if left[0] <= 0:
                return
            yield from self._tree(struct.unpack_from("<Q", raw, 8 + 8 * index)[0], depth - 1, left)

    def _block(self, number: int) -> bytes:
        found = self._leaf(self._block_root, number & ~1, _BLOCK_TREE, 24)
        if found is None:
            return b""
        offset, size = struct.unpack_from("<QH", found, 8)
        self.left -= max(size, _LARGEST)  # so that the many small ones of a hostile file come to their end as well
        return self._read(offset, size) if self.left > 0 else b""

    def _leaf(self, root: int, number: int, kind: int, size: int) -> bytes | None:
        """Return the entry of a tree for a number (2.2.2.7.7.1)."""
        at = root
        for _ in range(MAX_LEVELS):
            page = self._page(at)
            if len(page) < PAGE or page[496] != kind:
                return None
            count, width, level = page[488], page[490], page[491]
            if width < 24 or count * width > 488:  # noqa: PLR2004 - an entry, the room for entries
                return None
            entries = [page[width * index : width * (index + 1)] for index in range(count)]
            if level == 0:
                return next((entry for entry in entries if _key(entry, kind) == number and width >= size), None)
            lower = [entry for entry in entries if _key(entry, kind) <= number]
            if not lower:
                return None
            at = struct.unpack_from("<Q", lower[-1], 16)[0]
        return None

    def _page(self, at: int) -> bytes:
        page = self._pages.get(at)
        if page is None:
            if len(self._pages) >= _PAGES_KEPT:
                self._pages.clear()
            page = self._pages[at] = self._read(at, PAGE)
        return page

    def _read(self, at: int, size: int) -> bytes:
        before = self._stream.tell()
        self._stream.seek(at)
        data = self._stream.read(size)
        self._stream.seek(before)
        return data


def _key(entry: bytes, kind: int) -> int:
    """Return the number by which an entry stands: of a block, whose lowest bit says nothing, or of a node (32 bits)."""
    number = int(struct.unpack_from("<Q", entry)[0])
    return number & ~1 if kind == _BLOCK_TREE else number & 0xFFFFFFFF
