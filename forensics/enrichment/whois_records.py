"""WHOIS replies of the five registries as a ``Registration``, and what else such a reply can be.

RIPE, APNIC and AFRINIC answer in RPSL, ARIN and LACNIC in shapes of their own. The most specific range that the reply
holds counts. A referral (``ReferralServer``, ``refer``) is told and never followed: the server that it names may be
the holder's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from forensics.enrichment.reading import bounded, day_of, holds, network_of
from forensics.enrichment.registration import Registration, prefix_length, range_of
from forensics.enrichment.rpsl import RpslObject, WhoisText
from forensics.enrichment.source import ReplyStatus
from forensics.sentence import say

_ABUSE = re.compile(r"Abuse contact for '([^']{1,200})' is '([^']{1,300})'")
_ERROR = re.compile(r"ERROR:\s*(\d{1,4}):?\s*(.*)")
_LIMIT_WORDS = ("rate limit", "limit exceeded", "too many", "temporarily denied", "access denied", "quota")
_NOTHING_WORDS = ("no match", "no entries found", "not found", "no data found")
_ERRORS = {101: ReplyStatus.NOT_FOUND, 201: ReplyStatus.LIMITED, 202: ReplyStatus.LIMITED, 306: ReplyStatus.LIMITED}


def complaint(text: WhoisText) -> tuple[ReplyStatus, str] | None:
    """Return what a reply without a usable range complains of, or ``None``.

    RIPE numbers its errors (101 no entries, 201 and 202 access denied, 306 too many connections); the others write words.
    """
    for line in text.comments:
        found = _ERROR.match(line)
        if found is not None:
            return _ERRORS.get(int(found[1]), ReplyStatus.REFUSED), f"error {found[1]}: {bounded(found[2])}"
    for line in (*text.comments, *text.loose):
        lower = line.lower()
        if any(words in lower for words in _LIMIT_WORDS):
            return ReplyStatus.LIMITED, bounded(line)
        if any(words in lower for words in _NOTHING_WORDS) and not text.objects:
            return ReplyStatus.NOT_FOUND, bounded(line)
    return None


def network(text: WhoisText, subject: str) -> Registration | None:
    """Return the most specific range of the reply that holds the address, or ``None``."""
    found = [
        (prefix_length(*bounds), index, item, bounds)
        for index, item in enumerate(text.objects)
        for bounds in _ranges(item)
        if holds(*bounds, subject)
    ]
    usable = [(length, -index, item, bounds) for length, index, item, bounds in found if length is not None]
    if not usable:
        return None
    _, index, item, (first, last) = max(usable, key=lambda entry: entry[:2])
    if "netrange" in dict(item.attributes):
        return _arin(text, item, -index, first, last)
    if item.one("owner", "ownerid"):
        return _lacnic(text, item, first, last)
    return rpsl_registration(item, text.objects, first, last, _comment_abuse(text, subject), _warnings(text))


def _ranges(item: RpslObject) -> list[tuple[str, str]]:
    """Return the ranges that an object is about."""
    if item.kind in {"inetnum", "inet6num"}:
        return [bounds for bounds in map(range_of, item.all(item.kind)[:1]) if bounds[0]]
    return [bounds for bounds in map(range_of, item.all("netrange")[:1]) if bounds[0]]


def rpsl_registration(
    item: RpslObject, others: Sequence[RpslObject], first: str, last: str, abuse: Sequence[str] = (), warnings: Sequence[str] = ()
) -> Registration:  # fmt: skip
    """Return an inetnum or inet6num object; ``others`` may hold its organisation and route objects."""
    number = item.one("org")
    organisation = next((found for found in others if found.kind == "organisation" and _is(found, number)), None)
    return Registration(
        first=first,
        last=last,
        handle=bounded(item.all(item.kind)[0]),
        holder=bounded(organisation.one("org-name")) if organisation is not None else "",
        holder_id=bounded(number),
        net_name=bounded(item.one("netname")),
        status=tuple(filter(None, [bounded(item.one("status"))])),
        country=bounded(item.one("country")),
        maintainers=tuple(f"{name}: {value}" if name != "mnt-by" else value for name, value in _maintainers(item)),
        abuse=(*abuse, *item.all("abuse-mailbox"), *_referenced_abuse(item, organisation, others)),
        contacts=tuple(f"{name}: {bounded(value)}" for name, value in item.attributes if name in _CONTACTS and value),
        remarks=(*item.all("descr"), *item.all("remarks"), *(f"geofeed {value}" for value in item.all("geofeed"))),
        registered=day_of(item.one("created")),
        last_changed=_changed(item),
        routes=tuple(
            (bounded(found.one(found.kind)), _as_number(found.one("origin")))
            for found in others
            if found.kind in {"route", "route6"} and _covers(found, first)
        ),
        warnings=tuple(warnings),
    )


_CONTACTS = {"admin-c", "tech-c", "abuse-c", "zone-c", "sponsoring-org", "mnt-irt"}


def _referenced_abuse(
    item: RpslObject, organisation: RpslObject | None, others: Sequence[RpslObject]
) -> tuple[str, ...]:
    """Return the mailboxes of the irt and role objects that the range or its organisation names (APNIC, AFRINIC)."""
    named = {value.upper() for name in ("mnt-irt", "abuse-c") for value in item.all(name)}
    named |= {value.upper() for value in organisation.all("abuse-c")} if organisation is not None else set()
    return tuple(
        mail
        for found in others
        if found.kind in {"irt", "role"} and named & {found.one("irt").upper(), found.one("nic-hdl").upper()} - {""}
        for mail in found.all("abuse-mailbox")
    )


def _is(organisation: RpslObject, number: str) -> bool:
    return bool(number) and organisation.one("organisation").upper() == number.upper()


def _maintainers(item: RpslObject) -> list[tuple[str, str]]:
    return [
        (name, bounded(value))
        for name, value in item.attributes
        if name.startswith("mnt-") and name != "mnt-irt" and value
    ]


def _changed(item: RpslObject) -> date | None:
    """Return the newest of ``last-modified`` and of the older ``changed: <mail> 20050125`` lines."""
    texts = [item.one("last-modified"), *(value.split()[-1] for value in item.all("changed"))]
    return max((day for day in map(day_of, texts) if day is not None), default=None)


def _covers(route: RpslObject, first: str) -> bool:
    network_ = network_of(route.one(route.kind))
    return network_ is not None and holds(str(network_[0]), str(network_[-1]), first)


def _as_number(text: str) -> str:
    return bounded(text.upper())


def _comment_abuse(text: WhoisText, subject: str) -> tuple[str, ...]:
    """Return the mailboxes of "% Abuse contact for 'range' is 'mail'" whose range holds the address."""
    found = [match for match in map(_ABUSE.search, text.comments) if match is not None]
    return tuple(match[2] for match in found if holds(*range_of(match[1]), subject) or not range_of(match[1])[0])


def _warnings(text: WhoisText) -> tuple[str, ...]:
    """Return what the server says it left out, and referrals."""
    kept = [
        line
        for line in text.comments
        if any(word in line.lower() for word in ("output has been filtered", "reduced info"))
    ]
    referrals = [value for item in text.objects for name in ("referralserver", "refer") for value in item.all(name)]
    return (
        *(say("the registry says that it left something out: {said}", said=bounded(line)) for line in kept),
        *(
            say(
                "the record refers to {server}, which was not asked: it may be the holder's own server",
                server=bounded(value),
            )
            for value in referrals
        ),
    )


def _arin(text: WhoisText, item: RpslObject, index: int, first: str, last: str) -> Registration:
    """Read ARIN's blocks: the range, then the organisation or customer, then points of contact.

    Several ranges may come, each followed by its own organisation, up to the next range.
    """
    own: list[RpslObject] = []
    for found in text.objects[index + 1 :]:
        if "netrange" in dict(found.attributes):
            break
        own.append(found)
    holder = next((found for found in own if found.one("orgname", "custname")), None)
    points = [
        (name, value)
        for found in own
        for name, value in found.attributes
        if re.fullmatch(r"(org|r)\w+(name|email)", name)
    ]
    routes = tuple((bounded(item.one("cidr")), _as_number(value)) for value in item.all("originas"))
    return Registration(
        first=first,
        last=last,
        handle=bounded(item.one("nethandle")),
        holder=bounded(holder.one("orgname", "custname"))
        if holder is not None
        else bounded(item.one("organization", "customer")),
        holder_id=bounded(holder.one("orgid", "custid")) if holder is not None else "",
        net_name=bounded(item.one("netname")),
        status=tuple(filter(None, [bounded(item.one("nettype"))])),
        parent=bounded(item.one("parent")),
        country=bounded(holder.one("country")) if holder is not None else "",
        abuse=tuple(value for name, value in points if name.endswith("abuseemail")),
        contacts=tuple(f"{name}: {bounded(value)}" for name, value in points if name != "orgname" and value),
        remarks=(*item.all("comment"), *(value for found in own for value in found.all("comment"))),
        registered=day_of(item.one("regdate")),
        last_changed=day_of(item.one("updated")),
        routes=routes,
        warnings=_warnings(text),
    )


def _lacnic(text: WhoisText, item: RpslObject, first: str, last: str) -> Registration:
    """Read LACNIC's (and registro.br's) block: ``owner`` is the holder, days are ``20050125``."""
    wanted = item.one("abuse-c")
    people = [found for found in text.of("nic-hdl", "nic-hdl-br") if wanted and found.one(found.kind) == wanted]
    return Registration(
        first=first,
        last=last,
        handle=bounded(item.all(item.kind)[0]),
        holder=bounded(item.one("owner")),
        holder_id=bounded(item.one("ownerid")),
        net_name="",
        status=tuple(filter(None, [bounded(item.one("status"))])),
        parent=bounded(item.one("inetnum-up")),
        country=bounded(item.one("country")),
        abuse=tuple(value for found in people for value in found.all("e-mail")),
        contacts=tuple(
            f"{name}: {bounded(value)}" for name, value in item.attributes if name in _LACNIC_CONTACTS and value
        ),
        registered=day_of(item.one("created")),
        last_changed=_changed(item),
        routes=tuple(
            (bounded(item.one(item.kind)), _as_number(value))
            for value in item.all("aut-num")
            if value.upper().startswith("AS")
        ),
        warnings=_warnings(text),
    )


_LACNIC_CONTACTS = {"responsible", "owner-c", "tech-c", "abuse-c"}
