"""The sections that tell what the records show: findings, timeline, sessions, addresses, infrastructure, coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.report.pdf import blocks
from forensics.report.pdf.blocks import newline, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forensics.report.cards import Card
    from forensics.report.pdf.blocks import Block, Cell
    from forensics.report.pdf.draft import Draft


def findings(draft: Draft) -> list[Block]:
    """Return every finding in full, then the verbal scale."""
    told = draft.page.cards[: draft.profile.findings]
    if not told:
        return [blocks.says(draft.t("summary.none"))]
    made = [blocks.says(draft.t("findings.lead"), "lead")]
    for n, card in enumerate(told):
        made += _finding(draft, card, n)
    made += draft.more(len(told), len(draft.page.cards), "findings.json")
    return made + _scale(draft)


def _finding(draft: Draft, card: Card, n: int) -> list[Block]:
    """Return one finding: statement, strength, basis, alternatives, how to challenge it, values used."""
    finding = card.finding
    made: list[Block] = [
        {"t": "finding", "id": card.anchor, "mark": blocks.shown(finding.id), "kind": blocks.shown(card.kind)},
        blocks.para(draft.said(finding.statement), style="statement"),
        blocks.heading("", draft.t("finding.strength"), 4),
        *_strength(draft, card, n),
        blocks.heading("", draft.t("finding.basis"), 4),
        *_basis(draft, card),
        blocks.heading("", draft.t("finding.alternatives"), 4),
    ]
    if finding.alternatives:
        made.append(blocks.listed(draft.speech.say(line) for line in finding.alternatives))
    else:
        made.append(blocks.says(draft.t("finding.no_alternatives")))
    made.append(blocks.heading("", draft.t("finding.challenge"), 4))
    made.append(blocks.para(draft.said(finding.challenge or draft.t("not_stated"))))
    if draft.profile.derivations:
        if card.facts:
            made += [blocks.heading("", draft.t("finding.facts"), 4), blocks.pairs(draft.pair_rows(card.facts))]
        for title, rows in card.derivations:
            made += [blocks.heading("", title, 4), blocks.pairs(draft.pair_rows(rows))]
    return made


def _strength(draft: Draft, card: Card, n: int) -> Iterable[Block]:
    """Return the strength in a sentence, a picture and a table; a fact has none."""
    if not card.strength:
        return [blocks.says(draft.t("finding.fact"))]
    made = [blocks.para(run(card.reading, limit=blocks.LONG), run(f" {draft.t('strength.not_posterior')}"))]
    if card.gauge:
        name = f"gauge-{n}.svg"
        draft.pictures[name] = card.gauge
        made.append(blocks.picture(name, card.brief, 78))
    return [*made, blocks.pairs(draft.pair_rows(card.strength))]


def _basis(draft: Draft, card: Card) -> list[Block]:
    """Return the places of the evidence that a finding rests on."""
    if not card.basis:
        return [blocks.says(draft.t("finding.no_basis"))]
    told = card.basis[: draft.profile.basis]
    places: dict[tuple[str, str, str], list[str]] = {}
    for label, digest, member, place in told:
        places.setdefault((label, digest, member), []).append(place)
    rows = [
        [[run(f"{label} ", "b"), run(digest, "c")], [run(member)], [run(", ".join(held), "c", limit=1200)]]
        for (label, digest, member), held in places.items()
    ]
    where = f"findings.json, forensics findings CASE --explain {card.finding.id}"
    return [
        blocks.table("", draft.heads("exhibit", "member", "place"), (2, 4, 3.4), rows),
        *draft.more(len(told), len(card.finding.basis), where),
    ]


def _scale(draft: Draft) -> list[Block]:
    """Return the words of the scale with their source."""
    if not draft.page.scale:
        return []
    rows = [[[run(span)], [run(words)]] for span, words in draft.page.scale]
    return [
        blocks.heading("scale", draft.t("scale"), 2),
        blocks.table("", draft.heads("ratio", "words"), (1, 1), rows),
        blocks.says(draft.t("scale.lead")),
        blocks.says(draft.page.scale_citation, "note"),
    ]


def timeline(draft: Draft) -> list[Block]:
    """Return the picture, what it leaves out, and the numbered steps."""
    page = draft.page
    made: list[Block] = [blocks.says(draft.t("timeline.none"))]
    if page.picture:
        draft.pictures["timeline.svg"] = page.picture
        alternative = f"{draft.t('timeline')}. {draft.t('timeline.lead')}"
        made = [
            blocks.says(draft.t("timeline.lead"), "lead"),
            blocks.picture("timeline.svg", alternative),
            *(blocks.says(line, "more") for line in page.picture_notes),
        ]
    if page.habits and draft.profile.habits:
        draft.pictures["habits.svg"] = page.habits
        made += [
            blocks.heading("habits", draft.t("habits"), 2),
            blocks.says(f"{draft.t('habits.lead')} {page.habits_zone}"),
            blocks.picture("habits.svg", draft.t("habits")),
        ]
    rows = [
        [
            [run(number, "b")],
            blocks.lines(run(utc), run(there, "s")),
            blocks.lines(run(provider), run(account, "s")),
            [draft.said(label), *_cited(draft, str(finding))],
            [draft.role(str(role))],
        ]
        for number, utc, there, provider, account, label, role, finding in page.steps.rows[: draft.profile.rows]
    ]
    if not rows:
        return made
    heads = draft.heads("number", "time", "account", "what", "role")
    return [
        *made,
        blocks.heading("steps", draft.t("timeline.steps"), 2),
        blocks.says(draft.t("timeline.steps.numbered")),
        blocks.table(draft.t("timeline.steps"), heads, (0.6, 3.5, 1.8, 4.3, 1.7), rows),
        *draft.more(len(rows), len(draft.view.key_steps), "findings.json"),
    ]


def _cited(draft: Draft, finding: str) -> Cell:
    """Return a link to a finding that is printed, else its number."""
    if not finding:
        return []
    printed = {card.anchor for card in draft.page.cards[: draft.profile.findings]}
    anchor = draft.page.anchors.get(finding, "") if "findings" in draft.profile.sections else ""
    return [run(" "), run(finding, "b", anchor if anchor in printed else "")]


def sessions(draft: Draft) -> list[Block]:
    """Return the sessions in time order; a profile may leave the owner's to the attached table."""
    view = draft.view
    held = [row for row in draft.page.sessions.rows if not (draft.profile.only_foreign and row[8] == "owner")]
    rows = [
        [
            blocks.lines(run(times), run(f"{number} · {draft.t('col.events')}: {events}", "s")),
            blocks.lines(run(provider), run(account, "s")),
            [run(address, "c") if address else run(draft.t("no_address"))],
            blocks.lines(run(client, limit=160), run(device, "sc", limit=80)),
            [draft.role(str(role)), *_reasons(draft, reasons)],
        ]
        for number, times, provider, account, address, client, device, events, role, reasons in held[
            : draft.profile.rows
        ]
    ]
    if not view.sessions:
        return [blocks.says(draft.t("sessions.none"))]
    heads = draft.heads("first_last", "account", "address", "client", "reasons")
    total = max(view.sessions_total, len(view.sessions))
    left = [blocks.says(draft.t("pdf.only_foreign"))] if draft.profile.only_foreign else []
    shown = [blocks.table(draft.t("sessions"), heads, (2.3, 1.9, 2, 2.6, 3), rows)] if rows else []
    return [
        blocks.says(draft.t("sessions.lead"), "lead"),
        *left,
        *shown,
        *draft.more(len(rows), total, "sessions.jsonl"),
    ]


