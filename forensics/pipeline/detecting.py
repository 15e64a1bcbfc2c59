"""Put the questions of detectors to the tables of a case that is being judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

MOST_ROWS = 100_000
"""Rows of one answer: a question that gives more does not group enough."""


class Questions:
    """The tables of one case, as something that detectors may ask."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Ask over the connection of a judgement; its views ``facts`` and ``sessions`` exist."""
        self._connection = connection

    def __call__(self, question: str, /, **values: object) -> Sequence[Mapping[str, Any]]:
        """Return the rows of an answer; raise ``ValueError`` where a question does not bound them."""
        with self._connection.cursor() as cursor:
            reader = cursor.sql(question, params=values or None).to_arrow_reader(4_096)
            rows: list[Mapping[str, Any]] = []
            for batch in reader:
                rows += [{name: _utc(value) for name, value in row.items()} for row in batch.to_pylist()]
                if len(rows) > MOST_ROWS:
                    message = "a question of a detector must bound its answer"
                    raise ValueError(message)
        return rows


def _utc(value: Any) -> Any:
    """Give times our own zone object, in structs and lists, too."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, dict):
        return {name: _utc(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_utc(item) for item in value]
    return value
