"""Access logs as JSON lines: nginx, Caddy, Traefik, Cloudflare Logpush.

What it is: one JSON object per request. The four products are told apart by their keys; other servers write keys of their
own and need a mapping file. Every key without a column is kept in the detail. Caddy's lines for people (``console``: time,
level, logger, message, parted by tabs, then the object) are read too.

How to obtain: the site's log folder (``/var/log/nginx/*.json``, ``/var/log/caddy/``, ``/var/log/traefik/``), or, for
Cloudflare, the bucket to which the site's owner pushes "HTTP requests" (Enterprise plan).

Time: Caddy writes Unix seconds with a fraction (or a written time, if so configured), Traefik ``StartUTC`` in ISO 8601 with
``Z``, Cloudflare ``EdgeStartTimestamp`` in nanoseconds, seconds or ISO 8601, nginx what its ``log_format`` says: of
``time_iso8601``, ``time_local``, ``msec``, ``@timestamp``, ``timestamp``, ``time`` the first that holds a time; one without
a zone keeps its text and gets no instant.

Versions: nginx with ``log_format … escape=json`` and keys named as its variables; Caddy 2 (``request.remote_addr`` until
2.4, ``remote_ip`` and ``remote_port`` since 2.5, ``client_ip`` since 2.7); Traefik 1.7 to 3; Cloudflare Logpush. The
address is the peer of the server's own connection: for Caddy ``remote_ip``, for Traefik ``ClientAddr``, because
``ClientHost`` is overwritten with ``X-Forwarded-For`` where the client sent it. Where that peer is a machine inside, with a
forwarded list in the record, it is a proxy and no client: the only address in the list that came from outside is taken, and
where Caddy is told to trust the proxy (``client_ip`` differs from ``remote_ip``) the last one, which the proxy wrote.
``client_ip`` itself is the first entry unless ``trusted_proxies_strict`` is set, and the client may have written that;
where the peer is outside it is only noted. Else nobody is named (``client_note``), nor where the gateway of a container
network stands for every client.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forensics.ingest import fields, forwarded_client
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.json_lines import first_objects, json_lines, object_of
from forensics.ingest.mail_networks import is_internal
from forensics.ingest.text_lines import lines
from forensics.ingest.web_requests import host_port, request_event, with_port, written_time
from forensics.model import UNDATED, AddressSeen, Event, Moment

_NGINX_TIMES = ("time_iso8601", "time_local", "msec", "@timestamp", "timestamp", "time")
_NGINX_REQUESTS = ("request", "request_uri", "uri")
_NGINX_LISTS = ("http_x_forwarded_for", "x_forwarded_for", "proxy_add_x_forwarded_for")
_CONSOLE = re.compile(
    r"(?P<ts>[^\t{]{8,40})\t(?:\x1b\[\d+m)?(?P<level>[A-Za-z]{4,6})(?:\x1b\[0m)?\t(?P<logger>[\w.]+)\t(?P<msg>[^\t{]+)\t(?P<object>\{.*)"
)
_TRUSTED = (
    "the server is told to trust this peer as a proxy; client_ip may be the client, or what the client wrote of itself"
)
_A_PROXY = "the peer is a proxy, and the record does not say for certain for whom it asked"


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
    found: Sequence[Mapping[str, Any]] = first_objects(evidence) or _first_of_console(evidence)
    return bool(found) and sum(bool(_product(item)) for item in found) * 2 > len(found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line."""
    return _console_rows(evidence) if _first_of_console(evidence) else json_lines(evidence)


def _first_of_console(evidence: Evidence) -> Sequence[Mapping[str, Any]]:
    """Return the objects of the first lines that Caddy writes for people, of those that are no start-up message."""
    head = evidence.text_head
    if "\t" not in head[:200]:
        return []
    found = (_CONSOLE.fullmatch(line.rstrip("\r")) for line in head.split("\n")[:200])
    return [values for match in found if match and (values := _of_console(match)) is not None and "request" in values][
        :5
    ]


