"""The first sections: cover, summary with what it does not show, materials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.report import passages
from forensics.report.facts import SENTENCE, STRENGTH, first
from forensics.report.pdf import blocks
from forensics.sentence import paragraph, say

if TYPE_CHECKING:
    from forensics.report.pdf.blocks import Block, Cell, Run
    from forensics.report.pdf.draft import Draft

_ID = 12
"""Characters of a finding's id in a document of one page, which always fits, whatever the evidence says."""


def head(draft: Draft) -> list[Block]:
    """Return what stands above a document of one page: of which case, by which seal."""
    view = draft.view
    point = view.checkpoint
    sealed = f"{point.origin} · {point.size} · {point.root}" if point else draft.t("none")
    made = [blocks.para(_cut(draft.run(view.title or view.reference or view.case_id, "b"), SENTENCE))]
    if view.sample:
        made.append(draft.put.says(draft.t("sample"), "warning"))
    return [*made, blocks.para(_cut(draft.run(draft.labelled("meta.checkpoint", sealed), "s"), SENTENCE))]


def cover(draft: Draft) -> Block:
    """Return the cover block: what this is, of which case, for whom, and which seal it rests on."""
    view = draft.view
    named = (
        ("case", view.case_id), ("reference", view.reference), ("examiner", view.examiner), ("mandate", view.mandate),
        ("created", view.created), ("tool", view.tool_version), ("parameters", view.parameters),
    )  # fmt: skip
    meta: list[tuple[str, Cell]] = [
        (
            draft.t(f"meta.{key}"),
            [draft.run(value or draft.t("not_stated"), "c" if key == "case" else "", limit=800)],
        )
        for key, value in named
    ]
    meta.append((draft.t("meta.key"), [draft.run(view.key_fingerprint or draft.t("not_stated"), "c")]))
    point = view.checkpoint
    sealed = f"{point.origin} · {point.size} · {point.root}" if point else draft.t("none")
    meta.append((draft.t("meta.checkpoint"), [draft.run(sealed, "c", limit=800)]))
    profile = draft.t(f"pdf.profile.{draft.profile.name}")
    return {
        "t": "cover",
        "kicker": draft.put.shown(paragraph([draft.t("title"), profile], " · ")),
        "title": draft.put.shown(view.title or view.reference or view.case_id),
        "sample": draft.put.told(draft.t("sample")) if view.sample else "",
        "pairs": [[draft.put.shown(name), cell] for name, cell in meta],
        "note": draft.put.told(draft.t("page.of")),
        **({"notes": [draft.run(line, limit=blocks.LONG) for line in draft.notes]} if draft.notes else {}),
        "contents": draft.put.shown(draft.t("nav")) if draft.profile.contents else "",
    }


def summary(draft: Draft) -> list[Block]:
    """Return the summary: figures, statements, what they do not show, and the two links kept apart."""
    page = draft.page
    made: list[Block] = [
        {"t": "figures", "items": [[draft.put.shown(count), draft.put.shown(name)] for count, name in page.figures]}
    ]
    one_page = draft.profile.brief
    for card in page.short:
        told = draft.run(card.brief, "s", limit=800)
        brief = [blocks.newline(), _cut(told, STRENGTH) if one_page else told] if card.brief else []
        statement = card.finding.statement
        made.append({
            "t": "entry",
            "id": _cut(draft.run(card.finding.id), _ID)[1] if one_page else draft.put.shown(card.finding.id),
            "anchor": card.anchor if card.anchor in page.linked else "",
            "runs": [_cut(draft.run(first(statement), limit=SENTENCE), SENTENCE) if one_page else draft.said(statement), *brief],
        })  # fmt: skip
    if not page.short:
        made.append(draft.put.says(draft.t("summary.none")))
    elif len(page.cards) > len(page.short):
        where = say("“{name}”, findings.json", name=draft.t("findings")) if page.told else "findings.json"
        made += draft.more(draft.t("more", shown=len(page.short), total=len(page.cards), where=where))
    verdict = [] if page.link_b.rows and page.link_b.carries else [draft.run(page.link_b.verdict, "b")]
    not_shown = [
        draft.put.heading("not-shown", draft.t("summary.not_shown"), 2),
        draft.put.listed(passages.NOT_SHOWN),
    ]
    links = [
        draft.put.heading("two-links", draft.t("summary.links"), 2),
        draft.put.listed([draft.t("summary.link_a"), draft.t("summary.link_b")]),
        blocks.para(draft.run(paragraph([draft.t("summary.weaker"), " "], "")), *verdict),
    ]
    return [*made, {"t": "columns", "widths": [3, 2], "columns": [not_shown, links]}]


def _cut(made: Run, most: int) -> Run:
    """Cut a run as it is printed: one hostile character may have become eight."""
    style, text, *more = made
    anchor, others = more[:1], more[1:]
    return [style, _at_most(text, most), *anchor, *(_at_most(other, most) for other in others)]


def _at_most(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def facts(draft: Draft) -> list[Block]:
    """Return the facts as numbered lines that can be copied into a form."""
    return [
        draft.put.says(draft.t("facts.lead"), "lead"),
        draft.put.listed(draft.page.facts, ordered=True),
        *draft.more(draft.page.facts_more),
        draft.put.says(draft.t("facts.list"), "note"),
    ]


def materials(draft: Draft) -> list[Block]:
    """Return the exhibits, each with its whole digest, and what the owner declared."""
    cells = [
        [
            [draft.run(label, "b")],
            blocks.lines(draft.run(name), draft.run(form, "s"), draft.run(obtained, "s")),
            [draft.run(size)],
            [draft.run(count)],
            [draft.run(digest, "c")],
        ]
        for label, name, form, size, count, digest, obtained in draft.page.exhibits.rows
    ]
    made: list[Block] = [draft.put.says(draft.t("materials.none"))]
    if cells:
        heads = draft.heads("exhibit", "file", "size", "rows", "sha256")
        made = [
            draft.put.says(draft.t("materials.lead"), "lead"),
            draft.put.table(draft.t("materials"), heads, (1.1, 3.6, 1.4, 1, 3.6), cells, numbers=(2, 3)),
            *draft.more(draft.page.exhibits.more),
        ]
    made.append(draft.put.heading("owner", draft.t("materials.owner"), 2))
    if draft.view.owner_summary:
        return [*made, draft.put.listed(draft.view.owner_summary)]
    return [*made, draft.put.says(draft.t("materials.no_owner"))]
