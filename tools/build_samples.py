# ruff: noqa: RUF001 - Azerbaijani names are part of the sample
"""Write the fictional March case (``samples/march``) from one readable story. Deterministic: run twice, same bytes.

Everything is invented. Persons are roles, addresses come from documentation blocks and reserved space, mail domains are
reserved. The exports follow the field names that each format's module documents.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

ROOT = Path(__file__).resolve().parents[1] / "samples" / "march"
HOME, MOBILE = "192.0.2.14", "198.51.100.70"
KNOWN, SECOND = "203.0.113.45", "198.51.100.21"
PHONE = "App : GMAIL_APP. App Version : 6.0.200202. Os : IOS_OS. Os Version : 13.3.1. Device Type : MOBILE."
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 13_3_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/13.0.5 Mobile/15E148 Safari/604.1"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:73.0) Gecko/20100101 Firefox/73.0"
FOREIGN = (
    "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.130 Safari/537.36"
)
ACCOUNT = "editor@mail.example"
DICE = random.Random(20200311)  # noqa: S311 - a story, not a secret


def at(text: str) -> datetime:
    """Read a UTC time of the story."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def epoch(text: str) -> int:
    """Return Unix seconds of a UTC time of the story."""
    return int(at(text).timestamp())


def document(value: Any) -> bytes:
    """Encode JSON as Meta does: UTF-8 bytes escaped one by one."""
    return json.dumps(value, indent=2, ensure_ascii=True).encode()


def mojibake(text: str) -> str:
    """Return text as Meta's exporter writes it: each UTF-8 byte as a character of its own."""
    return text.encode().decode("latin-1")


