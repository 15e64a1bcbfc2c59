"""Write the addresses of a release as a MaxMind DB file (specification 2.0), the same bytes from the same records.

Any reader of such files answers offline which records speak of an address. The libraries that write them stamp the file
with the clock, so that the same records would make other bytes each time; hence this small writer.

Every current record of kind address, prefix or range is in it, withdrawn ones with their state, so that a retraction
reaches readers of this file, too. The value of an address is ``{"records": [...]}``, the narrowest first, as ``lookup`` orders
them; each has ``id``, ``network``, ``kind``, ``role``, ``state``, ``grade``, ``valid_from``, ``valid_until``, ``published``
(days as text, ``unknown`` where they are not known) and ``observed`` (list of days).

IPv4 lies at ::/96, where every reader looks for it. IPv6 records inside ::/96 (deprecated, RFC 4291 section 2.5.5.1) would
be read as IPv4 and are left out; the JSON Lines hold them.
"""

from __future__ import annotations

from array import array
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from forensics.registry.indicator import NETWORKS, blocks, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forensics.model import Record

DATABASE_TYPE = "forensics-registry-release"
_MARKER = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)
_BITS = 128
_V4_DEPTH = 96
_SMALL = 2**24
_POINTER, _TEXT, _UINT16, _UINT32, _MAP, _UINT64, _LIST = 1, 2, 5, 6, 7, 9, 11
_EXTENDED = 8
_POINTER_STEPS = (0, 2**11, 2**11 + 2**19, 2**11 + 2**19 + 2**27)


def written_tree(records: Iterable[Record], *, name: str, published: date) -> bytes:
    """Return the whole file. ``published`` stands where other writers put the time of writing."""
    held = sorted(
        (record for record in records if record.kind in NETWORKS and record.superseded_at is None), key=_narrowest
    )
    tree = _Tree()
    for number, record in enumerate(held):
        found = span(record.network)
        for first, length in blocks(found):
            tree.add(found.version, first, length, number)
    data, pairs = tree.resolved(held)
    return _assembled(pairs, data, name, published)


def _narrowest(record: Record) -> tuple[int, int, str]:
    found = span(record.network)
    return found.size, found.first, record.id


class _Tree:
    """A binary tree over 128 bits: two children a node (0: none), and the records that begin at it."""

    def __init__(self) -> None:
        self._children = array("L", (0, 0))
        self._begins: dict[int, list[int]] = {}
        self._v4 = self._below(0, 0, _V4_DEPTH)

    def add(self, version: int, first: int, length: int, number: int) -> None:
        if version == 6 and length >= _V4_DEPTH and first >> 32 == 0:  # noqa: PLR2004 - inside ::/96
            return
        start, width = (self._v4, 32) if version == 4 else (0, _BITS)  # noqa: PLR2004
        node = self._below(start, first >> (width - length) if length else 0, length)
        self._begins.setdefault(node, []).append(number)

    def _below(self, node: int, prefix: int, length: int) -> int:
        """Return the node under ``node`` that ``length`` bits lead to, made where it is missing."""
        for place in range(length - 1, -1, -1):
            slot = 2 * node + (prefix >> place & 1)
            if not self._children[slot]:
                self._children[slot] = len(self._children) // 2
                self._children.extend((0, 0))
            node = self._children[slot]
        return node

    def resolved(self, records: Sequence[Record]) -> tuple[_Data, list[tuple[int | None, int | None]]]:
        """Return the data and, for every inner node in order, where each side leads: -1 - node, offset, or nothing."""
        data = _Data(records)
        inner: dict[int, int] = {0: 0}
        queue: list[tuple[int, tuple[int, ...]]] = [(0, tuple(self._begins.get(0, ())))]
        pairs: list[tuple[int | None, int | None]] = []
        at = 0
        while at < len(queue):
            node, above = queue[at]
            at += 1
            sides: list[int | None] = []
            for slot in (2 * node, 2 * node + 1):
                child = self._children[slot]
                # Records of IPv6 around ::/96 say nothing of IPv4.
                passed = () if child == self._v4 else above
                speaks = tuple(sorted({*passed, *self._begins.get(child, ())})) if child else passed
                if child and (self._children[2 * child] or self._children[2 * child + 1]):
                    inner[child] = len(queue)
                    queue.append((child, speaks))
                    sides.append(-1 - inner[child])
                else:
                    sides.append(data.offset(speaks) if speaks else None)
            pairs.append((sides[0], sides[1]))
        return data, pairs


