"""A log judged by several processes: the same report to the letter, whatever it holds and whatever befalls them."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import threading
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.chain_of_custody import durable, merkle, stretches, verify
from forensics.chain_of_custody.acts import ACTIONS, Act, decode_record
from forensics.chain_of_custody.history import History, is_plain
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.verify import Expected, verify_case
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import EDITOR, SAMPLES, act

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from forensics.chain_of_custody.run import Run

TOPS = (SAMPLES, SAMPLES.parent / "people")
CASES = sorted(path for top in TOPS for path in (top / "good", *(top / "must-fail").iterdir()))


def noted(number: int, time: str = "2026-01-02T00:00:00Z") -> Act:
    return Act(action="note", actor=EDITOR.actor, time=time, subject={"text": "ə" * (number % 7), "n": number})


def long(folder: Path) -> Path:
    """Make a case of two examiners with runs of notes and files, broken by a removed file and a clock set back."""
    sealed_case.rich(folder)
    with Log.open(folder) as log:
        log.seal([noted(number) for number in range(40)], EDITOR)
        log.append([noted(number, "2026-01-01T12:00:00Z") for number in range(3)])
        files = [durable.publish(folder, f"exports/{number}.csv", b"%d" % number) for number in range(9)]
        log.append([act("export.create", out=[output]) for output in files])
        (folder / "exports/3.csv").unlink()
        log.seal([act("note", gone=["exports/3.csv"]), *map(noted, range(20))], EDITOR)
    return folder


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return long(tmp_path_factory.mktemp("long") / "case")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a log of a few lines be a long one."""
    monkeypatch.setattr(stretches, "LENGTH", 700)
    monkeypatch.setattr(stretches, "FEWEST", 2)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that will hold, for every run that was offered, how many records were taken over at once."""
    found: list[int] = []
    real = History.take

    def counted(history: History, run: Run) -> bool:
        known = real(history, run)
        found.append(len(run.leaves) if known else 0)
        return known

    monkeypatch.setattr(History, "take", counted)
    return found


@pytest.mark.usefixtures("short")
def test_most_of_a_long_log_is_taken_over_and_the_report_is_the_same(case: Path, taken: list[int]) -> None:
    report = verify_case(case)
    assert report.ok
    assert taken == []
    assert verify_case(case, processes=3) == report
    assert sum(taken) > 70
    assert "the clock was set back 2 times, at record 48, 51" in report.steps[2].detail
    assert multiprocessing.active_children() == []


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_frozen_cases_get_the_same_report(folder: Path) -> None:
    assert verify_case(folder, processes=2) == verify_case(folder)


@pytest.mark.usefixtures("short")
def test_an_earlier_head_inside_a_run_is_known_all_the_same(case: Path) -> None:
    size = Log.open(case).size
    for printed in range(1, size + 1, 5):
        expected = Expected(size=printed, root="0" * 64)
        report = verify_case(case, expected, processes=2)
        assert report == verify_case(case, expected)
        assert f"the root at {printed} records is " in report.steps[9].detail


def in_this_process(file: BinaryIO, _: int) -> Iterator[Run]:
    """Stand in for ``runs``: the same stretches, judged here."""
    handle = file.fileno()
    for start in range(0, os.fstat(handle).st_size, stretches.LENGTH):
        yield from stretches.runs_within(handle, start)


LINE_CHANGES: dict[str, Callable[[list[bytes], int, int], list[bytes]]] = {
    "flip": lambda lines, at, byte: [*lines[:at], _flipped(lines[at], byte), *lines[at + 1 :]],
    "remove": lambda lines, at, _: [*lines[:at], *lines[at + 1 :]],
    "double": lambda lines, at, _: [*lines[: at + 1], *lines[at:]],
    "swap": lambda lines, at, _: [*lines[:at], *lines[at : at + 2][::-1], *lines[at + 2 :]],
    "long": lambda lines, at, _: [*lines[:at], b"[" * 70_000 + b"\n", *lines[at:]],
    "empty": lambda lines, at, _: [*lines[:at], b"\n", *lines[at:]],
    "cut": lambda lines, at, byte: [*lines[:at], lines[at][:byte]],
}


def _flipped(line: bytes, byte: int) -> bytes:
    at = byte % len(line)
    return line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_log_gets_the_same_report_wherever_it_is_cut_into_stretches(
    case: Path, tmp_path: Path, data: st.DataObject
) -> None:
    lines = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)
    for _ in range(data.draw(st.integers(0, 2))):
        change = LINE_CHANGES[data.draw(st.sampled_from(sorted(LINE_CHANGES)))]
        lines = change(lines, data.draw(st.integers(0, max(0, len(lines) - 2))), data.draw(st.integers(1, 400)))
    folder = tmp_path / "damaged"
    if not folder.exists():
        sealed_case.copy(case, folder)
    (folder / "custody.jsonl").write_bytes(b"".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        report = verify_case(folder)
        patch.setattr(stretches, "LENGTH", data.draw(st.integers(1, 3000)))
        patch.setattr(stretches, "runs", in_this_process)
        assert verify_case(folder) == report


@pytest.mark.usefixtures("short")
def test_what_is_known_of_the_case_afterwards_is_the_same(
    case: Path, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_line, by_run = History(watch=range(100)), History(watch=range(100))
    assert verify._read_log(case, by_line, verify._Steps(), 1)
    monkeypatch.setattr(stretches, "runs", in_this_process)
    assert verify._read_log(case, by_run, verify._Steps(), 1)
    assert any(taken)
    for name, value in vars(by_line).items():
        assert name in {"people", "_edge"} or getattr(by_run, name) == value, name
    assert list(by_run.files) == list(by_line.files)
    assert len(by_run.heads) == by_line.size
    assert by_run.people.keys == by_line.people.keys


@pytest.mark.usefixtures("short")
def test_processes_that_die_are_not_missed(case: Path, taken: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    report, real = verify_case(case), stretches.runs_within

    def dies(handle: int, start: int) -> list[Run]:
        if start > 9000:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(handle, start)

    monkeypatch.setattr(stretches, "runs_within", dies)
    assert verify_case(case, processes=2) == report
    assert 0 < sum(taken) < 70


@pytest.mark.usefixtures("short")
def test_where_no_process_can_be_had_the_log_is_read_by_one(
    case: Path, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = verify_case(case)

    def full() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fork", full)
        assert verify_case(case, processes=2) == report
    with monkeypatch.context() as patch:
        patch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
        assert verify_case(case, processes=2) == report
    done = threading.Event()
    beside = threading.Thread(target=done.wait)
    beside.start()
    assert verify_case(case, processes=2) == report
    done.set()
    beside.join()
    assert taken == []


def test_a_short_log_starts_no_process(case: Path, taken: list[int]) -> None:
    assert verify_case(case, processes=2).ok
    assert taken == []


@pytest.mark.usefixtures("short")
def test_a_process_ends_when_nobody_listens(case: Path) -> None:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    before = signal.getsignal(signal.SIGINT)
    try:
        with sender, (case / "custody.jsonl").open("rb") as file:
            stretches.judge(file.fileno(), [9800], sender)
            assert receiver.recv()[0].start > 9800
            receiver.close()
            stretches.judge(file.fileno(), range(0, 10**9, 700), sender)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def plain_groups(lines: list[bytes]) -> list[list[int]]:
    """Return the numbers of the lines of every run, from the records alone."""
    groups: list[list[int]] = []
    before = ""
    for number, line in enumerate(lines):
        act = decode_record(line).act
        if is_plain(act):
            if act.actor == before:
                groups[-1].append(number)
            else:
                groups.append([number])
        before = act.actor if is_plain(act) else ""
    return groups


def test_a_run_is_what_its_lines_say(case: Path) -> None:
    lines = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)
    records = [decode_record(line) for line in lines]
    with (case / "custody.jsonl").open("rb") as file:
        found = stretches.runs_within(file.fileno(), 0)
    groups = plain_groups(lines)
    assert len(groups) > 3
    assert [len(run.leaves) for run in found] == [len(group) for group in groups]
    for run, group in zip(found, groups, strict=True):
        first, last = group[0], group[-1]
        assert (run.start, run.end) == (len(b"".join(lines[:first])), len(b"".join(lines[: last + 1])))
        assert (run.seq, run.prev, run.actor) == (first, records[first].prev, records[first].act.actor)
        assert (run.time, run.until) == (records[first].act.time, records[last].act.time)
        assert run.last == hashlib.sha256(lines[last]).hexdigest()
        assert run.leaves == [merkle.leaf_hash(lines[number]) for number in group]
        assert run.out == [output for number in group for output in records[number].act.out]
        times = [records[number].act.time for number in group]
        assert run.set_back == [seq for seq, (one, two) in zip(group[1:], pairwise(times), strict=True) if two < one]
    assert sum(len(run.set_back) for run in found) > 0


def test_a_run_ends_where_a_line_does_not_follow(tmp_path: Path, case: Path) -> None:
    lines = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)
    first, second, third = lines[20:23]
    for order, lengths in (
        ([first, second, third], [3]),
        ([first, first, second], [1, 2]),
        ([first, third], [1, 1]),
        ([second, first, third], [1, 1, 1]),
        ([first, second, b"{}\n", third], [2]),
    ):
        (tmp_path / "log").write_bytes(b"".join(order))
        with (tmp_path / "log").open("rb") as file:
            assert [len(run.leaves) for run in stretches.runs_within(file.fileno(), 0)] == lengths


def offsets(path: Path) -> list[int]:
    """Return where each line of a log begins."""
    lines = path.read_bytes().splitlines(keepends=True)
    return [0, *accumulate(map(len, lines))][:-1]


def test_a_stretch_holds_the_lines_that_begin_in_it(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = offsets(case / "custody.jsonl")[20:30]
    with (case / "custody.jsonl").open("rb") as file:
        for start in range(starts[0] - 3, starts[2] + 4):
            (first,) = stretches.runs_within(file.fileno(), start)[:1]
            assert first.start == next(begin for begin in starts if begin >= start)
        for end, last in ((starts[5], 24), (starts[5] + 1, 25), (starts[5] - 1, 24)):
            monkeypatch.setattr(stretches, "LENGTH", end - starts[0])
            found = stretches.runs_within(file.fileno(), starts[0])
            assert [(run.seq, len(run.leaves)) for run in found] == [(20, last - 19)]


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory, case: Path) -> Path:
    """Write a log of eight million bytes in which no line follows the one before."""
    line = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)[20]
    path = tmp_path_factory.mktemp("repeated") / "log"
    path.write_bytes((line * (8_388_608 // len(line) + 1))[:7_340_033])
    return path


def test_a_stretch_is_a_mebibyte_and_a_log_of_fewer_than_eight_is_read_by_one(repeated: Path, tmp_path: Path) -> None:
    starts = offsets(repeated)
    with repeated.open("rb") as file:
        found = stretches.runs_within(file.fileno(), 0)
        assert [run.start for run in found] == [start for start in starts if start < 1_048_576]
        several = stretches.runs(file, 2)
        assert [next(several).start for _ in range(3)] == starts[:3]
        several.close()  # while both have much to say
        assert children() == []
    (tmp_path / "log").write_bytes(repeated.read_bytes()[:-1])
    with (tmp_path / "log").open("rb") as file:
        assert list(stretches.runs(file, 2)) == []


def children() -> list[str]:
    return [word for task in Path("/proc/self/task").iterdir() for word in (task / "children").read_text().split()]


@pytest.mark.usefixtures("short")
def test_processes_say_what_one_would_and_leave_nothing_behind(case: Path) -> None:
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    with (case / "custody.jsonl").open("rb") as file:
        assert list(stretches.runs(file, 3)) == list(in_this_process(file, 1))
        assert children() == []
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before


def test_an_interrupt_is_for_whoever_started_the_processes(
    repeated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "LENGTH", 131_072)
    (tmp_path / "log").write_bytes(repeated.read_bytes()[:1_200_000])
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with (tmp_path / "log").open("rb") as file:
            several = stretches.runs(file, 2)
            found = [next(several).start]
            while found[-1] < 131_072:  # until both have spoken
                found.append(next(several).start)
            for child in children():
                os.kill(int(child), signal.SIGINT)
            found += [run.start for run in several]
    finally:
        signal.signal(signal.SIGINT, before)
    assert found == offsets(tmp_path / "log")[:-1]


def test_what_is_plain_changes_files_only() -> None:
    odd = {"case.open", "key.add", "key.revoke", "examiner.add", "examiner.rotate", "examiner.revoke", "transfer.offer",
           "transfer.accept", "disclosure.redact"}  # fmt: skip
    assert {action for action in ACTIONS if not is_plain(replace(act("note"), action=action))} == odd
    for path in ("custody.jsonl", "checkpoint", "checkpoints/3", "timestamps/a.pem", "witnesses/a.pub"):
        assert not is_plain(act("note", out=[durable.describe("a", b""), durable.describe(path, b"")]))
    for path in ("a/custody.jsonl", "a/checkpoints/3", "checkpoints.txt", "a/timestamps", "a/witnesses"):
        assert is_plain(act("note", out=[durable.describe(path, b"")]))
    assert not is_plain(act("note", gone=["a"]))
    assert not is_plain(replace(act("note"), sig="U1NIU0lHA"))


def test_a_run_is_taken_where_it_follows_and_from_whom_may_act(case: Path) -> None:
    lines = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)
    with (case / "custody.jsonl").open("rb") as file:
        run = next(run for run in stretches.runs_within(file.fileno(), 0) if run.set_back)

    def read(count: int) -> History:
        history = History()
        for line in lines[:count]:
            record = decode_record(line)
            history.apply(record, line)
            history.apply_keys(record)
        return history

    for other in (
        replace(run, start=run.start + 1),
        replace(run, seq=run.seq + 1),
        replace(run, prev="0" * 64),
        replace(run, actor=f"key:{'0' * 32}"),
    ):
        history = read(run.seq)
        assert history.take(other) is False
        assert (history.size, history.length) == (run.seq, run.start)
    revoked = read(run.seq)
    revoked.revoked.add(run.actor)
    assert revoked.take(run) is False
    taken, whole = read(run.seq), read(run.seq + len(run.leaves))
    assert taken.take(run) is True
    assert (taken.size, taken.length, taken.prev, taken.head) == (whole.size, whole.length, whole.prev, whole.head)
    assert (taken.set_back, taken.files, taken.last_actor) == (whole.set_back, whole.files, whole.last_actor)
