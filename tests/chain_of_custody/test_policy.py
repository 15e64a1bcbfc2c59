"""``trust.policy``: which witnesses count, how many are enough, and one spelling in a sealed folder."""

from __future__ import annotations

import itertools

import pytest

from forensics.chain_of_custody import policy
from forensics.chain_of_custody.cosignature import WitnessKey, witness_key
from forensics.chain_of_custody.keys import from_seed
from forensics.errors import TamperError
from tests.chain_of_custody.sealed_case import EDITOR, ORIGIN

LOG = EDITOR.named(ORIGIN).verifier.vkey
KEYS = [witness_key(from_seed(bytes([n]) * 32, f"w{n}.example")) for n in range(70)]
A, B, C = KEYS[:3]
THREE = f"witness a {A.vkey}\nwitness b {B.vkey}\nwitness c {C.vkey}\n"
NESTED = f"{THREE}group two 2 a b c\nquorum two\n"


def enough(text: str, *seen: WitnessKey) -> bool:
    return policy.parse_policy(text).met(seen)


@pytest.mark.parametrize(
    ("tail", "needed"),
    [
        ("quorum none\n", [set()]),
        ("quorum b\n", [{B}]),
        ("group g any a b\nquorum g\n", [{A}, {B}]),
        ("group g all a c\nquorum g\n", [{A, C}]),
        ("group g 1 a\nquorum g\n", [{A}]),
        ("group g 2 a b c\nquorum g\n", [{A, B}, {A, C}, {B, C}]),
        ("group g any a b\ngroup h all g c\nquorum h\n", [{A, C}, {B, C}]),
    ],
)
def test_a_quorum_is_met_by_these_witnesses_and_no_fewer(tail: str, needed: list[set[WitnessKey]]) -> None:
    for size in range(4):
        for seen in itertools.combinations([A, B, C], size):
            assert enough(THREE + tail, *seen, KEYS[9]) == any(one <= set(seen) for one in needed), seen
    assert policy.parse_policy(THREE + tail).asks == (needed != [set()])


def test_keys_count_and_not_the_names_that_they_go_by() -> None:
    other = WitnessKey(name=A.name, kind=A.kind, public=B.public)
    assert not enough(f"witness a {A.vkey}\nquorum a\n", other)
    assert enough(f"witness anybody {A.vkey}\nquorum anybody\n", A)


