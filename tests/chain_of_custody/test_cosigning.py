"""Requests, cosignatures, policies, tokens and proofs as bytes: one spelling each, and no surprise on damaged ones."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.chain_of_custody import (
    checkpoint,
    cosignature,
    merkle,
    policy,
    timestamp_chain,
    timestamp_token,
    tlog_proof,
    witness,
)
from forensics.chain_of_custody.checkpoint import Checkpoint
from forensics.chain_of_custody.cosignature import cosign, open_cosignature, parse_witness_key, witness_key
from forensics.chain_of_custody.keys import from_seed
from forensics.chain_of_custody.witness import Request, Witness, format_request, make_request, parse_request
from forensics.errors import CaseError, KeyMaterialError, StorageError, TamperError
from tests.chain_of_custody import local_tsa, sealed_case
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, ORIGIN, STRANGER

if TYPE_CHECKING:
    from pathlib import Path

HEAD = Checkpoint(origin=ORIGIN, size=3, root=bytes(range(32)))
LOG = EDITOR.named(ORIGIN)
NOTE = checkpoint.sign_checkpoint(HEAD, EDITOR)
KEY = witness_key(COLLEAGUE)


def test_what_a_witness_signs_is_as_specified() -> None:
    """C2SP tlog-cosignature: prefix, time, and the whole text of the checkpoint; key ids differ by their type byte."""
    root = base64.b64encode(HEAD.root).decode()
    assert cosignature.ed25519_message(HEAD, 7) == f"cosignature/v1\ntime 7\n{ORIGIN}\n3\n{root}\n".encode()
    spent = cosignature.ml_dsa_message("w", HEAD, 7)
    assert spent == b"subtree/v1\n\x00\x01w" + bytes(7) + b"\x07" + bytes([len(ORIGIN)]) + ORIGIN.encode() + bytes(
        15
    ) + b"\x03" + HEAD.root  # fmt: skip
    assert KEY.key_id != COLLEAGUE.verifier.key_id
    assert parse_witness_key(KEY.vkey) == KEY


@pytest.mark.parametrize("damage", range(0, 180, 3))
def test_a_damaged_line_is_refused(damage: int) -> None:
    line = cosign(HEAD, COLLEAGUE, 5)
    changed = line[: damage % len(line)] + "!" + line[damage % len(line) + 1 :]
    with pytest.raises(TamperError):
        open_cosignature(changed, HEAD, [KEY])


def test_a_cosignature_is_of_one_head_and_one_known_witness() -> None:
    line = cosign(HEAD, COLLEAGUE, 5)
    made = open_cosignature(line, HEAD, [witness_key(STRANGER), KEY])
    assert (made.key, made.time, made.line) == (KEY, 5, line)
    other = Checkpoint(origin=ORIGIN, size=4, root=HEAD.root)
    for wrong, head, known in ((line, other, [KEY]), (line, HEAD, [witness_key(STRANGER)]), (line[:-1], HEAD, [KEY])):
        with pytest.raises(TamperError):
            open_cosignature(wrong, head, known)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        "a+b+c",
        KEY.vkey + " ",
        KEY.vkey.replace("+", "++", 1),
        COLLEAGUE.verifier.vkey,
        "w+00000000+" + base64.b64encode(b"\x04" + bytes(32)).decode(),
        KEY.vkey.replace(f"+{KEY.key_id.hex()}+", "+00000000+"),
        KEY.vkey.replace(f"+{KEY.key_id.hex()}+", f"+{KEY.key_id.hex().upper()}+"),
        "w+00000000+" + base64.b64encode(b"\x06" + bytes(32)).decode(),
        "w+00000000+",
    ],
)
def test_no_other_text_is_the_key_of_a_witness(text: str) -> None:
    with pytest.raises(TamperError):
        parse_witness_key(text)


@given(
    old=st.integers(0, 2**53 - 1),
    proof=st.lists(st.binary(min_size=32, max_size=32), max_size=63),
)
def test_a_request_is_read_as_it_was_written(old: int, proof: list[bytes]) -> None:
    request = Request(old=old, proof=tuple(proof), note=NOTE)
    assert parse_request(format_request(request)) == request


@given(st.binary(max_size=300))
def test_no_bytes_break_the_readers(data: bytes) -> None:
    for read in (
        parse_request,
        tlog_proof.parse_proof,
        timestamp_token.read_response,
        lambda body: policy.parse_policy(body.decode("utf-8", "replace")),
        lambda body: parse_request(b"old 1\n" + body),
        lambda body: tlog_proof.parse_proof(b"c2sp.org/tlog-proof@v1\n" + body),
    ):
        with contextlib.suppress(TamperError):
            read(data)


@given(st.data())
def test_no_damaged_der_breaks_the_reader_of_tokens(data: st.DataObject) -> None:
    good = bytes.fromhex("3003020100") + b"\x30\x80" + bytes(20)
    content = bytearray(b"\x30" + bytes([len(good)]) + good)
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with pytest.raises(TamperError):
        timestamp_token.read_response(bytes(content))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_a_proof_shows_one_record_and_no_other(size: int) -> None:
    lines = (sealed_case.SAMPLES / "good/custody.jsonl").read_bytes().splitlines(keepends=True)[:size]
    root = merkle.root([merkle.leaf_hash(line) for line in lines])
    note = checkpoint.sign_checkpoint(Checkpoint(origin=ORIGIN, size=size, root=root), EDITOR)
    log = LOG.verifier
    for index, line in enumerate(lines):
        proof = tlog_proof.make_proof(lines, index, note)
        assert tlog_proof.parse_proof(tlog_proof.format_proof(proof)) == proof
        assert tlog_proof.check_proof(proof, line, [log]).record.seq == index
        for other in lines:
            if other != line:
                with pytest.raises(TamperError):
                    tlog_proof.check_proof(proof, other, [log])
        with pytest.raises(TamperError, match="not signed by a key"):
            tlog_proof.check_proof(proof, line, [STRANGER.named(ORIGIN).verifier])


def test_every_damaged_byte_of_a_proof_is_noticed() -> None:
    lines = (sealed_case.SAMPLES / "good/custody.jsonl").read_bytes().splitlines(keepends=True)
    root = merkle.root([merkle.leaf_hash(line) for line in lines])
    head = Checkpoint(origin=ORIGIN, size=len(lines), root=root)
    note = checkpoint.sign_checkpoint(head, EDITOR) + cosign(head, COLLEAGUE, 9).encode()
    data = tlog_proof.format_proof(tlog_proof.make_proof(lines, 2, note))
    whole = tlog_proof.check_proof(tlog_proof.parse_proof(data), lines[2], [LOG.verifier], [KEY])
    assert [item.key for item in whole.cosignatures] == [KEY]
    for at, byte in enumerate(data):
        changed = data[:at] + bytes([byte ^ 1]) + data[at + 1 :]
        try:
            shown = tlog_proof.check_proof(tlog_proof.parse_proof(changed), lines[2], [LOG.verifier], [KEY])
        except TamperError:
            continue
        assert shown.unknown == 1, at  # a name or key id that nobody knows does not count as a witness
        assert not shown.cosignatures


def test_a_witness_with_damaged_memory_signs_nothing(tmp_path: Path) -> None:
    case, state = sealed_case.small(tmp_path / "case"), tmp_path / "state"
    someone = Witness(state, from_seed(bytes(32), "w.example"))
    someone.trust(LOG.verifier)
    someone.trust(LOG.verifier)
    body = make_request(case, 0)
    assert someone.answer(body, 5).status == 200
    (memory,) = state.glob("*/checkpoint")
    kept = memory.read_bytes()
    memory.write_bytes(b"damaged")
    with pytest.raises(TamperError, match="must not sign"):
        someone.answer(body, 6)
    memory.write_bytes(kept)
    (known,) = state.glob("*/keys")
    assert known.read_text().count("\n") == 1
    known.write_bytes(b"\xff")
    with pytest.raises(KeyMaterialError):
        someone.answer(body, 6)
    assert someone.last("../../etc") is None
    assert someone.last("0" * 64) is None
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError):
        Witness(tmp_path / "file" / "state", from_seed(bytes(32), "w")).trust(LOG.verifier)


def test_a_witness_ignores_unknown_lines_and_refuses_a_false_one(tmp_path: Path) -> None:
    case = sealed_case.small(tmp_path / "case")
    someone = Witness(tmp_path / "state", from_seed(bytes(32), "w.example"))
    someone.trust(LOG.verifier)
    good = make_request(case, 0)
    more = good + cosign(checkpoint.unverified((case / "checkpoint").read_bytes()), STRANGER, 1).encode()
    assert someone.answer(more, 5).status == 200
    (memory,) = (tmp_path / "state").glob("*/checkpoint")
    assert STRANGER.name.encode() not in memory.read_bytes()
    signature = good.rindex(b"\n", 0, -1) + 60
    false = good[:signature] + (b"A" if good[signature : signature + 1] != b"A" else b"B") + good[signature + 1 :]
    assert someone.answer(false, 6).status in {witness.BAD_REQUEST, witness.FORBIDDEN}
    assert someone.answer(good.replace(b"\n3\n", b"\n3\nextension\n"), 6).status == witness.BAD_REQUEST


def der(tag: int, *parts: bytes) -> bytes:
    """Return one DER element."""
    body = b"".join(parts)
    size = len(body)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + body


def response(
    *, time: bytes = b"20260101000000Z", status: int = 0, digest: bytes = bytes(32), more: bytes = b""
) -> bytes:
    """Return what claims to be a time stamp and is signed by nobody: SHA-256 over something."""
    algorithm = der(0x30, der(0x06, bytes.fromhex("608648016503040201")))
    imprint = der(0x30, algorithm, der(0x04, digest))
    info = der(0x30, der(0x02, b"\x01"), der(0x06, b"\x2a\x03"), imprint, der(0x02, b"\x07"), der(0x18, time), more)
    content = der(0x30, der(0x06, timestamp_token.TST_INFO), der(0xA0, der(0x04, info)))
    signed = der(0x30, der(0x02, b"\x03"), der(0x31), content)
    token = der(0x30, der(0x06, timestamp_token.SIGNED_DATA), der(0xA0, signed))
    return der(0x30, der(0x30, der(0x02, bytes([status]))), token)


def test_what_a_token_says_is_read_from_its_place() -> None:
    accuracy = der(0x30, der(0x02, b"\x02"), der(0x80, b"\x01\xf4"), der(0x81, b"\x01"))
    token = timestamp_token.read_response(response(time=b"20260101000000.25Z", more=accuracy + der(0x01, b"\xff")))
    assert token.time.isoformat() == "2026-01-01T00:00:00.250000+00:00"
    assert token.accuracy.total_seconds() == 2.500001
    assert (token.before - token.after).total_seconds() == 5.000002
    assert (token.nonce, token.policy) == (None, "1.2.3")
    nonce = timestamp_token.read_response(response(more=der(0x02, b"\x7f") + der(0xA0, b"")))
    assert nonce.nonce == 127


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (response(status=2), "rejected"),
        (response(status=1), "granted with changes"),
        (response(status=9), "unknown status"),
        (response(time=b"20261301000000Z"), "its time is none"),
        (response(time=b"20260101000000+0000"), "its time is none"),
        (response(time=b"20260101000000.0Z"), "its time is none"),
        (response(digest=bytes(20)), "wrong length"),
        (response(more=der(0x30, der(0x02, bytes([127]) * 9))), "accuracy is out of range"),
        (response(more=der(0x30, der(0x04, b"1"))), "accuracy is out of range"),
        (response() + b"\x00", "not one response"),
        (bytes(65_537), "longer than"),
        (b"\x30\x84\x00\x00\x00\x01\x00", "a length is indefinite"),
        (b"", "ends early"),
    ],
)
def test_what_is_no_token_is_said_in_words(data: bytes, why: str) -> None:
    with pytest.raises(TamperError, match=why):
        timestamp_token.read_response(data)


def test_a_token_that_the_library_does_not_read_names_the_other_way() -> None:
    data = response(digest=hashlib.sha256(b"x").digest())
    with pytest.raises(TamperError, match="openssl ts -verify"):
        timestamp_chain.check_response(data, b"x", [])
    with pytest.raises(KeyMaterialError, match="no certificate"):
        timestamp_chain.read_roots(b"nothing", "root.pem")


def test_a_bundle_of_all_roots_of_the_world_is_no_root(tmp_path: Path) -> None:
    one = local_tsa.make(tmp_path / "tsa").root.read_bytes()
    assert len(timestamp_chain.read_roots(one * 16, "root.pem")) == 16
    with pytest.raises(KeyMaterialError, match="more than 16"):
        timestamp_chain.read_roots(one * 17, "root.pem")


def test_a_request_needs_a_case(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="cannot be read"):
        make_request(tmp_path, 0)
    nonce = der(0x30, der(0x02, b"\x01"), der(0x30), der(0x02, b"\x2a"))
    assert timestamp_token.nonce_of_request(nonce) == 42
    assert timestamp_token.nonce_of_request(der(0x30, der(0x02, b"\x01"), der(0x30))) is None
    with pytest.raises(TamperError):
        timestamp_token.nonce_of_request(nonce + b"\x00")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("quorum none", "end with a line feed"),
        ("\n# nothing\n", "no quorum"),
        (f"witness any {KEY.vkey}\n", "name is taken"),
    ],
)
def test_policies_that_are_none(text: str, why: str) -> None:
    with pytest.raises(TamperError, match=why):
        policy.parse_policy(text)


def test_a_policy_of_too_many_witnesses() -> None:
    lines = "".join(f"witness w{n} {witness_key(from_seed(bytes([n]) * 32, 'w')).vkey}\n" for n in range(33))
    with pytest.raises(TamperError, match="line 33"):
        policy.parse_policy(f"{lines}quorum none\n")
