"""The rows of messages inside a message, whatever holds them: parts of MIME, Outlook files, ``winmail.dat``, mailboxes.

Each is a message of its own, with hops and an address of its own, and each is the word of whoever put it there.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.mail_attached import OUTLOOK, TNEF, Attached, attached
from forensics.ingest.mail_events import mail_rows
from forensics.ingest.mail_message import ATTACHED, Mail, read_mail
from forensics.ingest.mail_outlook import MAGIC, read_saved
from forensics.ingest.mail_properties import Stored, message_of
from forensics.ingest.mail_tnef import SIGNATURE, read_tnef, tells_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from forensics.ingest.evidence import Evidence
    from forensics.ingest.mail_headers import HeaderField

DEPTH = 5
"""Containers inside containers (an .msg in an .eml in an .msg ...) that are opened."""

_RETURNED = {
    "delivery-status": "a mail server could not deliver it",
    "feedback-report": "a recipient complained about it",
    "disposition-notification": "a recipient's program says what became of it",
    "bounce": "a mail server could not deliver it",
}
_SENT = "it was sent, by the account or by somebody who forged its address, and not received by it"


def attached_rows(evidence: Evidence, mail: Mail, place: str = "", depth: int = DEPTH) -> Iterator[Row | Flaw | Unused]:
    """Yield the rows of the messages inside a message, each a message of its own (place ``.../attached/N``)."""
    for item in attached(mail.block, mail.data):
        where = f"{place}/attached/{item.number}"
        if item.flaw:
            yield Flaw(place=where, reason=item.flaw, excerpt="")
            continue
        stated = attached_to(mail, item)
        if item.form == OUTLOOK:
            yield from stored_rows(evidence, read_saved(item.data, where), stated, depth - 1)
        elif item.form == TNEF:
            first, *inside = read_tnef(item.data, where)  # the first is the message around, unless it says more
            kept = [first, *inside] if tells_headers(first) else inside
            yield from stored_rows(evidence, kept, stated, depth - 1)
        else:
            inner = read_mail(evidence, item.data, complete=mail.complete, every_body=True, stated=stated)
            yield from mail_rows(evidence, inner, where, partial(_line, where))


def stored_rows(
    evidence: Evidence, items: Iterable[Stored], stated: Mapping[str, object], depth: int = DEPTH
) -> Iterator[Row | Flaw | Unused]:
    """Yield the rows of messages that a container holds, as properties or as the bytes of a file."""
    for item in items if depth >= 0 else ():
        if item.flaw:
            yield Flaw(place=item.place, reason=item.flaw)
        elif item.properties is not None:
            inner = message_of(evidence, item.properties, stated=stated)
            yield from mail_rows(evidence, inner, item.place, partial(_line, item.place + item.headers))
        elif item.data.startswith(SIGNATURE):
            first, *inside = read_tnef(item.data, item.place, depth)
            yield from stored_rows(evidence, [first, *inside] if tells_headers(first) else inside, stated, depth - 1)
        elif item.data.startswith(MAGIC):
            yield from stored_rows(evidence, read_saved(item.data, item.place, depth), stated, depth - 1)
        else:
            inner = read_mail(evidence, item.data, every_body=True, stated=stated)
            yield from mail_rows(evidence, inner, item.place, partial(_line, item.place))
            if depth > 0:
                yield from attached_rows(evidence, inner, item.place, depth - 1)


def attached_to(mail: Mail, item: Attached | None = None) -> dict[str, object]:
    """Say of a message that it stands inside another one, and whether it came back."""
    around = mail.block.first("message-id")[:200]
    found: dict[str, object] = {
        "attached_to": around or "a message without Message-ID",
        "attached": ATTACHED,
        "attached_in": mail.owner,
    }
    kind = item.returned if item is not None else _outlook_report(mail)
    if kind:
        why = _RETURNED.get(kind, "it came back in a report")
        found |= {"returned": f"{why}; {_SENT}", "report": list(item.report) if item is not None else []}
    return {key: value for key, value in found.items() if value not in ("", [])}


def _outlook_report(mail: Mail) -> str:
    """Return of what kind the report is that Outlook keeps as one: ``REPORT.IPM.Note.NDR`` (MS-OXOMSG section 2.2.2.1)."""
    name = str(mail.stated.get("message_class", "")).upper()
    if not name.startswith("REPORT."):
        return ""
    return "delivery-status" if name.endswith((".NDR", ".DR")) else "disposition-notification"


def _line(item: str, field: HeaderField) -> str:
    return f"{item}/line/{field.line}"
