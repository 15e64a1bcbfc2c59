"""The Merkle tree of RFC 6962, section 2.1 (unchanged in RFC 9162, section 2.1): roots and proofs, nothing else.

A leaf hash is SHA-256 of ``00`` and the record's bytes, a node hash SHA-256 of ``01`` and both children, the root of
the empty tree SHA-256 of nothing. Hashes are exactly 32 bytes; every other length is refused *before* an algorithm
runs, because an empty root and an empty leaf would otherwise "verify". No I/O here, and no knowledge of records.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(record: bytes) -> bytes:
    """Return the hash of one leaf (RFC 6962, section 2.1: ``MTH({d(0)})``)."""
    return hashlib.sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Edge:
    """The right edge of a growing tree: one hash per complete subtree, largest first.

    Appending a leaf and taking the root cost O(log n) hashes and O(log n) memory, so that a head after every append
    is cheap and a log of any length is checked in one pass.
    """

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        """Start with the empty tree."""
        self.size = 0
        self._peaks: list[bytes] = []

    def push(self, leaf: bytes) -> None:
        """Append one leaf hash: as many subtrees merge as the old size has trailing one bits."""
        _require_hashes([leaf])
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes by the recursive definition (RFC 6962, section 2.1)."""
    _require_hashes(leaves)
    return _root(leaves)


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return node_hash(_root(leaves[:split]), _root(leaves[split:]))


def prove_inclusion(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the audit path of leaf ``index`` (RFC 6962, section 2.1.1), nearest sibling first."""
    if not 0 <= index < len(leaves):
        message = f"no leaf {index} in a tree of {len(leaves)}"
        raise ValueError(message)
    _require_hashes(leaves)
    path: list[bytes] = []
    while len(leaves) > 1:
        split = _split(len(leaves))
        if index < split:
            path.append(_root(leaves[split:]))
            leaves = leaves[:split]
        else:
            path.append(_root(leaves[:split]))
            leaves, index = leaves[split:], index - split
    return path[::-1]


def check_inclusion(index: int, size: int, leaf: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether ``proof`` shows that ``leaf`` is leaf ``index`` of the tree (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes([leaf, root, *proof]):
        return False
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while position & 1 == 0:  # not 0 here: odd, or equal to a last that is not 0
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def prove_consistency(old: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the proof that the first ``old`` leaves are a prefix of all (RFC 6962, section 2.1.2)."""
    if not 0 <= old <= len(leaves):
        message = f"no tree of {old} inside one of {len(leaves)}"
        raise ValueError(message)
    _require_hashes(leaves)
    return [] if old in {0, len(leaves)} else _subproof(old, leaves, complete=True)


def _subproof(old: int, leaves: Sequence[bytes], *, complete: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if complete else [_root(leaves)]
    split = _split(len(leaves))
    if old <= split:
        return [*_subproof(old, leaves[:split], complete=complete), _root(leaves[split:])]
    return [*_subproof(old - split, leaves[split:], complete=False), _root(leaves[:split])]


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether ``proof`` shows that the old tree is a prefix of the new one (RFC 9162, section 2.1.4.2).

    From the empty tree only the empty proof and the root of nothing are accepted, as C2SP tlog-witness does.
    """
    if not 0 <= old <= new or not _are_hashes([old_root, new_root, *proof]):
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    # a complete old tree is itself a node of the new one, so its root is left out of the proof
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    return bool(path) and _replay(old, new, path) == (old_root, new_root)


def _replay(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Rebuild both roots from a consistency path (RFC 9162, section 2.1.4.2, steps 3 to 7)."""
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
            while position & 1 == 0:  # not 0 here: odd, or equal to a last that is not 0
                position, last = position >> 1, last >> 1
        else:
            new_node = node_hash(new_node, sibling)
        position, last = position >> 1, last >> 1
    return (old_node, new_node) if last == 0 else None


def _split(size: int) -> int:
    """Return the largest power of two strictly below ``size`` (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)


def _require_hashes(values: Sequence[bytes]) -> None:
    for value in values:
        if len(value) != HASH_SIZE:
            message = f"a hash is not {HASH_SIZE} bytes long"
            raise ValueError(message)
