"""Apple privacy export: history of data and privacy requests (CSV).

What it is: every request made with the account at privacy.apple.com: a copy of the data, a transfer to another provider,
deactivation or deletion. A copy that the owner did not request is theft of the account's data.

How to obtain: privacy.apple.com → Request a copy of your data → "Apple Account and device information"; the file is
``Data & Privacy Request History.csv`` in ``Apple ID account and device information/`` (later ``AppleAccountInformation/``).

Time: ``Request Time`` without a zone; read as UTC by the rule of the format, as public readers do (unverified).

Versions: only ``Request Time`` is known from public readers; type and status are found by their words in English. The
table has no address. A deletion or deactivation counts as a change of the account only where its status says that it was
completed. Where the type is not stated the request counts as one for a copy, and the event says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import apple_csv
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.model import Action, Event, Outcome

TIME = "request time"
_BESIDE = re.compile(r"request (?:type|status|id|name|number|channel|completed|completion)\b|\bdata\b|apple|privacy")
_END_OF_ACCOUNT = re.compile(r"delet|deactivat|reactivat|correct", re.IGNORECASE)
_OUTCOMES = (
    (re.compile(r"incomplete|fail|cancel|denied|declin|reject|expired", re.IGNORECASE), Outcome.FAILURE),
    (re.compile(r"complete|success|fulfil|deliver|done", re.IGNORECASE), Outcome.SUCCESS),
)


def _is_header(cells: tuple[str, ...]) -> bool:
    names = apple_csv.names(cells)
    beside = names - {TIME}
    return TIME in names and any(_BESIDE.search(name) for name in beside) and not any("ip" in n.split() for n in beside)


def claims(evidence: Evidence) -> bool:
    """Recognise the header line, wherever the file lies and whatever it is called."""
    return apple_csv.has_header(evidence, _is_header)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per request."""
    return apple_csv.rows(evidence, _is_header)


def event(row: Row) -> Event:
    """Say what one request means."""
    found = apple_csv.columns(row)
    if not any(value.strip() for value in found.values()):
        raise FieldError("an empty record")
    when = apple_csv.time(found[TIME])
    said = next((value for name, value in found.items() if "type" in name.split() and value), "")
    status = next((value for name, value in found.items() if "status" in name.split() and value), "")
    outcome = next((outcome for words, outcome in _OUTCOMES if words.search(status)), Outcome.UNKNOWN)
    other = Action.ACCOUNT_CHANGED if outcome is Outcome.SUCCESS else Action.OTHER
    return row.event(
        provider=apple_csv.PROVIDER,
        service=apple_csv.SERVICE,
        account=apple_csv.account_of(row, found),
        action=other if _END_OF_ACCOUNT.search(said) else Action.EXPORT_REQUESTED,
        action_text=said,
        outcome=outcome,
        when=when,
        detail={
            **apple_csv.rest(row, TIME),
            "note": "" if said else "the kind of request is not stated; it counts as one for a copy of the data",
            "time_note": apple_csv.time_note(when),
        },
    )


FORMAT = Format(
    title="Apple privacy export: data and privacy requests (CSV)",
    provider=apple_csv.PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    needs=(apple_csv.ACCOUNT,),
)
