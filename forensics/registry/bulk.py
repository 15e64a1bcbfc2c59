"""Millions of addresses against millions of records: flattened intervals with nesting, searched by numpy.

The blocks of all records (``indicator.blocks``) are laminar: two are nested or apart. Their edges cut the address space
into segments, each with its innermost block; every block knows the next wider one. One binary search over sorted
addresses finds the segments, one pass per level of nesting collects *every* enclosing record.

Days are no part of the index: each pair of an address and a record is filtered by record time (``known_at``) and put
into its window (``at``) afterwards, by the rules of ``window.classify``. So one index, kept on disk under the digest of
the registry and opened by mapping it into memory, answers for every day.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.errors import DataError, StorageError
from forensics.registry.indicator import NETWORKS, blocks, span
from forensics.registry.window import AFTER, BEFORE, INSIDE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from forensics.model import Record

FORM = "1"
"""Changes when the files of a kept index change."""
WINDOWS = (UNKNOWN, INSIDE, BEFORE, AFTER)
_NONE, _NEVER = 0, 2**31 - 1
_V4, _V6 = 4, 6
_DAYS = ("recorded", "superseded", "valid_from", "valid_until")
_TREE = ("points", "innermost", "parents", "first_row", "rows")
_OBSERVED_BITS = 22  # days up to the year 9999 fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Pairs of an address (its place in the input) and a record (its place in the registry's order).

    The pairs of one address come the narrowest block first, but not together: ``grouped`` sorts them. ``windows`` are
    places in ``WINDOWS``.
    """

    addresses: NDArray[np.int64]
    records: NDArray[np.int32]
    windows: NDArray[np.int8]

    def grouped(self) -> Matches:
        """Return the same pairs in the order of the input, the narrowest block first."""
        import numpy as np

        order = np.argsort(self.addresses, kind="stable")
        return Matches(addresses=self.addresses[order], records=self.records[order], windows=self.windows[order])


