"""A mailbox file with many e-mail messages (mbox), as Google Takeout exports Gmail.

What it is: every message is one row (place ``bytes:A-B`` in the file) and every Received field another, with the
same meaning as in single messages (see ``mail_eml``): the address is the one that handed the message to the
recipient's side, a provider's security mail is an event of the account only where its sender was verified. Gmail's
labels stand in ``detail.labels`` as written, and by meaning in ``detail.kept_as`` (``sent``, ``spam``, ``trash``,
``draft``). A message labelled as sent, or in a file named as a folder of sent mail, is ``mail_sent`` by the account of its
From address; its address is that of the client, where a server saw one. Links are searched only in messages that look
like a provider's notice, in the first 256 KiB. Of attachments only messages are read (place ``bytes:A-B/attached/N``),
where the first of them begins in the first 64 KiB. Labels count where they stand above all hops: senders can write them, too.

How to obtain: takeout.google.com, select Mail (all of your mail); in the archive ``Takeout/Mail/All mail Including Spam
and Trash.mbox`` (German: ``Takeout/Gmail/Alle E-Mails einschließlich Spam-Nachrichten und E.mbox``). Thunderbird keeps
folders as mbox files without suffix in the profile, some with bare ``From`` lines; Apple Mail: Mailbox, Export Mailbox.

Time: the date of the hop at the trust boundary, else the Date header, which the sender writes; ``time_source`` says
which. The envelope line has no zone and serves for nothing.

Versions: Gmail Takeout (``X-GM-THRID``, ``X-Gmail-Labels``; labels in the language of the account, folded and encoded by
RFC 2047, several per field), mboxo and mboxrd quoting (``>From``), LF and CRLF, a byte order mark or blank lines before
the first envelope. A body line that begins with ``From`` splits nothing unless an envelope date and a header line
follow, as in a forwarded mailbox. A damaged message costs itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, ReadyRows, Row, Unused
from forensics.ingest.mail_events import PROVIDER, mail_event
from forensics.ingest.mail_files import mailbox_rows
from forensics.ingest.mail_recognition import is_mailbox


def claims(evidence: Evidence) -> bool:
    """Recognise an envelope line with a header block behind it."""
    return is_mailbox(evidence)


def rows(evidence: Evidence) -> Iterator[Row | ReadyRows | Flaw | Unused]:
    """Yield the rows of every message, in file order."""
    return mailbox_rows(evidence)


FORMAT = Format(
    title="Mailbox with many e-mail messages (mbox, Gmail Takeout)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=mail_event,
)
