"""One message as a whole, from whatever container: its header block, its way, and what is derived from them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from forensics.ingest import mail_alerts, mail_dkim
from forensics.ingest import mail_authentication as authentication
from forensics.ingest.fields import FieldError
from forensics.ingest.mail_body import Links, links_of, read_links
from forensics.ingest.mail_dates import mail_date
from forensics.ingest.mail_dkim_keys import TOLD, Key, told_keys
from forensics.ingest.mail_genuine import Genuine, Said, judge
from forensics.ingest.mail_headers import COUNT_LINE, HeaderBlock, Junk, block_of
from forensics.ingest.mail_hops import Hop, read_hop
from forensics.ingest.mail_labels import kinds, labels
from forensics.ingest.mail_networks import same_side
from forensics.ingest.mail_route import Route, read_route
from forensics.ingest.mail_words import Mailbox, decode_words, mailboxes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from forensics.ingest.evidence import Evidence
    from forensics.model import Moment

VALUE_LIMIT = 2_000
"""Characters of a header value that are kept in an event."""

BODY_PART = 256 * 1024
"""Bytes of a message in a mailbox that are searched for links."""

ATTACHED = "inside another message: whoever wrote that one can have made it"

_UNNAMED = Mailbox(name="", address="")
_UNDER_KEY = 16
"""Signatures of one message whose keys are looked up."""


T = TypeVar("T")


class _Once(Generic[T]):
    """As ``functools.cached_property``, which before Python 3.12 takes a lock for each of millions of values."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make, self._name = make, make.__name__
        self.__doc__ = make.__doc__

    def __get__(self, owner: object, _: type) -> T:
        value = vars(owner)[self._name] = self._make(owner)
        return value


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A message: header block and way, its bytes as far as at hand, and what its container says about it.

    ``every_body`` says whether links are wanted of any message, or only of one that looks like a provider's notice.
    ``stated`` holds what the container says beside the message (folder, flags, Outlook properties); it goes into the
    detail. ``kept_as`` are its labels by meaning (``sent``, ``spam``, ...). ``delivered`` is a time of delivery that a
    container states, for messages without hops, or of sending where ``arrived`` is false. ``body`` is the text where the
    container holds it apart.
    """

    block: HeaderBlock
    route: Route
    unread: tuple[Junk, ...]
    data: bytes = b""
    complete: bool = True
    every_body: bool = False
    keys: Mapping[str, Key] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    kept_as: tuple[str, ...] = ()
    stated: Mapping[str, object] = field(default_factory=dict)
    delivered: Moment | None = None
    arrived: bool = True
    account: str = ""
    body: bytes | None = None
    is_html: bool = False

    @_Once
    def sender(self) -> Mailbox:
        """The first mailbox of From."""
        return next(iter(mailboxes(self.block.first("from"))), _UNNAMED)

    @_Once
    def subject(self) -> str:
        """The decoded subject."""
        return decode_words(self.block.first("subject"))[:VALUE_LIMIT]

    @_Once
    def when(self) -> tuple[Moment, str, str]:
        """The time of the message, where it comes from, and what is special about it.

        The hop that took the message from outside is the best clock there is; the sender's own Date is the last resort.
        """
        hop = self.route.boundary_hop or next(iter(self.route.hops), None)
        if hop is not None and hop.when.utc is not None:
            return hop.when, f"Received, line {hop.line}", hop.when_note
        if self.delivered is not None and self.delivered.utc is not None:
            return self.delivered, "time of delivery or sending, as the mail program keeps it", ""
        moment, note = mail_date(self.block.first("date"))
        return moment, "Date header, written by the sender" if moment.text else "", note

    @_Once
    def sent(self) -> bool:
        """Whether the mailbox keeps it as sent by its owner, and no other mailbox took it in."""
        return "sent" in self.kept_as

    @_Once
    def attached(self) -> bool:
        """Whether it stands inside another message: all of it is the word of whoever put it there."""
        return "attached_to" in self.stated

    @_Once
    def returned(self) -> bool:
        """Whether it stands in a report of a server or program: a message that was sent, and received by others only."""
        return "returned" in self.stated

    @_Once
    def taken_in(self) -> bool:
        """Whether anything says that a mailbox took it in."""
        if self.returned:
            return False
        if self.route.hops or self.delivered is None:
            return bool(self.route.hops)
        return self.arrived if self.attached else "draft" not in self.kept_as

    @_Once
    def owner(self) -> str:
        """The mailbox to which the message belongs: its sender where it is kept as sent, else whom it was delivered to.

        A message inside another can name the mailbox that took the other one in: that is no word of this mailbox's side.
        """
        if self.returned:
            return ""
        found = (self.sender.address if self.sent else self.route.recipient) or self.account
        around = str(self.stated.get("attached_in", ""))
        return "" if around and found.lower() == around.lower() else found

    @_Once
    def counts(self) -> bool:
        """Whether it is a provider's notice whose sender is verified: an event of the account.

        Inside another message the word of a provider can be anybody's; there only a signature counts that verifies here.
        """
        if self.attached and self.genuine.grade != authentication.VERIFIED:
            return False
        return not self.sent and mail_alerts.counts(self.found, self.genuine)

    @_Once
    def found(self) -> mail_alerts.Wording | None:
        """What kind of notice it looks like, if any."""
        return mail_alerts.wording(self.sender, self.subject)

    @_Once
    def links(self) -> Links:
        """Hosts of the links in the body; of a mailbox's messages only where they look like a provider's notice."""
        if self.block.ending == "limit":
            return Links(note="not searched: no end of the headers")
        if self.body is not None:
            return links_of(self.body, is_html=self.is_html)
        if self.every_body:
            return read_links(io.BytesIO(self.data), complete=self.complete)
        if self.found is None or not self.data:
            return Links()
        part = self.data[: self.block.end + BODY_PART]
        return read_links(io.BytesIO(part), complete=self.complete and len(part) == len(self.data))

    @_Once
    def checks(self) -> tuple[mail_dkim.Verified, ...]:
        """What became of the signatures, where any key of theirs was supplied; else nothing is computed."""
        if not self.keys:
            return ()
        signed = authentication.signatures(self.block)[:_UNDER_KEY]
        names = {f"{tags.get('s', '')}._domainkey.{tags.get('d', '')}".lower() for tags in signed}
        if not names & self.keys.keys():
            return ()
        return mail_dkim.verify(_bare(self.data), complete=self.complete, keys=self.keys, received=self.when[0].utc)

    @_Once
    def said(self) -> Said:
        """What the message holds about its sender."""
        arc = authentication.arc_statements(self.block)
        sealed = mail_dkim.verify_arc(_bare(self.data), self.keys) if self.keys and arc and self.complete else ""
        return Said(
            results=authentication.statements(self.block),
            arc=arc,
            checks=self.checks,
            arc_here=sealed,
            sealers=authentication.arc_sealers(self.block),
        )

    @_Once
    def genuine(self) -> Genuine:
        """Whether it comes from the domain of its From address."""
        found = judge(self.block, self.route, self.sender.domain, self.said)
        if self.attached and found.statement is not None:
            return replace(found, reasons=(*found.reasons, ATTACHED))
        return found

    def trust(self, index: int) -> tuple[bool | str, str]:
        """Say how far a hop can be trusted (``True``, ``False`` or ``"unknown"``), and why."""
        trusted, why = self.route.trust(index)
        return ("unknown", f"{ATTACHED}; it says: {why}") if self.attached and trusted is True else (trusted, why)


def _bare(data: bytes) -> bytes:
    """Return a message without what a container put before it: byte order mark, blank lines, envelope line."""
    bare = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    while bare.startswith((b"From ", b">From ")) or COUNT_LINE.match(bare):
        bare = bare.partition(b"\n")[2]
    return bare


def read_mail(  # noqa: PLR0913 - what a container knows of a message
    evidence: Evidence,
    data: bytes,
    *,
    block: HeaderBlock | None = None,
    complete: bool = True,
    every_body: bool = False,
    folders: tuple[str, ...] = (),
    stated: Mapping[str, object] | None = None,
    delivered: Moment | None = None,
    arrived: bool = True,
    account: str = "",
    body: bytes | None = None,
    is_html: bool = False,
) -> Mail:
    """Read a message from its bytes. ``folders`` are the folders in which the container keeps it."""
    block = block_of(data) if block is None else block
    hops, unread = _hops(block)
    named = labels(block)
    above = [(item.line, _authority(item.value)) for item in block.all("authentication-results")[:20]]
    above += [(item.line, _authority(item.value)) for item in block.all("arc-authentication-results")[:20]]
    told = evidence.told.get(TOLD)
    attached = "attached_to" in (stated or {})
    kept_as = () if attached else kinds((*_own_labels(block, named), *folders))
    return Mail(
        block=block,
        route=_route(block, hops, above, sent="sent" in kept_as),
        unread=unread,
        data=data,
        complete=complete,
        every_body=every_body,
        keys=told_keys(told.value) if told else {},
        labels=named,
        kept_as=kept_as,
        stated=stated or {},
        delivered=delivered,
        arrived=arrived,
        account=account,
        body=body,
        is_html=is_html,
    )


def _own_labels(block: HeaderBlock, named: tuple[str, ...]) -> tuple[str, ...]:
    """Return the labels that the mailbox wrote, above all hops; a sender can write such a field as well, below them."""
    hops = block.names.get("received")
    if not named or not hops or block.names["x-gmail-labels"][-1] < hops[0]:
        return named
    return labels(block, before=hops[0])


def _route(block: HeaderBlock, hops: tuple[Hop, ...], authorities: list[tuple[int, str]], *, sent: bool) -> Route:
    """Read the way of a message; of one kept as sent, the server of the sender's own provider is the trusted one."""
    route = read_route(block, hops, authorities)
    if not sent or not hops:
        return route
    own = next(iter(mailboxes(block.first("from"))), _UNNAMED)
    ours = any(same_side(by, own.domain) for by in route.servers)
    named = f"the mailbox keeps it as sent by {own.address}" if ours else ""
    return replace(route, recipient="", named_by=named)


def _authority(value: str) -> str:
    """Return the name of the server that wrote a result, without reading the rest."""
    parts = value[:300].split(";", 2)
    first = parts[1] if parts[0].replace(" ", "").startswith("i=") and len(parts) > 1 else parts[0]
    return authentication.named_in(first.strip())


def _hops(block: HeaderBlock) -> tuple[tuple[Hop, ...], tuple[Junk, ...]]:
    hops: list[Hop] = []
    unread: list[Junk] = []
    for item in block.all("received"):
        try:
            hops.append(read_hop(item))
        except FieldError as error:
            unread.append(Junk(line=item.line, reason=str(error), excerpt=item.value[:200]))
    return tuple(hops), tuple(unread)
