"""Read an IPFire location database (format version 1) into arrays; a build-time input only.

Big-endian throughout: magic ``LOCDBXX`` and a version byte; ``created_at`` (u64); string offsets of vendor, description
and licence; then offset and length of the AS table (number, name), the networks (country, AS number, flags), the tree
(two children and a network, 12 bytes a node), the countries and the string pool. IPv4 lives under ::ffff:0:0/96.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from forensics.enrichment.trees import Facts, Leaves, Tree, walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"LOCDBXX\x01"
_HEADER = struct.Struct(">8sQ3I10I")
_NONE = 0xFFFFFFFF
_NETWORK = np.dtype([("country", ">u2"), ("pad", ">u2"), ("asn", ">u4"), ("flags", ">u2"), ("pad2", ">u2")])
_NODE = np.dtype([("zero", ">u4"), ("one", ">u4"), ("network", ">u4")])
_AS = np.dtype([("number", ">u4"), ("name", ">u4")])
FLAGS = ("anonymous-proxy", "satellite", "anycast", "hostile-network")  # bits 0 to 3
CLASS_SETS = tuple(
    tuple(name for bit, name in enumerate(FLAGS) if value >> bit & 1) for value in range(1 << len(FLAGS))
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocationDb:
    """The database: day it was made, ranges of both families whose value indexes ``facts``, AS names."""

    as_of: date
    v4: Leaves
    v6: Leaves
    facts: Facts
    names: dict[int, str]


def read(content: bytes) -> LocationDb:
    """Read a whole database.

    Raises:
        ValueError: it is no location database of version 1.
    """
    magic, created, _, _, _, *sections = _HEADER.unpack_from(content)
    if magic != _MAGIC:
        message = f"no location database of version 1: {magic!r}"
        raise ValueError(message)
    as_at, as_size, net_at, net_size, tree_at, tree_size, _, _, pool_at, pool_size = sections
    networks = np.frombuffer(content, _NETWORK, net_size // _NETWORK.itemsize, net_at)
    nodes = np.frombuffer(content, _NODE, tree_size // _NODE.itemsize, tree_at)
    pool = content[pool_at : pool_at + pool_size]
    systems = np.frombuffer(content, _AS, as_size // _AS.itemsize, as_at)
    names = {int(row["number"]): _text(pool, int(row["name"])) for row in systems}
    tree = _tree(nodes)
    root = 0
    for bit in [0] * 80 + [1] * 16:
        root = int(tree.children[root, bit]) if root >= 0 else -1
    return LocationDb(
        as_of=datetime.fromtimestamp(created, UTC).date(),
        v4=walk(tree, root=root, bits=32),
        v6=walk(tree, root=0, bits=128, skip=root),
        facts=Facts(
            asn=networks["asn"].astype(np.uint32),
            country=networks["country"].astype(np.uint16),
            classes=(networks["flags"] & np.uint16(len(CLASS_SETS) - 1)).astype(np.uint8),
        ),
        names=names,
    )


def _tree(nodes: NDArray[np.void]) -> Tree:
    """Return the nodes with -1 where there is no child or network."""
    children = np.stack([nodes["zero"], nodes["one"]], axis=1).astype(np.int64)
    children[children == 0] = -1
    network = nodes["network"].astype(np.int64)
    network[network == _NONE] = -1
    return Tree(children=children, node_value=network)


def _text(pool: bytes, offset: int) -> str:
    return pool[offset : pool.index(b"\0", offset)].decode("utf-8", "replace")
