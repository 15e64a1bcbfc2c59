"""The every-byte claim as a program: ``make custody-sweep`` damages a sealed case in every way below and counts.

    python -m tests.chain_of_custody.sweep [--quick] [--every N]

Each file of a sealed case (log, checkpoints, keys, policy, cosignature, exhibits, report): every bit flipped; at every
place a byte more (LF, space, NUL) and a byte less; cut off at every place; removed, emptied, renamed, doubled, swapped
with every other file; then the forgeries of ``forgeries``. Each damage is shown to ``verify_case`` and to the kit's
``verify.py``, which have to refuse it at the same steps. ``--every 17`` tries each seventeenth, ``--quick`` is that.
What verifies although it is forged is listed, with what has to be kept elsewhere to see it.
"""

# ruff: noqa: T201 - a program that prints its table

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.chain_of_custody.verify import Expected, verify_case
from tests.chain_of_custody import forgeries, sealed_case

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = 97
"""Every how many damages the quick sweep tries."""

Missed = tuple[str, str, list[int], list[int]]


def bytewise(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield every damage to the bytes of one file, by kind."""
    for at, byte in enumerate(content):
        for bit in range(8):
            yield "bit flipped", content[:at] + bytes([byte ^ 1 << bit]) + content[at + 1 :]
    for at in range(len(content) + 1):
        for more in (b"\n", b" ", b"\x00"):
            yield "byte inserted", content[:at] + more + content[at:]
    for at in range(len(content)):
        yield "byte deleted", content[:at] + content[at + 1 :]
        yield "cut off", content[:at]


def files(folder: Path) -> list[str]:
    """Return the paths of a case, sorted."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def judged(folder: Path) -> tuple[list[int], list[int]]:
    """Return the failed steps as our verifier and as the kit's see them."""
    ours = [step.n for step in verify_case(folder).steps if not step.ok]
    return ours, sealed_case.failed_by_kit(sealed_case.kit_module(), folder)


def sweep_bytes(source: Path, name: str, every: int, offset: int = 0) -> tuple[Counter[str], list[Missed]]:
    """Try every n-th damage to one file; (tried by kind, what was not refused by both at the same steps)."""
    tried: Counter[str] = Counter()
    missed: list[Missed] = []
    kit = sealed_case.kit_module()
    with tempfile.TemporaryDirectory(dir=_memory()) as scratch:
        folder = sealed_case.copy(source, Path(scratch) / "case")
        content = (folder / name).read_bytes()
        for number, (kind, changed) in enumerate(bytewise(content)):
            if number % every != offset % every or changed == content:
                continue
            (folder / name).write_bytes(changed)
            tried[kind] += 1
            ours = [step.n for step in verify_case(folder).steps if not step.ok]
            theirs = sealed_case.failed_by_kit(kit, folder)
            if not ours or ours != theirs:
                missed.append((f"{name}, {kind}", str(number), ours, theirs))
    return tried, missed


def sweep_files(source: Path) -> tuple[Counter[str], list[Missed]]:
    """Remove, empty, rename, double and swap files, and add files and folders in every folder."""
    tried: Counter[str] = Counter()
    missed: list[Missed] = []
    names = files(source)
    folders = sorted({"", *(name.rpartition("/")[0] for name in names)})
    wanted = [(kind, name, "") for kind in ("removed", "emptied", "renamed", "doubled", "linked") for name in names]
    wanted += [("swapped", one, other) for at, one in enumerate(names) for other in names[:at]]
    wanted += [(kind, folder, "") for kind in ("file added", "hidden file added", "folder added") for folder in folders]
    for kind, name, other in wanted:
        with tempfile.TemporaryDirectory(dir=_memory()) as scratch:
            folder = sealed_case.copy(source, Path(scratch) / "case")
            if not _damage(folder, kind, name, other):
                continue
            tried[kind] += 1
            ours, theirs = judged(folder)
            if not ours or ours != theirs:
                missed.append((f"{name} {kind} {other}".strip(), "", ours, theirs))
    return tried, missed


def _damage(folder: Path, kind: str, name: str, other: str) -> bool:
    """Damage a copy; whether it is another case now (two equal files swapped are not)."""
    target = folder / name
    if kind == "removed":
        target.unlink()
    elif kind == "emptied":
        target.write_bytes(b"")
    elif kind == "renamed":
        target.rename(target.with_name(f"{target.name}x"))
    elif kind == "doubled":
        shutil.copy(target, target.with_name(f"{target.name}2"))
    elif kind == "linked":
        target.rename(folder.parent / "away")
        target.symlink_to(folder.parent / "away")
    elif kind == "swapped":
        first, second = target.read_bytes(), (folder / other).read_bytes()
        target.write_bytes(second)
        (folder / other).write_bytes(first)
        return first != second
    elif kind == "folder added":
        (target / "more").mkdir()
    else:
        (target / (".more" if kind == "hidden file added" else "more")).write_bytes(b"")
    return True


def sweep_forgeries(source: Path) -> tuple[Counter[str], list[Missed]]:
    """Try the forgeries that need no key of the case."""
    tried: Counter[str] = Counter()
    missed: list[Missed] = []
    for name, forgery in forgeries.FORGERIES.items():
        if not (source / "verify").is_dir() and "kit" in name:
            continue
        with tempfile.TemporaryDirectory(dir=_memory()) as scratch:
            folder = sealed_case.copy(source, Path(scratch) / "case")
            forgery(folder)
            tried["forged"] += 1
            ours, theirs = judged(folder)
            if not ours or ours != theirs:
                missed.append((name, "", ours, theirs))
    return tried, missed


def sweep_outside(source: Path) -> list[tuple[str, bool, dict[str, bool]]]:
    """Name, whether it verifies by itself, and by what kept elsewhere it is found, of each forgery by a key holder."""
    good = verify_case(source).checkpoint
    assert good is not None
    kept = {
        "printed size and root": Expected(size=good.size, root=good.root.hex()),
        "remembered head": Expected(seen=good),
        "own policy with witness": Expected(policy=(source / "trust.policy").read_text(encoding="ascii")),
    }
    told = []
    for name, forgery in forgeries.OUTSIDE.items():
        with tempfile.TemporaryDirectory(dir=_memory()) as scratch:
            folder = sealed_case.copy(source, Path(scratch) / "case")
            forgery(folder)
            found = {what: not verify_case(folder, expected).ok for what, expected in kept.items()}
            told.append((name, verify_case(folder).ok, found))
    return told


def _memory() -> str | None:
    """Return a folder in memory where there is one: nothing here has to last."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a folder of our own inside


def run(every: int, workers: int) -> int:
    """Print the table; 0 if nothing went unnoticed."""
    tried: Counter[str] = Counter()
    missed: list[Missed] = []
    with tempfile.TemporaryDirectory(dir=_memory()) as base:
        case = forgeries.make(Path(base) / "case", kit=False)
        assert judged(case) == ([], [])
        names = files(case)
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            waiting = [
                pool.submit(sweep_bytes, case, name, every * workers, part * every)
                for name in names
                for part in range(workers)
            ]
            waiting += [pool.submit(sweep_files, case), pool.submit(sweep_forgeries, case)]
            for one in waiting:
                more, unseen = one.result()
                tried += more
                missed += unseen
        outside = sweep_outside(case)
        total = sum((Path(case) / name).stat().st_size for name in names)
    print(f"case of {len(names)} files, {total} bytes; every damage{f' number n*{every}' if every > 1 else ''}")
    for kind, count in sorted(tried.items()):
        print(f"{kind:20} {count:8}")
    print(f"{'mutations tried':20} {sum(tried.values()):8}\n{'undetected':20} {len(missed):8}")
    for where, number, ours, theirs in missed:
        print(f"  {where} {number}: ours {ours}, verify.py {theirs}")
    print("Forged by a key holder, so that nothing inside the folder shows it; found with:")
    for name, alone, found in outside:
        print(f"  {name}: {', '.join(what for what, seen in found.items() if seen)}{'' if alone else ' (and alone)'}")
    open_still = any(not all(found.values()) for _, _, found in outside)
    return 1 if missed or open_still else 0


def main() -> int:
    """Read the options."""
    parser = argparse.ArgumentParser(description="Damage a sealed case in every way and count what goes unnoticed.")
    parser.add_argument("--quick", action="store_true", help=f"the same as --every {QUICK}")
    parser.add_argument("--every", type=int, default=1, help="try each n-th damage of the bytes")
    options = parser.parse_args()
    return run(QUICK if options.quick else options.every, os.cpu_count() or 1)


if __name__ == "__main__":
    sys.exit(main())
