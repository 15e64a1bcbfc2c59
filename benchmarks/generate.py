"""Seeded benchmark inputs for every export format: same kind, size and seed, same bytes.

    python benchmarks/generate.py access_log --size 256 access.log
    python benchmarks/generate.py mail --size 16 mail-folder
    python benchmarks/generate.py takeout_zip --size 1024 takeout.zip

Everything is fictional: addresses come from the reserved block 240.0.0.0/4 and from 2001:db8::/32, names from reserved
domains. A few hundred addresses make half of the rows, the rest is spread over a million, as in a flood; one row in a
few thousand is damaged the way real ones are (cut lines, raw bytes, unclosed quotes).
"""

from __future__ import annotations

import argparse
import email.utils
import itertools
import json
import random
import zipfile
from base64 import encodebytes
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SEED = 20200311
START = datetime(2020, 3, 1, tzinfo=UTC)
ADDRESSES = 1_000_000
V6_SHARE = 0.15
DAMAGE = 0.0004

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:73.0) Gecko/20100101 Firefox/73.0",
    "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.130 Safari/537",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 13_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (compatible; crawler/2.1; +http://crawler.example/bot.html)",
    'Mozilla/5.0 \\"Not A;Brand\\" (Windows NT 6.1)',
    "python-requests/2.23.0",
    "curl/7.64.0",
    "-",
)
PATHS = (
    "/",
    "/feed/",
    "/?s=%d",
    "/2020/03/march-%d/",
    "/wp-content/uploads/2020/03/photo-%d.jpg",
    "/search?q=%%D0%%BD%%D0%%BE%%D0%%B2%%D0%%BE%%D1%%81%%D1%%82%%D0%%B8&p=%d",
    "/index.php?id=%d%%27%%20UNION%%20SELECT%%20user_pass%%20FROM%%20wp_users--",
    "/.env",
)
DOORS = ("/wp-login.php", "/xmlrpc.php")


def address(dice: random.Random) -> str:
    """Return an address: half of the time one of a few hundred, else one of a million."""
    number = dice.randrange(300) if dice.random() < 0.5 else dice.randrange(ADDRESSES)  # noqa: PLR2004 - half
    spread = number * 2_654_435_761
    if number % 100 < V6_SHARE * 100:
        return f"2001:db8:{spread >> 16 & 0xFFFF or 1:x}:{spread & 0xFFFF or 1:x}::{number % 9973 + 1:x}"
    value = 0xF0000000 | spread & 0x0FFFFFFF
    return f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"


def moments(dice: random.Random) -> Iterator[datetime]:
    """Yield ascending times, several in a second."""
    now = START
    while True:
        yield now
        now += timedelta(seconds=dice.choice((0, 0, 0, 1)))


def access_log(dice: random.Random) -> Iterator[bytes]:
    """Yield Apache combined lines: readers, crawlers, a flood, password guessing; 8 % with escaped quotes."""
    written = previous = None
    for when in moments(dice):
        if when is not previous:
            written, previous = f"{when:%d/%b/%Y:%H:%M:%S} +0000", when
        who, odd = address(dice), dice.random()
        if odd < DAMAGE:
            yield f"{who} - - [{written}] ".encode() + dice.choice(
                (
                    b'"\\x16\\x03\\x01\\x02" 400 226 "-" "-"\n',
                    b'"-" 408 - "-" "-"\n',
                    b'"GET /tru\n',
                    b'"GET /caf\xe9 HTTP/1.1" 200 12 "-" "caf\xe9 \\"q\\" bot"\n',
                )
            )
            continue
        post = odd < 0.1  # noqa: PLR2004 - share of password guessing
        path = dice.choice(DOORS if post else PATHS)
        path = path % dice.randrange(10**9) if "%" in path else path
        status = dice.choice((200, 200, 200, 200, 304, 403, 404, 503))
        size = "-" if status == 304 else dice.randrange(90_000)  # noqa: PLR2004 - not modified
        referrer = "-" if odd < 0.5 else "https://news.example/"  # noqa: PLR2004 - half
        request = f"{'POST' if post else 'GET'} {path} HTTP/1.1"
        yield f'{who} - - [{written}] "{request}" {status} {size} "{referrer}" "{dice.choice(AGENTS)}"\n'.encode()


