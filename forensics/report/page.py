"""The rows behind a report: the view, cut to what a profile shows and put into words. No markup, except pictures.

The page and the PDF take their rows from here. What is cut is counted, and the reader is told where the rest is.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from forensics.model import Role
from forensics.report import graph, heatmap, lead, phrases, qr, reach, timeline
from forensics.report.action_words import ACTION_WORDS
from forensics.report.cards import Card, Row, cards, grade_carries, link_rows, short
from forensics.report.facts import facts
from forensics.report.language.speech import ENGLISH, Speech
from forensics.report.passages import VERIFY_LINES
from forensics.report.profiles import WHOLE, Profile
from forensics.report.rules import Rule, rules
from forensics.report.svg import Pen
from forensics.report.texts import named, text
from forensics.sentence import Recorded, Sentence, dated, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forensics.report.view import AddressRow, CaseView

T = TypeVar("T")

EXAMPLES = 50
LEADS, MOMENTS = 20, 60
"""Addresses told as leads, and rows of each; letters and the case folder hold more."""

_RANK = {Role.UNEXPLAINED: 0, Role.UNKNOWN: 1, Role.OWNER: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The rows of a table as cells, and the sentence that says what is not shown ("" if nothing)."""

    rows: tuple[Row, ...]
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkB:
    """The verdict about cited statements and the statements themselves."""

    verdict: str
    carries: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadShown:
    """An address that an authority could resolve: its moments, and what to know about asking."""

    address: str
    rows: Cut
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a form of the report prints, in the order of the page.

    ``cards`` are all findings, ``short`` those of the summary, ``told`` those that are shown in full. ``anchors`` lead from
    the id of a finding to where it is told; ``linked`` are all anchors of findings in full.
    """

    view: CaseView
    profile: Profile
    figures: tuple[tuple[str, str], ...]
    cards: tuple[Card, ...]
    short: tuple[Card, ...]
    told: tuple[Card, ...]
    told_more: str
    anchors: Mapping[str, str]
    linked: frozenset[str]
    facts: tuple[str, ...]
    facts_more: str
    rules: tuple[Rule, ...]
    exhibits: Cut
    picture: str
    habits: str
    habits_zone: str
    reach: str
    picture_notes: tuple[str, ...]
    steps: Cut
    sessions: Cut
    addresses: Cut
    addresses_left: bool
    links: Cut
    graph: str
    link_b: LinkB
    leads: tuple[LeadShown, ...]
    leads_more: str
    lead_tools: tuple[str, ...]
    members: Cut
    covered: Cut
    coverage_sum: str
    coverage_holds: bool
    rejections: Cut
    scale: tuple[tuple[str, str], ...]
    scale_citation: str
    verify_lines: tuple[str, ...]
    head_code: str


def build(view: CaseView, speech: Speech = ENGLISH, profile: Profile = WHOLE) -> Page:
    """Return the page of a view: sentences still to be said, pictures already drawn in the language."""
    pen, most = Pen(speech), profile.rows
    holds, said = _sum(view)
    shown = cards(view, pen, profile)
    told = shown[: profile.findings] if "findings" in profile.sections else ()
    addresses, left = _addresses(view, profile)
    return Page(
        view=view,
        profile=profile,
        figures=_figures(view),
        cards=shown,
        short=shown[: profile.short],
        told=told,
        told_more=_more(len(told), len(shown), "findings.json") if told else "",
        anchors={card.finding.id: card.anchor for card in reversed(told)},
        linked=frozenset(card.anchor for card in told),
        facts=facts(view, shown[: profile.short]) if "facts" in profile.sections else (),
        facts_more=_more(min(len(shown), profile.short), len(shown), "findings.json"),
        rules=rules(profile),
        exhibits=_exhibits(view, most),
        picture=timeline.render(view, pen),
        habits=heatmap.render(view, pen) if profile.habits else "",
        habits_zone=text("habits.zone", zone=view.owner_zone if phrases.zone_of(view.owner_zone) else "UTC"),
        reach=reach.render(view, pen),
        picture_notes=_picture_notes(view),
        steps=_steps(view, most),
        sessions=_sessions(view, profile),
        addresses=addresses,
        addresses_left=left,
        links=_cut(link_rows(view), len(view.links), "findings.json", most),
        graph=graph.render(view.graph, pen),
        link_b=_link_b(view),
        leads=tuple(_lead(view, item, min(MOMENTS, most)) for item in view.leads[:LEADS]),
        leads_more=text("leads.left", n=len(view.leads) - LEADS) if len(view.leads) > LEADS else "",
        lead_tools=lead.TOOLS,
        members=_members(view, most),
        covered=_covered(view, most),
        coverage_sum=said,
        coverage_holds=holds,
        rejections=_rejections(view),
        scale=view.scale,
        scale_citation=view.scale_citation,
        verify_lines=_verify_lines(view),
        head_code=_head_code(view, pen),
    )


def _verify_lines(view: CaseView) -> tuple[str, ...]:
    """Return the shell lines with the size and the root (in hex, as the verifier takes it) of the checkpoint."""
    size, root = "SIZE", "ROOT"
    if view.checkpoint is not None:
        size = str(view.checkpoint.size)
        with suppress(ValueError):
            root = base64.b64decode(view.checkpoint.root, validate=True).hex() or root
    return tuple(line if isinstance(line, Sentence) else line.format(size=size, root=root) for line in VERIFY_LINES)


def _head_code(view: CaseView, pen: Pen) -> str:
    """Return the checkpoint as a QR code, for a copy that is kept on paper; nothing where the case is not sealed."""
    if view.checkpoint is None:
        return ""
    try:
        root = base64.b64decode(view.checkpoint.root, validate=True)
        code = qr.head_text(view.checkpoint.origin, view.checkpoint.size, root)
        return qr.svg(code, pen.say(text("meta.checkpoint")))
    except ValueError:  # no root, or a name far longer than any that can be sealed
        return ""


def _cut(rows: Sequence[Row], total: int, where: str, limit: int) -> Cut:
    """Return the first rows and, if that is not all, where the rest is."""
    shown = tuple(rows[:limit])
    return Cut(rows=shown, more=_more(len(shown), total, where))


def _more(shown: int, total: int, where: str) -> str:
    return text("more", shown=shown, total=total, where=where) if total > shown else ""


def _figures(view: CaseView) -> tuple[tuple[str, str], ...]:
    """Return the numbers of the summary; the number of unexplained addresses only where all rows are at hand."""
    figures = [
        (len(view.exhibits), "exhibits"),
        (view.coverage.events, "events"),
        (view.coverage.rejections, "rejections"),
        (len(view.findings), "findings"),
    ]
    if view.addresses_total <= len(view.addresses):
        figures.append((sum(row.role is Role.UNEXPLAINED for row in view.addresses), "unexplained"))
    return tuple((phrases.count(count), text(f"figure.{name}")) for count, name in figures)


def _exhibits(view: CaseView, most: int) -> Cut:
    """Name each exhibit: label, file, format, size, rows, whole digest, how it was obtained."""
    rows = [
        (
            f"EX-{n}",
            row.exhibit.name,
            row.format,
            phrases.count(row.exhibit.size),
            phrases.count(row.rows),
            row.exhibit.sha256,
            row.obtained,
        )
        for n, row in enumerate(view.exhibits[:most], 1)
    ]
    return _cut(rows, len(view.exhibits), "exhibits/, custody.jsonl", most)


def _picture_notes(view: CaseView) -> tuple[str, ...]:
    """Say what the picture leaves out."""
    notes = []
    if len(view.lanes) > timeline.LANES:
        notes.append(text("timeline.lanes_left", n=len(view.lanes) - timeline.LANES))
    unnumbered = timeline.steps_left(view)
    if unnumbered:
        notes.append(text("timeline.steps_left", n=unnumbered))
    hidden = timeline.outside(view)
    if hidden:
        notes.append(text("timeline.outside", n=hidden))
    return tuple(notes)


def _steps(view: CaseView, most: int) -> Cut:
    """List the key steps under the picture with both times."""
    zone = phrases.zone_of(view.owner_zone)
    rows: list[Row] = [
        (
            str(n),
            phrases.when(step.at),
            phrases.local(step.at, zone),
            step.provider,
            step.account,
            step.label,
            step.role.value if step.role else "",
            step.finding,
        )
        for n, step in enumerate(view.key_steps[:most], 1)
    ]
    return _cut(rows, len(view.key_steps), "findings.json", most)


def _sessions(view: CaseView, profile: Profile) -> Cut:
    """List sessions in time order: id, time, account, address, client, device, events, role, reasons."""
    wanted = (item for item in view.sessions if not (profile.only_foreign and item.role is Role.OWNER))
    held = sorted(wanted, key=lambda session: (session.first, session.last, session.id))
    rows: list[Row] = [
        (
            session.id,
            phrases.span(session.first, session.last),
            session.provider,
            session.account,
            session.address or "",
            session.client,
            session.device,
            session.events,
            session.role.value,
            session.reasons,
        )
        for session in held[: profile.rows]
    ]
    total = max(view.sessions_total, len(view.sessions))
    return _cut(rows, total, _table("sessions", profile), profile.rows)


def _addresses(view: CaseView, profile: Profile) -> tuple[Cut, bool]:
    """List addresses, those that nothing explains first, then those on record, then by time; say whether some are left out."""

    def order(row: AddressRow) -> tuple[int, bool, bool, str, str]:
        return _RANK[row.role], not row.registry, row.first is None, phrases.when(row.first), row.address

    told = [row for row in view.addresses if row.role is not Role.UNKNOWN or row.registry or not profile.only_foreign]
    held = sorted(told, key=order)[: profile.rows]
    rows: list[Row] = [
        (
            row.address,
            row.role.value,
            phrases.span(row.first, row.last),
            row.events,
            ", ".join(row.providers),
            *_context(row),
            row.registry,
        )
        for row in held
    ]
    total = max(view.addresses_total, len(view.addresses))
    return _cut(rows, total, _table("addresses", profile), profile.rows), len(told) < len(view.addresses)


def _table(name: str, profile: Profile) -> str:
    """Say where a whole table is: a page to read names the command, what is filed the file that goes with it."""
    return f"{name}.jsonl" if profile.name else f"forensics {name} CASE --format csv"


def _context(row: AddressRow) -> tuple[str, tuple[str, ...], str]:
    """Return the holder as of the event, the sentences that support it, and the warning about the latest snapshot."""
    context = row.context
    if context is None:
        return text("context.none"), (), ""
    event = text("context.for", day=dated(context.at)) if context.at else text("context.undated")
    lines = phrases.supported(context)
    if context.special:
        lines.append(text("context.special", special=context.special))
    lines += phrases.class_lines(context)
    lines += phrases.said_lines(context)
    warning = ""
    if row.latest is not None and phrases.differs(context, row.latest):
        warning = text(
            "context.latest",
            day=dated(row.latest.origin_as.as_of),
            value=phrases.holder(row.latest),
            event=dated(context.at),
        )
    return say("{holder} ({event})", holder=phrases.holder(context), event=event), (*lines, *context.notes), warning


def _link_b(view: CaseView) -> LinkB:
    """Quote what others said about the records that were compared; the grade decides whether it counts."""
    compared = {link.record for link in view.links if link.record}
    quoted = [(record, said) for record in view.records if record.id in compared for said in record.link_b]
    rows: list[Row] = []
    for record, said in quoted:
        source = next((source for source in record.sources if source.id == said.source), None)
        cited = said.source if source is None else f"{source.publisher}, {source.title}. {source.citation}"
        rows.append((said.entity, said.statement, cited, said.grade, said.independence_group, record.id))
    if not quoted:
        return LinkB(verdict=text("infrastructure.b.none"), carries=False, rows=())
    carries = any(grade_carries(said.grade) for _, said in quoted)
    verdict = text("infrastructure.b.lead" if carries else "infrastructure.b.weak")
    return LinkB(verdict=verdict, carries=carries, rows=tuple(rows))


def _lead(view: CaseView, found: lead.Lead, most: int) -> LeadShown:
    """Return one lead: time, time in the owner's zone, port, provider, account, what happened, place."""
    zone = phrases.zone_of(view.owner_zone)
    numbers = {row.exhibit.sha256: f"EX-{n}" for n, row in enumerate(view.exhibits, 1)}
    rows: list[Row] = []
    for at in found.moments[:most]:
        utc, there, port, provider = lead.moment_row(at, zone)
        where = f"{numbers.get(at.exhibit, short(at.exhibit))} {at.place}"
        rows.append((utc, there, port, provider, at.account, ACTION_WORDS[at.action], where))
    words = (*lead.dated_words(found), *lead.precision_words(found), *lead.resolver_words(found))
    return LeadShown(address=found.address, rows=_cut(rows, found.total, "events/", most), words=words)


