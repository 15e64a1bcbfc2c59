"""MISP events (``{"Event": …}``, lists of them, search answers) and feeds (``manifest.json`` with ``UUID.json`` beside it).

Attributes of an event and of its objects are read; composite types (``ip-dst|port``, ``domain|ip``,
``filename|sha256``) give each value that names infrastructure. ``first_seen`` and ``last_seen`` are observations: both
together are a period, one alone is a day of observation. ``deleted`` attributes are refused and named; ``to_ids:
false`` is context, not an indicator, and is kept as observed. Hits of warning lists and false-positive sightings are
caveats.

Where an event has from what it says is told by its ``link`` attributes of category External analysis; an event without
them is itself the origin. ``publish_timestamp`` is the day on which an event was last published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from forensics.registry.importer import Collection, Context, Entry, Importer, Reading, Refused, Report, Stated, Terms
from forensics.registry.misp_types import RECIPIENTS, parts
from forensics.registry.offered import Offered
from forensics.registry.report_urls import report
from forensics.registry.stix_objects import day_after, moment

_TLPS: Final = {
    "white": "CLEAR",
    "clear": "CLEAR",
    "green": "GREEN",
    "amber": "AMBER",
    "amber+strict": "AMBER+STRICT",
    "red": "RED",
}
_PAPS: Final = {"white": "CLEAR", "clear": "CLEAR", "green": "GREEN", "amber": "AMBER", "red": "RED"}
_MARK: Final = re.compile(r"(tlp|pap):([a-z+]+)", re.IGNORECASE)
_GALAXY: Final = re.compile(r'misp-galaxy:([a-z0-9-]+)="([^"]{1,200})"', re.IGNORECASE)
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HASHES: Final = re.compile(rb"[0-9a-f]{32},[0-9a-f-]{36}\s")
_FALSE_POSITIVE: Final = "1"

DELETED = "deleted by its publisher: nothing is taken from it; review the record if one exists"
RECIPIENT = "names who was attacked, not who attacked; its value is not kept"
NO_TYPE = "an attribute without a type and a text as its value"
REFERENCE = (
    "link",
    "text",
    "comment",
    "other",
    "attachment",
    "malware-sample",
    "counter",
    "datetime",
    "boolean",
    "size-in-bytes",
)


def _events(document: Any) -> list[Any]:
    """Return the events of every wrapping that MISP gives them."""
    if isinstance(document, dict) and isinstance(document.get("response"), list | dict):
        return _events(document["response"])
    listed = document if isinstance(document, list) else [document]
    return [item["Event"] for item in listed if isinstance(item, dict) and isinstance(item.get("Event"), dict)]


def _claims(offered: Offered, _: Terms) -> bool:
    if b'"Event"' not in offered.head:
        return False
    document = offered.document
    document = document["response"] if isinstance(document, dict) and "response" in document else document
    listed = document if isinstance(document, list) else [document]
    return bool(listed) and len(_events(listed)) == len(listed)


def _is_manifest(offered: Offered) -> bool:
    """Whether a file belongs to a feed beside its events: the manifest, or the list of hashes."""
    if offered.base == "hashes.csv":
        return bool(_HASHES.match(offered.head))
    found = offered.document if offered.base == "manifest.json" else None
    return isinstance(found, dict) and bool(found) and all(_UUID.fullmatch(key) for key in found)


def _read(offered: Offered, beside: Sequence[Offered], _: Terms) -> Reading:
    events = _events(offered.document)
    first = events[0]
    orgs = dict.fromkeys(name for event in events if (name := _name(event.get("Orgc"))))
    collection = Collection(
        key=f"misp/{str(first.get('uuid', offered.base))[:64]}",
        publisher=", ".join(orgs)[:300] or "not stated",
        title=f"MISP event: {str(first.get('info', offered.name))[:200]}"
        if len(events) == 1
        else f"MISP events: {offered.name}",
        grade="F3" if orgs else "F6",
        grade_reason="an event of MISP; who wrote it is stated in it and proven by nothing; reports it may name were not opened",
        notes=_missing(events, [item for item in beside if item.base == "manifest.json" and _is_manifest(item)]),
    )
    return Reading(collection=collection, entries=_entries(events, offered))


def _missing(events: Sequence[Mapping[str, Any]], manifests: Sequence[Offered]) -> tuple[str, ...]:
    """Say which events of this file the feed's manifest does not list."""
    for manifest in manifests[:1]:
        listed = {key.lower() for key in manifest.document}
        strange = [str(event.get("uuid"))[:64] for event in events if str(event.get("uuid")).lower() not in listed]
        if strange:
            return (f"the feed's manifest does not list {', '.join(strange[:3])}",)
    return ()


def _entries(events: Sequence[Mapping[str, Any]], offered: Offered) -> Iterator[Entry]:
    single = isinstance(offered.document, dict) and "Event" in offered.document
    for number, event in enumerate(events):
        where = "/Event" if single else f"/{number}/Event"
        about = _about(event)
        for place, attribute in _attributes(event, where):
            yield from _attribute(attribute, place, about)


