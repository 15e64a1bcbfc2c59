"""What lies in a folder: every name, of every kind, in one order, and nothing is followed or waited for."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, BinaryIO

import pytest

from forensics.chain_of_custody import folder
from tests.chain_of_custody.test_verify_failures import as_nobody

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [f"{letter}{number}" for letter in "zyxabc" for number in range(8)]


def test_everything_is_listed_once_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in NAMES:
        (tmp_path / name).symlink_to("deep")
        (tmp_path / "deep" / "er" / name).write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    found = folder.list_folder(tmp_path)
    assert found.folders == {"deep", "deep/er"}
    assert found.files == {f"deep/er/{name}" for name in NAMES}
    odd = {**dict.fromkeys(NAMES, "is a symbolic link"), "pipe": "is neither a file nor a folder"}
    assert found.defects == tuple(sorted(odd.items()))
    for name in ("custody.jsonl", "checkpoint"):
        (tmp_path / name).write_bytes(b"")
    assert folder.unsealed(tmp_path, ["deep/er/a0"]) == tuple(sorted(found.files - {"deep/er/a0"}))


def test_a_folder_that_cannot_be_listed_is_a_defect_and_hides_no_other(tmp_path: Path) -> None:
    for name in ("closed", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"")
    (tmp_path / "closed").chmod(0)
    with as_nobody(*tmp_path.parents[:2], tmp_path):
        found = folder.list_folder(tmp_path)
    (tmp_path / "closed").chmod(0o755)
    assert found.defects == (("closed", "cannot be listed: Permission denied"),)
    assert found.files == {"open/file"}
    gone = folder.list_folder(tmp_path / "absent")
    assert (gone.files, gone.folders) == (frozenset(), frozenset())
    assert gone.defects == ((".", "cannot be listed: No such file or directory"),)


def test_what_is_no_plain_file_is_refused_at_once_and_leaves_nothing_open(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    before = os.open("/dev/null", os.O_RDONLY)
    os.close(before)
    for _ in range(3):
        with pytest.raises(OSError, match="not a plain file") as caught:
            folder.open_plain(tmp_path, "pipe")
        assert caught.value.errno == 0
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        folder.open_plain(tmp_path, "link")
    with folder.open_plain(tmp_path, "file") as file:
        assert file.fileno() == before  # the lowest free number, so nothing was left open
        assert not os.get_inheritable(file.fileno())
        assert file.read() == b"x"


def test_files_are_hashed_and_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"hello\n")
    os.mkfifo(tmp_path / "pipe")
    found = folder.digests(tmp_path, ["file", "pipe", "absent"])
    assert found["file"] == (6, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")
    assert [type(found[path]) for path in ("pipe", "absent")] == [OSError, FileNotFoundError]


@pytest.mark.parametrize(("cores", "threads"), [(3, 3), (1, 1), (None, 1)])
def test_as_many_files_are_hashed_at_a_time_as_there_are_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int | None, threads: int
) -> None:
    """Every file waits for as many others as there should be threads."""
    names = [str(number) for number in range(12)]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    together, real, seen = threading.Barrier(threads), folder.open_plain, set[int]()

    def waiting(root: Path, path: str) -> BinaryIO:
        together.wait(30)
        seen.add(threading.get_ident())
        time.sleep(0.01)  # for a thread too many, if there is one
        return real(root, path)

    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(folder, "open_plain", waiting)
    assert len(folder.digests(tmp_path, names)) == 12
    assert len(seen) == threads
