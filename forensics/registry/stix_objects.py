"""STIX 2.1 objects: what their indicators state, and what the objects around them say about it.

``created`` and ``valid_from`` are stamps of the file in every civil-society bundle that was examined (9,136 of 9,136
within two seconds of each other): they say when somebody exported, not when an address was used. So a ``valid_from``
within a day of ``created`` or ``modified`` is not a beginning. Days of publication come from ``report`` objects
(``published``), never from ``created``. A threat actor named by a relationship is context of the collection; it is
quoted in the description and is no statement about an entity (Link B), which only a report can make.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from forensics.registry.importer import Context, Entry, Refused, Report, Stated
from forensics.registry.report_urls import report
from forensics.registry.stix_patterns import Named, named

Object = Mapping[str, Any]
_KINDS: Final = {
    "ipv4-addr:value": "address",
    "ipv6-addr:value": "address",
    "domain-name:value": "domain",
    "url:value": "url",
    "email-addr:value": "email",
    "email-message:from_ref.value": "email",
    "email-message:sender_ref.value": "email",
    "autonomous-system:number": "asn",
    "file:hashes.md5": "md5",
    "file:hashes.sha1": "sha1",
    "file:hashes.sha256": "sha256",
    "artifact:hashes.md5": "md5",
    "artifact:hashes.sha1": "sha1",
    "artifact:hashes.sha256": "sha256",
    "x509-certificate:hashes.sha256": "tls_certificate",
}
_TRAFFIC: Final = ("network-traffic:dst_ref.value", "network-traffic:src_ref.value")
_TLP: Final = {
    "613f2e26-407d-48c7-9eca-b8e91df99dc9": "CLEAR",  # TLP:WHITE of STIX 2.1 section 7.2.1.4
    "34098fce-860f-48ae-8e50-ebd3cc5e41da": "GREEN",
    "f88d31f6-486f-44da-b317-01333bde0b82": "AMBER",
    "5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "RED",
    "94868c89-83c2-464b-929b-a1a8aa3c8487": "CLEAR",  # the OASIS extension for TLP 2.0
    "bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "GREEN",
    "55d920b0-5e8b-4f79-9ee9-91f868d9b421": "AMBER",
    "939a9414-2ddd-4d32-a0cd-375ea402b003": "AMBER+STRICT",
    "e828b379-4e03-4974-9ac4-e53a884c97c1": "RED",
}
_NO_REPORT: Final = ("mitre-attack", "capec", "cve", "cwe", "mitre-mobile-attack")
_GENERATED: Final = timedelta(days=1)
_SHOWN: Final = 300

NOT_STIX = "the indicator's pattern is not of type stix"
REVOKED = "revoked by its publisher: nothing is taken from it; review the record if one exists"
NO_PATTERN = "the indicator has no pattern"
NO_OBJECT = "an entry of the bundle is no STIX object"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What the other objects say: by id the object, by indicator what it indicates and the reports that list it."""

    objects: Mapping[str, Object]
    indicates: Mapping[str, tuple[str, ...]]
    listed: Mapping[str, tuple[Report, ...]]


def entries(objects: Sequence[object], reports: tuple[Report, ...], pointer: str = "/objects") -> Iterator[Entry]:
    """Yield what the objects of a bundle or envelope state. ``reports`` are those that an index names for all of it."""
    around = _surroundings(objects)
    for index, item in enumerate(objects):
        place = f"{pointer}/{index}"
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            yield Refused(place=place, label="object", reason=NO_OBJECT)
        elif item["type"] == "indicator":
            yield from _indicator(item, place, around, reports)
        else:
            yield Context(label=item["type"][:60])


def publishers(objects: Sequence[object]) -> tuple[str, ...]:
    """Return the names of the identities, each once, in order."""
    found = [item for item in objects if isinstance(item, dict) and item.get("type") == "identity"]
    return tuple(dict.fromkeys(_text(item.get("name")) for item in found if _text(item.get("name"))))


def _indicator(item: Object, place: str, around: _Surroundings, reports: tuple[Report, ...]) -> Iterator[Entry]:
    pattern = item.get("pattern")
    why = _unusable(item, pattern)
    values: tuple[Named, ...] = ()
    if not why:
        try:
            values = named(str(pattern))
        except ValueError as error:
            why = str(error)
    if why:
        yield Refused(place=place, label="indicator", reason=why, value=_text(pattern))
        return
    shared = _shared(item, place, around, reports)
    for value in values:
        beside = tuple(f"only together with {condition}" for condition in value.together)
        yield shared._replace(
            label=value.path[:80],
            kind=_kind(value),
            value=value.value,
            caveats=(*shared.caveats, *beside),
        )


def _unusable(item: Object, pattern: object) -> str:
    if item.get("revoked") is True:
        return REVOKED
    if item.get("pattern_type", "stix") != "stix":
        return NOT_STIX
    return "" if isinstance(pattern, str) and pattern.strip() else NO_PATTERN


