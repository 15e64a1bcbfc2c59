"""Amazon S3 server access log: requests for the files of a bucket.

What it is: one line per request that S3 answered for a bucket: owner and bucket, time, client, who asked (a user of AWS, or
nobody), operation, file, request line, status, sizes, user agent. A site's files, its backups and its uploads lie in such
buckets: it shows who fetched or deleted them. Delivery is best effort: a request can be missing.

How to obtain: server access logging must have been switched on for the bucket; the objects lie in the bucket and under the
prefix that its owner named, ``PREFIXYYYY-MM-DD-HH-MM-SS-RANDOM``.

Time: with its offset, always UTC: when the request was received.

Versions: 18 fields at first, since then signature version, cipher, kind of authentication, host, TLS, access point, ACL,
region behind them; further ones are kept as ``extra``. The client stands before everything that a client can choose. It is
the peer of S3: a server of the site, CloudFront or a VPN may stand there. Records in JSON (CloudWatch) are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.text_lines import lines
from forensics.ingest.web_requests import request_event, written_time
from forensics.model import Event

_LINE = re.compile(
    r"(?P<owner>[0-9a-f]{64}|-) (?P<bucket>[\w.-]{3,255}) \[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]"
    r" (?P<client>[0-9A-Fa-f.:]+|-) (?P<requester>\S+) (?P<request_id>\S+) (?P<operation>[A-Z][\w.]*) (?P<key>\S+)"
    r' (?:"(?P<request>[^"]*)"|-) (?P<status>\d{3}|-) (?P<error>\S+) (?P<bytes>\d+|-) (?P<size>\d+|-)'
    r" (?P<milliseconds>\d+|-) (?P<turn_around>\d+|-) (?P<tail>.*)"
)
_TAIL = re.compile(
    r'(?:"(?P<referrer>[^"]*)"|-) (?:"(?P<user_agent>[^"]*)"|-) (?P<version>[^\s"]+)(?: (?P<rest>[^"]*))?'
)
_NAMES = ("host_id", "signature", "cipher", "authentication", "host", "tls", "access_point", "acl_required", "region")
_USED = frozenset({"time", "client", "request", "status", "user_agent", "tail", "rest"})
_LOOSE = "quotes inside a field are not escaped"


def claims(evidence: Evidence) -> bool:
    """Recognise more than half of the first lines."""
    found = evidence.first_lines(50)
    return sum(_LINE.fullmatch(line) is not None for line in found) * 2 > len(found)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per line."""
    for line in lines(evidence):
        match = None if line.overlong else _LINE.fullmatch(line.text)
        if match is not None:
            found = {name: value for name, value in match.groupdict("").items() if value not in ("", "-")}
            tail = _TAIL.fullmatch(match["tail"])
            repair = "" if tail else _LOOSE
            found |= _behind(tail) if tail else {"extra": match["tail"]}
            yield Row(evidence=evidence, place=f"line:{line.number}", fields=found, repair=repair)
        elif not line.text.strip():
            yield Unused(rule="empty line")
        else:
            yield Flaw(place=f"line:{line.number}", reason="no line of an S3 access log", excerpt=line.text[:200])


def _behind(tail: re.Match[str]) -> dict[str, str]:
    """Name the fields behind the times."""
    rest = (tail["rest"] or "").split(" ")
    found = {**tail.groupdict(""), **dict(zip(_NAMES, rest, strict=False)), "extra": " ".join(rest[len(_NAMES) :])}
    return {name: value for name, value in found.items() if value not in ("", "-")}


def event(row: Row) -> Event:
    """One request; an operation without a request line (a rule that deletes old files) is named by itself."""
    return request_event(
        row,
        when=written_time(row.need("time")),
        address=row.address("client"),
        request=row.text("request") or row.text("operation"),
        status=row.text("status"),
        user_agent=row.text("user_agent"),
        service="s3",
        detail={name: value for name, value in row.fields.items() if name not in _USED},
    )


FORMAT = Format(title="Amazon S3 server access log", provider="weblog", claims=claims, rows=rows, event=event)
