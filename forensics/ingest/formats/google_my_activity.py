"""Google Takeout, "My Activity": the JSON file of any product.

What it is: a list of things done with a Google product while signed in: searches, visits, and, in the folders of the
export tool ("Takeout") and of the account's settings, what was done to the account itself. Records of the export tool
become ``export_requested``, ``export_ready`` or ``export_downloaded``; records of account settings become
``password_changed``, ``recovery_changed``, ``two_factor_changed`` or ``account_changed`` where the title clearly says
so in one of the languages of ``ingest/google_titles.py``; all others are ``activity``. The product decides, by name,
folder or link; the title is only a hint, and ``detail`` tells both (``topic``, ``title_hint``). An unknown title of
the export tool is ``activity``: look for them by ``topic``. "Created an archive" is the user's order for one; its mail
says when it was ready.

How to obtain: takeout.google.com, "My Activity", format JSON (HTML has times in the zone of the export moment).
Path ``Takeout/My Activity/<Product>/MyActivity.json``, German ``Meine Aktivitäten/<Produkt>/MeineAktivitäten.json``;
all names are translated. YouTube's watch and search history have the same shape and are read too.

Time: ``time`` is RFC 3339 with ``Z``, to the millisecond or microsecond. One without a zone is taken as UTC and marked
``assumed``. The file holds no address and does not name the account.

Versions: optional ``titleUrl``, ``subtitles``, ``details``, ``activityControls``, ``locationInfos`` (the owner's
whereabouts), ``imageFile`` and others are kept in ``detail`` as found. One bare record instead of a list is read.

Retention: the owner chooses 3, 18 or 36 months or no deletion; new accounts delete web and app activity after 18 months.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import instant
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.ingest.google_activity import activity_event
from forensics.ingest.json_rows import json_rows
from forensics.model import Event, ZoneBasis

_COMPANIONS = frozenset({"products", "titleUrl", "activityControls", "subtitles", "details", "locationInfos"})


def _depth(evidence: Evidence) -> int:
    """Return the depth of the records: 2 in a list, 1 for a bare record, 0 for what is not of this shape."""
    start = evidence.head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    depth = {b"[": 2, b"{": 1}.get(start, 0)
    keys = evidence.json_keys.get(depth, frozenset())
    return depth if {"header", "title", "time"} <= keys and keys & _COMPANIONS else 0


def _claims(evidence: Evidence) -> bool:
    return _depth(evidence) > 0


def _rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    return json_rows(evidence, "/*" if _depth(evidence) != 1 else "")


def _event(row: Row) -> Event:
    title, time = row.text("title"), row.text("time")
    if not title and not time:
        message = "a record with neither title nor time"
        raise FieldError(message)
    products = _names(row.fields.get("products"))
    header = row.text("header")
    return activity_event(
        row,
        header=header,
        products=products,
        title=title,
        link=row.text("titleUrl"),
        when=instant(time, bare_zone=ZoneBasis.ASSUMED),
        detail={key: value for key, value in row.fields.items() if value not in (title, time)},
    )


def _names(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str) and item) if isinstance(value, list) else ()


FORMAT = Format(
    title="Google Takeout: My Activity (JSON)",
    provider="google",
    claims=_claims,
    rows=_rows,
    event=_event,
)
