"""RDAP of the regional registry (RFC 9082, 9083): who holds the range today, since when, and whom to write to.

Proves: what the registry's record says on the day of asking. It says nothing of the day of the event if it was
changed since, and the answer warns of that. The registry learns the address, from where and when we ask; nobody else
does (HTTPS).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from forensics.enrichment import rdap_objects, reading, registration
from forensics.enrichment.bootstrap import REGISTRIES, registry_of
from forensics.enrichment.json_reply import document
from forensics.enrichment.source import Answered, LookupClass, Query, Reply, Source, Transport, Unanswered

NAME = "rdap"


def queries(address: str, _: date | None) -> Sequence[Query]:
    """Ask the registry that administers the address; special-purpose space has none."""
    registry = registry_of(address)
    if registry is None:
        return ()
    return (
        Query(
            source=NAME,
            lookup_class=LookupClass.RDAP,
            transport=Transport.HTTPS,
            server=f"rdap.{registry}",
            request=f"/ip/{address}",
            subject=address,
            learns=f"{REGISTRIES[registry]}: the address",
        ),
    )


def read(address: str, day: date | None, replies: Sequence[Reply]) -> Answered | Unanswered:
    """Read the registry's record."""
    silence = reading.silent(NAME, address, replies)
    if silence is not None:
        return silence
    found = document(replies[0].body)
    record = found if isinstance(found, str) else rdap_objects.network(found)
    if isinstance(record, str):
        return reading.unanswered(NAME, address, replies, record)
    return registration.answer(NAME, address, day, record, replies)


SOURCE = Source(
    name=NAME,
    title="RDAP of the regional registries",
    lookup_class=LookupClass.RDAP,
    learns="the regional registry: the address",
    terms="Terms of use of the registry that answers; they come with every answer as a notice",
    queries=queries,
    read=read,
)
