"""The sections that tell what the records show: findings, timeline, sessions, addresses, infrastructure, coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.report import graph, phrases
from forensics.report.pdf import blocks
from forensics.report.pdf.blocks import newline
from forensics.report.svg import Pen
from forensics.sentence import Figure, paragraph

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forensics.report.cards import Card
    from forensics.report.pdf.blocks import Block, Cell
    from forensics.report.pdf.draft import Draft


def findings(draft: Draft) -> list[Block]:
    """Return every finding in full, then the verbal scale."""
    if not draft.page.told:
        return [draft.put.says(draft.t("summary.none"))]
    made = [draft.put.says(draft.t("findings.lead"), "lead")]
    for n, card in enumerate(draft.page.told):
        made += _finding(draft, card, n)
    return [*made, *draft.more(draft.page.told_more), *_scale(draft)]


def _finding(draft: Draft, card: Card, n: int) -> list[Block]:
    """Return one finding: statement, strength, basis, alternatives, how to challenge it, values used."""
    finding = card.finding
    made: list[Block] = [
        {"t": "finding", "id": card.anchor, "mark": draft.put.shown(finding.id), "kind": draft.put.shown(card.kind)},
        blocks.para(draft.said(finding.statement), style="statement"),
        draft.put.heading("", draft.t("finding.strength"), 4),
        *_strength(draft, card, n),
        draft.put.heading("", draft.t("finding.basis"), 4),
        *_basis(draft, card),
        draft.put.heading("", draft.t("finding.alternatives"), 4),
    ]
    if finding.alternatives:
        made.append(draft.put.listed(finding.alternatives))
    else:
        made.append(draft.put.says(draft.t("finding.no_alternatives")))
    made.append(draft.put.heading("", draft.t("finding.challenge"), 4))
    made.append(blocks.para(draft.said(finding.challenge or draft.t("not_stated"))))
    if card.facts:
        made += [draft.put.heading("", draft.t("finding.facts"), 4), draft.put.pairs(draft.pair_rows(card.facts))]
    for title, rows in card.derivations:
        made += [draft.put.heading("", title, 4), draft.put.pairs(draft.pair_rows(rows))]
    return made


def _strength(draft: Draft, card: Card, n: int) -> Iterable[Block]:
    """Return the strength in a sentence, a picture and a table; a fact has none."""
    if not card.strength:
        return [draft.put.says(draft.t("finding.fact"))]
    made = [
        blocks.para(
            draft.run(card.reading, limit=blocks.LONG),
            draft.run(paragraph([" ", draft.t("strength.not_posterior")], "")),
        )
    ]
    if card.gauge:
        name = f"gauge-{n}.svg"
        draft.pictures[name] = card.gauge
        made.append(draft.put.picture(name, card.brief, 78))
    return [*made, draft.put.pairs(draft.pair_rows(card.strength))]


def _basis(draft: Draft, card: Card) -> list[Block]:
    """Return the places of the evidence that a finding rests on."""
    if not card.basis:
        return [draft.put.says(draft.t("finding.no_basis"))]
    places: dict[tuple[str, str, str], list[str]] = {}
    for label, digest, member, place in card.basis:
        places.setdefault((label, digest, member), []).append(place)
    rows = [
        [
            [draft.run(f"{label} ", "b"), draft.run(digest, "c")],
            [draft.run(member)],
            [draft.run(", ".join(held), "c", limit=1200)],
        ]
        for (label, digest, member), held in places.items()
    ]
    return [
        draft.put.table("", draft.heads("exhibit", "member", "place"), (2, 4, 3.4), rows),
        *draft.more(card.basis_more),
    ]


def _scale(draft: Draft) -> list[Block]:
    """Return the words of the scale with their source."""
    if not draft.page.scale:
        return []
    rows = [[[draft.run(span)], [draft.run(words)]] for span, words in draft.page.scale]
    return [
        draft.put.heading("scale", draft.t("scale"), 2),
        draft.put.table("", draft.heads("ratio", "words"), (1, 1), rows),
        draft.put.says(draft.t("scale.lead")),
        draft.put.says(draft.page.scale_citation, "note"),
    ]


def timeline(draft: Draft) -> list[Block]:
    """Return the picture, what it leaves out, and the numbered steps."""
    page = draft.page
    made: list[Block] = [draft.put.says(draft.t("timeline.none"))]
    if page.picture:
        draft.pictures["timeline.svg"] = page.picture
        alternative = paragraph([draft.t("timeline"), draft.t("timeline.lead")], ". ")
        made = [
            draft.put.says(draft.t("timeline.lead"), "lead"),
            draft.put.picture("timeline.svg", alternative),
            *(draft.put.says(line, "more") for line in page.picture_notes),
        ]
    if page.habits:
        draft.pictures["habits.svg"] = page.habits
        made += [
            draft.put.heading("habits", draft.t("habits"), 2),
            draft.put.says(paragraph([draft.t("habits.lead"), page.habits_zone])),
            draft.put.picture("habits.svg", draft.t("habits")),
        ]
    rows = [
        [
            [draft.run(number, "b")],
            blocks.lines(draft.run(utc), draft.run(there, "s")),
            blocks.lines(draft.run(provider), draft.run(account, "s")),
            [draft.said(label), *_cited(draft, str(finding))],
            [draft.role(str(role))],
        ]
        for number, utc, there, provider, account, label, role, finding in page.steps.rows
    ]
    if not rows:
        return made
    heads = draft.heads("number", "time", "account", "what", "role")
    return [
        *made,
        draft.put.heading("steps", draft.t("timeline.steps"), 2),
        draft.put.says(draft.t("timeline.steps.numbered")),
        draft.put.table(draft.t("timeline.steps"), heads, (0.6, 3.5, 1.8, 4.3, 1.7), rows),
        *draft.more(page.steps.more),
    ]


def _cited(draft: Draft, finding: str) -> Cell:
    """Return a link to a finding that is printed, else its number."""
    if not finding:
        return []
    return [draft.run(" "), draft.run(finding, "b", draft.page.anchors.get(finding, ""))]


def _events(draft: Draft, events: object) -> str:
    return draft.labelled("col.events", Figure(events))


def sessions(draft: Draft) -> list[Block]:
    """Return the sessions in time order; a profile may leave the owner's to the table of all sessions."""
    rows = [
        [
            blocks.lines(draft.run(times), draft.run(paragraph([str(number), _events(draft, events)], " · "), "s")),
            blocks.lines(draft.run(provider), draft.run(account, "s")),
            [draft.run(address, "c") if address else draft.run(draft.t("no_address"))],
            blocks.lines(draft.run(client, limit=160), draft.run(device, "sc", limit=80)),
            [draft.role(str(role)), *_reasons(draft, reasons)],
        ]
        for number, times, provider, account, address, client, device, events, role, reasons in draft.page.sessions.rows
    ]
    if not draft.view.sessions:
        return [draft.put.says(draft.t("sessions.none"))]
    heads = draft.heads("first_last", "account", "address", "client", "reasons")
    left = [draft.put.says(draft.t("left.sessions"))] if draft.profile.only_foreign else []
    shown = [draft.put.table(draft.t("sessions"), heads, (2.3, 1.9, 2, 2.6, 3), rows)] if rows else []
    return [
        draft.put.says(draft.t("sessions.lead"), "lead"),
        *left,
        *shown,
        *draft.more(draft.page.sessions.more),
    ]


