"""Signatures of people: the register of examiners, every rule of it, two verifiers of ours, and ``ssh-keygen`` beside them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.chain_of_custody import acts, people, ssh_keys, sshsig
from forensics.chain_of_custody.acts import NO_LINE, Act, Record
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.reading import read_records
from forensics.chain_of_custody.verify import verify_case
from forensics.errors import CaseError, TamperError
from tests.chain_of_custody import people_case, sealed_case
from tests.chain_of_custody.people_case import (
    DOE,
    DOE_NEXT,
    GOOD,
    MUST_FAIL,
    MUST_FAIL_TOO,
    OTHER,
    SECOND,
    added,
    built,
    noted,
    p256,
)
from tests.chain_of_custody.sealed_case import EDITOR, ROOT, TIME

if TYPE_CHECKING:
    from pathlib import Path

    from forensics.chain_of_custody.people import Signer

FROZEN = ROOT / "samples" / "custody" / "people"
REASONS: dict[str, str] = json.loads((FROZEN / "must-fail.json").read_text(encoding="utf-8"))
MODULE = sealed_case.kit_module()


def failed(folder: Path) -> dict[int, str]:
    return {step.n: step.detail for step in verify_case(folder).steps if not step.ok}


def test_the_frozen_case_verifies_for_both() -> None:
    report = verify_case(FROZEN / "good")
    assert report.ok, report
    assert "2 examiners signed 7 records; record 4 was signed by a.second" in report.steps[3].detail
    assert sealed_case.failed_by_kit(MODULE, FROZEN / "good") == []


@pytest.mark.parametrize("name", sorted(REASONS))
def test_every_frozen_forgery_is_found_by_both_for_the_reason_that_it_was_made_for(name: str) -> None:
    folder = FROZEN / "must-fail" / name
    ours = failed(folder)
    assert list(ours) == [4]
    assert REASONS[name] in ours[4]
    assert sealed_case.failed_by_kit(MODULE, folder) == [4]


@pytest.mark.parametrize("name", sorted(MUST_FAIL_TOO))
def test_every_further_forgery_is_found_by_both(name: str, tmp_path: Path) -> None:
    said, lines = MUST_FAIL_TOO[name]
    ours = failed(built(tmp_path / "case", lines))
    assert list(ours) == [4]
    assert said in ours[4]
    assert sealed_case.failed_by_kit(MODULE, tmp_path / "case") == [4]


def test_the_list_of_frozen_forgeries_is_complete_and_the_code_still_makes_them(tmp_path: Path) -> None:
    assert set(REASONS) == set(MUST_FAIL) == {path.name for path in (FROZEN / "must-fail").iterdir()}
    people_case.main(tmp_path / "made")
    assert not failed(tmp_path / "made" / "good")
    for name, said in REASONS.items():
        assert said in failed(tmp_path / "made" / "must-fail" / name)[4]


def test_the_other_kinds_of_keys_are_never_taken_for_one_another(tmp_path: Path) -> None:
    """A list of allowed signers that the log does not state, although it is sealed."""
    for changed in (b"", people.People().published_with("j.doe", OTHER.key)):
        case = built(tmp_path / str(len(changed)), GOOD, allowed=changed)
        assert list(failed(case)) == [4]
        assert sealed_case.failed_by_kit(MODULE, case) == [4]


def by_hand(folder: Path, number: int, name: str) -> subprocess.CompletedProcess[bytes]:
    """Check one record with the lines of docs/custody-format.md: ``sed`` and ``ssh-keygen`` only."""
    document = (ROOT / "docs" / "custody-format.md").read_text(encoding="utf-8")
    block = document.split("```shell\n")[1].split("```")[0]
    assert block.startswith("n=2 name=j.doe\n")
    script = (
        block.replace("n=2 name=j.doe", f"n={number} name={name}")
        .replace(">/tmp/", ">../")
        .replace("-s /tmp/", "-s ../")
    )
    return subprocess.run(
        ["sh", "-euc", script], cwd=folder, capture_output=True, check=False, env={"PATH": os.environ["PATH"]}
    )


def test_ssh_keygen_agrees_on_ed25519_and_p256(tmp_path: Path) -> None:
    case = sealed_case.copy(FROZEN / "good", tmp_path / "case")
    for number, name in ((2, "j.doe"), (4, "a.second"), (5, "j.doe"), (6, "j.doe")):
        done = by_hand(case, number, name)
        assert done.returncode == 0, (number, done.stderr)
        assert b'Good "custody-act" signature' in done.stdout
        wrong = by_hand(case, number, "j.doe" if name == "a.second" else "a.second")
        assert wrong.returncode != 0


@pytest.mark.parametrize("signer", [DOE, SECOND])
def test_no_changed_bit_of_a_signature_or_message_fits(signer: Signer) -> None:
    message = b'{"action":"note"}\n'
    blob = signer.sign(message, sshsig.ACT)
    assert sshsig.open_signature(blob, message, sshsig.ACT) == signer.key
    record = {"action": "note"}
    import base64

    assert MODULE.signer_of({**record, "sig": base64.b64encode(blob).decode()}).line == signer.key.line
    for at in range(len(blob)):
        changed = blob[:at] + bytes([blob[at] ^ 1 << at % 8]) + blob[at + 1 :]
        with pytest.raises(TamperError):
            sshsig.open_signature(changed, message, sshsig.ACT)
        if at % 29 == 0:
            with pytest.raises(MODULE.Defect):
                MODULE.signer_of({**record, "sig": base64.b64encode(changed).decode()})
    for other in (b"", message + b"x", message[:-1]):
        with pytest.raises(TamperError):
            sshsig.open_signature(blob, other, sshsig.ACT)
    for cut in (blob[:10], blob[:-1], blob + b"\0", b"SSHSIG\0\0\0\2" + blob[10:]):
        with pytest.raises(TamperError):
            sshsig.open_signature(cut, message, sshsig.ACT)


@settings(max_examples=6)
@given(st.integers(min_value=1, max_value=ssh_keys.P256_ORDER - 1), st.binary(max_size=80))
def test_the_kit_s_own_p256_agrees_with_the_library(secret: int, message: bytes) -> None:
    signer = p256(secret)
    blob = signer.sign(message, sshsig.ACT)
    signature = ssh_keys.texts(blob[10:], 5)[4]
    data = sshsig.to_sign(message, sshsig.ACT)
    theirs = MODULE.PersonKey(signer.key.blob)
    assert theirs.signed(data, signature)
    assert not theirs.signed(data + b"x", signature)
    assert signer.key.verify(signature, data)
    r, s = ssh_keys.texts(ssh_keys.texts(signature, 2)[1], 2)
    for one, two in ((b"\0" + r, s), (r, b""), (ssh_keys.number(ssh_keys.P256_ORDER), s), (s, r)):
        forged = ssh_keys.text(b"ecdsa-sha2-nistp256", ssh_keys.text(one, two))
        assert not signer.key.verify(forged, data)
        assert not theirs.signed(data, forged)
    other_kind = ssh_keys.text(b"ssh-ed25519", bytes(64))
    assert not signer.key.verify(other_kind, data)
    assert not theirs.signed(data, other_kind)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_key_or_refused(data: bytes) -> None:
    try:
        key = ssh_keys.parse_blob(data)
    except TamperError:
        with pytest.raises(MODULE.Defect):
            MODULE.PersonKey(data)
        return
    assert key.blob == data


@pytest.mark.parametrize("line", ["", "x", "ssh-ed25519", "ssh-ed25519 !", "ssh-ed25519 AAAA", people_case.RSA])
def test_other_texts_are_no_keys(line: str) -> None:
    with pytest.raises(TamperError):
        ssh_keys.parse_line(line)
    with pytest.raises(MODULE.Defect):
        MODULE.person_key(line)


def test_a_key_of_another_curve_or_spelling_is_refused() -> None:
    other = ssh_keys.text(b"ecdsa-sha2-nistp256", b"nistp384", SECOND.key.point)
    with pytest.raises(TamperError, match="another curve"):
        ssh_keys.parse_blob(other)
    spelled = SECOND.key.line.replace("ecdsa-sha2-nistp256 ", "ssh-ed25519 ")
    with pytest.raises(TamperError, match="one spelling"):
        ssh_keys.parse_line(spelled)
    with pytest.raises(TamperError):
        ssh_keys.parse_blob(ssh_keys.text(b"\xff", b"x"))


def test_base64_and_armour_have_one_spelling() -> None:
    armoured = sshsig.armour(DOE.sign(b"x", sshsig.ACT))
    assert sshsig.armour(sshsig.unarmour(armoured)) == armoured
    for other in ("", armoured[:-1], armoured + "\n", armoured.replace("\n", "\r\n"), armoured.replace("SSH", "PGP")):
        with pytest.raises(TamperError):
            sshsig.unarmour(other)
    for text in ("QQ", "QR==", "Q===", "é"):
        with pytest.raises(TamperError):
            sshsig.from_base64(text)


def test_the_log_signs_at_the_place_where_the_act_stands(tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    with Log.create(case) as log:
        log.seal([sealed_case.opening(case)], EDITOR)
        subject = dict(people_case.FIRST.subject)
        content = log.people.published_with("j.doe", DOE.key)
        from forensics.chain_of_custody import durable

        out = [durable.publish(case, people.ALLOWED_SIGNERS, content)]
        act = Act(action="examiner.add", actor=EDITOR.actor, time=TIME, subject=subject, out=out)
        log.seal([act], EDITOR, DOE)
        two = [sealed_case.act("note"), sealed_case.act("note")]
        signed = [replace(one, subject={"by": "j.doe"}) for one in two]
        log.seal(signed, EDITOR, DOE)
        assert log.people.keys[DOE.key.fingerprint].signed[-1][0] == 3
    assert not failed(case)
    with (case / "custody.jsonl").open("ab") as file:
        file.write(b'{"action":"no')
    with Log.open(case) as log:
        log.seal(signed[:1], EDITOR, DOE)  # the recovery before it is the tool's and stays unsigned
    assert not failed(case)
    lines = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)
    assert [bool(acts.decode_record(line).act.sig) for line in lines[-2:]] == [False, True]
    with Log.open(case) as log, pytest.raises(CaseError, match="is signed with no key of the case"):
        log.append(signed, OTHER)
    assert (case / "custody.jsonl").read_bytes() == b"".join(lines)


def test_large_acts_leave_room_for_the_signature() -> None:
    outputs = [acts.Output(path=f"events/{number:05}", bytes=1, sha256="a" * 64) for number in range(1500)]
    act = Act(action="note", actor=EDITOR.actor, time=TIME, subject={"by": "a.second"}, out=outputs)
    for part in acts.split_act(act, signed=True):
        record = people.signed(Record(seq=10**12, prev=NO_LINE, act=part), SECOND)
        assert len(acts.encode_record(record)) <= 65_535


def test_nothing_is_told_of_people_where_there_are_none() -> None:
    assert people.People().told() == ""
    assert people.People().published() == {}


def test_doubts_are_told_and_do_not_undo_what_was_signed(tmp_path: Path) -> None:
    revoked = people_case.revoked("a.second", SECOND.key, DOE)
    case = built(tmp_path / "case", (*people_case.TWO, noted("a.second", SECOND), revoked))
    report = verify_case(case)
    assert report.ok
    assert (
        "record 3 was signed by a.second at 2026-01-01T00:00:00Z, but the key was later revoked"
        in report.steps[3].detail
    )


def test_a_lost_key_is_revoked_by_the_log_alone_and_another_vouches_for_the_new_one(tmp_path: Path) -> None:
    lost = people_case.revoked("j.doe", DOE.key, None)
    again = added("j.doe", OTHER.key, "a.second", SECOND)
    assert not failed(built(tmp_path / "a", (*people_case.TWO, lost, again, noted("j.doe", OTHER))))
    fresh = added("j.doe-2", DOE_NEXT.key, "j.doe-2", DOE_NEXT)
    assert not failed(built(tmp_path / "b", (people_case.FIRST, lost, fresh)))


@pytest.mark.parametrize("name", ["n", "N" * 100, "0@a.example_-"])
def test_names_have_1_to_100_letters(name: str, tmp_path: Path) -> None:
    assert not failed(built(tmp_path / "case", (added(name, DOE.key, name, DOE),)))


def test_a_rotation_commits_to_the_key_after_it(tmp_path: Path) -> None:
    again = people_case.rotated("j.doe", DOE_NEXT.key, "j.doe", DOE_NEXT, next=OTHER.key.commitment)
    last = people_case.rotated("j.doe", OTHER.key, "j.doe", OTHER)
    assert not failed(built(tmp_path / "good", (people_case.FIRST, again, last, noted("j.doe", OTHER))))
    assert "has not committed" in failed(built(tmp_path / "bad", (people_case.FIRST, people_case.ROTATED, last)))[4]


def test_the_register_says_since_when_until_when_and_how_often() -> None:
    register = people.People()
    for record in read_records(FROZEN / "good"):
        register.check(record)
        register.apply(record)
    assert [
        (one.name, one.since, one.state, one.next, one.relied_until, one.signed) for one in register.keys.values()
    ] == [
        ("j.doe", 2, "replaced", DOE_NEXT.key.commitment, "", [(2, TIME), (3, TIME)]),
        ("a.second", 3, "revoked", "", TIME, [(4, TIME)]),
        ("j.doe", 5, "active", "", "", [(5, TIME), (6, TIME), (7, TIME), (8, TIME)]),
    ]
    published = register.published()["keys/allowed_signers"]
    assert published == (FROZEN / "good" / "keys" / "allowed_signers").read_bytes()
    assert register.active("j.doe") == register.keys[DOE_NEXT.key.fingerprint]
    assert register.active("a.second") is None


def test_the_register_has_a_say_about_acts_of_people_only() -> None:
    meant = {
        "examiner.add",
        "examiner.rotate",
        "examiner.revoke",
        "transfer.offer",
        "transfer.accept",
        "disclosure.redact",
    }
    plain = [Act(action=action, actor=EDITOR.actor, time=TIME, subject={}) for action in acts.ACTIONS]
    assert {act.action for act in plain if people.concerns(act)} == meant
    assert all(people.concerns(replace(act, sig="U1NIU0lHA")) for act in plain)


def test_the_file_for_ssh_keygen_grows_by_a_line(tmp_path: Path) -> None:
    lines = [
        f'{name} namespaces="custody-act,custody-offer,custody-receipt" {key.line}\n'.encode()
        for name, key in (("j.doe", DOE.key), ("a.second", SECOND.key))
    ]
    assert people.People().published_with("j.doe", DOE.key) == lines[0]
    case = built(tmp_path / "case", (people_case.FIRST,))
    with Log.open(case) as log:
        assert log.people.published() == {"keys/allowed_signers": lines[0]}
        assert log.people.published_with("a.second", SECOND.key) == b"".join(lines)


def test_a_point_of_p256_has_one_spelling() -> None:
    """Coordinates below the prime, 32 bytes each, on the curve (SEC 1, section 2.3.4); the points are found by hand."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    known = {
        0: 0x66485C780E2F83D72433BD5D84A06BB6541C2AF31DAE871728BF856A174F93F4,
        5: 0x459243B9AA581806FE913BCE99817ADE11CA503C64D9A3C533415C083248FBCC,
        0xD7325D7646CD60D80A92738CEB345F844CFFAF35841022CAB176F692DE8DE1D7: 5,
    }

    def spelled(x: int, y: int) -> bytes:
        return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")

    refused = [b"", spelled(5, 6), b"\x02" + spelled(5, known[5])[1:], spelled(5, known[5])[:33]]
    for x, y in known.items():
        good = spelled(x, y)
        assert ssh_keys.PersonKey(kind=ssh_keys.P256, point=good).point == good
        refused += [spelled(x + prime, y)] if x + prime < 2**256 else []
        refused += [spelled(x, y + prime), good[:33] + good[-1:]] if y + prime < 2**256 else []
        refused += [good + b"\0", good[:33] + b"\0" + good[33:], good[:-1]]
    for point in refused:
        with pytest.raises(ValueError, match="not a usable"):
            ssh_keys.PersonKey(kind=ssh_keys.P256, point=point)
        with pytest.raises(MODULE.Defect):
            MODULE.PersonKey(ssh_keys.text(b"ecdsa-sha2-nistp256", b"nistp256", point))
    with pytest.raises(ValueError, match="not a usable"):
        ssh_keys.PersonKey(kind="ssh-rsa", point=spelled(0, known[0]))


