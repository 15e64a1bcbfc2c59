"""Snapchat "My Data": account, devices and login history (JSON or HTML).

What it is: ``account.json`` (or ``account.html``): when and from which address the account was registered, the device in
use, the devices used since when, and the history of logins with time, outcome and, in most exports, address and device.

How to obtain: accounts.snapchat.com → My Data → tick "User Information" (all of it), choose JSON where offered → Submit
request; Snapchat mails a link to a ZIP with ``json/account.json`` and ``html/account.html``.

Time: UTC with the suffix ``UTC`` (``2026-03-17 13:43:50 UTC``; older ``Wed Aug 19 12:00:00 UTC 2021``). A time without a
zone keeps its text and states no instant. The registration address belongs to the creation date.

Versions: a login has ``IP``, ``Country``, ``Created``, ``Status``, ``Device``; an export of 2026 left out ``IP`` and
``Device``. The words of ``Status`` are not documented. JSON and HTML hold the same records, which are linked and counted
once. The HTML layout is known from public readers, not from a specimen.

Retention: how far back logins go is not documented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields, snapchat_records, stated_times
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Stated, Unused
from forensics.model import Action, Event, Kind, Outcome

BASIC, DEVICE, DEVICES, LOGINS = "Basic Information", "Device Information", "Device History", "Login History"
PARTS = (BASIC, DEVICE, DEVICES, LOGINS)
SINGLE = frozenset({BASIC, DEVICE})
_NEEDED = 2
_MEANINGS: tuple[tuple[re.Pattern[str], Action, Outcome], ...] = (
    (re.compile(r"fail|unsucc|denied|error|invalid|wrong|incorrect|reject"), Action.LOGIN_FAILED, Outcome.FAILURE),
    (re.compile(r"(?<!un)(?:b?lock)"), Action.LOGIN_FAILED, Outcome.BLOCKED),
    (re.compile(r"succe"), Action.LOGIN, Outcome.SUCCESS),
    (re.compile(r"challenge|verif|required|pending|captcha|2fa"), Action.ACTIVITY, Outcome.CHALLENGE),
)
"""What the word of a login says, the first that fits; a word that is not here leaves the outcome open."""


def claims(evidence: Evidence) -> bool:
    """Recognise two of the parts by name, as keys or as headings."""
    return len(snapchat_records.parts(evidence) & set(PARTS)) >= _NEEDED


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per record."""
    return snapchat_records.rows(evidence, PARTS, SINGLE)


def event(row: Row) -> Event | Unused:
    """Say what one record means."""
    if row.section not in PARTS:
        raise FieldError("a record whose part is not known, from a damaged file")
    if set(row.fields) == {"value"}:
        raise FieldError(f"a record of {row.section!r} is no object")
    if not any(value not in (None, "", [], {}) for value in row.fields.values()):
        return Unused(rule=f"{row.section!r} is empty")
    if row.section == LOGINS:
        return _login(row)
    return _device(row) if row.section in {DEVICE, DEVICES} else _basic(row)


def _login(row: Row) -> Event:
    when = stated_times.read(row.text("Created", "Date", "Time"))
    address = row.address("IP", "IP Address")
    if not when.text and not address.text:
        raise FieldError("neither a time nor an address")
    status = row.text("Status")
    said = ((action, outcome) for words, action, outcome in _MEANINGS if words.search(status.lower()))
    action, outcome = next(said, (Action.LOGIN, Outcome.UNKNOWN))
    return row.event(
        provider=snapchat_records.PROVIDER,
        service=snapchat_records.SERVICE,
        account=row.shared["account"],
        action=action,
        action_text=status,
        outcome=outcome,
        when=when,
        address=address,
        stated_place=row.text("Country"),
        detail={
            **stated_times.rest(row.fields, "Created", "IP", "Status", "Country"),
            "time_note": stated_times.note(when),
        },
    )


def _device(row: Row) -> Event:
    when = stated_times.read(row.text("Start Time"))
    return row.event(
        provider=snapchat_records.PROVIDER,
        service=snapchat_records.SERVICE,
        account=row.shared["account"],
        kind=Kind.EVENT if when.text else Kind.INVENTORY,
        action=Action.DEVICE_ADDED if row.section == DEVICES else Action.OTHER,
        action_text=row.section,
        when=when,
        user_agent=row.text("User Agent"),
        detail={**stated_times.rest(row.fields, "Start Time", "User Agent"), "time_note": stated_times.note(when)},
    )


def _basic(row: Row) -> Event:
    when, address = stated_times.read(row.text("Creation Date")), row.address("Registration IP")
    return row.event(
        provider=snapchat_records.PROVIDER,
        service=snapchat_records.SERVICE,
        account=row.text("Username") or row.shared["account"],
        kind=Kind.EVENT if when.text else Kind.INVENTORY,
        action=Action.OTHER,
        action_text=row.section,
        when=when,
        address=address,
        detail={
            **stated_times.rest(row.fields, "Creation Date", "Registration IP", "Username"),
            "note": "creation of the account; the address is the one at registration"
            if when.text or address.text
            else "",
            "time_note": stated_times.note(when),
        },
    )


def states(evidence: Evidence) -> Iterator[Stated]:
    """State the user name for the files beside this one."""
    name = fields.text({"name": snapchat_records.account_of(evidence)}, "name")
    if name:
        yield Stated(name=snapchat_records.ACCOUNT, value=name)


FORMAT = Format(
    title="Snapchat My Data: account, devices and login history (JSON or HTML)",
    provider=snapchat_records.PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    states=states,
)