def vhost_log(dice: random.Random) -> Iterator[bytes]:
    """Yield the same lines in Debian's ``vhost_combined``."""
    for line in access_log(dice):
        yield dice.choice((b"news.example:443 ", b"archive.news.example:80 ")) + line


def takeout_csv(dice: random.Random) -> Iterator[bytes]:
    """Yield a Google Takeout access log, 13 columns, mostly background synchronisation."""
    yield (
        b"Gaia ID,Activity Timestamp,IP Address,Proxiedhost IP Address,Is Non-routable IP Address,Activity Country,"
        b"Activity Region,Activity City,User Agent String,Product Name,Sub-Product Name,Activity Type,"
        b"Gmail Access Channel\n"
    )
    app = "App : GMAIL_APP. App Version : 6.0.200302. Os : IOS_OS. Os Version : 13.3. Device Type : MOBILE."
    for when in moments(dice):
        kind = dice.choice(("Non User Initiated",) * 8 + ("Other", "Login"))
        agent = dice.choice((app, AGENTS[0], AGENTS[1].replace(",", ";")))
        quoted = f'"{AGENTS[1]}"' if dice.random() < 0.3 else agent  # noqa: PLR2004 - share of quoted cells
        row = f"100000000000000000001,{when:%Y-%m-%d %H:%M:%S} UTC,{address(dice)},,,QZ,,"
        row += f"Capital,{quoted},Gmail,,{kind},\n"
        yield (row if dice.random() > DAMAGE else row.replace("Gmail", '"Gmail')).encode()


def _listed(head: bytes, records: Iterator[Mapping[str, object]]) -> Iterator[bytes]:
    """Write a JSON list without its end, which ``TAILS`` holds."""
    yield head
    comma = b""
    for record in records:
        yield comma + json.dumps(record, indent=2).encode()
        comma = b",\n"


def facebook_json(dice: random.Random) -> Iterator[bytes]:
    """Yield a Facebook account activity file (2021 layout), with mojibake escapes."""
    city = "Bak\u0131".encode().decode("latin-1")
    records = (
        {
            "action": dice.choice(("Session updated", "Login", "Web Session Terminated")),
            "timestamp": int(when.timestamp()),
            "ip_address": address(dice),
            "user_agent": AGENTS[dice.randrange(4)],
            "datr_cookie": f"{dice.choice(('Qx7k', '4VrW', 'a8Zp'))}********************",
            "city": city,
            "region": "Capital",
            "country": "QZ",
            "site_name": "facebook.com",
        }
        for when in moments(dice)
    )
    return _listed(b'{\n"account_activity_v2": [\n', records)


def facebook_own_json(dice: random.Random) -> Iterator[bytes]:
    """Yield the same with a cookie and a port of its own in every record, as nothing repeats itself but the rest."""
    records = (
        {
            "action": dice.choice(("Session updated", "Login", "Web Session Terminated", "Login failed")),
            "timestamp": int(when.timestamp()),
            "ip_address": address(dice),
            "port": dice.randrange(1_024, 65_536),
            "user_agent": AGENTS[dice.randrange(4)],
            "datr_cookie": f"{dice.randrange(1 << 30):08x}****************",
            "city": dice.choice(("Bak\u0131", "Gəncə")).encode().decode("latin-1"),
            "country": "QZ",
            "site_name": "facebook.com",
        }
        for when in moments(dice)
    )
    return _listed(b'{\n"account_activity_v2": [\n', records)


def instagram_json(dice: random.Random) -> Iterator[bytes]:
    """Yield an Instagram login history (2023 layout, Korean labels as a Korean account has them)."""
    labels = [
        word.encode().decode("latin-1") for word in ("쿠키 이름", "IP 주소", "언어 코드", "시간", "사용자 에이전트")
    ]
    agent = "Instagram 300.0.0.29.110 Android (33/13; 420dpi; 1080x2194; samsung; SM-G991B; o1s; exynos2100; ko_KR)"
    records = (
        {
            "title": f"{when:%Y-%m-%dT%H:%M:%S}+00:00",
            "string_map_data": {
                labels[0]: {"value": "*" * 24 + dice.choice(("Qx7", "4Vr")), "timestamp": 0},
                labels[1]: {"value": address(dice), "timestamp": 0},
                labels[2]: {"value": "ko", "timestamp": 0},
                labels[3]: {"value": "", "timestamp": int(when.timestamp())},
                labels[4]: {"value": agent, "timestamp": 0},
            },
        }
        for when in moments(dice)
    )
    return _listed(b'{\n"account_history_login_history": [\n', records)


