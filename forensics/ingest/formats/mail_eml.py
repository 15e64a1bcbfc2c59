"""One e-mail message as saved by a mail program or web mail (RFC 5322): ``.eml``, "show original", Maildir, headers alone.

What it is: the message is one row (``mail_received``; ``other`` where no Received header shows a delivery), and every
Received header is a row of its own (``other``, place ``line:N``). A hop's address is what the receiving server saw on
its connection, never a HELO, queue id or version. The message's address is that of the last hop from outside, as a
server of the recipient's side saw it (see ``mail_route``: the trust boundary; ``detail.address_basis`` says why);
addresses that came with the message, in older hops or in headers such as ``X-Originating-IP``, are listed as
``claimed_origin`` with who can have written them, addresses of internal networks apart. The account is the mailbox
that the recipient's side names (Delivered-To, ``for``), never the To header, which the sender writes.

A provider's security mail is an event of the account (``alert``, ``code_sent``, ``password_changed``,
``export_ready``, ...; ``service`` names the provider) only where its sender is ``verified`` (its signature verifies here
with a key given by ``--dkim-keys``) or ``vouched`` for by the receiving provider; such an event has no address, because
the server that handed it over is not where the account was used. One that is ``unverifiable`` or ``contradicted`` stays
``mail_received``, with a graded statement in ``detail.phishing`` where something speaks against it. Of the body only
link hosts are read. A message attached to the message (as a message, or as an .eml, .msg or winmail.dat file; also inside a
body that was signed as a whole, S/MIME) is a message of its own, place ``/attached/N``: its hops and its address are its
own, and the word of whoever attached it, so no hop of it is trusted and it is never ``mail_sent``. What came back in a
report (bounce, complaint, receipt) was sent and not received: it is ``other``, without an account, ``detail.returned`` says
why and ``detail.report`` what the report states. Messages in the Maildir folder of sent mail, or with
Gmail's label, are ``mail_sent``.

How to obtain: Gmail "Show original" and "Download original"; Outlook "Save as .eml" or message source; Apple Mail
"Save as, raw message source" (its own .emlx files are read too); Thunderbird "Save as"; a Maildir folder of a mail
server as it lies. Forwarding a message loses its headers; forwarding it as an attachment keeps them.

Time: the date of the hop at the trust boundary, else the Date header, which the sender writes; ``time_source`` in the
detail says which. Dates carry their offset; ``-0000`` is UTC. A date without a known zone gives no instant. Differences
between the clocks of servers are shown as they are (``delay_seconds`` may be negative).

Versions: CRLF, LF or CR, 8-bit, folded or encoded headers (RFC 2047), truncated files, a missing empty line. A file that
starts with an mbox envelope line is a mailbox (``mail_mbox``), also with one message. Apple Mail's .emlx with its flags
(``detail.apple_mail``) and folder, .partial.emlx without the attachments; folders of Maildir, MH, KMail and Thunderbird's
.mozmsgs. What a program keeps in a folder of attachments is told as attached. Signatures: RSA and Ed25519,
relaxed and simple (RFC 6376, RFC 8463); ARC seals with keys at hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.mail_events import PROVIDER, mail_event, mail_rows
from forensics.ingest.mail_files import read_message
from forensics.ingest.mail_inside import attached_rows
from forensics.ingest.mail_recognition import is_message

if TYPE_CHECKING:
    from collections.abc import Iterator


def claims(evidence: Evidence) -> bool:
    """Recognise an orderly header block at the start, whatever the file is called."""
    return is_message(evidence)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the hops in travel order, then the message; header lines that are no fields are flaws."""
    mail = read_message(evidence)
    yield from mail_rows(evidence, mail, f"bytes:0-{mail.block.end}")
    yield from attached_rows(evidence, mail)


FORMAT = Format(
    title="E-mail message with its Received chain and authentication results (.eml, Maildir)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=mail_event,
)
