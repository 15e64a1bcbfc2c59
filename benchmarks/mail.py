"""Mails per second on one mailbox file: ours through the real driver, mail-parser, and the standard library.

    python benchmarks/mail.py [--size MB] [--attached SHARE] [--rounds N] [--peer-python PYTHON] [--json]

Every measurement is a process of its own; rounds are interleaved (ours, mail-parser, standard library, ours, ...), the
median counts. Seconds are processor time: other work on the machine counts less. ``--peer-python`` is an interpreter
that has mail-parser (``pip install mail-parser`` in an environment of its own: it is no dependency of ours); without it
the peer is skipped, visibly. The peers get each message cut out by one ``bytes.split``, so that their time is parsing
alone; ours includes recognising, cutting, rows and the table. Cutting alone, with the SHA-256 of the file in the same
pass, stands beside ``openssl dgst``. Ratios are the result, seconds are illustration.
"""

from __future__ import annotations

import argparse
import base64
import email.utils
import hashlib
import io
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from itertools import cycle
from pathlib import Path
from typing import BinaryIO, cast

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent.parent))

DIGESTED = 8 << 20
"""Bytes that are handed to the digesting thread at once: it needs Python's lock in between."""
OURS, PARSER, STANDARD = "ours", "mail-parser", "email.message_from_bytes"
TEXT = "the of election source document meeting journalist report evidence правда police court data from"

PEER = """
import json, sys, time, resource
data = open(sys.argv[2], "rb").read()
messages = [("From " + "x\\n").encode() + part for part in data[5:].split(b"\\n\\nFrom ")] if data else []
messages = [part.split(b"\\n", 2)[2] for part in messages]
if sys.argv[1] == "mail-parser":
    import mailparser
    def read(message):
        found = mailparser.parse_from_bytes(message)
        return len(found.received) + 1
else:
    import email
    def read(message):
        return len(email.message_from_bytes(message).get_all("Received") or ()) + 1
read(messages[0])
start = time.process_time()
rows = sum(read(message) for message in messages)
seconds = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
print(json.dumps({"seconds": seconds, "mails": len(messages), "rows": rows, "rss": peak}))
"""


def message(dice: random.Random, number: int, when: int, attached: float) -> str:
    """Return one message as Google exports it: four hops, results, signatures, a body of two parts, maybe a file."""
    stamp, mark = email.utils.formatdate(when), f"{dice.getrandbits(60):x}"
    one, two = (f"198.51.{dice.randrange(256)}.{dice.randrange(256)}" for _ in range(2))
    words = TEXT.split()
    sealed = base64.b64encode(dice.randbytes(256)).decode()
    text = "\n".join(" ".join(dice.choices(words, k=12)) for _ in range(dice.randrange(10, 60)))
    head = [
        f"From {dice.getrandbits(62)}@xxx {time.strftime('%a %b %d %H:%M:%S +0000 %Y', time.gmtime(when))}",
        f"X-GM-THRID: {dice.getrandbits(60)}",
        "X-Gmail-Labels: =?UTF-8?Q?Posteingang,Ge=C3=B6ffnet?=",
        "Delivered-To: editor@gmail.com",
        f"Received: by 2002:a05:6214:1::2 with SMTP id {mark}csp1;\n        {stamp}",
        f"X-Received: by 2002:a17:90b:1::2 with SMTP id {mark}mr2;\n        {stamp}",
        f"ARC-Seal: i=1; a=rsa-sha256; t={when}; cv=none;\n        d=google.com; s=arc-20160816;\n        b={sealed}",
        "ARC-Authentication-Results: i=1; mx.google.com;\n       dkim=pass header.i=@sender.example header.s=s1",
        "Return-Path: <bounce@sender.example>",
        (
            f"Received: from m{number % 99}.sender.example (m.sender.example. [{one}])\n        by mx.google.com with ESMTPS"
            f" id {mark}\n        for <editor@gmail.com>\n        (version=TLS1_3 cipher=X bits=256/256);\n        {stamp}"
        ),
        (
            "Authentication-Results: mx.google.com;\n       dkim=pass header.i=@sender.example header.s=s1;\n"
            "       dmarc=pass (p=REJECT) header.from=sender.example"
        ),
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=sender.example; s=s1;\n h=From:To:Subject;\n b={sealed}",
        f"Received: from relay (unknown [{two}]) by m.sender.example (Postfix) with ESMTPSA id {number:X};\n        {stamp}",
        f"From: =?UTF-8?B?0KDQtdC00LDQutGG0LjRjw==?= <sender{dice.randrange(500)}@sender.example>",
        "To: editor@gmail.com",
        f"Subject: =?utf-8?Q?Re:_caf=C3=A9_{number}?=",
        f"Date: {stamp}",
        f"Message-ID: <{mark}@sender.example>",
        'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b"',
    ]
    html = "<p>" + text.replace("\n", "</p>\n<p>") + "</p>"
    parts = f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n--b\nContent-Type: text/html\n\n{html}\n--b"
    if dice.random() < attached:
        file = base64.encodebytes(dice.randbytes(int(20_000 * 10 ** (dice.random() * 2.2)))).decode()
        parts += f"\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n{file}--b"
    parts += "--\n\n"
    return "\n".join(head) + "\n\n" + parts


