"""The last sections: data used, limits, custody, how to verify and repeat, what is attached, glossary, signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.report import passages, phrases, repeating
from forensics.report.pdf import blocks
from forensics.sentence import paragraph

if TYPE_CHECKING:
    from forensics.report.pdf.blocks import Block
    from forensics.report.pdf.draft import Draft


def sources(draft: Draft) -> list[Block]:
    """Return the dated data sets, the registries and the parameters that the result rests on."""
    view = draft.view
    made: list[Block] = [draft.put.says(draft.t("sources.none"))]
    if view.snapshots:
        rows = [
            [
                blocks.lines(draft.run(item.id, "b"), draft.run(item.kind, "s")),
                [draft.run(phrases.day(item.as_of))],
                blocks.lines(draft.run(item.licence), draft.run(item.attribution, "s"), draft.run(item.source, "s")),
                [draft.run(item.bundle_sha256, "c")],
            ]
            for item in view.snapshots
        ]
        heads = draft.heads("snapshot", "as_of", "licence", "digest")
        made = [
            draft.put.says(draft.t("sources.lead"), "lead"),
            draft.put.table(draft.t("sources"), heads, (2.6, 1.2, 4, 3.2), rows),
        ]
    made.append(draft.put.heading("registries", draft.t("sources.registries"), 2))
    if view.registries:
        rows = [
            [
                [draft.run(item.name, "b")],
                [draft.run(item.version)],
                [draft.run(phrases.count(item.records))],
                [draft.run(item.licence)],
                [draft.run(item.digest, "c")],
            ]
            for item in view.registries
        ]
        heads = draft.heads("registry_name", "version", "records", "licence", "digest")
        made.append(draft.put.table(draft.t("sources.registries"), heads, (2.4, 1.4, 1, 2.2, 3.4), rows, numbers=(2,)))
    else:
        made.append(draft.put.says(draft.t("sources.registries.none")))
    if view.parameters:
        made.append(draft.put.says(draft.t("sources.parameters", parameters=view.parameters)))
    return made


def limits(draft: Draft) -> list[Block]:
    """Return what limits every statement of the report."""
    if not draft.view.limits:
        return [draft.put.says(draft.t("limits.none"))]
    return [draft.put.listed(draft.view.limits)]


def rules(draft: Draft) -> list[Block]:
    """Return what rules of procedure ask, and which sections answer: a table for whoever files the report."""
    rows = [
        [
            [draft.run(item.rule, "b")],
            [draft.run(item.asks)],
            [
                *([draft.run(paragraph([draft.t(key) for key in item.sections], "; "))] if item.sections else []),
                *([blocks.newline()] if item.sections and item.person else []),
                *([draft.run(draft.t("rules.person"), "w")] if item.person else []),
            ],
        ]
        for item in draft.page.rules
    ]
    return [
        draft.put.says(draft.t("rules.lead"), "lead"),
        draft.put.table(draft.t("rules"), draft.heads("rule", "asks", "where"), (1.7, 4.4, 4.6), rows),
        draft.put.says(draft.t("rules.certified"), "note"),
    ]


def custody(draft: Draft) -> list[Block]:
    """Return the checkpoint as text and as a code to scan."""
    point = draft.view.checkpoint
    if point is None:
        return [draft.put.says(draft.t("custody.none"), "warning")]
    draft.pictures["checkpoint.svg"] = code(point.text)
    key = draft.view.key_fingerprint or draft.t("not_stated")
    return [
        draft.put.says(draft.t("custody.lead"), "lead"),
        draft.put.shell(point.text.rstrip("\n").split("\n"), draft.t("custody")),
        {
            "t": "beside",
            "file": "checkpoint.svg",
            "alt": draft.put.told(draft.t("pdf.qr")),
            "pairs": [
                [draft.put.shown(draft.t("custody.origin")), [draft.run(point.origin, "c")]],
                [draft.put.shown(draft.t("custody.size")), [draft.run(phrases.count(point.size))]],
                [draft.put.shown(draft.t("custody.root")), [draft.run(point.root, "c")]],
                [draft.put.shown(draft.t("meta.key")), [draft.run(key, "c")]],
            ],
            "note": draft.put.told(draft.t("pdf.qr.note")),
        },
    ]


def code(text: str) -> str:
    """Return a QR code (ISO/IEC 18004) of a text as SVG; one that holds too much falls back to its first lines."""
    import io

    import segno

    held = text if len(text.encode()) <= 1200 else "\n".join(text.split("\n")[:3])[:1200]  # noqa: PLR2004
    out = io.BytesIO()
    segno.make(held, error="m", micro=False).save(out, kind="svg", scale=4, border=4, xmldecl=False, nl=False)
    return out.getvalue().decode("utf-8")


def verify(draft: Draft) -> list[Block]:
    """Return the lines that check the case without our program."""
    return [
        draft.put.says(draft.t("verify.lead"), "lead"),
        draft.put.shell(draft.page.verify_lines, draft.t("verify")),
        draft.put.says(draft.t("pdf.verify.this")),
    ]


def reproduce(draft: Draft) -> list[Block]:
    """Return the commands that make the same result again."""
    return [
        draft.put.says(draft.t("pdf.reproduce.lead"), "lead"),
        draft.put.shell(
            repeating.lines("pdf", draft.profile, draft.speech),
            draft.t("reproduce"),
        ),
        draft.put.says(draft.t("pdf.reproduce.same", version=draft.view.tool_version or draft.t("unknown"))),
    ]


def attached(draft: Draft) -> list[Block]:
    """Return the list of attached files with their digests, and of those too large to attach."""
    if not draft.enclosures:
        return [draft.put.says(draft.t("pdf.attached.none"))]
    rows = [
        [
            [draft.run(item.name, "c")],
            blocks.lines(
                draft.run(draft.t(item.text_key)),
                None if item.data is not None else draft.run(draft.t("pdf.attached.not"), "w"),
            ),
            [draft.run(phrases.count(item.size))],
            [draft.run(item.sha256, "c")],
        ]
        for item in draft.enclosures
    ]
    return [
        draft.put.says(draft.t("pdf.attached.lead"), "lead"),
        draft.put.table(
            draft.t("attached"),
            [draft.t("pdf.col.file"), draft.t("pdf.col.holds"), *draft.heads("size", "sha256")],
            (2.2, 4, 1.3, 3.6),
            rows,
            numbers=(2,),
        ),
    ]


def glossary(draft: Draft) -> list[Block]:
    """Return the terms with their meaning."""
    return [{
        "t": "glossary",
        "items": [
            [draft.put.shown(term), [draft.run(said, limit=blocks.LONG)]]
            for _, term, said in passages.GLOSSARY
        ],
    }]  # fmt: skip


def signature(draft: Draft) -> list[Block]:
    """Return the space to sign in: nothing in it is filled in beforehand."""
    return [
        draft.put.says(draft.t("pdf.signature.lead")),
        {
            "t": "signature",
            "lines": [draft.put.shown(draft.t(f"pdf.signature.{key}")) for key in ("name", "role", "place", "hand")],
            "box": draft.put.shown(draft.t("pdf.signature.box")),
        },
    ]