def archive(name: str, members: dict[str, bytes]) -> None:
    """Write a zip with fixed times, so that it is the same on every run."""
    with zipfile.ZipFile(ROOT / "evidence" / name, "w", zipfile.ZIP_DEFLATED) as target:
        for member, data in sorted(members.items()):
            info = zipfile.ZipInfo(member, (2020, 3, 12, 10, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data)


def plain(name: str, data: bytes) -> None:
    """Write an evidence file."""
    path = ROOT / "evidence" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def google() -> None:
    """Takeout of 12 March: access log of about 28 days, devices, My Activity of the Takeout product."""
    header = [
        "Gaia ID",
        "Activity Timestamp",
        "IP Address",
        "Proxiedhost IP Address",
        "Is Non-routable IP Address",
        "Activity Country",
        "Activity Region",
        "Activity City",
        "User Agent String",
        "Product Name",
        "Sub-Product Name",
        "Activity Type",
        "Gmail Access Channel",
    ]
    rows: list[list[str]] = []

    def add(moment: datetime, address: str, agent: str, product: str, activity: str, channel: str = "") -> None:
        stamp = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
        place = ["XA", "", ""] if address == SECOND else ["QZ", "", ""]
        rows.append(["100000000000000000001", stamp, address, "", "", *place, agent, product, "", activity, channel])

    day = at("2020-02-13T05:00:00")
    while day < at("2020-03-11T00:00:00"):
        for _ in range(DICE.randrange(4, 9)):
            moment = day + timedelta(minutes=DICE.randrange(0, 15 * 60), seconds=DICE.randrange(60))
            home = DICE.random() < 0.6  # noqa: PLR2004 - share of the day at home
            add(moment, HOME if home else MOBILE, PHONE, "Gmail", "Non User Initiated", "IMAP")
        add(day + timedelta(hours=2, minutes=DICE.randrange(90)), HOME, FIREFOX, "Gmail", "Other", "WEB")
        day += timedelta(days=1)
    add(at("2020-02-20T06:12:09"), HOME, FIREFOX, "Google Account", "Login")
    add(at("2020-03-11T00:43:10"), KNOWN, FOREIGN, "Google Account", "Login")
    for offset, product in (
        (0.5, "Gmail"),
        (3, "Gmail"),
        (9, "Drive"),
        (16, "Photos"),
        (22, "Takeout"),
        (41, "Contacts"),
    ):
        add(at("2020-03-11T00:43:10") + timedelta(minutes=offset), KNOWN, FOREIGN, product, "Other", "WEB")
    add(at("2020-03-11T01:50:37"), KNOWN, FOREIGN, "Takeout", "Other", "WEB")
    add(at("2020-03-11T07:32:44"), HOME, FIREFOX, "Google Account", "Login")
    add(at("2020-03-11T07:36:02"), HOME, FIREFOX, "Google Account", "Other")
    rows.sort(key=lambda row: row[1], reverse=True)
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    activity = [
        {
            "header": "Takeout",
            "title": title,
            "time": stamp,
            "products": ["Takeout"],
            "details": [{"name": "From Google Account settings"}],
        }
        for title, stamp in (
            ("Downloaded a Google data archive", "2020-03-11T01:50:52.118Z"),
            ("Created a Google data archive", "2020-03-11T01:05:21.442Z"),
        )
    ]
    folder = "Takeout/Access Log Activity"
    archive(
        "takeout-20200312T094455Z-001.zip",
        {
            f"{folder}/Activities - A list of Google services accessed by.csv": text.getvalue().encode(),
            "Takeout/My Activity/Takeout/MyActivity.json": document(activity),
            "Takeout/archive_browser.html": b"<html><body>Your archive contains 3 products.</body></html>\n",
        },
    )


def facebook() -> None:
    """An export of April 2020 (JSON era B): sessions, logins, administrative records, notifications, groups."""

    def activity(action: str, moment: str, address: str, agent: str, datr: str) -> dict[str, Any]:
        return {
            "action": action,
            "timestamp": epoch(moment),
            "ip_address": address,
            "user_agent": agent,
            "datr_cookie": f"{datr}********************",
        }

    own = [
        activity("Session updated", f"2020-{month:02d}-{day:02d}T{hour:02d}:21:40", HOME, IPHONE, "hP3d")
        for month, day, hour in (
            (1, 9, 6),
            (1, 21, 17),
            (2, 3, 8),
            (2, 11, 18),
            (2, 19, 7),
            (2, 27, 16),
            (3, 5, 9),
            (3, 8, 19),
        )
    ]
    own += [
        activity("Login", "2020-01-15T07:05:12", HOME, FIREFOX, "w2Lk"),
        activity("Session updated", "2020-02-24T11:48:00", MOBILE, IPHONE, "hP3d"),
    ]
    foreign = [
        activity("Login", "2020-03-11T00:52:30", KNOWN, FOREIGN, "Qx7k"),
        activity("Password Change", "2020-03-11T00:55:07", KNOWN, FOREIGN, "Qx7k"),
        activity("Web Session Terminated", "2020-03-11T00:56:01", KNOWN, FOREIGN, "Qx7k"),
        activity("Session updated", "2020-03-11T01:10:44", KNOWN, FOREIGN, "Qx7k"),
        activity("Session updated", "2020-03-11T02:20:18", SECOND, FOREIGN, "Qx7k"),
        activity("Session updated", "2020-03-11T02:36:50", SECOND, FOREIGN, "Qx7k"),
    ]
    back = [
        activity("Login", "2020-03-11T08:02:11", HOME, FIREFOX, "w2Lk"),
        activity("Password Change", "2020-03-11T08:04:39", HOME, FIREFOX, "w2Lk"),
    ]
    everything = sorted(own + foreign + back, key=lambda item: -item["timestamp"])
    logins = [
        {
            "action": item["action"],
            "timestamp": item["timestamp"],
            "site": "www.facebook.com",
            "ip_address": item["ip_address"],
        }
        for item in everything
        if item["action"] == "Login"
    ]
    admin = [
        {
            "event": "Password changed",
            "session": {
                "created_timestamp": item["timestamp"],
                "ip_address": item["ip_address"],
                "user_agent": item["user_agent"],
                "datr_cookie": item["datr_cookie"],
            },
        }
        for item in everything
        if item["action"] == "Password Change"
    ]
    active = [
        {
            "created_timestamp": epoch("2020-03-11T08:02:11"),
            "updated_timestamp": epoch("2020-04-02T12:00:00"),
            "ip_address": HOME,
            "user_agent": FIREFOX,
            "datr_cookie": "w2Lk********************",
            "device": "Windows PC",
            "location": mojibake("Nümunə şəhəri"),
            "app": "",
        }
    ]
    groups = ("Feminist kitabxana", "Qadınlar üçün hüquqi yardım", "Açıq dərslər")
    notes = [
        ("Your Facebook password was changed.", "2020-03-11T00:55:09"),
        ("You requested a copy of your Facebook information.", "2020-03-11T01:10:58"),
        ("Your Facebook information file is ready to download.", "2020-03-11T02:02:30"),
        *(
            (f"The group {name} was deleted.", f"2020-03-11T02:{minute}:{second}")
            for name, minute, second in zip(groups, (31, 33, 36), ("05", "17", "41"), strict=True)
        ),
        ("A colleague commented on your post.", "2020-03-08T16:20:00"),
    ]
    folder = "facebook-editor.example/security_and_login_information"
    archive(
        "facebook-editor.example.zip",
        {
            f"{folder}/account_activity.json": document({"account_activity": everything}),
            f"{folder}/logins_and_logouts.json": document({"account_accesses": logins}),
            f"{folder}/administrative_records.json": document({"admin_records": admin}),
            f"{folder}/where_you're_logged_in.json": document({"active_sessions": active}),
            f"{folder}/used_ip_addresses.json": document(
                {"used_ip_address": [{"ip": ip} for ip in (HOME, MOBILE, KNOWN, SECOND)]}
            ),
            "facebook-editor.example/notifications/notifications.json": document(
                {
                    "notifications": [
                        {
                            "timestamp": epoch(when),
                            "unread": False,
                            "href": "https://www.facebook.com/",
                            "text": mojibake(text),
                        }
                        for text, when in notes
                    ]
                }
            ),
            "facebook-editor.example/groups/your_groups.json": document(
                {
                    "groups_admined": [
                        {"name": mojibake(name), "timestamp": epoch("2019-05-14T10:00:00")} for name in groups
                    ]
                }
            ),
            "facebook-editor.example/photos_and_videos/no-data.txt": b"You have no data in this section\n",
        },
    )


def instagram() -> None:
    """An export of 2021 with keys in the account's language (here German labels, as real exports translate them)."""

    def item(moment: str, address: str, agent: str, cookie: str) -> dict[str, Any]:
        when = at(moment)
        return {
            "title": when.isoformat(),
            "media_map_data": {},
            "string_map_data": {
                "Cookie-Name": {"href": "", "value": f"{cookie}*******************", "timestamp": 0},
                "IP-Adresse": {"href": "", "value": address, "timestamp": 0},
                "Sprachcode": {"href": "", "value": "en", "timestamp": 0},
                "Zeit": {"href": "", "value": "", "timestamp": int(when.timestamp())},
                "User Agent": {"href": "", "value": agent, "timestamp": 0},
            },
        }

    app = "Instagram 131.0.0.25.116 (iPhone11,8; iOS 13_3_1; en_GB; en-GB; scale=2.00; 828x1792; 199237321)"
    logins = [
        item("2020-03-11T08:31:20", HOME, app, "Yf2a"),
        item("2020-03-11T01:20:05", SECOND, FOREIGN, "Qx7k"),
        item("2020-02-02T18:40:51", HOME, app, "Yf2a"),
        item("2020-01-04T09:15:00", HOME, app, "Yf2a"),
    ]
    changed = {
        "title": at("2020-03-11T01:22:14").isoformat(),
        "media_map_data": {},
        "string_map_data": {"Zeit": {"href": "", "value": "", "timestamp": epoch("2020-03-11T01:22:14")}},
    }
    folder = "instagram/the_editor_example_20210302/login_and_account_creation"
    plain(f"{folder}/login_activity.json", document({"account_history_login_history": logins}))
    plain(
        f"{folder}/password_change_activity.json",
        document({"account_history_password_change_history": [changed]}),
    )


def telegram() -> None:
    """A Telegram Desktop export with sessions and the service chat; one message with the exporter's bad escape."""

    def session(created: str, active: str, address: str, **more: Any) -> dict[str, Any]:
        return {
            "last_active": active,
            "last_active_unixtime": str(epoch(active)),
            "last_ip": address,
            "last_country": more.pop("country", "Sample country"),
            "last_region": "",
            "application_name": more.pop("application", "Telegram iOS"),
            "application_version": more.pop("version", "5.15"),
            "device_model": more.pop("device", "iPhone 11"),
            "platform": more.pop("platform", "iOS"),
            "system_version": more.pop("system", "13.3.1"),
            "created": created,
            "created_unixtime": str(epoch(created)),
        }

    listed = [
        session("2019-10-02T07:30:12", "2020-03-11T09:10:00", HOME),
        session(
            "2020-03-11T00:58:22",
            "2020-03-11T02:44:19",
            KNOWN,
            application="Telegram Desktop",
            version="1.9.14",
            device="PC 64bit",
            platform="Desktop",
            system="Windows 7",
        ),
    ]
    alerts = [
        ("2020-03-11T00:57:40", "Login code: 00000. Do not give this code to anyone."),
        (
            "2020-03-11T00:58:23",
            (
                "New login. Dear Editor, we detected a login into your account from a new device on 11/03/2020 at 00:58:22 UTC."
                f"\n\nDevice: Telegram Desktop, 1.9.14, PC 64bit, Desktop, Windows 7\nLocation: Sample country (IP = {KNOWN})"
            ),
        ),
    ]
    messages = [
        {
            "id": number,
            "type": "message",
            "date": when,
            "date_unixtime": str(epoch(when)),
            "from": "Telegram",
            "from_id": "user777000",
            "text": text,
        }
        for number, (when, text) in enumerate(alerts, start=901)
    ]
    talk = {
        "id": 17,
        "type": "message",
        "date": "2020-03-08T15:00:00",
        "date_unixtime": str(epoch("2020-03-08T15:00:00")),
        "from": "a colleague",
        "from_id": "user1000000001",
        "text": "On our way to the square @@BAD@@",
    }
    whole = {
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 1000000000, "first_name": "Editor", "phone_number": "+00000000000"},
        "sessions": {"about": "", "list": listed},
        "chats": {
            "about": "",
            "list": [
                {"name": "Telegram", "type": "personal_chat", "id": 777000, "messages": messages},
                {"name": "a colleague", "type": "personal_chat", "id": 1000000001, "messages": [talk]},
            ],
        },
    }
    text = json.dumps(whole, indent=1, ensure_ascii=False).replace("@@BAD@@", r"\x0b")
    plain("telegram/DataExport_2020-03-12/result.json", text.encode())