def write(path: Path, size: int, attached: float) -> None:
    """Write a mailbox of about ``size`` bytes; that share of its messages has a file of 20 kB to 3 MB."""
    dice = random.Random(20_240_501)
    written = number = 0
    with path.open("wb") as stream:
        while written < size:
            number += 1
            written += stream.write(message(dice, number, 1_600_000_000 + 600 * number, attached).encode())


def ours(path: Path) -> dict[str, float]:
    """Read the mailbox through the driver and keep nothing."""
    from benchmarks.ingest import _Forgetful, _warm, evidences
    from forensics.ingest import all_formats
    from forensics.ingest.driver import read_member

    with tempfile.TemporaryDirectory() as folder:
        _warm(path, Path(folder))
    known = all_formats()
    start = time.process_time()
    rows = sum(read_member(evidence, known, _Forgetful()).rows for evidence in evidences(path))
    seconds = time.process_time() - start
    return {"seconds": seconds, "rows": rows, "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}


class _Hashed:
    """A stream whose bytes are digested by another thread while they are looked at; the digest holds no lock of Python's.

    What is read is gone with the next but one block: ``pieces`` copies it.
    """

    def __init__(self, stream: FileIO, thread: ThreadPoolExecutor) -> None:
        self.stream, self.digest, self.thread = stream, hashlib.sha256(), thread
        self.busy = thread.submit(self.digest.update, b"")
        self.blocks = cycle((bytearray(DIGESTED), bytearray(DIGESTED)))
        self.block, self.at = memoryview(b""), 0

    def read(self, size: int) -> memoryview:
        """Read a part of a block that is digested meanwhile."""
        if self.at >= len(self.block):
            block = next(self.blocks)
            data = memoryview(block)[: self.stream.readinto(block)]
            self.busy.result()
            self.busy = self.thread.submit(self.digest.update, data)
            self.block, self.at = data, 0
        found = self.block[self.at : self.at + size]
        self.at += len(found)
        return found


def scan(path: Path) -> dict[str, float]:
    """Cut the mailbox into messages and digest it in the same pass, without looking into any message."""
    from forensics.ingest.mail_mailbox import pieces

    list(pieces(io.BytesIO(b"From ")))  # what it loads is not measured
    start, wall = time.process_time(), time.perf_counter()
    with path.open("rb", buffering=0) as stream, ThreadPoolExecutor(1) as thread:
        hashed = _Hashed(stream, thread)
        mails = sum(1 for _ in pieces(cast("BinaryIO", hashed)))
        hashed.busy.result()
        hashed.digest.hexdigest()
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return {"seconds": seconds, "wall": wall, "mails": mails, "rss": peak}


def openssl(path: Path) -> dict[str, float]:
    """Digest it with ``openssl dgst -sha256``: the least that a scan with its digest can take."""
    wall = time.perf_counter()
    subprocess.run(["openssl", "dgst", "-sha256", str(path)], check=True, capture_output=True)
    wall = time.perf_counter() - wall
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": used.ru_utime + used.ru_stime, "wall": wall, "mails": 0, "rss": used.ru_maxrss >> 10}


def scans(path: Path, rounds: int) -> None:
    """Measure the scan beside the digest alone, and print both."""
    runs: dict[str, list[dict[str, float]]] = {"--scan": [], "--openssl": []}
    for _ in range(rounds):
        for name, found in runs.items():
            done = subprocess.run([sys.executable, str(HERE), name, str(path)], check=True, stdout=subprocess.PIPE)
            found.append(json.loads(done.stdout))
    for unit, what in (("wall", "wall s"), ("seconds", "processor s")):
        ours_, theirs = (statistics.median(run[unit] for run in runs[name]) for name in ("--scan", "--openssl"))
        peak = max(run["rss"] for run in runs["--scan"])
        both = f"scan + SHA-256 {ours_:8.3f}, openssl dgst -sha256 {theirs:8.3f}"
        print(f"{both} {what}: {ours_ / theirs:.2f}x, {peak:.0f} MB")


def contend(name: str, path: Path, peer_python: str) -> dict[str, float]:
    """Run one contender once in a process of its own."""
    command = (
        [sys.executable, str(HERE), "--contend", str(path)]
        if name == OURS
        else [peer_python, "-c", PEER, name, str(path)]
    )
    done = subprocess.run(  # mail-parser complains about every file on stderr
        command,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def has_parser(python: str) -> bool:
    """Whether the interpreter can import mail-parser."""
    return subprocess.run([python, "-c", "import mailparser"], check=False, capture_output=True).returncode == 0


def main() -> None:
    """Measure and print."""
    alone = {"--contend": ours, "--scan": scan, "--openssl": openssl}.get(sys.argv[1] if sys.argv[1:] else "")
    if alone is not None:
        print(json.dumps(alone(Path(sys.argv[2]))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=32, help="MB of the mailbox (default 32)")
    parser.add_argument("--attached", type=float, default=0.12, help="share of messages with a file (default 0.12)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-python", default=sys.executable, help="an interpreter with mail-parser")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    names = [OURS, PARSER, STANDARD]
    if not has_parser(chosen.peer_python):
        names.remove(PARSER)
        print(
            f"{PARSER}: skipped, {Path(chosen.peer_python).name} cannot import it (see --peer-python)", file=sys.stderr
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mail.mbox"
        write(path, chosen.size << 20, chosen.attached)
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for _ in range(max(chosen.rounds, 3)):
            for name, found in runs.items():
                found.append(contend(name, path, chosen.peer_python))
        if not chosen.json:
            scans(path, max(chosen.rounds, 3))
        megabytes = path.stat().st_size / 1e6
    mails = runs[STANDARD][0]["mails"]
    seconds = {name: statistics.median(run["seconds"] for run in found) for name, found in runs.items()}
    rss = {name: max(run["rss"] for run in found) for name, found in runs.items()}
    if chosen.json:
        rows = {name: found[0]["rows"] for name, found in runs.items()}
        print(json.dumps({"megabytes": megabytes, "mails": mails, "rows": rows, "seconds": seconds, "rss_mb": rss}))
        return
    for name in names:
        speed = f"{mails / seconds[name]:10,.0f} mails/s {megabytes / seconds[name]:7.1f} MB/s {rss[name]:5.0f} MB"
        ratio = "" if name == OURS else f"   peer time / ours: {seconds[name] / seconds[OURS]:.2f}x"
        print(f"{name:26} {seconds[name]:8.3f} s {speed}{ratio}")


if __name__ == "__main__":
    main()
