"""Sessions as JSON lines, many at once: the documented row of each (``docs/schemas/session.json``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import pyarrow as pa


class _Line(msgspec.Struct):
    """The keys of a documented row in their order."""

    schema: str
    id: str
    provider: str
    account: str
    address: str | None
    client: str
    device: str
    first: str
    last: str
    events: int
    role: str
    reasons: list[str]
    verdict: str


COLUMNS = tuple(name for name in _Line.__struct_fields__ if name != "schema")
"""The columns of the session table (``told_sessions``) that a line tells."""
_MOMENTS = frozenset({"first", "last"})
_DAY = 86_400 * 1_000_000


def session_lines(batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Yield whole lines of sessions in the order of the batches, which have ``COLUMNS``."""
    encode = msgspec.json.Encoder().encode_lines
    for batch in batches:
        columns: list[list[Any]] = [
            iso_texts(batch.column(name)) if name in _MOMENTS else batch.column(name).to_pylist() for name in COLUMNS
        ]
        yield encode([_Line("forensics/session/1", *row) for row in zip(*columns, strict=True)])


def iso_texts(column: pa.Array) -> list[str | None]:
    """Spell times in UTC as ``datetime.isoformat`` does: with a fraction only where there is one; no time is ``None``."""
    import numpy as np
    import pyarrow as pa

    counts = column.cast(pa.int64()).fill_null(0).to_numpy()
    whole = np.datetime_as_string((counts // 1_000_000).astype("datetime64[s]")).tolist()
    rest = (counts % 1_000_000).tolist()
    texts = [f"{text}.{part:06d}+00:00" if part else f"{text}+00:00" for text, part in zip(whole, rest, strict=True)]
    if column.null_count:
        return [text if valid else None for text, valid in zip(texts, column.is_valid().to_pylist(), strict=True)]
    return texts  # type: ignore[return-value] # no text is missing


def days(column: pa.Array) -> list[date | None]:
    """Return the days in UTC of times; no time has none."""
    import pyarrow as pa

    counts = column.cast(pa.int64()).fill_null(0).to_numpy() // _DAY
    found: list[date | None] = counts.astype("datetime64[D]").tolist()
    return [day if valid else None for day, valid in zip(found, column.is_valid().to_pylist(), strict=True)]
