"""When the system refuses: the log says so, gives up its lock, and holds what it held."""

from __future__ import annotations

import fcntl
import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import durable, reading, seal
from forensics.chain_of_custody.acts import NO_LINE, Record, decode_record, encode_record
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.verify import verify_case
from forensics.errors import CaseError, StorageError, TamperError
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import EDITOR, act

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return sealed_case.small(tmp_path / "case")


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count


def test_a_log_that_cannot_be_made_durable_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(5, "Input/output error")

    before = open_files()
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match="Input/output error"):
        Log.create(tmp_path)
    assert open_files() == before


def test_a_process_that_is_faster_keeps_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the making of the file and its locking somebody else may open and lock it."""
    real, faster = os.open, list[int]()

    def overtaken(path: Path, flags: int, mode: int = 0o777) -> int:
        handle = real(path, flags, mode)
        faster.append(real(path, os.O_RDWR))
        fcntl.flock(faster[0], fcntl.LOCK_EX)
        return handle

    before = open_files()
    monkeypatch.setattr(os, "open", overtaken)
    with pytest.raises(CaseError, match="in use by another process"):
        Log.create(tmp_path)
    os.close(faster[0])
    assert open_files() == before


def test_what_cannot_be_locked_at_all_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    handle = os.open(tmp_path / "file", os.O_PATH)  # names the file and allows nothing, as some network file systems
    try:
        with pytest.raises(CaseError, match="cannot be locked: Bad file descriptor"):
            durable.lock(handle, "file")
    finally:
        os.close(handle)


def test_a_case_that_cannot_be_read_is_given_up(case: Path) -> None:
    note = (case / "checkpoint").read_bytes()
    (case / "checkpoint").unlink()
    (case / "checkpoint").mkdir()
    before = open_files()
    with pytest.raises(StorageError, match="Is a directory"):
        Log.open(case)
    assert open_files() == before
    (case / "checkpoint").rmdir()
    (case / "checkpoint").write_bytes(note)
    with Log.open(case) as log:
        log.close()
        log.close()
        with pytest.raises(CaseError, match="the log is closed"):
            log.append([act("note")])
        assert log.note == note
        assert log.history.size == log.size == 3


def test_a_write_that_ends_early_is_undone(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, real = (case / "custody.jsonl").read_bytes(), os.write

    with Log.open(case) as log:
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", lambda handle, data: real(handle, data[:100]))
            with pytest.raises(StorageError, match=r"only 100 of [0-9]+ bytes") as told:
                log.append([act("note")])
        assert told.value.where == "custody.jsonl"
        assert told.value.hint
        assert (case / "custody.jsonl").read_bytes() == good
        with pytest.raises(CaseError, match="an earlier write failed"):
            log.append([act("note")])
    assert verify_case(case).ok


def test_another_history_under_the_signature_is_damage(case: Path) -> None:
    """The lines are whole and chained, but they are not those that were signed."""
    old, previous, lines = (case / "custody.jsonl").read_bytes().splitlines(keepends=True), NO_LINE, []
    for number, line in enumerate(old):
        record = decode_record(line)
        changed = act("note") if number == 1 else record.act
        lines.append(encode_record(Record(seq=number, prev=previous, act=changed)))
        previous = hashlib.sha256(lines[-1]).hexdigest()
    (case / "custody.jsonl").write_bytes(b"".join(lines))
    with pytest.raises(TamperError, match="the first 3 records are not those that were signed") as told:
        Log.open(case)
    assert (told.value.where, told.value.hint) == ("custody.jsonl", reading.RESTORE)


def test_a_clock_set_back_is_told_by_the_number_of_the_record(case: Path) -> None:
    with Log.open(case) as log:
        later = act("note")
        object.__setattr__(later, "time", "2026-01-02T00:00:00Z")
        log.append([later, act("note"), act("note"), later])
        assert log.set_back == (4,)
        log.checkpoint(EDITOR)
    detail = verify_case(case).steps[2].detail
    assert detail.endswith("; the clock was set back 1 times, at record 4")


def test_a_record_that_is_none_is_told_with_its_line(case: Path) -> None:
    with (case / "custody.jsonl").open("ab") as file:
        file.write(b"{}\n")
    with pytest.raises(TamperError, match="not of version 1") as told:
        list(reading.read_records(case))
    assert (told.value.where, told.value.hint) == ("custody.jsonl line 4", reading.RESTORE)


def test_an_fsync_that_fails_takes_back_what_was_written(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, real, left = (case / "custody.jsonl").read_bytes(), os.fsync, 1

    def refuse_once(handle: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(5, "Input/output error")
        real(handle)

    with Log.open(case) as log:
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", refuse_once)
            with pytest.raises(StorageError, match="Input/output error"):
                log.append([act("note")])
        assert left == -1  # the cut was made durable too
        assert (case / "custody.jsonl").read_bytes() == good
        with pytest.raises(CaseError, match="an earlier write failed"):
            log.checkpoint(EDITOR)
    assert verify_case(case).ok


def test_a_file_that_cannot_take_its_place_is_told(case: Path) -> None:
    (case / "exports/old").mkdir(parents=True)
    (case / "exports/old/file").touch()
    with pytest.raises(StorageError, match="cannot be written") as told:
        durable.publish(case, "exports/old", b"new")
    assert told.value.where == "exports/old"
    assert (case / "exports/old/file").exists()


def test_a_case_is_opened_without_a_name_too(tmp_path: Path) -> None:
    nameless = seal.Opening(key=EDITOR.verifier, origin=sealed_case.ORIGIN, time=sealed_case.TIME)
    opening = seal.opening_act(nameless, seal.write_keys(tmp_path, sealed_case.ORIGIN, [EDITOR.verifier]), {"n": 1})
    assert set(opening.subject) == {"n", "origin", "vkey"}
    with Log.create(tmp_path) as log:
        log.seal([opening], EDITOR)
    assert verify_case(tmp_path).ok


def test_a_new_log_is_readable_and_durable_before_anything_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, real = list[str](), os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))  # noqa: PTH115 - the name as the kernel tells it
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    before = os.umask(0)
    try:
        with Log.create(tmp_path) as log, pytest.raises(CaseError, match="signed by the actor of the last record"):
            log.checkpoint(EDITOR)
    finally:
        os.umask(before)
    assert synced == [str(tmp_path / "custody.jsonl"), str(tmp_path)]
    assert (tmp_path / "custody.jsonl").stat().st_mode & 0o777 == 0o644


def test_what_earlier_crashes_left_is_cleared_or_told(case: Path) -> None:
    names = [f"custody.jsonl.torn.{end}" for end in ("9", "10-2", "7", "10")]
    for name in [*names, "custody.jsonl.torn.8x", "xcustody.jsonl.torn.1", ".checkpoint.tmp", "checkpoints/.5.tmp"]:
        (case / name).write_bytes(b"torn")
    with Log.open(case) as log:
        found = log.recovery
        assert found is not None
        assert [output.path for output in found.out] == sorted(names)
        assert found.subject == {"found": 3, "signed": 3}
        first, second = act("note"), act("note")
        object.__setattr__(first, "time", "2026-01-02T00:00:00Z")
        log.append([first, second])
        assert log.recovery is None
    assert not (case / ".checkpoint.tmp").exists()
    assert not (case / "checkpoints/.5.tmp").exists()
    told = list(reading.read_records(case))[3]
    assert (told.act.action, told.act.time, told.act.actor) == ("recovery", first.time, EDITOR.actor)


def test_a_checkpoint_that_is_none_is_named(case: Path) -> None:
    (case / "checkpoint").write_bytes(b"none")
    before = open_files()
    with pytest.raises(TamperError) as told:
        Log.open(case)
    assert open_files() == before
    assert (told.value.where, told.value.hint) == ("checkpoint", reading.RESTORE)
    assert "no empty line" in told.value.what


def test_a_log_that_nobody_signed_says_so_when_it_is_gone_on_with(tmp_path: Path) -> None:
    with Log.create(tmp_path):
        pass
    with Log.open(tmp_path) as log:
        assert log.recovery is None
        log.append([sealed_case.opening(tmp_path)])
    with Log.open(tmp_path) as log:
        assert log.recovery is not None
        assert log.recovery.subject == {"found": 1, "signed": 0}


def test_what_a_crash_left_of_the_first_record_is_told_right_after_it(tmp_path: Path) -> None:
    with Log.create(tmp_path):
        pass
    (tmp_path / "custody.jsonl").write_bytes(b'{"action":"case.op')
    with Log.open(tmp_path) as log:
        log.seal([sealed_case.opening(tmp_path), act("note")], EDITOR)
    assert [record.act.action for record in reading.read_records(tmp_path)] == ["case.open", "recovery", "note"]
    assert verify_case(tmp_path).ok


def test_a_tail_is_cut_off_for_good(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, real = list[tuple[str, int]](), os.fsync

    def fsync(handle: int) -> None:
        synced.append((os.readlink(f"/proc/self/fd/{handle}"), os.fstat(handle).st_size))  # noqa: PTH115 - as above
        real(handle)

    good = (case / "custody.jsonl").read_bytes()
    (case / "custody.jsonl").write_bytes(good + b"torn")
    monkeypatch.setattr(os, "fsync", fsync)
    with Log.open(case):
        copy = case / f".custody.jsonl.torn.{len(good)}.tmp"
        assert [name for name, _ in synced] == [str(copy), str(case), str(case / "custody.jsonl")]
        assert synced[-1][1] == len(good)


def test_a_log_that_is_signed_is_not_signed_again(case: Path) -> None:
    before = {path: path.read_bytes() for path in case.rglob("*") if path.is_file()}
    with Log.open(case) as log:
        assert log.checkpoint(EDITOR).size == 3
    assert {path: path.read_bytes() for path in case.rglob("*") if path.is_file()} == before


def test_a_signing_that_failed_is_not_tried_again_by_the_same_log(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(5, "Input/output error")

    with Log.open(case) as log:
        log.append([act("note")])
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", refuse)
            with pytest.raises(StorageError, match="Input/output error"):
                log.checkpoint(EDITOR)
        with pytest.raises(CaseError, match="an earlier write failed"):
            log.checkpoint(EDITOR)
    with Log.open(case) as log:
        log.seal([act("note")], EDITOR)
    assert verify_case(case).ok


def test_a_log_that_cannot_be_read_is_let_go_of(case: Path) -> None:
    (case / "checkpoint").unlink()
    (case / "checkpoint").mkdir()
    before = open_files()
    with pytest.raises(StorageError, match="Is a directory"):
        Log.open(case)
    assert open_files() == before
