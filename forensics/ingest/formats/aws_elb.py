r"""AWS Elastic Load Balancing logs: access logs (classic, application, network) and connection logs (application).

What it is: one line per request that a load balancer of Amazon Web Services took: time, the load balancer's name,
client address and port, the server that answered, durations, status of both, sizes, the request line and the user
agent. The client is the peer of the load balancer's own connection, so it cannot be forged by a header. Network load
balancers log TLS connections, not requests, and connection logs the handshakes before the requests; both name the client.

How to obtain: access logging must have been switched on. The objects lie in the S3 bucket that the owner named, under
``AWSLogs/ACCOUNT/elasticloadbalancing/REGION/YYYY/MM/DD/…_elasticloadbalancing_….log[.gz]``.

Time: ISO 8601 with ``Z``: when the load balancer received the request from the client (classic) or answered it
(application). ``request_creation_time``, where the form has it, is kept in the detail. Network load balancers write the end
of the connection without a zone; it is read as UTC (``format_rule``), as all times of the service and of its file names are.

Versions: classic (15 fields: time, name, client:port, backend:port, …, request, user agent, cipher, protocol) and
application (29 or more fields; the first is the type: http, https, h2, grpcs, ws, wss). Fields that were added later are
kept as ``extra``. Quotes and backslashes inside the two quoted fields are written as ``\"`` and ``\\`` or ``\x22``. IPv6
clients are read with and without brackets (the spelling without is not documented). Network: type ``tls`` and version
``1.0`` or ``2.0`` before the time. Connection logs: time, client address, client port, listener's port, TLS, certificate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.text_lines import lines
from forensics.ingest.web_requests import host_port, request_event, with_port, written_time
from forensics.model import Event, ZoneBasis

_TIME = r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"
_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_TIMES = r"(-?[\d.]+|-) (-?[\d.]+|-) (-?[\d.]+|-)"
_CORE = rf"{_TIMES} (\d{{3}}|-|0) (\d{{3}}|-|0) (\d+|-) (\d+|-) {_QUOTED}"
_NAMES = ("request_time", "target_time", "response_time", "status", "target_status", "received_bytes", "sent_bytes")
_CLASSIC = re.compile(rf"{_TIME} (?P<elb>[^\s/]+) (?P<client>\S+) (?P<target>\S+) {_CORE}(?: {_QUOTED})?(?P<extra>.*)")
_APPLICATION = re.compile(
    rf"(?P<type>https?|h2|grpcs?|wss?) {_TIME} (?P<elb>[^\s/]+/[^\s/]+/[^\s/]+) (?P<client>\S+) (?P<target>\S+) {_CORE} {_QUOTED}"
    r"(?P<extra>.*)"
)
_MIDDLE = ("time", "elb", "client", "target", *_NAMES, "request", "user_agent")
_NETWORK = re.compile(
    r"(?P<type>tls) (?P<version>\d\.\d) (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?) (?P<elb>net/\S+) (?P<listener>\S+)"
    r" (?P<client>\S+) (?P<target>\S+) (?P<extra>.*)"
)
_CONNECTION = re.compile(
    rf"{_TIME} (?P<client>[\d.]{{1,15}}|(?=[0-9A-Fa-f]{{0,4}}:)[0-9A-Fa-f:.]{{1,45}}) (?P<port>\d{{1,5}})"
    r" (?P<listener_port>\d{1,5}) (?P<extra>\S+ .*)"
)
_KINDS = {
    _CLASSIC: (*_MIDDLE, "extra"),
    _APPLICATION: ("type", *_MIDDLE, "extra"),
    _NETWORK: ("type", "version", "time", "elb", "listener", "client", "target", "extra"),
    _CONNECTION: ("time", "client", "port", "listener_port", "extra"),
}
_USED = frozenset({"time", "client", "port", "request", "status", "user_agent"})
_EXTRA = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"(?=\s|$)|(\S+)')  # a list such as "h2","http/1.1" is one field
_APPLICATION_NAMES = (
    "ssl_cipher",
    "ssl_protocol",
    "target_group",
    "trace_id",
    "domain_name",
    "certificate",
    "rule_priority",
    "request_creation_time",
    "actions_executed",
    "redirect_url",
    "error_reason",
    "target_list",
    "target_status_list",
    "classification",
    "classification_reason",
    "conn_trace_id",
)
_NETWORK_NAMES = (
    "connection_milliseconds",
    "handshake_milliseconds",
    "received_bytes",
    "sent_bytes",
    "incoming_tls_alert",
    "certificate",
    "certificate_serial",
    "ssl_cipher",
    "ssl_protocol",
    "tls_named_group",
    "domain_name",
    "alpn_front",
    "alpn_back",
    "alpn_client",
    "connection_creation_time",
)
_CONNECTION_NAMES = (
    "ssl_protocol",
    "ssl_cipher",
    "handshake_seconds",
    "client_certificate",
    "client_certificate_validity",
    "client_certificate_serial",
    "verification",
    "conn_trace_id",
)
_NAMES_OF_REST = {
    _CLASSIC: ("ssl_cipher", "ssl_protocol"),
    _APPLICATION: _APPLICATION_NAMES,
    _NETWORK: _NETWORK_NAMES,
    _CONNECTION: _CONNECTION_NAMES,
}


def _match(text: str) -> re.Match[str] | None:
    return next((match for pattern in _ORDER if (match := pattern.fullmatch(text))), None)


_ORDER = (_APPLICATION, _CLASSIC, _NETWORK, _CONNECTION)


def claims(evidence: Evidence) -> bool:
    """Recognise the first whole line by its fields."""
    first = evidence.text_head.split("\n", 1)[0].rstrip("\r")
    return bool(first) and _match(first) is not None


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line."""
    for line in lines(evidence):
        if not line.text:
            yield Unused(rule="empty line")
            continue
        match = None if line.overlong else _match(line.text)
        if match is None:
            yield Flaw(place=f"line:{line.number}", reason="no line of a load balancer", excerpt=line.text[:200])
            continue
        yield Row(evidence=evidence, place=f"line:{line.number}", fields=_fields(match))


def _fields(match: re.Match[str]) -> dict[str, str]:
    found = dict(zip(_KINDS[match.re], match.groups(), strict=True))
    extra = found.pop("extra")
    names = _NAMES_OF_REST[match.re]
    rest = [quoted or bare for quoted, bare in _EXTRA.findall(extra)]
    found |= dict(zip(names, rest, strict=False))
    if len(rest) > len(names):
        found["extra"] = " ".join(rest[len(names) :])
    return {name: value for name, value in found.items() if value and value != "-"}


def event(row: Row) -> Event:
    """One request, or one connection."""
    port = row.text("port")
    client = fields.address(row.text("client")) if port else host_port(row.text("client"))
    when = row.need("time")
    return request_event(
        row,
        when=written_time(when) if when.endswith("Z") else fields.instant(when, bare_zone=ZoneBasis.FORMAT_RULE),
        address=with_port(client, port) if port else client,
        request=row.text("request") or ("connection" if port or row.text("listener") else ""),
        status=row.text("status"),
        user_agent=row.text("user_agent"),
        detail={name: value for name, value in row.fields.items() if name not in _USED},
    )


FORMAT = Format(
    title="AWS load balancer log (classic, application, network)",
    provider="weblog",
    claims=claims,
    rows=rows,
    event=event,
)
