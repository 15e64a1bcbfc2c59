"""Access and security logs of clouds (JSON): CloudFront, Cloudflare, Azure Front Door and Application Gateway, Google.

What it is: one record per request that a cloud took at its edge for a site. The products are told apart by their keys;
every key without a column is kept in the detail. Cloudflare's security events tell what its firewall did with a request
(blocked, challenged, let through); its HTTP requests are read as other JSON logs of requests are.

How to obtain: the bucket, storage account or log workspace that the site's owner sends logs to: CloudFront standard logging
v2 with JSON; Azure diagnostic settings (``FrontDoorAccessLog``, ``ApplicationGatewayAccessLog``, ``…FirewallLog``); Google
Cloud → Logs Explorer → Download → JSON, or ``gcloud logging read --format=json``; Cloudflare → Security → Events → export,
the GraphQL API (``firewallEventsAdaptive``), or Logpush (``firewall_events``).

Time: with its zone or as a count in every product: CloudFront ``timestamp(ms)`` or ``date`` and ``time``, which AWS
documents as UTC (``format_rule``); Azure ``time`` or ``timeStamp``, Google ``timestamp``, Cloudflare ``Datetime`` or
``datetime``. CloudFront and Azure write when the answer was finished.

Versions: arrays, lists under a name, one record per line, shippers' ``event.original``. The address is the peer of the
edge's own connection: ``c-ip`` (CloudFront), ``socketIp`` (Front Door, where ``clientIp`` may come from a header),
``clientIP`` (Application Gateway, in old lines with a port), ``remoteIp`` (Google), ``ClientIP`` (Cloudflare).
``x-forwarded-for`` and its kin came with the request and stay in the detail. Entries of other logs that lie in the same
file are not used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from forensics.ingest import fields, json_documents
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.web_requests import host_port, request_event, with_port, written_time
from forensics.model import Event, Moment, Outcome, ZoneBasis
from forensics.sentence import template

_LISTS = ("viewer", *json_documents.LISTS)
_CLOUDFRONT = frozenset({"c-ip", "cs-method", "x-edge-location"})
_CLOUDFLARE = frozenset({"Action", "ClientIP", "Datetime", "Source"})
_CLOUDFLARE_API = frozenset({"action", "clientIP", "datetime", "source"})
_OTHER = template("entry of another log")
_AZURE = ("FrontDoorAccessLog", "FrontDoorWebApplicationFirewallLog", "FrontdoorAccessLog", "AzureCdnAccessLog")
_GATEWAY = ("ApplicationGatewayAccessLog", "ApplicationGatewayFirewallLog")
_CLOUD_LOG = frozenset({"logName", "insertId", "timestamp"})
_STOPPED = ("block", "drop", "deny", "connectionclose")


def _product(found: Mapping[str, Any]) -> str:
    """Name the product that writes these keys; "" if it is none."""
    if found.keys() >= _CLOUDFRONT:
        return "cloudfront"
    if found.keys() >= _CLOUDFLARE or found.keys() >= _CLOUDFLARE_API:
        return "cloudflare"
    if isinstance(found.get("properties"), Mapping) and "resourceId" in found:
        category = fields.text(found, "category", "Category")
        return "azure_front_door" if category in _AZURE else "azure_gateway" if category in _GATEWAY else ""
    request = found.get("httpRequest")
    if isinstance(request, Mapping) and "remoteIp" in request and found.keys() >= _CLOUD_LOG:
        return "google_load_balancer"
    return ""


def claims(evidence: Evidence) -> bool:
    """One of the first records is of one of the products, bare or wrapped."""
    return any(
        _product(inner)
        for found in json_documents.samples(evidence, *_LISTS)
        for inner in json_documents.unwrapped(found)
    )


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records."""
    return json_documents.documents(evidence, *_LISTS)


def event(row: Row) -> Event | Unused:
    """One request, in the words of the product that logged it."""
    for inner in json_documents.unwrapped(row.fields):
        product = _product(inner)
        if product:
            around = {} if inner is row.fields else json_documents.around(row.fields)
            return _READ[product](row, inner, {"product": product, "shipper": around})
    return Unused(rule=_OTHER)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _path(url: str, query: str = "") -> str:
    """Return path and query of a URL; what is no URL stays as it is."""
    scheme, sign, rest = url.partition("://")
    if sign and scheme.isalpha():
        return f"/{rest.partition('/')[2]}"
    return f"{url}?{query.removeprefix('?')}" if query and "?" not in url else url


