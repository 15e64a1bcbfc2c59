"""Messages of an archive of Outlook for Mac (.olm): a zip of XML files, one for each message.

What it is: every ``email`` element is one row (place ``bytes:A-B``) with the meaning of ``mail_eml``. Where the program kept
the source of the message (``OPFMessageCopySource``), that is read: every Received field of it is a row
(``bytes:A-B/line/N``). Most messages have no source; their header fields are made of the elements and ``detail.headers`` says
so: such a message shows no way, no address and no authentication. The folder and the account are those of the path in the
archive; a message in a folder of sent mail, or marked as outgoing, is ``mail_sent``. Attachments are named; those that are
messages are files of their own in the archive and told as attached (``mail_eml``). Contacts, calendars, tasks and notes are
not used.

How to obtain: Outlook for Mac (legacy): File, Export, choose the items, "To a folder on My computer"; the .olm is added as it
is. For a single message: drag it to the desktop, which gives an .eml with all headers.

Time: the hop at the trust boundary where there is a source; else the time of receipt, else of sending, as the program keeps
it: without a zone, UTC by the rule of the format, as public readers of such archives agree (unverified).

Versions: with and without the namespace of 2011, addresses as attributes or as elements, one message or several in a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.mail_events import PROVIDER, mail_event, mail_rows
from forensics.ingest.mail_headers import HeaderField
from forensics.ingest.mail_inside import attached_rows
from forensics.ingest.mail_olm import message_of
from forensics.ingest.xml_elements import XmlSpec, xml_rows
from forensics.sentence import template

OTHERS = template("contacts, calendars, tasks and notes of an archive of Outlook for Mac")
_ROOT = re.compile(
    rb"(?s)\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]{0,200}\?>\s*)?<(emails|contacts|appointments|tasks|notes)\b"
)


def _shown(data: bytes) -> bytes:
    """Show of a damaged message its tags only."""
    return b" ".join(re.findall(rb"</?OPF[A-Za-z]{1,80}", data)[:10])


_SPEC = XmlSpec(root="emails", names=("email",), excerpt=lambda data: _shown(data).decode())


def claims(evidence: Evidence) -> bool:
    """Recognise the list, and an element of this program in it."""
    match = _ROOT.match(evidence.head)
    return match is not None and b"<OPF" in evidence.head


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the rows of every message."""
    match = _ROOT.match(evidence.head)
    if match is None or match[1] != b"emails":
        yield Unused(rule=OTHERS)
        return
    for row in xml_rows(evidence, _SPEC):
        if not isinstance(row, Row):
            yield row
            continue
        inner: list[dict[str, Any]] = row.fields.get("inner", [])
        mail = message_of(evidence, inner)
        yield from mail_rows(evidence, mail, row.place, partial(_place, row.place), row.repair)
        yield from attached_rows(evidence, mail, row.place)


def _place(item: str, field: HeaderField) -> str:
    return f"{item}/line/{field.line}"


FORMAT = Format(
    title="Outlook for Mac archive (.olm)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=mail_event,
)
