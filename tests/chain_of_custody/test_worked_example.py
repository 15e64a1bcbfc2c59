"""The package's docstring is the specification: its example is real, and this is the test data."""

from __future__ import annotations

import hashlib
import re

import forensics.chain_of_custody as package
from forensics.chain_of_custody import acts, checkpoint, history, keys, merkle


def example(after: str) -> str:
    """Return the indented block after a phrase, with its continuation lines joined."""
    text = str(package.__doc__)
    block = re.search(r"\n\n((?:    .*\n|\n)+)", text[text.index(after) :])
    assert block is not None
    return block.group(1).replace("\\\n    ", "").replace("\n    ", "\n").removeprefix("    ").rstrip("\n") + "\n"


LOG = example("the log has two lines").encode()
NOTE = example("The checkpoint over both").encode()


def test_the_lines_are_records_and_chained() -> None:
    past = history.History()
    for line in LOG.splitlines(keepends=True):
        record = acts.decode_record(line)
        past.check_chain(record)
        past.check_rules(record)
        past.apply(record, line)
        past.apply_keys(record)
    assert past.size == 2
    head, signer = checkpoint.open_checkpoint(NOTE, tuple(past.keys.values()))
    assert (head.size, head.root, signer.actor) == (2, past.head.root, past.last_actor)


def test_prev_is_the_sha256_of_the_line_before_and_the_root_is_a_pair() -> None:
    first, second = LOG.splitlines(keepends=True)
    assert acts.decode_record(second).prev == hashlib.sha256(first).hexdigest()
    pair = merkle.node_hash(merkle.leaf_hash(first), merkle.leaf_hash(second))
    assert checkpoint.unverified(NOTE).root == pair


def test_the_key_is_that_of_the_stated_seed() -> None:
    identity = keys.from_seed(bytes(range(32)), "example.org/case/1")
    assert identity.verifier.vkey in LOG.decode()
    assert identity.actor in LOG.decode()
    assert checkpoint.sign_checkpoint(checkpoint.unverified(NOTE), identity) == NOTE