def telegram_json(dice: random.Random) -> Iterator[bytes]:
    """Yield a Telegram Desktop export with many sessions, by clients that write ``*_unixtime``."""
    records = (
        {
            "last_active": f"{when:%Y-%m-%dT%H:%M:%S}",
            "last_active_unixtime": str(int(when.timestamp())),
            "last_ip": address(dice),
            "last_country": "Samplia",
            "last_region": "Capital",
            "application_name": dice.choice(("Telegram Desktop", "Telegram iOS")),
            "application_version": "8.8.2",
            "device_model": dice.choice(("Desktop", "iPhone 11")),
            "platform": "iOS",
            "system_version": "15.5",
            "created": f"{when:%Y-%m-%dT%H:%M:%S}",
            "created_unixtime": str(int(when.timestamp()) - 86_400),
        }
        for when in moments(dice)
    )
    head = (
        b'{\n"about": "Fictional sample.",\n"personal_information": {"user_id": 1000000000, "first_name": "Editor"},\n'
    )
    return _listed(head + b'"sessions": {"about": "Sessions", "list": [\n', records)


def sms_xml(dice: random.Random) -> Iterator[bytes]:
    """Yield an SMS Backup & Restore file: codes, chatter, emoji as surrogate halves as older versions wrote them."""
    head = b"<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n"
    yield head + b'<smses count="0" backup_set="sample">\n'
    for when in moments(dice):
        code = f"{dice.randrange(1000):03d}-{dice.randrange(1000):03d}"
        sender, body = dice.choice(
            (
                ("Google", f"G-{code[:3]}{code[4:]} is your verification code."),
                ("Telegram", f"Telegram code {code}"),
                ("+00000000001", "See you at the march &#55357;&#56838;"),
                ("Facebook", f"{code} is your code &amp; link"),
            )
        )
        stamp = int(when.timestamp()) * 1000
        yield (
            f'  <sms protocol="0" address="{sender}" date="{stamp}" type="1" subject="null" body="{body}" toa="null" '
            f'sc_toa="null" service_center="null" read="1" status="-1" locked="0" '
            f'date_sent="{stamp - 2000}" sub_id="1" '
            f'readable_date="{when:%b %d, %Y %H:%M:%S}" contact_name="(Unknown)" />\n'
        ).encode()


def message(dice: random.Random, number: int, when: datetime) -> bytes:
    """Return one e-mail with three hops, authentication results and now and then an attachment."""
    stamp, client = email.utils.format_datetime(when), address(dice)
    host = f"mail{number % 7}.example.org"
    lines = [
        "Delivered-To: editor@mail.example",
        f"Received: by 2001:db8::19 with SMTP id x{number}; {stamp}",
        f"Received: from {host} ({host} [{address(dice)}]) by mx.mail.example with ESMTPS id {number}; {stamp}",
        "Authentication-Results: mx.mail.example; dkim=pass header.i=@example.org; spf=pass smtp.mailfrom=example.org",
        f"Received: from [{client}] (client.example [{client}]) by {host} (Postfix) with ESMTPSA id A{number}; {stamp}",
        f"Date: {stamp}",
        "From: A colleague <colleague@example.org>",
        "To: The editor <editor@mail.example>",
        f"Subject: March {number}",
        f"Message-ID: <{number}@example.org>",
        f"X-Originating-IP: [{client}]",
        "MIME-Version: 1.0",
    ]
    text = "Fictional text of a sample message.\r\n" * dice.randrange(5, 200)
    if dice.random() < 0.12:  # noqa: PLR2004 - share of messages with an attachment
        body = encodebytes(dice.randbytes(dice.randrange(20_000, 200_000))).decode().replace("\n", "\r\n")
        lines.append('Content-Type: multipart/mixed; boundary="edge"')
        text = f"--edge\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--edge\r\nContent-Type: application/pdf\r\n"
        text += f"Content-Transfer-Encoding: base64\r\n\r\n{body}--edge--\r\n"
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


