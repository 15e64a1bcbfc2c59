"""The fictional March case: its names, its key steps and its lanes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from forensics.model import (
    Action,
    Place,
    Role,
    Strength,
)
from forensics.report.view import (
    KeyStep,
    Lane,
    Mark,
)

ACCOUNTS = {
    "Google": "editor@mail.example",
    "Facebook": "The Editor",
    "Telegram": "+00000000000",
    "Instagram": "the_editor_example",
}
FILES = {
    "Google": ("takeout-20200312.zip", "Google Takeout: access log", 412),
    "Facebook": ("facebook-editor.example.zip", "Facebook: security and login information", 268),
    "Telegram": ("result.json", "Telegram: account data", 61),
    "Instagram": ("the_editor_example_20200313.zip", "Instagram: login activity", 95),
    "SMS": ("sms-20200312.xml", "SMS Backup & Restore", 1204),
    "Mail": ("2020-03-09-alert.eml", "E-mail message", 1),
    "Server": ("access.log.gz", "Web server access log", 482113),
}
R, U = Role, Action


def digest(text: str) -> str:
    """Return a digest that belongs to a name."""
    return hashlib.sha256(text.encode()).hexdigest()


def at(clock: str, day: str = "2020-03-11") -> datetime:
    """Return a UTC time on the day of the incident."""
    return datetime.fromisoformat(f"{day}T{clock}+00:00").astimezone(UTC)


def spot(provider: str, place: str, member: str = "") -> Place:
    """Return a place in the exhibit of a provider."""
    return Place(exhibit=digest(provider), member=member, place=place)


EXPORTS = "Takeout/Access Log Activity/Activities - A list of Google services accessed by.csv"
SECURITY = "security_and_login_information/logins_and_logouts.json"
RING = Strength(
    lr_low=470,
    lr=1215,
    lr_high=2170,
    words="strong support",
    against="an unrelated source in the announced address space of QZ",
    lr_network=27,
    words_network="moderate support",
)
WEAK = Strength(
    lr_low=0.40,
    lr=0.44,
    lr_high=0.48,
    words="no support",
    against="an unrelated source in the announced address space of QZ",
)


def steps() -> tuple[KeyStep, ...]:
    told = [
        ("00:41:07", "SMS", "", None, "A code for the Google account arrived by SMS.", "F-2"),
        ("00:43:10", "Google", "Google", R.UNEXPLAINED, "The account was opened from 203.0.113.45.", "F-1"),
        ("00:52:30", "Facebook", "Facebook", R.UNEXPLAINED, "The account was opened from 203.0.113.45.", "F-1"),
        ("00:55:02", "Facebook", "Facebook", R.UNEXPLAINED, "The password was changed.", "F-1"),
        ("00:58:44", "Telegram", "Telegram", R.UNEXPLAINED, "A new session “Desktop” began from 203.0.113.45.", "F-1"),
        ("01:05:00", "Google", "Google", R.UNEXPLAINED, "An archive of all Google data was requested.", "F-3"),
        ("01:20:11", "Instagram", "Instagram", R.UNEXPLAINED, "The account was opened from 198.51.100.21.", "F-1"),
        ("01:48:00", "Google", "Google", R.UNEXPLAINED, "The data archive was ready for download.", "F-3"),
        ("02:31:00", "Facebook", "Facebook", R.UNEXPLAINED, "The first of three groups was deleted.", "F-4"),
        ("07:30:20", "Google", "Google", R.OWNER, "The owner recovered the account from 192.0.2.14.", ""),
    ]
    return tuple(
        KeyStep(
            at=at(clock), label=label, provider=provider, account=ACCOUNTS.get(lane, ""), role=role, finding=finding
        )
        for clock, provider, lane, role, label, finding in told
    )


def _own_marks(provider: str) -> list[Mark]:
    every = {"Google": 3, "Facebook": 4, "Telegram": 9, "Instagram": 6}[provider]
    days = range(0, 66, every)
    begun = [at("16:00:00", "2020-01-02") + timedelta(days=day, minutes=37 * day % 240) for day in days]
    return [
        Mark(start=start, end=start + timedelta(minutes=55), role=R.OWNER, action=U.SESSION, label="192.0.2.14")
        for start in begun
    ]


def lanes() -> tuple[Lane, ...]:
    def foreign(clock: str, action: Action, label: str = "", end: str = "") -> Mark:
        return Mark(start=at(clock), end=at(end) if end else None, role=R.UNEXPLAINED, action=action, label=label)

    def own(clock: str, action: Action, label: str = "192.0.2.14", end: str = "") -> Mark:
        return Mark(start=at(clock), end=at(end) if end else None, role=R.OWNER, action=action, label=label)

    told = {
        "Google": [
            foreign("00:43:10", U.SESSION, "203.0.113.45", "02:10:00"),
            foreign("00:44:00", U.LOGIN),
            foreign("00:46:12", U.RECOVERY_CHANGED, "recovery telephone removed"),
            foreign("01:05:00", U.EXPORT_REQUESTED, "archive requested"),
            foreign("01:48:00", U.EXPORT_READY, "archive ready"),
            own("07:30:20", U.SESSION, end="08:58:00"),
            own("07:34:00", U.PASSWORD_CHANGED),
            own("07:41:00", U.TWO_FACTOR_CHANGED),
        ],
        "Facebook": [
            foreign("00:52:30", U.SESSION, "203.0.113.45", "01:40:00"),
            foreign("00:55:02", U.PASSWORD_CHANGED, "password changed"),
            foreign("01:10:00", U.EXPORT_REQUESTED, "download requested"),
            foreign("02:02:00", U.EXPORT_READY, "download ready"),
            foreign("02:20:00", U.SESSION, "198.51.100.21", "02:41:00"),
            foreign("02:31:00", U.GROUP_DELETED, "group deleted"),
            foreign("02:33:00", U.GROUP_DELETED, "group deleted"),
            foreign("02:36:00", U.GROUP_DELETED, "group deleted"),
            own("08:02:00", U.SESSION, end="08:40:00"),
            own("08:04:00", U.PASSWORD_CHANGED),
        ],
        "Telegram": [foreign("00:58:44", U.SESSION, "203.0.113.45", "03:15:00"), own("08:20:00", U.SESSION_ENDED)],
        "Instagram": [
            foreign("01:20:11", U.SESSION, "198.51.100.21", "01:55:00"),
            foreign("01:22:00", U.PASSWORD_CHANGED),
            Mark(start=at("04:10:00"), role=R.UNKNOWN, action=U.LOGIN, label="no address recorded"),
            own("08:41:00", U.LOGIN),
        ],
    }
    begin = {"Google": "2020-01-01", "Facebook": "2020-01-01", "Telegram": "2020-02-20", "Instagram": "2020-01-10"}
    lanes = []
    for provider, marks in told.items():
        gap = ((at("05:00:00"), at("07:10:00")),) if provider == "Telegram" else ()
        lanes.append(
            Lane(
                provider=provider,
                account=ACCOUNTS[provider],
                marks=(*_own_marks(provider), *marks),
                no_data=gap,
                covered=((at("00:00:00", begin[provider]), at("12:00:00", "2020-03-12")),),
            )
        )
    return tuple(lanes)
