"""Which report is meant: addresses of one publication, written in many ways, become one independence group.

"Two sources agree" is usually one source twice: collections copy one another and keep the address of the report. Here
an address is brought to one spelling without asking the network (redirects are not followed); what spelling cannot
decide stands in ``data/reports.toml``, each entry with its ground. A wrong merger only lowers a count of independent
origins, a missed one raises it, so in doubt two spellings are one report.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from forensics.registry.fields import Fields
from forensics.registry.importer import Report

TABLE = Path(__file__).with_name("data") / "reports.toml"
_IGNORED = re.compile(r"utm_\w+|fbclid|gclid|mc_cid|mc_eid|hl|ref|amp")
_UNSAFE = re.compile(r"[^a-z0-9]+")
_READABLE = 60
_LONGEST = 2000
_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The shipped table: reports by the canonical form of each of their addresses, and hosts that moved."""

    reports: dict[str, Report]
    hosts: dict[str, str]


def canonical(url: str) -> str:
    """Return host, path and query of a report's address in one spelling, or "" if it is no web address.

    Scheme, ``www.``, port, fragment, trailing slash, letter case and parameters that only track or translate are left
    out; white space inside a path is a hyphen (one collection replaced "middle-east" by "Middle East" throughout).
    """
    if len(url) > _LONGEST or not url.isprintable():
        return ""
    try:
        parts = urlsplit(re.sub(r"\s+", "-", url.partition("#")[0].strip()))
        host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    except ValueError:
        return ""
    if parts.scheme.lower() not in _SCHEMES or "." not in host:
        return ""
    path = quote(unquote(parts.path, errors="replace"), safe="/-._~").lower().rstrip("/")
    kept = sorted((key, value) for key, value in parse_qsl(parts.query) if not _IGNORED.fullmatch(key.lower()))
    query = f"?{urlencode(kept)}" if kept else ""
    return f"{known().hosts.get(host, host)}{path}{query}"


@lru_cache(maxsize=4096)
def report(url: str) -> Report | None:
    """Return the report that an address names, or ``None`` if it is no web address."""
    key = canonical(url)
    if not key:
        return None
    shipped = known().reports.get(key)
    return replace(shipped, url=url) if shipped else Report(group=_group(key), url=url)


def _group(key: str) -> str:
    """Return a readable id of a canonical address; its digest keeps cut or altered ones apart."""
    readable = _UNSAFE.sub("-", key).strip("-")[:_READABLE].rstrip("-")
    return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


@cache
def known() -> Known:
    """Return the shipped table of reports and moved hosts."""
    return parse(TABLE.read_text(encoding="utf-8"), TABLE.name)


def parse(text: str, where: str) -> Known:
    """Read a table of reports.

    Raises:
        DataError: with the entry and key that is not understood.
    """
    table = Fields(tomllib.loads(text), where)
    hosts: dict[str, str] = {}
    for index, item in enumerate(table.items("host")):
        entry = Fields(item, f"{where}: host[{index}]")
        hosts[entry.text("was")] = entry.text("now")
        entry.text("ground")
        entry.done()
    reports: dict[str, Report] = {}
    for index, item in enumerate(table.items("report")):
        entry = Fields(item, f"{where}: report[{index}]")
        found = Report(
            group=entry.text("group"),
            title=entry.text("title"),
            publisher=entry.text("publisher"),
            published=entry.maybe_day("published"),
            dated_by=entry.text("ground"),
        )
        for key in entry.texts("urls"):
            reports[key] = found
        entry.done()
    table.done()
    return Known(reports=reports, hosts=hosts)
