"""Write the fictional case of the colleague (``samples/colleague``), one year after March. Deterministic.

The second sample exists to be compared with the first: an address and a browser of March come back, at other providers.
Beside them lie what must *not* tie two cases: a mobile gateway that both owners use, and an innocent address in a network
of March. Everything is invented, as in ``build_samples.py``.
"""

from __future__ import annotations

import random
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.export_shapes import archive, at, facebook_activity, facebook_members, linkedin_logins, write, x_ip_audit

ROOT = Path(__file__).resolve().parents[1] / "samples" / "colleague"
HOME, MOBILE, READING_ROOM = "192.0.2.90", "198.51.100.70", "198.51.100.33"
RETURNED, NEW = "203.0.113.45", "240.3.77.20"
BROWSER = "Qx7k"
"""What the export of March shows of the browser's cookie, too."""
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; SM-A515F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0.4324.181 Mobile"
    " Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:86.0) Gecko/20100101 Firefox/86.0"
LIBRARY = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/72.0.3626.121 Safari/537.36"
FOREIGN = (
    "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0.4324.190 Safari/537.36"
)
DICE = random.Random(20210309)  # noqa: S311 - a story, not a secret
OWNER = """\
# What the colleague declares. Fictional.
[owner]
time_zone = "Asia/Baku"
clean_windows = [["2021-01-01", "2021-03-05"]]
addresses = [{ net = "192.0.2.90", from = "2020-06-01", label = "home" }]
devices = []
notes = "The colleague helped to organise the march of 2020. The log-in from a reading room was her own. All is fictional."

[owner.accounts]
facebook = "colleague.example"
linkedin = "colleague@mail.example"
x = "1000000002"
"""


def facebook() -> None:
    """An export of April 2021: the browser of March returns from an address of a city network."""
    rows = [
        facebook_activity("Session updated", f"2021-{month:02d}-{day:02d}T{hour:02d}:11:05", address, ANDROID, "k2Vn")
        for month, day, hour, address in (
            (1, 6, 7, HOME), (1, 19, 15, HOME), (2, 2, 8, MOBILE), (2, 14, 17, HOME), (2, 26, 9, HOME), (3, 4, 6, MOBILE),
        )
    ]  # fmt: skip
    rows += [
        facebook_activity("Login", "2021-01-11T06:40:09", HOME, FIREFOX, "Zt5w"),
        facebook_activity("Login", "2021-03-09T22:14:31", NEW, FOREIGN, BROWSER),
        facebook_activity("Password Change", "2021-03-09T22:17:02", NEW, FOREIGN, BROWSER),
        facebook_activity("Web Session Terminated", "2021-03-09T22:18:40", NEW, FOREIGN, BROWSER),
        facebook_activity("Session updated", "2021-03-09T22:52:18", NEW, FOREIGN, BROWSER),
        facebook_activity("Login", "2021-03-10T06:20:44", HOME, FIREFOX, "Zt5w"),
        facebook_activity("Password Change", "2021-03-10T06:22:10", HOME, FIREFOX, "Zt5w"),
    ]
    told = [("You requested a copy of your Facebook information.", "2021-03-09T22:31:55")]
    members = facebook_members("facebook-colleague.example", rows, told)
    archive(ROOT / "evidence" / "facebook-colleague.example.zip", members, at("2021-04-02T10:00:00"))


def linkedin() -> None:
    """The log-ins of LinkedIn's complete export: an address of March, and one that only looks like another of March."""
    logins = [
        (at("2021-01-08T06:00:00") + timedelta(days=8 * week, minutes=DICE.randrange(600)), HOME, FIREFOX)
        for week in range(7)
    ]
    logins += [
        (at("2021-03-07T12:05:40"), READING_ROOM, LIBRARY),
        (at("2021-03-09T22:40:12"), RETURNED, FOREIGN),
        (at("2021-03-10T06:41:30"), HOME, FIREFOX),
    ]
    write(ROOT, "Complete_LinkedInDataExport_04-02-2021/Logins.csv", linkedin_logins(logins))


def x_archive() -> None:
    """The address audit of X: the same returning address, with its source port."""
    rows = [
        ("2021-03-10T06:55:02.311Z", HOME, "51200"),
        ("2021-03-09T22:47:33.902Z", RETURNED, "40911"),
        ("2021-02-21T10:15:48.120Z", MOBILE, "28044"),
        ("2021-01-30T18:02:11.745Z", HOME, "50544"),
    ]
    write(ROOT, "twitter-2021-04-02/data/ip-audit.js", x_ip_audit("1000000002", rows))


def messages() -> None:
    """One code by SMS, in the form of an Android back-up application."""
    seconds = int(at("2021-03-09T22:13:20").timestamp())
    line = (
        f'  <sms protocol="0" address="Facebook" date="{seconds}120" type="1" subject="null"'
        ' body="000000 is your Facebook password reset code" toa="null" sc_toa="null" service_center="null" read="1"'
        f' status="-1" locked="0" date_sent="{seconds}000" sub_id="1" contact_name="(Unknown)" />'
    )
    head = '<smses count="1" backup_set="sample" backup_date="1617350400000" type="full">'
    whole = f"<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n{head}\n{line}\n</smses>\n"
    write(ROOT, "sms-20210402080000.xml", whole.encode())


def main() -> None:
    """Write everything."""
    (ROOT / "evidence").mkdir(parents=True, exist_ok=True)
    facebook()
    linkedin()
    x_archive()
    messages()
    (ROOT / "owner.toml").write_text(OWNER, encoding="utf-8")


if __name__ == "__main__":
    main()
