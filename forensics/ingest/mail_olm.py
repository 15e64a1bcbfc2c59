"""A message of an archive of Outlook for Mac, made of its elements or read from the source that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forensics.ingest import fields
from forensics.ingest.mail_headers import HeaderBlock, HeaderField, block_of
from forensics.ingest.mail_message import Mail, read_mail
from forensics.model import UNDATED, Moment, ZoneBasis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.ingest.evidence import Evidence

Element = dict[str, Any]
"""An element: its attributes, its ``tag`` and, where it has one, its ``text()``."""

NO_HEADERS = "none kept: the header fields are made of what the program keeps of the message"
MAX_LISTED = 500
_MESSAGES = "com.microsoft.__Messages"
_LISTS = {
    "From": ("OPFMessageCopyFromAddresses", "OPFMessageCopySenderAddress"),
    "To": ("OPFMessageCopyToAddresses",),
    "Cc": ("OPFMessageCopyCCAddresses",),
    "Reply-To": ("OPFMessageCopyReplyToAddresses",),
}
_ADDRESS, _NAME = "OPFContactEmailAddressAddress", "OPFContactEmailAddressName"


def message_of(evidence: Evidence, found: Sequence[Element]) -> Mail:
    """Make a message of the elements inside one ``email``, in their order."""
    elements = [{**item, "tag": item["tag"].rpartition("}")[2]} for item in found]
    texts = {item["tag"]: str(item.get("text()", "")) for item in reversed(elements)}
    source = texts.get("OPFMessageCopySource", "").encode("utf-8", "surrogateescape").lstrip(b"\r\n")
    block = block_of(source) if source else None
    whole = block is not None and bool(block.names)
    account, folder = _where(evidence)
    outgoing = texts.get("OPFMessageIsOutgoing", "").upper() in {"1", "1E0", "TRUE"}
    sent, received = _time(texts.get("OPFMessageCopySentTime", "")), _time(texts.get("OPFMessageCopyReceivedTime", ""))
    when = received if received.utc is not None and not outgoing else sent
    html = texts.get("OPFMessageCopyHTMLBody", "")
    stated = {
        "headers": "" if whole else NO_HEADERS,
        "folder": folder,
        "outlook_times": {key: item.text for key, item in (("sent", sent), ("received", received)) if item.text},
        "read": texts.get("OPFMessageGetIsRead", ""),
        "attachments": [str(item["OPFAttachmentName"]) for item in elements if item.get("OPFAttachmentName")][
            :MAX_LISTED
        ],
    }
    return read_mail(
        evidence,
        source if whole else b"",
        block=block if whole else _made(elements, texts),
        complete=False,
        every_body=True,
        folders=(folder.rpartition("/")[2], *(("sent",) if outgoing else ())),
        stated={key: value for key, value in stated.items() if value not in ("", [], {})},
        delivered=when if when.utc is not None else None,
        arrived=when is received,
        account=account,
        body=(html or texts.get("OPFMessageCopyBody", "")).encode("utf-8", "surrogateescape"),
        is_html=bool(html),
    )


def _where(evidence: Evidence) -> tuple[str, str]:
    """Return the account and the folder of a path (``Accounts/NAME/com.microsoft.__Messages/FOLDER/message_1.xml``)."""
    parts = evidence.name.split("/")
    if _MESSAGES not in parts:
        return "", ""
    at = parts.index(_MESSAGES)
    account = parts[at - 1] if at and "@" in parts[at - 1] else ""
    return account, "/".join(parts[at + 1 : -1])


def _time(text: str) -> Moment:
    """Read a time; one that is none stays a text."""
    written = text.strip()
    if not written:
        return UNDATED
    try:
        return fields.instant(written, bare_zone=ZoneBasis.FORMAT_RULE)
    except fields.FieldError:
        return Moment(utc=None, text=written[:100])


def _made(elements: Sequence[Element], texts: dict[str, str]) -> HeaderBlock:
    """Make header fields of elements. They stand on no line."""
    made = {name: _addresses(elements, tags) for name, tags in _LISTS.items()}
    made |= {"Subject": texts.get("OPFMessageCopySubject", "")}
    named = texts.get("OPFMessageCopyMessageID", "").strip()
    made |= {"Message-ID": f"<{named.strip('<>')}>" if named else ""}
    listed = tuple(HeaderField(key, " ".join(value.split()), 0) for key, value in made.items() if value.strip())
    return HeaderBlock(fields=listed, junk=(), envelope="", end=0, body=0, ending="empty line")


def _addresses(elements: Sequence[Element], tags: tuple[str, ...]) -> str:
    """Return the addresses of the first list of these names that has any, as in a header field."""
    for tag in tags:
        found = _list(elements, tag)
        if found:
            return ", ".join(found)
    return ""


def _list(elements: Sequence[Element], tag: str) -> list[str]:
    """Return the addresses that follow the element of a list, up to the next element that is none of an address."""
    found: list[str] = []
    name, inside = "", False
    for item in elements:
        if item["tag"] == tag:
            inside = True
        elif inside and item["tag"] == "emailAddress":
            name = str(item.get(_NAME, ""))
            found += [_written(name, str(item[_ADDRESS]))] if item.get(_ADDRESS) else []
        elif inside and item["tag"] == _NAME:
            name = str(item.get("text()", ""))
        elif inside and item["tag"] == _ADDRESS:
            found.append(_written(name, str(item.get("text()", ""))))
        elif inside and not item["tag"].startswith("OPFContactEmailAddress"):
            break
    return found[:MAX_LISTED]


def _written(name: str, address: str) -> str:
    plain = name.replace('"', "").strip()
    return f'"{plain}" <{address.strip()}>' if plain and plain != address.strip() else f"<{address.strip()}>"
