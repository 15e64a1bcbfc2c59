"""What a ``Received`` field says of the two ends of its connection: the ``from`` clause, and the server of itself.

The address of the peer is what the server saw. It stands in parentheses or brackets behind the name that the peer gave
itself, or in place of a name where the server writes none (web mail, Exim); never is the peer's own word (HELO) an
address, nor what another program told the server (``proxying for``). Spellings as SpamAssassin's parser lists them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from forensics.ingest import fields
from forensics.model import NO_ADDRESS, AddressSeen

_ADDRESS_LIMIT = 100
"""Characters in which an address without its zone id stands, if one does."""

_HELO = re.compile(r"(?:^|\s)(?:helo|ehlo|lhlo)[=\s]\s*(\S+)", re.IGNORECASE)
_LITERAL = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45}(?:%[\w.-]+)?)\](?::(\d{1,5}))?", re.IGNORECASE)
_PORT = re.compile(r"(?:^|\s)port=(\d{1,5})\b")
_SENDER = re.compile(
    r"authenticated (?:sender|user|as)[:=]?\s*(\S+)|(?:^|\s)auth(?:enticated)?[=]\s*(\S+)"
    r"|^(?:auth: [a-z0-9-]+|account) ([^\s,]+)",  # Courier, CommuniGate
    re.IGNORECASE,
)
_CHATTER = re.compile(r"using\s+(?:tls|ssl)|no client certificate|version=|may be forged|cipher=", re.IGNORECASE)
_SECOND_HAND = re.compile(r"(?:proxying|forwarded) for\b", re.IGNORECASE)
"""SquirrelMail repeats in such a comment what a proxy, or anybody, told it in X-Forwarded-For."""

_NOT_BY_MAIL = re.compile(r"http|\bdav\b|\bnnfmp\b", re.IGNORECASE)
"""Ways into a server that have no HELO: web mail, Hotmail's DAV, the inner protocol of Yahoo."""

_EXIM = re.compile(r"^(?:port|ident|helo)=|\bexim\b", re.IGNORECASE)
_NUMERIC = re.compile(r"[\[,;]?(?:[^\s@]*@){0,2}(?:IPv6:|[0-9A-Fa-f]{0,4}[:.])", re.IGNORECASE)
"""How a word begins that can be an address, after the user whom qmail writes before it (an ident name, or a mail
address if the peer logged in); a cheap question before the strict one."""


class Peer(NamedTuple):
    """What a ``from`` clause says: names as in ``Hop``, the address, who was authenticated, whether a name is doubted."""

    claimed: str = ""
    reverse: str = ""
    seen: AddressSeen = NO_ADDRESS
    sender: str = ""
    doubted: bool = False


NO_PEER = Peer()


@dataclass(slots=True)
class Clause:
    """A clause of the field: its words and its comments, in order."""

    words: list[str]
    comments: list[str]

    @property
    def text(self) -> str:
        """The words."""
        return " ".join(self.words)


def peer_of(source: Clause, transport: str, software: list[str]) -> Peer:
    """Say what a ``from`` clause says; the first parenthesis that holds an address wins.

    ``transport`` is what the field says of the way, ``software`` its comments about the program that wrote it.
    """
    first = source.words[0] if source.words else ""
    helo = sender = ""
    peer, reverse = NO_ADDRESS, ""
    for comment in source.comments:
        lowered = comment.lower()
        if ("auth" in lowered or lowered.startswith("account")) and (match := _SENDER.search(comment)):
            sender = next(name for name in match.groups() if name).rstrip(")")
        if _SECOND_HAND.match(comment) or (not _LITERAL.search(comment) and _CHATTER.search(comment)):
            continue
        named = _HELO.search(comment) if "lo" in lowered else None
        helo = named[1].rstrip(")") if named else helo
        rest = comment if named is None else f"{comment[: named.start()]} {comment[named.end() :]}"
        if peer.address is None:
            peer, reverse = _tcp_info(rest, comment)
    words = source.words
    if peer.address is None:
        peer, reverse, words = _bare_literal(source.words)
    if peer.address is None and (helo or _NOT_BY_MAIL.search(transport) or _is_exim(first, source, software)):
        # Exim puts the address first when it found no name for it; web mail has no HELO that could stand there
        peer, reverse = _tcp_info(first, " ".join(source.comments))
    if helo and not reverse and "." in first and _LITERAL.match(first) is None and fields.parse_ip(first) is None:
        reverse = first.rstrip(".").lower()
    doubted = any("may be forged" in comment.lower() for comment in source.comments)
    return Peer(claimed=helo or " ".join(words)[:300], reverse=reverse, seen=peer, sender=sender, doubted=doubted)


