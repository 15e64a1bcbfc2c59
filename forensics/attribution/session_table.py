"""Sessions as a table: the columns in which a case keeps them while it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from forensics.model import Act, Session

if TYPE_CHECKING:
    import pyarrow as pa

PLAIN = (
    "id", "provider", "account", "address", "client", "device", "first", "last", "events", "opening", "role", "reasons",
    "starts", "entered", "ports", "seen",
)  # fmt: skip
"""Columns that are attributes of a session."""
PLACES = ("exhibits", "members", "places")
"""The parts of a session's places, a list each."""
ACTS = ("act_ids", "act_times", "act_actions", "act_texts")
"""The parts of a session's acts, a list each."""


@cache
def schema() -> pa.Schema:
    """Return the columns with their types; times are microseconds since 1970 UTC."""
    import pyarrow as pa

    moment, text, texts = pa.timestamp("us", tz="UTC"), pa.string(), pa.list_(pa.string())
    kinds = {
        **dict.fromkeys(PLAIN, text), "first": moment, "last": moment, "seen": moment, "events": pa.int64(), "reasons": texts,
        "starts": pa.bool_(), "entered": pa.bool_(), "ports": pa.bool_(),
        **dict.fromkeys(PLACES, texts), **dict.fromkeys(ACTS, texts), "act_times": pa.list_(moment),
    }  # fmt: skip
    return pa.schema(list(kinds.items()))


def table_of(sessions: Sequence[Session]) -> pa.RecordBatch:
    """Turn sessions into rows of the table."""
    import pyarrow as pa

    columns: dict[str, list[Any]] = {name: [getattr(item, name) for item in sessions] for name in PLAIN}
    for name, attribute in zip(PLACES, ("exhibit", "member", "place"), strict=True):
        columns[name] = [[getattr(place, attribute) for place in item.places] for item in sessions]
    for name, attribute in zip(ACTS, Act._fields, strict=True):
        columns[name] = [[getattr(act, attribute) for act in item.acts] for item in sessions]
    arrays = [pa.array(columns[item.name], type=item.type) for item in schema()]
    return pa.RecordBatch.from_arrays(arrays, schema=schema())
