"""``registry collect``: a whole TAXII 2.1 collection into one file, through the gate and after consent.

The server learns that its collection is taken, never what is looked up in it. Its pages are kept byte for byte in the
order in which they came, as one JSON list; ``registry import`` reads that file and records its digest as the source.
Where the collection is longer than was taken, the file says so (``more`` on its last page), and so does the import.
Credentials come from a file, never from the command line, and are sent to this server only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from forensics.enrichment import gate, over_https, servers
from forensics.enrichment.over_https import Terms
from forensics.enrichment.servers import Endpoint
from forensics.enrichment.source import LookupClass, Query, Reply, ReplyStatus, Transport
from forensics.errors import DataError, EvidenceError, NetworkError, PolicyError, StorageError, UsageError
from forensics.pipeline.clock import now

SCHEMA = "forensics/registry-collected/1"
MEDIA = "application/taxii+json;version=2.1"
LEARNS = "that this collection is taken, from where and when; not what is looked up in it"
MOST_PAGES, MOST_BYTES, PAGE_BYTES = 10_000, 1 << 30, 64 << 20
_SECONDS = 300.0
_LAST = "x-taxii-date-added-last"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionPlan:
    """What would be asked of whom."""

    endpoint: Endpoint
    exit: str
    secret: bool

    def lines(self) -> list[str]:
        """Say the plan in plain words."""
        way = "encrypted" if self.endpoint.scheme == "https" else "on this machine"
        lines = [
            "Plan: take a whole TAXII collection, page by page. Nothing has been sent yet.",
            f"- {self.endpoint.text} (collection, {way}): as many questions as it has pages.",
            f"  Learns: {LEARNS}.",
        ]
        if self.secret:
            lines.append("  The credentials from your file are sent with each question: it learns who asks.")
        return [*lines, gate.way_out(self.exit)]


Consent = Callable[[CollectionPlan], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asks for. ``authorization`` is a file with the value of that header; ``added_after`` a time."""

    url: str
    out: Path
    added_after: str = ""
    authorization: Path | None = None
    consent: Consent
    proxy: str = ""
    settings: Path | None = None


def collect(wish: Wish) -> dict[str, Any]:
    """Take a collection into a new file. Return the documented object.

    Raises:
        PolicyError: nobody agreed; nothing was sent.
        NetworkError: the server gave something else than pages of a collection; nothing was written.
        StorageError: the file is there already, or cannot be written.
    """
    if wish.out.exists():
        raise StorageError("the file is there already", where=str(wish.out), hint="Give another --out")
    endpoint, path = _collection(wish.url)
    secret = _secret(wish.authorization)
    proxy = gate.read_proxy(wish.proxy)
    plan = CollectionPlan(endpoint=endpoint, exit=proxy.text if proxy else gate.DIRECT, secret=bool(secret))
    if not wish.consent(plan):
        raise PolicyError(
            f"taking a collection needs your consent; nothing was sent. {' '.join(plan.lines())}",
            where=endpoint.text,
            hint="Run the same with --yes, or import pages that you have saved",
        )
    settings = servers.load(wish.settings)
    way = gate.NetGate([LookupClass.RELEASE], [(endpoint.host, endpoint.port)], proxy, settings.ca_file)
    terms = Terms(limit=PAGE_BYTES, seconds=_SECONDS, accept=MEDIA, authorization=secret)

    def ask(request: str) -> Reply:
        return over_https.fetch(way, endpoint, _query(endpoint, request), now(), terms)

    pages = list(_pages(ask, path, wish.added_after, endpoint.text))
    _write(wish.out, b"[" + b",\n".join(pages) + b"]\n")
    objects = sum(len(json.loads(page).get("objects", [])) for page in pages)
    return {
        "schema": SCHEMA,
        "file": str(wish.out),
        "pages": len(pages),
        "objects": objects,
        "bytes": sum(map(len, pages)),
        "whole": json.loads(pages[-1]).get("more") is not True,
    }


