"""Sessions by column: what ``sessions.grouped`` makes of uses, for many accounts and addresses at once.

A case may hold millions of uses, most of them background traffic of programs. Here the uses of a batch are sorted by
account, address and client in NumPy, cut where a pause or a declared period ends, and what a session keeps of its uses
is taken from the columns; only what depends on the owner's declarations is asked session by session. Whatever would need
the order of single uses is left to ``grouped`` itself. Tests hold both against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from forensics.attribution import sessions as one_by_one
from forensics.attribution.material import MAX_BASIS
from forensics.attribution.sequence import NEAR, STEP_WORDS
from forensics.attribution.session_roles import EPOCH, Learn, declared_nets, lies_in, roles_of
from forensics.attribution.session_table import ACTS, PLACES, schema
from forensics.attribution.sessions import PAUSE
from forensics.attribution.use_columns import Cut, attested_of, changes, each, fixed_width, numbered, pairs, times_of
from forensics.model import Action, Initiator, Kind

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from forensics.attribution.sessions import Baseline, NetworkOf

_MICROSECOND = timedelta.resolution


def columns_of(batch: pa.RecordBatch, known: Baseline, network_of: NetworkOf, learn: Learn) -> pa.RecordBatch | None:
    """Return the sessions of a batch that no session reaches beyond, in any order; ``None``: read them one by one.

    ``batch`` has the columns of ``Use`` (times as microseconds since 1970), by provider, account and address and within
    these by time and id.
    """
    import pyarrow as pa

    if batch.column("time").null_count:
        return None
    kept = _are_uses(batch)
    batch = batch if kept.all() else batch.filter(pa.array(kept))
    if not batch.num_rows:
        return pa.RecordBatch.from_pylist([], schema=schema())
    if len(batch.column("event_id").unique()) != batch.num_rows:  # a row that stands twice is told once
        return None
    ids = fixed_width(batch.column("event_id"))
    run, client = _runs(batch), _clients(batch)
    if ids is None:
        return None
    import numpy as np

    order = np.lexsort((client, run))
    uses = batch.take(pa.array(order))
    starts = _starts(uses, run[order], client[order], known)
    return None if starts is None else _table(Cut(uses, ids[order], starts), known, network_of, learn)


def _are_uses(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Say of each row what ``sessions.is_account_use`` says."""
    import numpy as np

    provider, account = batch.column("provider"), batch.column("account")
    named = each(account, bool) | each(provider, lambda name: name not in one_by_one.SERVERS)
    found = batch.column("address").is_valid().to_numpy(zero_copy_only=False) | each(batch.column("device"), bool)
    kept: NDArray[np.bool_] = np.logical_and.reduce(
        (
            named,
            found,
            each(provider, lambda name: name not in one_by_one.NO_ACCOUNT_PROVIDERS),
            each(batch.column("action"), lambda name: name not in one_by_one.NOT_A_USE),
            each(batch.column("kind"), lambda name: name != Kind.INVENTORY),
            each(batch.column("initiator"), lambda name: name != Initiator.PROVIDER),
        )
    )
    return kept


def _runs(batch: pa.RecordBatch) -> NDArray[np.int64]:
    import numpy as np

    return np.cumsum(changes(batch))


def _clients(batch: pa.RecordBatch) -> NDArray[np.int64]:
    return pairs(batch, lambda device, agent: device or one_by_one.client_family(agent))[0]


def _starts(
    uses: pa.RecordBatch, run: NDArray[np.int64], client: NDArray[np.int64], known: Baseline
) -> NDArray[np.int64] | None:
    """Return the rows at which sessions begin; ``None`` where that depends on the order of single uses."""
    import numpy as np

    other = np.ones(len(run), dtype=bool)
    other[1:] = (run[1:] != run[:-1]) | (client[1:] != client[:-1])
    time, end, has_end = times_of(uses)
    latest = _latest(np.maximum(time, end), np.cumsum(other)) if has_end.any() else time
    new = other.copy()
    new[1:] |= time[1:] - latest[:-1] > PAUSE // _MICROSECOND
    if known.owner.addresses:
        explained = _explained(uses, attested_of(uses), known)
        turned = ~other[1:] & (explained[1:] != explained[:-1])
        if turned.any() and has_end.any():
            return None  # an end before the turn counts no more behind it
        new[1:] |= turned
    return np.flatnonzero(new)