def _members(view: CaseView, most: int) -> Cut:
    """List what became of every member: exhibit, member, format, status, counts, rules of what was not used."""
    numbers = {row.exhibit.sha256: f"EX-{n}" for n, row in enumerate(view.exhibits, 1)}
    rows: list[Row] = [
        (
            numbers.get(member.exhibit, short(member.exhibit)),
            member.member or member.name,
            member.format,
            named("member", member.status),
            phrases.count(member.rows),
            phrases.count(member.events),
            phrases.count(member.rejections),
            tuple(say("{n}: {rule}", n=count, rule=Recorded(rule)) for rule, count in member.unused.items()),
        )
        for member in view.coverage.members[:most]
    ]
    return _cut(rows, len(view.coverage.members), "coverage.json", most)


def _covered(view: CaseView, most: int) -> Cut:
    """List how far each kind of data reaches: provider, account, kind, facts, first, last, and what limits it."""
    rows: list[Row] = [
        (
            item.provider,
            item.account,
            item.kind,
            phrases.count(item.facts),
            f"{item.first:%Y-%m-%d %H:%M}" if item.first else "",
            f"{item.last:%Y-%m-%d %H:%M}" if item.last else "",
            tuple(filter(None, (item.told, *item.gaps, item.retention and text("covered.kept", kept=item.retention)))),
        )
        for item in view.covered[:most]
    ]
    return _cut(rows, len(view.covered), "coverage.json", most)


def _sum(view: CaseView) -> tuple[bool, str]:
    """Say whether the ledger adds up, member by member; a sum that is wrong must be seen."""
    held = view.coverage
    holds = held.rows == held.events + held.rejections + held.unused and all(
        m.rows == m.events + m.rejections + sum(m.unused.values()) for m in held.members
    )
    counts = {name: phrases.count(getattr(held, name)) for name in ("rows", "events", "rejections", "unused")}
    return holds, text("coverage.sum" if holds else "coverage.bad", **counts)


def _rejections(view: CaseView) -> Cut:
    """Show examples of what was not understood: where, why, and the first characters as found."""
    numbers = {row.exhibit.sha256: f"EX-{n}" for n, row in enumerate(view.exhibits, 1)}
    rows: list[Row] = [
        (numbers.get(row.exhibit, short(row.exhibit)), row.member, row.place, row.format, row.reason, row.excerpt)
        for row in view.rejections[:EXAMPLES]
    ]
    return _cut(rows, max(view.coverage.rejections, len(view.rejections)), "rejections/", EXAMPLES)
