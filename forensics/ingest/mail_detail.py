"""What the rows of a message say beyond the event's columns. Absent headers stay absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forensics.ingest import mail_alerts
from forensics.ingest import mail_authentication as authentication
from forensics.ingest.mail_message import ATTACHED
from forensics.ingest.mail_networks import is_internal
from forensics.ingest.mail_origin import claimed, client_fields, client_headers
from forensics.ingest.mail_route import RECIPIENT_FIELDS
from forensics.ingest.mail_words import decode_words, mailboxes
from forensics.ingest.phishing_reasons import INSIDE

if TYPE_CHECKING:
    from forensics.ingest.mail_headers import HeaderBlock
    from forensics.ingest.mail_message import Mail
    from forensics.ingest.mail_origin import Origin

VALUE_LIMIT = 2_000
MAX_VALUES = 20


def message_detail(mail: Mail, origin: Origin) -> dict[str, Any]:
    """Say everything else that is known of the message as a whole."""
    block, sender = mail.block, mail.sender
    _, source, note = mail.when
    reply_to, return_path = _address(block, "reply-to"), _address(block, "return-path")
    clients = client_fields(block)
    outside, internal = claimed(mail, clients) if clients or mail.route.hops else ([], [])
    found = {
        "from": sender.address,
        "from_name": sender.name,
        "to": [item.address for item in mailboxes(block.first("to")) if item.address][:MAX_VALUES],
        "reply_to": reply_to,
        "return_path": return_path,
        "message_id": block.first("message-id")[:VALUE_LIMIT],
        "date": block.first("date")[:VALUE_LIMIT],
        "list_id": block.first("list-id")[:VALUE_LIMIT],
        "thread": block.first("x-gm-thrid")[:100],
        "labels": list(mail.labels),
        "kept_as": list(mail.kept_as),
        "delivered_to": _values(block, *RECIPIENT_FIELDS),
        "received_spf": _values(block, "received-spf")[:5],
        "x_received": _values(block, "x-received"),
        "time_source": source,
        "time_note": note,
        "address_basis": origin.why,
        "hops": len(mail.route.hops),
        "delivery": ""
        if mail.route.hops or mail.sent
        else "no Received header: nothing shows that the message was delivered",
        "trust_boundary": _boundary(mail),
        "client_headers": client_headers(clients),
        "claimed_origin": outside,
        "internal_addresses": internal,
        "genuine": {"grade": mail.genuine.grade, "reasons": list(mail.genuine.reasons)},
        "envelope": block.envelope,
        "header_end": "" if block.ending == "empty line" else block.ending,
        **mail.stated,
    }
    several = mailboxes(block.first("from"))
    if len(several) > 1:
        found["senders"] = len(several)
    _add_authentication(found, mail)
    _add_notice(found, mail, {"Reply-To": reply_to, "Return-Path": return_path})
    return found


def _add_authentication(found: dict[str, Any], mail: Mail) -> None:
    said = mail.said
    if said.results:
        found["authentication_results"] = [item.as_detail() for item in said.results]
    if said.arc:
        found["arc_authentication_results"] = [item.as_detail() for item in said.arc]
        found["arc"] = _arc(mail)
    if "dkim-signature" not in mail.block.names:
        return
    signed = authentication.signatures(mail.block)
    found["dkim_signatures"] = list(signed)
    checked = {(item.domain, item.selector): item for item in mail.checks}
    results = []
    for tags in signed:
        domain, selector = tags.get("d", "").lower(), tags.get("s", "").lower()
        item = checked.get((domain, selector))
        entry = {
            "domain": domain,
            "selector": selector,
            "result": item.result if item else "not verifiable offline",
            "reason": item.reason if item else "no key was supplied for it",
            "aligned": authentication.aligned(domain, mail.sender.domain),
            "key_source": item.key_source if item else "",
        }
        results.append({key: value for key, value in entry.items() if value != ""})
    found["dkim"] = results


def _arc(mail: Mail) -> dict[str, Any]:
    """State the chain of an ARC-sealed message, and who says that it holds."""
    statement = mail.genuine.statement
    results = statement.results if statement is not None else ()
    says = next((item.result for item in results if item.method == "arc"), "")
    chain = [{"instance": item.instance, "authority": item.authority} for item in reversed(mail.said.arc)]
    return {
        "chain": chain,
        "sealers": list(mail.said.sealers),
        "receiver_says": says or "nothing",
        "verified_here": mail.said.arc_here or "no: keys not at hand",
    }


def _add_notice(found: dict[str, Any], mail: Mail, others: dict[str, str]) -> None:
    notice = mail.found
    if mail.every_body or notice is not None:
        found["link_hosts"] = list(mail.links.defanged)
        found["link_note"] = mail.links.note
    if notice is None:
        return
    found["looks_like"] = {
        "provider": notice.provider,
        "notice": notice.action.value,
        "sender": "listed" if notice.listed else "other",
    }
    graded = mail_alerts.phishing(notice, mail.sender, mail.genuine, others, mail.links.hosts)
    if graded is not None and mail.attached:
        graded["reasons"].append(INSIDE)
    found["phishing"] = graded


def _values(block: HeaderBlock, *names: str) -> list[str]:
    """Return the values of these fields in file order."""
    chosen = [item for name in names for item in block.all(name)]
    if len(names) > 1:
        chosen.sort(key=lambda item: item.line)
    return [decode_words(item.value) for item in chosen[:MAX_VALUES]]


def _address(block: HeaderBlock, name: str) -> str:
    value = block.first(name)
    return next((item.address for item in mailboxes(value)), "") if value else ""


def _boundary(mail: Mail) -> dict[str, Any] | None:
    route = mail.route
    hop = route.boundary_hop
    if hop is None or route.boundary is None:
        return None
    trusted, why = mail.trust(route.boundary)
    return {
        "line": hop.line,
        "hop": route.number(route.boundary),
        "by": hop.by,
        "address": hop.peer.address,
        "trusted": trusted,
        "why": why,
    }


def hop_detail(mail: Mail, index: int) -> dict[str, Any]:
    """Say everything else that one hop states. ``hop`` counts in the order of travel, 1 is the oldest."""
    hop, route = mail.route.hops[index], mail.route
    trusted, why = mail.trust(index)
    delay = route.delay(index)
    return {
        "hop": route.number(index),
        "of": len(route.hops),
        "helo": hop.claimed,
        "from": hop.reverse,
        "by": hop.by,
        "by_address": hop.by_address,
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
        "attached": ATTACHED if mail.attached else None,
        "delay_seconds": int(delay) if delay is not None and delay.is_integer() else delay,
        "time_note": hop.when_note,
        "text": hop.text[:VALUE_LIMIT],
    }
