"""How a query travels, by its transport; and the digest of what came back."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from forensics.enrichment import over_dns, over_https, over_whois
from forensics.enrichment.source import Query, Reply, Transport

if TYPE_CHECKING:
    from forensics.enrichment.gate import NetGate
    from forensics.enrichment.servers import Endpoint

_FETCH = {Transport.HTTPS: over_https.fetch, Transport.WHOIS: over_whois.fetch, Transport.DNS: over_dns.fetch}


def fetch(gate: NetGate, endpoint: Endpoint, query: Query, asked_at: datetime) -> Reply:
    """Ask through the gate; every outcome but a closed gate and a dead proxy is a reply."""
    reply = _FETCH[query.transport](gate, endpoint, query, asked_at)
    return replace(reply, sha256=hashlib.sha256(reply.body).hexdigest())
