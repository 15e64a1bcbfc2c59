"""The tree of RFC 6962: published roots, every proof of every small tree, and every proof damaged."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.chain_of_custody import merkle

# The reference tree of Certificate Transparency's own test data: leaves in hex, first bytes of the root at each size.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = ["e3b0c442", "6e340b9c", "fac54203", "aeb6bcfe", "d37ee418", "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79"]


def hashes(count: int) -> list[bytes]:
    return [merkle.leaf_hash(bytes([number])) for number in range(count)]


def flipped(value: bytes) -> bytes:
    return bytes([value[0] ^ 1]) + value[1:]


def test_reference_tree_of_certificate_transparency() -> None:
    edge, leaves = merkle.Edge(), [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]
    for size, expected in enumerate(ROOTS):
        assert merkle.root(leaves[:size]).hex().startswith(expected)
        assert edge.root().hex().startswith(expected)
        if size < len(leaves):
            edge.push(leaves[size])


def test_pairing_neighbours_level_by_level_gives_the_same_root() -> None:
    for size in range(1, 70):
        level = hashes(size)
        while len(level) > 1:
            pairs = [merkle.node_hash(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
            level = pairs + level[len(level) & ~1 :]
        assert merkle.root(hashes(size)) == level[0]


def test_every_inclusion_proof_up_to_64_and_each_of_its_hashes_flipped() -> None:
    for size in range(1, 65):
        leaves = hashes(size)
        root = merkle.root(leaves)
        for index, leaf in enumerate(leaves):
            proof = merkle.prove_inclusion(index, leaves)
            assert merkle.check_inclusion(index, size, leaf, root, proof)
            assert not merkle.check_inclusion(index, size, flipped(leaf), root, proof)
            assert not merkle.check_inclusion(index, size, leaf, flipped(root), proof)
            assert not merkle.check_inclusion(index, size, leaf, root, [*proof, leaf])
            assert size == 1 or not merkle.check_inclusion((index + 1) % size, size, leaf, root, proof)
            for at in range(len(proof)):
                assert not merkle.check_inclusion(
                    index, size, leaf, root, [*proof[:at], flipped(proof[at]), *proof[at + 1 :]]
                )
                assert not merkle.check_inclusion(index, size, leaf, root, proof[:at] + proof[at + 1 :])


def test_every_consistency_proof_up_to_64_and_each_of_its_hashes_flipped() -> None:
    for new in range(1, 65):
        leaves = hashes(new)
        root = merkle.root(leaves)
        for old in range(new + 1):
            before = merkle.root(leaves[:old])
            proof = merkle.prove_consistency(old, leaves)
            assert merkle.check_consistency(old, new, before, root, proof)
            assert not merkle.check_consistency(old, new, flipped(before), root, proof)
            assert old == 0 or not merkle.check_consistency(old, new, before, flipped(root), proof)
            assert not merkle.check_consistency(old, new, before, root, [*proof, root])
            for at in range(len(proof)):
                assert not merkle.check_consistency(
                    old, new, before, root, [*proof[:at], flipped(proof[at]), *proof[at + 1 :]]
                )
                assert not merkle.check_consistency(old, new, before, root, proof[:at] + proof[at + 1 :])


def test_only_hashes_of_32_bytes_count() -> None:
    assert not merkle.check_inclusion(0, 1, b"", b"", [])
    assert not merkle.check_consistency(1, 1, b"", b"", [])
    assert not merkle.check_inclusion(0, 2, hashes(1)[0], hashes(1)[0], [b"short"])
    with pytest.raises(ValueError, match="32 bytes"):
        merkle.Edge().push(b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        merkle.root([b"short"])
    for proof in (merkle.prove_inclusion, merkle.prove_consistency):
        with pytest.raises(ValueError, match="32 bytes"):
            proof(1, [*hashes(2), b"short"])


def test_places_outside_the_tree_are_refused() -> None:
    leaf = hashes(1)[0]
    assert not merkle.check_inclusion(1, 1, leaf, leaf, [])
    assert not merkle.check_inclusion(-1, 1, leaf, leaf, [])
    assert not merkle.check_consistency(2, 1, leaf, leaf, [])
    assert not merkle.check_consistency(0, 1, leaf, leaf, [])
    assert merkle.check_consistency(0, 1, merkle.EMPTY_ROOT, leaf, [])
    for outside in (1, -1):
        with pytest.raises(ValueError, match=f"no leaf {outside}"):
            merkle.prove_inclusion(outside, hashes(1))
    for outside in (2, -1):
        with pytest.raises(ValueError, match=f"no tree of {outside}"):
            merkle.prove_consistency(outside, hashes(1))


@given(st.lists(st.binary(max_size=8), max_size=200))
@settings(max_examples=40, deadline=None)
def test_the_edge_agrees_with_the_definition(records: list[bytes]) -> None:
    edge = merkle.Edge()
    for record in records:
        edge.push(merkle.leaf_hash(record))
    assert edge.size == len(records)
    assert edge.root() == merkle.root([merkle.leaf_hash(record) for record in records])


def test_leaves_and_nodes_are_hashed_apart() -> None:
    left, right = hashes(2)
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
    assert hashlib.sha256(b"").digest() == merkle.EMPTY_ROOT


def test_a_proof_of_the_wrong_length_does_not_fit_though_its_hashes_do() -> None:
    """RFC 9162: no hash is left over, and none is missing; the roots here are what such a proof would add up to."""
    leaf, other, *more = hashes(5)
    assert merkle.check_inclusion(0, 1, leaf, leaf, [])
    assert not merkle.check_inclusion(0, 1, leaf, merkle.node_hash(other, leaf), [other])
    assert not merkle.check_inclusion(0, 2, leaf, leaf, [])
    before, after = merkle.root(hashes(3)), merkle.root(hashes(4))
    proof = merkle.prove_consistency(3, hashes(4))
    assert merkle.check_consistency(3, 4, before, after, proof)
    longer = [merkle.node_hash(more[2], root) for root in (before, after)]
    assert not merkle.check_consistency(3, 4, longer[0], longer[1], [*proof, more[2]])
    assert not merkle.check_consistency(3, 4, before, after, [])
    assert not merkle.check_consistency(3, 3, before, before, [leaf])
    assert not merkle.check_consistency(3, 3, before, after, [])
    assert not merkle.check_consistency(0, 3, merkle.EMPTY_ROOT, before, [leaf])
    assert merkle.check_consistency(0, 0, merkle.EMPTY_ROOT, merkle.EMPTY_ROOT, [])
    below = merkle.node_hash(other, leaf), merkle.node_hash(other, merkle.node_hash(leaf, other))
    assert not merkle.check_consistency(-1, 3, *below, [leaf, other, other])
    assert merkle.prove_consistency(3, hashes(3)) == merkle.prove_consistency(0, hashes(3)) == []
