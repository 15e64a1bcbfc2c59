"""SMS Backup & Restore (Android): the XML backup of text messages.

What it is: all SMS and MMS of a phone, as ``<smses>`` with one ``<sms …/>`` or ``<mms …>…</mms>`` each. Only sign-in
codes are evidence here: a code that arrives just before a foreign login, and that the owner did not type, points to
interception. They become ``code_sent`` with ``service`` = whose code it is. Everything else is other people's private
mail and is left out by rule; it never reaches an event, and rejections of damaged messages show no text, name or
number. The text of a code message is kept as found in ``detail``; ``action_text`` is generic. Sender names can be
forged: ``detail`` says what the service was recognised by (``recognised_by``) and what kind of sender it was.

How to obtain: the app "SMS Backup & Restore", Back up now, local file ``sms-YYYYMMDDHHMMSS.xml``. Silence and Signal
wrote the same form as "plaintext backup".

Time: ``date`` is when the phone stored the message by its own clock, milliseconds since 1970 UTC. ``date_sent``, the
network's stamp, is milliseconds in ``sms`` but seconds in ``mms``, and 0 or missing where unknown; it is given in
``detail`` as ``sent_utc`` and used as the time only where ``date`` is missing (``time_from`` says so). The unit is told
by the size: a count below 10^11 would be before March 1973 in milliseconds. ``readable_date`` is local and in the
phone's language, and only kept.

Versions: before v10.05.602 (July 2019), and in Silence and Signal exports, emoji are written as two surrogate halves,
which is not well-formed XML; they are joined and each repair is named. ``null`` as a value means none. ``type`` or
``msg_box``: 1 received, 2 sent, 3 draft, 4 outbox, 5 failed, 6 queued. The account is the phone's own number where an
MMS names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import epoch
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.sms_codes import sender_kind, sign_in_code
from forensics.ingest.xml_elements import XmlSpec, xml_rows
from forensics.model import UNDATED, Action, Event, Initiator, Moment
from forensics.sentence import template

PRIVATE = template("private message without a sign-in code")
NOT_RECEIVED = template("private message written on this phone")

_ROOT = re.compile(rb"<smses(?=[\s>])")
_ITEM = re.compile(rb"<(?:sms|mms)\s[^<]{0,2000}\b(?:address|date)\s*=")
_VALUE = re.compile(rb"""\b([A-Za-z_]+)(\s*=\s*)("[^"<]*"?|'[^'<]*'?)""")
_SHOWN = frozenset(b"date date_sent type msg_box m_type protocol read locked seq ct".split())
_RECEIVED, _FROM, _TO = "1", "137", "151"
_SECONDS_BELOW = 100_000_000_000
_YEAR_2100 = 4_102_444_800


def _masked(data: bytes) -> str:
    """Show a damaged message without what people wrote: names of attributes, and the values that are only technical."""
    head = data[:4_000] if data.startswith(b"<") else b""
    shown = _VALUE.sub(_masked_value, head)
    tags = re.match(rb"""<[A-Za-z]+(?:\s+[A-Za-z_]+\s*=\s*(?:"[^"]*"|'[^']*'))*""", shown)
    return tags[0].decode("utf-8", "backslashreplace") if tags else ""


def _masked_value(found: re.Match[bytes]) -> bytes:
    """Keep a short technical value; where a quote is damaged, text may stand under a technical name."""
    plain = found[1] in _SHOWN and re.fullmatch(rb"[\w./+-]{0,40}", found[3][1:-1])
    return found[0] if plain else found[1] + found[2] + b'"..."'


_SPEC = XmlSpec(root="smses", names=("sms", "mms"), excerpt=_masked)


def _claims(evidence: Evidence) -> bool:
    head = evidence.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith(b"<") or head[:9].lower() == b"<!doctype":
        return False
    return _ROOT.search(head) is not None or _ITEM.match(head) is not None


def _rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    return xml_rows(evidence, _SPEC)


def _event(row: Row) -> Event | Unused:
    if _value(row.fields, "type" if row.section == "sms" else "msg_box") not in ("", _RECEIVED):
        return Unused(rule=NOT_RECEIVED)
    inner = row.fields.get("inner", [])
    sender, body = _sender(row.fields, inner), _body(row.fields, inner)
    code = sign_in_code(sender, row.text("contact_name"), body)
    if code is None:
        return Unused(rule=PRIVATE)
    stored, sent = _moment(row.fields, "date"), _moment(row.fields, "date_sent")
    source = "date" if stored.utc else "date_sent" if sent.utc else ""
    return row.event(
        provider="sms",
        service=code.service,
        action=Action.CODE_SENT,
        when=sent if source == "date_sent" else stored,
        account=_own_number(inner),
        action_text="sign-in code by SMS",
        initiator=Initiator.PROVIDER,
        detail={
            **{key: value for key, value in row.fields.items() if value != "null"},
            "inner": [{key: value for key, value in part.items() if value != "null"} for part in inner],
            "backup": dict(row.shared),
            "sender": sender,
            "sender_kind": sender_kind(sender),
            "recognised_by": code.basis,
            "sent_utc": sent.utc.astimezone(UTC).isoformat() if sent.utc else "",
            "time_from": source,
            "message": row.section,
        },
    )


def _value(found: Mapping[str, Any], key: str) -> str:
    """Return an attribute; the app writes "null" for none."""
    value = str(found.get(key, ""))
    return "" if value == "null" else value


def _moment(found: Mapping[str, Any], key: str) -> Moment:
    """Read a stamp; a bad one stays a text without an instant, because a rejection would show the message."""
    written = _value(found, key).strip()
    if written in ("", "0", "-1"):
        return UNDATED
    plain = re.fullmatch(r"([0-9]{1,14})(?:\.0+)?", written)
    count = int(plain[1]) if plain else 0
    unit = 1 if count < _SECONDS_BELOW else 1_000
    if not 0 < count < _YEAR_2100 * unit:
        return Moment(utc=None, text=written)
    return epoch({key: written}, key, unit=unit)


def _sender(found: Mapping[str, Any], inner: list[dict[str, str]]) -> str:
    senders = [_value(part, "address") for part in inner if part["tag"] == "addr" and part.get("type") == _FROM]
    return next((name for name in senders if name), _value(found, "address"))


def _body(found: Mapping[str, Any], inner: list[dict[str, str]]) -> str:
    texts = [str(found.get("body", "")), _value(found, "sub")]
    texts += [_value(part, "text") for part in inner if part["tag"] == "part" and part.get("ct") == "text/plain"]
    return "\n".join(text for text in texts if text)


def _own_number(inner: list[dict[str, str]]) -> str:
    """Return the only recipient of a received MMS: the phone's own number; "" when several could be it."""
    own = {_value(part, "address") for part in inner if part["tag"] == "addr" and part.get("type") == _TO}
    return own.pop() if len(own) == 1 else ""


FORMAT = Format(
    title="SMS Backup & Restore (XML)",
    provider="sms",
    claims=_claims,
    rows=_rows,
    event=_event,
)
