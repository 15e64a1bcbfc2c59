"""What we are compared with: for each kind of input, the reader that a person would write or install first.

A peer does less than we do (no places, no ids, no rejections, no table): it reads every row and counts by address.
"""

from __future__ import annotations

import csv
import email
import html
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import types
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def duckdb_csv(path: Path) -> int:
    """Let DuckDB read the words of every line and count by the first; it leaves out lines that it cannot read.

    In its strict mode two threads leave out most lines of a log with escaped quotes, and say nothing.
    """
    options = (
        "delim=' ', quote='\"', escape='\\', header=false, auto_detect=false, ignore_errors=true, null_padding=false, "
        "strict_mode=false, columns={" + ", ".join(f"'c{number}': 'VARCHAR'" for number in range(10)) + "}"
    )
    counted = f"SELECT c0, count(*) AS n FROM read_csv(?, {options}) GROUP BY c0"  # noqa: S608 - constants only
    found = duckdb.connect().execute(f"SELECT sum(n) FROM ({counted})", [str(path)]).fetchone()  # noqa: S608 - as above
    return int(found[0]) if found else 0


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
    if "account_history_login_history" in document:
        return sum("string_map_data" in record for record in document["account_history_login_history"])
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


RLEAPP = os.environ.get("RLEAPP", "")
"""A checkout of github.com/abrignoni/RLEAPP (MIT licence), whose modules are measured; nothing of it is kept here."""

_MODULES = {
    "takeout_csv": ("takeoutAccessLogActivities", "Activities - A list of Google services accessed by.csv"),
}
"""Kind -> the function that reads it there, and the name that it expects the file to have."""


def rleapp(kind: str, path: Path) -> int:
    """Run a module of RLEAPP on the file: its reading alone, without the tables and pages that it writes afterwards."""
    name, wanted = _MODULES[kind]
    source = next(
        (file for file in sorted(Path(RLEAPP).glob("scripts/artifacts/*.py")) if f"def {name}(" in file.read_text()),
        None,
    )
    if source is None:
        message = f"no {name} in {RLEAPP}/scripts/artifacts"
        raise FileNotFoundError(message)
    helpers = types.ModuleType("scripts.ilapfuncs")
    helpers.__getattr__ = lambda _name: lambda first=None, *_, **__: first  # type: ignore[method-assign]
    sys.modules["scripts"], sys.modules["scripts.ilapfuncs"] = types.ModuleType("scripts"), helpers
    scope: dict[str, Any] = {"__name__": name}
    exec(compile(source.read_text(), source.name, "exec"), scope)  # noqa: S102 - the checkout that the user names
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / wanted
        link.symlink_to(path.resolve())
        context = types.SimpleNamespace(
            get_files_found=lambda: [str(link)],
            get_report_folder=lambda: folder,
            get_relative_path=lambda found: found,
        )
        _, rows, _ = scope[name](context)
    return len(rows)


def rleapp_calls(path: Path, *, page: bool = True) -> int:
    """Do with every row of an access log what a whole run of RLEAPP does with it, by the same calls; nothing of its code.

    ``csv.reader`` and ``fromisoformat``; the address, the time line and the row itself into SQLite; a line of TSV; with
    ``page`` a row of HTML (its versions of late 2026 write none for more than 50,000 rows).
    """
    with path.open(encoding="utf-8") as stream:
        header, *records = csv.reader(stream)
        rows = [(_moment(cells[1]), *cells[2:], cells[0]) for cells in records if len(cells) == len(header)]
    return _kept(path.name, header, rows, ("addresses", "timeline", "rows"), page=page)


def rleapp_logins(path: Path, *, page: bool = True) -> int:
    """Do the same with every record of an Instagram login history: ``json.load``, five values, the local time as text.

    Its module writes no list of addresses and no rows of its own: the time line into SQLite, TSV, with ``page`` HTML. It
    takes the values by their English labels; ours of the benchmark are Korean, so they are taken by their order.
    """
    with path.open("rb") as stream:
        document: Any = json.load(stream)
    rows: list[tuple[object, ...]] = []
    for record in document["account_history_login_history"]:
        title = record.get("title", "")
        cookie, address, language, time, agent = record["string_map_data"].values()
        second = time.get("timestamp", 0)
        written = datetime.fromtimestamp(int(second)).strftime("%Y-%m-%d %H:%M:%S") if second > 0 else ""  # noqa: DTZ006 - as it does
        values = (one.get("value", "") for one in (address, agent, language, cookie))
        rows.append((written, title, *values))
    header = ["Timestamp", "Title", "IP Address", "User Agent", "Language Code", "Cookie Name"]
    return _kept(path.name, header, rows, ("timeline",), page=page)


def _kept(name: str, header: list[str], rows: list[tuple[object, ...]], wanted: tuple[str, ...], *, page: bool) -> int:
    """Write rows as tables of SQLite, as TSV and as a page."""
    with tempfile.TemporaryDirectory() as folder:
        for kind in wanted:
            table = _tables(header, rows)[kind]
            database = sqlite3.connect(Path(folder) / kind)
            first = next(table)
            database.execute(f"CREATE TABLE data ({', '.join(f'c{n} TEXT' for n in range(len(first)))})")
            insert = f"INSERT INTO data VALUES ({', '.join('?' * len(first))})"  # noqa: S608 - question marks only
            database.execute(insert, first)
            for written in table:
                database.execute(insert, written)
            database.commit()
            database.close()
        with (Path(folder) / "rows.tsv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter="\t").writerows((*row, name) for row in rows)
        with (Path(folder) / "rows.html").open("w", encoding="utf-8") as stream:
            for row in rows if page else ():
                stream.write(f"<tr>{''.join(f'<td>{html.escape(str(cell))}</td>' for cell in row)}</tr>")
    return len(rows)


def _moment(written: str) -> object:
    try:
        return datetime.fromisoformat(written.strip()).astimezone(UTC)
    except ValueError:
        return written


def _tables(header: list[str], rows: list[tuple[object, ...]]) -> dict[str, Iterator[tuple[str, ...]]]:
    """Return what goes into the databases of addresses, of the time line and of rows."""
    return {
        "addresses": ((str(row[1]), "log", "logins", "", "") for row in rows),
        "timeline": (
            (str(row[0]), "log", str([f"{name}: {cell}" for name, cell in zip(header, row, strict=True)]))
            for row in rows
        ),
        "rows": (tuple(map(str, row)) for row in rows),
    }


_LOGS: dict[str, Callable[[Path], int]] = {"Python regex": regex}
if shutil.which("gawk"):
    _LOGS = {"gawk '{c[$1]++}'": gawk, **_LOGS}

PEERS: dict[str, dict[str, Callable[[Path], int]]] = {
    "access_log": {**_LOGS, "DuckDB read_csv": duckdb_csv},
    "vhost_log": _LOGS,
    "takeout_csv": {
        "csv.DictReader": dict_reader,
        "RLEAPP's calls": rleapp_calls,
        "the same, no page": partial(rleapp_calls, page=False),
    },
    "facebook_json": {"json.load": json_load},
    "facebook_own_json": {"json.load": json_load},
    "telegram_json": {"json.load": json_load},
    "sms_xml": {"ElementTree": iterparse},
    "instagram_json": {
        "json.load": json_load,
        "RLEAPP's calls": rleapp_logins,
        "the same, no page": partial(rleapp_logins, page=False),
    },
    "mail": {"email parser": email_parser},
}
if RLEAPP:
    for _kind in _MODULES:
        PEERS[_kind]["RLEAPP module"] = partial(rleapp, _kind)
