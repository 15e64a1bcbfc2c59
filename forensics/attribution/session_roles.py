"""The roles of sessions by column: only what depends on the owner's declarations is asked session by session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from forensics.attribution import sessions as one_by_one
from forensics.attribution.sessions import Opening
from forensics.attribution.use_columns import Cut, pairs
from forensics.model import Role

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
_AWAY = 2
"""Days that no wall clock is away from UTC."""


def roles_of(
    cut: Cut, opening: pa.RecordBatch, seen: NDArray[np.int64], known: Baseline, network_of: NetworkOf, learn: Learn
) -> dict[str, pa.Array]:
    """Return the role of each session and the reasons for it."""
    import numpy as np
    import pyarrow as pa

    told: dict[tuple[Role, tuple[str, ...]], int] = {}
    if known.exists:
        codes, texts = pairs(cut.uses, lambda device, agent: one_by_one.by_device(device, agent, known))
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


def _clean(cut: Cut, known: Baseline) -> NDArray[np.bool_]:
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
