"""What verification says where a file cannot be read, and of what the caller knows from elsewhere."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import checkpoint, durable, transfer
from forensics.chain_of_custody.cosignature import cosign, witness_key
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.seal import Opening, key_act, write_keys
from forensics.chain_of_custody.transfer import Offer, Receipt, Side
from forensics.chain_of_custody.verify import CRASHED, TITLES, Expected, verify_case
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.people_case import DOE
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, ORIGIN, STRANGER, TIME, act

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from forensics.chain_of_custody.keys import Identity

NOBODY = 65_534


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return sealed_case.small(tmp_path / "case")


def failed(folder: Path, expected: Expected | None = None) -> dict[int, str]:
    return {step.n: step.detail for step in verify_case(folder, expected).steps if not step.ok}


@contextmanager
def as_nobody(*folders: Path) -> Iterator[None]:
    """Act as a user whom the modes of files bind: root reads everything."""
    if os.geteuid():
        yield
        return
    for folder in folders:
        folder.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_may_not_be_read_is_told_and_not_taken_for_good(case: Path) -> None:
    assert failed(case) == {}
    (case / "exhibits/mail.eml").chmod(0)
    with as_nobody(*case.parents[:3], case, case / "exhibits"):
        found = failed(case)
    assert found == {8: "exhibits/mail.eml: cannot be read: Permission denied"}
    (case / "exhibits/mail.eml").chmod(0o644)
    assert failed(case) == {}


def test_sizes_and_digests_are_told_apart(case: Path) -> None:
    (case / "exhibits/mail.eml").write_bytes(b"From: editor@example.org\n\nHello\n")
    (case / "exhibits/empty").write_bytes(b"x")
    empty, mail = failed(case)[8].split("; ")
    assert empty == "exhibits/empty: has 1 bytes, not 0"
    assert mail.startswith("exhibits/mail.eml: has SHA-256 ")
    assert verify_case(case).steps[7].detail == f"{empty}; {mail}"


def seen(case: Path, size: int, root: bytes | None = None) -> Expected:
    note = (case / ("checkpoint" if size == 3 else f"checkpoints/{size}")).read_bytes()
    head = checkpoint.unverified(note)
    return Expected(seen=checkpoint.Checkpoint(origin=ORIGIN, size=size, root=root or head.root))


def test_what_this_computer_saw_before_is_compared(case: Path) -> None:
    for size in (1, 3):
        assert failed(case, seen(case, size)) == {}
        assert "two histories" in failed(case, seen(case, size, bytes(32)))[10]
    later = checkpoint.Checkpoint(origin=ORIGIN, size=4, root=bytes(32))
    told = "this computer has seen 4 records of this log, and the folder holds 3: it is an older state of the case"
    assert failed(case, Expected(seen=later)) == {10: f"custody.jsonl: {told}"}
    head = checkpoint.unverified((case / "checkpoint").read_bytes())
    report = verify_case(case, Expected(size=3, root=head.root.hex(), namesake=True))
    assert report.ok
    assert report.steps[-1].n == 10
    assert report.steps[-1].detail.startswith("as expected; but this computer has seen another log of this name")


def test_a_policy_of_the_caller_s_own(case: Path) -> None:
    log = EDITOR.named(ORIGIN).verifier.vkey
    other = STRANGER.named(ORIGIN).verifier.vkey
    witness = witness_key(COLLEAGUE).vkey
    assert failed(case, Expected(policy=f"log {log}\nquorum none\n")) == {}
    assert failed(case, Expected(policy=f"log {other}\nlog {log}\nquorum none\n")) == {}
    assert "no active key" in failed(case, Expected(policy=f"log {other}\nquorum none\n"))[10]
    assert "its quorum w has not cosigned" in failed(case, Expected(policy=f"witness w {witness}\nquorum w\n"))[10]
    assert failed(case, Expected(policy="quorum w\n"))[10].startswith("your policy: line 1 of the policy")
    assert failed(case, Expected(policy="log nonsense\nquorum none\n"))[10].startswith("your policy: 'nonsense'")


def test_a_revoked_key_is_no_log_of_the_caller_s_policy(case: Path) -> None:
    """The key of the first examiner is taken out by the second: what it signed stays, but it speaks no more."""
    nameless = Opening(key=COLLEAGUE.verifier, origin=ORIGIN, time=TIME)
    both = [EDITOR.verifier, COLLEAGUE.verifier]
    with Log.open(case) as log:
        first = Opening(key=EDITOR.verifier, origin=ORIGIN, time=TIME)
        log.seal([key_act("key.add", COLLEAGUE.verifier, first, write_keys(case, ORIGIN, both))], EDITOR)
        files = write_keys(case, ORIGIN, both, [EDITOR.actor])
        revoked = key_act("key.revoke", EDITOR.verifier, nameless, files)
        assert set(revoked.subject) == {"vkey"}
        log.seal([revoked, act("note", by=COLLEAGUE)], COLLEAGUE)
    policies = {name: f"log {name.named(ORIGIN).verifier.vkey}\nquorum none\n" for name in (EDITOR, COLLEAGUE)}
    assert "no active key" in failed(case, Expected(policy=policies[EDITOR]))[10]
    assert failed(case, Expected(policy=policies[COLLEAGUE])) == {}
    assert verify_case(case).steps[3].detail == "2 keys, 1 revoked"


def test_papers_without_their_optional_parts_are_read_as_written() -> None:
    side = Side(name="j.doe", time=TIME)
    offer = Offer(origin=ORIGIN, size=1, root="a" * 64, giver=side, receiver="", key=DOE.key)
    read = transfer.read_offer(transfer.write_offer(offer, DOE))
    assert (read.bundle, read.receiver_key, read.giver) == (None, "", side)
    receipt = Receipt(offer="", origin=ORIGIN, size=1, root="a" * 64, outcome="accepted", receiver=side, problems=(),
                      count=0, key=DOE.key)  # fmt: skip
    assert transfer.read_receipt(transfer.write_receipt(receipt, DOE)) == receipt


def test_what_others_attested_counts_only_as_it_was_sealed(case: Path) -> None:
    key = witness_key(COLLEAGUE)
    head = checkpoint.unverified((case / "checkpoint").read_bytes())
    line, name = cosign(head, COLLEAGUE, 1_767_225_600), key.key_id.hex()
    files = {f"witnesses/3-{name}.cosig": line.encode(), f"witnesses/{name}.pub": f"{key.vkey}\n".encode()}
    with Log.open(case) as log:
        out = [durable.publish(case, path, data) for path, data in files.items()]
        log.seal([act("witness.receive", out=out)], EDITOR)
    assert failed(case) == {}
    for path, data in files.items():
        (case / path).write_bytes(data.replace(b"\n", b" \n"))
        found = failed(case)
        assert sorted(found) == [8, 12]
        assert f"{path}: is not the file that was sealed" in found[12]
        (case / path).write_bytes(data)
    assert failed(case) == {}


def test_every_step_says_what_it_saw(case: Path) -> None:
    root = "53520c2947063df12d3bece177b5c9758f854e17e8e83092c3a4c92f7d52a118"
    report = verify_case(case)
    assert [(step.n, step.ok, step.detail) for step in report.steps] == [
        (1, True, "8 files in 3 folders"),
        (2, True, "3 records, 1514 bytes"),
        (3, True, "3 records, 1514 bytes"),
        (4, True, "1 keys, 0 revoked"),
        (5, True, f"{ORIGIN}, by {EDITOR.actor}"),
        (6, True, f"size 3, root {root}"),
        (7, True, "1 earlier checkpoints"),
        (8, True, "6 files, 518 bytes"),
        (9, True, ""),
    ]
    assert [step.title for step in report.steps] == [TITLES[n] for n in range(1, 10)]
    assert (TITLES[2], TITLES[6]) == (
        "every line of the log is one canonical record",
        "the checkpoint covers exactly this log",
    )
    assert report.intervals == ()


def test_a_log_that_cannot_be_read_to_its_end_leaves_four_steps_open(case: Path) -> None:
    good = (case / "custody.jsonl").read_bytes()
    (case / "custody.jsonl").write_bytes(good + b"{}\n")
    found = failed(case)
    assert sorted(found) == [2, 4, 7, 8, 9]
    assert found[2] == "custody.jsonl line 4 (byte 1514): the record is not of version 1"
    assert {found[n] for n in (4, 7, 8, 9)} == {
        "not checked to the end, because the log cannot be read to its end (step 2)"
    }
    (case / "custody.jsonl").write_bytes(b"")
    assert failed(case)[2] == "custody.jsonl: there is no record"


def test_a_head_of_another_size_root_or_signer_is_told_apart(case: Path) -> None:
    head = checkpoint.unverified((case / "checkpoint").read_bytes())

    def signed(size: int = 3, root: bytes = head.root, by: Identity = EDITOR) -> dict[int, str]:
        other = checkpoint.Checkpoint(origin=ORIGIN, size=size, root=root)
        (case / "checkpoint").write_bytes(checkpoint.sign_checkpoint(other, by))
        return failed(case)

    assert signed(size=2) == {6: f"checkpoint: covers 2 records, but the log holds 3; {CRASHED}"}
    assert signed(size=4) == {6: "checkpoint: covers 4 records, but the log holds 3"}
    assert signed(root=bytes(32)) == {6: "checkpoint: the root is not that of the log: a record was changed"}
    assert sorted(signed(by=STRANGER)) == [5, 6]
    assert signed() == {}
    first = checkpoint.unverified((case / "checkpoints/1").read_bytes())
    for size, root in ((2, first.root), (1, bytes(32)), (3, head.root)):
        other = checkpoint.Checkpoint(origin=ORIGIN, size=size, root=root)
        (case / "checkpoints/1").write_bytes(checkpoint.sign_checkpoint(other, EDITOR))
        assert failed(case)[7] == "checkpoints/1: is not the head that the log had at 1 records"


def test_of_many_defects_five_are_named(case: Path) -> None:
    for number in range(5):
        (case / f"more{number}").touch()
    assert failed(case) == {9: "; ".join(f"more{number}: is not sealed" for number in range(5))}
    (case / "more5").touch()
    assert failed(case)[9].endswith("; more4: is not sealed; and 1 more")
    (case / ".more6.tmp").touch()
    assert failed(case)[9].startswith(f".more6.tmp: is not sealed; {CRASHED}; more0: is not sealed")


def test_a_policy_of_the_case_that_is_not_ascii_or_does_not_start_with_its_keys(case: Path) -> None:
    good = (case / "trust.policy").read_bytes()
    for wrong in (good + "ä".encode(), b"\n" + good, good[1:], good + good):
        (case / "trust.policy").write_bytes(wrong)
        assert sorted(failed(case)) == [4, 8]
