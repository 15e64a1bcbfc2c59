"""A read-only TAXII 2.1 server (OASIS TAXII 2.1): discovery, one API root, one collection for each marking.

Pages follow the time at which an object was added here, which is unique within a collection, so ``next`` is that time in
microseconds and ``X-TAXII-Date-Added-Last`` can be given back as ``added_after``. A collection that the client may not
see does not exist for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from forensics.serve.offered import Added, Collection, text_of
from forensics.serve.problems import TAXII_TYPE, Refusal
from forensics.serve.stix import SPEC_VERSION
from forensics.serve.visits import VISIT

if TYPE_CHECKING:
    from starlette.requests import Request

    from forensics.serve.holdings import Holdings

ROOT = "/taxii2/registry/"
STIX_TYPE = "application/stix+json;version=2.1"
_PAGE, _MAX_PAGE = 100, 1000
_MAX_BODY = 256 * 1024
_PARAMETERS = {"limit", "next", "added_after", "match[id]", "match[type]", "match[version]", "match[spec_version]"}
_MAX_VALUES = 100
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
_ACCEPTED = re.compile(
    r"(?:\*/\*|application/\*|application/taxii\+json(?:\s*;\s*version=\"?2\.1\"?)?)(?:\s*;\s*q=[\d.]+)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """The parameters of one request (TAXII 2.1 section 3.4)."""

    limit: int
    resume: datetime | None
    added_after: datetime | None
    ids: frozenset[str]
    types: frozenset[str]
    versions: frozenset[str]
    spec_versions: frozenset[str]


class Taxii:
    """The routes of the TAXII server over some holdings; ``public`` is the address that clients reach it by."""

    def __init__(self, holdings: Holdings, public: str) -> None:
        """Keep what is needed."""
        self._holdings, self._public = holdings, public

    async def discovery(self, request: Request) -> Response:
        """Section 4.1."""
        _acceptable(request)
        base = self._public or f"{request.url.scheme}://{request.headers['host']}"
        root = f"{base.rstrip('/')}{ROOT}"
        return _answer({"title": "Registry of known infrastructure", "default": root, "api_roots": [root]})

    async def root(self, request: Request) -> Response:
        """Section 4.2."""
        _acceptable(request)
        return _answer({"title": "Records by marking", "versions": [TAXII_TYPE], "max_content_length": _MAX_BODY})

    async def status(self, request: Request) -> Response:
        """Section 4.3: nothing is ever written, so there is no status of it."""
        _acceptable(request)
        raise Refusal(404, "This server takes nothing in, so there is no status")

    async def collections(self, request: Request) -> Response:
        """Section 5.1."""
        _acceptable(request)
        found = self._holdings.collections(request.scope[VISIT].client.tlp)
        return _answer({"collections": [_described(one) for one in found]})

    async def collection(self, request: Request) -> Response:
        """Section 5.2."""
        _acceptable(request)
        return _answer(_described(self._one(request)))

    async def manifest(self, request: Request) -> Response:
        """Section 5.3."""
        chosen, more = self._page(request)
        items = [
            {"id": one.id, "date_added": text_of(one.at), "version": one.version, "media_type": STIX_TYPE}
            for one in chosen
        ]
        return _paged({"objects": items}, chosen, more=more)

    async def objects(self, request: Request) -> Response:
        """Section 5.4; 5.5 (adding) is refused."""
        _read_only(request)
        chosen, more = self._page(request)
        return _paged({"objects": [one.value for one in chosen]}, chosen, more=more)

    async def object(self, request: Request) -> Response:
        """Section 5.6; 5.7 (deleting) is refused."""
        _read_only(request)
        self._known(request)
        chosen, more = self._page(request, request.path_params["object"])
        return _paged({"objects": [one.value for one in chosen]}, chosen, more=more)

    async def versions(self, request: Request) -> Response:
        """Section 5.8."""
        self._known(request)
        chosen, more = self._page(request, request.path_params["object"], versions="all")
        return _paged({"versions": [one.version for one in chosen]}, chosen, more=more)

    def _one(self, request: Request) -> Collection:
        wanted = request.path_params["collection"]
        for one in self._holdings.collections(request.scope[VISIT].client.tlp):
            if wanted in (one.id, _alias(one.tlp)):
                return one
        raise Refusal(404, "No collection that you may read has this id")

    def _known(self, request: Request) -> None:
        if not any(one.id == request.path_params["object"] for one in self._one(request).objects):
            raise Refusal(404, "No object that you may read has this id")

    def _page(self, request: Request, only: str = "", *, versions: str = "last") -> tuple[list[Added], bool]:
        """Return the chosen objects of a page, and whether there are more."""
        _acceptable(request)
        asked = _filter(request, versions)
        collection = self._one(request)
        held = [one for one in collection.objects if _matches(one, asked, only)]
        held = _versions(held, asked.versions)
        later = [one for one in held if _later(one, asked.added_after) and _later(one, asked.resume)]
        return later[: asked.limit], len(later) > asked.limit


def _acceptable(request: Request) -> None:
    """Refuse a client that takes no TAXII 2.1 (section 1.6.8)."""
    accept = request.headers.get("accept", "*/*")
    if not any(_ACCEPTED.fullmatch(item.strip().lower()) for item in accept.split(",")):
        raise Refusal(406, f"Accept {TAXII_TYPE}")


def _read_only(request: Request) -> None:
    if request.method not in ("GET", "HEAD"):
        raise Refusal(403, "Collections are read-only; records are changed by their curators")


def _filter(request: Request, versions: str) -> _Filter:
    """Return the parameters; an unknown or repeated one is refused, a misspelt filter must not return everything."""
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in _PARAMETERS or name in given:
            raise Refusal(400, f"Unknown or repeated parameter {name[:40]!r}")
        given[name] = value
    limit = given.get("limit", str(_PAGE))
    if not limit.isascii() or not limit.isdigit() or len(limit) > 9 or int(limit) < 1:  # noqa: PLR2004
        raise Refusal(400, "limit is a whole number from 1 on")
    return _Filter(
        limit=min(int(limit), _MAX_PAGE),
        resume=_token(given["next"]) if "next" in given else None,
        added_after=_moment(given["added_after"]) if "added_after" in given else None,
        ids=_values(given, "match[id]"),
        types=_values(given, "match[type]"),
        versions=_values(given, "match[version]") or frozenset({versions}),
        spec_versions=_values(given, "match[spec_version]"),
    )


def _values(given: dict[str, str], name: str) -> frozenset[str]:
    values = frozenset(item for item in given.get(name, "").split(",") if item)
    if len(values) > _MAX_VALUES or (name in given and not values):
        raise Refusal(400, f"{name} takes 1 to {_MAX_VALUES} values")
    return values


def _token(text: str) -> datetime:
    if not text.isascii() or not text.isdigit() or len(text) > 17:  # noqa: PLR2004 - the year 5138
        raise Refusal(400, "next is not one that this server gave")
    return _EPOCH + int(text) * _MICROSECOND


def _moment(text: str) -> datetime:
    refusal = Refusal(400, "added_after is a time such as 2026-01-31T00:00:00.000000Z")
    if not _STAMP.fullmatch(text):
        raise refusal
    whole, _, fraction = text.removesuffix("Z").partition(".")
    try:
        return datetime.fromisoformat(f"{whole}+00:00") + int(fraction.ljust(6, "0")[:6]) * _MICROSECOND
    except ValueError as error:
        raise refusal from error


def _later(one: Added, moment: datetime | None) -> bool:
    return moment is None or one.at > moment


def _matches(one: Added, asked: _Filter, only: str) -> bool:
    """Whether an object is asked for, versions apart. Without ``match[spec_version]`` the latest is meant: 2.1."""
    if only and one.id != only:
        return False
    if asked.ids and one.id not in asked.ids:
        return False
    if asked.types and one.value["type"] not in asked.types:
        return False
    return not asked.spec_versions or SPEC_VERSION in asked.spec_versions


def _versions(held: Sequence[Added], wanted: frozenset[str]) -> list[Added]:
    """Return the wanted versions: ``last``, ``first``, ``all``, or times of modification (section 3.4.1)."""
    if "all" in wanted:
        return list(held)
    ends: dict[str, tuple[Added, Added]] = {}
    for one in held:
        first, last = ends.get(one.id, (one, one))
        ends[one.id] = (min(first, one, key=lambda item: item.version), max(last, one, key=lambda item: item.version))
    return [
        one
        for one in held
        if ("first" in wanted and ends[one.id][0] is one)
        or ("last" in wanted and ends[one.id][1] is one)
        or one.version in wanted
    ]


def _described(one: Collection) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": f"TLP:{one.tlp}",
        "description": f"Records marked TLP:{one.tlp}; {one.records:,} of them.",
        "alias": _alias(one.tlp),
        "can_read": True,
        "can_write": False,
        "media_types": [STIX_TYPE],
    }


def _alias(tlp: str) -> str:
    return f"tlp-{tlp.lower().replace('+', '-')}"


def _paged(body: dict[str, Any], chosen: Sequence[Added], *, more: bool) -> Response:
    headers: dict[str, str] = {}
    if chosen:
        headers = {"X-TAXII-Date-Added-First": text_of(chosen[0].at), "X-TAXII-Date-Added-Last": text_of(chosen[-1].at)}
    if more:
        body = {"more": True, "next": str((chosen[-1].at - _EPOCH) // _MICROSECOND), **body}
    elif not chosen:
        body = {}
    else:
        body = {"more": False, **body}
    return _answer(body, headers)


def _answer(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body, ensure_ascii=False, sort_keys=True), 200, headers, TAXII_TYPE)
