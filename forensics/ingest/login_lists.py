"""What one entry of a list of sign-ins means, as ``last`` and ``wtmpdb last`` print it: columns of text, or JSON."""

from __future__ import annotations

import re

from forensics.ingest import fields, local_time
from forensics.ingest.fields import FieldError
from forensics.ingest.local_time import MONTHS, Zone
from forensics.ingest.login_messages import AUTOMATIC_SESSIONS
from forensics.ingest.login_record_events import NO_TERMINAL, host_seen
from forensics.model import NO_ADDRESS, UNDATED, Action, AddressForm, AddressSeen, Moment, Outcome, Precision, ZoneBasis

CUT_NAME, CUT_HOST = 8, 16
"""Characters that a list keeps of a name and of a host unless told otherwise."""
NAME_CUT = "a name of 8 characters may have been cut by the list"

_CALENDAR = re.compile(r"\w{3} (?P<month>\w{3}) (?P<day>[ \d]\d) (?P<clock>\d\d:\d\d(?::\d\d)?)(?: (?P<year>\d{4}))?")
_MACHINE = frozenset({"reboot", "shutdown", "runlevel", "soft-reboot", "s-reboot"})
_DATED = 16
"""An end that is longer is a date; a shorter one is a time of day, ``down`` or ``crash``."""


def is_machine(user: str) -> bool:
    """Whether an entry tells of the machine, not of a person."""
    return user in _MACHINE


def meaning(user: str, terminal: str, service: str, *, refused: bool) -> tuple[Action, Outcome]:
    """What an entry is: ``refused`` if the whole list is one of refused sign-ins."""
    if is_machine(user):
        return Action.OTHER, Outcome.UNKNOWN
    if refused or terminal == NO_TERMINAL:
        return Action.LOGIN_FAILED, Outcome.FAILURE
    quiet = service.startswith("sudo") or service in AUTOMATIC_SESSIONS
    return Action.ACTIVITY if quiet else Action.LOGIN, Outcome.SUCCESS


def host_of(written: str, user: str, *, cut: bool) -> AddressSeen:
    """Read the host of an entry; where hosts are cut, an IPv6 address of exactly 16 characters is not taken for whole."""
    if is_machine(user):
        return NO_ADDRESS
    seen = host_seen("" if written in ("0.0.0.0", "::") else written)  # noqa: S104 - what last prints for "none"
    if cut and ":" in seen.text and len(seen.text) == CUT_HOST:
        return AddressSeen(address=None, text=seen.text, form=AddressForm.MASKED)
    return seen


def end_of(written: str, zone: Zone | None) -> Moment:
    """Read an end that is a whole date; of a time of day, a crash or a session that is open nothing follows."""
    return moment(written, zone)[0] if len(written) > _DATED else UNDATED


def moment(written: str, zone: Zone | None) -> tuple[Moment, str]:
    """Read a date as lists write it, and what is to be noted about its zone."""
    if written[:1].isdigit():
        read = fields.instant(written)
        return Moment(utc=read.utc, text=written, zone=ZoneBasis.EXPLICIT), ""
    match = _CALENDAR.fullmatch(written)
    if match is None or match["month"] not in MONTHS:
        raise FieldError(f"no time: {written[:60]!r}")
    precision = Precision.SECOND if match["clock"].count(":") > 1 else Precision.MINUTE
    if not match["year"]:
        return Moment(utc=None, text=written, precision=precision), "the list states no year"
    month = MONTHS.index(match["month"]) + 1
    wall = local_time.wall_of(f"{match['year']}-{month:02d}-{int(match['day']):02d}T{match['clock']}")
    return local_time.instant(wall, written, zone, precision), local_time.note(wall, zone)
