"""One message as a whole: read its parts, and say what its row in the event table holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, mail_alerts
from forensics.ingest import mail_authentication as authentication
from forensics.ingest.fields import FieldError
from forensics.ingest.mail_body import Links, read_links
from forensics.ingest.mail_dates import mail_date
from forensics.ingest.mail_headers import HeaderBlock, Junk, Mailbox, decode_words, mailboxes, read_block
from forensics.ingest.mail_hops import Hop, read_hop
from forensics.ingest.mail_route import RECIPIENT_FIELDS, Route, is_internal, read_route
from forensics.model import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.evidence import Evidence

VALUE_LIMIT = 2_000
"""Characters of a header value that are kept in an event."""

_CLIENT = re.compile(
    r"x-(?:originating|sender|source|client|real|remote|yahoo-client|clientproxied|forwarded|aol|mail-from)[\w-]*"
    r"|x-ms-exchange-(?:organization-originalclientipaddress|crosstenant-[\w-]+)|x-mailer|user-agent"
    r"|x-php-originating-script|x-php-script|authenticated-sender|x-auth(?:enticated)?-?(?:user|sender)[\w-]*"
)
_WORD = re.compile(r"[^\s,;<>()\"']+")
_UNNAMED = Mailbox(name="", address="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message: its header block, its way, the links of its body, and the Received fields that could not be read."""

    block: HeaderBlock
    route: Route
    links: Links
    unread: tuple[Junk, ...]

    @property
    def sender(self) -> Mailbox:
        """The first mailbox of From."""
        return next(iter(mailboxes(self.block.first("from"))), _UNNAMED)

    @property
    def subject(self) -> str:
        """The decoded subject."""
        return decode_words(self.block.first("subject"))[:VALUE_LIMIT]

    @property
    def when(self) -> tuple[Moment, str, str]:
        """The time of the message, where it comes from, and what is special about it.

        The hop that took the message from outside is the best clock there is; the sender's own Date is the last resort.
        """
        hop = self.route.boundary_hop or next(iter(self.route.hops), None)
        if hop is not None and hop.when.utc is not None:
            return hop.when, f"Received, line {hop.line}", hop.when_note
        moment, note = mail_date(self.block.first("date"))
        return moment, "Date header, written by the sender" if moment.text else "", note


def read_mail(evidence: Evidence) -> Mail:
    """Read a message; the body is searched for links only."""
    with evidence.open() as stream:
        block = read_block(stream)
    hops, unread = _hops(block)
    said = (*authentication.statements(block), *authentication.arc_statements(block))
    route = read_route(block, hops, [(item.line, item.authority) for item in said])
    with evidence.open() as stream:
        links = read_links(stream) if block.ending != "limit" else Links(note="not searched: no end of the headers")
    return Mail(block=block, route=route, links=links, unread=unread)


def _hops(block: HeaderBlock) -> tuple[tuple[Hop, ...], tuple[Junk, ...]]:
    hops: list[Hop] = []
    unread: list[Junk] = []
    for item in block.all("received"):
        try:
            hops.append(read_hop(item))
        except FieldError as error:
            unread.append(Junk(line=item.line, reason=str(error), excerpt=item.value[:200]))
    return tuple(hops), tuple(unread)


def message_detail(mail: Mail, genuine: authentication.Genuine, found: mail_alerts.Wording | None) -> dict[str, Any]:
    """Say everything else that is known of the message as a whole. Absent headers stay absent."""
    block, sender = mail.block, mail.sender
    _, source, note = mail.when
    others = {"Reply-To": _address(block, "reply-to"), "Return-Path": _address(block, "return-path")}
    return {
        "from": sender.address,
        "from_name": sender.name,
        "senders": len(mailboxes(block.first("from"))) if len(mailboxes(block.first("from"))) > 1 else None,
        "to": [item.address for item in mailboxes(block.first("to")) if item.address][:20],
        "reply_to": others["Reply-To"],
        "return_path": others["Return-Path"],
        "message_id": block.first("message-id")[:VALUE_LIMIT],
        "date": block.first("date")[:VALUE_LIMIT],
        "list_id": block.first("list-id")[:VALUE_LIMIT],
        "labels": decode_words(block.first("x-gmail-labels"))[:VALUE_LIMIT],
        "delivered_to": [item.value for item in block.fields if item.name.lower() in RECIPIENT_FIELDS][:20],
        "received_spf": [item.value[:VALUE_LIMIT] for item in block.all("received-spf")][:5],
        "x_received": [item.value[:VALUE_LIMIT] for item in block.all("x-received")][:20],
        "time_source": source,
        "time_note": note,
        "hops": len(mail.route.hops),
        "delivery": "" if mail.route.hops else "no Received header: nothing shows that the message was delivered",
        "trust_boundary": _boundary(mail.route),
        "client_headers": _client_headers(block),
        "claimed_origin": list(_claimed(mail, genuine)),
        "authentication_results": [item.as_detail() for item in authentication.statements(block)],
        "arc_authentication_results": [item.as_detail() for item in authentication.arc_statements(block)],
        "dkim_signatures": list(authentication.signatures(block)),
        "genuine": {"grade": genuine.grade, "reasons": list(genuine.reasons)},
        "looks_like": _likeness(found),
        "phishing": mail_alerts.phishing(found, sender, genuine, others, mail.links.hosts),
        "link_hosts": list(mail.links.defanged),
        "link_note": mail.links.note,
        "envelope": block.envelope,
        "header_end": "" if block.ending == "empty line" else block.ending,
    }