def messages() -> None:
    """Code SMS as an Android back-up application stores them, and one private message."""
    received = [
        ("Google", "2020-03-11T00:41:55", "G-000000 is your Google verification code."),
        ("Facebook", "2020-03-11T00:51:12", "000000 is your Facebook password reset code"),
        ("Telegram", "2020-03-11T00:57:38", "Telegram code 00000"),
        ("Instagram", "2020-03-11T01:18:47", "000 000 is your Instagram code. Don't share it."),
        ("+00000000001", "2020-03-10T19:02:00", "See you tomorrow at the office"),
    ]
    lines = [
        "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>",
        f'<smses count="{len(received)}" backup_set="sample" backup_date="{epoch("2020-03-12T08:00:00")}000" type="full">',
    ]
    for sender, when, body in received:
        seconds = epoch(when)
        lines.append(
            f'  <sms protocol="0" address={quoteattr(sender)} date="{seconds}640" type="1" subject="null"'
            f' body={quoteattr(body)} toa="null" sc_toa="null" service_center="null" read="1" status="-1" locked="0"'
            f' date_sent="{seconds}000" sub_id="1" readable_date="{at(when) + timedelta(hours=4):%d.%m.%Y %H:%M:%S}"'
            ' contact_name="(Unknown)" />'
        )
    plain("sms-20200312080000.xml", ("\n".join([*lines, "</smses>"]) + "\n").encode())


