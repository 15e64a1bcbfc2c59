"""What lies in a folder: every name, of every kind, in one order, and nothing is followed or waited for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

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