def _shared(item: Object, place: str, around: _Surroundings, reports: tuple[Report, ...]) -> Stated:
    """Return what holds for every value of an indicator."""
    first, last, said = _window(item)
    targets = [around.objects[ref] for ref in around.indicates.get(_text(item.get("id")), ()) if ref in around.objects]
    families = [_text(target.get("name")) for target in targets if target.get("type") in ("malware", "tool")]
    others = [
        f"{target['type']} {_text(target.get('name'))}"
        for target in targets
        if target.get("type") not in ("malware", "tool")
    ]
    name = _text(item.get("name"))
    own = tuple(dict.fromkeys((*reports, *around.listed.get(_text(item.get("id")), ()), *_references(item))))
    described = own or tuple(found for target in targets for found in _references(target))
    return Stated(
        place=place,
        label="",
        kind="",
        value="",
        reports=_each_once(described),
        family=", ".join(dict.fromkeys(family for family in families if family)),
        said=(
            *((f"name: {name}",) if name else ()),
            *(f"indicates, says the bundle: {other}" for other in others),
            *said,
        ),
        valid_from=first,
        valid_until=last,
        tlp=_tlp(item),
    )


def _kind(value: Named) -> str:
    if value.path in _TRAFFIC:
        return "address" if value.value.replace(".", "").isdigit() or ":" in value.value else "domain"
    if value.sign == "ISSUBSET":
        return "prefix" if value.path in ("ipv4-addr:value", "ipv6-addr:value") else ""
    return _KINDS.get(value.path, "")


def _window(item: Object) -> tuple[date | None, date | None, tuple[str, ...]]:
    """Return the stated period, unless its beginning is a stamp of generation, and what the bundle wrote."""
    start, end = moment(item.get("valid_from")), moment(item.get("valid_until"))
    made = [at for at in (moment(item.get("created")), moment(item.get("modified"))) if at]
    if start and any(abs(start - at) <= _GENERATED for at in made):
        start = None
    first, last = (start.date() if start else None), (day_after(end) if end else None)
    if first and last and last <= first:
        return (
            None,
            None,
            (f"the bundle's period ends before it begins: {item.get('valid_from')} to {item.get('valid_until')}",),
        )
    said = [
        f"{key} in the bundle: {_text(item.get(key))}"
        for key, day in (("valid_from", first), ("valid_until", last))
        if day
    ]
    return first, last, tuple(said)


def moment(value: object) -> datetime | None:
    """Return a time stamp (RFC 3339, with its offset) in UTC, or ``None``."""
    if not isinstance(value, str) or len(value) > 40:  # noqa: PLR2004 - longer than any time stamp
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def day_after(end: datetime) -> date | None:
    """Return the first day that an inclusive end leaves out."""
    try:
        return (
            (end + timedelta(days=1) - timedelta(microseconds=1)).date()
            if end.time() != datetime.min.time()
            else end.date()
        )
    except OverflowError:
        return None


def _tlp(item: Object) -> str:
    refs = item.get("object_marking_refs")
    marks = (
        [_TLP[ref[20:]] for ref in refs if isinstance(ref, str) and ref[20:] in _TLP] if isinstance(refs, list) else []
    )
    return max(marks, key=("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED").index, default="")


def _references(item: Object) -> tuple[Report, ...]:
    refs = item.get("external_references")
    found: list[Report] = []
    for ref in refs if isinstance(refs, list) else ():
        if isinstance(ref, dict) and isinstance(ref.get("url"), str) and ref.get("source_name") not in _NO_REPORT:
            one = report(ref["url"])
            found += [one] if one else []
    return tuple(found)


def _each_once(reports: Iterable[Report]) -> tuple[Report, ...]:
    kept: dict[str, Report] = {}
    for one in reports:
        kept[one.group] = kept[one.group] if one.group in kept and kept[one.group].published else one
    return tuple(kept.values())


def _surroundings(objects: Sequence[object]) -> _Surroundings:
    known = {item["id"]: item for item in objects if isinstance(item, dict) and isinstance(item.get("id"), str)}
    indicates: dict[str, list[str]] = {}
    listed: dict[str, list[Report]] = {}
    for item in known.values():
        if item.get("type") == "relationship" and item.get("relationship_type") == "indicates":
            indicates.setdefault(_text(item.get("source_ref")), []).append(_text(item.get("target_ref")))
        elif item.get("type") == "report":
            about = _about(item)
            refs = item.get("object_refs")
            for ref in refs if isinstance(refs, list) and about else ():
                if isinstance(ref, str):
                    listed.setdefault(ref, []).extend(about)
    return _Surroundings(
        objects=known,
        indicates={key: tuple(refs) for key, refs in indicates.items()},
        listed={key: _each_once(found) for key, found in listed.items()},
    )


def _about(item: Object) -> tuple[Report, ...]:
    """Return the publications that a report object stands for, dated by its ``published`` where it stands for one."""
    found = _references(item)
    at = moment(item.get("published"))
    if len({one.group for one in found}) != 1 or not at or found[0].published:
        return found
    return (
        replace(
            found[0], title=_text(item.get("name")), published=at.date(), dated_by="published of the report object"
        ),
    )


def _text(value: object) -> str:
    return value[:_SHOWN] if isinstance(value, str) else ""
