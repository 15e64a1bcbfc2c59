"""Header text that came through a web page or a word processor: entities (``&lt;``) undone, and only what people saw.

Web mail shows the source of a message inside ``<pre>``; people save that page, or copy its source. Every line keeps its
number: what is left out leaves its line ends. Others paste headers into a document; a member ``word/document.xml`` of a
.docx, or ``content.xml`` of an .odt, is read by paragraphs, and the number of a line is that of the paragraph.
"""

from __future__ import annotations

import html
import re

ESCAPED = "HTML entities (&lt;) turned back into signs"
PAGE = "read out of the <pre> of a web page"
DOCUMENT = "read out of the paragraphs of a document (.docx, .odt)"

_QUOTE = rb"(?:[ \t>]|<pre[^<>]*>)*"
_ENTITIES = re.compile(
    rb"(?im)^"
    + _QUOTE
    + rb"(?:from|to|message-id|return-path|received|delivered-to|reply-to)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*?"
    rb"&(?:lt|#0{0,4}60|#x0{0,4}3c);[^\n&]{1,400}&(?:gt|#0{0,4}62|#x0{0,4}3e);"
)
_SIGNS = re.compile(rb"(?im)^(?:from|to|message-id|return-path|delivered-to|reply-to)[ \t]*:[^\n]*<[^<>\n]*@[^<>\n]*>")
_PRE = re.compile(rb"(?is)<pre\b[^<>]*>(.*?)(?:</pre\s*>|\Z)")
_TAG = re.compile(rb"(?is)</?(?:pre|code|span|div|a|b|br|font|wbr|mark)\b[^<>@]*>")
_PAGE = re.compile(rb"(?is)\A\s*<(?:!doctype html|html|head|body|pre|div)\b")
_DOCUMENT = re.compile(rb"\A\s*<\?xml[^>]{0,200}\?>\s*<(?:w:document|office:document-content)\b")
_UNSEEN = re.compile(rb"(?s)<w:(instrText|delText)\b[^<>]*>[^<]*</w:\1>")
_LINE_END = re.compile(rb"</w:p>|<w:(?:br|cr)\b[^<>]*/>|</text:[ph]>|<text:line-break\b[^<>]*/>")
_SPACE = re.compile(rb"<(?:w:tab|text:tab|text:s)\b[^<>]*/>")
_ANY_TAG = re.compile(rb"<[^<>]*>|<[^<>]*\Z")


def is_document(head: bytes) -> bool:
    """Whether a text is the inside of a word processor's document."""
    return _DOCUMENT.match(head) is not None


def is_page(head: bytes) -> bool:
    """Whether a text is a web page that shows header fields as code."""
    return _PAGE.match(head) is not None and b"<pre" in head.lower() and is_escaped(_shown(head))


def is_escaped(head: bytes) -> bool:
    """Whether the brackets around addresses are entities."""
    if b"&lt;" not in head and b"&#" not in head:
        return False
    return _ENTITIES.search(head) is not None and _SIGNS.search(head) is None


def unescaped(data: bytes) -> tuple[bytes, set[str]]:
    """Return the text as it was before a web page got hold of it, and the names of what was undone."""
    if is_document(data):
        return _paragraphs(data), {DOCUMENT}
    repairs: set[str] = set()
    if is_page(data):
        data = _shown(data)
        repairs.add(PAGE)
    if not is_escaped(data):
        return data, repairs
    lines = _TAG.sub(b"", data).decode("utf-8", "surrogateescape").split("\n")
    plain = [html.unescape(line).replace("\n", " ") if "&" in line else line for line in lines]
    return "\n".join(plain).encode("utf-8", "surrogateescape"), {*repairs, ESCAPED}


def _shown(data: bytes) -> bytes:
    """Return the contents of ``<pre>``, each on the lines on which it stood."""
    kept: list[bytes] = []
    done = 0
    for match in _PRE.finditer(data):
        kept += [b"\n" * data.count(b"\n", done, match.start(1)), match[1]]
        done = match.end(1)
    return b"".join((*kept, b"\n" * data.count(b"\n", done)))


def _paragraphs(data: bytes) -> bytes:
    """Return the text of a document, a line for each paragraph or line break."""
    flat = _UNSEEN.sub(b"", data.replace(b"\r", b" ").replace(b"\n", b" "))
    lines = _ANY_TAG.sub(b"", _SPACE.sub(b" ", _LINE_END.sub(b"\n", flat)))
    return html.unescape(lines.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
