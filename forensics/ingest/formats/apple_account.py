"""Apple privacy export: the account itself (CSV).

What it is: one row with the account as Apple holds it: Apple ID, name, addresses, telephone numbers, security settings,
and when it was last updated. What the last update changed is not stated.

How to obtain: privacy.apple.com → Request a copy of your data → "Apple Account and device information"; the file is
``Apple ID Account Information.csv`` in ``Apple ID account and device information/`` (later ``AppleAccountInformation/``).

Time: ``Last Update Date`` without a zone; read as UTC by the rule of the format, as public readers do (unverified). A row
without it is inventory.

Versions: recognised by ``Last Update Date`` beside a column named after the Apple ID or the account; the other columns are
not documented and are kept as they are. The row tells the other tables of its export the Apple ID.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest import apple_csv
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Stated, Unused
from forensics.model import Action, Event, Kind

UPDATED = "last update date"
_PREFIXES = ("apple id", "apple account", "account ")


def _is_header(cells: tuple[str, ...]) -> bool:
    names = apple_csv.names(cells)
    return UPDATED in names and any(name.startswith(_PREFIXES) for name in names)


def claims(evidence: Evidence) -> bool:
    """Recognise the header line, wherever the file lies and whatever it is called."""
    return apple_csv.has_header(evidence, _is_header)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per account."""
    return apple_csv.rows(evidence, _is_header)


def event(row: Row) -> Event:
    """Say what the account's row means."""
    found = apple_csv.columns(row)
    when = apple_csv.time(found[UPDATED])
    if not any(value.strip() for value in found.values()):
        raise FieldError("an empty record")
    return row.event(
        provider=apple_csv.PROVIDER,
        service=apple_csv.SERVICE,
        account=apple_csv.account_of(row, found),
        kind=Kind.EVENT if when.text else Kind.INVENTORY,
        action=Action.ACCOUNT_CHANGED if when.text else Action.OTHER,
        action_text="Last Update Date" if when.text else "",
        when=when,
        detail={
            **apple_csv.rest(row, UPDATED),
            "note": "the last change of the account's data; what was changed is not stated" if when.text else "",
            "time_note": apple_csv.time_note(when),
        },
    )


def states(evidence: Evidence) -> Iterator[Stated]:
    """State the Apple ID for the other tables of the export."""
    for row in rows(evidence):
        if isinstance(row, Row):
            account = apple_csv.account_of(row, apple_csv.columns(row))
            if account:
                yield Stated(name=apple_csv.ACCOUNT, value=account)


FORMAT = Format(
    title="Apple privacy export: account information (CSV)",
    provider=apple_csv.PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    states=states,
)
