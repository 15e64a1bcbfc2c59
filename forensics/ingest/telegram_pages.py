"""The pages of Telegram Desktop's HTML export, cut into entries of lists and messages of chats.

The client's writer (telegramdesktop/tdesktop ``export_output_html.cpp``) is the source of the structure: all its own
words are English in every language; a message is ``div.message.default`` with the time in the ``title`` of ``div.date``,
consecutive messages of one sender are ``joined`` and repeat no name, days stand between as ``div.message.service``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from forensics.ingest import local_time, telegram_times
from forensics.ingest.format import FieldError, Flaw
from forensics.ingest.html_records import cell, parse, pieces
from forensics.model import UNDATED, Moment, Precision, ZoneBasis

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from forensics.ingest.evidence import Evidence
    from forensics.ingest.local_time import Zone

SESSIONS, CHAT, SUMMARY = "sessions", "chat", "summary"

_STARTS = re.compile(rb"<(?:div|a)\s[^<>]{0,120}?class=\"(?:message |entry (?:clearfix|block_link)|personal_info)")
_HEADER = re.compile(rb"(?s)<div class=\"page_header\">.{0,600}?<div class=\"text bold\">\s*(.{0,400}?)\s*</div>")
_STAMP = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d):(\d\d):(\d\d)(?: UTC([+-])(\d\d):?(\d\d))?")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAY = re.compile(rf"(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})")
_INFO = re.compile(rb"Created: \d\d\.\d\d\.\d{4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One message or entry: its place, kind (class names) and the texts of its parts by class name."""

    place: str
    classes: frozenset[str]
    texts: dict[str, list[str]]
    title: str = ""
    forwarded: bool = False

    def text(self, name: str) -> str:
        """Return the first text of a part; "" if there is none."""
        return next(iter(self.texts.get(name, [])), "")


def kind(head: bytes) -> str:
    """Return which page of an export this is, by its shape; "" for any other file."""
    if b"<title>Exported Data</title>" not in head[:2_000] or b'class="page_wrap' not in head:
        return ""
    if b'class="page_body chat_page' in head or b'class="history"' in head:
        return CHAT
    if b"details_entry" in head and b"Last active: " in head and _INFO.search(head):
        return SESSIONS
    return SUMMARY if b'class="personal_info' in head else ""


def header(head: bytes) -> str:
    """Return the page's heading: the chat's name, or the name of the list."""
    match = _HEADER.search(head)
    return cell(parse(match[1]).body) if match else ""


def elements(evidence: Evidence) -> Iterator[Element | Flaw]:
    """Yield the messages or entries of a page in order, and a ``Flaw`` for each that cannot be read."""
    for piece in pieces(evidence, _STARTS):
        if not piece.is_record:
            continue
        if piece.data is None:
            yield Flaw(place=piece.place, reason="an element of more than 2 MiB", excerpt=piece.excerpt)
            continue
        try:
            yield _element(piece.data, piece.place)
        except FieldError as error:
            yield Flaw(place=piece.place, reason=str(error), excerpt=piece.excerpt)


def _element(data: bytes, place: str) -> Element:
    body = parse(data).body
    root = next(iter(body.iter()), None) if body else None
    if root is None:
        raise FieldError("an element without content")
    texts: dict[str, list[str]] = {}
    title = ""
    inside = root.css_first("div.forwarded.body")
    quoted = {node.mem_id for node in inside.traverse()} if inside else set[int]()
    for node in root.css("div[class]"):
        name = _part(node)
        if name and node.mem_id not in quoted:
            texts.setdefault(name, []).append(cell(node))
            if name == "date":
                title = title or (node.attributes.get("title") or "").strip()
        elif name == "text":
            texts.setdefault("forwarded_text", []).append(cell(node))
    return Element(place=place, classes=_classes(root), texts=texts, title=title, forwarded=bool(quoted))


_PARTS = ("date", "from_name", "text", "name", "subname", "details_entry", "info", "label", "value")


def _part(node: LexborNode) -> str:
    classes = _classes(node)
    if {"body", "details"} <= classes:
        return "service"
    return next((name for name in _PARTS if name in classes), "")


def _classes(node: LexborNode) -> frozenset[str]:
    return frozenset((node.attributes.get("class") or "").split())


def moment(written: str, zone: Zone | None) -> tuple[Moment, str]:
    """Read ``dd.MM.yyyy hh:mm:ss``, with ``UTC+hh:mm`` in newer exports; return the time and a remark on its zone."""
    match = _STAMP.fullmatch(written.strip())
    if not match:
        if written.strip():
            raise FieldError(f"not a time as Telegram writes it: {written[:60]!r}")
        return UNDATED, ""
    day, month, year, hour, minute, second = (int(part) for part in match.groups()[:6])
    try:
        wall = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone stands beside it or nowhere
    except ValueError as error:
        raise FieldError(f"not a date in the calendar: {written[:60]!r}") from error
    if match[7]:
        ahead = timedelta(hours=int(match[8]), minutes=int(match[9])) * (-1 if match[7] == "-" else 1)
        utc = (wall - ahead).replace(tzinfo=UTC)
        return Moment(utc=utc, text=written.strip(), zone=ZoneBasis.EXPLICIT), ""
    said = telegram_times.LOCAL_NOTE if zone is None else local_time.note(wall, zone)
    return local_time.instant(wall, written.strip(), zone), said


def day(written: str, zone: Zone | None) -> Moment:
    """Read the day that stands between messages; an instant only where the examiner names a zone."""
    match = _DAY.fullmatch(written.strip())
    if not match:
        return UNDATED
    try:
        wall = datetime(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]))  # noqa: DTZ001 - no zone is written
    except ValueError:
        return UNDATED
    return local_time.instant(wall, written.strip(), zone, Precision.DAY)


def is_day(text: str) -> bool:
    """Whether a service line is the day that stands between messages."""
    return _DAY.fullmatch(text.strip()) is not None


def offset(written: str) -> str:
    """Return the offset that stands in a time, such as ``+04:00``; "" if none does."""
    match = _STAMP.fullmatch(written.strip())
    return f"{match[7]}{match[8]}:{match[9]}" if match and match[7] else ""


def fields_of(element: Element, **more: Any) -> dict[str, Any]:
    """Return an element as the raw fields of a row."""
    return {
        **{name: texts if len(texts) > 1 else texts[0] for name, texts in element.texts.items()},
        "title": element.title,
        "classes": sorted(element.classes),
        **more,
    }
