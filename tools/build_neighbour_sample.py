"""Write the fictional case of the neighbour (``samples/neighbour``): a hard negative. Deterministic.

The archivist logs in from a public reading room whose lines hang on the State data centre, the network of the registry's
set SR-1, and forgets to declare it. Nothing was attacked. An address a few doors from recorded ones, and another one
elsewhere in the same network, must not become more than their network allows. Everything is invented.
"""

from __future__ import annotations

import random
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.export_shapes import at, linkedin_logins, write, x_ip_audit

ROOT = Path(__file__).resolve().parents[1] / "samples" / "neighbour"
HOME, READING_ROOM, BRANCH = "192.0.2.61", "203.0.113.200", "240.10.230.77"
"""Her line at home; the reading room, in the /24 of fourteen recorded addresses; its branch, in the same AS only."""
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:75.0) Gecko/20100101 Firefox/75.0"
TERMINAL = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/72.0.3626.121 Safari/537.36"
DICE = random.Random(20200518)  # noqa: S311 - a story, not a secret
OWNER = """\
# What the archivist declares. Fictional. She forgot the reading room where she works on some days.
[owner]
time_zone = "Asia/Baku"
clean_windows = [["2020-03-01", "2020-05-10"]]
addresses = [{ net = "192.0.2.61", from = "2019-01-01", label = "home" }]
devices = []
notes = "The archivist asked whether anybody else was in her accounts. Nobody was. All is fictional."

[owner.accounts]
linkedin = "archivist@mail.example"
x = "1000000003"
"""


def linkedin() -> None:
    """The log-ins of LinkedIn's complete export: nine weeks at home, one day in the reading room."""
    logins = [
        (at("2020-03-03T06:00:00") + timedelta(days=7 * week, minutes=DICE.randrange(600)), HOME, FIREFOX)
        for week in range(11)
    ]
    logins += [
        (at("2020-05-18T09:12:27"), READING_ROOM, TERMINAL),
        (at("2020-05-18T13:40:03"), READING_ROOM, TERMINAL),
    ]
    write(ROOT, "Complete_LinkedInDataExport_06-01-2020/Logins.csv", linkedin_logins(logins))


def x_archive() -> None:
    """The address audit of X: home, the reading room, and its branch in another town."""
    rows = [
        ("2020-05-25T10:31:44.207Z", BRANCH, "38112"),
        ("2020-05-18T10:02:19.630Z", READING_ROOM, "52307"),
        ("2020-05-06T17:55:08.014Z", HOME, "49844"),
        ("2020-04-11T18:20:51.990Z", HOME, "50211"),
        ("2020-03-19T16:44:37.128Z", HOME, "51907"),
    ]
    write(ROOT, "twitter-2020-06-01/data/ip-audit.js", x_ip_audit("1000000003", rows))


def main() -> None:
    """Write everything."""
    (ROOT / "evidence").mkdir(parents=True, exist_ok=True)
    linkedin()
    x_archive()
    (ROOT / "owner.toml").write_text(OWNER, encoding="utf-8")


if __name__ == "__main__":
    main()
