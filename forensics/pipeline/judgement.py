"""From the event table of a case to sessions, dated context, links and findings: attribution fed with plain values.

Everything is a function of the case folder (evidence, owner file, registries, snapshots), the embedded data and the
versioned parameters; no clock, no network. Running it twice gives the same values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from forensics import event_store
from forensics.attribution.detector import Scene, detected
from forensics.attribution.detectors.overlap import contradictions
from forensics.attribution.findings import TOLD, findings
from forensics.attribution.groups import as_rows
from forensics.attribution.material import Material
from forensics.attribution.sequence import NOT_COVERED, STEP_WORDS, Takeover, takeovers
from forensics.attribution.sequence_evidence import evidence_of
from forensics.attribution.session_runs import session_batches
from forensics.attribution.sessions import Baseline, baseline
from forensics.enrichment.answers import AnswerBook
from forensics.enrichment.context import Inquiry
from forensics.ingest.phishing_reasons import reason_told
from forensics.model import (
    AddressContext,
    Coverage,
    Event,
    Finding,
    Link,
    Owner,
    Record,
    Session,
    Snapshot,
    Use,
)
from forensics.pipeline.clocks import clock_pairs
from forensics.pipeline.detecting import Questions
from forensics.pipeline.lanes import habits, lanes
from forensics.pipeline.leads import askable, leads
from forensics.pipeline.linking import AsOf, Linked, Premises, link_all
from forensics.pipeline.session_store import SessionStore
from forensics.pipeline.suspects import candidates

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from forensics.attribution.foreign import Foreign
    from forensics.enrichment.context import Grouped
    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.pipeline.registries import Registries
    from forensics.report.lead import Lead
    from forensics.report.view import Habit, Lane

CHUNK = 5_000
MAX_SESSIONS = 400
MAX_OWN_SESSIONS = 40
ZONES = timedelta(days=1)
"""No wall clock is a day away from UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a judgement rests on beside the event table; ``covered`` are the rows of the coverage map."""

    owner: Owner
    snapshots: tuple[SnapshotTable, ...]
    registries: Registries
    coverage: Coverage
    as_of: AsOf = "event"
    answers: AnswerBook = field(default_factory=AnswerBook)
    covered: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the events amount to, as far as a report shows it; ``store`` answers for all sessions while it is open.

    ``sessions`` are those that a report may show, ``stale`` the days of addresses whose only data about networks is far
    away in time.
    """

    known: Baseline
    store: SessionStore
    sessions: tuple[Session, ...]
    sessions_total: int
    takeovers: tuple[Takeover, ...]
    lanes: tuple[Lane, ...]
    habits: tuple[Habit, ...]
    leads: tuple[Lead, ...]
    linked: Linked
    findings: tuple[Finding, ...]
    snapshots: tuple[Snapshot, ...]
    stale: int

    @property
    def links(self) -> tuple[Link, ...]:
        """Link A of every unexplained address, non-matches included."""
        return self.linked.links

    @property
    def records(self) -> Mapping[str, Record]:
        """The records that links name."""
        return self.linked.records


class Enricher:
    """Dated context of addresses with a bounded memory; what is asked for in bulk is looked up in bulk."""

    def __init__(self, inputs: Inputs) -> None:
        """Ask the snapshots and the recorded answers of a case, as of the day that its analysis looks at."""
        self._inquiry = Inquiry(inputs.snapshots, inputs.as_of, inputs.answers.answers if len(inputs.answers) else None)
        self._known: dict[tuple[str, date], AddressContext] = {}
        self._networks: dict[tuple[str, date], str | None] = {}

    def learn_networks(self, pairs: Iterable[tuple[str, date]]) -> None:
        """Look up networks that are not known yet, in bulk; old answers go when there are many."""
        missing = [pair for pair in dict.fromkeys(pairs) if pair not in self._networks]
        if len(self._networks) + len(missing) > CHUNK * 4:
            self._networks.clear()
        self._networks.update(zip(missing, self._inquiry.origins(missing), strict=True))

    def learn(self, pairs: Iterable[tuple[str, date]]) -> None:
        """Look up what is not known yet, in bulk; old answers go when there are many."""
        missing = [pair for pair in dict.fromkeys(pairs) if pair not in self._known]
        if len(self._known) + len(missing) > CHUNK * 4:
            self._known.clear()
        self._known.update(zip(missing, self._inquiry.contexts(missing), strict=True))

    def context(self, address: str, day: date) -> AddressContext:
        """Return the context of an address on a day."""
        if (address, day) not in self._known:
            self.learn([(address, day)])
        return self._known[address, day]

    def network(self, address: str, day: date) -> str | None:
        """Return the origin AS of an address on a day, where a value stands."""
        if (address, day) not in self._networks:
            self.learn_networks([(address, day)])
        return self._networks[address, day]

    def contexts(self, pairs: Sequence[tuple[str, date | None]]) -> list[AddressContext]:
        """Return contexts in the order asked, without remembering them."""
        return self._inquiry.contexts(pairs)

    def grouped(self, pairs: Sequence[tuple[str, date | None]]) -> Grouped:
        """Return contexts in the order asked, each kind once, without remembering them."""
        return self._inquiry.grouped(pairs)

    def survey(self, days: Iterable[Sequence[tuple[str, date]]]) -> tuple[set[str], int]:
        """Return the ids of the snapshots that answers about these days rest on, and how many of them are stale."""
        named: set[str] = set()
        stale = 0
        for pairs in days:
            ids, number = self._inquiry.survey(pairs)
            named |= ids
            stale += number
        return named, stale


