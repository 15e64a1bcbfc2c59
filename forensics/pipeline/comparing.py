"""Compare what an analysis sealed with what a replay made: file by file, and inside tables row by row.

Equal bytes are equal. Parquet files that differ are compared by their rows as well: another version of the library that
writes them may spell the same rows in other bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from forensics.event_table import plain_rows

SAME, SAME_ROWS, DIFFERENT, MISSING, ADDED, NOT_REPEATED = (
    "same", "same_rows", "different", "missing", "added", "not_repeated",
)  # fmt: skip
AGREES = frozenset({SAME, SAME_ROWS, NOT_REPEATED})
_BATCH = 4_096
_PARTS = ("events", "rejections")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One file, or one table of several parts: both digests (SHA-256 hex, "" where there is none) and in what they differ.

    ``state``: same · same_rows (other bytes, equal rows) · different · missing (sealed, not made again) · added (made,
    not sealed) · not_repeated (this version does not make such a document from a case).
    """

    name: str
    state: str
    sealed: str
    replayed: str
    detail: str = ""


def compare(
    sealed: Mapping[str, str], original: Path, replayed: Mapping[str, str], working: Path
) -> tuple[Compared, ...]:
    """Compare two sets of files, path → SHA-256; ``original`` and ``working`` are the folders that hold them."""
    names = sorted({_table(path) for path in (*sealed, *replayed)})
    return tuple(_one(name, _of(name, sealed), original, _of(name, replayed), working) for name in names)


def _table(path: str) -> str:
    """Return the table that a file is a part of, or the file itself."""
    first = path.partition("/")[0]
    return f"{first}/" if first in _PARTS else path


def _of(name: str, files: Mapping[str, str]) -> dict[str, str]:
    return {path: digest for path, digest in sorted(files.items()) if _table(path) == name}


def _one(name: str, left: dict[str, str], original: Path, right: dict[str, str], working: Path) -> Compared:
    sealed, replayed = _digest(name, left), _digest(name, right)
    if not left or not right:
        return Compared(name=name, state=MISSING if left else ADDED, sealed=sealed, replayed=replayed)
    state, detail = SAME, ""
    if left != right:
        state, detail = _inside(name, [original / path for path in left], [working / path for path in right])
    return Compared(name=name, state=state, sealed=sealed, replayed=replayed, detail=detail)


def _digest(name: str, files: Mapping[str, str]) -> str:
    """Return the digest of a file; of a table of parts, that of the list ``sha256sum`` prints of them."""
    if not name.endswith("/"):
        return files.get(name, "")
    lines = "".join(f"{digest}  {path}\n" for path, digest in files.items())
    return hashlib.sha256(lines.encode()).hexdigest() if files else ""


def _inside(name: str, left: Sequence[Path], right: Sequence[Path]) -> tuple[str, str]:
    """Return the state of two differing files and, in words, where they differ."""
    if not all(path.is_file() for path in left):
        return DIFFERENT, "the sealed file was replaced since; its digest is in the log"
    if name.endswith(("/", ".parquet")):
        try:
            return _rows_told(_parquet_rows(left), _parquet_rows(right), equal=SAME_ROWS)
        except (OSError, ValueError, NotImplementedError) as error:  # as Arrow calls what is no table
            return DIFFERENT, f"the sealed table cannot be read: {str(error)[:200]}"
    if name.endswith(".jsonl"):
        return _rows_told(_lines(left), _lines(right), equal=DIFFERENT)
    return DIFFERENT, f"first other byte: {_first_other_byte(left[0], right[0])}"


def _rows_told(left: Iterator[Any], right: Iterator[Any], *, equal: str) -> tuple[str, str]:
    first, differing, nothing = 0, 0, object()
    for number, (one, other) in enumerate(zip_longest(left, right, fillvalue=nothing), 1):
        if one != other:
            differing += 1
            first = first or number
    if not differing:
        return equal, "equal rows in other bytes"
    return DIFFERENT, f"{differing:,} rows differ, the first is row {first:,}"


def _parquet_rows(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    for path in paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                yield from plain_rows(batch)


def _lines(paths: Sequence[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as file:
            yield from file


def _first_other_byte(left: Path, right: Path) -> int:
    """Return the number (from 0) of the first byte in which two files differ."""
    place = 0
    with left.open("rb") as one, right.open("rb") as other:
        while True:
            a, b = one.read(1 << 16), other.read(1 << 16)
            if a != b:
                return place + next(
                    (n for n, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), min(len(a), len(b))
                )
            if not a:
                return place
            place += len(a)


def digests(folder: Path) -> dict[str, str]:
    """Return the files below a folder, path → SHA-256."""
    found = {}
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        with path.open("rb") as stream:
            found[path.relative_to(folder).as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def read_document(path: Path) -> Any:
    """Read a JSON document, or ``None`` where it is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
