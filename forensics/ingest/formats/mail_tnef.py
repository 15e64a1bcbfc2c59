"""``winmail.dat``: what Outlook packs attachments into when it writes to other mail programs (TNEF).

What it is: a file that stands attached to a message, or that somebody saved out of one. Read are the message of which it
tells (as far as its properties do) and the messages attached to it, kept as messages or as .eml and .msg files (place
``/attachment/N``), each with the meaning of ``mail_eml``. All of it was written by the sender's program before the message
was sent: it shows no delivery of the message itself (``other``), and what is attached is the word of whoever attached it.
Other attachments are named, not opened. Inside an .eml, .msg, .pst or mailbox it is read where it stands.

How to obtain: with the whole message (``mail_eml``), which proves more; alone, save the attachment winmail.dat as it is.

Time: as in ``mail_msg``: the hop at the trust boundary of an attached message; else the time of delivery or submission
that its properties state (FILETIME, UTC); else its Date header.

Versions: MS-OXTNEF, with MAPI properties (attMsgProps, attAttachment) or without, as old programs wrote it; strings in
Unicode or in the code page that the file names. The first 32 MiB are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.mail_events import PROVIDER, mail_event
from forensics.ingest.mail_inside import stored_rows
from forensics.ingest.mail_message import ATTACHED
from forensics.ingest.mail_properties import DELIVERED, Stored
from forensics.ingest.mail_tnef import is_tnef, read_tnef

LIMIT = 32 * 1024 * 1024
_AROUND = {"attached_to": "a message that is not at hand", "attached": ATTACHED}


def claims(evidence: Evidence) -> bool:
    """Recognise the signature, with the attribute behind it that all streams have first."""
    return is_tnef(evidence.head)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the rows of the message of which the stream tells, then of those attached to it."""
    with evidence.open() as stream:
        data = stream.read(LIMIT + 1)
    if len(data) > LIMIT:
        yield Flaw(place=f"bytes:{LIMIT}-{evidence.size}", reason=f"read to {LIMIT >> 20} MiB only")
    first, *inside = read_tnef(data[:LIMIT], "")
    yield from stored_rows(evidence, [_as_sent(first), *inside], _AROUND)


def _as_sent(item: Stored) -> Stored:
    """Return the message without times of delivery: no program that wrote this had seen it delivered."""
    if item.properties is None:
        return item
    times = {key: value for key, value in item.properties.times.items() if key != DELIVERED}
    return item._replace(properties=replace(item.properties, times=times))


FORMAT = Format(
    title="Outlook's packed attachments (winmail.dat, TNEF)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=mail_event,
)