def _reasons(draft: Draft, reasons: object) -> Cell:
    return [draft.run(line, "li", limit=blocks.LONG) for line in reasons] if isinstance(reasons, tuple) else []


def addresses(draft: Draft) -> list[Block]:
    """Return the addresses with what dated sources say of them as of the event."""
    if not draft.view.addresses:
        return [draft.put.says(draft.t("addresses.none"))]
    rows = []
    for address, role, times, events, providers, holder, told, warning, registry in draft.page.addresses.rows:
        context: Cell = [draft.run(holder, "b")]
        for line in told if isinstance(told, tuple) else ():
            context += [newline(), draft.said(line, "s")]
        if warning:
            context += [newline(), draft.said(warning, "w")]
        used = paragraph([_events(draft, events), str(providers)], " · ")
        rows.append([
            [draft.run(address, "c"), newline(), draft.role(str(role))],
            blocks.lines(draft.run(times), draft.run(used, "s")),
            context,
            [draft.said(registry) if registry else draft.run(draft.t("none"))],
        ])  # fmt: skip
    heads = draft.heads("address", "seen", "context", "registry")
    return [
        draft.put.says(draft.t("addresses.lead"), "lead"),
        *([draft.put.says(draft.t("left.addresses"))] if draft.page.addresses_left else []),
        *([draft.put.table(draft.t("addresses"), heads, (2, 2.3, 5.2, 2.3), rows)] if rows else []),
        *draft.more(draft.page.addresses.more),
    ]