def _cloudfront(row: Row, found: Mapping[str, Any], more: Mapping[str, Any]) -> Event:
    said = {key: "" if value == "-" else value for key, value in found.items()}
    counted = fields.text(said, "timestamp(ms)", "timestamp")
    when: Moment = written_time(counted)
    if not counted:
        both = f"{fields.need(said, 'date')} {fields.need(said, 'time')}"
        when = fields.instant(both, bare_zone=ZoneBasis.FORMAT_RULE)
    agent = fields.text(said, "cs(User-Agent)", "cs-user-agent")
    return request_event(
        row,
        when=when,
        address=with_port(fields.address(fields.text(said, "c-ip")), fields.text(said, "c-port")),
        request=_joined(
            fields.text(said, "cs-method"),
            _path(fields.text(said, "cs-uri-stem"), fields.text(said, "cs-uri-query")),
            fields.text(said, "cs-protocol-version"),
        ),
        status=fields.text(said, "sc-status"),
        user_agent=unquote(unquote(agent)) if "%" in agent else agent,
        detail={**said, **more},
    )


def _cloudflare(row: Row, found: Mapping[str, Any], more: Mapping[str, Any]) -> Event:
    said = {f"{key[:1].upper()}{key[1:]}": value for key, value in found.items()}  # the API writes names in lower case
    done = fields.text(said, "Action").casefold()
    status = fields.text(said, "EdgeResponseStatus")
    return request_event(
        row,
        when=written_time(fields.text(said, "Datetime")),
        address=fields.address(fields.text(said, "ClientIP")),
        request=_joined(
            fields.text(said, "ClientRequestMethod", "ClientRequestHTTPMethodName"),
            _path(fields.text(said, "ClientRequestPath"), fields.text(said, "ClientRequestQuery")),
            fields.text(said, "ClientRequestProtocol", "ClientRequestHTTPProtocol"),
        ),
        status="" if status == "0" else status,
        user_agent=fields.text(said, "ClientRequestUserAgent", "UserAgent"),
        stated_place=fields.text(said, "ClientCountry", "ClientCountryName"),
        outcome=_firewall(done),
        detail={**found, **more},
    )


def _firewall(done: str) -> Outcome | None:
    """Say what a firewall's action makes of the request; ``None``: the status says it."""
    if done.startswith(_STOPPED):
        return Outcome.BLOCKED
    asked = "challenge" in done and not done.endswith(("solved", "bypassed", "skipped"))
    return Outcome.CHALLENGE if asked else None


def _azure_front_door(row: Row, found: Mapping[str, Any], more: Mapping[str, Any]) -> Event:
    said: Mapping[str, Any] = found["properties"]
    named = fields.text(said, "clientIp", "clientIP")
    written = fields.text(said, "socketIp", "socketIP") or named
    port = fields.text(said, "clientPort") if named in (written, "") else ""
    return request_event(
        row,
        when=written_time(fields.text(found, "time", "timeStamp")),
        address=with_port(fields.address(written), port),
        request=_joined(
            fields.text(said, "httpMethod"), _path(fields.text(said, "requestUri")), fields.text(said, "httpVersion")
        ),
        status=fields.text(said, "httpStatusCode", "httpStatus"),
        user_agent=fields.text(said, "userAgent"),
        stated_place=fields.text(said, "clientCountry"),
        outcome=_firewall(fields.text(said, "action").casefold()),
        detail={**found, **more},
    )


def _azure_gateway(row: Row, found: Mapping[str, Any], more: Mapping[str, Any]) -> Event:
    said: Mapping[str, Any] = found["properties"]
    written = fields.text(said, "clientIP", "clientIp")
    seen = fields.address(written)
    return request_event(
        row,
        when=written_time(fields.text(found, "timeStamp", "timestamp", "time")),
        address=with_port(seen if seen.address else host_port(written), fields.text(said, "clientPort")),
        request=_joined(
            fields.text(said, "httpMethod"),
            fields.text(said, "originalRequestUriWithArgs")
            or _path(fields.text(said, "requestUri"), fields.text(said, "requestQuery")),
            fields.text(said, "httpVersion"),
        ),
        status=fields.text(said, "httpStatus"),
        user_agent=fields.text(said, "userAgent"),
        outcome=_firewall(fields.text(said, "action").casefold()),
        detail={**found, **more},
    )


def _google_load_balancer(row: Row, found: Mapping[str, Any], more: Mapping[str, Any]) -> Event:
    said: Mapping[str, Any] = found["httpRequest"]
    return request_event(
        row,
        when=written_time(fields.text(found, "timestamp")),
        address=fields.address(fields.text(said, "remoteIp")),
        request=_joined(
            fields.text(said, "requestMethod"), _path(fields.text(said, "requestUrl")), fields.text(said, "protocol")
        ),
        status=fields.text(said, "status"),
        user_agent=fields.text(said, "userAgent"),
        detail={**found, "same_key": fields.text(found, "insertId"), **more},
    )


_READ: Mapping[str, Callable[[Row, Mapping[str, Any], Mapping[str, Any]], Event]] = {
    "cloudfront": _cloudfront,
    "cloudflare": _cloudflare,
    "azure_front_door": _azure_front_door,
    "azure_gateway": _azure_gateway,
    "google_load_balancer": _google_load_balancer,
}

FORMAT = Format(
    title="Access log of a cloud (CloudFront, Cloudflare, Azure, Google; JSON)",
    provider="weblog",
    claims=claims,
    rows=rows,
    event=event,
)
