"""The nouns of the evidence: times and addresses as read, events, rejections, and what became of every row.

``Event`` is the one declaration of an event row. The columnar schema (``event_table``), the published JSON Schema and
the documentation are generated from its fields, in their order. Times are aware UTC with microseconds; an absent value
is ``None``, never a sentinel; a text "as found" is never normalised.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from forensics.vocabulary import Action, AddressForm, Initiator, Kind, Outcome, Precision, ZoneBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time as read: the instant if one can be stated, the text as found, and where its zone comes from."""

    utc: datetime | None
    text: str = ""
    zone: ZoneBasis = ZoneBasis.NONE
    precision: Precision = Precision.SECOND

    def __post_init__(self) -> None:
        """Refuse naive times at the border, so that no stage has to think of them."""
        if self.utc is not None and self.utc.tzinfo is not UTC:
            message = f"not an aware UTC time: {self.utc!r}"
            raise ValueError(message)


UNDATED = Moment(utc=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSeen:
    """An address as read: canonical text (RFC 5952; v4-mapped unwrapped) or ``None``, port, text as found, form."""

    address: str | None
    port: int | None = None
    text: str = ""
    form: AddressForm = AddressForm.NONE


NO_ADDRESS = AddressSeen(address=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One input file as received: its name (no absolute path), size in bytes and SHA-256 (lower-case hex)."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the evidence something stands: exhibit → member (path inside an archive, or "") → place.

    ``place`` is ``line:N``, ``bytes:A-B``, or a JSON pointer (RFC 6901); "" means the whole member.
    """

    exhibit: str
    member: str = ""
    place: str = ""


def event_id(exhibit: str, member: str, place: str) -> str:
    r"""Return the id of the row at a place: the first 32 hex digits of SHA-256 over the three parts, LF between.

    A stranger recomputes it with ``printf '%s\\n%s\\n%s' EXHIBIT MEMBER PLACE | sha256sum | cut -c1-32``.
    """
    return hashlib.sha256(f"{exhibit}\n{member}\n{place}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of the event table. The field order is the column order."""

    event_id: str
    kind: Kind = Kind.EVENT
    time: datetime | None = None
    time_end: datetime | None = None
    time_text: str = ""
    zone_basis: ZoneBasis = ZoneBasis.NONE
    precision: Precision = Precision.SECOND
    provider: str
    service: str
    account: str = ""
    action: Action
    action_text: str = ""
    outcome: Outcome = Outcome.UNKNOWN
    initiator: Initiator = Initiator.UNKNOWN
    address: str | None = None
    source_port: int | None = None
    address_text: str = ""
    address_form: AddressForm = AddressForm.NONE
    user_agent: str = ""
    device: str = ""
    stated_place: str = ""
    exhibit: str
    member: str = ""
    place: str
    detail: str = "{}"

    @property
    def where(self) -> Place:
        """The place of this row in the evidence."""
        return Place(exhibit=self.exhibit, member=self.member, place=self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A row, member or file that was not understood: where, why, and the first characters as found."""

    exhibit: str
    member: str = ""
    place: str = ""
    format: str = ""
    reason: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCoverage:
    """What became of one member: ``rows = events + rejections + sum(unused)``.

    ``status`` is ``read``, ``unrecognised``, ``not_used`` or ``rejected``. A member that holds no rows for us (unknown,
    not used, not readable) counts as one row, so that no file can vanish from the sums.
    """

    exhibit: str
    name: str
    member: str
    size: int
    format: str
    status: str
    rows: int
    events: int
    rejections: int
    unused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The ledger of a whole input."""

    files: int
    members: tuple[MemberCoverage, ...]

    @property
    def rows(self) -> int:
        """All rows, members without rows counted as one each."""
        return sum(member.rows for member in self.members)

    @property
    def events(self) -> int:
        """Rows that became events."""
        return sum(member.events for member in self.members)

    @property
    def rejections(self) -> int:
        """Rows (or whole members) that were not understood."""
        return sum(member.rejections for member in self.members)

    @property
    def unused(self) -> int:
        """Rows that a stated rule leaves out."""
        return sum(sum(member.unused.values()) for member in self.members)
