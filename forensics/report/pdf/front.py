"""The first sections: cover, summary with what it does not show, materials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.report import passages
from forensics.report.pdf import blocks
from forensics.report.pdf.blocks import run
from forensics.sentence import Sentence

if TYPE_CHECKING:
    from forensics.report.pdf.blocks import Block, Cell, Run
    from forensics.report.pdf.draft import Draft

IN_SUMMARY = 12
IN_BRIEF, BRIEF, _ID = 10, 380, 12
"""Findings of a document of one page, and characters of each: that much always fits, whatever the evidence says."""


def head(draft: Draft) -> list[Block]:
    """Return what stands above a document of one page: of which case, by which seal."""
    view = draft.view
    point = view.checkpoint
    sealed = f"{point.origin} · {point.size} · {point.root}" if point else draft.t("none")
    made = [blocks.para(_cut(run(view.title or view.reference or view.case_id, "b"), BRIEF))]
    if view.sample:
        made.append(blocks.says(draft.t("sample"), "warning"))
    return [*made, blocks.para(_cut(run(f"{draft.t('meta.checkpoint')}: {sealed}", "s"), BRIEF))]


def cover(draft: Draft) -> Block:
    """Return the cover block: what this is, of which case, for whom, and which seal it rests on."""
    view = draft.view
    named = (
        ("case", view.case_id), ("reference", view.reference), ("examiner", view.examiner), ("mandate", view.mandate),
        ("created", view.created), ("tool", view.tool_version), ("parameters", view.parameters),
    )  # fmt: skip
    meta: list[tuple[str, Cell]] = [
        (draft.t(f"meta.{key}"), [run(value or draft.t("not_stated"), "c" if key == "case" else "", limit=800)])
        for key, value in named
    ]
    meta.append((draft.t("meta.key"), [run(view.key_fingerprint or draft.t("not_stated"), "c")]))
    point = view.checkpoint
    sealed = f"{point.origin} · {point.size} · {point.root}" if point else draft.t("none")
    meta.append((draft.t("meta.checkpoint"), [run(sealed, "c", limit=800)]))
    profile = draft.t(f"pdf.profile.{draft.profile.name}")
    return {
        "t": "cover",
        "kicker": blocks.shown(f"{draft.t('title')} · {profile}"),
        "title": blocks.shown(view.title or view.reference or view.case_id),
        "sample": blocks.told(draft.t("sample")) if view.sample else "",
        "pairs": [[blocks.shown(name), cell] for name, cell in meta],
        "note": blocks.told(draft.t("page.of")),
        "contents": draft.t("nav") if draft.profile.contents else "",
    }


def summary(draft: Draft) -> list[Block]:
    """Return the summary: figures, statements, what they do not show, and the two links kept apart."""
    page = draft.page
    made: list[Block] = [
        {"t": "figures", "items": [[blocks.shown(count), blocks.shown(name)] for count, name in page.figures]}
    ]
    one_page = draft.profile.brief
    shown = page.cards[: IN_BRIEF if one_page else IN_SUMMARY]
    for card in shown:
        told = run(card.brief, "s", limit=800)
        brief = [blocks.newline(), _cut(told, BRIEF) if one_page else told] if card.brief else []
        statement = card.finding.statement
        made.append({
            "t": "entry",
            "id": _cut(run(card.finding.id), _ID)[1] if one_page else blocks.shown(card.finding.id),
            "anchor": card.anchor if _told(draft, card.anchor) else "",
            "runs": [_first(draft, statement) if one_page else draft.said(statement), *brief],
        })  # fmt: skip
    if not shown:
        made.append(blocks.says(draft.t("summary.none")))
    elif len(page.cards) > len(shown):
        where = f"“{draft.t('findings')}”, findings.json"
        made += draft.more(len(shown), len(page.cards), where)
    verdict = [] if page.link_b.rows and page.link_b.carries else [run(page.link_b.verdict, "b")]
    not_shown = [
        blocks.heading("not-shown", draft.t("summary.not_shown"), 2),
        blocks.listed(draft.speech.say(line) for line in passages.NOT_SHOWN),
    ]
    links = [
        blocks.heading("two-links", draft.t("summary.links"), 2),
        blocks.listed([draft.t("summary.link_a"), draft.t("summary.link_b")]),
        blocks.para(run(f"{draft.t('summary.weaker')} "), *verdict),
    ]
    return [*made, {"t": "columns", "widths": [3, 2], "columns": [not_shown, links]}]


def _first(draft: Draft, statement: str) -> Run:
    """Return the first sentence of a statement."""
    first = statement.parts[0] if isinstance(statement, Sentence) and statement.parts else statement
    return _cut(run(draft.speech.say(first), limit=BRIEF), BRIEF)


def _cut(made: Run, most: int) -> Run:
    """Cut a run as it is printed: one hostile character may have become eight."""
    style, text, *anchor = made
    return [style, text if len(text) <= most else f"{text[: most - 1]}…", *anchor]


def _told(draft: Draft, anchor: str) -> bool:
    """Whether the finding of an anchor is printed in full, so that a link to it leads somewhere."""
    if "findings" not in draft.profile.sections:
        return False
    return any(card.anchor == anchor for card in draft.page.cards[: draft.profile.findings])


def materials(draft: Draft) -> list[Block]:
    """Return the exhibits, each with its whole digest, and what the owner declared."""
    rows = draft.page.exhibits.rows[: draft.profile.rows]
    cells = [
        [
            [run(label, "b")],
            blocks.lines(run(name), run(form, "s"), run(obtained, "s")),
            [run(size)],
            [run(count)],
            [run(digest, "c")],
        ]
        for label, name, form, size, count, digest, obtained in rows
    ]
    made: list[Block] = [blocks.says(draft.t("materials.none"))]
    if cells:
        heads = draft.heads("exhibit", "file", "size", "rows", "sha256")
        made = [
            blocks.says(draft.t("materials.lead"), "lead"),
            blocks.table(draft.t("materials"), heads, (1.1, 3.6, 1.4, 1, 3.6), cells, numbers=(2, 3)),
            *draft.more(len(cells), len(draft.view.exhibits), "exhibits/, custody.jsonl"),
        ]
    made.append(blocks.heading("owner", draft.t("materials.owner"), 2))
    if draft.view.owner_summary:
        return [*made, blocks.listed(draft.speech.say(line) for line in draft.view.owner_summary)]
    return [*made, blocks.says(draft.t("materials.no_owner"))]
