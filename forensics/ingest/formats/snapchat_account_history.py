"""Snapchat "My Data": history of changes to the account (JSON or HTML).

What it is: ``account_history.json`` (or ``.html``): changes of display name, e-mail address, mobile number, password and
two-factor authentication, deactivation and reactivation, and every "Download My Data" request with its outcome and the
e-mail address that the data went to. A request that the owner did not make is theft of the account's data.

How to obtain: accounts.snapchat.com → My Data → tick "User Information", choose JSON where offered → Submit request; the
file is ``json/account_history.json``.

Time: UTC with the suffix ``UTC`` (``2026-03-17 13:43:50 UTC``; older ``Wed Aug 19 12:00:00 UTC 2021``). A time without a
zone keeps its text and states no instant. Whether the time of a data report is the request or its completion is
unverified. Addresses are not part of this file.

Versions: one layout in several years; public readers saw e-mail changes with ``Date`` and ``Email Address``; the shape
of two-factor and deactivation records is not documented, so all their names are kept. The HTML layout is known from
public readers of the sister file, not from a specimen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forensics.ingest import snapchat_records, stated_times
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.model import Action, Event, Kind, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a record of one part means."""

    action: Action
    kind: Kind = Kind.STATE_CHANGE
    note: str = ""


PARTS: Mapping[str, Change] = {
    "Display Name Change": Change(action=Action.ACCOUNT_CHANGED),
    "Email Change": Change(action=Action.RECOVERY_CHANGED),
    "Mobile Number Change": Change(action=Action.RECOVERY_CHANGED),
    "Password Change": Change(action=Action.PASSWORD_CHANGED, kind=Kind.EVENT),
    "Two-Factor Authentication": Change(action=Action.TWO_FACTOR_CHANGED, kind=Kind.EVENT),
    "Account deactivated / reactivated": Change(action=Action.ACCOUNT_CHANGED, kind=Kind.EVENT),
    "Download My Data Reports": Change(
        action=Action.EXPORT_REQUESTED,
        kind=Kind.EVENT,
        note="the e-mail address is where the data went; time of request or of completion (unverified)",
    ),
    "Snapchat Linked to Bitmoji": Change(action=Action.ACCOUNT_CHANGED, kind=Kind.EVENT),
}
_NEEDED = 2
_OUTCOMES = {"success": Outcome.SUCCESS, "succe": Outcome.SUCCESS, "complete": Outcome.SUCCESS, "fail": Outcome.FAILURE}
_TIMES = ("Date", "Created", "Time", "Timestamp")


def claims(evidence: Evidence) -> bool:
    """Recognise two of the parts by name, as keys or as headings."""
    return len(snapchat_records.parts(evidence) & set(PARTS)) >= _NEEDED


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per change."""
    return snapchat_records.rows(evidence, tuple(PARTS), frozenset())


def event(row: Row) -> Event | Unused:
    """Say what one change means."""
    if row.section not in PARTS:
        raise FieldError("a record whose part is not known, from a damaged file")
    if not any(value not in (None, "", [], {}) for value in row.fields.values()):
        return Unused(rule=f"{row.section!r} is empty")
    change = PARTS[row.section]
    when = stated_times.read(row.text(*_TIMES))
    if not when.text and set(row.fields) == {"value"}:
        raise FieldError(f"a record of {row.section!r} is no object")
    return row.event(
        provider=snapchat_records.PROVIDER,
        service=snapchat_records.SERVICE,
        account=row.shared["account"],
        kind=change.kind,
        action=change.action,
        action_text=row.section,
        outcome=_outcome(row.text("Status")) if change.action is Action.EXPORT_REQUESTED else Outcome.UNKNOWN,
        when=when,
        detail={
            **{key: value for key, value in row.fields.items() if value != when.text},
            "note": change.note,
            "time_note": stated_times.note(when) or ("" if when.text else "the record states no time"),
        },
    )


def _outcome(status: str) -> Outcome:
    spelled = status.strip().lower()
    return next((outcome for word, outcome in _OUTCOMES.items() if spelled.startswith(word)), Outcome.UNKNOWN)


FORMAT = Format(
    title="Snapchat My Data: history of account changes and data requests (JSON or HTML)",
    provider=snapchat_records.PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    needs=(snapchat_records.ACCOUNT,),
)
