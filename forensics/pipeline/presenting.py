"""Build what the reports print: one ``CaseView`` from a case, its judgement and its analysis seal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from forensics import __version__
from forensics.attribution.sequence import Takeover
from forensics.attribution.session_reasons import reason_told
from forensics.case import CaseFacts
from forensics.ingest import title_of
from forensics.model import AddressContext, Exhibit, Owner, Rejection, Role, Session
from forensics.pipeline.clustering import graph_of
from forensics.pipeline.coverage_map import row_told
from forensics.pipeline.judgement import MAX_OWN_SESSIONS, MAX_SESSIONS, Inputs, Judgement
from forensics.pipeline.sealed_log import Sealed
from forensics.report.passages import NEXT_STEPS
from forensics.report.view import (
    AddressRow,
    CaseView,
    Checkpoint,
    Covered,
    ExhibitRow,
    KeyStep,
    RegistryUsed,
)
from forensics.sentence import dated, paragraph, say, say_n, verbatim

MAX_ADDRESSES = 500
MAX_OTHERS = 40
MARGIN = timedelta(hours=9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The rows of the larger tables that a report shows, and their true numbers."""

    addresses: tuple[tuple[dict[str, object], AddressContext | None, AddressContext | None], ...]
    addresses_total: int
    exhibits: tuple[Exhibit, ...]
    rejections: tuple[Rejection, ...]
    covered: Sequence[Mapping[str, Any]]


_DECLARE = say(
    "Declare what is the owner's (addresses, devices, a clean period) and run again with --owner FILE. Without it no session"
    " can be called foreign."
)


def view(
    facts: CaseFacts, judged: Judgement, inputs: Inputs, tables: Tables, sealed: Sealed, version: str = __version__
) -> CaseView:
    """Put a view together; everything in it comes from the case or from the seal.

    ``version`` is what the report says of the tool: this one, or in a replay the one that rendered the sealed report.
    """
    return CaseView(
        case_id=facts.id,
        reference=facts.reference,
        title=facts.title,
        sample=facts.sample,
        tool_version=version,
        created=sealed.time.replace("T", " ").replace("Z", " UTC"),
        tlp=_label("TLP", facts.tlp),
        pap=_label("PAP", facts.pap),
        examiner=facts.examiner,
        mandate=facts.mandate,
        owner_summary=_owner_words(inputs.owner),
        owner_zone=inputs.owner.time_zone,
        exhibits=_exhibits(tables.exhibits, inputs),
        coverage=inputs.coverage,
        covered=tuple(map(_covered, tables.covered)),
        rejections=tables.rejections,
        findings=judged.findings,
        sessions=tuple(map(_reasoned, _chosen(judged.sessions))),
        sessions_total=judged.sessions_total,
        addresses=tuple(_address(*row) for row in tables.addresses),
        addresses_total=tables.addresses_total,
        lanes=judged.lanes,
        habits=judged.habits,
        key_steps=_steps(judged),
        incident=_incident(judged.takeovers),
        leads=judged.leads,
        links=judged.links,
        graph=graph_of(judged, inputs),
        records=tuple(judged.records[key] for key in sorted(judged.records)),
        snapshots=judged.snapshots,
        registries=tuple(
            RegistryUsed(
                name=item.name,
                version=item.version,
                digest=item.digest,
                licence=item.licence,
                records=len(item.records),
            )
            for item in inputs.registries.used
        ),
        parameters=judged.linked.parameters,
        checkpoint=Checkpoint(origin=sealed.origin, size=sealed.size, root=sealed.root, note=sealed.note),
        key_fingerprint=sealed.fingerprint,
        scale=judged.linked.scale,
        scale_citation=judged.linked.scale_citation,
        limits=_limits(judged, inputs),
        next_steps=() if judged.known.exists or not judged.sessions else (_DECLARE, *NEXT_STEPS),
    )


def _label(scheme: str, value: str) -> str:
    """Return a label in its standard form, "TLP:AMBER", however the case wrote it."""
    return f"{scheme}:{value.removeprefix(f'{scheme}:')}" if value else ""


def _covered(row: Mapping[str, Any]) -> Covered:
    """Turn a row of the coverage map into what the report prints."""
    title = title_of(row["format"])
    return Covered(
        provider=row["provider"],
        account=row["account"],
        kind=row["format"] if title is None else verbatim(title),
        facts=row["facts"],
        first=datetime.fromisoformat(row["first"]) if row["first"] else None,
        last=datetime.fromisoformat(row["last"]) if row["last"] else None,
        gaps=tuple(
            say_n("no row for {n} day after {day}", "no row for {n} days after {day}", gap["days"], day=gap["after"])
            for gap in row["gaps"]
        ),
        retention=verbatim(row["retention"]) if row["retention"] else "",
        told=row_told(row["told"]),
    )


