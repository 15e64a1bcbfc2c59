"""The defects that ``make custody-mutants`` tries are those it says, and one put in place is really run."""

from __future__ import annotations

import os

import pytest

from forensics.chain_of_custody import merkle, salted
from tests.chain_of_custody.mutant import install, is_function
from tests.chain_of_custody.mutant_reach import FOLDER
from tests.chain_of_custody.mutations import Mutation, mutations


def changes(source: str) -> set[str]:
    return {one.what for one in mutations(source, "x.py")}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return a < b", {"return a < b -> return None", "a < b -> a >= b", "a < b -> a <= b"}),
        ("return a and b", {"return a and b -> return None", "a and b -> a or b", "a and b -> b", "a and b -> a"}),
        ("return False", {"False -> True"}),
        ("if not a:\n  raise b", {"not a -> a", "raise b -> (nothing)"}),
        ("if a:\n  b()", {"a -> not a", "b() -> (nothing)"}),
        ("a.b = 7", {"a.b = 7 -> (nothing)", "7 -> 8", "7 -> 6"}),
        ("a += b", {"a += b -> (nothing)", "a += b -> a -= b"}),
        ("a = b'x' + 'y'", {"b'x' + 'y' -> b'x' - 'y'", "b'x' -> b'Xx'", "'y' -> 'Xy'"}),
        ("a = b.startswith(c)", {"b.startswith -> b.endswith"}),
        ("a = 'two words'\n'a docstring'", set()),
    ],
)
def test_every_kind_of_defect(body: str, expected: set[str]) -> None:
    lines = "\n  ".join(body.split("\n"))
    assert changes(f"def f(a: 'x' = 1):\n  {lines}\n") == expected


def test_constants_of_a_module_are_changed_and_counts_in_patterns() -> None:
    assert changes("import re\nSIZE = 3\n") == {"3 -> 4", "3 -> 2"}
    found = changes('import re\nA = re.compile("[0-9]{2,5}x")\n')
    assert found == {f"'[0-9]{{2,5}}x' -> '{new}'" for new in ("X[0-9]{2,5}x", "[0-9]{1,5}x", "[0-9]{3,5}x", "[0-9]{2,4}x",
                                                             "[0-9]{2,6}x")}  # fmt: skip


def in_child(mutation: Mutation, name: str, seen: object) -> bool:
    """Put a mutation in place in a child and say whether what is asked there comes out true."""
    if not (child := os.fork()):
        status = 2
        try:
            install(name, mutation)
            status = 0 if callable(seen) and seen() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def one(name: str, inside: str, what: str) -> Mutation:
    path = FOLDER / f"{name}.py"
    return next(m for m in mutations(path.read_text("utf-8"), str(path)) if (m.inside, m.what) == (inside, what))


def test_a_mutant_is_what_the_program_then_runs() -> None:
    before = merkle.leaf_hash(b"x")
    tag = one("merkle", "leaf_hash", r"b'\x00' -> b'X\x00'")
    assert in_child(tag, "merkle", lambda: merkle.leaf_hash(b"x") != before)
    whole = merkle.root([before])
    assert in_child(
        one("merkle", "HASH_SIZE", "32 -> 33"), "merkle", lambda: not merkle.check_inclusion(0, 1, before, whole, [])
    )
    opening = salted.Opening(salt=bytes(32), digest=bytes(32))
    leaf = opening.leaf
    prop = one("salted", "Opening.leaf", "return hashlib.sha256(self.salt + self.digest).hexdigest() -> return None")
    assert is_function("salted", "Opening.leaf")
    assert not is_function("merkle", "HASH_SIZE")
    assert in_child(prop, "salted", lambda: opening.leaf is None)
    assert (merkle.leaf_hash(b"x"), opening.leaf) == (before, leaf)
