"""What Outlook keeps of a message: MAPI properties (MS-OXPROPS), whatever file they come from, made into one message.

The transport headers (``007D``) are the message's own header block. A message without them (sent, drafted, or moved by
a program that drops them) gets a block from its properties, and the row says so.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from forensics.ingest.mail_headers import HeaderBlock, HeaderField, block_of
from forensics.ingest.mail_message import Mail, read_mail
from forensics.model import UNDATED, Moment, ZoneBasis

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

HEADERS, SUBJECT, BODY, HTML, MESSAGE_CLASS = 0x007D, 0x0037, 0x1000, 0x1013, 0x001A
SENDER_NAME, SENDER_ADDRESS, SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
AUTHOR_NAME, AUTHOR_ADDRESS, AUTHOR_SMTP = 0x0042, 0x0065, 0x5D02
TO, CC, MESSAGE_ID, RECEIVED_BY, RECEIVED_BY_SMTP = 0x0E04, 0x0E03, 0x1035, 0x0076, 0x5D07
DELIVERED, SUBMITTED, CREATED, MODIFIED = 0x0E06, 0x0039, 0x3007, 0x3008
FLAGS = 0x0E07
TEXTS = (
    HEADERS, SUBJECT, BODY, MESSAGE_CLASS, SENDER_NAME, SENDER_ADDRESS, SENDER_SMTP, AUTHOR_NAME, AUTHOR_ADDRESS,
    AUTHOR_SMTP, TO, CC, MESSAGE_ID, RECEIVED_BY, RECEIVED_BY_SMTP,
)  # fmt: skip
TIMES = {DELIVERED: "delivered", SUBMITTED: "submitted", CREATED: "created", MODIFIED: "modified"}
_UNSENT, _FROM_ME = 0x8, 0x20
_FILETIME_START = datetime(1601, 1, 1, tzinfo=UTC)
_NO_HEADERS = "none kept: the header fields are made from the properties of the message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """Texts, times (FILETIME: 100 ns since 1601 UTC) and numbers by property id; recipients and attachments by name."""

    texts: Mapping[int, str] = field(default_factory=dict)
    times: Mapping[int, int] = field(default_factory=dict)
    numbers: Mapping[int, int] = field(default_factory=dict)
    html: bytes = b""
    recipients: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


class Stored(NamedTuple):
    """A message in a file: its place ("": the message itself), its properties, or the bytes of an attached .eml or .msg.

    ``flaw`` says why a message that seems to stand there was not read; ``headers`` in which stream its header lines stand.
    """

    place: str
    properties: Properties | None
    data: bytes = b""
    flaw: str = ""
    headers: str = ""


_CHARSETS = {20127: "ascii", 20866: "koi8-r", 21866: "koi8-u", 65001: "utf-8"} | {
    28590 + part: f"iso-8859-{part}"
    for part in range(1, 17)
    if part != 12  # noqa: PLR2004 - there is no part 12
}
"""Code pages that Python knows under other names."""


def charset_of(page: int) -> str:
    """Return the name of a code page; that of Western Europe for one that Python does not know."""
    name = _CHARSETS.get(page, f"cp{page}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name


def filetime(count: int) -> Moment:
    """Turn a FILETIME into an instant; 0 and what lies outside the calendar is no time (the number is kept)."""
    if count <= 0:
        return UNDATED
    try:
        moment = _FILETIME_START + timedelta(microseconds=count // 10)
    except OverflowError:
        return Moment(utc=None, text=str(count))
    return Moment(utc=moment, text=str(count), zone=ZoneBasis.EPOCH)


def message_of(
    evidence: Evidence, found: Properties, folders: tuple[str, ...] = (), stated: Mapping[str, Any] | None = None
) -> Mail:
    """Make a message of its properties."""
    written = found.texts.get(HEADERS, "").strip("\x00").encode("utf-8", "surrogateescape")
    block = block_of(written.lstrip(b"\r\n")) if written.strip() else None
    if block is None or not block.names:
        block = _made(found)
    flags = found.numbers.get(FLAGS, 0)
    body = found.html or found.texts.get(BODY, "").encode("utf-8", "surrogateescape")
    kept = {
        **(stated or {}),
        "headers": "" if written.strip() else _NO_HEADERS,
        "message_class": found.texts.get(MESSAGE_CLASS, ""),
        "sender_property": _address(found, SENDER_SMTP, SENDER_ADDRESS),
        "recipients": list(found.recipients),
        "attachments": list(found.attachments),
        "outlook_times": {
            TIMES[key]: moment.utc.isoformat()
            for key, count in sorted(found.times.items())
            if key in TIMES and (moment := filetime(count)).utc is not None
        },
        "unsent": True if flags & _UNSENT else None,
    }
    marked = ("sent",) if flags & _FROM_ME and not flags & _UNSENT else ("draft",) if flags & _UNSENT else ()
    delivered = filetime(found.times.get(DELIVERED, 0)) if not flags & _UNSENT else UNDATED
    arrived = delivered.utc is not None and not marked
    if not arrived:
        delivered = filetime(found.times.get(SUBMITTED, 0))
    return read_mail(
        evidence,
        b"",
        block=block,
        complete=False,
        every_body=True,
        folders=(*folders, *marked),
        stated={key: value for key, value in kept.items() if value not in (None, "", [], {})},
        delivered=delivered if delivered.utc is not None else None,
        arrived=arrived,
        account=found.texts.get(RECEIVED_BY_SMTP, "") or _with_at(found.texts.get(RECEIVED_BY, "")),
        body=body,
        is_html=bool(found.html),
    )


def _made(found: Properties) -> HeaderBlock:
    """Make header fields of properties. They stand on no line."""
    name = found.texts.get(AUTHOR_NAME) or found.texts.get(SENDER_NAME, "")
    address = _address(found, AUTHOR_SMTP, AUTHOR_ADDRESS) or _address(found, SENDER_SMTP, SENDER_ADDRESS)
    plain = name.replace('"', "").replace("\n", " ")
    made = {
        "From": f'"{plain}" <{address}>',
        "To": ", ".join(item for item in found.recipients if "@" in item) or found.texts.get(TO, ""),
        "Cc": found.texts.get(CC, ""),
        "Subject": found.texts.get(SUBJECT, ""),
        "Message-ID": found.texts.get(MESSAGE_ID, ""),
    }
    fields = tuple(HeaderField(key, " ".join(value.split()), 0) for key, value in made.items() if value.strip())
    return HeaderBlock(fields=fields, junk=(), envelope="", end=0, body=0, ending="empty line")


def _address(found: Properties, *keys: int) -> str:
    return next((value for key in keys if (value := _with_at(found.texts.get(key, "")))), "")


def _with_at(text: str) -> str:
    """Return an Internet address; names in the directory of an Exchange server (``/o=...``) are none."""
    return text.strip("\x00 ") if "@" in text and not text.startswith("/") else ""
