"""From the event table of a case to sessions, dated context, links and findings: attribution fed with plain values.

Everything is a function of the case folder (evidence, owner file, registries, snapshots), the embedded data and the
versioned parameters; no clock, no network. Running it twice gives the same values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from forensics import event_store
from forensics.attribution.findings import findings
from forensics.attribution.material import Material
from forensics.attribution.sequence import Takeover, takeovers
from forensics.attribution.sessions import Baseline, baseline, sessions
from forensics.enrichment.context import contexts
from forensics.model import AddressContext, Coverage, Event, Finding, Link, Owner, Record, Role, Session, Snapshot
from forensics.pipeline.clocks import clock_pairs
from forensics.pipeline.linking import AsOf, Linked, link_all

if TYPE_CHECKING:
    import duckdb

    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.pipeline.registries import Registries

CHUNK = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a judgement rests on beside the event table."""

    owner: Owner
    snapshots: tuple[SnapshotTable, ...]
    registries: Registries
    coverage: Coverage
    as_of: AsOf = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the events amount to."""

    events: tuple[Event, ...]
    known: Baseline
    sessions: tuple[Session, ...]
    takeovers: tuple[Takeover, ...]
    contexts: Mapping[tuple[str, date], AddressContext]
    linked: Linked
    findings: tuple[Finding, ...]
    spans: tuple[event_store.Span, ...]
    snapshots: tuple[Snapshot, ...]

    @property
    def links(self) -> tuple[Link, ...]:
        """Link A of every unexplained address, non-matches included."""
        return self.linked.links

    @property
    def records(self) -> Mapping[str, Record]:
        """The records that links name."""
        return self.linked.records


class Enricher:
    """Dated context of addresses with a memory, so that each (address, day) is looked up once."""

    def __init__(self, snapshots: Sequence[SnapshotTable], as_of: AsOf) -> None:
        """``as_of`` as in ``enrichment.context.contexts``."""
        self._snapshots = snapshots
        self._as_of = as_of
        self.known: dict[tuple[str, date], AddressContext] = {}

    def learn(self, pairs: Sequence[tuple[str, date]]) -> None:
        """Look up what is not known yet, in bulk."""
        missing = [pair for pair in dict.fromkeys(pairs) if pair not in self.known]
        found = contexts(missing, self._snapshots, self._as_of)
        self.known.update(zip(missing, found, strict=True))

    def network(self, address: str, day: date) -> str | None:
        """Return the origin AS of an address on a day, where a value stands."""
        self.learn([(address, day)])
        return self.known[address, day].origin_as.value

    def used(self) -> tuple[Snapshot, ...]:
        """Return the snapshots that any answer rests on, oldest first."""
        named = {
            context.snapshot
            for answer in self.known.values()
            for value in (answer.origin_as, answer.as_name, answer.country)
            for context in (value, *value.other)
        }
        return tuple(table.snapshot for table in self._snapshots if table.manifest.id in named)


def judge(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> Judgement:
    """Run the attribution stage over a case's event table."""
    events = event_store.account_events(connection)
    enricher = Enricher(inputs.snapshots, inputs.as_of)
    enricher.learn([(event.address, event.time.date()) for event in events if event.address and event.time])
    known = baseline(inputs.owner, events, enricher.network)
    found = sessions(events, known, enricher.network)
    takeover = takeovers(events, found, known.exists)
    linked = link_all(found, known, enricher.known, inputs.registries, inputs.snapshots, inputs.as_of)
    mails = event_store.suspect_mails(connection)
    material = Material(
        events=events,
        sessions=found,
        takeovers=takeover,
        contexts=enricher.known,
        links=linked.links,
        link_words=linked.words,
        records=linked.records,
        mails=mails,
        seen_elsewhere=_elsewhere(connection, found),
        coverage=inputs.coverage,
        baseline_exists=known.exists,
        further_unlisted=linked.further,
        listed_as=linked.listed_as,
        phishing={event.event_id: _phishing_reasons(event) for event in mails},
        clocks=clock_pairs(connection),
    )
    return Judgement(
        events=events,
        known=known,
        sessions=found,
        takeovers=takeover,
        contexts=enricher.known,
        linked=linked,
        findings=findings(material),
        spans=event_store.spans(connection),
        snapshots=enricher.used(),
    )


