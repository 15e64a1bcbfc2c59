"""Instagram "Download your information", HTML: logins, logouts, password, sign-up, profile changes, devices.

What it is: the pages about access of the archive that Instagram makes for the owner of an account, when HTML was chosen
instead of JSON. Values are those of the JSON; times are weaker, see below.

How to obtain: Accounts Centre → Your information and permissions → Export (download) your information → Instagram →
format HTML, all time, "Security and login information", "Personal information", "Device information". Prefer JSON.

Time: a wall clock of eight hours behind UTC all year, without daylight saving, with minutes and no zone beside it
(``format_rule``; measured by d3i-infra/dd-education on JSON and HTML of two accounts, records of 2012 to 2026, exports
of 2026; for earlier exports unverified). The detail of every such event says so. Logins carry their time a second time,
as a title in ISO 8601 with offset: it wins (``explicit``), and a contradiction is said. No instant is stated where a
page shows seconds, or where only a client or nothing tells it from Facebook's, whose pages look the same on another clock.

Versions: ``_a6-g`` blocks with rows ``_a6_q``/``_a6_r`` and the time in ``_a6-o`` (2021 on; folders as in the JSON
export); blocks ``_2lej`` before. Month names are in the account's language. Which page it is says the file name, else
the page's title, else nothing: then records say only what their values say. ``device`` is ``ig-device:`` and the id,
else ``ig-cookie:`` and what is visible of the cookie name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.ingest import (
    instagram_html_pages,
    instagram_html_records,
    meta_html,
    meta_html_facts,
    meta_html_pages,
    meta_html_times,
    meta_values,
)
from forensics.ingest.format import Flaw, Format, Row, Unused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.evidence import Evidence
    from forensics.ingest.meta_html import Block
    from forensics.model import Event

PROVIDER = meta_html_pages.INSTAGRAM
_FOLDERS = {"login_and_profile_creation", "login_and_account_creation"}


def claims(evidence: Evidence) -> bool:
    """Meta's layout, surely Instagram's, and a page about access: by its name, its title or most of its records."""
    head = meta_html.first_bytes(evidence)
    if not head or not meta_html.has_blocks(head):
        return False
    blocks = meta_html.sample(head, evidence)
    known = instagram_html_pages.page_of(evidence, meta_html.page_names(head))
    return (
        bool(known or _FOLDERS.intersection(evidence.folders) or meta_html_pages.is_about_access(blocks))
        and meta_html_pages.platform(evidence, head, blocks).platform == PROVIDER
    )


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per block; account information is opened to one row per fact."""
    head = meta_html.first_bytes(evidence)
    blocks = meta_html.sample(head, evidence, limit=400)
    verdict = meta_html_pages.platform(evidence, head, blocks)
    names = meta_html.page_names(head)
    dates = meta_html_times.learn(blocks)
    seconds = meta_html_times.has_seconds(dates, blocks)
    shared = {
        "account": meta_values.account_hint(evidence, PROVIDER),
        "names": names,
        "page": instagram_html_pages.page_of(evidence, names),
        "dates": dates,
        "ground": verdict.ground,
        "clock": verdict.clock and not seconds,
        "clock_note": instagram_html_records.NO_CLOCK if seconds else "",
    }
    for found in meta_html.read_all(evidence):
        if isinstance(found, Flaw):
            yield found
        elif found.is_empty:
            yield Unused(rule="a block that only wraps others")
        elif meta_html_pages.is_heading(found):
            yield Unused(rule="a heading without values")
        else:
            row = Row(evidence=evidence, place=found.place, fields=meta_html_facts.row_fields(found), shared=shared)
            yield from _opened(row, found)


def _opened(row: Row, found: Block) -> Iterator[Row | Unused]:
    """Account information lists unrelated facts in one block: each with a time is a row, at its own place."""
    if row.shared["page"] != instagram_html_pages.INSIGHTS or len(found.pairs) < 2:  # noqa: PLR2004 - more than one fact
        yield row
        return
    for number, pair in enumerate(found.pairs):
        if meta_html_times.is_time(pair.value):
            place = f"{found.place}/row/{number}"
            single = {**row.fields, "pairs": [[pair.label, pair.value]], "stamps": []}
            yield Row(evidence=row.evidence, place=place, fields=single, shared=row.shared)
        else:
            yield Unused(rule="account information without a time")


def event(row: Row) -> Event:
    """Say what one record means, on Instagram's clock where the page is surely Instagram's."""
    return instagram_html_records.event(row, instagram_html_records.CLOCK if row.shared["clock"] else None)


FORMAT = Format(
    title="Instagram logins and account activity (HTML)", provider=PROVIDER, claims=claims, rows=rows, event=event
)