def _reasons(draft: Draft, reasons: object) -> Cell:
    return [["li", draft.said(line)[1]] for line in reasons] if isinstance(reasons, tuple) else []


def addresses(draft: Draft) -> list[Block]:
    """Return the addresses with what dated sources say of them as of the event."""
    if not draft.page.addresses.rows:
        return [blocks.says(draft.t("addresses.none"))]
    rows = []
    left = False
    for address, role, times, events, providers, holder, told, warning, registry in draft.page.addresses.rows:
        if draft.profile.only_foreign and role == "unknown" and not registry:
            left = True
            continue
        context: Cell = [run(holder, "b")]
        for line in told if isinstance(told, tuple) else ():
            context += [newline(), draft.said(line, "s")]
        if warning:
            context += [newline(), draft.said(warning, "w")]
        used = f"{draft.t('col.events')}: {events}" + (f" · {providers}" if providers else "")
        rows.append([
            [run(address, "c"), newline(), draft.role(str(role))],
            blocks.lines(run(times), run(used, "s")),
            context,
            [draft.said(registry) if registry else run(draft.t("none"))],
        ])  # fmt: skip
    shown = rows[: draft.profile.rows]
    total = max(draft.view.addresses_total, len(draft.view.addresses))
    heads = draft.heads("address", "seen", "context", "registry")
    return [
        blocks.says(draft.t("addresses.lead"), "lead"),
        *([blocks.says(draft.t("pdf.only_told"))] if left else []),
        blocks.table(draft.t("addresses"), heads, (2, 2.3, 5.2, 2.3), shown),
        *draft.more(len(shown), total, "addresses.jsonl"),
    ]


