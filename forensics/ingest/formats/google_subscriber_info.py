"""Google Takeout, "Google Account": the subscriber page (SubscriberInfo).

What it is: what Google holds about the account itself (number, addresses, recovery e-mail and phone, when and from which
address it was made) and a table of sign-ins and sign-outs with addresses. The same page is in deliveries to courts.

How to obtain: takeout.google.com, select "Google Account"; the page is ``Takeout/Google Account/<user>.SubscriberInfo
.html`` (German ``Google-Konto/``, Spanish ``Cuenta de Google/``; names play no part in recognition).

Time: ``2023-02-25 04:34:32 Z`` (a space before Z): UTC; in deliveries before about 2015 ``2012/05/01-10:11:12-UTC`` (from
memory, unverified). One without a zone stays without instant.

Versions: list items ``Label: value`` (Google Account ID, e-Mail, Alternate e-Mails, Created on, Terms of Service IP, Status,
Last Updated Date, Last Logins, Contact e-Mail, Recovery e-Mail, Recovery SMS, phone numbers), each a row: ``inventory``,
or an event where the value is a time. The table ``IP ACTIVITY`` has Timestamp, IP Address, Activity Type, in newer pages
also Android ID, Apple iOS IDFV and Raw User Agents. ``Terms of Service IP`` stands in ``detail`` of "Created on" as well:
the page does not say outright that it is the address of that moment. Localised labels are unverified: rows are then kept
with their label as found, and columns are known by their values.

Retention: the table reaches back about six months in deliveries to courts (unverified for Takeout).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.ingest.google_account_page import LIST, page_head, page_rows, page_time
from forensics.ingest.google_hardware import android_device, ios_device
from forensics.ingest.takeout_columns import Cells, plain
from forensics.model import UNDATED, Action, Event, Initiator, Kind, Moment, Outcome

_TITLE = re.compile(r"GOOGLE\s+SUBSCRIBER\s+INFORMATION|>\s*IP\s+ACTIVITY\s*<", re.IGNORECASE)
_ROW = re.compile(
    r"<td[^>]*>\s*\d{4}[-/]\d\d[-/]\d\d[ -]\d\d:\d\d:\d\d[ -](?:Z|UTC)\s*</td>\s*<td[^>]*>\s*[0-9A-Fa-f.:]{3,45}\s*</td>"
)
_OTHER_PAGE = re.compile(r">\s*(?:Change\s+Type|Old\s+Value|New\s+Value)\s*<", re.IGNORECASE)
_ITEM = re.compile(r"<li[^>]*>\s*([^<:]{1,80}):\s*([^<]{0,400})", re.IGNORECASE)
_GAIA = re.compile(r"\d{15,24}")
_TERMS = "termsofserviceip"
_ACTIONS = {
    "login": (Action.LOGIN, Outcome.SUCCESS),
    "signin": (Action.LOGIN, Outcome.SUCCESS),
    "logout": (Action.LOGOUT, Outcome.SUCCESS),
    "signout": (Action.LOGOUT, Outcome.SUCCESS),
}
_LABELS = {"lastlogins": Action.LOGIN}


def claims(evidence: Evidence) -> bool:
    """The page's title, or list items with an account's number beside a table of times and addresses."""
    head = page_head(evidence)
    if "<" not in head[:200] or "<li" not in head.lower() or _OTHER_PAGE.search(head):
        return False
    if _TITLE.search(head):
        return True
    numbered = any(_GAIA.fullmatch(match[2].strip()) for match in _ITEM.finditer(head))
    return numbered and bool(_ROW.search(head))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield list items and table rows; the account's number is read from the page's first items."""
    found = [(plain(match[1]), match[2].strip()) for match in _ITEM.finditer(page_head(evidence))]
    known = dict(reversed(found))
    number = known.get("googleaccountid") or next((value for _, value in found if _GAIA.fullmatch(value)), "")
    return page_rows(evidence, {"account": number or known.get("email", ""), "terms": known.get(_TERMS, "")})


def event(row: Row) -> Event:
    """Say what a list item or a sign-in means."""
    return _item(row) if row.section == LIST else _activity(row)


def _item(row: Row) -> Event:
    label, value = row.text("label"), row.text("value")
    if not label:
        raise FieldError("a list item without a label")
    when = _explicit(value)
    action = _LABELS.get(plain(label), Action.OTHER) if when.utc else Action.OTHER
    seen = fields.address(value) if plain(label) in {_TERMS, "deletionip"} or _is_address(value) else fields.address("")
    return row.event(
        provider="google",
        service="Google Account",
        kind=Kind.EVENT if when.utc else Kind.INVENTORY,
        action=action,
        outcome=Outcome.SUCCESS if action is Action.LOGIN else Outcome.UNKNOWN,
        action_text=label,
        when=when,
        account=row.shared["account"],
        address=seen,
        detail={
            **{key: value for key, value in row.fields.items() if key != "label"},
            "terms_of_service_ip": row.shared["terms"] if plain(label) == "createdon" else "",
        },
    )


def _is_address(value: str) -> bool:
    return ("." in value or ":" in value) and fields.parse_ip(value) is not None


def _explicit(value: str) -> Moment:
    """Read a value that is a time with its zone; any other value is none."""
    text = value.strip()
    return page_time(text) if re.match(r"\d{4}[-/]\d\d[-/]\d\d[ T-]\d\d:\d\d", text) else UNDATED


def _activity(row: Row) -> Event:
    cells = Cells(row.fields)
    text = cells.take("timestamp")
    said = cells.take("activitytype") or cells.take_like("activity") or _known_activity(cells)
    action, outcome = _ACTIONS.get(plain(said), (Action.ACTIVITY, Outcome.UNKNOWN))
    android, apple = cells.look("androidid"), cells.look("appleiosidfv")
    return row.event(
        provider="google",
        service="Google Account",
        kind=Kind.EVENT if text else Kind.INVENTORY,
        action=action,
        action_text=said,
        outcome=outcome,
        initiator=Initiator.USER if action is not Action.ACTIVITY else Initiator.UNKNOWN,
        when=page_time(text),
        account=row.shared["account"],
        address=fields.address(cells.take("ipaddress")),
        user_agent=cells.take("rawuseragents", "rawuseragent", "useragent"),
        device=android_device(android) or ios_device(apple),
        detail=cells.rest,
    )


def _known_activity(cells: Cells) -> str:
    """Return the cell that is a known activity, where the column has a name in another language."""
    return next((value for value in cells.rest.values() if plain(value) in _ACTIONS), "")


FORMAT = Format(
    title="Google Account: subscriber page (HTML)", provider="google", claims=claims, rows=rows, event=event
)
