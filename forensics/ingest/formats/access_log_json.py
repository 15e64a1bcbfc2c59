"""Access logs as JSON lines: nginx, Caddy, Traefik, Cloudflare Logpush.

What it is: one JSON object per request. The products are told apart by their keys; other servers write keys of their own
and need a mapping file. Every key without a column is kept in the detail. Caddy's lines for people (``console``: time,
level, logger, message, parted by tabs, then the object) are read too.

How to obtain: the site's log folder (``/var/log/nginx/*.json``, ``/var/log/caddy/``, ``/var/log/traefik/``), or, for
Cloudflare, the bucket to which the site's owner pushes "HTTP requests" (Enterprise plan).

Time: Caddy writes Unix seconds with a fraction (or a written time, if so configured), Traefik ``StartUTC`` in ISO 8601 with
``Z``, Cloudflare ``EdgeStartTimestamp`` in nanoseconds, seconds or ISO 8601, nginx what its ``log_format`` says: of
``time_iso8601``, ``time_local``, ``msec``, ``@timestamp``, ``timestamp``, ``time`` the first that holds a time; one without
a zone keeps its text and gets no instant.

Versions: nginx with ``log_format … escape=json`` and keys named as its variables; Caddy 2 (``request.remote_addr`` until
2.4, ``remote_ip`` and ``remote_port`` since 2.5, ``client_ip`` since 2.7); Traefik 1.7 to 3; Cloudflare Logpush; Envoy as
Istio and others have it write JSON (``downstream_remote_address``). The address is the peer of the server's own connection:
for Caddy ``remote_ip``, for Traefik ``ClientAddr``, because ``ClientHost`` is overwritten with ``X-Forwarded-For`` where
the client sent it. Where that peer is a machine inside, with a forwarded list in the record, it is a proxy and no client:
the only address in the list that came from outside is taken, and where Caddy is told to trust the proxy (``client_ip``
differs from ``remote_ip``) the last one, which the proxy wrote. ``client_ip`` itself is the first entry unless
``trusted_proxies_strict`` is set, and the client may have written that; where the peer is outside it is only noted. Else
nobody is named (``client_note``), nor where the gateway of a container network stands for every client.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.json_lines import first_objects, json_lines, object_of
from forensics.ingest.json_requests import event_of, product_of
from forensics.ingest.text_lines import lines

_CONSOLE = re.compile(
    r"(?P<ts>[^\t{]{8,40})\t(?:\x1b\[\d+m)?(?P<level>[A-Za-z]{4,6})(?:\x1b\[0m)?\t(?P<logger>[\w.]+)\t(?P<msg>[^\t{]+)\t(?P<object>\{.*)"
)


def claims(evidence: Evidence) -> bool:
    """Recognise the keys of the first objects."""
    found: Sequence[Mapping[str, Any]] = first_objects(evidence) or _first_of_console(evidence)
    return bool(found) and sum(bool(product_of(item)) for item in found) * 2 > len(found)


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


FORMAT = Format(
    title="Access log as JSON lines (nginx, Caddy, Traefik, Cloudflare)",
    provider="weblog",
    claims=claims,
    rows=rows,
    event=event_of,
)
