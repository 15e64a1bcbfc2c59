"""To a time-stamping authority: confirm these tokens, or stamp this checkpoint (RFC 3161).

A token proves that the checkpoint existed at its time for as long as somebody can still check the authority's
certificate. Years later that needs the authority's own archive, so it is asked while the answer is easy.
"""

from __future__ import annotations

from forensics.report.document import Block, Document, Grid, Heading, Items, Literal, Paragraph
from forensics.report.letter import Letter, LetterCase, caution, closing, marks, opening
from forensics.sentence import say

TELLS = say("The authority learns that a checkpoint with this digest exists, and nothing of what it fixes.")


def _write(case: LetterCase) -> tuple[Document, ...]:
    blocks = _confirm(case) if case.tokens else _ask(case)
    return (
        Document(
            name="tsa",
            title=say("Confirmation of time-stamp tokens") if case.tokens else say("Request for a time-stamp token"),
            marks=marks(case, inside=False),
            blocks=(
                caution(TELLS),
                *opening(say("To the time-stamping authority"), "", ""),
                *blocks,
                *closing(),
            ),
        ),
    )


def _confirm(case: LetterCase) -> tuple[Block, ...]:
    return (
        Heading(text=say("What is asked")),
        Paragraph(text=say("Your service issued these time-stamp tokens (RFC 3161). Please confirm for each of them:")),
        Items(
            items=(
                say("that it was issued by you, at the time that it states, and under which policy;"),
                say("which certificate signed it, and that it was neither expired nor revoked at that time;"),
                say(
                    "how long you keep the record of its issue, and where certificate and revocation lists stay published."
                ),
            ),
            numbered=True,
        ),
        Grid(
            heads=(say("File"), say("Time stated (UTC)"), say("Serial number"), say("SHA-256 of the whole response")),
            rows=tuple((item.file, item.time, item.serial, item.sha256) for item in case.tokens),
        ),
    )


def _ask(case: LetterCase) -> tuple[Block, ...]:
    return (
        Heading(text=say("What is asked")),
        Paragraph(
            text=say(
                "Please issue a time-stamp token (RFC 3161) over the SHA-256 digest below, with your certificate, and send the"
                " whole response (.tsr). The digest is that of the signed checkpoint of a custody log."
            )
        ),
        Literal(text=case.checkpoint_sha256),
        Paragraph(text=say("The same request as a file, made on the sender's computer in the folder of the case:")),
        Literal(text="openssl ts -query -data checkpoint -sha256 -cert -out ../request.tsq"),
    )


LETTER = Letter(title=say("Time-stamping authority: confirm tokens, or stamp a checkpoint"), tells=TELLS, write=_write)