def _of_console(match: re.Match[str]) -> dict[str, Any] | None:
    inner = object_of(match["object"])
    return None if inner is None else {**inner, **{name: match[name] for name in ("ts", "level", "logger", "msg")}}


def _console_rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    for line in lines(evidence):
        match = None if line.overlong else _CONSOLE.fullmatch(line.text)
        values = _of_console(match) if match else None
        if values is not None:
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=values)
        elif not line.text.strip():
            yield Unused(rule="line without an object")
        elif "\t" in line.text and "{" not in line.text:
            yield Unused(rule="message of the server that is no request")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of Caddy's console", excerpt=line.text[:200])


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
    peer = with_port(row.address("remote_addr"), row.text("remote_port"))
    address, note = _behind(peer, row.text(*_NGINX_LISTS))
    return request_event(
        row,
        when=when,
        address=address,
        request=request,
        status=row.text("status"),
        user_agent=row.text("http_user_agent"),
        detail={**_rest(row, "nginx", "request", *used), "client_note": note},
    )


def _behind(peer: AddressSeen, listed: str) -> tuple[AddressSeen, str]:
    """Return the client and why it is none: the peer, unless that is a proxy inside or a gateway."""
    if peer.address is None or not is_internal(peer.address):
        return peer, ""
    outside = forwarded_client.not_the_gateway(peer)
    if outside.address is None:
        return outside, forwarded_client.GATEWAY
    if not any(entry.address for entry in forwarded_client.entries(listed)):
        return peer, ""
    seen = forwarded_client.behind(peer, listed)
    return seen, "" if seen.address else _A_PROXY


def _caddy(row: Row) -> Event:
    inner = dict(row.fields["request"])
    address = with_port(fields.address(fields.text(inner, "remote_ip")), fields.text(inner, "remote_port"))
    if not address.text:
        address = host_port(fields.text(inner, "remote_addr"))
    agent, listed = (_header(inner, name) for name in ("User-Agent", "X-Forwarded-For"))
    seen, note = _of_caddy(address, fields.address(fields.text(inner, "client_ip")), ", ".join(listed))
    request = _joined(*(fields.text(inner, key) for key in ("method", "uri", "proto")))
    kept = {key: value for key, value in inner.items() if key not in ("remote_ip", "remote_addr", "remote_port", "uri")}
    return request_event(
        row,
        when=_time(row, "ts"),
        address=seen,
        request=request,
        status=row.text("status"),
        user_agent=agent[0] if agent else "",
        detail={**_rest(row, "caddy", "ts", "status", "request"), "request": kept, "client_note": note},
    )


def _header(inner: Mapping[str, Any], name: str) -> list[str]:
    headers = inner.get("headers")
    values = headers.get(name) if isinstance(headers, dict) else None
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _of_caddy(peer: AddressSeen, client: AddressSeen, listed: str) -> tuple[AddressSeen, str]:
    """Return the client and why it is none; another ``client_ip`` than the peer shows a proxy that Caddy is told to trust."""
    if client.address is None or client.address == peer.address:
        return _behind(peer, listed)
    if peer.address is not None and not is_internal(peer.address):
        return peer, _TRUSTED
    seen = forwarded_client.last_of(listed) if listed else AddressSeen(address=None)
    if seen.address is None:
        return AddressSeen(address=None, text=peer.text), _A_PROXY
    return AddressSeen(address=seen.address, port=seen.port, text=f"{peer.text} ({listed})", form=seen.form), ""


def _traefik(row: Row) -> Event:
    address = host_port(row.text("ClientAddr"))
    if not address.text:  # ClientHost may be a list that the client sent: only a single address counts
        address = with_port(row.address("ClientHost"), row.text("ClientPort"))
    listed = next(
        (row.text(key) for key in row.fields if key.lower() == "request_x-forwarded-for"), row.text("ClientHost")
    )
    address, note = _behind(address, "" if fields.address(listed).address == address.address else listed)
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
        detail={**_rest(row, "traefik", *used, key), "client_note": note},
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
