"""Rows of the table of sessions as values, and the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from forensics.attribution.material import MAX_BASIS
from forensics.attribution.sequence import Begun
from forensics.attribution.session_table import ACTS, PLACES, schema
from forensics.event_table import moments
from forensics.model import Act, Action, Place, Role, Session

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

GROUP_ROWS = 16_384
BEGUN = ("id", "provider", "account", "role", "starts", "first", "last")
"""The columns of a ``Begun``, beside its acts."""


def first_places(rows: Iterable[Mapping[str, Any]]) -> tuple[Place, ...]:
    """Return the places of sessions, each once, as many as a finding cites."""
    return tuple(islice(dict.fromkeys(chain.from_iterable(map(_placed, rows))), MAX_BASIS))


def _placed(row: Mapping[str, Any]) -> Iterator[Place]:
    for exhibit, member, place in zip(*(row[name] for name in PLACES), strict=True):
        yield Place(exhibit=exhibit, member=member, place=place)


def session(row: Mapping[str, Any]) -> Session:
    """Turn a table row back into a session."""
    acts = zip(*(row[name] for name in ACTS), strict=True) if ACTS[0] in row else ()
    return Session(
        id=row["id"],
        provider=row["provider"],
        account=row["account"],
        address=row["address"],
        client=row["client"],
        device=row["device"],
        first=row["first"].astimezone(UTC),
        last=row["last"].astimezone(UTC),
        events=row["events"],
        opening=Action(row["opening"]),
        role=Role(row["role"]),
        reasons=tuple(row["reasons"]),
        starts=row["starts"],
        entered=row["entered"],
        ports=row["ports"],
        seen=row["seen"].astimezone(UTC) if row["seen"] else None,
        places=tuple(_placed(row)) if PLACES[0] in row else (),
        acts=tuple(Act(name, time.astimezone(UTC), Action(action), text) for name, time, action, text in acts),
    )


def begun(batch: pa.RecordBatch) -> Iterator[Begun]:
    """Yield what sequences ask of the sessions of a batch with the columns ``BEGUN`` and ``ACTS``."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    acts = _acts([columns[name] for name in ACTS])
    first, last = moments(columns["first"]), moments(columns["last"])
    names = (columns[name].to_pylist() for name in BEGUN if name not in {"first", "last"})
    for one, provider, account, role, starts, low, high, held in zip(*names, first, last, acts, strict=True):
        yield Begun(one, provider, account, Role(role), low, high, starts, held)


def _acts(columns: Sequence[pa.ListArray]) -> Iterator[tuple[Act, ...]]:
    """Yield the acts of each session; the columns are those of ``ACTS``."""
    names, times, actions, texts = (column.flatten() for column in columns)
    kinds = [Action(action) for action in actions.to_pylist()]
    whole = [*map(Act._make, zip(names.to_pylist(), moments(times), kinds, texts.to_pylist(), strict=True))]
    end = 0
    for number in columns[0].value_lengths().to_pylist():
        start, end = end, end + number
        yield tuple(whole[start:end])


def write(path: Path, sessions: Iterable[pa.RecordBatch]) -> None:
    """Write sessions in bounded groups."""
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema(), compression="zstd", compression_level=1) as writer:
        for batch in sessions:
            writer.write_batch(batch, row_group_size=GROUP_ROWS)