def _pages(ask: Callable[[str], Reply], path: str, added_after: str, where: str) -> Iterator[bytes]:
    """Yield the pages until the server says that there are no more."""
    cursor = {"added_after": added_after} if added_after else {}
    seen: set[str] = set()
    size = 0
    for number in range(1, MOST_PAGES + 1):
        asked = f"{path}?{urlencode(cursor, quote_via=quote)}" if cursor else path
        if asked in seen:
            raise NetworkError("the server leads round in a circle", where=where, hint="Nothing was written")
        seen.add(asked)
        reply = ask(asked)
        page = _page(reply, number, where)
        size += len(reply.body)
        if size > MOST_BYTES:
            hint = "Take it in parts: --added-after TIME"
            raise NetworkError(f"the collection is larger than {MOST_BYTES:,} bytes", where=where, hint=hint)
        yield reply.body
        if page.get("more") is not True:
            return
        following = _next(page, reply, added_after)
        if not following:
            return  # the file says that more is due, and so does the import
        cursor = following


def _next(page: Mapping[str, Any], reply: Reply, added_after: str) -> dict[str, str]:
    """Return how the next page is asked for: by the server's cursor, else by the time of the last object."""
    if isinstance(page.get("next"), str) and page["next"]:
        return ({"added_after": added_after} if added_after else {}) | {"next": page["next"]}
    last = dict(reply.headers).get(_LAST, "")
    return {"added_after": last} if last else {}


def _page(reply: Reply, number: int, where: str) -> Mapping[str, Any]:
    if reply.status is not ReplyStatus.ANSWERED:
        told = (
            "it has no such collection" if reply.status is ReplyStatus.NOT_FOUND else reply.error or str(reply.status)
        )
        hint = "Nothing was written; check address and credentials"
        raise NetworkError(f"page {number} could not be had: {told}", where=where, hint=hint)
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise NetworkError(f"page {number} is no JSON", where=where, hint="Nothing was written") from error
    if not isinstance(found, dict) or not isinstance(found.get("objects", []), list):
        raise NetworkError(f"page {number} is no TAXII envelope", where=where, hint="Nothing was written")
    return found


def _query(endpoint: Endpoint, request: str) -> Query:
    return Query(
        source="taxii",
        lookup_class=LookupClass.RELEASE,
        transport=Transport.HTTPS,
        server=endpoint.key,
        request=request,
        subject="",
        learns=LEARNS,
    )


def _collection(url: str) -> tuple[Endpoint, str]:
    """Return the server and the path of the objects of a collection; plain http is for this machine only."""
    hint = "Write https://HOST/…/collections/ID/"
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(url)  # noqa: TRY301 - told below
        path = parts.path.rstrip("/").removesuffix("/objects")
        if "/collections/" not in path:
            raise ValueError(url)  # noqa: TRY301 - told below
        made = servers.endpoint_of("taxii", f"{parts.scheme}://{parts.netloc}/")
    except ValueError as error:
        raise UsageError("this is no address of a TAXII collection", where=url[:200], hint=hint) from error
    return replace(made, base="", redirects=frozenset({(made.host, made.port)})), f"{path}/objects/"


def _secret(path: Path | None) -> str:
    """Return the value of the Authorization header: the one line of a file."""
    if path is None:
        return ""
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise EvidenceError("the credentials cannot be read", where=str(path)) from error
    if not text or not text.isprintable() or len(text) > 4_000:  # noqa: PLR2004 - a header's length
        hint = "Write one line: Bearer TOKEN, or Basic BASE64"
        raise DataError("this is no value of an Authorization header", where=str(path), hint=hint)
    return text


def _write(path: Path, data: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise StorageError(f"the collection cannot be written ({error.strerror})", where=str(path)) from error


def told(answer: Mapping[str, Any]) -> list[str]:
    """Say what was taken."""
    lines = [f"{answer['file']}: {answer['pages']:,} pages, {answer['objects']:,} objects"]
    if not answer["whole"]:
        lines.append(
            "The server says that there is more, and not how to ask for it: the file is not the whole collection."
        )
    return [*lines, f"Next: forensics registry import {answer['file']}"]
