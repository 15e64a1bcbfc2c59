"""Google Takeout, "Access Log Activity": the activities CSV.

What it is: one row for every access of a browser, phone or app to a Google service, with address, user agent, product
and the place that Google derives from the address. Every refresh of a mail app is a row, so tens of thousands of
"Non User Initiated" rows are normal; they carry ``initiator = app`` and must not pass for a person.

How to obtain: takeout.google.com, select only "Access log activity", or the archive that a helpline already holds. The
file is ``Takeout/Access Log Activity/Activities - A list of Google services accessed by.csv``; folder and file names
are translated and cut, may hold U+00A0, and play no part in recognition. Preservation deliveries hold the same file.

Time: ``Activity Timestamp``, UTC to the second, spelled ``2020-03-11 00:43:10 UTC`` (current), ``Mar 11, 2020, 12:43:10
AM UTC`` (earlier, also with U+202F) or RFC 3339. A time without a zone is taken as UTC and marked ``assumed``. A row
with an empty cell stays undated; the two-column form holds no times and gives inventory rows.

Versions: columns are found by name: 13 (current), 16 (with referer products and Android webview package), 7
(preservation deliveries), 2 (Gaia ID and address only), and an older form with country code, city, device type and
device model. Rows are a list of accesses that took place, so a login row has ``outcome = success``.
``Proxiedhost IP Address`` and every other column that has no place in an event are kept in ``detail`` as found.

Retention: not documented; public readers of the format speak of the last 28 to 30 days (unverified for activities), so ask
for the export early.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest.alike import Alike
from forensics.ingest.csv_rows import csv_rows, delimiter_of
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import address
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.takeout_columns import (
    Cells,
    app_agent,
    device_name,
    plain,
    plain_names,
    stated_place,
    written_time,
)
from forensics.model import Action, Event, Initiator, Kind, Outcome

_ACTIONS = {
    "login": (Action.LOGIN, Outcome.SUCCESS, Initiator.USER),
    "signin": (Action.LOGIN, Outcome.SUCCESS, Initiator.USER),
    "logout": (Action.LOGOUT, Outcome.SUCCESS, Initiator.USER),
    "signout": (Action.LOGOUT, Outcome.SUCCESS, Initiator.USER),
    "nonuserinitiated": (Action.ACTIVITY, Outcome.UNKNOWN, Initiator.APP),
}
_OTHERWISE = (Action.ACTIVITY, Outcome.UNKNOWN, Initiator.UNKNOWN)


def _is_header(cells: tuple[str, ...]) -> bool:
    return {"gaiaid", "ipaddress"} <= plain_names(cells)


def _claims(evidence: Evidence) -> bool:
    return bool(delimiter_of(evidence, _is_header))


def _rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    return csv_rows(evidence, _is_header, delimiter=delimiter_of(evidence, _is_header))


def _event(row: Row) -> Event:
    cells = Cells(row.fields)
    action_text = cells.take("activitytype")
    action, outcome, initiator = _ACTIONS.get(plain(action_text), _OTHERWISE)
    agent = cells.take("useragentstring", "useragent")
    place = stated_place(
        cells.take("activitycity", "city"),
        cells.take("activityregion", "region"),
        cells.take("activitycountry", "countrycode", "country"),
    )
    return row.event(
        provider="google",
        service=cells.take("productname") or "Google Account",
        action=action,
        kind=Kind.EVENT if cells.has("activitytimestamp") else Kind.INVENTORY,
        when=written_time(cells.take("activitytimestamp")),
        account=cells.take("gaiaid").strip(),
        action_text=action_text,
        outcome=outcome,
        initiator=initiator,
        address=address(cells.take("ipaddress")),
        user_agent=agent,
        device=device_name(cells.take("devicemodel")),
        stated_place=place,
        detail={**cells.rest, "user_agent_fields": app_agent(agent)},
    )


FORMAT = Format(
    title="Google Takeout: access log, activities (CSV)",
    provider="google",
    claims=_claims,
    rows=_rows,
    event=_event,
    alike=Alike(time="activitytimestamp", address="ipaddress", plain=plain),
)
