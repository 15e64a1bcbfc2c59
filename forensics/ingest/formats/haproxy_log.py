"""Log of the load balancer HAProxy without a system log around it: HTTP requests, TCP connections, refused handshakes.

What it is: one line per request or connection, as ``option httplog``, ``httpslog`` and ``tcplog`` write it, or the default
(``Connect from …``), bare or with ``haproxy[PID]:`` before it, as containers print it. ``detail`` holds front end, back end
and server, timers, bytes, ``state`` (how it ended), ``captured`` (headers that the site logs, without their names, parted
by ``|``) and ``accepted``. The client is the peer of HAProxy's connection; captured headers never become the address
(``haproxy_messages`` says why). ``haproxy.log``, ``syslog`` and the journal hold the same lines behind time and host: these
files are read as other system logs are. Lines of ``option httplog clf`` are those of an access log.

How to obtain: ``docker logs`` of the container, or the file that the site's ``log stdout format raw`` goes to; else
``/var/log/haproxy.log*``, or ``journalctl -u haproxy -o json --all``.

Time: when the request was accepted, by the clock of the machine and without a zone (a site may log ``%T`` with one). The
zone comes from the export (``syslog.zone``) or from the examiner; without either the text is kept and no instant is stated.

Versions: 1.4 to 3.0; five timers of HTTP, three of TCP; ``httpslog`` since 2.4 with errors and TLS behind the request (kept
as ``rest``). A line that was cut inside the request is read and marked. A site's own ``log-format`` is read where it only
adds fields behind those of TCP or HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import haproxy_messages, local_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.login_meaning import event_of
from forensics.ingest.login_messages import LONGEST
from forensics.ingest.text_lines import Line, lines
from forensics.model import UNDATED, Event

_PROGRAM = "haproxy"
_TAG = re.compile(r"(?:<\d{1,3}>)?haproxy\[\d+\]: ")
_NOTICE = re.compile(r"\[(?:NOTICE|WARNING|ALERT|DIAG)\] ")


def _bare(text: str) -> str:
    return _TAG.sub("", text, count=1)


def claims(evidence: Evidence) -> bool:
    """Recognise a connection in more than half of the first lines."""
    found = [line.rstrip("\r") for line in evidence.text_head.split("\n")[:100] if line.strip()]
    found = [line for line in found if not _NOTICE.match(line)]
    found = found[:-1] or found  # the head may cut the last one
    return sum(haproxy_messages.parts(_bare(line[:LONGEST])) is not None for line in found) * 2 > len(found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line."""
    shared = {"zone": local_time.zone_of(evidence, "syslog.zone")}
    for line in lines(evidence):
        if not line.text.strip():
            yield Unused(rule="empty line")
        elif line.length > LONGEST:
            reason = f"a line of more than {LONGEST:,} characters"
            yield Flaw(place=f"line:{line.number}", reason=reason, excerpt=line.text[:200])
        elif haproxy_messages.parts(_bare(line.text)) is not None:
            values = {"message": _bare(line.text)}
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=values, shared=shared)
        else:
            yield _other(line)


def _other(line: Line) -> Flaw | Unused:
    if _NOTICE.match(line.text) or _TAG.match(line.text):
        return Unused(rule=f"messages of {_PROGRAM} that say nothing about access")
    return Flaw(place=f"line:{line.number}", reason="no line of HAProxy", excerpt=line.text[:200])


def event(row: Row) -> Event:
    """One request or connection."""
    message = row.need("message")
    meaning = haproxy_messages.meaning(message)
    if meaning is None:
        raise FieldError("no connection")
    when, note = UNDATED, ""
    if meaning.accepted:
        when, note = haproxy_messages.moment(meaning.accepted, row.shared["zone"])
    detail = {**meaning.detail, "zone_note": note}
    return event_of(row, meaning, service=_PROGRAM, said=message, when=when, detail=detail)


FORMAT = Format(
    title="HAProxy log without a system log (HTTP, TCP)",
    provider="weblog",
    claims=claims,
    rows=rows,
    event=event,
    needs=("syslog.zone",),
)
