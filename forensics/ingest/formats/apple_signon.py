"""Apple privacy export: latest sign-on per application (CSV).

What it is: for every Apple application or service the *latest* sign-on with the account: application, time, address.
Earlier sign-ons of the same application are not in the export, so an intruder's row disappears with the owner's next use.

How to obtain: privacy.apple.com → Request a copy of your data → "Apple Account and device information"; Apple mails a
link within about a week. The file is ``Apple ID SignOn Information.csv`` in ``Apple ID account and device information/``
(later ``AppleAccountInformation/``; folder names are translated).

Time: without a zone; read as UTC by the rule of the format, as public readers do (unverified). The address belongs to
this sign-on; it may be ``N/A``.

Versions: ``Application``, ``Logged In Date``, ``IP Address``; further columns are kept. Answers of Apple before the portal
(``DS Signons.csv``) are described as a log of many years with the status of each sign-on and a device identifier
(unverified): a status says whether the sign-on succeeded, and such a row is not called the latest. A repeated header and
notes below the table are left out by rule.

Retention: one row per application, however old.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import apple_csv, fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.model import Action, Event, Kind, Outcome

NOTE = "only the latest sign-on of this application is in the export"
STATUS = frozenset({"sign on status", "signon status", "sign in status", "status"})
_REFUSED = re.compile(r"fail|unsuccess|denied|declin|invalid|incorrect|reject|block|lock", re.IGNORECASE)
_DONE = re.compile(r"success|^ok$|complete", re.IGNORECASE)


def _is_header(cells: tuple[str, ...]) -> bool:
    return {"application", "logged in date"} <= apple_csv.names(cells)


def claims(evidence: Evidence) -> bool:
    """Recognise the header line, wherever the file lies and whatever it is called."""
    return apple_csv.has_header(evidence, _is_header)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per application."""
    return apple_csv.rows(evidence, _is_header)


def event(row: Row) -> Event:
    """Say what one sign-on means."""
    found = apple_csv.columns(row)
    when = apple_csv.time(found["logged in date"])
    address = fields.address(apple_csv.cell(found, "ip address", "ip"))
    if not when.text and not address.text:
        raise FieldError("neither a time nor an address")
    outcome = _outcome(apple_csv.cell(found, *STATUS))
    return row.event(
        provider=apple_csv.PROVIDER,
        service=apple_csv.SERVICE,
        account=apple_csv.account_of(row, found),
        kind=Kind.EVENT if when.text else Kind.INVENTORY,
        action=Action.LOGIN_FAILED if outcome is Outcome.FAILURE else Action.LOGIN,
        action_text=found["application"],
        outcome=outcome,
        when=when,
        address=address,
        detail={
            **apple_csv.rest(row, "logged in date", "application"),
            "note": "" if found.keys() & STATUS else NOTE,
            "time_note": apple_csv.time_note(when),
        },
    )


def _outcome(status: str) -> Outcome:
    if _REFUSED.search(status):
        return Outcome.FAILURE
    return Outcome.SUCCESS if _DONE.search(status) else Outcome.UNKNOWN


FORMAT = Format(
    title="Apple privacy export: latest sign-on per application (CSV)",
    provider=apple_csv.PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    needs=(apple_csv.ACCOUNT,),
)
