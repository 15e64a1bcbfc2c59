"""Read MRT table dumps in a stream: one value per prefix and record, with the origins and the peers that report them.

Read are TABLE_DUMP_V2 (RFC 6396 §4.3) with its ADD-PATH forms (RFC 8050 §4) for IPv4 and IPv6 unicast, and the older
TABLE_DUMP (RFC 6396 §4.2). The origin is the last AS of the last AS_SEQUENCE or AS_SET of the path (RFC 4271 §4.3);
confederation segments (RFC 5065) name no origin; an empty path means the peer itself; in paths of two-byte numbers
AS4_PATH says the rest (RFC 6793 §4.2.3). Other record types are counted, not read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from forensics.enrichment.lookup import V4, V6
from forensics.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

TABLE_DUMP, TABLE_DUMP_V2 = 12, 13
PEER_INDEX_TABLE = 1
_UNICAST = {2: (V4, False), 4: (V6, False), 8: (V4, True), 10: (V6, True)}
_SKIPPED_V2 = {
    3: "IPv4 multicast",
    5: "IPv6 multicast",
    6: "RIB_GENERIC",
    7: "GEO_PEER_TABLE",
    9: "IPv4 multicast",
    11: "IPv6 multicast",
    12: "RIB_GENERIC",
}
_MOST_RECORD = 1 << 24  # bytes; a record with the routes of all peers for one prefix has some thousand
_MOST_BLOCK = 1 << 10  # bytes of an attribute block that is worth remembering; most have about a hundred
_MOST_ORIGINS = 500  # of one prefix; the most that anycast networks reach is some dozens
_MOST_HELD = 1 << 16  # attribute blocks whose origin is remembered: many prefixes share theirs
_AS_PATH, _AS4_PATH = 2, 17
_SET, _SEQUENCE = 1, 2
_EXTENDED = 0x10
_TRANS = "23456"
_HEADER = struct.Struct(">IHHI")
_SHORT = struct.Struct(">H")
_ENTRY = struct.Struct(">HIH")
_ENTRY_ADDPATH = struct.Struct(">HIIH")
_PEER_AS4, _PEER_V6 = 2, 1

Origin = str
"""An AS number, or several joined by commas (an AS set), as ``routes`` takes them; "" where the path is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one record says about one prefix: the peers that report it, by origin. ``place`` is its first byte."""

    place: int
    family: int
    number: int
    length: int
    origins: dict[Origin, set[Hashable]]


@dataclass(slots=True)
class Dump:
    """What the reading of a dump has found so far. ``skipped`` counts records that are not read, by what they are."""

    first_time: int | None = None
    last_time: int = 0
    records: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    damaged: list[tuple[int, str]] = field(default_factory=list)
    damages: int = 0
    peers: list[str] = field(default_factory=list)
    _held: dict[tuple[int, bytes], Origin] = field(default_factory=dict)

    def read(self, stream: BinaryIO, where: str) -> Iterator[Record]:
        """Yield the routes of a dump.

        Raises:
            DataError: the dump ends within a record, or a record is larger than any.
        """
        place = 0
        while header := stream.read(_HEADER.size):
            time, kind, subtype, size = _HEADER.unpack(header) if len(header) == _HEADER.size else (0, 0, 0, -1)
            if size < 0 or size > _MOST_RECORD or len(body := stream.read(size)) < size:
                message = f"the dump is cut off or damaged at byte {place}"
                raise DataError(message, where=where, hint="Fetch it again and compare its digest")
            self.records += 1
            try:
                found = self._record(place, kind, subtype, body)
            except (struct.error, IndexError, ValueError) as error:
                self.damages += 1
                if len(self.damaged) < 1000:  # noqa: PLR2004 - further ones are only counted
                    self.damaged.append((place, f"record of type {kind}/{subtype}: {error}"))
                found = None
            if kind in (TABLE_DUMP, TABLE_DUMP_V2):
                self.first_time = time if self.first_time is None else self.first_time
                self.last_time = max(self.last_time, time)
            if found is not None:
                yield found
            place += _HEADER.size + size

    def _record(self, place: int, kind: int, subtype: int, body: bytes) -> Record | None:
        if kind == TABLE_DUMP_V2 and subtype in _UNICAST:
            return self._rib(place, body, *_UNICAST[subtype])
        if kind == TABLE_DUMP_V2 and subtype == PEER_INDEX_TABLE:
            self.peers = _peers(body)
        elif kind == TABLE_DUMP and subtype in (1, 2):
            return self._old(place, body, V4 if subtype == 1 else V6)
        else:
            name = _SKIPPED_V2.get(subtype) if kind == TABLE_DUMP_V2 else None
            name = f"{name} records" if name else f"records of MRT type {kind}"
            if name in self.skipped or len(self.skipped) < 100:  # noqa: PLR2004 - of hostile files
                self.skipped[name] = self.skipped.get(name, 0) + 1
        return None

    def _rib(self, place: int, body: bytes, family: int, addpath: bool) -> Record:  # noqa: FBT001 - of a table
        """Read the routes of all peers for one prefix (RFC 6396 §4.3.2)."""
        number, length, at = _prefix(body, 4, family)
        (count,) = _SHORT.unpack_from(body, at)
        at += 2
        origins: dict[Origin, set[Hashable]] = {}
        entry = _ENTRY_ADDPATH if addpath else _ENTRY
        for _ in range(count):
            fields = entry.unpack_from(body, at)
            at += entry.size + fields[-1]
            if at > len(body):
                raise ValueError("a route ends behind its record")
            if fields[0] >= len(self.peers):
                raise ValueError(f"peer {fields[0]} is not in the table of peers")
            origin = self._origin(4, body[at - fields[-1] : at]) or self.peers[fields[0]]
            origins.setdefault(origin, set()).add(fields[0])
            if len(origins) > _MOST_ORIGINS:
                raise ValueError("more origins than any prefix has")
        if at != len(body):
            raise ValueError(f"{len(body) - at} bytes behind the last route")
        return Record(place=place, family=family, number=number, length=length, origins=origins)

    def _old(self, place: int, body: bytes, family: int) -> Record:
        """Read one route of one peer (RFC 6396 §4.2): view, sequence, prefix, length, status, time, peer, AS, attributes."""
        wide = 4 if family == V4 else 16
        length = body[4 + wide]
        peer = body[10 + wide : 10 + 2 * wide]
        system, size = struct.unpack_from(">HH", body, 10 + 2 * wide)
        at = 14 + 2 * wide
        if at + size != len(body) or length > 8 * wide:
            raise ValueError("the attributes do not fill the record, or the length is no prefix length")
        number = int.from_bytes(body[4 : 4 + wide], "big")
        if number & ((1 << 8 * wide - length) - 1):
            raise ValueError("bits are set behind the prefix length")
        origin = self._origin(2, body[at:]) or str(system)
        return Record(place=place, family=family, number=number, length=length, origins={origin: {(peer, system)}})

    def _origin(self, size: int, attributes: bytes) -> Origin:
        """Return the origin that a block of attributes names; "" where the path is empty."""
        key = (size, attributes)
        held = self._held.get(key)
        if held is None:
            held = origin_of(attributes, size)
            if len(self._held) >= _MOST_HELD:
                self._held.clear()
            if len(attributes) <= _MOST_BLOCK:
                self._held[key] = held
        return held


def _prefix(body: bytes, at: int, family: int) -> tuple[int, int, int]:
    """Return (first address, length, where it ends) of a prefix that is written in as few bytes as it needs."""
    length = body[at]
    bits = 32 if family == V4 else 128
    end = at + 1 + (length + 7) // 8
    if length > bits or end > len(body):
        raise ValueError(f"no prefix length of IPv{family}: {length}")
    number = int.from_bytes(body[at + 1 : end], "big") << (bits - 8 * (end - at - 1))
    if number & ((1 << bits - length) - 1):
        raise ValueError("bits are set behind the prefix length")
    return number, length, end


def _peers(body: bytes) -> list[str]:
    """Return the AS number of every peer in the order of the table (RFC 6396 §4.3.1)."""
    (named,) = _SHORT.unpack_from(body, 4)
    (count,) = _SHORT.unpack_from(body, 6 + named)
    at = 8 + named
    peers = []
    for _ in range(count):
        kind = body[at]
        at += 5 + (16 if kind & _PEER_V6 else 4)
        wide = 4 if kind & _PEER_AS4 else 2
        if at + wide > len(body):
            raise ValueError("the table of peers ends early")
        peers.append(str(int.from_bytes(body[at : at + wide], "big")))
        at += wide
    return peers


def origin_of(attributes: bytes, size: int) -> Origin:
    """Return the origin of a route from its path attributes; AS numbers in AS_PATH have ``size`` bytes.

    Raises:
        ValueError, struct.error, IndexError: the attributes are damaged, or there is no AS_PATH.
    """
    at, paths = 0, {}
    while at < len(attributes):
        flags, code = attributes[at], attributes[at + 1]
        wide = 2 if flags & _EXTENDED else 1
        length = int.from_bytes(attributes[at + 2 : at + 2 + wide], "big")
        at += 2 + wide + length
        if at > len(attributes):
            raise ValueError("an attribute ends behind its block")
        if code in (_AS_PATH, _AS4_PATH):
            paths[code] = attributes[at - length : at]
    if _AS_PATH not in paths:
        raise ValueError("a route without AS_PATH")
    origin, hops = _last(paths[_AS_PATH], size)
    if size == 2 and _AS4_PATH in paths:  # noqa: PLR2004 - bytes
        wider, more = _last(paths[_AS4_PATH], 4)
        if wider and more <= hops and _TRANS in origin.split(","):
            return wider
    return origin


def _last(path: bytes, size: int) -> tuple[Origin, int]:
    """Return the origin of a path and how many hops it has; an AS set is one hop (RFC 4271 §9.1.2.2)."""
    at, origin, hops = 0, "", 0
    while at < len(path):
        kind, count = path[at], path[at + 1]
        end = at + 2 + count * size
        if end > len(path):
            raise ValueError("a path segment ends behind its path")
        if kind == _SEQUENCE and count:
            origin = str(int.from_bytes(path[end - size : end], "big"))
            hops += count
        elif kind == _SET and count:
            members = {int.from_bytes(path[place : place + size], "big") for place in range(at + 2, end, size)}
            origin = ",".join(str(number) for number in sorted(members))
            hops += 1
        at = end
    return origin, hops
