"""The state of a log record by record, without files: what may follow, and what it changes."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import acts, keys, merkle, people, reading, seal
from forensics.chain_of_custody.acts import Act, Output, Record
from forensics.chain_of_custody.cosignature import witness_key
from forensics.chain_of_custody.history import Head, History
from forensics.errors import TamperError
from tests.chain_of_custody.people_case import DOE
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, ORIGIN, STRANGER, TIME, act

if TYPE_CHECKING:
    from pathlib import Path

    from forensics.chain_of_custody.canonical import Value

DIGEST = "a" * 64


def output(path: str, digest: str = DIGEST) -> Output:
    return Output(path=path, bytes=1, sha256=digest)


def about_key(
    action: str, identity: keys.Identity, by: keys.Identity = EDITOR, name: str = ORIGIN, **more: Value
) -> Act:
    subject = {"vkey": identity.named(name).verifier.vkey, **more}
    return Act(action=action, actor=by.actor, time=TIME, subject=subject)


OPENED = about_key("case.open", EDITOR, origin=ORIGIN)
NOTE = act("note")


def told(history: History, *group: Act) -> History:
    """Take acts over as the reader of a log does."""
    for one in group:
        record = Record(seq=history.size, prev=history.prev, act=one)
        history.check_chain(record)
        history.check_rules(record)
        history.apply(record, acts.encode_record(record))
        history.apply_keys(record)
    return history


def begun(*group: Act) -> History:
    return told(History(), OPENED, *group)


def test_nothing_is_the_state_before_the_first_line() -> None:
    history = History()
    assert (history.size, history.length, history.prev, history.origin, history.last_actor) == (0, 0, "0" * 64, "", "")
    assert history.head == Head(root=merkle.EMPTY_ROOT, actor="")


def test_lines_add_up_to_length_chain_tree_and_last_actor() -> None:
    history = begun(NOTE, about_key("key.add", COLLEAGUE), act("note", by=COLLEAGUE))
    lines: list[bytes] = []
    for number, one in enumerate([OPENED, NOTE, about_key("key.add", COLLEAGUE), act("note", by=COLLEAGUE)]):
        prev = hashlib.sha256(lines[-1]).hexdigest() if lines else "0" * 64
        lines.append(acts.encode_record(Record(seq=number, prev=prev, act=one)))
    assert (history.size, history.length) == (4, len(b"".join(lines)))
    assert history.prev == hashlib.sha256(lines[-1]).hexdigest()
    root = merkle.root([merkle.leaf_hash(line) for line in lines])
    assert history.head == Head(root=root, actor=COLLEAGUE.actor)
    assert history.origin == ORIGIN
    assert list(history.keys) == [EDITOR.actor, COLLEAGUE.actor]


@pytest.mark.parametrize(("seq", "prev", "why"), [(0, None, "numbered 0, not 1"), (2, None, "numbered 2, not 1"),
                                                  (1, "0" * 64, "prev is not")])  # fmt: skip
def test_a_record_follows_the_last_line(seq: int, prev: str | None, why: str) -> None:
    history = begun()
    with pytest.raises(TamperError, match=why):
        history.check_chain(Record(seq=seq, prev=prev or history.prev, act=NOTE))


SIGNED = replace(NOTE, subject={"by": "j.doe"}, sig="U1NIU0lHAAAA")
FLAT = {"vkey": EDITOR.named(ORIGIN).verifier.vkey}


@pytest.mark.parametrize(
    ("group", "why"),
    [
        ([NOTE], "the first record, and only the first, opens the case"),
        ([OPENED, OPENED], "the first record, and only the first, opens the case"),
        ([about_key("case.open", EDITOR, origin="example.org/other")], "not named by the origin"),
        ([about_key("case.open", EDITOR)], "not named by the origin"),
        ([about_key("case.open", EDITOR, by=STRANGER, origin=ORIGIN)], "not opened by its first key"),
        ([about_key("case.open", EDITOR, origin=ORIGIN, more=[])], "more than text and integers"),
        ([replace(OPENED, subject={"origin": ORIGIN})], "no Ed25519 verifier key"),
        ([OPENED, act("note", by=STRANGER)], "no active key of the case"),
        ([OPENED, about_key("key.add", COLLEAGUE), about_key("key.revoke", EDITOR, COLLEAGUE), NOTE], "no active key"),
        ([OPENED, about_key("key.add", EDITOR)], "in the case already"),
        ([OPENED, about_key("key.add", COLLEAGUE), about_key("key.add", COLLEAGUE)], "in the case already"),
        ([OPENED, about_key("key.add", COLLEAGUE, name="example.org/other")], "not named by the origin"),
        ([OPENED, about_key("key.add", COLLEAGUE, more=None)], "more than text and integers"),
        ([OPENED, about_key("key.revoke", COLLEAGUE)], "no active key of the case"),
        ([OPENED, about_key("key.revoke", EDITOR)], "not by itself"),
        ([OPENED, *(about_key("key.add", who) for who in (COLLEAGUE, STRANGER)), about_key("key.revoke", STRANGER),
          about_key("key.revoke", STRANGER)], "no active key of the case"),
        ([OPENED, SIGNED], r"."),
        ([OPENED, act("note", out=[output("custody.jsonl")])], "cannot be sealed"),
        ([OPENED, act("note", out=[output("checkpoint")])], "cannot be sealed"),
        ([OPENED, act("note", out=[output("checkpoints/2")])], "cannot be sealed"),
        ([OPENED, act("note", out=[output("a"), output("checkpoints/0")])], "cannot be sealed"),
        ([replace(OPENED, out=[output("checkpoints/0")])], "cannot be sealed"),
        ([OPENED, act("note", out=[output("timestamps/a")]), act("note", out=[output("timestamps/a")])], "second time"),
        ([OPENED, act("note", out=[output("witnesses/a")]), act("note", out=[output("witnesses/a")])], "second time"),
        ([OPENED, act("note", gone=["a"])], "not sealed and cannot be removed"),
        ([OPENED, act("note", out=[output("checkpoints/1")]), act("note", gone=["checkpoints/1"])], "cannot be removed"),
        ([OPENED, act("note", out=[output("timestamps/a")]), act("note", gone=["timestamps/a"])], "cannot be removed"),
        ([OPENED, act("note", out=[output("witnesses/a")]), act("note", gone=["witnesses/a"])], "cannot be removed"),
    ],
)  # fmt: skip
def test_what_may_not_follow_is_refused_and_what_came_before_was_right(group: list[Act], why: str) -> None:
    history = told(History(), *group[:-1])
    with pytest.raises(TamperError, match=why):
        history.check_rules(Record(seq=history.size, prev=history.prev, act=group[-1]))


def test_two_keys_of_one_id_are_not_told_apart_by_a_note() -> None:
    """Key ids are four bytes: another key with the id of one that is there must not enter."""
    taken = COLLEAGUE.named(ORIGIN).verifier.key_id

    class Twin(keys.VerifierKey):
        @property
        def key_id(self) -> bytes:
            return taken

    history = begun(about_key("key.add", STRANGER))
    history.keys[STRANGER.actor] = Twin(name=ORIGIN, public=STRANGER.verifier.public)
    with pytest.raises(TamperError, match="in the case already"):
        told(history, about_key("key.add", COLLEAGUE))


def test_files_are_those_named_last_and_not_removed_since() -> None:
    history = begun(act("note", out=[output("a"), output("b")]), act("note", out=[output("b", "b" * 64)], gone=["a"]))
    assert history.files == {"b": output("b", "b" * 64)}
    again = told(history, act("note", out=[output("a", "c" * 64)]))
    assert again.files["a"].sha256 == "c" * 64


def test_heads_are_kept_where_a_checkpoint_is_named_or_watched() -> None:
    watched = History(watch=[2])
    told(watched, OPENED)
    first = watched.head
    assert watched.heads == {}
    told(watched, act("note", out=[output("checkpoints/1")]))
    assert watched.heads == {1: first, 2: watched.head}
    told(watched, act("note", out=[output("other/3"), output("timestamps/x")]))
    assert set(watched.heads) == {1, 2}
    assert watched.received == {"timestamps/x": 2}


def test_a_clock_set_back_is_noted_and_the_same_second_is_not() -> None:
    early, late = (replace(NOTE, time=f"2026-01-01T00:00:0{second}Z") for second in (1, 2))
    assert begun(late, late, early, early, late).set_back == [3]


def test_the_origin_stays_that_of_the_first_record_and_revoked_keys_are_known() -> None:
    history = begun(about_key("key.add", COLLEAGUE), about_key("key.add", STRANGER), about_key("key.revoke", STRANGER))
    assert history.revoked == {STRANGER.actor}
    assert list(history.keys) == [EDITOR.actor, COLLEAGUE.actor, STRANGER.actor]
    assert history.origin == ORIGIN
    odd = Record(seq=4, prev=history.prev, act=about_key("key.add", DOE_LOG, name="example.org/other"))
    history.apply_keys(odd)  # one that breaks the rules is not applied by a reader; the origin would hold all the same
    assert history.origin == ORIGIN


DOE_LOG = keys.from_seed(bytes(range(96, 128)), "example.org/doe")


def test_examiners_are_taken_over() -> None:
    subject = {"name": "j.doe", "key": DOE.key.line, "by": "j.doe"}
    history = begun()
    record = Record(seq=1, prev=history.prev, act=replace(NOTE, action="examiner.add", subject=subject))
    signed = people.signed(record, DOE)
    history.check_rules(signed)
    history.apply_keys(signed)
    assert [one.name for one in history.people.keys.values()] == ["j.doe"]
    with pytest.raises(TamperError):
        history.check_rules(replace(signed, seq=2))


# --- the same lines as bytes --------------------------------------------------------------------------------------------


def log_of(*group: Act) -> list[bytes]:
    lines, prev = [], "0" * 64
    for number, one in enumerate(group):
        lines.append(acts.encode_record(Record(seq=number, prev=prev, act=one)))
        prev = hashlib.sha256(lines[-1]).hexdigest()
    return lines


def test_reading_ends_at_the_first_line_that_does_not_follow() -> None:
    lines = log_of(OPENED, NOTE, NOTE)
    whole, history = b"".join(lines), History()
    assert reading.read_through(io.BytesIO(whole), history, 3) is None
    assert (history.size, history.length) == (3, len(whole))
    stranger = acts.encode_record(Record(seq=3, prev=history.prev, act=act("note", by=STRANGER)))
    for wrong in (lines[1], stranger, b"{}\n", lines[2][:-1]):
        assert reading.read_through(io.BytesIO(whole + wrong + lines[0]), History(), 3) == len(whole)
        with pytest.raises(TamperError) as caught:
            reading.read_through(io.BytesIO(whole + wrong), History(), 4)
        assert (caught.value.where, caught.value.hint) == ("custody.jsonl line 4", reading.RESTORE)
    with pytest.raises(TamperError, match="the log ends after 3 records, but 4 were signed") as caught:
        reading.read_through(io.BytesIO(whole), History(), 4)
    assert (caught.value.where, caught.value.hint) == ("custody.jsonl", reading.RESTORE)


def test_the_longest_line_is_read_whole() -> None:
    room = 65_535 - len(log_of(OPENED, replace(NOTE, subject={"text": ""}))[1])
    lines = log_of(OPENED, replace(NOTE, subject={"text": "x" * room}), NOTE)
    assert len(lines[1]) == 65_535
    assert list(reading.lines(io.BytesIO(b"".join(lines)))) == lines
    longer = b"x" * 70_000 + b"\n"
    first, *_ = reading.lines(io.BytesIO(longer))
    assert not first.endswith(b"\n")


def test_what_a_case_publishes_of_its_keys(tmp_path: Path) -> None:
    both = [identity.named(ORIGIN).verifier for identity in (EDITOR, COLLEAGUE)]
    files = keys.published(both, [EDITOR.actor])
    first, second = (key.key_id.hex() for key in both)
    assert files == {
        f"keys/{first}.pub": f"{both[0].vkey}\n".encode(), f"keys/{first}.pem": both[0].pem.encode(),
        f"keys/{second}.pub": f"{both[1].vkey}\n".encode(), f"keys/{second}.pem": both[1].pem.encode(),
        "trust.policy": f"log {both[1].vkey}\nquorum none\n".encode(),
    }  # fmt: skip
    assert {path.path for path in seal.write_kit(tmp_path)} == {
        "verify/README.txt", "verify/verify.html", "verify/verify.py", "verify/verify.sh"
    }  # fmt: skip
    tail = f"witness w {witness_key(STRANGER).vkey}\nquorum w\n"
    for written, kept in ((tail, tail), (tail.replace("ss w", "ss  w"), "quorum none\n")):  # the one spelling only
        (tmp_path / "trust.policy").write_text(f"log {both[0].vkey}\n{written}")
        assert seal._tail(tmp_path) == kept


def test_who_opens_a_case_or_adds_a_key_is_named() -> None:
    by = seal.Opening(key=EDITOR.verifier, origin=ORIGIN, time=TIME, examiner="somebody", authority="mandate 7")
    opening = seal.opening_act(by, [], {"note": "x"})
    vkey = EDITOR.named(ORIGIN).verifier.vkey
    assert opening.subject == {"note": "x", "origin": ORIGIN, "vkey": vkey, "examiner": "somebody"}
    added = seal.key_act("key.add", COLLEAGUE.verifier, by, [])
    assert added.subject == {"vkey": COLLEAGUE.named(ORIGIN).verifier.vkey, "examiner": "somebody"}
    assert (opening.authority, added.authority, added.actor) == ("mandate 7", "mandate 7", EDITOR.actor)


def test_points_of_the_curve() -> None:
    """RFC 8032, section 5.1.3, by the definition: -x² + y² = 1 + d x² y² has a solution, and y is reduced."""
    prime = 2**255 - 19
    d = -121665 * pow(121666, prime - 2, prime) % prime
    for y in [*range(60), prime - 1, prime - 2, prime - 7]:
        square = (y * y - 1) * pow(d * y * y + 1, prime - 2, prime) % prime
        root = pow(square, (prime + 3) // 8, prime)
        on_curve = square in {root * root % prime, -root * root % prime}
        assert keys._is_point(y) == on_curve, y
    for public in (EDITOR.verifier.public[:-1], EDITOR.verifier.public + b"\0", b""):
        with pytest.raises(ValueError, match="not a usable"):
            keys.VerifierKey(name="a", public=public)
    assert not keys._is_point(prime)
    assert not keys._is_point(prime + 3)
