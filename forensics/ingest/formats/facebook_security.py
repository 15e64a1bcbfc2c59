"""Facebook "Download your information", JSON: security and login information.

What it is: the folder ``security_and_login_information/`` (and a few files about devices and place since 2023) of the
archive that Facebook makes for the owner of an account: logins, sessions, addresses, cookies, recognised devices,
administrative records with old and new values, account recoveries.

How to obtain: Accounts Centre → Your information and permissions → Export (download) your information → Facebook →
format JSON, all time, at least "Security and login information". HTML has the same facts without epoch times.

Time: Unix seconds, UTC (``epoch``). Zero means "not set". ``created_timestamp`` and ``updated_timestamp`` bound an
interval; the address of a session is the one last used. ``activity_by_day`` times state a day only. Records without a
time (``used_ip_address`` of 2019, devices) are inventory.

Versions: 2018-2020 (keys without suffix; ``datr_stats``), 2021 on (``_v2`` keys, port, city, region, country), 2023 on
(``label_values`` records with labels in the account's language; a file with one record is a bare object). Texts and
labels carry UTF-8 bytes as characters and are repaired, all or nothing per text. ``datr`` cookies are masked after four
characters; ``device`` is ``datr:`` and those four. Shapes known only from listings (``account_recovery_successes``,
``account_recoveries``) are read by value shape.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from forensics.ingest import facebook_records, fields, meta_labels, meta_values, meta_zone
from forensics.ingest.alike_records import ADDRESS, DEVICE, PORT, SECONDS, AlikeRecords, Own
from forensics.ingest.facebook_labels import label_event
from forensics.ingest.facebook_records import SECTIONS, section_name
from forensics.ingest.format import Flaw, Format, Row, Stretch, Unused
from forensics.ingest.json_rows import escape, json_stretches
from forensics.ingest.meta_values import Reading, reading
from forensics.model import Action, Event, Kind, Precision

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

PROVIDER = SERVICE = "facebook"
_DEPTHS = (2, 3)
_BY_DAY = "last_activity"
_COOKIE = re.compile(r"(?:[A-Za-z0-9_-]{4}\*{4,}|[A-Za-z0-9_-]{24})")


def claims(evidence: Evidence) -> bool:
    """A known list with a record key of its own, a map of cookies, or label records that are Facebook's."""
    keys = evidence.json_keys
    inner = frozenset[str]().union(*(keys.get(depth, frozenset()) for depth in _DEPTHS))
    if meta_zone.is_zone_record(evidence):
        return False
    return (
        any(_is_known(evidence, key, inner) for key in keys.get(1, ()))
        or _is_cookie_map(evidence)
        or meta_labels.platform(evidence) == PROVIDER
    )


def _is_known(evidence: Evidence, key: str, inner: frozenset[str]) -> bool:
    section = SECTIONS.get(section_name(key))
    if section is None:
        return False
    empty = re.search(rb'"%s"\s*:\s*[\[{]\s*[\]}]' % re.escape(key.encode()), evidence.head)
    return bool(section.marks & inner or empty or not section.marks)


def _is_cookie_map(evidence: Evidence) -> bool:
    """``datr_cookie_info.json`` without a key around it: every member is a cookie with its times."""
    keys = evidence.json_keys
    top = keys.get(1, frozenset())
    return bool(top) and set(keys) == {1} and all(_COOKIE.fullmatch(key) for key in top) and b"[" in evidence.head


