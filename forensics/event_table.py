"""The event table: the columnar form of ``Event``, generated from the dataclass, and its Parquet parts.

Between stages events travel as this table. A part is one Parquet file with the events of one member, in the order of
the evidence; it is written to a temporary name and renamed, so an interrupted run leaves no half part.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from forensics.model import Event, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def schema_of(kind: type) -> pa.Schema:
    """Return the Arrow schema of a row type: text, µs UTC timestamps, unsigned 16-bit ports; enums are dictionaries."""
    import pyarrow as pa

    hints = typing.get_type_hints(kind)
    fields = []
    for item in dataclasses.fields(kind):
        hint, nullable = _plain(hints[item.name])
        if hint is datetime:
            arrow = pa.timestamp("us", tz="UTC")
        elif hint is int:
            arrow = pa.uint16()
        elif isinstance(hint, type) and issubclass(hint, StrEnum):
            arrow = pa.dictionary(pa.int8(), pa.string())
        else:
            arrow = pa.string()
        fields.append(pa.field(item.name, arrow, nullable=nullable))
    return pa.schema(fields)


def _plain(hint: Any) -> tuple[Any, bool]:
    """Split ``X | None`` into (X, nullable)."""
    if isinstance(hint, types.UnionType):
        inner = [part for part in typing.get_args(hint) if part is not type(None)]
        return inner[0], True
    return hint, False


def event_schema() -> pa.Schema:
    """Return the schema of the event table."""
    return schema_of(Event)


def rejection_schema() -> pa.Schema:
    """Return the schema of the rejection table."""
    return schema_of(Rejection)


def to_batch(rows: Iterable[Event] | Iterable[Rejection], schema: pa.Schema) -> pa.RecordBatch:
    """Turn rows into one batch."""
    return values_to_batch(map(attrgetter(*schema.names), rows), schema)


def values_to_batch(rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    r"""Turn row values into one batch. Lone surrogates, which no UTF-8 file can hold, are written as ``\\udXXX``."""
    import pyarrow as pa

    held = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [column_of(column, item.type) for column, item in zip(held, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def column_of(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return values as a column of the event table, whatever text they hold."""
    import pyarrow as pa

    textual = pa.types.is_dictionary(kind) or pa.types.is_string(kind)
    if not textual:
        return pa.array(values, type=kind)
    try:
        column = pa.array(values, type=pa.string())
    except UnicodeEncodeError:
        clean = [None if value is None else str(value).encode("utf-8", "backslashreplace").decode() for value in values]
        column = pa.array(clean, type=pa.string())
    return column.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else column


def plain_rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return the rows of a batch; its times in UTC, which Arrow itself would look up in a calendar one by one."""
    columns = [moments(column) for column in batch.columns]
    return [dict(zip(batch.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def moments(column: pa.Array) -> list[Any]:
    """Return the values of a column; times in UTC as ``plain_rows`` gives them."""
    import pyarrow as pa

    if column.type != pa.timestamp("us", tz="UTC"):
        found: list[Any] = column.to_pylist()
        return found
    counts = column.cast(pa.int64()).to_pylist()
    return [None if count is None else EPOCH + timedelta(0, 0, count) for count in counts]
