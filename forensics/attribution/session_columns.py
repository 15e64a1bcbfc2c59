"""Sessions by column: what ``sessions.grouped`` makes of uses, for many accounts and addresses at once.

A case may hold millions of uses, most of them background traffic of programs. Here the uses of a batch are sorted by
account, address and client in NumPy, cut where a pause or a declared period ends, and what a session keeps of its uses
is taken from the columns; only what depends on the owner's declarations is asked session by session. Whatever would need
the order of single uses is left to ``grouped`` itself. Tests hold both against each other.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from forensics.attribution import sessions as one_by_one
from forensics.attribution.material import MAX_BASIS
from forensics.attribution.sequence import NEAR, STEP_WORDS
from forensics.attribution.session_table import ACTS, PLACES, schema
from forensics.attribution.sessions import PAUSE, Opening
from forensics.model import Action, Initiator, Kind, Role

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from forensics.attribution.sessions import Baseline, NetworkOf

Learn = Callable[[Iterable[tuple[str, date]]], None]
"""Is told addresses and days that will be asked about, so that they are looked up together."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ASKED = 4_096
"""Sessions whose networks are looked up together."""
_MICROSECOND = timedelta.resolution
_DAY = timedelta(days=1) // _MICROSECOND
_ID_LENGTH = 32
_AWAY = 2
"""Days that no wall clock is away from UTC."""


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
    ids = _fixed_width(batch.column("event_id"))
    run, client = _runs(batch), _clients(batch)
    if ids is None:
        return None
    import numpy as np

    order = np.lexsort((client, run))
    uses = batch.take(pa.array(order))
    starts = _starts(uses, run[order], client[order], known)
    return None if starts is None else _table(_Cut(uses, ids[order], starts), known, network_of, learn)