def infrastructure(draft: Draft) -> list[Block]:
    """Return Link A, computed, and Link B, quoted, each under its own heading."""
    rows = [
        [
            [draft.run(address, "c"), newline(), draft.run(moment, "s")],
            blocks.lines(
                draft.run(ring, "b"),
                draft.run(record),
                draft.run(description, "s"),
                draft.run(draft.labelled("col.window", window), "s") if window else None,
            ),
            [draft.run(strength)],
            draft.put.items(assumptions) if isinstance(assumptions, tuple) else [],
        ]
        for address, moment, ring, record, description, window, strength, assumptions in draft.page.links.rows
    ]
    made: list[Block] = [draft.put.heading("link-a", draft.t("pdf.link_a"), 2)]
    if rows:
        heads = draft.heads("address", "record", "strength", "assumptions")
        made += [
            draft.put.says(draft.t("infrastructure.lead"), "lead"),
            draft.put.table(draft.t("infrastructure"), heads, (1.8, 2.5, 2, 5.4), rows),
            *draft.more(draft.page.links.more),
        ]
    else:
        made.append(draft.put.says(draft.t("infrastructure.none")))
    link_b = draft.page.link_b
    made += [draft.put.heading("link-b", draft.t("infrastructure.b"), 2), draft.put.says(link_b.verdict)]
    if link_b.rows:
        heads = draft.heads("entity", "statement", "source", "grade")
        made.append(
            draft.put.table(
                draft.t("infrastructure.b"), heads, (2, 4, 4, 0.8), [_quoted(draft, row) for row in link_b.rows]
            )
        )
    return [*made, *_graph(draft)]


def _graph(draft: Draft) -> list[Block]:
    """Return the picture of what hangs together, and each of its lines by number."""
    picture = graph.render(draft.view.graph, Pen(draft.speech), listed=False)
    if not picture:
        return []
    draft.pictures["graph.svg"] = picture
    return [
        draft.put.heading("graph", draft.t("infrastructure.graph"), 2),
        draft.put.picture("graph.svg", draft.t("infrastructure.graph")),
        *(draft.put.says(line, "more") for line in graph.lines_of(draft.view.graph)),
    ]


def _quoted(draft: Draft, row: tuple[object, ...]) -> list[Cell]:
    """Return one statement of others: never translated, never computed."""
    entity, statement, source, grade, group, record = row
    return [
        blocks.lines(draft.run(entity, "b"), draft.run(draft.labelled("col.record", record), "s")),
        [draft.run(f"“{statement}”", limit=2000)],
        blocks.lines(
            draft.run(source, limit=1000), draft.run(draft.labelled("col.group", group), "s") if group else None
        ),
        [draft.run(grade, "b")],
    ]


def leads(draft: Draft) -> list[Block]:
    """Return what an authority could still ask about each unexplained address, and the legal tools."""
    page = draft.page
    if not page.leads:
        return [draft.put.says(draft.t("leads.none"))]
    made = [draft.put.says(draft.t("leads.lead"), "lead")]
    heads = draft.heads("time", "local", "port", "account", "what", "place")
    for n, found in enumerate(page.leads, 1):
        rows = [
            [
                [draft.run(utc)],
                [draft.run(there)],
                [draft.run(port)],
                blocks.lines(draft.run(provider), draft.run(account, "s")),
                [draft.said(what)],
                [draft.run(place, "sc")],
            ]
            for utc, there, port, provider, account, what, place in found.rows.rows
        ]
        made += [
            draft.put.heading(f"lead-{n}", found.address, 2),
            draft.put.table(draft.t("leads.of", address=found.address), heads, (2.2, 2.6, 1.2, 2, 1.8, 2), rows),
            *draft.more(found.rows.more),
            draft.put.listed(found.words),
        ]
    tools = draft.put.listed(page.lead_tools)
    return [*made, *draft.more(page.leads_more), draft.put.heading("tools", draft.t("leads.tools"), 2), tools]


