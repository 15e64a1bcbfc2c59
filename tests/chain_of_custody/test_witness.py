"""A witness answers as C2SP tlog-witness says, status by status, and remembers before it answers."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import checkpoint, merkle, witness
from forensics.chain_of_custody.checkpoint import Checkpoint
from forensics.chain_of_custody.cosignature import open_cosignature, witness_key
from forensics.chain_of_custody.keys import from_seed
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.witness import Answer, Request, Witness, format_request, make_request, parse_request
from forensics.errors import TamperError
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, ORIGIN, STRANGER, act

if TYPE_CHECKING:
    from pathlib import Path

LOG = EDITOR.named(ORIGIN).verifier
LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(9)]
PLACE = hashlib.sha256(ORIGIN.encode()).hexdigest()
OTHERS = [merkle.leaf_hash(b"other"), *LEAVES[1:]]


def head(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=merkle.root(leaves[:size]))


def asked(old: int, size: int, leaves: list[bytes] = LEAVES, **more: bytes) -> bytes:
    """Return a request with a good proof from ``old``; ``note`` in its place if one is given."""
    proof = tuple(merkle.prove_consistency(old, leaves[:size])) if old <= size else ()
    note = more.get("note", checkpoint.sign_checkpoint(head(size, leaves), EDITOR))
    return format_request(Request(old=old, proof=proof, note=note))


@pytest.fixture
def someone(tmp_path: Path) -> Witness:
    made = Witness(tmp_path / "state", from_seed(bytes(32), "w.example"))
    made.trust(LOG)
    return made


def cosigned(someone: Witness, answer: Answer, over: Checkpoint, time: int) -> bool:
    made = open_cosignature(answer.body.decode(), over, [someone.key])
    return (answer.status, answer.media_type, made.time) == (200, witness.TEXT_TYPE, time)


def test_heads_that_follow_one_another_are_cosigned(someone: Witness) -> None:
    assert someone.key == witness_key(from_seed(bytes(32), "w.example"))
    assert cosigned(someone, someone.answer(asked(0, 3), 5), head(3), 5)
    assert cosigned(someone, someone.answer(asked(3, 3), 6), head(3), 6)
    answer = someone.answer(asked(3, 9), 7)
    assert cosigned(someone, answer, head(9), 7)
    assert answer.reason == f"9 records of {ORIGIN}"
    kept = someone.last(hashlib.sha256(ORIGIN.encode()).hexdigest())
    assert kept == checkpoint.sign_checkpoint(head(9), EDITOR) + answer.body


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (b"", 400, "not an old size"),
        (asked(4, 3), 400, "larger than that of the checkpoint"),
        (asked(0, 3, note=b"x\n\n"), 400, "no empty line"),
        (asked(0, 9), 409, "has seen 3 records of the log, not 0"),
        (asked(2, 9), 409, "has seen 3 records of the log, not 2"),
        (asked(3, 9, note=checkpoint.sign_checkpoint(head(9), STRANGER)), 403, "no good signature"),
        (asked(3, 3, OTHERS), 422, "two histories"),
        (asked(3, 9, OTHERS), 422, "first 3 records are unchanged"),
        (asked(3, 9).replace(b"old 3\n", b"old 3\n" + base64.b64encode(bytes(32)) + b"\n"), 422, "are unchanged"),
    ],
)
def test_what_is_not_cosigned_is_answered_by_its_status(someone: Witness, body: bytes, status: int, why: str) -> None:
    assert someone.answer(asked(0, 3), 5).status == 200
    answer = someone.answer(body, 6)
    assert answer.status == status
    assert why in answer.reason
    if status == 409:
        assert (answer.body, answer.media_type) == (b"3\n", "text/x.tlog.size")
    else:
        assert (answer.body, answer.media_type) == (f"{answer.reason}\n".encode(), "text/plain; charset=utf-8")
    assert someone.answer(asked(3, 3), 7).status == 200  # what was remembered is still so


def test_a_proof_from_nothing_is_empty(someone: Witness, tmp_path: Path) -> None:
    answer = someone.answer(asked(0, 3).replace(b"old 0\n", b"old 0\n" + base64.b64encode(bytes(32)) + b"\n"), 5)
    assert (answer.status, answer.reason) == (422, "a proof from the empty log is empty")
    assert (tmp_path / "state" / answer.evidence).read_bytes() == checkpoint.sign_checkpoint(head(3), EDITOR)
    assert someone.answer(asked(0, 0), 6).status == 200
    assert someone.answer(asked(0, 3), 7).status == 200  # the empty log was seen: size 0


def test_two_histories_are_kept_as_evidence(someone: Witness, tmp_path: Path) -> None:
    someone.answer(asked(0, 3), 5)
    answer = someone.answer(asked(3, 5, OTHERS), 6)
    place, folder, name = answer.evidence.split("/")
    assert (place, folder) == (hashlib.sha256(ORIGIN.encode()).hexdigest(), "evidence")
    note = checkpoint.sign_checkpoint(head(5, OTHERS), EDITOR)
    assert name == f"5-{hashlib.sha256(note).hexdigest()[:16]}"
    assert (tmp_path / "state" / answer.evidence).read_bytes() == note
    assert someone.answer(asked(0, 9), 7).evidence == ""


def test_a_log_is_known_by_its_keys(someone: Witness) -> None:
    stranger = Checkpoint(origin="example.net/other", size=3, root=bytes(32))
    answer = someone.answer(asked(0, 3, note=checkpoint.sign_checkpoint(stranger, EDITOR)), 5)
    assert (answer.status, answer.reason) == (404, "the log 'example.net/other' is not known to this witness")
    second = COLLEAGUE.named(ORIGIN).verifier
    by_second = asked(0, 3, note=checkpoint.sign_checkpoint(head(3), COLLEAGUE))
    assert someone.answer(by_second, 5).status == 403
    someone.trust(second)
    assert someone.answer(by_second, 5).status == 200
    assert someone.answer(asked(3, 5), 5).status == 200


@pytest.mark.parametrize(
    "body",
    [
        asked(3, 9).replace(b"old 3", b"old 03"),
        asked(3, 9).replace(b"old 3", b"old -3"),
        asked(3, 9).replace(b"old 3", b"OLD 3"),
        asked(3, 9).replace(b"old 3", b"old 3 "),
        asked(3, 9).replace(b"old 3\n", b"old 3\n" + base64.b64encode(bytes(31)) + b"\n"),
        asked(3, 9).replace(b"old 3\n", b"old 3\nA\n"),
        format_request(Request(old=0, proof=(bytes(32),) * 64, note=b"")),
        b"old 3\nxx\n",
        b"old 3",
        b"old 3\n",
        b"old 10000000000000000\n\n",
    ],
)
def test_bodies_that_are_no_request(body: bytes) -> None:
    with pytest.raises(TamperError):
        parse_request(body)


def test_the_limits_of_a_request_are_reached_but_not_passed() -> None:
    most = Request(old=10**15, proof=(bytes(32),) * 63, note=b"")
    assert parse_request(format_request(most)) == most
    assert parse_request(b"old 9999999999999999\n\n").old == 9_999_999_999_999_999
    room = 131_072 - len(format_request(most))
    assert parse_request(format_request(most) + b"x" * room).note == b"x" * room
    with pytest.raises(TamperError, match="at most 63 hashes"):
        parse_request(format_request(most) + b"x" * (room + 1))


def test_a_request_is_made_from_the_case_and_never_from_an_older_one(tmp_path: Path) -> None:
    case = sealed_case.small(tmp_path / "case")
    lines = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)
    request = parse_request(make_request(case, 2))
    assert (request.old, request.note) == (2, (case / "checkpoint").read_bytes())
    seen = [merkle.leaf_hash(line) for line in lines]
    assert request.proof == tuple(merkle.prove_consistency(2, seen))
    assert parse_request(make_request(case, 3)).proof == ()
    with pytest.raises(TamperError, match="has seen 4 records of this log, and the case holds 3"):
        make_request(case, 4)
    with Log.open(case) as log:
        log.append([act("note")])
    assert parse_request(make_request(case, 2)) == request  # what is not signed yet is not asked about


def test_a_witness_that_saw_nothing_says_so(someone: Witness) -> None:
    answer = someone.answer(asked(3, 9), 5)
    assert (answer.status, answer.body) == (409, b"0\n")
    assert someone.last(PLACE) is None


def test_the_first_record_counts(someone: Witness) -> None:
    """Heads of no record and of one: the edges at which a history begins."""
    extra = asked(0, 1).replace(b"old 0\n", b"old 0\n" + base64.b64encode(bytes(32)) + b"\n")
    assert someone.answer(asked(0, 0), 5).status == 200
    assert someone.answer(extra, 6).reason == "a proof from the empty log is empty"
    assert someone.answer(asked(0, 1), 7).status == 200
    assert "two histories" in someone.answer(asked(1, 1, OTHERS), 8).reason
    assert "first 1 records are unchanged" in someone.answer(asked(1, 3, OTHERS), 8).reason
    assert someone.answer(asked(1, 3), 9).status == 200


def test_a_signature_under_another_name_is_none_of_the_log_s(someone: Witness) -> None:
    note = checkpoint.sign_checkpoint(head(3), EDITOR)
    renamed = note.replace(f"\u2014 {ORIGIN} ".encode(), "\u2014 example.org/another ".encode())
    assert renamed != note
    assert someone.answer(asked(0, 3, note=renamed), 5).status == 403


def test_a_place_is_64_digits_and_nothing_else(someone: Witness) -> None:
    someone.answer(asked(0, 3), 5)
    assert someone.last(PLACE) is not None
    for other in (f"{PLACE}/", f"{PLACE}\n", f"x/../{PLACE}", PLACE.upper(), PLACE[:-1], f"{PLACE}0", ""):
        assert someone.last(other) is None


def test_the_memory_is_made_where_it_is_wanted_and_is_for_its_owner_only(tmp_path: Path) -> None:
    state = tmp_path / "far" / "away" / "state"
    for _ in range(2):
        Witness(state, from_seed(bytes(32), "w.example")).trust(LOG)
    assert (state / PLACE / "keys").read_text() == f"{LOG.vkey}\n"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((state / "lock").stat().st_mode) == 0o600


def test_one_request_at_a_time_is_decided(someone: Witness, tmp_path: Path) -> None:
    with (tmp_path / "state" / "lock").open("rb") as held, ThreadPoolExecutor(1) as pool:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = pool.submit(someone.answer, asked(0, 3), 5)
        with pytest.raises(TimeoutError):
            waiting.result(0.3)
        fcntl.flock(held, fcntl.LOCK_UN)
        assert waiting.result(30).status == 200
