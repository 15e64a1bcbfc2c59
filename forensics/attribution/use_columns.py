"""The uses of a batch in columns: numbers for texts, times, and how they are cut into sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from forensics.digests import Digests, hexadecimal
from forensics.model import Kind

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_ID_LENGTH = 32


def numbered(column: Any) -> tuple[NDArray[np.int32], list[Any]]:
    """Return a number for each value of a column, and the values by number; ``None`` is a value like any other."""
    encoded = column.dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary.to_pylist()


def each(column: Any, test: Callable[[Any], object]) -> NDArray[np.bool_]:
    """Ask every distinct value of a column once; return the answer for each row."""
    import numpy as np

    codes, values = numbered(column)
    found: NDArray[np.bool_] = np.array([bool(test(value)) for value in values], dtype=bool)[codes]
    return found


def changes(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Say of each row whether provider, account or address differ from the row before; of the first, that they do not."""
    import numpy as np

    changed = np.zeros(batch.num_rows, dtype=bool)
    for name in ("provider", "account", "address"):
        codes, _ = numbered(batch.column(name))
        changed[1:] |= codes[1:] != codes[:-1]
    return changed


def pairs(batch: pa.RecordBatch, text_of: Callable[[str, str], str]) -> tuple[NDArray[np.int64], list[str]]:
    """Return a text for each row that depends on its device and user agent alone: numbers, and the texts by number."""
    import numpy as np

    device, devices = numbered(batch.column("device"))
    agent, agents = numbered(batch.column("user_agent"))
    pairs, codes = np.unique(device.astype(np.int64) * len(agents) + agent, return_inverse=True)
    places: dict[str, int] = {}
    found = [
        places.setdefault(text_of(devices[pair // len(agents)], agents[pair % len(agents)]), len(places))
        for pair in pairs.tolist()
    ]
    return np.array(found, dtype=np.int64)[codes], list(places)


def fixed_width(column: Any) -> NDArray[np.uint8] | None:
    """Return ids as rows of bytes, each with a line feed behind it; ``None`` if one is of another length."""
    import numpy as np
    import pyarrow as pa

    ids = column.cast(pa.string())
    offsets = np.frombuffer(ids.buffers()[1], dtype=np.int32)[ids.offset : ids.offset + len(ids) + 1]
    if not (np.diff(offsets) == _ID_LENGTH).all():
        return None
    written = np.frombuffer(ids.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    lines = np.full((len(ids), _ID_LENGTH + 1), ord("\n"), dtype=np.uint8)
    lines[:, :-1] = written.reshape(-1, _ID_LENGTH)
    return lines


def times_of(uses: pa.RecordBatch) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the time of each use, its end (where it has none, its time), and whether it has one."""
    import numpy as np

    time, end = uses.column("time").to_numpy(), uses.column("time_end")
    has_end = end.is_valid().to_numpy(zero_copy_only=False)
    return time, np.where(has_end, end.fill_null(0).to_numpy(zero_copy_only=False), time), has_end


def attested_of(uses: pa.RecordBatch) -> NDArray[np.int64]:
    """Return when each row says that its address was in use: of a listed session it is the last use, not the first."""
    import numpy as np

    time, end, _ = times_of(uses)
    return np.where(each(uses.column("kind"), lambda name: name == Kind.SESSION), end, time)


class Cut(NamedTuple):
    """Uses in the order of their sessions, their ids as lines, and where each session begins."""

    uses: pa.RecordBatch
    ids: NDArray[np.uint8]
    starts: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many uses each session has."""
        import numpy as np

        return np.diff(self.starts, append=self.uses.num_rows)

    def any(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say of each session whether one of its uses is among these."""
        import numpy as np

        found: NDArray[np.bool_] = np.logical_or.reduceat(rows, self.starts)
        return found

    def first(self, name: str) -> pa.Array:
        """Return the first text of each session that is not empty, or ""."""
        import pyarrow as pa

        column = self.uses.column(name)
        return column.take(pa.array(self.first_of(each(column, bool))))

    def first_of(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the first of these rows in each session; its first row where there is none."""
        import numpy as np

        far = np.where(rows, np.arange(len(rows)), len(rows))
        found = np.minimum.reduceat(far, self.starts)
        return np.where(found == len(rows), self.starts, found)

    def names(self) -> list[str]:
        """Return the ids of the sessions: digests of the ids of their uses, a line each."""
        import numpy as np
        import pyarrow as pa

        width = _ID_LENGTH + 1
        begins = self.starts * width
        edges = np.stack([begins, begins + self.counts * width - 1], axis=1).astype(np.int32)  # then a line end
        edges = np.append(edges, np.int32(self.ids.size))
        lines = pa.py_buffer(np.ascontiguousarray(self.ids))
        texts = pa.StringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges), lines)
        return [f"S-{name}" for name in hexadecimal(Digests().column(texts, 2)[:, :6]).to_pylist()]