def test_what_was_read_is_written_again_and_addresses_are_left_out() -> None:
    read = policy.parse_policy(f"log {LOG} https://log.example/\n#who saw it\n\n\twitness  a\t{A.vkey} https://w.example/\n"
                               f"witness b {B.vkey}\ngroup g all a b\nquorum g \n")  # fmt: skip
    assert read.logs == (LOG,)
    assert read.witnesses == {"a": A, "b": B}
    assert read.groups == {"g": (2, ("a", "b"))}
    written = policy.canonical_tail(read)
    assert written == f"witness a {A.vkey}\nwitness b {B.vkey}\ngroup g 2 a b\nquorum g\n"
    assert policy.parse_policy(f"log {LOG}\n{written}", strict=True) == read
    assert policy.canonical_tail(policy.parse_policy(policy.NO_WITNESS)) == policy.NO_WITNESS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (NESTED.replace("group two", "group  two"), "line 4 of the policy: it is not written with single spaces"),
        (f" {NESTED}", "line 1 of the policy: it is not written"),
        (NESTED.replace("\nquorum", " \nquorum"), "line 4 of the policy: it is not written"),
        (NESTED.replace("\nquorum", "\n\nquorum"), "line 5"),
        (NESTED.replace("\nquorum", "\n# a remark\nquorum"), "line 5"),
        (f"{NESTED}witness d {KEYS[4].vkey}\n", "line 6 of the policy: something follows the quorum"),
        (f"{NESTED}\n", "line 6 of the policy: something follows the quorum"),
    ],
)
def test_a_sealed_policy_has_one_spelling(text: str, why: str) -> None:
    with pytest.raises(TamperError, match=why):
        policy.parse_policy(text, strict=True)
    if "remark" in text or "single" in why:
        assert policy.parse_policy(text).quorum == "two"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{NESTED}quorum none\n", "something follows the quorum"),
        ("quorum nobody\n", "not defined before"),
        ("quorum\n", "no log, witness, group or quorum"),
        ("quorum none none\n", "no log, witness, group or quorum"),
        ("log\nquorum none\n", "no log, witness, group or quorum"),
        (f"log {LOG} a b\nquorum none\n", "no log, witness, group or quorum"),
        (f"witness {A.vkey}\nquorum none\n", "no log, witness, group or quorum"),
        (f"witness a {A.vkey} b c\nquorum none\n", "no log, witness, group or quorum"),
        (f"{THREE}group g 1\nquorum g\n", "no log, witness, group or quorum"),
        ("other a\nquorum none\n", "no log, witness, group or quorum"),
        (f"witness a {A.vkey}\nwitness a {B.vkey}\nquorum none\n", "line 2 of the policy: the name is taken"),
        (f"witness none {A.vkey}\nquorum none\n", "name is taken"),
        (f"witness all {A.vkey}\nquorum none\n", "name is taken"),
        (f"{THREE}group b 1 a\nquorum b\n", "line 4 of the policy: the name is taken"),
        (f"{THREE}group g 1 a\ngroup g 1 b\nquorum g\n", "name is taken"),
        (f"witness a {A.vkey}\nwitness b {A.vkey}\nquorum none\n", "stands twice"),
        (f"{THREE}group g 0 a\nquorum g\n", "number of a group"),
        (f"{THREE}group g 3 a b\nquorum g\n", "number of a group"),
        (f"{THREE}group g 01 a\nquorum g\n", "number of a group"),
        (f"{THREE}group g some a\nquorum g\n", "number of a group"),
        (f"{THREE}group g any a a\nquorum g\n", "member twice"),
        (f"{THREE}group g any a\ngroup h any a\nquorum h\n", "member twice"),
        (f"{THREE}group g any z\nquorum g\n", "not defined before"),
        (f"{THREE}group g any g\nquorum g\n", "not defined before"),
        (f"{THREE}group ä any a\nquorum ä\n", "words of printable ASCII"),
        (f"{THREE}group {'g' * 201} any a\nquorum none\n", "words of printable ASCII"),
        (f"{'o' * 201} x\nquorum none\n", "words of printable ASCII"),
        ("quorum none", "does not end with a line feed"),
        (THREE, "no quorum line"),
    ],
)
def test_other_policies_are_refused_with_their_line(text: str, why: str) -> None:
    with pytest.raises(TamperError, match=why):
        policy.parse_policy(text)


def test_names_and_keys_are_as_long_as_they_may_be() -> None:
    name = "g" * 200
    assert policy.parse_policy(f"{THREE}group {name} any a\nquorum {name}\n").quorum == name
    log = f"{'o' * 200}+{LOG.partition('+')[2]}"
    assert len(log) > policy.MAX_WORD
    assert policy.parse_policy(f"log {log}\nquorum none\n").logs == (log,)


def test_thirty_two_witnesses_and_sixty_four_members_are_the_most() -> None:
    most = "".join(f"witness w{n} {KEYS[n].vkey}\n" for n in range(32))
    assert len(policy.parse_policy(f"{most}quorum none\n").witnesses) == 32
    with pytest.raises(TamperError, match=r"line 33 of the policy: .*too many"):
        policy.parse_policy(f"{most}witness more {KEYS[32].vkey}\nquorum none\n")
    single = "".join(f"group g{n} any w{n}\n" for n in range(32))
    nested = "".join(f"group h{n} any g{n}\n" for n in range(32))
    met = policy.parse_policy(f"{most}{single}{nested}quorum h0\n")
    assert met.met([KEYS[0]])
    with pytest.raises(TamperError, match=r"line 97 of the policy: there are too many members"):
        policy.parse_policy(f"{most}{single}{nested}group last any h0\nquorum last\n")
