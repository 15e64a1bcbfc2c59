"""What one block of a Meta page says, read from the shape of its values and only then from its labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, meta_html_times, meta_label_facts, meta_values
from forensics.ingest.fields import FieldError
from forensics.ingest.meta_html_times import Time
from forensics.ingest.meta_labels import Entry, is_zone
from forensics.model import NO_ADDRESS, AddressSeen

if TYPE_CHECKING:
    from forensics.ingest.format import Row
    from forensics.ingest.local_time import Zone
    from forensics.ingest.meta_html import Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts of one block. ``stamps`` are the times below it, ``times`` the labelled ones by the clock, distinct."""

    title: str
    entries: tuple[Entry, ...]
    stamps: tuple[Time, ...]
    times: tuple[Time, ...]
    address: AddressSeen
    user_agent: str
    cookie: str
    device_id: str
    place: str
    said: str
    other: tuple[str, ...]

    @property
    def about_access(self) -> bool:
        """Whether the block names an address or a client."""
        return bool(self.address.text or self.user_agent)

    def detail(self) -> dict[str, Any]:
        """All values as found, in order, for the event's detail."""
        return {
            "labels": [[entry.label, entry.value] for entry in self.entries],
            "title": self.title,
            "below": list(self.other),
            "time_zone": meta_label_facts.first_of(self.entries, is_zone),
        }


def row_fields(block: Block) -> dict[str, Any]:
    """Return a block as the raw fields of a row."""
    return {
        "title": block.title,
        "pairs": [[pair.label, pair.value] for pair in block.pairs],
        "stamps": list(block.stamps),
        "links": list(block.links),
    }


def facts(row: Row, zone: Zone | None) -> Facts:
    """Read the facts of a row made by ``row_fields``; one whose only time cannot be read is refused."""
    found: Mapping[str, Any] = row.fields
    entries = tuple(Entry(label=label, value=value) for label, value in found["pairs"])
    below = [text for text in found["stamps"] if meta_html_times.is_time(text)]
    if len(set(below)) > 1:
        raise FieldError(f"two times below one record: {below[:3]}")
    counts = _is_time_or_day if row.shared.get("days") else meta_html_times.is_time
    written = [(entry.label, entry.value) for entry in entries if counts(entry.value)]
    dates = row.shared["dates"]
    stamps, problems = meta_html_times.read_all(dates, [("", text) for text in dict.fromkeys(below)], zone)
    times, more = meta_html_times.read_all(dates, written, zone)
    if problems or (more and not times and not stamps):
        raise FieldError((*problems, *more)[0])
    return Facts(
        title=found["title"],
        entries=entries,
        stamps=stamps,
        times=tuple({time.wall: time for time in sorted(times, key=lambda time: time.wall)}.values()),
        address=_address(entries, found["title"]),
        user_agent=meta_label_facts.first_of(entries, meta_values.is_client)
        or meta_label_facts.labelled(entries, meta_label_facts.CLIENT_LABEL),
        cookie=meta_label_facts.first_of((*entries, *_words(found["title"])), meta_values.is_masked_cookie),
        device_id=meta_label_facts.first_of(entries, meta_values.is_device_id),
        place=meta_label_facts.labelled(entries, meta_label_facts.PLACE_LABEL),
        said=meta_label_facts.said_by(entries),
        other=tuple(text for text in found["stamps"] if text not in below),
    )


def _is_time_or_day(value: str) -> bool:
    return meta_html_times.is_time(value) or meta_html_times.is_day(value)


def _words(title: str) -> tuple[Entry, ...]:
    return tuple(Entry(label="", value=word) for word in title.split()[:20])


def _address(entries: tuple[Entry, ...], title: str) -> AddressSeen:
    """The first value that is an address, else a word of the title that is one."""
    seen = meta_label_facts.address_of(entries)
    if seen.address is not None:
        return seen
    words = (fields.address(word.value) for word in _words(title))
    return next((found for found in words if found.address is not None), NO_ADDRESS)
