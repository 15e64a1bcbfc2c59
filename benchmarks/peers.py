"""What we are compared with: for each kind of input, the reader that a person would write or install first.

A peer does less than we do (no places, no ids, no rejections, no table): it reads every row and counts by address.
"""

from __future__ import annotations

import csv
import email
import io
import json
import re
import shutil
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINE = re.compile(
    rb'(\S+) \S+ \S+ \[([^\]]+)\] "([^"\\]*(?:\\.[^"\\]*)*)" (\d{3}) (\d+|-) "([^"\\]*(?:\\.[^"\\]*)*)" '
    rb'"([^"\\]*(?:\\.[^"\\]*)*)"'
)


def gawk(path: Path) -> int:
    """Count by the first word and nothing else."""
    program = "{c[$1]++} END{print NR}"
    done = subprocess.run(["gawk", "-b", program, path], check=True, capture_output=True)
    return int(done.stdout)


def regex(path: Path) -> int:
    """Match one regular expression, line by line."""
    rows, count = 0, Counter[bytes]()
    with path.open("rb") as stream:
        for line in stream:
            match = LINE.search(line)
            if match:
                rows += 1
                count[match[1]] += 1
    return rows


def dict_reader(path: Path) -> int:
    """Read with ``csv.DictReader``."""
    count = Counter[str]()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            count[row["IP Address"] or ""] += 1
    return count.total()


def json_load(path: Path) -> int:
    """Load the whole document and look at every record."""
    with path.open("rb") as stream:
        document: Any = json.load(stream)
    count = Counter[str]()
    records = document["sessions"]["list"] if "sessions" in document else document["account_activity_v2"]
    for record in records:
        count[record.get("last_ip") or record["ip_address"]] += 1
    return count.total()


def iterparse(path: Path) -> int:
    """Read with ``ElementTree.iterparse``; it stops at surrogate halves, so they are taken out first, in memory."""
    text = re.sub(rb"&#5\d{4};", b"", path.read_bytes())
    count = Counter[str]()
    for _, element in ET.iterparse(io.BytesIO(text)):  # noqa: S314 - see the import
        if element.tag == "sms":
            count[element.get("address", "")] += 1
        element.clear()
    return count.total()


def email_parser(path: Path) -> int:
    """Parse every message with the standard library and read its trace headers."""
    rows = 0
    for file in sorted(path.iterdir()):
        message = email.message_from_bytes(file.read_bytes())
        rows += bool(message.get_all("Received"))
    return rows


_LOGS: dict[str, Callable[[Path], int]] = {"Python regex": regex}
if shutil.which("gawk"):
    _LOGS = {"gawk '{c[$1]++}'": gawk, **_LOGS}

PEERS: dict[str, dict[str, Callable[[Path], int]]] = {
    "access_log": _LOGS,
    "vhost_log": _LOGS,
    "takeout_csv": {"csv.DictReader": dict_reader},
    "facebook_json": {"json.load": json_load},
    "telegram_json": {"json.load": json_load},
    "sms_xml": {"ElementTree": iterparse},
    "mail": {"email parser": email_parser},
}