def coverage(draft: Draft) -> list[Block]:
    """Return the ledger, whose sum the reader can check, and how far each kind of data reaches."""
    page = draft.page
    if not page.members.rows:
        return [draft.put.says(draft.t("coverage.none"))]
    rows = [
        [
            [draft.run(label, "b")],
            blocks.lines(draft.run(member), draft.run(form, "s")),
            [draft.run(status)],
            [draft.run(count)],
            [draft.run(events)],
            [draft.run(rejected)],
            draft.put.items(unused) if isinstance(unused, tuple) else [],
        ]
        for label, member, form, status, count, events, rejected, unused in page.members.rows
    ]
    held = draft.view.coverage
    rows.append([
        [draft.run(draft.t("total"), "b")], [], [],
        *([draft.run(phrases.count(count), "b")] for count in (held.rows, held.events, held.rejections, held.unused)),
    ])  # fmt: skip
    heads = draft.heads("exhibit", "member", "status", "rows", "events", "rejections", "unused")
    made = [
        draft.put.says(draft.t("coverage.lead"), "lead"),
        draft.put.says(page.coverage_sum, "" if page.coverage_holds else "warning"),
        draft.put.table(draft.t("coverage"), heads, (1, 3.6, 1.3, 1, 1, 1.2, 2.6), rows, numbers=(3, 4, 5)),
        *draft.more(page.members.more),
    ]
    return [*made, *_covered(draft), *_rejections(draft)]


def _covered(draft: Draft) -> list[Block]:
    rows = [
        [
            blocks.lines(draft.run(provider, "b"), draft.run(account, "s")),
            [draft.run(kind)],
            [draft.run(facts)],
            [draft.run(first)],
            [draft.run(last)],
            draft.put.items(limits) if isinstance(limits, tuple) else [],
        ]
        for provider, account, kind, facts, first, last, limits in draft.page.covered.rows
    ]
    if not rows:
        return []
    heads = draft.heads("provider", "kind", "facts", "first", "last", "limits")
    return [
        draft.put.heading("covered", draft.t("coverage.covered"), 2),
        draft.put.says(draft.t("covered.lead")),
        *_reach(draft),
        draft.put.table(draft.t("coverage.covered"), heads, (1.8, 2, 0.9, 1.6, 1.6, 4), rows, numbers=(2,)),
        *draft.more(draft.page.covered.more),
    ]


def _reach(draft: Draft) -> list[Block]:
    if not draft.page.reach:
        return []
    draft.pictures["reach.svg"] = draft.page.reach
    return [draft.put.picture("reach.svg", draft.t("reach"))]


def _rejections(draft: Draft) -> list[Block]:
    """Return examples of what was not understood, as found, where the profile shows them."""
    if not draft.profile.examples:
        return []
    made: list[Block] = [draft.put.heading("rejections", draft.t("coverage.rejections"), 2)]
    rows = [
        [
            [draft.run(label, "b")],
            blocks.lines(draft.run(member), draft.run(place, "sc")),
            blocks.lines(draft.run(reason), draft.run(form, "s")),
            [draft.run(excerpt, "c", limit=200)],
        ]
        for label, member, place, form, reason, excerpt in draft.page.rejections.rows
    ]
    if not rows:
        none = "coverage.unlisted" if draft.view.coverage.rejections else "coverage.no_rejections"
        return [*made, draft.put.says(draft.t(none))]
    return [
        *made,
        draft.put.table(
            draft.t("coverage.rejections"), draft.heads("exhibit", "place", "reason", "excerpt"), (0.9, 3, 3, 4), rows
        ),
        *draft.more(draft.page.rejections.more),
    ]
