"""The first sections: cover, summary with what it does not show, materials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.report import passages
from forensics.report.pdf import blocks
from forensics.report.pdf.blocks import run

if TYPE_CHECKING:
    from forensics.report.pdf.blocks import Block, Cell
    from forensics.report.pdf.draft import Draft

IN_SUMMARY = 12


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
    shown = page.cards[:IN_SUMMARY]
    for card in shown:
        brief = [blocks.newline(), run(card.brief, "s", limit=800)] if card.brief else []
        made.append({
            "t": "entry",
            "id": blocks.shown(card.finding.id),
            "anchor": card.anchor if _told(draft, card.anchor) else "",
            "runs": [draft.said(card.finding.statement), *brief],
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