def _attributes(event: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    for index, item in enumerate(_list(event.get("Attribute"))):
        yield f"{where}/Attribute/{index}", item
    for number, holder in enumerate(_list(event.get("Object"))):
        for index, item in enumerate(_list(holder.get("Attribute"))) if isinstance(holder, dict) else ():
            gone = isinstance(item, dict) and holder.get("deleted") is True
            yield f"{where}/Object/{number}/Attribute/{index}", {**item, "deleted": True} if gone else item


def _about(event: Mapping[str, Any]) -> Stated:
    """Return what an event says about all of its attributes."""
    tags = _tags(event)
    galaxies = dict.fromkeys(f"{found[1]} {found[2]}" for tag in tags if (found := _GALAXY.match(tag)))
    info = str(event.get("info", ""))[:300]
    return Stated(
        place="",
        label="",
        kind="",
        value="",
        reports=_origins(event),
        said=(*((f"event: {info}",) if info else ()), *(f"tagged, says the event: {name}" for name in galaxies)),
        tlp=_marked(tags, "tlp", _TLPS),
        pap=_marked(tags, "pap", _PAPS),
    )


def _origins(event: Mapping[str, Any]) -> tuple[Report, ...]:
    links = [
        item["value"]
        for _, item in _attributes(event, "")
        if isinstance(item, dict) and item.get("type") in ("link", "url") and item.get("category") == "External analysis"
        and isinstance(item.get("value"), str) and item.get("deleted") is not True
    ]  # fmt: skip
    found = {one.group: one for link in links if (one := report(link))}
    if found:
        return tuple(found.values())
    uuid = str(event.get("uuid", ""))
    if not _UUID.fullmatch(uuid):
        return ()
    day = _stamp(event.get("publish_timestamp"))
    dated = "publish_timestamp of the event: the day on which it was last published" if day else ""
    title, publisher = str(event.get("info", ""))[:300], _name(event.get("Orgc"))
    return (Report(group=f"misp-{uuid.lower()}", title=title, publisher=publisher, published=day, dated_by=dated),)


def _attribute(item: Any, place: str, about: Stated) -> Iterator[Entry]:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str) or not isinstance(item.get("value"), str):
        yield Refused(place=place, label="attribute", reason=NO_TYPE)
        return
    label = item["type"][:60]
    if item.get("deleted") in (True, "1", 1):
        yield Refused(place=place, label=label, reason=DELETED, value=item["value"][:300])
        return
    if label in RECIPIENTS:
        yield Refused(place=place, label=label, reason=RECIPIENT)
        return
    if label in REFERENCE or (label == "url" and item.get("category") == "External analysis"):
        yield Context(label=label)
        return
    told = _told(item, place, about)
    for kind, value, caveat in parts(label, item["value"]):
        yield told._replace(
            label=label, kind=kind, value=value, caveats=(*told.caveats, *((caveat,) if caveat else ()))
        )


def _told(item: Mapping[str, Any], place: str, about: Stated) -> Stated:
    """Return an attribute without its value: its days, its marks and what weakens it."""
    tags = _tags(item)
    start, end = moment(item.get("first_seen")), moment(item.get("last_seen"))
    days = sorted({at.date() for at in (start, end) if at})
    until = day_after(end) if end else None
    whole = bool(start and end and until and start <= end)
    comment = str(item.get("comment") or "")[:300]
    return about._replace(
        place=place,
        said=(*about.said, *((f"comment: {comment}",) if comment else ())),
        valid_from=start.date() if whole and start else None,
        valid_until=until if whole else None,
        observed_at=tuple(days),
        to_detect=item.get("to_ids") not in (False, "0", 0, None),
        tlp=_stricter(about.tlp, _marked(tags, "tlp", _TLPS)),
        pap=_marked(tags, "pap", _PAPS) or about.pap,
        caveats=_caveats(item),
    )


def _caveats(item: Mapping[str, Any]) -> tuple[str, ...]:
    hits = [
        str(hit.get("name") or hit.get("match") or "unnamed")[:100]
        for hit in _list(item.get("warnings"))
        if isinstance(hit, dict)
    ]
    doubted = sum(
        isinstance(seen, dict) and str(seen.get("type")) == _FALSE_POSITIVE for seen in _list(item.get("Sighting"))
    )
    return (
        *(f"on the warning list {name}" for name in dict.fromkeys(hits)),
        *((f"reported as a false positive by {doubted} sighting{'s' if doubted > 1 else ''}",) if doubted else ()),
    )


def _tags(holder: Mapping[str, Any]) -> list[str]:
    return [
        tag["name"][:300]
        for tag in _list(holder.get("Tag"))
        if isinstance(tag, dict) and isinstance(tag.get("name"), str)
    ]


def _marked(tags: Sequence[str], scheme: str, known: Mapping[str, str]) -> str:
    found = [
        known[mark[2].lower()]
        for tag in tags
        if (mark := _MARK.fullmatch(tag)) and mark[1].lower() == scheme and mark[2].lower() in known
    ]
    return max(found, key=tuple(_TLPS.values()).index, default="")


def _stricter(first: str, second: str) -> str:
    return max((first, second), key=("", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED").index)


def _stamp(value: object) -> date | None:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text.isascii() or not text.isdigit() or len(text) > 11 or int(text) == 0:  # noqa: PLR2004 - beyond any calendar
        return None
    return datetime.fromtimestamp(int(text), UTC).date()


def _name(organisation: object) -> str:
    return str(organisation.get("name", ""))[:200] if isinstance(organisation, dict) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


IMPORTER = Importer(title="MISP event or feed", claims=_claims, read=_read, accompanies=_is_manifest)
