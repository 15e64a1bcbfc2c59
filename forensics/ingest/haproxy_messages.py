r"""Messages of HAProxy: requests, connections and refused handshakes, in whatever log they stand.

Layouts (``configuration.txt``, chapter 8.2)::

    CLIENT:PORT [DATE] FRONTEND BACKEND/SERVER Tq/Tw/Tc/Tr/Tt STATUS BYTES COOKIE COOKIE STATE A/F/B/S/R SQ/BQ
        [{CAPTURED}] [{OF THE ANSWER}] "REQUEST" [further fields]
    CLIENT:PORT [DATE] FRONTEND BACKEND/SERVER Tw/Tc/Tt BYTES STATE A/F/B/S/R SQ/BQ [further fields]
    CLIENT:PORT [DATE] FRONTEND/BIND: why the connection was refused
    Connect from CLIENT:PORT to SERVER:PORT (FRONTEND/MODE)

Quotes, braces, bars and ``#`` inside a text are written ``#22``, ``#7B`` …, so a client can imitate no field. The client is
the peer of HAProxy's own connection (or what the PROXY protocol of its ``bind`` says, which only a proxy in front can write).
Headers that a site captures stand in braces without their names and are cut at a length that the site chose: an address
among them came with the request and may lack its last digits, so none ever becomes the client. Where the peer is a
machine inside and such an address stands there, the peer is a proxy, and nobody is named.

The date is when the request was accepted, to milliseconds, by the clock of the machine and without a zone (a site may log
``%T`` with one).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from forensics.ingest import fields, forwarded_client, local_time
from forensics.ingest.fields import FieldError
from forensics.ingest.local_time import MONTHS, Zone
from forensics.ingest.login_meaning import Meaning
from forensics.ingest.mail_networks import is_internal
from forensics.ingest.web_requests import host_port, outcome_of, with_hint
from forensics.model import Action, AddressSeen, Moment, Outcome

_CLIENT = (
    r"(?P<client>\S+:\d{1,5}) \[(?P<accepted>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?:\.\d{1,6})?(?: [+-]\d{4})?)\] "
)
_PLACE = r"(?P<frontend>[^\s:]+) (?P<backend>[^\s/]+)/(?P<server>\S+) "
_COUNTS = r"(?P<connections>\d+/\d+/\d+/\d+/\+?\d+) (?P<queues>\d+/\d+)"
_BYTES = r"(?P<bytes>\+?\d+(?:/\+?\d+)?|-)"
_HTTP = re.compile(
    rf"{_CLIENT}{_PLACE}(?P<timers>\+?-?\d+(?:/\+?-?\d+){{4}}) (?P<status>-?\d{{1,3}}) {_BYTES}"
    rf" (?P<request_cookie>\S+) (?P<response_cookie>\S+) (?P<state>[A-Za-z-]{{4}}) {_COUNTS}"
    r'(?: \{(?P<captured>[^{}]*)\})?(?: \{(?P<response_captured>[^{}]*)\})? \\?"(?P<request>[^"]*?)(?:\\?"(?: (?P<rest>.*))?)?'
)
_TCP = re.compile(
    rf"{_CLIENT}{_PLACE}(?P<timers>\+?-?\d+(?:/\+?-?\d+){{2}}) {_BYTES} (?P<state>[A-Za-z-]{{2}}) {_COUNTS}(?: (?P<rest>.*))?"
)
_REFUSED = re.compile(rf"{_CLIENT}(?P<frontend>[^\s:]+): (?P<reason>.+)")
_CONNECT = re.compile(
    r"Connect from (?P<client>\S+:\d{1,5}) to (?P<reached>\S+:\d{1,5}) \((?P<frontend>[^()]+)/(?P<mode>\w+)\)"
)
_KINDS = (_HTTP, _TCP, _REFUSED, _CONNECT)
_ACCEPTED = re.compile(
    r"(?P<day>\d\d)/(?P<month>[A-Z][a-z]{2})/(?P<year>\d{4}):(?P<clock>\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?: (?P<offset>[+-]\d{4}))?"
)
_AGENT = re.compile(r"[A-Za-z][\w.!-]{1,40}/\d[^|]*")
_ADDRESS = re.compile(r"[\dA-Fa-f:.]{2,45}(?:, ?[\dA-Fa-f:.]{2,45})*")
_TRUNCATED = "the line ends inside the request"
PROXY_INSIDE = "the peer is a proxy inside; what its header says of the client may be cut or forged"


def parts(message: str) -> Mapping[str, str] | None:
    """Return the fields of a message about a connection; ``None`` if it is none."""
    match = next((fitting for kind in _KINDS if (fitting := kind.fullmatch(message))), None)
    if match is None:
        return None
    found = {name: value for name, value in match.groupdict().items() if value is not None and value != "-"}
    if match.re is _HTTP and '"' not in message[match.end("request") :]:
        found["truncated"] = _TRUNCATED
    return found


def meaning(message: str) -> Meaning | None:
    """Say what a message means; ``None`` if it is about no connection."""
    found = parts(message)
    if found is None:
        return None
    request = found.get("request", "" if "status" in found else "connection")
    seen, note = client_of(found)
    detail = {name: value for name, value in found.items() if name not in ("client", "request")}
    return Meaning(
        action=Action.REQUEST,
        outcome=Outcome.FAILURE if "reason" in found else outcome_of(found.get("status", "")),
        address=seen,
        detail={**with_hint(detail, request, found.get("status", "")), "client_note": note},
        provider="weblog",
        service="web" if "status" in found else "tcp",
        said=request,
        user_agent=agent_of(found),
        accepted=found.get("accepted", ""),
    )


def moment(accepted: str, zone: Zone | None) -> tuple[Moment, str]:
    """State the instant of an accept date: (moment, note for the detail)."""
    found = _ACCEPTED.fullmatch(accepted)
    if found is None or found["month"] not in MONTHS:
        raise FieldError(f"no date of a request: {accepted[:60]!r}")
    month = MONTHS.index(found["month"]) + 1
    written = f"{found['year']}-{month:02d}-{found['day']}T{found['clock']}"
    if found["offset"]:
        read = fields.instant(written + found["offset"])
        return Moment(utc=read.utc, text=accepted, zone=read.zone), ""
    wall = local_time.wall_of(written)
    return local_time.instant(wall, accepted, zone), local_time.note(wall, zone)


def client_of(found: Mapping[str, str]) -> tuple[AddressSeen, str]:
    """Return the client and why it is none: the peer, unless that is a proxy inside."""
    seen = host_port(found["client"])
    if seen.address is None:
        return AddressSeen(address=None, text=seen.text), ""  # unix:1 is a program on the same machine
    handed_on = [entry for entry in found.get("captured", "").split("|") if _ADDRESS.fullmatch(entry.strip())]
    behind = any(item.address for entry in handed_on for item in forwarded_client.entries(entry))
    if is_internal(seen.address) and behind:
        return AddressSeen(address=None, text=seen.text), PROXY_INSIDE
    return seen, ""


def agent_of(found: Mapping[str, str]) -> str:
    """Return the one captured header that is written as user agents are (``Name/1.0 …``), or ""."""
    agents = [entry for entry in found.get("captured", "").split("|") if _AGENT.fullmatch(entry)]
    return agents[0] if len(agents) == 1 else ""
