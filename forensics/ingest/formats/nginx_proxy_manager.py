r"""Access logs of Nginx Proxy Manager: proxy hosts, redirections, dead hosts and streams.

What it is: one line per request, in the layouts of its own that the program gives nginx (``log-proxy.conf``,
``log-stream.conf`` of its container): time, cache, status of the server behind, status, method, scheme, host, path, then
marks in brackets (``[Client …]``, ``[Length …]``, ``[Gzip …]``, ``[Sent-to …]``), user agent and referring page. No
protocol is written. nginx writes a quote inside a text as ``\x22``, so no client can imitate a mark. Of a stream (TCP, UDP)
a line is one connection: client with port, status, bytes, seconds.

How to obtain: ``data/logs/`` of the container's volume: ``proxy-host-N_access.log``, ``redirection-host-N_access.log``,
``dead-host-N_access.log``, ``fallback_access.log``, ``fallback_http_access.log``, ``fallback_stream_access.log``, the
rotated ``.gz`` too. The ``*_error.log`` beside them are error logs of nginx.

Time: with its offset on every line, when the request was finished. The container's clock shows UTC unless ``TZ`` was set.

Versions: 2.x; the layouts stood in ``nginx.conf`` before they had files of their own. ``proxy`` (status of the server
behind may be a list, ``502, 200``), ``standard`` (redirections and hosts that are none: status alone), ``stream``, and
further marks that people add. The client is what nginx holds for it after ``real_ip``: ``X-Real-IP`` is believed of CDN
networks and of private ones, so where Docker hides clients behind its gateway a client can name itself anything. The
gateway itself (``172.16.0.1`` … ``172.31.0.1``) is no client: its text is kept, without an address.

Retention: rotated weekly, four files are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import forwarded_client
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.text_lines import lines
from forensics.ingest.web_requests import host_port, request_event, written_time
from forensics.model import Event

_TIME = r"\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]"
_MARKS = r"(?P<marks>(?: \[[A-Z][\w-]{0,20} [^\[\]]*\])+)"
_HTTP = re.compile(
    rf"{_TIME} (?:(?P<cache>[A-Z]+|-) (?P<upstream_status>(?:\d{{3}}|-)(?:(?:,| :) (?:\d{{3}}|-))*) )?(?P<status>\d{{3}})"
    rf' - (?P<method>\S+) (?P<scheme>\S+) (?P<vhost>\S+) "(?P<target>[^"]*)"{_MARKS}(?P<tail>.*)'
)
_STREAM = re.compile(
    rf"{_TIME} \[Client (?P<client>[^\[\]\s]+)\] (?P<protocol>TCP|UDP) (?P<status>\d{{3}}) (?P<bytes>\d+|-)"
    rf" (?P<received_bytes>\d+|-) (?P<seconds>[\d.]+|-){_MARKS}(?P<tail>.*)"
)
_MARK = re.compile(r"\[([A-Z][\w-]*) ([^\[\]]*)\]")
_TAIL = re.compile(r' "(?P<user_agent>[^"]*)" "(?P<referrer>[^"]*)"(?P<extra>.*)')
_USED = frozenset({"time", "status", "method", "target", "client", "user_agent", "marks", "tail"})
_NAMES = {"Length": "bytes", "Client": "client", "Sent-to": "sent_to", "Gzip": "gzip", "Sent": "sent_to_server"}


def _match(text: str) -> re.Match[str] | None:
    match = _HTTP.fullmatch(text)
    if match is not None:
        return match if " [Client " in match["marks"] else None
    return _STREAM.fullmatch(text)


def claims(evidence: Evidence) -> bool:
    """Recognise more than half of the first lines."""
    found = evidence.first_lines(50)
    return sum(_match(line) is not None for line in found) * 2 > len(found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line."""
    for line in lines(evidence):
        place = f"line:{line.number}"
        match = None if line.overlong else _match(line.text)
        if match is not None:
            yield Row(evidence=evidence, place=place, fields=_fields(match))
        elif not line.text.strip():
            yield Unused(rule="empty line")
        else:
            yield Flaw(place=place, reason="no line of Nginx Proxy Manager", excerpt=line.text[:200])


def _fields(match: re.Match[str]) -> dict[str, str]:
    found = {name: value or "" for name, value in match.groupdict().items()}
    for name, value in _MARK.findall(found["marks"]):
        found.setdefault(_NAMES.get(name, name.lower()), value)
    tail = _TAIL.fullmatch(found["tail"])
    found |= tail.groupdict() if tail else {"extra": found["tail"]}
    return {name: value.strip() for name, value in found.items() if value.strip(" -")}


def event(row: Row) -> Event:
    """One request, or one connection of a stream."""
    is_stream = "method" not in row.fields and bool(row.text("protocol"))
    request = "connection" if is_stream else " ".join(filter(None, (row.text("method"), row.text("target"))))
    client = host_port(row.text("client")) if is_stream else row.address("client")
    seen = forwarded_client.not_the_gateway(client)
    return request_event(
        row,
        when=written_time(row.need("time")),
        address=seen,
        request=request,
        status=row.text("status"),
        user_agent=row.text("user_agent"),
        service=row.text("protocol").lower() if is_stream else "web",
        detail={
            **{name: value for name, value in row.fields.items() if name not in _USED},
            "client_note": forwarded_client.GATEWAY if seen != client else "",
        },
    )


FORMAT = Format(title="Access log of Nginx Proxy Manager", provider="weblog", claims=claims, rows=rows, event=event)
