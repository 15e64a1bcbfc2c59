"""Write the fictional case of a false alarm (``samples/false-alarm``). Deterministic: run twice, same bytes.

A reporter feared that somebody was inside her accounts. What she saw were her own VPN, her trip abroad, a tablet on a
mobile network, codes that she had asked for, and an export and a deletion of her own. Everything is invented, as in
``build_samples.py``.
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import quoteattr

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.export_shapes import archive, at, facebook_activity, facebook_members

ROOT = Path(__file__).resolve().parents[1] / "samples" / "false-alarm"
HOME, VPN, HOTEL, TABLET_NETWORK = "192.0.2.61", "198.51.100.130", "240.40.77.9", "192.0.2.140"
MOBILE = ("240.1.30.18", "240.1.91.203")
"""Two addresses of her mobile operator: the first occurs in the clean period, the second only later."""
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 13_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/13.1 Mobile/15E148 Safari/604.1"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:76.0) Gecko/20100101 Firefox/76.0"
TABLET = (
    "Mozilla/5.0 (Linux; Android 9; SM-T515) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/81.0.4044.138 Safari/537.36"
)
PACKED = at("2020-05-20T10:00:00")
DICE = random.Random(20200512)  # noqa: S311 - a story, not a secret
OWNER = """\
# What the reporter declares. Fictional.
[owner]
time_zone = "Asia/Baku"
clean_windows = [["2020-02-01", "2020-04-30"]]
addresses = [
  { net = "192.0.2.61", from = "2019-01-01", label = "home" },
  { net = "198.51.100.130", from = "2020-05-01", to = "2020-05-31", label = "exit of the newsroom's VPN" },
]
devices = []
notes = "The reporter was abroad from 11 to 15 May 2020. She did not note the hotel's address. All of this is fictional."

