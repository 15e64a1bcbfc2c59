"""Events put together by column: those in which rows are alike are spread from few events, the others are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from forensics.event_table import column_of, event_schema
from forensics.ingest import fields
from forensics.ingest.text_cells import array_of, constant_of, enum_of

if TYPE_CHECKING:
    from forensics.ingest.byte_windows import Ints
    from forensics.model import Event

_SHORT = 64
"""Characters of a text that may be kept as a column for the next batches."""


def spread(samples: Sequence[Event], which: Ints, own: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """Return events of which each is like one of the samples (``which``) but for the columns of its own."""
    schema = event_schema()
    arrays = [
        own[item.name] if item.name in own else _column(item.type, [getattr(one, item.name) for one in samples], which)
        for item in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _column(kind: pa.DataType, values: list[Any], which: Ints) -> pa.Array:
    number = {value: at for at, value in enumerate(dict.fromkeys(values))}
    distinct = list(number)
    if len(distinct) == 1 and (distinct[0] is None or (isinstance(distinct[0], str) and len(distinct[0]) <= _SHORT)):
        return constant_of(kind, distinct[0], len(which))
    numbers = np.array([number[value] for value in values], np.int64)[which]
    if pa.types.is_dictionary(kind):
        return enum_of(numbers, distinct)
    return column_of(distinct, kind).take(array_of(numbers))


def times(micros: Ints, odd: Mapping[int, Event]) -> pa.Array:
    """Return times, given as µs since 1970, as a column; rows that are ``odd`` have that of their event, or none."""
    undated = []
    for at, event in odd.items():
        if event.time is None:
            undated.append(at)
        else:
            micros[at] = (event.time - fields.EPOCH_START) // fields.MICROSECOND
    valid = np.ones(len(micros), np.bool_)
    valid[undated] = False
    return array_of(micros, valid).cast(event_schema().field("time").type)