def _bare_literal(words: list[str]) -> tuple[AddressSeen, str, list[str]]:
    """Find a bracketed address behind the name (MDaemon, IMail, fetchmail, old Exim); no HELO has two words."""
    for at in range(1, len(words)):
        if _LITERAL.fullmatch(words[at]):
            seen, _ = _tcp_info(words[at], "")
            if seen.address is not None:
                return seen, "", words[:at] + words[at + 1 :]
    return NO_ADDRESS, "", words


def _is_exim(first: str, source: Clause, software: list[str]) -> bool:
    """Whether Exim wrote the address first, as it does without a name; it leaves out a HELO that says the same."""
    return first.startswith("[") and any(_EXIM.search(comment) for comment in (*source.comments, *software))


def _tcp_info(rest: str, comment: str) -> tuple[AddressSeen, str]:
    """Find the address in what a server wrote about its connection, and the name that it looked up for it."""
    literal = _LITERAL.search(rest)
    if literal:
        found, written, port, before = literal[1], literal[0], literal[2], rest[: literal.start()]
    else:
        words = (word for word in rest.split() if _NUMERIC.match(word))
        bare = next((word for word in words if fields.address(_bare(word)).address is not None), None)
        if bare is None:
            return NO_ADDRESS, ""
        found, written, port, before = _bare(bare), bare, None, rest[: rest.index(bare)]
    seen = fields.address(found)
    if seen.address is None:
        return NO_ADDRESS, ""
    stated = port or ((match := _PORT.search(comment)) and match[1]) or seen.port or ""
    words = (word.rpartition("@")[2].rstrip(".").lower() for word in before.split() if "." in word and "=" not in word)
    names = [word for word in words if not word[-1:].isdigit() or fields.parse_ip(word) is None]
    number = int(stated) if stated and int(stated) <= 65_535 else None  # noqa: PLR2004 - largest port
    return AddressSeen(address=seen.address, port=number, text=written, form=seen.form), names[-1] if names else ""


def _bare(word: str) -> str:
    """Strip what stands around a bare address: commas, an IPv6 tag, the ident user of qmail."""
    plain = word.strip(",;").rpartition("@")[2]
    return plain[5:] if plain[:5].lower() == "ipv6:" else plain


def own_address(clause: Clause | None) -> str:
    """Return the address that the server gives for itself in its ``by`` clause; never the peer's.

    It stands in brackets or alone in its comment; a version with four numbers (``Messaging Server 8.1.0.2``) does not.
    """
    if clause is None:
        return ""
    beside = [word for word in clause.words[1:2] if word[0] == "["]
    for text in (*clause.comments, *clause.words[:1], *beside):
        words = text.split()
        for word in words:
            stands = len(words) == 1 or word[0] == "["
            if stands and _NUMERIC.match(word) and (seen := _canonical(_bare(word.strip("[]"))[:_ADDRESS_LIMIT])):
                return seen
    return ""


@lru_cache(maxsize=4_096)  # a provider has few servers
def _canonical(bare: str) -> str:
    seen = fields.parse_ip(fields.split_port(bare)[0])
    return "" if seen is None else str(seen)
