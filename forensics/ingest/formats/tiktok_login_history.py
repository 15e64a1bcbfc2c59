"""TikTok "Download your data": login history (JSON or TXT).

What it is: one row per login or opening of the app that TikTok remembers: time, address, model and system of the device,
kind of network, mobile operator. The JSON export is one file for everything (``user_data_tiktok.json``); all its other
parts (videos watched, comments, messages) are left out by rule. The TXT export has one file per part
(``Login History.txt``, in the language of the account).

How to obtain: TikTok → Profile → Menu → Settings and privacy → Account → Download your data → All data, JSON → Request
data; it is ready within a few days and stays for four days.

Time: UTC by the rule of the export (``2026-03-11 02:49:39``); many exports write the suffix ``UTC`` too, then the zone is
explicit. That the bare ones are UTC is what public readers assume, unverified by TikTok's documentation.

Versions: ``Activity`` (until about 2024) or ``Your Activity`` → ``Login History`` → ``LoginHistoryList`` with ``Date``, ``IP``,
``DeviceModel``, ``DeviceSystem``, ``NetworkType``, ``Carrier``; the TXT export has the same in blocks of lines, recognised by
the shape of the values because the names are translated. The outcome is not stated. A file whose login history lies
far behind its beginning is recognised by the names of its other parts.

Retention: about the last 180 days (unverified).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields, stated_times, tiktok_text
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Stated, Unused
from forensics.ingest.json_rows import json_rows
from forensics.model import Action, AddressSeen, Event, Kind, Moment, ZoneBasis

PROVIDER = "tiktok"
ACCOUNT = "tiktok.account"
"""The fact that the user data state about their export: the user name."""
LOGINS = tuple(f"{group}/Login History/LoginHistoryList/*" for group in ("/Activity", "/Your Activity", ""))
PROFILES = tuple(
    f"/{group}/Profile Info{suffix}/ProfileMap"
    for group in ("Profile", "Profile And Settings")
    for suffix in ("rmation", "")
)
TOPS = frozenset(
    {
        "Activity",
        "Your Activity",
        "Ads and data",
        "App Settings",
        "Comment",
        "Direct Messages",
        "Direct Message",
        "Profile",
    }
    | {"Video", "Post", "Likes and Favorites", "Profile And Settings", "Tiktok Live", "TikTok Live", "TikTok Shopping"}
    | {"Tiktok Shopping", "TikTok Shop", "Income Plus Wallet Transactions", "Location Review", "Login History"}
)
NAMES = frozenset(
    {
        "LoginHistoryList",
        "VideoList",
        "FansList",
        "ItemFavoriteList",
        "ShareHistoryList",
        "FavoriteVideoList",
        "ProfileMap",
    }
    | {"FavoriteEffectsList", "FavoriteHashtagList", "FavoriteSoundList", "SearchList", "HashtagList", "CommentsList"}
    | {"ActivitySummaryMap", "SettingsMap", "Login History", "Video Browsing History", "Favorite Effects"}
    | {"Favorite Videos", "Share History", "Like List"}
)
OF_LOGIN = frozenset({"ip", "devicemodel", "devicesystem", "networktype", "carrier"})
_NEEDED = 2


def claims(evidence: Evidence) -> bool:
    """Recognise the parts of the export by name, or the records of the TXT file by their values."""
    keys = evidence.json_keys
    if not keys:
        return tiktok_text.is_login_history(evidence.text_head)
    inner = keys.get(2, frozenset()) | keys.get(3, frozenset()) | keys.get(4, frozenset())
    return bool(keys.get(1, frozenset()) & TOPS) and (len(inner & NAMES) >= _NEEDED or "LoginHistoryList" in inner)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per login, and one for the profile; everything else is left out by rule."""
    if not evidence.json_keys:
        yield from tiktok_text.rows(evidence)
        return
    yield from json_rows(evidence, *LOGINS, *PROFILES)
    yield Unused(rule="the other parts of the user data hold no account events")


def event(row: Row) -> Event | Unused:
    """Say what one login means."""
    if row.section in PROFILES:
        return _profile(row)
    if row.section == "text":
        return _login(row, *_from_values(row.fields))
    if not OF_LOGIN & {
        name.casefold() for name in row.fields
    }:  # a video watched has a date too, and may stand behind a damaged login list
        raise FieldError("no login record: no address, device, network or carrier")
    when = stated_times.read(row.text("Date", "date"), bare_zone=ZoneBasis.FORMAT_RULE)
    return _login(row, when, row.address("IP", "ip"), stated_times.rest(row.fields, "Date", "IP", "date", "ip"))


def _from_values(found: Mapping[str, Any]) -> tuple[Moment, AddressSeen, dict[str, Any]]:
    """Find the time and the address of a block by the shape of the values; the names are translated."""
    timed = next((name for name, value in found.items() if tiktok_text.is_time(value)), "")
    placed = next((name for name, value in found.items() if name != timed and fields.address(value).address), "")
    if not timed and not placed:
        raise FieldError("neither a time nor an address among the values")
    when = stated_times.read(fields.text(found, timed), bare_zone=ZoneBasis.FORMAT_RULE)
    return when, fields.address(fields.text(found, placed)), stated_times.rest(found, timed, placed)


def _login(row: Row, when: Moment, address: AddressSeen, detail: dict[str, Any]) -> Event:
    if not when.text and not address.text:
        raise FieldError("neither a time nor an address")
    return row.event(
        provider=PROVIDER,
        service=PROVIDER,
        account=row.evidence.told[ACCOUNT].value if ACCOUNT in row.evidence.told else "",
        action=Action.LOGIN,
        action_text="Login History",
        when=when,
        address=address,
        detail=detail,
    )


def _profile(row: Row) -> Event | Unused:
    """The account itself, without a time: name, e-mail address, telephone number."""
    wanted = ("userName", "emailAddress", "telephoneNumber", "displayName")
    found = {key: value for key, value in row.fields.items() if key in wanted and value not in (None, "", "None")}
    if not found:
        return Unused(rule="the profile names no account")
    return row.event(
        provider=PROVIDER,
        service=PROVIDER,
        kind=Kind.INVENTORY,
        account=fields.text(found, "userName"),
        action=Action.OTHER,
        action_text="Profile Information",
        detail={**found, "note": "the account when the data were exported; other fields of the profile are left out"},
    )


def states(evidence: Evidence) -> Iterator[Stated]:
    """State the user name for the logins of the same file: one file is one export, and others may lie beside it."""
    for row in json_rows(evidence, *PROFILES) if evidence.json_keys else ():
        if isinstance(row, Row) and row.text("userName"):
            yield Stated(name=ACCOUNT, value=row.text("userName"), levels=-1)


FORMAT = Format(
    title="TikTok user data: login history (JSON or TXT)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    states=states,
    needs=(ACCOUNT,),
)