def searches(dice: random.Random) -> Iterator[bytes]:
    """Yield a page of My Activity, one card for each search."""
    card, cell = "outer-cell mdl-cell mdl-cell--12-col mdl-shadow--2dp", "mdl-cell mdl-cell--6-col"
    yield b'<html><body><div class="mdl-grid">'
    for when in moments(dice):
        words = f"{dice.getrandbits(64):x}"
        clock = f"{when:%b} {when.day}, {when.year}, {when.hour % 12 or 12}:{when:%M:%S %p} UTC"
        yield (
            f'<div class="{card}"><div class="mdl-grid"><div class="header-cell mdl-cell mdl-cell--12-col">'
            f'<p class="mdl-typography--title">Search<br></p></div><div class="content-cell {cell} mdl-typography--body-1">'
            f'Searched for\u00a0<a href="https://www.google.com/search?q={words}">{words}</a><br>{clock}<br></div>'
            f'<div class="content-cell {cell} mdl-typography--body-1 mdl-typography--text-right"></div>'
            f'<div class="content-cell mdl-cell mdl-cell--12-col mdl-typography--caption"><b>Products:</b><br>&emsp;Search'
            "<br></div></div></div>\n"
        ).encode()


def takeout_zip(target: Path, size: int, dice: random.Random) -> None:
    """Write a Takeout archive: photos and their side files (12 of 16 parts), a page of searches, millions of accesses."""
    folder = "Takeout/Google Photos/Photos from 2020"
    with target.open("wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in itertools.count():
            if archive.start_dir >= size * 12 // 16:
                break
            photo = zipfile.ZipInfo(f"{folder}/IMG_{number:05d}.jpg", (2020, 3, 1, 0, 0, 0))
            archive.writestr(photo, b"\xff\xd8\xff\xe0" + dice.randbytes(dice.randrange(300_000, 6_000_000)))
            beside = {"title": f"IMG_{number:05d}.jpg", "photoTakenTime": {"timestamp": str(1_583_020_800 + number)}}
            _add(archive, stream, f"{folder}/IMG_{number:05d}.jpg.json", [json.dumps(beside).encode()], size)
        page = itertools.islice(searches(dice), 20_000)
        _add(archive, stream, "Takeout/My Activity/Search/MyActivity.html", page, size)
        log = "Takeout/Access Log Activity/Activities - A list of Google services accessed by.csv"
        _add(archive, stream, log, takeout_csv(dice), size)


def _add(archive: zipfile.ZipFile, stream: IO[bytes], name: str, pieces: Iterable[bytes], end: int) -> None:
    """Add a member of these pieces, or of as many as there is room for."""
    info = zipfile.ZipInfo(name, (2020, 3, 12, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w", force_zip64=True) as member:
        rest = iter(pieces)
        while group := [*itertools.islice(rest, 4_096)]:
            member.write(b"".join(group))
            if stream.tell() >= end:
                break


FILES: dict[str, Callable[[random.Random], Iterator[bytes]]] = {
    "access_log": access_log,
    "vhost_log": vhost_log,
    "takeout_csv": takeout_csv,
    "facebook_json": facebook_json,
    "facebook_own_json": facebook_own_json,
    "instagram_json": instagram_json,
    "telegram_json": telegram_json,
    "sms_xml": sms_xml,
}
TAILS = {
    "facebook_json": b"\n]\n}\n",
    "facebook_own_json": b"\n]\n}\n",
    "instagram_json": b"\n]\n}\n",
    "telegram_json": b"\n]}\n}\n",
    "sms_xml": b"</smses>\n",
}
KINDS = (*FILES, "mail", "takeout_zip")


def write(kind: str, target: Path, size: int, seed: int = SEED) -> None:
    """Write about ``size`` bytes of a kind: a file, or for ``mail`` a folder of messages."""
    dice = random.Random(f"{kind}/{seed}")
    if kind == "takeout_zip":
        takeout_zip(target, size, dice)
        return
    if kind == "mail":
        target.mkdir(parents=True)
        for number, when in zip(itertools.count(), moments(dice), strict=False):
            if size <= 0:
                return
            found = message(dice, number, when)
            (target / f"{number:06d}.eml").write_bytes(found)
            size -= len(found)
    with target.open("wb") as stream:
        for piece in FILES[kind](dice):
            stream.write(piece)
            if stream.tell() >= size:
                break
        stream.write(TAILS.get(kind, b""))


def main() -> None:
    """Write one input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("target", type=Path)
    parser.add_argument("--size", type=int, default=64, help="size in MB (default 64)")
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    write(chosen.kind, chosen.target, chosen.size << 20, chosen.seed)


if __name__ == "__main__":
    main()
