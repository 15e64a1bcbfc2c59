r"""AWS Elastic Load Balancing access logs (classic and application load balancers).

What it is: one line per request that a load balancer of Amazon Web Services took: time, the load balancer's name,
client address and port, the server that answered, durations, status of both, sizes, the request line and the user
agent. The client is the peer of the load balancer's own connection, so it cannot be forged by a header.

How to obtain: access logging must have been switched on. The objects lie in the S3 bucket that the owner named, under
``AWSLogs/ACCOUNT/elasticloadbalancing/REGION/YYYY/MM/DD/…_elasticloadbalancing_….log[.gz]``.

Time: ISO 8601 with ``Z``: when the load balancer received the request from the client (classic) or answered it
(application). ``request_creation_time``, where the form has it, is kept in the detail.

Versions: classic (15 fields: time, name, client:port, backend:port, …, request, user agent, cipher, protocol) and
application (29 or more fields; the first is the type: http, https, h2, grpcs, ws, wss). Fields that were added later are
kept as ``extra``. Quotes and backslashes inside the two quoted fields are written as ``\"`` and ``\\`` or ``\x22``. IPv6
clients are read with and without brackets (the spelling without is not documented). Logs of network load balancers
hold connections, not requests, and are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.text_lines import lines
from forensics.ingest.web_requests import host_port, request_event, written_time
from forensics.model import Event

_TIME = r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"
_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_TIMES = r"(-?[\d.]+|-) (-?[\d.]+|-) (-?[\d.]+|-)"
_CORE = rf"{_TIMES} (\d{{3}}|-|0) (\d{{3}}|-|0) (\d+|-) (\d+|-) {_QUOTED}"
_NAMES = ("request_time", "target_time", "response_time", "status", "target_status", "received_bytes", "sent_bytes")
_CLASSIC = re.compile(rf"{_TIME} (?P<elb>[^\s/]+) (?P<client>\S+) (?P<target>\S+) {_CORE}(?: {_QUOTED})?(?P<extra>.*)")
_APPLICATION = re.compile(
    rf"(?P<type>https?|h2|grpcs?|wss?) {_TIME} (?P<elb>\S+/\S+/\S+) (?P<client>\S+) (?P<target>\S+) {_CORE} {_QUOTED}"
    r"(?P<extra>.*)"
)
_MIDDLE = ("time", "elb", "client", "target", *_NAMES, "request", "user_agent")
_KINDS = {_CLASSIC: (*_MIDDLE, "extra"), _APPLICATION: ("type", *_MIDDLE, "extra")}
_USED = frozenset({"time", "client", "request", "status", "user_agent"})
_EXTRA = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"|(\S+)')
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
_CLASSIC_NAMES = ("ssl_cipher", "ssl_protocol")


def _match(text: str) -> re.Match[str] | None:
    return _APPLICATION.fullmatch(text) or _CLASSIC.fullmatch(text)


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
    names = _APPLICATION_NAMES if match.re is _APPLICATION else _CLASSIC_NAMES
    rest = [quoted or bare for quoted, bare in _EXTRA.findall(extra)]
    found |= dict(zip(names, rest, strict=False))
    if len(rest) > len(names):
        found["extra"] = " ".join(rest[len(names) :])
    return {name: value for name, value in found.items() if value and value != "-"}


def event(row: Row) -> Event:
    """One request."""
    return request_event(
        row,
        when=written_time(row.need("time")),
        address=host_port(row.text("client")),
        request=row.text("request"),
        status=row.text("status"),
        user_agent=row.text("user_agent"),
        detail={name: value for name, value in row.fields.items() if name not in _USED},
    )


FORMAT = Format(
    title="AWS load balancer access log (classic, application)",
    provider="weblog",
    claims=claims,
    rows=rows,
    event=event,
)
