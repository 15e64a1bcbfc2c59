"""Write the fictional logs of a media site's server (``samples/servers``). Deterministic: run twice, same bytes.

Two days of one small server: many readers at once after a broadcast, then a flood, a scanner, guessed passwords at the
log-in page and over SSH, a list of names tried from many addresses. Everything is invented, as in ``build_samples.py``.
"""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "samples" / "servers"
READERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:76.0) Gecko/20100101 Firefox/76.0",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 13_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        " Version/13.1 Mobile/15E148 Safari/604.1"
    ),
    (
        "Mozilla/5.0 (Linux; Android 9; SM-A505FN) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/81.0.4044.138 Mobile"
        " Safari/537.36"
    ),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/81.0.4044.138 Safari/537.36",
)
TOOL = "python-requests/2.23.0"
EDITOR, GUESSER, SCANNER = "192.0.2.61", "198.51.100.140", "198.51.100.150"
FLOODERS = tuple(f"240.200.0.{last}" for last in range(1, 41))
LISTED = tuple(f"198.51.100.{last}" for last in range(200, 212))
PAGES = ("/", "/news/1204", "/news/1198", "/about", "/news/1187", "/opinion/77", "/feed.xml")
STORY = "/news/1207"
ONWARD = 0.4
"""Share of the readers who go on to another page."""
PROBED = (
    "/.env",
    "/.git/config",
    "/wp-config.php.bak",
    "/phpmyadmin/",
    "/adminer.php",
    "/backup.zip",
    "/server-status",
)
DICE = random.Random(20200601)  # noqa: S311 - a story, not a secret


def at(text: str) -> datetime:
    """Read a UTC time of the story."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def reader() -> str:
    """Return the address of some reader."""
    return f"240.{DICE.randrange(11)}.{DICE.randrange(256)}.{DICE.randrange(1, 255)}"


class AccessLog:
    """Lines of a web server, written in order of time."""

    def __init__(self) -> None:
        """Begin empty."""
        self._lines: list[tuple[datetime, int, str]] = []

    def add(self, moment: datetime, address: str, request: str, status: int, agent: str, source: str = "-") -> None:
        """Add a request."""
        size = DICE.randrange(300, 9000)
        line = f'{address} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "{request}" {status} {size} "{source}" "{agent}"'
        self._lines.append((moment, len(self._lines), line))

    def write(self, path: Path) -> None:
        """Write the log as rotation leaves it."""
        text = "".join(f"{line}\n" for *_, line in sorted(self._lines))
        with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
            packed.write(text.encode())


def web() -> None:
    """Two days of ordinary reading, and what stands out."""
    log = AccessLog()
    for minute in range(2 * 18 * 60):
        day, rest = divmod(minute, 18 * 60)
        start = at("2020-06-01T05:00:00") + timedelta(days=day, minutes=rest)
        for _ in range(DICE.choice((1, 1, 2, 2, 3))):
            moment = start + timedelta(seconds=DICE.randrange(60))
            log.add(moment, reader(), f"GET {DICE.choice(PAGES)} HTTP/1.1", 200, DICE.choice(READERS))
    _crowd(log)
    _flood(log)
    for number, path in enumerate(PROBED):
        log.add(at("2020-06-02T03:12:00") + timedelta(seconds=number), SCANNER, f"GET {path} HTTP/1.1", 404, TOOL)
    for number in range(60):
        moment = at("2020-06-02T09:00:00") + timedelta(seconds=20 * number)
        log.add(moment, GUESSER, "POST /wp-login.php HTTP/1.1", 200, TOOL)
    log.add(at("2020-06-02T09:20:30"), GUESSER, "POST /wp-login.php HTTP/1.1", 302, TOOL)
    log.add(at("2020-06-02T07:30:10"), EDITOR, "POST /wp-login.php HTTP/1.1", 302, READERS[0])
    log.write(ROOT / "evidence" / "access.log.gz")


def _crowd(log: AccessLog) -> None:
    """Readers after a broadcast: one story, and from it to other pages; everybody from somewhere else."""
    for _ in range(900):
        address, agent = reader(), DICE.choice(READERS)
        moment = at("2020-06-01T18:30:00") + timedelta(seconds=int(DICE.triangular(0, 1500, 300)))
        source = DICE.choice(("-", "https://broadcaster.example/", "https://social.example/"))
        log.add(moment, address, f"GET {STORY} HTTP/1.1", DICE.choice((200,) * 12 + (503,)), agent, source)
        if DICE.random() < ONWARD:
            later = moment + timedelta(seconds=DICE.randrange(20, 200))
            log.add(later, address, f"GET {DICE.choice(PAGES)} HTTP/1.1", 200, agent, f"https://media.example{STORY}")


def _flood(log: AccessLog) -> None:
    """Forty machines with one client ask for a search that no cache answers."""
    for address in FLOODERS:
        for _ in range(45):
            moment = at("2020-06-02T18:40:00") + timedelta(seconds=DICE.randrange(900))
            log.add(moment, address, f"GET /?s={DICE.randrange(10**9)} HTTP/1.1", DICE.choice((200, 503, 503)), TOOL)


def ssh() -> None:
    """Guessing at one account until it opens; a list of names from many addresses; the editor who mistypes twice."""
    lines: list[tuple[datetime, str]] = []

    def add(moment: datetime, text: str) -> None:
        lines.append((moment, f"{moment:%Y-%m-%dT%H:%M:%S.%f+00:00} web1 sshd[{DICE.randrange(900, 30_000)}]: {text}"))

    for number in range(40):
        moment = at("2020-06-02T02:10:00") + timedelta(seconds=11 * number, microseconds=DICE.randrange(10**6))
        port = DICE.randrange(1025, 65_000)
        add(moment, f"Failed password for deploy from {GUESSER} port {port} ssh2")
    add(at("2020-06-02T02:19:31.500000"), f"Accepted password for deploy from {GUESSER} port 50122 ssh2")
    for number in range(72):
        moment = at("2020-06-02T12:05:00") + timedelta(seconds=21 * number, microseconds=DICE.randrange(10**6))
        address, port = LISTED[number % len(LISTED)], DICE.randrange(1025, 65_000)
        add(moment, f"Failed password for invalid user reader{number % 36:02d} from {address} port {port} ssh2")
    for seconds in (0, 9):
        moment = at("2020-06-02T07:20:00") + timedelta(seconds=seconds)
        add(moment, f"Failed password for editor from {EDITOR} port 51000 ssh2")
    add(at("2020-06-02T07:20:20"), f"Accepted password for editor from {EDITOR} port 51000 ssh2")
    text = "".join(f"{line}\n" for _, line in sorted(lines))
    (ROOT / "evidence" / "auth.log").write_text(text, encoding="utf-8")


OWNER = """\
# What the editors declare. Fictional.
[owner]
time_zone = "UTC"
addresses = [{ net = "192.0.2.61", from = "2019-01-01", label = "newsroom" }]
notes = "On 1 June 2020 a broadcaster named the site's story in its evening news. All of this is fictional."
"""


def main() -> None:
    """Write everything."""
    (ROOT / "evidence").mkdir(parents=True, exist_ok=True)
    web()
    ssh()
    (ROOT / "owner.toml").write_text(OWNER, encoding="utf-8")


if __name__ == "__main__":
    main()
