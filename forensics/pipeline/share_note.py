"""The processing note of a release: one page that stays in the case and says what left, why, and what was done to it.

Addresses count as personal data where a person can be found behind them; whoever shares them has to be able to say on
what ground and how little. The note is that answer; a lawyer completes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forensics.exchange.bundle import WITHHELD

if TYPE_CHECKING:
    from forensics.exchange.bundle import Bundle


def processing_note(bundle: Bundle, subject: Mapping[str, Any], reason: str, released: str) -> bytes:
    """Return the note as UTF-8 text. ``released`` is the time of release as the custody log writes it."""
    to = ", ".join(subject["recipients"]) or "nobody in particular: the file is not encrypted"
    lines = [
        "PROCESSING NOTE (stays in the case)",
        "",
        f"Released:    {released}",
        f"Form:        {subject['format']}, {subject['items']} item(s), TLP:{bundle.tlp}, PAP:{bundle.pap}",
        f"Bytes:       SHA-256 {subject['sha256']}",
        f"Sent as:     SHA-256 {subject['sent_sha256']}",
        f"For:         {to}",
        f"Consent:     {subject['consent']}",
        f"Reason:      {reason or 'none was needed'}",
        "",
        "Purpose:     letting others recognise infrastructure that was used against account owners.",
        "Data:        the items below. " + WITHHELD,
        f"Made less:   times told by {bundle.grain}; providers by kind; ids random; no counts, no rows of the evidence.",
        "Kept out:    every address of the owner or of unknown use, and every range that holds one.",
        "Ground:      to be completed by the custodian (for example consent, or legitimate interest in network security).",
        "",
        *(f"- {item.indicator}, {bundle.period(item)}" for item in bundle.items),
    ]
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")
