"""X (Twitter) archive: the account and what was changed in it.

What it is: the small files about the account itself: ``account.js`` (created when, via which application),
``account-creation-ip.js``, ``email-address-change.js``, ``screen-name-change.js``, ``phone-number.js``,
``connected-application.js`` (which application may act for the account, since when), ``sso.js`` (a Google or Apple account
that may sign in), ``account-suspension.js``, ``protected-history.js``, ``account-timezone.js``.

How to obtain: x.com → More → Settings and privacy → Your account → Download an archive of your data.

Time: UTC with milliseconds and a written ``Z``. The address at creation, the phone number and the time zone carry no time
(inventory). A time without a zone keeps its text and states no instant.

Versions: 2019 on, one assignment ``window.YTD.<data set>.part0`` per file. The old value of a first e-mail address is left
out by X. Archives from before about 2019 have none of these files. ``account.js`` tells the other files of its archive
the number of the account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forensics.ingest import fields, stated_times, x_archive_js
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Stated, Unused
from forensics.model import UNDATED, Action, Event, Initiator, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One data set: the name around its records, a name that each has, and what a record means.

    ``time`` is the field that holds the time, ``said`` the field with X's own word, ``within`` the record inside the
    record.
    """

    around: str
    mark: str
    action: Action
    kind: Kind = Kind.EVENT
    time: str = ""
    said: str = ""
    within: str = ""
    address: str = ""
    initiator: Initiator = Initiator.UNKNOWN
    note: str = ""


RECORDS: Mapping[str, Record] = {
    "account": Record(
        around="account",
        mark="createdVia",
        action=Action.OTHER,
        time="createdAt",
        said="createdVia",
        note="creation of the account; action_text is the application that created it",
    ),
    "account_creation_ip": Record(
        around="accountCreationIp",
        mark="userCreationIp",
        action=Action.OTHER,
        kind=Kind.INVENTORY,
        address="userCreationIp",
        note="the address at the creation of the account, without a time",
    ),
    "email_address_change": Record(
        around="emailAddressChange",
        mark="emailChange",
        action=Action.RECOVERY_CHANGED,
        kind=Kind.STATE_CHANGE,
        time="changedAt",
        within="emailChange",
        note="change of the e-mail address",
    ),
    "screen_name_change": Record(
        around="screenNameChange",
        mark="screenNameChange",
        action=Action.ACCOUNT_CHANGED,
        kind=Kind.STATE_CHANGE,
        time="changedAt",
        within="screenNameChange",
        note="change of the user name",
    ),
    "phone_number": Record(
        around="device",
        mark="phoneNumber",
        action=Action.OTHER,
        kind=Kind.INVENTORY,
        note="the phone number when the archive was made; since when is not stated",
    ),
    "connected_application": Record(
        around="connectedApplication",
        mark="approvedAt",
        action=Action.APP_AUTHORISED,
        time="approvedAt",
        said="name",
        note="only applications that were still connected when the archive was made",
    ),
    "sso": Record(
        around="sso",
        mark="ssoId",
        action=Action.ACCOUNT_CHANGED,
        time="createdAt",
        said="associationMethodType",
        note="an account of another provider was associated for signing in",
    ),
    "account_suspension": Record(
        around="accountSuspension",
        mark="action",
        action=Action.ACCOUNT_CHANGED,
        time="timeStamp",
        said="action",
        initiator=Initiator.PROVIDER,
    ),
    "protected_history": Record(
        around="protectedHistory",
        mark="protectedAt",
        action=Action.ACCOUNT_CHANGED,
        time="protectedAt",
        said="action",
        note="posts were made protected or public",
    ),
    "account_timezone": Record(
        around="accountTimezone",
        mark="timeZone",
        action=Action.OTHER,
        kind=Kind.INVENTORY,
        note="the time zone set in the account; the times of the archive are UTC",
    ),
}
MARKS = {name: (record.around, record.mark) for name, record in RECORDS.items()}


def claims(evidence: Evidence) -> bool:
    """Recognise a data set by its assignment, or by the name around its records."""
    return bool(x_archive_js.data_set(evidence, MARKS))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per record."""
    return x_archive_js.js_rows(evidence, "/*", data_set=x_archive_js.data_set(evidence, MARKS))


def event(row: Row) -> Event:
    """Say what one record means."""
    record = RECORDS.get(row.section)
    if record is None:
        raise FieldError("the data set's name is damaged, and its records tell no known one")
    found = _flat(x_archive_js.record(row, record.around), record.within)
    when = stated_times.read(fields.text(found, record.time)) if record.time else UNDATED
    address = x_archive_js.address(found, record.address) if record.address else fields.address("")
    if not set(found) - {"accountId"}:
        raise FieldError("an empty record")
    shown = ("accountId", record.time, record.address, record.said)
    return row.event(
        provider=x_archive_js.PROVIDER,
        service=x_archive_js.SERVICE,
        account=x_archive_js.account_of(row, found),
        kind=record.kind,
        action=record.action,
        action_text=fields.text(found, record.said) if record.said else row.section,
        initiator=record.initiator,
        when=when,
        address=address,
        detail={
            **stated_times.rest(found, *shown),
            "record": row.section,
            "note": record.note,
            "time_note": stated_times.note(when),
        },
    )


def _flat(found: Mapping[str, Any], within: str) -> Mapping[str, Any]:
    """Lift the record inside the record: ``{accountId, emailChange: {changedAt, …}}``."""
    inner = found.get(within)
    if not isinstance(inner, Mapping):
        return found
    return {**stated_times.rest(found, within), **inner}


def states(evidence: Evidence) -> Iterator[Stated]:
    """``account.js`` states the number of the account for its whole archive."""
    if x_archive_js.data_set(evidence, MARKS) == "account":
        yield from x_archive_js.states_account(evidence)


FORMAT = Format(
    title="X (Twitter) archive: account, changes and connected applications (JavaScript)",
    provider=x_archive_js.PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    states=states,
    needs=(x_archive_js.ACCOUNT,),
)
