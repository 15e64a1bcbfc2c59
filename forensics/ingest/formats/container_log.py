"""Logs of containers (Docker, Kubernetes): the requests and sign-ins that servers in them write to their output.

What it is: every line that a program in a container printed, in the wrapping of Docker's ``json-file``, of Kubernetes
(CRI), or of ``docker compose logs``. Lines that are requests of a web server or proxy (the layouts of access logs, JSON
objects of nginx, Caddy and Traefik, HAProxy's) and lines of a system log that tell of sign-ins are read as those logs are;
others are not used. What a program prints, it may print in the name of another.

How to obtain: ``/var/lib/docker/containers/ID/ID-json.log*`` as root, ``/var/log/containers/`` of a Kubernetes node, or
``docker compose logs --no-color --timestamps > logs.txt``; before a container is made anew, because its log goes with it.

Time: that of the request, where the line states one with its zone; else when Docker took the line (``time``, with its
zone). Without either the text is kept.

Versions: ``json-file`` (parts of lines over 16 KiB are put together), CRI, ``docker compose logs``; not the binary
``local`` driver. Where the client is the gateway of the containers' network (``172.18.0.1``), it stands for everybody, and
nobody is named: ask for the log of the proxy in front.

Retention: until the container is removed, unless a size was set.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from forensics.ingest import (
    container_lines,
    fields,
    forwarded_client,
    haproxy_messages,
    json_lines,
    json_requests,
    login_messages,
    mail_login_messages,
    syslog_lines,
)
from forensics.ingest.container_lines import Said
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import EPOCH_START, MICROSECOND
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.login_meaning import event_of
from forensics.ingest.web_requests import PROVIDER
from forensics.ingest.weblog.entry import Entry, looks_like_a_log, outcome, read_entry
from forensics.model import Action, Event, Moment, ZoneBasis
from forensics.sentence import template

_OTHER = template("line of a container that is no request and tells of no sign-in")
LONGEST = login_messages.LONGEST
_KNOWN = login_messages.LOGIN_PROGRAMS | mail_login_messages.PROGRAMS


def claims(evidence: Evidence) -> bool:
    """Most of the first lines are wrapped, and one of them is a request or of a program that signs people in."""
    found = container_lines.first_lines(evidence)
    signs = any(_signs_in(said.text) for said in found)
    if signs and any(said.name for said in found):
        return False  # a system log that only has the names of containers before its lines
    return signs or any(_is_request(said.text) for said in found)


def _is_request(text: str) -> bool:
    if text.startswith("{"):
        found = json_lines.object_of(text)
        return found is not None and bool(json_requests.product_of(found))
    return looks_like_a_log(text.encode()) or haproxy_messages.parts(text[:LONGEST]) is not None


def _signs_in(text: str) -> bool:
    line = syslog_lines.read_line(text[:LONGEST])
    return line is not None and line.program.rpartition("/")[2].casefold() in _KNOWN


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line of the container."""
    for said in container_lines.container_lines(evidence):
        if isinstance(said, Flaw):
            yield said
            continue
        found = json_lines.object_of(said.text) if said.text.startswith("{") else None
        yield Row(
            evidence=evidence, place=said.place, fields=found or {}, shared={"said": said, "json": found is not None}
        )


def event(row: Row) -> Event | Unused:
    """One request, or what a message of a system log means."""
    said: Said = row.shared["said"]
    if row.shared["json"]:
        return json_requests.event_of(row) if json_requests.product_of(row.fields) else Unused(rule=_OTHER)
    written = said.text.encode()
    if looks_like_a_log(written):
        return _request(row, read_entry(written), said)
    if haproxy_messages.parts(said.text[:LONGEST]) is not None:
        return _said(row, said, "haproxy", said.text)
    line = syslog_lines.read_line(said.text) if _signs_in(said.text) else None
    return _said(row, said, line.program, line.message) if line is not None else Unused(rule=_OTHER)


def _said(row: Row, said: Said, program: str, message: str) -> Event | Unused:
    meaning = login_messages.meaning(program, message)
    if meaning.unused:
        return Unused(rule=meaning.unused)
    when = fields.instant(said.time)
    return event_of(
        row, meaning, service=program, said=message, when=when, detail={**meaning.detail, **_wrapping(said)}
    )


def _wrapping(said: Said) -> dict[str, str]:
    return {"stream": said.stream, "container": said.name, "taken": said.time}


def _request(row: Row, entry: Entry, said: Said) -> Event:
    seen = forwarded_client.not_the_gateway(entry.client.seen)
    return row.event(
        provider=PROVIDER,
        service="web",
        action=Action.REQUEST,
        action_text=entry.request,
        outcome=outcome(entry.status),
        when=Moment(utc=EPOCH_START + entry.micros * MICROSECOND, text=entry.time_text, zone=ZoneBasis.EXPLICIT),
        address=seen,
        user_agent=entry.user_agent,
        detail={
            **json.loads(entry.detail),
            **_wrapping(said),
            "client_note": forwarded_client.GATEWAY if seen != entry.client.seen else "",
        },
    )


FORMAT = Format(
    title="Log of a container (Docker, Kubernetes)", provider="weblog", claims=claims, rows=rows, event=event
)