def _elsewhere(connection: duckdb.DuckDBPyConnection, found: Sequence[Session]) -> dict[str, tuple[str, ...]]:
    """Return, for unexplained addresses, every provider in whose rows they occur (web logs and mail hops included)."""
    foreign = sorted({item.address for item in found if item.role is Role.UNEXPLAINED and item.address})
    rows = connection.execute(
        """select address, list_sort(list(distinct provider)) from events
        where address in (select unnest(?)) group by address order by address""",
        [foreign],
    ).fetchall()
    return {address: tuple(providers) for address, providers in rows}


def _phishing_reasons(event: Event) -> tuple[str, ...]:
    found = json.loads(event.detail).get("phishing", {})
    return tuple(str(reason) for reason in found.get("reasons", ()))


def address_rows(
    connection: duckdb.DuckDBPyConnection, judged: Judgement, inputs: Inputs
) -> Iterator[tuple[dict[str, Any], AddressContext]]:
    """Yield one documented row per address in order of first use, with its context then.

    "Then" is the first day on which the address used an account; for other addresses, the first day it was seen.
    """
    roles = _roles(judged.sessions)
    account_days: dict[str, date] = {}
    for session in judged.sessions:
        account_days.setdefault(session.address or "", session.first.date())
    held: list[event_store.AddressUse] = []
    for use in event_store.address_uses(connection):
        held.append(use)
        if len(held) >= CHUNK:
            yield from _rows(held, roles, account_days, inputs)
            held = []
    yield from _rows(held, roles, account_days, inputs)


_WEIGHT = (Role.UNKNOWN, Role.OWNER, Role.UNEXPLAINED)
"""One unexplained session makes an address unexplained, whatever the others are."""


def _roles(found: Sequence[Session]) -> Callable[[str], Role]:
    roles: dict[str, Role] = {}
    for session in found:
        if session.address:
            roles[session.address] = max(roles.get(session.address, Role.UNKNOWN), session.role, key=_WEIGHT.index)
    return lambda address: roles.get(address, Role.UNKNOWN)


def _rows(
    uses: Sequence[event_store.AddressUse],
    role_of: Callable[[str], Role],
    account_days: Mapping[str, date],
    inputs: Inputs,
) -> Iterator[tuple[dict[str, Any], AddressContext]]:
    asked = [(use.address, account_days.get(use.address) or _day(use.first)) for use in uses]
    then = contexts(asked, inputs.snapshots, inputs.as_of)
    for use, context in zip(uses, then, strict=True):
        row: dict[str, Any] = {
            "schema": "forensics/address/1",
            "address": use.address,
            "role": str(role_of(use.address)),
            "first": use.first.isoformat() if use.first else None,
            "last": use.last.isoformat() if use.last else None,
            "events": use.events,
            "providers": list(use.providers),
            **context_columns(context),
        }
        yield row, context


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@cache
def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def context_columns(context: AddressContext) -> dict[str, Any]:
    """Return the documented context columns of an address."""
    origin = context.origin_as
    return {
        "at": _iso(context.at),
        "origin_as": origin.value,
        "as_name": context.as_name.value,
        "country": context.country.value,
        "status": str(origin.status),
        "snapshot": origin.snapshot or None,
        "as_of": _iso(origin.as_of),
        "gap_days": origin.gap_days,
        "prefix": context.prefix or None,
        "classes": list(context.classes),
        "special": context.special or None,
        "others": [
            {"origin_as": item.value, "snapshot": item.snapshot, "as_of": _iso(item.as_of), "gap_days": item.gap_days}
            for item in origin.other
        ],
        "notes": list(context.notes),
    }


def session_row(session: Session) -> dict[str, Any]:
    """Return the documented row of a session."""
    return {
        "schema": "forensics/session/1",
        "id": session.id,
        "provider": session.provider,
        "account": session.account,
        "address": session.address,
        "client": session.client,
        "device": session.device,
        "first": session.first.isoformat(),
        "last": session.last.isoformat(),
        "events": len(session.events),
        "role": str(session.role),
        "reasons": list(session.reasons),
    }


def finding_row(item: Finding) -> dict[str, Any]:
    """Return the documented row of a finding."""
    strength = item.strength
    return {
        "schema": "forensics/finding/1",
        "id": item.id,
        "kind": item.kind,
        "statement": item.statement,
        "strength": None
        if strength is None
        else {
            "lr_low": strength.lr_low,
            "lr": strength.lr,
            "lr_high": strength.lr_high,
            "words": strength.words,
            "against": strength.against,
            "lr_network": strength.lr_network,
            "words_network": strength.words_network,
        },
        "basis": [{"exhibit": at.exhibit, "member": at.member, "place": at.place} for at in item.basis],
        "alternatives": list(item.alternatives),
        "challenge": item.challenge,
        "facts": dict(item.facts),
    }
