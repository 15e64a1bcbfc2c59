"""An e-mail message as Outlook saves it (.msg, compound file).

What it is: one message with the meaning of ``mail_eml``: the transport headers that Outlook keeps are read as the
header block (every Received field a row, place ``/__substg1.0_007D001F/line/N``), the message itself is the whole file.
Times that Outlook keeps beside (delivery, submission, creation) stand in ``detail.outlook_times``. A message without
transport headers, as in the sent folder or among drafts, is made from its properties, and ``detail.headers`` says so;
it is ``mail_sent`` only where its flags say that the owner sent it. Attachments are named; of them only messages are
read, also in a winmail.dat, each a message of its own (place ``/__attach_version1.0_#.../...``), with hops and address of
its own that are the word of whoever attached it.

How to obtain: drag the message from Outlook onto a folder, or File, Save as, "Outlook message format - Unicode".
Forwarding loses the headers, forwarding as an attachment keeps them. Outlook on the web: Download, which gives an .eml.

Time: the hop at the trust boundary; else the time of delivery or submission (FILETIME, UTC); else the Date header.

Versions: Unicode (``001F``) and code page (``001E``) strings, the latter in the code page that the message names.
Signatures cannot be verified on a .msg: Outlook does not keep the body as it was sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.mail_events import PROVIDER, mail_event, mail_rows
from forensics.ingest.mail_headers import HeaderField
from forensics.ingest.mail_inside import attached_to, stored_rows
from forensics.ingest.mail_outlook import HEADER_STREAM, is_message_file, read_messages
from forensics.ingest.mail_properties import message_of


def claims(evidence: Evidence) -> bool:
    """Recognise a compound file whose directory names the properties of a message."""
    return is_message_file(evidence)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the hops in travel order, then the message; then the same of every message inside it."""
    first, *inside = read_messages(evidence)
    if first.properties is None:
        return
    mail = message_of(evidence, first.properties)
    yield from mail_rows(evidence, mail, "", _place)
    yield from stored_rows(evidence, inside, attached_to(mail))


def _place(field: HeaderField) -> str:
    return f"{HEADER_STREAM}/line/{field.line}"


FORMAT = Format(
    title="Outlook message (.msg)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=mail_event,
)
