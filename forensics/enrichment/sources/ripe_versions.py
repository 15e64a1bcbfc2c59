"""The RIPE database's own memory: ``--list-versions`` and ``--show-version`` on port 43.

Questions: the most specific range (``-r -T inetnum``), the table of its versions, the version of the day of the event, and in
the same way the organisation that this version names, so that its name is that of the day, too. The table::

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
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from forensics.enrichment import addresses, reading, registration, registration_history, rpsl, whois_records
from forensics.enrichment.bootstrap import registry_of
from forensics.enrichment.registration import Registration
from forensics.enrichment.registration_history import History
from forensics.enrichment.rpsl import RpslObject
from forensics.enrichment.source import Answered, LookupClass, Query, Reply, ReplyStatus, Source, Transport, Unanswered
from forensics.enrichment.validity import Version, in_sequence
from forensics.sentence import say

NAME = "ripe_versions"
_ROW = re.compile(
    r"^[ \t]*(\d{1,6})[ \t]+(\d{4}-\d\d-\d\d \d\d:\d\d)[ \t]+(\S{1,40})[ \t]*\r?$", re.MULTILINE | re.ASCII
)
_DELETED = re.compile(r"This object was deleted on (\d{4}-\d\d-\d\d \d\d:\d\d)", re.ASCII)
_LIST, _SHOW = "--list-versions", "--show-version"
_SHOWN = re.compile(rf"{_SHOW} (\d{{1,6}}) (?!ORG-)")
_ORGANISATION = re.compile(r"ORG-[A-Z0-9-]{1,36}", re.ASCII)  # nothing else of a stranger's goes onto the wire
_MOST_ORGANISATIONS = 3


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
    """Ask for the table of versions, for the versions of the day, and for the organisations that they name."""
    record = _range(address, replies)
    if record is None or replies[0].status is not ReplyStatus.ANSWERED:
        return ()
    known = {reply.query.request: reply for reply in replies}
    keys = {_key(record): "the range that holds the address"}
    keys |= dict.fromkeys(_organisations(address, known), "the organisation that held the range")
    listed = [_query(address, request, learns) for key, learns in keys.items() for request in _about(key, day, known)]
    return [query for query in listed if query.request not in known]


def _about(key: str, day: date | None, known: Mapping[str, Reply]) -> list[str]:
    """Return the requests for a key's table and, where that is known, for its versions of the day."""
    table = f"{_LIST} {key}"
    versions = _versions(known[table]) if table in known else ()
    return [table, *(f"{_SHOW} {version.number} {key}" for version in registration_history.wanted(versions, day))]


def _organisations(address: str, known: Mapping[str, Reply]) -> list[str]:
    """Return the keys of organisations that the versions of the range name."""
    named = [record.holder_id.upper() for record in _shown(address, known, ()).values()]
    return [key for key in dict.fromkeys(named) if _ORGANISATION.fullmatch(key)][:_MOST_ORGANISATIONS]


def _organisation_objects(day: date | None, known: Mapping[str, Reply], keys: Sequence[str]) -> list[RpslObject]:
    """Return the organisations as of the day; one that was changed on that very day has no one name and is left out."""
    found: list[RpslObject] = []
    for key in keys:
        requests = _about(key, day, known)[1:]
        if len(requests) == 1 and requests[0] in known:
            found += rpsl.parse(known[requests[0]].body).of("organisation")
    return found


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
        say("the object was deleted on {day} and created again; what it said before is not kept", day=str(when.date()))
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
    known = {reply.query.request: reply for reply in replies}
    table = known.get(f"{_LIST} {_key(record)}")
    if table is None:
        return reading.unanswered(NAME, address, replies, "the table of versions was not asked for")
    versions = _versions(table)
    if not versions:
        status, reason = _no_table(table)
        return reading.unanswered(NAME, address, replies, reason, status)
    others = _organisation_objects(day, known, _organisations(address, known))
    history = History(
        key=_key(record),
        first=record.first,
        last=record.last,
        versions=versions,
        records=_shown(address, known, others),
        warnings=_lost(table, versions),
    )
    return registration_history.answer(NAME, address, day, history, replies)


def _no_table(reply: Reply) -> tuple[ReplyStatus, str]:
    """Return why the second reply holds no versions."""
    if reply.status is not ReplyStatus.ANSWERED:
        return reply.status, reply.error or f"the table of versions did not come ({reply.status})"
    complaint = whois_records.complaint(rpsl.parse(reply.body))
    return complaint or (ReplyStatus.FAILED, "the reply holds no table of versions")


def _shown(address: str, known: Mapping[str, Reply], others: Sequence[RpslObject]) -> dict[str, Registration]:
    """Return the records of the range's versions that were fetched, by number."""
    found: dict[str, Registration] = {}
    for request, reply in known.items():
        number = _SHOWN.match(request)
        if number is None:
            continue
        text = rpsl.parse(reply.body)
        record = whois_records.network(replace(text, objects=(*text.objects, *others)), address)
        if record is not None:
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
