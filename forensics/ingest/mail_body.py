"""Host names of the links in a message's body, as inert text."""

from __future__ import annotations

import email
import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from forensics.ingest.mail_signed import content_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

BODY_LIMIT = 8 * 1024 * 1024
"""Bytes of a message that are searched for links; what is cut off is said."""

MAX_HOSTS = 20
MAX_PARTS = 200

_LINK = re.compile(r"\b(?:https?|hxxps?)(?:://|:\\/\\/)([^\s/\"'<>\\?#)\]]{1,255})", re.IGNORECASE)
_NOT_LINKS = frozenset({"www.w3.org", "schemas.microsoft.com"})
"""Names in document type declarations of HTML mails, which nobody follows."""

_SIGNED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_CLOSED = {
    "encrypted": "an encrypted body: not searched",
    "partial": "one part of a message in several (message/partial): not searched",
}
_STDLIB_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
"""What the standard library's mail parser is known to raise on damaged or hostile structure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Host names in order of first occurrence, as written but in lower case, and what was not searched."""

    hosts: tuple[str, ...] = ()
    note: str = ""

    @property
    def defanged(self) -> tuple[str, ...]:
        """The host names in a spelling that no program turns into a link."""
        return tuple(defang(host) for host in self.hosts)


def defang(host: str) -> str:
    """Write ``mail.example`` as ``mail[.]example``."""
    return host.replace(".", "[.]")


def read_links(stream: BinaryIO, *, complete: bool = True) -> Links:
    """Search the text parts of a message; transfer encodings and HTML entities are undone, nothing is rendered."""
    data = stream.read(BODY_LIMIT + 1)
    notes = [f"searched to {BODY_LIMIT >> 20} MiB only"] if len(data) > BODY_LIMIT else []
    if not complete and not notes:
        notes.append("the beginning of the message was searched only")
    found: dict[str, None] = {}
    try:
        for number, part in enumerate(_parts(email.message_from_bytes(data[:BODY_LIMIT]))):
            if number >= MAX_PARTS:
                notes.append(f"searched {MAX_PARTS} parts only")
                break
            found.update(dict.fromkeys(_hosts(_part_text(part))))
            notes += [_CLOSED[kind] for kind in (_closed(part),) if kind and _CLOSED[kind] not in notes]
    except _STDLIB_DAMAGE as error:
        notes.append(f"not searched to the end: {type(error).__name__} in the structure of the message")
    if len(found) > MAX_HOSTS:
        notes.append(f"{len(found)} hosts, the first {MAX_HOSTS} are listed")
    return Links(hosts=tuple(found)[:MAX_HOSTS], note="; ".join(notes))


def links_of(body: bytes, *, is_html: bool) -> Links:
    """Search a body that a container holds as plain text or HTML."""
    text = body[:BODY_LIMIT].decode("utf-8", "replace")
    notes = [f"searched to {BODY_LIMIT >> 20} MiB only"] if len(body) > BODY_LIMIT else []
    found = dict.fromkeys(_hosts(html.unescape(text) if is_html else text))
    if len(found) > MAX_HOSTS:
        notes.append(f"{len(found)} hosts, the first {MAX_HOSTS} are listed")
    return Links(hosts=tuple(found)[:MAX_HOSTS], note="; ".join(notes))


def _parts(message: Message, depth: int = 3) -> Iterator[Message]:
    """Yield the parts of a message, and those inside what was signed as a whole (S/MIME)."""
    for part in message.walk():
        yield part
        if depth > 0 and part.get_content_type() in _SIGNED and not part.is_multipart():
            payload = part.get_payload(decode=True)
            entity = content_of(payload) if isinstance(payload, bytes) else b""
            if entity:
                yield from _parts(email.message_from_bytes(entity), depth - 1)


def _closed(part: Message) -> str:
    """Say why a part shows no text to anybody without more: encrypted, or one piece of a message in several."""
    kind = part.get_content_type()
    if kind == "multipart/encrypted" or (kind in _SIGNED and "enveloped" in str(part.get("content-type", "")).lower()):
        return "encrypted"
    return "partial" if kind == "message/partial" else ""


def _part_text(part: Message) -> str:
    if part.is_multipart() or part.get_content_maintype() != "text":
        return ""
    payload = part.get_payload(decode=True)
    text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload or "")
    return html.unescape(text) if part.get_content_subtype() == "html" else text


def _hosts(text: str) -> list[str]:
    """Return the hosts of all links: user part and port removed, since both are used to deceive."""
    found = (match[1].rpartition("@")[2].split(":")[0].strip(".,;").lower() for match in _LINK.finditer(text))
    return [host for host in found if host and host not in _NOT_LINKS]
