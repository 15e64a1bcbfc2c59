"""Header text of e-mail messages, pasted into a text file.

What it is: what a person copies from "Show original", "Message source" or "Internet headers" and saves as text. Every
header block of the text is a message (place ``/headers/N``) and every Received field a row (place ``line:N``), with the
meaning of ``mail_eml``. What pasting did is undone and named in ``detail.repair``: lost folding, ``>`` before the
lines, indentation, blank lines between the lines, the rows of a header analyser (number, name, value), HTML entities
(``&lt;``), also in a saved page that shows the source of a message, the paragraphs of a document (.docx, .odt; the line
is then the paragraph). The text around the blocks is counted and not used. Pasted text proves less than a file: anybody
can type it, and ``detail.pasted`` says so.

How to obtain: Gmail: three dots, "Show original", "Copy to clipboard"; Outlook: File, Properties, "Internet headers";
Outlook on the web: three dots, View, "View message source"; Yahoo: "View raw message". Better: download the message
itself (``mail_eml``).

Time: as in ``mail_eml``: the hop at the trust boundary, else the Date header.

Versions: LF, CRLF and CR, UTF-8 and UTF-16; one or several header blocks; with the page text of Gmail around them.
Text files without a Received field beside other header fields are not touched.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.mail_events import PROVIDER, mail_event, mail_rows
from forensics.ingest.mail_message import read_mail
from forensics.ingest.mail_pasted import TEXT_LIMIT, blocks
from forensics.ingest.mail_recognition import is_pasted
from forensics.sentence import template

AROUND = template("text around the header fields")
PASTED = "pasted text: anybody can type it; the message itself would prove more"


def claims(evidence: Evidence) -> bool:
    """Recognise header fields with hops inside a text that is no orderly message."""
    return is_pasted(evidence)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the rows of every header block, then what was not used."""
    with evidence.open() as stream:
        data = stream.read(TEXT_LIMIT + 1)
    if len(data) > TEXT_LIMIT:
        yield Flaw(place=f"bytes:{TEXT_LIMIT}-", reason=f"a text of more than {TEXT_LIMIT >> 20} MiB: not read on")
    used = 0
    for number, found in enumerate(blocks(data[:TEXT_LIMIT]), start=1):
        used += found.last - found.first + 1
        stated = {"pasted": PASTED, "lines": f"{found.first}-{found.last}"}
        mail = read_mail(evidence, b"", block=found.block, complete=False, stated=stated)
        yield from mail_rows(evidence, mail, f"/headers/{number}", repair="; ".join(found.repairs))
    around = data.count(b"\n") + 1 - used
    if not used:
        yield Flaw(place="", reason="no header block could be made out")
    elif around > 0:
        yield Unused(rule=AROUND, rows=around)


FORMAT = Format(
    title="E-mail headers pasted into a text file",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=mail_event,
)
