"""A mailbox as Outlook keeps it (.pst data file, .ost offline copy).

What it is: every message of every folder is one row (place ``/folder/folder/identifier``) with the meaning of
``mail_eml``; every Received field of its transport headers is a row (``.../line/N``). ``detail.folder`` is the folder as
the program names it; messages in the folder of deleted items are ``kept_as`` trash, and items that no folder holds any
more, which the library finds in the file, are marked ``recovered``. Messages attached to a message, as messages or as
.eml, .msg and winmail.dat files, are messages of their own (place ``.../attachment/N``) and the word of whoever attached
them; what a report of a server returns was not received. Calendar entries, contacts and tasks are not used.

How to obtain: Outlook for Windows: File, Open & Export, Import/Export, "Export to a file", Outlook Data File (.pst);
Microsoft Purview eDiscovery exports .pst as well. An .ost lies in the profile of the computer on which Outlook ran.
Reading them needs libpff, an optional extra: ``pip install 'forensics[pst]'``; without it the file is rejected and the
rejection says so.

Time: the hop at the trust boundary; else the time of delivery or submission (FILETIME, UTC); else the Date header.

Versions: ANSI and Unicode files as far as libpff reads them; files with a password open without it. Strings in a code
page are read as Windows-1252. Attached messages are read in Unicode files up to Outlook's strong encoding; other forms
(ANSI, .ost of Outlook 2013 and later) say so. Signatures cannot be verified: Outlook does not keep the body as it was sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.mail_events import PROVIDER, mail_event, mail_rows
from forensics.ingest.mail_folders import is_data_file, items
from forensics.ingest.mail_headers import HeaderField
from forensics.ingest.mail_inside import attached_to, stored_rows
from forensics.ingest.mail_properties import MESSAGE_CLASS, message_of
from forensics.sentence import template

NOT_MAIL = template("calendar entries, contacts, tasks and other items that are no messages")
_MAIL_CLASSES = ("ipm.note", "report.ipm.note", "ipm.post", "ipm.schedule.meeting", "ipm.outlook.recall")


def claims(evidence: Evidence) -> bool:
    """Recognise the header of an Outlook data file."""
    return is_data_file(evidence)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the rows of every message, folder by folder."""
    for item in items(evidence):
        if item.properties is None:
            yield Flaw(place=item.place, reason=item.flaw)
            continue
        kind = item.properties.texts.get(MESSAGE_CLASS, "").lower()
        if kind and not kind.startswith(_MAIL_CLASSES):
            yield Unused(rule=NOT_MAIL)
            continue
        stated = {"folder": "/".join(item.folders), "recovered": True if item.orphan else None}
        mail = message_of(evidence, item.properties, item.folders[-1:], stated)
        yield from mail_rows(evidence, mail, item.place, partial(_place, item.place))
        if item.inside is not None:
            yield from stored_rows(evidence, item.inside(), attached_to(mail))


def _place(item: str, field: HeaderField) -> str:
    return f"{item}/line/{field.line}"


FORMAT = Format(
    title="Outlook mailbox (.pst, .ost)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=mail_event,
)
