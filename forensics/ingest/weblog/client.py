"""What stands before the time: who asked, and under which virtual host and user name.

Layouts: ``ADDRESS IDENT USER`` (common, combined), ``VHOST:PORT ADDRESS IDENT USER`` (Debian's ``vhost_combined``),
``ADDRESS`` alone, ``A, B, C IDENT USER`` where a site logs ``X-Forwarded-For`` in the first field (bare or in quotes),
``PEER (A, B) IDENT USER`` where it stands behind the peer, ``ADDRESS VHOST USER`` (lighttpd).

The user name is chosen by the client (Basic authentication, logged before it is checked) and may hold spaces, so an
address at the start of the line always wins over one that stands later. Of a forwarded list the *last* entry counts:
it was written by the server's own proxy, the others came with the request and can be forged. A last entry of a private
network or of the machine itself is a proxy behind the proxy, no client.

Where addresses stand side by side in place of client and ident, the site has a layout of its own (forwarded and peer, peer
and forwarded, or the server's address as the host that was asked for). There, and behind a private last entry, the one
that can have come from outside is taken; where that holds for several, none is, because one of them may be the server's
own, or forged. All are kept (``addresses``, ``forwarded``).
"""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from functools import lru_cache

from forensics.ingest import fields, forwarded_client
from forensics.ingest.fields import FieldError
from forensics.model import NO_ADDRESS, AddressSeen

