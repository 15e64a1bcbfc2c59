"""What Proton keeps beside each message that its export tool writes (``ID.metadata.json`` beside ``ID.eml``).

What it is: one file for each message: its folder and labels by number, its flags, the time at which Proton took it in or
sent it. The row is what the provider knows of the message: ``mail_sent`` by the sender's address where Proton sent it, which
no header shows; ``other`` where it took it in (that is ``mail_received`` in the .eml beside, and one mail must not count
twice), for drafts, and for messages that were imported (whoever imported one could have written it). Flags name what
Proton's filters found (``dmarc_fail``, ``phishing_auto``, ...); they are told, and grade nothing. Addresses are not in it:
the .eml beside has the headers (``mail_eml``). The account is named for sent messages only: the ``To`` of others is what
their senders wrote. ``labels.json``, with the names of the owner's labels, is not used.

How to obtain: proton.me/support/proton-mail-export-tool, on a computer: sign in, Backup; give the whole folder
``mail_YYYYMMDD_HHMMSS``. The tool writes no headers of its own: the .eml are as Proton delivered them, decrypted.

Time: seconds since 1970 (UTC).

Versions: with ``Version`` and ``Payload`` around the fields (since 1.0), and without (tests of 2023).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.ingest.json_rows import json_rows
from forensics.model import Action, Event, Initiator
from forensics.sentence import template

PROVIDER = "proton"
LABELS = template("names of the owner's folders and labels")
_NAMES = frozenset({"ID", "AddressID", "LabelIDs", "ExternalID", "Flags", "Time"})
_LABEL = frozenset({"ID", "Name", "Path", "Color", "Type"})
_FOLDERS = {
    "0": "inbox", "1": "all drafts", "2": "all sent", "3": "trash", "4": "spam", "5": "all mail", "6": "archive", "7": "sent",
    "8": "drafts", "9": "outbox", "10": "starred", "12": "scheduled", "15": "almost all mail", "16": "snoozed",
}  # fmt: skip
_FLAGS = {
    0: "received", 1: "sent", 2: "internal", 3: "end_to_end", 4: "auto", 5: "replied", 6: "replied_all", 7: "forwarded",
    8: "auto_replied", 9: "imported", 10: "opened", 11: "receipt_sent", 12: "notified", 13: "touched", 14: "receipt",
    16: "receipt_asked", 17: "public_key", 18: "signed", 19: "unsubscribed", 20: "scheduled", 21: "alias",
    23: "dmarc_pass", 24: "spf_fail", 25: "dkim_fail", 26: "dmarc_fail", 27: "ham_manual", 28: "spam_auto", 29: "spam_manual",
    30: "phishing_auto", 31: "phishing_manual",
}  # fmt: skip
_BITS = 64


def claims(evidence: Evidence) -> bool:
    """Recognise the fields of a message, or of a list of labels, inside the frame of the tool or alone."""
    keys = evidence.json_keys
    outer, inner = keys.get(1, frozenset()), keys.get(2, frozenset())
    framed = {"Version", "Payload"} <= outer
    return outer >= _NAMES or (framed and (inner >= _NAMES or keys.get(3, frozenset()) >= _LABEL))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the message of the file."""
    return json_rows(evidence, "")


def event(row: Row) -> Event | Unused:
    """Say what Proton knows of one message."""
    payload = row.fields.get("Payload", row.fields)
    if isinstance(payload, list):
        return Unused(rule=LABELS)
    if not isinstance(payload, Mapping) or not payload.keys() >= _NAMES:
        raise FieldError("no fields of a message")
    flags = _flags(payload)
    sent = "sent" in flags and "imported" not in flags
    sender = payload.get("Sender")
    by = fields.text(sender, "Address") if isinstance(sender, Mapping) else ""
    return row.event(
        provider=PROVIDER,
        service="mail",
        action=Action.MAIL_SENT if sent else Action.OTHER,
        action_text=fields.text(payload, "Subject"),
        initiator=Initiator.USER if "sent" in flags else Initiator.PROVIDER,
        when=fields.epoch(payload, "Time"),
        account=by if sent else "",
        detail={
            **{key: value for key, value in payload.items() if key != "Flags"},
            "message_id": _message_id(payload),
            "folders": [_FOLDERS.get(str(label), str(label)) for label in _list(payload, "LabelIDs")],
            "flags": flags,
        },
    )


def _flags(payload: Mapping[str, Any]) -> list[str]:
    """Return the names of the bits that are set; one without a name is told by its number."""
    written = payload.get("Flags")
    if isinstance(written, bool) or not isinstance(written, int) or not 0 <= written < 1 << _BITS:
        raise FieldError(f"'Flags' is no number: {str(written)[:60]!r}")
    return [_FLAGS.get(bit, f"bit_{bit}") for bit in range(_BITS) if written >> bit & 1]


def _message_id(payload: Mapping[str, Any]) -> str:
    external = fields.text(payload, "ExternalID")
    return f"<{external.strip('<>')}>" if external else ""


def _list(payload: Mapping[str, Any], key: str) -> list[Any]:
    found = payload.get(key)
    return found if isinstance(found, list) else []


FORMAT = Format(
    title="Proton Mail export: what is kept beside each message (.metadata.json)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
)
