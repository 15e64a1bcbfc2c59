"""Ask over HTTPS (RFC 9110, 9112): one GET or POST, nothing that tells who asks, and no step off the registry.

No cookies, no credentials but those that the user gives for a server, no compression, a user agent that names no tool.
A redirect is followed at most twice and only to
hosts that the server's settings allow; anywhere else is a refusal that says where the server wanted to send us.
"""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from forensics.enrichment.gate import WHOLE_SECONDS, Lent
from forensics.enrichment.source import Query, Reply, ReplyStatus
from forensics.errors import NetworkError

if TYPE_CHECKING:
    from forensics.enrichment.gate import NetGate
    from forensics.enrichment.servers import Endpoint

MAX_BODY = 4_000_000
MAX_REDIRECTS = 2
MAX_KEPT_HEADERS = 16_000
"""Characters of header names and values that are kept."""

HEADERS = {
    "Accept-Encoding": "identity",
    "User-Agent": "Mozilla/5.0",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is accepted as a reply: so many bytes of body, so many seconds in all, which media types.

    ``authorization`` is the value of that header, for servers that the user has an account with; "" sends none.
    """

    limit: int = MAX_BODY
    seconds: float = WHOLE_SECONDS
    accept: str = "application/rdap+json, application/json"
    authorization: str = field(default="", repr=False)


LOOKUP = Terms()
_TARGET = re.compile(r"/[!-~]{0,2000}")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_STATUSES = {200: ReplyStatus.ANSWERED, 404: ReplyStatus.NOT_FOUND, 429: ReplyStatus.LIMITED}
_REFUSALS = frozenset({401, 403, 407, 451})
_UNAVAILABLE = 503


def fetch(gate: NetGate, endpoint: Endpoint, query: Query, asked_at: datetime, terms: Terms = LOOKUP) -> Reply:
    """Ask and return whatever came: never raises for what a server or the path does."""
    where, target = (endpoint.host, endpoint.port), endpoint.base + query.request
    reply = _get(gate, endpoint, query, asked_at, where, target, terms)
    for _ in range(MAX_REDIRECTS):
        if reply.http_status not in _REDIRECTS:
            return reply
        location = dict(reply.headers).get("location", "")
        step = _step(endpoint, where, target, location)
        if step is None:
            return _refused(reply, f"redirected to {location[:300]!a}, off the registry: not followed")
        where, target = step
        reply = _get(gate, endpoint, query, asked_at, where, target, terms)
    return _refused(reply, "redirected more than twice") if reply.http_status in _REDIRECTS else reply


def _get(  # noqa: PLR0913, PLR0917 - a question, and on which terms its answer is taken
    gate: NetGate,
    endpoint: Endpoint,
    query: Query,
    asked_at: datetime,
    where: tuple[str, int],
    target: str,
    terms: Terms,
) -> Reply:
    """Send one GET and read its reply."""

    def reply(status: ReplyStatus, error: str = "", **more: Any) -> Reply:
        return Reply(query=query, status=status, host=_named(where), asked_at=asked_at, error=error, **more)

    if not _TARGET.fullmatch(target):
        return reply(ReplyStatus.FAILED, "the request is no path of a URL; nothing was sent")
    connection = http.client.HTTPConnection(*where)
    connection.auto_open = 0  # only the gate connects
    try:
        with gate.stream(query.lookup_class, *where, tls=endpoint.scheme == "https", seconds=terms.seconds) as channel:
            connection.sock = Lent(channel)  # all that http.client uses of a socket
            connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", _authority(endpoint.scheme, where))
            for name, value in {"Accept": terms.accept, **HEADERS, **_credentials(terms)}.items():
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            headers, told = _kept(response), {"http_status": response.status}
            body, complaint = _body(response, terms.limit)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return reply(ReplyStatus.FAILED, _reason(error))
    status = ReplyStatus.FAILED if complaint else _status(response.status, headers)
    return reply(
        status, complaint or ("" if status in _FINE else f"HTTP {response.status}"), body=body, headers=headers, **told
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What came back from a POST: HTTP status, media type in lower case without parameters, body."""

    status: int
    media_type: str
    body: bytes


def post(gate: NetGate, endpoint: Endpoint, question: Query, body: bytes, media_type: str, terms: Terms) -> Posted:
    """Send a body to ``question.request`` below the endpoint and return the reply. No redirect is followed.

    Raises:
        NetworkError: no reply, or none that is whole.
    """
    where = (endpoint.host, endpoint.port)
    target = endpoint.base + question.request
    connection = http.client.HTTPConnection(*where)
    connection.auto_open = 0  # only the gate connects
    try:
        if not _TARGET.fullmatch(target):
            raise ValueError(target)  # noqa: TRY301 - told below
        with gate.stream(
            question.lookup_class, *where, tls=endpoint.scheme == "https", seconds=terms.seconds
        ) as channel:
            connection.sock = Lent(channel)
            connection.putrequest("POST", target, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", _authority(endpoint.scheme, where))
            headers = {"Content-Type": media_type, "Content-Length": str(len(body)), "Accept": terms.accept, **HEADERS}
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()[:100]
            held, complaint = _body(response, terms.limit)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NetworkError(f"no reply: {_reason(error)}", where=endpoint.text, hint=_LATER) from error
    if complaint:
        raise NetworkError(complaint, where=endpoint.text, hint=_LATER)
    return Posted(status=response.status, media_type=kind, body=held)


_LATER = "Nothing of the case was changed; check the address, or try later"
_FINE = frozenset({ReplyStatus.ANSWERED, ReplyStatus.NOT_FOUND})


def _body(response: http.client.HTTPResponse, limit: int) -> tuple[bytes, str]:
    """Return the body as far as it came, and what is wrong with it."""
    announced = response.headers.get("Content-Length", "")
    try:
        body = response.read(limit + 1)
    except http.client.IncompleteRead as error:
        return error.partial, "the reply ended early"
    except TimeoutError:
        return b"", "the reply took too long"
    if len(body) > limit:
        return body[:limit], f"the reply is larger than {limit:,} bytes"
    if announced.isdecimal() and not response.chunked and len(body) != int(announced[:12]):
        return body, "the reply ended early"
    return body, ""


def _credentials(terms: Terms) -> dict[str, str]:
    return {"Authorization": terms.authorization} if terms.authorization else {}


def _kept(response: http.client.HTTPResponse) -> tuple[tuple[str, str], ...]:
    """Return the headers in the order sent, names in lower case, as many as fit."""
    kept, room = [], MAX_KEPT_HEADERS
    for name, value in response.getheaders():
        room -= len(name) + len(value)
        if room < 0:
            break
        kept.append((name.lower(), value))
    return tuple(kept)


def _status(code: int, headers: tuple[tuple[str, str], ...]) -> ReplyStatus:
    if code in _REFUSALS:
        return ReplyStatus.REFUSED
    if code == _UNAVAILABLE and "retry-after" in dict(headers):
        return ReplyStatus.LIMITED
    return _STATUSES.get(code, ReplyStatus.FAILED)


def _step(endpoint: Endpoint, where: tuple[str, int], target: str, location: str) -> tuple[tuple[str, int], str] | None:
    """Return where a redirect leads, or ``None`` where it may not be followed."""
    try:
        parts = urlsplit(urljoin(f"{endpoint.scheme}://{_authority(endpoint.scheme, where)}{target}", location))
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    if not location or parts.scheme != endpoint.scheme or parts.username or not parts.hostname:
        return None
    if (parts.hostname, port) not in endpoint.redirects:
        return None
    return (parts.hostname, port), (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _refused(reply: Reply, error: str) -> Reply:
    from dataclasses import replace

    return replace(reply, status=ReplyStatus.REFUSED, error=error)


def _named(where: tuple[str, int]) -> str:
    host, port = where
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _authority(scheme: str, where: tuple[str, int]) -> str:
    """Return the value of Host (RFC 9110, section 7.2): the port only where it is not the scheme's own."""
    host, port = where
    usual = 443 if scheme == "https" else 80
    name = f"[{host}]" if ":" in host else host
    return name if port == usual else f"{name}:{port}"


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
