r"""Access log of Envoy and Istio as text, in their default formats.

What it is: one line per request that the proxy took: time, request line, status, flags, sizes, durations, and in quotes the
forwarded list, user agent, number of the request, host, server behind. Istio adds the addresses of the connection behind
them.

How to obtain: ``kubectl logs`` of the gateway (``istio-ingressgateway``, the container ``istio-proxy``), or the file that
the configuration names.

Time: ISO 8601 with ``Z``: when the request began.

Versions: Envoy since 1.5, Istio since 1.1. Envoy writes quotes as they come, so a client can imitate what follows its
request: Istio's addresses are read from the end of the line, where nothing of a client stands but the name that it asked
for in TLS. There the peer of the connection is the client, unless it is a machine inside and the forwarded list names
somebody outside: nodes of a cluster hand connections on and add no header, so the list may be the client's own, and nobody
is named. Envoy's own format has no peer, only the list, and whether Envoy or the client wrote its last entry depends on its
configuration: nobody is named (``forwarded`` in the detail has the list).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import forwarded_client
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.mail_networks import is_internal
from forensics.ingest.text_lines import lines
from forensics.ingest.web_requests import host_port, request_event, written_time
from forensics.model import NO_ADDRESS, AddressSeen, Event

_HEAD = re.compile(
    r'\[(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)\] "(?P<request>[^"]*)"'
    r" (?P<status>\d{1,3}|-) (?P<flags>[A-Za-z,-]{1,60})"
    r'(?P<istio> (?P<details>[^"\s]+) (?P<ended>[^"\s]+) "(?P<failure>[^"]*)")? (?P<received_bytes>\d+|-) (?P<sent_bytes>\d+|-)'
    r' (?P<milliseconds>\d+|-) (?P<behind_milliseconds>\d+|-) "(?P<behind>.*)'
)
_QUOTED = re.compile(
    r'(?P<forwarded>[^"]*)" "(?P<user_agent>[^"]*)" "(?P<request_id>[^"]*)" "(?P<vhost>[^"]*)" "(?P<server>[^"]*)"(?P<rest>[^"]*)'
)
_PEER = re.compile(r"[0-9A-Fa-f.:\[\]]+:\d{1,5}")
_AT_END = ("upstream", "from", "reached", "peer", "asked_name", "route")
_USED = frozenset({"time", "request", "status", "user_agent", "behind", "istio", "peer", "rest"})
_NO_PEER = "the line names no peer, and who wrote the last entry of the list depends on the proxy's configuration"
_A_PROXY = "the peer is a proxy inside, and the line does not say for certain for whom it asked"


def claims(evidence: Evidence) -> bool:
    """Recognise more than half of the first lines."""
    found = evidence.first_lines(50)
    return sum(_HEAD.fullmatch(line) is not None for line in found) * 2 > len(found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line."""
    for line in lines(evidence):
        match = None if line.overlong else _HEAD.fullmatch(line.text)
        if match is not None:
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=_fields(match))
        elif not line.text.strip():
            yield Unused(rule="empty line")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of Envoy", excerpt=line.text[:200])


def _fields(match: re.Match[str]) -> dict[str, str]:
    found = match.groupdict("")
    quoted = _QUOTED.fullmatch(match["behind"])
    found |= quoted.groupdict("") if quoted else {"extra": match["behind"]}
    last = match["behind"].rpartition('"')[2].split(" ")[-len(_AT_END) :] if match["istio"] else []
    if len(last) == len(_AT_END) and _PEER.fullmatch(last[_AT_END.index("peer")]):
        found |= dict(zip(_AT_END, last, strict=True))
    elif found.get("rest"):
        found["extra"] = found["rest"]
    return {name: value for name, value in found.items() if value.strip(" -")}


def event(row: Row) -> Event:
    """One request."""
    address, note = _client(row.text("peer"), row.text("forwarded"))
    if row.text("peer") and not row.text("vhost", "user_agent", "request_id") and '"' in row.text("extra"):
        address, note = _unread(address)
    return request_event(
        row,
        when=written_time(row.need("time")),
        address=address,
        request=row.text("request"),
        status=row.text("status"),
        user_agent=row.text("user_agent"),
        detail={**{name: value for name, value in row.fields.items() if name not in _USED}, "client_note": note},
    )


def _unread(seen: AddressSeen) -> tuple[AddressSeen, str]:
    """Return a peer that is no machine inside; nobody knows for whom one of these asked: nodes of a cluster add no header."""
    inside = seen.address is not None and is_internal(seen.address)
    return (AddressSeen(address=None, text=seen.text), _A_PROXY) if inside else (seen, "")


def _client(peer: str, listed: str) -> tuple[AddressSeen, str]:
    if not peer:
        return NO_ADDRESS, _NO_PEER if listed else ""
    seen = host_port(peer)
    if any(entry.address and not is_internal(entry.address) for entry in forwarded_client.entries(listed)):
        return _unread(seen)
    return seen, ""


FORMAT = Format(title="Access log of Envoy and Istio", provider="weblog", claims=claims, rows=rows, event=event)
