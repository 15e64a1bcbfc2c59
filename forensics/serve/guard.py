"""The guard in front of every route: names, origins, tokens, limits, headers, audit. A plain ASGI middleware.

- The ``Host`` has to be a name of this server: a foreign page whose name resolves to loopback (DNS rebinding) is refused.
- A request that a foreign page causes is refused by its ``Origin``, or by ``Sec-Fetch-Site`` (W3C Fetch Metadata); no
  CORS header is ever sent, so that nothing can be read from outside either.
- The audit line is written before the answer; if it cannot be written, there is no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.errors import StorageError
from forensics.serve import refusing
from forensics.serve.access import Client, Tokens, secret_of
from forensics.serve.problems import Refusal
from forensics.serve.visits import VISIT, Visit, take

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from forensics.serve.audit import Audit
    from forensics.serve.limits import Limits

_WRONG_TOKEN_UNITS = 20
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_CHALLENGE = 'Bearer realm="registry", Basic realm="registry", charset="UTF-8"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How this server guards itself.

    ``hosts`` are the names (with port) it answers to; ``anonymous`` is who asks without a token, ``None`` for nobody.
    """

    hosts: frozenset[str]
    anonymous: Client | None
    tokens: Tokens
    limits: Limits
    audit: Audit
    tls: bool = False


class Guard:
    """Wraps the routes; ``templates`` names the route of each endpoint for the audit log."""

    def __init__(self, app: ASGIApp, rules: Rules, templates: Mapping[Any, str]) -> None:
        """Keep what is needed."""
        self._app, self._rules, self._templates = app, rules, templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        told = _Told(self, scope, send)
        try:
            self._foreign(scope["method"], headers)
            client = self._client(headers.get("authorization", ""), scope)
            scope[VISIT] = Visit(client=client, limits=self._rules.limits)
            take(self._rules.limits, client.name, 1)
        except Refusal as refusal:
            await refusing.response(scope["path"], refusal)(scope, receive, told)
            return
        await self._app(scope, receive, told)

    def audited(self, scope: Scope, status: int) -> None:
        """Write the audit line of a request that is about to be answered."""
        visit: Visit | None = scope.get(VISIT)
        route = self._templates.get(scope.get("endpoint"), "none")
        client = visit.client.name if visit else "refused"
        self._rules.audit.write(client, scope["method"][:10], route, status, visit.queries if visit else [])

    @property
    def tls(self) -> bool:
        """Whether browsers may be told to insist on TLS."""
        return self._rules.tls

    def _foreign(self, method: str, headers: Mapping[str, str]) -> None:
        if headers.get("host", "").lower() not in self._rules.hosts:
            raise Refusal(421, "The Host of the request is no name of this server (--host-name adds one)")
        origin = headers.get("origin")
        if origin is not None and origin.lower().partition("://")[2] not in self._rules.hosts:
            raise Refusal(403, "Another site sent this request")
        if method not in ("GET", "HEAD") and headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise Refusal(403, "Another site sent this request")

    def _client(self, authorization: str, scope: Scope) -> Client:
        secret = secret_of(authorization)
        if secret is None:
            if self._rules.anonymous is None:
                raise Refusal(401, "Send a token: Authorization: Bearer …", {"WWW-Authenticate": _CHALLENGE})
            return self._rules.anonymous
        client = self._rules.tokens.client(secret)
        if client is None:
            peer = scope.get("client") or ("unknown", 0)
            take(self._rules.limits, f"wrong token from {peer[0]}", _WRONG_TOKEN_UNITS)
            raise Refusal(401, "This token is not known here", {"WWW-Authenticate": _CHALLENGE})
        return client


class _Told:
    """Sends an answer: headers added, audited first."""

    def __init__(self, guard: Guard, scope: Scope, send: Send) -> None:
        self._guard, self._scope, self._send = guard, scope, send
        self._ended = False

    async def __call__(self, message: Message) -> None:
        if self._ended:
            return
        if message["type"] == "http.response.start":
            try:
                self._guard.audited(self._scope, message["status"])
            except StorageError as error:
                self._ended = True
                await self._without_audit(error)
                return
            held = {name.lower() for name, _ in message["headers"]}
            more = dict(_HEADERS)
            if self._guard.tls:
                more["strict-transport-security"] = "max-age=31536000"
            extra = [(name.encode(), value.encode()) for name, value in more.items() if name.encode() not in held]
            message = {**message, "headers": [*message["headers"], *extra]}
        await self._send(message)

    async def _without_audit(self, error: StorageError) -> None:
        answer = refusing.response(self._scope["path"], refusing.refusal_of(error))
        await self._send({"type": "http.response.start", "status": 503, "headers": answer.raw_headers})
        await self._send({"type": "http.response.body", "body": bytes(answer.body)})


def _headers(scope: Scope) -> dict[str, str]:
    """Return the headers; one that comes twice with different values is no header of ours and becomes empty."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = text if found.get(key, text) == text else ""
    return found
