"""Google Takeout, "Google Account": the page of changes to the account (ChangeHistory).

What it is: every change of password, recovery e-mail and phone, second factor, name and other settings of the account,
with the old and the new value and the address that the change came from: the strongest single page about a takeover.

How to obtain: takeout.google.com, select "Google Account"; ``Takeout/Google Account/<user>.ChangeHistory.html``. Also in
deliveries to courts (``GoogleAccount.ChangeHistory_…``). Names play no part in recognition.

Time: ``2023-02-25 04:34:32 Z``: UTC. One without a zone stays without instant.

Versions: a table with Timestamp, IP Address, Change Type, Old Value, New Value (as public readers of court deliveries
name the columns); columns are found by name. A row with an old or new value is a ``state_change``. The wording of
``Change Type`` is not documented; it is read for words about password, recovery and second factor in the languages of
``ingest/google_titles.py``, and is otherwise ``account_changed``. Unverified against a page of Takeout itself.

Retention: not documented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields, google_titles
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.ingest.google_account_page import LIST, page_head, page_rows, page_time
from forensics.ingest.google_hardware import android_device
from forensics.ingest.takeout_columns import Cells, plain_names
from forensics.model import Action, Event, Kind, Outcome

_TITLE = re.compile(r"GOOGLE\s+ACCOUNT\s+CHANGE\s+HISTORY|>\s*(?:ACCOUNT\s+)?CHANGE\s+HISTORY\s*<", re.IGNORECASE)
_CELL = re.compile(r"<t[hd][^>]*>\s*(?:<b>\s*)?([^<]{1,60}?)\s*<", re.IGNORECASE)
_STOPPED = re.compile(r"(?i)\b(?:attempt|failed|blocked|denied|cancel)")


def claims(evidence: Evidence) -> bool:
    """A table with columns of times, change types and values; or the page's title over a table."""
    head = page_head(evidence)
    if "<tr" not in head.lower():
        return False
    names = plain_names(_CELL.findall(head)[:40])
    change = any("changetype" in name or name == "change" for name in names)
    valued = any("oldvalue" in name or "newvalue" in name for name in names)
    return (change and valued) or (bool(_TITLE.search(head)) and "timestamp" in names)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield table rows; list items before the table name the account."""
    number = re.search(r"(?i)Google Account ID:\s*(\d{15,24})", page_head(evidence))
    mail = re.search(r"(?i)<li[^>]*>\s*e-?mail:\s*([^<\s]+@[^<\s]+)", page_head(evidence))
    return page_rows(evidence, {"account": number[1] if number else mail[1] if mail else ""})


def event(row: Row) -> Event | Unused:
    """Say what a change means."""
    if row.section == LIST:
        return _item(row)
    cells = Cells(row.fields)
    text = cells.take("timestamp") or cells.take_like("time") or cells.take_like("date")
    said = cells.take("changetype") or cells.take_like("change") or cells.take("activitytype")
    old = cells.take("oldvalue") or cells.take_like("old")
    new = cells.take("newvalue") or cells.take_like("new")
    if not said and not old and not new:
        raise FieldError("a row that names no change")
    action = _action(said)
    return row.event(
        provider="google",
        service="Google Account",
        kind=Kind.STATE_CHANGE if old or new else Kind.EVENT if text else Kind.INVENTORY,
        action=action,
        action_text=said,
        outcome=Outcome.UNKNOWN if action is Action.ACTIVITY else Outcome.SUCCESS,
        when=page_time(text),
        account=row.shared["account"],
        address=fields.address(cells.take("ipaddress", "ip") or cells.take_like("ip", "address")),
        user_agent=cells.take("rawuseragents", "rawuseragent", "useragent"),
        device=android_device(cells.look("androidid")),
        detail={**cells.rest, "changes": {said or "value": [old, new]} if old or new else {}},
    )


def _action(said: str) -> Action:
    """Return the action of a change type; the words of change may be missing, the page is about nothing else."""
    if _STOPPED.search(said):
        return Action.ACTIVITY
    for text in (said, f"{said} changed"):
        action, hint = google_titles.account_action(text)
        if action is not Action.ACTIVITY or hint.startswith("stopped"):
            return action
    return Action.ACCOUNT_CHANGED


def _item(row: Row) -> Event:
    return row.event(
        provider="google",
        service="Google Account",
        kind=Kind.INVENTORY,
        action=Action.OTHER,
        action_text=row.need("label"),
        account=row.shared["account"],
        detail={key: value for key, value in row.fields.items() if key != "label"},
    )


FORMAT = Format(title="Google Account: change history (HTML)", provider="google", claims=claims, rows=rows, event=event)