class _Data:
    """The data section: every record once, every list of records once."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.bytes = bytearray()
        self._records = records
        self._at: dict[int, int] = {}
        self._lists: dict[tuple[int, ...], int] = {}

    def offset(self, numbers: tuple[int, ...]) -> int:
        """Return where the value of these records lies."""
        if numbers not in self._lists:
            pointers = b"".join(_pointer(self._record(number)) for number in numbers)
            self._lists[numbers] = len(self.bytes)
            self.bytes += _control(_MAP, 1) + _encoded("records") + _control(_LIST, len(numbers)) + pointers
        return self._lists[numbers]

    def _record(self, number: int) -> int:
        if number not in self._at:
            self._at[number] = len(self.bytes)
            self.bytes += _encoded(described(self._records[number]))
        return self._at[number]


def described(record: Record) -> dict[str, str | list[str]]:
    """Return what the file says of a record."""
    return {
        "id": record.id,
        "network": record.network,
        "kind": record.kind,
        "role": record.role,
        "state": record.state,
        "grade": record.grade,
        "valid_from": _day(record.valid_from),
        "valid_until": _day(record.valid_until),
        "published": _day(record.published_at),
        "observed": [day.isoformat() for day in record.observed_at],
    }


def _day(day: date | None) -> str:
    return "unknown" if day is None else day.isoformat()


def _assembled(pairs: Sequence[tuple[int | None, int | None]], data: _Data, name: str, published: date) -> bytes:
    count = len(pairs)
    bits = 24 if count + len(_SEPARATOR) + len(data.bytes) < _SMALL else 32
    tree = bytearray()
    for pair in pairs:
        for side in pair:
            value = count if side is None else -1 - side if side < 0 else count + len(_SEPARATOR) + side
            tree += value.to_bytes(bits // 8, "big")
    return bytes(tree) + _SEPARATOR + bytes(data.bytes) + _MARKER + _metadata(count, bits, name, published)


def _metadata(count: int, bits: int, name: str, published: date) -> bytes:
    epoch = int(datetime(published.year, published.month, published.day, tzinfo=UTC).timestamp())
    values = {
        "node_count": _number(_UINT32, count),
        "record_size": _number(_UINT16, bits),
        "ip_version": _number(_UINT16, 6),
        "database_type": _encoded(DATABASE_TYPE),
        "languages": _encoded(["en"]),
        "binary_format_major_version": _number(_UINT16, 2),
        "binary_format_minor_version": _number(_UINT16, 0),
        "build_epoch": _number(_UINT64, max(epoch, 0)),
        "description": _encoded({"en": f"Registry release {name}"}),
    }
    return _control(_MAP, len(values)) + b"".join(_encoded(key) + value for key, value in values.items())


def _encoded(value: str | list[str] | dict[str, str | list[str]] | dict[str, str]) -> bytes:
    if isinstance(value, str):
        text = value.encode()
        return _control(_TEXT, len(text)) + text
    if isinstance(value, list):
        return _control(_LIST, len(value)) + b"".join(_encoded(item) for item in value)
    return _control(_MAP, len(value)) + b"".join(_encoded(key) + _encoded(item) for key, item in value.items())


def _number(kind: int, value: int) -> bytes:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(raw)) + raw


def _control(kind: int, size: int) -> bytes:
    """Return the control byte, the extended type, and the size (specification, "Data Field Format")."""
    extended = b"" if kind < _EXTENDED else bytes([kind - 7])
    top = (kind if kind < _EXTENDED else 0) << 5
    if size < 29:  # noqa: PLR2004 - the specification's own steps
        return bytes([top | size]) + extended
    for step, (base, length) in enumerate(((29, 1), (285, 2), (65_821, 3))):
        if size - base < 1 << 8 * length:
            return bytes([top | (29 + step)]) + extended + (size - base).to_bytes(length, "big")
    message = f"a value of {size} bytes does not fit into the file"
    raise ValueError(message)


def _pointer(offset: int) -> bytes:
    """Return a pointer in the shortest of its four forms."""
    for step in range(3):
        base, bits = _POINTER_STEPS[step], 11 + 8 * step
        if offset - base < 1 << bits:
            value = offset - base
            top = _POINTER << 5 | step << 3 | value >> 8 * (step + 1)
            return bytes([top]) + (value & ((1 << 8 * (step + 1)) - 1)).to_bytes(step + 1, "big")
    return bytes([_POINTER << 5 | 3 << 3]) + offset.to_bytes(4, "big")
