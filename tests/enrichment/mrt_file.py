"""Write small MRT dumps for tests (RFC 6396, RFC 8050), independent of the code that reads them."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Sequence

Path = Sequence[int | frozenset[int]]
"""An AS path: numbers, and sets where a route was aggregated."""


def record(kind: int, subtype: int, body: bytes, time: int) -> bytes:
    return struct.pack(">IHHI", time, kind, subtype, len(body)) + body


def peer_table(peers: Sequence[tuple[str, int]], time: int) -> bytes:
    """Return a PEER_INDEX_TABLE; peers are (address, AS number), every other one written in two bytes where it fits."""
    body = ipaddress.IPv4Address("192.0.2.254").packed + struct.pack(">H", 4) + b"view" + struct.pack(">H", len(peers))
    for place, (text, system) in enumerate(peers):
        address = ipaddress.ip_address(text)
        wide = system > 65535 or place % 2 == 0
        body += bytes([(2 if wide else 0) | (1 if address.version == 6 else 0)])
        body += ipaddress.IPv4Address("192.0.2.253").packed + address.packed
        body += system.to_bytes(4 if wide else 2, "big")
    return record(13, 1, body, time)


def attribute(code: int, value: bytes, flags: int = 0x40) -> bytes:
    if len(value) > 255:
        return bytes([flags | 0x10, code]) + struct.pack(">H", len(value)) + value
    return bytes([flags, code, len(value)]) + value


def as_path(path: Path, size: int = 4, code: int = 2) -> bytes:
    value, run = b"", list[int]()
    for hop in [*path, None]:
        if isinstance(hop, int):
            run.append(hop)
            continue
        if run:
            value += bytes([2, len(run)]) + b"".join(number.to_bytes(size, "big") for number in run)
            run = []
        if hop is not None:
            value += bytes([1, len(hop)]) + b"".join(number.to_bytes(size, "big") for number in sorted(hop))
    return attribute(code, value)


def attributes(path: Path, size: int = 4, more: bytes = b"") -> bytes:
    return attribute(1, b"\0") + as_path(path, size) + attribute(3, bytes([192, 0, 2, 1])) + more


def rib(prefix: str, routes: Iterable[tuple[int, bytes]], time: int, *, addpath: bool = False) -> bytes:
    """Return a record of all routes to a prefix; routes are (place of the peer, attributes)."""
    network = ipaddress.ip_network(prefix)
    used = network.network_address.packed[: (network.prefixlen + 7) // 8]
    held = list(routes)
    body = struct.pack(">IB", 7, network.prefixlen) + used + struct.pack(">H", len(held))
    for number, (peer, block) in enumerate(held):
        body += struct.pack(">HI", peer, time - 60) + (struct.pack(">I", number) if addpath else b"")
        body += struct.pack(">H", len(block)) + block
    subtype = (2 if network.version == 4 else 4) + (6 if addpath else 0)
    return record(13, subtype, body, time)


def old(prefix: str, peer: tuple[str, int], block: bytes, time: int) -> bytes:
    """Return a TABLE_DUMP record: one route of one peer."""
    network = ipaddress.ip_network(prefix)
    body = struct.pack(">HH", 0, 1) + network.network_address.packed + bytes([network.prefixlen, 1])
    body += struct.pack(">I", time) + ipaddress.ip_address(peer[0]).packed + struct.pack(">HH", peer[1], len(block))
    return record(12, 1 if network.version == 4 else 2, body + block, time)