[owner.accounts]
google = "reporter@mail.example"
facebook = "reporter.example"
"""


def google() -> None:
    """A Takeout access log: home, the mobile network, the VPN, one sign-in at the hotel, a tablet beside the laptop."""
    header = [
        "Gaia ID", "Activity Timestamp", "IP Address", "Proxiedhost IP Address", "Is Non-routable IP Address",
        "Activity Country", "Activity Region", "Activity City", "User Agent String", "Product Name", "Sub-Product Name",
        "Activity Type", "Gmail Access Channel",
    ]  # fmt: skip
    rows: list[list[str]] = []

    def add(moment: datetime, address: str, agent: str, product: str, activity: str) -> None:
        stamp = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
        country = "QX" if address in (HOTEL, VPN) else "QZ"
        rows.append(
            ["100000000000000000003", stamp, address, "", "", country, "", "", agent, product, "", activity, "WEB"]
        )

    day = at("2020-04-20T05:00:00")
    while day < at("2020-05-20T00:00:00"):
        abroad = at("2020-05-11T00:00:00") <= day < at("2020-05-16T00:00:00")
        if not abroad:
            add(day + timedelta(hours=2, minutes=DICE.randrange(90)), HOME, FIREFOX, "Gmail", "Other")
            mobile = MOBILE[0] if day < at("2020-05-01T00:00:00") else MOBILE[1]
            add(day + timedelta(hours=9, minutes=DICE.randrange(90)), mobile, IPHONE, "Gmail", "Other")
        day += timedelta(days=1)
    add(at("2020-05-06T18:02:11"), VPN, FIREFOX, "Google Account", "Login")
    add(at("2020-05-06T18:04:40"), VPN, FIREFOX, "Drive", "Other")
    add(at("2020-05-12T06:41:30"), HOTEL, IPHONE, "Google Account", "Login")
    add(at("2020-05-12T06:44:02"), HOTEL, IPHONE, "Gmail", "Other")
    add(at("2020-05-13T19:10:12"), HOTEL, IPHONE, "Gmail", "Other")
    for minute in (1, 9, 17, 25):
        add(at("2020-05-18T17:00:20") + timedelta(minutes=minute), HOME, FIREFOX, "Drive", "Other")
        add(at("2020-05-18T17:04:05") + timedelta(minutes=minute), TABLET_NETWORK, TABLET, "Gmail", "Other")
    rows.sort(key=lambda row: row[1], reverse=True)
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    activity = [
        {"header": "Takeout", "title": title, "time": stamp, "products": ["Takeout"]}
        for title, stamp in (
            ("Downloaded a Google data archive", "2020-05-20T08:10:31.118Z"),
            ("Created a Google data archive", "2020-05-20T07:31:44.442Z"),
        )
    ]
    folder = "Takeout/Access Log Activity"
    archive(
        ROOT / "evidence" / "takeout-20200520T094455Z-001.zip",
        {
            f"{folder}/Activities - A list of Google services accessed by.csv": text.getvalue().encode(),
            "Takeout/My Activity/Takeout/MyActivity.json": json.dumps(activity, indent=2).encode(),
        },
        PACKED,
    )


def facebook() -> None:
    """An export: the telephone that is known from the clean period works at the hotel, too; a private window on the VPN."""
    rows = [
        facebook_activity("Login", "2020-02-03T07:40:09", HOME, FIREFOX, "Hm3x"),
        facebook_activity("Login", "2020-02-03T07:52:51", HOME, IPHONE, "Ph8s"),
        *(
            facebook_activity(
                "Session updated", f"2020-{month:02d}-{day:02d}T{hour:02d}:21:05", address, IPHONE, "Ph8s"
            )
            for month, day, hour, address in (
                (2, 20, 8, HOME),
                (3, 9, 17, MOBILE[0]),
                (4, 2, 9, HOME),
                (4, 28, 6, MOBILE[0]),
            )
        ),
        facebook_activity("Login", "2020-05-06T18:11:31", VPN, FIREFOX, "Pw1n"),
        facebook_activity("Login", "2020-05-12T06:52:31", HOTEL, IPHONE, "Ph8s"),
        facebook_activity("Password Change", "2020-05-12T06:54:02", HOTEL, IPHONE, "Ph8s"),
        facebook_activity("Web Session Terminated", "2020-05-12T06:55:40", HOTEL, IPHONE, "Ph8s"),
        facebook_activity("Session updated", "2020-05-14T20:12:18", HOTEL, IPHONE, "Ph8s"),
        facebook_activity("Login", "2020-05-16T09:20:44", HOME, FIREFOX, "Hm3x"),
    ]
    notes = [
        ("Your Facebook password was changed.", "2020-05-12T06:54:02"),
        ("The group Reading circle was deleted.", "2020-05-16T09:31:05"),
    ]
    archive(
        ROOT / "evidence" / "facebook-reporter.example.zip",
        facebook_members("facebook-reporter.example", rows, notes),
        PACKED,
    )


def messages() -> None:
    """Codes that the reporter asked for at the hotel, each followed by a sign-in, and one that nobody used."""
    received = [
        ("Google", "2020-05-12T06:40:55", "G-000000 is your Google verification code."),
        ("Facebook", "2020-05-12T06:51:12", "000000 is your Facebook password reset code"),
        ("Facebook", "2020-05-17T21:15:03", "000000 is your Facebook password reset code"),
    ]
    lines = [
        "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>",
        f'<smses count="{len(received)}" backup_set="sample" backup_date="1589961600000" type="full">',
    ]
    for sender, when, body in received:
        seconds = int(at(when).timestamp())
        lines.append(
            f'  <sms protocol="0" address={quoteattr(sender)} date="{seconds}640" type="1" subject="null"'
            f' body={quoteattr(body)} toa="null" sc_toa="null" service_center="null" read="1" status="-1" locked="0"'
            f' date_sent="{seconds}000" sub_id="1" contact_name="(Unknown)" />'
        )
    (ROOT / "evidence" / "sms-20200520080000.xml").write_text("\n".join([*lines, "</smses>"]) + "\n", encoding="utf-8")


def main() -> None:
    """Write everything."""
    (ROOT / "evidence").mkdir(parents=True, exist_ok=True)
    google()
    facebook()
    messages()
    (ROOT / "owner.toml").write_text(OWNER, encoding="utf-8")


if __name__ == "__main__":
    main()