_CONTROL = re.compile(r"[\x00-\x1f]")
_NAMED_PORT = re.compile(r"\[?[\w.:*-]+\]?:\d{1,5}", re.ASCII)
_QUOTED_LIST = re.compile(r'"(?P<list>[^"]*)" (?P<rest>.*)', re.DOTALL)
_PEER_AND_LIST = re.compile(r"(?P<written>(?P<peer>[^\s,()]+) \((?P<list>[^()]*)\)) (?P<rest>.*)", re.DOTALL)
_LIST = re.compile(r"[\w.:%\[\]-]+(?:, ?[\w.:%\[\]-]+)*")
_NAME = re.compile(r"[\w.:*/%\[\]-]+")  # host names, masked addresses, ``unix:``, "-"
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?")
_NO_CLIENT = "the text before the time is not a client address and user name"
_NOTHING = {"", "-", '""'}
_WITH_VHOST = 4  # VHOST ADDRESS IDENT USER
_IDENT_USER = 2
_SEVERAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The asking side of one line; ``more`` holds vhost, ident, user and forwarded list where they say something."""

    seen: AddressSeen
    more: tuple[tuple[str, str], ...] = ()

    @property
    def fragment(self) -> str:
        """The members that ``more`` adds to the detail object, as JSON text with a leading comma."""
        return "," + json.dumps(dict(self.more), ensure_ascii=False, separators=(",", ":"))[1:-1] if self.more else ""


@lru_cache(maxsize=65_536)
def client_of(prefix: bytes) -> Client:
    """Read the bytes before `` [TIME]``; ``FieldError`` if they are none of the layouts."""
    text = prefix.decode("utf-8", "backslashreplace")
    tokens = text.split(" ")
    if _CONTROL.search(text) or not tokens[0]:
        raise FieldError(_NO_CLIENT)
    apart = _quoted_or_behind_peer(text) or _side_by_side(tokens)
    if apart is not None:
        return apart
    vhost = ""
    if len(tokens) >= _WITH_VHOST and _is_vhost(tokens):
        vhost = tokens.pop(0)
    count = 1
    while tokens[count - 1].endswith(",") and count < len(tokens):
        count += 1
    written, rest = " ".join(tokens[:count]), tokens[count:]
    is_list = "," in written and bool(_LIST.fullmatch(written))
    seen = forwarded_client.last_of(written) if is_list else _seen(written)
    named = is_list or _NAME.fullmatch(written)
    if seen.address is None and (not named or (len(rest) > _IDENT_USER and rest[0] != "-")):
        raise FieldError(_NO_CLIENT)
    forwarded = written if is_list else ""
    user, ident = " ".join(rest[1:]), rest[0] if rest else ""
    if not vhost and _HOST.fullmatch(ident):
        vhost, ident = ident, ""
    more = {"vhost": vhost, "ident": ident, "user": user, "forwarded": forwarded}
    return Client(
        seen=AddressSeen(address=seen.address, port=seen.port, text=written, form=seen.form),
        more=tuple((key, value) for key, value in more.items() if value not in _NOTHING),
    )


def _quoted_or_behind_peer(text: str) -> Client | None:
    """Read ``"A, B" IDENT USER`` and ``PEER (A, B) IDENT USER``; ``None`` if the text is neither."""
    match = _QUOTED_LIST.fullmatch(text) or _PEER_AND_LIST.fullmatch(text)
    if match is None:
        return None
    found = match.groupdict()
    listed, peer = found["list"].strip(), _seen(found.get("peer") or "")
    if listed not in _NOTHING and not _LIST.fullmatch(listed):
        return None
    if "peer" in found and peer.address is None:
        return None
    seen = forwarded_client.behind(peer, listed) if "peer" in found else forwarded_client.last_of(listed)
    tokens = found["rest"].split(" ")
    more = {"ident": tokens[0], "user": " ".join(tokens[1:]), "forwarded": listed}
    return Client(
        seen=AddressSeen(address=seen.address, port=seen.port, text=found.get("written") or listed, form=seen.form),
        more=tuple((key, value) for key, value in more.items() if value not in _NOTHING),
    )


def _side_by_side(tokens: list[str]) -> Client | None:
    """Read ``ADDRESS ADDRESS… IDENT USER``; ``None`` if that is not the layout."""
    count, apart = 0, 0
    while count < len(tokens) and all(entry.address for entry in _entries(tokens[count])):
        apart += not tokens[count].endswith(",")
        count += 1
    named = not tokens[0].endswith(",") and fields.split_port(tokens[0])[1] is not None
    if apart < _SEVERAL or named or len(tokens) < count + _IDENT_USER:
        return None
    written, ident, user = " ".join(tokens[:count]), tokens[count], " ".join(tokens[count + 1 :])
    seen = forwarded_client.from_outside([entry for token in tokens[:count] for entry in _entries(token)])
    more = {"ident": ident, "user": user, "addresses": written}
    return Client(
        seen=AddressSeen(address=seen.address, port=seen.port, text=written, form=seen.form),
        more=tuple((key, value) for key, value in more.items() if value not in _NOTHING),
    )


def _entries(token: str) -> list[AddressSeen]:
    return forwarded_client.entries(token.rstrip(","))


def _is_vhost(tokens: list[str]) -> bool:
    """Whether the first of at least four tokens names the server rather than the client."""
    if _seen(tokens[1].rstrip(",")).address is not None:
        return _may_be_vhost(tokens[0])
    return _seen(tokens[0]).address is None and bool(_NAMED_PORT.fullmatch(tokens[0])) and tokens[1] not in _NOTHING


def _may_be_vhost(token: str) -> bool:
    """Whether a token before an address can be a server's name: an address only together with its port."""
    return not token.endswith(",") and (_seen(token).address is None or fields.split_port(token)[1] is not None)


def vhost_fragment(token: str) -> str | None:
    """Return the detail fragment of ``TOKEN ADDRESS - -``; ``None`` if the token is no virtual host."""
    if not token or " " in token or _CONTROL.search(token) or not _may_be_vhost(token):
        return None
    return Client(seen=NO_ADDRESS, more=() if token in _NOTHING else (("vhost", token),)).fragment


@lru_cache(maxsize=65_536)
def _seen(token: str) -> AddressSeen:
    return fields.address(token)


def is_canonical_v6(written: str) -> bool:
    """Whether a text is an IPv6 address in its canonical spelling (RFC 5952), so that it needs no other text.

    Spellings that start with ``::`` (v4-mapped and v4-compatible ones among them) are left to ``fields.address``.
    """
    try:
        canonical = socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, written))
    except (OSError, ValueError):
        return False
    return canonical == written and not written.startswith("::")
