"""Tokens and cosignatures in a sealed case: every byte counts, two verifiers agree, others' programs accept them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import checkpoint, policy, tlog_proof
from forensics.chain_of_custody.acts import NO_LINE, Record, encode_record
from forensics.chain_of_custody.attestations import Attested, Interval, told_interval
from forensics.chain_of_custody.cosignature import Cosignature, WitnessKey, cosign_ml_dsa, witness_key
from forensics.chain_of_custody.seal import write_keys, write_policy
from forensics.chain_of_custody.timestamp_token import read_response
from forensics.chain_of_custody.verify import Expected, verify_case
from tests.chain_of_custody import local_tsa, sealed_case
from tests.chain_of_custody.attested_case import (
    NAMES,
    ONLY_WITH_OPENSSL,
    POLICIES,
    TIME,
    WITNESS,
    attested,
    forgeries,
    head_of,
    receive,
    witness_files,
)
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, ORIGIN, STRANGER
from tests.chain_of_custody.test_sweep import mutations

if TYPE_CHECKING:
    from tests.chain_of_custody.local_tsa import Authority

openssl_only = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
pytestmark = openssl_only
MODULES = Path("/usr/share/gocode")
GO, NODE = shutil.which("go"), shutil.which("node")
KIT_MODULE = sealed_case.kit_module()


@pytest.fixture(name="tsa", scope="module")
def _tsa(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return local_tsa.make(tmp_path_factory.mktemp("tsa") / "one", between=True)


@pytest.fixture(name="case", scope="module")
def _case(tmp_path_factory: pytest.TempPathFactory, tsa: Authority) -> Path:
    return attested(tmp_path_factory.mktemp("attested") / "case", tsa)


def failed(folder: Path) -> list[int]:
    return [step.n for step in verify_case(folder).steps if not step.ok]


def test_the_good_case_verifies_for_both(case: Path) -> None:
    report = verify_case(case)
    assert report.ok, report.steps
    assert [step.n for step in report.steps] == [*range(1, 10), 11, 12]
    assert not sealed_case.failed_by_kit(KIT_MODULE, case)
    first, last = report.intervals
    assert (first.first, first.last, first.after, last.first, last.last, last.before) == (0, 2, None, 3, 4, None)
    assert first.before is not None
    assert last.after is not None
    assert (first.before - last.after).total_seconds() == 3.0  # twice the accuracy that the authority states
    python = KIT_MODULE.Case(str(case)).attested
    assert [line.split(":")[0].split("/")[0] for line in python] == ["timestamps", "witnesses"]
    assert "who signed it is not checked here" in python[0]
    assert f"{COLLEAGUE.name} saw 4 records at 2026-01-01T00:00:00Z by its own clock" in report.steps[-1].detail


def test_no_changed_byte_of_an_attestation_goes_unnoticed(case: Path) -> None:
    missed, tried = [], 0
    for path in [*(case / "timestamps").iterdir(), *(case / "witnesses").iterdir()]:
        content = path.read_bytes()
        for number, changed in enumerate(mutations(content)):
            if changed == content or (len(content) > 600 and number % 5):  # every fifth of the large ones
                continue
            path.write_bytes(changed)
            tried += 1
            ours = failed(case)
            if 8 not in ours or ours != sealed_case.failed_by_kit(KIT_MODULE, case):
                missed.append((path.name, number, ours))
        path.write_bytes(content)
    assert verify_case(case).ok
    assert missed == []
    assert tried > 500


def test_an_attestation_removed_or_added_is_noticed(case: Path, tmp_path: Path) -> None:
    for number, path in enumerate(sorted([*(case / "timestamps").iterdir(), *(case / "witnesses").iterdir()])):
        copy = sealed_case.copy(case, tmp_path / str(number))
        (copy / path.relative_to(case)).unlink()
        assert failed(copy) == sealed_case.failed_by_kit(KIT_MODULE, copy)
        assert 8 in failed(copy)
        shutil.copy(path, copy / path.relative_to(case))
        shutil.copy(path, f"{copy / path.relative_to(case)}2")
        assert failed(copy) == sealed_case.failed_by_kit(KIT_MODULE, copy) == [9]


SAID = {
    "certificates that are none": ".pem: there is no certificate in PEM form in this file",
    "certificates under a longer name": ".tsr: there is no certificate in timestamps/ to check it against",
    "cosignature of a head that never was": "no checkpoint of this size",
    "cosignature of what does not exist yet": "no checkpoint of this size",
    "cosignature over too many records": "is no cosignature and no key of a witness",
    "cosignature over very many records": "no checkpoint of this size",
    "cosignature that came too early": "no checkpoint of this size",
    "cosignature under the id of another key": "witnesses/3-00000000.cosig: is of another witness than its name says",
    "cosignature without a key": "there is no key of this witness",
    "token of too many records": "is no time stamp and no certificate",
    "token of very many records": "no checkpoint of this size",
    "token over what does not exist yet": "no checkpoint of this size",
    "token that came too early": "no checkpoint of this size",
    "token under another number": "no checkpoint of this size",
    "token without a root": "there is no certificate in timestamps/ to check it against",
}
"""What is said where several checks would find the same forgery."""


@pytest.mark.parametrize("name", NAMES)
def test_what_the_holder_of_the_key_can_seal_falsely(name: str, tmp_path: Path, tsa: Authority) -> None:
    known = forgeries(tsa)
    assert sorted(known) == NAMES
    step, forge = known[name]
    folder = sealed_case.small(tmp_path / "case")
    forge(folder)
    ours = failed(folder)
    assert ours == [step]
    if name in SAID:
        assert SAID[name] in verify_case(folder).steps[-1].detail
    assert sealed_case.failed_by_kit(KIT_MODULE, folder) == ([] if name in ONLY_WITH_OPENSSL else [step])


@pytest.mark.parametrize(("tail", "good"), POLICIES)
def test_policies_are_read_alike(tail: str, good: bool, tmp_path: Path) -> None:  # noqa: FBT001 - expected outcome
    folder = sealed_case.small(tmp_path / "case")
    logs = (folder / "trust.policy").read_bytes().removesuffix(b"quorum none\n")
    receive(folder, "note", {"trust.policy": logs + tail.encode()})
    expected = [] if good else [4]
    assert failed(folder) == expected
    assert sealed_case.failed_by_kit(KIT_MODULE, folder) == expected


def test_witnesses_stay_named_when_a_key_is_added(tmp_path: Path) -> None:
    folder = sealed_case.small(tmp_path / "case")
    wanted = policy.parse_policy(f"witness a {WITNESS.vkey}\nquorum a\n")
    write_policy(folder, ORIGIN, [EDITOR.verifier], (), wanted)
    write_keys(folder, ORIGIN, [EDITOR.verifier, STRANGER.verifier])
    text = (folder / "trust.policy").read_text()
    assert text.count("log ") == 2
    assert text.endswith(f"witness a {WITNESS.vkey}\nquorum a\n")


def test_quorums_count_witnesses_not_names() -> None:
    keys = {name: witness_key(item) for name, item in {"a": EDITOR, "b": COLLEAGUE, "c": STRANGER}.items()}
    lines = "".join(f"witness {name} {key.vkey}\n" for name, key in keys.items())
    two = policy.parse_policy(f"{lines}group inner any b c\ngroup two all a inner\nquorum two\n")
    assert two.met([keys["a"], keys["c"]])
    assert not two.met([keys["b"], keys["c"]])
    assert not two.met([])
    assert policy.parse_policy("quorum none\n").met([])


def test_a_policy_of_the_callers_own(case: Path) -> None:
    def asked(text: str) -> list[int]:
        return [step.n for step in verify_case(case, Expected(policy=text)).steps if not step.ok]

    log = f"log {EDITOR.named(ORIGIN).verifier.vkey}\n"
    assert asked(f"{log}witness w {WITNESS.vkey}\nquorum w\n") == []
    assert asked("quorum none\n") == []
    assert asked(f"{log}witness w {witness_key(STRANGER).vkey}\nquorum w\n") == [10]
    assert asked(f"log {STRANGER.verifier.vkey}\nquorum none\n") == [10]
    assert asked("nonsense\n") == [10]


def test_ml_dsa_cosignatures(tmp_path: Path) -> None:
    mldsa = pytest.importorskip(
        "cryptography.hazmat.primitives.asymmetric.mldsa", reason="needs ML-DSA (FORENSICS_SPECIMENS)"
    )
    private = mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes(32))
    key = WitnessKey(name="w.example", kind=6, public=private.public_key().public_bytes_raw())
    folder = sealed_case.small(tmp_path / "case")
    line = cosign_ml_dsa(head_of(folder), "w.example", private, TIME)
    receive(folder, "witness.receive", witness_files(line, 3, key))
    assert failed(folder) == []
    assert sealed_case.failed_by_kit(KIT_MODULE, folder) == []
    assert "not checked here" in KIT_MODULE.Case(str(folder)).attested[0]
    other = sealed_case.small(tmp_path / "other")
    head = checkpoint.Checkpoint(origin=ORIGIN, size=3, root=bytes(32))
    receive(other, "witness.receive", witness_files(cosign_ml_dsa(head, "w.example", private, TIME), 3, key))
    assert failed(other) == [12]


def test_what_the_tokens_show_is_told_and_no_more(tsa: Authority) -> None:
    """A token of noon covers three records, one of the evening seven; each is named by the record after them."""
    noon = replace(read_response(tsa.stamp(b"x")), time=datetime(2026, 1, 1, 12, tzinfo=UTC))
    assert (noon.time - noon.after, noon.before - noon.time) == (timedelta(seconds=1.5), timedelta(seconds=1.5))
    evening = replace(noon, time=datetime(2026, 1, 1, 18, tzinfo=UTC))
    half, past = "2026-01-01T11:59:58.500000Z", "2026-01-01T17:59:58.500000Z"
    found = Attested(size=9, tokens=[(3, 3, noon), (7, 8, evening), (3, 8, evening)])
    assert found.details()[11].split("; ") == [
        "3 tokens",
        "records 0 to 2: written before 2026-01-01T12:00:01.500000Z",
        f"records 3 to 6: written after {half} and before 2026-01-01T18:00:01.500000Z",
        f"record 7: written after {half}",
        f"record 8: written after {past}",
        "whether a certificate was revoked is not checked",
    ]
    assert Attested(size=4, tokens=[(3, 3, noon)]).details()[11].startswith("1 token; records 0 to 2")
    assert Attested(size=9).details()[11] == "0 tokens; whether a certificate was revoked is not checked"
    assert told_interval(Interval(first=0, last=1, after=None, before=None)) == "records 0 to 1: no time stamp"


def test_what_the_witnesses_saw_is_told_and_no_more(case: Path) -> None:
    others = [witness_key(who) for who in (EDITOR, STRANGER)]
    seen = [
        (size, Cosignature(key=key, time=TIME, line=""))
        for size, key in ((2, WITNESS), (3, others[0]), (7, others[0]), (9, others[1]))
    ]
    names = "".join(f"witness {name} {key.vkey}\n" for name, key in zip("abc", [WITNESS, *others], strict=True))
    told = [f"{made.key.name} saw {size} records at 2026-01-01T00:00:00Z by its own clock" for size, made in seen]

    def said(quorum: str) -> list[str]:
        wanted = policy.parse_policy(f"{names}{quorum}")
        return Attested(size=9, cosignatures=seen, policy=wanted).details()[12].split("; ")

    assert said("quorum a\n") == [*told, "quorum a: met for 2 of 9 records"]
    assert said("group g any b c\nquorum g\n") == [*told, "quorum g: met for 9 of 9 records"]
    assert said("group g all b c\nquorum g\n") == [*told, "quorum g: met for 7 of 9 records"]
    assert said("quorum none\n") == [*told, "the policy asks for no witness"]
    assert Attested(size=9).details()[12] == "the policy asks for no witness"
    nobody = policy.parse_policy(f"{names}quorum a\n")
    assert Attested(size=9, policy=nobody).details()[12] == "quorum a: not met"
    assert verify_case(case).steps[-1].detail.endswith("by its own clock; the policy asks for no witness")


def test_the_case_s_own_policy_is_told_as_met(case: Path, tmp_path: Path) -> None:
    copy = sealed_case.copy(case, tmp_path / "case")
    logs = (copy / "trust.policy").read_bytes().removesuffix(b"quorum none\n")
    receive(copy, "note", {"trust.policy": logs + f"witness a {WITNESS.vkey}\nquorum a\n".encode()})
    assert verify_case(copy).steps[-1].detail.endswith("; quorum a: met for 4 of 6 records")


def test_a_witness_s_log_without_a_name_is_told_and_does_not_end_the_verification(case: Path, tmp_path: Path) -> None:
    copy = sealed_case.copy(case, tmp_path / "case")
    sealed_case.forge(
        copy, lambda lines: [encode_record(Record(seq=0, prev=NO_LINE, act=sealed_case.act("note"))), *lines[1:]]
    )
    assert 12 in failed(copy)


def test_intervals_never_claim_more_than_the_tokens(tsa: Authority) -> None:
    token = read_response(tsa.stamp(b"x"))
    found = Attested(size=10, tokens=[(3, 3, token), (7, 8, token)])
    told = [(item.first, item.last, bool(item.after), bool(item.before)) for item in found.intervals()]
    assert told == [(0, 2, False, True), (3, 6, True, True), (7, 7, True, False), (8, 9, True, False)]
    assert Attested(size=10).intervals() == ()


@pytest.fixture(name="gowitness", scope="module")
def _gowitness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if GO is None or not (MODULES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("needs Go and golang.org/x/mod (Debian: golang-go, golang-golang-x-mod-dev)")
    folder = tmp_path_factory.mktemp("gowitness")
    environment = {
        "PATH": os.environ["PATH"],
        "GO111MODULE": "off",
        "GOPATH": str(MODULES),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "-p=2",
        "HOME": str(folder),
    }
    source = Path(__file__).with_name("gowitness") / "main.go"
    subprocess.run([GO, "build", "-o", folder / "gowitness", source], env=environment, check=True, timeout=300)
    return folder / "gowitness"


def cosigned_note(case: Path) -> bytes:
    return b"".join(
        [(case / "checkpoints/4").read_bytes(), (case / f"witnesses/4-{WITNESS.key_id.hex()}.cosig").read_bytes()]
    )


def program(*words: object) -> tuple[int, list[str]]:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_go_accepts_checkpoint_cosignature_and_proof(case: Path, gowitness: Path, tmp_path: Path) -> None:
    log = EDITOR.named(ORIGIN).verifier.vkey
    note, signers = cosigned_note(case), [f"signed by {ORIGIN}", f"signed by {COLLEAGUE.name}"]
    (tmp_path / "note").write_bytes(note)
    assert program(gowitness, "checkpoint", tmp_path / "note", log, WITNESS.vkey) == (0, signers)
    lines = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)
    for index, line in enumerate(lines[:4]):
        (tmp_path / "proof").write_bytes(tlog_proof.format_proof(tlog_proof.make_proof(lines[:4], index, note)))
        (tmp_path / "record").write_bytes(line)
        ended = program(gowitness, "proof", tmp_path / "proof", tmp_path / "record", log, WITNESS.vkey)
        assert ended == (0, [*signers, f"record {index} of 4"])
        (tmp_path / "record").write_bytes(lines[4])
        assert program(gowitness, "proof", tmp_path / "proof", tmp_path / "record", log, WITNESS.vkey)[0] != 0


@pytest.mark.skipif(NODE is None, reason="needs node")
def test_node_accepts_checkpoint_and_cosignature(case: Path, tmp_path: Path) -> None:
    note, log = cosigned_note(case), EDITOR.named(ORIGIN).verifier.vkey
    (tmp_path / "note").write_bytes(note)
    script = Path(__file__).with_name("cosigned.js")
    signers = [f"signed by {ORIGIN}", f"signed by {COLLEAGUE.name}"]
    assert program(NODE, script, tmp_path / "note", log, WITNESS.vkey) == (0, signers)
    (tmp_path / "note").write_bytes(note.replace(b"\n4\n", b"\n5\n"))
    assert program(NODE, script, tmp_path / "note", log, WITNESS.vkey)[0] != 0


def test_the_times_of_tokens_are_told_in_utc(tsa: Authority) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    token = read_response(tsa.stamp(b"x"))
    assert before <= token.time <= datetime.now(UTC)
    assert token.covers(b"x")
    assert token.policy == "1.3.6.1.4.1.99999.1"
    assert token.imprint == hashlib.sha256(b"x").digest()
