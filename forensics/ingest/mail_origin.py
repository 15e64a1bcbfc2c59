"""Where a message came from: the one address that can be relied on, and what the message merely claims.

The address of a message is that of the last hop from outside, as seen by a server of the recipient's side. Where no
server took the message from outside (a message within one provider), a client-address header counts if it was written
inside the border of trust. A notice that counts as an event of the account has none: the server that handed it over
is not the address from which the account was used (it stands in ``trust_boundary``). Addresses of internal networks are never
offered as senders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields
from forensics.ingest import mail_authentication as authentication
from forensics.ingest.mail_message import ATTACHED
from forensics.ingest.mail_networks import is_internal
from forensics.ingest.mail_words import decode_words
from forensics.model import NO_ADDRESS, AddressSeen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.mail_headers import HeaderBlock, HeaderField
    from forensics.ingest.mail_hops import Hop
    from forensics.ingest.mail_message import Mail
    from forensics.ingest.mail_route import Route

VALUE_LIMIT = 2_000
_CLIENT = re.compile(
    r"x-(?:originating|sender|source|client|real|remote|yahoo-client|clientproxied|forwarded|aol|mail-from)[\w-]*"
    r"|x-ms-exchange-(?:organization-originalclientipaddress|crosstenant-[\w-]+|skiplistedinternetsender"
    r"|externaloriginalinternetsender)|x-ironport-remoteip|x-barracuda-(?:apparent-source-ip|connect)"
    r"|x-forefront-antispam-report|x-mailer|x-mailer-ip|user-agent"
    r"|x-php-originating-script|x-php-script|authenticated-sender|x-auth(?:enticated)?-?(?:user|sender)[\w-]*"
)
_NO_ADDRESS_IN = ("x-mailer", "user-agent", "x-php-originating-script")
_STARTS = ("x-", "user-agent", "authenticated-sender")
_WORD = re.compile(r"[^\s,;<>()\"']+")
_UNNAMED = re.compile(r"^(?:ip=|CIP:|[A-Za-z][\w.-]*(?=\[))", re.IGNORECASE)
"""What filters write before an address: Exchange's ``ip=[...]`` and ``CIP:...``, Barracuda's ``name[...]``."""

_INSIDE = "inside: written above the hop from outside, by the recipient's side"
_OUTSIDE = "outside: forgeable, written before the message reached the recipient's side"

_FILTERED = (
    "a service that filters mail, perhaps for the recipient: then the next hop says who handed the message to it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The address of a message, and why it is that one."""

    address: AddressSeen
    why: str


def client_fields(block: HeaderBlock) -> list[HeaderField]:
    """Return the fields in which programs and web mail say whose client wrote the message."""
    return [item for name in _client_names(tuple(block.names)) for item in block.all(name)]


@lru_cache(maxsize=1_024)  # a mailbox has few sets of names
def _client_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([name for name in names if name.startswith(_STARTS) and _CLIENT.fullmatch(name)])


def client_headers(found: list[HeaderField]) -> dict[str, str]:
    """Return those fields as written, the topmost of each name."""
    kept: dict[str, str] = {}
    for item in found:
        kept.setdefault(item.name, decode_words(item.value)[:VALUE_LIMIT])
    return kept


def origin(mail: Mail) -> Origin:
    """Choose the address of a message; of one inside another, it is the one that its own fields name."""
    chosen = _chosen(mail)
    return replace(chosen, why=f"{chosen.why}; {ATTACHED}") if mail.attached and chosen.address.text else chosen


def _chosen(mail: Mail) -> Origin:
    hop, route = mail.route.boundary_hop, mail.route
    if mail.counts:
        why = "none: an event of the account, and who handed the notice over is a mail server of its provider"
        return Origin(address=NO_ADDRESS, why=why)
    if mail.sent and hop is not None and not route.named_by:
        return Origin(address=NO_ADDRESS, why="none: nothing names the server that took it in as the sender's own")
    if hop is not None:
        return _seen(mail, hop)
    for item, seen in _written(client_fields(mail.block)):
        if _inside(mail, item) and not is_internal(str(seen.address)):
            why = f"{item.name}, line {item.line}, written inside the border of trust; no hop came from outside"
            return Origin(address=seen, why=why)
    return Origin(address=NO_ADDRESS, why="" if not route.hops else "no hop from outside states an address")