def test_numbers_of_a_signature_have_one_spelling_and_are_below_the_order() -> None:
    assert ssh_keys.P256_ORDER == 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    order = ssh_keys.P256_ORDER
    for value in (1, 127, 128, 255, 256, order - 1):
        assert ssh_keys.parse_number(ssh_keys.number(value)) == value
    for content in (b"", b"\0", b"\0\1", b"\x80", ssh_keys.number(order), ssh_keys.number(order + 1)):
        with pytest.raises(TamperError, match="out of range or not in its one spelling"):
            ssh_keys.parse_number(content)
    message = b"x"
    kind, inner = ssh_keys.texts(ssh_keys.texts(SECOND.sign(message, sshsig.ACT)[10:], 5)[4], 2)
    data, (r, s) = sshsig.to_sign(message, sshsig.ACT), ssh_keys.texts(inner, 2)
    assert SECOND.key.verify(ssh_keys.text(kind, ssh_keys.text(r, s)), data)
    for other in ((b"\0" + r, s), (r, b"\0" + s), (r, b"\0\0" + s), (r, b""), (b"\0", s), (r, b"\0")):
        assert not SECOND.key.verify(ssh_keys.text(kind, ssh_keys.text(*other)), data)
    beyond = ssh_keys.number(int.from_bytes(s, "big") + ssh_keys.P256_ORDER)
    assert not SECOND.key.verify(ssh_keys.text(kind, ssh_keys.text(r, beyond)), data)
    assert not SECOND.key.verify(ssh_keys.text(kind, ssh_keys.text(r, s, b"")), data)
    assert not SECOND.key.verify(ssh_keys.text(b"ssh-ed25519", ssh_keys.text(r, s)), data)


def test_a_signature_is_for_one_of_three_purposes() -> None:
    assert (sshsig.ACT, sshsig.OFFER, sshsig.RECEIPT) == ("custody-act", "custody-offer", "custody-receipt")
    assert people.NAMESPACES == "custody-act,custody-offer,custody-receipt"
