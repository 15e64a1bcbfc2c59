"""The page for people: look up an address or paste a list. No script, one style, nothing from elsewhere.

The form is sent by POST and no answer may be stored, so that what was asked for stands in no address bar, history,
``Referer`` or cache. Texts of records are hostile: escaped, web addresses defanged, invisible characters shown.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from forensics import __version__
from forensics.registry.indicator import NETWORKS
from forensics.registry.states import INDICATOR
from forensics.report.neutral import clip, defang, visible
from forensics.serve.answering import Answered, answered
from forensics.serve.bodies import form_of
from forensics.serve.definitions import MAX_QUERIES, MAX_QUERY
from forensics.serve.problems import Refusal
from forensics.serve.sight import Asked, key_of
from forensics.serve.visits import VISIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment
    from markupsafe import Markup
    from starlette.requests import Request

    from forensics.registry.matching import Lookup, Match
    from forensics.serve.holdings import Holdings
    from forensics.serve.sight import Sight
    from forensics.serve.visits import Visit

_FIELDS = {"queries", "at", "known_at", "neighbours"}
_SHOWN = 50
"""Matches of one query that the page prints; how many more there are is said."""
_LONG = 4000
_VERDICTS = {
    "listed": "on record",
    "unsupported": "withdrawn, disputed or not reviewed",
    "near": "only around it",
    "nothing": "nothing on record",
    "refused": "not understood",
}
_RINGS = {
    "exact": "this very indicator",
    "prefix": "a block around it",
    "parent": "a domain above it",
    "overlap": "a range that overlaps it",
    "contained": "lies inside it",
    "neighbourhood": "its neighbourhood",
    "origin_as": "the network (AS) that announced it",
}
_WINDOWS = {
    "inside": "in use on that day",
    "before": "that day is before its period",
    "after": "that day is after its period",
    "unknown": "its period is not known",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of what was asked for, as the page shows it. ``verdict`` is a key of ``_VERDICTS``."""

    number: int
    query: str
    kind: str
    verdict: str
    says: str
    matches: tuple[Match, ...] = ()
    more: int = 0


class Pages:
    """The routes of the page over some holdings."""

    def __init__(self, holdings: Holdings) -> None:
        """Keep the holdings."""
        self._holdings = holdings

    async def form(self, request: Request) -> Response:
        """Show the form."""
        if request.scope.get("query_string"):
            raise Refusal(400, "There are no parameters in addresses here: type what you look for into the form")
        return _page(self._holdings.sight(request.scope[VISIT].client.tlp), given={}, entries=())

    async def answer(self, request: Request) -> Response:
        """Show what is on record."""
        given = await form_of(request)
        if set(given) - _FIELDS:
            raise Refusal(400, "This is not the form of this page")
        visit: Visit = request.scope[VISIT]
        lines = _lines(given.get("queries", ""))
        if len(lines) > MAX_QUERIES:
            raise Refusal(413, f"{len(lines):,} lines; at most {MAX_QUERIES:,} at once")
        asked = Asked(
            at=_day(given.get("at", "")), known_at=_day(given.get("known_at", "")), neighbours="neighbours" in given
        )
        found = answered(self._holdings, visit, lines, asked)
        return _page(found.sight, given=given, entries=_entries(found, lines), asked=asked)


def refused(status: int, title: str, detail: str, headers: Mapping[str, str]) -> Response:
    """Return a refusal as a page."""
    return _html("refused.html.j2", status, headers, title=title, detail=detail)


def _page(sight: Sight, *, given: Mapping[str, str], entries: Sequence[Entry], asked: Asked | None = None) -> Response:
    counts = {word: sum(entry.verdict == word for entry in entries) for word in _VERDICTS}
    return _html(
        "look_up.html.j2", 200, {}, title="Known infrastructure", tlp=sight.tlp, registries=sight.registries, given=given,
        entries=entries, counts=counts, asked=asked or Asked(), most=MAX_QUERIES, version=__version__,
    )  # fmt: skip


def _entries(found: Answered, lines: Sequence[str]) -> tuple[Entry, ...]:
    return tuple(
        Entry(number=number, query=line, kind="", verdict="refused", says=entry)
        if isinstance(entry, str)
        else _answered(number, entry)
        for number, (line, entry) in enumerate(zip(lines, found.entries, strict=True), start=1)
    )


def _answered(number: int, found: Lookup) -> Entry:
    verdict = "nothing"
    exact = [match for match in found.matches if match.ring == "exact"]
    if exact:
        verdict = "listed" if any(match.record.state == INDICATOR for match in exact) else "unsupported"
    elif found.matches:
        verdict = "near"
    return Entry(
        number=number,
        query=found.query,
        kind="network" if found.kind in NETWORKS else found.kind.replace("_", " "),
        verdict=verdict,
        says=found.says,
        matches=found.matches[:_SHOWN],
        more=max(0, len(found.matches) - _SHOWN),
    )


def _lines(text: str) -> list[str]:
    """Return what was pasted, a line each; ``[.]`` and ``hxxp`` of defanged reports are written back."""
    lines = (line.strip().replace("[.]", ".").replace("hxxp", "http", 1) for line in text.splitlines())
    found = [line for line in lines if line]
    if any(len(line) > MAX_QUERY for line in found):
        raise Refusal(413, f"A line is longer than {MAX_QUERY:,} characters")
    return found


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Refusal(422, "A day is written YYYY-MM-DD") from error


def _html(template: str, status: int, headers: Mapping[str, str], **values: Any) -> Response:
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    body = _environment().get_template(template).render(style=_own(style), **values)
    return Response(body + "\n", status, {**headers, "content-security-policy": policy}, "text/html; charset=utf-8")


@cache
def _style() -> str:
    """Return the style: the colours and type of the report, and the shapes of this page."""
    report = files("forensics.report").joinpath("templates", "style.css").read_text(encoding="utf-8")
    tokens, found, _ = report.partition("* { box-sizing")
    if not found:
        message = "the report's style no longer begins with its tokens"
        raise AssertionError(message)
    return tokens + files("forensics.serve").joinpath("templates", "style.css").read_text(encoding="utf-8")


def _own(content: str) -> Markup:
    from markupsafe import Markup

    return Markup(content)  # noqa: S704 - packaged files only


@cache
def _environment() -> Environment:
    """Return the template engine: everything is escaped, and nothing invisible passes, unless marked as ours."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("forensics.serve", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"ev": _evidence, "typed": _typed, "key": key_of}
    made.globals |= {"rings": _RINGS, "windows": _WINDOWS, "verdicts": _VERDICTS}
    return made


def _finalize(value: object) -> object:
    return visible(defang(value)) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _evidence(value: object) -> Markup:
    """Return a text of a record: clipped, defanged, visible, escaped, isolated in its writing direction."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(visible(defang(clip(str(value), _LONG))))


def _typed(value: str) -> Markup:
    """Return what the user typed, to be typed over: escaped and nothing else."""
    from markupsafe import escape

    return escape(value)