def _seen(mail: Mail, hop: Hop) -> Origin:
    """Return what the server at the boundary saw."""
    route = mail.route
    if hop.peer.address is None:
        return Origin(address=hop.peer, why=f"the hop from outside (line {hop.line}) states no address")
    if is_internal(hop.peer.address):
        why = f"none: {hop.by} (line {hop.line}) saw an address of its own network only, and the next hop is of a stranger"
        return Origin(address=NO_ADDRESS, why=why)
    side = "a server of the recipient's side" if route.named_by else _unnamed(route)
    what = "its own client" if mail.sent else "the last hop from outside"
    why = f"{what}, as seen by {side} ({hop.by}, line {hop.line})"
    return Origin(address=hop.peer, why=f"{why}; {_FILTERED}" if route.filtered_by and not mail.sent else why)


def _unnamed(route: Route) -> str:
    top = "the topmost server, which nothing names"
    hop = route.boundary_hop
    return top if hop is None or hop.by in route.servers else "a server that nothing names as the recipient's"


def _inside(mail: Mail, item: HeaderField) -> bool:
    """Whether a field stands above the hop from outside, or above all hops where the message never came from outside."""
    hop, hops = mail.route.boundary_hop, mail.route.hops
    if not mail.route.named_by or not hops:
        return False
    return item.line < (hop.line if hop is not None else hops[-1].line)


def _written(found: list[HeaderField]) -> Iterator[tuple[HeaderField, AddressSeen]]:
    for item in found:
        if item.name.lower() in _NO_ADDRESS_IN:
            continue
        words = (_UNNAMED.sub("", word, count=1) for word in _WORD.findall(item.value[:VALUE_LIMIT]))
        for seen in map(fields.address, words):
            if seen.address is not None:
                yield item, seen


def claimed(mail: Mail, found: list[HeaderField]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return where the message says that it began, and addresses of internal networks that it names beside."""
    outside: list[dict[str, Any]] = []
    internal: list[dict[str, Any]] = []
    route = mail.route
    below = range(len(route.hops) - 1, route.boundary if route.boundary is not None else -1, -1)
    for index in below:
        peer = route.hops[index].peer.address
        if peer is not None:
            entry = {"address": peer, "source": f"Received, line {route.hops[index].line}", "note": _OUTSIDE}
            if is_internal(peer):
                internal.append(entry)
                continue
            outside.append(entry)
            break
    for item, seen in _written(found):
        note = _INSIDE if _inside(mail, item) else _vouched(mail, item.name) or _OUTSIDE
        entry = {"address": str(seen.address), "source": f"{item.name}, line {item.line}", "note": note}
        (internal if is_internal(str(seen.address)) else outside).append(entry)
    return outside, internal


def _vouched(mail: Mail, name: str) -> str:
    """Say whose verified signature covers a header; it is then as good as that domain, and forgeable by it only."""
    for tags in authentication.signatures(mail.block):
        domain = tags.get("d", "").lower()
        covered = name.lower() in tags.get("h", "").lower().split(":")
        if covered and (_passed_here(mail, domain) or _passed_there(mail, domain)):
            return f"outside: forgeable only by {domain}, whose verified signature covers this header"
    return ""


def _passed_here(mail: Mail, domain: str) -> bool:
    return any(item.domain == domain and item.result == "pass" for item in mail.checks)


def _passed_there(mail: Mail, domain: str) -> bool:
    genuine = mail.genuine
    if genuine.grade not in {authentication.VERIFIED, authentication.VOUCHED} or genuine.statement is None:
        return False
    passed = [item for item in genuine.statement.results if item.method == "dkim" and item.result == "pass"]
    return any(item.properties.get("header.d", "").lower() == domain for item in passed)
