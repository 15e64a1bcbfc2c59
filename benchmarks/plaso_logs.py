"""Rows per second of processor time on system and web logs: our whole row and bulk lanes against plaso's log2timeline.

    python benchmarks/plaso_logs.py [--lines N] [--rounds N] [--log2timeline PROGRAM] [--json]

Both are started as programs, interleaved, and the median of user and system time of the process and its children counts
(plaso works in several processes). Ours is ``forensics analyze`` whole: hashing, reading, judging, sealing, report. plaso
is told the parser, so that it tries no other, and neither hashes nor sorts. It is no dependency of ours (``pip install
plaso`` in an environment of its own); without the program the peer is skipped, visibly. Events found by each are printed:
a peer that loses rows is faster by them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve()
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64)", r"Mozilla/5.0 \"quoted\" Safari/537.36", "curl/8.5.0")
PARSERS = {"auth.log": "text/syslog", "access.log": "text/apache_access"}


def lines(kind: str, count: int) -> str:
    """Make a log: system lines with ISO times, or combined access lines of which a third hold escaped quotes."""
    dice = random.Random(f"{kind}{count}")
    made = []
    for number in range(count):
        address, clock = (
            f"198.51.100.{dice.randrange(254)}",
            f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}",
        )
        if kind == "auth.log":
            word = dice.choice(("Failed", "Failed", "Accepted"))
            made.append(
                f"2020-03-11T{clock}.{number % 10**6:06}+04:00 host sshd[{number % 30_000}]: {word} password for editor"
                f" from {address} port {dice.randrange(1024, 65_535)} ssh2"
            )
        else:
            agent = dice.choice(AGENTS) if number else AGENTS[0]  # plaso judges a file by its first line
            made.append(
                f'{address} - - [11/Mar/2020:{clock} +0400] "GET /{number} HTTP/1.1" 200 {number} "-" "{agent}"'
            )
    return "\n".join([*made, ""])


def ours(log: Path, folder: Path) -> tuple[float, int]:
    """Analyse the log; return processor seconds and events."""
    words = [sys.executable, "-m", "forensics", "analyze", str(log), "--case", str(folder / "case"), "--json"]
    seconds, out = timed(words, {"PYTHONPATH": str(HERE.parent.parent), "FORENSICS_HOME": str(folder)})
    return seconds, int(json.loads(out)["coverage"]["events"])


def plaso(program: str, log: Path, folder: Path) -> tuple[float, int]:
    """Let plaso read the log; return processor seconds and events (counted by its own pinfo)."""
    store = folder / "store.plaso"
    words = [program, "--status-view", "none", "--parsers", PARSERS[log.name], "--hashers", "none", "--workers", "2"]
    words += ["-u", "--logfile", str(folder / "plaso.log"), "--storage-file", str(store), str(log)]
    seconds, _ = timed(words, {})
    told = subprocess.run(
        [str(Path(program).with_name("pinfo")), str(store)], capture_output=True, text=True, check=False
    )
    found = re.findall(r"Total\s*:\s*(\d+)", told.stdout)
    return seconds, max(map(int, found), default=0)


def timed(words: list[str], more: dict[str, str]) -> tuple[float, str]:
    """Run a program to its end; return the processor seconds of it and its children, and what it printed."""
    with tempfile.TemporaryFile("w+") as out:
        started = subprocess.Popen(words, stdout=out, stderr=subprocess.DEVNULL, env={**os.environ, **more})
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return used.ru_utime + used.ru_stime, out.read()


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=20_000)
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--log2timeline", default=shutil.which("log2timeline") or "")
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()
    for kind in PARSERS:
        with tempfile.TemporaryDirectory() as name:
            log = Path(name) / kind
            log.write_text(lines(kind, asked.lines))
            found: dict[str, list[tuple[float, int]]] = {"ours": [], "plaso": []}
            for number in range(asked.rounds):
                for who, results in found.items():
                    folder = Path(name) / f"{who}{number}"
                    folder.mkdir()
                    if who == "ours":
                        results.append(ours(log, folder))
                    elif asked.log2timeline:
                        results.append(plaso(asked.log2timeline, log, folder))
            tell(kind, asked.lines, found, as_json=asked.json)


def tell(kind: str, count: int, found: dict[str, list[tuple[float, int]]], *, as_json: bool) -> None:
    """Print the medians and their ratio."""
    seconds = {who: statistics.median(item[0] for item in results) for who, results in found.items() if results}
    events = {who: results[0][1] for who, results in found.items() if results}
    row = {"log": kind, "lines": count, "cpu_seconds": seconds, "events": events}
    if "plaso" in seconds:
        row["plaso_by_ours"] = round(seconds["plaso"] / seconds["ours"], 1)
    else:
        row["skipped"] = "plaso is not installed (log2timeline)"
    print(json.dumps(row) if as_json else "  ".join(f"{key}={value}" for key, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