def _latest(lasts: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the running maximum within each group; groups are numbered upwards."""
    import numpy as np

    ordered = np.argsort(lasts, kind="stable")
    rank = np.empty(len(lasts), dtype=np.int64)
    rank[ordered] = np.arange(len(lasts))
    highest = np.maximum.accumulate(group * len(lasts) + rank) - group * len(lasts)
    found: NDArray[np.int64] = lasts[ordered][highest]
    return found


def _explained(uses: pa.RecordBatch, attested: NDArray[np.int64], known: Baseline) -> NDArray[np.bool_]:
    """Say of each use whether the owner declares its address for its day."""
    import numpy as np

    nets = declared_nets(known)
    codes, addresses = numbered(uses.column("address"))
    inside = [text is not None and lies_in(text, nets) for text in addresses]
    explained = np.array(inside, dtype=bool)[codes]
    covers = lru_cache(maxsize=4_096)(lambda address, day: one_by_one.declared(known.owner, address, day) is not None)
    for at in np.flatnonzero(explained).tolist():
        day = one_by_one.owner_day(known.owner, EPOCH + int(attested[at]) * _MICROSECOND)
        explained[at] = covers(addresses[codes[at]], day)
    return explained


def _table(cut: Cut, known: Baseline, network_of: NetworkOf, learn: Learn) -> pa.RecordBatch:
    """Put the columns of the sessions together."""
    import numpy as np
    import pyarrow as pa

    uses, starts = cut.uses, cut.starts
    time, end, has_end = times_of(uses)
    near = ~(
        each(uses.column("kind"), lambda name: name == Kind.SESSION) & has_end & (end - time > NEAR // _MICROSECOND)
    )
    listed = each(uses.column("kind"), lambda name: name == Kind.SESSION)
    action = uses.column("action")
    step, seen = each(action, lambda name: name in STEP_WORDS), np.minimum.reduceat(attested_of(uses), starts)
    own = ~(
        each(uses.column("initiator"), lambda name: name == Initiator.APP)
        & each(action, lambda name: name in one_by_one.BACKGROUND)
    )
    opening = uses.take(pa.array(starts))
    columns: dict[str, Any] = {
        **{name: opening.column(name) for name in ("provider", "account", "address")},
        "id": cut.names(),
        "client": cut.first("user_agent"),
        "device": cut.first("device"),
        "first": time[starts],
        "last": np.maximum.reduceat(np.maximum(time, end), starts),
        "seen": seen,
        "events": cut.counts,
        "opening": opening.column("action"),
        "starts": cut.any(own & near & (step | each(action, lambda name: name == Action.ACTIVITY))),
        "entered": cut.any(own & ~listed & each(action, lambda name: name in one_by_one.ENTRIES)),
        "ports": cut.any(uses.column("source_port").is_valid().to_numpy(zero_copy_only=False)),
        **roles_of(cut, opening, seen, known, network_of, learn),
        **_lists(cut, np.arange(len(time)) - np.repeat(starts, cut.counts) < MAX_BASIS, PLACES),
        **_lists(cut, step & own, ACTS),
    }
    arrays = [_typed(columns[item.name], item.type) for item in schema()]
    return pa.RecordBatch.from_arrays(arrays, schema=schema())


def _typed(column: Any, kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    if isinstance(column, pa.Array):
        return column if column.type == kind else column.cast(kind)
    return pa.array(column, type=pa.int64()).cast(kind) if pa.types.is_timestamp(kind) else pa.array(column, type=kind)


_COLUMN_OF = {
    "exhibits": "exhibit", "members": "member", "places": "place",
    "act_ids": "event_id", "act_times": "time", "act_actions": "action", "act_texts": "action_text",
}  # fmt: skip


def _lists(cut: Cut, rows: NDArray[np.bool_], names: Sequence[str]) -> dict[str, pa.Array]:
    """Return, for each session, what some columns hold in those of its uses that are among ``rows``."""
    import numpy as np
    import pyarrow as pa

    offsets = np.concatenate(([0], np.cumsum(np.add.reduceat(rows.astype(np.int64), cut.starts)))).astype(np.int32)
    chosen = pa.array(np.flatnonzero(rows))
    lists = {}
    for name in names:
        kind = schema().field(name).type
        values = _typed(cut.uses.column(_COLUMN_OF[name]).take(chosen), kind.value_type)
        lists[name] = pa.ListArray.from_arrays(pa.array(offsets), values).cast(kind)
    return lists
