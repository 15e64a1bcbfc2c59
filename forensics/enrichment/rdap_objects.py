"""An RDAP "ip network" (RFC 9083 §5.4) as a ``Registration``: parsed by ipwhois, with nothing lost on the way.

ipwhois 1.3.0 reads networks and jCards (RFC 7095) well, but loses entities in silence: one without a ``handle`` takes
all others with it, one without a jCard loses its roles or is fetched again, nested ones (RIPE keeps the abuse contact
inside the registrant) are reduced to handles, two with one handle are made one. So it is not given the reply but a
repaired copy: every entity of every depth at the root, under a key of ours, jCard values of the expected types only.
It is given a ``Net`` that was never initialised: without resolver and opener it has nothing to send with, needs no
``resolv.conf``, and takes any address.

``Entity.place`` is where it stood: ``"0"`` for the first of the root, ``"0.2"`` for the third inside that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from forensics.enrichment.json_reply import members, objects, text, texts
from forensics.enrichment.reading import address_of, bounded, day_of
from forensics.enrichment.registration import Registration
from forensics.sentence import say, say_n

MOST_ENTITIES = 300
_FILTERED = ("truncated", "redacted", "filtered", "unauthorized", "excessive load", "unexplainable")
_IPWHOIS_KEYS = ("handle", "ipVersion", "startAddress", "endAddress", "name", "type", "country", "parentHandle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """An entity of the reply with what its jCard says. Everything may be empty."""

    place: str
    handle: str
    roles: tuple[str, ...]
    name: str = ""
    kind: str = ""
    organisation: str = ""
    mails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Return name and mail addresses as in a mail header; telephones where there is no mail."""
        named = self.name or self.organisation or self.handle
        reached = [f"<{mail}>" for mail in self.mails] or [f"(tel {phone})" for phone in self.phones]
        return " ".join(filter(None, (named, *reached)))


def network(document: dict[str, Any]) -> Registration | str:
    """Return what the document registers, or why it is no RDAP network."""
    if document.get("objectClassName") != "ip network":
        shown = bounded(text(document.get("objectClassName")))
        return f"the reply is no RDAP network (objectClassName {shown!r})"
    low, high = address_of(document.get("startAddress")), address_of(document.get("endAddress"))
    if low is None or high is None or low.version != high.version or int(low) > int(high):
        return "the RDAP network has no range of addresses"
    parsed, found, left = _parsed(document, str(low), str(high))
    return _registration(document, parsed, found, left)


def _registration(
    document: dict[str, Any], parsed: dict[str, Any], found: tuple[Entity, ...], left: int
) -> Registration:
    """Put together what ipwhois says of the network and of each entity."""
    holder = _holder(found)
    events = _events(document)
    contacts = tuple(f"{', '.join(entity.roles) or 'no role'}: {entity.shown}" for entity in found)
    return Registration(
        first=parsed["start_address"],
        last=parsed["end_address"],
        handle=bounded(document.get("handle")),
        holder=bounded(holder.organisation or holder.name) if holder else "",
        holder_id=bounded(holder.handle) if holder else "",
        net_name=bounded(parsed["name"]),
        status=(*texts(parsed["type"]), *texts(document.get("status"))),
        parent=bounded(parsed["parent_handle"]),
        country=bounded(parsed["country"]),
        abuse=tuple(mail for entity in found if "abuse" in entity.roles for mail in entity.mails or (entity.shown,)),
        contacts=contacts,
        remarks=_remarks(document),
        registered=min(events.get("registration", ()), default=None),
        last_changed=max(events.get("last changed", ()), default=None),
        warnings=(
            *_warnings(document),
            *(
                [say_n("{n} entity of the reply was not read", "{n} entities of the reply were not read", left)]
                if left
                else []
            ),
        ),
    )


def _holder(found: tuple[Entity, ...]) -> Entity | None:
    """Return the registrant: an organisation rather than a person or a maintainer, the outermost first.

    RIPE lists maintainers as registrants, too: entities whose only name is their handle.
    """
    registrants = [entity for entity in found if "registrant" in entity.roles]
    order = sorted(
        registrants,
        key=lambda entity: (
            not entity.organisation and entity.kind != "org",
            (entity.organisation or entity.name) in {"", entity.handle},
            entity.place.count("."),
        ),
    )
    best = order[0] if order else None
    return best if best is not None and (best.organisation or best.name) not in {"", best.handle} else None


def _events(document: dict[str, Any]) -> dict[str, list[date]]:
    """Return action → UTC days (RFC 9083 §4.5)."""
    found: dict[str, list[date]] = {}
    for event in objects(document.get("events")):
        day = day_of(event.get("eventDate"))
        if day is not None:
            found.setdefault(text(event.get("eventAction")).lower(), []).append(day)
    return found