def _owner_words(owner: Owner) -> tuple[str, ...]:
    words = [
        say("address {address}", address=f"{item.net} ({item.label})" if item.label else item.net)
        for item in owner.addresses
    ]
    words += [say("device {device}", device=device) for device in owner.devices]
    words += [
        say("clean period {first} to {last}", first=dated(first), last=dated(last))
        for first, last in owner.clean_windows
    ]
    if owner.time_zone:
        words.append(say("time zone {zone}", zone=owner.time_zone))
    return tuple(words)


def _exhibits(exhibits: Sequence[Exhibit], inputs: Inputs) -> tuple[ExhibitRow, ...]:
    held = defaultdict(list)
    for item in inputs.coverage.members:
        held[item.exhibit].append(item)
    rows = []
    for exhibit in exhibits:
        members = held[exhibit.sha256]
        named = (item.format for item in members if item.format)
        titles = dict.fromkeys(name if (title := title_of(name)) is None else verbatim(title) for name in named)
        count = sum(item.rows for item in members if item.status == "read")
        rows.append(ExhibitRow(exhibit=exhibit, format=paragraph(titles, "; "), rows=count))
    return tuple(rows)


def _chosen(sessions: Sequence[Session]) -> tuple[Session, ...]:
    """Choose what the table shows: unexplained sessions before unknown ones, and the owner's latest; in time order."""
    others = (item for item in sessions if item.role is not Role.OWNER)
    foreign = sorted(others, key=lambda item: item.role is not Role.UNEXPLAINED)[:MAX_SESSIONS]
    own = sorted((item for item in sessions if item.role is Role.OWNER), key=lambda item: item.first, reverse=True)
    shown = [*foreign, *own[:MAX_OWN_SESSIONS]]
    return tuple(sorted(shown, key=lambda item: (item.first, item.provider, item.id)))


def _reasoned(session: Session) -> Session:
    """Return a session whose reasons, plain text in the session table, are sentences again."""
    return replace(session, reasons=tuple(map(reason_told, session.reasons)))


def _address(row: dict[str, object], context: AddressContext | None, latest: AddressContext | None) -> AddressRow:
    def moment(key: str) -> datetime | None:
        value = row[key]
        return datetime.fromisoformat(value) if isinstance(value, str) else None

    providers, events, registry = row["providers"], row["events"], row.get("registry")
    return AddressRow(
        address=str(row["address"]),
        role=Role(str(row["role"])),
        first=moment("first"),
        last=moment("last"),
        events=events if isinstance(events, int) else 0,
        providers=tuple(providers) if isinstance(providers, list) else (),
        context=context,
        latest=latest,
        registry=registry if isinstance(registry, str) else "",
    )


def _steps(judged: Judgement) -> tuple[KeyStep, ...]:
    cited = [item.id for item in judged.findings if item.kind == "takeover_sequence"]
    steps = []
    for takeover, finding in zip(judged.takeovers, cited, strict=True):
        for step in sorted((*takeover.steps, *takeover.regained[:4]), key=lambda item: (item.time, item.provider)):
            role = step.role or Role.UNKNOWN
            words = step.words
            if step.text and step.action.endswith("_deleted"):
                words = say("{step}: {what}", step=words, what=step.text)
            if step.address:
                words = say("{step} from {address}", step=words, address=step.address)
            steps.append(KeyStep(at=step.time, label=words, provider=step.provider, role=role, finding=finding))
    return tuple(steps)


def _incident(takeovers: Sequence[Takeover]) -> tuple[datetime, datetime] | None:
    if not takeovers:
        return None
    first, last = takeovers[0].first, takeovers[0].last
    if takeovers[0].regained:
        last = max(last, takeovers[0].regained[0].time)
    return first - MARGIN / 9, last + MARGIN / 9


def _limits(judged: Judgement, inputs: Inputs) -> tuple[str, ...]:
    limits = [
        say("An address names a connection at a time, not a person."),
        say(
            "Exports hold what providers kept: sessions that were ended, or are older than the provider's retention, are"
            " missing."
        ),
    ]
    if judged.stale:
        limits.append(
            say_n(
                "For {n} address day the only data about networks is more than 90 days away; it is marked.",
                "For {n} address days the only data about networks is more than 90 days away; each is marked.",
                judged.stale,
            )
        )
    if not judged.known.exists:
        limits.append(say("The owner declared no address, device or clean period: no session can be called foreign."))
    if inputs.coverage.rejections:
        limits.append(
            say(
                "Rows that could not be read: {n}. Each is in rejections/ with place and reason.",
                n=inputs.coverage.rejections,
            )
        )
    return tuple(limits)