def _are_uses(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Say of each row what ``sessions.is_account_use`` says."""
    import numpy as np

    provider, account = batch.column("provider"), batch.column("account")
    named = _each(account, bool) | _each(provider, lambda name: name not in one_by_one.SERVERS)
    found = batch.column("address").is_valid().to_numpy(zero_copy_only=False) | _each(batch.column("device"), bool)
    kept: NDArray[np.bool_] = np.logical_and.reduce(
        (
            named,
            found,
            _each(provider, lambda name: name not in one_by_one.NO_ACCOUNT_PROVIDERS),
            _each(batch.column("action"), lambda name: name not in one_by_one.NOT_A_USE),
            _each(batch.column("kind"), lambda name: name != Kind.INVENTORY),
            _each(batch.column("initiator"), lambda name: name != Initiator.PROVIDER),
        )
    )
    return kept


def numbered(column: Any) -> tuple[NDArray[np.int32], list[Any]]:
    """Return a number for each value of a column, and the values by number; ``None`` is a value like any other."""
    encoded = column.dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary.to_pylist()


def _each(column: Any, test: Callable[[Any], object]) -> NDArray[np.bool_]:
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


def _runs(batch: pa.RecordBatch) -> NDArray[np.int64]:
    import numpy as np

    return np.cumsum(changes(batch))


def _pairs(batch: pa.RecordBatch, text_of: Callable[[str, str], str]) -> tuple[NDArray[np.int64], list[str]]:
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


def _clients(batch: pa.RecordBatch) -> NDArray[np.int64]:
    return _pairs(batch, lambda device, agent: device or one_by_one.client_family(agent))[0]


def _fixed_width(column: Any) -> NDArray[np.uint8] | None:
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


def _times(uses: pa.RecordBatch) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the time of each use, its end (where it has none, its time), and whether it has one."""
    import numpy as np

    time, end = uses.column("time").to_numpy(), uses.column("time_end")
    has_end = end.is_valid().to_numpy(zero_copy_only=False)
    return time, np.where(has_end, end.fill_null(0).to_numpy(zero_copy_only=False), time), has_end


def _starts(
    uses: pa.RecordBatch, run: NDArray[np.int64], client: NDArray[np.int64], known: Baseline
) -> NDArray[np.int64] | None:
    """Return the rows at which sessions begin; ``None`` where that depends on the order of single uses."""
    import numpy as np

    other = np.ones(len(run), dtype=bool)
    other[1:] = (run[1:] != run[:-1]) | (client[1:] != client[:-1])
    time, end, has_end = _times(uses)
    latest = _latest(np.maximum(time, end), np.cumsum(other)) if has_end.any() else time
    new = other.copy()
    new[1:] |= time[1:] - latest[:-1] > PAUSE // _MICROSECOND
    if known.owner.addresses:
        explained = _explained(uses, _attested(uses), known)
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


def _attested(uses: pa.RecordBatch) -> NDArray[np.int64]:
    """Return when each row says that its address was in use: of a listed session it is the last use, not the first."""
    import numpy as np

    time, end, _ = _times(uses)
    return np.where(_each(uses.column("kind"), lambda name: name == Kind.SESSION), end, time)


def _explained(uses: pa.RecordBatch, attested: NDArray[np.int64], known: Baseline) -> NDArray[np.bool_]:
    """Say of each use whether the owner declares its address for its day."""
    import numpy as np

    nets = [ipaddress.ip_network(item.net) for item in known.owner.addresses]
    codes, addresses = numbered(uses.column("address"))
    inside = [text is not None and any(ipaddress.ip_address(text) in net for net in nets) for text in addresses]
    explained = np.array(inside, dtype=bool)[codes]
    covers = lru_cache(maxsize=4_096)(lambda address, day: one_by_one.declared(known.owner, address, day) is not None)
    for at in np.flatnonzero(explained).tolist():
        day = one_by_one.owner_day(known.owner, EPOCH + int(attested[at]) * _MICROSECOND)
        explained[at] = covers(addresses[codes[at]], day)
    return explained


class _Cut(NamedTuple):
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
        return column.take(pa.array(self.first_of(_each(column, bool))))

    def first_of(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the first of these rows in each session; its first row where there is none."""
        import numpy as np

        far = np.where(rows, np.arange(len(rows)), len(rows))
        found = np.minimum.reduceat(far, self.starts)
        return np.where(found == len(rows), self.starts, found)

    def names(self) -> list[str]:
        """Return the ids of the sessions: digests of the ids of their uses, a line each."""
        lines, width = memoryview(self.ids.tobytes()), _ID_LENGTH + 1
        begins = (self.starts * width).tolist()
        ends = ((self.starts + self.counts) * width - 1).tolist()
        return [f"S-{hashlib.sha256(lines[low:high]).hexdigest()[:12]}" for low, high in zip(begins, ends, strict=True)]


def _table(cut: _Cut, known: Baseline, network_of: NetworkOf, learn: Learn) -> pa.RecordBatch:
    """Put the columns of the sessions together."""
    import numpy as np
    import pyarrow as pa

    uses, starts = cut.uses, cut.starts
    time, end, has_end = _times(uses)
    near = ~(
        _each(uses.column("kind"), lambda name: name == Kind.SESSION) & has_end & (end - time > NEAR // _MICROSECOND)
    )
    listed = _each(uses.column("kind"), lambda name: name == Kind.SESSION)
    action = uses.column("action")
    step, seen = _each(action, lambda name: name in STEP_WORDS), np.minimum.reduceat(_attested(uses), starts)
    own = ~(
        _each(uses.column("initiator"), lambda name: name == Initiator.APP)
        & _each(action, lambda name: name in one_by_one.BACKGROUND)
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
        "starts": cut.any(own & near & (step | _each(action, lambda name: name == Action.ACTIVITY))),
        "entered": cut.any(own & ~listed & _each(action, lambda name: name in one_by_one.ENTRIES)),
        "ports": cut.any(uses.column("source_port").is_valid().to_numpy(zero_copy_only=False)),
        **_roles(cut, opening, seen, known, network_of, learn),
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


def _lists(cut: _Cut, rows: NDArray[np.bool_], names: Sequence[str]) -> dict[str, pa.Array]:
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


def _roles(
    cut: _Cut, opening: pa.RecordBatch, seen: NDArray[np.int64], known: Baseline, network_of: NetworkOf, learn: Learn
) -> dict[str, pa.Array]:
    """Return the role of each session and the reasons for it."""
    import numpy as np
    import pyarrow as pa

    told: dict[tuple[Role, tuple[str, ...]], int] = {}
    if known.exists:
        codes, texts = _pairs(cut.uses, lambda device, agent: one_by_one.by_device(device, agent, known))
        by_device = codes[cut.first_of(np.array([bool(text) for text in texts], dtype=bool)[codes])].tolist()
        clean = np.logical_and.reduceat(_clean(cut, known), cut.starts).tolist()
        found: list[int] = []
        columns = [opening.column(name).to_pylist() for name in Opening._fields]
        openings = [*map(Opening._make, zip(*columns, strict=True))]
        moments = [EPOCH + count * _MICROSECOND for count in seen.tolist()]
        for low in range(0, len(openings), ASKED):
            part = range(low, min(low + ASKED, len(openings)))
            learn((address, moments[at].date()) for at in part if (address := openings[at].address) is not None)
            for at in part:
                device = texts[by_device[at]]
                role = one_by_one.role_of(openings[at], moments[at], device, clean[at], known, network_of)
                found.append(told.setdefault(role, len(told)))
    else:
        told = {(Role.UNEXPLAINED, one_by_one.NOTHING_DECLARED): 0}
        found = [0] * len(cut.starts)
    rows = pa.array(found, type=pa.int32())
    roles = pa.array([str(role) for role, _ in told], type=pa.string())
    reasons = pa.array([list(said) for _, said in told], type=pa.list_(pa.string()))
    return {"role": roles.take(rows), "reasons": reasons.take(rows)}


def _clean(cut: _Cut, known: Baseline) -> NDArray[np.bool_]:
    """Say of each use whether it lies in a clean window; only about the edges of windows the owner's calendar is asked."""
    import numpy as np

    time = cut.uses.column("time").to_numpy()
    day, inside, edge = time // _DAY, np.zeros(len(time), dtype=bool), np.zeros(len(time), dtype=bool)
    for low, high in ((first - EPOCH.date(), last - EPOCH.date()) for first, last in known.owner.clean_windows):
        inside |= (day >= low.days + _AWAY) & (day <= high.days - _AWAY)
        edge |= (day >= low.days - _AWAY) & (day <= high.days + _AWAY)
    for at in np.flatnonzero(edge & ~inside).tolist():
        inside[at] = one_by_one.in_clean_window(known.owner, EPOCH + int(time[at]) * _MICROSECOND)
    return inside
