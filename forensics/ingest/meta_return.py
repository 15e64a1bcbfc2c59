"""The fields of Meta's legal returns ("Business Record"), one at a time, rejoined where a page break cut them.

A return is one page of sections ``div#property-NAME``; a section is a list of fields, a field is a label and a value
or a further list. Three spellings of the same nesting: ``t o`` / ``t i`` / ``m`` / ``p`` (2026), ``div_table outer`` /
``inner`` / ``most_inner``, and ``div_table`` told apart by ``style`` only. The page is paginated for print: at a break
every open element is closed and opened again without its label, so a field without a label continues the one before.
Source: RLEAPP ``scripts/meta_records.py`` and the tests of a public reader of Brazilian practice (facts, no code).

Fields are cut out of the stream one by one, so a return of any size needs little memory.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.ingest.evidence import decode
from forensics.ingest.format import FieldError
from forensics.ingest.html_records import cell, parse, pieces

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence
    from forensics.ingest.html_records import Piece

CONTENT = frozenset(
    {
        *("unified_messages", "threads_unified_messages", "reported_conversations", "reported_disappearing_messages"),
        *("followers", "following", "threads_followers", "threads_following", "incoming_follow_requests"),
        *("likes", "searches", "ncmec_reports", "profile_picture", "book", "books", "address_book"),
    }
)
"""Sections of content, up to gigabytes, that say nothing about access. Photos and posts are read: they may name the
address of the upload."""

NO_RECORDS = "no responsive records"
FIELD_LIMIT = 300
"""Fields of one record that are kept together; real ones have fewer than forty."""

_SECTION = re.compile(rb"<div\s[^<>]{0,90}?id\s*=\s*[\"']property-([A-Za-z0-9_-]{1,60})[\"']", re.IGNORECASE)
_FIELD = (
    rb"<div\s[^<>]{0,60}?class\s*=\s*[\"'](?:t i|div_table inner)[\"']"
    rb"|<div\s[^<>]{0,30}?class\s*=\s*[\"']div_table[\"']\s[^<>]{0,60}?display:\s?table\s?(?:;|[\"'])"
)
_STARTS = re.compile(_FIELD + rb"|" + _SECTION.pattern, re.IGNORECASE)
_TITLE = re.compile(
    rb"(?is)<title[^>]{0,200}>[^<]{0,200}(?:Business Record|(?:Facebook|Instagram|Meta|WhatsApp|Threads) Legal Request)"
)
_PROPERTY = re.compile(rb"(?i)id\s*=\s*[\"']property-(?:request_parameters|ip_addresses|registration_ip)[\"']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its section, label and value; ``ends`` where a spacer behind it ends its record.

    ``problem`` is set instead of a value where the field could not be read.
    """

    section: str
    label: str
    value: str
    start: int
    end: int
    ends: bool = False
    problem: str = ""
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Fields that belong together, in order. A value that a page break cut holds LF at the cut."""

    section: str
    fields: tuple[tuple[str, str], ...]
    start: int
    end: int

    @property
    def place(self) -> str:
        """The place of the record in the file."""
        return f"bytes:{self.start}-{self.end}"


def is_return(head: bytes) -> bool:
    """Whether the beginning of a page is that of a legal return."""
    return b"<" in head[:4096] and bool(_TITLE.search(head) or _PROPERTY.search(head))


def records(evidence: Evidence, left: Counter[str]) -> Iterator[Record | Field]:
    """Yield the records of all sections in order, and a ``Field`` with a ``problem`` for each that is unreadable.

    Fields of ``CONTENT`` sections are not read; ``left`` counts them by section.
    """
    held: list[Field] = []
    for found in _fields(evidence, left):
        if found.problem:
            yield from _record(held)
            yield found
            held = []
            continue
        if held and not found.label and found.section == held[-1].section:
            held[-1] = _continued(held[-1], found)
        elif found.label:
            full = len(held) >= FIELD_LIMIT
            again = any(before.label == found.label for before in held)
            new = found.section != held[-1].section or held[-1].ends or is_definition(held[-1].label) if held else False
            if held and (new or again or full):
                yield from _record(held)
                held = []
            held.append(found)
        elif found.value:
            yield from _record(held)
            held = [found]
    yield from _record(held)


def is_definition(label: str) -> bool:
    """Whether a field is the provider's explanation that begins each section."""
    return label.endswith("Definition")


def _continued(before: Field, found: Field) -> Field:
    """Add what stands behind a page break to the field that the break cut."""
    value = "\n".join(filter(None, (before.value, found.value)))
    return Field(
        section=before.section,
        label=before.label,
        value=value,
        start=before.start,
        end=found.end,
        ends=found.ends or (before.ends and not found.value),
    )


def _record(held: list[Field]) -> Iterator[Record]:
    if held:
        pairs = tuple((field.label, field.value) for field in held)
        yield Record(section=held[0].section, fields=pairs, start=held[0].start, end=held[-1].end)


def _fields(evidence: Evidence, left: Counter[str]) -> Iterator[Field]:
    section = ""
    for piece in pieces(evidence, _STARTS):
        if not piece.is_record:
            continue
        name = _SECTION.match(piece.data or piece.head)
        if name:
            section = name[1].decode("ascii").lower()
        elif section in CONTENT:
            left[section] += 1
        else:
            yield _field(piece, section)


def _field(piece: Piece, section: str) -> Field:
    problem = "a field of more than 2 MiB" if piece.data is None else ""
    label = value = ""
    ends = False
    if piece.data is not None:
        try:
            label, value, ends = _parts(piece.data)
        except FieldError as error:
            problem = str(error)
    return Field(
        section=section,
        label=label,
        value=value,
        start=piece.start,
        end=piece.end,
        ends=ends,
        problem=problem,
        excerpt=decode(piece.head[:200] or (piece.data or b"")[:200]) if problem else "",
    )


def _parts(data: bytes) -> tuple[str, str, bool]:
    """Return label, value and whether a spacer follows the field outside of it."""
    body = parse(data).body
    if body is None:
        return "", "", False
    for broken in body.css(".pageBreak"):
        broken.decompose()
    parts = list(body.iter())
    if not parts:
        return "", "", False
    texts = [child.text(deep=False) for child in parts[0].iter(include_text=True) if child.tag == "-text"]
    inner = [cell(child) for child in parts[0].iter()]
    ends = any("p" in (part.attributes.get("class") or "").split() for part in parts[1:])
    return " ".join(" ".join(texts).split()), "\n".join(filter(None, inner)), ends


def rejoined(value: str, pattern: re.Pattern[str]) -> str:
    """Return a value that a page break cut, joined with a space or without, whichever ``pattern`` accepts whole.

    A value that fits neither way comes back with spaces; the caller's reader refuses it.
    """
    spaced = " ".join(value.split("\n"))
    tight = "".join(part.strip() for part in value.split("\n"))
    return tight if pattern.fullmatch(tight) and not pattern.fullmatch(spaced) else spaced
