"""A second implementation, written by others, gives the same roots: our tests do not only agree with themselves."""

from __future__ import annotations

from pymerkle import InmemoryTree

from forensics.chain_of_custody import merkle

SIZES = 130


def test_roots_agree_with_pymerkle_at_every_size() -> None:
    foreign, edge, leaves = InmemoryTree(algorithm="sha256"), merkle.Edge(), []
    for number in range(SIZES):
        line = f'{{"seq":{number}}}\n'.encode()
        foreign.append_entry(line)
        leaves.append(merkle.leaf_hash(line))
        edge.push(leaves[-1])
        assert foreign.get_root() == merkle.root(leaves) == edge.root(), number
