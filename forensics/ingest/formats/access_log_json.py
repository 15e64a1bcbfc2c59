"""Access logs as JSON lines: nginx, Caddy, Traefik, Cloudflare Logpush.

What it is: one JSON object per request. The four products are told apart by their keys; other servers write keys of
their own and need a mapping file. Every key without a column is kept in the detail.

How to obtain: the site's log folder (``/var/log/nginx/*.json``, ``/var/log/caddy/``, ``/var/log/traefik/``), or, for
Cloudflare, the bucket to which the site's owner pushes "HTTP requests" (Enterprise plan).

Time: Caddy writes Unix seconds with a fraction (or a written time, if so configured), Traefik ``StartUTC`` in ISO 8601
with ``Z``, Cloudflare ``EdgeStartTimestamp`` in nanoseconds, seconds or ISO 8601, nginx what its ``log_format`` says: of
``time_iso8601``, ``time_local``, ``msec``, ``@timestamp``, ``timestamp``, ``time`` the first that holds a time; one without a
zone keeps its text and gets no instant.

Versions: nginx with ``log_format … escape=json`` and keys named as its variables; Caddy 2 (``request.remote_addr`` until
2.4, ``remote_ip`` and ``remote_port`` since 2.5, ``client_ip`` since 2.7); Traefik 1.7 to 3; Cloudflare Logpush. The
address is the peer of the server's own connection: for Caddy ``remote_ip``, not ``client_ip``; for Traefik ``ClientAddr``,
because ``ClientHost`` is overwritten with ``X-Forwarded-For`` where the client sent it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.json_lines import first_objects, json_lines
from forensics.ingest.web_requests import host_port, request_event, with_port, written_time
from forensics.model import UNDATED, Event, Moment

_NGINX_TIMES = ("time_iso8601", "time_local", "msec", "@timestamp", "timestamp", "time")
_NGINX_REQUESTS = ("request", "request_uri", "uri")


def _product(found: Mapping[str, Any]) -> str:
    """Name the product that writes these keys; "" if it is none of the four."""
    inner = found.get("request")
    if isinstance(inner, dict):
        is_caddy = "status" in found and "ts" in found and ("remote_ip" in inner or "remote_addr" in inner)
        return "caddy" if is_caddy else ""
    if ("ClientAddr" in found or "ClientHost" in found) and "RequestMethod" in found and "RequestPath" in found:
        return "traefik"
    if "ClientIP" in found and "EdgeStartTimestamp" in found:
        return "cloudflare"
    timed, asked = (any(key in found for key in keys) for keys in (_NGINX_TIMES, _NGINX_REQUESTS))
    return "nginx" if "remote_addr" in found and "status" in found and timed and asked else ""


def claims(evidence: Evidence) -> bool:
    """Recognise the keys of the first objects."""
    found = first_objects(evidence)
    return bool(found) and sum(bool(_product(item)) for item in found) * 2 > len(found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line."""
    return json_lines(evidence)


def event(row: Row) -> Event | Unused:
    """One request, in the words of the product that logged it."""
    product = _product(row.fields)
    if product:
        return _READ[product](row)
    if "msg" in row.fields or "message" in row.fields:
        return Unused(rule="message of the server that is no request")
    raise FieldError("none of the known sets of keys")


def _rest(row: Row, product: str, *used: str) -> dict[str, Any]:
    return {**{key: value for key, value in row.fields.items() if key not in used}, "product": product}


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _nginx(row: Row) -> Event:
    keys = tuple(key for key in _NGINX_TIMES if key in row.fields and row.text(key).strip(" -"))[:1]
    when, used = _time(row, *keys), {*keys, "remote_addr", "remote_port", "status", "http_user_agent"}
    request = row.text("request")
    if not request:
        request = _joined(row.text("request_method"), row.text("request_uri", "uri"), row.text("server_protocol"))
        used |= {"request_method", "request_uri" if row.text("request_uri") else "uri", "server_protocol"}
    return request_event(
        row,
        when=when,
        address=with_port(row.address("remote_addr"), row.text("remote_port")),
        request=request,
        status=row.text("status"),
        user_agent=row.text("http_user_agent"),
        detail=_rest(row, "nginx", "request", *used),
    )


def _caddy(row: Row) -> Event:
    inner = dict(row.fields["request"])
    address = with_port(fields.address(fields.text(inner, "remote_ip")), fields.text(inner, "remote_port"))
    if not address.text:
        address = host_port(fields.text(inner, "remote_addr"))
    headers = inner.get("headers")
    agents = headers.get("User-Agent") if isinstance(headers, dict) else None
    agent = agents[0] if isinstance(agents, list) and agents and isinstance(agents[0], str) else ""
    request = _joined(*(fields.text(inner, key) for key in ("method", "uri", "proto")))
    kept = {key: value for key, value in inner.items() if key not in ("remote_ip", "remote_addr", "remote_port", "uri")}
    return request_event(
        row,
        when=_time(row, "ts"),
        address=address,
        request=request,
        status=row.text("status"),
        user_agent=agent,
        detail={**_rest(row, "caddy", "ts", "status", "request"), "request": kept},
    )


def _traefik(row: Row) -> Event:
    address = host_port(row.text("ClientAddr"))
    if not address.text:  # ClientHost may be a list that the client sent: only a single address counts
        address = with_port(row.address("ClientHost"), row.text("ClientPort"))
    request = _joined(row.text("RequestMethod"), row.text("RequestPath"), row.text("RequestProtocol"))
    status = row.text("DownstreamStatus", "OriginStatus")
    agent = next((row.text(key) for key in row.fields if key.lower() == "request_user-agent"), "")
    used = ("StartUTC", "ClientAddr", "RequestMethod", "RequestPath", "RequestProtocol", "DownstreamStatus")
    key = "StartUTC" if row.text("StartUTC") else "time"
    return request_event(
        row,
        when=_time(row, key),
        address=address,
        request=request,
        status=status,
        user_agent=agent,
        detail=_rest(row, "traefik", *used, key),
    )


def _cloudflare(row: Row) -> Event:
    request = _joined(
        row.text("ClientRequestMethod"),
        row.text("ClientRequestURI", "ClientRequestPath"),
        row.text("ClientRequestProtocol"),
    )
    used = ("EdgeStartTimestamp", "ClientIP", "ClientSrcPort", "ClientRequestMethod", "ClientRequestURI")
    return request_event(
        row,
        when=_time(row, "EdgeStartTimestamp"),
        address=with_port(row.address("ClientIP"), row.text("ClientSrcPort")),
        request=request,
        status=row.text("EdgeResponseStatus"),
        user_agent=row.text("ClientRequestUserAgent"),
        stated_place=row.text("ClientCountry"),
        detail=_rest(row, "cloudflare", *used, "EdgeResponseStatus", "ClientRequestUserAgent", "ClientCountry"),
    )


def _time(row: Row, *keys: str) -> Moment:
    return written_time(row.text(*keys)) if keys else UNDATED


_READ = {"nginx": _nginx, "caddy": _caddy, "traefik": _traefik, "cloudflare": _cloudflare}

FORMAT = Format(
    title="Access log as JSON lines (nginx, Caddy, Traefik, Cloudflare)",
    provider="weblog",
    claims=claims,
    rows=rows,
    event=event,
)
