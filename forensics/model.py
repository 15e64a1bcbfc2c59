"""The nouns: frozen values that travel between stages, with no behaviour beyond derived properties.

``Event`` is the one declaration of an event row. The columnar schema (``event_table``), the published JSON Schema and
the documentation are generated from its fields, in their order. Times are aware UTC with microseconds; an absent value
is ``None``, never a sentinel; a text "as found" is never normalised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

# ruff: noqa: PLC0414 - events and the vocabulary are part of the nouns: one import serves every stage
from forensics.case_graph import CaseGraph as CaseGraph
from forensics.case_graph import Cluster as Cluster
from forensics.case_graph import GraphEdge as GraphEdge
from forensics.case_graph import GraphNode as GraphNode
from forensics.case_graph import Split as Split
from forensics.event import (
    NO_ADDRESS as NO_ADDRESS,
)
from forensics.event import (
    UNDATED as UNDATED,
)
from forensics.event import (
    AddressSeen as AddressSeen,
)
from forensics.event import (
    Coverage as Coverage,
)
from forensics.event import (
    Event as Event,
)
from forensics.event import (
    Exhibit as Exhibit,
)
from forensics.event import (
    MemberCoverage as MemberCoverage,
)
from forensics.event import (
    Moment as Moment,
)
from forensics.event import (
    Place as Place,
)
from forensics.event import (
    Rejection as Rejection,
)
from forensics.event import (
    event_id as event_id,
)
from forensics.record import LinkB as LinkB
from forensics.record import Record as Record
from forensics.record import Source as Source
from forensics.vocabulary import (
    FINDING_KINDS as FINDING_KINDS,
)
from forensics.vocabulary import (
    Action as Action,
)
from forensics.vocabulary import (
    AddressForm as AddressForm,
)
from forensics.vocabulary import (
    ContextStatus as ContextStatus,
)
from forensics.vocabulary import (
    Initiator as Initiator,
)
from forensics.vocabulary import (
    Kind as Kind,
)
from forensics.vocabulary import (
    Outcome as Outcome,
)
from forensics.vocabulary import (
    Precision as Precision,
)
from forensics.vocabulary import (
    Role as Role,
)
from forensics.vocabulary import (
    ZoneBasis as ZoneBasis,
)

# --- enrichment -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A dated data set: identity, provenance, licence. ``as_of`` is read from the data, never from a file time."""

    id: str
    kind: str
    as_of: date
    source: str
    source_sha256: str
    bundle_sha256: str
    licence: str
    attribution: str
    rows_v4: int
    rows_v6: int
    sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A value about an address as of a day: which snapshot says so, and how far from the day it was taken.

    ``gap_days`` is signed: snapshot date minus event date, so a positive gap means "known only from later data".
    ``other`` carries the second value (and its snapshot) when the snapshots before and after disagree.
    """

    value: str | None
    snapshot: str = ""
    as_of: date | None = None
    gap_days: int | None = None
    status: ContextStatus = ContextStatus.UNKNOWN
    other: tuple[Context, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassClaim:
    """One source's word that an address is of a class (hosting, vpn, mobile …), with the day of that word.

    ``name`` is the class, ``source`` the list, flag or table that says so, ``snapshot`` where it stands (or "" for our own
    tables). ``gap_days`` is signed as in ``Context``. ``unsaid`` names the date of the same list on the other side of the
    event if that one does not list the address.
    """

    name: str
    source: str
    snapshot: str = ""
    as_of: date | None = None
    gap_days: int | None = None
    unsaid: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One statement of an online source about an address: its words, the time they hold for, and the sealed answer.

    ``what`` is a word of ``enrichment.source.STATEMENTS`` or ``name_seen`` (the user's passive DNS); ``since`` and
    ``until`` are what the answer itself says.
    """

    what: str
    value: str
    source: str
    asked: date | None = None
    since: date | None = None
    until: date | None = None
    note: str = ""
    answer: str = ""  # SHA-256 of the raw reply


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressContext:
    """What dated sources say about one address on one day. ``prefix`` is the covering range in the chosen snapshot.

    Three holders are kept apart: who holds the address (``said``, from registries), which AS announced it
    (``origin_as``), who held that AS (``as_name``). ``same_holder`` names the one holder behind two AS numbers where the
    number changed and the holder did not. ``registry_country`` is the country of the delegation, wherever the address
    is used. ``drift`` is the share of addresses (per cent) whose origin changes in a gap like that of a stale origin.
    """

    address: str
    at: date | None
    origin_as: Context
    as_name: Context
    country: Context
    registry_country: Context = Context(value=None)
    same_holder: str = ""
    drift: int | None = None
    prefix: str = ""
    special: str = ""
    classes: tuple[str, ...] = ()
    class_claims: tuple[ClassClaim, ...] = ()
    said: tuple[Said, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


# --- attribution ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerNetwork:
    """An address or prefix that the owner declares, for a period if one is given (days, inclusive)."""

    net: str
    first: date | None = None
    last: date | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What the owner of the accounts declares. All of it is optional; nothing declared means no baseline."""

    time_zone: str = ""
    clean_windows: tuple[tuple[date, date], ...] = ()
    addresses: tuple[OwnerNetwork, ...] = ()
    devices: tuple[str, ...] = ()
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: str = ""

    @property
    def declares_baseline(self) -> bool:
        """Whether anything was declared from which a baseline can be built."""
        return bool(self.clean_windows or self.addresses or self.devices)


class Use(NamedTuple):
    """What sessions and sequences read of an event; a case may hold millions of them. Columns as in ``Event``."""

    event_id: str
    time: datetime | None
    time_end: datetime | None
    provider: str
    service: str
    account: str
    action: Action
    action_text: str
    kind: Kind
    initiator: Initiator
    address: str | None
    source_port: int | None
    user_agent: str
    device: str
    exhibit: str
    member: str
    place: str

    @property
    def where(self) -> Place:
        """The place of this row in the evidence."""
        return Place(exhibit=self.exhibit, member=self.member, place=self.place)


class Act(NamedTuple):
    """An event of a session that can be a step of something: its row's id, when, what, and the provider's words."""

    event_id: str
    time: datetime
    action: Action
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Events of one account from one address and client, without a long pause; and whether the owner explains it.

    ``reasons`` is never empty: a role without its reasons may not be printed. ``events`` is their number, ``opening``
    the action of the first, ``places`` the first rows (as many as a finding cites), ``acts`` the events that can be
    steps, ``starts`` whether any is a step or an activity that began there, ``entered`` whether a row tells that the
    account was opened from this address, ``ports`` whether any row holds a source port. ``seen`` is when a row first
    attests the address: a list of sessions tells the address of the last use, not of the beginning.
    """

    id: str
    provider: str
    account: str
    address: str | None
    client: str
    device: str
    first: datetime
    last: datetime
    events: int
    opening: Action
    role: Role
    reasons: tuple[str, ...]
    places: tuple[Place, ...] = ()
    acts: tuple[Act, ...] = ()
    starts: bool = True
    entered: bool = True
    ports: bool = False
    seen: datetime | None = None

    @property
    def at(self) -> datetime:
        """The moment as of which the address is told."""
        return self.seen or self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """A likelihood ratio with its range, its words on the printed scale, and the second alternative.

    ``against`` says what the ratio is against: Hd1, "an unrelated source in the country"; ``words_country`` are its words
    ("" where nothing else was weighed). ``lr_network`` is the same ratio against Hd2, "another user of the same network"
    (``against_network``). ``words`` is the headline: the words of the weaker of both, and ``why`` says so.
    """

    lr_low: float
    lr: float
    lr_high: float
    words: str
    against: str
    lr_network: float | None = None
    words_network: str = ""
    words_country: str = ""
    against_network: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Link A for one observed address: the ring it fell in, the record, and the strength. Non-matches are links too.

    ``factors`` are the links of the other addresses of the same client whose ratios are multiplied in.
    """

    address: str
    at: datetime
    ring: str
    record: str
    window: str
    gap_days: int | None
    strength: Strength
    assumptions: tuple[str, ...]
    derivation: Mapping[str, float | str]
    factors: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A numbered statement with everything needed to attack it. ``strength`` is ``None`` for plain facts."""

    id: str
    kind: str
    statement: str
    strength: Strength | None
    basis: tuple[Place, ...]
    alternatives: tuple[str, ...]
    challenge: str
    facts: Mapping[str, object] = field(default_factory=dict)
