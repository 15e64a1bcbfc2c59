"""Which addresses of a judged case may be asked about online: the unexplained ones, never the owner's.

Where no owner was declared nothing tells the owner's addresses from others: then those that used the accounts are
listed, and the plan says so. Addresses that were only seen by web servers are never among them.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from forensics.enrichment.plan import Candidates, Target

if TYPE_CHECKING:
    from forensics.attribution.sessions import Baseline
    from forensics.pipeline.session_store import SessionStore

MOST = 5_000
"""Addresses that a plan names one by one; the rest is counted."""


def candidates(store: SessionStore, known: Baseline) -> Candidates:
    """Return the addresses in order of their first unexplained use, and those that are the owner's for any reason."""
    rows, total = store.suspects(MOST, baseline=known.exists)
    networks = [ipaddress.ip_network(item.net) for item in known.owner.addresses]
    targets, own = [], set()
    for address, days, used_by_owner in rows:
        parsed = ipaddress.ip_address(address)
        if used_by_owner or address in known.seen_addresses or any(parsed in net for net in networks):
            own.add(address)
        targets.append(Target(address=address, days=days))
    return Candidates(targets=tuple(targets), own=frozenset(own), further=total - len(targets), baseline=known.exists)
