"""One e-mail message as saved by a mail program or web mail (RFC 5322): ``.eml``, "show original", headers alone.

What it is: the message is one row (``mail_received``; ``other`` where no Received header shows a delivery), and every
Received header is a row of its own (``other``, place ``line:N``). A hop's address is what the receiving server saw on
its connection, never a HELO, queue id or version. The message's address is the one that handed it to the recipient's
side (see ``mail_route``: the trust boundary); addresses that came with the message, in older hops or in headers such
as ``X-Originating-IP``, are listed as ``claimed_origin`` and called forgeable. The account is the mailbox that the
recipient's side names (Delivered-To, ``for``), never the To header, which the sender writes.

A provider's security mail is an event of the account (``alert``, ``code_sent``, ``password_changed``,
``export_ready``, ...; ``service`` names the provider) only where the receiving provider says that the sender is
genuine; one that is not stays ``mail_received``, with a graded statement in ``detail.phishing`` where something
speaks against it. Of the body only link hosts are read.

How to obtain: Gmail "Show original" and "Download original"; Outlook "Save as .eml" or message source; Apple Mail
"Save as, raw message source"; Thunderbird "Save as". Forwarding a message loses its headers. Mailboxes with several
messages (mbox) are another format.

Time: the date of the hop at the trust boundary, else the Date header, which the sender writes; ``time_source`` in the
detail says which. Dates carry their offset; ``-0000`` is UTC. A date without a known zone gives no instant. Differences
between the clocks of servers are shown as they are (``delay_seconds`` may be negative).

Versions: CRLF or LF, 8-bit, folded or encoded headers (RFC 2047), an mbox envelope line before a single message,
truncated files, a missing empty line. Signatures (RFC 6376) are recorded by domain and selector, not verified.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forensics.ingest import mail_alerts
from forensics.ingest.evidence import HEAD, Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.mail_authentication import judge
from forensics.ingest.mail_message import Mail, hop_detail, message_detail, read_mail
from forensics.model import NO_ADDRESS, Action, Event, Initiator, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVIDER = "mail"

_FIELD_LINE = re.compile(rb"[!-9;-~]{1,80}[ \t]*:")
_ENVELOPE = re.compile(rb"\n\r?\nFrom [^\r\n]{0,200}\d{4}[^\r\n]{0,20}\r?\n[!-9;-~]{1,80}:")
_MAILISH = (
    re.compile(rb"(?im)^message-id[ \t]*:\s*<[^>\r\n]+>"),
    re.compile(rb"(?im)^from[ \t]*:[^\r\n]*[^\s@]@[^\s@]"),
)
_COMPANIONS = re.compile(
    rb"(?im)^(?:date|subject|to|cc|mime-version|return-path|delivered-to|dkim-signature|authentication-results|reply-to"
    rb"|from|message-id|received)[ \t]*:"
)
_HOP = re.compile(rb"(?im)^received[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*")
_CLOCK = re.compile(rb"\d\d:\d\d")
_ENOUGH = 3
_ENOUGH_BESIDE_A_HOP = 2


def claims(evidence: Evidence) -> bool:
    """Recognise a header block at the start; a file with a second mbox envelope, or of unknown length, is not ours."""
    head = evidence.head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if head.startswith(b"From "):
        if evidence.size > HEAD or _ENVELOPE.search(head):
            return False
        head = head.partition(b"\n")[2]
    if not _FIELD_LINE.match(head):
        return False
    block = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    found = [match[0].rstrip(b" \t:").lower() for match in _COMPANIONS.finditer(block)]
    if len(found) >= _ENOUGH_BESIDE_A_HOP and any(_is_hop(match[0]) for match in _HOP.finditer(block)):
        return True  # a chain of hops alone, as people paste it
    return len(set(found)) >= _ENOUGH and any(pattern.search(block) for pattern in _MAILISH)


def _is_hop(field: bytes) -> bool:
    return b"by " in field.lower() and _CLOCK.search(field) is not None


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the hops in travel order, then the message as received; header lines that are no fields are flaws."""
    mail = read_mail(evidence)
    headers = {item.name: item.value for item in reversed(mail.block.fields)}
    shared = {"mail": mail}
    for index, hop in reversed(list(enumerate(mail.route.hops))):
        found = {"Received": hop.text, "index": index}
        yield Row(evidence=evidence, place=f"line:{hop.line}", fields=found, section="hop", shared=shared)
    if mail.block.fields:
        place = f"bytes:0-{mail.block.end}"
        yield Row(evidence=evidence, place=place, fields=headers, section="message", shared=shared)
    for junk in (*mail.unread, *mail.block.junk):
        yield Flaw(place=f"line:{junk.line}", reason=junk.reason, excerpt=junk.excerpt)


def event(row: Row) -> Event | Unused:
    """Say what a message or one of its hops means."""
    mail: Mail = row.shared["mail"]
    return _hop(row, mail) if row.section == "hop" else _message(row, mail)


def _message(row: Row, mail: Mail) -> Event:
    sender, subject = mail.sender, mail.subject
    genuine = judge(mail.block, mail.route, sender.domain)
    found = mail_alerts.wording(sender, subject)
    action = Action.MAIL_RECEIVED if mail.route.hops else Action.OTHER
    outcome, service = Outcome.UNKNOWN, PROVIDER
    if found is not None and mail_alerts.counts(found, genuine):
        action, outcome, service = found.action, found.outcome, found.provider
    boundary = mail.route.boundary_hop
    return row.event(
        provider=PROVIDER,
        service=service,
        action=action,
        action_text=subject,
        outcome=outcome,
        when=mail.when[0],
        account=mail.route.recipient,
        initiator=Initiator.PROVIDER,
        address=NO_ADDRESS if boundary is None else boundary.peer,
        detail=message_detail(mail, genuine, found),
    )


def _hop(row: Row, mail: Mail) -> Event:
    index = int(row.fields["index"])
    hop = mail.route.hops[index]
    return row.event(
        provider=PROVIDER,
        service=PROVIDER,
        action=Action.OTHER,
        action_text=f"Received, hop {mail.route.number(index)} of {len(mail.route.hops)}",
        when=hop.when,
        account=mail.route.recipient,
        initiator=Initiator.PROVIDER,
        address=hop.peer,
        detail=hop_detail(mail, index),
    )


FORMAT = Format(
    title="E-mail message with its Received chain and authentication results",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
)