def infrastructure(draft: Draft) -> list[Block]:
    """Return Link A, computed, and Link B, quoted, each under its own heading."""
    rows = [
        [
            [run(address, "c"), newline(), run(moment, "s")],
            blocks.lines(
                run(ring, "b"), run(record), run(description, "s"),
                run(f"{draft.t('col.window')}: {window}", "s") if window else None,
            ),
            [run(strength)],
            blocks.items(draft.speech.say(line) for line in assumptions) if isinstance(assumptions, tuple) else [],
        ]
        for address, moment, ring, record, description, window, strength, assumptions in draft.page.links.rows[
            : draft.profile.rows
        ]
    ]  # fmt: skip
    made: list[Block] = [blocks.heading("link-a", draft.t("pdf.link_a"), 2)]
    if rows:
        heads = draft.heads("address", "record", "strength", "assumptions")
        made += [
            blocks.says(draft.t("infrastructure.lead"), "lead"),
            blocks.table(draft.t("infrastructure"), heads, (1.8, 2.5, 2, 5.4), rows),
            *draft.more(len(rows), len(draft.view.links), "findings.json"),
        ]
    else:
        made.append(blocks.says(draft.t("infrastructure.none")))
    link_b = draft.page.link_b
    made += [blocks.heading("link-b", draft.t("infrastructure.b"), 2), blocks.says(link_b.verdict)]
    if link_b.rows:
        heads = draft.heads("entity", "statement", "source", "grade")
        made.append(
            blocks.table(
                draft.t("infrastructure.b"), heads, (2, 4, 4, 0.8), [_quoted(draft, row) for row in link_b.rows]
            )
        )
    return made


def _quoted(draft: Draft, row: tuple[object, ...]) -> list[Cell]:
    """Return one statement of others: never translated, never computed."""
    entity, statement, source, grade, group, record = row
    return [
        blocks.lines(run(entity, "b"), run(f"{draft.t('col.record')}: {record}", "s")),
        [run(f"“{statement}”", limit=2000)],
        blocks.lines(run(source, limit=1000), run(f"{draft.t('col.group')}: {group}", "s") if group else None),
        [run(grade, "b")],
    ]


def leads(draft: Draft) -> list[Block]:
    """Return what an authority could still ask about each unexplained address, and the legal tools."""
    page = draft.page
    if not page.leads:
        return [blocks.says(draft.t("leads.none"))]
    made = [blocks.says(draft.t("leads.lead"), "lead")]
    heads = draft.heads("time", "local", "port", "account", "what", "place")
    for n, found in enumerate(page.leads, 1):
        rows = [
            [
                [run(utc)], [run(there)], [run(draft.speech.say(str(port)))],
                blocks.lines(run(provider), run(account, "s")), [draft.said(what)], [run(place, "sc")],
            ]
            for utc, there, port, provider, account, what, place in found.rows.rows[: draft.profile.rows]
        ]  # fmt: skip
        made += [
            blocks.heading(f"lead-{n}", found.address, 2),
            blocks.table(draft.t("leads.of", address=found.address), heads, (2.2, 2.6, 1.2, 2, 1.8, 2), rows),
            *([blocks.says(found.rows.more, "more")] if found.rows.more else []),
            blocks.listed(draft.speech.say(line) for line in found.words),
        ]
    more = [blocks.says(page.leads_more, "more")] if page.leads_more else []
    tools = blocks.listed(draft.speech.say(line) for line in page.lead_tools)
    return [*made, *more, blocks.heading("tools", draft.t("leads.tools"), 2), tools]


