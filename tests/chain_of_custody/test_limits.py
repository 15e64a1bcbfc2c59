"""Every limit of the format, in figures: what reaches it is taken, what passes it by one is not."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import (
    acts,
    canonical,
    checkpoint,
    cosignature,
    keys,
    policy,
    timestamp_token,
    tlog_proof,
)
from forensics.chain_of_custody.acts import Act, Output
from forensics.chain_of_custody.canonical import Value, decode, encode
from forensics.chain_of_custody.checkpoint import Checkpoint
from forensics.errors import TamperError
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, ORIGIN, TIME
from tests.chain_of_custody.test_cosigning import response

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = EDITOR.named(ORIGIN)
DIGEST = "a" * 64


def test_a_line_holds_65535_bytes() -> None:
    longest = encode("x" * 65_532)
    assert len(longest) == 65_535
    assert decode(longest) == "x" * 65_532
    with pytest.raises(ValueError, match="65536 bytes is longer than 65535"):
        encode("x" * 65_533)
    with pytest.raises(TamperError, match="longer than 65535 bytes"):
        decode(b'"' + b"x" * 65_533 + b'"\n')


@pytest.mark.parametrize("kind", [list, dict])
def test_a_line_nests_16_levels(kind: type) -> None:
    deep: Value = []
    for _ in range(15):
        deep = {"a": deep} if kind is dict else [deep]
    assert decode(encode(deep)) == deep
    with pytest.raises(ValueError, match="deeper than 16"):
        encode([deep])
    with pytest.raises(TamperError, match="deeper than 16"):
        decode(b"[" + encode(deep)[:-1] + b"]\n")
    beside = b"[" + b",".join([encode(deep)[1:-2]] * 3) + b"]\n" if kind is list else b""
    assert not beside or len(str(decode(beside))) > 90  # three times as many brackets, and no deeper


def test_an_integer_is_below_two_to_the_53() -> None:
    for number in (9_007_199_254_740_991, -9_007_199_254_740_991, 0):
        assert decode(encode(number)) == number
        assert encode(number) == f"{number}\n".encode()
    for number in (9_007_199_254_740_992, -9_007_199_254_740_992):
        with pytest.raises(ValueError, match="outside"):
            encode(number)
        with pytest.raises(TamperError, match="outside"):
            decode(f"{number}\n".encode())


def test_a_note_holds_65536_bytes_and_16_signatures() -> None:
    signed = len(checkpoint.sign_note("\n", [LOG]))
    text = "x" * (65_536 - signed) + "\n"
    note = checkpoint.sign_note(text, [LOG])
    assert len(note) == 65_536
    assert checkpoint.open_note(note, [LOG.verifier])[0] == text
    with pytest.raises(TamperError, match="longer than 65536"):
        checkpoint.open_note(checkpoint.sign_note(f"x{text}", [LOG]), [LOG.verifier])
    line = checkpoint.sign_note("a\n", [LOG]).decode().split("\n\n")[1]
    assert len(checkpoint.split_note(f"a\n\n{line * 16}".encode())[1]) == 16
    with pytest.raises(TamperError, match="more than 16"):
        checkpoint.split_note(f"a\n\n{line * 17}".encode())


def test_a_checkpoint_counts_from_0_to_two_to_the_53() -> None:
    for size in (0, 9_007_199_254_740_991):
        head = Checkpoint(origin=ORIGIN, size=size, root=bytes(32))
        assert checkpoint.parse_checkpoint(checkpoint.format_checkpoint(head)) == head
    for size in (-1, 9_007_199_254_740_992):
        with pytest.raises(ValueError, match="out of range"):
            Checkpoint(origin=ORIGIN, size=size, root=bytes(32))
    for length in (31, 33):
        with pytest.raises(ValueError, match="out of range"):
            Checkpoint(origin=ORIGIN, size=1, root=bytes(length))


@pytest.mark.parametrize("size", [9, 11, 12, 13, 31])
def test_a_text_of_a_checkpoint_holds_no_control_character(size: int) -> None:
    with pytest.raises(ValueError, match="no other control character"):
        checkpoint.sign_note(f"a{chr(size)}b\n", [LOG])
    with pytest.raises(TamperError, match="control character at character 1"):
        checkpoint.split_note(f"a{chr(size)}b\n\n".encode())


def test_names_have_200_characters_of_the_allowed_ones() -> None:
    for name in ("a", "Az09._~:/@-", "n" * 200):
        assert keys.VerifierKey(name=name, public=EDITOR.verifier.public).name == name
        assert Checkpoint(origin=name, size=0, root=bytes(32)).origin == name
        assert cosignature.WitnessKey(name=name, kind=4, public=EDITOR.verifier.public).name == name
    for name in ("", "n" * 201, "a b", "a+b", "ä", "a\n"):
        with pytest.raises(ValueError, match="no key name"):
            keys.VerifierKey(name=name, public=EDITOR.verifier.public)
        with pytest.raises(ValueError, match="no origin"):
            Checkpoint(origin=name, size=0, root=bytes(32))
        with pytest.raises(ValueError, match="not a named key"):
            cosignature.WitnessKey(name=name, kind=4, public=EDITOR.verifier.public)


def test_paths_have_parts_of_200_and_1000_characters() -> None:
    most = "/".join(["p" * 200] * 4 + ["q" * 196])
    for path in ("a", "_", "9", "a" * 200, "A.z", "a_", "a+=@,~-", most):
        assert acts.is_path(path), path
    for path in ("", ".", "..", "a.", "-a", ".a", "a" * 201, "a/", "/a", "a//b", "a b", "ä", "a\n", f"{most}q"):
        assert not acts.is_path(path), path
    assert len(most) == 1_000


@pytest.mark.parametrize(
    "change",
    [
        lambda: Output(path="a", bytes=-1, sha256=DIGEST),
        lambda: Output(path="a", bytes=2**53, sha256=DIGEST),
        lambda: Output(path="a", bytes=0, sha256=DIGEST[:-1]),
        lambda: Output(path="a", bytes=0, sha256=f"{DIGEST}a"),
        lambda: Output(path="a", bytes=0, sha256=DIGEST.upper()),
        lambda: Output(path="/a", bytes=0, sha256=DIGEST),
        lambda: Act(action="note", actor=f"key:{'0' * 31}", time=TIME, subject={}),
        lambda: Act(action="note", actor=f"key:{'0' * 33}", time=TIME, subject={}),
        lambda: Act(action="note", actor=f"KEY:{'0' * 32}", time=TIME, subject={}),
        lambda: Act(action="nothing", actor=EDITOR.actor, time=TIME, subject={}),
        lambda: Act(action="note", actor=EDITOR.actor, time=TIME, subject={}, tool={"name": ""}),
        lambda: Act(action="note", actor=EDITOR.actor, time=TIME, subject={}, tool={"other": "x"}),
        lambda: Act(action="note", actor=EDITOR.actor, time=TIME, subject={}, gone=["/a"]),
        lambda: Act(action="note", actor=EDITOR.actor, time=TIME, subject={}, gone=["a", "a"]),
        lambda: Act(action="note", actor=EDITOR.actor, time=TIME, subject={}, sig="U1NIU0lH"),
        lambda: Act(action="note", actor=EDITOR.actor, time=TIME, subject={}, sig=f"U1NIU0lH{'A' * 1001}"),
        lambda: Act(action="note", actor=EDITOR.actor, time=TIME, subject={}, sig="U1NIU0lHAAA==="),
        lambda: Act(action="note", actor=EDITOR.actor, time=TIME, subject={}, sig="U1NIU0lX" + "A" * 8),
    ],
)
def test_no_other_output_or_act_is_made(change: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        change()


def test_the_most_and_the_least_of_an_act() -> None:
    assert Output(path="a", bytes=2**53 - 1, sha256=DIGEST).bytes == 2**53 - 1
    for sig in ("U1NIU0lHA", f"U1NIU0lH{'A' * 1000}==", "U1NIU0lHA+/="):
        assert Act(action="note", actor=EDITOR.actor, time=TIME, subject={}, sig=sig).sig == sig


@pytest.mark.parametrize(
    "time",
    ["2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "26-01-01T00:00:00Z",
     "2026-1-01T00:00:00Z", "2026-01-1T00:00:00Z", "2026-01-01T0:00:00Z", "2026-01-01T00:0:00Z", "2026-01-01T00:00:0Z",
     "2026-01-01T00:00:00.0Z", "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:60Z", "12026-01-01T00:00:00Z"],
)  # fmt: skip
def test_other_times_are_none(time: str) -> None:
    assert not acts.is_time(time)
    assert acts.is_time("2028-02-29T23:59:59Z")


def test_a_witness_has_a_clock_until_the_year_10000() -> None:
    head, key = Checkpoint(origin=ORIGIN, size=3, root=bytes(32)), cosignature.witness_key(COLLEAGUE)
    last = 253_402_300_799
    line = cosignature.cosign(head, COLLEAGUE, last)
    assert cosignature.open_cosignature(line, head, [key]).time == last
    assert cosignature.open_cosignature(cosignature.cosign(head, COLLEAGUE, 0), head, [key]).time == 0
    with pytest.raises(TamperError, match="does not fit"):
        cosignature.open_cosignature(cosignature.cosign(head, COLLEAGUE, last + 1), head, [key])
    for wrong in (line + line, line[:-1], f"\n{line}"):
        with pytest.raises(TamperError):
            cosignature.open_cosignature(wrong, head, [key])


def test_a_proof_holds_63_hashes_and_262144_bytes() -> None:
    most = tlog_proof.Proof(index=9_999_999_999_999_999, hashes=(bytes(32),) * 63, note=b"")
    data = tlog_proof.format_proof(most)
    assert tlog_proof.parse_proof(data) == most
    assert tlog_proof.parse_proof(data + b"x" * (262_144 - len(data))).index == most.index
    start = "c2sp.org/tlog-proof@v1\nindex "
    zero = base64.b64encode(bytes(32)).decode()
    assert tlog_proof.parse_proof(f"{start}0\n\nnote".encode()) == tlog_proof.Proof(index=0, hashes=(), note=b"note")
    for wrong in (
        data + b"x" * (262_145 - len(data)),
        (f"{start}1\n" + f"{zero}\n" * 64 + "\n").encode(),
        f"{start}10000000000000000\n\n".encode(),
        f"{start}01\n\n".encode(),
        f"{start}1\n".encode(),
        f"{start}1".encode(),
        f"{start}1\nAA\n\n".encode(),
        f"x{start}1\n\n".encode(),
        f"{start[:22]}\n\n".encode(),
        f"{start[:23]}extra AA==\nindex 1\n\n".encode(),
    ):
        with pytest.raises(TamperError):
            tlog_proof.parse_proof(wrong)


def test_a_time_stamp_has_65536_bytes() -> None:
    around = len(response(more=b"\xa1\x82\xfe\x01" + bytes(65_025))) - 65_025

    def long(size: int) -> bytes:
        return response(more=b"\xa1\x82" + (size - around).to_bytes(2, "big") + bytes(size - around))

    assert len(long(65_536)) == 65_536
    assert timestamp_token.read_response(long(65_536)).policy == "1.2.3"
    with pytest.raises(TamperError, match="longer than 65536"):
        timestamp_token.read_response(long(65_537))


def test_words_of_a_policy_have_200_characters() -> None:
    key = cosignature.witness_key(COLLEAGUE).vkey
    name = "g" * 200
    assert policy.parse_policy(f"witness {name} {key}\nquorum {name}\n").quorum == name
    with pytest.raises(TamperError, match="printable ASCII"):
        policy.parse_policy(f"witness {name}g {key}\nquorum none\n")
    assert canonical.MAX_LINE == 65_535


def test_a_witness_is_known_by_name_and_id_and_its_time_has_eight_bytes() -> None:
    head = Checkpoint(origin=ORIGIN, size=3, root=bytes(32))
    twins = [cosignature.WitnessKey(name="w", kind=4, public=who.verifier.public) for who in (EDITOR, COLLEAGUE)]
    line = cosignature.cosign(head, COLLEAGUE.named("w"), 5)
    assert cosignature.open_cosignature(line, head, twins).key == twins[1]
    raw = base64.b64decode(line.split(" ")[2])
    for changed in (raw[:4] + b"\x01" + raw[5:], raw + b"\x00", raw[:-1], raw[:3] + raw):
        with pytest.raises(TamperError):
            cosignature.open_cosignature(f"\u2014 w {base64.b64encode(changed).decode()}\n", head, twins)
    for kind, public in (
        (4, bytes(31)),
        (6, bytes(1311)),
        (6, bytes(1313)),
        (5, bytes(32)),
        (4, min(keys.WEAK_POINTS)),
    ):
        with pytest.raises(ValueError, match=r"."):
            cosignature.WitnessKey(name="w", kind=kind, public=public)


def test_a_record_of_another_version_is_told_by_its_age() -> None:
    newer = encode({"v": 2})
    with pytest.raises(TamperError, match="of version 2: a newer program sealed this"):
        acts.decode_record(newer)
    for other in (0, "2", None, True):
        with pytest.raises(TamperError, match=r"not of version 1$"):
            acts.decode_record(encode({"v": other}))


def test_the_closed_list_of_actions() -> None:
    assert sorted(acts.ACTIONS) == [
        "analysis.run", "case.close", "case.open", "disclosure.redact", "evidence.access", "evidence.ingest",
        "evidence.verify", "examiner.add", "examiner.revoke", "examiner.rotate", "export.create", "finding.review",
        "key.add", "key.revoke", "lookup.answer", "lookup.import", "lookup.plan", "lookup.query", "note",
        "owner.declare", "proof.create", "recovery", "registry.load", "report.render", "report.sign", "seal",
        "share.release", "timestamp.receive", "transfer.accept", "transfer.offer", "witness.receive",
        "working_copy.create",
    ]  # fmt: skip
    for action in sorted(acts.ACTIONS):
        assert Act(action=action, actor=EDITOR.actor, time=TIME, subject={}).action == action
