"""Asking the registries for a client: what the page and the API have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.errors import UsageError
from forensics.registry.indicator import parse_query
from forensics.serve.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.registry.matching import Lookup
    from forensics.serve.holdings import Holdings
    from forensics.serve.sight import Asked, Sight
    from forensics.serve.visits import Visit

MAX_MATCHES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was found: one entry for every query in its place, an answer or the reason why there is none."""

    sight: Sight
    entries: tuple[Lookup | str, ...]


def answered(holdings: Holdings, visit: Visit, queries: Sequence[str], asked: Asked) -> Answered:
    """Return the answers to some queries as the client may see them.

    Raises:
        Refusal: the client asks too much, or the queries match more than can be shown at once.
        DataError: a registry cannot be read.
    """
    visit.charge(len(queries))
    sight = holdings.sight(visit.client.tlp)
    understood: list[str] = []
    reasons: list[str] = []
    for query in queries:
        reason = _reason(query)
        reasons.append(reason)
        if not reason:
            understood.append(query)
    visit.queries += [_canonical(query) for query in understood]
    origins = iter(holdings.origins(understood, asked.at))
    entries: list[Lookup | str] = []
    matches = 0
    for query, reason in zip(queries, reasons, strict=True):
        found = reason or sight.look_up(query, next(origins), asked)
        matches += 0 if isinstance(found, str) else len(found.matches)
        if matches > MAX_MATCHES:
            raise Refusal(413, f"More than {MAX_MATCHES:,} records match; ask for less, or read a whole collection")
        entries.append(found)
    return Answered(sight=sight, entries=tuple(entries))


def _reason(query: str) -> str:
    try:
        parse_query(query)
    except UsageError as error:
        return str(error)
    return ""


def _canonical(query: str) -> str:
    kind, text = parse_query(query)
    return f"{kind}={text}"