def coverage(draft: Draft) -> list[Block]:
    """Return the ledger, whose sum the reader can check, and how far each kind of data reaches."""
    page, limit = draft.page, draft.profile.rows
    if not page.members.rows:
        return [blocks.says(draft.t("coverage.none"))]
    rows = [
        [
            [run(label, "b")], blocks.lines(run(member), run(form, "s")), [run(status)], [run(count)], [run(events)],
            [run(rejected)], blocks.items(unused) if isinstance(unused, tuple) else [],
        ]
        for label, member, form, status, count, events, rejected, unused in page.members.rows[:limit]
    ]  # fmt: skip
    held = draft.view.coverage
    rows.append([
        [run(draft.t("total"), "b")], [], [],
        *([run(f"{count:,}", "b")] for count in (held.rows, held.events, held.rejections, held.unused)),
    ])  # fmt: skip
    heads = draft.heads("exhibit", "member", "status", "rows", "events", "rejections", "unused")
    made = [
        blocks.says(draft.t("coverage.lead"), "lead"),
        blocks.says(page.coverage_sum, "" if page.coverage_holds else "warning"),
        blocks.table(draft.t("coverage"), heads, (1, 3.6, 1.3, 1, 1, 1.2, 2.6), rows, numbers=(3, 4, 5)),
        *draft.more(min(len(page.members.rows), limit), len(held.members), "coverage.json"),
    ]
    return made + _covered(draft)


def _covered(draft: Draft) -> list[Block]:
    rows = [
        [
            blocks.lines(run(provider, "b"), run(account, "s")), [run(kind)], [run(facts)], [run(first)], [run(last)],
            blocks.items(draft.speech.say(line) for line in limits) if isinstance(limits, tuple) else [],
        ]
        for provider, account, kind, facts, first, last, limits in draft.page.covered.rows[: draft.profile.rows]
    ]  # fmt: skip
    if not rows:
        return []
    heads = draft.heads("provider", "kind", "facts", "first", "last", "limits")
    return [
        blocks.heading("covered", draft.t("coverage.covered"), 2),
        blocks.says(draft.t("covered.lead")),
        *_reach(draft),
        blocks.table(draft.t("coverage.covered"), heads, (1.8, 2, 0.9, 1.6, 1.6, 4), rows, numbers=(2,)),
        *draft.more(len(rows), len(draft.view.covered), "coverage.json"),
    ]


def _reach(draft: Draft) -> list[Block]:
    if not draft.page.reach:
        return []
    draft.pictures["reach.svg"] = draft.page.reach
    return [blocks.picture("reach.svg", draft.t("reach"))]


def rejections(draft: Draft) -> list[Block]:
    """Return examples of what was not understood, as found."""
    rows = [
        [
            [run(label, "b")], blocks.lines(run(member), run(place, "sc")), blocks.lines(run(reason), run(form, "s")),
            [run(excerpt, "c", limit=200)],
        ]
        for label, member, place, form, reason, excerpt in draft.page.rejections.rows
    ]  # fmt: skip
    if not rows:
        none = "coverage.unlisted" if draft.view.coverage.rejections else "coverage.no_rejections"
        return [blocks.says(draft.t(none))]
    total = max(draft.view.coverage.rejections, len(draft.view.rejections))
    return [
        blocks.table(
            draft.t("coverage.rejections"), draft.heads("exhibit", "place", "reason", "excerpt"), (0.9, 3, 3, 4), rows
        ),
        *draft.more(len(rows), total, "rejections/"),
    ]
