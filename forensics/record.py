"""The nouns of a registry of known infrastructure: a record, the publications it rests on, and what they say of whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A publication that a registry record rests on.

    ``grade`` is the Admiralty grade (A-F, 1-6); ``independence_group`` is the originating report, so that a
    re-publication adds nothing.
    """

    id: str
    publisher: str
    title: str
    citation: str
    published: date | None
    retrieved_at: date | None
    sha256: str
    licence: str
    grade: str
    independence_group: str
    locator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkB:
    """A cited statement that infrastructure belonged to an entity. It is quoted and graded, never computed."""

    entity: str
    statement: str
    source: str
    grade: str
    independence_group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Known infrastructure, bitemporal. ``None`` in a time is a real value: unknown, never "always".

    Valid time: ``valid_from``/``valid_until`` (half-open, UTC days) and ``observed_at``. Record time: ``recorded_at``
    and ``superseded_at``; ``version`` counts within an id. ``network`` is an address, a prefix, a range
    (``FIRST-LAST``), ``ASnnn``, or the text of a non-address indicator. ``entity`` "" means that nobody is named.
    """

    id: str
    set: str
    kind: str
    network: str
    role: str
    description: str
    basis: tuple[str, ...]
    valid_from: date | None
    valid_until: date | None
    observed_at: tuple[date, ...]
    published_at: date | None
    recorded_at: date
    superseded_at: date | None
    state: str
    sharing_class: str
    grade: str
    sources: tuple[Source, ...]
    link_b: tuple[LinkB, ...]
    tlp: str
    pap: str
    licence: str
    unknown: tuple[str, ...]
    note: str = ""
    version: int = 1
    entity: str = ""
    recorded_by: str = ""
    confirmed_by: str = ""
    reason: str = ""
    replacement: str = ""
    reply: str = ""
