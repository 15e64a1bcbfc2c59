"""Offers, receipts, bags and salted leaves: what is written is read again, and nothing else is."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import bagit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.chain_of_custody import bag, canonical, durable, salted, sshsig, statement, transfer
from forensics.chain_of_custody.acts import Output
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.reading import read_records
from forensics.chain_of_custody.transfer import Offer, Problem, Receipt, Side
from forensics.chain_of_custody.verify import verify_case
from forensics.errors import StorageError, TamperError
from tests.chain_of_custody import people_case, sealed_case
from tests.chain_of_custody.people_case import DOE, OTHER, SECOND, TWO, built
from tests.chain_of_custody.sealed_case import EDITOR, ORIGIN, ROOT, TIME, act

if TYPE_CHECKING:
    from forensics.chain_of_custody.canonical import Value

GIVER = Side(name="j.doe", time=TIME, reason="filing", authority="mandate 7")
OFFER = Offer(origin=ORIGIN, size=3, root="a" * 64, giver=GIVER, receiver='B. "Lawyer" ə', receiver_key=OTHER.key.line,
              bundle={"name": "case.age", "bytes": 7, "sha256": "b" * 64}, key=DOE.key)  # fmt: skip
PROBLEMS = (Problem(what="step 8 fails: x"), Problem(what="missing", record=0, entry=2, path="exhibits/x"))
RECEIPT = Receipt(offer="c" * 64, origin=ORIGIN, size=3, root="a" * 64, outcome="partial",
                  receiver=Side(name="b.lawyer", time=TIME), problems=PROBLEMS, count=2, key=DOE.key)  # fmt: skip


def test_an_offer_is_read_as_it_was_written_and_ssh_keygen_agrees(tmp_path: Path) -> None:
    data = transfer.write_offer(OFFER, DOE)
    assert transfer.read_offer(data) == replace(OFFER, key=DOE.key, sha256=hashlib.sha256(data).hexdigest())
    (tmp_path / "offer").write_bytes(data)
    (tmp_path / "allowed").write_text(f"j.doe {DOE.key.line}\n")
    script = """sed '/^-----BEGIN SSH SIGNATURE/,$d' offer >text; sed -n '/^-----BEGIN SSH/,$p' offer >text.sig
        ssh-keygen -Y verify -f allowed -I j.doe -n custody-offer -s text.sig <text"""
    subprocess.run(
        ["sh", "-ec", script], cwd=tmp_path, check=True, capture_output=True, env={"PATH": os.environ["PATH"]}
    )


def test_a_receipt_is_read_as_it_was_written_and_holds_no_path() -> None:
    data = transfer.write_receipt(RECEIPT, SECOND)
    assert b"exhibits" not in data
    held = tuple(replace(one, path="") for one in PROBLEMS)
    assert transfer.read_receipt(data) == replace(RECEIPT, problems=held, key=SECOND.key)
    many = replace(RECEIPT, problems=PROBLEMS * transfer.LISTED, count=2 * transfer.LISTED)
    assert len(transfer.read_receipt(transfer.write_receipt(many, DOE)).problems) == transfer.LISTED


def test_a_paper_says_first_what_it_is() -> None:
    for data, kind in (
        (transfer.write_offer(OFFER, DOE), "custody-offer"),
        (transfer.write_receipt(RECEIPT, DOE), "custody-receipt"),
    ):
        first = json.loads(data.partition(b"\n")[0])
        assert (first["kind"], first["v"]) == (kind, 1)


def test_every_changed_byte_of_a_paper_is_noticed() -> None:
    offer = transfer.write_offer(OFFER, DOE), transfer.read_offer
    receipt = transfer.write_receipt(RECEIPT, DOE), transfer.read_receipt
    for data, read in (offer, receipt):
        for at in range(len(data)):
            with pytest.raises(TamperError):
                read(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])
            with pytest.raises(TamperError):
                read(data[:at])
        with pytest.raises(TamperError):
            read(data + b"\n")


@given(st.binary(max_size=300))
def test_no_other_bytes_are_a_paper(data: bytes) -> None:
    for whole in (data, data + b"\n" + sshsig.BEGIN.encode() + b"\n"):
        with pytest.raises(TamperError):
            transfer.read_offer(whole)


def paper(kind: str, head: dict[str, Value], entries: list[dict[str, Value]] | None = None) -> bytes:
    return statement.write(kind, head, entries or [], DOE)


def heads() -> tuple[dict[str, Value], dict[str, Value]]:
    refused = replace(RECEIPT, problems=(), count=0, outcome="refused")
    offer, receipt = transfer.write_offer(OFFER, DOE), transfer.write_receipt(refused, DOE)
    return json.loads(offer.split(b"\n")[0]), json.loads(receipt.split(b"\n")[0])


@pytest.mark.parametrize(
    "change",
    [{"by": "a b"}, {"by": 1}, {"time": "now"}, {"size": 0}, {"size": True}, {"size": "3"}, {"root": "a"}, {"origin": 7},
     {"to_key": "ssh-rsa x"}, {"bundle": "case.age"}, {"to": 1}],
)  # fmt: skip
def test_signed_offers_of_another_shape_are_malformed(change: dict[str, Value]) -> None:
    with pytest.raises(TamperError):
        transfer.read_offer(paper(sshsig.OFFER, {**heads()[0], **change}))
    assert transfer.read_offer(paper(sshsig.OFFER, heads()[0])).size == 3
    with pytest.raises(TamperError, match="malformed"):
        transfer.read_offer(paper(sshsig.OFFER, heads()[0], [{}]))


@pytest.mark.parametrize(
    "change",
    [{"outcome": "lost"}, {"problems": "0"}, {"problems": 1}, {"outcome": "partial"}, {"offer": 1}, {"size": -1}],
)
def test_signed_receipts_of_another_shape_are_malformed(change: dict[str, Value]) -> None:
    with pytest.raises(TamperError):
        transfer.read_receipt(paper(sshsig.RECEIPT, {**heads()[1], **change}))
    assert transfer.read_receipt(paper(sshsig.RECEIPT, heads()[1])).outcome == "refused"
    with pytest.raises(TamperError, match="malformed"):
        transfer.read_receipt(paper(sshsig.RECEIPT, {**heads()[1], "problems": 1}, [{"record": "x"}]))
    whole: dict[str, Value] = {"record": 0, "entry": 0, "what": "missing"}
    for wrong in ({"record": "0"}, {"entry": "0"}, {"what": 0}):
        with pytest.raises(TamperError, match="malformed"):
            transfer.read_receipt(paper(sshsig.RECEIPT, {**heads()[1], "problems": 1}, [{**whole, **wrong}]))
    assert len(
        transfer.read_receipt(paper(sshsig.RECEIPT, {**heads()[1], "problems": 10_001}, [whole] * 10_000)).problems
    )
    with pytest.raises(TamperError, match="says accepted, but lists 1"):
        transfer.read_receipt(paper(sshsig.RECEIPT, {**heads()[1], "problems": 1, "outcome": "accepted"},
                                    [{"record": 0, "entry": 0, "what": "missing"}]))  # fmt: skip


def test_papers_of_another_kind_version_or_size_are_refused() -> None:
    with pytest.raises(TamperError, match="not a custody-offer"):
        transfer.read_offer(transfer.write_receipt(RECEIPT, DOE))
    body = canonical.encode({"kind": sshsig.OFFER, "v": 2})
    newer = body + sshsig.armour(DOE.sign(body, sshsig.OFFER)).encode()
    with pytest.raises(TamperError, match=r"of version 1: 'custody-offer' 2"):
        transfer.read_offer(newer)
    truth = canonical.encode({"kind": sshsig.OFFER, "v": True})
    with pytest.raises(TamperError, match=r"of version 1: 'custody-offer' True"):
        transfer.read_offer(truth + sshsig.armour(DOE.sign(truth, sshsig.OFFER)).encode())
    with pytest.raises(TamperError, match="longer than 16777216 bytes"):
        transfer.read_offer(b"x" * 16_777_217)
    for unsigned in (b"", body, b"x" * 16_777_216):
        with pytest.raises(TamperError, match="ends without a signature"):
            transfer.read_offer(unsigned)
    beside = body + b"[]\n"
    with pytest.raises(TamperError, match="objects, one a line"):
        transfer.read_offer(beside + sshsig.armour(DOE.sign(beside, sshsig.OFFER)).encode())
    listed = b"[]\n"
    with pytest.raises(TamperError, match="objects, one a line"):
        transfer.read_offer(listed + sshsig.armour(DOE.sign(listed, sshsig.OFFER)).encode())


def offered(folder: Path, by: str = "j.doe", origin: str = ORIGIN) -> Offer:
    head = verify_case(folder).checkpoint
    assert head is not None
    made = replace(OFFER, origin=origin, size=head.size, root=head.root.hex(), giver=replace(GIVER, name=by))
    return transfer.read_offer(transfer.write_offer(made, DOE))


def test_a_received_case_is_compared_file_by_file(tmp_path: Path) -> None:
    case = built(tmp_path / "case", TWO)
    offer = offered(case)
    assert transfer.compare(case, offer) == []
    for wrong in (
        offered(case, by="a.second"),
        offered(case, origin="example.org/case/2"),
        replace(offer, key=OTHER.key),
    ):
        assert [one.what for one in transfer.compare(case, wrong)] == ["the offer is not by an examiner of this case"]
    with Log.open(case) as log:
        exhibit = durable.publish(case, "exhibits/a", b"one")
        other = durable.publish(case, "exhibits/b", b"two")
        third = durable.publish(case, "exhibits/c", b"three")
        log.seal([act("evidence.ingest", out=[exhibit, other, third])], EDITOR)
    assert transfer.compare(case, offer) == []  # the case went on, what was offered is in it
    later = offered(case)
    (case / "exhibits/a").write_bytes(b"oNe")
    (case / "exhibits/b").unlink()
    (case / "exhibits/c").unlink()
    (case / "exhibits/c").symlink_to("a")
    found = transfer.compare(case, later)
    assert [one.what[:12] for one in found[:2]] == ["step 1 fails", "step 8 fails"]
    assert {(one.path, one.what, one.record, one.entry) for one in found[2:]} == {
        ("exhibits/a", "changed", 3, 1), ("exhibits/b", "missing", 3, 2), ("exhibits/c", "unreadable", 3, 3)
    }  # fmt: skip
    assert [transfer.place_of(case, one) for one in found] == ["", "", "exhibits/a", "exhibits/b", "exhibits/c"]
    assert transfer.place_of(case, Problem(what="x", record=0, entry=0)).startswith("keys/")
    assert transfer.place_of(case, Problem(what="x", record=99, entry=0)) == ""
    assert transfer.place_of(case, Problem(what="x", record=0, entry=99)) == ""
    named = len(next(iter(read_records(case))).act.out)
    assert transfer.place_of(case, Problem(what="x", record=0, entry=named - 1)) != ""
    assert transfer.place_of(case, Problem(what="x", record=0, entry=named)) == ""
    (case / "custody.jsonl").write_bytes(b"")
    assert transfer.compare(case, later)
    (case / "custody.jsonl").unlink()
    assert transfer.compare(case, later)


def whole(case: Path) -> dict[str, Output]:
    with Log.open(case) as log:
        return {**log.files, **{name: durable.measure(case, name) for name in ("custody.jsonl", "checkpoint")}}


def bagged(case: Path, files: dict[str, Output] | None = None) -> bytes:
    stream = io.BytesIO()
    bag.write_bag(case, files or whole(case), {"External-Identifier": ORIGIN}, stream)
    return stream.getvalue()


def test_a_bag_is_what_the_independent_reader_and_sha256sum_take_for_one(tmp_path: Path) -> None:
    case = sealed_case.small(tmp_path / "case", kit=True)
    data = bagged(case)
    assert data == bagged(case)
    (tmp_path / "bag").mkdir()
    assert bag.read_bag(io.BytesIO(data), tmp_path / "bag") == len(whole(case))
    theirs = bagit.Bag(str(tmp_path / "bag"))
    assert theirs.validate()
    assert theirs.info["External-Identifier"] == ORIGIN
    subprocess.run(["sha256sum", "--check", "--quiet", "manifest-sha256.txt"], cwd=tmp_path / "bag", check=True)
    assert verify_case(tmp_path / "bag" / "data").ok
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert {member.name for member in tar} >= {"bagit.txt", "data/custody.jsonl", "data/checkpoint"}


@pytest.mark.parametrize("content", [b"From: editor@example.org\n\nhallo\n", b"short"])
def test_a_damaged_case_is_not_packed(tmp_path: Path, content: bytes) -> None:
    case = sealed_case.small(tmp_path / "case")
    files = whole(case)
    (case / "exhibits/mail.eml").write_bytes(content)
    with pytest.raises(TamperError, match="not what the log says"):
        bagged(case, files)


def test_no_damaged_bag_is_taken_for_a_whole_one(tmp_path: Path) -> None:
    data = bagged(sealed_case.small(tmp_path / "case"))
    for number, at in enumerate(range(0, len(data) - 1100, 257)):
        changed = data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]
        target = tmp_path / f"bag-{number}"
        target.mkdir()
        try:
            bag.read_bag(io.BytesIO(changed), target)
        except (TamperError, StorageError):
            continue
        assert {p.name: p.read_bytes() for p in target.rglob("*") if p.is_file()} == {
            p.name: p.read_bytes() for p in (tmp_path / "case").rglob("*") if p.is_file()
        } | {p.name: p.read_bytes() for p in target.iterdir() if p.is_file()}, at  # padding and headers of tar only


def tarred(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(content), kind, "../outside"
            tar.addfile(info, io.BytesIO(content))
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    "stream",
    [tarred(("../x", b"x")), tarred(("/x", b"x")), tarred(("data/.x", b"x")), tarred(("data/x", b""), kind=tarfile.SYMTYPE),
     tarred(("data/x", b""), kind=tarfile.FIFOTYPE), tarred(("data/x", b"1"), ("data/x", b"2")), tarred(("data/x", b"1")),
     tarred(), io.BytesIO(b"no tar at all" * 100), io.BytesIO(b""),
     tarred(("bagit.txt", bag.DECLARATION), ("bag-info.txt", b""), (bag.MANIFEST, b""), (bag.TAG_MANIFEST, b""))],
)  # fmt: skip
def test_hostile_bags_are_refused_and_write_nothing_outside(tmp_path: Path, stream: io.BytesIO) -> None:
    (tmp_path / "inside").mkdir()
    with pytest.raises(TamperError, match="the bundle is damaged"):
        bag.read_bag(stream, tmp_path / "inside")
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


def test_a_file_in_the_place_of_a_folder_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be unpacked"):
        bag.read_bag(tarred(("data", b"1"), ("data/x", b"2")), tmp_path)


def test_a_salted_leaf_is_the_documented_hash_and_opens_only_with_its_salt() -> None:
    sha256 = hashlib.sha256(b"+994 12 345 67 89\n").hexdigest()
    one, two = salted.fresh(sha256), salted.fresh(sha256)
    assert one.leaf != two.leaf
    assert len(one.salt) == salted.SALT_SIZE
    assert one.leaf == hashlib.sha256(one.salt + bytes.fromhex(sha256)).hexdigest()
    line = salted.write(one)
    assert salted.read(line) == one
    members = f'"leaf":"{one.leaf}","salt":"{one.salt.hex()}","sha256":"{sha256}","v":1'
    assert line == f'{{"kind":"custody-salted-leaf",{members}}}\n'.encode()
    for short in (salted.Opening(salt=bytes(31), digest=bytes(32)), salted.Opening(salt=bytes(32), digest=bytes(33))):
        with pytest.raises(TamperError, match="not that of its salt and digest"):
            salted.read(salted.write(short))
    fixed = salted.Opening(salt=bytes(range(32)), digest=bytes.fromhex(sha256))
    assert fixed.leaf == "968dfddcca76203ab3617c8eb90ff444fc085c9b80ac837835c22aeadd30b207"
    assert fixed.leaf in (ROOT / "docs" / "custody-format.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "change", [{"salt": "00" * 31}, {"salt": 1}, {"leaf": "0" * 64}, {"sha256": "zz"}, {"more": 1}, {"v": 2}]
)
def test_openings_of_another_shape_are_refused(change: dict[str, Value]) -> None:
    value = json.loads(salted.write(salted.fresh("a" * 64)))
    with pytest.raises(TamperError):
        salted.read(canonical.encode({**value, **change}))
    with pytest.raises(TamperError):
        salted.read(b"[]\n")


def test_base64_of_papers_is_that_of_ssh_keygen(tmp_path: Path) -> None:
    """What ``ssh-keygen -Y sign`` writes is byte for byte what we write for the same Ed25519 key."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    from forensics.chain_of_custody import signers

    signer = signers.open_file(key)
    command = ["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", sshsig.OFFER]
    theirs = subprocess.run(command, input=b"text\n", capture_output=True, check=True)
    assert theirs.stdout.decode() == sshsig.armour(signer.sign(b"text\n", sshsig.OFFER))
    assert base64.b64encode(sshsig.MAGIC).decode() == "U1NIU0lH"
    assert people_case.DOE.key != signer.key
