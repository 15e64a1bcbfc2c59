"""The grammar of ``Received`` (RFC 5321 section 4.4) as servers really write it.

The address of a hop is what the server saw on its connection, and it stands in one place only: in the parentheses or
brackets of the ``from`` clause. Nothing is ever read from ``by``, ``with``, ``id``, ``for`` or the date, where queue
ids (``a2.2023.12.14.06.48.20``) and versions (``id 15.1.225.42``) look like addresses, nor from the name that the
peer gave itself (HELO), which may be any text, such as ``?IPv6:::ffff:192.0.2.1?``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from forensics.ingest import fields
from forensics.ingest.fields import FieldError
from forensics.ingest.mail_dates import mail_date
from forensics.ingest.mail_peer import NO_PEER, Clause, own_address, peer_of
from forensics.model import NO_ADDRESS, UNDATED, AddressSeen, Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.mail_headers import HeaderField

TEXT_LIMIT = 20_000
"""Characters of one field; no server writes so much."""

_ADDRESS_LIMIT = 100
"""Characters in which an address without its zone id stands, if one does."""

_KEYWORDS = frozenset({"from", "by", "via", "with", "id", "for"})
_LAST_DATE = re.compile(
    r"(?:(?:[A-Z][a-z]{2},\s*)?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(?:\.\d+)?\s*(?:[+-]\d{4}|[A-Z]{1,4})?(?:\s*\([^()]*\))?"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4}(?: [A-Z]{1,5})?(?: m=\S+)?)\s*$"
)


class Hop(NamedTuple):
    """One ``Received`` field. A tuple, because a mailbox has millions.

    ``peer`` is the address that the server saw; ``claimed`` the name that the peer gave itself; ``reverse`` the name
    that the server looked up; ``origin`` what stands there instead of a ``from`` clause (local submission).
    ``by_address`` is what the server says of itself, ``doubted`` that it says the looked-up name may be forged.
    """

    line: int
    text: str
    claimed: str = ""
    reverse: str = ""
    peer: AddressSeen = NO_ADDRESS
    origin: str = ""
    sender: str = ""
    by: str = ""
    by_address: str = ""
    doubted: bool = False
    via: str = ""
    protocol: str = ""
    id: str = ""
    recipient: str = ""
    when: Moment = UNDATED
    when_note: str = ""
    has_from: bool = False


def read_hop(field: HeaderField) -> Hop:
    """Read one field; ``FieldError`` if it has none of the clauses and no date."""
    if len(field.value) > TEXT_LIMIT:
        message = f"a Received field of {len(field.value):,} characters"
        raise FieldError(message)
    return _plain_hop(field) or _odd_name(field) or _any_hop(field, field.value)


_WORD = r"((?!(?:from|by|via|with|id|for)[ ;(])[!-'*-:<-~]+)"
_COMMENTED = r"(?: \(([ -'*-:<-\[\]-~]*)\))?"
_PLAIN = re.compile(
    rf"(?:from {_WORD} \((?:([\w.-]+) )?(\[(?:IPv6:)?([0-9A-F:.]{{2,45}})\])\) )?by {_WORD}{_COMMENTED}"
    rf" with {_WORD} id {_WORD}(?: for {_WORD})?{_COMMENTED};([ -'*-:<-~]*(?:\([ -'*-:<-~]*\))?)",
    re.ASCII | re.IGNORECASE,
)
"""What most servers write, and nothing in it that could be read in another way."""

_TOLD_IN_NAMES = re.compile(r"auth|helo|ehlo", re.IGNORECASE)


def _plain_hop(field: HeaderField) -> Hop | None:
    """Read a field of the commonest spelling; ``None`` for any other (a test holds this to what ``_any_hop`` says)."""
    match = _PLAIN.fullmatch(field.value)
    if match is None:
        return None
    claimed, looked_up, literal, written, by, comment, protocol, number, recipient, _, date = match.groups()
    seen, reverse, has_from = NO_ADDRESS, "", literal is not None
    if has_from:
        seen = _bracketed(literal, written)
        if seen.address is None:
            return None
        if looked_up is not None:
            if looked_up[-1:].isdigit() or _TOLD_IN_NAMES.search(looked_up):  # an address is no name
                return None
            reverse = looked_up.rstrip(".").lower() if "." in looked_up else ""
    host, own = _writer(by, comment or "")
    if not host:
        return None
    when, note = mail_date(date)
    claimed = claimed[:300] if has_from else ""
    receiver = recipient[:300].strip("<>") if recipient else ""
    first = (field.line, field.value, claimed, reverse, seen, "", "", host, own, False, "")
    return tuple.__new__(Hop, (*first, protocol[:300], number[:300], receiver, when, note, has_from))


@lru_cache(maxsize=4_096)
def _bracketed(literal: str, written: str) -> AddressSeen:
    seen = fields.address(written)
    return AddressSeen(address=seen.address, text=literal, form=seen.form)


@lru_cache(maxsize=4_096)  # a provider has few servers
def _writer(word: str, comment: str) -> tuple[str, str]:
    """Return name and own address of the server that wrote a hop."""
    clauses = {"by": Clause([word], [comment])}
    return _host(clauses, "by"), own_address(clauses.get("by"))


_ODD_NAME = re.compile(r"(from\s+)(\S*[()]\S*)(?=\s+\()", re.IGNORECASE)


def _odd_name(field: HeaderField) -> Hop | None:
    """Read a hop whose peer put parentheses into its own name, as no server may believe; ``None`` for any other."""
    match = _ODD_NAME.match(field.value)
    if match is None:
        return None
    name = match[2].replace("(", "?").replace(")", "?")
    hop = _any_hop(field, f"{match[1]}{name}{field.value[match.end() :]}")
    return hop if hop.peer.address is not None else None


def _any_hop(field: HeaderField, value: str) -> Hop:
    clauses, date = _clauses(value)
    when, note = _moment(date)
    source, protocol, via = clauses.get("from"), _text(clauses, "with"), _text(clauses, "via")
    said = clauses["by"].comments if "by" in clauses else []
    software = [*said, *clauses["with"].comments] if "with" in clauses else said
    peer = peer_of(source, " ".join((protocol, via, *said)), software) if source is not None else NO_PEER
    hop = Hop(
        line=field.line,
        text=field.value,
        claimed=peer.claimed,
        reverse=peer.reverse,
        peer=peer.seen,
        sender=peer.sender,
        doubted=peer.doubted,
        origin=" ".join(clauses[""].comments + clauses[""].words)[:200],
        by=_host(clauses, "by"),
        by_address=own_address(clauses.get("by")),
        via=via,
        protocol=protocol,
        id=_text(clauses, "id"),
        recipient=_recipient(_text(clauses, "for")),
        when=when,
        when_note=note,
        has_from=source is not None,
    )
    if source is None and not hop.by and not when.text:
        message = "a Received field without from, by and date"
        raise FieldError(message)
    return hop


def _moment(date: str) -> tuple[Moment, str]:
    """Read the time, also where further clauses follow it (Courier's ``id``)."""
    found = mail_date(date)
    if found[0].utc is None and (behind := _BEHIND_DATE.search(date)):
        sooner = mail_date(date[: behind.start()])
        return sooner if sooner[0].utc is not None else found
    return found


def _recipient(told: str) -> str:
    """Return the address behind ``for``; XMail writes the sender behind it."""
    return (told.partition(" ")[0] if told[:1] == "<" else told).strip("<>")


def _text(clauses: dict[str, Clause], name: str) -> str:
    return clauses[name].text[:300] if name in clauses else ""


def _host(clauses: dict[str, Clause], name: str) -> str:
    words = clauses[name].words if name in clauses else []
    return words[0].rstrip(".").lower() if words else ""


_BEHIND_DATE = re.compile(r"\s+(?:id|for)\s+\S")
_TOKEN = re.compile(r"\([^()\\]*\)|[^\s()\x00]+")


def _clauses(value: str) -> tuple[dict[str, Clause], str]:
    """Split into clauses (key "" is what stands before the first) and the text of the date."""
    head, sign, tail = value.rpartition(";")
    if sign and ";" not in head and tail.count("(") == tail.count(")"):
        tokens = _TOKEN.findall(head)
        if _squeezed("".join(tokens)) == _squeezed(head):  # else a comment lies inside a comment, or is not closed
            return _sorted(tokens), tail
    return _hard_clauses(value)


def _squeezed(text: str) -> str:
    return text.replace(" ", "").replace("\t", "")


def _sorted(tokens: list[str]) -> dict[str, Clause]:
    current = Clause([], [])
    clauses = {"": current}
    for token in tokens:
        if token[0] == "(":
            current.comments.append(" ".join(token[1:-1].split()))
        elif (word := token.lower()) in _KEYWORDS and word not in clauses:
            current = clauses[word] = Clause([], [])
        else:
            current.words.append(token)
    return clauses


def _hard_clauses(value: str) -> tuple[dict[str, Clause], str]:
    """Do the same where comments are nested, semicolons are several, or the date stands without one."""
    pieces = list(_pieces(value))
    semicolons = [start for kind, _, start in pieces if kind == ";"]
    cut, date = len(value), ""
    if semicolons:
        cut, date = semicolons[-1], value[semicolons[-1] + 1 :]
    elif match := _LAST_DATE.search(value):  # SendGrid writes no semicolon
        cut, date = match.start(), match[0]
    tokens = [f"({text})" if kind == "comment" else text for kind, text, start in pieces if start < cut and kind != ";"]
    return _sorted(tokens), date


_PIECE = re.compile(r"[^\s(;\x00]+|[(;]")


def _pieces(value: str) -> Iterator[tuple[str, str, int]]:
    """Yield words, comments (outermost parentheses, nesting kept inside) and semicolons, with their offsets."""
    match = _PIECE.search(value)
    while match:
        text, start, position = match[0], match.start(), match.end()
        if text == "(":
            position = _closing(value, start)
            yield "comment", " ".join(value[start + 1 : position - 1].split()), start
        else:
            yield (";" if text == ";" else "word"), text, start
        match = _PIECE.search(value, position)


def _closing(value: str, start: int) -> int:
    """Return the offset behind the parenthesis that closes the one at ``start``, or the end of the text."""
    near = value.find(")", start)
    if near > 0 and value.find("(", start + 1, near) < 0 and value[near - 1] != "\\":
        return near + 1
    depth = 0
    for position in range(start, len(value)):
        if value[position] in "()" and value[position - 1] != "\\":
            depth += 1 if value[position] == "(" else -1
            if depth == 0:
                return position + 1
    return len(value) + 1
