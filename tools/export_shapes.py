"""Exports of providers as the fictional samples need them: the same shape in every story, only the rows differ."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_LINKEDIN_NOTES = (
    "Notes:\n"
    '"When exporting your login data, you may notice that some of the addresses are missing, because they were not'
    ' recorded."\n\n'
)


def at(text: str) -> datetime:
    """Return a moment of the story, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def write(root: Path, name: str, data: bytes) -> None:
    """Write an evidence file of a sample."""
    path = root / "evidence" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def archive(path: Path, members: Mapping[str, bytes], day: datetime) -> None:
    """Write a ZIP archive whose members all bear one time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in sorted(members.items()):
            info = zipfile.ZipInfo(name, (day.year, day.month, day.day, day.hour, day.minute, day.second))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data)


def linkedin_logins(rows: Iterable[tuple[datetime, str, str]]) -> bytes:
    """Return ``Logins.csv`` of LinkedIn's complete export: moment, address, user agent; the newest first."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["Login Date", "IP Address", "User Agent", "Login Type"])
    for moment, address, agent in sorted(rows, reverse=True):
        table.writerow([f"{moment:%a %b %d %H:%M:%S UTC %Y}", address, agent, "PASSWORD"])
    return (_LINKEDIN_NOTES + text.getvalue()).encode()


def x_ip_audit(account: str, rows: Iterable[tuple[str, str, str]]) -> bytes:
    """Return ``ip-audit.js`` of an X archive: time, address, source port."""
    audit = [
        {"ipAudit": {"accountId": account, "createdAt": when, "loginIp": address, "loginPortNumber": port}}
        for when, address, port in rows
    ]
    return f"window.YTD.ip_audit.part0 = {json.dumps(audit, indent=2)}".encode()


def facebook_activity(action: str, moment: str, address: str, agent: str, datr: str) -> dict[str, Any]:
    """Return one row of ``account_activity.json``; the export masks all but four letters of the browser's identifier."""
    return {
        "action": action,
        "timestamp": int(at(moment).timestamp()),
        "ip_address": address,
        "user_agent": agent,
        "datr_cookie": f"{datr}********************",
    }


def facebook_members(
    folder: str, rows: Iterable[Mapping[str, Any]], notes: Iterable[tuple[str, str]]
) -> dict[str, bytes]:
    """Return the two files of a Facebook export: account activity (newest first) and notifications (text, moment)."""
    activity = {"account_activity": sorted(rows, key=lambda row: -int(row["timestamp"]))}
    told = {
        "notifications": [
            {"timestamp": int(at(when).timestamp()), "unread": False, "href": "", "text": text} for text, when in notes
        ]
    }
    return {
        f"{folder}/security_and_login_information/account_activity.json": json.dumps(activity, indent=2).encode(),
        f"{folder}/notifications/notifications.json": json.dumps(told, indent=2).encode(),
    }
