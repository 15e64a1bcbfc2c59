"""RIPEstat historical-whois: what the RIPE database said about the range on the day of the event.

``data{resource, type, version, num_versions, versions[{from_time, to_time, version}], objects[{type, key,
attributes[{attribute, value}], from_time, version, latest, deleted}], suggestions[…], referencing[…],
referenced_by[…]}``. Only exact matches have objects; for an address there are suggestions, of which the most specific
range is asked about. The version of the day is asked for by its number, so that RIPE NCC does not learn the day.

Proves: which holder, name and maintainers the registry's record had on the day. Only objects of the RIPE database,
only since they were last created.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from forensics.enrichment import (
    addresses,
    json_reply,
    reading,
    registration,
    registration_history,
    ripestat,
    whois_records,
)
from forensics.enrichment.bootstrap import registry_of
from forensics.enrichment.registration import Registration
from forensics.enrichment.registration_history import History
from forensics.enrichment.rpsl import RpslObject
from forensics.enrichment.source import Answered, LookupClass, Query, Reply, ReplyStatus, Source, Unanswered
from forensics.enrichment.validity import Version

NAME = "ripestat_historical_whois"
_CALL = "historical-whois"
_CLASSES = {4: "inetnum", 6: "inet6num"}


def queries(address: str, _: date | None) -> Sequence[Query]:
    """Ask about addresses of the RIPE region only: the call knows no other database."""
    if registry_of(address) != "ripencc":
        return ()
    length = addresses.parse(address).max_prefixlen  # the call takes prefixes, not addresses
    return (ripestat.question(NAME, _CALL, address, f"{address}/{length}"),)


def follow(address: str, day: date | None, replies: Sequence[Reply]) -> Sequence[Query]:
    """Ask for the most specific suggested range, then for the version of the day."""
    history = _history(address, replies, day)
    if history is None:
        resource = _suggested(address, replies)
        listed = [ripestat.question(NAME, _CALL, address, resource)] if resource else []
    else:
        resource = f"{_class(address)}:{history.key}"
        listed = [
            ripestat.question(NAME, _CALL, address, resource, version=version.number)
            for version in registration_history.wanted(history.versions, day)
            if version.number not in history.records
        ]
    asked = {reply.query.request for reply in replies}
    return [query for query in listed if query.request not in asked]


def _class(address: str) -> str:
    return _CLASSES[addresses.parse(address).version]


def _data(replies: Sequence[Reply]) -> list[ripestat.Told]:
    """Return the data of every good reply."""
    return [told for told in map(ripestat.envelope, replies) if isinstance(told, ripestat.Told)]


def _ranges(address: str, listed: Any) -> list[tuple[int, str, tuple[str, str], dict[str, Any]]]:
    """Return (prefix length, key, bounds, object) of the ranges in a list of objects that hold the address, best first."""
    found = []
    for item in json_reply.objects(listed):
        key = json_reply.text(item.get("key"))
        if json_reply.text(item.get("type")).lower() != _class(address) or len(key) > reading.LONGEST:
            continue
        bounds = registration.range_of(key)
        length = registration.prefix_length(*bounds)
        if length is not None and reading.holds(*bounds, address):
            found.append((length, key, bounds, item))
    return sorted(found, key=lambda entry: (-entry[0], entry[1]))


def _suggested(address: str, replies: Sequence[Reply]) -> str:
    """Return the resource name of the most specific suggested range, or ""."""
    found = [entry for told in _data(replies) for entry in _ranges(address, told.data.get("suggestions"))]
    return f"{_class(address)}:{max(found, key=lambda entry: entry[0])[1]}" if found else ""


def _history(address: str, replies: Sequence[Reply], day: date | None) -> History | None:
    """Return the versions of the range and the records that the replies hold, or ``None`` before there are any."""
    key, bounds, versions = "", ("", ""), tuple[Version, ...]()
    records: dict[str, Registration] = {}
    warnings: list[str] = []
    for told in _data(replies):
        warnings += told.warnings
        for _, name, found_bounds, item in _ranges(address, told.data.get("objects"))[:1]:
            if key and name != key:
                continue
            key, bounds = name, found_bounds
            versions = versions or _versions(told.data.get("versions"))
            number = json_reply.text(item.get("version")) or json_reply.text(told.data.get("version"))
            records[number] = _record(item, told.data, bounds, day)
    if not key or not versions:
        return None
    return History(
        key=key,
        first=bounds[0],
        last=bounds[1],
        versions=versions,
        records=records,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _versions(listed: Any) -> tuple[Version, ...]:
    """Return the readable versions, oldest first; one without an end ends where the next begins, the last not at all."""
    found = []
    for item in json_reply.objects(listed):
        since = reading.time_of(json_reply.text(item.get("from_time"))[:40])
        until = reading.time_of(json_reply.text(item.get("to_time"))[:40])
        number = json_reply.text(item.get("version"))
        if since is not None and number and len(number) <= len("1234567890"):
            found.append(Version(number=number, since=since, until=until))
    ordered = sorted(found, key=lambda version: version.since)
    ends = [version.since for version in ordered[1:]]
    return tuple(
        version if version.until is not None else replace(version, until=end)
        for version, end in zip(ordered, [*ends, None], strict=False)
    )


def _rpsl(item: dict[str, Any]) -> RpslObject:
    """Return an object of the reply as an RPSL object."""
    pairs = json_reply.objects(item.get("attributes"))
    listed = [
        (json_reply.text(pair.get("attribute")).lower(), json_reply.text(pair.get("value")).strip()) for pair in pairs
    ]
    kind, key = json_reply.text(item.get("type")).lower(), json_reply.text(item.get("key"))
    return RpslObject(attributes=((kind, key), *((name, value) for name, value in listed if name and name != kind)))


def _record(item: dict[str, Any], data: dict[str, Any], bounds: tuple[str, str], day: date | None) -> Registration:
    """Return the record of a version; its organisation's name only as it was on the day."""
    related = [entry for name in ("referencing", "referenced_by") for entry in json_reply.objects(data.get(name))]
    others = [_rpsl(entry) for entry in related if _known_then(entry, day)]
    return whois_records.rpsl_registration(_rpsl(item), others, *bounds)


def _known_then(entry: dict[str, Any], day: date | None) -> bool:
    """Say whether a related object's version began on the day of the event or before."""
    since = reading.time_of(json_reply.text(entry.get("from_time"))[:40])
    return day is None or (since is not None and since.date() <= day)


def read(address: str, day: date | None, replies: Sequence[Reply]) -> Answered | Unanswered:
    """Read the version of the day."""
    silence = reading.silent(NAME, address, replies)
    if silence is not None:
        return silence
    history = _history(address, replies, day)
    if history is not None:
        return registration_history.answer(NAME, address, day, history, replies)
    failures = [told for told in map(ripestat.envelope, replies) if isinstance(told, ripestat.Failure)]
    if failures:
        return reading.unanswered(NAME, address, replies, failures[0].reason, failures[0].status)
    suggested = _suggested(address, replies)
    reason = (
        f"no object is an exact match; {suggested} is suggested"
        if suggested
        else "the RIPE database has no range with the address in it"
    )
    return reading.unanswered(NAME, address, replies, reason, ReplyStatus.NOT_FOUND)


SOURCE = Source(
    name=NAME,
    title="RIPEstat historical WHOIS",
    lookup_class=LookupClass.HISTORY,
    learns="RIPE NCC: the address, then its range",
    terms="RIPE database terms and conditions; free, to be named as the source",
    queries=queries,
    read=read,
    follow=follow,
)
