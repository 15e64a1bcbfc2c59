"""WHOIS on port 43 (RFC 3912), asked where RDAP gave no answer: the same record in the registry's own words.

Proves what RDAP proves, and shows registered route objects besides (RIPE, APNIC, AFRINIC): who *may* announce a
prefix, not who did. It travels in clear text: everyone on the path sees the address.

Flags: RIPE's software (RIPE NCC, APNIC, AFRINIC) is asked with ``-r``, so that no person is sent (and none is counted
against us); the abuse contact comes anyway. ``-B`` is not used: it would only add mail addresses of persons. ``-r``
leaves the organisation out, too, so its object is asked for by its key. ARIN's ``n +`` asks for networks only, with
details.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from forensics.enrichment import reading, registration, rpsl, whois_records
from forensics.enrichment.bootstrap import REGISTRIES, registry_of
from forensics.enrichment.source import Answered, LookupClass, Query, Reply, ReplyStatus, Source, Transport, Unanswered

NAME = "whois"
_FLAGS = {"ripencc": "-r ", "apnic": "-r ", "afrinic": "-r ", "arin": "n + ", "lacnic": ""}
_ORGANISATION = re.compile(r"[A-Za-z0-9-]{1,40}")  # keys of organisation objects; nothing else goes onto the wire


def _query(address: str, registry: str, request: str, learns: str) -> Query:
    return Query(
        source=NAME,
        lookup_class=LookupClass.RDAP,
        transport=Transport.WHOIS,
        server=f"whois.{registry}",
        request=request,
        subject=address,
        learns=f"{REGISTRIES[registry]} and, in clear text, everyone on the path: {learns}",
    )


def queries(address: str, _: date | None) -> Sequence[Query]:
    """Ask the registry that administers the address."""
    registry = registry_of(address)
    return () if registry is None else (_query(address, registry, f"{_FLAGS[registry]}{address}", "the address"),)


def follow(address: str, _: date | None, replies: Sequence[Reply]) -> Sequence[Query]:
    """Ask for the organisation that the range names and ``-r`` leaves out."""
    registry = registry_of(address)
    if len(replies) != 1 or replies[0].status is not ReplyStatus.ANSWERED or _FLAGS.get(registry or "") != "-r ":
        return ()
    record = whois_records.network(rpsl.parse(replies[0].body), address)
    if (
        registry is None
        or record is None
        or record.holder
        or registration.placeholder(record)
        or not _ORGANISATION.fullmatch(record.holder_id)
    ):
        return ()
    request = f"-r -T organisation {record.holder_id}"
    return (_query(address, registry, request, "the organisation that holds its range"),)


def read(address: str, day: date | None, replies: Sequence[Reply]) -> Answered | Unanswered:
    """Read the record, with the organisation's name from the second reply."""
    silence = reading.silent(NAME, address, replies)
    if silence is not None:
        return silence
    text = rpsl.parse(replies[0].body)
    more = [found for reply in replies[1:] for found in rpsl.parse(reply.body).of("organisation")]
    record = whois_records.network(replace(text, objects=(*text.objects, *more)), address)
    if record is not None:
        return registration.answer(NAME, address, day, record, replies)
    complaint = whois_records.complaint(text)
    if complaint is not None:
        return reading.unanswered(NAME, address, replies, complaint[1], complaint[0])
    return reading.unanswered(NAME, address, replies, "the reply holds no range with the address in it")


SOURCE = Source(
    name=NAME,
    title="WHOIS of the regional registries",
    lookup_class=LookupClass.RDAP,
    learns="the regional registry and everyone on the path: the address",
    terms="Terms of use of the registry that answers; they come with every answer as comments",
    queries=queries,
    read=read,
    follow=follow,
    fallback_for="rdap",
)