def mails() -> None:
    """The phishing mail of 9 March and the genuine notice that the archive is ready."""
    fake = EmailMessage()
    fake["Return-Path"] = "<bounce@alerts.mailing.example>"
    fake["Delivered-To"] = ACCOUNT
    fake["Received"] = (
        "from relay.mailing.example (relay.mailing.example [240.40.7.9]) by mx.mail.example with ESMTPS id a1b2c3"
        " for <editor@mail.example>; Mon, 9 Mar 2020 18:12:07 +0000"
    )
    fake["Received"] = (
        "from webmail (unknown [203.0.113.47]) by relay.mailing.example with ESMTPA id 77aa12;"
        " Mon, 9 Mar 2020 18:12:01 +0000"
    )
    fake["Authentication-Results"] = (
        "mx.mail.example; dkim=none; spf=softfail smtp.mailfrom=bounce@alerts.mailing.example;"
        " dmarc=fail header.from=accounts.google.com"
    )
    fake["From"] = "Google <no-reply@accounts.google.com>"
    fake["To"] = ACCOUNT
    fake["Subject"] = "Google Account: sign-in attempt blocked"
    fake["Date"] = "Mon, 09 Mar 2020 22:11:58 +0400"
    fake["Message-ID"] = "<20200309181158.1@alerts.mailing.example>"
    fake["X-Originating-IP"] = "[203.0.113.47]"
    fake.set_content(
        "Somebody tried to sign in to your account. Check your activity:\n\nhttp://accounts-security.example/signin?u=editor\n"
    )
    plain("mail/2020-03-09-sign-in-attempt-blocked.eml", fake.as_bytes())
    real = EmailMessage()
    real["Delivered-To"] = ACCOUNT
    real["Received"] = (
        "from mail-sor-f73.google.com (mail-sor-f73.google.com [240.40.9.73]) by mx.mail.example with ESMTPS id d4e5f6"
        " for <editor@mail.example>; Wed, 11 Mar 2020 01:48:33 +0000"
    )
    real["Authentication-Results"] = (
        "mx.mail.example; dkim=pass header.d=accounts.google.com header.s=20161025;"
        " spf=pass smtp.mailfrom=gaia.bounces.google.com; dmarc=pass header.from=accounts.google.com"
    )
    real["DKIM-Signature"] = (
        "v=1; a=rsa-sha256; c=relaxed/relaxed; d=accounts.google.com; s=20161025; h=mime-version:date:from:to:subject;"
        " bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=AAAA"
    )
    real["From"] = "Google <no-reply@accounts.google.com>"
    real["To"] = ACCOUNT
    real["Subject"] = "Your Google data archive is ready"
    real["Date"] = "Wed, 11 Mar 2020 01:48:31 +0000"
    real["Message-ID"] = "<archive.1@accounts.google.com>"
    real.set_content("The Google data archive that you requested on 11 March 2020 is ready to download.\n")
    plain("mail/2020-03-11-archive-ready.eml", real.as_bytes())


