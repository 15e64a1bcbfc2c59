"""Cut the uses of all accounts into parts that no session spans, so that each part can be read by column.

Uses come by provider, account and address, then by time. A session belongs to one account and address, and ends where
nothing happened for longer than ``PAUSE``; so a part may end where one of these three changes, and where the next use of
the same address comes later than that after everything before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from forensics.attribution.session_columns import columns_of
from forensics.attribution.session_roles import Learn
from forensics.attribution.session_table import table_of
from forensics.attribution.sessions import PAUSE, Baseline, NetworkOf, grouped
from forensics.attribution.use_columns import changes
from forensics.model import Use

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

ENOUGH = 32_768
"""Uses that are read together."""
MOST = 131_072
"""Uses that are waited for, at most, until a part ends; a longer part is read use by use."""
FEW = 4_096
"""Sessions that are put into the table together, where they are read one by one."""

_MICROSECOND = PAUSE.resolution

UsesOf = Callable[["pa.RecordBatch"], list[Use]]
"""Turns rows of a batch into uses."""


def session_batches(
    batches: Iterable[pa.RecordBatch], known: Baseline, network_of: NetworkOf, *, uses_of: UsesOf, learn: Learn
) -> Iterator[pa.RecordBatch]:
    """Yield the sessions of uses in the order stated above, as rows of the session table; what ``grouped`` makes of them.

    ``batches`` have the columns of ``Use``, times as microseconds since 1970.
    """
    held: list[pa.RecordBatch] = []
    rest = iter(batches)
    for batch in rest:
        held.append(batch)
        if sum(item.num_rows for item in held) < ENOUGH:
            continue
        whole = _joined(held)
        cut = _last_cut(whole)
        if cut:
            yield from _part(whole.slice(0, cut), known, network_of, uses_of, learn)
        elif whole.num_rows >= MOST:
            left: list[pa.RecordBatch] = []
            yield from _one_by_one(_to_the_cut(whole, rest, left), known, network_of, uses_of)
            held = left
            continue
        held = [whole.slice(cut)]
    if held:
        yield from _part(_joined(held), known, network_of, uses_of, learn)


def _part(
    batch: pa.RecordBatch, known: Baseline, network_of: NetworkOf, uses_of: UsesOf, learn: Learn
) -> Iterator[pa.RecordBatch]:
    if not batch.num_rows:
        return
    found = columns_of(batch, known, network_of, learn)
    if found is None:
        yield from _one_by_one([batch], known, network_of, uses_of)
    elif found.num_rows:
        yield found


def _one_by_one(
    batches: Iterable[pa.RecordBatch], known: Baseline, network_of: NetworkOf, uses_of: UsesOf
) -> Iterator[pa.RecordBatch]:
    """Read uses one by one, in bounded pieces."""
    pieces = (batch.slice(at, FEW) for batch in batches for at in range(0, batch.num_rows, FEW))
    held = []
    for session in grouped((use for piece in pieces for use in uses_of(piece)), known, network_of):
        held.append(session)
        if len(held) >= FEW:
            yield table_of(held)
            held = []
    if held:
        yield table_of(held)


def _to_the_cut(
    first: pa.RecordBatch, rest: Iterator[pa.RecordBatch], left: list[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Yield a part that is longer than what is waited for; what comes behind it is put into ``left``."""
    before, latest = first.slice(first.num_rows - 1), int(_lasts(first).max())
    yield first
    for batch in rest:
        both = _joined([before, batch])
        cuts = [*_changes(both)[:1].tolist(), *_quiet(both, latest)[:1].tolist()]
        if cuts:
            cut = min(cuts) - 1
            yield batch.slice(0, cut)
            left.append(batch.slice(cut))
            return
        yield batch
        before, latest = batch.slice(batch.num_rows - 1), max(latest, int(_lasts(batch).max()))


def _joined(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    import pyarrow as pa

    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def _last_cut(batch: pa.RecordBatch) -> int:
    """Return where the last part of a batch begins that may go on behind it; 0 if the whole batch is one part."""
    cuts = _changes(batch)
    if not len(cuts):
        cuts = _quiet(batch)
    return int(cuts[-1]) if len(cuts) else 0


def _changes(batch: pa.RecordBatch) -> NDArray[np.int64]:
    """Return the rows at which account or address differ from the row before."""
    import numpy as np

    return np.flatnonzero(changes(batch))


def _quiet(batch: pa.RecordBatch, latest: int | None = None) -> NDArray[np.int64]:
    """Return rows that come later than a pause after all rows of the part before them; ``latest`` ends those elsewhere."""
    import numpy as np

    lasts = _lasts(batch)
    if latest is not None:
        lasts[0] = max(int(lasts[0]), latest)
    time = batch.column("time").to_numpy()
    return np.flatnonzero(time[1:] - np.maximum.accumulate(lasts)[:-1] > PAUSE // _MICROSECOND) + 1


def _lasts(batch: pa.RecordBatch) -> NDArray[np.int64]:
    """Return the end of each row, which for most is its time."""
    import numpy as np

    time, end = batch.column("time"), batch.column("time_end")
    found: NDArray[np.int64] = np.maximum(time.to_numpy(), end.fill_null(0).to_numpy(zero_copy_only=False))
    return np.where(end.is_valid().to_numpy(zero_copy_only=False), found, time.to_numpy())
