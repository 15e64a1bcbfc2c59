"""The rows of a message and what they mean: one meaning for every container (.eml, mbox, .msg, .pst, pasted text).

Every Received field is a row, then the message itself. A reader gives the places: lines, byte ranges or pointers.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from forensics.ingest.event_values import event_values
from forensics.ingest.format import Flaw, Row, Unused, Values
from forensics.ingest.mail_detail import hop_detail, message_detail
from forensics.ingest.mail_headers import HeaderField
from forensics.ingest.mail_origin import origin
from forensics.model import Action, Event, Initiator, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forensics.ingest.evidence import Evidence
    from forensics.ingest.mail_message import Mail

T = TypeVar("T")

PROVIDER = "mail"


def by_line(field: HeaderField) -> str:
    """Place a field by its line."""
    return f"line:{field.line}"


def mail_rows(
    evidence: Evidence, mail: Mail, place: str, place_of: Callable[[HeaderField], str] = by_line, repair: str = ""
) -> Iterator[Row | Flaw | Unused]:
    """Yield the hops in travel order, then the message as received; header lines that are no fields are flaws."""
    shared = {"mail": mail}
    hops = mail.route.hops
    if hops:
        placed = {item.line: item for item in mail.block.all("received")}
        for index in range(len(hops) - 1, -1, -1):
            found = {"Received": hops[index].text, "index": index}
            where = place_of(placed[hops[index].line])
            yield Row(evidence=evidence, place=where, fields=found, section="hop", shared=shared, repair=repair)
    if mail.block.names:
        yield Row(evidence=evidence, place=place, fields={}, section="message", shared=shared, repair=repair)
    for junk in (*mail.unread, *mail.block.junk):
        where = next((place_of(item) for item in mail.block.fields if item.line == junk.line), "")
        where = where or place_of(HeaderField("", "", junk.line))
        yield Flaw(place=where, reason=junk.reason, excerpt=junk.excerpt)


def ready_rows(evidence: Evidence, mail: Mail, place: str, place_of: Callable[[HeaderField], str]) -> list[Values]:
    """Return what ``mail_event`` says of the rows of a message that has none but fields and readable hops."""
    named = mail.block.all("received")
    found = [
        _hop(partial(event_values, evidence, place_of(named[index])), mail, index)
        for index in range(len(mail.route.hops) - 1, -1, -1)
    ]
    found.append(_message(partial(event_values, evidence, place), mail))
    return found


def mail_event(row: Row) -> Event | Unused:
    """Say what a message or one of its hops means."""
    mail: Mail = row.shared["mail"]
    return _hop(row.event, mail, int(row.fields["index"])) if row.section == "hop" else _message(row.event, mail)


def _message(make: Callable[..., T], mail: Mail) -> T:
    action = Action.MAIL_RECEIVED if mail.taken_in else Action.OTHER
    outcome, service, initiator = Outcome.UNKNOWN, PROVIDER, Initiator.PROVIDER
    chosen = origin(mail)
    if mail.sent:
        action, initiator = Action.MAIL_SENT, Initiator.USER
    elif mail.counts and mail.found is not None:
        action, outcome, service = mail.found.action, mail.found.outcome, mail.found.provider
    return make(
        provider=PROVIDER,
        service=service,
        action=action,
        action_text=mail.subject,
        outcome=outcome,
        when=mail.when[0],
        account=mail.owner,
        initiator=initiator,
        address=chosen.address,
        user_agent=_program(mail) if mail.sent else "",
        detail=message_detail(mail, chosen),
    )


def _program(mail: Mail) -> str:
    """Return the program with which the owner wrote a sent message, as its header names it."""
    return (mail.block.first("user-agent") or mail.block.first("x-mailer"))[:500]


def _hop(make: Callable[..., T], mail: Mail, index: int) -> T:
    hop = mail.route.hops[index]
    return make(
        provider=PROVIDER,
        service=PROVIDER,
        action=Action.OTHER,
        action_text=f"Received, hop {mail.route.number(index)} of {len(mail.route.hops)}",
        when=hop.when,
        account=mail.owner,
        initiator=Initiator.PROVIDER,
        address=hop.peer,
        detail=hop_detail(mail, index),
    )
