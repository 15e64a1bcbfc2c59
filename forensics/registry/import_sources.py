"""Who is cited for an imported record: the report that a collection names, and the collection itself. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from forensics.model import Source
from forensics.registry.importer import Collection, Report, Stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What holds for every entry of one file: the collection, its file, and the days and terms of this import."""

    collection: Collection
    file: str
    sha256: str
    licence: str
    tlp: str
    source_date: date | None
    retrieved_at: date
    recorded_at: date


@lru_cache(maxsize=4096)
def harmless(text: str, most: int = 400) -> str:
    """Return foreign text without control and direction characters, in one line, cut where it is absurdly long."""
    if not text.isprintable():
        text = "".join("\ufffd" if unicodedata.category(char)[0] == "C" else char for char in text)
    text = " ".join(text.replace("|", "/").split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


@lru_cache(maxsize=65536)
def source_id(key: str, named: tuple[str, ...]) -> str:
    """Return the id of a collection as a source for entries of one origin: the same for every copy of the collection."""
    return "list-" + hashlib.sha256("\0".join((key, *named)).encode("utf-8", "backslashreplace")).hexdigest()[:20]


@lru_cache(maxsize=65536)
def report_source(report: Report) -> Source:
    """Return the report itself as a source that is cited and was not opened."""
    title, publisher = harmless(report.title) or "title not stated", harmless(report.publisher) or "not stated"
    day = report.published.isoformat() if report.published else "day unknown"
    return Source(
        id=report.group,
        publisher=publisher,
        title=title,
        citation=f"{publisher}, {title}, {day}" + (f", {harmless(report.url, 1000)}" if report.url else ""),
        published=report.published,
        retrieved_at=None,
        sha256="",
        licence="not checked; cited only",
        grade="F6",
        independence_group=report.group,
        locator="named by a collection; not opened" + (f"; {harmless(report.dated_by)}" if report.dated_by else ""),
    )


def cited_as(lot: Lot, key: str, stated: Stated, group: str, *, several: bool) -> dict[str, Any]:
    """Return what the source of an entry says apart from the place in the file."""
    collection = lot.collection
    urls = ", ".join(report.url for report in stated.reports) if several else ""
    return {
        "id": key,
        "publisher": harmless(collection.publisher),
        "title": harmless(collection.title),
        "citation": _cited(lot) + (f"; it names for the set: {harmless(urls, 1500)}" if urls else ""),
        "published": lot.source_date,
        "retrieved_at": lot.retrieved_at,
        "sha256": lot.sha256,
        "licence": lot.licence,
        "grade": collection.grade,
        "independence_group": group,
    }


@lru_cache(maxsize=256)
def _cited(lot: Lot) -> str:
    return harmless(f"{lot.collection.publisher}, {lot.collection.title}, file {lot.file}", 1000)
