"""The RIPE database's own memory: ``--list-versions`` and ``--show-version`` on port 43.

Three questions: the most specific range (``-r -T inetnum``), the table of its versions, the version of the day of the
event. The table::

    % Version history for INETNUM object "203.0.113.0 - 203.0.113.255"
    % This object was deleted on 2003-03-17 13:03

    rev#  Date              Op.
    1     2003-03-17 13:15  ADD/UPD

Proves what RIPEstat's historical-whois proves, in the registry's own words and without its cache. Times are UTC.
Before the last creation there is no memory; mail addresses are filtered. Clear text: everyone on the path sees the
range.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from datetime import date

from forensics.enrichment import addresses, reading, registration, registration_history, rpsl, whois_records
from forensics.enrichment.bootstrap import registry_of
from forensics.enrichment.registration import Registration
from forensics.enrichment.registration_history import History
from forensics.enrichment.source import Answered, LookupClass, Query, Reply, ReplyStatus, Source, Transport, Unanswered
from forensics.enrichment.validity import Version, in_sequence

NAME = "ripe_versions"
_ROW = re.compile(
    r"^[ \t]*(\d{1,6})[ \t]+(\d{4}-\d\d-\d\d \d\d:\d\d)[ \t]+(\S{1,40})[ \t]*\r?$", re.MULTILINE | re.ASCII
)
_DELETED = re.compile(r"This object was deleted on (\d{4}-\d\d-\d\d \d\d:\d\d)", re.ASCII)
_SHOW = re.compile(r"--show-version (\d{1,6}) ")


def _query(address: str, request: str, what: str) -> Query:
    return Query(
        source=NAME,
        lookup_class=LookupClass.HISTORY,
        transport=Transport.WHOIS,
        server="whois.ripencc",
        request=request,
        subject=address,
        learns=f"RIPE NCC and, in clear text, everyone on the path: {what}",
    )


def queries(address: str, _: date | None) -> Sequence[Query]:
    """Ask for the range of an address of the RIPE region; other registries have no such memory."""
    if registry_of(address) != "ripencc":
        return ()
    kind = "inetnum" if addresses.parse(address).version == 4 else "inet6num"  # noqa: PLR2004 - the version of IP
    return (_query(address, f"-r -T {kind} {address}", "the address"),)


def _range(address: str, replies: Sequence[Reply]) -> Registration | None:
    """Return the range as the first reply tells it, if it is the holder's and not a placeholder."""
    record = whois_records.network(rpsl.parse(replies[0].body), address) if replies else None
    return None if record is None or registration.placeholder(record) else record


def _key(record: Registration) -> str:
    """Return the primary key of the range's object, made anew: no text of a stranger goes onto the wire."""
    if ":" not in record.first:
        return f"{record.first} - {record.last}"
    length = registration.prefix_length(record.first, record.last)
    return str(ipaddress.ip_network(f"{record.first}/{length}", strict=False))


def follow(address: str, day: date | None, replies: Sequence[Reply]) -> Sequence[Query]:
    """Ask for the table of versions, then for the versions of the day."""
    record = _range(address, replies)
    if record is None or replies[0].status is not ReplyStatus.ANSWERED:
        return ()
    key = _key(record)
    if len(replies) == 1:
        return (_query(address, f"--list-versions {key}", "the range that holds the address"),)
    asked = {reply.query.request for reply in replies}
    listed = [
        _query(address, f"--show-version {version.number} {key}", "the range that holds the address")
        for version in registration_history.wanted(_versions(replies[1]), day)
    ]
    return [query for query in listed if query.request not in asked]


def _versions(reply: Reply) -> tuple[Version, ...]:
    """Return the table's versions; a deletion after the last version ends it."""
    text = rpsl.decoded(reply.body)
    rows = [
        (found[1], when, found[3].upper().startswith("DEL"))
        for found in _ROW.finditer(text)
        if (when := reading.time_of(found[2]))
    ]
    deletions = [when for found in _DELETED.finditer(text) if (when := reading.time_of(found[1]))]
    begin = min((when for _, when, _ in rows), default=None)
    rows += [("deleted", when, True) for when in deletions if begin is not None and when > begin]
    return in_sequence(rows)


def _lost(reply: Reply, versions: Sequence[Version]) -> tuple[str, ...]:
    """Return that older history was lost when the object was deleted."""
    deletions = [when for found in _DELETED.finditer(rpsl.decoded(reply.body)) if (when := reading.time_of(found[1]))]
    older = [when for when in deletions if versions and when <= versions[0].since]
    return tuple(
        f"the object was deleted on {when.date()} and created again; what it said before is not kept"
        for when in older[:1]
    )


def read(address: str, day: date | None, replies: Sequence[Reply]) -> Answered | Unanswered:
    """Read the version of the day."""
    silence = reading.silent(NAME, address, replies)
    if silence is not None:
        return silence
    record = _range(address, replies)
    if record is None:
        complaint = whois_records.complaint(rpsl.parse(replies[0].body))
        status, reason = complaint or (ReplyStatus.NOT_FOUND, "the RIPE database has no range with the address in it")
        return reading.unanswered(NAME, address, replies, reason, status)
    if len(replies) == 1:
        return reading.unanswered(NAME, address, replies, "the table of versions was not asked for")
    table = replies[1]
    versions = _versions(table)
    if not versions:
        status, reason = _no_table(table)
        return reading.unanswered(NAME, address, replies, reason, status)
    history = History(
        key=_key(record),
        first=record.first,
        last=record.last,
        versions=versions,
        records=_shown(address, replies[2:]),
        warnings=_lost(table, versions),
    )
    return registration_history.answer(NAME, address, day, history, replies)


def _no_table(reply: Reply) -> tuple[ReplyStatus, str]:
    """Return why the second reply holds no versions."""
    if reply.status is not ReplyStatus.ANSWERED:
        return reply.status, reply.error or f"the table of versions did not come ({reply.status})"
    complaint = whois_records.complaint(rpsl.parse(reply.body))
    return complaint or (ReplyStatus.FAILED, "the reply holds no table of versions")


def _shown(address: str, replies: Sequence[Reply]) -> dict[str, Registration]:
    """Return the records of the versions that were fetched, by number."""
    found: dict[str, Registration] = {}
    for reply in replies:
        number = _SHOW.match(reply.query.request)
        record = whois_records.network(rpsl.parse(reply.body), address)
        if number is not None and record is not None:
            found[number[1]] = record
    return found


SOURCE = Source(
    name=NAME,
    title="RIPE database, versions of an object",
    lookup_class=LookupClass.HISTORY,
    learns="RIPE NCC and everyone on the path: the address, then its range",
    terms="RIPE database terms and conditions",
    queries=queries,
    read=read,
    follow=follow,
)
