"""The roles of sessions by column: only what depends on the owner's declarations is asked session by session."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
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

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ASKED = 4_096
"""Sessions whose networks are looked up together."""
_ALIKE = 65_536
"""So many kinds of sessions are remembered: clients are evidence, and may all differ."""
_MICROSECOND = timedelta.resolution
_DAY = timedelta(days=1) // _MICROSECOND
_AWAY = 2
"""Days that no wall clock is away from UTC."""


def declared_nets(known: Baseline) -> list[Network]:
    """Return the networks that the owner declares, for whatever days."""
    return [ipaddress.ip_network(item.net) for item in known.owner.addresses]


def lies_in(address: str, nets: Iterable[Network]) -> bool:
    """Whether an address lies in one of these networks."""
    parsed = ipaddress.ip_address(address)
    return any(parsed in net for net in nets)


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
        found = []
        ask = _Asking(known, network_of)
        columns = [opening.column(name).to_pylist() for name in Opening._fields]
        moments = [EPOCH + count * _MICROSECOND for count in seen.tolist()]
        asked = [*zip(map(Opening, *columns), moments, by_device, clean, strict=True)]
        for low in range(0, len(asked), ASKED):
            part = asked[low : low + ASKED]
            learn((first.address, moment.date()) for first, moment, _, _ in part if first.address is not None)
            for first, moment, device, always in part:
                role = ask.role_of(first, moment, texts[device], always)
                found.append(told.setdefault(role, len(told)))
    else:
        told = {(Role.UNEXPLAINED, one_by_one.NOTHING_DECLARED): 0}
        found = [0] * len(cut.starts)
    rows = pa.array(found, type=pa.int32())
    roles = pa.array([str(role) for role, _ in told], type=pa.string())
    reasons = pa.array([list(said) for _, said in told], type=pa.list_(pa.string()))
    return {"role": roles.take(rows), "reasons": reasons.take(rows)}


class _Asking:
    """Asks for a role once for all sessions that are alike.

    An address that the owner neither declares nor used in a clean window speaks by its network alone, and the texts of a
    role name no address.
    """

    def __init__(self, known: Baseline, network_of: NetworkOf) -> None:
        self._known, self._network_of = known, network_of
        self._nets = declared_nets(known)
        self._told: dict[tuple[str | None, bool, str, str, str, bool], tuple[Role, tuple[str, ...]]] = {}
        self._own = lru_cache(maxsize=16)(self._is_own)  # sessions of an address stand together

    def role_of(
        self,
        opening: Opening,
        seen: datetime,
        by_device: str,
        clean: bool,  # noqa: FBT001 - a fact, not a switch
    ) -> tuple[Role, tuple[str, ...]]:
        """Return what ``sessions.role_of`` says."""
        address, agent, device = opening
        if address is not None and self._own(address):
            return one_by_one.role_of(opening, seen, by_device, clean, self._known, self._network_of)
        network = self._network_of(address, seen.date()) if address is not None else None
        alike = (network, address is None, agent, device, by_device, clean)
        role = self._told.get(alike)
        if role is None:
            if len(self._told) == _ALIKE:
                self._told.clear()
            role = one_by_one.role_of(opening, seen, by_device, clean, self._known, self._network_of)
            self._told[alike] = role
        return role

    def _is_own(self, address: str) -> bool:
        return address in self._known.seen_addresses or lies_in(address, self._nets)


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
