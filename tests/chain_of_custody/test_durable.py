"""Files that are published: what is made durable, in which order, and what is never part of a case."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import ClassVar

import pytest

from forensics.chain_of_custody import durable
from forensics.chain_of_custody.acts import Output

HELLO_SHA256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
OPEN = Path("/proc/self/fd")


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Return a list that will hold, for every ``fsync``: its file, and what the file or folder holds at that moment."""
    found: list[tuple[str, list[str]]] = []
    real = os.fsync

    def seen(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").resolve()
        inside = sorted(item.name for item in path.iterdir()) if path.is_dir() else [path.read_text()]
        found.append((path.name, inside))
        real(handle)

    monkeypatch.setattr(os, "fsync", seen)
    return found


def test_every_name_and_every_byte_is_durable_before_a_file_counts(
    tmp_path: Path, synced: list[tuple[str, list[str]]]
) -> None:
    case = tmp_path / "case"
    case.mkdir()
    output = durable.publish(case, "exports/deep/a.csv", b"hello\n")
    assert output == Output(path="exports/deep/a.csv", bytes=6, sha256=HELLO_SHA256)
    assert synced == [("case", ["exports"]), ("exports", ["deep"]), (".a.csv.tmp", ["hello\n"]), ("deep", ["a.csv"])]
    synced.clear()
    durable.publish(case, "exports/deep/a.csv", b"again")
    assert synced == [(".a.csv.tmp", ["again"]), ("deep", ["a.csv"])]


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = len(list(OPEN.iterdir()))
    for number in range(3):
        durable.publish(tmp_path, f"{number}/a", b"x")
    assert len(list(OPEN.iterdir())) == before


@pytest.mark.parametrize("path", [".a.tmp", "exhibits/.a.csv.tmp", "a/b/..tmp"])
def test_what_was_never_published_is_known_by_its_name(path: str) -> None:
    assert durable.is_unpublished(path)
    target = Path("case") / path.replace("/.", "/").removesuffix(".tmp")
    assert path.count("..") or durable.is_unpublished(durable.unpublished(target).as_posix())


@pytest.mark.parametrize("path", ["a.tmp", ".a", ".a/b", "exhibits/a.tmp", "exhibits/.a", ".a.tmp/b", ".tmp/a"])
def test_other_names_are_no_unpublished_files(path: str) -> None:
    assert not durable.is_unpublished(path)


def test_a_file_is_read_a_mebibyte_at_a_time() -> None:
    class Asked(io.BytesIO):
        sizes: ClassVar[set[int | None]] = set()

        def read(self, size: int | None = -1, /) -> bytes:
            self.sizes.add(size)
            return super().read(size)

    assert durable.digest_stream(Asked(b"hello\n")) == (6, HELLO_SHA256)
    assert Asked.sizes == {1_048_576}


def test_a_file_is_measured_whole_however_large(tmp_path: Path) -> None:
    for size in (0, 1, durable.BLOCK, durable.BLOCK + 1):
        content = b"x" * size
        (tmp_path / "a").write_bytes(content)
        assert durable.measure(tmp_path, "a") == durable.describe("a", content)


def test_a_tree_is_durable_from_its_leaves_to_its_own_name(tmp_path: Path, synced: list[tuple[str, list[str]]]) -> None:
    case = tmp_path / "case"
    (case / "exports" / "deep").mkdir(parents=True)
    (case / "log").mkdir()
    durable.sync_tree(case)
    order = [name for name, _ in synced]
    assert sorted(order[:3]) == ["deep", "exports", "log"]
    assert order.index("deep") < order.index("exports")
    assert order[3:] == ["case", tmp_path.name]
