"""The whole document as data: header, cover, the sections of a profile in order. What the template is fed with."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from forensics.report import page
from forensics.report.language.translator import END, ISOLATE
from forensics.report.pdf import blocks, body, closing, front
from forensics.report.pdf.draft import Draft
from forensics.report.pdf.printable import BREAK, shown
from forensics.sentence import paragraph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from forensics.report.enclosure import Enclosure
    from forensics.report.language.speech import Speech
    from forensics.report.pdf.blocks import Block
    from forensics.report.profiles import Profile
    from forensics.report.view import CaseView

SECTIONS: Final[Mapping[str, Callable[[Draft], list[Block]]]] = MappingProxyType({
    "summary": front.summary, "facts": front.facts, "materials": front.materials, "findings": body.findings,
    "timeline": body.timeline, "sessions": body.sessions, "addresses": body.addresses,
    "infrastructure": body.infrastructure, "leads": body.leads, "coverage": body.coverage, "sources": closing.sources,
    "limits": closing.limits, "rules": closing.rules, "custody": closing.custody, "verify": closing.verify,
    "reproduce": closing.reproduce, "attached": closing.attached, "glossary": closing.glossary,
    "signature": closing.signature,
})  # fmt: skip
"""What a profile may name. A section takes a draft and returns its blocks without the heading."""

_TLP: Final = ("RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR")


def draft_of(view: CaseView, enclosures: Sequence[Enclosure], profile: Profile, speech: Speech) -> Draft:
    """Return a draft of a view."""
    return Draft(
        view=view, page=page.build(view, speech, profile), speech=speech, put=blocks.Setter(speech),
        enclosures=tuple(enclosures),
    )  # fmt: skip


def document(draft: Draft) -> dict[str, Any]:
    """Return the document as JSON data; drawing it fills the pictures of the draft."""
    made: list[Block] = front.head(draft) if draft.profile.brief else [front.cover(draft)]
    for n, key in enumerate(draft.profile.sections, 1):
        ends = n > 1 and draft.profile.sections[n - 2] == "findings"
        breaks = key == "signature" or (n == 1 and not draft.profile.brief)
        made.append(
            {
                "t": "section",
                "id": key,
                "n": str(n),
                "x": draft.put.shown(draft.t(key)),
                "after-findings": ends,
                "breaks": breaks,
            }
        )
        made += SECTIONS[key](draft)
    sides = [[one.language, one.direction] for one in draft.speech.sides]
    view = draft.view
    reference = view.reference or view.case_id
    return {
        "language": draft.speech.language,
        "direction": draft.speech.direction,
        **({"sides": sides} if len(sides) > 1 else {}),
        "title": _plain(draft, draft.labelled("title", view.title or reference)),
        "author": _plain(draft, view.examiner),
        "reference": draft.put.shown(paragraph([draft.t("meta.case"), reference]), 80),
        "tlp": label(view.tlp),
        "pap": shown(view.pap, 20),
        "page": draft.put.shown(draft.t("pdf.page", n="{n}", m="{m}")),
        "date": day_of(view.created),
        "blocks": made,
        "attachments": [
            {
                "name": item.name,
                "relation": item.relation,
                "type": item.media_type,
                "about": _plain(draft, draft.t(item.text_key)),
            }
            for item in draft.enclosures
            if item.data is not None
        ],
    }


def _plain(draft: Draft, text: str) -> str:
    """Return text for the metadata: no break marks, no isolates."""
    words = draft.put.shown(text, 200)
    return words.replace(BREAK, "").replace(ISOLATE, "").replace(END, "")


def label(tlp: str) -> str:
    """Return the TLP 2.0 label in its original form, or "" for what is none; labels are never translated."""
    bare = tlp.removeprefix("TLP:")
    return f"TLP:{bare}" if bare in _TLP else ""


def day_of(created: str) -> list[int]:
    """Return year, month, day, hour, minute, second of ``2020-03-20 09:00:00 UTC``; else nothing."""
    figures = created[:19].replace("-", " ").replace(":", " ").split()
    return [int(part) for part in figures] if len(figures) == 6 and all(map(str.isdecimal, figures)) else []  # noqa: PLR2004
