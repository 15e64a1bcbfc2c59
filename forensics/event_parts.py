"""Writing the event table: bounded Parquet parts under ``events/`` and ``rejections/``.

Parts are written in evidence order to a temporary name, synced and renamed; their names carry their number and digest,
so equal evidence gives equal files.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.errors import StorageError
from forensics.event_table import event_schema, rejection_schema, to_batch
from forensics.model import Rejection

if TYPE_CHECKING:
    import pyarrow as pa

GROUP_ROWS = 65_536
PART_ROWS = 1_048_576

_OWN = frozenset({"event_id", "place", "time", "time_text"})
"""Columns in which nearly every row differs: a dictionary of them is given up after a megabyte, and costs time and room."""

_ASKED = frozenset({"time", "address"})
"""Columns by whose range a reader may pass over rows; that of the others is neither asked for nor kept."""


class PartWriter:
    """A sink for events and rejections that writes bounded Parquet parts into a case folder."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is the case folder; ``events/`` and ``rejections/`` are made below it."""
        self._events = _Parts(folder / "events", event_schema())
        self._rejections = _Parts(folder / "rejections", rejection_schema())
        self._held: list[Rejection] = []
        self.examples: list[Rejection] = []

    def events(self, batch: pa.RecordBatch) -> None:
        """Take a batch of events."""
        self._events.add(batch)

    def rejection(self, rejection: Rejection) -> None:
        """Take a rejection; the first hundred are kept for the report."""
        if len(self.examples) < 100:  # noqa: PLR2004 - enough for a reader
            self.examples.append(rejection)
        self._held.append(rejection)
        if len(self._held) >= GROUP_ROWS:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._held:
            self._rejections.add(to_batch(self._held, rejection_schema()))
            self._held = []

    def close(self) -> None:
        """Write what is held; there is always at least one part of each kind, so that queries need no special case."""
        self._pass_on()
        self._events.close()
        self._rejections.close()


class _Parts:
    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self._folder = folder
        self._schema = schema
        self._held: list[pa.RecordBatch] = []
        self._held_rows = 0
        self._part_rows = 0
        self._number = 0
        self._writer: Any = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def _partial(self) -> Path:
        return self._folder / ".part.tmp"

    def add(self, batch: pa.RecordBatch) -> None:
        self._held.append(batch)
        self._held_rows += batch.num_rows
        if self._held_rows >= GROUP_ROWS:
            self._write()
        if self._part_rows >= PART_ROWS:
            self._finish()

    def _write(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.Table.from_batches(self._held, schema=self._schema).unify_dictionaries()
        try:
            if self._writer is None:
                self._writer = pq.ParquetWriter(
                    self._partial,
                    self._schema,
                    compression="zstd",
                    compression_level=1,  # higher ones make these columns no smaller, only later
                    use_dictionary=[name for name in self._schema.names if name not in _OWN],
                    write_statistics=[name for name in self._schema.names if name in _ASKED],
                )
            self._writer.write_table(table, row_group_size=GROUP_ROWS * 2)
        except OSError as error:
            raise _not_written(self._folder, error) from error
        self._part_rows += table.num_rows
        self._held, self._held_rows = [], 0

    def _finish(self) -> None:
        try:
            self._writer.close()
            self._writer = None
            with self._partial.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                os.fsync(stream.fileno())
            self._partial.rename(self._folder / f"part-{self._number:05d}-{digest[:16]}.parquet")
        except OSError as error:
            raise _not_written(self._folder, error) from error
        self._number += 1
        self._part_rows = 0

    def close(self) -> None:
        if self._held or self._number == 0:
            self._write()
        if self._writer is not None:
            self._finish()


def _not_written(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot write the case ({error.strerror or error})",
        where=folder.name,
        hint="Free some space and run again; the evidence itself is untouched",
    )
