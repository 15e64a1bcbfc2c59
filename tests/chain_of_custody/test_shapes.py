"""Papers, proofs and policies that are signed and still not what they have to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import (
    checkpoint,
    merkle,
    policy,
    sshsig,
    statement,
    timestamp_token,
    tlog_proof,
    transfer,
)
from forensics.chain_of_custody.checkpoint import Checkpoint
from forensics.errors import TamperError
from tests.chain_of_custody.people_case import DOE
from tests.chain_of_custody.sealed_case import EDITOR, ORIGIN, SAMPLES, TIME
from tests.chain_of_custody.test_cosigning import der

if TYPE_CHECKING:
    from forensics.chain_of_custody.canonical import Value

OFFER: dict[str, Value] = {"origin": ORIGIN, "size": 1, "root": "a" * 64, "to": "x", "by": "j.doe", "time": TIME}
RECEIPT: dict[str, Value] = {**OFFER, "offer": "c" * 64, "outcome": "accepted", "problems": 0}


def test_every_member_of_an_offer_has_its_shape() -> None:
    assert transfer.read_offer(statement.write(sshsig.OFFER, OFFER, (), DOE)).size == 1
    changes: tuple[dict[str, Value], ...] = (
        {"size": 0},
        {"size": "1"},
        {"size": True},
        {"root": "a" * 63},
        {"root": "a" * 65},
        {"by": ""},
        {"time": "x"},
        {"by": "a b"},
    )
    for change in changes:
        with pytest.raises(TamperError, match="the custody-offer is malformed"):
            transfer.read_offer(statement.write(sshsig.OFFER, {**OFFER, **change}, (), DOE))


def test_a_receipt_accepts_without_problems_and_in_part_with_some() -> None:
    one: dict[str, Value] = {"record": 0, "entry": 0, "what": "missing"}
    for outcome, count, good in (("accepted", 0, True), ("accepted", 1, False), ("partial", 0, False), ("partial", 1, True),
                                 ("refused", 0, True), ("refused", 1, True)):  # fmt: skip
        paper = statement.write(sshsig.RECEIPT, {**RECEIPT, "outcome": outcome, "problems": count}, [one] * count, DOE)
        if good:
            assert transfer.read_receipt(paper).outcome == outcome
        else:
            with pytest.raises(TamperError, match=f"the receipt says {outcome}, but lists {count} problems"):
                transfer.read_receipt(paper)


def test_a_proof_under_a_key_of_another_name_is_none() -> None:
    line = (SAMPLES / "good/custody.jsonl").read_bytes().splitlines(keepends=True)[0]
    made = tlog_proof.make_proof([line], 0, b"")
    head = Checkpoint(origin=ORIGIN, size=1, root=merkle.leaf_hash(line))
    text = checkpoint.format_checkpoint(head)
    for name in (ORIGIN, "example.org/other"):
        key = EDITOR.named(name)
        proof = tlog_proof.Proof(index=0, hashes=made.hashes, note=checkpoint.sign_note(text, [key]))
        if name == ORIGIN:
            assert tlog_proof.check_proof(proof, line, [key.verifier]).head == head
        else:
            with pytest.raises(TamperError, match="signature line 1 does not fit the checkpoint"):
                tlog_proof.check_proof(proof, line, [key.verifier])


def test_the_first_answers_of_an_authority_have_names() -> None:
    assert timestamp_token.STATUSES == {1: "granted with changes", 2: "rejected", 3: "waiting",
                                        4: "revocation warning", 5: "revocation notice"}  # fmt: skip
    imprint = der(0x30, der(2, b"\x07"))
    assert timestamp_token.nonce_of_request(der(0x30, der(2, b"\x01"), der(2, b"\x05"), imprint)) is None


def test_after_a_quorum_there_may_be_remarks_in_a_policy_of_one_s_own() -> None:
    assert policy.parse_policy("quorum none\n# a remark\n\nlog x\n").logs == ("x",)
