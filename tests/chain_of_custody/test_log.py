"""Appending, signing, locking, and going on after a crash."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import acts, durable, reading
from forensics.chain_of_custody.acts import Output
from forensics.chain_of_custody.folder import unsealed
from forensics.chain_of_custody.history import LOG_NAME
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.seal import key_act, write_keys
from forensics.chain_of_custody.verify import verify_case
from forensics.errors import CaseError, StorageError, TamperError
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, OPENING, ORIGIN, ROOT, STRANGER, act

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return sealed_case.small(tmp_path / "case")


def failed(folder: Path) -> list[int]:
    return [step.n for step in verify_case(folder).steps if not step.ok]


def test_a_group_is_one_write_and_one_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            calls.append(name)
            return real(*arguments)

        return call

    with Log.create(tmp_path) as log:
        first = sealed_case.opening(tmp_path)
        monkeypatch.setattr(os, "write", counted("write", os.write))
        monkeypatch.setattr(os, "fsync", counted("fsync", os.fsync))
        assert log.append([first, *[act("note")] * 99]) == range(100)
    assert calls == ["write", "fsync"]
    lines = (tmp_path / LOG_NAME).read_bytes().splitlines(keepends=True)
    assert [record.seq for record in reading.read_records(tmp_path)] == list(range(100))
    assert acts.decode_record(lines[41]).prev == hashlib.sha256(lines[40]).hexdigest()


def test_checkpoints_are_kept_and_named_by_the_next_record(case: Path) -> None:
    assert (case / "checkpoints/1").exists()
    first, second, third = reading.read_records(case)
    assert [output.path for output in second.act.out] == ["checkpoints/1", "exhibits/empty", "exhibits/mail.eml"]
    assert not third.act.out
    assert first.act.subject["origin"] == ORIGIN
    with Log.open(case) as log:
        assert (log.size, log.signed, log.origin, log.recovery) == (3, 3, ORIGIN, None)
        assert log.append([]) == range(3, 3)
        assert log.checkpoint(EDITOR).size == 3
        assert log.seal([act("note")], EDITOR).size == 4
        assert log.files["exhibits/empty"].bytes == 0
    assert sorted(path.name for path in (case / "checkpoints").iterdir()) == ["1", "3"]
    assert verify_case(case).ok


def test_what_an_interrupted_command_left_behind_is_listed(case: Path) -> None:
    durable.publish(case, "exports/deep/half.csv", b"half")
    with Log.open(case) as log:
        assert unsealed(case, log.files) == ("exports/deep/half.csv",)
        log.seal([act("export.create", out=[durable.measure(case, "exports/deep/half.csv")])], EDITOR)
        assert unsealed(case, log.files) == ()
    assert failed(case) == []


def test_the_same_acts_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        sealed_case.rich(tmp_path / name)
    assert not subprocess.run(["diff", "-r", "a", "b"], cwd=tmp_path, check=True, capture_output=True).stdout


def test_only_the_last_actor_signs(case: Path) -> None:
    with Log.open(case) as log:
        with pytest.raises(CaseError, match="last record"):
            log.checkpoint(COLLEAGUE)
        log.append([act("note")])
        assert log.checkpoint(EDITOR).size == 4


def test_a_second_examiner_is_added_acts_and_is_revoked(tmp_path: Path) -> None:
    case = sealed_case.rich(tmp_path / "case")
    assert verify_case(case).ok
    with Log.open(case) as log:
        assert [key.actor for key in log.keys] == [EDITOR.actor, COLLEAGUE.actor]
        out = write_keys(case, ORIGIN, log.keys, [COLLEAGUE.actor])
        log.seal([key_act("key.revoke", COLLEAGUE.verifier, OPENING, out)], EDITOR)
        assert log.revoked == {COLLEAGUE.actor}
    assert (case / "trust.policy").read_text().count("log ") == 1
    assert verify_case(case).ok
    with Log.open(case) as log, pytest.raises(CaseError, match="no active key"):
        log.append([act("note", by=COLLEAGUE)])


def bad_acts(case: Path) -> list[acts.Act]:
    reserved = Output(path="checkpoint", bytes=1, sha256="0" * 64)
    early = Output(path="checkpoints/2", bytes=1, sha256="0" * 64)
    foreign = replace(OPENING, origin="example.org/case/other")
    return [
        act("note", by=STRANGER),
        act("note", out=[reserved]),
        act("note", out=[replace(reserved, path=LOG_NAME)]),
        act("note", out=[early]),
        act("note", gone=["never/sealed"]),
        act("note", gone=["checkpoints/1"]),
        sealed_case.opening(case),
        key_act("key.add", EDITOR.verifier, OPENING, ()),
        key_act("key.add", COLLEAGUE.verifier, foreign, ()),
        key_act("key.revoke", EDITOR.verifier, OPENING, ()),
        key_act("key.revoke", STRANGER.verifier, OPENING, ()),
        replace(key_act("key.add", COLLEAGUE.verifier, OPENING, ()), subject={"vkey": "nonsense"}),
        replace(key_act("key.add", COLLEAGUE.verifier, OPENING, ()), subject={"vkey": "x", "deep": {"a": 1}}),
    ]


@pytest.mark.parametrize("number", range(13))
def test_acts_that_no_verifier_would_accept_are_not_written(case: Path, number: int) -> None:
    before = (case / LOG_NAME).read_bytes()
    with Log.open(case) as log:
        with pytest.raises(CaseError, match="cannot be recorded"):
            log.append([act("note"), bad_acts(case)[number]])
        with pytest.raises(CaseError, match="earlier write failed"):
            log.append([act("note")])
    assert (case / LOG_NAME).read_bytes() == before
    assert failed(case) == []


def test_a_case_is_opened_first_by_its_own_key(tmp_path: Path) -> None:
    with Log.create(tmp_path) as log, pytest.raises(CaseError, match="opens the case"):
        log.append([act("note")])
    for wrong in (
        replace(sealed_case.opening(tmp_path), actor=STRANGER.actor),
        replace(sealed_case.opening(tmp_path), subject={"origin": "other", "vkey": EDITOR.named(ORIGIN).verifier.vkey}),
    ):
        with Log.open(tmp_path) as log, pytest.raises(CaseError, match=r"not (opened|named) by"):
            log.append([wrong])
    with Log.open(tmp_path) as log, pytest.raises(CaseError, match="last record"):
        log.checkpoint(EDITOR)


def test_two_processes_never_hold_one_log(case: Path) -> None:
    holder = (
        "import sys\nfrom pathlib import Path\nfrom forensics.chain_of_custody.log import Log\n"
        "with Log.open(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(case)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(CaseError, match="in use") as caught:
            Log.open(case)
        assert caught.value.where == case.name
        assert verify_case(case).ok
        other.communicate()
    with Log.open(case) as log:
        assert log.size == 3


def test_a_folder_is_no_case_or_one_already(case: Path, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="already"):
        Log.create(case)
    with pytest.raises(CaseError, match="cannot be opened"):
        Log.open(tmp_path)
    (tmp_path / LOG_NAME).symlink_to(case / LOG_NAME)
    with pytest.raises(CaseError, match="cannot be opened"):
        Log.open(tmp_path)
    with pytest.raises(StorageError):
        Log.create(tmp_path / "missing")
    with pytest.raises(CaseError):
        list(reading.read_records(tmp_path / "missing"))
    with pytest.raises(CaseError, match="cannot be read"):
        durable.measure(case, "missing")


def test_a_tail_torn_at_any_byte_is_kept_told_and_gone_on_from(case: Path, tmp_path: Path) -> None:
    whole = (case / LOG_NAME).read_bytes()
    with Log.open(case) as log:
        log.append([act("note")])
    longer = (case / LOG_NAME).read_bytes()
    for cut in range(len(whole) + 1, len(longer)):
        torn = sealed_case.copy(case, tmp_path / str(cut))
        (torn / LOG_NAME).write_bytes(longer[:cut])
        assert 2 in failed(torn)
        with Log.open(torn) as log:
            assert log.size == 3
            assert log.recovery is not None
            log.seal([act("note")], EDITOR)
        kept = torn / f"{LOG_NAME}.torn.{len(whole)}"
        assert kept.read_bytes() == longer[len(whole) : cut]
        told = list(reading.read_records(torn))[3].act
        assert (told.action, told.actor, told.subject) == ("recovery", EDITOR.actor, {"found": 3, "signed": 3})
        assert kept.name in [output.path for output in told.out]
        if cut % 40 == 0 or cut > len(longer) - 3:
            assert failed(torn) == []


def test_records_without_a_checkpoint_are_kept_and_told(case: Path) -> None:
    with Log.open(case) as log:
        log.append([act("note"), act("note")])
    report = verify_case(case)
    assert [step.n for step in report.steps if not step.ok] == [6, 7, 8]
    assert "covers 3 records, but the log holds 5; if a command was interrupted" in report.steps[5].detail
    with Log.open(case) as log:
        assert log.recovery is not None
        log.seal([act("note")], EDITOR)
    records = list(reading.read_records(case))
    assert records[5].act.subject == {"found": 5, "signed": 3}
    assert failed(case) == []


def test_a_tail_torn_twice_at_one_place_keeps_both_pieces(case: Path) -> None:
    at = (case / LOG_NAME).stat().st_size
    for piece in (b"{", b"{{"):
        with (case / LOG_NAME).open("ab") as file:
            file.write(piece)
        Log.open(case).close()
    assert (case / f"{LOG_NAME}.torn.{at}").read_bytes() == b"{"
    assert (case / f"{LOG_NAME}.torn.{at}-2").read_bytes() == b"{{"
    with Log.open(case) as log:
        log.seal([act("note")], EDITOR)
    assert failed(case) == []


def test_a_crash_before_the_first_record_or_checkpoint(tmp_path: Path) -> None:
    Log.create(tmp_path).close()
    (tmp_path / LOG_NAME).write_bytes(b'{"action":"case')
    with Log.open(tmp_path) as log:
        log.append([sealed_case.opening(tmp_path)])
    assert [record.act.action for record in reading.read_records(tmp_path)] == ["case.open", "recovery"]
    (tmp_path / ".checkpoint.tmp").write_bytes(b"half")
    with Log.open(tmp_path) as log:
        log.seal([act("note")], EDITOR)
    assert [record.act.action for record in reading.read_records(tmp_path)][2:] == ["recovery", "note"]
    assert failed(tmp_path) == []


def test_a_crash_between_the_two_checkpoint_files(case: Path) -> None:
    old = (case / "checkpoint").read_bytes()
    with Log.open(case) as log:
        log.seal([act("note")], EDITOR)
    (case / "checkpoint").write_bytes(old)  # as if the second rename had not reached the disk
    assert 6 in failed(case)
    with Log.open(case) as log:
        log.seal([act("note")], EDITOR)
    assert failed(case) == []


def damage_line(case: Path) -> None:
    content = (case / LOG_NAME).read_bytes()
    (case / LOG_NAME).write_bytes(content.replace(b'"n":1', b'"n":2', 1))


def cut_line(case: Path) -> None:
    content = (case / LOG_NAME).read_bytes()
    (case / LOG_NAME).write_bytes(content[: content.rindex(b"\n", 0, -1) + 1])


def append_line(case: Path) -> None:
    lines = (case / LOG_NAME).read_bytes().splitlines(keepends=True)
    (case / LOG_NAME).write_bytes(b"".join(lines[:1] + lines[2:]))


@pytest.mark.parametrize(
    "harm",
    [
        damage_line,
        cut_line,
        append_line,
        lambda case: (case / "checkpoint").write_bytes((case / "checkpoints/1").read_bytes()[:-9] + b"AAAAAAA=\n"),
        lambda case: (case / "checkpoint").write_bytes(b"nothing\n"),
        lambda case: (case / "checkpoint").unlink(),
    ],
)
def test_damage_to_the_signed_part_is_never_repaired(case: Path, harm: Callable[[Path], object]) -> None:
    harm(case)
    before = sorted((path, path.read_bytes()) for path in case.rglob("*") if path.is_file())
    with pytest.raises(TamperError) as caught:
        Log.open(case)
    assert caught.value.where
    assert caught.value.hint
    assert sorted((path, path.read_bytes()) for path in case.rglob("*") if path.is_file()) == before
    assert failed(case)