@dataclass(frozen=True, slots=True)
class BulkIndex:
    """The arrays of an index: a tree for each IP version, days by record, and the ids of the records."""

    held: dict[str, Any]

    def match(
        self, addresses: Any, *, version: int = _V4, at: date | Any = None, known_at: date | None = None
    ) -> Matches:
        """Match addresses: integers (uint32) for version 4, 16 network bytes each (``S16``) for version 6.

        ``at`` is one day, or an array of proleptic ordinals, one an address. Superseded versions match only when
        ``known_at`` asks for their time.
        """
        import numpy as np

        places, blocks_hit = self._innermost(addresses, version)
        first, rows, parents = (self.held[f"{name}{version}"] for name in ("first_row", "rows", "parents"))
        found_places, found_rows = [], []
        alone = len(rows) == len(parents)  # every block belongs to one record
        while len(places):
            if alone:
                found_places.append(places)
                found_rows.append(rows[blocks_hit])
            else:
                counts = first[blocks_hit + 1] - first[blocks_hit]
                found_places.append(np.repeat(places, counts))
                begin = np.repeat(first[blocks_hit] - (np.cumsum(counts) - counts), counts)
                found_rows.append(rows[begin + np.arange(len(begin))])
            blocks_hit = parents[blocks_hit]
            kept = blocks_hit >= 0
            places, blocks_hit = places[kept], blocks_hit[kept]
        return self._dated(_joined(found_places, np.int64), _joined(found_rows, np.int32), at, known_at)

    def match_text(self, texts: Sequence[str], *, at: date | Any = None, known_at: date | None = None) -> Matches:
        """Match addresses written as strict text, both versions mixed.

        Raises:
            OSError: a text is no address.
        """
        import numpy as np

        found = []
        sixth = np.fromiter((":" in text for text in texts), dtype=bool, count=len(texts))
        for version, chosen in ((_V4, ~sixth), (_V6, sixth)):
            places = np.flatnonzero(chosen)
            if not len(places):
                continue
            some = texts if len(places) == len(texts) else [texts[place] for place in places.tolist()]
            day = at[places] if isinstance(at, np.ndarray) else at
            part = self.match(packed(some, version), version=version, at=day, known_at=known_at)
            found.append((places[part.addresses], part.records, part.windows))
        if not found:
            return Matches(addresses=_joined([], np.int64), records=_joined([], np.int32), windows=_joined([], np.int8))
        columns = [np.concatenate(column) for column in zip(*found, strict=True)]
        return Matches(addresses=columns[0], records=columns[1], windows=columns[2])

    def ids(self, rows: Iterable[int]) -> list[str]:
        """Return the ids of records by their places."""
        return [bytes(self.held["ids"][row]).decode() for row in rows]

    def _innermost(self, addresses: Any, version: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the places of the addresses that lie in a block, ascending by address, and their innermost blocks."""
        import numpy as np

        points = self.held[f"points{version}"]
        if not len(points) or not len(addresses):
            return np.empty(0, np.int64), np.empty(0, np.int32)
        order = _ascending(np.asarray(addresses), version)
        values = addresses[order]
        segments = np.searchsorted(points, values, side="right") - 1
        found = self.held[f"innermost{version}"][segments]
        found[segments < 0] = -1
        kept = found >= 0
        return order[kept], found[kept]

    def _dated(self, places: Any, rows: Any, at: Any, known_at: date | None) -> Matches:
        import numpy as np

        superseded = self.held["superseded"][rows]
        day = _NEVER if known_at is None else known_at.toordinal()
        kept = (superseded == _NEVER) if known_at is None else (self.held["recorded"][rows] <= day) & (day < superseded)
        if not kept.all():
            places, rows = places[kept], rows[kept]
        windows = np.zeros(len(rows), np.int8)
        if at is not None:
            asked = at.toordinal() if isinstance(at, date) else np.asarray(at)[places]
            windows = self._windows(rows, asked)
        return Matches(addresses=places, records=rows, windows=windows)

    def _windows(self, rows: Any, day: Any) -> NDArray[np.int8]:
        """Return the window of a day for each record, as ``window.classify`` says."""
        import numpy as np

        start, end = self.held["valid_from"][rows], self.held["valid_until"][rows]
        inside = (start != _NONE) & (end != _NONE)
        after, before = (end != _NONE) & (day >= end), (start != _NONE) & (day < start)
        windows: NDArray[np.int8] = inside.astype(np.int8)
        windows[after] = 3
        windows[before] = 2
        windows[self._seen(rows, day)] = 1
        return windows

    def _seen(self, rows: Any, day: Any) -> NDArray[np.bool_]:
        """Return which records were observed on the very day."""
        import numpy as np

        observed = self.held["observed"]
        if not len(observed):
            return np.zeros(len(rows), bool)
        keys = (rows.astype(np.int64) << _OBSERVED_BITS) | day
        near = np.minimum(np.searchsorted(observed, keys), len(observed) - 1)
        return np.asarray(observed[near] == keys)


def packed(texts: Sequence[str], version: int) -> Any:
    """Return the addresses of strict texts as ``match`` wants them."""
    import numpy as np

    family = socket.AF_INET if version == _V4 else socket.AF_INET6
    data = b"".join(map(partial(socket.inet_pton, family), texts))
    return np.frombuffer(data, ">u4").astype(np.uint32) if version == _V4 else np.frombuffer(data, "S16")


def build(records: Iterable[Record]) -> BulkIndex:
    """Return the index of records in their order; those that name no addresses are never matched."""
    import numpy as np

    ids: list[bytes] = []
    days: dict[str, list[int]] = {name: [] for name in _DAYS}
    observed: list[int] = []
    held: dict[int, dict[tuple[int, int], list[int]]] = {_V4: {}, _V6: {}}
    for row, record in enumerate(records):
        ids.append(record.id.encode())
        days["recorded"].append(record.recorded_at.toordinal())
        days["superseded"].append(record.superseded_at.toordinal() if record.superseded_at else _NEVER)
        days["valid_from"].append(record.valid_from.toordinal() if record.valid_from else _NONE)
        days["valid_until"].append(record.valid_until.toordinal() if record.valid_until else _NONE)
        observed += [row << _OBSERVED_BITS | day.toordinal() for day in record.observed_at]
        if record.kind in NETWORKS:
            found = span(record.network)
            bits = 32 if found.version == _V4 else 128
            for first, length in blocks(found):
                # The wider block of one start comes first in order: its end is written as a negative number.
                held[found.version].setdefault((first, 1 - first - (1 << (bits - length))), []).append(row)
    made = {name: np.array(values, np.int32) for name, values in days.items()}
    made |= {"ids": np.array(ids, "S"), "observed": np.array(observed, np.int64)}
    for version, found_blocks in held.items():
        made |= {f"{name}{version}": value for name, value in _tree(found_blocks, version).items()}
    return BulkIndex(made)


def kept(folder: Path, digest: str) -> BulkIndex | None:
    """Open the index that was kept for a registry of this digest, mapped into memory; ``None`` where there is none.

    Raises:
        DataError: the files are damaged.
    """
    import numpy as np

    place = folder / f"{digest}-{FORM}"
    if not place.is_dir():
        return None
    names = (*_DAYS, "ids", "observed", *(f"{name}{version}" for version in (_V4, _V6) for name in _TREE))
    try:
        return BulkIndex({name: np.load(place / f"{name}.npy", mmap_mode="r") for name in names})
    except (OSError, ValueError, EOFError) as error:
        raise DataError("the kept index is damaged", where=place.name, hint="Remove that folder") from error


def keep(index: BulkIndex, folder: Path, digest: str) -> None:
    """Keep an index for the next time; whoever is first wins, nobody sees half of it.

    Raises:
        StorageError: the folder cannot be written.
    """
    import numpy as np

    target = folder / f"{digest}-{FORM}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial_ = Path(tempfile.mkdtemp(prefix=".index-", dir=folder))
        for name, values in index.held.items():
            np.save(partial_ / f"{name}.npy", values, allow_pickle=False)
        try:
            os.replace(partial_, target)  # noqa: PTH105 - a folder that exists and is full is refused by the system
        except OSError:
            shutil.rmtree(partial_, ignore_errors=True)
            if not target.is_dir():
                raise
    except OSError as error:
        raise StorageError(
            f"cannot keep the index: {error.strerror}", where=folder.name, hint="Free space or check permissions"
        ) from error


def _tree(held: dict[tuple[int, int], list[int]], version: int) -> dict[str, Any]:
    """Return the segments and nesting of blocks given as (first, -last)."""
    import numpy as np

    ordered = sorted(held)
    starts, ends = [start for start, _ in ordered], [-end for _, end in ordered]
    parents = np.array(_parents(starts, ends), np.int32)
    rows = [held[key] for key in ordered]
    first_row = np.zeros(len(ordered) + 1, np.int64)
    first_row[1:] = np.cumsum([len(found) for found in rows])
    top = 2**32 if version == _V4 else 2**128
    cuts = sorted({*starts, *(end + 1 for end in ends if end + 1 < top)})
    keys, begin, end = (_keys(values, version) for values in (cuts, starts, ends))
    innermost = (np.searchsorted(begin, keys, side="right") - 1).astype(np.int32)
    while len(innermost):
        outside = innermost >= 0
        outside[outside] = end[innermost[outside]] < keys[outside]
        if not outside.any():
            break
        innermost[outside] = parents[innermost[outside]]
    return {
        "points": keys,
        "innermost": innermost,
        "parents": parents,
        "first_row": first_row,
        "rows": np.array([row for found in rows for row in found], np.int32),
    }


def _ascending(addresses: Any, version: int) -> NDArray[np.int64]:
    """Return the places of the addresses in ascending order. Sixteen bits at a time are sorted by counting, not comparing."""
    import numpy as np

    if version != _V4:
        return np.argsort(addresses, kind="stable")
    low = np.argsort((addresses & np.uint32(0xFFFF)).astype(np.uint16), kind="stable")
    high = (addresses >> np.uint32(16)).astype(np.uint16)
    return np.asarray(low[np.argsort(high[low], kind="stable")])


def _parents(starts: list[int], ends: list[int]) -> list[int]:
    """Return for each block, by start and the wider first, the next wider one, or -1."""
    parents: list[int] = []
    around: list[int] = []
    for index, start in enumerate(starts):
        while around and ends[around[-1]] < start:
            around.pop()
        parents.append(around[-1] if around else -1)
        around.append(index)
    return parents


def _keys(values: list[int], version: int) -> Any:
    import numpy as np

    if version == _V4:
        return np.array(values, np.uint32)
    return np.frombuffer(b"".join(value.to_bytes(16) for value in values), "S16")


def _joined(parts: list[Any], kind: Any) -> Any:
    import numpy as np

    return np.concatenate(parts) if parts else np.empty(0, kind)
