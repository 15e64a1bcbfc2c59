"""Write a small MaxMind DB file for tests (specification 2.0), independent of the code that reads one."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Short(int):
    """A number that is stored in 16 bits."""


class Long(int):
    """A number that is stored in 64 bits."""


Value = dict[str, "Value"] | str | int | list[str]


def encoded(value: Value) -> bytes:
    """Encode a map, text, number or list of texts in the data section's format."""
    if isinstance(value, dict):
        return bytes([7 << 5 | len(value)]) + b"".join(encoded(key) + encoded(item) for key, item in value.items())
    if isinstance(value, list):
        return bytes([len(value), 4]) + b"".join(encoded(item) for item in value)
    if isinstance(value, Short):
        return bytes([5 << 5 | 2]) + value.to_bytes(2, "big")
    if isinstance(value, Long):
        return bytes([8, 2]) + value.to_bytes(8, "big")
    if isinstance(value, int):
        return bytes([6 << 5 | 4]) + value.to_bytes(4, "big")
    text = value.encode()
    head = bytes([2 << 5 | len(text)]) if len(text) < 29 else bytes([2 << 5 | 29, len(text) - 29])
    return head + text


def write(path: Path, networks: dict[str, Value], *, epoch: int, bits: int = 24, version: int = 6) -> None:
    """Write a file with one record per network; IPv4 networks go 96 zero bits down in a tree for IPv6."""
    nodes: list[list[int | str | None]] = [[None, None]]
    for text in sorted(networks, key=lambda item: ipaddress.ip_network(item).prefixlen):
        network = ipaddress.ip_network(text)
        width = network.max_prefixlen
        path_bits = f"{int(network.network_address):0{width}b}"[: network.prefixlen]
        if network.version == 4 and version == 6:
            path_bits = "0" * 96 + path_bits
        at = 0
        for bit in path_bits[:-1]:
            below = nodes[at][int(bit)]
            if not isinstance(below, int):
                nodes.append([below, below])
                below = len(nodes) - 1
                nodes[at][int(bit)] = below
            at = below
        nodes[at][int(path_bits[-1])] = text
    data, offsets = bytearray(), dict[str, int]()  # growing bytes would be copied for every record
    for text, value in networks.items():
        offsets[text] = len(nodes) + 16 + len(data)
        data += encoded(value)
    tree = b"".join(_node([_record(item, len(nodes), offsets) for item in node], bits) for node in nodes)
    about: Value = {
        "node_count": len(nodes),
        "record_size": Short(bits),
        "ip_version": Short(version),
        "database_type": "test",
        "languages": ["en"],
        "description": {"en": "test"},
        "binary_format_major_version": Short(2),
        "binary_format_minor_version": Short(0),
        "build_epoch": Long(epoch),
    }
    path.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encoded(about))


def _record(item: int | str | None, count: int, offsets: dict[str, int]) -> int:
    if item is None:
        return count
    return item if isinstance(item, int) else offsets[item]


def _node(records: list[int], bits: int) -> bytes:
    left, right = records
    if bits != 28:
        return left.to_bytes(bits // 8, "big") + right.to_bytes(bits // 8, "big")
    middle = (left >> 24) << 4 | right >> 24
    return (left & 0xFFFFFF).to_bytes(3, "big") + bytes([middle]) + (right & 0xFFFFFF).to_bytes(3, "big")