def judge(connection: duckdb.DuckDBPyConnection, inputs: Inputs, work: Path) -> Judgement:
    """Run the attribution stage over a case's event table; ``work`` is a folder for what does not fit into memory."""
    enricher = Enricher(inputs)
    named, stale = enricher.survey(event_store.account_days(connection))
    known = baseline(inputs.owner, _clean_uses(connection, inputs.owner, enricher), enricher.network)
    batches = event_store.account_batches(connection)
    told = session_batches(batches, known, enricher.network, uses_of=event_store.uses_of, learn=enricher.learn_networks)
    store = SessionStore(connection, work, told)
    takeover = takeovers(
        event_store.step_uses(connection, STEP_WORDS) if known.exists else (),
        store.begun() if known.exists else (),
        known.exists,
        {name: span for name, span in event_store.account_spans(connection).items() if name not in NOT_COVERED},
    )
    premises = Premises(snapshots=inputs.snapshots, as_of=inputs.as_of)
    linked = link_all(store, known, enricher.context, inputs.registries, premises)
    mails = event_store.suspect_mails(connection)
    scene = Scene(
        ask=Questions(connection),
        owner=inputs.owner,
        takeovers=takeover,
        context=enricher.context,
        covered=inputs.covered,
    )
    detections = detected(scene)
    contradicting = contradictions(detections)
    store.contradict(contradicting)
    foreign = store.foreign([link.address for link in linked.links], baseline=known.exists)
    material = Material(
        events=event_store.account_events(connection, TOLD),
        foreign=foreign,
        takeovers=takeover,
        contexts=_contexts(foreign, linked, enricher),
        links=linked.links,
        link_words=linked.words,
        link_on_record=linked.on_record,
        link_groups={address: as_rows(terms) for address, terms in linked.terms.items()},
        records=linked.records,
        mails=mails,
        coverage=inputs.coverage,
        baseline_exists=known.exists,
        further_unlisted=linked.further,
        listed_as=linked.listed_as,
        phishing={event.event_id: _phishing_reasons(event) for event in mails},
        clocks=clock_pairs(connection),
        around=tuple(evidence_of(item, scene, mails) for item in takeover),
        detected=detections,
    )
    return Judgement(
        known=known,
        store=store,
        sessions=tuple(
            replace(item, reasons=(*item.reasons, contradicting[item.id])) if item.id in contradicting else item
            for item in store.shown(MAX_SESSIONS, MAX_OWN_SESSIONS)
        ),
        sessions_total=store.total,
        takeovers=takeover,
        lanes=lanes(store, takeover, event_store.spans(connection)),
        leads=leads(connection, askable(candidates(store, known)) if known.exists else (), enricher.contexts),
        habits=habits(store, inputs.owner.time_zone),
        linked=linked,
        findings=findings(material),
        snapshots=tuple(table.snapshot for table in inputs.snapshots if table.manifest.id in named),
        stale=stale,
    )


def _clean_uses(connection: duckdb.DuckDBPyConnection, owner: Owner, enricher: Enricher) -> Iterator[Use]:
    """Yield the uses around the clean windows; which of them lie inside is for the owner's calendar to say."""
    for first, last in owner.clean_windows:
        span = (_midnight(first) - ZONES, _midnight(last) + timedelta(days=1) + ZONES)
        yield from _learned(event_store.account_uses(connection, span), enricher)


def _learned(lists: Iterable[list[Use]], enricher: Enricher) -> Iterator[Use]:
    """Pass uses on after looking their addresses up together."""
    for uses in lists:
        enricher.learn_networks((use.address, use.time.date()) for use in uses if use.address and use.time)
        yield from uses


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _contexts(foreign: Foreign, linked: Linked, enricher: Enricher) -> dict[tuple[str, date], AddressContext]:
    """Return the contexts that findings print: of linked addresses, and of those that are listed one by one."""
    pairs = [(link.address, link.at.date()) for link in linked.links]
    pairs += [
        (item.address, min(one.at for one in item.sessions).date()) for item in foreign.by_address if item.address
    ]
    return {pair: enricher.context(*pair) for pair in pairs}


def _phishing_reasons(event: Event) -> tuple[str, ...]:
    found = json.loads(event.detail).get("phishing", {})
    return tuple(reason_told(str(reason)) for reason in found.get("reasons", ()))


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
            "words_country": strength.words_country,
            "against_network": strength.against_network,
            "why": strength.why,
        },
        "basis": [{"exhibit": at.exhibit, "member": at.member, "place": at.place} for at in item.basis],
        "alternatives": list(item.alternatives),
        "challenge": item.challenge,
        "facts": dict(item.facts),
    }
