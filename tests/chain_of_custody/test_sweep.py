"""The every-byte claim, tested: a sealed case is damaged at every byte of every file, and no damage goes unnoticed."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody.verify import verify_case
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import EDITOR, KIT, act, forge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KIT_MODULE = sealed_case.kit_module()


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sealed_case.small(tmp_path_factory.mktemp("sweep") / "case")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def mutations(content: bytes) -> Iterator[bytes]:
    """Yield the content with a bit of each byte flipped; at each seventh, a byte more, a byte less, and cut off."""
    for at, byte in enumerate(content):
        yield content[:at] + bytes([byte ^ 1 << at % 8]) + content[at + 1 :]
        if at % 7 == 0:
            yield content[:at] + b"\n" + content[at:] if at % 2 else content[:at] + b" " + content[at:]
            yield content[:at] + content[at + 1 :]
            yield content[:at]
    yield content + b"\n"
    yield content + b"\x00"


def test_no_changed_byte_of_any_file_goes_unnoticed(case: Path) -> None:
    assert verify_case(case).ok
    assert not sealed_case.failed_by_kit(KIT_MODULE, case)
    tried, missed = 0, []
    for path in files(case):
        content = path.read_bytes()
        for number, changed in enumerate(mutations(content)):
            if changed == content:
                continue
            path.write_bytes(changed)
            tried += 1
            ours = [step.n for step in verify_case(case).steps if not step.ok]
            theirs = sealed_case.failed_by_kit(KIT_MODULE, case)
            if not ours or ours != theirs:
                missed.append((path.name, number, ours, theirs))
        path.write_bytes(content)
    assert verify_case(case).ok
    assert missed == []
    assert tried > 3_000


def structural(case: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Yield copies with a file removed, emptied, renamed, doubled or swapped with another, for every file."""
    names = [str(path.relative_to(case)) for path in files(case)]
    for number, name in enumerate(names):
        other = names[number - 1]
        for kind in ("removed", "emptied", "renamed", "doubled", "swapped"):
            copy = sealed_case.copy(case, scratch / f"{number}-{kind}")
            target = copy / name
            content = target.read_bytes()
            if kind == "removed":
                target.unlink()
            elif kind == "emptied":
                target.write_bytes(b"" if content else b"x")
            elif kind == "renamed":
                target.rename(target.with_name(target.name + "x"))
            elif kind == "doubled":
                shutil.copy(target, target.with_name(target.name + "2"))
            else:
                target.write_bytes((copy / other).read_bytes())
                (copy / other).write_bytes(content)
            yield f"{name} {kind}", copy


def test_no_file_is_removed_added_renamed_or_swapped_unnoticed(case: Path, tmp_path: Path) -> None:
    for what, copy in structural(case, tmp_path):
        ours = [step.n for step in verify_case(copy).steps if not step.ok]
        assert ours, what
        assert sealed_case.failed_by_kit(KIT_MODULE, copy) == ours, what


def test_history_rewritten_and_chained_anew_is_noticed_until_it_is_signed(case: Path, tmp_path: Path) -> None:
    copy = sealed_case.copy(case, tmp_path / "copy")
    note = (copy / "checkpoint").read_bytes()
    forge(copy, lambda lines: [lines[0], lines[2], lines[1]])
    forged = (copy / "checkpoint").read_bytes()
    (copy / "checkpoint").write_bytes(note)
    assert 6 in [step.n for step in verify_case(copy).steps if not step.ok]
    assert forged != note  # with the key, a rewritten log is only seen against a head kept elsewhere


def shell_mutations(case: Path) -> Iterator[tuple[str, str, bytes | None]]:
    """Yield about thirty damages: (what, path, content or None for removal)."""
    for path in files(case):
        name, content = str(path.relative_to(case)), path.read_bytes()
        middle = len(content) // 2
        if content:
            yield "bit", name, content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]
        yield "byte added", name, content + b"\n"
        if name in {"custody.jsonl", "checkpoint", "trust.policy"}:
            yield "cut", name, content[:-1]
            yield "NUL", name, content[:-2] + b"\x00" + content[-2:]
            yield "removed", name, None
    yield "added", "exhibits/more", b""
    yield "added", ".hidden", b"x"


def test_the_shell_finds_the_same(tmp_path: Path) -> None:
    case = sealed_case.small(tmp_path / "case")
    for number, (what, name, content) in enumerate(shell_mutations(case)):
        copy = sealed_case.copy(case, tmp_path / str(number))
        if content is None:
            (copy / name).unlink()
        else:
            (copy / name).write_bytes(content)
        done = subprocess.run(
            ["sh", KIT / "verify.sh", copy],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"]},
        )
        assert done.returncode == 4, (what, name, done.stdout, done.stderr)
        assert not done.stderr
        assert "does NOT verify" in done.stdout
    assert number > 24


def test_the_shell_agrees_at_every_small_size(tmp_path: Path) -> None:
    """Roots of odd and even trees, and several earlier checkpoints."""
    from forensics.chain_of_custody.log import Log

    case = sealed_case.small(tmp_path / "case")
    for _ in range(6):
        with Log.open(case) as log:
            log.seal([act("note")], EDITOR)
        report = verify_case(case)
        assert report.checkpoint is not None
        done = subprocess.run(["sh", KIT / "verify.sh", case], capture_output=True, text=True, check=True)
        assert f"root {report.checkpoint.root.hex()}\n" in done.stdout