def rows(evidence: Evidence) -> Iterator[Row | Stretch | Flaw | Unused]:
    """Yield the records of every list; maps of cookies and of days are opened to one row per time."""
    shared = {"account": meta_values.account_hint(evidence, PROVIDER), "cookies": _is_cookie_map(evidence)}
    together = _is_log if not shared["cookies"] else None
    for row in json_stretches(evidence, *_patterns(evidence), shared=shared, together=together, own=_own):
        if isinstance(row, Row) and _keyed(row) and row.place.startswith("/"):
            by_day = section_name(row.section) == _BY_DAY
            path = () if by_day else (row.place.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~"),)
            yield from _opened(row, row.fields.get("value", row.fields), row.place, path)
        else:
            yield row


def _keyed(row: Row) -> bool:
    name = section_name(row.section)
    return bool(row.shared["cookies"]) or (name in SECTIONS and SECTIONS[name].keyed)


def _opened(row: Row, value: Any, place: str, path: tuple[str, ...]) -> Iterator[Row]:
    """Yield a row per scalar below a map, with the map keys that lead to it."""
    if isinstance(value, Mapping) and value and len(path) < meta_values.MAX_DEPTH:
        for key, inner in value.items():
            yield from _opened(row, inner, f"{place}/{escape(key)}", (*path, key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _opened(row, inner, f"{place}/{index}", path)
    else:
        yield dataclasses.replace(row, place=place, fields={"path": list(path), "time": value})


def _patterns(evidence: Evidence) -> tuple[str, ...]:
    if meta_labels.level(evidence):
        return meta_labels.patterns(evidence)
    if _is_cookie_map(evidence):
        return ("/*",)
    seen = {key for key in evidence.json_keys.get(1, ()) if section_name(key) in SECTIONS}
    declared = {f"{name}{version}" for name in SECTIONS for version in ("", "_v2")}  # a list may begin behind the head
    return tuple(pattern for key in sorted(seen | declared) for pattern in _pointers(evidence, key))


def _pointers(evidence: Evidence, key: str) -> tuple[str, ...]:
    """A file with exactly one record may hold it bare; the first bracket after the key tells."""
    name = section_name(key)
    if name == "secret_conversations":
        return (f"/{key}/armadillo_devices/*", f"/{key}/tincan_devices/*")
    bare = re.search(rb'"%s"\s*:\s*\{' % re.escape(key.encode()), evidence.head)
    return (f"/{key}",) if name == _BY_DAY or (bare and not SECTIONS[name].keyed) else (f"/{key}/*",)


def event(row: Row) -> Event | Unused:
    """Say what one record means."""
    read = reading(row)
    if "label_values" in read.found:
        return label_event(read)
    if "path" in read.found and _keyed(row):
        return _day_or_cookie(read)
    return _record(read)


def _record(read: Reading) -> Event:
    section = facebook_records.section_of(read.row.section)
    record = facebook_records.flat(read.found)
    when, end = facebook_records.times(section, record)
    address = facebook_records.address_of(record)
    facebook_records.refuse_empty(read, record, address, when)
    meaning, said = facebook_records.meaning(section, record)
    changed = facebook_records.changes(record)
    kind = Kind.STATE_CHANGE if changed else section.kind
    if section.undated is not None and when.utc is None:
        kind = section.undated
    used = {"ip_address", "ip", "user_agent", section.said, *section.start, *section.end}
    client = fields.text(record, "user_agent")
    kept = meta_values.unshown(record, used, when.text, end.text, address.text, client, said)
    return read.row.event(
        provider=PROVIDER,
        service=SERVICE,
        account=read.row.shared["account"],
        kind=kind,
        action=meaning.action,
        action_text=said,
        outcome=meaning.outcome,
        initiator=meaning.initiator,
        when=when,
        end=end,
        address=address,
        user_agent=client,
        device=facebook_records.device_of(record),
        stated_place=facebook_records.stated_place(record),
        detail={
            **kept,
            **meta_values.provenance(read),
            "changes": changed,
            "note": section.note,
            "time_end_text": end.text,
        },
    )


def _day_or_cookie(read: Reading) -> Event | Unused:
    """One time of a cookie (``cookie -> [times]``) or one day of a client (``activity_by_day``)."""
    path = [str(part) for part in read.found["path"]]
    by_day = section_name(read.row.section) == _BY_DAY
    when = meta_values.seconds(read.found, "time")
    if by_day:
        if when.utc is None:
            return Unused(rule="last activity: a value that is no time")
        when = dataclasses.replace(when, precision=Precision.DAY)
    cookie = "" if by_day else (path[0] if path else "")
    clients = [part for part in path if part not in {"last_activity_time", "activity_by_day"}] if by_day else []
    note = "the provider states the day only" if by_day else "the browser with this cookie was seen at this time"
    note = note if when.utc is not None else "a cookie without a time"
    return read.row.event(
        provider=PROVIDER,
        service=SERVICE,
        account=read.row.shared["account"],
        kind=Kind.INVENTORY if when.utc is None else Kind.EVENT,
        action=Action.ACTIVITY,
        when=when,
        device=meta_values.datr(cookie),
        detail={**meta_values.provenance(read), "cookie": cookie, "client": ", ".join(clients), "note": note},
    )


_LOGS = frozenset({"account_activity", "account_accesses", "used_ip_address"})
_BY_ITSELF = frozenset({"session", "last_connected_ip", "created_timestamp", "label_values"})
"""Fields beside which time, address or device may come from elsewhere."""


def _is_log(pattern: str) -> bool:
    return section_name(pattern) in _LOGS


def _own(record: Mapping[str, Any]) -> tuple[Own, ...]:
    addresses = [name for name in ("ip_address", "ip") if name in record]
    if len(addresses) != 1 or "timestamp" not in record or not _BY_ITSELF.isdisjoint(record):
        return ()
    more = [Own(what, (name,)) for what, name in ((DEVICE, "datr_cookie"), (PORT, "port")) if name in record]
    return (Own(SECONDS, ("timestamp",)), Own(ADDRESS, (addresses[0],)), *more)


FORMAT = Format(
    title="Facebook security and login information (JSON)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    alike=AlikeRecords(own=_own, device=meta_values.datr),
)