def _address(block: HeaderBlock, name: str) -> str:
    return next((item.address for item in mailboxes(block.first(name))), "")


def _likeness(found: mail_alerts.Wording | None) -> dict[str, str] | None:
    if found is None:
        return None
    return {"provider": found.provider, "notice": found.action.value, "sender": "listed" if found.listed else "other"}


def _boundary(route: Route) -> dict[str, Any] | None:
    hop = route.boundary_hop
    if hop is None or route.boundary is None:
        return None
    trusted, why = route.trust(route.boundary)
    return {
        "line": hop.line,
        "hop": route.number(route.boundary),
        "by": hop.by,
        "address": hop.peer.address,
        "trusted": trusted,
        "why": why,
    }


def _client_headers(block: HeaderBlock) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in block.fields:
        if _CLIENT.fullmatch(item.name.lower()):
            found.setdefault(item.name, decode_words(item.value)[:VALUE_LIMIT])
    return found


def _claimed(mail: Mail, genuine: authentication.Genuine) -> Iterator[dict[str, str]]:
    """Yield where the message says that it began: the oldest hop with an address, and client-address headers."""
    route = mail.route
    below = range(len(route.hops) - 1, route.boundary if route.boundary is not None else -1, -1)
    oldest = next((route.hops[index] for index in below if route.hops[index].peer.address is not None), None)
    if oldest is not None:
        yield {"address": str(oldest.peer.address), "source": f"Received, line {oldest.line}", "note": _FORGEABLE}
    for item in mail.block.fields:
        if _CLIENT.fullmatch(item.name.lower()) and "mailer" not in item.name.lower():
            for seen in (fields.address(word) for word in _WORD.findall(item.value[:VALUE_LIMIT])):
                if seen.address is not None:
                    note = _vouched(mail.block, genuine, item.name) or _FORGEABLE
                    inside = "; inside a network" if is_internal(seen.address) else ""
                    yield {"address": seen.address, "source": f"{item.name}, line {item.line}", "note": note + inside}


_FORGEABLE = "forgeable: written before the message reached the recipient's side"


def _vouched(block: HeaderBlock, genuine: authentication.Genuine, name: str) -> str:
    """Say whose verified signature covers a header; it is then as good as that domain, and forgeable by it only."""
    if genuine.grade != authentication.VERIFIED or genuine.statement is None:
        return ""
    passed = [item for item in genuine.statement.results if item.method == "dkim" and item.result == "pass"]
    for tags in authentication.signatures(block):
        covered = name.lower() in tags.get("h", "").lower().split(":")
        if covered and any(item.properties.get("header.d", "").lower() == tags.get("d", "").lower() for item in passed):
            return f"forgeable only by {tags['d']}, whose verified signature covers this header"
    return ""


def hop_detail(mail: Mail, index: int) -> dict[str, Any]:
    """Say everything else that one hop states. ``hop`` counts in the order of travel, 1 is the oldest."""
    hop, route = mail.route.hops[index], mail.route
    trusted, why = route.trust(index)
    return {
        "hop": route.number(index),
        "of": len(route.hops),
        "helo": hop.claimed,
        "from": hop.reverse,
        "by": hop.by,
        "via": hop.via,
        "with": hop.protocol,
        "id": hop.id,
        "for": hop.recipient,
        "submitted": hop.origin,
        "authenticated_sender": hop.sender,
        "inside_a_network": is_internal(hop.peer.address) if hop.peer.address is not None else None,
        "trusted": trusted,
        "why": why,
        "boundary": True if index == route.boundary else None,
        "delay_seconds": route.delay(index),
        "time_note": hop.when_note,
        "text": hop.text[:VALUE_LIMIT],
    }
