"""Requests that servers log as JSON objects of their own: nginx, Caddy, Traefik, Cloudflare, Envoy (``access_log_json``).

The products are told apart by their keys. The address is the peer of the server's own connection, unless that is a proxy
inside; what came with the request stays in the detail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forensics.ingest import fields, forwarded_client
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Row, Unused
from forensics.ingest.mail_networks import is_internal
from forensics.ingest.web_requests import host_port, request_event, with_port, written_time
from forensics.model import UNDATED, AddressSeen, Event, Moment

_NGINX_TIMES = ("time_iso8601", "time_local", "msec", "@timestamp", "timestamp", "time")
_NGINX_REQUESTS = ("request", "request_uri", "uri")
_NGINX_LISTS = ("http_x_forwarded_for", "x_forwarded_for", "proxy_add_x_forwarded_for")
_ENVOY = frozenset({"start_time", "method", "path", "response_code", "downstream_remote_address"})
_TRUSTED = (
    "the server is told to trust this peer as a proxy; client_ip may be the client, or what the client wrote of itself"
)
_A_PROXY = "the peer is a proxy, and the record does not say for certain for whom it asked"


def product_of(found: Mapping[str, Any]) -> str:
    """Name the product that writes these keys; "" if it is none of these."""
    inner = found.get("request")
    if isinstance(inner, dict):
        is_caddy = "status" in found and "ts" in found and ("remote_ip" in inner or "remote_addr" in inner)
        return "caddy" if is_caddy else ""
    if ("ClientAddr" in found or "ClientHost" in found) and "RequestMethod" in found and "RequestPath" in found:
        return "traefik"
    if "ClientIP" in found and "EdgeStartTimestamp" in found:
        return "cloudflare"
    if found.keys() >= _ENVOY:
        return "envoy"
    timed, asked = (any(key in found for key in keys) for keys in (_NGINX_TIMES, _NGINX_REQUESTS))
    return "nginx" if "remote_addr" in found and "status" in found and timed and asked else ""


def event_of(row: Row) -> Event | Unused:
    """One request, in the words of the product that logged it."""
    product = product_of(row.fields)
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


def _envoy(row: Row) -> Event:
    peer = host_port(row.text("downstream_remote_address"))
    listed = forwarded_client.entries(row.text("x_forwarded_for"))
    address, note = (
        peer,
        "",
    )  # nodes of a cluster hand connections on and add no header: the list may be the client's own
    inside = peer.address is not None and is_internal(peer.address)
    if inside and any(entry.address and not is_internal(entry.address) for entry in listed):
        address, note = AddressSeen(address=None, text=peer.text), _A_PROXY
    used = ("start_time", "method", "path", "protocol", "response_code", "user_agent", "downstream_remote_address")
    return request_event(
        row,
        when=_time(row, "start_time"),
        address=address,
        request=_joined(row.text("method"), row.text("path"), row.text("protocol")),
        status=row.text("response_code"),
        user_agent=row.text("user_agent"),
        detail={**_rest(row, "envoy", *used), "client_note": note},
    )


def _time(row: Row, *keys: str) -> Moment:
    return written_time(row.text(*keys)) if keys else UNDATED


_READ = {"nginx": _nginx, "caddy": _caddy, "traefik": _traefik, "cloudflare": _cloudflare, "envoy": _envoy}
