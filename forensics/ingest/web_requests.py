"""Requests that a web server, a cache or a load balancer logged in a shape of its own, as the events of access logs.

The same words are used as for ``access_log``: ``action`` is request on every row, ``hint`` names the WordPress doors, the
outcome follows the status. The address is the peer that the server itself saw. Whatever came with the request
(``X-Forwarded-For`` and its kin) can be written by the client and stays in the detail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from forensics.ingest import fields
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Row
from forensics.ingest.weblog import clock, entry
from forensics.model import UNDATED, Action, AddressForm, AddressSeen, Event, Moment, Outcome, ZoneBasis

PROVIDER = "weblog"
_START = datetime(1970, 1, 1, tzinfo=UTC)
_STATUS = re.compile(r"[1-5]\d\d")
_EPOCH = re.compile(r"(-?\d{1,19})(?:\.(\d{1,9})\d*)?")
_SCALES = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3), (0, 1))
"""Counts from this size on are nano-, micro- and milliseconds; below, seconds (10^11 s would be the year 5138)."""
_WALL = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)?")  # Caddy's "wall": the server's clock, without a zone
_NOTHING = frozenset({"", "-"})


def request_event(  # noqa: PLR0913 - the parts of a request
    row: Row,
    *,
    when: Moment,
    address: AddressSeen,
    request: str,
    status: str,
    user_agent: str = "",
    stated_place: str = "",
    service: str = "web",
    outcome: Outcome | None = None,
    detail: Mapping[str, Any],
) -> Event:
    """Build the event of one request; ``request`` is ``METHOD TARGET [PROTOCOL]``, ``status`` the answer as logged.

    ``outcome`` is given where something else than the status says how it ended.
    """
    return row.event(
        provider=PROVIDER,
        service=service,
        action=Action.REQUEST,
        when=when,
        action_text=request,
        outcome=outcome_of(status) if outcome is None else outcome,
        address=address,
        user_agent="" if user_agent in _NOTHING else user_agent,
        stated_place=stated_place,
        detail=with_hint(detail, request, status),
    )


def outcome_of(status: str) -> Outcome:
    """Return what the status says of a request, as logged."""
    return entry.outcome(int(status)) if _STATUS.fullmatch(status) else Outcome.UNKNOWN


def with_hint(detail: Mapping[str, Any], request: str, status: str) -> dict[str, Any]:
    """Return the detail of a request with its status, and the WordPress door it knocked at."""
    code = int(status) if _STATUS.fullmatch(status) else 0
    knocked = entry.wordpress(request.encode("utf-8", "backslashreplace")) if request.startswith("POST ") else ""
    return {**detail, "status": code or status, "hint": entry.hint(knocked, code)}


def written_time(written: str) -> Moment:
    """Read ISO 8601 with a zone, the ``13/Jan/2016:19:31:16 +0200`` of access logs, or a count since 1970.

    A time without a zone has no instant: its text is kept.
    """
    found = written.strip()
    if found in _NOTHING:
        return UNDATED
    count = _EPOCH.fullmatch(found)
    if count:
        return _counted(count, found)
    if _WALL.fullmatch(found):
        return Moment(utc=None, text=found)
    if "/" in found:
        moment = _START + timedelta(microseconds=clock.micros(found.strip("[]")))
        return Moment(utc=moment, text=found, zone=ZoneBasis.EXPLICIT)
    moment_read = fields.instant(found, bare_zone=ZoneBasis.ASSUMED)
    if moment_read.zone is ZoneBasis.EXPLICIT:
        return moment_read
    return Moment(utc=None, text=found, precision=moment_read.precision)


def _counted(match: re.Match[str], found: str) -> Moment:
    number = int(match[1])
    unit = next(unit for least, unit in _SCALES if abs(number) >= least)
    seconds, rest = divmod(number, unit)
    if not 0 < seconds < 4_102_444_800:  # noqa: PLR2004 - the years 1970 to 2100
        raise FieldError(f"out of range for a time between 1970 and 2100: {found[:60]!r}")
    micro = rest * 1_000_000 // unit + (int(match[2][:6].ljust(6, "0")) if match[2] and unit == 1 else 0)
    return Moment(utc=_START + timedelta(seconds=seconds, microseconds=micro), text=found, zone=ZoneBasis.EPOCH)


def with_port(seen: AddressSeen, port: str) -> AddressSeen:
    """Add a port that the log holds in a field of its own."""
    if seen.port is not None or not port.isdecimal() or not 0 < int(port) <= 65_535:  # noqa: PLR2004 - ports
        return seen
    return AddressSeen(address=seen.address, port=int(port), text=seen.text, form=seen.form)


def _with(seen: AddressSeen, port: str, written: str) -> AddressSeen:
    number = int(port) if len(port) <= 5 else 0  # noqa: PLR2004 - digits of a port
    if not 0 < number <= 65_535:  # noqa: PLR2004 - ports
        return fields.address(written)
    return AddressSeen(address=seen.address, port=number, text=written, form=seen.form)


def host_port(written: str) -> AddressSeen:
    """Read ``ADDRESS:PORT`` where a port always follows, also behind an IPv6 address without brackets."""
    host, colon, port = written.rpartition(":")
    if "." in host and port.isdecimal():  # by far the most frequent: the host is cached, the port is not
        seen = fields.address(host)
        if seen.form is AddressForm.V4 and seen.text == host:
            return _with(seen, port, written)
    if colon and ":" in host and not host.startswith("[") and port.isdecimal() and fields.parse_ip(host) is not None:
        seen = with_port(fields.address(host), port)
        return AddressSeen(address=seen.address, port=seen.port, text=written, form=seen.form)
    return fields.address(written)
