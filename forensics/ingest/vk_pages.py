"""The pages of VK's data archive on which the sessions stand: one block of the class ``item`` per session.

A block has lines: the application (often a link), ``User Agent: …``, ``address (country)``, and the date. They are told by
their shape. Pages are windows-1251; one that is valid UTF-8 is read as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from forensics.ingest import fields, local_time, written_times
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw
from forensics.ingest.html_lines import lines_of
from forensics.ingest.html_records import Piece, parse, pieces
from forensics.ingest.local_time import Zone
from forensics.ingest.written_times import Dates
from forensics.model import UNDATED, Moment

_STARTS = re.compile(rb"<div class=[\"']item[\"'][^>]{0,100}>")
_FIRST = re.compile(_STARTS.pattern + rb".{0,40}item__main.{1,3000}?User Agent: ", re.DOTALL)
_AGENT = "User Agent:"
_PLACED = re.compile(r"(\S{2,60}?)(?:\s+\((.{1,80})\))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A session: its place in the file and what its lines say, as found; "" where a line is missing."""

    place: str
    application: str
    link: str
    user_agent: str
    address: str
    country: str
    date: str
    others: tuple[str, ...] = ()


def is_sessions(evidence: Evidence) -> bool:
    """Whether a page holds a block with an application and a user agent."""
    return _FIRST.search(evidence.head) is not None


def blocks(evidence: Evidence) -> Iterator[Block | Flaw]:
    """Yield the blocks of a page; what stands around them is no record."""
    for piece in pieces(evidence, _STARTS):
        if piece.is_record:
            yield _block(piece)


def _block(piece: Piece) -> Block | Flaw:
    if piece.data is None:
        return Flaw(place=piece.place, reason="a block larger than the limit", excerpt=piece.excerpt)
    try:
        item = parse(_in_utf8(piece.data)).css_first("div.item")
    except FieldError as error:
        return Flaw(place=piece.place, reason=str(error), excerpt=piece.excerpt)
    lines = lines_of(item)
    link = item.css_first("a[href]") if item is not None else None
    agent = next((line for line in lines if line.startswith(_AGENT)), "")
    placed = next((line for line in lines if _is_placed(line)), "")
    application = lines[0] if lines and lines[0] not in {agent, placed} else ""
    rest = [line for line in lines if line not in {agent, placed, application}]
    match = _PLACED.fullmatch(placed)
    return Block(
        place=piece.place,
        application=application,
        link=(link.attributes.get("href") or "") if link is not None else "",
        user_agent=agent.removeprefix(_AGENT).strip(),
        address=match[1] if match else "",
        country=(match[2] or "") if match else "",
        date=rest[0] if rest else "",
        others=tuple(rest[1:]),
    )


def time_of(block: Block, dates: Dates, zone: Zone | None) -> tuple[Moment, dict[str, str]]:
    """Return the time of a session and what the detail says of it; a date that cannot be read keeps its text."""
    if not block.date:
        return UNDATED, {}
    try:
        written = dates.read(block.date)
        when = written_times.moment(written, block.date, zone)
    except FieldError as error:
        return Moment(utc=None, text=block.date), {"time_note": str(error)}
    note = "" if written.zone_text else local_time.note(written.wall, zone)
    return when, {"time_note": note, "wall_time": local_time.wall_time(written.wall, when)}


def _is_placed(line: str) -> bool:
    match = _PLACED.fullmatch(line)
    return match is not None and fields.parse_ip(fields.split_port(match[1])[0]) is not None


def _in_utf8(data: bytes) -> bytes:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("windows-1251", "backslashreplace").encode()
    return data