def whatsapp() -> None:
    """A request that the provider answered with nothing: its silence about the night says nothing."""
    plain("whatsapp-editor.example/no-data.txt", b"You have no data in this section\n")


def web_log() -> None:
    """The flood on the media site of 4 March 2019: ordinary readers, five flooding addresses, one of them known."""
    lines: list[tuple[datetime, str]] = []
    pages = ("/", "/feed/", "/az/news/1042", "/az/news/1043", "/en/about", "/wp-content/style.css")

    def add(moment: datetime, address: str, request: str, status: int, agent: str) -> None:
        stamp = f"{moment:%d/%b/%Y:%H:%M:%S} +0400"
        lines.append(
            (moment, f'{address} - - [{stamp}] "{request}" {status} {DICE.randrange(300, 9000)} "-" "{agent}"')
        )

    start = at("2019-03-04T08:00:00")  # wall clock of the server, +04:00
    for _ in range(900):
        reader = f"240.{DICE.randrange(0, 11)}.{DICE.randrange(256)}.{DICE.randrange(256)}"
        moment = start + timedelta(seconds=DICE.randrange(8 * 3600))
        add(moment, reader, f"GET {DICE.choice(pages)} HTTP/1.1", 200, DICE.choice((FIREFOX, IPHONE)))
    for address in (KNOWN, "203.0.113.52", "203.0.113.61", "203.0.113.77", "240.3.9.14"):
        for _ in range(220):
            moment = start + timedelta(hours=3, seconds=DICE.randrange(1800))
            add(
                moment,
                address,
                f"GET /?s={DICE.randrange(10**8)} HTTP/1.1",
                DICE.choice((200, 503, 503)),
                "python-requests/2.21.0",
            )
    add(start + timedelta(hours=3, minutes=41), KNOWN, "POST /wp-login.php HTTP/1.1", 200, "python-requests/2.21.0")
    lines.sort(key=lambda item: item[0])
    text = "\n".join(line for _, line in lines) + "\n203.0.113.77 - - [04/Mar/2019:11:31\n"
    path = ROOT / "evidence" / "media-site" / "access-2019-03-04.log.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
        packed.write(text.encode())


OWNER = """\
# What the editor declares. Fictional.
[owner]
time_zone = "Asia/Baku"
clean_windows = [["2020-01-01", "2020-03-08"]]
addresses = [{ net = "192.0.2.14", from = "2019-06-01", label = "home" }]
devices = []
notes = "The editor organised the Women's Day march of 8 March 2020 in the sample city. All of this is fictional."

[owner.accounts]
google = "editor@mail.example"
facebook = "editor.example"
instagram = "the_editor_example"
telegram = "+00000000000"
"""


def main() -> None:
    """Write everything."""
    (ROOT / "evidence").mkdir(parents=True, exist_ok=True)
    google()
    facebook()
    instagram()
    telegram()
    messages()
    mails()
    whatsapp()
    web_log()
    (ROOT / "owner.toml").write_text(OWNER, encoding="utf-8")


if __name__ == "__main__":
    main()
