r"""Cut named elements out of an XML file that may be huge or not quite XML, and parse each by itself.

Backups of messages are one long list of elements, often of gigabytes, and old versions wrote them badly: characters
beyond U+FFFF as two references to surrogate halves (``&#55357;&#56838;``), references to control characters. A parser
of the whole file stops at the first such place. Here the file is scanned with flat memory for the starts of the wanted
elements. A raw ``<`` cannot stand inside an attribute value (XML 1.0 section 2.3, production 10), so the start of the
next element ends a damaged one, and one damaged element costs one rejection. What is cut out is mended by named repairs
(``xml_repair``) and parsed by a hardened parser: no document type, no entities beyond the five of XML itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.xml_repair import encoding_of, readable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ELEMENT_LIMIT = 32 * 1024 * 1024
"""Bytes of one element that are kept; a larger one is refused with its place."""
COMMENT_LIMIT = 64 * 1024
CHUNK = 1024 * 1024

_TAIL = 64  # longer than any boundary token, so that none is missed where two chunks meet
_COMMENT_END = re.compile(rb"-->")
_PROCESSING = re.compile(rb"<\?[^<>]*\?>")
_ATTRIBUTE = re.compile(rb"""([A-Za-z_][\w.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlSpec:
    """What a format wants: the list's ``root``, the ``names`` of its elements, and how to show damage.

    ``excerpt`` turns the bytes of a damaged stretch into what a rejection may show (messages of other people may not).
    """

    root: str
    names: tuple[str, ...]
    excerpt: Callable[[bytes], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of the file: ``name`` of its element ("" = between elements, ``!--`` = a comment), bytes, place.

    ``data`` is ``None`` where the stretch was larger than ``ELEMENT_LIMIT``. ``end`` is exclusive.
    """

    name: str
    start: int
    end: int
    data: bytes | None

    @property
    def place(self) -> str:
        """The place of this stretch in the file."""
        return f"bytes:{self.start}-{self.end}"


class _Window:
    """A moving view of the stream: ``data[at:]`` is what has not been taken; ``base`` is the offset of ``data[0]``."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.data = b""
        self.base = 0
        self.at = 0
        self.ended = False

    def find(self, pattern: re.Pattern[bytes], skip: int, limit: int) -> re.Match[bytes] | None:
        """Search from ``skip`` bytes behind ``at``, reading on up to ``limit`` bytes or the end of the stream."""
        position = self.at + skip
        while (found := pattern.search(self.data, position)) is None:
            if self.ended or len(self.data) - self.at > limit:
                return None
            position = max(len(self.data) - _TAIL, position) - self.at
            chunk = self.stream.read(CHUNK)
            self.ended = not chunk
            self.base += self.at
            self.data, self.at = self.data[self.at :] + chunk, 0
        return found

    def take(self, end: int) -> bytes:
        """Take the bytes up to index ``end`` of ``data``."""
        taken, self.at = self.data[self.at : end], end
        return taken

    @property
    def offset(self) -> int:
        """The place of ``at`` in the file."""
        return self.base + self.at


def stretches(stream: BinaryIO, spec: XmlSpec) -> Iterator[Stretch]:
    """Split a stream into elements, comments and what stands between them; together they are the whole stream."""
    names = "|".join(map(re.escape, spec.names))
    boundary = re.compile(rf"<(?:({names})(?=[\s/>])|(!--)|(/){spec.root}\s{{0,20}}>)".encode())
    window, name = _Window(stream), ""
    while True:
        if name == "!--":
            yield _comment(window)
            name = ""
        start, oversize = window.offset, False
        found = window.find(boundary, 1 if name else 0, ELEMENT_LIMIT)
        while found is None and not window.ended:
            oversize = True
            window.take(len(window.data) - _TAIL)
            found = window.find(boundary, 0, ELEMENT_LIMIT)
        data = window.take(found.start() if found else len(window.data))
        if window.offset > start:
            kept = None if oversize or len(data) > ELEMENT_LIMIT else data
            yield Stretch(name=name, start=start, end=window.offset, data=kept)
        if found is None:
            return
        name = (found[1] or found[2] or found[3]).decode()


def _comment(window: _Window) -> Stretch:
    """Take a comment; one that is not closed nearby is a stray token and must not hide the rest of the file."""
    start, found = window.offset, window.find(_COMMENT_END, 4, COMMENT_LIMIT)
    closed = found is not None and found.end() - window.at <= COMMENT_LIMIT
    data = window.take(found.end() if found and closed else window.at + 4)
    return Stretch(name="!--" if closed else "", start=start, end=window.offset, data=data)


def xml_rows(evidence: Evidence, spec: XmlSpec) -> Iterator[Row | Flaw | Unused]:
    """Yield a ``Row`` per wanted element, place ``bytes:A-B``, section = element name, ``shared`` = root attributes.

    ``fields`` holds the attributes and, where there are any, ``inner``: the elements inside in order, each a dict of
    its attributes with ``tag`` and, if not blank, ``text()``. What is no element of the list is a ``Flaw``; so are a
    document type, an end without the root's end tag and a ``count`` in the root that the file does not keep.
    """
    reader = _Reader(evidence, spec)
    with evidence.open() as stream:
        for stretch in stretches(stream, spec):
            yield from reader.read(stretch)
    yield from reader.finish()


class _Reader:
    def __init__(self, evidence: Evidence, spec: XmlSpec) -> None:
        self.evidence = evidence
        self.spec = spec
        self.encoding = encoding_of(evidence.head)
        self.shared: dict[str, str] = {}
        self.root_place = ""
        self.closed = False
        self.elements = 0
        self.end = 0
        self.root = re.compile(rf"<{spec.root}(?=[\s>])[^<>]*>".encode())
        self.root_end = re.compile(rf"</{spec.root}\s{{0,20}}>".encode())

    def read(self, stretch: Stretch) -> Iterator[Row | Flaw | Unused]:
        self.end = stretch.end
        if stretch.name in self.spec.names:
            self.elements += 1
            yield from self._element(stretch)
        elif stretch.data is None:
            yield Flaw(place=stretch.place, reason=f"more than {ELEMENT_LIMIT >> 20} MiB between elements")
        elif stretch.name != "!--":
            yield from self._between(stretch.start, stretch.data)
        elif any(re.search(rf"<{name}\s".encode(), stretch.data) for name in self.spec.names):
            yield Unused(rule="element inside an XML comment")

    def _between(self, start: int, data: bytes) -> Iterator[Flaw]:
        """Read the frame of the file; anything else between elements is damage."""
        place = f"bytes:{start}-{start + len(data)}"
        opened = self.root.search(data)
        if opened and not self.shared:
            self.shared = {
                key.decode(): (double or single).decode("utf-8", "backslashreplace")
                for key, double, single in _ATTRIBUTE.findall(opened[0])
            }
            self.root_place = f"bytes:{start + opened.start()}-{start + opened.end()}"
        self.closed = self.closed or self.root_end.search(data) is not None
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            yield Flaw(place=place, reason="a document type: refused, entities are never expanded")
            return
        frame = _PROCESSING.sub(b"", self.root_end.sub(b"", self.root.sub(b"", data, count=1), count=1))
        rest = frame.removeprefix(b"\xef\xbb\xbf").strip()
        if rest:
            reason = f"{len(rest):,} bytes that are neither an element of the list nor its frame"
            yield Flaw(place=place, reason=reason, excerpt=self.spec.excerpt(rest))

    def _element(self, stretch: Stretch) -> Iterator[Row | Flaw]:
        if stretch.data is None:
            yield Flaw(place=stretch.place, reason=f"one element is larger than {ELEMENT_LIMIT >> 20} MiB")
            return
        end = _element_end(stretch.name, stretch.data)
        place = f"bytes:{stretch.start}-{stretch.start + (end or len(stretch.data.rstrip()))}"
        if not end:
            yield Flaw(place=place, reason="the element is not closed", excerpt=self.spec.excerpt(stretch.data))
            return
        text, repair = readable(stretch.data[:end], self.encoding)
        element = parse(text)
        if isinstance(element, str):
            yield Flaw(place=place, reason=element, excerpt=self.spec.excerpt(stretch.data))
        else:
            yield Row(
                evidence=self.evidence,
                place=place,
                fields=_fields(element),
                section=stretch.name,
                shared=self.shared,
                repair=repair,
            )
        if stretch.data[end:].strip():
            yield from self._between(stretch.start + end, stretch.data[end:])

    def finish(self) -> Iterator[Flaw]:
        """Say what the file as a whole does not keep."""
        if not self.closed:
            yield Flaw(
                place=f"bytes:{self.end}-{self.end}", reason=f"the file ends without </{self.spec.root}>: cut off"
            )
        count = self.shared.get("count", "")
        if count.isdecimal() and len(count) < 12 and int(count) != self.elements:  # noqa: PLR2004 - longer is no count
            yield Flaw(
                place=self.root_place, reason=f"the file announces {int(count):,} elements and holds {self.elements:,}"
            )


def _element_end(name: str, data: bytes) -> int:
    """Return the length of the element that ``data`` begins with, 0 when it is not closed."""
    opening = re.match(rb"""<[A-Za-z_][\w.-]*+(?:[^<"'>]++|"[^"<]*+"|'[^'<]*+')*+>""", data)
    if opening and opening[0].endswith(b"/>"):
        return opening.end()
    closing = re.search(rb"</%s\s{0,20}>" % re.escape(name).encode(), data)
    return closing.end() if closing else 0


def parse(text: str) -> Element | str:
    """Parse one element with no document type and no entities; return the reason as text when it is not XML."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        element: Element = fromstring(text, forbid_dtd=True)
    except ParseError as error:
        return f"not XML: {error}"
    except DefusedXmlException as error:
        return f"not XML that may be read: {type(error).__name__}"
    except ValueError as error:  # what the parser refuses before it starts
        return f"not XML: {error}"
    return element


def _fields(element: Element) -> dict[str, Any]:
    inner = []
    for child in element.iter():
        text = (child.text or "").strip()
        if child is not element:
            inner.append({**child.attrib, "tag": child.tag, **({"text()": text} if text else {})})
    own = (element.text or "").strip()
    return {**element.attrib, **({"inner": inner} if inner else {}), **({"text()": own} if own else {})}