def _remarks(document: dict[str, Any]) -> tuple[str, ...]:
    """Return remarks (RFC 9083 §4.3): title and lines of each in one text."""
    listed = []
    for remark in objects(document.get("remarks")):
        lines = " / ".join(texts(remark.get("description")))
        listed.append(": ".join(filter(None, (text(remark.get("title")), lines))))
    return tuple(listed)


def _warnings(document: dict[str, Any]) -> tuple[str, ...]:
    """Return what the registry says it left out, and whether it speaks RDAP at all."""
    found = []
    if not texts(document.get("rdapConformance")):
        found.append(say("the reply does not claim to be RDAP (no rdapConformance)"))
    for notice in [*objects(document.get("notices")), *objects(document.get("remarks"))]:
        words = " ".join((text(notice.get("title")), text(notice.get("type")))).strip()
        if any(mark in words.lower() for mark in _FILTERED):
            found.append(say("the registry says that it left something out: {said}", said=bounded(words)))
    if document.get("redacted"):
        found.append(say("the registry says that it redacted fields (RFC 9537)"))
    return tuple(found)


def _parsed(document: dict[str, Any], low: str, high: str) -> tuple[dict[str, Any], tuple[Entity, ...], int]:
    """Return the network as ipwhois parses it, every entity with its place, and how many entities were too many."""
    from ipwhois.net import Net
    from ipwhois.rdap import RDAP

    flat = _flattened(document)
    repaired: dict[str, Any] = {key: text(document.get(key)) for key in _IPWHOIS_KEYS if text(document.get(key))}
    repaired |= {"handle": "-", "startAddress": low, "endAddress": high, "ipVersion": "v6" if ":" in low else "v4"}
    repaired["entities"] = [_repaired(place, entity) for place, entity in flat[:MOST_ENTITIES]]
    net = Net.__new__(Net)  # never initialised: it can send nothing
    net.address_str = low
    result = RDAP(net).lookup(response=repaired, asn_data={"asn_registry": "ripencc"}, root_ent_check=False)
    found = tuple(_entity(place, raw, result["objects"][place]) for place, raw in flat[:MOST_ENTITIES])
    return result["network"], found, max(0, len(flat) - MOST_ENTITIES)


def _flattened(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return every entity of every depth with its place, outer before inner."""
    waiting = [(str(number), entity) for number, entity in enumerate(objects(document.get("entities")))]
    for place, entity in waiting:  # grows while it is read
        inner = objects(entity.get("entities"))
        waiting.extend((f"{place}.{number}", item) for number, item in enumerate(inner))
    return waiting


def _repaired(place: str, entity: dict[str, Any]) -> dict[str, Any]:
    """Return an entity that ipwhois can neither lose nor stumble over: handle, roles, jCard; nothing nested."""
    return {"handle": place, "roles": list(texts(entity.get("roles"))), "vcardArray": ["vcard", _properties(entity)]}


def _properties(entity: dict[str, Any]) -> list[list[Any]]:
    """Return the properties of the jCard that are as RFC 7095 §3.3 wants them: name, parameters, type, text."""
    card = entity.get("vcardArray")
    listed = card[1] if isinstance(card, list) and len(card) > 1 and isinstance(card[1], list) else []
    kept: list[list[Any]] = []
    for item in listed:
        if not isinstance(item, list) or len(item) < 4 or not isinstance(item[0], str):  # noqa: PLR2004 - RFC 7095 §3.3
            continue
        name, parameters = item[0].lower(), members(item[1])
        if name == "adr":
            label = text(parameters.get("label"))
            kept.append([name, {"label": label} if label else {}, "text", [*texts(item[3])]])
        else:
            kept.extend([name, {}, "text", value] for value in _values(name, item[3:]))
    return kept


def _values(name: str, listed: list[Any]) -> list[str]:
    """Return the values of one property; a structured value (``org`` with units) is one text."""
    found = ["; ".join(texts(value)) for value in listed]
    return [value.removeprefix("tel:") if name == "tel" else value for value in found if value]


def _entity(place: str, raw: dict[str, Any], parsed: dict[str, Any]) -> Entity:
    """Return an entity with its own handle back and the organisation, which ipwhois does not read."""
    contact = parsed["contact"] or {}
    kind = (contact.get("kind") or "").lower()
    named = bounded(contact.get("name"))
    organisations = [value for name, _, _, value in _properties(raw) if name == "org"]
    return Entity(
        place=place,
        handle=bounded(text(raw.get("handle"))),
        roles=tuple(dict.fromkeys(role.lower() for role in texts(raw.get("roles")))),
        name=named,
        kind=kind,
        organisation=bounded(organisations[0]) if organisations else (named if kind == "org" else ""),
        mails=tuple(bounded(item["value"]) for item in contact.get("email") or () if item["value"]),
        phones=tuple(bounded(item["value"]) for item in contact.get("phone") or () if item["value"]),
    )
