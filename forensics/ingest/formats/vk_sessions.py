"""VK data archive: sessions (HTML).

What it is: uses of the account with application, user agent, address and country, one date each. Whether the date is
that of the sign-in or of the last use is not documented, so a row counts as activity.

How to obtain: VK → Settings → Privacy → Data protection (vk.com/data_protection) → Request archive; VK sends a link within
days. The pages lie in the folder ``sessions``.

Time: written in words in the account's language, without a zone, and nobody documents which it is. No instant is stated
unless the examiner gives the zone (``--assume-zone``); then it is ``assumed``.

Versions: one layout, as a public reader of the archive (vk2json) takes it: blocks of the class ``item`` with the application
(a link, or a name), ``User Agent: …``, ``address (country)`` and the date; windows-1251, or UTF-8. No page was seen
(unverified): a date in a spelling that is not known keeps its text only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

from forensics.ingest import fields, local_time, vk_pages
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.ingest.vk_pages import Block
from forensics.ingest.written_times import Dates
from forensics.model import Action, Event

PROVIDER = "vk"
NOTE = "whether the date is that of the sign-in or of the last use is not documented"
_SAMPLES = 2_000


def claims(evidence: Evidence) -> bool:
    """Recognise a block with an application and a user agent, in any language."""
    return vk_pages.is_sessions(evidence)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per block."""
    first = islice(vk_pages.blocks(evidence), _SAMPLES)
    shared = {"dates": Dates.learn(block.date for block in first if isinstance(block, Block))}
    for block in vk_pages.blocks(evidence):
        if isinstance(block, Flaw):
            yield block
        else:
            yield Row(evidence=evidence, place=block.place, fields=asdict(block), shared={**shared, "block": block})


def event(row: Row) -> Event:
    """Say what one session means."""
    block: Block = row.shared["block"]
    dates: Dates = row.shared["dates"]
    if not block.address and not block.user_agent:
        raise FieldError("neither an address nor a user agent")
    when, told = vk_pages.time_of(block, dates, local_time.zone_of(row.evidence))
    return row.event(
        provider=PROVIDER,
        service="VK",
        action=Action.ACTIVITY,
        action_text=block.application,
        when=when,
        address=fields.address(block.address),
        user_agent=block.user_agent,
        stated_place=block.country,
        detail={
            "link": block.link,
            "lines": list(block.others),
            "note": NOTE,
            **told,
        },
    )


FORMAT = Format(title="VK data archive: sessions (HTML)", provider=PROVIDER, claims=claims, rows=rows, event=event)
